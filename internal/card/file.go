package card

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The files that join the city and the maker: docs/formats/orders.md.
const (
	OrderFormat    = "huzheng-order"
	FeedbackFormat = "huzheng-feedback"
	FileVersion    = 1
	OrderName      = "order.jsonl"
	OrderNote      = "order.note"
	FeedbackName   = "feedback.jsonl"
	photoFolder    = "photos/"
	photoSuffix    = ".jpg"
)

// MaxFileCards bounds the cards of one order.
const MaxFileCards = 1000

// Bounds in bytes of what is read from others' files: a line, a list, a signature, a photograph.
const (
	maxFileLine = 1 << 20
	maxList     = 32 << 20
	maxNote     = 1 << 16
	maxPhoto    = 4 << 20
)

// FileHeader is the first line of an order or feedback file.
type FileHeader struct {
	Format  string     `json:"format"`
	Version int        `json:"version"`
	Order   string     `json:"order"`
	Digest  string     `json:"digest,omitempty"` // feedback: SHA-256 of the order.jsonl that it answers
	City    event.Unit `json:"city"`
	At      int64      `json:"at"` // ms UTC
	Count   int        `json:"count"`
}

// fileEnd is the last line.
type fileEnd struct {
	End    string `json:"end"`
	Count  int    `json:"count"`
	SHA256 string `json:"sha256"` // of every byte before this line
}

// OrderLine is one card to be made.
type OrderLine struct {
	Line         int          `json:"line"` // from 1
	Application  string       `json:"application"`
	AcceptanceNo string       `json:"acceptance_no"`
	Round        int          `json:"round"`
	Attempt      int          `json:"attempt"`
	Home         event.Unit   `json:"home"`
	Name         string       `json:"name"`
	Sex          string       `json:"sex"`
	EthnicGroup  string       `json:"ethnic_group"`
	BirthDate    citizen.Date `json:"birth_date"`
	Address      string       `json:"address"`
	Number       string       `json:"number"`
	Authority    string       `json:"authority"`
	ValidFrom    citizen.Date `json:"valid_from"`
	ValidTo      string       `json:"valid_to"`         // date, or LongTerm
	Photo        string       `json:"photo"`            // SHA-256 of photos/<digest>.jpg
	Record       string       `json:"record,omitempty"` // base64 of the chip's 256 bytes (docs/formats/chip.md)
}

// FeedbackLine is what became of one card.
type FeedbackLine struct {
	Line         int    `json:"line"` // from 1
	Application  string `json:"application"`
	AcceptanceNo string `json:"acceptance_no"`
	Outcome
}

// LineOf is the order line of an application that is about to be ordered.
func LineOf(a Application, line int) OrderLine {
	return OrderLine{Line: line, Application: a.ID, AcceptanceNo: a.AcceptanceNo, Round: a.Round, Attempt: a.Attempt + 1, Home: a.Home,
		Name: a.Face.Name, Sex: a.Face.Sex, EthnicGroup: a.Face.EthnicGroup, BirthDate: a.Face.BirthDate, Address: a.Face.Address,
		Number: a.Face.Number, Authority: a.Issue.Authority, ValidFrom: a.Issue.ValidFrom, ValidTo: a.Issue.ValidTo, Photo: a.Photo,
		Record: encodedRecord(a.Face, a.Issue)}
}

// ErrFile means that bytes are not a whole file of the format.
var ErrFile = errors.New("card: the file is damaged or incomplete")

// EncodeOrder writes order.jsonl: header, lines, end line.
func EncodeOrder(h FileHeader, lines []OrderLine) ([]byte, error) {
	h.Format, h.Version, h.Count = OrderFormat, FileVersion, len(lines)
	return encodeFile(h, lines)
}

// EncodeFeedback writes feedback.jsonl.
func EncodeFeedback(h FileHeader, lines []FeedbackLine) ([]byte, error) {
	h.Format, h.Version, h.Count = FeedbackFormat, FileVersion, len(lines)
	return encodeFile(h, lines)
}

// DecodeOrder reads order.jsonl. Errors wrap ErrFile.
func DecodeOrder(raw []byte) (FileHeader, []OrderLine, error) {
	return decodeFile[OrderLine](raw, OrderFormat)
}

// DecodeFeedback reads feedback.jsonl. Errors wrap ErrFile.
func DecodeFeedback(raw []byte) (FileHeader, []FeedbackLine, error) {
	return decodeFile[FeedbackLine](raw, FeedbackFormat)
}

func encodeFile[L any](h FileHeader, lines []L) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(h); err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := encoder.Encode(l); err != nil {
			return nil, err
		}
	}
	err := encoder.Encode(fileEnd{End: h.Format, Count: len(lines), SHA256: digestOf(out.Bytes())})
	return out.Bytes(), err
}

func decodeFile[L any](raw []byte, format string) (h FileHeader, lines []L, err error) {
	body, err := checkEnd(raw, format)
	if err != nil {
		return h, nil, err
	}
	scanner := bufio.NewScanner(bytes.NewReader(body))
	scanner.Buffer(nil, maxFileLine)
	if !scanner.Scan() || json.Unmarshal(scanner.Bytes(), &h) != nil {
		return h, nil, fmt.Errorf("%w: no header", ErrFile)
	}
	if h.Format != format || h.Version != FileVersion {
		return h, nil, fmt.Errorf("%w: %q version %d is not %s version %d", ErrFile, h.Format, h.Version, format, FileVersion)
	}
	for scanner.Scan() {
		if len(lines) == MaxFileCards {
			return h, nil, fmt.Errorf("%w: more than %d lines", ErrFile, MaxFileCards)
		}
		var l L
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			return h, nil, fmt.Errorf("%w: line %d: %v", ErrFile, len(lines)+1, err)
		}
		lines = append(lines, l)
	}
	if scanner.Err() != nil || len(lines) != h.Count {
		return h, nil, fmt.Errorf("%w: %d lines, the header says %d", ErrFile, len(lines), h.Count)
	}
	return h, lines, nil
}

// checkEnd compares the end line with what stands before it.
func checkEnd(raw []byte, format string) (body []byte, err error) {
	trimmed := bytes.TrimSuffix(raw, []byte("\n"))
	at := bytes.LastIndexByte(trimmed, '\n') + 1
	var end fileEnd
	if err := json.Unmarshal(trimmed[at:], &end); err != nil || end.End != format {
		return nil, fmt.Errorf("%w: no end line", ErrFile)
	}
	if end.SHA256 != digestOf(raw[:at]) {
		return nil, fmt.Errorf("%w: the digest differs", ErrFile)
	}
	if lines := bytes.Count(raw[:at], []byte("\n")) - 1; lines != end.Count {
		return nil, fmt.Errorf("%w: %d lines, the end line says %d", ErrFile, lines, end.Count)
	}
	return raw[:at], nil
}

// PackOrder writes the tar that goes to the maker: order.jsonl, its signature where there is one, and each photograph once. The same order
// gives the same bytes.
func PackOrder(w io.Writer, list, note []byte, photo func(digest string) ([]byte, error)) error {
	h, lines, err := DecodeOrder(list)
	if err != nil {
		return err
	}
	pack := tar.NewWriter(w)
	if err := packFile(pack, OrderName, list, h.At); err != nil {
		return err
	}
	if note != nil {
		if err := packFile(pack, OrderNote, note, h.At); err != nil {
			return err
		}
	}
	packed := make(map[string]bool)
	for _, l := range lines {
		if packed[l.Photo] {
			continue
		}
		packed[l.Photo] = true
		content, err := photo(l.Photo)
		if err != nil {
			return err
		}
		if err := packFile(pack, photoFolder+l.Photo+photoSuffix, content, h.At); err != nil {
			return err
		}
	}
	return pack.Close()
}

func packFile(pack *tar.Writer, name string, content []byte, at int64) error {
	header := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: time.UnixMilli(at).Truncate(time.Second), Format: tar.FormatUSTAR}
	if err := pack.WriteHeader(header); err != nil {
		return err
	}
	_, err := pack.Write(content)
	return err
}

// OrderFile is an order as its tar holds it.
type OrderFile struct {
	Header FileHeader
	Lines  []OrderLine
	List   []byte            // order.jsonl
	Digest string            // hex SHA-256 of List
	Note   []byte            // order.note: the city's signature (OrderStatement), unverified; nil without one
	Photos map[string][]byte // by digest, each checked against its name
}

// OrderTitle and OrderStatement are what the city signs of an order: a C2SP signed note of the title, a line of JSON and an empty line.
const OrderTitle = "huzheng order v1"

// OrderStatement names one list whole: by its digest it names every line and every photograph.
type OrderStatement struct {
	City   event.Unit `json:"city"`
	Order  string     `json:"order"`
	Digest string     `json:"digest"` // hex SHA-256 of order.jsonl
	Count  int        `json:"count"`
}

// Statement is what an order's signature must say.
func Statement(list []byte) (OrderStatement, error) {
	h, lines, err := DecodeOrder(list)
	return OrderStatement{City: h.City, Order: h.Order, Digest: digestOf(list), Count: len(lines)}, err
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// UnpackOrder reads the tar, in bounded memory. Errors wrap ErrFile.
func UnpackOrder(r io.Reader) (*OrderFile, error) {
	f := &OrderFile{Photos: make(map[string][]byte)}
	pack := tar.NewReader(r)
	for {
		header, err := pack.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = f.take(header.Name, pack)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFile, err)
		}
	}
	var err error
	if f.Header, f.Lines, err = DecodeOrder(f.List); err != nil {
		return nil, err
	}
	f.Digest = digestOf(f.List)
	for _, l := range f.Lines {
		if f.Photos[l.Photo] == nil {
			return nil, fmt.Errorf("%w: photograph %s of line %d is missing", ErrFile, l.Photo, l.Line)
		}
	}
	return f, nil
}

// take reads one member of the tar.
func (f *OrderFile) take(name string, r io.Reader) (err error) {
	switch {
	case name == OrderName && f.List == nil:
		f.List, err = readBounded(r, maxList)
		return err
	case name == OrderNote && f.Note == nil:
		f.Note, err = readBounded(r, maxNote)
		return err
	case len(f.Photos) == MaxFileCards:
		return errors.New("more photographs than an order has cards")
	}
	content, err := readBounded(r, maxPhoto)
	if err != nil {
		return err
	}
	digest := digestOf(content)
	if name != photoFolder+digest+photoSuffix {
		return fmt.Errorf("%.100q does not match its name", name)
	}
	f.Photos[digest] = content
	return nil
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = errors.New("a part is too long")
	}
	return content, err
}
