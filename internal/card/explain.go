package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// KindLateExplained is the kind of a reason given for lateness: its subject is the explanation.
const KindLateExplained = "card.late_explained"

// lawDuty punishes a card that is not issued in time without good reason.
const lawDuty = "居民身份证法（2003）第19条"

// LateReason is why a limit was or will be broken.
type LateReason string

// lateReasons are the codes; the office's own.
var lateReasons = []LateReason{"equipment", "line", "staff", "maker", "applicant", "data", "other"}

// LateExplained is a reason, under the name of the officer on whose desk the application lies.
type LateExplained struct {
	Explanation string       `json:"explanation"`
	Application string       `json:"application"`
	Home        event.Unit   `json:"home"`
	Stage       Stage        `json:"stage"`
	Reason      LateReason   `json:"reason"`
	Words       string       `json:"words"`
	Day         citizen.Date `json:"day"`
}

// ExplainLate gives the reason why an application is late, at the unit whose desk it lies on.
func ExplainLate(a Application, by Actor, id string, c Clock, reason LateReason, words string, today citizen.Date) (event.Event, error) {
	refused := func(code, zh, en, mendZH, mendEN string) (event.Event, error) {
		return event.Event{}, refuse(code, lawDuty, zh, en, mendZH, mendEN)
	}
	switch {
	case a.ID == "":
		return event.Event{}, errNone
	case c.Grade == InTime:
		return refused("card.in_time", "该申领未超期也不临期", "the application is in time", "无需说明", "nothing is to be explained")
	case c.Desk.Unit != by.Unit:
		return event.Event{}, refuse("card.other_unit", lawDuty, "该件在单位 "+string(c.Desk.Unit), "it lies at unit "+string(c.Desk.Unit), "由该单位说明", "that unit explains it").About(c.Desk.Unit)
	case !slices.Contains(lateReasons, reason) || words == "":
		return refused("card.late_reason", "须填原因代码和说明", "a reason's code and words are needed",
			"代码用 equipment、line、staff、maker、applicant、data 或 other", "use equipment, line, staff, maker, applicant, data or other, and say more")
	}
	stream := event.Up(by.Unit)
	if by.Unit != a.Home {
		stream = event.To(by.Unit, a.Home)
	}
	return event.Event{Stream: stream, Kind: KindLateExplained, V: 1, Subject: id, Body: LateExplained{Explanation: id, Application: a.ID, Home: a.Home, Stage: a.Stage,
		Reason: reason, Words: words, Day: today}}, nil
}
