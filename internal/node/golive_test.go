package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register"
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
