package campaign

import (
	"context"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
)

// preparationDays lie before the first working day.
const preparationDays = 30

// Hours of a working day.
const (
	openingHour = 8
	closingHour = 20
)

var china = time.FixedZone("CST", 8*3600)

// at is an hour of the present day.
func (c *Campaign) at(hour int) time.Time {
	return time.Date(c.date.Year(), time.Month(c.date.Month()), c.date.Day(), hour, 30, 0, 0, china)
}

// nextDay lets one day come at every place. The machines run through nights and Sundays, so no clock jumps.
func (c *Campaign) nextDay(ctx context.Context) error {
	if err := c.beat(ctx, closingHour); err != nil {
		return err
	}
	c.date = c.date.AddDays(1)
	return c.beat(ctx, openingHour)
}

func (c *Campaign) beat(ctx context.Context, hour int) error {
	return c.each(ctx, func(ctx context.Context, p *place) error {
		if err := p.set(c.at(hour)); err != nil || p.node == nil {
			return err
		}
		return p.node.Office.Heartbeat(ctx)
	})
}

// workingDay tells whether the offices are open.
func workingDay(d citizen.Date) bool {
	weekday := time.Date(d.Year(), time.Month(d.Month()), d.Day(), 12, 0, 0, 0, china).Weekday()
	return weekday != time.Saturday && weekday != time.Sunday
}

// nextWorkingDay lets days pass until the offices open.
func (c *Campaign) nextWorkingDay(ctx context.Context) error {
	for {
		if err := c.nextDay(ctx); err != nil || workingDay(c.date) {
			return err
		}
	}
}

// WorkingDays counts the working days of a span, both ends in it.
func WorkingDays(from, to citizen.Date) (n int) {
	for d := from; !d.After(to); d = d.AddDays(1) {
		if workingDay(d) {
			n++
		}
	}
	return n
}
