package funddb

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// Standing is a station's money, in fen: Collected = Refunded + OnHand + InTransit + Confirmed, and OnHand less the shortages booked (or plus
// the surpluses) is what lies in drawers and safe.
type Standing struct {
	Unit      event.Unit `json:"unit"`
	Collected int64      `json:"collected_fen"`
	Refunded  int64      `json:"refunded_fen"`
	Remitted  int64      `json:"remitted_fen"` // taken to the treasury, confirmed or not
	InTransit int64      `json:"in_transit_fen"`
	Confirmed int64      `json:"confirmed_fen"`
	OnHand    int64      `json:"on_hand_fen"` // receipted and not yet remitted
	Cash      int64      `json:"cash_fen"`    // in drawers, by the books
	Safe      int64      `json:"safe_fen"`
	OverShort int64      `json:"over_short_fen"` // over is positive
	Waived    int64      `json:"waived_fen"`
	Receipts  int64      `json:"receipts"`
	Voided    int64      `json:"voided"`
	TieOut    int64      `json:"tie_out_fen"` // receipts less refunds less what the accounts hold and the treasury has: zero
}

// StandingOf adds up a station's money from the days of its accounts, and holds them against its receipts; anew only where its money has moved since.
func StandingOf(ctx context.Context, tx *store.Tx, unit event.Unit) (Standing, error) {
	return office.Figure(ctx, tx, unit, []string{"fund"}, "standing", func() (Standing, error) { return standingOf(ctx, tx, unit) })
}

func standingOf(ctx context.Context, tx *store.Tx, unit event.Unit) (Standing, error) {
	s := Standing{Unit: unit}
	sums, err := sumsOf(ctx, tx, unit)
	if err != nil {
		return s, err
	}
	accounts := make(map[string]sum)
	for _, day := range sums {
		all := accounts[day.what]
		accounts[day.what] = sum{n: all.n + day.n, debit: all.debit + day.debit, credit: all.credit + day.credit}
	}
	for what, all := range accounts {
		if isAccount(what) {
			s.add(what, all.debit, all.credit)
		}
	}
	s.OnHand = s.Collected - s.Refunded - s.Remitted
	s.Waived, s.Voided = accounts[sumWaived].debit, accounts[sumVoided].n
	s.Receipts = accounts[sumCollected].n + s.Voided
	var refunded int64
	err = tx.Get(ctx, "select cast(coalesce(sum(fen), 0) as bigint) from fund_refund where unit = $1", []any{unit}, &refunded)
	s.TieOut = accounts[sumCollected].debit - refunded - (s.Cash + s.Safe - s.OverShort) - s.InTransit - s.Confirmed
	return s, err
}

func (s *Standing) add(account string, debit, credit int64) {
	switch account {
	case fund.Payable:
		s.Collected, s.Confirmed = credit, debit
	case fund.Refunds:
		s.Refunded = debit
	case fund.InTransit:
		s.Remitted, s.InTransit = debit, debit-credit
	case fund.Safe:
		s.Safe = debit - credit
	case fund.OverShort:
		s.OverShort = credit - debit
	default:
		s.Cash += debit - credit
	}
}

// Income is what a station took, paid back, remitted and had confirmed in a day or a month.
type Income struct {
	Unit      event.Unit `json:"unit"`
	Period    string     `json:"period"` // a day or a month
	Collected int64      `json:"collected_fen"`
	Refunded  int64      `json:"refunded_fen"`
	Remitted  int64      `json:"remitted_fen"`
	Confirmed int64      `json:"confirmed_fen"`
	OverShort int64      `json:"over_short_fen"`
	Waived    int64      `json:"waived_fen"`
}

// IncomeOf reads the income of the stations of an area by day or month, between two days.
func IncomeOf(ctx context.Context, tx *store.Tx, low, high string, from, to citizen.Date, monthly bool) ([]Income, error) {
	units, err := office.UnitsIn(ctx, tx, "fund_sum", low, high)
	if err != nil {
		return nil, err
	}
	var all []Income
	for _, unit := range units {
		days, err := office.Figure(ctx, tx, unit, []string{"fund"}, "income", func() ([]Income, error) { return incomeAt(ctx, tx, unit) })
		if err != nil {
			return nil, err
		}
		all = append(all, between(days, from, to, monthly)...)
	}
	return all, nil
}

// between takes the days from one to another, both inclusive, out of all of a station's, and puts those of a month together.
func between(days []Income, from, to citizen.Date, monthly bool) (some []Income) {
	for _, day := range days {
		if day.Period < from.String() || day.Period > to.String() {
			continue
		}
		if monthly {
			day.Period = day.Period[:len("2005-10")]
		}
		if last := len(some) - 1; last >= 0 && some[last].Period == day.Period {
			some[last].sum(&day)
		} else {
			some = append(some, day)
		}
	}
	return some
}

// incomeAt is a station's income of each day, in their order.
func incomeAt(ctx context.Context, tx *store.Tx, unit event.Unit) (all []Income, err error) {
	of := func(day string) *Income {
		i, found := slices.BinarySearchFunc(all, day, func(one Income, day string) int { return cmp.Compare(one.Period, day) })
		if !found {
			all = slices.Insert(all, i, Income{Unit: unit, Period: day})
		}
		return &all[i]
	}
	sums, err := sumsOf(ctx, tx, unit)
	for _, s := range sums {
		switch { // receipts say again what the accounts say
		case s.what == sumWaived:
			of(s.day).Waived = s.debit
		case isAccount(s.what):
			of(s.day).add(s.what, s.debit, s.credit)
		}
	}
	return all, err
}

func (i *Income) sum(day *Income) {
	i.Collected += day.Collected
	i.Refunded += day.Refunded
	i.Remitted += day.Remitted
	i.Confirmed += day.Confirmed
	i.OverShort += day.OverShort
	i.Waived += day.Waived
}

func (i *Income) add(account string, debit, credit int64) {
	switch account {
	case fund.Payable:
		i.Collected, i.Confirmed = credit, debit
	case fund.Refunds:
		i.Refunded = debit
	case fund.InTransit:
		i.Remitted = debit
	case fund.OverShort:
		i.OverShort = credit - debit
	}
}

// BookReport explains every number of a book: Used + Void + Lost + Returned + Retired + Unused is the whole of it, and Gaps are those that nothing
// explains. Retired are the numbers that a closed generation of the station's streams left: what its lost tail gave out is not known.
type BookReport struct {
	fund.Book
	Used     int64   `json:"used"`
	Void     int64   `json:"void"`
	Lost     int64   `json:"lost"`
	Returned int64   `json:"returned"`
	Retired  int64   `json:"retired"`
	Unused   int64   `json:"unused"`
	Gaps     []int64 `json:"gaps"`
}

// BookReports explains the receipts of a station, book after book.
func BookReports(ctx context.Context, tx *store.Tx, station event.Unit) ([]BookReport, error) {
	books, err := Books(ctx, tx, station)
	if err != nil {
		return nil, err
	}
	generation, err := journal.OpenGeneration(ctx, tx, station)
	if err != nil {
		return nil, err
	}
	all := make([]BookReport, 0, len(books))
	for _, b := range books {
		r, err := office.Figure(ctx, tx, station, []string{"fund"}, "book "+b.Book.Book, func() (BookReport, error) {
			r := BookReport{Book: b.Book, Gaps: []int64{}}
			return r, r.read(ctx, tx)
		})
		if err != nil {
			return nil, err
		}
		rest := b.Last - max(b.Highest, b.First-1)
		if b.Generation == generation {
			r.Unused = rest
		} else {
			r.Retired = rest
		}
		all = append(all, r)
	}
	return all, nil
}

// read counts what became of the numbers up to the highest explained.
func (r *BookReport) read(ctx context.Context, tx *store.Tx) error {
	next := r.First
	return tx.Each(ctx, `select number, number, state from fund_receipt where unit = $1 and book = $2
		union all select first_no, last_no, state from fund_receipt_range where unit = $1 and book = $2 order by 1`,
		[]any{r.Station, r.Book.Book}, func(rows *sql.Rows) error {
			var first, last int64
			var state string
			if err := rows.Scan(&first, &last, &state); err != nil {
				return err
			}
			for ; next < min(first, r.Last+1); next++ {
				r.Gaps = append(r.Gaps, next)
			}
			next = max(next, last+1)
			switch n := last - first + 1; state {
			case "collected":
				r.Used += n
			case "voided":
				r.Void += n
			case "lost":
				r.Lost += n
			default:
				r.Returned += n
			}
			return nil
		})
}

// OpenDay is a cashier's day that has money in it and is not closed, or was closed late.
type OpenDay struct {
	Unit       event.Unit   `json:"unit"`
	Day        citizen.Date `json:"day"`
	Cashier    string       `json:"cashier"`
	ClosedBy   string       `json:"closed_by,omitempty"` // empty: still open
	ClosedOn   citizen.Date `json:"closed_on,omitzero"`
	Receipts   int          `json:"receipts"`
	Fen        int64        `json:"fen"`
	Difference int64        `json:"difference_fen,omitempty"`
	Second     string       `json:"second,omitempty"`
	Remitted   bool         `json:"remitted,omitempty"`
}

// OpenDays lists the cashiers' days before a day that are not closed.
func OpenDays(ctx context.Context, tx *store.Tx, low, high string, before citizen.Date) ([]OpenDay, error) {
	return store.Select(ctx, tx, `select r.unit, r.day, r.cashier, r.receipts, r.fen
		from (select unit, day, cashier, count(*) as receipts, cast(sum(fen) as bigint) as fen from fund_receipt
			where unit >= $1 and unit < $2 and day < $3 and state = 'collected' group by unit, day, cashier) r
		where not exists (select 1 from fund_day d where d.unit = r.unit and d.day = r.day and d.cashier = r.cashier)
		order by r.unit, r.day, r.cashier`, []any{low, high, before}, func(rows *sql.Rows) (d OpenDay, err error) {
		return d, rows.Scan(&d.Unit, &d.Day, &d.Cashier, &d.Receipts, &d.Fen)
	})
}

// Closings lists the days that were closed, oldest first.
func Closings(ctx context.Context, tx *store.Tx, low, high string) ([]OpenDay, error) {
	return store.Select(ctx, tx, `select d.unit, d.day, d.cashier, d.receipts, d.expected, d.counted - d.expected, d.second, d.operator, d.at,
		(select count(*) from fund_remittance_day r where r.unit = d.unit and r.day = d.day and r.cashier = d.cashier)
		from fund_day d where d.unit >= $1 and d.unit < $2 order by d.unit, d.day, d.cashier`, []any{low, high}, func(rows *sql.Rows) (d OpenDay, err error) {
		var at, remitted int64
		err = rows.Scan(&d.Unit, &d.Day, &d.Cashier, &d.Receipts, &d.Fen, &d.Difference, &d.Second, &d.ClosedBy, &at, &remitted)
		d.ClosedOn, d.Remitted = dateOf(at), remitted > 0
		return d, err
	})
}

// Waiting is a remittance that the treasury has not confirmed.
type Waiting struct {
	Unit       event.Unit   `json:"unit"`
	Remittance string       `json:"remittance"`
	Fen        int64        `json:"fen"`
	Since      citizen.Date `json:"since"`
}

// Granted is an appropriation whose unit has not said yet that the money has come.
type Granted struct {
	Unit          event.Unit   `json:"unit"`
	Appropriation string       `json:"appropriation"`
	Budget        string       `json:"budget"`
	Item          fund.Item    `json:"item"`
	Fen           int64        `json:"fen"`
	Since         citizen.Date `json:"since"`
}

// Unreceived lists the appropriations that are on their way.
func Unreceived(ctx context.Context, tx *store.Tx, low, high string) ([]Granted, error) {
	all, err := store.Select(ctx, tx, `select a.unit, a.appropriation, a.budget, a.item, a.fen, a.day from fund_appropriation a where a.unit >= $1 and a.unit < $2
		and not exists (select 1 from fund_received r where r.appropriation = a.appropriation)`, []any{low, high}, func(rows *sql.Rows) (g Granted, err error) {
		return g, rows.Scan(&g.Unit, &g.Appropriation, &g.Budget, &g.Item, &g.Fen, &g.Since)
	})
	slices.SortFunc(all, func(a, b Granted) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Appropriation, b.Appropriation))
	})
	return all, err
}

// Unconfirmed lists the remittances in transit.
func Unconfirmed(ctx context.Context, tx *store.Tx, low, high string) ([]Waiting, error) {
	return store.Select(ctx, tx, `select r.unit, r.remittance, r.fen, r.at from fund_remittance r where r.unit >= $1 and r.unit < $2
		and not exists (select 1 from fund_confirmation c where c.unit = r.unit and c.remittance = r.remittance) order by r.unit, r.at, r.remittance`,
		[]any{low, high}, func(rows *sql.Rows) (w Waiting, err error) {
			var at int64
			err = rows.Scan(&w.Unit, &w.Remittance, &w.Fen, &at)
			w.Since = dateOf(at)
			return w, err
		})
}

// Charged reads what was collected for a thing at a station: the newest fee, the sum of its refunds.
func Charged(ctx context.Context, tx *store.Tx, unit event.Unit, what fund.What, reference string) (r fund.Refund, facts fund.RefundFacts, err error) {
	facts.Found, err = tx.Find(ctx, `select generation, seq, kind, amount, book, receipt from fund_fee where unit = $1 and what = $2 and application = $3 and amount > 0
		order by generation desc, seq desc limit 1`, []any{unit, what, reference}, &r.FeeGeneration, &r.FeeSeq, &facts.Kind, &facts.CollectedFen, &r.Receipt.Book, &r.Receipt.Number)
	if err != nil {
		return r, facts, err
	}
	err = tx.Get(ctx, "select cast(coalesce(sum(fen), 0) as bigint) from fund_refund where unit = $1 and what = $2 and application = $3",
		[]any{unit, what, reference}, &facts.RefundedFen)
	return r, facts, err
}

// LastVoucher is the highest number of the refunds' papers in a generation of a station.
func LastVoucher(ctx context.Context, tx *store.Tx, unit event.Unit, generation int) (number int64, err error) {
	err = tx.Get(ctx, "select coalesce(max(voucher), 0) from fund_refund where unit = $1 and voucher_generation = $2", []any{unit, generation}, &number)
	return number, err
}
