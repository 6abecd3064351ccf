package office

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// looked is who looked at what, on its way into the journal.
type looked struct {
	ctx     context.Context // whoever has gone by then has seen nothing, and is not recorded
	by      Operator
	events  []event.Event
	entries []journal.Entry
	err     error
	written chan struct{} // closed when it is committed, or has failed
}

// lookLog writes who looked. What comes while a commit is under way is written together in the next one: twenty who look at once wait for two commits and not for twenty. Each
// waits until its own is durable.
type lookLog struct {
	mu      sync.Mutex
	waiting []*looked
	busy    bool
}

// recordLook writes who looked, and returns when that is committed.
func (o *Office) recordLook(ctx context.Context, by Operator, events []event.Event) ([]journal.Entry, error) {
	l := &looked{ctx: ctx, by: by, events: events, written: make(chan struct{})}
	o.looks.mu.Lock()
	o.looks.waiting = append(o.looks.waiting, l)
	begin := !o.looks.busy
	o.looks.busy = true
	o.looks.mu.Unlock()
	if begin {
		go o.writeLooks()
	}
	select {
	case <-l.written:
		return l.entries, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// writeLooks writes what waits until nothing does.
func (o *Office) writeLooks() {
	for {
		o.looks.mu.Lock()
		some := o.looks.waiting
		o.looks.waiting = nil
		o.looks.busy = len(some) > 0
		o.looks.mu.Unlock()
		if len(some) == 0 {
			return
		}
		o.writeTogether(some)
		for _, l := range some {
			close(l.written)
		}
	}
}

// writeTogether writes some in one transaction; where that fails, each in its own, so that nobody's failure is another's.
func (o *Office) writeTogether(some []*looked) {
	slices.SortStableFunc(some, func(a, b *looked) int { return cmp.Compare(a.by.Unit, b.by.Unit) }) // heads are locked in an order that is the same everywhere
	err := o.writeLooked(some)
	if err == nil || len(some) == 1 {
		some[0].err = err
		return
	}
	for _, l := range some {
		l.err = o.writeLooked([]*looked{l})
	}
}

func (o *Office) writeLooked(some []*looked) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("office: panic while it was recorded who looked: %v\n%s", what, debug.Stack())
		}
	}()
	ctx := context.Background()
	err = o.DB.Write(ctx, func(tx *store.Tx) error {
		now, err := o.tick(ctx, tx, false)
		if err != nil {
			return err
		}
		for _, l := range some {
			if l.err = l.ctx.Err(); l.err != nil {
				continue
			}
			w := &Work{Tx: tx, Office: o, By: l.by, Now: now, Today: citizen.DateOf(time.UnixMilli(now))}
			w.Emit(l.events...)
			if l.entries, err = o.write(ctx, tx, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range some {
		o.noteCalls(l.entries)
	}
	return nil
}
