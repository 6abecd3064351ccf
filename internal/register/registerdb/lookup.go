package registerdb

import (
	"context"
	"encoding/json"

	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

func applyLookedUp(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.LookedUp
	if err := a.Decode(&body); err != nil {
		return err
	}
	shown, err := json.Marshal(body.Tenures)
	if err != nil {
		return err
	}
	wide := 0
	if body.Wide {
		wide = 1
	}
	_, err = tx.Exec(ctx, `insert into register_look_up(unit, look_up, at, operator, purpose, how, wide, tenures, about)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`, a.Unit, a.Subject, a.At, a.Operator, body.Purpose, body.How, wide, string(shown), body.About)
	return err
}
