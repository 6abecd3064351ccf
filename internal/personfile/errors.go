package personfile

import (
	"fmt"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Reasons of a RowError. They are stable: error files and other programs use them.
const (
	ReasonColumnCount   = "column-count"      // more or fewer cells than the header
	ReasonUnclosedQuote = "unclosed-quote"    // a quotation mark opens a cell and none closes it
	ReasonStrayQuote    = "stray-quote"       // a quotation mark in the middle of a cell
	ReasonUndecodable   = "undecodable"       // bytes that the character set does not have
	ReasonLostCharacter = "lost-character"    // U+FFFD: another program has lost a character
	ReasonControl       = "control-character" // a NUL or another control character
	ReasonTooLong       = "too-long"          // a cell or a line above the limit
	ReasonUnknownCode   = "unknown-code"      // neither a code nor a word of the code table
	ReasonBadDate       = "bad-date"          // not a date, or one that does not exist
	ReasonScientific    = "scientific"        // a number written as 2.20102E+17
	ReasonLostDigits    = "lost-digits"       // a number cell with more than 15 digits
	ReasonCellError     = "cell-error"        // #N/A, #VALUE! and the like
	ReasonBadFlag       = "bad-flag"          // a DBF record neither kept nor deleted
	ReasonNotMended     = "not-mended"        // a row of an error file that was not mended
	ReasonCut           = "cut"               // the last line of a CSV, or the first record that a DBF has not whole: the file ends too early
	ReasonNotInSet      = "not-in-charset"    // writing: the character set lacks a character
	ReasonBadValue      = "bad-value"         // writing: a value that the column cannot hold
)

// Reasons of a FileError. They are stable.
const (
	ReasonEmpty         = "empty"            // nothing in it
	ReasonOtherKind     = "other-kind"       // not CSV, XLSX or DBF, or not the kind asked for
	ReasonWrongEncoding = "wrong-encoding"   // not in the encoding asked for, or in UTF-16
	ReasonTruncated     = "truncated"        // the end is missing
	ReasonDamaged       = "damaged"          // contradicts itself
	ReasonNoColumn      = "no-known-column"  // no known column in the header
	ReasonTwice         = "duplicate-column" // two columns with one meaning
	ReasonMemo          = "memo-field"       // DBF: a memo field, whose text is in another file
	ReasonFieldType     = "field-type"       // DBF: a field type that is not C, N, F, D or L
	ReasonCodePage      = "code-page"        // DBF: made for another script
	ReasonTooLarge      = "too-large"        // more than can be held
	ReasonMapping       = "bad-mapping"      // a mapping file with a wrong line
)

// RowError says why one row could not be read or written. The caller writes it to
// the error file and goes on with the next row.
type RowError struct {
	File   string       // name of the file, as given to Open
	Line   int          // where the row begins, as Record.Line
	Column string       // the column's name in the file; "" where it is the whole row
	Reason string       // one of the reasons above
	Text   citizen.Text // what is wrong, for the clerk
	Mend   citizen.Text // what to do
	Header []string     // the file's columns, for the error file
	Raw    []string     // the row's cells as they stand, undecodable bytes as U+FFFD
	Whole  string       // the raw line, where it could not be split into cells

	cell int // number of the cell in question, from 1; 0 where Column says it
}

// Error names place and reason. It holds no value of the row, so that it can be logged.
func (e *RowError) Error() string {
	place := e.File + ":" + strconv.Itoa(e.Line)
	if e.Column != "" {
		place += ": column " + e.Column
	}
	return place + ": " + e.Reason
}

// FileError says why a whole file cannot be read.
type FileError struct {
	File   string       // name of the file, as given to Open
	Line   int          // line of a mapping file; 0 where it is the whole file
	Reason string       // one of the reasons above
	Text   citizen.Text // what is wrong, for the clerk
	Mend   citizen.Text // what to do
}

// Error is the English text with the file's name.
func (e *FileError) Error() string {
	place := e.File
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
	}
	return place + ": " + e.Text.EN + "; " + e.Mend.EN
}

// text fills both languages' formats with the same values.
func text(zh, en string, args ...any) citizen.Text {
	if len(args) == 0 {
		return citizen.Text{ZH: zh, EN: en}
	}
	return citizen.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)}
}

func fileError(reason string, what, mend citizen.Text) *FileError {
	return &FileError{Reason: reason, Text: what, Mend: mend}
}

// fault is what is wrong with a row or a cell, before its place is known.
type fault struct {
	reason     string
	text, mend citizen.Text
}

func (f *fault) rowError(line int, column string) *RowError {
	return &RowError{Line: line, Column: column, Reason: f.reason, Text: f.text, Mend: f.mend}
}

// shown cuts a value to what fits in a message.
func shown(v string) string {
	const most = 40
	n := 0
	for i := range v {
		if n++; n > most {
			return v[:i] + "…"
		}
	}
	return v
}
