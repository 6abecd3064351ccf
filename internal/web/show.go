package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/web/lines"
)

// fact is one line of the part "facts".
type fact struct{ Label, Text, Href, Tone string }

// tab is one of several pages that stand side by side, with how many it lists where that is told.
type tab struct {
	Href, Label string
	Here        bool
	Count       int
}

// table is a list, in the shape of the part "table".
type table struct {
	Caption        string
	Columns        []column
	Rows           []row
	Total          int
	Sorted, Export string // Export: any text where the list can be taken as a workbook however short it is; its address when it is shown
	Pager          *pager // where a page shows a part of the rows
	Fixed          bool   // it stays as it is, as a list with its sum
	Private        bool   // it is not exported: an export of residents has an action of its own
	Pick           string // the form to which the rows' boxes belong; empty: rows are not picked
	Narrow         []int  // the columns for which there is room; nil: all. A workbook has them all
	Whole          int    // how many rows there are, where Rows are those of the page that is shown; 0: Rows are all

	// What arrange finds out.
	ID          string
	Part        int      // the node gave the first rows only, so many; 0: all
	Filters     []filter // the row of filters
	Filtered    bool
	Ask, Prefix string      // the page to which the filters belong, and how their names begin
	Views       []savedView // saved for the page
	Saves       bool        // it tells of the views
}

type column struct {
	Key, Label  string
	Num         bool
	Sort, Order string // the address that sorts by it; ascending or descending where it is sorted so
}

type (
	row  = lines.Line
	cell = lines.Cell
)

// shown is an action's result in words: its single values, and each list of it.
type shown struct {
	Facts  []fact
	Tables []table
}

// show puts a result of any action into words by its type and the catalogue.
func (c *call) show(action string, v any) shown {
	if made, ok := c.arranged(v); ok {
		return made
	}
	p := presenter{c: c, action: action}
	p.put(reflect.ValueOf(v), member{})
	return p.out
}

// showPages is show for a page whose lists are turned page by page: where they are shown as they come, only the rows of the pages that are shown are put into words.
func (c *call) showPages(action string, v any) shown {
	if made, ok := c.arranged(v); ok {
		return made
	}
	p := presenter{c: c, action: action, turned: c.asItComes()}
	p.put(reflect.ValueOf(v), member{})
	return p.out
}

// presenter puts one result into words.
type presenter struct {
	c         *call
	action    string
	turned    bool   // of a long list, the page that is shown is enough
	group     string // of several alike in one struct, the one whose values are put: it stands before their labels
	out       shown
	heads     []string          // what the figures of a report's rows count, in their order
	row       reflect.Value     // of the list that is being shown
	known     map[string]string // what the identifiers of its column are called
	operators map[string]string // their names, by identifier
	acted     map[string]bool   // whether the operator can do something with what a field names
}

func (p *presenter) put(v reflect.Value, of member) {
	v = inner(v)
	switch {
	case !v.IsValid():
	case isText(v):
		p.fact(of, v)
	case v.Kind() == reflect.Struct:
		p.each(v)
	case v.Kind() == reflect.Slice && inList(v.Type().Elem()):
		p.table(of, v)
	case v.Kind() == reflect.Map:
		p.pairs(of, v)
	default:
		p.fact(of, v)
	}
}

// each puts the fields of a struct. Where several of them are alike, as a best, a likely and a worst estimate, their values are told apart.
func (p *presenter) each(v reflect.Value) {
	all, alike := members(v.Type()), make(map[reflect.Type]int)
	for _, m := range all {
		alike[m.typ]++
	}
	outer := p.group
	if all = p.reported(v, all); p.heads != nil {
		defer func() { p.heads = nil }()
	}
	for _, m := range all {
		if inList(m.typ) && m.typ.Kind() == reflect.Struct && !isTextType(m.typ) && alike[m.typ] > 1 {
			p.group = fieldLabel(p.action, m, p.c.lang)
		}
		p.put(v.FieldByIndex(m.index), m)
		p.group = outer
	}
}

// reported puts the single rows of a report, as of today and of this month, side by side below one another: a line for each figure. It leaves the members that are still to be put, and notes
// what the figures are for the report's lists.
func (p *presenter) reported(v reflect.Value, all []member) []member {
	i := slices.IndexFunc(all, func(m member) bool { return m.name == "columns" && m.typ == reflect.TypeFor[[]string]() })
	if i < 0 || !slices.ContainsFunc(all, isReported) {
		return all
	}
	columns := v.FieldByIndex(all[i].index)
	p.heads = make([]string, columns.Len())
	for k := range p.heads {
		p.heads[k] = p.text(all[i], columns.Index(k))
	}
	t := table{Caption: fieldLabel(p.action, all[i], p.c.lang), Columns: []column{{Key: "figure", Label: p.c.t("field.figure")}}, Total: len(p.heads), Rows: make([]row, len(p.heads))}
	for k, head := range p.heads {
		t.Rows[k].Cells = []cell{{Text: head}}
	}
	var rest []member
	for k, m := range all {
		if m.typ != rowType {
			if k != i {
				rest = append(rest, m)
			}
			continue
		}
		t.Columns = append(t.Columns, column{Key: m.name, Label: fieldLabel(p.action, m, p.c.lang), Num: true})
		for k := range p.heads {
			t.Rows[k].Cells = append(t.Rows[k].Cells, reportedAt(v.FieldByIndex(m.index), k))
		}
	}
	p.out.Tables = append(p.out.Tables, t)
	return rest
}

var rowType = reflect.TypeFor[programme.Row]()

// reportedAt is one figure of a report's row; empty where an older report has none.
func reportedAt(row reflect.Value, k int) cell {
	values := row.Interface().(programme.Row).Values
	if k >= len(values) {
		return cell{Num: true}
	}
	return cell{Text: strconv.FormatInt(values[k], 10), Num: true}
}

// isReported tells whether a member holds rows of figures.
func isReported(m member) bool { return m.typ == rowType || m.typ == reflect.SliceOf(rowType) }

// inner takes pointers and interfaces away.
func inner(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// isText tells whether a struct is one value to a reader.
func isText(v reflect.Value) bool {
	switch v.Interface().(type) {
	case citizen.Date, citizen.Text, time.Time, event.Ref, json.RawMessage:
		return true
	}
	return false
}

// inList tells whether values of a type make rows with columns.
func inList(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && t != dateType && t != reflect.TypeFor[citizen.Text]()
}

func (p *presenter) fact(of member, v reflect.Value) {
	if of.name == nextMember && turnings[p.action].take != nil {
		return // the button says it
	}
	one := p.cell(of, v)
	if one.Text == "" || p.repeats(of, one.Text) {
		return
	}
	f := fact{Label: fieldLabel(p.action, of, p.c.lang), Text: one.Text, Href: one.Href}
	if p.group != "" {
		f.Label = p.c.t("list.within", p.group, f.Label)
	}
	if one.Number {
		f.Tone = "number"
	}
	if f.Tone == "" && len(f.Text) > longFact {
		f.Tone = "wide"
	}
	if of.name == "cashier" {
		f.Text, f.Href = p.c.operatorShown(v.String()), ""
	}
	p.out.Facts = append(p.out.Facts, f)
}

// longFact is from how many bytes on a value takes a line of its own.
const longFact = 100

// repeats tells whether a name only says again what the code before it was put into.
func (p *presenter) repeats(of member, text string) bool {
	last := len(p.out.Facts) - 1
	return saysOf(of) && last >= 0 && strings.EqualFold(p.out.Facts[last].Text, text)
}

// saysOf tells whether a field may be the words of the code beside it.
func saysOf(of member) bool { return of.name == "name" || of.name == "text" || of.name == "task" }

// pairs shows a map as a list of two columns.
func (p *presenter) pairs(of member, v reflect.Value) {
	t := table{Caption: fieldLabel(p.action, of, p.c.lang), Columns: []column{{Key: "name", Label: p.c.t("list.name")}, {Key: "value", Label: p.c.t("list.value"), Num: numeric(v.Type().Elem())}}, Total: v.Len()}
	keys := v.MapKeys()
	sortValues(keys)
	for _, key := range keys {
		t.Rows = append(t.Rows, row{Cells: []cell{p.cell(of, key), p.cell(of, inner(v.MapIndex(key)))}})
	}
	p.out.Tables = append(p.out.Tables, t)
}

// table shows a list of structs; a column that is empty in every row, or says again what another says, is left out. A list with citizen numbers is one of people, and private.
func (p *presenter) table(of member, v reflect.Value) {
	t := table{Caption: fieldLabel(p.action, of, p.c.lang), Total: v.Len()}
	if of.name == "" {
		t.Caption = p.c.t("list.result")
	}
	elem := v.Type().Elem()
	for elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	all := v
	if p.turned && v.Len() > pageRows {
		_, from, to := p.c.turnedTo(listPrefix(len(p.out.Tables)), v.Len())
		v, t.Whole = v.Slice(from, to), v.Len()
	}
	columns := leaves(elem, "", nil, 0)
	for _, leaf := range columns {
		if leaf.holder == rowType.String() && leaf.name == "values" && p.heads != nil {
			t.figures(p.heads, v)
			continue
		}
		cells, used, num := p.column(v, leaf, columns)
		if t.Whole > 0 {
			used = used || anySet(all, leaf)
		}
		t.Private = t.Private || anyNumber(all, leaf)
		if used && !t.repeats(leaf, cells) {
			t.Columns = append(t.Columns, column{Key: leaf.name, Label: fieldLabel(p.action, leaf, p.c.lang), Num: num})
			t.add(cells, len(columns))
		}
	}
	p.row, p.known = reflect.Value{}, nil
	p.out.Tables = append(p.out.Tables, t)
}

// column puts a column of a list into words; used is false where it says nothing, num true where it says nothing but numbers.
func (p *presenter) column(v reflect.Value, leaf member, columns []member) (cells []cell, used, num bool) {
	cells, num = make([]cell, v.Len()), numeric(leaf.typ)
	if p.known = numbered(v, leaf, columns); p.known == nil {
		p.known = p.c.knownAs(leaf.name, identifiers(v, leaf.index))
	}
	var above reflect.Value
	for i := range cells {
		p.row = inner(v.Index(i))
		value := at(p.row, leaf.index)
		if i > 0 && sameScalar(value, above) { // in long lists, most say what the line above says
			cells[i] = cells[i-1]
			continue
		}
		one := &cells[i]
		*one, above = p.cell(leaf, value), value
		used = used || one.Text != ""
		num = num && (one.Num || one.Text == "")
	}
	return cells, used, num
}

// anySet tells whether a row of a list has something in a column.
func anySet(rows reflect.Value, column member) bool {
	for i := range rows.Len() {
		if value := at(rows.Index(i), column.index); value.IsValid() && !value.IsZero() {
			return true
		}
	}
	return false
}

// anyNumber tells whether a row of a list has a citizen number in a column.
func anyNumber(rows reflect.Value, column member) bool {
	if !slices.Contains(numbers, column.name) {
		return false
	}
	for i := range rows.Len() {
		if value := at(rows.Index(i), column.index); value.IsValid() && value.Kind() == reflect.String && isNumber(value.String()) {
			return true
		}
	}
	return false
}

// isNumber tells whether a text is as long as a citizen number of today's or of the former length.
func isNumber(text string) bool { return len(text) == 18 || len(text) == 15 }

// figures appends a column for each figure of a report's rows.
func (t *table) figures(heads []string, rows reflect.Value) {
	for k, head := range heads {
		cells := make([]cell, rows.Len())
		for i := range cells {
			cells[i] = reportedAt(rows.Index(i), k)
		}
		t.Columns = append(t.Columns, column{Key: "figure" + strconv.Itoa(k), Label: head, Num: true})
		t.add(cells, len(heads)+1)
	}
}

// sameScalar tells whether two values of a column are equal and of a kind that is put into words whatever else stands in its row.
func sameScalar(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() {
		return false
	}
	switch a.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		return a.Equal(b)
	}
	return false
}

// repeats tells whether cells say what a column says already, and gives that column their links: a name beside its code, an application beside its acceptance number, an identifier that
// stands in each struct of the row.
func (t *table) repeats(of member, cells []cell) bool {
	for i := range t.Columns {
		same := saysOf(of) || of.name == "application" || of.name == "acceptance_no" && t.Columns[i].Key == "application" || t.Columns[i].Key == of.name && of.name != "operator" && slices.ContainsFunc(cells, func(one cell) bool { return one.Href != "" || strings.HasPrefix(one.Text, cut) })
		for k := range cells {
			same = same && (cells[k].Text == "" || strings.EqualFold(t.Rows[k].Cells[i].Text, cells[k].Text))
		}
		if same {
			for k := range cells {
				t.Rows[k].Cells[i].Href = cmp.Or(t.Rows[k].Cells[i].Href, cells[k].Href)
			}
			return true
		}
	}
	return false
}

// add appends a column's cells to the rows, which have at most so many columns.
func (t *table) add(cells []cell, columns int) {
	if t.Rows == nil {
		t.Rows = make([]row, len(cells))
		for i := range t.Rows {
			t.Rows[i].Cells = make([]cell, 0, columns)
		}
	}
	for i := range cells {
		t.Rows[i].Cells = append(t.Rows[i].Cells, cells[i])
	}
}

// saidInCode are the fields of results that give in words what another field of the same row has as a code, which a page says in words.
var saidInCode = map[string]bool{"registerdesk.Required.name": true, "registerdesk.Required.who": true, "registerdesk.Required.asked": true,
	"fund.Ground.code": true, "fund.Ground.rule": true}

// leaves lists the columns of a row's type: structs inside it are opened once.
func leaves(t reflect.Type, prefix string, index []int, depth int) []member {
	var all []member
	for _, m := range members(t) {
		if saidInCode[m.holder+"."+m.name] {
			continue
		}
		inside := m.typ
		for inside.Kind() == reflect.Pointer {
			inside = inside.Elem()
		}
		path := append(append([]int{}, index...), m.index...)
		if inList(inside) && inside.Kind() == reflect.Struct && !isTextType(inside) && depth < 2 {
			all = append(all, leaves(inside, m.name, path, depth+1)...)
			continue
		}
		m.index = path
		all = append(all, m)
	}
	return all
}

func isTextType(t reflect.Type) bool { return isText(reflect.Zero(t)) }

// at follows an index through pointers; the zero Value where one is nil.
func at(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		v = inner(v)
		if !v.IsValid() {
			return v
		}
		v = v.Field(i)
	}
	return inner(v)
}

func numeric(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64:
		return true
	}
	return false
}

// cut stands before the end of an identifier, which is all that is shown of it.
const cut = "…"

// cell puts one value into words, with the page that it leads to.
func (p *presenter) cell(of member, v reflect.Value) cell {
	if !v.IsValid() {
		return cell{}
	}
	one := cell{Text: p.text(of, v)}
	one.Num = numeric(v.Type()) && !strings.ContainsFunc(one.Text, unicode.IsLetter) && !isInstant(of)
	one.Lines = strings.Contains(one.Text, "\n")
	if v.Kind() == reflect.String && one.Text != "" {
		one.Href = p.href(of.name, v.String())
		one.Number = slices.Contains(numbers, of.name) && isNumber(one.Text)
		if isIdentifier(one.Text) {
			one.Text = p.identifier(of.name, one.Text)
		}
	}
	return one
}

// isInstant tells whether a whole number is ms UTC, by the name of its field; the last of a book of receipts is a number.
func isInstant(of member) bool {
	return of.name == "at" || of.name == "since" || of.name == "last" && of.holder != "fund.Book" || strings.HasSuffix(of.name, "_at")
}

// isMoney tells whether a whole number is fen, by the name of its field.
func isMoney(name string) bool { return name == "fen" || strings.HasSuffix(name, "_fen") }

func (p *presenter) text(of member, v reflect.Value) string {
	lang := p.c.lang
	switch x := v.Interface().(type) {
	case citizen.Date:
		return shownDate(x)
	case citizen.Text:
		return Titled(x.In(lang))
	case time.Time:
		return instant(x.UnixMilli())
	case event.Unit:
		return p.c.s.units.name(x)
	case event.Ref:
		return x.String()
	}
	switch v.Kind() {
	case reflect.String:
		return shortDigest(p.word(of, v))
	case reflect.Bool:
		return p.c.t("form." + map[bool]string{true: "yes", false: "no"}[v.Bool()])
	case reflect.Int, reflect.Int64:
		switch {
		case isInstant(of):
			return instant(v.Int())
		case isMoney(of.name):
			return yuan(v.Int())
		}
		return codeWords(v.Type().String(), strconv.FormatInt(v.Int(), 10)).In(lang)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Slice, reflect.Array:
		return p.list(of, v)
	case reflect.Map:
		return p.mapped(of, v)
	case reflect.Struct:
		return p.line(v)
	}
	return fmt.Sprint(v.Interface())
}

// cites are the fields of results that hold a rule's source, or the number of the document that a plan carries out.
var cites = []string{"source", "article", "document"}

// word says a coded text in words.
func (p *presenter) word(of member, v reflect.Value) string {
	value := v.String()
	if value == "" {
		return ""
	}
	if (of.name == "signer" || of.name == "operator") && isIdentifier(value) {
		return p.operator(value)
	}
	if of.holder == "site.Fact" && (of.name == "value" || of.name == "needed") {
		return p.c.factValue(value)
	}
	for _, kind := range []string{v.Type().String(), of.holder + "." + of.name, p.action + "." + of.name, of.name} {
		if text := codeWords(kind, value); text.ZH != value || text.EN != value {
			return Titled(text.In(p.c.lang))
		}
	}
	if a, ok := p.c.s.Office.Action(value); ok {
		return Titled(a.Text.In(p.c.lang))
	}
	if slices.Contains(cites, of.name) {
		return citizen.Cited(value).In(p.c.lang)
	}
	if strings.Contains(value, ".") {
		return p.c.s.Office.Words(value).In(p.c.lang)
	}
	return value
}

// operator is an operator's name; the identifier where it is not known here.
func (p *presenter) operator(id string) string {
	if name, ok := p.operators[id]; ok {
		return name
	}
	name, err := p.c.operatorName(id)
	if err != nil {
		p.c.s.Log.Error("operator's name", "error", err)
		return id
	}
	if p.operators == nil {
		p.operators = make(map[string]string)
	}
	p.operators[id] = name
	return name
}

// list writes several values into one cell, records one a line.
func (p *presenter) list(of member, v reflect.Value) string {
	between := p.c.t("list.comma")
	if inList(v.Type().Elem()) {
		between = "\n"
	}
	parts := make([]string, 0, v.Len())
	for i := range v.Len() {
		if one := inner(v.Index(i)); one.IsValid() {
			if text := tail(p.text(of, one)); text != "" {
				parts = append(parts, text)
			}
		}
	}
	return strings.Join(parts, between)
}

func (p *presenter) mapped(of member, v reflect.Value) string {
	keys := v.MapKeys()
	sortValues(keys)
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = p.text(of, key) + " " + p.text(of, inner(v.MapIndex(key)))
	}
	return strings.Join(parts, p.c.t("list.comma"))
}

// line writes a struct that stands in a cell: its values by name, but for what is empty, what nobody reads, and what the row says already.
func (p *presenter) line(v reflect.Value) string {
	var parts []string
	for _, m := range members(v.Type()) {
		one := inner(v.FieldByIndex(m.index))
		if !one.IsValid() || one.IsZero() || p.said(m, one) {
			continue
		}
		if text := p.text(m, one); !isIdentifier(text) {
			parts = append(parts, fieldLabel(p.action, m, p.c.lang)+p.c.t("list.colon")+text)
		}
	}
	return strings.Join(parts, p.c.t("list.comma"))
}

// said tells whether the row has a text under the same name.
func (p *presenter) said(of member, v reflect.Value) bool {
	if !p.row.IsValid() || v.Kind() != reflect.String {
		return false
	}
	return slices.ContainsFunc(members(p.row.Type()), func(m member) bool {
		in := at(p.row, m.index)
		return m.name == of.name && in.Kind() == reflect.String && in.String() == v.String()
	})
}

// place is the page of what an identifier names, and the action that it asks.
type place struct{ base, action string }

// places are the pages to which identifiers lead, by the name of the field.
var places = map[string]place{
	"tenure": {"/resident/", "register.resident"}, "application": {"/application/", "card.show"},
	"matter": {"/case/", "verify.show"}, "case": {"/case/", "verify.show"}, "correction": {"/correction/", "verify.show"}, "operator": {"/operators/", "site.operators"},
}

// href is the page that a value leads to, where the operator may see it; an identifier without a page leads to what can be done with it. Empty: none.
func (p *presenter) href(name, value string) string {
	if !isIdentifier(value) {
		return ""
	}
	if to, ok := places[name]; ok {
		if !p.c.may(to.action) {
			return ""
		}
		return to.base + url.PathEscape(value)
	}
	if !p.canAct(name) {
		return ""
	}
	return "/with/" + url.PathEscape(name) + "/" + url.PathEscape(value)
}

// canAct tells whether there is an action that takes a field and that the operator may do.
func (p *presenter) canAct(field string) bool {
	can, known := p.acted[field]
	if !known {
		can = slices.ContainsFunc(p.c.s.Office.Actions(), func(a office.Action) bool { return takes(&a, field) && a.May(p.c.by.Operator) })
		if p.acted == nil {
			p.acted = make(map[string]bool)
		}
		p.acted[field] = can
	}
	return can
}

// tail leaves of an identifier what tells it from others to the eye; another text as it is.
func tail(text string) string {
	if isIdentifier(text) {
		return cut + text[len(text)-6:]
	}
	return text
}

// isIdentifier tells whether a text is an identifier that nobody reads.
func isIdentifier(value string) bool { return uuid.Validate(value) == nil && len(value) == 36 }

// shortDigest cuts a digest in hexadecimal to its beginning: whole it fills a line, and stands on the page of what it is the digest of.
func shortDigest(text string) string {
	if len(text) != hex.EncodedLen(sha256.Size) || strings.Trim(text, "0123456789abcdef") != "" {
		return text
	}
	return text[:12] + "…"
}
