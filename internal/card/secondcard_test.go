package card

import "testing"

// 居民身份证法 art. 11: a loss is reported once, and nobody leaves the window with two valid cards.
func TestArt11_LostOnceAndOneCardOnly(t *testing.T) {
	a := at(t, 10)
	if _, err := ReportLost(a, window(a, "clerk"), "", today); err != nil {
		t.Fatal(err)
	}
	a.Lost = true
	if _, err := ReportLost(a, window(a, "clerk"), "", today); code(err) != "card.lost_already" {
		t.Errorf("lost twice: %v", err)
	}

	ready := at(t, 8)
	other := Application{ID: "other", Stage: StageHandedOver, Issue: Issue{ValidTo: LongTerm}}
	cmd := HandOverCommand{By: window(ready, "clerk"), ChipNumber: ready.Face.Number, Receiver: ReceivedBySelf, Signature: "s", Today: today}
	if _, err := HandOverIt(ready, cmd, false, []Application{other}); code(err) != "card.second_card" {
		t.Errorf("a second valid card: %v", err)
	}
	cmd.Old = &OldCard{Generation: "2", Number: "x"}
	if _, err := HandOverIt(ready, cmd, false, []Application{other}); err != nil {
		t.Errorf("the other card is taken in: %v", err)
	}
}
