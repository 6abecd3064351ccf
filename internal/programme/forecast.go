package programme

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
)

// The forecast, in words for the leader who reads it. Take the hand-overs of the last working days (twenty). Their mean is the likely pace. Cut them into
// weeks of five working days: the mean of the better half of the weeks is the best pace, of the worse half the worst. Go on from today with that pace each
// working day, and let the target grow by everybody who turns 16, month by month, as the register has their birthdays. The day on which the cards handed
// over reach the target is the day of finishing. No season, no holidays, no deaths or moves are reckoned with; BackTest says how far off that was.

// ForecastInput is what a forecast is made of.
type ForecastInput struct {
	Today   citizen.Date
	Target  int64                   // people who have to have a card today
	Done    int64                   // people who have one
	Pace    []float64               // hand-overs of each of the last working days, oldest first
	Growing map[string]int64        // by month "2006-01", from the month of today on: who will turn 16
	Factor  float64                 // what if the pace were so many times what it is; 0: as it is
	Ceiling float64                 // what if at most so many could be made a working day; 0: no ceiling
	Works   func(citizen.Date) bool // nil: WorkingDay
}

// Estimate is a pace and the day on which it finishes.
type Estimate struct {
	Pace   float64      `json:"pace"`            // cards a working day
	Finish citizen.Date `json:"finish,omitzero"` // none: not before the horizon
	Days   int          `json:"working_days"`    // until then
	Never  bool         `json:"never,omitempty"` // the target grows at least as fast
}

// Forecast is when the programme is done.
type Forecast struct {
	Target    int64    `json:"target"`
	Done      int64    `json:"done"`
	Remaining int64    `json:"remaining"`
	Best      Estimate `json:"best"`
	Likely    Estimate `json:"likely"`
	Worst     Estimate `json:"worst"`
}

// PaceDays is over how many working days the pace is taken.
const PaceDays = 20

// horizon is how many days a forecast looks ahead: ten years.
const horizon = 3653

// Make makes a forecast.
func Make(in ForecastInput) Forecast {
	f := Forecast{Target: in.Target, Done: in.Done, Remaining: max(in.Target-in.Done, 0)}
	best, likely, worst := paces(in.Pace)
	factor := in.Factor
	if factor == 0 {
		factor = 1
	}
	what := func(pace float64) float64 {
		if pace *= factor; in.Ceiling > 0 {
			pace = min(pace, in.Ceiling)
		}
		return pace
	}
	f.Best, f.Likely, f.Worst = in.estimate(what(best)), in.estimate(what(likely)), in.estimate(what(worst))
	return f
}

// paces gives the best, likely and worst pace of working days.
func paces(days []float64) (best, likely, worst float64) {
	if len(days) == 0 {
		return 0, 0, 0
	}
	likely = mean(days)
	var weeks []float64
	for chunk := range slices.Chunk(days, 5) {
		if len(chunk) == 5 || len(weeks) == 0 {
			weeks = append(weeks, mean(chunk))
		}
	}
	slices.Sort(weeks)
	half := (len(weeks) + 1) / 2
	return max(mean(weeks[len(weeks)-half:]), likely), likely, min(mean(weeks[:half]), likely)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func (in *ForecastInput) estimate(pace float64) Estimate {
	e := Estimate{Pace: pace}
	left := float64(in.Target - in.Done)
	if left <= 0 {
		e.Finish = in.Today
		return e
	}
	if pace <= 0 {
		e.Never = true
		return e
	}
	works := in.Works
	if works == nil {
		works = WorkingDay
	}
	for day, i := in.Today.AddDays(1), 0; i < horizon; day, i = day.AddDays(1), i+1 {
		left += in.growth(day)
		if !works(day) {
			continue
		}
		e.Days++
		if left -= pace; left <= 0 {
			e.Finish = day
			return e
		}
	}
	e.Days, e.Never = 0, true
	return e
}

// growth is how many turn 16 on a day: its month's, in equal parts.
func (in *ForecastInput) growth(day citizen.Date) float64 {
	n := in.Growing[day.String()[:7]]
	if n == 0 {
		return 0
	}
	from, to, _ := Monthly.Span(day)
	if from.Before(in.Today) {
		from = in.Today.AddDays(1)
	}
	return float64(n) / float64(from.DaysUntil(to)+1)
}

// Day is a day's hand-overs.
type Day struct {
	Day citizen.Date `json:"day"`
	N   int64        `json:"n"`
}

// Tested is one forecast looked back on.
type Tested struct {
	On     citizen.Date `json:"on"`
	Likely citizen.Date `json:"likely,omitzero"`
	Actual citizen.Date `json:"actual"`
	Off    int          `json:"off_days"` // late guesses are positive
	Within bool         `json:"within"`   // the actual day lies between best and worst
}

// BackTest makes the forecast at every so many working days of a history that reached a target, with what was known then, and compares it with the day on which
// the target was reached. It gives nothing when it was not reached. What turned 16 in between stands in the target from the start.
func BackTest(history []Day, target int64, every int) []Tested {
	actual, sum := citizen.Date{}, int64(0)
	for _, d := range history {
		if sum += d.N; sum >= target {
			actual = d.Day
			break
		}
	}
	if actual.IsZero() || every <= 0 {
		return nil
	}
	var tested []Tested
	var pace []float64
	done := int64(0)
	for _, d := range history {
		if !d.Day.Before(actual) {
			break
		}
		done += d.N
		if !WorkingDay(d.Day) {
			continue
		}
		if pace = append(pace, float64(d.N)); len(pace) < PaceDays || len(pace)%every != 0 {
			continue
		}
		f := Make(ForecastInput{Today: d.Day, Target: target, Done: done, Pace: pace[len(pace)-PaceDays:]})
		t := Tested{On: d.Day, Likely: f.Likely.Finish, Actual: actual, Off: actual.DaysUntil(f.Likely.Finish)}
		t.Within = !actual.Before(f.Best.Finish) && (f.Worst.Never || !actual.After(f.Worst.Finish))
		tested = append(tested, t)
	}
	return tested
}
