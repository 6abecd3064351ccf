package fund

import (
	"fmt"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"pgregory.net/rapid"
)

const (
	station event.Unit = "220102001"
	county  event.Unit = "220102"
)

var (
	today = citizen.MustDate("2005-09-05")
	desk  = Actor{Unit: station, Operator: "cashier"}
)

func code(err error) string {
	if refusal, ok := event.AsRefusal(err); ok {
		return refusal.Code
	}
	return fmt.Sprint(err)
}

func application(kind card.Kind) card.Application {
	return card.Application{ID: "a", Home: station, Kind: kind, Stage: card.StageConfirmed}
}

func receipts(first, last, highest int64) ReceiptFacts {
	return ReceiptFacts{Generation: 1, Books: []Used{{Book: Book{Book: "b", Station: station, First: first, Last: last, Generation: 1}, Highest: highest}}}
}

func TestFees2322_AmountsByKindAndDay(t *testing.T) {
	for _, c := range []struct {
		kind card.Kind
		on   string
		fen  int64
	}{{card.First, "2005-09-05", 2000}, {card.Exchange, "2005-09-05", 2000}, {card.ReplaceLost, "2005-09-05", 4000}, {card.ReplaceDamaged, "2005-09-05", 4000},
		{card.First, "2018-04-01", 0}, {card.ReplaceLost, "2018-04-01", 4000}} {
		fen, source, err := Due(c.kind, citizen.MustDate(c.on))
		if err != nil || fen != c.fen || source == "" {
			t.Errorf("%s on %s: %d %q %v, want %d", c.kind, c.on, fen, source, err, c.fen)
		}
	}
	if _, _, err := Due(card.First, citizen.MustDate("2003-01-01")); code(err) != "fund.no_rate" {
		t.Errorf("before the notice: %v", err)
	}
}

func TestWaivers8_ShareByGroundAndKind(t *testing.T) {
	for _, c := range []struct {
		ground         string
		kind           card.Kind
		waived, amount int64
		want           string
	}{
		{"urban_allowance", card.First, 2000, 0, "<nil>"},
		{"five_guarantees", card.Exchange, 2000, 0, "<nil>"},
		{"hardship", card.First, 1000, 1000, "<nil>"},
		{"hardship", card.Exchange, 1000, 1000, "<nil>"},
		{"urban_allowance", card.ReplaceLost, 0, 0, "fund.not_waivable"},
		{"hardship", card.ReplaceDamaged, 0, 0, "fund.not_waivable"},
		{"friendship", card.First, 0, 0, "fund.ground"},
	} {
		cmd := FeeCommand{By: desk, Ground: c.ground, Certificate: "1", Office: "民康街道", Today: today}
		events, fee, err := Waive(application(c.kind), cmd, FeeFacts{Receipts: receipts(1, 9, 0), Limits: DefaultLimits()})
		if code(err) != c.want {
			t.Errorf("%s %s: %v, want %s", c.ground, c.kind, err, c.want)
			continue
		}
		if err == nil && (fee.WaivedFen != c.waived || fee.AmountFen != c.amount || (fee.Receipt != nil) != (c.amount > 0) || events[0].Kind != KindFeeWaived) {
			t.Errorf("%s %s: %+v", c.ground, c.kind, fee)
		}
	}
}

// 财综〔2004〕8号 as read; that damage is not covered is a setting, and the refusal does not cite the law's article 20, which says the opposite.
func TestWaivers8_DamageIsASetting(t *testing.T) {
	cmd := FeeCommand{By: desk, Ground: "hardship", Certificate: "1", Office: "民康街道", Today: today}
	facts := FeeFacts{Receipts: receipts(1, 9, 0), Limits: DefaultLimits()}
	_, _, err := Waive(application(card.ReplaceDamaged), cmd, facts)
	if r, ok := event.AsRefusal(err); !ok || r.Code != "fund.not_waivable" || r.Source != lawWaivers {
		t.Errorf("%v", err)
	}
	facts.Limits.Waivable[card.ReplaceDamaged] = true
	if _, fee, err := Waive(application(card.ReplaceDamaged), cmd, facts); err != nil || fee.WaivedFen != 2000 || fee.AmountFen != 2000 {
		t.Errorf("%+v %v", fee, err)
	}
	if _, _, err := Waive(application(card.ReplaceLost), cmd, facts); code(err) != "fund.not_waivable" {
		t.Errorf("%v", err)
	}
}

func TestFeeRefusals(t *testing.T) {
	ok := FeeFacts{Receipts: receipts(1, 9, 0)}
	closed := ok
	closed.Receipts.DayClosed = true
	retired := ok
	retired.Receipts.Generation = 2
	elsewhere := application(card.First)
	elsewhere.Home = "220102002"
	withdrawn := application(card.First)
	withdrawn.Stage = card.StageWithdrawn
	for _, c := range []struct {
		name  string
		a     card.Application
		facts FeeFacts
		on    string
		want  string
	}{
		{"first", application(card.First), ok, "2005-09-05", "<nil>"},
		{"第20条 once", application(card.First), FeeFacts{Settled: true, Receipts: ok.Receipts}, "2005-09-05", "fund.settled"},
		{"another station's", elsewhere, ok, "2005-09-05", "fund.other_unit"},
		{"unknown", card.Application{}, ok, "2005-09-05", "card.no_application"},
		{"withdrawn", withdrawn, ok, "2005-09-05", "fund.closed"},
		{"no book", application(card.First), FeeFacts{}, "2005-09-05", "fund.no_receipts"},
		{"book used up", application(card.First), FeeFacts{Receipts: receipts(1, 9, 9)}, "2005-09-05", "fund.no_receipts"},
		{"book of a closed generation", application(card.First), retired, "2005-09-05", "fund.no_receipts"},
		{"day closed", application(card.First), closed, "2005-09-05", "fund.day_closed"},
		{"free from 2018", application(card.First), ok, "2018-04-01", "fund.free"},
	} {
		_, _, err := Collect(c.a, FeeCommand{By: desk, Today: citizen.MustDate(c.on)}, c.facts)
		if code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	cmd := FeeCommand{By: desk, Ground: "hardship", Today: today}
	if _, _, err := Waive(application(card.First), cmd, FeeFacts{Limits: DefaultLimits()}); code(err) != "fund.certificate" {
		t.Errorf("waiver without certificate: %v", err)
	}
}

func TestReceiptBooks(t *testing.T) {
	known := []Book{{Prefix: "吉", First: 100, Last: 200}}
	book := func(first, last int64) Book {
		return Book{Book: "b", Station: station, Prefix: "吉", First: first, Last: last, Generation: 1}
	}
	foreign := book(1, 9)
	foreign.Station = "220104001"
	other := book(150, 160)
	other.Prefix = "长"
	for _, c := range []struct {
		name string
		book Book
		want string
	}{
		{"good", book(201, 300), "<nil>"}, {"before", book(1, 99), "<nil>"}, {"overlap", book(200, 300), "fund.book_overlaps"}, {"inside", book(120, 130), "fund.book_overlaps"},
		{"other prefix", other, "<nil>"}, {"backwards", book(9, 1), "fund.book_range"}, {"from zero", book(0, 9), "fund.book_range"}, {"too long", book(1000, 200_000), "fund.book_range"},
		{"another county's", foreign, "fund.other_area"},
	} {
		e, err := IssueReceipts(Actor{Unit: county, Operator: "finance"}, c.book, known)
		if code(err) != c.want || err == nil && e.Stream != event.Down(county) {
			t.Errorf("%s: %v %v, want %s", c.name, e.Stream, err, c.want)
		}
	}
	if _, _, err := VoidReceipt(desk, "v", "", "spoilt", "cashier", today, receipts(1, 9, 0)); code(err) != "fund.two_persons" {
		t.Errorf("%v", err)
	}
}

func TestClosingRemittingConfirming(t *testing.T) {
	c := Closing{Home: station, Day: today, Cashier: "cashier", Receipts: 2, ExpectedFen: 4000, CountedFen: 4000}
	short := c
	short.CountedFen = 3900
	alone := short
	alone.Second = "cashier"
	two := short
	two.Second = "chief"
	future := c
	future.Day = today.AddDays(1)
	for _, x := range []struct {
		name   string
		c      Closing
		closed bool
		want   string
	}{{"even", c, false, "<nil>"}, {"short under one name", short, false, "fund.two_persons"}, {"short under the same name", alone, false, "fund.two_persons"},
		{"short under two names", two, false, "<nil>"}, {"twice", c, true, "fund.closed_already"}, {"tomorrow", future, false, "fund.future"},
		{"nothing", Closing{Home: station, Day: today, Cashier: "cashier"}, false, "fund.nothing_to_close"}} {
		if _, err := CloseDay(desk, "d", x.c, x.closed, today); code(err) != x.want {
			t.Errorf("%s: %v, want %s", x.name, err, x.want)
		}
	}
	_, r, err := Remit(desk, "r", []Closing{c, two})
	if err != nil || r.AmountFen != 8000 || r.Receipts != 4 || len(r.Drawers) != 2 {
		t.Errorf("the receipted amount goes in full: %+v %v", r, err)
	}
	if _, _, err := Remit(desk, "r", nil); code(err) != "fund.nothing_to_remit" {
		t.Errorf("%v", err)
	}
	for _, x := range []struct {
		amount    int64
		slip      string
		confirmed bool
		want      string
	}{{8000, "s", false, "<nil>"}, {7999, "s", false, "fund.remittance_differs"}, {8000, "", false, "fund.treasury_slip"}, {8000, "s", true, "fund.confirmed_already"}} {
		e, err := Confirm(Actor{Unit: county, Operator: "finance"}, r, x.amount, x.slip, x.confirmed)
		if code(err) != x.want || err == nil && e.Stream != event.To(county, station) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	for _, unit := range []event.Unit{"220100", "220104", station} { // one unit alone confirms, or two could do so unknown to each other
		if _, err := Confirm(Actor{Unit: unit, Operator: "finance"}, r, 8000, "s", false); code(err) != "fund.other_county" {
			t.Errorf("confirmed by %s: %v", unit, err)
		}
	}
}

// ledger is a station's money in memory, kept by the rules alone.
type ledger struct {
	balance   map[string]int64
	books     []Used
	explained map[string]map[int64]bool
	drawers   map[Drawer]*Closing
	closed    []Closing
	pending   []Remittance
	collected int64
	remitted  int64
	counted   int64
}

func (l *ledger) post(t *rapid.T, postings []Posting) {
	var sum int64
	for _, p := range postings {
		if p.Debit < 0 || p.Credit < 0 || p.Debit != 0 && p.Credit != 0 {
			t.Fatalf("%+v", p)
		}
		l.balance[p.Account] += p.Debit - p.Credit
		sum += p.Debit - p.Credit
	}
	if sum != 0 {
		t.Fatalf("the postings do not balance: %+v", postings)
	}
}

func (l *ledger) use(r *Receipt) {
	for i := range l.books {
		if l.books[i].Book.Book == r.Book {
			l.books[i].Highest = max(l.books[i].Highest, r.Number)
		}
	}
	if l.explained[r.Book] == nil {
		l.explained[r.Book] = map[int64]bool{}
	}
	l.explained[r.Book][r.Number] = true
}

// Over random days: every booking balances, no receipt's number is missing without a reason, and what was collected is what was remitted
// and what is on hand.
func TestArticle20_CollectedIsRemittedAndOnHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &ledger{balance: map[string]int64{}, explained: map[string]map[int64]bool{}, drawers: map[Drawer]*Closing{}}
		day, generation, settled := today, 1, map[string]bool{}
		for i := range rapid.IntRange(1, 80).Draw(t, "acts") {
			by := Actor{Unit: station, Operator: rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "cashier")}
			drawer := Drawer{day, by.Operator}
			_, isClosed := l.drawers[drawer]
			facts := ReceiptFacts{Books: l.books, Generation: generation, DayClosed: isClosed && l.drawers[drawer] == nil}
			switch rapid.IntRange(0, 9).Draw(t, "act") {
			case 0:
				first := int64(1 + 1000*len(l.books))
				l.books = append(l.books, Used{Book: Book{Book: fmt.Sprint("b", i), Station: station, First: first, Last: first + rapid.Int64Range(0, 6).Draw(t, "size"), Generation: generation}})
			case 1:
				day = day.AddDays(1)
			case 2:
				if _, receipt, err := VoidReceipt(by, "v", "", "spoilt", "chief", day, facts); err == nil {
					l.use(receipt)
				}
			case 3:
				l.close(t, by, drawer, day)
			case 4:
				l.remit(t, by, day)
			case 5:
				l.confirm(t, day)
			case 6:
				if rapid.IntRange(0, 4).Draw(t, "restore") == 0 {
					generation++
				}
			default:
				l.fee(t, by, drawer, day, facts, settled)
			}
			l.check(t)
		}
	})
}

func (l *ledger) fee(t *rapid.T, by Actor, drawer Drawer, day citizen.Date, facts ReceiptFacts, settled map[string]bool) {
	a := application(rapid.SampledFrom([]card.Kind{card.First, card.ReplaceLost}).Draw(t, "kind"))
	a.ID = rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}).Draw(t, "application")
	cmd := FeeCommand{By: by, Today: day, Ground: "hardship", Certificate: "1", Office: "o"}
	rule := rapid.SampledFrom([]func(card.Application, FeeCommand, FeeFacts) ([]event.Event, *Fee, error){Collect, Waive}).Draw(t, "rule")
	_, fee, err := rule(a, cmd, FeeFacts{Settled: settled[a.ID], Receipts: facts})
	if settled[a.ID] && err == nil {
		t.Fatalf("%s paid twice", a.ID)
	}
	if err != nil {
		return
	}
	settled[a.ID] = true
	l.post(t, fee.Postings(by.Operator))
	l.collected += fee.AmountFen
	l.use(fee.Receipt)
	if l.drawers[drawer] == nil {
		l.drawers[drawer] = &Closing{Home: station, Day: drawer.Day, Cashier: drawer.Cashier}
	}
	l.drawers[drawer].Receipts++
	l.drawers[drawer].ExpectedFen += fee.AmountFen
}

func (l *ledger) close(t *rapid.T, by Actor, drawer Drawer, day citizen.Date) {
	open := l.drawers[drawer]
	_, known := l.drawers[drawer]
	if !known {
		return
	}
	c := Closing{}
	if open != nil {
		c = *open
		c.CountedFen = max(0, c.ExpectedFen+rapid.Int64Range(-300, 300).Draw(t, "difference"))
		c.Second = "chief"
	}
	if _, err := CloseDay(by, "d", c, open == nil, day); err != nil {
		return
	}
	l.post(t, c.Postings())
	l.counted += c.CountedFen
	l.drawers[drawer] = nil
	l.closed = append(l.closed, c)
}

func (l *ledger) remit(t *rapid.T, by Actor, day citizen.Date) {
	_, r, err := Remit(by, "r", l.closed)
	if err != nil {
		return
	}
	l.post(t, r.Postings(day))
	l.closed, l.remitted = nil, l.remitted+r.AmountFen
	l.pending = append(l.pending, r)
}

func (l *ledger) confirm(t *rapid.T, day citizen.Date) {
	for _, r := range l.pending {
		if _, err := Confirm(Actor{Unit: county, Operator: "f"}, r, r.AmountFen, "slip", false); err != nil {
			t.Fatal(err)
		}
		l.post(t, Confirmation{AmountFen: r.AmountFen}.Postings(day))
	}
	l.pending = nil
}

func (l *ledger) check(t *rapid.T) {
	var sum, drawers int64
	for account, b := range l.balance {
		sum += b
		if account != Safe && account != InTransit && account != Payable && account != OverShort {
			drawers += b
		}
	}
	onHand := drawers + l.balance[Safe] + l.balance[OverShort] // a shortage is a debit: it is still owed
	if l.balance[Safe] != l.counted-l.remitted {
		t.Fatalf("the safe holds %d; %d were counted in and %d remitted", l.balance[Safe], l.counted, l.remitted)
	}
	if sum != 0 || l.collected != l.remitted+onHand {
		t.Fatalf("sum %d; collected %d, remitted %d, on hand %d: %v", sum, l.collected, l.remitted, onHand, l.balance)
	}
	for _, b := range l.books {
		for n := b.First; n <= b.Highest; n++ {
			if !l.explained[b.Book.Book][n] {
				t.Fatalf("nothing explains receipt %d of %s", n, b.Book.Book)
			}
		}
	}
}

// An auditor is shown that one person was waived twice, and not who.
func TestOddWaivers_NameNobody(t *testing.T) {
	twice := Waived{Unit: "220102001", Resident: "resident-7", Kind: "first", Certificate: "C", Operator: "op", Application: "a1"}
	again := twice
	again.Application = "a2"
	odd := OddWaivers([]Waived{twice, again}, nil)
	if len(odd) != 1 || odd[0].Pattern != OddAgain || odd[0].What != "first" || len(odd[0].Applications) != 2 {
		t.Errorf("%+v", odd)
	}
}
