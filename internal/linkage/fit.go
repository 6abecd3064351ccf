package linkage

import (
	"cmp"
	"math"
	"slices"
)

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
	has := t.comparable()
	for c := range u[Number] {
		of, level := [2]float64{total, relatives}[c/dateKinds], c%dateKinds
		share := has.number
		if Level(level) != DateMissing {
			share = has.both * u[Date][c/dateKinds][level]
		}
		u[Number][c][NumberEqual] = t.start[1][Number][c][NumberEqual]
		if share > 0 {
			u[Number][c][NumberEqual] = min(1, (number[c]+1)/(of*share+1))
		}
	}
}

// comparable are the shares of random pairs that have something to compare.
type comparable struct{ dates, number, both float64 } // two birth dates; two numbers, but a date is missing; two of each

func (t *trainer) comparable() (has comparable) {
	s := &t.samples[0]
	for i := range s.levels {
		l, n := &s.levels[i], s.counts[i]
		if l[Date] != DateMissing {
			has.dates += n
		}
		switch {
		case l[Number] == NumberMissing:
		case l[Date] == DateMissing:
			has.number += n
		default:
			has.both += n
		}
	}
	all := max(1, sumOf(s.counts))
	return comparable{has.dates / all, has.number / all, has.both / all}
}

// sameDay sets u of names among strangers of one birth date: a register has more of one name and date than chance gives, and two numbers that are both right tell them
// apart only where the rest does. All such pairs are in the blocks of the keys.
func (t *trainer) sameDay(u *tables) {
	of := allPairs(t.p.Len()) * t.comparable().dates * u[Date][0][DateEqual]
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
