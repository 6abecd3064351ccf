package funddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/store"
)

// Listed is a line of civil affairs' list, at a station.
type Listed struct {
	Unit event.Unit `json:"unit"`
	fund.Poor
	Day citizen.Date `json:"day"`
}

// PoorByNumber reads a station's lines of a number, the newest first.
func PoorByNumber(ctx context.Context, tx *store.Tx, station event.Unit, number string) ([]Listed, error) {
	return listed(ctx, tx, "where unit = $1 and number = $2 order by day desc, at desc, stream, generation, seq, line", station, number)
}

// PoorOf reads the lists of the stations of an area.
func PoorOf(ctx context.Context, tx *store.Tx, low, high string) ([]Listed, error) {
	return listed(ctx, tx, "where unit >= $1 and unit < $2 order by unit, number, day, stream, generation, seq, line", low, high)
}

func listed(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Listed, error) {
	return store.Select(ctx, tx, "select unit, number, name, ground, certificate, office, day from fund_poor "+where, args, func(rows *sql.Rows) (l Listed, err error) {
		return l, rows.Scan(&l.Unit, &l.Number, &l.Name, &l.Ground, &l.Certificate, &l.Office, &l.Day)
	})
}

// WaivedOf reads the waivers of the stations of an area, oldest first.
func WaivedOf(ctx context.Context, tx *store.Tx, low, high string) ([]fund.Waived, error) {
	return waived(ctx, tx, "unit >= $1 and unit < $2", low, high)
}

// WaivedBefore reads a resident's waivers of a kind.
func WaivedBefore(ctx context.Context, tx *store.Tx, resident, kind string) ([]fund.Waived, error) {
	return waived(ctx, tx, "resident = $1 and kind = $2", resident, kind)
}

func waived(ctx context.Context, tx *store.Tx, where string, args ...any) ([]fund.Waived, error) {
	return store.Select(ctx, tx, `select unit, application, resident, kind, day, waived, ground, certificate, operator, listed from fund_fee
		where waived > 0 and `+where+" order by day, at, unit, generation, seq", args, func(rows *sql.Rows) (w fund.Waived, err error) {
		var listed int64
		err = rows.Scan(&w.Unit, &w.Application, &w.Resident, &w.Kind, &w.Day, &w.Fen, &w.Ground, &w.Certificate, &w.Operator, &listed)
		w.Listed = listed > 0
		return w, err
	})
}
