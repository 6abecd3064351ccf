package verify

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// What a side waits for that is nobody's act.
const (
	WaitNumber    = "number"    // the county gives a new number
	WaitObjection = "objection" // the period for objections runs
	WaitOthers    = "others"    // the other sides have to carry the decision out
)

// Turn is something that can be done about a side of a case, or that it waits for.
type Turn struct {
	Do     string       `json:"do"`     // the action, as verify.hear; one of the Wait words where nobody acts
	Who    event.Unit   `json:"who"`    // whose turn it is
	Needed bool         `json:"needed"` // the case does not go on without it
	Tenure string       `json:"tenure,omitempty"`
	Until  citizen.Date `json:"until,omitzero"` // of an objection: the last day
}

// Turns lists what can be done about a side on a day, what is needed first. It says what the rules of each act would: the page that shows it decides nothing.
func (s *Side) Turns(p Proposals, today citizen.Date) []Turn {
	t := turns{side: s}
	switch {
	case s.OpenedAt == 0:
		return nil
	case s.Over() || s.Stage == StageProved:
	case s.Carried:
		t.need(WaitOthers, s.Decider, "")
	case s.InForce():
		t.execution(today)
	default:
		t.decision(p)
	}
	t.ended()
	return t.all
}

type turns struct {
	side *Side
	all  []Turn
}

func (t *turns) need(do string, who event.Unit, tenure string) {
	t.all = append(t.all, Turn{Do: do, Who: who, Needed: true, Tenure: tenure})
}

func (t *turns) may(do string, who event.Unit, tenure string) {
	t.all = append(t.all, Turn{Do: do, Who: who, Tenure: tenure})
}

// persons are the registrations of the side; an unregistered child's case has none, and one to hear all the same.
func (s *Side) persons() []string {
	var all []string
	for _, p := range s.Opened.Own {
		all = append(all, p.Tenure)
	}
	if all == nil {
		return []string{""}
	}
	return all
}

// decision is what goes before one: everybody heard and looked into, a proposal, a second person; or the station settles the matter by itself.
func (t *turns) decision(p Proposals) {
	s := t.side
	must := needsDecision(s.Kind) || s.Round > 0
	if !must {
		t.need("verify.settle", s.Unit, "")
	}
	for _, tenure := range s.persons() {
		t.asked("verify.hear", must && !s.Heard[tenure], tenure)
		t.asked("verify.record_finding", must && !s.Found[tenure], tenure)
	}
	switch waits := p.Exists && !p.Back && p.Body.Round > s.Round; {
	case waits:
		t.need("verify.decide", s.Decider, "")
		t.may("verify.refuse_proposal", s.Decider, "")
	case must && s.Ready():
		t.need("verify.propose", s.Decider, "")
	case s.Ready():
		t.may("verify.propose", s.Decider, "")
	}
}

func (t *turns) asked(do string, needed bool, tenure string) {
	t.all = append(t.all, Turn{Do: do, Who: t.side.Unit, Needed: needed, Tenure: tenure})
}

// execution is what follows a decision in force: numbers, notices, the period for objections, then the act itself.
func (t *turns) execution(today citizen.Date) {
	s, before := t.side, len(t.all)
	for _, o := range s.Decision.Orders {
		if o.Do == DoNewNumber && s.Assigned[o.Tenure] == "" {
			t.need(WaitNumber, s.Unit.Parent(), o.Tenure)
		}
		last, served := s.period(o.Tenure)
		switch {
		case !served:
			t.need("verify.serve_notice", s.Unit, o.Tenure)
		case !today.After(last):
			t.all = append(t.all, Turn{Do: WaitObjection, Who: s.Unit, Needed: true, Tenure: o.Tenure, Until: last})
		}
	}
	if len(t.all) == before {
		t.need("verify.carry_out", s.Unit, "")
	}
	for _, o := range s.Decision.Orders {
		if last, served := s.period(o.Tenure); served && !today.After(last) {
			t.may("verify.object", s.Unit, o.Tenure)
		}
	}
	t.may("verify.return_decision", s.Unit, "")
}

// ended is the way back for whoever's registration the case has ended.
func (t *turns) ended() {
	s := t.side
	for _, p := range s.Opened.Own {
		if !s.Ended(p.Tenure) {
			continue
		}
		if _, proved := s.Life[p.Tenure]; proved {
			t.need("verify.reverse", s.Decider, p.Tenure)
			continue
		}
		t.may("verify.prove_life", s.Unit, p.Tenure)
		t.may("verify.reverse", s.Decider, p.Tenure)
	}
}
