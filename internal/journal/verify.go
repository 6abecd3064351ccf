package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/mod/sumdb/tlog"
)

// Finding is one thing that journal verify found wrong.
type Finding struct {
	Stream     event.Stream `json:"stream"`
	Generation int          `json:"generation"`
	Seq        int64        `json:"seq"` // -1: the whole tree
	Problem    string       `json:"problem"`
}

// String is one line for a report.
func (f Finding) String() string {
	return fmt.Sprintf("%s generation %d entry %d: %s", f.Stream, f.Generation, f.Seq, f.Problem)
}

// Report is the result of Verify.
type Report struct {
	Trees       int       `json:"trees"`
	Entries     int64     `json:"entries"`
	Checkpoints int       `json:"checkpoints"`
	Erased      int64     `json:"erased"`
	Findings    []Finding `json:"findings"`
}

// Verify recomputes everything that this node holds: each header against its place and its body's digest, each root against the
// head, every checkpoint's root and signature, every closure. city is the city's unit.
func Verify(ctx context.Context, tx *store.Tx, city event.Unit) (*Report, error) {
	return VerifyTelling(ctx, tx, city, func(int64) {})
}

// VerifyTelling is Verify that tells now and then how many entries it has checked.
func VerifyTelling(ctx context.Context, tx *store.Tx, city event.Unit, tell func(entries int64)) (*Report, error) {
	heads, err := Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	report := &Report{Findings: []Finding{}}
	for _, h := range heads {
		report.Trees++
		if err := verifyTree(ctx, tx, city, h, report, tell); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func verifyTree(ctx context.Context, tx *store.Tx, city event.Unit, h *Head, report *Report, tell func(int64)) error {
	found := func(seq int64, format string, args ...any) {
		report.Findings = append(report.Findings, Finding{Stream: h.Stream, Generation: h.Generation, Seq: seq, Problem: fmt.Sprintf(format, args...)})
	}
	points, err := checkpoints(ctx, tx, h.Stream, h.Generation)
	if err != nil {
		return err
	}
	verifier := newCheckpointVerifier(ctx, tx, city, h)
	grown := frontier{}
	next := int64(0)
	compare := func() { // the checkpoint at the size reached
		if signed, ok := points[next]; ok {
			report.Checkpoints++
			if problem := verifier.check(signed, next, grown.root()); problem != "" {
				found(next-1, "%s", problem)
			}
			delete(points, next)
		}
	}
	compare()
	for next < h.Size || next == 0 {
		rows, err := rawRange(ctx, tx, h.Stream, h.Generation, next, next+batch)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			report.Entries++
			if row.seq != next {
				found(next, "missing; the next entry held is %d", row.seq)
				next = row.seq
			}
			verifyRow(ctx, tx, row, h, report, found)
			grown.add(tlog.RecordHash(row.raw))
			next++
			compare()
		}
		tell(report.Entries)
	}
	for size := range points {
		found(size-1, "a checkpoint of size %d has no entries under it", size)
	}
	if grown.size != h.Size || grown.root() != h.Root() {
		found(-1, "the entries have size %d and root %s, the head says %d and %s", grown.size, hexRoot(grown.root()), h.Size, hexRoot(h.Root()))
	}
	if closure, ok, err := closureOf(ctx, tx, h.Stream.Unit(), h.Generation); err != nil {
		return err
	} else if tree := closure.Trees[h.Stream]; ok && h.Size == tree.Size && tree.Size > 0 && tree.Root != hexRoot(grown.root()) {
		found(-1, "the closure names root %s", tree.Root)
	}
	return nil
}

type rawRow struct {
	seq             int64
	raw, salt, body []byte
	kind, subject   string
}

func rawRange(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, from, to int64) ([]rawRow, error) {
	return store.Select(ctx, tx, `select seq, header, salt, body, kind, subject from journal_entry
		where stream = $1 and generation = $2 and seq >= $3 and seq < $4 order by seq`, []any{stream, generation, from, to},
		func(rows *sql.Rows) (r rawRow, err error) {
			return r, rows.Scan(&r.seq, &r.raw, &r.salt, &r.body, &r.kind, &r.subject)
		})
}

func verifyRow(ctx context.Context, tx *store.Tx, row rawRow, h *Head, report *Report, found func(int64, string, ...any)) {
	e, err := ParseEntry(row.raw, row.salt, row.body)
	if err != nil {
		found(row.seq, "%v", err)
		return
	}
	if e.Stream != h.Stream || e.Generation != h.Generation || e.Seq != row.seq {
		found(row.seq, "the header names %s", e.Ref())
	}
	if e.Kind != row.kind || e.Subject != row.subject {
		found(row.seq, "the row's kind or subject is not the header's")
	}
	if !e.Erased() {
		return
	}
	report.Erased++
	if known, err := erasedByEntry(ctx, tx, &e); err != nil || !known {
		found(row.seq, "the body is missing and no records.erased entry names it")
	}
}

// erasedByEntry looks for the records.erased entry itself, not only for the note of it.
func erasedByEntry(ctx context.Context, tx *store.Tx, e *Entry) (bool, error) {
	return tx.Find(ctx, `select 1 from journal_erasure r join journal_entry b on b.stream = r.stream and b.generation = r.by_generation and b.seq = r.by_seq
		where r.stream = $1 and r.generation = $2 and r.seq = $3 and r.leaf = $4 and r.kind = $5 and b.kind = $6`,
		[]any{e.Stream, e.Generation, e.Seq, e.Ref().Leaf, e.Kind, KindErased}, new(int64))
}

func checkpoints(ctx context.Context, tx *store.Tx, stream event.Stream, generation int) (map[int64][]byte, error) {
	points := make(map[int64][]byte)
	err := tx.Each(ctx, "select size, note from journal_checkpoint where stream = $1 and generation = $2", []any{stream, generation},
		func(rows *sql.Rows) error {
			var size int64
			var signed []byte
			if err := rows.Scan(&size, &signed); err != nil {
				return err
			}
			points[size] = signed
			return nil
		})
	return points, err
}

// checkpointVerifier checks the checkpoints of one tree; the signer's certificate is read once.
type checkpointVerifier struct {
	origin   string
	verifier string
	problem  string
}

func newCheckpointVerifier(ctx context.Context, tx *store.Tx, city event.Unit, h *Head) checkpointVerifier {
	v := checkpointVerifier{origin: Origin(city, h.Stream, h.Generation)}
	c, _, ok, err := CertificateOf(ctx, tx, h.Signer)
	switch {
	case err != nil:
		v.problem = err.Error()
	case !ok:
		v.problem = "the certificate of the signer " + h.Signer + " is not known here"
	case !c.Unit.Contains(h.Stream.Unit()):
		v.problem = h.Signer + " does not speak for " + string(h.Stream.Unit())
	}
	v.verifier = c.Verifier
	return v
}

func (v checkpointVerifier) check(signed []byte, size int64, root tlog.Hash) string {
	if v.problem != "" {
		return v.problem
	}
	c, err := OpenCheckpoint(signed, v.verifier)
	switch {
	case err != nil:
		return "checkpoint: " + err.Error()
	case c.Origin != v.origin:
		return "the checkpoint is of " + c.Origin
	case c.Size != size || c.Root != root:
		return fmt.Sprintf("the checkpoint of size %d has another root", size)
	}
	return ""
}

// Prove makes a C2SP tlog-proof@v1 that an entry is in its tree, under the oldest checkpoint that covers it. It returns ErrNoTree
// when no checkpoint covers it yet.
func Prove(ctx context.Context, tx *store.Tx, ref event.Ref) ([]byte, error) {
	size, signed, ok, err := CheckpointAt(ctx, tx, ref.Stream, ref.Generation, ref.Seq+1)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: no checkpoint covers %s yet; one is signed when the next parcel closes", ErrNoTree, ref)
	}
	hashes, err := storedHashes(ctx, tx, ref.Stream, ref.Generation, size)
	if err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(size, ref.Seq, hashes)
	if err != nil {
		return nil, err
	}
	return formatProof(ref.Seq, proof, signed), nil
}

func formatProof(index int64, proof tlog.RecordProof, signed []byte) []byte {
	var b strings.Builder
	b.WriteString("c2sp.org/tlog-proof@v1\nindex " + strconv.FormatInt(index, 10) + "\n")
	for _, h := range proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteString("\n")
	b.Write(signed)
	return []byte(b.String())
}

// CheckProof verifies a tlog-proof for a header's bytes under the signer's verifier text and returns the checkpoint.
func CheckProof(proof, header []byte, verifier string) (Checkpoint, error) {
	head, signed, ok := strings.Cut(string(proof), "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return Checkpoint{}, fmt.Errorf("%w: not a tlog-proof", ErrMalformed)
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") && len(lines) > 1 {
		lines = lines[1:]
	}
	text, ok := strings.CutPrefix(lines[0], "index ")
	index, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil || strconv.FormatInt(index, 10) != text {
		return Checkpoint{}, fmt.Errorf("%w: index", ErrMalformed)
	}
	var hashes tlog.RecordProof
	for _, l := range lines[1:] {
		raw, err := base64.StdEncoding.Strict().DecodeString(l)
		if err != nil || len(raw) != sha256.Size {
			return Checkpoint{}, fmt.Errorf("%w: hash", ErrMalformed)
		}
		hashes = append(hashes, tlog.Hash(raw))
	}
	c, err := OpenCheckpoint([]byte(signed), verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	return c, tlog.CheckRecord(hashes, c.Size, c.Root, index, tlog.RecordHash(header))
}

// storedHashes rebuilds the interior hashes of a tree up to a size from its headers.
func storedHashes(ctx context.Context, tx *store.Tx, stream event.Stream, generation int, size int64) (tlog.HashReader, error) {
	all := make([]tlog.Hash, 0, tlog.StoredHashCount(size))
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			if index >= int64(len(all)) {
				return nil, fmt.Errorf("journal: hash %d of %d", index, len(all))
			}
			out[i] = all[index]
		}
		return out, nil
	})
	err := EachOf(ctx, tx, stream, generation, 0, size, func(e *Entry) error {
		more, err := tlog.StoredHashesForRecordHash(e.Seq, e.Leaf(), reader)
		all = append(all, more...)
		return err
	})
	return reader, err
}
