package funddesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
)

// FeeOfInput names what is charged: an application, or another thing and its reference.
type FeeOfInput struct {
	Application string    `json:"application,omitempty"`
	What        fund.What `json:"what,omitempty"`
	Reference   string    `json:"reference,omitempty"`
}

// FeeOf is how a fee was settled, or what is due. On what ground one was waived is not told here.
type FeeOf struct {
	DueFen  int64       `json:"due_fen"`
	Settled bool        `json:"settled"`
	Fee     *funddb.Fee `json:"fee,omitempty"`
}

func feeOf(ctx context.Context, w *office.Work, in FeeOfInput) (out FeeOf, err error) {
	kind := card.Kind(in.What)
	reference := in.Reference
	if in.What == fund.ForApplication {
		a, ok, err := carddb.Load(ctx, w.Tx, in.Application)
		if err != nil {
			return out, err
		}
		if !ok {
			return out, card.NotFound()
		}
		if err := w.Own(a.Home); err != nil {
			return out, err
		}
		kind, reference = a.Kind, a.ID
	}
	fee, ok, err := funddb.FeeOf(ctx, w.Tx, w.By.Unit, in.What, reference)
	if err != nil {
		return out, err
	}
	if ok {
		return FeeOf{DueFen: fee.DueFen, Settled: true, Fee: &fee}, nil
	}
	out.DueFen, _, err = fund.Due(kind, w.Today)
	return out, err
}

// TillInput names a day and a cashier. Another's day is for the leader to see.
type TillInput struct {
	Day     citizen.Date `json:"day,omitzero"`
	Cashier string       `json:"cashier,omitempty"`
}

// Till is a cashier's day: every fee with its receipt, what was voided and paid back, and what must be in the drawer.
type Till struct {
	Day         citizen.Date     `json:"day"`
	Cashier     string           `json:"cashier"`
	Fees        []funddb.Fee     `json:"fees"`
	Voided      []fund.Receipt   `json:"voided"`
	Next        *fund.Receipt    `json:"next,omitempty"` // the receipt to be used next; none: there is no book
	Left        int64            `json:"left"`           // unused receipts
	Receipts    int              `json:"receipts"`
	TakenFen    int64            `json:"taken_fen"`
	Refunds     int              `json:"refunds"`
	RefundedFen int64            `json:"refunded_fen"`
	ExpectedFen int64            `json:"expected_fen"`
	Closed      *funddb.OpenDay  `json:"closed,omitempty"`
	OpenDays    []funddb.OpenDay `json:"open_days"` // this cashier's days before that are not closed
}

func till(ctx context.Context, w *office.Work, in TillInput) (out Till, err error) {
	if in.Day.IsZero() {
		in.Day = w.Today
	}
	if in.Cashier == "" || !w.By.Has(office.Leader) {
		in.Cashier = w.By.ID
	}
	out.Day, out.Cashier = in.Day, in.Cashier
	if out.Fees, out.Voided, err = funddb.FeesOn(ctx, w.Tx, w.By.Unit, in.Day, in.Cashier); err != nil {
		return out, err
	}
	taken, err := funddb.TakenOn(ctx, w.Tx, w.By.Unit, in.Day, in.Cashier)
	if err != nil {
		return out, err
	}
	out.Receipts, out.TakenFen, out.Refunds, out.RefundedFen, out.ExpectedFen = taken.Receipts, taken.Fen, taken.Refunds, taken.RefundedFen, taken.Fen-taken.RefundedFen
	if err := nextReceipt(ctx, w, &out); err != nil {
		return out, err
	}
	low, high := carddb.Slice(w.By.Unit)
	closings, err := funddb.Closings(ctx, w.Tx, low, high)
	if err != nil {
		return out, err
	}
	for i := range closings {
		if closings[i].Day == in.Day && closings[i].Cashier == in.Cashier {
			out.Closed = &closings[i]
		}
	}
	open, err := funddb.OpenDays(ctx, w.Tx, low, high, in.Day)
	out.OpenDays = []funddb.OpenDay{}
	for _, d := range open {
		if d.Cashier == in.Cashier {
			out.OpenDays = append(out.OpenDays, d)
		}
	}
	return out, err
}

// nextReceipt tells which receipt lies on top, and how many are left.
func nextReceipt(ctx context.Context, w *office.Work, out *Till) error {
	facts, err := receiptFacts(ctx, w)
	if err != nil {
		return err
	}
	for _, b := range facts.Books {
		if b.Generation != facts.Generation || b.Highest >= b.Last {
			continue
		}
		next := max(b.First, b.Highest+1)
		if out.Next == nil {
			out.Next = &fund.Receipt{Book: b.Book.Book, Number: next, Prefix: b.Prefix}
		}
		out.Left += b.Last - next + 1
	}
	return nil
}

// UnpaidInput asks for the signed applications whose fee is open.
type UnpaidInput struct {
	Purpose string `json:"purpose"`
}

// Unpaid is one of them.
type Unpaid struct {
	Unit         event.Unit `json:"unit"`
	Application  string     `json:"application"`
	AcceptanceNo string     `json:"acceptance_no"`
	Name         string     `json:"name"`
	Since        int64      `json:"since"`
}

func unpaid(ctx context.Context, w *office.Work, in UnpaidInput) ([]Unpaid, error) {
	out := []Unpaid{}
	if err := record(w, fund.LookedUp{Purpose: in.Purpose, Wide: true}); err != nil {
		return out, err
	}
	signed, err := carddb.List(ctx, w.Tx, w.By.Unit, card.StageConfirmed, "", maxUnpaid)
	if err != nil {
		return out, err
	}
	applications := make([]string, len(signed))
	for i := range signed {
		applications[i] = signed[i].Application
	}
	settled, err := funddb.SettledAmong(ctx, w.Tx, applications)
	for _, a := range signed {
		if !settled[funddb.Applied{Unit: a.Unit, Application: a.Application}] {
			out = append(out, Unpaid{a.Unit, a.Application, a.AcceptanceNo, a.Name, a.Since})
		}
	}
	return out, err
}

// maxUnpaid is how many signed applications are looked at.
const maxUnpaid = 1000
