package office_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// TestFigureHoldsUntilAnEntryCouldAlterIt: a figure is worked out again after an entry of its rooms about its area, whoever wrote it, and after an erasure; not after anything else.
func TestFigureHoldsUntilAnEntryCouldAlterIt(t *testing.T) {
	const county, other event.Unit = "220102", "220102002"
	write := func(name string, stream event.Stream, kind string) office.Action {
		return office.Define(name, citizen.Text{ZH: "写", EN: "write"}, []office.Role{office.Clerk}, nil, func(_ context.Context, w *office.Work, _ struct{}) (int, error) {
			w.Emit(event.Event{Stream: stream, Kind: kind, V: 1, Subject: "s", Body: toyBody{Version: w.Now}})
			return 0, nil
		})
	}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := officetest.Open(t, config, officetest.Setup{Unit: county, Hosts: []event.Unit{county, station, other}, Rooms: []office.Room{toy{}, lamp{}}, Directory: staff,
			Actions: []office.Action{write("toy.own", event.Up(station), "toy.counted"), write("toy.other", event.Up(other), "toy.counted"), write("toy.above", event.Up(county), "toy.counted"),
				write("toy.told", event.To(county, station), "toy.counted"), write("toy.told_other", event.To(county, other), "toy.counted"), write("toy.beside", event.To(other, station), "toy.counted"),
				write("toy.looked", event.Access(station), "toy.counted"), write("lamp.lit", event.Up(station), "lamp.lit"), office.EraseAction()}})
		worked := 0
		ask := func(area event.Unit, what string) {
			t.Helper()
			o.Read(func(tx *store.Tx) error {
				var rows int
				got, err := office.Figure(ctx, tx, area, []string{"toy"}, what, func() (int, error) {
					worked++
					return rows, tx.Get(ctx, "select coalesce(cast(sum(version) as bigint), 0) from toy_counter", nil, &rows)
				})
				if err != nil {
					return err
				}
				if err := tx.Get(ctx, "select coalesce(cast(sum(version) as bigint), 0) from toy_counter", nil, &rows); err == nil && area == county && got != rows {
					t.Errorf("the figure is %d, the table says %d", got, rows)
				}
				return err
			})
		}
		step := func(name string, act func(), area event.Unit, anew bool) {
			t.Helper()
			ask(area, "sum")
			act()
			worked = 0
			ask(area, "sum")
			if (worked == 1) != anew {
				t.Errorf("after %s the figure of %s was worked out %d times", name, area, worked)
			}
		}
		for _, test := range []struct {
			action string
			area   event.Unit
			anew   bool
		}{
			{"toy.own", station, true}, {"toy.own", county, true}, {"toy.other", station, false}, {"toy.other", county, true}, {"toy.above", station, true},
			{"toy.told", station, true}, {"toy.told", county, true}, {"toy.told_other", station, false}, {"toy.told_other", county, true}, {"toy.beside", station, true}, {"toy.beside", other, true},
			{"toy.looked", station, false}, {"lamp.lit", station, false},
		} {
			step(test.action, func() { o.Must(clerk, test.action, struct{}{}, nil) }, test.area, test.anew)
		}
		ask(station, "another day")
		if worked != 1 {
			t.Errorf("a figure of another day was worked out %d times", worked)
		}
		for _, login := range []string{"chief", "audit"} {
			if err := o.SetPassword(ctx, login, "a long password"); err != nil {
				t.Fatal(err)
			}
		}
		step("an erasure", func() {
			if _, err := o.Office.Do(ctx, staff["chief"], "records.erase", fmt.Appendf(nil,
				`{"stream":"220102001/up","generation":1,"seq":0,"ground":"court order","second":"audit","second_password":"a long password"}`)); err != nil {
				t.Fatal(err)
			}
		}, other, true)
		o.Write(func(tx *store.Tx) error {
			worked = 0
			for range 2 {
				if _, err := office.Figure(ctx, tx, station, []string{"toy"}, "sum", func() (int, error) { worked++; return 0, nil }); err != nil {
					return err
				}
			}
			if worked != 2 {
				t.Errorf("where something is written, the figure was worked out %d times of 2", worked)
			}
			return nil
		})
	})
}

// lamp is a room without tables.
type lamp struct{ toy }

func (lamp) Name() string { return "lamp" }
func (lamp) Migration() store.Migration {
	return store.Migration{Room: "lamp", Files: fstest.MapFS{"00001_lamp.sql": {Data: []byte("-- +goose Up\ncreate table lamp (unit {{text}} not null primary key) {{strict}};\n")}}}
}
func (lamp) Kinds() map[string]int                                          { return map[string]int{"lamp.lit": 1} }
func (lamp) Apply(context.Context, *store.Tx, *office.Applied) error        { return nil }
func (lamp) Tables() []store.Table                                          { return nil }
func (lamp) Forget(context.Context, *store.Tx, string) ([]event.Ref, error) { return nil, nil }
func (lamp) Erasable() []string                                             { return nil }
