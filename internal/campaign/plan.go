package campaign

import (
	"context"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
)

// plan is what the city has decided beforehand.
type plan struct {
	pilots map[event.Unit]bool
	start  map[event.Unit]int // the working day on which a station opens its window; far away: not yet decided
	perDay int                // residents whom each station calls a day
	breaks []incident
}

// Rates of a play. At most so many residents are called in a day in the whole city: what two processors carry through every office in the time that a
// demonstration may take.
const (
	cityPerDay   = 18
	residentsPer = 150 // residents for one call a day
)

func (c *Campaign) setPlan() {
	stations := c.stations()
	c.plan = plan{pilots: make(map[event.Unit]bool), start: make(map[event.Unit]int), perDay: max(1, min(c.Residents/residentsPer, cityPerDay)/len(stations))}
	for i, u := range stations {
		c.plan.start[u.code] = 1
		if c.plan.pilots[u.code] = i < pilots; i >= pilots {
			c.plan.start[u.code] = c.Days + 1
		}
	}
	c.maker = &factory{dir: filepath.Join(c.Dir, "maker"), seed: c.Seed, chips: make(map[string]chip), defective: make(map[string]card.DefectCode)}
	c.planIncidents()
}

// pilotEnd is the last day of the pilot.
func (c *Campaign) pilotEnd() int { return max(1, c.Days/8) }

// pilots is how many stations try the work out first.
const pilots = 2

// deadline is the day on which the last stations are started, ready or not.
func (c *Campaign) deadline() int { return max(c.pilotEnd()+1, c.Days*2/5) }

// bookSize is how many receipts a station gets at a time.
const bookSize = 20000

// prepare gives the stations what they number with and brings it to them.
func (c *Campaign) prepare(ctx context.Context) error {
	c.paint()
	steps := []func(context.Context) error{
		c.train,
		c.lead,
		func(ctx context.Context) error { return c.atHalls(ctx, (*unit).draftBudget) },
		func(ctx context.Context) error { return c.equipUnits(ctx, false) },
		c.everybody,
		func(ctx context.Context) error { return c.equipUnits(ctx, true) },
		c.layLines,
		func(ctx context.Context) error { return c.atHalls(ctx, (*unit).spread) },
		c.fundCounties,
		c.declare,
		c.supplyAll,
		c.everybody,
		func(ctx context.Context) error { return c.atHalls(ctx, (*unit).open) },
		c.everybody,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	for c.date.Before(c.From.AddDays(-1)) {
		if err := c.nextDay(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *Campaign) supplyAll(ctx context.Context) error {
	for _, u := range c.stations() {
		if err := u.supply(ctx); err != nil {
			return err
		}
	}
	return nil
}

// atHalls does something at the city and at each county.
func (c *Campaign) atHalls(ctx context.Context, fn func(*unit, context.Context) error) error {
	for _, u := range c.units {
		if u.code.Level() == event.Station {
			continue
		}
		if err := fn(u, ctx); err != nil {
			return err
		}
	}
	return nil
}

// Number ranges: for so many days of birth, so many a day.
const (
	rangeDays   = 300
	rangeBefore = 60
	rangePerDay = 4
)

// supply gives a station what it numbers with: sequences for newborns, and receipts.
func (u *unit) supply(ctx context.Context) error {
	n := u.c.books
	u.c.books++
	err := u.parent.do(ctx, office.Finance, "fund.issue_receipts", object{"station": u.code, "from": 1 + bookSize*n, "to": bookSize * (n + 1)}, nil)
	if err != nil {
		return err
	}
	return u.allot(ctx, u.c.date.AddDays(-rangeBefore))
}

// allot gives a station numbers for children born from a day on.
func (u *unit) allot(ctx context.Context, from citizen.Date) error {
	to := from.AddDays(rangeDays)
	u.window.numbersTo = to
	return u.parent.do(ctx, office.Reviewer, "register.allot_numbers", object{"station": u.code, "birth_from": from, "birth_to": to, "per_day": rangePerDay}, nil)
}

// everybody exchanges, disks too, from the stations up and down again.
func (c *Campaign) everybody(ctx context.Context) error {
	for range 2 {
		for i := len(c.places) - 1; i > 0; i-- {
			if err := c.places[i].meet(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleRounds are how often everybody exchanges in the end: up, down, and what the answers call for.
const settleRounds = 2

// settle brings everything everywhere.
func (c *Campaign) settle(ctx context.Context) error {
	if err := c.beat(ctx, closingHour); err != nil { // whoever acts at a node afterwards finds its clock behind no entry
		return err
	}
	for range settleRounds {
		if err := c.everybody(ctx); err != nil {
			return err
		}
	}
	return nil
}
