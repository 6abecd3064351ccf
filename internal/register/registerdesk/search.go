package registerdesk

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// SearchInput asks for people by exactly one item, page by page. A name is compared by its sound and initials by their letters (zs), both from the
// beginning; an address holds what is asked for anywhere.
type SearchInput struct {
	Number      string     `json:"number,omitempty"`
	Name        string     `json:"name,omitempty"`
	Initials    string     `json:"initials,omitempty"`
	HouseholdNo string     `json:"household_no,omitempty"`
	Address     string     `json:"address,omitempty"`
	Unit        event.Unit `json:"unit,omitempty"` // empty: the operator's and those below
	Open        bool       `json:"open,omitempty"` // only those who are registered now
	After       string     `json:"after,omitempty"`
	Limit       int        `json:"limit,omitempty"` // at most 100, and 50 when left out
	Purpose     string     `json:"purpose"`
}

// SearchOutput is a page; Next goes into After for the following one.
type SearchOutput struct {
	Found []Found `json:"found"`
	Next  string  `json:"next,omitempty"`
}

// The sizes of a page.
const (
	usualPage = 50
	largePage = 100
)

func searchPeople(ctx context.Context, w *office.Work, in SearchInput) (out SearchOutput, err error) {
	how, err := in.how()
	if err != nil {
		return out, err
	}
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return out, err
	}
	if in.Address != "" && area.Level() != event.Station {
		r := refuse("register.search_area", "", "按住址查询须指定派出所", "a search by address needs a station", "填写派出所代码（unit）", "name the station (unit)")
		r.Field = "unit"
		return out, r
	}
	if in.Limit <= 0 {
		in.Limit = usualPage
	}
	in.Limit = min(in.Limit, largePage)
	found, err := registerdb.Find(ctx, w.Tx, registerdb.Search{Area: area, Number: in.Number, Pinyin: citizen.Pinyin(in.Name), Initials: strings.ToLower(in.Initials),
		HouseholdNo: in.HouseholdNo, Address: in.Address, Open: in.Open, After: in.After, Limit: in.Limit + 1})
	if err != nil {
		return out, err
	}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Next = found[in.Limit-1].ID
	}
	log := register.LookedUp{Purpose: in.Purpose, How: how, Wide: how != "number"}
	out.Found = []Found{}
	for _, t := range found {
		out.Found = append(out.Found, found1(t))
		if !log.Wide {
			log.Tenures = append(log.Tenures, t.ID)
		}
	}
	return out, record(w, log)
}

func found1(t register.Tenure) Found {
	return Found{Unit: t.Unit, Tenure: t.ID, Resident: t.Resident, Version: t.Version, State: t.State, InTransit: t.InTransit, Record: t.Record}
}

// how is the one item that is asked for.
func (in SearchInput) how() (how string, err error) {
	for _, item := range []struct{ name, value string }{{"number", in.Number}, {"name", in.Name}, {"initials", in.Initials}, {"household", in.HouseholdNo}, {"address", in.Address}} {
		if item.value == "" {
			continue
		}
		if how != "" {
			how = ""
			break
		}
		how = item.name
	}
	if how == "" {
		return "", refuse("register.find_by", "", "号码、姓名、首字母、户号、住址只填一项", "give exactly one of number, name, initials, household_no and address", "改正查询条件", "correct the search")
	}
	return how, nil
}

// HouseholdInput asks for a household with its members.
type HouseholdInput struct {
	Unit        event.Unit `json:"unit,omitempty"` // empty: the operator's
	HouseholdNo string     `json:"household_no"`
	Purpose     string     `json:"purpose"`
}

// HouseholdShown is a household, its members in the order of the booklet's pages, and its own history.
type HouseholdShown struct {
	register.Household
	NeedsHouseholder bool                          `json:"needs_householder,omitempty"`
	Members          []Found                       `json:"members"`
	History          []registerdb.HouseholdChanged `json:"history"`
}

func showHousehold(ctx context.Context, w *office.Work, in HouseholdInput) (out HouseholdShown, err error) {
	unit, err := areaOf(w, in.Unit)
	if err != nil {
		return out, err
	}
	out.Members, out.History = []Found{}, []registerdb.HouseholdChanged{}
	if out.Household, err = registerdb.HouseholdOf(ctx, w.Tx, unit, in.HouseholdNo); err != nil {
		return out, err
	}
	if out.State == "" {
		return out, out.Standing(register.By{Unit: unit, Today: w.Today})
	}
	log := register.LookedUp{Purpose: in.Purpose, How: "household"}
	for _, t := range out.Household.Members {
		out.Members = append(out.Members, found1(t))
		log.Tenures = append(log.Tenures, t.ID)
	}
	out.NeedsHouseholder = headless(out.Household, nil)
	changes, err := registerdb.HouseholdHistory(ctx, w.Tx, unit, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	out.History = append(out.History, changes...)
	return out, record(w, log)
}

// HeadlessInput asks for the households that have no householder, or several, after a place in the list.
type HeadlessInput struct {
	Unit      event.Unit `json:"unit,omitempty"` // empty: the operator's and those below
	AfterUnit event.Unit `json:"after_unit,omitempty"`
	AfterNo   string     `json:"after_no,omitempty"`
	Purpose   string     `json:"purpose"`
}

func withoutHead(ctx context.Context, w *office.Work, in HeadlessInput) ([]registerdb.Headless, error) {
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return nil, err
	}
	found, err := registerdb.WithoutHead(ctx, w.Tx, area, in.AfterUnit, in.AfterNo)
	if err != nil {
		return nil, err
	}
	return append([]registerdb.Headless{}, found...), record(w, register.LookedUp{Purpose: in.Purpose, How: "without_head", Wide: true, About: area})
}

// CountInput asks how many are registered, without names.
type CountInput struct {
	Unit event.Unit `json:"unit,omitempty"` // empty: the operator's and those below
	By   string     `json:"by"`             // unit, sex, ethnic_group, birth_year, entered
}

// CountOutput are the open registrations, and the households that they make.
type CountOutput struct {
	Residents  int64                `json:"residents"`
	Households int64                `json:"households"`
	Counts     []registerdb.Counted `json:"counts"`
}

func count(ctx context.Context, w *office.Work, in CountInput) (out CountOutput, err error) {
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return out, err
	}
	if !registerdb.CountBy(in.By) {
		r := refuse("register.count_by", "", "不能按此项统计", "residents are not counted by that", "按 unit、sex、ethnic_group、birth_year 或 entered 统计", "count by unit, sex, ethnic_group, birth_year or entered")
		r.Field = "by"
		return out, r
	}
	if out.Counts, err = registerdb.Count(ctx, w.Tx, area, in.By); err != nil {
		return out, err
	}
	for _, c := range out.Counts {
		out.Residents += c.Count
	}
	out.Counts = append([]registerdb.Counted{}, out.Counts...)
	out.Households, err = registerdb.CountHouseholds(ctx, w.Tx, area)
	return out, err
}

// LateInput asks for the births, deaths and arrivals that were declared late, registered in a period of days.
type LateInput struct {
	Unit    event.Unit   `json:"unit,omitempty"` // empty: the operator's and those below
	From    citizen.Date `json:"from"`
	To      citizen.Date `json:"to"`
	Purpose string       `json:"purpose"`
}

// LateDeclared is one of them.
type LateDeclared struct {
	registerdb.Declared
	Text         citizen.Text `json:"text"`
	RegisteredOn citizen.Date `json:"registered_on"`
	Days         int          `json:"days"` // from the event to the registration
}

// One list looks at no more days, and names no more people.
const (
	maxLatePeriod = 366
	maxLate       = 500
)

func lateDeclarations(ctx context.Context, w *office.Work, in LateInput) ([]LateDeclared, error) {
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return nil, err
	}
	if in.From.IsZero() || in.To.Before(in.From) || in.From.DaysUntil(in.To) > maxLatePeriod {
		r := refuse("register.date", "GB/T 7408", "起止日期缺少、颠倒或超过一年", "the two dates are missing, in the wrong order or more than a year apart", "改正起止日期", "correct the two dates")
		r.Field = "from"
		return nil, r
	}
	all := []LateDeclared{}
	for page, more, after := []registerdb.Declared(nil), true, (registerdb.Declared{}); more && len(all) < maxLate; {
		if page, more, err = registerdb.Declarations(ctx, w.Tx, area, startOf(in.From), startOf(in.To.AddDays(1)), after); err != nil {
			return nil, err
		}
		for _, d := range page {
			after = d
			late, err := wasLate(ctx, w, d.Ref)
			if err != nil {
				return nil, err
			}
			if late && len(all) < maxLate {
				on := dateOf(d.At)
				all = append(all, LateDeclared{Declared: d, Text: w.Office.Words(d.Kind), RegisteredOn: on, Days: d.EffectiveOn.DaysUntil(on)})
			}
		}
	}
	return all, record(w, register.LookedUp{Purpose: in.Purpose, How: "late", Wide: true, About: area})
}

// wasLate tells what the entry said of its own lateness, by the terms of that day.
func wasLate(ctx context.Context, w *office.Work, ref event.Ref) (bool, error) {
	e, err := journal.At(ctx, w.Tx, ref)
	if errors.Is(err, journal.ErrNoEntry) || err == nil && e.Erased() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var body struct {
		Late bool `json:"late"`
	}
	err = e.Decode(&body)
	return body.Late, err
}

// startOf is when a civil day begins in Asia/Shanghai, ms UTC.
func startOf(d citizen.Date) int64 {
	return time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, shanghai).UnixMilli()
}

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)
