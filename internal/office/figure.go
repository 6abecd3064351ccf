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

// noteApplied moves the marks of entries that have been applied in this transaction.
func (o *Office) noteApplied(ctx context.Context, tx *store.Tx, entries []journal.Entry) error {
	var marks []mark
	for i := range entries {
		if room := o.kinds[entries[i].Kind]; room != nil {
			marks = append(marks, marksOf(room.Name(), entries[i].Stream)...)
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
	memory := tx.Memory()
	if memory == nil {
		return work()
	}
	marks, err := store.Once(tx, "office.marks", func() (map[mark]int64, error) { return readMarks(ctx, tx) })
	if err != nil {
		var none T
		return none, err
	}
	return store.Keep(memory, strings.Join(rooms, " ")+" "+string(area)+" "+what, stampOf(marks, area, rooms), work)
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
