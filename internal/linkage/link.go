package linkage

import "context"

// LinkOptions says how to run.
type LinkOptions struct {
	Workers  int // default 1; any number gives the same result
	Progress Progress
}

// CappedBlock is a block with more than BlockCap registrations after every division: they were not compared by this key, only by others.
type CappedBlock struct {
	Key   Key
	Size  int
	First int32 // record number of its first member, to say what they share
}

// KeyCount is how many pairs a key was the first to find.
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
}

// Link finds and scores all pairs of a population and groups them into cases.
func Link(ctx context.Context, p *Population, m *Model, o LinkOptions) (*Result, error) {
	panic("later")
}

// Explain says why two records have the score that they have.
func Explain(p *Population, m *Model, a, b int32) Waterfall { panic("later") }

// ExplainTexts does it for two registrations as they stand.
func ExplainTexts(m *Model, a, b *Text) Waterfall { panic("later") }

// Candidates counts what blocking alone finds, for measuring: whether two records share any key (caps included as they were in r).
func (r *Result) Candidate(p *Population, m *Model, a, b int32) bool { panic("later") }
