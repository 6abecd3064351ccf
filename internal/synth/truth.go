package synth

import (
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/personfile"
)

// Class says what a row of the truth speaks of.
type Class string

// The classes.
const (
	ClassItem   Class = "item"   // one item of one record is wrong; Value stands there, Right should
	ClassRecord Class = "record" // a whole registration is wrong or missing; Right is a date of death, or empty
	ClassPair   Class = "pair"   // two records: Right is "same person" or "different persons"
	ClassNote   Class = "note"   // looks wrong and is not
)

// What Right says of pairs.
const (
	SamePerson       = "same person"
	DifferentPersons = "different persons"
)

// Planted is one row of the truth.
type Planted struct {
	Class  Class
	Kind   string     // as in errors.csv
	Unit   event.Unit // the station
	Record string     // identifier of the record; of the computer's where it is not one item
	Source Source     // of an item
	Column personfile.Column
	Value  string // of an item, what stands there; of a pair of one person, how the second registration differs, by corruption classes
	Right  string
	Other  string // the other record of a pair
}
