// Package planted holds the lies that a demonstration plants into copies of a node, each with the check that must find it.
package planted

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/huzheng/huzheng/internal/audit"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/store"
)

// Fault is a lie, and how it must show.
type Fault struct {
	Name  string
	plant func(ctx context.Context, tx *store.Tx, unit event.Unit) error
	found func(ctx context.Context, n *node.Node) (bool, error)
}

// Faults lists the lies.
var Faults = []Fault{
	{"a hand-altered row", alterRow, rebuildFinds},
	{"a withheld entry", withhold, verifyFinds},
	{"a lost card", loseCard, auditFinds("card.lost")},
	{"a doubled fee", doubleFee, auditFinds("fee.doubled")},
}

// ErrNothing means that the node holds nothing yet about which to tell the lie.
var ErrNothing = errors.New("planted: nothing to lie about yet")

// Try opens a copy of a node that huzheng backup made in dir, plants the fault in a unit's name, and tells whether the check finds it. That the check
// finds nothing before is part of the proof.
func (f Fault) Try(ctx context.Context, dir, passphrase string, unit event.Unit) (found bool, err error) {
	n, err := open(ctx, dir, passphrase)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if early, err := f.found(ctx, n); err != nil || early {
		return false, errors.Join(err, fmt.Errorf("%s: found before it was planted: %v", f.Name, early))
	}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error { return f.plant(ctx, tx, unit) }); err != nil {
		return false, fmt.Errorf("%s: %w", f.Name, err)
	}
	return f.found(ctx, n)
}

func open(ctx context.Context, dir, passphrase string) (*node.Node, error) {
	config, err := node.LoadConfig(filepath.Join(dir, "huzheng.toml"))
	if err != nil {
		return nil, err
	}
	keys, err := node.LoadKeys(config.KeyPath(), passphrase)
	if err != nil {
		return nil, err
	}
	root, err := os.ReadFile(config.RootPath())
	if err != nil {
		return nil, err
	}
	return node.Open(ctx, config, keys, strings.TrimSpace(string(root)), slog.New(slog.DiscardHandler))
}

func rebuildFinds(ctx context.Context, n *node.Node) (bool, error) {
	result, err := n.Office.CheckRebuild(ctx, nil)
	return err == nil && len(result.Differences) > 0, err
}

func verifyFinds(ctx context.Context, n *node.Node) (bool, error) {
	report, err := n.Verify(ctx)
	return err == nil && len(report.Findings) > 0, err
}

func auditFinds(law string) func(context.Context, *node.Node) (bool, error) {
	return func(ctx context.Context, n *node.Node) (found bool, err error) {
		err = n.DB.Read(ctx, func(tx *store.Tx) error {
			report, err := audit.Run(ctx, tx, n.Office.Blobs)
			if err != nil {
				return err
			}
			for _, e := range report.Errors {
				found = found || e.Law == law
			}
			return nil
		})
		return found, err
	}
}

func alterRow(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	_, err := tx.Exec(ctx, `update register_tenure set name = '张三三' where unit = $1 and tenure = (select min(tenure) from register_tenure where unit = $1)`, unit)
	return err
}

// withhold takes one entry out of the middle of a stream, as somebody would who wants it forgotten.
func withhold(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	n, err := tx.Exec(ctx, `delete from journal_entry where (stream, generation, seq) in
		(select stream, generation, seq from journal_entry where kind = 'fund.fee_collected' and stream = $1 order by seq limit 1)`, event.Up(unit))
	if err == nil && n == 0 {
		err = ErrNothing
	}
	return err
}

// again writes a body of the unit's once more under a kind, with members changed, as a programme without the desk's rules could.
func again(ctx context.Context, tx *store.Tx, unit event.Unit, kind string, change func(map[string]any)) error {
	var ref event.Ref
	err := tx.Get(ctx, "select stream, generation, seq from journal_entry where kind = $1 and stream = $2 order by generation, seq limit 1",
		[]any{kind, event.Up(unit)}, &ref.Stream, &ref.Generation, &ref.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNothing
	}
	if err != nil {
		return err
	}
	e, err := journal.At(ctx, tx, ref)
	if err != nil {
		return err
	}
	var body map[string]any
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return err
	}
	change(body)
	_, err = journal.Append(ctx, tx, e.At, e.Operator, []event.Event{{Stream: event.Up(unit), Kind: kind, V: 1, Subject: e.Subject, Body: body}})
	return err
}

// loseCard rewrites the station's count of its consignment without one of the cards: nobody has it, nobody misses it.
func loseCard(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	return again(ctx, tx, unit, "card.consignment_counted", func(body map[string]any) {
		cards := body["cards"].([]any)
		body["cards"] = cards[:len(cards)-1]
	})
}

func doubleFee(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	return again(ctx, tx, unit, "fund.fee_collected", func(map[string]any) {})
}
