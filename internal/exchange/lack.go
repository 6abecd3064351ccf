package exchange

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Lack is a range of entries that a neighbour said it holds and that have not come: [From, To), counted from 0.
type Lack struct {
	Sender     string       `json:"sender"` // node
	Stream     event.Stream `json:"stream"`
	Generation int          `json:"generation"`
	From       int64        `json:"from"`
	To         int64        `json:"to"`
}

// lacking lists what the senders of a disk hold, by the states that lay on it, and this node does not after it was read. What several hold is named once.
func (n *Node) lacking(ctx context.Context, senders []Neighbour) (all []Lack, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		all = []Lack{}
		heads, err := journal.Heads(ctx, tx)
		if err != nil {
			return err
		}
		has := make(map[tree]int64, len(heads))
		for _, h := range heads {
			has[tree{h.Stream, h.Generation}] = h.Size
		}
		for _, nb := range senders {
			held, err := heldBy(ctx, tx, nb.Node)
			if err != nil {
				return err
			}
			for t, size := range held {
				if t.Stream.DueTo(n.Unit) && size > has[t] {
					all = append(all, Lack{nb.Node, t.Stream, t.Generation, has[t], size})
					has[t] = size
				}
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Lack) int {
		return cmp.Or(strings.Compare(string(a.Stream), string(b.Stream)), a.Generation-b.Generation, cmp.Compare(a.From, b.From))
	})
	return all, err
}
