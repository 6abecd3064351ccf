package audit

import (
	"maps"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
)

// CleanUp is what the entries of verification add up to.
type CleanUp struct {
	Visits      int `json:"visits"`
	Corrections int `json:"corrections"` // of main items, carried out
	CasesOpened int `json:"cases_opened"`
	CasesClosed int `json:"cases_closed"`
	Ended       int `json:"ended"`    // registrations that a decision ended
	Restored    int `json:"restored"` // of them, given back
	Unproved    int `json:"unproved"` // decisions that are named and not held here (yet)
}

// cleanUp gathers what stands behind each registration that ended and each main item that changed.
type cleanUp struct {
	acts    map[string]*act // by the place of the entry in the journal
	ended   []ending
	altered []alteration
	opened  map[string]map[event.Unit]string // case -> side -> kind
	closed  map[string]bool
	own     map[string]map[event.Unit][]string     // case -> side -> tenures
	left    map[string]bool                        // tenures that ended at their station, in whatever way
	carried map[string]map[event.Unit]map[int]bool // case -> side -> round
	decided map[string]map[event.Unit]map[int]bool
}

// act is an entry that a decision rests on.
type act struct {
	kind     string
	leaf     string
	unit     event.Unit
	operator string
	on       citizen.Date // by the clock of who wrote it
	body     actBody
	cause    *event.Ref
}

type actBody struct {
	Matter    string       `json:"matter"`
	Home      event.Unit   `json:"home"`
	Kind      string       `json:"kind"`
	Round     int          `json:"round"`
	Tenure    string       `json:"tenure"`
	On        citizen.Date `json:"on"`
	Until     citizen.Date `json:"until"`      // of a submission's notice
	Approved  bool         `json:"approved"`   // of a submission's decision
	Submitted string       `json:"submission"` // what a window asked for, instead of a case
	Case      string       `json:"case"`       // of a submission's decision: abroad, army, missing
	Proposer  string       `json:"proposer"`
	Objection int          `json:"objection_days"`
	Own       []struct {
		Tenure string `json:"tenure"`
	} `json:"own"` // of an opening
	Orders []struct {
		Tenure string `json:"tenure"`
		Do     string `json:"do"`
	} `json:"orders"`
}

// ending is a registration that ended by a decision; alteration a main item that changed.
type ending struct {
	tenure           string
	unit             event.Unit
	on               citizen.Date // the day on which it was carried out
	submission       string
	decision, notice *event.Ref
}

type alteration struct {
	tenure   string
	unit     event.Unit
	decision *event.Ref
}

func newCleanUp() cleanUp {
	return cleanUp{acts: make(map[string]*act), opened: make(map[string]map[event.Unit]string), closed: make(map[string]bool),
		own: make(map[string]map[event.Unit][]string), left: make(map[string]bool),
		carried: make(map[string]map[event.Unit]map[int]bool), decided: make(map[string]map[event.Unit]map[int]bool)}
}

// resting are the kinds that something else names as its ground.
var resting = []string{"verify.correction_proposed", "verify.correction_approved", "verify.proposed", "verify.decided", "verify.notice_served",
	"register.submitted", "register.decided", "register.notice_served"}

func (a *auditor) cleanUpEntry(e *journal.Entry) error {
	if e.Erased() {
		return nil
	}
	switch e.Kind {
	case "register.death_registered", "register.moved_out":
		a.cleanUp.left[e.Subject] = true
		return nil
	case "register.cancelled", "register.removed":
		a.cleanUp.left[e.Subject] = true
		return a.ended(e)
	case "register.items_corrected":
		return a.alteredItems(e)
	case "register.restored":
		if e.Cause != nil {
			a.report.CleanUp.Restored++
		}
		return nil
	case "verify.household_visited":
		a.report.CleanUp.Visits++
		return nil
	case "verify.case_opened", "verify.case_closed", "verify.carried_out":
		return a.cleanUpCase(e)
	}
	if !slices.Contains(resting, e.Kind) {
		return nil
	}
	body, err := decode[actBody](e)
	if err != nil {
		return err
	}
	a.cleanUp.acts[e.Ref().String()] = &act{kind: e.Kind, leaf: e.Ref().Leaf, unit: e.Unit, operator: e.Operator, on: citizen.DateOf(time.UnixMilli(e.At)), body: body, cause: e.Cause}
	if e.Kind == "verify.decided" {
		mark(a.cleanUp.decided, body.Matter, body.Home, body.Round)
	}
	return nil
}

func mark(to map[string]map[event.Unit]map[int]bool, matter string, side event.Unit, round int) {
	if to[matter] == nil {
		to[matter] = make(map[event.Unit]map[int]bool)
	}
	if to[matter][side] == nil {
		to[matter][side] = make(map[int]bool)
	}
	to[matter][side][round] = true
}

func (a *auditor) ended(e *journal.Entry) error {
	body, err := decode[struct {
		Tenure     string     `json:"tenure"`
		Submission string     `json:"submission"`
		Decision   *event.Ref `json:"decision"`
		Notice     *event.Ref `json:"notice"`
	}](e)
	if err == nil {
		on := citizen.DateOf(time.UnixMilli(e.At))
		a.cleanUp.ended = append(a.cleanUp.ended, ending{body.Tenure, e.Unit, on, body.Submission, body.Decision, body.Notice})
	}
	return err
}

type mainItems struct {
	Number      string `json:"number"`
	Name        string `json:"name"`
	FormerName  string `json:"former_name"`
	Sex         string `json:"sex"`
	EthnicGroup string `json:"ethnic_group"`
	BirthDate   string `json:"birth_date"`
}

func (a *auditor) alteredItems(e *journal.Entry) error {
	body, err := decode[struct {
		Tenure   string     `json:"tenure"`
		Before   *mainItems `json:"before"`
		Record   mainItems  `json:"record"`
		Decision *event.Ref `json:"decision_ref"`
	}](e)
	if err == nil && body.Before != nil && *body.Before != body.Record {
		a.cleanUp.altered = append(a.cleanUp.altered, alteration{body.Tenure, e.Unit, body.Decision})
	}
	return err
}

func (a *auditor) cleanUpCase(e *journal.Entry) error {
	body, err := decode[actBody](e)
	if err != nil {
		return err
	}
	c := &a.cleanUp
	switch e.Kind {
	case "verify.case_opened":
		if c.opened[body.Matter] == nil {
			c.opened[body.Matter], c.own[body.Matter] = make(map[event.Unit]string), make(map[event.Unit][]string)
		}
		for _, p := range body.Own {
			c.own[body.Matter][body.Home] = append(c.own[body.Matter][body.Home], p.Tenure)
		}
		c.opened[body.Matter][body.Home] = body.Kind
	case "verify.case_closed":
		c.closed[body.Matter] = true
	default:
		mark(c.carried, body.Matter, body.Home, body.Round)
	}
	return nil
}

// held finds the entry that a reference names; known is false where it is not held here, and right where it is another entry.
func (a *auditor) held(ref *event.Ref) (found *act, right bool) {
	found = a.cleanUp.acts[ref.String()]
	return found, found == nil || found.leaf == ref.Leaf
}

func (a *auditor) sumCleanUp() {
	sums := &a.report.CleanUp
	for _, e := range a.cleanUp.ended {
		sums.Ended++
		a.checkEnding(e)
	}
	for _, e := range a.cleanUp.altered {
		sums.Corrections++
		a.checkAlteration(e)
	}
	sums.CasesOpened = len(a.cleanUp.opened)
	for _, id := range sortedKeys(a.cleanUp.closed) {
		sums.CasesClosed++
		a.checkClosed(id)
	}
}

// checkEnding: nobody's registration ends without a decision that one person asked for and another made, a notice of it, and the time to object. A
// case's decision is made above the station; a submission's where the table of changes says.
func (a *auditor) checkEnding(e ending) {
	if e.decision == nil || e.notice == nil && e.submission == "" {
		a.breach("cleanup.undecided", e.tenure, "ended without a decision or a notice")
		return
	}
	decision, right := a.held(e.decision)
	var notice *act
	rightNotice := true
	if e.notice != nil {
		notice, rightNotice = a.held(e.notice)
	}
	by := e.decision.Stream.Unit()
	if !right || !rightNotice || !by.Contains(e.unit) || by == e.unit && e.submission == "" {
		a.breach("cleanup.undecided", e.tenure, "ended by what no unit above the station decided")
		return
	}
	if decision == nil || notice == nil && e.notice != nil {
		a.report.CleanUp.Unproved++
		return
	}
	if e.submission != "" {
		a.checkSubmitted(e, decision, notice)
		return
	}
	if decision.kind != "verify.decided" || !decision.orders(e.tenure, "cancel") {
		a.breach("cleanup.undecided", e.tenure, "the decision that it names does not end it")
		return
	}
	a.checkTwo(e.tenure, decision)
	if notice.kind != "verify.notice_served" || notice.body.Tenure != e.tenure || notice.body.Matter != decision.body.Matter || notice.body.Round != decision.body.Round || notice.unit != e.unit {
		a.breach("cleanup.notice", e.tenure, "the notice that it names is not of that decision to that person")
		return
	}
	if notice.body.On.Before(decision.on) {
		a.breach("cleanup.notice", e.tenure, "the notice is of %s, before the decision", notice.body.On)
		return
	}
	if !e.on.After(notice.body.On.AddDays(decision.body.Objection)) {
		a.breach("cleanup.notice", e.tenure, "ended on %s, within the period for objections", e.on)
	}
}

// checkSubmitted is checkEnding for what a window asked for.
func (a *auditor) checkSubmitted(e ending, decision, notice *act) {
	if decision.kind != "register.decided" || !decision.body.Approved || decision.body.Submitted != e.submission {
		a.breach("cleanup.undecided", e.tenure, "the decision that it names does not end it")
		return
	}
	if decision.cause == nil {
		a.breach("cleanup.two_persons", e.tenure, "nobody asked for what was decided")
		return
	}
	if asked, right := a.held(decision.cause); !right || asked != nil && (asked.kind != "register.submitted" || asked.operator == decision.operator) {
		a.breach("cleanup.two_persons", e.tenure, "one person alone asked and decided")
	}
	if notice == nil { // who goes abroad or to the army asks for it himself
		if decision.body.Case != "abroad" && decision.body.Case != "army" {
			a.breach("cleanup.notice", e.tenure, "ended without a notice")
		}
		return
	}
	if notice.kind != "register.notice_served" || notice.body.Submitted != e.submission || notice.unit != e.unit {
		a.breach("cleanup.notice", e.tenure, "the notice that it names is not of that decision")
		return
	}
	if !e.on.After(notice.body.Until) {
		a.breach("cleanup.notice", e.tenure, "ended on %s, within the objection period", e.on)
	}
}

func (d *act) orders(tenure, do string) bool {
	for _, o := range d.body.Orders {
		if o.Tenure == tenure && o.Do == do {
			return true
		}
	}
	return false
}

// checkTwo holds the one who decided against the one who proposed, by the proposal itself where it is held.
func (a *auditor) checkTwo(subject string, decision *act) {
	proposer := decision.body.Proposer
	if decision.cause != nil {
		if proposal, right := a.held(decision.cause); proposal != nil && right {
			proposer = proposal.operator
		}
	}
	if proposer == "" || proposer == decision.operator || proposer != decision.body.Proposer {
		a.breach("cleanup.two_persons", subject, "one person alone proposed and decided")
	}
}

// checkAlteration: every main item that changed names the decision that changed it.
func (a *auditor) checkAlteration(e alteration) {
	if e.decision == nil {
		a.breach("cleanup.unapproved", e.tenure, "a main item changed without a decision")
		return
	}
	decision, right := a.held(e.decision)
	switch {
	case !right || e.decision.Stream.Unit() == e.unit || !e.decision.Stream.Unit().Contains(e.unit):
		a.breach("cleanup.unapproved", e.tenure, "a main item changed by what no unit above the station decided")
	case decision == nil:
		a.report.CleanUp.Unproved++
	case decision.kind == "verify.correction_approved", decision.kind == "verify.decided" && (decision.orders(e.tenure, "correct") || decision.orders(e.tenure, "new_number")):
		a.checkTwo(e.tenure, decision)
	default:
		a.breach("cleanup.unapproved", e.tenure, "the decision that it names does not change it")
	}
}

// settledAlone are the kinds of cases that may end without a decision.
var settledAlone = []string{"unregistered_child", "empty_hung", "separation", "dead_not_cancelled"}

// checkClosed: every side of a closed case has done what a decision ordered, or settled what needs none: one of those kinds, or registrations that have all
// ended in another way.
func (a *auditor) checkClosed(id string) {
	if a.cleanUp.opened[id] == nil {
		a.breach("cleanup.closed", id, "closed and never opened")
		return
	}
	for _, side := range slices.Sorted(maps.Keys(a.cleanUp.opened[id])) {
		done, tenures := false, a.cleanUp.own[id][side]
		alone := slices.Contains(settledAlone, a.cleanUp.opened[id][side]) ||
			len(tenures) > 0 && !slices.ContainsFunc(tenures, func(t string) bool { return !a.cleanUp.left[t] })
		for round := range a.cleanUp.carried[id][side] {
			done = done || round > 0 && a.cleanUp.decided[id][side][round] || round == 0 && alone
		}
		if !done {
			a.breach("cleanup.closed", id, "closed, and unit %s has carried out no decision", side)
		}
	}
}
