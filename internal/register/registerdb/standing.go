package registerdb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
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
	err = store.EachOf(ctx, tx, "select tenure, record from register_tenure where unit = $1 and state = 'open' and tenure in (?)", slices.Sorted(maps.Keys(marks)), []any{station}, func(rows *sql.Rows) error {
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
	return residents, right, err
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
	err = store.EachOf(ctx, tx, "select count(*) from (select distinct household_no from register_tenure where unit = $1 and state = 'open' and household_no in (?)) h",
		slices.Sorted(maps.Keys(some)), []any{station}, func(rows *sql.Rows) error {
			var n int
			err := rows.Scan(&n)
			among += n
			return err
		})
	return all, among, err
}
