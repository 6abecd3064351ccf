package linkage

// Parts are what keys and comparison read of one record, unpacked: for measuring beside other programs. 0 is missing, or not to be relied on where the field says so.
type Parts struct {
	Number        uint64 // century 2 bits, region 24, year 8, month 8, day 8, sequence 12: in BCD
	BirthSequence uint64 // of it: all but the region
	Name          uint64 // characters, 16 bits each, the first in the highest; 0 where a character is lost
	Long          bool   // Name is a digest: there are more than three characters
	Surname       uint64
	Given         uint64
	Sound         uint32 // digest of the syllables
	Date          uint32 // year, month 4 bits, day 5
	SureDate      uint32 // 0 where it stands for an unknown one
	Sex           uint64
	Place         uint64 // province, county 10 bits
	Household     uint32 // this and the following: digests
	Address       uint32
	Street        uint32
	Mother        uint32
	Father        uint32
	Spouse        uint32
}

// Parts unpacks a record.
func (p *Population) Parts(i int32) Parts {
	v := p.view(i)
	return Parts{Number: v.number(), BirthSequence: v.Number & (birthMask | sequenceMask), Name: v.readable(), Long: v.Birth&flagLong != 0, Surname: v.surname(), Given: v.given(),
		Sound: v.sound, Date: uint32(v.date()), SureDate: uint32(v.surelyDated()), Sex: v.sex(), Place: v.place(), Household: v.household(), Address: v.address(),
		Street: v.street, Mother: v.mother(), Father: v.father, Spouse: v.spouse}
}
