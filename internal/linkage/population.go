package linkage

import "unsafe"

// Record is one registration packed into 32 bytes. 0 in a part means missing.
type Record struct {
	Number uint64 // kind 2 bits (0 none, 1 of 15 digits, 2 of 18, 3 of 18 with a wrong check character), century 2, region 24, year 8, month 8, day 8, sequence 12: in BCD
	Name   uint64 // three characters of 16 bits, or 48 bits of digest for longer names; birthplace 16: province 6, county's digest 10
	Birth  uint64 // date 20 bits, sex 2, flags 10, household's digest 32
	Where  uint64 // address' digest 32, mother's number's digest 32
}

// recordBytes is the size that the layout promises.
const recordBytes = 32

var _ [recordBytes]byte = [unsafe.Sizeof(Record{})]byte{}

// Population is a set of packed registrations, numbered as they were added.
type Population struct {
	records                        []Record
	father, spouse, street, sounds []uint32
	long                           map[int32][]uint16 // characters of names longer than three
	former                         map[int32][]uint16 // characters of former names
	ids                            []byte
	idEnds                         []uint32
}

// NewPopulation makes an empty population with room for so many registrations.
func NewPopulation(capacity int) *Population { panic("later") }

// Add packs one registration and returns its record number.
func (p *Population) Add(t *Text) int32 { panic("later") }

// AddAll packs many, by so many workers, in their order.
func (p *Population) AddAll(texts []Text, workers int) { panic("later") }

// Len is the number of registrations.
func (p *Population) Len() int { return len(p.records) }

// ID is the identifier of a record, as given.
func (p *Population) ID(i int32) string { panic("later") }

// Find returns the number of the first record of an identifier. It reads all identifiers: for many, make a map.
func (p *Population) Find(id string) (int32, bool) { panic("later") }

// Bytes is how much memory the population takes.
func (p *Population) Bytes() int64 { panic("later") }
