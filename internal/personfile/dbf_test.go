package personfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// table makes a DBF by hand: fields as "NAME:C:10", records as they stand.
func table(version, driver byte, fields []string, records ...string) []byte {
	length := 1
	var desc []byte
	for _, f := range fields {
		p := strings.Split(f, ":")
		d := make([]byte, 32)
		copy(d, p[0])
		d[11] = p[1][0]
		n := 0
		for _, c := range p[2] {
			n = n*10 + int(c-'0')
		}
		d[16], d[17] = byte(n), byte(n>>8)
		if len(p) > 3 {
			d[18] = 1
		}
		desc = append(desc, d...)
		length += n
	}
	head := make([]byte, 32)
	head[0], head[1], head[2], head[3], head[29] = version, 105, 9, 1, driver
	end := []byte{0x0D}
	if version == 0x30 {
		end = append(end, make([]byte, 263)...)
	}
	binary.LittleEndian.PutUint32(head[4:], uint32(len(records)))
	binary.LittleEndian.PutUint16(head[8:], uint16(32+len(desc)+len(end)))
	binary.LittleEndian.PutUint16(head[10:], uint16(length))
	out := append(append(head, desc...), end...)
	for _, r := range records {
		out = append(out, r...)
	}
	return append(out, 0x1A)
}

var smallFields = []string{"NAME:C:8", "SEX:N:2", "BIRTH_DATE:D:8", "MARRIED:L:1"}

func smallRecord(flag, name, sex, birth, married string) string {
	b, err := EncodeGB18030(nil, name)
	if err != nil {
		panic(err)
	}
	return flag + string(b) + strings.Repeat(" ", 8-len(b)) + sex + birth + married
}

func TestDBFRows(t *testing.T) {
	for _, version := range []byte{0x03, 0x30, 0xF5} {
		data := table(version, 0x4D, smallFields,
			smallRecord(" ", "李明", " 1", "20050901", "T"),
			smallRecord("*", "王芳", " 2", "20050901", "F"),
			smallRecord(" ", "赵强", " 1", "20050230", "?"),
			smallRecord("x", "孙丽", " 2", "20050901", " "),
			" "+"\xD6\xDC\xCE\xB0\xCE\xB0\xCE "+" 1"+"20050901"+"F",
			smallRecord(" ", "", "  ", "        ", " "),
			smallRecord(" ", "吴敏", " 2", "        ", "?"))
		r, err := openBytes("a.dbf", data, Options{})
		if err != nil {
			t.Fatal(err)
		}
		records, bad := drain(t, r)
		want := "1:李明 MARRIED=T\n7:吴敏\n3!bad-date BIRTH_DATE\n4!bad-flag \n5!undecodable NAME\n"
		if got := outcome(records, bad); got != want {
			t.Errorf("version %02X: got\n%swant\n%s", version, got, want)
		}
		if r.Deleted() != 1 || r.Kind() != DBF || r.Encoding() != GB18030 {
			t.Errorf("deleted %d, %s, %s", r.Deleted(), r.Kind(), r.Encoding())
		}
		if records[0].Value[Sex] != "1" || records[0].Value[BirthDate] != "2005-09-01" {
			t.Errorf("got %+v", records[0])
		}
	}
}

func TestDBFNames(t *testing.T) {
	fields := []string{"CITIZEN_NU:C:18", "NATIVE_PLA:C:10", string(gb(t, "与户主关系")) + ":C:2"}
	data := table(3, 0, fields, " 220102195506079417jilin     02")
	records, bad := readAll(t, "a.dbf", data, Options{})
	if len(bad) != 0 || len(records) != 1 {
		t.Fatalf("%v", bad)
	}
	v := records[0].Value
	if v[CitizenNumber] != "220102195506079417" || v[NativePlace] != "jilin" || v[Relation] != "02" {
		t.Errorf("got %+v", records[0])
	}
}

func TestDBFRefused(t *testing.T) {
	good := table(3, 0x4D, smallFields, smallRecord(" ", "李明", " 1", "20050901", "T"), smallRecord(" ", "王芳", " 2", "20050901", "F"))
	change := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		return b
	}
	cases := []struct {
		name string
		in   []byte
		want string
	}{
		{"cut in the header", good[:100], ReasonTruncated},
		{"cut in the first bytes", good[:20], ReasonTruncated},
		{"one record more than the header says", change(4, 1), ReasonDamaged},
		{"record length wrong", change(10, 90), ReasonDamaged},
		{"memo field", table(0x83, 0x4D, []string{"NAME:C:8", "NOTE:M:10"}, " lm                "), ReasonMemo},
		{"picture field", table(0x30, 0x4D, []string{"NAME:C:8", "PIC:G:4"}, " lm          "), ReasonFieldType},
		{"system field that is not hidden", table(0x30, 0x4D, []string{"NAME:C:8", "F:0:1"}, " lm       "), ReasonFieldType},
		{"made for Big5", change(29, 0x78), ReasonCodePage},
		{"no known column", table(3, 0x4D, []string{"XM:C:8"}, " lm      "), ReasonNoColumn},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := fileReason(t, "a.dbf", c.in, Options{}); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if got := fileReason(t, "a.dbf", good, Options{Kind: CSV}); got != ReasonOtherKind {
		t.Errorf("as csv: %s", got)
	}
	if _, err := openBytes("a.dbf", change(29, 0x78), Options{Encoding: GB18030}); err != nil {
		t.Errorf("named encoding: %v", err)
	}
}

// A table that was cut gives its whole records, what is left of the next one with the reason, and says that it was cut.
func TestDBFCut(t *testing.T) {
	data := table(3, 0x4D, smallFields, smallRecord(" ", "李明", " 1", "20050901", "T"), smallRecord(" ", "王芳", " 2", "20050901", "F"),
		smallRecord(" ", "赵强", " 1", "20050901", "F"), smallRecord(" ", "孙丽", " 2", "20050901", "F"))
	start, length := len(data)-1-4*20, 20
	const first, second = "1:李明 MARRIED=T\n", "2:王芳 MARRIED=F\n"
	for _, c := range []struct {
		name string
		size int
		want string
		raw  string
		text string
	}{
		{"in the third record", start + 2*length + 11, first + second + "3!cut \n", "赵强|1||", "its header says 4 records, it holds 2 whole ones; 2 are missing"},
		{"in the middle of a character", start + length + 2, first + "2!cut \n", "\uFFFD|||", "it holds 1 whole ones; 3 are missing"},
		{"between two records", start + 2*length, first + second + "3!cut \n", "", "it holds 2 whole ones"},
		{"behind a flag", start + 2*length + 1, first + second + "3!cut \n", "", "it holds 2 whole ones"},
		{"in the first record", start + 5, "1!cut \n", "李明|||", "it holds 0 whole ones; 4 are missing"},
		{"behind the header", start, "1!cut \n", "", "it holds 0 whole ones"},
		{"the mark of the end alone", len(data) - 1, first + second + "3:赵强 MARRIED=F\n4:孙丽 MARRIED=F\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := openBytes("a.dbf", data[:c.size], Options{})
			if err != nil {
				t.Fatal(err)
			}
			records, bad := drain(t, r)
			if got := outcome(records, bad); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			if c.text == "" {
				if r.Cut() != nil {
					t.Errorf("cut: %+v", r.Cut())
				}
				return
			}
			if cut := r.Cut(); cut == nil || !strings.Contains(cut.Text.EN, c.text) || cut.Line != bad[0].Line || cut.Mend.ZH == "" {
				t.Errorf("cut: %+v", cut)
			}
			if got := strings.Join(bad[0].Raw, "|"); got != c.raw {
				t.Errorf("what is left: %q, want %q", got, c.raw)
			}
		})
	}
}

func TestDBFHiddenFieldAndLongText(t *testing.T) {
	fields := []string{"NAME:C:8", "_NullFlags:0:1:system", "ADDRESS:C:300"}
	data := table(0x30, 0x7A, fields, " lm      \x00"+strings.Repeat("a", 300))
	records, bad := readAll(t, "a.dbf", data, Options{})
	if len(bad) != 0 || len(records) != 1 || len(records[0].Value[Address]) != 300 || len(records[0].Extra) != 0 {
		t.Errorf("got %+v, %v", records, bad)
	}
}

func TestDBFWriterRefusesWholeValues(t *testing.T) {
	w, err := NewWriter(new(bytes.Buffer), DBF, "", []Column{Name, Sex, BirthDate}, nil)
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		column Column
		value  string
		want   string
	}{
		{"30 Han characters fit", Name, strings.Repeat("李", 30), ""},
		{"half a character would be cut", Name, "a" + strings.Repeat("李", 30), ReasonTooLong},
		{"extension B", Name, "\U00020000", ReasonNotInSet},
		{"character made locally", Name, "\uE000", ""},
		{"two characters in a code", Sex, "男", ReasonTooLong},
		{"no date", BirthDate, "2005", ReasonBadValue},
		{"NUL", Name, "a\x00", ReasonControl},
		{"blank outside", Name, " a", ReasonBadValue},
	}
	for _, c := range cases {
		rec := Record{Line: 7}
		rec.Value[c.column] = c.value
		err := w.Write(rec)
		var re *RowError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &re) || re.Reason != c.want || re.Column != c.column.English() || re.Line != 7) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestDBFCountIsFilledIn(t *testing.T) {
	var memory bytes.Buffer
	file, err := os.Create(filepath.Join(t.TempDir(), "a.dbf"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, out := range []io.Writer{&memory, file} {
		w, err := NewWriter(out, DBF, GB18030, []Column{Name}, []string{"备注"})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"李明", "王芳"} {
			rec := Record{Extra: []Pair{{"备注", "a"}}}
			rec.Value[Name] = name
			if err := w.Write(rec); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	onDisk, err := os.ReadFile(file.Name())
	if err != nil || !bytes.Equal(onDisk, memory.Bytes()) {
		t.Fatalf("the file differs from the one in memory: %v", err)
	}
	records, _ := readAll(t, "a.dbf", onDisk, Options{})
	if got := outcome(records, nil); got != "1:李明 备注=a\n2:王芳 备注=a\n" {
		t.Errorf("got %q", got)
	}
}
