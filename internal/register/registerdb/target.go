package registerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

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
	all, err := ofEach(ctx, tx, area, "population "+on.String()+" "+bornBy.String(), func(station event.Unit) (Population, error) {
		p := Population{Unit: station}
		return p, tx.Get(ctx, "select count(*), coalesce(cast(sum(case when "+born(3)+" then 1 else 0 end) as bigint), 0), coalesce(cast(sum(case when birth_date = '' then 1 else 0 end) as bigint), 0)"+
			" from register_tenure where unit = $1 and "+presentOn(2), []any{station, on.String(), bornBy.String()}, &p.Registered, &p.Adults, &p.NoBirth)
	})
	return slices.DeleteFunc(all, func(p Population) bool { return p.Registered == 0 }), err
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
	before, after, adult, grown := presentOn(2), presentOn(4), born(3), born(5)
	sum := func(condition string) string {
		return ", coalesce(cast(sum(case when " + condition + " then 1 else 0 end) as bigint), 0)"
	}
	query := "select count(*)" + sum(before+" and "+adult) +
		sum(before+" and not "+adult+" and "+after+" and "+grown) +
		sum("not "+before+" and "+after+" and "+grown+" and entered_kind = 'register.moved_in'") +
		sum("not "+before+" and "+after+" and "+grown+" and entered_kind <> 'register.moved_in'") +
		sum(before+" and "+adult+" and not "+after+" and state = 'dead'") +
		sum(before+" and "+adult+" and not "+after+" and state = 'moved_out'") +
		sum(before+" and "+adult+" and not "+after+" and state not in ('dead', 'moved_out')") +
		sum(after+" and "+grown) +
		" from register_tenure where unit = $1"
	days := []any{from.String(), bornFrom.String(), to.String(), bornTo.String()}
	return ofEach(ctx, tx, area, fmt.Sprintln(append([]any{"flow"}, days...)...), func(station event.Unit) (Flow, error) {
		f := Flow{Unit: station}
		return f, tx.Get(ctx, query, append([]any{station}, days...), new(int64), &f.Opening, &f.InBirthday, &f.InMove, &f.InRegistered, &f.OutDeath, &f.OutMove, &f.OutCancelled, &f.Closing)
	})
}

// BirthsByMonth counts the residents registered in an area now who were born after a day and by another, by unit and month "2006-01". The months are not to be altered.
func BirthsByMonth(ctx context.Context, tx *store.Tx, area event.Unit, after, by citizen.Date) (map[event.Unit]map[string]int64, error) {
	type ofStation struct {
		unit   event.Unit
		months map[string]int64
	}
	stations, err := ofEach(ctx, tx, area, "births "+after.String()+" "+by.String(), func(station event.Unit) (ofStation, error) {
		months := make(map[string]int64)
		return ofStation{station, months}, tx.Each(ctx, `select substr(birth_date, 1, 7) as month, count(*) from register_tenure where unit = $1 and state = 'open'
			and birth_date > $2 and birth_date <= $3 group by substr(birth_date, 1, 7)`, []any{station, after.String(), by.String()}, func(rows *sql.Rows) error {
			var month string
			var n int64
			err := rows.Scan(&month, &n)
			months[month] = n
			return err
		})
	})
	all := make(map[event.Unit]map[string]int64)
	for _, one := range stations {
		if len(one.months) > 0 {
			all[one.unit] = one.months
		}
	}
	return all, err
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

// AdultsAmong counts by unit those of the residents named, each once, whom EachAdultResident would give. It looks each of them up: for few among many.
func AdultsAmong(ctx context.Context, tx *store.Tx, area event.Unit, on, bornBy citizen.Date, residents iter.Seq[string]) (map[event.Unit]int64, error) {
	all := make(map[event.Unit]int64)
	return all, store.EachOf(ctx, tx, "select unit from register_tenure where resident in (?) and "+presentOn(1)+" and "+born(2),
		slices.Collect(residents), []any{on.String(), bornBy.String()}, func(rows *sql.Rows) error { // counted here: the engine would go through the whole area to group by unit
			var unit event.Unit
			err := rows.Scan(&unit)
			if area.Contains(unit) {
				all[unit]++
			}
			return err
		})
}

// Adult is a resident who is counted in a target.
type Adult struct {
	Unit     event.Unit
	Tenure   string
	Resident string
}

// EachAdult calls fn with each resident registered at a unit on a day who was born by another, in the order of their tenures behind one (empty: from the first), until fn says that it has
// enough. fn must not run a statement in the same transaction.
func EachAdult(ctx context.Context, tx *store.Tx, unit event.Unit, on, bornBy citizen.Date, after string, fn func(Adult) (more bool)) error {
	err := tx.Each(ctx, "select tenure, resident from register_tenure where unit = $1 and tenure > $4 and "+presentOn(2)+" and "+born(3)+" order by tenure",
		[]any{unit, on.String(), bornBy.String(), after}, func(rows *sql.Rows) error {
			a := Adult{Unit: unit}
			if err := rows.Scan(&a.Tenure, &a.Resident); err != nil {
				return err
			}
			if !fn(a) {
				return errEnough
			}
			return nil
		})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}
