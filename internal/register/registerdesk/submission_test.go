package registerdesk_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func reviewer(unit event.Unit) office.Operator {
	op := operator(unit, office.Reviewer, office.Leader)
	op.ID += "-reviewer"
	return op
}

// unregistered is a grown woman who was never entered.
func unregistered() registerdesk.LateEntryInput {
	return registerdesk.LateEntryInput{LateEntry: register.LateEntry{Name: "赵小兰", Sex: "2", BirthDate: date("1984-02-29"), EthnicGroup: "01",
		HouseholdNo: "H2", Relation: "99"}, Applicant: "person", On: date("2005-09-12")}
}

func approve(t testing.TB, n *node, unit event.Unit, submission string) registerdesk.DecideOutput {
	t.Helper()
	out := must[registerdesk.DecideOutput](t, n, reviewer(unit), "register.decide", registerdesk.DecideInput{Submission: submission, Approve: true})
	n.react(t)
	return out
}

func pendingAt(t testing.TB, n *node, unit event.Unit) []registerdesk.Pending {
	t.Helper()
	return must[[]registerdesk.Pending](t, n, reviewer(unit), "register.pending", registerdesk.PendingInput{Purpose: "催办"})
}

// 户口登记条例第6、7条: somebody never registered applies with what there is; the list of what is missing is given once; the county gives the number
// beside every station's range; the station enters the person.
func TestLateEntry_NumberedByTheCounty_Art7(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		family(t, n)
		clerk := operator(s1)
		asked := must[registerdesk.SubmitOutput](t, n, clerk, "register.late_entry", unregistered())
		if asked.DecidedBy != county || len(asked.Missing) != 3 || !strings.Contains(asked.Notice.ZH, "1. 出生证明材料之一") || !strings.Contains(asked.Notice.EN, "3. written application") {
			t.Fatalf("%+v", asked)
		}
		left := must[[]registerdb.Missing](t, n, clerk, "register.bring_papers", registerdesk.PapersInput{List: asked.Submission,
			Papers: []register.Paper{{Kind: register.PaperBirthEvidence}, {Kind: register.PaperOwnStatement}}})
		if len(left) != 1 || left[0].Paper != register.PaperBooklet {
			t.Fatalf("%+v", left)
		}
		n.later(9)
		listed := must[[]registerdesk.StillMissing](t, n, clerk, "register.missing", registerdesk.MissingInput{Purpose: "催补材料"})
		if len(listed) != 1 || listed[0].Days != 9 || listed[0].Text.EN != "household booklet" {
			t.Fatalf("%+v", listed)
		}
		if waits := pendingAt(t, n, county); len(waits) != 1 || waits[0].WaitsFor != "decision" || waits[0].Days != 9 || waits[0].Late {
			t.Fatalf("%+v", waits)
		}
		_, err := do[registerdesk.DecideOutput](n, reviewer(s1), "register.decide", registerdesk.DecideInput{Submission: asked.Submission, Approve: true})
		wantRefusal(t, err, "register.decision_level")
		given := approve(t, n, county, asked.Submission)
		if !strings.HasPrefix(given.Number, "22010219840229002") {
			t.Fatalf("%+v", given)
		}
		got := n.tenure(t, asked.Tenure)
		if got.State != register.StateOpen || got.EnteredKind != register.KindLateEntered || got.Record.Number != given.Number || got.Record.Address != "南关区南岭街道1号" || got.Version != 1 {
			t.Fatalf("%+v", got)
		}
		// The next of that day gets the next number, though the first was only just given; and a look-alike has to be compared.
		second := must[registerdesk.SubmitOutput](t, n, clerk, "register.late_entry", unregistered())
		if len(second.Hits) != 1 {
			t.Fatalf("%+v", second)
		}
		_, err = do[registerdesk.DecideOutput](n, reviewer(county), "register.decide", registerdesk.DecideInput{Submission: second.Submission, Approve: true})
		wantRefusal(t, err, "register.look_alike")
		number := must[registerdesk.DecideOutput](t, n, reviewer(county), "register.decide", registerdesk.DecideInput{Submission: second.Submission, Approve: true, Compared: true})
		if !strings.HasPrefix(number.Number, "22010219840229004") {
			t.Errorf("%+v", number)
		}
		n.react(t)
		third := must[registerdesk.SubmitOutput](t, n, clerk, "register.late_entry", unregistered())
		refused := must[registerdesk.DecideOutput](t, n, reviewer(county), "register.decide", registerdesk.DecideInput{Submission: third.Submission, Ground: "已在外地登记"})
		if refused.Complaint == nil || len(pendingAt(t, n, county)) != 0 {
			t.Errorf("%+v %+v", refused, pendingAt(t, n, county))
		}
		n.Check()
	})
}

// The county's sequence register and a station's range never meet (GB 11643-1999).
func TestLateEntry_BesideTheRanges_GB11643(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	wife := imported(t, n, s1, person(t, "李梅", citizen.Female, 942, "H1", "02"))[0]
	allotted(t, n, s1, "2005-09-01", "2005-12-31", 4)
	in := unregistered()
	in.HouseholdNo, in.Relation, in.BirthDate, in.Sex = "H1", "20", date("2005-09-10"), "1"
	asked := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.late_entry", in)
	if given := approve(t, n, county, asked.Submission); !strings.HasPrefix(given.Number, "22010220050910005") {
		t.Errorf("%+v", given)
	}
	if born := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", newborn(wife)); !strings.HasPrefix(born.Number, "22010220050910001") {
		t.Errorf("%+v", born)
	}
	if more := allotted(t, n, s1, "2005-09-01", "2005-12-31", 4); more.SeqFrom != 6 {
		t.Errorf("the next range has the county's number: %+v", more)
	}
}

// Nobody's registration ends without two people and a notice: an error is cancelled after the objection period, and its record and number stay.
func TestRemoval_TwoPeopleAndANotice_Art17(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		_, _, _, alone := family(t, n)
		clerk := operator(s1)
		in := registerdesk.MatterInput{Tenure: alone, Ground: "与张三系同一人，重复录入", Applicant: "station", On: date("2005-09-12")}
		asked := must[registerdesk.SubmitOutput](t, n, clerk, "register.remove", in)
		_, err := do[registerdesk.SubmitOutput](n, clerk, "register.remove", in)
		wantRefusal(t, err, "register.submission_open")
		yes := registerdesk.DecideInput{Submission: asked.Submission, Approve: true}
		_, err = do[registerdesk.DecideOutput](n, reviewer(county), "register.decide", yes)
		wantRefusal(t, err, "register.papers_open")
		must[[]registerdb.Missing](t, n, clerk, "register.bring_papers", registerdesk.PapersInput{List: asked.Submission, Papers: []register.Paper{{Kind: register.PaperErrorProof}}})
		must[registerdesk.DecideOutput](t, n, reviewer(county), "register.decide", yes)
		n.react(t)
		_, err = do[registerdesk.None](n, clerk, "register.carry_out", registerdesk.CarryInput{Submission: asked.Submission})
		wantRefusal(t, err, "register.not_due")
		served := must[registerdesk.ServeOutput](t, n, operator(s1, office.AreaOfficer), "register.serve_notice", registerdesk.ServeInput{Submission: asked.Submission, Way: "person", On: date("2005-09-12")})
		if served.Until != date("2005-10-12") || n.tenure(t, alone).State != register.StateOpen {
			t.Fatalf("%+v", served)
		}
		_, err = do[registerdesk.None](n, clerk, "register.carry_out", registerdesk.CarryInput{Submission: asked.Submission})
		wantRefusal(t, err, "register.not_due")
		n.later(31)
		must[registerdesk.None](t, n, clerk, "register.carry_out", registerdesk.CarryInput{Submission: asked.Submission})
		got := n.tenure(t, alone)
		if got.State != register.StateCancelled || got.ExitedKind != register.KindRemoved || got.Record.Name != "王强" {
			t.Fatalf("%+v", got)
		}
		n.Check()
	})
}

// 第17条: an objection within the objection period, or as long as the decision has not been carried out, sends it back; nothing ends.
func TestRemoval_ObjectionSendsTheDecisionBack_Art17(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		_, _, _, alone := family(t, n)
		clerk := operator(s1)
		in := registerdesk.MatterInput{Tenure: alone, Ground: "重复录入", Applicant: "station", On: date("2005-09-12"), Papers: []register.Paper{{Kind: register.PaperErrorProof}}}
		asked := must[registerdesk.SubmitOutput](t, n, clerk, "register.remove", in)
		said := registerdesk.ObjectInput{Submission: asked.Submission, Who: "本人", Words: "我一直住在这里"}
		_, err := do[registerdesk.None](n, clerk, "register.object", said)
		wantRefusal(t, err, "register.nothing_to_object")
		approve(t, n, county, asked.Submission)
		must[registerdesk.ServeOutput](t, n, clerk, "register.serve_notice", registerdesk.ServeInput{Submission: asked.Submission, Way: "person", On: date("2005-09-12")})
		_, err = do[registerdesk.None](n, clerk, "register.object", registerdesk.ObjectInput{Submission: asked.Submission, Who: "本人"})
		wantRefusal(t, err, "register.objection_words")
		must[registerdesk.None](t, n, clerk, "register.object", said)
		n.later(31)
		_, err = do[registerdesk.None](n, clerk, "register.carry_out", registerdesk.CarryInput{Submission: asked.Submission})
		wantRefusal(t, err, "register.not_due")
		if got := n.tenure(t, alone); got.State != register.StateOpen {
			t.Fatalf("ended over an objection: %+v", got)
		}
		must[registerdesk.SubmitOutput](t, n, clerk, "register.remove", in) // with what the objection says, anew
		n.Check()
	})
}

// 第10、11、19条: army and abroad on the paper and the leader's word, missing by the county after a notice; all come back by a restoration.
func TestCancellationAndRestoration_Art11(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		man, wife, _, alone := family(t, n)
		clerk := operator(s1)
		army := must[registerdesk.SubmitOutput](t, n, clerk, "register.cancel", registerdesk.MatterInput{Tenure: man, Reason: "0481", Applicant: "organ", On: date("2005-09-12"),
			Papers: []register.Paper{{Kind: register.PaperEnlistment, Number: "吉征1"}}})
		if army.DecidedBy != s1 || len(army.Missing) != 1 {
			t.Fatalf("%+v", army)
		}
		self := reviewer(s1)
		self.ID = clerk.ID
		_, err := do[registerdesk.DecideOutput](n, self, "register.decide", registerdesk.DecideInput{Submission: army.Submission, Approve: true})
		wantRefusal(t, err, "register.same_person")
		_, err = do[registerdesk.DecideOutput](n, reviewer(s1), "register.decide", registerdesk.DecideInput{Submission: army.Submission, Approve: true})
		wantRefusal(t, err, "register.papers_open")
		must[[]registerdb.Missing](t, n, clerk, "register.bring_papers", registerdesk.PapersInput{List: army.Submission, Papers: []register.Paper{{Kind: register.PaperBooklet}}})
		approve(t, n, s1, army.Submission)
		if got := n.tenure(t, man); got.State != register.StateOpen {
			t.Fatalf("ended on an organ's word, before a notice: %+v", got)
		}
		must[registerdesk.ServeOutput](t, n, clerk, "register.serve_notice", registerdesk.ServeInput{Submission: army.Submission, Way: "relatives", On: date("2005-09-12")})
		n.later(31)
		must[registerdesk.None](t, n, clerk, "register.carry_out", registerdesk.CarryInput{Submission: army.Submission})
		if got := n.tenure(t, man); got.State != register.StateCancelled || got.ExitedKind != register.KindCancelled {
			t.Fatalf("%+v", got)
		}
		missing := must[registerdesk.SubmitOutput](t, n, clerk, "register.cancel", registerdesk.MatterInput{Tenure: wife, Reason: "0487", Applicant: "relative", On: date("2005-09-12"),
			Papers: []register.Paper{{Kind: register.PaperMissingProof}, {Kind: register.PaperBooklet}}})
		if missing.DecidedBy != county || missing.Notice != nil {
			t.Fatalf("%+v", missing)
		}
		approve(t, n, county, missing.Submission)
		if got := n.tenure(t, wife); got.State != register.StateOpen {
			t.Fatalf("cancelled before the notice: %+v", got)
		}
		abroad := must[registerdesk.SubmitOutput](t, n, clerk, "register.cancel", registerdesk.MatterInput{Tenure: alone, Reason: "0484", Applicant: "person", On: date("2005-09-12"),
			Papers: []register.Paper{{Kind: register.PaperAbroad}, {Kind: register.PaperBooklet}}})
		// Meanwhile he dies: the decision no longer fits, and is returned.
		must[registerdesk.DeathOutput](t, n, clerk, "register.death", registerdesk.DeathInput{Tenure: alone, Date: date("2005-09-12")})
		approve(t, n, s1, abroad.Submission)
		if waits := pendingAt(t, n, s1); len(waits) != 1 || waits[0].WaitsFor != "notice" {
			t.Fatalf("%+v", waits)
		}
		back := must[registerdesk.SubmitOutput](t, n, clerk, "register.restore", registerdesk.MatterInput{Tenure: man, Ground: "退伍", Applicant: "person", On: date("2005-09-12")})
		approve(t, n, county, back.Submission)
		if got := n.tenure(t, man); got.State != register.StateOpen || got.ExitedKind != "" {
			t.Fatalf("%+v", got)
		}
		class := must[registerdesk.SubmitOutput](t, n, clerk, "register.change_class", registerdesk.MatterInput{Tenure: man, Class: "1", Applicant: "person", On: date("2005-09-12")})
		approve(t, n, county, class.Submission)
		if got := n.tenure(t, man); got.Record.HukouClass != "1" {
			t.Errorf("%+v", got.Record)
		}
		n.Check()
	})
}

// A decision on another kind of matter than the one that was put up, which a station may take by itself, decides nothing.
func TestDecision_OfTheSameKind(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	_, _, _, alone := family(t, n)
	asked := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.remove", registerdesk.MatterInput{Tenure: alone, Ground: "重复", Applicant: "person", On: date("2005-09-12")})
	forge(t, n, event.Event{Stream: event.Up(s1), Kind: register.KindDecided, V: 1, Subject: asked.Submission,
		Body: register.Decided{Submission: asked.Submission, Kind: register.ChangeCancellation, Case: register.CaseArmy, Approved: true}})
	if waits := pendingAt(t, n, county); len(waits) != 1 || waits[0].WaitsFor != "decision" {
		t.Errorf("%+v", waits)
	}
	n.Check()
}

// The list of what waits does not go blind behind the matters that were refused.
func TestPending_BehindRefusedMatters(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	var events []event.Event
	for i := range 501 {
		id := fmt.Sprintf("refused-%03d", i)
		events = append(events, event.Event{Stream: event.Up(s1), Kind: register.KindSubmitted, V: 1, Subject: id,
			Body: register.Submitted{Submission: id, Kind: register.ChangeClass, Tenure: id, AskedOn: date("2005-09-12")}},
			event.Event{Stream: event.To(county, s1), Kind: register.KindDecided, V: 1, Subject: id, Body: register.Decided{Submission: id, Kind: register.ChangeClass, Ground: "x"}})
	}
	events = append(events, event.Event{Stream: event.Up(s1), Kind: register.KindSubmitted, V: 1, Subject: "waits",
		Body: register.Submitted{Submission: "waits", Kind: register.ChangeClass, Tenure: "t", AskedOn: date("2005-09-12")}})
	forge(t, n, events...)
	if waits := pendingAt(t, n, county); len(waits) != 1 || waits[0].Submission != "waits" {
		t.Errorf("%d wait, want the one that was not refused", len(waits))
	}
}

// A decision counts only from the unit that the table names.
func TestDecision_Authority(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3, "220104")
	_, _, _, alone := family(t, n)
	asked := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.restore", registerdesk.MatterInput{Tenure: dead(t, n, alone), Ground: "误报", Applicant: "person", On: date("2005-09-12")})
	yes := register.Decided{Submission: asked.Submission, Kind: register.ChangeRestoration, Approved: true}
	forge(t, n, event.Event{Stream: event.To("220104", s1), Kind: register.KindDecided, V: 1, Subject: asked.Submission, Body: yes},
		event.Event{Stream: event.To(s2, s1), Kind: register.KindDecided, V: 1, Subject: asked.Submission, Body: yes},
		event.Event{Stream: event.Up(s1), Kind: register.KindDecided, V: 1, Subject: asked.Submission, Body: yes})
	n.react(t)
	if got := n.tenure(t, alone); got.State != register.StateDead {
		t.Errorf("%+v", got)
	}
	n.Check()
}

func dead(t testing.TB, n *node, tenure string) string {
	t.Helper()
	must[registerdesk.DeathOutput](t, n, operator(s1), "register.death", registerdesk.DeathInput{Tenure: tenure, Date: date("2005-09-10")})
	return tenure
}

// 一次性告知: for any change the list is given once, holds what the table names and nothing else, and can be taken off.
func TestAskPapers_Once(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	_, _, _, alone := family(t, n)
	clerk := operator(s1)
	ask := registerdesk.AskInput{Tenure: alone, Kind: "107", Papers: []string{register.PaperItemProof}}
	out := must[registerdesk.AskOutput](t, n, clerk, "register.ask_papers", ask)
	if len(out.Missing) != 1 || !strings.Contains(out.Notice.ZH, "一次性告知书") || !strings.Contains(out.Notice.ZH, "上级公安机关") {
		t.Fatalf("%+v", out)
	}
	ask.Papers = []string{register.PaperBooklet}
	_, err := do[registerdesk.AskOutput](n, clerk, "register.ask_papers", ask)
	wantRefusal(t, err, "register.asked_before")
	ask.Papers = []string{register.PaperBirthCertificate}
	_, err = do[registerdesk.AskOutput](n, clerk, "register.ask_papers", ask)
	wantRefusal(t, err, "register.not_required")
	must[[]registerdb.Missing](t, n, clerk, "register.bring_papers", registerdesk.PapersInput{List: out.List, Papers: []register.Paper{{Kind: register.PaperItemProof}}})
	ask.Kind, ask.Papers = "105", []string{register.PaperMigration}
	must[registerdesk.AskOutput](t, n, clerk, "register.ask_papers", ask)
	required := must[[]registerdesk.Required](t, n, clerk, "register.requirements", registerdesk.RequirementsInput{Kind: "105"})
	if len(required) != 1 || required[0].Asked[0].Text.ZH != "户口迁移证" || required[0].Name.ZH != "迁入登记" {
		t.Errorf("%+v", required)
	}
	n.Check()
}

// A station and its county on nodes of their own: a matter goes up, the decision comes down, and both hold the station's slice alike. So does a
// re-division whose order, move and arrival each wait for a parcel.
func TestDecisionAndRedivision_BetweenNodes(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		top := newNode(t, storetest.SQLiteConfig(t), city)
		above := newNode(t, config, county, s2)
		below := newNode(t, storetest.SQLiteConfig(t), s1)
		trust(t, top, map[*node]event.Unit{top: city, above: county, below: s1})
		above.Write(func(tx *store.Tx) error { return journal.Unhost(context.Background(), tx, s1) }) // as an admission does: s1 has a node of its own
		lines := []register.ChunkLine{{Record: person(t, "王强", citizen.Male, 943, "H2", "02")}}
		blob, err := register.NewChunk(lines)
		if err != nil {
			t.Fatal(err)
		}
		in := chunkInput(t, below, s1, blob)
		must[registerdesk.ChunkOutput](t, below, operator(s1, office.Administrator), "register.import_chunk", in)
		asked := must[registerdesk.SubmitOutput](t, below, operator(s1), "register.late_entry", unregistered())
		carry(t, below, above, county)
		blobsTo(t, below, above)
		given := approve(t, above, county, asked.Submission)
		if waits := pendingAt(t, below, s1); len(waits) != 1 || waits[0].WaitsFor != "decision" {
			t.Fatalf("%+v", waits)
		}
		carry(t, above, below, s1)
		below.react(t)
		if got := below.tenure(t, asked.Tenure); got.Record.Number != given.Number {
			t.Fatalf("%+v", got)
		}
		must[registerdesk.RedivisionOutput](t, above, operator(county, office.Leader), "register.order_redivision", registerdesk.RedivisionInput{Station: s1, ToUnit: s2,
			AddressFrom: "南关区南岭", AddressTo: "南关区北岭", On: date("2005-09-12"), Document: "1"})
		carry(t, above, below, s1)
		below.react(t)
		carry(t, below, above, county)
		above.react(t)
		found := must[registerdesk.SearchOutput](t, above, operator(s2), "register.search", registerdesk.SearchInput{HouseholdNo: "001-H2", Purpose: "核对"})
		if len(found.Found) != 2 {
			t.Fatalf("%+v", found)
		}
		carry(t, above, below, s1)
		below.react(t)
		carry(t, below, above, county)
		if below.tenure(t, asked.Tenure).InTransit || above.tenure(t, asked.Tenure).InTransit {
			t.Error("both sides know of the arrival")
		}
		sameDigests(t, "slice of s1", digests(t, below, s1), digests(t, above, s1))
		for _, n := range []*node{above, below} {
			n.Check()
		}
	})
}
