package campaign

import (
	"context"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// Changes of registration in a year, of a thousand residents.
const (
	birthsPerMille = 9
	deathsPerMille = 6
	movesPerMille  = 14
	workingYear    = 250
)

// arrival is somebody who comes to register here with the migration paper of the former station.
type arrival struct {
	who   *resident
	paper string
	on    citizen.Date
}

// register does the changes of the day that have nothing to do with cards.
func (u *unit) register(ctx context.Context) error {
	if !u.here(office.Clerk) {
		return nil
	}
	for _, change := range []struct {
		perMille int
		least    int // the day on which there is one in any case, so that a short play has all kinds
		do       func(context.Context) error
	}{{birthsPerMille, 2, u.birth}, {deathsPerMille, 4, u.death}, {movesPerMille, 3, u.moveOut}} {
		n := u.happen(float64(len(u.window.people)) * float64(change.perMille) / 1000 / workingYear)
		if n == 0 && u.c.day == change.least {
			n = 1
		}
		for range n {
			if err := change.do(ctx); err != nil {
				return err
			}
		}
	}
	return u.moveIn(ctx)
}

// happen draws how often something comes that comes so often on average.
func (u *unit) happen(average float64) int {
	n := int(average)
	if u.chance.Float64() < average-float64(n) {
		n++
	}
	return n
}

// pick draws somebody of whom fit holds; nil when nobody is found.
func (u *unit) pick(fit func(*resident) bool) *resident {
	people := u.window.people
	from := u.chance.IntN(len(people))
	for i := range people {
		if r := people[(from+i)%len(people)]; !r.gone && r.home == u && r.number+r.tenure != "" && fit(r) {
			return r
		}
	}
	return nil
}

// found is what register.find tells of a person here.
type found struct {
	Unit   event.Unit `json:"unit"`
	Tenure string     `json:"tenure"`
	State  string     `json:"state"`
}

// tenure looks a person up, with the purpose that the access log keeps; it is empty when the person is not registered here any more.
func (u *unit) tenure(ctx context.Context, r *resident, purpose string) (string, error) {
	var all []found
	who := object{"number": r.number, "purpose": purpose}
	if r.tenure != "" {
		who = object{"tenure": r.tenure, "purpose": purpose}
	}
	if err := u.do(ctx, office.Clerk, "register.find", who, &all); err != nil {
		return "", err
	}
	for _, f := range all {
		if f.Unit == u.code && f.State == "open" {
			return f.Tenure, nil
		}
	}
	r.gone = true // a decision has ended the registration meanwhile
	return "", nil
}

// serialNumber numbers the papers that others issue.
func (u *unit) serialNumber(letter string) string {
	u.window.serial++
	return fmt.Sprintf("%s%s%05d", letter, u.code, u.window.serial)
}

func (u *unit) birth(ctx context.Context) error {
	mother := u.pick(func(r *resident) bool {
		age := r.Birth.AgeOn(u.c.date)
		return r.Sex == citizen.Female && r.Marital == "20" && age >= 21 && age <= 42 && r.Lives()
	})
	if mother == nil {
		return nil
	}
	tenure, err := u.tenure(ctx, mother, "出生登记")
	if err != nil || tenure == "" {
		return err
	}
	born := u.c.date.AddDays(-1 - u.chance.IntN(20))
	sex, relation := "1", "20"
	if u.chance.IntN(2) == 0 {
		sex, relation = "2", "30"
	}
	name := string([]rune(mother.Name)[:1]) + string([]rune("安宁欣然晨曦子涵嘉怡")[u.chance.IntN(10)])
	var child struct {
		Number string `json:"number"`
		Tenure string `json:"tenure"`
	}
	err = u.do(ctx, office.Clerk, "register.birth", object{"name": name, "sex": sex, "birth_date": born, "ethnic_group": mother.EthnicGroup,
		"mother_tenure": tenure, "follow": "mother", "relation": relation, "booklet": true,
		"certificate": object{"kind": "birth_certificate", "number": u.serialNumber("B"), "issued_on": born, "issuer": "市妇产医院"}}, &child)
	if err != nil {
		return err
	}
	u.window.settle(&resident{home: u, number: child.Number, tenure: child.Tenure, Resident: &synth.Resident{Unit: u.code, Registered: true,
		Person: synth.Person{Number: child.Number, Name: name, Sex: citizen.Sex(sex), Birth: born, EthnicGroup: mother.EthnicGroup, Marital: "10", Relation: relation,
			Address: mother.Address, HouseholdNo: mother.family.no}}}, mother.family.no)
	u.c.counts.add(births, 1)
	return nil
}

func (u *unit) death(ctx context.Context) error {
	r := u.pick(func(r *resident) bool {
		return r.Birth.AgeOn(u.c.date) >= 60 || r.Birth.AgeOn(u.c.date) > 40 && u.chance.IntN(20) == 0
	})
	if r == nil {
		return nil
	}
	tenure, err := u.tenure(ctx, r, "死亡注销")
	if err != nil || tenure == "" {
		return err
	}
	err = u.do(ctx, office.Clerk, "register.death", object{"tenure": tenure, "date": u.c.date.AddDays(-u.chance.IntN(3)),
		"paper": object{"kind": "death_certificate", "number": u.serialNumber("S"), "issued_on": u.c.date, "issuer": "市医院"}}, nil)
	if err != nil {
		return err
	}
	r.gone = true
	if r.app != nil {
		r.app.ended = true
	}
	u.c.counts.add(deaths, 1)
	return nil
}

// moveOut lets somebody go to another station; the paper goes along.
func (u *unit) moveOut(ctx context.Context) error {
	others := u.c.stations()
	to := others[u.chance.IntN(len(others))]
	if to == u {
		return nil
	}
	r := u.pick(func(r *resident) bool {
		age := r.Birth.AgeOn(u.c.date)
		return age >= 19 && age < 60 && says(r.Resident, personfile.Relation) != "02" && r.Lives() && r.app == nil && r.turn.IsZero()
	})
	if r == nil {
		return nil
	}
	tenure, err := u.tenure(ctx, r, "迁出登记")
	if err != nil || tenure == "" {
		return err
	}
	var out struct {
		Paper string `json:"paper"`
	}
	if err := u.do(ctx, office.Clerk, "register.move_out", object{"tenure": tenure, "to_unit": to.code, "on": u.c.date, "reason": "0408"}, &out); err != nil {
		return err
	}
	r.gone = true
	u.c.courier.travel(to, arrival{who: r, paper: out.Paper, on: u.c.inDays(1 + u.chance.IntN(2))})
	return nil
}

// moveIn takes in those who have come with a paper.
func (u *unit) moveIn(ctx context.Context) error {
	w := u.window
	var left []arrival
	for _, a := range w.pending {
		if a.on.After(u.c.date) {
			left = append(left, a)
			continue
		}
		w.serial++
		no := fmt.Sprintf("%s9%05d", u.code[6:], w.serial)
		var in struct {
			Tenure string `json:"tenure"`
		}
		if err := u.do(ctx, office.Clerk, "register.move_in", object{"paper": a.paper, "household_no": no, "address": a.who.Address, "relation": "02", "on": u.c.date}, &in); err != nil {
			return err
		}
		w.settle(&resident{Resident: a.who.Resident, home: u, number: a.who.number, tenure: in.Tenure, hasCard: a.who.hasCard}, no)
		u.c.counts.add(moves, 1)
	}
	w.pending = left
	return nil
}

// settle takes a newcomer into a household.
func (w *window) settle(r *resident, no string) {
	r.family = w.family(no)
	r.family.members = append(r.family.members, r)
	w.people = append(w.people, r)
}
