package programmedesk_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

// story writes every kind of the programme, in several streams, and some cards beside them.
func story(n *node) {
	n.resident(s1, "1970-01-01", "1970-01-01")
	n.must(city, "programme.adopt_plan", m{}, nil)
	n.must(city, "programme.spread_quotas", m{"year": 2005, "total": 10, "from": 9}, nil)
	n.must(c1, "programme.spread_quotas", m{"year": 2005}, nil)
	n.must(s1, "programme.meet_milestone", m{"milestone": "stations"}, nil)
	n.until("2005-08-05")
	n.step(n.apply(s1, "t0001"), whole...)
	b := n.apply(s2, "t0009")
	n.step(b, whole[:2]...)
	n.until("2005-08-08")
	var order programmedesk.OrderOutput
	n.must(c1, "programme.order", m{"to": s1, "task": "加开窗口", "due": "2005-08-10", "figures": []m{{"figure": "handed_over"}}}, &order)
	n.must(s1, "programme.acknowledge", m{"order": order.Order, "person": "所长"}, nil)
	n.must(s1, "programme.reply", m{"order": order.Order, "explanation": "相机故障", "measures": "借用相机", "done_by": "2005-08-09"}, nil)
	n.must(c1, "programme.close_order", m{"order": order.Order, "outcome": "done", "words": "已解决"}, nil)
	for _, unit := range []event.Unit{s1, s2, c1, city} {
		n.must(unit, "programme.freeze_report", m{"period": "day", "day": "2005-08-05"}, nil)
	}
	n.must(s1, "programme.notice", m{"title": "换发公告", "text": "请按时办理", "areas": []string{"民康街道"}, "from": "2005-09-05", "to": "2005-09-09", "place": "南岭所"}, nil)
	var problem, answer programmedesk.Named
	n.must(s1, "programme.raise_problem", m{"kind": "goods", "text": "缺少相机"}, &problem)
	n.must(c1, "programme.issue_guidance", m{"kind": "answer", "problem": problem.ID, "title": "相机", "text": "已调拨"}, &answer)
	n.must(s1, "programme.read_guidance", m{"guidance": answer.ID}, nil)
}

// entries are all that a node holds, by stream.
func (n *node) entries() map[event.Stream][]journal.Entry {
	trees := make(map[event.Stream][]journal.Entry)
	n.Read(func(tx *store.Tx) error {
		return journal.Each(context.Background(), tx, func(e *journal.Entry) error {
			trees[e.Stream] = append(trees[e.Stream], *e)
			return nil
		})
	})
	return trees
}

func roomOf(kind string) office.Room {
	for _, room := range rooms() {
		if _, ok := room.Kinds()[kind]; ok {
			return room
		}
	}
	return nil
}

// The tables do not depend on the order in which streams arrive, nor on an entry arriving twice (ADR 0004).
func TestApply_AnyOrderBetweenStreams(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t))
	story(n)
	n.Check()
	trees := n.entries()
	names := slices.Sorted(maps.Keys(trees))
	kinds := make(map[string]bool)
	for _, entries := range trees {
		for _, e := range entries {
			kinds[e.Kind] = true
		}
	}
	for kind := range programme.Words {
		if !kinds[kind] {
			t.Errorf("the story has no %s", kind)
		}
	}
	var want map[string]string
	n.Read(func(tx *store.Tx) (err error) {
		want, err = officetest.Digests(tx, rooms(), "")
		return err
	})
	storetest.Both(t, func(t *testing.T, config store.Config) {
		var migrations []store.Migration
		for _, room := range rooms() {
			migrations = append(migrations, room.Migration())
		}
		db := storetest.Open(t, config, migrations...)
		rapid.Check(t, func(t *rapid.T) {
			at, left := make(map[event.Stream]int), slices.Clone(names)
			err := db.Write(ctx, func(tx *store.Tx) error {
				for len(left) > 0 {
					k := rapid.IntRange(0, len(left)-1).Draw(t, "stream")
					e := trees[left[k]][at[left[k]]]
					for range rapid.IntRange(1, 2).Draw(t, "times") {
						if room := roomOf(e.Kind); room != nil {
							if err := room.Apply(ctx, tx, &office.Applied{Entry: &e}); err != nil {
								return err
							}
						}
					}
					if at[left[k]]++; at[left[k]] == len(trees[left[k]]) {
						left = slices.Delete(left, k, k+1)
					}
				}
				got, err := officetest.Digests(tx, rooms(), "")
				for table := range want {
					if got[table] != want[table] {
						t.Errorf("%s: %s, want %s", table, got[table], want[table])
					}
				}
				return errors.Join(err, errUndo)
			})
			if !errors.Is(err, errUndo) {
				t.Fatal(err)
			}
		})
	})
}

// Plan W3: a county that took in its stations' entries finds the same numbers as they froze, and so does the city.
func TestReport_SameNumberAtEveryLevel(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		below := newNode(t, storetest.SQLiteConfig(t)) // where the stations work
		story(below)
		above := officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{city}, Rooms: rooms(), Actions: programmedesk.Actions()})
		above.Now = below.Now
		trees := below.entries()
		names := slices.Sorted(maps.Keys(trees))
		slices.Reverse(names)
		above.Write(func(tx *store.Tx) error {
			for _, name := range names {
				for _, e := range trees[name] {
					if e.Kind == programme.KindReportFrozen && e.Unit == city {
						continue
					}
					if room := roomOf(e.Kind); room != nil {
						if err := room.Apply(ctx, tx, &office.Applied{Entry: &e}); err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
		var report programme.Report
		above.Must(at(city), "programme.freeze_report", m{"period": "day", "day": "2005-08-05"}, &report)
		var out programmedesk.ReportsOutput
		above.Must(at(city), "programme.reports", m{"period": "day", "from": "2005-08-05", "to": "2005-08-05"}, &out)
		if len(out.Reports) != 4 || len(out.Differences) != 0 {
			t.Fatalf("%+v", out)
		}
		var own programmedesk.ReportsOutput
		below.must(city, "programme.reports", m{"period": "day", "from": "2005-08-05", "to": "2005-08-05"}, &own)
		for _, r := range own.Reports {
			if r.Unit == city && r.Digest != report.Digest {
				t.Errorf("two nodes, two reports: %+v and %+v", r, report)
			}
		}
		if total := report.Total.Values[slices.Index(report.Columns, "accepted")]; total != 2 {
			t.Errorf("accepted %d", total)
		}
	})
}

// What a unit writes beyond its authority gives no row.
func TestAuthority_OfTheUnitThatWrites(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	rows := func() (digest string) {
		n.Read(func(tx *store.Tx) error {
			all, err := officetest.Digests(tx, []office.Room{programmedb.New()}, "")
			digest = all["programme_fact"]
			return err
		})
		return digest
	}
	for _, c := range []struct {
		kind   string
		wrongs []event.Stream
		right  event.Stream
	}{
		{programme.KindPlanAdopted, []event.Stream{event.Up(c1), event.Down(s1), event.To(c1, s1)}, event.Down(c1)},
		{programme.KindQuotasSet, []event.Stream{event.Up(c1), event.Down(s1)}, event.Down(c1)},
		{programme.KindMilestoneMet, []event.Stream{event.Down(c1), event.To(s1, s2)}, event.Up(s1)},
		{programme.KindOrderIssued, []event.Stream{event.Up(c1), event.To(s1, c1), event.To(s2, s1), event.To(c2, s1)}, event.To(c1, s1)},
		{programme.KindOrderClosed, []event.Stream{event.Up(c1), event.To(s1, s2)}, event.To(city, s1)},
		{programme.KindOrderAcknowledged, []event.Stream{event.To(c1, s1), event.Down(c1)}, event.Up(s1)},
		{programme.KindOrderReplied, []event.Stream{event.To(c1, s1)}, event.Up(s1)},
		{programme.KindReportFrozen, []event.Stream{event.Down(c1), event.To(c1, s1)}, event.Up(c1)},
		{programme.KindNoticeIssued, []event.Stream{event.Down(c1)}, event.Up(s1)},
		{programme.KindProblemRaised, []event.Stream{event.Down(c1)}, event.Up(s1)},
		{programme.KindGuidanceIssued, []event.Stream{event.Up(c1), event.Down(s1)}, event.Down(c1)},
		{programme.KindGuidanceRead, []event.Stream{event.Down(c1)}, event.Up(s1)},
	} {
		before := rows()
		for _, stream := range c.wrongs {
			n.emit(event.Event{Stream: stream, Kind: c.kind, V: 1, Subject: "x", Body: m{"unit": stream.Unit()}})
		}
		if !strings.HasPrefix(c.kind, "programme.order_") {
			n.emit(event.Event{Stream: c.right, Kind: c.kind, V: 1, Subject: "x", Body: m{"unit": c2}}) // in another's name
		}
		if rows() != before {
			t.Errorf("%s counts where it may not be written", c.kind)
		}
		n.emit(event.Event{Stream: c.right, Kind: c.kind, V: 1, Subject: "x", Body: m{"unit": c.right.Unit()}})
		if rows() == before {
			t.Errorf("%s in %s does not count", c.kind, c.right)
		}
	}
}

// A report is corrected by who froze it: another unit's word takes none away.
func TestReport_CorrectedByItsUnit(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	on := citizen.MustDate("2005-09-01")
	frozen := func(unit event.Unit, report, corrects string) event.Event {
		return event.Event{Stream: event.Up(unit), Kind: programme.KindReportFrozen, V: 1, Subject: report,
			Body: programme.Report{Unit: unit, Report: report, Period: programme.Daily, From: on, To: on, Corrects: corrects}}
	}
	n.emit(frozen(s1, "r1", ""), frozen(s2, "r2", "r1"), frozen(s2, "r3", "r2"))
	n.Read(func(tx *store.Tx) error {
		all, err := programmedb.ReportsIn(context.Background(), tx, c1, programme.Daily, on, on)
		if len(all) != 2 || all[0].Report != "r1" || all[1].Report != "r3" {
			t.Errorf("%+v", all)
		}
		return err
	})
}
