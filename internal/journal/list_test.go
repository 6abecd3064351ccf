package journal

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// The newest entries of a tree come first, of one kind or of one room where that is asked, and page by page.
func TestNewest(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := openDB(t, config)
		unit := newStation()
		host(t, db, unit)
		var events []event.Event
		for i := range 6 {
			kind := []string{"card.opened", "card.signed", "cards.other"}[i%3]
			events = append(events, event.Event{Stream: event.Up(unit), Kind: kind, V: 1, Subject: fmt.Sprint("s", i), Body: struct{}{}})
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := Append(ctx, tx, 1000, "op", events)
			return err
		})
		for _, test := range []struct {
			kind   string
			before int64
			limit  int
			want   []int64
		}{
			{"", 6, 10, []int64{5, 4, 3, 2, 1, 0}},
			{"", 6, 2, []int64{5, 4}},
			{"", 4, 2, []int64{3, 2}},
			{"card.signed", 6, 10, []int64{4, 1}},
			{"card.", 6, 10, []int64{4, 3, 1, 0}},
			{"card.none", 6, 10, nil},
		} {
			read(t, db, func(ctx context.Context, tx *store.Tx) error {
				entries, err := Newest(ctx, tx, event.Up(unit), 1, test.kind, test.before, test.limit)
				var got []int64
				for _, e := range entries {
					got = append(got, e.Seq)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%q before %d: %v, want %v", test.kind, test.before, got, test.want)
				}
				return err
			})
		}
	})
}
