package carddesk

import (
	"cmp"
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// SessionInput opens a day for appointments: at the window, or at a place that the station visits.
type SessionInput struct {
	Day   citizen.Date `json:"day"`
	Place card.Place   `json:"place"`           // window, school, works, home
	Name  string       `json:"name,omitempty"`  // of the place visited
	Slots []card.Slot  `json:"slots,omitempty"` // a capacity left out is the office's own
}

func (d desk) openSession(_ context.Context, w *office.Work, in SessionInput) (card.Session, error) {
	id, err := newID()
	if err != nil {
		return card.Session{}, err
	}
	e, s, err := card.OpenSession(actor(w), card.Session{Session: id, Day: in.Day, Place: in.Place, Name: in.Name, Slots: in.Slots}, d.limits, w.Today)
	if err != nil {
		return card.Session{}, err
	}
	w.Emit(e)
	return s, nil
}

// BookInput gives a person a place. One of Tenure, Resident and Number names the person.
type BookInput struct {
	Tenure   string       `json:"tenure,omitempty"`
	Resident string       `json:"resident,omitempty"`
	Number   string       `json:"number,omitempty"`
	Session  string       `json:"session,omitempty"`
	Day      citizen.Date `json:"day,omitzero"` // instead of the session, where the day has one only
	Slot     string       `json:"slot"`
}

func book(ctx context.Context, w *office.Work, in BookInput) (card.Appointment, error) {
	t, err := findTenure(ctx, w, whom{in.Tenure, in.Resident, in.Number})
	if err != nil {
		return card.Appointment{}, err
	}
	if in.Session == "" {
		only, err := carddb.SessionsOn(ctx, w.Tx, w.By.Unit, in.Day)
		if err != nil {
			return card.Appointment{}, err
		}
		if len(only) == 1 {
			in.Session = only[0]
		}
	}
	if err := w.Lock(ctx, append(personLocks(t.Resident, ""), in.Session)...); err != nil {
		return card.Appointment{}, err
	}
	facts, err := bookFacts(ctx, w, in.Session, t.Resident)
	if err != nil {
		return card.Appointment{}, err
	}
	id, err := newID()
	if err != nil {
		return card.Appointment{}, err
	}
	e, err := card.Book(actor(w), id, person(t), in.Slot, facts, w.Today)
	if err != nil {
		return card.Appointment{}, err
	}
	w.Emit(e)
	return e.Body.(card.Appointment), nil
}

func bookFacts(ctx context.Context, w *office.Work, session, resident string) (facts card.BookFacts, err error) {
	if facts.Session, facts.Taken, err = carddb.Session(ctx, w.Tx, w.By.Unit, session); err != nil {
		return facts, err
	}
	facts.Open, err = carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByResident, resident)
	return facts, err
}

// MoveInput gives another slot, in the same session or another.
type MoveInput struct {
	Appointment string `json:"appointment"`
	Session     string `json:"session,omitempty"` // left out: the same
	Slot        string `json:"slot"`
}

func moveAppointment(ctx context.Context, w *office.Work, in MoveInput) (card.Appointment, error) {
	a, err := holdAppointment(ctx, w, in.Appointment, in.Session)
	if err != nil {
		return a, err
	}
	facts, err := bookFacts(ctx, w, cmp.Or(in.Session, a.Session), a.Resident)
	if err != nil {
		return a, err
	}
	e, err := card.MoveAppointment(a, actor(w), in.Slot, facts, w.Today)
	if err != nil {
		return card.Appointment{}, err
	}
	w.Emit(e)
	return e.Body.(card.Appointment), nil
}

// holdAppointment locks an appointment's person and sessions and loads it.
func holdAppointment(ctx context.Context, w *office.Work, id, session string) (card.Appointment, error) {
	load := func() (a card.Appointment, err error) {
		all, err := carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByAppointment, id)
		if err == nil && len(all) > 0 {
			a = all[0]
		}
		return a, err
	}
	a, err := load()
	if err != nil || a.Appointment == "" {
		return a, err
	}
	if err := w.Lock(ctx, append(personLocks(a.Resident, ""), a.Appointment, a.Session, cmp.Or(session, a.Session))...); err != nil {
		return a, err
	}
	return load()
}

// EndInput says what became of an appointment.
type EndInput struct {
	Appointment string                `json:"appointment"`
	State       card.AppointmentState `json:"state"` // kept, missed, cancelled
}

func endAppointment(ctx context.Context, w *office.Work, in EndInput) (card.Appointment, error) {
	a, err := holdAppointment(ctx, w, in.Appointment, "")
	if err != nil {
		return a, err
	}
	e, err := card.EndAppointment(a, actor(w), in.State, w.Today)
	if err != nil {
		return card.Appointment{}, err
	}
	w.Emit(e)
	return e.Body.(card.Appointment), nil
}

// keepToday records the appointment that an applicant has kept by coming to the window; the person is locked.
func keepToday(ctx context.Context, w *office.Work, resident string) error {
	open, err := carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByResident, resident)
	if err != nil {
		return err
	}
	for _, a := range open {
		if a.Day != w.Today {
			continue
		}
		e, err := card.EndAppointment(a, actor(w), card.AppointmentKept, w.Today)
		if err != nil {
			return err
		}
		w.Emit(e)
	}
	return nil
}

// DayInput names a day and what the list is needed for.
type DayInput struct {
	Day     citizen.Date `json:"day"`
	Purpose string       `json:"purpose"`
}

// DaySession is a session with its appointments.
type DaySession struct {
	card.Session
	Free         []string    `json:"free"`
	Appointments []DayPerson `json:"appointments"`
}

// DayPerson is one of them.
type DayPerson struct {
	Appointment string                `json:"appointment"`
	Slot        string                `json:"slot"`
	Resident    string                `json:"resident"`
	Tenure      string                `json:"tenure"`
	Name        string                `json:"name"`
	State       card.AppointmentState `json:"state"`
}

// appointments lists a day's sessions and who comes; it is recorded before it is answered.
func appointments(ctx context.Context, w *office.Work, in DayInput) ([]DaySession, error) {
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpAppointments, Wide: true}); err != nil {
		return nil, err
	}
	ids, err := carddb.SessionsOn(ctx, w.Tx, w.By.Unit, in.Day)
	if err != nil {
		return nil, err
	}
	all, err := carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByDay, in.Day)
	if err != nil {
		return nil, err
	}
	out := []DaySession{}
	for _, id := range ids {
		s, taken, err := carddb.Session(ctx, w.Tx, w.By.Unit, id)
		if err != nil {
			return nil, err
		}
		one := DaySession{Session: s, Free: card.BookFacts{Session: s, Taken: taken}.Free(), Appointments: []DayPerson{}}
		for _, a := range all {
			if a.Session != id {
				continue
			}
			t, _, err := registerdb.TenureOf(ctx, w.Tx, a.Tenure)
			if err != nil {
				return nil, err
			}
			one.Appointments = append(one.Appointments, DayPerson{a.Appointment, a.Slot, a.Resident, a.Tenure, t.Record.Name, a.State})
		}
		out = append(out, one)
	}
	return out, nil
}

// Missed tells whose appointments of a day were not kept.
type Missed struct {
	Missed []string `json:"missed"` // appointments
}

// closeSessions records every appointment of a day that nobody kept as missed.
func closeSessions(ctx context.Context, w *office.Work, in struct {
	Day citizen.Date `json:"day"`
}) (Missed, error) {
	out := Missed{Missed: []string{}}
	all, err := carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByDay, in.Day)
	if err != nil {
		return out, err
	}
	var locks []string
	for _, a := range all {
		locks = append(locks, personLocks(a.Resident, "")...)
	}
	if err := w.Lock(ctx, locks...); err != nil {
		return out, err
	}
	if all, err = carddb.Appointments(ctx, w.Tx, w.By.Unit, carddb.ByDay, in.Day); err != nil {
		return out, err
	}
	for _, a := range all {
		if a.State != card.AppointmentBooked {
			continue
		}
		e, err := card.EndAppointment(a, actor(w), card.AppointmentMissed, w.Today)
		if err != nil {
			return out, err
		}
		w.Emit(e)
		out.Missed = append(out.Missed, a.Appointment)
	}
	return out, nil
}
