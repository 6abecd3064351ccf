package personfile

import (
	"errors"
	"io"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Kind is a kind of file.
type Kind string

// The kinds of person files.
const (
	CSV  Kind = "csv"
	XLSX Kind = "xlsx"
	DBF  Kind = "dbf"
)

// Encoding is a character set of CSV and DBF files. XLSX is always UTF-8.
type Encoding string

// The encodings. Files in GBK and GB 2312 are read as GB 18030, whose parts they are.
const (
	UTF8    Encoding = "utf-8"
	GB18030 Encoding = "gb18030"
)

// Options say what is known about a file beforehand. The zero value finds out.
type Options struct {
	Kind     Kind     // "": by content, then by name
	Encoding Encoding // "": byte order mark, else UTF-8 where the text is UTF-8, else GB 18030
	Mapping  *Mapping // names of other columns; may be nil
}

// Reader reads one person file.
type Reader struct {
	file     string
	size     int64
	kind     Kind
	encoding Encoding
	src      source
	header   []string
	plan     []target
	fields   fields
	row      rawRow
	cut      *Cut
}

// Cut says that a CSV or DBF seems to end too early, and where. (An XLSX that does is a *FileError: what tells where its parts lie stands at its end.)
type Cut struct {
	Line int          `json:"line"` // of the last line, or of the first record that is not whole
	Text citizen.Text `json:"text"` // what is wrong, for the clerk
	Mend citizen.Text `json:"mend"` // what to do
}

// target says where a cell goes.
type target struct {
	use  targetUse
	col  Column
	name string
}

type targetUse uint8

const (
	useColumn targetUse = iota // to a known column
	useExtra                   // to Record.Extra
	useReport                  // dropped: what an error file says about the row
	useRest                    // the last column of an error file, which must be empty
)

// Open begins to read a person file of size bytes. The name is for messages and,
// where the content leaves it open, for the kind. A file that cannot be read is a
// *FileError; other errors are those of r.
func Open(name string, r io.ReaderAt, size int64, o Options) (*Reader, error) {
	reader := &Reader{file: name, size: size}
	err := reader.open(r, size, o)
	if err == nil {
		return reader, nil
	}
	if reader.src != nil {
		reader.src.close()
	}
	var fe *FileError
	if errors.As(err, &fe) {
		fe.File = name
	}
	return nil, err
}

func (r *Reader) open(in io.ReaderAt, size int64, o Options) (err error) {
	if r.kind, err = findKind(r.file, in, size, o.Kind); err != nil {
		return err
	}
	switch r.kind {
	case XLSX:
		r.encoding = UTF8
		return r.openXLSX(in, size, o)
	case DBF:
		return r.openDBF(in, size, o)
	}
	return r.openCSV(in, size, o)
}

// Name returns the name of the file, as given to Open.
func (r *Reader) Name() string { return r.file }

// Kind returns the kind of the file.
func (r *Reader) Kind() Kind { return r.kind }

// Encoding returns the encoding in which the file is read.
func (r *Reader) Encoding() Encoding { return r.encoding }

// Header returns the column names as the file has them.
func (r *Reader) Header() []string { return append([]string(nil), r.header...) }

// Unknown returns the names of the columns whose values go to Record.Extra.
func (r *Reader) Unknown() []string {
	var names []string
	for _, t := range r.plan {
		if t.use == useExtra {
			names = append(names, t.name)
		}
	}
	return names
}

// Known returns the known columns of the file, in its order.
func (r *Reader) Known() []Column {
	var cols []Column
	for _, t := range r.plan {
		if t.use == useColumn {
			cols = append(cols, t.col)
		}
	}
	return cols
}

// Deleted returns how many records marked as deleted a DBF has held so far; they
// are not given as records.
func (r *Reader) Deleted() int {
	if d, ok := r.src.(*dbfSource); ok {
		return d.deleted
	}
	return 0
}

// Share returns how much of the file has been read, 0 to 1; 0 where the kind does not tell (XLSX).
func (r *Reader) Share() float64 {
	switch src := r.src.(type) {
	case *csvSource:
		return float64(src.in.offset()) / float64(max(r.size, 1))
	case *dbfSource:
		return float64(src.number) / float64(max(src.count, 1))
	}
	return 0
}

// OtherSheets returns the names of an XLSX file's further sheets that hold
// something. They are not read.
func (r *Reader) OtherSheets() []string {
	if x, ok := r.src.(*xlsxSource); ok {
		return append([]string(nil), x.others...)
	}
	return nil
}

// Cut tells, after Next has returned io.EOF, whether the file seems to end too early: its last line lacks cells, ends inside quotes or a character, a DBF has fewer
// records than it says (that row was a *RowError with ReasonCut), or its last line has no line end. nil: no sign of it.
func (r *Reader) Cut() *Cut {
	if c, ok := r.src.(*csvSource); ok && r.cut == nil && c.open > 0 {
		return noteOpenEnd(c.open)
	}
	return r.cut
}

// Close frees what reading has taken. It does not close the caller's file.
func (r *Reader) Close() error { return r.src.close() }

// Next returns the next row that is not empty. The error is io.EOF at the end, a
// *RowError for a row to be put aside, after which Next goes on, and a *FileError
// or an error of the caller's reader where reading has ended.
func (r *Reader) Next() (Record, error) {
	for {
		if err := r.src.next(&r.row); err != nil {
			return Record{}, r.finish(err)
		}
		if r.isBlank() {
			continue
		}
		rec := Record{Line: r.row.line}
		if err := r.convert(&rec); err != nil {
			return Record{}, r.finish(err)
		}
		return rec, nil
	}
}

// finish adds to an error what only the Reader knows.
func (r *Reader) finish(err error) error {
	switch e := err.(type) {
	case *RowError:
		e.File, e.Header = r.file, r.header
		if e.Reason == ReasonCut {
			r.cut = &Cut{e.Line, e.Text, e.Mend}
		}
		if e.cell > 0 && e.cell <= len(r.plan) {
			e.Column = r.plan[e.cell-1].name
		}
	case *FileError:
		e.File = r.file
	}
	return err
}

// isBlank reports whether nothing but blanks stands in the row's own cells.
func (r *Reader) isBlank() bool {
	for i, v := range r.row.cells {
		if i < len(r.plan) && r.plan[i].use == useReport {
			continue
		}
		if trim(v) != "" {
			return false
		}
	}
	return true
}

func (r *Reader) convert(rec *Record) error {
	if f := r.countFault(); f != nil {
		return r.rowError(f, -1)
	}
	for i, v := range r.row.cells[:min(len(r.row.cells), len(r.plan))] {
		if r.plan[i].use == useReport || v == "" {
			continue
		}
		if f := r.cell(rec, i, v); f != nil {
			return r.rowError(f, i)
		}
	}
	return nil
}

// cell puts one value where the plan says.
func (r *Reader) cell(rec *Record, i int, v string) (f *fault) {
	private, broken, f := checkText(v, r.kind == CSV)
	if f != nil {
		return f
	}
	t, typ := r.plan[i], cellText
	if i < len(r.row.types) {
		typ = r.row.types[i]
	}
	switch t.use {
	case useRest:
		if trim(v) != "" {
			return faultNotMended()
		}
	case useColumn:
		if rec.Value[t.col], f = r.fields.known(t.col, v, typ); f != nil {
			return f
		}
		v = rec.Value[t.col]
	case useExtra:
		if v = r.fields.extra(v, typ); v != "" {
			rec.Extra = append(rec.Extra, Pair{t.name, v})
		}
	}
	if private || broken {
		rec.note(t, v, private)
	}
	return nil
}

// note remarks on a value that has private use characters or, before trimming,
// line breaks.
func (rec *Record) note(t target, v string, private bool) {
	if private {
		if codes := privateCodes(v); codes != "" {
			rec.Notes = append(rec.Notes, notePrivateUse(t.name, codes))
		}
	}
	clean := unixBreaks(v)
	if !hasBreak(clean) {
		return
	}
	rec.Notes = append(rec.Notes, noteLineBreak(t.name))
	if t.use == useColumn {
		rec.Value[t.col] = clean
	} else if n := len(rec.Extra); n > 0 {
		rec.Extra[n-1].Value = clean
	}
}

// countFault compares the row with the header. XLSX leaves out empty cells at the
// end; every kind may have empty cells beyond the header.
func (r *Reader) countFault() *fault {
	have, want := len(r.row.cells), len(r.plan)
	if c, ok := r.src.(*csvSource); ok && have < want {
		if c.atEnd() {
			return faultCutCells(r.row.line, have, want)
		}
		return faultColumnCount(have, want)
	}
	for _, v := range r.row.cells[min(have, want):] {
		if trim(v) != "" {
			return faultColumnCount(have, want)
		}
	}
	return nil
}

func (r *Reader) rowError(f *fault, cell int) *RowError {
	e := f.rowError(r.row.line, "")
	e.cell = cell + 1
	e.Raw = append([]string(nil), r.row.cells...)
	if f.reason == ReasonColumnCount || f.reason == ReasonCut {
		e.Whole = joinRow(e.Raw)
	}
	return e
}
