package personfile

import (
	"bufio"
	"fmt"
	"io"
)

// Table writes a table of findings that is opened in a spreadsheet: CSV in UTF-8 with a byte order mark, or XLSX, all of whose cells are text. In neither is anything run as
// a formula, and numbers keep their digits: those of more than 11, and those that begin with 0, are written into a CSV as ="…".
type Table struct {
	// Bare leaves numbers in a CSV as they are, for programs; a spreadsheet then rounds those of more than 15 digits.
	Bare bool

	csv  *bufio.Writer
	xlsx *xlsxSink
	line []byte
}

// NewTable begins a table as CSV or XLSX.
func NewTable(w io.Writer, kind Kind, header []string) (t *Table, err error) {
	t = &Table{}
	switch kind {
	case CSV:
		t.csv = bufio.NewWriterSize(w, flushBytes)
		if _, err = t.csv.Write(utf8Mark); err == nil {
			err = t.Write(header)
		}
	case XLSX:
		t.xlsx, err = newXLSXSink(w, header)
	default:
		err = fmt.Errorf("personfile: a table cannot be written as %q", kind)
	}
	return t, err
}

// Write adds a row, whose cells are as many as the header's. What the file cannot hold, as more rows than a sheet has, is a *FileError; other errors are those of the
// caller's writer.
func (t *Table) Write(cells []string) error {
	if t.xlsx != nil {
		if bad := t.xlsx.row(cells); bad != nil {
			return fileError(bad.fault.reason, bad.fault.text, bad.fault.mend)
		}
		return t.xlsx.err
	}
	keep := keepText
	if t.Bare {
		keep = guardKnown
	}
	t.line = appendRow(t.line[:0], cells, keep)
	_, err := t.csv.Write(t.line)
	return err
}

// Close ends the table. It does not close the caller's writer.
func (t *Table) Close() error {
	if t.xlsx != nil {
		return t.xlsx.close()
	}
	return t.csv.Flush()
}
