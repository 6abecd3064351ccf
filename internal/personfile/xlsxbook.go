package personfile

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// sheetRef is a visible sheet of a workbook.
type sheetRef struct{ name, part string }

// workbook is what the reading of sheets needs of a workbook.
type workbook struct {
	sheets          []sheetRef
	styles, strings string // part names; "" if there is none
	date1904        bool
}

// relation is one line of a relationships part.
type relation struct{ kind, target string }

func isFlateError(err error) bool {
	var c flate.CorruptInputError
	return errors.As(err, &c)
}

// maxSmallPart bounds the parts that are not sheets or shared strings.
const maxSmallPart = 64 << 20

// elements calls f for each start element of a part.
func (x *xlsxSource) elements(part string, f func(s *xmlScanner) error) error {
	in, err := x.part(part)
	if err != nil {
		return err
	}
	defer in.Close()
	s := newXMLScanner(io.LimitReader(in, maxSmallPart))
	for {
		tok, err := s.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if tok == xmlStart {
			if err := f(s); err != nil {
				return err
			}
		}
	}
}

// relations reads the relationships of a part, by identifier.
func (x *xlsxSource) relations(part string) (map[string]relation, error) {
	name := "_rels/.rels"
	if part != "" {
		name = path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
	}
	rels := make(map[string]relation)
	err := x.elements(name, func(s *xmlScanner) error {
		if string(s.name) == "Relationship" {
			rels[string(s.attr("Id"))] = relation{
				kind:   path.Base(string(s.attr("Type"))),
				target: partName(part, string(s.attr("Target"))),
			}
		}
		return nil
	})
	return rels, err
}

func (x *xlsxSource) readBook() (*workbook, error) {
	main, err := x.mainPart()
	if err != nil {
		return nil, err
	}
	rels, err := x.relations(main)
	if err != nil {
		return nil, err
	}
	book := &workbook{}
	for _, rel := range rels {
		switch rel.kind {
		case "styles":
			book.styles = rel.target
		case "sharedStrings":
			book.strings = rel.target
		}
	}
	err = x.elements(main, func(s *xmlScanner) error { return book.element(s, rels) })
	return book, err
}

// mainPart finds the workbook part.
func (x *xlsxSource) mainPart() (string, error) {
	rels, err := x.relations("")
	if err != nil {
		return "", err
	}
	for _, rel := range rels {
		if rel.kind == "officeDocument" {
			return rel.target, nil
		}
	}
	return "xl/workbook.xml", nil
}

func (b *workbook) element(s *xmlScanner, rels map[string]relation) error {
	switch string(s.name) {
	case "workbookPr":
		v := string(s.attr("date1904"))
		b.date1904 = v == "1" || v == "true"
	case "sheet":
		rel, ok := rels[string(s.attr("id"))]
		if state := string(s.attr("state")); ok && rel.kind == "worksheet" && (state == "" || state == "visible") {
			b.sheets = append(b.sheets, sheetRef{string(s.attr("name")), rel.target})
		}
	}
	return nil
}

// readStyles finds the cell styles that show a number as a date.
func (x *xlsxSource) readStyles(part string) error {
	if part == "" {
		return nil
	}
	custom := make(map[string]bool)
	inCells := false
	return x.elements(part, func(s *xmlScanner) error {
		switch string(s.name) {
		case "numFmt":
			custom[string(s.attr("numFmtId"))] = isDateFormat(string(s.attr("formatCode")))
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := string(s.attr("numFmtId"))
				x.days = append(x.days, custom[id] || isBuiltinDate(id))
			}
		}
		return nil
	})
}

// isBuiltinDate recognises the number formats of dates that need no definition:
// 14-17 and 22, and 27-36 and 50-58 in Chinese editions.
func isBuiltinDate(id string) bool {
	n, err := strconv.Atoi(id)
	return err == nil && (n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58)
}

// isDateFormat reports whether a format shows years or days: a "y" or "d" outside
// quotes, brackets and escapes.
func isDateFormat(format string) bool {
	for i := 0; i < len(format); i++ {
		switch format[i] {
		case '\\', '_', '*':
			i++
		case '"', '[':
			end := strings.IndexByte(format[i+1:], closing(format[i]))
			if end < 0 {
				return false
			}
			i += end + 1
		case 'y', 'Y', 'd', 'D':
			return true
		}
	}
	return false
}

func closing(c byte) byte {
	if c == '[' {
		return ']'
	}
	return c
}

// sharedStrings holds the texts that cells name by number, packed in chunks so
// that millions of them cost little more than their bytes.
type sharedStrings struct {
	chunks [][]byte
	bytes  int      // held, with about ten for each text
	at     []uint64 // chunk<<32 | offset of a length and the text
}

const (
	sharedChunk = 1 << 20
	maxShared   = 640 << 20 // bytes of all texts
)

func (t *sharedStrings) add(b []byte) error {
	need := len(b) + binary.MaxVarintLen32
	if t.bytes += len(b) + 10; t.bytes > maxShared {
		return fileError(ReasonTooLarge,
			text("工作簿文字过多", "the workbook holds too much text"),
			text("另存为CSV文件后再导入", "save it as CSV and import that"))
	}
	last := len(t.chunks) - 1
	if last < 0 || cap(t.chunks[last])-len(t.chunks[last]) < need {
		t.chunks = append(t.chunks, make([]byte, 0, max(sharedChunk, need)))
		last++
	}
	c := t.chunks[last]
	t.at = append(t.at, uint64(last)<<32|uint64(len(c)))
	c = binary.AppendUvarint(c, uint64(len(b)))
	t.chunks[last] = append(c, b...)
	return nil
}

// get returns the text that the number in a cell names.
func (t *sharedStrings) get(number string) (string, error) {
	i, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || i < 0 || i >= len(t.at) {
		return "", errXML
	}
	b := t.chunks[t.at[i]>>32][uint32(t.at[i]):]
	size, n := binary.Uvarint(b)
	return unescape(string(b[n : n+int(size)])), nil
}

func (x *xlsxSource) readShared(part string) error {
	if part == "" {
		return nil
	}
	in, err := x.part(part)
	if err != nil {
		return err
	}
	defer in.Close()
	x.xml = newXMLScanner(in)
	for {
		tok, err := x.xml.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if tok != xmlStart || string(x.xml.name) != "si" {
			continue
		}
		x.cell = x.cell[:0]
		if err := x.textUntil("si", "t", "t"); err != nil {
			return err
		}
		if err := x.shared.add(x.cell); err != nil {
			return err
		}
	}
}
