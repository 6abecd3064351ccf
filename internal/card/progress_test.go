package card_test

import (
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"pgregory.net/rapid"
)

// Midnight in Changchun begins a day, whatever the hour in Greenwich.
func TestDay(t *testing.T) {
	const midnight = int64(1125504000000) // 2005-09-01 00:00 in Changchun
	for at, want := range map[int64]string{midnight - 1: "2005-08-31", midnight: "2005-09-01", midnight + 86399999: "2005-09-01", midnight + 86400000: "2005-09-02"} {
		if got := card.DayOf(at).Date(); got != citizen.MustDate(want) || card.DayOn(got) != card.DayOf(at) {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
	if card.DayOn(citizen.Date{}) != 0 || !card.Day(0).Date().IsZero() {
		t.Error("no day is no date")
	}
}

// A step counts on the day on which it was first reached, in whatever order the entries came; a return is counted and takes nothing back; a hand-over
// counts when the application was handed over by it.
func TestProgressOf(t *testing.T) {
	const day = int64(86400000)
	steps := []card.Step{{Kind: card.KindOpened, At: 10 * day}, {Kind: card.KindPhotographed, At: 13 * day}, {Kind: card.KindPhotographed, At: 11 * day},
		{Kind: card.KindReturned, At: 12 * day}, {Kind: card.KindRejected, At: 14 * day}, {Kind: card.KindHandedOver, At: 15 * day}}
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.Permutation(steps).Draw(t, "steps")
		p := card.ProgressOf(&card.Application{}, steps)
		if p.Days[card.KindOpened] != 10 || p.Days[card.KindPhotographed] != 11 || p.Returns != 1 || p.Rejects != 1 || p.Days[card.KindHandedOver] != 0 {
			t.Errorf("%+v", p)
		}
		if p := card.ProgressOf(&card.Application{HandedAt: 15 * day}, steps); p.Days[card.KindHandedOver] != 15 {
			t.Errorf("%+v", p)
		}
	})
}
