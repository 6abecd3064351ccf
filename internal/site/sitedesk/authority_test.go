package sitedesk_test

import (
	"context"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// write puts events into the journal as a node does that keeps to no rule.
func write(t *testing.T, o *officetest.Office, events ...event.Event) {
	t.Helper()
	_, err := o.Act(context.Background(), office.Operator{ID: "rogue"}, func(_ context.Context, w *office.Work) error {
		w.Emit(events...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func appointed(by, at event.Unit, id, login, from string) event.Event {
	return event.Event{Stream: event.Down(by), Kind: site.KindOperatorAppointed, V: 1, Subject: id, Body: site.OperatorAppointed{Operator: id,
		Login: login, Name: login, Unit: at, Roles: []string{"leader"}, From: citizen.MustDate(from)}}
}

func ended(stream event.Stream, at event.Unit, id string) event.Event {
	return event.Event{Stream: stream, Kind: site.KindOperatorEnded, V: 1, Subject: id,
		Body: site.OperatorEnded{Operator: id, Unit: at, On: citizen.MustDate("2005-09-01"), Ground: "x"}}
}

// What a unit writes of units and operators outside its own area gives no row.
func TestAuthority_OfTheUnitThatWrites(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		room := sitedb.New()
		o := officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{city, county, station}, Rooms: []office.Room{room}, Actions: sitedesk.Actions(),
			Directory: room})
		want(t, sitedesk.Bootstrap(context.Background(), o.Office, city, "市局", "admin", "op-0"), "")
		write(t, o, appointed(county, county, "op-5", "chief", "2005-09-01"))
		found := func(by, unit event.Unit) event.Event {
			return event.Event{Stream: event.Down(by), Kind: site.KindUnitFounded, V: 1, Subject: string(unit), Body: site.UnitFounded{Unit: unit, Name: "假", Kind: "bureau"}}
		}
		write(t, o, ended(event.Down(station), city, "op-0"), ended(event.Down(county), city, "op-0"), ended(event.Down(station), station, "op-0"),
			ended(event.Up(county), county, "op-5"), ended(event.Down(station), county, "op-5"),
			appointed(station, city, "op-1", "mayor", "2005-09-01"), appointed(station, county, "op-2", "boss", "2005-09-01"),
			appointed(station, station, "op-3", "system", "2005-09-01"), appointed(station, station, "system", "x", "2005-09-01"),
			found(station, county), found(county, "220104"))
		for login, known := range map[string]bool{"admin": true, "chief": true, "mayor": false, "boss": false, "system": false, "x": false} {
			if _, ok := operator(o, login); ok != known {
				t.Errorf("%s: found is %v", login, ok)
			}
		}
		o.Read(func(tx *store.Tx) error {
			units, err := sitedb.Units(context.Background(), tx)
			if len(units) != 1 || units[0].Code != city {
				t.Errorf("%+v", units)
			}
			return err
		})
		write(t, o, ended(event.Down(county), county, "op-5"))
		if _, ok := operator(o, "chief"); ok {
			t.Error("the county's own word does not count")
		}
		o.Check()
	})
}

// A login and an identifier stay with the operator at the higher tier, whoever minted the lower identifier or wrote the earlier day.
func TestAuthority_NobodyBelowTakesALogin(t *testing.T) {
	claims := []event.Event{appointed(city, city, "op-5", "admin", "2005-09-01"), appointed(station, station, "op-1", "admin", "1990-01-01"),
		appointed(station, station, "op-5", "admin", "1990-01-01"), appointed(county, station, "op-7", "li", "2005-09-01"),
		appointed(station, station, "op-6", "li", "1990-01-01"), appointed(station, station, "op-7", "thief", "1990-01-01")}
	for shift := range claims {
		room := sitedb.New()
		o := officetest.Open(t, storetest.SQLiteConfig(t), officetest.Setup{Hosts: []event.Unit{city, county, station}, Rooms: []office.Room{room}, Directory: room})
		for i := range claims {
			write(t, o, claims[(i+shift)%len(claims)])
		}
		if admin, _ := operator(o, "admin"); admin.ID != "op-5" || admin.Unit != city {
			t.Errorf("shift %d: admin is %+v", shift, admin)
		}
		if li, _ := operator(o, "li"); li.ID != "op-7" {
			t.Errorf("shift %d: li is %+v", shift, li)
		}
		o.Read(func(tx *store.Tx) error {
			a, _, err := sitedb.OperatorByID(context.Background(), tx, "op-7")
			if a.Login != "li" {
				t.Errorf("shift %d: op-7 is %+v", shift, a)
			}
			return err
		})
		o.Check()
	}
}
