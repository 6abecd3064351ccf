package funddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/card"
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

// Applied is an application at the unit that accepted it.
type Applied struct {
	Unit        event.Unit
	Application string
}

// SettledAmong is Settled of many applications: those of which it holds.
func SettledAmong(ctx context.Context, tx *store.Tx, applications []string) (map[Applied]bool, error) {
	all := make(map[Applied]bool)
	return all, store.EachOf(ctx, tx, "select unit, application from fund_fee where what = $1 and application in (?)", applications, []any{fund.ForApplication}, func(rows *sql.Rows) error {
		var c Applied
		err := rows.Scan(&c.Unit, &c.Application)
		all[c] = true
		return err
	})
}

// SettledFor is Settled of any thing that is charged.
func SettledFor(ctx context.Context, tx *store.Tx, unit event.Unit, what fund.What, reference string) (bool, error) {
	return tx.Find(ctx, "select 1 from fund_fee where unit = $1 and application = $2 and what = $3", []any{unit, reference, what}, new(int64))
}

// Fee is how one fee was settled. The ground of a waiver is for those who may know who is poor, and stands elsewhere.
type Fee struct {
	What        fund.What    `json:"what,omitempty"`
	Application string       `json:"application"` // or the reference of another thing
	Kind        card.Kind    `json:"kind"`
	Day         citizen.Date `json:"day"`
	DueFen      int64        `json:"due_fen"`
	WaivedFen   int64        `json:"waived_fen"`
	AmountFen   int64        `json:"amount_fen"`
	Book        string       `json:"book,omitempty"` // empty: nothing was collected
	Prefix      string       `json:"prefix,omitempty"`
	ReceiptNo   int64        `json:"receipt_no,omitempty"`
	Operator    string       `json:"operator"`
	At          int64        `json:"at"`
}

// fees reads fees as a query's end says, with the prefixes of their station's books.
func fees(ctx context.Context, tx *store.Tx, unit event.Unit, where string, args ...any) ([]Fee, error) {
	prefixes := make(map[string]string)
	if err := tx.Each(ctx, "select book, prefix from fund_receipt_book where unit = $1", []any{unit}, func(rows *sql.Rows) error {
		var book, prefix string
		err := rows.Scan(&book, &prefix)
		prefixes[book] = prefix
		return err
	}); err != nil {
		return nil, err
	}
	return store.Select(ctx, tx, "select what, application, kind, day, due, waived, amount, book, receipt, operator, at from fund_fee where unit = $1 and "+where, append([]any{unit}, args...),
		func(rows *sql.Rows) (f Fee, err error) {
			err = rows.Scan(&f.What, &f.Application, &f.Kind, &f.Day, &f.DueFen, &f.WaivedFen, &f.AmountFen, &f.Book, &f.ReceiptNo, &f.Operator, &f.At)
			f.Prefix = prefixes[f.Book]
			return f, err
		})
}

// FeeOf reads how a fee was settled; the newest entry where there are several.
func FeeOf(ctx context.Context, tx *store.Tx, unit event.Unit, what fund.What, reference string) (f Fee, ok bool, err error) {
	all, err := fees(ctx, tx, unit, "what = $2 and application = $3 order by generation desc, seq desc limit 1", what, reference)
	if err != nil || len(all) == 0 {
		return f, false, err
	}
	return all[0], true, nil
}

// FeesOn reads what a cashier settled on a day, in the order of time, and the receipts that he voided.
func FeesOn(ctx context.Context, tx *store.Tx, unit event.Unit, day citizen.Date, cashier string) (settled []Fee, voided []fund.Receipt, err error) {
	settled, err = fees(ctx, tx, unit, "day = $2 and operator = $3 order by at, generation, seq", day, cashier)
	if err != nil {
		return nil, nil, err
	}
	voided, err = store.Select(ctx, tx, `select r.book, r.number, coalesce(b.prefix, '') from fund_receipt r left join fund_receipt_book b on b.unit = r.unit and b.book = r.book
		where r.unit = $1 and r.day = $2 and r.cashier = $3 and r.state = 'voided' order by r.number`, []any{unit, day, cashier}, func(rows *sql.Rows) (r fund.Receipt, err error) {
		return r, rows.Scan(&r.Book, &r.Number, &r.Prefix)
	})
	return append([]Fee{}, settled...), append([]fund.Receipt{}, voided...), err
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
