package linkage

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// A key's entries are its values' upper 32 bits before the record number. They are divided by their first bucketBits into buckets that fit into a processor's cache,
// and each bucket is sorted by two passes over the other digits.
const (
	bucketBits = 11
	buckets    = 1 << bucketBits
	passBits   = 11
)

func entry(value uint64, record int32) uint64 { return value>>32<<32 | uint64(uint32(record)) }

// visitor is what a walk does with a pair: a worker's own, so that it needs no lock.
type visitor interface {
	// pair is called once for each pair of a key. members are those of the block, i < j two of them.
	pair(k Key, a, b *view)
}

// walker finds the pairs of a population, key after key.
type walker struct {
	p        *Population
	keys     KeySet
	workers  int
	cap      int
	once     bool             // a pair is met only at the first key that both share
	capped   [KeyCount]capped // filled key by key
	report   []CappedBlock
	entries  []uint64 // in order of records, then sorted
	sorted   []uint64
	progress Progress
	keep     *[KeyCount]sortedKeys // filled with the sorted entries, if not nil
}

func newWalker(p *Population, keys KeySet, workers int, once bool, progress Progress) *walker {
	return &walker{p: p, keys: keys, workers: max(1, workers), cap: BlockCap, once: once, progress: progress}
}

// walk meets all pairs of all keys. visit makes the visitor of each worker for each key.
func (w *walker) walk(ctx context.Context, stage string, visitors []visitor, after func(Key)) error {
	for k := range KeyCount {
		if w.progress != nil {
			w.progress(stage, int(k), int(KeyCount))
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !w.keys.has(k) {
			continue
		}
		w.key(ctx, k, visitors)
		if after != nil {
			after(k)
		}
	}
	if w.progress != nil {
		w.progress(stage, int(KeyCount), int(KeyCount))
	}
	w.entries, w.sorted = nil, nil
	slices.SortFunc(w.report, compareCapped)
	return ctx.Err()
}

func compareCapped(a, b CappedBlock) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.First, b.First), cmp.Compare(a.Size, b.Size))
}

// key meets all pairs of one key. Oversize blocks are found first, so that the divisions are known wherever a pair is looked at.
func (w *walker) key(ctx context.Context, k Key, visitors []visitor) {
	ends := w.sort(k)
	blocks := make([]*block, w.workers)
	for i := range blocks {
		blocks[i] = &block{walker: w, key: k, visitor: visitors[i]}
	}
	w.buckets(ctx, blocks, &ends, func(b *block, entries, spare []uint64) {
		sortBucket(entries, spare)
		eachBlock(entries, b.oversize)
	})
	w.capped[k] = make(capped)
	for _, b := range blocks {
		for _, value := range b.over {
			w.capped[k][value] = true
		}
		w.report = append(w.report, b.report...)
	}
	w.buckets(ctx, blocks, &ends, func(b *block, entries, _ []uint64) { b.look(entries) })
	if w.keep != nil {
		w.keep[k] = sortedKeys{slices.Clone(w.sorted[:ends[buckets-1]]), ends}
	}
}

// buckets lets the workers take one bucket after another.
func (w *walker) buckets(ctx context.Context, blocks []*block, ends *[buckets]int, do func(b *block, entries, spare []uint64)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for _, b := range blocks {
		group.Go(func() {
			for ctx.Err() == nil {
				bucket := int(next.Add(1)) - 1
				if bucket >= buckets {
					return
				}
				start := 0
				if bucket > 0 {
					start = ends[bucket-1]
				}
				do(b, w.sorted[start:ends[bucket]], w.entries[start:ends[bucket]])
			}
		})
	}
	group.Wait()
}

// eachBlock calls do with each run of two or more entries of an equal digest.
func eachBlock(entries []uint64, do func([]uint64)) {
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n]>>32 == entries[0]>>32 {
			n++
		}
		if n > 1 {
			do(entries[:n])
		}
		entries = entries[n:]
	}
}

// sort fills sorted with the key's entries, bucket after bucket, in each in the order of records, and returns where the buckets end.
func (w *walker) sort(k Key) [buckets]int {
	width := k.width()
	n := w.p.Len()
	if cap(w.entries) < width*n {
		w.entries, w.sorted = make([]uint64, width*n), make([]uint64, width*n)
	}
	w.entries, w.sorted = w.entries[:width*n], w.sorted[:width*n]
	workers := max(1, min(w.workers, n))
	counts, lengths := make([][buckets]int, workers), make([]int, workers)
	each(workers, n, func(worker, from, to int) {
		out := w.entries[width*from : width*from]
		count := &counts[worker]
		var v view
		for i := from; i < to; i++ {
			if v.read(w.p, int32(i)); v.Birth&flagCancelled != 0 {
				continue
			}
			for _, value := range k.of(&v).list() {
				if value != 0 {
					out = append(out, entry(value, int32(i)))
					count[value>>(64-bucketBits)]++
				}
			}
		}
		lengths[worker] = len(out)
	})
	var ends [buckets]int
	sum := 0
	for b := range buckets {
		for worker := range workers {
			counts[worker][b], sum = sum, sum+counts[worker][b]
		}
		ends[b] = sum
	}
	each(workers, n, func(worker, from, _ int) {
		at := &counts[worker]
		for _, e := range w.entries[width*from:][:lengths[worker]] {
			b := e >> (64 - bucketBits)
			w.sorted[at[b]] = e
			at[b]++
		}
	})
	return ends
}

// fewEntries are sorted by comparing: the digits' counters would cost more.
const fewEntries = 256

// sortBucket sorts entries that agree in their first bits. spare has the same length.
func sortBucket(entries, spare []uint64) {
	if len(entries) < fewEntries {
		slices.Sort(entries)
		return
	}
	for _, shift := range [2]int{32, 64 - bucketBits - passBits} {
		var at [1 << passBits]int32
		for _, e := range entries {
			at[e>>shift&(1<<passBits-1)]++
		}
		sum := int32(0)
		for i, n := range at {
			at[i], sum = sum, sum+n
		}
		for _, e := range entries {
			d := e >> shift & (1<<passBits - 1)
			spare[at[d]] = e
			at[d]++
		}
		entries, spare = spare, entries
	}
}

// block is one worker's room for the block that it looks at.
type block struct {
	*walker
	key     Key
	visitor visitor
	members []uint64 // entries of those in blocks
	views   []view
	own     []uint64 // each member's value of the key, after the divisions
	prior   []values // each member's values of the earlier keys, and of this one
	over    []uint64
	report  []CappedBlock
}

// gather reads the members and the values that brought them here. It does nothing else between two reads, so that the processor has many under way at once: most are of
// memory that is in no cache.
func (b *block) gather(entries []uint64) {
	b.views, b.own = slices.Grow(b.views[:0], len(entries))[:len(entries)], slices.Grow(b.own[:0], len(entries))[:len(entries)]
	for i, e := range entries {
		b.views[i].read(b.p, int32(uint32(e)))
	}
	for i, e := range entries {
		vs := b.key.of(&b.views[i])
		b.own[i] = vs.first
		if vs.first>>32 != e>>32 {
			b.own[i] = vs.second
		}
	}
}

// oversize notes the values that more than the cap have, and those of their divisions.
func (b *block) oversize(entries []uint64) {
	if len(entries) <= b.cap {
		return
	}
	b.gather(entries)
	parts(b.views, b.own, func(views []view, value uint64) { b.divide(views, value, 0) })
}

func (b *block) divide(views []view, value uint64, level int) {
	if len(views) <= b.cap {
		return
	}
	b.over = append(b.over, value)
	by := make([]uint64, len(views))
	left := CappedBlock{Key: b.key}
	for i := range views {
		if level < subKeys {
			by[i] = sub(value, level, &views[i])
		}
		if by[i] == 0 {
			if left.Size == 0 {
				left.First = views[i].index
			}
			left.Size++
		}
	}
	if left.Size > 1 {
		b.report = append(b.report, left)
	}
	parts(views, by, func(views []view, value uint64) { b.divide(views, value, level+1) })
}

// parts calls do for each group of two or more views of an equal value, each in order. Values of 0 are left out.
func parts(views []view, by []uint64, do func([]view, uint64)) {
	order := make([]int, 0, len(views))
	for i, value := range by {
		if value != 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(by[i], by[j]) })
	for len(order) > 0 {
		value, n := by[order[0]], 0
		for n < len(order) && by[order[n]] == value {
			n++
		}
		if n > 1 {
			part := make([]view, n)
			for i := range part {
				part[i] = views[order[i]]
			}
			do(part, value)
		}
		order = order[n:]
	}
}

// look meets the pairs of a bucket: it gathers the members of all its blocks, and takes one block after another.
func (b *block) look(entries []uint64) {
	b.members = b.members[:0]
	eachBlock(entries, func(members []uint64) { b.members = append(b.members, members...) })
	b.gather(b.members)
	if len(b.capped[b.key]) > 0 {
		for i := range b.own {
			b.own[i] = b.capped[b.key].narrow(b.own[i], &b.views[i])
		}
	}
	views, own := b.views, b.own
	eachBlock(b.members, func(members []uint64) {
		n := len(members)
		b.one(views[:n], own[:n])
		views, own = views[n:], own[n:]
	})
}

// one meets the pairs of a block, whose members may differ behind an equal digest, or by the divisions.
func (b *block) one(views []view, own []uint64) {
	for _, value := range own {
		if value != own[0] {
			parts(views, own, b.pairs)
			return
		}
	}
	if own[0] != 0 {
		b.pairs(views, own[0])
	}
}

// pairs meets the pairs of those who share a value.
func (b *block) pairs(views []view, value uint64) {
	keys := b.key
	if !b.once {
		keys = 0
	}
	width := int(keys) + 1
	b.prior = b.prior[:0]
	for i := range views {
		for k := range keys {
			if b.keys.has(k) {
				b.prior = append(b.prior, b.capped[k].narrowed(k, &views[i]))
			} else {
				b.prior = append(b.prior, values{})
			}
		}
		own := values{first: value}
		if b.key.width() > 1 {
			own = b.capped[b.key].narrowed(b.key, &views[i])
		}
		b.prior = append(b.prior, own)
	}
	for i := range views {
		mine := b.prior[i*width:][:width]
		for j := i + 1; j < len(views); j++ {
			if !met(mine, b.prior[j*width:][:width], value) {
				b.visitor.pair(b.key, &views[i], &views[j])
			}
		}
	}
}

// met tells whether a pair is met elsewhere: at an earlier key, or at a lesser value of this one.
func met(a, b []values, value uint64) bool {
	last := len(a) - 1
	for k := range last {
		if a[k].common(b[k]) != 0 {
			return true
		}
	}
	return a[last].common(b[last]) != value
}
