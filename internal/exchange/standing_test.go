package exchange

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/storetest"
)

// What waits is counted by what the neighbour has acknowledged, whatever has been sealed, and from both ends.
func TestStandings(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	city, county := w.node(cityUnit, storetest.PostgresConfig(t)), w.node(countyUnit, storetest.PostgresConfig(t))
	must(t, city.Found(ctx, ""))
	city.admit(county, "")
	dir := t.TempDir()
	visit := func(road ...func(context.Context, string) (*DiskReport, error)) {
		t.Helper()
		for _, fn := range road {
			_, err := fn(ctx, dir)
			must(t, err)
		}
	}
	all := func(n *testNode) Standing {
		t.Helper()
		s, err := n.Standings(ctx)
		must(t, err)
		if len(s) != 1 {
			t.Fatalf("%d neighbours", len(s))
		}
		return s[0]
	}
	toCity := func(ctx context.Context, dir string) (*DiskReport, error) { return county.WriteDisk(ctx, dir) }
	visit(toCity, city.ReadDisk, county.ReadDisk)
	before, err := county.Unacknowledged(ctx)
	must(t, err)
	if s := all(county); before != 0 || s.ToSend != 0 || s.ToReceive != 0 || s.Sealed != 0 {
		t.Fatalf("%d wait, %+v", before, s)
	}
	photo := county.blob("a photograph")
	county.mustSay(event.Up(countyUnit), "a", 1, photo)
	county.mustSay(event.To(countyUnit, stationUnit), "b", 1)
	city.mustSay(event.Down(cityUnit), "c", 1)
	told := 0
	_, err = county.WriteDiskTelling(ctx, dir, func(done, of int) {
		if told++; done > of {
			t.Errorf("%d of %d", done, of)
		}
	})
	must(t, err)
	waits, err := county.Unacknowledged(ctx)
	must(t, err)
	if s := all(county); waits != 4 /* two, and the opening of each tree's generation */ || s.ToSend != 4 || s.Sealed == 0 || s.Bytes == 0 || told != s.Sealed {
		t.Errorf("%d wait, told %d, %+v", waits, told, s)
	}
	if s := all(city); s.ToSend != 2 { // its own, and one that the county has taken in and not acknowledged yet
		t.Errorf("the city: %+v", s)
	}
	visit(city.ReadDisk, county.ReadDisk, toCity, city.ReadDisk)
	for _, n := range []*testNode{city, county} {
		if s := all(n); s.ToSend != 0 || s.ToReceive != 0 || s.MissBlob != 0 {
			t.Errorf("%s: %+v", n.Unit, s)
		}
	}
}
