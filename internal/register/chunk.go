package register

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

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
	if lines, err = minted(lines); err != nil {
		return nil, err
	}
	encoded, errs := make([][]byte, len(lines)), make([]error, len(lines))
	onAll(len(lines), func(i int) {
		lines[i].Record = lines[i].Record.Sorted()
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		errs[i] = encoder.Encode(&lines[i])
		encoded[i] = out.Bytes()
	})
	return bytes.Join(encoded, nil), errors.Join(errs...)
}

// minted copies the lines and mints what they lack, in their order, so that neighbours in the file are neighbours in the index.
func minted(lines []ChunkLine) ([]ChunkLine, error) {
	lines = slices.Clone(lines)
	salts := make([]byte, 16*len(lines))
	if _, err := rand.Read(salts); err != nil {
		return nil, err
	}
	for i := range lines {
		l := &lines[i]
		for _, id := range []*string{&l.Resident, &l.Tenure} {
			if *id != "" {
				continue
			}
			fresh, err := uuid.NewV7()
			if err != nil {
				return nil, err
			}
			*id = fresh.String()
		}
		if l.Salt == "" {
			l.Salt = hex.EncodeToString(salts[16*i : 16*i+16])
		}
	}
	return lines, nil
}

// onAll calls fn with 0 to n-1, a part on each processor: a chunk's lines are read and written by hundreds of thousands at go-live.
func onAll(n int, fn func(int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				fn(i)
			}
		})
	}
	wg.Wait()
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
	lines := linesOf(blob)
	read, errs := make([]StoredLine, len(lines)), make([]error, len(lines))
	onAll(len(lines), func(i int) {
		if len(lines[i]) > 0 {
			read[i], errs[i] = readLine(lines[i])
		}
	})
	for i := range lines {
		switch {
		case len(lines[i]) == 0:
		case errs[i] != nil:
			unreadable++
		default:
			if err := fn(read[i]); err != nil {
				return unreadable, err
			}
		}
	}
	return unreadable, nil
}

// linesOf splits a blob into its lines without their newlines.
func linesOf(blob []byte) [][]byte {
	lines := make([][]byte, 0, MaxChunkLines)
	for line := range bytes.Lines(blob) {
		lines = append(lines, bytes.TrimSuffix(line, []byte("\n")))
	}
	return lines
}

// recordMark stands before a line's record, which is its last member.
var recordMark = []byte(`,"record":{`)

// readLine reads a line's identifiers and its record, each once; the record's own bytes are what stands between the mark and the end.
func readLine(line []byte) (l StoredLine, err error) {
	at := bytes.Index(line, recordMark)
	if at < 0 || line[len(line)-1] != '}' {
		return l, ErrChunk
	}
	if err := readHead(append(line[:at:at], '}'), &l.ChunkLine); err != nil {
		return l, err
	}
	if l.Resident == "" || l.Tenure == "" {
		return l, ErrChunk
	}
	l.Raw = line[at+len(recordMark)-1 : len(line)-1]
	return l, readRecord(l.Raw, &l.Record)
}

// ChunkOf describes a blob of a name as the body of its import does, with the digest of every line. It refuses with ErrChunk what
// NewChunk would not have made.
func ChunkOf(name string, blob []byte) (ChunkImported, error) {
	lines := linesOf(blob)
	body := ChunkImported{Blob: name, Lines: len(lines), Digests: make([]string, len(lines))}
	seen := make(map[string]bool, MaxChunkLines)
	unreadable, err := ReadChunk(blob, func(l StoredLine) error {
		seen[l.Tenure] = true
		return nil
	})
	if err != nil {
		return body, err
	}
	onAll(len(lines), func(i int) {
		sum := sha256.Sum256(lines[i])
		body.Digests[i] = hex.EncodeToString(sum[:])
	})
	if body.Lines == 0 || body.Lines > MaxChunkLines || len(seen) != body.Lines {
		return body, fmt.Errorf("%w: %d lines, %d unreadable, %d different", ErrChunk, body.Lines, unreadable, len(seen))
	}
	return body, nil
}
