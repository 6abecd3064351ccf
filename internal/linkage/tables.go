package linkage

// The weights of a feature may depend on others: each feature has a table by what it depends on and by its level.
//
//	family      -
//	date        whether relatives
//	number      whether relatives; level of date
//	name        whether relatives; whether the birth dates are equal, near or far apart
//	sex         whether the names are the same or sound so
//	birthplace  whether relatives; whether the numbers are of one county
//	spouse      -
//	address     whether relatives
//
// Among relatives (a parent's number or the household is equal) name, place and address agree anyway: they count once, as Family, and weigh by what is rare among
// relatives; and their numbers are of one county. Their address weighs nothing: who is registered twice is so at two addresses, and relatives who live apart are no sign of it.

// How far apart the birth dates are, for Name.
const (
	datesEqual   = 0
	datesNear    = 1
	datesFar     = 2
	datesUnknown = 3
	datesKinds   = 4
)

var datesOf = [...]int{DateEqual: datesEqual, DateSwapped: datesNear, DateLunar: datesNear, DatePart: datesNear, DateDigit: datesNear, DateYear: datesNear, DateFive: datesNear,
	DateDifferent: datesFar, DateMissing: datesUnknown}

// Whether the numbers are of one county, as far as the level tells, for Birthplace: people of one county have its code in the number.
const (
	countiesDiffer  = 0
	countiesEqual   = 1
	countiesUnknown = 2
	countiesKinds   = 3
)

var countiesOf = [...]int{NumberEqual: countiesEqual, NumberDigit: countiesEqual, NumberTransposed: countiesEqual, NumberSequence: countiesEqual, NumberMissing: countiesUnknown}

// dateKinds are the levels of Date, for Number.
const dateKinds = int(DateMissing) + 1

// sameName tells whether two names are the same or sound so: then the sexes are the same too, mostly.
func sameName(name Level) bool { return name <= NameSound }

// conditions are how many different conditions a feature's levels may depend on.
var conditions = [FeatureCount]int{1, 2, 2 * dateKinds, 2 * datesKinds, 2, 2 * countiesKinds, 1, 2}

// condition is the one of a feature, given the levels of the others.
func condition(f Feature, l *levels) int {
	relatives := 0
	if kin(l[Family]) {
		relatives = 1
	}
	switch f {
	case Date, Address:
		return relatives
	case Number:
		return relatives*dateKinds + int(l[Date])
	case Birthplace:
		return relatives*countiesKinds + countiesOf[l[Number]]
	case Name:
		return relatives*datesKinds + datesOf[l[Date]]
	case Sex:
		if sameName(l[Name]) {
			return 1
		}
	}
	return 0
}

// conditionName is for people who read a model.
func conditionName(f Feature, c int) string {
	family := [2]string{"strangers", "relatives"}
	switch f {
	case Date, Address:
		return family[c]
	case Number:
		return family[c/dateKinds] + ", date " + Date.Levels()[c%dateKinds]
	case Birthplace:
		return family[c/countiesKinds] + ", " + [countiesKinds]string{"numbers not of one county", "numbers of one county", "a number missing"}[c%countiesKinds]
	case Name:
		return family[c/datesKinds] + ", dates " + [datesKinds]string{"equal", "near", "far", "missing"}[c%datesKinds]
	case Sex:
		return [2]string{"names differ", "names alike"}[c]
	}
	return ""
}

// maxLevels is the most levels that a feature has.
const maxLevels = 12

// table has a number for each level under each condition of one feature.
type table [][maxLevels]float64

// tables are those of all features.
type tables [FeatureCount]table

func newTables() (t tables) {
	for f := range FeatureCount {
		t[f] = make(table, conditions[f])
	}
	return t
}

func (f Feature) levelCount() int { return len(features[f].levels) }

// missing is the level, always the last, at which there is nothing to compare.
func (f Feature) missing() Level { return Level(f.levelCount() - 1) }

// add adds to the entry of each feature that is not left out.
func (t *tables) add(l *levels, amount float64, without FeatureSet) {
	for f := range FeatureCount {
		if !without.has(f) {
			t[f][condition(f, l)][l[f]] += amount
		}
	}
}

// once counts each level half a time more: what was never seen may be.
func (t *tables) once() {
	for f := range FeatureCount {
		for c := range t[f] {
			for level := range f.missing() {
				t[f][c][level] += .5
			}
		}
	}
}

// sum adds two tables.
func (t *tables) sum(other tables) (out tables) {
	out = newTables()
	for f := range out {
		for c := range out[f] {
			for level := range maxLevels {
				out[f][c][level] = t[f][c][level] + other[f][c][level]
			}
		}
	}
	return out
}

// FeatureSet is a set of features, by bit.
type FeatureSet uint16

func setOf(features ...Feature) (s FeatureSet) {
	for _, f := range features {
		s |= 1 << f
	}
	return s
}

func (s FeatureSet) has(f Feature) bool { return s>>f&1 == 1 }

// shares turns counts into shares of each condition, drawn towards a start as if there had been so many more. A missing level has none: it weighs nothing.
func (t *tables) shares(start *tables, weight float64) (out tables) {
	out = newTables()
	for f := range FeatureCount {
		for c := range t[f] {
			sum := weight
			for level := range f.missing() {
				sum += t[f][c][level]
			}
			for level := range f.missing() {
				out[f][c][level] = (t[f][c][level] + weight*start[f][c][level]) / sum
			}
		}
	}
	return out
}

// The pattern of a pair is its levels in one number: what is counted.
var patternCount = func() int {
	n := 1
	for f := range FeatureCount {
		n *= f.levelCount()
	}
	return n
}()

func (l *levels) pattern() int {
	n := 0
	for f := range FeatureCount {
		n = n*f.levelCount() + int(l[f])
	}
	return n
}

func levelsOf(pattern int) (l levels) {
	for f := int(FeatureCount) - 1; f >= 0; f-- {
		n := Feature(f).levelCount()
		l[f] = Level(pattern % n)
		pattern /= n
	}
	return l
}
