package card

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"pgregory.net/rapid"
)

const (
	station event.Unit = "220102001"
	second  event.Unit = "220104003"
	county  event.Unit = "220102"
	city    event.Unit = "220100"
)

var today = citizen.MustDate("2005-09-05")

// world is a journal in memory: every entry of every stream, with invented leaves.
type world struct {
	steps   map[string][]Step // by application
	seq     map[event.Stream]int64
	at      int64
	running int
	ids     int
}

func newWorld() *world { return &world{steps: map[string][]Step{}, seq: map[event.Stream]int64{}} }

func (w *world) write(operator string, events ...event.Event) {
	w.at++
	for _, e := range events {
		body, ok := e.Body.(Body)
		if !ok {
			continue
		}
		ref := event.Ref{Stream: e.Stream, Generation: 1, Seq: w.seq[e.Stream]}
		ref.Leaf = ref.String()
		w.seq[e.Stream]++
		s := Step{Kind: e.Kind, Ref: ref, At: w.at, Operator: operator, Body: body, Unit: e.Stream.Unit()}
		if e.Cause != nil {
			s.Cause = e.Cause.Leaf
		}
		w.steps[e.Subject] = append(w.steps[e.Subject], s)
	}
}

func (w *world) app(id string) Application { return Derive(w.steps[id]) }

// all derives every application; except leaves one out.
func (w *world) all(except string) []Application {
	var all []Application
	for id := range w.steps {
		if id != except {
			all = append(all, w.app(id))
		}
	}
	slices.SortFunc(all, func(a, b Application) int { return strings.Compare(a.ID, b.ID) })
	return all
}

func numberOf(birth string) string {
	number, err := citizen.NewNumber("220102", citizen.MustDate(birth), 951)
	if err != nil {
		panic(err)
	}
	return string(number)
}

func someone(unit event.Unit) Person {
	birth := citizen.MustDate("1970-05-06")
	number, err := citizen.NewNumber("220102", birth, 951)
	if err != nil {
		panic(err)
	}
	return Person{Resident: "r1", Tenure: "t1", Unit: unit, Open: true, Record: register.Record{Number: string(number), Name: "王建国",
		Pinyin: "wang jian guo", PinyinV: 1, Sex: "1", EthnicGroup: "01", BirthDate: birth, Address: "吉林省长春市南关区民康路1号", HouseholdNo: "1"}}
}

func (w *world) open(kind Kind, unit event.Unit, others []Application, on citizen.Date) (string, error) {
	w.ids++
	id := fmt.Sprintf("a%02d", w.ids)
	events, _, err := Open(OpenCommand{By: Actor{unit, "clerk"}, ID: id, Kind: kind, Today: on},
		OpenFacts{Person: someone(unit), Others: others, Last: LastNumber{Running: w.running, Generation: 1}, Generation: 1})
	if err != nil {
		return "", err
	}
	w.running++
	w.write("clerk", events...)
	return id, nil
}

// step is one step of the road as a rule decides it.
type step struct {
	name     string
	operator string
	run      func(a Application) ([]event.Event, error)
}

func window(a Application, operator string) Actor { return Actor{a.Home, operator} }

func picture(a Application) ([]event.Event, error) {
	return PhotographIt(a, PhotographCommand{By: window(a, "photographer"), Photograph: Photograph{Photo: "photo", Device: "camera 1"}})
}

func signedForm(on citizen.Date) func(Application) ([]event.Event, error) {
	return func(a Application) ([]event.Event, error) {
		events, _, err := Confirm(a, ConfirmCommand{By: window(a, "clerk"), Form: "form", Signer: Self, Face: FaceOf(someone(a.Home)), Today: on})
		return events, err
	}
}

func facts(others []Application, on citizen.Date) JudgeFacts {
	return JudgeFacts{FeeSettled: true, Others: others, Today: on}
}

// road is every step behind the opening; others gives what superiors and the hand-over know of the person's other applications.
func road(on citizen.Date, others func(Application) []Application) []step {
	return []step{
		{"photograph", "photographer", picture},
		{"confirm", "clerk", signedForm(on)},
		{"review", "reviewer", func(a Application) ([]event.Event, error) {
			return ReviewIt(a, Actor{a.Home.Parent(), "reviewer"}, facts(others(a), on))
		}},
		{"sign", "issuer", func(a Application) ([]event.Event, error) {
			events, _, err := SignIt(a, Actor{a.Home.Parent(), "issuer"}, "长春市公安局南关区分局", facts(nil, on))
			return events, err
		}},
		{"check", "checker", func(a Application) ([]event.Event, error) {
			return CheckIt(a, Actor{city, "checker"}, facts(others(a), on))
		}},
		{"order", "checker", func(a Application) ([]event.Event, error) {
			e, err := OrderIt(a, OrderCommand{By: Actor{city, "checker"}, Order: "order", Digest: "digest"}, false)
			return []event.Event{e}, err
		}},
		{"feedback", "checker", func(a Application) ([]event.Event, error) {
			return Feedback(a, Actor{city, "checker"}, "feedback", Outcome{Attempt: a.Attempt, CardNo: "card " + a.ID + fmt.Sprint(a.Attempt), Package: "p"})
		}},
		{"arrive", "clerk", func(a Application) ([]event.Event, error) {
			e, ok := Arrive(a, Actor{a.Home, "clerk"}, "consignment", a.CardNo)
			if !ok {
				return nil, a.in(StageDispatched)
			}
			return []event.Event{e}, nil
		}},
		{"notify", "clerk", func(a Application) ([]event.Event, error) { return Notify(a, window(a, "clerk"), "telephone") }},
		{"hand over", "clerk", func(a Application) ([]event.Event, error) {
			cmd := HandOverCommand{By: window(a, "clerk"), ChipNumber: a.Face.Number, Receiver: ReceivedBySelf, Signature: "signature", Today: on}
			if a.Kind == Exchange || a.Kind == ReplaceDamaged {
				cmd.Old = &OldCard{Generation: "2", Number: a.Face.Number}
			}
			return HandOverIt(a, cmd, false, others(a))
		}},
	}
}

func alone(Application) []Application { return nil }

func (w *world) walk(t testing.TB, id string, steps []step) {
	t.Helper()
	for _, s := range steps {
		events, err := s.run(w.app(id))
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		w.write(s.operator, events...)
	}
}

func mustOpen(t testing.TB, w *world, kind Kind) string {
	t.Helper()
	id, err := w.open(kind, station, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func code(err error) string {
	if refusal, ok := event.AsRefusal(err); ok {
		return refusal.Code
	}
	return fmt.Sprint(err)
}

func TestWalk1_OneCardThroughAllItsStages(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	want := []Stage{StagePhotographed, StageConfirmed, StageReviewed, StageSigned, StageChecked, StageOrdered, StageDispatched, StageArrived,
		StageNotified, StageHandedOver}
	for i, s := range road(today, alone) {
		w.walk(t, id, []step{s})
		if a := w.app(id); a.Stage != want[i] {
			t.Fatalf("after %s: %s, want %s", s.name, a.Stage, want[i])
		}
	}
	a := w.app(id)
	if a.PromisedOn != today.AddDays(60) || a.Issue.ValidTo != "2025-09-05" || a.HandedOn != today || a.AcceptanceNo != "2201020012005090500001" {
		t.Fatalf("%+v", a)
	}
	for _, s := range w.steps[id] {
		if up := s.Ref.Stream == event.Up(station); !up && s.Ref.Stream != event.To(county, station) && s.Ref.Stream != event.To(city, station) {
			t.Errorf("%s stands in %s", s.Kind, s.Ref.Stream)
		}
		if s.Cause == "" && s.Kind != KindNumberReserved && s.Kind != KindOpened {
			t.Errorf("%s names no cause", s.Kind)
		}
	}
}

// history is an application with a return by the city in round 1, a spoilt card in round 2 and a withdrawal or a hand-over.
func history(t testing.TB, ending string) []Step {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:4])
	late, err := ReturnIt(w.app(id), Actor{city, "checker"}, Return{ReturnPhoto, "too dark"})
	if err != nil {
		t.Fatal(err)
	}
	w.write("checker", late...)
	w.walk(t, id, steps[:6])
	spoilt, err := Feedback(w.app(id), Actor{city, "checker"}, "f", Outcome{Attempt: 1, Class: RejectProduction})
	if err != nil {
		t.Fatal(err)
	}
	w.write("checker", spoilt...)
	w.walk(t, id, steps[5:8])
	if ending == "handed over" {
		w.walk(t, id, steps[8:])
	} else {
		dead, err := Withdraw(w.app(id), WithdrawCommand{By: Actor{station, "system"}, Reason: WithdrawDied})
		if err != nil {
			t.Fatal(err)
		}
		w.write("system", dead...)
	}
	return w.steps[id]
}

func TestDeriveDoesNotDependOnOrderOrRepetition(t *testing.T) {
	for _, ending := range []string{"handed over", "died"} {
		steps := history(t, ending)
		want := fmt.Sprintf("%+v", plain(Derive(steps)))
		if a := Derive(steps); a.Round != 2 || a.Attempt != 2 {
			t.Fatalf("%+v", a)
		}
		rapid.Check(t, func(t *rapid.T) {
			shuffled := rapid.Permutation(steps).Draw(t, "order")
			again := rapid.SliceOf(rapid.SampledFrom(steps)).Draw(t, "again")
			if got := fmt.Sprintf("%+v", plain(Derive(append(shuffled, again...)))); got != want {
				t.Fatalf("got %s\nwant %s", got, want)
			}
		})
	}
}

// plain takes pointers out, so that states can be compared as text.
func plain(a Application) string {
	refs := ""
	for _, r := range []*event.Ref{a.judged, a.photoRef, a.arrived, a.here, a.away, a.lostRef, a.holdRef, a.ordered, a.sent, a.root, a.next} {
		refs += leafOf(r) + ";"
	}
	a.judged, a.photoRef, a.arrived, a.ordered, a.sent, a.root, a.next = nil, nil, nil, nil, nil, nil, nil
	hold := a.Hold
	a.here, a.away, a.lostRef, a.holdRef, a.Hold = nil, nil, nil, nil, nil
	return fmt.Sprintf("%+v %s %+v", a, refs, hold)
}

// Every subset that a node can hold gives some state without a panic, and adding what was missing gives the whole state.
func TestDeriveOfAnyPartIsAState(t *testing.T) {
	steps := history(t, "handed over")
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SliceOfDistinct(rapid.SampledFrom(steps), func(s Step) string { return s.Ref.String() }).Draw(t, "part")
		a := Derive(part)
		if len(part) > 0 && !slices.Contains(Stages, a.Stage) {
			t.Fatalf("stage %q", a.Stage)
		}
	})
}

func TestLateReturnOfAnEarlierRoundHasNoEffect(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:2])
	before := w.app(id)
	first, err := ReturnIt(before, Actor{county, "reviewer"}, Return{ReturnData, "address"})
	if err != nil {
		t.Fatal(err)
	}
	w.write("reviewer", first...)
	w.walk(t, id, steps[1:2]) // the photograph of round 1 serves
	if a := w.app(id); a.Round != 2 || a.Stage != StageConfirmed || a.Photo != "photo" {
		t.Fatalf("%+v", a)
	}
	again, err := ReturnIt(before, Actor{county, "other"}, Return{ReturnForm, "late"})
	if err != nil {
		t.Fatal(err)
	}
	w.write("other", again...)
	if a := w.app(id); a.Round != 2 || a.Stage != StageConfirmed {
		t.Fatalf("the late return moved it to round %d, %s", a.Round, a.Stage)
	}
	if a := w.app(id); a.PromisedOn != before.PromisedOn {
		t.Errorf("the return changed the promised day to %s", a.PromisedOn)
	}
}

// An answer to a form that no longer stands (its generation was closed, and the station signed it anew) does not count.
func TestAnswerToAVanishedFormDoesNotCount(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:3])
	left := slices.DeleteFunc(slices.Clone(w.steps[id]), func(s Step) bool { return s.Kind == KindConfirmed })
	if a := Derive(left); a.Stage != StagePhotographed {
		t.Fatalf("%s", a.Stage)
	}
	w.steps[id] = left
	w.walk(t, id, steps[1:2])
	if a := w.app(id); a.Stage != StageConfirmed {
		t.Fatalf("the old review counts for the new form: %s", a.Stage)
	}
}

func TestReturnForThePhotographNeedsANewOne(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:2])
	if _, err := picture(w.app(id)); code(err) != "card.stage" {
		t.Fatalf("photographed again after the form was signed: %v", err)
	}
	back, _ := ReturnIt(w.app(id), Actor{county, "reviewer"}, Return{ReturnPhoto, "eyes"})
	w.write("reviewer", back...)
	if _, err := signedForm(today)(w.app(id)); code(err) != "card.photograph_first" {
		t.Fatalf("%v", err)
	}
	w.walk(t, id, steps[:1])
	w.walk(t, id, steps[:1]) // again before the form is signed
	w.walk(t, id, steps[1:])
	if a := w.app(id); a.Round != 2 || a.Stage != StageHandedOver {
		t.Fatalf("%+v", a)
	}
}

func TestGA214_4_AcceptanceNumberHas22Digits(t *testing.T) {
	for _, c := range []struct {
		last       LastNumber
		generation int
		want       int
	}{{LastNumber{}, 1, 1}, {LastNumber{41, 1}, 1, 42}, {LastNumber{41, 1}, 2, 1001}, {LastNumber{1003, 2}, 2, 1004}, {LastNumber{1003, 2}, 3, 2001}, {LastNumber{}, 3, 1}} {
		n, err := NextRunning(c.last, c.generation)
		if err != nil || n != c.want {
			t.Errorf("%+v: %d %v, want %d", c.last, n, err, c.want)
		}
	}
	if _, err := NextRunning(LastNumber{99999, 1}, 1); code(err) != "card.numbers_used_up" {
		t.Errorf("%v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 99999).Draw(t, "running")
		no := AcceptanceNumber(station, today, n)
		unit, day, running, ok := ParseAcceptance(no)
		if len(no) != AcceptanceDigits || !ok || unit != station || day != today || running != n {
			t.Fatalf("%s: %s %s %d %v", no, unit, day, running, ok)
		}
	})
	for _, bad := range []string{"", "220102001200509050000", "2201020012005093100001", "2201020012005090500000", "22010200X2005090500001"} {
		if _, _, _, ok := ParseAcceptance(bad); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestOpenRefusals(t *testing.T) {
	open := Application{ID: "x", Resident: "r1", AcceptanceNo: "1", Stage: StageConfirmed}
	holding := Application{ID: "x", Resident: "r1", Stage: StageHandedOver, Issue: Issue{ValidTo: LongTerm}}
	cases := []struct {
		name   string
		change func(*OpenCommand, *OpenFacts)
		want   string
	}{
		{"户口登记条例第8条 dead", func(_ *OpenCommand, f *OpenFacts) { f.Person.Dead, f.Person.Open = true, false }, "card.dead"},
		{"第6条 dead, registered elsewhere", func(_ *OpenCommand, f *OpenFacts) { f.Person.Unit, f.Person.Dead, f.Person.Open = second, true, false }, "card.not_registered_here"},
		{"第7条 registered elsewhere", func(_ *OpenCommand, f *OpenFacts) { f.Person.Unit = second }, "card.not_registered_here"},
		{"第7条 moved out", func(_ *OpenCommand, f *OpenFacts) { f.Person.Open = false }, "card.not_registered_here"},
		{"one open application", func(_ *OpenCommand, f *OpenFacts) { f.Others = []Application{open} }, "card.already_open"},
		{"第11条 holds a valid card", func(_ *OpenCommand, f *OpenFacts) { f.Others = []Application{holding} }, "card.has_card"},
		{"第3条 another holds a card under the number", func(_ *OpenCommand, f *OpenFacts) {
			f.Others = []Application{{ID: "y", Resident: "r2", Stage: StageHandedOver, Issue: Issue{ValidTo: LongTerm}}}
		}, "<nil>"},
		{"GA 214.5 reason of another class", func(c *OpenCommand, _ *OpenFacts) { c.Reason = "30" }, "card.reason"},
		{"GA 214.5 unknown reason", func(c *OpenCommand, _ *OpenFacts) { c.Reason = "19" }, "card.reason"},
		{"unknown kind", func(c *OpenCommand, _ *OpenFacts) { c.Kind = "temporary" }, "card.kind"},
		{"GA 214.4 numbers used up", func(_ *OpenCommand, f *OpenFacts) { f.Last.Running = 99999 }, "card.numbers_used_up"},
		{"第11条 exchange while holding a card", func(c *OpenCommand, f *OpenFacts) { c.Kind, f.Others = Exchange, []Application{holding} }, "<nil>"},
		{"wrong number never hinders acceptance", func(_ *OpenCommand, f *OpenFacts) { f.Person.Record.Number = "220102197005069512" }, "<nil>"},
	}
	for _, c := range cases {
		cmd := OpenCommand{By: Actor{station, "clerk"}, ID: "a", Kind: First, Today: today}
		f := OpenFacts{Person: someone(station), Generation: 1}
		c.change(&cmd, &f)
		_, opening, err := Open(cmd, f)
		if code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if c.name == "wrong number never hinders acceptance" && !slices.Contains(opening.Warnings, CodeNumber) {
			t.Errorf("the clerk is not told of the number: %v", opening.Warnings)
		}
	}
}

func TestArticle2And7_DutyAndReasonByAge(t *testing.T) {
	for _, c := range []struct {
		birth  string
		must   bool
		by     string
		reason string
	}{{"1989-09-05", true, "2005-12-05", "12"}, {"1989-09-06", false, "2005-12-06", "11"}, {"1930-01-01", true, "1946-04-01", "12"}} {
		birth := citizen.MustDate(c.birth)
		must, by := Duty(birth, today)
		p := someone(station)
		p.Record.BirthDate = birth
		_, opening, err := Open(OpenCommand{By: Actor{station, "clerk"}, ID: "a", Kind: First, Today: today}, OpenFacts{Person: p, Generation: 1})
		if must != c.must || by.String() != c.by || err != nil || opening.Reason != c.reason {
			t.Errorf("%s: %v %s %v %+v", c.birth, must, by, err, opening)
		}
	}
}

// at takes an application along the road up to a step.
func at(t *testing.T, steps int) Application {
	t.Helper()
	w := newWorld()
	id := mustOpen(t, w, First)
	w.walk(t, id, road(today, alone)[:steps])
	return w.app(id)
}

func TestWindowRefusals(t *testing.T) {
	young := FaceOf(someone(station))
	young.BirthDate = citizen.MustDate("1995-01-01")
	face := FaceOf(someone(station))
	father := Kin{Number: numberOf("1965-03-02"), Relation: "父子"}
	proxy := func(c *HandOverCommand) {
		c.Receiver, c.ProxyName, c.ProxyNumber = ReceivedByProxy, "李", numberOf("1960-03-02")
		c.Proxy, c.ProxyAge = Kin{Relation: "同事", Authority: "paper"}, 18
	}
	confirm := func(c ConfirmCommand) func(Application) error {
		return func(a Application) error {
			c.By, c.Today = window(a, "clerk"), today
			_, _, err := Confirm(a, c)
			return err
		}
	}
	handOver := func(change func(*HandOverCommand)) func(Application) error {
		return func(a Application) error {
			c := HandOverCommand{By: window(a, "clerk"), ChipNumber: a.Face.Number, Receiver: ReceivedBySelf, Signature: "s", Today: today}
			change(&c)
			_, err := HandOverIt(a, c, c.Receiver == "dead", nil)
			return err
		}
	}
	cases := []struct {
		name string
		at   int
		do   func(Application) error
		want string
	}{
		{"photograph of another unit", 0, func(a Application) error {
			_, err := PhotographIt(a, PhotographCommand{By: Actor{second, "p"}, Photograph: Photograph{Photo: "p", Device: "d"}})
			return err
		}, "card.other_unit"},
		{"photograph without device", 0, func(a Application) error {
			_, err := PhotographIt(a, PhotographCommand{By: window(a, "p"), Photograph: Photograph{Photo: "p"}})
			return err
		}, "card.no_photograph"},
		{"confirm before the photograph", 0, confirm(ConfirmCommand{Form: "f", Signer: Self, Face: face}), "card.stage"},
		{"第10条 confirm without form", 1, confirm(ConfirmCommand{Signer: Self, Face: face}), "card.no_form"},
		{"第7条 child signs alone", 1, confirm(ConfirmCommand{Form: "f", Signer: Self, Face: young}), "card.guardian"},
		{"第7条 guardian without name", 1, confirm(ConfirmCommand{Form: "f", Signer: Guardian, Face: young}), "card.guardian"},
		{"第7条 guardian for a child", 1, confirm(ConfirmCommand{Form: "f", Signer: Guardian, GuardianName: "王父", Guardian: father, Face: young}), "<nil>"},
		{"第7条 guardian without number", 1, confirm(ConfirmCommand{Form: "f", Signer: Guardian, GuardianName: "王父", Guardian: Kin{Relation: "父"}, Face: young}), "card.guardian_papers"},
		{"第7条 guardian without relation", 1, confirm(ConfirmCommand{Form: "f", Signer: Guardian, GuardianName: "王父", Guardian: Kin{Number: father.Number}, Face: young}), "card.guardian_papers"},
		{"第7条 guardian for a grown-up", 1, confirm(ConfirmCommand{Form: "f", Signer: Guardian, GuardianName: "王父", Face: face}), "card.signer"},
		{"abbreviation without reason", 1, confirm(ConfirmCommand{Form: "f", Signer: Self, Face: face, CardName: "王建"}), "card.abbreviation"},
		{"notify before arrival", 7, func(a Application) error { _, err := Notify(a, window(a, "c"), "t"); return err }, "card.stage"},
		{"hand over before arrival", 7, handOver(func(*HandOverCommand) {}), "card.stage"},
		{"chip of another", 8, handOver(func(c *HandOverCommand) { c.ChipNumber = "220102197005069512" }), "card.chip_differs"},
		{"no signature", 8, handOver(func(c *HandOverCommand) { c.Signature = "" }), "card.no_signature"},
		{"proxy without papers", 8, handOver(func(c *HandOverCommand) { c.Receiver = ReceivedByProxy; c.ProxyName = "李" }), "card.receiver"},
		{"proxy with a wrong number", 8, handOver(func(c *HandOverCommand) { proxy(c); c.ProxyNumber = "2" }), "card.proxy_number"},
		{"proxy with the holder's number", 8, handOver(func(c *HandOverCommand) { proxy(c); c.ProxyNumber = face.Number }), "card.proxy_number"},
		{"proxy without relation", 8, handOver(func(c *HandOverCommand) { proxy(c); c.Proxy.Relation = "" }), "card.proxy_relation"},
		{"proxy without authority", 8, handOver(func(c *HandOverCommand) { proxy(c); c.Proxy.Authority = "" }), "card.proxy_authority"},
		{"proxy under age", 8, handOver(func(c *HandOverCommand) { proxy(c); c.ProxyAge = 60 }), "card.proxy_age"},
		{"guardian of a grown-up", 8, handOver(func(c *HandOverCommand) { proxy(c); c.Receiver = ReceivedByGuardian }), "card.no_child"},
		{"第7条 child collects", 8, func(a Application) error {
			a.Face.BirthDate = young.BirthDate
			return handOver(func(*HandOverCommand) {})(a)
		}, "card.child_collects"},
		{"第7条 guardian collects", 8, func(a Application) error {
			a.Face.BirthDate = young.BirthDate
			return handOver(func(c *HandOverCommand) { proxy(c); c.Receiver, c.Proxy.Authority = ReceivedByGuardian, "" })(a)
		}, "<nil>"},
		{"proxy", 8, handOver(proxy), "<nil>"},
		{"第13条 temporary card out", 8, handOver(func(c *HandOverCommand) { c.Out = []TempCard{{ID: "t", State: TempOut}} }), "card.temporary_out"},
		{"第13条 temporary card back", 8, handOver(func(c *HandOverCommand) {
			c.Out, c.TempBack = []TempCard{{ID: "t", Home: station, State: TempOut}}, TempReturned
		}), "<nil>"},
		{"dead", 8, handOver(func(c *HandOverCommand) { c.Receiver = "dead" }), "card.dead"},
		{"第11条 old card without number", 8, handOver(func(c *HandOverCommand) { c.Old = &OldCard{Generation: "1"} }), "card.old_number"},
		{"hand over twice", 10, handOver(func(*HandOverCommand) {}), "card.stage"},
		{"lost before hand-over", 9, func(a Application) error { _, err := ReportLost(a, window(a, "c"), "", today); return err }, "card.stage"},
		{"withdraw at wish while it is made", 6, func(a Application) error {
			_, err := Withdraw(a, WithdrawCommand{By: window(a, "c"), Reason: WithdrawAsked})
			return err
		}, "card.being_made"},
		{"withdraw without reason", 2, func(a Application) error { _, err := Withdraw(a, WithdrawCommand{By: window(a, "c")}); return err }, "card.withdraw_reason"},
		{"withdraw after the hand-over", 10, func(a Application) error {
			_, err := Withdraw(a, WithdrawCommand{By: window(a, "c"), Reason: WithdrawDied})
			return err
		}, "card.stage"},
		{"destroy nothing", 8, func(a Application) error {
			_, err := Withdraw(a, WithdrawCommand{By: window(a, "c"), Destroy: true, Second: "d"})
			return err
		}, "card.nothing_held"},
	}
	for _, c := range cases {
		if err := c.do(at(t, c.at)); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestSuperiorRefusals(t *testing.T) {
	ok := facts(nil, today)
	review := func(by Actor, f JudgeFacts) func(Application) error {
		return func(a Application) error { _, err := ReviewIt(a, by, f); return err }
	}
	sign := func(by Actor, f JudgeFacts, change func(*Application)) func(Application) error {
		return func(a Application) error {
			change(&a)
			_, _, err := SignIt(a, by, "长春市公安局南关区分局", f)
			return err
		}
	}
	same := func(*Application) {}
	check := func(f JudgeFacts) func(Application) error {
		return func(a Application) error { _, err := CheckIt(a, Actor{city, "checker"}, f); return err }
	}
	giveBack := func(by Actor, why Return) func(Application) error {
		return func(a Application) error { _, err := ReturnIt(a, by, why); return err }
	}
	order := func(cmd OrderCommand, dead bool) func(Application) error {
		return func(a Application) error { _, err := OrderIt(a, cmd, dead); return err }
	}
	feed := func(o Outcome) func(Application) error {
		return func(a Application) error { _, err := Feedback(a, Actor{city, "c"}, "f", o); return err }
	}
	reviewer, issuer := Actor{county, "reviewer"}, Actor{county, "issuer"}
	unsettled, died := JudgeFacts{Today: today}, JudgeFacts{Today: today, FeeSettled: true, Dead: true}
	admittedElsewhere := facts([]Application{{ID: "x", Stage: StageSigned}}, today)
	cases := []struct {
		name string
		at   int
		do   func(Application) error
		want string
	}{
		{"review before the form", 1, review(reviewer, ok), "card.stage"},
		{"review by another county", 2, review(Actor{"220104", "r"}, ok), "card.other_unit"},
		{"第20条 review before the fee", 2, review(reviewer, unsettled), "card.fee_unsettled"},
		{"nobody approves what he entered", 2, review(Actor{county, "clerk"}, ok), "card.own_work"},
		{"nor the photographer", 2, review(Actor{county, "photographer"}, ok), "card.own_work"},
		{"review of the dead", 2, review(reviewer, died), "card.dead"},
		{"one per person across stations", 2, review(reviewer, admittedElsewhere), "card.admitted_elsewhere"},
		{"another's earlier stage is no hindrance", 2, review(reviewer, facts([]Application{{ID: "x", Stage: StageConfirmed}}, today)), "<nil>"},
		{"sign before review", 2, sign(issuer, ok, same), "card.stage"},
		{"sign by the reviewer", 3, sign(reviewer, ok, same), "card.own_work"},
		{"sign for the dead", 3, sign(issuer, died, same), "card.dead"},
		{"GB 11643 wrong number holds signing", 3, sign(issuer, ok, func(a *Application) { a.Face.Number = "220102197005069512" }), "card.number_held"},
		{"GB 11643 number of the other sex", 3, sign(issuer, ok, func(a *Application) { a.Face.Sex = "2" }), "card.number_held"},
		{"GA 490 name of 16 units", 3, sign(issuer, ok, func(a *Application) { a.Face.Name = strings.Repeat("王", 16) }), "card.lint.name_length"},
		{"GA 490 address of 36 units", 3, sign(issuer, ok, func(a *Application) { a.Face.Address = strings.Repeat("路", 36) }), "card.lint.address_length"},
		{"GA 490 outside the BMP", 3, sign(issuer, ok, func(a *Application) { a.Face.Name = "王𠀀" }), "card.lint.name_rare"},
		{"GA 490 private use", 3, sign(issuer, ok, func(a *Application) { a.Face.Name = "王\ue001" }), "card.lint.name_rare"},
		{"GB/T 3304 unknown group", 3, sign(issuer, ok, func(a *Application) { a.Face.EthnicGroup = "57" }), "card.lint.ethnic_group"},
		{"check before signing", 3, check(ok), "card.stage"},
		{"check: one per person across the city", 4, check(facts([]Application{{ID: "x", Stage: StageOrdered}}, today)), "card.admitted_elsewhere"},
		{"check of the dead", 4, check(died), "card.dead"},
		{"county returns after signing", 4, giveBack(reviewer, Return{ReturnData, "x"}), "card.stage"},
		{"city returns before signing", 3, giveBack(Actor{city, "c"}, Return{ReturnData, "x"}), "card.stage"},
		{"city returns after ordering", 6, giveBack(Actor{city, "c"}, Return{ReturnData, "x"}), "card.stage"},
		{"return without words", 2, giveBack(reviewer, Return{ReturnData, ""}), "card.return_reason"},
		{"return with an unknown reason", 2, giveBack(reviewer, Return{"mood", "x"}), "card.return_reason"},
		{"order before the check", 4, order(OrderCommand{By: Actor{city, "c"}}, false), "card.stage"},
		{"order for the dead", 5, order(OrderCommand{By: Actor{city, "c"}}, true), "card.dead"},
		{"order twice", 6, order(OrderCommand{By: Actor{city, "c"}}, false), "card.stage"},
		{"order again as lost", 6, order(OrderCommand{By: Actor{city, "c"}, Again: "lost at the maker"}, false), "<nil>"},
		{"feedback before the order", 5, feed(Outcome{Attempt: 1, CardNo: "c", Package: "p"}), "card.stage"},
		{"feedback about another attempt", 6, feed(Outcome{Attempt: 2, CardNo: "c", Package: "p"}), "card.other_attempt"},
		{"feedback without card number", 6, feed(Outcome{Attempt: 1, Package: "p"}), "card.feedback_line"},
		{"feedback twice", 7, feed(Outcome{Attempt: 1, CardNo: "c", Package: "p"}), "card.stage"},
	}
	for _, c := range cases {
		if err := c.do(at(t, c.at)); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestArticle5_ValidityByAgeAtSigning(t *testing.T) {
	for birth, want := range map[string]string{"1990-05-06": "2010-09-05", "1980-05-06": "2015-09-05", "1970-05-06": "2025-09-05", "1950-05-06": LongTerm} {
		face := FaceOf(someone(station))
		face.BirthDate = citizen.MustDate(birth)
		number, err := citizen.NewNumber("220102", face.BirthDate, 951)
		if err != nil {
			t.Fatal(err)
		}
		face.Number = string(number)
		a := at(t, 3)
		a.Face = face
		_, issue, err := SignIt(a, Actor{county, "issuer"}, "长春市公安局南关区分局", facts(nil, today))
		if err != nil || issue.ValidTo != want {
			t.Errorf("%s: %+v %v, want %s", birth, issue, err, want)
		}
	}
}

func TestAuthorityAsCardsPrintIt(t *testing.T) {
	for county, want := range map[citizen.Division]string{"220102": "长春市公安局南关区分局", "220122": "农安县公安局", "000000": ""} {
		if got := Authority(county, today); got != want {
			t.Errorf("%s: %q, want %q", county, got, want)
		}
	}
}

func TestDeathWhileTheCardIsMade_CountedHeldDestroyed(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:6])
	dead, err := Withdraw(w.app(id), WithdrawCommand{By: Actor{station, "system"}, Reason: WithdrawDied})
	if err != nil {
		t.Fatal(err)
	}
	w.write("system", dead...)
	if a := w.app(id); a.Stage != StageWithdrawn || a.Withdrawal != Held {
		t.Fatalf("%+v", a)
	}
	w.walk(t, id, steps[6:8]) // the card is made and comes all the same
	a := w.app(id)
	if !a.Here() || a.Stage != StageWithdrawn {
		t.Fatalf("%+v", a)
	}
	if _, err := steps[9].run(a); code(err) != "card.stage" {
		t.Fatalf("handed over: %v", err)
	}
	if _, err := Withdraw(a, WithdrawCommand{By: Actor{station, "clerk"}, Destroy: true, Second: "clerk"}); code(err) != "card.two_persons" {
		t.Fatalf("%v", err)
	}
	gone, err := Withdraw(a, WithdrawCommand{By: Actor{station, "clerk"}, Destroy: true, Second: "chief"})
	if err != nil {
		t.Fatal(err)
	}
	w.write("clerk", gone...)
	if a := w.app(id); a.Withdrawal != Destroyed {
		t.Fatalf("%+v", a)
	}
}

// A withdrawal at the station that crosses the city's order leaves a card to be held.
func TestWithdrawalThatCrossesTheOrderHoldsTheCard(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:5])
	asked, err := Withdraw(w.app(id), WithdrawCommand{By: Actor{station, "clerk"}, Reason: WithdrawAsked})
	if err != nil {
		t.Fatal(err)
	}
	ordered, err := OrderIt(w.app(id), OrderCommand{By: Actor{city, "c"}, Order: "o", Digest: "d"}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.write("clerk", asked...)
	if a := w.app(id); a.Withdrawal != Cancelled {
		t.Fatalf("%+v", a)
	}
	w.write("c", ordered)
	if a := w.app(id); a.Withdrawal != Held || a.Stage != StageWithdrawn {
		t.Fatalf("%+v", a)
	}
}

// Over random histories of one person at two stations, where each desk knows all there is, at most one card is valid on any day.
func TestArticle11_AtMostOneValidCardAPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		on := today
		for range rapid.IntRange(5, 60).Draw(t, "acts") {
			randomAct(t, w, on)
			if rapid.IntRange(0, 9).Draw(t, "later") == 0 {
				on = on.AddYears(rapid.IntRange(0, 11).Draw(t, "years")).AddDays(rapid.IntRange(0, 40).Draw(t, "days"))
			}
			if valid := Valid(w.all(""), on); len(valid) > 1 {
				t.Fatalf("on %s: %s and %s are both valid", on, valid[0].ID, valid[1].ID)
			}
		}
	})
}

func randomAct(t *rapid.T, w *world, on citizen.Date) {
	kinds := []Kind{First, Exchange, ReplaceLost, ReplaceDamaged}
	all := w.all("")
	if len(all) == 0 || rapid.IntRange(0, 5).Draw(t, "open") == 0 {
		unit := rapid.SampledFrom([]event.Unit{station, second}).Draw(t, "unit")
		// A station knows its own applications only; the city's check tells it of the others.
		own := slices.DeleteFunc(slices.Clone(all), func(a Application) bool { return a.Home != unit })
		if _, err := w.open(rapid.SampledFrom(kinds).Draw(t, "kind"), unit, own, on); err != nil && code(err) != "card.already_open" && code(err) != "card.has_card" {
			t.Fatal(err)
		}
		return
	}
	a := rapid.SampledFrom(all).Draw(t, "application")
	if rapid.IntRange(0, 9).Draw(t, "withdraw") == 0 {
		if events, err := Withdraw(a, WithdrawCommand{By: window(a, "clerk"), Reason: WithdrawAsked}); err == nil {
			w.write("clerk", events...)
		}
	}
	steps := road(on, func(b Application) []Application { return w.all(b.ID) })
	// The hand-over knows the station's own applications only.
	own := func(b Application) []Application {
		return slices.DeleteFunc(w.all(b.ID), func(o Application) bool { return o.Home != b.Home })
	}
	steps[9] = road(on, own)[9]
	if a.Stage == StageHandedOver {
		if rapid.IntRange(0, 3).Draw(t, "lose") == 0 {
			if events, err := ReportLost(a, window(a, "clerk"), "", on); err == nil {
				w.write("clerk", events...)
			}
		}
		return
	}
	for range rapid.IntRange(1, 10).Draw(t, "steps") {
		for _, s := range slices.Backward(steps) { // the furthest step that is due
			if events, err := s.run(w.app(a.ID)); err == nil {
				w.write(s.operator, events...)
				break
			}
		}
	}
}

func TestConsignAndCount(t *testing.T) {
	packed := func(no string, home event.Unit) Packed { return Packed{Application: "a" + no, CardNo: no, Home: home} }
	held := []Packed{packed("1", station), packed("2", station), packed("3", second)}
	by := Actor{city, "c"}
	for _, c := range []struct {
		name  string
		by    Actor
		to    event.Unit
		cards []Packed
		want  string
	}{
		{"down", by, county, held[:2], "<nil>"},
		{"past a tier", by, station, held[:2], "card.consign_to"},
		{"to another's area", by, county, held, "card.wrong_destination"},
		{"not held", by, county, []Packed{packed("9", station)}, "card.not_held"},
		{"nothing", by, county, nil, "card.consign_none"},
		{"up again", Actor{county, "c"}, city, held[2:], "<nil>"},
	} {
		if _, err := Consign(ConsignCommand{By: c.by, Consignment: "k", To: c.to, Cards: c.cards}, held); code(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	e, got, err := Count(CountCommand{By: Actor{county, "c"}, Consignment: "k", Cards: []string{"2", "3", "7", "8", "2"}},
		CountFacts{Listed: []Packed{packed("1", station), packed("2", station), packed("3", second)}, Known: map[string]Packed{"7": packed("7", second)}})
	if err != nil || e.Stream != event.Up(county) {
		t.Fatalf("%v %v", e.Stream, err)
	}
	want := map[string]Verdict{"1": CountMissing, "2": CountFound, "3": CountWrong, "7": CountWrong, "8": CountSurplus}
	if len(got.Cards) != len(want) {
		t.Fatalf("%+v", got)
	}
	for _, c := range got.Cards {
		if want[c.CardNo] != c.Verdict {
			t.Errorf("%s: %s, want %s", c.CardNo, c.Verdict, want[c.CardNo])
		}
	}
	if _, _, err := Count(CountCommand{By: by, Consignment: "k"}, CountFacts{Counted: true}); code(err) != "card.counted_already" {
		t.Errorf("%v", err)
	}
}

func TestACardOfAnEarlierAttemptIsNoArrival(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	steps := road(today, alone)
	w.walk(t, id, steps[:7])
	first := w.app(id).CardNo
	again, err := OrderIt(w.app(id), OrderCommand{By: Actor{city, "c"}, Order: "o2", Digest: "d", Again: "lost on the way"}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.write("c", again)
	if _, ok := Arrive(w.app(id), Actor{station, "c"}, "k", first); ok {
		t.Fatal("the lost card arrived")
	}
	w.walk(t, id, steps[6:7])
	if _, ok := Arrive(w.app(id), Actor{station, "c"}, "k", first); ok {
		t.Fatal("the lost card arrived as the new one")
	}
	if _, ok := Arrive(w.app(id), Actor{station, "c"}, "k", w.app(id).CardNo); !ok {
		t.Fatal("the new card did not arrive")
	}
}

func TestFilesRoundTripAndRefuseDamage(t *testing.T) {
	lines := []OrderLine{LineOf(at(t, 5), 1), LineOf(at(t, 5), 2)}
	raw, err := EncodeOrder(FileHeader{Order: "o", City: city, At: 1}, lines)
	if err != nil {
		t.Fatal(err)
	}
	h, back, err := DecodeOrder(raw)
	if err != nil || h.Count != 2 || !slices.Equal(back, lines) {
		t.Fatalf("%+v %+v %v", h, back, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := slices.Clone(raw)
		i := rapid.IntRange(0, len(damaged)-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "cut") {
			damaged = damaged[:i]
		} else {
			damaged[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		}
		if h, got, err := DecodeOrder(damaged); err == nil && (!slices.Equal(got, lines) || h.Order != "o") {
			t.Fatalf("damage at %d was not found", i)
		}
	})
	if _, _, err := DecodeFeedback(raw); err == nil {
		t.Error("an order was read as feedback")
	}
}

func BenchmarkDerive(b *testing.B) {
	w := newWorld()
	id, err := w.open(First, station, nil, today)
	if err != nil {
		b.Fatal(err)
	}
	w.walk(b, id, road(today, alone))
	steps := w.steps[id]
	rand.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for b.Loop() {
		Derive(steps)
	}
}
