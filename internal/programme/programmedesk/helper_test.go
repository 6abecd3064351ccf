package programmedesk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	city event.Unit = "220100"
	c1   event.Unit = "220102"
	c2   event.Unit = "220104"
	s1   event.Unit = "220102001"
	s2   event.Unit = "220102002"
	s3   event.Unit = "220104001"
)

var units = []event.Unit{city, c1, c2, s1, s2, s3}

func rooms() []office.Room {
	return []office.Room{sitedb.New(), registerdb.New(), carddb.New(), funddb.New(), programmedb.New()}
}

type m = map[string]any

func date(s string) citizen.Date { return citizen.MustDate(s) }

// at is an operator of a unit: its leader when no role is named.
func at(unit event.Unit, roles ...office.Role) office.Operator {
	if len(roles) == 0 {
		roles = []office.Role{office.Leader}
	}
	return office.Operator{ID: "op-" + string(unit) + string(roles[0]), Login: "op" + string(unit) + string(roles[0]), Unit: unit, Roles: roles}
}

// node is one office that hosts a city, two counties and three stations, which it has founded.
type node struct {
	*officetest.Office
	t testing.TB
	n int
}

func newNode(t testing.TB, config store.Config) *node {
	t.Helper()
	o := officetest.Open(t, config, officetest.Setup{Hosts: units, Rooms: rooms(), Actions: programmedesk.Actions(), Reactions: programmedesk.Reactions()})
	n := &node{Office: o, t: t}
	n.Now = time.Date(2005, 8, 1, 1, 0, 0, 0, time.UTC)
	for i, u := range units {
		kind, parent := "bureau", u.Parent()
		if u.Level() == event.Station {
			kind = "station"
		}
		if parent == "" {
			parent = u
		}
		n.emit(event.Event{Stream: event.Down(parent), Kind: site.KindUnitFounded, V: 1, Subject: string(u),
			Body: site.UnitFounded{Unit: u, Name: []string{"市局", "南关分局", "宽城分局", "南岭所", "曙光所", "站前所"}[i], Kind: kind}})
	}
	return n
}

// emit puts events into the journal without a desk, and gives the last one's reference.
func (n *node) emit(events ...event.Event) event.Ref {
	n.t.Helper()
	entries, err := n.Act(context.Background(), office.Operator{ID: "test"}, func(_ context.Context, w *office.Work) error {
		w.Emit(events...)
		return nil
	})
	if err != nil {
		n.t.Fatal(err)
	}
	return entries[len(entries)-1].Ref()
}

// until lets the days go by to nine in the morning of a day: the clock is believed from one day to the next.
func (n *node) until(day string) {
	n.t.Helper()
	for citizen.DateOf(n.Now).Before(date(day)) {
		n.Now = n.Now.AddDate(0, 0, 1)
		if _, err := n.Act(context.Background(), office.Operator{ID: "test"}, func(context.Context, *office.Work) error { return nil }); err != nil {
			n.t.Fatal(err)
		}
	}
}

// resident registers somebody at a station from a day on, and gives the tenure.
func (n *node) resident(unit event.Unit, birth, from string) string {
	n.t.Helper()
	n.n++
	id := fmt.Sprintf("t%04d", n.n)
	c := register.Change{Resident: "r" + id, Tenure: id, Version: 1, EffectiveOn: date(from), Record: register.Record{Name: "王", BirthDate: date(birth)}}
	n.emit(event.Event{Stream: event.Up(unit), Kind: register.KindBirthRegistered, V: 1, Subject: id, Body: register.BirthRegistered{Change: c}})
	return id
}

// application is a card on its way.
type application struct {
	home         event.Unit
	id, resident string
	refs         map[string]event.Ref
}

var causes = map[string]string{card.KindPhotographed: card.KindOpened, card.KindConfirmed: card.KindPhotographed, card.KindReviewed: card.KindConfirmed,
	card.KindReturned: card.KindConfirmed, card.KindSigned: card.KindReviewed, card.KindChecked: card.KindSigned, card.KindOrdered: card.KindChecked,
	card.KindMade: card.KindOrdered, card.KindRejected: card.KindOrdered, card.KindDispatched: card.KindOrdered, card.KindArrived: card.KindDispatched,
	card.KindCollectNotified: card.KindArrived, card.KindHandedOver: card.KindArrived, card.KindUnclaimed: card.KindArrived}

// apply opens an application for a tenure of a station.
func (n *node) apply(home event.Unit, tenure string) *application {
	n.n++
	a := &application{home: home, id: fmt.Sprintf("a%04d", n.n), resident: "r" + tenure, refs: make(map[string]event.Ref)}
	n.step(a, card.KindOpened)
	return a
}

// step takes the steps of an application, today.
func (n *node) step(a *application, kinds ...string) {
	n.t.Helper()
	today := citizen.DateOf(n.Now)
	for _, kind := range kinds {
		body := card.Body{Home: a.home, Application: a.id, Round: 1, Resident: a.resident, Tenure: a.resident[1:]}
		stream := event.Up(a.home)
		switch kind {
		case card.KindOpened:
			body.Opening = &card.Opening{AcceptanceNo: "22" + a.id, Kind: card.First, Day: today}
		case card.KindPhotographed:
			body.Photograph = &card.Photograph{}
		case card.KindConfirmed:
			body.Confirmation = &card.Confirmation{PromisedOn: today.AddDays(60)}
		case card.KindReviewed, card.KindSigned:
			stream, body.Issue = event.To(a.home.Parent(), a.home), &card.Issue{ValidFrom: today, ValidTo: card.LongTerm}
		case card.KindReturned:
			stream, body.Return = event.To(a.home.Parent(), a.home), &card.Return{Reason: card.ReturnPhoto, Words: "模糊"}
		case card.KindChecked, card.KindOrdered, card.KindMade, card.KindRejected, card.KindDispatched:
			stream = event.To(city, a.home)
		}
		switch kind {
		case card.KindOrdered, card.KindMade, card.KindRejected, card.KindDispatched, card.KindArrived, card.KindCollectNotified, card.KindHandedOver, card.KindUnclaimed:
			body.Attempt = 1
			body.Order, body.Making = &card.Ordered{Order: "o"}, &card.Making{CardNo: "n" + a.id, Class: card.RejectPhoto}
		}
		if kind == card.KindHandedOver {
			body.HandOver = &card.HandOver{Day: today}
		}
		e := event.Event{Stream: stream, Kind: kind, V: 1, Subject: a.id, Body: body}
		if cause, ok := causes[kind]; ok {
			ref := a.refs[cause]
			e.Cause = &ref
		}
		a.refs[kind] = n.emit(e)
	}
}

// whole is every step of a card without trouble behind the opening.
var whole = card.ProgressKinds[1:]

// must does an action as a unit's leader.
func (n *node) must(unit event.Unit, action string, input, result any) {
	n.t.Helper()
	n.Must(at(unit), action, input, result)
}
