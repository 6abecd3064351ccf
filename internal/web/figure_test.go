package web

import (
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

// The figure of an area leads to the latest day of its units: those of a unit whose latest day is earlier are counted with the others.
func TestStandingThere_EveryUnitOfTheArea(t *testing.T) {
	earlier, last, today := citizen.MustDate("2005-09-20"), citizen.MustDate("2005-09-21"), citizen.MustDate("2005-10-20")
	rows := []programmedesk.LateRow{
		{Stage: card.StageConfirmed, LateTo: earlier, LateStage: 30, LateWhole: 3, Standing: 50},
		{Stage: card.StageConfirmed, LateTo: last, LateStage: 90, LateWhole: 4, Standing: 100},
		{Stage: card.StageReviewed, LateTo: today, LateStage: 7, LateWhole: 7, Standing: 7},
	}
	for name, test := range map[string]struct {
		in   programmedesk.ListInput
		want int64
	}{
		"too long there":          {programmedesk.ListInput{To: last}, 120},
		"all of today":            {programmedesk.ListInput{To: today}, 150},
		"past the promise":        {programmedesk.ListInput{To: today, Past: true}, 7},
		"a day that no count has": {programmedesk.ListInput{To: earlier}, 0},
	} {
		if got := standingThere(rows, string(card.StageConfirmed), &test.in, today); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
