package register

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Levels names the main items and the tier that decides on changing each; every other item is changed on the spot.
type Levels map[string]event.Level

// DefaultLevels are used where the office has set nothing. UNCONFIRMED: no national table of 2005 was found; in one province the county decides on
// numbers and the city on birth date, ethnic group, name and sex, in one city all of them go to the county. The county is the default for all.
func DefaultLevels() Levels {
	return Levels{"name": event.County, "former_name": event.County, "ethnic_group": event.County, "sex": event.County,
		"birth_date": event.County, "number": event.County}
}

// mainOf are the main items of a record by name.
func mainOf(r *Record) [][2]string {
	return [][2]string{{"name", r.Name}, {"former_name", r.FormerName}, {"ethnic_group", r.EthnicGroup}, {"sex", r.Sex},
		{"birth_date", r.BirthDate.String()}, {"number", r.Number}}
}

// MainAltered names the main items in which two records differ.
func MainAltered(before, after *Record) []string {
	var names []string
	now := mainOf(after)
	for i, was := range mainOf(before) {
		if was != now[i] {
			names = append(names, was[0])
		}
	}
	return names
}

// MainMark is a short digest of a record's main items: who verified a record names it, so that a later change shows.
func MainMark(r Record) string {
	text, err := json.Marshal(mainOf(&r))
	if err != nil { // texts always marshal
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// After is the record with the items altered.
func (it Items) After(r Record) Record { return it.applyTo(r) }

// needsApproval refuses a main item without a decision (户口登记条例第17条: the organ checks first, and changes then).
func needsApproval(items []string) *event.Refusal {
	list := strings.Join(items, ", ")
	r := event.Refuse("register.needs_approval", source("17"),
		citizen.Text{ZH: "主项 " + list + " 的变更更正须经审批", EN: "changing a main item (" + list + ") needs a decision of the unit above"},
		citizen.Text{ZH: "先提出更正申请（verify.propose_correction），批准后由本所办理", EN: "propose it (verify.propose_correction); the station carries it out once it is approved"})
	r.Field = items[0]
	return r
}
