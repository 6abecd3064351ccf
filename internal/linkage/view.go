package linkage

import (
	"sync"

	"github.com/huzheng/huzheng/internal/linkage/lunar"
)

// view is a copy of one record, gathered so that comparing does not jump about in memory.
type view struct {
	Record
	index int32
	p     *Population
}

func (p *Population) view(i int32) (v view) {
	v.read(p, i)
	return v
}

// read fills a view where it stands. In a loop over many that is several times cheaper than to copy views about.
func (v *view) read(p *Population, i int32) {
	v.Record, v.index, v.p = p.records[i], i, p
}

// characters are those of the name; room holds them where they are packed.
func (v *view) characters(room *[3]uint16) []uint16 {
	if v.Birth&flagLong != 0 {
		return v.p.long.of(v.index)
	}
	n := v.name()
	room[0], room[1], room[2] = uint16(n>>32), uint16(n>>16), uint16(n)
	for i, c := range room {
		if c == 0 {
			return room[:i]
		}
	}
	return room[:]
}

func (v *view) former() []uint16 {
	if v.Birth&flagFormer == 0 {
		return nil
	}
	return v.p.former.of(v.index)
}

// readable is the packed name, or 0 where a character is lost or there is no given name.
func (v *view) readable() uint64 {
	if v.Birth&flagUnreadable != 0 || v.name()&0xFFFFFFFF == 0 {
		return 0
	}
	return v.name()
}

// surname is the first character; 0 when it cannot be read.
func (v *view) surname() uint64 {
	c := v.name() >> 32
	if v.Birth&flagLong != 0 {
		c = uint64(v.p.long.of(v.index)[0])
	}
	if c == unreadable {
		return 0
	}
	return c
}

// given is the name without its first character; 0 when it cannot be read or has less than two characters: one character alone says too little.
func (v *view) given() uint64 {
	switch {
	case v.Birth&flagUnreadable != 0:
		return 0
	case v.Birth&flagLong != 0:
		return digestCharacters(v.p.long.of(v.index)[1:])
	case v.name()&0xFFFF == 0:
		return 0
	}
	return v.name() & 0xFFFFFFFF
}

// surelyDated is the birth date, or 0 where it is missing or stands for an unknown one.
func (v *view) surelyDated() uint64 {
	if v.Birth&flagPlaceholder != 0 {
		return 0
	}
	return v.date()
}

// unsuspected tells whether there is a number that nothing speaks against: of 15 digits, or with a right check character.
func (v *view) unsuspected() bool { return v.kind() == kindFifteen || v.kind() == kindValid }

// The dates for which lunar dates are at hand.
const lunarFrom, lunarYears = 1880, 160

// lunarDates are the lunar dates, packed, by civil one; 0 where there is none.
var lunarDates = sync.OnceValue(func() *[lunarYears << 9]uint32 {
	t := new([lunarYears << 9]uint32)
	for i := range t {
		d := lunar.Date{Year: lunarFrom + i>>9, Month: i >> 5 & 15, Day: i & 31}
		if l, _, ok := lunar.Lunar(d); ok {
			t[i] = uint32(l.Year<<9 | l.Month<<5 | l.Day)
		}
	}
	return t
})

// lunarDate is the lunar date of a packed civil one; 0 if there is none.
func lunarDate(date uint64) uint64 {
	if i := int(date) - lunarFrom<<9; i >= 0 && i < lunarYears<<9 {
		return uint64(lunarDates()[i])
	}
	return 0
}
