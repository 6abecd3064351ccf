package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
)

// lossFind finds whose card is lost, or was found again.
func (s *Server) lossFind(c *call) error {
	p := findPage{Title: c.t("window.loss"), Action: "/loss", Query: strings.TrimSpace(c.asked().Get("q")), Form: &form{Values: c.asked()}}
	if p.Query == "" {
		return c.showFind(&p)
	}
	if isSlip(p.Query) {
		return c.bySlip(&p, func(a *application) string { return "/loss/" + url.PathEscape(a.Tenure) })
	}
	return c.findPeople(&p, "/loss")
}

// lossPage is a person's cards, with what can be said of each.
type lossPage struct {
	Person  *person
	Facts   []fact
	Form    *form
	Cards   []lossCard
	Words   field
	Replace string // where a replacement is applied for
	Done    bool
	Onward  bool // nothing is left to be reported lost: the replacement is next
}

// lossCard is one card in words; Act is what may be recorded of it: lost, or found.
type lossCard struct{ What, State, Application, Act, Tone string }

func (s *Server) showLoss(c *call) error {
	p, err := c.personAt()
	if err != nil {
		return err
	}
	f, err := c.newForm(p.Tenure)
	if err != nil {
		return err
	}
	return c.showLossOf(p, f)
}

func (c *call) showLossOf(p *person, f *form) error {
	page := &lossPage{Person: p, Facts: c.personFacts(p), Form: f, Replace: acceptPath(p.Tenure, "/kind?kind="+string(card.ReplaceLost)), Done: c.r.URL.Query().Has("done")}
	for _, one := range p.Cards {
		line := lossCard{What: c.t("window.card." + one.Generation), State: c.t("window.card.until", one.Why.In(c.lang), untilWords(c, one.ValidTo)), Application: one.Application}
		switch {
		case one.Application == "": // the loss of a first-generation card is declared at the application
		case one.Valid:
			line.Act = "lost"
		case one.Code == "lost":
			line.Act, line.Tone = "found", "stop"
		}
		page.Cards = append(page.Cards, line)
	}
	page.Onward = !slices.ContainsFunc(page.Cards, func(one lossCard) bool { return one.Act == "lost" })
	var err error
	if page.Words, err = c.control(f, "card.report_lost", "words"); err != nil {
		return err
	}
	page.Words.Part, page.Words.Width, page.Words.Focus = "line", "l", true
	return c.page(f.status(), "window-loss", page)
}

// reportLoss records a card as lost, or as found again.
func (s *Server) reportLoss(c *call) error {
	p, err := c.personAt()
	if err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	action := "card.report_lost"
	if f.Value("act") == "found" {
		action = "card.found"
	}
	_, ok, err := act[carddesk.Reached](c, f, action, c.bindTo(f, action))
	if err != nil {
		return err
	}
	if !ok {
		return c.showLossOf(p, f)
	}
	return c.redirect("/loss/" + p.Tenure + "?done=1")
}
