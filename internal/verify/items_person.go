package verify

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
)

// person is a member as the rules look at it; what several of them ask is worked out once.
type person struct {
	*register.Record
	id     string
	today  citizen.Date
	card   bool // the record is what a card says: no household, no relation
	number *citizen.NumberCheck
	name   []citizen.NameIssue
	named  bool
}

// house is a household as the rules look at it.
type house struct {
	members []person
	heads   []*person
	spouses []*person // of the householder
	alone   bool
}

func look(h *Household, today citizen.Date) *house {
	out := &house{members: make([]person, len(h.Members)), alone: h.Alone}
	for i := range h.Members {
		p := &out.members[i]
		*p = person{Record: &h.Members[i].Record, id: h.Members[i].ID, today: today, card: h.Lacks["relation"] && h.Lacks["household_no"]}
		switch r := p.Relation; {
		case isHead(r):
			out.heads = append(out.heads, p)
		case r >= "10" && r <= "12":
			out.spouses = append(out.spouses, p)
		}
	}
	return out
}

// isHead tells the householder's code: 户主 in a family, 本人 where the list is kept from the person's own side.
func isHead(relation string) bool { return relation == "01" || relation == "02" }

// head is the householder; nil where there is none, or more than one, or the members are no family.
func (h *house) head() *person {
	if len(h.heads) != 1 || h.alone {
		return nil
	}
	return h.heads[0]
}

// couple is the householder and the householder's spouse; nil, nil where there are not one of each.
func (h *house) couple() (head, spouse *person) {
	if head = h.head(); head == nil || len(h.spouses) != 1 {
		return nil, nil
	}
	return head, h.spouses[0]
}

// check is what citizen.CheckNumber says of an 18-character number; nil without one, and for one of 15 digits.
func (p *person) check() *citizen.NumberCheck {
	if p.number == nil && p.Number != "" && len(p.Number) != 15 {
		check := citizen.CheckNumber(p.Number, citizen.NumberContext{On: p.today, Sex: citizen.Sex(p.Sex), Birth: p.BirthDate})
		p.number = &check
	}
	return p.number
}

// found tells whether the number has one of some classes that matter.
func (p *person) found(classes ...citizen.Class) bool {
	check := p.check()
	if check == nil {
		return false
	}
	for _, f := range check.Findings {
		for _, c := range classes {
			if f.Class == c && (f.Action == citizen.Refuse || f.Action == citizen.Warn) {
				return true
			}
		}
	}
	return false
}

// dateOfNumber is the birth date of a number whose form and check character are right and that differs from the registered one; false: no such.
func (p *person) dateOfNumber() (citizen.Date, bool) {
	if p.BirthDate.IsZero() || !p.found(citizen.ClassCrossBirth) || p.found(citizen.ClassBadCheck, citizen.ClassBadDate) {
		return citizen.Date{}, false
	}
	return p.number.Birth, true
}

func (p *person) issues() []citizen.NameIssue {
	if !p.named {
		p.named = true
		if p.Name != "" {
			p.name = citizen.CheckName(p.Name)
		}
	}
	return p.name
}

func (p *person) nameAction(action citizen.Action) bool {
	for _, issue := range p.issues() {
		if issue.Action == action {
			return true
		}
	}
	return false
}

// younger tells whether somebody whose birth date is known has not reached an age.
func (p *person) younger(age int) bool {
	return !p.BirthDate.IsZero() && p.BirthDate.AgeOn(p.today) < age
}

// reached tells whether somebody whose birth date is known has reached an age.
func (p *person) reached(age int) bool {
	return !p.BirthDate.IsZero() && p.BirthDate.AgeOn(p.today) >= age
}

func (p *person) sexKnown() bool { return citizen.Sex(p.Sex).Known() }

func (p *person) child() bool {
	r := p.Relation
	return r >= "20" && r <= "26" || r >= "30" && r <= "36"
}

// apart tells whether the older of two was born at least so many years before the younger.
func apart(older, younger citizen.Date, years int) bool {
	return !younger.Before(older.AddYears(years))
}

// sameNumber compares two numbers of 15 or 18 characters.
func sameNumber(a, b string) bool {
	if len(a) == 18 && len(b) == 15 {
		a, b = b, a
	}
	if len(a) == 15 && len(b) == 18 {
		return a[:6] == b[:6] && a[6:] == b[8:17]
	}
	return a == b
}
