package reconcile

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Propose says which of the values that differ is probably right, and on what ground (one of Grounds); "" and "ask" where nothing tells. It asks in this
// order: a recorded legal change; what a number that proves itself says; the original birth entry, for what is written down at birth; what most records say. Values that were
// filled in for unknown ones do not count.
func Propose(item Item, values *[SourceCount]string, present Sources, f *Facts) (value, ground string) {
	var all []string
	for s := range SourceCount {
		if present.Has(s) && !standsIn(item, values[s]) {
			all = append(all, values[s])
		}
	}
	if v, ok := byChange(item, all, f); ok {
		return v, "legal_change"
	}
	if v, ok := byNumber(item, all, f); ok {
		return v, "check_valid"
	}
	if both := Sources(1<<Form | 1<<Booklet); atBirth.Has(item) && present&both == both && values[Form] == values[Booklet] && values[Form] != "" && !standsIn(item, values[Form]) {
		return values[Form], "birth_entry"
	}
	for _, v := range all {
		n := 0
		for _, o := range all {
			if o == v {
				n++
			}
		}
		if 2*n > len(all) {
			return v, "majority"
		}
	}
	return "", "ask"
}

// byChange takes what the last recorded change made of the item, and the present name where the other is recorded as the former one.
func byChange(item Item, all []string, f *Facts) (string, bool) {
	for i := len(f.Changes) - 1; i >= 0; i-- {
		if c := &f.Changes[i]; c.Item == item && slices.Contains(all, c.After) {
			return c.After, true
		}
	}
	if item != Name || !slices.ContainsFunc(all, func(v string) bool { return slices.Contains(f.FormerNames, v) }) {
		return "", false
	}
	present := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(all))), func(v string) bool { return v == "" || slices.Contains(f.FormerNames, v) })
	if len(present) == 1 {
		return present[0], true
	}
	return "", false
}

// byNumber takes the one number that is right in itself and fits birth date and sex; and for birth date and sex what such a number says, if one value says
// so and all proper numbers of the person do.
func byNumber(item Item, all []string, f *Facts) (string, bool) {
	var right []string
	add := func(v string) {
		if !slices.Contains(right, v) {
			right = append(right, v)
		}
	}
	switch item {
	case Number:
		for _, v := range all {
			if proper(v) && citizen.Number(v).Birth() == f.Birth && string(citizen.Number(v).Sex()) == f.Sex {
				add(v)
			}
		}
	case BirthDate, Sex:
		for _, v := range f.Numbers {
			switch n := citizen.Number(v); {
			case !proper(v):
			case item == Sex:
				add(string(n.Sex()))
			default:
				add(n.Birth().String())
			}
		}
	}
	if len(right) != 1 || !slices.Contains(all, right[0]) {
		return "", false
	}
	return right[0], true
}
