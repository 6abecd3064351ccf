package web

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
)

// householdPage is a household as the window sees it.
type householdPage struct {
	registerdesk.HouseholdShown
	Facts  []fact
	People table
	Acts   []registerLink
	Prints []registerLink
	Notes  []notice
	Past   *table // what was done to it
}

// showHousehold shows a household with its members and its own history.
func (s *Server) showHousehold(c *call) error {
	house, err := c.household(event.Unit(c.r.PathValue("unit")), c.r.PathValue("no"))
	if err != nil {
		return err
	}
	p := householdPage{HouseholdShown: house, People: c.members(house.Members)}
	head := ""
	for _, m := range house.Members {
		if m.Tenure == house.Householder {
			head = m.Record.Name
		}
	}
	p.Facts = []fact{{Label: c.t("register.item.head"), Text: head, Href: residentLink(house.Householder)}, {Label: c.t("register.item.household_kind"), Text: c.householdKind(house.Kind)},
		{Label: c.label("register.household", "household_no"), Text: house.No}, {Label: c.label("register.household", "unit"), Text: c.s.units.name(house.Unit)},
		{Label: c.label("register.household", "address"), Text: house.Address, Tone: "wide"}}
	if house.NeedsHouseholder {
		one := notice{Tone: "warn", Title: c.t("register.no_head"), Text: c.t("register.no_head.text")}
		if c.may("register.change_householder") {
			one.Href, one.Link = "/register/householder?household_no="+url.QueryEscape(house.No), c.t("register.do.householder")
		}
		p.Notes = append(p.Notes, one)
	}
	if house.State == register.HouseholdDissolved {
		p.Notes = append(p.Notes, notice{Tone: "stop", Title: Titled(codeWords("register.Household.state", house.State).In(c.lang))})
	}
	if house.Unit == c.by.Unit && house.State == register.HouseholdOpen {
		p.Acts = c.householdActs(&house)
		p.Prints = []registerLink{{Href: "/register/print/booklet/" + url.PathEscape(string(house.Unit)) + "/" + url.PathEscape(house.No), Label: c.t("register.print.booklet")}}
	}
	if err := c.householdHistory(&p); err != nil {
		return err
	}
	return c.page(http.StatusOK, "household", p)
}

func residentLink(tenure string) string {
	if tenure == "" {
		return ""
	}
	return residentPath(tenure)
}

func (c *call) householdActs(h *registerdesk.HouseholdShown) []registerLink {
	no := url.QueryEscape(h.No)
	if len(h.Members) == 0 {
		return c.offer([]offered{{"dissolve", "register.dissolve_household", "/register/dissolve?household_no=" + no, true}})
	}
	return c.offer([]offered{
		{"householder", "register.change_householder", "/register/householder?household_no=" + no, false},
		{"split", "register.split_household", "/register/split?from=" + no, false},
		{"merge", "register.merge_households", "/register/merge?from=" + no, false},
		{"join", "register.join_household", "/register/join?household_no=" + no, false},
		{"address", "register.change_address", "/register/address?household_no=" + no, false},
		{"move-out-together", "register.move_out_together", "/register/move-out-together?household_no=" + no, false},
		{"change-household", "register.change_household", "/do/register.change_household?household_no=" + no, false},
	})
}

// householdHistory lists what was done to the household, the newest first.
func (c *call) householdHistory(p *householdPage) error {
	if len(p.History) == 0 {
		return nil
	}
	t := table{Caption: c.t("register.history"), Total: len(p.History)}
	for _, name := range []string{"kind", "effective_on", "at", "operator", "other", "address"} {
		t.Columns = append(t.Columns, column{Label: c.label("register.household", name)})
	}
	for i := len(p.History) - 1; i >= 0; i-- {
		h := &p.History[i]
		who, err := c.operatorName(h.Operator)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: c.s.Office.Words(h.Kind).In(c.lang)}, {Text: shownDate(h.EffectiveOn)}, {Text: instant(h.At)}, {Text: who}, {Text: h.Household.Other}, {Text: h.Household.Address}}})
	}
	p.Past = &t
	return nil
}

// bookletPage is one page of the booklet (常住人口登记卡, 143 x 105 mm): a member's items in the order of the paper.
type bookletPage struct{ Rows [][]fact }

// booklet is what is printed of a household.
type booklet struct {
	Unit, Issuer string
	House        registerdesk.HouseholdShown
	Head, Kind   string
	Cover        bool
	Pages        []bookletPage
	Today        string
}

// printBooklet prints the booklet's cover page and the members' pages, or one member's page.
func (s *Server) printBooklet(c *call) error {
	house, err := c.household(event.Unit(c.r.PathValue("unit")), c.r.PathValue("no"))
	if err != nil {
		return err
	}
	only := c.r.URL.Query().Get("tenure")
	b := booklet{Unit: c.s.units.name(house.Unit), Issuer: c.s.units.name(house.Unit.Parent()), House: house, Kind: c.householdKind(house.Kind), Cover: only == "", Today: c.today()}
	for _, m := range house.Members {
		if m.Tenure == house.Householder {
			b.Head = m.Record.Name
		}
		if only == "" || only == m.Tenure {
			b.Pages = append(b.Pages, c.bookletPage(&m.Record))
		}
	}
	return c.paper("register-booklet", b)
}

// bookletPage lays a member's items out in the order of the printed page.
func (c *call) bookletPage(r *register.Record) bookletPage {
	item := func(name, text string) fact {
		return fact{Label: c.label("register.resident", name), Text: text}
	}
	own := func(name, text string) fact { return fact{Label: c.t("register.paper." + name), Text: text} }
	word := func(name, code string) fact { return item(name, codeWords(name, code).In(c.lang)) }
	return bookletPage{Rows: [][]fact{
		{item("name", r.Name), own("relation", codeWords("relation", r.Relation).In(c.lang))},
		{item("former_name", r.FormerName), word("sex", r.Sex)},
		{item("birthplace", r.Birthplace), word("ethnic_group", r.EthnicGroup)},
		{item("native_place", r.NativePlace), item("birth_date", shownDate(r.BirthDate))},
		{own("other_address", ""), own("religion", "")},
		{own("number", r.Number), own("height_blood", "")},
		{word("education", r.Education), own("marital_military", codeWords("marital_status", r.MaritalStatus).In(c.lang))},
		{item("workplace", r.Workplace), item("occupation", r.Occupation)},
		{own("came_to_city", "")},
		{own("came_to_address", "")},
	}}
}

// today is the office's day as papers in the reader's language write it.
func (c *call) today() string { return Longhand(c.businessDay(), c.lang) }

// Longhand writes a day as letters and papers do: 2005年9月26日, 26 September 2005. Empty: no day.
func Longhand(d citizen.Date, lang string) string {
	switch {
	case d.IsZero():
		return ""
	case lang == "zh":
		return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.Day())
	}
	return fmt.Sprintf("%d %s %d", d.Day(), time.Month(d.Month()), d.Year())
}
