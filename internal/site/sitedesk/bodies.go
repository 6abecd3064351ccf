package sitedesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// SeatInput puts a person into a body. Unit left out is the operator's own, From left out is today.
type SeatInput struct {
	Unit       event.Unit   `json:"unit,omitempty"`
	Body       string       `json:"body"` // leading_group, standing_office, answerable
	Name       string       `json:"name"`
	Department string       `json:"department,omitempty"`
	Post       string       `json:"post,omitempty"` // chair, deputy, member
	Phone      string       `json:"phone,omitempty"`
	From       citizen.Date `json:"from,omitzero"`
}

// SeatOutput names the seat.
type SeatOutput struct {
	Seat string `json:"seat"`
}

func fillSeat(ctx context.Context, w *office.Work, in SeatInput) (out SeatOutput, err error) {
	known, err := begin(ctx, w, &in.Unit)
	if err != nil {
		return out, err
	}
	seats, err := sitedb.Seats(ctx, w.Tx, sitedb.Scope{Unit: in.Unit})
	if err != nil {
		return out, err
	}
	if out.Seat, err = newID(); err != nil {
		return out, err
	}
	e, err := site.FillSeat(by(w), site.SeatFilled{Unit: in.Unit, Seat: out.Seat, Body: in.Body, Name: in.Name, Department: in.Department, Post: in.Post,
		Phone: in.Phone, From: in.From}, known, seats)
	if err != nil {
		return SeatOutput{}, err
	}
	w.Emit(e)
	return out, nil
}

// LeaveInput ends a seat. To left out is today.
type LeaveInput struct {
	Seat string       `json:"seat"`
	To   citizen.Date `json:"to,omitzero"`
}

func leaveSeat(ctx context.Context, w *office.Work, in LeaveInput) (None, error) {
	if err := w.Lock(ctx, in.Seat); err != nil {
		return None{}, err
	}
	seats, err := sitedb.Seats(ctx, w.Tx, sitedb.Scope{Subject: in.Seat})
	if err != nil {
		return None{}, err
	}
	at := slices.IndexFunc(seats, func(s site.Seat) bool { return in.Seat != "" && w.By.Unit.Contains(s.Unit) })
	seat := site.Seat{}
	if at >= 0 {
		seat = seats[at]
	}
	e, err := site.LeaveSeat(by(w), seat, at >= 0, in.To)
	return emit(w, err, e)
}

func bodies(ctx context.Context, w *office.Work, in AreaInput) ([]site.BodyState, error) {
	units, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return nil, err
	}
	seats, err := sitedb.Seats(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	out := []site.BodyState{}
	for _, u := range units {
		out = append(out, site.BodiesOf(u.Code, seats, w.Today)...)
	}
	return out, nil
}

// AbsentInput notes an operator's absence, by login. To is the last day.
type AbsentInput struct {
	Login   string       `json:"login"`
	From    citizen.Date `json:"from"`
	To      citizen.Date `json:"to"`
	StandIn string       `json:"stand_in,omitempty"` // login
	Ground  string       `json:"ground"`
}

func absent(ctx context.Context, w *office.Work, in AbsentInput) (None, error) {
	logins := []string{in.Login}
	if in.StandIn != "" {
		logins = append(logins, in.StandIn)
	}
	staff, err := staffOf(ctx, w, logins)
	if err != nil {
		return None{}, err
	}
	var standIn member
	able := false
	if in.StandIn != "" {
		standIn = staff[in.StandIn]
		rights, err := rightsOf(ctx, w, standIn.Serving)
		if err != nil {
			return None{}, err
		}
		able = slices.ContainsFunc(site.PostsOfRoles(staff[in.Login].roles), func(p site.Post) bool { return rights.At(p, w.Today).May() })
	}
	e, err := site.Absent(by(w), staff[in.Login].Serving, standIn.Serving, able, site.AbsenceNoted{From: in.From, To: in.To, StandIn: in.StandIn, Ground: in.Ground})
	return emit(w, err, e)
}

// peopleIn lists the operators in scope who are in service, with rights and absences.
func peopleIn(ctx context.Context, w *office.Work, scope sitedb.Scope) ([]site.Person, error) {
	list := sitedb.Operators
	if scope.Below {
		list = sitedb.Area
	}
	appointments, err := list(ctx, w.Tx, scope.Unit)
	if err != nil {
		return nil, err
	}
	rights, err := sitedb.Rights(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	absences, err := sitedb.Absences(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	var people []site.Person
	for _, a := range appointments {
		if !a.Ended.IsZero() {
			continue
		}
		p := site.Person{Serving: site.Serving{Operator: a.ID, Login: a.Login, Unit: a.Unit}, Rights: rights[sitedb.Key{Unit: a.Unit, Operator: a.ID}]}
		for _, b := range absences {
			if b.Unit == a.Unit && b.Operator == a.ID {
				p.Absences = append(p.Absences, b)
			}
		}
		people = append(people, p)
	}
	return people, nil
}

// UncoveredInput asks on which day; left out: today.
type UncoveredInput struct {
	Unit event.Unit   `json:"unit,omitempty"`
	On   citizen.Date `json:"on,omitzero"`
}

// uncovered lists the posts at which nobody can work on a day, of the units that accept cards or are about to.
func uncovered(ctx context.Context, w *office.Work, in UncoveredInput) ([]site.Cover, error) {
	units, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return nil, err
	}
	if in.On.IsZero() {
		in.On = w.Today
	}
	people, err := peopleIn(ctx, w, scope)
	if err != nil {
		return nil, err
	}
	out := []site.Cover{}
	for _, u := range units {
		for _, c := range site.CoverOf(u.Code, people, in.On) {
			if len(c.Able) == 0 {
				out = append(out, c)
			}
		}
	}
	return out, nil
}
