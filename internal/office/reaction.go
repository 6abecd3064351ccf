package office

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Reaction is what a node does by itself when an entry reaches it, as a station carrying out a decision.
type Reaction struct {
	Name string // as an action's name; also the mark of what was done
	Kind string // of the causing entry
	// Unit names the unit in whose name the node reacts to the entry; empty: this entry does not concern it. A node reacts only
	// for units that it hosts.
	Unit func(*journal.Entry) event.Unit
	// Answers names the kinds of entries that show that the reaction has been made.
	Answers []string
	// Run decides, as an action does. Emitting nothing is an answer too.
	Run func(context.Context, *Work, *journal.Entry) error
}

// queue notes the reactions that an entry calls for, in the transaction that applied it.
func (o *Office) queue(ctx context.Context, tx *store.Tx, e *journal.Entry) error {
	for _, r := range o.reactions {
		if r.Kind != e.Kind {
			continue
		}
		unit := r.Unit(e)
		if unit == "" {
			continue
		}
		hosts, err := journal.Hosts(ctx, tx, unit)
		if err != nil {
			return err
		}
		if !hosts {
			continue
		}
		if _, err := tx.Exec(ctx, `insert into office_reaction(name, leaf, stream, generation, seq, done, attempts, problem)
			values($1, $2, $3, $4, $5, 0, 0, '') on conflict do nothing`, r.Name, e.Ref().Leaf, e.Stream, e.Generation, e.Seq); err != nil {
			return err
		}
		o.unseen.Store(true)
	}
	return nil
}

// noteCalls notes that committed entries may have queued reactions: whoever looked between queue and commit has not seen them.
func (o *Office) noteCalls(entries []journal.Entry) {
	for i := range entries {
		if slices.ContainsFunc(o.reactions, func(r Reaction) bool { return r.Kind == entries[i].Kind }) {
			o.unseen.Store(true)
		}
	}
}

type waitingReaction struct {
	name string
	ref  event.Ref
}

// maxReactions bounds one round, so that a worker sees its context between rounds.
const maxReactions = 500

// React runs the reactions that wait, each in its own transaction, and returns how many were done. One that is refused or fails stays
// waiting with its problem, for a clerk to see, and is tried again in a later round, behind those that were tried less often.
func (o *Office) React(ctx context.Context) (done int, err error) {
	var waiting []waitingReaction
	err = o.DB.Read(ctx, func(tx *store.Tx) (err error) {
		waiting, err = store.Select(ctx, tx, `select name, leaf, stream, generation, seq from office_reaction
			where done = 0 order by attempts, stream, seq, name limit $1`, []any{maxReactions}, func(rows *sql.Rows) (w waitingReaction, err error) {
			return w, rows.Scan(&w.name, &w.ref.Leaf, &w.ref.Stream, &w.ref.Generation, &w.ref.Seq)
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, w := range waiting {
		failure := o.reactOnce(ctx, w)
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		if failure == nil {
			done++
			continue
		}
		if _, refused := event.AsRefusal(failure); !refused {
			o.Log.Error("reaction failed", "reaction", w.name, "cause", w.ref.String(), "error", failure)
		}
		if err := o.noteProblem(ctx, w, failure.Error()); err != nil {
			return done, err
		}
	}
	return done, nil
}

// ReactQueued is React for whoever has just acted. It looks only when this process may have queued something since the last time, or has never looked: most acts
// call for nothing, and looking costs as much as a small act. What other processes queue, or what was refused, is for React, which a serving node
// runs every second.
func (o *Office) ReactQueued(ctx context.Context) (done int, err error) {
	if !o.unseen.Swap(false) {
		return 0, nil
	}
	if done, err = o.React(ctx); err != nil || done == maxReactions {
		o.unseen.Store(true)
	}
	return done, err
}

func (o *Office) reactOnce(ctx context.Context, waiting waitingReaction) error {
	reaction, ok := o.reaction(waiting.name)
	if !ok {
		return fmt.Errorf("office: no reaction %s", waiting.name)
	}
	by := Operator{ID: "system", Login: "system", Roles: []Role{System}}
	_, err := o.act(ctx, by, &waiting.ref, false, func(ctx context.Context, w *Work) error {
		cause, err := journal.At(ctx, w.Tx, waiting.ref)
		if errors.Is(err, journal.ErrNoEntry) { // put aside by a closure since
			return o.finish(ctx, w.Tx, waiting)
		}
		if err != nil {
			return err
		}
		if cause.Erased() {
			return o.finish(ctx, w.Tx, waiting)
		}
		w.By.Unit = reaction.Unit(&cause)
		if hosts, err := journal.Hosts(ctx, w.Tx, w.By.Unit); err != nil || !hosts { // another node reacts now
			return errors.Join(err, o.finish(ctx, w.Tx, waiting))
		}
		if err := w.Lock(ctx, "reaction:"+waiting.name+":"+waiting.ref.Leaf, cause.Subject); err != nil {
			return err
		}
		answered, err := journal.Answered(ctx, w.Tx, waiting.ref.Leaf, reaction.Answers...)
		if err != nil {
			return err
		}
		if !answered {
			if err := reaction.Run(ctx, w, &cause); err != nil {
				return err
			}
		}
		return o.finish(ctx, w.Tx, waiting)
	})
	return err
}

func (o *Office) reaction(name string) (Reaction, bool) {
	for _, r := range o.reactions {
		if r.Name == name {
			return r, true
		}
	}
	return Reaction{}, false
}

func (o *Office) finish(ctx context.Context, tx *store.Tx, w waitingReaction) error {
	_, err := tx.Exec(ctx, "update office_reaction set done = 1, attempts = attempts + 1, problem = '' where name = $1 and leaf = $2", w.name, w.ref.Leaf)
	return err
}

func (o *Office) noteProblem(ctx context.Context, w waitingReaction, problem string) error {
	return o.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "update office_reaction set attempts = attempts + 1, problem = $1 where name = $2 and leaf = $3", problem, w.name, w.ref.Leaf)
		return err
	})
}

func (o *Office) waiting(ctx context.Context, tx *store.Tx, digest string) ([]event.Ref, error) {
	return store.Select(ctx, tx, "select stream, generation, seq from office_wait where digest = $1", []any{digest},
		func(rows *sql.Rows) (r event.Ref, err error) { return r, rows.Scan(&r.Stream, &r.Generation, &r.Seq) })
}
