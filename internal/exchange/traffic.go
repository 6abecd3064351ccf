package exchange

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/store"
)

// Road is a way on which parcels come.
type Road string

// The two roads (P11).
const (
	Network Road = "network"
	Disk    Road = "disk"
)

// Traffic is what a road has brought to this node.
type Traffic struct {
	Road    Road  `json:"road"`
	Parcels int64 `json:"parcels"` // taken in
	Entries int64 `json:"entries"` // new here
	LastAt  int64 `json:"last_at"` // ms UTC
}

// count notes a parcel that was taken in.
func (n *Node) count(ctx context.Context, road Road, receipt *Receipt) error {
	if receipt == nil {
		return nil
	}
	return n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `insert into exchange_traffic(road, parcels, entries, last_at) values($1, 1, $2, $3)
			on conflict (road) do update set parcels = exchange_traffic.parcels + 1, entries = exchange_traffic.entries + excluded.entries,
			last_at = excluded.last_at`, string(road), receipt.Fresh, n.now())
		return err
	})
}

// Traffic lists what each road has brought.
func (n *Node) Traffic(ctx context.Context) (all []Traffic, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		all, err = store.Select(ctx, tx, "select road, parcels, entries, last_at from exchange_traffic order by road", nil,
			func(rows *sql.Rows) (t Traffic, err error) {
				return t, rows.Scan(&t.Road, &t.Parcels, &t.Entries, &t.LastAt)
			})
		return err
	})
	return all, err
}
