package carddb

import (
	"context"
	"fmt"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

func applyNotified(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.Notified
	if err := a.Decode(&body); err != nil {
		return err
	}
	if body.Notice != a.Subject {
		return fmt.Errorf("carddb: %s is about %s, not about its subject", a.Ref(), body.Notice)
	}
	if body.Home != a.Unit {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into card_notice(unit, notice, resident, tenure, turn_on, way, at, operator) values($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict do nothing`, body.Home, body.Notice, body.Resident, body.Tenure, body.TurnOn, body.Way, a.At, a.Operator)
	return err
}

// LastNotice reads the day on which a station last notified a resident to apply; zero: it never did.
func LastNotice(ctx context.Context, tx *store.Tx, unit event.Unit, resident string) (citizen.Date, error) {
	var at int64
	ok, err := tx.Find(ctx, "select at from card_notice where unit = $1 and resident = $2 order by at desc limit 1", []any{unit, resident}, &at)
	if err != nil || !ok {
		return citizen.Date{}, err
	}
	return citizen.DateOf(time.UnixMilli(at)), nil
}
