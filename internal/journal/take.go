package journal

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/mod/sumdb/tlog"
)

// Errors of taking in a range. Each leaves the tables as they were.
var (
	ErrGap    = errors.New("journal: entries before this range are missing")
	ErrForged = errors.New("journal: the entries do not have the root that was signed")
	ErrFork   = errors.New("journal: the range contradicts entries held here")
	ErrLate   = errors.New("journal: the range lies beyond the closure of its generation")
)

// Arrival is a range of a tree as it came from a neighbour: entries in order, and the checkpoint at exactly its end, whose
// signature the caller has verified.
type Arrival struct {
	Stream     event.Stream
	Generation int
	Entries    []Entry
	Checkpoint Checkpoint
	Signer     string // node that signed
	Note       []byte // the checkpoint's signed note, with the cosignatures
	Now        int64  // ms UTC, for evidence
}

// GapError says which entries are missing. It is ErrGap.
type GapError struct {
	Stream     event.Stream
	Generation int
	Have, From int64
}

func (e *GapError) Error() string {
	return fmt.Sprintf("%v: %s generation %d: entries %d to %d", ErrGap, e.Stream, e.Generation, e.Have, e.From-1)
}

// Unwrap makes it ErrGap.
func (e *GapError) Unwrap() error { return ErrGap }

// Take extends a tree by an arrival. What is held already must be equal; the new root must be the checkpoint's. It
// returns the entries that are new here, in order; applying them is the caller's, in the same transaction. Entries
// beyond a closure are put aside as evidence and ErrLate is returned with the rest taken in.
func Take(ctx context.Context, tx *store.Tx, a Arrival) (fresh []Entry, err error) {
	head, err := lockHead(ctx, tx, a.Stream, a.Generation)
	if err != nil {
		return nil, err
	}
	_, fresh, err = a.check(ctx, tx, head)
	if err != nil {
		return nil, err
	}
	if len(fresh) == 0 && a.Checkpoint.Size < head.Size {
		return nil, nil // a replay; its root was not computed, so its checkpoint is not kept
	}
	limit, err := closedAt(ctx, tx, a.Stream, a.Generation)
	if err != nil {
		return nil, err
	}
	if limit >= 0 && a.Checkpoint.Size > limit {
		return a.takeLate(ctx, tx, head, fresh, limit)
	}
	if limit > 0 && a.Checkpoint.Size == limit {
		if root, err := closedRoot(ctx, tx, a.Stream, a.Generation); err != nil || root != hexRoot(a.Checkpoint.Root) {
			return nil, errors.Join(err, fmt.Errorf("%w: %s generation %d does not have the root that closed it", ErrFork, a.Stream, a.Generation))
		}
	}
	return fresh, a.store(ctx, tx, head, fresh)
}

func (a *Arrival) plausible(head *Head) error {
	from := a.Checkpoint.Size - int64(len(a.Entries))
	if from > head.Size {
		return &GapError{Stream: a.Stream, Generation: a.Generation, Have: head.Size, From: from}
	}
	if head.Signer != "" && head.Signer != a.Signer {
		return fmt.Errorf("%w: %s generation %d is signed by %s, not %s", ErrFork, a.Stream, a.Generation, head.Signer, a.Signer)
	}
	for i := range a.Entries {
		e := &a.Entries[i]
		if e.Stream != a.Stream || e.Generation != a.Generation || e.Seq != from+int64(i) {
			return fmt.Errorf("%w: entry %s where %s@%d:%d belongs", ErrMalformed, e.Ref(), a.Stream, a.Generation, from+int64(i))
		}
	}
	return nil
}

// extend compares what is known and grows a copy of the frontier by what is new.
func (a *Arrival) extend(ctx context.Context, tx *store.Tx, head *Head) (frontier, []Entry, error) {
	from := a.Checkpoint.Size - int64(len(a.Entries))
	known, err := Range(ctx, tx, a.Stream, a.Generation, from, min(head.Size, a.Checkpoint.Size))
	if err != nil {
		return frontier{}, nil, err
	}
	for i := range known {
		if !bytes.Equal(known[i].Raw, a.Entries[i].Raw) {
			return frontier{}, nil, fmt.Errorf("%w: %s", ErrFork, known[i].Ref())
		}
	}
	fresh := a.Entries[len(known):]
	if len(fresh) == 0 && a.Checkpoint.Size < head.Size {
		// Wholly known: the root at that size cannot be had from the frontier. The entries were equal one by one.
		return frontier{size: a.Checkpoint.Size, hashes: []tlog.Hash{a.Checkpoint.Root}}, nil, nil
	}
	grown := head.frontier.clone()
	for i := range fresh {
		grown.add(fresh[i].Leaf())
	}
	return grown, fresh, nil
}

// store keeps the fresh entries and the checkpoint.
func (a *Arrival) store(ctx context.Context, tx *store.Tx, head *Head, fresh []Entry) error {
	if err := grow(ctx, tx, head, fresh); err != nil {
		return err
	}
	head.Signer = a.Signer
	if err := saveHead(ctx, tx, head); err != nil {
		return err
	}
	return SaveCheckpoint(ctx, tx, a.Stream, a.Generation, a.Checkpoint.Size, a.Note)
}

// grow inserts the fresh entries and blanks those whose erasure is known.
func grow(ctx context.Context, tx *store.Tx, head *Head, fresh []Entry) error {
	for i := range fresh {
		e := &fresh[i]
		if err := insert(ctx, tx, e); err != nil {
			return err
		}
		erased, err := ErasureKnown(ctx, tx, e)
		if err != nil {
			return err
		}
		if erased {
			if err := blank(ctx, tx, e.Stream, e.Generation, e.Seq); err != nil {
				return err
			}
			e.Salt, e.Body = nil, nil
		}
		head.push(e)
	}
	return nil
}

// takeLate takes in what lies below the limit when the root there proves it, and puts the rest aside.
func (a *Arrival) takeLate(ctx context.Context, tx *store.Tx, head *Head, fresh []Entry, limit int64) ([]Entry, error) {
	below := fresh
	for i := range fresh {
		if fresh[i].Seq >= limit {
			below = fresh[:i]
			break
		}
	}
	for i := range fresh[len(below):] {
		if err := putAside(ctx, tx, &fresh[len(below)+i], "late", a.Now); err != nil {
			return nil, err
		}
	}
	if err := grow(ctx, tx, head, below); err != nil {
		return nil, err
	}
	if head.Size == limit && head.Size > 0 {
		if root, err := closedRoot(ctx, tx, a.Stream, a.Generation); err != nil || root != hexRoot(head.Root()) {
			return nil, errors.Join(err, fmt.Errorf("%w: %s generation %d does not have the root that closed it", ErrForged, a.Stream, a.Generation))
		}
	}
	head.Signer = a.Signer
	if err := saveHead(ctx, tx, head); err != nil {
		return nil, err
	}
	return below, fmt.Errorf("%w: %s generation %d after %d", ErrLate, a.Stream, a.Generation, limit)
}

func putAside(ctx context.Context, tx *store.Tx, e *Entry, reason string, now int64) error {
	_, err := tx.Exec(ctx, `insert into journal_evidence(stream, generation, seq, leaf, header, salt, body, reason, received_at)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
		e.Stream, e.Generation, e.Seq, e.Ref().Leaf, e.Raw, nullable(e.Salt), nullable(e.Body), reason, now)
	return err
}

// SaveCheckpoint keeps a checkpoint's signed note; a later one of the same size replaces it (it has more cosignatures).
func SaveCheckpoint(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, size int64, signed []byte) error {
	_, err := tx.Exec(ctx, `insert into journal_checkpoint(stream, generation, size, note) values($1, $2, $3, $4)
		on conflict (stream, generation, size) do update set note = excluded.note`, stream, generation, size, signed)
	return err
}

// CheckpointAt reads the newest checkpoint at or above a size; ok is false when there is none.
func CheckpointAt(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, size int64) (at int64, signed []byte, ok bool, err error) {
	ok, err = tx.Find(ctx, `select size, note from journal_checkpoint where stream = $1 and generation = $2 and size >= $3
		order by size limit 1`, []any{stream, generation, size}, &at, &signed)
	return at, signed, ok, err
}

// NewestCheckpoint reads a tree's newest checkpoint; ok is false when there is none.
func NewestCheckpoint(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) (at int64, signed []byte, ok bool, err error) {
	ok, err = tx.Find(ctx, `select size, note from journal_checkpoint where stream = $1 and generation = $2
		order by size desc limit 1`, []any{stream, generation}, &at, &signed)
	return at, signed, ok, err
}

// closedAt is the size at which a tree was closed, or -1 when it is open.
func closedAt(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) (int64, error) {
	closure, ok, err := closureOf(ctx, tx, stream.Unit(), generation)
	if err != nil || !ok {
		return -1, err
	}
	return closure.Trees[stream].Size, nil
}

func closedRoot(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) (string, error) {
	closure, _, err := closureOf(ctx, tx, stream.Unit(), generation)
	return closure.Trees[stream].Root, err
}

func closureOf(ctx context.Context, tx *store.Tx, unit event.Unit, generation int) (c Closure, ok bool, err error) {
	var signed []byte
	ok, err = tx.Find(ctx, "select note from journal_closure where unit = $1 and generation = $2", []any{unit, generation}, &signed)
	if err != nil || !ok {
		return c, false, err
	}
	return c, true, Peek(signed, closureTitle, &c) // verified before it was saved
}

// Closures lists the closures that this node knows, as signed notes.
func Closures(ctx context.Context, tx *store.Tx) ([][]byte, error) {
	return store.Select(ctx, tx, "select note from journal_closure order by unit, generation", nil,
		func(rows *sql.Rows) (n []byte, err error) { return n, rows.Scan(&n) })
}

// Close applies a closure that the caller has verified: it is kept, the generation's trees are marked closed, and entries beyond the
// closing size are moved to evidence. It returns the subjects of what was moved, whose rows must be derived anew.
func Close(ctx context.Context, tx *store.Tx, signed []byte, now int64) (subjects []string, err error) {
	var c Closure
	if err := Peek(signed, closureTitle, &c); err != nil {
		return nil, err
	}
	if n, err := tx.Exec(ctx, "insert into journal_closure(unit, generation, note) values($1, $2, $3) on conflict do nothing",
		c.Unit, c.Generation, signed); err != nil || n == 0 {
		return nil, err // known already
	}
	heads, err := Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		if h.Stream.Unit() != c.Unit || h.Generation != c.Generation {
			continue
		}
		moved, err := closeTree(ctx, tx, h, c.Trees[h.Stream], now)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, moved...)
	}
	return subjects, nil
}

func closeTree(ctx context.Context, tx *store.Tx, h *Head, tree Tree, now int64) (subjects []string, err error) {
	if h, err = lockHead(ctx, tx, h.Stream, h.Generation); err != nil {
		return nil, err
	}
	beyond, err := Range(ctx, tx, h.Stream, h.Generation, tree.Size, h.Size)
	if err != nil {
		return nil, err
	}
	for i := range beyond {
		if err := putAside(ctx, tx, &beyond[i], "late", now); err != nil {
			return nil, err
		}
		subjects = append(subjects, beyond[i].Subject)
	}
	if len(beyond) > 0 {
		if err := cut(ctx, tx, h, tree.Size); err != nil {
			return nil, err
		}
	}
	if h.Size == tree.Size && tree.Size > 0 && hexRoot(h.Root()) != tree.Root {
		return nil, fmt.Errorf("%w: the closure of %s generation %d names another root", ErrFork, h.Stream, h.Generation)
	}
	_, err = tx.Exec(ctx, "update journal_head set closed_size = $1, closed_root = $2 where stream = $3 and generation = $4",
		tree.Size, tree.Root, h.Stream, h.Generation)
	return subjects, err
}

// cut removes a closed tree's entries from size on and rebuilds its frontier.
func cut(ctx context.Context, tx *store.Tx, h *Head, size int64) error {
	for _, query := range []string{
		"delete from journal_entry where stream = $1 and generation = $2 and seq >= $3",
		"delete from journal_blob where stream = $1 and generation = $2 and seq >= $3",
		"delete from journal_checkpoint where stream = $1 and generation = $2 and size > $3",
	} {
		if _, err := tx.Exec(ctx, query, h.Stream, h.Generation, size); err != nil {
			return err
		}
	}
	h.frontier, h.Size, h.LastAt = frontier{}, 0, 0
	if err := EachOf(ctx, tx, h.Stream, h.Generation, 0, size, func(e *Entry) error { h.push(e); return nil }); err != nil {
		return err
	}
	h.Applied = min(h.Applied, size)
	return saveHead(ctx, tx, h)
}

// Erasure names the entry whose body a records.erased entry blanks: in the same stream, in its own or an earlier generation.
type Erasure struct {
	Generation int    `json:"generation"`
	Seq        int64  `json:"seq"`
	Leaf       string `json:"leaf"`
	Kind       string `json:"kind"`
}

// Erase notes an erasure and blanks its target, now or when it comes. It returns the target as it was, or nil when it is not here; a target
// that is not what the erasure says is left alone.
func Erase(ctx context.Context, tx *store.Tx, by *Entry, target Erasure) (*Entry, error) {
	if _, err := tx.Exec(ctx, `insert into journal_erasure(stream, generation, seq, leaf, kind, by_generation, by_seq)
		values($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
		by.Stream, target.Generation, target.Seq, target.Leaf, target.Kind, by.Generation, by.Seq); err != nil {
		return nil, err
	}
	held, err := At(ctx, tx, event.Ref{Stream: by.Stream, Generation: target.Generation, Seq: target.Seq, Leaf: target.Leaf})
	if errors.Is(err, ErrNoEntry) {
		return nil, nil
	}
	if err != nil || held.Kind != target.Kind {
		return nil, err
	}
	return &held, blank(ctx, tx, by.Stream, target.Generation, target.Seq)
}

// ErasureKnown tells whether a records.erased entry held here names the entry.
func ErasureKnown(ctx context.Context, tx *store.Tx, e *Entry) (bool, error) {
	return tx.Find(ctx, "select 1 from journal_erasure where stream = $1 and generation = $2 and seq = $3 and leaf = $4 and kind = $5",
		[]any{e.Stream, e.Generation, e.Seq, e.Ref().Leaf, e.Kind}, new(int64))
}

func blank(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, seq int64) error {
	if _, err := tx.Exec(ctx, "update journal_entry set salt = null, body = null where stream = $1 and generation = $2 and seq = $3",
		stream, generation, seq); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "delete from journal_blob where stream = $1 and generation = $2 and seq = $3", stream, generation, seq)
	return err
}

// BlobWanted tells whether an unerased entry names the blob.
func BlobWanted(ctx context.Context, tx *store.Tx, digest string) (bool, error) {
	return tx.Find(ctx, "select 1 from journal_blob where digest = $1 limit 1", []any{digest}, new(int64))
}

// BlobsOf lists the blobs that the entries [from, to) of a tree name, erased ones left out, each once.
func BlobsOf(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, from, to int64) ([]string, error) {
	return store.Select(ctx, tx, `select distinct digest from journal_blob where stream = $1 and generation = $2
		and seq >= $3 and seq < $4 order by digest`, []any{stream, generation, from, to},
		func(rows *sql.Rows) (d string, err error) { return d, rows.Scan(&d) })
}
