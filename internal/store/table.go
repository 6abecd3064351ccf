package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Table describes a table that is derived from the journal, for digests and for the comparison after a replay.
type Table struct {
	Name    string
	Key     []string // columns of the primary key
	Numbers []string // those of Key that are bigint; the others are text
	Columns []string // every other column that is derived
	Unit    string   // the column that names the owning unit; empty: the table has no slices
}

// Row is one row as text, in the order Key then Columns, with NULL apart from the empty string.
type Row []sql.NullString

// String shows a row for a report of differences.
func (r Row) String() string {
	parts := make([]string, len(r))
	for i, v := range r {
		parts[i] = "∅"
		if v.Valid {
			parts[i] = v.String
		}
	}
	return strings.Join(parts, " | ")
}

// Rows calls fn with each row of a table, in the order of its key by code point, the same on both engines.
// A non-empty unit restricts it to that owner's slice.
func (tx *Tx) Rows(ctx context.Context, t Table, unit string, fn func(Row) error) error {
	columns := append(append([]string{}, t.Key...), t.Columns...)
	query := "select " + strings.Join(columns, ", ") + " from " + t.Name
	var args []any
	if unit != "" {
		query += " where " + t.Unit + " = $1"
		args = append(args, unit)
	}
	query += " order by " + strings.Join(t.Key, ", ")
	row := make(Row, len(columns))
	dest := make([]any, len(columns))
	for i := range row {
		dest[i] = &row[i]
	}
	return tx.Each(ctx, query, args, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		return fn(row)
	})
}

// Digest is the SHA-256, in hex, over every row of a table's slice in the order of its key.
func (tx *Tx) Digest(ctx context.Context, t Table, unit string) (digest string, rows int64, err error) {
	sum := sha256.New()
	err = tx.Rows(ctx, t, unit, func(r Row) error {
		rows++
		r.hash(sum)
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)), rows, err
}

func (r Row) hash(sum hash.Hash) {
	for _, v := range r {
		if v.Valid {
			fmt.Fprintf(sum, "%d:%s,", len(v.String), v.String)
		} else {
			sum.Write([]byte("~,"))
		}
	}
	sum.Write([]byte("\n"))
}
