package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
)

// Residents is what the register's entries add up to: Imported + Born + LateEntered = Present + InTransit + Dead + Left + Cancelled. Those who are
// present are members of Households.
type Residents struct {
	Imported    int `json:"imported"`
	Born        int `json:"born"`
	LateEntered int `json:"late_entered"` // never registered before
	Households  int `json:"households"`   // with somebody present

	Present   int `json:"present"`
	InTransit int `json:"in_transit"`
	Dead      int `json:"dead"`
	Left      int `json:"left"` // moved out of the city
	Cancelled int `json:"cancelled"`
	Moves     int `json:"moves"` // arrived
}

// tenure gathers what entries say of one registration.
type tenure struct {
	resident string
	unit     event.Unit
	openings []string         // kinds
	entered  string           // household that it was opened in
	changes  map[int64]change // by version: what the owner numbered
}

// change is one numbered change that opens or closes a tenure again.
type change struct {
	kind      string
	toTenure  string
	toUnit    event.Unit
	household string // after it
	scope     string // 12 split, 13 merge
}

// household gathers what entries say of one household.
type household struct {
	unit     event.Unit
	no       string
	versions map[int64]householdBody
}

type register struct {
	tenures  map[string]*tenure
	reserved map[string]int // citizen number -> times
	born     map[string]string

	households map[string]*household
}

func newRegister() register {
	return register{tenures: make(map[string]*tenure), reserved: make(map[string]int), born: make(map[string]string), households: make(map[string]*household)}
}

func (r *register) at(id string) *tenure {
	if r.tenures[id] == nil {
		r.tenures[id] = &tenure{changes: make(map[int64]change)}
	}
	return r.tenures[id]
}

func (r *register) open(body *registerBody, unit event.Unit, kind string) {
	t := r.at(body.Tenure)
	t.openings = append(t.openings, kind)
	t.resident, t.unit, t.entered = body.Resident, unit, body.Record.HouseholdNo
}

// registerBody has the members of the register's bodies that conservation needs.
type registerBody struct {
	Resident string     `json:"resident"`
	Tenure   string     `json:"tenure"`
	Version  int64      `json:"version"`
	ToUnit   event.Unit `json:"to_unit"`
	ToTenure string     `json:"to_tenure"`
	Number   string     `json:"number"`
	Scope    string     `json:"scope"`
	Record   struct {
		Number      string `json:"number"`
		HouseholdNo string `json:"household_no"`
	} `json:"record"`
}

// householdBody has the members of a household's bodies that conservation needs.
type householdBody struct {
	HouseholdNo string   `json:"household_no"`
	Version     int64    `json:"version"`
	State       string   `json:"state"`
	Householder string   `json:"householder"`
	Members     []string `json:"members"`
	kind        string
}

func (a *auditor) chunkImported(e *journal.Entry) error {
	body, err := decode[struct {
		Chunk string `json:"chunk"`
		Blob  string `json:"blob"`
		Lines int    `json:"lines"`
	}](e)
	if err != nil {
		return err
	}
	lines, err := a.chunkLines(e, body.Blob)
	if err != nil {
		a.breach("resident.chunk", body.Chunk, "its attachment cannot be read: %v", err)
		return nil
	}
	if lines != body.Lines {
		a.breach("resident.chunk", body.Chunk, "has %d lines, the entry says %d", lines, body.Lines)
	}
	a.report.Residents.Imported += lines
	return nil
}

func (a *auditor) chunkLines(e *journal.Entry, blob string) (n int, err error) {
	content, err := a.blobs.Open(blob)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	scanner := bufio.NewScanner(content)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var line registerBody
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return n, fmt.Errorf("line %d: %w", n+1, err)
		}
		a.register.open(&line, e.Unit, e.Kind)
		n++
	}
	return n, scanner.Err()
}

func (a *auditor) birthRegistered(e *journal.Entry) error {
	body, err := decode[registerBody](e)
	if err == nil {
		a.register.open(&body, e.Unit, e.Kind)
		a.register.born[body.Tenure] = body.Record.Number
		a.report.Residents.Born++
	}
	return err
}

func (a *auditor) lateEntered(e *journal.Entry) error {
	body, err := decode[registerBody](e)
	if err == nil {
		a.register.open(&body, e.Unit, e.Kind)
		a.register.born[body.Tenure] = body.Record.Number
		a.report.Residents.LateEntered++
	}
	return err
}

func (a *auditor) numberReserved(e *journal.Entry) error {
	body, err := decode[registerBody](e)
	if err == nil {
		a.register.reserved[body.Number]++
	}
	return err
}

func (a *auditor) movedIn(e *journal.Entry) error {
	body, err := decode[registerBody](e)
	if err == nil {
		a.register.open(&body, e.Unit, e.Kind)
		a.report.Residents.Moves++
	}
	return err
}

func (a *auditor) movedOut(e *journal.Entry) error        { return a.change(e) }
func (a *auditor) tenureResumed(e *journal.Entry) error   { return a.change(e) }
func (a *auditor) deathRegistered(e *journal.Entry) error { return a.change(e) }
func (a *auditor) cancelled(e *journal.Entry) error       { return a.change(e) }
func (a *auditor) restored(e *journal.Entry) error        { return a.change(e) }

func (a *auditor) change(e *journal.Entry) error {
	body, err := decode[registerBody](e)
	if err != nil {
		return err
	}
	t := a.register.at(body.Tenure)
	if earlier, ok := t.changes[body.Version]; ok {
		a.breach("resident.version", body.Tenure, "version %d is both %s and %s", body.Version, earlier.kind, e.Kind)
	}
	t.changes[body.Version] = change{kind: e.Kind, toTenure: body.ToTenure, toUnit: body.ToUnit, household: body.Record.HouseholdNo, scope: body.Scope}
	return nil
}

func householdKey(unit event.Unit, no string) string { return string(unit) + ":" + no }

func (a *auditor) householdStated(e *journal.Entry) error {
	body, err := decode[householdBody](e)
	if err != nil {
		return err
	}
	key := householdKey(e.Unit, body.HouseholdNo)
	h := a.register.households[key]
	if h == nil {
		h = &household{unit: e.Unit, no: body.HouseholdNo, versions: make(map[int64]householdBody)}
		a.register.households[key] = h
	}
	if earlier, ok := h.versions[body.Version]; ok {
		a.breach("household.version", key, "version %d is both %s and %s", body.Version, earlier.kind, e.Kind)
	}
	body.kind = e.Kind
	h.versions[body.Version] = body
	return nil
}

// householdNow is the household that a tenure was in last.
func (t *tenure) householdNow() string {
	if last := t.last(); last.kind != "" {
		return last.household
	}
	return t.entered
}

// sumHouseholds shows that splits and merges lose nobody: who is named changed with the household, who changed is named, and nobody is left in one
// that has ended.
func (a *auditor) sumHouseholds(present map[string]int) {
	named := make(map[string]bool) // household and tenure
	for _, key := range sortedKeys(a.register.households) {
		h := a.register.households[key]
		newest := int64(0)
		for version, body := range h.versions {
			newest = max(newest, version)
			for _, id := range body.Members {
				named[key+" "+id] = true
				if t := a.register.tenures[id]; t == nil || t.unit != h.unit || !t.wasChangedInto(h.no) {
					a.breach("household.members", key, "version %d names %s, who did not change with it", version, id)
				}
			}
			if t := a.register.tenures[body.Householder]; body.Householder != "" && (t == nil || len(t.openings) == 0) {
				a.breach("household.householder", key, "the householder %s was never registered", body.Householder)
			}
		}
		if n := present[key]; n > 0 && h.versions[newest].State == "dissolved" {
			a.breach("household.dissolved", key, "is dissolved, and %d are registered in it", n)
		}
	}
	for _, id := range sortedKeys(a.register.tenures) {
		t := a.register.tenures[id]
		for _, c := range t.changes {
			if key := householdKey(t.unit, c.household); (c.scope == "12" || c.scope == "13") && !named[key+" "+id] {
				a.breach("household.unnamed", id, "came into %s, whose entry does not name it", key)
			}
		}
	}
	a.report.Residents.Households = len(present)
}

func (t *tenure) wasChangedInto(no string) bool {
	for _, c := range t.changes {
		if c.household == no {
			return true
		}
	}
	return false
}

// last is the change with the highest version; its kind says how the tenure stands.
func (t *tenure) last() change {
	var newest int64
	for version := range t.changes {
		newest = max(newest, version)
	}
	return t.changes[newest]
}

func (a *auditor) sumResidents() {
	sums := &a.report.Residents
	open := make(map[string]string) // resident -> tenure
	present := make(map[string]int) // household -> members
	for _, id := range sortedKeys(a.register.tenures) {
		t := a.register.tenures[id]
		if len(t.openings) == 0 && len(t.changes) > 0 {
			a.breach("resident.unopened", id, "was changed (%s) but never opened", t.last().kind)
			continue
		}
		if len(t.openings) > 1 {
			a.breach("resident.doubled", id, "was opened %d times: %v", len(t.openings), t.openings)
		}
		a.countTenure(id, t, open, present)
	}
	a.sumHouseholds(present)
	for _, number := range sortedKeys(a.register.reserved) {
		if times := a.register.reserved[number]; times > 1 {
			a.breach("number.doubled", number, "was taken from the series %d times", times)
		}
	}
	for _, id := range sortedKeys(a.register.born) {
		if number := a.register.born[id]; number != "" && a.register.reserved[number] == 0 {
			a.breach("number.unreserved", id, "a newborn has a number that was never reserved")
		}
	}
	if in, out := sums.Imported+sums.Born+sums.LateEntered, sums.Present+sums.InTransit+sums.Dead+sums.Left+sums.Cancelled; in != out {
		a.breach("resident.sum", "", "%d came in, %d are accounted for", in, out)
	}
}

func (a *auditor) countTenure(id string, t *tenure, open map[string]string, present map[string]int) {
	sums := &a.report.Residents
	switch last := t.last(); last.kind {
	case "register.moved_out":
		switch {
		case last.toUnit == "":
			sums.Left++
		case a.register.tenures[last.toTenure] == nil || len(a.register.tenures[last.toTenure].openings) == 0:
			sums.InTransit++
		}
	case "register.death_registered":
		sums.Dead++
	case "register.cancelled", "register.removed":
		sums.Cancelled++
	default:
		sums.Present++
		if no := t.householdNow(); no != "" {
			present[householdKey(t.unit, no)]++
		}
		if other := open[t.resident]; other != "" {
			a.breach("resident.twice", t.resident, "is registered in %s and %s at once", other, id)
		}
		open[t.resident] = id
	}
}
