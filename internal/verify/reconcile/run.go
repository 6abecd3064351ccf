package reconcile

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/huzheng/huzheng/internal/spill"
)

// Input is one source to read.
type Input struct {
	Carries Items                                 // the items that its file has a column for
	Read    func(yield func(*Record) error) error // gives each row, in order; the record is the caller's again after yield
}

// Options say what to reconcile, and with what.
type Options struct {
	Inputs   [SourceCount]*Input                                   // at least two; nil: not given
	Workers  int                                                   // at least 1
	Memory   int64                                                 // bytes of text to keep before scratch files are written
	Spill    func() (spill.File, error)                            // makes a scratch file
	Changes  func(number string) []Change                          // recorded legal changes of a person; may be nil
	Linker   Linker                                                // joins what the other passes leave; may be nil
	Render   func(b []byte, r *Result) []byte                      // adds one result to b; called by several workers at the same time
	Out      io.Writer                                             // what was rendered, in the order of the first rows
	Observe  func(records *[SourceCount]*Record, by By, p *Person) // sees everybody, p being nil without a difference; never two at a time; may be nil
	Repeated func(n *RepeatedNumber)                               // sees each repeated number; by several workers at the same time; may be nil
	Progress func(rows int64)                                      // may be nil
}

// Linker joins rows by likeness: an engine for what equal numbers, households, names and birth dates leave apart.
type Linker interface {
	// Most is how many fragments it can take. More are left apart (Summary.Unlinked).
	Most() int64
	// Link returns pairs of fragments, by their places in the sequence, that are probably one person. It may keep no fragment longer than the sequence shows it.
	// ErrTooAlike says that too many of them are alike.
	Link(ctx context.Context, fragments iter.Seq[*Fragment]) ([]Link, error)
}

// ErrTooAlike is the error of a Linker that has no room for all the pairs that it finds: they are left apart then.
var ErrTooAlike = errors.New("reconcile: too many pairs are alike")

// Fragment is the rows of one person, as far as they were joined.
type Fragment struct{ Records [SourceCount]*Record }

// Value is what most of the rows have of an item.
func (f *Fragment) Value(i Item) string { return mostText(&f.Records, i) }

// Unit is the station.
func (f *Fragment) Unit() string { return unitOf(&f.Records) }

// Sources are those that have a row.
func (f *Fragment) Sources() (m Sources) {
	for s, r := range f.Records {
		if r != nil {
			m |= 1 << s
		}
	}
	return m
}

// Link is two fragments that are probably one person.
type Link struct {
	A, B        int
	Probability float64
}

// Result is one thing that was found: a person whose records differ, or a number that a source has more than once.
type Result struct {
	Person *Person
	Repeat *RepeatedNumber
}

// RepeatedNumber is a number that one source has more than once.
type RepeatedNumber struct {
	Kind   string // one of RepeatKinds
	Number string
	Count  int           // of rows
	Rows   []RepeatedRow // the first of them, at most MostRepeated
}

// RepeatedRow is one row that holds the number.
type RepeatedRow struct {
	Source    Source
	Line      int
	ID        string
	Name      string
	BirthDate string
	Unit      string
}

// MostRepeated is how many rows of a repeated number are told one by one.
const MostRepeated = 20

// Summary counts what was done.
type Summary struct {
	Rows         [SourceCount]int64
	People       int64
	Passes       [byCount]int64        // people, by the pass that joined their last row
	Presence     [AllSources + 1]int64 // people, by the sources that have them
	Differing    int64                 // people with a difference
	Differences  int64                 // items
	Explanations map[string]int64      // by code
	Grounds      map[string]int64      // of proposals
	Repeats      map[string]int64      // numbers that a source has more than once, by kind
	Unlinked     int64                 // fragments that were left apart because the Linker could not take them all
	Capped       int64                 // rows of numbers, names or households held by too many: joined only where much is equal
	Tally        Tally
}

// partitions is how many parts the rows are put into by their keys; each is looked at alone.
const partitions = 512

// MostUnits is how many stations one file may name; more is a wrong column.
const MostUnits = 13_000

// TooManyUnitsError is a file with more stations than a country has.
type TooManyUnitsError struct{ Source Source }

func (e *TooManyUnitsError) Error() string {
	return fmt.Sprintf("reconcile: the %s names more than %d stations", e.Source, MostUnits)
}

// CrowdedError is so many rows with one number, or one household and name, or one name and birth date, that they cannot be looked at together.
type CrowdedError struct{ Bytes, Most int64 } // of their text

func (e *CrowdedError) Error() string {
	return fmt.Sprintf("reconcile: %d bytes of rows have one key, at most %d can be looked at together", e.Bytes, e.Most)
}

// leastPart is how many bytes of rows can be looked at together at least, whatever the memory.
const leastPart = 128 << 20

// Run reconciles. Results are rendered in the order of the sources and of the rows in them, the same for any number of workers.
func Run(ctx context.Context, o Options) (*Summary, error) {
	r := &run{Options: o, ctx: ctx, budget: spill.NewBudget(o.Memory, o.Spill)}
	for s, in := range o.Inputs {
		r.sources[s] = r.newStore()
		if in != nil {
			r.want |= 1 << s
			r.carries[s] = in.Carries
		}
	}
	r.households, r.names, r.rest, r.out = r.newStore(), r.newStore(), r.newStore(), r.newStore()
	summary, err := r.all()
	for _, s := range r.stores {
		err = errors.Join(err, s.Close())
	}
	return summary, err
}

type run struct {
	Options
	ctx     context.Context
	budget  *spill.Budget
	stores  []*spill.Store
	want    Sources
	carries [SourceCount]Items
	units   []string // sorted
	unitIDs map[string]uint16
	rows    [SourceCount]int64

	sources                      [SourceCount]*spill.Store // by number
	households, names, rest, out *spill.Store
	workers                      []*worker
	observing                    sync.Mutex
}

func (r *run) newStore() *spill.Store {
	s := r.budget.Store()
	r.stores = append(r.stores, s)
	return s
}

func (r *run) all() (*Summary, error) {
	if err := r.read(); err != nil {
		return nil, err
	}
	for range r.Workers {
		r.workers = append(r.workers, &worker{run: r, state: NewState(r.carries), Summary: newSummary()})
	}
	for _, pass := range []struct {
		do   func(w *worker, partition int) error
		read []*spill.Store // to their end: their scratch files take room for nothing then
	}{{(*worker).byNumber, r.sources[:]}, {(*worker).byHousehold, []*spill.Store{r.households}}, {(*worker).byName, []*spill.Store{r.names}}} {
		if err := r.each(pass.do); err != nil {
			return nil, err
		}
		for _, s := range pass.read {
			if err := s.Close(); err != nil {
				return nil, err
			}
		}
	}
	if r.Linker != nil {
		if err := r.workers[0].byLinkage(); err != nil {
			return nil, err
		}
	}
	if err := r.write(); err != nil {
		return nil, err
	}
	return r.summary(), nil
}

// each gives every partition to a worker.
func (r *run) each(pass func(*worker, int) error) error {
	var next atomic.Int64
	failed := make([]error, r.Workers)
	parallel(r.Workers, func(i int) {
		for failed[i] == nil {
			p := int(next.Add(1)) - 1
			if p >= partitions {
				return
			}
			if failed[i] = r.ctx.Err(); failed[i] == nil {
				failed[i] = pass(r.workers[i], p)
			}
		}
	})
	return errors.Join(failed...)
}

// read puts the rows of every source into partitions by number; several sources at a time.
func (r *run) read() error {
	var group sync.WaitGroup
	var total atomic.Int64
	var showing sync.Mutex
	slots := make(chan struct{}, r.Workers)
	failed := make([]error, SourceCount)
	units := make([]map[string]bool, SourceCount)
	for s, in := range r.Inputs {
		if in == nil {
			continue
		}
		units[s] = make(map[string]bool)
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			var line []byte
			failed[s] = in.Read(func(record *Record) error {
				record.Source = Source(s)
				if !units[s][record.Unit] {
					if len(units[s]) >= MostUnits {
						return &TooManyUnitsError{record.Source}
					}
					units[s][string([]byte(record.Unit))] = true
				}
				r.rows[s]++
				if n := total.Add(1); r.Progress != nil && n%10_000 == 0 {
					showing.Lock()
					r.Progress(n)
					showing.Unlock()
				}
				line = appendRecord(line[:0], record)
				if r.rows[s]%4096 == 0 && r.ctx.Err() != nil {
					return r.ctx.Err()
				}
				return r.sources[s].Add(partitionOf(record), line)
			})
		})
	}
	group.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	names := make(map[string]bool)
	for _, u := range units {
		for name := range u {
			names[name] = true
		}
	}
	r.unitIDs = make(map[string]uint16, len(names))
	for name := range names {
		r.units = append(r.units, name)
	}
	slices.Sort(r.units)
	for i, name := range r.units {
		r.unitIDs[name] = uint16(i)
	}
	return nil
}

// partitionOf is that of the row's number; rows without one are spread.
func partitionOf(record *Record) int {
	row := Row{Number: packNumber(record.Value[Number], record.Old)}
	if key := row.key(); key != 0 {
		return int(mix(key) >> 32 % partitions)
	}
	return record.Line % partitions
}

// worker looks at one partition at a time.
type worker struct {
	*run
	state *State
	Summary
	line []byte
	text []byte
	left [AllSources + 1]int64 // fragments for the Linker, by their sources
	err  error                 // the first of what went wrong where nothing could be returned
}

func newSummary() Summary {
	return Summary{Explanations: make(map[string]int64), Grounds: make(map[string]int64), Repeats: make(map[string]int64)}
}

// batch is rows in memory, with their text.
type batch struct {
	records [SourceCount][]Record
	joiner  Joiner
	open    []Cluster
}

func (w *worker) newBatch() *batch {
	b := &batch{}
	b.joiner = Joiner{Want: w.want, Workers: 1, Done: func(_ int, c *Cluster) { w.finish(b, c) }}
	return b
}

// add packs a record that has been read and returns its place.
func (w *worker) add(b *batch, record *Record) int32 {
	s := record.Source
	b.records[s] = append(b.records[s], *record)
	b.joiner.Rows[s] = append(b.joiner.Rows[s], Pack(record, w.unitIDs[record.Unit]))
	return int32(len(b.records[s]) - 1)
}

// usualRow is a little less than a row takes.
const usualRow = 150

// roomFor refuses rows of one partition that cannot be looked at together.
func (w *worker) roomFor(bytes int64) error {
	if most := max(w.Memory/4, leastPart); bytes > most {
		return &CrowdedError{bytes, most}
	}
	return nil
}

func (w *worker) byNumber(partition int) error {
	size := int64(0)
	for s := range SourceCount {
		size += w.sources[s].Size(partition)
	}
	if err := w.roomFor(size); err != nil {
		return err
	}
	b := w.newBatch()
	for s := range SourceCount {
		data, err := w.sources[s].Read(partition, false)
		if err != nil {
			return err
		}
		b.records[s] = make([]Record, 0, len(data)/usualRow)
		b.joiner.Rows[s] = make([]Row, 0, len(data)/usualRow)
		var record Record
		for in := (textReader{string(data)}); in.rest != ""; {
			in.record(&record)
			w.add(b, &record)
		}
	}
	open := b.joiner.ByNumber()
	for i := range b.joiner.Repeats {
		if err := w.repeated(b, &b.joiner.Repeats[i]); err != nil {
			return err
		}
	}
	w.Capped += b.joiner.Capped()
	for i := range open {
		if err := w.pass(b, &open[i], w.households, b.joiner.householdKey); err != nil {
			return err
		}
	}
	return w.err
}

func (w *worker) byHousehold(partition int) error {
	b, err := w.load(w.households, partition, false)
	if err != nil {
		return err
	}
	open := b.joiner.ByHouseholdName(b.open)
	w.Capped += b.joiner.Capped()
	for i := range open {
		if err := w.pass(b, &open[i], w.names, b.joiner.nameKey); err != nil {
			return err
		}
	}
	return w.err
}

func (w *worker) byName(partition int) error {
	b, err := w.load(w.names, partition, false)
	if err != nil {
		return err
	}
	open := b.joiner.ByNameBirth(b.open)
	w.Capped += b.joiner.Capped()
	for i := range open {
		if err := w.pass(b, &open[i], w.rest, nil); err != nil {
			return err
		}
	}
	return w.err
}

// pass hands rows that are not complete on to a later pass; those without its key skip it.
func (w *worker) pass(b *batch, c *Cluster, to *spill.Store, key func(*Cluster) uint64) error {
	at := uint64(0)
	if key != nil {
		at = key(c)
	}
	if at == 0 && to == w.households {
		to, at = w.names, b.joiner.nameKey(c)
	}
	if at == 0 {
		if to, at = w.rest, mix(b.lineOf(c)); w.Linker == nil {
			w.finish(b, c)
			return nil
		}
		w.left[c.Present()]++
	}
	w.line = append(w.line[:0], byte(c.By), byte(c.Present()))
	for s, i := range c.Rows {
		if i >= 0 {
			w.line = appendRecord(w.line, &b.records[s][i])
		}
	}
	return to.Add(int(mix(at)>>32%partitions), w.line)
}

// load reads rows that were joined before, in the order of their first rows; keep leaves them for another time.
func (w *worker) load(from *spill.Store, partition int, keep bool) (*batch, error) {
	b := w.newBatch()
	if err := w.roomFor(from.Size(partition)); err != nil {
		return nil, err
	}
	data, err := from.Read(partition, keep)
	if err != nil {
		return nil, err
	}
	for in := (textReader{string(data)}); in.rest != ""; {
		w.fragment(b, &in)
	}
	slices.SortFunc(b.open, func(x, y Cluster) int { return cmp.Compare(b.lineOf(&x), b.lineOf(&y)) })
	return b, nil
}

func (w *worker) fragment(b *batch, in *textReader) {
	c := nobody
	c.By = By(in.byte())
	var record Record
	for left := in.byte(); left != 0; left &= left - 1 {
		in.record(&record)
		c.Rows[record.Source] = w.add(b, &record)
	}
	b.open = append(b.open, c)
}

// lineOf orders clusters by source and line of their first rows.
func (b *batch) lineOf(c *Cluster) uint64 {
	first := c.first()
	return uint64(first.Source())<<56 | uint64(b.records[first.Source()][first.Place()].Line)
}

// finish counts a person and renders the differences.
func (w *worker) finish(b *batch, c *Cluster) {
	records := b.rowsOf(c)
	var rows [SourceCount]*Row
	for s, i := range c.Rows {
		if i >= 0 {
			rows[s] = &b.joiner.Rows[s][i]
		}
	}
	w.People++
	w.Passes[c.By]++
	w.Presence[c.Present()]++
	var p *Person
	if items := w.state.Add(w.unitIDs[unitOf(&records)], &rows); items != 0 {
		p = describe(&records, c, items, &w.carries, w.Changes)
		w.Differing++
		w.Differences += int64(len(p.Differences))
		for i := range p.Differences {
			w.Grounds[p.Differences[i].Ground]++
			for k := range p.Differences[i].Explained {
				w.Explanations[p.Differences[i].Explained[k].Code]++
			}
		}
		w.emit(b.lineOf(c), 0, &Result{Person: p})
	}
	if w.Observe != nil {
		w.observing.Lock()
		w.Observe(&records, c.By, p)
		w.observing.Unlock()
	}
}

func (w *worker) repeated(b *batch, found *Repeat) error {
	w.Repeats[found.Kind]++
	n := &RepeatedNumber{Kind: found.Kind, Count: len(found.Refs)}
	for _, ref := range found.Refs[:min(len(found.Refs), MostRepeated)] {
		record := &b.records[ref.Source()][ref.Place()]
		n.Number = cmp.Or(n.Number, record.Value[Number])
		n.Rows = append(n.Rows, RepeatedRow{ref.Source(), record.Line, record.ID, record.Value[Name], record.Value[BirthDate], record.Unit})
	}
	if w.Repeated != nil {
		w.Repeated(n)
	}
	first := alone(found.Refs[0])
	w.emit(b.lineOf(&first), 1, &Result{Repeat: n})
	return nil
}

// outLines is how many lines of a source share a bucket of the output.
const outLines = 1 << 16

// emit renders a result and keeps it for the output.
func (w *worker) emit(line uint64, kind byte, result *Result) {
	if w.Render == nil {
		return
	}
	w.text = w.Render(w.text[:0], result)
	w.line = binary.BigEndian.AppendUint64(w.line[:0], line<<1|uint64(kind))
	w.line = appendText(w.line, string(w.text))
	source, at := line>>56, line&(1<<56-1)
	if err := w.out.Add(int(at/outLines*uint64(SourceCount)+source), w.line); err != nil {
		w.err = cmp.Or(w.err, err)
	}
}

// byLinkage joins what is left by likeness: of several links of one fragment the likeliest counts, and only between fragments of different sources. Texts are
// read twice, so that only one partition and what is linked are in memory. Fragments whose sources all others share are not asked about.
func (w *worker) byLinkage() error {
	var left [AllSources + 1]int64
	for _, one := range w.workers {
		addAll(left[:], one.left[:])
	}
	asked, total := partnered(&left)
	if total > w.Linker.Most() {
		w.Unlinked = total
		return w.linked(nil, asked)
	}
	var sources []Sources
	links, err := w.Linker.Link(w.ctx, func(yield func(*Fragment) bool) {
		if total == 0 {
			return
		}
		for p := range partitions {
			b, err := w.load(w.rest, p, true)
			if err != nil {
				w.err = err
				return
			}
			for i := range b.open {
				f := Fragment{b.rowsOf(&b.open[i])}
				if !asked[f.Sources()] {
					continue
				}
				sources = append(sources, f.Sources())
				if !yield(&f) {
					return
				}
			}
		}
	})
	if errors.Is(err, ErrTooAlike) {
		w.Unlinked, links, err = total, nil, nil
	}
	if err = errors.Join(err, w.err); err != nil {
		return err
	}
	return w.linked(chosen(links, sources), asked)
}

// partnered tells which sets of sources there is another set beside that shares none with it, and how many fragments have such sets.
func partnered(left *[AllSources + 1]int64) (asked [AllSources + 1]bool, total int64) {
	for a := range left {
		for b := range left {
			asked[a] = asked[a] || a&b == 0 && left[a] > 0 && left[b] > 0
		}
		if asked[a] {
			total += left[a]
		}
	}
	return asked, total
}

// chosen gives each linked fragment the place of its partner.
func chosen(links []Link, sources []Sources) map[int]int {
	slices.SortFunc(links, func(x, y Link) int {
		return cmp.Or(cmp.Compare(y.Probability, x.Probability), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	partner := make(map[int]int)
	for _, l := range links {
		_, a := partner[l.A]
		_, b := partner[l.B]
		if !a && !b && sources[l.A]&sources[l.B] == 0 {
			partner[l.A], partner[l.B] = l.B, l.A
		}
	}
	return partner
}

// linked finishes everybody: a fragment with a partner when the second of the two comes by.
func (w *worker) linked(partner map[int]int, asked [AllSources + 1]bool) error {
	waiting := make(map[int]Fragment)
	place := 0
	for p := range partitions {
		b, err := w.load(w.rest, p, false)
		if err != nil {
			return err
		}
		for i := range b.open {
			f := Fragment{b.rowsOf(&b.open[i])}
			if !asked[f.Sources()] {
				w.finish(b, &b.open[i])
				continue
			}
			other, ok := partner[place]
			first, met := waiting[other]
			switch {
			case !ok:
				w.finish(b, &b.open[i])
			case met:
				delete(waiting, other)
				w.both(&first, &f)
			default:
				waiting[place] = f
			}
			place++
		}
	}
	return w.err
}

// both finishes two fragments as one person.
func (w *worker) both(a, b *Fragment) {
	joined, c := w.newBatch(), nobody
	c.By = ByLinkage
	for _, f := range []*Fragment{a, b} {
		for s, r := range f.Records {
			if r != nil {
				c.Rows[s] = w.add(joined, r)
			}
		}
	}
	w.finish(joined, &c)
}

func (b *batch) rowsOf(c *Cluster) (records [SourceCount]*Record) {
	for s, i := range c.Rows {
		if i >= 0 {
			records[s] = &b.records[s][i]
		}
	}
	return records
}

// write gives out what was rendered: source by source, in the order of the rows.
func (r *run) write() error {
	for s := range int(SourceCount) {
		for bucket := s; bucket < r.out.Buckets(); bucket += int(SourceCount) {
			data, err := r.out.Read(bucket, false)
			if err != nil {
				return err
			}
			type entry struct {
				key  uint64
				text string
			}
			var entries []entry
			for in := (textReader{string(data)}); in.rest != ""; {
				key := binary.BigEndian.Uint64([]byte(in.rest[:8]))
				in.rest = in.rest[8:]
				entries = append(entries, entry{key, in.text()})
			}
			slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
			for _, e := range entries {
				if _, err := io.WriteString(r.Out, e.text); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// summary adds up the workers' counts.
func (r *run) summary() *Summary {
	sum := newSummary()
	sum.Rows, sum.Tally = r.rows, make(Tally)
	for _, w := range r.workers {
		sum.People += w.People
		sum.Differing += w.Differing
		sum.Differences += w.Differences
		sum.Capped += w.Capped
		sum.Unlinked += w.Unlinked
		addAll(sum.Passes[:], w.Passes[:])
		addAll(sum.Presence[:], w.Presence[:])
		addMap(sum.Explanations, w.Explanations)
		addMap(sum.Grounds, w.Grounds)
		addMap(sum.Repeats, w.Repeats)
		sum.Tally.Add(w.state, r.units)
	}
	return &sum
}

func addAll(sum, more []int64) {
	for i, n := range more {
		sum[i] += n
	}
}

func addMap(sum, more map[string]int64) {
	for k, n := range more {
		sum[k] += n
	}
}
