package funddesk_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// What a unit writes of another's money gives no row; its own word gives one.
func TestAuthority_OfTheUnitThatWrites(t *testing.T) {
	const elsewhere = otherCounty
	day := citizen.MustDate("2005-09-05")
	receipt := fund.Receipt{Book: "b", Number: 1}
	for _, c := range []struct {
		kind   string
		body   any
		right  event.Unit
		wrongs []event.Unit
	}{
		{fund.KindReceiptsIssued, fund.Book{Book: "b", Station: station, First: 1, Last: 9, Generation: 1}, county, []event.Unit{station, second, elsewhere, city}},
		{fund.KindFeeCollected, fund.Fee{Home: station, Application: "s", Kind: card.First, Day: day, AmountFen: 2000, Receipt: &receipt}, station, []event.Unit{second, county, city}},
		{fund.KindFeeWaived, fund.Fee{Home: station, Application: "s", Kind: card.First, Day: day, WaivedFen: 2000}, station, []event.Unit{second, county, city}},
		{fund.KindReceiptVoided, fund.Voided{Home: station, Receipt: receipt, Day: day}, station, []event.Unit{second, county, city}},
		{fund.KindDayClosed, fund.Closing{Home: station, Day: day, Cashier: "c", ExpectedFen: 1, CountedFen: 1}, station, []event.Unit{second, county, city}},
		{fund.KindRemitted, fund.Remittance{Home: station, Remittance: "s", Drawers: []fund.Drawer{{Day: day, Cashier: "c"}}, AmountFen: 1}, station, []event.Unit{second, county, city}},
		{fund.KindRemittanceConfirmed, fund.Confirmation{Home: station, Remittance: "s", AmountFen: 1}, county, []event.Unit{station, second, elsewhere, city}},
		{fund.KindRefunded, fund.Refund{Home: station, Application: "s", Day: day, AmountFen: 1}, station, []event.Unit{second, county, city}},
		{fund.KindReceiptsLost, fund.Unused{Home: station, Book: "b", From: 1, To: 2}, station, []event.Unit{second, county, city}},
		{fund.KindReceiptsReturned, fund.Unused{Home: station, Book: "b", From: 1, To: 2}, station, []event.Unit{second, county, city}},
		{fund.KindBudgetDrafted, fund.Budget{Home: station, Budget: "s", Year: 2006, Version: 1, Lines: []fund.BudgetLine{{Item: fund.Network}}}, station, []event.Unit{second, county, city}},
		{fund.KindBudgetSubmitted, fund.Submitted{Home: station, Budget: "s", Version: 1}, station, []event.Unit{second, county, city}},
		{fund.KindBudgetReviewed, fund.Reviewed{Home: station, Budget: "s", Version: 1}, county, []event.Unit{station, second, elsewhere, city}},
		{fund.KindBudgetReviewed, fund.Reviewed{Home: county, Budget: "s", Version: 1}, county, []event.Unit{station, elsewhere, city}},
		{fund.KindAppropriated, fund.Appropriation{Home: station, Budget: "s", Appropriation: "a", Level: fund.CountyLevel, AmountFen: 1}, county, []event.Unit{station, elsewhere, city}},
		{fund.KindAppropriated, fund.Appropriation{Home: station, Budget: "s", Appropriation: "a", Level: fund.CityLevel, AmountFen: 1}, city, []event.Unit{station, elsewhere, county}},
		{fund.KindReceived, fund.Received{Home: station, Budget: "s", Appropriation: "a", AmountFen: 1}, station, []event.Unit{second, county, city}},
		{fund.KindPaid, fund.Payment{Home: station, Budget: "s", Payment: "p", AmountFen: 1}, station, []event.Unit{second, county, city}},
		{fund.KindTransferAsked, fund.Transfer{Home: station, Budget: "s", Transfer: "t", AmountFen: 1}, station, []event.Unit{second, county, city}},
		{fund.KindTransferred, fund.Transfer{Home: station, Budget: "s", Transfer: "t", AmountFen: 1, Approved: true}, county, []event.Unit{station, elsewhere, city}},
	} {
		o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Hosts: []event.Unit{station, second, county, elsewhere, city}, Rooms: []office.Room{carddb.New(), funddb.New()}})
		write := func(unit event.Unit) {
			if _, err := o.Act(context.Background(), clerk, func(_ context.Context, w *office.Work) error {
				w.Emit(event.Event{Stream: event.Up(unit), Kind: c.kind, V: 1, Subject: "s", Body: c.body})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		digests := func() (all map[string]string) {
			o.Read(func(tx *store.Tx) (err error) {
				all, err = officetest.Digests(tx, o.Rooms(), "")
				return err
			})
			return all
		}
		differ := func(a, b map[string]string) (n int) {
			for table := range a {
				if a[table] != b[table] {
					n++
				}
			}
			return n
		}
		before := digests()
		for _, unit := range c.wrongs {
			write(unit)
		}
		if differ(before, digests()) > 0 {
			t.Errorf("%s of another unit counts", c.kind)
		}
		write(c.right)
		if differ(before, digests()) == 0 {
			t.Errorf("%s of %s does not count", c.kind, c.right)
		}
		o.Check()
	}
}

// A remittance is confirmed at the county alone.
func TestRemittance_ConfirmedByTheCountyOnly(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	for unit, code := range map[event.Unit]string{"220100": "office.level", station: "office.level"} {
		by := office.Operator{ID: "f", Login: "f", Unit: unit, Roles: []office.Role{office.Finance}}
		n.Refused(by, "fund.confirm_remittance", m{"remittance": "r", "amount_fen": 1, "treasury_slip": "t"}, code)
	}
}

// The money of a station is shown within the operator's area only.
func TestShow_OwnAreaOnly(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 1, "to": 9}, nil)
	for area, code := range map[event.Unit]string{"220104001": "office.other_area", "220104": "office.other_area", "220100": "office.other_area", "22": "office.other_area"} {
		n.Refused(finance, "fund.show", m{"station": area}, code)
	}
	next := office.Operator{ID: "next", Login: "next", Unit: "220102002", Roles: []office.Role{office.Cashier}}
	var all []map[string]any
	n.Must(next, "fund.show", m{}, &all)
	if len(all) != 0 {
		t.Errorf("%v", all)
	}
}

// What another unit says under the identifiers of one's own application, appropriation and transfer is nothing to them.
func TestMoney_UnderAnothersIdentifiers(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	x := story(n)
	day := citizen.MustDate("2005-09-05")
	open := n.open(card.First)
	report := func() (all m) {
		n.Must(finance, "fund.spending", m{"area": station}, &all)
		return all
	}
	before := fmt.Sprint(report())
	forged := []event.Event{
		{Stream: event.Up(second), Kind: fund.KindFeeWaived, V: 1, Subject: open, Body: fund.Fee{Home: second, Application: open, Kind: card.First, Day: day, DueFen: 2000, WaivedFen: 2000}},
		{Stream: event.Up(second), Kind: fund.KindPaid, V: 1, Subject: x.budget, Body: fund.Payment{Home: second, Budget: x.budget, Payment: "p", Appropriation: x.network, Item: fund.Network, AmountFen: 1_000_000, Day: day}},
		{Stream: event.Up(second), Kind: fund.KindTransferAsked, V: 1, Subject: x.budget, Body: fund.Transfer{Home: second, Budget: x.budget, Transfer: "t", Appropriation: x.network, From: fund.Network, To: fund.Training, AmountFen: 1_000_000, Day: day}},
	}
	money := func() (left int64) {
		n.Read(func(tx *store.Tx) error {
			m, err := funddb.LoadMoney(context.Background(), tx, x.network)
			left = m.LeftFen
			return err
		})
		return left
	}
	left := money()
	if _, err := n.Act(context.Background(), clerk, func(_ context.Context, w *office.Work) error {
		w.Emit(forged...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if now := money(); now != left {
		t.Errorf("%d fen are left of the appropriation, %d before another unit wrote of it", now, left)
	}
	if now := fmt.Sprint(report()); now != before {
		t.Errorf("%s\nbefore: %s", now, before)
	}
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 21, "to": 30}, nil)
	n.Must(cashier, "fund.collect", m{"application": open}, nil)
}
