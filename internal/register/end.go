package register

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Death is the command to register a death.
type Death struct {
	On       citizen.Date
	Paper    *Paper // nil: still to be brought
	Expected int64
	Report   *Reported // the report that told of it
}

// RegisterDeath closes the tenure (户口登记条例第8条): in town before the burial, in the country within a month. Late is late, and
// registered.
func RegisterDeath(by By, t Tenure, c Death, since []Noted) ([]event.Event, error) {
	if r := t.Guard(by, c.Expected, since); r != nil {
		return nil, r
	}
	if c.On.IsZero() || c.On.After(by.Today) {
		return nil, field("date", futureDate("死亡日期", "date of death"))
	}
	if c.On.Before(t.Record.BirthDate) {
		return nil, field("date", beforeStart("死亡日期", "date of death", "8"))
	}
	body := DeathRegistered{Change: t.next(c.On, c.Paper), Late: by.Today.After(within("hukou.death.within", c.On, by.Today))}
	if c.Paper == nil {
		body.Missing = missing(PaperDeathCertificate)
	}
	e := event.Event{Stream: event.Up(by.Unit), Kind: KindDeathRegistered, V: 1, Subject: t.ID}
	if c.Report == nil {
		e.Body = body
		return []event.Event{e}, nil
	}
	answer, err := AnswerReport(by, *c.Report, OutcomeCarriedOut, "")
	if err != nil {
		return nil, err
	}
	body.Report, e.Cause = c.Report.Body.Report, c.Report.Ref
	e.Body = body
	return append([]event.Event{e}, answer...), nil
}

// EventKinds are what one unit can tell another of a person.
var EventKinds = []string{"death", "found_double", "birth", "address", "other"}

// The outcomes of a report.
const (
	OutcomeCarriedOut = "carried_out"
	OutcomeUnfounded  = "unfounded"
	OutcomeForwarded  = "forwarded" // to the station that owns the person since
)

// Reported is a report as the unit that is told knows it.
type Reported struct {
	Unit     event.Unit // the unit that is told
	Body     EventReported
	Ref      *event.Ref
	Subject  string
	Answered bool
}

// ReportEvent tells a person's owner of something that this unit learned (户口登记条例第8条: the place of death informs the
// place of registration).
func ReportEvent(by By, to event.Unit, c EventReported) (event.Event, error) {
	switch {
	case !to.Valid() || event.CommonSuperior(to, by.Unit) == "":
		return event.Event{}, field("to_unit", event.Refuse("register.report_where", source("8"),
			citizen.Text{ZH: "不知道该人户口归哪个单位管理", EN: "it is not known which unit the person belongs to"},
			citizen.Text{ZH: "填写户口簿上的派出所，或报上级查找", EN: "name the station in the booklet, or ask the unit above to search"}))
	case to == by.Unit:
		return event.Event{}, field("to_unit", event.Refuse("register.report_own", "",
			citizen.Text{ZH: "该人户口就在本所", EN: "the person is registered here"},
			citizen.Text{ZH: "直接办理", EN: "register it directly"}))
	case !slices.Contains(EventKinds, c.Event):
		return event.Event{}, field("event", event.Refuse("register.report_kind", "",
			citizen.Text{ZH: "没有此类事项", EN: "there is no such kind of event"},
			citizen.Text{ZH: "选择死亡、发现重户、出生、住址或其他", EN: "choose death, found_double, birth, address or other"}))
	case c.Tenure == "" && (c.Number == "" || c.Name == ""):
		return event.Event{}, field("number", event.Refuse("register.no_person", source("8"),
			citizen.Text{ZH: "未填姓名和公民身份号码", EN: "name and citizen number are missing"},
			citizen.Text{ZH: "按证件填写", EN: "copy them from a document"}))
	case c.On.IsZero() || c.On.After(by.Today):
		return event.Event{}, field("on", futureDate("事项日期", "date of the event"))
	}
	return reportTo(by, to, c), nil
}

func reportTo(by By, to event.Unit, c EventReported) event.Event {
	return event.Event{Stream: event.To(by.Unit, to), Kind: KindEventReported, V: 1, Subject: subjectOf(c), Body: c}
}

// subjectOf is the tenure where it is known, else the report itself.
func subjectOf(c EventReported) string {
	if c.Tenure != "" {
		return c.Tenure
	}
	return c.Report
}

// Forward sends a report on when its person has been handed to another station since. It gives nothing when the report is at the
// owner's.
func Forward(by By, t Tenure, c EventReported) []event.Event {
	owner, tenure := t.Owner()
	if t.Unit != by.Unit || owner == by.Unit || owner == c.From {
		return nil
	}
	answer := event.Event{Stream: event.To(by.Unit, c.From), Kind: KindReportAnswered, V: 1, Subject: subjectOf(c),
		Body: ReportAnswered{Report: c.Report, Outcome: OutcomeForwarded}}
	c.Tenure = tenure
	return []event.Event{reportTo(by, owner, c), answer}
}

// AnswerReport tells the reporting unit what became of its report.
func AnswerReport(by By, q Reported, outcome, ground string) ([]event.Event, error) {
	if q.Unit != by.Unit || q.Answered {
		return nil, event.Refuse("register.no_report", "",
			citizen.Text{ZH: "没有待处理的事项通报", EN: "there is no such report waiting here"},
			citizen.Text{ZH: "查看待办的事项通报", EN: "see the list of waiting reports"})
	}
	if outcome != OutcomeCarriedOut && ground == "" {
		return nil, noGround()
	}
	return []event.Event{{Stream: event.To(by.Unit, q.Body.From), Kind: KindReportAnswered, V: 1, Subject: q.Subject, Cause: q.Ref,
		Body: ReportAnswered{Report: q.Body.Report, Outcome: outcome, Ground: ground}}}, nil
}

// Cancel ends a registration in carrying out a decision that two people made and a notice announced (walk 3).
func Cancel(by By, t Tenure, on citizen.Date, mark string, decision, notice *event.Ref) (event.Event, error) {
	if r := t.Guard(by, 0, nil); r != nil {
		return event.Event{}, r
	}
	if decision == nil || notice == nil {
		return event.Event{}, event.Refuse("register.no_decision", source("17"),
			citizen.Text{ZH: "注销户口须有决定和送达的通知", EN: "ending a registration needs a decision and a served notice"},
			citizen.Text{ZH: "先由有权单位决定并送达通知", EN: "the competent unit decides first, and the notice is served"})
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindCancelled, V: 1, Subject: t.ID, Cause: decision,
		Body: Cancelled{Change: t.next(on, nil), Mark: mark, Decision: decision, Notice: notice}}, nil
}

// Restore opens a registration again that was cancelled or closed by a death wrongly registered.
func Restore(by By, t Tenure, on citizen.Date, ground string, decision *event.Ref) (event.Event, error) {
	if t.Unit != by.Unit {
		return event.Event{}, t.notOwner()
	}
	if t.State != StateDead && t.State != StateCancelled {
		return event.Event{}, notClosed()
	}
	if ground == "" {
		return event.Event{}, noGround()
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindRestored, V: 1, Subject: t.ID, Cause: decision,
		Body: Restored{Change: t.next(on, nil), Ground: ground, Decision: decision}}, nil
}

func notClosed() *event.Refusal {
	return event.Refuse("register.not_closed", "",
		citizen.Text{ZH: "该登记没有被注销", EN: "this registration has not been cancelled"},
		citizen.Text{ZH: "无需恢复", EN: "there is nothing to restore"})
}
