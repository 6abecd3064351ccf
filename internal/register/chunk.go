package register

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
)

// MaxChunkLines bounds a chunk of a go-live import (walk 6).
const MaxChunkLines = 2000

// ChunkLine is one line of a chunk's blob: a resident of the old database with the identifiers minted for the new one. The salt
// keeps the line's digest from being guessed, so that the line can be blanked and the rest still proved.
type ChunkLine struct {
	Resident string `json:"resident"`
	Tenure   string `json:"tenure"`
	Salt     string `json:"salt"` // hex
	Record   Record `json:"record"`
}

// ChunkImported brings residents of an old database into the journal, with all their errors: nothing is refused for content.
type ChunkImported struct {
	Chunk      string       `json:"chunk"`
	Name       string       `json:"name"`        // as a person names it: file and number
	SourceFile string       `json:"source_file"` //
	SourceKind string       `json:"source_kind"` // form, booklet, card, computer, citizen
	Blob       string       `json:"blob"`
	Lines      int          `json:"lines"`
	Digests    []string     `json:"digests"` // hex SHA-256 of each line without its newline
	ImportedOn citizen.Date `json:"imported_on"`
}

// SourceKinds are the five records that can be a file's origin (P4).
var SourceKinds = []string{"form", "booklet", "card", "computer", "citizen"}

// ErrChunk means that bytes are not a chunk.
var ErrChunk = errors.New("register: not a chunk")

// NewChunk makes a chunk's blob of up to MaxChunkLines lines. It mints identifiers and salts where a line has none and computes the
// pinyin sort key.
func NewChunk(lines []ChunkLine) (blob []byte, err error) {
	if len(lines) == 0 || len(lines) > MaxChunkLines {
		return nil, fmt.Errorf("%w: %d lines, want 1 to %d", ErrChunk, len(lines), MaxChunkLines)
	}
	salts := make([]byte, 16*len(lines))
	if _, err := rand.Read(salts); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for i, line := range lines {
		if line, err = line.filled(salts[16*i : 16*i+16]); err != nil {
			return nil, err
		}
		if err := encoder.Encode(line); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// filled mints what a line lacks.
func (l ChunkLine) filled(salt []byte) (ChunkLine, error) {
	for _, id := range []*string{&l.Resident, &l.Tenure} {
		if *id == "" {
			minted, err := uuid.NewV7()
			if err != nil {
				return l, err
			}
			*id = minted.String()
		}
	}
	if l.Salt == "" {
		l.Salt = hex.EncodeToString(salt)
	}
	l.Record = l.Record.Sorted()
	return l, nil
}

// Sorted is the record with the sort key of its name as this version of the program computes it.
func (r Record) Sorted() Record {
	r.Pinyin, r.PinyinV = citizen.Pinyin(r.Name), citizen.PinyinVersion
	return r
}

// StoredLine is a chunk's line as it is read back: the record both read and byte for byte.
type StoredLine struct {
	ChunkLine
	Raw []byte // the record's JSON
}

// ReadChunk calls fn with each line of a blob that can be read, in order; a blanked line, which is empty, is left out. It tells
// how many it left out because they cannot be read.
func ReadChunk(blob []byte, fn func(StoredLine) error) (unreadable int, err error) {
	for line := range bytes.Lines(blob) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			continue
		}
		read, err := readLine(line)
		if err != nil {
			unreadable++
			continue
		}
		if err := fn(read); err != nil {
			return unreadable, err
		}
	}
	return unreadable, nil
}

// recordMark stands before a line's record, which is its last member.
var recordMark = []byte(`,"record":{`)

// readLine reads a line's identifiers and its record, each once; the record's own bytes are what stands between the mark and the end.
func readLine(line []byte) (l StoredLine, err error) {
	at := bytes.Index(line, recordMark)
	if at < 0 || line[len(line)-1] != '}' {
		return l, ErrChunk
	}
	if err := json.Unmarshal(append(line[:at:at], '}'), &l.ChunkLine); err != nil {
		return l, err
	}
	if l.Resident == "" || l.Tenure == "" {
		return l, ErrChunk
	}
	l.Raw = line[at+len(recordMark)-1 : len(line)-1]
	return l, json.Unmarshal(l.Raw, &l.Record)
}

// ChunkOf describes a blob of a name as the body of its import does, with the digest of every line. It refuses with ErrChunk what
// NewChunk would not have made.
func ChunkOf(name string, blob []byte) (ChunkImported, error) {
	body := ChunkImported{Blob: name, Digests: make([]string, 0, MaxChunkLines)}
	seen := make(map[string]bool, MaxChunkLines)
	unreadable, err := ReadChunk(blob, func(l StoredLine) error {
		seen[l.Tenure] = true
		return nil
	})
	if err != nil {
		return body, err
	}
	for line := range bytes.Lines(blob) {
		sum := sha256.Sum256(bytes.TrimSuffix(line, []byte("\n")))
		body.Digests = append(body.Digests, hex.EncodeToString(sum[:]))
	}
	body.Lines = len(body.Digests)
	if body.Lines == 0 || body.Lines > MaxChunkLines || len(seen) != body.Lines {
		return body, fmt.Errorf("%w: %d lines, %d unreadable, %d different", ErrChunk, body.Lines, unreadable, len(seen))
	}
	return body, nil
}
