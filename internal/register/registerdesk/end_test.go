package registerdesk_test

import (
	"context"
	"encoding/hex"
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
)

func TestDeath_Art8(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		for code, in := range map[string]registerdesk.DeathInput{
			"register.date":        {Tenure: ids[0], Date: date("2005-09-13")},
			"register.date_before": {Tenure: ids[0], Date: date("1975-03-07")},
			"register.stale":       {Tenure: ids[0], Date: date("2005-09-10"), Expected: 4},
			"register.unknown":     {Tenure: "nobody", Date: date("2005-09-10")},
			"register.no_report":   {Tenure: ids[0], Date: date("2005-09-10"), Report: "none"},
		} {
			_, err := do[registerdesk.DeathOutput](n, operator(s1), "register.death", in)
			wantRefusal(t, err, code)
		}
		_, err := do[registerdesk.DeathOutput](n, operator(s2), "register.death", registerdesk.DeathInput{Tenure: ids[0], Date: date("2005-09-10")})
		wantRefusal(t, err, "register.not_owner")
		out := must[registerdesk.DeathOutput](t, n, operator(s1), "register.death", registerdesk.DeathInput{Tenure: ids[0], Date: date("2005-08-01")})
		if !out.Late || len(out.Missing) != 1 || out.Version != 2 {
			t.Fatalf("%+v", out)
		}
		if now := n.tenure(t, ids[0]); now.State != "dead" || now.ExitedOn != date("2005-08-01") {
			t.Fatalf("%+v", now)
		}
		_, err = do[registerdesk.DeathOutput](n, operator(s1), "register.death", registerdesk.DeathInput{Tenure: ids[0], Date: date("2005-08-01")})
		wantRefusal(t, err, "register.closed")
		n.Check()
	})
}

// Article 8: the place of death informs the place of registration, which carries it out; in transit the report follows the person.
func TestReport_DeathElsewhere(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2, s3)
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		told := must[registerdesk.ReportOutput](t, n, operator(s3, office.AreaOfficer), "register.report_event",
			registerdesk.ReportInput{Tenure: ids[0], Event: "death", On: date("2005-09-10"), Note: "途中"})
		if told.ToUnit != s1 {
			t.Fatalf("%+v", told)
		}
		must[registerdesk.DeathOutput](t, n, operator(s1), "register.death", registerdesk.DeathInput{Tenure: ids[0], Date: date("2005-09-10"), Report: told.Report})
		n.Read(func(tx *store.Tx) error {
			open, err := registerdb.OpenReports(context.Background(), tx, s1)
			if len(open) != 0 {
				t.Errorf("%+v", open)
			}
			return err
		})
		// The report is on its way to S1 while S1 lets the person go to S2.
		late := must[registerdesk.ReportOutput](t, n, operator(s3), "register.report_event", registerdesk.ReportInput{Tenure: ids[1], Event: "other", On: date("2005-09-10")})
		gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(ids[1], s2))
		n.react(t)
		n.Read(func(tx *store.Tx) error {
			open, err := registerdb.OpenReports(context.Background(), tx, s2)
			if len(open) != 1 || open[0].Body.Report != late.Report || open[0].Body.Tenure != gone.ToTenure {
				t.Errorf("%+v", open)
			}
			return err
		})
		_, err := do[registerdesk.None](n, operator(s2), "register.answer_report", registerdesk.AnswerInput{Report: late.Report, Outcome: "unfounded"})
		wantRefusal(t, err, "register.no_ground")
		must[registerdesk.None](t, n, operator(s2), "register.answer_report", registerdesk.AnswerInput{Report: late.Report, Outcome: "unfounded", Ground: "查无此事"})
		_, err = do[registerdesk.None](n, operator(s2), "register.answer_report", registerdesk.AnswerInput{Report: late.Report, Outcome: "carried_out"})
		wantRefusal(t, err, "register.no_report")
		n.Check()
	})
}

func TestReport_Refusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	for code, in := range map[string]registerdesk.ReportInput{
		"register.report_where": {Event: "death", On: date("2005-09-10"), Number: "1", Name: "李梅"},
		"register.report_own":   {ToUnit: s1, Event: "death", On: date("2005-09-10"), Number: "1", Name: "李梅"},
		"register.report_kind":  {ToUnit: s2, Event: "wanted", On: date("2005-09-10"), Number: "1", Name: "李梅"},
		"register.no_person":    {ToUnit: s2, Event: "death", On: date("2005-09-10")},
		"register.date":         {ToUnit: s2, Event: "death", On: date("2005-09-13"), Number: "1", Name: "李梅"},
	} {
		_, err := do[registerdesk.ReportOutput](n, operator(s1), "register.report_event", in)
		wantRefusal(t, err, code)
	}
}

// Erasing a report derives its person's rows anew, the import's among them; the reaction that waited for it ends.
func TestErase_Report_KeepsTheTenure(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s3)
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		correctName(t, n, ids[0], 1)
		told := must[registerdesk.ReportOutput](t, n, operator(s3), "register.report_event", registerdesk.ReportInput{Tenure: ids[0], Event: "address", On: date("2005-09-10")})
		before := digests(t, n, s1)
		var report register.Reported
		n.Read(func(tx *store.Tx) (err error) {
			report, _, err = registerdb.Report(context.Background(), tx, s1, told.Report)
			return err
		})
		_, err := n.Act(context.Background(), operator(s3), func(_ context.Context, w *office.Work) error {
			w.Emit(event.Event{Stream: event.To(s3, s1), Kind: journal.KindErased, V: 1, Subject: ids[0], Body: office.Erased{Ground: "误报", Second: "op-other",
				Erasure: journal.Erasure{Generation: report.Ref.Generation, Seq: report.Ref.Seq, Leaf: report.Ref.Leaf, Kind: register.KindEventReported}}})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		n.Read(func(tx *store.Tx) error {
			_, ok, err := registerdb.Report(context.Background(), tx, s1, told.Report)
			if ok {
				t.Error("the report is still there")
			}
			return err
		})
		after := digests(t, n, s1)
		if before["register_report"] == after["register_report"] {
			t.Error("the report's row is still there")
		}
		delete(before, "register_report")
		sameDigests(t, "after the erasure", before, after)
		if done, err := n.React(context.Background()); err != nil || done != 1 {
			t.Errorf("the reaction to the erased report: %d done, %v", done, err)
		}
		n.Check()
	})
}

func TestForget_GivesTheChunk(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		correctName(t, n, ids[0], 1)
		n.Write(func(tx *store.Tx) error {
			refs, err := registerdb.New().Forget(context.Background(), tx, ids[0])
			if err != nil {
				return err
			}
			if len(refs) != 1 || refs[0].Stream != event.Up(s1) || refs[0].Seq != 0 {
				t.Errorf("%+v", refs)
			}
			return nil
		})
	})
}

// A generation that ends before a chunk takes with it what the chunk alone opened; what a later entry of another stream says stays.
func TestClosure_PutsAChunkAside(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		n := newNode(t, config, city, county, s1, s2)
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(ids[0], s2))
		n.Write(func(tx *store.Tx) error {
			moves, err := journal.HeadOf(ctx, tx, event.To(s1, s2), 1)
			if err != nil {
				return err
			}
			root := moves.Root()
			closure, err := n.Key.SignClosure(journal.Closure{Unit: s1, Generation: 1, Next: n.Key.Verifier(),
				Trees: map[event.Stream]journal.Tree{moves.Stream: {Size: 1, Root: hex.EncodeToString(root[:])}}})
			if err != nil {
				return err
			}
			return n.Close(ctx, tx, closure, n.Now.UnixMilli())
		})
		n.Read(func(tx *store.Tx) error {
			_, ok, err := registerdb.TenureOf(ctx, tx, ids[1])
			if ok {
				t.Error("the chunk left a tenure that it alone opened")
			}
			return err
		})
		if left := n.tenure(t, ids[0]); left.EnteredKind != "" || left.State != register.StateMovedOut {
			t.Errorf("%+v", left)
		}
		n.Check()
	})
}

// correctName alters a main item as the desk of verification does: by the rule, with a decision.
func correctName(t testing.TB, n *node, tenure string, expected int64) {
	t.Helper()
	name := "李玫"
	corrected(t, n, tenure, register.Correct{Expected: expected, Items: register.Items{Name: &name}, Category: "22", On: date("2005-09-12")})
}

func corrected(t testing.TB, n *node, tenure string, c register.Correct) {
	t.Helper()
	decided(t, n, func(b register.By, ref *event.Ref) (event.Event, error) {
		c.Ref = ref
		return register.CorrectItems(b, n.tenure(t, tenure), c, register.CorrectFacts{})
	})
}
