package synth

import (
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
)

// doubles registers residents of the partner station here again: adults each in a household of one, children with somebody who is of an age to be
// their grandparent. Each second registration was written down anew, and differs from the first in none or several of the ways of doubles.csv.
func (p *planter) doubles() {
	others := p.city.traded(p.partner)
	n := 0
	for _, kind := range doubleKinds {
		exact := float64(p.rates[kind]) * p.errors * float64(p.place.residents) / 100_000
		for left := int(exact + p.rand.Float64()); left > 0 && n < len(others); left-- {
			p.double(kind, others[n])
			n += 2
		}
	}
}

func (p *planter) double(kind string, of *Resident) {
	r := &Resident{Person: of.Person, Unit: p.unit, Registered: true, Same: of.RecordID, father: of.father, mother: of.mother, spouse: of.spouse}
	r.has = [SourceCount]bool{Form: true, Computer: true, Booklet: kind != "moved_out_not_cancelled"}
	r.CardIssued, r.CardExpires = citizen.Date{}, citizen.Date{}
	if host := p.grandparent(r); host != nil {
		r.Address, r.Relation = host.Address, relOtherRelative
		p.join(host.house, r)
	} else {
		r.Address, r.Relation = p.address(), relHead
		p.homes = append(p.homes, []*Resident{r})
		p.label(r, len(p.homes)-1, 0)
	}
	p.couple(r, ClassPair, kind, of.RecordID, SamePerson)
	r.Planted[len(r.Planted)-1].Value = p.corrupt(r, kind)
}

// grandparent finds a householder with whom a child may be registered; none for an adult.
func (p *planter) grandparent(child *Resident) *Resident {
	if child.Birth.AgeOn(p.on) >= 18 || len(p.residents) == 0 {
		return nil
	}
	from := p.rand.IntN(len(p.residents))
	for i := range p.residents {
		r := p.residents[(from+i)%len(p.residents)]
		if r.Relation == relHead && r.Birth.DaysUntil(child.Birth) > 38*366 && len(p.homes[r.house]) < 7 && len(r.Planted) == 0 {
			return r
		}
	}
	return nil
}

// Corruption classes of second registrations, as in doubles.csv.
const (
	corruptDate      = "date"
	corruptDigit     = "number_digit"
	corruptSwap      = "number_transposition"
	corruptRegion    = "number_region"
	corruptNumber    = "number_other"
	corruptSound     = "name_homophone"
	corruptShape     = "name_shape"
	corruptName      = "name_other"
	corruptSurname   = "surname"
	corruptHousehold = "household"

	uncorrupted = "none"
)

// corrupt plants in a second registration, in every record of it alike, the ways in which it differs, and names them.
func (p *planter) corrupt(r *Resident, kind string) string {
	var classes []string
	hit := func(class string) bool { return p.errors > 0 && chance(p.rand, p.rates[doublePrefix+class]) }
	plant := func(class string, column personfile.Column, kind, value string) bool {
		if value == "" && column != personfile.CitizenNumber || !p.everywhere(r, column, kind, value, Sources()...) {
			return false
		}
		classes = append(classes, class)
		return true
	}
	born := r.Birth
	if hit(corruptDate) {
		if kind, value := p.otherBirth(r); plant(corruptDate, personfile.BirthDate, kind, value) {
			born = citizen.MustDate(value)
		}
	}
	p.corruptNumber(r, kind == "one_person_two_ids", born, hit, plant)
	p.corruptName(r, hit, plant)
	if hit(corruptHousehold) {
		lost := false
		for _, column := range []personfile.Column{personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber} {
			lost = p.everywhere(r, column, "field_missing", "", Sources()...) || lost
		}
		if lost {
			classes = append(classes, corruptHousehold)
		}
	}
	if len(classes) == 0 {
		return uncorrupted
	}
	return strings.Join(classes, "+")
}

type planting func(class string, column personfile.Column, kind, value string) bool

// corruptNumber gives another number, of the birth date that is registered here, or a wrong copy of the first.
func (p *planter) corruptNumber(r *Resident, always bool, born citizen.Date, hit func(string) bool, plant planting) {
	if always || hit(corruptNumber) {
		other := &Resident{Person: r.Person}
		p.born(other, born)
		plant(corruptNumber, personfile.CitizenNumber, "second_number", other.Number)
		return
	}
	switch {
	case hit(corruptDigit):
		plant(corruptDigit, personfile.CitizenNumber, "id_digit_substituted", again(r.Number, func() string { return p.substituted(r) }))
	case hit(corruptSwap):
		plant(corruptSwap, personfile.CitizenNumber, "id_digit_transposed", again(r.Number, func() string { return p.transposed(r) }))
	case hit(corruptRegion):
		plant(corruptRegion, personfile.CitizenNumber, "second_number", p.otherRegion(r))
	}
}

// otherRegion is the number under the code of another place. Only sequences that no visitor has, so that it is nobody's right number.
func (p *planter) otherRegion(r *Resident) string {
	sequence := citizen.Number(r.Number).Sequence()
	if sequence <= visitorSequences {
		return r.Number
	}
	return mustNumber(citizen.Division(pick(p.rand, origins())), r.Birth, sequence)
}

func (p *planter) corruptName(r *Resident, hit func(string) bool, plant planting) {
	switch {
	case hit(corruptSound):
		plant(corruptSound, personfile.Name, "name_homophone", p.confusedFrom(r.Name, "sound", 1))
	case hit(corruptShape):
		plant(corruptShape, personfile.Name, "name_look_alike", p.confusedFrom(r.Name, "shape", 1))
	case hit(corruptSurname):
		plant(corruptSurname, personfile.Name, "name_surname", p.otherSurname(r))
	case hit(corruptName):
		kind, value := p.otherName(r)
		plant(corruptName, personfile.Name, kind, value)
	}
}

// otherBirth is a wrong birth date, mostly the lunar one for the true (ASSUMPTION).
func (p *planter) otherBirth(r *Resident) (kind, value string) {
	switch n := p.rand.IntN(10); {
	case n < 4:
		return "dob_lunar_for_solar", lunar(r.Birth)
	case n < 6:
		return "dob_age_nominal", dateText(r.Birth.Year()-1-p.rand.IntN(2), r.Birth.Month(), r.Birth.Day())
	case n < 8:
		return "dob_off_by_one", again(r.Birth.String(), func() string { return p.offByOne(r) })
	case n < 9:
		return "dob_day_month_swap", dateText(r.Birth.Year(), r.Birth.Day(), r.Birth.Month())
	}
	return "dob_default_day", dateText(r.Birth.Year(), r.Birth.Month(), pick(p.rand, []int{1, 15}))
}

// otherName is the name used before or after, one with a character more or less, or with its characters in another order.
func (p *planter) otherName(r *Resident) (kind, value string) {
	switch p.rand.IntN(4) {
	case 0:
		return "name_char_dropped", p.dropped(r)
	case 1:
		return "name_order", p.reversed(r)
	case 2:
		return "name_variant_form", p.confusedFrom(r.Name, "variant", 0)
	}
	return "name_former_name", p.former(r)
}

// otherSurname is that of the mother, or of a step-parent.
func (p *planter) otherSurname(r *Resident) string {
	family := familyName(r.Name)
	if family == "" || family == r.Name {
		return r.Name
	}
	if mother := r.mother; mother != nil && mother.Name != "" && p.rand.IntN(2) == 0 {
		return familyName(mother.Name) + strings.TrimPrefix(r.Name, family)
	}
	return surnames().draw(p.rand) + strings.TrimPrefix(r.Name, family)
}

// again draws until something differs; what cannot differ stays.
func again(right string, draw func() string) string {
	for range 8 {
		if value := draw(); value != "" && value != right {
			return value
		}
	}
	return right
}
