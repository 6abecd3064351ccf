package bench

import (
	"context"
	"time"
)

// countFor repeats a step for some seconds and returns how often it ran.
func countFor(ctx context.Context, seconds int, step func(context.Context) error) (int, error) {
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	n := 0
	for time.Now().Before(end) {
		if err := step(ctx); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
