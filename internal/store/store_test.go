package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// people is a room for these tests: one table with every type there is.
func people() store.Migration {
	return store.Migration{Room: "people", Files: fstest.MapFS{
		"00001_people.sql": {Data: []byte(`-- +goose Up
create table person (
  unit  {{text}} not null,
  id    bigint not null,
  name  {{text}} not null,
  note  {{text}},
  photo {{bytes}},
  primary key (unit, id)
) {{strict}};
create table person_by_name (
  name  {{text}} not null primary key
) {{strict}};
`)}}}
}

func grownPeople() store.Migration {
	m := people()
	files := m.Files.(fstest.MapFS)
	files["00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nalter table person add column fee bigint not null default 0;\n")}
	return m
}

var person = store.Table{Name: "person", Key: []string{"unit", "id"}, Numbers: []string{"id"}, Columns: []string{"name", "note", "photo"}, Unit: "unit"}

func both(t *testing.T, test func(t *testing.T, db *store.DB)) {
	storetest.Both(t, func(t *testing.T, config store.Config) { test(t, storetest.Open(t, config, people())) })
}

func exec(t testing.TB, db *store.DB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := db.Write(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Exec(context.Background(), query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func count(t testing.TB, db *store.DB, query string, args ...any) (n int64) {
	t.Helper()
	if err := db.Read(context.Background(), func(tx *store.Tx) error { return tx.Get(context.Background(), query, args, &n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWriteCommitsOrUndoes(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if n := exec(t, db, "insert into person(unit, id, name) values($1, $2, $3), ($1, $4, $3)", "a", 1, "李", 2); n != 2 {
			t.Errorf("%d rows", n)
		}
		failed := errors.New("refused")
		err := db.Write(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, "delete from person"); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) || count(t, db, "select count(*) from person") != 2 {
			t.Errorf("a failed transaction left its traces: %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.Write(ctx, func(tx *store.Tx) error {
				if _, err := tx.Exec(ctx, "delete from person"); err != nil {
					return err
				}
				panic("broken")
			})
		}()
		if count(t, db, "select count(*) from person") != 2 {
			t.Error("a transaction that panicked left its traces")
		}
		if err := db.Write(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, "insert into nowhere values(1)"); return err }); err == nil {
			t.Error("a table that is not there")
		}
		exec(t, db, "insert into person(unit, id, name) values('a', 3, '')") // the connection is still good
		err = db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, "insert into person(unit, id, name) values('a', 3, '')")
			return err
		})
		if err == nil {
			t.Error("a key twice")
		}
	})
}

func TestReadSeesOneSnapshot(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		exec(t, db, "insert into person(unit, id, name) values('a', 1, '')")
		err := db.Read(ctx, func(tx *store.Tx) error {
			var before, after int64
			if err := tx.Get(ctx, "select count(*) from person", nil, &before); err != nil {
				return err
			}
			exec(t, db, "insert into person(unit, id, name) values('a', 2, '')")
			if err := tx.Get(ctx, "select count(*) from person", nil, &after); err != nil {
				return err
			}
			if before != 1 || after != 1 {
				t.Errorf("%d rows, then %d", before, after)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestOneStatementAtATime(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		exec(t, db, "insert into person(unit, id, name) values('a', 1, ''), ('a', 2, '')")
		err := db.Write(ctx, func(tx *store.Tx) error {
			for name, nested := range map[string]func() error{
				"exec": func() error { _, err := tx.Exec(ctx, "delete from person"); return err },
				"get":  func() error { return tx.Get(ctx, "select 1", nil, new(int)) },
				"each": func() error { return tx.Each(ctx, "select 1", nil, func(*sql.Rows) error { return nil }) },
			} {
				var inner error
				if err := tx.Each(ctx, "select id from person", nil, func(*sql.Rows) error { inner = nested(); return nil }); err != nil {
					return err
				}
				if inner == nil {
					t.Errorf("%s ran while rows were being read", name)
				}
			}
			_, err := tx.Exec(ctx, "insert into person(unit, id, name) values('a', 3, '')") // afterwards it may
			return err
		})
		if err != nil || count(t, db, "select count(*) from person") != 3 {
			t.Error(err)
		}
	})
}

func TestGetFindSelect(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		exec(t, db, "insert into person(unit, id, name, note, photo) values('a', 1, '李', null, $1), ('a', 2, '', '', $2)", []byte{0, 255}, []byte{})
		err := db.Read(ctx, func(tx *store.Tx) error {
			var note sql.NullString
			var photo []byte
			if err := tx.Get(ctx, "select note, photo from person where id = $1", []any{1}, &note, &photo); err != nil || note.Valid || !slices.Equal(photo, []byte{0, 255}) {
				t.Errorf("%v %v %v", note, photo, err)
			}
			if err := tx.Get(ctx, "select note, photo from person where id = $1", []any{2}, &note, &photo); err != nil || !note.Valid || photo == nil || len(photo) != 0 {
				t.Errorf("%v %v %v", note, photo, err)
			}
			if err := tx.Get(ctx, "select note from person where id = $1", []any{9}, &note); !errors.Is(err, sql.ErrNoRows) {
				t.Error(err)
			}
			if found, err := tx.Find(ctx, "select note from person where id = $1", []any{9}, &note); found || err != nil {
				t.Errorf("%t %v", found, err)
			}
			if _, err := tx.Find(ctx, "select nothing from person", nil, &note); err == nil {
				t.Error("a column that is not there")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := errors.New("enough")
		err = db.Read(ctx, func(tx *store.Tx) error {
			return tx.Each(ctx, "select id from person", nil, func(*sql.Rows) error { return stop })
		})
		if !errors.Is(err, stop) {
			t.Error(err)
		}
		var ids []int64
		err = db.Read(ctx, func(tx *store.Tx) error {
			ids, err = store.Select(ctx, tx, "select id from person order by id", nil, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
			return err
		})
		if err != nil || !slices.Equal(ids, []int64{1, 2}) {
			t.Errorf("%v %v", ids, err)
		}
	})
}

// Placeholders are numbered: in any order, more than once, beyond nine, and not in quotes.
func TestPlaceholders(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		err := db.Read(ctx, func(tx *store.Tx) error {
			var text, quoted string
			var sum int64
			args := []any{"a", "b", 1, 2, 3, 4, 5, 6, 7, 8, 9}
			err := tx.Get(ctx, `select cast($2 as text) || cast($1 as text) || cast($2 as text), '$1 costs ''$2''',
				cast($11 as bigint) * 100 + cast($10 as bigint) * 10 + cast($3 as bigint)
				+ 0 * (cast($4 as bigint) + cast($5 as bigint) + cast($6 as bigint) + cast($7 as bigint) + cast($8 as bigint) + cast($9 as bigint)) as "$3"`,
				args, &text, &quoted, &sum)
			if err != nil || text != "bab" || quoted != "$1 costs '$2'" || sum != 981 {
				t.Errorf("%q %q %d %v", text, quoted, sum, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Two that add to one row under its lock lose nothing.
func TestLockKeepsOthersOut(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		exec(t, db, "insert into person(unit, id, name) values('a', 0, '')")
		const workers, each = 6, 15
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := range each {
					names := []string{"subject 1", fmt.Sprint("subject ", i%3), "subject 1"}
					if w%2 == 0 {
						slices.Reverse(names)
					}
					if err := db.Write(context.Background(), func(tx *store.Tx) error { return addOne(tx, names...) }); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, db, "select id from person"); n != workers*each {
			t.Errorf("%d of %d", n, workers*each)
		}
	})
}

func addOne(tx *store.Tx, names ...string) error {
	ctx := context.Background()
	if err := tx.Lock(ctx, names...); err != nil {
		return err
	}
	var n int64
	if err := tx.Get(ctx, "select id from person", nil, &n); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update person set id = $1", n+1)
	return err
}

// ForUpdate keeps a second writer waiting, ForShare lets readers of the row in and writers wait.
func TestRowLocks(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		exec(t, db, "insert into person(unit, id, name) values('a', 0, '')")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				err := db.Write(context.Background(), func(tx *store.Tx) error {
					var n int64
					if err := tx.Get(context.Background(), "select id from person where unit = $1"+tx.ForUpdate(), []any{"a"}, &n); err != nil {
						return err
					}
					_, err := tx.Exec(context.Background(), "update person set id = $1", n+1)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db, "select id from person"); n != 8 {
			t.Errorf("%d of 8", n)
		}
		err := db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.Get(t.Context(), "select id from person where unit = $1"+tx.ForShare(), []any{"a"}, new(int64))
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func rowsOf(n int) func() ([]any, error, bool) {
	i := 0
	return func() ([]any, error, bool) {
		if i == n {
			return nil, nil, false
		}
		i++
		return []any{"a", int64(i), fmt.Sprintf("名%d", i), nil, []byte{byte(i)}}, nil, true
	}
}

func TestBulk(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		columns := []string{"unit", "id", "name", "note", "photo"}
		bulk := func(next func() ([]any, error, bool)) (n int64, err error) {
			return n, db.Write(ctx, func(tx *store.Tx) error { n, err = tx.Bulk(ctx, "person", columns, next); return err })
		}
		if n, err := bulk(rowsOf(2500)); err != nil || n != 2500 {
			t.Fatalf("%d %v", n, err)
		}
		if _, err := bulk(rowsOf(1)); err == nil {
			t.Error("a key twice")
		}
		exec(t, db, "delete from person where id > 10")
		broken, i := errors.New("broken"), 0
		_, err := bulk(func() ([]any, error, bool) {
			if i++; i == 3 {
				return nil, broken, true
			}
			return []any{"b", int64(i), "", nil, nil}, nil, true
		})
		if !errors.Is(err, broken) || count(t, db, "select count(*) from person") != 10 {
			t.Errorf("half a load: %v", err)
		}
	})
}

// awkward are keys that collations and number formats put in different orders.
var awkward = []string{"李小龙", "李 小龙", "A", "a", "B", "Ä", "z", "10", "9", "", "\u00e9", "e\u0301", "𠮷", "ﬀ", "一", "丁", "'", "\\", "~", "\u2028", "阿", "赵"}

func TestRowsComeInOneOrder(t *testing.T) {
	digests := make(map[string]string)
	both(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i, unit := range awkward {
			for _, id := range []int64{9, 10, -1, 1 << 40} {
				exec(t, db, "insert into person(unit, id, name, note, photo) values($1, $2, $3, $4, $5)", unit, id, awkward[len(awkward)-1-i],
					sql.NullString{String: "", Valid: i%2 == 0}, []byte(strings.Repeat("\x00\xff", i)))
			}
		}
		var last store.Row
		err := db.Read(ctx, func(tx *store.Tx) error {
			n := 0
			err := tx.Rows(ctx, person, "", func(r store.Row) error {
				if n++; last != nil && !before(last, r) {
					t.Errorf("%s stands before %s", last, r)
				}
				last = slices.Clone(r)
				return nil
			})
			if n != 4*len(awkward) {
				t.Errorf("%d rows", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Read(ctx, func(tx *store.Tx) error {
			all, rows, err := tx.Digest(ctx, person, "")
			if err != nil || rows != int64(4*len(awkward)) {
				t.Errorf("%d %v", rows, err)
			}
			one, rows, err := tx.Digest(ctx, person, "李小龙")
			if err != nil || rows != 4 || one == all {
				t.Errorf("%d %v", rows, err)
			}
			digests[string(db.Engine())] = all + one
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := exec(t, db, "update person set note = null where unit = 'A' and note = ''"); n != 4 {
			t.Fatalf("%d rows", n)
		}
		var changed string
		if err := db.Read(ctx, func(tx *store.Tx) (err error) { changed, _, err = tx.Digest(ctx, person, ""); return err }); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(digests[string(db.Engine())], changed) {
			t.Error("NULL and the empty string have one digest")
		}
	})
	if digests["sqlite"] != digests["postgres"] {
		t.Errorf("the engines differ: %v", digests)
	}
}

// before compares unit by code point and id by number.
func before(a, b store.Row) bool {
	if a[0].String != b[0].String {
		return a[0].String < b[0].String
	}
	var x, y int64
	_, _ = fmt.Sscan(a[1].String, &x)
	_, _ = fmt.Sscan(b[1].String, &y)
	return x < y
}

func TestMigrateTwiceAndForward(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := t.Context()
		db := storetest.Open(t, config, people(), people())
		exec(t, db, "insert into person(unit, id, name) values('a', 1, '李')")
		if err := db.Migrate(ctx, people()); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = storetest.Open(t, config, grownPeople())
		if n := count(t, db, "select fee from person where name = '李'"); n != 0 {
			t.Errorf("fee %d", n)
		}
		broken := store.Migration{Room: "broken", Files: fstest.MapFS{"00001_x.sql": {Data: []byte("-- +goose Up\ncreate table half (id bigint);\ncreate nonsense;\n")}}}
		if err := db.Migrate(ctx, broken); err == nil {
			t.Fatal("nonsense was migrated")
		}
		if err := db.Read(ctx, func(tx *store.Tx) error { return tx.Get(ctx, "select count(*) from half", nil, new(int)) }); err == nil {
			t.Error("half a migration stands")
		}
	})
}

// Several processes start on one database at the same time.
func TestManyStartAtOnce(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				db, err := store.Open(context.Background(), config)
				if err != nil {
					t.Error(err)
					return
				}
				defer db.Close()
				if err := db.Migrate(context.Background(), people(), grownPeople()); err != nil {
					t.Error(err)
				}
				if err := db.Write(context.Background(), func(tx *store.Tx) error {
					_, err := tx.Exec(context.Background(), "insert into person(unit, id, name) select 'a', coalesce(max(id), 0) + 1, '' from person where unit = 'a' on conflict do nothing")
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

func TestOpenRefuses(t *testing.T) {
	ctx := t.Context()
	config := storetest.SQLiteConfig(t)
	db := storetest.Open(t, config, people())
	exec(t, db, "insert into person(unit, id, name) values('a', 1, '李小龙')")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	wrong := config
	wrong.Key = slices.Repeat([]byte{9}, store.KeySize)
	if _, err := store.Open(ctx, wrong); err == nil || !strings.Contains(err.Error(), "wrong key") {
		t.Errorf("wrong key: %v", err)
	}
	for name, c := range map[string]store.Config{
		"nothing":             {},
		"both":                {SQLite: config.SQLite, Key: config.Key, Postgres: "host=nowhere"},
		"a short key":         {SQLite: config.SQLite, Key: []byte("short")},
		"no key":              {SQLite: config.SQLite},
		"a folder":            {SQLite: filepath.Dir(config.SQLite), Key: config.Key},
		"no server":           {Postgres: "host=" + t.TempDir() + " user=nobody dbname=none"},
		"no DSN":              {Postgres: "://"},
		"a schema, no server": {Postgres: "host=" + t.TempDir(), Schema: "s"},
	} {
		if db, err := store.Open(ctx, c); err == nil {
			db.Close()
			t.Errorf("%s: opened", name)
		}
	}
	content, err := fs.ReadFile(dirFS(config), filepath.Base(config.SQLite))
	if err != nil || len(content) == 0 || strings.Contains(string(content), "李小龙") || strings.HasPrefix(string(content), "SQLite format") {
		t.Errorf("the file is not encrypted: %v", err)
	}
	db = storetest.Open(t, config)
	if n := count(t, db, "select count(*) from person"); n != 1 {
		t.Error("the wrong key did harm")
	}
}

func TestSchemaOfItsOwn(t *testing.T) {
	config := storetest.PostgresConfig(t)
	first := storetest.Open(t, config, people())
	config.Schema = "Shadow 1"
	second := storetest.Open(t, config, people())
	exec(t, first, "insert into person(unit, id, name) values('a', 1, '')")
	if n := count(t, second, "select count(*) from person"); n != 0 {
		t.Errorf("%d rows in the other schema", n)
	}
	if err := second.DropSchema(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.DropSchema(t.Context()); err == nil {
		t.Error("the schema of all was dropped")
	}
	if n := count(t, first, "select count(*) from person"); n != 1 {
		t.Error("the schemas are not apart")
	}
}

func TestCopyWhileOthersWork(t *testing.T) {
	config := storetest.SQLiteConfig(t)
	db := storetest.Open(t, config, people())
	exec(t, db, "insert into person(unit, id, name) values('a', 1, '李')")
	path := filepath.Join(t.TempDir(), "copy.db")
	err := db.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(t.Context(), "insert into person(unit, id, name) values('a', 2, '')"); err != nil {
			return err
		}
		return db.CopyTo(t.Context(), path)
	})
	if err != nil {
		t.Fatal(err)
	}
	copied := storetest.Open(t, store.Config{SQLite: path, Key: config.Key})
	if n := count(t, copied, "select count(*) from person"); n != 1 {
		t.Errorf("%d rows in the copy", n)
	}
	if _, err := store.Open(t.Context(), store.Config{SQLite: path, Key: slices.Repeat([]byte{1}, store.KeySize)}); err == nil {
		t.Error("the copy opens with another key")
	}
}

// Patience ends a wait, and never makes the outcome of a commit unknown.
func TestContextEndsAWait(t *testing.T) {
	both(t, func(t *testing.T, db *store.DB) {
		held, release := make(chan struct{}), make(chan struct{})
		done := make(chan error, 1)
		go func() {
			done <- db.Write(context.Background(), func(tx *store.Tx) error {
				if err := tx.Lock(context.Background(), "subject"); err != nil {
					return err
				}
				close(held)
				<-release
				_, err := tx.Exec(context.Background(), "insert into person(unit, id, name) values('a', 1, '')")
				return err
			})
		}()
		<-held
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := db.Write(ctx, func(tx *store.Tx) error { return tx.Lock(ctx, "subject") }); err == nil {
			t.Error("two hold one lock")
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		err := db.Write(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, "insert into person(unit, id, name) values('a', 2, '')")
			cancel()
			return err
		})
		if n := count(t, db, "select count(*) from person"); err == nil && n != 2 || err != nil && n != 1 {
			t.Errorf("%v and %d rows", err, n)
		}
		exec(t, db, "insert into person(unit, id, name) values('a', 3, '')")
	})
}
