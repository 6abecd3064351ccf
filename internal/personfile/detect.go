package personfile

import (
	"bytes"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
)

// sniffBytes is how much of a file's beginning is looked at to find its kind.
const sniffBytes = 8 << 10

var (
	utf8Mark = []byte("\xEF\xBB\xBF")
	gbMark   = []byte("\x84\x31\x95\x33") // the byte order mark in GB 18030
)

// findKind finds the kind of a file by its content and then its name, and checks
// it against the kind that was asked for.
func findKind(name string, in io.ReaderAt, size int64, want Kind) (Kind, error) {
	head, err := readHead(in, size)
	if err != nil {
		return "", err
	}
	if size <= sniffBytes && len(bytes.Trim(head, "\x00\x1A \t\r\n")) == 0 {
		return "", fileEmpty()
	}
	found, err := sniff(head, size)
	switch {
	case err != nil:
		return "", err
	case want != "" && want != CSV && want != XLSX && want != DBF:
		return "", fileOtherKind(text("不支持的文件类型“%s”", "unknown kind of file \"%s\"", shown(string(want))))
	case found == "" && want != "":
		return want, nil
	case found == "":
		return kindByName(name), nil
	case want != "" && want != found:
		return "", fileOtherKind(text("内容是%[2]s，不是%[1]s", "the content is %[2]s, not %[1]s", kindShown(want), kindShown(found)))
	}
	return found, nil
}

func readHead(in io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, min(size, sniffBytes))
	n, err := in.ReadAt(head, 0)
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}

// sniff returns the kind that the content shows, or "" where it may be text or a
// DBF with a broken header. What is certainly another kind is an error.
func sniff(head []byte, size int64) (Kind, error) {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return XLSX, nil
	case bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0")):
		return "", fileOtherKind(text("这是旧的XLS文件，或加了密码的XLSX文件", "this is an old XLS file or an XLSX file with a password"))
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return "", fileWrongEncoding(text("文件是UTF-16编码（“Unicode文本”）", "the file is in UTF-16 (\"Unicode text\")"))
	case looksLikeDBF(head, size):
		return DBF, nil
	case isText(head):
		return CSV, nil
	}
	return "", nil
}

// isText reports whether the bytes can be lines of text: hardly any control bytes.
func isText(head []byte) bool {
	controls := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			controls++
		}
	}
	return controls <= max(2, len(head)/50) && !bytes.HasPrefix(head, []byte("%PDF-")) && !isMarkup(head)
}

func isMarkup(head []byte) bool {
	s := strings.ToLower(string(bytes.TrimSpace(bytes.TrimPrefix(head, utf8Mark))))
	return strings.HasPrefix(s, "<html") || strings.HasPrefix(s, "<!doctype") || strings.HasPrefix(s, "<?xml")
}

func kindByName(name string) Kind {
	switch strings.ToLower(path.Ext(name)) {
	case ".xlsx":
		return XLSX
	case ".dbf":
		return DBF
	}
	return CSV
}

// textTally counts the lines that tell UTF-8 from GB 18030: those with bytes
// above 7F.
type textTally struct {
	utf8Lines, otherLines int
	chars                 int // characters above U+007F in the UTF-8 lines
}

// enoughLines is how many telling lines decide about the encoding.
const enoughLines = 1000

// tallyText reads from the start until enough lines have told the encoding.
func tallyText(in io.ReaderAt, size int64) (textTally, error) {
	var t textTally
	b := newLineBuffer(io.NewSectionReader(in, 0, size), 0)
	if err := b.findLineEnd(); err != nil {
		return t, err
	}
	for t.utf8Lines+t.otherLines < enoughLines {
		end, err := b.line(0)
		if err == errLineTooLong {
			err = b.skipLine()
			end = 0
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return t, err
		}
		t.add(b.ahead(end))
		b.take(end)
	}
	return t, nil
}

func (t *textTally) add(line []byte) {
	switch {
	case isASCII(line):
	case utf8.Valid(line):
		t.utf8Lines++
		t.chars += utf8.RuneCount(line)
	default:
		t.otherLines++
	}
}

// findEncoding finds the encoding of a text file and the length of its byte order
// mark, and checks it against the one asked for. One wrong line among many does
// not change the encoding: that line is put aside later.
func findEncoding(in io.ReaderAt, size int64, want Encoding) (enc Encoding, mark int, err error) {
	if want != "" && want != UTF8 && want != GB18030 {
		return "", 0, fileWrongEncoding(text("不支持的编码“%s”", "unknown encoding \"%s\"", shown(string(want))))
	}
	head, err := readHead(in, size)
	if err != nil {
		return "", 0, err
	}
	switch {
	case bytes.HasPrefix(head, utf8Mark):
		enc, mark = UTF8, len(utf8Mark)
	case bytes.HasPrefix(head, gbMark):
		enc, mark = GB18030, len(gbMark)
	default:
		return tallyEncoding(in, size, want)
	}
	if want != "" && want != enc {
		return "", 0, fileNotEncoding(want)
	}
	return enc, mark, nil
}

func tallyEncoding(in io.ReaderAt, size int64, want Encoding) (Encoding, int, error) {
	t, err := tallyText(in, size)
	if err != nil {
		return "", 0, err
	}
	const plenty = 16 // characters that are hardly UTF-8 by chance
	switch {
	case want == UTF8 && t.otherLines > t.utf8Lines,
		want == GB18030 && t.otherLines == 0 && t.chars >= plenty:
		return "", 0, fileNotEncoding(want)
	case want != "":
		return want, 0, nil
	case t.otherLines > t.utf8Lines:
		return GB18030, 0, nil
	}
	return UTF8, 0, nil
}

func kindShown(k Kind) string { return strings.ToUpper(string(k)) }

func fileEmpty() *FileError {
	return fileError(ReasonEmpty, text("文件是空的", "the file is empty"),
		text("核对是否选错了文件，或请来源单位重新导出", "check that it is the right file, or have it exported again"))
}

func fileOtherKind(what citizen.Text) *FileError {
	return fileError(ReasonOtherKind, what,
		text("另存为CSV、XLSX（不加密码）或DBF后再导入", "save it as CSV, XLSX (without a password) or DBF and import that"))
}

func fileWrongEncoding(what citizen.Text) *FileError {
	return fileError(ReasonWrongEncoding, what,
		text("另存为UTF-8或GB 18030（GBK）编码的CSV文件", "save it as CSV in UTF-8 or GB 18030 (GBK)"))
}

func fileNotEncoding(want Encoding) *FileError {
	return fileError(ReasonWrongEncoding,
		text("文件不是%s编码", "the file is not in %s", encodingShown(want)),
		text("不指定编码，由程序自动识别", "leave the encoding open, so that the program finds it"))
}
