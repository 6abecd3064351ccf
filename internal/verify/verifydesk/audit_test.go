package verifydesk_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/audit"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
)

func (n *node) audit() (report *audit.Report, laws map[string]int) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		report, err = audit.Run(context.Background(), tx, n.Blobs)
		return err
	})
	laws = make(map[string]int)
	for _, e := range report.Errors {
		laws[e.Law]++
	}
	return report, laws
}

// From entries alone: what the desks did adds up, and what a node writes that keeps to no rule is found.
func TestAudit_FindsWhatNobodyDecided(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	story(n)
	report, laws := n.audit()
	if len(laws) > 0 {
		t.Fatalf("%v", report.Errors)
	}
	if c := report.CleanUp; c.Ended != 1 || c.Restored != 1 || c.CasesOpened != 2 || c.CasesClosed != 2 || c.Corrections != 2 || c.Visits != 1 || c.Unproved != 0 {
		t.Errorf("%+v", c)
	}

	ids := n.load(s1, family("30", 951)...)
	forge := func(by office.Operator, e event.Event) event.Ref {
		t.Helper()
		e.V = 1
		entries, err := n.Act(context.Background(), by, func(_ context.Context, w *office.Work) error {
			w.Emit(e)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return entries[0].Ref()
	}
	end := func(decision, notice *event.Ref) string {
		t.Helper()
		now := n.tenure(ids[0])
		change := register.Change{Resident: now.Resident, Tenure: now.ID, Version: now.Version + 1, EffectiveOn: n.today(), Record: now.Record}
		forge(clerk(s1), event.Event{Stream: event.Up(s1), Kind: register.KindCancelled, Subject: now.ID, Body: register.Cancelled{Change: change, Decision: decision, Notice: notice}})
		_, laws := n.audit()
		for law := range laws {
			return law
		}
		return ""
	}
	if got := end(nil, nil); got != "cleanup.undecided" {
		t.Errorf("without a decision: %q", got)
	}
}

// Each way in which a registration can end without what it needs.
func TestAudit_Endings(t *testing.T) {
	about := verify.About{Matter: "case", Home: s1, Decider: county}
	for name, c := range map[string]struct {
		proposer, operator string
		decider            event.Unit
		order              string
		served             string
		days               int
		back               int // days by which the notice is dated back
		law                string
	}{
		"sound":                   {"p", "q", county, verify.DoCancel, "me", 16, 0, ""},
		"one person":              {"q", "q", county, verify.DoCancel, "me", 16, 0, "cleanup.two_persons"},
		"no proposer":             {"", "q", county, verify.DoCancel, "me", 16, 0, "cleanup.two_persons"},
		"the decision keeps":      {"p", "q", county, verify.DoKeep, "me", 16, 0, "cleanup.undecided"},
		"another county":          {"p", "q", county2, verify.DoCancel, "me", 16, 0, "cleanup.undecided"},
		"another person's notice": {"p", "q", county, verify.DoCancel, "other", 16, 0, "cleanup.notice"},
		"within the period":       {"p", "q", county, verify.DoCancel, "me", 15, 0, "cleanup.notice"},
		"dated back":              {"p", "q", county, verify.DoCancel, "me", 1, 30, "cleanup.notice"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, storetest.SQLiteConfig(t))
			id := n.load(s1, family("30", 951)...)[0]
			emit := func(operator string, unit event.Unit, e event.Event) *event.Ref {
				t.Helper()
				e.V, e.Subject = 1, "case"
				if e.Kind == register.KindCancelled {
					e.Subject = id
				}
				entries, err := n.Act(context.Background(), office.Operator{ID: operator, Unit: unit}, func(_ context.Context, w *office.Work) error {
					w.Emit(e)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				ref := entries[0].Ref()
				return &ref
			}
			decision := emit(c.operator, c.decider, event.Event{Stream: event.To(c.decider, s1), Kind: verify.KindDecided, Body: verify.Decided{About: about, Round: 1,
				Orders: []verify.CaseOrder{{Tenure: id, Do: c.order}}, Proposer: c.proposer, Objection: 15}})
			served := map[string]string{"me": id, "other": "x"}[c.served]
			notice := emit("o", s1, event.Event{Stream: event.Up(s1), Kind: verify.KindNoticeServed, Body: verify.NoticeServed{About: about, Round: 1, Tenure: served, On: n.today().AddDays(-c.back)}})
			now := n.tenure(id)
			n.later(c.days)
			emit("o", s1, event.Event{Stream: event.Up(s1), Kind: register.KindCancelled, Body: register.Cancelled{Decision: decision, Notice: notice,
				Change: register.Change{Resident: now.Resident, Tenure: id, Version: 2, EffectiveOn: n.today(), Record: now.Record}}})
			report, _ := n.audit()
			got := ""
			if len(report.Errors) > 0 {
				got = report.Errors[0].Law
			}
			if got != c.law || len(report.Errors) > 1 {
				t.Errorf("%v, want %q", report.Errors, c.law)
			}
		})
	}
}

// A main item that changed without a decision, and a case that closed without one, are found.
func TestAudit_AlterationsAndClosings(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	id := n.load(s1, family("30", 951)...)[0]
	emit := func(unit event.Unit, e event.Event) {
		t.Helper()
		e.V = 1
		if _, err := n.Act(context.Background(), office.Operator{ID: "o", Unit: unit}, func(_ context.Context, w *office.Work) error {
			w.Emit(e)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	now := n.tenure(id)
	after := now.Record
	after.Name = "假"
	emit(s1, event.Event{Stream: event.Up(s1), Kind: register.KindItemsCorrected, Subject: id, Body: register.ItemsCorrected{Category: "22",
		Change: register.Change{Resident: now.Resident, Tenure: id, Version: 2, EffectiveOn: n.today(), Before: &now.Record, Record: after}}})
	about := verify.About{Matter: "case", Home: s1, Decider: county}
	emit(s1, event.Event{Stream: event.Up(s1), Kind: verify.KindCaseOpened, Subject: "case", Body: verify.CaseOpened{About: about, Kind: verify.CaseDouble}})
	emit(county, event.Event{Stream: event.To(county, s1), Kind: verify.KindCaseClosed, Subject: "case", Body: verify.CaseClosed{About: about}})
	if _, laws := n.audit(); laws["cleanup.unapproved"] != 1 || laws["cleanup.closed"] != 1 || len(laws) != 2 {
		t.Errorf("%v", laws)
	}
}
