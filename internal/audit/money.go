package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
)

// Money is what the fee entries add up to, in fen: Collected = Refunded + OnHand + InTransit + Confirmed; and what was spent, on the other line:
// Paid is never above Appropriated.
type Money struct {
	Fees         int   `json:"fees"` // applications that paid something
	Waived       int   `json:"waived"`
	CollectedFen int64 `json:"collected_fen"`
	WaivedFen    int64 `json:"waived_fen"`
	OverShortFen int64 `json:"over_short_fen"`
	RemittedFen  int64 `json:"remitted_fen"`
	ConfirmedFen int64 `json:"confirmed_fen"`
	OnHandFen    int64 `json:"on_hand_fen"`
	Receipts     int   `json:"receipts"`
	Voided       int   `json:"voided"`

	RefundedFen     int64 `json:"refunded_fen"`
	InTransitFen    int64 `json:"in_transit_fen"`
	PutAside        int64 `json:"put_aside"` // receipts lost or returned unused
	BudgetedFen     int64 `json:"budgeted_fen"`
	AppropriatedFen int64 `json:"appropriated_fen"`
	PaidFen         int64 `json:"paid_fen"`
}

// bookKey names a receipt book of a station.
type bookKey struct {
	unit event.Unit
	book string
}

// book is a range of receipt numbers and what was done with each.
type book struct {
	first, last int64
	issued      bool
	used        map[int64][]string // application, or "void"
	aside       []span             // lost or returned unused
}

// span is receipts from one number to another.
type span struct{ from, to int64 }

// drawer is one cashier's day.
type drawer struct {
	unit     event.Unit
	day      string
	operator string
}

type money struct {
	books     map[bookKey]*book
	fees      map[string]int   // application -> settlements
	taken     map[drawer]int64 // by receipts
	closed    map[drawer]closing
	remitted  map[string]remittance
	inDrawers map[drawer]string // remittance that took it
	confirmed map[string]int64
	charged   map[string]int64 // thing -> collected
	refunded  map[string]int64
	vouchers  map[voucherKey]string
	spending  spending
}

// voucherKey is the paper of a refund.
type voucherKey struct {
	unit       event.Unit
	generation int
	number     int64
}

type closing struct{ expected, counted int64 }

type remittance struct {
	unit    event.Unit
	amount  int64
	drawers []drawer
}

func newMoney() money {
	return money{books: make(map[bookKey]*book), fees: make(map[string]int), taken: make(map[drawer]int64), closed: make(map[drawer]closing),
		remitted: make(map[string]remittance), inDrawers: make(map[drawer]string), confirmed: make(map[string]int64),
		charged: make(map[string]int64), refunded: make(map[string]int64), vouchers: make(map[voucherKey]string), spending: newSpending()}
}

func (m *money) book(unit event.Unit, id string) *book {
	key := bookKey{unit, id}
	if m.books[key] == nil {
		m.books[key] = &book{used: make(map[int64][]string)}
	}
	return m.books[key]
}

// receipt is a receipt's number in a body.
type receipt struct {
	Book   string `json:"book"`
	Number int64  `json:"number"`
}

// moneyBody has the members of the fund's bodies that conservation needs.
type moneyBody struct {
	Home         event.Unit `json:"home"`
	Book         string     `json:"book"`
	Station      event.Unit `json:"station"`
	First        int64      `json:"first"`
	Last         int64      `json:"last"`
	What         string     `json:"what"`
	Application  string     `json:"application"`
	Day          string     `json:"day"`
	DueFen       int64      `json:"due_fen"`
	WaivedFen    int64      `json:"waived_fen"`
	AmountFen    int64      `json:"amount_fen"`
	Receipt      *receipt   `json:"receipt"`
	Cashier      string     `json:"cashier"`
	ExpectedFen  int64      `json:"expected_fen"`
	CountedFen   int64      `json:"counted_fen"`
	Remittance   string     `json:"remittance"`
	TreasurySlip string     `json:"treasury_slip"`
	From         int64      `json:"from"`
	To           int64      `json:"to"`
	Second       string     `json:"second"`
	Voucher      struct {
		Generation int   `json:"generation"`
		Number     int64 `json:"number"`
	} `json:"voucher"`
	Drawers []struct {
		Day     string `json:"day"`
		Cashier string `json:"cashier"`
	} `json:"drawers"`
}

// thing is what was charged: an application, or another thing by its reference.
func (b *moneyBody) thing() string {
	if b.What == "" {
		return b.Application
	}
	return b.What + " " + b.Application
}

// moneyHandlers maps a kind of the fund to what it adds.
var moneyHandlers = map[string]func(*auditor, *journal.Entry, moneyBody){
	"fund.receipts_issued":      (*auditor).receiptsIssued,
	"fund.fee_collected":        (*auditor).feeSettled,
	"fund.fee_waived":           (*auditor).feeSettled,
	"fund.refunded":             (*auditor).feeRefunded,
	"fund.receipts_lost":        (*auditor).receiptsAside,
	"fund.receipts_returned":    (*auditor).receiptsAside,
	"fund.receipt_voided":       (*auditor).receiptVoided,
	"fund.day_closed":           (*auditor).dayClosed,
	"fund.remitted":             (*auditor).remittedMoney,
	"fund.remittance_confirmed": (*auditor).remittanceConfirmed,
}

func (a *auditor) moneyEntry(e *journal.Entry) error {
	if spend := spendingHandlers[e.Kind]; spend != nil && !e.Erased() {
		return spend(a, e)
	}
	handle := moneyHandlers[e.Kind]
	if handle == nil || e.Erased() {
		return nil
	}
	body, err := decode[moneyBody](e)
	if err == nil {
		handle(a, e, body)
	}
	return err
}

func (a *auditor) receiptsIssued(_ *journal.Entry, body moneyBody) {
	b := a.money.book(body.Station, body.Book)
	b.first, b.last, b.issued = body.First, body.Last, true
}

func (a *auditor) feeSettled(e *journal.Entry, body moneyBody) {
	sums := &a.report.Money
	a.money.fees[body.thing()]++
	a.money.charged[body.thing()] += body.AmountFen
	if body.DueFen != body.WaivedFen+body.AmountFen {
		a.breach("fee.sum", body.Application, "%d fen are due, %d waived and %d collected", body.DueFen, body.WaivedFen, body.AmountFen)
	}
	sums.WaivedFen += body.WaivedFen
	sums.CollectedFen += body.AmountFen
	if body.WaivedFen > 0 {
		sums.Waived++
	}
	if body.AmountFen > 0 {
		sums.Fees++
	}
	if (body.AmountFen > 0) != (body.Receipt != nil) {
		a.breach("receipt.missing", body.Application, "%d fen were collected with receipt %v", body.AmountFen, body.Receipt)
	}
	if body.Receipt != nil {
		a.useReceipt(unitOf(body.Home, e), *body.Receipt, body.Application)
		a.report.Money.Receipts++
	}
	a.money.taken[drawer{unitOf(body.Home, e), body.Day, e.Operator}] += body.AmountFen
}

func (a *auditor) useReceipt(unit event.Unit, r receipt, what string) {
	b := a.money.book(unit, r.Book)
	b.used[r.Number] = append(b.used[r.Number], what)
}

func (a *auditor) feeRefunded(e *journal.Entry, body moneyBody) {
	unit := unitOf(body.Home, e)
	a.report.Money.RefundedFen += body.AmountFen
	a.money.refunded[body.thing()] += body.AmountFen
	a.money.taken[drawer{unit, body.Day, e.Operator}] -= body.AmountFen
	key := voucherKey{unit, body.Voucher.Generation, body.Voucher.Number}
	if other := a.money.vouchers[key]; other != "" {
		a.breach("refund.voucher", body.thing(), "its voucher %d stands for %s already", key.number, other)
	}
	a.money.vouchers[key] = body.thing()
	if body.Second == "" || body.Second == e.Operator {
		a.breach("refund.two_persons", body.thing(), "was paid back under one name")
	}
}

func (a *auditor) receiptsAside(e *journal.Entry, body moneyBody) {
	b := a.money.book(unitOf(body.Home, e), body.Book)
	b.aside = append(b.aside, span{body.From, body.To})
	a.report.Money.PutAside += body.To - body.From + 1
}

func (a *auditor) receiptVoided(e *journal.Entry, body moneyBody) {
	if body.Receipt == nil {
		return
	}
	a.report.Money.Voided++
	a.useReceipt(unitOf(body.Home, e), *body.Receipt, "void")
}

func (a *auditor) dayClosed(e *journal.Entry, body moneyBody) {
	at := drawer{unitOf(body.Home, e), body.Day, body.Cashier}
	if _, twice := a.money.closed[at]; twice {
		a.breach("day.twice", body.Day, "%s closed the day twice at %s", body.Cashier, at.unit)
	}
	a.money.closed[at] = closing{expected: body.ExpectedFen, counted: body.CountedFen}
	a.report.Money.OverShortFen += body.CountedFen - body.ExpectedFen
}

func (a *auditor) remittedMoney(e *journal.Entry, body moneyBody) {
	r := remittance{unit: unitOf(body.Home, e), amount: body.AmountFen}
	for _, d := range body.Drawers {
		at := drawer{r.unit, d.Day, d.Cashier}
		if other := a.money.inDrawers[at]; other != "" {
			a.breach("remittance.twice", body.Remittance, "the day %s of %s was remitted in %s already", d.Day, d.Cashier, other)
		}
		a.money.inDrawers[at] = body.Remittance
		r.drawers = append(r.drawers, at)
	}
	a.money.remitted[body.Remittance] = r
	a.report.Money.RemittedFen += body.AmountFen
}

func (a *auditor) remittanceConfirmed(_ *journal.Entry, body moneyBody) {
	a.money.confirmed[body.Remittance] += body.AmountFen
	a.report.Money.ConfirmedFen += body.AmountFen
}

func (a *auditor) sumMoney() {
	for _, application := range sortedKeys(a.money.fees) {
		if n := a.money.fees[application]; n > 1 {
			a.breach("fee.doubled", application, "was settled %d times", n)
		}
	}
	for _, thing := range sortedKeys(a.money.refunded) {
		if back, taken := a.money.refunded[thing], a.money.charged[thing]; back > taken {
			a.breach("refund.sum", thing, "%d fen were paid back of %d", back, taken)
		}
	}
	for key, b := range a.money.books {
		a.sumBook(key, b)
	}
	for at, closed := range a.money.closed {
		if closed.expected != a.money.taken[at] {
			a.breach("day.sum", at.day, "%s closed with %d fen expected; the receipts say %d", at.operator, closed.expected, a.money.taken[at])
		}
	}
	for _, id := range sortedKeys(a.money.remitted) {
		a.sumRemittance(id, a.money.remitted[id])
	}
	sums := &a.report.Money
	sums.InTransitFen = sums.RemittedFen - sums.ConfirmedFen
	sums.OnHandFen = sums.CollectedFen - sums.RefundedFen - sums.RemittedFen
	if onHand := a.onHand(); sums.OnHandFen < 0 || onHand != sums.OnHandFen {
		a.breach("money.sum", "", "%d fen were remitted of %d collected and %d paid back; drawers that were not remitted hold %d", sums.RemittedFen,
			sums.CollectedFen, sums.RefundedFen, onHand)
	}
	a.sumSpending()
}

// onHand counts the drawers, open or closed, that no remittance took.
func (a *auditor) onHand() (fen int64) {
	for at, taken := range a.money.taken {
		if a.money.inDrawers[at] == "" {
			fen += taken
		}
	}
	return fen
}

// sumBook checks a book: every number used once, inside the range, and none left out between two that were used.
func (a *auditor) sumBook(key bookKey, b *book) {
	name := fmt.Sprintf("%s/%s", key.unit, key.book)
	if !b.issued {
		a.breach("receipt.unissued", name, "%d receipts of a book that was never issued", len(b.used))
		return
	}
	numbers := make([]int64, 0, len(b.used))
	for n, uses := range b.used {
		numbers = append(numbers, n)
		if len(uses) > 1 {
			a.breach("receipt.doubled", name, "number %d was used for %v", n, uses)
		}
		if n < b.first || n > b.last {
			a.breach("receipt.range", name, "number %d is outside %d to %d", n, b.first, b.last)
		}
	}
	spans := slices.Clone(b.aside)
	for _, n := range numbers {
		spans = append(spans, span{n, n})
	}
	slices.SortFunc(spans, func(x, y span) int { return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to)) })
	next := b.first
	for _, s := range spans {
		switch {
		case s.from > next:
			a.breach("receipt.gap", name, "number %d follows %d: those between are unexplained", s.from, next-1)
			return
		case s.from < next && s.from >= b.first:
			a.breach("receipt.doubled", name, "number %d was explained twice", s.from)
		case s.to > b.last:
			a.breach("receipt.range", name, "number %d is outside %d to %d", s.to, b.first, b.last)
		}
		next = max(next, s.to+1)
	}
}

func (a *auditor) sumRemittance(id string, r remittance) {
	var due int64
	for _, at := range r.drawers {
		closed, ok := a.money.closed[at]
		if !ok {
			a.breach("remittance.open", id, "the day %s of %s was not closed", at.day, at.operator)
		}
		due += closed.expected
	}
	if due != r.amount {
		a.breach("remittance.sum", id, "%d fen were remitted; its days' receipts say %d", r.amount, due)
	}
	if got := a.money.confirmed[id]; got != 0 && got != r.amount {
		a.breach("remittance.confirmed", id, "%d fen were remitted, %d confirmed", r.amount, got)
	}
}
