package office

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"

	"github.com/huzheng/huzheng/internal/store"
)

var errStopped = errors.New("office: reading stopped")

// pull turns a table's rows into a function that gives the next one, or nil at the end.
func pull(ctx context.Context, tx *store.Tx, table store.Table) (next func() (store.Row, error), stop func()) {
	rows := func(yield func(store.Row, error) bool) {
		err := tx.Rows(ctx, table, "", func(row store.Row) error {
			if !yield(slices.Clone(row), nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
	one, stop := iter.Pull2(iter.Seq2[store.Row, error](rows))
	return func() (store.Row, error) {
		row, err, _ := one()
		return row, err
	}, stop
}

// less orders two keys as the engines do: numbers by value, text by code point.
func less(table store.Table, a, b store.Row) bool {
	for i, column := range table.Key {
		if a[i] == b[i] {
			continue
		}
		if slices.Contains(table.Numbers, column) {
			x, _ := strconv.ParseInt(a[i].String, 10, 64)
			y, _ := strconv.ParseInt(b[i].String, 10, 64)
			return x < y
		}
		return a[i].String < b[i].String
	}
	return false
}
