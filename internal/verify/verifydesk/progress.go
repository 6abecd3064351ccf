package verifydesk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// UnitInput names a unit of the operator's area; left out: his own.
type UnitInput struct {
	Unit event.Unit `json:"unit,omitempty"`
}

// Progress is how far a station or an area is. It counts, and shows nobody.
type Progress struct {
	Unit            event.Unit                `json:"unit"`
	Households      int                       `json:"households"`
	Visited         int                       `json:"visited"`
	Residents       int                       `json:"residents"`
	Verified        int                       `json:"verified"`
	CorrectionsOpen int                       `json:"corrections_open"`
	Late            int                       `json:"late"`
	CasesOpened     int                       `json:"cases_opened"`
	CasesClosed     int                       `json:"cases_closed"`
	Cases           map[string]map[string]int `json:"cases"`        // by kind and stage; a case between stations counts at each
	Revisits        int                       `json:"revisits"`     // blind second visits
	ItemsLooked     int                       `json:"items_looked"` // at both visits
	ItemsWrong      int                       `json:"items_wrong"`  // that one of the two had not seen
	ErrorPermille   int                       `json:"error_permille"`
	By              []verifydb.Verifier       `json:"by,omitempty"` // of one station: who found whose records right
	Stations        []Progress                `json:"stations,omitempty"`
}

func (d desk) progress(ctx context.Context, w *office.Work, in UnitInput) (all Progress, err error) {
	if in.Unit == "" {
		in.Unit = w.By.Unit
	}
	if err := w.Below(in.Unit); err != nil {
		return all, err
	}
	stations, err := registerdb.Stations(ctx, w.Tx, in.Unit)
	if err != nil {
		return all, err
	}
	counts, err := verifydb.Counts(ctx, w.Tx, in.Unit)
	if err != nil {
		return all, err
	}
	late, err := d.late(ctx, w, in.Unit)
	if err != nil {
		return all, err
	}
	all = Progress{Unit: in.Unit, Cases: make(map[string]map[string]int)}
	for _, station := range stations {
		one, err := people(ctx, w, station)
		if err != nil {
			return all, err
		}
		for _, c := range counts {
			if c.Unit == station {
				one.count(c)
			}
		}
		for _, l := range late {
			if l.Unit == station {
				one.Late++
			}
		}
		all.add(one)
		if in.Unit.Level() != event.Station {
			all.Stations = append(all.Stations, one)
		}
	}
	if in.Unit.Level() == event.Station {
		if all.By, err = verifydb.Verifiers(ctx, w.Tx, in.Unit); err != nil {
			return all, err
		}
	}
	all.Late = len(late) // what waits at the deciding units too
	all.rate()
	return all, nil
}

// people counts a station's residents and households, and those that are verified and visited.
func people(ctx context.Context, w *office.Work, station event.Unit) (p Progress, err error) {
	s, err := StandingOf(ctx, w.Tx, station)
	return Progress{Unit: station, Cases: make(map[string]map[string]int), Residents: s.Residents, Verified: s.Verified, Households: s.Households, Visited: s.Visited}, err
}

// Standing is how many residents and households of a station are registered now, and how many of them are verified and visited.
type Standing struct{ Residents, Verified, Households, Visited int }

// StandingOf counts a station's residents and households.
func StandingOf(ctx context.Context, tx *store.Tx, station event.Unit) (s Standing, err error) {
	if s, err = visitsOf(ctx, tx, station); err != nil {
		return s, err
	}
	records, err := recordsOf(ctx, tx, station)
	if err != nil {
		return s, err
	}
	s.Residents = len(records)
	s.Verified, err = office.Figure(ctx, tx, station, []string{"register", "verify"}, "verified", func() (verified int, err error) {
		marks, err := verifydb.VerifiedMarks(ctx, tx, station)
		for m := range marks {
			if _, stands := slices.BinarySearchFunc(records, keyOf(m.Tenure, m.Main), key.compare); stands {
				verified++
			}
		}
		return verified, err
	})
	return s, err
}

// key stands for a record as its mark names it: a station has some ten thousand, a city some million.
type key [16]byte

func keyOf(tenure, main string) (k key) {
	sum := sha256.Sum256([]byte(tenure + "\x00" + main))
	copy(k[:], sum[:])
	return k
}

func (k key) compare(other key) int { return bytes.Compare(k[:], other[:]) }

// recordsOf are the open records of a station as they stand, in order. They are read again when the register has changed, not whenever somebody has found one right.
func recordsOf(ctx context.Context, tx *store.Tx, station event.Unit) ([]key, error) {
	return office.Figure(ctx, tx, station, []string{"register"}, "records as they stand", func() (all []key, err error) {
		err = registerdb.EachMark(ctx, tx, station, func(tenure, main string) bool {
			all = append(all, keyOf(tenure, main))
			return true
		})
		slices.SortFunc(all, key.compare)
		return all, err
	})
}

// visitsOf is StandingOf of the households alone.
func visitsOf(ctx context.Context, tx *store.Tx, station event.Unit) (Standing, error) {
	return office.Figure(ctx, tx, station, []string{"register", "verify"}, "visited", func() (s Standing, err error) {
		visited, err := verifydb.VisitedHouseholds(ctx, tx, station)
		if err == nil {
			s.Households, s.Visited, err = registerdb.HouseholdsAmong(ctx, tx, station, visited)
		}
		return s, err
	})
}

func (p *Progress) count(c verifydb.Count) {
	switch c.Class {
	case verify.ClassCorrection:
		if c.Stage == verify.StageProposed || c.Stage == verify.StageApproved {
			p.CorrectionsOpen += c.N
		}
	case verify.ClassComparison:
		if c.Stage == verify.StageOpen {
			p.CorrectionsOpen += c.N
		}
	case verify.ClassRevisit:
		p.Revisits, p.ItemsLooked, p.ItemsWrong = p.Revisits+c.N, p.ItemsLooked+c.Looked, p.ItemsWrong+c.Errors
	case verify.ClassCase:
		if p.Cases[c.Kind] == nil {
			p.Cases[c.Kind] = make(map[string]int)
		}
		p.Cases[c.Kind][c.Stage] += c.N
		p.CasesOpened += c.N
		if c.Stage == verify.StageClosed || c.Stage == verify.StageReversed {
			p.CasesClosed += c.N
		}
	}
	p.rate()
}

func (p *Progress) rate() {
	if p.ItemsLooked > 0 {
		p.ErrorPermille = p.ItemsWrong * 1000 / p.ItemsLooked
	}
}

func (p *Progress) add(o Progress) {
	p.Households, p.Visited, p.Residents, p.Verified = p.Households+o.Households, p.Visited+o.Visited, p.Residents+o.Residents, p.Verified+o.Verified
	p.CorrectionsOpen, p.CasesOpened, p.CasesClosed = p.CorrectionsOpen+o.CorrectionsOpen, p.CasesOpened+o.CasesOpened, p.CasesClosed+o.CasesClosed
	p.Revisits, p.ItemsLooked, p.ItemsWrong = p.Revisits+o.Revisits, p.ItemsLooked+o.ItemsLooked, p.ItemsWrong+o.ItemsWrong
	for kind, stages := range o.Cases {
		if p.Cases[kind] == nil {
			p.Cases[kind] = make(map[string]int)
		}
		for stage, n := range stages {
			p.Cases[kind][stage] += n
		}
	}
}

// Late is a matter that has waited for longer than it may.
type Late struct {
	verify.Matter
	Due citizen.Date `json:"due"`
	Who event.Unit   `json:"who"` // whose turn it is
}

// late lists what has waited too long: a decision that the unit above owes, or a step of the station.
func (d desk) late(ctx context.Context, w *office.Work, area event.Unit) ([]Late, error) {
	waiting, err := verifydb.Waiting(ctx, w.Tx, area, w.Now)
	if err != nil {
		return nil, err
	}
	all := []Late{}
	for _, m := range waiting {
		who, due := d.settings.Due(m)
		if w.Today.After(due) {
			all = append(all, Late{Matter: m, Due: due, Who: who})
		}
	}
	return all, nil
}

// ListInput asks for a work list.
type ListInput struct {
	Purpose string `json:"purpose"`
	What    string `json:"what"` // unvisited, unverified, waiting, late, runs, findings, visits, revisits, comparisons, corrections, cases, proposals
	Stage   string `json:"stage,omitempty"`
	Limit   int    `json:"limit,omitempty"` // left out: 200
}

// Listed is one line of a work list.
type Listed struct {
	verify.Matter
	Name    string       `json:"name,omitempty"`
	Address string       `json:"address,omitempty"`
	Due     citizen.Date `json:"due,omitzero"`
	Who     event.Unit   `json:"who,omitempty"`
}

var classes = map[string]string{"runs": verify.ClassRun, "findings": verify.ClassFindings, "visits": verify.ClassVisit, "revisits": verify.ClassRevisit,
	"comparisons": verify.ClassComparison, "corrections": verify.ClassCorrection, "cases": verify.ClassCase, "proposals": verify.ClassProposal}

func (d desk) list(ctx context.Context, w *office.Work, in ListInput) ([]Listed, error) {
	if err := record(w, register.LookedUp{Purpose: in.Purpose, How: "unit", Wide: true, About: w.By.Unit}); err != nil {
		return nil, err
	}
	if in.Limit <= 0 {
		in.Limit = defaultFindings
	}
	if in.What == "unvisited" || in.What == "unverified" {
		return d.remaining(ctx, w, in)
	}
	out := []Listed{}
	if in.What == "late" {
		late, err := d.late(ctx, w, w.By.Unit)
		for _, l := range late[:min(in.Limit, len(late))] {
			out = append(out, Listed{Matter: l.Matter, Due: l.Due, Who: l.Who})
		}
		if err != nil {
			return nil, err
		}
		return out, named(ctx, w, out)
	}
	if in.What == "waiting" {
		mine, err := d.mine(ctx, w)
		if err != nil {
			return nil, err
		}
		mine = mine[:min(in.Limit, len(mine))]
		return mine, named(ctx, w, mine)
	}
	class, ok := classes[in.What]
	if !ok {
		return nil, event.Refuse("verify.list", "", citizen.Text{ZH: "没有清单 " + in.What, EN: "there is no list " + in.What},
			citizen.Text{ZH: "unvisited、unverified、waiting、late、runs、findings、visits、revisits、comparisons、corrections、cases、proposals 之一", EN: "one of unvisited, unverified, waiting, late, runs, findings, visits, revisits, comparisons, corrections, cases, proposals"})
	}
	if class == verify.ClassVisit && w.By.Unit.Level() != event.Station {
		return nil, blind()
	}
	all, err := verifydb.List(ctx, w.Tx, w.By.Unit, class, in.Stage, in.Limit)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		one := Listed{Matter: m}
		if waits(m) {
			one.Who, one.Due = d.settings.Due(m)
		}
		out = append(out, one)
	}
	return out, named(ctx, w, out)
}

// blind keeps what a first visit found from whoever may make the second.
func blind() *event.Refusal {
	return event.Refuse("verify.blind", "", citizen.Text{ZH: "首次入户的结果在复查之前不对上级显示", EN: "what a first visit found is not shown above the station before the second visit"},
		citizen.Text{ZH: "复查后结果自动对照（verify.revisit）", EN: "the second visit compares the two (verify.revisit)"})
}

// remaining lists who or which household nobody has looked at yet.
func (d desk) remaining(ctx context.Context, w *office.Work, in ListInput) ([]Listed, error) {
	stations, err := registerdb.Stations(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return nil, err
	}
	out := []Listed{}
	for _, station := range stations {
		if len(out) == in.Limit {
			return out, nil
		}
		if out, err = remainingAt(ctx, w, station, in, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// remainingAt adds a station's to the list, until it is full.
func remainingAt(ctx context.Context, w *office.Work, station event.Unit, in ListInput, out []Listed) ([]Listed, error) {
	if in.What == "unverified" {
		people, err := unverified(ctx, w, station, in.Limit-len(out))
		for _, p := range people {
			out = append(out, listed(p))
		}
		return out, err
	}
	seen, err := verifydb.VisitedHouseholds(ctx, w.Tx, station)
	if err != nil {
		return nil, err
	}
	return out, registerdb.EachOpen(ctx, w.Tx, station, func(p registerdb.Person) (more bool, err error) {
		if !seen[p.HouseholdNo] {
			out = append(out, listed(p))
		}
		seen[p.HouseholdNo] = true
		return len(out) < in.Limit, nil
	})
}

func listed(p registerdb.Person) Listed {
	return Listed{Matter: verify.Matter{Unit: p.Unit, Tenure: p.Tenure, Resident: p.Resident, HouseholdNo: p.HouseholdNo}, Name: p.Name, Address: p.Address}
}

// unverified are those of a station whose record nobody found right as it stands, at most so many, those born first before the others.
func unverified(ctx context.Context, w *office.Work, station event.Unit, limit int) ([]registerdb.Person, error) {
	marks, err := verifydb.VerifiedMarks(ctx, w.Tx, station)
	if err != nil {
		return nil, err
	}
	var tenures []string
	if err := registerdb.EachMark(ctx, w.Tx, station, func(tenure, main string) bool {
		if !marks[verifydb.Mark{Tenure: tenure, Main: main}] {
			tenures = append(tenures, tenure)
		}
		return len(tenures) < limit
	}); err != nil {
		return nil, err
	}
	people, err := registerdb.PeopleOf(ctx, w.Tx, station, tenures)
	if err != nil {
		return nil, err
	}
	all := make([]registerdb.Person, 0, len(tenures))
	for _, tenure := range tenures {
		all = append(all, people[tenure])
	}
	return all, nil
}

// ShowInput names a matter.
type ShowInput struct {
	Matter  string `json:"matter"`
	Purpose string `json:"purpose"`
}

// Shown is a matter with its steps, on the sides that the operator may see.
type Shown struct {
	Sides   []ShownSide   `json:"sides"`
	Persons []ShownPerson `json:"persons"` // whom the sides speak of, as they are registered
}

// ShownPerson is a registration as it stands and what became of it: whoever decides has to see it.
type ShownPerson struct {
	Unit    event.Unit      `json:"unit"`
	Tenure  string          `json:"tenure"`
	State   string          `json:"state"`
	Record  register.Record `json:"record"`
	History []ShownChange   `json:"history"`
}

// ShownChange is one change of a registration.
type ShownChange struct {
	At      int64              `json:"at"` // ms UTC
	Kind    string             `json:"kind"`
	Altered []register.Altered `json:"altered"`
}

// ShownSide is one side.
type ShownSide struct {
	verify.Matter
	Steps []ShownStep   `json:"steps"`
	Due   citizen.Date  `json:"due,omitzero"` // of what waits: by when
	Turns []verify.Turn `json:"turns"`        // of a case: what can be done, and what it waits for
}

// ShownStep is one step with its words.
type ShownStep struct {
	verify.Step
	Words citizen.Text `json:"words"`
}

func (d desk) show(ctx context.Context, w *office.Work, in ShowInput) (out Shown, err error) {
	matters, err := verifydb.Matters(ctx, w.Tx, in.Matter)
	if err != nil {
		return out, err
	}
	var tenures []string
	out.Sides = []ShownSide{}
	for _, m := range matters {
		if !w.By.Unit.Contains(m.Unit) {
			continue
		}
		if m.Class == verify.ClassVisit && w.By.Unit != m.Unit {
			seen, err := verifydb.Revisited(ctx, w.Tx, m.Unit, m.ID)
			if err != nil {
				return out, err
			}
			if !seen {
				return out, blind()
			}
		}
		s := ShownSide{Matter: m, Turns: []verify.Turn{}}
		if waits(m) {
			_, s.Due = d.settings.Due(m)
		}
		steps, err := verifydb.Steps(ctx, w.Tx, m.Unit, m.ID)
		if err != nil {
			return out, err
		}
		for _, st := range steps {
			s.Steps = append(s.Steps, ShownStep{Step: st, Words: verify.Words[st.Kind]})
		}
		out.Sides = append(out.Sides, s)
		tenures = append(tenures, verify.TenuresIn(steps)...)
	}
	if len(out.Sides) == 0 {
		return out, verify.NotFound()
	}
	if err := out.turns(ctx, w, in.Matter); err != nil {
		return out, err
	}
	slices.Sort(tenures)
	tenures = slices.Compact(tenures)
	if err := out.persons(ctx, w, tenures); err != nil {
		return out, err
	}
	return out, record(w, register.LookedUp{Purpose: in.Purpose, How: "tenure", Tenures: tenures})
}

// persons reads the registrations that the sides speak of, as far as they stand in the operator's area.
func (s *Shown) persons(ctx context.Context, w *office.Work, tenures []string) error {
	s.Persons = []ShownPerson{}
	for _, id := range tenures {
		t, ok, err := registerdb.TenureOf(ctx, w.Tx, id)
		if err != nil {
			return err
		}
		if !ok || !w.By.Unit.Contains(t.Unit) {
			continue
		}
		one := ShownPerson{Unit: t.Unit, Tenure: t.ID, State: t.State, Record: t.Record, History: []ShownChange{}}
		history, err := registerdb.History(ctx, w.Tx, t.Unit, t.ID)
		if err != nil {
			return err
		}
		for _, h := range history {
			change := ShownChange{At: h.At, Kind: h.Kind, Altered: []register.Altered{}}
			if h.Before != nil {
				if change.Altered, err = register.Alterations(*h.Before, h.Record); err != nil {
					return err
				}
			}
			one.History = append(one.History, change)
		}
		s.Persons = append(s.Persons, one)
	}
	return nil
}

// turns says of each side that is shown what can be done about it. A station knows its own side alone.
func (s *Shown) turns(ctx context.Context, w *office.Work, id string) error {
	_, p, err := verifydb.Case(ctx, w.Tx, id)
	if err != nil {
		return err
	}
	for i := range s.Sides {
		one := &s.Sides[i]
		if one.Class != verify.ClassCase {
			continue
		}
		side, err := verifydb.SideOf(ctx, w.Tx, one.Unit, id)
		if err != nil {
			return err
		}
		one.Turns = append(one.Turns, side.Turns(p, w.Today)...)
	}
	return nil
}
