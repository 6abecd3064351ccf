package citizen

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyDate draws a date of the whole range.
func anyDate() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		y, m := rapid.IntRange(minYear, maxYear).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
		return packDate(y, m, rapid.IntRange(1, daysIn(y, m)).Draw(t, "day"))
	})
}

func goTime(d Date) time.Time {
	return time.Date(d.Year(), time.Month(d.Month()), d.Day(), 0, 0, 0, 0, time.UTC)
}

func TestGBT7408_ParseDate(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"basic form", "20050901", "2005-09-01"},
		{"extended form", "2005-09-01", "2005-09-01"},
		{"leap day of a leap year", "20000229", "2000-02-29"},
		{"first day of the range", "18000101", "1800-01-01"},
		{"last day of the range", "9999-12-31", "9999-12-31"},
		{"1900 is no leap year", "19000229", ""},
		{"2001 is no leap year", "20010229", ""},
		{"30 February", "19550230", ""},
		{"31 June", "19550631", ""},
		{"month 13", "19551301", ""},
		{"month 00", "19550001", ""},
		{"day 00", "19550100", ""},
		{"before 1800", "17991231", ""},
		{"empty", "", ""},
		{"mixed form", "2005-0901", ""},
		{"slashes", "2005/09/01", ""},
		{"sign", "+2005901", ""},
		{"full-width digits", "２００５0901", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, err := ParseDate(tc.in)
			if got := d.String(); got != tc.want {
				t.Errorf("ParseDate(%q) = %q, want %q", tc.in, got, tc.want)
			}
			if (err != nil) != (tc.want == "") || err != nil && !errors.Is(err, ErrDate) {
				t.Errorf("ParseDate(%q) error %v", tc.in, err)
			}
		})
	}
}

func TestDateParseCompactPunctuation(t *testing.T) {
	// Eight digits are read in places, so a basic date never contains a dash.
	if _, err := ParseDate("200-0901"); err == nil {
		t.Error("a dash inside the basic form was accepted")
	}
}

func TestGA214_8_AddYearsLeapDay(t *testing.T) {
	for _, tc := range []struct {
		from string
		n    int
		want string
	}{
		{"2004-02-29", 1, "2005-03-01"},
		{"2004-02-29", 4, "2008-02-29"},
		{"2004-02-29", 10, "2014-03-01"},
		{"2004-02-29", 20, "2024-02-29"},
		{"2004-03-27", 10, "2014-03-27"},
		{"2000-02-29", -100, "1900-03-01"},
		{"9999-12-31", 1, ""},
		{"1800-01-01", -1, ""},
	} {
		if got := MustDate(tc.from).AddYears(tc.n).String(); got != tc.want {
			t.Errorf("%s + %d years = %q, want %q", tc.from, tc.n, got, tc.want)
		}
	}
}

func TestGA214_8_AgeOn(t *testing.T) {
	for _, tc := range []struct {
		name, birth, on string
		want            int
	}{
		{"day before the birthday", "1989-09-02", "2005-09-01", 15},
		{"on the birthday", "1989-09-01", "2005-09-01", 16},
		{"born 29 February, common year, 28 February", "1988-02-29", "2005-02-28", 16},
		{"born 29 February, common year, 1 March", "1988-02-29", "2005-03-01", 17},
		{"born 29 February, leap year", "1988-02-29", "2004-02-29", 16},
		{"born today", "2005-09-01", "2005-09-01", 0},
		{"not yet born", "2005-09-02", "2005-09-01", -1},
		{"no birth date", "", "2005-09-01", -1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var birth, on Date
			if err := errors.Join(birth.UnmarshalText([]byte(tc.birth)), on.UnmarshalText([]byte(tc.on))); err != nil {
				t.Fatal(err)
			}
			if got := birth.AgeOn(on); got != tc.want {
				t.Errorf("age = %d, want %d", got, tc.want)
			}
		})
	}
}

func TestDateAddMonthsEndsInsideTheMonth(t *testing.T) {
	for _, tc := range []struct {
		from string
		n    int
		want string
	}{
		{"2005-11-30", 3, "2006-02-28"},
		{"2005-01-31", 1, "2005-02-28"},
		{"2004-01-31", 1, "2004-02-29"},
		{"2005-12-15", 1, "2006-01-15"},
		{"2005-01-15", -1, "2004-12-15"},
		{"9999-12-01", 1, ""},
	} {
		if got := MustDate(tc.from).AddMonths(tc.n).String(); got != tc.want {
			t.Errorf("%s + %d months = %q, want %q", tc.from, tc.n, got, tc.want)
		}
	}
}

func TestDateOfIsTheDayInChina(t *testing.T) {
	for in, want := range map[string]string{
		"2005-08-31T15:59:59Z":      "2005-08-31",
		"2005-08-31T16:00:00Z":      "2005-09-01",
		"2005-09-01T23:00:00+08:00": "2005-09-01",
		"1700-01-01T00:00:00Z":      "",
	} {
		at, err := time.Parse(time.RFC3339, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(at).String(); got != want {
			t.Errorf("DateOf(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestDateArithmeticAgreesWithTimePackage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate().Draw(t, "date"), rapid.IntRange(-50000, 50000).Draw(t, "days")
		want := goTime(d).AddDate(0, 0, n)
		got := d.AddDays(n)
		if want.Year() < minYear || want.Year() > maxYear {
			if !got.IsZero() {
				t.Fatalf("%v %+d days = %v, want no date", d, n, got)
			}
			return
		}
		if goTime(got) != want {
			t.Fatalf("%v %+d days = %v, want %v", d, n, got, want)
		}
		if back := d.DaysUntil(got); back != n {
			t.Fatalf("days from %v to %v = %d, want %d", d, got, back, n)
		}
	})
}

func TestDateYearsAgreeWithTimePackage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate().Draw(t, "date"), rapid.IntRange(-120, 120).Draw(t, "years")
		want := goTime(d).AddDate(n, 0, 0) // time also turns 29 February into 1 March
		got := d.AddYears(n)
		if !got.IsZero() && goTime(got) != want {
			t.Fatalf("%v %+d years = %v, want %v", d, n, got, want)
		}
		if n >= 0 && !got.IsZero() && (d.AgeOn(got) != n || n > 0 && d.AgeOn(got.AddDays(-1)) != n-1) {
			t.Fatalf("age of %v on %v and the day before: %d, %d", d, got, d.AgeOn(got), d.AgeOn(got.AddDays(-1)))
		}
	})
}

func TestDateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, e := anyDate().Draw(t, "date"), anyDate().Draw(t, "other")
		for _, s := range []string{d.String(), d.Compact()} {
			if got, err := ParseDate(s); err != nil || got != d {
				t.Fatalf("ParseDate(%q) = %v, %v", s, got, err)
			}
		}
		text := map[bool]int{d.String() < e.String(): -1, d.String() == e.String(): 0, d.String() > e.String(): 1}[true]
		if d.Compare(e) != text || d.Before(e) != (text < 0) || d.After(e) != (text > 0) {
			t.Fatalf("order of %v and %v is not the order of their texts", d, e)
		}
	})
}

func TestDateInJSONAndSQL(t *testing.T) {
	type row struct {
		D Date `json:"d"`
		E Date `json:"e,omitzero"`
	}
	b, err := json.Marshal(row{D: MustDate("2005-09-01")})
	if err != nil || string(b) != `{"d":"2005-09-01"}` {
		t.Fatalf("JSON %s, %v", b, err)
	}
	var r row
	if err := json.Unmarshal([]byte(`{"d":"","e":"20050901"}`), &r); err != nil || !r.D.IsZero() || r.E != MustDate("2005-09-01") {
		t.Fatalf("from JSON %+v, %v", r, err)
	}
	v, err := r.E.Value()
	if err != nil || v != "2005-09-01" {
		t.Fatalf("Value %v, %v", v, err)
	}
	for _, src := range []any{"2005-09-01", []byte("20050901")} {
		var d Date
		if err := d.Scan(src); err != nil || d != r.E {
			t.Errorf("Scan(%v) = %v, %v", src, d, err)
		}
	}
	for _, src := range []any{nil, "", []byte{}} {
		d := r.E
		if err := d.Scan(src); err != nil || !d.IsZero() {
			t.Errorf("Scan(%v) = %v, %v; want no date", src, d, err)
		}
	}
	for _, src := range []any{20050901, time.Now(), "2005-02-30"} {
		var d Date
		if err := d.Scan(src); !errors.Is(err, ErrDate) {
			t.Errorf("Scan(%v) error %v", src, err)
		}
	}
}

func TestNoDateStaysNoDate(t *testing.T) {
	var none Date
	if none.String() != "" || none.Compact() != "" || !none.AddDays(1).IsZero() || !none.AddYears(1).IsZero() ||
		!none.AddMonths(1).IsZero() || none.DaysUntil(MustDate("2005-09-01")) != 0 || none.Year()+none.Month()+none.Day() != 0 {
		t.Error("no date behaves like a date")
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"20050901", "2005-09-01", "19000229", "", "2005-9-1", "99991231", "二〇〇五"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if !d.IsZero() || !errors.Is(err, ErrDate) {
				t.Fatalf("ParseDate(%q) = %v, %v", s, d, err)
			}
			return
		}
		if s != d.String() && s != d.Compact() {
			t.Fatalf("ParseDate(%q) = %v", s, d)
		}
		if goTime(d).Day() != d.Day() {
			t.Fatalf("%v is no real date", d)
		}
	})
}
