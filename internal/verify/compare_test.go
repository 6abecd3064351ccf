package verify

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/verify/reconcile"
)

func five(form, booklet, card, computer, citizen string) map[string]string {
	values := make(map[string]string)
	for i, v := range []string{form, booklet, card, computer, citizen} {
		if v != "-" {
			values[Sources[i]] = v
		}
	}
	return values
}

// P4: the agreement code tells which of the five records agree, the explanation how they differ, the proposal which is probably right, and why.
func TestCompareItem_P4(t *testing.T) {
	right := numbered("1965-03-08", 941)
	typo := []byte(right)
	typo[10] = '0' + (typo[10]-'0'+1)%10
	swapped := []byte(right)
	swapped[14], swapped[15] = swapped[15], swapped[14]
	other := at("220104", "1965-03-08", 941)
	facts := reconcile.Facts{Sex: "1", Birth: citizen.MustDate("1965-03-08")}
	for name, c := range map[string]struct {
		item   string
		values map[string]string
		facts  reconcile.Facts
		want   Item
	}{
		"all agree":          {"name", five("王强", "王强", "王强", "王强", "王强"), facts, Item{Code: "11111", Proposal: "王强"}},
		"two absent":         {"name", five("王强", "-", "-", "王强", "王强"), facts, Item{Code: "10011", Proposal: "王强"}},
		"typed wrong":        {"number", five(right, right, right, string(typo), right), facts, Item{Code: "11121", Explanation: "wrong_digit_proved", Proposal: right, Ground: "check_valid"}},
		"fifteen":            {"number", five(right, right, right[:6]+right[8:17], right, right), facts, Item{Code: "11211", Explanation: "fifteen", Proposal: right, Ground: "check_valid"}},
		"transposed":         {"number", five(right, right, right, string(swapped), right), facts, Item{Code: "11121", Explanation: "transposed", Proposal: right, Ground: "check_valid"}},
		"two right numbers":  {"number", five(right, right, other, other, other), facts, Item{Code: "11222", Explanation: "old_division", Proposal: right, Ground: "birth_entry"}},
		"homophone":          {"name", five("王强", "王强", "王强", "王墙", "王强"), facts, Item{Code: "11121", Explanation: "homophone", Proposal: "王强", Ground: "birth_entry"}},
		"look-alike":         {"name", five("王千", "王千", "王千", "王干", "王千"), facts, Item{Code: "11121", Explanation: "look_alike", Proposal: "王千", Ground: "birth_entry"}},
		"day and month":      {"birth_date", five("1965-03-08", "1965-03-08", "1965-08-03", "1965-08-03", "1965-03-08"), facts, Item{Code: "11221", Explanation: "day_month", Proposal: "1965-03-08", Ground: "birth_entry"}},
		"one digit of date":  {"birth_date", five("-", "1965-03-08", "1965-03-08", "1965-03-09", "1965-03-08"), facts, Item{Code: "01121", Explanation: "near_date", Proposal: "1965-03-08", Ground: "majority"}},
		"width and blanks":   {"address", five("南岭街道1号", "南岭街道1号", "-", "南岭街道１号 ", "-"), facts, Item{Code: "11020", Explanation: "width_blank", Proposal: "南岭街道1号", Ground: "majority"}},
		"middle dot":         {"name", five("买买提·艾力", "买买提·艾力", "-", "买买提•艾力", "-"), facts, Item{Code: "11020", Explanation: "middle_dot", Proposal: "买买提·艾力", Ground: "birth_entry"}},
		"part":               {"address", five("-", "南关区南岭街道1号", "南岭街道1号", "-", "-"), facts, Item{Code: "01200", Explanation: "part", Ground: "ask"}},
		"all differ":         {"name", five("王强", "李强", "-", "张强", "-"), facts, Item{Code: "12030", Explanation: "other", Ground: "ask"}},
		"a legal change":     {"name", five("王强", "王强", "王强", "李强", "李强"), reconcile.Facts{Changes: []reconcile.Change{{Item: reconcile.Name, Before: "王强", After: "李强"}}}, Item{Code: "11122", Explanation: "legal_change", Proposal: "李强", Ground: "legal_change"}},
		"an absent computer": {"name", five("王强", "王墙", "王强", "-", "王强"), facts, Item{Code: "12101", Explanation: "homophone", Proposal: "王强", Ground: "majority"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := CompareItem(c.item, c.values, c.facts)
			if got.Code != c.want.Code || got.Explanation != c.want.Explanation || got.Proposal != c.want.Proposal || got.Ground != c.want.Ground {
				t.Errorf("%+v", got)
			}
			if got.Explanation != "" && (Explanations[got.Explanation].ZH == "" || Grounds[got.Ground].EN == "") {
				t.Errorf("no words for %s or %s", got.Explanation, got.Ground)
			}
		})
	}
}

// P4: each record that is not as proposed gets an order of its own; where nothing tells which is right, the person is asked.
func TestOrders_P4(t *testing.T) {
	all := CompareItem("name", five("王强", "王强", "王墙", "王墙", "王蔷"), reconcile.Facts{}).Orders()
	if len(all) != 3 || all[0].Do != "renew_card" || all[1].Do != "change_record" || all[2].Do != "ask_person" || all[1].To != "王强" {
		t.Errorf("%+v", all)
	}
	form := CompareItem("name", five("李强", "张强", "王强", "王强", "王强"), reconcile.Facts{}).Orders()
	if len(form) != 2 || form[0].Do != "rewrite_form" || form[1].Do != "new_booklet_page" {
		t.Errorf("%+v", form)
	}
	ask := CompareItem("name", five("王强", "李强", "-", "张强", "-"), reconcile.Facts{}).Orders()
	if len(ask) != 1 || ask[0].Source != SourceCitizen || ask[0].Do != "ask_person" {
		t.Errorf("%+v", ask)
	}
	if none := CompareItem("name", five("王强", "王强", "-", "王强", "-"), reconcile.Facts{}).Orders(); none != nil {
		t.Errorf("%+v", none)
	}
}

// 15 working days from a Monday end on the Monday after three weeks; a term that begins on a Friday skips the weekend.
func TestWorkingDaysLater(t *testing.T) {
	for _, c := range []struct {
		from, want string
		days       int
	}{{"2005-09-12", "2005-10-03", 15}, {"2005-09-16", "2005-09-21", 3}, {"2005-09-17", "2005-09-19", 1}, {"2005-09-12", "2005-09-12", 0}, {"2004-12-31", "2005-01-03", 1}} {
		if got := WorkingDaysLater(citizen.MustDate(c.from), c.days); got != citizen.MustDate(c.want) {
			t.Errorf("%d from %s: %s", c.days, c.from, got)
		}
	}
}

// The nearest common superior decides: the county of one station or two of its own, the city of two in different counties.
func TestDeciderOf(t *testing.T) {
	for _, c := range []struct {
		units []event.Unit
		want  event.Unit
	}{{[]event.Unit{"220102001"}, "220102"}, {[]event.Unit{"220102001", "220102002"}, "220102"}, {[]event.Unit{"220102001", "220104001"}, "220100"},
		{[]event.Unit{"220102001", "220102002", "220104001"}, "220100"}, {nil, ""}} {
		if got := DeciderOf(c.units); got != c.want {
			t.Errorf("%v: %s", c.units, got)
		}
	}
}

// A station writes of itself, a superior of the stations below it, the deciding unit alone decides, and nobody of another area anything.
func TestMayWrite(t *testing.T) {
	const home, other, county, city = event.Unit("220102001"), event.Unit("220102002"), event.Unit("220102"), event.Unit("220100")
	for _, c := range []struct {
		kind    string
		stream  event.Stream
		decider event.Unit
		want    bool
	}{
		{KindVisited, event.Up(home), "", true}, {KindVisited, event.Up(other), "", false}, {KindVisited, event.To(county, home), "", false}, {KindVisited, event.Down(home), "", false},
		{KindRevisited, event.To(county, home), "", true}, {KindRevisited, event.Up(home), "", false},
		{KindCorrectionApproved, event.To(county, home), "", true}, {KindCorrectionApproved, event.Up(home), "", false}, {KindCorrectionApproved, event.To(other, home), "", false},
		{KindDecided, event.To(county, home), county, true}, {KindDecided, event.To(city, home), county, false}, {KindDecided, event.Up(home), home, false},
		{KindNumberAssigned, event.To(county, home), city, true}, {KindNumberAssigned, event.To(city, home), city, false},
		{KindCaseOpened, event.Up(home), county, true}, {KindCaseOpened, event.To(city, home), county, true}, {KindCaseOpened, event.To(other, home), county, false},
		{KindReversed, event.To(county, home), county, true}, {KindReversed, event.To(other, home), other, false},
	} {
		if got := MayWrite(c.kind, home, c.decider, c.stream); got != c.want {
			t.Errorf("%s in %s: %v", c.kind, c.stream, got)
		}
	}
	if !MayWrite(KindProposed, county, county, event.Up(county)) || MayWrite(KindProposed, home, home, event.Up(home)) {
		t.Error("a proposal stands in the deciding unit's own stream")
	}
}

// A correction that gives an item settles a difference of that item only.
func TestSettled(t *testing.T) {
	name, empty := "王刚", ""
	v := Visited{Differences: []Difference{{Tenure: "a", Item: "name"}, {Tenure: "a", Item: "workplace"}, {Tenure: "b", Item: "sex"}}}
	through := func(stage string, it register.Items) Correction {
		return Correction{Matter: Matter{Stage: stage}, Body: CorrectionProposed{Items: it}}
	}
	if Settled(&v, "a", []Correction{through(StageCarriedOut, register.Items{Name: &name})}) {
		t.Error("the workplace is open")
	}
	if !Settled(&v, "a", []Correction{through(StageRefused, register.Items{Name: &name}), through(StageCarriedOut, register.Items{Workplace: &empty})}) {
		t.Error("both are through")
	}
	if Settled(&v, "b", []Correction{through(StageProposed, register.Items{Sex: &name})}) {
		t.Error("it waits")
	}
}

// Every kind of entry has words; every kind of case too.
func TestWords(t *testing.T) {
	for kind, w := range Words {
		if w.ZH == "" || w.EN == "" {
			t.Error(kind)
		}
	}
	for kind, w := range CaseKinds {
		if w.ZH == "" || w.EN == "" {
			t.Error(kind)
		}
	}
}

// A case between two stations is decided when both sides are here: who knows one side only decides nothing.
func TestProposeCase_WaitsForEverySide(t *testing.T) {
	const a, b event.Unit = "220102001", "220102002"
	side := func(unit, other event.Unit) Side {
		return Side{Matter: Matter{Unit: unit, ID: "case", Kind: CaseDouble, OpenedAt: 1, Decider: "220102"}, Opened: CaseOpened{Others: []event.Unit{other}}}
	}
	by := By{Unit: "220102", Operator: "o", Today: citizen.MustDate("2005-09-12")}
	for want, sides := range map[string][]Side{"verify.side_missing": {side(a, b)}, "verify.not_heard": {side(a, b), side(b, a)}} {
		_, err := ProposeCase(by, sides, Proposals{}, nil, "g")
		if r, ok := event.AsRefusal(err); !ok || r.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
