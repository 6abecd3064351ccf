package campaign

import (
	"context"
	"fmt"
	"runtime/pprof"

	"github.com/huzheng/huzheng/internal/event"
)

// part is what one player does in a day.
type part struct {
	name string
	do   func(context.Context) error
}

// stationDay is a station's working day.
func (u *unit) stationDay() []part {
	return []part{
		{"counting what came", u.countParcels},
		{"telling applicants", u.notify},
		{"handing over", u.handOver},
		{"registration", u.register},
		{"visits", u.visits},
		{"cases", u.casesAtStation},
		{"sessions", u.openSession},
		{"calling in", u.callIn},
		{"acceptance", u.accept},
		{"sessions", u.closeSession},
		{"lost cards", u.lose},
		{"temporary cards", u.handOutTemporaries},
		{"held", u.release},
		{"reminders", u.remind},
		{"moves within", u.moveWithin},
		{"second rounds", u.again},
		{"destruction", u.destroyKept},
		{"cash", u.cash},
		{"late cards", u.explain},
		{"public notice", u.announce},
		{"orders", u.answerOrders},
		{"report", u.report},
	}
}

// countyDay is a county bureau's working day.
func (u *unit) countyDay() []part {
	return []part{
		{"starting stations", u.open},
		{"numbers", u.giveNumbers},
		{"corrections", u.approve},
		{"cases", u.judgeCases},
		{"review", u.review},
		{"signing", u.sign},
		{"counting what came", u.countParcels},
		{"sending on", u.sendOn},
		{"temporary cards", u.makeTemporaries},
		{"addresses", u.appendAddresses},
		{"late cards", u.explain},
		{"money", u.confirmRemittances},
		{"spending", u.spend},
		{"late units", u.lateUnits},
		{"orders", u.closeOrders},
		{"report", u.report},
	}
}

// cityDay is the city bureau's working day.
func (u *unit) cityDay() []part {
	return []part{
		{"cases", u.judgeCases},
		{"check", u.check},
		{"late cards", u.explain},
		{"feedback", u.takeFeedback},
		{"order", u.order},
		{"counting what came", u.countParcels},
		{"sending on", u.sendOn},
		{"report", u.report},
	}
}

func (u *unit) day() []part {
	switch u.code.Level() {
	case event.City:
		return u.cityDay()
	case event.County:
		return u.countyDay()
	}
	return u.stationDay()
}

// playDays plays one working day after the other: all places at once, then the exchange.
func (c *Campaign) playDays(ctx context.Context) error {
	for c.day < c.Days {
		if err := c.nextWorkingDay(ctx); err != nil {
			return err
		}
		c.day++
		if err := c.playDay(ctx); err != nil {
			return fmt.Errorf("day %d: %w", c.day, err)
		}
	}
	return nil
}

func (c *Campaign) playDay(ctx context.Context) error {
	if err := c.incidents(ctx); err != nil {
		return err
	}
	c.tell(playing)
	if err := c.each(ctx, func(ctx context.Context, p *place) error {
		for _, u := range p.units {
			if err := u.playDay(ctx); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := c.maker.day(c); err != nil {
		return fmt.Errorf("the maker: %w", err)
	}
	c.tell(exchanging)
	return c.evening(ctx)
}

func (u *unit) playDay(ctx context.Context) error {
	for _, p := range u.day() {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		pprof.Do(ctx, pprof.Labels("part", p.name), func(ctx context.Context) { // a profile tells what each player costs
			if err = p.do(ctx); err == nil {
				_, err = u.at.node.Office.React(ctx)
			}
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}
