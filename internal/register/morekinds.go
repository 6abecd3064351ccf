package register

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of households, addresses, matters that need a decision, and re-division. Subject is the tenure, save where another is named.
const (
	KindHouseholdSetUp     = "register.household_set_up"    // subject: the household
	KindHouseholdChanged   = "register.household_changed"   // subject: the household
	KindHouseholdDissolved = "register.household_dissolved" // subject: the household
	KindMembershipChanged  = "register.membership_changed"  //
	KindAddressChanged     = "register.address_changed"     //

	KindPlaceRegistered = "register.place_registered" // subject: the place
	KindPlaceChanged    = "register.place_changed"    // subject: the place
	KindPlaceRemoved    = "register.place_removed"    // subject: the place

	KindSubmitted        = "register.submitted"         // subject: the submission
	KindDecided          = "register.decided"           // subject: the submission
	KindNoticeServed     = "register.notice_served"     // subject: the submission
	KindDecisionReturned = "register.decision_returned" // subject: the submission
	KindLateEntered      = "register.late_entered"      //
	KindRemoved          = "register.removed"           //
	KindClassChanged     = "register.class_changed"     //
	KindPapersAsked      = "register.papers_asked"      // subject: the list

	KindRedivisionOrdered = "register.redivision_ordered" // subject: the order
	KindRedivided         = "register.redivided"          //
)

// The codes of citizen.ChangeKinds that a matter is submitted under or papers are asked for.
const (
	ChangeBirth        = "101"
	ChangeDeath        = "102"
	ChangeAddressIn    = "103"
	ChangeMoveIn       = "105"
	ChangeMoveOut      = "106"
	ChangeItems        = "107"
	ChangeLateEntry    = "108"
	ChangeRemoval      = "109"
	ChangeClass        = "110"
	ChangeCancellation = "111"
	ChangeRestoration  = "112"
	ChangeSetUp        = "201"
)

// LateEntry is the record to be entered of somebody who was never registered (户籍补录): a child or an adult. It has no item for why not.
type LateEntry struct {
	Name         string       `json:"name"`
	Sex          string       `json:"sex"`
	BirthDate    citizen.Date `json:"birth_date"`
	EthnicGroup  string       `json:"ethnic_group"`
	Birthplace   string       `json:"birthplace,omitempty"`
	NativePlace  string       `json:"native_place,omitempty"`
	HouseholdNo  string       `json:"household_no"`
	Address      string       `json:"address"`
	Relation     string       `json:"relation"`
	FatherNumber string       `json:"father_number,omitempty"`
	MotherNumber string       `json:"mother_number,omitempty"`
}

// Submitted puts a matter to the unit that decides it.
type Submitted struct {
	Submission string        `json:"submission"`
	Kind       string        `json:"kind"`           // code of citizen.ChangeKinds: 108 to 112
	Case       string        `json:"case,omitempty"` // of Requirements, where a kind has several
	Tenure     string        `json:"tenure"`         // of a late entry: the one that it will open
	Resident   string        `json:"resident"`
	Entry      *LateEntry    `json:"entry,omitempty"`
	Reason     string        `json:"reason,omitempty"` // code of citizen.ChangeReasons, move-out
	Class      string        `json:"class,omitempty"`  // code of citizen.HukouClasses
	Ground     string        `json:"ground,omitempty"`
	Applicant  string        `json:"applicant"` // code of Applicants
	On         citizen.Date  `json:"on"`        // since when it is true
	AskedOn    citizen.Date  `json:"asked_on"`
	Papers     []Paper       `json:"papers,omitempty"`
	Missing    []Missing     `json:"missing,omitempty"`
	Complaint  *citizen.Text `json:"complaint,omitempty"`
}

// Decided answers a submission, with the ground where it is refused.
type Decided struct {
	Submission string        `json:"submission"`
	Kind       string        `json:"kind"`
	Case       string        `json:"case,omitempty"`
	Approved   bool          `json:"approved"`
	Ground     string        `json:"ground,omitempty"`
	Number     string        `json:"number,omitempty"`    // of a late entry, from the county's sequence register
	Compared   []string      `json:"compared,omitempty"`  // tenures that look alike and were compared
	Complaint  *citizen.Text `json:"complaint,omitempty"` // told with a refusal
}

// Counts tells whether an entry of a stream may decide: the unit of the level that Requirements names, about its own station or one below it.
func (d Decided) Counts(s event.Stream) bool {
	r, ok := RequirementOf(d.Kind, d.Case)
	if !ok {
		return false
	}
	if r.Level == event.Station {
		return s.Audience() == "up" && s.Unit().Level() == event.Station
	}
	return s.Unit().Level() == r.Level && s.Receiver() != "" && s.Unit().Contains(s.Receiver())
}

// NoticeServed tells the person, the relatives or the public of a decision before it is carried out.
type NoticeServed struct {
	Submission string       `json:"submission"`
	Way        string       `json:"way"` // person, relatives, public
	To         string       `json:"to,omitempty"`
	On         citizen.Date `json:"on"`
	Until      citizen.Date `json:"until"` // the last day of objecting
}

// DecisionReturned says why a decision could not be carried out any more.
type DecisionReturned struct {
	Submission string       `json:"submission"`
	Tenure     string       `json:"tenure"`
	Ground     citizen.Text `json:"ground"`
}

// LateEntered opens a tenure for somebody who was never registered.
type LateEntered struct {
	Change
	Submission string     `json:"submission"`
	Decision   *event.Ref `json:"decision"`
}

// Removed cancels a registration that was entered in error (户籍删除). The record stays; the number is never given again.
type Removed struct {
	Change
	Reason     string     `json:"reason"` // code of citizen.ChangeReasons
	Ground     string     `json:"ground"`
	Submission string     `json:"submission"`
	Decision   *event.Ref `json:"decision"`
	Notice     *event.Ref `json:"notice"`
}

// ClassChanged changes the class of a registration (户别变更).
type ClassChanged struct {
	Change
	Submission string     `json:"submission"`
	Decision   *event.Ref `json:"decision"`
}

// PapersAsked lists at one time what a citizen has still to bring (一次性告知).
type PapersAsked struct {
	List      string       `json:"list"`
	Tenure    string       `json:"tenure"`
	Kind      string       `json:"kind"` // code of citizen.ChangeKinds
	Missing   []Missing    `json:"missing"`
	AskedOn   citizen.Date `json:"asked_on"`
	Complaint citizen.Text `json:"complaint"`
}

// RedivisionOrdered is a county's order for one of its stations: the addresses that begin with a text get another, or their residents go to another
// station of the county (400). The other station is told with the same order.
type RedivisionOrdered struct {
	Order       string       `json:"order"`
	Station     event.Unit   `json:"station"`
	ToUnit      event.Unit   `json:"to_unit,omitempty"` // empty: the residents stay
	AddressFrom string       `json:"address_from"`
	AddressTo   string       `json:"address_to"`
	On          citizen.Date `json:"on"`
	Document    string       `json:"document"` // number of the decision on the division
}

// Counts tells whether an entry of a stream may order: a county, to one of its stations that the order concerns.
func (o RedivisionOrdered) Counts(s event.Stream) bool {
	to, county := s.Receiver(), s.Unit()
	return county.Level() == event.County && to != "" && (to == o.Station || to == o.ToUnit) && county.Contains(o.Station) &&
		(o.ToUnit == "" || county.Contains(o.ToUnit))
}

// MovedByOrder is what a move-out says that carries out a re-division.
type MovedByOrder struct {
	Order   string `json:"order"`
	Address string `json:"address"` // after it
}
