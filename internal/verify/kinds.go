package verify

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// The kinds of the room's entries. Subject is the matter: a visit, a comparison, a correction or a case.
const (
	KindRunDone       = "verify.run_done"
	KindFindingsNoted = "verify.findings_noted"
	KindVisited       = "verify.household_visited"
	KindRevisited     = "verify.household_revisited"
	KindCompared      = "verify.compared"
	KindOrderDone     = "verify.order_done"
	KindVerified      = "verify.verified" // subject: the tenure

	KindCorrectionProposed = "verify.correction_proposed"
	KindCorrectionApproved = "verify.correction_approved"
	KindCorrectionRefused  = "verify.correction_refused"
	KindCorrectionCarried  = "verify.correction_carried_out"

	KindCaseOpened       = "verify.case_opened"
	KindPersonHeard      = "verify.person_heard"
	KindFindingRecorded  = "verify.finding_recorded"
	KindProposed         = "verify.proposed"
	KindProposalRefused  = "verify.proposal_refused"
	KindDecided          = "verify.decided"
	KindNumberAssigned   = "verify.number_assigned"
	KindNoticeServed     = "verify.notice_served"
	KindObjected         = "verify.objection_recorded"
	KindReopened         = "verify.reopened"
	KindCarriedOut       = "verify.carried_out"
	KindDecisionReturned = "verify.decision_returned"
	KindLifeProved       = "verify.life_proved"
	KindReversed         = "verify.reversed"
	KindCaseClosed       = "verify.case_closed"
)

// About heads every body: which matter, and whose side of it the entry is about. Home is the station, or the deciding unit for its own proposals.
type About struct {
	Matter  string     `json:"matter"`
	Home    event.Unit `json:"home"`
	Decider event.Unit `json:"decider,omitempty"` // of a case: the nearest common superior of its sides
}

// The ways in which a resident is verified.
const (
	WayVisit       = "visit"
	WayComparison  = "comparison"
	WayApplication = "application"
)

// Verified says that a named person found a resident's record right (plan P8). It holds until a main item changes.
type Verified struct {
	Tenure   string `json:"tenure"`
	Resident string `json:"resident"`
	Main     string `json:"main"` // register.MainMark of the record that was found right
	By       string `json:"by"`   // the operator who looked
	Way      string `json:"way"`
}

// VerifiedBody is the body of verify.verified, where the visit or comparison itself could not say it yet.
type VerifiedBody struct {
	About
	Verified []Verified `json:"verified"`
}

// RunDone is one run of the item rules over a station's register.
type RunDone struct {
	About
	On        citizen.Date   `json:"on"`
	Residents int            `json:"residents"`
	Found     int            `json:"found"`
	Rules     map[string]int `json:"rules"` // findings by rule
	Cases     []string       `json:"cases"` // opened by it
}

// FindingsNoted are the rules that a record broke when it arrived in the register.
type FindingsNoted struct {
	About
	Tenure string   `json:"tenure"`
	Rules  []string `json:"rules"`
}

// Difference is one item that a household states otherwise than the register has it.
type Difference struct {
	Tenure     string `json:"tenure"`
	Item       string `json:"item"`
	Registered string `json:"registered"`
	Told       string `json:"told"`
	Evidence   string `json:"evidence,omitempty"`
}

// Absence says where a member is who was not at home.
type Absence struct {
	Tenure string `json:"tenure"`
	Where  string `json:"where"` // where the person is, as told
}

// Mark says of a member what none of the items says.
type Mark struct {
	Tenure string `json:"tenure"`
	Mark   string `json:"mark"` // not_here, should_be_cancelled
	Words  string `json:"words"`
}

// Unregistered is a person who lives there and is not registered there.
type Unregistered struct {
	Name      string       `json:"name"`
	Sex       string       `json:"sex"`
	BirthDate citizen.Date `json:"birth_date"`
	Child     bool         `json:"child,omitempty"` // of the household, registered nowhere
	Words     string       `json:"words,omitempty"` // where registered, or who the parents are
}

// Visited is a visit by exception (plan P3, P4): a member looked at counts as agreeing, differences alone are written.
type Visited struct {
	About
	HouseholdNo  string         `json:"household_no"`
	Address      string         `json:"address"`
	On           citizen.Date   `json:"on"`
	Signed       string         `json:"signed"`  // the member who signed the sheet
	Present      []string       `json:"present"` // tenures looked at
	Absent       []Absence      `json:"absent,omitempty"`
	Differences  []Difference   `json:"differences,omitempty"`
	Marks        []Mark         `json:"marks,omitempty"`
	Unregistered []Unregistered `json:"unregistered,omitempty"`
	EmptyHung    bool           `json:"empty_hung,omitempty"` // nobody of the household lives at the address
	Verified     []Verified     `json:"verified,omitempty"`
	Cases        []string       `json:"cases,omitempty"` // opened by it
}

// Revisited is a blind second visit by a unit above.
type Revisited struct {
	Visited
	First    string       `json:"first,omitempty"` // the visit that it samples
	Missed   []Difference `json:"missed,omitempty"`
	NotFound []Difference `json:"not_found,omitempty"` // of the first visit, which the second did not find
	Items    int          `json:"items"`               // looked at by both
}

// Compared is the comparison of a resident's five records (plan P4).
type Compared struct {
	About
	Tenure      string       `json:"tenure"`
	Resident    string       `json:"resident"`
	HouseholdNo string       `json:"household_no"`
	On          citizen.Date `json:"on"`
	Looked      []string     `json:"looked"` // sources that were there
	Items       []Item       `json:"items,omitempty"`
	Orders      []Order      `json:"orders,omitempty"`
	Verified    []Verified   `json:"verified,omitempty"`
}

// OrderDone marks one correction order as done.
type OrderDone struct {
	About
	Source   string       `json:"source"`
	Item     string       `json:"item"`
	On       citizen.Date `json:"on"`
	Words    string       `json:"words,omitempty"`
	Verified []Verified   `json:"verified,omitempty"` // with the last order
}

// CorrectionProposed asks for items to be changed.
type CorrectionProposed struct {
	About
	Tenure   string          `json:"tenure"`
	Resident string          `json:"resident"`
	Main     string          `json:"main"` // register.MainMark when it was proposed
	Items    register.Items  `json:"items"`
	Altered  []string        `json:"altered"` // main items that it alters; none: decided on the spot
	Category string          `json:"category"`
	On       citizen.Date    `json:"on"`
	Evidence string          `json:"evidence"`
	Paper    *register.Paper `json:"paper,omitempty"`
	Source   string          `json:"source,omitempty"` // the visit or comparison that it settles
}

// CorrectionDecided approves or refuses a correction.
type CorrectionDecided struct {
	About
	Ground   string `json:"ground,omitempty"`
	Proposer string `json:"proposer"` // operator of the proposal
}

// CorrectionCarried says that the station has carried a correction out.
type CorrectionCarried struct {
	About
}

// The kinds of cases.
const (
	CaseWrongNumber  = "wrong_number"
	CaseSharedNumber = "shared_number"
	CaseDouble       = "double_registration"
	CaseChild        = "unregistered_child"
	CaseDead         = "dead_not_cancelled"
	CaseEmptyHung    = "empty_hung"
	CaseSeparation   = "separation"
)

// Party is a registration that a case is about.
type Party struct {
	Unit     event.Unit `json:"unit"`
	Tenure   string     `json:"tenure"`
	Resident string     `json:"resident"`
}

// CaseOpened opens a case at one side. It tells that side of the others which units they are, and no more.
type CaseOpened struct {
	About
	Kind        string       `json:"kind"`
	Own         []Party      `json:"own"`
	Others      []event.Unit `json:"others,omitempty"`
	HouseholdNo string       `json:"household_no,omitempty"`
	Clue        string       `json:"clue"` // what led to it
	On          citizen.Date `json:"on"`
}

// PersonHeard records what a person of the case says.
type PersonHeard struct {
	About
	Tenure string       `json:"tenure,omitempty"`
	On     citizen.Date `json:"on"`
	Words  string       `json:"words"`
	Absent bool         `json:"absent,omitempty"` // the person was called and did not come, and nobody spoke for him
}

// FindingRecorded records what a station found out.
type FindingRecorded struct {
	About
	Tenure    string       `json:"tenure,omitempty"`
	On        citizen.Date `json:"on"`
	Words     string       `json:"words"`
	LivesHere bool         `json:"lives_here,omitempty"`
	HasCard   bool         `json:"has_card,omitempty"`
}

// What a decision can order of a registration.
const (
	DoKeep      = "keep"
	DoCancel    = "cancel"
	DoNewNumber = "new_number"
	DoCorrect   = "correct"
)

// CaseOrder is what a decision orders of one registration.
type CaseOrder struct {
	Unit     event.Unit      `json:"unit"`
	Tenure   string          `json:"tenure"`
	Do       string          `json:"do"`
	Items    *register.Items `json:"items,omitempty"`    // of DoCorrect
	Category string          `json:"category,omitempty"` // of DoCorrect and DoNewNumber
	Mark     string          `json:"mark,omitempty"`     // of DoCancel: code of citizen.CancellationMarks; none is confirmed for a double registration
	Links    []CaseLink      `json:"links,omitempty"`    // of DoKeep: numbers that the same person had elsewhere
}

// CaseLink is what the kept side must know of an ended registration: its number and where it was.
type CaseLink struct {
	Number string     `json:"number"`
	Unit   event.Unit `json:"unit"`
}

// Proposed is one person's proposal how to decide a case, in the deciding unit's own stream.
type Proposed struct {
	About
	Round  int         `json:"round"`
	Orders []CaseOrder `json:"orders"`
	Ground string      `json:"ground"`
}

// ProposalRefused gives a proposal back to whoever works it out anew.
type ProposalRefused struct {
	About
	Round  int    `json:"round"`
	Ground string `json:"ground"`
}

// Decided is another person's decision, told to one side with that side's orders alone.
type Decided struct {
	About
	Round     int         `json:"round"`
	Orders    []CaseOrder `json:"orders"`
	Ground    string      `json:"ground"`
	Proposer  string      `json:"proposer"` // the operator who proposed: never the one who decides
	Objection int         `json:"objection_days"`
}

// NumberAssigned is the number that the county gives in carrying out a decision.
type NumberAssigned struct {
	About
	Round  int    `json:"round"`
	Tenure string `json:"tenure"`
	Number string `json:"number"`
}

// NoticeServed records the service of a decision on a person.
type NoticeServed struct {
	About
	Round  int          `json:"round"`
	Tenure string       `json:"tenure"`
	On     citizen.Date `json:"on"`
	To     string       `json:"to"`  // who took it
	How    string       `json:"how"` // hand, relatives, public
}

// Objected is an objection within the period; it reopens the case.
type Objected struct {
	About
	Round  int          `json:"round"`
	Tenure string       `json:"tenure"`
	On     citizen.Date `json:"on"`
	Words  string       `json:"words"`
}

// Reopened tells the other sides that the decision is in doubt.
type Reopened struct {
	About
	Round int `json:"round"`
}

// CarriedOut says that a side has done all that the decision orders of it; round 0: settled by the station, where nothing had to be decided.
type CarriedOut struct {
	About
	Round  int    `json:"round"`
	Words  string `json:"words,omitempty"`
	Tenure string `json:"tenure,omitempty"` // of a settled case: the registration that settled it, as a child's birth
}

// DecisionReturned says that a decision no longer fits what is registered.
type DecisionReturned struct {
	About
	Round  int    `json:"round"`
	Ground string `json:"ground"`
}

// LifeProved says that somebody whose registration was ended as dead or double has proved to live, or to be another.
type LifeProved struct {
	About
	Tenure string       `json:"tenure"`
	On     citizen.Date `json:"on"`
	Words  string       `json:"words"`
}

// Reversed undoes a decision that was wrong: the station restores the registration.
type Reversed struct {
	About
	Round  int    `json:"round"`
	Tenure string `json:"tenure"`
	Ground string `json:"ground"`
}

// CaseClosed ends a case.
type CaseClosed struct {
	About
}

// MayWrite tells whether an entry of a stream may say a kind about a side. Whatever else a node writes derives no row anywhere.
func MayWrite(kind string, home, decider event.Unit, stream event.Stream) bool {
	unit, to := stream.Unit(), stream.Receiver()
	own := unit == home && (stream == event.Up(home) || to != "")
	above := unit != home && unit.Contains(home) && to == home
	switch kind {
	case KindCorrectionApproved, KindCorrectionRefused, KindRevisited:
		return above
	case KindDecided, KindReopened, KindReversed, KindCaseClosed:
		return above && unit == decider
	case KindNumberAssigned:
		return above && unit == home.Parent()
	case KindCaseOpened:
		return above || own
	case KindProposed, KindProposalRefused:
		return own && home == decider && home.Level() != event.Station
	}
	return own && home.Level() == event.Station
}
