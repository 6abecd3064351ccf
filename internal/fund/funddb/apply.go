package funddb

import (
	"context"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// insert adds a fact row of a table made by fact: the unit and the entry first, then more key columns, then the others.
func insert(ctx context.Context, tx *store.Tx, a *office.Applied, unit event.Unit, table, columns string, values ...any) error {
	args := append([]any{unit, a.Stream, a.Generation, a.Seq}, values...)
	marks := make([]string, len(args))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	_, err := tx.Exec(ctx, "insert into "+table+"(unit, stream, generation, seq, "+columns+") values("+strings.Join(marks, ", ")+") on conflict do nothing", args...)
	return err
}

func applyRefund(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var r fund.Refund
	if err := a.Decode(&r); err != nil || a.Unit != r.Home {
		return err
	}
	err := insert(ctx, tx, a, r.Home, "fund_refund", "what, application, day, fen, ground, second, voucher_generation, voucher, book, receipt, operator, at",
		r.What, r.Application, r.Day, r.AmountFen, r.Ground, r.Second, r.Voucher.Generation, r.Voucher.Number, r.Receipt.Book, r.Receipt.Number, a.Operator, a.At)
	if err != nil {
		return err
	}
	return post(ctx, tx, a, r.Home, r.Postings(a.Operator))
}

func applyUnused(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var u fund.Unused
	if err := a.Decode(&u); err != nil || a.Unit != u.Home {
		return err
	}
	state := "lost"
	if a.Kind == fund.KindReceiptsReturned {
		state = "returned"
	}
	return insert(ctx, tx, a, u.Home, "fund_receipt_range", "subject, book, first_no, last_no, state, day, words, second, operator, at",
		a.Subject, u.Book, u.From, u.To, state, u.Day, u.Words, u.Second, a.Operator, a.At)
}

func applyPoor(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var l fund.PoorList
	if err := a.Decode(&l); err != nil || a.Unit != l.Station.Parent() || a.Stream.Receiver() != l.Station {
		return err
	}
	for i, p := range l.Lines {
		err := insert(ctx, tx, a, l.Station, "fund_poor", "line, list, day, number, name, ground, certificate, office, at",
			i+1, a.Subject, l.Day, p.Number, p.Name, p.Ground, p.Certificate, p.Office, a.At)
		if err != nil {
			return err
		}
	}
	return nil
}

func applyLookedUp(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var l fund.LookedUp
	if err := a.Decode(&l); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into fund_look_up(unit, look_up, at, operator, purpose, application, wide) values($1, $2, $3, $4, $5, $6, $7)
		on conflict do nothing`, a.Unit, a.Subject, a.At, a.Operator, l.Purpose, l.Application, flag(l.Wide))
	return err
}

func applyDrafted(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b fund.Budget
	if err := a.Decode(&b); err != nil || a.Unit != b.Home {
		return err
	}
	for i, l := range b.Lines {
		err := insert(ctx, tx, a, b.Home, "fund_budget_line", "line, budget, year, version, item, what, quantity, price, reason, city_percent, operator, at",
			i+1, a.Subject, b.Year, b.Version, l.Item, l.What, l.Quantity, l.PriceFen, l.Reason, l.CityPercent, a.Operator, a.At)
		if err != nil {
			return err
		}
	}
	return nil
}

func applySubmitted(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var s fund.Submitted
	if err := a.Decode(&s); err != nil || a.Unit != s.Home {
		return err
	}
	return insert(ctx, tx, a, s.Home, "fund_budget_step", "budget, version, step, operator, at", a.Subject, s.Version, "submitted", a.Operator, a.At)
}

func applyReviewed(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var r fund.Reviewed
	if err := a.Decode(&r); err != nil || a.Unit != fund.ReviewerOf(r.Home) {
		return err
	}
	for i, item := range r.Items {
		err := insert(ctx, tx, a, r.Home, "fund_budget_item", "line, budget, version, item, drafted, city, county, remark, answerable_city, answerable_county",
			i+1, a.Subject, r.Version, item.Item, item.DraftedFen, item.CityFen, item.CountyFen, item.Remark, item.AnswerableCity, item.AnswerableCounty)
		if err != nil {
			return err
		}
	}
	return insert(ctx, tx, a, r.Home, "fund_budget_step", "budget, version, step, operator, at", a.Subject, r.Version, "reviewed", a.Operator, a.At)
}

func applyAppropriated(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var g fund.Appropriation
	if err := a.Decode(&g); err != nil || a.Unit != fund.BearerOf(g.Home, g.Level) {
		return err
	}
	err := insert(ctx, tx, a, g.Home, "fund_appropriation", "budget, appropriation, item, level, fen, day, operator, at",
		a.Subject, g.Appropriation, g.Item, g.Level, g.AmountFen, g.Day, a.Operator, a.At)
	if err != nil {
		return err
	}
	return spend(ctx, tx, a, g.Home, g.Postings())
}

func applyReceived(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var r fund.Received
	if err := a.Decode(&r); err != nil || a.Unit != r.Home {
		return err
	}
	err := insert(ctx, tx, a, r.Home, "fund_received", "budget, appropriation, fen, day, operator, at", a.Subject, r.Appropriation, r.AmountFen, r.Day, a.Operator, a.At)
	if err != nil {
		return err
	}
	return spend(ctx, tx, a, r.Home, r.Postings())
}

func applyPaid(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var p fund.Payment
	if err := a.Decode(&p); err != nil || a.Unit != p.Home {
		return err
	}
	err := insert(ctx, tx, a, p.Home, "fund_payment", "budget, payment, appropriation, item, fen, payee, paper, spent_for, procured, day, operator, at",
		a.Subject, p.Payment, p.Appropriation, p.Item, p.AmountFen, p.Payee, p.Paper, p.For, flag(p.Procured), p.Day, a.Operator, a.At)
	if err != nil {
		return err
	}
	return spend(ctx, tx, a, p.Home, p.Postings())
}

func applyTransferAsked(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var t fund.Transfer
	if err := a.Decode(&t); err != nil || a.Unit != t.Home {
		return err
	}
	return insertTransfer(ctx, tx, a, t, "asked")
}

func applyTransferred(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var t fund.Transfer
	if err := a.Decode(&t); err != nil || a.Unit != fund.ReviewerOf(t.Home) {
		return err
	}
	step := "refused"
	if t.Approved {
		step = "approved"
	}
	if err := insertTransfer(ctx, tx, a, t, step); err != nil {
		return err
	}
	return spend(ctx, tx, a, t.Home, t.Postings())
}

func insertTransfer(ctx context.Context, tx *store.Tx, a *office.Applied, t fund.Transfer, step string) error {
	return insert(ctx, tx, a, t.Home, "fund_transfer", "budget, transfer, appropriation, from_item, to_item, fen, words, step, day, operator, at",
		a.Subject, t.Transfer, t.Appropriation, t.From, t.To, t.AmountFen, t.Words, step, t.Day, a.Operator, a.At)
}

// spend books a fact of the second line, in postings that no fee ever stands in.
func spend(ctx context.Context, tx *store.Tx, a *office.Applied, home event.Unit, postings []fund.Posting) error {
	for i, p := range postings {
		if err := insert(ctx, tx, a, home, "fund_spending_posting", "line, budget, account, debit, credit, day", i+1, a.Subject, p.Account, p.Debit, p.Credit, p.Day); err != nil {
			return err
		}
	}
	return nil
}
