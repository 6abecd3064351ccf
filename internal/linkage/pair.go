package linkage

// Class says what a pair is put forward as.
type Class uint8

// The classes.
const (
	Proposal       Class = iota + 1 // one person: at or above the upper cut
	Review                          // perhaps one person: between the cuts
	MultipleBirth                   // of one family, born on one day, with different names and sequences: twins, or one person twice; never a proposal
	SharedNumber                    // 重号: two persons, one number
	SeveralNumbers                  // 一人多号: as Proposal, with two valid numbers
)

var classCodes = [...]string{"", "proposal", "review", "multiple_birth", "shared_number", "several_numbers"}

// String is the class's stable code.
func (c Class) String() string { return classCodes[c] }

// Proposed tells whether the pair is put forward as one person.
func (c Class) Proposed() bool { return c == Proposal || c == SeveralNumbers }

// Millibits is a thousandth of a bit of evidence: weights and scores are whole numbers of it, so that they add up exactly.
type Millibits int32

// PartsPerMillion is a probability, 0 to 1,000,000.
type PartsPerMillion int32

// KeySet is a set of blocking keys, by bit.
type KeySet uint32

// Pair is two registrations that may be one person or share a number. A < B are record numbers of the Population.
type Pair struct {
	A, B        int32
	Score       Millibits
	Probability PartsPerMillion
	Class       Class
	Keys        KeySet // the keys that both share
}

// Item is one line of a waterfall: how far one feature agrees, and what that weighs.
type Item struct {
	Feature Feature
	Level   Level
	Weight  Millibits
}

// Waterfall explains a score. Prior + the items' weights + NameFrequency = Score, exactly.
type Waterfall struct {
	Prior         Millibits // of any two registrations
	Items         [FeatureCount]Item
	NameFrequency Millibits // a rare name says more than a frequent one; 0 unless the names are equal
	Score         Millibits
	Probability   PartsPerMillion
	Class         Class // 0: below the lower cut
	Keys          KeySet
}

// Case is a group of registrations tied together by pairs that are put forward or to be reviewed: what a clerk has before him.
type Case struct {
	Members  []int32 // record numbers, ascending
	Pairs    []int32 // indices of Result.Pairs, ascending
	Oversize bool    // more than five members, or tied to others besides when it had reached fifty
	Weak     bool    // of three or more members, not all of them tied by proposals
	Numbers  bool    // three or more different numbers whose check character is right
}

// Senior tells whether the case goes to a senior reviewer.
func (c Case) Senior() bool { return c.Oversize || c.Weak || c.Numbers }
