// Package funddesk is what people can do with the money of card fees.
package funddesk

import (
	"context"
	"slices"
	"strings"

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
	closers   = []office.Role{office.Cashier, office.Clerk, office.Leader}
	knowing   = []office.Role{office.Cashier, office.Finance} // who may learn who is poor
	spenders  = []office.Role{office.Finance, office.Leader}
	atFinance = []event.Level{event.City, event.County}
	readers   = []office.Role{office.Finance, office.Cashier, office.Leader, office.Auditor}
)

// desk holds the office's settings.
type desk struct{ limits fund.Limits }

// Actions lists what can be done, with the default limits.
func Actions() []office.Action { return ActionsWith(fund.DefaultLimits()) }

// ActionsWith lists what can be done.
func ActionsWith(limits fund.Limits) []office.Action {
	d := desk{limits}
	return append(append(d.income(), d.waivers()...), d.spending()...)
}

// income are the actions of the first line: from the window to the treasury.
func (d desk) income() []office.Action {
	return []office.Action{
		office.Look("fund.fee_table", citizen.Text{ZH: "收费公示", EN: "show what is charged and waived on a day"}, office.AllRoles, nil, feeTable),
		office.Define("fund.issue_receipts", citizen.Text{ZH: "发放票据", EN: "give a station a book of receipts"},
			[]office.Role{office.Finance}, []event.Level{event.County}, issueReceipts),
		office.Define("fund.collect", citizen.Text{ZH: "收取工本费", EN: "collect a fee"}, cashiers, atStation, collect),
		office.Define("fund.waive", citizen.Text{ZH: "减免工本费", EN: "waive a fee"}, cashiers, atStation, d.waive),
		office.Define("fund.refund", citizen.Text{ZH: "退还工本费", EN: "pay a fee back"}, cashiers, atStation, refund),
		office.Define("fund.void_receipt", citizen.Text{ZH: "作废票据", EN: "void the next receipt"}, cashiers, atStation, voidReceipt),
		office.Define("fund.lose_receipts", citizen.Text{ZH: "票据报失", EN: "report unused receipts lost"}, cashiers, atStation, loseReceipts),
		office.Define("fund.return_receipts", citizen.Text{ZH: "缴回空白票据", EN: "return unused receipts to the county"}, cashiers, atStation, returnReceipts),
		office.Look("fund.receipt_report", citizen.Text{ZH: "票据使用情况", EN: "show how receipts were used"}, readers, nil, receiptReport),
		office.Define("fund.close_day", citizen.Text{ZH: "日结账", EN: "close a cashier's day"}, closers, atStation, closeDay),
		office.Define("fund.remit", citizen.Text{ZH: "上缴国库", EN: "remit closed days to the treasury"},
			[]office.Role{office.Finance, office.Cashier}, atStation, remit),
		office.Define("fund.confirm_remittance", citizen.Text{ZH: "确认到账", EN: "confirm that a remittance has come"},
			[]office.Role{office.Finance}, []event.Level{event.County}, confirm),
		office.Look("fund.fee_of", citizen.Text{ZH: "查看收费情况", EN: "tell how a fee was settled"}, []office.Role{office.Cashier, office.Clerk, office.Leader, office.Finance}, atStation, feeOf),
		office.Look("fund.till", citizen.Text{ZH: "当日收费", EN: "show a cashier's day"}, closers, atStation, till),
		office.Look("fund.unpaid", citizen.Text{ZH: "待收费申领", EN: "list signed applications whose fee is open"}, cashiers, atStation, unpaid),
		office.Look("fund.show", citizen.Text{ZH: "查看收支", EN: "show a station's money"}, readers, nil, show),
		office.Look("fund.income", citizen.Text{ZH: "收入日报、月报", EN: "report income by day or month"}, readers, nil, income),
		office.Look("fund.open_items", citizen.Text{ZH: "未结事项", EN: "list what waits: open and late days, money on hand and in transit"}, readers, nil, openItems),
	}
}

// Reactions lists what a node does by itself: nothing.
func Reactions() []office.Reaction { return nil }

func actor(w *office.Work) fund.Actor {
	return fund.Actor{Unit: w.By.Unit, Operator: w.By.ID, Login: w.By.Login}
}

// second refuses a name that is nobody's at the unit: two persons are two. None, and oneself, are the rule's to refuse.
func second(ctx context.Context, w *office.Work, name string) error {
	if name = strings.TrimSpace(name); name == "" || name == w.By.Login || name == w.By.ID {
		return nil
	}
	ok, err := w.Colleague(ctx, name)
	if err != nil || ok {
		return err
	}
	r := event.Refuse("fund.second_unknown", "", citizen.Text{ZH: "另一人不是本单位在岗人员", EN: "the other person is nobody in service at this unit"},
		citizen.Text{ZH: "填写在场同事的登录名", EN: "give the login of the colleague who is present"})
	r.Field = "second"
	return r
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// receiptsLock is the lock of a station's running receipts.
func receiptsLock(unit event.Unit) string { return "fund:receipts:" + string(unit) }

// thingLock is the lock of what is charged; an application's is its identifier.
func thingLock(what fund.What, reference string) string {
	if what == fund.ForApplication {
		return reference
	}
	return "fund:" + string(what) + ":" + reference
}

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

// FeeInput names an application, by its identifier or acceptance number; or another thing and its reference, as a temporary card's.
type FeeInput struct {
	Application string    `json:"application,omitempty"`
	What        fund.What `json:"what,omitempty"` // temporary; left out: the application
	Reference   string    `json:"reference,omitempty"`
	ReceiptNo   int64     `json:"receipt_no,omitempty"` // of the form in hand; left out: the next
}

// WaiveInput is a waiver with its paper.
type WaiveInput struct {
	Application string `json:"application"`
	Ground      string `json:"ground,omitempty"` // a code of fund.Grounds; left out: as civil affairs' list says
	Certificate string `json:"certificate,omitempty"`
	Office      string `json:"office,omitempty"` // township or street office that gave it
	ReceiptNo   int64  `json:"receipt_no,omitempty"`
}

// FeeResult is how a fee was settled.
type FeeResult struct {
	DueFen    int64         `json:"due_fen"`
	WaivedFen int64         `json:"waived_fen"`
	AmountFen int64         `json:"amount_fen"`
	Receipt   *fund.Receipt `json:"receipt,omitempty"` // print it now: the number is reserved
}

func collect(ctx context.Context, w *office.Work, in FeeInput) (FeeResult, error) {
	if in.What != fund.ForApplication {
		return collectFor(ctx, w, in)
	}
	return settle(ctx, w, in.Application, fund.FeeCommand{ReceiptNo: in.ReceiptNo}, fund.Collect)
}

// collectFor takes the fee of something that is no application. The application that it belongs to, where there is one, says whose it is.
func collectFor(ctx context.Context, w *office.Work, in FeeInput) (FeeResult, error) {
	if err := w.Lock(ctx, thingLock(in.What, in.Reference), receiptsLock(w.By.Unit), drawerLock(w.By.Unit, w.By.ID)); err != nil {
		return FeeResult{}, err
	}
	resident := ""
	if in.Application != "" {
		a, ok, err := carddb.Load(ctx, w.Tx, in.Application)
		if err != nil {
			return FeeResult{}, err
		}
		if !ok {
			return FeeResult{}, card.NotFound()
		}
		if err := w.Own(a.Home); err != nil {
			return FeeResult{}, err
		}
		resident = a.Resident
	}
	facts := fund.FeeFacts{}
	var err error
	if facts.Settled, err = funddb.SettledFor(ctx, w.Tx, w.By.Unit, in.What, in.Reference); err != nil {
		return FeeResult{}, err
	}
	if facts.Receipts, err = receiptFacts(ctx, w); err != nil {
		return FeeResult{}, err
	}
	events, fee, err := fund.CollectFor(in.What, in.Reference, resident, fund.FeeCommand{By: actor(w), ReceiptNo: in.ReceiptNo, Today: w.Today}, facts)
	if err != nil {
		return FeeResult{}, err
	}
	w.Emit(events...)
	return resultOf(fee), nil
}

func resultOf(fee *fund.Fee) FeeResult {
	return FeeResult{DueFen: fee.DueFen, WaivedFen: fee.WaivedFen, AmountFen: fee.AmountFen, Receipt: fee.Receipt}
}

func (d desk) waive(ctx context.Context, w *office.Work, in WaiveInput) (FeeResult, error) {
	rule := func(a card.Application, cmd fund.FeeCommand, facts fund.FeeFacts) ([]event.Event, *fund.Fee, error) {
		facts.Limits = d.limits
		if err := d.waiverFacts(ctx, w, a, &facts); err != nil {
			return nil, nil, err
		}
		return fund.Waive(a, cmd, facts)
	}
	return settle(ctx, w, in.Application, fund.FeeCommand{Ground: in.Ground, Certificate: in.Certificate, Office: in.Office, ReceiptNo: in.ReceiptNo}, rule)
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
	if facts.Settled, err = funddb.Settled(ctx, w.Tx, a.Home, a.ID); err != nil {
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
	return resultOf(fee), nil
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
	Words   string `json:"words"`
	Second  string `json:"second"`            // the other person
	Receipt string `json:"receipt,omitempty"` // the spoilt one, as "吉101"; left out: the next of the book, whichever that is by now
}

func voidReceipt(ctx context.Context, w *office.Work, in VoidInput) (*fund.Receipt, error) {
	if err := second(ctx, w, in.Second); err != nil {
		return nil, err
	}
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
	e, receipt, err := fund.VoidReceipt(actor(w), id, in.Receipt, in.Words, in.Second, w.Today, facts)
	if err != nil {
		return nil, err
	}
	w.Emit(e)
	return receipt, nil
}

// CloseInput is a cashier's cash as counted.
type CloseInput struct {
	Day        citizen.Date `json:"day,omitzero"`      // left out: today
	Cashier    string       `json:"cashier,omitempty"` // whose; a leader closes a day that another has forgotten
	CountedFen int64        `json:"counted_fen"`
	Second     string       `json:"second,omitempty"` // the other person, at a difference or for another's day
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
	if in.Cashier == "" {
		in.Cashier = w.By.ID
	}
	if in.Cashier != w.By.ID && !w.By.Has(office.Leader) {
		return CloseResult{}, event.Refuse("fund.not_leader", "", citizen.Text{ZH: "他人遗漏的结账由负责人代办", EN: "only the leader closes a day that another has forgotten"},
			citizen.Text{ZH: "由负责人办理", EN: "let the leader do it"})
	}
	if err := second(ctx, w, in.Second); err != nil {
		return CloseResult{}, err
	}
	if err := w.Lock(ctx, drawerLock(w.By.Unit, in.Cashier)); err != nil {
		return CloseResult{}, err
	}
	c := fund.Closing{Home: w.By.Unit, Day: in.Day, Cashier: in.Cashier, CountedFen: in.CountedFen, Second: in.Second}
	closed, err := funddb.DayClosed(ctx, w.Tx, w.By.Unit, in.Day, in.Cashier)
	if err != nil {
		return CloseResult{}, err
	}
	taken, err := funddb.TakenOn(ctx, w.Tx, w.By.Unit, in.Day, in.Cashier)
	if err != nil {
		return CloseResult{}, err
	}
	c.Receipts, c.Refunds, c.RefundedFen, c.ExpectedFen = taken.Receipts, taken.Refunds, taken.RefundedFen, taken.Fen-taken.RefundedFen
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
			citizen.Text{ZH: "核对上缴标识，或等待派出所数据上报", EN: "check the identifier, or wait for the station's entries"})
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
	low, high, err := slice(w, in.Station)
	if err != nil {
		return nil, err
	}
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

// slice bounds the area that somebody asks about: left out, his own unit and all below it.
func slice(w *office.Work, area event.Unit) (low, high string, err error) {
	if area == "" {
		area = w.By.Unit
	}
	low, high = carddb.Slice(area)
	return low, high, w.Below(area)
}
