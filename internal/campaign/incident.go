package campaign

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
)

// incident is something that goes wrong on a day of the plan, in the morning.
type incident struct {
	day int
	do  func(context.Context) error
}

// leastDays is the shortest play in which things go wrong.
const leastDays = 12

// planIncidents decides what goes wrong, and when: by parts of the play, and by the seed within them.
func (c *Campaign) planIncidents() {
	if c.Days < leastDays {
		return
	}
	chance := c.chance(cityCode, "incidents")
	day := func(part int) int { return max(2, c.Days*part/20+chance.IntN(2)) }
	lasts := max(2, c.Days/24)
	plan := func(on int, do func(context.Context) error) { c.plan.breaks = append(c.plan.breaks, incident{on, do}) }

	lined, far, disked := c.withRoad(byNetwork, 0), c.withRoad(byNetwork, 1), c.withRoad(byDisk, 0)
	on := day(6)
	plan(on, func(ctx context.Context) error { return c.lineDown(ctx, lined) })
	plan(on+lasts, func(ctx context.Context) error { return c.caughtUp(ctx, lined, byDisk) })
	on = day(9)
	plan(on, func(ctx context.Context) error { return c.lineDown(ctx, far) })
	plan(on+lasts, func(ctx context.Context) error { return c.caughtUp(ctx, far, byNetwork) })
	plan(day(7), func(ctx context.Context) error { return c.loseDisk(ctx, disked) })
	plan(day(8), func(context.Context) error {
		c.maker.broken = c.day + lasts
		c.counts.add(makerBroken, 1)
		return nil
	})
	on = day(16)
	plan(on, func(ctx context.Context) error { return c.backUp(ctx, far) })
	plan(on+2, func(ctx context.Context) error { return c.restore(ctx, far) })
	away := c.stations()[len(c.stations())-1]
	on = day(14)
	plan(on, func(ctx context.Context) error {
		away.absent[office.Clerk] = true
		c.counts.add(clerkAbsent, 1)
		return away.do(ctx, office.Leader, "site.absent", object{"login": login(office.Clerk, away.code), "from": c.date, "to": c.date.AddDays(2 * lasts), "ground": "病假"}, nil)
	})
	plan(on+lasts, func(context.Context) error { delete(away.absent, office.Clerk); return nil })
	plan(day(10), func(ctx context.Context) error { return c.powerCut(ctx, disked, disked.parent) })
}

// withRoad is the n-th station with a node of its own on a road.
func (c *Campaign) withRoad(r road, n int) *place {
	for _, u := range c.stations() {
		if u.at.unit == u.code && u.at.road == r {
			if n--; n < 0 {
				return u.at
			}
		}
	}
	return nil
}

// Things that the incidents count.
const (
	makerBroken  what = "maker broken"
	lineDown     what = "line down"
	diskLost     what = "disk lost"
	restored     what = "restored"
	powerFailed  what = "power failed"
	clerkAbsent  what = "clerk absent"
	roadsChanged what = "road changed"
)

func (c *Campaign) lineDown(ctx context.Context, p *place) error {
	p.down = true
	c.counts.add(lineDown, 1)
	return p.units[0].do(ctx, office.Leader, "site.open_outage", object{"cause": "施工挖断电缆"}, nil)
}

func (c *Campaign) incidents(ctx context.Context) error {
	for _, one := range c.plan.breaks {
		if one.day == c.day {
			if err := one.do(ctx); err != nil {
				return fmt.Errorf("incident: %w", err)
			}
		}
	}
	return nil
}

// caughtUp ends a line's failure: what has piled up goes by disk at once, or by the line in the evening.
func (c *Campaign) caughtUp(ctx context.Context, p *place, by road) error {
	p.down = false
	if err := p.units[0].do(ctx, office.Leader, "site.close_outage", object{"cause": "已修复"}, nil); err != nil {
		return err
	}
	if by == byNetwork {
		return nil
	}
	c.counts.add(roadsChanged, 1)
	return p.visit(ctx)
}

// loseDisk loses the disk between station and county. It is encrypted, so nothing is learnt from it; the next visit brings everything again.
func (c *Campaign) loseDisk(ctx context.Context, p *place) error {
	c.counts.add(diskLost, 1)
	if err := os.MkdirAll(p.disk(), 0o700); err != nil {
		return err
	}
	if err := p.write(ctx); err != nil {
		return err
	}
	return os.RemoveAll(p.disk())
}

// powerCut takes two nodes away in the morning and brings them back.
func (c *Campaign) powerCut(ctx context.Context, places ...*place) error {
	for _, p := range places {
		c.counts.add(powerFailed, 1)
		if err := p.restart(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *place) backup() string { return p.dir + "-backup" }

func (c *Campaign) backUp(ctx context.Context, p *place) error {
	return p.node.Backup(ctx, p.backup(), p.config())
}

// restore brings a machine back from an older backup: it takes back from its parent what the backup lacks, is admitted again under new keys, and gets
// new numbers and receipts, for what its old generation had left is retired.
func (c *Campaign) restore(ctx context.Context, p *place) error {
	c.counts.add(restored, 1)
	if err := p.close(); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(p.dir), os.CopyFS(p.dir, os.DirFS(p.backup())), os.RemoveAll(p.backup())); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(p.dir, "unlock"), []byte(Passphrase+"\n"), 0o600); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	if err := p.node.Exchange.Restored(ctx); err != nil {
		return err
	}
	if err := p.meet(ctx); err != nil {
		return err
	}
	if err := p.renew(ctx); err != nil {
		return err
	}
	for _, u := range p.units {
		if err := u.supply(ctx); err != nil {
			return err
		}
	}
	return errors.Join(p.meet(ctx), p.set(p.clock()))
}

// renew asks for an admission under new keys.
func (p *place) renew(ctx context.Context) error {
	if err := p.node.Exchange.MayRenew(ctx); err != nil {
		return err
	}
	keys, err := p.node.Keys.Renew(p.unit)
	if err != nil {
		return err
	}
	request, err := exchange.NewRequest(p.unit, keys.Identity, p.clock())
	if err != nil {
		return err
	}
	up := p.parent.node
	admission, err := up.Exchange.Admit(ctx, p.parent.administrator(), request, p.serves, up.Config.Exchange.Address)
	if err != nil {
		return err
	}
	config := p.node.Config
	if err := errors.Join(p.close(), keys.Save(config.KeyPath(), Passphrase, node.DemoWork)); err != nil {
		return err
	}
	if err := p.openWith(ctx, config, keys); err != nil {
		return err
	}
	if err := p.node.Exchange.Join(ctx, admission); err != nil {
		return err
	}
	return errors.Join(p.saveRoot(), p.meet(ctx))
}
