package personfile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Writer writes a person file. The header is in English.
type Writer struct {
	kind    Kind
	columns []Column
	extra   []string
	sink    sink
	cells   []string
	out     []string // cells as they are written
}

// sink writes rows in one kind of file.
type sink interface {
	row(cells []string) *cellFault
	flushed() error // the first error of the caller's writer
	close() error
}

// cellFault is what is wrong with the value of one cell, or of none (cell -1).
type cellFault struct {
	cell  int
	fault *fault
}

// NewWriter begins a person file with the known columns (nil for all) and the
// named unknown ones. The encoding is for CSV and DBF; "" means UTF-8 for CSV and
// GBK for DBF, which can be written in no other.
//
// A DBF needs the number of its records in its header: where w is an io.Seeker,
// it is filled in by Close, and memory is constant; otherwise the table is held
// in memory until Close, up to 256 MB.
func NewWriter(w io.Writer, kind Kind, enc Encoding, columns []Column, extra []string) (*Writer, error) {
	if columns == nil {
		columns = Columns()
	}
	header, err := writeHeader(columns, extra)
	if err != nil {
		return nil, err
	}
	out := &Writer{kind: kind, columns: columns, extra: extra, cells: make([]string, len(header)), out: make([]string, len(header))}
	switch {
	case enc != "" && enc != UTF8 && enc != GB18030:
		return nil, fmt.Errorf("personfile: unknown encoding %q", enc)
	case kind == CSV:
		out.sink, err = newCSVSink(w, enc, header, len(columns))
	case kind == XLSX && enc != GB18030:
		out.sink, err = newXLSXSink(w, header)
	case kind == DBF && enc != UTF8:
		out.sink, err = newDBFSink(w, columns, extra)
	default:
		return nil, fmt.Errorf("personfile: cannot write %q in %q", kind, enc)
	}
	return out, err
}

// writeHeader checks that the file could be read again.
func writeHeader(columns []Column, extra []string) ([]string, error) {
	var header []string
	for _, c := range columns {
		if c < 0 || c >= ColumnCount {
			return nil, fmt.Errorf("personfile: no column %d", c)
		}
		header = append(header, c.English())
	}
	if len(columns) == 0 {
		return nil, errors.New("personfile: a person file needs a known column")
	}
	seen := make(map[string]bool)
	for _, name := range header {
		if seen[name] {
			return nil, fmt.Errorf("personfile: column %s is given twice", name)
		}
		seen[name] = true
	}
	for _, name := range extra {
		if err := checkExtraName(name); err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fmt.Errorf("personfile: column %q is given twice", name)
		}
		seen[name] = true
		header = append(header, name)
	}
	return header, nil
}

func checkExtraName(name string) error {
	_, isKnown := ColumnByName(name)
	_, broken, f := checkText(name, false)
	if isKnown || f != nil || broken || name == "" || unwrap(guard(name, true), true) != name {
		return fmt.Errorf("personfile: %q cannot be the name of an unknown column", name)
	}
	return nil
}

// Write writes a record. A value that the file cannot hold makes a *RowError that
// names its column, and nothing of the record is written; the caller may go on.
// Other errors are those of the caller's writer. A record with nothing in the
// columns of this file is left out: reading would skip it.
func (w *Writer) Write(r Record) error {
	blank := true
	for i, c := range w.columns {
		w.cells[i] = r.Value[c]
		blank = blank && w.cells[i] == ""
	}
	for i, name := range w.extra {
		w.cells[len(w.columns)+i] = r.Get(name)
		blank = blank && w.cells[len(w.columns)+i] == ""
	}
	if blank {
		return nil
	}
	bad := w.check()
	if bad == nil {
		bad = w.sink.row(w.marked())
	}
	if bad != nil {
		return w.rowError(r.Line, bad)
	}
	return w.sink.flushed()
}

// marked returns the cells so that reading gives them back.
func (w *Writer) marked() []string {
	if w.kind == CSV {
		return w.cells // its sink guards them
	}
	for i, v := range w.cells {
		w.out[i] = keepMarks(v, i < len(w.columns))
	}
	return w.out
}

// check looks for values that reading would not give back.
func (w *Writer) check() *cellFault {
	for i, v := range w.cells {
		if _, _, f := checkText(v, false); f != nil {
			return &cellFault{i, f}
		}
		if trim(v) != v || i < len(w.columns) && !canonical(w.columns[i], v) {
			return &cellFault{i, faultBadValue(v)}
		}
	}
	return nil
}

// canonical reports whether a value is as Record has it. Codes and long numbers
// are not looked up: they may be wrong and are kept as they are.
func canonical(c Column, v string) bool {
	s := columnInfos[c].shape
	if v == "" || s != shapeDate && s != shapeExpiry || s == shapeExpiry && v == LongTerm {
		return true
	}
	d, err := citizen.ParseDate(v)
	return err == nil && d.String() == v
}

func (w *Writer) rowError(line int, bad *cellFault) *RowError {
	column := ""
	var header []string
	for _, c := range w.columns {
		header = append(header, c.English())
	}
	header = append(header, w.extra...)
	if bad.cell >= 0 {
		column = header[bad.cell]
	}
	e := bad.fault.rowError(line, column)
	e.Header, e.Raw = header, append([]string(nil), w.cells...)
	return e
}

// Close ends the file. It does not close the caller's writer.
func (w *Writer) Close() error { return w.sink.close() }

// csvSink writes CSV with commas and line feeds.
type csvSink struct {
	w     io.Writer
	enc   Encoding
	known int // cells of known columns, for guard
	line  []byte
	out   []byte
	err   error
}

const flushBytes = 64 << 10

func newCSVSink(w io.Writer, enc Encoding, header []string, known int) (*csvSink, error) {
	s := &csvSink{w: w, enc: enc, known: len(header)}
	if bad := s.row(header); bad != nil {
		return nil, fmt.Errorf("personfile: header cannot be written: %s", bad.fault.reason)
	}
	s.known = known
	return s, nil
}

func (s *csvSink) row(cells []string) *cellFault {
	s.line = s.line[:0]
	for i, v := range cells {
		if i > 0 {
			s.line = append(s.line, ',')
		}
		s.line = appendCell(s.line, guard(v, i < s.known))
	}
	s.line = append(s.line, '\n')
	if s.enc == GB18030 {
		s.out, _ = EncodeGB18030(s.out, string(s.line)) // checkText has refused wrong UTF-8
	} else {
		s.out = append(s.out, s.line...)
	}
	if len(s.out) >= flushBytes {
		s.flush()
	}
	return nil
}

// appendCell quotes a cell where RFC 4180 demands it.
func appendCell(b []byte, v string) []byte {
	if !strings.ContainsAny(v, "\",;\t\r\n") {
		return append(b, v...)
	}
	b = append(b, '"')
	for i := range len(v) {
		if v[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, v[i])
	}
	return append(b, '"')
}

func (s *csvSink) flush() {
	if s.err == nil && len(s.out) > 0 {
		_, s.err = s.w.Write(s.out)
	}
	s.out = s.out[:0]
}

func (s *csvSink) flushed() error { return s.err }

func (s *csvSink) close() error {
	s.flush()
	return s.err
}
