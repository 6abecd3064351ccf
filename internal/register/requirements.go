package register

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Papers of the matters below, besides those of births and deaths.
const (
	PaperBirthEvidence   = "birth_evidence"
	PaperOwnStatement    = "own_statement"
	PaperMigration       = "migration_paper"
	PaperResidenceProof  = "residence_proof"
	PaperMoveGround      = "move_ground"
	PaperItemProof       = "item_proof"
	PaperErrorProof      = "error_proof"
	PaperClassPaper      = "class_paper"
	PaperEnlistment      = "enlistment_notice"
	PaperAbroad          = "settlement_abroad"
	PaperMissingProof    = "missing_proof"
	PaperReturnProof     = "return_proof"
	PaperHouseholderSays = "householder_statement"
)

// The cases of a cancellation (111).
const (
	CaseAbroad  = "abroad"
	CaseArmy    = "army"
	CaseMissing = "missing"
)

// Applicants are who may declare or apply, by code.
var Applicants = map[string]citizen.Text{
	"person":      {ZH: "本人", EN: "the person"},
	"householder": {ZH: "户主", EN: "the householder"},
	"guardian":    {ZH: "监护人、抚养人", EN: "guardian or carer"},
	"relative":    {ZH: "亲属", EN: "a relative"},
	"neighbour":   {ZH: "邻居", EN: "a neighbour"},
	"organ":       {ZH: "有关机关、单位", EN: "the organ or work unit concerned"},
	"station":     {ZH: "户口登记机关", EN: "the registration organ itself"},
}

// Requirement says of one kind of change who may apply, with what papers, who decides and what follows. It is the whole list: nothing beyond it may
// be asked for.
type Requirement struct {
	Kind       string       `json:"kind"`           // code of citizen.ChangeKinds
	Case       string       `json:"case,omitempty"` // where a kind has several
	Action     string       `json:"action"`
	Applicants []string     `json:"applicants"` // codes of Applicants
	Papers     []string     `json:"papers"`
	Level      event.Level  `json:"level"`            // 3: the station at once or, where Decided, its leader; 2: the county
	Decided    bool         `json:"decided"`          // a second person decides
	Notice     bool         `json:"notice,omitempty"` // a notice is served before it is carried out
	Article    string       `json:"article"`
	Follows    citizen.Text `json:"follows"`
}

func text(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }

// Requirements is the table, in the order of the codes. Levels and papers that no national text fixes follow the practice of one province
// (law-and-process D4) and are UNCONFIRMED for others.
var Requirements = []Requirement{
	{Kind: ChangeBirth, Action: "register.birth", Applicants: []string{"householder", "relative", "guardian", "neighbour"}, Level: event.Station,
		Papers: []string{PaperBirthCertificate, PaperBooklet}, Article: source("7"), Follows: text("编公民身份号码，打印户口簿页", "citizen number; page of the booklet")},
	{Kind: ChangeDeath, Action: "register.death", Applicants: []string{"householder", "relative", "guardian", "neighbour", "organ"}, Level: event.Station,
		Papers: []string{PaperDeathCertificate}, Article: source("8"), Follows: text("收回居民身份证，户口簿页加盖注销章；户主死亡的另定户主", "the card is taken in and the page stamped; a dead householder's household names another")},
	{Kind: ChangeAddressIn, Action: "register.change_address", Applicants: []string{"householder", "person"}, Level: event.Station,
		Papers: []string{PaperBooklet, PaperResidenceProof}, Article: source("17"), Follows: text("户口簿改页，身份证机读住址", "new pages of the booklet; the address in the card's chip")},
	{Kind: ChangeMoveIn, Action: "register.move_in", Applicants: []string{"householder", "person"}, Level: event.Station,
		Papers: []string{PaperMigration, PaperBooklet, PaperResidenceProof}, Article: source("13"), Follows: text("收回迁移证，登记入户", "the migration paper is taken in")},
	{Kind: ChangeMoveOut, Action: "register.move_out", Applicants: []string{"householder", "person"}, Level: event.Station,
		Papers: []string{PaperBooklet, PaperMoveGround}, Article: source("10"), Follows: text("发给迁移证，注销户口", "migration paper; the registration here ends")},
	{Kind: ChangeItems, Action: "register.correct", Applicants: []string{"householder", "person", "guardian", "station"}, Level: event.Station,
		Papers: []string{PaperBooklet, PaperItemProof}, Article: source("17、18"), Follows: text("常住人口登记表、户口簿一并更改；姓名变更的换领身份证", "form and booklet are altered together; a change of name renews the card")},
	{Kind: ChangeLateEntry, Action: "register.late_entry", Applicants: []string{"person", "householder", "guardian", "relative", "station"}, Level: event.County, Decided: true,
		Papers: []string{PaperBirthEvidence, PaperBooklet, PaperOwnStatement}, Article: source("6、7"), Follows: text("县（市、区）局按顺序码登记表编号，登记入户", "numbered from the county's sequence register, and entered")},
	{Kind: ChangeRemoval, Action: "register.remove", Applicants: []string{"person", "householder", "station"}, Level: event.County, Decided: true, Notice: true,
		Papers: []string{PaperErrorProof}, Article: source("17"), Follows: text("注销并注明原因，记录保留，号码不再使用", "cancelled with its cause; the record is kept and the number never used again")},
	{Kind: ChangeClass, Action: "register.change_class", Applicants: []string{"person", "householder", "organ"}, Level: event.County, Decided: true,
		Papers: []string{PaperClassPaper, PaperBooklet}, Article: source("17"), Follows: text("户口簿改页", "new page of the booklet")},
	{Kind: ChangeCancellation, Case: CaseAbroad, Action: "register.cancel", Applicants: []string{"person", "relative", "organ"}, Level: event.Station, Decided: true,
		Papers: []string{PaperAbroad, PaperBooklet}, Article: source("10"), Follows: text("非本人申请的先通知；收回居民身份证；回国定居的恢复户口", "a notice first, unless the person applied; the card is taken in; restored on return")},
	{Kind: ChangeCancellation, Case: CaseArmy, Action: "register.cancel", Applicants: []string{"person", "householder", "organ"}, Level: event.Station, Decided: true,
		Papers: []string{PaperEnlistment, PaperBooklet}, Article: source("11"), Follows: text("非本人申请的先通知；不发迁移证；退伍后恢复户口", "a notice first, unless the person applied; no migration paper; restored after discharge")},
	{Kind: ChangeCancellation, Case: CaseMissing, Action: "register.cancel", Applicants: []string{"householder", "relative"}, Level: event.County, Decided: true, Notice: true,
		Papers: []string{PaperMissingProof, PaperBooklet}, Article: source("19"), Follows: text("寻回的即时恢复户口", "restored at once when the person is found")},
	{Kind: ChangeRestoration, Action: "register.restore", Applicants: []string{"person", "householder", "relative", "organ", "station"}, Level: event.County, Decided: true,
		Papers: []string{PaperReturnProof}, Article: source("13、19"), Follows: text("恢复原登记，号码不变", "the former registration opens again with its number")},
	{Kind: ChangeSetUp, Action: "register.set_up_household", Applicants: []string{"householder", "person"}, Level: event.Station,
		Papers: []string{PaperBooklet, PaperResidenceProof, PaperHouseholderSays}, Article: source("5、19"), Follows: text("发给新户口簿", "a new booklet")},
}

// ends tells whether the kind ends a registration for good or until a restoration.
func (r Requirement) ends() bool { return r.Kind == ChangeRemoval || r.Kind == ChangeCancellation }

// RequirementOf finds a kind's requirement.
func RequirementOf(kind, cs string) (Requirement, bool) {
	at := slices.IndexFunc(Requirements, func(r Requirement) bool { return r.Kind == kind && r.Case == cs })
	if at < 0 {
		return Requirement{}, false
	}
	return Requirements[at], true
}

// mayAsk tells whether the requirement of a kind, in any of its cases, names a paper.
func mayAsk(kind, paper string) bool {
	return slices.ContainsFunc(Requirements, func(r Requirement) bool { return r.Kind == kind && slices.Contains(r.Papers, paper) })
}

// lacking lists the papers of a requirement that were not given.
func (r Requirement) lacking(given []Paper) []Missing {
	var codes []string
	for _, code := range r.Papers {
		if !slices.ContainsFunc(given, func(p Paper) bool { return p.Kind == code }) {
			codes = append(codes, code)
		}
	}
	return missing(codes...)
}

// PaperText names a paper; the code itself where none is known.
func PaperText(code string) citizen.Text {
	if t, ok := paperTexts[code]; ok {
		return t
	}
	return citizen.Text{ZH: code, EN: code}
}

// Casing is the case of a cancellation by its reason, a code of citizen.ChangeReasons (move-out), and its mark of GA 214.18: 2 missing, else 3.
// The standard's marks after 3 were not seen, so enlistment and settling abroad are "moved out" (UNCONFIRMED).
func Casing(reason string) (cs, mark string, ok bool) {
	switch reason {
	case "0481":
		return CaseArmy, "3", true
	case "0484", "0485", "0486":
		return CaseAbroad, "3", true
	case "0487":
		return CaseMissing, "2", true
	}
	return "", "", false
}

// reasonRemoved is the reason of a removal.
const reasonRemoved = "0490"
