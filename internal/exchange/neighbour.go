package exchange

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// Relation is what a neighbour is to this node.
type Relation string

// The two relations.
const (
	Parent Relation = "parent"
	Child  Relation = "child"
)

// Neighbour is a node that this one exchanges with.
type Neighbour struct {
	Node        string         `json:"node"`
	Unit        event.Unit     `json:"unit"`
	Relation    Relation       `json:"relation"`
	Address     string         `json:"address,omitempty"` // of a parent: where it is called; empty: by disk only
	Units       []event.Unit   `json:"units,omitempty"`   // of a child: the units that it hosts
	Suspended   string         `json:"suspended,omitempty"`
	StatedAt    int64          `json:"stated_at"` // ms UTC, by its clock; 0: no state heard yet
	HeardAt     int64          `json:"heard_at"`  // ms UTC, by ours
	Understands map[string]int `json:"understands,omitempty"`

	waiting []waiting // parcels for which it waits for a receipt
}

// ErrSuspended means that the exchange with a neighbour is suspended.
var ErrSuspended = errors.New("exchange: the exchange with this node is suspended")

// ErrStranger means that a node is not a neighbour.
var ErrStranger = errors.New("exchange: not a neighbour of this node")

const neighbourColumns = "node, unit, relation, address, units, suspended, waiting, stated_at, heard_at, understands"

func scanNeighbour(rows *sql.Rows) (Neighbour, error) {
	var nb Neighbour
	var units, waiting, understands string
	if err := rows.Scan(&nb.Node, &nb.Unit, &nb.Relation, &nb.Address, &units, &nb.Suspended, &waiting, &nb.StatedAt, &nb.HeardAt, &understands); err != nil {
		return nb, err
	}
	return nb, errors.Join(json.Unmarshal([]byte(units), &nb.Units), json.Unmarshal([]byte(waiting), &nb.waiting),
		json.Unmarshal([]byte(understands), &nb.Understands))
}

func neighboursWhere(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Neighbour, error) {
	return store.Select(ctx, tx, "select "+neighbourColumns+" from exchange_neighbour where "+where+" order by relation desc, unit, node", args, scanNeighbour)
}

// Neighbours lists the neighbours, the parent first.
func (n *Node) Neighbours(ctx context.Context) (all []Neighbour, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		all, err = neighboursWhere(ctx, tx, "1 = 1")
		return err
	})
	return all, err
}

// neighbour finds one by its node name. It returns ErrStranger when there is none.
func neighbour(ctx context.Context, tx *store.Tx, node string) (Neighbour, error) {
	found, err := neighboursWhere(ctx, tx, "node = $1", node)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %s", ErrStranger, node)
	}
	if err != nil {
		return Neighbour{}, err
	}
	return found[0], nil
}

// parent finds the node above; ok is false at the city and before joining.
func parent(ctx context.Context, tx *store.Tx) (Neighbour, bool, error) {
	found, err := neighboursWhere(ctx, tx, "relation = $1", Parent)
	if err != nil || len(found) == 0 {
		return Neighbour{}, false, err
	}
	return found[0], true, nil
}

// Parent finds the node above; ok is false at the city and before joining.
func (n *Node) Parent(ctx context.Context) (nb Neighbour, ok bool, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		nb, ok, err = parent(ctx, tx)
		return err
	})
	return nb, ok, err
}

// certificate reads the certificate of a node, which must be known here.
func certificate(ctx context.Context, tx *store.Tx, node string) (journal.Certificate, error) {
	c, _, ok, err := journal.CertificateOf(ctx, tx, node)
	if err == nil && !ok {
		err = fmt.Errorf("exchange: the certificate of %s is not known here", node)
	}
	return c, err
}

// setNeighbour keeps a neighbour and removes the one that it replaces: the same relation and unit under other keys. Its name becomes a part of paths,
// so one that is no node's name is refused here.
func (n *Node) setNeighbour(ctx context.Context, tx *store.Tx, nb Neighbour) error {
	if !journal.ValidNode(nb.Node) {
		return fmt.Errorf("%w: %q", journal.ErrNodeName, nb.Node)
	}
	replaced, err := neighboursWhere(ctx, tx, "relation = $1 and node <> $2 and (relation = $3 or unit = $4)", nb.Relation, nb.Node, Parent, nb.Unit)
	if err != nil {
		return err
	}
	for _, old := range replaced {
		for _, table := range []string{"exchange_neighbour where node", "exchange_held where neighbour", "exchange_wanted where neighbour",
			"exchange_parcel where neighbour", "exchange_taken where neighbour"} {
			if _, err := tx.Exec(ctx, "delete from "+table+" = $1", old.Node); err != nil {
				return err
			}
		}
		n.Log.Info("neighbour replaced", "unit", nb.Unit, "old", old.Node, "new", nb.Node)
	}
	if nb.Units == nil {
		nb.Units = []event.Unit{}
	}
	units, err := json.Marshal(nb.Units)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into exchange_neighbour(`+neighbourColumns+`) values($1, $2, $3, $4, $5, '', '[]', 0, 0, '{}')
		on conflict (node) do update set unit = excluded.unit, relation = excluded.relation, address = excluded.address,
		units = excluded.units, suspended = ''`, nb.Node, nb.Unit, nb.Relation, nb.Address, string(units))
	return err
}

// Suspend stops the exchange with a neighbour, for a reason; an empty reason ends the suspension. It is local: those above and
// below decide for themselves. An administrator or a leader of this unit decides it.
func (n *Node) Suspend(ctx context.Context, by office.Operator, node, reason string) error {
	if err := n.inCharge(by); err != nil {
		return err
	}
	err := n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		rows, err := tx.Exec(ctx, "update exchange_neighbour set suspended = $1 where node = $2", reason, node)
		if err == nil && rows == 0 {
			return event.Refuse("exchange.no_neighbour", "",
				citizen.Text{ZH: "没有相邻节点 " + node, EN: "there is no neighbouring node " + node},
				citizen.Text{ZH: "用 huzheng node list 查看相邻节点", EN: "huzheng node list shows the neighbours"})
		}
		return err
	})
	if err == nil {
		n.Log.Info("suspension", "node", node, "reason", reason, "by", by.Login)
	}
	return err
}

// introduce makes a neighbour known by its chain of certificates: a child that this node's unit certified and forgot in a
// restore, or the parent under new keys. The chain's nodes are saved. It returns ErrStranger when it is neither.
func (n *Node) introduce(ctx context.Context, tx *store.Tx, chain [][]byte) (Neighbour, error) {
	certificates, err := openChain(chain, n.RootVerifier)
	if err != nil {
		return Neighbour{}, fmt.Errorf("%w: %v", ErrStranger, err)
	}
	leaf := certificates[0]
	nb := Neighbour{Node: leaf.Node, Unit: leaf.Unit}
	up, hasParent, err := parent(ctx, tx)
	if err != nil {
		return nb, err
	}
	switch {
	case len(certificates) > 1 && certificates[1].Unit == n.Unit:
		nb.Relation, nb.Units = Child, []event.Unit{leaf.Unit}
	case hasParent && leaf.Unit == up.Unit:
		nb.Relation, nb.Address = Parent, up.Address
	default:
		return nb, fmt.Errorf("%w: %s", ErrStranger, leaf.Node)
	}
	if err := n.newest(ctx, tx, leaf, nb.Relation); err != nil {
		return nb, err
	}
	if err := saveChain(ctx, tx, chain); err != nil {
		return nb, err
	}
	return nb, n.setNeighbour(ctx, tx, nb)
}

// newest refuses a certificate when the unit has a newer one: old keys do not come back.
func (n *Node) newest(ctx context.Context, tx *store.Tx, leaf journal.Certificate, relation Relation) error {
	current, err := neighboursWhere(ctx, tx, "relation = $1 and unit = $2", relation, leaf.Unit)
	if err != nil {
		return err
	}
	for _, nb := range current {
		c, err := certificate(ctx, tx, nb.Node)
		if err != nil {
			return err
		}
		if c.From >= leaf.From {
			return fmt.Errorf("%w: %s speaks for %s now, not %s", ErrStranger, c.Node, leaf.Unit, leaf.Node)
		}
	}
	return nil
}

// openChain verifies a chain up to the city's key and that each node's name is its own.
func openChain(chain [][]byte, root string) ([]journal.Certificate, error) {
	certificates, err := journal.OpenChain(chain, root)
	for i := range certificates {
		err = errors.Join(err, journal.CheckNode(certificates[i].Node, certificates[i].Unit, certificates[i].Verifier))
	}
	return certificates, err
}

// saveChain keeps certificates that have been verified, the city's first.
func saveChain(ctx context.Context, tx *store.Tx, chain [][]byte) error {
	for _, signed := range slices.Backward(chain) {
		if err := journal.SaveCertificate(ctx, tx, signed); err != nil {
			return err
		}
	}
	return nil
}
