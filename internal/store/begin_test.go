package store

import (
	"context"
	"path/filepath"
	"testing"
)

// A transaction that was left behind on a connection, as by a beginning that was interrupted when it had taken effect, is over for whoever comes next.
func TestBegunAllTheSame(t *testing.T) {
	ctx := context.Background()
	db, err := Open(ctx, Config{SQLite: filepath.Join(t.TempDir(), "a.db"), Key: make([]byte, KeySize), Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, one := range map[string]struct {
		sessions chan *session
		run      func(context.Context, func(*Tx) error) error
	}{"reading": {db.readers, db.Read}, "writing": {db.writers, db.Write}} {
		s := <-one.sessions
		if _, err := s.conn.ExecContext(ctx, "begin"); err != nil {
			t.Fatal(err)
		}
		one.sessions <- s
		run := func() error {
			return one.run(ctx, func(tx *Tx) error { return tx.Get(ctx, "select 1", nil, new(int)) })
		}
		if err := run(); err == nil {
			t.Errorf("%s: in the transaction that was left", name)
		}
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
