package site

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/event"
)

// Looking is one look-up as an access stream tells it: who, why, how, at what (居民身份证法 (2003) art. 6: the police keep secret what they learn).
type Looking struct {
	At       int64      `json:"at"` // ms UTC
	Unit     event.Unit `json:"unit"`
	Operator string     `json:"operator"` // identifier
	Room     string     `json:"room"`     // register, card, fund
	How      string     `json:"how"`
	Purpose  string     `json:"purpose"`
	Wide     bool       `json:"wide"`            // more than one person was asked for
	Shown    int        `json:"shown"`           // persons or applications that were named; 0 for a wide one
	About    []string   `json:"about,omitempty"` // registrations or applications
	Whom     []string   `json:"whom,omitempty"`  // the names of the first of them, where they are known
	Odd      []string   `json:"odd,omitempty"`   // codes of Oddities
	Name     string     `json:"name,omitempty"`  // of the operator
}

// Oddities are patterns that the reader of an access log looks at first. They accuse nobody: each has an ordinary reason too. The thresholds are the
// office's own (UNCONFIRMED).
var Oddities = []string{OddNight, OddAgain, OddMany, OddLists, OddPurpose}

// The codes.
const (
	OddNight   = "night"   // before seven or after twenty o'clock
	OddAgain   = "again"   // one operator looked at one person's record again and again in a day
	OddMany    = "many"    // an operator looked far more often in a day than colleagues of the area do
	OddLists   = "lists"   // many lists in a day
	OddPurpose = "purpose" // the purpose says nothing
)

const (
	dayBegins  = 7
	dayEnds    = 20
	againFrom  = 8
	listsFrom  = 40
	manyFrom   = 150
	manyTimes  = 4 // times the usual
	fewLetters = 2
)

// MarkOdd marks the look-ups that show an unusual pattern.
func MarkOdd(all []Looking) {
	type key struct{ operator, day, about string }
	again, lists, daily := make(map[key]int), make(map[key]int), make(map[key]int)
	for i := range all {
		l := &all[i]
		day := key{operator: l.Operator, day: dayOf(l.At)}
		daily[day]++
		if l.Wide {
			lists[day]++
		}
		for _, one := range l.About {
			again[key{l.Operator, day.day, one}]++
		}
	}
	usual := median(daily)
	for i := range all {
		l := &all[i]
		day := key{operator: l.Operator, day: dayOf(l.At)}
		hour := time.UnixMilli(l.At).In(shanghai).Hour()
		l.odd(OddNight, hour < dayBegins || hour >= dayEnds)
		l.odd(OddAgain, slices.ContainsFunc(l.About, func(one string) bool { return again[key{l.Operator, day.day, one}] >= againFrom }))
		l.odd(OddMany, daily[day] >= manyFrom && daily[day] >= manyTimes*usual)
		l.odd(OddLists, l.Wide && lists[day] >= listsFrom)
		l.odd(OddPurpose, saysNothing(l.Purpose))
	}
}

func (l *Looking) odd(code string, is bool) {
	if is {
		l.Odd = append(l.Odd, code)
	}
}

var shanghai = time.FixedZone("CST", 8*60*60)

func dayOf(at int64) string { return time.UnixMilli(at).In(shanghai).Format(time.DateOnly) }

func median[K comparable](counts map[K]int) int {
	all := make([]int, 0, len(counts))
	for _, n := range counts {
		all = append(all, n)
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// saysNothing tells whether a purpose has no word in it, or one character over and over.
func saysNothing(purpose string) bool {
	letters := strings.TrimFunc(purpose, func(r rune) bool { return r < 0x80 && (r < 'A' || r > 'z') || r == ' ' })
	if utf8.RuneCountInString(letters) < fewLetters {
		return true
	}
	first, _ := utf8.DecodeRuneInString(letters)
	return strings.Trim(letters, string(first)) == ""
}

// LookingSum is how often somebody looked.
type LookingSum struct {
	Unit     event.Unit `json:"unit"`
	Operator string     `json:"operator"`
	Name     string     `json:"name"`
	Count    int        `json:"count"`
	Persons  int        `json:"persons"` // different ones that were named
	Lists    int        `json:"lists"`
	Odd      int        `json:"odd"`
	Codes    []string   `json:"codes,omitempty"` // of what was odd
}

// SumLooking sums look-ups by operator, the odd ones first.
func SumLooking(all []Looking) []LookingSum {
	sums, persons := make(map[string]*LookingSum), make(map[string]map[string]bool)
	for i := range all {
		l := &all[i]
		s := sums[l.Operator]
		if s == nil {
			s = &LookingSum{Unit: l.Unit, Operator: l.Operator, Name: l.Name}
			sums[l.Operator], persons[l.Operator] = s, make(map[string]bool)
		}
		s.Count++
		if l.Wide {
			s.Lists++
		}
		if len(l.Odd) > 0 {
			s.Odd++
		}
		for _, code := range l.Odd {
			if !slices.Contains(s.Codes, code) {
				s.Codes = append(s.Codes, code)
			}
		}
		for _, one := range l.About {
			persons[l.Operator][one] = true
		}
	}
	out := make([]LookingSum, 0, len(sums))
	for operator, s := range sums {
		s.Persons = len(persons[operator])
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b LookingSum) int {
		return cmp.Or(cmp.Compare(b.Odd, a.Odd), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Operator, b.Operator))
	})
	return out
}
