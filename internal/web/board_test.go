package web

import (
	"math"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

// TestCurvePoints: the forecast goes on from what was done with its pace, ends at the target, and there is no plan where no quotas are set.
func TestCurvePoints(t *testing.T) {
	d := &boardData{board: programmedesk.Board{Today: citizen.MustDate("2005-09-28"), Forecast: programme.Forecast{Target: 100, Done: 10, Remaining: 90,
		Best: programme.Estimate{Pace: 4}, Likely: programme.Estimate{Pace: 2}, Worst: programme.Estimate{Pace: 1}}}}
	for _, p := range []struct {
		day             string
		planned, actual int64
	}{{"2005-08-31", 5, 4}, {"2005-09-30", 20, 10}, {"2005-10-31", 40, 10}, {"2005-11-30", 40, 10}, {"2005-12-31", 40, 10}} {
		d.curve = append(d.curve, programmedesk.CurvePoint{Day: citizen.MustDate(p.day), Planned: p.planned, Actual: p.actual})
	}
	points, today := curvePoints(d)
	if today != 1 {
		t.Fatalf("today is point %d", today)
	}
	// 2005-10-31 is 23 working days after 2005-09-28, 2005-11-30 45, 2005-12-31 67.
	for i, want := range [][5]float64{{5, 4, math.NaN(), math.NaN(), math.NaN()}, {20, 10, 10, 10, 10}, {40, math.NaN(), 56, 33, 100}, {math.NaN(), math.NaN(), 100, 55, 100}, {math.NaN(), math.NaN(), 100, 77, 100}} {
		p := points[i]
		for k, got := range []float64{p.Plan, p.Actual, p.Forecast, p.Low, p.High} {
			if got != want[k] && !(math.IsNaN(got) && math.IsNaN(want[k])) {
				t.Errorf("%s: number %d is %v, want %v", p.Day, k, got, want[k])
			}
		}
	}
}

// TestBoardCache: a board is kept for a minute, and not into the next day.
func TestBoardCache(t *testing.T) {
	day := citizen.MustDate("2005-09-28")
	var cache boardCache
	cache.put("220100", &boardData{board: programmedesk.Board{Today: day}, kept: time.Now()})
	if cache.get("220100", day) == nil || cache.get("220102", day) != nil {
		t.Error("a board is not kept, or for another unit")
	}
	if cache.get("220100", day.AddDays(1)) != nil {
		t.Error("yesterday's board is shown today")
	}
	cache.put("220100", &boardData{board: programmedesk.Board{Today: day}, kept: time.Now().Add(-2 * boardKept)})
	if cache.get("220100", day) != nil {
		t.Error("a board is kept for two minutes")
	}
}
