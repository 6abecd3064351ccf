package funddesk_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	station     event.Unit = "220102001"
	second      event.Unit = "220102002"
	county      event.Unit = "220102"
	otherCounty event.Unit = "220104"
	city        event.Unit = "220100"
)

var (
	cashier = office.Operator{ID: "cashier", Login: "cashier", Unit: station, Roles: []office.Role{office.Cashier}}
	other   = office.Operator{ID: "other", Login: "other", Unit: station, Roles: []office.Role{office.Cashier}}
	finance = office.Operator{ID: "finance", Login: "finance", Unit: county, Roles: []office.Role{office.Finance}}
	clerk   = office.Operator{ID: "clerk", Login: "clerk", Unit: station, Roles: []office.Role{office.Clerk}}
)

type openInput struct {
	ID       string    `json:"id"`
	Kind     card.Kind `json:"kind"`
	Resident string    `json:"resident,omitempty"`
	Name     string    `json:"name,omitempty"`
	Number   string    `json:"number,omitempty"`
}

// open accepts an application for the tests, without the card room's desk.
var open = office.Define("test.open", citizen.Text{ZH: "受理", EN: "accept"}, []office.Role{office.Clerk}, nil,
	func(_ context.Context, w *office.Work, in openInput) (string, error) {
		if in.Resident == "" {
			in.Resident = "r" + in.ID
		}
		events, _, err := card.Open(card.OpenCommand{By: card.Actor{Unit: w.By.Unit, Operator: w.By.ID}, ID: in.ID, Kind: in.Kind, Today: w.Today},
			card.OpenFacts{Person: card.Person{Resident: in.Resident, Tenure: "t" + in.ID, Unit: w.By.Unit, Open: true,
				Record: register.Record{BirthDate: citizen.MustDate("1970-05-06"), Name: in.Name, Number: in.Number}}, Generation: 1})
		w.Emit(events...)
		return in.ID, err
	})

// withdraw ends an application for the tests.
var withdraw = office.Define("test.withdraw", citizen.Text{ZH: "终止", EN: "withdraw"}, []office.Role{office.Clerk}, nil,
	func(ctx context.Context, w *office.Work, in openInput) (string, error) {
		a, _, err := carddb.Load(ctx, w.Tx, in.ID)
		if err != nil {
			return "", err
		}
		events, err := card.Withdraw(a, card.WithdrawCommand{By: card.Actor{Unit: w.By.Unit, Operator: w.By.ID}, Reason: card.WithdrawAsked, Words: "不办了"})
		w.Emit(events...)
		return in.ID, err
	})

type node struct {
	*officetest.Office
	t testing.TB
	n int
}

func newNode(t testing.TB, config store.Config) *node {
	t.Helper()
	o := officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{station, second, county, otherCounty, city}, Rooms: []office.Room{registerdb.New(), carddb.New(), funddb.New()}, Directory: staff{},
		Actions: append([]office.Action{open, withdraw}, funddesk.Actions()...), Reactions: funddesk.Reactions()})
	o.Now = time.Date(2005, 9, 5, 1, 0, 0, 0, time.UTC)
	return &node{Office: o, t: t}
}

// staff are those in service, by login.
type staff struct{}

func (staff) Operator(_ context.Context, _ *store.Tx, login string) (office.Operator, bool, error) {
	for _, op := range []office.Operator{cashier, other, clerk, leader, stationFin, finance, {ID: "chief", Login: "chief", Unit: station}} {
		if op.Login == login {
			return op, true, nil
		}
	}
	return office.Operator{}, false, nil
}

type m = map[string]any

// open accepts an application of a kind and gives its identifier.
func (n *node) open(kind card.Kind) string {
	n.t.Helper()
	n.n++
	id := fmt.Sprintf("a%03d", n.n)
	n.Must(clerk, "test.open", m{"id": id, "kind": kind}, nil)
	return id
}

func (n *node) standing() funddb.Standing {
	n.t.Helper()
	var all []funddb.Standing
	n.Must(finance, "fund.show", m{"station": station}, &all)
	if len(all) != 1 {
		n.t.Fatalf("%+v", all)
	}
	return all[0]
}

// kept checks that what is kept of the money from one look to the next is what the rows say: in a transaction that writes nothing is kept.
func (n *node) kept() {
	n.t.Helper()
	said := func(tx *store.Tx) (all []any, err error) {
		for _, monthly := range []bool{false, true} {
			income, failed := funddb.IncomeOf(context.Background(), tx, "2201", "2201~", citizen.MustDate("2005-01-01"), citizen.MustDate("2006-12-31"), monthly)
			all, err = append(all, income), errors.Join(err, failed)
		}
		standing, failed := funddb.StandingOf(context.Background(), tx, station)
		return append(all, standing), errors.Join(err, failed)
	}
	var kept, rows []any
	n.Read(func(tx *store.Tx) (err error) { kept, err = said(tx); return err })
	n.Write(func(tx *store.Tx) (err error) { rows, err = said(tx); return err })
	if !reflect.DeepEqual(kept, rows) {
		n.t.Errorf("kept %+v, the rows say %+v", kept, rows)
	}
}

// added checks that the sums of days are those of the rows that they add up.
func (n *node) added() {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		for sums, rows := range map[string]string{
			"what not in ('waived', 'collected', 'voided')": "select count(*), coalesce(sum(debit), 0), coalesce(sum(credit), 0) from fund_posting",
			"what = 'waived'":                 "select count(*), coalesce(sum(waived), 0), 0 from fund_fee where waived > 0",
			"what in ('collected', 'voided')": "select count(*), coalesce(sum(fen), 0), 0 from fund_receipt",
		} {
			var got, want [3]int64
			if err := errors.Join(tx.Get(context.Background(), "select coalesce(sum(n), 0), coalesce(sum(debit), 0), coalesce(sum(credit), 0) from fund_sum where "+sums, nil, &got[0], &got[1], &got[2]),
				tx.Get(context.Background(), rows, nil, &want[0], &want[1], &want[2])); err != nil {
				return err
			}
			if got != want {
				n.t.Errorf("%s: %v, the rows come to %v", sums, got, want)
			}
		}
		return nil
	})
}

// settled checks that a replay gives the same tables and that every receipt is explained.
func (n *node) settled() {
	n.t.Helper()
	n.Check()
	n.kept()
	n.added()
	n.Read(func(tx *store.Tx) error {
		books, err := funddb.BookReports(context.Background(), tx, station)
		for _, b := range books {
			if sum := b.Used + b.Void + b.Lost + b.Returned + b.Retired + b.Unused; len(b.Gaps) > 0 || sum != b.Last-b.First+1 {
				n.t.Errorf("%+v explains %d", b, sum)
			}
		}
		if err != nil {
			return err
		}
		s, err := funddb.StandingOf(context.Background(), tx, station)
		if s.TieOut != 0 {
			n.t.Errorf("the tie-out is %d: %+v", s.TieOut, s)
		}
		return err
	})
}

func TestTwoLines_FromTheWindowToTheTreasury(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.Must(finance, "fund.issue_receipts", m{"station": station, "prefix": "吉", "from": 101, "to": 103}, nil)
		n.Must(finance, "fund.issue_receipts", m{"station": station, "prefix": "吉", "from": 201, "to": 299}, nil)
		var fee funddesk.FeeResult
		var numbers []int64
		take := func(by office.Operator, action string, input m) {
			t.Helper()
			fee = funddesk.FeeResult{}
			n.Must(by, action, input, &fee)
			if fee.Receipt != nil {
				numbers = append(numbers, fee.Receipt.Number)
			}
		}
		take(cashier, "fund.collect", m{"application": n.open(card.First)})
		take(cashier, "fund.collect", m{"application": n.open(card.ReplaceLost)})
		var voided fund.Receipt
		n.Refused(cashier, "fund.void_receipt", m{"words": "printer jam", "second": "clerk", "receipt": "吉202"}, "fund.other_receipt") // a colleague has used it meanwhile
		n.Must(cashier, "fund.void_receipt", m{"words": "printer jam", "second": "clerk", "receipt": "吉103"}, &voided)
		take(cashier, "fund.waive", m{"application": n.open(card.First), "ground": "urban_allowance", "certificate": "c1", "office": "民康街道"})
		if fee.WaivedFen != 2000 || fee.Receipt != nil {
			t.Errorf("%+v", fee)
		}
		take(cashier, "fund.waive", m{"application": n.open(card.Exchange), "ground": "hardship", "certificate": "c2", "office": "民康街道"})
		take(other, "fund.collect", m{"application": n.open(card.First)})
		if !slices.Equal(numbers, []int64{101, 102, 201, 202}) || voided.Number != 103 {
			t.Errorf("receipts %v, voided %d", numbers, voided.Number)
		}
		if s := n.standing(); s.Collected != 9000 || s.OnHand != 9000 || s.Cash != 9000 || s.Waived != 3000 || s.Receipts != 5 || s.Voided != 1 {
			t.Errorf("%+v", s)
		}
		n.kept()
		n.Refused(cashier, "fund.remit", m{}, "fund.nothing_to_remit")
		n.Refused(cashier, "fund.close_day", m{"counted_fen": 6900}, "fund.two_persons")
		var closed funddesk.CloseResult
		n.Must(cashier, "fund.close_day", m{"counted_fen": 6900, "second": "chief"}, &closed)
		if closed.ExpectedFen != 7000 || closed.DifferenceFen != -100 || closed.Receipts != 3 {
			t.Errorf("%+v", closed)
		}
		n.Refused(cashier, "fund.close_day", m{"counted_fen": 0}, "fund.closed_already")
		a := n.open(card.First)
		n.Refused(cashier, "fund.collect", m{"application": a}, "fund.day_closed")
		take(other, "fund.collect", m{"application": a})
		var r fund.Remittance
		n.Must(cashier, "fund.remit", m{}, &r)
		n.kept()
		if r.AmountFen != 7000 {
			t.Errorf("remitted %d: everything receipted goes, whatever was counted", r.AmountFen)
		}
		n.Refused(finance, "fund.confirm_remittance", m{"remittance": r.Remittance, "amount_fen": 6900, "treasury_slip": "t"}, "fund.remittance_differs")
		n.Must(finance, "fund.confirm_remittance", m{"remittance": r.Remittance, "amount_fen": 7000, "treasury_slip": "t"}, nil)
		n.Refused(finance, "fund.confirm_remittance", m{"remittance": r.Remittance, "amount_fen": 7000, "treasury_slip": "t"}, "fund.confirmed_already")
		n.Refused(finance, "fund.confirm_remittance", m{"remittance": "none", "amount_fen": 1, "treasury_slip": "t"}, "fund.no_remittance")
		s := n.standing()
		if s.Collected != 11000 || s.Remitted != 7000 || s.Confirmed != 7000 || s.OnHand != 4000 || s.Cash != 4000 || s.OverShort != -100 ||
			s.Cash+s.Safe-s.OverShort != s.OnHand {
			t.Errorf("%+v", s)
		}
		n.settled()
	})
}

func TestReceiptsOfAClosedGenerationAreRetired(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 1, "to": 50}, nil)
	n.Must(cashier, "fund.collect", m{"application": n.open(card.First)}, nil)
	a := n.open(card.First)
	n.NextGeneration(station)
	n.Refused(cashier, "fund.collect", m{"application": a}, "fund.no_receipts")
	n.Refused(finance, "fund.issue_receipts", m{"station": station, "from": 40, "to": 60}, "fund.book_overlaps")
	n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 51, "to": 60}, nil)
	var fee funddesk.FeeResult
	n.Must(cashier, "fund.collect", m{"application": a}, &fee)
	if fee.Receipt.Number != 51 {
		t.Errorf("%+v", fee.Receipt)
	}
	n.settled()
}

func TestTwoCashiersNeverShareAReceipt(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.Must(finance, "fund.issue_receipts", m{"station": station, "from": 1, "to": 50}, nil)
		var ids []string
		for range 12 {
			ids = append(ids, n.open(card.First))
		}
		seen := make(map[int64]int)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i, id := range ids {
			wg.Go(func() {
				var fee funddesk.FeeResult
				if err := n.Do([]office.Operator{cashier, other}[i%2], "fund.collect", m{"application": id}, &fee); err != nil {
					t.Errorf("%v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[fee.Receipt.Number]++
			})
		}
		wg.Wait()
		for number, times := range seen {
			if times != 1 || number < 1 || number > 12 {
				t.Errorf("receipt %d was given %d times", number, times)
			}
		}
		n.settled()
	})
}

func TestPolicyRefusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	a := n.open(card.ReplaceLost)
	for _, c := range []struct {
		by     office.Operator
		action string
		input  m
		code   string
	}{
		{cashier, "fund.issue_receipts", m{"station": station, "from": 1, "to": 9}, "office.role"},
		{finance, "fund.issue_receipts", m{"station": "220104001", "from": 1, "to": 9}, "fund.other_area"},
		{finance, "fund.collect", m{"application": a}, "office.role"},
		{cashier, "fund.collect", m{"application": "nothing"}, "card.no_application"},
		{cashier, "fund.collect", m{"application": a}, "fund.no_receipts"},
		{cashier, "fund.waive", m{"application": a, "ground": "hardship", "certificate": "c", "office": "o"}, "fund.not_waivable"},
		{cashier, "fund.void_receipt", m{"words": "", "second": "chief"}, "fund.two_persons"},
		{cashier, "fund.close_day", m{"counted_fen": 0}, "fund.nothing_to_close"},
		{cashier, "fund.close_day", m{"day": "2005-09-06", "counted_fen": 5}, "fund.future"},
		{clerk, "fund.show", m{}, "office.role"},
		{cashier, "fund.show", m{"station": "220102002"}, "office.other_area"},
	} {
		n.Refused(c.by, c.action, c.input, c.code)
	}
}
