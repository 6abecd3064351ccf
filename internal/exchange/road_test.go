package exchange

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

func TestThreeTiersJoinAndHoldTheSame(t *testing.T) {
	c := threeTiers(t)
	photo := c.station.blob("a photograph")
	for i := range 5 {
		c.station.mustSay(event.Up(stationUnit), fmt.Sprint("s", i), 1, photo)
	}
	c.station.mustSay(event.To(stationUnit, otherUnit), "move", 1)
	c.county.mustSay(event.To(countyUnit, stationUnit), "review", 1)
	c.city.mustSay(event.Down(cityUnit), "setting", 1)
	c.city.mustSay(event.To(cityUnit, stationUnit), "made", 1)
	c.settle()
	for _, unit := range []event.Unit{stationUnit, countyUnit, cityUnit} {
		want := c.city.digest(unit)
		for _, n := range []*testNode{c.county, c.station} {
			if got := n.digest(unit); got != want {
				t.Errorf("%s holds another slice of %s", n.Unit, unit)
			}
		}
	}
	if !c.city.Office.Blobs.Has(photo) {
		t.Error("the photograph did not reach the city")
	}
	for _, n := range []*testNode{c.city, c.county, c.station} {
		n.sound()
		waits, err := n.waitingCount(context.Background())
		must(t, err)
		if waits != 0 {
			t.Errorf("%s: %d parcels wait without a receipt", n.Unit, waits)
		}
		if reason := n.hold(); reason != "" {
			t.Errorf("%s is on hold: %s", n.Unit, reason)
		}
	}
}

func TestDiskRoad(t *testing.T) {
	w := newWorld(t)
	city, county, station := w.sqlite(cityUnit), w.sqlite(countyUnit), w.sqlite(stationUnit)
	ctx := context.Background()
	must(t, city.Found(ctx, ""))
	city.admit(county, "")
	county.admit(station, "")
	photo := station.blob("a photograph")
	station.mustSay(event.Up(stationUnit), "s", 1, photo)
	county.mustSay(event.To(countyUnit, stationUnit), "review", 1)
	city.mustSay(event.Down(cityUnit), "setting", 1)

	first, second := t.TempDir(), t.TempDir()
	station.byDisk(first, county) // reading writes back what is due to the station
	if got := station.note(countyUnit, "review"); got != "" {
		t.Error("the county released an entry that its parent has not receipted")
	}
	county.byDisk(second, city)
	report, err := county.ReadDisk(ctx, second)
	must(t, err)
	if report.Dropped == 0 || report.Fresh == 0 {
		t.Errorf("the city's receipts and entries did not come back: %+v", report)
	}
	county.byDisk(first, station)
	for _, n := range []*testNode{city, county, station} {
		if n.note(stationUnit, "s") == "" || n.note(countyUnit, "review") == "" || n.note(cityUnit, "setting") == "" {
			t.Errorf("%s does not hold everything", n.Unit)
		}
		n.sound()
	}
	if !city.Office.Blobs.Has(photo) {
		t.Error("the photograph did not reach the city")
	}
	index, err := ListDisk(first)
	must(t, err)
	for _, p := range index.Parcels {
		if p.Sender == county.name() && p.Digest == "" {
			t.Errorf("the index does not describe %s", p.File)
		}
	}
	sheet, err := os.ReadFile(filepath.Join(first, "huzheng", "sheet.html"))
	must(t, err)
	if !strings.Contains(string(sheet), "交接单") || !strings.Contains(string(sheet), "Hand-over sheet") {
		t.Error("the sheet is not bilingual")
	}
}

func TestOneDiskServesSeveralStations(t *testing.T) {
	w := newWorld(t)
	city, one, two := w.sqlite(cityUnit), w.sqlite(stationUnit), w.sqlite(otherUnit)
	ctx := context.Background()
	must(t, city.Found(ctx, ""))
	city.admit(one, "")
	city.admit(two, "")
	one.mustSay(event.To(stationUnit, otherUnit), "move", 1)
	two.mustSay(event.Up(otherUnit), "birth", 1)
	dir := t.TempDir()
	for _, n := range []*testNode{one, two} {
		_, err := n.WriteDisk(ctx, dir)
		must(t, err)
	}
	report, err := city.ReadDisk(ctx, dir)
	must(t, err)
	if len(report.Exceptions) > 0 || report.Fresh != 4 { // each stream starts with its closure
		t.Fatalf("%+v", report)
	}
	for _, n := range []*testNode{one, two} {
		report, err := n.ReadDisk(ctx, dir)
		must(t, err)
		if len(report.Exceptions) > 0 || report.Dropped == 0 {
			t.Errorf("%s: %+v", n.Unit, report)
		}
	}
	if two.note(stationUnit, "move") == "" {
		t.Error("the move did not reach the other station")
	}
	if one.note(otherUnit, "birth") != "" {
		t.Error("a station learned what is not due to it")
	}
}

func TestChangeOfRoadInMidStream(t *testing.T) {
	c := threeTiers(t)
	dir := t.TempDir()
	version := int64(0)
	say := func() {
		version++
		c.station.mustSay(event.Up(stationUnit), "s", version)
	}
	say()
	c.station.sync()
	say()
	_, err := c.station.WriteDisk(context.Background(), dir, c.county.name())
	must(t, err)
	say()
	c.station.sync() // the disk is still on its way
	report, err := c.county.ReadDisk(context.Background(), dir)
	must(t, err)
	if len(report.Exceptions) > 0 || report.Fresh != 0 {
		t.Errorf("the disk after the network: %+v", report)
	}
	say()
	c.station.byDisk(dir, c.county)
	c.settle()
	if c.city.digest(stationUnit) != c.station.digest(stationUnit) {
		t.Error("the city does not hold what the station wrote")
	}
}

// cutter passes connections through and cuts each after so many bytes, once.
type cutter struct {
	listener net.Listener
	target   string
	left     atomic.Int64
	cuts     atomic.Int64
}

func newCutter(t testing.TB, target string) *cutter {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c := &cutter{listener: listener, target: target}
	c.left.Store(1 << 60)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.pass(conn)
		}
	}()
	return c
}

func (c *cutter) pass(conn net.Conn) {
	defer conn.Close()
	other, err := net.Dial("tcp", c.target)
	if err != nil {
		return
	}
	defer other.Close()
	done := make(chan bool, 2)
	copyBytes := func(to, from net.Conn) {
		defer func() { done <- true }()
		buffer := make([]byte, 1000)
		for {
			n, err := from.Read(buffer)
			if c.left.Add(-int64(n)) < 0 {
				c.cuts.Add(1)
				c.left.Store(1 << 60)
				return
			}
			if _, e := to.Write(buffer[:n]); err != nil || e != nil {
				return
			}
		}
	}
	go copyBytes(other, conn)
	go copyBytes(conn, other)
	<-done
}

func TestCutConnectionResumes(t *testing.T) {
	c := threeTiers(t)
	cut := newCutter(t, strings.TrimPrefix(c.county.server.URL, "https://"))
	alter(t, c.station, "update exchange_neighbour set address = '"+cut.listener.Addr().String()+"'")
	noise := make([]byte, 300_000)
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 12 {
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		up := c.station.blob(string(noise))
		c.station.mustSay(event.Up(stationUnit), fmt.Sprint("s", round), 1, up)
		noise[0]++
		down := c.city.blob(string(noise))
		c.city.mustSay(event.To(cityUnit, stationUnit), fmt.Sprint("y", round), 1, down)
		c.county.sync()
		cut.left.Store(5_000 + random.Int64N(650_000))
		var failed bool
		for attempt := 0; ; attempt++ {
			_, err := c.station.SyncOnce(context.Background())
			if err == nil && attempt > 0 || attempt > 5 {
				break
			}
			failed = failed || err != nil
		}
		if !c.county.Office.Blobs.Has(up) || !c.station.Office.Blobs.Has(down) {
			t.Fatalf("round %d (failed %v): the blobs did not arrive", round, failed)
		}
	}
	if cut.cuts.Load() < 6 {
		t.Errorf("only %d connections were cut", cut.cuts.Load())
	}
}

func TestTransferGoesOnFromTheByteThatArrived(t *testing.T) {
	c := threeTiers(t)
	cut := newCutter(t, strings.TrimPrefix(c.county.server.URL, "https://"))
	alter(t, c.station, "update exchange_neighbour set address = '"+cut.listener.Addr().String()+"'")
	noise := make([]byte, 1<<20)
	_, err := crand.Read(noise)
	must(t, err)
	c.station.mustSay(event.Up(stationUnit), "s", 1, c.station.blob(string(noise)))
	cut.left.Store(600_000)
	_, err = c.station.SyncOnce(context.Background())
	if err == nil {
		t.Fatal("the connection was not cut")
	}
	c.county.holds(400_000)
	report := c.station.sync()
	if report.Bytes > 1<<20-400_000 {
		t.Errorf("%d bytes were sent again", report.Bytes)
	}
}

func alter(t testing.TB, n *testNode, query string) {
	t.Helper()
	must(t, n.Office.DB.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), query)
		return err
	}))
}

func TestBandwidthLimit(t *testing.T) {
	c := threeTiers(t)
	noise := make([]byte, 200_000)
	_, err := crand.Read(noise)
	must(t, err)
	c.station.mustSay(event.Up(stationUnit), "s", 1, c.station.blob(string(noise)))
	limited := *c.station.Node
	limited.Bandwidth = 200_000
	n, err := NewNode(limited)
	must(t, err)
	started := time.Now()
	_, err = n.SyncOnce(context.Background())
	must(t, err)
	if took := time.Since(started); took < 500*time.Millisecond {
		t.Errorf("200 kB at 200 kB/s took %s", took)
	}
}

func TestRunCarriesBothWaysWithoutWaitingForTheInterval(t *testing.T) {
	c := threeTiers(t)
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	for _, n := range []*testNode{c.county, c.station} {
		wg.Go(func() {
			if err := n.Run(ctx, time.Hour); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(2 * time.Second)
	c.station.mustSay(event.Up(stationUnit), "s", 1)
	c.city.mustSay(event.Down(cityUnit), "setting", 1)
	for start := time.Now(); time.Since(start) < 5*time.Minute; time.Sleep(20 * time.Millisecond) {
		if c.city.note(stationUnit, "s") != "" && c.station.note(cityUnit, "setting") != "" {
			return
		}
	}
	t.Error("nothing arrived within 5 minutes")
}

func TestStrangersAndSuspendedNodesAreRefused(t *testing.T) {
	c := threeTiers(t)
	ctx := context.Background()
	stranger := c.sqlite(stationUnit)
	stranger.RootVerifier = c.city.RootVerifier
	up, _, err := c.station.Parent(ctx)
	must(t, err)
	must(t, stranger.Office.DB.Write(ctx, func(tx *store.Tx) error {
		chain, err := chainOf(ctx, c.county, c.county.name())
		if err != nil {
			return err
		}
		if err := saveChain(ctx, tx, chain); err != nil {
			return err
		}
		return stranger.setNeighbour(ctx, tx, up)
	}))
	if _, err := stranger.SyncOnce(ctx); err == nil {
		t.Error("a node without certificate was served")
	}
	call, err := stranger.call(ctx, up)
	must(t, err)
	if _, err := call.due(ctx, 0); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a stranger asked what is due: %v", err)
	}
	c.station.mustSay(event.Up(stationUnit), "s", 1)
	file := c.station.only(c.county, event.Up(stationUnit))
	must(t, c.county.Suspend(ctx, c.county.operator(), c.station.name(), "stolen"))
	if _, err := c.station.SyncOnce(ctx); err == nil || !strings.Contains(err.Error(), "suspended") {
		t.Errorf("a suspended node was served: %v", err)
	}
	c.county.refused(file, UnknownSigner)
	if _, err := c.county.Seal(ctx, c.county.neighbour(c.station)); !errors.Is(err, ErrSuspended) {
		t.Errorf("sealed for a suspended node: %v", err)
	}
	must(t, c.county.Suspend(ctx, c.county.operator(), c.station.name(), ""))
	c.station.sync()
}

func chainOf(ctx context.Context, n *testNode, node string) (chain [][]byte, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		chain, err = journal.ChainOf(ctx, tx, node)
		return err
	})
	return chain, err
}
