package web

import (
	"net/url"
	"reflect"
	"slices"
	"strconv"
)

// turning is how a look-up's list goes on behind its last row.
type turning struct {
	list string            // the member of the result that is the list, or the one row; empty: the result itself
	take map[string]string // field of the input -> field of the last row; nobody types these
	rows int               // of a page when nobody says how many; 0: as many as the field that says so, or as the result tells
	most int               // rows of a page, whatever is asked for; 0: no limit
}

// nextMember is what a result calls the place at which its list goes on, where it tells.
const nextMember = "next"

// turnings are the look-ups whose lists are longer than a page.
var turnings = map[string]turning{
	"card.list":                        {take: map[string]string{"after": "application"}, rows: 100, most: 1000},
	"card.next":                        {take: map[string]string{"after": "application"}, rows: 1},
	"programme.list":                   {take: map[string]string{"after": "application"}, rows: 100, most: 1000},
	"programme.without_card":           {take: map[string]string{"after": "tenure"}, rows: 100, most: 1000},
	"register.search":                  {take: map[string]string{"after": nextMember}},
	"register.households_without_head": {take: map[string]string{"after_unit": "unit", "after_no": "household_no"}, rows: 500, most: 500},
	"register.places":                  {take: map[string]string{"after": "place"}, rows: 500, most: 500},
	"verify.visit_plan":                {list: "households", take: map[string]string{"after": "household_no"}, rows: 50},
}

// turns tells whether a field of an action says at which row its list goes on: the page's next button knows it.
func turns(action, field string) bool {
	_, ok := turnings[action].take[field]
	return ok
}

// further is the address of the page behind the one that a look-up gave; empty where it is the last.
func (c *call) further(action string, asked url.Values, result any) string {
	turn, ok := turnings[action]
	if !ok {
		return ""
	}
	last := inner(reflect.ValueOf(result))
	if turn.list != "" {
		last = memberOf(last, turn.list)
	}
	if last.Kind() == reflect.Slice {
		if last.Len() == 0 || last.Len() < turn.size(asked) {
			return ""
		}
		last = inner(last.Index(last.Len() - 1))
	}
	to := c.address("export", "page")
	query := to.Query()
	for field, member := range turn.take {
		value := memberOf(last, member)
		if !value.IsValid() || value.String() == "" {
			return ""
		}
		query.Set(field, value.String())
	}
	to.RawQuery = query.Encode()
	return to.RequestURI()
}

// size is how many rows a full page has.
func (t turning) size(asked url.Values) int {
	n, err := strconv.Atoi(asked.Get("limit"))
	if err != nil || n <= 0 {
		n = t.rows
	}
	if t.most > 0 {
		n = min(n, t.most)
	}
	return n
}

// memberOf is a struct's member by the name that it has in the result; the zero Value where it has none.
func memberOf(v reflect.Value, name string) reflect.Value {
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	all := members(v.Type())
	i := slices.IndexFunc(all, func(m member) bool { return m.name == name })
	if i < 0 {
		return reflect.Value{}
	}
	return inner(v.FieldByIndex(all[i].index))
}
