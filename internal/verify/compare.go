package verify

import (
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/verify/reconcile"
)

// Sources are the five records that must agree (plan P4), in the order of the agreement code.
var Sources = register.SourceKinds

// The sources.
const (
	SourceForm     = "form"
	SourceBooklet  = "booklet"
	SourceCard     = "card"
	SourceComputer = "computer"
	SourceCitizen  = "citizen"
)

// VisitItems are the items that a household is asked for and that all five records can have.
var VisitItems = []string{"name", "sex", "ethnic_group", "birth_date", "number", "address"}

// itemsOf are the items of a record that can differ, by their JSON names.
func itemsOf(r *register.Record) map[string]string {
	return map[string]string{"name": r.Name, "former_name": r.FormerName, "sex": r.Sex, "ethnic_group": r.EthnicGroup, "birth_date": r.BirthDate.String(),
		"number": r.Number, "address": r.Address, "birthplace": r.Birthplace, "native_place": r.NativePlace, "relation": r.Relation,
		"marital_status": r.MaritalStatus, "education": r.Education, "occupation": r.Occupation, "workplace": r.Workplace,
		"father_number": r.FatherNumber, "mother_number": r.MotherNumber, "spouse_number": r.SpouseNumber, "household_no": r.HouseholdNo}
}

// ItemOf is one item of a record; ok is false where there is no such item.
func ItemOf(r *register.Record, item string) (value string, ok bool) {
	value, ok = itemsOf(r)[item]
	return value, ok
}

// Item is one item of a person in the five records.
type Item struct {
	Item        string            `json:"item"`
	Values      map[string]string `json:"values"`      // by source; a source that was not there is missing
	Code        string            `json:"code"`        // which of the five agree, one digit a source: equal digits, equal values; 0: not there
	Explanation string            `json:"explanation"` // why they may differ, one of Explanations
	Proposal    string            `json:"proposal"`    // the value that is probably right; empty: ask
	Ground      string            `json:"ground"`      // why, one of Grounds
}

// Explanations say how two values differ: those of the comparison of whole files, so that a page and huzheng reconcile say the same.
var Explanations = reconcile.Explanations

// Grounds say why a value is proposed.
var Grounds = reconcile.Grounds

// CompareItem compares one item of five records by the engine that compares whole files; the values of absent records are missing.
func CompareItem(item string, values map[string]string, f reconcile.Facts) Item {
	out := Item{Item: item, Values: values}
	engineItem, ok := reconcile.ItemNamed(item)
	if !ok {
		return out
	}
	var all [reconcile.SourceCount]string
	var present reconcile.Sources
	for name, value := range values {
		if s, ok := reconcile.SourceNamed(name); ok {
			all[s], present = value, present|1<<s
		}
	}
	d := reconcile.Compare(engineItem, &all, present, &f)
	out.Code, out.Proposal, out.Ground = d.Code.String(), d.Proposal, d.Ground
	if len(d.Explained) > 0 {
		out.Explanation = d.Explained[0].Code
	}
	if !d.Code.Differs() {
		for _, v := range values {
			out.Proposal = v
		}
	}
	return out
}

// Order asks for one record to be put right.
type Order struct {
	Source string `json:"source"`
	Item   string `json:"item"`
	From   string `json:"from"`
	To     string `json:"to"`
	Do     string `json:"do"` // rewrite_form, new_booklet_page, renew_card, change_record, ask_person
}

var orderOf = map[string]string{SourceForm: "rewrite_form", SourceBooklet: "new_booklet_page", SourceCard: "renew_card",
	SourceComputer: "change_record", SourceCitizen: "ask_person"}

// Orders are the correction orders that an item calls for: one to each record that is not as proposed; without a proposal the person is asked.
func (it Item) Orders() []Order {
	if !strings.Contains(it.Code, "2") {
		return nil
	}
	if it.Proposal == "" && it.Ground == "ask" {
		return []Order{{Source: SourceCitizen, Item: it.Item, From: it.Values[SourceComputer], Do: orderOf[SourceCitizen]}}
	}
	var all []Order
	for _, source := range Sources {
		if v, ok := it.Values[source]; ok && v != it.Proposal {
			all = append(all, Order{Source: source, Item: it.Item, From: v, To: it.Proposal, Do: orderOf[source]})
		}
	}
	return all
}

// Typed is what a clerk types of a comparison: a record that has another value than the computer.
type Typed struct {
	Source string `json:"source"`
	Item   string `json:"item"`
	Value  string `json:"value"`
}

// ComparePerson compares a person's five records by exception: a record looked at has what the computer has, save where something was typed.
func ComparePerson(by By, c Compared, person register.Tenure, typed []Typed, changes []reconcile.Change, pending bool) (Compared, error) {
	c.Home, c.Tenure, c.Resident, c.HouseholdNo, c.On = by.Unit, person.ID, person.Resident, person.Record.HouseholdNo, by.Today
	if person.Unit != by.Unit || person.State != register.StateOpen {
		return c, notOurs()
	}
	for _, source := range c.Looked {
		if !slices.Contains(Sources, source) {
			return c, unknownSource()
		}
	}
	if len(c.Looked) == 0 {
		return c, field("looked", refuse("verify.nothing_looked_at", "", "未填核对了哪些记录", "it does not say which records were looked at", "列出登记表、户口簿、身份证、本人中核对过的", "list those of form, booklet, card and citizen that were there"))
	}
	values := make(map[string]map[string]string)
	for _, d := range typed {
		registered, ok := ItemOf(&person.Record, d.Item)
		if !ok {
			return c, field("differs", refuse("verify.item", form95, "没有项目 "+d.Item, "there is no item "+d.Item, "按登记表的项目填写", "use an item of the form"))
		}
		if !slices.Contains(c.Looked, d.Source) || d.Source == SourceComputer {
			return c, unknownSource()
		}
		if values[d.Item] == nil {
			values[d.Item] = map[string]string{SourceComputer: registered}
			for _, source := range c.Looked {
				values[d.Item][source] = registered
			}
		}
		values[d.Item][d.Source] = d.Value
	}
	facts := factsOf(&person.Record, values["number"], changes)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		item := CompareItem(name, values[name], facts)
		if item.Orders() == nil {
			continue
		}
		c.Items = append(c.Items, item)
		c.Orders = append(c.Orders, item.Orders()...)
	}
	if len(c.Orders) == 0 && !pending {
		c.Verified = []Verified{{Tenure: person.ID, Resident: person.Resident, Main: register.MainMark(person.Record), By: by.Operator, Way: WayComparison}}
	}
	return c, nil
}

// factsOf is what is known of a person besides the item that is compared.
func factsOf(r *register.Record, numbers map[string]string, changes []reconcile.Change) reconcile.Facts {
	f := reconcile.Facts{Sex: r.Sex, Birth: r.BirthDate, Changes: changes}
	add := func(all *[]string, v string) {
		if v != "" && !slices.Contains(*all, v) {
			*all = append(*all, v)
		}
	}
	add(&f.Numbers, r.Number)
	for _, source := range Sources {
		add(&f.Numbers, numbers[source])
	}
	add(&f.FormerNames, r.FormerName)
	for _, relative := range []string{r.FatherNumber, r.MotherNumber, r.SpouseNumber} {
		add(&f.Relatives, relative)
	}
	return f
}

// ChangesOf lists the items in which a registered change differs from what stood before it.
func ChangesOf(before, after *register.Record, on citizen.Date) (changes []reconcile.Change) {
	from, to := itemsOf(before), itemsOf(after)
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if item, ok := reconcile.ItemNamed(name); ok && from[name] != to[name] {
			changes = append(changes, reconcile.Change{Item: item, Before: from[name], After: to[name], On: on})
		}
	}
	return changes
}

func unknownSource() *event.Refusal {
	return field("differs", refuse("verify.source", "", "记录来源应为 form、booklet、card、citizen 之一，且已列为核对过", "the source is one of form, booklet, card and citizen, and was listed as looked at", "改正记录来源", "correct the source"))
}

func notOurs() *event.Refusal {
	return refuse("verify.not_ours", "户口登记条例（1958）第6条", "该人不在本所登记或登记已终止", "the person is not registered at this station, or no longer", "由登记地派出所办理", "the station of the registration does it")
}
