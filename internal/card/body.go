// Package card holds the rules of one resident's card from the application to the hand-over: who may apply, who may do
// which step, in which round, and what follows. It is pure: state, command and facts in, events or a refusal out.
//
// An application is the set of its steps. Each step is an entry that names the one it answers (its cause), so the state is the same
// in whatever order the entries arrive: see Derive. Sources: 居民身份证法 (2003), GA 214.4, GA 214.5, GA 214.8 (2004).
package card

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of entries whose subject is an application.
const (
	KindNumberReserved  = "card.number_reserved"
	KindOpened          = "card.opened"
	KindPhotographed    = "card.photographed"
	KindConfirmed       = "card.confirmed"
	KindReviewed        = "card.reviewed"
	KindReturned        = "card.returned"
	KindSigned          = "card.signed"
	KindChecked         = "card.checked"
	KindOrdered         = "card.ordered"
	KindMade            = "card.made"
	KindRejected        = "card.rejected"
	KindDispatched      = "card.dispatched"
	KindArrived         = "card.arrived"
	KindCollectNotified = "card.collect_notified"
	KindHandedOver      = "card.handed_over"
	KindOldTakenIn      = "card.old_taken_in"
	KindReportedLost    = "card.reported_lost"
	KindWithdrawn       = "card.withdrawn"
	KindHeld            = "card.held"
	KindReleased        = "card.released"
	KindDefectFound     = "card.defect_found"
	KindReminded        = "card.reminded"
	KindUnclaimed       = "card.unclaimed"
	KindCameBack        = "card.came_back"
	KindFound           = "card.found"
)

// The kinds of entries about many cards: their subject is the order or the consignment.
const (
	KindOrderWritten       = "card.order_written"
	KindFeedbackTaken      = "card.feedback_taken"
	KindConsigned          = "card.consigned"
	KindConsignmentCounted = "card.consignment_counted"
)

// StepKinds lists the kinds whose subject is an application, in the order of a card without trouble.
var StepKinds = []string{KindNumberReserved, KindOpened, KindPhotographed, KindConfirmed, KindReviewed, KindReturned, KindSigned,
	KindChecked, KindOrdered, KindMade, KindRejected, KindDispatched, KindArrived, KindCollectNotified, KindHandedOver,
	KindOldTakenIn, KindReportedLost, KindWithdrawn, KindHeld, KindReleased, KindDefectFound, KindReminded, KindUnclaimed, KindCameBack,
	KindFound}

// Body is the body of every step: whose it is, which round, and the one member that its kind has.
type Body struct {
	Home         event.Unit `json:"home"` // the unit that accepted the application and owns it
	Application  string     `json:"application"`
	Round        int        `json:"round"` // from 1; a return opens the next
	Resident     string     `json:"resident"`
	Tenure       string     `json:"tenure"`
	Attempt      int        `json:"attempt,omitempty"`       // of making, from 1; from the order on
	Replaces     string     `json:"replaces,omitempty"`      // in a check: the application of the card that this one replaces
	ReplacesLost bool       `json:"replaces_lost,omitempty"` // in a check: that card is declared lost
	After        string     `json:"after,omitempty"`         // leaf of the return that opened this round; empty in round 1

	Reserved     *Reserved     `json:"reserved,omitempty"`
	Opening      *Opening      `json:"opening,omitempty"`
	Photograph   *Photograph   `json:"photograph,omitempty"`
	Confirmation *Confirmation `json:"confirmation,omitempty"`
	Return       *Return       `json:"return,omitempty"`
	Issue        *Issue        `json:"issue,omitempty"`
	Order        *Ordered      `json:"order,omitempty"`
	Making       *Making       `json:"making,omitempty"`
	Arrival      *Arrival      `json:"arrival,omitempty"`
	Notice       *Notice       `json:"notice,omitempty"`
	HandOver     *HandOver     `json:"hand_over,omitempty"`
	Old          *OldCard      `json:"old,omitempty"`
	Loss         *Loss         `json:"loss,omitempty"`
	Withdrawal   *Withdrawal   `json:"withdrawal,omitempty"`
	Hold         *Hold         `json:"hold,omitempty"`
	Release      *Release      `json:"release,omitempty"`
	Defect       *Defect       `json:"defect,omitempty"`
	Unclaimed    *Unclaimed    `json:"unclaimed,omitempty"`
}

// Reserved is an acceptance number (受理号, GA 214.4-2004) taken from the station's running numbers of a day.
type Reserved struct {
	AcceptanceNo string       `json:"acceptance_no"`
	Day          citizen.Date `json:"day"`
	Running      int          `json:"running"`
}

// Face is what the card says of its holder, as it was when the form was printed.
type Face struct {
	Name        string       `json:"name"`
	Pinyin      string       `json:"pinyin"` // sort key of the registered name
	PinyinV     int          `json:"pinyin_v"`
	Sex         string       `json:"sex"`          // GB/T 2261.1
	EthnicGroup string       `json:"ethnic_group"` // GB/T 3304
	BirthDate   citizen.Date `json:"birth_date"`
	Address     string       `json:"address"`
	Number      string       `json:"number"`
}

// Opening is an application as accepted.
type Opening struct {
	AcceptanceNo string       `json:"acceptance_no"`
	Kind         Kind         `json:"kind"`
	Reason       string       `json:"reason"`         // GA 214.5
	Slip         string       `json:"slip"`           // what the slip's bar code says
	Code         string       `json:"code,omitempty"` // random, printed on the slip: with it the citizen asks the public page
	Day          citizen.Date `json:"day"`
	Face         Face         `json:"face"`
	Warnings     []string     `json:"warnings,omitempty"`  // codes of lint findings, told to the clerk
	OldLost      string       `json:"old_lost,omitempty"`  // generation of an old card that the applicant declares lost
	OldProof     string       `json:"old_proof,omitempty"` // who vouches for the loss
}

// Photograph is a picture and everything that was measured of it.
type Photograph struct {
	Photo    string             `json:"photo"` // blob
	Measures map[string]float64 `json:"measures,omitempty"`
	Device   string             `json:"device"`
	Override *Override          `json:"override,omitempty"` // a named person let it pass
}

// Override is a named person's word for a picture that the measures do not pass (GA 461 leaves the last word to people).
type Override struct {
	By    string `json:"by"` // login of the person who decided, who is not the one who took the picture
	Words string `json:"words"`
}

// Confirmation is the signed form (申领登记表): from the first one the sixty days run.
type Confirmation struct {
	Form         string       `json:"form"`   // blob
	Signer       Signer       `json:"signer"` // who signed
	GuardianName string       `json:"guardian_name,omitempty"`
	Guardian     *Kin         `json:"guardian,omitempty"`
	Face         Face         `json:"face"`                   // as signed; the card is made from it
	Abbreviation string       `json:"abbreviation,omitempty"` // why name or address on the card is not the registered one
	PromisedOn   citizen.Date `json:"promised_on"`
}

// Kin is a person who acts for the applicant: a guardian or a proxy.
type Kin struct {
	Number    string `json:"number"`              // citizen number, as on the paper shown
	Relation  string `json:"relation"`            // to the applicant, in words
	Tenure    string `json:"tenure,omitempty"`    // registration with that number, where it is known here
	Parent    bool   `json:"parent,omitempty"`    // the register names this number as father's or mother's
	Authority string `json:"authority,omitempty"` // blob: the applicant's written authority
}

// Return is a "no" of a reviewing unit, with its reason.
type Return struct {
	Reason ReturnReason `json:"reason"`
	Words  string       `json:"words"`
}

// Issue is what signing fixes: the validity and the issuing authority (居民身份证法 arts. 5, 8; GA 214.8-2004).
type Issue struct {
	ValidFrom citizen.Date `json:"valid_from"`
	ValidTo   string       `json:"valid_to"` // date, or LongTerm
	Authority string       `json:"authority"`
}

// LongTerm is the end of a card that does not end (长期).
const LongTerm = "long-term"

// Ordered names the order file that an application stands in.
type Ordered struct {
	Order  string `json:"order"`
	Digest string `json:"digest"`          // of order.jsonl
	Again  string `json:"again,omitempty"` // why it is ordered again
}

// Making is what the maker's feedback file says about a card.
type Making struct {
	Order   string      `json:"order"`
	Digest  string      `json:"digest"` // of the feedback file
	CardNo  string      `json:"card_no,omitempty"`
	Package string      `json:"package,omitempty"`
	Class   RejectClass `json:"class,omitempty"`
	Fault   string      `json:"fault,omitempty"` // why, in a code of Faults
	Words   string      `json:"words,omitempty"`
}

// Arrival is a card counted at the unit that accepted the application.
type Arrival struct {
	Consignment string `json:"consignment"`
	CardNo      string `json:"card_no"`
}

// Notice tells the applicant to collect.
type Notice struct {
	Way string `json:"way"`
}

// HandOver is the card given to its holder: chip read back, receiver, signature.
type HandOver struct {
	Day         citizen.Date `json:"day"`
	CardNo      string       `json:"card_no"`
	Receiver    Receiver     `json:"receiver"`
	ProxyName   string       `json:"proxy_name,omitempty"`
	ProxyNumber string       `json:"proxy_number,omitempty"`
	Proxy       *Kin         `json:"proxy,omitempty"` // relation and written authority of who collects for the holder
	Signature   string       `json:"signature"`       // blob
	Old         *OldCard     `json:"old,omitempty"`
	Ends        string       `json:"ends,omitempty"` // application of a card that this one ends besides, as the city said: one declared lost
}

// OldCard is the card that the new one replaces.
type OldCard struct {
	Generation  string `json:"generation"` // "1" or "2"
	Number      string `json:"number"`     // printed on it
	Application string `json:"application,omitempty"`
	Lost        bool   `json:"lost,omitempty"` // declared lost, not taken in
}

// Loss is a card reported lost.
type Loss struct {
	CardNo string       `json:"card_no"`
	Day    citizen.Date `json:"day"`
	Words  string       `json:"words"`
}

// Withdrawal ends an application without a hand-over.
type Withdrawal struct {
	Reason WithdrawReason `json:"reason"`
	State  WithdrawState  `json:"state"`
	Words  string         `json:"words,omitempty"`
	Second string         `json:"second,omitempty"` // the other person at a destruction
}

// Kind is what is applied for.
type Kind string

// The kinds (居民身份证法 (2003) arts. 10, 11).
const (
	First          Kind = "first"           // 申领
	Exchange       Kind = "exchange"        // 换领
	ReplaceLost    Kind = "replace_lost"    // 补领
	ReplaceDamaged Kind = "replace_damaged" // 损坏换领
)

// Temporary is the kind of a temporary card (临时居民身份证, art. 12 para 2), by which its fee is found; it is no kind of application.
const Temporary Kind = "temporary"

// Signer is who signed the form.
type Signer string

// The signers (居民身份证法 (2003) art. 7).
const (
	Self     Signer = "self"
	Guardian Signer = "guardian"
)

// Receiver is who took the card.
type Receiver string

// The receivers.
const (
	ReceivedBySelf     Receiver = "self"
	ReceivedByProxy    Receiver = "proxy"
	ReceivedByGuardian Receiver = "guardian" // of a child under 16
)

// ReturnReason is a coded reason for a return. The national codes (GA 214.9) were not seen; these are the office's own.
type ReturnReason string

// The reasons.
const (
	ReturnPhoto     ReturnReason = "photo"
	ReturnData      ReturnReason = "data"
	ReturnNumber    ReturnReason = "number"
	ReturnDuplicate ReturnReason = "duplicate"
	ReturnForm      ReturnReason = "form"
	ReturnRare      ReturnReason = "rare_character"
	ReturnDied      ReturnReason = "died"
	ReturnOther     ReturnReason = "other"
)

// ReturnReasons lists the reasons with their words.
var ReturnReasons = map[ReturnReason]citizen.Text{
	ReturnPhoto:     {ZH: "相片不合格", EN: "the photograph"},
	ReturnData:      {ZH: "登记项目有误", EN: "an item"},
	ReturnNumber:    {ZH: "公民身份号码有误", EN: "the citizen number"},
	ReturnDuplicate: {ZH: "重复申领或重号", EN: "a second application or a shared number"},
	ReturnForm:      {ZH: "申领登记表不合格", EN: "the signed form"},
	ReturnRare:      {ZH: "生僻字或超长", EN: "a rare character or a text too long"},
	ReturnDied:      {ZH: "本人已死亡", EN: "the person has died"},
	ReturnOther:     {ZH: "其他", EN: "another reason"},
}

// RejectClass says why the maker did not make a card, and so who acts next.
type RejectClass string

// The classes. The national ones (GA 214.10) were not seen; these are the office's own.
const (
	RejectPhoto      RejectClass = "photo"      // the station photographs again
	RejectData       RejectClass = "data"       // the station corrects
	RejectProduction RejectClass = "production" // the city orders again
)

// ToStation tells whether the station must act.
func (c RejectClass) ToStation() bool { return c != RejectProduction }

// WithdrawReason is why an application ends without a hand-over.
type WithdrawReason string

// The reasons.
const (
	WithdrawDied  WithdrawReason = "died"
	WithdrawAsked WithdrawReason = "asked"
	WithdrawEnded WithdrawReason = "ended" // the registration was cancelled
	WithdrawFound WithdrawReason = "found" // the lost card was found before the new one was ordered
)

// WithdrawState says what became of the card.
type WithdrawState string

// The states, in the order in which they follow each other.
const (
	Cancelled WithdrawState = "cancelled" // none was ordered
	Held      WithdrawState = "held"      // ordered or made: to be held when it comes
	Destroyed WithdrawState = "destroyed" // destroyed under two names
)
