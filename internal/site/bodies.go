package site

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// lawBodies: leading groups at each level with named members (plan W1), a standing office of several departments (W2).
const lawBodies = "长府办发〔2005〕49号 五（一）"

// Bodies of a unit (R66, R67, R69, R71).
const (
	LeadingGroup   = "leading_group"   // 领导小组
	StandingOffice = "standing_office" // 换证办
	AnswerableOne  = "answerable"      // 责任人: one seat
)

// The posts in a body.
const (
	Chair  = "chair"
	Deputy = "deputy"
	Member = "member"
)

// departments are the departments that the plan names for each body.
var departments = map[string][]string{
	LeadingGroup:   {"police", "finance", "publicity", "development_reform"},
	StandingOffice: {"household", "finance", "communications"},
	AnswerableOne:  nil,
}

// SeatFilled puts a person into a seat of a unit's body. Entry: site.seat_filled.
type SeatFilled struct {
	Unit       event.Unit   `json:"unit"`
	Seat       string       `json:"seat"`
	Body       string       `json:"body"`
	Name       string       `json:"name"`
	Department string       `json:"department,omitempty"`
	Post       string       `json:"post"`
	Phone      string       `json:"phone,omitempty"`
	From       citizen.Date `json:"from"`
}

// SeatLeft ends it. Entry: site.seat_left.
type SeatLeft struct {
	Unit event.Unit   `json:"unit"`
	Seat string       `json:"seat"`
	To   citizen.Date `json:"to"`
}

// Seat is a person in a body. A seat is identified once; who left it has a last day.
type Seat struct {
	SeatFilled
	Claim
	To citizen.Date `json:"to,omitzero"`
}

// Held tells whether the seat is held on a day.
func (s Seat) Held(on citizen.Date) bool {
	return !on.Before(s.From) && (s.To.IsZero() || !on.After(s.To))
}

// SeatsOf joins what was stated of seats: filled with a body, left without one. A seat counts as it was filled by the higher tier, and is left on the earliest
// day that anybody names who may speak of the unit.
func SeatsOf(stated []Seat) []Seat {
	type key struct {
		unit event.Unit
		seat string
	}
	left := make(map[key]citizen.Date)
	filled := make(map[key]int)
	var seats []Seat
	for _, s := range stated {
		k := key{s.Unit, s.Seat}
		if s.Body == "" {
			if on, ok := left[k]; !ok || s.From.Before(on) {
				left[k] = s.From
			}
			continue
		}
		at, ok := filled[k]
		switch {
		case !ok:
			filled[k] = len(seats)
			seats = append(seats, s)
		case s.Claim.before(seats[at].Claim):
			seats[at] = s
		}
	}
	for i := range seats {
		seats[i].To = left[key{seats[i].Unit, seats[i].Seat}]
	}
	return seats
}

// BodyState is a unit's body with what is missing of it.
type BodyState struct {
	Unit    event.Unit `json:"unit"`
	Body    string     `json:"body"`
	Seats   []Seat     `json:"seats"`
	Missing []string   `json:"missing,omitempty"` // chair, or a department
}

// BodiesOf gives the bodies that a unit must have and what is missing: a leading group and a standing office in a city and a county, and one
// answerable person everywhere.
func BodiesOf(unit event.Unit, seats []Seat, on citizen.Date) []BodyState {
	bodies := []string{LeadingGroup, StandingOffice, AnswerableOne}
	if unit.Level() == event.Station {
		bodies = bodies[2:]
	}
	var all []BodyState
	for _, body := range bodies {
		state := BodyState{Unit: unit, Body: body, Seats: []Seat{}}
		for _, s := range seats {
			if s.Unit == unit && s.Body == body && s.Held(on) {
				state.Seats = append(state.Seats, s)
			}
		}
		has := func(same func(Seat) bool) bool { return slices.ContainsFunc(state.Seats, same) }
		if !has(func(s Seat) bool { return s.Post == Chair }) {
			state.Missing = append(state.Missing, Chair)
		}
		for _, d := range departments[body] {
			if !has(func(s Seat) bool { return s.Department == d }) {
				state.Missing = append(state.Missing, d)
			}
		}
		all = append(all, state)
	}
	return all
}

// FillSeat puts a person into a body of the operator's unit or of one below. There is one chair at a time.
func FillSeat(by By, c SeatFilled, known bool, seats []Seat) (event.Event, error) {
	if c.From.IsZero() {
		c.From = by.Today
	}
	if err := by.speaks(c.Unit, known); err != nil {
		return event.Event{}, err
	}
	if c.Body == AnswerableOne && c.Post == "" {
		c.Post = Chair
	}
	_, ok := departments[c.Body]
	held := slices.ContainsFunc(seats, func(s Seat) bool {
		return s.Unit == c.Unit && s.Body == c.Body && s.Post == Chair && (s.To.IsZero() || !s.To.Before(c.From))
	})
	switch {
	case !ok || c.Unit.Level() == event.Station && c.Body != AnswerableOne:
		return event.Event{}, bodyRefusal("body", "该级单位没有此机构", "a unit of this tier has no such body", "用 leading_group、standing_office（市、县）或 answerable", "use leading_group, standing_office (city, county) or answerable")
	case !slices.Contains([]string{Chair, Deputy, Member}, c.Post) || c.Body == AnswerableOne && c.Post != Chair:
		return event.Event{}, bodyRefusal("post", "职务不明", "there is no such post in the body", "用 chair、deputy 或 member", "use chair, deputy or member")
	case c.Name == "":
		return event.Event{}, bodyRefusal("name", "未填姓名", "the name is missing", "填写姓名", "give the name")
	case c.Body != AnswerableOne && c.Department == "":
		return event.Event{}, bodyRefusal("department", "未填部门", "the department is missing", "填写部门", "give the department")
	case c.From.After(by.Today):
		return event.Event{}, bodyRefusal("from", "起始日期晚于今日", "the first day is later than today", "核对日期", "check the date")
	case c.Post == Chair && held:
		return event.Event{}, bodyRefusal("post", "组长或责任人已有人担任", "there is a chair or answerable person already", "先登记其离任(site.leave_seat)", "record the leaving first (site.leave_seat)")
	}
	return event.Event{Stream: by.stream(c.Unit), Kind: KindSeatFilled, V: 1, Subject: c.Seat, Body: c}, nil
}

func bodyRefusal(field, zh, en, mendZH, mendEN string) *event.Refusal {
	r := refuse("site.seat", field, zh, en, mendZH, mendEN)
	r.Source = lawBodies
	return r
}

// LeaveSeat ends a seat.
func LeaveSeat(by By, seat Seat, known bool, to citizen.Date) (event.Event, error) {
	if to.IsZero() {
		to = by.Today
	}
	if !known || !by.Unit.Contains(seat.Unit) {
		return event.Event{}, bodyRefusal("seat", "辖区内没有该席位", "there is no such seat in this area", "用 site.bodies 查看", "see site.bodies")
	}
	if !seat.To.IsZero() || to.After(by.Today) || to.Before(seat.From) {
		return event.Event{}, bodyRefusal("to", "已离任，或日期有误", "the seat has been left, or the date is wrong", "核对日期", "check the date")
	}
	return event.Event{Stream: by.stream(seat.Unit), Kind: KindSeatLeft, V: 1, Subject: seat.Seat, Body: SeatLeft{Unit: seat.Unit, Seat: seat.Seat, To: to}}, nil
}

// AbsenceNoted says that an operator is away and who stands in. Entry: site.absence_noted, about the operator.
type AbsenceNoted struct {
	Unit     event.Unit   `json:"unit"`
	Operator string       `json:"operator"`
	From     citizen.Date `json:"from"`
	To       citizen.Date `json:"to"` // last day
	StandIn  string       `json:"stand_in,omitempty"`
	Ground   string       `json:"ground"`
}

// Away tells whether the absence covers a day.
func (a AbsenceNoted) Away(on citizen.Date) bool { return !on.Before(a.From) && !on.After(a.To) }

// Absent notes an absence. The one who stands in works at the same unit and may work at some post there.
func Absent(by By, op, standIn Serving, able bool, c AbsenceNoted) (event.Event, error) {
	switch {
	case op.Operator == "" || !by.Unit.Contains(op.Unit):
		return event.Event{}, refuse("site.no_operator", "operator", "辖区内没有该操作员", "there is no such operator in service in this area", "核对登录名", "check the login")
	case c.From.IsZero() || c.To.Before(c.From):
		return event.Event{}, refuse("site.absence_date", "from", "起止日期缺少或颠倒", "the dates are missing or the wrong way round", "核对日期", "check the dates")
	case c.Ground == "":
		return event.Event{}, refuse("site.no_ground", "ground", "未写明理由", "no ground is given", "写明理由", "write the ground")
	case c.StandIn != "" && (standIn.Operator == "" || standIn.Unit != op.Unit || standIn.Operator == op.Operator):
		return event.Event{}, refuse("site.stand_in", "stand_in", "顶岗人员应为本单位在岗的另一人", "who stands in is another operator in service at the same unit", "另选人员", "choose another person")
	case c.StandIn != "" && !able:
		r := refuse("site.stand_in", "stand_in", "顶岗人员无有效合格证", "who stands in is not certified for a post of the absent one", "另选持证人员", "choose one who is certified")
		r.Source = lawTraining
		return event.Event{}, r
	}
	c.Unit, c.Operator, c.StandIn = op.Unit, op.Operator, standIn.Operator
	return event.Event{Stream: by.stream(op.Unit), Kind: KindAbsenceNoted, V: 1, Subject: op.Operator, Body: c}, nil
}

// Person is an operator in service with rights and absences, for counting who can work.
type Person struct {
	Serving
	Rights   Rights
	Absences []AbsenceNoted
}

// Cover is who can work at a post of a unit on a day.
type Cover struct {
	Unit event.Unit `json:"unit"`
	Post Post       `json:"post"`
	Able []string   `json:"able"`           // logins, certified and activated, present
	Away []string   `json:"away,omitempty"` // that could, but are absent
}

// CoverOf counts who can work at each post that the unit must fill.
func CoverOf(unit event.Unit, people []Person, on citizen.Date) []Cover {
	var all []Cover
	for _, post := range PostsAt(unit.Level()) {
		c := Cover{Unit: unit, Post: post, Able: []string{}}
		for _, p := range people {
			switch {
			case p.Unit != unit || !p.Rights.At(post, on).May():
			case slices.ContainsFunc(p.Absences, func(a AbsenceNoted) bool { return a.Away(on) }):
				c.Away = append(c.Away, p.Login)
			default:
				c.Able = append(c.Able, p.Login)
			}
		}
		all = append(all, c)
	}
	return all
}
