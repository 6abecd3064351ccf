// Package campaign plays a city's card replacement day by day: real operators at real desks of real nodes, all in one process, each node with a
// database, attachments, keys, an HTTPS listener and a disk folder of its own; they meet over the exchange alone. In the end the road's proof is made
// over everything. The short road in separate processes, which it kills, is package road.
package campaign

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/pprof"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"golang.org/x/sync/errgroup"
)

// Campaign is one play. The same seed plays the same city, save for identifiers and what the clock of this machine says.
type Campaign struct {
	Dir       string // an empty folder
	Residents int
	Stations  int
	Days      int // working days
	Seed      uint64
	From      citizen.Date // the first working day
	Address   string       // on which the city's node serves; empty: any on loopback
	Progress  func(Progress)

	places  []*place // the city's first, parents before children
	units   []*unit  // likewise
	maker   *factory
	photos  []picture
	courier courier
	truth   map[string]*resident // by the computer's record
	books   int                  // of receipts, given out
	plan    plan
	day     int // working day, from 1; 0: preparation
	date    citizen.Date
	counts  counts
}

// Progress is where a play stands.
type Progress struct {
	Phase     citizen.Text
	Date      citizen.Date
	Day, Days int
	Accepted  int
	Handed    int
}

// MinResidents is the smallest city in which every player has somebody to deal with.
const MinResidents = 600

// MinStations is the smallest number of stations: both roads, in both counties.
const MinStations = 6

// Check says what is wrong with the settings.
func (c *Campaign) Check() error {
	switch {
	case c.Residents < MinResidents:
		return fmt.Errorf("at least %d residents", MinResidents)
	case c.Stations < MinStations || c.Stations > 99:
		return fmt.Errorf("from %d to 99 stations", MinStations)
	case c.Residents/c.Stations < MinResidents/MinStations:
		return fmt.Errorf("at least %d residents for each station", MinResidents/MinStations)
	case c.Days < 1:
		return errors.New("at least one working day")
	}
	return nil
}

// step is a part of a play.
type step struct {
	text citizen.Text
	run  func(context.Context) error
}

// Run plays everything and proves it. The nodes stay open until Close.
func (c *Campaign) Run(ctx context.Context) (*Summary, error) {
	started := time.Now()
	if _, err := c.Layout(); err != nil {
		return nil, err
	}
	summary := &Summary{}
	steps := []step{
		{citizen.Text{ZH: "建立市级节点、单位和人员", EN: "founding the city, its units and people"}, c.found},
		{citizen.Text{ZH: "导入各派出所旧库", EN: "importing the stations' old databases"}, c.golive},
		{citizen.Text{ZH: "县级和派出所节点接入", EN: "counties and stations join"}, c.join},
		{citizen.Text{ZH: "准备：号码、票据、培训、器材", EN: "preparation: numbers, receipts, training, equipment"}, c.prepare},
		{citizen.Text{ZH: "逐日办理", EN: "day by day"}, c.playDays},
		{citizen.Text{ZH: "各级数据汇齐", EN: "bringing everything everywhere"}, c.settle},
		{citizen.Text{ZH: "核对：守恒、日志、重放、分片", EN: "the proof: conservation, journals, replay, slices"}, func(ctx context.Context) error { return c.prove(ctx, summary) }},
		{citizen.Text{ZH: "埋设差错，看能否查出", EN: "planted faults: are they found?"}, func(ctx context.Context) error { return c.plantFaults(ctx, summary) }},
	}
	for _, s := range steps {
		c.tell(s.text)
		var err error
		pprof.Do(ctx, pprof.Labels("step", s.text.EN), func(ctx context.Context) { err = s.run(ctx) })
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, fmt.Errorf("%s (%s): %w", s.text.EN, c.date, err)
		}
	}
	summary.Seconds = time.Since(started).Seconds()
	return summary, nil
}

// Node describes one node of a play.
type Node struct {
	Name  string
	Dir   string
	Road  string // to its parent: network, disk; empty: the city's
	Units []event.Unit

	Pages  string // where people open it in a browser; empty: not open
	Listen string // the address on which its children call it; empty: it has none, or does not serve yet
}

// Layout lists the nodes and the units that work at each.
func (c *Campaign) Layout() ([]Node, error) {
	if c.places == nil {
		if err := c.layOut(); err != nil {
			return nil, err
		}
	}
	nodes := make([]Node, len(c.places))
	for i, p := range c.places {
		nodes[i] = Node{Name: p.name, Dir: p.dir, Road: string(p.road), Listen: p.listening}
		if p.pages != nil {
			nodes[i].Pages = "http://" + p.pages.Addr().String() + "/"
		}
		for _, u := range p.units {
			nodes[i].Units = append(nodes[i].Units, u.code)
		}
	}
	return nodes, nil
}

// serveEvery is how often a place calls its parent when nothing happens, after the play.
const serveEvery = 5 * time.Second

func (c *Campaign) tell(phase citizen.Text) {
	if c.Progress != nil {
		c.Progress(Progress{Phase: phase, Date: c.date, Day: c.day, Days: c.Days, Accepted: c.counts.get(accepted), Handed: c.counts.get(handedOver)})
	}
}

// Close closes every node.
func (c *Campaign) Close() error {
	var failed error
	for _, p := range c.places {
		failed = errors.Join(failed, p.close())
	}
	return failed
}

// chance gives a stream of chances of its own to each player, so that none depends on what others drew.
func (c *Campaign) chance(unit event.Unit, what string) *rand.Rand {
	return rand.New(rand.NewPCG(c.Seed, mix(string(unit)+" "+what)))
}

// mix is FNV-1a.
func mix(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// each does something at every place at once.
func (c *Campaign) each(ctx context.Context, fn func(context.Context, *place) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, p := range c.places {
		group.Go(func() error {
			if err := fn(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (c *Campaign) unit(code event.Unit) *unit {
	for _, u := range c.units {
		if u.code == code {
			return u
		}
	}
	return nil
}

func (c *Campaign) level(level event.Level) []*unit {
	var all []*unit
	for _, u := range c.units {
		if u.code.Level() == level {
			all = append(all, u)
		}
	}
	return all
}

func (c *Campaign) stations() []*unit { return c.level(event.Station) }
func (c *Campaign) counties() []*unit { return c.level(event.County) }
func (c *Campaign) city() *unit       { return c.units[0] }
