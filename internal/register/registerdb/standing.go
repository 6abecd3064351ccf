package registerdb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// CountRight counts the residents registered at a station, and those of them whose record as it stands has one of the marks (register.MainMark) that are
// given for their tenure. It reads the records of those tenures only.
func CountRight(ctx context.Context, tx *store.Tx, station event.Unit, marks map[string]map[string]bool) (residents, right int, err error) {
	byUnit, err := Count(ctx, tx, station, "unit")
	for _, c := range byUnit {
		residents += int(c.Count)
	}
	if err != nil {
		return 0, 0, err
	}
	query := "select tenure, record from register_tenure where unit = $1 and state = 'open' and tenure in (" + places(2) + ")"
	for some := range slices.Chunk(slices.Sorted(maps.Keys(marks)), adultsAtOnce) {
		err := tx.Each(ctx, query, placed(some, station), func(rows *sql.Rows) error {
			var tenure string
			var text sql.RawBytes
			if err := rows.Scan(&tenure, &text); err != nil {
				return err
			}
			mark, err := mains.of(text)
			if marks[tenure][mark] {
				right++
			}
			return err
		})
		if err != nil {
			return 0, 0, err
		}
	}
	return residents, right, nil
}

// markCache keeps the marks of records by what the records say: working one out means reading the whole record.
type markCache struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]string
}

// marksKept bounds the cache, at some 100 bytes each: beyond it all are forgotten.
const marksKept = 200_000

var mains markCache

// of is the mark (register.MainMark) of a record, as JSON.
func (c *markCache) of(record []byte) (string, error) {
	key := sha256.Sum256(record)
	c.mu.Lock()
	mark, ok := c.kept[key]
	c.mu.Unlock()
	if ok {
		return mark, nil
	}
	var r register.Record
	if err := json.Unmarshal(record, &r); err != nil {
		return "", err
	}
	mark = register.MainMark(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= marksKept {
		c.kept = make(map[[sha256.Size]byte]string)
	}
	c.kept[key] = mark
	return mark, nil
}

// HouseholdsAmong counts the households of a station in which somebody is registered, and those of them that are among some.
func HouseholdsAmong(ctx context.Context, tx *store.Tx, station event.Unit, some map[string]bool) (all, among int, err error) {
	households, err := CountHouseholds(ctx, tx, station)
	if err != nil {
		return 0, 0, err
	}
	all = int(households)
	query := "select count(*) from (select distinct household_no from register_tenure where unit = $1 and state = 'open' and household_no in (" + places(2) + ")) h"
	for part := range slices.Chunk(slices.Sorted(maps.Keys(some)), adultsAtOnce) {
		var n int
		if err := tx.Get(ctx, query, placed(part, station), &n); err != nil {
			return 0, 0, err
		}
		among += n
	}
	return all, among, nil
}

// places are adultsAtOnce parameters from the n-th on: one statement for every length.
func places(n int) string {
	all := make([]string, adultsAtOnce)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", i+n)
	}
	return strings.Join(all, ", ")
}

// placed are some texts as such a statement takes them, behind other arguments: the last stands for those that are not there.
func placed(some []string, before ...any) []any {
	for i := range adultsAtOnce {
		before = append(before, some[min(i, len(some)-1)])
	}
	return before
}
