package reconcile

import "slices"

// Source is one of the five records, in the order of the agreement code.
type Source uint8

// The sources.
const (
	Form     Source = iota // 常住人口登记表
	Booklet                // 户口簿
	Card                   // 居民身份证
	Computer               // 微机
	Citizen                // 本人申报
	SourceCount
)

var sourceNames = [SourceCount]string{"form", "booklet", "card", "computer", "citizen"}

// String is the name of the source in files and entries; empty for a value that is none.
func (s Source) String() string {
	if s >= SourceCount {
		return ""
	}
	return sourceNames[s]
}

// SourceNamed finds a source by its name.
func SourceNamed(name string) (Source, bool) {
	i := slices.Index(sourceNames[:], name)
	return Source(max(i, 0)), i >= 0
}

// Sources is a set of sources: bit s stands for source s.
type Sources uint8

// AllSources is the set of all five.
const AllSources Sources = 1<<SourceCount - 1

// Has tells whether a source is in the set.
func (m Sources) Has(s Source) bool { return m>>s&1 == 1 }

// Item is one item of a registration that is compared.
type Item uint8

// The items, in the order in which differences are listed.
const (
	Number Item = iota
	Name
	FormerName
	BirthDate
	Address
	Birthplace
	NativePlace
	Occupation
	Workplace
	FatherNumber
	MotherNumber
	SpouseNumber
	HouseholdNo
	Sex
	EthnicGroup
	Relation
	MaritalStatus
	Education
	ItemCount
)

// textItems are those that a Row holds as a hash: all from Name to HouseholdNo. The rest are codes.
const textItems = int(HouseholdNo - Name + 1)

var itemNames = [ItemCount]string{"number", "name", "former_name", "birth_date", "address", "birthplace", "native_place", "occupation", "workplace", "father_number",
	"mother_number", "spouse_number", "household_no", "sex", "ethnic_group", "relation", "marital_status", "education"}

// String is the name of the item in entries and in output; empty for a value that is none.
func (i Item) String() string {
	if i >= ItemCount {
		return ""
	}
	return itemNames[i]
}

// ItemNamed finds an item by its name.
func ItemNamed(name string) (Item, bool) {
	i := slices.Index(itemNames[:], name)
	return Item(max(i, 0)), i >= 0
}

// Items is a set of items: bit i stands for item i.
type Items uint32

// AllItems is the set of all items.
const AllItems Items = 1<<ItemCount - 1

// Has tells whether an item is in the set.
func (m Items) Has(i Item) bool { return m>>i&1 == 1 }

// kin are numbers of other people.
func (i Item) isNumber() bool {
	return i == Number || i == FatherNumber || i == MotherNumber || i == SpouseNumber
}

// atBirth are the items of the original birth entry: what was written down at birth and does not change by living on.
const atBirth = Items(1<<Number | 1<<Name | 1<<BirthDate | 1<<Sex | 1<<EthnicGroup | 1<<Birthplace | 1<<NativePlace | 1<<FatherNumber | 1<<MotherNumber)
