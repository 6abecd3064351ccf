// Package office is the small core over which the desks work: sign-in, policy, the one transaction in which
// everything is written, reactions, and the proof that the tables are what the journal says.
//
// Nothing changes a register table except through Act here or, for entries from other nodes, through ApplyPending. See
// docs/adr/0004-rooms-and-write-path.md.
package office

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is what a room's SQL package gives to the core.
type Room interface {
	// Name is the room's name and the first part of its kinds.
	Name() string
	// Migration is the room's tables.
	Migration() store.Migration
	// Kinds names every kind that the room can apply, with the highest body version that it understands.
	Kinds() map[string]int
	// Words says in both languages what each kind states, as "photographed": for history, lists and exports.
	Words() map[string]citizen.Text
	// Apply derives the room's rows from one entry. It reads the entry and its subject's rows only: no clock, settings or
	// code tables. It is idempotent, does not depend on the order between streams, and never refuses.
	Apply(ctx context.Context, tx *store.Tx, a *Applied) error
	// Tables lists the derived tables.
	Tables() []store.Table
	// Forget removes the derived rows of a subject, before they are derived anew from what is left of its entries. It returns
	// entries that concern the subject under another one, as the chunk that brought a resident.
	Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error)
	// Erasable names the kinds whose bodies may be erased.
	Erasable() []string
}

// Applied is an entry on its way into the tables.
type Applied struct {
	*journal.Entry
	Blobs *store.Blobs
	await func(digest string) error
	later *derivations // nil: at once
}

// Await notes that the entry cannot be applied in full before a blob arrives; it is then applied again.
func (a *Applied) Await(digest string) error { return a.await(digest) }

// Derive calls for rows that are computed anew from all the facts of what key names. It is done once, when the facts of every entry that is applied together with
// this one are in: a range that brings four steps of an application derives its row once. No Apply may read such rows.
func (a *Applied) Derive(key string, derive func() error) error {
	if a.later == nil {
		return derive()
	}
	a.later.add(key, derive)
	return nil
}

// derivations are what entries that are applied together call for, in the order of the first call.
type derivations struct {
	known map[string]bool
	all   []func() error
}

func (d *derivations) add(key string, derive func() error) {
	if d.known[key] {
		return
	}
	if d.known == nil {
		d.known = make(map[string]bool)
	}
	d.known[key] = true
	d.all = append(d.all, derive)
}

// run does them, and begins anew.
func (d *derivations) run() error {
	for _, derive := range d.all {
		if err := derive(); err != nil {
			return fmt.Errorf("office: derive: %w", err)
		}
	}
	*d = derivations{}
	return nil
}

// Directory finds operators. The site room implements it.
type Directory interface {
	// Operator finds an operator by login name; ok is false when there is none in service.
	Operator(ctx context.Context, tx *store.Tx, login string) (op Operator, ok bool, err error)
}

// Office is one node's core.
type Office struct {
	DB        *store.DB
	Blobs     *store.Blobs
	Key       *journal.Key
	City      event.Unit
	Clock     func() time.Time
	Log       *slog.Logger
	Directory Directory
	// Permit refuses a person who may not do an action today, as one who is not certified for the step; nil permits all. It is asked in the
	// action's transaction, before the desk's function; the node itself is not asked about.
	Permit func(ctx context.Context, tx *store.Tx, by Operator, action string, today citizen.Date) error
	// Forget removes what the node keeps beside its rooms of whom an erased entry names, as its pages keep what was typed; nil: it keeps nothing. It is called in the
	// transaction of the erasure, with the entry as it was.
	Forget func(ctx context.Context, tx *store.Tx, erased *journal.Entry) error

	rooms     []Room
	kinds     map[string]Room
	actions   map[string]Action
	reactions []Reaction
	unseen    *atomic.Bool // this process may have queued a reaction since it last looked
	looks     *lookLog
	signing   *turnstile // at the door where passwords are checked
}

// New makes an office over rooms, actions and reactions. The caller sets the fields that are exported.
func New(o Office, rooms []Room, actions []Action, reactions []Reaction) (*Office, error) {
	o.rooms, o.reactions, o.unseen, o.looks, o.signing = rooms, reactions, new(atomic.Bool), new(lookLog), newTurnstile(checksAtOnce, checkWait)
	o.unseen.Store(true) // an earlier process may have left some
	o.kinds = make(map[string]Room)
	for _, room := range rooms {
		for kind := range room.Kinds() {
			if o.kinds[kind] != nil {
				return nil, fmt.Errorf("office: kind %s belongs to two rooms", kind)
			}
			o.kinds[kind] = room
		}
	}
	o.actions = make(map[string]Action)
	for _, a := range actions {
		if _, ok := o.actions[a.Name]; ok {
			return nil, fmt.Errorf("office: action %s is defined twice", a.Name)
		}
		o.actions[a.Name] = a
	}
	return &o, nil
}

// Migrate brings every table of the node up to date.
func (o *Office) Migrate(ctx context.Context) error {
	if err := o.DB.Migrate(ctx, journal.Migration(), migration()); err != nil {
		return err
	}
	if err := o.migrateRooms(ctx, o.DB); err != nil {
		return err
	}
	return o.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "insert into office_node(id, newest_at, hold) values(1, 0, '') on conflict do nothing")
		return err
	})
}

func (o *Office) migrateRooms(ctx context.Context, db *store.DB) error {
	var all []store.Migration
	for _, room := range o.rooms {
		all = append(all, room.Migration())
	}
	return db.Migrate(ctx, all...)
}

func migration() store.Migration { return store.Embedded("office", migrations) }

// Rooms lists the rooms.
func (o *Office) Rooms() []Room { return o.rooms }

// Understands names every kind and the highest version that this node can apply: what states announce.
func (o *Office) Understands() map[string]int {
	all := make(map[string]int)
	for _, room := range o.rooms {
		for kind, v := range room.Kinds() {
			all[kind] = v
		}
	}
	for _, kind := range []string{journal.KindGenerationOpened, journal.KindNodeAdmitted, journal.KindErased} {
		all[kind] = 1
	}
	return all
}

// FirstVersions gives a room's kinds from their words, each with its first body version.
func FirstVersions(words map[string]citizen.Text) map[string]int {
	kinds := make(map[string]int, len(words))
	for kind := range words {
		kinds[kind] = 1
	}
	return kinds
}

// Words says what a kind of entry states; the kind itself where no room has it.
func (o *Office) Words(kind string) citizen.Text {
	if text, ok := journalWords[kind]; ok {
		return text
	}
	if room := o.kinds[kind]; room != nil {
		return room.Words()[kind]
	}
	return citizen.Text{ZH: kind, EN: kind}
}

var journalWords = map[string]citizen.Text{
	journal.KindGenerationOpened: {ZH: "启用新一代日志", EN: "opened a generation"},
	journal.KindNodeAdmitted:     {ZH: "接纳节点", EN: "admitted a node"},
	journal.KindErased:           {ZH: "删除条目正文", EN: "erased a body"},
}

// Work is one action in its transaction.
type Work struct {
	Tx     *store.Tx
	Office *Office
	By     Operator
	Now    int64        // ms UTC; entries are stamped with it or later
	Today  citizen.Date // the business date in Asia/Shanghai
	cause  *event.Ref   // set in a reaction
	looks  bool         // the action only looks
	events []event.Event
}

// Lock locks subjects until the end of the transaction; call it before loading them, once, with all names.
func (w *Work) Lock(ctx context.Context, subjects ...string) error {
	if w.looks {
		return errors.New("office: an action that only looks keeps nobody from writing: it may not lock")
	}
	return w.Tx.Lock(ctx, subjects...)
}

// Emit adds events to what the action writes. In a reaction, an event without a cause gets the causing entry.
func (w *Work) Emit(events ...event.Event) {
	for _, e := range events {
		if e.Cause == nil {
			e.Cause = w.cause
		}
		w.events = append(w.events, e)
	}
}

// act is the one transaction: hold and clock, then fn (which locks, loads and decides), then heads in name order, append,
// apply, reactions.
func (o *Office) act(ctx context.Context, by Operator, cause *event.Ref, clockFree bool, fn func(context.Context, *Work) error) (entries []journal.Entry, err error) {
	err = o.DB.Write(ctx, func(tx *store.Tx) error {
		entries, err = o.actIn(ctx, tx, by, cause, clockFree, fn)
		return err
	})
	if err != nil {
		return nil, err
	}
	o.noteCalls(entries)
	return entries, nil
}

func (o *Office) actIn(ctx context.Context, tx *store.Tx, by Operator, cause *event.Ref, clockFree bool, fn func(context.Context, *Work) error) ([]journal.Entry, error) {
	now, err := o.tick(ctx, tx, clockFree)
	if err != nil {
		return nil, err
	}
	w := &Work{Tx: tx, Office: o, By: by, Now: now, Today: citizen.DateOf(time.UnixMilli(now)), cause: cause}
	if err := fn(ctx, w); err != nil {
		return nil, err
	}
	return o.write(ctx, tx, w)
}

// Act runs fn as an action that no desk has, as the exchange's admission of a node. The caller has decided who may.
func (o *Office) Act(ctx context.Context, by Operator, fn func(context.Context, *Work) error) ([]journal.Entry, error) {
	return o.act(ctx, by, nil, false, fn)
}

// ActEndingHold is Act for the one act that ends the node's hold, in the same transaction: a restored city opens its next generation.
func (o *Office) ActEndingHold(ctx context.Context, by Operator, fn func(context.Context, *Work) error) (entries []journal.Entry, err error) {
	err = o.DB.Write(ctx, func(tx *store.Tx) error {
		if err := Hold(ctx, tx, ""); err != nil {
			return err
		}
		entries, err = o.actIn(ctx, tx, by, nil, false, fn)
		return err
	})
	o.noteCalls(entries)
	return entries, err
}

func (o *Office) write(ctx context.Context, tx *store.Tx, w *Work) ([]journal.Entry, error) {
	if len(w.events) == 0 {
		return nil, nil
	}
	for _, e := range w.events {
		for _, digest := range e.Blobs {
			if !o.Blobs.Has(digest) {
				return nil, fmt.Errorf("office: %s names blob %s, which is not stored", e.Kind, digest)
			}
		}
	}
	entries, err := journal.Append(ctx, tx, w.Now, w.By.ID, w.events)
	var foreign *journal.NotHostedError
	if errors.As(err, &foreign) {
		return nil, notHosted(foreign.Unit)
	}
	if err != nil {
		return nil, err
	}
	var later derivations
	for i := range entries {
		if err := o.applyFacts(ctx, tx, &entries[i], true, &later); err != nil {
			return nil, err
		}
	}
	if err := later.run(); err != nil {
		return nil, err
	}
	return entries, o.noteApplied(ctx, tx, entries)
}

// apply derives all of an entry's rows. Only a live application queues reactions.
func (o *Office) apply(ctx context.Context, tx *store.Tx, e *journal.Entry, live bool) error {
	var later derivations
	if err := o.applyFacts(ctx, tx, e, live, &later); err != nil {
		return err
	}
	return later.run()
}

// applyFacts is apply without what is left for later.
func (o *Office) applyFacts(ctx context.Context, tx *store.Tx, e *journal.Entry, live bool, later *derivations) error {
	if e.Erased() {
		return nil
	}
	if journalKind(e.Kind) {
		return o.applyJournal(ctx, tx, e, live)
	}
	a := &Applied{Entry: e, Blobs: o.Blobs, later: later, await: func(digest string) error {
		_, err := tx.Exec(ctx, "insert into office_wait(digest, stream, generation, seq) values($1, $2, $3, $4) on conflict do nothing",
			digest, e.Stream, e.Generation, e.Seq)
		return err
	}}
	if err := o.kinds[e.Kind].Apply(ctx, tx, a); err != nil {
		return fmt.Errorf("office: apply %s %s: %w", e.Kind, e.Ref(), err)
	}
	if !live {
		return nil
	}
	return o.queue(ctx, tx, e)
}

// journalKind tells whether entries of a kind change the journal itself.
func journalKind(kind string) bool {
	return kind == journal.KindGenerationOpened || kind == journal.KindNodeAdmitted || kind == journal.KindErased
}

// knows tells whether the node can apply an entry.
func (o *Office) knows(e *journal.Entry) bool {
	if journalKind(e.Kind) {
		return e.V == 1
	}
	room := o.kinds[e.Kind]
	return room != nil && e.V <= room.Kinds()[e.Kind]
}

// applyBatch is how many entries of a tree are applied at a time.
const applyBatch = 2000

// ApplyPending applies what a tree has beyond its apply position, up to the first entry that this node does not
// understand. Subjects are locked first, so two trees that arrive at once never derive one row blindly.
func (o *Office) ApplyPending(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) error {
	head, err := journal.HeadOf(ctx, tx, stream, generation)
	if err != nil {
		return err
	}
	for applied := head.Applied; applied < head.Size; {
		pending, err := journal.Range(ctx, tx, stream, generation, applied, min(applied+applyBatch, head.Size))
		if err != nil {
			return err
		}
		n, err := o.applyAll(ctx, tx, pending)
		if err == nil {
			err = o.noteApplied(ctx, tx, pending[:n])
		}
		if err != nil {
			return err
		}
		applied += int64(n)
		if err := journal.SetApplied(ctx, tx, stream, generation, applied); err != nil || n < len(pending) || n == 0 {
			return err
		}
	}
	return nil
}

// applyAll applies entries up to the first that is not understood, and tells how many.
func (o *Office) applyAll(ctx context.Context, tx *store.Tx, pending []journal.Entry) (n int, err error) {
	subjects := make([]string, len(pending))
	for i := range pending {
		subjects[i] = pending[i].Subject
	}
	if err := tx.Lock(ctx, subjects...); err != nil {
		return 0, err
	}
	var later derivations
	for i := range pending {
		if !o.knows(&pending[i]) {
			o.Log.Warn("apply paused: a newer kind", "entry", pending[i].Ref().String(), "kind", pending[i].Kind, "v", pending[i].V)
			return i, later.run()
		}
		if journalKind(pending[i].Kind) { // it may derive subjects anew, from what has been applied
			if err := later.run(); err != nil {
				return i, err
			}
			if err := journal.SetApplied(ctx, tx, pending[i].Stream, pending[i].Generation, pending[i].Seq); err != nil {
				return i, err
			}
		}
		if err := o.applyFacts(ctx, tx, &pending[i], true, &later); err != nil {
			return i, err
		}
	}
	return len(pending), later.run()
}

// Resume applies what paused trees hold, after an upgrade of this node has taught it their kinds.
func (o *Office) Resume(ctx context.Context) error {
	return o.DB.Write(ctx, func(tx *store.Tx) error {
		heads, err := journal.Heads(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			if h.Applied < h.Size {
				if err := o.ApplyPending(ctx, tx, h.Stream, h.Generation); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// BlobArrived applies again the entries that waited for a blob.
func (o *Office) BlobArrived(ctx context.Context, tx *store.Tx, digest string) error {
	waiting, err := o.waiting(ctx, tx, digest)
	if err != nil || len(waiting) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from office_wait where digest = $1", digest); err != nil {
		return err
	}
	for _, ref := range waiting {
		e, err := journal.At(ctx, tx, ref)
		if errors.Is(err, journal.ErrNoEntry) { // put aside by a closure since
			continue
		}
		if err != nil {
			return err
		}
		if err := tx.Lock(ctx, e.Subject); err != nil {
			return err
		}
		if err := o.apply(ctx, tx, &e, false); err != nil {
			return err
		}
		if err := o.noteApplied(ctx, tx, []journal.Entry{e}); err != nil {
			return err
		}
	}
	return nil
}
