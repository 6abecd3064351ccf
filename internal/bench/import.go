package bench

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// importMemory bounds the memory of an import, in MiB.
const importMemory = 1500

// Import measures a go-live import against the bare driver's load of the very rows that it leaves in register_tenure. Ours reads a person
// file, makes chunks, stores them encrypted, writes the journal and applies it with all indexes in place. The reference is given each row
// in memory, its clock stands while it is, and it loads first and makes the same indexes afterwards: a prepared statement in one transaction on
// SQLite, COPY on PostgreSQL.
func Import(ctx context.Context, o Options) ([]Result, error) {
	file := filepath.Join(o.Dir, "people.csv")
	o.say("writing a person file of %d rows", o.Rows)
	if err := writePeople(file, o.Rows, perStation); err != nil {
		return nil, err
	}
	var results []Result
	for _, config := range o.engines() {
		result, err := o.importOn(ctx, config, file)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func (o *Options) importOn(ctx context.Context, config store.Config, file string) (Result, error) {
	n, err := openCity(ctx, filepath.Join(o.Dir, "city-"+string(engineOf(config))), config.Postgres, stations(o.Rows, perStation))
	if err != nil {
		return Result{}, err
	}
	defer n.Close()
	o.say("%s: importing", n.DB.Engine())
	debug.FreeOSMemory() // what an earlier run has left
	resetPeak()
	start := time.Now()
	if err := importFile(ctx, n, file, o.Rows); err != nil {
		return Result{}, err
	}
	ours, memory := time.Since(start), peak()
	o.say("%s: loading the same rows with the bare driver", n.DB.Engine())
	reference, err := o.bareLoad(ctx, n)
	if err != nil {
		return Result{}, err
	}
	rows := float64(o.Rows)
	return Result{Name: fmt.Sprintf("import: %d records", o.Rows), Engine: string(n.DB.Engine()), Ours: rows / ours.Seconds(), Reference: rows / reference.Seconds(),
		Unit: "records/s", Ratio: reference.Seconds() / ours.Seconds(), Target: 0.25, Memory: memory, Limit: importMemory,
		Against: map[store.Engine]string{store.SQLite: "the bare driver: insert the same rows in one transaction, then index",
			store.Postgres: "the bare driver: COPY the same rows, then index"}[n.DB.Engine()]}, nil
}

func engineOf(config store.Config) store.Engine {
	if config.Postgres != "" {
		return store.Postgres
	}
	return store.SQLite
}

// openCity makes a city's node that hosts the stations.
func openCity(ctx context.Context, dir, postgres string, hosts []event.Unit) (*node.Node, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "huzheng.toml")
	config := &node.Config{Unit: "220100", Database: node.Database{Postgres: postgres}}
	if err := config.Write(path); err != nil {
		return nil, err
	}
	config, err := node.LoadConfig(path)
	if err != nil {
		return nil, err
	}
	keys, err := node.NewKeys(config.Unit)
	if err != nil {
		return nil, err
	}
	n, err := node.Open(ctx, config, keys, "", slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(n.Exchange.Found(ctx, ""), n.Exchange.HostUnits(ctx, hosts...)); err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// importFile does what the command import does.
func importFile(ctx context.Context, n *node.Node, path string, rows int) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		return err
	}
	reader, err := personfile.Open(filepath.Base(path), file, size, personfile.Options{})
	if err != nil {
		return err
	}
	defer reader.Close()
	by := office.Operator{ID: "op", Login: "op", Unit: n.Config.Unit, Roles: []office.Role{office.Administrator}}
	done, err := n.Import(ctx, by, reader, personfile.NewErrorWriter(io.Discard), node.Import{File: filepath.Base(path),
		Digest: hex.EncodeToString(sum.Sum(nil)), Source: "computer"})
	if err == nil && done.Loaded != rows {
		err = fmt.Errorf("%d of %d rows loaded, %d put aside", done.Loaded, rows, done.Bad)
	}
	return err
}

// loader is the reference of the import.
type loader interface {
	load(ctx context.Context, rows [][]any) error
	exec(ctx context.Context, query string) error
}

// loadBatch is how many rows the reference is given at a time.
const loadBatch = 50_000

// bareLoad reads the rows that an import has left and loads them with the bare driver into a table of the same columns; it returns how long
// the driver took.
func (o *Options) bareLoad(ctx context.Context, n *node.Node) (took time.Duration, err error) {
	columns := tenureColumns()
	bare, closeBare, err := o.newLoader(ctx, n, columns)
	if err != nil {
		return 0, err
	}
	defer closeBare()
	timed := func(fn func() error) error {
		start := time.Now()
		err := fn()
		took += time.Since(start)
		return err
	}
	var rows [][]any
	load := func() error { return timed(func() error { return bare.load(ctx, rows) }) }
	if err := timed(func() error { return bare.exec(ctx, "begin") }); err != nil {
		return 0, err
	}
	err = n.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, "select "+strings.Join(columns, ", ")+" from register_tenure", nil, func(r *sql.Rows) error {
			row, err := scanAny(r, len(columns))
			if err != nil {
				return err
			}
			if rows = append(rows, row); len(rows) < loadBatch {
				return nil
			}
			defer func() { rows = rows[:0] }()
			return load()
		})
	})
	if err != nil {
		return 0, err
	}
	return took, timed(func() error {
		if err := bare.load(ctx, rows); err != nil {
			return err
		}
		for _, query := range append([]string{"commit"}, tenureIndexes()...) {
			if err := bare.exec(ctx, query); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanAny(r *sql.Rows, n int) ([]any, error) {
	row, into := make([]any, n), make([]any, n)
	for i := range row {
		into[i] = &row[i]
	}
	return row, r.Scan(into...)
}

// tenureColumns are those of register_tenure.
func tenureColumns() []string {
	for _, t := range registerdb.New().Tables() {
		if t.Name == "register_tenure" {
			return append(append([]string{}, t.Key...), t.Columns...)
		}
	}
	return nil
}

// bareTable is the reference's; a key is an index too and made after loading.
const bareTable = "bare_tenure"

var indexPattern = regexp.MustCompile(`create index (\w+) on register_tenure \(([^)]*)\)|drop index (\w+)`)

// tenureIndexes makes the indexes that register_tenure has when all its migrations have run.
func tenureIndexes() []string {
	var names []string
	columns := make(map[string]string)
	files := registerdb.New().Migration().Files
	_ = fs.WalkDir(files, ".", func(path string, _ fs.DirEntry, _ error) error {
		text, _ := fs.ReadFile(files, path) // embedded; a folder has no text
		for _, match := range indexPattern.FindAllStringSubmatch(string(text), -1) {
			if made := match[1]; made != "" {
				names, columns[made] = append(names, made), match[2]
			} else {
				names = slices.DeleteFunc(names, func(name string) bool { return name == match[3] })
			}
		}
		return nil
	})
	queries := []string{"create unique index bare_tenure_key on " + bareTable + " (unit, tenure)"}
	for i, name := range names {
		queries = append(queries, fmt.Sprintf("create index bare_tenure_%d on %s (%s)", i+1, bareTable, columns[name]))
	}
	return queries
}

func createBare(columns []string, number, end string) string {
	var lines []string
	for _, c := range columns {
		kind := "text"
		if c == "version" || c == "pinyin_v" {
			kind = number
		}
		lines = append(lines, c+" "+kind+" not null")
	}
	return "create table " + bareTable + " (" + strings.Join(lines, ", ") + ")" + end
}

func (o *Options) newLoader(ctx context.Context, n *node.Node, columns []string) (loader, func(), error) {
	config := store.Config{SQLite: filepath.Join(o.Dir, "bare.db"), Key: make([]byte, store.KeySize)}
	if n.DB.Engine() == store.Postgres {
		config = store.Config{Postgres: n.Config.Database.Postgres}
	}
	pool, err := openDriver(config)
	if err != nil {
		return nil, nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	closeBare := func() { conn.Close(); pool.Close() }
	if n.DB.Engine() == store.Postgres {
		_, err = conn.ExecContext(ctx, createBare(columns, "bigint", ""))
		return &copyLoader{bareConn{conn}, columns}, closeBare, err
	}
	if _, err := conn.ExecContext(ctx, createBare(columns, "integer", " strict")); err != nil {
		return nil, nil, err
	}
	insert, err := conn.PrepareContext(ctx, "insert into "+bareTable+" values(?"+strings.Repeat(", ?", len(columns)-1)+")")
	return &insertLoader{bareConn{conn}, insert}, closeBare, err
}

type bareConn struct{ conn *sql.Conn }

func (c bareConn) exec(ctx context.Context, query string) error {
	_, err := c.conn.ExecContext(ctx, query)
	return err
}

type insertLoader struct {
	bareConn
	insert *sql.Stmt
}

func (l *insertLoader) load(ctx context.Context, rows [][]any) error {
	for _, row := range rows {
		if _, err := l.insert.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}

type copyLoader struct {
	bareConn
	columns []string
}

func (l *copyLoader) load(ctx context.Context, rows [][]any) error {
	return l.conn.Raw(func(raw any) error {
		_, err := raw.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{bareTable}, l.columns, pgx.CopyFromRows(rows))
		return err
	})
}
