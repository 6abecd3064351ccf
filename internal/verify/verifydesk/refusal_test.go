package verifydesk_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// Each desk refuses the wrong person, level, order, date, state, unit and role.
func TestRefusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	elsewhere := n.load(s2, family("2", 943)...)
	tomorrow := n.today().AddDays(1)
	visit := func(change func(*verifydesk.VisitInput)) verifydesk.VisitInput {
		in := verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids}
		change(&in)
		return in
	}
	correction := func(change func(*verifydesk.ProposeInput)) verifydesk.ProposeInput {
		in := verifydesk.ProposeInput{Tenure: ids[0], Items: register.Items{Name: text("王刚")}, Category: "22", On: n.today(), Evidence: "户口簿"}
		change(&in)
		return in
	}
	waiting := must[verifydesk.ProposeOutput](n, op(s1, "both", office.Clerk, office.Reviewer), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Tenure = ids[1] })).Correction
	done := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Items = register.Items{Workplace: text("一汽")} })).Correction
	self := op(county, "both", office.Reviewer)
	self.ID = "both-" + string(s1)
	compare := func(change func(*verifydesk.CompareInput)) verifydesk.CompareInput {
		in := verifydesk.CompareInput{Looked: []string{"form"}, Members: []verifydesk.ComparedMember{{Tenure: ids[0]}}}
		change(&in)
		return in
	}
	typed := func(ty verify.Typed) verifydesk.CompareInput {
		return compare(func(in *verifydesk.CompareInput) { in.Members[0].Differs = []verify.Typed{ty} })
	}
	open := func(kind, clue string, tenures ...string) verifydesk.OpenInput {
		return verifydesk.OpenInput{Kind: kind, Clue: clue, Tenures: tenures}
	}
	dead := must[verifydesk.OpenOutput](n, officer(s1), "verify.open_case", open(verify.CaseDead, "死亡名单", ids[1])).Case
	hear := func(change func(*verifydesk.HearInput)) verifydesk.HearInput {
		in := verifydesk.HearInput{Case: dead, Tenure: ids[1], On: n.today(), Words: "健在"}
		change(&in)
		return in
	}
	find := func(change func(*verifydesk.FindInput)) verifydesk.FindInput {
		in := verifydesk.FindInput{Case: dead, Tenure: ids[1], On: n.today(), Words: "已走访"}
		change(&in)
		return in
	}
	for _, c := range []struct {
		by     office.Operator
		action string
		in     any
		code   string
	}{
		{reviewer(county), "verify.visited", visit(func(*verifydesk.VisitInput) {}), "office.role"},
		{officer(county), "verify.visited", visit(func(*verifydesk.VisitInput) {}), "office.level"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) { in.HouseholdNo = "9" }), "verify.no_household"},
		{officer(s2), "verify.visited", visit(func(*verifydesk.VisitInput) {}), "verify.no_household"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) { in.On = tomorrow }), "verify.date"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) { in.Signed = " " }), "verify.not_signed"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) { in.Present = ids[:1] }), "verify.unaccounted"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) { in.Absent = []verify.Absence{{Tenure: ids[0], Where: "外地"}} }), "verify.unaccounted"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) {
			in.Present, in.Absent = ids[:1], []verify.Absence{{Tenure: ids[1]}}
		}), "verify.no_words"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) {
			in.Present, in.Marks = ids[:1], []verify.Mark{{Tenure: ids[1], Mark: "wanted", Words: "x"}}
		}), "verify.mark"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) {
			in.Present, in.Marks = ids[:1], []verify.Mark{{Tenure: ids[1], Mark: verify.MarkNotHere}}
		}), "verify.no_words"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) { in.Present = append([]string{elsewhere[0]}, ids...) }), "verify.not_member"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) {
			in.Present, in.Absent, in.Differences = ids[:1], []verify.Absence{{Tenure: ids[1], Where: "外地"}}, []verify.Difference{{Tenure: ids[1], Item: "name", Told: "x"}}
		}), "verify.not_seen"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) {
			in.Differences = []verify.Difference{{Tenure: ids[0], Item: "height", Told: "x"}}
		}), "verify.item"},
		{officer(s1), "verify.visited", visit(func(in *verifydesk.VisitInput) {
			in.Differences = []verify.Difference{{Tenure: ids[0], Item: "name", Told: "王强1"}}
		}), "verify.no_difference"},
		{officer(county2), "verify.revisit", visit(func(in *verifydesk.VisitInput) { in.Unit = s1 }), "office.other_area"},
		{officer(county2), "verify.visit_plan", verifydesk.PlanInput{Unit: s1, Purpose: "入户"}, "office.other_area"},
		{officer(s1), "verify.visit_plan", verifydesk.PlanInput{}, "register.no_purpose"},

		{clerk(s1), "register.correct", map[string]any{"tenure": ids[0], "items": map[string]any{"name": "王刚"}, "category": "22", "on": n.today()}, "register.needs_approval"},
		{clerk(s2), "verify.propose_correction", correction(func(*verifydesk.ProposeInput) {}), "verify.not_ours"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Tenure = "x" }), "verify.not_ours"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Evidence = "" }), "verify.no_words"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.On = tomorrow }), "verify.date"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Category = "00" }), "verify.category"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Source = "x" }), "verify.unknown"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Tenure = ids[1] }), "verify.pending"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Items = register.Items{Name: text("王强1")} }), "register.nothing_changed"},
		{clerk(s1), "verify.propose_correction", correction(func(in *verifydesk.ProposeInput) { in.Items = register.Items{Number: text("1")} }), "register.number"},
		{clerk(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: waiting}, "office.role"},
		{reviewer(s1), "verify.approve_correction", verifydesk.JudgeInput{Correction: waiting}, "office.level"},
		{reviewer(county2), "verify.approve_correction", verifydesk.JudgeInput{Correction: waiting}, "verify.level"},
		{reviewer(city), "verify.approve_correction", verifydesk.JudgeInput{Correction: waiting}, "verify.level"},
		{self, "verify.approve_correction", verifydesk.JudgeInput{Correction: waiting}, "verify.same_person"},
		{reviewer(county), "verify.refuse_correction", verifydesk.JudgeInput{Correction: waiting}, "verify.no_words"},
		{reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: "x"}, "verify.unknown"},
		{reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: done}, "verify.decided_already"},

		{clerk(s2), "verify.compare", compare(func(*verifydesk.CompareInput) {}), "verify.not_ours"},
		{clerk(s1), "verify.compare", compare(func(in *verifydesk.CompareInput) { in.Looked = nil }), "verify.nothing_looked_at"},
		{clerk(s1), "verify.compare", compare(func(in *verifydesk.CompareInput) { in.Looked = []string{"rumour"} }), "verify.source"},
		{clerk(s1), "verify.compare", typed(verify.Typed{Source: "booklet", Item: "name", Value: "x"}), "verify.source"},
		{clerk(s1), "verify.compare", typed(verify.Typed{Source: "form", Item: "height", Value: "x"}), "verify.item"},
		{clerk(s1), "verify.order_done", verifydesk.OrderInput{Comparison: "x", Source: "form", Item: "name", On: n.today()}, "verify.unknown"},

		{officer(s1), "verify.open_case", open("feud", "x", ids[0]), "verify.case_kind"},
		{officer(s1), "verify.open_case", open(verify.CaseDead, " ", ids[0]), "verify.no_words"},
		{officer(s1), "verify.open_case", open(verify.CaseDead, "x"), "verify.parties"},
		{officer(s1), "verify.open_case", open(verify.CaseDouble, "x", ids[0]), "verify.parties"},
		{officer(s1), "verify.open_case", open(verify.CaseChild, "x", ids[0]), "verify.parties"},
		{officer(s1), "verify.open_case", open(verify.CaseDouble, "x", ids[0], elsewhere[0]), "verify.other_area"},
		{officer(s1), "verify.open_case", open(verify.CaseDead, "x", "nobody"), "verify.unknown"},
		{officer(s1), "verify.open_case", open(verify.CaseDead, "x", ids[1]), "verify.case_open"},
		{officer(s1), "verify.hear", hear(func(in *verifydesk.HearInput) { in.Case = "x" }), "verify.unknown"},
		{officer(s2), "verify.hear", hear(func(*verifydesk.HearInput) {}), "verify.unknown"}, // another station does not know the case
		{officer(s1), "verify.hear", hear(func(in *verifydesk.HearInput) { in.Tenure = ids[0] }), "verify.not_party"},
		{officer(s1), "verify.hear", hear(func(in *verifydesk.HearInput) { in.Words = "" }), "verify.no_words"},
		{officer(s1), "verify.hear", hear(func(in *verifydesk.HearInput) { in.On = tomorrow }), "verify.date"},
		{officer(s1), "verify.record_finding", find(func(in *verifydesk.FindInput) { in.Words = "" }), "verify.no_words"},
		{officer(s1), "verify.record_finding", find(func(in *verifydesk.FindInput) { in.On = tomorrow }), "verify.date"},
		{officer(s1), "verify.prove_life", hear(func(*verifydesk.HearInput) {}), "verify.not_ended"},
		{leader(county), "verify.reverse", verifydesk.ReverseInput{Case: dead, Tenure: ids[1], Ground: "x"}, "verify.not_ended"},
		{leader(county), "verify.reverse", verifydesk.ReverseInput{Case: "x", Tenure: ids[1], Ground: "x"}, "verify.unknown"},
		{clerk(s1), "verify.return_decision", verifydesk.CaseInput{Case: dead, Ground: "x"}, "verify.no_decision"},

		{clerk(s1), "verify.list", verifydesk.ListInput{Purpose: "x", What: "cases"}, "register.no_purpose"},
		{clerk(s1), "verify.list", verifydesk.ListInput{Purpose: "办案", What: "wanted"}, "verify.list"},
		{clerk(s1), "verify.show", verifydesk.ShowInput{Matter: dead}, "register.no_purpose"},
		{clerk(s2), "verify.show", verifydesk.ShowInput{Matter: dead, Purpose: "办案"}, "verify.unknown"},
		{clerk(s1), "verify.progress", verifydesk.UnitInput{Unit: s2}, "office.other_area"},
		{clerk(s1), "verify.check_person", verifydesk.PersonInput{Tenure: elsewhere[0], Purpose: "办案"}, "office.other_area"},
		{clerk(s1), "verify.check_person", verifydesk.PersonInput{Tenure: "x", Purpose: "办案"}, "verify.unknown"},
	} {
		n.Refused(c.by, c.action, c.in, c.code)
	}

	n.heard(s1, dead, ids[1])
	propose := verifydesk.ProposalInput{Case: dead, Orders: []verify.CaseOrder{{Tenure: ids[1], Do: verify.DoCancel}}}
	n.Refused(reviewer(county), "verify.propose", propose, "verify.no_words")
	propose.Ground = "死亡证明"
	n.do(reviewer(county), "verify.propose", propose)
	n.Refused(leader(county), "verify.refuse_proposal", verifydesk.CaseInput{Case: dead}, "verify.no_words")
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: dead})
	serve := verifydesk.ServeInput{Case: dead, Tenure: ids[1], On: tomorrow, To: "其子", How: "relatives"}
	n.Refused(officer(s1), "verify.serve_notice", serve, "verify.date")
	serve.On = n.today().AddDays(-1)
	n.Refused(officer(s1), "verify.serve_notice", serve, "verify.notice_early")
	serve.On, serve.How = n.today(), "shouted"
	n.Refused(officer(s1), "verify.serve_notice", serve, "verify.notice")
	n.Refused(clerk(s1), "verify.return_decision", verifydesk.CaseInput{Case: dead}, "verify.no_words")
	n.served(s1, dead, ids[1])
	n.Refused(officer(s1), "verify.object", hear(func(in *verifydesk.HearInput) { in.Words = "" }), "verify.no_words")
	n.Refused(officer(s1), "verify.object", hear(func(in *verifydesk.HearInput) { in.On = tomorrow }), "verify.date")
	n.later(16)
	n.Refused(officer(s1), "verify.object", hear(func(in *verifydesk.HearInput) { in.On = n.today() }), "verify.objection_late")
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: dead})
	n.Refused(officer(s1), "verify.hear", hear(func(*verifydesk.HearInput) {}), "verify.closed")
	n.Refused(officer(s1), "verify.prove_life", hear(func(in *verifydesk.HearInput) { in.Words = "" }), "verify.no_words")
	n.Refused(officer(s1), "verify.prove_life", hear(func(in *verifydesk.HearInput) { in.On = n.today().AddDays(1) }), "verify.date")
	n.Refused(leader(county), "verify.reverse", verifydesk.ReverseInput{Case: dead, Tenure: ids[1]}, "verify.no_words")
	n.Check()
}

// A correction that nobody decides on is listed as late after the county's working days; the station's part after its own.
func TestLate(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t)) // a Monday
	ids := n.load(s1, family("1", 941)...)
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[0], Items: register.Items{Name: text("王刚")}, Category: "22", On: n.today(), Evidence: "户口簿"})
	late := func() []verifydesk.Listed {
		return must[[]verifydesk.Listed](n, reviewer(county), "verify.list", verifydesk.ListInput{Purpose: "督办", What: "late"})
	}
	n.later(21)
	if all := late(); len(all) != 0 {
		t.Fatalf("late on the 15th working day: %+v", all)
	}
	n.later(1)
	if all := late(); len(all) != 1 || all[0].Who != county || all[0].ID != c.Correction || all[0].Due != citizen.MustDate("2005-10-03") {
		t.Fatalf("%+v", all)
	}
	if p := must[verifydesk.Progress](n, leader(county), "verify.progress", verifydesk.UnitInput{}); p.Late != 1 || p.CorrectionsOpen != 1 {
		t.Errorf("%+v", p)
	}
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
	if all := late(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	for _, what := range []string{"unvisited", "unverified", "runs", "findings", "visits", "revisits", "comparisons", "corrections", "cases", "proposals"} {
		must[[]verifydesk.Listed](n, clerk(s1), "verify.list", verifydesk.ListInput{Purpose: "办案", What: what})
	}
	if all := must[[]verifydesk.Listed](n, clerk(s1), "verify.list", verifydesk.ListInput{Purpose: "办案", What: "unverified"}); len(all) != 2 || all[0].Name != "王刚" {
		t.Errorf("%+v", all)
	}
}
