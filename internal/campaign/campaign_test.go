package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

// A city to look at under a profiler: go test ./internal/campaign -run Profile -v -residents 20000 -days 30 -cpuprofile cpu.prof.
var (
	residents = flag.Int("residents", 0, "residents of the city that TestProfile plays; 0: none")
	days      = flag.Int("days", 12, "its working days")
)

func play(t *testing.T, c *Campaign) *Summary {
	t.Helper()
	c.Dir = t.TempDir()
	defer c.Close()
	s, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func small() *Campaign {
	return &Campaign{Residents: 900, Stations: 6, Days: 12, Seed: 3, From: citizen.MustDate("2005-09-01")}
}

func TestProfile(t *testing.T) {
	if *residents == 0 {
		t.Skip("for profiles")
	}
	c := small()
	c.Residents, c.Days = *residents, *days
	c.Progress = func(p Progress) { t.Log(p) }
	text, err := json.MarshalIndent(play(t, c), "", " ")
	t.Logf("%s %v", text, err)
}

// TestTheSameSeedPlaysTheSameCity compares two summaries; how many parcels carried it all depends on who was faster.
func TestTheSameSeedPlaysTheSameCity(t *testing.T) {
	one, two := play(t, small()), play(t, small())
	for _, s := range []*Summary{one, two} {
		if !s.Sound() || len(s.Notes) > 0 || s.Accepted == 0 || s.Restored != 1 {
			t.Errorf("%+v", s)
		}
		s.Seconds = 0
	}
	a, err1 := json.Marshal(one)
	b, err2 := json.Marshal(two)
	if err := errors.Join(err1, err2); err != nil || string(a) != string(b) {
		t.Errorf("%v\n%s\n%s", err, a, b)
	}
}

func TestAnotherSeedPlaysAnotherCity(t *testing.T) {
	a, b := small(), small()
	b.Seed = 4
	for _, c := range []*Campaign{a, b} {
		if _, err := c.Layout(); err != nil {
			t.Fatal(err)
		}
		c.date = c.From
		if err := c.populate(); err != nil {
			t.Fatal(err)
		}
	}
	if a.stations()[0].window.people[0].Name == b.stations()[0].window.people[0].Name && a.stations()[1].window.people[7].Name == b.stations()[1].window.people[7].Name {
		t.Error("two seeds give one city")
	}
}

func TestAPlayStopsWhenItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	c := small()
	c.Dir = t.TempDir()
	c.Progress = func(p Progress) {
		if p.Day == 2 {
			stop()
		}
	}
	if _, err := c.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWrongSettingsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Campaign){
		"too few residents":       func(c *Campaign) { c.Residents = MinResidents - 1 },
		"too few stations":        func(c *Campaign) { c.Stations = MinStations - 1 },
		"too many stations":       func(c *Campaign) { c.Stations, c.Residents = 100, 100_000 },
		"hardly anybody anywhere": func(c *Campaign) { c.Stations = 20 },
		"no days":                 func(c *Campaign) { c.Days = 0 },
	} {
		c := small()
		change(c)
		if c.Check() == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := small().Check(); err != nil {
		t.Error(err)
	}
}

func TestWorkingDays(t *testing.T) {
	for span, want := range map[[2]string]int{{"2005-09-01", "2005-09-09"}: 7, {"2005-09-03", "2005-09-04"}: 0, {"2005-09-05", "2005-09-05"}: 1, {"2005-09-06", "2005-09-05"}: 0} {
		if got := WorkingDays(citizen.MustDate(span[0]), citizen.MustDate(span[1])); got != want {
			t.Errorf("%v: %d, want %d", span, got, want)
		}
	}
}
