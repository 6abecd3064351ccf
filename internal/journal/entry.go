// Package journal keeps the entries: append-only streams as RFC 6962 trees, their checkpoints, countersignatures,
// proofs, closures and erasures. It knows nothing of what bodies say.
//
// The format is docs/formats/journal.md, the reasons docs/adr/0001-journal.md.
package journal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/event"
	"golang.org/x/mod/sumdb/tlog"
)

// Header is an entry's signed part. The members' order is the format's.
type Header struct {
	Stream     event.Stream `json:"stream"`
	Generation int          `json:"generation"`
	Seq        int64        `json:"seq"` // index of the leaf, from 0
	At         int64        `json:"at"`  // ms UTC
	Unit       event.Unit   `json:"unit"`
	Operator   string       `json:"operator"`
	Kind       string       `json:"kind"`
	V          int          `json:"v"`
	Subject    string       `json:"subject"`
	Cause      *event.Ref   `json:"cause"`
	Blobs      []string     `json:"blobs"`
	BodyDigest string       `json:"body_digest"` // hex SHA-256(salt ‖ body)
}

// SaltSize is the length of the random bytes that keep a body's digest from being guessed.
const SaltSize = 16

// MaxBody bounds an entry's body in bytes; what is larger belongs into a blob.
const MaxBody = 4 << 20

// Entry is one fact: its header, the header's exact bytes, and salt and body, which are nil after erasure.
type Entry struct {
	Header
	Raw  []byte
	Salt []byte
	Body []byte
}

// Erased tells whether the body is gone.
func (e *Entry) Erased() bool { return e.Salt == nil }

// Leaf is the RFC 6962 leaf hash of the header's bytes.
func (e *Entry) Leaf() tlog.Hash { return tlog.RecordHash(e.Raw) }

// Ref names the entry.
func (e *Entry) Ref() event.Ref {
	leaf := e.Leaf()
	return event.Ref{Stream: e.Stream, Generation: e.Generation, Seq: e.Seq, Leaf: hex.EncodeToString(leaf[:])}
}

// Decode reads the body into v.
func (e *Entry) Decode(v any) error {
	if e.Erased() {
		return fmt.Errorf("journal: the body of %s is erased", e.Ref())
	}
	if err := json.Unmarshal(e.Body, v); err != nil {
		return fmt.Errorf("journal: body of %s: %w", e.Ref(), err)
	}
	return nil
}

// ErrMalformed means that bytes are not an entry of this format.
var ErrMalformed = errors.New("journal: malformed entry")

// ParseEntry reads a header's bytes and checks it against salt and body. A nil salt stands for an erased body.
func ParseEntry(raw, salt, body []byte) (Entry, error) {
	e := Entry{Raw: raw, Salt: salt, Body: body}
	if err := decodeStrictly(raw, &e.Header); err != nil {
		return Entry{}, err
	}
	if err := e.check(); err != nil {
		return Entry{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	return e, nil
}

// decodeStrictly reads one JSON document with nothing unknown in it and nothing behind it.
func decodeStrictly(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("%w: %v", ErrMalformed, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows", ErrMalformed)
	}
	return nil
}

func (e *Entry) check() error {
	switch {
	case !utf8.Valid(e.Raw) || !utf8.Valid(e.Body):
		return errors.New("not UTF-8: a line could not carry it")
	case !e.Stream.Valid():
		return fmt.Errorf("stream %q", e.Stream)
	case e.Unit != e.Stream.Unit():
		return fmt.Errorf("unit %q writes in %q", e.Unit, e.Stream)
	case e.Generation < 1 || e.Seq < 0 || e.V < 1 || e.Kind == "":
		return errors.New("generation, seq, version or kind out of range")
	case e.Salt == nil:
		return nil
	case len(e.Salt) != SaltSize:
		return errors.New("salt length")
	case e.BodyDigest != bodyDigest(e.Salt, e.Body):
		return errors.New("the body does not match its digest")
	}
	return nil
}

func bodyDigest(salt, body []byte) string {
	sum := sha256.New()
	sum.Write(salt)
	sum.Write(body)
	return hex.EncodeToString(sum.Sum(nil))
}

// newEntry seals an event as the entry at the given place.
func newEntry(head *Head, at int64, operator string, e event.Event) (Entry, error) {
	body, err := encode(e.Body)
	if err != nil {
		return Entry{}, fmt.Errorf("journal: body of %s: %w", e.Kind, err)
	}
	if len(body) > MaxBody {
		return Entry{}, fmt.Errorf("journal: the body of %s has %d bytes, more than %d", e.Kind, len(body), MaxBody)
	}
	salt := make([]byte, SaltSize)
	if _, err := rand.Read(salt); err != nil {
		return Entry{}, err
	}
	blobs := e.Blobs
	if blobs == nil {
		blobs = []string{}
	}
	entry := Entry{Salt: salt, Body: body, Header: Header{
		Stream: head.Stream, Generation: head.Generation, Seq: head.Size, At: at,
		Unit: head.Stream.Unit(), Operator: operator, Kind: e.Kind, V: e.V, Subject: e.Subject,
		Cause: e.Cause, Blobs: blobs, BodyDigest: bodyDigest(salt, body),
	}}
	if entry.Raw, err = encode(entry.Header); err != nil {
		return Entry{}, err
	}
	return entry, entry.check()
}

// encode is JSON without HTML escapes and without the final newline.
func encode(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// line is an entry as a parcel and an export carry it: strings hold the exact bytes; an erased body is null.
type line struct {
	Header string  `json:"header"`
	Salt   *string `json:"salt"` // hex
	Body   *string `json:"body"`
}

// MarshalLine writes the entry as one line of entries.jsonl, without the newline.
func (e *Entry) MarshalLine() ([]byte, error) {
	l := line{Header: string(e.Raw)}
	if !e.Erased() {
		salt, body := hex.EncodeToString(e.Salt), string(e.Body)
		l.Salt, l.Body = &salt, &body
	}
	return encode(l)
}

// ParseLine reads one line of entries.jsonl. The header must be in the one form of docs/formats/journal.md, so that it says the same to every
// reader of JSON.
func ParseLine(text []byte) (Entry, error) {
	e, err := parseLine(text)
	if err != nil {
		return Entry{}, err
	}
	if form, err := encode(e.Header); err != nil || !bytes.Equal(form, e.Raw) {
		return Entry{}, fmt.Errorf("%w: a header in another form than %s", ErrMalformed, form)
	}
	return e, nil
}

func parseLine(text []byte) (Entry, error) {
	var l line
	if err := decodeStrictly(text, &l); err != nil {
		return Entry{}, err
	}
	if (l.Salt == nil) != (l.Body == nil) {
		return Entry{}, fmt.Errorf("%w: salt and body go together", ErrMalformed)
	}
	if l.Salt == nil {
		return ParseEntry([]byte(l.Header), nil, nil)
	}
	salt, err := hex.DecodeString(*l.Salt)
	if err != nil {
		return Entry{}, fmt.Errorf("%w: salt", ErrMalformed)
	}
	return ParseEntry([]byte(l.Header), salt, []byte(*l.Body))
}
