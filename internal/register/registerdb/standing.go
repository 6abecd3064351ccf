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
	query := "select tenure, record from register_tenure where unit = $1 and state = 'open' and tenure in (" + places() + ")"
	for some := range slices.Chunk(slices.Sorted(maps.Keys(marks)), adultsAtOnce) {
		err := tx.Each(ctx, query, placed(station, some), func(rows *sql.Rows) error {
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

// HouseholdsAmong counts the households of a station in which somebody is registered, and those of them that are among some.
func HouseholdsAmong(ctx context.Context, tx *store.Tx, station event.Unit, some map[string]bool) (all, among int, err error) {
	const households = "select count(*) from (select distinct household_no from register_tenure where unit = $1 and state = 'open'"
	if err := tx.Get(ctx, households+") h", []any{station}, &all); err != nil {
		return 0, 0, err
	}
	query := households + " and household_no in (" + places() + ")) h"
	for part := range slices.Chunk(slices.Sorted(maps.Keys(some)), adultsAtOnce) {
		var n int
		if err := tx.Get(ctx, query, placed(station, part), &n); err != nil {
			return 0, 0, err
		}
		among += n
	}
	return all, among, nil
}

// places are as many parameters as adultsAtOnce, after the first: one statement for every length.
func places() string {
	all := make([]string, adultsAtOnce)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", i+2)
	}
	return strings.Join(all, ", ")
}

// placed are a station and some texts as such a statement takes them: the last stands for those that are not there.
func placed(station event.Unit, some []string) []any {
	args := []any{station}
	for i := range adultsAtOnce {
		args = append(args, some[min(i, len(some)-1)])
	}
	return args
}
