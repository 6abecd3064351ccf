package linkage

import (
	"cmp"
	"slices"
)

// Queue lists the pairs in the order in which people look at them: in that of the file, and after all others the multiple births, family by family. A family is whoever
// such pairs or one household tie together; families stand in the order of their first member.
func (r *Result) Queue(p *Population) []Pair {
	var others, births []Pair
	for _, pair := range r.Pairs {
		if pair.Class == MultipleBirth {
			births = append(births, pair)
		} else {
			others = append(others, pair)
		}
	}
	family := families(p, births)
	slices.SortStableFunc(births, func(a, b Pair) int { return cmp.Compare(family.find(a.A), family.find(b.A)) })
	return append(others, births...)
}

// families ties together the records of each family.
func families(p *Population, births []Pair) groups {
	tied, homes := make(groups), make(map[uint32]int32)
	tie := func(a, b int32) {
		a, b = tied.find(a), tied.find(b)
		tied[max(a, b)] = min(a, b)
	}
	for _, pair := range births {
		tie(pair.A, pair.B)
		for _, n := range [2]int32{pair.A, pair.B} {
			home := p.records[n].household()
			if first, known := homes[home]; known && home != 0 {
				tie(n, first)
			} else {
				homes[home] = n
			}
		}
	}
	return tied
}
