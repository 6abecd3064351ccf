package synth

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// unshown are kinds that errors.csv has and text cannot show: summaries (2, 3, 4, 29, 42), pictures (43, 44), card making (60), and a birth that was
// registered late (53), which leaves nothing in the items. Person and registration apart (48) is in Resident.Away.
const unshown = "duplicate_or_wrong_id_cumulative duplicate_or_wrong_id_local duplicate_id_local_city name_change_marriage items_corrected_total photo_missing " +
	"photo_of_other card_making_error_codes born_before_register_late"

// assumed are rates of kinds for which the file has none (ASSUMPTION).
var assumed = map[string]int{"same_name_same_dob": 20, "field_missing": 1000, "name_placeholder": 20, "id_placeholder": 10}

const fiveRecords = "five_record_disagreement"

// doubleKinds are the ways in which one person comes to two registrations.
var doubleKinds = []string{"double_hukou", "one_person_two_ids", "moved_out_not_cancelled"}

// rates are persons in 100,000 who carry each kind, by errors.csv.
var rates = sync.OnceValue(func() map[string]int {
	all := maps.Clone(assumed)
	for _, row := range table("errors.csv") {
		kind := row[1]
		if kind == fiveRecords { // one row for each record
			kind += "_" + Source(number(row[0])-55).String()
		}
		if row[2] != "" && !strings.Contains(unshown, kind) {
			all[kind] = number(row[2])
		}
	}
	return all
})

// corruptions are second registrations in 100,000 that differ from the first in each way, by doubles.csv; several may fall on one. Their names
// in a rate file have "double_" before them.
var corruptions = sync.OnceValue(func() map[string]int {
	all := make(map[string]int)
	for _, row := range table("doubles.csv") {
		all[doublePrefix+row[0]] = number(row[1])
	}
	return all
})

const doublePrefix = "double_"

// Rate is how many in 100,000 registered persons carry an error of a kind at factor 1 by default; 0 for a kind that is not planted by rate.
func Rate(kind string) int { return rates()[kind] }

// Rates are how many in 100,000 carry each kind: registered persons, or, for the corruptions of double registrations, second registrations.
type Rates map[string]int

// DefaultRates are the rates of errors.csv and doubles.csv.
func DefaultRates() Rates {
	all := Rates(maps.Clone(rates()))
	maps.Copy(all, corruptions())
	return all
}

// ParseRates reads a rate file, CSV with the header kind,per_100000, over the default rates. The error names the line.
func ParseRates(r io.Reader) (Rates, error) {
	all := DefaultRates()
	in := csv.NewReader(r)
	in.FieldsPerRecord = 2
	header, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("synth: rates: %w", err)
	}
	if !slices.Equal(header, []string{"kind", "per_100000"}) {
		return nil, errors.New("synth: rates: the first line must be kind,per_100000")
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("synth: rates: %w", err)
		}
		line, _ := in.FieldPos(0)
		if err := all.set(row[0], row[1]); err != nil {
			return nil, fmt.Errorf("synth: rates: line %d: %w", line, err)
		}
	}
}

func (all Rates) set(kind, rate string) error {
	if _, known := all[kind]; !known {
		return fmt.Errorf("kind %q: none of those that are planted by rate: %s", kind, strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	n, err := strconv.Atoi(rate)
	if err != nil || n < 0 || n > 100_000 {
		return fmt.Errorf("%s: %q is no whole number from 0 to 100000", kind, rate)
	}
	all[kind] = n
	return nil
}

// Duplicated scales the kinds of double registrations so that together they are so many percent of the registered, each with its share as before.
func (all Rates) Duplicated(percent float64) Rates {
	sum, scaled := all.doubled(), maps.Clone(all)
	for _, kind := range doubleKinds {
		if sum > 0 {
			scaled[kind] = int(float64(all[kind])*percent*1000/float64(sum) + 0.5)
		}
	}
	return scaled
}

// doubled is the sum of the kinds of double registrations.
func (all Rates) doubled() (sum int) {
	for _, kind := range doubleKinds {
		sum += all[kind]
	}
	return sum
}
