package carddb

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

func applyLookedUp(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.LookedUp
	if err := a.Decode(&body); err != nil {
		return err
	}
	wide := 0
	if body.Wide {
		wide = 1
	}
	_, err := tx.Exec(ctx, `insert into card_look_up(unit, look_up, at, operator, purpose, how, wide, application) values($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict do nothing`, a.Unit, a.Subject, a.At, a.Operator, body.Purpose, body.How, wide, body.Application)
	return err
}
