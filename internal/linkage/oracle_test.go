package linkage

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// The oracle compares all pairs of 5,000 registrations as strings, by an ordinary edit distance. It shares nothing with the packed engine: no keys, no levels.
func TestAllPairsOracle(t *testing.T) {
	texts := people(5, 5000)
	p := populate(texts)
	m := StartModel(len(texts))
	r := mustLink(t, p, m, 2)
	kept := make(map[pairID]*Pair, len(r.Pairs))
	for i := range r.Pairs {
		kept[pairOf(r.Pairs[i].A, r.Pairs[i].B)] = &r.Pairs[i]
	}
	certain, compared := 0, 0
	for i := range texts {
		for j := range i {
			a, b := &texts[j], &texts[i]
			name := levenshtein.ComputeDistance(a.Name, b.Name)
			if name > 1 && a.Birth != b.Birth {
				continue // nobody would call these one person
			}
			number := numberDistance(a.Number, b.Number)
			compared++
			oracleLevels(t, p, int32(j), int32(i), number, name)
			alike := sameText(a.Birth, b.Birth) + sameText(a.Birthplace, b.Birthplace) + sameText(a.Mother, b.Mother) + sameText(a.Sex, b.Sex)
			if (name == 0 || name == 1 && utf8.RuneCountInString(a.Name+b.Name) > 5) && number <= 1 && alike >= 2 || name == 0 && alike >= 3 && a.Birth == b.Birth {
				certain++
				if !r.Candidate(p, m, int32(j), int32(i)) {
					t.Errorf("blocking misses %+v and %+v", *a, *b)
				}
				if pair := kept[pairOf(int32(j), int32(i))]; pair == nil {
					t.Errorf("not kept: %+v and %+v: %+v", *a, *b, Explain(p, m, int32(j), int32(i)))
				}
			}
		}
	}
	if certain < 200 || compared < 4000 {
		t.Fatalf("the oracle is sure of %d pairs only, of %d", certain, compared)
	}
}

func sameText(a, b string) int {
	if a != "" && a == b {
		return 1
	}
	return 0
}

// numberDistance is the edit distance of two numbers' first 17 digits; 99 if one is missing.
func numberDistance(a, b string) int {
	if len(a) != 18 || len(b) != 18 {
		return 99
	}
	return levenshtein.ComputeDistance(a[:17], b[:17])
}

// oracleLevels holds the engine's levels against the distances of the strings.
func oracleLevels(t *testing.T, p *Population, a, b int32, number, name int) {
	t.Helper()
	x, y := p.view(a), p.view(b)
	l := newComparer().compare(&x, &y)
	if (number == 0) != (l[Number] == NumberEqual) || (name == 0) != (l[Name] == NameExact) {
		t.Fatalf("distances %d and %d, levels %v", number, name, l)
	}
	switch {
	case number == 99 && l[Number] != NumberMissing, l[Number] == NumberDigit && number != 1, l[Number] == NumberTransposed && number > 2,
		l[Number] == NumberFew && number > 3, number == 1 && (l[Number] == NumberDifferent || l[Number] == NumberMissing):
		t.Fatalf("number distance %d, level %d", number, l[Number])
	}
	switch l[Name] {
	case NameDropped, NameShape, NameOne, NameSurname:
		if name != 1 {
			t.Fatalf("name distance %d, level %d", name, l[Name])
		}
	case NameDifferent, NameSurnameOnly:
		if name == 1 && utf8.RuneCountInString(p.nameOf(a)) > 2 && utf8.RuneCountInString(p.nameOf(b)) > 2 {
			t.Fatalf("one character differs, level %d", l[Name])
		}
	}
}

// nameOf is the packed name as text.
func (p *Population) nameOf(i int32) string {
	var room [3]uint16
	v := p.view(i)
	var b strings.Builder
	for _, c := range v.characters(&room) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// Every pair of records that share a value is met once, whatever the caps; and none else.
func TestWalkMeetsEachPairOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	for _, limit := range []int{2, 3, 7, BlockCap} {
		keys := AllKeys
		if limit == 3 {
			keys = 1<<KeyNameLunar | 1<<KeyNameDeleted // of which one pair may share both values
		}
		texts := people(random.Uint64(), 250)
		for i := range texts {
			if i%3 == 0 {
				texts[i].Name, texts[i].Sex = texts[0].Name, "1"
			}
			if i%6 == 0 {
				texts[i].Birth = texts[0].Birth
			}
		}
		p := populate(texts)
		w := newWalker(p, keys, 3, true, nil)
		w.cap = limit
		seen := make([]*meeting, 3)
		visitors := make([]visitor, 3)
		for i := range visitors {
			seen[i] = &meeting{make(map[pairID]int)}
			visitors[i] = seen[i]
		}
		if err := w.walk(t.Context(), "", visitors, nil); err != nil {
			t.Fatal(err)
		}
		for a := range p.Len() {
			for b := range a {
				x, y := p.view(int32(b)), p.view(int32(a))
				want, got := 0, 0
				if shared(keys, &w.capped, &x, &y) != 0 {
					want = 1
				}
				for _, s := range seen {
					got += s.pairs[pairOf(int32(a), int32(b))]
				}
				if want != got {
					t.Fatalf("cap %d: %+v and %+v are met %d times", limit, texts[a], texts[b], got)
				}
			}
		}
		if divided := len(w.report) > 0; divided != (limit < BlockCap) {
			t.Errorf("cap %d: report %v", limit, w.report)
		}
	}
}

type meeting struct{ pairs map[pairID]int }

func (m *meeting) pair(_ Key, a, b *view) { m.pairs[pairOf(a.index, b.index)]++ }
