package register

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of the register's entries. Subject is the tenure, save where another is named.
const (
	KindChunkImported    = "register.chunk_imported"    // subject: the chunk
	KindNumbersAllotted  = "register.numbers_allotted"  // subject: the range
	KindNumberReserved   = "register.number_reserved"   //
	KindBirthRegistered  = "register.birth_registered"  //
	KindMoveInRequested  = "register.move_in_requested" // subject: the request
	KindMoveRefused      = "register.move_refused"      // subject: the request
	KindMovedOut         = "register.moved_out"         // subject: the tenure that ends
	KindMovedIn          = "register.moved_in"          // subject: the tenure that begins
	KindArrivalConfirmed = "register.arrival_confirmed" // subject: the tenure that ended
	KindMoveReturned     = "register.move_returned"     // subject: the tenure that ended
	KindTenureResumed    = "register.tenure_resumed"    //
	KindEventReported    = "register.event_reported"    // subject: the tenure, or the report where it is not known
	KindReportAnswered   = "register.report_answered"   // subject: as the report's
	KindDeathRegistered  = "register.death_registered"  //
	KindItemsCorrected   = "register.items_corrected"   //
	KindPapersBrought    = "register.papers_brought"    //
	KindCancelled        = "register.cancelled"         //
	KindRestored         = "register.restored"          //
	KindIdentityLinked   = "register.identity_linked"   //
	KindLookedUp         = "register.looked_up"         // subject: the look-up; in the unit's access stream
)

// Paper is a document that a change rests on.
type Paper struct {
	Kind     string       `json:"kind"` // as birth_certificate, death_certificate, migration_paper
	Number   string       `json:"number,omitempty"`
	IssuedOn citizen.Date `json:"issued_on,omitzero"`
	Issuer   string       `json:"issuer,omitempty"`
}

// Change is what every change of a tenure carries. The owner numbers them; Record is the whole record after it, so that the highest
// version alone gives the register's row, in whatever order entries arrive.
type Change struct {
	Resident    string       `json:"resident"`
	Tenure      string       `json:"tenure"`
	Version     int64        `json:"version"`
	EffectiveOn citizen.Date `json:"effective_on"` // when it became true; when it was registered is the entry's own time
	Paper       *Paper       `json:"paper,omitempty"`
	Before      *Record      `json:"before,omitempty"` // where the change altered the record
	Record      Record       `json:"record"`
}

// next is the change after the tenure's last one; it leaves the record as it is.
func (t Tenure) next(effective citizen.Date, paper *Paper) Change {
	return Change{Resident: t.Resident, Tenure: t.ID, Version: t.Version + 1, EffectiveOn: effective, Paper: paper, Record: t.Record}
}

// NumbersAllotted gives a station sequences (GB 11643-1999, places 15-17) of a division for coming birth dates.
type NumbersAllotted struct {
	Range
}

// Counts tells whether a unit may give the range: to a station below it, under its own division's code (GB 11643-1999).
func (r Range) Counts(by event.Unit) bool {
	return by.Level() == event.County && by.Contains(r.Station) && r.Division == citizen.Division(by)
}

// NumberReserved takes a citizen number out of a range before it is printed anywhere.
type NumberReserved struct {
	Number string `json:"number"`
	Range  string `json:"range"`
}

// BirthRegistered enters a newborn (户口登记条例第7条). It says whom the child follows, and nothing of how the parents live together or
// of family planning: there is no item for that.
type BirthRegistered struct {
	Change
	Follows    string        `json:"follows"` // tenure of the parent or guardian into whose household it is entered
	DeclaredOn citizen.Date  `json:"declared_on"`
	Late       bool          `json:"late,omitempty"` // declared later than the term of article 7; registered all the same
	Missing    []Missing     `json:"missing,omitempty"`
	Complaint  *citizen.Text `json:"complaint,omitempty"` // told with the list of what is missing
}

// Missing is a paper to be brought later.
type Missing struct {
	Paper string       `json:"paper"` // code
	Text  citizen.Text `json:"text"`
}

// PapersBrought ends entries of the list of what is missing.
type PapersBrought struct {
	Tenure    string       `json:"tenure"`
	List      string       `json:"list,omitempty"` // of a list that stands by itself, and is the subject then
	Papers    []Paper      `json:"papers"`
	BroughtOn citizen.Date `json:"brought_on"`
}

// MoveInRequested asks the present station for a person whose citizen has no migration paper in hand.
type MoveInRequested struct {
	Request     string       `json:"request"`
	Tenure      string       `json:"tenure,omitempty"` // where the asking station knows it
	Number      string       `json:"number"`
	Name        string       `json:"name"`
	HouseholdNo string       `json:"household_no"`
	Address     string       `json:"address"`
	Relation    string       `json:"relation"`
	On          citizen.Date `json:"on"`
}

// MoveRefused answers a request with the ground.
type MoveRefused struct {
	Request string `json:"request"`
	Ground  string `json:"ground"`
}

// MovedOut closes a tenure; from then on the receiving station owns the person (walk 2). It names the tenure that begins there.
type MovedOut struct {
	Change
	ToUnit      event.Unit `json:"to_unit"` // empty: outside the city
	ToTenure    string     `json:"to_tenure"`
	Destination string     `json:"destination,omitempty"`
	Reason      string     `json:"reason"`            // code of citizen.ChangeReasons
	History     string     `json:"history"`           // hex SHA-256 over the references of the tenure's entries
	Request     string     `json:"request,omitempty"` // the request that it answers

	Redivision *MovedByOrder `json:"redivision,omitempty"`
}

// MovedIn opens a tenure for a person who moved.
type MovedIn struct {
	Change
	FromUnit   event.Unit `json:"from_unit"`
	FromTenure string     `json:"from_tenure"`
	Source     string     `json:"source"` // stream, paper
	Late       bool       `json:"late,omitempty"`
}

// ArrivalConfirmed tells the former station that the person has arrived.
type ArrivalConfirmed struct {
	ToTenure string `json:"to_tenure"`
}

// MoveReturned gives the person back to the former station.
type MoveReturned struct {
	ToTenure string `json:"to_tenure"`
	Ground   string `json:"ground"`
}

// TenureResumed opens the tenure again that a returned move had closed.
type TenureResumed struct {
	Change
	Ground string `json:"ground"`
}

// EventReported tells a person's owner of something that another unit learned.
type EventReported struct {
	Report string       `json:"report"`
	Tenure string       `json:"tenure,omitempty"` // where the reporting unit knows it
	Number string       `json:"number"`
	Name   string       `json:"name"`
	Event  string       `json:"event"` // death, or another of EventKinds
	On     citizen.Date `json:"on"`
	Paper  *Paper       `json:"paper,omitempty"`
	Note   string       `json:"note,omitempty"`
	From   event.Unit   `json:"from"` // the unit that learned of it; a forwarded report keeps it
}

// Counts tells whether an entry of a stream may tell of an event: the unit that writes learned of it itself, or forwards what it was told and
// names that entry as its cause.
func (c EventReported) Counts(s event.Stream, cause *event.Ref) bool {
	return s.Receiver() != "" && (c.From == s.Unit() || cause != nil && cause.Stream.Receiver() == s.Unit())
}

// ReportAnswered tells the reporting unit what became of its report.
type ReportAnswered struct {
	Report  string `json:"report"`
	Outcome string `json:"outcome"` // carried_out, unfounded
	Ground  string `json:"ground,omitempty"`
}

// DeathRegistered closes a tenure (户口登记条例第8条).
type DeathRegistered struct {
	Change
	Late    bool      `json:"late,omitempty"`
	Missing []Missing `json:"missing,omitempty"`
	Report  string    `json:"report,omitempty"` // the report that told of it
}

// ItemsCorrected alters items: what was true and no longer is, or what was wrong (GA 214.13-2004).
type ItemsCorrected struct {
	Change
	Category string     `json:"category"`               // code of citizen.AlterationCategories
	Decision string     `json:"decision,omitempty"`     // of the case or order that it carries out
	Ref      *event.Ref `json:"decision_ref,omitempty"` // the entry that decided it; a main item is never altered without one
}

// Cancelled ends a registration by a decision (walk 3): two people and a notice stand behind it.
type Cancelled struct {
	Change
	Mark string `json:"mark"` // code of citizen.CancellationMarks

	Reason     string `json:"reason,omitempty"`     // code of citizen.ChangeReasons, where a submission asked for it
	Submission string `json:"submission,omitempty"` // empty: a case was decided

	Decision *event.Ref `json:"decision"`
	Notice   *event.Ref `json:"notice"`
}

// Restored undoes a cancellation or a death wrongly registered.
type Restored struct {
	Change
	Ground   string     `json:"ground"`
	Decision *event.Ref `json:"decision,omitempty"`

	Submission string `json:"submission,omitempty"` // empty: a case was decided
}
