package office

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Difference is one row that a replay does not give as the live table has it.
type Difference struct {
	Table    string `json:"table"`
	Live     string `json:"live"`     // empty: the row is not in the live table
	Replayed string `json:"replayed"` // empty: the replay does not give the row
}

// String is one line for a report.
func (d Difference) String() string {
	return fmt.Sprintf("%s: live [%s] replayed [%s]", d.Table, d.Live, d.Replayed)
}

// Rebuild is the result of a replay.
type Rebuild struct {
	Entries     int64        `json:"entries"`
	Tables      int          `json:"tables"`
	Rows        int64        `json:"rows"`
	Differences []Difference `json:"differences"`
}

// maxDifferences bounds a report; the count of what was found is exact up to it.
const maxDifferences = 1000

// CheckRebuild replays the journal into empty tables beside one snapshot of the live ones and compares them row by row. Nothing of the
// live tables is touched, and everybody goes on working.
func (o *Office) CheckRebuild(ctx context.Context, progress func(entries int64)) (result *Rebuild, err error) {
	shadow, remove, err := o.shadow(ctx)
	if err != nil {
		return nil, err
	}
	defer remove()
	err = shadow.Write(ctx, func(empty *store.Tx) error {
		result, err = o.CheckRebuildIn(ctx, empty, progress)
		return err
	})
	return result, err
}

// CheckRebuildIn is CheckRebuild with the empty tables of another database, in a transaction that its caller keeps or undoes.
func (o *Office) CheckRebuildIn(ctx context.Context, empty *store.Tx, progress func(entries int64)) (*Rebuild, error) {
	result := &Rebuild{Differences: []Difference{}}
	err := o.DB.Read(ctx, func(live *store.Tx) error {
		if err := o.replay(ctx, live, empty, result, progress); err != nil {
			return err
		}
		return o.compareAll(ctx, live, empty, result)
	})
	return result, err
}

// shadow opens an empty second database: a file beside the node's on SQLite, a schema on PostgreSQL.
func (o *Office) shadow(ctx context.Context) (*store.DB, func(), error) {
	config := o.DB.Config()
	remove := func() {}
	if o.DB.Engine() == store.SQLite {
		dir, err := os.MkdirTemp(filepath.Dir(config.SQLite), "rebuild-")
		if err != nil {
			return nil, nil, err
		}
		remove = func() { os.RemoveAll(dir) }
		config.SQLite = filepath.Join(dir, "shadow.db")
	} else {
		mark := make([]byte, 6)
		if _, err := rand.Read(mark); err != nil {
			return nil, nil, err
		}
		config.Schema = fmt.Sprintf("rebuild_%x", mark)
	}
	db, err := store.Open(ctx, config)
	if err != nil {
		remove()
		return nil, nil, err
	}
	done := func() {
		if config.Schema != "" {
			_ = db.DropSchema(context.WithoutCancel(ctx))
		}
		db.Close()
		remove()
	}
	if err := o.migrateRooms(ctx, db); err != nil {
		done()
		return nil, nil, err
	}
	if err := db.Migrate(ctx, migration()); err != nil {
		done()
		return nil, nil, err
	}
	return db, done, nil
}

// replay applies every entry, tree after tree, up to each tree's apply position.
func (o *Office) replay(ctx context.Context, live, empty *store.Tx, result *Rebuild, progress func(int64)) error {
	heads, err := journal.Heads(ctx, live)
	if err != nil {
		return err
	}
	for _, h := range heads {
		err := journal.EachOf(ctx, live, h.Stream, h.Generation, 0, h.Applied, func(e *journal.Entry) error {
			result.Entries++
			if progress != nil && result.Entries%1000 == 0 {
				progress(result.Entries)
			}
			return o.apply(ctx, empty, e, false)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) compareAll(ctx context.Context, live, replayed *store.Tx, result *Rebuild) error {
	for _, room := range o.rooms {
		for _, table := range room.Tables() {
			result.Tables++
			if err := compare(ctx, live, replayed, table, result); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare walks two tables in the order of their key, side by side.
func compare(ctx context.Context, live, replayed *store.Tx, table store.Table, result *Rebuild) error {
	next, stop := pull(ctx, replayed, table)
	defer stop()
	other, err := next()
	if err != nil {
		return err
	}
	differ := func(a, b store.Row) {
		if len(result.Differences) < maxDifferences {
			result.Differences = append(result.Differences, Difference{Table: table.Name, Live: text(a), Replayed: text(b)})
		}
	}
	keys := len(table.Key)
	err = live.Rows(ctx, table, "", func(row store.Row) error {
		result.Rows++
		for other != nil && less(table, other, row) {
			differ(nil, other)
			if other, err = next(); err != nil {
				return err
			}
		}
		if other == nil || !slices.Equal(other[:keys], row[:keys]) {
			differ(row, nil)
			return nil
		}
		if !slices.Equal(other, row) {
			differ(row, other)
		}
		other, err = next()
		return err
	})
	for err == nil && other != nil {
		differ(nil, other)
		other, err = next()
	}
	return err
}

func text(r store.Row) string {
	if r == nil {
		return ""
	}
	return r.String()
}
