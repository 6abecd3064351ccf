package campaign

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
)

// Passphrase and Password are those of every node and operator of a play: its data are synthetic.
const (
	Passphrase = "demonstration only"
	Password   = "demonstration"
)

// road is how a place reaches its parent.
type road string

const (
	byNetwork road = "network"
	byDisk    road = "disk"
)

// place is one node, with the units that it serves.
type place struct {
	name    string
	dir     string
	unit    event.Unit
	serves  []event.Unit // besides its own
	parent  *place
	road    road
	listens bool
	address string // to listen on; empty: any
	units   []*unit
	skew    time.Duration // its clock is never quite right
	now     atomic.Int64  // ms UTC
	node    *node.Node
	server  *http.Server

	listening string       // address
	pages     net.Listener // for people; nil: not open
	down      bool         // its line is broken
	log       *slog.Logger
}

func (p *place) config() string { return filepath.Join(p.dir, "huzheng.toml") }
func (p *place) disk() string   { return filepath.Join(p.desk(), p.name) }

// desk is where the disks of this city are plugged in, at whatever place they are carried to.
func (p *place) desk() string { return filepath.Join(filepath.Dir(p.dir), "disks") }

func (p *place) clock() time.Time { return time.UnixMilli(p.now.Load()) }

// set sets the place's clock, and the file from which other processes of the node read it.
func (p *place) set(at time.Time) error {
	p.now.Store(at.Add(p.skew).UnixMilli())
	return os.WriteFile(p.clockFile(), []byte(p.clock().Format(time.RFC3339Nano)), 0o600)
}

func (p *place) clockFile() string { return filepath.Join(p.dir, "clock") }

// pass lets the time of one act go by.
func (p *place) pass(d time.Duration) { p.now.Add(d.Milliseconds()) }

// verifiedPercent is what this city asks of a station before it starts: a fifth of those registered work elsewhere and are verified when they come for
// their cards.
const verifiedPercent = 65

// create makes the node's folder, keys and configuration.
func (p *place) create(at time.Time) error {
	for _, folder := range []string{p.dir, filepath.Join(p.dir, "backups"), p.desk()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	if err := p.set(at); err != nil {
		return err
	}
	// The passphrase lies beside the node, so that whoever looks around later needs none; the doctor warns of it, as of the clock.
	if err := os.WriteFile(filepath.Join(p.dir, "unlock"), []byte(Passphrase+"\n"), 0o600); err != nil {
		return err
	}
	config := &node.Config{Unit: p.unit, Unlock: node.Unlock{File: "unlock"}, Testing: node.Testing{ClockFile: "clock"}, Exchange: node.Exchange{Parent: string(p.road)},
		Ready: node.Ready{VerifiedPercent: verifiedPercent}, Disk: node.Disk{Folders: []string{"../disks"}}, Backup: node.Backup{Folders: []string{"backups"}}}
	if p.listens {
		config.Exchange.Listen = p.address
		if p.address == "" {
			address, err := freeAddress()
			if err != nil {
				return err
			}
			config.Exchange.Listen = address
		}
	}
	if err := config.Write(p.config()); err != nil {
		return err
	}
	keys, err := node.NewKeys(p.unit)
	if err != nil {
		return err
	}
	return keys.Save(filepath.Join(p.dir, "node.keys"), Passphrase, node.DemoWork)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// open opens the node under its keys.
func (p *place) open(ctx context.Context) error {
	config, err := node.LoadConfig(p.config())
	if err != nil {
		return err
	}
	keys, err := node.LoadKeys(config.KeyPath(), Passphrase)
	if err != nil {
		return err
	}
	return p.openWith(ctx, config, keys)
}

func (p *place) openWith(ctx context.Context, config *node.Config, keys *node.Keys) error {
	root, err := os.ReadFile(config.RootPath())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	config.Testing.Clock = p.clock
	p.node, err = node.Open(ctx, config, keys, strings.TrimSpace(string(root)), p.log)
	return err
}

func (p *place) saveRoot() error {
	return os.WriteFile(p.node.Config.RootPath(), []byte(p.node.Exchange.RootVerifier+"\n"), 0o600)
}

// found makes the city's node and its first administrator.
func (p *place) found(ctx context.Context, at time.Time, name, admin string) error {
	if err := p.make(ctx, at); err != nil {
		return err
	}
	if err := p.node.Exchange.Found(ctx, p.node.Config.Exchange.Address); err != nil {
		return err
	}
	if err := p.saveRoot(); err != nil {
		return err
	}
	if err := sitedesk.Bootstrap(ctx, p.node.Office, p.unit, name, admin, "op-"+admin); err != nil {
		return err
	}
	return p.node.Office.SetPassword(ctx, admin, Password)
}

// make makes a node and opens it.
func (p *place) make(ctx context.Context, at time.Time) error {
	if err := p.create(at); err != nil {
		return err
	}
	return p.open(ctx)
}

// admitted asks the parent to admit the node as it is open now.
func (p *place) admitted(ctx context.Context, administrator office.Operator) error {
	request, err := exchange.NewRequest(p.unit, p.node.Keys.Identity, p.clock())
	if err != nil {
		return err
	}
	up := p.parent.node
	admission, err := up.Exchange.Admit(ctx, administrator, request, p.serves, up.Config.Exchange.Address)
	if err != nil {
		return err
	}
	if err := p.node.Exchange.Join(ctx, admission); err != nil {
		return err
	}
	return p.saveRoot()
}

// Limits of the listener, as the program has them.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
)

// serve serves the node's children over HTTPS on loopback.
func (p *place) serve(ctx context.Context) error {
	if !p.listens || p.server != nil {
		return nil
	}
	settings, err := p.node.Exchange.ServerTLS()
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", p.node.Config.Exchange.Listen)
	if err != nil {
		return err
	}
	p.listening = listener.Addr().String()
	p.server = &http.Server{Handler: p.node.Exchange.Handler(), TLSConfig: settings, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout,
		ErrorLog: log.New(discard{}, "", 0)}
	go func(s *http.Server) { _ = s.ServeTLS(listener, "", "") }(p.server)
	return nil
}

// discard drops net/http's lines about broken connections.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// stop ends the listener.
func (p *place) stop() {
	if p.server != nil {
		_ = p.server.Close()
		p.server = nil
	}
}

func (p *place) close() error {
	p.stop()
	if p.node == nil {
		return nil
	}
	err := p.node.Close()
	p.node = nil
	return err
}

// restart is what a power cut leads to: the node is gone at once, and opened again.
func (p *place) restart(ctx context.Context) error {
	if err := p.close(); err != nil {
		return err
	}
	if err := p.open(ctx); err != nil {
		return err
	}
	return p.serve(ctx)
}

// maxRounds bounds an exchange: each round may bring what the answers of the last made due.
const maxRounds = 20

// sync exchanges with the parent over the network until nothing more moves.
func (p *place) sync(ctx context.Context) error {
	for range maxRounds {
		fresh, err := p.syncOnce(ctx)
		if err != nil {
			return err
		}
		if fresh == 0 {
			break
		}
	}
	return nil
}

// syncOnce exchanges once; what the reactions at both ends write goes with the next exchange.
func (p *place) syncOnce(ctx context.Context) (fresh int, err error) {
	report, err := p.node.Exchange.SyncOnce(ctx)
	if err != nil {
		return 0, err
	}
	if len(report.Exceptions) > 0 {
		return 0, fmt.Errorf("exchange: %s: %s", report.Exceptions[0].Code, report.Exceptions[0].Text.EN)
	}
	done, err := p.node.Office.React(ctx)
	if err != nil {
		return 0, err
	}
	_, err = p.parent.node.Office.React(ctx)
	return report.Fresh + done, err
}

// meetTonight exchanges once by the place's road.
func (p *place) meetTonight(ctx context.Context) error {
	if p.road == byDisk {
		return p.visit(ctx)
	}
	_, err := p.syncOnce(ctx)
	return err
}

// visit takes the disk to the parent and back.
func (p *place) visit(ctx context.Context) error {
	if err := os.MkdirAll(p.disk(), 0o700); err != nil {
		return err
	}
	if err := p.write(ctx); err != nil {
		return err
	}
	if err := read(ctx, p.parent, p.disk()); err != nil {
		return err
	}
	if _, err := p.parent.node.Exchange.WriteDisk(ctx, p.disk()); err != nil {
		return err
	}
	return read(ctx, p, p.disk())
}

func (p *place) write(ctx context.Context) error {
	_, err := p.node.Exchange.WriteDisk(ctx, p.disk())
	return err
}

func read(ctx context.Context, at *place, disk string) error {
	report, err := at.node.Exchange.ReadDisk(ctx, disk)
	if err != nil {
		return err
	}
	if len(report.Exceptions) > 0 {
		return fmt.Errorf("disk: %s: %s", report.Exceptions[0].Code, report.Exceptions[0].Text.EN)
	}
	_, err = at.node.Office.React(ctx)
	return err
}
