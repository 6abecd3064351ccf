package faults

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/jackc/pgx/v5"
)

// childVariable makes the test binary a process that is there to be killed; its value is an order.
const childVariable = "HUZHENG_FAULTS_CHILD"

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := obey(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	storetest.Main(m)
}

// order is what a child process does until it is killed.
type order struct {
	Do      string     `json:"do"` // write or exchange
	Dir     string     `json:"dir"`
	DSN     string     `json:"dsn"` // empty: SQLite in Dir
	Workers int        `json:"workers"`
	Unit    event.Unit `json:"unit"`    // exchange: the node's
	Address string     `json:"address"` // exchange: of the city; empty: by disk
	Disk    string     `json:"disk"`    // exchange: the removable disk
}

// childLife bounds a child that nobody kills.
const childLife = 2 * time.Minute

func obey(text string) error {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), childLife)
	defer cancel()
	if o.Do == "exchange" {
		return exchangeLoad(ctx, o)
	}
	return writeLoad(ctx, o)
}

func (o order) config() store.Config {
	if o.DSN != "" {
		return store.Config{Postgres: o.DSN, Readers: 8}
	}
	return sqliteConfig(o.Dir)
}

// writeLoad acts without end and prints what was acknowledged, one line an action.
func writeLoad(ctx context.Context, o order) error {
	node, err := openToy(ctx, o.config(), store.OS{}, filepath.Join(o.Dir, "blobs"))
	if err != nil {
		return err
	}
	errs := make(chan error, o.Workers)
	for worker := range o.Workers {
		go func() {
			for i := 0; ; i++ {
				var blob []byte
				if i%3 == 2 {
					blob = make([]byte, 1+mathrand.IntN(80<<10))
					_, _ = rand.Read(blob)
				}
				refs, err := act(ctx, node, station, "s"+strconv.Itoa((worker+i)%5), mathrand.IntN(2000), blob)
				if err != nil {
					errs <- err
					return
				}
				acknowledge(refs)
			}
		}()
	}
	return <-errs
}

// acknowledge prints entries as one write, so that a kill leaves a whole line or none.
func acknowledge(refs []event.Ref) {
	line, err := json.Marshal(refs)
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.Write(append(line, '\n'))
}

// child is a running child process.
type child struct {
	command *exec.Cmd
	out     io.ReadCloser
	lines   *bufio.Reader
	errors  bytes.Buffer
}

func launch(o order) (*child, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	identity, err := blobIdentity()
	if err != nil {
		return nil, err
	}
	c := &child{command: exec.Command(os.Args[0])}
	c.command.Env = append(os.Environ(), childVariable+"="+string(text), identityVariable+"="+identity.String())
	c.command.Stderr = &c.errors
	if c.out, err = c.command.StdoutPipe(); err != nil {
		return nil, err
	}
	c.lines = bufio.NewReader(c.out)
	return c, c.command.Start()
}

// next reads what the child acknowledges next; io.EOF when it has ended.
func (c *child) next() (refs []event.Ref, err error) {
	line, err := c.lines.ReadBytes('\n')
	if err != nil {
		return nil, io.EOF // a cut line was not acknowledged
	}
	return refs, json.Unmarshal(line, &refs)
}

// rest kills the child and reads what it has acknowledged.
func (c *child) rest() (all []event.Ref, err error) {
	_ = c.command.Process.Kill()
	for {
		refs, err := c.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		all = append(all, refs...)
	}
	_ = c.command.Wait()
	if c.errors.Len() > 0 {
		return all, fmt.Errorf("the child says: %s", c.errors.String())
	}
	return all, nil
}

// killed runs a child, kills it at a random moment, mostly soon after its first acknowledgement, and returns what it has acknowledged.
func killed(o order) (acknowledged []event.Ref, err error) {
	c, err := launch(o)
	if err != nil {
		return nil, err
	}
	if mathrand.IntN(8) == 0 { // perhaps while it opens the node
		time.Sleep(mathrand.N(300 * time.Millisecond))
		return c.rest()
	}
	first, err := c.next()
	if err == nil {
		time.Sleep(mathrand.N(80 * time.Millisecond))
	}
	rest, err := c.rest()
	return append(first, rest...), err
}

// kills is how many processes a test kills: a share of 300, or of HUZHENG_FAULTS.
func kills(share int) int {
	n, err := strconv.Atoi(os.Getenv("HUZHENG_FAULTS"))
	if err != nil || n < 1 {
		n = usualKills
	}
	return max(1, n*share/usualKills)
}

// perNode is how many kills one node sees before the next begins anew, so that judging stays quick.
const perNode = 10

// lanes runs rounds side by side, for they mostly wait for the disk.
func lanes(total, side int, round func(n int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range side {
		wg.Go(func() {
			for n := range next {
				round(n)
			}
		})
	}
	for n := range total {
		next <- n
	}
	close(next)
	wg.Wait()
}

// state is what is known from outside of a node that is killed again and again.
type state struct {
	order        order
	acknowledged []event.Ref
	unknown      int
	rounds       int
}

// judged opens the node, judges it and acts once more.
func (s *state) judged() error {
	ctx := context.Background()
	o, err := openToy(ctx, s.order.config(), store.OS{}, filepath.Join(s.order.Dir, "blobs"))
	if err != nil {
		return err
	}
	defer o.DB.Close()
	if err := judge(ctx, o, station, s.acknowledged, s.unknown); err != nil {
		return err
	}
	if s.rounds++; s.rounds%perNode == 0 {
		if err := replays(ctx, o); err != nil {
			return err
		}
	}
	refs, err := extends(ctx, o, station)
	s.acknowledged = append(s.acknowledged, refs...)
	return err
}

// survive kills a node's processes some times, each time judging what is left.
func (s *state) survive(rounds int, kill func() ([]event.Ref, error)) error {
	for round := range rounds {
		refs, err := kill()
		s.acknowledged = append(s.acknowledged, refs...)
		s.unknown += s.order.Workers
		if err == nil {
			err = s.judged()
		}
		if err != nil {
			return fmt.Errorf("kill %d: %w", round, err)
		}
	}
	return nil
}

func TestKillWritersOfSQLite(t *testing.T) {
	total := kills(100)
	root := t.TempDir()
	lanes((total+perNode-1)/perNode, 2, func(n int) {
		s := &state{order: order{Do: "write", Dir: filepath.Join(root, strconv.Itoa(n)), Workers: 1 + n%3}}
		err := s.survive(min(perNode, total-n*perNode), func() ([]event.Ref, error) {
			if n%3 == 0 {
				return twoKilled(s)
			}
			return killed(s.order)
		})
		if err != nil {
			t.Errorf("node %d: %v", n, err)
		}
		t.Logf("node %d: %d entries acknowledged", n, len(s.acknowledged))
	})
}

// twoKilled lets two processes write to one node and kills them one after the other.
func twoKilled(s *state) ([]event.Ref, error) {
	s.unknown += s.order.Workers // of the second process
	second, err := launch(s.order)
	if err != nil {
		return nil, err
	}
	first, err := killed(s.order)
	rest, err2 := second.rest()
	if err == nil {
		err = err2
	}
	return append(first, rest...), err
}

func TestKillClientsOfPostgreSQL(t *testing.T) {
	server := storetest.Start(t)
	total := kills(50)
	root := t.TempDir()
	lanes((total+perNode-1)/perNode, 2, func(n int) {
		dsn, err := server.NewDatabase()
		if err != nil {
			t.Error(err)
			return
		}
		s := &state{order: order{Do: "write", Dir: filepath.Join(root, strconv.Itoa(n)), DSN: dsn, Workers: 4}}
		if err := s.survive(min(perNode, total-n*perNode), func() ([]event.Ref, error) { return twoKilled(s) }); err != nil {
			t.Errorf("node %d: %v", n, err)
		}
		t.Logf("node %d: %d entries acknowledged", n, len(s.acknowledged))
	})
}

// The server is killed under the load: all of it with an immediate shutdown, or one of its processes with SIGKILL, upon which it starts anew by
// itself, as it does after a crash.
func TestKillPostgreSQL(t *testing.T) {
	server := storetest.Start(t)
	dsn, err := server.NewDatabase()
	if err != nil {
		t.Fatal(err)
	}
	s := &state{order: order{Do: "write", Dir: t.TempDir(), DSN: dsn, Workers: 4}}
	requireFsync(t, s.order.config())
	round := 0
	err = s.survive(kills(30), func() ([]event.Ref, error) {
		c, err := launch(s.order)
		if err != nil {
			return nil, err
		}
		first, err := c.next()
		if err != nil {
			rest, err := c.rest()
			return append(first, rest...), err
		}
		time.Sleep(mathrand.N(80 * time.Millisecond))
		if round++; round%2 == 0 {
			err = killBackend(s.order.config())
		} else if err = server.Kill(); err == nil {
			err = server.Restart()
		}
		rest, _ := c.rest() // it may well complain
		if err == nil {
			err = awake(s.order.config())
		}
		return append(first, rest...), err
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d entries acknowledged", len(s.acknowledged))
}

func requireFsync(t *testing.T, config store.Config) {
	t.Helper()
	db := storetest.Open(t, config)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var on string
		if err := db.Read(t.Context(), func(tx *store.Tx) error { return tx.Get(t.Context(), "show "+setting, nil, &on) }); err != nil || on != "on" {
			t.Fatalf("%s is %q: %v", setting, on, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// killBackend kills one server process of the node's database and waits until the server has noticed: it ends all others.
func killBackend(config store.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, config.Postgres)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var pid int
	if err := conn.QueryRow(ctx, `select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
		and pid <> pg_backend_pid() order by random() limit 1`).Scan(&pid); err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		return err
	}
	for err == nil {
		_, err = conn.Exec(ctx, "select pg_sleep(0.01)")
	}
	return ctx.Err()
}

// awake waits until the server answers again.
func awake(config store.Config) (err error) {
	for range 3000 {
		var db *store.DB
		if db, err = store.Open(context.Background(), config); err == nil {
			return db.Close()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}
