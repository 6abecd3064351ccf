package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
)

// searchRoad is the search box on every page.
var searchRoad = road{routes: func(s *Server) { s.get("/search", s.search) }}

// searchPage asks for the purpose of a search, once a session.
type searchPage struct {
	Query, Purpose string
	People         *table
	More           string
	Form           *form
}

// search finds people by number, name, pinyin initials, household number or address, by what the text looks like; a slip leads to its application.
func (s *Server) search(c *call) error {
	if c.r.URL.Query().Has("q") { // a number or a name is not left in the address
		return c.openWith("/search", c.r.URL.Query())
	}
	query := c.asked()
	p := searchPage{Query: strings.TrimSpace(query.Get("q")), Purpose: query.Get("purpose"), Form: &form{Values: query}}
	if isSlip(p.Query) && c.may("card.show") {
		return c.redirect(applicationPath(p.Query, ""))
	}
	if p.Purpose == "" {
		p.Purpose = c.by.Purpose
	}
	if p.Query == "" || p.Purpose == "" {
		return c.page(http.StatusOK, "search", p)
	}
	if err := c.rememberPurpose(p.Purpose); err != nil {
		return err
	}
	in := fields{"purpose": p.Purpose}
	if after := query.Get("after"); after != "" {
		in["after"] = after
	}
	found, err := c.searchPeople(p.Query, in)
	if refusal, ok := event.AsRefusal(err); ok {
		p.Form.refuse(refusal, c.lang)
		return c.page(p.Form.status(), "search", p)
	}
	if err != nil {
		return err
	}
	people := c.people(found.Found)
	p.People = &people
	if found.Next != "" {
		p.More = c.addressWith("after", found.Next)
	}
	return c.page(http.StatusOK, "search", p)
}

// people lists registrations as every list of people shows them.
func (c *call) people(found []registerdesk.Found) table {
	t := table{Caption: c.t("search.found"), Total: len(found), Private: true}
	for _, name := range []string{"name", "number", "sex", "birth_date", "address", "household_no", "unit", "state"} {
		t.Columns = append(t.Columns, column{Key: name, Label: fieldLabel("register.search", member{name: name}, c.lang)})
	}
	for i := range found {
		one, tone := &found[i], ""
		state := codeWords("registerdesk.Found.state", one.State).In(c.lang)
		if one.State != register.StateOpen {
			tone = "stop"
		}
		t.Rows = append(t.Rows, row{Href: "/resident/" + url.PathEscape(one.Tenure), Cells: []cell{{Text: one.Record.Name}, {Text: one.Record.Number, Number: true},
			{Text: codeWords("sex", one.Record.Sex).In(c.lang)}, {Text: shownDate(one.Record.BirthDate)}, {Text: one.Record.Address}, {Text: one.Record.HouseholdNo},
			{Text: c.s.units.name(one.Unit)}, {Text: state, Tag: tone}}})
	}
	return t
}

// searchPeople finds people by what was typed, with what else the look-up is to be told. A short text that may be a street or a name, as 张栋, is a name where somebody bears it, written so and not only sounding alike.
func (c *call) searchPeople(typed string, in fields) (found registerdesk.SearchOutput, err error) {
	by := searchBy(typed)
	if by == "address" && utf8.RuneCountInString(typed) <= longName && !strings.ContainsAny(typed, "0123456789") {
		named := maps.Clone(in)
		named["name"] = typed
		if found, err = ask[registerdesk.SearchOutput](c, "register.search", named); err != nil || slices.ContainsFunc(found.Found, func(f registerdesk.Found) bool { return strings.HasPrefix(f.Record.Name, typed) }) {
			return found, err
		}
	}
	in[by] = typed
	return ask[registerdesk.SearchOutput](c, "register.search", in)
}

// longName is up to how many characters a text may be the name of somebody with a character of streets in it: a double surname and two more.
const longName = 4

// searchBy tells what a typed text is meant to be.
func searchBy(typed string) string {
	switch {
	case len(typed) >= 15 && len(typed) <= 18 && digits(strings.TrimRight(strings.ToUpper(typed), "X")):
		return "number"
	case digits(typed):
		return "household_no"
	case strings.IndexFunc(typed, func(r rune) bool { return r > 127 }) < 0:
		return "initials"
	case strings.ContainsAny(typed, "路街巷号村组弄栋"):
		return "address"
	}
	return "name"
}
