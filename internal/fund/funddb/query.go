package funddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/store"
)

// Settled tells whether the unit that accepted an application has collected or waived its fee, as far as this node knows. What another unit says of it is
// nothing to it.
func Settled(ctx context.Context, tx *store.Tx, unit event.Unit, application string) (bool, error) {
	return SettledFor(ctx, tx, unit, fund.ForApplication, application)
}

// SettledFor is Settled of any thing that is charged.
func SettledFor(ctx context.Context, tx *store.Tx, unit event.Unit, what fund.What, reference string) (bool, error) {
	return tx.Find(ctx, "select 1 from fund_fee where unit = $1 and application = $2 and what = $3", []any{unit, reference, what}, new(int64))
}

// Books reads the books of a station with the highest number used of each.
func Books(ctx context.Context, tx *store.Tx, station event.Unit) ([]fund.Used, error) {
	return store.Select(ctx, tx, `select b.book, b.prefix, b.first_no, b.last_no, b.generation,
		coalesce((select max(r.number) from fund_receipt r where r.unit = b.unit and r.book = b.book), 0),
		coalesce((select max(g.last_no) from fund_receipt_range g where g.unit = b.unit and g.book = b.book), 0)
		from fund_receipt_book b where b.unit = $1 order by b.first_no, b.book`, []any{station}, func(rows *sql.Rows) (u fund.Used, err error) {
		u.Station = station
		var aside int64
		err = rows.Scan(&u.Book.Book, &u.Prefix, &u.First, &u.Last, &u.Generation, &u.Highest, &aside)
		u.Highest = max(u.Highest, aside)
		return u, err
	})
}

// BooksOfIssuer reads every book that a county has issued.
func BooksOfIssuer(ctx context.Context, tx *store.Tx, county event.Unit) ([]fund.Book, error) {
	return store.Select(ctx, tx, "select unit, book, prefix, first_no, last_no, generation from fund_receipt_book where issuer = $1 order by unit, book",
		[]any{county}, func(rows *sql.Rows) (b fund.Book, err error) {
			return b, rows.Scan(&b.Station, &b.Book, &b.Prefix, &b.First, &b.Last, &b.Generation)
		})
}

// DayClosed tells whether a cashier has closed a day.
func DayClosed(ctx context.Context, tx *store.Tx, unit event.Unit, day citizen.Date, cashier string) (bool, error) {
	return tx.Find(ctx, "select 1 from fund_day where unit = $1 and day = $2 and cashier = $3", []any{unit, day, cashier}, new(int64))
}

// TakenOn sums a cashier's receipts of a day, and what was paid back out of them.
func TakenOn(ctx context.Context, tx *store.Tx, unit event.Unit, day citizen.Date, cashier string) (t Taken, err error) {
	if err = tx.Get(ctx, `select count(*), cast(coalesce(sum(fen), 0) as bigint) from fund_receipt where unit = $1 and day = $2 and cashier = $3 and state = 'collected'`,
		[]any{unit, day, cashier}, &t.Receipts, &t.Fen); err != nil {
		return t, err
	}
	err = tx.Get(ctx, "select count(*), cast(coalesce(sum(fen), 0) as bigint) from fund_refund where unit = $1 and day = $2 and operator = $3",
		[]any{unit, day, cashier}, &t.Refunds, &t.RefundedFen)
	return t, err
}

// Taken is what a cashier took and paid back on a day.
type Taken struct {
	Receipts, Refunds int
	Fen, RefundedFen  int64
}

// Unremitted reads the closed days of a station that no remittance covers, oldest first.
func Unremitted(ctx context.Context, tx *store.Tx, unit event.Unit) ([]fund.Closing, error) {
	return store.Select(ctx, tx, `select d.day, d.cashier, d.receipts, d.expected, d.counted, d.second from fund_day d
		where d.unit = $1 and not exists (select 1 from fund_remittance_day r where r.unit = d.unit and r.day = d.day and r.cashier = d.cashier)
		order by d.day, d.cashier`, []any{unit}, func(rows *sql.Rows) (c fund.Closing, err error) {
		c.Home = unit
		return c, rows.Scan(&c.Day, &c.Cashier, &c.Receipts, &c.ExpectedFen, &c.CountedFen, &c.Second)
	})
}

// Remittance reads a remittance and whether it has been confirmed; ok is false when it is not known here.
func Remittance(ctx context.Context, tx *store.Tx, remittance string) (r fund.Remittance, confirmed, ok bool, err error) {
	r.Remittance = remittance
	ok, err = tx.Find(ctx, "select unit, fen, receipts from fund_remittance where remittance = $1", []any{remittance}, &r.Home, &r.AmountFen, &r.Receipts)
	if err != nil || !ok {
		return r, false, ok, err
	}
	confirmed, err = tx.Find(ctx, "select 1 from fund_confirmation where unit = $1 and remittance = $2", []any{r.Home, remittance}, new(int64))
	return r, confirmed, true, err
}

// Units lists the stations at and below low and high that have a book.
func Units(ctx context.Context, tx *store.Tx, low, high string) ([]event.Unit, error) {
	return store.Select(ctx, tx, "select distinct unit from fund_receipt_book where unit >= $1 and unit < $2 order by unit", []any{low, high},
		func(rows *sql.Rows) (u event.Unit, err error) { return u, rows.Scan(&u) })
}
