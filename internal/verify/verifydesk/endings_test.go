package verifydesk_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// A notice is served after the decision that it tells of: an earlier day would end the period for objections before it began.
func TestCase_NoticeIsNotOlderThanTheDecision(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	first, second, id := n.double(s1, s2)
	n.heard(s1, id, first)
	n.heard(s2, id, second)
	n.later(3)
	n.decided(county, id, first, second)
	serve := verifydesk.ServeInput{Case: id, Tenure: first, On: n.today().AddDays(-30), To: "赵四", How: "hand"}
	n.Refused(officer(s1), "verify.serve_notice", serve, "verify.notice_early")
	serve.On = n.today()
	n.do(officer(s1), "verify.serve_notice", serve)
	n.Refused(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id}, "verify.objection_period")
	n.Check()
}

// What ended meanwhile in another way needs no decision any more, and its case is not kept open for ever.
func TestCase_EndedMeanwhile(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 951)...)
	dead := must[verifydesk.OpenOutput](n, officer(s1), "verify.open_case", verifydesk.OpenInput{Kind: verify.CaseDead, Tenures: ids[:1], Clue: "民政死亡名单"}).Case
	n.heard(s1, dead, ids[0])
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: dead, Ground: "死亡证明", Orders: []verify.CaseOrder{{Tenure: ids[0], Do: verify.DoCancel}}})
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: dead})
	n.served(s1, dead, ids[0])
	n.do(clerk(s1), "register.death", registerdesk.DeathInput{Tenure: ids[0], Date: n.today()})
	n.later(16)
	if out := must[verifydesk.CarryOutput](n, clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: dead}); !out.Returned {
		t.Fatalf("%+v", out)
	}
	n.do(officer(s1), "verify.settle", verifydesk.SettleInput{Case: dead, Words: "家属已申报死亡"})
	if got := n.stage(s1, dead); got != verify.StageClosed {
		t.Errorf("the family declared the death: %s", got)
	}

	first, second, id := n.double(s1, s2)
	n.heard(s1, id, first)
	n.heard(s2, id, second)
	n.Refused(officer(s1), "verify.settle", verifydesk.SettleInput{Case: id, Words: "一致"}, "verify.needs_decision")
	n.do(clerk(s1), "register.move_out", registerdesk.MoveOutInput{Tenure: first, Destination: "沈阳", On: n.today(), Reason: moveReason(t)})
	n.do(officer(s1), "verify.settle", verifydesk.SettleInput{Case: id, Words: "已迁往市外"})
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "一处已迁出", Orders: []verify.CaseOrder{{Tenure: first, Do: verify.DoKeep}, {Tenure: second, Do: verify.DoKeep}}})
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: id})
	n.served(s2, id, second)
	n.later(16)
	n.do(clerk(s2), "verify.carry_out", verifydesk.CaseInput{Case: id})
	n.do(officer(s1), "verify.settle", verifydesk.SettleInput{Case: id, Words: "已迁往市外"})
	if n.stage(s1, id) != verify.StageClosed || n.stage(s2, id) != verify.StageClosed {
		t.Errorf("moved away: %s %s", n.stage(s1, id), n.stage(s2, id))
	}

	wrong := must[verifydesk.OpenOutput](n, officer(s1), "verify.open_case", verifydesk.OpenInput{Kind: verify.CaseWrongNumber, Tenures: ids[1:], Clue: "校验码不对"}).Case
	n.do(clerk(s1), "register.move_out", registerdesk.MoveOutInput{Tenure: ids[1], ToUnit: s3, On: n.today(), Reason: moveReason(t)})
	n.do(officer(s1), "verify.settle", verifydesk.SettleInput{Case: wrong, Words: "已迁往他所，由该所另行立案"})
	if got := n.stage(s1, wrong); got != verify.StageClosed {
		t.Errorf("moved to another station: %s", got)
	}
	if report, laws := n.audit(); len(laws) > 0 {
		t.Errorf("%v", report.Errors)
	}
	n.Check()
}

// carriedThenObjected has the first side's registration ended before the second side's person objects, who was served later.
func (n *node) carriedThenObjected() (first, second, id string) {
	n.t.Helper()
	first, second, id = n.double(s1, s2)
	n.heard(s1, id, first)
	n.heard(s2, id, second)
	n.decided(county, id, first, second)
	n.served(s1, id, first)
	n.later(16)
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
	n.served(s2, id, second)
	n.do(officer(s2), "verify.object", verifydesk.HearInput{Case: id, Tenure: second, On: n.today(), Words: "那不是我"})
	return first, second, id
}

func (n *node) again(id string, orders ...verify.CaseOrder) {
	n.t.Helper()
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "异议成立", Orders: orders})
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: id})
}

func (n *node) carriedOut(id string, sides map[event.Unit]string) {
	n.t.Helper()
	for unit, tenure := range sides {
		n.served(unit, id, tenure)
	}
	n.later(16)
	for unit := range sides {
		if out := must[verifydesk.CarryOutput](n, clerk(unit), "verify.carry_out", verifydesk.CaseInput{Case: id}); out.Returned {
			n.t.Errorf("%s gave it back: %s", unit, out.Ground)
		}
		n.react()
	}
	for unit := range sides {
		if got := n.stage(unit, id); got != verify.StageClosed {
			n.t.Errorf("%s: %s", unit, got)
		}
	}
}

// A registration that ended in an earlier round is given back: at once on proof of life, or by the new decision; and a case is through when the new
// decision says the same as the old.
func TestCase_EndedBeforeItWasDecidedAnew(t *testing.T) {
	for name, c := range map[string]struct {
		live   bool
		orders [2]string
		state  [2]string
	}{
		"proof of life, before the new decision is carried out": {true, [2]string{verify.DoKeep, verify.DoKeep}, [2]string{register.StateOpen, register.StateOpen}},
		"the new decision gives it back":                        {false, [2]string{verify.DoKeep, verify.DoCancel}, [2]string{register.StateOpen, register.StateCancelled}},
		"the new decision ends it too":                          {false, [2]string{verify.DoCancel, verify.DoKeep}, [2]string{register.StateCancelled, register.StateOpen}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, storetest.SQLiteConfig(t))
			first, second, id := n.carriedThenObjected()
			n.again(id, verify.CaseOrder{Tenure: first, Do: c.orders[0]}, verify.CaseOrder{Tenure: second, Do: c.orders[1]})
			if c.live {
				n.do(officer(s1), "verify.prove_life", verifydesk.HearInput{Case: id, Tenure: first, On: n.today(), Words: "本人到所"})
				if got := n.stage(s1, id); got != verify.StageProved {
					t.Errorf("stage %s", got)
				}
				n.do(leader(county), "verify.reverse", verifydesk.ReverseInput{Case: id, Tenure: first, Ground: "核实为两人"})
				if n.tenure(first).State != register.StateOpen {
					t.Fatal("not restored within the day")
				}
				n.Refused(leader(county), "verify.reverse", verifydesk.ReverseInput{Case: id, Tenure: first, Ground: "核实为两人"}, "verify.not_ended")
			}
			n.carriedOut(id, map[event.Unit]string{s1: first, s2: second})
			if n.tenure(first).State != c.state[0] || n.tenure(second).State != c.state[1] {
				t.Errorf("%s %s", n.tenure(first).State, n.tenure(second).State)
			}
			if report, laws := n.audit(); len(laws) > 0 {
				t.Errorf("%v", report.Errors)
			}
			n.Check()
		})
	}
}

// A side that was reversed does not keep the others of its case open.
func TestCase_ReversedBeforeTheOtherIsThrough(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	first, second, id := n.double(s1, s2)
	n.heard(s1, id, first)
	n.heard(s2, id, second)
	n.decided(county, id, first, second)
	n.served(s1, id, first)
	n.served(s2, id, second)
	n.later(16)
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
	n.do(leader(county), "verify.reverse", verifydesk.ReverseInput{Case: id, Tenure: first, Ground: "核实为两人"})
	n.do(clerk(s2), "verify.carry_out", verifydesk.CaseInput{Case: id})
	if n.stage(s1, id) != verify.StageReversed || n.stage(s2, id) != verify.StageClosed {
		t.Errorf("%s %s", n.stage(s1, id), n.stage(s2, id))
	}
	n.Check()
}

// A comparison's order to change the record ends when the unit above refuses the change: nobody's card waits for ever for what will not come.
func TestCompare_RefusedChangeHoldsNobody(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	differs := func(tenure string) []verifydesk.ComparedMember {
		return []verifydesk.ComparedMember{{Tenure: tenure, Differs: []verify.Typed{{Source: "form", Item: "name", Value: "李玫"}, {Source: "booklet", Item: "name", Value: "李玫"}}}}
	}
	looked := []string{"form", "booklet"}
	out := must[[]verifydesk.ComparedOutput](n, clerk(s1), "verify.compare", verifydesk.CompareInput{Looked: looked, Members: differs(ids[1])})
	done := verifydesk.OrderInput{Comparison: out[0].Comparison, Source: "computer", Item: "name", On: n.today()}
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "登记表", Source: out[0].Comparison})
	n.Refused(clerk(s1), "verify.order_done", done, "verify.record_unchanged")
	n.do(reviewer(county), "verify.refuse_correction", verifydesk.JudgeInput{Correction: c.Correction, Ground: "微机记录无误"})
	if !n.holds(ids[1]) {
		t.Fatal("the order has not been looked at again")
	}
	n.do(clerk(s1), "verify.order_done", done)
	if n.holds(ids[1]) {
		t.Error("the refusal holds the person's card")
	}

	// Nor does the order of a station that the person has left.
	out = must[[]verifydesk.ComparedOutput](n, clerk(s1), "verify.compare", verifydesk.CompareInput{Looked: looked, Members: []verifydesk.ComparedMember{{Tenure: ids[0],
		Differs: []verify.Typed{{Source: "form", Item: "name", Value: "王刚"}, {Source: "booklet", Item: "name", Value: "王刚"}}}}})
	n.do(clerk(s1), "register.move_out", registerdesk.MoveOutInput{Tenure: ids[0], ToUnit: s2, On: n.today(), Reason: moveReason(t)})
	done.Comparison = out[0].Comparison
	n.do(clerk(s1), "verify.order_done", done)
	if n.holds(ids[0]) {
		t.Error("a station that the person has left holds the card")
	}
	n.Check()
}

// A correction that went back is over: it stays a correction, and nobody is told that it waits.
func TestCorrection_ReturnedIsOver(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "结婚证"})
	n.do(clerk(s1), "register.move_out", registerdesk.MoveOutInput{Tenure: ids[1], ToUnit: s2, On: n.today(), Reason: moveReason(t)})
	n.later(1)
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
	all := must[[]verifydesk.Listed](n, clerk(s1), "verify.list", verifydesk.ListInput{Purpose: "办案", What: "corrections"})
	if len(all) != 1 || all[0].Stage != verify.StageReturned || all[0].Tenure != ids[1] {
		t.Errorf("%+v", all)
	}
	n.later(60)
	if late := must[[]verifydesk.Listed](n, reviewer(county), "verify.list", verifydesk.ListInput{Purpose: "督办", What: "late"}); len(late) != 0 {
		t.Errorf("late for ever: %+v", late)
	}
	n.Check()
}

// An approval under the proposer's own name counts for nothing, and does not hold the person either: another decides.
func TestCorrection_NobodyApprovesHisOwn(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "结婚证"}).Correction
	if _, err := n.Act(context.Background(), office.Operator{ID: clerk(s1).ID, Unit: county}, func(_ context.Context, w *office.Work) error {
		w.Emit(event.Event{Stream: event.To(county, s1), Kind: verify.KindCorrectionApproved, V: 1, Subject: c,
			Body: verify.CorrectionDecided{About: verify.About{Matter: c, Home: s1}, Proposer: "somebody"}})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n.react()
	if got := n.stage(s1, c); got != verify.StageProposed {
		t.Errorf("stage %s", got)
	}
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c})
	if n.tenure(ids[1]).Record.Name != "李玫" || n.holds(ids[1]) {
		t.Error("the person is held for ever")
	}
	n.Check()
}

// A station that is no side of a case can neither reopen it nor keep it open, whatever it files under the case's name.
func TestCase_StrangersDoNotCount(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	first, second, id := n.double(s2, s3)
	n.heard(s2, id, first)
	n.heard(s3, id, second)
	stranger := func(body any, kind string) {
		t.Helper()
		if _, err := n.Act(context.Background(), office.Operator{ID: "q", Unit: s1}, func(_ context.Context, w *office.Work) error {
			w.Emit(event.Event{Stream: event.Up(s1), Kind: kind, V: 1, Subject: id, Body: body})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		n.react()
	}
	stranger(verify.CaseOpened{About: verify.About{Matter: id, Home: s1, Decider: county}, Kind: verify.CaseDouble, Clue: "x"}, verify.KindCaseOpened)
	n.decided(city, id, first, second)
	stranger(verify.Objected{About: verify.About{Matter: id, Home: s1, Decider: city}, Round: 1, Words: "w"}, verify.KindObjected)
	if n.stage(s2, id) != verify.StageDecided {
		t.Errorf("a stranger reopened the case: %s", n.stage(s2, id))
	}
	n.served(s2, id, first)
	n.served(s3, id, second)
	n.later(16)
	n.do(clerk(s2), "verify.carry_out", verifydesk.CaseInput{Case: id})
	n.do(clerk(s3), "verify.carry_out", verifydesk.CaseInput{Case: id})
	if n.stage(s2, id) != verify.StageClosed || n.stage(s3, id) != verify.StageClosed {
		t.Errorf("a stranger keeps the case open: %s %s", n.stage(s2, id), n.stage(s3, id))
	}
	n.Check()
}

// Who looks at a visit or a case is recorded with every person that it shows.
func TestShow_RecordsEverybodyShown(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids[:1],
		Absent: []verify.Absence{{Tenure: ids[1], Where: "上海"}}}).Visit
	hung := must[verifydesk.OpenOutput](n, officer(s1), "verify.open_case", verifydesk.OpenInput{Kind: verify.CaseEmptyHung, Tenures: ids, Clue: "房屋已拆"}).Case
	for _, matter := range []string{visit, hung} {
		must[verifydesk.Shown](n, clerk(s1), "verify.show", verifydesk.ShowInput{Matter: matter, Purpose: "办案"})
		var last register.LookedUp
		n.Read(func(tx *store.Tx) error {
			return journal.Each(context.Background(), tx, func(e *journal.Entry) error {
				if e.Kind != register.KindLookedUp {
					return nil
				}
				return e.Decode(&last)
			})
		})
		if len(last.Tenures) != 2 {
			t.Errorf("%+v", last)
		}
	}
	n.Refused(reviewer(county2), "verify.open_case", verifydesk.OpenInput{Kind: verify.CaseEmptyHung, Tenures: ids[:1], Clue: "x"}, "verify.other_area")
	n.Check()
}

// 户口登记条例第7条: every unregistered child has a case of its own, whether one visit finds them all or a later one another.
func TestVisit_EveryChildHasACase(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	visit := func(names ...string) int {
		in := verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids}
		for _, name := range names {
			in.Unregistered = append(in.Unregistered, verify.Unregistered{Name: name, Sex: "1", Child: true})
		}
		return len(must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", in).Cases)
	}
	for _, c := range []struct {
		names []string
		cases int
	}{{[]string{"王一"}, 1}, {[]string{"王一", "王二"}, 1}, {[]string{"王一", "王二"}, 0}} {
		if got := visit(c.names...); got != c.cases {
			t.Errorf("%v: %d cases opened, want %d", c.names, got, c.cases)
		}
	}
	n.Check()
}
