// Package programme holds the rules of leading the replacement of cards: the plan with its phases and milestones, quotas that add up, orders to late
// units and their replies, frozen reports, notices to the public, guidance, and the forecast of the finishing month. It is pure.
//
// What is counted is counted from the rows of the register and the cards at the time of asking; what stands in entries here is what people decided
// (ADR 0006). Sources: 长府办发〔2005〕49号 (the plan) and the practice of comparable plans.
package programme

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of the programme's entries.
const (
	KindPlanAdopted       = "programme.plan_adopted"       // subject: the plan; in the unit's down stream
	KindMilestoneMet      = "programme.milestone_met"      // subject: unit and milestone; in the unit's up stream
	KindQuotasSet         = "programme.quotas_set"         // subject: unit and year; in the unit's down stream
	KindOrderIssued       = "programme.order_issued"       // subject: the order; to the unit that is ordered
	KindOrderAcknowledged = "programme.order_acknowledged" // subject: the order; in the ordered unit's up stream
	KindOrderReplied      = "programme.order_replied"      // subject: the order; in the ordered unit's up stream
	KindOrderClosed       = "programme.order_closed"       // subject: the order; to the unit that was ordered
	KindReportFrozen      = "programme.report_frozen"      // subject: the report; in the unit's up stream
	KindNoticeIssued      = "programme.notice_issued"      // subject: the notice; in the unit's up stream
	KindProblemRaised     = "programme.problem_raised"     // subject: the problem; in the unit's up stream
	KindGuidanceIssued    = "programme.guidance_issued"    // subject: the guidance; in the unit's down stream
	KindGuidanceRead      = "programme.guidance_read"      // subject: the guidance; in the reading unit's up stream
)

// Source is the plan's document.
const Source = "长府办发〔2005〕49号"

// By is who acts and on what day.
type By struct {
	Unit     event.Unit
	Operator string
	Today    citizen.Date
}

// Owner tells whose row an entry gives, and whether the unit that wrote it may write it at all: a unit plans for its own area in its down stream, speaks of
// itself in its up stream, and orders a unit below it in the stream to that one. Whatever else a node writes gives no row anywhere.
func Owner(kind string, s event.Stream) (event.Unit, bool) {
	unit := s.Unit()
	switch kind {
	case KindPlanAdopted, KindQuotasSet, KindGuidanceIssued:
		return unit, s == event.Down(unit) && unit.Level() != event.Station
	case KindOrderIssued, KindOrderClosed:
		return s.Receiver(), s.Receiver() != "" && unit.Contains(s.Receiver())
	}
	return unit, s == event.Up(unit)
}

func refuse(code, source, field, zh, en, mendZH, mendEN string) *event.Refusal {
	r := event.Refuse(code, source, citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN})
	r.Field = field
	return r
}

// said tells whether a text says something: two characters or more.
func said(text string) bool { return utf8.RuneCountInString(strings.TrimSpace(text)) >= 2 }

func noText(field string) *event.Refusal {
	return refuse("programme.no_text", "", field, "未填写内容", "the text is missing", "写明内容", "write what it is")
}

// checkArea refuses a unit that is not below the acting one.
func checkArea(by By, unit event.Unit) *event.Refusal {
	if unit != by.Unit && by.Unit.Contains(unit) {
		return nil
	}
	return refuse("programme.not_below", "", "to", "单位 "+string(unit)+" 不是本单位下级", "unit "+string(unit)+" is not below this one",
		"只能向下级单位下达", "only a unit below can be told").About(unit)
}

// refusal makes an untyped nil of a nil refusal.
func refusal(r *event.Refusal) error {
	if r == nil {
		return nil
	}
	return r
}

// first gives the first refusal.
func first(all ...*event.Refusal) error { return refusal(cmp.Or(all...)) }
