package verify

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The classes of matters.
const (
	ClassRun        = "run"
	ClassFindings   = "findings"
	ClassVisit      = "visit"
	ClassRevisit    = "revisit"
	ClassComparison = "comparison"
	ClassCorrection = "correction"
	ClassCase       = "case"
	ClassProposal   = "proposal" // the deciding unit's own side of a case
)

// ClassOf tells the class of the matter that a kind is about; empty for what is no matter. home is the side.
func ClassOf(kind string) string {
	switch kind {
	case KindRunDone:
		return ClassRun
	case KindFindingsNoted:
		return ClassFindings
	case KindVisited:
		return ClassVisit
	case KindRevisited:
		return ClassRevisit
	case KindCompared, KindOrderDone:
		return ClassComparison
	case KindCorrectionProposed, KindCorrectionApproved, KindCorrectionRefused, KindCorrectionCarried:
		return ClassCorrection
	case KindProposed, KindProposalRefused:
		return ClassProposal
	case KindVerified:
		return ""
	}
	return ClassCase
}

// The stages of matters.
const (
	StageClean       = "clean"       // a visit without differences; a run
	StageDifferences = "differences" // a visit with some
	StageConsistent  = "consistent"  // five records agree, or have been made to
	StageOpen        = "open"        // orders of a comparison are not done

	StageProposed   = "proposed"
	StageApproved   = "approved"
	StageRefused    = "refused"
	StageCarriedOut = "carried_out"
	StageReturned   = "returned"

	StageOpened   = "opened"
	StageHeard    = "heard" // persons heard and findings recorded
	StageDecided  = "decided"
	StageNoticed  = "noticed"
	StageObjected = "objected"
	StageProved   = "life_proved" // somebody ended as dead or double stands at the window
	StageReversed = "reversed"
	StageClosed   = "closed"
)

// Step is one entry of a matter.
type Step struct {
	Ref      event.Ref       `json:"ref"`
	Kind     string          `json:"kind"`
	At       int64           `json:"at"`
	Unit     event.Unit      `json:"unit"` // that wrote it
	Operator string          `json:"operator"`
	Body     json.RawMessage `json:"body"`
}

// Matter is a visit, comparison, correction or side of a case as its steps say.
type Matter struct {
	Unit        event.Unit `json:"unit"` // whose side it is
	ID          string     `json:"matter"`
	Class       string     `json:"class"`
	Kind        string     `json:"kind,omitempty"` // of a case
	Stage       string     `json:"stage"`
	Round       int        `json:"round,omitempty"`
	Resident    string     `json:"resident,omitempty"`
	Tenure      string     `json:"tenure,omitempty"`
	HouseholdNo string     `json:"household_no,omitempty"`
	Decider     event.Unit `json:"decider,omitempty"`
	Source      string     `json:"source,omitempty"` // of a correction: what it settles; of a revisit: the first visit
	Holds       bool       `json:"holds,omitempty"`  // holds signing
	OpenedAt    int64      `json:"opened_at"`        // ms UTC; 0 while the first step is not here
	Since       int64      `json:"since"`            // when the stage was reached
	Operator    string     `json:"operator"`         // of the first step
	Looked      int        `json:"looked,omitempty"` // of a revisit: items looked at by both
	Errors      int        `json:"errors,omitempty"` // of a revisit: that one of the two had not seen
}

// decodeStep reads a body. What a node signed is well formed, or it is as if it were empty.
func decodeStep[T any](s *Step) (body T) {
	if err := json.Unmarshal(s.Body, &body); err != nil {
		var none T
		return none
	}
	return body
}

// Sort puts steps into an order that does not depend on their arrival.
func Sort(steps []Step) {
	slices.SortFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Ref.Stream, b.Ref.Stream), cmp.Compare(a.Ref.Generation, b.Ref.Generation), cmp.Compare(a.Ref.Seq, b.Ref.Seq))
	})
}

// Derive gives a matter from the steps that are known of one side.
func Derive(unit event.Unit, id string, steps []Step) Matter {
	Sort(steps)
	m := Matter{Unit: unit, ID: id}
	for i := range steps {
		if class := ClassOf(steps[i].Kind); class != "" && (m.Class == "" || steps[i].Kind != KindDecisionReturned) {
			m.Class = class // a correction's decision goes back by the same kind as a case's
		}
	}
	switch m.Class {
	case ClassVisit, ClassRevisit:
		m.visit(steps)
	case ClassComparison:
		m.comparison(steps)
	case ClassCorrection:
		DeriveCorrection(&m, steps)
	case ClassCase:
		return DeriveCase(unit, id, steps).Matter
	case ClassProposal:
		return DeriveProposals(unit, id, steps).Matter
	default:
		m.first(steps, StageClean)
	}
	return m
}

// first fills what the first step says of every class.
func (m *Matter) first(steps []Step, stage string) {
	for i := range steps {
		m.Stage, m.OpenedAt, m.Since, m.Operator = stage, steps[i].At, steps[i].At, steps[i].Operator
		body := decodeStep[struct {
			Tenure      string `json:"tenure"`
			Resident    string `json:"resident"`
			HouseholdNo string `json:"household_no"`
		}](&steps[i])
		m.Tenure, m.Resident, m.HouseholdNo = body.Tenure, body.Resident, body.HouseholdNo
		return
	}
}

func (m *Matter) visit(steps []Step) {
	m.first(steps, StageClean)
	body := decodeStep[Revisited](&steps[0])
	if len(body.Differences)+len(body.Marks)+len(body.Unregistered) > 0 || body.EmptyHung {
		m.Stage = StageDifferences
	}
	m.Source, m.Looked, m.Errors = body.First, body.Items, len(body.Missed)+len(body.NotFound)
}

func (m *Matter) comparison(steps []Step) {
	open := make(map[[2]string]bool)
	done := make(map[[2]string]bool)
	for i := range steps {
		s := &steps[i]
		switch s.Kind {
		case KindCompared:
			body := decodeStep[Compared](s)
			m.first(steps[i:i+1], StageConsistent)
			for _, o := range body.Orders {
				open[[2]string{o.Source, o.Item}] = true
			}
		case KindOrderDone:
			body := decodeStep[OrderDone](s)
			done[[2]string{body.Source, body.Item}] = true
			m.Since = max(m.Since, s.At)
		}
	}
	for order := range open {
		if done[order] {
			continue
		}
		m.Stage = StageOpen
		m.Holds = m.Holds || order[0] == SourceComputer
	}
}

// OrdersOf are a comparison's orders with those that are done.
func OrdersOf(steps []Step) (c Compared, by string, done map[[2]string]bool) {
	done = make(map[[2]string]bool)
	for i := range steps {
		switch steps[i].Kind {
		case KindCompared:
			c, by = decodeStep[Compared](&steps[i]), steps[i].Operator
		case KindOrderDone:
			body := decodeStep[OrderDone](&steps[i])
			done[[2]string{body.Source, body.Item}] = true
		}
	}
	return c, by, done
}

// VisitOf is a visit's body and who visited.
func VisitOf(steps []Step) (v Visited, by string, ok bool) {
	for i := range steps {
		if steps[i].Kind == KindVisited {
			return decodeStep[Visited](&steps[i]), steps[i].Operator, true
		}
	}
	return v, "", false
}

// TenuresIn names the registrations that steps speak of: who looks at the steps sees these persons.
func TenuresIn(steps []Step) []string {
	var all []string
	for i := range steps {
		body := decodeStep[struct {
			Tenure  string    `json:"tenure"`
			Own     []Party   `json:"own"`
			Present []string  `json:"present"`
			Absent  []Absence `json:"absent"`
			Marks   []Mark    `json:"marks"`
		}](&steps[i])
		all = append(all, body.Present...)
		if body.Tenure != "" {
			all = append(all, body.Tenure)
		}
		for _, p := range body.Own {
			all = append(all, p.Tenure)
		}
		for _, a := range body.Absent {
			all = append(all, a.Tenure)
		}
		for _, m := range body.Marks {
			all = append(all, m.Tenure)
		}
	}
	return all
}

// Correction is a correction with what its steps say besides the matter.
type Correction struct {
	Matter
	Body     CorrectionProposed
	Proposal *Step
	Approval *Step
}

// DeriveCorrection fills a correction's matter and gives its parts.
func DeriveCorrection(m *Matter, steps []Step) Correction {
	var c Correction
	m.Class = ClassCorrection
	rank := map[string]int{KindCorrectionProposed: 1, KindCorrectionApproved: 2, KindCorrectionRefused: 3, KindDecisionReturned: 4, KindCorrectionCarried: 5}
	stages := map[string]string{KindCorrectionProposed: StageProposed, KindCorrectionApproved: StageApproved, KindCorrectionRefused: StageRefused,
		KindDecisionReturned: StageReturned, KindCorrectionCarried: StageCarriedOut}
	for i := range steps {
		if s := &steps[i]; s.Kind == KindCorrectionProposed {
			body := decodeStep[CorrectionProposed](s)
			c.Body, c.Proposal = body, s
			m.OpenedAt, m.Operator, m.Tenure, m.Resident, m.Source = s.At, s.Operator, body.Tenure, body.Resident, body.Source
		}
	}
	best := 0
	for i := range steps {
		s := &steps[i]
		if s.Kind == KindCorrectionApproved {
			if s.Operator == m.Operator { // nobody approves his own proposal
				continue
			}
			c.Approval = s
		}
		if rank[s.Kind] > best {
			best, m.Stage, m.Since = rank[s.Kind], stages[s.Kind], s.At
		}
	}
	m.Holds = m.Stage == StageProposed || m.Stage == StageApproved
	c.Matter = *m
	return c
}

// DayOf is the civil day of an instant.
func DayOf(at int64) citizen.Date { return dayOf(at) }
