package office

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/event"
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
