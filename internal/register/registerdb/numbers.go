package registerdb

import (
	"context"
	"database/sql"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

const rangeQuery = "select range_id, station, station_generation, division, birth_from, birth_to, seq_from, seq_to from register_range "

func scanRange(rows *sql.Rows) (r register.Range, err error) {
	var division string
	err = rows.Scan(&r.ID, &r.Station, &r.Generation, &division, &r.BirthFrom, &r.BirthTo, &r.SeqFrom, &r.SeqTo)
	r.Division = citizen.Division(division)
	return r, err
}

// RangesOfStation reads the ranges allotted to a station, of every generation.
func RangesOfStation(ctx context.Context, tx *store.Tx, station event.Unit) ([]register.Range, error) {
	return store.Select(ctx, tx, rangeQuery+"where station = $1 order by birth_from, seq_from, range_id", []any{station}, scanRange)
}

// RangesOfCounty reads every range that a county has allotted.
func RangesOfCounty(ctx context.Context, tx *store.Tx, county event.Unit) ([]register.Range, error) {
	return store.Select(ctx, tx, rangeQuery+"where unit = $1 order by birth_from, seq_from, range_id", []any{county}, scanRange)
}

// numbersIn reads every number between two texts that is registered, was registered or is reserved here.
func numbersIn(ctx context.Context, tx *store.Tx, low, high string) ([]string, error) {
	return store.Select(ctx, tx, `select number from register_tenure where number >= $1 and number < $2
		union select number from register_former_number where number >= $1 and number < $2
		union select number from register_reserved where number >= $1 and number < $2`, []any{low, high},
		func(rows *sql.Rows) (n string, err error) { return n, rows.Scan(&n) })
}

// TakenOn reads the numbers of a division and birth date that are in use, were, or are reserved, as far as this node knows.
func TakenOn(ctx context.Context, tx *store.Tx, division citizen.Division, birth citizen.Date) (map[citizen.Number]bool, error) {
	prefix := string(division) + birth.Compact()
	numbers, err := numbersIn(ctx, tx, prefix, prefix+"~")
	if err != nil {
		return nil, err
	}
	taken := make(map[citizen.Number]bool, len(numbers))
	for _, n := range numbers {
		taken[citizen.Number(n)] = true
	}
	return taken, nil
}

// TakenSequences reads the sequences of a division that are in use for some birth date of a period, as far as this node knows.
func TakenSequences(ctx context.Context, tx *store.Tx, division citizen.Division, from, to citizen.Date) ([]int, error) {
	numbers, err := numbersIn(ctx, tx, string(division)+from.Compact(), string(division)+to.Compact()+"~")
	if err != nil {
		return nil, err
	}
	var sequences []int
	for _, n := range numbers {
		if len(n) != 18 {
			continue
		}
		if s, err := strconv.Atoi(n[14:17]); err == nil {
			sequences = append(sequences, s)
		}
	}
	return sequences, nil
}
