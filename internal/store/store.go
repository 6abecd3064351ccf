// Package store is the small core over the SQL engines: opening, transactions, locks, bulk loading,
// migrations, table digests and blobs.
//
// SQL text is shared by SQLite and PostgreSQL and written with $1, $2 … placeholders. Where the engines
// differ there is one method here with two bodies, and nothing above this package asks which engine runs.
// See docs/adr/0002-stores.md.
package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Engine names the SQL engine behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// KeySize is the length in bytes of the key that encrypts an SQLite file (Adiantum, 256 bit).
const KeySize = 32

// Config says which database to open. Exactly one of SQLite and Postgres is set.
type Config struct {
	SQLite   string // path of the database file; its folder is made if it is missing
	Key      []byte // KeySize bytes; required with SQLite
	Postgres string // DSN, as pgx reads it
	Schema   string // PostgreSQL only: the schema to work in, made if missing; empty: the server's default
	VFS      string // SQLite only: the VFS to use; empty: Encrypted over the operating system's. Fault tests name their own.
	Readers  int    // read connections of SQLite, or all connections of PostgreSQL; 0: a default
}

// DB is an open database. It is safe for use by many goroutines.
type DB struct {
	engine  Engine
	config  Config
	pool    *sql.DB
	writers chan *session
	readers chan *session
	all     []*session
	folder  *folder // SQLite only
	memory  Memory
}

// Open opens the database, makes the file's folder where needed, and checks that the key fits.
func Open(ctx context.Context, config Config) (*DB, error) {
	switch {
	case config.SQLite != "" && config.Postgres == "":
		return openSQLite(ctx, config)
	case config.Postgres != "" && config.SQLite == "":
		return openPostgres(ctx, config)
	}
	return nil, errors.New("store: name either an SQLite file or a PostgreSQL server")
}

// leastReaders is how many connections of SQLite read at least.
const leastReaders = 4

// busyTimeout is how long SQLite waits for another process's transaction.
const busyTimeout = 30 * time.Second

func openSQLite(ctx context.Context, config Config) (*DB, error) {
	if err := MakeDurably(OS{}, filepath.Dir(config.SQLite)); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	dsn, err := sqliteDSN(config)
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", config.SQLite, err)
	}
	readers := config.Readers
	if readers == 0 {
		readers = max(leastReaders, 2*runtime.GOMAXPROCS(0)) // more than processors: who reads much keeps nobody waiting who reads little
	}
	unlock, err := lockFile(config.SQLite) // two processes that both turn a new file to WAL get in each other's way
	if err != nil {
		pool.Close()
		return nil, err
	}
	defer unlock()
	db := &DB{engine: SQLite, config: config, pool: pool}
	if err := db.fill(ctx, 1, readers); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: open %s: %w (a wrong key looks like this too)", config.SQLite, err)
	}
	return db, nil
}

func sqliteDSN(config Config) (string, error) {
	vfs := config.VFS
	if vfs == "" {
		vfs = encryptedVFS
	}
	query := url.Values{"vfs": {vfs}}
	if len(config.Key) > 0 || vfs == encryptedVFS {
		if len(config.Key) != KeySize {
			return "", fmt.Errorf("store: the SQLite key has %d bytes, want %d", len(config.Key), KeySize)
		}
		query.Add("_pragma", "hexkey('"+hex.EncodeToString(config.Key)+"')")
	}
	for _, pragma := range []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
		"temp_store(memory)",
		fmt.Sprintf("cache_size(-%d)", cacheKiB),
		fmt.Sprintf("wal_autocheckpoint(%d)", foldAtLatest),
	} {
		query.Add("_pragma", pragma)
	}
	return "file:" + (&url.URL{Path: config.SQLite}).EscapedPath() + "?" + query.Encode(), nil
}

// defaultPostgresConns leaves room on a server of 100 connections for several processes of one city node.
const defaultPostgresConns = 16

func openPostgres(ctx context.Context, config Config) (*DB, error) {
	settings, err := pgx.ParseConfig(config.Postgres)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if config.Schema != "" {
		if err := makeSchema(ctx, settings, config.Schema); err != nil {
			return nil, err
		}
		settings.RuntimeParams["search_path"] = pgx.Identifier{config.Schema}.Sanitize()
	}
	pool := stdlib.OpenDB(*settings)
	conns := config.Readers
	if conns == 0 {
		conns = defaultPostgresConns
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	db := &DB{engine: Postgres, config: config, pool: pool}
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("store: connect to PostgreSQL: %w", err)
	}
	return db, nil
}

func makeSchema(ctx context.Context, settings *pgx.ConnConfig, schema string) error {
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return fmt.Errorf("store: connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "create schema if not exists "+pgx.Identifier{schema}.Sanitize())
	return err
}

// fill takes SQLite's connections out of database/sql's pool for good, so that each keeps its prepared statements.
func (db *DB) fill(ctx context.Context, writers, readers int) error {
	db.writers = make(chan *session, writers)
	db.readers = make(chan *session, readers)
	for i := range writers + readers {
		conn, err := db.pool.Conn(ctx)
		if err != nil {
			return err
		}
		s := &session{conn: conn, engine: db.engine, stmts: make(map[string]*sql.Stmt)}
		db.all = append(db.all, s)
		var n int64
		if err := conn.QueryRowContext(ctx, "select count(*) from sqlite_schema").Scan(&n); err != nil {
			return err
		}
		if s.log, err = logOf(conn); err != nil {
			return err
		}
		if i < writers {
			db.writers <- s
		} else {
			db.readers <- s
		}
	}
	conn, err := db.pool.Conn(ctx)
	if err == nil {
		db.folder = newFolder(conn)
	}
	return err
}

// Engine tells which engine runs, for reports and benchmarks only.
func (db *DB) Engine() Engine { return db.engine }

// Config returns what the database was opened with.
func (db *DB) Config() Config { return db.config }

// Close closes every connection. On SQLite the last one out folds the write-ahead log into the file.
func (db *DB) Close() error {
	if db.folder != nil {
		db.folder.close()
	}
	for _, s := range db.all {
		s.close()
	}
	return db.pool.Close()
}

// DropSchema removes the schema that a PostgreSQL database was opened with, and everything in it.
func (db *DB) DropSchema(ctx context.Context) error {
	if db.engine != Postgres || db.config.Schema == "" {
		return errors.New("store: no schema of its own to drop")
	}
	_, err := db.pool.ExecContext(ctx, "drop schema if exists "+pgx.Identifier{db.config.Schema}.Sanitize()+" cascade")
	return err
}

// CopyTo writes a consistent copy of an SQLite database to a new file, encrypted under the same key, while others go on working.
func (db *DB) CopyTo(ctx context.Context, path string) error {
	if db.engine != SQLite {
		return errors.New("store: only an SQLite database is copied as a file")
	}
	target := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + url.Values{"vfs": {encryptedVFS}, "hexkey": {hex.EncodeToString(db.config.Key)}}.Encode()
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "vacuum into ?1", target); err != nil {
		return fmt.Errorf("store: copy to %s failed", path) // the engine's own message would show the key
	}
	return nil
}

// Pages that SQLite's writer keeps in memory, in KiB: always, and while much is loaded at once.
const (
	cacheKiB     = 32 << 10
	loadCacheKiB = 160 << 10
)

// Loading gives SQLite's writer more memory for pages until the function that it returns is called: a load of many rows comes back to every page of
// the indexes that are not in its order, and each that was put out of memory is decrypted and encrypted again. PostgreSQL's memory is its administrators'.
func (db *DB) Loading(ctx context.Context) (done func(), err error) {
	if db.engine == Postgres {
		return func() {}, nil
	}
	if err := db.setCache(ctx, loadCacheKiB); err != nil {
		return nil, err
	}
	return func() { _ = db.setCache(context.WithoutCancel(ctx), cacheKiB) }, nil // only memory is at stake
}

func (db *DB) setCache(ctx context.Context, kib int) error {
	s, release, err := db.acquire(ctx, db.writers)
	if err != nil {
		return err
	}
	defer release()
	_, err = s.conn.ExecContext(ctx, fmt.Sprintf("pragma cache_size = -%d", kib))
	return err
}
