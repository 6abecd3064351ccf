// Package fund holds the rules of the money of card fees: what is due, who is waived, numbered receipts, the cash of a
// day, and the whole of it to the treasury; and of the money spent, from the budget to the payment (收支两条线: two lines that never meet). It is
// pure, and books every fact in double entry.
//
// Amounts are fen. Sources: 居民身份证法 (2003) art. 20; 发改价格〔2003〕2322号 (fees); 财综〔2004〕8号 (waivers); 国函〔2001〕62号 (two lines).
package fund

import (
	"strconv"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of entries.
const (
	KindReceiptsIssued      = "fund.receipts_issued"      // subject: the book
	KindFeeCollected        = "fund.fee_collected"        // subject: what is charged, mostly the application
	KindFeeWaived           = "fund.fee_waived"           // subject: the application
	KindRefunded            = "fund.refunded"             // subject: what was charged
	KindReceiptVoided       = "fund.receipt_voided"       // subject: the voiding
	KindReceiptsLost        = "fund.receipts_lost"        // subject: the report of the loss
	KindReceiptsReturned    = "fund.receipts_returned"    // subject: the return
	KindPoorListed          = "fund.poor_listed"          // subject: the list
	KindLookedUp            = "fund.looked_up"            // subject: the look-up; in the unit's access stream
	KindDayClosed           = "fund.day_closed"           // subject: the closing
	KindRemitted            = "fund.remitted"             // subject: the remittance
	KindRemittanceConfirmed = "fund.remittance_confirmed" // subject: the remittance
)

// Book is a range of numbered receipts that a county gives to a station, for one generation of the station's streams: after a restore the
// rest of it is retired, for what the lost tail gave out is not known.
type Book struct {
	Book       string     `json:"book"`
	Station    event.Unit `json:"station"`
	Prefix     string     `json:"prefix"` // printed before the number
	First      int64      `json:"first"`
	Last       int64      `json:"last"`
	Generation int        `json:"generation"`
}

// Receipt is one numbered receipt of a book.
type Receipt struct {
	Book   string `json:"book"`
	Number int64  `json:"number"`
	Prefix string `json:"prefix"`
}

// String is the number as it is printed, with its prefix.
func (r Receipt) String() string { return r.Prefix + strconv.FormatInt(r.Number, 10) }

// Fee is how an application's fee was settled: collected, waived, or waived in part and the rest collected; or that of another thing.
type Fee struct {
	Home        event.Unit   `json:"home"`
	What        What         `json:"what,omitempty"` // empty: an application
	Application string       `json:"application"`    // or the reference of the other thing, as of a temporary card
	Resident    string       `json:"resident"`
	Kind        card.Kind    `json:"kind"`
	Day         citizen.Date `json:"day"`
	DueFen      int64        `json:"due_fen"`
	WaivedFen   int64        `json:"waived_fen"`
	AmountFen   int64        `json:"amount_fen"`        // collected
	Receipt     *Receipt     `json:"receipt,omitempty"` // where something was collected
	Waiver      *Waiver      `json:"waiver,omitempty"`
	Source      string       `json:"source"` // of the amount
}

// Waiver is the ground on which a fee was waived, and its paper.
type Waiver struct {
	Ground      string `json:"ground"`
	Percent     int    `json:"percent"`
	Certificate string `json:"certificate"`
	Office      string `json:"office"` // the township or street office that gave it
	Source      string `json:"source"`
	Listed      bool   `json:"listed,omitempty"` // it stands on civil affairs' list, under number and name
}

// Voided is a receipt that was spoilt, so that no number is missing without a reason.
type Voided struct {
	Home    event.Unit   `json:"home"`
	Receipt Receipt      `json:"receipt"`
	Day     citizen.Date `json:"day"`
	Words   string       `json:"words"`
	Second  string       `json:"second"`
}

// Closing is one cashier's day: what the receipts say and what was counted.
type Closing struct {
	Home        event.Unit   `json:"home"`
	Day         citizen.Date `json:"day"`
	Cashier     string       `json:"cashier"`
	Receipts    int          `json:"receipts"`
	ExpectedFen int64        `json:"expected_fen"`
	CountedFen  int64        `json:"counted_fen"`
	Refunds     int          `json:"refunds,omitempty"`
	RefundedFen int64        `json:"refunded_fen,omitempty"` // paid back out of the drawer: it is not in ExpectedFen
	Second      string       `json:"second,omitempty"`       // the other person at a difference
}

// Drawer names a closing.
type Drawer struct {
	Day     citizen.Date `json:"day"`
	Cashier string       `json:"cashier"`
}

// Remittance is money taken to the treasury: everything that the closed days' receipts say.
type Remittance struct {
	Home       event.Unit `json:"home"`
	Remittance string     `json:"remittance"`
	Drawers    []Drawer   `json:"drawers"`
	Receipts   int        `json:"receipts"`
	AmountFen  int64      `json:"amount_fen"`
}

// Confirmation is the finance office's word that a remittance has come to the treasury.
type Confirmation struct {
	Home         event.Unit `json:"home"`
	Remittance   string     `json:"remittance"`
	AmountFen    int64      `json:"amount_fen"`
	TreasurySlip string     `json:"treasury_slip"`
}

// The accounts of a station. A cashier's own cash is CashOf(operator).
const (
	Safe      = "safe"       // counted cash, 库存现金
	InTransit = "in_transit" // on the way to the treasury, 上缴在途
	Payable   = "payable"    // owed to the treasury, 应缴国库款
	OverShort = "over_short" // differences at closings, 长短款
	Refunds   = "refunds"    // paid back, 退费: it lessens what is owed
	cash      = "cash:"
)

// CashOf is a cashier's cash account.
func CashOf(operator string) string { return cash + operator }

// Posting is one line of a booking. One of Debit and Credit is zero.
type Posting struct {
	Account string       `json:"account"`
	Debit   int64        `json:"debit"`
	Credit  int64        `json:"credit"`
	Day     citizen.Date `json:"day"`
}

// Postings books a refund out of the cashier's cash.
func (r Refund) Postings(operator string) []Posting {
	return book(r.Day, Refunds, CashOf(operator), r.AmountFen)
}

// book makes the two lines that move an amount from one account to another; nothing for nothing.
func book(day citizen.Date, debit, credit string, fen int64) []Posting {
	if fen == 0 {
		return nil
	}
	if fen < 0 {
		debit, credit, fen = credit, debit, -fen
	}
	return []Posting{{Account: debit, Debit: fen, Day: day}, {Account: credit, Credit: fen, Day: day}}
}

// Postings books a collected fee: the cashier's cash against what is owed to the treasury.
func (f Fee) Postings(operator string) []Posting {
	return book(f.Day, CashOf(operator), Payable, f.AmountFen)
}

// Postings books a closing: the cashier's cash goes to the safe, a difference to over or short.
func (c Closing) Postings() []Posting {
	return append(book(c.Day, Safe, CashOf(c.Cashier), c.ExpectedFen), book(c.Day, Safe, OverShort, c.CountedFen-c.ExpectedFen)...)
}

// Postings books a remittance on its day.
func (r Remittance) Postings(day citizen.Date) []Posting {
	return book(day, InTransit, Safe, r.AmountFen)
}

// Postings books a confirmation on its day.
func (c Confirmation) Postings(day citizen.Date) []Posting {
	return book(day, Payable, InTransit, c.AmountFen)
}
