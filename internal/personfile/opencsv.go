package personfile

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// separators are the separators that are tried, in the order of preference.
var separators = []byte{',', '\t', ';'}

func (r *Reader) openCSV(in io.ReaderAt, size int64, o Options) (err error) {
	if !mayBeText(in, size) {
		return fileOtherKind(text("内容不是文本，也不是XLSX或DBF", "the content is neither text nor XLSX nor DBF"))
	}
	var mark int
	if r.encoding, mark, err = findEncoding(in, size, o.Encoding); err != nil {
		return err
	}
	b := newLineBuffer(io.NewSectionReader(in, int64(mark), size-int64(mark)), int64(mark))
	c := &csvSource{in: b, enc: r.encoding}
	r.src = c
	if err := b.findLineEnd(); err != nil {
		return err
	}
	fixed, err := c.sepLine()
	if err != nil {
		return err
	}
	cells, err := c.header(o.Mapping, fixed)
	if err != nil {
		return err
	}
	if err := r.setHeader(cells, o.Mapping); err != nil {
		return err
	}
	c.want = len(r.plan)
	return nil
}

func mayBeText(in io.ReaderAt, size int64) bool {
	head, err := readHead(in, size)
	return err != nil || isText(head)
}

// sepLine takes the line "sep=;" by which a spreadsheet names the separator.
func (c *csvSource) sepLine() (fixed bool, err error) {
	end, err := c.in.line(0)
	if err != nil {
		return false, c.headerError(err)
	}
	s := strings.Trim(string(trimEOL(c.in.ahead(end))), `"`)
	if len(s) != 5 || !strings.EqualFold(s[:4], "sep=") || bytes.IndexByte(separators, s[4]) < 0 {
		return false, nil
	}
	c.sep = s[4]
	c.takeLines(end, 1)
	return true, nil
}

// header reads the header row with the separator that makes most of it known.
func (c *csvSource) header(m *Mapping, fixed bool) ([]string, error) {
	if err := c.skipEmpty(); err != nil {
		return nil, c.headerError(err)
	}
	if !fixed {
		if err := c.chooseSeparator(m); err != nil {
			return nil, c.headerError(err)
		}
	}
	var row rawRow
	if err := c.next(&row); err != nil {
		return nil, c.headerError(err)
	}
	return row.cells, nil
}

func (c *csvSource) skipEmpty() error {
	for {
		end, err := c.in.line(0)
		if err != nil || len(bytes.TrimSpace(c.in.ahead(end))) > 0 {
			return err
		}
		c.takeLines(end, 1)
	}
}

func (c *csvSource) chooseSeparator(m *Mapping) error {
	end, err := c.in.line(0)
	if err != nil {
		return err
	}
	best, most := separators[0], -1
	for _, sep := range separators {
		c.sep = sep
		c.split(c.in.ahead(end))
		if n := knownColumns(c.marked(), m, CSV); n > most {
			best, most = sep, n
		}
	}
	c.sep = best
	return nil
}

// marked returns the cells of the last split, wrong bytes as U+FFFD.
func (c *csvSource) marked() []string {
	cells, from := make([]string, 0, len(c.ends)), 0
	for _, end := range c.ends {
		cells = append(cells, decodeMarked(c.text[from:end], c.enc))
		from = end
	}
	return cells
}

// headerError makes one message for the file of what is wrong with its header.
func (c *csvSource) headerError(err error) error {
	var row *RowError
	switch {
	case err == io.EOF:
		return fileEmpty()
	case err == errLineTooLong:
		return fileOtherKind(text("第一行没有结束，不像是表格", "the first line does not end: this is hardly a table"))
	case errors.As(err, &row) && row.Reason == ReasonUndecodable:
		return fileNotEncoding(c.enc)
	case errors.As(err, &row):
		what := citizen.Text{ZH: "表头读不出：" + row.Text.ZH, EN: "the header cannot be read: " + row.Text.EN}
		return fileError(ReasonDamaged, what, row.Mend)
	}
	return err
}
