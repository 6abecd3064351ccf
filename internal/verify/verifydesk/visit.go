package verifydesk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// PlanInput asks for the households to visit. Unit is left out at a station.
type PlanInput struct {
	Purpose string     `json:"purpose"`
	Unit    event.Unit `json:"unit,omitempty"`
	Officer string     `json:"officer,omitempty"`      // printed on the list
	Address string     `json:"address,omitempty"`      // the beginning of the addresses of the officer's area
	Sample  bool       `json:"sample,omitempty"`       // for a second visit: households that were visited, without what was found
	Number  string     `json:"household_no,omitempty"` // this household alone, visited or not
	After   string     `json:"after,omitempty"`        // the household after which the list goes on
	Limit   int        `json:"limit,omitempty"`        // households; left out: 50
}

// Plan is a list of households.
type Plan struct {
	Households []PlannedHousehold `json:"households"`
	Total      int                `json:"total"` // how many there are; the list may be shorter
	Text       string             `json:"text"`  // to print; nothing is written on it but differences on their own sheet
}

// PlannedHousehold is one household with its members as registered.
type PlannedHousehold struct {
	HouseholdNo string          `json:"household_no"`
	Address     string          `json:"address"`
	Members     []PlannedMember `json:"members"`
}

// PlannedMember is a member's base card.
type PlannedMember struct {
	Tenure      string       `json:"tenure"`
	Name        string       `json:"name"`
	Sex         string       `json:"sex"`
	EthnicGroup string       `json:"ethnic_group"`
	BirthDate   citizen.Date `json:"birth_date"`
	Number      string       `json:"number"`
	Relation    string       `json:"relation"`
}

const defaultPlan = 50

func visitPlan(ctx context.Context, w *office.Work, in PlanInput) (plan Plan, err error) {
	if in.Unit == "" {
		in.Unit = w.By.Unit
	}
	if err := w.Below(in.Unit); err != nil {
		return plan, err
	}
	if in.Number != "" {
		return oneHousehold(ctx, w, in)
	}
	if err := record(w, register.LookedUp{Purpose: in.Purpose, How: "unit", Wide: true, About: in.Unit}); err != nil {
		return plan, err
	}
	if in.Limit <= 0 {
		in.Limit = defaultPlan
	}
	visited, err := verifydb.VisitedHouseholds(ctx, w.Tx, in.Unit)
	if err != nil {
		return plan, err
	}
	if plan.Total, err = in.total(ctx, w, visited); err != nil {
		return plan, err
	}
	if plan.Households, err = in.households(ctx, w, visited); err != nil {
		return plan, err
	}
	plan.print(in, w.Today)
	return plan, nil
}

// total counts the households of the whole list.
func (in PlanInput) total(ctx context.Context, w *office.Work, visited map[string]bool) (int, error) {
	type count struct{ all, visited int }
	n, err := office.Figure(ctx, w.Tx, in.Unit, []string{"register", "verify"}, "plan "+in.Address, func() (n count, err error) {
		n.all, n.visited, err = registerdb.HouseholdsUnderAddress(ctx, w.Tx, in.Unit, in.Address, visited)
		return n, err
	})
	if in.Sample {
		return n.visited, err
	}
	return n.all - n.visited, err
}

// households are those of the list: along the streets, or a sample that is drawn by a digest of number and day, so that nobody chooses it.
func (in PlanInput) households(ctx context.Context, w *office.Work, visited map[string]bool) ([]PlannedHousehold, error) {
	if in.Sample {
		return in.sample(ctx, w, in.drawn(w.Today, visited))
	}
	var after registerdb.Stop
	if in.After != "" {
		stop, ok, err := registerdb.StopOf(ctx, w.Tx, in.Unit, in.After)
		if err != nil {
			return nil, err
		}
		if ok {
			after = stop
		}
	}
	all, seen := []PlannedHousehold{}, make(map[string]bool)
	for len(all) < in.Limit {
		var stops []registerdb.Stop
		before := after
		err := registerdb.EachStop(ctx, w.Tx, in.Unit, in.Address, before, func(s registerdb.Stop) bool {
			if after = s; !seen[s.HouseholdNo] && !visited[s.HouseholdNo] {
				stops = append(stops, s)
			}
			seen[s.HouseholdNo] = true
			return len(stops) < in.Limit-len(all)
		})
		if err != nil {
			return nil, err
		}
		found, err := in.read(ctx, w, stops)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if after == before {
			break
		}
	}
	return all, nil
}

// read reads the households at some stops, without those that stand at an address before.
func (in PlanInput) read(ctx context.Context, w *office.Work, stops []registerdb.Stop) (all []PlannedHousehold, err error) {
	numbers := make([]string, len(stops))
	for i, s := range stops {
		numbers[i] = s.HouseholdNo
	}
	members, err := registerdb.HouseholdsOf(ctx, w.Tx, in.Unit, numbers)
	for _, s := range stops {
		if h := in.household(s.HouseholdNo, members[s.HouseholdNo]); h.Address == s.Address {
			all = append(all, h)
		}
	}
	return all, err
}

// sample reads the first of the households drawn in which somebody is registered.
func (in PlanInput) sample(ctx context.Context, w *office.Work, drawn []string) ([]PlannedHousehold, error) {
	all := []PlannedHousehold{}
	for some := range slices.Chunk(drawn, in.Limit) {
		members, err := registerdb.HouseholdsOf(ctx, w.Tx, in.Unit, some)
		if err != nil {
			return nil, err
		}
		for _, no := range some {
			if h := in.household(no, members[no]); len(h.Members) > 0 && len(all) < in.Limit {
				all = append(all, h)
			}
		}
		if len(all) == in.Limit {
			break
		}
	}
	return all, nil
}

// drawn puts the visited households into the order of the sample, without those up to the one after which it goes on, which need not be in it any more.
func (in PlanInput) drawn(today citizen.Date, visited map[string]bool) []string {
	key := func(no string) string {
		sum := sha256.Sum256([]byte(today.String() + string(in.Unit) + no))
		return hex.EncodeToString(sum[:8]) + no
	}
	var keys []string
	for no := range visited {
		if in.After == "" || key(no) > key(in.After) {
			keys = append(keys, key(no))
		}
	}
	slices.Sort(keys)
	for i := range keys {
		keys[i] = keys[i][16:]
	}
	return keys
}

// household is the base card of a household, of the members whose address begins as the list asks.
func (in PlanInput) household(no string, members []register.Tenure) PlannedHousehold {
	h := PlannedHousehold{HouseholdNo: no}
	for _, t := range members {
		address := t.Record.Address
		if !strings.HasPrefix(address, in.Address) {
			continue
		}
		if len(h.Members) == 0 || address < h.Address {
			h.Address = address
		}
		h.Members = append(h.Members, planned(t))
	}
	return h
}

func planned(t register.Tenure) PlannedMember {
	r := &t.Record
	return PlannedMember{Tenure: t.ID, Name: r.Name, Sex: r.Sex, EthnicGroup: r.EthnicGroup, BirthDate: r.BirthDate, Number: r.Number, Relation: r.Relation}
}

// oneHousehold is the base card of one household, without what a visit found.
func oneHousehold(ctx context.Context, w *office.Work, in PlanInput) (plan Plan, err error) {
	members, err := registerdb.Household(ctx, w.Tx, in.Unit, in.Number)
	if err != nil {
		return plan, err
	}
	log := register.LookedUp{Purpose: in.Purpose, How: "household"}
	plan.Households = []PlannedHousehold{}
	for _, t := range members {
		if plan.Total == 0 {
			plan.Total, plan.Households = 1, []PlannedHousehold{{HouseholdNo: in.Number, Address: t.Record.Address}}
		}
		plan.Households[0].Members = append(plan.Households[0].Members, planned(t))
		log.Tenures = append(log.Tenures, t.ID)
	}
	plan.print(in, w.Today)
	return plan, record(w, log)
}

func (p *Plan) print(in PlanInput, today citizen.Date) {
	var out strings.Builder
	fmt.Fprintf(&out, "入户核对表  %s  %s  责任区民警 %s\n", in.Unit, today, in.Officer)
	for _, h := range p.Households {
		fmt.Fprintf(&out, "\n户号 %s  住址 %s\n", h.HouseholdNo, h.Address)
		for _, m := range h.Members {
			relation, _ := citizen.Relations.ByCode(m.Relation)
			group, _ := citizen.EthnicGroups.ByCode(m.EthnicGroup)
			fmt.Fprintf(&out, "  [ ] %s  %s  %s  %s  %s  %s\n", m.Name, relation.ZH, citizen.Sex(m.Sex).Text().ZH, group.ZH, m.BirthDate, m.Number)
		}
		out.WriteString("  签字 ________  不同之处另纸填写\n")
	}
	p.Text = out.String()
}

// VisitInput is a visit by exception: each member stands once, as present, absent or marked; differences alone are written.
type VisitInput struct {
	Unit         event.Unit            `json:"unit,omitempty"` // of a second visit: the station
	HouseholdNo  string                `json:"household_no"`
	On           citizen.Date          `json:"on"`
	Signed       string                `json:"signed"`
	Present      []string              `json:"present"`
	Absent       []verify.Absence      `json:"absent,omitempty"`
	Differences  []verify.Difference   `json:"differences,omitempty"`
	Marks        []verify.Mark         `json:"marks,omitempty"`
	Unregistered []verify.Unregistered `json:"unregistered,omitempty"`
	EmptyHung    bool                  `json:"empty_hung,omitempty"`
}

func (in VisitInput) body(id string) verify.Visited {
	return verify.Visited{About: verify.About{Matter: id}, HouseholdNo: in.HouseholdNo, On: in.On, Signed: in.Signed, Present: in.Present, Absent: in.Absent,
		Differences: in.Differences, Marks: in.Marks, Unregistered: in.Unregistered, EmptyHung: in.EmptyHung}
}

// VisitOutput says who is verified and which cases the visit opened.
type VisitOutput struct {
	Visit    string   `json:"visit"`
	Verified []string `json:"verified"` // tenures
	Cases    []string `json:"cases"`
}

func visited(ctx context.Context, w *office.Work, in VisitInput) (out VisitOutput, err error) {
	if err := w.Lock(ctx, "cases:"+string(w.By.Unit), "household:"+string(w.By.Unit)+":"+in.HouseholdNo); err != nil {
		return out, err
	}
	if out.Visit, err = mint(); err != nil {
		return out, err
	}
	household, waits, err := household(ctx, w, w.By.Unit, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	v, err := verify.VisitHousehold(by(w), in.body(out.Visit), household, waits)
	if err != nil {
		return out, err
	}
	cases, events, err := visitCases(ctx, w, v, household)
	if err != nil {
		return out, err
	}
	v.Cases, out.Cases = cases, append([]string{}, cases...)
	out.Verified = []string{}
	for _, one := range v.Verified {
		out.Verified = append(out.Verified, one.Tenure)
	}
	w.Emit(verify.VisitEvents(by(w), v, events)...)
	return out, nil
}

// household reads a household and which of its residents have a correction that is not through.
func household(ctx context.Context, w *office.Work, unit event.Unit, no string) (all []register.Tenure, waits map[string]bool, err error) {
	if all, err = registerdb.Household(ctx, w.Tx, unit, no); err != nil {
		return nil, nil, err
	}
	waits = make(map[string]bool)
	for _, t := range all {
		if waits[t.Resident], err = pending(ctx, w, t.Resident); err != nil {
			return nil, nil, err
		}
	}
	return all, waits, nil
}

// visitCases opens what a visit found and nobody has opened yet.
func visitCases(ctx context.Context, w *office.Work, v verify.Visited, household []register.Tenure) (ids []string, events []event.Event, err error) {
	add := func(o verify.Opening) error {
		clue := ""
		if o.Kind == verify.CaseChild { // each child has a case of its own, which its name tells
			clue = o.Clue
		}
		known, err := verifydb.CaseOfHousehold(ctx, w.Tx, w.By.Unit, v.HouseholdNo, o.Kind, clue)
		if len(o.Parties) == 1 && err == nil {
			known, err = verifydb.OpenCaseOf(ctx, w.Tx, w.By.Unit, o.Parties[0].Tenure, o.Kind)
		}
		if err != nil || known {
			return err
		}
		o.HouseholdNo = v.HouseholdNo
		id, opened, err := opens(w, o)
		ids, events = append(ids, id), append(events, opened...)
		return err
	}
	for _, u := range v.Unregistered {
		if u.Child {
			if err := add(verify.Opening{Kind: verify.CaseChild, Clue: "入户发现未落户儿童：" + u.Name}); err != nil {
				return nil, nil, err
			}
		}
	}
	if v.EmptyHung {
		o := verify.Opening{Kind: verify.CaseEmptyHung, Clue: "入户发现空挂"}
		for _, t := range household {
			o.Parties = append(o.Parties, party(t))
		}
		if err := add(o); err != nil {
			return nil, nil, err
		}
	}
	kinds := map[string]string{verify.MarkNotHere: verify.CaseSeparation, verify.MarkCancellable: verify.CaseDead}
	for _, m := range v.Marks {
		for _, t := range household {
			if t.ID == m.Tenure {
				if err := add(verify.Opening{Kind: kinds[m.Mark], Parties: []verify.Party{party(t)}, Clue: m.Words}); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	return ids, events, nil
}

// RevisitOutput is what the two visits say differently, which the second visitor sees only now.
type RevisitOutput struct {
	Visit    string              `json:"visit"`
	Items    int                 `json:"items"`
	Missed   []verify.Difference `json:"missed"`
	NotFound []verify.Difference `json:"not_found"`
}

func revisit(ctx context.Context, w *office.Work, in VisitInput) (out RevisitOutput, err error) {
	if err := w.Below(in.Unit); err != nil {
		return out, err
	}
	if err := w.Lock(ctx, "household:"+string(in.Unit)+":"+in.HouseholdNo); err != nil {
		return out, err
	}
	if out.Visit, err = mint(); err != nil {
		return out, err
	}
	all, waits, err := household(ctx, w, in.Unit, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	first, ok, err := firstVisit(ctx, w, in.Unit, in.HouseholdNo)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, event.Refuse("verify.not_visited", "", citizen.Text{ZH: "该户尚未首次入户核对", EN: "the household has not been visited yet"},
			citizen.Text{ZH: "从抽查名单中选取（verify.visit_plan）", EN: "take one of the sample (verify.visit_plan)"})
	}
	station := verify.By{Unit: in.Unit, Operator: w.By.ID, Today: w.Today}
	v, err := verify.VisitHousehold(station, in.body(out.Visit), all, waits)
	if err != nil {
		return out, err
	}
	v.Verified = nil
	second := verify.Revisited{Visited: v}
	verify.Blind(&first, &second)
	w.Emit(event.Event{Stream: event.To(w.By.Unit, in.Unit), Kind: verify.KindRevisited, V: 1, Subject: out.Visit, Body: second})
	out.Items, out.Missed, out.NotFound = second.Items, append([]verify.Difference{}, second.Missed...), append([]verify.Difference{}, second.NotFound...)
	return out, nil
}

// firstVisit is the newest visit of a household by its station.
func firstVisit(ctx context.Context, w *office.Work, unit event.Unit, no string) (v verify.Visited, ok bool, err error) {
	visits, err := verifydb.Visits(ctx, w.Tx, unit, no)
	if err != nil || len(visits) == 0 {
		return v, false, err
	}
	steps, err := verifydb.Steps(ctx, w.Tx, unit, visits[0].ID)
	if err != nil {
		return v, false, err
	}
	v, _, ok = verify.VisitOf(steps)
	return v, ok, nil
}
