package bench

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// room has one versioned table, the commonest shape of a change.
type room struct{}

type changed struct {
	Version int64  `json:"version"`
	Note    string `json:"note"`
}

const kindChanged = "bench.changed"

func (room) Name() string { return "bench" }

func (room) Migration() store.Migration {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return store.Migration{Room: "bench", Files: files}
}

func (room) Kinds() map[string]int { return map[string]int{kindChanged: 1} }

// Words is empty: nobody reads these entries.
func (room) Words() map[string]citizen.Text { return nil }

const upsertItem = `insert into bench_item(unit, subject, version, note) values($1, $2, $3, $4)
	on conflict (unit, subject) do update set version = excluded.version, note = excluded.note
	where excluded.version > bench_item.version`

func (room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body changed
	if err := a.Decode(&body); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, upsertItem, itemUnit, a.Subject, body.Version, body.Note)
	return err
}

func (room) Tables() []store.Table {
	return []store.Table{{Name: "bench_item", Key: []string{"unit", "subject"}, Columns: []string{"version", "note"}, Unit: "unit"}}
}

func (room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	_, err := tx.Exec(ctx, "delete from bench_item where subject = $1", subject)
	return nil, err
}

func (room) Erasable() []string { return nil }

type changeInput struct {
	Subject string `json:"subject"`
}

const selectItem = "select version from bench_item where unit = $1 and subject = $2"

// change is one durable change: lock, load, decide, append, apply.
var change = office.Define("bench.change", citizen.Text{ZH: "一次变动", EN: "one change"}, []office.Role{office.Clerk}, nil,
	func(ctx context.Context, w *office.Work, in changeInput) (int64, error) {
		if err := w.Lock(ctx, in.Subject); err != nil {
			return 0, err
		}
		var version int64
		if _, err := w.Tx.Find(ctx, selectItem, []any{itemUnit, in.Subject}, &version); err != nil {
			return 0, err
		}
		w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: kindChanged, V: 1, Subject: in.Subject,
			Body: changed{Version: version + 1, Note: note}})
		return version + 1, nil
	})

// subject is the opaque name of the n-th item, as long as a UUID.
func subject(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }
