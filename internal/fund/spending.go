package fund

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of entries of the second line. Their subject is the budget.
const (
	KindBudgetDrafted   = "fund.budget_drafted"
	KindBudgetSubmitted = "fund.budget_submitted"
	KindBudgetReviewed  = "fund.budget_reviewed"
	KindAppropriated    = "fund.appropriated"
	KindReceived        = "fund.appropriation_received"
	KindPaid            = "fund.paid"
	KindTransferAsked   = "fund.transfer_asked"
	KindTransferred     = "fund.transferred" // the answer to the asking, yes or no
)

// lawSpending is the document that lays down the two lines, as the city's plan quotes it.
const lawSpending = "国函〔2001〕62号"

// Item is what money is budgeted, appropriated and spent for (长府办发〔2005〕49号).
type Item string

// The items.
const (
	Network       Item = "network"
	Equipment     Item = "equipment"
	Installation  Item = "installation"
	Maintenance   Item = "maintenance"
	Training      Item = "training"
	PovertyRelief Item = "poverty_relief"
	Office        Item = "office"
	CardMaking    Item = "card_making"
)

// Items are the items with their words.
var Items = map[Item]citizen.Text{
	Network:       {ZH: "信息网络建设", EN: "network building"},
	Equipment:     {ZH: "设备购置", EN: "purchase of equipment"},
	Installation:  {ZH: "安装调试", EN: "installation and commissioning"},
	Maintenance:   {ZH: "日常维护", EN: "maintenance"},
	Training:      {ZH: "教育培训", EN: "training"},
	PovertyRelief: {ZH: "减免贫困人口办证费用", EN: "fee relief for the poor"},
	Office:        {ZH: "办公经费", EN: "office costs"},
	CardMaking:    {ZH: "制发证件经费", EN: "making and handing out of cards"},
}

// BudgetLine is one line of a budget: quantity times price, with its reason, and what the city bears of it; the county bears the rest.
type BudgetLine struct {
	Item        Item   `json:"item"`
	What        string `json:"what"`
	Quantity    int64  `json:"quantity"`
	PriceFen    int64  `json:"price_fen"`
	Reason      string `json:"reason"`
	CityPercent int    `json:"city_percent"`
}

// Fen is the line's amount.
func (l BudgetLine) Fen() int64 { return l.Quantity * l.PriceFen }

// Budget is a unit's budget of a year as drafted; each draft is a version.
type Budget struct {
	Home    event.Unit   `json:"home"`
	Budget  string       `json:"budget"`
	Year    int          `json:"year"`
	Version int          `json:"version"`
	Lines   []BudgetLine `json:"lines"`
}

// Submitted sends a version of a budget to the finance office at the same level.
type Submitted struct {
	Home    event.Unit `json:"home"`
	Budget  string     `json:"budget"`
	Version int        `json:"version"`
}

// ReviewedItem is what finance leaves of an item: the amount, what each level is to bear, and who answers for it.
type ReviewedItem struct {
	Item             Item   `json:"item"`
	DraftedFen       int64  `json:"drafted_fen"`
	CityFen          int64  `json:"city_fen"`
	CountyFen        int64  `json:"county_fen"`
	Remark           string `json:"remark,omitempty"`
	AnswerableCity   string `json:"answerable_city,omitempty"`
	AnswerableCounty string `json:"answerable_county,omitempty"`
}

// Fen is what is left of the item.
func (r ReviewedItem) Fen() int64 { return r.CityFen + r.CountyFen }

// Reviewed is the finance office's review (同级财政部门审核).
type Reviewed struct {
	Home    event.Unit     `json:"home"`
	Budget  string         `json:"budget"`
	Version int            `json:"version"`
	Items   []ReviewedItem `json:"items"`
}

// The levels that bear costs.
const (
	CityLevel   = "city"
	CountyLevel = "county"
)

// Appropriation is money that a level gives for one item of a unit's budget.
type Appropriation struct {
	Home          event.Unit   `json:"home"`
	Budget        string       `json:"budget"`
	Appropriation string       `json:"appropriation"`
	Item          Item         `json:"item"`
	Level         string       `json:"level"`
	AmountFen     int64        `json:"amount_fen"`
	Day           citizen.Date `json:"day"`
}

// Received says that an appropriation has come to the unit's account.
type Received struct {
	Home          event.Unit   `json:"home"`
	Budget        string       `json:"budget"`
	Appropriation string       `json:"appropriation"`
	Level         string       `json:"level"`
	AmountFen     int64        `json:"amount_fen"`
	Day           citizen.Date `json:"day"`
}

// Payment is money spent, from one appropriation, on its item.
type Payment struct {
	Home          event.Unit   `json:"home"`
	Budget        string       `json:"budget"`
	Payment       string       `json:"payment"`
	Appropriation string       `json:"appropriation"` // or the transfer that gave the money to the item
	Item          Item         `json:"item"`
	AmountFen     int64        `json:"amount_fen"`
	Payee         string       `json:"payee"`
	Paper         string       `json:"paper"`         // contract or invoice
	For           string       `json:"for,omitempty"` // the line, device, course that it was spent on
	Procured      bool         `json:"procured,omitempty"`
	Day           citizen.Date `json:"day"`
}

// Transfer moves what is left of an appropriation to another item. Asking for it sets the money aside; the answer gives it to the item, or frees it.
type Transfer struct {
	Home          event.Unit   `json:"home"`
	Budget        string       `json:"budget"`
	Transfer      string       `json:"transfer"`
	Appropriation string       `json:"appropriation"`
	From          Item         `json:"from"`
	To            Item         `json:"to"`
	AmountFen     int64        `json:"amount_fen"`
	Words         string       `json:"words"`
	Approved      bool         `json:"approved"` // of the answer
	Day           citizen.Date `json:"day"`
}

// The accounts of the second line: none of them is one of the fees' (收支两条线).
const (
	spending = "spending:"
	Bank     = spending + "bank" // 专款存款
)

// DueFrom is what a level has appropriated and not yet sent.
func DueFrom(level string) string { return spending + "due:" + level }

// GrantOf is an item's appropriated money.
func GrantOf(item Item) string { return spending + "grant:" + string(item) }

// SpentOn is what was spent on an item.
func SpentOn(item Item) string { return spending + "spent:" + string(item) }

// OfSpending tells whether an account is of the second line.
func OfSpending(account string) bool { return strings.HasPrefix(account, spending) }

// Postings books an appropriation.
func (a Appropriation) Postings() []Posting {
	return book(a.Day, DueFrom(a.Level), GrantOf(a.Item), a.AmountFen)
}

// Postings books the coming of an appropriation.
func (r Received) Postings() []Posting { return book(r.Day, Bank, DueFrom(r.Level), r.AmountFen) }

// Postings books a payment.
func (p Payment) Postings() []Posting { return book(p.Day, SpentOn(p.Item), Bank, p.AmountFen) }

// Postings books an answered transfer; a "no" moves nothing.
func (t Transfer) Postings() []Posting {
	if !t.Approved {
		return nil
	}
	return book(t.Day, GrantOf(t.From), GrantOf(t.To), t.AmountFen)
}

// ReviewerOf is the unit whose finance reviews a unit's budget: that of its own level, and for a station its county (同级财政部门).
func ReviewerOf(home event.Unit) event.Unit {
	if home.Level() == event.Station {
		return home.Parent()
	}
	return home
}

// BearerOf is the unit that bears a level's share of a unit's costs; empty: that level bears nothing there.
func BearerOf(home event.Unit, level string) event.Unit {
	want := event.City
	if level == CountyLevel {
		want = event.County
	}
	for u := home; u != ""; u = u.Parent() {
		if u.Level() == want {
			return u
		}
	}
	return ""
}

// answer is the stream in which a unit answers another, or itself.
func answer(by, home event.Unit) event.Stream {
	if by == home {
		return event.Up(by)
	}
	return event.To(by, home)
}

// BudgetState is what is known of a budget.
type BudgetState struct {
	Budget                     // the newest version
	Drafter   string           // operator of that version
	Submitted int              // version; zero: none
	Review    *Reviewed        // of the submitted version
	Given     map[string]int64 // appropriated before, by level and item: GivenKey
}

// GivenKey names a level's part of an item.
func GivenKey(level string, item Item) string { return level + " " + string(item) }

// maxFen bounds a line: ten billion yuan, so that sums stay far from overflow.
const maxFen = 1_000_000_000_000

// DraftBudget writes the next version of a unit's budget of a year. known is the budget of that year, if there is one.
func DraftBudget(by Actor, b Budget, known *BudgetState) (event.Event, Budget, error) {
	b.Home, b.Version = by.Unit, 1
	if known != nil {
		if known.Submitted > 0 {
			return event.Event{}, b, refuse("fund.submitted_already", lawSpending, "该年度预算已报送", "the year's budget has been submitted", "由财政部门审核；需调剂的办理调剂",
				"finance reviews it; move money between items by a transfer")
		}
		b.Budget, b.Version = known.Budget.Budget, known.Version+1
	}
	if b.Year < 2000 || b.Year > 2100 || len(b.Lines) == 0 {
		return event.Event{}, b, refuse("fund.budget_year", lawSpending, "未填年度或预算明细", "the year or the lines are missing", "填写年度和明细", "give the year and the lines")
	}
	for i, l := range b.Lines {
		if err := checkLine(i+1, b.Home, l); err != nil {
			return event.Event{}, b, err
		}
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindBudgetDrafted, V: 1, Subject: b.Budget, Body: b}, b, nil
}

func checkLine(n int, home event.Unit, l BudgetLine) error {
	_, known := Items[l.Item]
	switch {
	case !known:
		return noItem(l.Item)
	case l.What == "" || l.Reason == "" || l.Quantity < 1 || l.PriceFen < 1 || l.Quantity > maxFen/l.PriceFen:
		return refuse("fund.budget_line", lawSpending, fmt.Sprintf("第%d行须有名称、数量、单价和理由", n), fmt.Sprintf("line %d needs a name, a quantity, a price and a reason", n),
			"补齐该行", "complete the line")
	case l.CityPercent < 0 || l.CityPercent > 100 || home.Level() == event.City && l.CityPercent != 100:
		return refuse("fund.share", lawSpending, fmt.Sprintf("第%d行的市级分担比例不正确", n), fmt.Sprintf("the city's share of line %d is not right", n), "填写0至100；市级单位为100",
			"0 to 100; a city's own is 100")
	}
	return nil
}

func noItem(item Item) *event.Refusal {
	names := slices.Sorted(maps.Keys(Items))
	return refuse("fund.no_item", lawSpending, fmt.Sprintf("没有经费项目 %s", item), fmt.Sprintf("there is no item %s", item), fmt.Sprintf("填写其中之一：%v", names), fmt.Sprintf("one of %v", names))
}

func noBudget() *event.Refusal {
	return refuse("fund.no_budget", lawSpending, "没有该年度预算", "there is no such budget", "先编制预算，或等待数据上报", "draft it first, or wait for the unit's entries")
}

// SubmitBudget sends the newest version to finance.
func SubmitBudget(by Actor, b *BudgetState) (event.Event, error) {
	switch {
	case b == nil || b.Home != by.Unit:
		return event.Event{}, noBudget()
	case b.Submitted > 0:
		return event.Event{}, refuse("fund.submitted_already", lawSpending, "该年度预算已报送", "the year's budget has been submitted", "等待审核", "wait for the review")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindBudgetSubmitted, V: 1, Subject: b.Budget.Budget,
		Body: Submitted{Home: b.Home, Budget: b.Budget.Budget, Version: b.Version}}, nil
}

// Cut is finance's word on an item; an item that is not named stays as drafted.
type Cut struct {
	Item             Item   `json:"item"`
	ApprovedFen      int64  `json:"approved_fen"`
	Remark           string `json:"remark"`
	AnswerableCity   string `json:"answerable_city,omitempty"`
	AnswerableCounty string `json:"answerable_county,omitempty"`
}

// ReviewBudget is finance's review with its cuts; never by who drafted it. city and county answer for the items for which a cut names nobody else.
func ReviewBudget(by Actor, b *BudgetState, cuts []Cut, city, county string) (event.Event, Reviewed, error) {
	switch {
	case b == nil:
		return event.Event{}, Reviewed{}, noBudget()
	case ReviewerOf(b.Home) != by.Unit:
		return event.Event{}, Reviewed{}, refuse("fund.other_finance", lawSpending, "预算由同级财政部门审核", "a budget is reviewed by the finance office at the same level", "由该级财政部门审核",
			"let that finance office do it")
	case b.Submitted == 0:
		return event.Event{}, Reviewed{}, refuse("fund.not_submitted", lawSpending, "预算尚未报送", "the budget has not been submitted", "先由单位报送", "the unit submits it first")
	case b.Review != nil:
		return event.Event{}, Reviewed{}, refuse("fund.reviewed_already", lawSpending, "预算已审核", "the budget has been reviewed", "查看审核结果", "look at the review")
	case b.Drafter == by.Operator:
		return event.Event{}, Reviewed{}, refuse("fund.own_budget", lawSpending, "编制人不得审核自己编制的预算", "who drafted a budget does not review it", "由另一人审核", "another person does it")
	}
	r := Reviewed{Home: b.Home, Budget: b.Budget.Budget, Version: b.Submitted, Items: drafted(b.Lines, city, county)}
	for _, c := range cuts {
		if err := cut(r.Items, c); err != nil {
			return event.Event{}, r, err
		}
	}
	for _, i := range r.Items {
		if i.CityFen > 0 && i.AnswerableCity == "" || i.CountyFen > 0 && i.AnswerableCounty == "" {
			return event.Event{}, r, refuse("fund.answerable", lawSpending, fmt.Sprintf("项目 %s 未指定各级责任人", i.Item), fmt.Sprintf("nobody answers for a level's share of %s", i.Item),
				"指定市、县责任人", "name who answers for the city's and the county's share")
		}
	}
	return event.Event{Stream: answer(by.Unit, b.Home), Kind: KindBudgetReviewed, V: 1, Subject: b.Budget.Budget, Body: r}, r, nil
}

// drafted sums a budget's lines by item, in the order of their first line.
func drafted(lines []BudgetLine, city, county string) []ReviewedItem {
	var items []ReviewedItem
	for _, l := range lines {
		i := slices.IndexFunc(items, func(r ReviewedItem) bool { return r.Item == l.Item })
		if i < 0 {
			i = len(items)
			items = append(items, ReviewedItem{Item: l.Item, AnswerableCity: city, AnswerableCounty: county})
		}
		share := l.Fen() * int64(l.CityPercent) / 100
		items[i].DraftedFen += l.Fen()
		items[i].CityFen += share
		items[i].CountyFen += l.Fen() - share
	}
	return items
}

// cut lowers an item to what finance approves; both levels' shares are lowered alike, to whole percents of the city's.
func cut(items []ReviewedItem, c Cut) error {
	i := slices.IndexFunc(items, func(r ReviewedItem) bool { return r.Item == c.Item })
	switch {
	case i < 0:
		return noItem(c.Item)
	case c.ApprovedFen < 0 || c.ApprovedFen > items[i].DraftedFen:
		return refuse("fund.above_draft", lawSpending, fmt.Sprintf("核定数不得超过申报数%d分", items[i].DraftedFen), fmt.Sprintf("at most the %d fen that were asked for are approved", items[i].DraftedFen),
			"改正核定数", "correct the amount")
	case c.ApprovedFen < items[i].DraftedFen && c.Remark == "":
		return refuse("fund.no_remark", lawSpending, "核减须说明理由", "a cut needs a remark", "填写审核意见", "give the remark")
	}
	item := &items[i]
	if item.CityFen == item.DraftedFen {
		item.CityFen = c.ApprovedFen
	} else {
		item.CityFen = c.ApprovedFen * (item.CityFen * 100 / item.DraftedFen) / 100
	}
	item.CountyFen = c.ApprovedFen - item.CityFen
	item.Remark = c.Remark
	if c.AnswerableCity != "" {
		item.AnswerableCity = c.AnswerableCity
	}
	if c.AnswerableCounty != "" {
		item.AnswerableCounty = c.AnswerableCounty
	}
	return nil
}

// Appropriate gives a level's money for an item, within its share of what the review left.
func Appropriate(by Actor, b *BudgetState, a Appropriation) (event.Event, error) {
	switch {
	case b == nil:
		return event.Event{}, noBudget()
	case b.Review == nil:
		return event.Event{}, refuse("fund.not_reviewed", lawSpending, "预算未经同级财政部门审核", "the budget has not been reviewed", "先审核后拨付", "review it first")
	case BearerOf(b.Home, a.Level) != by.Unit:
		return event.Event{}, refuse("fund.other_level", lawSpending, "该级应分担的经费由该级财政拨付", "each level appropriates its own share", "由该级财政拨付", "let that level do it")
	}
	i := slices.IndexFunc(b.Review.Items, func(r ReviewedItem) bool { return r.Item == a.Item })
	if i < 0 {
		return event.Event{}, noItem(a.Item)
	}
	share := b.Review.Items[i].CountyFen
	if a.Level == CityLevel {
		share = b.Review.Items[i].CityFen
	}
	if left := share - b.Given[GivenKey(a.Level, a.Item)]; a.AmountFen < 1 || a.AmountFen > left {
		return event.Event{}, refuse("fund.above_budget", lawSpending, fmt.Sprintf("该级该项目还可拨付%d分", left), fmt.Sprintf("%d fen of this level's share of the item are left", left),
			"改正金额", "correct the amount")
	}
	a.Home, a.Budget = b.Home, b.Budget.Budget
	return event.Event{Stream: answer(by.Unit, b.Home), Kind: KindAppropriated, V: 1, Subject: a.Budget, Body: a}, nil
}

// Money is what can be spent of an appropriation, or of a transfer that was approved.
type Money struct {
	Appropriation
	Received bool
	LeftFen  int64 // after payments, and transfers asked for or approved
}

// Receive says that an appropriation has come, whole.
func Receive(by Actor, m *Money, amount int64, today citizen.Date) (event.Event, error) {
	switch {
	case m == nil || m.Home != by.Unit:
		return event.Event{}, noMoney()
	case m.Received:
		return event.Event{}, refuse("fund.received_already", lawSpending, "该笔拨款已到账", "the appropriation has been received", "查看记录", "look at it")
	case amount != m.AmountFen:
		return event.Event{}, refuse("fund.received_differs", lawSpending, fmt.Sprintf("到账%d分，应拨%d分", amount, m.AmountFen), fmt.Sprintf("%d fen came, %d were appropriated", amount, m.AmountFen),
			"与拨款单位核对", "ask who appropriated it")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindReceived, V: 1, Subject: m.Budget, Body: Received{Home: m.Home, Budget: m.Budget,
		Appropriation: m.Appropriation.Appropriation, Level: m.Level, AmountFen: amount, Day: today}}, nil
}

func noMoney() *event.Refusal {
	return refuse("fund.no_appropriation", lawSpending, "没有此笔拨款；收取的工本费不得支用", "there is no such appropriation; fees are never spent", "从本单位已到账的拨款支付", "pay from an appropriation that the unit has received")
}

// Pay spends money of an appropriation on its item and nothing else (专款专用).
func Pay(by Actor, m *Money, p Payment) (event.Event, error) {
	if err := spendable(by, m, p.Item, p.AmountFen); err != nil {
		return event.Event{}, err
	}
	if p.Payee == "" || p.Paper == "" {
		return event.Event{}, refuse("fund.payee", lawSpending, "未填收款人或凭据", "the payee or the paper is missing", "填写收款人和合同或发票号", "give the payee and the contract or invoice")
	}
	p.Home, p.Budget, p.Appropriation = m.Home, m.Budget, m.Appropriation.Appropriation
	return event.Event{Stream: event.Up(by.Unit), Kind: KindPaid, V: 1, Subject: p.Budget, Body: p}, nil
}

func spendable(by Actor, m *Money, item Item, fen int64) error {
	switch {
	case m == nil || m.Home != by.Unit:
		return noMoney()
	case !m.Received:
		return refuse("fund.not_received", lawSpending, "该笔拨款尚未到账", "the appropriation has not come yet", "到账后支付", "spend it when it has come")
	case item != m.Item:
		return refuse("fund.wrong_item", lawSpending, fmt.Sprintf("该笔拨款用于%s", Items[m.Item].ZH), fmt.Sprintf("the appropriation is for %s", Items[m.Item].EN),
			"专款专用；确需调剂的，经批准后调剂", "money is spent on its own item; or ask for a transfer")
	case fen < 1 || fen > m.LeftFen:
		return refuse("fund.above_appropriation", lawSpending, fmt.Sprintf("该笔拨款尚余%d分", m.LeftFen), fmt.Sprintf("%d fen of the appropriation are left", m.LeftFen),
			"改正金额，或另行申请拨款", "correct the amount, or ask for more")
	}
	return nil
}

// AskTransfer asks finance to let money go to another item; it is set aside until the answer.
func AskTransfer(by Actor, m *Money, t Transfer) (event.Event, error) {
	if m != nil {
		t.From = m.Item
	}
	if err := spendable(by, m, t.From, t.AmountFen); err != nil {
		return event.Event{}, err
	}
	if _, ok := Items[t.To]; !ok || t.To == t.From {
		return event.Event{}, noItem(t.To)
	}
	if t.Words == "" {
		return event.Event{}, refuse("fund.no_remark", lawSpending, "调剂须说明理由", "a transfer needs a reason", "填写理由", "give the reason")
	}
	t.Home, t.Budget, t.Appropriation, t.Approved = m.Home, m.Budget, m.Appropriation.Appropriation, false
	return event.Event{Stream: event.Up(by.Unit), Kind: KindTransferAsked, V: 1, Subject: t.Budget, Body: t}, nil
}

// TransferState is what is known of a transfer.
type TransferState struct {
	Transfer
	AskedBy  string
	Answered bool
}

// AnswerTransfer lets money go to another item, or not; another person than who asked.
func AnswerTransfer(by Actor, t *TransferState, approved bool, words string, today citizen.Date) (event.Event, error) {
	switch {
	case t == nil:
		return event.Event{}, refuse("fund.no_transfer", lawSpending, "没有此项调剂申请", "there is no such transfer", "核对编号，或等待数据上报", "check it, or wait for the unit's entries")
	case ReviewerOf(t.Home) != by.Unit:
		return event.Event{}, refuse("fund.other_finance", lawSpending, "调剂由同级财政部门批复", "a transfer is answered by the finance office at the same level", "由该级财政部门批复", "let that finance office do it")
	case t.Answered:
		return event.Event{}, refuse("fund.answered_already", lawSpending, "该项调剂已批复", "the transfer has been answered", "查看批复", "look at the answer")
	case t.AskedBy == by.Operator:
		return event.Event{}, refuse("fund.own_transfer", lawSpending, "申请人不得批复自己的申请", "who asked for a transfer does not answer it", "由另一人批复", "another person does it")
	case words == "":
		return event.Event{}, refuse("fund.no_remark", lawSpending, "批复须说明理由", "the answer needs a reason", "填写批复意见", "give the reason")
	}
	body := t.Transfer
	body.Approved, body.Words, body.Day = approved, words, today
	return event.Event{Stream: answer(by.Unit, t.Home), Kind: KindTransferred, V: 1, Subject: t.Budget, Body: body}, nil
}
