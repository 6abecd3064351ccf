package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// session is one connection with the statements that it has prepared.
type session struct {
	conn    *sql.Conn
	engine  Engine
	stmts   map[string]*sql.Stmt // SQLite only: pgx keeps its own
	reading bool                 // rows are being read: no other statement until they are done
	broken  bool                 // SQLite only: the connection was given up; the next transaction opens another
	log     *frameLog            // SQLite only: the connection's write-ahead log
}

func (s *session) close() {
	for _, st := range s.stmts {
		st.Close()
	}
	clear(s.stmts)
	s.conn.Close()
}

// errNested guards the rule that holds on both engines: one statement at a time on one connection.
var errNested = errors.New("store: a statement was run while the rows of another were being read")

// Tx is one transaction. It is used by one goroutine.
type Tx struct {
	session *session
	memory  *Memory        // nil: it writes
	once    map[string]any // what has been read of the snapshot
}

// maxAttempts bounds how often a transaction is run again after the engine gave way to another one.
const maxAttempts = 5

// Write runs fn in a writing transaction and commits it. When the engine reports a serialization failure or a
// deadlock, fn runs again from the start, so it must keep nothing from an earlier run.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	begin := "begin"
	if db.engine == SQLite {
		begin = "begin immediate"
	}
	for attempt := 1; ; attempt++ {
		err := db.run(ctx, begin, db.writers, nil, fn)
		if err == nil || attempt == maxAttempts || !again(err) {
			return err
		}
	}
}

// Read runs fn on one snapshot of the database; fn must not write.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	begin := "begin"
	if db.engine == Postgres {
		begin = "begin isolation level repeatable read read only"
	}
	return db.run(ctx, begin, db.readers, &db.memory, fn)
}

func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

func (db *DB) run(ctx context.Context, begin string, sessions chan *session, memory *Memory, fn func(*Tx) error) (err error) {
	s, release, err := db.acquire(ctx, sessions)
	if err != nil {
		return err
	}
	defer release()
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &Tx{session: s, memory: memory}
	if _, err := tx.Exec(ctx, begin); err != nil {
		s.rollback() // SQLite can say that it was interrupted when the transaction has begun all the same: whoever comes next must not be in it
		return fmt.Errorf("store: begin: %w", err)
	}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			s.rollback()
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	// Once fn has agreed, the caller's patience must not make the outcome unknown.
	if err := s.commit(context.WithoutCancel(ctx), tx); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	done = true
	if s.log != nil && s.log.grown() {
		db.folder.grown()
	}
	return nil
}

func (s *session) commit(ctx context.Context, tx *Tx) error {
	if s.log != nil {
		s.log.gather()
		defer s.log.release()
	}
	_, err := tx.Exec(ctx, "commit")
	return err
}

func (db *DB) acquire(ctx context.Context, sessions chan *session) (*session, func(), error) {
	if sessions != nil {
		select {
		case s := <-sessions:
			if err := db.mend(ctx, s); err != nil {
				sessions <- s
				return nil, nil, fmt.Errorf("store: connection: %w", err)
			}
			return s, func() { sessions <- s }, nil
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("store: connection: %w", err)
	}
	return &session{conn: conn, engine: db.engine}, func() { conn.Close() }, nil
}

func (s *session) rollback() {
	if _, err := s.conn.ExecContext(context.Background(), "rollback"); err != nil {
		// A connection that cannot roll back must not be used again. SQLite says so also when an error of the disk has ended the
		// transaction already.
		_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
		s.close()
		s.broken = true
	}
}

// mend opens a new connection where the session has given up its own.
func (db *DB) mend(ctx context.Context, s *session) error {
	if !s.broken {
		return nil
	}
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	s.conn, s.broken = conn, false
	s.log, err = logOf(conn)
	return err
}

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := tx.exec(ctx, query, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (tx *Tx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	if tx.session.reading {
		return nil, errNested
	}
	if tx.session.engine == Postgres {
		return tx.session.conn.ExecContext(ctx, query, args...)
	}
	st, err := tx.session.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

// Each runs a query and calls scan for each row. scan must not run a statement in the same transaction.
func (tx *Tx) Each(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := tx.query(ctx, query, args)
	if err != nil {
		return err
	}
	tx.session.reading = true
	defer func() { tx.session.reading = false }()
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Get scans the first row into dest. It returns sql.ErrNoRows when there is none.
func (tx *Tx) Get(ctx context.Context, query string, args []any, dest ...any) error {
	rows, err := tx.query(ctx, query, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(dest...); err != nil {
		return err
	}
	return rows.Close()
}

// Find is Get that tells by its first result whether there was a row.
func (tx *Tx) Find(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	err := tx.Get(ctx, query, args, dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Select collects the rows of a query.
func Select[T any](ctx context.Context, tx *Tx, query string, args []any, scan func(*sql.Rows) (T, error)) ([]T, error) {
	var all []T
	err := tx.Each(ctx, query, args, func(rows *sql.Rows) error {
		one, err := scan(rows)
		if err == nil {
			all = append(all, one)
		}
		return err
	})
	return all, err
}

// atOnce is how many values one statement of EachOf asks for.
const atOnce = 500

// EachOf runs a query for some values, 500 at a time, and calls scan for each row. A "?" in the query stands for the values; $1 and what follows are the other
// arguments. There is one statement for every number of values.
func EachOf(ctx context.Context, tx *Tx, query string, values []string, args []any, scan func(*sql.Rows) error) error {
	marks := make([]string, atOnce)
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", len(args)+i+1)
	}
	query = strings.Replace(query, "?", strings.Join(marks, ", "), 1)
	for some := range slices.Chunk(values, atOnce) {
		all := slices.Clone(args)
		for i := range atOnce { // the last stands for those that are not there
			all = append(all, some[min(i, len(some)-1)])
		}
		if err := tx.Each(ctx, query, all, scan); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if tx.session.reading {
		return nil, errNested
	}
	if tx.session.engine == Postgres {
		return tx.session.conn.QueryContext(ctx, query, args...)
	}
	st, err := tx.session.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// prepare returns the session's statement for query.
func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := s.stmts[query]; st != nil {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, numbered(query))
	if err != nil {
		return nil, fmt.Errorf("%w in %q", err, query)
	}
	s.stmts[query] = st
	return st, nil
}

// numbered rewrites $1 to ?1 outside of quotes: the SQLite driver binds $1 by first appearance, ?1 by number.
func numbered(query string) string {
	if !strings.Contains(query, "$") {
		return query
	}
	out := []byte(query)
	var quote byte
	for i, c := range out {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '$' && i+1 < len(out) && out[i+1] >= '1' && out[i+1] <= '9':
			out[i] = '?'
		}
	}
	return string(out)
}

// lockBuckets bounds how many locks one transaction can hold: PostgreSQL has a few thousand for all. Two names in one bucket only wait
// for each other.
const lockBuckets = 512

// Lock takes the named locks until the end of the transaction, in an order that is the same everywhere. On
// SQLite the transaction has the whole database already.
func (tx *Tx) Lock(ctx context.Context, names ...string) error {
	if tx.session.engine == SQLite {
		return nil
	}
	keys := make([]int64, 0, len(names))
	for _, name := range names {
		sum := sha256.Sum256([]byte(name))
		keys = append(keys, int64(binary.BigEndian.Uint64(sum[:8])%lockBuckets))
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", key); err != nil {
			return fmt.Errorf("store: lock: %w", err)
		}
	}
	return nil
}

// ForUpdate is the clause that locks the rows of a SELECT: empty on SQLite, where the transaction has the whole database.
func (tx *Tx) ForUpdate() string {
	if tx.session.engine == SQLite {
		return ""
	}
	return " for update"
}

// ForShare is the clause that keeps the rows of a SELECT from being changed by others until the end of the transaction.
func (tx *Tx) ForShare() string {
	if tx.session.engine == SQLite {
		return ""
	}
	return " for share"
}

// Bulk inserts the rows that next yields into an existing table: COPY on PostgreSQL, one prepared
// statement on SQLite. A conflict with a key fails the whole transaction.
func (tx *Tx) Bulk(ctx context.Context, table string, columns []string, next func() ([]any, error, bool)) (int64, error) {
	if tx.session.engine == Postgres {
		return tx.copyIn(ctx, table, columns, next)
	}
	marks := make([]string, len(columns))
	for i := range columns {
		marks[i] = fmt.Sprintf("?%d", i+1)
	}
	query := "insert into " + table + "(" + strings.Join(columns, ",") + ") values(" + strings.Join(marks, ",") + ")"
	var n int64
	for {
		row, err, ok := next()
		if err != nil || !ok {
			return n, err
		}
		if _, err := tx.Exec(ctx, query, row...); err != nil {
			return n, err
		}
		n++
	}
}

func (tx *Tx) copyIn(ctx context.Context, table string, columns []string, next func() ([]any, error, bool)) (n int64, err error) {
	var failed error // of next: the server would tell its text alone
	err = tx.session.conn.Raw(func(raw any) error {
		source := pgx.CopyFromFunc(func() ([]any, error) {
			row, err, ok := next()
			if failed = err; err != nil || !ok {
				return nil, err
			}
			return row, nil
		})
		n, err = raw.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, source)
		return err
	})
	if failed != nil {
		err = failed
	}
	return n, err
}
