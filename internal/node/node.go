package node

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
	"github.com/huzheng/huzheng/internal/web"
)

// Node is one running Huzheng.
type Node struct {
	Config   *Config
	Keys     *Keys
	DB       *store.DB
	Office   *office.Office
	Exchange *exchange.Node
	Tour     *web.Tour // of a demonstration: its pages let a visitor in without a password; nil: this is none
}

// Files of a node under its data folder.
const (
	keyName      = "node.keys"
	databaseName = "node.db"
	blobsName    = "blobs"
	spoolName    = "spool"
	rootName     = "city.verifier"
)

// KeyPath is where the key file lies.
func (c *Config) KeyPath() string { return filepath.Join(c.Data, keyName) }

// NextKeyPath is where new keys wait until the parent has admitted them.
func (c *Config) NextKeyPath() string { return c.KeyPath() + ".next" }

// RootPath is where the city's verifier text lies, once the node has been founded or has joined.
func (c *Config) RootPath() string { return filepath.Join(c.Data, rootName) }

// Rooms lists the rooms of a node.
func Rooms() ([]office.Room, office.Directory) {
	site := sitedb.New()
	return []office.Room{site, registerdb.New(), verifydb.New(), carddb.New(), funddb.New(), programmedb.New()}, site
}

// Actions lists what operators can do.
func Actions() []office.Action { return actions(site.DefaultLimits()) }

func actions(ready site.Limits) []office.Action {
	var all []office.Action
	all = append(all, sitedesk.ActionsWith(sitedesk.Settings{Limits: ready, Verified: verifiedShare})...)
	all = append(all, registerdesk.Actions()...)
	all = append(all, verifydesk.Actions()...)
	all = append(all, carddesk.Actions()...)
	all = append(all, funddesk.Actions()...)
	all = append(all, programmedesk.Actions()...)
	all = append(all, office.EraseAction())
	return all
}

// Reactions lists what nodes do by themselves.
func Reactions() []office.Reaction {
	var all []office.Reaction
	all = append(all, registerdesk.Reactions()...)
	all = append(all, verifydesk.Reactions()...)
	all = append(all, carddesk.Reactions()...)
	all = append(all, programmedesk.Reactions()...)
	return all
}

// Open opens a node's database and wires everything over it. root is the city's verifier text; empty before joining.
func Open(ctx context.Context, config *Config, keys *Keys, root string, log *slog.Logger) (*Node, error) {
	db, err := store.Open(ctx, config.store(keys))
	if err != nil {
		return nil, err
	}
	n, err := wire(ctx, config, keys, root, db, log)
	if err != nil {
		db.Close()
		return nil, err
	}
	return n, nil
}

func (c *Config) store(keys *Keys) store.Config {
	if c.Database.Postgres != "" {
		return store.Config{Postgres: c.Database.Postgres}
	}
	return store.Config{SQLite: filepath.Join(c.Data, databaseName), Key: keys.Database}
}

func wire(ctx context.Context, config *Config, keys *Keys, root string, db *store.DB, log *slog.Logger) (*Node, error) {
	rooms, directory := Rooms()
	blobs := store.NewBlobs(store.OS{}, filepath.Join(config.Data, blobsName), keys.Identity.Age)
	o, err := office.New(office.Office{DB: db, Blobs: blobs, Key: keys.Identity.Key, City: cityOf(config.Unit),
		Clock: config.clock(), Log: log, Directory: directory, Permit: sitedb.Permit, Forget: web.Forget}, rooms, actions(config.limits()), Reactions())
	if err != nil {
		return nil, err
	}
	if err := o.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := o.Resume(ctx); err != nil {
		return nil, err
	}
	if err := db.Migrate(ctx, exchange.Migration(), web.Migration()); err != nil {
		return nil, err
	}
	x, err := exchange.NewNode(exchange.Node{Office: o, Identity: keys.Identity, Unit: config.Unit,
		Dir: filepath.Join(config.Data, spoolName), Files: store.OS{}, Clock: o.Clock, Log: log,
		RootVerifier: root, Bandwidth: config.Exchange.Bandwidth})
	if err != nil {
		return nil, err
	}
	return &Node{Config: config, Keys: keys, DB: db, Office: o, Exchange: x}, nil
}

func cityOf(unit event.Unit) event.Unit {
	for unit.Parent() != "" {
		unit = unit.Parent()
	}
	return unit
}

// Close closes the database.
func (n *Node) Close() error { return n.DB.Close() }

// Verify checks everything that the node's journal holds.
func (n *Node) Verify(ctx context.Context) (report *journal.Report, err error) {
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		report, err = journal.Verify(ctx, tx, n.Office.City)
		return err
	})
	return report, err
}

// Now is the node's time.
func (n *Node) Now() time.Time { return n.Office.Clock() }
