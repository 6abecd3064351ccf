package web

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/web/gallery"
)

// frame is what stands around every page.
type frame struct {
	Lang, Here string
	Operator   *session // nil: nobody is signed in
	Unit, Tier string
	Today      citizen.Date
	Hold       string // why the node refuses to write
	Doubt      bool   // the clock is not believed
	Exchange   exchangeState
	Menu       []menuItem // what waits, and what has no number
	Idle       []menuItem // where nothing waits now
}

// entry is one line of the menu at the left: a part of the work of some roles.
type entry struct {
	Label  string // key of the catalogue
	Href   string
	Action string // who may do it sees the entry
	Only   []office.Role
	Levels []event.Level    // at which the entry stands; empty: all
	When   func(*call) bool // and only when it holds; nil: always
	// Count tells how many wait; nil: the entry has no number. It must be cheap: it is asked for each page.
	Count func(*call) (int64, error)
}

// menuItem is an entry as a page shows it.
type menuItem struct {
	Label, Href string
	Count       int64
	Counted     bool
	Failed      bool // it could not be counted
	Here        bool
}

// exchangeState is what an operator should know of the line: with whom, how, and since when.
type exchangeState struct {
	Known bool
	Last  int64  // ms UTC of the last word from the unit above; 0: never
	Wait  int64  // entries that the unit above has not acknowledged
	Href  string // the page that says more; empty: none that the operator may see
}

var frameRoad = road{
	routes: func(s *Server) {
		s.mux.Handle("GET /static/", Static())
		s.open("GET /sign-in", s.showSignIn)
		s.open("POST /sign-in", s.signIn)
		s.open("POST /sign-out", s.signOut)
		s.open("GET /language", s.setLanguage)
		s.open("GET /-/components", func(c *call) error { return c.page(http.StatusOK, "components", gallery.Of(c.lang)) })
		s.get("/{$}", s.home)
		s.post("/-/draft", s.saveDraft)
		s.get(livePath, s.live)
	},
	menu: []entry{{Label: "menu.home", Href: "/"}},
}

func (c *call) frame() (*frame, error) {
	f := &frame{Lang: c.lang, Here: c.comeBack(), Today: c.businessDay()}
	if c.by == nil {
		return f, nil
	}
	f.Operator = c.by
	f.Tier = c.t("tier." + []string{"none", "city", "county", "station"}[c.by.Unit.Level()])
	err := c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		if f.Hold, err = office.HoldReason(c.ctx(), tx); err != nil {
			return err
		}
		_, _, f.Doubt, err = c.s.Office.ClockDoubt(c.ctx(), tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	f.Unit = c.s.units.name(c.by.Unit)
	if f.Exchange, err = c.exchange(); err != nil {
		return nil, err
	}
	items := c.atLeft
	if items == nil {
		if items, err = c.menu(countsBesideFor); err != nil {
			return nil, err
		}
	}
	for _, item := range items {
		if item.Counted && item.Count == 0 && !item.Here {
			f.Idle = append(f.Idle, item)
		} else {
			f.Menu = append(f.Menu, item)
		}
	}
	return f, nil
}

// menu lists what the operator's roles have to do at this tier, with counts that are no older than that. Entries that count by one look-up share it.
func (c *call) menu(age time.Duration) ([]menuItem, error) {
	c.counted, c.waits = make(map[string]*office.Done), nil
	defer func() { c.counted = nil }()
	var items []menuItem
	for i := range c.s.menu {
		e := &c.s.menu[i]
		if !e.shows(c) {
			continue
		}
		item := menuItem{Label: c.t(e.Label), Href: e.Href, Here: c.r.URL.Path == e.Href}
		if e.Count != nil {
			n, err := c.s.counts.of(c, e, age)
			switch {
			case c.ctx().Err() != nil:
				return nil, c.ctx().Err()
			case err != nil: // one number that cannot be had takes no page away
				item.Failed = true
				c.s.Log.Error("menu", "entry", e.Href, "operator", c.by.Login, "error", err)
			default:
				item.Count, item.Counted = n, true
			}
		}
		items = append(items, item)
	}
	return items, nil
}

func (e *entry) shows(c *call) bool {
	if e.Action != "" && !c.may(e.Action) {
		return false
	}
	if e.When != nil && !e.When(c) {
		return false
	}
	if len(e.Levels) > 0 && !slices.Contains(e.Levels, c.by.Unit.Level()) {
		return false
	}
	return len(e.Only) == 0 || slices.ContainsFunc(e.Only, c.by.Has)
}

// exchange tells how the node stands with the unit above it.
func (c *call) exchange() (state exchangeState, err error) {
	if c.s.Exchange == nil {
		return state, nil
	}
	parent, ok, err := c.s.Exchange.Parent(c.ctx())
	if err != nil || !ok {
		return state, err
	}
	state = exchangeState{Known: true, Last: parent.HeardAt}
	switch {
	case c.s.Care != nil && c.has(carriers):
		state.Href = "/exchange"
	case c.may("programme.heard"):
		state.Href = "/do/programme.heard"
	}
	state.Wait, err = c.s.Exchange.Unacknowledged(c.ctx())
	return state, err
}

// unitNames keeps the names of units for a short while: they change seldom, and every page shows some.
type unitNames struct {
	mu    sync.RWMutex
	names map[event.Unit]string
	at    time.Time
}

const unitNamesFor = 30 * time.Second

func (u *unitNames) load(ctx context.Context, tx *store.Tx, now time.Time) error {
	u.mu.RLock()
	fresh := u.names != nil && now.Sub(u.at) < unitNamesFor && !now.Before(u.at)
	u.mu.RUnlock()
	if fresh {
		return nil
	}
	units, err := sitedb.Units(ctx, tx)
	if err != nil {
		return err
	}
	names := make(map[event.Unit]string, len(units))
	for _, unit := range units {
		names[unit.Code] = unit.Name
	}
	u.mu.Lock()
	u.names, u.at = names, now
	u.mu.Unlock()
	return nil
}

// name is the unit's name, or its code where it is not known.
func (u *unitNames) name(unit event.Unit) string {
	u.mu.RLock()
	defer u.mu.RUnlock()
	if name := u.names[unit]; name != "" {
		return name
	}
	return string(unit)
}

// under lists the units known in an area, by code.
func (u *unitNames) under(area event.Unit) []event.Unit {
	u.mu.RLock()
	defer u.mu.RUnlock()
	var all []event.Unit
	for unit := range u.names {
		if area.Contains(unit) {
			all = append(all, unit)
		}
	}
	slices.Sort(all)
	return all
}
