package linkage

// Feature is one item that is compared.
type Feature uint8

// The features, in the order of a waterfall. Each is weighed given those before it where they depend: the number given the birth date (it contains the date), the
// name given whether the dates agree, everything given whether the two are of one family.
const (
	Family     Feature = iota // parents' numbers and household: relatives share name, place and address, so that these are weighed otherwise among them
	Date                      // birth date
	Number                    // citizen number, given the level of Date
	Name                      // name, given Date and Family
	Sex                       //
	Birthplace                //
	Spouse                    // number of the spouse
	Address                   //
	FeatureCount
)

// String is the feature's stable code.
func (f Feature) String() string { return features[f].code }

// Levels are the stable codes of the feature's levels, by Level.
func (f Feature) Levels() []string { return features[f].levels }

// Level is how far the values of a feature agree: an index into Feature.Levels.
type Level uint8

// The levels of Family.
const (
	FamilyParents   Level = iota // a parent's number equal, the other not different
	FamilyHalf                   // one parent's number equal, the other different
	FamilyHousehold              // the same household
	FamilyNear                   // a parent's number but for one digit or two neighbouring ones exchanged, the other not different
	FamilyDifferent              // a parent's number different
	FamilyMissing                // nothing to compare
)

// The levels of Date.
const (
	DateEqual     Level = iota
	DateSwapped         // day and month exchanged
	DateLunar           // one is the other's lunar date
	DatePart            // the same year, and the same month or day
	DateDigit           // one digit
	DateYear            // the same month and day, the year within two, off by one digit or by a century
	DateFive            // within five years
	DateDifferent       //
	DateMissing         //
)

// The levels of Number.
const (
	NumberEqual      Level = iota
	NumberDigit            // one digit
	NumberTransposed       // two neighbouring digits exchanged
	NumberRegion           // birth and sequence equal, region differs
	NumberSequence         // region and birth equal, sequence differs
	NumberFew              // two or three digits
	NumberDifferent        //
	NumberMissing          //
)

// The levels of Name.
const (
	NameExact       Level = iota
	NameFormer            // one's name is the other's former name
	NameSound             // all characters sound the same
	NameShape             // one differs and looks alike, or cannot be read
	NameNearSound         // one differs and sounds nearly the same
	NameOne               // one of several characters of the given name differs
	NameSurname           // only the surname differs
	NameOrder             // the given name's characters in another order
	NameDropped           // one has a character more
	NameSurnameOnly       // only the surname agrees
	NameDifferent         //
	NameMissing           //
)

// The levels of Sex.
const (
	SexEqual Level = iota
	SexDifferent
	SexMissing
)

// The levels of Birthplace.
const (
	BirthplaceCounty Level = iota
	BirthplaceProvince
	BirthplaceDifferent
	BirthplaceMissing
)

// The levels of Spouse.
const (
	SpouseEqual Level = iota
	SpouseNear        // one digit, or two neighbouring ones exchanged
	SpouseDifferent
	SpouseMissing
)

// The levels of Address.
const (
	AddressEqual  Level = iota
	AddressStreet       // the same street or village
	AddressDifferent
	AddressMissing
)

var features = [FeatureCount]struct {
	code   string
	levels []string
}{
	Family:     {"family", []string{"parents", "half", "household", "near", "different", "missing"}},
	Date:       {"date", []string{"equal", "swapped", "lunar", "part", "digit", "year", "five", "different", "missing"}},
	Number:     {"number", []string{"equal", "digit", "transposed", "region", "sequence", "few", "different", "missing"}},
	Name:       {"name", []string{"exact", "former", "sound", "shape", "near_sound", "one", "surname", "order", "dropped", "surname_only", "different", "missing"}},
	Sex:        {"sex", []string{"equal", "different", "missing"}},
	Birthplace: {"birthplace", []string{"county", "province", "different", "missing"}},
	Spouse:     {"spouse", []string{"equal", "near", "different", "missing"}},
	Address:    {"address", []string{"equal", "street", "different", "missing"}},
}
