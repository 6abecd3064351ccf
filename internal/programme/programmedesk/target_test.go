package programmedesk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

// 居民身份证法 (2003) art. 2, plan A1: who is 16 counts from the birthday on, who dies or moves from that day on no longer; a card counts wherever it was
// handed over.
func TestTarget_OnAnyDate(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		holder := n.resident(s1, "1970-01-01", "1970-01-01")
		n.resident(s1, "1989-09-10", "1989-09-10") // 16 on 10 September 2005
		child := n.resident(s2, "2004-01-01", "2004-01-01")
		dying := n.resident(s2, "1930-01-01", "1930-01-01")
		n.until("2005-09-05")
		n.emit(event.Event{Stream: event.Up(s2), Kind: register.KindDeathRegistered, V: 1, Subject: dying, Body: register.DeathRegistered{Change: register.Change{
			Resident: "r" + dying, Tenure: dying, Version: 2, EffectiveOn: date("2005-09-04"), Record: register.Record{BirthDate: date("1930-01-01")}}}})
		n.step(n.apply(s3, holder), whole...)
		n.apply(s1, holder)
		n.must(city, "programme.adopt_plan", m{}, nil)
		count := func(on string) programmedesk.TargetOutput {
			var out programmedesk.TargetOutput
			n.must(city, "programme.target", m{"on": on}, &out)
			return out
		}
		for day, want := range map[string]int64{"2005-09-03": 2, "2005-09-04": 1, "2005-09-09": 1, "2005-09-10": 2, "2019-12-31": 2, "2020-01-01": 3} {
			if got := count(day); got.Total.Target != want || got.ByPlan != 5_000_000 {
				t.Errorf("%s: %+v, want %d", day, got, want)
			}
		}
		if got := count("2005-09-05"); got.Total.Holding != 1 || got.Rows[0].Holding != 1 || got.Total.Registered != 3 {
			t.Errorf("%+v", got)
		}
		if got := count("2005-09-04"); got.Total.Holding != 0 {
			t.Errorf("a card counts before it was handed over: %+v", got)
		}
		var out programmedesk.ReconcileOutput
		n.must(city, "programme.reconcile", m{"from": "2005-09-03", "to": "2005-09-30"}, &out)
		if !out.Balances || out.Total.Opening != 2 || out.Total.InBirthday != 1 || out.Total.OutDeath != 1 || out.Total.Closing != 2 {
			t.Errorf("%+v", out)
		}
		var list []programmedesk.Without
		n.until("2005-09-12")
		n.Must(at(s1, office.Clerk), "programme.without_card", m{"purpose": "上门通知"}, &list)
		if len(list) != 1 || list[0].Tenure == child || list[0].Why != "not_told" {
			t.Errorf("%+v", list)
		}
		young := list[0].Tenure
		n.step(n.apply(s1, young), card.KindPhotographed)
		n.Must(at(s1, office.Clerk), "programme.without_card", m{"purpose": "上门通知"}, &list)
		if len(list) != 1 || list[0].Why != "under_way" || list[0].Stage != card.StagePhotographed {
			t.Errorf("%+v", list)
		}
		n.Check()
	})
}

var errUndo = errors.New("undo")

// life is one tenure of the model, which knows nothing of the tables.
type life struct {
	unit      event.Unit
	birth     citizen.Date
	entered   citizen.Date // zero: before everything
	enteredBy string
	exited    citizen.Date // zero: never
	exitedBy  string
	restored  bool
}

func (l life) on(day citizen.Date) bool {
	return !l.entered.After(day) && (l.exited.IsZero() || l.restored || l.exited.After(day)) && l.birth.AgeOn(day) >= 16
}

func (l life) present(day citizen.Date) bool {
	return !l.entered.After(day) && (l.exited.IsZero() || l.restored || l.exited.After(day))
}

func drawLife(t *rapid.T) life {
	base := date("2005-01-01")
	day := func(name string) citizen.Date { return base.AddDays(rapid.IntRange(0, 60).Draw(t, name)) }
	l := life{unit: rapid.SampledFrom([]event.Unit{s1, s2, s3}).Draw(t, "unit"),
		birth: date("1988-11-01").AddDays(rapid.IntRange(0, 150).Draw(t, "birth"))}
	l.enteredBy = rapid.SampledFrom([]string{register.KindBirthRegistered, register.KindMovedIn}).Draw(t, "entered by")
	l.entered = day("entered")
	if rapid.Bool().Draw(t, "always there") {
		l.entered = date("1990-01-01")
	}
	if rapid.Bool().Draw(t, "leaves") {
		l.exitedBy = rapid.SampledFrom([]string{register.KindDeathRegistered, register.KindMovedOut, register.KindCancelled}).Draw(t, "exited by")
		if l.exited = day("exited"); l.exited.Before(l.entered) {
			l.exited = l.entered
		}
		l.restored = rapid.IntRange(0, 3).Draw(t, "restored") == 0
	}
	return l
}

// entries are what a station wrote of a life.
func (l life) entries(t *rapid.T, id string) []*journal.Entry {
	change := func(version int64, on citizen.Date) register.Change {
		return register.Change{Resident: "r" + id, Tenure: id, Version: version, EffectiveOn: on, Record: register.Record{Name: "王", BirthDate: l.birth}}
	}
	var all []*journal.Entry
	add := func(kind string, body any) {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, &journal.Entry{Header: journal.Header{Stream: event.Up(l.unit), Generation: 1, Seq: int64(len(all)), Unit: l.unit, Kind: kind, V: 1, Subject: id},
			Salt: make([]byte, journal.SaltSize), Body: raw})
	}
	add(l.enteredBy, change(1, l.entered))
	if l.exitedBy != "" {
		add(l.exitedBy, change(2, l.exited))
		if l.restored {
			add(register.KindRestored, change(3, l.exited))
		}
	}
	return all
}

// Whatever people do, the target of one day becomes that of another by births' sixteenth days, moves, deaths and cancellations exactly, at every station.
func TestReconcile_AddsUpExactly(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config, registerdb.New().Migration())
		rapid.Check(t, func(t *rapid.T) {
			lives := rapid.SliceOfN(rapid.Custom(drawLife), 0, 15).Draw(t, "lives")
			from := date("2005-01-01").AddDays(rapid.IntRange(0, 40).Draw(t, "from"))
			to := from.AddDays(rapid.IntRange(0, 40).Draw(t, "days"))
			err := db.Write(context.Background(), func(tx *store.Tx) error {
				for i, l := range lives {
					for _, e := range l.entries(t, fmt.Sprintf("t%02d", i)) {
						if err := registerdb.New().Apply(context.Background(), tx, &office.Applied{Entry: e}); err != nil {
							return err
						}
					}
				}
				flows, err := registerdb.FlowBetween(context.Background(), tx, city, from, from.AddYears(-16), to, to.AddYears(-16))
				if err != nil {
					return err
				}
				compareFlows(t, lives, flows, from, to)
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				t.Fatal(err)
			}
		})
	})
}

func compareFlows(t *rapid.T, lives []life, flows []registerdb.Flow, from, to citizen.Date) {
	want := make(map[event.Unit]*registerdb.Flow)
	for _, l := range lives {
		if want[l.unit] == nil {
			want[l.unit] = &registerdb.Flow{Unit: l.unit}
		}
		f := want[l.unit]
		before, after := l.on(from), l.on(to)
		if before {
			f.Opening++
		}
		if after {
			f.Closing++
		}
		switch {
		case before == after:
		case after && l.present(from):
			f.InBirthday++
		case after && l.enteredBy == register.KindMovedIn:
			f.InMove++
		case after:
			f.InRegistered++
		case l.exitedBy == register.KindDeathRegistered:
			f.OutDeath++
		case l.exitedBy == register.KindMovedOut:
			f.OutMove++
		default:
			f.OutCancelled++
		}
	}
	if len(flows) != len(want) {
		t.Fatalf("%d units, want %d", len(flows), len(want))
	}
	for _, f := range flows {
		if !f.Balances() || f != *want[f.Unit] {
			t.Errorf("%+v, want %+v", f, *want[f.Unit])
		}
	}
}
