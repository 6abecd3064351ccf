// Package storetest gives tests real databases of both engines: encrypted SQLite files, and databases of a
// throwaway PostgreSQL server that runs for the length of the test process.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/huzheng/huzheng/internal/pgserver"
	"github.com/huzheng/huzheng/internal/store"
)

// Both runs a test once on each engine, each time on an empty database.
func Both(t *testing.T, test func(t *testing.T, config store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, SQLiteConfig(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, PostgresConfig(t)) })
}

// SQLiteConfig names an SQLite file that does not exist yet.
func SQLiteConfig(t testing.TB) store.Config {
	t.Helper()
	return store.Config{SQLite: filepath.Join(t.TempDir(), "node.db"), Key: bytes.Repeat([]byte{7}, store.KeySize)}
}

// PostgresConfig names a fresh database of the throwaway server.
func PostgresConfig(t testing.TB) store.Config {
	t.Helper()
	return store.Config{Postgres: database(t, shared(t))}
}

// Open opens a database, migrates it and closes it when the test ends.
func Open(t testing.TB, config store.Config, migrations ...store.Migration) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(context.Background(), migrations...); err != nil {
		t.Fatal(err)
	}
	return db
}

// kept are the bytes of SQLite files with empty tables, by key and name.
var kept sync.Map

// Prepare puts a file with empty tables in place where a configuration names an SQLite file that is not there yet, and tells whether it did.
// Otherwise its caller migrates, and lets a new file be kept for the next who asks under the name: the migrations run once in a process, not before
// each of its tests.
func Prepare(t testing.TB, config store.Config, name string) (done bool, keep func(*store.DB)) {
	t.Helper()
	name += string(config.Key)
	if _, err := os.Stat(config.SQLite); config.SQLite == "" || config.VFS != "" || !errors.Is(err, fs.ErrNotExist) {
		return false, func(*store.DB) {}
	}
	file, ok := kept.Load(name)
	if !ok {
		return false, func(db *store.DB) { kept.Store(name, content(t, db)) }
	}
	err := os.MkdirAll(filepath.Dir(config.SQLite), 0o700)
	if err == nil {
		err = os.WriteFile(config.SQLite, file.([]byte), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return true, nil
}

// empties are the databases of Empty, by engine and name.
var (
	emptiesMu  sync.Mutex
	empties    = make(map[string]*store.DB)
	emptiesDir string // of the SQLite files among them
)

// Empty gives a database whose tables are empty to all tests of the process that ask for an engine and a name; the first has it migrated. Whoever writes
// into it undoes that. Main removes it.
func Empty(t testing.TB, engine store.Engine, name string, migrate func(*store.DB) error) *store.DB {
	t.Helper()
	emptiesMu.Lock()
	defer emptiesMu.Unlock()
	name = string(engine) + " " + name
	if db := empties[name]; db != nil {
		return db
	}
	db, err := openEmpty(t, engine)
	if err == nil {
		err = migrate(db)
	}
	if err != nil {
		t.Fatal(err)
	}
	empties[name] = db
	return db
}

func openEmpty(t testing.TB, engine store.Engine) (*store.DB, error) {
	if engine == store.Postgres {
		return store.Open(context.Background(), PostgresConfig(t))
	}
	if emptiesDir == "" {
		dir, err := os.MkdirTemp("", "hzempty")
		if err != nil {
			return nil, err
		}
		emptiesDir = dir
	}
	file := filepath.Join(emptiesDir, fmt.Sprintf("%d.db", len(empties)))
	return store.Open(context.Background(), store.Config{SQLite: file, Key: bytes.Repeat([]byte{7}, store.KeySize), Readers: 1})
}

// removeEmpties closes the databases of Empty and removes their files.
func removeEmpties() {
	for _, db := range empties {
		db.Close()
	}
	if emptiesDir != "" {
		os.RemoveAll(emptiesDir)
	}
}

// content copies an SQLite database.
func content(t testing.TB, db *store.DB) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "empty.db")
	err := db.CopyTo(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var (
	sharedOnce   sync.Once
	sharedServer *pgserver.Server
	errShared    error
)

// shared starts one server for the test process, or uses the one that HUZHENG_TEST_POSTGRES names. It is durable
// (fsync on) only where a test asks for its own with Start.
func shared(t testing.TB) *pgserver.Server {
	t.Helper()
	sharedOnce.Do(func() {
		if dsn := os.Getenv("HUZHENG_TEST_POSTGRES"); dsn != "" {
			sharedServer = pgserver.At(dsn)
			return
		}
		sharedServer, errShared = pgserver.Start(false)
	})
	if errShared != nil {
		t.Fatalf("PostgreSQL for the tests (install it with 'make setup'): %v", errShared)
	}
	return sharedServer
}

// Main runs the tests of a package, and then removes the databases that they shared and stops their server: func TestMain(m *testing.M) { storetest.Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	removeEmpties()
	if sharedServer != nil {
		sharedServer.Stop()
	}
	os.Exit(code)
}

// Start starts a server of the test's own with fsync on, as a city would run it.
func Start(t testing.TB) *pgserver.Server {
	t.Helper()
	server, err := pgserver.Start(true)
	if err != nil {
		t.Fatalf("PostgreSQL for the tests (install it with 'make setup'): %v", err)
	}
	t.Cleanup(server.Stop)
	return server
}

func database(t testing.TB, server *pgserver.Server) string {
	t.Helper()
	dsn, err := server.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}
