package citizen

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestGB11643_1989_Conversions(t *testing.T) {
	rows := readTable(t, "fifteen.csv")
	if len(rows) != 9 {
		t.Fatalf("%d conversions, want 9", len(rows))
	}
	for _, r := range rows {
		t.Run(r[0]+" "+r[4], func(t *testing.T) {
			n, findings, err := FromFifteen(r[1], Date{})
			if err != nil || string(n) != r[3] || len(findings) != 0 {
				t.Errorf("by rule: %q, %v, %v; want %q", n, findings, err, r[3])
			}
			if string(n[6:8]) != r[2] {
				t.Errorf("century %s, want %s", n[6:8], r[2])
			}
			n, findings, err = FromFifteen(r[1], Number(r[3]).Birth())
			if err != nil || string(n) != r[3] || len(findings) != 0 {
				t.Errorf("by register: %q, %v, %v; want %q", n, findings, err, r[3])
			}
		})
	}
}

func TestGB11643_1989_Refusals(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		birth    string
		want     Class
	}{
		{"month 13", "220102561307941", "", ClassBadDate},
		{"14 digits", "22010255060794", "", ClassBadLength},
		{"18 characters", "220102195506079417", "", ClassBadLength},
		{"letter in the last place", "22010255060794X", "", ClassBadCharacter},
		{"1900 is no leap year", "220102000229941", "", ClassBadDate},
		{"by rule born after 1 October 1999", "220102991001941", "", ClassBadDate},
		{"registered in 2005", "220102050607941", "2005-06-07", ClassBadDate},
		{"empty", "", "", ClassBadLength},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var birth Date
			if err := birth.UnmarshalText([]byte(tc.birth)); err != nil {
				t.Fatal(err)
			}
			n, _, err := FromFifteen(tc.in, birth)
			if n != "" || !errors.Is(err, &NumberError{Class: tc.want}) {
				t.Errorf("FromFifteen(%q) = %q, %v; want %s", tc.in, n, err, tc.want)
			}
		})
	}
}

func TestGB11643_1989_CenturyOfTheRegister(t *testing.T) {
	n, findings, err := FromFifteen("220122950506941", MustDate("1895-05-06"))
	if err != nil || n[6:14] != "18950506" {
		t.Fatalf("%q, %v", n, err)
	}
	if len(findings) != 1 || findings[0].Class != ClassCentury || findings[0].Action != Warn {
		t.Errorf("findings %+v", findings)
	}
	n, findings, err = FromFifteen("220122950506941", Date{})
	if err != nil || n[6:14] != "19950506" || len(findings) != 1 || findings[0].Action != Note {
		t.Errorf("without the register: %q, %+v, %v", n, findings, err)
	}
	n, findings, err = FromFifteen("220122850412999", MustDate("1985-04-12"))
	if err != nil || n[6:14] != "19850412" || len(findings) != 1 || findings[0].Class != ClassCentury {
		t.Errorf("sequence 999 of a child: %q, %+v, %v", n, findings, err)
	}
}

func TestGB11643_1989_AnotherRegisteredBirth(t *testing.T) {
	n, findings, err := FromFifteen("220102550607941", MustDate("1955-07-06"))
	if err != nil || string(n) != "220102195506079417" {
		t.Fatalf("%q, %v", n, err)
	}
	if len(findings) != 1 || findings[0].Class != ClassCrossBirth || findings[0].Action != Warn {
		t.Errorf("findings %+v", findings)
	}
}

func TestGB11643_1989_ShortAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(0, MustDate("1880-01-01").DaysUntil(fifteenEnd)-1).Draw(t, "days")
		birth := MustDate("1880-01-01").AddDays(days)
		want, err := NewNumber("220102", birth, rapid.IntRange(1, 999).Draw(t, "sequence"))
		if err != nil {
			t.Fatal(err)
		}
		short := string(want[:6] + want[8:17])
		got, _, err := FromFifteen(short, birth)
		if err != nil || got != want {
			t.Fatalf("%s with the registered birth: %s, %v; want %s", short, got, err, want)
		}
	})
}

func FuzzFromFifteen(f *testing.F) {
	for _, r := range readTable(f, "fifteen.csv") {
		f.Add(r[1], "")
		f.Add(r[1], "1895-05-06")
	}
	f.Add("22010255060794X", "")
	f.Fuzz(func(t *testing.T, s, registered string) {
		var birth Date
		if birth.UnmarshalText([]byte(registered)) != nil {
			return
		}
		n, _, err := FromFifteen(s, birth)
		if err != nil {
			var ne *NumberError
			if n != "" || !errors.As(err, &ne) || ne.Text.IsZero() {
				t.Fatalf("FromFifteen(%q) = %q, %v", s, n, err)
			}
			return
		}
		if again, err := ParseNumber(string(n)); err != nil || again != n {
			t.Fatalf("FromFifteen(%q) = %q: %v", s, n, err)
		}
		if short := normaliseNumber(s); short != string(n[:6]+n[8:17]) {
			t.Fatalf("FromFifteen(%q) = %q", s, n)
		}
	})
}
