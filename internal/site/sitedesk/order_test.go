package sitedesk_test

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

// story plays every kind of the site in two counties.
func story(t *testing.T, w *town) {
	t.Helper()
	w.must("admin", office.ClockFree, m{}, nil)
	w.must("admin", "site.reset_password", m{"operator": w.by["clerk"+string(station)].ID, "ground": "忘记", "password": "correct horse", "password_again": "correct horse"}, nil)
	w.must("admin", "site.unlock_operator", m{"operator": w.by["clerk"+string(station)].ID, "ground": "当面申请"}, nil)
	w.must("admin", "site.end_operator", m{"operator": w.by["clerk"+string(otherCounty)].ID, "ground": "调离"}, nil)
	for _, u := range []event.Unit{station, otherStation} {
		chief, head, clerk := "leader"+string(u.Parent()), "leader"+string(u), "clerk"+string(u)
		w.must(head, "site.declare_ready", m{}, nil)
		w.must(chief, "site.decide_stage", m{"unit": u, "stage": "ready"}, nil)
		w.must("leader"+string(city), "site.decide_stage", m{"unit": u, "stage": "pilot", "override": "急需"}, nil)
		w.must(head, "site.stop_unit", m{"ground": "停电"}, nil)
		w.must(chief, "site.resume_unit", m{"unit": u}, nil)
		var e sitedesk.EquipmentOutput
		w.must(chief, "site.equip", m{"unit": u, "type": "camera_set", "steps": []string{"delivered"}, "serial": "C"}, &e)
		w.must(clerk, "site.equip", m{"asset": e.Asset, "steps": []string{"installed", "tested", "in_service"}, "sheet": "T"}, nil)
		w.must(chief, "site.state_line", m{"unit": u, "state": "cabled"}, nil)
		w.must(head, "site.state_line", m{"state": "tested", "carrier": "adsl", "kbps": 512}, nil)
		w.must(head, "site.open_outage", m{"cause": "断"}, nil)
		w.must(chief, "site.close_outage", m{"unit": u}, nil)
		var c sitedesk.CourseOutput
		w.must(chief, "site.open_course", m{"title": "x", "place": "x", "from": "2005-08-20", "to": "2005-09-01", "posts": []string{"acceptance"}}, &c)
		w.must(chief, "site.attend", m{"course": c.Course, "logins": []string{clerk}}, nil)
		w.exam(chief, []site.Post{site.Acceptance, site.Fee}, clerk)
		w.must(head, "site.suspend", m{"login": clerk, "posts": []string{"fee"}, "ground": "差错"}, nil)
		w.must(chief, "site.activate", m{"login": clerk, "posts": []string{"fee"}}, nil)
		var s sitedesk.SeatOutput
		w.must(chief, "site.fill_seat", m{"unit": u, "body": "answerable", "name": "王强"}, &s)
		w.must(head, "site.leave_seat", m{"seat": s.Seat}, nil)
		w.must(head, "site.absent", m{"login": clerk, "from": "2005-09-02", "to": "2005-09-03", "ground": "病假"}, nil)
	}
	w.must("leader"+string(county), "site.fill_seat", m{"body": "leading_group", "name": "赵", "department": "police", "post": "chair"}, nil)
}

func treesOf(t *testing.T, o *officetest.Office) map[event.Stream][]journal.Entry {
	t.Helper()
	trees := make(map[event.Stream][]journal.Entry)
	o.Read(func(tx *store.Tx) error {
		return journal.Each(context.Background(), tx, func(e *journal.Entry) error {
			trees[e.Stream] = append(trees[e.Stream], *e)
			return nil
		})
	})
	return trees
}

// The tables do not depend on the order in which streams arrive, nor on an entry arriving twice (ADR 0004); the engines agree.
func TestApply_AnyOrderBetweenStreams(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	story(t, w)
	w.Check()
	var want map[string]string
	w.Read(func(tx *store.Tx) (err error) {
		want, err = officetest.Digests(tx, w.Rooms(), "")
		return err
	})
	trees := treesOf(t, w.Office)
	kinds := make(map[string]bool)
	for _, entries := range trees {
		for _, e := range entries {
			kinds[e.Kind] = true
		}
	}
	for kind := range sitedb.New().Kinds() {
		if !kinds[kind] {
			t.Errorf("the story has no %s", kind)
		}
	}
	for table, digest := range want {
		if strings.HasPrefix(digest, "0 ") {
			t.Errorf("%s is empty", table)
		}
	}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config, sitedb.New().Migration())
		rapid.Check(t, func(t *rapid.T) { officetest.Arrive(t, db, sitedb.New(), nil, trees, "", want) })
	})
}

// Forgetting every subject leaves nothing.
func TestForget(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	story(t, w)
	w.Write(func(tx *store.Tx) error {
		for _, entries := range treesOf(t, w.Office) {
			for _, e := range entries {
				if _, err := sitedb.New().Forget(context.Background(), tx, e.Subject); err != nil {
					return err
				}
			}
		}
		digests, err := officetest.Digests(tx, w.Rooms(), "")
		for table, digest := range digests {
			if !strings.HasPrefix(digest, "0 ") {
				t.Errorf("%s: %s", table, digest)
			}
		}
		return err
	})
}

// No list gives a row outside the caller's area, whatever unit is asked for (design 7).
func TestLists_KeepToTheArea(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	story(t, w)
	units := []event.Unit{city, county, otherCounty, station, second, otherStation}
	lists := []string{"site.stages", "site.readiness", "site.equipment_list", "site.road", "site.training", "site.bodies", "site.uncovered"}
	codes := regexp.MustCompile(`"220[0-9]{3}([0-9]{3})?"`)
	rapid.Check(t, func(rt *rapid.T) {
		by := rapid.SampledFrom(units).Draw(rt, "by")
		ask := rapid.SampledFrom(append(units, "")).Draw(rt, "ask")
		list := rapid.SampledFrom(lists).Draw(rt, "list")
		input := m{}
		if ask != "" {
			input["unit"] = ask
		}
		var out json.RawMessage
		err := w.Do(w.by["leader"+string(by)], list, input, &out)
		if ask != "" && !by.Contains(ask) {
			if !officetest.IsRefusal(t, err, "office.other_area") {
				rt.Fatalf("%s about %s by %s: %v", list, ask, by, err)
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		for _, code := range codes.FindAllString(string(out), -1) {
			if unit := event.Unit(strings.Trim(code, `"`)); !by.Contains(unit) {
				// a unit's facts and road name the node that serves it, which may stand above
				if (list == "site.readiness" || list == "site.road") && unit.Contains(by) {
					continue
				}
				rt.Fatalf("%s by %s shows %s: %s", list, by, unit, out)
			}
		}
	})
}

// What a unit writes beyond its authority gives no row: nobody starts, certifies or equips himself.
func TestAuthority_OverLifeTrainingEquipment(t *testing.T) {
	ctx := context.Background()
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	day := citizen.MustDate("2005-09-01")
	clerk := w.by["clerk"+string(station)].ID
	speak := func(s event.Stream, kind, subject string, body any) event.Event {
		return event.Event{Stream: s, Kind: kind, V: 1, Subject: subject, Body: body}
	}
	stage := site.StageDecided{Unit: station, N: 1, Stage: site.Started, On: day}
	certified := site.Certified{Unit: station, Operator: clerk, Post: site.Fee, Certificate: "x", Exam: "x", From: day, Until: day.AddYears(9)}
	active := site.Permission{Unit: station, Operator: clerk, Post: site.Fee, N: 9, On: day}
	bought := site.EquipmentStepped{Unit: station, Asset: "a", Type: "camera_set", N: 1, Step: site.Delivered, On: day}
	line := site.LineStated{Unit: station, N: 1, State: site.LineTested, Kbps: 512, On: day}
	var before, after map[string]string
	digest := func(into *map[string]string) {
		w.Read(func(tx *store.Tx) (err error) {
			*into, err = officetest.Digests(tx, w.Rooms(), "")
			return err
		})
	}
	digest(&before)
	w.Must(w.by["admin"], "site.confirm_clock", m{}, nil)
	write(t, w.Office,
		speak(event.Down(station), site.KindStageDecided, string(station), stage), speak(event.Up(station), site.KindStageDecided, string(station), stage),
		speak(event.Down(otherCounty), site.KindStageDecided, string(station), stage), speak(event.Up(county), site.KindStageDecided, string(station), stage),
		speak(event.Down(county), site.KindStageDecided, string(county), site.StageDecided{Unit: county, N: 1, Stage: site.Started, On: day}),
		speak(event.Down(county), site.KindReadyDeclared, string(station), site.ReadyDeclared{Unit: station, On: day}),
		speak(event.Down(station), site.KindCertified, clerk, certified), speak(event.Up(station), site.KindCertified, clerk, certified),
		speak(event.Down(otherCounty), site.KindCertified, clerk, certified), speak(event.To(county, station), site.KindCertified, clerk, certified),
		speak(event.Down(station), site.KindActivated, clerk, active), speak(event.Up(station), site.KindActivated, clerk, active),
		speak(event.Down(otherCounty), site.KindSuspended, clerk, active),
		speak(event.Up(station), site.KindEquipmentStepped, "a", bought), speak(event.Down(station), site.KindEquipmentStepped, "a", bought),
		speak(event.Down(otherCounty), site.KindEquipmentStepped, "a", bought),
		speak(event.Down(station), site.KindLineStated, string(station), line), speak(event.Up(second), site.KindLineStated, string(station), line),
		speak(event.Down(station), site.KindCourseOpened, "c", site.CourseOpened{Unit: station, Course: "c", From: day, To: day}))
	digest(&after)
	if !maps.Equal(before, after) {
		t.Errorf("%v\n%v", before, after)
	}
	write(t, w.Office, speak(event.Down(county), site.KindStageDecided, string(station), stage))
	digest(&after)
	if maps.Equal(before, after) {
		t.Error("the county's own word does not count")
	}
	w.Read(func(tx *store.Tx) error {
		open, err := sitedb.Started(ctx, tx, station)
		if !open {
			t.Error("not started")
		}
		return err
	})
	w.Check()
}
