package sitedesk_test

import (
	"context"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
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

func open(t *testing.T, config store.Config) *officetest.Office {
	t.Helper()
	room := sitedb.New()
	return officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{city, county}, Rooms: []office.Room{room}, Actions: sitedesk.Actions(),
		Reactions: sitedesk.Reactions(), Directory: room})
}

func want(t *testing.T, err error, code string) {
	t.Helper()
	if officetest.Code(err) != code {
		t.Fatalf("got %v, want %q", err, code)
	}
}

func operator(o *officetest.Office, login string) (op office.Operator, ok bool) {
	o.Read(func(tx *store.Tx) (err error) {
		op, ok, err = o.Directory.Operator(context.Background(), tx, login)
		return err
	})
	return op, ok
}

// From an empty node to a clerk at a station and out of service again.
func TestSite_FromBootstrapToTheStation(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		ctx := context.Background()
		o := open(t, config)
		want(t, sitedesk.Bootstrap(ctx, o.Office, city, "长春市公安局", "admin", "op-0"), "")
		want(t, sitedesk.Bootstrap(ctx, o.Office, city, "长春市公安局", "other", "op-9"), "site.not_first")
		admin, ok := operator(o, "admin")
		if !ok || admin.ID != "op-0" || admin.Unit != city || !slices.Equal(admin.Roles, []office.Role{office.Administrator}) {
			t.Fatalf("%+v", admin)
		}
		want(t, o.Do(admin, "site.bootstrap", map[string]string{"name": "x", "login": "y", "operator": "z"}, nil), "office.role")
		want(t, o.Do(admin, "site.found_unit", map[string]any{"unit": station, "name": "南岭派出所", "kind": "station"}, nil), "site.no_parent")
		want(t, o.Do(admin, "site.found_unit", map[string]any{"unit": county, "name": "南关分局", "kind": "bureau"}, nil), "")
		want(t, o.Do(admin, "site.found_unit", map[string]any{"unit": station, "name": "南岭派出所", "kind": "station"}, nil), "")
		want(t, o.Do(admin, "site.appoint", map[string]any{"login": "chief", "name": "王强", "unit": county, "roles": []string{"leader"}}, nil), "")
		chief, _ := operator(o, "chief")
		clerk := map[string]any{"login": "li", "name": "李梅", "unit": station, "roles": []string{"clerk"}}
		want(t, o.Do(chief, "site.appoint", clerk, nil), "")
		want(t, o.Do(chief, "site.appoint", clerk, nil), "site.login_taken")
		li, ok := operator(o, "li")
		if !ok || li.Unit != station {
			t.Fatalf("%+v", li)
		}
		want(t, o.Do(li, "site.appoint", clerk, nil), "office.role")
		want(t, o.Do(chief, "site.end_operator", map[string]any{"operator": admin.ID, "ground": "调离"}, nil), "site.no_unit")
		want(t, o.Do(admin, "site.end_operator", map[string]any{"operator": li.ID, "ground": "调离"}, nil), "")
		if _, ok := operator(o, "li"); ok {
			t.Fatal("out of service, and still found")
		}
		want(t, o.Do(chief, "site.end_operator", map[string]any{"operator": li.ID, "ground": "调离"}, nil), "site.ended")
		want(t, o.Do(chief, "site.appoint", clerk, nil), "")
		checkTables(t, o)
	})
}

func checkTables(t *testing.T, o *officetest.Office) {
	t.Helper()
	o.Read(func(tx *store.Tx) error {
		units, err := sitedb.Units(context.Background(), tx)
		if err != nil {
			return err
		}
		appointments, err := sitedb.Operators(context.Background(), tx, station)
		if len(units) != 3 || units[1].Founder != city || len(appointments) != 2 || appointments[0].Ended.IsZero() == appointments[1].Ended.IsZero() {
			t.Errorf("%+v %+v", units, appointments)
		}
		return err
	})
	o.Check()
}

// Design 2: a jump of the clock needs a named person's confirmation, after which work goes on.
func TestConfirmClock(t *testing.T) {
	o := open(t, storetest.SQLiteConfig(t))
	want(t, sitedesk.Bootstrap(context.Background(), o.Office, city, "长春市公安局", "admin", "op-0"), "")
	admin, _ := operator(o, "admin")
	o.Now = o.Now.AddDate(0, 1, 0)
	county := map[string]any{"unit": county, "name": "南关分局", "kind": "bureau"}
	want(t, o.Do(admin, "site.found_unit", county, nil), "office.clock_unconfirmed")
	want(t, o.Do(admin, office.ClockFree, map[string]any{}, nil), "")
	want(t, o.Do(admin, "site.found_unit", county, nil), "")
}
