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
	var b [recordBytes + 16]byte
	for i := range p.records {
		r := &p.records[i]
		for j, word := range [4]uint64{r.Number, r.Name, r.Birth, r.Where} {
			binary.LittleEndian.PutUint64(b[8*j:], word)
		}
		for j, word := range [4]uint32{p.besides[i].father, p.besides[i].spouse, p.besides[i].street, p.besides[i].sound} {
			binary.LittleEndian.PutUint32(b[recordBytes+4*j:], word)
		}
		h.Write(b[:])
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
	anybody := func(int) (int, int) { return 0, n }
	alike := func(shift int) func(int) (int, int) {
		starts := make(map[uint64][2]int)
		for at := 0; at < n; {
			end, value := at, date(order[at])>>shift
			for end < n && date(order[end])>>shift == value {
				end++
			}
			starts[value] = [2]int{at, end}
			at = end
		}
		return func(at int) (int, int) {
			run := starts[date(order[at])>>shift]
			return run[0], run[1]
		}
	}
	for i, s := range []struct {
		pairs int
		among func(at int) (from, to int)
	}{{randomPairs, anybody}, {yearPairs, alike(9)}, {dayPairs, alike(0)}} {
		t.report(StageSample, i, 3)
		counts := make([]uint32, patternCount)
		for range min(s.pairs, 20*n) {
			at := random.IntN(n)
			from, to := s.among(at)
			other := from + random.IntN(to-from)
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

// chance is that of levels which a key's pair has to be one person.
func (t *trainer) chance(m *Model, k Key, l *levels) float64 {
	r := m.ratio(l, taught[k].given)
	if k == KeySurnameBirth {
		r *= m.surnames(l)
	}
	return posterior(t.keys[k].share[sameDay(l)], r)
}

// surnames makes the ratio of a name one among pairs of one surname.
func (m *Model) surnames(l *levels) float64 {
	c := condition(Name, l)
	one, two := 1.0, 1.0
	for _, level := range [2]Level{NameSurname, NameDifferent} {
		one, two = one-m.m[Name][c][level], two-m.u[Name][c][level]
	}
	return two / one
}

// ratio is how much likelier levels are of one person than of two, by all features but some.
func (m *Model) ratio(l *levels, without FeatureSet) float64 {
	r := 1.0
	for f := range FeatureCount {
		c := condition(f, l)
		if l[f] == f.missing() || without.has(f) || f == Address && c == 1 {
			continue
		}
		r *= max(m.m[f][c][l[f]], 1e-9) / max(m.u[f][c][l[f]], 1e-12)
	}
	return r
}

func posterior(share, ratio float64) float64 {
	odds := share / (1 - share) * ratio
	return odds / (1 + odds)
}

// fitU counts how often two persons agree: in random pairs, and for what is too rare there, in the blocks of the keys that ask for it. Each pair counts by the chance
// that it is two persons.
func (t *trainer) fitU() tables {
	counts := newTables()
	prior := math.Exp2(float64(t.model.prior) / 1000)
	for i, s := range t.samples {
		without := [3]FeatureSet{0, ^setOf(Number, Name, Birthplace), ^setOf(Number, Birthplace)}[i]
		chance := [3]float64{prior, prior * 80, prior * 25000}[i]
		for j := range s.levels {
			if l := &s.levels[j]; !kin(l[Family]) {
				counts.add(l, s.counts[j]*(1-posterior(chance, t.model.ratio(l, 0))), without)
			}
		}
	}
	for _, k := range []Key{KeyMother, KeyParents} {
		t.persons(k, func(l *levels, n float64) { counts.add(l, n, ^setOf(Date, Number, Name, Birthplace, Address)) })
	}
	for _, k := range []Key{KeyNameYear, KeySoundDay} {
		t.persons(k, func(l *levels, n float64) {
			if sameName(l[Name]) {
				counts.add(l, n, ^setOf(Sex))
			}
		})
	}
	counts.once()
	u := counts.shares(&t.start[1], startWeightU)
	t.rare(&u)
	t.sameDay(&u)
	return u
}

// persons calls do with the patterns of a key, each weighed by the chance that it is two persons.
func (t *trainer) persons(k Key, do func(l *levels, n float64)) {
	found := &t.keys[k]
	for j := range found.levels {
		l := &found.levels[j]
		do(l, found.counts[j]*(1-t.chance(t.model, k, l)))
	}
}

// rare sets u where no random pair ever agrees: of a family, of a spouse, of a number.
func (t *trainer) rare(u *tables) {
	total := allPairs(t.p.Len())
	var family [maxLevels]float64
	var number [2 * dateKinds]float64
	spouse, relatives := 0.0, 0.0
	t.persons(KeyMother, func(l *levels, n float64) { family[l[Family]] += n })
	t.persons(KeySpouse, func(l *levels, n float64) { spouse += n })
	t.persons(KeyNumber, func(l *levels, n float64) { number[condition(Number, l)] += n })
	family[FamilyHousehold] = t.homes
	for level := range FamilyHousehold + 1 {
		relatives += family[level]
		u[Family][0][level] = (family[level] + 1) / total
	}
	u[Spouse][0][SpouseEqual] = (spouse + 1) / total
	for c := range u[Number] {
		of := total * u[Date][0][c%dateKinds]
		if c >= dateKinds {
			of = relatives * u[Date][1][c%dateKinds]
		}
		u[Number][c][NumberEqual] = (number[c] + 1) / (of + 1)
	}
}

// sameDay sets u of names among strangers of one birth date: a register has more of one name and date than chance gives, and two numbers that are both right tell them
// apart only where the rest does. All such pairs are in the blocks of the keys.
func (t *trainer) sameDay(u *tables) {
	of := allPairs(t.p.Len()) * u[Date][0][DateEqual]
	var counts [maxLevels]float64
	gather := func(k Key, factor float64, wanted func(Level) bool) {
		t.persons(k, func(l *levels, n float64) {
			if l[Date] == DateEqual && !kin(l[Family]) && wanted(l[Name]) {
				counts[l[Name]] += n * factor
			}
		})
	}
	gather(KeyNameYear, 1, func(l Level) bool { return l == NameExact })
	gather(KeySoundDay, 1, func(l Level) bool { return l == NameSound })
	gather(KeySurnameBirth, 2, func(l Level) bool { return l != NameExact && l != NameSound && l < NameDifferent }) // of one sex only
	gather(KeyGivenBirth, 1, func(l Level) bool { return l == NameSurname })
	rest := 1.0
	for level := range NameDifferent {
		u[Name][datesEqual][level] = (counts[level] + 1) / (of + 10)
		rest -= u[Name][datesEqual][level]
	}
	u[Name][datesEqual][NameDifferent] = max(rest, .1)
}

// fitM fits m for each key by itself, by expectation and maximisation with u fixed, and averages over the keys by how many pairs each matched.
func (t *trainer) fitM() tables {
	counts := newTables()
	for k := range KeyCount {
		if len(t.keys[k].levels) > 0 {
			t.fitKey(k, &counts)
		}
	}
	alike(&counts)
	return t.shrink(counts)
}

// shrink makes m of counts. What a condition has seen little of is drawn towards what all have seen together: names over all dates, numbers over all dates that are not
// equal; and these towards the start.
func (t *trainer) shrink(counts tables) tables {
	pooled := newTables()
	for f := range FeatureCount {
		for c := range counts[f] {
			for level := range maxLevels {
				pooled[f][c][level] = counts[f][c][level]
				for other := range counts[f] {
					if other != c && alikeEnough(f, c, other) {
						pooled[f][c][level] += counts[f][other][level]
					}
				}
			}
		}
	}
	start := pooled.shares(&t.start[0], startWeightM*t.scale())
	return counts.shares(&start, pooledWeight*t.scale())
}

func alikeEnough(f Feature, c, other int) bool {
	return f == Name || f == Number && c%dateKinds != int(DateEqual) && other%dateKinds != int(DateEqual)
}

// scale makes what is drawn towards grow with the register: what anchors m in a small one must hold in a large one.
func (t *trainer) scale() float64 { return max(1, float64(t.p.Len())/200_000) }

// fitKey adds the expected levels of a key's pairs of one person to counts.
func (t *trainer) fitKey(k Key, into *tables) {
	found, use := &t.keys[k], taught[k]
	trial := *t.model
	var counts tables
	for range emRounds {
		matched, all := [2]float64{}, [2]float64{}
		counts = newTables()
		for j := range found.levels {
			l := &found.levels[j]
			n := found.counts[j] * t.chance(&trial, k, l)
			matched[sameDay(l)] += n
			all[sameDay(l)] += found.counts[j]
			counts.add(l, n, use.hidden)
		}
		before := found.share
		for i := range matched {
			found.share[i] = min(.999, (matched[i]+.1)/(all[i]+1))
		}
		own := counts.sum(newTables())
		alike(&own)
		trial.m = t.shrink(own)
		if math.Abs(found.share[0]-before[0]) < 1e-6*before[0] && math.Abs(found.share[1]-before[1]) < 1e-6*before[1] {
			break
		}
	}
	found.matched = 0
	for j := range found.levels {
		found.matched += found.counts[j] * t.chance(&trial, k, &found.levels[j])
	}
	*into = into.sum(counts)
}

// alike makes m of relatives and strangers one: that somebody is registered twice does not hang on who else is registered.
func alike(m *tables) {
	for _, f := range [5]Feature{Date, Number, Name, Birthplace, Address} {
		each := conditions[f] / 2
		if f == Birthplace {
			each = 1 // nor on the number
		}
		for c := range each {
			for level := range maxLevels {
				sum := 0.0
				for same := c; same < conditions[f]; same += each {
					sum += m[f][same][level]
				}
				for same := c; same < conditions[f]; same += each {
					m[f][same][level] = sum
				}
			}
		}
	}
}

// frequencies finds the frequent names and what they are worth: the average over equal pairs is 0.
func (t *trainer) frequencies() (f frequencies) {
	packed := make([]uint64, 0, t.p.Len())
	for i := range t.p.records {
		if v := t.p.view(int32(i)); v.readable() != 0 {
			packed = append(packed, v.readable())
		}
	}
	slices.Sort(packed)
	type name struct {
		digest uint32
		count  int
	}
	var all []name
	pairs := 0.0
	for at := 0; at < len(packed); {
		n := 1
		for at+n < len(packed) && packed[at+n] == packed[at] {
			n++
		}
		all = append(all, name{nameDigest(packed[at]), n})
		pairs += float64(n) * float64(n-1)
		at += n
	}
	if pairs == 0 {
		return f
	}
	population := float64(len(packed))
	average := pairs / population // namesakes of a person met at random
	slices.SortFunc(all, func(a, b name) int { return cmp.Or(-cmp.Compare(a.count, b.count), cmp.Compare(a.digest, b.digest)) })
	frequent := all[:min(len(all), maxNames)]
	for i := range frequent {
		if frequent[i].count < 8 {
			frequent = frequent[:i]
			break
		}
	}
	restPairs, rest := 0.0, 0.0
	for _, n := range all[len(frequent):] {
		restPairs, rest = restPairs+float64(n.count)*float64(n.count-1), rest+float64(n.count)
	}
	f.rest = worth(average, (restPairs+1)/(rest+1))
	slices.SortFunc(frequent, func(a, b name) int { return cmp.Compare(a.digest, b.digest) })
	for i, n := range frequent {
		if i > 0 && n.digest == frequent[i-1].digest {
			continue
		}
		f.digests = append(f.digests, n.digest)
		f.extra = append(f.extra, int16(worth(average, float64(n.count-1))))
	}
	return f
}

// worth is what a name with so many others who bear it says more than the average one, within eight bits.
func worth(average, others float64) Millibits {
	return millibits(max(-8, min(8, math.Log2(average/max(others, .02)))))
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
	if twoNumbers(&l, a, b) {
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
