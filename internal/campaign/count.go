package campaign

import "sync"

// what is a thing that the play counts for itself; the proof compares it with the journals.
type what string

const (
	accepted    what = "accepted"
	returned    what = "returned"
	handedOver  what = "handed over"
	waived      what = "waived"
	feesFen     what = "fees"
	remittedFen what = "remitted"
	births      what = "births"
	deaths      what = "deaths"
	moves       what = "moves"
	imported    what = "imported"
	quarantined what = "quarantined"
	destroyed   what = "destroyed"
	made        what = "made"
	rejected    what = "rejected"
)

// counts adds up what the players do, who work at the same time.
type counts struct {
	mu sync.Mutex
	n  map[what]int
}

func (c *counts) add(of what, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = make(map[what]int)
	}
	c.n[of] += n
}

func (c *counts) get(of what) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[of]
}
