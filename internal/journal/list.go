package journal

import (
	"context"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Newest reads the newest entries of a tree that stand before a place, newest first. kind is a kind, the beginning of one with its point ("card."), or empty
// for all.
func Newest(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, kind string, before int64, limit int) ([]Entry, error) {
	where, args := "", []any{stream, generation, before, limit}
	switch {
	case strings.HasSuffix(kind, "."):
		where, args = " and substr(kind, 1, $5) = $6", append(args, len(kind), kind)
	case kind != "":
		where, args = " and kind = $5", append(args, kind)
	}
	return store.Select(ctx, tx, "select "+entryColumns+` from journal_entry
		where stream = $1 and generation = $2 and seq < $3`+where+" order by seq desc limit $4", args, scanEntry)
}

// Witnesses names the nodes that have countersigned a checkpoint, of those whose certificates are given.
func Witnesses(signed []byte, certificates []Certificate) []string {
	var nodes []string
	for _, c := range certificates {
		if _, err := Cosigned(signed, c.Verifier); err == nil {
			nodes = append(nodes, c.Node)
		}
	}
	return nodes
}
