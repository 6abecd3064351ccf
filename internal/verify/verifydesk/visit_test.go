package verifydesk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// Plan P3, P4, P8: a household is visited by exception; whoever was looked at and agrees is verified in the officer's name, and a difference is
// settled by a correction that the county approves and the station carries out.
func TestVisit_ToVerified(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		ids := n.load(s1, family("1", 941)...)
		plan := must[verifydesk.Plan](n, officer(s1), "verify.visit_plan", verifydesk.PlanInput{Purpose: "入户核对", Officer: "张警官", Address: "南关区"})
		if len(plan.Households) != 1 || len(plan.Households[0].Members) != 2 || !strings.Contains(plan.Text, "王强1") || !strings.Contains(plan.Text, "户主") {
			t.Fatalf("%+v", plan)
		}
		visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids,
			Differences: []verify.Difference{{Tenure: ids[1], Item: "name", Told: "李玫", Evidence: "户口簿"}}})
		if len(visit.Verified) != 1 || visit.Verified[0] != ids[0] || !n.verified(ids[0]) || n.verified(ids[1]) {
			t.Fatalf("%+v", visit)
		}
		if plan := must[verifydesk.Plan](n, officer(s1), "verify.visit_plan", verifydesk.PlanInput{Purpose: "入户核对"}); len(plan.Households) != 0 {
			t.Errorf("a visited household is planned again: %+v", plan)
		}

		proposed := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
			Category: "22", On: n.today(), Evidence: "结婚证", Source: visit.Visit})
		if len(proposed.Main) != 1 || n.tenure(ids[1]).Record.Name != "李梅1" || !n.holds(ids[1]) || n.holds(ids[0]) {
			t.Fatalf("%+v", proposed)
		}
		n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: proposed.Correction})
		now := n.tenure(ids[1])
		if now.Record.Name != "李玫" || now.Version != 2 || n.holds(ids[1]) || !n.verified(ids[1]) || n.stage(s1, proposed.Correction) != verify.StageCarriedOut {
			t.Fatalf("%+v", now)
		}
		n.Read(func(tx *store.Tx) error {
			proof, _, err := verifydb.VerifiedBy(context.Background(), tx, s1, ids[1], register.MainMark(now.Record))
			if proof.By != officer(s1).ID || proof.Way != verify.WayVisit {
				t.Errorf("verified by %+v", proof)
			}
			history, _ := registerdb.History(context.Background(), tx, s1, ids[1])
			if len(history) != 1 || history[0].Operator != "system" {
				t.Errorf("%+v", history)
			}
			return err
		})

		// A main item that changes afterwards starts it anew; another does not.
		again := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[0], Items: register.Items{Workplace: text("一汽")},
			Category: "91", On: n.today(), Evidence: "本人申报"})
		if len(again.Main) != 0 || again.Version != 2 || n.tenure(ids[0]).Record.Workplace != "一汽" || !n.verified(ids[0]) {
			t.Fatalf("%+v", again)
		}
		main := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[0], Items: register.Items{EthnicGroup: text("11")},
			Category: "52", On: n.today(), Evidence: "民委证明"})
		n.do(leader(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: main.Correction})
		if n.verified(ids[0]) {
			t.Error("a changed main item did not start verification anew")
		}
		p := must[verifydesk.Progress](n, leader(city), "verify.progress", verifydesk.UnitInput{})
		if p.Residents != 2 || p.Verified != 1 || p.Households != 1 || p.Visited != 1 || p.CorrectionsOpen != 0 || len(p.Stations) != 1 {
			t.Errorf("%+v", p)
		}
		n.Check()
	})
}

// A refused correction says that the register was right: the person is verified then.
func TestCorrection_Refused(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids,
		Differences: []verify.Difference{{Tenure: ids[1], Item: "name", Told: "李玫"}}})
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "口述", Source: visit.Visit})
	n.do(reviewer(county), "verify.refuse_correction", verifydesk.JudgeInput{Correction: c.Correction, Ground: "证据不足"})
	if n.holds(ids[1]) || !n.verified(ids[1]) || n.tenure(ids[1]).Record.Name != "李梅1" {
		t.Error("a refusal leaves the record, holds nothing and settles the difference")
	}
	n.Check()
}

// An approval that no longer fits goes back, and holds nothing any more.
func TestCorrection_NoLongerFits(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "结婚证"})
	n.do(clerk(s1), "register.move_out", registerdesk.MoveOutInput{Tenure: ids[1], ToUnit: s2, On: n.today(), Reason: moveReason(t)})
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
	if got := n.stage(s1, c.Correction); got != verify.StageReturned || n.holds(ids[1]) {
		t.Errorf("stage %s", got)
	}
	n.Check()
}

func moveReason(t *testing.T) string {
	t.Helper()
	for _, c := range citizen.ChangeReasons.All() {
		if c.Group == "move-out" {
			return c.Code
		}
	}
	t.Fatal("no reason")
	return ""
}

// Plan P4: five records are compared by exception; each record that is wrong gets its own order with its own done-mark, and the person is consistent
// when all are done.
func TestCompare_OrdersToEachRecord(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		records := family("1", 941)
		right := records[1].Number
		wrong := []byte(right)
		wrong[16] = '0' + (wrong[16]-'0'+2)%10
		records[1].Number = string(wrong)
		ids := n.load(s1, records...)
		out := must[[]verifydesk.ComparedOutput](n, clerk(s1), "verify.compare", verifydesk.CompareInput{Looked: []string{"form", "booklet", "card", "citizen"},
			Members: []verifydesk.ComparedMember{{Tenure: ids[0]}, {Tenure: ids[1], Differs: []verify.Typed{{Source: "form", Item: "number", Value: right},
				{Source: "booklet", Item: "number", Value: right}, {Source: "citizen", Item: "number", Value: right}}}}})
		if !out[0].Consistent || !n.verified(ids[0]) || out[1].Consistent || n.verified(ids[1]) || !n.holds(ids[1]) {
			t.Fatalf("%+v", out)
		}
		item := out[1].Items[0]
		if item.Code != "11221" || item.Explanation != "wrong_digit_proved" || item.Proposal != right || item.Ground != "check_valid" || len(out[1].Orders) != 2 {
			t.Fatalf("%+v %+v", item, out[1].Orders)
		}
		done := verifydesk.OrderInput{Comparison: out[1].Comparison, Source: "computer", Item: "number", On: n.today()}
		n.Refused(clerk(s1), "verify.order_done", done, "verify.record_unchanged")
		c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Number: &right},
			Category: "12", On: n.today(), Evidence: "登记表", Source: out[1].Comparison})
		n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
		if left := must[verifydesk.OrderOutput](n, clerk(s1), "verify.order_done", done).Left; left != 1 || n.holds(ids[1]) || n.verified(ids[1]) {
			t.Fatalf("%d orders left", left)
		}
		n.Refused(clerk(s1), "verify.order_done", done, "verify.no_order")
		done.Source = "card"
		if left := must[verifydesk.OrderOutput](n, clerk(s1), "verify.order_done", done).Left; left != 0 || !n.verified(ids[1]) {
			t.Fatalf("%d orders left", left)
		}
		n.Check()
	})
}

// A second visit by another unit is blind: it is compared with the first only when it is written.
func TestRevisit_Blind(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	second := verifydesk.VisitInput{Unit: s1, HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids,
		Differences: []verify.Difference{{Tenure: ids[0], Item: "address", Told: "南关区南岭街道9号"}}}
	n.Refused(officer(county), "verify.revisit", second, "verify.not_visited")
	visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids})
	n.Refused(officer(county), "verify.list", verifydesk.ListInput{Purpose: "抽查", What: "visits"}, "verify.blind")
	n.Refused(officer(county), "verify.show", verifydesk.ShowInput{Purpose: "抽查", Matter: visit.Visit}, "verify.blind")
	sample := must[verifydesk.Plan](n, officer(county), "verify.visit_plan", verifydesk.PlanInput{Purpose: "抽查", Unit: s1, Sample: true, Limit: 1})
	if len(sample.Households) != 1 {
		t.Fatalf("%+v", sample)
	}
	out := must[verifydesk.RevisitOutput](n, officer(county), "verify.revisit", second)
	if len(out.Missed) != 1 || out.Items != 12 || len(out.NotFound) != 0 {
		t.Errorf("%+v", out)
	}
	if p := must[verifydesk.Progress](n, leader(county), "verify.progress", verifydesk.UnitInput{}); p.Revisits != 1 || p.ErrorPermille != 83 {
		t.Errorf("%+v", p)
	}
	must[verifydesk.Shown](n, officer(county), "verify.show", verifydesk.ShowInput{Purpose: "抽查", Matter: visit.Visit})
	n.Check()
}

// What a visit finds besides differences opens a case each, once.
func TestVisit_OpensCases(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, append(family("1", 941), family("2", 943)...)...)
	in := verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids[:1], Marks: []verify.Mark{{Tenure: ids[1], Mark: verify.MarkNotHere, Words: "住二道区"}},
		Unregistered: []verify.Unregistered{{Name: "王小宝", Sex: "1", BirthDate: citizen.MustDate("2000-01-01"), Child: true}}}
	out := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", in)
	if len(out.Cases) != 2 {
		t.Fatalf("%+v", out)
	}
	if out := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", in); len(out.Cases) != 0 {
		t.Errorf("opened twice: %+v", out)
	}
	must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "2", On: n.today(), EmptyHung: true})
	cases := n.cases(s1)
	if len(cases[verify.CaseChild]) != 1 || len(cases[verify.CaseSeparation]) != 1 || len(cases[verify.CaseEmptyHung]) != 1 {
		t.Fatalf("%+v", cases)
	}
	// The child is registered without any condition, and the case ends with that.
	child := cases[verify.CaseChild][0].ID
	n.Refused(clerk(s1), "verify.settle", verifydesk.SettleInput{Case: child, Words: "已落户"}, "verify.child_not_registered")
	must[register.Range](n, leader(county), "register.allot_numbers", register.Allot{Station: s1, BirthFrom: citizen.MustDate("2000-01-01"), BirthTo: citizen.MustDate("2000-01-31"), PerDay: 10})
	born := must[registerdesk.BirthOutput](n, clerk(s1), "register.birth", registerdesk.BirthInput{Name: "王小宝", Sex: "1", BirthDate: citizen.MustDate("2000-01-01"), FatherTenure: ids[0], Relation: "20"})
	n.do(clerk(s1), "verify.settle", verifydesk.SettleInput{Case: child, Words: "已落户", Tenure: born.Tenure})
	if got := n.stage(s1, child); got != verify.StageClosed {
		t.Errorf("stage %s", got)
	}
	n.do(officer(s1), "verify.settle", verifydesk.SettleInput{Case: cases[verify.CaseEmptyHung][0].ID, Words: "房屋拆迁，保留，登记现住址"})
	n.Check()
}

// An application completes a resident's verification, under the clerk who took the signed form (decision 0006), but not while a correction waits.
func TestApplication_Verifies(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	c := must[verifydesk.ProposeOutput](n, officer(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "结婚证"})
	n.confirmed(clerk(s1), s1, ids[0])
	n.confirmed(clerk(s1), s1, ids[1])
	if n.verified(ids[1]) {
		t.Error("verified while a correction waits")
	}
	n.Read(func(tx *store.Tx) error {
		proof, ok, err := verifydb.VerifiedBy(context.Background(), tx, s1, ids[0], register.MainMark(n.tenure(ids[0]).Record))
		if !ok || proof.By != clerk(s1).ID || proof.Way != verify.WayApplication {
			t.Errorf("%+v", proof)
		}
		return err
	})
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
	n.confirmed(clerk(s2), s1, ids[1])
	if n.verified(ids[1]) {
		t.Error("another station's form verified a resident")
	}
	n.confirmed(clerk(s1), s1, ids[1])
	if !n.verified(ids[1]) {
		t.Error("not verified by the application")
	}
	n.Check()
}

// confirmed puts a signed form into the journal, as the window of the card room does.
func (n *node) confirmed(by office.Operator, home event.Unit, tenure string) {
	n.t.Helper()
	t := n.tenure(tenure)
	id := "a-" + by.ID + n.Now.String() + tenure
	if _, err := n.Act(context.Background(), by, func(_ context.Context, w *office.Work) error {
		w.Emit(event.Event{Stream: event.Up(by.Unit), Kind: card.KindConfirmed, V: 1, Subject: id, Body: card.Body{Home: home, Application: id, Round: 1, Resident: t.Resident, Tenure: tenure}})
		return nil
	}); err != nil {
		n.t.Fatal(err)
	}
	n.react()
}

// The item rules of a station's register: counted by rule, and a number that cannot be right opens a case, once.
func TestRun_OpensCasesOfWrongNumbers(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		records := append(family("1", 941), family("2", 943)...)
		records[3].Number = records[3].Number[:17] + "A"
		records[2].Relation = "20"
		n.load(s1, records...)
		n.Refused(clerk(s1), "verify.run", verifydesk.RunInput{}, "register.no_purpose")
		out := must[verifydesk.RunOutput](n, clerk(s1), "verify.run", verifydesk.RunInput{Purpose: "逻辑检查"})
		if out.Residents != 4 || out.Rules["number.form"] != 1 || out.Rules["household.no_head"] != 1 || len(out.Cases) != 1 {
			t.Fatalf("%+v", out)
		}
		if again := must[verifydesk.RunOutput](n, clerk(s1), "verify.run", verifydesk.RunInput{Purpose: "逻辑检查"}); len(again.Cases) != 0 || again.Found != out.Found {
			t.Errorf("%+v", again)
		}
		n.Check()
	})
}

// A person with two differences is verified when both are through, not before.
func TestVisit_TwoDifferences(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids,
		Differences: []verify.Difference{{Tenure: ids[1], Item: "name", Told: "李玫"}, {Tenure: ids[1], Item: "workplace", Told: "一汽"}}})
	name := verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")}, Category: "22", On: n.today(), Evidence: "结婚证", Source: visit.Visit}
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", name)
	work := verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Workplace: text("一汽")}, Category: "91", On: n.today(), Evidence: "本人申报", Source: visit.Visit}
	must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", work)
	if n.verified(ids[1]) {
		t.Error("verified while the name waits")
	}
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
	if !n.verified(ids[1]) {
		t.Error("not verified when both are through")
	}
	n.Check()
}
