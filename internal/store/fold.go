package store

import (
	"context"
	"database/sql"
)

// How much SQLite's write-ahead log grows between two foldings into the database file, and from which size on, in pages, whoever commits folds it as well: only when the folder
// cannot keep up, so that the log does not grow without end.
const (
	foldEvery    = 1000 * frameSize
	foldAtLatest = 8000
)

// folder folds SQLite's write-ahead log into the database file on a connection of its own (a checkpoint, https://sqlite.org/wal.html#ckpt). It hinders nobody who reads or
// writes; left to SQLite, whoever commits at the wrong moment does it for all, and has a page wait for some 10 ms.
type folder struct {
	conn  *sql.Conn
	due   chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

func newFolder(conn *sql.Conn) *folder {
	open, stop := context.WithCancel(context.Background())
	f := &folder{conn: conn, due: make(chan struct{}, 1), stop: stop, ended: make(chan struct{})}
	go f.work(open)
	return f
}

// work folds whenever it is due. What could not be folded stays in the log, where it is as safe, for the next time.
func (f *folder) work(open context.Context) {
	defer close(f.ended)
	for {
		select {
		case <-open.Done():
			return
		case <-f.due:
			_, _ = f.conn.ExecContext(context.Background(), "pragma wal_checkpoint(passive)")
		}
	}
}

// grown says that it is due. It waits for nothing.
func (f *folder) grown() {
	select {
	case f.due <- struct{}{}:
	default:
	}
}

// close ends it, after what it is doing. It may be called again.
func (f *folder) close() {
	f.stop()
	<-f.ended
	f.conn.Close()
}
