package linkage

// Key is a rule by which pairs are found: two registrations that have the same value are compared.
type Key uint8

// The keys. None says that a missing, unreadable or placeholder value equals another.
const (
	KeyNumber          Key = iota // citizen number
	KeyNameYear                   // name and year of birth
	KeySoundDay                   // sound of the name, month and day in either order
	KeySurnameBirth               // surname, birth date, sex
	KeyBirthSequence              // birth and sequence part of the number
	KeySoundBirthplace            // sound of the name, birthplace, sex
	KeyMother                     // mother's number
	KeyGivenBirth                 // given name, birth date
	KeyParents                    // father's and mother's number
	KeySpouse                     // spouse's number, sex
	KeyNameLunar                  // name, birth date or its lunar date
	KeyNameDeleted                // name with one character left out, birth date
	KeyHousehold                  // household, given name
	KeyCount
)

var keyCodes = [KeyCount]string{"number", "name_year", "sound_day", "surname_birth", "birth_sequence", "sound_birthplace", "mother", "given_birth", "parents", "spouse",
	"name_lunar", "name_deleted", "household"}

// String is the key's stable code.
func (k Key) String() string { return keyCodes[k] }

// AllKeys are all keys.
const AllKeys KeySet = 1<<KeyCount - 1

// Keys lists the keys of a set, in order.
func (s KeySet) Keys() (keys []Key) {
	for k := range KeyCount {
		if s.has(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

func (s KeySet) has(k Key) bool { return s>>k&1 == 1 }

// keyWidth is how many values a key may give a record.
const keyWidth = 2

// width is how many values this key may give.
func (k Key) width() int {
	if k == KeyNameLunar || k == KeyNameDeleted {
		return keyWidth
	}
	return 1
}

// values are what a key gives a record; 0 is none. Where there are two they differ. A struct is passed in registers; an array would go through memory.
type values struct{ first, second uint64 }

func (v values) list() [keyWidth]uint64 { return [...]uint64{v.first, v.second} }

// has tells whether a value, not 0, is one of them.
func (v values) has(value uint64) bool { return v.first == value || v.second == value }

// join makes one value of two; 0 where one of them is.
func join(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	return mix(a, b)
}

// salted keeps the values of one key from meaning anything to another.
func salted(k Key, v uint64) uint64 { return join(v, uint64(k)+1) }

// of gives a record's values of a key.
func (k Key) of(v *view) (out values) {
	switch k {
	case KeyNumber:
		out.first = v.number()
	case KeyNameYear:
		out.first = join(v.readable(), v.date()>>9)
	case KeySoundDay:
		_, month, day := dateParts(v.surelyDated())
		out.first = join(uint64(v.sound), uint64(min(month, day)<<5|max(month, day)))
	case KeySurnameBirth:
		out.first = join(join(v.surname(), v.surelyDated()), v.sex())
	case KeyBirthSequence:
		out.first = v.Number & (birthMask | sequenceMask)
	case KeySoundBirthplace:
		out.first = join(join(uint64(v.sound), v.place()), v.sex())
	case KeyMother:
		out.first = uint64(v.mother() & relativeDigits)
	case KeyGivenBirth:
		out.first = join(v.given(), v.surelyDated())
	case KeyParents:
		out.first = join(uint64(v.father&relativeDigits), uint64(v.mother()&relativeDigits))
	case KeySpouse:
		out.first = join(uint64(v.spouse&relativeDigits), v.sex())
	case KeyNameLunar:
		out = values{join(v.readable(), v.surelyDated()), join(v.readable(), lunarDate(v.surelyDated()))}
	case KeyNameDeleted:
		out = v.deleted()
	case KeyHousehold:
		out.first = join(uint64(v.household()), v.given())
	}
	return values{salted(k, out.first), salted(k, out.second)}
}

// deleted are the name without its last and without its last but one character, with the date. A name of two characters stands for itself: what is left of one of
// three. (Without the first it is KeyGivenBirth.)
func (v *view) deleted() (out values) {
	date := v.surelyDated()
	if date == 0 || v.Birth&flagUnreadable != 0 {
		return out
	}
	switch n := v.name(); {
	case v.Birth&flagLong != 0:
		var room [longestName]uint16
		name := v.p.long.of(v.index)
		short := append(room[:0], name[:len(name)-1]...)
		out.first = join(packName(short), date)
		short[len(short)-1] = name[len(name)-1]
		out.second = join(packName(short), date)
	case n&0xFFFF == 0:
		if n&0xFFFF0000 != 0 {
			out.first = join(n, date)
		}
	default:
		out.first = join(n&^0xFFFF, date)
		out.second = join(n&^0xFFFFFFFF|n&0xFFFF<<16, date)
	}
	if out.second == out.first {
		out.second = 0
	}
	return out
}

// subKeys is how often an oversize block is divided: by name, then by birth date.
const subKeys = 2

// sub is the value by which the members of an oversize block are divided further; 0 for those who have none. level counts from 0.
func sub(value uint64, level int, v *view) uint64 {
	by := v.readable()
	if level == 1 {
		by = v.surelyDated()
	}
	if by == 0 {
		return 0
	}
	return mix(value, by)
}

// capped are the values of one key that too many registrations have.
type capped map[uint64]bool

// narrow follows a value through the divisions of oversize blocks; 0 when at their end there are still too many.
func (c capped) narrow(value uint64, v *view) uint64 {
	if len(c) == 0 {
		return value
	}
	for level := 0; value != 0 && c[value]; level++ {
		if level == subKeys {
			return 0
		}
		value = sub(value, level, v)
	}
	return value
}

// narrowed are a record's values of a key after the divisions.
func (c capped) narrowed(k Key, v *view) values {
	out := k.of(v)
	if len(c) > 0 {
		out = values{c.narrow(out.first, v), c.narrow(out.second, v)}
	}
	return out
}

// common is the least value that two records have in common, 0 for none. The least one: so that a pair is met once, however many they have.
func (a values) common(b values) (least uint64) {
	if a.second|b.second == 0 {
		if a.first == b.first {
			return a.first
		}
		return 0
	}
	for _, x := range a.list() {
		if x != 0 && b.has(x) && (least == 0 || x < least) {
			least = x
		}
	}
	return least
}
