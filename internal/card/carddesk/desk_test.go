package carddesk_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	station event.Unit = "220102001"
	second  event.Unit = "220102002"
	county  event.Unit = "220102"
	city    event.Unit = "220100"
)

// person enters or ends a registration for the tests, without the register's own desk.
type person struct {
	Unit   event.Unit `json:"unit"`
	Name   string     `json:"name"`
	Number string     `json:"number"`
	Tenure string     `json:"tenure"`
	Birth  string     `json:"birth"`
	Dead   bool       `json:"dead,omitempty"`

	Address string `json:"address,omitempty"` // moved within the station, as a correction
	Expires string `json:"expires,omitempty"` // of the first-generation card
	Father  string `json:"father,omitempty"`
	Ended   bool   `json:"ended,omitempty"` // cancelled by a decision
}

func (p person) change() register.Change {
	version := int64(1)
	if p.Dead || p.Ended {
		version = 2
	}
	birth := citizen.MustDate(p.Birth)
	if p.Address != "" {
		version = 3
	}
	c := register.Change{Resident: "r-" + p.Tenure, Tenure: p.Tenure, Version: version, EffectiveOn: birth, Record: register.Record{Number: p.Number,
		Name: p.Name, Pinyin: "wang", PinyinV: 1, Sex: "1", EthnicGroup: "01", BirthDate: birth, Address: "吉林省长春市南关区民康路1号", HouseholdNo: "1",
		FatherNumber: p.Father, CardExpires: p.Expires}}
	if p.Address != "" {
		c.Record.Address = p.Address
	}
	if p.Expires != "" {
		c.Record.CardIssued = citizen.MustDate("1998-03-01")
	}
	return c
}

var enter = office.Define("test.enter", citizen.Text{ZH: "录入", EN: "enter"}, []office.Role{office.Clerk}, nil,
	func(_ context.Context, w *office.Work, p person) (string, error) {
		e := event.Event{Stream: event.Up(p.Unit), Kind: register.KindBirthRegistered, V: 1, Subject: p.Tenure, Body: register.BirthRegistered{Change: p.change()}}
		if p.Dead {
			e.Kind, e.Body = register.KindDeathRegistered, register.DeathRegistered{Change: p.change()}
		}
		if p.Ended {
			e.Kind, e.Body = register.KindCancelled, register.Cancelled{Change: p.change()}
		}
		if p.Address != "" {
			e.Kind, e.Body = register.KindItemsCorrected, register.ItemsCorrected{Change: p.change()}
		}
		w.Emit(e)
		return p.Tenure, nil
	})

// node is one office that hosts a city, a county and two stations.
type node struct {
	*officetest.Office
	t testing.TB
	n int
}

func newNode(t testing.TB, config store.Config) *node {
	t.Helper()
	o := officetest.Open(t, config, officetest.Setup{Hosts: []event.Unit{city, county, station, second}, Directory: staff{},
		Rooms:     []office.Room{sitedb.New(), registerdb.New(), verifydb.New(), carddb.New(), funddb.New()},
		Actions:   slices.Concat([]office.Action{enter}, carddesk.Actions(), funddesk.Actions()),
		Reactions: slices.Concat(carddesk.Reactions(), funddesk.Reactions())})
	o.Now = time.Date(2005, 9, 5, 1, 0, 0, 0, time.UTC)
	start(t, o, station, second)
	return &node{Office: o, t: t}
}

// start opens second-generation work at units, as their city decides it.
func start(t testing.TB, o *officetest.Office, units ...event.Unit) {
	t.Helper()
	_, err := o.Act(context.Background(), office.Operator{ID: "mayor", Unit: city}, func(_ context.Context, w *office.Work) error {
		for _, unit := range units {
			w.Emit(event.Event{Stream: event.Down(city), Kind: site.KindStageDecided, V: 1, Subject: string(unit),
				Body: site.StageDecided{Unit: unit, N: 1, Stage: site.Started, On: w.Today}})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The operators: every step has another one.
var operators = map[string]office.Operator{
	"clerk":     {ID: "clerk", Login: "clerk", Unit: station, Roles: []office.Role{office.Clerk}},
	"officer":   {ID: "officer", Login: "officer", Unit: station, Roles: []office.Role{office.AreaOfficer}},
	"clerk2":    {ID: "clerk2", Login: "clerk2", Unit: second, Roles: []office.Role{office.Clerk}},
	"photo":     {ID: "photo", Login: "photo", Unit: station, Roles: []office.Role{office.Photographer}},
	"photo2":    {ID: "photo2", Login: "photo2", Unit: second, Roles: []office.Role{office.Photographer}},
	"cashier":   {ID: "cashier", Login: "cashier", Unit: station, Roles: []office.Role{office.Cashier}},
	"cashier2":  {ID: "cashier2", Login: "cashier2", Unit: second, Roles: []office.Role{office.Cashier}},
	"finance":   {ID: "finance", Login: "finance", Unit: county, Roles: []office.Role{office.Finance}},
	"reviewer":  {ID: "reviewer", Login: "reviewer", Unit: county, Roles: []office.Role{office.Reviewer}},
	"issuer":    {ID: "issuer", Login: "issuer", Unit: county, Roles: []office.Role{office.Issuer}},
	"checker":   {ID: "checker", Login: "checker", Unit: city, Roles: []office.Role{office.Reviewer}},
	"courier":   {ID: "courier", Login: "courier", Unit: county, Roles: []office.Role{office.Clerk}},
	"admin":     {ID: "admin", Login: "admin", Unit: city, Roles: []office.Role{office.Administrator}},
	"wrongtier": {ID: "wrongtier", Login: "wrongtier", Unit: county, Roles: []office.Role{office.Clerk}},
}

// staff are those in service, by login.
type staff struct{}

func (staff) Operator(_ context.Context, _ *store.Tx, login string) (office.Operator, bool, error) {
	op, ok := operators[login]
	return op, ok, nil
}

func (n *node) must(login, action string, input any, result any) {
	n.t.Helper()
	n.Must(operators[login], action, input, result)
}

func (n *node) refused(login, action string, input any, code string) {
	n.t.Helper()
	n.Refused(operators[login], action, input, code)
}

type m = map[string]any

func (n *node) blob(content string) string {
	n.t.Helper()
	return n.Blob([]byte(content))
}

// enter registers a new person and gives the tenure.
func (n *node) enter(unit event.Unit) person {
	n.t.Helper()
	n.n++
	birth := citizen.MustDate("1970-05-06").AddDays(n.n)
	number, err := citizen.NewNumber("220102", birth, 951)
	if err != nil {
		n.t.Fatal(err)
	}
	p := person{Unit: unit, Name: "王建国", Number: string(number), Tenure: fmt.Sprintf("t%03d", n.n), Birth: birth.String()}
	n.must("clerk", "test.enter", p, nil)
	return p
}

func (n *node) books() {
	n.t.Helper()
	n.must("finance", "fund.issue_receipts", m{"station": station, "prefix": "吉", "from": 101, "to": 300}, nil)
	n.must("finance", "fund.issue_receipts", m{"station": second, "prefix": "吉", "from": 301, "to": 400}, nil)
}

// to2 names the operator of the second station that does what the first one's does.
func at(unit event.Unit, login string) string {
	if unit == second {
		return login + "2"
	}
	return login
}

func (n *node) open(p person, kind card.Kind) string {
	n.t.Helper()
	var opened carddesk.OpenResult
	n.must(at(p.Unit, "clerk"), "card.open", m{"tenure": p.Tenure, "kind": kind}, &opened)
	return opened.Application
}

// confirmed takes a person through the window up to the settled fee.
func (n *node) confirmed(p person, kind card.Kind) string {
	n.t.Helper()
	a := n.open(p, kind)
	n.must(at(p.Unit, "photo"), "card.photograph", m{"application": a, "photo": n.blob("photo " + a), "device": "camera", "measures": m{"head_width": 207.5}}, nil)
	n.must(at(p.Unit, "clerk"), "card.confirm", m{"application": a, "form": n.blob("form " + a), "signer": "self"}, nil)
	n.must(at(p.Unit, "cashier"), "fund.collect", m{"application": a}, nil)
	return a
}

func (n *node) checked(p person, kind card.Kind) string {
	n.t.Helper()
	a := n.confirmed(p, kind)
	n.must("reviewer", "card.review", m{"application": a}, nil)
	n.must("issuer", "card.sign", m{"application": a}, nil)
	n.must("checker", "card.check", m{"application": a}, nil)
	return a
}

func (n *node) show(a string) carddesk.Shown {
	n.t.Helper()
	var shown carddesk.Shown
	n.must("checker", "card.show", m{"application": a, "purpose": "核对"}, &shown)
	return shown
}

// make lets the stub factory make an order, and takes its feedback in.
func (n *node) make(options maker.Options, input any) (*maker.Result, card.FeedbackTaken) {
	n.t.Helper()
	var ordered carddesk.OrderResult
	n.must("checker", "card.order", input, &ordered)
	var file bytes.Buffer
	if err := carddesk.WriteOrder(&file, n.Blobs, nil, ordered.Digest); err != nil {
		n.t.Fatal(err)
	}
	made, err := maker.Make(&file, options)
	if err != nil {
		n.t.Fatal(err)
	}
	var taken card.FeedbackTaken
	n.must("checker", "card.feedback", m{"digest": n.blob(string(made.Feedback))}, &taken)
	return made, taken
}

// down takes a package from the maker to the station.
func (n *node) down(pack string, cards []string) (at map[string]carddesk.CountResult) {
	n.t.Helper()
	at = make(map[string]carddesk.CountResult)
	count := func(login, consignment string) {
		var result carddesk.CountResult
		n.must(login, "card.count", m{"consignment": consignment, "cards": cards}, &result)
		at[login] = result
	}
	count("checker", pack)
	var sent carddesk.ConsignResult
	n.must("checker", "card.consign", m{"to": county}, &sent)
	count("courier", sent.Consignment)
	n.must("courier", "card.consign", m{"to": station}, &sent)
	count("clerk", sent.Consignment)
	return at
}

func (n *node) handOver(a string, p person, old any) error {
	n.t.Helper()
	input := m{"application": a, "chip_number": p.Number, "receiver": "self", "signature": n.blob("signature " + a)}
	if old != nil {
		input["old"] = old
	}
	return n.Do(operators["clerk"], "card.hand_over", input, nil)
}

func TestWalk1_OneCardFromWindowToWindow(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		p := n.enter(station)
		a := n.checked(p, card.Exchange)
		made, taken := n.make(maker.Options{}, m{})
		if taken.Made != 1 || taken.Dispatched != 1 || len(taken.Exceptions) != 0 || len(taken.Packages) != 1 {
			t.Fatalf("%+v", taken)
		}
		pack := taken.Packages[0].Package
		counts := n.down(pack, made.Packages[pack])
		for who, c := range counts {
			if c.Found != 1 || c.Listed != 1 || len(c.Missing)+len(c.Surplus)+len(c.Wrong) != 0 {
				t.Errorf("%s counted %+v", who, c)
			}
		}
		n.must("clerk", "card.notify", m{"application": a, "way": "telephone"}, nil)
		if err := n.handOver(a, p, nil); err == nil {
			t.Error("an exchange was handed over without the old card")
		}
		if err := n.handOver(a, p, m{"generation": "1", "number": "220102700506951"}); err != nil {
			t.Fatal(err)
		}
		shown := n.show(a)
		if shown.Stage != card.StageHandedOver || shown.Issue.ValidTo != "2025-09-05" || shown.PromisedOn.String() != "2005-11-04" {
			t.Errorf("%+v", shown.Application)
		}
		kinds := make([]string, 0, len(shown.Steps))
		for _, s := range shown.Steps {
			kinds = append(kinds, s.Kind)
		}
		slices.Sort(kinds)
		want := slices.DeleteFunc(slices.Clone(card.StepKinds), func(k string) bool {
			return slices.Contains([]string{card.KindReturned, card.KindRejected, card.KindReportedLost, card.KindWithdrawn, card.KindHeld, card.KindReleased,
				card.KindDefectFound, card.KindReminded, card.KindUnclaimed, card.KindCameBack, card.KindFound}, k)
		})
		slices.Sort(want)
		if !slices.Equal(kinds, want) {
			t.Errorf("steps %v\nwant  %v", kinds, want)
		}
		n.Check()
	})
}

// Walk 1 begins with the notice: it is given once, told at the opening, and not needed for it.
func TestWalk1_CalledInThenOpened(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		called, dropped := n.enter(station), n.enter(station)
		var notice carddesk.CallResult
		n.must("officer", "card.call_in", m{"number": called.Number, "turn_on": "2005-09-07", "way": "slip"}, &notice)
		if notice.Notice == "" || notice.Name != called.Name || notice.TurnOn.String() != "2005-09-07" {
			t.Errorf("%+v", notice)
		}
		n.Now = n.Now.Add(20 * time.Hour)
		n.refused("clerk", "card.call_in", m{"tenure": called.Tenure, "turn_on": "2005-09-08", "way": "telephone"}, "card.notified_already")
		var opened carddesk.OpenResult
		n.must("clerk", "card.open", m{"tenure": called.Tenure, "kind": "exchange"}, &opened)
		if opened.NotifiedOn.String() != "2005-09-05" {
			t.Errorf("the clerk is told of a notice on %q", opened.NotifiedOn)
		}
		opened = carddesk.OpenResult{}
		n.must("clerk", "card.open", m{"tenure": dropped.Tenure, "kind": "exchange"}, &opened)
		if !opened.NotifiedOn.IsZero() {
			t.Errorf("the clerk is told of a notice on %s that nobody gave", opened.NotifiedOn)
		}
		n.Check()
	})
}

func TestTwoDesksCallOnePersonIn_OneWinsTheOtherIsTold(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		p := n.enter(station)
		officetest.Race(t, 4, "card.notified_already", func() error {
			return n.Do(operators["clerk"], "card.call_in", m{"resident": "r-" + p.Tenure, "turn_on": "2005-09-05", "way": "public"}, nil)
		})
		n.Check()
	})
}

func TestReturnOpensASecondRoundThatPaysNothing(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		a := n.confirmed(n.enter(station), card.First)
		n.must("reviewer", "card.return", m{"application": a, "reason": "photo", "words": "too dark"}, nil)
		n.refused("clerk", "card.confirm", m{"application": a, "form": n.blob("f2"), "signer": "self"}, "card.photograph_first")
		var reached carddesk.Reached
		n.must("photo", "card.photograph", m{"application": a, "photo": n.blob("better"), "device": "camera"}, &reached)
		if reached.Round != 2 {
			t.Fatalf("%+v", reached)
		}
		n.Now = n.Now.Add(20 * time.Hour)
		var confirmed carddesk.ConfirmResult
		n.must("clerk", "card.confirm", m{"application": a, "form": n.blob("f2"), "signer": "self"}, &confirmed)
		if confirmed.PromisedOn.String() != "2005-11-04" {
			t.Errorf("the promise moved to %s", confirmed.PromisedOn)
		}
		n.refused("cashier", "fund.collect", m{"application": a}, "fund.settled")
		var dossier carddesk.Dossier
		n.must("reviewer", "card.dossier", m{"application": a, "purpose": "审核"}, &dossier)
		if len(dossier.Pictures) != 1 || dossier.Pictures[0].Photo != n.blob("photo "+a) || dossier.Pictures[0].Return == nil || *dossier.Pictures[0].Return != (card.Return{Reason: card.ReturnPhoto, Words: "too dark"}) {
			t.Errorf("the former round's picture and why it was returned: %+v", dossier.Pictures)
		}
		n.must("reviewer", "card.review", m{"application": a}, nil)
		n.must("issuer", "card.sign", m{"application": a}, nil)
		n.must("checker", "card.return", m{"application": a, "reason": "data", "words": "address"}, nil)
		n.must("clerk", "card.confirm", m{"application": a, "form": n.blob("f3"), "signer": "self"}, nil)
		if shown := n.show(a); shown.Round != 3 || shown.Stage != card.StageConfirmed {
			t.Errorf("%+v", shown.Application)
		}
		n.Check()
	})
}

func TestRejectionsGoToWhoMustAct(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	byClass := make(map[card.RejectClass]string)
	for range 40 {
		n.checked(n.enter(station), card.First)
	}
	_, taken := n.make(maker.Options{Seed: 1, RejectPerMille: 1000}, m{})
	if taken.Rejected != 40 {
		t.Fatalf("%+v", taken)
	}
	var rejected []carddb.Listed
	n.must("checker", "card.list", m{"stage": "rejected", "purpose": "核对"}, &rejected)
	for _, l := range rejected {
		byClass[n.show(l.Application).Class] = l.Application
	}
	if len(byClass) != 3 {
		t.Fatalf("%v", byClass)
	}
	n.refused("photo", "card.photograph", m{"application": byClass[card.RejectProduction], "photo": n.blob("x"), "device": "d"}, "card.made_again")
	n.must("photo", "card.photograph", m{"application": byClass[card.RejectPhoto], "photo": n.blob("x"), "device": "d"}, nil)
	n.must("clerk", "card.confirm", m{"application": byClass[card.RejectData], "form": n.blob("x"), "signer": "self"}, nil)
	n.refused("checker", "card.order", m{"applications": []string{byClass[card.RejectPhoto]}}, "card.stage")
	_, taken = n.make(maker.Options{}, m{})
	if shown := n.show(byClass[card.RejectProduction]); shown.Attempt != 2 || shown.Stage != card.StageDispatched {
		t.Errorf("%+v", shown.Application)
	}
	if taken.Rejected != 0 || taken.Made == 0 || len(taken.Exceptions) != 0 {
		t.Errorf("%+v", taken)
	}
	n.Check()
}

func TestDeathInMidPipeline(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		early, atCounty, made := n.enter(station), n.enter(station), n.enter(station)
		a1 := n.open(early, card.First)
		a2 := n.confirmed(atCounty, card.First)
		a3 := n.checked(made, card.First)
		_, taken := n.make(maker.Options{}, m{})
		for _, p := range []person{early, atCounty, made} {
			p.Dead = true
			n.must("clerk", "test.enter", p, nil)
		}
		n.refused("reviewer", "card.review", m{"application": a2}, "card.dead") // the death is known; the reaction has not run yet
		if done, err := n.React(context.Background()); err != nil || done != 3 {
			t.Fatalf("%d %v", done, err)
		}
		if done, err := n.React(context.Background()); err != nil || done != 0 {
			t.Fatalf("again: %d %v", done, err)
		}
		for a, want := range map[string]card.WithdrawState{a1: card.Cancelled, a2: card.Cancelled, a3: card.Held} {
			if shown := n.show(a); shown.Stage != card.StageWithdrawn || shown.Withdrawal != want {
				t.Errorf("%+v", shown.Application)
			}
		}
		n.refused("clerk", "card.open", m{"tenure": early.Tenure, "kind": "first"}, "card.dead")
		pack := taken.Packages[0]
		counts := n.down(pack.Package, []string{pack.Cards[0].CardNo})
		if len(counts["clerk"].Held) != 1 {
			t.Errorf("%+v", counts["clerk"])
		}
		if err := n.handOver(a3, made, nil); err == nil {
			t.Error("a dead person's card was handed over")
		}
		n.refused("clerk", "card.withdraw", m{"application": a3, "reason": "died", "destroy": true, "second": "clerk"}, "card.two_persons")
		var k carddesk.Kept
		n.must("clerk", "card.kept", m{"purpose": "销毁"}, &k)
		if len(k.Held) != 1 || k.Held[0].Application != a3 {
			t.Errorf("the card of a withdrawn application is on no list: %+v", k)
		}
		n.must("clerk", "card.withdraw", m{"application": a3, "reason": "died", "destroy": true, "second": "chief"}, nil)
		if n.must("clerk", "card.kept", m{"purpose": "销毁"}, &k); len(k.Held) != 0 {
			t.Errorf("%+v", k)
		}
		if shown := n.show(a3); shown.Withdrawal != card.Destroyed {
			t.Errorf("%+v", shown.Application)
		}
		n.Check()
	})
}

func TestTwoDesksOnOneApplication_OneWinsTheOtherIsTold(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		a := n.open(n.enter(station), card.First)
		n.must("photo", "card.photograph", m{"application": a, "photo": n.blob("p"), "device": "d"}, nil)
		form := n.blob("form")
		officetest.Race(t, 6, "card.stage", func() error {
			return n.Do(operators["clerk"], "card.confirm", m{"application": a, "form": form, "signer": "self"}, nil)
		})
		officetest.Race(t, 6, "fund.settled", func() error { return n.Do(operators["cashier"], "fund.collect", m{"application": a}, nil) })
		officetest.Race(t, 4, "card.stage", func() error { return n.Do(operators["reviewer"], "card.review", m{"application": a}, nil) })
		p := n.enter(station)
		officetest.Race(t, 4, "card.already_open", func() error {
			return n.Do(operators["clerk"], "card.open", m{"tenure": p.Tenure, "kind": "first"}, nil)
		})
		n.Check()
	})
}

func TestOnePersonAtTwoStations_TheCountyAdmitsOne(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	double := p
	double.Unit, double.Tenure = second, "double"
	n.must("clerk", "test.enter", double, nil)
	n.refused("clerk", "card.open", m{"number": p.Number, "kind": "boat"}, "card.kind")
	var first, other carddesk.OpenResult
	n.must("clerk", "card.open", m{"number": p.Number, "kind": "first"}, &first)
	n.must("clerk2", "card.open", m{"number": p.Number, "kind": "first"}, &other)
	if len(other.Warnings) != 1 || other.Warnings[0].Code != "card.number_shared" { // one node: it knows of the other station's
		t.Errorf("%+v", other.Warnings)
	}
	for _, a := range []string{first.Application, other.Application} {
		unit := n.show(a).Home
		n.must(at(unit, "photo"), "card.photograph", m{"application": a, "photo": n.blob("p" + a), "device": "d"}, nil)
		n.must(at(unit, "clerk"), "card.confirm", m{"application": a, "form": n.blob("f" + a), "signer": "self"}, nil)
		n.must(at(unit, "cashier"), "fund.collect", m{"application": a}, nil)
	}
	n.must("reviewer", "card.review", m{"application": first.Application}, nil)
	n.refused("reviewer", "card.review", m{"application": other.Application}, "card.admitted_elsewhere")
	if other.AcceptanceNo != "2201020022005090500001" || other.FeeFen != 2000 || !other.MustApply {
		t.Errorf("%+v", other)
	}
	n.Check()
}

func TestPolicyAndInputRefusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	other := n.enter(second)
	child, notified, dead := n.enter(station), n.enter(station), n.enter(station)
	child.Birth, child.Tenure = "1995-05-06", "child"
	n.must("clerk", "test.enter", child, nil)
	n.must("officer", "card.call_in", m{"tenure": notified.Tenure, "turn_on": "2005-09-05", "way": "slip"}, nil)
	dead.Dead = true
	n.must("clerk", "test.enter", dead, nil)
	a := n.open(p, card.First)
	missing := "0000000000000000000000000000000000000000000000000000000000000000"
	for _, c := range []struct {
		login, action string
		input         m
		code          string
	}{
		{"photo", "card.call_in", m{"tenure": p.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "office.role"},
		{"wrongtier", "card.call_in", m{"tenure": p.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "office.level"},
		{"officer", "card.call_in", m{"turn_on": "2005-09-05", "way": "slip"}, "card.no_person"},
		{"officer", "card.call_in", m{"tenure": dead.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "card.dead"},
		{"officer", "card.call_in", m{"tenure": other.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "card.not_registered_here"},
		{"officer", "card.call_in", m{"tenure": p.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "card.already_open"},
		{"officer", "card.call_in", m{"tenure": child.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "card.guardian_told"},
		{"officer", "card.call_in", m{"tenure": child.Tenure, "turn_on": "2005-09-04", "way": "slip"}, "card.turn_on"},
		{"officer", "card.call_in", m{"tenure": child.Tenure, "turn_on": "2005-09-05", "way": "drum"}, "card.notice_way"},
		{"officer", "card.call_in", m{"tenure": notified.Tenure, "turn_on": "2005-09-05", "way": "slip"}, "card.notified_already"},
		{"photo", "card.open", m{"tenure": p.Tenure, "kind": "first"}, "office.role"},
		{"wrongtier", "card.open", m{"tenure": p.Tenure, "kind": "first"}, "office.level"},
		{"clerk", "card.open", m{"kind": "first"}, "card.no_person"},
		{"clerk", "card.open", m{"tenure": "nobody", "kind": "first"}, "card.no_person"},
		{"clerk", "card.open", m{"tenure": p.Tenure, "kind": "first"}, "card.already_open"},
		{"clerk", "card.open", m{"tenure": other.Tenure, "kind": "first"}, "card.not_registered_here"},
		{"clerk", "card.open", m{"tenant": p.Tenure}, "office.input"},
		{"photo", "card.photograph", m{"application": "nothing", "photo": "", "device": "d"}, "card.no_application"},
		{"photo", "card.photograph", m{"application": a, "photo": missing, "device": "d"}, "card.no_blob"},
		{"photo", "card.photograph", m{"application": a, "photo": "", "device": "d"}, "card.no_photograph"},
		{"photo2", "card.photograph", m{"application": a, "photo": n.blob("x"), "device": "d"}, "office.other_area"},
		{"clerk", "card.confirm", m{"application": a, "form": n.blob("x"), "signer": "self"}, "card.stage"},
		{"clerk", "card.notify", m{"application": a, "way": "x"}, "card.stage"},
		{"clerk", "card.hand_over", m{"application": a, "chip_number": "", "receiver": "self", "signature": n.blob("s")}, "card.stage"},
		{"clerk", "card.report_lost", m{"application": a}, "card.stage"},
		{"clerk", "card.withdraw", m{"application": a, "reason": "mood"}, "card.withdraw_reason"},
		{"clerk", "card.review", m{"application": a}, "office.role"},
		{"reviewer", "card.review", m{"application": a}, "card.stage"},
		{"reviewer", "card.return", m{"application": a, "reason": "data", "words": "x"}, "card.stage"},
		{"reviewer", "card.sign", m{"application": a}, "office.role"},
		{"issuer", "card.sign", m{"application": a}, "card.stage"},
		{"checker", "card.check", m{"application": a}, "card.stage"},
		{"checker", "card.order", m{}, "card.nothing_to_order"},
		{"checker", "card.order", m{"applications": []string{a}}, "card.stage"},
		{"checker", "card.order", m{"applications": []string{"nothing"}}, "card.no_application"},
		{"checker", "card.feedback", m{"digest": ""}, "card.feedback_damaged"},
		{"checker", "card.feedback", m{"digest": missing}, "card.no_blob"},
		{"checker", "card.feedback", m{"digest": n.blob("no feedback")}, "card.feedback_damaged"},
		{"checker", "card.consign", m{"to": county}, "card.consign_none"},
		{"checker", "card.consign", m{"to": county, "cards": []string{"c"}}, "card.not_held"},
		{"clerk", "card.count", m{"consignment": "k", "cards": []string{}}, "card.no_consignment"},
		{"admin", "card.show", m{"application": a}, "office.role"},
		{"clerk2", "card.show", m{"application": a}, "office.other_area"},
		{"admin", "card.list", m{}, "office.role"},
		{"clerk", "card.list", m{}, "card.no_purpose"},
		{"clerk", "card.list", m{"purpose": " 查 "}, "card.no_purpose"},
		{"checker", "card.show", m{"application": a}, "card.no_purpose"},
		{"courier", "card.show", m{"application": a}, "card.no_purpose"},
	} {
		n.refused(c.login, c.action, c.input, c.code)
	}
	var mine []carddb.Listed
	n.must("clerk2", "card.list", m{"purpose": "核对"}, &mine)
	if len(mine) != 0 {
		t.Errorf("a station sees another's applications: %+v", mine)
	}
	n.must("clerk", "card.list", m{"stage": "opened", "purpose": "核对"}, &mine)
	if len(mine) != 1 || mine[0].Application != a {
		t.Errorf("%+v", mine)
	}
	if shown := n.show(mine[0].AcceptanceNo); shown.ID != a {
		t.Errorf("not found by its acceptance number: %+v", shown.Application)
	}
}

func TestFeedbackOfAnotherOrTwiceIsRefused(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	n.checked(n.enter(station), card.First)
	made, taken := n.make(maker.Options{}, m{})
	n.refused("checker", "card.feedback", m{"digest": taken.Digest}, "card.feedback_known")
	header, lines, err := card.DecodeFeedback(made.Feedback)
	if err != nil {
		t.Fatal(err)
	}
	header.At++
	again, err := card.EncodeFeedback(header, append(lines, card.FeedbackLine{Line: 2, Application: "nobody"}))
	if err != nil {
		t.Fatal(err)
	}
	n.must("checker", "card.feedback", m{"digest": n.blob(string(again))}, &taken)
	if taken.Made != 0 || len(taken.Exceptions) != 2 {
		t.Errorf("%+v", taken)
	}
	header.Digest = "other"
	foreign, err := card.EncodeFeedback(header, lines)
	if err != nil {
		t.Fatal(err)
	}
	n.refused("checker", "card.feedback", m{"digest": n.blob(string(foreign))}, "card.feedback_foreign")
	n.Check()
}

func TestMissingAndWronglySentCards(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		p, q := n.enter(station), n.enter(second)
		a := n.checked(p, card.First)
		b := n.checked(q, card.First)
		_, taken := n.make(maker.Options{PackageSize: 10}, m{})
		pack := taken.Packages[0]
		var result carddesk.CountResult
		all := []string{pack.Cards[0].CardNo, pack.Cards[1].CardNo}
		n.must("checker", "card.count", m{"consignment": pack.Package, "cards": all}, &result)
		n.refused("checker", "card.count", m{"consignment": pack.Package, "cards": all}, "card.counted_already")
		var sent carddesk.ConsignResult
		n.must("checker", "card.consign", m{"to": county}, &sent)
		n.refused("checker", "card.consign", m{"to": county, "cards": all[:1]}, "card.not_held")
		n.must("courier", "card.count", m{"consignment": sent.Consignment, "cards": all}, &result)
		mine, theirs := n.show(a).CardNo, n.show(b).CardNo
		n.refused("courier", "card.consign", m{"to": station, "cards": all}, "card.wrong_destination")
		n.must("courier", "card.consign", m{"to": station}, &sent)
		keeper := func(want event.Unit) {
			t.Helper()
			n.Read(func(tx *store.Tx) error {
				running, err := carddb.RunningIn(context.Background(), tx, second)
				if err == nil && (len(running) != 1 || running[0].Keeper != want) {
					t.Errorf("%+v, want it kept by %s", running, want)
				}
				return err
			})
		}
		keeper(county)
		// The parcel holds the other station's card instead.
		n.must("clerk", "card.count", m{"consignment": sent.Consignment, "cards": []string{theirs, "unknown"}}, &result)
		keeper(station)
		if !slices.Equal(result.Missing, []string{mine}) || !slices.Equal(result.Wrong, []string{theirs}) || !slices.Equal(result.Surplus, []string{"unknown"}) {
			t.Errorf("%+v", result)
		}
		if shown := n.show(a); shown.Stage != card.StageDispatched {
			t.Errorf("%s", shown.Stage)
		}
		n.must("clerk", "card.consign", m{"to": county, "cards": []string{theirs}}, nil)
		// The missing card is made again; then the first one turns up.
		n.refused("checker", "card.order", m{"applications": []string{a}}, "card.stage")
		_, taken = n.make(maker.Options{}, m{"applications": []string{a}, "again": "lost between county and station"})
		if shown := n.show(a); shown.Attempt != 2 || shown.CardNo == mine {
			t.Errorf("%+v", shown.Application)
		}
		counts := n.down(taken.Packages[0].Package, []string{taken.Packages[0].Cards[0].CardNo, mine})
		if c := counts["clerk"]; c.Found != 1 || !slices.Equal(c.Surplus, []string{mine}) {
			t.Errorf("%+v", c)
		}
		if err := n.handOver(a, p, nil); err != nil {
			t.Error(err)
		}
		n.Check()
	})
}
