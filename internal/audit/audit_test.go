package audit

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

type object = map[string]any

const (
	city    event.Unit = "220100"
	station event.Unit = "220102001"
	other   event.Unit = "220102002"
)

// fact is one entry of a story: whose up stream, which kind, what body.
type fact struct {
	unit event.Unit
	kind string
	body object
}

// story is a small city's journal in which every sum comes out: two imported, one born, one moved, one dead, a card made and handed over, one
// on its way, a fee, a waiver.
func story(chunk string) []fact {
	card := func(unit event.Unit, kind, application string, more object) fact {
		body := object{"home": station, "application": application, "round": 1, "attempt": 1}
		for k, v := range more {
			body[k] = v
		}
		return fact{unit, kind, body}
	}
	packed := func(verdict string) []object {
		return []object{{"application": "a1", "card_no": "C1", "verdict": verdict}, {"application": "a2", "card_no": "C2", "verdict": verdict}}
	}
	return []fact{
		{station, "register.chunk_imported", object{"chunk": "k", "blob": chunk, "lines": 2}},
		{station, "register.number_reserved", object{"number": "N3"}},
		{station, "register.birth_registered", object{"resident": "r3", "tenure": "t3", "version": 1, "record": object{"number": "N3"}}},
		{station, "register.moved_out", object{"resident": "r1", "tenure": "t1", "version": 2, "to_unit": other, "to_tenure": "t4"}},
		{other, "register.moved_in", object{"resident": "r1", "tenure": "t4", "version": 1}},
		{station, "register.death_registered", object{"resident": "r2", "tenure": "t2", "version": 2}},
		{station, "register.number_reserved", object{"number": "N5"}},
		{station, "register.late_entered", object{"resident": "r5", "tenure": "t5", "version": 1, "record": object{"number": "N5", "household_no": "H1"}}},
		{station, "register.household_set_up", object{"household_no": "H2", "version": 1, "state": "open", "householder": "t5", "scope": "12", "members": []string{"t5"}}},
		{station, "register.membership_changed", object{"resident": "r5", "tenure": "t5", "version": 2, "scope": "12", "record": object{"household_no": "H2"}}},
		{station, "register.household_dissolved", object{"household_no": "H1", "version": 1, "state": "dissolved"}},

		card(station, "card.number_reserved", "a1", object{"reserved": object{"acceptance_no": "1"}}),
		card(station, "card.opened", "a1", nil),
		card(station, "card.number_reserved", "a2", object{"reserved": object{"acceptance_no": "2"}}),
		card(station, "card.opened", "a2", nil),
		card(city, "card.ordered", "a1", nil),
		card(city, "card.ordered", "a2", nil),
		card(city, "card.made", "a1", object{"making": object{"card_no": "C1"}}),
		card(city, "card.made", "a2", object{"making": object{"card_no": "C2"}}),
		{city, "card.feedback_taken", object{"packages": []object{{"package": "P", "cards": packed("")}}}},
		{city, "card.consignment_counted", object{"consignment": "P", "cards": packed("found")}},
		{city, "card.consigned", object{"consignment": "Q", "to": station, "cards": packed("")}},
		{station, "card.consignment_counted", object{"consignment": "Q", "cards": packed("found")}},
		card(station, "card.handed_over", "a1", object{"hand_over": object{"card_no": "C1", "old": object{"number": "O1"}}}),
		card(station, "card.old_taken_in", "a1", object{"old": object{"number": "O1"}}),
		{station, "card.destroyed", object{"waste": "old", "second": "chief", "cards": []object{{"application": "a1", "number": "O1"}}}},
		card(station, "card.unclaimed", "a2", nil),
		card(station, "card.came_back", "a2", nil),
		card(station, "card.temporary_applied", "a2", object{"temporary": "T"}),
		card("220102", "card.temporary_made", "a2", object{"temporary": "T", "made": object{"sheet": "S1"}}),
		card(station, "card.temporary_handed_out", "a2", object{"temporary": "T"}),
		card(station, "card.temporary_ended", "a2", object{"temporary": "T", "ended": object{"end": "returned"}}),
		{station, "card.destroyed", object{"waste": "temporary", "second": "chief", "cards": []object{{"application": "a2", "number": "S1"}}}},

		{"220102", "fund.receipts_issued", object{"book": "b", "station": station, "first": 1, "last": 9}},
		{station, "fund.fee_collected", object{"home": station, "application": "a1", "day": "2005-09-01", "due_fen": 2000, "amount_fen": 2000,
			"receipt": object{"book": "b", "number": 1}}},
		{station, "fund.fee_waived", object{"home": station, "application": "a2", "day": "2005-09-01", "due_fen": 2000, "waived_fen": 2000}},
		{station, "fund.day_closed", object{"home": station, "day": "2005-09-01", "cashier": "op", "expected_fen": 2000, "counted_fen": 1900}},
		{station, "fund.remitted", object{"home": station, "remittance": "m", "amount_fen": 2000, "drawers": []object{{"day": "2005-09-01", "cashier": "op"}}}},
		{"220102", "fund.remittance_confirmed", object{"remittance": "m", "amount_fen": 2000}},

		{station, "fund.receipts_lost", object{"home": station, "book": "b", "from": 2, "to": 3}},
		{station, "fund.fee_collected", object{"home": station, "what": "temporary", "application": "a1", "day": "2005-09-02", "due_fen": 1000, "amount_fen": 1000,
			"receipt": object{"book": "b", "number": 4}}},
		{station, "fund.refunded", object{"home": station, "what": "temporary", "application": "a1", "day": "2005-09-02", "amount_fen": 400, "second": "chief",
			"voucher": object{"generation": 1, "number": 1}}},
		{station, "fund.budget_drafted", object{"home": station, "budget": "g", "version": 1}},
		{city, "fund.budget_reviewed", object{"home": station, "budget": "g", "version": 2, "items": []object{{"item": "network", "city_fen": 300, "county_fen": 700}}}},
		{"220102", "fund.appropriated", object{"home": station, "budget": "g", "appropriation": "x", "item": "network", "level": "county", "amount_fen": 700}},
		{station, "fund.appropriation_received", object{"budget": "g", "appropriation": "x", "amount_fen": 700}},
		{station, "fund.paid", object{"budget": "g", "payment": "y", "appropriation": "x", "item": "network", "amount_fen": 500}},
		{station, "fund.transfer_asked", object{"budget": "g", "transfer": "z", "appropriation": "x", "to": "office", "amount_fen": 200}},
		{city, "fund.transferred", object{"budget": "g", "transfer": "z", "appropriation": "x", "to": "office", "amount_fen": 200, "approved": false}},
	}
}

func run(t *testing.T, tell func([]fact) []fact) *Report {
	t.Helper()
	ctx := context.Background()
	db := storetest.Open(t, storetest.SQLiteConfig(t), journal.Migration())
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	blobs := store.NewBlobs(store.OS{}, t.TempDir(), identity)
	chunk, err := blobs.Put([]byte("{\"resident\":\"r1\",\"tenure\":\"t1\"}\n{\"resident\":\"r2\",\"tenure\":\"t2\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var report *Report
	err = db.Write(ctx, func(tx *store.Tx) error {
		if err := journal.Host(ctx, tx, city, 1, nil); err != nil {
			return err
		}
		for i, f := range tell(story(chunk)) {
			e := event.Event{Stream: event.Up(f.unit), Kind: f.kind, V: 1, Subject: fmt.Sprint(i), Body: f.body}
			if _, err := journal.Append(ctx, tx, 1, "op", []event.Event{e}); err != nil {
				return err
			}
		}
		report, err = Run(ctx, tx, blobs)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestASoundStoryAddsUp(t *testing.T) {
	r := run(t, func(f []fact) []fact { return f })
	if len(r.Errors) > 0 {
		t.Fatal(r.Errors)
	}
	if r.Residents != (Residents{Imported: 2, Born: 1, LateEntered: 1, Households: 1, Present: 3, Dead: 1, Moves: 1}) {
		t.Errorf("%+v", r.Residents)
	}
	if r.Cards != (Cards{Accepted: 2, Ordered: 2, Made: 2, HandedOver: 1, InStock: 1}) {
		t.Errorf("%+v", r.Cards)
	}
	if r.Cases != (Cases{OldTakenIn: 1, OldDestroyed: 1, TempApplied: 1, TempReturned: 1}) {
		t.Errorf("%+v", r.Cases)
	}
	if r.Money != (Money{Fees: 2, Waived: 1, CollectedFen: 3000, WaivedFen: 2000, OverShortFen: -100, RemittedFen: 2000, ConfirmedFen: 2000, Receipts: 2,
		RefundedFen: 400, OnHandFen: 600, PutAside: 2, BudgetedFen: 1000, AppropriatedFen: 700, PaidFen: 500}) {
		t.Errorf("%+v", r.Money)
	}
}

// TestAMissingCardThatTurnsUpIsInStock: one count misses a card, another finds it as a surplus; it is in one place, the second.
func TestAMissingCardThatTurnsUpIsInStock(t *testing.T) {
	miss := func(all []fact) []fact {
		for i, f := range all {
			if f.kind == "card.consignment_counted" && f.body["consignment"] == "Q" {
				all[i].body["cards"].([]object)[1]["verdict"] = "missing"
			}
		}
		return all
	}
	if r := run(t, miss); r.Cards.Missing != 1 || r.Cards.InStock != 0 || len(r.Errors) > 0 {
		t.Errorf("missed: %+v %v", r.Cards, r.Errors)
	}
	found := func(all []fact) []fact {
		return append(miss(all), fact{other, "card.consignment_counted", object{"consignment": "Z", "cards": []object{{"application": "a2", "card_no": "C2", "verdict": "surplus"}}}})
	}
	if r := run(t, found); r.Cards.Missing != 0 || r.Cards.InStock != 1 || len(r.Errors) > 0 {
		t.Errorf("turned up: %+v %v", r.Cards, r.Errors)
	}
}

// again repeats the n-th fact of a kind; without drops it; alter changes it.
func again(kind string) func([]fact) []fact {
	return func(all []fact) []fact { return append(all, all[find(all, kind)]) }
}

func without(kind string) func([]fact) []fact {
	return func(all []fact) []fact { at := find(all, kind); return slices.Delete(all, at, at+1) }
}

func alter(kind string, change func(object)) func([]fact) []fact {
	return func(all []fact) []fact { change(all[find(all, kind)].body); return all }
}

func add(unit event.Unit, kind string, body object) func([]fact) []fact {
	return func(all []fact) []fact { return append(all, fact{unit, kind, body}) }
}

func find(all []fact, kind string) int {
	return slices.IndexFunc(all, func(f fact) bool { return f.kind == kind })
}

// TestEveryLawIsBrokenByItsOwnLie plants one lie into the story and expects the law that it breaks among the errors.
func TestEveryLawIsBrokenByItsOwnLie(t *testing.T) {
	for name, lie := range map[string]struct {
		law  string
		tell func([]fact) []fact
	}{
		"a chunk says it has three lines":     {"resident.chunk", alter("register.chunk_imported", func(o object) { o["lines"] = 3 })},
		"a chunk's attachment is not there":   {"resident.chunk", alter("register.chunk_imported", func(o object) { o["blob"] = fmt.Sprintf("%064d", 0) })},
		"one is born twice":                   {"resident.doubled", again("register.birth_registered")},
		"one arrives twice":                   {"resident.doubled", again("register.moved_in")},
		"a move out is forgotten":             {"resident.twice", without("register.moved_out")},
		"two changes have one version":        {"resident.version", again("register.death_registered")},
		"a stranger dies":                     {"resident.unopened", add(station, "register.death_registered", object{"tenure": "t9", "version": 2})},
		"a number is taken twice":             {"number.doubled", again("register.number_reserved")},
		"a newborn's number was not reserved": {"number.unreserved", without("register.number_reserved")},
		"one is entered late twice":           {"resident.doubled", again("register.late_entered")},
		"a late number was not reserved": {"number.unreserved", func(all []fact) []fact {
			at := find(all, "register.late_entered") - 1
			return slices.Delete(all, at, at+1)
		}},
		"a removed one comes from nowhere": {"resident.unopened", add(station, "register.removed", object{"tenure": "t9", "version": 2})},
		"a household has a version twice":  {"household.version", again("register.household_set_up")},
		"a split loses a member":           {"household.members", without("register.membership_changed")},
		"a split takes one more along":     {"household.unnamed", alter("register.household_set_up", func(o object) { o["members"] = []string{} })},
		"a stranger is the householder":    {"household.householder", alter("register.household_set_up", func(o object) { o["householder"] = "t9" })},
		"people in a household that ended": {"household.dissolved", add(station, "register.household_dissolved", object{"household_no": "H2", "version": 2, "state": "dissolved"})},
		"one slip for two":                 {"card.acceptance", add(station, "card.number_reserved", object{"application": "a9", "reserved": object{"acceptance_no": "1"}})},
		"an application is opened twice":   {"card.doubled", again("card.opened")},
		"one attempt in two orders":        {"card.ordered_twice", again("card.ordered")},
		"the maker answers twice":          {"card.answered_twice", add(city, "card.rejected", object{"application": "a1", "attempt": 1})},
		"made without an order":            {"card.unordered", without("card.ordered")},
		"handed over, never made":          {"card.unmade", add(station, "card.handed_over", object{"application": "a9", "hand_over": object{"card_no": "C9"}})},
		"a card is made twice":             {"card.made_twice", again("card.made")},
		"a card is handed over twice":      {"card.handed_twice", again("card.handed_over")},
		"a count forgets a card": {"card.lost", alter("card.consignment_counted", func(o object) {
			o["cards"] = o["cards"].([]object)[:1]
		})},
		"a count finds what nobody sent": {"card.unsent", alter("card.consignment_counted", func(o object) {
			o["cards"] = append(o["cards"].([]object), object{"card_no": "C9", "verdict": "found"})
		})},
		"an old card is taken and not taken in": {"old.missing", without("card.old_taken_in")},
		"an old card is destroyed twice":        {"old.destroyed", again("card.destroyed")},
		"one person destroys alone":             {"card.alone", alter("card.destroyed", func(o object) { o["second"] = "op" })},
		"a spoilt card is destroyed twice": {"card.destroyed_twice", func(all []fact) []fact {
			scrap := fact{station, "card.destroyed", object{"waste": "spoilt", "second": "chief", "cards": []object{{"application": "a2", "number": "C2"}}}}
			return append(all, scrap, scrap)
		}},
		"a card that was never made is destroyed":  {"card.destroyed_unmade", add(station, "card.destroyed", object{"waste": "spoilt", "second": "chief", "cards": []object{{"number": "C9"}}})},
		"a card is destroyed and handed over":      {"card.destroyed_handed", add(station, "card.destroyed", object{"waste": "spoilt", "second": "chief", "cards": []object{{"number": "C1"}}})},
		"an unfit card is handed over":             {"card.defect_handed", add(station, "card.defect_found", object{"application": "a1", "defect": object{"card_no": "C1"}})},
		"a card comes back that never went":        {"unclaimed.sum", without("card.unclaimed")},
		"a temporary card is made twice":           {"temporary.steps", again("card.temporary_made")},
		"a temporary card comes from nowhere":      {"temporary.steps", without("card.temporary_applied")},
		"a temporary card in use is destroyed":     {"temporary.destroyed", without("card.temporary_ended")},
		"a fee is taken twice":                     {"fee.doubled", again("fund.fee_collected")},
		"due is not waived plus paid":              {"fee.sum", alter("fund.fee_collected", func(o object) { o["due_fen"] = 4000 })},
		"money without a receipt":                  {"receipt.missing", alter("fund.fee_collected", func(o object) { delete(o, "receipt") })},
		"a receipt is used twice":                  {"receipt.doubled", again("fund.fee_collected")},
		"a receipt of no book":                     {"receipt.unissued", without("fund.receipts_issued")},
		"a receipt beyond its book":                {"receipt.range", alter("fund.fee_collected", func(o object) { o["receipt"] = object{"book": "b", "number": 10} })},
		"a receipt is skipped":                     {"receipt.gap", alter("fund.fee_collected", func(o object) { o["receipt"] = object{"book": "b", "number": 2} })},
		"a day is closed twice":                    {"day.twice", again("fund.day_closed")},
		"a day's receipts say otherwise":           {"day.sum", alter("fund.day_closed", func(o object) { o["expected_fen"] = 1000 })},
		"a day is remitted twice":                  {"remittance.twice", again("fund.remitted")},
		"an open day is remitted":                  {"remittance.open", without("fund.day_closed")},
		"less is remitted than was taken":          {"remittance.sum", alter("fund.remitted", func(o object) { o["amount_fen"] = 1000 })},
		"more is confirmed than was remitted":      {"remittance.confirmed", alter("fund.remittance_confirmed", func(o object) { o["amount_fen"] = 3000 })},
		"more is remitted than was ever collected": {"money.sum", alter("fund.remitted", func(o object) { o["amount_fen"] = 9000 })},
		"lost receipts are used as well":           {"receipt.doubled", alter("fund.receipts_lost", func(o object) { o["to"] = 4 })},
		"more receipts are lost than the book has": {"receipt.range", add(station, "fund.receipts_lost", object{"home": station, "book": "b", "from": 5, "to": 10})},
		"receipts vanish before the lost ones":     {"receipt.gap", alter("fund.receipts_lost", func(o object) { o["from"] = 3 })},
		"more is paid back than was taken":         {"refund.sum", alter("fund.refunded", func(o object) { o["amount_fen"] = 1001 })},
		"one voucher for two refunds":              {"refund.voucher", again("fund.refunded")},
		"a refund under one name":                  {"refund.two_persons", alter("fund.refunded", func(o object) { o["second"] = "op" })},
		"what was remitted stays in the drawer":    {"money.sum", alter("fund.remitted", func(o object) { o["drawers"] = []object{} })},
		"more is appropriated than was budgeted":   {"spending.budget", alter("fund.budget_reviewed", func(o object) { o["items"] = []object{} })},
		"who drafted a budget reviews it":          {"spending.two_persons", alter("fund.budget_reviewed", func(o object) { o["version"] = 1 })},
		"a payment is above its appropriation":     {"spending.above", alter("fund.paid", func(o object) { o["amount_fen"] = 701 })},
		"what is set aside for a transfer is spent": {"spending.above", func(f []fact) []fact {
			return alter("fund.transfer_asked", func(o object) { o["amount_fen"] = 201 })(without("fund.transferred")(f))
		}},
		"a payment on another item":           {"spending.item", alter("fund.paid", func(o object) { o["item"] = "office" })},
		"a payment before the money came":     {"spending.unfunded", without("fund.appropriation_received")},
		"a payment from no appropriation":     {"spending.unfunded", alter("fund.paid", func(o object) { o["appropriation"] = "nothing" })},
		"a payment from a remittance of fees": {"spending.crossed", alter("fund.paid", func(o object) { o["appropriation"] = "m" })},
		"a payment is made twice":             {"spending.doubled", again("fund.paid")},
		"an appropriation is made twice":      {"spending.doubled", again("fund.appropriated")},
		"who asks for a transfer approves it": {"spending.two_persons", alter("fund.transferred", func(o object) { o["approved"] = true })},
		"more is transferred than was asked for": {"spending.transfer", alter("fund.transferred", func(o object) {
			o["approved"], o["amount_fen"] = true, 300
		})},
		"a card vanishes between maker and city":     {"card.sum", add(city, "card.ordered", object{"application": "a1", "attempt": 1})},
		"residents come out of nowhere into a death": {"resident.sum", alter("register.birth_registered", func(o object) { o["tenure"] = "t1" })},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, lie.tell)
			if !slices.ContainsFunc(r.Errors, func(e Error) bool { return e.Law == lie.law }) {
				t.Fatalf("%s was not found: %v", lie.law, r.Errors)
			}
		})
	}
}
