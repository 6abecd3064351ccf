package verifydesk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// needed is what the sides of a case wait for, as an operator is told: "unit act" in order.
func (n *node) needed(by office.Operator, id string) string {
	n.t.Helper()
	var all []string
	for _, side := range must[verifydesk.Shown](n, by, "verify.show", verifydesk.ShowInput{Matter: id, Purpose: "办案"}).Sides {
		for _, turn := range side.Turns {
			if turn.Needed {
				all = append(all, string(turn.Who)+" "+turn.Do)
			}
		}
	}
	return strings.Join(slices.Compact(all), ", ")
}

func (n *node) waiting(by office.Operator) verifydesk.Waiting {
	n.t.Helper()
	return must[verifydesk.Waiting](n, by, "verify.waiting", nil)
}

// What a page is told to be needed is what the rules ask for next, at each step of a case between two counties; and it is counted at the unit whose turn it is.
func TestTurns_WalkThree(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		first, second, id := n.double(s1, s3)
		want := func(by office.Operator, text string) {
			t.Helper()
			if got := n.needed(by, id); got != text {
				t.Errorf("at %s: %s\nwant %s", by.Unit, got, text)
			}
		}
		cases := func(unit event.Unit, want int) {
			t.Helper()
			if got := n.waiting(leader(unit)); got.Cases != want {
				t.Errorf("%s: %+v, want %d cases", unit, got, want)
			}
		}
		want(officer(s1), "220102001 verify.hear, 220102001 verify.record_finding")
		cases(s1, 1)
		cases(city, 0)
		n.heard(s1, id, first)
		cases(s1, 0)
		cases(city, 0)
		n.heard(s3, id, second)
		want(leader(city), "220100 verify.propose")
		cases(city, 1)
		n.do(reviewer(city), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "保留现居住地户口", Orders: []verify.CaseOrder{{Tenure: first, Do: verify.DoCancel}, {Tenure: second, Do: verify.DoKeep}}})
		want(leader(city), "220100 verify.decide")
		cases(city, 1)
		n.do(leader(city), "verify.decide", verifydesk.CaseInput{Case: id})
		want(clerk(s1), "220102001 verify.serve_notice")
		cases(city, 0)
		cases(s1, 1)
		n.served(s1, id, first)
		n.served(s3, id, second)
		want(clerk(s1), "220102001 objection")
		cases(s1, 0)
		n.later(16)
		want(clerk(s1), "220102001 verify.carry_out")
		cases(s1, 1)
		n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
		want(clerk(s1), "220100 others")
		n.do(clerk(s3), "verify.carry_out", verifydesk.CaseInput{Case: id})
		want(leader(city), "")
		n.do(officer(s1), "verify.prove_life", verifydesk.HearInput{Case: id, Tenure: first, On: n.today(), Words: "本人到所，系另一人"})
		want(leader(city), "220100 verify.reverse")
		if got := n.waiting(leader(city)); got.Urgent != 1 {
			t.Errorf("%+v", got)
		}
		list := must[[]verifydesk.Listed](n, leader(city), "verify.list", verifydesk.ListInput{Purpose: "办案", What: "waiting"})
		if len(list) != 1 || list[0].ID != id || list[0].Name != "赵四" || list[0].Who != city || list[0].Due != n.today().AddDays(1) {
			t.Errorf("%+v", list)
		}
		shown := must[verifydesk.Shown](n, leader(city), "verify.show", verifydesk.ShowInput{Matter: id, Purpose: "办案"})
		if len(shown.Persons) != 2 || shown.Persons[0].Record.Name != "赵四" || len(shown.Persons[0].History)+len(shown.Persons[1].History) != 2 {
			t.Errorf("who decides does not see the registrations: %+v", shown.Persons)
		}
		if shown := must[verifydesk.Shown](n, clerk(s1), "verify.show", verifydesk.ShowInput{Matter: id, Purpose: "办案"}); len(shown.Persons) != 1 || shown.Persons[0].Unit != s1 {
			t.Errorf("a station sees more than its own side: %+v", shown.Persons)
		}
		n.do(leader(city), "verify.reverse", verifydesk.ReverseInput{Case: id, Tenure: first, Ground: "核实为两人"})
		want(leader(city), "")
		cases(city, 0)
	})
}

// A child's case is the station's to settle, heard or not: nobody above has to decide that a child is registered.
func TestTurns_Child(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		members := n.load(s1, family("20", 11)...)
		out := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "20", On: n.today(), Signed: "王强20", Present: members,
			Unregistered: []verify.Unregistered{{Name: "王小", Sex: "1", BirthDate: n.today().AddDays(-40), Child: true}}})
		id := out.Cases[0]
		if got := n.needed(clerk(s1), id); got != "220102001 verify.settle" {
			t.Error(got)
		}
		n.heard(s1, id, "")
		if got := n.needed(clerk(s1), id); got != "220102001 verify.settle" {
			t.Error(got)
		}
		if got := n.waiting(clerk(s1)); got.Cases != 1 || got.Visits != 0 {
			t.Errorf("%+v", got)
		}
		progress := must[verifydesk.Progress](n, leader(county), "verify.progress", verifydesk.UnitInput{Unit: s1})
		if len(progress.By) != 1 || progress.By[0].Operator != officer(s1).ID || progress.By[0].N != 2 {
			t.Errorf("who verified: %+v", progress.By)
		}
		if got := n.waiting(leader(county)); got.Cases != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// The plan goes on after a household that is not in it any more, and says how many there are.
func TestVisitPlan_After(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		first := n.load(s1, family("31", 21)...)
		n.load(s1, family("32", 31)...)
		n.load(s1, family("33", 41)...)
		if got := n.waiting(officer(s1)).Visits; got != 3 {
			t.Error(got)
		}
		n.do(officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "31", On: n.today(), Signed: "王强31", Present: first})
		plan := must[verifydesk.Plan](n, officer(s1), "verify.visit_plan", verifydesk.PlanInput{Purpose: "入户核对", After: "31", Limit: 1})
		if plan.Total != 2 || len(plan.Households) != 1 || plan.Households[0].HouseholdNo != "32" {
			t.Errorf("%+v", plan)
		}
		plan = must[verifydesk.Plan](n, officer(s1), "verify.visit_plan", verifydesk.PlanInput{Purpose: "入户核对", After: "33"})
		if plan.Total != 2 || len(plan.Households) != 0 {
			t.Errorf("%+v", plan)
		}
		plan = must[verifydesk.Plan](n, leader(county), "verify.visit_plan", verifydesk.PlanInput{Purpose: "复查入户", Unit: s1, Number: "31"})
		if len(plan.Households) != 1 || len(plan.Households[0].Members) != 2 {
			t.Errorf("%+v", plan)
		}
		n.Refused(leader(county2), "verify.visit_plan", verifydesk.PlanInput{Purpose: "复查入户", Unit: s1, Number: "31"}, "office.other_area")
	})
}

// The plan goes along the streets, each household once, at the first of its members' addresses; turned page by page it is the same, with a true total, and so are the lists of whom
// nobody has visited and found right.
func TestVisitPlan_AlongTheStreets(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		addresses := map[string][2]string{ // by household: where its two members are registered
			"41": {"南关区丙街1号", "南关区丙街1号"}, "42": {"南关区甲街2号", "南关区丁街9号"}, "43": {"南关区丁街3号", "南关区乙街3号"}, "44": {"南关区乙街3号", "南关区乙街3号"}, "45": {"朝阳区甲街5号", "南关区甲街5号"}}
		members := make(map[string][]string)
		for i, no := range []string{"41", "42", "43", "44", "45"} {
			two := family(no, 51+10*i)
			two[0].Address, two[1].Address = addresses[no][0], addresses[no][1]
			members[no] = n.load(s1, two...)
		}
		n.do(officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "44", On: n.today(), Signed: "王强44", Present: members["44"]})
		order := func(in verifydesk.PlanInput) (all []string, total int) {
			in.Purpose = "入户核对"
			for {
				plan := must[verifydesk.Plan](n, officer(s1), "verify.visit_plan", in)
				for _, h := range plan.Households {
					all = append(all, h.HouseholdNo)
				}
				if total = plan.Total; in.Limit == 0 || len(plan.Households) == 0 {
					return all, total
				}
				in.After = all[len(all)-1]
			}
		}
		for _, test := range []struct {
			in    verifydesk.PlanInput
			want  []string
			total int
		}{
			{verifydesk.PlanInput{}, []string{"41", "43", "42", "45"}, 4},
			{verifydesk.PlanInput{Limit: 1}, []string{"41", "43", "42", "45"}, 4},
			{verifydesk.PlanInput{Limit: 3}, []string{"41", "43", "42", "45"}, 4},
			{verifydesk.PlanInput{Address: "朝阳区"}, []string{"45"}, 1},
			{verifydesk.PlanInput{Address: "南关区乙街"}, []string{"43"}, 1},
			{verifydesk.PlanInput{Sample: true, Limit: 1}, []string{"44"}, 1},
		} {
			slices.SortStableFunc(test.want, func(a, b string) int {
				return strings.Compare(firstOf(addresses[a], test.in.Address), firstOf(addresses[b], test.in.Address))
			})
			if got, total := order(test.in); !slices.Equal(got, test.want) || total != test.total {
				t.Errorf("%+v: %v of %d, want %v of %d", test.in, got, total, test.want, test.total)
			}
		}
		for what, want := range map[string]int{"unvisited": 4, "unverified": 8} {
			for _, limit := range []int{0, 3} {
				left := must[[]verifydesk.Listed](n, officer(s1), "verify.list", verifydesk.ListInput{Purpose: "入户核对", What: what, Limit: limit})
				if limit > 0 && len(left) != limit || limit == 0 && len(left) != want || left[0].Name == "" || left[0].Address == "" {
					t.Errorf("%s, at most %d: %+v", what, limit, left)
				}
			}
		}
	})
}

// firstOf is the first of two addresses that begins with a text.
func firstOf(two [2]string, begin string) string {
	slices.Sort(two[:])
	if strings.HasPrefix(two[0], begin) {
		return two[0]
	}
	return two[1]
}
