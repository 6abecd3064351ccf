package funddesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
)

// spending are the actions of the second line: budget, review, appropriation, payment.
func (d desk) spending() []office.Action {
	finance := []office.Role{office.Finance}
	return []office.Action{
		office.Define("fund.draft_budget", citizen.Text{ZH: "编制预算", EN: "draft the unit's budget of a year"}, spenders, nil, d.draftBudget),
		office.Define("fund.submit_budget", citizen.Text{ZH: "报送预算", EN: "submit the budget to finance"}, spenders, nil, submitBudget),
		office.Define("fund.review_budget", citizen.Text{ZH: "审核预算", EN: "review a budget"}, finance, atFinance, reviewBudget),
		office.Define("fund.appropriate", citizen.Text{ZH: "拨付经费", EN: "appropriate a level's share of an item"}, finance, atFinance, appropriate),
		office.Define("fund.receive", citizen.Text{ZH: "确认拨款到账", EN: "say that an appropriation has come"}, finance, nil, receive),
		office.Define("fund.pay", citizen.Text{ZH: "支付", EN: "pay from an appropriation on its item"}, finance, nil, pay),
		office.Define("fund.ask_transfer", citizen.Text{ZH: "申请调剂", EN: "ask to move money to another item"}, spenders, nil, askTransfer),
		office.Define("fund.answer_transfer", citizen.Text{ZH: "批复调剂", EN: "let money go to another item, or not"}, finance, atFinance, answerTransfer),
		office.Look("fund.purses", citizen.Text{ZH: "可支付经费", EN: "list appropriations and transfers with what is left of each"},
			[]office.Role{office.Finance, office.Leader, office.Auditor}, nil, purses),
		office.Look("fund.spending", citizen.Text{ZH: "经费使用情况", EN: "report budget, appropriations, payments by item and unit"},
			[]office.Role{office.Finance, office.Leader, office.Auditor}, nil, spendingReport),
	}
}

// LineInput is one line of a budget.
type LineInput struct {
	Item        fund.Item `json:"item"`
	What        string    `json:"what"`
	Quantity    int64     `json:"quantity"`
	PriceFen    int64     `json:"price_fen"`
	Reason      string    `json:"reason"`
	CityPercent *int      `json:"city_percent,omitempty"` // left out: the office's setting; a city bears all of its own
}

// DraftInput is a budget of a year; drafting again replaces it until it is submitted.
type DraftInput struct {
	Year  int         `json:"year"`
	Lines []LineInput `json:"lines"`
}

// budgetLock is the lock of a unit's drafts.
func budgetLock(unit event.Unit) string { return "fund:budget:" + string(unit) }

func (d desk) draftBudget(ctx context.Context, w *office.Work, in DraftInput) (fund.Budget, error) {
	if err := w.Lock(ctx, budgetLock(w.By.Unit)); err != nil {
		return fund.Budget{}, err
	}
	known, err := budgetOfYear(ctx, w, in.Year)
	if err != nil {
		return fund.Budget{}, err
	}
	b := fund.Budget{Year: in.Year, Lines: make([]fund.BudgetLine, len(in.Lines))}
	for i, l := range in.Lines {
		b.Lines[i] = fund.BudgetLine{Item: l.Item, What: l.What, Quantity: l.Quantity, PriceFen: l.PriceFen, Reason: l.Reason, CityPercent: d.share(w.By.Unit, l.CityPercent)}
	}
	if b.Budget, err = newID(); err != nil {
		return b, err
	}
	e, b, err := fund.DraftBudget(actor(w), b, known)
	if err != nil {
		return b, err
	}
	w.Emit(e)
	return b, nil
}

func (d desk) share(unit event.Unit, said *int) int {
	switch {
	case said != nil:
		return *said
	case unit.Level() == event.City:
		return 100
	}
	return d.limits.CityPercent
}

func budgetOfYear(ctx context.Context, w *office.Work, year int) (*fund.BudgetState, error) {
	id, err := funddb.BudgetOfYear(ctx, w.Tx, w.By.Unit, year)
	if err != nil || id == "" {
		return nil, err
	}
	return funddb.LoadBudget(ctx, w.Tx, id)
}

// YearInput names the unit's budget.
type YearInput struct {
	Year int `json:"year"`
}

// Done is the answer of an action that has nothing to tell.
type Done struct{}

func submitBudget(ctx context.Context, w *office.Work, in YearInput) (Done, error) {
	if err := w.Lock(ctx, budgetLock(w.By.Unit)); err != nil {
		return Done{}, err
	}
	b, err := budgetOfYear(ctx, w, in.Year)
	if err != nil {
		return Done{}, err
	}
	e, err := fund.SubmitBudget(actor(w), b)
	if err != nil {
		return Done{}, err
	}
	w.Emit(e)
	return Done{}, nil
}

// ReviewInput is finance's review; an item that is not named stays as drafted.
type ReviewInput struct {
	Budget           string     `json:"budget"`
	AnswerableCity   string     `json:"answerable_city,omitempty"` // for the city's share of every item for which a cut names nobody else
	AnswerableCounty string     `json:"answerable_county,omitempty"`
	Cuts             []fund.Cut `json:"cuts,omitempty"`
}

func reviewBudget(ctx context.Context, w *office.Work, in ReviewInput) (fund.Reviewed, error) {
	if err := w.Lock(ctx, in.Budget); err != nil {
		return fund.Reviewed{}, err
	}
	b, err := funddb.LoadBudget(ctx, w.Tx, in.Budget)
	if err != nil {
		return fund.Reviewed{}, err
	}
	e, r, err := fund.ReviewBudget(actor(w), b, in.Cuts, in.AnswerableCity, in.AnswerableCounty)
	if err != nil {
		return r, err
	}
	w.Emit(e)
	return r, nil
}

// AppropriateInput is a level's money for an item.
type AppropriateInput struct {
	Budget    string    `json:"budget"`
	Item      fund.Item `json:"item"`
	Level     string    `json:"level,omitempty"` // city or county; left out: the operator's
	AmountFen int64     `json:"amount_fen"`
}

func appropriate(ctx context.Context, w *office.Work, in AppropriateInput) (fund.Appropriation, error) {
	if err := w.Lock(ctx, in.Budget); err != nil {
		return fund.Appropriation{}, err
	}
	if in.Level == "" {
		in.Level = fund.CountyLevel
		if w.By.Unit.Level() == event.City {
			in.Level = fund.CityLevel
		}
	}
	b, err := funddb.LoadBudget(ctx, w.Tx, in.Budget)
	if err != nil {
		return fund.Appropriation{}, err
	}
	id, err := newID()
	if err != nil {
		return fund.Appropriation{}, err
	}
	a := fund.Appropriation{Budget: in.Budget, Appropriation: id, Item: in.Item, Level: in.Level, AmountFen: in.AmountFen, Day: w.Today}
	e, err := fund.Appropriate(actor(w), b, a)
	if err != nil {
		return a, err
	}
	w.Emit(e)
	a.Home = b.Home
	return a, nil
}

// ReceiveInput is an appropriation as it came.
type ReceiveInput struct {
	Appropriation string `json:"appropriation"`
	AmountFen     int64  `json:"amount_fen"`
}

func receive(ctx context.Context, w *office.Work, in ReceiveInput) (Done, error) {
	if err := w.Lock(ctx, in.Appropriation); err != nil {
		return Done{}, err
	}
	m, err := funddb.LoadMoney(ctx, w.Tx, in.Appropriation)
	if err != nil {
		return Done{}, err
	}
	e, err := fund.Receive(actor(w), m, in.AmountFen, w.Today)
	if err != nil {
		return Done{}, err
	}
	w.Emit(e)
	return Done{}, nil
}

// PayInput is a payment from an appropriation, or from a transfer that was approved.
type PayInput struct {
	Appropriation string    `json:"appropriation"`
	Item          fund.Item `json:"item"`
	AmountFen     int64     `json:"amount_fen"`
	Payee         string    `json:"payee"`
	Paper         string    `json:"paper"` // contract or invoice
	For           string    `json:"for,omitempty"`
	Procured      bool      `json:"procured,omitempty"` // by government procurement
}

func pay(ctx context.Context, w *office.Work, in PayInput) (fund.Payment, error) {
	if err := w.Lock(ctx, in.Appropriation); err != nil {
		return fund.Payment{}, err
	}
	m, err := funddb.LoadMoney(ctx, w.Tx, in.Appropriation)
	if err != nil {
		return fund.Payment{}, err
	}
	id, err := newID()
	if err != nil {
		return fund.Payment{}, err
	}
	p := fund.Payment{Payment: id, Appropriation: in.Appropriation, Item: in.Item, AmountFen: in.AmountFen, Payee: in.Payee, Paper: in.Paper, For: in.For, Procured: in.Procured, Day: w.Today}
	e, err := fund.Pay(actor(w), m, p)
	if err != nil {
		return p, err
	}
	w.Emit(e)
	p.Home, p.Budget = m.Home, m.Budget
	return p, nil
}

// TransferInput asks to move what is left of an appropriation to another item.
type TransferInput struct {
	Appropriation string    `json:"appropriation"`
	To            fund.Item `json:"to"`
	AmountFen     int64     `json:"amount_fen"`
	Words         string    `json:"words"`
}

// TransferResult names the transfer; once it is approved, payments on the other item name it as their appropriation.
type TransferResult struct {
	Transfer string `json:"transfer"`
}

func askTransfer(ctx context.Context, w *office.Work, in TransferInput) (TransferResult, error) {
	if err := w.Lock(ctx, in.Appropriation); err != nil {
		return TransferResult{}, err
	}
	m, err := funddb.LoadMoney(ctx, w.Tx, in.Appropriation)
	if err != nil {
		return TransferResult{}, err
	}
	id, err := newID()
	if err != nil {
		return TransferResult{}, err
	}
	e, err := fund.AskTransfer(actor(w), m, fund.Transfer{Transfer: id, To: in.To, AmountFen: in.AmountFen, Words: in.Words, Day: w.Today})
	if err != nil {
		return TransferResult{}, err
	}
	w.Emit(e)
	return TransferResult{Transfer: id}, nil
}

// AnswerInput is finance's answer.
type AnswerInput struct {
	Transfer string `json:"transfer"`
	Approved bool   `json:"approved"`
	Words    string `json:"words"`
}

func answerTransfer(ctx context.Context, w *office.Work, in AnswerInput) (Done, error) {
	if err := w.Lock(ctx, in.Transfer); err != nil {
		return Done{}, err
	}
	t, err := funddb.LoadTransfer(ctx, w.Tx, in.Transfer)
	if err != nil {
		return Done{}, err
	}
	e, err := fund.AnswerTransfer(actor(w), t, in.Approved, in.Words, w.Today)
	if err != nil {
		return Done{}, err
	}
	w.Emit(e)
	return Done{}, nil
}

// SpendingInput asks for the report of an area.
type SpendingInput struct {
	Area event.Unit `json:"area,omitempty"` // left out: the operator's
	Year int        `json:"year,omitempty"` // left out: every year
}

// Gap is money that a level owes an item, and who answers for it.
type Gap struct {
	Unit       event.Unit `json:"unit"`
	Item       fund.Item  `json:"item"`
	Level      string     `json:"level"`
	Fen        int64      `json:"fen"`
	Answerable string     `json:"answerable"`
}

// SpendingResult is the report and its gaps.
type SpendingResult struct {
	Items []funddb.ItemMoney `json:"items"`
	Gaps  []Gap              `json:"gaps"`
}

func spendingReport(ctx context.Context, w *office.Work, in SpendingInput) (SpendingResult, error) {
	result := SpendingResult{Items: []funddb.ItemMoney{}, Gaps: []Gap{}}
	low, high, err := slice(w, in.Area)
	if err != nil {
		return result, err
	}
	budgets, err := funddb.BudgetsOf(ctx, w.Tx, low, high, in.Year)
	if err != nil {
		return result, err
	}
	for _, budget := range budgets {
		items, err := funddb.Spending(ctx, w.Tx, budget)
		if err != nil {
			return result, err
		}
		result.Items = append(result.Items, items...)
	}
	for _, m := range result.Items {
		for _, l := range m.Levels {
			if l.Gap > 0 {
				result.Gaps = append(result.Gaps, Gap{Unit: m.Unit, Item: m.Item, Level: l.Level, Fen: l.Gap, Answerable: l.Answerable})
			}
		}
	}
	return result, nil
}

// PursesInput asks for the money of an area.
type PursesInput struct {
	Area event.Unit `json:"area,omitempty"` // left out: the operator's
}

func purses(ctx context.Context, w *office.Work, in PursesInput) ([]funddb.Purse, error) {
	low, high, err := slice(w, in.Area)
	if err != nil {
		return nil, err
	}
	return funddb.Purses(ctx, w.Tx, low, high)
}
