package campaign

import (
	"context"
	"fmt"
	"runtime/pprof"
	"time"

	"golang.org/x/sync/errgroup"
)

// evening exchanges after work: the stations with a line every day, those with a disk on Tuesdays and Fridays, then the county with the city. Places with
// different parents meet at once.
func (c *Campaign) evening(ctx context.Context) (err error) {
	pprof.Do(ctx, pprof.Labels("part", "exchange"), func(ctx context.Context) { err = c.exchange(ctx) })
	return err
}

func (c *Campaign) exchange(ctx context.Context) error {
	c.courier.deliver()
	group, inner := errgroup.WithContext(ctx)
	for _, parent := range c.places {
		children := c.leaves(parent)
		group.Go(func() error {
			for _, p := range children {
				if err := c.meetTonight(inner, p); err != nil {
					return fmt.Errorf("%s: %w", p.name, err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := len(c.places) - 1; i > 0; i-- {
		if p := c.places[i]; len(c.leaves(p)) > 0 {
			if err := p.meetTonight(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return nil
}

// leaves are the places directly below one that have none below themselves.
func (c *Campaign) leaves(parent *place) (all []*place) {
	for _, p := range c.places {
		if p.parent == parent && !p.listens {
			all = append(all, p)
		}
	}
	return all
}

func (c *Campaign) meetTonight(ctx context.Context, p *place) error {
	day := c.at(12).Weekday()
	switch {
	case p.road == byDisk && day != time.Tuesday && day != time.Friday && c.day < c.Days, p.down:
		return nil
	}
	return p.meetTonight(ctx)
}
