package registerdb

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// EachMark calls fn with each tenure that is open at a station and the mark of its record as it stands (register.MainMark), those born first before the others, until fn says
// that it has enough. fn must not run a statement in the same transaction.
func EachMark(ctx context.Context, tx *store.Tx, station event.Unit, fn func(tenure, main string) (more bool)) error {
	err := tx.Each(ctx, "select tenure, main from register_tenure where unit = $1 and state = 'open' order by birth_date, tenure", []any{station},
		func(rows *sql.Rows) error {
			var tenure, main string
			if err := rows.Scan(&tenure, &main); err != nil {
				return err
			}
			if !fn(tenure, main) {
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// HouseholdsAmong counts the households of a station in which somebody is registered, and those of them that are among some.
func HouseholdsAmong(ctx context.Context, tx *store.Tx, station event.Unit, some map[string]bool) (all, among int, err error) {
	households, err := CountHouseholds(ctx, tx, station)
	if err != nil {
		return 0, 0, err
	}
	all = int(households)
	err = store.EachOf(ctx, tx, "select count(*) from (select distinct household_no from register_tenure where unit = $1 and state = 'open' and household_no in (?)) h",
		slices.Sorted(maps.Keys(some)), []any{station}, func(rows *sql.Rows) error {
			var n int
			err := rows.Scan(&n)
			among += n
			return err
		})
	return all, among, err
}
