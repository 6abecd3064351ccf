package personfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// fuzzRead reads a file to its end and checks what holds for every file.
func fuzzRead(t *testing.T, data []byte, o Options) (records []Record, bad []*RowError, ok bool) {
	t.Helper()
	r, err := openBytes("f", data, o)
	if err != nil {
		if !errors.As(err, new(*FileError)) {
			t.Fatalf("open: %v is no FileError", err)
		}
		return nil, nil, false
	}
	defer r.Close()
	last := 0
	for {
		rec, err := r.Next()
		var re *RowError
		switch {
		case err == io.EOF:
			return records, bad, true
		case errors.As(err, &re):
			bad = append(bad, re)
			rec.Line = re.Line
		case errors.As(err, new(*FileError)):
			return records, bad, false
		case err != nil:
			t.Fatalf("next: %v", err)
		default:
			if records = append(records, rec); len(records) < 10 {
				checkRecord(t, r, rec)
			}
		}
		if rec.Line <= last && o.Kind != XLSX {
			t.Fatalf("line %d after %d", rec.Line, last)
		}
		last = rec.Line
	}
}

func checkRecord(t *testing.T, r *Reader, rec Record) {
	t.Helper()
	for c, v := range rec.Value {
		if !utf8.ValidString(v) || strings.ContainsAny(v, "\x00\uFFFD") {
			t.Fatalf("column %v: %q", Column(c), v)
		}
	}
	var b bytes.Buffer
	w, err := NewWriter(&b, CSV, UTF8, r.Known(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rec); err != nil {
		t.Fatalf("cannot write what was read: %v %q", err, rec.Value)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	again, bad := readAll(t, "g", b.Bytes(), Options{Kind: CSV, Encoding: UTF8})
	if rec.Value == [ColumnCount]string{} && len(again)+len(bad) == 0 {
		return
	}
	if len(again) != 1 || len(bad) != 0 || again[0].Value != rec.Value {
		t.Fatalf("written and read again: %+v, want %q", again, rec.Value)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(badFile))
	f.Add([]byte("sep=;\r\nname;sex;x\r\n'a;男;\"b\r\nc\"\r\n"))
	f.Add([]byte("\xD0\xD5\xC3\xFB,x\n\xC0\xEE\x80,1\n\xAA\xA1,2\n"))
	f.Add([]byte("file,line,column,reason,text_zh,text_en,mend_zh,mend_en,name,rest\n,,,,,,,,a,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, bad, ok := fuzzRead(t, data, Options{Kind: CSV})
		simple := !bytes.ContainsAny(data, "\"\r\t;") && !bytes.Contains(data, []byte("text_zh"))
		if !ok || !simple || !utf8.Valid(data) || len(data) > 4096 {
			return
		}
		if got, want := len(records)+len(bad), filledLines(string(data)); got != want {
			t.Fatalf("%d rows of %d: %q", got, want, data)
		}
	})
}

// filledLines counts the lines after the header in which a cell holds something,
// for files with commas and without quotes.
func filledLines(s string) int {
	n := -1
	for _, line := range strings.Split(strings.TrimPrefix(s, "\uFEFF"), "\n") {
		if n < 0 && trim(line) != "" || n >= 0 && hasFilledCell(line) {
			n++
		}
	}
	return n
}

func hasFilledCell(line string) bool {
	for _, c := range strings.Split(line, ",") {
		if trim(c) != "" {
			return true
		}
	}
	return false
}

func FuzzDBF(f *testing.F) {
	f.Add(table(3, 0x4D, smallFields, smallRecord(" ", "李明", " 1", "20050901", "T"), smallRecord("*", "王", " 2", "20050901", "F")))
	f.Add(table(0x30, 0x7A, []string{"NAME:C:8", "_NullFlags:0:1:s", "ADDRESS:C:300"}, " lm      \x00"+strings.Repeat("a", 300)))
	f.Add(table(0x83, 0x4D, []string{"NAME:C:8", "NOTE:M:10"}, " lm                "))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, bad, ok := fuzzRead(t, data, Options{Kind: DBF})
		if ok && len(records)+len(bad) > len(data) {
			t.Fatalf("%d rows from %d bytes", len(records)+len(bad), len(data))
		}
	})
}

func FuzzXLSX(f *testing.F) {
	f.Add(`<row r="2"><c r="A2" t="inlineStr"><is><t>李明</t></is></c><c r="B2"><v>38596</v></c></row>`)
	f.Add(`<row><c><v>1</v></c></row><row r="9"><c r="C9" t="s"><v>0</v></c></row>`)
	blank := book(f, func(*excelize.File) {})
	f.Fuzz(func(t *testing.T, rows string) {
		data := replacePart(t, blank, "xl/worksheets/sheet1.xml", func(string) string {
			return `<worksheet><sheetData><row r="1"><c t="str"><v>name</v></c><c t="str"><v>birth_date</v></c></row>` +
				rows + `</sheetData></worksheet>`
		})
		fuzzRead(t, data, Options{Kind: XLSX})
	})
}
