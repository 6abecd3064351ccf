package citizen

// Holiday is a day off by law.
type Holiday struct {
	On   Date
	Text Text
}

// statutory holds the public holidays of 2005 to 2008 that the law itself names (全国年节及纪念日放假办法, 1999; from 2008 in the text of 2007). The weekends that
// the yearly notices shift around them are not here: an office sets them in its Calendar.
var statutory = statutoryDays()

func statutoryDays() map[Date]Text {
	days := make(map[Date]Text)
	add := func(text Text, first string, n int) {
		for i := range n {
			days[MustDate(first).AddDays(i)] = text
		}
	}
	newYear, spring := Text{"元旦", "New Year"}, Text{"春节", "Spring Festival"}
	labour, national := Text{"劳动节", "Labour Day"}, Text{"国庆节", "National Day"}
	for _, first := range []string{"2005-01-01", "2006-01-01", "2007-01-01", "2008-01-01"} {
		add(newYear, first, 1)
	}
	for _, first := range []string{"2005-02-09", "2006-01-29", "2007-02-18", "2008-02-06"} {
		add(spring, first, 3)
	}
	for _, first := range []string{"2005-05-01", "2006-05-01", "2007-05-01"} {
		add(labour, first, 3)
	}
	add(labour, "2008-05-01", 1)
	for _, first := range []string{"2005-10-01", "2006-10-01", "2007-10-01", "2008-10-01"} {
		add(national, first, 3)
	}
	add(Text{"清明节", "Qingming"}, "2008-04-04", 1)
	add(Text{"端午节", "Dragon Boat Festival"}, "2008-06-08", 1)
	add(Text{"中秋节", "Mid-Autumn Festival"}, "2008-09-14", 1)
	return days
}

// HolidayOn gives the public holiday of a day.
func HolidayOn(d Date) (Holiday, bool) {
	text, ok := statutory[d]
	return Holiday{d, text}, ok
}

// Calendar is an office's working days: Monday to Friday without public holidays, and what the yearly notices change. The zero value changes nothing.
type Calendar struct {
	Off map[Date]bool // days off besides
	On  map[Date]bool // Saturdays and Sundays on which the office works
}

// Weekday is 0 for Sunday to 6 for Saturday.
func (d Date) Weekday() int { return (d.dayNumber()%7 + 7 + weekdayShift) % 7 }

// weekdayShift makes 2005-09-05 a Monday.
var weekdayShift = (1 - MustDate("2005-09-05").dayNumber()%7 + 7) % 7

// Working tells whether the office works on a day.
func (c Calendar) Working(d Date) bool {
	if c.On[d] {
		return true
	}
	if _, holiday := statutory[d]; holiday || c.Off[d] {
		return false
	}
	return d.Weekday() != 0 && d.Weekday() != 6
}

// Add gives the n-th working day after a day.
func (c Calendar) Add(d Date, n int) Date {
	for n > 0 {
		if d = d.AddDays(1); c.Working(d) {
			n--
		}
	}
	return d
}
