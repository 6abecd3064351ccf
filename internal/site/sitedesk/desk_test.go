package sitedesk_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	city    event.Unit = "220100"
	county  event.Unit = "220102"
	station event.Unit = "220102001"
)

func open(t *testing.T, config store.Config, now *time.Time) *office.Office {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key, err := journal.NewKey(city)
	if err != nil {
		t.Fatal(err)
	}
	room := sitedb.New()
	o, err := office.New(office.Office{DB: db, Blobs: store.NewBlobs(store.OS{}, t.TempDir(), identity), Key: key, City: city, Directory: room,
		Clock: func() time.Time { return *now }, Log: slog.New(slog.DiscardHandler)}, []office.Room{room}, sitedesk.Actions(), sitedesk.Reactions())
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(ctx, func(tx *store.Tx) error {
		for _, unit := range []event.Unit{city, county} {
			if err := journal.Host(ctx, tx, unit, 1, nil); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return o
}

func do(t *testing.T, o *office.Office, by office.Operator, action string, input any) error {
	t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	_, err = o.Do(context.Background(), by, action, text)
	return err
}

func want(t *testing.T, err error, code string) {
	t.Helper()
	if r, ok := event.AsRefusal(err); code == "" && err != nil || code != "" && (!ok || r.Code != code) {
		t.Fatalf("got %v, want %q", err, code)
	}
}

func operator(t *testing.T, o *office.Office, login string) (op office.Operator, ok bool) {
	t.Helper()
	if err := o.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
		op, ok, err = o.Directory.Operator(context.Background(), tx, login)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return op, ok
}

// From an empty node to a clerk at a station and out of service again.
func TestSite_FromBootstrapToTheStation(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
		o := open(t, config, &now)
		want(t, sitedesk.Bootstrap(ctx, o, city, "长春市公安局", "admin", "op-0"), "")
		want(t, sitedesk.Bootstrap(ctx, o, city, "长春市公安局", "other", "op-9"), "site.not_first")
		admin, ok := operator(t, o, "admin")
		if !ok || admin.ID != "op-0" || admin.Unit != city || !slices.Equal(admin.Roles, []office.Role{office.Administrator}) {
			t.Fatalf("%+v", admin)
		}
		want(t, do(t, o, admin, "site.bootstrap", map[string]string{"name": "x", "login": "y", "operator": "z"}), "office.role")
		want(t, do(t, o, admin, "site.found_unit", map[string]any{"unit": station, "name": "南岭派出所", "kind": "station"}), "site.no_parent")
		want(t, do(t, o, admin, "site.found_unit", map[string]any{"unit": county, "name": "南关分局", "kind": "bureau"}), "")
		want(t, do(t, o, admin, "site.found_unit", map[string]any{"unit": station, "name": "南岭派出所", "kind": "station"}), "")
		want(t, do(t, o, admin, "site.appoint", map[string]any{"login": "chief", "name": "王强", "unit": county, "roles": []string{"leader"}}), "")
		chief, _ := operator(t, o, "chief")
		clerk := map[string]any{"login": "li", "name": "李梅", "unit": station, "roles": []string{"clerk"}}
		want(t, do(t, o, chief, "site.appoint", clerk), "")
		want(t, do(t, o, chief, "site.appoint", clerk), "site.login_taken")
		li, ok := operator(t, o, "li")
		if !ok || li.Unit != station {
			t.Fatalf("%+v", li)
		}
		want(t, do(t, o, li, "site.appoint", clerk), "office.role")
		want(t, do(t, o, chief, "site.end_operator", map[string]any{"operator": admin.ID, "ground": "调离"}), "site.no_unit")
		want(t, do(t, o, admin, "site.end_operator", map[string]any{"operator": li.ID, "ground": "调离"}), "")
		if _, ok := operator(t, o, "li"); ok {
			t.Fatal("out of service, and still found")
		}
		want(t, do(t, o, chief, "site.end_operator", map[string]any{"operator": li.ID, "ground": "调离"}), "site.ended")
		want(t, do(t, o, chief, "site.appoint", clerk), "")
		checkTables(t, o)
	})
}

func checkTables(t *testing.T, o *office.Office) {
	t.Helper()
	ctx := context.Background()
	if err := o.DB.Read(ctx, func(tx *store.Tx) error {
		units, err := sitedb.Units(ctx, tx)
		if err != nil {
			return err
		}
		appointments, err := sitedb.Operators(ctx, tx, station)
		if len(units) != 3 || units[1].Founder != city || len(appointments) != 2 || appointments[0].Ended.IsZero() == appointments[1].Ended.IsZero() {
			t.Errorf("%+v %+v", units, appointments)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	result, err := o.CheckRebuild(ctx, nil)
	if err != nil || len(result.Differences) > 0 {
		t.Fatalf("%+v %v", result, err)
	}
}

// Design 2: a jump of the clock needs a named person's confirmation, after which work goes on.
func TestConfirmClock(t *testing.T) {
	now := time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)
	o := open(t, storetest.SQLiteConfig(t), &now)
	want(t, sitedesk.Bootstrap(context.Background(), o, city, "长春市公安局", "admin", "op-0"), "")
	admin, _ := operator(t, o, "admin")
	now = now.AddDate(0, 1, 0)
	county := map[string]any{"unit": county, "name": "南关分局", "kind": "bureau"}
	want(t, do(t, o, admin, "site.found_unit", county), "office.clock_unconfirmed")
	want(t, do(t, o, admin, office.ClockFree, map[string]any{}), "")
	want(t, do(t, o, admin, "site.found_unit", county), "")
}
