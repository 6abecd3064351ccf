package personfile

import (
	"bytes"
	"errors"
	"io"
)

// Limits of a CSV file.
const (
	maxLineBytes   = 256 << 10 // one line, or one row over several lines
	maxQuotedLines = 32        // lines of one row
	maxCellBytes   = 32 << 10  // one cell, of any kind of file
)

var errLineTooLong = errors.New("line too long")

// lineBuffer gives the physical lines of a file and lets the caller look at
// several of them before it takes the first.
type lineBuffer struct {
	r    io.Reader
	buf  []byte
	pos  int   // start of what is not taken yet
	base int64 // offset of buf[0] in the file
	eof  bool
	eol  byte // '\n', or '\r' for files of the old Macintosh
}

func newLineBuffer(r io.Reader, base int64) *lineBuffer {
	return &lineBuffer{r: r, base: base, eol: '\n', buf: make([]byte, 0, 64<<10)}
}

// offset is the place in the file of the first byte not taken.
func (b *lineBuffer) offset() int64 { return b.base + int64(b.pos) }

// ahead returns n bytes that are not taken, valid until the next call of line.
func (b *lineBuffer) ahead(n int) []byte { return b.buf[b.pos : b.pos+n] }

// take moves over n bytes.
func (b *lineBuffer) take(n int) { b.pos += n }

// line returns the end, counted from the first byte not taken, of the line that
// begins from bytes after it, its line end included. At the end of the file it
// returns io.EOF. After errLineTooLong, skipLine finds the next line.
func (b *lineBuffer) line(from int) (end int, err error) {
	searched := from
	for {
		if i := bytes.IndexByte(b.buf[b.pos+searched:], b.eol); i >= 0 {
			return searched + i + 1, nil
		}
		searched = len(b.buf) - b.pos
		if searched-from > maxLineBytes {
			return 0, errLineTooLong
		}
		if b.eof {
			if searched == from {
				return 0, io.EOF
			}
			return searched, nil
		}
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
}

// fill reads more, after moving what is not taken to the front.
func (b *lineBuffer) fill() error {
	if b.pos > 0 {
		b.base += int64(b.pos)
		b.buf = b.buf[:copy(b.buf, b.buf[b.pos:])]
		b.pos = 0
	}
	if len(b.buf) == cap(b.buf) {
		b.buf = append(b.buf, make([]byte, cap(b.buf))...)[:len(b.buf)]
	}
	n, err := b.r.Read(b.buf[len(b.buf):cap(b.buf)])
	b.buf = b.buf[:len(b.buf)+n]
	if err == io.EOF {
		b.eof, err = true, nil
	}
	return err
}

// skipLine takes everything up to the end of the line.
func (b *lineBuffer) skipLine() error {
	for {
		if i := bytes.IndexByte(b.buf[b.pos:], b.eol); i >= 0 {
			b.pos += i + 1
			return nil
		}
		b.pos = len(b.buf)
		if b.eof {
			return nil
		}
		if err := b.fill(); err != nil {
			return err
		}
	}
}

// findLineEnd recognises the single carriage returns of the old Macintosh.
func (b *lineBuffer) findLineEnd() error {
	if err := b.fill(); err != nil {
		return err
	}
	if bytes.IndexByte(b.buf, '\n') < 0 && bytes.IndexByte(b.buf, '\r') >= 0 {
		b.eol = '\r'
	}
	return nil
}
