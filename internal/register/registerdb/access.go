package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Looked is one look-up of an operator in the register.
type Looked struct {
	Unit     event.Unit
	Operator string
	Purpose  string
	How      string
	Wide     bool
	At       int64    // ms UTC
	Tenures  []string // those shown, unless it was wide
}

// LookUps reads the look-ups of a unit between two instants (ms UTC), from inclusive, the newest first, at most limit.
func LookUps(ctx context.Context, tx *store.Tx, unit event.Unit, from, to int64, limit int) ([]Looked, error) {
	return store.Select(ctx, tx, `select unit, operator, purpose, how, wide, at, tenures from register_look_up where unit = $1 and at >= $2 and at < $3
		order by at desc, look_up limit $4`, []any{unit, from, to, limit}, func(rows *sql.Rows) (l Looked, err error) {
		var wide int64
		var tenures string
		if err := rows.Scan(&l.Unit, &l.Operator, &l.Purpose, &l.How, &wide, &l.At, &tenures); err != nil {
			return l, err
		}
		l.Wide = wide == 1
		if tenures == "" {
			return l, nil
		}
		return l, json.Unmarshal([]byte(tenures), &l.Tenures)
	})
}
