package reconcile

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage/lunar"
)

func explainDate(right, value string) string {
	x, errX := citizen.ParseDate(right)
	y, errY := citizen.ParseDate(value)
	if errX != nil || errY != nil {
		return "other"
	}
	switch years := x.Year() - y.Year(); {
	case years == 0 && x.Month() == y.Day() && x.Day() == y.Month():
		return "day_month"
	case slices.Contains(lunar.Counterparts(calendar(x)), calendar(y)), slices.Contains(lunar.Counterparts(calendar(y)), calendar(x)):
		return "lunar"
	case x.Month() == y.Month() && x.Day() == y.Day():
		return sameDay(years)
	case years == 0 && (filledIn(x, y) || filledIn(y, x)):
		return "default_day"
	case years == 0 && near(x, y):
		return "near_date"
	case len(differing(x.Compact(), y.Compact())) == 1:
		return "wrong_digit"
	case x.Month() == y.Month() && transposed(x, y):
		return "transposed"
	}
	return "other"
}

func calendar(d citizen.Date) lunar.Date {
	return lunar.Date{Year: d.Year(), Month: d.Month(), Day: d.Day()}
}

// sameDay explains dates of one month and day.
func sameDay(years int) string {
	switch years {
	case 100, -100:
		return "century"
	case 1, 2, 3, -1, -2, -3:
		return "near_year"
	}
	return "other"
}

// filledIn tells whether d may be a day filled in for an unknown one where the other is right.
func filledIn(d, other citizen.Date) bool {
	return d.Month() == 1 && d.Day() == 1 || d.Month() == other.Month() && (d.Day() == 1 || d.Day() == 15)
}

// near tells whether two dates of a year are one month, one day or ten days of the month apart.
func near(x, y citizen.Date) bool {
	months, days := x.Month()-y.Month(), x.Day()-y.Day()
	return days == 0 && months*months == 1 || months == 0 && (days*days == 1 || days*days == 100)
}

// transposed tells whether two neighbouring digits changed places.
func transposed(x, y citizen.Date) bool {
	a, b := x.Compact(), y.Compact()
	places := differing(a, b)
	return len(places) == 2 && places[1] == places[0]+1 && a[places[0]] == b[places[1]] && a[places[1]] == b[places[0]]
}
