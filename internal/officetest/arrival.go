package officetest

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"pgregory.net/rapid"
)

var errUndo = errors.New("undo")

// Arrive lets the entries of streams arrive at a room's empty tables: each stream in its order, the streams in any order between each other, some entries
// twice. The digests of a unit's rows (empty: all) must then be those wanted, by table. It undoes what it has done, so that it can be drawn again.
func Arrive(t *rapid.T, db *store.DB, room office.Room, blobs *store.Blobs, trees map[event.Stream][]journal.Entry, unit event.Unit, want map[string]string) {
	ctx := context.Background()
	at, left := make(map[event.Stream]int), slices.Sorted(maps.Keys(trees))
	err := db.Write(ctx, func(tx *store.Tx) error {
		for len(left) > 0 {
			k := rapid.IntRange(0, len(left)-1).Draw(t, "stream")
			stream := left[k]
			e := trees[stream][at[stream]]
			for range rapid.IntRange(1, 2).Draw(t, "times") {
				if err := room.Apply(ctx, tx, &office.Applied{Entry: &e, Blobs: blobs}); err != nil {
					return err
				}
			}
			if at[stream]++; at[stream] == len(trees[stream]) {
				left = slices.Delete(left, k, k+1)
			}
		}
		got, err := Digests(tx, []office.Room{room}, unit)
		if err != nil {
			return err
		}
		for table := range want {
			if got[table] != want[table] {
				t.Errorf("%q %s: %s, want %s", unit, table, got[table], want[table])
			}
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		t.Fatal(err)
	}
}
