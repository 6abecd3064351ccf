package carddesk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/audit"
	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"pgregory.net/rapid"
)

// born registers a person with a birth date.
func (n *node) born(unit event.Unit, birth string, change func(*person)) person {
	n.t.Helper()
	n.n++
	number, err := citizen.NewNumber("220102", citizen.MustDate(birth), 941+2*(n.n%15))
	if err != nil {
		n.t.Fatal(err)
	}
	p := person{Unit: unit, Name: "李小明", Number: string(number), Tenure: fmt.Sprintf("t%03d", n.n), Birth: birth}
	change(&p)
	n.must("clerk", "test.enter", p, nil)
	return p
}

// days lets days pass, with work on each: a clock that jumps is not believed.
func (n *node) days(d int) {
	n.t.Helper()
	for range d {
		n.Now = n.Now.Add(24 * time.Hour)
		n.must("checker", "card.waiting", m{}, nil)
	}
}

// arrived takes checked applications through the maker down to the first station.
func (n *node) arrived(applications ...string) {
	n.t.Helper()
	_, taken := n.make(maker.Options{}, m{"applications": applications})
	for _, p := range taken.Packages {
		var cards []string
		for _, c := range p.Cards {
			cards = append(cards, c.CardNo)
		}
		n.down(p.Package, cards)
	}
	for _, a := range applications {
		n.must("clerk", "card.notify", m{"application": a, "way": "telephone"}, nil)
	}
}

// every takes people through every side road; it is the history of the tests of arrival and rebuilding, too.
func (n *node) every() (applications map[string]string) {
	n.t.Helper()
	n.days(35) // 2005-10-10, when order 78 is in force
	n.books()
	all := make(map[string]string)

	// Appointments: a day at the window and a visit to a school; moved, kept by coming, missed.
	var window, school card.Session
	n.must("officer", "card.open_session", m{"day": "2005-10-10", "place": "window", "slots": []m{{"slot": "0900", "capacity": 1}, {"slot": "0930"}}}, &window)
	n.must("officer", "card.open_session", m{"day": "2005-10-11", "place": "school", "name": "第五中学", "slots": []m{{"slot": "0900"}}}, &school)
	child := n.born(station, "1995-05-06", func(p *person) { p.Father = n.enter(station).Number })
	comes, absent := n.enter(station), n.enter(station)
	comes.Expires = "2008-03-01"
	n.must("clerk", "test.enter", person{Unit: station, Name: "王外来", Number: comes.Number, Tenure: "shared", Birth: comes.Birth, Expires: "2008-03-01"}, nil)
	var booked, late card.Appointment
	n.must("officer", "card.book", m{"tenure": comes.Tenure, "session": school.Session, "slot": "0900"}, &booked)
	n.must("officer", "card.move_appointment", m{"appointment": booked.Appointment, "session": window.Session, "slot": "0900"}, nil)
	n.refused("officer", "card.book", m{"tenure": absent.Tenure, "session": window.Session, "slot": "0900"}, "card.slot_full")
	n.must("officer", "card.book", m{"tenure": absent.Tenure, "session": window.Session, "slot": "0930"}, &late)

	// A child with its guardian; held for a rare character, with a temporary card meanwhile; then released.
	a := n.open(child, card.First)
	all["child"] = a
	n.must("photo", "card.photograph", m{"application": a, "photo": n.blob("p " + a), "device": "d"}, nil)
	n.refused("clerk", "card.confirm", m{"application": a, "form": n.blob("f"), "signer": "guardian", "guardian_name": "李父"}, "card.guardian_papers")
	var confirmed carddesk.ConfirmResult
	n.must("clerk", "card.confirm", m{"application": a, "form": n.blob("f"), "signer": "guardian", "guardian_name": "李父", "guardian_number": child.Father,
		"guardian_relation": "父子"}, &confirmed)
	if g := confirmed.Guardian; g == nil || !g.Parent || g.Tenure == "" {
		n.t.Errorf("the clerk is not told of the father: %+v", g)
	}
	n.must("cashier", "fund.collect", m{"application": a}, nil)
	n.must("clerk", "card.hold", m{"application": a, "reason": "rare_character", "characters": "䶮", "promised_on": "2005-11-10"}, nil)
	n.must("reviewer", "card.review", m{"application": a}, nil)
	n.refused("issuer", "card.sign", m{"application": a}, "card.on_hold")
	var asked carddesk.TempAsked
	n.must("clerk", "card.apply_temporary", m{"application": a, "reason": "乘机"}, &asked)
	if asked.DueOn.String() != "2005-10-13" || asked.FeeFen != 1000 {
		n.t.Errorf("%+v", asked)
	}
	n.must("issuer", "card.make_temporary", m{"temporary": asked.Temporary, "sheet": "00001"}, nil)
	n.refused("clerk", "card.hand_out_temporary", m{"temporary": asked.Temporary, "signature": n.blob("s")}, "card.fee_unsettled")
	n.must("cashier", "fund.collect", m{"application": a, "what": "temporary", "reference": asked.Temporary}, nil)
	n.must("clerk", "card.hand_out_temporary", m{"temporary": asked.Temporary, "signature": n.blob("s")}, nil)
	n.must("clerk", "card.release", m{"application": a, "words": "制证中心已补字"}, nil)
	n.must("issuer", "card.sign", m{"application": a}, nil)
	n.must("checker", "card.check", m{"application": a}, nil)

	// One who keeps the appointment and exchanges an old card; one whose card is spoilt; one who never comes.
	all["exchange"] = n.checked(comes, card.Exchange)
	n.must("clerk", "card.close_sessions", m{"day": "2005-10-10"}, nil)
	spoilt, nobody := n.enter(station), n.enter(station)
	all["spoilt"], all["nobody"] = n.checked(spoilt, card.First), n.checked(nobody, card.First)
	n.arrived(all["child"], all["exchange"], all["spoilt"], all["nobody"])
	n.must("clerk", "card.find_defect", m{"application": all["spoilt"], "code": "chip", "words": "不读卡"}, nil)
	n.must("clerk", "card.destroy_spoilt", m{"second": "chief"}, nil)
	n.arrived(all["spoilt"])
	proxy := m{"application": all["spoilt"], "chip_number": spoilt.Number, "receiver": "proxy", "proxy_name": "王父", "proxy_number": comes.Number, "proxy_relation": "兄弟",
		"authority": n.blob("written"), "signature": n.blob("s")}
	n.must("clerk", "card.hand_over", proxy, nil)
	input := m{"application": all["child"], "chip_number": child.Number, "receiver": "guardian", "proxy_name": "李父", "proxy_number": child.Father, "proxy_relation": "父子",
		"signature": n.blob("s")}
	n.refused("clerk", "card.hand_over", input, "card.temporary_out")
	input["temporary"] = "returned"
	n.must("clerk", "card.hand_over", input, nil)
	if err := n.handOver(all["exchange"], comes, m{"generation": "1", "number": "220102700508951"}); err != nil {
		n.t.Fatal(err)
	}
	n.must("clerk", "card.destroy_old", m{"second": "chief"}, nil)
	n.must("clerk", "card.destroy_old", m{"waste": "temporary", "second": "chief"}, nil)

	// Lost and found again before the new one is ordered.
	n.must("clerk", "card.report_lost", m{"application": all["spoilt"], "words": "在车上"}, nil)
	all["replacement"] = n.open(spoilt, card.ReplaceLost)
	n.must("clerk", "card.found", m{"application": all["spoilt"]}, nil)

	// The address moves into the chip.
	spoilt.Address = "吉林省长春市南关区民康路9号"
	n.must("clerk", "test.enter", spoilt, nil)
	n.must("issuer", "card.append_address", m{"application": all["spoilt"], "read_back": spoilt.Address}, nil)

	// One that nobody pays for is explained.
	unpaid := n.open(n.enter(station), card.First)
	n.must("officer", "card.explain_late", m{"application": unpaid, "reason": "equipment", "words": "相机故障"}, nil)

	// Nobody comes: reminded twice, sent up, kept at the county, and asked for after all.
	n.days(31)
	n.must("clerk", "card.remind", m{"application": all["nobody"], "way": "telephone"}, nil)
	n.refused("clerk", "card.send_up", m{}, "card.consign_none")
	n.days(31)
	n.must("clerk", "card.remind", m{"application": all["nobody"], "way": "visit"}, nil)
	n.days(31)
	var up, down carddesk.ConsignResult
	n.must("clerk", "card.send_up", m{}, &up)
	no := up.Cards[0].CardNo
	n.must("courier", "card.count", m{"consignment": up.Consignment, "cards": []string{no}}, nil)
	n.refused("courier", "card.consign", m{"to": station}, "card.consign_none") // kept until somebody asks
	n.must("courier", "card.consign", m{"to": station, "cards": []string{no}}, &down)
	n.must("clerk", "card.count", m{"consignment": down.Consignment, "cards": []string{no}}, nil)
	if err := n.handOver(all["nobody"], nobody, nil); err != nil {
		n.t.Fatal(err)
	}
	return all
}

func TestEveryCase_FromBookingToTheChip(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		all := n.every()
		for name, want := range map[string]card.Stage{"child": card.StageHandedOver, "exchange": card.StageHandedOver, "spoilt": card.StageHandedOver,
			"nobody": card.StageHandedOver, "replacement": card.StageWithdrawn} {
			if shown := n.show(all[name]); shown.Stage != want {
				t.Errorf("%s: %s", name, shown.Stage)
			}
		}
		if shown := n.show(all["child"]); shown.Issue.ValidTo != "2010-10-10" {
			t.Errorf("a child's card counts five years: %+v", shown.Issue)
		}
		if shown := n.show(all["spoilt"]); shown.Attempt != 2 || shown.Lost {
			t.Errorf("%+v", shown.Application)
		}
		var k carddesk.Kept
		n.must("clerk", "card.kept", m{"purpose": "销毁"}, &k)
		if len(k.Old)+len(k.Temporary)+len(k.Spoilt) != 0 {
			t.Errorf("%+v", k)
		}
		n.Read(func(tx *store.Tx) error {
			var old, destroyed, states int64
			if err := tx.Get(context.Background(), "select (select count(*) from card_old), (select count(*) from card_destroyed), (select count(distinct state) from card_appointment)",
				nil, &old, &destroyed, &states); err != nil {
				return err
			}
			report, err := audit.Run(context.Background(), tx, n.Blobs)
			if err != nil {
				return err
			}
			want := audit.Cases{Remade: 1, OldTakenIn: 1, OldDestroyed: 1, TempApplied: 1, TempReturned: 1}
			if report.Cases != want || report.Cards.Destroyed != 1 || report.Cards.HandedOver != 4 {
				t.Errorf("%+v %+v", report.Cases, report.Cards)
			}
			for _, e := range report.Errors {
				if !strings.HasPrefix(e.Law, "resident.") && !strings.HasPrefix(e.Law, "number.") { // the tests enter people without the register's desk
					t.Error(e)
				}
			}
			if old != 1 || destroyed != 3 || states != 2 {
				t.Errorf("%d old, %d destroyed, %d states", old, destroyed, states)
			}
			return nil
		})
		n.Check()
	})
}

// Every list answers, says what it was asked for, and is recorded.
func TestEveryCase_Lists(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.days(35) // 2005-10-10, when order 78 is in force
		n.books()
		old, young, turning := n.born(station, "1940-01-01", func(p *person) { p.Expires = "2005-12-31" }), n.born(station, "1996-01-01", func(*person) {}), n.born(station, "1989-11-01", func(*person) {})
		away := n.born(second, "1989-11-02", func(*person) {})
		var duty []carddesk.DutyListed
		n.must("officer", "card.duty_list", m{"from": "2005-10-10", "to": "2005-12-31", "purpose": "满十六周岁通知"}, &duty)
		if len(duty) != 1 || duty[0].Tenure != turning.Tenure || duty[0].ApplyBy.String() != "2006-02-01" || duty[0].Number == turning.Number || duty[0].MustApply {
			t.Errorf("%+v", duty)
		}
		n.must("officer", "card.duty_list", m{"from": "2005-10-10", "to": "2005-10-10", "open": true, "purpose": "应领未领"}, &duty)
		if len(duty) != 1 || duty[0].Tenure != old.Tenure || !duty[0].MustApply {
			t.Errorf("%+v", duty)
		}
		n.must("officer", "card.expiring", m{"to": "2005-12-31", "purpose": "到期提醒"}, &duty)
		if len(duty) != 1 || duty[0].Tenure != old.Tenure || duty[0].Generation != "1" {
			t.Errorf("%+v", duty)
		}
		var which carddesk.Which
		n.must("clerk", "card.which_card", m{"number": old.Number, "purpose": "本人询问"}, &which)
		if !which.Good || len(which.Cards) != 1 || which.Cards[0].Code != "valid" {
			t.Errorf("%+v", which)
		}
		n.must("clerk", "card.which_card", m{"number": old.Number, "on": "2006-01-01", "purpose": "本人询问"}, &which)
		if which.Good || which.Cards[0].Code != "expired" {
			t.Errorf("%+v", which)
		}
		n.refused("clerk", "card.which_card", m{"tenure": away.Tenure, "purpose": "本人询问"}, "office.other_area")
		_ = young

		// What waits: an unpaid form, one held, a temporary card, one at the maker.
		a := n.open(turning, card.First)
		n.must("photo", "card.photograph", m{"application": a, "photo": n.blob("p"), "device": "d"}, nil)
		n.must("clerk", "card.confirm", m{"application": a, "form": n.blob("f"), "signer": "guardian", "guardian_name": "李母", "guardian_number": old.Number, "guardian_relation": "祖父"}, nil)
		held := n.confirmed(n.enter(station), card.First)
		n.must("clerk", "card.hold", m{"application": held, "reason": "number", "promised_on": "2005-10-15"}, nil)
		n.must("clerk", "card.apply_temporary", m{"application": held, "reason": "出差"}, nil)
		made := n.checked(n.enter(station), card.First)
		var w carddesk.Waiting
		n.must("checker", "card.waiting", m{}, &w)
		desks := make(map[string]int)
		for _, d := range w.Desks {
			desks[string(d.Unit)+" "+d.Role] = d.Count
		}
		if desks["220102001 cashier"] != 1 || desks["220102 reviewer"] != 1 || desks["220100 issuer"] != 1 || w.Held != 1 || w.Temporaries[card.TempAsked] != 1 {
			t.Errorf("%+v", w)
		}
		n.make(maker.Options{SilentPerMille: 1000}, m{"applications": []string{made}})
		n.days(6)
		var late carddesk.Late
		n.must("courier", "card.late", m{"purpose": "督办", "within": 5}, nil)
		n.must("checker", "card.late", m{"purpose": "督办"}, &late)
		if late.Causes["fee"] != 1 || late.Causes["held"] != 1 || late.Grades[card.StageLate] != 2 || len(late.Rows) != 2 {
			t.Errorf("%+v", late)
		}
		n.refused("officer", "card.explain_late", m{"application": held, "reason": "staff", "words": "x"}, "card.other_unit")
		n.refused("cashier", "card.explain_late", m{"application": a, "reason": "mood", "words": "x"}, "card.late_reason")
		n.must("cashier", "card.explain_late", m{"application": a, "reason": "applicant", "words": "本人外出未缴费"}, nil)
		n.must("checker", "card.late", m{"purpose": "督办"}, &late)
		reasons := 0
		for _, r := range late.Rows {
			if r.Reason != nil && r.Application == a && r.Reason.Operator == "cashier" && r.Reason.Reason == "applicant" {
				reasons++
			}
		}
		if reasons != 1 {
			t.Errorf("%+v", late.Rows)
		}
		fresh := n.open(n.enter(station), card.First)
		n.must("photo", "card.photograph", m{"application": fresh, "photo": n.blob("p"), "device": "d"}, nil)
		n.must("clerk", "card.withdraw", m{"application": fresh, "reason": "asked"}, nil)
		n.refused("clerk", "card.explain_late", m{"application": fresh, "reason": "staff", "words": "x"}, "card.in_time")
		n.days(40)
		n.must("checker", "card.late", m{"purpose": "督办"}, &late)
		if late.Grades[card.PromiseInDanger] != 3 || late.Causes["maker"] != 1 {
			t.Errorf("%+v", late)
		}
		n.days(20)
		n.must("checker", "card.late", m{"purpose": "督办"}, &late)
		if late.Grades[card.PromiseBroken] != 3 || late.Rows[0].DaysLate == 0 {
			t.Errorf("%+v", late)
		}
		var holds []carddesk.HeldListed
		n.must("courier", "card.held", m{"purpose": "督办"}, &holds)
		if len(holds) != 1 || !holds[0].Broken {
			t.Errorf("%+v", holds)
		}
		var temps []carddesk.TempListed
		n.must("issuer", "card.temporaries", m{"state": "applied", "purpose": "制作"}, &temps)
		if len(temps) != 1 || !temps[0].Late {
			t.Errorf("%+v", temps)
		}
		n.Check()
	})
}

func TestEveryCase_PurposeOfEveryList(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	p := n.enter(station)
	before := len(n.lookUps())
	for action, input := range map[string]m{"card.appointments": {"day": "2005-09-05"}, "card.which_card": {"tenure": p.Tenure}, "card.duty_list": {"from": "2005-09-05", "to": "2005-09-05"},
		"card.expiring": {"to": "2005-09-05"}, "card.late": {}, "card.held": {}, "card.unclaimed": {}, "card.temporaries": {}, "card.kept": {}, "card.address_due": {"unit": station}} {
		n.refused("clerk", action, input, "card.no_purpose")
		input["purpose"] = "核对"
		n.must("clerk", action, input, nil)
	}
	if got := len(n.lookUps()) - before; got != 10 {
		t.Errorf("%d look-ups are recorded", got)
	}
}

// A station reads its unclaimed cards and the chips that give another address.
func TestEveryCase_UnclaimedAndAddressLists(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p, q := n.enter(station), n.enter(station)
	a, b := n.checked(p, card.First), n.checked(q, card.First)
	n.arrived(a, b)
	if err := n.handOver(b, q, nil); err != nil {
		t.Fatal(err)
	}
	q.Address = "吉林省长春市南关区民康路9号"
	n.must("clerk", "test.enter", q, nil)
	var due []carddesk.AddressDue
	n.must("issuer", "card.address_due", m{"unit": station, "purpose": "追加"}, &due)
	if len(due) != 1 || due[0].Application != b || due[0].Registered != q.Address {
		t.Errorf("%+v", due)
	}
	n.must("issuer", "card.append_address", m{"application": b, "read_back": q.Address}, nil)
	n.refused("issuer", "card.append_address", m{"application": b, "read_back": q.Address}, "card.address_same")
	n.must("issuer", "card.address_due", m{"unit": station, "purpose": "追加"}, &due)
	if len(due) != 0 {
		t.Errorf("%+v", due)
	}
	var cards []carddesk.UncollectedCard
	n.days(95)
	n.must("clerk", "card.unclaimed", m{"purpose": "催领"}, &cards)
	if len(cards) != 1 || cards[0].Application != a || cards[0].GoesUp || cards[0].RemindFrom.String() != "2005-10-05" {
		t.Errorf("%+v", cards)
	}
	n.Check()
}

// The gates, as the desk meets them: each wrong person, tier, unit and state.
func TestEveryCase_DeskRefusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.books()
	p, other := n.enter(station), n.enter(second)
	a, b := n.open(p, card.First), n.open(other, card.First)
	missing := "0000000000000000000000000000000000000000000000000000000000000000"
	var s card.Session
	n.must("clerk", "card.open_session", m{"day": "2005-09-05", "place": "window", "slots": []m{{"slot": "0900"}}}, &s)
	var asked carddesk.TempAsked
	n.must("clerk", "card.apply_temporary", m{"application": a, "reason": "出差", "photo": n.blob("p")}, &asked)
	if !asked.DueOn.IsZero() {
		t.Errorf("before order 78 no law sets a day: %+v", asked)
	}
	for _, c := range []struct {
		login, action string
		input         m
		code          string
	}{
		{"photo", "card.open_session", m{"day": "2005-09-05", "place": "window"}, "office.role"},
		{"wrongtier", "card.open_session", m{"day": "2005-09-05", "place": "window"}, "office.level"},
		{"clerk", "card.open_session", m{"day": "2005-09-04", "place": "window"}, "card.session_day"},
		{"clerk", "card.book", m{"session": s.Session, "slot": "0900"}, "card.no_person"},
		{"clerk2", "card.book", m{"tenure": other.Tenure, "session": s.Session, "slot": "0900"}, "card.no_session"},
		{"clerk", "card.book", m{"tenure": other.Tenure, "session": s.Session, "slot": "0900"}, "card.not_registered_here"},
		{"clerk", "card.move_appointment", m{"appointment": "x", "slot": "0900"}, "card.no_appointment"},
		{"clerk", "card.end_appointment", m{"appointment": "x", "state": "kept"}, "card.no_appointment"},
		{"reviewer", "card.hold", m{"application": a}, "office.role"},
		{"clerk", "card.hold", m{"application": b, "reason": "absent", "promised_on": "2005-10-01"}, "office.other_area"},
		{"clerk", "card.hold", m{"application": a, "reason": "absent", "promised_on": "2005-09-05"}, "card.hold_promise"},
		{"clerk", "card.hold", m{"application": a, "reason": "absent", "picture": missing, "promised_on": "2005-10-01"}, "card.no_blob"},
		{"clerk", "card.release", m{"application": a, "words": "x"}, "card.not_held_back"},
		{"clerk", "card.find_defect", m{"application": a, "code": "chip"}, "card.stage"},
		{"clerk", "card.find_defect", m{"card_no": "nothing", "code": "chip"}, "card.no_application"},
		{"photo", "card.find_defect", m{"application": a, "code": "chip"}, "office.role"},
		{"clerk", "card.remind", m{"application": a, "way": "x"}, "card.stage"},
		{"clerk", "card.send_up", m{"applications": []string{a}}, "card.stage"},
		{"clerk", "card.send_up", m{"applications": []string{"nothing"}}, "card.no_application"},
		{"clerk", "card.found", m{"application": a}, "card.stage"},
		{"clerk", "card.apply_temporary", m{"application": a, "reason": "x"}, "card.temporary_photograph"},
		{"clerk", "card.apply_temporary", m{"application": a, "reason": "x", "photo": n.blob("p")}, "card.temporary_running"},
		{"clerk", "card.make_temporary", m{"temporary": asked.Temporary, "sheet": "1"}, "office.role"},
		{"issuer", "card.make_temporary", m{"temporary": "x", "sheet": "1"}, "card.no_temporary"},
		{"clerk", "card.hand_out_temporary", m{"temporary": asked.Temporary, "signature": n.blob("s")}, "card.temporary_state"},
		{"clerk2", "card.hand_out_temporary", m{"temporary": asked.Temporary, "signature": n.blob("s")}, "office.other_area"},
		{"clerk", "card.end_temporary", m{"temporary": asked.Temporary, "end": "lost"}, "card.temporary_state"},
		{"clerk", "card.destroy_old", m{"second": "chief"}, "card.nothing_kept"},
		{"clerk", "card.destroy_old", m{"second": "clerk"}, "card.two_persons"},
		{"clerk", "card.destroy_old", m{"waste": "spoilt", "second": "chief"}, "card.waste"},
		{"clerk", "card.destroy_old", m{"numbers": []string{"9"}, "second": "chief"}, "card.not_kept"},
		{"clerk", "card.destroy_spoilt", m{"second": "chief"}, "card.nothing_kept"},
		{"clerk", "card.append_address", m{"application": a, "read_back": "x"}, "office.level"},
		{"issuer", "card.append_address", m{"application": a, "read_back": "x"}, "card.not_valid"},
		{"issuer", "card.append_address", m{"application": "x", "read_back": "x"}, "card.no_application"},
		{"clerk", "card.address_due", m{"unit": second, "purpose": "核对"}, "office.other_area"},
		{"officer", "card.duty_list", m{"purpose": "核对"}, "card.span"},
		{"admin", "card.late", m{"purpose": "核对"}, "office.role"},
		{"clerk", "card.open", m{"tenure": p.Tenure, "kind": "replace_lost", "old_lost": "1"}, "card.already_open"},
	} {
		n.refused(c.login, c.action, c.input, c.code)
	}
	n.must("issuer", "card.make_temporary", m{"temporary": asked.Temporary, "sheet": "1"}, nil)
	free := n.enter(station)
	n.refused("clerk", "card.open", m{"tenure": free.Tenure, "kind": "replace_lost", "old_lost": "1"}, "card.no_proof")
	c := n.open(free, card.First)
	var again carddesk.TempAsked
	n.must("clerk", "card.apply_temporary", m{"application": c, "reason": "出差", "photo": n.blob("p")}, &again)
	n.refused("issuer", "card.make_temporary", m{"temporary": again.Temporary, "sheet": "1"}, "card.sheet_used")
	n.Check()
}

// Whatever is booked, moved and cancelled, and by how many desks at once, no slot takes more than its capacity.
func TestCapacityIsNeverExceeded(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	var sessions []card.Session
	for _, day := range []string{"2005-09-05", "2005-09-06"} {
		var s card.Session
		n.must("clerk", "card.open_session", m{"day": day, "place": "window", "slots": []m{{"slot": "0900", "capacity": 1}, {"slot": "1000", "capacity": 2}}}, &s)
		sessions = append(sessions, s)
	}
	var people []person
	for range 9 {
		people = append(people, n.enter(station))
	}
	booked := make(map[string]bool)
	rapid.Check(t, func(t *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(t, "acts") {
			session := rapid.SampledFrom(sessions).Draw(t, "session").Session
			slot := rapid.SampledFrom([]string{"0900", "1000"}).Draw(t, "slot")
			var ids []string
			for id := range booked {
				ids = append(ids, id)
			}
			slices.Sort(ids)
			var a card.Appointment
			switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
			case what < 2 || len(ids) == 0:
				if n.Do(operators["clerk"], "card.book", m{"tenure": rapid.SampledFrom(people).Draw(t, "person").Tenure, "session": session, "slot": slot}, &a) == nil {
					booked[a.Appointment] = true
				}
			case what == 2:
				_ = n.Do(operators["clerk"], "card.move_appointment", m{"appointment": rapid.SampledFrom(ids).Draw(t, "one"), "session": session, "slot": slot}, nil)
			default:
				_ = n.Do(operators["clerk"], "card.end_appointment", m{"appointment": rapid.SampledFrom(ids).Draw(t, "one"), "state": "cancelled"}, nil)
			}
			n.Read(func(tx *store.Tx) error {
				for _, s := range sessions {
					session, taken, err := carddb.Session(context.Background(), tx, station, s.Session)
					for _, slot := range session.Slots {
						if taken[slot.Slot] > slot.Capacity {
							t.Errorf("%s %s: %d of %d", s.Day, slot.Slot, taken[slot.Slot], slot.Capacity)
						}
					}
					if err != nil {
						return err
					}
				}
				return nil
			})
		}
	})
	if len(booked) < 5 {
		t.Errorf("%d were booked", len(booked))
	}
	n.Check()
}

func TestTwoDesksBookTheLastPlace_OneWinsTheOtherIsTold(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		var s card.Session
		n.must("clerk", "card.open_session", m{"day": "2005-09-05", "place": "window", "slots": []m{{"slot": "0900", "capacity": 1}}}, &s)
		people := make(chan person, 4)
		for range 4 {
			people <- n.enter(station)
		}
		officetest.Race(t, 4, "card.slot_full", func() error {
			return n.Do(operators["clerk"], "card.book", m{"tenure": (<-people).Tenure, "session": s.Session, "slot": "0900"}, nil)
		})
		n.Check()
	})
}

// Everything that the side roads write, in any order and more than once, gives the same tables; forgotten and applied again, too. What units write beyond
// their powers gives no row.
func TestEveryCase_OrderForgettingAndAuthority(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.forget(string(station))
	n.forget(string(second))
	empty := n.digests()
	n.apply(n.entries()...) // the stations are started again
	n.every()
	all, want := n.entries(), n.digests()
	same := func(what string, got map[string]string, want map[string]string) {
		t.Helper()
		for table, digest := range got {
			if digest != want[table] {
				t.Errorf("%s: %s differs", what, table)
			}
		}
	}
	seeds := 0
	rapid.Check(t, func(t *rapid.T) {
		if seeds++; seeds > 6 { // each applies hundreds of entries
			return
		}
		order := rapid.Permutation(append(slices.Clone(all), all[:len(all)/3]...)).Draw(t, "order")
		other := newNode(n.t, storetest.SQLiteConfig(n.t))
		other.apply(order...)
		same("shuffled", other.digests(), want)
	})
	var forged []event.Event
	for _, e := range all {
		unit := second
		if e.Kind == card.KindAddressAppended {
			unit = city
		}
		if slices.Contains(append(slices.Clone(card.TempKinds), card.KindSessionOpened, card.KindBooked, card.KindAppointmentMoved, card.KindAppointmentEnded, card.KindAddressAppended, card.KindLateExplained), e.Kind) {
			forged = append(forged, event.Event{Stream: event.Up(unit), Kind: e.Kind, V: 1, Subject: e.Subject, Cause: e.Cause, Body: rawBody(e.Body)})
		}
	}
	if len(forged) < 9 {
		t.Fatalf("%d forged", len(forged))
	}
	if _, err := n.Act(context.Background(), operators["admin"], func(_ context.Context, w *office.Work) error {
		w.Emit(forged...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	same("forged", n.digests(), want)
	subjects := make(map[string]bool)
	for _, e := range all {
		subjects[e.Subject] = true
	}
	for subject := range subjects {
		n.forget(subject)
		n.apply(slices.DeleteFunc(slices.Clone(all), func(e journal.Entry) bool { return e.Subject != subject })...)
	}
	same("applied again", n.digests(), want)
	for subject := range subjects {
		n.forget(subject)
	}
	same("forgotten", n.digests(), empty)
}

// TestLateConsignmentIsExplainedByWhoKeepsIt: what is late on its way lies with the office that counted it last, and that office gives the reason.
func TestLateConsignmentIsExplainedByWhoKeepsIt(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.books()
		a := n.checked(n.enter(station), card.First)
		made, _ := n.make(maker.Options{}, m{})
		for pack, cards := range made.Packages {
			n.must("checker", "card.count", m{"consignment": pack, "cards": cards}, nil)
			var sent carddesk.ConsignResult
			n.must("checker", "card.consign", m{"to": county}, &sent)
			n.must("courier", "card.count", m{"consignment": sent.Consignment, "cards": cards}, nil)
		}
		n.days(40)
		explain := m{"application": a, "reason": "staff", "words": "押运员请假"}
		n.refused("checker", "card.explain_late", explain, "card.other_unit")
		n.must("courier", "card.explain_late", explain, nil)
	})
}
