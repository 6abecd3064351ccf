// Package funddb keeps the fund room's tables: receipt books and receipts, fees, refunds, waiver lists, postings, closings, remittances; and of the
// second line budgets, reviews, appropriations, payments, with postings of their own.
package funddb

import (
	"context"
	"embed"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is the fund room (office.Room).
type Room struct{}

// New gives the room.
func New() Room { return Room{} }

// Name is "fund".
func (Room) Name() string { return "fund" }

// Migration is the room's tables.
func (Room) Migration() store.Migration { return store.Embedded("fund", migrations) }

// Kinds names the room's kinds, each in its first version.
func (Room) Kinds() map[string]int { return office.FirstVersions(fund.Words) }

// Words says what each kind states.
func (Room) Words() map[string]citizen.Text { return fund.Words }

// Tables lists the derived tables.
func (Room) Tables() []store.Table {
	return []store.Table{
		{Name: "fund_receipt_book", Key: []string{"unit", "book"},
			Columns: []string{"prefix", "first_no", "last_no", "generation", "issuer", "at"}, Unit: "unit"},
		{Name: "fund_receipt", Key: []string{"unit", "book", "number"}, Numbers: []string{"number"},
			Columns: []string{"subject", "state", "fen", "day", "cashier", "at"}, Unit: "unit"},
		{Name: "fund_fee", Key: []string{"unit", "application", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"resident", "kind", "day", "due", "waived", "amount", "ground", "certificate", "office", "book", "receipt", "source",
				"operator", "at", "what", "listed"}, Unit: "unit"},
		{Name: "fund_posting", Key: []string{"unit", "stream", "generation", "seq", "line"}, Numbers: []string{"generation", "seq", "line"},
			Columns: []string{"subject", "account", "debit", "credit", "day"}, Unit: "unit"},
		{Name: "fund_sum", Key: []string{"unit", "day", "what"}, Columns: []string{"n", "debit", "credit"}, Unit: "unit"},
		{Name: "fund_day", Key: []string{"unit", "day", "cashier"},
			Columns: []string{"subject", "receipts", "expected", "counted", "second", "operator", "at", "refunds", "refunded"}, Unit: "unit"},
		{Name: "fund_remittance", Key: []string{"unit", "remittance"}, Columns: []string{"fen", "receipts", "operator", "at"}, Unit: "unit"},
		{Name: "fund_remittance_day", Key: []string{"unit", "remittance", "day", "cashier"}, Unit: "unit"},
		{Name: "fund_confirmation", Key: []string{"unit", "remittance", "acting"}, Columns: []string{"fen", "slip", "operator", "at"}, Unit: "unit"},
		fact("fund_refund", nil, "what", "application", "day", "fen", "ground", "second", "voucher_generation", "voucher", "book", "receipt", "operator", "at"),
		fact("fund_receipt_range", nil, "subject", "book", "first_no", "last_no", "state", "day", "words", "second", "operator", "at"),
		fact("fund_poor", []string{"line"}, "list", "day", "number", "name", "ground", "certificate", "office", "at"),
		{Name: "fund_look_up", Key: []string{"unit", "look_up"}, Columns: []string{"at", "operator", "purpose", "application", "wide"}, Unit: "unit"},
		fact("fund_budget_line", []string{"line"}, "budget", "year", "version", "item", "what", "quantity", "price", "reason", "city_percent", "operator", "at"),
		fact("fund_budget_step", nil, "budget", "version", "step", "operator", "at"),
		fact("fund_budget_item", []string{"line"}, "budget", "version", "item", "drafted", "city", "county", "remark", "answerable_city", "answerable_county"),
		fact("fund_appropriation", nil, "budget", "appropriation", "item", "level", "fen", "day", "operator", "at"),
		fact("fund_received", nil, "budget", "appropriation", "fen", "day", "operator", "at"),
		fact("fund_payment", nil, "budget", "payment", "appropriation", "item", "fen", "payee", "paper", "spent_for", "procured", "day", "operator", "at"),
		fact("fund_transfer", nil, "budget", "transfer", "appropriation", "from_item", "to_item", "fen", "words", "step", "day", "operator", "at"),
		fact("fund_spending_posting", []string{"line"}, "budget", "account", "debit", "credit", "day"),
	}
}

// fact is a table of fact rows: keyed by the unit that they are about and the entry that states them.
func fact(name string, more []string, columns ...string) store.Table {
	return store.Table{Name: name, Key: append([]string{"unit", "stream", "generation", "seq"}, more...),
		Numbers: append([]string{"generation", "seq"}, more...), Columns: columns, Unit: "unit"}
}

// forgets deletes what stands for a subject of each kind.
var forgets = []string{
	"delete from fund_receipt_book where book = $1",
	"delete from fund_receipt where subject = $1",
	"delete from fund_fee where application = $1",
	"delete from fund_posting where subject = $1",
	"delete from fund_day where subject = $1",
	"delete from fund_remittance where remittance = $1",
	"delete from fund_remittance_day where remittance = $1",
	"delete from fund_confirmation where remittance = $1",
	"delete from fund_refund where application = $1",
	"delete from fund_receipt_range where subject = $1",
	"delete from fund_poor where list = $1",
	"delete from fund_look_up where look_up = $1",
	"delete from fund_budget_line where budget = $1",
	"delete from fund_budget_step where budget = $1",
	"delete from fund_budget_item where budget = $1",
	"delete from fund_appropriation where budget = $1",
	"delete from fund_received where budget = $1",
	"delete from fund_payment where budget = $1",
	"delete from fund_transfer where budget = $1",
	"delete from fund_spending_posting where budget = $1",
}

// Forget removes what stands for a subject: a book, what was charged, a voiding, a closing, a remittance, a list, a budget.
func (Room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	if err := forgetSums(ctx, tx, subject); err != nil {
		return nil, err
	}
	for _, query := range forgets {
		if _, err := tx.Exec(ctx, query, subject); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Erasable names the one kind whose bodies may be erased: a list of the poor, when it has served. Accounts are kept.
func (Room) Erasable() []string { return []string{fund.KindPoorListed} }

var appliers = map[string]func(context.Context, *store.Tx, *office.Applied) error{
	fund.KindReceiptsIssued:      applyBook,
	fund.KindFeeCollected:        applyFee,
	fund.KindFeeWaived:           applyFee,
	fund.KindRefunded:            applyRefund,
	fund.KindReceiptVoided:       applyVoided,
	fund.KindReceiptsLost:        applyUnused,
	fund.KindReceiptsReturned:    applyUnused,
	fund.KindPoorListed:          applyPoor,
	fund.KindLookedUp:            applyLookedUp,
	fund.KindDayClosed:           applyClosing,
	fund.KindRemitted:            applyRemittance,
	fund.KindRemittanceConfirmed: applyConfirmation,
	fund.KindBudgetDrafted:       applyDrafted,
	fund.KindBudgetSubmitted:     applySubmitted,
	fund.KindBudgetReviewed:      applyReviewed,
	fund.KindAppropriated:        applyAppropriated,
	fund.KindReceived:            applyReceived,
	fund.KindPaid:                applyPaid,
	fund.KindTransferAsked:       applyTransferAsked,
	fund.KindTransferred:         applyTransferred,
}

// Apply derives the rows of one entry. One of a unit that may not write it gives none: a station writes of its own money, and its county gives
// books and confirms remittances; a unit writes of its own budget and payments, finance at its level answers, and each level appropriates its share.
func (Room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	if apply := appliers[a.Kind]; apply != nil {
		return apply(ctx, tx, a)
	}
	return nil
}

func applyBook(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b fund.Book
	if err := a.Decode(&b); err != nil || a.Unit != b.Station.Parent() {
		return err
	}
	_, err := tx.Exec(ctx, `insert into fund_receipt_book(unit, book, prefix, first_no, last_no, generation, issuer, at)
		values($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`, b.Station, b.Book, b.Prefix, b.First, b.Last, b.Generation, a.Unit, a.At)
	return err
}

func applyFee(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var f fund.Fee
	if err := a.Decode(&f); err != nil || a.Unit != f.Home {
		return err
	}
	var receipt fund.Receipt
	if f.Receipt != nil {
		receipt = *f.Receipt
		if err := insertReceipt(ctx, tx, a, f.Home, receipt, sumCollected, f.AmountFen, f.Day); err != nil {
			return err
		}
	}
	var waiver fund.Waiver
	if f.Waiver != nil {
		waiver = *f.Waiver
	}
	written, err := tx.Exec(ctx, `insert into fund_fee(unit, application, generation, seq, resident, kind, day, due, waived, amount, ground, certificate,
		office, book, receipt, source, operator, at, what, listed)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) on conflict do nothing`, f.Home, f.Application, a.Generation, a.Seq, f.Resident, f.Kind, f.Day, f.DueFen, f.WaivedFen, f.AmountFen,
		waiver.Ground, waiver.Certificate, waiver.Office, receipt.Book, receipt.Number, f.Source, a.Operator, a.At, f.What, flag(waiver.Listed))
	if err != nil {
		return err
	}
	if f.WaivedFen > 0 {
		if err := tallied(ctx, tx, written, sum{unit: f.Home, day: f.Day.String(), what: sumWaived, n: 1, debit: f.WaivedFen}); err != nil {
			return err
		}
	}
	return post(ctx, tx, a, f.Home, f.Postings(a.Operator))
}

func insertReceipt(ctx context.Context, tx *store.Tx, a *office.Applied, home event.Unit, r fund.Receipt, state string, fen int64, day citizen.Date) error {
	written, err := tx.Exec(ctx, `insert into fund_receipt(unit, book, number, subject, state, fen, day, cashier, at) values($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict do nothing`, home, r.Book, r.Number, a.Subject, state, fen, day, a.Operator, a.At)
	if err != nil {
		return err
	}
	return tallied(ctx, tx, written, sum{unit: home, day: day.String(), what: state, n: 1, debit: fen})
}

func flag(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func post(ctx context.Context, tx *store.Tx, a *office.Applied, home event.Unit, postings []fund.Posting) error {
	for i, p := range postings {
		written, err := tx.Exec(ctx, `insert into fund_posting(unit, stream, generation, seq, line, subject, account, debit, credit, day)
			values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`,
			home, a.Stream, a.Generation, a.Seq, i+1, a.Subject, p.Account, p.Debit, p.Credit, p.Day)
		if err != nil {
			return err
		}
		if err := tallied(ctx, tx, written, sum{unit: home, day: p.Day.String(), what: p.Account, n: 1, debit: p.Debit, credit: p.Credit}); err != nil {
			return err
		}
	}
	return nil
}

func applyVoided(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var v fund.Voided
	if err := a.Decode(&v); err != nil || a.Unit != v.Home {
		return err
	}
	return insertReceipt(ctx, tx, a, v.Home, v.Receipt, sumVoided, 0, v.Day)
}

func applyClosing(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var c fund.Closing
	if err := a.Decode(&c); err != nil || a.Unit != c.Home {
		return err
	}
	_, err := tx.Exec(ctx, `insert into fund_day(unit, day, cashier, subject, receipts, expected, counted, second, operator, at, refunds, refunded)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
		c.Home, c.Day, c.Cashier, a.Subject, c.Receipts, c.ExpectedFen, c.CountedFen, c.Second, a.Operator, a.At, c.Refunds, c.RefundedFen)
	if err != nil {
		return err
	}
	return post(ctx, tx, a, c.Home, c.Postings())
}

func applyRemittance(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var r fund.Remittance
	if err := a.Decode(&r); err != nil || a.Unit != r.Home {
		return err
	}
	_, err := tx.Exec(ctx, "insert into fund_remittance(unit, remittance, fen, receipts, operator, at) values($1, $2, $3, $4, $5, $6) on conflict do nothing",
		r.Home, r.Remittance, r.AmountFen, r.Receipts, a.Operator, a.At)
	if err != nil {
		return err
	}
	for _, d := range r.Drawers {
		if _, err := tx.Exec(ctx, "insert into fund_remittance_day(unit, remittance, day, cashier) values($1, $2, $3, $4) on conflict do nothing",
			r.Home, r.Remittance, d.Day, d.Cashier); err != nil {
			return err
		}
	}
	return post(ctx, tx, a, r.Home, r.Postings(dayOf(a)))
}

func applyConfirmation(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var c fund.Confirmation
	if err := a.Decode(&c); err != nil || a.Unit != c.Home.Parent() {
		return err
	}
	_, err := tx.Exec(ctx, `insert into fund_confirmation(unit, remittance, acting, fen, slip, operator, at) values($1, $2, $3, $4, $5, $6, $7)
		on conflict do nothing`, c.Home, c.Remittance, a.Unit, c.AmountFen, c.TreasurySlip, a.Operator, a.At)
	if err != nil {
		return err
	}
	return post(ctx, tx, a, c.Home, c.Postings(dayOf(a)))
}

// dayOf is the business date of an entry.
func dayOf(a *office.Applied) citizen.Date { return dateOf(a.At) }

func dateOf(at int64) citizen.Date { return citizen.DateOf(time.UnixMilli(at)) }
