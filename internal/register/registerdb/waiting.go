package registerdb

import (
	"context"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Waiting counts what waits in the register at and below a unit, without names.
type Waiting struct {
	Matters int64 // put up, and neither refused nor carried out
	Papers  int64 // still to be brought
	Moves   int64 // in transit from or to here, asked for by others, or told by others
}

// CountWaiting counts what waits at and below a unit.
func CountWaiting(ctx context.Context, tx *store.Tx, area event.Unit) (n Waiting, err error) {
	waiting, err := OpenSubmissions(ctx, tx, area, "")
	if err != nil {
		return n, err
	}
	n.Matters = int64(len(waiting))
	low, high := slice(area)
	err = tx.Get(ctx, `select (select count(*) from register_list where kind <> '' and brought_on = '' and unit >= $1 and unit < $2)
		+ (select count(*) from register_missing where kind <> '' and brought_on = '' and unit >= $1 and unit < $2)`, []any{low, high}, &n.Papers)
	if err != nil {
		return n, err
	}
	return n, tx.Get(ctx, `select (select count(*) from register_move_out o where o.to_unit <> '' and (o.unit >= $1 and o.unit < $2 or o.to_unit >= $1 and o.to_unit < $2)
			and not exists (select 1 from register_move_in i where i.unit = o.to_unit and i.tenure = o.to_tenure)
			and not exists (select 1 from register_move_answer a where a.unit = o.unit and a.tenure = o.tenure and a.to_tenure = o.to_tenure and a.by_unit = o.to_unit))
		+ (select count(*) from register_move_request q where q.unit = $3 and q.body <> '' and q.refused_at = 0
			and not exists (select 1 from register_move_out o where o.unit = q.unit and o.request = q.request))
		+ (select count(*) from register_report where unit = $3 and body <> '' and outcome = '')`, []any{low, high, area}, &n.Moves)
}
