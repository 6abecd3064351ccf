package reconcile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Change is a recorded legal change of one item of one person.
type Change struct {
	Item   Item
	Before string
	After  string
	On     citizen.Date
}

// Facts is what is known of a person besides the values of one item.
type Facts struct {
	Sex         string       // as most records have it
	Birth       citizen.Date // as most records have it
	Numbers     []string     // the person's own, as the records have them
	Relatives   []string     // numbers of father, mother and spouse
	FormerNames []string
	Changes     []Change // in the order in which they took place
}

// Explanation is why one value differs from another.
type Explanation struct {
	Code   string       `json:"code"`             // one of Explanations
	Place  int          `json:"place,omitempty"`  // the place of a number in which they differ, from 1
	Proved bool         `json:"proved,omitempty"` // the check character proves which of the two is wrong
	On     citizen.Date `json:"on,omitzero"`      // the day of the change
}

// Explain says how value differs from what is taken for right. It is empty for equal ones.
func Explain(item Item, right, value string, f *Facts) Explanation {
	if right == value {
		return Explanation{}
	}
	if e, ok := changed(item, right, value, f.Changes); ok {
		return e
	}
	switch {
	case right == "" || value == "":
		return Explanation{Code: "missing"}
	case standsIn(item, right) != standsIn(item, value):
		return Explanation{Code: "placeholder"}
	case item.isNumber():
		return explainNumber(item, right, value, f)
	case fold(right) == fold(value):
		return Explanation{Code: "width_blank"}
	case hasPrivate(right) || hasPrivate(value):
		return Explanation{Code: "private_use"}
	}
	switch item {
	case BirthDate:
		return Explanation{Code: explainDate(right, value)}
	case Name, FormerName:
		return Explanation{Code: explainName(right, value, f.FormerNames)}
	case Address, Birthplace, NativePlace, Workplace:
		return Explanation{Code: explainPlace(right, value)}
	}
	return Explanation{Code: contained(right, value)}
}

// standsIn tells whether a value was filled in because the right one was not known.
func standsIn(item Item, value string) bool {
	switch {
	case item.isNumber():
		row := Row{Number: packNumber(value, false)}
		return row.Number != 0 && row.Number>>numberShift != 0 && row.key() == 0
	case item == Name:
		return slices.Contains(PlaceholderNames, value) || strings.HasPrefix(value, "某某") || strings.HasSuffix(value, "之子") || strings.HasSuffix(value, "之女")
	}
	return false
}

// changed finds the recorded change of which one value is the state before and the other after.
func changed(item Item, right, value string, changes []Change) (Explanation, bool) {
	for i := len(changes) - 1; i >= 0; i-- {
		c := &changes[i]
		if c.Item != item || c.Before == c.After || !(c.Before == value && c.After == right || c.Before == right && c.After == value) {
			continue
		}
		if item == Address {
			return Explanation{Code: "stale_address", On: c.On}, true
		}
		return Explanation{Code: "legal_change", On: c.On}, true
	}
	return Explanation{}, false
}

// contained is the last resort: one is part of the other, or they just differ.
func contained(a, b string) string {
	if strings.Contains(a, b) || strings.Contains(b, a) {
		return "part"
	}
	return "other"
}

// fold takes blanks and marks without shape out and full-width signs to half width.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] > ' ' && s[i] < 0x7f
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1
		case r >= '！' && r <= '～':
			return r - ('！' - '!')
		}
		return r
	}, s)
}

func hasPrivate(s string) bool { return strings.ContainsFunc(s, citizen.PrivateUse) }

// Numbers

func explainNumber(item Item, right, value string, f *Facts) Explanation {
	a, b := plainNumber(right), plainNumber(value)
	if a == b {
		if fold(right) == fold(value) {
			return Explanation{Code: "width_blank"}
		}
		return Explanation{Code: "other_sign"}
	}
	if item == Number && slices.Contains(f.Relatives, b) {
		return Explanation{Code: "relative_number"}
	}
	if len(a) == 15 && len(b) == 18 {
		a, b = b, a
	}
	switch {
	case len(a) == 18 && len(b) == 15:
		return explainFifteen(a, b)
	case len(a) != 18 || len(b) != 18:
		return Explanation{Code: "other"}
	}
	return explainEighteen(a, b)
}

// explainFifteen compares 18 characters with 15: the century and the check character are not in the latter.
func explainFifteen(long, short string) Explanation {
	places := differing(long[:6]+long[8:17], short)
	switch len(places) {
	case 0:
		return Explanation{Code: "fifteen"}
	case 1:
		place := places[0] + 1
		if place > 6 {
			place += 2
		}
		return Explanation{Code: "wrong_digit", Place: place}
	}
	return Explanation{Code: "other_number"}
}

func explainEighteen(a, b string) Explanation {
	places := differing(a, b)
	validA, validB := proper(a), proper(b)
	proved := validA != validB
	switch n := places[0]; {
	case len(places) == 1 && proved:
		return Explanation{Code: "wrong_digit_proved", Place: n + 1, Proved: true}
	case len(places) == 1:
		return Explanation{Code: "wrong_digit", Place: n + 1}
	case len(places) == 2 && places[1] == n+1 && a[n] == b[n+1] && a[n+1] == b[n]:
		return Explanation{Code: "transposed", Place: n + 1, Proved: proved}
	case a[:6] == b[:6] && a[6:8] != b[6:8] && a[8:17] == b[8:17]:
		return Explanation{Code: "century"}
	case a[6:17] == b[6:17]:
		return Explanation{Code: "old_division"}
	case a[:14] == b[:14]:
		return Explanation{Code: "other_sequence"}
	case a[:6] == b[:6] && validA && validB:
		return Explanation{Code: "other_birth"}
	}
	return Explanation{Code: "other_number"}
}

// differing lists the places in which two texts of one length differ.
func differing(a, b string) (places []int) {
	for i := range len(a) {
		if a[i] != b[i] {
			places = append(places, i)
		}
	}
	return places
}

// proper tells whether a number is right in itself: form, check character and a date that exists.
func proper(number string) bool {
	_, err := citizen.ParseNumber(number)
	return err == nil
}
