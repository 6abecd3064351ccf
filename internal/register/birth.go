package register

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Papers of a birth registration.
const (
	PaperBirthCertificate = "birth_certificate"
	PaperBooklet          = "booklet"
	PaperDeathCertificate = "death_certificate"
)

// paperTexts name the papers in lists of what is missing.
var paperTexts = map[string]citizen.Text{
	PaperBirthCertificate: {ZH: "出生医学证明", EN: "medical certificate of birth"},
	PaperBooklet:          {ZH: "居民户口簿", EN: "household booklet"},
	PaperDeathCertificate: {ZH: "死亡证明（医疗、公安、法院或火化证明）", EN: "paper proving the death: medical, police, court or cremation"},
	PaperBirthEvidence: {ZH: "出生证明材料之一：出生医学证明、接生人证明、两名知情人证明或档案记载",
		EN: "one evidence of the birth: medical certificate, statement of the midwife, of two who know of it, or a file"},
	PaperOwnStatement:    {ZH: "本人或监护人书面申请", EN: "written application of the person or guardian"},
	PaperMigration:       {ZH: "户口迁移证", EN: "migration paper"},
	PaperResidenceProof:  {ZH: "合法固定住所证明", EN: "paper on the lawful home"},
	PaperMoveGround:      {ZH: "迁移依据（录用、录取、准予迁入等证明）", EN: "ground of the move: employment, admission or permission"},
	PaperItemProof:       {ZH: "变更更正项目的证明", EN: "proof of the item to be changed or corrected"},
	PaperErrorProof:      {ZH: "误登的证明（原始登记、调查材料）", EN: "proof of the error: first registration, record of inquiry"},
	PaperClassPaper:      {ZH: "户别变更批准文件", EN: "paper approving the change of class"},
	PaperEnlistment:      {ZH: "应征公民入伍通知书", EN: "notice of enlistment"},
	PaperAbroad:          {ZH: "出国（境）定居证明", EN: "paper on settling abroad"},
	PaperMissingProof:    {ZH: "失踪证明（报案查找材料或法院判决）", EN: "proof of the disappearance: police inquiry or court ruling"},
	PaperReturnProof:     {ZH: "恢复户口依据（本人到所、退伍证、回国定居证明等）", EN: "ground of restoring: the person appears, discharge paper, paper on settling on return"},
	PaperHouseholderSays: {ZH: "原户主同意分户的声明", EN: "statement of the former householder"},
}

func missing(codes ...string) []Missing {
	var all []Missing
	for _, code := range codes {
		all = append(all, Missing{Paper: code, Text: PaperText(code)})
	}
	return all
}

// Birth is the command to enter a newborn.
type Birth struct {
	Name        string
	Sex         citizen.Sex
	BirthDate   citizen.Date
	EthnicGroup string // empty: that of the person whom the child follows
	Birthplace  string
	HouseholdNo string // empty: the household of the person whom the child follows
	Relation    string // to the householder, GB/T 4761
	Certificate *Paper // nil: still to be brought
	Booklet     bool   // the household's booklet was shown
}

// BirthFacts are what the desk found and minted.
type BirthFacts struct {
	Tenure, Resident string
	Follows          Tenure // mother, father or, for a child without them, the guardian or institution
	FatherNumber     string // as declared; empty: not declared
	MotherNumber     string
	Limits           Limits
}

// CheckBirth tells what stands against entering a newborn, before a number is drawn. A child follows the mother or the father freely
// (公通字〔1998〕65号), declared by a relative, carer or neighbour (户口登记条例第7条); nothing else is asked. Papers that are
// missing, and lateness, never stand against it.
func CheckBirth(by By, c Birth, follows Tenure) error {
	if follows.Unit != by.Unit || follows.State != StateOpen {
		return event.Refuse("register.parent_not_here", "公通字〔1998〕65号；"+source("7"),
			citizen.Text{ZH: "父、母或监护人的户口均不在本所", EN: "neither parent nor guardian is registered at this station"},
			citizen.Text{ZH: "随父随母自愿选择：到父亲或母亲户口所在地派出所申报", EN: "the child may follow either parent: declare it at the station of the father's or the mother's registration"})
	}
	if err := checkName(c.Name); err != nil {
		return err
	}
	if !c.Sex.Known() {
		return field("sex", unknownCode("性别", "sex", citizen.Sexes))
	}
	if c.BirthDate.IsZero() || c.BirthDate.After(by.Today) {
		return field("birth_date", futureDate("出生日期", "birth date"))
	}
	if _, ok := citizen.EthnicGroups.ByCode(c.EthnicGroup); !ok && c.EthnicGroup != "" {
		return field("ethnic_group", unknownCode("民族", "ethnic group", citizen.EthnicGroups))
	}
	if _, ok := citizen.Relations.ByCode(c.Relation); !ok {
		return field("relation", unknownCode("与户主关系", "relation", citizen.Relations))
	}
	return nil
}

// RegisterBirth reserves the drawn number and enters the child, in that order, as one act.
func RegisterBirth(by By, c Birth, f BirthFacts, d Drawn) ([]event.Event, error) {
	if err := CheckBirth(by, c, f.Follows); err != nil {
		return nil, err
	}
	body := BirthRegistered{Follows: f.Follows.ID, DeclaredOn: by.Today, Late: by.Today.After(within("hukou.birth.within", c.BirthDate, by.Today)),
		Change: Change{Resident: f.Resident, Tenure: f.Tenure, Version: 1, EffectiveOn: c.BirthDate, Paper: c.Certificate, Record: c.record(f, d)}}
	if c.Certificate == nil {
		body.Missing = append(body.Missing, missing(PaperBirthCertificate)...)
	}
	if !c.Booklet {
		body.Missing = append(body.Missing, missing(PaperBooklet)...)
	}
	if len(body.Missing) > 0 {
		body.Complaint = &f.Limits.Complaint
	}
	return []event.Event{
		{Stream: event.Up(by.Unit), Kind: KindNumberReserved, V: 1, Subject: f.Tenure, Body: NumberReserved{Number: d.Number.String(), Range: d.Range}},
		{Stream: event.Up(by.Unit), Kind: KindBirthRegistered, V: 1, Subject: f.Tenure, Body: body},
	}, nil
}

func (c Birth) record(f BirthFacts, d Drawn) Record {
	r := Record{Number: d.Number.String(), Name: c.Name, Sex: string(c.Sex), EthnicGroup: c.EthnicGroup, BirthDate: c.BirthDate, Birthplace: c.Birthplace,
		NativePlace: f.Follows.Record.NativePlace, Address: f.Follows.Record.Address, HouseholdNo: c.HouseholdNo, Relation: c.Relation,
		FatherNumber: f.FatherNumber, MotherNumber: f.MotherNumber}
	if r.EthnicGroup == "" {
		r.EthnicGroup = f.Follows.Record.EthnicGroup
	}
	if r.HouseholdNo == "" {
		r.HouseholdNo = f.Follows.Record.HouseholdNo
	}
	return r.Sorted()
}

func unknownCode(zh, en string, t *citizen.Table) *event.Refusal {
	return event.Refuse("register.code", t.Standard,
		citizen.Text{ZH: zh + "代码不在代码表中", EN: "the " + en + " is not a code of the table"},
		citizen.Text{ZH: "按" + t.Title.ZH + "代码表选择", EN: "choose from the table of " + t.Title.EN})
}

func futureDate(zh, en string) *event.Refusal {
	return event.Refuse("register.date", "GB/T 7408",
		citizen.Text{ZH: zh + "缺少或晚于今日", EN: "the " + en + " is missing or later than today"},
		citizen.Text{ZH: "核对日期", EN: "check the date"})
}

// BringPapers takes papers off the list of what is missing; waiting are the codes on it. It may be done after the tenure has ended.
func BringPapers(by By, t Tenure, papers []Paper, waiting []string) (event.Event, error) {
	if t.Unit != by.Unit {
		return event.Event{}, t.notOwner()
	}
	for _, p := range papers {
		if !slices.Contains(waiting, p.Kind) {
			return event.Event{}, notWaiting(p.Kind)
		}
	}
	if len(papers) == 0 {
		return event.Event{}, notWaiting("")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindPapersBrought, V: 1, Subject: t.ID,
		Body: PapersBrought{Tenure: t.ID, Papers: papers, BroughtOn: by.Today}}, nil
}

func notWaiting(kind string) *event.Refusal {
	return field("papers", event.Refuse("register.not_missing", "",
		citizen.Text{ZH: "清单上没有待补的材料 " + kind, EN: "no paper " + kind + " is waiting on the list"},
		citizen.Text{ZH: "查看待补材料清单，清单以外的材料不得索要", EN: "see the list; nothing beyond it may be asked for"}))
}
