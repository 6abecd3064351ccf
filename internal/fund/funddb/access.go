package funddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Looked is one look-up of an operator among waivers and poverty lists.
type Looked struct {
	Unit     event.Unit
	Operator string
	Purpose  string
	Wide     bool
	At       int64  // ms UTC
	About    string // the application
}

// LookUps reads the look-ups of a unit between two instants (ms UTC), from inclusive, the newest first, at most limit.
func LookUps(ctx context.Context, tx *store.Tx, unit event.Unit, from, to int64, limit int) ([]Looked, error) {
	return store.Select(ctx, tx, `select unit, operator, purpose, wide, at, application from fund_look_up where unit = $1 and at >= $2 and at < $3
		order by at desc, look_up limit $4`, []any{unit, from, to, limit}, func(rows *sql.Rows) (l Looked, err error) {
		var wide int64
		err = rows.Scan(&l.Unit, &l.Operator, &l.Purpose, &wide, &l.At, &l.About)
		l.Wide = wide == 1
		return l, err
	})
}
