package office

import (
	"context"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Signing in is made slow and hungry for memory on purpose (19 MiB and 40 ms each, argon2id): so many passwords are checked at once, and whoever finds no place waits so long.
const (
	checksAtOnce = 4
	checkWait    = 3 * time.Second
)

// turnstile lets some through at once.
type turnstile struct {
	places chan struct{}
	wait   time.Duration
}

func newTurnstile(places int, wait time.Duration) *turnstile {
	return &turnstile{make(chan struct{}, places), wait}
}

// enter waits for a place, which leave gives back; it refuses when none becomes free in time.
func (t *turnstile) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-t.places }
	select {
	case t.places <- struct{}{}:
		return leave, nil
	default:
	}
	timer := time.NewTimer(t.wait)
	defer timer.Stop()
	select {
	case t.places <- struct{}{}:
		return leave, nil
	case <-timer.C:
		return nil, errBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// checkOneOfFew checks a password when there is a place for it.
func (o *Office) checkOneOfFew(ctx context.Context, hash, password string) (right bool, err error) {
	leave, err := o.signing.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	return checkPassword(hash, password), nil
}

var errBusy = event.Refuse("office.busy", "",
	citizen.Text{ZH: "登录人数过多，本机正忙", EN: "too many are signing in at once: this node is busy"},
	citizen.Text{ZH: "稍等片刻再登录", EN: "wait a moment and sign in again"})
