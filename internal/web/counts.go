package web

import (
	"fmt"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/event"
)

// How old the counts beside the entries of the menu may be: people of one unit who turn pages ask for the same numbers many times a second. Whoever acts at a page sees his own act
// counted at once. Beside a page that is about something else they may be older, so that few wait for them: the page's module has them renewed a moment later (live).
const (
	countsFor       = 3 * time.Second
	countsBesideFor = 15 * time.Second
)

// countCache keeps the counts of units for a short while. They depend on the unit and on what the roles may do, on nobody in person.
type countCache struct {
	mu   sync.Mutex
	kept map[event.Unit]map[string]keptCount
	acts map[event.Unit]int64 // how often a unit's counts were dropped
}

type keptCount struct {
	n  int64
	at time.Time
}

// of counts an entry, or gives what was counted not longer ago than that.
func (k *countCache) of(c *call, e *entry, age time.Duration) (int64, error) {
	key, now := fmt.Sprint(c.by.Roles, e.Href), time.Now()
	k.mu.Lock()
	kept, ok := k.kept[c.by.Unit][key]
	acts := k.acts[c.by.Unit]
	k.mu.Unlock()
	if ok && now.Sub(kept.at) < age {
		return kept.n, nil
	}
	n, err := e.Count(c)
	if err != nil {
		return 0, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.acts[c.by.Unit] != acts { // somebody acted while it was counted: it may be from before, and is not for the next page
		return n, nil
	}
	if k.kept == nil {
		k.kept = make(map[event.Unit]map[string]keptCount)
	}
	if k.kept[c.by.Unit] == nil {
		k.kept[c.by.Unit] = make(map[string]keptCount)
	}
	k.kept[c.by.Unit][key] = keptCount{n, now}
	return n, nil
}

// forget drops a unit's counts after an act.
func (k *countCache) forget(unit event.Unit) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.kept, unit)
	if k.acts == nil {
		k.acts = make(map[event.Unit]int64)
	}
	k.acts[unit]++
}
