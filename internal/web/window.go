package web

import (
	"net/http"
	"net/url"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// windowRoad is the work at the window: a card from the request to the hand-over, and the till.
var windowRoad = road{routes: windowRoutes, menu: []entry{
	{Label: "window.accept", Href: "/accept", Action: "card.open"},
	{Label: "window.list.opened", Href: "/waiting/opened", Action: "card.photograph", Levels: atStations, Count: atStages(card.StageOpened)},
	{Label: "window.list.photographed", Href: "/waiting/photographed", Action: "card.confirm", Levels: atStations, Count: atStages(card.StagePhotographed)},
	{Label: "window.list.fee", Href: "/waiting/fee", Action: "fund.unpaid", Levels: atStations, Count: countWaiting(unpaidFees)},
	{Label: "window.hand_over", Href: "/hand-over", Action: "card.hand_over", Levels: atStations, Count: atStages(card.StageArrived, card.StageNotified)},
	{Label: "window.list.returned", Href: "/waiting/returned", Action: "card.confirm", Levels: atStations,
		Count: atStages(card.StageReturned, card.StageRejected, card.StageDefective)},
	{Label: "window.list.held", Href: "/waiting/held", Action: "card.release", Levels: atStations, Count: countWaiting(func(w *carddesk.Waiting) int { return w.Held })},
	{Label: "window.temporary", Href: "/temporary", Action: "card.hand_out_temporary", Levels: atStations,
		Count: countWaiting(func(w *carddesk.Waiting) int { return w.Temporaries[card.TempAsked] + w.Temporaries[card.TempReady] })},
	{Label: "window.temporary", Href: "/temporary", Action: "card.make_temporary", Levels: []event.Level{event.County},
		Count: countWaiting(func(w *carddesk.Waiting) int { return w.Temporaries[card.TempAsked] })},
	{Label: "window.loss", Href: "/loss", Action: "card.report_lost", Levels: atStations},
	{Label: "window.appointments", Href: "/appointments", Action: "card.appointments", Levels: atStations, Count: countWaiting(func(w *carddesk.Waiting) int { return w.Today })},
	{Label: "window.till", Href: "/till", Action: "fund.till"},
	{Label: "window.kept", Href: "/kept", Action: "card.destroy_old", Levels: atStations, Count: countWaiting(keptCards)},
}}

var atStations = []event.Level{event.Station}

func windowRoutes(s *Server) {
	s.get("/accept", s.acceptFind)
	s.get("/accept/{tenure}", s.acceptRecords)
	s.post("/accept/{tenure}", s.compareRecords)
	s.get("/accept/{tenure}/kind", s.acceptKind)
	s.post("/accept/{tenure}/kind", s.openApplication)
	s.get("/application/{id}", s.showApplication)
	s.get("/application/{id}/next", s.nextOfApplication)
	s.get("/application/{id}/photograph", s.showPhotograph)
	s.post("/application/{id}/photograph", s.tryPhotograph)
	s.post("/application/{id}/photograph/use", s.usePhotograph)
	s.get("/application/{id}/sign", s.showSign)
	s.post("/application/{id}/sign", s.sign)
	s.get("/application/{id}/fee", s.showFee)
	s.post("/application/{id}/fee", s.settleFee)
	s.get("/application/{id}/done", s.showDone)
	s.get("/application/{id}/slip", s.printSheet("window-slip"))
	s.get("/application/{id}/form", s.printSheet("window-form"))
	s.get("/application/{id}/receipt", s.printSheet("window-fee-receipt"))
	s.get("/application/{id}/signature", s.printSheet("window-signature"))
	s.get("/application/{id}/temporary/note", s.printSheet("window-temporary-note"))
	s.get("/photo/{application}", s.photoOf)
	s.get("/waiting/{list}", s.waitingList)
	s.get("/hand-over", s.handOverList)
	s.post("/hand-over", s.notifyAll)
	s.get("/hand-over/{id}", s.showHandOver)
	s.post("/hand-over/{id}", s.handOver)
	s.post("/hand-over/{id}/defect", s.wrongChip)
	s.get("/hand-over/{id}/done", s.showHanded)
	s.get("/application/{id}/temporary", s.showTemporary)
	s.post("/application/{id}/temporary", s.applyTemporary)
	s.get("/temporary", s.temporaries)
	s.get("/loss", s.lossFind)
	s.get("/loss/{tenure}", s.showLoss)
	s.post("/loss/{tenure}", s.reportLoss)
	s.get("/appointments", s.appointments)
	s.get("/kept", s.keptCards)
	s.get("/till", s.showTill)
	s.post("/till/close", s.closeTill)
	s.post("/till/remit", s.remitTill)
	s.get("/till/sheet", s.tillSheet)
}

// waiting counts what waits on the desks of the operator's unit, once a request.
func (c *call) waiting() (*carddesk.Waiting, error) {
	if c.waits == nil {
		w, err := ask[carddesk.Waiting](c, "card.waiting", struct{}{})
		if err != nil {
			return nil, err
		}
		c.waits = &w
	}
	return c.waits, nil
}

func countWaiting(of func(*carddesk.Waiting) int) func(*call) (int64, error) {
	return func(c *call) (int64, error) {
		w, err := c.waiting()
		if err != nil {
			return 0, err
		}
		return int64(of(w)), nil
	}
}

func atStages(stages ...card.Stage) func(*call) (int64, error) {
	return countWaiting(func(w *carddesk.Waiting) (n int) {
		for _, s := range stages {
			n += w.Stages[s]
		}
		return n
	})
}

func unpaidFees(w *carddesk.Waiting) (n int) {
	for _, d := range w.Desks {
		if d.Role == string(office.Cashier) {
			n += d.Count
		}
	}
	return n
}

func keptCards(w *carddesk.Waiting) (n int) {
	for _, count := range w.Destroy {
		n += count
	}
	return n
}

// windowPurpose is for what the window looks people up; it is logged in Chinese, whoever reads the page.
func windowPurpose() string { return words.Get("purpose.window").ZH }

// purposeOf is a page's own purpose, as it is logged.
func purposeOf(key string) string { return words.Get(key).ZH }

// applicationPath is a page of an application.
func applicationPath(id, page string) string {
	path := "/application/" + url.PathEscape(id)
	if page != "" {
		path += "/" + page
	}
	return path
}

// actionPath is an action's own page with what is known already.
func actionPath(action string, known url.Values) string {
	if road, ok := roadPaths[action]; ok {
		return withQuery(road, known)
	}
	return withQuery("/do/"+url.PathEscape(action), known)
}

// link is a button or a line that leads somewhere; Key is its shortcut.
type link struct{ Href, Label, Key, Icon string }

// notFound answers for what this node does not know.
func (c *call) notFound() error { return c.fail(http.StatusNotFound, "error.no_page") }

// rare is the class of a name with characters that the usual fonts lack; empty: they have them all.
func rare(name string) string {
	for _, r := range name {
		if r > 0xffff || r >= 0xe000 && r <= 0xf8ff {
			return "rare"
		}
	}
	return ""
}
