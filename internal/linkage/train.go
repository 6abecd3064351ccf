package linkage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Progress tells how far a run is: called from one goroutine at a time, at most a few hundred times.
type Progress func(stage string, done, total int)

// The stages that Progress is told of.
const (
	StageSample = "sample"
	StageCount  = "count"
	StageFit    = "fit"
	StageScore  = "score"
	StageLink   = "link"
)

// TrainOptions says how to train.
type TrainOptions struct {
	Name     string
	Workers  int    // default 1; any number gives the same model
	Seed     uint64 // of the random pairs
	Progress Progress
}

// KeyTraining is what one key taught.
type KeyTraining struct {
	Key      Key
	Pairs    int64 // twins left out
	Patterns int
	Matched  float64 // pairs expected to be one person
}

// Training tells how a model came about.
type Training struct {
	RandomPairs int
	Keys        []KeyTraining
	Expected    float64 // pairs of one person expected among all candidate pairs
	Capped      []CappedBlock
}

// MinTraining is the smallest population on which training says more than StartModel.
const MinTraining = 20000

const (
	randomPairs  = 2_000_000 // of anybody: u
	yearPairs    = 1_000_000 // of one birth year: u of names and numbers among people of an age
	dayPairs     = 500_000   // of one birth date: u of numbers given the date
	trainRounds  = 4         // of u, then m
	emRounds     = 25        // of m by expectation and maximisation, at most
	startWeightM = 30        // pairs that the start counts for
	startWeightU = 20
	pooledWeight = 60 // pairs that what all conditions have seen counts for
)

// taught says what a key's pairs are good for. given: features that the key implies or bears upon, of which the posterior takes no notice; hidden: features of which its
// pairs say nothing, since the key chose them by it. A number brings its birth date and sex along, but says nothing against a date that was typed wrongly beside it: so
// the pairs of one number teach how often dates go wrong.
var taught = [KeyCount]struct{ given, hidden FeatureSet }{
	KeyNumber:          {setOf(Number, Date, Sex), setOf(Number)},
	KeyNameYear:        {setOf(Name, Date), setOf(Name, Date)},
	KeySoundDay:        {setOf(Name, Date), setOf(Name, Date)},
	KeySurnameBirth:    {setOf(Date, Sex), setOf(Name, Date, Sex)},
	KeyBirthSequence:   {setOf(Number, Date, Sex), setOf(Number)},
	KeySoundBirthplace: {setOf(Name, Birthplace, Sex), setOf(Name, Birthplace, Sex, Date)},
	KeyMother:          {setOf(Family), setOf(Family)},
	KeyGivenBirth:      {setOf(Name, Date), setOf(Name, Date)},
	KeyParents:         {setOf(Family), setOf(Family)},
	KeySpouse:          {setOf(Spouse, Sex), setOf(Spouse, Sex)},
	KeyNameLunar:       {setOf(Name, Date), setOf(Name, Date)},
	KeyNameDeleted:     {setOf(Name, Date), setOf(Name, Date)},
	KeyHousehold:       {setOf(Family, Name, Address), setOf(Family, Name, Address)},
}

// patterns are the levels of a key's pairs and how many have them, in the order of patterns.
type patterns struct {
	levels  []levels
	counts  []float64
	share   [2]float64 // of pairs expected to be one person, by whether the birth dates are equal
	matched float64
}

func sameDay(l *levels) int {
	if l[Date] == DateEqual {
		return 1
	}
	return 0
}

// counter counts the patterns of a key's pairs; those that look like a multiple birth are no evidence of anything and left out.
type counter struct {
	*comparer
	counts []uint32
}

func (c *counter) pair(_ Key, a, b *view) {
	if l := c.compare(a, b); !twins(&l, a, b) {
		c.counts[l.pattern()]++
	}
}

// trainer holds what a training works on.
type trainer struct {
	*comparer
	p       *Population
	o       TrainOptions
	model   *Model
	start   [2]tables // m and u
	samples []patterns
	keys    [KeyCount]patterns
	homes   float64 // pairs of one household
	told    *Training
}

// Train makes a model from a population without knowing who is whom. It takes about twice the time of Link.
func Train(ctx context.Context, p *Population, o TrainOptions) (*Model, *Training, error) {
	if p.Len() < 2 {
		return nil, nil, fmt.Errorf("linkage: a model cannot be trained on %d registrations", p.Len())
	}
	o.Workers = max(1, o.Workers)
	t := &trainer{comparer: newComparer(), p: p, o: o, model: StartModel(p.Len()), told: new(Training)}
	t.model.Name, t.model.Trained, t.model.Source = o.Name, p.Len(), p.source()
	t.start[0], t.start[1] = t.model.m, t.model.u
	t.sample()
	if err := t.count(ctx); err != nil {
		return nil, nil, err
	}
	for round := range trainRounds {
		t.report(StageFit, round, trainRounds)
		t.model.u = t.fitU()
		t.model.m = t.fitM()
		t.model.weigh()
	}
	t.model.names = t.frequencies()
	if err := t.cuts(ctx); err != nil {
		return nil, nil, err
	}
	for k, found := range t.keys {
		if len(found.counts) > 0 {
			t.told.Keys = append(t.told.Keys, KeyTraining{Key(k), int64(sumOf(found.counts)), len(found.counts), found.matched})
		}
	}
	t.model.seal()
	return t.model, t.told, nil
}

func (t *trainer) report(stage string, done, total int) {
	if t.o.Progress != nil {
		t.o.Progress(stage, done, total)
	}
}

// source is the digest of the packed records.
func (p *Population) source() string {
	h := sha256.New()
	var b []byte
	for i := range p.records {
		r := &p.records[i]
		b = b[:0]
		for _, word := range [4]uint64{r.Number, r.Name, r.Birth, r.Where} {
			b = binary.LittleEndian.AppendUint64(b, word)
		}
		for _, word := range [4]uint32{r.father, r.spouse, r.street, r.sound} {
			b = binary.LittleEndian.AppendUint32(b, word)
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sample counts the patterns of random pairs: of all, of one birth year, of one birth date.
func (t *trainer) sample() {
	n := t.p.Len()
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	date := func(i int32) uint64 { return t.p.records[i].date() }
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(date(a), date(b)) })
	random := rand.New(rand.NewPCG(t.o.Seed, 0x6c696e6b616765))
	for i, s := range [3]struct{ pairs, shift int }{{randomPairs, 64}, {yearPairs, 9}, {dayPairs, 0}} { // the shift leaves of a date what both must have in common
		t.report(StageSample, i, 3)
		counts, runs := make([]uint32, patternCount), runsOf(n, func(at int) uint64 { return date(order[at]) >> s.shift })
		for range min(s.pairs, 20*n) {
			at := random.IntN(n)
			run := runs[date(order[at])>>s.shift]
			other := run[0] + random.IntN(run[1]-run[0])
			a, b := t.p.view(order[at]), t.p.view(order[other])
			if at == other || i > 0 && a.date() == 0 || (a.Birth|b.Birth)&flagCancelled != 0 {
				continue
			}
			if l := t.compare(&a, &b); !twins(&l, &a, &b) {
				counts[l.pattern()]++
			}
		}
		t.samples = append(t.samples, gatherPatterns(counts))
		t.told.RandomPairs += int(sumOf(t.samples[i].counts))
	}
}

// runsOf finds where each value of a sorted list begins and ends.
func runsOf(n int, value func(int) uint64) map[uint64][2]int {
	runs := make(map[uint64][2]int)
	for at := 0; at < n; {
		end := at
		for end < n && value(end) == value(at) {
			end++
		}
		runs[value(at)] = [2]int{at, end}
		at = end
	}
	return runs
}

func sumOf(counts []float64) (sum float64) {
	for _, n := range counts {
		sum += n
	}
	return sum
}

// gatherPatterns lists the patterns that occur, and clears the counts.
func gatherPatterns(counts ...[]uint32) (p patterns) {
	for pattern := range patternCount {
		n := uint64(0)
		for _, c := range counts {
			n += uint64(c[pattern])
			c[pattern] = 0
		}
		if n > 0 {
			p.levels = append(p.levels, levelsOf(pattern))
			p.counts = append(p.counts, float64(n))
		}
	}
	return p
}

// count counts the patterns of all pairs of each key, whether or not another key has them too: else those of the later keys would be odd ones.
func (t *trainer) count(ctx context.Context) error {
	visitors, counts := make([]visitor, t.o.Workers), make([][]uint32, t.o.Workers)
	for i := range visitors {
		counts[i] = make([]uint32, patternCount)
		visitors[i] = &counter{t.comparer, counts[i]}
	}
	w := newWalker(t.p, t.model.Keys, t.o.Workers, false, t.o.Progress)
	err := w.walk(ctx, StageCount, visitors, func(k Key) {
		t.keys[k] = gatherPatterns(counts...)
		t.keys[k].share = [2]float64{startShare(k), startShare(k)}
	})
	t.told.Capped = w.report
	t.homes = t.households()
	return err
}

// startShare is what share of a key's pairs are one person, before anything is known.
func startShare(k Key) float64 {
	switch k {
	case KeyNumber:
		return .5
	case KeyNameYear, KeySoundDay, KeySurnameBirth, KeySoundBirthplace:
		return .001
	}
	return .02
}

// households counts the pairs of one household.
func (t *trainer) households() (pairs float64) {
	homes := make([]uint32, 0, t.p.Len())
	for i := range t.p.records {
		if h := t.p.records[i].household(); h != 0 {
			homes = append(homes, h)
		}
	}
	slices.Sort(homes)
	for len(homes) > 0 {
		n := 1
		for n < len(homes) && homes[n] == homes[0] {
			n++
		}
		pairs += float64(n) * float64(n-1) / 2
		homes = homes[n:]
	}
	return pairs
}

// tally counts candidate pairs by score without prior, in steps of an eighth of a bit.
type tally struct {
	*comparer
	model *Model
	bins  [2][binCount]int64 // of those that may be proposed, and of those that may only be reviewed
}

const (
	binWidth = 125
	binCount = 2048
)

func (t *tally) pair(_ Key, a, b *view) {
	l := t.compare(a, b)
	if twins(&l, a, b) {
		return
	}
	score := t.model.base(&l) - t.model.prior + t.model.frequency(&l, a)
	only := 0
	if onlyReviewed(&l, a, b) {
		only = 1
	}
	t.bins[only][max(0, min(binCount-1, binCount/2+int(score)/binWidth))]++
}

// What the cuts are set for.
const (
	proposalError = .004 // expected share of wrong proposals
	proposalLeast = .95  // probability that the least of them has
	reviewLeast   = .001 // probability that the least of those for review has
	reviewReading = 2.6  // pairs read for each expected pair of one person
)

// cuts counts all candidate pairs by score, and from it sets the prior at which as many pairs are expected as it says, and the cuts.
func (t *trainer) cuts(ctx context.Context) error {
	visitors, tallies := make([]visitor, t.o.Workers), make([]*tally, t.o.Workers)
	for i := range visitors {
		tallies[i] = &tally{comparer: t.comparer, model: t.model}
		visitors[i] = tallies[i]
	}
	if err := newWalker(t.p, t.model.Keys, t.o.Workers, true, t.o.Progress).walk(ctx, StageScore, visitors, nil); err != nil {
		return err
	}
	var proposable, all [binCount]float64
	for _, tally := range tallies {
		for i := range binCount {
			proposable[i] += float64(tally.bins[0][i])
			all[i] += float64(tally.bins[0][i] + tally.bins[1][i])
		}
	}
	prior, expected := float64(t.model.prior)/1000, 0.0
	chance := func(bin int) float64 {
		return 1 / (1 + math.Exp2(-(prior + float64((bin-binCount/2)*binWidth)/1000)))
	}
	for range 50 {
		expected = 0
		for i, n := range all {
			expected += n * chance(i)
		}
		prior = priorOf(max(expected, 1), t.p.Len())
	}
	t.model.prior, t.told.Expected = millibits(prior), expected
	proposal, review := binCount-1, binCount-1
	var listed, wrong, read, found float64
	for i := binCount - 1; i >= 0; i-- {
		listed, wrong = listed+proposable[i], wrong+proposable[i]*(1-chance(i))
		if chance(i) >= proposalLeast && wrong <= proposalError*listed {
			proposal = i
		}
		read, found = read+all[i], found+all[i]*chance(i)
		if chance(i) >= reviewLeast && read <= reviewReading*found {
			review = i
		}
	}
	score := func(bin int) Millibits { return t.model.prior + Millibits((bin-binCount/2)*binWidth) }
	review = min(review, proposal)
	t.model.Cuts = Cuts{score(proposal), score(review)}
	return nil
}
