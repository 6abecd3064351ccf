package exchange

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// erasing is a line of erasures.jsonl: a records.erased entry that stands behind the range in the same tree, and its tlog-proof.
type erasing struct {
	Entry json.RawMessage `json:"entry"` // as in entries.jsonl
	Proof string          `json:"proof"` // C2SP tlog-proof@v1
}

// erasingBehind lists the records.erased entries at or behind the end of [from, to) that name an entry in it. Those of later generations
// are left out: their tree is sent on its own.
func erasingBehind(ctx context.Context, tx *store.Tx, t tree, from, to int64) ([]int64, error) {
	return store.Select(ctx, tx, `select distinct by_seq from journal_erasure where stream = $1 and generation = $2 and by_generation = $2
		and seq >= $3 and seq < $4 and by_seq >= $4 order by by_seq`, []any{t.Stream, t.Generation, from, to},
		func(rows *sql.Rows) (seq int64, err error) { return seq, rows.Scan(&seq) })
}

// bodiless finds the first entry of [from, to) whose body is gone and whose erasing entry is not known here; to when there is none. What a
// node cannot show the ground of, it does not send.
func bodiless(ctx context.Context, tx *store.Tx, t tree, from, to int64) (first int64, err error) {
	return first, tx.Get(ctx, `select coalesce(min(e.seq), $4) from journal_entry e where e.stream = $1 and e.generation = $2
		and e.seq >= $3 and e.seq < $4 and e.salt is null and not exists (select 1 from journal_erasure r
		where r.stream = e.stream and r.generation = e.generation and r.seq = e.seq)`, []any{t.Stream, t.Generation, from, to}, &first)
}

// coverErasing signs a checkpoint over the erasing entries behind a range of an own tree, so that they can be proven.
func (p *planner) coverErasing(ctx context.Context, tx *store.Tx, t tree, from, to int64) error {
	seqs, err := erasingBehind(ctx, tx, t, from, to)
	if err != nil || len(seqs) == 0 {
		return err
	}
	size := seqs[len(seqs)-1] + 1
	if _, _, covered, err := journal.CheckpointAt(ctx, tx, t.Stream, t.Generation, size); err != nil || covered {
		return err
	}
	return journal.SignAt(ctx, tx, p.node.Identity.Key, p.node.Office.City, t.Stream, t.Generation, []int64{size})
}

// addErasures gathers the erasing entries behind a parcel's range with their proofs. It returns ErrNoEntry when one cannot be proven
// yet: the parcel is planned anew.
func (c *content) addErasures(ctx context.Context, tx *store.Tx) error {
	seqs, err := erasingBehind(ctx, tx, tree{c.Stream, c.Generation}, c.From, c.To)
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		entries, err := journal.Range(ctx, tx, c.Stream, c.Generation, seq, seq+1)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return fmt.Errorf("%w: the erasing entry %d", journal.ErrNoEntry, seq)
		}
		proof, err := journal.Prove(ctx, tx, entries[0].Ref())
		if errors.Is(err, journal.ErrNoTree) {
			return fmt.Errorf("%w: %v", journal.ErrNoEntry, err)
		}
		if err != nil {
			return err
		}
		line, err := entries[0].MarshalLine()
		if err != nil {
			return err
		}
		text, err := json.Marshal(erasing{Entry: line, Proof: string(proof)})
		if err != nil {
			return err
		}
		c.erasures = append(append(c.erasures, text...), '\n')
		c.Erasures++
	}
	return nil
}

// targets reads what records.erased entries of two persons name; other entries and unknown versions name nothing.
func targets(entries []journal.Entry) []journal.Erasure {
	var all []journal.Erasure
	for i := range entries {
		var body office.Erased
		e := &entries[i]
		if e.Kind != journal.KindErased || e.V != 1 || e.Erased() || e.Decode(&body) != nil {
			continue
		}
		if body.Second != "" && body.Second != e.Operator && body.Generation == e.Generation {
			all = append(all, body.Erasure)
		}
	}
	return all
}

// provenErasures verifies erasures.jsonl: each entry is in the parcel's own tree, behind the range, under a checkpoint of the same signer.
func (t *taking) provenErasures(text []byte) error {
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if t.manifest.Erasures == 0 {
		return nil
	}
	if len(lines) != t.manifest.Erasures {
		return damaged(errors.New("erasures.jsonl has another number of lines than the manifest"))
	}
	entries := make([]journal.Entry, len(lines))
	for i, text := range lines {
		var line erasing
		if err := json.Unmarshal(text, &line); err != nil {
			return damaged(fmt.Errorf("erasures.jsonl: %w", err))
		}
		e, err := journal.ParseLine(line.Entry)
		if err != nil {
			return ofJournal(err)
		}
		point, err := journal.CheckProof([]byte(line.Proof), e.Raw, t.signer.Verifier)
		if err != nil {
			return forged("erasures.jsonl: " + err.Error())
		}
		m := t.manifest
		if e.Stream != m.Stream || e.Generation != m.Generation || point.Origin != journal.Origin(m.City, m.Stream, m.Generation) {
			return forged("erasures.jsonl: " + e.Ref().String() + " is not of the parcel's tree")
		}
		entries[i] = e
	}
	t.erasures = targets(entries)
	return nil
}

// presentable refuses fresh entries that no node could keep: a body that is gone without an erasure that says so, and a text that one of the
// databases cannot hold.
func (t *taking) presentable(ctx context.Context, tx *store.Tx, fresh int) error {
	named := append(targets(t.journal.Entries), t.erasures...)
	for i := len(t.journal.Entries) - fresh; i < len(t.journal.Entries); i++ {
		e := &t.journal.Entries[i]
		if hasNUL(e.Raw) || hasNUL(e.Body) {
			return malformedText(e)
		}
		if !e.Erased() || names(named, e) {
			continue
		}
		known, err := journal.ErasureKnown(ctx, tx, e)
		if err != nil {
			return err
		}
		if !known {
			return withoutBody(e)
		}
	}
	return nil
}

func names(all []journal.Erasure, e *journal.Entry) bool {
	for _, x := range all {
		if x.Generation == e.Generation && x.Seq == e.Seq && x.Kind == e.Kind && x.Leaf == e.Ref().Leaf {
			return true
		}
	}
	return false
}

// hasNUL tells whether JSON text holds the character U+0000, as itself or as an escape.
func hasNUL(text []byte) bool {
	if bytes.IndexByte(text, 0) >= 0 {
		return true
	}
	for rest := text; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			return false
		}
		if bytes.HasPrefix(rest[i+1:], []byte("u0000")) {
			return true
		}
		rest = rest[min(i+2, len(rest)):] // what is escaped is no escape itself
	}
}
