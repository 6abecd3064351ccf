package linkage

// Index answers at a window: whom could this registration be? It is a population with its keys sorted, and a delta for what was added since. It is used by one
// goroutine at a time while it is added to, and by any number while it is not.
type Index struct {
	p *Population
	m *Model
}

// NewIndex sorts the keys of a population. The index owns it from then on.
func NewIndex(p *Population, m *Model, workers int) *Index { panic("later") }

// Match is a registration of the index that may be the one asked about.
type Match struct {
	Record    int32
	Waterfall Waterfall
}

// Query compares a registration that is not in the index with those that are; best first, then by record number. compared is how many it looked at.
func (x *Index) Query(t *Text) (matches []Match, compared int) { panic("later") }

// Add adds a registration and returns its pairs.
func (x *Index) Add(t *Text) []Pair { panic("later") }

// Result is what Link says of everything in the index: the same bytes, whether the registrations came at once or one by one.
func (x *Index) Result() *Result { panic("later") }

// Bytes is how much memory the index takes, the population included.
func (x *Index) Bytes() int64 { panic("later") }
