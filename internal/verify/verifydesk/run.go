package verifydesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// RunInput asks the item rules of everybody registered at the station.
type RunInput struct {
	Purpose string `json:"purpose"`
	NoCases bool   `json:"no_cases,omitempty"` // only look: open no cases of wrong numbers
	Limit   int    `json:"limit,omitempty"`    // of the list that is given back; left out: 200
}

// RunOutput is what was found.
type RunOutput struct {
	Run       string           `json:"run"`
	Residents int              `json:"residents"`
	Found     int              `json:"found"`
	Rules     map[string]int   `json:"rules"`
	Cases     []string         `json:"cases"`
	Findings  []verify.Finding `json:"findings"` // the first of them
}

const defaultFindings = 200

// wrongNumber are the rules whose breach opens a case: a number that cannot be right, or not this person's.
var wrongNumber = []string{"number.form", "number.check", "number.date", "number.division", "number.birth", "number.sex"}

func run(ctx context.Context, w *office.Work, in RunInput) (out RunOutput, err error) {
	if err := record(w, register.LookedUp{Purpose: in.Purpose, How: "unit", Wide: true, About: w.By.Unit}); err != nil {
		return out, err
	}
	if err := w.Lock(ctx, "cases:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	found, people, err := check(ctx, w)
	if err != nil {
		return out, err
	}
	if out.Run, err = mint(); err != nil {
		return out, err
	}
	out.Residents, out.Found, out.Rules, out.Cases = len(people), len(found), verify.CountRules(found), []string{}
	var events []event.Event
	if !in.NoCases {
		if out.Cases, events, err = wrongNumberCases(ctx, w, found, people); err != nil {
			return out, err
		}
	}
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: verify.KindRunDone, V: 1, Subject: out.Run, Body: verify.RunDone{
		About: verify.About{Matter: out.Run, Home: w.By.Unit}, On: w.Today, Residents: out.Residents, Found: out.Found, Rules: out.Rules, Cases: out.Cases}})
	w.Emit(events...)
	if in.Limit <= 0 {
		in.Limit = defaultFindings
	}
	out.Findings = append([]verify.Finding{}, found[:min(in.Limit, len(found))]...)
	return out, nil
}

// check asks the rules of every household of the station, and of numbers that two households share.
func check(ctx context.Context, w *office.Work) (found []verify.Finding, people map[string]register.Tenure, err error) {
	people = make(map[string]register.Tenure)
	households := make(map[string][]register.Tenure)
	numbers := make(map[string][]string)
	var order []string
	err = registerdb.OfUnit(ctx, w.Tx, w.By.Unit, func(t register.Tenure) error {
		if t.State != register.StateOpen {
			return nil
		}
		people[t.ID] = t
		if households[t.Record.HouseholdNo] == nil {
			order = append(order, t.Record.HouseholdNo)
		}
		households[t.Record.HouseholdNo] = append(households[t.Record.HouseholdNo], t)
		if t.Record.Number != "" {
			numbers[t.Record.Number] = append(numbers[t.Record.Number], t.ID)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, no := range order {
		for _, f := range verify.Check(members(no, households[no]), w.Today) {
			if f.Rule != "number.shared" {
				found = append(found, f)
			}
		}
		for _, t := range households[no] {
			if len(numbers[t.Record.Number]) > 1 {
				found = append(found, verify.SharedNumber(t.ID))
			}
		}
	}
	return found, people, nil
}

// wrongNumberCases opens a case for each person whose number cannot be right and who has none open. Shared numbers are found across the city, where
// a case can name both sides.
func wrongNumberCases(ctx context.Context, w *office.Work, found []verify.Finding, people map[string]register.Tenure) (ids []string, events []event.Event, err error) {
	ids = []string{}
	seen := make(map[string]bool)
	for _, f := range found {
		if !slices.Contains(wrongNumber, f.Rule) || seen[f.Member] {
			continue
		}
		seen[f.Member] = true
		t := people[f.Member]
		open, err := verifydb.OpenCaseOf(ctx, w.Tx, w.By.Unit, t.ID, verify.CaseWrongNumber)
		if err != nil || open {
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		id, opened, err := opens(w, verify.Opening{Kind: verify.CaseWrongNumber, Parties: []verify.Party{party(t)}, HouseholdNo: t.Record.HouseholdNo, Clue: f.Text.ZH})
		if err != nil {
			return nil, nil, err
		}
		ids, events = append(ids, id), append(events, opened...)
	}
	return ids, events, nil
}

func party(t register.Tenure) verify.Party {
	return verify.Party{Unit: t.Unit, Tenure: t.ID, Resident: t.Resident}
}

// opens mints a case and gives its events.
func opens(w *office.Work, o verify.Opening) (id string, events []event.Event, err error) {
	if o.Case, err = mint(); err != nil {
		return "", nil, err
	}
	o.Station = w.By.Unit
	events, err = verify.OpenCase(by(w), o)
	return o.Case, events, err
}

// PersonInput names a person.
type PersonInput struct {
	Tenure  string `json:"tenure"`
	Purpose string `json:"purpose"`
}

func checkPerson(ctx context.Context, w *office.Work, in PersonInput) ([]verify.Finding, error) {
	if err := record(w, register.LookedUp{Purpose: in.Purpose, How: "tenure", Tenures: []string{in.Tenure}}); err != nil {
		return nil, err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, in.Tenure)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, verify.NotFound()
	}
	if err := w.Below(t.Unit); err != nil {
		return nil, err
	}
	return findings(ctx, w, t)
}

// PersonOutput is what verification and clean-up know of one registration.
type PersonOutput struct {
	Verified *verifydb.Proof  `json:"verified,omitempty"` // who found the record as it stands right
	Open     []verify.Matter  `json:"open"`               // corrections and cases that wait
	Findings []verify.Finding `json:"findings"`           // of the item rules, as it stands
}

// ofPerson gives at one look what check_person and the lists say of a person.
func ofPerson(ctx context.Context, w *office.Work, in PersonInput) (out PersonOutput, err error) {
	if out.Findings, err = checkPerson(ctx, w, in); err != nil {
		return out, err
	}
	t, _, err := registerdb.TenureOf(ctx, w.Tx, in.Tenure)
	if err != nil {
		return out, err
	}
	proof, ok, err := verifydb.VerifiedBy(ctx, w.Tx, t.Unit, t.ID, register.MainMark(t.Record))
	if err != nil {
		return out, err
	}
	if ok {
		out.Verified = &proof
	}
	open, err := verifydb.OpenOfTenure(ctx, w.Tx, t.Unit, t.ID)
	out.Open = append([]verify.Matter{}, open...)
	return out, err
}

// findings asks the rules of a person's household and keeps what concerns the person or all of them.
func findings(ctx context.Context, w *office.Work, t register.Tenure) ([]verify.Finding, error) {
	household, err := registerdb.Household(ctx, w.Tx, t.Unit, t.Record.HouseholdNo)
	if err != nil {
		return nil, err
	}
	found := []verify.Finding{}
	for _, f := range verify.Check(members(t.Record.HouseholdNo, household), w.Today) {
		if f.Member == t.ID || f.Member == "" {
			found = append(found, f)
		}
	}
	return found, nil
}
