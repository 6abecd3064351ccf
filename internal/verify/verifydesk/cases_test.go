package verifydesk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// double is a person who is registered at two stations under two numbers, with a child at the second, and the case that the city opened about it.
func (n *node) double(a, b event.Unit) (first, second, id string) {
	n.t.Helper()
	one := resident("赵四", citizen.Male, "1970-02-03", 941, "7", "02")
	other := resident("赵四", citizen.Male, "1970-02-03", 943, "8", "02")
	child := resident("赵小四", citizen.Male, "1995-02-03", 941, "8", "20")
	child.FatherNumber = one.Number
	first = n.load(a, one)[0]
	second = n.load(b, other, child)[0]
	cases := n.cases(a)[verify.CaseDouble]
	if len(cases) != 1 {
		n.t.Fatalf("%+v", n.cases(city))
	}
	return first, second, cases[0].ID
}

// heard has a side's person heard and looked into.
func (n *node) heard(unit event.Unit, id, tenure string) {
	n.t.Helper()
	n.do(officer(unit), "verify.hear", verifydesk.HearInput{Case: id, Tenure: tenure, On: n.today(), Words: "两处均为本人"})
	n.do(officer(unit), "verify.record_finding", verifydesk.FindInput{Case: id, Tenure: tenure, On: n.today(), Words: "已走访", LivesHere: true})
}

func (n *node) served(unit event.Unit, id, tenure string) {
	n.t.Helper()
	n.do(officer(unit), "verify.serve_notice", verifydesk.ServeInput{Case: id, Tenure: tenure, On: n.today(), To: "赵四", How: "hand"})
}

// decided has a case of two sides decided: the first registration ends, the second stays.
func (n *node) decided(unit event.Unit, id, ends, stays string) {
	n.t.Helper()
	n.do(reviewer(unit), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "保留现居住地户口", Orders: []verify.CaseOrder{{Tenure: ends, Do: verify.DoCancel}, {Tenure: stays, Do: verify.DoKeep}}})
	n.do(leader(unit), "verify.decide", verifydesk.CaseInput{Case: id})
}

// Walk 3 entire: opened by the city, both persons heard, proposed by one and decided by another at the nearest common superior, noticed, the
// objection period, carried out by the owners, closed; then reversed on proof of life, within the day.
func TestCase_WalkThree(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		first, second, id := n.double(s1, s3)
		oldNumber := n.tenure(first).Record.Number
		n.heard(s1, id, first)
		n.heard(s3, id, second)
		n.decided(city, id, first, second)
		if n.tenure(first).State != register.StateOpen {
			t.Fatal("the register changed before the decision was carried out")
		}
		n.served(s1, id, first)
		n.served(s3, id, second)
		n.later(15)
		n.Refused(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id}, "verify.objection_period")
		n.later(1)
		n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
		if n.stage(s1, id) != verify.StageCarriedOut || n.tenure(first).State != register.StateCancelled {
			t.Fatalf("%s %+v", n.stage(s1, id), n.tenure(first))
		}
		out := must[verifydesk.CarryOutput](n, clerk(s3), "verify.carry_out", verifydesk.CaseInput{Case: id})
		n.react()
		if out.Returned || len(out.Certificates) != 1 {
			t.Fatalf("%+v", out)
		}
		for _, unit := range []event.Unit{s1, s3} {
			if got := n.stage(unit, id); got != verify.StageClosed {
				t.Errorf("%s: %s", unit, got)
			}
		}
		n.Read(func(tx *store.Tx) error {
			found, err := registerdb.ByNumber(context.Background(), tx, oldNumber)
			if len(found) != 2 { // the ended registration, and the person who had the number
				t.Errorf("%+v", found)
			}
			members, _ := registerdb.Household(context.Background(), tx, s3, "8")
			for _, m := range members {
				if m.Record.FatherNumber == oldNumber {
					t.Error("the child still names the old number")
				}
			}
			return err
		})
		n.streams(t, map[string]string{verify.KindCaseOpened: "220100/to/220102001 220100/to/220104001", verify.KindPersonHeard: "220102001/up 220104001/up",
			verify.KindFindingRecorded: "220102001/up 220104001/up", verify.KindProposed: "220100/up", verify.KindDecided: "220100/to/220102001 220100/to/220104001",
			verify.KindNoticeServed: "220102001/up 220104001/up", register.KindCancelled: "220102001/up", register.KindIdentityLinked: "220104001/up",
			verify.KindCaseClosed: "220100/to/220102001 220100/to/220104001"})

		n.do(officer(s1), "verify.prove_life", verifydesk.HearInput{Case: id, Tenure: first, On: n.today(), Words: "本人到所，系另一人"})
		n.later(2)
		late := must[[]verifydesk.Listed](n, leader(city), "verify.list", verifydesk.ListInput{Purpose: "督办", What: "late"})
		if len(late) != 1 || late[0].Who != city {
			t.Errorf("%+v", late)
		}
		n.do(leader(city), "verify.reverse", verifydesk.ReverseInput{Case: id, Tenure: first, Ground: "核实为两人"})
		if n.tenure(first).State != register.StateOpen || n.stage(s1, id) != verify.StageReversed {
			t.Errorf("%s %+v", n.stage(s1, id), n.tenure(first))
		}
		n.Check()
	})
}

// streams compares in which streams the entries of each kind stand.
func (n *node) streams(t *testing.T, want map[string]string) {
	t.Helper()
	got := make(map[string][]string)
	told := make(map[event.Stream]string)
	n.Read(func(tx *store.Tx) error {
		return journal.Each(context.Background(), tx, func(e *journal.Entry) error {
			if len(got[e.Kind]) == 0 || got[e.Kind][len(got[e.Kind])-1] != string(e.Stream) {
				got[e.Kind] = append(got[e.Kind], string(e.Stream))
			}
			told[e.Stream] += string(e.Body)
			return nil
		})
	})
	for kind, streams := range want {
		if s := strings.Join(got[kind], " "); s != streams {
			t.Errorf("%s stands in %s, want %s", kind, s, streams)
		}
	}
	for _, secret := range []string{"赵四", "南关区"} {
		if strings.Contains(told["220100/to/220102001"], secret) {
			t.Errorf("one side is told %s", secret)
		}
	}
}

// Nobody's registration ends without two people, a notice and the time to object: every shortcut is refused, and a forged entry counts for nothing.
func TestCase_NoShortcut(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	first, second, id := n.double(s1, s2)
	orders := []verify.CaseOrder{{Tenure: first, Do: verify.DoCancel}, {Tenure: second, Do: verify.DoKeep}}
	proposal := verifydesk.ProposalInput{Case: id, Ground: "g", Orders: orders}
	one := verifydesk.CaseInput{Case: id, Ground: "g"}
	serve := verifydesk.ServeInput{Case: id, Tenure: first, On: n.today(), To: "赵四", How: "hand"}

	n.Refused(clerk(s1), "verify.carry_out", one, "verify.no_decision")
	n.Refused(clerk(s1), "verify.settle", verifydesk.SettleInput{Case: id, Words: "本人同意"}, "verify.needs_decision")
	n.Refused(officer(s1), "verify.serve_notice", serve, "verify.no_decision")
	n.Refused(reviewer(county), "verify.propose", proposal, "verify.not_heard")
	n.heard(s1, id, first)
	n.Refused(reviewer(county), "verify.propose", proposal, "verify.not_heard") // one side only
	n.heard(s2, id, second)
	n.Refused(reviewer(city), "verify.propose", proposal, "verify.level")
	n.Refused(reviewer(county2), "verify.propose", proposal, "verify.level")
	n.Refused(leader(county), "verify.decide", one, "verify.no_proposal")
	for name, wrong := range map[string][]verify.CaseOrder{"both end": {{Tenure: first, Do: verify.DoCancel}, {Tenure: second, Do: verify.DoCancel}},
		"one left out": orders[:1], "twice": {orders[0], orders[0]}, "unknown": {{Tenure: "x", Do: verify.DoKeep}}, "no such order": {{Tenure: first, Do: "delete"}, orders[1]},
		"no items": {{Tenure: first, Do: verify.DoCorrect}, orders[1]}} {
		t.Run(name, func(t *testing.T) {
			n.Refused(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "g", Orders: wrong}, "verify.orders")
		})
	}
	n.do(reviewer(county), "verify.propose", proposal)
	n.Refused(reviewer(county), "verify.propose", proposal, "verify.proposal_waiting")
	n.Refused(reviewer(county), "verify.decide", one, "verify.same_person")
	n.Refused(reviewer(county), "verify.refuse_proposal", one, "verify.same_person")
	n.Refused(leader(city), "verify.decide", one, "verify.level")
	n.Refused(clerk(s1), "verify.carry_out", one, "verify.no_decision")
	n.do(leader(county), "verify.refuse_proposal", one)
	n.Refused(leader(county), "verify.decide", one, "verify.no_proposal")
	n.do(reviewer(county), "verify.propose", proposal)
	n.do(leader(county), "verify.decide", one)
	n.Refused(reviewer(county), "verify.propose", proposal, "verify.decided_already")
	n.Refused(clerk(s1), "verify.carry_out", one, "verify.not_served")
	n.Refused(officer(s2), "verify.serve_notice", serve, "verify.not_party")
	n.Refused(officer(s1), "verify.object", verifydesk.HearInput{Case: id, Tenure: first, On: n.today(), Words: "w"}, "verify.objection_late")
	n.served(s1, id, first)
	n.Refused(officer(s1), "verify.serve_notice", serve, "verify.served")
	n.Refused(clerk(s1), "verify.carry_out", one, "verify.objection_period")
	n.Refused(clerk(s3), "verify.carry_out", one, "verify.unknown")

	// An objection at the other side reopens the case here too.
	n.served(s2, id, second)
	n.do(officer(s2), "verify.object", verifydesk.HearInput{Case: id, Tenure: second, On: n.today(), Words: "那不是我"})
	n.later(20)
	n.Refused(clerk(s1), "verify.carry_out", one, "verify.no_decision")
	if n.stage(s1, id) != verify.StageObjected || n.stage(s2, id) != verify.StageObjected || n.tenure(first).State != register.StateOpen {
		t.Fatalf("%s %s", n.stage(s1, id), n.stage(s2, id))
	}
	// It is decided anew, and needs a new notice.
	n.do(reviewer(county), "verify.propose", proposal)
	n.do(leader(county), "verify.decide", one)
	n.Refused(clerk(s1), "verify.carry_out", one, "verify.not_served")

	// What a node writes that keeps to no rule counts for nothing.
	about := verify.About{Matter: id, Home: s1, Decider: county}
	forge := func(unit event.Unit, operator string, e event.Event) {
		t.Helper()
		if _, err := n.Act(context.Background(), office.Operator{ID: operator, Unit: unit}, func(_ context.Context, w *office.Work) error {
			e.V, e.Subject = 1, id
			w.Emit(e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	decision := verify.Decided{About: about, Round: 9, Orders: orders[:1], Proposer: "p"}
	forge(county2, "q", event.Event{Stream: event.To(county2, s1), Kind: verify.KindDecided, Body: decision})
	forge(s1, "q", event.Event{Stream: event.Up(s1), Kind: verify.KindDecided, Body: decision})
	forge(city, "q", event.Event{Stream: event.To(city, s1), Kind: verify.KindDecided, Body: decision})
	decision.Decider = city
	forge(city, "q", event.Event{Stream: event.To(city, s1), Kind: verify.KindDecided, Body: decision})
	decision.Decider, decision.Proposer = county, "q"
	forge(county, "q", event.Event{Stream: event.To(county, s1), Kind: verify.KindDecided, Body: decision})
	n.react()
	n.Read(func(tx *store.Tx) error {
		s, err := sideOf(tx, s1, id)
		if s.Round != 3 {
			t.Errorf("a forged decision is in force: round %d", s.Round)
		}
		return err
	})
	forge(county2, "q", event.Event{Stream: event.To(county2, s1), Kind: verify.KindReversed, Body: verify.Reversed{About: about, Round: 3, Tenure: first}})
	if n.react(); n.stage(s1, id) != verify.StageDecided {
		t.Errorf("stage %s", n.stage(s1, id))
	}
	n.Check()
}

// A decision that no longer fits goes back, and the case is decided anew.
func TestCase_DecisionReturned(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	first, second, id := n.double(s1, s2)
	n.heard(s1, id, first)
	n.heard(s2, id, second)
	n.decided(county, id, first, second)
	n.served(s1, id, first)
	n.later(16)
	n.do(clerk(s1), "register.move_out", registerdesk.MoveOutInput{Tenure: first, Destination: "沈阳", On: n.today(), Reason: moveReason(t)})
	out := must[verifydesk.CarryOutput](n, clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
	if !out.Returned || n.stage(s1, id) != verify.StageReturned || n.tenure(first).State != register.StateMovedOut {
		t.Fatalf("%+v %s", out, n.stage(s1, id))
	}
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "已迁往市外", Orders: []verify.CaseOrder{{Tenure: first, Do: verify.DoKeep}, {Tenure: second, Do: verify.DoKeep}}})
	n.Check()
}

// 错号: the county gives the new number out of its series, outside of what stations hold; the old one still finds the person, and it is never given again.
func TestCase_WrongNumber(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		wrong := resident("赵四", citizen.Male, "1970-02-03", 941, "7", "02")
		wrong.Number = "220102197002030000"
		tenure := n.load(s1, wrong)[0]
		id := must[verifydesk.RunOutput](n, clerk(s1), "verify.run", verifydesk.RunInput{Purpose: "逻辑检查"}).Cases[0]
		n.heard(s1, id, tenure)
		n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "错号", Orders: []verify.CaseOrder{{Tenure: tenure, Do: verify.DoNewNumber}}})
		n.Must(leader(county), "verify.decide", verifydesk.CaseInput{Case: id}, nil)
		n.Must(officer(s1), "verify.serve_notice", verifydesk.ServeInput{Case: id, Tenure: tenure, On: n.today(), To: "赵四", How: "hand"}, nil)
		n.later(16)
		n.Refused(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id}, "verify.no_number_yet")
		n.react()
		out := must[verifydesk.CarryOutput](n, clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
		n.react()
		now := n.tenure(tenure)
		check := citizen.CheckNumber(now.Record.Number, citizen.NumberContext{On: n.today(), Sex: "1", Birth: now.Record.BirthDate, Issuing: true})
		if out.Returned || len(out.Certificates) != 1 || !check.Valid || now.Version != 3 || n.stage(s1, id) != verify.StageClosed {
			t.Fatalf("%+v %+v", out, now)
		}
		n.Read(func(tx *store.Tx) error {
			found, err := registerdb.ByNumber(context.Background(), tx, wrong.Number)
			if len(found) != 1 || found[0].ID != tenure {
				t.Errorf("%+v", found)
			}
			return err
		})
		n.Check()
	})
}

// 重号: two persons with one number, found when the second arrives: one keeps it, the other gets a new one.
func TestCase_SharedNumber(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	one := resident("赵四", citizen.Male, "1970-02-03", 941, "7", "02")
	other := one
	other.Name, other.HouseholdNo = "钱五", "8"
	a, b := n.load(s1, one)[0], n.load(s2, other)[0]
	cases := n.cases(s1)[verify.CaseSharedNumber]
	if len(cases) != 1 || cases[0].Decider != county {
		t.Fatalf("%+v", n.cases(city))
	}
	id := cases[0].ID
	n.heard(s1, id, a)
	n.heard(s2, id, b)
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: id, Ground: "先登记者保留", Orders: []verify.CaseOrder{{Tenure: a, Do: verify.DoKeep}, {Tenure: b, Do: verify.DoNewNumber}}})
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: id})
	n.served(s1, id, a)
	n.served(s2, id, b)
	n.later(16)
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: id})
	n.do(clerk(s2), "verify.carry_out", verifydesk.CaseInput{Case: id})
	if n.tenure(a).Record.Number != one.Number || n.tenure(b).Record.Number == one.Number || n.stage(s1, id) != verify.StageClosed || n.stage(s2, id) != verify.StageClosed {
		t.Errorf("%s %s %s", n.tenure(b).Record.Number, n.stage(s1, id), n.stage(s2, id))
	}
	n.Check()
}

// A birth that hits the register is registered all the same, and the city opens a case.
func TestCase_BirthHits(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	mother := n.load(s1, resident("李梅", citizen.Female, "1975-05-01", 942, "1", "02"))[0]
	twin := resident("王小宝", citizen.Male, "2005-09-10", 941, "9", "20")
	n.load(s3, twin)
	must[register.Range](n, leader(county), "register.allot_numbers", register.Allot{Station: s1, BirthFrom: citizen.MustDate("2005-09-01"), BirthTo: citizen.MustDate("2005-12-31"), PerDay: 10})
	born := must[registerdesk.BirthOutput](n, clerk(s1), "register.birth", registerdesk.BirthInput{Name: "王小宝", Sex: "1", BirthDate: citizen.MustDate("2005-09-10"), MotherTenure: mother, Relation: "20"})
	n.react()
	cases := n.cases(s1)[verify.CaseDouble]
	if len(cases) != 1 || cases[0].Decider != city || cases[0].Tenure != born.Tenure || len(n.cases(s3)[verify.CaseDouble]) != 1 {
		t.Fatalf("%+v", n.cases(city))
	}
	n.Check()
}

// 应销未销: a death list only opens a case; the family's declaration settles it without any decision, and a decision carries the mark of death.
func TestCase_Dead(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	open := func(tenure string) string {
		return must[verifydesk.OpenOutput](n, officer(s1), "verify.open_case", verifydesk.OpenInput{Kind: verify.CaseDead, Tenures: []string{tenure}, Clue: "民政死亡名单"}).Case
	}
	a, b := open(ids[0]), open(ids[1])
	n.Refused(officer(s1), "verify.open_case", verifydesk.OpenInput{Kind: verify.CaseDead, Tenures: ids[:1], Clue: "殡仪馆"}, "verify.case_open")
	n.Refused(officer(s1), "verify.settle", verifydesk.SettleInput{Case: a, Words: "已死亡"}, "verify.needs_decision")
	n.do(clerk(s1), "register.death", registerdesk.DeathInput{Tenure: ids[0], Date: citizen.MustDate("2005-08-01")})
	n.do(officer(s1), "verify.settle", verifydesk.SettleInput{Case: a, Words: "家属已申报死亡"})
	if n.stage(s1, a) != verify.StageClosed {
		t.Errorf("stage %s", n.stage(s1, a))
	}
	n.heard(s1, b, ids[1])
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: b, Ground: "死亡证明", Orders: []verify.CaseOrder{{Tenure: ids[1], Do: verify.DoCancel}}})
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: b})
	n.served(s1, b, ids[1])
	n.later(16)
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: b})
	if n.tenure(ids[1]).State != register.StateCancelled || n.stage(s1, b) != verify.StageClosed {
		t.Errorf("%+v", n.tenure(ids[1]))
	}
	n.Check()
}

// Whoever opens a case does not choose who decides it: that is the nearest common superior, whatever the opening says.
func TestCase_DeciderIsNotChosen(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	tenure := n.load(s1, family("1", 941)...)[0]
	about := verify.About{Matter: "case", Home: s1, Decider: city}
	for _, e := range []event.Event{
		{Kind: verify.KindCaseOpened, Body: verify.CaseOpened{About: about, Kind: verify.CaseDead, Own: []verify.Party{{Unit: s1, Tenure: tenure}}, Clue: "x"}},
		{Kind: verify.KindDecided, Body: verify.Decided{About: about, Round: 1, Orders: []verify.CaseOrder{{Unit: s1, Tenure: tenure, Do: verify.DoCancel}}, Proposer: "p"}},
	} {
		e.Stream, e.V, e.Subject = event.To(city, s1), 1, "case"
		if _, err := n.Act(context.Background(), office.Operator{ID: "q", Unit: city}, func(_ context.Context, w *office.Work) error {
			w.Emit(e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	n.Read(func(tx *store.Tx) error {
		s, err := sideOf(tx, s1, "case")
		if s.Round != 0 || s.OpenedAt != 0 {
			t.Errorf("%+v", s)
		}
		return err
	})
	n.Refused(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: "case"}, "verify.unknown")
	n.Check()
}
