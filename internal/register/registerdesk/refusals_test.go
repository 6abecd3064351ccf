package registerdesk_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/storetest"
)

type object = map[string]any

// refusalCase is one "no": who asks for what, and the code of the answer.
type refusalCase struct {
	name   string
	by     office.Operator
	action string
	input  object
	code   string
}

// with is an input with some members put in the place of others.
func with(base object, pairs ...any) object {
	all := object{}
	for k, v := range base {
		all[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = pairs[i+1]
	}
	return all
}

func member(tenure, relation string) []object {
	return []object{{"tenure": tenure, "relation": relation}}
}

// Every action on households, addresses, matters and queries refuses the wrong role, level, unit, person, order, date and state with a code of its own.
func TestRefusals_OfTheDesk(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3)
	man, wife, son, alone := family(t, n)
	elsewhere := imported(t, n, s2, person(t, "赵四", citizen.Male, 947, "Z1", "02"))[0]
	gone := dead(t, n, imported(t, n, s1, person(t, "钱七", citizen.Male, 953, "G1", "02"))[0])
	clerk, leader, chief := operator(s1), operator(county, office.Leader), reviewer(county)
	place := must[registerdesk.PlaceOutput](t, n, clerk, "register.add_place", registerdesk.AddPlaceInput{Street: "南关区人民大街", Door: "8", On: date("2005-09-01")}).Place
	waiting := must[registerdesk.SubmitOutput](t, n, clerk, "register.remove", registerdesk.MatterInput{Tenure: alone, Ground: "重复", Applicant: "station", On: date("2005-09-12")}).Submission
	refusedOne := must[registerdesk.SubmitOutput](t, n, clerk, "register.late_entry", unregistered()).Submission
	must[registerdesk.DecideOutput](t, n, chief, "register.decide", registerdesk.DecideInput{Submission: refusedOne, Ground: "已登记"})
	served := must[registerdesk.SubmitOutput](t, n, clerk, "register.cancel", registerdesk.MatterInput{Tenure: wife, Reason: "0487", Applicant: "relative", On: date("2005-09-12"),
		Papers: []register.Paper{{Kind: register.PaperMissingProof}, {Kind: register.PaperBooklet}}}).Submission
	approve(t, n, county, served)
	leaving := must[registerdesk.MoveOutOutput](t, n, clerk, "register.move_out", out(imported(t, n, s1, person(t, "周八", citizen.Male, 955, "G2", "02"))[0], s2)).ToTenure

	const on = "2005-09-12"
	setUp := object{"household_no": "N1", "address": "x", "on": on, "members": member(alone, "02")}
	split := object{"from": "H1", "household_no": "N1", "on": on, "members": member(wife, "02")}
	merge := object{"from": "H2", "into": "H1", "on": on, "members": member(alone, "99")}
	join := object{"household_no": "H2", "on": on, "members": member(man, "99")}
	head := object{"household_no": "H2", "on": on, "members": member(alone, "02")}
	address := object{"household_no": "H1", "on": on, "address": "y"}
	street := object{"street": "南关区民康路", "on": on}
	late := object{"name": "孙小", "sex": "1", "birth_date": "2000-01-01", "ethnic_group": "01", "household_no": "H1", "relation": "20", "applicant": "guardian", "on": on}
	remove := object{"tenure": man, "ground": "误登", "applicant": "station", "on": on}
	class := object{"tenure": man, "class": "1", "applicant": "person", "on": on}
	cancel := object{"tenure": man, "reason": "0481", "applicant": "person", "on": on}
	restore := object{"tenure": gone, "ground": "误报", "applicant": "person", "on": on}
	ask := object{"tenure": man, "kind": "107", "papers": []string{"item_proof"}}
	order := object{"station": s1, "address_from": "南", "address_to": "北", "on": on, "document": "1"}
	out := object{"household_no": "H1", "to_unit": s2, "on": on, "reason": "0462"}
	in := object{"household_no": "H1", "address": "x", "on": on, "members": []object{{"to_tenure": "t", "relation": "99"}}}
	search := object{"name": "张", "purpose": "查找"}

	for _, c := range []refusalCase{
		{"role", operator(s1, office.Cashier), "register.set_up_household", setUp, "office.role"},
		{"level", operator(county), "register.set_up_household", setUp, "office.level"},
		{"station orders a re-division", operator(s1, office.Leader), "register.order_redivision", order, "office.level"},
		{"clerk decides", operator(county), "register.decide", object{"submission": waiting, "approve": true}, "office.role"},
		{"clerk counts", clerk, "register.count", object{"by": "sex"}, "office.role"},
		{"leader looks up", leader, "register.history", object{"tenure": man, "purpose": "查找"}, "office.role"},

		{"set up: person of another station", clerk, "register.set_up_household", with(setUp, "members", member(elsewhere, "02")), "register.not_owner"},
		{"set up: dead person", clerk, "register.set_up_household", with(setUp, "members", member(gone, "02")), "register.closed"},
		{"set up: unknown person", clerk, "register.set_up_household", with(setUp, "members", member("nobody", "02")), "register.unknown"},
		{"set up: number in use", clerk, "register.set_up_household", with(setUp, "household_no", "H1"), "register.household_known"},
		{"set up: no address", clerk, "register.set_up_household", with(setUp, "address", ""), "register.no_household"},
		{"set up: no householder", clerk, "register.set_up_household", with(setUp, "members", member(alone, "99")), "register.one_householder"},
		{"set up: a child as householder", clerk, "register.set_up_household", with(setUp, "members", member(son, "02")), "register.no_capacity"},
		{"set up: kind", clerk, "register.set_up_household", with(setUp, "kind", "9"), "register.code"},
		{"set up: relation", clerk, "register.set_up_household", with(setUp, "members", append(member(alone, "02"), object{"tenure": man, "relation": "xx"})), "register.code"},
		{"set up: twice", clerk, "register.set_up_household", with(setUp, "members", append(member(alone, "02"), object{"tenure": alone, "relation": "99"})), "register.not_member"},
		{"set up: date", clerk, "register.set_up_household", with(setUp, "on", "2005-09-13"), "register.date"},
		{"set up: before birth", clerk, "register.set_up_household", with(setUp, "on", "1970-01-01"), "register.date_before"},
		{"set up: reason", clerk, "register.set_up_household", with(setUp, "reason", "0401"), "register.code"},
		{"set up: place", clerk, "register.set_up_household", with(setUp, "place", "nowhere"), "register.place_unknown"},
		{"set up: collective without name", clerk, "register.set_up_household", with(setUp, "kind", "2"), "register.no_unit_name"},
		{"split: unknown household", clerk, "register.split_household", with(split, "from", "Q"), "register.household_unknown"},
		{"split: not a member", clerk, "register.split_household", with(split, "members", member(alone, "02")), "register.not_member"},
		{"split: nobody left", clerk, "register.split_household", with(split, "from", "H2", "members", member(alone, "02")), "register.nobody_left"},
		{"merge: itself", clerk, "register.merge_households", with(merge, "into", "H2"), "register.all_members"},
		{"merge: somebody left out", clerk, "register.merge_households", with(merge, "from", "H1", "into", "H2", "members", member(man, "99")), "register.all_members"},
		{"merge: two householders", clerk, "register.merge_households", with(merge, "members", member(alone, "02")), "register.one_householder"},
		{"merge: into nothing", clerk, "register.merge_households", with(merge, "into", "Q"), "register.household_unknown"},
		{"join: there already", clerk, "register.join_household", with(join, "household_no", "H1"), "register.nothing_changed"},
		{"join: nobody", clerk, "register.join_household", with(join, "members", []object{}), "register.nothing_changed"},
		{"householder: somebody left out", clerk, "register.change_householder", with(head, "household_no", "H1"), "register.not_member"},
		{"householder: the same", clerk, "register.change_householder", head, "register.nothing_changed"},
		{"householder: none", clerk, "register.change_householder", with(head, "members", member(alone, "99")), "register.one_householder"},
		{"household: nothing", clerk, "register.change_household", object{"household_no": "H1", "on": on}, "register.nothing_changed"},
		{"household: kind", clerk, "register.change_household", object{"household_no": "H1", "on": on, "kind": "7"}, "register.code"},
		{"household: collective without name", clerk, "register.change_household", object{"household_no": "H1", "on": on, "kind": "2"}, "register.no_unit_name"},
		{"correct: another household", clerk, "register.correct", object{"tenure": man, "items": object{"household_no": "H2"}, "category": "19", "on": on}, "register.by_household"},
		{"correct: a second householder", clerk, "register.correct", object{"tenure": wife, "items": object{"relation": "02"}, "category": "19", "on": on}, "register.by_household"},
		{"address: none", clerk, "register.change_address", with(address, "address", ""), "register.no_household"},
		{"address: the same", clerk, "register.change_address", with(address, "address", "南关区南岭街道1号"), "register.nothing_changed"},
		{"address: before birth", clerk, "register.change_address", with(address, "on", "1990-01-01"), "register.date_before"},
		{"dissolve: people in it", clerk, "register.dissolve_household", object{"household_no": "H1", "on": on}, "register.household_members"},

		{"place: no street", clerk, "register.add_place", with(street, "street", ""), "register.no_street"},
		{"place: known", clerk, "register.add_place", object{"street": "南关区人民大街", "door": "8", "on": on}, "register.place_known"},
		{"place: date", clerk, "register.add_place", with(street, "on", "2006-01-01"), "register.date"},
		{"place: unknown", clerk, "register.change_place", with(street, "place", "p"), "register.place_unknown"},
		{"place: of another station", operator(s2), "register.remove_place", object{"place": place, "on": on}, "register.place_unknown"},
		{"places: of another area", clerk, "register.places", object{"unit": s2}, "office.other_area"},

		{"late entry: name", clerk, "register.late_entry", with(late, "name", ""), "register.name"},
		{"late entry: name of characters made locally", clerk, "register.late_entry", with(late, "name", "孙\ue000"), "register.name"},
		{"late entry: name of other signs", clerk, "register.late_entry", with(late, "name", "<script>"), "register.name"},
		{"late entry: sex", clerk, "register.late_entry", with(late, "sex", "9"), "register.code"},
		{"late entry: birth date", clerk, "register.late_entry", with(late, "birth_date", "2006-01-01"), "register.date"},
		{"late entry: household", clerk, "register.late_entry", with(late, "household_no", ""), "register.no_household"},
		{"late entry: new household without address", clerk, "register.late_entry", with(late, "household_no", "Q"), "register.no_household"},
		{"late entry: ethnic group", clerk, "register.late_entry", with(late, "ethnic_group", ""), "register.code"},
		{"late entry: applicant", clerk, "register.late_entry", with(late, "applicant", "neighbour"), "register.applicant"},
		{"remove: no ground", clerk, "register.remove", with(remove, "ground", ""), "register.no_ground"},
		{"remove: dead", clerk, "register.remove", with(remove, "tenure", gone), "register.closed"},
		{"remove: another station's", operator(s2), "register.remove", remove, "register.not_owner"},
		{"remove: waits already", clerk, "register.remove", with(remove, "tenure", alone), "register.submission_open"},
		{"remove: stale", clerk, "register.remove", with(remove, "expected_version", 5), "register.stale"},
		{"class: code", clerk, "register.change_class", with(class, "class", "77"), "register.code"},
		{"class: the same", clerk, "register.change_class", with(class, "class", ""), "register.code"},
		{"cancel: reason", clerk, "register.cancel", with(cancel, "reason", "0401"), "register.code"},
		{"cancel: applicant", clerk, "register.cancel", with(cancel, "reason", "0487"), "register.applicant"},
		{"cancel: date", clerk, "register.cancel", with(cancel, "on", "2005-09-13"), "register.date"},
		{"cancel: before birth", clerk, "register.cancel", with(cancel, "on", "1960-01-01"), "register.date_before"},
		{"restore: not closed", clerk, "register.restore", with(restore, "tenure", man), "register.not_closed"},
		{"restore: another station's", operator(s2), "register.restore", restore, "register.not_owner"},
		{"decide: unknown", chief, "register.decide", object{"submission": "s", "approve": true}, "register.submission_unknown"},
		{"decide: another county's", reviewer("220104"), "register.decide", object{"submission": waiting, "approve": true}, "register.submission_unknown"},
		{"decide: level", reviewer(s1), "register.decide", object{"submission": waiting, "approve": true}, "register.decision_level"},
		{"decide: no ground", chief, "register.decide", object{"submission": waiting}, "register.no_ground"},
		{"decide: papers", chief, "register.decide", object{"submission": waiting, "approve": true}, "register.papers_open"},
		{"decide: decided", chief, "register.decide", object{"submission": refusedOne, "approve": true}, "register.no_submission"},
		{"notice: undecided", clerk, "register.serve_notice", object{"submission": waiting, "way": "person", "on": on}, "register.no_notice"},
		{"notice: way", clerk, "register.serve_notice", object{"submission": served, "way": "rumour", "on": on}, "register.notice_way"},
		{"notice: date", clerk, "register.serve_notice", object{"submission": served, "way": "public", "on": "2005-10-12"}, "register.date"},
		{"notice: before the decision", clerk, "register.serve_notice", object{"submission": served, "way": "public", "on": "2005-08-01"}, "register.notice_early"},
		{"carry out: no notice", clerk, "register.carry_out", object{"submission": served}, "register.not_due"},
		{"ask: beyond the table", clerk, "register.ask_papers", with(ask, "papers", []string{"marriage"}), "register.not_required"},
		{"ask: nothing", clerk, "register.ask_papers", with(ask, "papers", []string{}), "register.not_required"},
		{"ask: kind", clerk, "register.ask_papers", with(ask, "kind", "999"), "register.code"},
		{"ask: another station's", operator(s2), "register.ask_papers", ask, "register.not_owner"},
		{"ask: again", clerk, "register.ask_papers", object{"tenure": alone, "kind": "109", "papers": []string{"error_proof"}}, "register.asked_before"},
		{"bring: not on the list", clerk, "register.bring_papers", object{"list": waiting, "papers": []object{{"kind": "booklet"}}}, "register.not_missing"},
		{"bring: another station's list", operator(s2), "register.bring_papers", object{"list": waiting, "papers": []object{{"kind": "error_proof"}}}, "register.not_missing"},

		{"re-division: another county's station", leader, "register.order_redivision", with(order, "station", s3), "register.redivision_station"},
		{"re-division: to itself", leader, "register.order_redivision", with(order, "to_unit", s1), "register.redivision_station"},
		{"re-division: the same text", leader, "register.order_redivision", with(order, "address_to", "南"), "register.redivision_address"},
		{"re-division: no document", leader, "register.order_redivision", with(order, "document", ""), "register.redivision_document"},
		{"re-division: date", leader, "register.order_redivision", with(order, "on", "2005-10-01"), "register.date"},

		{"together: unknown household", clerk, "register.move_out_together", with(out, "household_no", "Q"), "register.household_unknown"},
		{"together: not a member", clerk, "register.move_out_together", with(out, "tenures", []string{alone}), "register.not_member"},
		{"together: reason", clerk, "register.move_out_together", with(out, "reason", "0596"), "register.code"},
		{"together: the same station", clerk, "register.move_out_together", with(out, "to_unit", s1), "register.same_station"},
		{"together in: nobody", clerk, "register.move_in_together", with(in, "members", []object{}), "register.no_person"},
		{"together in: one twice", operator(s2), "register.move_in_together", with(in, "household_no", "Z9", "members", []object{{"to_tenure": leaving, "relation": "02"}, {"to_tenure": leaving, "relation": "99"}}), "register.not_member"},
		{"together in: unknown move", clerk, "register.move_in_together", in, "register.move_unknown"},

		{"history: no purpose", clerk, "register.history", object{"tenure": man}, "register.no_purpose"},
		{"history: another area", operator(s2), "register.history", object{"tenure": man, "purpose": "查找"}, "office.other_area"},
		{"as of: future", clerk, "register.as_of", object{"tenure": man, "date": "2005-10-01", "purpose": "查找"}, "register.date"},
		{"as of: another area", operator(s2), "register.as_of", object{"tenure": man, "date": on, "purpose": "查找"}, "office.other_area"},
		{"search: nothing", clerk, "register.search", object{"purpose": "查找"}, "register.find_by"},
		{"search: two things", clerk, "register.search", with(search, "initials", "z"), "register.find_by"},
		{"search: another area", clerk, "register.search", with(search, "unit", s2), "office.other_area"},
		{"search: a whole county by address", operator(county), "register.search", object{"address": "南", "purpose": "查找"}, "register.search_area"},
		{"household: none", clerk, "register.household", object{"household_no": "Q", "purpose": "查找"}, "register.household_unknown"},
		{"without head: no purpose", clerk, "register.households_without_head", object{}, "register.no_purpose"},
		{"missing: no purpose", clerk, "register.missing", object{}, "register.no_purpose"},
		{"pending: no purpose", clerk, "register.pending", object{}, "register.no_purpose"},
		{"pending: another area", clerk, "register.pending", object{"unit": s2, "purpose": "催办"}, "office.other_area"},
		{"late: dates", clerk, "register.late_declarations", object{"from": on, "to": "2005-01-01", "purpose": "检查"}, "register.date"},
		{"late: another area", clerk, "register.late_declarations", object{"from": on, "to": on, "unit": s2, "purpose": "检查"}, "office.other_area"},
		{"count: by name", leader, "register.count", object{"by": "name"}, "register.count_by"},
		{"count: another area", leader, "register.count", object{"by": "sex", "unit": "220104"}, "office.other_area"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := do[any](n, c.by, c.action, c.input)
			wantRefusal(t, err, c.code)
		})
	}
	n.Check()
}

// Every code that a rule or the desk can refuse with is in some test.
func TestRefusals_EveryCodeIsSeen(t *testing.T) {
	read := func(pattern string, tests bool) string {
		var all strings.Builder
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") != tests {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(text)
		}
		return all.String()
	}
	seen := read("*.go", true) + read("../*.go", true)
	codes := regexp.MustCompile(`[rR]efuse\("(register\.[a-z_]+)"`).FindAllStringSubmatch(read("*.go", false)+read("../*.go", false), -1)
	if len(codes) < 60 {
		t.Fatalf("only %d codes found", len(codes))
	}
	for _, code := range codes {
		if !strings.Contains(seen, `"`+code[1]+`"`) {
			t.Errorf("no test sees %s", code[1])
		}
	}
}

// A re-division that the receiving station was not told of waits with its reason.
func TestRedivision_WaitsForTheCounty(t *testing.T) {
	told := register.RedivisionOrdered{Order: "o", Station: s1, ToUnit: s2}
	if told.Counts(event.To(s1, s2)) || told.Counts(event.Up(county)) || !told.Counts(event.To(county, s2)) || told.Counts(event.To(county, "220102009")) {
		t.Error("who may order")
	}
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	man, _, _, _ := family(t, n)
	e, err := register.RegisterMoveOut(register.By{Unit: s1, Today: date("2005-09-12")}, n.tenure(t, man),
		register.MoveOut{ToUnit: s2, On: date("2005-09-12"), Reason: "0499"}, register.MoveOutFacts{ToTenure: "t-new"})
	if err != nil {
		t.Fatal(err)
	}
	body := e.Body.(register.MovedOut)
	body.Redivision = &register.MovedByOrder{Order: "o", Address: "北"}
	e.Body = body
	forge(t, n, e)
	n.react(t)
	if problem := problemOf(t, n); !strings.Contains(problem, "register.redivision_unknown") {
		t.Errorf("problem %q", problem)
	}
}
