package fund

import (
	"fmt"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// RefundGround is why a fee is paid back.
type RefundGround string

// The grounds.
const (
	Overcharged RefundGround = "overcharged" // more was taken than was due, or a waiver was due
	FreeDay     RefundGround = "free_day"    // it has become free, and what was taken is paid back (2018-04-01)
	Withdrawn   RefundGround = "withdrawn"   // the application ended before a card was ordered
)

// Voucher is the number of a refund's own paper: a running number of the station's generation.
type Voucher struct {
	Generation int   `json:"generation"`
	Number     int64 `json:"number"`
}

// Refund is a fee, or a part of it, paid back to who paid it, under two names. It names the entry of the fee and its receipt.
type Refund struct {
	Home          event.Unit   `json:"home"`
	What          What         `json:"what,omitempty"`
	Application   string       `json:"application"`
	Day           citizen.Date `json:"day"`
	AmountFen     int64        `json:"amount_fen"`
	Ground        RefundGround `json:"ground"`
	Words         string       `json:"words"`
	Second        string       `json:"second"`
	Voucher       Voucher      `json:"voucher"`
	Receipt       Receipt      `json:"receipt"` // that was given for the fee
	FeeGeneration int          `json:"fee_generation"`
	FeeSeq        int64        `json:"fee_seq"` // of the fee's entry in the station's up stream
}

// RefundFacts is what is known when a fee is paid back.
type RefundFacts struct {
	Found        bool // money was taken for it here
	Kind         card.Kind
	CollectedFen int64
	RefundedFen  int64 // before
	DrawerFen    int64 // what the cashier has taken today, less what was paid back
	DayClosed    bool
	Application  card.Application // zero for another thing
}

// PayBack pays a fee back out of the cashier's drawer. What is paid back is not remitted.
func PayBack(by Actor, r Refund, facts RefundFacts) (event.Event, error) {
	if err := refundable(r, facts); err != nil {
		return event.Event{}, err
	}
	switch {
	case r.Words == "" || by.is(r.Second):
		return event.Event{}, refuse("fund.two_persons", "", "退费须说明原因并由两人签名", "a fee is paid back with a reason and under two names", "填写原因和另一人",
			"give the reason and the other person")
	case facts.DayClosed:
		return event.Event{}, refuse("fund.day_closed", "", "您今日已结账", "you have closed your day", "由另一名收费员退付，或次日退付", "another cashier pays it, or you do tomorrow")
	case r.AmountFen > facts.DrawerFen:
		return event.Event{}, refuse("fund.drawer_short", "", fmt.Sprintf("您今日收取的现金只有%d分", facts.DrawerFen), fmt.Sprintf("your drawer has taken only %d fen today", facts.DrawerFen),
			"已结账的款项不得动用，待收款后再退，或由另一名收费员退付", "closed money is not touched: wait for today's fees, or let another cashier pay")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindRefunded, V: 1, Subject: r.Application, Body: r}, nil
}

func refundable(r Refund, facts RefundFacts) error {
	left := facts.CollectedFen - facts.RefundedFen
	switch {
	case !facts.Found:
		return refuse("fund.nothing_paid", lawFees, "本所没有收取过此项费用", "nothing was collected for this at this station", "核对编号，或到收费单位办理", "check the reference, or go to who took it")
	case r.AmountFen <= 0 || r.AmountFen > left:
		return refuse("fund.refund_amount", lawFees, fmt.Sprintf("可退金额为1至%d分", left), fmt.Sprintf("1 to %d fen can be paid back", left), "改正金额", "correct the amount")
	}
	switch r.Ground {
	case Overcharged:
		return nil
	case FreeDay:
		if due, _, err := Due(facts.Kind, r.Day); err != nil || due != 0 {
			return refuse("fund.not_free", lawFees, "该项目前并不免费", "this is not free today", "核对退费原因", "check the ground")
		}
		return nil
	case Withdrawn:
		if a := facts.Application; a.Stage != card.StageWithdrawn || a.Withdrawal != card.Cancelled {
			return refuse("fund.already_made", lawFees, "该申领未终止，或证件已交付制作", "the application is not withdrawn, or its card was ordered already",
				"先终止申领；已制证的不退", "withdraw it first; after the order nothing is paid back")
		}
		return nil
	}
	return refuse("fund.refund_ground", lawFees, "没有此种退费原因", "there is no such ground for a refund", "填写 overcharged、free_day 或 withdrawn", "give overcharged, free_day or withdrawn")
}

// Unused are receipts of a book, from the next number on, that will never be used: lost, or returned to the county.
type Unused struct {
	Home   event.Unit   `json:"home"`
	Book   string       `json:"book"`
	From   int64        `json:"from"`
	To     int64        `json:"to"`
	Day    citizen.Date `json:"day"`
	Words  string       `json:"words"`
	Second string       `json:"second"`
}

// PutAside explains receipts that will not be used, under two names, so that no number is missing without a reason. They are the next
// ones of the book: those before them are used, and none between stays unexplained. To zero is the end of the book.
func PutAside(by Actor, kind, id string, u Unused, books []Used) (event.Event, Unused, error) {
	book, ok := bookOf(books, u.Book)
	if !ok {
		return event.Event{}, u, refuse("fund.no_book", lawFees, "本所没有这本票据", "the station has no such book", "查看票据使用情况表", "see the report of receipts")
	}
	u.From = max(book.First, book.Highest+1)
	if u.To == 0 {
		u.To = book.Last
	}
	switch {
	case u.Words == "" || by.is(u.Second):
		return event.Event{}, u, refuse("fund.two_persons", "", "票据报失、缴回须说明原因并由两人签名", "receipts are reported lost or returned with a reason and under two names",
			"填写原因和另一人", "give the reason and the other person")
	case u.To > book.Last || u.To < u.From:
		return event.Event{}, u, refuse("fund.book_range", lawFees, fmt.Sprintf("未用号段为%d至%d", u.From, book.Last), fmt.Sprintf("the unused ones are %d to %d", u.From, book.Last),
			"核对号段", "check the range")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: kind, V: 1, Subject: id, Body: u}, u, nil
}

func bookOf(books []Used, id string) (Used, bool) {
	for _, b := range books {
		if b.Book.Book == id {
			return b, true
		}
	}
	return Used{}, false
}

// LookedUp records who asked whether a resident is on the list of the poor, or read the list, and why (居民身份证法 (2003) art. 6).
type LookedUp struct {
	Purpose     string `json:"purpose"`
	Application string `json:"application,omitempty"`
	Wide        bool   `json:"wide,omitempty"`
}

// Poor is one line of civil affairs' list of people whose fee is waived (财综〔2004〕8号).
type Poor struct {
	Number      string `json:"number"`
	Name        string `json:"name"`
	Ground      string `json:"ground"` // a code of Grounds
	Certificate string `json:"certificate"`
	Office      string `json:"office"`
}

// PoorList is a list of a county's civil affairs for one station: what a station need not know it is not told.
type PoorList struct {
	List    string       `json:"list"`
	Station event.Unit   `json:"station"`
	Day     citizen.Date `json:"day"`
	Lines   []Poor       `json:"lines"`
}

// maxList bounds the lines of one list.
const maxList = 2000

// ListPoor gives a station its part of civil affairs' list.
func ListPoor(by Actor, l PoorList) (event.Event, error) {
	switch {
	case l.Station.Level() != event.Station || l.Station.Parent() != by.Unit:
		return event.Event{}, refuse("fund.other_area", lawWaivers, "不是本县（区）的派出所", "it is not a station of this county", "核对单位", "check the unit")
	case len(l.Lines) == 0 || len(l.Lines) > maxList:
		return event.Event{}, refuse("fund.list_size", lawWaivers, fmt.Sprintf("名单须有1至%d人", maxList), fmt.Sprintf("a list has 1 to %d lines", maxList), "分批报送", "send it in parts")
	}
	for i, p := range l.Lines {
		if err := checkPoor(i+1, p); err != nil {
			return event.Event{}, err
		}
	}
	return event.Event{Stream: event.To(by.Unit, l.Station), Kind: KindPoorListed, V: 1, Subject: l.List, Body: l}, nil
}

func checkPoor(line int, p Poor) error {
	_, numberErr := citizen.ParseNumber(p.Number)
	known := false
	for _, g := range Grounds {
		known = known || g.Code == p.Ground
	}
	if numberErr == nil && known && p.Name != "" && p.Certificate != "" && p.Office != "" {
		return nil
	}
	return refuse("fund.list_line", lawWaivers, fmt.Sprintf("名单第%d行不完整，或号码、减免理由不正确", line), fmt.Sprintf("line %d of the list is not whole, or its number or ground is not right", line),
		"由民政部门改正", "let civil affairs correct it")
}
