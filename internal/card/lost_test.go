package card

import (
	"testing"

	"github.com/huzheng/huzheng/internal/event"
)

// A card that is lost where nobody looks any more, made and never sent, or kept above as unclaimed, is ordered again: nobody waits for it for ever.
func TestOrderedAgain_WhereverTheCardWasLost(t *testing.T) {
	l := DefaultLimits()
	for name, lose := range map[string]func(*world, string){
		"made, and never sent": func(w *world, id string) {
			w.must(t, "c")(Feedback(w.app(id), Actor{city, "c"}, "f", Outcome{Attempt: 1, CardNo: "1"}))
		},
		"kept above": func(w *world, id string) {
			w.walk(t, id, road(today, alone)[6:9])
			for range l.Reminders {
				w.must(t, "clerk")(Remind(w.app(id), window(w.app(id), "clerk"), "telephone", Limits{}, today))
			}
			w.must(t, "clerk")(SendUp(w.app(id), window(w.app(id), "clerk"), Limits{}, today))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			id := mustOpen(t, w, First)
			w.walk(t, id, road(today, alone)[:6])
			lose(w, id)
			if _, err := OrderIt(w.app(id), OrderCommand{By: Actor{city, "c"}, Order: "o2", Digest: "d2"}, false); code(err) != "card.stage" {
				t.Fatalf("without a reason: %v", err)
			}
			e, err := OrderIt(w.app(id), OrderCommand{By: Actor{city, "c"}, Order: "o2", Digest: "d2", Again: "途中丢失"}, false)
			if err != nil {
				t.Fatal(err)
			}
			w.write("c", e)
			if a := w.app(id); a.Stage != StageOrdered || a.Attempt != 2 {
				t.Fatalf("%s, attempt %d", a.Stage, a.Attempt)
			}
			w.walk(t, id, road(today, alone)[6:])
			if a := w.app(id); a.Stage != StageHandedOver {
				t.Fatalf("%s", a.Stage)
			}
		})
	}
}

// Every stage in which an application is under way lies on somebody's desk, and a held one on the desk that can release it.
func TestDeskOf_EveryStage(t *testing.T) {
	for _, stage := range Stages {
		for _, class := range []RejectClass{RejectPhoto, RejectProduction} {
			desk := DeskOf(Position{Home: station, Stage: stage, Class: class})
			if terminal := stage == StageHandedOver || stage == StageWithdrawn; terminal != (desk == Desk{}) {
				t.Errorf("%s lies on %+v", stage, desk)
			}
		}
	}
	for _, stage := range Stages {
		waits := stage == StageNotified || stage == StageUnclaimed || stage == StageHandedOver || stage == StageWithdrawn
		c := DefaultLimits().ClockOf(Position{Home: station, Stage: stage, Class: RejectProduction, Since: noon(today)}, today.AddDays(90), 3)
		if late := c.Grade != InTime; late == waits {
			t.Errorf("%s, ninety days long: %q", stage, c.Grade)
		}
	}
	if a := Derive(everything(t)[2:]); a.Stage != StageIncomplete || a.Since == 0 {
		t.Error("an application whose opening has not arrived does not say since when")
	}
	if desk := DeskOf(Position{Home: station, Stage: StageReviewed, Held: true}); desk != (Desk{station, "clerk"}) {
		t.Errorf("a held application lies on %+v, which cannot release it", desk)
	}
}

// Who no longer wants a card that the maker refused to make is not told that it is being made.
func TestWithdraw_AfterTheMakersRejection(t *testing.T) {
	w := newWorld()
	id := mustOpen(t, w, First)
	w.walk(t, id, road(today, alone)[:6])
	asked := func() ([]event.Event, error) {
		return Withdraw(w.app(id), WithdrawCommand{By: window(w.app(id), "clerk"), Reason: WithdrawAsked})
	}
	if _, err := asked(); code(err) != "card.being_made" {
		t.Fatalf("%v", err)
	}
	w.must(t, "c")(Feedback(w.app(id), Actor{city, "c"}, "f", Outcome{Attempt: 1, Class: RejectPhoto}))
	w.must(t, "clerk")(asked())
	if a := w.app(id); a.Stage != StageWithdrawn || a.Withdrawal != Cancelled {
		t.Errorf("%s %s", a.Stage, a.Withdrawal)
	}
}

// The old card comes back, or is declared lost, before the new one is given out; and no second one stays (居民身份证法 (2003) art. 11).
func TestHandOver_TheOldCardFirst_Art11(t *testing.T) {
	for name, c := range map[string]struct {
		kind   Kind
		old    *OldCard
		others []Application
		want   string
	}{
		"exchange, nothing handed in":             {Exchange, nil, nil, "card.old_missing"},
		"exchange, the old one declared lost":     {Exchange, &OldCard{Generation: "1", Lost: true}, nil, "<nil>"},
		"another valid one, nothing handed in":    {First, nil, []Application{{ID: "b", Resident: "r1", Stage: StageHandedOver, Issue: Issue{ValidTo: LongTerm}}}, "card.second_card"},
		"another valid one, only the first one's": {First, &OldCard{Generation: "1", Number: "1"}, []Application{{ID: "b", Resident: "r1", Stage: StageHandedOver, Issue: Issue{ValidTo: LongTerm}}}, "card.second_card"},
		"another valid one, handed in":            {First, &OldCard{Generation: "2", Number: "1"}, []Application{{ID: "b", Resident: "r1", Stage: StageHandedOver, Issue: Issue{ValidTo: LongTerm}}}, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			id := mustOpen(t, w, c.kind)
			w.walk(t, id, road(today, alone)[:9])
			a := w.app(id)
			_, err := HandOverIt(a, HandOverCommand{By: window(a, "clerk"), ChipNumber: a.Face.Number, Receiver: ReceivedBySelf, Signature: "s", Old: c.old, Today: today}, false, c.others)
			if code(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}
