package linkage

import (
	"math/bits"
	"slices"

	"github.com/huzheng/huzheng/internal/linkage/hanzi"
)

// levels are how far two records agree, by feature.
type levels [FeatureCount]Level

// comparer compares records; it holds the tables so that they are looked up once.
type comparer struct {
	hanzi *hanzi.Tables
	slips *slips
}

func newComparer() *comparer { return &comparer{hanzi.Load(), slipTable()} }

func (c *comparer) compare(a, b *view) (l levels) {
	c.butName(&l, a, b)
	l[Name] = c.name(a, b)
	return l
}

// butName compares all but the names, which take longer than everything else together.
func (c *comparer) butName(l *levels, a, b *view) {
	l[Family] = c.family(a, b)
	l[Date] = dateLevel(a.date(), b.date())
	l[Number] = numberLevel(a.Number, b.Number)
	l[Sex] = sexLevel(a.sex(), b.sex())
	l[Birthplace] = placeLevel(a.place(), b.place())
	l[Spouse] = c.relative(a.spouse, b.spouse)
	l[Address] = addressLevel(a, b)
}

// relative compares two relatives' numbers, by the levels of Spouse.
func (c *comparer) relative(a, b uint32) Level {
	switch {
	case a == 0 || b == 0:
		return SpouseMissing
	case (a^b)&relativeDigits == 0:
		return SpouseEqual
	case c.slips.near(a, b):
		return SpouseNear
	}
	return SpouseDifferent
}

func (c *comparer) family(a, b *view) Level {
	m, f := c.relative(a.mother(), b.mother()), c.relative(a.father, b.father)
	different := m == SpouseDifferent || f == SpouseDifferent
	switch {
	case m == SpouseEqual || f == SpouseEqual:
		if different {
			return FamilyHalf
		}
		return FamilyParents
	case a.household() != 0 && a.household() == b.household():
		return FamilyHousehold
	case different:
		return FamilyDifferent
	case m == SpouseNear || f == SpouseNear:
		return FamilyNear
	}
	return FamilyMissing
}

// kin tells whether a level of Family makes two records relatives.
func kin(family Level) bool { return family <= FamilyHousehold }

func dateLevel(a, b uint64) Level {
	if a == 0 || b == 0 {
		return DateMissing
	}
	if a == b {
		return DateEqual
	}
	ay, am, ad := dateParts(a)
	by, bm, bd := dateParts(b)
	years := max(ay-by, by-ay)
	switch {
	case years == 0 && am == bd && ad == bm:
		return DateSwapped
	case years <= 1 && (lunarDate(a) == b || lunarDate(b) == a):
		return DateLunar
	case years == 0 && (am == bm && oneDigit(ad, bd) || ad == bd && oneDigit(am, bm)):
		return DateDigit
	case years == 0 && (am == bm || ad == bd):
		return DatePart
	case am == bm && ad == bd && (years <= 2 || years == 100 || oneDigit(ay, by)):
		return DateYear
	case years <= 5:
		return DateFive
	}
	return DateDifferent
}

// oneDigit tells whether two different numbers of up to four digits differ in one of them.
func oneDigit(a, b int) bool {
	n := 0
	for range 4 {
		if a%10 != b%10 {
			n++
		}
		a, b = a/10, b/10
	}
	return n == 1
}

// nibbles gives one bit for each digit that is not 0.
func nibbles(x uint64) uint64 {
	x |= x >> 1
	x |= x >> 2
	return x & 0x1111111111111111
}

// numberLevel compares packed numbers. One digit, or two exchanged, are a slip only where a check character is wrong, or was never there and the sequence is equal:
// neighbours in the sequence register are two persons.
func numberLevel(a, b uint64) Level {
	if a == 0 || b == 0 {
		return NumberMissing
	}
	x := (a ^ b) & numberDigits
	if x == 0 {
		return NumberEqual
	}
	different := nibbles(x)
	n := bits.OnesCount64(different)
	if ka, kb := a>>numberShift, b>>numberShift; ka == kindWrongCheck || kb == kindWrongCheck || x&sequenceMask == 0 && (ka == kindFifteen || kb == kindFifteen) {
		if n == 1 {
			return NumberDigit
		}
		if at := bits.TrailingZeros64(different); n == 2 && different == 0x11<<at && a>>at&15 == b>>(at+4)&15 && b>>at&15 == a>>(at+4)&15 {
			return NumberTransposed
		}
	}
	switch {
	case x&^regionMask == 0:
		return NumberRegion
	case x&^sequenceMask == 0:
		return NumberSequence
	case n <= 3:
		return NumberFew
	}
	return NumberDifferent
}

func sexLevel(a, b uint64) Level {
	switch {
	case a == 0 || b == 0:
		return SexMissing
	case a == b:
		return SexEqual
	}
	return SexDifferent
}

func placeLevel(a, b uint64) Level {
	switch {
	case a == 0 || b == 0:
		return BirthplaceMissing
	case a == b, a&1023 == b&1023 && (a>>10 == noProvince || b>>10 == noProvince):
		return BirthplaceCounty
	case a>>10 == b>>10:
		return BirthplaceProvince
	}
	return BirthplaceDifferent
}

func addressLevel(a, b *view) Level {
	switch {
	case a.address() == 0 || b.address() == 0:
		return AddressMissing
	case a.address() == b.address():
		return AddressEqual
	case a.street != 0 && a.street == b.street:
		return AddressStreet
	}
	return AddressDifferent
}

func (c *comparer) name(a, b *view) Level {
	if a.name() == 0 || b.name() == 0 {
		return NameMissing
	}
	if a.name() == b.name() && (a.Birth|b.Birth)&flagUnreadable == 0 {
		return NameExact
	}
	var roomA, roomB [3]uint16
	x, y := a.characters(&roomA), b.characters(&roomB)
	if former := a.former(); former != nil && slices.Equal(former, y) {
		return NameFormer
	}
	if former := b.former(); former != nil && slices.Equal(former, x) {
		return NameFormer
	}
	if a.sound != 0 && a.sound == b.sound {
		return NameSound
	}
	return c.characters(x, y)
}

// characters compares two names that are not equal and do not sound the same.
func (c *comparer) characters(x, y []uint16) Level {
	switch {
	case len(x) == len(y):
		if level := c.sameLength(x, y); level != NameDifferent {
			return level
		}
	case len(x) == len(y)+1 && len(y) > 1 && oneLess(x, y), len(y) == len(x)+1 && len(x) > 1 && oneLess(y, x):
		return NameDropped
	}
	if x[0] == y[0] && x[0] != unreadable {
		return NameSurnameOnly
	}
	return NameDifferent
}

// sameLength is NameDifferent where no more can be said than what the surnames say.
func (c *comparer) sameLength(x, y []uint16) Level {
	differ, at, lost, near := 0, 0, 0, true
	for i := range x {
		switch {
		case x[i] == unreadable || y[i] == unreadable:
			lost++
		case x[i] != y[i]:
			differ, at = differ+1, i
			near = near && c.soundNear(x[i], y[i])
		}
	}
	known := len(x) - lost - differ // characters that are read and equal
	switch {
	case lost > 0 && differ == 0:
		if known == 0 || known == 1 && len(x) > 2 {
			return NameMissing
		}
		return NameShape
	case lost > 0 || len(x) < 2:
		return NameDifferent
	case differ == 1 && at > 0 && c.hanzi.Similar(x[at], y[at]), differ == 1 && len(x) > 2 && c.hanzi.Similar(x[at], y[at]):
		return NameShape
	case near && (known > 0 || len(x) > 1):
		return NameNearSound
	case differ == 1 && at == 0 && len(x) > 2:
		return NameSurname
	case differ == 1 && len(x) > 2:
		return NameOne
	case differ == 2 && len(x) == 3 && x[0] == y[0] && x[1] == y[2] && x[2] == y[1]:
		return NameOrder
	}
	return NameDifferent
}

func (c *comparer) soundNear(a, b uint16) bool {
	x := c.hanzi.Merged(a)
	return x != 0 && x == c.hanzi.Merged(b)
}

// oneLess tells whether the shorter name is the longer one without one of its characters.
func oneLess(longer, shorter []uint16) bool {
	i := 0
	for i < len(shorter) && longer[i] == shorter[i] {
		i++
	}
	return slices.Equal(longer[i+1:], shorter[i:])
}

// twins tells whether two records look like a multiple birth: of one family, or at one address, born on one day, with other names and other sequences. A slip in
// the sequence counts as another: of twins it is the rule. One sequence in two numbers that otherwise differ is chance, as where one twin bears a parent's number. The day is that
// of the registrations or that of the numbers, since either may be wrong. Nobody shares a spouse with a twin, or the whole given name; but in one household two numbers that are both
// right are more than any name.
func twins(l *levels, a, b *view) bool {
	if !kin(l[Family]) && l[Address] != AddressEqual || l[Number] == NumberEqual || l[Spouse] == SpouseEqual {
		return false
	}
	if l[Date] != DateEqual && (l[Number] == NumberMissing || (a.Number^b.Number)&birthMask != 0) {
		return false
	}
	if l[Number] != NumberMissing && l[Number] != NumberDifferent && (a.Number^b.Number)&sequenceMask == 0 {
		return false
	}
	if a.unsuspected() && b.unsuspected() && a.household() != 0 && a.household() == b.household() {
		return true
	}
	return l[Name] > NameFormer && l[Name] != NameSurname
}

// onlyReviewed tells whether a pair is never proposed, however much of it agrees.
func onlyReviewed(l *levels, a, b *view) bool { return twoNumbers(l, a, b) || unknownDate(l, a, b) }

// unknownDate tells whether two records agree in a date that stands for an unknown one, and neither a number, a relative, the household, the address nor a former name ties them. Everybody whose
// date is unknown has that date.
func unknownDate(l *levels, a, b *view) bool {
	return l[Date] == DateEqual && (a.Birth&b.Birth)&flagPlaceholder != 0 && l[Number] == NumberMissing && !kin(l[Family]) && l[Family] != FamilyNear && l[Spouse] > SpouseNear &&
		l[Address] != AddressEqual && l[Name] != NameFormer
}

// twoNumbers tells whether two different numbers of one county that nothing speaks against say that these are two persons, and no relative, household or address says otherwise.
// Name, date and place alone do not outweigh that: in every city there are people who share them.
func twoNumbers(l *levels, a, b *view) bool {
	return (a.Number^b.Number)&regionMask == 0 && l[Number] != NumberEqual && a.unsuspected() && b.unsuspected() && !kin(l[Family]) && l[Family] != FamilyNear && l[Spouse] > SpouseNear && l[Address] != AddressEqual &&
		l[Name] != NameFormer
}
