package campaign

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

var (
	residents = flag.Int("residents", 1200, "")
	days      = flag.Int("days", 12, "")
)

func TestTry(t *testing.T) {
	dir := t.TempDir()
	c := &Campaign{Dir: dir, Residents: *residents, Stations: 6, Days: *days, Seed: 1, From: citizen.MustDate("2005-09-01"),
		Progress: func(p Progress) { t.Log(p) }}
	defer c.Close()
	s, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", " ")
	_ = e.Encode(s)
}
