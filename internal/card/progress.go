package card

import "github.com/huzheng/huzheng/internal/citizen"

// Day is a civil day in China as a number: days since 1970-01-01, which group and compare as whole numbers on every engine. 0: not yet.
type Day int64

const (
	msOfDay  = 24 * 60 * 60 * 1000
	eastWest = 8 * 60 * 60 * 1000 // UTC+8 all year
)

var dayZero = citizen.MustDate("1970-01-01")

// DayOf is the day of an instant in ms UTC.
func DayOf(at int64) Day { return Day((at + eastWest) / msOfDay) }

// DayOn is the day of a civil date; no date is 0.
func DayOn(d citizen.Date) Day { return Day(dayZero.DaysUntil(d)) }

// Date is the civil date; 0 is no date.
func (d Day) Date() citizen.Date {
	if d == 0 {
		return citizen.Date{}
	}
	return dayZero.AddDays(int(d))
}

// Progress is how far one application has come, by the day on which it first reached each step: what every report counts (plan W3).
// A return does not take a day back: it is counted beside them.
type Progress struct {
	Days    map[string]Day // by kind of step
	Returns int64          // by county or city
	Rejects int64          // by the maker
}

// ProgressKinds are the steps whose days are kept, in the order of a card without trouble.
var ProgressKinds = []string{KindOpened, KindPhotographed, KindConfirmed, KindReviewed, KindSigned, KindChecked, KindOrdered, KindMade,
	KindDispatched, KindArrived, KindCollectNotified, KindHandedOver}

// ProgressOf gives an application's progress from its steps, in whatever order they come. A hand-over counts when the application has been handed
// over by it.
func ProgressOf(a *Application, steps []Step) Progress {
	p := Progress{Days: make(map[string]Day, len(ProgressKinds))}
	for i := range steps {
		s := &steps[i]
		switch s.Kind {
		case KindReturned:
			p.Returns++
		case KindRejected:
			p.Rejects++
		}
		if day := DayOf(s.At); p.Days[s.Kind] == 0 || day < p.Days[s.Kind] {
			p.Days[s.Kind] = day
		}
	}
	p.Days[KindHandedOver] = 0
	if a.HandedAt != 0 {
		p.Days[KindHandedOver] = DayOf(a.HandedAt)
	}
	return p
}
