package carddesk_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// entries reads every entry of the node's journal that a room of the card or fund knows.
func (n *node) entries() (all []journal.Entry) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		return journal.Each(context.Background(), tx, func(e *journal.Entry) error {
			if n.room(e.Kind) != nil {
				all = append(all, *e)
			}
			return nil
		})
	})
	return all
}

func (n *node) room(kind string) office.Room {
	for _, r := range n.Rooms() {
		if r.Kinds()[kind] > 0 {
			return r
		}
	}
	return nil
}

// apply derives the rows of entries in the order given, as if they had arrived so.
func (n *node) apply(all ...journal.Entry) {
	n.t.Helper()
	n.Write(func(tx *store.Tx) error {
		for i := range all {
			if err := n.room(all[i].Kind).Apply(context.Background(), tx, &office.Applied{Entry: &all[i], Blobs: n.Blobs}); err != nil {
				return err
			}
		}
		return nil
	})
}

// digests gives the digest of every table of the rooms.
func (n *node) digests() (all map[string]string) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		all, err = officetest.Digests(tx, n.Rooms(), "")
		return err
	})
	return all
}

// campaign is a short history with a notice, a return, a death while the card is made, a hand-over, a waiver, a closing, a remittance and a look-up.
func (n *node) campaign() {
	n.books()
	p, dying := n.enter(station), n.enter(station)
	n.must("officer", "card.call_in", m{"tenure": p.Tenure, "turn_on": "2005-09-05", "way": "slip"}, nil)
	a := n.confirmed(p, card.First)
	n.must("reviewer", "card.return", m{"application": a, "reason": "form", "words": "no signature"}, nil)
	n.must("clerk", "card.confirm", m{"application": a, "form": n.blob("again"), "signer": "self"}, nil)
	n.must("reviewer", "card.review", m{"application": a}, nil)
	n.must("issuer", "card.sign", m{"application": a}, nil)
	n.must("checker", "card.check", m{"application": a}, nil)
	n.checked(dying, card.First)
	n.make(maker.Options{}, m{})
	dying.Dead = true
	n.must("clerk", "test.enter", dying, nil)
	if _, err := n.React(context.Background()); err != nil {
		n.t.Fatal(err)
	}
	var cards []string
	for _, e := range n.entries() {
		var body card.FeedbackTaken
		if e.Kind == card.KindFeedbackTaken && e.Decode(&body) == nil {
			for _, c := range body.Packages[0].Cards {
				cards = append(cards, c.CardNo)
			}
			n.down(body.Packages[0].Package, cards)
			break
		}
	}
	if err := n.handOver(a, p, nil); err != nil {
		n.t.Fatal(err)
	}
	n.refused("officer", "card.call_in", m{"tenure": p.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "card.has_card")
	b := n.open(n.enter(station), card.First)
	n.must("cashier", "fund.waive", m{"application": b, "ground": "hardship", "certificate": "c", "office": "o"}, nil)
	n.must("cashier", "fund.close_day", m{"counted_fen": 5000}, nil)
	n.must("cashier", "fund.remit", m{}, nil)
	n.must("checker", "card.list", m{"purpose": "催办"}, nil)
}

// Entries that arrive in any order between streams, and more than once, give the tables of the node that wrote them.
func TestTablesDoNotDependOnTheOrderOfArrival(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.campaign()
		n.Check()
		all, want := n.entries(), n.digests()
		for seed := range uint64(4) {
			chance := rand.New(rand.NewPCG(seed, 1))
			shuffled := append(slices.Clone(all), all[:len(all)/2]...)
			chance.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			other := newNode(t, storetest.SQLiteConfig(t))
			other.apply(shuffled...)
			for table, digest := range other.digests() {
				if digest != want[table] {
					t.Errorf("seed %d: %s differs", seed, table)
				}
			}
		}
	})
}

// Forgetting a subject and applying its entries again gives the same tables, as after a closure or an erasure; forgetting every subject leaves
// nothing.
func TestForgetAndApplyAgain(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.forget(string(station))
	n.forget(string(second))
	empty := n.digests()
	n.apply(n.entries()...) // the stations are started again
	n.campaign()
	all, want := n.entries(), n.digests()
	subjects := make(map[string]bool)
	for _, e := range all {
		subjects[e.Subject] = true
	}
	for subject := range subjects {
		n.forget(subject)
		n.apply(slices.DeleteFunc(slices.Clone(all), func(e journal.Entry) bool { return e.Subject != subject })...)
	}
	same := func(what string, want map[string]string) {
		for table, digest := range n.digests() {
			if digest != want[table] {
				t.Errorf("%s: %s differs", what, table)
			}
		}
	}
	same("applied again", want)
	for subject := range subjects {
		n.forget(subject)
	}
	same("forgotten", empty)
}

// forget removes what every room says of a subject.
func (n *node) forget(subject string) {
	n.t.Helper()
	n.Write(func(tx *store.Tx) error {
		for _, r := range n.Rooms() {
			if _, err := r.Forget(context.Background(), tx, subject); err != nil {
				return err
			}
		}
		return nil
	})
}

// A station counts a parcel whose list has come, while the city's word that the cards were made has not.
func TestCardsCountedBeforeTheirDispatchIsKnown(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	a := n.checked(p, card.First)
	made, taken := n.make(maker.Options{}, m{})
	pack := taken.Packages[0].Package
	var sent carddesk.ConsignResult
	n.must("checker", "card.count", m{"consignment": pack, "cards": made.Packages[pack]}, nil)
	n.must("checker", "card.consign", m{"to": county}, &sent)
	n.must("courier", "card.count", m{"consignment": sent.Consignment, "cards": made.Packages[pack]}, nil)
	n.must("courier", "card.consign", m{"to": station}, &sent)

	var early, late []journal.Entry
	for _, e := range n.entries() {
		switch {
		case e.Stream == event.To(city, station):
			late = append(late, e)
		case e.Stream.DueTo(station):
			early = append(early, e)
		}
	}
	s := newNode(t, storetest.SQLiteConfig(t))
	s.NextGeneration(station)
	s.apply(early...)
	var result carddesk.CountResult
	s.must("clerk", "card.count", m{"consignment": sent.Consignment, "cards": made.Packages[pack]}, &result)
	if result.Found != 1 || s.show(a).Stage != card.StageSigned {
		t.Fatalf("%+v %s", result, s.show(a).Stage)
	}
	var in carddesk.TakeInResult
	s.must("clerk", "card.take_in", m{}, &in)
	if len(in.Applications) != 0 {
		t.Errorf("%+v", in)
	}
	s.apply(late...)
	s.must("clerk", "card.take_in", m{}, &in)
	if !slices.Equal(in.Applications, []string{a}) || s.show(a).Stage != card.StageArrived {
		t.Fatalf("%+v %s", in, s.show(a).Stage)
	}
	s.must("clerk", "card.take_in", m{}, &in)
	if len(in.Applications) != 0 {
		t.Errorf("again: %+v", in)
	}
	if err := s.handOver(a, p, nil); err != nil {
		t.Error(err)
	}
}

// After a restore the running numbers of the day go on at the next thousand: slips of the lost tail may be in people's hands.
func TestGA214_4_NumbersSkipAfterARestore(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.open(n.enter(station), card.First)
	n.NextGeneration(station)
	for i, want := range []string{"2201020012005090501001", "2201020012005090501002"} {
		var opened carddesk.OpenResult
		n.must("clerk", "card.open", m{"tenure": n.enter(station).Tenure, "kind": "first"}, &opened)
		if opened.AcceptanceNo != want {
			t.Errorf("%d: %s, want %s", i, opened.AcceptanceNo, want)
		}
	}
}
