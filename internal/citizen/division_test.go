package citizen

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGBT2260_NameOn(t *testing.T) {
	for _, tc := range []struct {
		code     Division
		on, want string
	}{
		{"220105", "1990-01-01", "二道河子区"},
		{"220105", "1995-06-01", "二道区"}, // both hold in the year of change: the later one
		{"220105", "2005-09-01", "二道区"},
		{"220111", "1990-01-01", "郊区"},
		{"220111", "2005-09-01", ""},
		{"220113", "2005-09-01", ""},
		{"220113", "2014-09-01", "九台区"},
		{"220000", "2005-09-01", "吉林省"},
		{"220101", "2005-09-01", "市辖区"},
		{"990101", "2005-09-01", ""},
		{"22010", "2005-09-01", ""},
		{"２20102", "2005-09-01", ""},
	} {
		got, ok := tc.code.NameOn(MustDate(tc.on))
		if got != tc.want || ok != (tc.want != "") || ok != tc.code.InForceOn(MustDate(tc.on)) {
			t.Errorf("%s on %s = %q, %v; want %q", tc.code, tc.on, got, ok, tc.want)
		}
	}
	if got, ok := Division("220105").NameOn(Date{}); !ok || got != "二道区" {
		t.Errorf("last name = %q, %v", got, ok)
	}
}

func TestGBT2260_FullNameOn(t *testing.T) {
	for _, tc := range []struct {
		code     Division
		on, want string
	}{
		{"220102", "2005-09-01", "吉林省长春市南关区"},
		{"110105", "2005-09-01", "北京市朝阳区"}, // 110100 市辖区 is left out
		{"220101", "2005-09-01", "吉林省长春市"},
		{"220100", "2005-09-01", "吉林省长春市"},
		{"220000", "2005-09-01", "吉林省"},
		{"220111", "2005-09-01", "吉林省长春市郊区"}, // abolished: the last name
		{"220184", "2005-09-01", "吉林省长春市公主岭市"},
		{"220107", "2005-09-01", "吉林省长春市"},
		{"", "2005-09-01", ""},
		{"990101", "2005-09-01", ""},
	} {
		if got := tc.code.FullNameOn(MustDate(tc.on)); got != tc.want {
			t.Errorf("%s on %s = %q, want %q", tc.code, tc.on, got, tc.want)
		}
	}
}

func TestGBT2260_LevelAndAncestors(t *testing.T) {
	for code, want := range map[Division]DivisionLevel{
		"220000": ProvinceLevel, "220100": PrefectureLevel, "220102": CountyLevel, "2201": "", "": "", "22010X": "",
	} {
		if got := code.Level(); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	if d := Division("220102"); d.Province() != "220000" || d.Prefecture() != "220100" {
		t.Errorf("ancestors %s, %s", d.Province(), d.Prefecture())
	}
	if d := Division("x"); d.Province() != "" || d.Prefecture() != "" {
		t.Error("a malformed code has ancestors")
	}
}

func TestGBT2260_PseudoCodes(t *testing.T) {
	for code, want := range map[Division]bool{"220101": true, "110100": true, "220102": false, "990101": false} {
		if got := code.Pseudo(); got != want {
			t.Errorf("%s pseudo = %v", code, got)
		}
	}
}

func TestGBT2260_ChangchunIn2005(t *testing.T) {
	for code, name := range map[Division]string{
		"220102": "南关区", "220103": "宽城区", "220104": "朝阳区", "220105": "二道区", "220106": "绿园区",
		"220112": "双阳区", "220122": "农安县", "220181": "九台市", "220182": "榆树市", "220183": "德惠市",
	} {
		if got, ok := code.NameOn(checkingDay); !ok || got != name {
			t.Errorf("%s = %q, %v; want %q", code, got, ok, name)
		}
	}
}

func TestDivisionTablesAreWhole(t *testing.T) {
	rows, codes := 0, 0
	for code, list := range divisions().rows {
		codes++
		rows += len(list)
		for i, r := range list {
			if code < 110000 || code > 999999 || r.name == "" || r.from < firstListYear || r.to < r.from {
				t.Errorf("%d: %+v", code, r)
			}
			if i > 0 && r.from < list[i-1].from {
				t.Errorf("%d: rows out of order", code)
			}
		}
	}
	if rows != 7562 || codes != 7082 {
		t.Errorf("%d rows, %d codes; want 7562, 7082", rows, codes)
	}
}

func TestGBT2260_CountOfCountyUnits(t *testing.T) {
	for year, want := range map[int]int{1984: 2814, 1990: 2833, 2000: 2860, 2005: 2862, 2020: 2842} {
		got := 0
		for code, rows := range divisions().rows {
			// In the year of its end a row holds on paper but not at the year's end.
			name, ok := atYearEnd(rows, year)
			if ok && code%100 != 0 && !pseudoName(name) {
				got++
			}
		}
		if got != want {
			t.Errorf("%d: %d county-level units, want %d", year, got, want)
		}
	}
}

func atYearEnd(rows []divisionRow, year int) (string, bool) {
	for _, r := range rows {
		if r.from <= year && r.to > year {
			return r.name, true
		}
	}
	return "", false
}

func TestDivisionAnyTextIsHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Division(rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{6}`)).Draw(t, "code"))
		on := anyDate().Draw(t, "on")
		name, ok := d.NameOn(on)
		if ok != d.InForceOn(on) || ok && (!d.KnownOn(on) || !d.Known() || name == "") {
			t.Fatalf("%q on %v: %q, %v", d, on, name, ok)
		}
		if full := d.FullNameOn(on); ok && !pseudoName(name) && !strings.HasSuffix(full, name) {
			t.Fatalf("%q on %v: %q does not end in %q", d, on, full, name)
		}
	})
}
