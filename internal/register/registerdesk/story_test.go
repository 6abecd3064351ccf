package registerdesk_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/storetest"
)

// households plays the kinds about households, addresses, matters and re-division into a story.
func households(t testing.TB, n *node) {
	t.Helper()
	clerk := operator(s1)
	var ids []string
	for i, name := range []string{"周一", "周二", "周三", "周五", "周六"} {
		r := person(t, name, citizen.Male, 951+2*i, "W1", "99")
		if i == 0 {
			r.Relation = "02"
		}
		ids = append(ids, imported(t, n, s1, r)...)
	}
	place := must[registerdesk.PlaceOutput](t, n, clerk, "register.add_place", registerdesk.AddPlaceInput{Street: "南关区人民大街", Door: "8", On: date("2005-09-01")})
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.split_household", registerdesk.SplitInput{From: "W1", SetUpInput: registerdesk.SetUpInput{
		OccasionInput: today, HouseholdNo: "W2", Place: place.Place, Members: []registerdesk.MemberInput{{Tenure: ids[1], Relation: "02"}, {Tenure: ids[2], Relation: "73"}}}})
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.change_householder", registerdesk.HouseholderInput{OccasionInput: today, HouseholdNo: "W2",
		Members: []registerdesk.MemberInput{{Tenure: ids[1], Relation: "71"}, {Tenure: ids[2], Relation: "02"}}})
	must[registerdesk.PlaceOutput](t, n, clerk, "register.change_place", registerdesk.PlaceInput{Place: place.Place, AddPlaceInput: registerdesk.AddPlaceInput{Street: "南关区人民大街", Door: "10", On: date("2005-09-12")}})
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.change_address", registerdesk.AddressInput{OccasionInput: today, HouseholdNo: "W2", Address: "南关区民康路1号"})
	must[registerdesk.None](t, n, clerk, "register.remove_place", registerdesk.RemovePlaceInput{Place: place.Place, On: date("2005-09-12")})
	must[registerdesk.HouseholdOutput](t, n, clerk, "register.merge_households", registerdesk.MergeInput{OccasionInput: today, From: "W2", Into: "W1",
		Members: []registerdesk.MemberInput{{Tenure: ids[1], Relation: "73"}, {Tenure: ids[2], Relation: "73"}}})

	matters(t, n, ids)
	order := registerdesk.RedivisionInput{Station: s1, AddressFrom: "南关区南岭街道1", AddressTo: "南关区南岭街道101", On: date("2005-09-12"), Document: "1"}
	must[registerdesk.RedivisionOutput](t, n, operator(county, office.Leader), "register.order_redivision", order)
	n.react(t)
	order.ToUnit, order.AddressFrom, order.AddressTo = s2, "南关区南岭街道101", "南关区东岭街道1"
	must[registerdesk.RedivisionOutput](t, n, operator(county, office.Leader), "register.order_redivision", order)
	n.react(t)
}

// matters plays the kinds about matters that need a decision.
func matters(t testing.TB, n *node, ids []string) {
	t.Helper()
	clerk := operator(s1)
	late := unregistered()
	late.HouseholdNo = "W1"
	asked := must[registerdesk.SubmitOutput](t, n, clerk, "register.late_entry", late)
	must[[]registerdb.Missing](t, n, clerk, "register.bring_papers", registerdesk.PapersInput{List: asked.Submission, Papers: []register.Paper{{Kind: register.PaperBirthEvidence}}})
	approve(t, n, county, asked.Submission)
	class := must[registerdesk.SubmitOutput](t, n, clerk, "register.change_class", registerdesk.MatterInput{Tenure: ids[1], Class: "1", Applicant: "person", On: date("2005-09-12")})
	approve(t, n, county, class.Submission)
	wrong := must[registerdesk.SubmitOutput](t, n, clerk, "register.remove", registerdesk.MatterInput{Tenure: ids[3], Ground: "重复录入", Applicant: "station", On: date("2005-09-12"),
		Papers: []register.Paper{{Kind: register.PaperErrorProof}}})
	approve(t, n, county, wrong.Submission)
	must[registerdesk.ServeOutput](t, n, clerk, "register.serve_notice", registerdesk.ServeInput{Submission: wrong.Submission, Way: "public", On: date("2005-09-12")})
	n.later(31)
	must[registerdesk.None](t, n, clerk, "register.carry_out", registerdesk.CarryInput{Submission: wrong.Submission})
	army := must[registerdesk.SubmitOutput](t, n, clerk, "register.cancel", registerdesk.MatterInput{Tenure: ids[4], Reason: "0481", Applicant: "person", On: date("2005-09-12"),
		Papers: []register.Paper{{Kind: register.PaperEnlistment}, {Kind: register.PaperBooklet}}})
	must[registerdesk.DeathOutput](t, n, clerk, "register.death", registerdesk.DeathInput{Tenure: ids[4], Date: date("2005-09-12")})
	approve(t, n, s1, army.Submission)
	must[registerdesk.AskOutput](t, n, clerk, "register.ask_papers", registerdesk.AskInput{Tenure: ids[0], Kind: "107", Papers: []string{register.PaperItemProof}})
}

// An entry about a household of another unit, or under another subject, is no row.
func TestHousehold_Authority(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s3)
	family(t, n)
	body := register.HouseholdChange{HouseholdNo: "H1", Version: 7, State: register.HouseholdDissolved, Kind: "1"}
	forge(t, n, event.Event{Stream: event.Up(s3), Kind: register.KindHouseholdDissolved, V: 1, Subject: register.HouseholdSubject(s1, "H1"), Body: body})
	if h := shown(t, n, "H1"); h.State != register.HouseholdOpen || h.Version != 0 {
		t.Errorf("%+v", h)
	}
	n.empty(t, "register_household")
	n.Check()
}
