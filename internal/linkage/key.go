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

// Keys lists the keys of a set, in order.
func (s KeySet) Keys() []Key { panic("later") }

// AllKeys are all keys.
const AllKeys KeySet = 1<<KeyCount - 1
