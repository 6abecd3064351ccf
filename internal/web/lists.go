package web

import (
	"bytes"
	"cmp"
	"html"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Every list of every page is arranged here, in one place: narrowed by its row of filters, sorted, turned page by page, exported. The address says the order
// (?sort=name, ?sort=-name) and the page; what was typed into the filters is kept at the node under the id in ?view= (view.go). The second list of a page says "1.sort".

// pageRows is how many rows of a list one page shows; the rest is turned to, or exported.
const pageRows = 100

// enoughRows is from how many rows on a list has a row of filters, views and an export.
const enoughRows = 8

// filterMark begins the name of a filter's field.
const filterMark = "f."

// fewWords is up to how many words a column of states has a choice of them as its filter.
const fewWords = 12

// pager is the part below a list that has more rows than a page.
type pager struct {
	From, To, Total int
	Prev, Next      string
}

// filter is a field of the row of filters.
type filter struct {
	Name, Value string
	Options     []option // to choose from; none: a text
}

// arrange arranges the lists of a page's data, in the order of its fields. It gives the data to show: a struct that was given by value is copied.
func (c *call) arrange(data any) (shown any, all []*table, err error) {
	v := reflect.ValueOf(data)
	if !v.IsValid() || !holdsTables(v.Type()) {
		return data, nil, nil
	}
	if v.Kind() == reflect.Struct || v.Kind() == reflect.Array {
		copied := reflect.New(v.Type())
		copied.Elem().Set(v)
		v, data = copied, copied.Interface()
	}
	findTables(v, func(t *table) { all = append(all, t) })
	saved := false
	for i, t := range all {
		c.arrangeTable(t, i)
		if t.Ask == "" || saved {
			continue
		}
		saved = true // a view is of the whole page: the first list tells of it
		if t.Views, err = c.savedViews(); err != nil {
			return nil, nil, err
		}
		t.Saves = true
	}
	return data, all, nil
}

var tableType = reflect.TypeFor[table]()

// holding remembers which types hold lists.
var holding sync.Map

// holdsTables tells whether lists are found below values of a type: through pointers, slices and exported fields, and in the map of a page that has no type of its own.
func holdsTables(t reflect.Type) bool {
	if known, ok := holding.Load(t); ok {
		return known.(bool)
	}
	found := reachesTables(t, make(map[reflect.Type]bool))
	holding.Store(t, found)
	return found
}

// reachesTables is holdsTables; seen are the types on the way here, as of one that holds itself. What is found of those is true of this way only, and not remembered.
func reachesTables(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return reachesTables(t.Elem(), seen)
	case reflect.Map:
		return t == reflect.TypeFor[fields]()
	case reflect.Struct:
		found := t == tableType
		for i := 0; i < t.NumField() && !found; i++ {
			found = t.Field(i).IsExported() && reachesTables(t.Field(i).Type, seen)
		}
		return found
	}
	return false
}

func findTables(v reflect.Value, tell func(*table)) {
	if !v.IsValid() || !holdsTables(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		findTables(v.Elem(), tell)
	case reflect.Slice:
		for i := range v.Len() {
			findTables(v.Index(i), tell)
		}
	case reflect.Map:
		page := v.Interface().(fields)
		for _, key := range v.MapKeys() { // such a page has one list
			if t, ok := page[key.String()].(table); ok {
				page[key.String()] = &t
				tell(&t)
			}
		}
	case reflect.Struct:
		if v.Type() == tableType {
			tell(v.Addr().Interface().(*table))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				findTables(v.Field(i), tell)
			}
		}
	}
}

// listPrefix begins the names in the address that are about the list with a number of the page.
func listPrefix(number int) string {
	if number == 0 {
		return ""
	}
	return strconv.Itoa(number) + "."
}

// arrangeTable arranges the list with a number of the page.
func (c *call) arrangeTable(t *table, number int) {
	if len(t.Columns) == 0 {
		return
	}
	t.ID, t.Caption = "list-"+strconv.Itoa(number), Titled(t.Caption)
	heads := slices.Clone(t.Columns) // the page may share them
	for i := range heads {
		heads[i].Label, heads[i].Num = Titled(heads[i].Label), heads[i].Num || t.numbers(i)
	}
	t.Columns = heads
	if !t.Fixed || t.Total == 0 { // a list with its sum tells how many it sums
		t.Total = max(t.Total, t.all())
	}
	query, prefix := c.r.URL.Query(), listPrefix(number)
	exporting := query.Has("export")
	if !t.Fixed && c.r.Method == http.MethodGet {
		if t.Total > t.all() {
			t.Part = t.all()
		}
		for i := range t.Columns {
			if t.Columns[i].Key == "" {
				t.Columns[i].Key = "c" + strconv.Itoa(i)
			}
		}
		many := t.all() >= enoughRows
		t.filter(c, prefix, many)
		if by := query.Get(prefix + "sort"); by != "" {
			sortTable(t, by)
		}
		t.heads(c, prefix)
		if len(t.Filters) > 0 {
			t.Ask, t.Export = c.address("export", prefix+"page").RequestURI(), cmp.Or(t.Export, "1")
			t.Prefix = prefix + filterMark
		}
		if !exporting {
			t.cut(c, prefix)
		}
	}
	if t.Export != "" {
		t.Export = c.addressWith("export", strconv.Itoa(number))
	}
	if t.Private {
		t.Export = ""
	}
	if len(t.Narrow) > 0 && !exporting {
		t.keep(t.Narrow...)
	}
}

// numbers tells whether a column holds quantities alone: its head then stands above them, at the right.
func (t *table) numbers(column int) bool {
	found := false
	for i := range t.Rows {
		if column >= len(t.Rows[i].Cells) {
			continue
		}
		one := &t.Rows[i].Cells[column]
		if one.Text != "" && !one.Num {
			return false
		}
		found = found || one.Num
	}
	return found
}

// filter leaves the rows that fit what was typed above the columns, and makes the row of filters where there are enough rows for one.
func (t *table) filter(c *call, prefix string, many bool) {
	asked := c.asked()
	var wanted []filter
	for i := range t.Columns {
		f := filter{Name: prefix + filterMark + t.Columns[i].Key}
		f.Value = strings.TrimSpace(asked.Get(f.Name))
		f.Options = t.choices(i, f.Value)
		wanted = append(wanted, f)
		t.Filtered = t.Filtered || f.Value != ""
	}
	if many || t.Filtered {
		t.Filters = wanted
	}
	if !t.Filtered {
		return
	}
	var rows []row
	for _, r := range t.Rows {
		if fits(r, wanted) {
			rows = append(rows, r)
		}
	}
	t.Rows, t.Total = rows, len(rows)
}

// fits tells whether each cell holds what its filter asks for: the word that was chosen, or the letters that were typed.
func fits(r row, wanted []filter) bool {
	for i, f := range wanted {
		switch {
		case f.Value == "" || i >= len(r.Cells):
		case len(f.Options) > 0:
			if r.Cells[i].Text != f.Value {
				return false
			}
		case !strings.Contains(folded(r.Cells[i].Text), folded(f.Value)):
			return false
		}
	}
	return true
}

// folded is a text without regard to case and to the blanks between the groups of a number.
func folded(text string) string { return strings.ReplaceAll(strings.ToLower(text), " ", "") }

// choices are the words of a column of states; nil: it has too many, or something else.
func (t *table) choices(column int, chosen string) []option {
	var words []string
	for _, r := range t.Rows {
		if column >= len(r.Cells) || r.Cells[column].Tag == "" && r.Cells[column].Text != "" {
			return nil
		}
		if word := r.Cells[column].Text; word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if len(words) == 0 || len(words) > fewWords {
		return nil
	}
	slices.Sort(words)
	options := []option{{}}
	for _, word := range words {
		options = append(options, option{word, word, word == chosen})
	}
	return options
}

// heads makes the links that sort: upwards first, then downwards.
func (t *table) heads(c *call, prefix string) {
	for i := range t.Columns {
		one := &t.Columns[i]
		by := one.Key
		switch t.Sorted {
		case one.Key:
			one.Order, by = "ascending", "-"+one.Key
		case "-" + one.Key:
			one.Order = "descending"
		}
		u := c.address("export", prefix+"page")
		q := u.Query()
		q.Set(prefix+"sort", by)
		u.RawQuery = q.Encode()
		one.Sort = u.RequestURI()
	}
}

// turnedTo is the page of a list of so many rows that the address asks for, and its rows.
func (c *call) turnedTo(prefix string, all int) (number, from, to int) {
	number, err := strconv.Atoi(c.r.URL.Query().Get(prefix + "page"))
	if err != nil || number < 0 {
		number = 0
	}
	number = min(number, max(0, all-1)/pageRows)
	return number, number * pageRows, min((number+1)*pageRows, all)
}

// asItComes tells whether the address neither sorts, filters nor exports: then only the rows of the pages that are shown are needed.
func (c *call) asItComes() bool {
	for name, values := range c.asked() {
		dotted := "." + name // the names of the second list begin with its number
		if name == "export" || strings.HasSuffix(dotted, ".sort") || strings.Contains(dotted, "."+filterMark) && strings.TrimSpace(values[0]) != "" {
			return false
		}
	}
	return true
}

// cut leaves the rows of the page that the address asks for, and a pager where there are more.
func (t *table) cut(c *call, prefix string) {
	all := t.all()
	if all <= pageRows || t.Pager != nil {
		return
	}
	number, from, to := c.turnedTo(prefix, all)
	if len(t.Rows) == all {
		t.Rows = t.Rows[from:to]
	}
	t.Pager = &pager{From: from + 1, To: to, Total: all}
	if number > 0 {
		t.Pager.Prev = c.addressWith(prefix+"page", strconv.Itoa(number-1))
	}
	if to < all {
		t.Pager.Next = c.addressWith(prefix+"page", strconv.Itoa(number+1))
	}
}

// all is how many rows there are, with those of other pages.
func (t *table) all() int { return max(t.Whole, len(t.Rows)) }

// keep leaves some of a table's columns.
func (t *table) keep(columns ...int) {
	heads, filters := make([]column, len(columns)), make([]filter, 0, len(columns))
	for i, at := range columns {
		heads[i] = t.Columns[at]
		if len(t.Filters) > 0 {
			filters = append(filters, t.Filters[at])
		}
	}
	t.Columns, t.Filters = heads, filters
	rows := make([]row, len(t.Rows))
	for r, old := range t.Rows {
		rows[r] = old
		rows[r].Cells = make([]cell, len(columns))
		for i, at := range columns {
			rows[r].Cells[i] = old.Cells[at]
		}
	}
	t.Rows = rows
}

// address is the page's own address without some names of its query.
func (c *call) address(without ...string) *url.URL {
	q := c.r.URL.Query()
	for _, name := range append(without, "done") {
		q.Del(name)
	}
	return &url.URL{Path: c.r.URL.Path, RawQuery: q.Encode()}
}

// addressWith is the page's own address with one name of its query set.
func (c *call) addressWith(name, value string) string {
	u := c.address("export")
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.RequestURI()
}

// sortTable sorts a list by a column where it has it; "-" before the key is descending. Numbers go by size, names by their sound.
func sortTable(t *table, by string) {
	key, down := strings.CutPrefix(by, "-")
	n := slices.IndexFunc(t.Columns, func(col column) bool { return key != "" && col.Key == key })
	if n < 0 {
		return
	}
	t.Sorted = by
	type keyed struct {
		row
		number float64
		isNum  bool
		sound  string
	}
	rows := make([]keyed, len(t.Rows))
	for i, r := range t.Rows {
		rows[i].row = r
		if n < len(r.Cells) {
			number, ok := magnitude(r.Cells[n].Text)
			rows[i].number, rows[i].isNum, rows[i].sound = number, r.Cells[n].Num && ok, citizen.Pinyin(r.Cells[n].Text)+"\x00"+r.Cells[n].Text
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int {
		if down {
			a, b = b, a
		}
		if a.isNum && b.isNum {
			return cmp.Compare(a.number, b.number)
		}
		if a.isNum != b.isNum { // what has no number comes before those that have one
			return map[bool]int{true: 1, false: -1}[a.isNum]
		}
		return strings.Compare(a.sound, b.sound)
	})
	t.Rows = make([]row, len(rows)) // the old rows may be somebody else's too
	for i := range rows {
		t.Rows[i] = rows[i].row
	}
}

// numberUnits are what stands behind a shown number, with what it counts.
var numberUnits = []struct {
	suffix string
	times  float64
}{{"%", 1}, {"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}}

// magnitude reads a number as lists show it: "12", "3.5 %", "1.2 MB"; ok is false where it is none.
func magnitude(text string) (n float64, ok bool) {
	times := 1.0
	for _, u := range numberUnits {
		if number, found := strings.CutSuffix(text, u.suffix); found {
			text, times = strings.TrimSpace(number), u.times
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	return n * times, err == nil
}

// exportLists sends lists of a page as a workbook that is called after the page: the one with the number that is asked for, or all of them.
func (c *call) exportLists(page string, data any, all []*table, wanted string) error {
	var chosen []table
	for i, t := range all {
		if len(t.Columns) > 0 && !t.Private && (wanted == "all" || wanted == strconv.Itoa(i)) {
			chosen = append(chosen, *t)
		}
	}
	if len(chosen) == 0 {
		return c.fail(http.StatusNotFound, "error.no_page")
	}
	var title bytes.Buffer
	if err := c.s.pages[c.lang+"/"+page].ExecuteTemplate(&title, "title", data); err != nil {
		return err
	}
	return c.export(html.UnescapeString(title.String()), shown{Tables: chosen})
}
