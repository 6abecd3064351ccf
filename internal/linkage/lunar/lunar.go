// Package lunar turns dates of the lunar calendar (农历) into civil ones and back, for the years 1880 to 2100. Births were often reported by the lunar calendar and
// written down as if they were civil dates. The table is made by tools/lunar; its leap months and month lengths follow GB/T 33661-2017.
package lunar

import "time"

// Date is a day of either calendar: year, month 1 to 12, day 1 to 31 (lunar: 1 to 30).
type Date struct{ Year, Month, Day int }

// The parts of a year's word in the table (tools/lunar).
func leapMonth(w uint32) int   { return int(w >> 13 & 15) }
func newYear(w uint32) int     { return int(w >> 17 & 63) }
func days(w uint32, i int) int { return 29 + int(w>>i&1) }

func months(w uint32) int {
	if leapMonth(w) > 0 {
		return 13
	}
	return 12
}

// Leap returns the month of a lunar year that is followed by a leap month of the same number; 0 for none, and outside the table.
func Leap(year int) int {
	if year < firstYear || year > lastYear {
		return 0
	}
	return leapMonth(years[year-firstYear])
}

// Solar returns the civil date of a lunar one; leap means the leap month of that number. It is false for a date that the calendar does not have, and outside the table.
func Solar(d Date, leap bool) (Date, bool) {
	if d.Year < firstYear || d.Year > lastYear || d.Month < 1 || d.Month > 12 || leap && Leap(d.Year) != d.Month {
		return Date{}, false
	}
	w := years[d.Year-firstYear]
	index := d.Month - 1
	if l := leapMonth(w); leap || l > 0 && d.Month > l {
		index++
	}
	if d.Day < 1 || d.Day > days(w, index) {
		return Date{}, false
	}
	sum := newYear(w) + d.Day
	for i := range index {
		sum += days(w, i)
	}
	return civil(time.Date(d.Year, 1, sum, 0, 0, 0, 0, time.UTC)), true
}

func civil(t time.Time) Date { return Date{t.Year(), int(t.Month()), t.Day()} }

// Lunar returns the lunar date of a civil one, and whether its month is a leap month. ok is false for a date that the civil calendar does not have, and outside the table.
func Lunar(d Date) (l Date, leap, ok bool) {
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	if civil(t) != d {
		return Date{}, false, false
	}
	for _, year := range [2]int{d.Year, d.Year - 1} {
		if year < firstYear || year > lastYear {
			continue
		}
		w := years[year-firstYear]
		if n := int(t.Sub(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)).Hours()/24) - newYear(w); n >= 0 {
			l, leap, ok = count(w, n)
			l.Year = year
			return l, leap, ok
		}
	}
	return Date{}, false, false
}

// count finds the day that follows the lunar new year by n days.
func count(w uint32, n int) (d Date, leap, ok bool) {
	l := leapMonth(w)
	for i := range months(w) {
		if n >= days(w, i) {
			n -= days(w, i)
			continue
		}
		leap = l > 0 && i == l
		d = Date{Month: i + 1, Day: n + 1}
		if l > 0 && i >= l {
			d.Month--
		}
		return d, leap, true
	}
	return Date{}, false, false
}

// Counterparts returns the dates that may stand in another record of somebody born on d when one of the two dates was lunar and written as civil: d read as a
// lunar date (of the plain month, and of the leap month where there is one), and the lunar date of d.
func Counterparts(d Date) (found []Date) {
	for _, leap := range [2]bool{false, true} {
		if s, ok := Solar(d, leap); ok {
			found = append(found, s)
		}
	}
	if l, _, ok := Lunar(d); ok {
		found = append(found, l)
	}
	return found
}
