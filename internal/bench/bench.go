// Package bench holds the benchmarks of docs/benchmarks.md: each measures Huzheng against a named reference in the same run, turn by
// turn on the same tables, and gives the ratio, which holds when the machine's speed drifts.
package bench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// Result is one line of the table.
type Result struct {
	Name      string  `json:"name"`
	Engine    string  `json:"engine"`
	Ours      float64 `json:"ours"`      // per second
	Reference float64 `json:"reference"` // per second
	Unit      string  `json:"unit"`      // of both
	Ratio     float64 `json:"ratio"`
	Target    float64 `json:"target"` // the ratio that must be reached
	Against   string  `json:"against"`
	Memory    int64   `json:"memory_mib,omitempty"`       // the process's peak while ours ran, MiB; 0: not measured
	Limit     int64   `json:"memory_limit_mib,omitempty"` // of Memory; 0: none
}

// Met tells whether the target was reached.
func (r Result) Met() bool { return r.Ratio >= r.Target && (r.Limit == 0 || r.Memory <= r.Limit) }

// Options bound a run.
type Options struct {
	Rows     int    // rows in the tables before measuring starts
	Seconds  int    // how long each pair is measured
	Dir      string // a folder for files
	Postgres string // DSN of an empty database with fsync on; empty: the engine is left out
	// Executable is the program whose processes Start measures.
	Executable string
	// Workers starts n processes that each run Worker with the given configuration; for the benchmark of several processes.
	Workers  func(ctx context.Context, n int, mode string) (perSecond float64, err error)
	Progress func(string)
	DuckDB   string // the program of tools/duckdb; empty: its rows are left out
	Seeds    int    // synthetic cities that linkage is measured on; 0: only what needs no truth
}

func (o *Options) say(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

// engines lists the databases to measure on.
func (o *Options) engines() []store.Config {
	all := []store.Config{{SQLite: filepath.Join(o.Dir, "bench.db"), Key: make([]byte, store.KeySize)}}
	if o.Postgres != "" {
		all = append(all, store.Config{Postgres: o.Postgres})
	}
	return all
}

// bed is an open office with full tables.
type bed struct {
	office *office.Office
	db     *store.DB
	config store.Config
}

// openBed opens an office of a unit that hosts the units named.
func openBed(ctx context.Context, config store.Config, dir string, unit event.Unit, hosts ...event.Unit) (*bed, error) {
	db, err := store.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	key, err := journal.NewKey(unit)
	if err != nil {
		return nil, err
	}
	o, err := office.New(office.Office{DB: db, Blobs: store.NewBlobs(store.OS{}, filepath.Join(dir, "blobs"), identity), Key: key,
		City: "220100", Clock: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}, []office.Room{room{}}, []office.Action{change}, nil)
	if err != nil {
		return nil, err
	}
	if err := o.Migrate(ctx); err != nil {
		return nil, err
	}
	err = db.Write(ctx, func(tx *store.Tx) error {
		for _, unit := range hosts {
			if err := journal.Host(ctx, tx, unit, 1, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return &bed{office: o, db: db, config: config}, err
}

// alternate runs ours and reference in turns of a fixed count until the time is up, and returns how many of each ran in a second.
func alternate(ctx context.Context, seconds, turn int, ours, reference func(context.Context) error) (a, b float64, err error) {
	var spent [2]time.Duration
	var count [2]int
	run := func(i int, fn func(context.Context) error) error {
		start := time.Now()
		for range turn {
			if err := fn(ctx); err != nil {
				return err
			}
		}
		spent[i] += time.Since(start)
		count[i] += turn
		return nil
	}
	limit := time.Duration(seconds) * time.Second
	for spent[0]+spent[1] < limit {
		if err := run(0, ours); err != nil {
			return 0, 0, err
		}
		if err := run(1, reference); err != nil {
			return 0, 0, err
		}
	}
	return float64(count[0]) / spent[0].Seconds(), float64(count[1]) / spent[1].Seconds(), nil
}
