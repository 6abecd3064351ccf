package linkage

import "context"

// Progress tells how far a run is: called from one goroutine at a time, at most a few hundred times.
type Progress func(stage string, done, total int)

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
	Pairs    int64
	Patterns int
	Rounds   int     // of expectation and maximisation
	Matched  float64 // pairs expected to be one person
}

// Training tells how a model came about.
type Training struct {
	RandomPairs int64
	Keys        []KeyTraining
	Expected    float64 // pairs of one person expected among all candidate pairs
	Capped      []CappedBlock
}

// MinTraining is the smallest population on which training says more than StartModel.
const MinTraining = 20000

// Train makes a model from a population without knowing who is whom.
func Train(ctx context.Context, p *Population, o TrainOptions) (*Model, *Training, error) {
	panic("later")
}
