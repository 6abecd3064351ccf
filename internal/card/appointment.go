package card

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of entries about sessions and appointments; their subjects are the session and the appointment.
const (
	KindSessionOpened    = "card.session_opened"
	KindBooked           = "card.booked"
	KindAppointmentMoved = "card.appointment_moved"
	KindAppointmentEnded = "card.appointment_ended"
)

// Place is where people come, or where the station goes to them (plan W4; law-and-process C1).
type Place string

// The places.
const (
	AtWindow Place = "window"
	AtSchool Place = "school"
	AtWorks  Place = "works"
	AtHome   Place = "home"
)

var places = []Place{AtWindow, AtSchool, AtWorks, AtHome}

// Slot is a time of a session and how many persons it takes.
type Slot struct {
	Slot     string `json:"slot"` // HHMM
	Capacity int    `json:"capacity"`
}

// Session is a day's work at one place: the window's, or a visit.
type Session struct {
	Home    event.Unit   `json:"home"`
	Session string       `json:"session"`
	Day     citizen.Date `json:"day"`
	Place   Place        `json:"place"`
	Name    string       `json:"name,omitempty"` // of the school or works, or the village
	Slots   []Slot       `json:"slots"`
}

// AppointmentState is what became of an appointment.
type AppointmentState string

// The states.
const (
	AppointmentBooked    AppointmentState = "booked"
	AppointmentKept      AppointmentState = "kept"
	AppointmentMissed    AppointmentState = "missed"
	AppointmentCancelled AppointmentState = "cancelled"
)

// Appointment is one person's place in a slot. Every entry about it carries the whole, and its version.
type Appointment struct {
	Home        event.Unit       `json:"home"`
	Appointment string           `json:"appointment"`
	Version     int64            `json:"version"` // from 1
	Session     string           `json:"session"`
	Day         citizen.Date     `json:"day"`
	Slot        string           `json:"slot"`
	Resident    string           `json:"resident"`
	Tenure      string           `json:"tenure"`
	State       AppointmentState `json:"state"`
}

// OpenSession opens a day for appointments. Slots without a number take the office's own.
func OpenSession(by Actor, s Session, l Limits, today citizen.Date) (event.Event, Session, error) {
	s.Home = by.Unit
	s.Slots = slices.Clone(s.Slots)
	bad := func(code, zh, en, mendZH, mendEN string) (event.Event, Session, error) {
		return event.Event{}, s, refuse(code, "", zh, en, mendZH, mendEN)
	}
	switch {
	case s.Day.Before(today) || s.Day.After(today.AddDays(l.BookDays)):
		return bad("card.session_day", "日期已过或太远", "the day is past or too far ahead", "填写今日起 60 日内的日期", "give a day from today on, within the time for booking")
	case !slices.Contains(places, s.Place), s.Place != AtWindow && s.Name == "":
		return bad("card.session_place", "地点不明", "it is not clear where", "用 window；或 school、works、home 并写明名称", "use window, or school, works or home with its name")
	case len(s.Slots) == 0:
		return bad("card.session_slots", "没有时段", "there are no slots", "填写时段", "name the slots")
	}
	for i := range s.Slots {
		if s.Slots[i].Capacity == 0 {
			s.Slots[i].Capacity = l.SlotCapacity
		}
		if !clockTime(s.Slots[i].Slot) || s.Slots[i].Capacity < 0 || i > 0 && s.Slots[i].Slot <= s.Slots[i-1].Slot {
			return bad("card.session_slots", "时段有误", "the slots are wrong", "时段写作 0830，依次递增，人数为正", "write them as 0830, in order, with a number above nothing")
		}
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindSessionOpened, V: 1, Subject: s.Session, Body: s}, s, nil
}

func clockTime(s string) bool {
	digits := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
	return len(s) == 4 && digits && s < "2400" && s[2] < '6'
}

// BookFacts is what is known when a place in a slot is given.
type BookFacts struct {
	Session Session        // zero: it is not known here
	Taken   map[string]int // places given, by slot
	Open    []Appointment  // of the person, still booked
}

// Book gives a person a place in a slot, never more than its capacity.
func Book(by Actor, id string, person Person, slot string, facts BookFacts, today citizen.Date) (event.Event, error) {
	err := firstError(registeredHere(person, by), alive(person.Dead), fits(by, slot, facts, today))
	if err != nil {
		return event.Event{}, err
	}
	if len(facts.Open) > 0 {
		return event.Event{}, refuse("card.booked_already", "", "本人已预约 "+facts.Open[0].Day.String()+" "+facts.Open[0].Slot, "the person has an appointment already", "可改期", "move that one")
	}
	a := Appointment{Home: by.Unit, Appointment: id, Version: 1, Session: facts.Session.Session, Day: facts.Session.Day, Slot: slot, Resident: person.Resident,
		Tenure: person.Tenure, State: AppointmentBooked}
	return a.event(KindBooked), nil
}

func (a Appointment) event(kind string) event.Event {
	return event.Event{Stream: event.Up(a.Home), Kind: kind, V: 1, Subject: a.Appointment, Body: a}
}

func fits(by Actor, slot string, facts BookFacts, today citizen.Date) error {
	s := facts.Session
	i := slices.IndexFunc(s.Slots, func(x Slot) bool { return x.Slot == slot })
	switch {
	case s.Session == "" || s.Home != by.Unit:
		return refuse("card.no_session", "", "本所没有此场次", "there is no such session here", "核对场次", "check the session")
	case s.Day.Before(today):
		return refuse("card.session_past", "", "该场次已过", "the session is over", "选以后的场次", "choose a later one")
	case i < 0:
		return refuse("card.no_slot", "", "该场次没有此时段", "the session has no such slot", "选列出的时段", "choose one that it has")
	case facts.Taken[slot] >= s.Slots[i].Capacity:
		return refuse("card.slot_full", "", "该时段已约满", "the slot is full", "空余时段："+strings.Join(facts.Free(), "、"), "free slots: "+strings.Join(facts.Free(), ", "))
	}
	return nil
}

// Free lists the slots that have a place left.
func (f BookFacts) Free() (free []string) {
	for _, s := range f.Session.Slots {
		if f.Taken[s.Slot] < s.Capacity {
			free = append(free, s.Slot)
		}
	}
	return free
}

// MoveAppointment gives the person a place in another slot or session instead.
func MoveAppointment(a Appointment, by Actor, slot string, facts BookFacts, today citizen.Date) (event.Event, error) {
	if err := firstError(a.booked(by), fits(by, slot, facts, today)); err != nil {
		return event.Event{}, err
	}
	a.Version, a.Session, a.Day, a.Slot = a.Version+1, facts.Session.Session, facts.Session.Day, slot
	return a.event(KindAppointmentMoved), nil
}

// EndAppointment says what became of an appointment: kept, missed (not before its day), or cancelled.
func EndAppointment(a Appointment, by Actor, state AppointmentState, today citizen.Date) (event.Event, error) {
	if err := a.booked(by); err != nil {
		return event.Event{}, err
	}
	switch {
	case state != AppointmentKept && state != AppointmentMissed && state != AppointmentCancelled:
		return event.Event{}, refuse("card.appointment_end", "", "结果不明", "it is not clear what became of it", "用 kept、missed 或 cancelled", "use kept, missed or cancelled")
	case state != AppointmentCancelled && today.Before(a.Day):
		return event.Event{}, refuse("card.appointment_early", "", "预约日未到", "the day has not come", "到期再登记", "record it on the day")
	}
	a.Version, a.State = a.Version+1, state
	return a.event(KindAppointmentEnded), nil
}

func (a Appointment) booked(by Actor) error {
	switch {
	case a.Appointment == "" || a.Home != by.Unit:
		return refuse("card.no_appointment", "", "本所没有此预约", "there is no such appointment here", "核对预约", "check it")
	case a.State != AppointmentBooked:
		return refuse("card.appointment_over", "", "该预约已结束", "the appointment is over", "重新预约", "make another one")
	}
	return nil
}
