package verify

import (
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// Settings are the office's own settings of the room.
type Settings struct {
	Levels        register.Levels // who decides on a main item. UNCONFIRMED, see register.DefaultLevels
	StationDays   int             // working days of a station for what it has to do; UNCONFIRMED (one province's rule)
	HearingDays   int             // working days of a station to hear and find out; UNCONFIRMED (one province: 20)
	CountyDays    int             // working days of a county for a proposal; UNCONFIRMED (the same)
	ObjectionDays int             // calendar days between notice and carrying out. UNCONFIRMED: one place gave public notices 30 days
	RestoreDays   int             // calendar days from proof of life to restoring (design 6)
}

// DefaultSettings are used where the office has set nothing.
func DefaultSettings() Settings {
	return Settings{Levels: register.DefaultLevels(), StationDays: 3, HearingDays: 20, CountyDays: 15, ObjectionDays: 15, RestoreDays: 1}
}

// WorkingDaysLater is the day so many working days after another. Public holidays are not counted out: they are set by notices of each year.
func WorkingDaysLater(from citizen.Date, days int) citizen.Date {
	monday := citizen.MustDate("2005-01-03")
	for days > 0 {
		from = from.AddDays(1)
		if weekday := ((monday.DaysUntil(from) % 7) + 7) % 7; weekday < 5 {
			days--
		}
	}
	return from
}

// By is who acts and on what day.
type By struct {
	Unit     event.Unit
	Operator string
	Today    citizen.Date
}

func (b By) register() register.By { return register.By{Unit: b.Unit, Today: b.Today} }

const regLaw17 = "户口登记条例（1958）第17条"

func refuse(code, source, zh, en, mendZH, mendEN string) *event.Refusal {
	return event.Refuse(code, source, citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN})
}

func field(name string, r *event.Refusal) *event.Refusal {
	r.Field = name
	return r
}

// NotFound refuses a matter that is not known here.
func NotFound() *event.Refusal {
	return refuse("verify.unknown", "", "没有该事项", "there is no such matter here", "查看清单（verify.list）", "see the list (verify.list)")
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

func noWords(name string) *event.Refusal {
	return field(name, refuse("verify.no_words", "", "未写明情况或理由", "what was found or the ground is not written", "写明情况或理由", "write it"))
}

func wrongDate(name string) *event.Refusal {
	return field(name, refuse("verify.date", "GB/T 7408", "日期缺少或晚于今日", "the date is missing or later than today", "核对日期", "check the date"))
}

func (b By) past(d citizen.Date) bool { return !d.IsZero() && !d.After(b.Today) }

// samePerson refuses whoever would approve his own proposal.
func samePerson() *event.Refusal {
	return refuse("verify.same_person", "", "提出人不得自行审批", "nobody decides on what he proposed himself", "由另一人审批", "another person decides")
}

// Due tells whose turn a waiting matter is and by when: the deciding unit has its working days for a proposal or a case that has been heard, the station
// for what it has to do, and a proof of life is answered within a day.
func (s Settings) Due(m Matter) (who event.Unit, due citizen.Date) {
	since := DayOf(m.Since)
	switch {
	case m.Class == ClassProposal:
		return m.Unit, WorkingDaysLater(since, s.CountyDays)
	case m.Class == ClassCorrection && m.Stage == StageProposed:
		return m.Unit.Parent(), WorkingDaysLater(since, s.CountyDays)
	case m.Class == ClassCase && m.Stage == StageHeard && !needsDecision(m.Kind):
		return m.Unit, WorkingDaysLater(since, s.StationDays)
	case m.Class == ClassCase && (m.Stage == StageHeard || m.Stage == StageObjected || m.Stage == StageReturned):
		return m.Decider, WorkingDaysLater(since, s.CountyDays)
	case m.Class == ClassCase && m.Stage == StageProved:
		return m.Decider, since.AddDays(s.RestoreDays)
	case m.Class == ClassCase && m.Stage == StageNoticed:
		return m.Unit, WorkingDaysLater(since.AddDays(s.ObjectionDays), s.StationDays)
	case m.Class == ClassCase && m.Stage == StageOpened:
		return m.Unit, WorkingDaysLater(since, s.HearingDays)
	case m.Class == ClassCase && m.Stage == StageCarriedOut:
		return m.Decider, WorkingDaysLater(since, s.CountyDays)
	}
	return m.Unit, WorkingDaysLater(since, s.StationDays)
}
