// Package synth makes a synthetic city: its offices with their staff, equipment, lines and money, and its people as the five records of each of them
// (form, booklet, card, computer, citizen) have them, with the errors that such records have and the truth about each of them. Package
// portrait below it draws faces. Everything is pure and deterministic by seed; no row is about a real person, and no code is shared with what
// looks for the errors.
//
// A city is made station by station (NewCity, City.Residents): a station's people come from its own generator, numbers are shared out by sequence,
// and double registrations refer to the first households of another station, which can be made alone. So a city of millions needs the
// memory of one station.
//
// The figures are in data/; its README says what is published, derived or assumed.
package synth

import (
	"math"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Config says what to make of one station alone, without errors.
type Config struct {
	Seed      uint64
	Residents int
	Division  citizen.Division // one of the ten of Changchun
	Station   string           // three digits, for record and household numbers
	Sequence  int              // first sequence of each birth date's numbers; 0: 941
	On        citizen.Date     // the day of the old database
}

const firstSequence = 941

// Station makes the residents of one station, household by household. City makes a whole city, and errors.
func Station(c Config) []Person {
	if c.Sequence == 0 {
		c.Sequence = firstSequence
	}
	p := place{seed: c.Seed, unit: event.Unit(string(c.Division) + c.Station), on: c.On, residents: c.Residents, stations: 1,
		first: c.Sequence, width: min(20, 1000-c.Sequence) &^ 1, index: c.Sequence / 2 % (visitorSequences / 2)}
	for _, county := range counties() {
		if county.code == c.Division {
			p.county, p.towns = county, county.towns
		}
	}
	if p.county == nil {
		panic("synth: " + string(c.Division) + " is no county of the city") // a mistake of the caller's program
	}
	p.rural = p.ruralPercent()
	b := newBuilder(p)
	b.build(math.MaxInt)
	b.identify()
	b.resolve()
	people := make([]Person, 0, c.Residents)
	for _, r := range b.inOrder() {
		if r.Relation == relWife || r.Relation == relHusband {
			r.Relation = relSpouse // an older database tells no more
		}
		people = append(people, r.Person)
	}
	return people
}
