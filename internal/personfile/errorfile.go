package personfile

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

// ErrorWriter writes the rows that could not be read, with what is wrong and what
// to do, as CSV in UTF-8 with a byte order mark (so that spreadsheets show it
// right). Its columns are
//
//	file,line,column,reason,text_zh,text_en,mend_zh,mend_en
//
// then the columns of the first row's file, then rest. Once its rows are mended,
// Open reads the error file as any other: it leaves out the first eight columns
// and refuses a row as long as anything stands in rest.
//
// Rows of a file with other columns go to the columns of the same meaning, and
// what has no column goes to rest.
type ErrorWriter struct {
	w      io.Writer
	header []string
	places map[string]int // column by placeKey
	line   []byte
	begun  bool
}

// NewErrorWriter begins an error file. Nothing is written before the first row.
func NewErrorWriter(w io.Writer) *ErrorWriter { return &ErrorWriter{w: w} }

// Write adds one row. The error is that of the caller's writer.
func (w *ErrorWriter) Write(e *RowError) error {
	w.line = w.line[:0]
	if !w.begun {
		w.begin(e.Header)
	}
	report := []string{e.File, strconv.Itoa(e.Line), e.Column, e.Reason, e.Text.ZH, e.Text.EN, e.Mend.ZH, e.Mend.EN}
	cells, rest := w.place(e)
	for _, v := range report {
		w.line = append(appendCell(w.line, guard(v, true)), ',')
	}
	for _, v := range cells {
		w.line = append(appendCell(w.line, keepText(v)), ',')
	}
	w.line = append(appendCell(w.line, guard(rest, true)), '\n')
	_, err := w.w.Write(w.line)
	return err
}

// begin writes the header.
func (w *ErrorWriter) begin(header []string) {
	w.begun = true
	w.places = make(map[string]int)
	w.line = append(w.line, utf8Mark...)
	for _, name := range reportColumns {
		w.line = append(append(w.line, name...), ',')
	}
	for _, name := range ownColumns(header) {
		w.places[placeKey(name)] = len(w.header)
		w.header = append(w.header, name)
		w.line = append(appendCell(w.line, guard(name, true)), ',')
	}
	w.line = append(append(w.line, restColumn...), '\n')
}

// ownColumns leaves out what an error file that was read again has added.
func ownColumns(header []string) []string {
	if n := len(reportColumns); len(header) >= n && slices.Equal(header[:n], reportColumns) {
		header = header[n:]
		if last := len(header) - 1; last >= 0 && header[last] == restColumn {
			header = header[:last]
		}
	}
	return header
}

// placeKey is equal for column names of one meaning.
func placeKey(name string) string {
	if c, ok := ColumnByName(name); ok {
		return c.English()
	}
	return name
}

// place sorts the raw cells into the columns. The second result is what has no
// column, or the whole line where it was not split rightly.
func (w *ErrorWriter) place(e *RowError) (cells []string, rest string) {
	cells = make([]string, len(w.header))
	var left []string
	skip := len(e.Header) - len(ownColumns(e.Header))
	for i, v := range e.Raw {
		name := ""
		if i < len(e.Header) {
			name = e.Header[i]
		}
		at, ok := w.places[placeKey(name)]
		switch {
		case skip > 0 && (i < len(reportColumns) || name == restColumn && v == ""):
		case ok:
			cells[at] = v
		case trim(v) != "" && name != "":
			left = append(left, name+"="+v)
		case trim(v) != "":
			left = append(left, v)
		}
	}
	if e.Whole != "" {
		return cells, e.Whole
	}
	return cells, strings.Join(left, "; ")
}

// keepText guards a cell against spreadsheets: long numbers and numbers that begin
// with 0 are written as ="…", which keeps all digits and is taken off on reading.
func keepText(v string) string {
	if onlyDigits(v) && (len(v) > 11 || len(v) > 1 && v[0] == '0') {
		return `="` + v + `"`
	}
	return guardKnown(v)
}

func guardKnown(v string) string { return guard(v, true) }

// AppendRow adds one line of CSV whose cells a spreadsheet shows as they are: long numbers keep their digits, and nothing is run as a formula.
func AppendRow(b []byte, cells []string) []byte { return appendRow(b, cells, keepText) }

// appendRow adds one line of CSV, each cell as keep makes it.
func appendRow(b []byte, cells []string, keep func(string) string) []byte {
	for i, v := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, keep(v))
	}
	return append(b, '\n')
}

// joinRow writes cells as one line of CSV.
func joinRow(cells []string) string {
	var b []byte
	for i, v := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCell(b, v)
	}
	return string(b)
}

// Close ends the error file. It does not close the caller's writer.
func (w *ErrorWriter) Close() error { return nil }
