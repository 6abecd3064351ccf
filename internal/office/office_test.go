package office_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

//go:embed testdata/*.sql
var toyFiles embed.FS

// toy is a room with one versioned table: counters that grow by one.
type toy struct{}

type toyBody struct {
	Version int64  `json:"version"`
	Note    string `json:"note"`
}

func (toy) Name() string { return "toy" }
func (toy) Migration() store.Migration {
	files, err := fs.Sub(toyFiles, "testdata")
	if err != nil {
		panic(err)
	}
	return store.Migration{Room: "toy", Files: files}
}
func (toy) Kinds() map[string]int { return map[string]int{"toy.counted": 1} }
func (toy) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body toyBody
	if err := a.Decode(&body); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into toy_counter(unit, subject, version, note) values($1, $2, $3, $4)
		on conflict (unit, subject) do update set version = excluded.version, note = excluded.note
		where excluded.version > toy_counter.version`, a.Unit, a.Subject, body.Version, body.Note)
	return err
}
func (toy) Tables() []store.Table {
	return []store.Table{{Name: "toy_counter", Key: []string{"unit", "subject"}, Columns: []string{"version", "note"}, Unit: "unit"}}
}
func (toy) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	_, err := tx.Exec(ctx, "delete from toy_counter where subject = $1", subject)
	return nil, err
}
func (toy) Erasable() []string { return []string{"toy.counted"} }

type countInput struct {
	Subject string `json:"subject"`
	Expect  int64  `json:"expect"`
}

var count = office.Define("toy.count", citizen.Text{ZH: "计数", EN: "count"}, []office.Role{office.Clerk}, []event.Level{event.Station},
	func(ctx context.Context, w *office.Work, in countInput) (int64, error) {
		if err := w.Lock(ctx, in.Subject); err != nil {
			return 0, err
		}
		var version int64
		if _, err := w.Tx.Find(ctx, "select version from toy_counter where unit = $1 and subject = $2", []any{w.By.Unit, in.Subject}, &version); err != nil {
			return 0, err
		}
		if in.Expect > 0 && version != in.Expect {
			return 0, event.Refuse("toy.stale", "", citizen.Text{ZH: "已变", EN: "changed since"}, citizen.Text{ZH: "重读", EN: "read it again"})
		}
		w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: "toy.counted", V: 1, Subject: in.Subject, Body: toyBody{Version: version + 1, Note: "李"}})
		return version + 1, nil
	})

const station event.Unit = "220102001"

var clerk = office.Operator{ID: "op-1", Login: "clerk", Unit: station, Roles: []office.Role{office.Clerk}}

func open(t testing.TB, config store.Config, now *time.Time, reactions ...office.Reaction) *office.Office {
	t.Helper()
	db, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key, err := journal.NewKey(station)
	if err != nil {
		t.Fatal(err)
	}
	o, err := office.New(office.Office{DB: db, Blobs: store.NewBlobs(store.OS{}, t.TempDir(), identity), Key: key, City: "220100",
		Clock: func() time.Time { return *now }, Log: slog.New(slog.DiscardHandler)}, []office.Room{toy{}}, []office.Action{count, office.EraseAction()}, reactions)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	err = db.Write(context.Background(), func(tx *store.Tx) error { return journal.Host(context.Background(), tx, station, 1, nil) })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func do(t testing.TB, o *office.Office, input string) (*office.Done, error) {
	t.Helper()
	return o.Do(context.Background(), clerk, "toy.count", []byte(input))
}

func TestActWritesAppliesAndReplays(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
		o := open(t, config, &now)
		for i := range 30 {
			if _, err := do(t, o, fmt.Sprintf(`{"subject":"s%d"}`, i%7)); err != nil {
				t.Fatal(err)
			}
		}
		result, err := o.CheckRebuild(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if result.Entries != 30 || result.Rows != 7 || len(result.Differences) != 0 {
			t.Fatalf("rebuild: %+v", result)
		}
		alter(t, o, "update toy_counter set version = 99 where subject = 's3'")
		alter(t, o, "delete from toy_counter where subject = 's5'")
		alter(t, o, "insert into toy_counter(unit, subject, version, note) values('220102001', 's9', 1, '')")
		if result, err = o.CheckRebuild(context.Background(), nil); err != nil || len(result.Differences) != 3 {
			t.Fatalf("planted differences: %+v %v", result, err)
		}
	})
}

func alter(t testing.TB, o *office.Office, query string) {
	t.Helper()
	if err := o.DB.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), query)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTwoDesksOnOneSubject_OneWinsTheOtherIsTold(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
		o := open(t, config, &now)
		if _, err := do(t, o, `{"subject":"s"}`); err != nil {
			t.Fatal(err)
		}
		var wins, told int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := do(t, o, `{"subject":"s","expect":1}`)
				mu.Lock()
				defer mu.Unlock()
				var refusal *event.Refusal
				switch {
				case err == nil:
					wins++
				case errors.As(err, &refusal) && refusal.Code == "toy.stale":
					told++
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if wins != 1 || told != 7 {
			t.Fatalf("%d won, %d were told", wins, told)
		}
	})
}

func TestClockJumpOfMoreThanADayNeedsConfirmation(t *testing.T) {
	now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
	o := open(t, storetest.SQLiteConfig(t), &now)
	if _, err := do(t, o, `{"subject":"s"}`); err != nil {
		t.Fatal(err)
	}
	for _, jump := range []time.Duration{25 * time.Hour, -25 * time.Hour} {
		now = time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC).Add(jump)
		_, err := do(t, o, `{"subject":"s"}`)
		if r, ok := event.AsRefusal(err); !ok || r.Code != "office.clock_unconfirmed" {
			t.Fatalf("jump of %s: %v", jump, err)
		}
	}
}

func TestInputIsStrict(t *testing.T) {
	now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
	o := open(t, storetest.SQLiteConfig(t), &now)
	for _, input := range []string{`{"subjekt":"s"}`, `[]`, `{"subject":1}`, `{} {}`} {
		if _, err := do(t, o, input); err == nil {
			t.Errorf("%s was accepted", input)
		} else if _, ok := event.AsRefusal(err); !ok {
			t.Errorf("%s: %v is not a refusal", input, err)
		}
	}
}

func TestJournalVerifyFindsWhatWasAltered(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
		for name, query := range map[string]string{
			"body":    "update journal_entry set body = salt where seq = 4",
			"missing": "delete from journal_entry where seq = 4",
			"erased":  "update journal_entry set body = null, salt = null where seq = 4",
			"kind":    "update journal_entry set kind = 'toy.other' where seq = 4",
			"size":    "update journal_head set size = size",
		} {
			t.Run(name, func(t *testing.T) {
				config := config
				if config.Postgres != "" {
					config = storetest.PostgresConfig(t)
				} else {
					config = storetest.SQLiteConfig(t)
				}
				o := open(t, config, &now)
				for range 10 {
					if _, err := do(t, o, `{"subject":"s"}`); err != nil {
						t.Fatal(err)
					}
				}
				alter(t, o, query)
				var report *journal.Report
				err := o.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
					report, err = journal.Verify(context.Background(), tx, "220100")
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				if found := len(report.Findings) > 0; found != (name != "size") {
					t.Fatalf("%+v", report)
				}
			})
		}
	})
}
