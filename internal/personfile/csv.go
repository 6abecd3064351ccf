package personfile

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"
)

// source gives the rows of a file of one kind, the header first.
type source interface {
	// next fills row, whose cells are good until the next call. It returns io.EOF
	// at the end, a *RowError for a row that could not be split or decoded, and
	// anything else to end the reading.
	next(row *rawRow) error
	close() error
}

// rawRow is a row as the file has it.
type rawRow struct {
	line  int
	cells []string
	types []cellType // of XLSX cells; nil for other kinds
}

// csvSource reads CSV as encoding/csv does (RFC 4180), with line numbers, with
// any of three separators, in either encoding, and so that a quote that is never
// closed costs one row and not the rest of the file.
type csvSource struct {
	in     *lineBuffer
	enc    Encoding
	sep    byte
	ln     int    // lines taken
	open   int    // the last line's number, where it has no line end
	want   int    // cells of the header; 0 while reading it
	text   []byte // the cells of a row one after the other, quotes removed
	ends   []int  // where each cell ends in text
	out    []byte // text in UTF-8
	parsed parseState
}

// parseState says how far a row could be split.
type parseState int

const (
	parsedAll  parseState = iota
	parsedOpen            // ends inside quotes
	parsedBad             // a quote where none may stand
)

func (c *csvSource) close() error { return nil }

func (c *csvSource) next(row *rawRow) error {
	for {
		end, err := c.in.line(0)
		if err == errLineTooLong {
			return c.tooLong()
		}
		if err != nil {
			return err
		}
		row.line, row.types = c.ln+1, nil
		if len(trimEOL(c.in.ahead(end))) == 0 {
			c.takeLines(end, 1)
			continue
		}
		return c.row(row, end)
	}
}

// row reads the row whose first line ends at end.
func (c *csvSource) row(row *rawRow, end int) error {
	first, lines := end, 1
	c.split(c.in.ahead(end))
	last := false
	for c.parsed == parsedOpen && lines < maxQuotedLines {
		more, err := c.in.line(end)
		if last = err == io.EOF; last || err == errLineTooLong || more > maxLineBytes {
			break
		}
		if err != nil {
			return err
		}
		end, lines = more, lines+1
		c.split(c.in.ahead(end))
	}
	if f := c.quoteFault(lines, last); f != nil {
		return c.broken(f, first)
	}
	raw := c.in.ahead(end)
	if raw[len(raw)-1] != c.in.eol {
		c.open = c.ln + lines
	}
	err := c.decode(row, raw)
	c.takeLines(end, lines)
	return err
}

// atEnd reports whether nothing but empty lines follows.
func (c *csvSource) atEnd() bool {
	for {
		end, err := c.in.line(0)
		if err != nil {
			return err == io.EOF
		}
		if len(trimEOL(c.in.ahead(end))) > 0 {
			return false
		}
		c.takeLines(end, 1)
	}
}

// quoteFault judges what split found in a row of so many lines, the last of the file or not. A row over several lines must also have the
// right number of cells: else its quote has swallowed the lines after it.
func (c *csvSource) quoteFault(lines int, last bool) *fault {
	switch {
	case c.parsed == parsedOpen && lines == 1 && last && c.want > 0:
		return faultCutQuote(c.ln + 1)
	case c.parsed == parsedBad && lines == 1:
		return faultStrayQuote()
	case c.parsed != parsedAll, lines > 1 && c.want > 0 && len(c.ends) != c.want:
		return faultUnclosedQuote(c.ln + 1)
	}
	return nil
}

// broken gives up the first line only.
func (c *csvSource) broken(f *fault, first int) error {
	e := f.rowError(c.ln+1, "")
	e.Whole = decodeMarked(trimEOL(c.in.ahead(first)), c.enc)
	e.Raw = strings.Split(strings.ReplaceAll(e.Whole, `"`, ""), string(c.sep))
	c.takeLines(first, 1)
	return e
}

func (c *csvSource) tooLong() error {
	e := faultTooLong(maxLineBytes).rowError(c.ln+1, "")
	e.Whole = decodeMarked(c.in.ahead(1000), c.enc)
	c.ln++
	if err := c.in.skipLine(); err != nil {
		return err
	}
	return e
}

func (c *csvSource) takeLines(n, lines int) {
	c.in.take(n)
	c.ln += lines
}

// trimEOL removes one line end.
func trimEOL(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

// split cuts a row into cells by bytes. That is right for GB 18030 too: its
// second to fourth bytes are never a separator, a quote or a line end.
func (c *csvSource) split(b []byte) {
	c.text, c.ends, c.parsed = c.text[:0], c.ends[:0], parsedAll
	b = trimEOL(b)
	if bytes.IndexByte(b, '"') < 0 {
		c.splitPlain(b)
		return
	}
	for {
		n := c.cell(b)
		c.ends = append(c.ends, len(c.text))
		if n == len(b) || c.parsed != parsedAll {
			return
		}
		b = b[n+1:]
	}
}

// splitPlain cuts a row without quotes.
func (c *csvSource) splitPlain(b []byte) {
	for {
		i := bytes.IndexByte(b, c.sep)
		if i < 0 {
			break
		}
		c.text = append(c.text, b[:i]...)
		c.ends = append(c.ends, len(c.text))
		b = b[i+1:]
	}
	c.text = append(c.text, b...)
	c.ends = append(c.ends, len(c.text))
}

// cell appends the cell at the start of b and returns its length in b.
func (c *csvSource) cell(b []byte) int {
	if len(b) > 0 && b[0] == '"' {
		return c.quotedCell(b)
	}
	n := bytes.IndexByte(b, c.sep)
	if n < 0 {
		n = len(b)
	}
	if bytes.IndexByte(b[:n], '"') >= 0 && !isExcelText(b[:n]) {
		c.parsed = parsedBad
	}
	c.text = append(c.text, b[:n]...)
	return n
}

// isExcelText recognises ="220102…", by which a spreadsheet is made to keep a
// number as text.
func isExcelText[T string | []byte](b T) bool {
	if len(b) < 3 || b[0] != '=' || b[1] != '"' || b[len(b)-1] != '"' {
		return false
	}
	for i := 2; i < len(b)-1; i++ {
		if b[i] == '"' {
			return false
		}
	}
	return true
}

func (c *csvSource) quotedCell(b []byte) int {
	for i := 1; i < len(b); {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			break
		}
		c.text = append(c.text, b[i:i+j]...)
		i += j + 1
		switch {
		case i == len(b) || b[i] == c.sep:
			return i
		case b[i] == '"':
			c.text = append(c.text, '"')
			i++
		default:
			c.parsed = parsedBad
			return i
		}
	}
	c.parsed = parsedOpen
	return len(b)
}

// decode turns the cells into strings that share one allocation.
func (c *csvSource) decode(row *rawRow, raw []byte) error {
	text, ends := c.text, c.ends
	bad := -1
	if c.enc == UTF8 {
		bad = c.checkUTF8()
	} else if !isASCII(text) {
		bad = c.decodeCells()
		text = c.out
	}
	row.cells = row.cells[:0]
	if bad >= 0 {
		return c.undecodable(row, raw, bad)
	}
	s, from := string(text), 0
	for _, end := range ends {
		row.cells = append(row.cells, s[from:end])
		from = end
	}
	return nil
}

// checkUTF8 returns the first cell that is not UTF-8, or -1.
func (c *csvSource) checkUTF8() int {
	if utf8.Valid(c.text) {
		return -1
	}
	from := 0
	for i, end := range c.ends {
		if !utf8.Valid(c.text[from:end]) {
			return i
		}
		from = end
	}
	return 0
}

// decodeCells decodes GB 18030 into out, changing ends; it returns the first
// cell that cannot be decoded, or -1.
func (c *csvSource) decodeCells() int {
	c.out = c.out[:0]
	from := 0
	for i, end := range c.ends {
		var err error
		if c.out, err = DecodeGB18030(c.out, c.text[from:end]); err != nil {
			return i
		}
		from, c.ends[i] = end, len(c.out)
	}
	return -1
}

// maxCharacterBytes is the most bytes of a character, in either encoding.
const maxCharacterBytes = 4

// undecodable describes the first wrong bytes of the row raw, in its cell bad.
func (c *csvSource) undecodable(row *rawRow, raw []byte, bad int) error {
	wrong := firstWrong(raw, c.enc)
	f := faultUndecodable(c.enc, wrong.Hex(), c.in.offset()+int64(wrong.Offset))
	if c.open > 0 && c.want > 0 && len(raw)-wrong.Offset < maxCharacterBytes {
		f = faultCutCharacter(row.line)
	}
	e := f.rowError(row.line, "")
	from := 0
	c.split(raw)
	for _, end := range c.ends {
		e.Raw = append(e.Raw, decodeMarked(c.text[from:end], c.enc))
		from = end
	}
	e.cell = bad + 1
	return e
}

// firstWrong finds the first bytes that are not of the encoding.
func firstWrong(raw []byte, enc Encoding) *CodingError {
	if enc != UTF8 {
		_, err := DecodeGB18030(nil, raw)
		if e, ok := err.(*CodingError); ok {
			return e
		}
		return &CodingError{}
	}
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && n == 1 {
			return &CodingError{Offset: i, Bytes: raw[i : i+1 : i+1]}
		}
		i += n
	}
	return &CodingError{}
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
