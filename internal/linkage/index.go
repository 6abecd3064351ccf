package linkage

import (
	"cmp"
	"context"
	"slices"
)

// Index answers at a window: whom could this registration be? It is a population with its keys sorted, and a delta for what was added since. It is used by one
// goroutine at a time while it is added to, and by any number while it is not.
type Index struct {
	p       *Population
	m       *Model
	c       *comparer
	base    [KeyCount]sortedKeys
	delta   [KeyCount]map[uint32][]int32 // records added, by digest
	capped  [KeyCount]capped
	divided [KeyCount]map[uint64][]int32 // members of the parts of oversize blocks
	pairs   map[pairID]Pair
	cap     int
}

// sortedKeys are a key's entries, sorted, and where each bucket of them ends.
type sortedKeys struct {
	entries []uint64
	ends    [buckets]int
}

// of lists the records whose value has a digest.
func (s *sortedKeys) of(digest uint32, into []int32) []int32 {
	bucket := digest >> (32 - bucketBits)
	start := 0
	if bucket > 0 {
		start = s.ends[bucket-1]
	}
	run := s.entries[start:s.ends[bucket]]
	at, _ := slices.BinarySearch(run, uint64(digest)<<32)
	for ; at < len(run) && uint32(run[at]>>32) == digest; at++ {
		into = append(into, int32(uint32(run[at])))
	}
	return into
}

// NewIndex sorts the keys of a population and links it. The index owns the population from then on.
func NewIndex(ctx context.Context, p *Population, m *Model, o LinkOptions) (*Index, error) {
	return newIndex(ctx, p, m, o, BlockCap)
}

func newIndex(ctx context.Context, p *Population, m *Model, o LinkOptions, limit int) (*Index, error) {
	x := &Index{p: p, m: m, c: newComparer(), pairs: make(map[pairID]Pair), cap: limit}
	l := newLinking(p, m, o)
	l.keep, l.cap = &x.base, limit
	r, err := l.run(ctx)
	if err != nil {
		return nil, err
	}
	for _, pair := range r.Pairs {
		x.pairs[pairOf(pair.A, pair.B)] = pair
	}
	for k := range KeyCount {
		x.capped[k], x.divided[k], x.delta[k] = make(capped), make(map[uint64][]int32), make(map[uint32][]int32)
		for value := range r.capped[k] {
			if members := x.members(k, value); len(members) > 0 { // not itself a part
				x.settle(k, value, 0, members)
			}
		}
	}
	return x, nil
}

// members lists those who have a value of a key, in order. It looks behind the digest.
func (x *Index) members(k Key, value uint64) (out []int32) {
	digest := uint32(value >> 32)
	out = append(x.base[k].of(digest, nil), x.delta[k][digest]...)
	return slices.DeleteFunc(out, func(n int32) bool {
		v := x.p.view(n)
		return !k.of(&v).has(value)
	})
}

// settle divides the members of a value as long as there are too many, and keeps the parts.
func (x *Index) settle(k Key, value uint64, level int, members []int32) {
	if len(members) <= x.cap {
		if level > 0 {
			x.divided[k][value] = members
		}
		return
	}
	x.capped[k][value] = true
	delete(x.divided[k], value)
	if level == subKeys {
		return
	}
	groups := make(map[uint64][]int32)
	for _, n := range members {
		v := x.p.view(n)
		if by := sub(value, level, &v); by != 0 {
			groups[by] = append(groups[by], n)
		}
	}
	for by, group := range groups {
		x.settle(k, by, level+1, group)
	}
}

// candidates lists those who share a key with a record, each once, in order.
func (x *Index) candidates(v *view) (out []int32) {
	for k := range KeyCount {
		if !x.m.Keys.has(k) {
			continue
		}
		for _, value := range k.of(v).list() {
			switch by := x.capped[k].narrow(value, v); {
			case by == 0:
			case by == value:
				out = append(out, x.members(k, value)...)
			default:
				out = append(out, x.divided[k][by]...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Match is a registration of the index that may be the one asked about.
type Match struct {
	Record    int32
	Waterfall Waterfall
}

// Query compares a registration that is not in the index with those that are; the best match first, then by record number. compared is how many it looked at.
func (x *Index) Query(t *Text) (matches []Match, compared int) {
	alone := NewPopulation(1)
	alone.Add(t)
	v := alone.view(0)
	candidates := x.candidates(&v)
	for _, n := range candidates {
		other := x.p.view(n)
		l := x.c.compare(&v, &other)
		if w := x.m.waterfall(&l, &v, &other); w.Class != 0 {
			w.Keys = shared(x.m.Keys, &x.capped, &v, &other)
			matches = append(matches, Match{n, w})
		}
	}
	slices.SortFunc(matches, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Waterfall.Score, a.Waterfall.Score), cmp.Compare(a.Record, b.Record))
	})
	return matches, len(candidates)
}

// Add adds a registration and returns its pairs, by the other's record number.
func (x *Index) Add(t *Text) (pairs []Pair) {
	n := x.p.Add(t)
	v := x.p.view(n)
	if v.Birth&flagCancelled != 0 {
		return nil
	}
	for k := range KeyCount {
		if x.m.Keys.has(k) {
			for _, value := range k.of(&v).list() {
				if value != 0 {
					x.delta[k][uint32(value>>32)] = append(x.delta[k][uint32(value>>32)], n)
					x.grow(k, value, &v)
				}
			}
		}
	}
	for _, other := range x.candidates(&v) {
		if other == n {
			continue
		}
		o := x.p.view(other)
		l := x.c.compare(&o, &v)
		if pair, ok := x.m.score(&l, &o, &v); ok {
			pair.Probability, pair.Keys = x.m.probability(pair.Score), shared(x.m.Keys, &x.capped, &o, &v)
			x.pairs[pairOf(pair.A, pair.B)] = pair
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// grow files a new record under a value, and divides the block when it has become too large: pairs that then share nothing any more are dropped, as Link would not
// have found them.
func (x *Index) grow(k Key, value uint64, v *view) {
	level := 0
	for ; value != 0 && level <= subKeys && x.capped[k][value]; level++ {
		if level == subKeys {
			return
		}
		value = sub(value, level, v)
	}
	if value == 0 {
		return
	}
	var members []int32
	if level == 0 {
		members = x.members(k, value)
	} else {
		members = append(x.divided[k][value], v.index)
		x.divided[k][value] = members
	}
	if len(members) <= x.cap {
		return
	}
	x.settle(k, value, level, members)
	for id := range x.pairs {
		a, b := x.p.view(id.a), x.p.view(id.b)
		if shared(x.m.Keys, &x.capped, &a, &b) == 0 {
			delete(x.pairs, id)
		}
	}
}

// Result is what Link says of everything in the index: the same pairs, cases and capped blocks, whether the registrations came at once or one by one. How many pairs were
// compared is not counted.
func (x *Index) Result() *Result {
	r := &Result{Model: x.m.Digest, capped: x.capped}
	for _, pair := range x.pairs {
		r.Pairs = append(r.Pairs, pair)
	}
	for k := range KeyCount {
		b := &block{walker: &walker{p: x.p, cap: x.cap}, key: k}
		for value := range x.capped[k] {
			if members := x.members(k, value); len(members) > 0 {
				views := make([]view, len(members))
				for i, n := range members {
					views[i] = x.p.view(n)
				}
				b.divide(views, value, 0)
			}
		}
		r.Capped = append(r.Capped, b.report...)
	}
	slices.SortFunc(r.Capped, compareCapped)
	r.finish(x.p, x.m)
	return r
}

// Bytes is how much memory population and sorted keys take; the delta is not counted.
func (x *Index) Bytes() int64 {
	n := x.p.Bytes()
	for k := range x.base {
		n += int64(8 * cap(x.base[k].entries))
	}
	return n
}
