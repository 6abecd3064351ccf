package registerdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// presentOn is the condition that a tenure is open at the end of the day in parameter n, as the register knows it now: an imported registration
// was there before, and a registration that was resumed or restored was never gone.
func presentOn(n int) string {
	return fmt.Sprintf("(entered_on <= $%[1]d and (state = 'open' or exited_on > $%[1]d))", n)
}

// born is the condition that somebody was born by the day in parameter n.
func born(n int) string { return fmt.Sprintf("(birth_date <> '' and birth_date <= $%d)", n) }

// Population is how many residents of a unit are registered on a day.
type Population struct {
	Unit       event.Unit
	Registered int64 // of any age
	Adults     int64 // born by the day asked for
	NoBirth    int64 // without a birth date: counted in no target
}

// PopulationOn counts the residents registered in an area on a day, by unit, and among them those born by another day: who turns sixteen on the
// day itself is in, who dies or leaves on it is out.
func PopulationOn(ctx context.Context, tx *store.Tx, area event.Unit, on, bornBy citizen.Date) ([]Population, error) {
	low, high := slice(area)
	return store.Select(ctx, tx, "select unit, count(*), cast(sum(case when "+born(4)+` then 1 else 0 end) as bigint),
		cast(sum(case when birth_date = '' then 1 else 0 end) as bigint) from register_tenure
		where unit >= $1 and unit < $2 and `+presentOn(3)+" group by unit order by unit",
		[]any{low, high, on.String(), bornBy.String()}, func(rows *sql.Rows) (p Population, err error) {
			return p, rows.Scan(&p.Unit, &p.Registered, &p.Adults, &p.NoBirth)
		})
}

// Flow is how the adults of a unit changed between two days: Closing = Opening + InBirthday + InMove + InRegistered - OutDeath - OutMove - OutCancelled.
type Flow struct {
	Unit         event.Unit `json:"unit"`
	Opening      int64      `json:"opening"`
	InBirthday   int64      `json:"in_birthday"`
	InMove       int64      `json:"in_move"`       // moves inside an area stand on both sides
	InRegistered int64      `json:"in_registered"` // registered for the first time
	OutDeath     int64      `json:"out_death"`
	OutMove      int64      `json:"out_move"`
	OutCancelled int64      `json:"out_cancelled"`
	Closing      int64      `json:"closing"`
}

// Balances tells whether the flow adds up.
func (f Flow) Balances() bool {
	return f.Closing == f.Opening+f.InBirthday+f.InMove+f.InRegistered-f.OutDeath-f.OutMove-f.OutCancelled
}

// FlowBetween reads by unit how the residents born by bornFrom on the first day became those born by bornTo on the last.
func FlowBetween(ctx context.Context, tx *store.Tx, area event.Unit, from, bornFrom, to, bornTo citizen.Date) ([]Flow, error) {
	low, high := slice(area)
	before, after, adult, grown := presentOn(3), presentOn(5), born(4), born(6)
	sum := func(condition string) string {
		return ", cast(sum(case when " + condition + " then 1 else 0 end) as bigint)"
	}
	query := "select unit" + sum(before+" and "+adult) +
		sum(before+" and not "+adult+" and "+after+" and "+grown) +
		sum("not "+before+" and "+after+" and "+grown+" and entered_kind = 'register.moved_in'") +
		sum("not "+before+" and "+after+" and "+grown+" and entered_kind <> 'register.moved_in'") +
		sum(before+" and "+adult+" and not "+after+" and state = 'dead'") +
		sum(before+" and "+adult+" and not "+after+" and state = 'moved_out'") +
		sum(before+" and "+adult+" and not "+after+" and state not in ('dead', 'moved_out')") +
		sum(after+" and "+grown) +
		" from register_tenure where unit >= $1 and unit < $2 group by unit order by unit"
	return store.Select(ctx, tx, query, []any{low, high, from.String(), bornFrom.String(), to.String(), bornTo.String()},
		func(rows *sql.Rows) (f Flow, err error) {
			return f, rows.Scan(&f.Unit, &f.Opening, &f.InBirthday, &f.InMove, &f.InRegistered, &f.OutDeath, &f.OutMove, &f.OutCancelled, &f.Closing)
		})
}

// BirthsByMonth counts the residents registered in an area now who were born after a day and by another, by unit and month "2006-01".
func BirthsByMonth(ctx context.Context, tx *store.Tx, area event.Unit, after, by citizen.Date) (map[event.Unit]map[string]int64, error) {
	low, high := slice(area)
	all := make(map[event.Unit]map[string]int64)
	return all, tx.Each(ctx, `select unit, substr(birth_date, 1, 7) as month, count(*) from register_tenure where unit >= $1 and unit < $2 and state = 'open'
		and birth_date > $3 and birth_date <= $4 group by unit, substr(birth_date, 1, 7)`, []any{low, high, after.String(), by.String()}, func(rows *sql.Rows) error {
		var unit event.Unit
		var month string
		var n int64
		if err := rows.Scan(&unit, &month, &n); err != nil {
			return err
		}
		if all[unit] == nil {
			all[unit] = make(map[string]int64)
		}
		all[unit][month] = n
		return nil
	})
}

// EachAdultResident calls fn with the unit and the resident of each adult that EachAdult would give, in no order, without reading the records. fn must not
// run a statement in the same transaction.
func EachAdultResident(ctx context.Context, tx *store.Tx, area event.Unit, on, bornBy citizen.Date, fn func(unit event.Unit, resident string)) error {
	low, high := slice(area)
	return tx.Each(ctx, "select unit, resident from register_tenure where unit >= $1 and unit < $2 and "+presentOn(3)+" and "+born(4),
		[]any{low, high, on.String(), bornBy.String()}, func(rows *sql.Rows) error {
			var unit event.Unit
			var resident string
			if err := rows.Scan(&unit, &resident); err != nil {
				return err
			}
			fn(unit, resident)
			return nil
		})
}

// Adult is a resident who is counted in a target.
type Adult struct {
	Unit     event.Unit
	Tenure   string
	Resident string
}

// EachAdult calls fn with each resident registered in an area on a day who was born by another. fn must not run a statement in the same transaction.
func EachAdult(ctx context.Context, tx *store.Tx, area event.Unit, on, bornBy citizen.Date, fn func(Adult)) error {
	low, high := slice(area)
	return tx.Each(ctx, "select unit, tenure, resident from register_tenure where unit >= $1 and unit < $2 and "+presentOn(3)+" and "+born(4)+" order by unit, tenure",
		[]any{low, high, on.String(), bornBy.String()}, func(rows *sql.Rows) error {
			var a Adult
			if err := rows.Scan(&a.Unit, &a.Tenure, &a.Resident); err != nil {
				return err
			}
			fn(a)
			return nil
		})
}

// StationsInUse names the stations of an area with residents in the register: those whose population system is in use.
func StationsInUse(ctx context.Context, tx *store.Tx, area event.Unit) ([]event.Unit, error) {
	low, high := slice(area)
	return store.Select(ctx, tx, "select distinct unit from register_tenure where unit >= $1 and unit < $2 order by unit", []any{low, high},
		func(rows *sql.Rows) (u event.Unit, err error) { return u, rows.Scan(&u) })
}
