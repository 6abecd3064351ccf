package node

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"github.com/huzheng/huzheng/internal/spill"
)

// survey is what the first pass over a file learns: two bytes for each row that can be read. The keys that it is learnt from are put into buckets, and one bucket after
// another is looked at.
type survey struct {
	lacks      map[string]bool
	rows       int          // that can be read
	households *spill.Store // by household: its hash, then the row, or tornEntry
	numbers    *spill.Store // by number: its key, then the row
	marks      []uint16     // by row
	crowded    int          // rows of households with more than mostMembers
	entry      []byte
}

// The marks of a row.
const (
	markTwice = 1 << 15       // its number stands twice
	markTorn  = 1 << 14       // on the last row of a household: another row of it cannot be read, and nobody can say who is missing
	markCrowd = 1 << 13       // its household has more than mostMembers rows
	markSize  = markCrowd - 1 // on the last row of a household: how many rows it has, mostMembers at most
)

// keyBuckets is into how many buckets keys are put.
const keyBuckets = 256

// tornEntry stands in the place of a row that cannot be read.
const tornEntry = math.MaxUint64

func newSurvey(memory int64, file func() (spill.File, error)) *survey {
	if file == nil {
		memory = math.MaxInt64
	}
	budget := spill.NewBudget(memory, file)
	return &survey{households: budget.Store(), numbers: budget.Store()}
}

func (s *survey) close() error { return errors.Join(s.households.Close(), s.numbers.Close()) }

// add notes the household of the next row that can be read, and its number; 0 for none.
func (s *survey) add(household, number uint64) error {
	row := uint64(s.rows)
	s.rows++
	if number != 0 {
		if err := s.put(s.numbers, number, row); err != nil {
			return err
		}
	}
	return s.put(s.households, household, row)
}

// tear notes that a row of a household cannot be read.
func (s *survey) tear(household uint64) error { return s.put(s.households, household, tornEntry) }

func (s *survey) put(to *spill.Store, key, row uint64) error {
	s.entry = binary.AppendUvarint(binary.BigEndian.AppendUint64(s.entry[:0], key), row)
	return to.Add(int(key*0x9e3779b97f4a7c15>>56), s.entry)
}

// keyed is an entry of a bucket.
type keyed struct{ key, row uint64 }

// eachKey gives the rows of each key, in order.
func eachKey(from *spill.Store, do func(rows []keyed)) error {
	var all []keyed
	for bucket := range keyBuckets {
		data, err := from.Read(bucket, false)
		if err != nil {
			return err
		}
		all = all[:0]
		for len(data) > 0 {
			row, n := binary.Uvarint(data[8:])
			all = append(all, keyed{binary.BigEndian.Uint64(data), row})
			data = data[8+n:]
		}
		slices.SortFunc(all, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row)) })
		for from := 0; from < len(all); {
			to := from + 1
			for to < len(all) && all[to].key == all[from].key {
				to++
			}
			do(all[from:to])
			from = to
		}
	}
	return nil
}

// finish marks the rows.
func (s *survey) finish() error {
	s.marks = make([]uint16, s.rows)
	err := eachKey(s.numbers, func(rows []keyed) {
		if len(rows) > 1 {
			for _, r := range rows {
				s.marks[r.row] |= markTwice
			}
		}
	})
	return errors.Join(err, eachKey(s.households, s.household))
}

// household marks the rows of a household.
func (s *survey) household(rows []keyed) {
	whole, _ := slices.BinarySearchFunc(rows, uint64(tornEntry), func(r keyed, row uint64) int { return cmp.Compare(r.row, row) })
	torn := whole < len(rows)
	switch rows = rows[:whole]; {
	case whole == 0:
	case whole > mostMembers:
		s.crowded += whole
		for _, r := range rows {
			s.marks[r.row] |= markCrowd
		}
	default:
		last := &s.marks[rows[whole-1].row]
		if *last |= uint16(whole); torn {
			*last |= markTorn
		}
	}
}

// open is how many rows of households that have begun and not ended a pass over the whole file has to hold at most.
func (s *survey) open() (most int) {
	held := 0
	for _, mark := range s.marks {
		if mark&markCrowd != 0 {
			continue
		}
		held++
		most = max(most, held)
		held -= int(mark & markSize)
	}
	return most
}
