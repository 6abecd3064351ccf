package register

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// MovePaperTitle heads the signed text of a migration paper.
const MovePaperTitle = "huzheng-move-paper v1"

// Moving is a move as the receiving station knows it: from the stream or from the signed paper. As JSON it is what the paper says, and
// enough to register the person the same day.
type Moving struct {
	Resident   string       `json:"resident"`
	FromUnit   event.Unit   `json:"from_unit"`
	FromTenure string       `json:"from_tenure"`
	Version    int64        `json:"version"` // of the tenure that ended, with the move
	ToUnit     event.Unit   `json:"to_unit"`
	ToTenure   string       `json:"to_tenure"`
	On         citizen.Date `json:"on"`
	Record     Record       `json:"record"`
	History    string       `json:"history"`

	Source   string     `json:"-"` // SourceStream or SourcePaper
	Cause    *event.Ref `json:"-"` // the move-out's entry where it is here
	Arrived  bool       `json:"-"` // a move-in is known
	Returned bool       `json:"-"`
}

// Where a receiving station knows a move from.
const (
	SourceStream = "stream"
	SourcePaper  = "paper"
)

// MoveOut is the command to let a person go (户口登记条例第10条).
type MoveOut struct {
	ToUnit      event.Unit // empty: outside the city
	Destination string     // needed outside the city
	On          citizen.Date
	Reason      string // code of citizen.ChangeReasons
	Paper       *Paper // what the move rests on: employment, school or permission paper
	Expected    int64
	Request     string
}

// MoveOutFacts are what the desk found and minted.
type MoveOutFacts struct {
	ToTenure string // minted; empty for a move out of the city
	History  string
	Since    []Noted
	Cause    *event.Ref // the request's entry
}

// RegisterMoveOut closes the tenure and hands the person over.
func RegisterMoveOut(by By, t Tenure, c MoveOut, f MoveOutFacts) (event.Event, error) {
	if r := t.Guard(by, c.Expected, f.Since); r != nil {
		return event.Event{}, r
	}
	if err := c.check(by, t); err != nil {
		return event.Event{}, err
	}
	stream := event.Up(by.Unit)
	if c.ToUnit != "" {
		stream = event.To(by.Unit, c.ToUnit)
	}
	body := MovedOut{Change: t.next(c.On, c.Paper), ToUnit: c.ToUnit, ToTenure: f.ToTenure, Destination: c.Destination, Reason: c.Reason,
		History: f.History, Request: c.Request}
	return event.Event{Stream: stream, Kind: KindMovedOut, V: 1, Subject: t.ID, Cause: f.Cause, Body: body}, nil
}

func (c MoveOut) check(by By, t Tenure) error {
	switch {
	case c.ToUnit == by.Unit:
		return field("to_unit", event.Refuse("register.same_station", source("17"),
			citizen.Text{ZH: "迁入地与迁出地是同一派出所", EN: "the person stays with the same station"},
			citizen.Text{ZH: "所内移居办理住址变更（register.correct）", EN: "change the address instead (register.correct)"}))
	case c.ToUnit != "" && (c.ToUnit.Level() != event.Station || event.CommonSuperior(c.ToUnit, by.Unit) == ""):
		return field("to_unit", event.Refuse("register.no_station", "",
			citizen.Text{ZH: string(c.ToUnit) + " 不是本市派出所", EN: string(c.ToUnit) + " is not a station of this city"},
			citizen.Text{ZH: "核对单位代码；迁往市外的不填单位，填写去向", EN: "check the code; for a move out of the city leave the unit empty and give the destination"}))
	case c.ToUnit == "" && c.Destination == "":
		return field("destination", event.Refuse("register.no_destination", source("10"),
			citizen.Text{ZH: "未填迁往何处", EN: "it does not say where the person goes"},
			citizen.Text{ZH: "填写迁入派出所或市外去向", EN: "name the receiving station or the destination outside the city"}))
	case c.On.IsZero() || c.On.After(by.Today):
		return field("on", futureDate("迁出日期", "date of moving out"))
	case c.On.Before(t.Record.BirthDate) || c.On.Before(t.EnteredOn):
		return field("on", beforeStart("迁出日期", "date of moving out", "10"))
	}
	if _, ok := citizen.ChangeReasons.ByCodeIn("move-out", c.Reason); !ok {
		return field("reason", unknownCode("迁出原因", "reason", citizen.ChangeReasons))
	}
	return nil
}

func beforeStart(zh, en, article string) *event.Refusal {
	return event.Refuse("register.date_before", source(article),
		citizen.Text{ZH: zh + "早于出生或入户日期", EN: "the " + en + " is before the birth or before the person was registered here"},
		citizen.Text{ZH: "核对日期；登记的出生日期有误的先更正", EN: "check the date; correct the registered birth date first if that one is wrong"})
}

// Paper is what the signed migration paper of a move-out says.
func (b MovedOut) Moving(from event.Unit) Moving {
	return Moving{Resident: b.Resident, FromUnit: from, FromTenure: b.Tenure, Version: b.Version, ToUnit: b.ToUnit, ToTenure: b.ToTenure,
		On: b.EffectiveOn, Record: b.Record, History: b.History}
}

// check tells whether the receiving station can still answer a move.
func (m Moving) check(by By) error {
	switch {
	case m.ToUnit != by.Unit:
		return event.Refuse("register.move_elsewhere", source("10"),
			citizen.Text{ZH: "该迁移的迁入地是 " + string(m.ToUnit), EN: "this person moves to unit " + string(m.ToUnit)},
			citizen.Text{ZH: "由该所办理迁入", EN: "that station registers the arrival"})
	case m.Arrived:
		return event.Refuse("register.already_moved_in", source("6"),
			citizen.Text{ZH: "该迁移已办理迁入", EN: "the arrival is registered already"},
			citizen.Text{ZH: "一人只在一处登记，无需再办", EN: "one person is registered in one place; there is nothing left to do"})
	case m.Returned:
		return event.Refuse("register.already_returned", source("10"),
			citizen.Text{ZH: "该迁移已退回迁出地", EN: "the move has been returned to the former station"},
			citizen.Text{ZH: "由迁出地重新办理迁出", EN: "the former station has to register the move again"})
	}
	return nil
}

// MoveIn is the command to take a person in (户口登记条例第13条). Empty items stay as the former station had them.
type MoveIn struct {
	HouseholdNo string
	Address     string
	Relation    string
	On          citizen.Date
	Paper       *Paper
}

// RegisterMoveIn opens the tenure that the move-out named and tells the former station.
func RegisterMoveIn(by By, m Moving, c MoveIn, l Limits) ([]event.Event, error) {
	if err := m.check(by); err != nil {
		return nil, err
	}
	if c.On.IsZero() || c.On.After(by.Today) {
		return nil, field("on", futureDate("迁入日期", "date of moving in"))
	}
	if c.On.Before(m.On) {
		return nil, field("on", beforeStart("迁入日期", "date of moving in", "13"))
	}
	if c.HouseholdNo == "" || c.Address == "" {
		return nil, field("household_no", event.Refuse("register.no_household", source("5"),
			citizen.Text{ZH: "户口以户为单位登记，未填户号或住址", EN: "registration is by household: number or address is missing"},
			citizen.Text{ZH: "填写迁入的户号和住址", EN: "give the household's number and address"}))
	}
	if _, ok := citizen.Relations.ByCode(c.Relation); !ok {
		return nil, field("relation", unknownCode("与户主关系", "relation", citizen.Relations))
	}
	after := m.Record
	after.HouseholdNo, after.Address, after.Relation = c.HouseholdNo, c.Address, c.Relation
	body := MovedIn{FromUnit: m.FromUnit, FromTenure: m.FromTenure, Source: m.Source, Late: by.Today.After(DeclareArrivalBy(c.On, by.Today, l)),
		Change: Change{Resident: m.Resident, Tenure: m.ToTenure, Version: 1, EffectiveOn: c.On, Paper: c.Paper, Before: &m.Record, Record: after}}
	return []event.Event{
		{Stream: event.Up(by.Unit), Kind: KindMovedIn, V: 1, Subject: m.ToTenure, Cause: m.Cause, Body: body},
		{Stream: event.To(by.Unit, m.FromUnit), Kind: KindArrivalConfirmed, V: 1, Subject: m.FromTenure, Cause: m.Cause, Body: ArrivalConfirmed{ToTenure: m.ToTenure}},
	}, nil
}

// ReturnMove gives the person back to the former station.
func ReturnMove(by By, m Moving, ground string) (event.Event, error) {
	if err := m.check(by); err != nil {
		return event.Event{}, err
	}
	if ground == "" {
		return event.Event{}, noGround()
	}
	return event.Event{Stream: event.To(by.Unit, m.FromUnit), Kind: KindMoveReturned, V: 1, Subject: m.FromTenure, Cause: m.Cause,
		Body: MoveReturned{ToTenure: m.ToTenure, Ground: ground}}, nil
}

func noGround() *event.Refusal {
	return field("ground", event.Refuse("register.no_ground", "",
		citizen.Text{ZH: "未写明理由", EN: "no ground is given"},
		citizen.Text{ZH: "写明理由，当事人有权知道", EN: "write the ground; the citizen has a right to know it"}))
}

// Resume opens the tenure again that a returned move had closed. It gives nothing when the tenure has gone on otherwise.
func Resume(by By, t Tenure, returned MoveReturned) []event.Event {
	if t.Unit != by.Unit || t.State != StateMovedOut || t.MovedToTenure != returned.ToTenure {
		return nil
	}
	return []event.Event{{Stream: event.Up(by.Unit), Kind: KindTenureResumed, V: 1, Subject: t.ID,
		Body: TenureResumed{Change: t.next(by.Today, nil), Ground: returned.Ground}}}
}

// RequestMoveIn asks the present station for a person who stands at the window without a migration paper.
func RequestMoveIn(by By, from event.Unit, c MoveInRequested) (event.Event, error) {
	switch {
	case from == by.Unit || from.Level() != event.Station || event.CommonSuperior(from, by.Unit) == "":
		return event.Event{}, field("from_unit", event.Refuse("register.no_station", "",
			citizen.Text{ZH: string(from) + " 不是本市另一派出所", EN: string(from) + " is not another station of this city"},
			citizen.Text{ZH: "核对单位代码；市外迁入须持迁移证", EN: "check the code; who comes from outside the city brings the migration paper"}))
	case c.Name == "" || c.Number == "" && c.Tenure == "":
		return event.Event{}, field("number", event.Refuse("register.no_person", source("10"),
			citizen.Text{ZH: "未填姓名或公民身份号码", EN: "name or citizen number is missing"},
			citizen.Text{ZH: "按户口簿填写", EN: "copy them from the booklet"}))
	case c.HouseholdNo == "" || c.Address == "":
		return event.Event{}, field("household_no", event.Refuse("register.no_household", source("5"),
			citizen.Text{ZH: "未填迁入的户号或住址", EN: "the household's number or address is missing"},
			citizen.Text{ZH: "填写迁入的户号和住址", EN: "give both"}))
	case c.On.IsZero() || c.On.After(by.Today):
		return event.Event{}, field("on", futureDate("迁入日期", "date of moving in"))
	}
	if _, ok := citizen.Relations.ByCode(c.Relation); !ok {
		return event.Event{}, field("relation", unknownCode("与户主关系", "relation", citizen.Relations))
	}
	return event.Event{Stream: event.To(by.Unit, from), Kind: KindMoveInRequested, V: 1, Subject: c.Request, Body: c}, nil
}

// Requested is a request as the asked station knows it.
type Requested struct {
	Unit     event.Unit // the station that is asked
	By       event.Unit // the station that asks
	Body     MoveInRequested
	Answered bool
}

// Check tells whether the asked station can still answer.
func (q Requested) Check(by By) error {
	if q.Unit == by.Unit && !q.Answered {
		return nil
	}
	return event.Refuse("register.no_request", "",
		citizen.Text{ZH: "没有待答复的迁入申请", EN: "there is no such request waiting for an answer here"},
		citizen.Text{ZH: "查看待办的迁入申请", EN: "see the list of waiting requests"})
}

// RefuseMove answers a request with the ground.
func RefuseMove(by By, q Requested, ground string) (event.Event, error) {
	if err := q.Check(by); err != nil {
		return event.Event{}, err
	}
	if ground == "" {
		return event.Event{}, noGround()
	}
	return event.Event{Stream: event.To(by.Unit, q.By), Kind: KindMoveRefused, V: 1, Subject: q.Body.Request,
		Body: MoveRefused{Request: q.Body.Request, Ground: ground}}, nil
}

// DeclareArrivalBy is the last day of declaring an arrival (户口登记条例第13条).
func DeclareArrivalBy(on, today citizen.Date, l Limits) citizen.Date {
	if l.Town {
		return within("hukou.movein.town", on, today)
	}
	return within("hukou.movein.country", on, today)
}
