package funddesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
)

// TableInput names a day.
type TableInput struct {
	On         citizen.Date `json:"on,omitzero"`          // left out: today
	Generation string       `json:"generation,omitempty"` // of the cards; left out: every one
}

// TableResult is the board that hangs beside the window (收费公示).
type TableResult struct {
	On      citizen.Date `json:"on"`
	Fees    []fund.Rate  `json:"fees"`
	Waivers []fund.Share `json:"waivers"`
}

func feeTable(_ context.Context, w *office.Work, in TableInput) (TableResult, error) {
	if in.On.IsZero() {
		in.On = w.Today
	}
	fees := slices.DeleteFunc(fund.FeeTable(in.On), func(r fund.Rate) bool {
		return in.Generation != "" && r.Generation != "" && r.Generation != in.Generation
	})
	return TableResult{On: in.On, Fees: fees, Waivers: fund.WaiverTable(in.On)}, nil
}

// RefundInput is a fee, or a part of it, to be paid back.
type RefundInput struct {
	Application string            `json:"application,omitempty"`
	What        fund.What         `json:"what,omitempty"`
	Reference   string            `json:"reference,omitempty"`
	AmountFen   int64             `json:"amount_fen"`
	Ground      fund.RefundGround `json:"ground"` // overcharged, free_day, withdrawn
	Words       string            `json:"words"`
	Second      string            `json:"second"` // the other person
}

func refund(ctx context.Context, w *office.Work, in RefundInput) (fund.Refund, error) {
	if err := second(ctx, w, in.Second); err != nil {
		return fund.Refund{}, err
	}
	reference := in.Reference
	var facts fund.RefundFacts
	if in.What == fund.ForApplication {
		a, _, err := carddb.Load(ctx, w.Tx, in.Application)
		if err != nil {
			return fund.Refund{}, err
		}
		reference, facts.Application = a.ID, a
	}
	if err := w.Lock(ctx, thingLock(in.What, reference), receiptsLock(w.By.Unit), drawerLock(w.By.Unit, w.By.ID)); err != nil {
		return fund.Refund{}, err
	}
	r, known, err := funddb.Charged(ctx, w.Tx, w.By.Unit, in.What, reference)
	if err != nil {
		return r, err
	}
	known.Application = facts.Application
	receipts, err := receiptFacts(ctx, w)
	if err != nil {
		return r, err
	}
	taken, err := funddb.TakenOn(ctx, w.Tx, w.By.Unit, w.Today, w.By.ID)
	if err != nil {
		return r, err
	}
	known.DayClosed, known.DrawerFen = receipts.DayClosed, taken.Fen-taken.RefundedFen
	last, err := funddb.LastVoucher(ctx, w.Tx, w.By.Unit, receipts.Generation)
	if err != nil {
		return r, err
	}
	r.Home, r.What, r.Application, r.Day = w.By.Unit, in.What, reference, w.Today
	r.AmountFen, r.Ground, r.Words, r.Second = in.AmountFen, in.Ground, in.Words, in.Second
	r.Voucher = fund.Voucher{Generation: receipts.Generation, Number: last + 1}
	e, err := fund.PayBack(actor(w), r, known)
	if err != nil {
		return r, err
	}
	w.Emit(e)
	return r, nil
}

// UnusedInput names receipts from the next one of a book on.
type UnusedInput struct {
	Book   string `json:"book"`
	To     int64  `json:"to,omitempty"` // left out: the end of the book
	Words  string `json:"words"`
	Second string `json:"second"` // the other person
}

func loseReceipts(ctx context.Context, w *office.Work, in UnusedInput) (fund.Unused, error) {
	return putAside(ctx, w, fund.KindReceiptsLost, in)
}

func returnReceipts(ctx context.Context, w *office.Work, in UnusedInput) (fund.Unused, error) {
	return putAside(ctx, w, fund.KindReceiptsReturned, in)
}

func putAside(ctx context.Context, w *office.Work, kind string, in UnusedInput) (fund.Unused, error) {
	if err := second(ctx, w, in.Second); err != nil {
		return fund.Unused{}, err
	}
	if err := w.Lock(ctx, receiptsLock(w.By.Unit)); err != nil {
		return fund.Unused{}, err
	}
	books, err := funddb.Books(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return fund.Unused{}, err
	}
	id, err := newID()
	if err != nil {
		return fund.Unused{}, err
	}
	e, u, err := fund.PutAside(actor(w), kind, id, fund.Unused{Home: w.By.Unit, Book: in.Book, To: in.To, Day: w.Today, Words: in.Words, Second: in.Second}, books)
	if err != nil {
		return u, err
	}
	w.Emit(e)
	return u, nil
}

func receiptReport(ctx context.Context, w *office.Work, in ShowInput) ([]funddb.BookReport, error) {
	low, high, err := slice(w, in.Station)
	if err != nil {
		return nil, err
	}
	units, err := funddb.Units(ctx, w.Tx, low, high)
	if err != nil {
		return nil, err
	}
	all := []funddb.BookReport{}
	for _, u := range units {
		books, err := funddb.BookReports(ctx, w.Tx, u)
		if err != nil {
			return nil, err
		}
		all = append(all, books...)
	}
	return all, nil
}

// IncomeInput asks for a report of an area between two days.
type IncomeInput struct {
	Area event.Unit   `json:"area,omitempty"` // left out: the operator's
	By   string       `json:"by,omitempty"`   // day or month; left out: day
	From citizen.Date `json:"from,omitzero"`  // left out: the first of this month
	To   citizen.Date `json:"to,omitzero"`    // left out: today
}

// IncomeResult is the report; the tie-out is of everything, not of the period, and is zero.
type IncomeResult struct {
	Rows      []funddb.Income `json:"rows"`
	Collected int64           `json:"collected_fen"`
	Refunded  int64           `json:"refunded_fen"`
	OnHand    int64           `json:"on_hand_fen"`
	InTransit int64           `json:"in_transit_fen"`
	Confirmed int64           `json:"confirmed_fen"`
	TieOut    int64           `json:"tie_out_fen"` // collected - refunded - on hand - in transit - confirmed, held against the receipts
}

func income(ctx context.Context, w *office.Work, in IncomeInput) (IncomeResult, error) {
	low, high, err := slice(w, in.Area)
	if err != nil {
		return IncomeResult{}, err
	}
	if in.From.IsZero() {
		in.From = w.Today.AddDays(1 - w.Today.Day())
	}
	if in.To.IsZero() {
		in.To = w.Today
	}
	if in.By != "" && in.By != "day" && in.By != "month" || in.To.Before(in.From) {
		return IncomeResult{}, event.Refuse("fund.period", "", citizen.Text{ZH: "统计方式或起止日期不正确", EN: "the period is not right"},
			citizen.Text{ZH: "by 填 day 或 month，起始日期不晚于截止日期", EN: "by is day or month, from is not after to"})
	}
	result := IncomeResult{}
	if result.Rows, err = funddb.IncomeOf(ctx, w.Tx, low, high, in.From, in.To, in.By == "month"); err != nil {
		return result, err
	}
	units, err := funddb.Units(ctx, w.Tx, low, high)
	if err != nil {
		return result, err
	}
	for _, u := range units {
		s, err := funddb.StandingOf(ctx, w.Tx, u)
		if err != nil {
			return result, err
		}
		result.Collected += s.Collected
		result.Refunded += s.Refunded
		result.OnHand += s.OnHand
		result.InTransit += s.InTransit
		result.Confirmed += s.Confirmed
		result.TieOut += s.TieOut
	}
	return result, nil
}

// OpenItems is what waits for somebody.
type OpenItems struct {
	OpenDays    []funddb.OpenDay       `json:"open_days"` // before today, with money, not closed
	LateDays    []funddb.OpenDay       `json:"late_days"` // closed on a later day
	Differences []funddb.OpenDay       `json:"differences"`
	Unremitted  []funddb.OpenDay       `json:"unremitted"` // closed, not yet taken to the treasury
	InTransit   []funddb.Waiting       `json:"in_transit"`
	Transfers   []funddb.AskedTransfer `json:"transfers"`
	Granted     []funddb.Granted       `json:"granted"` // appropriated, and not yet said to have come
}

func openItems(ctx context.Context, w *office.Work, in ShowInput) (items OpenItems, err error) {
	low, high, err := slice(w, in.Station)
	if err != nil {
		return items, err
	}
	if items.OpenDays, err = funddb.OpenDays(ctx, w.Tx, low, high, w.Today); err != nil {
		return items, err
	}
	closings, err := funddb.Closings(ctx, w.Tx, low, high)
	if err != nil {
		return items, err
	}
	for _, c := range closings {
		if c.ClosedOn.After(c.Day) {
			items.LateDays = append(items.LateDays, c)
		}
		if c.Difference != 0 {
			items.Differences = append(items.Differences, c)
		}
		if !c.Remitted {
			items.Unremitted = append(items.Unremitted, c)
		}
	}
	if items.InTransit, err = funddb.Unconfirmed(ctx, w.Tx, low, high); err != nil {
		return items, err
	}
	if items.Transfers, err = funddb.AskedTransfers(ctx, w.Tx, low, high); err != nil {
		return items, err
	}
	items.Granted, err = funddb.Unreceived(ctx, w.Tx, low, high)
	return items, err
}
