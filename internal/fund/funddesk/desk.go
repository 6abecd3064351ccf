// Package funddesk is what people can do with the money of card fees.
package funddesk

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
)

var (
	atStation = []event.Level{event.Station}
	cashiers  = []office.Role{office.Cashier, office.Clerk}
	readers   = []office.Role{office.Finance, office.Cashier, office.Leader, office.Auditor}
)

// desk holds the office's settings.
type desk struct{ limits fund.Limits }

// Actions lists what can be done, with the default limits.
func Actions() []office.Action { return ActionsWith(fund.DefaultLimits()) }

// ActionsWith lists what can be done.
func ActionsWith(limits fund.Limits) []office.Action {
	d := desk{limits}
	return []office.Action{
		office.Define("fund.issue_receipts", citizen.Text{ZH: "发放票据", EN: "give a station a book of receipts"},
			[]office.Role{office.Finance}, []event.Level{event.County}, issueReceipts),
		office.Define("fund.collect", citizen.Text{ZH: "收取工本费", EN: "collect a fee"}, cashiers, atStation, collect),
		office.Define("fund.waive", citizen.Text{ZH: "减免工本费", EN: "waive a fee"}, cashiers, atStation, d.waive),
		office.Define("fund.void_receipt", citizen.Text{ZH: "作废票据", EN: "void the next receipt"}, cashiers, atStation, voidReceipt),
		office.Define("fund.close_day", citizen.Text{ZH: "日结账", EN: "close a cashier's day"}, cashiers, atStation, closeDay),
		office.Define("fund.remit", citizen.Text{ZH: "上缴国库", EN: "remit closed days to the treasury"},
			[]office.Role{office.Finance, office.Cashier}, atStation, remit),
		office.Define("fund.confirm_remittance", citizen.Text{ZH: "确认到账", EN: "confirm that a remittance has come"},
			[]office.Role{office.Finance}, []event.Level{event.County}, confirm),
		office.Define("fund.show", citizen.Text{ZH: "查看收支", EN: "show a station's money"}, readers, nil, show),
	}
}

// Reactions lists what a node does by itself: nothing.
func Reactions() []office.Reaction { return nil }

func actor(w *office.Work) fund.Actor { return fund.Actor{Unit: w.By.Unit, Operator: w.By.ID} }

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// receiptsLock is the lock of a station's running receipts.
func receiptsLock(unit event.Unit) string { return "fund:receipts:" + string(unit) }

// drawerLock is the lock of a cashier's day: it is not closed while a fee is taken.
func drawerLock(unit event.Unit, cashier string) string {
	return "fund:drawer:" + string(unit) + ":" + cashier
}

// IssueInput is a book of receipts for a station.
type IssueInput struct {
	Station    event.Unit `json:"station"`
	Prefix     string     `json:"prefix,omitempty"`
	From       int64      `json:"from"`
	To         int64      `json:"to"`
	Generation int        `json:"generation,omitempty"` // left out: the station's open one
}

// IssueResult names the book.
type IssueResult struct {
	Book string `json:"book"`
}

func issueReceipts(ctx context.Context, w *office.Work, in IssueInput) (IssueResult, error) {
	if err := w.Lock(ctx, "fund:books:"+string(w.By.Unit)); err != nil {
		return IssueResult{}, err
	}
	if in.Generation == 0 {
		newest, err := journal.OpenGeneration(ctx, w.Tx, in.Station)
		if err != nil {
			return IssueResult{}, err
		}
		in.Generation = newest
	}
	known, err := funddb.BooksOfIssuer(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return IssueResult{}, err
	}
	id, err := newID()
	if err != nil {
		return IssueResult{}, err
	}
	e, err := fund.IssueReceipts(actor(w), fund.Book{Book: id, Station: in.Station, Prefix: in.Prefix, First: in.From, Last: in.To, Generation: in.Generation}, known)
	if err != nil {
		return IssueResult{}, err
	}
	w.Emit(e)
	return IssueResult{Book: id}, nil
}

// FeeInput names an application, by its identifier or acceptance number.
type FeeInput struct {
	Application string `json:"application"`
}

// WaiveInput is a waiver with its paper.
type WaiveInput struct {
	Application string `json:"application"`
	Ground      string `json:"ground"` // a code of fund.Grounds
	Certificate string `json:"certificate"`
	Office      string `json:"office"` // township or street office that gave it
}

// FeeResult is how a fee was settled.
type FeeResult struct {
	DueFen    int64         `json:"due_fen"`
	WaivedFen int64         `json:"waived_fen"`
	AmountFen int64         `json:"amount_fen"`
	Receipt   *fund.Receipt `json:"receipt,omitempty"` // print it now: the number is reserved
}

func collect(ctx context.Context, w *office.Work, in FeeInput) (FeeResult, error) {
	return settle(ctx, w, in.Application, fund.FeeCommand{}, fund.Collect)
}

func (d desk) waive(ctx context.Context, w *office.Work, in WaiveInput) (FeeResult, error) {
	rule := func(a card.Application, cmd fund.FeeCommand, facts fund.FeeFacts) ([]event.Event, *fund.Fee, error) {
		facts.Limits = d.limits
		return fund.Waive(a, cmd, facts)
	}
	return settle(ctx, w, in.Application, fund.FeeCommand{Ground: in.Ground, Certificate: in.Certificate, Office: in.Office}, rule)
}

type feeRule func(card.Application, fund.FeeCommand, fund.FeeFacts) ([]event.Event, *fund.Fee, error)

func settle(ctx context.Context, w *office.Work, application string, cmd fund.FeeCommand, rule feeRule) (FeeResult, error) {
	a, ok, err := carddb.Load(ctx, w.Tx, application)
	if err != nil {
		return FeeResult{}, err
	}
	if !ok {
		return FeeResult{}, card.NotFound()
	}
	if err := w.Lock(ctx, a.ID, receiptsLock(w.By.Unit), drawerLock(w.By.Unit, w.By.ID)); err != nil {
		return FeeResult{}, err
	}
	if a, _, err = carddb.Load(ctx, w.Tx, a.ID); err != nil {
		return FeeResult{}, err
	}
	facts := fund.FeeFacts{}
	if facts.Settled, err = funddb.Settled(ctx, w.Tx, a.ID); err != nil {
		return FeeResult{}, err
	}
	if facts.Receipts, err = receiptFacts(ctx, w); err != nil {
		return FeeResult{}, err
	}
	cmd.By, cmd.Today = actor(w), w.Today
	events, fee, err := rule(a, cmd, facts)
	if err != nil {
		return FeeResult{}, err
	}
	w.Emit(events...)
	return FeeResult{DueFen: fee.DueFen, WaivedFen: fee.WaivedFen, AmountFen: fee.AmountFen, Receipt: fee.Receipt}, nil
}

func receiptFacts(ctx context.Context, w *office.Work) (facts fund.ReceiptFacts, err error) {
	if facts.Books, err = funddb.Books(ctx, w.Tx, w.By.Unit); err != nil {
		return facts, err
	}
	if facts.Generation, err = journal.OpenGeneration(ctx, w.Tx, w.By.Unit); err != nil {
		return facts, err
	}
	facts.DayClosed, err = funddb.DayClosed(ctx, w.Tx, w.By.Unit, w.Today, w.By.ID)
	return facts, err
}

// VoidInput is a spoilt receipt.
type VoidInput struct {
	Words  string `json:"words"`
	Second string `json:"second"` // the other person
}

func voidReceipt(ctx context.Context, w *office.Work, in VoidInput) (*fund.Receipt, error) {
	if err := w.Lock(ctx, receiptsLock(w.By.Unit)); err != nil {
		return nil, err
	}
	facts, err := receiptFacts(ctx, w)
	if err != nil {
		return nil, err
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	e, receipt, err := fund.VoidReceipt(actor(w), id, in.Words, in.Second, w.Today, facts)
	if err != nil {
		return nil, err
	}
	w.Emit(e)
	return receipt, nil
}

// CloseInput is a cashier's cash as counted.
type CloseInput struct {
	Day        citizen.Date `json:"day,omitzero"` // left out: today
	CountedFen int64        `json:"counted_fen"`
	Second     string       `json:"second,omitempty"` // the other person, at a difference
}

// CloseResult is a closing and its difference: over is positive.
type CloseResult struct {
	fund.Closing
	DifferenceFen int64 `json:"difference_fen"`
}

func closeDay(ctx context.Context, w *office.Work, in CloseInput) (CloseResult, error) {
	if in.Day.IsZero() {
		in.Day = w.Today
	}
	if err := w.Lock(ctx, drawerLock(w.By.Unit, w.By.ID)); err != nil {
		return CloseResult{}, err
	}
	c := fund.Closing{Home: w.By.Unit, Day: in.Day, Cashier: w.By.ID, CountedFen: in.CountedFen, Second: in.Second}
	closed, err := funddb.DayClosed(ctx, w.Tx, w.By.Unit, in.Day, w.By.ID)
	if err != nil {
		return CloseResult{}, err
	}
	if c.Receipts, c.ExpectedFen, err = funddb.TakenOn(ctx, w.Tx, w.By.Unit, in.Day, w.By.ID); err != nil {
		return CloseResult{}, err
	}
	id, err := newID()
	if err != nil {
		return CloseResult{}, err
	}
	e, err := fund.CloseDay(actor(w), id, c, closed, w.Today)
	if err != nil {
		return CloseResult{}, err
	}
	w.Emit(e)
	return CloseResult{Closing: c, DifferenceFen: c.CountedFen - c.ExpectedFen}, nil
}

// RemitInput says which closed days go to the treasury.
type RemitInput struct {
	Days []citizen.Date `json:"days,omitempty"` // left out: every closed day that has not gone yet
}

func remit(ctx context.Context, w *office.Work, in RemitInput) (fund.Remittance, error) {
	if err := w.Lock(ctx, "fund:remit:"+string(w.By.Unit)); err != nil {
		return fund.Remittance{}, err
	}
	closings, err := funddb.Unremitted(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return fund.Remittance{}, err
	}
	if len(in.Days) > 0 {
		closings = slices.DeleteFunc(closings, func(c fund.Closing) bool { return !slices.Contains(in.Days, c.Day) })
	}
	id, err := newID()
	if err != nil {
		return fund.Remittance{}, err
	}
	e, r, err := fund.Remit(actor(w), id, closings)
	if err != nil {
		return fund.Remittance{}, err
	}
	w.Emit(e)
	return r, nil
}

// ConfirmInput is a remittance as it came to the treasury.
type ConfirmInput struct {
	Remittance   string `json:"remittance"`
	AmountFen    int64  `json:"amount_fen"`
	TreasurySlip string `json:"treasury_slip"`
}

func confirm(ctx context.Context, w *office.Work, in ConfirmInput) (fund.Remittance, error) {
	if err := w.Lock(ctx, in.Remittance); err != nil {
		return fund.Remittance{}, err
	}
	r, confirmed, ok, err := funddb.Remittance(ctx, w.Tx, in.Remittance)
	if err != nil {
		return r, err
	}
	if !ok {
		return r, event.Refuse("fund.no_remittance", "", citizen.Text{ZH: "没有此笔上缴", EN: "there is no such remittance"},
			citizen.Text{ZH: "核对上缴标识,或等待派出所数据上报", EN: "check the identifier, or wait for the station's entries"})
	}
	if err := w.Below(r.Home); err != nil {
		return r, err
	}
	e, err := fund.Confirm(actor(w), r, in.AmountFen, in.TreasurySlip, confirmed)
	if err != nil {
		return r, err
	}
	w.Emit(e)
	return r, nil
}

// ShowInput names a station; left out: the operator's own unit, or every station below it.
type ShowInput struct {
	Station event.Unit `json:"station,omitempty"`
}

func show(ctx context.Context, w *office.Work, in ShowInput) ([]funddb.Standing, error) {
	area := in.Station
	if area == "" {
		area = w.By.Unit
	}
	if err := w.Below(area); err != nil {
		return nil, err
	}
	low, high := carddb.Slice(area)
	units, err := funddb.Units(ctx, w.Tx, low, high)
	if err != nil {
		return nil, err
	}
	all := make([]funddb.Standing, 0, len(units))
	for _, u := range units {
		s, err := funddb.StandingOf(ctx, w.Tx, u)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
