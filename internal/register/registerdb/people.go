package registerdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Person is what a list shows of a registration.
type Person struct {
	Unit        event.Unit
	Tenure      string
	Resident    string
	Name        string
	Number      string
	Address     string
	HouseholdNo string
	Main        string // mark of the record as it stands (register.MainMark)
}

const personColumns = "unit, tenure, resident, name, number, address, household_no, main"

func scanPerson(rows *sql.Rows) (p Person, err error) {
	return p, rows.Scan(&p.Unit, &p.Tenure, &p.Resident, &p.Name, &p.Number, &p.Address, &p.HouseholdNo, &p.Main)
}

var errEnough = errors.New("registerdb: enough")

// EachOpen calls fn with each resident registered at a station, in the order of their tenures, until fn says that it has enough. fn must not run a statement in the
// same transaction.
func EachOpen(ctx context.Context, tx *store.Tx, station event.Unit, fn func(Person) (more bool, err error)) error {
	err := tx.Each(ctx, "select "+personColumns+" from register_tenure where unit = $1 and state = 'open' order by tenure", []any{station}, func(rows *sql.Rows) error {
		p, err := scanPerson(rows)
		if err != nil {
			return err
		}
		more, err := fn(p)
		if err == nil && !more {
			err = errEnough
		}
		return err
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// PeopleOf reads, of a station's registrations by their tenures, what lists show.
func PeopleOf(ctx context.Context, tx *store.Tx, station event.Unit, tenures []string) (map[string]Person, error) {
	all := make(map[string]Person, len(tenures))
	return all, store.EachOf(ctx, tx, "select "+personColumns+" from register_tenure where unit = $1 and tenure in (?)", tenures, []any{station}, func(rows *sql.Rows) error {
		p, err := scanPerson(rows)
		all[p.Tenure] = p
		return err
	})
}

// People reads, of registrations by their tenures, what lists show; those that are not known here are left out.
func People(ctx context.Context, tx *store.Tx, tenures []string) (map[string]Person, error) {
	tenures = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(tenures))), func(tenure string) bool { return tenure == "" })
	all := make(map[string]Person, len(tenures))
	return all, store.EachOf(ctx, tx, "select "+personColumns+" from register_tenure where tenure in (?)", tenures, nil, func(rows *sql.Rows) error {
		p, err := scanPerson(rows)
		if other, twice := all[p.Tenure]; !twice || p.Unit < other.Unit {
			all[p.Tenure] = p
		}
		return err
	})
}

// Stop is a household at an address, in the order in which a station's streets are walked.
type Stop struct{ Address, HouseholdNo string }

// EachStop calls fn with the addresses of a station's open registrations that begin with a text, each with its household, behind a stop and until fn says that it has enough. A household
// comes once for each member. fn must not run a statement in the same transaction.
func EachStop(ctx context.Context, tx *store.Tx, station event.Unit, begin string, after Stop, fn func(Stop) (more bool)) error {
	err := tx.Each(ctx, `select address, household_no from register_tenure where unit = $1 and address >= $2 and address < $3 and state = 'open'
		and address >= $4 and (address > $4 or household_no > $5) order by address, household_no`,
		[]any{station, begin, begin + "\U0010FFFF", after.Address, after.HouseholdNo}, func(rows *sql.Rows) error {
			var s Stop
			if err := rows.Scan(&s.Address, &s.HouseholdNo); err != nil {
				return err
			}
			if !fn(s) {
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// HouseholdsOf reads the open tenures of some households of a station, by household number, in the order of their identifiers.
func HouseholdsOf(ctx context.Context, tx *store.Tx, station event.Unit, numbers []string) (map[string][]Tenure, error) {
	all := make(map[string][]Tenure, len(numbers))
	err := store.EachOf(ctx, tx, tenureQuery+"where t.unit = $1 and t.household_no in (?) and t.state = 'open'", numbers, []any{station}, func(rows *sql.Rows) error {
		t, err := scanTenure(rows)
		all[t.Record.HouseholdNo] = append(all[t.Record.HouseholdNo], t)
		return err
	})
	for _, members := range all {
		slices.SortFunc(members, func(a, b Tenure) int { return cmp.Compare(a.ID, b.ID) })
	}
	return all, err
}

// StopOf is where a household stands in the list; ok is false when nobody is registered there any more.
func StopOf(ctx context.Context, tx *store.Tx, station event.Unit, no string) (s Stop, ok bool, err error) {
	var members int64
	s.HouseholdNo = no
	err = tx.Get(ctx, "select coalesce(min(address), ''), count(*) from register_tenure where unit = $1 and household_no = $2 and state = 'open'", []any{station, no}, &s.Address, &members)
	return s, members > 0, err
}

// HouseholdsUnderAddress counts the households of a station with an open member whose address begins with a text, and those of them that are among some.
func HouseholdsUnderAddress(ctx context.Context, tx *store.Tx, station event.Unit, begin string, some map[string]bool) (all, among int, err error) {
	if begin == "" {
		return HouseholdsAmong(ctx, tx, station, some)
	}
	err = tx.Each(ctx, "select distinct household_no from register_tenure where unit = $1 and address >= $2 and address < $3 and state = 'open'",
		[]any{station, begin, begin + "\U0010FFFF"}, func(rows *sql.Rows) error {
			var no string
			err := rows.Scan(&no)
			if all++; some[no] {
				among++
			}
			return err
		})
	return all, among, err
}
