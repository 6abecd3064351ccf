// Package public is the page for citizens: when is my turn, what to bring, what it costs, is my old card good, where is my card. It runs apart from the
// nodes, has none of their keys, and knows nothing but the file that a node writes for it (docs/formats/public.md).
package public

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Format is the first word of the file's head.
const Format = "huzheng-public-1"

// Head is what the file says to everybody.
type Head struct {
	Format  string       `json:"format"`
	At      int64        `json:"at"` // ms UTC, when it was written
	On      citizen.Date `json:"on"` // the business date of its tables
	City    string       `json:"city"`
	Offices []Office     `json:"offices"`
	Notices []Notice     `json:"notices"`
	Fees    []Fee        `json:"fees"`
	Waivers []Waiver     `json:"waivers"`
}

// Office is a place where applications are taken.
type Office struct {
	Unit    string `json:"unit"`
	Name    string `json:"name"`
	Started bool   `json:"started"` // it takes applications for second-generation cards
}

// Notice is one turn of the schedule.
type Notice struct {
	Unit  string       `json:"unit"`
	Title string       `json:"title"`
	Text  string       `json:"text"`
	Areas []string     `json:"areas"`
	From  citizen.Date `json:"from"`
	To    citizen.Date `json:"to"`
	Place string       `json:"place"`
	Bring string       `json:"bring,omitempty"`
}

// Fee is what one kind of business costs.
type Fee struct {
	Text   citizen.Text `json:"text"`
	Fen    int64        `json:"fen"`
	Source string       `json:"source"`
}

// Waiver is a ground on which less is paid.
type Waiver struct {
	Text    citizen.Text `json:"text"`
	Percent int          `json:"percent"` // of the fee that is waived
	Source  string       `json:"source"`
}

// Status is what a citizen learns with slip and code: no name, no number.
type Status struct {
	Stage      string       `json:"stage"`
	Text       citizen.Text `json:"text"`
	Since      citizen.Date `json:"since"`
	PromisedOn citizen.Date `json:"promised_on,omitzero"`
	Unit       string       `json:"unit"`
}

// keySize is the length of a status's name in bytes.
const keySize = 16

// place is where a status lies in the file, and what opens it: both come from the slip's number and its code, and neither tells the other.
func place(slip, code string) (name [keySize]byte, key [sha256.Size]byte) {
	typed := clean(slip) + "\n" + clean(code)
	sum := sha256.Sum256([]byte("huzheng public name\n" + typed))
	copy(name[:], sum[:])
	return name, sha256.Sum256([]byte("huzheng public key\n" + typed))
}

// clean takes away what people add when they copy a number.
func clean(typed string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u3000' {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(typed)))
}

// Writer writes a file: the head, then each status sealed for itself, then the number of them.
type Writer struct {
	zip *gzip.Writer
	n   int64
}

// NewWriter begins a file.
func NewWriter(out io.Writer, head Head) (*Writer, error) {
	w := &Writer{zip: gzip.NewWriter(out)}
	head.Format = Format
	return w, json.NewEncoder(w.zip).Encode(head)
}

// Add seals one status under its slip and code.
func (w *Writer) Add(slip, code string, s Status) error {
	name, key := place(slip, code)
	sealer, err := gcm(key)
	if err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	nonce := make([]byte, sealer.NonceSize())
	_, _ = rand.Read(nonce) // it never fails (crypto/rand)
	line := append(name[:], sealer.Seal(nonce, nonce, text, nil)...)
	w.n++
	_, err = fmt.Fprintln(w.zip, base64.StdEncoding.EncodeToString(line))
	return err
}

// Close ends the file.
func (w *Writer) Close() error {
	if _, err := fmt.Fprintf(w.zip, "end %d\n", w.n); err != nil {
		return err
	}
	return w.zip.Close()
}

func gcm(key [sha256.Size]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Feed is a file that has been read.
type Feed struct {
	Head
	sealed map[[keySize]byte][]byte
}

// maxLine is the longest line of a file in bytes; the head is one line.
const maxLine = 8 << 20

// ErrCut means that a file ends too early.
var ErrCut = errors.New("public: the file is incomplete; bring it again")

// Read reads a file whole. A file that was cut is refused.
func Read(in io.Reader) (*Feed, error) {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("public: not a file of the public page: %w", err)
	}
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, maxLine)
	f := &Feed{sealed: make(map[[keySize]byte][]byte)}
	if !lines.Scan() {
		return nil, ErrCut
	}
	if err := json.Unmarshal(lines.Bytes(), &f.Head); err != nil || f.Format != Format {
		return nil, fmt.Errorf("public: the file's head is not %s", Format)
	}
	for lines.Scan() {
		if rest, ok := bytes.CutPrefix(lines.Bytes(), []byte("end ")); ok {
			if string(rest) != fmt.Sprint(len(f.sealed)) || lines.Scan() || lines.Err() != nil {
				return nil, ErrCut
			}
			return f, nil
		}
		line, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil || len(line) <= keySize {
			return nil, ErrCut
		}
		f.sealed[[keySize]byte(line)] = line[keySize:]
	}
	return nil, ErrCut
}

// Find opens the status of a slip; ok is false when slip and code do not belong together.
func (f *Feed) Find(slip, code string) (s Status, ok bool) {
	name, key := place(slip, code)
	sealed, ok := f.sealed[name]
	if !ok {
		return s, false
	}
	opener, err := gcm(key)
	if err != nil || len(sealed) < opener.NonceSize() {
		return s, false
	}
	text, err := opener.Open(nil, sealed[:opener.NonceSize()], sealed[opener.NonceSize():], nil)
	if err != nil || json.Unmarshal(text, &s) != nil {
		return s, false
	}
	return s, true
}

// Turns lists the notices for a street, committee or village; an empty text gives all.
func (f *Feed) Turns(area string) (found []Notice) {
	area = strings.TrimSpace(area)
	for _, n := range f.Notices {
		for _, one := range n.Areas {
			if area == "" || strings.Contains(one, area) || strings.Contains(area, one) {
				found = append(found, n)
				break
			}
		}
	}
	return found
}

// Office finds an office by its code.
func (f *Feed) Office(unit string) Office {
	for _, o := range f.Offices {
		if o.Unit == unit {
			return o
		}
	}
	return Office{Unit: unit, Name: unit}
}
