package carddb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// progressColumns are those of card_progress, the key first; the days stand in the order of card.ProgressKinds.
var progressColumns = []string{"unit", "application", "resident", "opened", "photographed", "confirmed", "reviewed", "signed", "checked",
	"ordered", "made", "dispatched", "arrived", "told", "handed_over", "returns", "rejects", "promised_on", "handed_on"}

// dayColumns are the columns that hold a day, by kind of step.
var dayColumns = func() map[string]string {
	columns := make(map[string]string)
	for i, kind := range card.ProgressKinds {
		columns[kind] = progressColumns[3+i]
	}
	return columns
}()

var upsertProgress = upsert("card_progress", progressColumns, 2)

func saveProgress(ctx context.Context, tx *store.Tx, a *card.Application, steps []card.Step) error {
	p := card.ProgressOf(a, steps)
	row := []any{a.Home, a.ID, a.Resident}
	for _, kind := range card.ProgressKinds {
		row = append(row, int64(p.Days[kind]))
	}
	_, err := tx.Exec(ctx, upsertProgress, append(row, p.Returns, p.Rejects, a.PromisedOn, a.HandedOn)...)
	return err
}

// Reached counts, by unit of an area and kind of step, the applications that first reached the step between two days, both inclusive.
func Reached(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[event.Unit]map[string]int64, error) {
	var sums []string
	for _, kind := range card.ProgressKinds {
		sums = append(sums, fmt.Sprintf("cast(sum(case when %[1]s between $3 and $4 then 1 else 0 end) as bigint)", dayColumns[kind]))
	}
	low, high := Slice(area)
	all := make(map[event.Unit]map[string]int64)
	err := tx.Each(ctx, "select unit, "+strings.Join(sums, ", ")+" from card_progress where unit >= $1 and unit < $2 group by unit",
		[]any{low, high, max(int64(from), 1), int64(to)}, func(rows *sql.Rows) error {
			var unit event.Unit
			counts := make([]int64, len(card.ProgressKinds))
			dest := []any{&unit}
			for i := range counts {
				dest = append(dest, &counts[i])
			}
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			all[unit] = make(map[string]int64, len(counts))
			for i, kind := range card.ProgressKinds {
				all[unit][kind] = counts[i]
			}
			return nil
		})
	return all, err
}

// ReachedByDay counts, day by day, the applications of an area that first reached a step between two days, both inclusive.
func ReachedByDay(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to card.Day) (map[card.Day]int64, error) {
	column, ok := dayColumns[kind]
	if !ok {
		return nil, fmt.Errorf("carddb: no day is kept of %s", kind)
	}
	low, high := Slice(area)
	all := make(map[card.Day]int64)
	err := tx.Each(ctx, "select "+column+", count(*) from card_progress where "+column+" between $3 and $4 and "+column+" > 0 and unit >= $1 and unit < $2 group by "+column,
		[]any{low, high, max(int64(from), 1), int64(to)}, func(rows *sql.Rows) error {
			var day card.Day
			var n int64
			if err := rows.Scan(&day, &n); err != nil {
				return err
			}
			all[day] = n
			return nil
		})
	return all, err
}

// Place is where an application is found: its unit, its identifier and the number on its slip. No name.
type Place struct {
	Unit         event.Unit `json:"unit"`
	Application  string     `json:"application"`
	AcceptanceNo string     `json:"acceptance_no"`
	Stage        card.Stage `json:"stage"`
	Name         string     `json:"name"`
	Since        int64      `json:"since_at"` // of the stage, ms UTC
}

func scanPlace(rows *sql.Rows) (p Place, err error) {
	return p, rows.Scan(&p.Unit, &p.Application, &p.AcceptanceNo, &p.Stage, &p.Name, &p.Since)
}

// ListReached names the applications that a figure of Reached counts, by their identifiers from after on, at most limit.
func ListReached(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to card.Day, after string, limit int) ([]Place, error) {
	column, ok := dayColumns[kind]
	if !ok {
		return nil, fmt.Errorf("carddb: no day is kept of %s", kind)
	}
	low, high := Slice(area)
	return store.Select(ctx, tx, `select p.unit, p.application, a.acceptance_no, a.stage, a.name, a.since from card_progress p
		join card_application a on a.unit = p.unit and a.application = p.application
		where p.unit >= $1 and p.unit < $2 and p.`+column+` between $3 and $4 and p.application > $5 order by p.application limit $6`,
		[]any{low, high, max(int64(from), 1), int64(to), after, limit}, scanPlace)
}

// ListUnwanted names the applications that were returned, or rejected by the maker, between two instants (ms UTC), from inclusive.
func ListUnwanted(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to int64, after string, limit int) ([]Place, error) {
	low, high := Slice(area)
	return store.Select(ctx, tx, `select distinct s.unit, s.application, a.acceptance_no, a.stage, a.name, a.since from card_step s
		join card_application a on a.unit = s.unit and a.application = s.application
		where s.kind = $1 and s.at >= $2 and s.at < $3 and s.unit >= $4 and s.unit < $5 and s.application > $6 order by s.application limit $7`,
		[]any{kind, from, to, low, high, after, limit}, scanPlace)
}

// Unwanted counts returns by the reason, or the maker's rejections by the class, by unit, between two instants (ms UTC), from inclusive.
func Unwanted(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to int64) (map[event.Unit]map[string]int64, error) {
	low, high := Slice(area)
	all := make(map[event.Unit]map[string]int64)
	query := `select unit, body from card_step where kind = $1 and kind in ('card.returned', 'card.rejected') and at >= $2 and at < $3
		and unit >= $4 and unit < $5`
	return all, tx.Each(ctx, query, []any{kind, from, to, low, high}, func(rows *sql.Rows) error {
		var unit event.Unit
		var raw string
		var body card.Body
		if err := rows.Scan(&unit, &raw); err != nil {
			return err
		}
		if err := decodeBody(raw, &body); err != nil {
			return err
		}
		reason := ""
		switch {
		case body.Return != nil:
			reason = string(body.Return.Reason)
		case body.Making != nil:
			reason = string(body.Making.Class)
		}
		if all[unit] == nil {
			all[unit] = make(map[string]int64)
		}
		all[unit][reason]++
		return nil
	})
}

// Standing is how many applications of a unit stand at a stage since a day.
type Standing struct {
	Unit  event.Unit
	Stage card.Stage
	Class card.RejectClass
	Since card.Day
	Late  bool // past the day that was promised
	N     int64
}

// StandingNow counts the applications of an area that are not closed, by unit, stage and the day since which they stand there; today tells which are
// past their promised day.
func StandingNow(ctx context.Context, tx *store.Tx, area event.Unit, today citizen.Date) ([]Standing, error) {
	low, high := Slice(area)
	return store.Select(ctx, tx, `select unit, stage, class, (since + 28800000) / 86400000 as day,
		case when promised_on <> '' and promised_on < $3 then 1 else 0 end as late, count(*)
		from card_application where unit >= $1 and unit < $2 and stage not in ('handed_over', 'withdrawn')
		group by unit, stage, class, (since + 28800000) / 86400000, case when promised_on <> '' and promised_on < $3 then 1 else 0 end
		order by unit, stage, class, day, late`,
		[]any{low, high, today.String()}, func(rows *sql.Rows) (s Standing, err error) {
			var late int64
			err = rows.Scan(&s.Unit, &s.Stage, &s.Class, &s.Since, &late, &s.N)
			s.Late = late == 1
			return s, err
		})
}

// ListStanding names the applications of an area that stand at a stage since a day or earlier; with a day as promised, only those that were promised for a
// day before it.
func ListStanding(ctx context.Context, tx *store.Tx, area event.Unit, stage card.Stage, since card.Day, promised citizen.Date, after string, limit int) ([]Place, error) {
	low, high := Slice(area)
	before := ""
	if !promised.IsZero() {
		before = promised.String()
	}
	return store.Select(ctx, tx, `select unit, application, acceptance_no, stage, name, since from card_application where unit >= $1 and unit < $2 and stage = $3
		and since < $4 and application > $5 and ($7 = '' or promised_on <> '' and promised_on < $7) order by application limit $6`,
		[]any{low, high, string(stage), (int64(since)+1)*msOfDay - eastWest, after, limit, before}, scanPlace)
}

const (
	msOfDay  = 24 * 60 * 60 * 1000
	eastWest = 8 * 60 * 60 * 1000
)

// FirstNotices counts, by unit of an area, the residents whom the unit told for the first time between two instants (ms UTC), from inclusive.
func FirstNotices(ctx context.Context, tx *store.Tx, area event.Unit, from, to int64) (map[event.Unit]int64, error) {
	low, high := Slice(area)
	all := make(map[event.Unit]int64)
	err := tx.Each(ctx, `select unit, count(*) from (select unit, resident, min(at) as first_at from card_notice where unit >= $1 and unit < $2
		group by unit, resident) n where first_at >= $3 and first_at < $4 group by unit`, []any{low, high, from, to}, func(rows *sql.Rows) error {
		var unit event.Unit
		var n int64
		if err := rows.Scan(&unit, &n); err != nil {
			return err
		}
		all[unit] = n
		return nil
	})
	return all, err
}

// Quality is what a unit's handed-over cards say of its work between two days.
type Quality struct {
	Handed    int64 // handed over
	OnTime    int64 // of them, by the promised day
	FirstPass int64 // of them, without a return or a rejection
	Returns   int64 // of all of them together
}

// QualityOf reads the quality by unit of an area, over the cards that were handed over between two days, both inclusive.
func QualityOf(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[event.Unit]Quality, error) {
	low, high := Slice(area)
	all := make(map[event.Unit]Quality)
	err := tx.Each(ctx, `select unit, count(*), cast(sum(case when handed_on <= promised_on then 1 else 0 end) as bigint),
		cast(sum(case when returns = 0 and rejects = 0 then 1 else 0 end) as bigint), cast(sum(returns) as bigint)
		from card_progress where handed_over between $3 and $4 and handed_over > 0 and unit >= $1 and unit < $2 group by unit`,
		[]any{low, high, max(int64(from), 1), int64(to)}, func(rows *sql.Rows) error {
			var unit event.Unit
			var q Quality
			if err := rows.Scan(&unit, &q.Handed, &q.OnTime, &q.FirstPass, &q.Returns); err != nil {
				return err
			}
			all[unit] = q
			return nil
		})
	return all, err
}

// EachHolder calls fn with each resident who holds a valid card of the second generation on a day, in the whole of what this node knows, until fn says that it
// has enough: the card may have been handed over by another station than the one where the resident is registered now. A resident with two comes twice.
func EachHolder(ctx context.Context, tx *store.Tx, on citizen.Date, fn func(resident string) (more bool)) error {
	err := tx.Each(ctx, `select resident from card_application where stage = 'handed_over' and handed_on <= $1 and lost = 0
		and (valid_to = $2 or valid_to >= $1)`, []any{on.String(), card.LongTerm}, func(rows *sql.Rows) error {
		var resident string
		if err := rows.Scan(&resident); err != nil {
			return err
		}
		if !fn(resident) {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

var errEnough = errors.New("carddb: enough")

// CaseOf is where a resident without a card stands: the stage of the application under way, or whether a notice was given.
type CaseOf struct {
	Stage    card.Stage
	Notified bool
}

// CasesOf reads where residents of a station stand, as far as there is anything.
func CasesOf(ctx context.Context, tx *store.Tx, unit event.Unit, residents []string) (map[string]CaseOf, error) {
	all := make(map[string]CaseOf)
	for _, resident := range residents {
		var c CaseOf
		open, err := tx.Find(ctx, `select stage from card_application where resident = $1 and stage not in ('handed_over', 'withdrawn')
			order by application desc limit 1`, []any{resident}, &c.Stage)
		if err != nil {
			return nil, err
		}
		last, err := LastNotice(ctx, tx, unit, resident)
		if err != nil {
			return nil, err
		}
		c.Notified = !last.IsZero()
		if open || c.Notified {
			all[resident] = c
		}
	}
	return all, nil
}

// ReachedByDays is ReachedByDay of every step, in one pass over the area.
func ReachedByDays(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[string]map[card.Day]int64, error) {
	all := make(map[string]map[card.Day]int64, len(card.ProgressKinds))
	days, dest := make([]card.Day, len(card.ProgressKinds)), make([]any, len(card.ProgressKinds))
	for i, kind := range card.ProgressKinds {
		all[kind], dest[i] = make(map[card.Day]int64), &days[i]
	}
	low, high := Slice(area)
	return all, tx.Each(ctx, "select "+strings.Join(progressColumns[3:3+len(days)], ", ")+` from card_progress
		where unit >= $1 and unit < $2 and opened <= $4 and (handed_over = 0 or handed_over >= $3)`,
		[]any{low, high, int64(from), int64(to)}, func(rows *sql.Rows) error {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			for i, day := range days {
				if day > 0 && day >= from && day <= to {
					all[card.ProgressKinds[i]][day]++
				}
			}
			return nil
		})
}

// HandedOverBy counts, by unit of an area, the applications whose cards had been handed over by the end of a day.
func HandedOverBy(ctx context.Context, tx *store.Tx, area event.Unit, day card.Day) (map[event.Unit]int64, error) {
	low, high := Slice(area)
	all := make(map[event.Unit]int64)
	return all, tx.Each(ctx, "select unit, count(*) from card_progress where handed_over > 0 and handed_over <= $3 and unit >= $1 and unit < $2 group by unit",
		[]any{low, high, int64(day)}, func(rows *sql.Rows) error {
			var unit event.Unit
			var n int64
			if err := rows.Scan(&unit, &n); err != nil {
				return err
			}
			all[unit] = n
			return nil
		})
}

// FirstDay is the first day on which an application of an area reached a step; 0: none did.
func FirstDay(ctx context.Context, tx *store.Tx, area event.Unit, kind string) (card.Day, error) {
	column, ok := dayColumns[kind]
	if !ok {
		return 0, fmt.Errorf("carddb: no day is kept of %s", kind)
	}
	low, high := Slice(area)
	var day card.Day
	_, err := tx.Find(ctx, "select "+column+" from card_progress where "+column+" > 0 and unit >= $1 and unit < $2 order by "+column+" limit 1", []any{low, high}, &day)
	return day, err
}
