package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migration is one room's steps: SQL files named 00001_….sql in the root of Files, without a way back, with marks that are
// filled per engine: {{text}} (text that sorts by code point on both), {{bytes}} (byte strings) and {{strict}}
// (what ends a CREATE TABLE); whole numbers are bigint.
type Migration struct {
	Room  string
	Files fs.FS
	// Then is what a step does behind its SQL, by the file's name and in the same transaction: what SQL cannot make of the rows that are there. Nil: nothing.
	Then map[string]func(context.Context, *sql.Tx) error
}

// Embedded is a room's migration from the folder "migrations" that its package embeds.
func Embedded(room string, files embed.FS) Migration {
	folder, err := fs.Sub(files, "migrations")
	if err != nil { // the name is valid
		panic(err)
	}
	return Migration{Room: room, Files: folder}
}

// Migrate brings every room's tables up to date, forward only, one process at a time.
func (db *DB) Migrate(ctx context.Context, migrations ...Migration) error {
	unlock, err := db.migrationLock()
	if err != nil {
		return err
	}
	defer unlock()
	for _, m := range migrations {
		if err := db.migrate(ctx, m); err != nil {
			return fmt.Errorf("store: migrate %s: %w", m.Room, err)
		}
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, m Migration) error {
	steps, err := m.steps(db.engine)
	if err != nil {
		return err
	}
	options := []goose.ProviderOption{goose.WithTableName("migration_" + m.Room), goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...)}
	gooseDialect := goose.DialectSQLite3
	if db.engine == Postgres {
		gooseDialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(gooseDialect, db.pool, nil, options...)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// migrationLock keeps a second process out on SQLite; PostgreSQL has goose's session lock.
func (db *DB) migrationLock() (unlock func(), err error) {
	if db.engine == Postgres {
		return func() {}, nil
	}
	return lockFile(db.config.SQLite)
}

// lockFile waits until no other process opens the SQLite file for the first time or migrates it.
func lockFile(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path+".migrate", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("store: lock for migration: %w", err)
	}
	return func() { file.Close() }, nil
}

// steps makes each file a step that runs it whole, in a transaction: goose's own reading of a file takes megabytes for each of its lines, which is most
// of the time that opening a node takes under the race detector.
func (m Migration) steps(engine Engine) (all []*goose.Migration, err error) {
	marks := strings.NewReplacer("{{text}}", "text", "{{bytes}}", "blob", "{{strict}}", "strict", "bigint", "integer")
	if engine == Postgres {
		marks = strings.NewReplacer("{{text}}", `text collate "C"`, "{{bytes}}", "bytea", "{{strict}}", "")
	}
	names, err := fs.Glob(m.Files, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		text, err := fs.ReadFile(m.Files, name)
		if err != nil {
			return nil, err
		}
		script, then := marks.Replace(string(text)), m.Then[name]
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, script); err != nil || then == nil {
				return err
			}
			return then(ctx, tx)
		}}, nil))
	}
	return all, nil
}
