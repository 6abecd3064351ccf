package campaign

import (
	"slices"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

// courier carries boxes of cards, money slips and people who move between units, who work at the same time; everything is there in the evening, in an
// order that does not depend on who was faster.
type courier struct {
	mu    sync.Mutex
	boxes []box
	slips []remittance
	trips []trip
	asks  []asked
	opens []opening
	notes []note // slips of paper from a station to its county
}

// opening is a station that will open its window.
type opening struct {
	unit *unit
	day  int
}

// note is a temporary card asked for, or an application whose holder has moved.
type note struct {
	from             *unit
	temporary, moved string
}

// trip is somebody who moves.
type trip struct {
	to  *unit
	who arrival
}

type box struct {
	to     *unit
	parcel parcel
}

func (c *courier) send(to *unit, p parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.boxes = append(c.boxes, box{to, p})
}

func (c *courier) slip(r remittance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slips = append(c.slips, r)
}

func (c *courier) travel(to *unit, a arrival) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trips = append(c.trips, trip{to, a})
}

func (c *courier) ask(from *unit, birth citizen.Date) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks = append(c.asks, asked{from, birth})
}

func (c *courier) request(from *unit, temporary string) {
	c.write(note{from: from, temporary: temporary})
}
func (c *courier) moved(from *unit, application string) {
	c.write(note{from: from, moved: application})
}

func (c *courier) open(u *unit, day int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opens = append(c.opens, opening{u, day})
}

func (c *courier) write(n note) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes = append(c.notes, n)
}

// deliver brings everything to where it goes.
func (c *courier) deliver() {
	slices.SortStableFunc(c.slips, func(a, b remittance) int { return cmpText(string(a.from.code), string(b.from.code)) })
	slices.SortStableFunc(c.trips, func(a, b trip) int { return cmpText(a.who.who.RecordID, b.who.who.RecordID) })
	for _, b := range c.boxes {
		box := b.to.box()
		*box = append(*box, b.parcel)
	}
	for _, s := range c.slips {
		s.from.parent.hall.remittances = append(s.from.parent.hall.remittances, s)
	}
	for _, t := range c.trips {
		t.to.window.pending = append(t.to.window.pending, t.who)
	}
	slices.SortStableFunc(c.asks, func(a, b asked) int { return cmpText(string(a.from.code), string(b.from.code)) })
	for _, a := range c.asks {
		a.from.parent.hall.asked = append(a.from.parent.hall.asked, a)
	}
	slices.SortStableFunc(c.notes, func(a, b note) int { return cmpText(string(a.from.code), string(b.from.code)) })
	for _, n := range c.notes {
		hall := n.from.parent.hall
		if n.temporary != "" {
			hall.temporaries = append(hall.temporaries, n.temporary)
		}
		if n.moved != "" {
			hall.moved[n.from.code] = append(hall.moved[n.from.code], n.moved)
		}
	}
	for _, o := range c.opens {
		o.unit.c.plan.start[o.unit.code] = o.day
	}
	c.boxes, c.slips, c.trips, c.asks, c.notes, c.opens = nil, nil, nil, nil, nil, nil
}
