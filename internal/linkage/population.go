package linkage

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/huzheng/huzheng/internal/linkage/hanzi"
)

// Record is one registration packed into 48 bytes. 0 in a part means missing. All of it lies together: a record of a pair is somewhere in memory, and is waited for once.
type Record struct {
	Number uint64 // kind 2 bits (0 none, 1 of 15 digits, 2 of 18, 3 of 18 with a wrong check character), century 2, region 24, year 8, month 8, day 8, sequence 12: in BCD
	Name   uint64 // three characters of 16 bits, or 48 bits of digest for longer names; birthplace 16: province 6, county's digest 10
	Birth  uint64 // flags 10 bits, sex 2, date 20, household's digest 32
	Where  uint64 // address' digest 32, mother's number's digest 32

	father, spouse uint32 // numbers, as mother
	street         uint32 // digest of street or village
	sound          uint32 // digest of the name's syllables
}

// recordBytes is the size that the layout promises.
const recordBytes = 48

var _ [recordBytes]byte = [unsafe.Sizeof(Record{})]byte{}

// The flags of Record.Birth.
const (
	flagLong       = 1 << (54 + iota) // the name is longer than three characters
	flagUnreadable                    // a character of the name cannot be read
	flagFormer                        // there is a former name
	flagCancelled
	flagPlaceholder // the date stands for an unknown one
)

func (r *Record) kind() uint64      { return r.Number >> numberShift }
func (r *Record) number() uint64    { return r.Number & numberDigits }
func (r *Record) name() uint64      { return r.Name >> 16 }
func (r *Record) place() uint64     { return r.Name & 0xFFFF }
func (r *Record) date() uint64      { return r.Birth >> 32 & 0xFFFFF }
func (r *Record) sex() uint64       { return r.Birth >> 52 & 3 }
func (r *Record) household() uint32 { return uint32(r.Birth) }
func (r *Record) address() uint32   { return uint32(r.Where >> 32) }
func (r *Record) mother() uint32    { return uint32(r.Where) }

// Population is a set of packed registrations, numbered as they were added.
type Population struct {
	records []Record
	long    names // characters of names longer than three
	former  names // characters of former names
	ids     []byte
	idEnds  []uint32 // from the start of the block of idBlock records
	idStart []uint64 // of each block
}

// idBlock is of how many records the identifiers are counted together: 4 GiB have room for so many of the longest cells.
const idBlock = 1 << 16

// names are characters of some records' names, by record number in ascending order.
type names struct {
	records    []int32
	ends       []uint32
	characters []uint16
}

func (n *names) add(record int32, characters []uint16) {
	n.records = append(n.records, record)
	n.characters = append(n.characters, characters...)
	n.ends = append(n.ends, uint32(len(n.characters)))
}

func (n *names) of(record int32) []uint16 {
	i, ok := slices.BinarySearch(n.records, record)
	if !ok {
		return nil
	}
	start := uint32(0)
	if i > 0 {
		start = n.ends[i-1]
	}
	return n.characters[start:n.ends[i]]
}

func (n *names) bytes() int64 { return int64(4*cap(n.records) + 4*cap(n.ends) + 2*cap(n.characters)) }

// usualID is how many bytes an identifier takes.
const usualID = 17

// NewPopulation makes an empty population with room for so many registrations.
func NewPopulation(capacity int) *Population {
	p := &Population{}
	p.Grow(capacity)
	return p
}

// Grow makes room for so many more registrations, so that adding them moves nothing.
func (p *Population) Grow(n int) {
	p.records, p.idEnds, p.ids = slices.Grow(p.records, n), slices.Grow(p.idEnds, n), slices.Grow(p.ids, usualID*n)
}

// packed is one registration before it has a number.
type packed struct {
	record       Record
	long, former []uint16
}

// NumberBirth is the birth date in a right number, YYYYMMDD, where the registration itself has none; else empty. The number is weighed given the date, so that nothing counts twice.
func (t *Text) NumberBirth() string {
	if n := strings.TrimSpace(t.Number); strings.TrimSpace(t.Birth) == "" && len(n) == 18 && packNumber(n)>>numberShift == kindValid {
		return n[6:14]
	}
	return ""
}

func pack(t *Text) (q packed) {
	var room [2 * longestName]uint16
	name := nameCharacters(t.Name, room[:0])
	flags := uint64(0)
	if slices.Contains(name, unreadable) {
		flags |= flagUnreadable
	}
	if len(name) > 3 {
		flags |= flagLong
		q.long = slices.Clone(name)
	}
	if t.FormerName != "" {
		if former := nameCharacters(t.FormerName, room[longestName:longestName]); len(former) > 1 {
			flags |= flagFormer
			q.former = slices.Clone(former)
		}
	}
	if t.Cancelled {
		flags |= flagCancelled
	}
	date := packDate(cmp.Or(strings.TrimSpace(t.Birth), t.NumberBirth()))
	if placeholderDate(date) {
		flags |= flagPlaceholder
	}
	address, street := packAddress(t.Address)
	q.record = Record{
		Number: packNumber(t.Number),
		Name:   packName(name)<<16 | uint64(packPlace(t.Birthplace)),
		Birth:  flags | packSex(t.Sex)<<52 | date<<32 | uint64(digest32(t.Household)),
		Where:  uint64(address)<<32 | uint64(relativeDigest(t.Mother)),
		father: relativeDigest(t.Father),
		spouse: relativeDigest(t.Spouse),
		street: street,
		sound:  soundDigest(name),
	}
	return q
}

// packName packs characters into 48 bits: up to three as they are, more as a digest.
func packName(name []uint16) uint64 {
	if len(name) > 3 {
		return digestCharacters(name)>>16 | 1
	}
	v := uint64(0)
	for i := range 3 {
		v <<= 16
		if i < len(name) {
			v |= uint64(name[i])
		}
	}
	return v
}

// soundDigest is the digest of a name's syllables without tones; 0 when one is not known, or the name has one character.
func soundDigest(name []uint16) uint32 {
	tables := hanzi.Load()
	if len(name) < 2 {
		return 0
	}
	var room [longestName]uint16
	for i, id := range name {
		if id == unreadable {
			return 0
		}
		if room[i] = tables.Pinyin(id); room[i] == 0 {
			room[i] = id
		}
	}
	return max(1, uint32(digestCharacters(room[:len(name)])>>32))
}

// Add packs one registration and returns its record number.
func (p *Population) Add(t *Text) int32 {
	q := pack(t)
	return p.add(&q, t.ID)
}

func (p *Population) add(q *packed, id string) int32 {
	n := int32(len(p.records))
	p.records = append(p.records, q.record)
	if q.long != nil {
		p.long.add(n, q.long)
	}
	if q.former != nil {
		p.former.add(n, q.former)
	}
	if n%idBlock == 0 {
		p.idStart = append(p.idStart, uint64(len(p.ids)))
	}
	p.ids = append(p.ids, id...)
	p.idEnds = append(p.idEnds, uint32(uint64(len(p.ids))-p.idStart[n/idBlock]))
	return n
}

// AddAll packs many, by so many workers, in their order.
func (p *Population) AddAll(texts []Text, workers int) {
	all := make([]packed, len(texts))
	each(workers, len(texts), func(_, from, to int) {
		for i := from; i < to; i++ {
			all[i] = pack(&texts[i])
		}
	})
	for i := range all {
		p.add(&all[i], texts[i].ID)
	}
}

// each divides 0 to n among workers, each with a range of its own, in order.
func each(workers, n int, do func(worker, from, to int)) {
	workers = max(1, min(workers, n))
	if workers == 1 {
		do(0, 0, n)
		return
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() { do(w, w*n/workers, (w+1)*n/workers) })
	}
	group.Wait()
}

// Len is the number of registrations.
func (p *Population) Len() int { return len(p.records) }

// ID is the identifier of a record, as given.
func (p *Population) ID(i int32) string {
	block := p.idStart[i/idBlock]
	start := uint64(0)
	if i%idBlock > 0 {
		start = uint64(p.idEnds[i-1])
	}
	return string(p.ids[block+start : block+uint64(p.idEnds[i])])
}

// Numbers maps the identifiers to record numbers; the first record has an identifier that stands twice.
func (p *Population) Numbers() map[string]int32 {
	m := make(map[string]int32, p.Len())
	for i := p.Len() - 1; i >= 0; i-- {
		m[p.ID(int32(i))] = int32(i)
	}
	return m
}

// Bytes is how much memory the population takes.
func (p *Population) Bytes() int64 {
	return int64(recordBytes*cap(p.records)+4*cap(p.idEnds)+cap(p.ids)+8*cap(p.idStart)) + p.long.bytes() + p.former.bytes()
}

// LinkBytes is how much memory Link takes beside a population, without the pairs that it keeps: the entries of one key, as read and sorted.
func (p *Population) LinkBytes() int64 { return int64(p.Len()) * keyWidth * 2 * 8 }

// NeedBytes is how much memory a population of so many registrations and Link take at least.
func NeedBytes(registrations int64) int64 {
	return registrations * (recordBytes + 4 + usualID + keyWidth*2*8)
}
