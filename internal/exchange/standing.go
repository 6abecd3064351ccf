package exchange

import (
	"context"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Standing is how this node stands with a neighbour, by the last state that it heard from it.
type Standing struct {
	Neighbour
	ToSend     int64 // entries that the neighbour has not acknowledged
	ToReceive  int64 // entries that it holds and this node does not
	Sealed     int   // parcels that wait in the spool for its receipt
	Bytes      int64 // their size
	ToSendBlob int   // attachments that it has asked for
	MissBlob   int   // attachments that this node lacks and that are due from it
	Waiting    int   // parcels for which it waits for our receipt
}

// Standings tells how this node stands with each neighbour, the parent first.
func (n *Node) Standings(ctx context.Context) (all []Standing, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		all = nil
		neighbours, err := neighboursWhere(ctx, tx, "1 = 1")
		if err != nil {
			return err
		}
		heads, err := journal.Heads(ctx, tx)
		if err != nil {
			return err
		}
		for _, nb := range neighbours {
			one, err := n.standing(ctx, tx, nb, heads)
			if err != nil {
				return err
			}
			all = append(all, one)
		}
		return nil
	})
	return all, err
}

// Unacknowledged counts the entries that the parent has not acknowledged: cheap enough for the head of every page.
func (n *Node) Unacknowledged(ctx context.Context) (entries int64, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		up, ok, err := parent(ctx, tx)
		if err != nil || !ok {
			return err
		}
		return tx.Get(ctx, `select cast(coalesce(sum(h.size - coalesce(n.size, 0)), 0) as bigint) from journal_head h left join exchange_held n
			on n.neighbour = $1 and n.stream = h.stream and n.generation = h.generation where h.size > coalesce(n.size, 0) and h.stream like $2`,
			[]any{up.Node, underUnit(n)}, &entries)
	})
	return entries, err
}

// underUnit is the pattern of the streams of this node's unit and of those below it: what it sends up.
func underUnit(n *Node) string {
	code := string(n.Unit)
	if len(code) == 6 && code[4:] == "00" {
		code = code[:4]
	}
	return code + "%"
}

func (n *Node) standing(ctx context.Context, tx *store.Tx, nb Neighbour, heads []*journal.Head) (s Standing, err error) {
	s = Standing{Neighbour: nb, Waiting: len(nb.waiting)}
	held, err := heldBy(ctx, tx, nb.Node)
	if err != nil {
		return s, err
	}
	for _, h := range heads {
		t := tree{h.Stream, h.Generation}
		if has := held[t]; h.Stream.DueTo(nb.Unit) {
			s.ToSend += max(0, h.Size-has)
		}
		s.ToReceive += max(0, held[t]-h.Size)
		delete(held, t)
	}
	for t, size := range held {
		if t.Stream.DueTo(n.Unit) {
			s.ToReceive += size
		}
	}
	if err := tx.Get(ctx, "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from exchange_parcel where neighbour = $1 and file <> ''", []any{nb.Node}, &s.Sealed, &s.Bytes); err != nil {
		return s, err
	}
	if err := tx.Get(ctx, "select count(*) from exchange_wanted where neighbour = $1", []any{nb.Node}, &s.ToSendBlob); err != nil {
		return s, err
	}
	missing, err := missingFrom(ctx, tx, nb.Unit)
	s.MissBlob = len(missing)
	return s, err
}
