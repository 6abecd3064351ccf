package personfile

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func emptyZip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("readme.txt")
	if err == nil {
		_, err = w.Write([]byte("no workbook"))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// book makes a workbook through excelize, whose reader and writer are not ours.
func book(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func setRow(t testing.TB, f *excelize.File, sheet, cell string, values ...any) {
	t.Helper()
	if err := f.SetSheetRow(sheet, cell, &values); err != nil {
		t.Fatal(err)
	}
}

func TestXLSXCells(t *testing.T) {
	day := time.Date(2005, 9, 1, 0, 0, 0, 0, time.UTC)
	data := book(t, func(f *excelize.File) {
		setRow(t, f, "Sheet1", "A1", "姓名", "公民身份号码", "出生日期", "性别", "民族", "入户日", "备注")
		setRow(t, f, "Sheet1", "A2", "李明", "220102195506079417", day, 1, 1, day, "a_x000D_b")
		setRow(t, f, "Sheet1", "A3", "王芳", 220102195506079417, day, "女", "汉")
		setRow(t, f, "Sheet1", "A4", "赵强", 220102550607941, 20050901, "男")
		setRow(t, f, "Sheet1", "A6", "孙丽", "", 38596, "女", "汉", "", nil, "beyond")
		setRow(t, f, "Sheet1", "A7", "周伟", "", 60, "男")
		setRow(t, f, "Sheet1", "A8", "吴敏", "", "", "女", "汉", 38596)
	})
	records, bad := readAll(t, "a.xlsx", data, Options{})
	want := "2:李明 入户日=2005-09-01 备注=a\nb\n4:赵强\n8:吴敏 入户日=38596\n" +
		"3!lost-digits 公民身份号码\n6!column-count \n7!bad-date 出生日期\n"
	if got := outcome(records, bad); got != want {
		t.Fatalf("got\n%swant\n%s", got, want)
	}
	for i, want := range []string{"220102195506079417 2005-09-01 1 01", "220102550607941 2005-09-01 1 "} {
		v := records[i].Value
		if got := strings.Join([]string{v[CitizenNumber], v[BirthDate], v[Sex], v[EthnicGroup]}, " "); got != want {
			t.Errorf("row %d: %q, want %q", i, got, want)
		}
	}
}

func TestXLSX1904(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		on := true
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &on}); err != nil {
			t.Fatal(err)
		}
		setRow(t, f, "Sheet1", "A1", "姓名", "出生日期")
		setRow(t, f, "Sheet1", "A2", "李明", 38596-1462)
	})
	for _, as := range []string{"true", "1", "false"} {
		changed := replacePart(t, data, "xl/workbook.xml", func(s string) string {
			return strings.Replace(s, `date1904="true"`, `date1904="`+as+`"`, 1)
		})
		records, _ := readAll(t, "a.xlsx", changed, Options{})
		if len(records) != 1 || (records[0].Value[BirthDate] == "2005-09-01") != (as != "false") {
			t.Errorf("date1904=%s: got %+v", as, records)
		}
	}
}

func TestSerialDate(t *testing.T) {
	for v, want := range map[string]string{
		"1": "1900-01-01", "59": "1900-02-28", "60": "", "61": "1900-03-01", "38596": "2005-09-01",
		"2958465": "9999-12-31", "2958466": "", "0": "", "-1": "", "1.5": "", "x": "",
	} {
		if got, ok := new(fields).serialDate(v); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", v, got, want)
		}
	}
}

// TestXLSXTexts reads texts as other programs write them: in runs, with phonetic
// guides, formulas and escapes.
func TestXLSXTexts(t *testing.T) {
	data := replacePart(t, book(t, func(*excelize.File) {}), "xl/worksheets/sheet1.xml", func(string) string {
		return `<worksheet><sheetData><row><c t="str"><v>name</v></c><c t="str"><v>x</v></c></row>` +
			`<row><c t="inlineStr"><is><r><t>李</t></r><r><t>明</t></r><rPh sb="0" eb="1"><t>Li</t></rPh></is></c>` +
			`<c t="str"><f>A1&amp;"b"</f><v>a_x0041__x005F_x0041_</v></c></row></sheetData></worksheet>`
	})
	records, bad := readAll(t, "a.xlsx", data, Options{})
	if got := outcome(records, bad); got != "2:李明 x=aA_x0041_\n" {
		t.Errorf("got %q", got)
	}
}

func TestXLSXErrorValue(t *testing.T) {
	data := replacePart(t, book(t, func(f *excelize.File) {
		setRow(t, f, "Sheet1", "A1", "姓名", "住址")
		setRow(t, f, "Sheet1", "A2", "李明", 1)
	}), "xl/worksheets/sheet1.xml", func(s string) string {
		return strings.Replace(s, `<c r="B2"><v>1</v></c>`, `<c r="B2" t="e"><v>#N/A</v></c>`, 1)
	})
	_, bad := readAll(t, "a.xlsx", data, Options{})
	if len(bad) != 1 || bad[0].Reason != ReasonCellError {
		t.Errorf("got %v", bad)
	}
}

func TestXLSXSheets(t *testing.T) {
	data := book(t, func(f *excelize.File) {
		setRow(t, f, "Sheet1", "A1", "说明", "二〇〇五年九月")
		for _, name := range []string{"空表", "人员", "人员二"} {
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
		}
		setRow(t, f, "人员", "A3", "姓名", "性别")
		setRow(t, f, "人员", "A4", "李明", "男")
		setRow(t, f, "人员二", "A1", "姓名", "性别")
	})
	r, err := openBytes("a.xlsx", data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	records, bad := drain(t, r)
	if got := outcome(records, bad); got != "4:李明\n" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(r.OtherSheets(), ","); got != "Sheet1,人员二" {
		t.Errorf("other sheets %q", got)
	}
	empty := book(t, func(*excelize.File) {})
	if got := fileReason(t, "b.xlsx", empty, Options{}); got != ReasonEmpty {
		t.Errorf("an empty workbook: %s", got)
	}
}

// replacePart rewrites one part of a workbook.
func replacePart(t testing.TB, data []byte, name string, f func(string) string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, p := range in.File {
		r, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name == name {
			content = []byte(f(string(content)))
		}
		w, err := out.Create(p.Name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestXLSXDamaged cuts a sheet short. excelize gives the rows before the cut and
// no error, which is why it is not used for reading.
func TestXLSXDamaged(t *testing.T) {
	whole := book(t, func(f *excelize.File) {
		setRow(t, f, "Sheet1", "A1", "姓名", "户号")
		setRow(t, f, "Sheet1", "A2", "李明", 1)
		setRow(t, f, "Sheet1", "A3", "王芳", 2)
	})
	cut := replacePart(t, whole, "xl/worksheets/sheet1.xml", func(s string) string { return s[:strings.Index(s, `<row r="3"`)] })
	f, err := excelize.OpenReader(bytes.NewReader(cut))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if rows, err := f.GetRows("Sheet1"); err != nil || len(rows) != 2 {
		t.Errorf("excelize now finds the damage (%d rows, %v): read with it again", len(rows), err)
	}
	r, err := openBytes("a.xlsx", cut, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err == nil || err.(*FileError).Reason != ReasonDamaged || err.(*FileError).File != "a.xlsx" {
		t.Errorf("got %v", err)
	}
	bare := replacePart(t, whole, "xl/worksheets/sheet1.xml", func(string) string { return "<worksheet></worksheet>" })
	if got := fileReason(t, "c.xlsx", bare, Options{}); got != ReasonDamaged {
		t.Errorf("a sheet without rows: %s", got)
	}
	for _, n := range []int{len(whole) / 2, len(whole) - 10} {
		if got := fileReason(t, "b.xlsx", whole[:n], Options{}); got != ReasonTruncated {
			t.Errorf("cut at %d: %s", n, got)
		}
	}
}

func TestXLSXIsReadByOthers(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, XLSX, "", []Column{Name, CitizenNumber}, []string{"备注"})
	if err != nil {
		t.Fatal(err)
	}
	rec := Record{Extra: []Pair{{"备注", "<&> \" 𠀀"}}}
	rec.Value[Name], rec.Value[CitizenNumber] = "李明", "220102195506079417"
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) != 2 || strings.Join(rows[1], "|") != "李明|220102195506079417|<&> \" 𠀀" {
		t.Errorf("got %q, %v", rows, err)
	}
}

func TestDateFormats(t *testing.T) {
	for format, want := range map[string]bool{
		"yyyy-mm-dd": true, `yyyy"年"m"月"d"日"`: true, "[$-804]d": true, "0.00": false, "General": false,
		`"day"0`: false, `0\d`: false, "[Red]0": false, "@": false, "mm:ss": false,
	} {
		if isDateFormat(format) != want {
			t.Errorf("%q: %t", format, !want)
		}
	}
}

// FuzzXML compares the scanner with encoding/xml on what that accepts.
func FuzzXML(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><a b="1>2"><!-- x --><c/>t&amp;&#x674E;<![CDATA[<]]></a>`))
	f.Add([]byte("<s:a x:b='2'>\r\n</s:a>"))
	f.Add([]byte("<a><!--></a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := scanAll(data)
		want, wantErr := decodeAll(data)
		if wantErr == nil && err == nil && got != want {
			t.Fatalf("%q gives\n%q, encoding/xml\n%q", data, got, want)
		}
		if wantErr == nil && err != nil && !bytes.Contains(data, []byte("<!")) && bytes.Contains(data, []byte("<")) {
			t.Fatalf("%q: %v, encoding/xml accepts it", data, err)
		}
	})
}

func scanAll(data []byte) (string, error) {
	s := newXMLScanner(bytes.NewReader(data))
	var b strings.Builder
	for {
		tok, err := s.next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch tok {
		case xmlStart:
			b.WriteString("<" + string(s.name) + ">" + string(s.attr("b")))
		case xmlEnd:
			b.WriteString("</>")
		case xmlText:
			b.Write(s.text)
		}
	}
}

func decodeAll(data []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	var b strings.Builder
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch e := tok.(type) {
		case xml.StartElement:
			b.WriteString("<" + e.Name.Local + ">")
			for _, a := range e.Attr {
				if a.Name.Local == "b" {
					b.WriteString(a.Value)
					break
				}
			}
		case xml.EndElement:
			b.WriteString("</>")
		case xml.CharData:
			b.Write(e)
		}
	}
}
