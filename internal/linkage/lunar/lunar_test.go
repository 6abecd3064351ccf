package lunar

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const digest = "3e8a6cc440f73e595d1017230c224920e8fb6449ae35442e7459683a6382d876"

// Days whose lunar date everybody knows: new years, mid-autumns, leap months, the twelfth month of a year that ends in the next, and the ends of the table.
func TestKnownDays(t *testing.T) {
	for _, c := range []struct {
		name         string
		lunar, solar Date
		leap         bool
	}{
		{"new year 1900", Date{1900, 1, 1}, Date{1900, 1, 31}, false},
		{"new year 2000", Date{2000, 1, 1}, Date{2000, 2, 5}, false},
		{"new year 2026", Date{2026, 1, 1}, Date{2026, 2, 17}, false},
		{"mid-autumn 1949, a leap seventh month before it", Date{1949, 8, 15}, Date{1949, 10, 6}, false},
		{"mid-autumn 1978: in 1978 the south kept another day", Date{1978, 8, 15}, Date{1978, 9, 17}, false},
		{"leap fourth month 2020", Date{2020, 4, 1}, Date{2020, 5, 23}, true},
		{"its plain fourth month", Date{2020, 4, 1}, Date{2020, 4, 23}, false},
		{"leap eleventh month 2033", Date{2033, 11, 1}, Date{2033, 12, 22}, true},
		{"leap tenth month 1984", Date{1984, 10, 1}, Date{1984, 11, 23}, true},
		{"last day of 1955", Date{1955, 12, 30}, Date{1956, 2, 11}, false},
		{"first day of the table", Date{1880, 1, 1}, Date{1880, 2, 10}, false},
		{"new year 2100", Date{2100, 1, 1}, Date{2100, 2, 9}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := Solar(c.lunar, c.leap); !ok || got != c.solar {
				t.Errorf("Solar(%v, %v) = %v, %v", c.lunar, c.leap, got, ok)
			}
			if got, leap, ok := Lunar(c.solar); !ok || got != c.lunar || leap != c.leap {
				t.Errorf("Lunar(%v) = %v, %v, %v", c.solar, got, leap, ok)
			}
		})
	}
}

func TestNoSuchDate(t *testing.T) {
	for _, c := range []struct {
		d    Date
		leap bool
	}{
		{Date{1879, 12, 1}, false}, {Date{2101, 1, 1}, false}, {Date{2000, 13, 1}, false}, {Date{2000, 0, 1}, false}, {Date{2000, 1, 0}, false},
		{Date{2000, 1, 31}, false}, {Date{2000, 1, 1}, true}, {Date{2000, 4, 1}, true}, {Date{1956, 12, 31}, false},
	} {
		if got, ok := Solar(c.d, c.leap); ok {
			t.Errorf("Solar(%v, %v) = %v", c.d, c.leap, got)
		}
	}
	for _, d := range []Date{{1880, 2, 9}, {2001, 2, 29}, {2000, 13, 1}, {0, 0, 0}} {
		if got, _, ok := Lunar(d); ok {
			t.Errorf("Lunar(%v) = %v", d, got)
		}
	}
}

// Both ways lead back, and a lunar year is as long as the way to the next new year.
func TestBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := time.Date(1880, 2, 10, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 80_700).Draw(t, "day"))
		d := civil(day)
		l, leap, ok := Lunar(d)
		if !ok {
			t.Fatalf("%v has no lunar date", d)
		}
		if back, ok := Solar(l, leap); !ok || back != d {
			t.Fatalf("%v -> %v %v -> %v", d, l, leap, back)
		}
	})
	for year := firstYear; year < lastYear; year++ {
		w := years[year-firstYear]
		length := 0
		for i := range months(w) {
			length += days(w, i)
		}
		first, _ := Solar(Date{year, 1, 1}, false)
		next, _ := Solar(Date{year + 1, 1, 1}, false)
		between := time.Date(next.Year, time.Month(next.Month), next.Day, 0, 0, 0, 0, time.UTC).Sub(time.Date(first.Year, time.Month(first.Month), first.Day, 0, 0, 0, 0, time.UTC))
		if int(between.Hours()/24) != length {
			t.Errorf("%d has %d days, but the next year begins after %v", year, length, between)
		}
	}
}

// Years in which tables of others go wrong, because two moments lie close together at midnight or a leap month depends on an hour: their leap months as the almanacs of
// the time had them.
func TestLeapMonths(t *testing.T) {
	for year, month := range map[int]int{1903: 5, 1906: 4, 1909: 2, 1911: 6, 1914: 5, 1917: 2, 1919: 7, 1922: 5, 1925: 4, 1928: 2, 1930: 6, 1933: 5, 1936: 3, 1938: 7, 1941: 6,
		1944: 4, 1947: 2, 1949: 7, 1952: 5, 1955: 3, 1957: 8, 1960: 6, 1963: 4, 1966: 3, 1968: 7, 1971: 5, 1974: 4, 1976: 8, 1979: 6, 1982: 4, 1984: 10, 1987: 6, 1990: 5,
		1993: 3, 1995: 8, 1998: 5, 2001: 4, 2004: 2, 2006: 7, 2009: 5, 1901: 0, 1954: 0, 1999: 0, 1879: 0, 2101: 0} {
		if got := Leap(year); got != month {
			t.Errorf("%d: leap month %d, want %d", year, got, month)
		}
	}
}

// The table is what tools/lunar wrote, and was compared once, day by day, with a second astronomical program.
func TestDigest(t *testing.T) {
	h := sha256.New()
	if err := binary.Write(h, binary.LittleEndian, years[:]); err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest {
		t.Errorf("the table's digest is %s", got)
	}
}

func TestCounterparts(t *testing.T) {
	got := Counterparts(Date{1949, 7, 3})
	want := []Date{{1949, 7, 28}, {1949, 8, 26}, {1949, 6, 8}}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}
