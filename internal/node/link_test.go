package node

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/linkage/standard"
	"github.com/huzheng/huzheng/internal/personfile"
)

func openCSV(t *testing.T, text string) *personfile.Reader {
	t.Helper()
	r, err := personfile.Open("people.csv", strings.NewReader(text), int64(len(text)), personfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// More rows than a batch, unreadable ones among them: those are told, the others keep their order, and picking them again gives the same rows.
func TestPackFile(t *testing.T) {
	const n = 2*linkBatch + 5
	var b strings.Builder
	b.WriteString("record_id,citizen_number,name,birth_date,unit,household_no\n")
	for i := range n {
		if i%5000 == 1 {
			b.WriteString("bad,,张三,1970-02-31,220102001,7\n")
		}
		fmt.Fprintf(&b, "r%d,,张%d,1970-02-03,220102001,7\n", i, i)
	}
	var told []int
	p, file, err := PackFile(context.Background(), "people.csv", openCSV(t, b.String()), Packing{Workers: 2, Bad: func(e *personfile.RowError) error {
		told = append(told, e.Line)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []int{3, 5004, 10005, 15006}) || file.Rows != n+4 || file.Bad != 4 || p.Len() != n {
		t.Fatalf("lines %v, %+v, %d packed", told, file, p.Len())
	}
	if !slices.Equal(file.Missing, []string{"sex", "birthplace", "address", "father_number", "mother_number", "spouse_number"}) {
		t.Errorf("missing %v", file.Missing)
	}
	wanted := []int32{n - 1, 0, linkBatch, linkBatch - 1, 0, 4999, 5000}
	texts, err := PickTexts(context.Background(), openCSV(t, b.String()), slices.Clone(wanted))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range wanted {
		want := fmt.Sprintf("r%d", i)
		if p.ID(i) != want || texts[i] == nil || texts[i].ID != want || texts[i].Household != "220102001/7" {
			t.Errorf("record %d is %s, picked %+v", i, p.ID(i), texts[i])
		}
	}
	if len(texts) != 6 {
		t.Errorf("%d picked", len(texts))
	}
}

// Who writes the error file decides: when it cannot be written, reading ends.
func TestPackFileStops(t *testing.T) {
	full := errors.New("disk full")
	_, _, err := PackFile(context.Background(), "people.csv", openCSV(t, "name,birth_date\n张三,1970-02-31\n"), Packing{Workers: 1, Bad: func(*personfile.RowError) error { return full }})
	if !errors.Is(err, full) {
		t.Error(err)
	}
}

func TestPackFileColumns(t *testing.T) {
	for header, ok := range map[string]bool{"姓名,出生日期": true, "姓名,公民身份号码": true, "姓名,性别": false, "出生日期,公民身份号码": false, "住址": false} {
		_, _, err := PackFile(context.Background(), "people.csv", openCSV(t, header+"\n"), Packing{Workers: 1})
		var file *personfile.FileError
		if (err == nil) != ok || !ok && (!errors.As(err, &file) || file.Reason != ReasonMissingColumn || file.File != "people.csv") {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// A file that does not fit into the memory is refused after its first rows, with what it needs; where the size of a file does not tell how many rows it has, as soon as
// they are too many.
func TestPackFileMemory(t *testing.T) {
	const n = 3 * linkBatch
	var b strings.Builder
	b.WriteString("record_id,name,birth_date\n")
	for i := range n {
		fmt.Fprintf(&b, "r%06d,张三,1970-02-03\n", i)
	}
	pack := func(rows int64) (read int64, err error) {
		_, _, err = PackFile(context.Background(), "people.csv", openCSV(t, b.String()), Packing{Workers: 1, Memory: linkBase + linkage.NeedBytes(rows),
			Progress: func(rows int64) { read = rows }})
		return read, err
	}
	if read, err := pack(n + n/50); err != nil || read != n {
		t.Errorf("%d rows, %v", read, err)
	}
	read, err := pack(n / 2)
	file, ok := errors.AsType[*personfile.FileError](err)
	if !ok || file.Reason != personfile.ReasonTooLarge || file.File != "people.csv" || read != linkBatch {
		t.Fatalf("after %d rows: %v", read, err)
	}
	for _, want := range []string{"it has some 2[45][0-9]{3} records", "the limit is 19[0-9] MiB", "--memory", "split the file by sex"} {
		if !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if !strings.Contains(file.Text.ZH, "约需内存19") || !strings.Contains(file.Mend.ZH, "按性别分成两个") {
		t.Errorf("%v %v", file.Text, file.Mend)
	}
}

// A file that holds its people many times over has more pairs than the memory has room for: it is refused, and says why.
func TestLinkPackedMemory(t *testing.T) {
	p := linkage.NewPopulation(0)
	for i := range 300 {
		p.Add(&linkage.Text{ID: strconv.Itoa(i), Name: "张卫东", Birth: "1970-02-03", Number: "220102197002039419", Sex: "1", Address: "人民大街1号"})
	}
	model := standard.Model().For(p.Len())
	if r, err := LinkPacked(context.Background(), "people.csv", p, model, Packing{Workers: 2}, nil); err != nil || len(r.Pairs) != 300*299/2 {
		t.Fatalf("%d pairs, %v", len(r.Pairs), err)
	}
	_, err := LinkPacked(context.Background(), "people.csv", p, model, Packing{Workers: 2, Memory: 1}, nil)
	if file, ok := errors.AsType[*personfile.FileError](err); !ok || file.Reason != personfile.ReasonTooLarge || !strings.Contains(file.Text.ZH, "超过10000对") || !strings.Contains(err.Error(), "--memory") {
		t.Errorf("%v", err)
	}
}

func TestLinkGroups(t *testing.T) {
	on := citizen.MustDate("2005-08-31")
	if got := LinkGroups(&linkage.Text{EthnicGroup: "11", Name: "那英", Birth: "1967-11-27"}, on); !slices.Equal(got, []string{"ethnic_group=满族", "name_length=2", "age=20"}) {
		t.Error(got)
	}
	if got := LinkGroups(&linkage.Text{Name: "张三丰", Birth: "1970-02-31"}, on); !slices.Equal(got, []string{"ethnic_group=", "name_length=3"}) {
		t.Error(got)
	}
}
