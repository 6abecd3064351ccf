package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huzheng/huzheng/internal/store"
)

func TestMemoryKeepsAValueUntilItsStampChanges(t *testing.T) {
	var memory store.Memory
	made := 0
	keep := func(name, stamp string) int {
		value, err := store.Keep(&memory, name, stamp, func() (int, error) { made++; return made, nil })
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	for i, test := range []struct {
		name, stamp string
		want        int
	}{{"a", "1", 1}, {"a", "1", 1}, {"a", "2", 2}, {"b", "2", 3}, {"a", "2", 2}, {"a", "1", 4}} {
		if got := keep(test.name, test.stamp); got != test.want {
			t.Errorf("%d: %s at %s is %d, want %d", i, test.name, test.stamp, got, test.want)
		}
	}
	if _, err := store.Keep(&memory, "c", "1", func() (int, error) { return 0, errors.New("cannot") }); err == nil {
		t.Error("a failure was kept")
	}
	for i := range 10_000 { // it does not grow without end, and nothing wrong comes out of it
		if name := fmt.Sprint(i); keep(name, "1") != made {
			t.Fatal("a value was there before it was made")
		}
	}
	if before := made; keep("a", "1") == before {
		t.Error("everything has been kept")
	}
}

// A board that twenty have open is counted once after a change, not twenty times at once; and one whose counting was given up does not keep the others waiting.
func TestOneOfManyMakesAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var memory store.Memory
		var made atomic.Int64
		failing := errors.New("given up")
		keep := func() (int64, error) {
			return store.Keep(&memory, "board", "1", func() (int64, error) {
				time.Sleep(time.Second)
				if n := made.Add(1); n > 1 {
					return n, nil
				}
				return 0, failing
			})
		}
		var group sync.WaitGroup
		var failed atomic.Int64
		for range 20 {
			group.Go(func() {
				switch value, err := keep(); {
				case errors.Is(err, failing):
					failed.Add(1)
				case err != nil || value != 2:
					t.Errorf("%d, %v", value, err)
				}
			})
		}
		group.Wait()
		if made.Load() != 2 || failed.Load() != 1 {
			t.Errorf("made %d times, failed for %d: want 2 and 1", made.Load(), failed.Load())
		}
	})
}

// Work that panics does not keep those waiting who ask for the same.
func TestAValueWhoseWorkPanics(t *testing.T) {
	var memory store.Memory
	func() {
		defer func() { _ = recover() }()
		_, _ = store.Keep(&memory, "a", "1", func() (int, error) { panic("cannot") })
	}()
	if value, err := store.Keep(&memory, "a", "1", func() (int, error) { return 1, nil }); value != 1 || err != nil {
		t.Errorf("%d, %v", value, err)
	}
}

func TestOnceIsOfOneSnapshot(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		made := 0
		once := func(tx *store.Tx) error {
			_, err := store.Once(tx, "it", func() (int, error) { made++; return made, nil })
			return err
		}
		for _, run := range []func(context.Context, func(*store.Tx) error) error{db.Read, db.Read, db.Write} {
			if err := run(ctx, func(tx *store.Tx) error { return errors.Join(once(tx), once(tx)) }); err != nil {
				t.Fatal(err)
			}
		}
		if made != 4 { // once in each snapshot, each time where something is written
			t.Errorf("made %d times, want 4", made)
		}
	})
}

// TestEachOfAsksForAnyNumberOfValues: more than one statement takes, none, and one.
func TestEachOfAsksForAnyNumberOfValues(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		var names []string
		for i := range 1203 {
			names = append(names, fmt.Sprintf("n%04d", i))
		}
		if err := db.Write(ctx, func(tx *store.Tx) error {
			for i, name := range names {
				if _, err := tx.Exec(ctx, "insert into person(unit, id, name) values('u', $1, $2)", i, name); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, want := range [][]string{nil, names[:1], names[:500], names[:501], names} {
			var got []string
			err := db.Read(ctx, func(tx *store.Tx) error {
				return store.EachOf(ctx, tx, "select name from person where unit = $1 and name in (?) and id >= $2", want, []any{"u", 0}, func(rows *sql.Rows) error {
					var name string
					err := rows.Scan(&name)
					got = append(got, name)
					return err
				})
			})
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%d of %d came: %v", len(got), len(want), err)
			}
		}
	})
}
