package verifydb

import (
	"context"

	"github.com/huzheng/huzheng/internal/store"
)

// HoldsSigning tells whether a correction of the resident's items is pending (proposed and undecided, approved and not carried out, or an order to
// change the record that is not done), which holds the signing of a card, and nothing else (design 6).
func HoldsSigning(ctx context.Context, tx *store.Tx, resident string) (bool, error) {
	return tx.Find(ctx, "select 1 from verify_matter where resident = $1 and holds = 1 limit 1", []any{resident}, new(int64))
}

// HeldBesides is HoldsSigning without one matter.
func HeldBesides(ctx context.Context, tx *store.Tx, resident, matter string) (bool, error) {
	return tx.Find(ctx, "select 1 from verify_matter where resident = $1 and holds = 1 and matter <> $2 limit 1", []any{resident, matter}, new(int64))
}
