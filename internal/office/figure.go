package office

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// mark names what has changed: the tables of a room, as far as they speak of a unit.
type mark struct {
	room string
	unit event.Unit
}

// anew is the mark of what derives rows anew whose entries have been applied long ago.
var anew = mark{room: "journal"}

// marksOf are the marks that an entry of a stream moves. An entry between a unit and one above it speaks of the lower one; between two that are beside each other, of both.
func marksOf(room string, s event.Stream) []mark {
	owner, receiver := s.Unit(), s.Receiver()
	switch {
	case s.Audience() == "access": // no figure counts who looked
		return nil
	case receiver == "" || receiver.Contains(owner):
		return []mark{{room, owner}}
	case owner.Contains(receiver):
		return []mark{{room, receiver}}
	}
	return []mark{{room, owner}, {room, receiver}}
}

// concerner is a room some of whose entries alter what is true of other units than their stream's: a parcel's count says where another station's card is.
type concerner interface {
	// Concerns names those units.
	Concerns(e *journal.Entry) ([]event.Unit, error)
}

// noteApplied moves the marks of entries that have been applied in this transaction.
func (o *Office) noteApplied(ctx context.Context, tx *store.Tx, entries []journal.Entry) error {
	var marks []mark
	for i := range entries {
		e := &entries[i]
		room := o.kinds[e.Kind]
		if room == nil {
			continue
		}
		marks = append(marks, marksOf(room.Name(), e.Stream)...)
		further, ok := room.(concerner)
		if !ok || e.Erased() {
			continue
		}
		units, err := further.Concerns(e)
		if err != nil {
			return err
		}
		for _, unit := range units {
			marks = append(marks, mark{room.Name(), unit})
		}
	}
	return move(ctx, tx, marks...)
}

// move moves marks, in an order that is the same everywhere.
func move(ctx context.Context, tx *store.Tx, marks ...mark) error {
	slices.SortFunc(marks, func(a, b mark) int { return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.unit, b.unit)) })
	for _, m := range slices.Compact(marks) {
		if _, err := tx.Exec(ctx, "insert into office_mark(room, unit, n) values($1, $2, 1) on conflict (room, unit) do update set n = office_mark.n + 1", m.room, m.unit); err != nil {
			return err
		}
	}
	return nil
}

// Figure gives what work makes of the tables of some rooms, as far as they speak of an area: what it made before, when nothing has been applied since that could
// alter it. what names the figure and everything else that it depends on, as the day. work reads in the transaction, and nobody alters what it gives.
// In a transaction that writes it is always worked out.
func Figure[T any](ctx context.Context, tx *store.Tx, area event.Unit, rooms []string, what string, work func() (T, error)) (T, error) {
	return Newest(ctx, tx, area, rooms, what, "", work)
}

// Newest is Figure for what is large, as a set of a city's residents: of tells figures of one name apart, as a day, and only the one that was worked out last is kept.
func Newest[T any](ctx context.Context, tx *store.Tx, area event.Unit, rooms []string, what, of string, work func() (T, error)) (T, error) {
	memory := tx.Memory()
	if memory == nil {
		return work()
	}
	marks, err := store.Once(tx, "office.marks", func() (map[mark]int64, error) { return readMarks(ctx, tx) })
	if err != nil {
		var none T
		return none, err
	}
	return store.Keep(memory, strings.Join(rooms, " ")+" "+string(area)+" "+what, stampOf(marks, area, rooms)+" "+of, work)
}

func readMarks(ctx context.Context, tx *store.Tx) (map[mark]int64, error) {
	all := make(map[mark]int64)
	return all, tx.Each(ctx, "select room, unit, n from office_mark", nil, func(rows *sql.Rows) error {
		var m mark
		var n int64
		err := rows.Scan(&m.room, &m.unit, &n)
		all[m] = n
		return err
	})
}

// stampOf tells one state of some rooms' tables about an area from another: the sum of marks that only grow.
func stampOf(marks map[mark]int64, area event.Unit, rooms []string) string {
	var applied int64
	for m, n := range marks {
		if slices.Contains(rooms, m.room) && (area.Contains(m.unit) || m.unit.Contains(area)) {
			applied += n
		}
	}
	return fmt.Sprint(applied, " ", marks[anew])
}

// UnitsIn names the units that have rows in a table whose index leads with the unit, from low inclusive to high. It goes from one unit to the next in the index and reads none of their rows.
func UnitsIn(ctx context.Context, tx *store.Tx, table, low, high string) ([]event.Unit, error) {
	return store.Select(ctx, tx, `with recursive here(unit) as (
			select min(unit) from `+table+` where unit >= $1 and unit < $2
			union all
			select (select min(t.unit) from `+table+` t where t.unit > here.unit and t.unit < $2) from here where here.unit is not null)
		select unit from here where unit is not null order by unit`, []any{low, high},
		func(rows *sql.Rows) (u event.Unit, err error) { return u, rows.Scan(&u) })
}
