package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/mod/sumdb/tlog"
)

// Inspect tells what Take would say of an arrival, without writing: how many of its entries are new here. A replay has none.
func Inspect(ctx context.Context, tx *store.Tx, a Arrival) (fresh int, err error) {
	head, err := HeadOf(ctx, tx, a.Stream, a.Generation)
	if errors.Is(err, ErrNoTree) {
		head, err = &Head{Stream: a.Stream, Generation: a.Generation, ClosedSize: -1}, nil
	}
	if err != nil {
		return 0, err
	}
	_, entries, err := a.check(ctx, tx, head)
	return len(entries), err
}

// check compares an arrival with what is held, grows a copy of the frontier by what is new, and compares the root.
func (a *Arrival) check(ctx context.Context, tx *store.Tx, head *Head) (frontier, []Entry, error) {
	if err := a.plausible(head); err != nil {
		return frontier{}, nil, err
	}
	grown, fresh, err := a.extend(ctx, tx, head)
	if err != nil {
		return frontier{}, nil, err
	}
	if grown.root() != a.Checkpoint.Root {
		return frontier{}, nil, fmt.Errorf("%w: %s generation %d size %d", ErrForged, a.Stream, a.Generation, grown.size)
	}
	return grown, fresh, nil
}

// ClosureOf reads the closure of a unit's generation, verified before it was saved; ok is false when none is known.
func ClosureOf(ctx context.Context, tx *store.Tx, unit event.Unit, generation int) (c Closure, signed []byte, ok bool, err error) {
	ok, err = tx.Find(ctx, "select note from journal_closure where unit = $1 and generation = $2", []any{unit, generation}, &signed)
	if err != nil || !ok {
		return c, nil, false, err
	}
	return c, signed, true, Peek(signed, closureTitle, &c)
}

// OpenGeneration is a unit's generation that no closure known here has ended.
func OpenGeneration(ctx context.Context, tx *store.Tx, unit event.Unit) (int, error) {
	var last int
	err := tx.Get(ctx, "select coalesce(max(generation), 0) from journal_closure where unit = $1", []any{unit}, &last)
	return last + 1, err
}

// TreesOf locks a unit's trees of one generation and tells their sizes and roots, as a closure names them.
// Who writes for the unit waits for the end of the transaction, and then finds that it is closed.
func TreesOf(ctx context.Context, tx *store.Tx, unit event.Unit, generation int) (map[event.Stream]Tree, error) {
	if err := lockHosting(ctx, tx, unit); err != nil {
		return nil, err
	}
	names, err := store.Select(ctx, tx, "select stream from journal_head where generation = $1 and size > 0 order by stream", []any{generation},
		func(rows *sql.Rows) (s event.Stream, err error) { return s, rows.Scan(&s) })
	if err != nil {
		return nil, err
	}
	trees := make(map[event.Stream]Tree)
	for _, name := range names {
		if name.Unit() != unit {
			continue
		}
		head, err := lockHead(ctx, tx, name, generation)
		if err != nil {
			return nil, err
		}
		trees[name] = Tree{Size: head.Size, Root: hexRoot(head.Root())}
	}
	return trees, nil
}

// SignAt signs checkpoints of a tree that this node writes, or wrote, at the sizes given in rising order; those that are there stay.
func SignAt(ctx context.Context, tx *store.Tx, key *Key, city event.Unit, stream event.Stream, generation int, sizes []int64) error {
	head, err := lockHead(ctx, tx, stream, generation)
	if err != nil {
		return err
	}
	if head.Signer != "" && head.Signer != key.Node {
		return fmt.Errorf("journal: %s generation %d is signed by %s, not %s", stream, generation, head.Signer, key.Node)
	}
	wanted, err := unsigned(ctx, tx, head, sizes)
	if err != nil || len(wanted) == 0 {
		return err
	}
	roots, err := rootsAt(ctx, tx, head, wanted)
	if err != nil {
		return err
	}
	for i, size := range wanted {
		signed, err := key.SignCheckpoint(Checkpoint{Origin: Origin(city, stream, generation), Size: size, Root: roots[i]})
		if err != nil {
			return err
		}
		if err := SaveCheckpoint(ctx, tx, stream, generation, size, signed); err != nil {
			return err
		}
	}
	head.Signer = key.Node
	return saveHead(ctx, tx, head)
}

func unsigned(ctx context.Context, tx *store.Tx, head *Head, sizes []int64) ([]int64, error) {
	var wanted []int64
	for _, size := range sizes {
		if size < 1 || size > head.Size {
			return nil, fmt.Errorf("journal: no checkpoint of size %d: %s has %d", size, head.Stream, head.Size)
		}
		at, _, ok, err := CheckpointAt(ctx, tx, head.Stream, head.Generation, size)
		if err != nil {
			return nil, err
		}
		if !ok || at != size {
			wanted = append(wanted, size)
		}
	}
	return wanted, nil
}

// rootsAt computes the roots at some sizes: the newest from the frontier, earlier ones in one walk over the headers.
func rootsAt(ctx context.Context, tx *store.Tx, head *Head, sizes []int64) ([]tlog.Hash, error) {
	roots := make([]tlog.Hash, 0, len(sizes))
	if sizes[0] == head.Size {
		return append(roots, head.Root()), nil
	}
	grown := frontier{}
	for from := int64(0); from < sizes[len(sizes)-1]; from += batch {
		rows, err := store.Select(ctx, tx, `select header from journal_entry where stream = $1 and generation = $2
			and seq >= $3 and seq < $4 order by seq`, []any{head.Stream, head.Generation, from, from + batch},
			func(rows *sql.Rows) (raw []byte, err error) { return raw, rows.Scan(&raw) })
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return nil, fmt.Errorf("journal: %s generation %d lacks entry %d", head.Stream, head.Generation, from)
		}
		for _, raw := range rows {
			grown.add(tlog.RecordHash(raw))
			if len(roots) < len(sizes) && grown.size == sizes[len(roots)] {
				roots = append(roots, grown.root())
			}
		}
	}
	return roots, nil
}

// CheckpointSizes lists the sizes in (from, to] at which a checkpoint of a tree is held, in rising order.
func CheckpointSizes(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, from, to int64) ([]int64, error) {
	return store.Select(ctx, tx, `select size from journal_checkpoint where stream = $1 and generation = $2 and size > $3 and size <= $4
		order by size`, []any{stream, generation, from, to}, func(rows *sql.Rows) (n int64, err error) { return n, rows.Scan(&n) })
}

// Weight is what one entry adds to a parcel.
type Weight struct {
	Bytes int64    // of header and body
	Blobs []string // those that it names, unless it is erased
}

// Weights lists the weights of the entries [from, to) of a tree.
func Weights(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, from, to int64) ([]Weight, error) {
	args := []any{stream, generation, from, to}
	weights, err := store.Select(ctx, tx, `select length(header) + coalesce(length(body), 0) from journal_entry
		where stream = $1 and generation = $2 and seq >= $3 and seq < $4 order by seq`, args,
		func(rows *sql.Rows) (w Weight, err error) { return w, rows.Scan(&w.Bytes) })
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, `select seq, digest from journal_blob where stream = $1 and generation = $2 and seq >= $3 and seq < $4
		order by seq, digest`, args, func(rows *sql.Rows) error {
		var seq int64
		var digest string
		if err := rows.Scan(&seq, &digest); err != nil {
			return err
		}
		if i := seq - from; i < int64(len(weights)) {
			weights[i].Blobs = append(weights[i].Blobs, digest)
		}
		return nil
	})
	return weights, err
}

// BlobTrees lists the trees whose unerased entries name a blob.
func BlobTrees(ctx context.Context, tx *store.Tx, digest string) ([]event.Stream, error) {
	return store.Select(ctx, tx, "select distinct stream from journal_blob where digest = $1 order by stream", []any{digest},
		func(rows *sql.Rows) (s event.Stream, err error) { return s, rows.Scan(&s) })
}

// SplitNote parts a signed note into its text, with the final newline, and its signature lines.
func SplitNote(signed []byte) (text string, signatures []string, err error) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 || !bytes.HasSuffix(signed, []byte("\n")) {
		return "", nil, errors.New("journal: not a signed note")
	}
	lines := strings.Split(strings.TrimSuffix(string(signed[i+2:]), "\n"), "\n")
	return string(signed[:i+1]), lines, nil
}

// Tidy returns a checkpoint with the signature of its signer and the cosignatures of the given nodes that verify, in that order; every
// other line goes, so that nobody can fill a note with lines that mean nothing.
func Tidy(signed []byte, signer string, cosigners []string) ([]byte, error) {
	text, lines, err := SplitNote(signed)
	if err != nil {
		return nil, err
	}
	var kept []string
	keep := func(good func(note []byte) bool) bool {
		for _, line := range lines {
			if !slices.Contains(kept, line) && good([]byte(text+"\n"+line+"\n")) {
				kept = append(kept, line)
				return true
			}
		}
		return false
	}
	if !keep(func(note []byte) bool { _, err := OpenCheckpoint(note, signer); return err == nil }) {
		return nil, errors.New("journal: the checkpoint is not signed by its signer")
	}
	for _, cosigner := range cosigners {
		keep(func(note []byte) bool { _, err := Cosigned(note, cosigner); return err == nil })
	}
	return []byte(text + "\n" + strings.Join(kept, "\n") + "\n"), nil
}

// AddCosignature puts a node's cosignature from another copy of the same checkpoint into ours.
func AddCosignature(ours, theirs []byte, cosigner string) ([]byte, error) {
	text, lines, err := SplitNote(ours)
	if err != nil {
		return nil, err
	}
	otherText, otherLines, err := SplitNote(theirs)
	if err != nil {
		return nil, err
	}
	if text != otherText {
		return nil, errors.New("journal: not the same checkpoint")
	}
	for _, line := range otherLines {
		if _, err := Cosigned([]byte(text+"\n"+line+"\n"), cosigner); err == nil && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return []byte(text + "\n" + strings.Join(lines, "\n") + "\n"), nil
}

// lockHosting takes the rows that say who writes for a unit, and makes the first one where nothing has been written yet.
func lockHosting(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	hosts, err := Hosts(ctx, tx, unit)
	if err != nil {
		return err
	}
	if hosts {
		if err := beginHosting(ctx, tx, unit); err != nil {
			return err
		}
	}
	return tx.Each(ctx, "select generation from journal_host where unit = $1 order by generation"+tx.ForUpdate(), []any{unit},
		func(*sql.Rows) error { return nil })
}
