package fund

import (
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
)

// What is a kind of thing that a fee is charged for.
type What string

// The things. An application's own kind says which of its fees.
const (
	ForApplication What = ""
	Temporary      What = "temporary" // a temporary card (公安部令第78号; 发改价格〔2003〕2322号)
)

// Rate is one row of the fee table: for which business and generation of cards, how much, between which days, and by which document.
type Rate struct {
	Kind        card.Kind    `json:"kind"`
	Generation  string       `json:"generation"` // of the card; empty: none
	Text        citizen.Text `json:"text"`
	Fen         int64        `json:"fen"`
	From        citizen.Date `json:"from"`
	To          citizen.Date `json:"to,omitzero"` // last day
	Source      string       `json:"source"`
	Unconfirmed bool         `json:"unconfirmed,omitempty"`
}

// Remake is the business of a card that is made again because the office or the maker was wrong: it is free.
const Remake card.Kind = "remake"

// priced names the rule of law that holds each row's amount; the amounts and their dates are data in citizen.
type priced struct {
	kind       card.Kind
	generation string
	rule       string
}

var feeRules = []priced{
	{card.First, "2", "fee.card.first"},
	{card.Exchange, "2", "fee.card.renew"},
	{card.ReplaceLost, "2", "fee.card.replace"},
	{card.ReplaceDamaged, "2", "fee.card.replace"},
	{Remake, "2", "fee.card.remake"},
	{card.Kind(Temporary), "", "fee.card.temporary"},
	{card.First, "1", "fee.card1.first"},
	{card.Exchange, "1", "fee.card1.first"},
	{card.ReplaceLost, "1", "fee.card1.replace"},
}

// present is the generation of the cards that applications are for.
const present = "2"

// Due is the fee of a kind of business on a day in fen, and its source.
func Due(kind card.Kind, on citizen.Date) (fen int64, source string, err error) {
	i := slices.IndexFunc(feeRules, func(p priced) bool { return p.kind == kind && (p.generation == present || p.generation == "") })
	if i >= 0 {
		if rule, ok := citizen.RuleOn(feeRules[i].rule, on); ok {
			return int64(rule.Value), rule.Citation.Law, nil
		}
	}
	return 0, "", refuse("fund.no_rate", lawFees, "当日没有该种类的收费标准", "no fee is laid down for this kind on that day",
		"核对日期", "check the date")
}

// FeeTable is what holds on a day: the board that hangs beside the window.
func FeeTable(on citizen.Date) []Rate {
	var rates []Rate
	for _, p := range feeRules {
		if r, ok := citizen.RuleOn(p.rule, on); ok {
			rates = append(rates, Rate{Kind: p.kind, Generation: p.generation, Text: r.Text, Fen: int64(r.Value), From: r.From, To: r.To,
				Source: r.Citation.Law, Unconfirmed: r.Unconfirmed})
		}
	}
	return rates
}

// Share is one row of the table of waivers on a day.
type Share struct {
	Ground
	Percent int          `json:"percent"`
	From    citizen.Date `json:"from"`
	To      citizen.Date `json:"to,omitzero"`
}

// WaiverTable is what is waived on a day, by ground.
func WaiverTable(on citizen.Date) []Share {
	var shares []Share
	for _, g := range Grounds {
		if r, ok := citizen.RuleOn(g.Rule, on); ok {
			shares = append(shares, Share{Ground: g, Percent: r.Value, From: r.From, To: r.To})
		}
	}
	return shares
}
