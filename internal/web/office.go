package web

import (
	"net/http"
	"net/url"

	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// Tiers at which a part of the offices' work stands.
var (
	theCounties = []event.Level{event.County}
	theCity     = []event.Level{event.City}
)

// officeRoad is the offices' work: review, signing, check, orders, consignments, lists, access log, quality.
var officeRoad = road{
	routes: func(s *Server) {
		for i := range judgings {
			j := &judgings[i]
			s.get(j.Path, j.show)
			s.post(j.Path, j.decide)
			s.get(j.Path+"/queue", j.queue)
			s.get(j.Path+"/form", j.signedForm)
		}
		s.get("/orders", s.orders)
		s.post("/orders", s.makeOrder)
		s.post("/orders/feedback", s.takeFeedback)
		s.get("/orders/{order}", s.order)
		s.get("/orders/{order}/sheet", s.orderSheet)
		s.post("/orders/{order}/file", s.orderFile)
		s.get("/consignments", s.consignments)
		s.get("/consignments/send", s.sendForm)
		s.post("/consignments/send", s.send)
		s.get("/consignments/kept", s.kept)
		s.post("/consignments/kept", s.destroyKept)
		s.get("/consignment", s.consignment)
		s.post("/consignment", s.countConsignment)
		s.get("/consignment/list", s.packingList)
		s.get("/late", s.late)
		s.post("/late", s.explainLate)
		s.get("/held", s.held)
		s.get("/access", s.access)
		s.get("/quality", s.quality)
	},
	menu: []entry{
		{Label: "menu.review", Href: "/review", Action: "card.review", Levels: theCounties, Count: trayed(func(t *carddesk.Tray) int64 { return t.Review })},
		{Label: "menu.sign", Href: "/sign", Action: "card.sign", Levels: theCounties, Count: trayed(func(t *carddesk.Tray) int64 { return t.Sign })},
		{Label: "menu.check", Href: "/check", Action: "card.check", Levels: theCity, Count: trayed(func(t *carddesk.Tray) int64 { return t.Check })},
		{Label: "menu.orders", Href: "/orders", Action: "card.orders", Levels: theCity, Count: trayed(func(t *carddesk.Tray) int64 { return t.Order })},
		{Label: "menu.consignments", Href: "/consignments", Action: "card.count", Count: trayed(func(t *carddesk.Tray) int64 { return t.Count })},
		{Label: "menu.late", Href: "/late", Action: "card.late", Only: []office.Role{office.Reviewer, office.Issuer, office.Clerk, office.Leader}, Count: trayed(func(t *carddesk.Tray) int64 { return t.Late })},
		{Label: "menu.quality", Href: "/quality", Action: "card.quality", Only: []office.Role{office.Reviewer, office.Issuer, office.Leader, office.Auditor}},
		{Label: "menu.access", Href: "/access", Action: "site.access_log"},
	},
}

// trayed counts a menu entry by what waits at the operator's unit.
func trayed(of func(*carddesk.Tray) int64) func(*call) (int64, error) {
	return func(c *call) (int64, error) {
		if !c.may("card.tray") { // who may read a list has no work in it: nothing of it waits for that operator
			return 0, nil
		}
		tray, err := ask[carddesk.Tray](c, "card.tray", fields{})
		return of(&tray), err
	}
}

// officePurpose is why a page of the office looks somebody up: always in Chinese, for it is read in the access log.
func officePurpose(page string) string { return words.Get("purpose." + page).ZH }

// sentTo is a page of its own after an act: the form's own page with what happened in the query, so that it can be reloaded.
func (c *call) sentTo(path string, query url.Values) error {
	return c.redirect(withQuery(path, query))
}

// officeList is a list with tabs above it and, where one of its rows is open, the record beside it.
type officeList struct {
	Title, Hint string
	Tabs        []tab
	Tables      []table
	Filter      []field
	Keep        [][2]string // of the query, beside the filter's own fields
	Record      any
	Acts        []link
	Form        *form
}

// officeTabs makes the tabs of pages by their paths; the label is the catalogue's text of key and path.
func (c *call) officeTabs(key string, paths ...string) []tab {
	var all []tab
	for _, path := range paths {
		all = append(all, tab{Href: path, Label: c.t(key + path), Here: c.r.URL.Path == path})
	}
	return all
}

// officeList shows a list. Each can be taken as a workbook.
func (c *call) officeList(p *officeList, name string) error {
	p.Acts = c.bulkFrom(c.r.URL.Path)
	for i := range p.Tables {
		p.Tables[i].Export = "1"
	}
	status := http.StatusOK
	if p.Form != nil {
		status = p.Form.status()
	}
	return c.page(status, name, p)
}
