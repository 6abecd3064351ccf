package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/bench"
	"github.com/huzheng/huzheng/internal/pgserver"
	"golang.org/x/sync/errgroup"
)

type benchCommand struct {
	Names   []string `arg:"" optional:"" help:"journal, import, exchange, start, pipeline, card, check, photo, pages, linkage, reconcile; all when left out."`
	Rows    int      `help:"Rows in the tables, or to import." default:"1000000"`
	Seconds int      `help:"How long each pair is measured." default:"10"`
	Seeds   int      `help:"Synthetic cities that linkage is measured on; 0: DuckDB's rows and equal results only." default:"3"`
	DuckDB  string   `name:"duckdb" help:"The program of tools/duckdb, linkage's reference; its rows are left out without." placeholder:"PROGRAM"`
	JSON    bool     `help:"One JSON object a line."`

	Worker   string `hidden:"" help:"Run as one of several processes: mode."`
	Number   int    `hidden:""`
	Postgres string `hidden:""`
	Dir      string `hidden:""`
}

// benchmarks are the names and what they run.
var benchmarks = []struct {
	name string
	run  func(context.Context, bench.Options) ([]bench.Result, error)
}{
	{"journal", bench.Journal},
	{"import", bench.Import},
	{"exchange", bench.Exchange},
	{"start", bench.Start},
	{"pipeline", bench.Pipeline},
	{"card", bench.Card},
	{"check", bench.Check},
	{"photo", bench.Photo},
	{"pages", bench.Pages},
	{"linkage", bench.Linkage},
	{"reconcile", bench.Reconcile},
}

// Run measures; a ratio below its target ends with 1.
func (c *benchCommand) Run(env *environment) error {
	if c.Worker != "" {
		n, err := bench.Worker(env.ctx, bench.Options{Rows: c.Rows, Seconds: c.Seconds, Dir: c.Dir, Postgres: c.Postgres}, c.Number, c.Worker)
		if err == nil {
			fmt.Fprintln(env.stdout, n)
		}
		return err
	}
	for _, name := range c.Names {
		if !slices.ContainsFunc(benchmarks, func(b struct {
			name string
			run  func(context.Context, bench.Options) ([]bench.Result, error)
		}) bool {
			return b.name == name
		}) {
			return useError{fmt.Errorf("there is no benchmark %s", name)}
		}
	}
	return c.measure(env)
}

func (c *benchCommand) measure(env *environment) error {
	missed := false
	for _, b := range benchmarks {
		if len(c.Names) > 0 && !slices.Contains(c.Names, b.name) {
			continue
		}
		results, err := c.one(env, b.run)
		if err != nil {
			return fmt.Errorf("bench %s: %w", b.name, err)
		}
		for _, r := range results {
			missed = missed || !r.Met()
			if err := env.print(c.JSON, r, func(w io.Writer) { showResult(w, r) }); err != nil {
				return err
			}
		}
	}
	if missed {
		return errFindings
	}
	return nil
}

// showResult prints a line of the table in docs/benchmarks.md.
func showResult(w io.Writer, r bench.Result) {
	memory := ""
	if r.Memory > 0 {
		memory = fmt.Sprintf("%d MiB", r.Memory)
	}
	fmt.Fprintf(w, "| %s | %s | %s %s | %s | %.2f | %.2f | %s | %s |\n", r.Name, r.Engine, digits(r.Ours), r.Unit, digits(r.Reference), r.Ratio, r.Target, memory, r.Against)
}

// digits writes a measured number with three digits at most behind the point.
func digits(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// one runs a benchmark in a folder and, where the machine has PostgreSQL, on a durable server of its own.
func (c *benchCommand) one(env *environment, run func(context.Context, bench.Options) ([]bench.Result, error)) ([]bench.Result, error) {
	dir, err := os.MkdirTemp("", "huzheng-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	options := bench.Options{Rows: c.Rows, Seconds: c.Seconds, Dir: dir, Seeds: c.Seeds, DuckDB: c.DuckDB, Progress: func(text string) { fmt.Fprintln(env.stderr, text) }}
	if pgserver.Available() {
		server, err := pgserver.Start(true)
		if err != nil {
			return nil, err
		}
		defer server.Stop()
		if options.Postgres, err = server.NewDatabase(); err != nil {
			return nil, err
		}
	} else {
		fmt.Fprintln(env.stderr, "no PostgreSQL on this machine: its rows are left out")
	}
	if options.Executable, err = self(); err != nil {
		return nil, err
	}
	options.Workers = workers(options)
	return run(env.ctx, options)
}

// workers runs several processes of this program at once and adds what they did in a second.
func workers(o bench.Options) func(context.Context, int, string) (float64, error) {
	return func(ctx context.Context, n int, mode string) (float64, error) {
		counts := make([]int, n)
		group, ctx := errgroup.WithContext(ctx)
		for i := range n {
			group.Go(func() error {
				command := exec.CommandContext(ctx, o.Executable, "bench", "--worker", mode, "--number", strconv.Itoa(i), "--rows", strconv.Itoa(o.Rows),
					"--seconds", strconv.Itoa(o.Seconds), "--postgres", o.Postgres, "--dir", o.Dir)
				command.Stderr = os.Stderr
				out, err := command.Output()
				if err != nil {
					return errors.Join(err, errors.New("bench worker"))
				}
				return json.Unmarshal([]byte(strings.TrimSpace(string(out))), &counts[i])
			})
		}
		if err := group.Wait(); err != nil {
			return 0, err
		}
		total := 0
		for _, count := range counts {
			total += count
		}
		return float64(total) / float64(o.Seconds), nil
	}
}
