package fund

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Waived is one waiver, without the resident's name or number.
type Waived struct {
	Unit        event.Unit   `json:"unit"`
	Application string       `json:"application"`
	Resident    string       `json:"-"`
	Kind        string       `json:"kind"`
	Day         citizen.Date `json:"day"`
	Fen         int64        `json:"waived_fen"`
	Ground      string       `json:"ground"`
	Certificate string       `json:"certificate"`
	Operator    string       `json:"operator"`
	Listed      bool         `json:"listed"`
}

// The patterns that an auditor looks at. None of them proves anything.
const (
	OddUnlisted    = "unlisted"          // waived without a line on the list of the station, which has one
	OddCertificate = "certificate_again" // one certificate for two people
	OddAgain       = "again"             // one person, one kind, twice
	OddMany        = "many_in_a_day"     // more by one operator in a day than is usual
)

// manyInADay is from how many waivers of an operator in a day on the auditor looks: UNCONFIRMED.
const manyInADay = 20

// Odd is a pattern and where it was seen.
type Odd struct {
	Pattern      string     `json:"pattern"`
	Unit         event.Unit `json:"unit"`
	What         string     `json:"what"` // certificate, kind, or operator and day
	Applications []string   `json:"applications"`
}

// OddWaivers finds patterns among waivers. hasList names the stations with a list of civil affairs.
func OddWaivers(all []Waived, hasList map[event.Unit]bool) []Odd {
	groups := make(map[[3]string][]string)
	people := make(map[[3]string]map[string]bool)
	add := func(pattern string, w Waived, what string) {
		key := [3]string{pattern, string(w.Unit), what}
		groups[key] = append(groups[key], w.Application)
		if people[key] == nil {
			people[key] = make(map[string]bool)
		}
		people[key][w.Resident] = true
	}
	for _, w := range all {
		if hasList[w.Unit] && !w.Listed {
			add(OddUnlisted, w, w.Certificate)
		}
		add(OddCertificate, w, w.Certificate)
		add(OddAgain, w, w.Resident+" "+w.Kind)
		add(OddMany, w, fmt.Sprintf("%s %s", w.Operator, w.Day))
	}
	var odd []Odd
	for key, applications := range groups {
		if seen := (key[0] == OddUnlisted) || key[0] == OddCertificate && len(people[key]) > 1 || key[0] == OddAgain && len(applications) > 1 ||
			key[0] == OddMany && len(applications) > manyInADay; seen {
			what := key[2]
			if key[0] == OddAgain { // the resident is not the auditor's to know
				_, what, _ = strings.Cut(what, " ")
			}
			odd = append(odd, Odd{Pattern: key[0], Unit: event.Unit(key[1]), What: what, Applications: applications})
		}
	}
	slices.SortFunc(odd, func(a, b Odd) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.What, b.What), slices.Compare(a.Applications, b.Applications))
	})
	return odd
}
