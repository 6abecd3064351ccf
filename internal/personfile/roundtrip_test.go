package personfile

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huzheng/huzheng/internal/citizen"
)

// drawText draws values with all that makes formats stumble.
func drawText(t *rapid.T, most int, gbkOnly bool) string {
	pieces := []string{"李", "明", "·", "a", "1", ",", "\"", ";", "'", "=", "+", "-", "@", " ", "\t", "#", "\n", "=\"1\"",
		"\uE000", "\uE765", "\uE7C7", "_x000D_", "<", "&", "]]>", "E+1", "龥"}
	if !gbkOnly {
		pieces = append(pieces, "\uFEFF", "㐷", "\U00020000", "\uF8FF", "\U000F0000", "\U0010FFFD")
	}
	v := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, most).Draw(t, "pieces"), "")
	return trim(v)
}

func drawValue(t *rapid.T, c Column, gbkOnly bool) string {
	info := columnInfos[c]
	if rapid.IntRange(0, 3).Draw(t, "filled") == 0 {
		return ""
	}
	switch info.shape {
	case shapeCode:
		return rapid.SampledFrom(info.table.All()).Draw(t, "code").Code
	case shapeDate, shapeExpiry:
		if info.shape == shapeExpiry && rapid.Bool().Draw(t, "long") {
			return LongTerm
		}
		return citizen.MustDate("1900-01-01").AddDays(rapid.IntRange(0, 60000).Draw(t, "day")).String()
	case shapeNumber:
		return rapid.StringMatching(`[0-9]{0,17}[0-9X]`).Draw(t, "number")
	}
	return drawText(t, info.width/16, gbkOnly)
}

func drawRecord(t *rapid.T, columns []Column, extra []string, gbkOnly bool) Record {
	var r Record
	for _, c := range columns {
		r.Value[c] = drawValue(t, c, gbkOnly)
	}
	for _, name := range extra {
		if v := drawText(t, 12, gbkOnly); v != "" {
			r.Extra = append(r.Extra, Pair{name, v})
		}
	}
	return r
}

func isEmpty(r Record) bool { return r.Value == [ColumnCount]string{} && len(r.Extra) == 0 }

// TestWriteThenRead holds for every kind and encoding: what was written is read.
func TestWriteThenRead(t *testing.T) {
	kinds := []struct {
		name string
		kind Kind
		enc  Encoding
	}{
		{"csv utf-8", CSV, UTF8}, {"csv gb18030", CSV, GB18030}, {"xlsx", XLSX, ""}, {"dbf", DBF, GB18030},
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				columns := rapid.Permutation(Columns()).Draw(t, "columns")[:rapid.IntRange(1, int(ColumnCount)).Draw(t, "n")]
				extra := rapid.SampledFrom([][]string{nil, {"备注"}, {"x1", "=sum"}, {"rest", "file"}}).Draw(t, "extra")
				var want []Record
				for range rapid.IntRange(0, 5).Draw(t, "rows") {
					if r := drawRecord(t, columns, extra, k.kind == DBF); !isEmpty(r) {
						want = append(want, r)
					}
				}
				checkRoundTrip(t, k.kind, k.enc, columns, extra, want)
			})
		})
	}
}

func checkRoundTrip(t rapid.TB, kind Kind, enc Encoding, columns []Column, extra []string, want []Record) {
	var b bytes.Buffer
	w, err := NewWriter(&b, kind, enc, columns, extra)
	if err != nil {
		t.Fatalf("new writer: %v", err)
	}
	for _, r := range want {
		if err := w.Write(r); err != nil {
			t.Fatalf("write %+v: %v %v", r, err, err.(*RowError).Text)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	r, err := openBytes("a", b.Bytes(), Options{Kind: kind, Encoding: enc})
	if err != nil {
		t.Fatalf("open: %v\n%s", err, b.Bytes())
	}
	defer r.Close()
	if got := r.Known(); !reflect.DeepEqual(got, columns) {
		t.Fatalf("columns %v, want %v", got, columns)
	}
	for i := 0; ; i++ {
		got, err := r.Next()
		if err == io.EOF && i == len(want) {
			return
		}
		if err != nil || i == len(want) {
			t.Fatalf("row %d of %d: %+v, %v\n%q", i, len(want), got, err, b.Bytes())
		}
		if got.Value != want[i].Value || !reflect.DeepEqual(got.Extra, want[i].Extra) {
			t.Fatalf("row %d: got %q %q, want %q %q", i, got.Value, got.Extra, want[i].Value, want[i].Extra)
		}
	}
}

// TestBytesSurvive reads every code of the user-defined zones from a CSV and
// writes it again: not a byte differs.
func TestBytesSurvive(t *testing.T) {
	in := []byte("name\n")
	for i := range gbTwoByteCodes {
		if r := rune(gb18030().two[i]); isPrivate(r) {
			in = append(append(in, twoBytes(i)...), '\n')
		}
	}
	records, bad := readAll(t, "a.csv", in, Options{Encoding: GB18030})
	if len(records) != 2068 || len(bad) != 0 {
		t.Fatalf("%d records, %d bad", len(records), len(bad))
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, CSV, GB18030, []Column{Name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if len(r.Notes) != 1 {
			t.Fatalf("not noted: %+v", r)
		}
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || !bytes.Equal(out.Bytes(), in) {
		t.Errorf("bytes differ: %v", err)
	}
}

func TestNewWriterRefuses(t *testing.T) {
	cases := []struct {
		name    string
		kind    Kind
		enc     Encoding
		columns []Column
		extra   []string
	}{
		{"unknown kind", "ods", "", nil, nil},
		{"unknown encoding", CSV, "big5", nil, nil},
		{"dbf in utf-8", DBF, UTF8, nil, nil},
		{"xlsx in gb18030", XLSX, GB18030, nil, nil},
		{"no known column", CSV, "", []Column{}, []string{"x"}},
		{"no such column", CSV, "", []Column{ColumnCount}, nil},
		{"column twice", CSV, "", []Column{Name, Name}, nil},
		{"extra twice", CSV, "", nil, []string{"x", "x"}},
		{"extra that is known", CSV, "", nil, []string{"姓名"}},
		{"extra without a name", CSV, "", nil, []string{""}},
		{"extra name too long for a dbf", DBF, "", nil, []string{"很长的列名字"}},
		{"extra name of a dbf column", DBF, "", nil, []string{"citizen_nu"}},
		{"too many columns for a dbf", DBF, "", nil, make260()},
	}
	for _, c := range cases {
		if _, err := NewWriter(io.Discard, c.kind, c.enc, c.columns, c.extra); err == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
}

func make260() (names []string) {
	for i := range 260 {
		names = append(names, "x"+string(rune('a'+i/26))+string(rune('a'+i%26)))
	}
	return names
}

// failing is a writer whose disk is full.
type failing struct{}

var errFull = errors.New("disk full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriterReportsFullDisk(t *testing.T) {
	for _, k := range []Kind{CSV, XLSX, DBF} {
		w, err := NewWriter(failing{}, k, "", []Column{Name}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rec := Record{}
		rec.Value[Name] = "李明"
		for range 20000 {
			if err = w.Write(rec); err != nil {
				break
			}
		}
		if closed := w.Close(); !errors.Is(closed, errFull) {
			t.Errorf("%s: close %v", k, closed)
		}
		if k == CSV && !errors.Is(err, errFull) {
			t.Errorf("%s: write %v", k, err)
		}
	}
	e := &RowError{Line: 1}
	if err := NewErrorWriter(failing{}).Write(e); !errors.Is(err, errFull) {
		t.Errorf("error file: %v", err)
	}
}

// Blanks of every kind go from both ends, and nothing else, whatever stands beside them.
func TestTrim(t *testing.T) {
	blanks := []string{"", " ", "\t", "\u3000", "\u00A0", "\u2003", "\u200B", "\uFEFF", "\u1680", "\u3000 "}
	for _, v := range []string{"", "王", "王伟", "a", "ab", "a王", "王a", "é", "aé", "阿a·b", "㐀", "鿿", "𠀀", "\uE000", "王 伟", "、"} {
		for _, before := range blanks {
			for _, after := range blanks {
				if got := trim(before + v + after); got != v {
					t.Errorf("%q gives %q", before+v+after, got)
				}
			}
		}
	}
}
