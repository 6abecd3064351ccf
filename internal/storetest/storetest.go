// Package storetest gives tests real databases of both engines: encrypted SQLite files, and databases of a
// throwaway PostgreSQL server that runs for the length of the test process.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/store"
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
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
	return store.Config{Postgres: shared(t).Database(t)}
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

// Server is a running PostgreSQL server on a Unix socket in a folder of its own.
type Server struct {
	dir     string
	command *exec.Cmd
	dsn     string
	next    atomic.Int64
}

var (
	sharedOnce   sync.Once
	sharedServer *Server
	errShared    error
)

// shared starts one server for the test process, or uses the one that HUZHENG_TEST_POSTGRES names. It is durable
// (fsync on) only where a test asks for its own with Start.
func shared(t testing.TB) *Server {
	t.Helper()
	sharedOnce.Do(func() {
		if dsn := os.Getenv("HUZHENG_TEST_POSTGRES"); dsn != "" {
			sharedServer = &Server{dsn: dsn}
			return
		}
		sharedServer, errShared = start(false)
	})
	if errShared != nil {
		t.Fatalf("PostgreSQL for the tests (install it with 'make setup'): %v", errShared)
	}
	return sharedServer
}

// Main runs the tests of a package and stops the shared server afterwards: func TestMain(m *testing.M) { storetest.Main(m) }.
func Main(m *testing.M) {
	code := m.Run()
	if sharedServer != nil {
		sharedServer.Stop()
	}
	os.Exit(code)
}

// Start starts a server of the test's own with fsync on, as a city would run it.
func Start(t testing.TB) *Server {
	t.Helper()
	server, err := start(true)
	if err != nil {
		t.Fatalf("PostgreSQL for the tests (install it with 'make setup'): %v", err)
	}
	t.Cleanup(server.Stop)
	return server
}

// StartDurable starts a server with fsync on outside of a test: the benchmarks and the demo use it.
func StartDurable() (*Server, error) { return start(true) }

// Database makes an empty database and returns its DSN.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	dsn, err := s.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// NewDatabase makes an empty database and returns its DSN.
func (s *Server) NewDatabase() (string, error) {
	admin, err := sql.Open("pgx", s.dsn)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	name := fmt.Sprintf("t_%d_%d", os.Getpid(), s.next.Add(1))
	if _, err := admin.Exec("create database " + name); err != nil {
		return "", err
	}
	if strings.Contains(s.dsn, "://") {
		address, err := url.Parse(s.dsn)
		if err != nil {
			return "", err
		}
		address.Path = "/" + name
		return address.String(), nil
	}
	return s.dsn + " dbname=" + name, nil
}

// Stop stops the server at once and removes its folder.
func (s *Server) Stop() {
	if s.command == nil {
		return
	}
	_ = s.command.Process.Signal(syscall.SIGQUIT)
	_ = s.command.Wait()
	os.RemoveAll(s.dir)
}

// Kill ends the server as a power cut of its processes would; Restart brings it back on the same files.
func (s *Server) Kill() error {
	if err := s.command.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	return ignoreExit(s.command.Wait())
}

func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

func start(durable bool) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "hzpg") // a short path: Unix sockets allow about 107 bytes
	if err != nil {
		return nil, err
	}
	server := &Server{dir: dir, dsn: "host=" + dir + " user=app dbname=postgres sslmode=disable"}
	if err := server.launch(bin, durable); err != nil {
		server.Stop()
		os.RemoveAll(dir)
		return nil, err
	}
	return server, nil
}

func (s *Server) launch(bin string, durable bool) error {
	credential, err := unprivileged(s.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "d")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "app", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = s.dir, &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	args := []string{"-D", data, "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200"}
	if !durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	s.command = exec.Command(filepath.Join(bin, "postgres"), args...)
	s.command.Dir = s.dir
	s.command.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	s.command.Stdout, s.command.Stderr = log, log
	if err := s.command.Start(); err != nil {
		return err
	}
	return s.await()
}

func (s *Server) await() error {
	db, err := sql.Open("pgx", s.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	for range 500 {
		if err = db.Ping(); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("the server did not answer: %w", err)
}

// binaries finds the folder of initdb: beside pg_config, or Debian's versioned folder.
func binaries() (string, error) {
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dir := strings.TrimSpace(string(out))
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("initdb not found")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives the folder to the user postgres when we are root, for the server refuses to run as root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
