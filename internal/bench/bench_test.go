package bench

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// TestJournalBenchRuns keeps the benchmark itself working; speed is never asserted in a test.
func TestJournalBenchRuns(t *testing.T) {
	results, err := Journal(context.Background(), Options{Rows: 1000, Seconds: 1, Dir: t.TempDir(), Postgres: storetest.PostgresConfig(t).Postgres})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Ours <= 0 || r.Reference <= 0 {
			t.Errorf("%+v", r)
		}
		t.Logf("%+v", r)
	}
}
