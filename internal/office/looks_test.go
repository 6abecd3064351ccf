package office

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestTurnstileRefusesWhoeverFindsNoPlace: passwords are checked for a few at once; the others are told that the node is busy.
func TestTurnstileRefusesWhoeverFindsNoPlace(t *testing.T) {
	door := newTurnstile(2, 0)
	first, err := door.enter(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := door.enter(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := door.enter(context.Background()); !isCode(err, "office.busy") {
		t.Errorf("a third at two places: %v", err)
	}
	first()
	if _, err := newTurnstileOf(door, time.Hour).enter(context.Background()); err != nil {
		t.Errorf("a place was given back: %v", err)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newTurnstileOf(door, time.Hour).enter(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone: %v", err)
	}
}

// newTurnstileOf is the same door with more patience.
func newTurnstileOf(door *turnstile, wait time.Duration) *turnstile {
	return &turnstile{door.places, wait}
}

func isCode(err error, code string) bool {
	refusal, ok := event.AsRefusal(err)
	return ok && refusal.Code == code
}

// TestWhoHasGoneIsNotAnsweredAsIfRecorded: of whoever has gone before it is written that he looked, nothing is written, and he gets no answer.
func TestWhoHasGoneIsNotAnsweredAsIfRecorded(t *testing.T) {
	ctx := context.Background()
	db, err := store.Open(ctx, storetest.SQLiteConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	o, err := New(Office{DB: db, City: "220100", Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	here, left := &looked{ctx: ctx}, &looked{ctx: gone}
	o.writeTogether([]*looked{left, here})
	if !errors.Is(left.err, context.Canceled) || here.err != nil {
		t.Errorf("who has gone: %v; who is here: %v", left.err, here.err)
	}
}
