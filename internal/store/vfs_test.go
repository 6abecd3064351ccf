package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/huzheng/huzheng/internal/store"
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/util/vfsutil"
	"github.com/ncruces/go-sqlite3/vfs"
)

// countingVFS counts the blocks that reach the write-ahead log below the encryption.
type countingVFS struct {
	vfs.VFS
	writes, syncs atomic.Int64
}

func (c *countingVFS) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	if name == "" {
		return c.OpenFilename(nil, flags)
	}
	return nil, flags, sqlite3.CANTOPEN
}

func (c *countingVFS) OpenFilename(name *vfs.Filename, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	file, flags, err := vfsutil.WrapOpenFilename(c.VFS, name, flags)
	if err == nil && flags&vfs.OPEN_WAL != 0 {
		file = &countingFile{file, c}
	}
	return file, flags, err
}

type countingFile struct {
	vfs.File
	of *countingVFS
}

func (f *countingFile) WriteAt(p []byte, offset int64) (int, error) {
	f.of.writes.Add(1)
	return f.File.WriteAt(p, offset)
}

func (f *countingFile) Sync(flags vfs.SyncFlag) error {
	f.of.syncs.Add(1)
	return f.File.Sync(flags)
}

func countingDB(t *testing.T) (*countingVFS, store.Config) {
	t.Helper()
	c := &countingVFS{VFS: vfs.Find("os")}
	name := "counting" + t.Name()
	vfs.Register(name, store.Encrypted(c))
	t.Cleanup(func() { vfs.Unregister(name) })
	return c, store.Config{SQLite: filepath.Join(t.TempDir(), "node.db"), Key: make([]byte, store.KeySize), VFS: name}
}

func openCounted(t *testing.T, config store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// A commit encrypts and writes each block of the log about once, and is synced.
func TestACommitWritesEachBlockOnce(t *testing.T) {
	ctx := context.Background()
	c, config := countingDB(t)
	db := openCounted(t, config)
	defer db.Close()
	if err := db.Migrate(ctx, people()); err != nil {
		t.Fatal(err)
	}
	const pages = 40
	writes, syncs := c.writes.Load(), c.syncs.Load()
	if err := db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "insert into person(unit, id, name, photo) values('u', 1, 'n', $1)", make([]byte, pages*4096))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n := c.writes.Load() - writes; n < pages || n > pages+12 {
		t.Errorf("%d blocks were written for %d pages", n, pages)
	}
	if c.syncs.Load() == syncs {
		t.Error("the commit was not synced")
	}
}

// What leaves the cache before the commit, and what is rolled back, harms nothing: another connection and a new opening see what was committed.
func TestLogOfLargeAndUndoneTransactions(t *testing.T) {
	ctx := context.Background()
	_, config := countingDB(t)
	db, other := openCounted(t, config), openCounted(t, config)
	defer func() { db.Close(); other.Close() }()
	if err := db.Migrate(ctx, people()); err != nil {
		t.Fatal(err)
	}
	undo := fmt.Errorf("undone")
	fill := func(db *store.DB, from, n, size int, end error) {
		t.Helper()
		err := db.Write(ctx, func(tx *store.Tx) error {
			for i := range n {
				if _, err := tx.Exec(ctx, "insert into person(unit, id, name, photo) values('u', $1, 'n', $2)", from+i, make([]byte, size)); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, "update person set name = name || 'x' where id >= $1", from); err != nil {
				return err
			}
			return end
		})
		if err != end {
			t.Fatal(err)
		}
	}
	const large = 700 << 10 // 50 of them do not fit into the cache
	fill(db, 0, 3, 10, nil)
	fill(db, 1000, 50, large, undo)
	fill(other, 10, 3, 5000, nil)
	fill(db, 20, 3, 5000, undo)
	fill(db, 30, 3, 5000, nil)
	fill(other, 2000, 3, 5000, undo)
	fill(db, 100, 50, large, nil)
	fill(other, 40, 1, 10, nil)
	check := func(db *store.DB) {
		t.Helper()
		err := db.Read(ctx, func(tx *store.Tx) error {
			var rows, marked int64
			var sound string
			if err := tx.Get(ctx, "pragma integrity_check", nil, &sound); err != nil || sound != "ok" {
				return fmt.Errorf("%s: %w", sound, err)
			}
			err := tx.Get(ctx, "select count(*), sum(case when name like 'nx%' then 1 else 0 end) from person", nil, &rows, &marked)
			if err == nil && (rows != 3+3+3+50+1 || marked != rows) {
				t.Errorf("%d rows, %d of them as they should be", rows, marked)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check(db)
	check(other)
	again := openCounted(t, config)
	defer again.Close()
	check(again)
}
