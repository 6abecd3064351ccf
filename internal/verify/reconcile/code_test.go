package reconcile

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCodes_203(t *testing.T) {
	seen := make(map[string]bool)
	for c := range CodeCount {
		text := Code(c).String()
		if len(text) != 5 || seen[text] {
			t.Fatalf("code %d is %q", c, text)
		}
		seen[text] = true
		if Code(c).Differs() != strings.ContainsAny(text, "2") {
			t.Errorf("%s: differs %v", text, Code(c).Differs())
		}
	}
	if codeTexts[0] != "00000" || !slices.IsSorted(codeTexts[:]) {
		t.Error(codeTexts[:3])
	}
	if Code(203).String() != "" {
		t.Error("there is no code 203")
	}
}

func drawValues(t *rapid.T) (values [SourceCount]string, present Sources) {
	for s := range values {
		values[s] = rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e"}).Draw(t, "value")
	}
	return values, Sources(rapid.IntRange(0, int(AllSources)).Draw(t, "present"))
}

// A code is a restricted-growth string: each digit is 0 or at most one more than all before it; digits are equal where values are.
func TestCodeOf_RestrictedGrowth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, present := drawValues(t)
		code := CodeOf(&values, present).String()
		most := byte('0')
		for s := range SourceCount {
			if (code[s] == '0') == present.Has(s) {
				t.Fatalf("%s: source %d is there: %v", code, s, present.Has(s))
			}
			if code[s] > most+1 {
				t.Fatalf("%s does not grow by one", code)
			}
			most = max(most, code[s])
			for o := range SourceCount {
				if present.Has(s) && present.Has(o) && (code[s] == code[o]) != (values[s] == values[o]) {
					t.Fatalf("%s of %q", code, values)
				}
			}
		}
	})
}

// Exchanging the sources exchanges the code’s digits, up to the names of the groups.
func TestCodeOf_PermutingSources(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, present := drawValues(t)
		order := rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(t, "order")
		var moved [SourceCount]string
		var there Sources
		for to, from := range order {
			moved[to] = values[from]
			if present.Has(Source(from)) {
				there |= 1 << to
			}
		}
		a, b := CodeOf(&values, present), CodeOf(&moved, there)
		for i, from := range order {
			for k, other := range order {
				if (a.Group(Source(from)) == a.Group(Source(other))) != (b.Group(Source(i)) == b.Group(Source(k))) || (a.Group(Source(from)) == 0) != (b.Group(Source(i)) == 0) {
					t.Fatalf("%s and %s by %v", a, b, order)
				}
			}
		}
	})
}
