package registerdb

import (
	"context"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// CountMatters counts the matters that wait at and below a unit: put up, and neither refused nor carried out. It reads no more of a decision than whether
// it approves, which its body says in one way only.
func CountMatters(ctx context.Context, tx *store.Tx, area event.Unit) (n int64, err error) {
	low, high := slice(area)
	return n, tx.Get(ctx, `select count(*) from register_submission s where s.unit >= $1 and s.unit < $2
		and not exists (select 1 from register_carried_out c where c.unit = s.unit and c.submission = s.submission)
		and not exists (select 1 from register_decision d where d.unit = s.unit and d.submission = s.submission and d.body like '%"approved":false%')`, []any{low, high}, &n)
}

// CountPapers counts the papers still to be brought at and below a unit.
func CountPapers(ctx context.Context, tx *store.Tx, area event.Unit) (n int64, err error) {
	low, high := slice(area)
	return n, tx.Get(ctx, `select (select count(*) from register_list where kind <> '' and brought_on = '' and unit >= $1 and unit < $2)
		+ (select count(*) from register_missing where kind <> '' and brought_on = '' and unit >= $1 and unit < $2)`, []any{low, high}, &n)
}

// CountMoves counts the moves in transit from or to a unit and those below it, and what others ask or tell the unit.
func CountMoves(ctx context.Context, tx *store.Tx, area event.Unit) (n int64, err error) {
	low, high := slice(area)
	return n, tx.Get(ctx, `select (select count(*) from register_move_out o where o.to_unit <> '' and (o.unit >= $1 and o.unit < $2 or o.to_unit >= $1 and o.to_unit < $2)
			and not exists (select 1 from register_move_in i where i.unit = o.to_unit and i.tenure = o.to_tenure)
			and not exists (select 1 from register_move_answer a where a.unit = o.unit and a.tenure = o.tenure and a.to_tenure = o.to_tenure and a.by_unit = o.to_unit))
		+ (select count(*) from register_move_request q where q.unit = $3 and q.body <> '' and q.refused_at = 0
			and not exists (select 1 from register_move_out o where o.unit = q.unit and o.request = q.request))
		+ (select count(*) from register_report where unit = $3 and body <> '' and outcome = '')`, []any{low, high, area}, &n)
}
