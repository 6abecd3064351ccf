package personfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// The layout of a dBase III or FoxPro table: a header of 32 bytes, a descriptor
// of 32 bytes for each field, 0D, in Visual FoxPro 263 bytes more, then records of
// one length. A record begins with a blank, or with "*" when it is deleted.
const (
	dbfHeaderBytes = 32
	dbfFieldBytes  = 32
	dbfNameBytes   = 10
	dbfHeaderEnd   = 0x0D
	dbfFileEnd     = 0x1A
	dbfDriverGBK   = 0x4D // language driver of code page 936
)

// dbfField is one column of the table.
type dbfField struct {
	name   string
	kind   byte // C N F D L, or 0 for a hidden system field
	offset int
	width  int
}

// dbfSource reads the records of a table.
type dbfSource struct {
	in      *bufio.Reader
	enc     Encoding
	fields  []dbfField
	record  []byte
	count   int // records according to the header
	whole   int // of them, those that the file has whole
	left    int // bytes of a record that was cut
	number  int // records read
	start   int64
	deleted int
	text    []byte
	ends    []int
}

func (d *dbfSource) close() error { return nil }

func (r *Reader) openDBF(in io.ReaderAt, size int64, o Options) error {
	d := &dbfSource{}
	r.src = d
	if err := d.readHeader(in, size, o.Encoding); err != nil {
		return err
	}
	r.encoding = d.enc
	d.in = bufio.NewReaderSize(io.NewSectionReader(in, d.start, size-d.start), 256<<10)
	var names []string
	for _, f := range d.fields {
		if f.kind != 0 {
			names = append(names, f.name)
		}
	}
	return r.setHeader(names, o.Mapping)
}

// looksLikeDBF reports whether a file begins as a table does: a known version
// byte, and a header whose lengths fit each other.
func looksLikeDBF(head []byte, size int64) bool {
	if len(head) < dbfHeaderBytes+dbfFieldBytes+1 || !isDBFVersion(head[0]) {
		return false
	}
	headerLen := int(binary.LittleEndian.Uint16(head[8:]))
	recordLen := int(binary.LittleEndian.Uint16(head[10:]))
	if headerLen < dbfHeaderBytes+dbfFieldBytes+1 || recordLen < 2 || head[2] > 12 || head[3] > 31 {
		return false
	}
	return strings.IndexByte("CNFDLMGPBTIYV0@+OQW", head[dbfHeaderBytes+11]) >= 0
}

func isDBFVersion(v byte) bool {
	switch v {
	case 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5:
		return true
	}
	return false
}

func (d *dbfSource) readHeader(in io.ReaderAt, size int64, want Encoding) error {
	head := make([]byte, dbfHeaderBytes)
	if _, err := in.ReadAt(head, 0); err != nil {
		return headerError(err)
	}
	if !isDBFVersion(head[0]) {
		return fileOtherKind(text("不是dBase III或FoxPro的DBF表", "this is no DBF table of dBase III or FoxPro"))
	}
	d.count = int(binary.LittleEndian.Uint32(head[4:]))
	headerLen := int(binary.LittleEndian.Uint16(head[8:]))
	recordLen := int(binary.LittleEndian.Uint16(head[10:]))
	if err := d.setEncoding(head[29], want); err != nil {
		return err
	}
	if headerLen < dbfHeaderBytes+dbfFieldBytes+1 || recordLen < 2 {
		return dbfDamaged()
	}
	rest := make([]byte, headerLen-dbfHeaderBytes)
	if _, err := in.ReadAt(rest, dbfHeaderBytes); err != nil {
		return headerError(err)
	}
	if err := d.readFields(rest, recordLen); err != nil {
		return err
	}
	d.start, d.record = int64(headerLen), make([]byte, recordLen)
	return d.checkSize(in, size)
}

// setEncoding reads the language driver byte. Chinese programs often left it at 0
// or at a Western value; only drivers of other scripts are refused.
func (d *dbfSource) setEncoding(driver byte, want Encoding) error {
	if want != "" && want != UTF8 && want != GB18030 {
		return fileWrongEncoding(text("不支持的编码“%s”", "unknown encoding \"%s\"", shown(string(want))))
	}
	d.enc = GB18030
	if want != "" {
		d.enc = want
		return nil
	}
	switch driver {
	case 0x00, 0x01, 0x02, 0x03, 0x1B, 0x37, 0x57, 0x4D, 0x7A:
		return nil
	}
	return fileError(ReasonCodePage,
		text("语言驱动字节%02X表示其他文字，不是GBK", "the language driver byte %02X stands for another script, not for GBK", driver),
		text("在原系统中转成GBK（代码页936），或指定编码后再导入", "convert it to GBK (code page 936) where it comes from, or name the encoding"))
}

// readFields reads the field descriptors.
func (d *dbfSource) readFields(b []byte, recordLen int) error {
	plain := d.widthsAsBytes(b)
	offset := 1
	for ; len(b) >= dbfFieldBytes && b[0] != dbfHeaderEnd; b = b[dbfFieldBytes:] {
		f := dbfField{kind: b[11], offset: offset, width: int(b[16])}
		if f.kind == 'C' && plain != recordLen {
			f.width |= int(b[17]) << 8
		}
		name, err := d.decodeText(bytes.TrimRight(upToNUL(b[:11]), " "))
		if err != nil {
			return dbfDamaged()
		}
		f.name = string(name)
		if err := f.check(b[18]); err != nil {
			return err
		}
		offset += f.width
		d.fields = append(d.fields, f)
	}
	if offset != recordLen || len(b) == 0 || b[0] != dbfHeaderEnd {
		return dbfDamaged()
	}
	return nil
}

// widthsAsBytes is the record length if no text field is longer than 255. FoxPro
// keeps the high byte of longer ones where others keep decimal places.
func (d *dbfSource) widthsAsBytes(b []byte) int {
	n := 1
	for ; len(b) >= dbfFieldBytes && b[0] != dbfHeaderEnd; b = b[dbfFieldBytes:] {
		n += int(b[16])
	}
	return n
}

func upToNUL(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// check refuses field types that this package does not read.
func (f *dbfField) check(flags byte) error {
	switch f.kind {
	case 'C', 'N', 'F', 'D', 'L':
		if f.width > 0 {
			return nil
		}
		return dbfDamaged()
	case '0':
		if flags&1 != 0 { // a system field of Visual FoxPro, which no program shows
			f.kind = 0
			return nil
		}
	case 'M':
		return fileError(ReasonMemo,
			text("“%s”是备注（M）字段，内容在另一个文件里，不能读取", "\"%s\" is a memo (M) field: its text is in another file and cannot be read", shown(f.name)),
			text("在原系统中把它改为字符（C）字段，或不导出该字段", "turn it into a character (C) field where it comes from, or export without it"))
	}
	return fileError(ReasonFieldType,
		text("“%s”的字段类型是%q，只能读取C、N、D、L", "\"%s\" has the field type %q; only C, N, D and L can be read", shown(f.name), f.kind),
		text("在原系统中把它改为字符（C）字段后重新导出", "turn it into a character (C) field where it comes from and export again"))
}

// checkSize compares the number of records in the header with the size. A file that was cut is read as far as it goes.
func (d *dbfSource) checkSize(in io.ReaderAt, size int64) error {
	length := int64(len(d.record))
	have := max(size-d.start, 0) / length
	if d.whole = int(min(have, int64(d.count))); d.whole < d.count {
		d.left = int(max(size-d.start, 0) % length)
		return nil
	}
	end := d.start + int64(d.count)*length
	tail := make([]byte, 1)
	if have == int64(d.count) {
		return nil
	}
	if _, err := in.ReadAt(tail, end); err != nil {
		return headerError(err)
	}
	if tail[0] == ' ' || tail[0] == '*' {
		return fileError(ReasonDamaged,
			text("表头说有%d条记录，文件里却有%d条", "the header says %d records, the file holds %d", d.count, have),
			text("在原系统中重新索引此表后导出", "reindex the table in the program it comes from and export it again"))
	}
	return nil
}

func (d *dbfSource) next(row *rawRow) error {
	for d.number < d.count {
		if d.number == d.whole {
			return d.cut()
		}
		if _, err := io.ReadFull(d.in, d.record); err != nil {
			return d.readError(err)
		}
		d.number++
		row.line, row.types = d.number, nil
		switch d.record[0] {
		case '*':
			d.deleted++
		case ' ':
			return d.decode(row)
		default:
			e := faultBadFlag(d.record[0]).rowError(d.number, "")
			e.Raw = d.marked()
			return e
		}
	}
	return io.EOF
}

// cut puts aside what is left of the first record that is not whole; reading ends there.
func (d *dbfSource) cut() error {
	for i := range d.record {
		d.record[i] = ' '
	}
	if _, err := io.ReadFull(d.in, d.record[:d.left]); err != nil {
		return d.readError(err)
	}
	d.number = d.count
	e := faultCutTable(d.count, d.whole).rowError(d.whole+1, "")
	if d.left > 1 { // more than a flag, or the mark of the file's end
		e.Raw = d.marked()
	}
	return e
}

func (d *dbfSource) readError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fileError(ReasonTruncated, text("文件在读取时变短了", "the file became shorter while it was read"), mendTruncated)
	}
	return err
}

// decode turns a record into cells that share one allocation.
func (d *dbfSource) decode(row *rawRow) error {
	d.text, d.ends = d.text[:0], d.ends[:0]
	for _, f := range d.fields {
		if f.kind == 0 {
			continue
		}
		if err := d.decodeCell(f); err != nil {
			return d.undecodable(row, f, err)
		}
		d.ends = append(d.ends, len(d.text))
	}
	s, from := string(d.text), 0
	row.cells = row.cells[:0]
	for _, end := range d.ends {
		row.cells = append(row.cells, s[from:end])
		from = end
	}
	return nil
}

// cellBytes is what stands in a field, without its filling.
func (d *dbfSource) cellBytes(f dbfField) []byte {
	b := bytes.TrimRight(d.record[f.offset:f.offset+f.width], "\x00 ")
	if f.kind != 'C' {
		b = bytes.TrimLeft(b, " ")
	}
	return b
}

func (d *dbfSource) decodeCell(f dbfField) (err error) {
	b := d.cellBytes(f)
	if f.kind == 'L' {
		d.text = append(d.text, logical(b)...)
		return nil
	}
	if isASCII(b) {
		d.text = append(d.text, b...)
		return nil
	}
	if d.enc != UTF8 {
		d.text, err = DecodeGB18030(d.text, b)
		return err
	}
	if !utf8.Valid(b) {
		return firstWrong(b, UTF8)
	}
	d.text = append(d.text, b...)
	return nil
}

// logical is T, F or, where nothing is known, empty. Anything else is kept.
func logical(b []byte) string {
	switch strings.ToUpper(string(b)) {
	case "T", "Y":
		return "T"
	case "F", "N":
		return "F"
	case "?":
		return ""
	}
	return string(b)
}

func (d *dbfSource) decodeText(b []byte) ([]byte, error) {
	if d.enc == UTF8 {
		if !utf8.Valid(b) {
			return nil, firstWrong(b, UTF8)
		}
		return b, nil
	}
	return DecodeGB18030(nil, b)
}

func (d *dbfSource) undecodable(row *rawRow, f dbfField, err error) error {
	var bad *CodingError
	if !errors.As(err, &bad) {
		return err
	}
	at := d.start + int64(d.number-1)*int64(len(d.record)) + int64(f.offset+bad.Offset)
	e := faultUndecodable(d.enc, bad.Hex(), at).rowError(row.line, "")
	e.cell = len(d.ends) + 1
	e.Raw = d.marked()
	return e
}

// marked returns the record's cells, wrong bytes as U+FFFD.
func (d *dbfSource) marked() []string {
	var cells []string
	for _, f := range d.fields {
		if f.kind != 0 {
			cells = append(cells, decodeMarked(d.cellBytes(f), d.enc))
		}
	}
	return cells
}

func headerError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fileError(ReasonTruncated,
			text("DBF文件在表头中就断了", "the DBF file ends inside its header"), mendTruncated)
	}
	return err
}

var mendTruncated = text("重新从来源单位取得完整的文件", "get the complete file from where it comes from again")

func dbfDamaged() *FileError {
	return fileError(ReasonDamaged,
		text("DBF表头前后不一致", "the DBF header contradicts itself"),
		text("在原系统中重新索引此表后导出", "reindex the table in the program it comes from and export it again"))
}
