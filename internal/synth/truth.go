package synth

import (
	"sync"

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
	Value  string
	Right  string
	Other  string // the other record of a pair
}

// Kinds that errors.csv has and text cannot show: summaries (2, 3, 4, 29, 42), pictures (43, 44), card making (60), and a birth that was registered
// late (53), which leaves nothing in the items. Person and registration apart (48) is in Resident.Away.

// assumed are rates of kinds for which the file has none (ASSUMPTION).
var assumed = map[string]int{"same_name_same_dob": 20, "field_missing": 1000}

// rates are persons in 100,000 who carry each kind, by errors.csv.
var rates = sync.OnceValue(func() map[string]int {
	all := make(map[string]int)
	for _, row := range table("errors.csv") {
		kind := row[1]
		if kind == fiveRecords { // one row for each record
			kind += "_" + Source(number(row[0])-55).String()
		}
		if row[2] != "" {
			all[kind] = number(row[2])
		}
	}
	for kind, rate := range assumed {
		all[kind] = rate
	}
	return all
})

const fiveRecords = "five_record_disagreement"

// Rate is how many in 100,000 registered persons carry an error of a kind at factor 1; 0 for a kind that is not planted by rate.
func Rate(kind string) int { return rates()[kind] }
