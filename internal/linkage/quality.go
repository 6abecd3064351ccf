package linkage

import (
	"cmp"
	"maps"
	"slices"
)

// TruthPair is one pair of which the truth is known. A and B are record numbers, in either order.
type TruthPair struct {
	A, B int32
	Same bool   // one person
	Kind string // double_hukou, multiple_birth, ...
}

// Truth is what is known of a population.
type Truth struct {
	Pairs []TruthPair
	Kinds map[int32][]string          // kinds of error planted in each record's items
	Group func(record int32) []string // groups to count by, as "ethnic_group=11", "name_length=2", "age=60"; nil for none
}

// Ratio is found of all.
type Ratio struct {
	Found int `json:"found"`
	All   int `json:"all"`
}

// Value is the ratio; 0 of none.
func (r Ratio) Value() float64 {
	if r.All == 0 {
		return 0
	}
	return float64(r.Found) / float64(r.All)
}

func (r *Ratio) count(found bool) {
	r.All++
	if found {
		r.Found++
	}
}

// Row is the quality for everybody, for one kind of pair, for one kind of error, or for one group.
type Row struct {
	Name      string `json:"name"`
	Blocked   Ratio  `json:"blocked"`   // true pairs that share a key
	Proposed  Ratio  `json:"proposed"`  // true pairs that are proposed
	Listed    Ratio  `json:"listed"`    // true pairs that are proposed or for review
	Precision Ratio  `json:"precision"` // right ones of the proposals
}

// Quality is a result measured against the truth. A pair of one person that the result calls a multiple birth counts as not found, and stands in TwinQueue.
type Quality struct {
	All            Row     `json:"all"`
	Pairs          []Row   `json:"pairs"`            // by kind of pair; the rows of kinds sort by name
	Errors         []Row   `json:"errors"`           // by kind of error in either record, "" for none; a pair counts under each of its kinds
	Groups         []Row   `json:"groups"`           //
	Read           Ratio   `json:"read"`             // true pairs of those proposed or for review: what a reader finds
	TwinsProposed  int     `json:"twins_proposed"`   // multiple births among the proposals
	TwinQueue      Ratio   `json:"twin_queue"`       // pairs of one person among the multiple births
	Shared         Ratio   `json:"shared"`           // pairs of two persons with one number that were found as such
	Baseline       Row     `json:"baseline"`         // same name and same birth date: Proposed is its recall
	BestRecall     Ratio   `json:"best_recall"`      // true pairs above the best cut at precision 0.99, chosen with knowledge of the truth
	AtBaseline     Ratio   `json:"at_baseline"`      // true pairs among the proposals and so many of the review list, the likeliest first, as keep the baseline's precision
	Registrations  int     `json:"registrations"`    //
	Prevalence     float64 `json:"prevalence"`       // true pairs for each registration
	Wrong          []Pair  `json:"-"`                // wrong proposals, the surest first, at most a hundred
	Missed         []Pair  `json:"-"`                // true pairs that are neither proposed nor for review, at most a hundred; Class 0 if not kept
	ReviewPerFound float64 `json:"review_per_found"` // pairs read for each true pair that is found
}

// kindTwins is the one kind of pair that Measure gives a meaning to.
const kindTwins = "multiple_birth"

// sampleSize is how many wrong and missed pairs are shown.
const sampleSize = 100

type pairID struct{ a, b int32 }

func pairOf(a, b int32) pairID { return pairID{min(a, b), max(a, b)} }

// measure gathers rows by name.
type measure struct {
	p     *Population
	truth *Truth
	all   Row
	rows  [3]map[string]*Row // pairs, errors, groups
}

// row calls do with the row of everybody and those that a pair belongs to.
func (m *measure) row(a, b int32, kind string, do func(*Row)) {
	do(&m.all)
	names := [3][]string{{kind}, slices.Concat(m.truth.Kinds[a], m.truth.Kinds[b]), nil}
	if len(names[1]) == 0 {
		names[1] = []string{""}
	}
	if m.truth.Group != nil {
		names[2] = slices.Concat(m.truth.Group(a), m.truth.Group(b))
	}
	for i, list := range names {
		slices.Sort(list)
		for _, name := range slices.Compact(list) {
			r := m.rows[i][name]
			if r == nil {
				r = &Row{Name: name}
				m.rows[i][name] = r
			}
			do(r)
		}
	}
}

func (m *measure) sorted(i int) (rows []Row) {
	for _, name := range slices.Sorted(maps.Keys(m.rows[i])) {
		rows = append(rows, *m.rows[i][name])
	}
	return rows
}

// Measure compares a result with the truth. What the truth does not name is two persons.
func Measure(p *Population, m *Model, r *Result, t *Truth) *Quality {
	q := &Quality{Registrations: p.Len()}
	g := &measure{p: p, truth: t, rows: [3]map[string]*Row{{}, {}, {}}}
	truth := make(map[pairID]TruthPair, len(t.Pairs))
	for _, pair := range t.Pairs {
		if old, ok := truth[pairOf(pair.A, pair.B)]; !ok || !old.Same {
			truth[pairOf(pair.A, pair.B)] = pair
		}
	}
	kept := make(map[pairID]*Pair, len(r.Pairs))
	for i := range r.Pairs {
		pair := &r.Pairs[i]
		id := pairOf(pair.A, pair.B)
		kept[id] = pair
		q.pair(g, pair, truth[id])
	}
	for _, id := range sortedPairs(truth) {
		q.true(g, m, r, truth[id], kept[id])
	}
	q.All, q.Pairs, q.Errors, q.Groups = g.all, g.sorted(0), g.sorted(1), g.sorted(2)
	q.All.Name = "all"
	q.Prevalence = float64(q.All.Listed.All) / float64(max(1, p.Len()))
	if q.Read.Found > 0 {
		q.ReviewPerFound = float64(q.Read.All) / float64(q.Read.Found)
	}
	slices.SortStableFunc(q.Wrong, func(a, b Pair) int { return cmp.Compare(b.Score, a.Score) })
	q.Wrong = q.Wrong[:min(len(q.Wrong), sampleSize)]
	q.baseline(p, truth)
	q.BestRecall = Ratio{best(r, truth, .99), q.All.Listed.All}
	q.AtBaseline = Ratio{q.atBaseline(r, truth), q.All.Listed.All}
	return q
}

func sortedPairs(truth map[pairID]TruthPair) []pairID {
	return slices.SortedFunc(maps.Keys(truth), func(x, y pairID) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
}

// pair counts one pair of the result.
func (q *Quality) pair(g *measure, pair *Pair, truth TruthPair) {
	switch {
	case pair.Class.Proposed():
		g.row(pair.A, pair.B, truth.Kind, func(r *Row) { r.Precision.count(truth.Same) })
		if !truth.Same {
			q.Wrong = append(q.Wrong, *pair)
		}
		if truth.Kind == kindTwins {
			q.TwinsProposed++
		}
		q.Read.count(truth.Same)
	case pair.Class == Review:
		q.Read.count(truth.Same)
	case pair.Class == MultipleBirth:
		q.TwinQueue.count(truth.Same)
	}
}

// true counts one pair of the truth.
func (q *Quality) true(g *measure, m *Model, r *Result, truth TruthPair, kept *Pair) {
	if !truth.Same {
		if n := g.p.records[truth.A].number(); n != 0 && n == g.p.records[truth.B].number() {
			q.Shared.count(kept != nil && kept.Class == SharedNumber)
		}
		return
	}
	blocked := r.Candidate(g.p, m, truth.A, truth.B)
	proposed := kept != nil && kept.Class.Proposed()
	listed := kept != nil && kept.ties()
	g.row(truth.A, truth.B, truth.Kind, func(row *Row) {
		row.Blocked.count(blocked)
		row.Proposed.count(proposed)
		row.Listed.count(listed)
	})
	if !listed && len(q.Missed) < sampleSize {
		missed := Pair{A: min(truth.A, truth.B), B: max(truth.A, truth.B)}
		w := Explain(g.p, m, missed.A, missed.B)
		missed.Score, missed.Probability, missed.Keys = w.Score, w.Probability, w.Keys
		if kept != nil {
			missed = *kept
		}
		q.Missed = append(q.Missed, missed)
	}
}

// best is how many true pairs stand above the lowest cut at which so large a share is right; multiple births apart.
func best(r *Result, truth map[pairID]TruthPair, precision float64) (found int) {
	var pairs []*Pair
	for i := range r.Pairs {
		if r.Pairs[i].Class != MultipleBirth {
			pairs = append(pairs, &r.Pairs[i])
		}
	}
	slices.SortStableFunc(pairs, func(a, b *Pair) int { return cmp.Compare(b.Score, a.Score) })
	right := 0
	for i, pair := range pairs {
		if truth[pairOf(pair.A, pair.B)].Same {
			right++
		}
		if last := i+1 == len(pairs) || pairs[i+1].Score != pair.Score; last && float64(right) >= precision*float64(i+1) {
			found = right
		}
	}
	return found
}

// atBaseline is how many true pairs the proposals and the likeliest pairs for review have, as far down as the baseline's precision is kept.
func (q *Quality) atBaseline(r *Result, truth map[pairID]TruthPair) (found int) {
	var review []*Pair
	for i := range r.Pairs {
		if r.Pairs[i].Class == Review {
			review = append(review, &r.Pairs[i])
		}
	}
	slices.SortStableFunc(review, func(a, b *Pair) int { return cmp.Compare(b.Score, a.Score) })
	sum := q.All.Precision
	found = sum.Found
	for _, pair := range review {
		sum.count(truth[pairOf(pair.A, pair.B)].Same)
		if sum.Value() >= q.Baseline.Precision.Value() {
			found = sum.Found
		}
	}
	return found
}

// baseline measures what is done in practice: same name, same birth date.
func (q *Quality) baseline(p *Population, truth map[pairID]TruthPair) {
	type key struct{ name, date uint64 }
	groups := make(map[key][]int32)
	for i := range p.records {
		v := p.view(int32(i))
		if k := (key{v.readable(), v.date()}); k.name != 0 && k.date != 0 && v.Birth&flagCancelled == 0 {
			groups[k] = append(groups[k], int32(i))
		}
	}
	q.Baseline.Name = "same name and birth date"
	for _, group := range groups {
		for i, a := range group {
			for _, b := range group[:i] {
				q.Baseline.Precision.count(truth[pairOf(a, b)].Same)
			}
		}
	}
	q.Baseline.Proposed = Ratio{q.Baseline.Precision.Found, q.All.Listed.All}
}
