// Package pgserver runs a throwaway PostgreSQL server on a Unix socket in a folder of its own: for tests, benchmarks and
// demonstrations on a machine that has the server's programs. A city's server is set up by its administrators.
package pgserver

import (
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
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx"
)

// Server is a running PostgreSQL server on a Unix socket in a folder of its own.
type Server struct {
	dir     string
	command *exec.Cmd
	dsn     string
	durable bool
	next    atomic.Int64
}

// NewDatabase makes an empty database and returns its DSN.
func (s *Server) NewDatabase() (string, error) {
	admin, err := sql.Open("pgx", s.dsn)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	name := fmt.Sprintf("t_%d_%d", os.Getpid(), s.next.Add(1))
	copied := "" // by files where nobody minds a power cut: less than half of the work
	if s.command != nil && !s.durable {
		copied = " strategy file_copy"
	}
	if _, err := admin.Exec("create database " + name + copied); err != nil {
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

// Start makes a server and waits until it answers. durable leaves fsync on, as a city runs it; otherwise speed comes before safety.
func Start(durable bool) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(shortTemp(), "hzpg")
	if err != nil {
		return nil, err
	}
	server := &Server{dir: dir, durable: durable, dsn: "host=" + dir + " user=app dbname=postgres sslmode=disable"}
	if err := server.launch(bin); err != nil {
		server.Stop()
		os.RemoveAll(dir)
		return nil, err
	}
	return server, nil
}

func (s *Server) launch(bin string) error {
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
	return s.run(bin, credential)
}

// run starts the server's process on the folder's files and waits until it answers.
func (s *Server) run(bin string, credential *syscall.Credential) error {
	args := []string{"-D", filepath.Join(s.dir, "d"), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200"}
	if !s.durable {
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

// Restart starts a server again on its files after Kill.
func (s *Server) Restart() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	credential, err := unprivileged(s.dir)
	if err != nil {
		return err
	}
	return s.run(bin, credential)
}

// shortTemp is a folder for temporary files that every account can reach, for root runs the server as another one, and with a short path: a
// Unix socket's name has at most about 107 bytes.
func shortTemp() string {
	const long = 60
	if dir := os.TempDir(); len(dir) < long && (os.Getuid() != 0 || reachable(dir)) {
		return dir
	}
	return "/tmp"
}

// reachable tells whether every account may pass through a folder and all folders above it.
func reachable(dir string) bool {
	const pass = 0o001
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&pass == 0 {
			return false
		}
		above := filepath.Dir(dir)
		if above == dir {
			return true
		}
		dir = above
	}
}

// Available tells whether this machine has the server's programs.
func Available() bool {
	_, err := binaries()
	return err == nil
}

// At uses a server that runs already.
func At(dsn string) *Server { return &Server{dsn: dsn} }

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
