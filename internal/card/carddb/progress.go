package carddb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
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
	was, err := store.Select(ctx, tx, reachedDays+"unit = $1 and application = $2", []any{a.Home, a.ID}, scanReached)
	if err != nil {
		return err
	}
	now := reached{unit: a.Home}
	row := []any{a.Home, a.ID, a.Resident}
	for i, kind := range card.ProgressKinds {
		now.days[i] = p.Days[kind]
		row = append(row, int64(p.Days[kind]))
	}
	if _, err := tx.Exec(ctx, upsertProgress, append(row, p.Returns, p.Rejects, a.PromisedOn, a.HandedOn)...); err != nil {
		return err
	}
	return recount(ctx, tx, append(was, reached{unit: a.Home})[0], now)
}

// forgetReached takes an application out of the counts of days.
func forgetReached(ctx context.Context, tx *store.Tx, application string) error {
	all, err := store.Select(ctx, tx, reachedDays+"application = $1 order by unit", []any{application}, scanReached)
	for _, was := range all {
		if err := recount(ctx, tx, was, reached{unit: was.unit}); err != nil {
			return err
		}
	}
	return err
}

// reached are the days on which an application of a unit first reached each step, in the order of card.ProgressKinds; 0: not yet.
type reached struct {
	unit event.Unit
	days [12]card.Day
}

var reachedDays = "select unit, " + strings.Join(progressColumns[3:3+len(reached{}.days)], ", ") + " from card_progress where "

func scanReached(rows *sql.Rows) (r reached, err error) {
	dest := []any{&r.unit}
	for i := range r.days {
		dest = append(dest, &r.days[i])
	}
	return r, rows.Scan(dest...)
}

// recount moves an application's days in the counts of its unit.
func recount(ctx context.Context, tx *store.Tx, was, now reached) error {
	for i, step := range card.ProgressKinds {
		from, to := was.days[i], now.days[i]
		if from == to {
			continue
		}
		if err := errors.Join(countDay(ctx, tx, was.unit, step, from, -1), countDay(ctx, tx, now.unit, step, to, 1)); err != nil {
			return err
		}
	}
	return nil
}

// countDay adds to how many of a unit reached a step on a day; none where the day is 0. A count of nobody has no row.
func countDay(ctx context.Context, tx *store.Tx, unit event.Unit, step string, day card.Day, n int64) error {
	if day == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `insert into card_reached(unit, step, day, n) values($1, $2, $3, $4)
		on conflict (unit, step, day) do update set n = card_reached.n + excluded.n`, unit, step, int64(day), n); err != nil || n > 0 {
		return err
	}
	_, err := tx.Exec(ctx, "delete from card_reached where unit = $1 and step = $2 and day = $3 and n = 0", unit, step, int64(day))
	return err
}

// reachedOn counts applications that first reached each step, by the day, in the order of card.ProgressKinds.
type reachedOn []map[card.Day]int64

// between adds up the days from one to another, both inclusive.
func (r reachedOn) between(i int, from, to card.Day) (n int64) {
	for day, k := range r[i] {
		if day >= from && day <= to {
			n += k
		}
	}
	return n
}

// reachedIn gives reachedOn of each unit of an area that has accepted applications. A unit's are read anew only when its cards have changed since: all that
// reports and boards count of an area in any span of days is made of these.
func reachedIn(ctx context.Context, tx *store.Tx, area event.Unit) (map[event.Unit]reachedOn, error) {
	low, high := Slice(area)
	units, err := office.UnitsIn(ctx, tx, "card_reached", low, high)
	if err != nil {
		return nil, err
	}
	all := make(map[event.Unit]reachedOn, len(units))
	for _, unit := range units {
		if all[unit], err = office.Figure(ctx, tx, unit, rooms, "reached", func() (reachedOn, error) { return reachedAt(ctx, tx, unit) }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func reachedAt(ctx context.Context, tx *store.Tx, unit event.Unit) (reachedOn, error) {
	all := make(reachedOn, len(card.ProgressKinds))
	for i := range all {
		all[i] = make(map[card.Day]int64)
	}
	return all, tx.Each(ctx, "select step, day, n from card_reached where unit = $1", []any{unit}, func(rows *sql.Rows) error {
		var step string
		var day card.Day
		var n int64
		err := rows.Scan(&step, &day, &n)
		if i := slices.Index(card.ProgressKinds, step); i >= 0 {
			all[i][day] = n
		}
		return err
	})
}

// Reached counts, by unit of an area and kind of step, the applications that first reached the step between two days, both inclusive.
func Reached(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[event.Unit]map[string]int64, error) {
	reached, err := reachedIn(ctx, tx, area)
	all := make(map[event.Unit]map[string]int64, len(reached))
	for unit, days := range reached {
		all[unit] = make(map[string]int64, len(days))
		for i, kind := range card.ProgressKinds {
			all[unit][kind] = days.between(i, from, to)
		}
	}
	return all, err
}

// ReachedByDays counts, step by step and day by day, the applications of an area that first reached a step between two days, both inclusive.
func ReachedByDays(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[string]map[card.Day]int64, error) {
	reached, err := reachedIn(ctx, tx, area)
	all := make(map[string]map[card.Day]int64, len(card.ProgressKinds))
	for i, kind := range card.ProgressKinds {
		all[kind] = make(map[card.Day]int64)
		for _, days := range reached {
			for day, n := range days[i] {
				if day >= from && day <= to {
					all[kind][day] += n
				}
			}
		}
	}
	return all, err
}

// ReachedByDay is ReachedByDays of one step.
func ReachedByDay(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to card.Day) (map[card.Day]int64, error) {
	if _, ok := dayColumns[kind]; !ok {
		return nil, fmt.Errorf("carddb: no day is kept of %s", kind)
	}
	all, err := ReachedByDays(ctx, tx, area, from, to)
	return all[kind], err
}

// HandedOverBy counts, by unit of an area, the applications whose cards had been handed over by the end of a day.
func HandedOverBy(ctx context.Context, tx *store.Tx, area event.Unit, day card.Day) (map[event.Unit]int64, error) {
	reached, err := Reached(ctx, tx, area, 1, day)
	all := make(map[event.Unit]int64, len(reached))
	for unit, kinds := range reached {
		all[unit] = kinds[card.KindHandedOver]
	}
	return all, err
}

// FirstDay is the first day on which an application of an area reached a step; 0: none did.
func FirstDay(ctx context.Context, tx *store.Tx, area event.Unit, kind string) (first card.Day, err error) {
	days, err := ReachedByDay(ctx, tx, area, kind, 1, math.MaxInt64)
	for day := range days {
		if first == 0 || day < first {
			first = day
		}
	}
	return first, err
}

// Place is where an application is found: its unit, its identifier and the number on its slip. No name.
type Place struct {
	Unit         event.Unit `json:"unit"`
	Application  string     `json:"application"`
	AcceptanceNo string     `json:"acceptance_no"`
	Stage        card.Stage `json:"stage"`
	Name         string     `json:"name"`
	Since        int64      `json:"since_at"`        // of the stage, ms UTC
	Times        int64      `json:"times,omitempty"` // how often the figure counts it, where that can be more than once
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
	return places(ctx, tx, `select unit, application from card_progress where unit >= $1 and unit < $2 and `+column+` between $3 and $4 and application > $5`,
		[]any{low, high, max(int64(from), 1), int64(to), after, limit})
}

// places reads where the applications stand that a query names; its last argument is the most that are wanted. Only of these the application is read.
func places(ctx context.Context, tx *store.Tx, named string, args []any) ([]Place, error) {
	return store.Select(ctx, tx, fmt.Sprintf(`select a.unit, a.application, a.acceptance_no, a.stage, a.name, a.since from (%s order by application limit $%d) p
		join card_application a on a.unit = p.unit and a.application = p.application order by a.application`, named, len(args)), args, scanPlace)
}

// ListUnwanted names the applications that were returned, or rejected by the maker, for a reason (empty: any) between two instants (ms UTC), from inclusive, and how often each was: by their
// identifiers from after on, at most limit.
func ListUnwanted(ctx context.Context, tx *store.Tx, area event.Unit, kind, reason string, from, to int64, after string, limit int) ([]Place, error) {
	type place struct {
		unit        event.Unit
		application string
	}
	times, named := make(map[place]int64), make(map[string]bool)
	if err := eachUnwanted(ctx, tx, area, kind, from, to, func(unit event.Unit, application, why string) {
		if application > after && (reason == "" || why == reason) {
			times[place{unit, application}]++
			named[application] = true
		}
	}); err != nil {
		return nil, err
	}
	wanted := slices.Sorted(maps.Keys(named))
	var all []Place
	err := store.EachOf(ctx, tx, "select unit, application, acceptance_no, stage, name, since from card_application where application in (?)", wanted[:min(limit, len(wanted))], nil, func(rows *sql.Rows) error {
		p, err := scanPlace(rows)
		if p.Times = times[place{p.Unit, p.Application}]; p.Times > 0 {
			all = append(all, p)
		}
		return err
	})
	slices.SortFunc(all, func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Application, b.Application), cmp.Compare(a.Unit, b.Unit))
	})
	return all[:min(limit, len(all))], err
}

// Unwanted counts returns by the reason, or the maker's rejections by the class, by unit, between two instants (ms UTC), from inclusive.
func Unwanted(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to int64) (map[event.Unit]map[string]int64, error) {
	all := make(map[event.Unit]map[string]int64)
	return all, eachUnwanted(ctx, tx, area, kind, from, to, func(unit event.Unit, _, reason string) {
		if all[unit] == nil {
			all[unit] = make(map[string]int64)
		}
		all[unit][reason]++
	})
}

// eachUnwanted calls fn with each return, or rejection by the maker, of an area between two instants (ms UTC), from inclusive.
func eachUnwanted(ctx context.Context, tx *store.Tx, area event.Unit, kind string, from, to int64, fn func(unit event.Unit, application, reason string)) error {
	low, high := Slice(area)
	query := `select unit, application, body from card_step where kind = $1 and kind in ('card.returned', 'card.rejected') and at >= $2 and at < $3
		and unit >= $4 and unit < $5`
	return tx.Each(ctx, query, []any{kind, from, to, low, high}, func(rows *sql.Rows) error {
		var unit event.Unit
		var application, raw string
		var body card.Body
		if err := rows.Scan(&unit, &application, &raw); err != nil {
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
		fn(unit, application, reason)
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
// past their promised day. Nobody alters the rows it gives: they are kept.
func StandingNow(ctx context.Context, tx *store.Tx, area event.Unit, today citizen.Date) ([]Standing, error) {
	return office.Figure(ctx, tx, area, rooms, "standing "+today.String(), func() ([]Standing, error) { return standingOn(ctx, tx, area, today) })
}

func standingOn(ctx context.Context, tx *store.Tx, area event.Unit, today citizen.Date) ([]Standing, error) {
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

// FirstNotices counts, by unit of an area, the residents whom the unit told for the first time between two days, both inclusive.
func FirstNotices(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[event.Unit]int64, error) {
	low, high := Slice(area)
	units, err := office.UnitsIn(ctx, tx, "card_notice", low, high)
	if err != nil {
		return nil, err
	}
	all := make(map[event.Unit]int64)
	for _, unit := range units {
		told, err := office.Figure(ctx, tx, unit, rooms, "first notices", func() (map[card.Day]int64, error) { return firstNoticesOf(ctx, tx, unit) })
		if err != nil {
			return nil, err
		}
		for day, n := range told {
			if day >= from && day <= to {
				all[unit] += n
			}
		}
	}
	return all, nil
}

func firstNoticesOf(ctx context.Context, tx *store.Tx, unit event.Unit) (map[card.Day]int64, error) {
	all := make(map[card.Day]int64)
	return all, tx.Each(ctx, "select min(at) from card_notice where unit = $1 group by resident", []any{unit}, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		all[card.DayOf(at)]++
		return err
	})
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
