package register_test

import (
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"pgregory.net/rapid"
)

// 公通字〔1995〕91号: householder, spouse, children, grandchildren, parents, grandparents, brothers and sisters, others; among children the elder first.
func TestSortMembers_1995(t *testing.T) {
	var members []register.Tenure
	for i, relation := range []string{"99", "38", "73", "61", "52", "43", "30", "20", "12", "02"} {
		members = append(members, register.Tenure{ID: relation, Record: register.Record{Relation: relation, BirthDate: citizen.MustDate("1960-01-01").AddYears(i)}})
	}
	register.SortMembers(members)
	var got []string
	for _, m := range members {
		got = append(got, m.ID)
	}
	if want := []string{"02", "12", "30", "20", "43", "52", "61", "73", "99", "38"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestHousehold_OfAnotherUnit(t *testing.T) {
	refused(t, register.Household{Unit: "220102002", No: "H1", State: register.HouseholdOpen}.Standing(by), "register.household_other")
	_, err := register.OrderRedivision(by, register.RedivisionOrdered{})
	refused(t, err, "register.redivision_level")
	_, err = register.AllotNumbers(by, register.Allot{}, register.AllotFacts{})
	refused(t, err, "register.allot_level")
}

// 民法通则(1986)第11条: 18, or 16 and living by the own work.
func TestSetUp_Capacity_1986(t *testing.T) {
	for _, c := range []struct {
		birth   string
		ownWork bool
		ok      bool
	}{{"1987-09-12", false, true}, {"1987-09-13", false, false}, {"1987-09-13", true, true}, {"1989-09-12", true, true}, {"1989-09-13", true, false}} {
		head := register.Tenure{Unit: station, ID: "t", Version: 1, State: register.StateOpen, Record: register.Record{BirthDate: citizen.MustDate(c.birth)}}
		_, err := register.SetUpHousehold(by, register.SetUp{Occasion: register.Occasion{On: by.Today}, No: "N", Kind: "1", Address: "x", OwnWork: c.ownWork},
			register.SetUpFacts{Members: []register.Member{{Tenure: head, Relation: "02"}}})
		if (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// A split and a merge back give every member exactly one change each, and leave the register as it was.
func TestSplitAndMerge_LoseNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 9).Draw(t, "members")
		old := register.Household{Unit: station, No: "A", State: register.HouseholdOpen, Kind: "1", Address: "x"}
		for i := range size {
			old.Members = append(old.Members, register.Tenure{Unit: station, ID: string(rune('a' + i)), Version: 1, State: register.StateOpen,
				Record: register.Record{HouseholdNo: "A", Address: "x", Relation: "99", BirthDate: citizen.MustDate("1970-01-01")}})
		}
		leaving := rapid.IntRange(1, size-1).Draw(t, "leaving")
		var members []register.Member
		for i, m := range old.Members[:leaving] {
			relation := "99"
			if i == 0 {
				relation = "02"
			}
			members = append(members, register.Member{Tenure: m, Relation: relation})
		}
		o := register.Occasion{On: by.Today}
		events, err := register.SetUpHousehold(by, register.SetUp{Occasion: o, No: "B", Kind: "1", Address: "y", From: "A"},
			register.SetUpFacts{Members: members, Leaving: []register.Household{old}})
		if err != nil || len(events) != leaving+1 {
			t.Fatalf("%d events for %d people: %v", len(events), leaving, err)
		}
		from := register.Household{Unit: station, No: "B", Version: 1, State: register.HouseholdOpen, Kind: "1", Address: "y"}
		members = members[:0]
		for _, e := range events[1:] {
			body := e.Body.(register.Rehoused)
			m := register.Tenure{Unit: station, ID: body.Tenure, Version: body.Version, State: register.StateOpen, Record: body.Record}
			if body.Record.HouseholdNo != "B" || body.Record.Address != "y" || body.Before.HouseholdNo != "A" || body.Version != 2 {
				t.Fatalf("%+v", body)
			}
			from.Members = append(from.Members, m)
			members = append(members, register.Member{Tenure: m, Relation: "99"})
		}
		back, err := register.MergeHouseholds(by, o, from, old, members)
		if err != nil || len(back) != leaving+2 {
			t.Fatalf("%d events back: %v", len(back), err)
		}
		ended := back[len(back)-1].Body.(register.HouseholdChange)
		if ended.State != register.HouseholdDissolved || ended.Version != 2 || ended.Other != "A" {
			t.Fatalf("%+v", ended)
		}
	})
}

// GB 11643-1999: the county's own sequences never meet those of a station's range.
func TestDrawAtCounty_BesideTheRanges(t *testing.T) {
	birth := citizen.MustDate("1984-02-29")
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(1, 900).Draw(t, "from")
		r := register.Range{BirthFrom: birth, BirthTo: birth, SeqFrom: from, SeqTo: from + rapid.IntRange(1, 90).Draw(t, "length")}
		taken := make(map[citizen.Number]bool)
		for range rapid.IntRange(1, 40).Draw(t, "people") {
			sex := rapid.SampledFrom([]citizen.Sex{citizen.Male, citizen.Female}).Draw(t, "sex")
			number, err := register.DrawAtCounty(county, birth, sex, []register.Range{r}, func(n citizen.Number) bool { return taken[n] })
			if err != nil {
				t.Fatal(err)
			}
			check := citizen.CheckNumber(number.String(), citizen.NumberContext{On: by.Today, Sex: sex, Birth: birth})
			seq := int(number[14]-'0')*100 + int(number[15]-'0')*10 + int(number[16]-'0')
			if taken[number] || !check.Valid || check.Sex != sex || seq >= r.SeqFrom && seq <= r.SeqTo {
				t.Fatalf("%s of %+v", number, r)
			}
			taken[number] = true
		}
	})
	_, err := register.DrawAtCounty(county, birth, citizen.Male, nil, func(citizen.Number) bool { return true })
	refused(t, err, "register.sequences_exhausted")
}

// Who decides: the unit of the level that the table names, and no other.
func TestDecided_Counts(t *testing.T) {
	for _, c := range []struct {
		kind, cs string
		stream   event.Stream
		ok       bool
	}{
		{register.ChangeLateEntry, "", event.To(county, station), true},
		{register.ChangeLateEntry, "", event.Up(county), false},
		{register.ChangeLateEntry, "", event.Up(station), false},
		{register.ChangeLateEntry, "", event.To("220104", station), false},
		{register.ChangeLateEntry, "", event.To("220100", station), false},
		{register.ChangeCancellation, register.CaseArmy, event.Up(station), true},
		{register.ChangeCancellation, register.CaseArmy, event.To(county, station), false},
		{register.ChangeCancellation, register.CaseMissing, event.Up(station), false},
		{"999", "", event.To(county, station), false},
	} {
		if got := (register.Decided{Kind: c.kind, Case: c.cs}).Counts(c.stream); got != c.ok {
			t.Errorf("%s %s by %s: %v", c.kind, c.cs, c.stream, got)
		}
	}
}

// The table is whole: every kind has a name in the code table, every paper and applicant a text, and an article.
func TestRequirements_Whole(t *testing.T) {
	for _, r := range register.Requirements {
		if _, ok := citizen.ChangeKinds.ByCode(r.Kind); !ok || r.Article == "" || r.Follows.IsZero() || len(r.Papers) == 0 {
			t.Errorf("%+v", r)
		}
		for _, p := range r.Papers {
			if register.PaperText(p).ZH == p {
				t.Errorf("paper %s has no text", p)
			}
		}
		for _, a := range r.Applicants {
			if register.Applicants[a].IsZero() {
				t.Errorf("applicant %s has no text", a)
			}
		}
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"张三": "zs", "欧阳小明": "oyxm", "": ""} {
		if got := register.Initials(citizen.Pinyin(name)); got != want || got != citizen.PinyinInitials(name) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A re-division takes those away whose address it names: a household is dissolved when nobody is left in it, and not before.
func TestRedivide_LeavesWhoLivesElsewhere(t *testing.T) {
	order := register.RedivisionOrdered{Order: "o", Station: station, ToUnit: "220102002", AddressFrom: "南", AddressTo: "北", On: by.Today}
	goes := register.Tenure{ID: "goes", Unit: station, State: register.StateOpen, Record: register.Record{Address: "南街1号", HouseholdNo: "H"}}
	stays := register.Tenure{ID: "stays", Unit: station, State: register.StateOpen, Record: register.Record{Address: "东街1号", HouseholdNo: "H"}}
	text := func(register.Tenure) (string, error) { return "x", nil }
	for members, want := range map[*[]register.Tenure]int{{goes}: 2, {goes, stays}: 1} {
		h := register.Household{Unit: station, No: "H", State: register.HouseholdOpen, Address: "南街1号", Members: *members}
		events, err := register.Redivide(by, order, []register.Tenure{goes}, []register.Household{h}, text, text)
		if err != nil || len(events) != want {
			t.Errorf("%d members: %d events, want %d (%v)", len(*members), len(events), want, err)
		}
	}
}
