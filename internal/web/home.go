package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
)

// homePage is what waits for the operator.
type homePage struct {
	Work []menuItem // where something waits
	Idle []menuItem // where nothing does
	Rest []menuItem // what has no number
}

func (s *Server) home(c *call) error {
	items, err := c.menu(countsFor)
	if err != nil {
		return err
	}
	c.atLeft = items
	var p homePage
	for _, item := range items {
		switch {
		case item.Href == "/":
		case item.Count > 0:
			p.Work = append(p.Work, item)
		case item.Counted:
			p.Idle = append(p.Idle, item)
		default:
			p.Rest = append(p.Rest, item)
		}
	}
	return c.page(http.StatusOK, "home", p)
}

// operatorName is the name of who wrote an entry, or the word for the node itself; the identifier where it is not known here.
func (c *call) operatorName(operator string) (name string, err error) {
	if operator == string(office.System) {
		return c.t("clean.system"), nil
	}
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		a, ok, err := sitedb.OperatorByID(c.ctx(), tx, operator)
		name = operator
		if ok {
			name = a.Name
		}
		return err
	})
	return name, err
}

// operatorShown is an operator's name; the identifier where it cannot be read.
func (c *call) operatorShown(operator string) string {
	name, err := c.operatorName(operator)
	if err != nil {
		c.s.Log.Error("operator", "error", err)
		return operator
	}
	return name
}

// rememberPurpose keeps the purpose of a free search for the session's next one.
func (c *call) rememberPurpose(purpose string) error {
	if purpose == c.by.Purpose {
		return nil
	}
	c.by.Purpose = purpose
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		_, err := tx.Exec(c.ctx(), "update web_session set purpose = $1 where digest = $2", purpose, c.by.digest)
		return err
	})
}

// liveEvery is how often a page's counts and the line's state are looked at while somebody has it open.
var liveEvery = 5 * time.Second

// live sends a page's module word when the counts at the left or the exchange state have changed.
func (s *Server) live(c *call) error {
	c.w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(c.w)
	ticker := time.NewTicker(liveEvery)
	defer ticker.Stop()
	last := ""
	for {
		if err := c.loadSession(); err != nil || c.by == nil {
			return nil // the session has ended, and the stream with it
		}
		state, err := c.liveState()
		if err != nil {
			return nil // the stream ends; the browser calls again
		}
		if state != last {
			if _, err := fmt.Fprintf(c.w, "data: %s\n\n", state); err != nil {
				return nil
			}
			if err := out.Flush(); err != nil {
				return nil
			}
			last = state
		}
		select {
		case <-c.ctx().Done():
			return nil
		case <-ticker.C:
		}
	}
}
