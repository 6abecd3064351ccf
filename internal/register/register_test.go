package register_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"pgregory.net/rapid"
)

const (
	county  event.Unit = "220102"
	station event.Unit = "220102001"
)

var by = register.By{Unit: station, Today: citizen.MustDate("2005-09-12")}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var r *event.Refusal
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v, want refusal %s", err, code)
	}
}

func parent(marital, spouse string) register.Tenure {
	return register.Tenure{Unit: station, ID: "t-mother", Resident: "r-mother", Version: 1, State: register.StateOpen, Record: register.Record{
		Number: "220102197503089420", Name: "李梅", Sex: "2", EthnicGroup: "10", HouseholdNo: "H1", Address: "南岭街道1号", MaritalStatus: marital, SpouseNumber: spouse}}
}

// P6: what is written of a newborn is the same byte for byte whatever the parents' marital standing, spouse or number of children.
func TestBirth_NoTraceOfParentsStanding(t *testing.T) {
	write := func(p register.Tenure) string {
		events, err := register.RegisterBirth(by, register.Birth{Name: "李宝", Sex: citizen.Male, BirthDate: citizen.MustDate("2005-09-10"), Relation: "20"},
			register.BirthFacts{Tenure: "t-child", Resident: "r-child", Follows: p, MotherNumber: p.Record.Number, Limits: register.DefaultLimits()},
			register.Drawn{Number: "220102200509109417", Range: "range"})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(events)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := write(parent("20", "220102197403089413"))
	for _, marital := range []string{"", "10", "20", "21", "30", "40", "90"} {
		if got := write(parent(marital, "")); got != want {
			t.Errorf("marital status %q leaves a trace:\n%s\n%s", marital, got, want)
		}
	}
}

// No field of the birth's bodies and inputs, no kind, code, paper or refusal of the register can say it.
func TestBirth_NoWordForParentsStanding(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)wedlock|marri|legitim|illegit|out_of_plan|family_plan|birth_plan|quota|unplanned|超生|非婚|婚生|未婚|计划生育|准生|社会抚养|政策外`)
	for _, v := range []any{register.BirthRegistered{}, register.NumberReserved{}, register.Birth{}, register.BirthFacts{}, register.Missing{}, register.PapersBrought{}, register.Paper{}} {
		for _, name := range fields(reflect.TypeOf(v), 4) {
			if forbidden.MatchString(name) {
				t.Errorf("%T has %s", v, name)
			}
		}
	}
	tables, err := os.ReadFile("registerdb/migrations/00001_register.sql")
	if err != nil || forbidden.Match(tables) {
		t.Errorf("the tables: %s %v", forbidden.Find(tables), err)
	}
	for _, file := range []string{"kinds.go", "birth.go", "limits.go", "numbers.go", "registerdesk/birth.go", "registerdb/apply.go"} {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && forbidden.MatchString(lit.Value) {
				t.Errorf("%s: %s", file, lit.Value)
			}
			return true
		})
	}
}

func fields(t reflect.Type, depth int) (names []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || depth == 0 {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		names = append(names, f.Name, f.Tag.Get("json"))
		names = append(names, fields(f.Type, depth-1)...)
	}
	return names
}

// GB 11643-1999: the county never gives one sequence of one birth date to two ranges, nor one that the register has.
func TestAllot_NeverTwice_GB11643(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := make(map[string]string)
		var ranges []register.Range
		start := citizen.MustDate("2005-09-01")
		taken := rapid.SliceOfN(rapid.IntRange(1, 60), 0, 8).Draw(t, "taken")
		for i := range rapid.IntRange(1, 25).Draw(t, "allotments") {
			from := start.AddDays(rapid.IntRange(0, 40).Draw(t, "from"))
			command := register.Allot{Station: event.Unit(fmt.Sprintf("220102%03d", 1+i%3)), BirthFrom: from,
				BirthTo: from.AddDays(rapid.IntRange(0, 20).Draw(t, "days")), PerDay: rapid.IntRange(2, 90).Draw(t, "a day")}
			e, err := register.AllotNumbers(register.By{Unit: county, Today: start}, command,
				register.AllotFacts{Range: fmt.Sprint("range ", i), Generation: 1, Ranges: ranges, Taken: taken})
			if r, ok := event.AsRefusal(err); ok {
				if r.Code != "register.sequences_exhausted" {
					t.Fatal(err)
				}
				continue
			}
			r := e.Body.(register.NumbersAllotted).Range
			ranges = append(ranges, r)
			for day := r.BirthFrom; !day.After(r.BirthTo); day = day.AddDays(1) {
				for seq := r.SeqFrom; seq <= r.SeqTo; seq++ {
					number, err := citizen.NewNumber(r.Division, day, seq)
					if err != nil {
						t.Fatal(err)
					}
					if other, twice := given[string(number)]; twice {
						t.Fatalf("%s stands in %s and %s", number, other, r.ID)
					}
					given[string(number)] = r.ID
				}
			}
			for _, s := range taken {
				if s >= r.SeqFrom && s <= r.SeqTo {
					t.Fatalf("sequence %d is in use and stands in %+v", s, r)
				}
			}
			if r.SeqTo-r.SeqFrom+1 != command.PerDay || r.SeqTo > 995 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// GB 11643-1999: odd for men, even for women, the lowest unused, and the check character right.
func TestDraw_Parity_GB11643(t *testing.T) {
	day := citizen.MustDate("2005-09-10")
	ranges := []register.Range{
		{ID: "b", Station: station, Generation: 2, Division: "220102", BirthFrom: day, BirthTo: day, SeqFrom: 20, SeqTo: 22},
		{ID: "a", Station: station, Generation: 2, Division: "220102", BirthFrom: day, BirthTo: day, SeqFrom: 11, SeqTo: 12},
		{ID: "retired", Station: station, Generation: 1, Division: "220102", BirthFrom: day, BirthTo: day, SeqFrom: 1, SeqTo: 9},
		{ID: "other day", Station: station, Generation: 2, Division: "220102", BirthFrom: day.AddDays(1), BirthTo: day.AddDays(9), SeqFrom: 1, SeqTo: 9},
	}
	taken := make(map[citizen.Number]bool)
	draw := func(sex citizen.Sex) (register.Drawn, error) {
		d, err := register.Draw(day, sex, register.DrawFacts{Generation: 2, Ranges: ranges, Taken: func(n citizen.Number) bool { return taken[n] }})
		taken[d.Number] = true
		return d, err
	}
	for _, c := range []struct {
		sex            citizen.Sex
		sequence, left int
	}{{citizen.Male, 11, 1}, {citizen.Female, 12, 2}, {citizen.Female, 20, 1}, {citizen.Male, 21, 0}, {citizen.Female, 22, 0}} {
		d, err := draw(c.sex)
		if err != nil || d.Number.Sequence() != c.sequence || d.Left != c.left || d.Number.Sex() != c.sex {
			t.Errorf("%+v: %+v %v", c, d, err)
		}
		if check := citizen.CheckNumber(d.Number.String(), citizen.NumberContext{On: day, Sex: c.sex, Birth: day, Issuing: true}); !check.Valid {
			t.Errorf("%+v", check)
		}
	}
	_, err := draw(citizen.Male)
	refused(t, err, "register.no_number")
}

// Walk 3: nobody's registration ends without a decision and a notice; a wrong one is undone.
func TestCancelAndRestore_WalkThree(t *testing.T) {
	open := parent("", "")
	ref := &event.Ref{Stream: event.Up(county), Generation: 1}
	_, err := register.Cancel(by, open, by.Today, "2", ref, nil)
	refused(t, err, "register.no_decision")
	_, err = register.Cancel(register.By{Unit: "220102002", Today: by.Today}, open, by.Today, "2", ref, ref)
	refused(t, err, "register.not_owner")
	_, err = register.Restore(by, open, by.Today, "本人到所", ref)
	refused(t, err, "register.not_closed")
	closed := open
	closed.State = register.StateCancelled
	_, err = register.Cancel(by, closed, by.Today, "2", ref, ref)
	refused(t, err, "register.closed")
	_, err = register.Restore(by, closed, by.Today, "", ref)
	refused(t, err, "register.no_ground")
	e, err := register.Restore(by, closed, by.Today, "本人到所", ref)
	if err != nil || e.Body.(register.Restored).Version != closed.Version+1 {
		t.Errorf("%+v %v", e, err)
	}
}

// 户口登记条例第17条: a main item is altered by a decision only, and a new number is right and nobody else's.
func TestCorrect_MainItems_Art17(t *testing.T) {
	open := parent("", "")
	ref := &event.Ref{Stream: event.Up(county), Generation: 1}
	text := func(s string) *string { return &s }
	birth := citizen.MustDate("1970-01-02")
	for name, items := range map[string]register.Items{"name": {Name: text("李玫")}, "former_name": {FormerName: text("李玫")}, "sex": {Sex: text("1")},
		"ethnic_group": {EthnicGroup: text("11")}, "birth_date": {BirthDate: &birth}, "number": {Number: text("1")}} {
		c := register.Correct{Items: items, Category: "19", On: by.Today}
		_, err := register.CorrectItems(by, open, c, register.CorrectFacts{})
		refused(t, err, "register.needs_approval")
		if r, _ := event.AsRefusal(err); r.Field != name {
			t.Errorf("%s: %+v", name, r)
		}
		c.Ref = ref
		e, err := register.CorrectItems(by, open, c, register.CorrectFacts{})
		if name == "number" {
			refused(t, err, "register.number")
			continue
		}
		if err != nil || e.Body.(register.ItemsCorrected).Ref != ref || e.Cause != ref {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
	if _, err := register.CorrectItems(by, open, register.Correct{Items: register.Items{Address: text("人民大街9号")}, Category: "91", On: by.Today}, register.CorrectFacts{}); err != nil {
		t.Error(err)
	}
	open.Record.BirthDate, open.Record.Sex = citizen.MustDate("1975-03-08"), "2"
	number, err := citizen.NewNumber("220102", open.Record.BirthDate, 946)
	if err != nil {
		t.Fatal(err)
	}
	c := register.Correct{Items: register.Items{Number: text(number.String())}, Category: "11", On: by.Today, Ref: ref}
	_, err = register.CorrectItems(by, open, c, register.CorrectFacts{Holders: []string{"x"}})
	refused(t, err, "register.number_held")
}

// Walk 3: an identity is linked by a decision; the relatives' entries follow.
func TestLinkIdentity_WalkThree(t *testing.T) {
	open := parent("", "")
	ref := &event.Ref{Stream: event.Up(county), Generation: 1}
	_, err := register.LinkIdentity(by, open, register.Link{OldNumber: "1", Certificate: "Z1"}, nil)
	refused(t, err, "register.no_decision")
	_, err = register.LinkIdentity(by, open, register.Link{Certificate: "Z1", Decision: ref}, nil)
	refused(t, err, "register.no_person")
	_, err = register.LinkIdentity(register.By{Unit: "220102002", Today: by.Today}, open, register.Link{OldNumber: "1", Certificate: "Z1", Decision: ref}, nil)
	refused(t, err, "register.not_owner")
	child, stranger := open, open
	child.ID, child.Record.MotherNumber = "child", "1"
	stranger.ID = "stranger"
	events, err := register.LinkIdentity(by, open, register.Link{OldNumber: "1", Certificate: "Z1", Decision: ref}, []register.Tenure{child, stranger})
	if err != nil || len(events) != 2 || events[1].Body.(register.ItemsCorrected).Record.MotherNumber != open.Record.Number {
		t.Errorf("%+v %v", events, err)
	}
}

// A moved-in person is late after three days in town and ten in the country (户口登记条例第13条), and taken in all the same.
func TestMoveIn_Late_Art13(t *testing.T) {
	m := register.Moving{Resident: "r", FromUnit: "220102002", FromTenure: "a", ToUnit: station, ToTenure: "b", On: citizen.MustDate("2005-08-01"), Record: parent("", "").Record}
	for _, c := range []struct {
		on   string
		town bool
		late bool
	}{{"2005-09-09", true, false}, {"2005-09-08", true, true}, {"2005-09-02", false, false}, {"2005-09-01", false, true}} {
		limits := register.DefaultLimits()
		limits.Town = c.town
		events, err := register.RegisterMoveIn(by, m, register.MoveIn{HouseholdNo: "H", Address: "A", Relation: "02", On: citizen.MustDate(c.on)}, limits)
		if err != nil {
			t.Fatal(err)
		}
		if got := events[0].Body.(register.MovedIn).Late; got != c.late {
			t.Errorf("%+v: late %v", c, got)
		}
		if events[1].Stream != event.To(station, "220102002") || strings.Contains(fmt.Sprint(events[1].Body), "李梅") {
			t.Errorf("the confirmation carries more than the identifier: %+v", events[1])
		}
	}
}

// A chunk's lines are named by salted digests, and a blanked line leaves the others readable.
func TestChunk_LinesAndDigests(t *testing.T) {
	record := parent("", "").Record
	record.Extra = []register.Extra{{Name: "旧编号", Value: `a"record":{b`}}
	blob, err := register.NewChunk([]register.ChunkLine{{Record: record}, {Record: record}, {Resident: "r", Tenure: "t", Record: record}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := register.ChunkOf("name", blob)
	if err != nil || body.Lines != 3 || body.Digests[0] == body.Digests[1] {
		t.Fatalf("%+v %v", body, err)
	}
	lines := strings.SplitAfter(string(blob), "\n")
	var read []register.StoredLine
	unreadable, err := register.ReadChunk([]byte(lines[0]+"\n"+"{}\n"+lines[2]), func(l register.StoredLine) error {
		read = append(read, l)
		return nil
	})
	if err != nil || unreadable != 1 || len(read) != 2 || read[1].Tenure != "t" {
		t.Fatalf("%d unreadable, %+v, %v", unreadable, read, err)
	}
	var again register.Record
	if err := json.Unmarshal(read[0].Raw, &again); err != nil || !reflect.DeepEqual(again, read[0].Record) || again.Pinyin != "li mei" {
		t.Fatalf("%s: %+v %v", read[0].Raw, again, err)
	}
	if _, err := register.NewChunk(nil); !errors.Is(err, register.ErrChunk) {
		t.Error(err)
	}
	if _, err := register.ChunkOf("name", []byte("x\n")); !errors.Is(err, register.ErrChunk) {
		t.Error(err)
	}
}

// FuzzReadChunk: whatever bytes come, reading ends, and what is read can be read again from its raw record.
func FuzzReadChunk(f *testing.F) {
	blob, err := register.NewChunk([]register.ChunkLine{{Resident: "r", Tenure: "t", Salt: "00", Record: parent("20", "").Record}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(blob)
	f.Add([]byte(`{"resident":"a","tenure":"b","salt":"","record":{}}`))
	f.Add([]byte(`{"resident":"a","tenure":"b","record":{},"more":{}}`))
	f.Add([]byte(`{"resident":"a","tenure":"b","x":{"y":1,"record":{}},"record":{}}`))
	f.Fuzz(func(t *testing.T, blob []byte) {
		_, err := register.ReadChunk(blob, func(l register.StoredLine) error {
			var again register.Record
			if err := json.Unmarshal(l.Raw, &again); err != nil {
				return err
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
