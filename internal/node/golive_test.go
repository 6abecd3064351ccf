package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// An import holds the lines of a few chunks, whatever the file: stations whose rows are through leave nothing behind, and a column that gives every row a station of its own
// fills no memory.
func TestImportHoldsLittle(t *testing.T) {
	for name, unit := range map[string]func(i int) int{
		"station after station": func(i int) int { return i / (register.MaxChunkLines + 1) },
		"a wrong column":        func(i int) int { return i },
	} {
		t.Run(name, func(t *testing.T) {
			const lines, waiting = 100_000, 20_000
			text := []byte("name,birth_date,unit\n")
			for i := range lines {
				text = fmt.Appendf(text, "王伟,1970-02-03,22%07d\n", unit(i)+1)
			}
			in, err := personfile.Open("people.csv", bytes.NewReader(text), int64(len(text)), personfile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			im := &importer{most: waiting, Import: Import{DryRun: true}, node: &Node{Keys: &Keys{}}, lines: make(map[event.Unit][]register.ChunkLine), pending: make(map[event.Unit][]pendingChunk), result: &Imported{}}
			most, held := 0, 0
			for i := 0; ; i++ {
				record, err := in.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err := im.row(context.Background(), record, err); err != nil {
					t.Fatal(err)
				}
				if i%1000 == 0 {
					held = 0
					for _, lines := range im.lines {
						held += cap(lines)
					}
					most = max(most, held)
				}
			}
			if err := im.flushAll(context.Background()); err != nil || im.waiting != 0 || len(im.lines) > 0 {
				t.Errorf("%d lines wait at the end, %v", im.waiting, err)
			}
			if most < waiting/10 || most > 2*waiting {
				t.Errorf("room for %d lines is held", most)
			}
		})
	}
}

// Every row of a file is loaded, also of a station whose rows fill its last chunk to the brim.
func TestImportLoadsEveryRow(t *testing.T) {
	const first, second = "220102001", "220102002"
	for name, rows := range map[string]map[event.Unit]int{
		"a chunk":                    {first: register.MaxChunkLines},
		"two chunks":                 {first: 2 * register.MaxChunkLines},
		"a row less and a row more":  {first: register.MaxChunkLines - 1, second: register.MaxChunkLines + 1},
		"a whole one beside a short": {first: register.MaxChunkLines, second: 3},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			n := openNode(t, "220100", first, second)
			text, all := []byte("name,birth_date,unit\n"), 0
			for unit, count := range rows {
				for range count {
					text = fmt.Appendf(text, "王伟,1970-02-03,%s\n", unit)
				}
				all += count
			}
			in, err := personfile.Open("people.csv", bytes.NewReader(text), int64(len(text)), personfile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			by := office.Operator{ID: "op", Login: "op", Unit: "220100", Roles: []office.Role{office.Administrator}}
			done, err := n.Import(ctx, by, in, personfile.NewErrorWriter(io.Discard), Import{File: "people.csv", Digest: "00", Source: "computer"})
			if err != nil || done.Loaded != all || done.Bad != 0 {
				t.Fatalf("%+v %v", done, err)
			}
			if err := n.DB.Read(ctx, func(tx *store.Tx) error {
				for unit, want := range rows {
					var got int
					if err := tx.Get(ctx, "select count(*) from register_tenure where unit = $1", []any{unit}, &got); err != nil || got != want {
						t.Errorf("%s: %d rows, want %d: %v", unit, got, want, err)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// openNode founds a node that hosts stations.
func openNode(t *testing.T, unit event.Unit, hosts ...event.Unit) *Node {
	t.Helper()
	path := filepath.Join(t.TempDir(), "huzheng.toml")
	if err := (&Config{Unit: unit}).Write(path); err != nil {
		t.Fatal(err)
	}
	config, err := LoadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeys(unit)
	if err != nil {
		t.Fatal(err)
	}
	n, err := Open(t.Context(), config, keys, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	if err := errors.Join(n.Exchange.Found(t.Context(), ""), n.Exchange.HostUnits(t.Context(), hosts...)); err != nil {
		t.Fatal(err)
	}
	return n
}
