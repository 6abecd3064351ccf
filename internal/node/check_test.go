package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/spill"
	"github.com/huzheng/huzheng/internal/synth"
)

var checkDay = citizen.MustDate("2005-08-31")

// cityFiles are the files of a synthetic city in memory.
func cityFiles(t testing.TB, o synth.WriteOptions, residents int) map[string]*bytes.Buffer {
	t.Helper()
	city, err := synth.NewCity(synth.CityConfig{Seed: 5, Residents: residents, Errors: 1})
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]*bytes.Buffer)
	if _, err := city.Write(context.Background(), func(name string) (io.WriteCloser, error) {
		files[name] = &bytes.Buffer{}
		return closing{files[name]}, nil
	}, o); err != nil {
		t.Fatal(err)
	}
	return files
}

type closing struct{ *bytes.Buffer }

func (closing) Close() error { return nil }

// checking asks the rules of a text and gives every finding as a line.
func checking(t testing.TB, text []byte, o FileCheck) (*CheckedFile, []string, error) {
	t.Helper()
	var lines []string
	o.On = checkDay
	if o.Open == nil {
		o.Open = func() (*personfile.Reader, error) {
			return personfile.Open("people.csv", bytes.NewReader(text), int64(len(text)), personfile.Options{})
		}
	}
	o.Bad = func(row *personfile.RowError) error {
		lines = append(lines, fmt.Sprintf("%d %s", row.Line, row.Reason))
		return nil
	}
	o.Found = func(f CheckedFinding) error {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", f.RecordID, f.Member, f.Rule, f.Item))
		return nil
	}
	out, err := CheckFile(context.Background(), "people.csv", o)
	return out, lines, err
}

// withoutLines leaves out where a row stands, and orders what is left.
func withoutLines(lines []string) []string {
	var all []string
	for _, l := range lines {
		words := strings.Fields(l)
		all = append(all, fmt.Sprint(words[0], words[len(words)-2:]))
	}
	slices.Sort(all)
	return all
}

func TestCheckFile_AnyWorkersSayTheSame(t *testing.T) {
	text := cityFiles(t, synth.WriteOptions{}, 6000)["computer.csv"].Bytes()
	one, want, err := checking(t, text, FileCheck{Workers: 1})
	if err != nil || one.Passes != 2 || len(want) < 500 || one.Found+one.Bad != len(want) {
		t.Fatalf("%+v, %d lines, %v", one, len(want), err)
	}
	for _, workers := range []int{2, 4, 0} {
		if _, have, err := checking(t, text, FileCheck{Workers: workers}); err != nil || !slices.Equal(have, want) {
			t.Errorf("%d workers say something else, %v", workers, err)
		}
	}
}

// TestCheckFile_RowsAnywhere: the rows of a household may stand anywhere; what is held is bounded by reading the file several times.
func TestCheckFile_RowsAnywhere(t *testing.T) {
	text := cityFiles(t, synth.WriteOptions{}, 6000)["computer.csv"].String()
	_, want, err := checking(t, []byte(text), FileCheck{})
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	header, rows := rows[0], rows[1:]
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	for i := range rows {
		rows[i] = strings.TrimSuffix(rows[i], "\n") + "\n"
	}
	scattered := []byte(header + strings.Join(rows, ""))
	out, have, err := checking(t, scattered, FileCheck{hold: 1000})
	if err != nil || out.Passes < 3 {
		t.Fatalf("%+v, %v", out, err)
	}
	unordered := func(lines []string) []string { // without the rules that name whichever of two members stands second, and rows named by their line
		return slices.DeleteFunc(withoutLines(lines), func(l string) bool {
			return strings.Contains(l, "address.differs") || strings.Contains(l, "[household.") || strings.Contains(l, "bad-date")
		})
	}
	if a, b := unordered(want), unordered(have); !slices.Equal(a, b) {
		t.Errorf("%d findings in order, %d scattered", len(a), len(b))
	}
	if again, lines, err := checking(t, scattered, FileCheck{}); err != nil || again.Passes != 2 || !slices.Equal(withoutLines(lines), withoutLines(have)) {
		t.Errorf("%d passes, %v; %d findings, %d with several passes", again.Passes, err, len(lines), len(have))
	}
}

// TestCheckFile_KeysSpill: keys beyond the memory wait in scratch files, and the marks of the rows are the same.
func TestCheckFile_KeysSpill(t *testing.T) {
	const rows = 2_000_000
	survey := func(memory int64) (*survey, int) {
		files := 0
		s := newSurvey(memory, func() (spill.File, error) { files++; return os.CreateTemp(t.TempDir(), "") })
		random := rand.New(rand.NewPCG(3, 4))
		for i := range rows {
			err := s.add(random.Uint64N(rows/3), random.Uint64N(4*rows)) // one in 8,000,000 has no number
			if i%1000 == 0 {
				err = errors.Join(err, s.tear(random.Uint64N(rows/3)))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(s.finish(), s.close()); err != nil {
			t.Fatal(err)
		}
		return s, files
	}
	kept, none := survey(1 << 40)
	spilt, two := survey(0)
	if none != 0 || two != 2 || !slices.Equal(kept.marks, spilt.marks) || kept.open() != spilt.open() {
		t.Errorf("%d and %d scratch files; or the marks differ", none, two)
	}
	twice, torn, ended := 0, 0, 0
	for _, m := range spilt.marks {
		twice, torn, ended = twice+int(m>>15), torn+int(m>>14&1), ended+int(m&markSize)
	}
	if ended != rows || torn < 1500 || torn > 2000 || twice < rows/10 || twice > rows/3 {
		t.Errorf("%d rows in households that end, %d torn, %d numbers twice", ended, torn, twice)
	}
}

// TestCheckFile_CrowdedHousehold: a household number that stands in thousands of rows is a placeholder. Its rows are asked one by one, so that they need neither be held
// nor compared with each other.
func TestCheckFile_CrowdedHousehold(t *testing.T) {
	var rows strings.Builder
	for i := range mostMembers + 1 {
		rows.WriteString(checkRow(strconv.Itoa(i), fmt.Sprintf("2201021955060%05d", i), "1955-02-20", "0", "20"))
	}
	family := checkRow("f", "220102196802299407", "1968-02-29", "7", "20")
	out, lines, err := checking(t, []byte(checkHeader+rows.String()+family), FileCheck{Workers: 2, hold: 10})
	if err != nil || out.Crowded != mostMembers+1 || out.Passes != 2 || out.Rules["household.no_head"] != 1 {
		t.Fatalf("crowded %d, passes %d, %v, %v", out.Crowded, out.Passes, out.Rules, err)
	}
	alone, others, err := checking(t, []byte(checkHeader+strings.ReplaceAll(rows.String(), ",u,0,", ",u,,")+family), FileCheck{Workers: 2, hold: 10})
	if err != nil || alone.Crowded != 0 {
		t.Fatalf("%+v, %v", alone, err)
	}
	without := func(lines []string) []string { // the rule that asks for a household's number finds one, if a wrong one
		return slices.DeleteFunc(lines, func(l string) bool { return strings.HasSuffix(l, " household_no") })
	}
	if lines, others = without(lines), without(others); !slices.Equal(lines, others) {
		t.Errorf("%d findings, %d without a household", len(lines), len(others))
	}
}

const checkHeader = "record_id,citizen_number,name,sex,ethnic_group,birth_date,birthplace,native_place,address,unit,household_no,relation,marital_status,education,occupation\n"

func checkRow(id, number, birth, household, relation string) string {
	return fmt.Sprintf("%s,%s,王一,1,01,%s,长春,长春,吉林省长春市南关区人民大街1号,u,%s,%s,20,70,工人\n", id, number, birth, household, relation)
}

// TestCheckFile_TornHousehold: where a row cannot be read, nobody says that the householder is missing.
func TestCheckFile_TornHousehold(t *testing.T) {
	rows := checkRow("1", "220102195506079417", "1955-02-30", "7", "02") + checkRow("2", "220102196802299407", "1968-02-29", "7", "20")
	out, lines, err := checking(t, []byte(checkHeader+rows), FileCheck{})
	if err != nil || out.Bad != 1 || out.Rules["household.no_head"] > 0 {
		t.Errorf("%+v %v %v", out, lines, err)
	}
	out, lines, err = checking(t, []byte(checkHeader+strings.Replace(rows, "1955-02-30", "1955-06-07", 1)), FileCheck{})
	if err != nil || out.Bad != 0 || out.Rules["household.no_head"] > 0 {
		t.Errorf("mended: %+v %v %v", out, lines, err)
	}
	out, _, err = checking(t, []byte(checkHeader+checkRow("2", "220102196802299407", "1968-02-29", "7", "20")), FileCheck{})
	if err != nil || out.Rules["household.no_head"] != 1 {
		t.Errorf("alone: %+v %v", out, err)
	}
}

// GB 11643-1999: a number is one person's; two households of a file that have one are both told.
func TestCheckFile_SharedNumberAcrossHouseholds(t *testing.T) {
	out, lines, err := checking(t, []byte(checkHeader+checkRow("1", "220102195506079417", "1955-06-07", "7", "02")+checkRow("2", "220102195506079417", "1955-06-07", "8", "02")), FileCheck{})
	if err != nil || out.Rules["number.shared"] != 2 || !slices.Contains(lines, "1 2 number.shared number") || !slices.Contains(lines, "2 3 number.shared number") {
		t.Errorf("%+v %v %v", out, lines, err)
	}
}

func TestNumberKeysAreTheNumbers(t *testing.T) {
	seen := map[uint64]string{0: ""}
	for _, n := range []string{"", "0", "000000000000000000", "000000000000000001", "00000000000000000X", "999999999999999999", "99999999999999999X", "220102195506079417",
		"220102550607941", "22010219550607941x", "２２０１０２", "X", "220102195506079410"} {
		key := numberKey(n)
		if other, twice := seen[key]; twice && other != n {
			t.Errorf("%q and %q have one key", n, other)
		}
		seen[key] = n
	}
}

// A file without some columns is asked what it can answer.
func TestCheckFile_MissingColumns(t *testing.T) {
	out, lines, err := checking(t, []byte("姓名,公民身份号码\n王一,220102195506079410\n"), FileCheck{})
	if err != nil || out.Found != 1 || !slices.Contains(out.Lacks, "birth_date") || !slices.Contains(out.NotAsked, "household.no_head") || !strings.Contains(lines[0], "number.check") {
		t.Errorf("%+v %v %v", out, lines, err)
	}
}

func TestCheckFile_NoRecords(t *testing.T) {
	if out, lines, err := checking(t, []byte(checkHeader), FileCheck{}); err != nil || out.Rows != 0 || len(lines) > 0 {
		t.Errorf("%+v %v %v", out, lines, err)
	}
}

func TestCheckFile_Fails(t *testing.T) {
	text := []byte(checkHeader + strings.Repeat(checkRow("1", "", "1955-06-07", "7", "02"), 3000))
	broken := errors.New("no more room")
	o := FileCheck{On: checkDay, Workers: 2, Open: func() (*personfile.Reader, error) {
		return personfile.Open("p.csv", bytes.NewReader(text), int64(len(text)), personfile.Options{})
	}, Bad: func(*personfile.RowError) error { return nil }, Found: func(CheckedFinding) error { return broken }}
	if _, err := CheckFile(context.Background(), "p.csv", o); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := CheckFile(ctx, "p.csv", o); err == nil {
		t.Error("a check that was called off went on")
	}
	for _, second := range [][]byte{text[:len(text)/2], append(slices.Clone(text), checkRow("2", "", "1955-06-07", "8", "02")...)} {
		opened := 0
		o.Found = func(CheckedFinding) error { return nil }
		o.Open = func() (*personfile.Reader, error) {
			content := text
			if opened++; opened > 1 {
				content = second
			}
			return personfile.Open("p.csv", bytes.NewReader(content), int64(len(content)), personfile.Options{})
		}
		if _, err := CheckFile(context.Background(), "p.csv", o); err == nil {
			t.Error("a file that changed meanwhile was checked")
		}
	}
}

// TestCheckFile_FindsWhatWasPlanted holds the rules against a city's truth: what an item rule can see is found, and what is found was planted.
func TestCheckFile_FindsWhatWasPlanted(t *testing.T) {
	files := cityFiles(t, synth.WriteOptions{}, 20_000)
	for _, f := range []struct {
		record            string
		mark              byte
		recall, precision float64
	}{{"computer", '0', 0.70, 0.98}, {"form", 'F', 0.75, 0.98}, {"booklet", 'B', 0.75, 0.98}, {"card", 'K', 0.12, 0.90}, {"citizen", 'Z', 0.70, 0.90}} {
		truth, err := ReadTruth(bytes.NewReader(files["truth.csv"].Bytes()), f.mark)
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := checking(t, files[f.record+".csv"].Bytes(), FileCheck{Truth: truth})
		if err != nil {
			t.Fatal(err)
		}
		if r := out.Truth; r.Planted < 300 || r.Recall < f.recall || r.Precision < f.precision || r.Findings != out.Found+out.Bad {
			t.Errorf("%s: %d planted, recall %.3f, precision %.3f of %d findings", f.record, r.Planted, r.Recall, r.Precision, r.Findings)
		}
		for _, k := range out.Truth.Kinds {
			if slices.Contains(strings.Fields("id_check_digit_wrong id_dob_mismatch id_sex_mismatch id_missing id_15_left id_lowercase_x dob_invalid name_placeholder id_placeholder"), k.Kind) &&
				f.mark != 'K' && k.Recall < 0.99 {
				t.Errorf("%s: %+v", f.record, k)
			}
		}
	}
}

func TestReadTruth_Refuses(t *testing.T) {
	for _, text := range []string{"", "a,b\n1,2\n", strings.Join(truthColumns, ",") + "\nitem,x\n"} {
		if _, err := ReadTruth(strings.NewReader(text), '0'); err == nil {
			t.Errorf("%q", text)
		}
	}
}

// FuzzCheckFile: whatever a file holds, the check ends, counts every row once, and says the same twice.
func FuzzCheckFile(f *testing.F) {
	f.Add([]byte(checkHeader + checkRow("1", "220102195506079417", "1955-06-07", "7", "02")))
	f.Add([]byte("姓名,公民身份号码,户号,与户主关系\n王？,22010255060794,1,户主\n\"王,220102196802299407,1,子\n"))
	f.Add([]byte("name,sex\n王,男\n"))
	f.Add([]byte("이름,성별\n김,남\n"))
	f.Add(cityFiles(f, synth.WriteOptions{Kind: personfile.DBF}, 120)["card.dbf"].Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		out, lines, err := checking(t, text, FileCheck{Workers: 1, hold: 2})
		if err != nil {
			return
		}
		if out.Found+out.Bad != len(lines) || out.Rows < out.Bad {
			t.Fatalf("%+v, %d lines", out, len(lines))
		}
		again, others, err := checking(t, text, FileCheck{Workers: 2, hold: 2})
		if err != nil || !slices.Equal(lines, others) || again.Rows != out.Rows {
			t.Fatalf("%v: %v, then %v", err, lines, others)
		}
	})
}
