package road

import (
	"context"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// shortFen is what the network station's cashier is short at closing: it is booked under two names and closing goes on.
const shortFen = 1000

// dueFen is what a station's receipts of the first day say: everyone paid 20 yuan but the one who was waived.
func (d *Demo) dueFen(unit event.Unit) int64 {
	const feeFen = 2000
	n := int64(0)
	for _, a := range d.counts.apps {
		if a.home == unit {
			n++
		}
	}
	return feeFen * (n - 1)
}

func (d *Demo) closeAndRemit(ctx context.Context, unit event.Unit) error {
	counted, second := d.dueFen(unit), ""
	if unit == networkUnit {
		counted, second = counted-shortFen, chief(unit)
	}
	cashier := login("cashier", unit)
	out, err := d.must(ctx, d.siteOf(unit), act{cashier, "fund.close_day", object{"day": citizen.DateOf(firstDay), "counted_fen": counted, "second": second}},
		act{cashier, "fund.remit", object{}})
	if err != nil {
		return err
	}
	closed, err := result[struct {
		DifferenceFen int64 `json:"difference_fen"`
	}](out[0])
	if err == nil && closed.DifferenceFen != counted-d.dueFen(unit) {
		err = fmt.Errorf("%s closed with a difference of %d fen: %s", unit, closed.DifferenceFen, out[0].Result)
	}
	if err != nil {
		return err
	}
	r, err := result[remitted](out[1])
	if err != nil {
		return err
	}
	if d.counts.remitted == nil {
		d.counts.remitted = make(map[event.Unit]remitted)
	}
	d.counts.remitted[unit] = r
	return nil
}

// remitted is what fund.remit gives.
type remitted struct {
	Remittance string `json:"remittance"`
	AmountFen  int64  `json:"amount_fen"`
}

func (d *Demo) confirm(ctx context.Context, unit event.Unit) error {
	r := d.counts.remitted[unit]
	_, err := d.must(ctx, d.county, act{login("finance", countyUnit), "fund.confirm_remittance",
		object{"remittance": r.Remittance, "amount_fen": r.AmountFen, "treasury_slip": "GK-" + string(unit)}})
	return err
}
