package web

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// field is one control of a form, in the shape of the parts "field…". Part names the one that shows it.
type field struct {
	Part                  string
	ID, Name, Label, Hint string
	Error, Value, Type    string
	Required, Focus, Mono bool
	Options               []option
	Rows                  int
	Width                 string
	Fields                []field   // of a group
	Lines                 [][]field // of a group that repeats
	Held                  string    // a file's attachment, kept over a refusal
	Known, Other          string    // of an identifier that came with the link: its words, and the page on which another can be given
}

type option struct {
	Value, Label string
	Selected     bool
}

// attachments are the fields that hold the name of an attachment: a page sends a file there.
var attachments = map[string]bool{"photo": true, "form": true, "signature": true, "authority": true, "picture": true, "digest": true}

// longTexts are the fields in which people write sentences.
var longTexts = []string{"words", "ground", "text", "explanation", "measures", "clue", "note", "why", "evidence", "override", "abbreviation_reason", "outcome", "task"}

// fromLists are the fields that hold an identifier, which nobody types: it comes with the link from a list. So does the register's place; other places are words.
var fromLists = []string{"appointment", "appropriation", "book", "case", "comparison", "consignment", "correction", "course", "guidance", "matter", "operator", "order", "problem",
	"remittance", "report", "request", "seat", "submission", "temporary", "transfer"}

// tables are the fields that hold a code of a national table, by their name, or by that of their struct or action with it.
var tables = map[string]*citizen.Table{"sex": citizen.Sexes, "ethnic_group": citizen.EthnicGroups, "marital_status": citizen.MaritalStatuses,
	"relation": citizen.Relations, "education": citizen.Educations, "hukou_class": citizen.HukouClasses,
	"register.Requirement.kind": citizen.ChangeKinds, "register.ask_papers.kind": citizen.ChangeKinds, "register.missing.kind": citizen.ChangeKinds,
	"register.requirements.kind": citizen.ChangeKinds, "verify.propose_correction.category": citizen.AlterationCategories}

// numbers are the fields that hold a citizen number.
var numbers = []string{"number", "citizen_number", "father_number", "mother_number", "spouse_number", "guardian_number", "proxy_number", "chip_number"}

// controls makes the fields of an action's form from its input.
func (c *call) controls(f *form, a office.Action) []field {
	m := maker{c, f, a.Name}
	return m.group(a.Input, "")
}

// control makes one field of an action's form by its path, for pages made by hand.
func (c *call) control(f *form, action, path string) (field, error) {
	a, ok := c.s.Office.Action(action)
	if !ok {
		return field{}, fmt.Errorf("web: no action %s", action)
	}
	of, err := memberAt(a.Input, path)
	if err != nil {
		return field{}, fmt.Errorf("%w in %s", err, action)
	}
	m := maker{c, f, action}
	return m.field(of, path), nil
}

// memberAt finds a field by its path.
func memberAt(t reflect.Type, path string) (member, error) {
	of := member{typ: t}
	for part := range strings.SplitSeq(path, ".") {
		for t = of.typ; t.Kind() == reflect.Pointer; {
			t = t.Elem()
		}
		if t.Kind() == reflect.Slice || t.Kind() == reflect.Array {
			of.typ = t.Elem()
			continue
		}
		if t.Kind() != reflect.Struct {
			return member{}, fmt.Errorf("web: no field %s", path)
		}
		all := members(t)
		i := slices.IndexFunc(all, func(m member) bool { return m.name == part })
		if i < 0 {
			return member{}, fmt.Errorf("web: no field %s", path)
		}
		of = all[i]
	}
	return of, nil
}

// maker makes the fields of one form.
type maker struct {
	c      *call
	f      *form
	action string
}

// group makes a struct's fields. Those that form groups of their own come last, so that nothing stands under a heading that is not its own.
func (m *maker) group(t reflect.Type, prefix string) []field {
	var plain, groups []field
	for _, of := range members(t) {
		if prefix == "" && turns(m.action, of.name) {
			continue
		}
		one := m.field(of, prefix+of.name)
		if one.Part == "group" || one.Part == "lines" {
			groups = append(groups, one)
		} else {
			plain = append(plain, one)
		}
	}
	return append(plain, groups...)
}

// spareLines is how many empty lines a repeated group shows below those that are filled.
const spareLines = 2

func (m *maker) field(of member, path string) field {
	t := of.typ
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	one := field{ID: fieldID(path), Name: path, Label: m.label(of), Hint: m.hint(of), Error: m.f.Error(path), Value: m.f.Value(path),
		Required: !of.optional && t.Kind() != reflect.Bool, Focus: m.f.Focus == path}
	switch {
	case t == dateType:
		one.Part, one.Width, one.Value = "date", "s", asTyped(one.Value)
	case t.Kind() == reflect.Struct:
		one.Part, one.Fields = "group", m.group(t, path+".")
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && t.Elem() != dateType:
		one.Part = "lines"
		b := binder{m.c, m.f}
		filled := b.numbers(path)
		for i := range len(filled) + spareLines {
			one.Lines = append(one.Lines, m.group(t.Elem(), fmt.Sprintf("%s.%d.", path, i)))
		}
	case t.Kind() == reflect.Slice:
		m.severalOf(&one, of, t.Elem())
	case t.Kind() == reflect.Array:
		one.Part = "group"
		for i := range t.Len() {
			name := fmt.Sprintf("%s.%d", path, i)
			one.Fields = append(one.Fields, field{Part: "line", ID: fieldID(name), Name: name, Label: m.c.t("form.month", i+1), Value: m.f.Value(name), Width: "s", Mono: true})
		}
	case t.Kind() == reflect.Map:
		one.Part, one.Rows, one.Hint = "area", 3, m.c.t("form.pairs.mend")
	case t.Kind() == reflect.Bool:
		one.Part, one.Options = "check", []option{{"1", m.c.t("form.yes"), one.Value == "1"}}
	default:
		m.scalar(&one, of, t)
	}
	return one
}

// asTyped writes a day that a page gave as it is typed: in eight digits.
func asTyped(day string) string {
	if d, err := citizen.ParseDate(day); err == nil && d.String() == day {
		return strings.ReplaceAll(day, "-", "")
	}
	return day
}

// severalOf is a list of plain values: boxes to tick where the values are known, else one a line.
func (m *maker) severalOf(one *field, of member, t reflect.Type) {
	one.Options = m.options(of, t, m.f.Values[one.Name]...)
	if len(one.Options) > 0 {
		one.Part = "check"
		return
	}
	one.Part, one.Rows, one.Value = "area", 4, strings.Join(m.f.Values[one.Name], "\n")
	if one.Hint == "" {
		one.Hint = m.c.t("form.several")
	}
}

func (m *maker) scalar(one *field, of member, t reflect.Type) {
	name := of.name
	one.Part, one.Width = "line", "m"
	switch options := m.options(of, t, one.Value); {
	case isIdentifier(one.Value) && one.Error == "" && m.c.r.PathValue("action") != "":
		one.Part, one.Known, one.Other = "known", m.c.knownAs(name, []string{one.Value})[one.Value], m.c.r.URL.Path
	case attachments[name] && strings.HasPrefix(m.action, "card."):
		one.Part, one.Held = "file", one.Value
	case strings.Contains(name, "password"):
		one.Type, one.Value = "password", ""
	case len(options) > 0:
		one.Part, one.Options = "select", append([]option{{Label: m.c.t("form.choose")}}, options...)
	case slices.Contains(numbers, name):
		one.Mono = true
	case slices.Contains(longTexts, name):
		one.Part, one.Rows = "area", 3
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Float64:
		one.Width, one.Mono = "s", true
	case strings.Contains(name, "address"):
		one.Width = "l"
	}
	if one.Part == "line" && one.Required && one.Hint == "" && (slices.Contains(fromLists, name) || name == "place" && strings.HasPrefix(m.action, "register.")) {
		one.Hint = m.c.t("form.from_list")
	}
}

// options lists what a field may hold, where that is known: the catalogue's words for the field of the struct, of the action or for the type, a national table, or
// the units of the operator's area.
func (m *maker) options(of member, t reflect.Type, chosen ...string) []option {
	for _, prefix := range []string{"code." + of.holder + "." + of.name + ".", "code." + m.action + "." + of.name + ".", "code." + t.String() + "."} {
		if keys := words.Under(prefix); len(keys) > 0 {
			options := make([]option, len(keys))
			for i, key := range keys {
				value := strings.TrimPrefix(key, prefix)
				options[i] = option{value, m.c.t(key), slices.Contains(chosen, value)}
			}
			return options
		}
	}
	for _, name := range []string{m.action + "." + of.name, of.name} {
		if table := tables[name]; table != nil && t.Kind() == reflect.String {
			return m.codes(table, chosen)
		}
	}
	if t == reflect.TypeFor[event.Unit]() && m.action != "site.found_unit" { // a unit to be founded is in no list
		return m.unitOptions(chosen)
	}
	return nil
}

func (m *maker) codes(table *citizen.Table, chosen []string) []option {
	var options []option
	seen := make(map[string]bool)
	for _, row := range table.All() {
		held := slices.Contains(chosen, row.Code)
		if text := row.Text().In(m.c.lang); !seen[row.Code] && (text != "" || held) { // a code that no source explains is not offered
			seen[row.Code] = true
			options = append(options, option{row.Code, row.Code + " " + text, held})
		}
	}
	return options
}

// manyUnits is how many units a select lists; where there are more, the code is typed.
const manyUnits = 80

func (m *maker) unitOptions(chosen []string) []option {
	units := m.c.s.units.under(m.c.by.Unit)
	if len(units) > manyUnits {
		return nil
	}
	options := make([]option, len(units))
	for i, unit := range units {
		options[i] = option{string(unit), string(unit) + " " + m.c.s.units.name(unit), slices.Contains(chosen, string(unit))}
	}
	return options
}

func (m *maker) label(of member) string { return fieldLabel(m.action, of, m.c.lang) }

// fieldLabel is a field's name in words.
func fieldLabel(action string, of member, lang string) string {
	if text, ok := words.First(of.texts("field", action)...); ok {
		return text.In(lang)
	}
	if of.holder == reflect.TypeFor[citizen.Text]().String() {
		return words.Get("form.in." + of.name).In(lang)
	}
	return of.name
}

func (m *maker) hint(of member) string {
	text, _ := words.First(of.texts("hint", m.action)...)
	return text.In(m.c.lang)
}

// codeWords says a coded value in words: of a type, as "card.Kind", or of a national table's field, as "sex"; the value itself where neither has it.
func codeWords(kind, value string) citizen.Text {
	if text, ok := words.Find("code." + kind + "." + value); ok {
		return text
	}
	if table := tables[kind]; table != nil {
		if row, ok := table.ByCode(value); ok {
			return row.Text()
		}
	}
	return citizen.Text{ZH: value, EN: value}
}

// begin puts the cursor into the first field that is still empty, unless a draft or an error says where it belongs. A box to tick is passed over, and so is a file.
func begin(f *form, all []field) {
	if f.Focus == "" && len(f.Errors) == 0 {
		first(all)
	}
}

func first(all []field) bool {
	for i := range all {
		one := &all[i]
		switch {
		case one.Part == "group":
			if first(one.Fields) {
				return true
			}
		case one.Part == "lines":
			for _, line := range one.Lines {
				if first(line) {
					return true
				}
			}
		case one.Value == "" && one.Part != "known" && one.Part != "file" && (one.Part != "check" || one.Type == "radio"):
			one.Focus = true
			return true
		}
	}
	return false
}
