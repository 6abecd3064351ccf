package carddesk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

// lookUps reads the record of who looked at what.
func (n *node) lookUps() (all []string) {
	n.t.Helper()
	for _, e := range n.entries() {
		var body card.LookedUp
		if e.Kind != card.KindLookedUp {
			continue
		}
		if err := e.Decode(&body); err != nil || e.Stream != event.Access(e.Unit) {
			n.t.Errorf("%s in %s: %v", e.Kind, e.Stream, err)
		}
		all = append(all, fmt.Sprintf("%s %s %s %s %v", e.Unit, e.Operator, body.How, body.Purpose, body.Application != ""))
	}
	return all
}

// 居民身份证法（2003）第6条: whoever looks at applications says why and is recorded, and a list shows no whole number.
func TestLookUp_PurposeRecordAndMask_Art6(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		p := n.enter(station)
		a := n.open(p, card.First)
		n.refused("checker", "card.list", m{}, "card.no_purpose")
		n.refused("courier", "card.show", m{"application": a}, "card.no_purpose")
		if all := n.lookUps(); len(all) != 0 {
			t.Errorf("%v", all)
		}
		var listed []carddb.Listed
		n.must("checker", "card.list", m{"purpose": "催办"}, &listed)
		if len(listed) != 1 || listed[0].Number != p.Number[:10]+"********" {
			t.Errorf("%+v", listed)
		}
		n.must("clerk", "card.list", m{"purpose": "清点"}, &listed)
		if listed[0].Number == p.Number {
			t.Errorf("%+v", listed)
		}
		n.must("clerk", "card.show", m{"application": a}, nil)
		var shown struct {
			Face card.Face `json:"face"`
		}
		n.must("courier", "card.show", m{"application": a, "purpose": "复核"}, &shown)
		if shown.Face.Number != p.Number {
			t.Errorf("%+v", shown)
		}
		got := strings.Join(n.lookUps(), "; ")
		for _, want := range []string{"220100 checker list 催办 false", "220102001 clerk list 清点 false", "220102 courier application 复核 true"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in %q", want, got)
			}
		}
		if len(n.lookUps()) != 3 {
			t.Errorf("%q", got)
		}
		n.Read(func(tx *store.Tx) error {
			var rows, wide int64
			err := tx.Get(context.Background(), "select count(*), sum(wide) from card_look_up", nil, &rows, &wide)
			if rows != 3 || wide != 2 {
				t.Errorf("%d rows, %d wide", rows, wide)
			}
			return err
		})
		n.Check()
	})
}

// A list holds all of an area's applications and none of another's, whatever the area.
func TestList_NothingOutsideTheArea(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t))
	code := rapid.Custom(func(t *rapid.T) event.Unit {
		unit := rapid.SampledFrom([]event.Unit{"220100", "220102", "220103", "220199", "220200", "220202", "221000", "221002"}).Draw(t, "division")
		if unit.Level() == event.County && rapid.Bool().Draw(t, "station") {
			unit += event.Unit(rapid.SampledFrom([]string{"000", "001", "002", "999"}).Draw(t, "number"))
		}
		return unit
	})
	at := make(map[string]event.Unit)
	rapid.Check(t, func(t *rapid.T) {
		home := code.Draw(t, "home")
		id := fmt.Sprintf("x%05d", len(at))
		at[id] = home
		e := journal.Entry{Header: journal.Header{Stream: event.Up(home), Generation: 1, Unit: home, Kind: card.KindOpened, V: 1, Subject: id}, Salt: []byte{1},
			Body: fmt.Appendf(nil, `{"home":%q,"application":%q,"round":1,"opening":{"kind":"first"}}`, home, id)}
		n.apply(e)
		area := code.Draw(t, "area")
		if err := n.DB.Read(ctx, func(tx *store.Tx) error {
			listed, err := carddb.List(ctx, tx, area, "", "", len(at))
			want := 0
			for _, unit := range at {
				if area.Contains(unit) {
					want++
				}
			}
			for _, l := range listed {
				if !area.Contains(l.Unit) || at[l.Application] != l.Unit {
					t.Errorf("%s sees %s of %s", area, l.Application, l.Unit)
				}
			}
			if len(listed) != want {
				t.Errorf("%s: %d, want %d", area, len(listed), want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// What a unit writes of an application beyond its powers gives no row.
func TestAuthority_OfTheUnitThatWrites(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.campaign()
	real := n.entries()
	before := n.digests()
	var forged []event.Event
	for _, e := range real {
		var body card.Body
		step := e.Decode(&body) == nil && body.Application == e.Subject
		for _, unit := range []event.Unit{station, second, county, city} {
			switch {
			case step && card.MayWrite(e.Kind, body.Home, unit):
			case step, (e.Kind == card.KindOrderWritten || e.Kind == card.KindFeedbackTaken) && unit != city, e.Kind == card.KindNotified && unit != station:
				forged = append(forged, event.Event{Stream: event.Up(unit), Kind: e.Kind, V: 1, Subject: e.Subject, Cause: e.Cause, Body: rawBody(e.Body)})
			}
		}
	}
	skip := card.Consigned{Consignment: "k", To: station, Cards: []card.Packed{{CardNo: "1", Home: station}}}
	forged = append(forged, event.Event{Stream: event.To(city, station), Kind: card.KindConsigned, V: 1, Subject: "k", Body: skip},
		event.Event{Stream: event.To(second, station), Kind: card.KindConsigned, V: 1, Subject: "k", Body: skip})
	if len(forged) < 50 {
		t.Fatalf("%d forged entries", len(forged))
	}
	if _, err := n.Act(context.Background(), operators["admin"], func(_ context.Context, w *office.Work) error {
		w.Emit(forged...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for table, digest := range n.digests() {
		if digest != before[table] {
			t.Errorf("%s differs", table)
		}
	}
	n.Check()
}

// rawBody is a body byte for byte.
type rawBody []byte

// MarshalJSON gives the bytes.
func (b rawBody) MarshalJSON() ([]byte, error) { return b, nil }
