package sitedesk_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
)

type m = map[string]any

const (
	second       event.Unit = "220102002"
	otherCounty  event.Unit = "220103"
	otherStation event.Unit = "220103001"
)

// work stands in for a desk's action at the post of acceptance.
func work(name string) office.Action {
	return office.Define(name, citizen.Text{ZH: "受理", EN: "accept"}, []office.Role{office.Clerk, office.Leader, office.System}, nil,
		func(context.Context, *office.Work, struct{}) (struct{}, error) { return struct{}{}, nil })
}

// town is a city with two counties and three stations, its staff, and the gate.
type town struct {
	*officetest.Office
	t  testing.TB
	by map[string]office.Operator
}

// newTown founds the units and appoints a leader and a clerk everywhere: "leader220102", "clerk220102001".
func newTown(t testing.TB, config store.Config, verified func(context.Context, *store.Tx, event.Unit) (site.Share, error)) *town {
	t.Helper()
	room := sitedb.New()
	actions := sitedesk.ActionsWith(sitedesk.Settings{Limits: site.DefaultLimits(), Verified: verified})
	o := officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{city}, Rooms: []office.Room{room}, Directory: room,
		Actions: append(actions, work("card.open"), work("card.show")), Permit: sitedb.Permit})
	w := &town{Office: o, t: t, by: make(map[string]office.Operator)}
	if err := sitedesk.Bootstrap(context.Background(), o.Office, city, "市局", "admin", "op-0"); err != nil {
		t.Fatal(err)
	}
	w.know("admin")
	for _, u := range []event.Unit{county, otherCounty, station, second, otherStation} {
		w.must("admin", "site.found_unit", m{"unit": u, "name": "单位" + string(u), "kind": map[event.Level]string{event.County: "bureau", event.Station: "station"}[u.Level()]}, nil)
	}
	for _, u := range []event.Unit{city, county, otherCounty, station, second, otherStation} {
		for _, role := range []string{"leader", "clerk"} {
			w.appoint(u, role)
		}
	}
	return w
}

func (w *town) know(login string) {
	w.t.Helper()
	op, ok := operator(w.Office, login)
	if !ok {
		w.t.Fatalf("%s is not in service", login)
	}
	w.by[login] = op
}

func (w *town) appoint(u event.Unit, role string) {
	w.t.Helper()
	login := role + string(u)
	w.must("admin", "site.appoint", m{"operator": "op-" + login, "login": login, "name": login, "unit": u, "roles": []string{role}}, nil)
	w.know(login)
}

func (w *town) must(login, action string, input, result any) {
	w.t.Helper()
	w.Must(w.by[login], action, input, result)
}

func (w *town) refused(login, action string, input any, code string) {
	w.t.Helper()
	w.Refused(w.by[login], action, input, code)
}

// exam certifies people by one examination.
func (w *town) exam(by string, posts []site.Post, logins ...string) {
	w.t.Helper()
	results := make([]m, len(logins))
	for i, login := range logins {
		results[i] = m{"login": login, "score": 90, "practical": true, "posts": posts}
	}
	w.must(by, "site.certify", m{"paper": "P1", "task": "受理一件", "results": results}, nil)
}

// equip brings one piece of equipment into service.
func (w *town) equip(unit event.Unit, kind, serial string) (asset string) {
	w.t.Helper()
	var out sitedesk.EquipmentOutput
	w.must("leader"+string(county), "site.equip", m{"unit": unit, "type": kind, "steps": []string{"needed", "approved", "tendered", "delivered"}, "serial": serial,
		"warranty": "2008-09-01", "supplier": "某公司", "price_fen": 350000}, &out)
	w.must("clerk"+string(unit), "site.equip", m{"asset": out.Asset, "steps": []string{"installed", "tested", "in_service"}, "sheet": "T-" + serial}, &out)
	return out.Asset
}

func all(ctx context.Context, tx *store.Tx, _ event.Unit) (site.Share, error) {
	return site.Share{Part: 95, Whole: 100, Measured: true}, nil
}

// Plan S6: an account gets the right to a step only when its examination is passed.
func TestPermit_PlanS6(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		w := newTown(t, config, nil)
		clerk, trainer := "clerk"+string(station), "leader"+string(county)
		w.must(clerk, "card.show", nil, nil) // reading needs none
		w.refused(clerk, "card.open", nil, "site.not_certified")
		if err := w.Do(office.Operator{ID: "system", Login: "system", Unit: station, Roles: []office.Role{office.System}}, "card.open", nil, nil); err != nil {
			t.Errorf("the node itself: %v", err)
		}
		var course sitedesk.CourseOutput
		w.must(trainer, "site.open_course", m{"title": "二代证业务", "place": "分局", "from": "2005-08-20", "to": "2005-09-01", "posts": []string{"acceptance"}}, &course)
		exam := m{"course": course.Course, "paper": "P1", "task": "受理一件", "results": []m{{"login": clerk, "score": 80, "practical": true, "posts": []string{"acceptance"}}}}
		w.refused(trainer, "site.certify", exam, "site.not_attended")
		w.must(trainer, "site.attend", m{"course": course.Course, "logins": []string{clerk}}, nil)
		var out sitedesk.CertifyOutput
		failed := m{"course": course.Course, "paper": "P1", "task": "受理一件", "results": []m{{"login": clerk, "score": 59, "practical": true, "posts": []string{"acceptance"}}}}
		w.must(trainer, "site.certify", failed, &out)
		if len(out.Passed) != 0 || !slices.Equal(out.Failed, []string{clerk}) {
			t.Errorf("%+v", out)
		}
		w.refused(clerk, "card.open", nil, "site.not_certified")
		exam["hold"] = true
		w.must(trainer, "site.certify", exam, &out)
		w.refused(clerk, "card.open", nil, "site.not_certified") // certified, not activated
		w.must(trainer, "site.activate", m{"login": clerk, "posts": []string{"acceptance"}}, nil)
		w.must(clerk, "card.open", nil, nil)
		w.must("leader"+string(station), "site.suspend", m{"login": clerk, "posts": []string{"acceptance"}, "ground": "差错过多"}, nil)
		w.refused(clerk, "card.open", nil, "site.not_certified")
		w.exam(trainer, []site.Post{site.Acceptance}, clerk) // passing again does not lift a suspension
		w.refused(clerk, "card.open", nil, "site.not_certified")
		w.must(trainer, "site.activate", m{"login": clerk, "posts": []string{"acceptance"}}, nil)
		w.must(clerk, "card.open", nil, nil)
		w.Now = w.Now.AddDate(0, 23, 0)
		w.must("admin", office.ClockFree, m{}, nil)
		w.must(clerk, "card.open", nil, nil)
		var list sitedesk.TrainingList
		w.must(trainer, "site.training", m{"unit": station}, &list)
		if len(list.People) != 2 || !slices.Equal(list.People[0].RenewNow, []site.Post{site.Acceptance}) || len(list.People[0].Exams) != 3 {
			t.Errorf("%+v", list.People)
		}
		w.Now = w.Now.AddDate(0, 1, 1)
		w.must("admin", office.ClockFree, m{}, nil)
		w.refused(clerk, "card.open", nil, "site.not_certified") // it ran out
		w.exam(trainer, []site.Post{site.Acceptance}, clerk)
		w.must(clerk, "card.open", nil, nil)
		w.Check()
	})
}

// Plan S5, S7: a unit starts when it is ripe, step by step, by measured facts.
func TestLife_PlanS7(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		w := newTown(t, config, all)
		head, chief := "leader"+string(station), "leader"+string(county)
		started := func() (open bool) {
			w.Read(func(tx *store.Tx) (err error) {
				open, err = sitedb.Started(context.Background(), tx, station)
				return err
			})
			return open
		}
		stage := func(s string) m { return m{"unit": station, "stage": s} }
		w.refused(chief, "site.decide_stage", stage("ready"), "site.not_declared")
		w.must(head, "site.declare_ready", m{}, nil)
		w.must(chief, "site.decide_stage", stage("ready"), nil)
		w.refused(chief, "site.decide_stage", stage("pilot"), "site.not_ready")
		w.equip(station, "camera_set", "C1")
		reader := w.equip(station, "card_reader", "R1")
		disk := w.equip(station, "removable_disk", "D1")
		w.must(head, "site.state_line", m{"state": "none"}, nil)
		w.exam(chief, []site.Post{site.Acceptance, site.Photograph, site.Fee}, "clerk"+string(station))
		w.refused(chief, "site.decide_stage", stage("started"), "site.not_ready") // nobody answers for it
		w.must(head, "site.fill_seat", m{"body": "answerable", "name": "王强"}, nil)
		w.refused(chief, "site.decide_stage", stage("pilot"), "site.not_ready") // a pilot needs a line (plan S5)
		w.must(chief, "site.equip", m{"asset": disk, "steps": []string{"retired"}}, nil)
		w.refused(chief, "site.decide_stage", stage("started"), "site.not_ready") // no line, no disk
		w.must(head, "site.state_line", m{"state": "tested", "carrier": "adsl", "kbps": 512}, nil)
		w.must(chief, "site.equip", m{"asset": reader, "steps": []string{"repair"}, "note": "读不出"}, nil)
		w.refused(chief, "site.decide_stage", stage("pilot"), "site.not_ready")
		w.must(chief, "site.equip", m{"asset": reader, "steps": []string{"tested", "in_service"}, "sheet": "T2"}, nil)
		if started() {
			t.Error("started before it was")
		}
		w.must(chief, "site.decide_stage", stage("pilot"), nil)
		if !started() {
			t.Error("a pilot accepts cards")
		}
		for _, s := range []string{"started", "full"} {
			w.must(chief, "site.decide_stage", stage(s), nil)
		}
		w.must(chief, "site.stop_unit", m{"unit": station, "ground": "停电"}, nil)
		w.refused(head, "site.resume_unit", m{}, "site.stopped_above")
		w.refused(chief, "site.decide_stage", stage("finishing"), "site.unit_stopped")
		if started() {
			t.Error("stopped, and accepts cards")
		}
		w.must("leader"+string(city), "site.resume_unit", m{"unit": station}, nil)
		w.must(head, "site.stop_unit", m{"ground": "设备故障"}, nil)
		w.must(head, "site.resume_unit", m{}, nil)
		for _, s := range []string{"finishing", "done"} {
			w.must(chief, "site.decide_stage", stage(s), nil)
		}
		if !started() {
			t.Error("after the replacement everyday acceptance goes on")
		}
		var rows []sitedesk.StageRow
		w.must(chief, "site.stages", m{}, &rows)
		if len(rows) != 3 || rows[1].Unit != station || rows[1].Stage != site.Done || rows[1].FirstGeneration || rows[1].Signer != w.by[chief].ID ||
			rows[1].Since.String() != "2005-09-01" || rows[2].Stage != site.Preparing || !rows[2].FirstGeneration {
			t.Errorf("%+v", rows)
		}
		w.Check()
	})
}

// R17: a named person overrides with a ground, and what was not met stands in the entry.
func TestOverride_R17(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	var out sitedesk.StageOutput
	w.must("leader"+string(county), "site.decide_stage", m{"unit": station, "stage": "started", "override": "群众急需"}, &out)
	values := make(map[string]site.Fact)
	for _, f := range out.Facts {
		values[f.Fact] = f
	}
	for name, want := range map[string]site.Met{site.FactSoftware: site.Yes, site.FactEquipment: site.Unknown, site.FactLine: site.Unknown,
		site.FactTraining: site.No, site.FactAnswerable: site.No, site.FactVerified: site.Unknown} {
		if values[name].Met != want {
			t.Errorf("%s is %s, want %s", name, values[name].Met, want)
		}
	}
	if values[site.FactVerified].Value != "not measured" {
		t.Errorf("%+v", values[site.FactVerified])
	}
	var rows []sitedesk.StageRow
	w.must("leader"+string(station), "site.stages", m{}, &rows)
	if len(rows) != 1 || !rows[0].Open || rows[0].Override != "群众急需" {
		t.Errorf("%+v", rows)
	}
	var ready []sitedesk.ReadinessRow
	w.must("leader"+string(county), "site.readiness", m{}, &ready)
	if len(ready) != 3 || ready[1].Met != 1 || ready[1].Of != 6 || ready[1].Stage != site.Started {
		t.Errorf("%+v", ready)
	}
}

// R51: a unit whose node was admitted and has not been heard of is not served yet.
func TestSoftware_R51(t *testing.T) {
	ctx := context.Background()
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	key, err := journal.NewKey(station)
	if err != nil {
		t.Fatal(err)
	}
	software := func() site.Fact {
		var rows []sitedesk.ReadinessRow
		w.must("leader"+string(county), "site.readiness", m{"unit": station}, &rows)
		return rows[0].Facts[0]
	}
	if f := software(); f.Met != site.Yes || f.Value != string(city) {
		t.Errorf("%+v", f)
	}
	w.Write(func(tx *store.Tx) error {
		signed, err := w.Key.SignCertificate(journal.Certificate{Node: key.Node, Unit: station, Verifier: key.Verifier(), From: 1})
		if err != nil {
			return err
		}
		if err := journal.SaveCertificate(ctx, tx, signed); err != nil {
			return err
		}
		if err := journal.Host(ctx, tx, station, 1, nil); err != nil {
			return err
		}
		return journal.Unhost(ctx, tx, station)
	})
	if f := software(); f.Met != site.No || f.Value != string(station) {
		t.Errorf("%+v", f)
	}
}

// R7: unknown is never connected, and the road follows from the line.
func TestRoad_R7(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	head, chief := "leader"+string(station), "leader"+string(county)
	road := func(state, road string) {
		t.Helper()
		var rows []sitedesk.RoadRow
		w.must(head, "site.road", m{}, &rows)
		if len(rows) != 1 || rows[0].State != state || rows[0].Road != road {
			t.Errorf("%+v, want %s by %s", rows, state, road)
		}
	}
	road("unknown", "disk")
	w.must(chief, "site.state_line", m{"unit": station, "state": "cabled", "carrier": "adsl"}, nil)
	w.must(head, "site.state_line", m{"state": "connected"}, nil)
	road("connected", "disk")
	w.must(head, "site.state_line", m{"state": "tested", "carrier": "adsl", "kbps": 33}, nil)
	road("tested", "disk") // too slow
	w.must(head, "site.state_line", m{"state": "tested", "carrier": "adsl", "kbps": 512}, nil)
	road("tested", "network")
	w.must(head, "site.open_outage", m{"cause": "施工挖断"}, nil)
	road("tested", "disk")
	w.must(chief, "site.close_outage", m{"unit": station}, nil)
	road("tested", "network")
	var rows []sitedesk.RoadRow
	w.must(chief, "site.road", m{}, &rows)
	if len(rows) != 3 || rows[2].Unit != second || rows[2].Node != city || rows[2].State != site.LineUnknown {
		t.Errorf("%+v", rows)
	}
	w.Check()
}

// R8, R94: the annex as a list, and downtime.
func TestEquipment_R94(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	chief := "leader" + string(county)
	asset := w.equip(station, "camera_set", "C1")
	w.must("clerk"+string(station), "site.equip", m{"asset": asset, "steps": []string{"repair"}, "note": "快门"}, nil)
	w.must(chief, "site.equip", m{"unit": second, "type": "camera_set", "steps": []string{"needed"}}, nil)
	w.Now = w.Now.AddDate(0, 0, 4)
	w.must("admin", office.ClockFree, m{}, nil)
	var list sitedesk.EquipmentList
	w.must(chief, "site.equipment_list", m{}, &list)
	if len(list.Assets) != 2 || list.Assets[0].Down != 4 || list.Assets[0].Broken != 1 || list.Assets[0].Serial != "C1" || list.Assets[0].Supplier != "某公司" ||
		list.Assets[0].PriceFen != 350000 || list.Assets[0].Sheet != "T-C1" {
		t.Errorf("%+v", list.Assets)
	}
	want := site.Need{Unit: county, Type: "camera_set", Norm: 3, Present: 1, Coming: 1, Need: 2}
	got := list.Total[0]
	got.Text = citizen.Text{}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	w.must(chief, "site.equip", m{"asset": asset, "steps": []string{"in_service"}}, nil)
	w.must(chief, "site.equip", m{"asset": asset, "steps": []string{"repair", "retired"}, "note": "报废"}, nil)
	w.must(chief, "site.equipment_list", m{"unit": station}, &list)
	if list.Assets[0].Down != 4 || list.Needs[0].Need != 1 {
		t.Errorf("%+v", list)
	}
	w.Check()
}

// R66, R67, R69, R71: bodies with their members by department; what is missing is listed.
func TestBodies_R67(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	chief := "leader" + string(county)
	var rows []site.BodyState
	w.must(chief, "site.bodies", m{}, &rows)
	if len(rows) != 5 || !slices.Equal(rows[0].Missing, []string{"chair", "police", "finance", "publicity", "development_reform"}) || !slices.Equal(rows[3].Missing, []string{"chair"}) {
		t.Fatalf("%+v", rows)
	}
	var seat sitedesk.SeatOutput
	w.must(chief, "site.fill_seat", m{"body": "leading_group", "name": "赵区长", "department": "police", "post": "chair"}, &seat)
	for _, d := range []string{"finance", "publicity", "development_reform"} {
		w.must(chief, "site.fill_seat", m{"body": "leading_group", "name": "某主任", "department": d, "post": "member"}, nil)
	}
	rows = nil
	w.must(chief, "site.bodies", m{}, &rows)
	if len(rows[0].Missing) != 0 || len(rows[0].Seats) != 4 {
		t.Errorf("%+v", rows[0])
	}
	w.must(chief, "site.leave_seat", m{"seat": seat.Seat}, nil)
	w.Now = w.Now.AddDate(0, 0, 1)
	rows = nil
	w.must(chief, "site.bodies", m{}, &rows)
	if !slices.Equal(rows[0].Missing, []string{"chair", "police"}) {
		t.Errorf("%+v", rows[0])
	}
	w.Check()
}

// An absent clerk leaves a desk uncovered, unless somebody certified is there.
func TestAbsent_Uncovered(t *testing.T) {
	w := newTown(t, storetest.SQLiteConfig(t), nil)
	head, chief, clerk := "leader"+string(station), "leader"+string(county), "clerk"+string(station)
	w.appoint(station, "photographer")
	w.exam(chief, []site.Post{site.Acceptance, site.Photograph, site.Fee}, clerk)
	w.exam(chief, []site.Post{site.Photograph}, "photographer"+string(station))
	w.must(head, "site.absent", m{"login": clerk, "from": "2005-09-01", "to": "2005-09-03", "stand_in": "photographer" + string(station), "ground": "病假"}, nil)
	posts := func(on string) (posts []string) {
		var rows []site.Cover
		w.must(head, "site.uncovered", m{"on": on}, &rows)
		for _, r := range rows {
			posts = append(posts, fmt.Sprint(r.Post, r.Away))
		}
		return posts
	}
	if got := posts("2005-09-03"); !slices.Equal(got, []string{"acceptance[" + clerk + "]", "fee[" + clerk + "]"}) {
		t.Error(got)
	}
	if got := posts("2005-09-04"); got != nil {
		t.Error(got)
	}
	w.Check()
}

// refusals is every "no" of the desk: who, what, and the code. The town has been prepared by prepared.
func refusals(asset, seat, course string) []struct {
	by, action string
	in         m
	code       string
} {
	head, chief, mayor, clerk, far := "leader"+string(station), "leader"+string(county), "leader"+string(city), "clerk"+string(station), "clerk"+string(otherStation)
	result := func(login string, score int, posts ...string) m {
		return m{"paper": "P1", "task": "一件", "results": []m{{"login": login, "score": score, "practical": true, "posts": posts}}}
	}
	with := func(in m, name string, value any) m {
		in[name] = value
		return in
	}
	equip := func(unit event.Unit, steps ...string) m { return m{"unit": unit, "type": "camera_set", "steps": steps} }
	return []struct {
		by, action string
		in         m
		code       string
	}{
		{clerk, "site.declare_ready", m{}, "office.role"},
		{head, "site.decide_stage", m{"unit": station, "stage": "ready"}, "office.level"},
		{clerk, "site.certify", m{}, "office.role"},
		{head, "site.certify", m{}, "office.level"},
		{"leader" + string(second), "site.declare_ready", m{}, "site.stage_order"},
		{chief, "site.decide_stage", m{"unit": otherStation, "stage": "started", "override": "x"}, "site.no_unit"},
		{chief, "site.decide_stage", m{"unit": "220102009", "stage": "started", "override": "x"}, "site.no_unit"},
		{chief, "site.decide_stage", m{"unit": county, "stage": "started", "override": "x"}, "site.not_above"},
		{chief, "site.decide_stage", m{"unit": station, "stage": "closed"}, "site.stage_unknown"},
		{chief, "site.decide_stage", m{"unit": station, "stage": "full"}, "site.stage_order"},
		{chief, "site.decide_stage", m{"unit": second, "stage": "pilot", "override": "x"}, "site.stage_order"},
		{chief, "site.decide_stage", m{"unit": second, "stage": "full", "on": "2005-08-31"}, "site.stage_date"},
		{chief, "site.decide_stage", m{"unit": second, "stage": "full", "on": "2005-09-02"}, "site.stage_date"},
		{chief, "site.decide_stage", m{"unit": station, "stage": "ready"}, "site.not_declared"},
		{chief, "site.decide_stage", m{"unit": station, "stage": "started", "override": ""}, "site.stage_order"},
		{mayor, "site.decide_stage", m{"unit": otherCounty, "stage": "pilot"}, "site.not_ready"},
		{chief, "site.stop_unit", m{"unit": station, "ground": "x"}, "site.not_open"},
		{chief, "site.stop_unit", m{"unit": second}, "site.no_ground"},
		{chief, "site.stop_unit", m{"unit": otherStation, "ground": "x"}, "site.no_unit"},
		{chief, "site.resume_unit", m{"unit": second}, "site.not_stopped"},
		{"leader" + string(otherStation), "site.resume_unit", m{}, "site.stopped_above"},
		{mayor, "site.decide_stage", m{"unit": otherStation, "stage": "full"}, "site.unit_stopped"},
		{head, "site.stages", m{"unit": county}, "office.other_area"},
		{head, "site.readiness", m{"unit": second}, "office.other_area"},

		{chief, "site.equip", m{"unit": station, "type": "boat", "steps": []string{"needed"}}, "site.equipment_type"},
		{chief, "site.equip", equip(otherStation, "needed"), "site.no_unit"},
		{chief, "site.equip", equip(station), "site.equipment_step"},
		{chief, "site.equip", equip(station, "tested"), "site.equipment_step"},
		{clerk, "site.equip", equip(station, "needed", "approved"), "site.not_above"},
		{chief, "site.equip", equip(county, "needed", "approved"), "site.not_above"},
		{chief, "site.equip", equip(station, "delivered"), "site.no_serial"},
		{chief, "site.equip", with(equip(station, "needed"), "price_fen", -1), "site.price"},
		{chief, "site.equip", with(equip(station, "needed"), "on", "2005-09-02"), "site.equipment_date"},
		{clerk, "site.equip", m{"asset": asset, "steps": []string{"tested"}}, "site.no_sheet"},
		{clerk, "site.equip", m{"asset": asset, "steps": []string{"tested", "in_service"}, "sheet": "T", "failed": true}, "site.test_failed"},
		{clerk, "site.equip", m{"asset": asset, "steps": []string{"tested", "repair"}, "sheet": "T"}, "site.no_ground"},
		{far, "site.equip", m{"asset": asset, "steps": []string{"tested"}, "sheet": "T"}, "site.no_asset"},

		{chief, "site.state_line", m{"unit": station, "state": "good"}, "site.line_state"},
		{chief, "site.state_line", m{"unit": station, "state": "tested", "carrier": "adsl"}, "site.line_test"},
		{chief, "site.state_line", m{"unit": station, "state": "none", "on": "2005-09-02"}, "site.line_date"},
		{chief, "site.state_line", m{"unit": otherStation, "state": "none"}, "site.no_unit"},
		{chief, "site.open_outage", m{"unit": station, "cause": "x"}, "site.line_state"},
		{chief, "site.open_outage", m{"unit": second}, "site.no_ground"},
		{mayor, "site.open_outage", m{"unit": otherStation, "cause": "x"}, "site.line_out"},
		{chief, "site.close_outage", m{"unit": second}, "site.line_not_out"},

		{chief, "site.open_course", m{"place": "x", "from": "2005-09-01", "to": "2005-09-01", "posts": []string{"fee"}}, "site.course"},
		{chief, "site.open_course", m{"title": "x", "place": "x", "from": "2005-09-02", "to": "2005-09-01", "posts": []string{"fee"}}, "site.course"},
		{chief, "site.open_course", m{"title": "x", "place": "x", "from": "2005-09-01", "to": "2005-09-01", "posts": []string{"cook"}}, "site.post"},
		{chief, "site.attend", m{"course": "x", "logins": []string{clerk}}, "site.no_course"},
		{"leader" + string(otherCounty), "site.attend", m{"course": course, "logins": []string{far}}, "site.no_course"},
		{chief, "site.attend", m{"course": course, "logins": []string{clerk}, "on": "2005-08-30"}, "site.course_date"},
		{chief, "site.attend", m{"course": course, "logins": []string{far}}, "site.no_operator"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "course", "x"), "site.no_course"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "course", course), "site.not_attended"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "task", ""), "site.exam"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "pass_mark", 101), "site.exam"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "pass_mark", 1), "site.exam"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "on", "2005-09-02"), "site.exam_date"},
		{chief, "site.certify", with(result(clerk, 90, "fee"), "results", []m{}), "site.exam"},
		{chief, "site.certify", result(clerk, 101, "fee"), "site.exam"},
		{chief, "site.certify", result(clerk, 90, "cook"), "site.post"},
		{chief, "site.certify", result(chief, 90, "decision"), "site.self"},
		{chief, "site.certify", result("nobody", 90, "fee"), "site.no_operator"},
		{chief, "site.activate", m{"login": clerk, "posts": []string{"fee"}}, "site.no_certificate"},
		{chief, "site.activate", m{"login": "clerk" + string(second), "posts": []string{"fee"}}, "site.permission_same"},
		{chief, "site.suspend", m{"login": "clerk" + string(second), "posts": []string{"fee"}}, "site.no_ground"},
		{head, "site.suspend", m{"login": "clerk" + string(second), "posts": []string{"fee"}, "ground": "x"}, "site.no_operator"},
		{chief, "site.suspend", m{"login": clerk, "posts": []string{"fee"}, "ground": "x"}, "site.permission_same"},
		{clerk, "card.open", m{}, "site.not_certified"},

		{head, "site.fill_seat", m{"body": "leading_group", "name": "x", "department": "police", "post": "chair"}, "site.seat"},
		{chief, "site.fill_seat", m{"body": "leading_group", "name": "x", "department": "police", "post": "king"}, "site.seat"},
		{chief, "site.fill_seat", m{"body": "leading_group", "department": "police", "post": "chair"}, "site.seat"},
		{chief, "site.fill_seat", m{"body": "leading_group", "name": "x", "post": "chair"}, "site.seat"},
		{chief, "site.fill_seat", m{"body": "answerable", "name": "x", "unit": second}, "site.seat"},
		{chief, "site.fill_seat", m{"body": "answerable", "name": "x", "from": "2005-09-02"}, "site.seat"},
		{chief, "site.fill_seat", m{"body": "answerable", "name": "x", "unit": otherStation}, "site.no_unit"},
		{head, "site.leave_seat", m{"seat": seat}, "site.seat"},
		{chief, "site.leave_seat", m{"seat": seat, "to": "2005-09-02"}, "site.seat"},
		{head, "site.absent", m{"login": far, "from": "2005-09-01", "to": "2005-09-01", "ground": "x"}, "site.no_operator"},
		{head, "site.absent", m{"login": clerk, "from": "2005-09-02", "to": "2005-09-01", "ground": "x"}, "site.absence_date"},
		{head, "site.absent", m{"login": clerk, "from": "2005-09-01", "to": "2005-09-01"}, "site.no_ground"},
		{head, "site.absent", m{"login": clerk, "from": "2005-09-01", "to": "2005-09-01", "ground": "x", "stand_in": far}, "site.stand_in"},
		{head, "site.absent", m{"login": clerk, "from": "2005-09-01", "to": "2005-09-01", "ground": "x", "stand_in": head}, "site.stand_in"},
	}
}

// prepared is a town in which each refusal has its occasion.
func prepared(t *testing.T) (w *town, asset, seat, course string) {
	w = newTown(t, storetest.SQLiteConfig(t), nil)
	chief, mayor := "leader"+string(county), "leader"+string(city)
	for _, u := range []event.Unit{second, otherStation} {
		w.must(mayor, "site.decide_stage", m{"unit": u, "stage": "started", "override": "演示"}, nil)
		w.must(mayor, "site.state_line", m{"unit": u, "state": "connected"}, nil)
	}
	w.must(mayor, "site.open_outage", m{"unit": otherStation, "cause": "断"}, nil)
	w.must(mayor, "site.stop_unit", m{"unit": otherStation, "ground": "断"}, nil)
	w.must("leader"+string(otherCounty), "site.declare_ready", m{}, nil)
	w.must(mayor, "site.decide_stage", m{"unit": otherCounty, "stage": "ready"}, nil)
	var e sitedesk.EquipmentOutput
	w.must(chief, "site.equip", m{"unit": station, "type": "camera_set", "steps": []string{"delivered", "installed"}, "serial": "C1"}, &e)
	w.exam(chief, []site.Post{site.Fee}, "clerk"+string(second))
	var s sitedesk.SeatOutput
	w.must(chief, "site.fill_seat", m{"body": "answerable", "name": "王强", "unit": second}, &s)
	var c sitedesk.CourseOutput
	w.must(chief, "site.open_course", m{"title": "x", "place": "x", "from": "2005-09-01", "to": "2005-09-01", "posts": []string{"fee"}}, &c)
	return w, e.Asset, s.Seat, c.Course
}

func TestRefusals(t *testing.T) {
	w, asset, seat, course := prepared(t)
	seen := map[string]bool{ // by TestSite_FromBootstrapToTheStation and the rules' tests
		"site.unit_code": true, "site.not_below": true, "site.unit_known": true, "site.no_parent": true, "site.no_name": true, "site.unit_kind": true,
		"site.no_login": true, "site.login_taken": true, "site.reserved": true, "site.role": true, "site.roles_apart": true, "site.from": true,
		"site.ended": true, "site.not_first": true, "site.signs_in_elsewhere": true,
		"site.not_trainer": true, // the policy's tier says it first
	}
	for _, r := range refusals(asset, seat, course) {
		w.refused(r.by, r.action, r.in, r.code)
		seen[r.code] = true
	}
	sources, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`"(site\.[a-z_]+)", "[a-z_]*", `)
	found := 0
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range codes.FindAllSubmatch(text, -1) {
			found++
			if !seen[string(code[1])] {
				t.Errorf("%s has no case", code[1])
			}
		}
	}
	if found < 40 {
		t.Errorf("%d refusals found in the source", found)
	}
	w.Check()
}
