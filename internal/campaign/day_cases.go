package campaign

import (
	"context"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
)

func instant(ms int64) time.Time { return time.UnixMilli(ms) }

// childFound is a child whom no register has, from the visit to the booklet.
type childFound struct {
	child *resident
	asked bool // for numbers of that birth date
}

// casesAtStation, every other day, hears people and finds out, serves decisions, and carries them out.
func (u *unit) casesAtStation(ctx context.Context) error {
	if !u.here(office.AreaOfficer) || !u.here(office.Clerk) || u.c.day%2 == 0 {
		return nil
	}
	for _, stage := range []struct {
		name string
		do   func(context.Context, matter) error
	}{{"opened", u.hearCase}, {"heard", u.settleCase}, {"decided", u.serveCase}, {"noticed", u.carryOut}} {
		list, err := u.matters(ctx, office.AreaOfficer, "cases", stage.name)
		if err != nil {
			return err
		}
		for _, m := range list {
			if err := stage.do(ctx, m); err != nil {
				return err
			}
		}
	}
	return u.childrenAtLast(ctx)
}

// party is a registration of a case, with what was found out of it.
type party struct {
	tenure string
	lives  bool
}

// parties are the registrations of a case, as far as this unit knows its sides.
func (u *unit) parties(ctx context.Context, role office.Role, m matter) ([]party, error) {
	var shown struct {
		Sides []struct {
			Steps []struct {
				Kind string `json:"kind"`
				Body struct {
					Own []struct {
						Tenure string `json:"tenure"`
					} `json:"own"`
					Tenure    string `json:"tenure"`
					LivesHere bool   `json:"lives_here"`
				} `json:"body"`
			} `json:"steps"`
		} `json:"sides"`
	}
	if err := u.do(ctx, role, "verify.show", object{"matter": m.Matter, "purpose": "办理案件"}, &shown); err != nil {
		return nil, err
	}
	var all []party
	lives := make(map[string]bool)
	for _, side := range shown.Sides {
		for _, s := range side.Steps {
			if s.Kind == "verify.finding_recorded" {
				lives[s.Body.Tenure] = s.Body.LivesHere
			}
			for _, p := range s.Body.Own {
				if s.Kind == "verify.case_opened" && !slices.ContainsFunc(all, func(x party) bool { return x.tenure == p.Tenure }) {
					all = append(all, party{tenure: p.Tenure})
				}
			}
		}
	}
	for i := range all {
		all[i].lives = lives[all[i].tenure]
	}
	slices.SortFunc(all, func(a, b party) int { return cmpText(a.tenure, b.tenure) })
	return all, nil
}

// hearCase hears people and records what was found out. What the visit itself has found and no decision touches is settled at once.
func (u *unit) hearCase(ctx context.Context, m matter) error {
	if m.Kind == "separation" || m.Kind == "empty_hung" {
		return u.settleCase(ctx, m)
	}
	parties, err := u.parties(ctx, office.AreaOfficer, m)
	if err != nil {
		return err
	}
	if len(parties) == 0 {
		parties = []party{{}}
	}
	for _, p := range parties {
		tenure := p.tenure
		in := object{"case": m.Matter, "tenure": tenure, "on": u.c.date, "words": "已听取本人（家属）意见，记录在案"}
		if _, err := u.try(ctx, office.AreaOfficer, "verify.hear", in, nil, "verify.closed"); err != nil {
			return err
		}
		r := u.byTenure(tenure)
		in = object{"case": m.Matter, "tenure": tenure, "on": u.c.date, "words": "经走访邻居、查阅户口登记表", "lives_here": r == nil || r.Lives(), "has_card": r != nil && r.hasCard}
		if _, err := u.try(ctx, office.AreaOfficer, "verify.record_finding", in, nil, "verify.closed"); err != nil {
			return err
		}
	}
	return nil
}

// byTenure finds a resident of the station by the registration, as far as a list has named it.
func (u *unit) byTenure(tenure string) *resident {
	if tenure == "" {
		return nil
	}
	for _, r := range u.window.people {
		if r.tenure == tenure {
			return r
		}
	}
	return nil
}

// settleCase ends what needs no decision: an address, an empty registration kept with its reason, a death that the family declares now.
func (u *unit) settleCase(ctx context.Context, m matter) error {
	switch m.Kind {
	case "separation", "empty_hung":
		_, err := u.try(ctx, office.AreaOfficer, "verify.settle", object{"case": m.Matter, "words": "已核实，登记现住址，保留户口"}, nil, "verify.closed", "verify.needs_decision")
		return err
	case "dead_not_cancelled":
		r := u.byTenure(m.Tenure)
		if r == nil || r.gone || r.Died.IsZero() {
			return nil
		}
		if mix(r.RecordID)%2 == 0 { // the other families leave it to the county's decision
			return nil
		}
		if err := u.do(ctx, office.Clerk, "register.death", object{"tenure": m.Tenure, "date": r.Died,
			"paper": object{"kind": "death_certificate", "number": u.serialNumber("S"), "issued_on": r.Died, "issuer": "村（居）委会"}}, nil); err != nil {
			return err
		}
		r.gone = true
		u.c.counts.add(deaths, 1)
		return u.do(ctx, office.AreaOfficer, "verify.settle", object{"case": m.Matter, "words": "家属已申报死亡", "tenure": m.Tenure}, nil)
	}
	return nil
}

func (u *unit) serveCase(ctx context.Context, m matter) error {
	parties, err := u.parties(ctx, office.AreaOfficer, m)
	if err != nil {
		return err
	}
	for _, p := range parties {
		tenure := p.tenure
		_, err := u.try(ctx, office.AreaOfficer, "verify.serve_notice", object{"case": m.Matter, "tenure": tenure, "on": u.c.date, "to": "本人（家属）", "how": "hand"}, nil,
			"verify.served", "verify.no_decision", "verify.closed")
		if err != nil {
			return err
		}
	}
	return nil
}

// carryOut carries a decision out when the time for objections is over.
func (u *unit) carryOut(ctx context.Context, m matter) error {
	if dateOf(m.Since).DaysUntil(u.c.date) <= objectionDays {
		return nil
	}
	_, err := u.try(ctx, office.Clerk, "verify.carry_out", object{"case": m.Matter}, nil, "verify.objection_period", "verify.no_number_yet", "verify.no_decision", "verify.closed")
	return err
}

// objectionDays is how long people can object (verify.DefaultSettings).
const objectionDays = 15

// childrenAtLast registers the children whom visits have found, whatever their parents' standing: the county gives numbers for the day of birth first.
func (u *unit) childrenAtLast(ctx context.Context) error {
	var left []*childFound
	for _, f := range u.window.children {
		done, err := u.child(ctx, f)
		if err != nil {
			return err
		}
		if !done {
			left = append(left, f)
		}
	}
	u.window.children = left
	return nil
}

func (u *unit) child(ctx context.Context, f *childFound) (done bool, err error) {
	r := f.child
	if !f.asked {
		f.asked = true
		u.c.courier.ask(u, r.Birth)
		return false, nil
	}
	family := u.window.family(r.HouseholdNo)
	input := object{"name": r.Name, "sex": r.Sex, "birth_date": r.Birth, "ethnic_group": r.EthnicGroup, "relation": r.Relation, "booklet": true,
		"certificate": object{"kind": "birth_certificate", "number": u.serialNumber("B"), "issued_on": r.Birth, "issuer": "村（居）委会"}}
	var guardian *resident
	for _, m := range family.members {
		if m.gone || m.tenure == "" || m.Birth.AgeOn(u.c.date) < 18 {
			continue
		}
		switch {
		case r.Mother != "" && m.Number == r.Mother:
			input["mother_tenure"], input["follow"] = m.tenure, "mother"
		case r.Father != "" && m.Number == r.Father:
			input["father_tenure"] = m.tenure
		default:
			guardian = m
		}
	}
	if input["mother_tenure"] == nil && input["father_tenure"] == nil {
		if guardian == nil {
			return true, nil
		}
		input["guardian_tenure"], input["follow"] = guardian.tenure, "guardian"
	}
	var born struct {
		Number string `json:"number"`
		Tenure string `json:"tenure"`
	}
	code, err := u.try(ctx, office.Clerk, "register.birth", input, &born, "register.no_number")
	if err != nil || code != "" {
		return false, err
	}
	r.number, r.tenure = born.Number, born.Tenure
	u.window.settle(r, family.no)
	u.c.counts.add(births, 1)
	u.c.counts.add(childrenRegistered, 1)
	cases, err := u.matters(ctx, office.AreaOfficer, "cases", "")
	if err != nil {
		return false, err
	}
	for _, m := range cases {
		if m.HouseholdNo != family.no || m.Kind != "unregistered_child" || m.Stage == "closed" {
			continue
		}
		code, err := u.try(ctx, office.AreaOfficer, "verify.settle", object{"case": m.Matter, "words": "已落户", "tenure": born.Tenure}, nil, "verify.closed", "verify.needs_decision")
		if err != nil || code == "" {
			return true, err
		}
	}
	return true, nil
}

// childrenRegistered counts the children whom no register had.
const childrenRegistered what = "children registered"

// giveNumbers allots what stations have asked for: sequences of one day of birth.
func (u *unit) giveNumbers(ctx context.Context) error {
	if !u.here(office.Reviewer) {
		return nil
	}
	for _, a := range u.hall.asked {
		if err := u.do(ctx, office.Reviewer, "register.allot_numbers", object{"station": a.from.code, "birth_from": a.birth, "birth_to": a.birth, "per_day": 2}, nil); err != nil {
			return err
		}
	}
	u.hall.asked = nil
	return nil
}

// asked is a station's request for numbers.
type asked struct {
	from  *unit
	birth citizen.Date
}

// judgeCases proposes and decides: the reviewer proposes, the leader decides.
func (u *unit) judgeCases(ctx context.Context) error {
	if !u.here(office.Reviewer) {
		return nil
	}
	heard, err := u.matters(ctx, office.Reviewer, "cases", "heard")
	if err != nil {
		return err
	}
	done := make(map[string]bool)
	for _, m := range heard {
		if done[m.Matter] || m.Decider != u.code {
			continue
		}
		done[m.Matter] = true
		if err := u.judgeCase(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// judgeCase proposes and decides one case.
func (u *unit) judgeCase(ctx context.Context, m matter) error {
	var orders []object
	parties, err := u.parties(ctx, office.Reviewer, m)
	if err != nil {
		return err
	}
	switch m.Kind {
	case "double_registration":
		kept := false
		for i, p := range parties {
			do := "cancel"
			if !kept && (p.lives || i == len(parties)-1) {
				do, kept = "keep", true
			}
			orders = append(orders, object{"tenure": p.tenure, "do": do})
		}
	case "shared_number":
		for i, p := range parties {
			do := "new_number"
			if i == 0 {
				do = "keep"
			}
			orders = append(orders, object{"tenure": p.tenure, "do": do, "category": "11"})
		}
	case "wrong_number":
		for _, p := range parties {
			orders = append(orders, object{"tenure": p.tenure, "do": "new_number", "category": "12"})
		}
	case "dead_not_cancelled":
		for _, p := range parties {
			orders = append(orders, object{"tenure": p.tenure, "do": "cancel"})
		}
	default:
		return nil
	}
	code, err := u.try(ctx, office.Reviewer, "verify.propose", object{"case": m.Matter, "orders": orders, "ground": "经双方核查，依户口登记条例办理"}, nil,
		"verify.level", "verify.not_heard", "verify.decided_already", "verify.proposal_waiting", "verify.closed")
	if err != nil || code != "" {
		return err
	}
	return u.do(ctx, office.Leader, "verify.decide", object{"case": m.Matter}, nil)
}
