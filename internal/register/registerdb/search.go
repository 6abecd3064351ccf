package registerdb

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Search asks for tenures at and below a unit by one of its items. Number and household are compared whole, the others from their beginning.
type Search struct {
	Area        event.Unit
	Number      string
	Pinyin      string
	Initials    string
	HouseholdNo string
	Address     string // a part of it; of a station alone
	Open        bool   // only those that are open
	After       string // the tenure that the last page ended with
	Limit       int
}

// Find reads a page of what a search asks for, in the order of pinyin; of initials, those that are no longer than what was asked for come first.
func Find(ctx context.Context, tx *store.Tx, s Search) ([]Tenure, error) {
	low, high := slice(s.Area)
	args := []any{low, high}
	where := "where t.unit >= $1 and t.unit < $2"
	if s.HouseholdNo != "" || s.Address != "" {
		condition, all, err := within(ctx, tx, s.Area, nil)
		if err != nil {
			return nil, err
		}
		args, where = all, "where "+condition
	}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where += " and " + condition
	}
	order := "t.pinyin, t.unit, t.tenure"
	prefix := func(column, from string) {
		add("t."+column+" >= ? and t."+column+" < ?", from, from+"\U0010FFFF")
	}
	switch {
	case s.Number != "":
		add("(t.number = ? or t.tenure in (select f.tenure from register_former_number f where f.number = ?))", s.Number, s.Number)
	case s.Initials != "":
		prefix("initials", s.Initials)
		order = "t.initials, " + order
	case s.HouseholdNo != "":
		add("t.household_no = ?", s.HouseholdNo)
	case s.Address != "":
		// Any part of it: the addresses of one station are read from the index alone, some ten thousand short texts. Both engines replace letter by letter.
		add("t.address in (select a.address from register_tenure a where a.unit = ? and replace(a.address, ?, '') <> a.address)", s.Area, s.Address)
		order = "t.pinyin || '', t.unit, t.tenure" // or PostgreSQL would look for them along the index of all names
	default:
		prefix("pinyin", s.Pinyin)
	}
	if s.Open {
		add("t.state = 'open'")
	}
	if s.After != "" {
		add("("+order+") > (select "+strings.ReplaceAll(order, "t.", "a.")+" from register_tenure a where a.tenure = ? order by a.unit limit 1)", s.After)
	}
	args = append(args, s.Limit)
	return tenures(ctx, tx, where+fmt.Sprintf(" order by "+order+" limit $%d", len(args)), args...)
}

// Counted is a number of open tenures without names.
type Counted struct {
	Key   string `json:"key"`
	Count int64  `json:"count"`
}

// countColumns are what residents can be counted by. The list is closed.
var countColumns = map[string]string{"unit": "unit", "sex": "sex", "ethnic_group": "ethnic_group", "birth_year": "substr(birth_date, 1, 4)", "entered": "entered_kind"}

// CountBy tells whether residents can be counted by a thing.
func CountBy(by string) bool { return countColumns[by] != "" }

// Count counts the open tenures at and below a unit, by one of the things of CountBy.
func Count(ctx context.Context, tx *store.Tx, area event.Unit, by string) ([]Counted, error) {
	column := countColumns[by]
	stations, err := ofEach(ctx, tx, area, "count "+by, func(station event.Unit) ([]Counted, error) {
		return store.Select(ctx, tx, "select "+column+", count(*) from register_tenure where unit = $1 and state = 'open' group by "+column, []any{station},
			func(rows *sql.Rows) (c Counted, err error) { return c, rows.Scan(&c.Key, &c.Count) })
	})
	sums := make(map[string]int64)
	for _, counts := range stations {
		for _, c := range counts {
			sums[c.Key] += c.Count
		}
	}
	var all []Counted
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, Counted{key, sums[key]})
	}
	return all, err
}

// CountHouseholds counts the households with an open member at and below a unit.
func CountHouseholds(ctx context.Context, tx *store.Tx, area event.Unit) (n int64, err error) {
	stations, err := ofEach(ctx, tx, area, "households", func(station event.Unit) (n int64, err error) {
		return n, tx.Get(ctx, "select count(*) from (select distinct household_no from register_tenure where unit = $1 and state = 'open') h", []any{station}, &n)
	})
	for _, households := range stations {
		n += households
	}
	return n, err
}

// ChunkOfTenure finds the import that opened a tenure: its blob and when it was loaded, ms UTC; ok is false when another entry opened it.
func ChunkOfTenure(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) (blob string, at int64, ok bool, err error) {
	ok, err = tx.Find(ctx, `select c.blob, c.at from register_tenure t join register_chunk c on c.unit = t.unit and c.chunk = t.chunk
		where t.unit = $1 and t.tenure = $2`, []any{unit, tenure}, &blob, &at)
	return blob, at, ok, err
}

// MovedFrom names the tenure that a move-in continues; empty when it does not.
func MovedFrom(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) (from event.Unit, before string, err error) {
	_, err = tx.Find(ctx, "select from_unit, from_tenure from register_move_in where unit = $1 and tenure = $2", []any{unit, tenure}, &from, &before)
	return from, before, err
}

// SameNameSexAndBirth reads the tenures known here that look like a person.
func SameNameSexAndBirth(ctx context.Context, tx *store.Tx, name, sex string, birth citizen.Date) ([]Tenure, error) {
	found, err := SameNameAndBirth(ctx, tx, citizen.Pinyin(name), name, birth)
	if err != nil {
		return nil, err
	}
	alike := found[:0]
	for _, t := range found {
		if t.Record.Sex == sex {
			alike = append(alike, t)
		}
	}
	return alike, nil
}

// Declared is a birth, death or arrival that was declared, with the place of its entry.
type Declared struct {
	Unit        event.Unit   `json:"unit"`
	Tenure      string       `json:"tenure"`
	Kind        string       `json:"kind"`
	EffectiveOn citizen.Date `json:"effective_on"`
	At          int64        `json:"at"` // ms UTC
	Ref         event.Ref    `json:"-"`
}

// Declarations lists the births, deaths and arrivals that were registered at and below a unit in a period of ms UTC, in their order: a page of at most 500
// after the one that the last page ended with. more tells whether there may be another.
func Declarations(ctx context.Context, tx *store.Tx, area event.Unit, from, to int64, after Declared) (page []Declared, more bool, err error) {
	low, high := slice(area)
	page, err = store.Select(ctx, tx, `select unit, tenure, kind, effective_on, at, stream, generation, seq from register_change
		where unit >= $1 and unit < $2 and at >= $3 and at < $4 and kind in ('register.birth_registered', 'register.death_registered', 'register.moved_in')
		and (at, unit, tenure, kind) > ($5, $6, $7, $8) order by at, unit, tenure, kind limit $9`,
		[]any{low, high, from, to, after.At, string(after.Unit), after.Tenure, after.Kind, maxFound}, func(rows *sql.Rows) (d Declared, err error) {
			return d, rows.Scan(&d.Unit, &d.Tenure, &d.Kind, &d.EffectiveOn, &d.At, &d.Ref.Stream, &d.Ref.Generation, &d.Ref.Seq)
		})
	return page, len(page) == maxFound, err
}
