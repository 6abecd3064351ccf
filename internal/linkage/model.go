package linkage

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
)

// Model is what a pair is scored with: made by Train or StartModel, never changed by Link. docs/formats/linkage-model.md describes its file.
type Model struct {
	Name     string // for people
	Trained  int    // registrations that it was trained on, or fitted to by For; 0 for StartModel
	Digest   string // SHA-256 of the file's bytes, in hex
	Source   string // SHA-256 of the packed registrations that it was trained on, in hex; "" for StartModel
	Keys     KeySet
	Cuts     Cuts
	Labelled bool // the calibration comes from clerks' decisions, not from the model's own expectation

	prior   Millibits
	m, u    tables
	weights [FeatureCount][][maxLevels]Millibits
	names   frequencies
	bands   []band
}

// Cuts divide the scores. A pair below Review is dropped, unless the two have one number or are of a multiple birth.
type Cuts struct {
	Proposal Millibits `json:"proposal"`
	Review   Millibits `json:"review"`
}

// BlockCap is how many registrations may share a key's value before the block is divided.
const BlockCap = 3000

// frequencies are what frequent names take from the weight of an equal name, and rare ones add to it.
type frequencies struct {
	digests []uint32 // of frequent names, ascending
	extra   []int16  // millibits
	rest    Millibits
}

// maxNames is how many frequent names a model holds.
const maxNames = 16384

func nameDigest(packed uint64) uint32 { return uint32(finish(packed) >> 32) }

func (f *frequencies) of(packed uint64) Millibits {
	if i, ok := slices.BinarySearch(f.digests, nameDigest(packed)); ok {
		return Millibits(f.extra[i])
	}
	return f.rest
}

// band says the probability of scores from From on.
type band struct {
	From        Millibits       `json:"from"`
	Probability PartsPerMillion `json:"probability"`
}

// The most that one level may say for or against, in bits: nothing is proven by one item alone. Being relatives may say as much as any prior takes away: among relatives
// it is the others that decide.
const (
	maxWeight       = 22
	maxFamilyWeight = 30
)

func weightLimit(f Feature) float64 {
	if f == Family {
		return maxFamilyWeight
	}
	return maxWeight
}

// StartModel is the model before any training, from what is known of names and numbers: for files too small to train on.
func StartModel(registrations int) *Model {
	n := max(registrations, 1000)
	m := &Model{Name: "start", Keys: AllKeys, Cuts: Cuts{Proposal: 9000, Review: -2000}}
	m.m, m.u = startTables(n)
	m.prior = millibits(priorOf(duplicates/1000*float64(n), n))
	m.weigh()
	m.seal()
	return m
}

func millibits(bits float64) Millibits { return Millibits(math.Round(1000 * bits)) }

// weigh makes the weights of m and u.
func (m *Model) weigh() {
	for f := range FeatureCount {
		m.weights[f] = make([][maxLevels]Millibits, conditions[f])
		for c := range conditions[f] {
			for level := range f.missing() {
				w := math.Log2(max(m.m[f][c][level], 1e-9) / max(m.u[f][c][level], 1e-12))
				if f != Address || c == 0 { // see tables
					m.weights[f][c][level] = millibits(max(-weightLimit(f), min(weightLimit(f), w)))
				}
			}
		}
	}
}

// For fits a model that was trained on another register to one of so many registrations. The larger a register, the less any two of it are one person, and the less any
// two of it are relatives: as many registrations are expected to be doubles, for each person. A model that has the register's own size stays as it is; one of a few
// registrations is fitted to a thousand.
func (m *Model) For(registrations int) *Model {
	n := max(registrations, 1000)
	if m.Trained == 0 || m.Trained == n {
		return m
	}
	c := *m
	times := float64(n) / float64(m.Trained)
	shift := millibits(math.Log2(times))
	c.Trained, c.prior = n, m.prior-shift
	c.weights[Family], c.u[Family] = slices.Clone(m.weights[Family]), slices.Clone(m.u[Family])
	for level := range FamilyHousehold + 1 {
		c.u[Family][0][level] = min(1, m.u[Family][0][level]/times)
		c.weights[Family][0][level] = max(-1000*maxFamilyWeight, min(1000*maxFamilyWeight, m.weights[Family][0][level]+shift))
	}
	c.seal()
	return &c
}

// base is the score of levels without name frequency.
func (m *Model) base(l *levels) Millibits {
	relatives := 0
	if kin(l[Family]) {
		relatives = 1
	}
	return m.nameless(l, relatives) + m.named(l[Name], l[Sex], relatives*datesKinds+datesOf[l[Date]])
}

// nameless is what of a score does not hang on the name.
func (m *Model) nameless(l *levels, relatives int) Millibits {
	return m.prior + m.weights[Family][0][l[Family]] + m.weights[Date][relatives][l[Date]] + m.weights[Number][relatives*dateKinds+int(l[Date])][l[Number]] +
		m.weights[Birthplace][relatives*countiesKinds+countiesOf[l[Number]]][l[Birthplace]] + m.weights[Spouse][0][l[Spouse]] + m.weights[Address][relatives][l[Address]]
}

// named is what a level of Name weighs under a condition, with the sex, which is weighed given the name.
func (m *Model) named(name, sex Level, condition int) Millibits {
	alike := 0
	if sameName(name) {
		alike = 1
	}
	return m.weights[Name][condition][name] + m.weights[Sex][alike][sex]
}

// bestNames are the most that any name adds to the score of two who are no relatives, by whether their dates agree and by the level of Sex.
type bestNames [datesKinds][SexMissing + 1]Millibits

func (m *Model) bestNames() (best bestNames) {
	rarest := m.names.rest
	for _, extra := range m.names.extra {
		rarest = max(rarest, Millibits(extra))
	}
	for dates := range best {
		for sex := range SexMissing + 1 {
			most := m.named(NameExact, sex, dates) + rarest
			for name := NameExact + 1; name <= NameMissing; name++ {
				most = max(most, m.named(name, sex, dates))
			}
			best[dates][sex] = most
		}
	}
	return best
}

// frequency is what the name's frequency adds to a score.
func (m *Model) frequency(l *levels, a *view) Millibits {
	if l[Name] != NameExact || kin(l[Family]) {
		return 0
	}
	return m.names.of(a.name())
}

// probability is that of a score.
func (m *Model) probability(score Millibits) PartsPerMillion {
	if len(m.bands) == 0 {
		return logistic(score)
	}
	i, found := slices.BinarySearchFunc(m.bands, score, func(b band, s Millibits) int { return cmp.Compare(b.From, s) })
	switch {
	case found:
		return m.bands[i].Probability
	case i == 0:
		return min(logistic(score), m.bands[0].Probability)
	}
	return m.bands[i-1].Probability
}

func logistic(score Millibits) PartsPerMillion {
	return PartsPerMillion(math.Round(1e6 / (1 + math.Exp2(-float64(score)/1000))))
}

// classify says what a pair is put forward as; 0 for nothing.
func (m *Model) classify(l *levels, a, b *view, score Millibits) Class {
	switch {
	case twins(l, a, b):
		return MultipleBirth
	case score >= m.Cuts.Proposal && onlyReviewed(l, a, b):
		return Review
	case score >= m.Cuts.Proposal:
		if a.unsuspected() && b.unsuspected() && l[Number] != NumberEqual {
			return SeveralNumbers
		}
		return Proposal
	case l[Number] == NumberEqual && (score < m.Cuts.Review || l[Name] == NameSurnameOnly || l[Name] == NameDifferent):
		return SharedNumber
	case score >= m.Cuts.Review:
		return Review
	}
	return 0
}

// Label is a clerk's decision about a pair that was scored.
type Label struct {
	Score Millibits
	Same  bool
}

// bandLabels is how many decisions a band of the calibration has at least.
const bandLabels = 25

// Calibrate returns a model whose probabilities follow decisions: isotonic regression, by bands of at least 25. With fewer decisions the model stays as it is. Scores
// and cuts do not change.
func (m *Model) Calibrate(labels []Label) *Model {
	c := *m
	if len(labels) >= bandLabels {
		c.bands, c.Labelled = isotonic(labels), true
	}
	c.seal()
	return &c
}

// isotonic pools neighbouring bands until no band is less probable than the one before.
func isotonic(labels []Label) (bands []band) {
	labels = slices.Clone(labels)
	slices.SortStableFunc(labels, func(a, b Label) int { return cmp.Compare(a.Score, b.Score) })
	type pool struct {
		from      Millibits
		same, all int
	}
	var pools []pool
	for i, l := range labels {
		same := 0
		if l.Same {
			same = 1
		}
		last := len(pools) - 1
		if last >= 0 && (pools[last].all < bandLabels || labels[i-1].Score == l.Score || len(labels)-i < bandLabels) {
			pools[last].same, pools[last].all = pools[last].same+same, pools[last].all+1
			continue
		}
		pools = append(pools, pool{l.Score, same, 1})
	}
	merged := pools[:0]
	for _, p := range pools {
		for len(merged) > 0 {
			last := merged[len(merged)-1]
			if last.same*p.all < p.same*last.all {
				break
			}
			p = pool{last.from, last.same + p.same, last.all + p.all}
			merged = merged[:len(merged)-1]
		}
		merged = append(merged, p)
	}
	for _, p := range merged {
		bands = append(bands, band{p.from, PartsPerMillion((1e6*p.same + 1e6/2) / (p.all + 1))})
	}
	for i := 1; i < len(bands); i++ {
		bands[i].Probability = max(bands[i].Probability, bands[i-1].Probability)
	}
	return bands
}

// Weight is one entry of a model's tables, for people who read it.
type Weight struct {
	Feature Feature
	Level   Level
	Given   string // what it depends on: "", "relatives", "names alike", ...
	M, U    float64
	Weight  Millibits
}

// Weights lists all weights in a fixed order.
func (m *Model) Weights() iter.Seq[Weight] {
	return func(yield func(Weight) bool) {
		for f := range FeatureCount {
			for c := range conditions[f] {
				for level := range f.missing() + 1 {
					if !yield(Weight{f, level, conditionName(f, c), m.m[f][c][level], m.u[f][c][level], m.weights[f][c][level]}) {
						return
					}
				}
			}
		}
	}
}

// Prior is what any two registrations start from.
func (m *Model) Prior() Millibits { return m.prior }

// The file.

const (
	modelFormat  = "huzheng linkage model"
	modelVersion = 1
	maxModelFile = 4 << 20
)

type modelFile struct {
	Format   string      `json:"format"`
	Version  int         `json:"version"`
	Name     string      `json:"name"`
	Trained  int         `json:"trained"`
	Source   string      `json:"source"`
	Keys     []string    `json:"keys"`
	Cuts     Cuts        `json:"cuts"`
	Prior    Millibits   `json:"prior"`
	Features []tableFile `json:"features"`
	Names    namesFile   `json:"names"`
	Labelled bool        `json:"labelled"`
	Bands    []band      `json:"bands"`
}

// tableFile is one feature under one condition; missing levels are left out.
type tableFile struct {
	Feature string      `json:"feature"`
	Given   string      `json:"given"`
	Levels  []levelFile `json:"levels"`
}

type levelFile struct {
	Level  string    `json:"level"`
	M      float64   `json:"m"`
	U      float64   `json:"u"`
	Weight Millibits `json:"weight"`
}

// namesFile holds six bytes a name: digest, then millibits, both little-endian.
type namesFile struct {
	Rest  Millibits `json:"rest"`
	Names string    `json:"names"`
}

// encode gives the file's bytes.
func (m *Model) encode() []byte {
	f := modelFile{Format: modelFormat, Version: modelVersion, Name: m.Name, Trained: m.Trained, Source: m.Source, Cuts: m.Cuts, Prior: m.prior, Labelled: m.Labelled,
		Bands: m.bands, Keys: []string{}, Names: namesFile{Rest: m.names.rest}}
	if f.Bands == nil {
		f.Bands = []band{}
	}
	for _, k := range m.Keys.Keys() {
		f.Keys = append(f.Keys, k.String())
	}
	for feature := range FeatureCount {
		for c := range conditions[feature] {
			t := tableFile{Feature: feature.String(), Given: conditionName(feature, c)}
			for level := range feature.missing() {
				t.Levels = append(t.Levels, levelFile{feature.Levels()[level], m.m[feature][c][level], m.u[feature][c][level], m.weights[feature][c][level]})
			}
			f.Features = append(f.Features, t)
		}
	}
	names := make([]byte, 0, 6*len(m.names.digests))
	for i, d := range m.names.digests {
		names = binary.LittleEndian.AppendUint32(names, d)
		names = binary.LittleEndian.AppendUint16(names, uint16(m.names.extra[i]))
	}
	f.Names.Names = base64.StdEncoding.EncodeToString(names)
	text, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		panic(err) // plain strings and finite numbers
	}
	return append(text, '\n')
}

func (m *Model) seal() {
	sum := sha256.Sum256(m.encode())
	m.Digest = hex.EncodeToString(sum[:])
}

// Write writes the model's file.
func (m *Model) Write(w io.Writer) error {
	_, err := w.Write(m.encode())
	return err
}

// ReadModel reads a model's file. One that is damaged, of another version, or not as Write would write it is refused.
func ReadModel(r io.Reader) (*Model, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxModelFile+1))
	if err != nil {
		return nil, fmt.Errorf("linkage model: %w", err)
	}
	if len(text) > maxModelFile {
		return nil, errors.New("linkage model: the file is longer than 4 MiB")
	}
	var f modelFile
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("linkage model: %w", err)
	}
	m, err := f.model()
	if err != nil {
		return nil, fmt.Errorf("linkage model: %w", err)
	}
	if !bytes.Equal(m.encode(), text) {
		return nil, errors.New("linkage model: the file was changed by hand or cut off")
	}
	m.seal()
	return m, nil
}

// limit is the most that a score may be made of: the sum of all parts stays far inside 32 bits.
const limit = 100_000

func within(w Millibits) bool { return w >= -limit && w <= limit }

func (f *modelFile) model() (*Model, error) {
	if f.Format != modelFormat || f.Version != modelVersion {
		return nil, fmt.Errorf("it is %q version %d, this program reads %q version %d", f.Format, f.Version, modelFormat, modelVersion)
	}
	m := &Model{Name: f.Name, Trained: f.Trained, Source: f.Source, Cuts: f.Cuts, Labelled: f.Labelled, prior: f.Prior, m: newTables(), u: newTables()}
	for _, code := range f.Keys {
		k := slices.Index(keyCodes[:], code)
		if k < 0 {
			return nil, fmt.Errorf("unknown key %q", code)
		}
		m.Keys |= 1 << k
	}
	if m.Keys == 0 || f.Trained < 0 || !within(f.Prior) || !within(f.Cuts.Proposal) || !within(f.Cuts.Review) || f.Cuts.Review > f.Cuts.Proposal {
		return nil, errors.New("keys, prior or cuts are not possible")
	}
	at := 0
	for feature := range FeatureCount {
		m.weights[feature] = make([][maxLevels]Millibits, conditions[feature])
		for c := range conditions[feature] {
			if at == len(f.Features) {
				return nil, errors.New("a table of a feature is missing")
			}
			if err := f.Features[at].into(m, feature, c); err != nil {
				return nil, err
			}
			at++
		}
	}
	if at < len(f.Features) {
		return nil, errors.New("there is a table too many")
	}
	return m, cmp.Or(f.Names.into(m), m.setBands(f.Bands))
}

func (t *tableFile) into(m *Model, feature Feature, c int) error {
	if t.Feature != feature.String() || t.Given != conditionName(feature, c) || len(t.Levels) != int(feature.missing()) {
		return fmt.Errorf("the table %q given %q is not in its place, or has other levels", t.Feature, t.Given)
	}
	for i, l := range t.Levels {
		if l.Level != feature.Levels()[i] || !within(l.Weight) || !(l.M >= 0 && l.M <= 1 && l.U >= 0 && l.U <= 1) {
			return fmt.Errorf("the level %q of %q is not possible", l.Level, t.Feature)
		}
		m.m[feature][c][i], m.u[feature][c][i], m.weights[feature][c][i] = l.M, l.U, l.Weight
	}
	return nil
}

func (n *namesFile) into(m *Model) error {
	raw, err := base64.StdEncoding.DecodeString(n.Names)
	if err != nil || len(raw)%6 != 0 || len(raw) > 6*maxNames || !within(n.Rest) {
		return errors.New("the name frequencies are damaged")
	}
	m.names.rest = n.Rest
	for ; len(raw) > 0; raw = raw[6:] {
		d := binary.LittleEndian.Uint32(raw)
		if last := len(m.names.digests) - 1; last >= 0 && m.names.digests[last] >= d {
			return errors.New("the name frequencies are not in order")
		}
		m.names.digests = append(m.names.digests, d)
		m.names.extra = append(m.names.extra, int16(binary.LittleEndian.Uint16(raw[4:])))
	}
	return nil
}

func (m *Model) setBands(bands []band) error {
	for i, b := range bands {
		if b.Probability < 0 || b.Probability > 1e6 || i > 0 && (bands[i-1].From >= b.From || bands[i-1].Probability > b.Probability) {
			return errors.New("the bands of the calibration are not in order")
		}
	}
	if len(bands) > 0 {
		m.bands = bands
	}
	return nil
}
