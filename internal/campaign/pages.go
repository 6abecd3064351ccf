package campaign

import (
	"context"
	"io"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
)

// OpenPages lets the morning of the next working day come and opens every node's pages on loopback, the city's at an address if one is given. Layout then
// tells where they are; Serve serves them.
func (c *Campaign) OpenPages(ctx context.Context, address string) error {
	if err := c.nextWorkingDay(ctx); err != nil {
		return err
	}
	for i, p := range c.places {
		at := "127.0.0.1:0"
		if i == 0 && address != "" {
			at = address
		}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
		if err != nil {
			return err
		}
		p.pages = listener
	}
	return nil
}

// WritePublic writes the file from which the citizens' page is served, as the city's node writes it.
func (c *Campaign) WritePublic(ctx context.Context, out io.Writer) error {
	_, err := c.city().at.node.WritePublic(ctx, out)
	return err
}

// Serve keeps the nodes at work until ctx ends: they exchange, react, show their pages where these are open, and time goes by as it does outside.
func (c *Campaign) Serve(ctx context.Context) error {
	started := time.Now()
	return c.each(ctx, func(ctx context.Context, p *place) error {
		group, ctx := errgroup.WithContext(ctx)
		group.Go(func() error {
			return p.tend(ctx, func() time.Time { return c.at(openingHour).Add(time.Since(started)) })
		})
		if p.road == byNetwork {
			group.Go(func() error { return p.node.Exchange.Run(ctx, serveEvery) })
		}
		if p.pages != nil {
			group.Go(func() error { return p.node.ServePages(ctx, p.pages) })
		}
		return group.Wait()
	})
}

// tend lets time go by at a place and does what waits there.
func (p *place) tend(ctx context.Context, now func() time.Time) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		if err := p.set(now()); err != nil {
			return err
		}
		if _, err := p.node.Office.React(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
