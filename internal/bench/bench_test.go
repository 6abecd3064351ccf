package bench

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/huzheng/huzheng/internal/storetest"
	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// Each benchmark is kept working on both engines with small numbers; speed is never asserted in a test.
func TestEachBenchmarkRuns(t *testing.T) {
	executable := filepath.Join(t.TempDir(), "huzheng")
	if out, err := exec.Command("go", "build", "-o", executable, "../../cmd/huzheng").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, b := range []struct {
		name    string
		run     func(context.Context, Options) ([]Result, error)
		results int
	}{
		{"journal", Journal, 3},
		{"import", Import, 2},
		{"exchange", Exchange, 4},
		{"start", Start, 2},
		{"pipeline", Pipeline, 1},
		{"card", Card, 2},
		{"check", Check, 1},
	} {
		t.Run(b.name, func(t *testing.T) {
			o := Options{Rows: 1000, Seconds: 1, Dir: t.TempDir(), Postgres: storetest.PostgresConfig(t).Postgres, Executable: executable}
			o.Workers = inGoroutines(o)
			results, err := b.run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(results) != b.results {
				t.Errorf("%d results, want %d", len(results), b.results)
			}
			for _, r := range results {
				if r.Ours <= 0 || r.Reference <= 0 || r.Ratio <= 0 || r.Target <= 0 || r.Against == "" {
					t.Errorf("%+v", r)
				}
				t.Logf("%+v", r)
			}
		})
	}
	t.Run("photo", func(t *testing.T) { inProgram(t, executable, "photo", 50, 8) })
	t.Run("pages", func(t *testing.T) { inProgram(t, executable, "pages", 1000, 4) })
}

// inProgram runs a benchmark in the program as users build it: under the race detector it takes minutes.
func inProgram(t *testing.T, executable, name string, rows, results int) {
	out, err := exec.Command(executable, "bench", name, "--rows", strconv.Itoa(rows), "--seconds", "1", "--json").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // a target missed is no failure of the test
		err = nil
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		var r Result
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Reference <= 0 || r.Ratio <= 0 || r.Against == "" {
			t.Errorf("%v: %s", err, line)
		}
	}
	if len(lines) != results {
		t.Errorf("%d results, want %d: %s", len(lines), results, out)
	}
}

// inGoroutines stands for the command's processes.
func inGoroutines(o Options) func(context.Context, int, string) (float64, error) {
	return func(ctx context.Context, n int, mode string) (float64, error) {
		var done atomic.Int64
		group, ctx := errgroup.WithContext(ctx)
		for i := range n {
			group.Go(func() error {
				one, err := Worker(ctx, o, i, mode)
				done.Add(int64(one))
				return err
			})
		}
		err := group.Wait()
		return float64(done.Load()), err
	}
}
