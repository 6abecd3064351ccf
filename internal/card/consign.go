package card

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
)

// Packed is one card in a list that goes with cards.
type Packed struct {
	Application string     `json:"application"`
	CardNo      string     `json:"card_no"`
	Home        event.Unit `json:"home"`
}

// OrderWritten is an order file that was made for the maker; its content is the blob that the entry names.
type OrderWritten struct {
	Order  string `json:"order"`
	Digest string `json:"digest"`
	Count  int    `json:"count"`
}

// Package is what the maker sends together.
type Package struct {
	Package string   `json:"package"`
	Cards   []Packed `json:"cards"`
}

// FeedbackTaken is a feedback file as taken in.
type FeedbackTaken struct {
	Order      string      `json:"order"`
	Digest     string      `json:"digest"`
	Made       int         `json:"made"`
	Rejected   int         `json:"rejected"`
	Dispatched int         `json:"dispatched"`
	Packages   []Package   `json:"packages,omitempty"`
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Exception is a line of a feedback file that was not taken.
type Exception struct {
	Line int    `json:"line"`
	Code string `json:"code"`
}

// Consigned is cards sent to the unit below or back to the unit above.
type Consigned struct {
	Consignment string     `json:"consignment"`
	To          event.Unit `json:"to"`
	Cards       []Packed   `json:"cards"`
}

// Verdict is what a count says of one card.
type Verdict string

// The verdicts.
const (
	CountFound   Verdict = "found"   // listed, here, and meant for this unit
	CountMissing Verdict = "missing" // listed and not here
	CountSurplus Verdict = "surplus" // here and not listed, or replaced by another since
	CountWrong   Verdict = "wrong"   // here and meant for another unit's area
)

// Counted is one card in a count.
type Counted struct {
	Packed
	Verdict Verdict `json:"verdict"`
}

// ConsignmentCounted is a consignment as counted by the unit that received it.
type ConsignmentCounted struct {
	Consignment string    `json:"consignment"`
	Listed      int       `json:"listed"`
	Cards       []Counted `json:"cards"`
}

// ConsignCommand sends cards to a neighbouring tier.
type ConsignCommand struct {
	By          Actor
	Consignment string
	To          event.Unit
	Cards       []Packed
}

// Consign sends cards that are held here: down to the unit below that they are meant for, or up again when they came to the
// wrong place.
func Consign(cmd ConsignCommand, held []Packed) (event.Event, error) {
	down := cmd.To.Parent() == cmd.By.Unit
	if !cmd.To.Valid() || !down && cmd.By.Unit.Parent() != cmd.To {
		return event.Event{}, refuse("card.consign_to", "", "只能逐级下发或上交", "cards go to the next tier only", "填直属下级或上级单位", "name a direct subordinate or the superior")
	}
	if len(cmd.Cards) == 0 {
		return event.Event{}, refuse("card.consign_none", "", "没有可下发的证件", "there are no cards to send", "先清点收到的证件", "count what has come first")
	}
	for _, c := range cmd.Cards {
		if !slices.Contains(held, c) {
			return event.Event{}, refuse("card.not_held", "", "证件 "+c.CardNo+" 不在本单位", "card "+c.CardNo+" is not held here", "核对证件编号", "check the card's number")
		}
		if down && !cmd.To.Contains(c.Home) {
			return event.Event{}, refuse("card.wrong_destination", "", "证件 "+c.CardNo+" 不属于该单位", "card "+c.CardNo+" is not meant for that unit",
				"发往 "+string(c.Home), "it is meant for "+string(c.Home))
		}
	}
	return event.Event{Stream: event.To(cmd.By.Unit, cmd.To), Kind: KindConsigned, V: 1, Subject: cmd.Consignment,
		Body: Consigned{Consignment: cmd.Consignment, To: cmd.To, Cards: cmd.Cards}}, nil
}

// CountCommand is a count of what came.
type CountCommand struct {
	By          Actor
	Consignment string
	Cards       []string // card numbers, as scanned
}

// CountFacts is what is known of the consignment and of its cards.
type CountFacts struct {
	Listed  []Packed          // by the sender
	Known   map[string]Packed // by card number, of those that are not listed
	Stale   []string          // cards of an earlier attempt at making, which another has replaced
	Counted bool              // it has been counted here before
}

// Count compares what came with the sender's list. Everything found belongs to the unit's keeping from now on.
func Count(cmd CountCommand, facts CountFacts) (event.Event, ConsignmentCounted, error) {
	result := ConsignmentCounted{Consignment: cmd.Consignment, Listed: len(facts.Listed)}
	if facts.Counted {
		return event.Event{}, result, refuse("card.counted_already", "", "该包已清点", "the consignment has been counted already", "查看清点结果", "look at the result")
	}
	scanned := slices.Compact(slices.Sorted(slices.Values(cmd.Cards)))
	listed := make(map[string]Packed, len(facts.Listed))
	for _, p := range facts.Listed {
		listed[p.CardNo] = p
		if _, here := slices.BinarySearch(scanned, p.CardNo); !here {
			result.Cards = append(result.Cards, Counted{p, CountMissing})
		}
	}
	for _, no := range scanned {
		p, ok := listed[no]
		verdict := CountFound
		if !ok {
			p, verdict = facts.Known[no], CountSurplus
			p.CardNo = no
		}
		if slices.Contains(facts.Stale, no) {
			verdict = CountSurplus
		}
		if p.Home != "" && !cmd.By.Unit.Contains(p.Home) {
			verdict = CountWrong
		}
		result.Cards = append(result.Cards, Counted{p, verdict})
	}
	slices.SortFunc(result.Cards, func(a, b Counted) int { return strings.Compare(a.CardNo, b.CardNo) })
	return event.Event{Stream: event.Up(cmd.By.Unit), Kind: KindConsignmentCounted, V: 1, Subject: cmd.Consignment, Body: result}, result, nil
}

// Arrive records that the card of an application has been counted at its station. A card of an earlier attempt is no
// arrival: it is a surplus one. One that was kept above as unclaimed comes back. ok is false when there is nothing to record.
func Arrive(a Application, by Actor, consignment, cardNo string) (e event.Event, ok bool) {
	if a.Home == by.Unit && a.base == StageUnclaimed && a.CardNo == cardNo && a.away != nil {
		body := a.made()
		body.Arrival = &Arrival{Consignment: consignment, CardNo: cardNo}
		return a.station(KindCameBack, a.away, body), true
	}
	if a.Home != by.Unit || a.base != StageDispatched || a.CardNo != cardNo || a.sent == nil {
		return event.Event{}, false
	}
	body := a.made()
	body.Arrival = &Arrival{Consignment: consignment, CardNo: cardNo}
	return a.station(KindArrived, a.sent, body), true
}
