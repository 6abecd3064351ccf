package sitedesk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// look writes a look-up as the register's desk does.
var look = office.Define("test.look", citizen.Text{ZH: "查询", EN: "look"}, office.AllRoles, nil,
	func(_ context.Context, w *office.Work, l register.LookedUp) (struct{}, error) {
		w.Emit(event.Event{Stream: event.Access(w.By.Unit), Kind: register.KindLookedUp, V: 1, Subject: fmt.Sprintf("look-%d-%s", w.Now, w.By.ID), Body: l})
		return struct{}{}, nil
	})

// 居民身份证法（2003）第6条: who looked at whom, and why, is read at the unit above; the city's own by its auditor; and the reading is recorded too.
func TestAccessLogIsReadAtTheUnitAbove_Art6(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		room := sitedb.New()
		o := officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{city, county, station}, Directory: room,
			Rooms: []office.Room{room, registerdb.New(), carddb.New(), funddb.New()}, Actions: append(sitedesk.Actions(), look)})
		want(t, sitedesk.Bootstrap(context.Background(), o.Office, city, "长春市公安局", "admin", "op-0"), "")
		admin, _ := operator(o, "admin")
		for _, u := range []map[string]any{{"unit": county, "name": "南关分局", "kind": "bureau"}, {"unit": station, "name": "南岭派出所", "kind": "station"}} {
			o.Must(admin, "site.found_unit", u, nil)
		}
		post := func(login string, unit event.Unit, role string) office.Operator {
			o.Must(admin, "site.appoint", map[string]any{"login": login, "name": "甲" + login, "unit": unit, "roles": []string{role}}, nil)
			op, _ := operator(o, login)
			return op
		}
		clerk, chief, leader, auditor := post("clerk", station, "clerk"), post("chief", station, "leader"), post("leader", county, "leader"), post("auditor", city, "auditor")
		mayor := post("mayor", city, "leader")
		o.Must(clerk, "test.look", register.LookedUp{Purpose: "窗口受理", How: "number", Tenures: []string{"t1"}}, nil)
		o.Now = o.Now.Add(15 * time.Hour) // midnight
		o.Must(clerk, "test.look", register.LookedUp{Purpose: "..", How: "number", Tenures: []string{"t2"}}, nil)
		o.Must(leader, "test.look", register.LookedUp{Purpose: "督办", How: "name", Wide: true}, nil)
		span := map[string]any{"from": "2005-09-01", "to": "2005-09-02", "purpose": "查询日志检查"}
		var log sitedesk.AccessLog
		o.Must(leader, "site.access_log", span, &log)
		if log.Read != 2 || len(log.Operators) != 1 || log.Operators[0].Name != "甲clerk" || log.Operators[0].Persons != 2 || log.Operators[0].Odd != 1 {
			t.Errorf("%+v", log)
		}
		if odd := log.Entries[0].Odd; len(odd) != 2 || odd[0] != site.OddNight || odd[1] != site.OddPurpose {
			t.Errorf("%+v", log.Entries)
		}
		log = sitedesk.AccessLog{}
		o.Must(auditor, "site.access_log", span, &log)
		if log.Read != 3+1 { // the leader's reading too
			t.Errorf("%+v", log)
		}
		with := func(key string, value any) map[string]any {
			all := map[string]any{key: value}
			for k, v := range span {
				if k != key {
					all[k] = v
				}
			}
			return all
		}
		o.Refused(leader, "site.access_log", with("unit", county), "site.own_log")
		o.Refused(mayor, "site.access_log", with("unit", city), "site.own_log")
		o.Must(auditor, "site.access_log", with("unit", city), &log)
		o.Refused(leader, "site.access_log", with("unit", "220122001"), "office.other_area")
		o.Refused(leader, "site.access_log", with("purpose", ""), "register.no_purpose")
		o.Refused(leader, "site.access_log", with("to", "2005-08-01"), "site.span")
		o.Refused(chief, "site.access_log", span, "office.level")
		o.Refused(clerk, "site.access_log", span, "office.role")
		o.Check()
	})
}
