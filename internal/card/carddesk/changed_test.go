package carddesk_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/storetest"
)

// sharing registers another person under the number of the first.
func (n *node) sharing(p person) person {
	n.t.Helper()
	n.n++
	other := p
	other.Name, other.Tenure = "赵另一", p.Tenure+"-other"
	n.must("clerk", "test.enter", other, nil)
	return other
}

// corrected gives a person another number in the register, as a decision does.
func (n *node) corrected(p person) person {
	n.t.Helper()
	number, err := citizen.NewNumber("220102", citizen.MustDate(p.Birth), 953)
	if err != nil {
		n.t.Fatal(err)
	}
	p.Number, p.Address = string(number), "吉林省长春市南关区民康路1号"
	n.must("clerk", "test.enter", p, nil)
	return p
}

func (n *node) signedAgain(a string) {
	n.t.Helper()
	n.must("clerk", "card.confirm", m{"application": a, "form": n.blob("again " + a), "signer": "self"}, nil)
}

// A number that two persons share stops nobody at the window, and neither waits for the other once the register says whose it is: only the county's
// review waits until then (居民身份证法 (2003) arts. 2, 3, 7).
func TestSharedNumber_NobodyIsTurnedAway(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	q := n.sharing(p)
	a := n.confirmed(p, card.First)
	n.refused("clerk", "card.open", m{"number": p.Number, "kind": "first"}, "card.shared_number")
	n.refused("checker", "card.order", m{"applications": make([]string, card.MaxFileCards+1)}, "card.order_size")
	n.must("officer", "card.call_in", m{"tenure": q.Tenure, "turn_on": "2005-09-05", "way": "slip"}, nil)
	var opened carddesk.OpenResult
	n.must("clerk", "card.open", m{"tenure": q.Tenure, "kind": "first"}, &opened)
	if len(opened.Warnings) != 1 || opened.Warnings[0].Code != "card.number_shared" {
		t.Errorf("the clerk is not told: %+v", opened.Warnings)
	}
	n.refused("clerk", "card.open", m{"tenure": q.Tenure, "kind": "first"}, "card.already_open") // his own
	b := opened.Application
	n.must("photo", "card.photograph", m{"application": b, "photo": n.blob("photo b"), "device": "d"}, nil)
	n.signedAgain(b)
	n.must("cashier", "fund.collect", m{"application": b}, nil)
	n.must("reviewer", "card.review", m{"application": a}, nil)
	n.refused("reviewer", "card.review", m{"application": b}, "card.admitted_elsewhere")

	q = n.corrected(q)
	n.refused("reviewer", "card.review", m{"application": b}, "card.register_changed")
	n.must("reviewer", "card.return", m{"application": b, "reason": "number", "words": "号码已更正"}, nil)
	n.signedAgain(b)
	n.must("reviewer", "card.review", m{"application": b}, nil)
	for _, x := range []string{a, b} {
		n.must("issuer", "card.sign", m{"application": x}, nil)
		n.must("checker", "card.check", m{"application": x}, nil)
	}
	n.arrived(a, b)
	for x, who := range map[string]person{a: p, b: q} {
		if err := n.handOver(x, who, nil); err != nil {
			t.Error(err)
		}
	}
	n.Check()
}

// One who holds a card with a number that another turns out to own does not keep the owner waiting.
func TestSharedNumber_TheOwnerDoesNotWaitForTheOther(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	q := n.sharing(p)
	b := n.checked(q, card.First)
	n.arrived(b)
	if err := n.handOver(b, q, nil); err != nil {
		t.Fatal(err)
	}
	a := n.confirmed(p, card.First)
	n.refused("reviewer", "card.review", m{"application": a}, "card.has_card")
	n.must("clerk", "card.report_lost", m{"application": b}, nil)
	n.refused("clerk", "card.report_lost", m{"application": b}, "card.lost_already")
	var asked carddesk.OpenResult
	n.must("clerk", "card.open", m{"tenure": q.Tenure, "kind": "replace_lost"}, &asked)
	n.must("clerk", "card.withdraw", m{"application": a, "reason": "asked"}, nil)
	a = n.confirmed(p, card.ReplaceLost)
	n.must("clerk", "card.found", m{"application": b}, nil)
	if n.show(asked.Application).Stage != card.StageWithdrawn || n.show(a).Stage != card.StageConfirmed {
		t.Error("what one person finds ends another's application")
	}
	n.corrected(q)
	n.must("reviewer", "card.review", m{"application": a}, nil)
	n.must("issuer", "card.sign", m{"application": a}, nil)
	n.must("checker", "card.check", m{"application": a}, nil)
	n.arrived(a)
	if err := n.handOver(a, p, nil); err != nil {
		t.Error(err)
	}
	n.Check()
}

// What the register corrected after the form was signed never comes onto a card: it is signed for again, and a card already made is made again
// (居民身份证法 (2003) arts. 11, 19).
func TestRegisterChanged_NoCardWithAnOldNumber(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	people := []person{n.enter(station), n.enter(station), n.enter(station), n.enter(station)}
	reviewed, signed, checked := n.confirmed(people[0], card.First), n.confirmed(people[1], card.First), n.checked(people[2], card.First)
	for _, a := range []string{reviewed, signed} {
		n.must("reviewer", "card.review", m{"application": a}, nil)
	}
	n.must("issuer", "card.sign", m{"application": signed}, nil)
	made := n.checked(people[3], card.First)
	n.arrived(made)
	for i := range people {
		people[i] = n.corrected(people[i])
	}
	n.refused("issuer", "card.sign", m{"application": reviewed}, "card.register_changed")
	n.refused("checker", "card.check", m{"application": signed}, "card.register_changed")
	n.refused("checker", "card.order", m{"applications": []string{checked}}, "card.register_changed")
	n.must("checker", "card.return", m{"application": checked, "reason": "number", "words": "号码已更正"}, nil)
	shown := n.show(made)
	n.refused("clerk", "card.hand_over", m{"application": made, "chip_number": shown.Face.Number, "receiver": "self", "signature": n.blob("s")}, "card.number_changed")
	n.must("clerk", "card.find_defect", m{"application": made, "code": "data", "words": "号码已更正"}, nil)
	n.signedAgain(made)
	n.must("reviewer", "card.review", m{"application": made}, nil)
	n.must("issuer", "card.sign", m{"application": made}, nil)
	n.must("checker", "card.check", m{"application": made}, nil)
	n.arrived(made)
	if err := n.handOver(made, people[3], nil); err != nil {
		t.Error(err)
	}
	if again := n.show(made); again.PromisedOn != shown.PromisedOn {
		t.Errorf("promised for %s, now %s", shown.PromisedOn, again.PromisedOn)
	}
	n.Check()
}

// A person has one temporary card at a time, and whoever took the request does not make the card (公安部令第78号 arts. 8, 11).
func TestOrder78_OneAtATimeAndTwoHands(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.days(35)
	n.books()
	p := n.enter(station)
	ask := func() (string, carddesk.TempAsked) {
		var asked carddesk.TempAsked
		a := n.confirmed(p, card.First)
		n.must("clerk", "card.apply_temporary", m{"application": a, "reason": "乘机"}, &asked)
		return a, asked
	}
	a, first := ask()
	own := office.Operator{ID: "clerk", Login: "clerk", Unit: county, Roles: []office.Role{office.Issuer}}
	n.Refused(own, "card.make_temporary", m{"temporary": first.Temporary, "sheet": "1"}, "card.own_work")
	n.must("issuer", "card.make_temporary", m{"temporary": first.Temporary, "sheet": "1"}, nil)
	n.must("cashier", "fund.collect", m{"application": a, "what": "temporary", "reference": first.Temporary}, nil)
	n.must("clerk", "card.hand_out_temporary", m{"temporary": first.Temporary, "signature": n.blob("s")}, nil)
	n.must("clerk", "card.withdraw", m{"application": a, "reason": "asked"}, nil)
	b := n.confirmed(p, card.First)
	n.refused("clerk", "card.apply_temporary", m{"application": b, "reason": "乘机"}, "card.temporary_running")
	n.must("clerk", "card.end_temporary", m{"temporary": first.Temporary, "end": "returned"}, nil)
	n.must("clerk", "card.apply_temporary", m{"application": b, "reason": "乘机"}, nil)
	n.Check()
}

// A registration that ended takes its applications along: of one person under two registrations only the one that stays has a card made.
func TestRegistrationEnded_NoCardOfIt(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p := n.enter(station)
	here := n.confirmed(p, card.First)
	p.Ended = true
	n.must("clerk", "test.enter", p, nil)
	n.refused("reviewer", "card.review", m{"application": here}, "card.registration_ended")
	if _, err := n.React(t.Context()); err != nil {
		t.Fatal(err)
	}
	if shown := n.show(here); shown.Stage != card.StageWithdrawn || shown.WithdrawnFor != card.WithdrawEnded {
		t.Errorf("%s %s", shown.Stage, shown.WithdrawnFor)
	}
	n.Check()
}
