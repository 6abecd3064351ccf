package faults

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// member is a unit's node with its exchange.
type member struct {
	*exchange.Node
	unit event.Unit
}

// openMember opens a unit's node in a folder: database, blobs and spool.
func openMember(ctx context.Context, unit event.Unit, dir, vfs string, files store.FileSystem) (*member, error) {
	config := sqliteConfig(dir)
	config.VFS = vfs
	o, err := openOffice(ctx, unit, config, files, filepath.Join(dir, "blobs"))
	if err != nil {
		return nil, err
	}
	m := &member{unit: unit}
	if err = o.DB.Migrate(ctx, exchange.Migration()); err == nil {
		m.Node, err = wire(o, unit, dir, files)
	}
	if err != nil {
		o.DB.Close()
		return nil, err
	}
	return m, nil
}

func wire(o *office.Office, unit event.Unit, dir string, files store.FileSystem) (*exchange.Node, error) {
	identity, err := blobIdentity()
	if err != nil {
		return nil, err
	}
	seed := sha256.Sum256([]byte("tls " + unit))
	return exchange.NewNode(exchange.Node{Office: o, Unit: unit, Dir: filepath.Join(dir, "spool"), Files: files, Clock: o.Clock, Log: o.Log,
		Identity: &exchange.Identity{Key: o.Key, TLS: ed25519.NewKeyFromSeed(seed[:]), Age: identity}})
}

func (m *member) close() { m.Office.DB.Close() }

func (m *member) act(ctx context.Context, n int) ([]event.Ref, error) {
	var blob []byte
	if n%3 == 1 {
		blob = fmt.Appendf(nil, "attachment %d of %s %d", n, m.unit, mathrand.Uint64())
	}
	return act(ctx, m.Office, m.unit, "s"+strconv.Itoa(n%4), mathrand.IntN(500), blob)
}

// pair is a city and a station below it in two folders of one root. address is where the station calls; empty: they meet by disk.
type pair struct {
	root    string
	address string
}

func (p pair) dir(unit event.Unit) string { return filepath.Join(p.root, string(unit)) }
func (p pair) disk() string               { return filepath.Join(p.root, "disk") }

func (p pair) open(ctx context.Context, unit event.Unit) (*member, error) {
	return openMember(ctx, unit, p.dir(unit), "", store.OS{})
}

// found makes the two nodes and joins them.
func found(root, address string) (p pair, err error) {
	ctx := context.Background()
	p = pair{root: root, address: address}
	above, err := p.open(ctx, city)
	if err != nil {
		return p, err
	}
	defer above.close()
	below, err := p.open(ctx, station)
	if err != nil {
		return p, err
	}
	defer below.close()
	if err := above.Found(ctx, address); err != nil {
		return p, err
	}
	request, err := exchange.NewRequest(station, below.Identity, time.Now())
	if err != nil {
		return p, err
	}
	by := office.Operator{ID: "op-2", Login: "admin", Unit: city, Roles: []office.Role{office.Administrator}}
	admission, err := above.Admit(ctx, by, request, nil, address)
	if err != nil {
		return p, err
	}
	if err := below.Join(ctx, admission); err != nil {
		return p, err
	}
	return p, os.MkdirAll(p.disk(), 0o700)
}

// problems are the exceptions of a report that no crash may lead to. What was taken in twice is told so; that is all.
func problems(exceptions []*exchange.Exception) error {
	for _, e := range exceptions {
		if e.Code != exchange.Replayed {
			return fmt.Errorf("exception %s: %s", e.Code, e.Text.EN)
		}
	}
	return nil
}

// visit is what a node does with the disk: it writes, or reads and answers.
func (m *member) visit(ctx context.Context, disk string) error {
	read, err := m.ReadDisk(ctx, disk)
	if err != nil {
		return err
	}
	if err := problems(read.Exceptions); err != nil {
		return err
	}
	_, err = m.WriteDisk(ctx, disk)
	return err
}

// serve answers children on an address until the context ends.
func (m *member) serve(ctx context.Context, address string) error {
	settings, err := m.ServerTLS()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	for range 3000 { // whoever served here before may not have gone altogether
		if err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
		listener, err = net.Listen("tcp", address)
	}
	if err != nil {
		return err
	}
	server := &http.Server{Handler: m.Handler(), TLSConfig: settings, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)}
	go func() { <-ctx.Done(); server.Close() }()
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// exchangeLoad is the child process of an exchange: a node that acts all the time, and serves, calls or visits the disk.
func exchangeLoad(ctx context.Context, o order) error {
	m, err := openMember(ctx, o.Unit, o.Dir, "", store.OS{})
	if err != nil {
		return err
	}
	errs := make(chan error, 2)
	go func() {
		for i := 0; ; i++ {
			refs, err := m.act(ctx, i)
			if err != nil {
				errs <- err
				return
			}
			acknowledge(refs)
			time.Sleep(mathrand.N(4 * time.Millisecond))
		}
	}()
	go func() { errs <- m.road(ctx, o) }()
	return <-errs
}

func (m *member) road(ctx context.Context, o order) error {
	if o.Address != "" && m.unit == city {
		return m.serve(ctx, o.Address)
	}
	for ctx.Err() == nil {
		if o.Address == "" {
			if err := m.visit(ctx, o.Disk); err != nil {
				return err
			}
			continue
		}
		report, err := m.SyncOnce(ctx)
		if err != nil { // the other side is dead
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if err := problems(report.Exceptions); err != nil {
			return err
		}
	}
	return nil
}

// side is one node of a pair as it is known from outside.
type side struct {
	order        order
	child        *child
	lines        chan []event.Ref
	acknowledged []event.Ref
	unknown      int
}

// start launches the side's process and collects what it acknowledges.
func (s *side) start() (err error) {
	if s.child, err = launch(s.order); err != nil {
		return err
	}
	s.lines = make(chan []event.Ref, 100_000)
	go func(c *child, lines chan []event.Ref) {
		defer close(lines)
		for {
			refs, err := c.next()
			if err != nil {
				return
			}
			lines <- refs
		}
	}(s.child, s.lines)
	return nil
}

// kill ends the process and judges what it leaves.
func (s *side) kill() error {
	_ = s.child.command.Process.Kill()
	for refs := range s.lines {
		s.acknowledged = append(s.acknowledged, refs...)
	}
	_ = s.child.command.Wait()
	s.unknown++
	if said := s.child.errors.String(); said != "" {
		return fmt.Errorf("%s says: %s", s.order.Unit, said)
	}
	ctx := context.Background()
	m, err := openMember(ctx, s.order.Unit, s.order.Dir, "", store.OS{})
	if err != nil {
		return err
	}
	defer m.close()
	if err := judge(ctx, m.Office, m.unit, s.acknowledged, s.unknown); err != nil {
		return fmt.Errorf("%s: %w", m.unit, err)
	}
	refs, err := extends(ctx, m.Office, m.unit)
	s.acknowledged = append(s.acknowledged, refs...)
	return err
}

// settled lets the two nodes exchange without any fault until both hold the same, and judges both.
func (p pair) settled(acknowledged ...[]event.Ref) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	above, err := p.open(ctx, city)
	if err != nil {
		return err
	}
	defer above.close()
	below, err := p.open(ctx, station)
	if err != nil {
		return err
	}
	defer below.close()
	if p.address != "" {
		served := make(chan error, 1)
		go func() { served <- above.serve(ctx, p.address) }()
		defer func() { stop(); <-served }()
	}
	for range 6 {
		if err := p.meet(ctx, above, below); err != nil {
			return err
		}
	}
	return p.equal(ctx, above, below, acknowledged)
}

func (p pair) meet(ctx context.Context, above, below *member) error {
	if p.address == "" {
		for _, m := range []*member{below, above, below} {
			if err := m.visit(ctx, p.disk()); err != nil {
				return fmt.Errorf("%s on the disk: %w", m.unit, err)
			}
		}
		return nil
	}
	report, err := below.SyncOnce(ctx)
	for range 3000 {
		if err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond) // the server is on its way
		report, err = below.SyncOnce(ctx)
	}
	if err != nil {
		return err
	}
	return problems(report.Exceptions)
}

// equal judges that both nodes hold every acknowledged entry once, in equal trees, with the attachments.
func (p pair) equal(ctx context.Context, above, below *member, acknowledged [][]event.Ref) error {
	held := make([]map[tree][]leaf, 2)
	for i, m := range []*member{above, below} {
		held[i] = make(map[tree][]leaf)
		if err := m.Office.DB.Read(ctx, func(tx *store.Tx) error {
			if err := readLeaves(ctx, tx, held[i]); err != nil {
				return err
			}
			if err := compareHeads(ctx, tx, held[i]); err != nil {
				return err
			}
			return verifyClean(ctx, tx)
		}); err != nil {
			return fmt.Errorf("%s: %w", m.unit, err)
		}
		if err := replays(ctx, m.Office); err != nil {
			return fmt.Errorf("%s: %w", m.unit, err)
		}
	}
	for t, leaves := range held[0] {
		if t.stream.DueTo(station) && merkle(leaves) != merkle(held[1][t]) {
			return fmt.Errorf("%v: the city holds %d entries, the station %d", t, len(leaves), len(held[1][t]))
		}
		for i := range leaves {
			for _, unit := range []event.Unit{city, station} {
				if _, err := leaves[i].check(above.Office.Blobs, unit); err != nil {
					return fmt.Errorf("%v entry %d at the city: %w", t, i, err)
				}
			}
		}
	}
	for _, refs := range acknowledged {
		if err := present(held[0], refs); err != nil {
			return fmt.Errorf("at the city: %w", err)
		}
	}
	return nil
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// Either side of an exchange over HTTPS is killed while the other goes on.
func TestKillEitherSideOverHTTPS(t *testing.T) {
	total := kills(60)
	root := t.TempDir()
	lanes((total+perNode-1)/perNode, 2, func(n int) {
		entries, err := overHTTPS(filepath.Join(root, strconv.Itoa(n)), min(perNode, total-n*perNode))
		if err != nil {
			t.Errorf("pair %d: %v", n, err)
		}
		t.Logf("pair %d: %d entries acknowledged, and held by both", n, entries)
	})
}

func overHTTPS(root string, rounds int) (entries int, err error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	p, err := found(root, address)
	if err != nil {
		return 0, err
	}
	sides := make([]*side, 2)
	for i, unit := range []event.Unit{city, station} {
		sides[i] = &side{order: order{Do: "exchange", Unit: unit, Dir: p.dir(unit), Address: address}}
		if err := sides[i].start(); err != nil {
			return 0, err
		}
	}
	for round := range rounds {
		time.Sleep(150*time.Millisecond + mathrand.N(150*time.Millisecond))
		s := sides[mathrand.IntN(2)]
		if err = s.kill(); err == nil {
			err = s.start()
		}
		if err != nil {
			err = fmt.Errorf("kill %d: %w", round, err)
			break
		}
	}
	for _, s := range sides {
		if killed := s.kill(); err == nil {
			err = killed
		}
	}
	if err != nil {
		return 0, err
	}
	return len(sides[0].acknowledged) + len(sides[1].acknowledged), p.settled(sides[0].acknowledged, sides[1].acknowledged)
}

// Whoever is at the disk is killed, then the other comes with the same disk, and so on.
func TestKillEitherSideAtTheDisk(t *testing.T) {
	total := kills(60)
	root := t.TempDir()
	lanes((total+perNode-1)/perNode, 2, func(n int) {
		entries, err := atTheDisk(filepath.Join(root, strconv.Itoa(n)), min(perNode, total-n*perNode))
		if err != nil {
			t.Errorf("pair %d: %v", n, err)
		}
		t.Logf("pair %d: %d entries acknowledged, and held by both", n, entries)
	})
}

func atTheDisk(root string, rounds int) (entries int, err error) {
	p, err := found(root, "")
	if err != nil {
		return 0, err
	}
	var sides []*side
	for _, unit := range []event.Unit{station, city} {
		sides = append(sides, &side{order: order{Do: "exchange", Unit: unit, Dir: p.dir(unit), Disk: p.disk()}})
	}
	for round := range rounds {
		s := sides[round%2]
		if err := s.start(); err != nil {
			return 0, err
		}
		if refs, ok := <-s.lines; ok {
			s.acknowledged = append(s.acknowledged, refs...)
			time.Sleep(mathrand.N(150 * time.Millisecond))
		}
		if err := s.kill(); err != nil {
			return 0, fmt.Errorf("kill %d: %w", round, err)
		}
	}
	return len(sides[0].acknowledged) + len(sides[1].acknowledged), p.settled(sides[0].acknowledged, sides[1].acknowledged)
}

// cuts is how many calls of a disk visit are cut: a sample, for there are many and each costs two nodes.
const cuts = 16

// The power is cut while a station writes a disk, or while the city reads one: the removable disk and the node's own lose what was
// not synced.
func TestPowerCutOnTheDiskRoad(t *testing.T) {
	ctx := context.Background()
	template := t.TempDir()
	p, err := found(template, "")
	if err != nil {
		t.Fatal(err)
	}
	var before []event.Ref
	for _, unit := range []event.Unit{station, city} {
		m, err := p.open(ctx, unit)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			refs, err := m.act(ctx, i)
			if err != nil {
				t.Fatal(err)
			}
			before = append(before, refs...)
		}
		if unit == station {
			_, err = m.WriteDisk(ctx, p.disk())
		}
		if err != nil {
			t.Fatal(err)
		}
		m.close()
	}
	for _, unit := range []event.Unit{station, city} {
		t.Run(string(unit), func(t *testing.T) {
			probe := newDisk(t, copied(t, template), 0)
			if _, err := visitOn(probe, unit); err != nil {
				t.Fatal(err)
			}
			var writes []int
			for n, call := range probe.Calls() {
				if call.Writes() {
					writes = append(writes, n)
				}
			}
			t.Logf("%d calls that write", len(writes))
			lanes(cuts*times(), 8, func(i int) {
				random := mathrand.New(mathrand.NewPCG(uint64(i), 3))
				n := writes[random.IntN(len(writes))]
				disk := newDisk(t, copied(t, template), uint64(i))
				disk.CutAt(n)
				acknowledged, _ := visitOn(disk, unit) // an error is what it should end with
				after := t.TempDir()
				if err := disk.Crash(after); err != nil {
					t.Error(err)
					return
				}
				if err := (pair{root: after}).settled(before, acknowledged); err != nil {
					t.Errorf("power cut in call %d (%s), seed %d: %v", n, probe.Calls()[n], i, err)
				}
			})
		})
	}
}

// visitOn opens a node of a pair on a broken disk, acts once and visits the removable disk, which lies on the broken one too.
func visitOn(disk *Disk, unit event.Unit) ([]event.Ref, error) {
	ctx := context.Background()
	p := pair{root: disk.Root()}
	vfs, remove := disk.VFS()
	defer remove()
	m, err := openMember(ctx, unit, p.dir(unit), vfs, disk.Files())
	if err != nil {
		return nil, err
	}
	defer m.close()
	refs, err := m.act(ctx, 1)
	if err != nil {
		return nil, err
	}
	return refs, m.visit(ctx, p.disk())
}
