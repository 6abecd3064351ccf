// Package officetest gives tests an office: rooms, actions and reactions over a database, units whose streams it writes, and a clock that
// the test sets.
package officetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// City is the city of every office here.
const City event.Unit = "220100"

// Start is what an office's clock says at first: nine in the morning of the day on which the city's plan begins (plan A1).
var Start = time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)

// Setup says what an office is made of.
type Setup struct {
	Unit      event.Unit   // whose node it is; left out: the city
	Hosts     []event.Unit // units whose streams it writes, in their first generation
	Rooms     []office.Room
	Actions   []office.Action
	Reactions []office.Reaction
	Directory office.Directory
	Permit    func(ctx context.Context, tx *store.Tx, by office.Operator, action string, today citizen.Date) error // left out: all may
}

// Office is an office of one test. What fails of itself fails that test.
type Office struct {
	*office.Office
	Now time.Time // what the clock says
	t   testing.TB
}

// Open opens an office on an empty database, with keys of its own, and closes it when the test ends. A city's node knows its own
// certificate.
func Open(t testing.TB, config store.Config, setup Setup) *Office {
	t.Helper()
	prepared, keep := storetest.Prepare(t, config, tables(setup.Rooms))
	db, err := store.Open(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if setup.Unit == "" {
		setup.Unit = City
	}
	key, err := journal.NewKey(setup.Unit)
	if err != nil {
		t.Fatal(err)
	}
	o := &Office{Now: Start, t: t}
	o.Office, err = office.New(office.Office{DB: db, Blobs: store.NewBlobs(store.OS{}, t.TempDir(), identity), Key: key, City: City,
		Clock: func() time.Time { return o.Now }, Log: slog.New(slog.DiscardHandler), Directory: setup.Directory, Permit: setup.Permit},
		setup.Rooms, setup.Actions, setup.Reactions)
	if err != nil {
		t.Fatal(err)
	}
	if !prepared {
		if err := o.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		keep(db)
	}
	o.Write(func(tx *store.Tx) error { return o.begin(tx, setup) })
	return o
}

// tables names the tables of an office with these rooms.
func tables(rooms []office.Room) string {
	name := "office"
	for _, room := range rooms {
		name += fmt.Sprintf(" %T", room)
	}
	return name
}

func (o *Office) begin(tx *store.Tx, setup Setup) error {
	if setup.Unit == City {
		root, err := o.Key.SignCertificate(journal.Certificate{Node: o.Key.Node, Unit: City, Verifier: o.Key.Verifier()})
		if err != nil {
			return err
		}
		if err := journal.SaveCertificate(context.Background(), tx, root); err != nil {
			return err
		}
	}
	for _, unit := range setup.Hosts {
		if err := journal.Host(context.Background(), tx, unit, 1, nil); err != nil {
			return err
		}
	}
	return nil
}

// Write runs fn in a writing transaction.
func (o *Office) Write(fn func(*store.Tx) error) {
	o.t.Helper()
	if err := o.DB.Write(context.Background(), fn); err != nil {
		o.t.Fatal(err)
	}
}

// Read runs fn on one snapshot.
func (o *Office) Read(fn func(*store.Tx) error) {
	o.t.Helper()
	if err := o.DB.Read(context.Background(), fn); err != nil {
		o.t.Fatal(err)
	}
}

// Do runs an action with an input, which is written as JSON, and reads its result, by way of JSON, into result unless that is nil.
func (o *Office) Do(by office.Operator, action string, input, result any) error {
	text, err := json.Marshal(input)
	if err != nil {
		return err
	}
	done, err := o.Office.Do(context.Background(), by, action, text)
	if err != nil || result == nil {
		return err
	}
	if text, err = json.Marshal(done.Result); err != nil {
		return err
	}
	return json.Unmarshal(text, result)
}

// Must is Do of what must be done.
func (o *Office) Must(by office.Operator, action string, input, result any) {
	o.t.Helper()
	if err := o.Do(by, action, input, result); err != nil {
		o.t.Fatalf("%s by %s: %v", action, by.Login, err)
	}
}

// Refused is Do of what must be refused with a code.
func (o *Office) Refused(by office.Operator, action string, input any, code string) {
	o.t.Helper()
	if err := o.Do(by, action, input, nil); !IsRefusal(o.t, err, code) {
		o.t.Errorf("%s by %s with %v: %v, want %s", action, by.Login, input, err, code)
	}
}

// IsRefusal tells whether an error is the refusal with a code. One that says nothing, or not what to do, in one of the languages fails the test.
func IsRefusal(t testing.TB, err error, code string) bool {
	t.Helper()
	r, ok := event.AsRefusal(err)
	if ok && (r.Text.ZH == "" || r.Text.EN == "" || r.Mend.ZH == "" || r.Mend.EN == "") {
		t.Errorf("%s: text or mend is missing in a language", r.Code)
	}
	return ok && r.Code == code
}

// Code is the code of a refusal, the text of another error, and empty without one.
func Code(err error) string {
	if r, ok := event.AsRefusal(err); ok {
		return r.Code
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// Race lets desks do the same at once: one must win, the others must be refused with a code.
func Race(t testing.TB, desks int, code string, do func() error) {
	t.Helper()
	errs := make([]error, desks)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	var won, told int
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case IsRefusal(t, err, code):
			told++
		default:
			t.Errorf("%v", err)
		}
	}
	if won != 1 || told != desks-1 {
		t.Errorf("%s: %d won, %d were told", code, won, told)
	}
}

// Blob stores an attachment and names it.
func (o *Office) Blob(content []byte) (digest string) {
	o.t.Helper()
	digest, err := o.Blobs.Put(content)
	if err != nil {
		o.t.Fatal(err)
	}
	return digest
}

// Check checks what every test must leave behind: tables that a replay gives again, and a journal that verifies.
func (o *Office) Check() {
	o.t.Helper()
	o.checkRebuild()
	o.Read(func(tx *store.Tx) error {
		report, err := journal.Verify(context.Background(), tx, City)
		if err != nil {
			return err
		}
		for _, f := range report.Findings {
			o.t.Errorf("journal: %s", f)
		}
		return nil
	})
}

// checkRebuild is the office's own check of a rebuild, in tables that the tests of the process share: to make them anew for each costs more than the replay.
func (o *Office) checkRebuild() {
	o.t.Helper()
	empty := storetest.Empty(o.t, o.DB.Engine(), tables(o.Rooms()), func(db *store.DB) error {
		other, err := office.New(office.Office{DB: db}, o.Rooms(), nil, nil)
		if err != nil {
			return err
		}
		return other.Migrate(context.Background())
	})
	err := empty.Write(context.Background(), func(tx *store.Tx) error {
		result, err := o.CheckRebuildIn(context.Background(), tx, nil)
		if err != nil {
			return err
		}
		for _, d := range result.Differences {
			o.t.Errorf("rebuild: %s", d)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		o.t.Fatal(err)
	}
}

// Digests gives number of rows and digest of every table of the rooms, of a unit's slice or, with an empty unit, of the whole.
func Digests(tx *store.Tx, rooms []office.Room, unit event.Unit) (map[string]string, error) {
	all := make(map[string]string)
	for _, room := range rooms {
		for _, table := range room.Tables() {
			digest, rows, err := tx.Digest(context.Background(), table, string(unit))
			if err != nil {
				return nil, err
			}
			all[table.Name] = fmt.Sprintf("%d %s", rows, digest)
		}
	}
	return all, nil
}

// NextGeneration ends a unit's generation as it stands, as a restore does, and writes the next. The office must be the city's.
func (o *Office) NextGeneration(unit event.Unit) {
	o.t.Helper()
	ctx := context.Background()
	o.Write(func(tx *store.Tx) error {
		generation, err := journal.OpenGeneration(ctx, tx, unit)
		if err != nil {
			return err
		}
		trees, err := journal.TreesOf(ctx, tx, unit, generation)
		if err != nil {
			return err
		}
		closure, err := o.Key.SignClosure(journal.Closure{Unit: unit, Generation: generation, Next: o.Key.Verifier(), Trees: trees})
		if err != nil {
			return err
		}
		if err := o.Close(ctx, tx, closure, o.Now.UnixMilli()); err != nil {
			return err
		}
		return journal.Host(ctx, tx, unit, generation+1, closure)
	})
}
