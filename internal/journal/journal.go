package journal

import (
	"context"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/mod/sumdb/tlog"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migration is the journal's tables.
func Migration() store.Migration { return store.Embedded("journal", migrations) }

// Kinds that the journal itself writes and reads.
const (
	KindGenerationOpened = "journal.generation_opened"
	KindNodeAdmitted     = "journal.node_admitted"
	KindErased           = "records.erased"
)

// Errors of the journal. Test with errors.Is.
var (
	ErrNotHosted = errors.New("journal: this node does not write that unit's streams")
	ErrNoTree    = errors.New("journal: no such tree")
	ErrNoEntry   = errors.New("journal: no such entry")
)

// Head is the state of one tree.
type Head struct {
	Stream     event.Stream
	Generation int
	Size       int64
	LastAt     int64
	Applied    int64
	Signer     string // node; empty until its first checkpoint
	ClosedSize int64  // -1: open
	frontier   frontier
}

// Root is the tree's root at its size.
func (h *Head) Root() tlog.Hash { return h.frontier.root() }

// Closed tells whether a closure is known.
func (h *Head) Closed() bool { return h.ClosedSize >= 0 }

const headColumns = "stream, generation, size, frontier, last_at, applied, signer, coalesce(closed_size, -1)"

func scanHead(rows interface{ Scan(...any) error }) (*Head, error) {
	h := &Head{}
	var raw []byte
	if err := rows.Scan(&h.Stream, &h.Generation, &h.Size, &raw, &h.LastAt, &h.Applied, &h.Signer, &h.ClosedSize); err != nil {
		return nil, err
	}
	var err error
	h.frontier, err = parseFrontier(h.Size, raw)
	return h, err
}

// Heads lists every tree that this node holds, by stream and generation.
func Heads(ctx context.Context, tx *store.Tx) ([]*Head, error) {
	return store.Select(ctx, tx, "select "+headColumns+" from journal_head order by stream, generation", nil,
		func(rows *sql.Rows) (*Head, error) { return scanHead(rows) })
}

// TreeName names one generation of a stream.
type TreeName struct {
	Stream     event.Stream
	Generation int
}

// Sizes tells how many entries of each tree are held here.
func Sizes(ctx context.Context, tx *store.Tx) (map[TreeName]int64, error) {
	all := make(map[TreeName]int64)
	return all, tx.Each(ctx, "select stream, generation, size from journal_head", nil, func(rows *sql.Rows) error {
		var t TreeName
		var size int64
		err := rows.Scan(&t.Stream, &t.Generation, &size)
		all[t] = size
		return err
	})
}

// HeadOf reads one tree's state. It returns ErrNoTree when the node holds nothing of it.
func HeadOf(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) (*Head, error) {
	heads, err := store.Select(ctx, tx, "select "+headColumns+" from journal_head where stream = $1 and generation = $2",
		[]any{stream, generation}, func(rows *sql.Rows) (*Head, error) { return scanHead(rows) })
	if err != nil {
		return nil, err
	}
	if len(heads) == 0 {
		return nil, fmt.Errorf("%w: %s generation %d", ErrNoTree, stream, generation)
	}
	return heads[0], nil
}

// lockHead makes the row if it is missing, locks it and reads it.
func lockHead(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) (*Head, error) {
	query := "select " + headColumns + " from journal_head where stream = $1 and generation = $2" + tx.ForUpdate()
	read := func() ([]*Head, error) {
		return store.Select(ctx, tx, query, []any{stream, generation}, func(rows *sql.Rows) (*Head, error) { return scanHead(rows) })
	}
	heads, err := read()
	if err != nil {
		return nil, err
	}
	if len(heads) == 1 {
		return heads[0], nil
	}
	if _, err := tx.Exec(ctx, `insert into journal_head(stream, generation, size, frontier, last_at, applied, signer)
		values($1, $2, 0, $3, 0, 0, '') on conflict do nothing`, stream, generation, []byte{}); err != nil {
		return nil, err
	}
	if heads, err = read(); err != nil || len(heads) != 1 {
		return nil, errors.Join(err, errors.New("journal: head row"))
	}
	return heads[0], nil
}

func saveHead(ctx context.Context, tx *store.Tx, h *Head) error {
	_, err := tx.Exec(ctx, "update journal_head set size = $1, frontier = $2, last_at = $3, applied = $4, signer = $5 where stream = $6 and generation = $7",
		h.Size, h.frontier.bytes(), h.LastAt, h.Applied, h.Signer, h.Stream, h.Generation)
	return err
}

func (h *Head) push(e *Entry) {
	h.frontier.add(e.Leaf())
	h.Size = h.frontier.size
	h.LastAt = max(h.LastAt, e.At)
}

// Host makes this node the writer of a unit's streams in a generation; closure is the signed closure of the generation
// before, nil for the first. Older generations that it hosted end.
func Host(ctx context.Context, tx *store.Tx, unit event.Unit, generation int, closure []byte) error {
	if _, err := tx.Exec(ctx, "update journal_host set hosted = 0 where unit = $1", unit); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into journal_host(unit, generation, closure, hosted) values($1, $2, $3, 1)
		on conflict (unit, generation) do update set hosted = 1`, unit, generation, closure)
	return err
}

// Unhost ends this node's writing of a unit's streams. It is noted of a unit that has written nothing, too: its superior's node does not begin
// to host it afterwards.
func Unhost(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	if err := beginHosting(ctx, tx, unit); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update journal_host set hosted = 0 where unit = $1", unit)
	return err
}

// Hosted is a unit that this node writes for, and the generation.
type Hosted struct {
	Unit       event.Unit
	Generation int
	Closure    []byte
}

// HostedUnits lists the units that this node writes for.
func HostedUnits(ctx context.Context, tx *store.Tx) ([]Hosted, error) {
	return store.Select(ctx, tx, "select unit, generation, closure from journal_host where hosted = 1 order by unit", nil,
		func(rows *sql.Rows) (h Hosted, err error) { return h, rows.Scan(&h.Unit, &h.Generation, &h.Closure) })
}

// NotHostedError names the unit that this node does not write for. It is ErrNotHosted.
type NotHostedError struct{ Unit event.Unit }

func (e *NotHostedError) Error() string { return fmt.Sprintf("%v: %s", ErrNotHosted, e.Unit) }

// Unwrap makes it ErrNotHosted.
func (e *NotHostedError) Unwrap() error { return ErrNotHosted }

// hosting finds the generation in which this node writes for a unit. A unit that nobody has hosted before is hosted by the node of the
// nearest superior that has one (P10): it begins here, with its first entry.
//
// The row is locked against a closure that is under way, so that nothing is written to a generation that has just ended.
func hosting(ctx context.Context, tx *store.Tx, unit event.Unit) (Hosted, error) {
	h, at, err := nearestHosted(ctx, tx, unit, tx.ForShare())
	if err != nil || at == unit {
		return h, err
	}
	if err := beginHosting(ctx, tx, unit); err != nil {
		return h, err
	}
	h, _, err = nearestHosted(ctx, tx, unit, tx.ForShare())
	return h, err
}

// beginHosting notes that this node writes for a unit from its first generation, unless something is noted of it already.
func beginHosting(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	_, err := tx.Exec(ctx, "insert into journal_host(unit, generation, closure, hosted) values($1, 1, null, 1) on conflict do nothing", unit)
	return err
}

// Hosts tells whether this node writes for a unit, or would with its first entry.
func Hosts(ctx context.Context, tx *store.Tx, unit event.Unit) (bool, error) {
	_, _, err := nearestHosted(ctx, tx, unit, "")
	if errors.Is(err, ErrNotHosted) {
		return false, nil
	}
	return err == nil, err
}

// nearestHosted finds the unit itself or its nearest superior of which this node knows who hosts it; it is a NotHostedError when another node does.
func nearestHosted(ctx context.Context, tx *store.Tx, unit event.Unit, lock string) (h Hosted, at event.Unit, err error) {
	for at = unit; at != ""; at = at.Parent() {
		var hosted int64
		h = Hosted{Unit: at}
		found, err := tx.Find(ctx, "select generation, closure, hosted from journal_host where unit = $1 order by hosted desc, generation desc limit 1"+lock,
			[]any{at}, &h.Generation, &h.Closure, &hosted)
		if err != nil {
			return h, at, err
		}
		if found && hosted == 1 {
			return h, at, nil
		}
		if found {
			break
		}
	}
	return h, at, &NotHostedError{Unit: unit}
}

// Append writes events as entries at the end of their streams: it locks the heads in name order, stamps all with
// one time that is not below any of the streams' last, and returns the entries in the order of the events, preceded
// by those that open a generation. Applying them is the caller's, in the same transaction.
func Append(ctx context.Context, tx *store.Tx, at int64, operator string, events []event.Event) ([]Entry, error) {
	heads, opened, err := lockForAppend(ctx, tx, &at, events)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(opened)+len(events))
	for _, e := range append(opened, events...) {
		entry, err := newEntry(heads[e.Stream], at, operator, e)
		if err != nil {
			return nil, err
		}
		if err := insert(ctx, tx, &entry); err != nil {
			return nil, err
		}
		head := heads[e.Stream]
		head.push(&entry)
		head.Applied = head.Size
		entries = append(entries, entry)
	}
	for _, stream := range sortedStreams(heads) {
		if err := saveHead(ctx, tx, heads[stream]); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func sortedStreams(heads map[event.Stream]*Head) []event.Stream {
	names := make([]event.Stream, 0, len(heads))
	for name := range heads {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// lockForAppend locks the heads of the events' streams in name order, raises at to their last times, and lists the events
// that open a generation where a stream is written for the first time in it.
func lockForAppend(ctx context.Context, tx *store.Tx, at *int64, events []event.Event) (map[event.Stream]*Head, []event.Event, error) {
	heads := make(map[event.Stream]*Head)
	for _, e := range events {
		if !e.Stream.Valid() {
			return nil, nil, fmt.Errorf("journal: %q is not a stream", e.Stream)
		}
		heads[e.Stream] = nil
	}
	var opened []event.Event
	for _, name := range sortedStreams(heads) {
		host, err := hosting(ctx, tx, name.Unit())
		if err != nil {
			return nil, nil, err
		}
		head, err := lockHead(ctx, tx, name, host.Generation)
		if err != nil {
			return nil, nil, err
		}
		if head.Closed() {
			return nil, nil, &NotHostedError{Unit: name.Unit()}
		}
		if head.Size == 0 && host.Closure != nil {
			opened = append(opened, openingEvent(name, host))
		}
		*at = max(*at, head.LastAt)
		heads[name] = head
	}
	return heads, opened, nil
}

// openedBody is the body of journal.generation_opened: the closure of the generation before, with its chain, proves it.
type openedBody struct {
	Closure string `json:"closure"`
}

func openingEvent(stream event.Stream, host Hosted) event.Event {
	return event.Event{Stream: stream, Kind: KindGenerationOpened, V: 1, Subject: string(stream), Body: openedBody{Closure: string(host.Closure)}}
}

func insert(ctx context.Context, tx *store.Tx, e *Entry) error {
	var cause any
	if e.Cause != nil {
		cause = e.Cause.Leaf
	}
	if _, err := tx.Exec(ctx, `insert into journal_entry(stream, generation, seq, at, kind, subject, cause_leaf, header, salt, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.Stream, e.Generation, e.Seq, e.At, e.Kind, e.Subject, cause, e.Raw, nullable(e.Salt), nullable(e.Body)); err != nil {
		return fmt.Errorf("journal: insert %s: %w", e.Ref(), err)
	}
	for _, digest := range e.Blobs {
		if _, err := tx.Exec(ctx, "insert into journal_blob(digest, stream, generation, seq) values($1, $2, $3, $4) on conflict do nothing",
			digest, e.Stream, e.Generation, e.Seq); err != nil {
			return err
		}
	}
	return nil
}

// nullable keeps a nil slice from becoming an empty byte string.
func nullable(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

const entryColumns = "header, salt, body"

func scanEntry(rows *sql.Rows) (Entry, error) {
	var raw, salt, body []byte
	if err := rows.Scan(&raw, &salt, &body); err != nil {
		return Entry{}, err
	}
	return ParseEntry(raw, salt, body)
}

// Range reads the entries [from, to) of a tree.
func Range(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, from, to int64) ([]Entry, error) {
	return store.Select(ctx, tx, "select "+entryColumns+` from journal_entry
		where stream = $1 and generation = $2 and seq >= $3 and seq < $4 order by seq`,
		[]any{stream, generation, from, to}, scanEntry)
}

// BySubject reads every entry about a subject, stream by stream.
func BySubject(ctx context.Context, tx *store.Tx, subject string) ([]Entry, error) {
	return store.Select(ctx, tx, "select "+entryColumns+` from journal_entry where subject = $1
		order by stream, generation, seq`, []any{subject}, scanEntry)
}

// CountOf tells how many entries about a subject this node holds.
func CountOf(ctx context.Context, tx *store.Tx, subject string) (n int64, err error) {
	return n, tx.Get(ctx, "select count(*) from journal_entry where subject = $1", []any{subject}, &n)
}

// At reads the entry that a reference names and checks its leaf when the reference has one.
func At(ctx context.Context, tx *store.Tx, ref event.Ref) (Entry, error) {
	entries, err := Range(ctx, tx, ref.Stream, ref.Generation, ref.Seq, ref.Seq+1)
	if err != nil {
		return Entry{}, err
	}
	if len(entries) == 0 || (ref.Leaf != "" && entries[0].Ref().Leaf != ref.Leaf) {
		return Entry{}, fmt.Errorf("%w: %s", ErrNoEntry, ref)
	}
	return entries[0], nil
}

// Answered tells whether an entry of one of the kinds names the leaf as its cause.
func Answered(ctx context.Context, tx *store.Tx, causeLeaf string, kinds ...string) (bool, error) {
	found, err := store.Select(ctx, tx, "select kind from journal_entry where cause_leaf = $1", []any{causeLeaf},
		func(rows *sql.Rows) (kind string, err error) { return kind, rows.Scan(&kind) })
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(found, func(kind string) bool { return slices.Contains(kinds, kind) }), nil
}

// Each calls fn with every entry that counts, tree after tree: entries beyond a closure are not here but in evidence. It
// reads batch tree by tree, so memory stays constant.
func Each(ctx context.Context, tx *store.Tx, fn func(*Entry) error) error {
	heads, err := Heads(ctx, tx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if err := EachOf(ctx, tx, h.Stream, h.Generation, 0, h.Size, fn); err != nil {
			return err
		}
	}
	return nil
}

// batch is how many entries are read at a time.
const batch = 1000

// EachOf calls fn with the entries [from, to) of one tree.
func EachOf(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, from, to int64, fn func(*Entry) error) error {
	for ; from < to; from += batch {
		entries, err := Range(ctx, tx, stream, generation, from, min(from+batch, to))
		if err != nil {
			return err
		}
		for i := range entries {
			if err := fn(&entries[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// SetApplied moves a tree's apply position.
func SetApplied(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, applied int64) error {
	_, err := tx.Exec(ctx, "update journal_head set applied = $1 where stream = $2 and generation = $3", applied, stream, generation)
	return err
}

// hexRoot is a root as closures and messages print it.
func hexRoot(h tlog.Hash) string { return hex.EncodeToString(h[:]) }
