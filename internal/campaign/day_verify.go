package campaign

import (
	"cmp"
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// planned is a household on the area officer's list.
type planned struct {
	HouseholdNo string `json:"household_no"`
	Members     []struct {
		Tenure string `json:"tenure"`
		Name   string `json:"name"`
		Number string `json:"number"`
	} `json:"members"`
}

// visits are an area officer's rounds: the households of the list, one after the other, by exception.
func (u *unit) visits(ctx context.Context) error {
	w := u.window
	if !u.here(office.AreaOfficer) || u.c.day < w.nextPlan {
		return nil
	}
	for range u.visitsADay() {
		if len(w.plan) == 0 {
			var list struct {
				Households []planned `json:"households"`
			}
			if err := u.do(ctx, office.AreaOfficer, "verify.visit_plan", object{"purpose": "入户核对", "limit": visitList}, &list); err != nil {
				return err
			}
			if w.plan = list.Households; len(w.plan) == 0 { // everybody has been seen: those who come later are asked for in a while
				w.nextPlan = u.c.day + planEvery
				return nil
			}
		}
		h := w.plan[0]
		w.plan = w.plan[1:]
		if err := u.visit(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// planEvery is how many working days lie between two lists when nobody is left.
const planEvery = 10

// visitList is how many households an officer takes on a list.
const visitList = 200

// visitsADay is how many households the officers see: most before the station starts, the rest beside the window's work.
func (u *unit) visitsADay() int {
	days, most := max(leastVisitDays, u.c.Days*visitShare/100), maxVisits
	if u.started() {
		days, most = u.c.Days, maxBeside
	}
	return max(1, min((len(u.window.order)+days-1)/days, most))
}

// The officers mean to have seen everybody in this part of the time, and make at most so many visits a day at a station.
const (
	visitShare = 35
	// No city is gone through in less.
	leastVisitDays = 30
	maxVisits      = 24
	maxBeside      = 6
)

// visit looks at one household and writes down what is true and the register has otherwise.
func (u *unit) visit(ctx context.Context, h planned) error {
	f := u.window.family(h.HouseholdNo)
	input := object{"household_no": h.HouseholdNo, "on": u.c.date}
	var present []string
	var absent, marks, differences, unregistered []object
	seen := make(map[string]*resident) // by tenure
	empty, signed := true, ""
	for _, m := range h.Members {
		r := f.find(m.Number, m.Name)
		if r == nil || r.gone { // has died or moved since the list was printed
			continue
		}
		r.tenure = m.Tenure
		empty = empty && r.Empty
		switch {
		case !r.Died.IsZero():
			marks = append(marks, object{"tenure": m.Tenure, "mark": "should_be_cancelled", "words": "已于 " + r.Died.String() + " 死亡"})
		case r.Away, r.Empty:
			marks = append(marks, object{"tenure": m.Tenure, "mark": "not_here", "words": "不在登记地居住"})
		case signed != "" && u.chance.IntN(100) < 4:
			absent = append(absent, object{"tenure": m.Tenure, "where": "外出务工"})
		default:
			present, signed = append(present, m.Tenure), r.Name
			seen[m.Tenure] = r
			more, err := u.differences(ctx, r)
			if err != nil {
				return err
			}
			differences = append(differences, more...)
		}
	}
	if empty {
		input["empty_hung"], marks = true, nil
	} else {
		signed = cmp.Or(signed, "邻居代签")
	}
	for _, child := range f.children {
		unregistered = append(unregistered, object{"name": child.Name, "sex": child.Sex, "birth_date": child.Birth, "child": true, "words": "本户儿童"})
	}
	input["signed"], input["present"], input["absent"], input["marks"] = signed, present, absent, marks
	input["differences"], input["unregistered"] = differences, unregistered
	var out struct {
		Visit    string   `json:"visit"`
		Verified []string `json:"verified"`
	}
	code, err := u.try(ctx, office.AreaOfficer, "verify.visited", input, &out, "verify.unaccounted", "verify.no_household", "verify.not_member")
	if err != nil || code != "" { // somebody has come or gone since the list was printed: the household is on the next one
		return err
	}
	f.visited = true
	for _, tenure := range present {
		u.window.turns = append(u.window.turns, seen[tenure])
	}
	for _, child := range f.children {
		u.window.children = append(u.window.children, &childFound{child: child})
	}
	f.children = nil
	return u.correct(ctx, out.Visit, differences)
}

// find finds a member as the list names him or her.
func (f *family) find(number, name string) *resident {
	var byName *resident
	for _, r := range f.members {
		if number != "" && r.number == number && !r.gone {
			return r
		}
		if byName == nil && !r.gone && (says(r.Resident, personfile.Name) == name || r.Name == name) {
			byName = r
		}
	}
	return byName
}

// items are the columns of the old records that are items of the form.
var items = map[personfile.Column]string{personfile.CitizenNumber: "number", personfile.Name: "name", personfile.FormerName: "former_name", personfile.Sex: "sex",
	personfile.EthnicGroup: "ethnic_group", personfile.BirthDate: "birth_date", personfile.Birthplace: "birthplace", personfile.NativePlace: "native_place",
	personfile.Address: "address", personfile.MaritalStatus: "marital_status", personfile.Education: "education", personfile.Occupation: "occupation",
	personfile.Workplace: "workplace", personfile.FatherNumber: "father_number", personfile.MotherNumber: "mother_number", personfile.SpouseNumber: "spouse_number"}

// differences compares the base card in the officer's hand with what the household says: whoever has an error is looked up, for the list is short.
func (u *unit) differences(ctx context.Context, r *resident) ([]object, error) {
	planted := r.Differences(synth.Computer)
	if len(planted) == 0 {
		return nil, nil
	}
	var registered []struct {
		Tenure string         `json:"tenure"`
		Record map[string]any `json:"record"`
	}
	if err := u.do(ctx, office.AreaOfficer, "register.find", object{"tenure": r.tenure, "purpose": "入户核对"}, &registered); err != nil || len(registered) == 0 {
		return nil, err
	}
	var all []object
	for _, p := range planted {
		item, ok := items[p.Column]
		told := r.Right(synth.Computer, p.Column)
		if was, _ := registered[0].Record[item].(string); !ok || told == "" || told == was {
			continue
		}
		all = append(all, object{"tenure": r.tenure, "item": item, "told": told, "evidence": "户口簿、本人陈述"})
	}
	return all, nil
}

// correct proposes what a visit has found, person by person; other items than the main ones are corrected on the spot.
func (u *unit) correct(ctx context.Context, visit string, differences []object) error {
	byTenure := make(map[string]object)
	var order []string
	for _, d := range differences {
		tenure := d["tenure"].(string)
		if byTenure[tenure] == nil {
			byTenure[tenure] = object{}
			order = append(order, tenure)
		}
		byTenure[tenure][d["item"].(string)] = d["told"]
	}
	for _, tenure := range order {
		category := "92"
		for _, c := range []struct{ item, category string }{{"ethnic_group", "52"}, {"birth_date", "41"}, {"sex", "32"}, {"name", "22"}, {"number", "12"}} {
			if byTenure[tenure][c.item] != nil {
				category = c.category
			}
		}
		_, err := u.try(ctx, office.AreaOfficer, "verify.propose_correction", object{"tenure": tenure, "items": byTenure[tenure], "category": category, "on": u.c.date,
			"evidence": "入户核对，户口簿", "source": visit}, nil, correctionRefusals...)
		if err != nil {
			return err
		}
	}
	return nil
}

// correctionRefusals are what the register says where more than this station's word is needed: a number that somebody else has, or two items that fit only
// together.
var correctionRefusals = []string{"verify.pending", "register.number_held", "register.number_invalid", "register.number_birth", "register.number_sex", "register.nothing_changed"}

// matter is one line of a work list of verification.
type matter struct {
	Matter      string     `json:"matter"`
	Kind        string     `json:"kind"`
	Stage       string     `json:"stage"`
	Tenure      string     `json:"tenure"`
	HouseholdNo string     `json:"household_no"`
	Decider     event.Unit `json:"decider"`
	OpenedAt    int64      `json:"opened_at"`
	Since       int64      `json:"since"`
}

// matters asks for a work list, in an order that no identifier decides.
func (u *unit) matters(ctx context.Context, role office.Role, what, stage string) ([]matter, error) {
	var all []matter
	err := u.do(ctx, role, "verify.list", object{"purpose": "清理工作", "what": what, "stage": stage, "limit": pageSize}, &all)
	slices.SortFunc(all, func(a, b matter) int {
		return cmp.Or(cmp.Compare(a.OpenedAt, b.OpenedAt), cmp.Compare(a.HouseholdNo, b.HouseholdNo), cmp.Compare(a.Tenure, b.Tenure))
	})
	return all, err
}

// approve decides on the corrections that stations have proposed.
func (u *unit) approve(ctx context.Context) error {
	if !u.here(office.Reviewer) {
		return nil
	}
	waiting, err := u.matters(ctx, office.Reviewer, "corrections", "proposed")
	if err != nil {
		return err
	}
	for _, m := range waiting {
		if _, err := u.try(ctx, office.Reviewer, "verify.approve_correction", object{"correction": m.Matter}, nil, "verify.level"); err != nil {
			return err
		}
	}
	return nil
}

// dateOf is the day of an instant.
func dateOf(ms int64) citizen.Date { return citizen.DateOf(instant(ms)) }
