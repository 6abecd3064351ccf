package linkage

// TruthPair is one pair of which the truth is known. A and B are record numbers, in either order.
type TruthPair struct {
	A, B int32
	Same bool   // one person
	Kind string // double_hukou, multiple_birth, ...
}

// Truth is what is known of a population.
type Truth struct {
	Pairs []TruthPair
	Kinds map[int32][]string          // what was planted in each record's items, to count recall by kind
	Group func(record int32) []string // groups to count by, as "ethnic=11", "name=2", "age=60"; nil for none
}

// Ratio is found of all.
type Ratio struct{ Found, All int }

// Value is the ratio; 0 of none.
func (r Ratio) Value() float64 {
	if r.All == 0 {
		return 0
	}
	return float64(r.Found) / float64(r.All)
}

// Row is quality for one kind or group.
type Row struct {
	Name      string
	Blocked   Ratio // true pairs that share a key
	Proposed  Ratio // true pairs that are proposed
	Listed    Ratio // true pairs proposed or for review
	Precision Ratio // right ones of those proposed
}

// Quality is a result measured against the truth.
type Quality struct {
	All            Row
	Kinds, Groups  []Row   // sorted by name
	ReviewPerTrue  float64 // pairs read (proposals and review) for each true pair that they hold
	TwinsProposed  int     // pairs of multiple births among the proposals
	Shared         Ratio   // pairs of two persons with one number that were found as such
	BaselineRecall Ratio   // same name and same birth date
	BaselineRight  Ratio   // right ones among those
	BestRecall     float64 // recall at precision 0.99 if the cut were set with knowledge of the truth
	Prevalence     float64 // true pairs for each registration
	Wrong          []Pair  // proposals that are wrong, best first, at most a hundred
	Missed         []Pair  // true pairs that are not listed, at most a hundred; Score says why
}

// Measure compares a result with the truth.
func Measure(p *Population, m *Model, r *Result, t *Truth) *Quality { panic("later") }
