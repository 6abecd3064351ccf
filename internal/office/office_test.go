package office_test

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
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

func (toy) Words() map[string]citizen.Text { return nil }
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

func open(t testing.TB, config store.Config, reactions ...office.Reaction) *officetest.Office {
	t.Helper()
	return officetest.Open(t, config, officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}},
		Actions: []office.Action{count, office.EraseAction()}, Reactions: reactions, Directory: staff})
}

// do counts, with the input byte for byte.
func do(o *officetest.Office, input string) error {
	_, err := o.Office.Do(context.Background(), clerk, "toy.count", []byte(input))
	return err
}

// The permission is asked in the action's transaction, with the day, before the desk decides; the node itself is not asked about.
func TestPermit(t *testing.T) {
	asked := ""
	anybody := office.Define("toy.any", citizen.Text{ZH: "计数", EN: "count"}, []office.Role{office.Clerk, office.System}, nil,
		func(_ context.Context, w *office.Work, _ struct{}) (struct{}, error) {
			w.Emit(event.Event{Stream: event.Up(station), Kind: "toy.counted", V: 1, Subject: "s", Body: toyBody{Version: 1}})
			return struct{}{}, nil
		})
	o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Unit: station, Hosts: []event.Unit{station}, Rooms: []office.Room{toy{}},
		Actions: []office.Action{anybody}, Permit: func(_ context.Context, tx *store.Tx, by office.Operator, action string, today citizen.Date) error {
			asked += by.ID + " " + action + " " + today.String() + ";"
			return event.Refuse("toy.not_certified", "", citizen.Text{ZH: "未持证", EN: "not certified"}, citizen.Text{ZH: "考试", EN: "pass the examination"})
		}})
	if err := o.Do(clerk, "toy.any", struct{}{}, nil); !officetest.IsRefusal(t, err, "toy.not_certified") || asked != "op-1 toy.any 2005-09-01;" {
		t.Errorf("%v, asked %q", err, asked)
	}
	size := func() (n int64) {
		o.Read(func(tx *store.Tx) error {
			return journal.Each(context.Background(), tx, func(*journal.Entry) error { n++; return nil })
		})
		return n
	}
	if size() != 0 {
		t.Error("a refused action wrote an entry")
	}
	system := office.Operator{ID: "system", Login: "system", Unit: station, Roles: []office.Role{office.System}}
	if err := o.Do(system, "toy.any", struct{}{}, nil); err != nil || size() == 0 || asked != "op-1 toy.any 2005-09-01;" {
		t.Errorf("the node itself: %v, asked %q", err, asked)
	}
}

func TestActWritesAppliesAndReplays(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := open(t, config)
		for i := range 30 {
			if err := do(o, fmt.Sprintf(`{"subject":"s%d"}`, i%7)); err != nil {
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
		alter(o, "update toy_counter set version = 99 where subject = 's3'")
		alter(o, "delete from toy_counter where subject = 's5'")
		alter(o, "insert into toy_counter(unit, subject, version, note) values('220102001', 's9', 1, '')")
		if result, err = o.CheckRebuild(context.Background(), nil); err != nil || len(result.Differences) != 3 {
			t.Fatalf("planted differences: %+v %v", result, err)
		}
	})
}

func alter(o *officetest.Office, query string) {
	o.Write(func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), query)
		return err
	})
}

func TestTwoDesksOnOneSubject_OneWinsTheOtherIsTold(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		o := open(t, config)
		if err := do(o, `{"subject":"s"}`); err != nil {
			t.Fatal(err)
		}
		officetest.Race(t, 8, "toy.stale", func() error { return do(o, `{"subject":"s","expect":1}`) })
	})
}

func TestClockJumpOfMoreThanADayNeedsConfirmation(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	if err := do(o, `{"subject":"s"}`); err != nil {
		t.Fatal(err)
	}
	for _, jump := range []time.Duration{25 * time.Hour, -25 * time.Hour} {
		o.Now = officetest.Start.Add(jump)
		err := do(o, `{"subject":"s"}`)
		if !officetest.IsRefusal(t, err, "office.clock_unconfirmed") {
			t.Fatalf("jump of %s: %v", jump, err)
		}
	}
}

func TestInputIsStrict(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	for _, input := range []string{`{"subjekt":"s"}`, `[]`, `{"subject":1}`, `{} {}`} {
		if err := do(o, input); err == nil {
			t.Errorf("%s was accepted", input)
		} else if _, ok := event.AsRefusal(err); !ok {
			t.Errorf("%s: %v is not a refusal", input, err)
		}
	}
}

func TestJournalVerifyFindsWhatWasAltered(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
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
				o := open(t, config)
				for range 10 {
					if err := do(o, `{"subject":"s"}`); err != nil {
						t.Fatal(err)
					}
				}
				alter(o, query)
				var report *journal.Report
				o.Read(func(tx *store.Tx) (err error) {
					report, err = journal.Verify(context.Background(), tx, officetest.City)
					return err
				})
				if found := len(report.Findings) > 0; found != (name != "size") {
					t.Fatalf("%+v", report)
				}
			})
		}
	})
}
