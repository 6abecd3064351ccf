package webtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/campaign"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// city is the played city: where each unit's pages are.
type city struct {
	pages map[event.Unit]string
	units []event.Unit
}

// Size of the played city.
const (
	cityResidents = 1200
	cityDays      = 17
)

var (
	folder string
	stop   = func() error { return nil }
)

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "huzheng-pages-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if browsertest.Camera, err = drawCamera(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// publicFile is what the played city's page for citizens is served from.
func publicFile() string { return filepath.Join(folder, "public.huzheng") }

// played plays the city at the first test that asks for it, and serves it until the last has ended.
var played = sync.OnceValues(func() (*city, error) {
	c := &campaign.Campaign{Dir: folder, Residents: cityResidents, Stations: campaign.MinStations, Days: cityDays, Seed: 1, From: citizen.MustDate("2005-09-01")}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := c.Run(ctx); err != nil {
		cancel()
		return nil, err
	}
	if err := store.WriteDurably(store.OS{}, publicFile(), func(out io.Writer) error { return c.WritePublic(ctx, out) }); err != nil {
		cancel()
		return nil, err
	}
	if err := importMarkup(ctx, c); err != nil {
		cancel()
		return nil, err
	}
	if err := c.OpenPages(ctx, ""); err != nil {
		cancel()
		return nil, err
	}
	if err := c.OpenTour(ctx); err != nil {
		cancel()
		return nil, err
	}
	served := make(chan error, 1)
	go func() { served <- c.Serve(ctx) }()
	stop = func() error {
		cancel()
		return <-served
	}
	nodes, err := c.Layout()
	if err != nil {
		return nil, err
	}
	all := &city{pages: make(map[event.Unit]string)}
	for _, n := range nodes {
		for _, unit := range n.Units {
			all.pages[unit] = strings.TrimSuffix(n.Pages, "/")
			all.units = append(all.units, unit)
		}
	}
	slices.Sort(all.units)
	return all, nil
})

// markupNumber is the citizen number of somebody whose texts are markup: no act sets such a name, but an old file may hold one, and pages must show it as text.
const markupNumber = "220102193003059415"

// importMarkup brings that person in, alone in a household of the station's.
func importMarkup(ctx context.Context, c *campaign.Campaign) error {
	path := filepath.Join(folder, "markup.csv")
	rows := "record_id,citizen_number,name,sex,ethnic_group,birth_date,native_place,address,unit,household_no,relation,workplace\n" +
		"markup-1," + markupNumber + `,"<script>alert(1)</script>",1,01,1930-03-05,"<b>alert(1)</b>","""><img src=x onerror=alert(1)>",` + string(theStation) + `,999000001,02,"<script>alert(2)</script>"` + "\n"
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		return err
	}
	return c.Import(ctx, theStation, path)
}

var (
	takenBy   = make(map[string]string) // what of the shared city a test has made its own, to that test
	takenLock sync.Mutex
)

// free makes people, cards and days of the shared city the test's own, all of them or none, and tells whether it could: what two tests took would make one depend on the other, and they run in any order.
func free(t *testing.T, all ...string) bool {
	takenLock.Lock()
	defer takenLock.Unlock()
	for _, one := range all {
		if _, taken := takenBy[one]; taken {
			return false
		}
	}
	for _, one := range all {
		takenBy[one] = t.Name()
	}
	return true
}

// freeOf is the first of a list that nobody has taken; it is the test's own from then on.
func freeOf(t *testing.T, all []string) string {
	t.Helper()
	i := slices.IndexFunc(all, func(one string) bool { return free(t, one) })
	if i < 0 {
		t.Fatalf("none of %d is left", len(all))
	}
	return all[i]
}

// open signs an operator in at the node that serves a unit: open(t, "clerk", "220102001", "zh").
func open(t *testing.T, post string, unit event.Unit, lang string) *browsertest.Tab {
	t.Helper()
	all, err := played()
	if err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Open(t, all.pages[unit])
	tab.SignIn(post+string(unit), campaign.Password, lang)
	return tab
}

// Units of the played city: one with a node and a line, one that goes by disk, a county with a node and the city.
const (
	theCity    event.Unit = "220100"
	theCounty  event.Unit = "220102"
	theStation event.Unit = "220102001"
)
