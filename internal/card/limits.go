package card

import (
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Limits are the office's own settings of the card room. No source confirms a number here beyond what the rule it names says: all are UNCONFIRMED
// defaults.
type Limits struct {
	NoticeDays    int                  `json:"notice_days"`    // a station notifies a resident again after so many days, not before
	SlotCapacity  int                  `json:"slot_capacity"`  // persons in a slot of a session that names no number
	BookDays      int                  `json:"book_days"`      // sessions are opened at most so many days ahead
	ProxyAge      int                  `json:"proxy_age"`      // a proxy is of this age at least
	RemindDays    int                  `json:"remind_days"`    // between the notice to collect and each reminder
	Reminders     int                  `json:"reminders"`      // before an uncollected card goes up
	UnclaimedDays int                  `json:"unclaimed_days"` // after the arrival, before it goes up
	SoonDays      int                  `json:"soon_days"`      // a limit that ends within so many days is told beforehand
	Stages        map[Stage]StageLimit `json:"stages"`         // stage.* of the rules where left out
	Extended      map[event.Unit]bool  `json:"extended"`       // stations where travel is difficult: thirty days more (居民身份证法 (2003) art. 12)
	Calendar      citizen.Calendar     `json:"-"`
}

// StageLimit is the time that a stage may last.
type StageLimit struct {
	Days    int  `json:"days"`
	Working bool `json:"working"` // working days
}

// DefaultLimits are used where the office has set nothing.
func DefaultLimits() Limits {
	return Limits{NoticeDays: 30, SlotCapacity: 6, BookDays: 60, ProxyAge: 18, RemindDays: 30, Reminders: 2, UnclaimedDays: 90, SoonDays: 3}
}

// order is the road from the signed form to the notice to collect.
var order = []Stage{StageConfirmed, StageReviewed, StageSigned, StageChecked, StageOrdered, StageMade, StageDispatched, StageArrived}

// LimitOf is the limit of a stage on a day: the office's own, or the rule's (stage.* in citizen, each UNCONFIRMED for this city). Review and signing
// share the county's three days, check and order the city's.
func (l Limits) LimitOf(s Stage, on citizen.Date) (StageLimit, bool) {
	if own, ok := l.Stages[s]; ok {
		return own, own.Days > 0
	}
	rule := func(id string) int {
		r, _ := citizen.RuleOn(id, on)
		return r.Value
	}
	var limit StageLimit
	switch s {
	case StageIncomplete, StageOpened, StagePhotographed:
		limit = StageLimit{rule("stage.station.upload"), false}
	case StageConfirmed:
		limit = StageLimit{rule("stage.county.review") - 1, true}
	case StageReviewed, StageChecked:
		limit = StageLimit{1, true}
	case StageSigned:
		limit = StageLimit{rule("stage.city.check") - 1, true}
	case StageOrdered:
		limit = StageLimit{rule("stage.province.check") + rule("stage.make"), true}
	case StageMade:
		limit = StageLimit{rule("stage.city.collect"), true}
	case StageDispatched:
		limit = StageLimit{rule("stage.county.deliver") + rule("stage.station.deliver"), true}
	case StageArrived:
		limit = StageLimit{rule("stage.notify"), true}
	case StageReturned:
		limit = StageLimit{rule("stage.county.return"), true}
	case StageRejected, StageDefective:
		limit = StageLimit{rule("stage.remake"), false}
	}
	return limit, limit.Days > 0
}

// After gives the day on which the limit ends for what began on a day.
func (l Limits) After(limit StageLimit, from citizen.Date) citizen.Date {
	if limit.Working {
		return l.Calendar.Add(from, limit.Days)
	}
	return from.AddDays(limit.Days)
}

// Desk is who acts next: the unit and the role.
type Desk struct {
	Unit event.Unit `json:"unit"`
	Role string     `json:"role"` // as operators are appointed; "maker" and "applicant" besides
}

// Position is what a clock needs of an application.
type Position struct {
	Home       event.Unit
	Stage      Stage
	Since      int64
	PromisedOn citizen.Date
	Class      RejectClass
	Held       bool
	Unpaid     bool       // the form is signed, the fee is neither collected nor waived
	Keeper     event.Unit // on the way: who counted the card last; empty: nobody yet
}

// PositionOf takes it from an application.
func PositionOf(a Application) Position {
	return Position{Home: a.Home, Stage: a.Stage, Since: a.Since, PromisedOn: a.PromisedOn, Class: a.Class, Held: a.Hold != nil}
}

// DeskOf tells whose desk an application lies on.
func DeskOf(p Position) Desk {
	county := p.Home.Parent()
	city := county.Parent()
	switch p.Stage {
	case StageOpened:
		return Desk{p.Home, "photographer"}
	case StageIncomplete, StagePhotographed, StageArrived, StageReturned:
		return Desk{p.Home, "clerk"}
	case StageConfirmed:
		if p.Unpaid {
			return Desk{p.Home, "cashier"}
		}
		return Desk{county, "reviewer"}
	case StageReviewed:
		if p.Held { // the station settles what holds it
			return Desk{p.Home, "clerk"}
		}
		return Desk{county, "issuer"}
	case StageSigned:
		return Desk{city, "reviewer"}
	case StageChecked:
		return Desk{city, "issuer"}
	case StageOrdered, StageMade:
		return Desk{city, "maker"}
	case StageRejected, StageDefective:
		if p.Class.ToStation() {
			return Desk{p.Home, "clerk"}
		}
		return Desk{city, "issuer"}
	case StageDispatched:
		if p.Keeper == "" {
			return Desk{city, "clerk"}
		}
		return Desk{p.Keeper, "clerk"}
	case StageNotified, StageUnclaimed:
		return Desk{p.Home, "applicant"}
	}
	return Desk{}
}

// Lateness is how bad it is, the worst first.
type Lateness string

// The grades.
const (
	PromiseBroken   Lateness = "promise_broken"    // the sixty days are over (居民身份证法 (2003) art. 12)
	PromiseInDanger Lateness = "promise_in_danger" // they will be, if every desk behind uses its whole limit
	StageLate       Lateness = "stage_late"
	StageSoon       Lateness = "stage_soon"
	InTime          Lateness = ""
)

// Grades lists the grades, the worst first.
var Grades = []Lateness{PromiseBroken, PromiseInDanger, StageLate, StageSoon}

// Clock is what an application's time looks like.
type Clock struct {
	Due      citizen.Date `json:"due,omitzero"`      // of the stage
	Expected citizen.Date `json:"expected,omitzero"` // told to collect, if every desk behind uses its whole limit
	Grade    Lateness     `json:"grade,omitempty"`
	DaysLate int          `json:"days_late,omitempty"` // behind the stage's limit
	Cause    string       `json:"cause,omitempty"`
	Desk     Desk         `json:"desk"`
}

// ClockOf reads the clock of an application on a day; soon is how many days ahead a limit is told. It warns before the promised day can no longer be
// kept, not after.
func (l Limits) ClockOf(p Position, today citizen.Date, soon int) Clock {
	c := Clock{Cause: causeOf(p), Desk: DeskOf(p)}
	since := citizen.DateOf(time.UnixMilli(p.Since))
	if limit, ok := l.LimitOf(p.Stage, today); ok {
		c.Due = l.After(limit, since)
	}
	c.Expected = l.expected(p, c.Due, today)
	switch {
	case c.Expected.IsZero(): // it waits to be collected, or has ended
		return c
	case !p.PromisedOn.IsZero() && today.After(p.PromisedOn):
		c.Grade = PromiseBroken
	case !p.PromisedOn.IsZero() && c.Expected.After(p.PromisedOn):
		c.Grade = PromiseInDanger
	case !c.Due.IsZero() && today.After(c.Due):
		c.Grade = StageLate
	case !c.Due.IsZero() && !c.Due.After(today.AddDays(soon)):
		c.Grade = StageSoon
	}
	if !c.Due.IsZero() && today.After(c.Due) {
		c.DaysLate = c.Due.DaysUntil(today)
	}
	return c
}

// expected adds the limits of the stages behind the present one; zero when nothing more is to be done for the applicant.
func (l Limits) expected(p Position, due, today citizen.Date) citizen.Date {
	behind := -1
	for i, s := range order {
		if s == p.Stage {
			behind = i + 1
		}
	}
	switch p.Stage {
	case StageIncomplete, StageOpened, StagePhotographed, StageReturned:
		behind = 0
	case StageRejected, StageDefective:
		if behind = 4; p.Class.ToStation() { // production: from the order on
			behind = 0
		}
	}
	if behind < 0 {
		return citizen.Date{}
	}
	at := today
	if due.After(at) {
		at = due
	}
	for _, s := range order[behind:] {
		if limit, ok := l.LimitOf(s, today); ok {
			at = l.After(limit, at)
		}
	}
	return at
}

// causeOf names why an application stands where it stands.
func causeOf(p Position) string {
	switch {
	case p.Held:
		return "held"
	case p.Unpaid:
		return "fee"
	case p.Stage == StageReturned, p.Stage == StageRejected, p.Stage == StageDefective:
		return string(p.Stage)
	case p.Stage == StageOrdered || p.Stage == StageMade:
		return "maker"
	case p.Stage == StageDispatched:
		return "on_the_way"
	}
	return "desk"
}
