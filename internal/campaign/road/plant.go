package road

import (
	"context"
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

// fault is a lie planted into a copy of a node, and how it must show.
type fault struct {
	name  string
	plant func(ctx context.Context, n *node.Node, tx *store.Tx) error
	found func(ctx context.Context, n *node.Node) (bool, error)
}

// plant copies the network station's node once for each fault, plants it, and asks the checks that prove uses.
func (d *Demo) plant(ctx context.Context, summary *Summary) error {
	for i, f := range []fault{
		{"a hand-altered row", d.alterRow, rebuildFinds},
		{"a withheld entry", withhold, verifyFinds},
		{"a lost card", loseCard, auditFinds("card.lost")},
		{"a doubled fee", doubleFee, auditFinds("fee.doubled")},
	} {
		summary.PlantedFaults++
		found, err := d.tryFault(ctx, filepath.Join(d.Dir, fmt.Sprintf("planted-%d", i)), f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		if found {
			summary.PlantedFound++
		}
	}
	return nil
}

func (d *Demo) tryFault(ctx context.Context, dir string, f fault) (bool, error) {
	if _, err := d.command(ctx, nil, "backup", dir, "-c", d.networks.config()); err != nil {
		return false, err
	}
	config, err := node.LoadConfig(filepath.Join(dir, "huzheng.toml"))
	if err != nil {
		return false, err
	}
	keys, err := node.LoadKeys(config.KeyPath(), passphrase)
	if err != nil {
		return false, err
	}
	root, err := os.ReadFile(config.RootPath())
	if err != nil {
		return false, err
	}
	n, err := node.Open(ctx, config, keys, strings.TrimSpace(string(root)), slog.New(slog.DiscardHandler))
	if err != nil {
		return false, err
	}
	defer n.Close()
	if clean, err := f.found(ctx, n); err != nil || clean {
		return false, errors.Join(err, fmt.Errorf("found before it was planted: %v", clean))
	}
	if err := n.DB.Write(ctx, func(tx *store.Tx) error { return f.plant(ctx, n, tx) }); err != nil {
		return false, err
	}
	return f.found(ctx, n)
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

func (d *Demo) alterRow(ctx context.Context, _ *node.Node, tx *store.Tx) error {
	_, err := tx.Exec(ctx, "update register_tenure set name = '张三' where number = $1", d.adult(networkUnit, 3).Number)
	return err
}

// withhold takes one entry out of the middle of a stream, as somebody would who wants it forgotten.
func withhold(ctx context.Context, _ *node.Node, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `delete from journal_entry where (stream, generation, seq) in
		(select stream, generation, seq from journal_entry where kind = 'fund.fee_collected' order by seq limit 1)`)
	return err
}

// again writes a body once more under a kind, with members changed, as a programme without the desk's rules could.
func again(ctx context.Context, tx *store.Tx, kind string, change func(map[string]any)) error {
	var ref event.Ref
	if err := tx.Get(ctx, "select stream, generation, seq from journal_entry where kind = $1 order by stream, seq limit 1", []any{kind},
		&ref.Stream, &ref.Generation, &ref.Seq); err != nil {
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
	_, err = journal.Append(ctx, tx, e.At, e.Operator, []event.Event{{Stream: event.Up(networkUnit), Kind: kind, V: 1, Subject: e.Subject, Body: body}})
	return err
}

// loseCard rewrites the station's count of its consignment without one of the cards: nobody has it, nobody misses it.
func loseCard(ctx context.Context, _ *node.Node, tx *store.Tx) error {
	return again(ctx, tx, "card.consignment_counted", func(body map[string]any) {
		cards := body["cards"].([]any)
		body["cards"] = cards[:len(cards)-1]
	})
}

func doubleFee(ctx context.Context, _ *node.Node, tx *store.Tx) error {
	return again(ctx, tx, "fund.fee_collected", func(map[string]any) {})
}
