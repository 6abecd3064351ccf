package personfile

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// outcome is one line for each row read and each row put aside.
func outcome(records []Record, bad []*RowError) string {
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "%d:%s", r.Line, r.Value[Name])
		for _, p := range r.Extra {
			fmt.Fprintf(&b, " %s=%s", p.Name, p.Value)
		}
		b.WriteString("\n")
	}
	for _, e := range bad {
		fmt.Fprintf(&b, "%d!%s %s\n", e.Line, e.Reason, e.Column)
	}
	return b.String()
}

func TestCSVRows(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"plain", "name,x\n李明,1\n王芳,2\n", "2:李明 x=1\n3:王芳 x=2\n"},
		{"no line end at the end", "name,x\n李明,1", "2:李明 x=1\n"},
		{"windows line ends", "name,x\r\n李明,1\r\n王芳,2\r\n", "2:李明 x=1\n3:王芳 x=2\n"},
		{"macintosh line ends", "name,x\r李明,1\r王芳,2\r", "2:李明 x=1\n3:王芳 x=2\n"},
		{"byte order mark", "\uFEFFname,x\n李明,1\n", "2:李明 x=1\n"},
		{"Chinese header", "姓名,备注\n李明,1\n", "2:李明 备注=1\n"},
		{"header in capitals with blanks", " NAME , x\n李明,1\n", "2:李明 x=1\n"},
		{"semicolons", "name;x\n李明;1\n", "2:李明 x=1\n"},
		{"tabs", "name\tx\n李明\t1\n", "2:李明 x=1\n"},
		{"sep line", "sep=;\nname;x\n李明;1,5\n", "3:李明 x=1,5\n"},
		{"empty lines and empty rows", "\nname,x\n\n,\n  ,\u3000\n李明,1\n\n", "6:李明 x=1\n"},
		{"quoted", "name,x\n\"李,明\",\"a \"\"b\"\"\"\n", "2:李,明 x=a \"b\"\n"},
		{"line break in quotes", "name,x\n李明,\"a\nb\"\n王芳,2\n", "2:李明 x=a\nb\n4:王芳 x=2\n"},
		{"too few cells", "name,x\n李明\n王芳,2\n", "3:王芳 x=2\n2!column-count \n"},
		{"too many cells", "name,x\n李明,1,2\n王芳,2\n", "3:王芳 x=2\n2!column-count \n"},
		{"empty cells beyond the header", "name,x\n李明,1,,\n", "2:李明 x=1\n"},
		{"empty cells at the end of the header", "name,x,,\n李明,1,,\n", "2:李明 x=1\n"},
		{"a column without a name", "name,,x\n李明,a,1\n", "2:李明 column_2=a x=1\n"},
		{"stray quote", "name,x\n李\"明,1\n王芳,2\n", "3:王芳 x=2\n2!stray-quote \n"},
		{"text after a closing quote", "name,x\n\"李\"明,1\n王芳,2\n", "3:王芳 x=2\n2!stray-quote \n"},
		{"quote never closed", "name,x\n\"李明,1\n王芳,2\n赵强,3\n", "3:王芳 x=2\n4:赵强 x=3\n2!unclosed-quote \n"},
		{"quote never closed, quotes after it", "name,x\n李明,\"1\n王芳,2\n\"赵强\",\"3\"\n", "3:王芳 x=2\n4:赵强 x=3\n2!unclosed-quote \n"},
		{"quote closed in a later row", "name,x\n李明,\"1\n王芳,2\"\n赵强,3\n", "2:李明 x=1\n王芳,2\n4:赵强 x=3\n"},
		{"quote closed in a later row, cells missing", "name,x\n\"李明\n王芳,2\"\n赵强,3\n", "4:赵强 x=3\n2!unclosed-quote \n3!stray-quote \n"},
		{"NUL", "name,x\n李\x00明,1\n王芳,2\n", "3:王芳 x=2\n2!control-character name\n"},
		{"replacement character", "name,x\n李\uFFFD,1\n王芳,2\n", "3:王芳 x=2\n2!lost-character name\n"},
		{"one row of other bytes", "name,x\n李明,1\n王\xB7\xBC,2\n赵强,\"3\"\n", "2:李明 x=1\n4:赵强 x=3\n3!undecodable name\n"},
		{"cut in a row", "name,x,y\n李明,1,2\n王芳,3", "2:李明 x=1 y=2\n3!cut \n"},
		{"cut in a row, and ended by hand", "name,x\n李明,1\n王芳\n\n", "2:李明 x=1\n3!cut \n"},
		{"cut in quotes", "name,x\n李明,1\n王芳,\"3", "2:李明 x=1\n3!cut \n"},
		{"cut in quotes over two lines", "name,x\n李明,1\n王芳,\"a\nb", "2:李明 x=1\n3!unclosed-quote \n4!cut \n"},
		{"cut in a character", "name,x\n李明,1\n赵强,2\n王芳,东\xE4\xB8", "2:李明 x=1\n3:赵强 x=2\n4!cut x\n"},
		{"long cell", "name,x\n" + strings.Repeat("李", 20000) + ",1\n王芳,2\n", "3:王芳 x=2\n2!too-long name\n"},
		{"long line", "name,x\n" + strings.Repeat("a,", 300000) + "\n王芳,2\n", "3:王芳 x=2\n2!too-long \n"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			records, bad := readAll(t, "a.csv", []byte(c.in), Options{})
			if got := outcome(records, bad); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// A file that ends too early says so at its end; so does one whose last line has no line end, though its row is read.
func TestCut(t *testing.T) {
	cases := []struct {
		name, in string
		line     int // 0: whole
		en       string
	}{
		{"whole", "name,x\n李明,1\n", 0, ""},
		{"whole, with empty lines after it", "name,x\n李明,1\n\n\n", 0, ""},
		{"a short row in the middle", "name,x\n李明\n王芳,2\n", 0, ""},
		{"no line end", "name,x\n李明,1", 2, "has no line end"},
		{"a cell is missing", "name,x\n李明,1\n王芳\n", 3, "has 1 cells, the header has 2"},
		{"an open quote", "name,x\n李明,1\n王芳,\"", 3, "is never closed"},
		{"half a character", "name,x\n李明,1\n赵强,2\n王芳,\xE4", 4, "ends inside a character"},
		{"the header alone", "name,x", 1, "has no line end"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := Open("a.csv", strings.NewReader(c.in), int64(len(c.in)), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for err != io.EOF {
				_, err = r.Next()
			}
			cut := r.Cut()
			if c.line == 0 {
				if cut != nil {
					t.Errorf("cut: %+v", *cut)
				}
				return
			}
			if cut == nil || cut.Line != c.line || !strings.Contains(cut.Text.EN, c.en) || cut.Text.ZH == "" || cut.Mend.ZH == "" || cut.Mend.EN == "" {
				t.Errorf("got %+v, want line %d: %s", cut, c.line, c.en)
			}
		})
	}
}

func TestManyOpenQuotes(t *testing.T) {
	in := "name,x\n" + strings.Repeat("\"李明,1\n", 2000) + "王芳,2\n"
	records, bad := readAll(t, "a.csv", []byte(in), Options{})
	// the quote of the next line would close the one before, if a name did not
	// follow it: each line is refused for itself
	if len(records) != 1 || len(bad) != 2000 || bad[7].Line != 9 {
		t.Errorf("%d records, %d bad", len(records), len(bad))
	}
}

func TestUndecodableNamesPlace(t *testing.T) {
	in := append([]byte("name,x\n"), gb(t, "李明,1\n王")...)
	at := len(in)
	in = append(in, 0x80, ',', '2', '\n')
	_, bad := readAll(t, "a.csv", in, Options{})
	if len(bad) != 1 || bad[0].Line != 3 || bad[0].Column != "name" {
		t.Fatalf("got %+v", bad)
	}
	if want := fmt.Sprintf("80 (at byte %d of", at); !strings.Contains(bad[0].Text.EN, want) {
		t.Errorf("text %q lacks %q", bad[0].Text.EN, want)
	}
	if bad[0].Raw[0] != "王\uFFFD" {
		t.Errorf("raw %q", bad[0].Raw)
	}
}

func TestFields(t *testing.T) {
	cases := []struct {
		name   string
		column Column
		in     string
		want   string // "!reason" for a row put aside
	}{
		{"sex as code", Sex, "1", "1"},
		{"sex as Chinese word", Sex, "女", "2"},
		{"sex as full Chinese word", Sex, "男性", "1"},
		{"sex as English word", Sex, "Male", "1"},
		{"sex as another word", Sex, "甲", "!unknown-code"},
		{"ethnic group as code", EthnicGroup, "10", "10"},
		{"ethnic group without its leading zero", EthnicGroup, "1", "01"},
		{"ethnic group as word", EthnicGroup, "朝鲜族", "10"},
		{"ethnic group as short word", EthnicGroup, "满", "11"},
		{"relation as word", Relation, "户主", "02"},
		{"marital status as word", MaritalStatus, "丧偶", "30"},
		{"education as word", Education, "小学", "80"},
		{"compact date", BirthDate, "20050901", "2005-09-01"},
		{"extended date", BirthDate, "2005-09-01", "2005-09-01"},
		{"spreadsheet's date", BirthDate, "2005/9/1", "2005-09-01"},
		{"Chinese date", BirthDate, "2005年9月1日", "2005-09-01"},
		{"29 February of a common year", BirthDate, "20050229", "!bad-date"},
		{"a month alone", BirthDate, "2005-09", "!bad-date"},
		{"a day number in text", BirthDate, "38596", "!bad-date"},
		{"long-term is no birth date", BirthDate, "长期", "!bad-date"},
		{"card without end", CardExpires, "长期", LongTerm},
		{"card without end in English", CardExpires, "Long Term", LongTerm},
		{"card with an end", CardExpires, "20250901", "2025-09-01"},
		{"number kept as text by a formula", CitizenNumber, `="220102195506079417"`, "220102195506079417"},
		{"number kept as text by a quoted formula", CitizenNumber, `"=""220102195506079417"""`, "220102195506079417"},
		{"number kept as text by an apostrophe", CitizenNumber, "'220102195506079417", "220102195506079417"},
		{"number kept as text by a tab", CitizenNumber, "\"\t220102195506079417\"", "220102195506079417"},
		{"number in scientific notation", CitizenNumber, "2.20102E+17", "!scientific"},
		{"father's number in scientific notation", FatherNumber, "2E+17", "!scientific"},
		{"an identifier with an E", RecordID, "12E10", "12E10"},
		{"full-width blanks around", Name, "\u3000李明\u3000", "李明"},
		{"empty", BirthDate, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := "姓名," + c.column.Chinese() + "\n李明," + c.in + "\n"
			if c.column == Name {
				in = "姓名,户号\n" + c.in + ",1\n"
			}
			records, bad := readAll(t, "a.csv", []byte(in), Options{})
			got := ""
			if len(bad) == 1 && len(records) == 0 && bad[0].Column == c.column.Chinese() {
				got = "!" + bad[0].Reason
			} else if len(records) == 1 && len(bad) == 0 {
				got = records[0].Value[c.column]
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPrivateUseIsKeptAndNoted(t *testing.T) {
	in := append(gb(t, "姓名,住址\n王"), 0xAA, 0xA1)
	in = append(in, gb(t, ",长春\n李明,南关\n")...)
	records, bad := readAll(t, "a.csv", in, Options{})
	if len(records) != 2 || len(bad) != 0 {
		t.Fatalf("%d records, %d bad", len(records), len(bad))
	}
	r := records[0]
	if r.Value[Name] != "王\uE000" || len(r.Notes) != 1 || r.Notes[0].Column != "姓名" || r.Notes[0].Reason != NotePrivateUse {
		t.Errorf("got %+v", r)
	}
	if !strings.Contains(r.Notes[0].Text.ZH, "U+E000 (AAA1)") {
		t.Errorf("note %q", r.Notes[0].Text.ZH)
	}
	if len(records[1].Notes) != 0 {
		t.Errorf("note on a common name: %+v", records[1].Notes)
	}
}

func TestLineBreakIsNoted(t *testing.T) {
	records, _ := readAll(t, "a.csv", []byte("姓名,住址\n李明,\"长春\r\n南关\"\n"), Options{})
	r := records[0]
	if r.Value[Address] != "长春\n南关" || len(r.Notes) != 1 || r.Notes[0].Reason != NoteLineBreak {
		t.Errorf("got %+v", r)
	}
}

func TestFileRefused(t *testing.T) {
	zh := "姓名,住址\n李明,长春市南关区\n王芳,长春市朝阳区红旗街\n"
	cases := []struct {
		name, file string
		in         []byte
		o          Options
		want       string
	}{
		{"nothing", "a.csv", nil, Options{}, ReasonEmpty},
		{"blanks", "a.csv", []byte(" \r\n\r\n"), Options{}, ReasonEmpty},
		{"mark only", "a.csv", []byte("\uFEFF"), Options{}, ReasonEmpty},
		{"no header", "a.csv", []byte("李明,男\n王芳,女\n"), Options{}, ReasonNoColumn},
		{"two columns of one meaning", "a.csv", []byte("姓名,name\n"), Options{}, ReasonTwice},
		{"two unknown columns of one name", "a.csv", []byte("姓名,x,x\n"), Options{}, ReasonTwice},
		{"old spreadsheet", "a.xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on"), Options{}, ReasonOtherKind},
		{"web page", "a.xls", []byte("<html><table>"), Options{}, ReasonOtherKind},
		{"pdf", "a.csv", []byte("%PDF-1.4\n"), Options{}, ReasonOtherKind},
		{"picture", "a.csv", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x00\x01\x02\x03"), Options{}, ReasonOtherKind},
		{"utf-16", "a.csv", []byte("\xFF\xFEn\x00a\x00"), Options{}, ReasonWrongEncoding},
		{"text as xlsx", "a.csv", []byte(zh), Options{Kind: XLSX}, ReasonOtherKind},
		{"unknown kind", "a.csv", []byte(zh), Options{Kind: "ods"}, ReasonOtherKind},
		{"unknown encoding", "a.csv", []byte(zh), Options{Encoding: "big5"}, ReasonWrongEncoding},
		{"utf-8 as gb18030", "a.csv", []byte(zh), Options{Encoding: GB18030}, ReasonWrongEncoding},
		{"gb18030 as utf-8", "a.csv", gb(t, zh), Options{Encoding: UTF8}, ReasonWrongEncoding},
		{"utf-8 mark, gb18030 wanted", "a.csv", []byte("\uFEFF" + zh), Options{Encoding: GB18030}, ReasonWrongEncoding},
		{"header with an open quote", "a.csv", []byte("\"姓名,住址\n"), Options{}, ReasonDamaged},
		{"zip without a workbook", "a.xlsx", emptyZip(t), Options{}, ReasonOtherKind},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := fileReason(t, c.file, c.in, c.o); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestEncodingFound(t *testing.T) {
	zh := "姓名,住址\n李明,长春市南关区\n"
	cases := []struct {
		name string
		in   []byte
		want Encoding
	}{
		{"ascii", []byte("name\nx\n"), UTF8},
		{"utf-8", []byte(zh), UTF8},
		{"gbk", gb(t, zh), GB18030},
		{"gbk with a mark", gb(t, "\uFEFF"+zh), GB18030},
		{"utf-8 with wrong bytes in one row", []byte(zh + "\xB7\xBC,x\n"), UTF8},
		{"gbk far behind ascii", append([]byte("name,address\n"+strings.Repeat("a,b\n", 100000)), gb(t, "李,长春\n")...), GB18030},
	}
	for _, c := range cases {
		r, err := openBytes("a.csv", c.in, Options{})
		if err != nil || r.Encoding() != c.want || r.Kind() != CSV {
			t.Errorf("%s: %v, %v", c.name, r, err)
		}
	}
}

func TestMappingNamesOtherColumns(t *testing.T) {
	m, err := ParseMapping(strings.NewReader("theirs,ours\nXM,姓名\nSFZH,citizen_number\n"))
	if err != nil {
		t.Fatal(err)
	}
	in := "xm,SFZH,BZ\n李明,220102195506079417,无\n"
	r, err := openBytes("a.csv", []byte(in), Options{Mapping: m})
	if err != nil {
		t.Fatal(err)
	}
	records, _ := drain(t, r)
	if records[0].Value[Name] != "李明" || records[0].Value[CitizenNumber] == "" || strings.Join(r.Unknown(), ",") != "BZ" {
		t.Errorf("got %+v, unknown %v", records, r.Unknown())
	}
	if strings.Join(r.Header(), ",") != "xm,SFZH,BZ" || len(r.Known()) != 2 {
		t.Errorf("header %v, known %v", r.Header(), r.Known())
	}
}

// endless gives rows without end up to a size, without holding them.
type endless struct{ head, row string }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		if at < int64(len(e.head)) {
			p[i] = e.head[at]
		} else {
			p[i] = e.row[(at-int64(len(e.head)))%int64(len(e.row))]
		}
	}
	return len(p), nil
}

// TestCSVMemoryIsConstant reads 200 MB and looks at the heap on the way.
func TestCSVMemoryIsConstant(t *testing.T) {
	src := endless{"姓名,性别,住址\n", "李明,男,长春市南关区永春街道" + strings.Repeat("甲", 300) + "\n"}
	r, err := Open("a.csv", src, 200<<20, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	for n := 0; ; n++ {
		if _, err := r.Next(); err == io.EOF {
			break
		} else if err != nil && !errors.As(err, new(*RowError)) {
			t.Fatal(err)
		}
		if n%20000 == 0 {
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > 64<<20 {
				t.Fatalf("heap of %d MB after %d rows", m.HeapAlloc>>20, n)
			}
		}
	}
}
