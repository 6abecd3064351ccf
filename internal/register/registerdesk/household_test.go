package registerdesk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

var today = registerdesk.OccasionInput{On: date("2005-09-12")}

func person(t testing.TB, name string, sex citizen.Sex, sequence int, household, relation string) register.Record {
	t.Helper()
	r := resident(t, name, sex, sequence)
	r.HouseholdNo, r.Relation = household, relation
	return r
}

// family is a household of three on H1 and a man alone on H2.
func family(t testing.TB, n *node) (man, wife, son, alone string) {
	t.Helper()
	boy := person(t, "张小军", citizen.Male, 945, "H1", "20")
	boy.BirthDate = date("1996-05-01")
	ids := imported(t, n, s1, person(t, "张三", citizen.Male, 941, "H1", "02"), person(t, "李梅", citizen.Female, 942, "H1", "12"), boy,
		person(t, "王强", citizen.Male, 943, "H2", "02"))
	return ids[0], ids[1], ids[2], ids[3]
}

func shown(t testing.TB, n *node, no string) registerdesk.HouseholdShown {
	t.Helper()
	return must[registerdesk.HouseholdShown](t, n, operator(s1), "register.household", registerdesk.HouseholdInput{HouseholdNo: no, Purpose: "核对户口簿"})
}

// 户口登记条例第5、19条: a household is split, joined, merged and dissolved, and nobody is lost on the way.
func TestHousehold_SplitJoinMergeDissolve_Art19(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		man, wife, son, alone := family(t, n)
		clerk := operator(s1)
		if h := shown(t, n, "H1"); h.Version != 0 || h.State != register.HouseholdOpen || h.Householder != man || len(h.Members) != 3 || h.Members[2].Tenure != son {
			t.Fatalf("a household that came with the import: %+v", h)
		}
		place := must[registerdesk.PlaceOutput](t, n, clerk, "register.add_place", registerdesk.AddPlaceInput{Street: "南关区人民大街", Door: "8", Building: "2", Room: "301", On: date("2005-09-01")})
		if place.Address != "南关区人民大街8号2栋301室" {
			t.Fatal(place.Address)
		}
		in := registerdesk.SplitInput{From: "H1", SetUpInput: registerdesk.SetUpInput{OccasionInput: today, HouseholdNo: "H3", Place: place.Place,
			Members: []registerdesk.MemberInput{{Tenure: wife, Relation: "02"}, {Tenure: son, Relation: "20"}}}}
		split := must[registerdesk.HouseholdOutput](t, n, clerk, "register.split_household", in)
		if len(split.Members) != 2 || len(split.Dissolved) != 0 || len(split.NeedsHouseholder) != 0 {
			t.Fatalf("%+v", split)
		}
		h := shown(t, n, "H3")
		if h.Householder != wife || h.Members[0].Record.Address != place.Address || h.Members[1].Record.HouseholdNo != "H3" || len(h.History) != 1 {
			t.Fatalf("%+v", h)
		}
		// The place is numbered anew, and its household follows.
		must[registerdesk.PlaceOutput](t, n, clerk, "register.change_place", registerdesk.PlaceInput{Place: place.Place, AddPlaceInput: registerdesk.AddPlaceInput{Street: "南关区人民大街", Door: "10", On: date("2005-09-12")}})
		if h := shown(t, n, "H3"); h.Address != "南关区人民大街10号" || h.Members[1].Record.Address != h.Address {
			t.Fatalf("%+v", h)
		}
		_, err := do[registerdesk.None](n, clerk, "register.remove_place", registerdesk.RemovePlaceInput{Place: place.Place, On: date("2005-09-12")})
		wantRefusal(t, err, "register.place_used")
		// The man marries into H2; H1 is empty and ends.
		joined := must[registerdesk.HouseholdOutput](t, n, clerk, "register.join_household", registerdesk.JoinInput{OccasionInput: today, HouseholdNo: "H2",
			Members: []registerdesk.MemberInput{{Tenure: man, Relation: "99"}}})
		if !slices.Equal(joined.Dissolved, []string{"H1"}) {
			t.Fatalf("%+v", joined)
		}
		child := newborn(wife)
		child.HouseholdNo = "H1"
		_, err = do[registerdesk.BirthOutput](n, clerk, "register.birth", child)
		wantRefusal(t, err, "register.household_dissolved")
		merged := must[registerdesk.HouseholdOutput](t, n, clerk, "register.merge_households", registerdesk.MergeInput{OccasionInput: today, From: "H2", Into: "H3",
			Members: []registerdesk.MemberInput{{Tenure: man, Relation: "11"}, {Tenure: alone, Relation: "99"}}})
		if !slices.Equal(merged.Dissolved, []string{"H2"}) {
			t.Fatalf("%+v", merged)
		}
		// 公通字〔1995〕91号: householder, spouse, children, others.
		var order []string
		for _, m := range shown(t, n, "H3").Members {
			order = append(order, m.Tenure)
		}
		if !slices.Equal(order, []string{wife, man, son, alone}) {
			t.Errorf("order of the booklet: %v", order)
		}
		must[registerdesk.HouseholdOutput](t, n, clerk, "register.change_address", registerdesk.AddressInput{OccasionInput: today, HouseholdNo: "H3", Address: "南关区民康路5号"})
		if h := shown(t, n, "H3"); h.Place != "" || h.Members[3].Record.Address != "南关区民康路5号" {
			t.Errorf("%+v", h)
		}
		must[registerdesk.None](t, n, clerk, "register.remove_place", registerdesk.RemovePlaceInput{Place: place.Place, On: date("2005-09-12")})
		listed := must[[]registerdesk.PlaceListed](t, n, clerk, "register.places", registerdesk.PlacesInput{Street: "南关"})
		if len(listed) != 0 {
			t.Errorf("%+v", listed)
		}
		n.Check()
	})
}

// 公通字〔1995〕91号: when the householder dies or goes, the household asks for another, who has full civil capacity.
func TestHousehold_AsksForAHouseholder_1995(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		man, wife, son, _ := family(t, n)
		clerk := operator(s1)
		list := func() []string {
			var numbers []string
			for _, h := range must[[]struct {
				HouseholdNo string `json:"household_no"`
			}](t, n, clerk, "register.households_without_head", registerdesk.HeadlessInput{Purpose: "催定户主"}) {
				numbers = append(numbers, h.HouseholdNo)
			}
			return numbers
		}
		if got := list(); len(got) != 0 {
			t.Fatal(got)
		}
		died := must[registerdesk.DeathOutput](t, n, clerk, "register.death", registerdesk.DeathInput{Tenure: man, Date: date("2005-09-10"),
			Paper: &register.Paper{Kind: register.PaperDeathCertificate}})
		if !died.NeedsHouseholder || !slices.Equal(list(), []string{"H1"}) {
			t.Fatalf("%+v %v", died, list())
		}
		head := registerdesk.HouseholderInput{OccasionInput: today, HouseholdNo: "H1", Members: []registerdesk.MemberInput{{Tenure: wife, Relation: "52"}, {Tenure: son, Relation: "02"}}}
		_, err := do[registerdesk.HouseholdOutput](n, clerk, "register.change_householder", head)
		wantRefusal(t, err, "register.no_capacity")
		head.Members = []registerdesk.MemberInput{{Tenure: wife, Relation: "02"}, {Tenure: son, Relation: "20"}}
		must[registerdesk.HouseholdOutput](t, n, clerk, "register.change_householder", head)
		if h := shown(t, n, "H1"); len(list()) != 0 || h.Householder != wife || h.NeedsHouseholder {
			t.Errorf("%v %+v", list(), h)
		}
		gone := must[registerdesk.MoveOutOutput](t, n, clerk, "register.move_out", out(wife, s2))
		if !gone.NeedsHouseholder || !slices.Equal(list(), []string{"H1"}) {
			t.Errorf("%+v %v", gone, list())
		}
		must[registerdesk.DeathOutput](t, n, clerk, "register.death", registerdesk.DeathInput{Tenure: son, Date: date("2005-09-12")})
		if !slices.Equal(list(), []string{"H1"}) {
			t.Errorf("nobody is left in H1: %v", list())
		}
		must[registerdesk.HouseholdOutput](t, n, clerk, "register.dissolve_household", registerdesk.DissolveInput{OccasionInput: today, HouseholdNo: "H1"})
		if len(list()) != 0 {
			t.Errorf("%v", list())
		}
		n.Check()
	})
}

// 户口登记条例第5条: a school has a collective household, without a householder among its students.
func TestHousehold_Collective_Art5(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	_, _, _, alone := family(t, n)
	clerk := operator(s1)
	in := registerdesk.SetUpInput{OccasionInput: today, HouseholdNo: "J1", Kind: register.CollectiveHousehold, Address: "南关区人民大街100号"}
	_, err := do[registerdesk.HouseholdOutput](n, clerk, "register.set_up_household", in)
	wantRefusal(t, err, "register.no_unit_name")
	in.Name = "长春某中学"
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.set_up_household", in)
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.join_household", registerdesk.JoinInput{OccasionInput: today, HouseholdNo: "J1",
		Members: []registerdesk.MemberInput{{Tenure: alone, Relation: "99"}}})
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.change_household", registerdesk.HouseholdChangeInput{OccasionInput: today, HouseholdNo: "J1", Name: "长春某学校"})
	listed := must[[]any](t, n, clerk, "register.households_without_head", registerdesk.HeadlessInput{Purpose: "催定户主"})
	if h := shown(t, n, "J1"); len(listed) != 0 || len(h.Members) != 1 || h.NeedsHouseholder || h.Name != "长春某学校" {
		t.Errorf("%v %+v", listed, h)
	}
	n.Check()
}

// A household moves together, out and in, and comes back: the household that ended stands up again.
func TestHousehold_MovesTogetherAndComesBack_Art10(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		family(t, n)
		leave := registerdesk.MoveOutTogetherInput{HouseholdNo: "H1", ToUnit: s2, On: date("2005-09-12"), Reason: "0462"}
		gone := must[registerdesk.MoveOutTogetherOutput](t, n, operator(s1), "register.move_out_together", leave)
		if len(gone.Moved) != 3 || !gone.Dissolved {
			t.Fatalf("%+v", gone)
		}
		must[registerdesk.None](t, n, operator(s2), "register.return_move", registerdesk.ReturnInput{ToTenure: gone.Moved[2].ToTenure, Ground: "随祖父母生活"})
		n.react(t)
		if h := shown(t, n, "H1"); h.State != register.HouseholdOpen || len(h.Members) != 1 || !h.NeedsHouseholder {
			t.Fatalf("%+v", h)
		}
		arrived := must[[]registerdesk.MoveInOutput](t, n, operator(s2), "register.move_in_together", registerdesk.MoveInTogetherInput{HouseholdNo: "K1", Address: "南关区民康路9号",
			On: date("2005-09-12"), Members: []registerdesk.Arriving{{ToTenure: gone.Moved[0].ToTenure, Relation: "02"}, {ToTenure: gone.Moved[1].ToTenure, Relation: "12"}}})
		if len(arrived) != 2 || n.tenure(t, arrived[1].Tenure).Record.HouseholdNo != "K1" {
			t.Errorf("%+v", arrived)
		}
		n.Check()
	})
}

// 400: a county gives streets another name, and residents another station; each station writes about its own.
func TestRedivision_TextAndStation(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		elsewhere := person(t, "赵四", citizen.Male, 947, "H9", "02")
		elsewhere.Address = "南关区民康路3号"
		stays := imported(t, n, s1, elsewhere)[0]
		man, _, _, _ := family(t, n)
		clerk, leader := operator(s1), operator(county, office.Leader)
		must[registerdesk.HouseholdOutput](t, n, clerk, "register.split_household", registerdesk.SplitInput{From: "H1", SetUpInput: registerdesk.SetUpInput{
			OccasionInput: today, HouseholdNo: "H3", Members: []registerdesk.MemberInput{{Tenure: man, Relation: "02"}}}})
		order := registerdesk.RedivisionInput{Station: s1, AddressFrom: "南关区南岭街道", AddressTo: "南关区南岭大街", On: date("2005-09-12"), Document: "南政发〔2005〕1号"}
		must[registerdesk.RedivisionOutput](t, n, leader, "register.order_redivision", order)
		n.react(t)
		if got := n.tenure(t, man); got.Record.Address != "南关区南岭大街1号" || got.State != register.StateOpen {
			t.Fatalf("%+v", got)
		}
		if h := shown(t, n, "H3"); h.Address != "南关区南岭大街1号" {
			t.Fatalf("%+v", h)
		}
		order.ToUnit, order.AddressFrom, order.AddressTo = s2, "南关区南岭大街", "南关区东岭大街"
		must[registerdesk.RedivisionOutput](t, n, leader, "register.order_redivision", order)
		n.react(t)
		found := must[registerdesk.SearchOutput](t, n, operator(s2), "register.search", registerdesk.SearchInput{Address: "南关区东岭大街", Purpose: "核对接收人口", Open: true})
		if len(found.Found) != 4 || n.tenure(t, stays).State != register.StateOpen {
			t.Fatalf("%+v", found)
		}
		for _, f := range found.Found {
			if f.Unit != s2 || !strings.HasPrefix(f.Record.HouseholdNo, "001-H") {
				t.Errorf("%+v", f)
			}
		}
		if h := shown(t, n, "H3"); h.State != register.HouseholdDissolved {
			t.Errorf("%+v", h)
		}
		n.Check()
	})
}

// An order by anyone but the county, and a re-division that the receiving station was not told of, move nobody.
func TestRedivision_Authority(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3)
	man, _, _, _ := family(t, n)
	order := register.RedivisionOrdered{Order: "o-1", Station: s1, ToUnit: s2, AddressFrom: "南", AddressTo: "北", On: date("2005-09-12"), Document: "x"}
	forge(t, n, event.Event{Stream: event.To(s3, s1), Kind: register.KindRedivisionOrdered, V: 1, Subject: "o-1", Body: order},
		event.Event{Stream: event.To(s2, s1), Kind: register.KindRedivisionOrdered, V: 1, Subject: "o-1", Body: order})
	n.react(t)
	n.empty(t, "register_redivision")
	if got := n.tenure(t, man); got.State != register.StateOpen || got.Version != 1 {
		t.Errorf("%+v", got)
	}
	e, err := register.RegisterMoveOut(register.By{Unit: s1, Today: date("2005-09-12")}, n.tenure(t, man),
		register.MoveOut{ToUnit: s2, On: date("2005-09-12"), Reason: "0499"}, register.MoveOutFacts{ToTenure: "t-new"})
	if err != nil {
		t.Fatal(err)
	}
	body := e.Body.(register.MovedOut)
	body.Redivision = &register.MovedByOrder{Order: "o-1", Address: "北"}
	e.Body = body
	forge(t, n, e)
	if done, err := n.React(context.Background()); err != nil || done != 0 {
		t.Errorf("%d done, %v", done, err)
	}
	if got := n.tenure(t, man); !got.InTransit {
		t.Errorf("%+v", got)
	}
}

// Two clerks split the same person off at once: one does, the other is told.
func TestSplit_Race(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		_, wife, _, _ := family(t, n)
		var desk atomic.Int64
		officetest.Race(t, 4, "register.not_member", func() error {
			_, err := do[registerdesk.HouseholdOutput](n, operator(s1), "register.split_household", registerdesk.SplitInput{From: "H1", SetUpInput: registerdesk.SetUpInput{
				OccasionInput: today, HouseholdNo: fmt.Sprint("R", desk.Add(1)), Members: []registerdesk.MemberInput{{Tenure: wife, Relation: "02"}}}})
			return err
		})
		if got := n.tenure(t, wife); got.Version != 2 {
			t.Errorf("%+v", got)
		}
		n.Check()
	})
}

// One clerk dissolves an empty household while another takes somebody into it: nobody is left registered in a household that is dissolved.
func TestDissolve_RaceWithAnArrival(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		family(t, n)
		for i := range 6 {
			no := fmt.Sprint("E", i)
			first := imported(t, n, s2, person(t, "周八", citizen.Male, 2*i+101, no, "02"))[0]
			second := imported(t, n, s2, person(t, "吴九", citizen.Male, 2*i+201, no+"b", "02"))[0]
			body := register.HouseholdChange{HouseholdNo: no, Version: 1, State: register.HouseholdOpen, Kind: "1", Address: "x"}
			forge(t, n, event.Event{Stream: event.Up(s1), Kind: register.KindHouseholdSetUp, V: 1, Subject: register.HouseholdSubject(s1, no), Body: body})
			var steps []func() error
			for _, id := range []string{first, second} {
				to := must[registerdesk.MoveOutOutput](t, n, operator(s2), "register.move_out", out(id, s1)).ToTenure
				steps = append(steps, func() error {
					_, err := do[registerdesk.MoveInOutput](n, operator(s1), "register.move_in", registerdesk.MoveInInput{ToTenure: to, HouseholdNo: no, Address: "x", Relation: "99", On: date("2005-09-12")})
					return err
				})
			}
			steps = append(steps, func() error {
				_, err := do[registerdesk.HouseholdOutput](n, operator(s1), "register.dissolve_household", registerdesk.DissolveInput{OccasionInput: today, HouseholdNo: no})
				return err
			})
			var done sync.WaitGroup
			for _, step := range steps {
				done.Go(func() { _ = step() }) // either may be refused
			}
			done.Wait()
			if h := shown(t, n, no); h.State == register.HouseholdDissolved && len(h.Members) > 0 {
				t.Errorf("%s is dissolved with %d people in it", no, len(h.Members))
			}
		}
		n.Check()
	})
}

// Who was asked for comes into a household that was dissolved while the answer was on its way: it stands up again.
func TestRequestedMove_IntoADissolvedHousehold(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	id := imported(t, n, s1, person(t, "周八", citizen.Male, 957, "G3", "02"))[0]
	asked := must[registerdesk.RequestOutput](t, n, operator(s2), "register.request_move_in", registerdesk.RequestInput{FromUnit: s1, Tenure: id,
		Name: "周八", HouseholdNo: "H7", Address: "人民大街7号", Relation: "02", On: date("2005-09-12")})
	forge(t, n, event.Event{Stream: event.Up(s2), Kind: register.KindHouseholdDissolved, V: 1, Subject: register.HouseholdSubject(s2, "H7"),
		Body: register.HouseholdChange{HouseholdNo: "H7", Version: 1, State: register.HouseholdDissolved, Kind: "1"}})
	answer := out(id, s2)
	answer.Request = asked.Request
	must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", answer)
	n.react(t)
	found := must[registerdesk.HouseholdShown](t, n, operator(s2), "register.household", registerdesk.HouseholdInput{HouseholdNo: "H7", Purpose: "核对"})
	if found.State != register.HouseholdOpen || len(found.Members) != 1 {
		t.Errorf("%+v", found)
	}
	n.Check()
}
