package store_test

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

const piece = 64 << 10 // bytes written by one transaction

// writePieces opens a database and gives what writes so many pieces to it, each in a transaction of its own, and the size of a file of it.
func writePieces(t *testing.T) (exec func(query string, args ...any), write func(n int), size func(suffix string) int64) {
	t.Helper()
	ctx := context.Background()
	config := storetest.SQLiteConfig(t)
	db, err := store.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	exec = func(query string, args ...any) {
		t.Helper()
		if err := db.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, query, args...); return err }); err != nil {
			t.Fatal(err)
		}
	}
	write = func(n int) {
		t.Helper()
		for range n {
			exec("insert into paper(content) values(?1)", bytes.Repeat([]byte{1}, piece))
		}
	}
	size = func(suffix string) int64 {
		t.Helper()
		info, err := os.Stat(config.SQLite + suffix)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	exec("create table paper(id integer primary key, content blob not null) strict")
	return exec, write, size
}

// The log is folded into the database beside those who write, by none of them.
func TestTheLogIsFoldedBeside(t *testing.T) {
	exec, write, size := writePieces(t)
	exec("pragma wal_autocheckpoint = 0") // whoever commits never folds
	const round = 120                     // more than what it is folded after
	for written := int64(1); written <= 4; written++ {
		write(round)
		for deadline := time.Now().Add(30 * time.Second); size("") < written*round*piece/2; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the database has %d bytes after %d rounds of %d", size(""), written, round*piece)
			}
		}
	}
}

// Who writes without a pause and faster than the log is folded folds it himself in the end: it does not grow with what is written.
func TestTheLogStaysSmall(t *testing.T) {
	_, write, size := writePieces(t)
	write(1600) // 100 MiB
	if log := size("-wal"); log > 48<<20 {
		t.Errorf("the log has %d bytes", log)
	}
}
