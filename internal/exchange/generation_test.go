package exchange

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// restore opens a copy of a node's database, made while the node was closed, in place of the node.
func (n *testNode) restore(config store.Config, dir string) *testNode {
	n.w.t.Helper()
	n.close()
	unit := n.Unit
	back := &testNode{w: n.w, config: config, dir: dir, identity: n.identity}
	back.open(unit)
	return back
}

// backup copies a node and opens it again.
func (n *testNode) backup() (store.Config, string) {
	n.w.t.Helper()
	unit := n.Unit
	n.close()
	config, dir := n.copyOf()
	n.open(unit)
	return config, dir
}

func TestStationTakesOverFromTheCountyAndGivesBack(t *testing.T) {
	w := newWorld(t)
	city, county := w.sqlite(cityUnit), w.sqlite(countyUnit)
	ctx := context.Background()
	address := city.serve()
	must(t, city.Found(ctx, address))
	city.admit(county, address)
	must(t, county.HostUnits(ctx, stationUnit))
	photo := county.blob("imported")
	for i := range 3 {
		county.mustSay(event.Up(stationUnit), fmt.Sprint("s", i), 1, photo)
	}
	county.sync()

	station := w.sqlite(stationUnit)
	county.admit(station, county.serve())
	if err := county.say(event.Up(stationUnit), "s0", 2); err == nil {
		t.Error("the county still writes for the station")
	}
	county.refusedWith("exchange.hosted_elsewhere", func() error { return county.HostUnits(ctx, stationUnit) })
	county.refusedWith("exchange.admission", func() error { return county.TakeBack(ctx, county.operator(), countyUnit) })
	county.refusedWith("exchange.no_neighbour", func() error { return county.Suspend(ctx, county.operator(), "huzheng-220102001-00000000", "stolen") })
	if err := station.say(event.Up(stationUnit), "s0", 2); err == nil {
		t.Error("the station writes before it holds its earlier journal")
	}
	if reason := station.hold(); reason != office.HoldCatchingUp {
		t.Errorf("hold %q", reason)
	}
	station.sync()
	if station.size(event.Up(stationUnit), 1) != 3 || !station.Office.Blobs.Has(photo) || station.hold() != "" {
		t.Fatalf("the history did not come: %d entries, hold %q", station.size(event.Up(stationUnit), 1), station.hold())
	}
	station.mustSay(event.Up(stationUnit), "s0", 2)
	station.sync()
	county.sync()
	if city.note(stationUnit, "s0") != "s0 2 李" {
		t.Error("the new generation did not reach the city")
	}

	must(t, county.TakeBack(ctx, county.operator(), stationUnit))
	county.mustSay(event.Up(stationUnit), "s0", 3)
	station.mustSay(event.Up(stationUnit), "s1", 9) // it has not heard yet
	_, err := station.SyncOnce(ctx)
	must(t, err)
	if err := station.say(event.Up(stationUnit), "s1", 10); err == nil {
		t.Error("the station goes on writing")
	}
	county.sync()
	if city.note(stationUnit, "s0") != "s0 3 李" || city.note(stationUnit, "s1") != "s1 1 李" {
		t.Errorf("after taking back: %q %q", city.note(stationUnit, "s0"), city.note(stationUnit, "s1"))
	}
	for _, n := range []*testNode{city, county, station} {
		n.sound()
	}
}

func TestRestoredStationStopsCatchesUpAndIsAdmittedAgain(t *testing.T) {
	c := threeTiers(t)
	c.station.mustSay(event.Up(stationUnit), "a", 1)
	c.settle()
	config, dir := c.station.backup()
	c.station.mustSay(event.Up(stationUnit), "a", 2)
	c.station.mustSay(event.To(stationUnit, otherUnit), "move", 1)
	c.settle()
	c.station = c.station.restore(config, dir)

	_, err := c.station.SyncOnce(context.Background())
	must(t, err)
	if reason := c.station.hold(); reason != office.HoldStale {
		t.Fatalf("hold %q", reason)
	}
	if err := c.station.say(event.Up(stationUnit), "b", 1); err == nil {
		t.Fatal("a stale node writes")
	}
	if c.station.note(stationUnit, "a") != "a 2 李" || c.station.size(event.To(stationUnit, otherUnit), 2) != 2 {
		t.Fatal("its own entries did not come back")
	}
	c.county.admit(c.station, c.county.serve())
	c.station.mustSay(event.Up(stationUnit), "b", 1)
	c.settle()
	if c.city.note(stationUnit, "b") == "" || c.city.size(event.Up(stationUnit), 3) != 2 {
		t.Error("the next generation did not reach the city")
	}
	for _, n := range []*testNode{c.city, c.county, c.station} {
		n.sound()
	}
}

func TestRestoredStationWithNewKeys(t *testing.T) {
	c := threeTiers(t)
	c.station.mustSay(event.Up(stationUnit), "a", 1)
	c.settle()
	c.station.close()
	fresh := newIdentity(t, stationUnit)
	fresh.Age = c.station.identity.Age // blobs at rest are encrypted to it
	c.station.identity = fresh
	c.station.open(stationUnit)
	c.county.admit(c.station, c.county.serve())
	c.station.mustSay(event.Up(stationUnit), "b", 1)
	c.settle()
	if c.city.note(stationUnit, "b") == "" {
		t.Error("the new key's entries did not reach the city")
	}
	all, err := c.county.Neighbours(context.Background())
	must(t, err)
	if len(all) != 2 || all[1].Node != c.station.name() {
		t.Errorf("the old node is still a neighbour: %+v", all)
	}
	c.city.sound()
}

func TestLateEntriesOfAnOldGenerationAreNeverApplied(t *testing.T) {
	c := threeTiers(t)
	c.station.mustSay(event.Up(stationUnit), "a", 1)
	c.settle()
	config, dir := c.station.backup()
	// The lost machine writes on, and one parcel of it is on its way.
	c.station.mustSay(event.Up(stationUnit), "a", 7)
	late := c.station.only(c.county, event.Up(stationUnit))
	c.station.mustSay(event.Up(stationUnit), "a", 8)
	_, files := c.station.parcels(c.county)
	later := files[len(files)-1]
	c.station = c.station.restore(config, dir)
	c.county.admit(c.station, c.county.serve())
	c.station.mustSay(event.Up(stationUnit), "b", 1)
	c.settle()
	before := c.county.digest(stationUnit)

	receipt, err := c.county.takeIn(late)
	if !isCode(err, Late) || receipt == nil || receipt.Size != 2 || receipt.Closure == "" {
		t.Fatalf("late: %+v %v", receipt, err)
	}
	if _, err := c.county.takeIn(later); !isCode(err, Late) {
		t.Fatalf("later: %v", err)
	}
	if c.county.digest(stationUnit) != before || c.county.note(stationUnit, "a") != "a 1 李" {
		t.Error("late entries were applied")
	}
	var aside int
	must(t, c.county.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Get(context.Background(), "select count(*) from journal_evidence", nil, &aside)
	}))
	if aside != 1 {
		t.Errorf("%d entries are kept as evidence", aside)
	}
	for _, n := range []*testNode{c.city, c.county, c.station} {
		n.sound()
	}
}

func TestClosedNodeLearnsItFromTheReceipt(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "a", 1)
	station.byDisk(t.TempDir(), city)
	config, dir := station.backup()
	station.mustSay(event.Up(stationUnit), "a", 2)
	disk := t.TempDir()
	_, err := station.WriteDisk(context.Background(), disk)
	must(t, err)
	// Another machine takes the station's place before the disk arrives.
	other := station.w.node(stationUnit, config)
	_ = dir
	city.admit(other, "")
	_, err = city.ReadDisk(context.Background(), disk)
	must(t, err)
	if city.note(stationUnit, "a") != "a 1 李" {
		t.Error("an entry of the replaced machine was applied")
	}
}

func TestRestoredCountyGetsEverythingBack(t *testing.T) {
	c := threeTiers(t)
	config, dir := c.county.backup()
	c.county.mustSay(event.To(countyUnit, stationUnit), "review", 1)
	c.county.mustSay(event.Down(countyUnit), "range", 1)
	c.station.mustSay(event.Up(stationUnit), "a", 1)
	c.settle()
	c.county = c.county.restore(config, dir)
	address := c.county.serve()
	alter(t, c.station, "update exchange_neighbour set address = '"+address+"' where relation = 'parent'")
	c.county.sync()
	c.station.sync()
	if reason := c.county.hold(); reason != office.HoldStale {
		t.Fatalf("hold %q", reason)
	}
	if c.county.note(countyUnit, "review") == "" || c.county.note(countyUnit, "range") == "" || c.county.note(stationUnit, "a") == "" {
		t.Error("not everything came back")
	}
	c.city.admit(c.county, c.city.server.Listener.Addr().String())
	c.county.mustSay(event.To(countyUnit, stationUnit), "review", 2)
	c.settle()
	if c.station.note(countyUnit, "review") != "review 2 李" {
		t.Error("the station does not hear the county's next generation")
	}
	for _, n := range []*testNode{c.city, c.county, c.station} {
		n.sound()
	}
}

func TestRestoredCountyThatForgotItsStation(t *testing.T) {
	w := newWorld(t)
	city, county, station := w.sqlite(cityUnit), w.sqlite(countyUnit), w.sqlite(stationUnit)
	address := city.serve()
	must(t, city.Found(context.Background(), address))
	city.admit(county, address)
	must(t, county.HostUnits(context.Background(), stationUnit))
	config, dir := county.backup()
	county.admit(station, county.serve())
	station.mustSay(event.Up(stationUnit), "a", 1)
	station.sync()
	county.sync()
	county = county.restore(config, dir)
	alter(t, station, "update exchange_neighbour set address = '"+county.serve()+"' where relation = 'parent'")
	_, err := station.SyncOnce(context.Background()) // introduces itself by its certificate
	must(t, err)
	county.sync()
	if county.note(stationUnit, "a") == "" {
		t.Error("the station's entries did not come back")
	}
	if err := county.say(event.Up(stationUnit), "a", 2); err == nil {
		t.Error("the county writes for a station that it had handed over")
	}
	var hosts bool
	must(t, county.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
		hosted, err := journal.HostedUnits(context.Background(), tx)
		for _, h := range hosted {
			hosts = hosts || h.Unit == stationUnit
		}
		return err
	}))
	if hosts {
		t.Error("the county hosts the station again")
	}
	county.sound()
}

func TestRestoredCityReopensByTwoPersons(t *testing.T) {
	c := threeTiers(t)
	config, dir := c.city.backup()
	c.city.mustSay(event.Down(cityUnit), "setting", 1)
	c.city.mustSay(event.To(cityUnit, stationUnit), "made", 1)
	c.settle()
	c.city = c.city.restore(config, dir)
	must(t, c.city.Restored(context.Background()))
	by := c.city.operator()
	c.city.refusedWith("exchange.two_persons", func() error { return c.city.Reopen(context.Background(), by, by.ID) })
	c.city.refusedWith("exchange.not_heard", func() error { return c.city.Reopen(context.Background(), by, "op-2") })
	alter(t, c.county, "update exchange_neighbour set address = '"+c.city.serve()+"' where relation = 'parent'")
	c.county.sync()
	if c.city.note(cityUnit, "setting") == "" || c.city.note(cityUnit, "made") == "" {
		t.Fatal("the city's entries did not come back")
	}
	if err := c.city.say(event.Down(cityUnit), "setting", 2); err == nil {
		t.Error("a restored city writes")
	}
	must(t, c.city.Reopen(context.Background(), by, "op-2"))
	c.city.mustSay(event.Down(cityUnit), "setting", 2)
	c.settle()
	if c.station.note(cityUnit, "setting") != "setting 2 李" || c.station.size(event.Down(cityUnit), 2) != 3 {
		t.Error("the station does not hear the city's next generation")
	}
	for _, n := range []*testNode{c.city, c.county, c.station} {
		n.sound()
	}
}

func TestStationFindsACountyWithNewKeys(t *testing.T) {
	c := threeTiers(t)
	c.settle()
	c.county.close()
	fresh := newIdentity(t, countyUnit)
	fresh.Age = c.county.identity.Age
	c.county.identity = fresh
	c.county.open(countyUnit)
	c.county.server.Close()
	c.city.admit(c.county, c.city.server.Listener.Addr().String())
	c.county.sync()
	alter(t, c.station, "update exchange_neighbour set address = '"+c.county.serve()+"' where relation = 'parent'")
	c.station.mustSay(event.Up(stationUnit), "a", 1)
	c.settle()
	if c.city.note(stationUnit, "a") == "" {
		t.Error("the station's entries did not pass the county's new node")
	}
	up, _, err := c.station.Parent(context.Background())
	must(t, err)
	if up.Node != c.county.name() {
		t.Errorf("the station's parent is %s", up.Node)
	}
	c.station.sound()
}

func TestAdmissionIsChecked(t *testing.T) {
	w, city, station := pair(t)
	ctx := context.Background()
	by := city.operator()
	request := func(unit event.Unit) []byte {
		r, err := NewRequest(unit, newIdentity(t, unit), w.clock())
		must(t, err)
		return r
	}
	for name, try := range map[string]func() error{
		"a unit elsewhere": func() error { _, err := city.Admit(ctx, by, request("320102001"), nil, ""); return err },
		"the unit itself":  func() error { _, err := city.Admit(ctx, by, request(cityUnit), nil, ""); return err },
		"another's person": func() error { _, err := city.Admit(ctx, station.operator(), request(otherUnit), nil, ""); return err },
		"units not within": func() error {
			_, err := city.Admit(ctx, by, request(otherUnit), []event.Unit{countyUnit}, "")
			return err
		},
		"another's unit": func() error {
			_, err := city.Admit(ctx, by, request(countyUnit), []event.Unit{stationUnit}, "")
			return err
		},
		"an altered request": func() error {
			r := request(otherUnit)
			r[60] ^= 1
			_, err := city.Admit(ctx, by, r, nil, "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := city.fingerprint()
			if err := try(); err == nil {
				t.Error("admitted")
			}
			if city.fingerprint() != before {
				t.Error("the tables have changed")
			}
		})
	}
	other := w.sqlite(otherUnit)
	r, err := NewRequest(otherUnit, other.Identity, w.clock())
	must(t, err)
	admission, err := city.Admit(ctx, by, r, nil, "")
	must(t, err)
	if err := w.sqlite(otherUnit).Join(ctx, admission); err == nil {
		t.Error("another node joined with it")
	}
	for i := 0; i < len(admission); i += 97 {
		altered := append([]byte{}, admission...)
		altered[i] ^= 1
		if err := w.sqlite(otherUnit).Join(ctx, altered); err == nil {
			t.Fatalf("joined with an admission altered at byte %d", i)
		}
	}
	must(t, other.Join(ctx, admission))
}

func TestChildCannotStopItsParentByAClaim(t *testing.T) {
	c := threeTiers(t)
	c.county.mustSay(event.Down(countyUnit), "range", 1)
	c.settle()
	var s *statement
	must(t, c.station.Office.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
		s, err = c.station.statement(context.Background(), tx, c.station.neighbour(c.county))
		return err
	}))
	for i := range s.Trees {
		s.Trees[i].Size += 1000
	}
	signed, err := c.station.Identity.Key.SignStatement(stateTitle, s)
	must(t, err)
	must(t, c.county.HearState(context.Background(), c.station.name(), signed))
	if reason := c.county.hold(); reason != "" {
		t.Errorf("the county stopped writing: %s", reason)
	}
}

func TestLostSpoolIsSealedAnew(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "a", 1)
	before, _ := station.parcels(city)
	must(t, os.RemoveAll(filepath.Join(station.dir, "spool")))
	after, files := station.parcels(city)
	if len(after) != len(before) || after[0].ID == before[0].ID {
		t.Fatalf("%+v, then %+v", before, after)
	}
	_, err := city.takeIn(files[0])
	must(t, err)
}
