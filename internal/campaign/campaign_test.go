package campaign

import (
	"context"
	"errors"
	"flag"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

// A city to look at under a profiler: go test ./internal/campaign -run none -bench Play -benchtime 1x -residents 20000 -days 30 -cpuprofile cpu.prof.
var (
	residents = flag.Int("residents", 900, "residents of the city that BenchmarkPlay plays")
	days      = flag.Int("days", 12, "its working days")
)

func small() *Campaign {
	return &Campaign{Residents: 900, Stations: 6, Days: 12, Seed: 3, From: citizen.MustDate("2005-09-01")}
}

// BenchmarkPlay plays once, for a profile.
func BenchmarkPlay(b *testing.B) {
	for b.Loop() {
		c := small()
		c.Residents, c.Days, c.Dir = *residents, *days, b.TempDir()
		c.Progress = func(p Progress) { b.Log(p) }
		s, err := c.Run(b.Context())
		if err := errors.Join(err, c.Close()); err != nil {
			b.Fatal(err)
		}
		b.Logf("%+v", s)
	}
}

// TestAPlayIsSound plays a small city whole, with everything that fails on the way. That the same seed plays the same city is shown by script.
func TestAPlayIsSound(t *testing.T) {
	c := small()
	c.Dir = t.TempDir()
	defer c.Close()
	s, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !s.Sound() || len(s.Notes) > 0 || s.Accepted == 0 || s.Restored != 1 {
		t.Errorf("%+v", s)
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
