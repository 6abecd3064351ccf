package citizen

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWeekday_AsTheCalendarSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := MustDate("1949-10-01").AddDays(rapid.IntRange(0, 40000).Draw(t, "days"))
		if want := int(time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, time.UTC).Weekday()); d.Weekday() != want {
			t.Fatalf("%s: %d, want %d", d, d.Weekday(), want)
		}
	})
}

func TestCalendar_WeekendsHolidaysAndNotices(t *testing.T) {
	notice := Calendar{Off: map[Date]bool{MustDate("2005-10-04"): true}, On: map[Date]bool{MustDate("2005-10-08"): true}}
	for _, c := range []struct {
		calendar Calendar
		from     string
		days     int
		want     string
	}{
		{Calendar{}, "2005-09-05", 3, "2005-09-08"},
		{Calendar{}, "2005-09-08", 3, "2005-09-13"}, // a weekend between
		{Calendar{}, "2005-09-30", 1, "2005-10-04"}, // National Day
		{notice, "2005-09-30", 1, "2005-10-05"},     // the yearly notice gives one day more
		{notice, "2005-10-07", 1, "2005-10-08"},     // and takes a Saturday
		{Calendar{}, "2006-01-27", 2, "2006-02-02"}, // Spring Festival
		{Calendar{}, "2005-09-05", 0, "2005-09-05"},
	} {
		if got := c.calendar.Add(MustDate(c.from), c.days); got.String() != c.want {
			t.Errorf("%d working days after %s: %s, want %s", c.days, c.from, got, c.want)
		}
	}
	if h, ok := HolidayOn(MustDate("2005-10-02")); !ok || h.Text.EN != "National Day" {
		t.Errorf("%+v", h)
	}
}
