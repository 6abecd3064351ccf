package registerdesk_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// forge puts events into the journal as a node does that keeps to no rule.
func forge(t testing.TB, n *node, events ...event.Event) {
	t.Helper()
	if _, err := n.Act(context.Background(), operator(s3), func(_ context.Context, w *office.Work) error {
		w.Emit(events...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Another station's word on a move, a request or a report neither ends it nor changes it.
func TestAuthority_OfTheUnitThatWrites(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2, s3)
		ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941))
		gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(ids[0], s2))
		forge(t, n, event.Event{Stream: event.To(s3, s1), Kind: register.KindArrivalConfirmed, V: 1, Subject: ids[0], Body: register.ArrivalConfirmed{ToTenure: gone.ToTenure}},
			event.Event{Stream: event.To(s3, s1), Kind: register.KindMoveReturned, V: 1, Subject: ids[0], Body: register.MoveReturned{ToTenure: gone.ToTenure, Ground: "x"}},
			event.Event{Stream: event.Up(s3), Kind: register.KindMoveReturned, V: 1, Subject: ids[0], Body: register.MoveReturned{ToTenure: gone.ToTenure, Ground: "x"}})
		n.react(t)
		if now := n.tenure(t, ids[0]); now.State != register.StateMovedOut || !now.InTransit {
			t.Errorf("a third station answered the move: %+v", now)
		}
		asked := must[registerdesk.RequestOutput](t, n, operator(s2), "register.request_move_in", registerdesk.RequestInput{FromUnit: s1, Tenure: ids[1],
			Name: "王强", HouseholdNo: "H7", Address: "人民大街7号", Relation: "02", On: date("2005-09-12")})
		forge(t, n, event.Event{Stream: event.To(s3, s1), Kind: register.KindMoveInRequested, V: 1, Subject: asked.Request, Body: register.MoveInRequested{Request: asked.Request}},
			event.Event{Stream: event.To(s3, s2), Kind: register.KindMoveRefused, V: 1, Subject: asked.Request, Body: register.MoveRefused{Request: asked.Request, Ground: "x"}})
		stolen := register.MovedOut{Change: register.Change{Resident: "r-x", Tenure: "t-x", Version: 2, EffectiveOn: date("2005-09-12"), Record: resident(t, "假", citizen.Male, 951)},
			ToUnit: s2, ToTenure: "t-y", Request: asked.Request}
		forge(t, n, event.Event{Stream: event.To(s3, s2), Kind: register.KindMovedOut, V: 1, Subject: "t-x", Body: stolen})
		n.react(t)
		n.Read(func(tx *store.Tx) error {
			q, ok, err := registerdb.Request(context.Background(), tx, asked.Request)
			if !ok || q.By != s2 || q.Answered {
				t.Errorf("%+v", q)
			}
			if err != nil {
				return err
			}
			_, ok, err = registerdb.TenureOf(context.Background(), tx, "t-y")
			if ok {
				t.Error("another station's move-out answered the request")
			}
			return err
		})
		told := must[registerdesk.ReportOutput](t, n, operator(s2), "register.report_event", registerdesk.ReportInput{Tenure: ids[1], Event: "address", On: date("2005-09-10")})
		false1 := register.EventReported{Report: told.Report, Tenure: ids[1], Event: "death", On: date("2005-09-10"), From: s2}
		forge(t, n, event.Event{Stream: event.To(s3, s1), Kind: register.KindEventReported, V: 1, Subject: ids[1], Body: false1},
			event.Event{Stream: event.To(s3, s2), Kind: register.KindReportAnswered, V: 1, Subject: ids[1], Body: register.ReportAnswered{Report: told.Report, Outcome: "unfounded"}})
		n.Read(func(tx *store.Tx) error {
			open, err := registerdb.OpenReports(context.Background(), tx, s1)
			if len(open) != 1 || open[0].Body.Event != "address" {
				t.Errorf("%+v", open)
			}
			return err
		})
		must[registerdesk.None](t, n, operator(s2), "register.return_move", registerdesk.ReturnInput{ToTenure: gone.ToTenure, Ground: "地址不符"})
		n.react(t)
		if now := n.tenure(t, ids[0]); now.State != register.StateOpen {
			t.Errorf("the receiving station's own word does not count: %+v", now)
		}
		n.Check()
	})
}

// GB 11643-1999: the county whose code heads the number gives the sequences, to its own stations.
func TestAuthority_NumbersOfTheOwnCounty(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3, "220104")
	given := func(by, to event.Unit, division citizen.Division) event.Event {
		r := register.Range{ID: string(by + to), Station: to, Generation: 1, Division: division, BirthFrom: date("2005-09-01"), BirthTo: date("2005-12-31"), SeqFrom: 1, SeqTo: 9}
		return event.Event{Stream: event.Down(by), Kind: register.KindNumbersAllotted, V: 1, Subject: r.ID, Body: register.NumbersAllotted{Range: r}}
	}
	forge(t, n, given("220104", s1, "220104"), given("220104", s3, "220102"), given(s1, s1, "220102"), given(county, s3, "220102"), given(county, s1, "220102"))
	n.Read(func(tx *store.Tx) error {
		for _, station := range []event.Unit{s1, s3} {
			ranges, err := registerdb.RangesOfStation(context.Background(), tx, station)
			if err != nil {
				return err
			}
			if want := map[event.Unit]int{s1: 1}[station]; len(ranges) != want {
				t.Errorf("%s: %+v", station, ranges)
			}
		}
		return nil
	})
	n.Check()
}

// A tenure's rows are those of the unit that writes: a body that names another's tenure changes nothing of it.
func TestAuthority_TenuresOfTheOwnUnit(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s3)
	id := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	before := digests(t, n, s1)
	change := register.Change{Resident: "r", Tenure: id, Version: 9, EffectiveOn: date("2005-09-12"), Record: resident(t, "假", citizen.Male, 951)}
	for kind, body := range map[string]any{register.KindDeathRegistered: register.DeathRegistered{Change: change}, register.KindItemsCorrected: register.ItemsCorrected{Change: change},
		register.KindCancelled: register.Cancelled{Change: change}, register.KindMovedOut: register.MovedOut{Change: change, ToTenure: "x"},
		register.KindPapersBrought: register.PapersBrought{Tenure: id, Papers: []register.Paper{{Kind: register.PaperBooklet}}}} {
		forge(t, n, event.Event{Stream: event.To(s3, s1), Kind: kind, V: 1, Subject: id, Body: body})
	}
	sameDigests(t, "after another's entries", before, digests(t, n, s1))
}
