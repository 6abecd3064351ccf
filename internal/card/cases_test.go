package card

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"pgregory.net/rapid"
)

func (w *world) must(t testing.TB, operator string) func([]event.Event, error) {
	t.Helper()
	return func(events []event.Event, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		w.write(operator, events...)
	}
}

// everything is an application that goes through every side road: held and released, defective and made again, unclaimed and back, handed over, lost,
// found, lost.
func everything(t testing.TB) []Step {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	clerk := Actor{station, "clerk"}
	w.must(t, "clerk")(HoldIt(w.app(id), clerk, Hold{Reason: HoldRare, Characters: "䶮", PromisedOn: today.AddDays(30)}, today))
	w.walk(t, id, steps[:3])
	if _, err := steps[3].run(w.app(id)); code(err) != "card.on_hold" {
		t.Fatalf("signed while held: %v", err)
	}
	w.must(t, "clerk")(ReleaseIt(w.app(id), clerk, "制证中心已补字"))
	w.walk(t, id, steps[3:7])
	w.must(t, "courier")(FindDefect(w.app(id), Actor{county, "courier"}, DefectChip, "silent"))
	if a := w.app(id); a.Stage != StageDefective || a.Class != RejectProduction || a.Defect != DefectChip {
		t.Fatalf("%+v", a)
	}
	w.walk(t, id, steps[5:9])
	l := DefaultLimits()
	l.RemindDays, l.UnclaimedDays, l.Reminders = 0, 0, 1
	w.must(t, "clerk")(Remind(w.app(id), clerk, "telephone", l, today))
	w.must(t, "clerk")(SendUp(w.app(id), clerk, l, today))
	if a := w.app(id); a.Stage != StageUnclaimed || a.Here() {
		t.Fatalf("%+v", a)
	}
	if _, err := steps[9].run(w.app(id)); code(err) != "card.stage" {
		t.Fatalf("handed over while it is away: %v", err)
	}
	back, ok := Arrive(w.app(id), clerk, "k", w.app(id).CardNo)
	if !ok || back.Kind != KindCameBack {
		t.Fatalf("%+v", back)
	}
	w.write("clerk", back)
	w.walk(t, id, steps[8:])
	for range 2 {
		w.must(t, "clerk")(ReportLost(w.app(id), clerk, "", today))
		if a := w.app(id); !a.Lost {
			t.Fatalf("%+v", a)
		}
		if w.app(id).Since > 40 {
			break
		}
		w.must(t, "clerk")(FoundAgain(w.app(id), clerk, nil))
		if a := w.app(id); a.Lost || !a.EverLost || len(Valid([]Application{a}, today)) != 1 {
			t.Fatalf("%+v", a)
		}
	}
	return w.steps[id]
}

func TestDeriveOfEverySideRoadDoesNotDependOnOrder(t *testing.T) {
	steps := everything(t)
	kinds := make(map[string]bool)
	for _, s := range steps {
		kinds[s.Kind] = true
	}
	for _, kind := range []string{KindHeld, KindReleased, KindDefectFound, KindReminded, KindUnclaimed, KindCameBack, KindFound} {
		if !kinds[kind] {
			t.Fatalf("no %s", kind)
		}
	}
	a := Derive(steps)
	if a.Stage != StageHandedOver || a.Attempt != 2 || a.Hold != nil {
		t.Fatalf("%+v", a)
	}
	want := plain(a)
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(steps).Draw(t, "order")
		again := rapid.SliceOf(rapid.SampledFrom(steps)).Draw(t, "again")
		if got := plain(Derive(append(shuffled, again...))); got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	})
}

func TestDeriveOfAnyPartOfTheSideRoadsIsAState(t *testing.T) {
	steps := everything(t)
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SliceOfDistinct(rapid.SampledFrom(steps), func(s Step) string { return s.Ref.String() }).Draw(t, "part")
		if a := Derive(part); len(part) > 0 && !slices.Contains(Stages, a.Stage) {
			t.Fatalf("stage %q", a.Stage)
		}
	})
}

// The city orders a card again as lost while the station hands the first one over: the hand-over stands.
func TestOrderedAgainWhileItIsHandedOver(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:7])
	again, err := OrderIt(w.app(id), OrderCommand{By: Actor{city, "c"}, Order: "o2", Digest: "d", Again: "lost"}, false)
	if err != nil {
		t.Fatal(err)
	}
	first := w.app(id).CardNo
	w.walk(t, id, steps[7:])
	w.write("c", again)
	if a := w.app(id); a.Stage != StageHandedOver || a.CardNo != first {
		t.Fatalf("%s %s", a.Stage, a.CardNo)
	}
}

func TestDefectOfThePictureGoesToTheStation(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:8])
	w.must(t, "clerk")(FindDefect(w.app(id), Actor{station, "clerk"}, DefectPhoto, "another person's"))
	if err := Orderable(w.app(id), "", false); code(err) != "card.stage" {
		t.Fatalf("%v", err)
	}
	w.walk(t, id, steps[:3])
	if a := w.app(id); a.Round != 2 || a.Stage != StageReviewed || a.PromisedOn != today.AddDays(60) {
		t.Fatalf("%+v", a)
	}
}

func TestSideRoadRefusals(t *testing.T) {
	clerk := Actor{station, "clerk"}
	l := DefaultLimits()
	hold := func(h Hold) func(Application) error {
		return func(a Application) error { _, err := HoldIt(a, clerk, h, today); return err }
	}
	good := Hold{Reason: HoldRare, Characters: "䶮", PromisedOn: today.AddDays(9)}
	held := func(do func(Application) error) func(Application) error {
		return func(a Application) error { a.Hold, a.holdRef = &good, a.judged; return do(a) }
	}
	defect := func(by Actor, c DefectCode) func(Application) error {
		return func(a Application) error { _, err := FindDefect(a, by, c, ""); return err }
	}
	release := func(words string) func(Application) error {
		return func(a Application) error { _, err := ReleaseIt(a, clerk, words); return err }
	}
	remind := func(on citizen.Date) func(Application) error {
		return func(a Application) error {
			a.Since = noon(today)
			_, err := Remind(a, clerk, "t", l, on)
			return err
		}
	}
	up := func(reminders, days int) func(Application) error {
		return func(a Application) error {
			a.Since, a.Reminders = noon(today), reminders
			_, err := SendUp(a, clerk, l, today.AddDays(days))
			return err
		}
	}
	for _, c := range []struct {
		name string
		at   int
		do   func(Application) error
		want string
	}{
		{"hold", 1, hold(good), "<nil>"},
		{"hold by another unit", 1, func(a Application) error { _, err := HoldIt(a, Actor{second, "c"}, good, today); return err }, "card.other_unit"},
		{"hold after signing", 4, hold(good), "card.stage"},
		{"hold twice", 1, held(hold(good)), "card.held_already"},
		{"hold without reason", 1, hold(Hold{PromisedOn: today.AddDays(1)}), "card.hold_reason"},
		{"GA 490 hold without the character", 1, hold(Hold{Reason: HoldRare, PromisedOn: today.AddDays(1)}), "card.hold_characters"},
		{"第12条 hold without a promise", 1, hold(Hold{Reason: HoldAbsent, PromisedOn: today}), "card.hold_promise"},
		{"release nothing", 1, release("x"), "card.not_held_back"},
		{"release without words", 1, held(release("")), "card.release_words"},
		{"release", 1, held(release("x")), "<nil>"},
		{"第12条 sign what is held", 3, held(func(a Application) error {
			_, _, err := SignIt(a, Actor{county, "issuer"}, "长春市公安局南关区分局", facts(nil, today))
			return err
		}), "card.on_hold"},
		{"defect before it is made", 5, defect(Actor{county, "c"}, DefectChip), "card.stage"},
		{"defect at the station before it came", 7, defect(clerk, DefectChip), "card.stage"},
		{"defect of an unknown code", 7, defect(Actor{county, "c"}, "mood"), "card.defect_code"},
		{"defect by another county", 7, defect(Actor{second.Parent(), "c"}, DefectChip), "card.other_unit"},
		{"defect at the city", 7, defect(Actor{city, "c"}, DefectChip), "<nil>"},
		{"defect after the hand-over", 10, defect(clerk, DefectChip), "card.stage"},
		{"remind before the notice", 8, remind(today.AddDays(99)), "card.stage"},
		{"remind too soon", 9, remind(today.AddDays(29)), "card.reminded_already"},
		{"remind", 9, remind(today.AddDays(30)), "<nil>"},
		{"send up before ninety days", 9, up(2, 89), "card.not_unclaimed"},
		{"send up without reminders", 9, up(1, 90), "card.not_unclaimed"},
		{"send up", 9, up(2, 90), "<nil>"},
		{"send up before the notice", 8, up(2, 90), "card.stage"},
		{"found before the hand-over", 9, func(a Application) error { _, err := FoundAgain(a, clerk, nil); return err }, "card.stage"},
		{"found and never lost", 10, func(a Application) error { _, err := FoundAgain(a, clerk, nil); return err }, "card.not_lost"},
		{"第11条 found after the new card", 10, func(a Application) error {
			_, err := FoundAgain(a, clerk, []Application{{ID: "b", Resident: a.Resident, Stage: StageHandedOver, HandedAt: a.HandedAt + 1}})
			return err
		}, "card.found_too_late"},
		{"第11条 found while the new card is made", 10, func(a Application) error {
			_, err := FoundAgain(a, clerk, []Application{{ID: "b", Resident: a.Resident, Home: station, Stage: StageOrdered, Kind: ReplaceLost, Attempt: 1}})
			return err
		}, "card.being_made"},
		{"第11条 found while another station replaces it", 10, func(a Application) error {
			_, err := FoundAgain(a, clerk, []Application{{ID: "b", Resident: a.Resident, Home: second, Stage: StageOpened, Kind: ReplaceLost}})
			return err
		}, "card.other_unit"},
		{"found, but it was no loss", 2, func(a Application) error {
			_, err := Withdraw(a, WithdrawCommand{By: clerk, Reason: WithdrawFound})
			return err
		}, "card.not_a_loss"},
	} {
		if err := c.do(at(t, c.at)); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func noon(d citizen.Date) int64 {
	return time.Date(d.Year(), time.Month(d.Month()), d.Day(), 4, 0, 0, 0, time.UTC).UnixMilli()
}

func TestOpen_OldCardDeclaredLost_Art11(t *testing.T) {
	for _, c := range []struct {
		kind        Kind
		lost, proof string
		want        string
	}{
		{ReplaceLost, "1", "责任区民警张、民康居委会", "<nil>"}, {ReplaceLost, "1", "", "card.no_proof"}, {ReplaceLost, "2", "x", "card.old_lost"},
		{Exchange, "1", "x", "card.lost_kind"},
	} {
		events, _, err := Open(OpenCommand{By: Actor{station, "c"}, ID: "a", Kind: c.kind, Today: today, OldLost: c.lost, OldProof: c.proof}, OpenFacts{Person: someone(station), Generation: 1})
		if code(err) != c.want {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil {
			continue
		}
		w := newWorld()
		w.write("clerk", events...)
		w.walk(t, "a", road(today, alone))
		if a := w.app("a"); a.Old != (OldCard{Generation: "1", Lost: true}) {
			t.Errorf("%+v", a.Old)
		}
	}
}

// The gates: a unit that has not been started takes no application; a pending correction holds the signing and nothing else.
func TestGates_NotStartedAndPendingCorrection(t *testing.T) {
	cmd := OpenCommand{By: Actor{station, "c"}, ID: "a", Kind: First, Today: today}
	if _, _, err := Open(cmd, OpenFacts{Person: someone(station), Generation: 1, NotStarted: true}); code(err) != "card.not_started" {
		t.Errorf("%v", err)
	}
	pending := facts(nil, today)
	pending.Pending = true
	if _, err := ReviewIt(at(t, 2), Actor{county, "reviewer"}, pending); err != nil {
		t.Errorf("review: %v", err)
	}
	if _, _, err := SignIt(at(t, 3), Actor{county, "issuer"}, "长春市公安局南关区分局", pending); code(err) != "card.correction_pending" {
		t.Errorf("sign: %v", err)
	}
	if _, err := CheckIt(at(t, 4), Actor{city, "checker"}, pending); err != nil {
		t.Errorf("check: %v", err)
	}
	if _, _, err := ApplyTemp(at(t, 3), TempCommand{By: Actor{station, "c"}, ID: "t", Reason: "出差", Today: today}, nil); err != nil {
		t.Errorf("temporary: %v", err)
	}
}

// 公安部令第78号 art. 7 and the rule of 1989 before it.
func TestOrder78_ValidityByTheDayOfMaking(t *testing.T) {
	for _, c := range []struct {
		on        string
		undecided bool
		want      string
	}{{"2005-09-30", false, "2006-09-30"}, {"2005-09-30", true, "2007-09-30"}, {"2005-10-01", false, "2006-01-01"}, {"2005-10-01", true, "2006-01-01"},
		{"2005-11-30", false, "2006-02-28"}} {
		if got := TempValidity(citizen.MustDate(c.on), c.undecided); got.String() != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func tempSteps(t testing.TB, events ...event.Event) []TempStep {
	t.Helper()
	var steps []TempStep
	for i, e := range events {
		ref := event.Ref{Stream: e.Stream, Generation: 1, Seq: int64(i)}
		ref.Leaf = ref.String()
		s := TempStep{Kind: e.Kind, Ref: ref, At: int64(i), Body: e.Body.(TempBody), Unit: e.Stream.Unit()}
		if e.Cause != nil {
			s.Cause = e.Cause.Leaf
		}
		steps = append(steps, s)
	}
	return steps
}

func TestOrder78_ATemporaryCardAndItsRefusals(t *testing.T) {
	clerk, issuer := Actor{station, "clerk"}, Actor{county, "issuer"}
	on := citizen.MustDate("2005-10-10")
	a := at(t, 2)
	want := func(name string, err error, c string) {
		t.Helper()
		if code(err) != c {
			t.Errorf("%s: %v, want %s", name, err, c)
		}
	}
	cmd := TempCommand{By: clerk, ID: "t1", Reason: "出差", Today: on}
	apply := func(change func(*Application, *TempCommand), others ...TempCard) error {
		b, c := a, cmd
		change(&b, &c)
		_, _, err := ApplyTemp(b, c, others)
		return err
	}
	want("第12条 without an application under way", apply(func(b *Application, _ *TempCommand) { b.Stage = StageHandedOver }), "card.stage")
	want("when the card is here", apply(func(b *Application, _ *TempCommand) { b.Stage = StageArrived }), "card.stage")
	want("by another station", apply(func(_ *Application, c *TempCommand) { c.By.Unit = second }), "card.other_unit")
	want("without a reason", apply(func(_ *Application, c *TempCommand) { c.Reason = "" }), "card.temporary_reason")
	want("第11条 without a photograph", apply(func(b *Application, _ *TempCommand) { b.Photo = "" }), "card.temporary_photograph")
	none := func(*Application, *TempCommand) {}
	want("a second one", apply(none, TempCard{State: TempOut, ValidTo: on}), "card.temporary_running")
	want("after the first has ended", apply(none, TempCard{State: TempOut, ValidTo: on.AddDays(-1)}), "<nil>")

	asked, applied, err := ApplyTemp(a, cmd, nil)
	if err != nil || applied.DueOn != on.AddDays(3) {
		t.Fatalf("%+v %v", applied, err)
	}
	all := []event.Event{asked}
	state := func() TempCard { return DeriveTemp(tempSteps(t, all...)) }
	_, err = HandOutTemp(state(), clerk, "s", TempFacts{true, true}, on)
	want("out before it is made", err, "card.temporary_state")
	_, _, err = MakeTemp(state(), Actor{second.Parent(), "i"}, "n", "x", false, on)
	want("第8条 made by another county", err, "card.other_unit")
	_, _, err = MakeTemp(state(), issuer, "", "x", false, on)
	want("made without a sheet", err, "card.no_sheet")
	_, _, err = MakeTemp(TempCard{}, issuer, "n", "x", false, on)
	want("made of nothing", err, "card.no_temporary")
	made, m, err := MakeTemp(state(), issuer, "n1", "长春市公安局南关区分局", false, on)
	if err != nil || m.ValidTo.String() != "2006-01-10" {
		t.Fatalf("%+v %v", m, err)
	}
	all = append(all, made...)
	_, err = HandOutTemp(state(), Actor{second, "c"}, "s", TempFacts{true, true}, on)
	want("out at another station", err, "card.other_unit")
	_, err = HandOutTemp(state(), clerk, "", TempFacts{true, true}, on)
	want("out without a signature", err, "card.no_signature")
	_, err = HandOutTemp(state(), clerk, "s", TempFacts{false, true}, on)
	want("out when the application is closed", err, "card.temporary_late")
	_, err = HandOutTemp(state(), clerk, "s", TempFacts{true, false}, on)
	want("out before it is paid", err, "card.fee_unsettled")
	out, err := HandOutTemp(state(), clerk, "s", TempFacts{true, true}, on)
	want("out", err, "<nil>")
	all = append(all, out...)
	_, err = EndTemp(state(), clerk, "eaten", on)
	want("ended somehow", err, "card.temporary_end")
	ended, err := EndTemp(state(), clerk, TempReturned, on)
	want("第13条 back", err, "<nil>")
	all = append(all, ended...)
	whole := tempSteps(t, all...)
	if got := DeriveTemp(whole); got.State != TempBackIn || got.Sheet != "n1" {
		t.Fatalf("%+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		shuffled := append(rapid.Permutation(whole).Draw(t, "order"), rapid.SliceOf(rapid.SampledFrom(whole)).Draw(t, "again")...)
		if got := DeriveTemp(shuffled); got.State != TempBackIn || got.Sheet != "n1" || got.EndedOn != on {
			t.Fatalf("%+v", got)
		}
	})
	forged := slices.Clone(whole)
	forged[1].Unit = station
	if got := DeriveTemp(forged); got.State != TempAsked {
		t.Errorf("a station made it: %s", got.State)
	}
}

func TestArt22And23_WhichCardCounts(t *testing.T) {
	issued := citizen.MustDate("1998-03-01")
	first := func(expires string) register.Record { return register.Record{CardIssued: issued, CardExpires: expires} }
	exchanged := application(t, 0)
	exchanged.Old = OldCard{Generation: "1", Number: "220102700506951"}
	lost := application(t, 0)
	lost.Lost = true
	declared := Application{ID: "x", Stage: StageOpened, OldLost: "1"}
	for name, c := range map[string]struct {
		record register.Record
		all    []Application
		on     string
		want   []string
	}{
		"2003第22条 within its term":            {first("2008-03-01"), nil, "2005-09-05", []string{"1 valid"}},
		"2003第22条 its last day":               {first("2008-03-01"), nil, "2008-03-01", []string{"1 valid"}},
		"2003第22条 after its term":             {first("2008-03-01"), nil, "2008-03-02", []string{"1 expired"}},
		"2003第22条 long-term, the last day":    {first("long-term"), nil, "2012-12-31", []string{"1 valid"}},
		"2011第23条 long-term, from 2013-01-01": {first("long-term"), nil, "2013-01-01", []string{"1 ended"}},
		"2003第11条 exchanged":                  {first("long-term"), []Application{exchanged}, "2006-01-01", []string{"1 taken_in", "2 valid"}},
		"2003第11条 declared lost":              {first("long-term"), []Application{declared}, "2006-01-01", []string{"1 lost"}},
		"both, the second lost":               {first("long-term"), []Application{lost}, "2006-01-01", []string{"1 replaced", "2 lost"}},
		"the second after its term":           {register.Record{}, []Application{exchanged}, "2025-09-06", []string{"2 expired"}},
		"none":                                {register.Record{}, nil, "2006-01-01", nil},
	} {
		var got []string
		for _, s := range Cards(c.record, c.all, citizen.MustDate(c.on)) {
			got = append(got, s.Generation+" "+s.Code)
			if s.Valid != (s.Code == "valid") || s.Why.ZH == "" || s.Why.EN == "" {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestArt7_WhoTurnsSixteen(t *testing.T) {
	got := TurnsSixteen(citizen.MustDate("1989-10-01"), today)
	if got.MustApply || got.Turns16.String() != "2005-10-01" || got.ApplyBy.String() != "2006-01-01" {
		t.Errorf("%+v", got)
	}
}

func TestArt11_AddressIntoTheChip(t *testing.T) {
	a := application(t, 0)
	p := someone(station)
	p.Record.Address = "吉林省长春市南关区民康路9号"
	by := Actor{county, "issuer"}
	do := func(change func(*Application, *Person, *Actor), last, back string) error {
		b, q, who := a, p, by
		change(&b, &q, &who)
		_, err := AppendAddress(b, who, "i", q, last, back, nil, today)
		return err
	}
	none := func(*Application, *Person, *Actor) {}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"written and read back":    {do(none, "", p.Record.Address), "<nil>"},
		"read back something else": {do(none, "", "x"), "card.address_read_back"},
		"the same as before":       {do(none, p.Record.Address, p.Record.Address), "card.address_same"},
		"of another county":        {do(func(_ *Application, _ *Person, w *Actor) { w.Unit = second.Parent() }, "", p.Record.Address), "card.not_registered_here"},
		"of a lost card":           {do(func(b *Application, _ *Person, _ *Actor) { b.Lost = true }, "", p.Record.Address), "card.not_valid"},
		"of nobody's card":         {do(func(b *Application, _ *Person, _ *Actor) { *b = Application{} }, "", p.Record.Address), "card.no_application"},
		"of who has moved away":    {do(func(_ *Application, q *Person, _ *Actor) { q.Open = false }, "", p.Record.Address), "card.not_registered_here"},
	} {
		if code(c.err) != c.want {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
}

func TestDestroy_TwoPersonsAndWhatIsKept(t *testing.T) {
	kept := []Scrap{{"a", "1", "220102700506951"}, {"b", "1", "220102710506951"}}
	for name, c := range map[string]struct {
		d    Destruction
		want string
	}{
		"both":        {Destruction{Second: "chief", Cards: kept}, "<nil>"},
		"alone":       {Destruction{Second: "clerk", Cards: kept}, "card.two_persons"},
		"by nobody":   {Destruction{Cards: kept}, "card.two_persons"},
		"nothing":     {Destruction{Second: "chief"}, "card.nothing_kept"},
		"what is not": {Destruction{Second: "chief", Cards: []Scrap{{"c", "1", "9"}}}, "card.not_kept"},
	} {
		if _, err := Destroy(Actor{station, "clerk"}, c.d, kept); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// W9: the clock warns before the sixty days can no longer be kept, and names the desk and the cause.
func TestW9_ClocksAndDesks(t *testing.T) {
	l := DefaultLimits()
	promise := today.AddDays(60)
	p := func(s Stage, change ...func(*Position)) Position {
		p := Position{Home: station, Stage: s, Since: noon(today), PromisedOn: promise}
		for _, c := range change {
			c(&p)
		}
		return p
	}
	toStation := func(p *Position) { p.Class = RejectPhoto }
	for name, c := range map[string]struct {
		p     Position
		days  int
		grade Lateness
		desk  Desk
		cause string
		due   string
	}{
		"a form on its first day":               {p(StageConfirmed), 0, StageSoon, Desk{county, "reviewer"}, "desk", "2005-09-07"},
		"a form in its third day":               {p(StageConfirmed), 3, StageLate, Desk{county, "reviewer"}, "desk", "2005-09-07"},
		"a form without its fee":                {p(StageConfirmed, func(p *Position) { p.Unpaid = true }), 3, StageLate, Desk{station, "cashier"}, "fee", "2005-09-07"},
		"a form after three weeks":              {p(StageConfirmed), 21, PromiseInDanger, Desk{county, "reviewer"}, "desk", "2005-09-07"},
		"at the maker, in time":                 {p(StageOrdered), 3, InTime, Desk{city, "maker"}, "maker", "2005-09-28"},
		"at the maker, on the last day":         {p(StageOrdered), 23, StageSoon, Desk{city, "maker"}, "maker", "2005-09-28"},
		"at the maker, late":                    {p(StageOrdered), 30, StageLate, Desk{city, "maker"}, "maker", "2005-09-28"},
		"at the maker, in danger":               {p(StageOrdered), 50, PromiseInDanger, Desk{city, "maker"}, "maker", "2005-09-28"},
		"at the maker, broken":                  {p(StageOrdered), 61, PromiseBroken, Desk{city, "maker"}, "maker", "2005-09-28"},
		"on the way, from the city":             {p(StageDispatched), 20, StageLate, Desk{city, "clerk"}, "on_the_way", "2005-09-13"},
		"on the way, at the county":             {p(StageDispatched, func(p *Position) { p.Keeper = county }), 20, StageLate, Desk{county, "clerk"}, "on_the_way", "2005-09-13"},
		"spoilt, the maker's fault":             {p(StageDefective, func(p *Position) { p.Class = RejectProduction }), 6, StageLate, Desk{city, "issuer"}, "defective", "2005-09-10"},
		"spoilt, the station photographs again": {p(StageRejected, toStation), 6, StageLate, Desk{station, "clerk"}, "rejected", "2005-09-10"},
		"returned":                              {p(StageReturned), 9, StageLate, Desk{station, "clerk"}, "returned", "2005-09-08"},
		"held":                                  {p(StageReviewed, func(p *Position) { p.Held = true }), 9, StageLate, Desk{station, "clerk"}, "held", "2005-09-06"},
		"told to collect, long ago":             {p(StageNotified), 99, InTime, Desk{station, "applicant"}, "desk", ""},
		"signed":                                {p(StageSigned), 9, StageLate, Desk{city, "reviewer"}, "desk", "2005-09-07"},
		"opened":                                {p(StageOpened), 2, StageLate, Desk{station, "photographer"}, "desk", "2005-09-06"},
	} {
		got := l.ClockOf(c.p, today.AddDays(c.days), l.SoonDays)
		due := ""
		if !got.Due.IsZero() {
			due = got.Due.String()
		}
		if got.Grade != c.grade || got.Desk != c.desk || got.Cause != c.cause || due != c.due {
			t.Errorf("%s: %+v", name, got)
		}
	}
	l.Stages = map[Stage]StageLimit{StageOrdered: {Days: 40}}
	if got := l.ClockOf(p(StageOrdered), today.AddDays(30), 3); got.Due != today.AddDays(40) {
		t.Errorf("the office's own limit: %+v", got)
	}
}

func TestArt12_ThirtyDaysMoreWhereTravelIsDifficult(t *testing.T) {
	_, c, err := Confirm(at(t, 1), ConfirmCommand{By: Actor{station, "clerk"}, Form: "f", Signer: Self, Face: FaceOf(someone(station)), Extended: true, Today: today})
	if err != nil || c.PromisedOn != today.AddDays(90) {
		t.Errorf("%+v %v", c, err)
	}
}

func TestAppointmentRefusals(t *testing.T) {
	by, l := Actor{station, "clerk"}, DefaultLimits()
	session := func(change func(*Session)) error {
		s := Session{Session: "s", Day: today, Place: AtWindow, Slots: []Slot{{"0830", 0}, {"0900", 2}}}
		change(&s)
		_, _, err := OpenSession(by, s, l, today)
		return err
	}
	s := Session{Home: station, Session: "s", Day: today, Place: AtWindow, Slots: []Slot{{"0830", 1}}}
	book := func(change func(*Person, *BookFacts), slot string) error {
		p, f := someone(station), BookFacts{Session: s, Taken: map[string]int{}}
		change(&p, &f)
		_, err := Book(by, "a", p, slot, f, today)
		return err
	}
	none := func(*Person, *BookFacts) {}
	end := func(state, to AppointmentState, on citizen.Date, home event.Unit) error {
		_, err := EndAppointment(Appointment{Home: home, Appointment: "a", Day: today, State: state}, by, to, on)
		return err
	}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"open":                      {session(func(*Session) {}), "<nil>"},
		"open yesterday":            {session(func(s *Session) { s.Day = today.AddDays(-1) }), "card.session_day"},
		"open in a year":            {session(func(s *Session) { s.Day = today.AddDays(365) }), "card.session_day"},
		"open nowhere":              {session(func(s *Session) { s.Place = "moon" }), "card.session_place"},
		"visit without a name":      {session(func(s *Session) { s.Place = AtSchool }), "card.session_place"},
		"no slots":                  {session(func(s *Session) { s.Slots = nil }), "card.session_slots"},
		"slots out of order":        {session(func(s *Session) { slices.Reverse(s.Slots) }), "card.session_slots"},
		"no time of day":            {session(func(s *Session) { s.Slots[1].Slot = "9960" }), "card.session_slots"},
		"book":                      {book(none, "0830"), "<nil>"},
		"book a full slot":          {book(func(_ *Person, f *BookFacts) { f.Taken["0830"] = 1 }, "0830"), "card.slot_full"},
		"book no slot":              {book(none, "1200"), "card.no_slot"},
		"book no session":           {book(func(_ *Person, f *BookFacts) { f.Session = Session{} }, "0830"), "card.no_session"},
		"book what is over":         {book(func(_ *Person, f *BookFacts) { f.Session.Day = today.AddDays(-1) }, "0830"), "card.session_past"},
		"book twice":                {book(func(_ *Person, f *BookFacts) { f.Open = []Appointment{{}} }, "0830"), "card.booked_already"},
		"book a stranger":           {book(func(p *Person, _ *BookFacts) { p.Unit = second }, "0830"), "card.not_registered_here"},
		"book the dead":             {book(func(p *Person, _ *BookFacts) { p.Dead = true }, "0830"), "card.dead"},
		"keep":                      {end(AppointmentBooked, AppointmentKept, today, station), "<nil>"},
		"keep before the day":       {end(AppointmentBooked, AppointmentKept, today.AddDays(-1), station), "card.appointment_early"},
		"cancel before the day":     {end(AppointmentBooked, AppointmentCancelled, today.AddDays(-1), station), "<nil>"},
		"end somehow":               {end(AppointmentBooked, "eaten", today, station), "card.appointment_end"},
		"end twice":                 {end(AppointmentKept, AppointmentMissed, today, station), "card.appointment_over"},
		"end another station's one": {end(AppointmentBooked, AppointmentKept, today, second), "card.no_appointment"},
	} {
		if code(c.err) != c.want {
			t.Errorf("%s: %v, want %s", name, c.err, c.want)
		}
	}
}

// A card that was declared lost when a later one was checked is named by that one and never counts again, even where the declaring application is withdrawn
// because the card was found, and even where the later one's station takes in a card of before that it still believes to count.
func TestArticle11_ACardThatALaterOneNamesNeverCountsAgain(t *testing.T) {
	const third event.Unit = "220105004"
	w := newWorld()
	handOver := func(kind Kind, unit event.Unit, own func() []Application) string {
		t.Helper()
		id, err := w.open(kind, unit, own(), today)
		if err != nil {
			t.Fatal(err)
		}
		steps := road(today, func(a Application) []Application { return w.all(a.ID) })
		steps[9] = road(today, func(Application) []Application { return own() })[9]
		w.walk(t, id, steps)
		return id
	}
	none := func() []Application { return nil }
	d := handOver(First, third, none)
	a := handOver(Exchange, station, none)
	b, err := w.open(ReplaceLost, second, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	c := handOver(Exchange, third, func() []Application { return []Application{w.app(d)} })
	w.must(t, "clerk")(Withdraw(w.app(b), WithdrawCommand{By: Actor{second, "clerk"}, Reason: WithdrawFound}))
	if got := w.app(c); got.Old.Application != d || got.Ends != a {
		t.Errorf("it ends %s and %s", got.Old.Application, got.Ends)
	}
	if valid := Valid(w.all(""), today); len(valid) != 1 || valid[0].ID != c {
		t.Errorf("%d count", len(valid))
	}
}

// view is what one node holds: the first entries of each stream that is due to it.
type view map[event.Stream]int64

// net is a city's nodes, each with its own view of the journal.
type net struct {
	world
	views map[event.Unit]view
}

// netUnits are the nodes, stations first.
var netUnits = []event.Unit{station, second, county, second.Parent(), city}

func (n *net) pull(to, from event.Unit) {
	for stream, size := range n.views[from] {
		if due := stream.DueTo(to); due && size > n.views[to][stream] {
			n.views[to][stream] = size
		}
	}
}

// see derives what a node knows.
func (n *net) see(unit event.Unit, except string) (all []Application) {
	for id, steps := range n.steps {
		var seen []Step
		for _, s := range steps {
			if s.Ref.Seq < n.views[unit][s.Ref.Stream] {
				seen = append(seen, s)
			}
		}
		if len(seen) > 0 && id != except {
			all = append(all, Derive(seen))
		}
	}
	slices.SortFunc(all, func(a, b Application) int { return cmpID(a.ID, b.ID) })
	return all
}

func cmpID(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (n *net) do(unit event.Unit, operator string, events []event.Event, err error) bool {
	if err != nil {
		return false
	}
	n.write(operator, events...)
	for stream, size := range n.seq {
		if stream.Unit() == unit {
			n.views[unit][stream] = size
		}
	}
	return true
}

// 居民身份证法（2003）第11条: random acts of operators of all tiers, each deciding by what has arrived at its own node so far, on one resident at two stations of
// two counties. On every node, at every moment and at the end with everything arrived, at most one card counts.
func TestArticle11_AtMostOneValidCard_OnEveryNode(t *testing.T) {
	handed := 0
	rapid.Check(t, func(t *rapid.T) {
		n := &net{world: *newWorld(), views: make(map[event.Unit]view)}
		for _, u := range netUnits {
			n.views[u] = make(view)
		}
		on := today
		for range rapid.IntRange(10, 90).Draw(t, "acts") {
			if rapid.IntRange(0, 3).Draw(t, "drive") == 0 {
				n.drive(t, on)
			}
			n.act(t, on)
			for range rapid.IntRange(0, 4).Draw(t, "parcels") {
				u := rapid.SampledFrom(netUnits[:4]).Draw(t, "line")
				if rapid.Bool().Draw(t, "up") {
					n.pull(u.Parent(), u)
				} else {
					n.pull(u, u.Parent())
				}
			}
			if rapid.IntRange(0, 19).Draw(t, "later") == 0 {
				on = on.AddYears(rapid.IntRange(0, 11).Draw(t, "years")).AddDays(rapid.IntRange(0, 40).Draw(t, "days"))
			}
			for _, u := range netUnits {
				if valid := Valid(n.see(u, ""), on); len(valid) > 1 {
					t.Fatalf("at %s on %s: %s and %s both count", u, on, valid[0].ID, valid[1].ID)
				}
			}
		}
		for _, a := range n.all("") {
			if a.Stage == StageHandedOver {
				handed++
			}
		}
		if valid := Valid(n.all(""), on); len(valid) > 1 {
			t.Fatalf("on %s: %s and %s both count", on, valid[0].ID, valid[1].ID)
		}
	})
	if handed < 50 {
		t.Errorf("the histories hand over %d cards: too few to tell", handed)
	}
}

// drive takes one application some steps down its road, with lines that work.
func (n *net) drive(t *rapid.T, on citizen.Date) {
	all := slices.DeleteFunc(n.all(""), func(a Application) bool { return a.Terminal() })
	if len(all) == 0 {
		return
	}
	id := rapid.SampledFrom(all).Draw(t, "driven").ID
	for range rapid.IntRange(1, 10).Draw(t, "steps") {
		for _, u := range []event.Unit{station, second, county, second.Parent()} {
			n.pull(u.Parent(), u)
		}
		for _, u := range []event.Unit{county, second.Parent(), station, second} {
			n.pull(u, u.Parent())
		}
		for _, u := range netUnits {
			if known := n.see(u, ""); slices.ContainsFunc(known, func(a Application) bool { return a.ID == id }) {
				n.step(u, known[slices.IndexFunc(known, func(a Application) bool { return a.ID == id })], on)
			}
		}
	}
}

// step does the furthest step that is due at a unit.
func (n *net) step(unit event.Unit, a Application, on citizen.Date) {
	for _, s := range slices.Backward(road(on, func(Application) []Application { return n.see(unit, a.ID) })) {
		if unitOf(s.name, a) != unit {
			continue
		}
		if events, err := s.run(a); n.do(unit, s.operator, events, err) {
			return
		}
	}
}

// act does one thing at one node.
func (n *net) act(t *rapid.T, on citizen.Date) {
	unit := rapid.SampledFrom(netUnits).Draw(t, "unit")
	known := n.see(unit, "")
	l := DefaultLimits()
	l.UnclaimedDays, l.RemindDays, l.Reminders = 0, 0, 0
	if unit.Level() == event.Station && (len(known) == 0 || rapid.IntRange(0, 7).Draw(t, "open") == 0) {
		n.ids++
		kind := rapid.SampledFrom([]Kind{First, Exchange, ReplaceLost, ReplaceDamaged}).Draw(t, "kind")
		events, _, err := Open(OpenCommand{By: Actor{unit, "clerk"}, ID: fmt.Sprintf("a%02d", n.ids), Kind: kind, Today: on},
			OpenFacts{Person: someone(unit), Others: known, Last: LastNumber{Running: n.running, Generation: 1}, Generation: 1})
		if n.do(unit, "clerk", events, err) {
			n.running++
		}
		return
	}
	if len(known) == 0 {
		return
	}
	a := rapid.SampledFrom(known).Draw(t, "application")
	others := n.see(unit, a.ID)
	who := Actor{unit, "clerk"}
	switch rapid.IntRange(0, 11).Draw(t, "side") {
	case 0:
		events, err := Withdraw(a, WithdrawCommand{By: who, Reason: rapid.SampledFrom([]WithdrawReason{WithdrawAsked, WithdrawFound, WithdrawDied}).Draw(t, "why")})
		n.do(unit, "clerk", events, err)
	case 1:
		events, err := ReportLost(a, who, "", on)
		n.do(unit, "clerk", events, err)
	case 2:
		events, err := FoundAgain(a, who, others)
		n.do(unit, "clerk", events, err)
	case 3:
		code := rapid.SampledFrom([]DefectCode{DefectChip, DefectPhoto}).Draw(t, "defect")
		events, err := FindDefect(a, Actor{unit, "courier"}, code, "")
		n.do(unit, "courier", events, err)
	case 4:
		events, err := SendUp(a, who, l, on)
		n.do(unit, "clerk", events, err)
	case 5:
		if unit == city {
			e, err := OrderIt(a, OrderCommand{By: Actor{city, "checker"}, Order: "o", Digest: "d", Again: "lost"}, false)
			n.do(unit, "checker", []event.Event{e}, err)
		}
	case 6:
		if unit == city {
			events, err := Feedback(a, Actor{city, "checker"}, "f", Outcome{Attempt: a.Attempt, Class: RejectProduction})
			n.do(unit, "checker", events, err)
		}
	case 7:
		events, err := ReturnIt(a, Actor{unit, "reviewer"}, Return{ReturnData, "x"})
		n.do(unit, "reviewer", events, err)
	default:
		n.step(unit, a, on)
	}
}

// unitOf names the unit that does a step of the road.
func unitOf(step string, a Application) event.Unit {
	switch step {
	case "review", "sign":
		return a.Home.Parent()
	case "check", "order", "feedback":
		return city
	}
	return a.Home
}
