package personfile

import (
	"archive/zip"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"
)

// xlsxSource reads one sheet of an XLSX workbook row by row (ECMA-376). It reads
// the parts itself: the stream reader of excelize, with which this package writes,
// ends without an error where a part is damaged, does not tell a number from a
// text, and keeps a plain copy of a large sheet in a temporary file.
type xlsxSource struct {
	parts  map[string]*zip.File
	shared sharedStrings
	days   []bool // by style: shown as a date
	others []string
	sheet  io.ReadCloser
	xml    *xmlScanner
	line   int
	inData bool
	done   bool // the sheet's data have ended as they should
	cell   []byte
}

// maxColumns is the number of columns of an XLSX sheet.
const maxColumns = 16384

// maxRowCells bounds a row of a person file.
const maxRowCells = 4096

func (r *Reader) openXLSX(in io.ReaderAt, size int64, o Options) error {
	x := &xlsxSource{}
	r.src = x
	cells, err := x.open(in, size, o.Mapping, &r.fields)
	if err != nil {
		return x.fileError(err)
	}
	return r.setHeader(cells, o.Mapping)
}

// fileError makes one message for the clerk of what is wrong with the workbook.
func (x *xlsxSource) fileError(err error) error {
	var fe *FileError
	switch {
	case errors.As(err, &fe):
		return err
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, zip.ErrChecksum),
		errors.Is(err, errXML), errors.Is(err, io.ErrUnexpectedEOF), isFlateError(err):
		return fileError(ReasonDamaged,
			text("XLSX文件已损坏或不完整", "the XLSX file is damaged or incomplete"),
			text("请来源单位重新导出并再次传送", "have it exported and sent again"))
	}
	return err
}

// xlsxCut is about a workbook without the list of its parts, which stands at the very end of the file.
func xlsxCut() *FileError {
	return fileError(ReasonTruncated,
		text("XLSX文件不完整：文件末尾的目录缺失，多半是复制或传送时被截断，其中的行都读不出", "the XLSX file is incomplete: the list of its parts at its end is missing, so none of its rows can be read; it was most likely cut in copying or sending"),
		text("重新复制，或请来源单位重新导出并再次传送。只剩这一份时，用电子表格程序打开并修复，另存为CSV，核对行数后再读",
			"copy it again, or have it exported and sent again. If this is all that is left, open it in a spreadsheet program, let it be repaired, save it as CSV and compare the number of rows"))
}

func (x *xlsxSource) open(in io.ReaderAt, size int64, m *Mapping, f *fields) ([]string, error) {
	z, err := zip.NewReader(in, size)
	if errors.Is(err, zip.ErrFormat) {
		return nil, xlsxCut()
	}
	if err != nil {
		return nil, err
	}
	x.parts = make(map[string]*zip.File, len(z.File))
	for _, p := range z.File {
		x.parts[strings.ToLower(strings.ReplaceAll(p.Name, `\`, "/"))] = p
	}
	book, err := x.readBook()
	if err != nil {
		return nil, err
	}
	f.date1904 = book.date1904
	if err := x.readStyles(book.styles); err != nil {
		return nil, err
	}
	if err := x.readShared(book.strings); err != nil {
		return nil, err
	}
	return x.chooseSheet(book.sheets, m)
}

// part opens a part of the workbook.
func (x *xlsxSource) part(name string) (io.ReadCloser, error) {
	p, ok := x.parts[strings.ToLower(strings.TrimPrefix(name, "/"))]
	if !ok {
		return nil, fileOtherKind(text("ZIP文件里没有XLSX工作簿", "the ZIP file holds no XLSX workbook"))
	}
	return p.Open()
}

// chooseSheet takes the first sheet whose first row has a known column, or the
// first that holds anything, and notes the others that hold something.
func (x *xlsxSource) chooseSheet(sheets []sheetRef, m *Mapping) ([]string, error) {
	chosen, known := -1, 0
	var filled []int
	for i, s := range sheets {
		cells, err := x.firstRow(s)
		if err == io.EOF {
			continue
		}
		if err != nil {
			return nil, err
		}
		filled = append(filled, i)
		if n := knownColumns(cells, m, XLSX); chosen < 0 || known == 0 && n > 0 {
			chosen, known = i, n
		}
	}
	if chosen < 0 {
		return nil, fileEmpty()
	}
	for _, i := range filled {
		if i != chosen {
			x.others = append(x.others, sheets[i].name)
		}
	}
	return x.firstRow(sheets[chosen])
}

// firstRow starts a sheet and returns its first row that is not empty.
func (x *xlsxSource) firstRow(s sheetRef) ([]string, error) {
	if err := x.close(); err != nil {
		return nil, err
	}
	part, err := x.part(s.part)
	if err != nil {
		return nil, err
	}
	x.sheet, x.xml = part, newXMLScanner(part)
	x.line, x.inData, x.done = 0, false, false
	var row rawRow
	for {
		if err := x.read(&row); err != nil {
			return nil, err
		}
		for _, v := range row.cells {
			if trim(v) != "" {
				return row.cells, nil
			}
		}
	}
}

func (x *xlsxSource) close() error {
	if x.sheet == nil {
		return nil
	}
	err := x.sheet.Close()
	x.sheet = nil
	return err
}

func (x *xlsxSource) next(row *rawRow) error {
	err := x.read(row)
	if err == nil || err == io.EOF {
		return err
	}
	return x.fileError(err)
}

// read reads the next row. A sheet that ends before its </sheetData> is damaged.
func (x *xlsxSource) read(row *rawRow) error {
	row.cells, row.types = row.cells[:0], row.types[:0]
	for {
		tok, err := x.xml.next()
		if err == io.EOF && !x.done {
			return errXML
		}
		if err != nil {
			return err
		}
		switch name := string(x.xml.name); {
		case tok == xmlStart && name == "sheetData":
			x.inData = true
		case tok == xmlEnd && name == "sheetData":
			x.inData, x.done = false, true
		case tok == xmlStart && name == "row" && x.inData:
			return x.readRow(row)
		}
	}
}

func (x *xlsxSource) readRow(row *rawRow) error {
	x.line = attrNumber(x.xml.attr("r"), x.line+1)
	row.line = x.line
	for {
		tok, err := x.xml.next()
		if err != nil {
			return unexpected(err)
		}
		switch name := string(x.xml.name); {
		case tok == xmlEnd && name == "row":
			return nil
		case tok == xmlStart && name == "c":
			if err := x.readCell(row); err != nil {
				return err
			}
		}
	}
}

// readCell reads <c r="B2" s="1" t="s"><v>7</v></c> or <c t="inlineStr"><is>…</is></c>.
func (x *xlsxSource) readCell(row *rawRow) error {
	col := columnOf(x.xml.attr("r"), len(row.cells))
	if col < len(row.cells) || col >= maxColumns {
		return errXML
	}
	if col >= maxRowCells {
		return x.skipCell()
	}
	kind := string(x.xml.attr("t"))
	style := attrNumber(x.xml.attr("s"), 0)
	v, err := x.cellText()
	if err != nil {
		return err
	}
	for len(row.cells) < col {
		row.cells, row.types = append(row.cells, ""), append(row.types, cellText)
	}
	typ := cellText
	switch kind {
	case "", "n":
		typ = x.numberType(style)
	case "s":
		if v, err = x.shared.get(v); err != nil {
			return err
		}
	case "d": // 2005-09-01T00:00:00
		v, _, _ = strings.Cut(v, "T")
	case "e":
		typ = cellFailed
	}
	row.cells, row.types = append(row.cells, v), append(row.types, typ)
	return nil
}

func (x *xlsxSource) numberType(style int) cellType {
	if style >= 0 && style < len(x.days) && x.days[style] {
		return cellDay
	}
	return cellNumber
}

// cellText returns the text of <v> or <is> up to the end of the cell. Formulas and
// phonetic guides are left out.
func (x *xlsxSource) cellText() (string, error) {
	x.cell = x.cell[:0]
	if err := x.textUntil("c", "v", "t"); err != nil {
		return "", err
	}
	return unescape(string(x.cell)), nil
}

func (x *xlsxSource) skipCell() error {
	v, err := x.cellText()
	if err == nil && v != "" {
		return fileError(ReasonTooLarge,
			text("表格超过%d列", "the sheet has more than %d columns", maxRowCells),
			text("删去右边的列后再导入", "delete the columns on the right and import again"))
	}
	return err
}

// textUntil collects into cell the text inside elements of two names until the
// element called end ends.
func (x *xlsxSource) textUntil(end, a, b string) error {
	take, phonetic := false, 0
	for {
		tok, err := x.xml.next()
		if err != nil {
			return unexpected(err)
		}
		switch tok {
		case xmlText:
			if take && phonetic == 0 {
				x.cell = append(x.cell, x.xml.text...)
			}
			if len(x.cell) > maxXMLToken {
				return errXML
			}
		case xmlStart:
			name := string(x.xml.name)
			take = name == a || name == b
			if name == "rPh" {
				phonetic++
			}
		case xmlEnd:
			name := string(x.xml.name)
			take = false
			if name == "rPh" {
				phonetic--
			}
			if name == end {
				return nil
			}
		}
	}
}

// columnOf reads the letters of a cell's address such as "AB12"; next is for cells
// without an address. A wrong address gives a number out of range.
func columnOf(addr []byte, next int) int {
	if len(addr) == 0 {
		return next
	}
	col := 0
	for i, c := range addr {
		if c >= 'A' && c <= 'Z' {
			if col = col*26 + int(c-'A'+1); col > maxColumns {
				return maxColumns
			}
			continue
		}
		if i == 0 {
			return maxColumns
		}
		break
	}
	return col - 1
}

func attrNumber(b []byte, missing int) int {
	if n, err := strconv.Atoi(string(b)); err == nil {
		return n
	}
	return missing
}

// unescape replaces _x000D_ and the like, by which spreadsheets write characters
// that XML does not allow.
func unescape(v string) string {
	i := strings.Index(v, "_x")
	if i < 0 {
		return v
	}
	var b strings.Builder
	for i >= 0 {
		b.WriteString(v[:i])
		v = v[i:]
		n, err := strconv.ParseUint(v[min(2, len(v)):min(6, len(v))], 16, 16)
		if len(v) >= 7 && v[6] == '_' && err == nil {
			b.WriteRune(rune(n))
			v = v[7:]
		} else {
			b.WriteString(v[:2])
			v = v[2:]
		}
		i = strings.Index(v, "_x")
	}
	b.WriteString(v)
	return b.String()
}

// partName resolves a relationship's target against the part that names it.
func partName(from, target string) string {
	if strings.HasPrefix(target, "/") {
		return path.Clean(target[1:])
	}
	return path.Join(path.Dir(from), target)
}
