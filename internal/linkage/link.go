package linkage

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"
)

// LinkOptions says how to run.
type LinkOptions struct {
	Workers  int   // default 1; any number gives the same result
	MaxPairs int64 // pairs worth keeping beyond which it gives up with a *TooManyPairsError; 0: no limit
	Progress Progress
}

// PairBytes is how much memory a pair that is kept takes, in all that is made of it here.
const PairBytes = 300

// TooManyPairsError says that more pairs were worth keeping than there is room for: a file that holds its people several times over.
type TooManyPairsError struct{ Max int64 }

func (e *TooManyPairsError) Error() string {
	return fmt.Sprintf("linkage: more than %d pairs are worth keeping", e.Max)
}

// CappedBlock is a block with more than BlockCap registrations after every division: they were not compared by this key, only by others.
type CappedBlock struct {
	Key   Key
	Size  int
	First int32 // record number of its first member, to say what they share
}

// KeyPairs is how many pairs a key was the first to find.
type KeyPairs struct {
	Key   Key
	Pairs int64
}

// Result is what a run found. Pairs are sorted by (A, B).
type Result struct {
	Pairs    []Pair
	Cases    []Case // sorted by their first member
	Compared int64  // different pairs compared
	Keys     []KeyPairs
	Capped   []CappedBlock
	Model    string // digest of the model

	capped [KeyCount]capped
}

// linker is one worker's keeping of pairs.
type linker struct {
	*comparer
	model    *Model
	best     bestNames
	pairs    []Pair
	compared [KeyCount]int64
	room     *room
}

// room counts the pairs of all workers.
type room struct {
	kept atomic.Int64
	max  int64
	full func() // called when there are more
}

// take tells whether there is room for one more.
func (r *room) take() bool {
	if r.max == 0 || r.kept.Add(1) <= r.max {
		return true
	}
	r.full()
	return false
}

func (l *linker) pair(k Key, a, b *view) {
	l.compared[k]++
	var levels levels
	l.butName(&levels, a, b)
	if l.hopeless(&levels) {
		return
	}
	levels[Name] = l.name(a, b)
	if pair, ok := l.model.score(&levels, a, b); ok && l.room.take() {
		l.pairs = append(l.pairs, pair)
	}
}

// hopeless tells of compared records whether no name at all would make them worth keeping. Nearly all are: their names need not be compared.
func (l *linker) hopeless(v *levels) bool {
	mayBeTwins := kin(v[Family]) || v[Address] == AddressEqual
	return !mayBeTwins && v[Number] != NumberEqual && l.model.nameless(v, 0)+l.best[datesOf[v[Date]]][v[Sex]] < min(l.model.Cuts.Review, l.model.Cuts.Proposal)
}

// score weighs compared records; false when they are not worth keeping. a and b are in the order of their numbers.
func (m *Model) score(l *levels, a, b *view) (Pair, bool) {
	score := m.base(l) + m.frequency(l, a)
	class := m.classify(l, a, b, score)
	return Pair{A: a.index, B: b.index, Score: score, Class: class}, class != 0
}

// linking is a run of Link.
type linking struct {
	*walker
	model    *Model
	visitors []visitor
	linkers  []*linker
	room     room
}

func newLinking(p *Population, m *Model, o LinkOptions) *linking {
	l := &linking{walker: newWalker(p, m.Keys, o.Workers, true, o.Progress), model: m, room: room{max: o.MaxPairs}}
	c, best := newComparer(), m.bestNames()
	for range l.workers {
		one := &linker{comparer: c, model: m, best: best, room: &l.room}
		l.linkers, l.visitors = append(l.linkers, one), append(l.visitors, one)
	}
	return l
}

// Link finds and scores all pairs of a population and groups them into cases.
func Link(ctx context.Context, p *Population, m *Model, o LinkOptions) (*Result, error) {
	return newLinking(p, m, o).run(ctx)
}

func (l *linking) run(ctx context.Context) (*Result, error) {
	full, stop := context.WithCancel(ctx)
	defer stop()
	l.room.full = stop
	if err := l.walk(full, StageLink, l.visitors, nil); err != nil {
		if ctx.Err() == nil {
			err = &TooManyPairsError{l.room.max}
		}
		return nil, err
	}
	r := &Result{Model: l.model.Digest, Capped: l.report, capped: l.walker.capped}
	for _, k := range l.model.Keys.Keys() {
		found := KeyPairs{Key: k}
		for _, one := range l.linkers {
			found.Pairs += one.compared[k]
		}
		r.Keys = append(r.Keys, found)
		r.Compared += found.Pairs
	}
	for _, one := range l.linkers {
		r.Pairs = append(r.Pairs, one.pairs...)
	}
	r.finish(l.p, l.model)
	return r, nil
}

// finish sorts the pairs, fills in what is not needed to find them, and makes the cases.
func (r *Result) finish(p *Population, m *Model) {
	slices.SortFunc(r.Pairs, comparePairs)
	for i := range r.Pairs {
		pair := &r.Pairs[i]
		a, b := p.view(pair.A), p.view(pair.B)
		pair.Probability = m.probability(pair.Score)
		pair.Keys = shared(m.Keys, &r.capped, &a, &b)
	}
	r.Cases = cases(p, r.Pairs)
}

func comparePairs(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) }

// shared are the keys that two records have in common, after the divisions of oversize blocks.
func shared(keys KeySet, c *[KeyCount]capped, a, b *view) (s KeySet) {
	for k := range KeyCount {
		if keys.has(k) {
			if c[k].narrowed(k, a).common(c[k].narrowed(k, b)) != 0 {
				s |= 1 << k
			}
		}
	}
	return s
}

// Candidate tells whether blocking led to two records being compared.
func (r *Result) Candidate(p *Population, m *Model, a, b int32) bool {
	x, y := p.view(a), p.view(b)
	return (x.Birth|y.Birth)&flagCancelled == 0 && shared(m.Keys, &r.capped, &x, &y) != 0
}

// Explain says why two records have the score that they have. Its keys take no notice of caps.
func Explain(p *Population, m *Model, a, b int32) Waterfall {
	x, y := p.view(min(a, b)), p.view(max(a, b))
	l := newComparer().compare(&x, &y)
	w := m.waterfall(&l, &x, &y)
	w.Keys = shared(m.Keys, new([KeyCount]capped), &x, &y)
	return w
}

// waterfall lists what makes up a score; the keys are left to fill in.
func (m *Model) waterfall(l *levels, a, b *view) Waterfall {
	w := Waterfall{Prior: m.prior, NameFrequency: m.frequency(l, a), Score: m.base(l)}
	for f := range FeatureCount {
		w.Items[f] = Item{f, l[f], m.weights[f][condition(f, l)][l[f]]}
	}
	w.Score += w.NameFrequency
	w.Probability, w.Class = m.probability(w.Score), m.classify(l, a, b, w.Score)
	return w
}

// ExplainTexts does it for two registrations as they stand.
func ExplainTexts(m *Model, a, b *Text) Waterfall {
	p := NewPopulation(2)
	return Explain(p, m, p.Add(a), p.Add(b))
}

// groups ties record numbers together; the least of a group stands for it.
type groups map[int32]int32

func (g groups) find(n int32) int32 {
	if _, ok := g[n]; !ok {
		g[n] = n
	}
	for g[n] != n {
		g[n] = g[g[n]]
		n = g[n]
	}
	return n
}

func (p *Pair) ties() bool { return p.Class.Proposed() || p.Class == Review }

const (
	oversize  = 5  // more members make a case oversize
	caseLimit = 50 // more are never tied together: nobody is registered so often, and whatever ties them is no evidence
)

// cases groups the records that pairs of one person, proposed or for review, tie together: the surest pairs first, so that a case that has grown to its limit is made of
// them. A multiple birth and a shared number tie nobody.
func cases(p *Population, pairs []Pair) []Case {
	var order []int32
	for i := range pairs {
		if pairs[i].ties() {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(pairs[j].Score, pairs[i].Score) })
	tied, strong, sizes, refused := make(groups), make(groups), make(map[int32]int), make(map[int32]bool)
	for _, i := range order {
		a, b := tied.find(pairs[i].A), tied.find(pairs[i].B)
		switch {
		case a == b:
		case max(1, sizes[a])+max(1, sizes[b]) > caseLimit:
			refused[pairs[i].A], refused[pairs[i].B] = true, true
			continue
		default:
			sizes[min(a, b)] = max(1, sizes[a]) + max(1, sizes[b])
			tied[max(a, b)] = min(a, b)
		}
		if pairs[i].Class.Proposed() {
			a, b := strong.find(pairs[i].A), strong.find(pairs[i].B)
			strong[max(a, b)] = min(a, b)
		}
	}
	byRoot := make(map[int32]*Case)
	for _, n := range slices.Sorted(maps.Keys(tied)) {
		c := byRoot[tied.find(n)]
		if c == nil {
			c = new(Case)
			byRoot[tied.find(n)] = c
		}
		c.Members = append(c.Members, n)
		c.Oversize = c.Oversize || refused[n]
	}
	slices.Sort(order)
	for _, i := range order {
		if root := tied.find(pairs[i].A); root == tied.find(pairs[i].B) {
			byRoot[root].Pairs = append(byRoot[root].Pairs, i)
		}
	}
	out := make([]Case, 0, len(byRoot))
	for _, n := range slices.Sorted(maps.Keys(byRoot)) {
		if c := byRoot[n]; len(c.Members) > 1 {
			c.mark(p, strong)
			out = append(out, *c)
		}
	}
	return out
}

// mark says what makes a case one for a senior reviewer. strong are the groups that proposals alone make.
func (c *Case) mark(p *Population, strong groups) {
	c.Oversize = c.Oversize || len(c.Members) > oversize
	var numbers []uint64
	for _, n := range c.Members {
		c.Weak = c.Weak || len(c.Members) > 2 && strong.find(n) != strong.find(c.Members[0])
		if r := &p.records[n]; r.kind() == kindValid {
			numbers = append(numbers, r.number())
		}
	}
	slices.Sort(numbers)
	c.Numbers = len(slices.Compact(numbers)) >= 3
}
