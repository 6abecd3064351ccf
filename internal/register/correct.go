package register

import (
	"reflect"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Items are the items of a record that a change alters; those that are nil stay.
type Items struct {
	Number        *string       `json:"number,omitempty"`
	Name          *string       `json:"name,omitempty"`
	FormerName    *string       `json:"former_name,omitempty"`
	Sex           *string       `json:"sex,omitempty"`
	EthnicGroup   *string       `json:"ethnic_group,omitempty"`
	BirthDate     *citizen.Date `json:"birth_date,omitempty"`
	Birthplace    *string       `json:"birthplace,omitempty"`
	NativePlace   *string       `json:"native_place,omitempty"`
	Address       *string       `json:"address,omitempty"`
	HouseholdNo   *string       `json:"household_no,omitempty"`
	Relation      *string       `json:"relation,omitempty"`
	MaritalStatus *string       `json:"marital_status,omitempty"`
	Education     *string       `json:"education,omitempty"`
	Occupation    *string       `json:"occupation,omitempty"`
	Workplace     *string       `json:"workplace,omitempty"`
	FatherNumber  *string       `json:"father_number,omitempty"`
	MotherNumber  *string       `json:"mother_number,omitempty"`
	SpouseNumber  *string       `json:"spouse_number,omitempty"`
	CardIssued    *citizen.Date `json:"card_issued,omitempty"`
	CardExpires   *string       `json:"card_expires,omitempty"`
}

// applyTo is the record with the items altered.
func (it Items) applyTo(r Record) Record {
	for _, item := range []struct{ to, from *string }{
		{&r.Number, it.Number}, {&r.Name, it.Name}, {&r.FormerName, it.FormerName}, {&r.Sex, it.Sex}, {&r.EthnicGroup, it.EthnicGroup},
		{&r.Birthplace, it.Birthplace}, {&r.NativePlace, it.NativePlace}, {&r.Address, it.Address}, {&r.HouseholdNo, it.HouseholdNo},
		{&r.Relation, it.Relation}, {&r.MaritalStatus, it.MaritalStatus}, {&r.Education, it.Education}, {&r.Occupation, it.Occupation},
		{&r.Workplace, it.Workplace}, {&r.FatherNumber, it.FatherNumber}, {&r.MotherNumber, it.MotherNumber},
		{&r.SpouseNumber, it.SpouseNumber}, {&r.CardExpires, it.CardExpires},
	} {
		if item.from != nil {
			*item.to = *item.from
		}
	}
	if it.BirthDate != nil {
		r.BirthDate = *it.BirthDate
	}
	if it.CardIssued != nil {
		r.CardIssued = *it.CardIssued
	}
	if it.Name != nil {
		r = r.Sorted()
	}
	return r
}

// Correct is the command to alter items.
type Correct struct {
	Items    Items
	Category string // code of citizen.AlterationCategories
	On       citizen.Date
	Paper    *Paper
	Decision string     // the correction or case that it carries out
	Ref      *event.Ref // the entry that decided it; a main item needs one
	Expected int64
}

// CorrectFacts are what the desk found.
type CorrectFacts struct {
	Since   []Noted
	Holders []string // other tenures known here that have or had the new number
}

// CorrectItems alters items of an open tenure (户口登记条例第17条). What the old database had wrong stays in the history.
func CorrectItems(by By, t Tenure, c Correct, f CorrectFacts) (event.Event, error) {
	if r := t.Guard(by, c.Expected, f.Since); r != nil {
		return event.Event{}, r
	}
	before, after := t.Record, c.Items.applyTo(t.Record)
	if err := c.check(by, &before, &after, f); err != nil {
		return event.Event{}, err
	}
	change := t.next(c.On, c.Paper)
	change.Before, change.Record = &before, after
	return event.Event{Stream: event.Up(by.Unit), Kind: KindItemsCorrected, V: 1, Subject: t.ID, Cause: c.Ref,
		Body: ItemsCorrected{Change: change, Category: c.Category, Decision: c.Decision, Ref: c.Ref}}, nil
}

func (c Correct) check(by By, before, after *Record, f CorrectFacts) error {
	if reflect.DeepEqual(before, after) {
		return event.Refuse("register.nothing_changed", source("17"),
			citizen.Text{ZH: "没有改动任何项目", EN: "no item is altered"},
			citizen.Text{ZH: "填写要变更更正的项目", EN: "give the items to be altered"})
	}
	if before.HouseholdNo != after.HouseholdNo || before.Relation != after.Relation && (before.Relation == relationHead || after.Relation == relationHead) {
		return field("household_no", event.Refuse("register.by_household", source("5、19"),
			citizen.Text{ZH: "户号和户主关系随户变动，不单独更改", EN: "household and householder are changed by the household's own business, not item by item"},
			citizen.Text{ZH: "办理分户、并户、入户（register.join_household）或户主变更（register.change_householder）",
				EN: "split, merge or join a household (register.join_household), or change the householder (register.change_householder)"}))
	}
	if c.On.IsZero() || c.On.After(by.Today) {
		return field("on", futureDate("变更更正日期", "date of the change"))
	}
	if _, ok := citizen.AlterationCategories.ByCode(c.Category); !ok {
		return field("category", unknownCode("变更更正类别", "category", citizen.AlterationCategories))
	}
	if before.Name != after.Name {
		if err := checkName(after.Name); err != nil {
			return err
		}
	}
	if before.FormerName != after.FormerName {
		if err := checkFormerName(after.FormerName); err != nil {
			return err
		}
	}
	if c.Items.BirthDate != nil && (after.BirthDate.IsZero() || after.BirthDate.After(by.Today)) {
		return field("birth_date", futureDate("出生日期", "birth date"))
	}
	if err := c.Items.checkCodes(); err != nil {
		return err
	}
	if main := MainAltered(before, after); len(main) > 0 && c.Ref == nil {
		return needsApproval(main)
	}
	if c.Items.Number != nil {
		return checkNumber(by, after, f)
	}
	return nil
}

func (it Items) checkCodes() error {
	for _, item := range []struct {
		name, zh, en string
		value        *string
		table        *citizen.Table
	}{
		{"sex", "性别", "sex", it.Sex, citizen.Sexes},
		{"ethnic_group", "民族", "ethnic group", it.EthnicGroup, citizen.EthnicGroups},
		{"relation", "与户主关系", "relation", it.Relation, citizen.Relations},
		{"marital_status", "婚姻状况", "marital status", it.MaritalStatus, citizen.MaritalStatuses},
		{"education", "文化程度", "education", it.Education, citizen.Educations},
	} {
		if item.value == nil || *item.value == "" {
			continue
		}
		if _, ok := item.table.ByCode(*item.value); !ok {
			return field(item.name, unknownCode(item.zh, item.en, item.table))
		}
	}
	return nil
}

// checkNumber holds a corrected number against GB 11643-1999, the record and the other holders: it is unique and for life.
func checkNumber(by By, after *Record, f CorrectFacts) error {
	check := citizen.CheckNumber(after.Number, citizen.NumberContext{On: by.Today, Sex: citizen.Sex(after.Sex), Birth: after.BirthDate})
	if !check.Valid || check.Normalised != after.Number || check.Birth != after.BirthDate || string(check.Sex) != after.Sex {
		text := citizen.Text{ZH: "号码与登记的出生日期、性别不符", EN: "the number does not fit the registered birth date or sex"}
		for _, finding := range check.Findings {
			if finding.Action == citizen.Refuse {
				text = finding.Text
			}
		}
		return field("number", event.Refuse("register.number", "GB 11643-1999", text,
			citizen.Text{ZH: "核对号码；出生日期、性别有误的一并更正", EN: "check the number; correct birth date and sex along with it where they are wrong"}))
	}
	if len(f.Holders) > 0 {
		return field("number", event.Refuse("register.number_held", "GB 11643-1999",
			citizen.Text{ZH: "该号码为他人所有或曾经使用", EN: "somebody else has or had this number"},
			citizen.Text{ZH: "号码唯一、终身不变，用过的不再编给他人；另编号码", EN: "a number is unique and for life, and a used one is never given again; take another"}))
	}
	return nil
}
