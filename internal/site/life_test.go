package site_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/site"
)

func day(s string) citizen.Date { return citizen.MustDate(s) }

// shuffles gives several orders of a list.
func shuffles[T any](all []T) [][]T {
	var out [][]T
	for seed := range uint64(20) {
		one := append([]T{}, all...)
		rand.New(rand.NewPCG(seed, 7)).Shuffle(len(one), func(i, j int) { one[i], one[j] = one[j], one[i] })
		out = append(out, one)
	}
	return out
}

// Plan S7 in whatever order the decisions came: the highest number holds, and of two with one number the higher tier's.
func TestLifeOf_WhoseWordHolds(t *testing.T) {
	decided := func(stream event.Stream, n int, stage site.Stage) site.StageClaim {
		return site.StageClaim{StageDecided: site.StageDecided{Unit: station, N: n, Stage: stage, On: day("2005-09-01")}, Claim: site.Claim{Stream: stream, Seq: int64(n)}}
	}
	claims := []site.StageClaim{decided(event.Down(county), 1, site.Ready), decided(event.Down(county), 2, site.Started), decided(event.Down(city), 2, site.Pilot),
		decided(event.Up(station), 0, "")}
	halt := func(stream event.Stream, stop string, resumed bool) site.Halt {
		return site.Halt{Stopped: site.Stopped{Unit: station, Stop: stop}, Claim: site.Claim{Stream: stream}, Resumed: resumed}
	}
	halts := []site.Halt{halt(event.Down(county), "a", false), halt(event.Up(station), "a", true), halt(event.Up(station), "b", false), halt(event.Down(city), "b", true)}
	for i, order := range shuffles(claims) {
		life := site.LifeOf(order, shuffles(halts)[i])
		if life.Stage != site.Pilot || life.N != 2 || life.DeclaredOn.IsZero() || len(life.Stops) != 1 || life.Stops[0].Stop != "a" || life.Open() {
			t.Fatalf("%+v", life)
		}
	}
}

// R8: the superior's word for the purchase, the unit's for its work, in whatever order they came; what is retired stays so.
func TestAssetOf_WhoseWordHolds(t *testing.T) {
	step := func(stream event.Stream, n int, step site.Step, on, note string) site.AssetStep {
		return site.AssetStep{EquipmentStepped: site.EquipmentStepped{Unit: station, Asset: "a", Type: "camera_set", N: n, Step: step, On: day(on), Serial: note},
			Claim: site.Claim{Stream: stream}}
	}
	steps := []site.AssetStep{step(event.Down(county), 1, site.Delivered, "2005-08-01", "S1"), step(event.Up(station), 2, site.Installed, "2005-08-02", ""),
		step(event.Up(station), 3, site.Tested, "2005-08-03", "unit"), step(event.Down(county), 3, site.Tested, "2005-08-04", "county"),
		step(event.Up(station), 4, site.InService, "2005-08-05", ""), step(event.Up(station), 5, site.Repair, "2005-08-10", ""), step(event.Up(station), 6, site.InService, "2005-08-13", "")}
	want := site.AssetOf(steps, day("2005-09-01"))
	if want.Step != site.InService || want.Serial != "unit" || want.Down != 3 || want.Broken != 1 {
		t.Fatalf("%+v", want)
	}
	for _, order := range shuffles(steps) {
		if got := site.AssetOf(order, day("2005-09-01")); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	}
	gone := append(steps, step(event.Down(county), 6, site.Retired, "2005-08-20", ""), step(event.Up(station), 900, site.InService, "2005-08-21", ""))
	for _, order := range shuffles(gone) {
		if got := site.AssetOf(order, day("2005-09-01")); got.Step != site.Retired {
			t.Fatalf("%+v", got)
		}
	}
}

// R7: of two statements with one number the unit's own holds.
func TestLineOf_WhoseWordHolds(t *testing.T) {
	claim := func(stream event.Stream, n int, state string) site.LineClaim {
		return site.LineClaim{LineStated: site.LineStated{Unit: station, N: n, State: state}, Claim: site.Claim{Stream: stream}}
	}
	claims := []site.LineClaim{claim(event.Down(county), 1, site.LineCabled), claim(event.Down(county), 2, site.LineTested), claim(event.Up(station), 2, site.LineNone)}
	for _, order := range shuffles(claims) {
		if line := site.LineOf(station, order, nil); line.State != site.LineNone || line.N != 2 {
			t.Fatalf("%+v", line)
		}
	}
	if line := site.LineOf(station, nil, nil); line.State != site.LineUnknown || line.Road(site.DefaultLimits()) != site.RoadDisk {
		t.Errorf("%+v", line)
	}
}

// R16: of two decisions with one number the suspension holds; a certificate holds from its first to its last day.
func TestRights_At(t *testing.T) {
	rights := site.Rights{Certificates: []site.Certified{{Post: site.Fee, From: day("2005-09-01"), Until: day("2007-09-01")}},
		Permissions: []site.PermissionClaim{{Permission: site.Permission{Post: site.Fee, N: 1, On: day("2005-09-02")}}}}
	for on, may := range map[string]bool{"2005-08-31": false, "2005-09-01": false, "2005-09-02": true, "2007-09-01": true, "2007-09-02": false} {
		if rights.At(site.Fee, day(on)).May() != may {
			t.Errorf("%s: may is not %v", on, may)
		}
	}
	rights.Permissions = append(rights.Permissions, site.PermissionClaim{Permission: site.Permission{Post: site.Fee, N: 1, On: day("2005-09-02")}, Suspended: true})
	for _, order := range shuffles(rights.Permissions) {
		if (site.Rights{Certificates: rights.Certificates, Permissions: order}).At(site.Fee, day("2005-09-03")).May() {
			t.Error("a suspension of the same number does not hold")
		}
	}
}

// F4: at least two camera sets in a city bureau, one in a county bureau and a station; a card reader in every station. The rest is marked.
func TestEquipmentNorm_F4(t *testing.T) {
	for _, n := range site.EquipmentNorm {
		switch got := [3]int{n.City, n.County, n.Station}; {
		case n.Type == "camera_set" && (got != [3]int{2, 1, 1} || n.Unconfirmed), n.Type == "card_reader" && (n.Station != 1 || n.Unconfirmed):
			t.Errorf("%+v", n)
		case n.Type != "camera_set" && n.Type != "card_reader" && !n.Unconfirmed:
			t.Errorf("%s stands in no source", n.Type)
		}
	}
}

// R17: the start may use the disk road, a pilot may not (plan S5); the share of verified residents is never fine when nobody measured it.
func TestReadiness_R17(t *testing.T) {
	m := site.Measured{Unit: station, Node: station, Line: site.LineOf(station, []site.LineClaim{{LineStated: site.LineStated{N: 1, State: site.LineNone}}}, nil),
		Assets: []site.Asset{{Unit: station, Type: "removable_disk", Step: site.InService}}}
	met := func(stage site.Stage, name string) site.Met {
		for _, f := range site.Readiness(m, stage, site.DefaultLimits()) {
			if f.Fact == name {
				return f.Met
			}
		}
		return ""
	}
	if met(site.Started, site.FactLine) != site.Yes || met(site.Pilot, site.FactLine) != site.No {
		t.Error("the disk road")
	}
	for _, c := range []struct {
		share site.Share
		met   site.Met
	}{{site.Share{}, site.Unknown}, {site.Share{Measured: true}, site.Unknown}, {site.Share{Part: 89, Whole: 100, Measured: true}, site.No},
		{site.Share{Part: 90, Whole: 100, Measured: true}, site.Yes}} {
		if m.Verified = c.share; met(site.Started, site.FactVerified) != c.met {
			t.Errorf("%+v", c)
		}
	}
	if met(site.Started, site.FactSoftware) != site.No {
		t.Error("a node that was only admitted")
	}
	if m.Node = ""; met(site.Started, site.FactSoftware) != site.Unknown {
		t.Error("no node known")
	}
	m.Line = site.LineOf(station, nil, nil)
	if met(site.Started, site.FactLine) != site.Unknown {
		t.Error("an unknown line")
	}
}

// Plan S6: a station trains, examines and certifies nobody, whatever the policy says.
func TestStationsTrainNobody_PlanS6(t *testing.T) {
	here := site.By{Unit: station, Operator: "op-1", Login: "head", Today: day("2005-09-01")}
	_, err := site.OpenCourse(here, site.CourseOpened{Title: "x", Place: "x", From: here.Today, To: here.Today, Posts: []site.Post{site.Fee}})
	refused(t, err, "site.not_trainer")
	_, err = site.Attend(here, site.CourseOpened{From: here.Today, To: here.Today}, true, nil, here.Today)
	refused(t, err, "site.not_trainer")
	_, err = site.Certify(here, site.ExamCommand{On: here.Today, Paper: "x", Task: "x"}, nil, site.DefaultLimits())
	refused(t, err, "site.not_trainer")
	_, err = site.Activate(here, site.Serving{Operator: "op-2", Unit: station}, []site.Post{site.Fee}, site.Rights{}, "")
	refused(t, err, "site.not_trainer")
}

// Every post that a role works at is a post, and each post that a unit must fill is one of some role.
func TestPosts(t *testing.T) {
	of := site.PostsOfRoles(site.Roles)
	for _, level := range []event.Level{event.City, event.County, event.Station} {
		for _, post := range site.PostsAt(level) {
			if !slices.Contains(of, post) {
				t.Errorf("no role works at %s", post)
			}
		}
	}
	if !slices.Equal(of, site.Posts) {
		t.Errorf("the roles work at %v", of)
	}
	if got := site.PostsOfRoles([]string{"cashier", "photographer"}); !slices.Equal(got, []site.Post{site.Photograph, site.Fee}) {
		t.Error(got)
	}
}
