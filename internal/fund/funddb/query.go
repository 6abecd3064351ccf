package funddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/store"
)

// Settled tells whether an application's fee has been collected or waived, as far as this node knows.
func Settled(ctx context.Context, tx *store.Tx, application string) (bool, error) {
	return tx.Find(ctx, "select 1 from fund_fee where application = $1", []any{application}, new(int64))
}

// Books reads the books of a station with the highest number used of each.
func Books(ctx context.Context, tx *store.Tx, station event.Unit) ([]fund.Used, error) {
	return store.Select(ctx, tx, `select b.book, b.prefix, b.first_no, b.last_no, b.generation,
		coalesce((select max(r.number) from fund_receipt r where r.unit = b.unit and r.book = b.book), 0)
		from fund_receipt_book b where b.unit = $1 order by b.first_no, b.book`, []any{station}, func(rows *sql.Rows) (u fund.Used, err error) {
		u.Station = station
		return u, rows.Scan(&u.Book.Book, &u.Prefix, &u.First, &u.Last, &u.Generation, &u.Highest)
	})
}

// BooksOfIssuer reads every book that a county has issued.
func BooksOfIssuer(ctx context.Context, tx *store.Tx, county event.Unit) ([]fund.Book, error) {
	return store.Select(ctx, tx, "select unit, book, prefix, first_no, last_no, generation from fund_receipt_book where issuer = $1 order by unit, book",
		[]any{county}, func(rows *sql.Rows) (b fund.Book, err error) {
			return b, rows.Scan(&b.Station, &b.Book, &b.Prefix, &b.First, &b.Last, &b.Generation)
		})
}

// Gap is a number of a book, up to the highest used, of which no entry says what became of it.
type Gap struct {
	Book   string `json:"book"`
	Number int64  `json:"number"`
}

// Gaps lists the receipts of a station that nothing explains: there should be none.
func Gaps(ctx context.Context, tx *store.Tx, station event.Unit) ([]Gap, error) {
	books, err := Books(ctx, tx, station)
	if err != nil {
		return nil, err
	}
	var gaps []Gap
	for _, b := range books {
		next := b.First
		err := tx.Each(ctx, "select number from fund_receipt where unit = $1 and book = $2 order by number", []any{station, b.Book.Book}, func(rows *sql.Rows) error {
			var n int64
			if err := rows.Scan(&n); err != nil {
				return err
			}
			for ; next < n; next++ {
				gaps = append(gaps, Gap{b.Book.Book, next})
			}
			next = n + 1
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return gaps, nil
}

// DayClosed tells whether a cashier has closed a day.
func DayClosed(ctx context.Context, tx *store.Tx, unit event.Unit, day citizen.Date, cashier string) (bool, error) {
	return tx.Find(ctx, "select 1 from fund_day where unit = $1 and day = $2 and cashier = $3", []any{unit, day, cashier}, new(int64))
}

// TakenOn sums a cashier's receipts of a day.
func TakenOn(ctx context.Context, tx *store.Tx, unit event.Unit, day citizen.Date, cashier string) (receipts int, fen int64, err error) {
	err = tx.Get(ctx, `select count(*), cast(coalesce(sum(fen), 0) as bigint) from fund_receipt where unit = $1 and day = $2 and cashier = $3 and state = 'collected'`,
		[]any{unit, day, cashier}, &receipts, &fen)
	return receipts, fen, err
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

// Standing is a station's money, in fen: Collected = OnHand + InTransit + Confirmed, and OnHand less the shortages booked (or plus
// the surpluses) is what lies in drawers and safe.
type Standing struct {
	Unit      event.Unit `json:"unit"`
	Collected int64      `json:"collected_fen"`
	Remitted  int64      `json:"remitted_fen"` // taken to the treasury, confirmed or not
	Confirmed int64      `json:"confirmed_fen"`
	OnHand    int64      `json:"on_hand_fen"` // receipted and not yet remitted
	Cash      int64      `json:"cash_fen"`    // in drawers, by the books
	Safe      int64      `json:"safe_fen"`
	OverShort int64      `json:"over_short_fen"` // over is positive
	Waived    int64      `json:"waived_fen"`
	Receipts  int64      `json:"receipts"`
	Voided    int64      `json:"voided"`
}

// StandingOf reads a station's money from its postings.
func StandingOf(ctx context.Context, tx *store.Tx, unit event.Unit) (Standing, error) {
	s := Standing{Unit: unit}
	err := tx.Each(ctx, `select account, cast(sum(debit) as bigint), cast(sum(credit) as bigint) from fund_posting where unit = $1 group by account`,
		[]any{unit}, func(rows *sql.Rows) error {
			var account string
			var debit, credit int64
			if err := rows.Scan(&account, &debit, &credit); err != nil {
				return err
			}
			s.add(account, debit, credit)
			return nil
		})
	if err != nil {
		return s, err
	}
	s.OnHand = s.Collected - s.Remitted
	if err := tx.Get(ctx, "select cast(coalesce(sum(waived), 0) as bigint) from fund_fee where unit = $1", []any{unit}, &s.Waived); err != nil {
		return s, err
	}
	err = tx.Get(ctx, `select count(*), cast(coalesce(sum(case when state = 'voided' then 1 else 0 end), 0) as bigint) from fund_receipt where unit = $1`,
		[]any{unit}, &s.Receipts, &s.Voided)
	return s, err
}

func (s *Standing) add(account string, debit, credit int64) {
	switch account {
	case fund.Payable:
		s.Collected, s.Confirmed = credit, debit
	case fund.InTransit:
		s.Remitted = debit
	case fund.Safe:
		s.Safe = debit - credit
	case fund.OverShort:
		s.OverShort = credit - debit
	default:
		s.Cash += debit - credit
	}
}

// Units lists the stations at and below low and high that have a book.
func Units(ctx context.Context, tx *store.Tx, low, high string) ([]event.Unit, error) {
	return store.Select(ctx, tx, "select distinct unit from fund_receipt_book where unit >= $1 and unit < $2 order by unit", []any{low, high},
		func(rows *sql.Rows) (u event.Unit, err error) { return u, rows.Scan(&u) })
}
