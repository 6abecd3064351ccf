package registerdb

import (
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
	Address     string
	HouseholdNo string
	record      sql.RawBytes // while the row is read
}

// Mark is the mark of the record as it stands (register.MainMark). It is known within EachOpen alone.
func (p *Person) Mark() (string, error) { return mains.of(p.record) }

var errEnough = errors.New("registerdb: enough")

// EachOpen calls fn with each resident registered at a station, in the order of their tenures, until fn says that it has enough. fn must not run a statement in the
// same transaction.
func EachOpen(ctx context.Context, tx *store.Tx, station event.Unit, fn func(Person) (more bool, err error)) error {
	p := Person{Unit: station}
	err := tx.Each(ctx, "select tenure, resident, name, address, household_no, record from register_tenure where unit = $1 and state = 'open' order by tenure", []any{station}, func(rows *sql.Rows) error {
		if err := rows.Scan(&p.Tenure, &p.Resident, &p.Name, &p.Address, &p.HouseholdNo, &p.record); err != nil {
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

// People reads, of registrations by their tenures, what lists show; those that are not known here are left out.
func People(ctx context.Context, tx *store.Tx, tenures []string) (map[string]Person, error) {
	tenures = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(tenures))), func(tenure string) bool { return tenure == "" })
	all := make(map[string]Person, len(tenures))
	query := "select unit, tenure, resident, name, address, household_no from register_tenure where tenure in (" + places(1) + ") order by unit desc"
	for some := range slices.Chunk(tenures, adultsAtOnce) {
		err := tx.Each(ctx, query, placed(some), func(rows *sql.Rows) error {
			var p Person
			err := rows.Scan(&p.Unit, &p.Tenure, &p.Resident, &p.Name, &p.Address, &p.HouseholdNo)
			all[p.Tenure] = p
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// VisitList asks for a station's households along its streets.
type VisitList struct {
	Station event.Unit
	Address string          // the beginning of the address
	Visited map[string]bool // by household number
	After   *Stop           // where the list goes on; nil: at its beginning
	Limit   int
}

// Stop is a household in the order of the list.
type Stop struct{ Address, HouseholdNo string }

// Unvisited lists the households of a station with an open member that have not been visited, by the address that comes first among their members' and then by their number.
func Unvisited(ctx context.Context, tx *store.Tx, l VisitList) (stops []Stop, err error) {
	after := Stop{}
	if l.After != nil {
		after = *l.After
	}
	seen := make(map[string]bool)
	for len(stops) < l.Limit {
		some, last, err := stopsAfter(ctx, tx, l, after, seen, l.Limit-len(stops))
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			first, err := firstAddress(ctx, tx, l.Station, s.HouseholdNo, l.Address)
			if err != nil {
				return nil, err
			}
			if first == s.Address { // else it stands, or stood, before
				stops = append(stops, s)
			}
		}
		if last == after {
			break
		}
		after = last
	}
	return stops, nil
}

// stopsAfter reads the next addresses at which unvisited households stand that have not been seen, and tells where it has come to: after again at the end.
func stopsAfter(ctx context.Context, tx *store.Tx, l VisitList, after Stop, seen map[string]bool, limit int) (stops []Stop, last Stop, err error) {
	last = after
	err = tx.Each(ctx, `select address, household_no from register_tenure where unit = $1 and address >= $2 and address < $3 and state = 'open'
		and address >= $4 and (address > $4 or household_no > $5) order by address, household_no`,
		[]any{l.Station, l.Address, l.Address + "\U0010FFFF", after.Address, after.HouseholdNo}, func(rows *sql.Rows) error {
			if err := rows.Scan(&last.Address, &last.HouseholdNo); err != nil {
				return err
			}
			if !seen[last.HouseholdNo] && !l.Visited[last.HouseholdNo] {
				stops = append(stops, last)
			}
			if seen[last.HouseholdNo] = true; len(stops) == limit {
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return stops, last, err
}

// firstAddress is the first of the addresses of a household's open members that begin with a text; empty where there is none.
func firstAddress(ctx context.Context, tx *store.Tx, station event.Unit, no, begin string) (address string, err error) {
	return address, tx.Get(ctx, `select coalesce(min(address), '') from register_tenure where unit = $1 and household_no = $2 and state = 'open'
		and address >= $3 and address < $4`, []any{station, no, begin, begin + "\U0010FFFF"}, &address)
}

// StopOf is where a household stands in the list; ok is false when nobody is registered there any more.
func StopOf(ctx context.Context, tx *store.Tx, station event.Unit, no string) (s Stop, ok bool, err error) {
	err = tx.Get(ctx, "select coalesce(min(address), ''), count(*) from register_tenure where unit = $1 and household_no = $2 and state = 'open'", []any{station, no}, &s.Address, new(int64))
	s.HouseholdNo = no
	return s, s.Address != "", err
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
