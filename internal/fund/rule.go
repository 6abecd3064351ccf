package fund

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Sources that refusals name.
const (
	lawFee     = "居民身份证法（2003）第20条"
	lawFees    = "发改价格〔2003〕2322号"
	lawWaivers = "财综〔2004〕8号"
)

func refuse(code, source, zh, en, mendZH, mendEN string) *event.Refusal {
	r := event.Refuse(code, source, citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN})
	r.Field = fieldOf[code]
	return r
}

// fieldOf names the field of an action's form that a refusal is about, so that the page takes the cursor there.
var fieldOf = map[string]string{
	"fund.two_persons": "second", "fund.other_receipt": "receipt", "fund.ground": "ground", "fund.certificate": "certificate", "fund.receipt_used": "receipt_no", "fund.receipt_skips": "receipt_no",
	"fund.refund_amount": "amount_fen", "fund.refund_ground": "ground", "fund.treasury_slip": "treasury_slip", "fund.nothing_to_close": "counted_fen",
}

// yuan writes an amount as people say it.
func yuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

// difference says over or short in words.
func difference(fen int64) citizen.Text {
	if fen < 0 {
		return citizen.Text{ZH: "短款 " + yuan(-fen) + " 元", EN: yuan(-fen) + " yuan short"}
	}
	return citizen.Text{ZH: "长款 " + yuan(fen) + " 元", EN: yuan(fen) + " yuan over"}
}

// Actor is who acts.
type Actor struct {
	Unit     event.Unit
	Operator string
	Login    string
}

// is tells whether a name that somebody entered is the actor's own: two names must be two persons.
func (a Actor) is(name string) bool {
	name = strings.TrimSpace(name)
	return name == "" || name == a.Operator || name == a.Login
}

// Ground is a ground for a waiver: what share, by which document, and from when to when. Limits say for which kinds.
type Ground struct {
	Code   string       `json:"code"`
	Text   citizen.Text `json:"text"`
	Rule   string       `json:"rule"` // of citizen, which holds the share and its dates
	Source string       `json:"source"`
}

// Limits are the office's own settings of the fund.
//
// Waivable tells of each kind whether a waiver covers it. 财综〔2004〕8号 as read covers the first application and the renewal (初次申领和换领), not
// loss. That a card renewed because it is damaged is not covered either is UNCONFIRMED: the document was seen only as quoted by others, and
// 居民身份证法 (2003) art. 11 calls it a 换领 too, while 发改价格〔2003〕2322号 prices it like loss. An office that is told otherwise by its finance
// department sets it here.
//
// RenewalYears is within how many years a renewal is waived once for a person; it is the shortest validity of any
// card (居民身份证法 art. 5: five years under 16), so that no renewal at the end of one is refused what art. 20 grants. That a waiver is counted by years is UNCONFIRMED.
// CityPercent is the city's share of what a county's office spends: 30 of the city and 70 of the county was another province's; here it is UNCONFIRMED.
type Limits struct {
	Waivable     map[card.Kind]bool `json:"waivable"`
	RenewalYears int                `json:"renewal_years"`
	CityPercent  int                `json:"city_percent"`
}

// DefaultLimits are used where the office has set nothing.
func DefaultLimits() Limits {
	return Limits{Waivable: map[card.Kind]bool{card.First: true, card.Exchange: true, card.ReplaceLost: false, card.ReplaceDamaged: false},
		RenewalYears: 5, CityPercent: 30}
}

// Grounds is the table of waivers (财综〔2004〕8号).
var Grounds = []Ground{
	ground("urban_allowance", "fee.waiver.full", "城市居民最低生活保障对象", "urban minimum living allowance"),
	ground("five_guarantees", "fee.waiver.full", "农村五保户", "rural five-guarantee household"),
	ground("special_hardship", "fee.waiver.full", "农村特困户", "rural household in special hardship"),
	ground("absolute_poverty", "fee.waiver.full", "农村绝对贫困户", "rural household below the poverty line"),
	ground("regular_allowance", "fee.waiver.full", "享受国家定期抚恤补助的优抚对象", "person on a regular state allowance"),
	ground("hardship", "fee.waiver.half", "因灾害、事故、疾病等造成生活困难", "hardship by disaster, accident or illness"),
}

func ground(code, rule, zh, en string) Ground {
	return Ground{Code: code, Text: citizen.Text{ZH: zh, EN: en}, Rule: rule, Source: lawWaivers}
}

// ReceiptFacts is what is known of receipts and of the cashier's day.
type ReceiptFacts struct {
	Books      []Used // of the station
	Generation int    // of the station's streams
	DayClosed  bool   // the cashier has closed the day
}

// Used is a book with the highest number used; zero: none.
type Used struct {
	Book
	Highest int64
}

// NextReceipt is the next number of the station's current book: the oldest one of the present generation that is not used up.
func NextReceipt(facts ReceiptFacts) (*Receipt, error) {
	books := slices.Clone(facts.Books)
	slices.SortFunc(books, func(a, b Used) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Book.Book, b.Book.Book))
	})
	for _, b := range books {
		next := max(b.First, b.Highest+1)
		if b.Generation == facts.Generation && next <= b.Last {
			return &Receipt{Book: b.Book.Book, Number: next, Prefix: b.Prefix}, nil
		}
	}
	return nil, refuse("fund.no_receipts", lawFees, "本所没有可用的收费票据", "the station has no receipts left",
		"向县（区）财务领取票据", "ask the county's finance for a book")
}

// FeeCommand settles an application's fee.
type FeeCommand struct {
	By          Actor
	Ground      string // of a waiver; empty: the whole fee is collected
	Certificate string
	Office      string
	ReceiptNo   int64 // of the form in the cashier's hand; zero: whichever is next
	Today       citizen.Date
}

// FeeFacts is what is known when a fee is settled.
type FeeFacts struct {
	Settled      bool // once for an application, whatever its rounds
	Receipts     ReceiptFacts
	Limits       Limits
	Listed       *Poor        // the resident's line on civil affairs' list, found by number and name
	WaivedBefore citizen.Date // when the resident was last waived for this kind; zero: never
}

// Collect takes the fee and reserves the receipt that is printed for it. A fee is settled once: a second round pays nothing again.
func Collect(a card.Application, cmd FeeCommand, facts FeeFacts) ([]event.Event, *Fee, error) {
	fee, err := due(a, cmd, facts)
	if err != nil {
		return nil, nil, err
	}
	if fee.DueFen == 0 {
		return nil, nil, refuse("fund.free", fee.Source, "此项不收费", "there is no fee for this", "无需收费", "collect nothing")
	}
	fee.AmountFen = fee.DueFen
	return emit(fee, cmd, KindFeeCollected, facts)
}

// CollectFor takes the fee of a thing that is no application, as a temporary card; once for each reference.
func CollectFor(what What, reference, resident string, cmd FeeCommand, facts FeeFacts) ([]event.Event, *Fee, error) {
	switch {
	case what != Temporary:
		return nil, nil, refuse("fund.what", lawFees, "没有此种收费项目", "there is no such thing to charge", "申领填写申领号，临时居民身份证填写 temporary 及其编号",
			"name an application, or temporary with its reference")
	case reference == "":
		return nil, nil, refuse("fund.reference", lawFees, "未填收费对象的编号", "what is charged is not named", "填写编号", "give its reference")
	case facts.Settled:
		return nil, nil, settled()
	}
	fen, source, err := Due(card.Kind(what), cmd.Today)
	if err != nil {
		return nil, nil, err
	}
	fee := &Fee{Home: cmd.By.Unit, What: what, Application: reference, Resident: resident, Kind: card.Kind(what), Day: cmd.Today,
		DueFen: fen, AmountFen: fen, Source: source}
	return emit(fee, cmd, KindFeeCollected, facts)
}

func settled() *event.Refusal {
	return refuse("fund.settled", lawFees, "该项工本费已收取或减免", "this fee is settled already",
		"不得重复收费；退回后重办也不再收费", "do not collect twice; a second round pays nothing again")
}

// Waive settles a fee by a waiver on a certificate; of a half waiver the rest is collected on a receipt.
func Waive(a card.Application, cmd FeeCommand, facts FeeFacts) ([]event.Event, *Fee, error) {
	fee, err := due(a, cmd, facts)
	if err != nil {
		return nil, nil, err
	}
	waiver, err := waiverOf(a, cmd, facts)
	if err != nil {
		return nil, nil, err
	}
	fee.Waiver = waiver
	fee.WaivedFen = fee.DueFen * int64(waiver.Percent) / 100
	fee.AmountFen = fee.DueFen - fee.WaivedFen
	return emit(fee, cmd, KindFeeWaived, facts)
}

func due(a card.Application, cmd FeeCommand, facts FeeFacts) (*Fee, error) {
	switch {
	case a.ID == "" || a.Stage == card.StageIncomplete:
		return nil, card.NotFound()
	case a.Home != cmd.By.Unit:
		return nil, refuse("fund.other_unit", lawFee, "由受理单位收费", "the accepting unit collects the fee", "在受理单位缴费", "pay there")
	case a.Terminal():
		return nil, refuse("fund.closed", "", "该申领已办结", "the application is closed", "无需收费", "collect nothing")
	case facts.Settled:
		return nil, settled()
	}
	fen, source, err := Due(a.Kind, cmd.Today)
	if err != nil {
		return nil, err
	}
	return &Fee{Home: a.Home, Application: a.ID, Resident: a.Resident, Kind: a.Kind, Day: cmd.Today, DueFen: fen, Source: source}, nil
}

// waiverOf takes the ground from civil affairs' list where the cashier names none.
func waiverOf(a card.Application, cmd FeeCommand, facts FeeFacts) (*Waiver, error) {
	if cmd.Ground == "" && facts.Listed != nil {
		cmd.Ground, cmd.Certificate, cmd.Office = facts.Listed.Ground, facts.Listed.Certificate, facts.Listed.Office
	}
	i := slices.IndexFunc(Grounds, func(g Ground) bool { return g.Code == cmd.Ground })
	if i < 0 {
		return nil, refuse("fund.ground", lawWaivers, "没有此种减免理由", "there is no such ground for a waiver", "从减免表中选取", "take one of the table")
	}
	g := Grounds[i]
	rule, ok := citizen.RuleOn(g.Rule, cmd.Today)
	switch {
	case !ok || !facts.Limits.Waivable[a.Kind]:
		return nil, refuse("fund.not_waivable", g.Source, "丢失补领、损坏换领不在减免范围", "replacement of a lost or damaged card is not waived",
			"按标准收费", "collect the fee")
	case waivedAlready(a.Kind, cmd.Today, facts):
		return nil, refuse("fund.waived_before", g.Source, fmt.Sprintf("本人已于%s减免过一次，初次申领和每次换领只减免一次", facts.WaivedBefore),
			fmt.Sprintf("the resident was waived on %s: once for the first application and for each renewal", facts.WaivedBefore), "按标准收费", "collect the fee")
	case cmd.Certificate == "" || cmd.Office == "":
		return nil, refuse("fund.certificate", g.Source, "减免须有乡镇或街道的证明", "a waiver needs the certificate of a township or street office",
			"录入证明编号和出具单位", "enter its number and who gave it")
	}
	return &Waiver{Ground: g.Code, Percent: rule.Value, Certificate: cmd.Certificate, Office: cmd.Office, Source: g.Source,
		Listed: facts.Listed != nil && facts.Listed.Ground == g.Code}, nil
}

func waivedAlready(kind card.Kind, today citizen.Date, facts FeeFacts) bool {
	if facts.WaivedBefore.IsZero() {
		return false
	}
	return kind == card.First || today.Before(facts.WaivedBefore.AddYears(facts.Limits.RenewalYears))
}

func emit(fee *Fee, cmd FeeCommand, kind string, facts FeeFacts) ([]event.Event, *Fee, error) {
	if fee.AmountFen > 0 {
		if facts.Receipts.DayClosed {
			return nil, nil, refuse("fund.day_closed", "", "您今日已结账", "you have closed your day", "由另一名收费员收取，或次日收取", "another cashier takes it, or you do tomorrow")
		}
		receipt, err := NextReceipt(facts.Receipts)
		if err != nil {
			return nil, nil, err
		}
		if err := inHand(cmd.ReceiptNo, receipt.Number); err != nil {
			return nil, nil, err
		}
		fee.Receipt = receipt
	}
	return []event.Event{{Stream: event.Up(fee.Home), Kind: kind, V: 1, Subject: fee.Application, Body: *fee}}, fee, nil
}

// inHand compares the number of the form in the cashier's hand with the next one: none is used twice and none is skipped.
func inHand(number, next int64) error {
	switch {
	case number == 0 || number == next:
		return nil
	case number < next:
		return refuse("fund.receipt_used", lawFees, fmt.Sprintf("票据%d已使用或作废", number), fmt.Sprintf("receipt %d is used or void already", number),
			fmt.Sprintf("使用%d号票据", next), fmt.Sprintf("use number %d", next))
	}
	return refuse("fund.receipt_skips", lawFees, fmt.Sprintf("票据须连号使用，下一张是%d号", next), fmt.Sprintf("receipts are used in order; the next is number %d", next),
		"先说明中间各号：作废或报失", "first explain those between: void them or report them lost")
}

// maxBook bounds the receipts of one book.
const maxBook = 100_000

// IssueReceipts gives a station a book. known are the books that the county knows, of all its stations.
func IssueReceipts(by Actor, b Book, known []Book) (event.Event, error) {
	if b.Station.Parent() != by.Unit || b.Station.Level() != event.Station {
		return event.Event{}, refuse("fund.other_area", "", "不是本县（区）的派出所", "it is not a station of this county", "核对单位", "check the unit")
	}
	if b.First < 1 || b.Last < b.First || b.Last-b.First >= maxBook || b.Generation < 1 {
		return event.Event{}, refuse("fund.book_range", lawFees, "票据号段不正确", "the range of receipts is not right",
			fmt.Sprintf("起号不小于1，止号不小于起号，每本不超过%d张", maxBook), fmt.Sprintf("from 1 on, in order, at most %d a book", maxBook))
	}
	for _, k := range known {
		if k.Prefix == b.Prefix && k.First <= b.Last && b.First <= k.Last {
			return event.Event{}, refuse("fund.book_overlaps", lawFees, "号段与已发票据重叠", "the range overlaps a book issued before",
				fmt.Sprintf("该段为 %s%d-%d", k.Prefix, k.First, k.Last), fmt.Sprintf("that one is %s%d-%d", k.Prefix, k.First, k.Last))
		}
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindReceiptsIssued, V: 1, Subject: b.Book, Body: b}, nil
}

// VoidReceipt books the next receipt as spoilt, under two names.
func VoidReceipt(by Actor, id, meant, words, second string, today citizen.Date, facts ReceiptFacts) (event.Event, *Receipt, error) {
	if words == "" || by.is(second) {
		return event.Event{}, nil, refuse("fund.two_persons", "", "作废票据须说明原因并由两人签名", "a receipt is voided with a reason and under two names",
			"填写原因和另一人", "give the reason and the other person")
	}
	receipt, err := NextReceipt(facts)
	if err != nil {
		return event.Event{}, nil, err
	}
	if next := receipt.String(); meant != "" && meant != next {
		return event.Event{}, nil, refuse("fund.other_receipt", "", "下一张票据是 "+next+"，不是 "+meant, "the next receipt is "+next+", not "+meant,
			"核对手中的票据：另一窗口可能已用去一张", "compare the receipt in your hand: another window may have used one")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindReceiptVoided, V: 1, Subject: id,
		Body: Voided{Home: by.Unit, Receipt: *receipt, Day: today, Words: words, Second: second}}, receipt, nil
}

// CloseDay closes a cashier's day with what was counted. A difference is booked as over or short under two names, and closing
// goes on.
func CloseDay(by Actor, id string, c Closing, closed bool, today citizen.Date) (event.Event, error) {
	switch {
	case c.Cashier != by.Operator && !c.Day.Before(today):
		return event.Event{}, refuse("fund.not_forgotten", "", "他人的当日账由本人结", "another's day is closed by himself while it lasts", "次日仍未结的由负责人代结",
			"the leader closes it when it is still open on the next day")
	case c.Cashier != by.Operator && by.is(c.Second):
		return event.Event{}, refuse("fund.two_persons", "", "代他人结账须由另一人共同确认", "another's day is closed under two names", "填写另一人", "name the other person")
	case c.Day.After(today):
		return event.Event{}, refuse("fund.future", "", "不能为以后的日期结账", "a day to come cannot be closed", "核对日期", "check the date")
	case closed:
		return event.Event{}, refuse("fund.closed_already", "", "该日已结账", "the day is closed already", "查看结账记录", "look at the closing")
	case c.CountedFen < 0 || c.Receipts == 0 && c.CountedFen == 0:
		return event.Event{}, refuse("fund.nothing_to_close", "", "该日没有收费", "nothing was collected on that day", "无需结账", "there is nothing to close")
	case c.CountedFen != c.ExpectedFen && by.is(c.Second):
		found := difference(c.CountedFen - c.ExpectedFen)
		return event.Event{}, refuse("fund.two_persons", "", found.ZH+"，须由另一人共同确认", found.EN+"; another person must confirm it", "填写在场同事的登录名", "give the login of the colleague who is present")
	}
	return event.Event{Stream: event.Up(c.Home), Kind: KindDayClosed, V: 1, Subject: id, Body: c}, nil
}

// Remit takes closed days to the treasury, in full: the amount is that of the receipts (居民身份证法 (2003) art. 20).
func Remit(by Actor, id string, closings []Closing) (event.Event, Remittance, error) {
	r := Remittance{Home: by.Unit, Remittance: id}
	for _, c := range closings {
		r.Drawers = append(r.Drawers, Drawer{Day: c.Day, Cashier: c.Cashier})
		r.Receipts += c.Receipts
		r.AmountFen += c.ExpectedFen
	}
	if r.AmountFen == 0 {
		return event.Event{}, r, refuse("fund.nothing_to_remit", lawFee, "没有已结账而未上缴的款项", "there is no closed day that has not been remitted",
			"先结账", "close the day first")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindRemitted, V: 1, Subject: id, Body: r}, r, nil
}

// Confirm is the finance office's confirmation; the amount must be the whole. The station's county alone confirms, or county and city could do so
// both before they hear of each other.
func Confirm(by Actor, r Remittance, amount int64, slip string, confirmed bool) (event.Event, error) {
	switch {
	case r.Home.Parent() != by.Unit:
		return event.Event{}, refuse("fund.other_county", lawFee, "上缴由派出所所属县（区）确认", "the county of the station confirms its remittances",
			"由该县（区）财务确认", "let that county's finance do it")
	case confirmed:
		return event.Event{}, refuse("fund.confirmed_already", "", "该笔上缴已确认", "the remittance is confirmed already", "查看记录", "look at it")
	case amount != r.AmountFen:
		return event.Event{}, refuse("fund.remittance_differs", lawFee, fmt.Sprintf("到账%d分，应缴%d分", amount, r.AmountFen),
			fmt.Sprintf("%d fen came, %d are due", amount, r.AmountFen), "查明差额，足额上缴后再确认", "find out why; all of it is to be remitted")
	case slip == "":
		return event.Event{}, refuse("fund.treasury_slip", lawFee, "未填缴款书号", "the treasury's slip number is missing", "填写缴款书号", "enter it")
	}
	return event.Event{Stream: event.To(by.Unit, r.Home), Kind: KindRemittanceConfirmed, V: 1, Subject: r.Remittance,
		Body: Confirmation{Home: r.Home, Remittance: r.Remittance, AmountFen: amount, TreasurySlip: slip}}, nil
}
