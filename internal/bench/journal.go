package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver "pgx", the reference
)

const (
	ourUnit  event.Unit = "220102001"
	bareUnit event.Unit = "220102999" // the reference writes its entries here
	itemUnit            = ourUnit     // whose items both change, so that both find them among the same rows
	workers             = 4
)

// workerUnit is the unit of the i-th process of several; the reference has units of its own.
func workerUnit(i int, mode string) event.Unit {
	if mode == bareMode {
		return event.Unit(fmt.Sprintf("22010320%d", i))
	}
	return event.Unit(fmt.Sprintf("22010310%d", i))
}

// The modes of a worker process.
const (
	oursMode = "ours"
	bareMode = "bare"
)

// Journal measures one durable change against the bare driver running the same statements on the same tables, on each engine,
// and four processes on PostgreSQL against the bare driver with four connections.
func Journal(ctx context.Context, o Options) ([]Result, error) {
	var results []Result
	for _, config := range o.engines() {
		b, err := fullBed(ctx, config, o)
		if err != nil {
			return nil, err
		}
		result, err := b.oneChange(ctx, o)
		if err == nil {
			results = append(results, result)
		}
		if err == nil && config.Postgres != "" && o.Workers != nil {
			result, err = fourProcesses(ctx, o)
			results = append(results, result)
		}
		b.db.Close()
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

func fullBed(ctx context.Context, config store.Config, o Options) (*bed, error) {
	units := []event.Unit{ourUnit, bareUnit}
	for i := range workers {
		units = append(units, workerUnit(i, oursMode), workerUnit(i, bareMode))
	}
	b, err := openBed(ctx, config, o.Dir, ourUnit, units...)
	if err != nil {
		return nil, err
	}
	o.say("%s: filling %d rows", b.db.Engine(), o.Rows)
	return b, b.fill(ctx, o.Rows)
}

// note is what a change writes into its item.
const note = "长春市南关区人民大街12号"

// fill puts rows into the item table and entries into the journal, as if they had long been there.
func (b *bed) fill(ctx context.Context, rows int) error {
	return b.db.Write(ctx, func(tx *store.Tx) error {
		n := 0
		_, err := tx.Bulk(ctx, "bench_item", []string{"unit", "subject", "version", "note"}, func() ([]any, error, bool) {
			n++
			return []any{string(itemUnit), subject(n), int64(1), note}, nil, n <= rows
		})
		if err != nil {
			return err
		}
		n = 0
		header, body := make([]byte, headerBytes), make([]byte, bodyBytes)
		columns := []string{"stream", "generation", "seq", "at", "kind", "subject", "header", "salt", "body"}
		_, err = tx.Bulk(ctx, "journal_entry", columns, func() ([]any, error, bool) {
			n++
			return []any{"220102998/up", int64(1), int64(n), int64(n), kindChanged, subject(n), header, body[:16], body}, nil, n <= rows
		})
		return err
	})
}

func (b *bed) oneChange(ctx context.Context, o Options) (Result, error) {
	o.say("%s: one durable change", b.db.Engine())
	by := office.Operator{ID: "op", Login: "op", Unit: ourUnit, Roles: []office.Role{office.Clerk}}
	next := newPicker(o.Rows)
	ours := func(ctx context.Context) error {
		_, err := b.office.Do(ctx, by, change.Name, []byte(`{"subject":"`+subject(next())+`"}`))
		return err
	}
	bare, err := openBare(ctx, b.config, bareUnit)
	if err != nil {
		return Result{}, err
	}
	defer bare.close()
	a, r, err := alternate(ctx, o.Seconds, 200, ours, func(ctx context.Context) error { return bare.change(ctx, subject(next())) })
	return Result{Name: "journal: one durable change", Engine: string(b.db.Engine()), Ours: a, Reference: r, Unit: "changes/s", Ratio: a / r,
		Target: 0.5, Against: "the bare driver, same statements, same tables"}, err
}

func fourProcesses(ctx context.Context, o Options) (Result, error) {
	o.say("postgres: four processes on four streams")
	var ours, bare float64
	const rounds = 3
	for range rounds {
		a, err := o.Workers(ctx, workers, oursMode)
		if err != nil {
			return Result{}, err
		}
		b, err := o.Workers(ctx, workers, bareMode)
		if err != nil {
			return Result{}, err
		}
		ours, bare = ours+a/rounds, bare+b/rounds
	}
	return Result{Name: "journal: four processes, four streams", Engine: string(store.Postgres), Ours: ours, Reference: bare, Unit: "changes/s",
		Ratio: ours / bare, Target: 0.5, Against: "the bare driver with four connections, same statements"}, nil
}

// newPicker draws items that are spread over the table.
func newPicker(rows int) func() int {
	var seed [8]byte
	_, _ = rand.Read(seed[:])
	state := binary.LittleEndian.Uint64(seed[:]) | 1
	return func() int {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		return int(state%uint64(max(1, rows))) + 1
	}
}

// bare is the reference: database/sql and the engine's driver, with prepared statements, and nothing of ours.
type bare struct {
	db       *sql.DB
	conn     *sql.Conn
	unit     event.Unit
	postgres bool
	stmts    map[string]*sql.Stmt
	seq      int64
}

// openDriver opens a database as store does, with the driver alone.
func openDriver(config store.Config) (*sql.DB, error) {
	if config.SQLite == "" {
		return sql.Open("pgx", config.Postgres)
	}
	query := url.Values{"vfs": {"adiantum"}, "_pragma": {"hexkey('" + hex.EncodeToString(config.Key) + "')", "busy_timeout(30000)",
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(memory)", "cache_size(-32768)"}}
	return sql.Open("sqlite3", "file:"+(&url.URL{Path: config.SQLite}).EscapedPath()+"?"+query.Encode())
}

func openBare(ctx context.Context, config store.Config, unit event.Unit) (*bare, error) {
	db, err := openDriver(config)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	b := &bare{db: db, conn: conn, unit: unit, postgres: config.Postgres != "", stmts: make(map[string]*sql.Stmt)}
	_, err = conn.ExecContext(ctx, b.number(`insert into journal_head(stream, generation, size, frontier, last_at, applied, signer)
		values($1, 1, 0, $2, 0, 0, '') on conflict do nothing`), string(event.Up(unit)), []byte{})
	if err != nil {
		return nil, err
	}
	err = conn.QueryRowContext(ctx, b.number("select size from journal_head where stream = $1 and generation = 1"), string(event.Up(unit))).Scan(&b.seq)
	return b, err
}

func (b *bare) close() {
	for _, st := range b.stmts {
		st.Close()
	}
	b.conn.Close()
	b.db.Close()
}

// number rewrites $n to ?n for SQLite; none of the statements here has a quoted dollar.
func (b *bare) number(query string) string {
	if b.postgres {
		return query
	}
	out := []byte(query)
	for i, c := range out {
		if c == '$' {
			out[i] = '?'
		}
	}
	return string(out)
}

func (b *bare) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := b.stmts[query]; st != nil {
		return st, nil
	}
	st, err := b.conn.PrepareContext(ctx, b.number(query))
	if err == nil {
		b.stmts[query] = st
	}
	return st, err
}

func (b *bare) exec(ctx context.Context, query string, args ...any) error {
	st, err := b.stmt(ctx, query)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(ctx, args...)
	return err
}

func (b *bare) get(ctx context.Context, query string, args []any, dest ...any) error {
	st, err := b.stmt(ctx, query)
	if err != nil {
		return err
	}
	err = st.QueryRowContext(ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// Sizes of an entry about one change.
const (
	headerBytes = 290
	bodyBytes   = 58
)

// Statements of the journal's, as it runs them.
const (
	selectHead = `select stream, generation, size, frontier, last_at, applied, signer, coalesce(closed_size, -1) from journal_head
		where stream = $1 and generation = $2`
	insertEntry = `insert into journal_entry(stream, generation, seq, at, kind, subject, cause_leaf, header, salt, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	updateHead = "update journal_head set size = $1, frontier = $2, last_at = $3, applied = $4, signer = $5 where stream = $6 and generation = $7"
)

// change runs the statements that one change of ours runs, with values of the same sizes that cost nothing to make.
func (b *bare) change(ctx context.Context, item string) error {
	begin, forUpdate, forShare := "begin immediate", "", ""
	if b.postgres {
		begin, forUpdate, forShare = "begin", " for update", " for share"
	}
	stream := string(event.Up(b.unit))
	var newest, generation, hosted int64
	var hold string
	var closure []byte
	header, salt, body, root := make([]byte, headerBytes), make([]byte, journal.SaltSize), make([]byte, bodyBytes), make([]byte, 5*sha256.Size)
	var version int64
	steps := []func() error{
		func() error { return b.exec(ctx, begin) },
		func() error {
			return b.get(ctx, "select newest_at, hold from office_node where id = 1", nil, &newest, &hold)
		},
		func() error {
			if !b.postgres {
				return nil
			}
			var none any
			return b.get(ctx, "select pg_advisory_xact_lock($1)", []any{lockKey(item)}, &none)
		},
		func() error { return b.get(ctx, selectItem, []any{string(itemUnit), item}, &version) },
		func() error {
			return b.get(ctx, "select generation, closure, hosted from journal_host where unit = $1 order by hosted desc, generation desc limit 1"+forShare,
				[]any{string(b.unit)}, &generation, &closure, &hosted)
		},
		func() error {
			return b.readHead(ctx, stream, forUpdate)
		},
		func() error {
			return b.exec(ctx, insertEntry, stream, int64(1), b.seq, int64(1), kindChanged, item, nil, header, salt, body)
		},
		func() error {
			return b.exec(ctx, upsertItem, string(itemUnit), item, version+1, note)
		},
		func() error {
			return b.exec(ctx, updateHead, b.seq+1, root, int64(1), b.seq+1, "", stream, int64(1))
		},
		func() error { return b.exec(ctx, "commit") },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	b.seq++
	return nil
}

// lockKey is the number of an item, under which the reference locks it.
func lockKey(item string) int64 { return int64(binary.BigEndian.Uint64([]byte(item)[len(item)-8:])) }

// Worker is one of several processes: it makes changes on its own stream for the given seconds and returns how many it made.
func Worker(ctx context.Context, o Options, i int, mode string) (int, error) {
	config := store.Config{Postgres: o.Postgres, Readers: 2}
	next := newPicker(o.Rows)
	var step func(context.Context) error
	if mode == bareMode {
		b, err := openBare(ctx, config, workerUnit(i, mode))
		if err != nil {
			return 0, err
		}
		defer b.close()
		step = func(ctx context.Context) error { return b.change(ctx, subject(next())) }
	} else {
		b, err := openBed(ctx, config, o.Dir, workerUnit(i, mode), workerUnit(i, mode))
		if err != nil {
			return 0, err
		}
		defer b.db.Close()
		by := office.Operator{ID: "op", Login: "op", Unit: workerUnit(i, mode), Roles: []office.Role{office.Clerk}}
		step = func(ctx context.Context) error {
			_, err := b.office.Do(ctx, by, change.Name, []byte(`{"subject":"`+subject(next())+`"}`))
			return err
		}
	}
	return countFor(ctx, o.Seconds, step)
}
