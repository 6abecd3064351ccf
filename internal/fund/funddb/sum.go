package funddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// What is added up beside the accounts of the books.
const (
	sumWaived    = "waived"
	sumCollected = "collected" // receipts, as fund_receipt.state names them
	sumVoided    = "voided"
)

func isAccount(what string) bool {
	return what != sumWaived && what != sumCollected && what != sumVoided
}

// sum is what rows about a unit's day come to; debit holds what has one side only. A board asks for all that a station ever took, so it is added up as it comes in.
type sum struct {
	unit          event.Unit
	day, what     string
	n             int64
	debit, credit int64
}

// tally adds to a sum what rows came to that were written just now, or takes away (less is true) what rows came to that are about to go. A sum of nothing has no row.
func tally(ctx context.Context, tx *store.Tx, s sum, less bool) error {
	if less {
		s.n, s.debit, s.credit = -s.n, -s.debit, -s.credit
	}
	if _, err := tx.Exec(ctx, `insert into fund_sum(unit, day, what, n, debit, credit) values($1, $2, $3, $4, $5, $6)
		on conflict (unit, day, what) do update set n = fund_sum.n + excluded.n, debit = fund_sum.debit + excluded.debit, credit = fund_sum.credit + excluded.credit`,
		s.unit, s.day, s.what, s.n, s.debit, s.credit); err != nil || !less {
		return err
	}
	_, err := tx.Exec(ctx, "delete from fund_sum where unit = $1 and day = $2 and what = $3 and n = 0", s.unit, s.day, s.what)
	return err
}

// tallied adds to a sum if the row that it stands for was written: one that stood there already has been counted.
func tallied(ctx context.Context, tx *store.Tx, written int64, s sum) error {
	if written == 0 {
		return nil
	}
	return tally(ctx, tx, s, false)
}

// forgotten adds up what stands for a subject in each table that has sums, to be taken away before it goes.
var forgotten = []string{
	"select unit, day, account, count(*), cast(sum(debit) as bigint), cast(sum(credit) as bigint) from fund_posting where subject = $1 group by unit, day, account order by unit, day, account",
	"select unit, day, '" + sumWaived + "', count(*), cast(sum(waived) as bigint), 0 from fund_fee where application = $1 and waived > 0 group by unit, day order by unit, day",
	"select unit, day, state, count(*), cast(sum(fen) as bigint), 0 from fund_receipt where subject = $1 group by unit, day, state order by unit, day, state",
}

func forgetSums(ctx context.Context, tx *store.Tx, subject string) error {
	for _, query := range forgotten {
		sums, err := store.Select(ctx, tx, query, []any{subject}, scanSum)
		if err != nil {
			return err
		}
		for _, s := range sums {
			if err := tally(ctx, tx, s, true); err != nil {
				return err
			}
		}
	}
	return nil
}

func scanSum(rows *sql.Rows) (s sum, err error) {
	return s, rows.Scan(&s.unit, &s.day, &s.what, &s.n, &s.debit, &s.credit)
}

// sumsOf reads all sums of a unit, in the order of its days; anew only where its money has moved since.
func sumsOf(ctx context.Context, tx *store.Tx, unit event.Unit) ([]sum, error) {
	return office.Figure(ctx, tx, unit, []string{"fund"}, "sums", func() ([]sum, error) {
		return store.Select(ctx, tx, "select unit, day, what, n, debit, credit from fund_sum where unit = $1 order by day, what", []any{unit}, scanSum)
	})
}
