package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/register"
)

// filled is how many rows are filled before the next are read.
const filled = 1000

// fillOfRecord gives the rows that were there before the columns main and card_expires what their records say.
func fillOfRecord(ctx context.Context, tx *sql.Tx) error {
	var unit, tenure string
	for {
		rows, err := recordsBehind(ctx, tx, unit, tenure)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if _, err := tx.ExecContext(ctx, "update register_tenure set main = $1, card_expires = $2 where unit = $3 and tenure = $4", r.main, r.cardExpires, r.unit, r.tenure); err != nil {
				return err
			}
		}
		last := rows[len(rows)-1]
		unit, tenure = last.unit, last.tenure
	}
}

type ofRecord struct{ unit, tenure, main, cardExpires string }

// recordsBehind reads the next rows behind a key.
func recordsBehind(ctx context.Context, tx *sql.Tx, unit, tenure string) (all []ofRecord, err error) {
	rows, err := tx.QueryContext(ctx, "select unit, tenure, record from register_tenure where (unit, tenure) > ($1, $2) order by unit, tenure limit $3", unit, tenure, filled)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var one ofRecord
		var text sql.RawBytes
		if err := rows.Scan(&one.unit, &one.tenure, &text); err != nil {
			return nil, err
		}
		var record register.Record
		if err := json.Unmarshal(text, &record); err != nil {
			return nil, fmt.Errorf("registerdb: record of tenure %s: %w", one.tenure, err)
		}
		one.main, one.cardExpires = register.MainMark(record), record.CardExpires
		all = append(all, one)
	}
	return all, rows.Err()
}
