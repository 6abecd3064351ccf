package campaign

import (
	"context"
	"time"

	"github.com/huzheng/huzheng/internal/office"
)

// remittance is a station's fees on their way to the treasury.
type remittance struct {
	from   *unit
	id     string
	amount int
}

// cash closes the cashier's day, and on Fridays takes the money to the treasury.
func (u *unit) cash(ctx context.Context) error {
	w := u.window
	if w.takenFen > 0 {
		counted, second := w.takenFen, ""
		if u.chance.IntN(40) == 0 { // short by ten yuan: booked under two names, and closing goes on
			counted, second = counted-1000, login(office.Leader, u.code)
		}
		if err := u.do(ctx, office.Cashier, "fund.close_day", object{"counted_fen": counted, "second": second}, nil); err != nil {
			return err
		}
		w.closed += w.takenFen
		w.takenFen = 0
	}
	if u.weekday() == time.Friday || u.c.day == u.c.Days {
		return u.remit(ctx)
	}
	return nil
}

func (u *unit) weekday() time.Weekday { return u.c.at(12).Weekday() }

func (u *unit) remit(ctx context.Context) error {
	if u.window.closed == 0 {
		return nil
	}
	var r struct {
		Remittance string `json:"remittance"`
		AmountFen  int    `json:"amount_fen"`
	}
	if err := u.do(ctx, office.Cashier, "fund.remit", object{}, &r); err != nil {
		return err
	}
	u.window.closed = 0
	u.c.counts.add(remittedFen, r.AmountFen)
	u.c.courier.slip(remittance{from: u, id: r.Remittance, amount: r.AmountFen})
	return nil
}

// confirmRemittances confirms what has come to the treasury, as soon as the station's entry has come too.
func (u *unit) confirmRemittances(ctx context.Context) error {
	if !u.here(office.Finance) {
		return nil
	}
	var left []remittance
	for _, r := range u.hall.remittances {
		code, err := u.try(ctx, office.Finance, "fund.confirm_remittance", object{"remittance": r.id, "amount_fen": r.amount, "treasury_slip": "GK-" + r.id[24:]},
			nil, "fund.no_remittance")
		if err != nil {
			return err
		}
		if code != "" {
			left = append(left, r)
		}
	}
	u.hall.remittances = left
	return nil
}
