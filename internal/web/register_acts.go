package web

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
)

// registerActs are the changes of the register that are made by hand, because they are done all day.
var registerActs = []registerAct{
	{name: "birth", action: "register.birth", law: "户口登记条例（1958）第7条；公通字〔1998〕65号", begin: beginBirth, papers: &actPaper{"certificate", register.PaperBirthCertificate}, groups: []actGroup{
		{"parents", []actField{{path: "mother_tenure", who: "mother"}, {path: "father_tenure", who: "father"}, {path: "guardian_tenure", who: "guardian"}, {path: "follow"}}},
		{"child", []actField{{path: "name"}, {path: "sex"}, {path: "birth_date"}, {path: "relation"}, {path: "ethnic_group"}, {path: "birthplace"}}},
		{"papers", []actField{{path: "certificate.number"}, {path: "certificate.issued_on"}, {path: "certificate.issuer"}, {path: "booklet"}}}}},
	{name: "death", action: "register.death", law: "户口登记条例（1958）第8条", begin: aboutTenure, person: true, papers: &actPaper{"paper", register.PaperDeathCertificate}, groups: []actGroup{
		{"death", []actField{{path: "date"}}},
		{"papers", []actField{{path: "paper.number"}, {path: "paper.issued_on"}, {path: "paper.issuer"}}}}},
	{name: "correct", action: "register.correct", law: "户口登记条例（1958）第17、18条", begin: beginCorrect, person: true, input: correctInput, papers: &actPaper{"paper", register.PaperItemProof}, groups: []actGroup{
		{"other", []actField{{path: "items.relation"}, {path: "items.marital_status"}, {path: "items.education"}, {path: "items.occupation"}, {path: "items.workplace"},
			{path: "items.birthplace"}, {path: "items.native_place"}, {path: "items.father_number"}, {path: "items.mother_number"}, {path: "items.spouse_number"}}},
		{"main", []actField{{path: "items.name"}, {path: "items.former_name"}, {path: "items.sex"}, {path: "items.ethnic_group"}, {path: "items.birth_date"}, {path: "items.number"}}},
		{"change", []actField{{path: "category", codes: codesOf(citizen.AlterationCategories, "")}, {path: "on"}, {path: "evidence"}}},
		{"document", []actField{{path: "paper.number"}, {path: "paper.issued_on"}, {path: "paper.issuer"}}}}},
	{name: "move-out", action: "register.move_out", law: "户口登记条例（1958）第10条", begin: aboutTenure, person: true, papers: &actPaper{"paper", register.PaperMoveGround}, groups: []actGroup{
		{"where", []actField{{path: "to_unit"}, {path: "destination"}, {path: "reason", codes: codesOf(citizen.ChangeReasons, "move-out")}, {path: "on"}}},
		{"document", []actField{{path: "paper.number"}, {path: "paper.issued_on"}, {path: "paper.issuer"}}}}},
	{name: "move-in", action: "register.move_in", law: "户口登记条例（1958）第13条", begin: beginMoveIn, input: moveInInput, papers: &actPaper{"document", register.PaperMigration}, groups: []actGroup{
		{"arrival", []actField{{path: "to_tenure"}, {path: "paper"}}},
		{"home", []actField{{path: "household_no"}, {path: "address"}, {path: "relation"}, {path: "on"}}},
		{"document", []actField{{path: "document.number"}, {path: "document.issued_on"}}}}},
	{name: "set-up", action: "register.set_up_household", law: "户口登记条例（1958）第5条", groups: []actGroup{
		{"members", memberSlots()},
		{"home", []actField{{path: "household_no"}, {path: "kind", codes: codesOf(citizen.HouseholdKinds, "")}, {path: "name"}, {path: "address"}, {path: "own_work"}}},
		{"change", occasion()}}},
	{name: "join", action: "register.join_household", law: "户口登记条例（1958）第5条", groups: []actGroup{
		{"home", []actField{{path: "household_no"}}},
		{"members", memberSlots()},
		{"change", occasion()}}},
	{name: "split", action: "register.split_household", law: "户口登记条例（1958）第5条", begin: membersOf("from", true), input: takeMembers, groups: []actGroup{
		{"home", []actField{{path: "from"}, {path: "household_no"}, {path: "address"}, {path: "own_work"}}},
		{"change", occasion()}}},
	{name: "merge", action: "register.merge_households", law: "户口登记条例（1958）第5条", begin: membersOf("from", false), input: takeMembers, groups: []actGroup{
		{"home", []actField{{path: "from"}, {path: "into"}}},
		{"change", occasion()}}},
	{name: "householder", action: "register.change_householder", law: "户口登记条例（1958）第5条", begin: membersOf("household_no", false), input: takeMembers, groups: []actGroup{
		{"home", []actField{{path: "household_no"}, {path: "own_work"}}},
		{"change", occasion()}}},
	{name: "address", action: "register.change_address", law: "户口登记条例（1958）第17条", begin: beginAddress, groups: []actGroup{
		{"home", []actField{{path: "household_no"}, {path: "address", must: true}}},
		{"change", occasion()}}},
	{name: "dissolve", action: "register.dissolve_household", law: "户口登记条例（1958）第5条", begin: beginAddress, groups: []actGroup{
		{"home", []actField{{path: "household_no"}}},
		{"change", occasion()}}},
}

// occasion are the fields that every change of a household has.
func occasion() []actField {
	return []actField{{path: "on"}, {path: "reason", codes: codesOf(citizen.ChangeReasons, "address-change")}}
}

// memberSlots are four lines for people who are looked up, each with the relation.
func memberSlots() []actField {
	var all []actField
	for _, i := range []string{"0", "1", "2", "3"} {
		all = append(all, actField{path: "members." + i + ".tenure", who: "member" + i}, actField{path: "members." + i + ".relation"})
	}
	return all
}

func beginBirth(c *call, p *actPage) error {
	for _, who := range []string{"mother", "father", "guardian"} {
		if p.Form.Value(whoPrefix+who) != "" || p.Form.Value(who+"_tenure") != "" {
			return nil
		}
	}
	if p.Form.Value(stepField) == "" && c.r.Method == "POST" {
		p.Form.wrong(whoPrefix+"mother", c.t("register.no_parent"), c.t("register.no_parent.mend"))
	}
	return nil
}

// beginCorrect fills the form with the items as they are registered.
func beginCorrect(c *call, p *actPage) error {
	if err := aboutTenure(c, p); err != nil {
		return err
	}
	if p.Form.Focus == "" {
		p.Form.Focus = p.act.groups[0].fields[0].path
	}
	now := itemsOf(&p.Person.Record)
	for _, g := range p.act.groups[:2] {
		for _, one := range g.fields {
			if !p.Form.Values.Has(one.path) {
				p.Form.Values.Set(one.path, now[strings.TrimPrefix(one.path, itemPrefix)])
			}
		}
	}
	return nil
}

// itemsOf are the items of a record that may be changed, by name, as they are typed.
func itemsOf(r *register.Record) map[string]string {
	return map[string]string{"name": r.Name, "former_name": r.FormerName, "sex": r.Sex, "ethnic_group": r.EthnicGroup, "birth_date": shownDate(r.BirthDate), "number": r.Number,
		"relation": r.Relation, "marital_status": r.MaritalStatus, "education": r.Education, "occupation": r.Occupation, "workplace": r.Workplace, "birthplace": r.Birthplace,
		"native_place": r.NativePlace, "father_number": r.FatherNumber, "mother_number": r.MotherNumber, "spouse_number": r.SpouseNumber}
}

// mainItems are those that a unit above decides on.
var mainItems = []string{"name", "former_name", "sex", "ethnic_group", "birth_date", "number"}

// correctInput takes the items that were altered. A main item goes as a proposal to the unit that decides.
func correctInput(c *call, p *actPage) (string, any) {
	items, main := fields{}, false
	for name, now := range itemsOf(&p.Person.Record) {
		typed := strings.TrimSpace(p.Form.Value(itemPrefix + name))
		if name == "birth_date" && typed != "" {
			day, ok := parseDate(typed)
			if !ok {
				p.Form.wrong(itemPrefix+"birth_date", c.t("form.date"), c.t("form.date.mend"))
				continue
			}
			typed = day
		}
		if typed != now {
			items[name], main = typed, main || slices.Contains(mainItems, name)
		}
	}
	if len(items) == 0 {
		p.Form.wrong(itemPrefix+"name", c.t("register.nothing_changed"), c.t("register.nothing_changed.mend"))
	}
	in := fields{"tenure": p.Person.Tenure, "items": items, "category": p.Form.Value("category")}
	if day, ok := parseDate(strings.TrimSpace(p.Form.Value("on"))); ok {
		in["on"] = day
	} else if p.Form.Value("on") != "" {
		p.Form.wrong("on", c.t("form.date"), c.t("form.date.mend"))
	}
	if kind := p.Form.Value("paper.kind"); kind != "" {
		paper := fields{"kind": kind, "number": p.Form.Value("paper.number"), "issuer": p.Form.Value("paper.issuer")}
		if day, ok := parseDate(strings.TrimSpace(p.Form.Value("paper.issued_on"))); ok {
			paper["issued_on"] = day
		}
		in["paper"] = paper
	}
	p.altered(c, items)
	if !main {
		return p.act.action, in
	}
	in["evidence"] = strings.TrimSpace(p.Form.Value("evidence"))
	if in["evidence"] == "" {
		p.Form.wrong("evidence", c.t("register.evidence"), c.t("register.evidence.mend"))
	}
	p.Notes = append(p.Notes, notice{Tone: "warn", Title: c.t("register.main_item"), Text: c.t("register.main_item.text"), Source: "户口登记条例（1958）第17条"})
	return "verify.propose_correction", in
}

// altered says of each item what it is now and what it will be.
func (p *actPage) altered(c *call, items fields) {
	now := itemsOf(&p.Person.Record)
	p.Changed = nil
	for _, g := range p.act.groups[:2] {
		for _, one := range g.fields {
			name := strings.TrimPrefix(one.path, itemPrefix)
			if to, ok := items[name].(string); ok {
				p.Changed = append(p.Changed, change{c.label(p.act.action, name), codeWords(name, now[name]).In(c.lang), codeWords(name, to).In(c.lang)})
			}
		}
	}
}

// beginMoveIn lists who is on the way here.
func beginMoveIn(c *call, p *actPage) error {
	moves, err := ask[registerdesk.MovesOutput](c, "register.moves", fields{"purpose": windowPurpose()})
	if err != nil {
		return err
	}
	for _, m := range moves.Moves {
		if m.ToUnit == c.by.Unit {
			p.Arriving = append(p.Arriving, m)
		}
	}
	if p.Form.Subject == "" && p.Form.Value("to_tenure") != "" {
		p.Form.Subject = p.Form.Value("to_tenure")
		return c.look(p.Form)
	}
	return nil
}

// moveInInput takes the address from the household where none was typed.
func moveInInput(c *call, p *actPage) (string, any) {
	if p.Form.Value("to_tenure") == "" && strings.TrimSpace(p.Form.Value("paper")) == "" {
		p.Form.wrong("to_tenure", c.t("register.no_arrival"), c.t("register.no_arrival.mend"))
	}
	if no := strings.TrimSpace(p.Form.Value("household_no")); no != "" && p.Form.Value("address") == "" {
		if house, err := c.household(c.by.Unit, no); err == nil {
			p.Form.Values.Set("address", house.Address)
		}
	}
	return p.act.action, c.bindTo(p.Form, p.act.action)
}

// membersOf lists the members of the household that a field names; without one the page asks for its number.
func membersOf(name string, picked bool) func(*call, *actPage) error {
	return func(c *call, p *actPage) error {
		no := strings.TrimSpace(p.Form.Value(name))
		if no == "" {
			return nil
		}
		err := p.members(c, no, picked)
		return p.unknown(c, name, err)
	}
}

// unknown marks the field that names what is not there, as a household or an application.
func (p *actPage) unknown(c *call, name string, err error) error {
	if refusal, ok := event.AsRefusal(err); ok {
		p.Form.refuse(refusal, c.lang)
		last := &p.Form.Errors[len(p.Form.Errors)-1]
		last.Name, last.ID = name, fieldID(name)
		return nil
	}
	return err
}

func beginAddress(c *call, p *actPage) error {
	no := strings.TrimSpace(p.Form.Value("household_no"))
	if no == "" {
		return nil
	}
	house, err := c.household(c.by.Unit, no)
	if err != nil {
		return p.unknown(c, "household_no", err)
	}
	p.House, p.Back = &house, householdPath(house.Unit, house.No)
	if p.Form.Subject == "" {
		p.Form.Subject = register.HouseholdSubject(house.Unit, house.No)
		return c.look(p.Form)
	}
	return nil
}
