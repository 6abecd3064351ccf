package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// CountRight counts the residents registered at a station, and those of them whose record as it stands has one of the marks (register.MainMark) that are
// given for their tenure. It reads the records of those tenures only.
func CountRight(ctx context.Context, tx *store.Tx, station event.Unit, marks map[string]map[string]bool) (residents, right int, err error) {
	if err := tx.Get(ctx, "select count(*) from register_tenure where unit = $1 and state = 'open'", []any{station}, &residents); err != nil {
		return 0, 0, err
	}
	places := make([]string, adultsAtOnce)
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+2)
	}
	query := "select tenure, record from register_tenure where unit = $1 and state = 'open' and tenure in (" + strings.Join(places, ", ") + ")"
	for some := range slices.Chunk(slices.Sorted(maps.Keys(marks)), adultsAtOnce) {
		args := []any{station}
		for i := range places { // one statement for every length: the last tenure stands for those that are not there
			args = append(args, some[min(i, len(some)-1)])
		}
		err := tx.Each(ctx, query, args, func(rows *sql.Rows) error {
			var tenure, text string
			if err := rows.Scan(&tenure, &text); err != nil {
				return err
			}
			var record register.Record
			if err := json.Unmarshal([]byte(text), &record); err != nil {
				return err
			}
			if marks[tenure][register.MainMark(record)] {
				right++
			}
			return nil
		})
		if err != nil {
			return 0, 0, err
		}
	}
	return residents, right, nil
}

// EachHousehold calls fn with the number of each household of a station in which somebody is registered. fn must not run a statement in the same transaction.
func EachHousehold(ctx context.Context, tx *store.Tx, station event.Unit, fn func(no string)) error {
	return tx.Each(ctx, "select distinct household_no from register_tenure where unit = $1 and state = 'open' order by household_no", []any{station}, func(rows *sql.Rows) error {
		var no string
		err := rows.Scan(&no)
		fn(no)
		return err
	})
}
