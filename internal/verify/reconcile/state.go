package reconcile

import (
	"cmp"
	"slices"
)

// State is the state of the city: how often each agreement code stands, by station and item. Each worker counts in one of its own.
type State struct {
	carries [SourceCount]Items
	units   []*unitState
}

type unitState struct {
	agreed [AllSources + 1]int64 // everybody, by the sources that have a row, as if all agreed
	other  map[itemCode]int64    // what is more, and less, of a code than that
}

type itemCode struct {
	item Item
	code Code
}

// NewState counts rows of sources that have the given items.
func NewState(carries [SourceCount]Items) *State { return &State{carries: carries} }

// Add counts one person of a station, and returns the items in which sources differ.
func (st *State) Add(unit uint16, rows *[SourceCount]*Row) Items {
	for int(unit) >= len(st.units) {
		st.units = append(st.units, nil)
	}
	u := st.units[unit]
	if u == nil {
		u = &unitState{other: make(map[itemCode]int64)}
		st.units[unit] = u
	}
	var present Sources
	var differ, seen Items
	var first *Row
	var firstCarries Items
	for s, row := range rows {
		if row == nil {
			continue
		}
		present |= 1 << s
		both := firstCarries & st.carries[s]
		if first != nil {
			differ |= unequal(first, row) & both
		}
		if st.carries[s]&^seen != 0 && first != nil { // items that the first does not have: compared below
			differ |= st.carries[s] &^ firstCarries
		}
		seen |= st.carries[s]
		if first == nil {
			first, firstCarries = row, st.carries[s]
		}
	}
	u.agreed[present]++
	if differ == 0 {
		return 0
	}
	return st.count(u, rows, present, differ)
}

// count replaces the codes of items that may differ.
func (st *State) count(u *unitState, rows *[SourceCount]*Row, present Sources, may Items) (differ Items) {
	for i := range ItemCount {
		if !may.Has(i) {
			continue
		}
		there := st.having(i, present)
		var values [SourceCount]uint64
		for s, row := range rows {
			if there.Has(Source(s)) {
				values[s] = row.value(i)
			}
		}
		code := CodeOf(&values, there)
		if !code.Differs() {
			continue
		}
		differ |= 1 << i
		u.other[itemCode{i, code}]++
		u.other[itemCode{i, agreed[there]}]--
	}
	return differ
}

// having narrows sources to those that have an item.
func (st *State) having(i Item, present Sources) Sources {
	for s := range SourceCount {
		if !st.carries[s].Has(i) {
			present &^= 1 << s
		}
	}
	return present
}

func (r *Row) value(i Item) uint64 {
	switch {
	case i == Number:
		return r.Number
	case i <= HouseholdNo:
		return uint64(r.text(i))
	}
	return uint64(r.Small[i-Sex])
}

// unequal are the items in which two rows differ.
func unequal(a, b *Row) (m Items) {
	if a.Number != b.Number {
		m = 1 << Number
	}
	if a.Text != b.Text {
		for i := range a.Text {
			if a.Text[i] != b.Text[i] {
				m |= 1 << (int(Name) + i)
			}
		}
	}
	if a.Small != b.Small {
		for i := range a.Small {
			if a.Small[i] != b.Small[i] {
				m |= 1 << (int(Sex) + i)
			}
		}
	}
	return m
}

// Count is how often a code stands at a station for an item.
type Count struct {
	Unit  string `json:"unit,omitempty"` // empty: the city
	Item  string `json:"item"`
	Code  string `json:"code"`
	Count int64  `json:"count"`
}

// Tally adds states and names their stations. It holds each item that a source has, with each code and station that occurs.
type Tally map[tallyKey]int64

type tallyKey struct {
	unit string
	item Item
	code Code
}

// Add adds a state whose stations have the given names.
func (t Tally) Add(st *State, units []string) {
	for n, u := range st.units {
		if u == nil {
			continue
		}
		for k, count := range u.other {
			t.add(tallyKey{units[n], k.item, k.code}, count)
		}
		for i := range ItemCount {
			if st.having(i, AllSources) == 0 {
				continue
			}
			for m, count := range u.agreed {
				if count != 0 {
					t.add(tallyKey{units[n], i, agreed[st.having(i, Sources(m))]}, count)
				}
			}
		}
	}
}

func (t Tally) add(k tallyKey, n int64) {
	if t[k] += n; t[k] == 0 {
		delete(t, k)
	}
}

// Counts lists the tally by station, item and code.
func (t Tally) Counts() []Count {
	keys := make([]tallyKey, 0, len(t))
	for k := range t {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b tallyKey) int {
		return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.item, b.item), cmp.Compare(a.code, b.code))
	})
	all := make([]Count, len(keys))
	for i, k := range keys {
		all[i] = Count{k.unit, k.item.String(), k.code.String(), t[k]}
	}
	return all
}

// City adds up the stations: by item and code.
func (t Tally) City() []Count {
	sum := make(Tally)
	for k, n := range t {
		k.unit = ""
		sum[k] += n
	}
	return sum.Counts()
}
