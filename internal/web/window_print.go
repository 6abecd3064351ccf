package web

import (
	"net/url"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
)

// sheet is what a printed paper about an application says.
type sheet struct {
	App     *application
	Valid   string // from and to, in words
	Unit    string
	Today   citizen.Date
	Clerk   string
	Photo   string
	Child   bool
	Next    []string
	Hand    *card.HandOver
	Reasons string
	Temp    *carddesk.TempListed
	Fee     string
}

// printSheet prints one of an application's papers.
func (s *Server) printSheet(name string) handler {
	return func(c *call) error {
		a, err := c.application()
		if err != nil {
			return err
		}
		p := &sheet{App: a, Unit: c.s.units.name(a.Home), Today: a.today, Clerk: c.by.Name, Child: a.Child(), Next: c.whatNext(a)}
		if a.Fee != nil {
			p.Fee = c.feeWords(a.Fee)
		}
		if a.Photo != "" {
			p.Photo = "/photo/" + url.PathEscape(a.ID)
		}
		if a.Issue.ValidTo != "" {
			p.Valid = shownDate(a.Issue.ValidFrom) + " – " + untilWords(c, a.Issue.ValidTo)
		}
		if row, ok := citizen.CardApplicationReasons.ByCode(a.Reason); ok {
			p.Reasons = row.Text().In(c.lang)
		}
		for i := range a.Steps {
			if hand := a.Steps[i].Body.HandOver; hand != nil {
				p.Hand = hand
			}
		}
		if name == "window-temporary-note" {
			if p.Temp, err = c.temporaryOf(a.ID); err != nil {
				return err
			}
		}
		return c.paper(name, p)
	}
}

// temporaryOf finds an application's newest temporary card; nil: it has none.
func (c *call) temporaryOf(application string) (*carddesk.TempListed, error) {
	all, err := ask[[]carddesk.TempListed](c, "card.temporaries", fields{"purpose": windowPurpose(), "limit": longList})
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Application == application {
			return &all[i], err
		}
	}
	return nil, err
}
