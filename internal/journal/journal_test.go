package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const city event.Unit = "220100"

// numbered gives each run of a property a station of its own, so that runs can share a database.
var stations atomic.Int64

func newStation() event.Unit { return event.Unit(fmt.Sprintf("2201%05d", 2000+stations.Add(1))) }

func openDB(t testing.TB, config store.Config) *store.DB {
	t.Helper()
	return storetest.Open(t, config, Migration())
}

// fataler is a testing.TB or a rapid.T.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func write(t fataler, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func read(t fataler, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Read(context.Background(), func(tx *store.Tx) error { return fn(context.Background(), tx) }); err != nil {
		t.Fatal(err)
	}
}

// signed is a unit with a key whose certificate is known.
type signed struct {
	unit event.Unit
	key  *Key
}

func newSigner(t fataler, unit event.Unit, dbs ...*store.DB) signed {
	t.Helper()
	key, err := NewKey(unit)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := key.SignCertificate(Certificate{Node: key.Node, Unit: unit, Verifier: key.Verifier(), From: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, db := range dbs {
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return SaveCertificate(ctx, tx, certificate) })
	}
	return signed{unit, key}
}

func host(t fataler, db *store.DB, unit event.Unit) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error { return Host(ctx, tx, unit, 1, nil) })
}

func appendAt(t fataler, db *store.DB, at int64, events ...event.Event) []Entry {
	t.Helper()
	var entries []Entry
	write(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		entries, err = Append(ctx, tx, at, "op-1", events)
		return err
	})
	return entries
}

func counted(stream event.Stream, n int) event.Event {
	return event.Event{Stream: stream, Kind: "toy.counted", V: 1, Subject: fmt.Sprintf("s%d", n%3), Body: map[string]any{"n": n, "name": "李<&>"}}
}

func erasing(stream event.Stream) event.Event {
	return event.Event{Stream: stream, Kind: KindErased, V: 1, Subject: "s", Body: map[string]any{}}
}

func eraseBy(ctx context.Context, tx *store.Tx, by, target *Entry) error {
	_, err := Erase(ctx, tx, by, Erasure{Generation: target.Generation, Seq: target.Seq, Leaf: target.Ref().Leaf, Kind: target.Kind})
	return err
}

// grown is a unit with a stream of n entries.
func grownStream(t fataler, db *store.DB, unit event.Unit, n int) []Entry {
	t.Helper()
	host(t, db, unit)
	events := make([]event.Event, n)
	for i := range events {
		events[i] = counted(event.Up(unit), i)
	}
	return appendAt(t, db, 1000, events...)
}

// merkle is RFC 6962, 2.1, word for word.
func merkle(leaves [][]byte) [32]byte {
	n := len(leaves)
	switch n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for k*2 < n {
		k *= 2
	}
	left, right := merkle(leaves[:k]), merkle(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, left[:], right[:]))
}

func rawOf(entries []Entry) [][]byte {
	out := make([][]byte, len(entries))
	for i := range entries {
		out[i] = entries[i].Raw
	}
	return out
}

// arrival is the range [from, to) of a stream as its signer sends it.
func (s signed) arrival(t fataler, entries []Entry, from, to int) Arrival {
	t.Helper()
	stream := event.Up(s.unit)
	if len(entries) > 0 {
		stream = entries[0].Stream
	}
	c := Checkpoint{Origin: Origin(city, stream, 1), Size: int64(to), Root: merkle(rawOf(entries[:to]))}
	text, err := s.key.SignCheckpoint(c)
	if err != nil {
		t.Fatal(err)
	}
	return Arrival{Stream: stream, Generation: 1, Entries: slices.Clone(entries[from:to]), Checkpoint: c, Signer: s.key.Node, Note: text, Now: 5}
}

// take takes a range in; a late one keeps what it took, as the exchange does.
func take(db *store.DB, a Arrival) (fresh []Entry, err error) {
	var late error
	err = db.Write(context.Background(), func(tx *store.Tx) error {
		var err error
		fresh, err = Take(context.Background(), tx, a)
		if late = nil; errors.Is(err, ErrLate) {
			late, err = err, nil
		}
		return err
	})
	if err == nil {
		err = late
	}
	return fresh, err
}

func headOf(t fataler, db *store.DB, stream event.Stream) *Head {
	t.Helper()
	var head *Head
	read(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		head, err = HeadOf(ctx, tx, stream, 1)
		if errors.Is(err, ErrNoTree) {
			head, err = &Head{Stream: stream, Generation: 1, ClosedSize: -1}, nil
		}
		return err
	})
	return head
}

func requireClean(t fataler, db *store.DB) {
	t.Helper()
	read(t, db, func(ctx context.Context, tx *store.Tx) error {
		report, err := Verify(ctx, tx, city)
		if err == nil && len(report.Findings) > 0 {
			err = fmt.Errorf("%v", report.Findings)
		}
		return err
	})
}

// entryTable and the others are what two nodes with the same streams have alike.
var alike = []store.Table{
	{Name: "journal_entry", Key: []string{"stream", "generation", "seq"}, Numbers: []string{"generation", "seq"}, Columns: []string{"at", "kind", "subject", "cause_leaf", "header", "salt", "body"}},
	{Name: "journal_blob", Key: []string{"digest", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"}},
	{Name: "journal_erasure", Key: []string{"stream", "generation", "seq", "leaf"}, Numbers: []string{"generation", "seq"}, Columns: []string{"kind", "by_generation", "by_seq"}},
	{Name: "journal_evidence", Key: []string{"stream", "generation", "seq", "leaf"}, Numbers: []string{"generation", "seq"}, Columns: []string{"header", "salt", "body", "reason"}},
}

func digests(t fataler, db *store.DB) (all []string) {
	t.Helper()
	read(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range alike {
			digest, _, err := tx.Digest(ctx, table, "")
			if err != nil {
				return err
			}
			all = append(all, digest)
		}
		heads, err := Heads(ctx, tx)
		for _, h := range heads {
			if h.Size > 0 {
				all = append(all, fmt.Sprint(h.Stream, h.Generation, h.Size, hexRoot(h.Root()), h.LastAt))
			}
		}
		return err
	})
	return all
}

// Append against a model that knows nothing of frontiers.
func TestAppendIsTheModel(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := openDB(t, config)
		rapid.Check(t, func(t *rapid.T) {
			unit := newStation()
			host(t, db, unit)
			streams := []event.Stream{event.Up(unit), event.Down(unit), event.Access(unit), event.To(unit, city)}
			model := make(map[event.Stream][][]byte)
			last := make(map[event.Stream]int64)
			for range rapid.IntRange(1, 12).Draw(t, "acts") {
				at := rapid.Int64Range(0, 50).Draw(t, "at")
				chosen := rapid.SliceOfN(rapid.SampledFrom(streams), 1, 6).Draw(t, "streams")
				events := make([]event.Event, len(chosen))
				want := at
				for i, stream := range chosen {
					events[i] = counted(stream, i)
					want = max(want, last[stream])
				}
				entries := appendAt(t, db, at, events...)
				for i, e := range entries {
					if e.Stream != chosen[i] || e.Seq != int64(len(model[e.Stream])) || e.At != want {
						t.Fatalf("entry %s at %d; want %s:%d at %d", e.Ref(), e.At, chosen[i], len(model[e.Stream]), want)
					}
					model[e.Stream] = append(model[e.Stream], e.Raw)
					last[e.Stream] = want
				}
			}
			for stream, leaves := range model {
				head := headOf(t, db, stream)
				if head.Size != int64(len(leaves)) || head.Root() != merkle(leaves) || head.LastAt != last[stream] || head.Applied != head.Size {
					t.Fatalf("%s: %+v", stream, head)
				}
				read(t, db, func(ctx context.Context, tx *store.Tx) error {
					held, err := Range(ctx, tx, stream, 1, 0, head.Size)
					if err == nil && !slices.EqualFunc(rawOf(held), leaves, slices.Equal) {
						err = errors.New("the entries held are not those written")
					}
					return err
				})
			}
		})
		requireClean(t, db)
	})
}

// Ranges in any order, repeated and cut anywhere give the same heads and tables on both engines.
func TestTakeInAnyOrder(t *testing.T) {
	source := openDB(t, storetest.SQLiteConfig(t))
	storetest.Both(t, func(t *testing.T, config store.Config) {
		target := openDB(t, config)
		rapid.Check(t, func(t *rapid.T) {
			unit := newStation()
			s := newSigner(t, unit, source, target)
			size := rapid.IntRange(1, 40).Draw(t, "size")
			entries := grownStream(t, source, unit, size)
			var arrivals []Arrival
			for _, to := range append(rapid.SliceOfN(rapid.IntRange(0, size), 1, 8).Draw(t, "ends"), size) {
				arrivals = append(arrivals, s.arrival(t, entries, rapid.IntRange(0, to).Draw(t, "from"), to))
			}
			arrivals = append(arrivals, s.arrival(t, entries, 0, rapid.IntRange(0, size).Draw(t, "whole")), s.arrival(t, entries, 0, size))
			for _, a := range rapid.Permutation(arrivals).Draw(t, "order") {
				before := headOf(t, target, a.Stream)
				from := a.Checkpoint.Size - int64(len(a.Entries))
				fresh, err := take(target, a)
				if from > before.Size {
					var gap *GapError
					if !errors.As(err, &gap) || !errors.Is(err, ErrGap) || gap.Have != before.Size || gap.From != from {
						t.Fatalf("[%d, %d) on %d: %v", from, a.Checkpoint.Size, before.Size, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if want := max(0, a.Checkpoint.Size-before.Size); int64(len(fresh)) != want {
					t.Fatalf("%d fresh entries of [%d, %d) on %d", len(fresh), from, a.Checkpoint.Size, before.Size)
				}
			}
			if head := headOf(t, target, event.Up(unit)); head.Size != int64(size) || head.Root() != merkle(rawOf(entries)) {
				t.Fatalf("%+v", head)
			}
		})
		requireClean(t, target)
	})
}

func TestTwoNodesHaveEqualTables(t *testing.T) {
	source := openDB(t, storetest.SQLiteConfig(t))
	targets := []*store.DB{openDB(t, storetest.SQLiteConfig(t)), openDB(t, storetest.PostgresConfig(t))}
	for range 5 {
		unit := newStation()
		s := newSigner(t, unit, append(targets, source)...)
		host(t, source, unit)
		cause := event.Ref{Stream: event.Up(unit), Generation: 1, Seq: 0, Leaf: hex.EncodeToString(make([]byte, 32))}
		e := counted(event.Up(unit), 0)
		e.Cause, e.Blobs = &cause, []string{hex.EncodeToString(make([]byte, 32)), hex.EncodeToString(make([]byte, 32))}
		entries := appendAt(t, source, 7, e, counted(event.Up(unit), 1), erasing(event.Up(unit)))
		for _, target := range targets {
			for _, to := range []int{1, 3} {
				if _, err := take(target, s.arrival(t, entries, 0, to)); err != nil {
					t.Fatal(err)
				}
			}
			write(t, target, func(ctx context.Context, tx *store.Tx) error { return eraseBy(ctx, tx, &entries[2], &entries[1]) })
		}
		write(t, source, func(ctx context.Context, tx *store.Tx) error { return eraseBy(ctx, tx, &entries[2], &entries[1]) })
	}
	want := digests(t, source)
	for _, target := range targets {
		if got := digests(t, target); !slices.Equal(got, want) {
			t.Errorf("\n%v\n%v", got, want)
		}
		requireClean(t, target)
	}
}

// An old parcel never brings an erased body back, and an erasure that is known blanks a body that comes later.
func TestErasedStaysErased(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		source, target := openDB(t, storetest.SQLiteConfig(t)), openDB(t, config)
		unit := newStation()
		s := newSigner(t, unit, source, target)
		entries := grownStream(t, source, unit, 3)
		entries = append(entries, appendAt(t, source, 7, erasing(event.Up(unit)), counted(event.Up(unit), 4), counted(event.Up(unit), 5))...)
		if _, err := take(target, s.arrival(t, entries, 0, 4)); err != nil {
			t.Fatal(err)
		}
		write(t, target, func(ctx context.Context, tx *store.Tx) error { return eraseBy(ctx, tx, &entries[3], &entries[1]) }) // held
		write(t, target, func(ctx context.Context, tx *store.Tx) error { return eraseBy(ctx, tx, &entries[3], &entries[5]) }) // to come
		fresh, err := take(target, s.arrival(t, entries, 0, 6))
		if err != nil {
			t.Fatal(err)
		}
		if len(fresh) != 2 || fresh[0].Erased() || !fresh[1].Erased() {
			t.Fatalf("%+v", fresh)
		}
		read(t, target, func(ctx context.Context, tx *store.Tx) error {
			held, err := Range(ctx, tx, event.Up(unit), 1, 0, 6)
			for i, e := range held {
				if e.Erased() != (i == 1 || i == 5) {
					t.Errorf("entry %d: erased %t", i, e.Erased())
				}
			}
			return err
		})
		requireClean(t, target)
	})
}

// Whatever comes before and after a closure, in whatever order: the tree ends where it was closed, with the root that
// closed it, and what lies beyond is evidence.
func TestClosureEndsATree(t *testing.T) {
	source := openDB(t, storetest.SQLiteConfig(t))
	storetest.Both(t, func(t *testing.T, config store.Config) {
		target := openDB(t, config)
		rapid.Check(t, func(t *rapid.T) {
			unit := newStation()
			s, parent := newSigner(t, unit, source, target), newSigner(t, unit.Parent(), target)
			size := rapid.IntRange(1, 20).Draw(t, "size")
			entries := grownStream(t, source, unit, size)
			limit := rapid.IntRange(0, size).Draw(t, "limit")
			closure := Closure{Unit: unit, Generation: 1, Trees: map[event.Stream]Tree{}, At: 1}
			if limit > 0 {
				root := merkle(rawOf(entries[:limit]))
				closure.Trees[event.Up(unit)] = Tree{Size: int64(limit), Root: hex.EncodeToString(root[:])}
			}
			note, err := parent.key.SignClosure(closure)
			if err != nil {
				t.Fatal(err)
			}
			ends := rapid.SliceOfN(rapid.IntRange(0, size), 0, 5).Draw(t, "ends")
			closeAfter := rapid.IntRange(0, len(ends)).Draw(t, "close after")
			seen := 0 // the longest range that arrived without a gap
			for i, end := range append(ends, limit, size) {
				if i == closeAfter {
					write(t, target, func(ctx context.Context, tx *store.Tx) error {
						_, err := Close(ctx, tx, note, 9)
						return err
					})
				}
				_, err := take(target, s.arrival(t, entries, 0, end))
				late := i >= closeAfter && end > limit
				if late != errors.Is(err, ErrLate) || (!late && err != nil) {
					t.Fatalf("[0, %d), closed %t at %d: %v", end, i >= closeAfter, limit, err)
				}
				seen = max(seen, end)
			}
			head := headOf(t, target, event.Up(unit))
			if head.Size != int64(limit) || head.Root() != merkle(rawOf(entries[:limit])) || head.Applied > head.Size {
				t.Fatalf("closed at %d: %+v", limit, head)
			}
			read(t, target, func(ctx context.Context, tx *store.Tx) error {
				var evidence int
				if err := tx.Get(ctx, "select count(*) from journal_evidence where stream = $1 and reason = 'late'", []any{event.Up(unit)}, &evidence); err != nil {
					return err
				}
				if evidence != seen-limit {
					t.Fatalf("%d entries in evidence, want %d", evidence, seen-limit)
				}
				return nil
			})
		})
		requireClean(t, target)
	})
}

// What a node refuses leaves its tables as they were.
func TestRefusedArrivals(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		source, other, target := openDB(t, storetest.SQLiteConfig(t)), openDB(t, storetest.SQLiteConfig(t)), openDB(t, config)
		unit := newStation()
		s, stranger := newSigner(t, unit, target), newSigner(t, newStation(), target)
		entries, forked := grownStream(t, source, unit, 10), grownStream(t, other, unit, 10)
		foreign := grownStream(t, source, newStation(), 3)
		if _, err := take(target, s.arrival(t, entries, 0, 5)); err != nil {
			t.Fatal(err)
		}
		changed := func(change func(*Arrival)) Arrival {
			a := s.arrival(t, entries, 3, 8)
			change(&a)
			return a
		}
		before := digests(t, target)
		for name, c := range map[string]struct {
			arrival Arrival
			want    error
		}{
			"gap":                   {s.arrival(t, entries, 6, 8), ErrGap},
			"fork in what is known": {s.arrival(t, forked, 0, 8), ErrFork},
			"fork, wholly known":    {s.arrival(t, forked, 0, 3), ErrFork},
			"another signer":        {stranger.arrival(t, entries, 3, 8), ErrFork},
			"forged root":           {changed(func(a *Arrival) { a.Checkpoint.Root[0] ^= 1 }), ErrForged},
			"forged root, no news":  {changed(func(a *Arrival) { a.Entries, a.Checkpoint.Size = a.Entries[:2], 5; a.Checkpoint.Root[0] ^= 1 }), ErrForged},
			"other entries":         {changed(func(a *Arrival) { a.Entries = append(a.Entries[:2:2], forked[5:8]...) }), ErrForged},
			"swapped":               {changed(func(a *Arrival) { a.Entries[3], a.Entries[4] = a.Entries[4], a.Entries[3] }), ErrMalformed},
			"one missing":           {changed(func(a *Arrival) { a.Entries = slices.Delete(a.Entries, 2, 3) }), ErrMalformed},
			"one twice":             {changed(func(a *Arrival) { a.Entries = append(a.Entries, a.Entries[4]) }), ErrMalformed},
			"of another stream":     {changed(func(a *Arrival) { a.Entries[3] = foreign[2] }), ErrMalformed},
			"more than the size":    {changed(func(a *Arrival) { a.Checkpoint.Size = 2 }), ErrMalformed},
			"size beyond":           {changed(func(a *Arrival) { a.Checkpoint.Size = 9 }), ErrMalformed},
		} {
			if _, err := take(target, c.arrival); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			if got := digests(t, target); !slices.Equal(got, before) {
				t.Errorf("%s changed the tables", name)
			}
		}
		if fresh, err := take(target, s.arrival(t, entries, 0, 3)); err != nil || len(fresh) != 0 {
			t.Errorf("replayed: %v %v", fresh, err)
		}
		requireClean(t, target)
	})
}

// A host that forked is found when the range that ends at the closure has another root.
func TestForkThatEndsAtTheClosure(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		source, other, target := openDB(t, storetest.SQLiteConfig(t)), openDB(t, storetest.SQLiteConfig(t)), openDB(t, config)
		unit := newStation()
		s, parent := newSigner(t, unit, target), newSigner(t, unit.Parent(), target)
		entries, forked := grownStream(t, source, unit, 4), grownStream(t, other, unit, 4)
		root := merkle(rawOf(entries))
		note, err := parent.key.SignClosure(Closure{Unit: unit, Generation: 1, At: 1,
			Trees: map[event.Stream]Tree{event.Up(unit): {Size: 4, Root: hex.EncodeToString(root[:])}}})
		if err != nil {
			t.Fatal(err)
		}
		write(t, target, func(ctx context.Context, tx *store.Tx) error { _, err := Close(ctx, tx, note, 9); return err })
		if _, err := take(target, s.arrival(t, forked, 0, 4)); !errors.Is(err, ErrFork) && !errors.Is(err, ErrForged) {
			t.Fatalf("taken in: %v", err)
		}
		if _, err := take(target, s.arrival(t, entries, 0, 4)); err != nil {
			t.Fatal(err)
		}
		requireClean(t, target)
	})
}

func TestAppendNeedsAHost(t *testing.T) {
	db := openDB(t, storetest.SQLiteConfig(t))
	unit := newStation()
	appendTo := func(stream event.Stream) error {
		return db.Write(t.Context(), func(tx *store.Tx) error {
			_, err := Append(t.Context(), tx, 1, "op", []event.Event{counted(stream, 0)})
			return err
		})
	}
	if err := appendTo(event.Up(unit)); !errors.Is(err, ErrNotHosted) {
		t.Error(err)
	}
	host(t, db, unit)
	if err := appendTo(event.Up(unit)); err != nil {
		t.Error(err)
	}
	if err := appendTo(event.Stream(unit) + "/sideways"); err == nil {
		t.Error("not a stream")
	}
	write(t, db, func(ctx context.Context, tx *store.Tx) error { return Unhost(ctx, tx, unit) })
	if err := appendTo(event.Up(unit)); !errors.Is(err, ErrNotHosted) {
		t.Error(err)
	}
}

// A new generation opens every stream with the closure of the one before, once.
func TestNextGenerationCarriesItsClosure(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := openDB(t, config)
		unit := newStation()
		grownStream(t, db, unit, 3)
		parent := newSigner(t, unit.Parent(), db)
		note, err := parent.key.SignClosure(Closure{Unit: unit, Generation: 1, At: 1})
		if err != nil {
			t.Fatal(err)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return Host(ctx, tx, unit, 2, note) })
		first := appendAt(t, db, 2000, counted(event.Up(unit), 0), counted(event.Down(unit), 1))
		second := appendAt(t, db, 2001, counted(event.Up(unit), 2))
		var kinds []string
		for _, e := range append(first, second...) {
			if e.Generation != 2 {
				t.Errorf("%s", e.Ref())
			}
			kinds = append(kinds, e.Kind)
		}
		if want := []string{KindGenerationOpened, KindGenerationOpened, "toy.counted", "toy.counted", "toy.counted"}; !slices.Equal(kinds, want) {
			t.Errorf("%v", kinds)
		}
		var body openedBody
		if err := first[0].Decode(&body); err != nil || body.Closure != string(note) {
			t.Errorf("%v %q", err, body.Closure)
		}
		if hosted := headOf(t, db, event.Up(unit)); hosted.Size != 3 {
			t.Errorf("the first generation has %d entries", hosted.Size)
		}
	})
}

// Four processes of one city node write one stream.
func TestFourHandlesAppendToOneStream(t *testing.T) {
	config := storetest.PostgresConfig(t)
	unit := newStation()
	first := openDB(t, config)
	host(t, first, unit)
	handles := []*store.DB{first, openDB(t, config), openDB(t, config), openDB(t, config)}
	const each = 40
	var mu sync.Mutex
	acknowledged := make(map[event.Ref]bool)
	var wg sync.WaitGroup
	for _, db := range handles {
		for range 2 {
			wg.Go(func() {
				for i := range each / 2 {
					var entries []Entry
					err := db.Write(context.Background(), func(tx *store.Tx) (err error) {
						entries, err = Append(context.Background(), tx, int64(i), "op", []event.Event{counted(event.To(unit, city), i), counted(event.Up(unit), i)})
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for i := range entries {
						acknowledged[entries[i].Ref()] = true
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	if want := 2 * each * len(handles); len(acknowledged) != want {
		t.Fatalf("%d different entries of %d", len(acknowledged), want)
	}
	for _, stream := range []event.Stream{event.Up(unit), event.To(unit, city)} {
		head := headOf(t, handles[3], stream)
		if head.Size != int64(each*len(handles)) {
			t.Errorf("%s has %d entries", stream, head.Size)
		}
		read(t, handles[2], func(ctx context.Context, tx *store.Tx) error {
			entries, err := Range(ctx, tx, stream, 1, 0, head.Size)
			if err != nil {
				return err
			}
			last := int64(0)
			for i, e := range entries {
				if e.Seq != int64(i) || e.At < last || !acknowledged[e.Ref()] {
					t.Errorf("entry %d is %s at %d after %d", i, e.Ref(), e.At, last)
				}
				last = e.At
			}
			if merkle(rawOf(entries)) != head.Root() {
				t.Error("another root")
			}
			return nil
		})
	}
	requireClean(t, first)
}

func TestFrontierIsTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f frontier
		var leaves [][]byte
		for i := range rapid.IntRange(0, 200).Draw(t, "size") {
			leaves = append(leaves, fmt.Appendf(nil, "leaf %d", i))
			f.add(tlog.RecordHash(leaves[i]))
		}
		read, err := parseFrontier(f.size, f.bytes())
		if err != nil || read.root() != merkle(leaves) || f.root() != merkle(leaves) {
			t.Fatalf("size %d: %v", len(leaves), err)
		}
		if _, err := parseFrontier(f.size+1, f.bytes()); err == nil && f.size&1 == 0 {
			t.Fatal("a frontier of another size was accepted")
		}
	})
}
