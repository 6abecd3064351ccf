// Package exchange carries the journal between nodes: parcels, the spool, states and receipts, the network road, the
// disk road, joining, and the generations after a restore.
//
// The decisions are docs/adr/0003-exchange.md, the formats docs/formats/parcel.md.
package exchange

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/time/rate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Identity is a node's secrets.
type Identity struct {
	Key *journal.Key        // signs checkpoints, states and certificates
	TLS ed25519.PrivateKey  // of the connections
	Age *age.X25519Identity // opens parcels
}

// Node is what the exchange of one node works with.
type Node struct {
	Office       *office.Office
	Identity     *Identity
	Unit         event.Unit // the unit that the node serves
	Dir          string     // spool folder; the processes of one node share it
	Files        store.FileSystem
	Clock        func() time.Time
	Log          *slog.Logger
	RootVerifier string // the city's verifier text; empty before Found or Join
	Bandwidth    int64  // bytes a second on the network, 0: no limit

	limiter *rate.Limiter
	markers *markerCache
}

// NewNode checks the node's parts and reads what it knows of the city. The tables of Migration must be there.
func NewNode(n Node) (*Node, error) {
	switch {
	case n.Office == nil || n.Identity == nil || n.Identity.Key == nil || n.Identity.Age == nil || len(n.Identity.TLS) != ed25519.PrivateKeySize:
		return nil, errors.New("exchange: a node needs an office and an identity")
	case !n.Unit.Valid() || !n.Office.City.Contains(n.Unit):
		return nil, fmt.Errorf("exchange: %q is not a unit of %s", n.Unit, n.Office.City)
	case journal.CheckNode(n.Identity.Key.Node, n.Unit, n.Identity.Key.Verifier()) != nil:
		return nil, fmt.Errorf("exchange: %q is not the name of a node of %s with its key", n.Identity.Key.Node, n.Unit)
	case n.Dir == "":
		return nil, errors.New("exchange: a node needs a spool folder")
	}
	if n.Files == nil {
		n.Files = store.OS{}
	}
	if n.Clock == nil {
		n.Clock = time.Now
	}
	if n.Log == nil {
		n.Log = slog.Default()
	}
	if n.Bandwidth > 0 {
		n.limiter = rate.NewLimiter(rate.Limit(n.Bandwidth), burst)
	}
	n.markers = &markerCache{}
	if err := n.loadRoot(context.Background()); err != nil {
		return nil, err
	}
	return &n, nil
}

// loadRoot reads the city's verifier text that Found or Join wrote; one that the configuration names must be the same.
func (n *Node) loadRoot(ctx context.Context) error {
	return n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		var root string
		found, err := tx.Find(ctx, "select root from exchange_node where id = 1", nil, &root)
		if err != nil || !found {
			return err
		}
		if n.RootVerifier != "" && n.RootVerifier != root {
			return fmt.Errorf("exchange: the configuration names the city's key %s, this node joined %s", n.RootVerifier, root)
		}
		n.RootVerifier = root
		return nil
	})
}

// Migration is the exchange's tables, all of them local to the node.
func Migration() store.Migration { return store.Embedded("exchange", migrations) }

func (n *Node) now() int64 { return n.Clock().UnixMilli() }

func (n *Node) name() string { return n.Identity.Key.Node }

// fingerprint is the hex SHA-256 of a public key's SubjectPublicKeyInfo, by which connections are pinned.
func fingerprint(public ed25519.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}

func (id *Identity) fingerprint() (string, error) {
	return fingerprint(id.TLS.Public().(ed25519.PublicKey))
}
