package reconcile

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// By says which pass joined a person's rows.
type By uint8

// The passes.
const (
	ByNumber        By = iota // all by number, or a row alone
	ByHouseholdName           // by station, household and name
	ByNameBirth               // by name and birth date
	ByLinkage                 // by the linkage engine: proposed by likeness, not by equality
	byCount
)

var byNames = [byCount]string{"number", "household_name", "name_birth", "linkage"}

// String is the name in output.
func (b By) String() string { return byNames[b] }

// Cluster is the rows of one person: for each source the place of its row, or -1.
type Cluster struct {
	Rows [SourceCount]int32
	By   By
}

var nobody = Cluster{Rows: [SourceCount]int32{-1, -1, -1, -1, -1}}

// Present is the set of sources that have a row.
func (c *Cluster) Present() (m Sources) {
	for s, row := range c.Rows {
		if row >= 0 {
			m |= 1 << s
		}
	}
	return m
}

// Kinds of a number that one source has more than once.
const (
	RepeatedTwice  = "twice"  // the same row twice: the second is left out
	RepeatedDouble = "double" // one name and birth date: a person registered more than once
	RepeatedShared = "shared" // different people
)

// Repeat is a number that one source has more than once.
type Repeat struct {
	Kind string
	Refs []Ref
}

// Ref is one row: its source in the top three bits, its place there below.
type Ref uint32

const refShift = 29

// MostRows is how many rows a source may have in memory at a time.
const MostRows = 1 << refShift

func refOf(s Source, i int) Ref { return Ref(s)<<refShift | Ref(i) }

// Source is the row's source.
func (r Ref) Source() Source { return Source(r >> refShift) }

// Place is the row's place in its source.
func (r Ref) Place() int { return int(r & (MostRows - 1)) }

// Joiner joins rows that are in memory.
type Joiner struct {
	Rows    [SourceCount][]Row
	Want    Sources                      // the sources that were given: who has a row in each is complete
	Workers int                          // at least 1
	Done    func(worker int, c *Cluster) // is given each complete person, by several workers at the same time; in any order
	capped  atomic.Int64                 // rows in blocks above mostBlock
	Repeats []Repeat                     // after ByNumber: sorted by their first rows
}

// mostBlock bounds the work on one key: beyond it rows join those of equal household, name and birth date only.
const mostBlock = 3000

// mostAlike bounds the work on one household and name, or one name and birth date: beyond it nothing is joined by it.
const mostAlike = 300

// Capped counts the rows that stood under a key with too many others, and were joined only where household, name and birth date are equal.
func (j *Joiner) Capped() int64 { return j.capped.Load() }

func (j *Joiner) row(r Ref) *Row { return &j.Rows[r.Source()][r.Place()] }

// ByNumber is the first pass. It returns who is not complete, in the order of their first rows.
func (j *Joiner) ByNumber() []Cluster {
	total := 0
	for _, rows := range j.Rows {
		total += len(rows)
	}
	entries := make([]uint64, 0, total)
	var open []Cluster
	for s := range SourceCount {
		for i := range j.Rows[s] {
			if key := j.Rows[s][i].key(); key != 0 {
				entries = append(entries, mix(key)>>32<<32|uint64(refOf(s, i)))
				continue
			}
			open = append(open, alone(refOf(s, i)))
		}
	}
	type found struct {
		open    []Cluster
		repeats []Repeat
	}
	parts := walk(entries, j.Workers, func(worker int, out *found, run []uint64) {
		var space [2 * SourceCount]Ref
		refs := space[:0]
		for _, e := range run {
			refs = append(refs, Ref(e))
		}
		split(refs, func(r Ref) uint64 { return j.row(r).key() }, func(group []Ref) { j.number(worker, group, &out.open, &out.repeats) })
	})
	for i := range parts {
		open = append(open, parts[i].open...)
		j.Repeats = append(j.Repeats, parts[i].repeats...)
	}
	slices.SortFunc(j.Repeats, func(a, b Repeat) int { return slices.Compare(a.Refs, b.Refs) })
	sortClusters(open)
	return open
}

func alone(r Ref) Cluster {
	c := nobody
	c.Rows[r.Source()] = int32(r.Place())
	return c
}

// first is the first row of a cluster, by which clusters are put in order.
func (c *Cluster) first() Ref {
	for s, row := range c.Rows {
		if row >= 0 {
			return refOf(Source(s), int(row))
		}
	}
	return 0
}

func sortClusters(all []Cluster) {
	slices.SortFunc(all, func(a, b Cluster) int { return cmp.Compare(a.first(), b.first()) })
}

// number joins the rows of one number. Nearly always there is one in each source, and they have one name.
func (j *Joiner) number(worker int, group []Ref, open *[]Cluster, repeats *[]Repeat) {
	c, simple := nobody, true
	first := j.row(group[0])
	for _, r := range group {
		row := j.row(r)
		simple = simple && c.Rows[r.Source()] < 0 && alike(first, row)
		c.Rows[r.Source()] = int32(r.Place())
	}
	if simple {
		j.close(worker, &c, open)
		return
	}
	several := false
	for i := 1; i < len(group); i++ {
		several = several || group[i].Source() == group[i-1].Source()
	}
	if several {
		*repeats = append(*repeats, j.repeat(group))
	}
	var all []Cluster
	if len(group) > mostBlock {
		all = j.crowd(group)
	} else {
		all = j.share(group)
	}
	for i := range all {
		j.close(worker, &all[i], open)
	}
}

func (j *Joiner) close(worker int, c *Cluster, open *[]Cluster) {
	if c.Present() == j.Want {
		j.Done(worker, c)
		return
	}
	*open = append(*open, *c)
}

// alike tells whether two rows of one number may be one person: their names or their birth dates are equal.
func alike(a, b *Row) bool {
	return a.text(Name) == b.text(Name) && a.text(Name) != 0 || a.text(BirthDate) == b.text(BirthDate) && a.text(BirthDate) != 0
}

// share gives the rows of one number to persons, source by source: the row and the person that are most alike first.
func (j *Joiner) share(group []Ref) []Cluster {
	var all []Cluster
	for len(group) > 0 {
		n := 1
		for n < len(group) && group[n].Source() == group[0].Source() {
			n++
		}
		all = j.deal(all, j.distinct(group[:n]))
		group = group[n:]
	}
	return all
}

// distinct leaves out rows that stand twice.
func (j *Joiner) distinct(rows []Ref) []Ref {
	var all []Ref
	for _, r := range rows {
		if !slices.ContainsFunc(all, func(o Ref) bool { return *j.row(o) == *j.row(r) }) {
			all = append(all, r)
		}
	}
	return all
}

// deal gives the rows of one source to the persons that there are; who fits none is a new one.
func (j *Joiner) deal(all []Cluster, rows []Ref) []Cluster {
	var fits []pair
	for i, r := range rows {
		for k := range all {
			if n := j.likeness(&all[k], r, len(rows) > 1); n > 0 {
				fits = append(fits, pair{n, i, k})
			}
		}
	}
	slices.SortFunc(fits, func(x, y pair) int {
		return cmp.Or(-cmp.Compare(x.fit, y.fit), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	given := make([]bool, len(rows))
	for _, f := range fits {
		if r := rows[f.a]; !given[f.a] && all[f.b].Rows[r.Source()] < 0 {
			all[f.b].Rows[r.Source()], given[f.a] = int32(r.Place()), true
		}
	}
	for i, r := range rows {
		if !given[i] {
			all = append(all, alone(r))
		}
	}
	return all
}

// likeness is how well a row fits a person with its number; 0: not at all. Where the source has the number more than once, a birth date alone is not enough.
func (j *Joiner) likeness(c *Cluster, r Ref, several bool) (most int) {
	if c.Rows[r.Source()] >= 0 {
		return 0
	}
	b := j.row(r)
	for s, i := range c.Rows {
		if i < 0 || !alike(&j.Rows[s][i], b) {
			continue
		}
		a, n := &j.Rows[s][i], 1
		home := same(a, b, HouseholdNo) && a.Unit == b.Unit
		if several && !home && !same(a, b, Name) {
			continue
		}
		if home {
			n += 4
		}
		if same(a, b, Name) {
			n += 4
		}
		if same(a, b, Address) {
			n += 2
		}
		if a.Unit == b.Unit {
			n++
		}
		most = max(most, n)
	}
	return most
}

func same(a, b *Row, i Item) bool { return a.text(i) != 0 && a.text(i) == b.text(i) }

// crowd shares out a number that very many rows hold: only rows of equal station, household, name and birth date join.
func (j *Joiner) crowd(group []Ref) []Cluster {
	j.capped.Add(int64(len(group)))
	key := func(r Ref) [4]uint32 {
		row := j.row(r)
		return [4]uint32{uint32(row.Unit), row.text(HouseholdNo), row.text(Name), row.text(BirthDate)}
	}
	order := slices.Clone(group)
	slices.SortFunc(order, func(a, b Ref) int {
		x, y := key(a), key(b)
		return cmp.Or(slices.Compare(x[:], y[:]), cmp.Compare(a, b))
	})
	var all []Cluster
	for i, r := range order {
		last := len(all) - 1
		switch {
		case i == 0 || key(order[i-1]) != key(r):
			all = append(all, alone(r))
		case r.Source() == order[i-1].Source() && *j.row(r) == *j.row(order[i-1]):
		case all[last].Rows[r.Source()] >= 0:
			all = append(all, alone(r))
		default:
			all[last].Rows[r.Source()] = int32(r.Place())
		}
	}
	sortClusters(all)
	return all
}

// repeat says why a source has a number more than once.
func (j *Joiner) repeat(group []Ref) Repeat {
	kind := RepeatedTwice
	for i := 1; i < len(group); i++ {
		if group[i].Source() != group[i-1].Source() {
			continue
		}
		a, b := j.row(group[i-1]), j.row(group[i])
		switch {
		case *a == *b:
		case a.text(Name) == b.text(Name) && a.text(BirthDate) == b.text(BirthDate):
			if kind == RepeatedTwice {
				kind = RepeatedDouble
			}
		default:
			kind = RepeatedShared
		}
	}
	return Repeat{kind, slices.Clone(group)}
}

// ByHouseholdName is the second pass: rows of one station, household and name whose birth dates agree or whose numbers are close. It returns who is
// still not complete.
func (j *Joiner) ByHouseholdName(open []Cluster) []Cluster {
	return j.merge(open, ByHouseholdName, j.householdKey, func(a, b *Cluster) int {
		n := 0
		if x, y := j.most(a, BirthDate), j.most(b, BirthDate); x != 0 && x == y {
			n += 2
		}
		if j.near(a, b) {
			n += 2
		}
		return n
	})
}

// ByNameBirth is the third pass: rows of one name and birth date whose numbers are close, or whose address or station is the same.
func (j *Joiner) ByNameBirth(open []Cluster) []Cluster {
	return j.merge(open, ByNameBirth, j.nameKey, func(a, b *Cluster) int {
		n := 0
		if j.near(a, b) {
			n += 4
		}
		if x, y := j.most(a, Address), j.most(b, Address); x != 0 && x == y {
			n += 3
		}
		if j.unit(a) == j.unit(b) {
			n += 2
		}
		return n
	})
}

func (j *Joiner) householdKey(c *Cluster) uint64 {
	name, household := j.most(c, Name), j.most(c, HouseholdNo)
	if name == 0 || household == 0 || placeholder(name) {
		return 0
	}
	return mix(uint64(household)<<32|uint64(name)) ^ mix(uint64(j.unit(c)))
}

func (j *Joiner) nameKey(c *Cluster) uint64 {
	name, birth := j.most(c, Name), j.most(c, BirthDate)
	if name == 0 || birth == 0 || placeholder(name) {
		return 0
	}
	return uint64(name)<<32 | uint64(birth)
}

// PlaceholderNames stand where nobody wrote a name; they join nobody.
var PlaceholderNames = []string{"无名", "无名氏", "不详", "未取名", "未命名", "待定", "某某", "之子", "之女", "?", "？", "无", "-"}

var placeholders = func() []uint32 {
	all := make([]uint32, len(PlaceholderNames))
	for i, name := range PlaceholderNames {
		all[i] = hash32(name)
	}
	return all
}()

func placeholder(name uint32) bool { return slices.Contains(placeholders, name) }

// most is the value that most rows of a cluster have of a text item; of equal ones the first.
func (j *Joiner) most(c *Cluster, i Item) (value uint32) {
	count := 0
	for s, at := range c.Rows {
		if at < 0 {
			continue
		}
		v, n := j.Rows[s][at].text(i), 0
		for o := s; o < int(SourceCount); o++ {
			if c.Rows[o] >= 0 && j.Rows[o][c.Rows[o]].text(i) == v {
				n++
			}
		}
		if v != 0 && n > count {
			value, count = v, n
		}
	}
	return value
}

func (j *Joiner) unit(c *Cluster) uint16 { return j.row(c.first()).Unit }

// near tells whether a number of one is missing, or close to one of the other: two digits differ at most.
func (j *Joiner) near(a, b *Cluster) bool {
	for s, i := range a.Rows {
		for o, k := range b.Rows {
			if i < 0 || k < 0 {
				continue
			}
			x, y := j.Rows[s][i].key(), j.Rows[o][k].key()
			if x == 0 || y == 0 || digitsApart(x, y) <= 2 {
				return true
			}
		}
	}
	return false
}

func digitsApart(a, b uint64) (n int) {
	for ; a != b; a, b = a/10, b/10 {
		if a%10 != b%10 {
			n++
		}
	}
	return n
}

// pair is two clusters of one key that fit each other.
type pair struct{ fit, a, b int }

// merge joins clusters of equal keys, the best fitting first; where two fit equally well and exclude each other, neither is taken.
func (j *Joiner) merge(open []Cluster, by By, key func(*Cluster) uint64, fit func(a, b *Cluster) int) []Cluster {
	entries, keys := make([]uint64, 0, len(open)), make([]uint64, len(open))
	for i := range open {
		if keys[i] = key(&open[i]); keys[i] != 0 {
			entries = append(entries, mix(keys[i])>>32<<32|uint64(i))
		}
	}
	gone := make([]bool, len(open))
	walk(entries, j.Workers, func(worker int, _ *struct{}, run []uint64) {
		var space [8]Ref
		places := space[:0]
		for _, e := range run {
			places = append(places, Ref(e))
		}
		split(places, func(i Ref) uint64 { return keys[i] }, func(group []Ref) {
			if len(group) > mostAlike {
				j.capped.Add(int64(len(group)))
				return
			}
			for _, p := range pairs(open, group, fit) {
				a, b := &open[p.a], &open[p.b]
				if gone[p.a] || gone[p.b] || a.Present()&b.Present() != 0 {
					continue
				}
				for s, i := range b.Rows {
					if i >= 0 {
						a.Rows[s] = i
					}
				}
				a.By, gone[p.b] = max(by, a.By, b.By), true
			}
			for _, i := range group {
				if !gone[i] && open[i].Present() == j.Want {
					j.Done(worker, &open[i])
					gone[i] = true
				}
			}
		})
	})
	left := open[:0]
	for i := range open {
		if !gone[i] {
			left = append(left, open[i])
		}
	}
	sortClusters(left)
	return left
}

// pairs lists which clusters of a group fit, the best first, without those of which it cannot be said which of two is meant.
func pairs(open []Cluster, group []Ref, fit func(a, b *Cluster) int) []pair {
	var all []pair
	for i, a := range group {
		for _, b := range group[i+1:] {
			x, y := &open[a], &open[b]
			if x.Present()&y.Present() != 0 {
				continue
			}
			if n := fit(x, y); n > 0 {
				all = append(all, pair{n, int(a), int(b)})
			}
		}
	}
	slices.SortFunc(all, func(x, y pair) int {
		return cmp.Or(-cmp.Compare(x.fit, y.fit), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	every := slices.Clone(all)
	return slices.DeleteFunc(all, func(p pair) bool {
		return slices.ContainsFunc(every, func(q pair) bool {
			if q.fit != p.fit || q == p {
				return false
			}
			other, ok := q.beside(p)
			return ok && open[other[0]].Present()&open[other[1]].Present() != 0
		})
	})
}

// beside gives the two ends in which pairs that share one end differ.
func (p pair) beside(q pair) (ends [2]int, ok bool) {
	switch {
	case p.a == q.a:
		return [2]int{p.b, q.b}, true
	case p.b == q.b:
		return [2]int{p.a, q.a}, true
	case p.a == q.b:
		return [2]int{p.b, q.a}, true
	case p.b == q.a:
		return [2]int{p.a, q.b}, true
	}
	return ends, false
}

// split gives the groups of equal keys among rows that share half of a hash; nearly always that is one group.
func split(refs []Ref, key func(Ref) uint64, visit func([]Ref)) {
	first, whole := key(refs[0]), true
	for _, r := range refs[1:] {
		whole = whole && key(r) == first
	}
	if !whole {
		slices.SortFunc(refs, func(a, b Ref) int { return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a, b)) })
	}
	for len(refs) > 0 {
		n := 1
		for n < len(refs) && (whole || key(refs[n]) == key(refs[0])) {
			n++
		}
		visit(refs[:n])
		refs = refs[n:]
	}
}

const (
	partBits  = 11
	fewRows   = 1 << 14 // below it one part will do
	partShift = 64 - partBits
)

// walk sorts entries (half a hash above, a place below) and visits the runs of equal hashes; each part of the hashes has an output of its own, so that the
// outputs together do not depend on the workers. Entries are moved.
func walk[T any](entries []uint64, workers int, visit func(worker int, out *T, run []uint64)) []T {
	sorted, starts := scatter(entries, workers)
	outs := make([]T, len(starts)-1)
	var next atomic.Int64
	parallel(workers, func(worker int) {
		for {
			p := int(next.Add(1)) - 1
			if p >= len(outs) {
				return
			}
			part := sorted[starts[p]:starts[p+1]]
			slices.Sort(part)
			for len(part) > 0 {
				n := 1
				for n < len(part) && part[n]>>32 == part[0]>>32 {
					n++
				}
				visit(worker, &outs[p], part[:n])
				part = part[n:]
			}
		}
	})
	return outs
}

// scatter puts entries into parts by their highest bits, in their order.
func scatter(entries []uint64, workers int) (sorted []uint64, starts []int) {
	if len(entries) < fewRows {
		return entries, []int{0, len(entries)}
	}
	const parts = 1 << partBits
	chunk := (len(entries) + workers - 1) / workers
	counts := make([][parts]int, workers)
	mine := func(worker int) []uint64 {
		return entries[min(worker*chunk, len(entries)):min((worker+1)*chunk, len(entries))]
	}
	parallel(workers, func(worker int) {
		for _, e := range mine(worker) {
			counts[worker][e>>partShift]++
		}
	})
	starts = make([]int, parts+1)
	at := 0
	for p := range parts {
		starts[p] = at
		for worker := range workers {
			counts[worker][p], at = at, at+counts[worker][p]
		}
	}
	starts[parts] = at
	sorted = make([]uint64, len(entries))
	parallel(workers, func(worker int) {
		to := &counts[worker]
		for _, e := range mine(worker) {
			p := e >> partShift
			sorted[to[p]] = e
			to[p]++
		}
	})
	return sorted, starts
}

// parallel runs work once for each worker.
func parallel(workers int, work func(worker int)) {
	if workers <= 1 {
		work(0)
		return
	}
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() { work(worker) })
	}
	group.Wait()
}
