package carddesk_test

import (
	"context"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// A reviewer is given one application after the other, the oldest promise first; what is not paid for is passed over, and what has been decided is counted.
func TestTheNextOneComesByItself(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		first, second := n.confirmed(n.enter(station), card.Exchange), n.confirmed(n.enter(station), card.Exchange)
		unpaid := n.open(n.enter(station), card.Exchange)
		n.must("photo", "card.photograph", m{"application": unpaid, "photo": n.blob("photo"), "device": "camera"}, nil)
		n.must("clerk", "card.confirm", m{"application": unpaid, "form": n.blob("form"), "signer": "self"}, nil)
		var next carddesk.Next
		n.must("reviewer", "card.next", m{"desk": "review"}, &next)
		if next.Application != first || next.Waiting != 3 || next.Done != 0 {
			t.Errorf("%+v", next)
		}
		n.must("reviewer", "card.review", m{"application": first}, nil)
		next = carddesk.Next{}
		n.must("reviewer", "card.next", m{"desk": "review", "after": first}, &next)
		if next.Application != second || next.Done != 1 {
			t.Errorf("%+v", next)
		}
		n.must("reviewer", "card.return", m{"application": second, "reason": "photo", "words": "重新照相"}, nil)
		next = carddesk.Next{}
		n.must("reviewer", "card.next", m{"desk": "review", "after": second}, &next)
		if next.Application != "" || next.Unpaid != 1 || next.Returned != 1 || next.Waiting != 1 {
			t.Errorf("%+v", next)
		}
		next = carddesk.Next{}
		n.must("issuer", "card.next", m{"desk": "sign"}, &next)
		if next.Application != first {
			t.Errorf("%+v", next)
		}
		var tray carddesk.Tray
		n.must("issuer", "card.tray", m{}, &tray)
		if tray.Review != 1 || tray.Sign != 1 || tray.Check != 0 {
			t.Errorf("%+v", tray)
		}
		n.refused("reviewer", "card.next", m{"desk": "order"}, "card.no_desk")
		n.refused("reviewer", "card.next", m{"desk": "review", "unit": "220122001"}, "office.other_area")
		n.refused("clerk", "card.next", m{"desk": "review"}, "office.role")
		n.Check()
	})
}

// The dossier says what the rules would say, shows what has changed in the register, and is logged with its purpose.
func TestDossierTellsWhatTheRulesWouldSay(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	a := n.confirmed(p, card.Exchange)
	n.refused("reviewer", "card.dossier", m{"application": a}, "card.no_purpose")
	var d carddesk.Dossier
	n.must("reviewer", "card.dossier", m{"application": a, "purpose": "审核"}, &d)
	if d.Stands != "review" || len(d.Warnings) != 0 || len(d.Differences) != 0 || d.Registered == nil || d.Confirmation == nil || !d.FeeSettled {
		t.Fatalf("%+v", d)
	}
	p.Address = "吉林省长春市南关区人民大街9号"
	n.must("clerk", "test.enter", p, nil)
	n.must("reviewer", "card.review", m{"application": a}, nil)
	d = carddesk.Dossier{}
	n.must("issuer", "card.dossier", m{"application": a, "purpose": "签发"}, &d)
	if d.Stands != "sign" || d.Draft.ValidTo != "2025-09-05" || d.Draft.Authority == "" || len(d.Differences) != 1 || d.Differences[0].Item != "address" || d.Differences[0].Stops {
		t.Errorf("%+v", d)
	}
	n.must("reviewer", "card.dossier", m{"application": a, "purpose": "审核"}, nil)
	n.must("clerk", "card.hold", m{"application": a, "reason": "number", "promised_on": "2005-09-20", "words": "号码待核"}, nil)
	d = carddesk.Dossier{}
	n.must("issuer", "card.dossier", m{"application": a, "purpose": "签发"}, &d)
	if !slices.ContainsFunc(d.Warnings, func(w carddesk.Warning) bool { return w.Code == "card.on_hold" && w.Stops }) {
		t.Errorf("%+v", d.Warnings)
	}
	n.refused("clerk2", "card.dossier", m{"application": a, "purpose": "审核"}, "office.role")
}

// The city sees what an order would take before it is made, its state afterwards, and each consignment down to the card that is missing.
func TestOrdersAndConsignmentsAreSeenBeforeAndAfter(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		for range 2 {
			n.checked(n.enter(station), card.Exchange)
		}
		var draft carddesk.OrderDraft
		n.must("checker", "card.order_draft", m{}, &draft)
		if draft.Count != 2 || len(draft.Units) != 1 || draft.Units[0].N != 2 || len(draft.Skipped) != 0 {
			t.Errorf("%+v", draft)
		}
		made, taken := n.make(maker.Options{}, m{})
		var list []carddesk.OrderListed
		n.must("checker", "card.orders", m{}, &list)
		if len(list) != 1 || list[0].Count != 2 || list[0].Made != 2 || list[0].Open != 0 || list[0].Answered == 0 {
			t.Errorf("%+v", list)
		}
		n.refused("checker", "card.order_file", m{"order": list[0].Order}, "card.no_purpose")
		n.refused("checker", "card.order_file", m{"order": "x", "purpose": "送制证中心"}, "card.no_order")
		n.must("checker", "card.order_file", m{"order": list[0].Order, "purpose": "送制证中心"}, nil)
		pack := taken.Packages[0].Package
		n.must("checker", "card.count", m{"consignment": pack, "cards": made.Packages[pack][:1]}, nil)
		var shown carddesk.ConsignmentShown
		n.must("checker", "card.consignment", m{"consignment": pack}, &shown)
		var missing int
		for _, c := range shown.Cards {
			if c.Verdict == card.CountMissing && c.AcceptanceNo != "" {
				missing++
			}
		}
		if shown.Listed != 2 || shown.Found != 1 || shown.Missing != 1 || missing != 1 {
			t.Errorf("%+v", shown)
		}
		var would carddesk.ConsignDraft
		n.must("checker", "card.consign_draft", m{"to": county}, &would)
		if len(would.Cards) != 1 || len(would.Units) != 1 || would.Units[0].Unit != county {
			t.Errorf("%+v", would)
		}
		n.must("checker", "card.consign", m{"to": county}, nil)
		var sent []carddb.Sent
		n.must("courier", "card.consignments", m{}, &sent)
		if len(sent) != 1 || sent[0].CountedAt != 0 || sent[0].Listed != 1 {
			t.Errorf("%+v", sent)
		}
		var tray carddesk.Tray
		n.must("courier", "card.tray", m{}, &tray)
		if tray.Count != 1 {
			t.Errorf("%+v", tray)
		}
		n.refused("clerk", "card.consignment", m{"consignment": sent[0].Consignment}, "card.no_consignment")
	})
}

// Returns, defects and remakes are counted without a name, by the station whose applications they are.
func TestQualityCountsWithoutNames(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		a := n.confirmed(n.enter(station), card.Exchange)
		n.must("reviewer", "card.return", m{"application": a, "reason": "photo", "words": "重新照相"}, nil)
		b := n.checked(n.enter(station), card.Exchange)
		made, taken := n.make(maker.Options{}, m{})
		pack := taken.Packages[0].Package
		n.down(pack, made.Packages[pack])
		n.must("clerk", "card.find_defect", m{"application": b, "code": "chip"}, nil)
		var q carddesk.Quality
		n.must("checker", "card.quality", m{"from": "2005-09-01", "to": "2005-09-30"}, &q)
		if len(q.Returns) != 1 || q.Returns[0] != (carddesk.ReasonCount{Unit: station, Reason: "photo", N: 1}) || len(q.Defects) != 1 || q.Defects[0].N != 1 || len(q.Accepted) != 1 || q.Accepted[0].N != 2 {
			t.Errorf("%+v", q)
		}
		n.refused("clerk2", "card.quality", m{"from": "2005-09-01", "to": "2005-09-30", "unit": station}, "office.other_area")
		n.refused("checker", "card.quality", m{"from": "2005-09-02", "to": "2005-09-01"}, "card.span")
		n.Now = n.Now.AddDate(0, 0, 70)
		n.Read(func(tx *store.Tx) error {
			late, err := carddb.CountBroken(context.Background(), tx, county, card.DayOf(n.Now.UnixMilli()).Date())
			if late != 2 {
				t.Errorf("%d are past their promise", late)
			}
			return err
		})
	})
}
