package exchange

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

const stateTitle = "huzheng-state v1"

// maxMissing bounds how many missing blobs one state asks for; the oldest first, the rest in the next.
const maxMissing = 20_000

// tree names one tree.
type tree struct {
	Stream     event.Stream
	Generation int
}

// statement is the body of a state: what a node holds of what its neighbour may hold, and what it says about the neighbour's parcels.
type statement struct {
	Node         string         `json:"node"`
	Unit         event.Unit     `json:"unit"`
	To           event.Unit     `json:"to"`
	At           int64          `json:"at"` // ms UTC
	Trees        []statedTree   `json:"trees"`
	Missing      []string       `json:"missing"`     // blobs
	Understands  map[string]int `json:"understands"` // kind to highest body version
	Waiting      []waiting      `json:"waiting"`     // own parcels without a receipt
	Receipts     []Receipt      `json:"receipts"`    // for the trees of the parcels that the neighbour waits for
	Taken        []string       `json:"taken"`       // parcels of blobs alone, likewise
	Exceptions   []Exception    `json:"exceptions"`  // likewise
	Certificates []string       `json:"certificates"`
}

type statedTree struct {
	Stream     event.Stream `json:"stream"`
	Generation int          `json:"generation"`
	Size       int64        `json:"size"`
	Applied    int64        `json:"applied"`
	Checkpoint string       `json:"checkpoint,omitempty"` // of a tree that the neighbour's unit signs: it proves the claim
}

// waiting is a sealed parcel without a receipt.
type waiting struct {
	Parcel     string       `json:"parcel"`
	Stream     event.Stream `json:"stream,omitempty"`
	Generation int          `json:"generation,omitempty"`
	To         int64        `json:"to,omitempty"`
}

// Receipt says what a receiver holds after a parcel.
type Receipt struct {
	Parcel     string       `json:"parcel,omitempty"`
	Stream     event.Stream `json:"stream,omitempty"` // empty: a parcel of blobs alone
	Generation int          `json:"generation,omitempty"`
	Size       int64        `json:"size"`
	Checkpoint string       `json:"checkpoint,omitempty"` // cosigned by the receiver
	Closure    string       `json:"closure,omitempty"`    // the generation is closed, at most at Size
	Fresh      int          `json:"fresh"`                // entries that were new
}

// State signs what this node holds, for a neighbour.
func (n *Node) State(ctx context.Context, to Neighbour) (signed []byte, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		s, err := n.statement(ctx, tx, to)
		if err != nil {
			return err
		}
		signed, err = n.Identity.Key.SignStatement(stateTitle, s)
		return err
	})
	return signed, err
}

// introduction signs a state that says only who this node is.
func (n *Node) introduction(ctx context.Context, to Neighbour) (signed []byte, err error) {
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		chain, err := journal.ChainOf(ctx, tx, n.name())
		if err != nil {
			return err
		}
		s := &statement{Node: n.name(), Unit: n.Unit, To: to.Unit, At: n.now()}
		for _, c := range chain {
			s.Certificates = append(s.Certificates, string(c))
		}
		signed, err = n.Identity.Key.SignStatement(stateTitle, s)
		return err
	})
	return signed, err
}

func (n *Node) statement(ctx context.Context, tx *store.Tx, to Neighbour) (*statement, error) {
	s := &statement{Node: n.name(), Unit: n.Unit, To: to.Unit, At: n.now(), Understands: n.Office.Understands()}
	heads, err := journal.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, h := range heads {
		if !h.Stream.DueTo(to.Unit) {
			continue
		}
		t := statedTree{Stream: h.Stream, Generation: h.Generation, Size: h.Size, Applied: h.Applied}
		if h.Signer == to.Node {
			_, signed, _, err := journal.NewestCheckpoint(ctx, tx, h.Stream, h.Generation)
			if err != nil {
				return nil, err
			}
			t.Checkpoint = string(signed)
		}
		s.Trees = append(s.Trees, t)
	}
	if s.Missing, err = missingFrom(ctx, tx, to.Unit); err != nil {
		return nil, err
	}
	chain, err := journal.ChainOf(ctx, tx, n.name())
	if err != nil {
		return nil, err
	}
	for _, c := range chain {
		s.Certificates = append(s.Certificates, string(c))
	}
	if s.Waiting, err = waitingFor(ctx, tx, to.Node); err != nil {
		return nil, err
	}
	return s, n.answer(ctx, tx, s, to)
}

// errEnough ends a reading of rows.
var errEnough = errors.New("exchange: enough")

// missingFrom lists the blobs that this node lacks and that an entry names which is due to the neighbour too, the longest missing first. Those of
// other neighbours do not count against the bound, or one that is silent would hide the rest.
func missingFrom(ctx context.Context, tx *store.Tx, unit event.Unit) ([]string, error) {
	missing := []string{}
	err := tx.Each(ctx, `select m.digest, b.stream from exchange_missing m join journal_blob b on b.digest = m.digest
		group by m.since, m.digest, b.stream order by m.since, m.digest`, nil, func(rows *sql.Rows) error {
		var digest string
		var stream event.Stream
		if err := rows.Scan(&digest, &stream); err != nil {
			return err
		}
		if !stream.DueTo(unit) || (len(missing) > 0 && missing[len(missing)-1] == digest) {
			return nil
		}
		if len(missing) == maxMissing {
			return errEnough
		}
		missing = append(missing, digest)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return missing, err
}

func waitingFor(ctx context.Context, tx *store.Tx, neighbour string) ([]waiting, error) {
	return store.Select(ctx, tx, "select id, stream, generation, to_seq from exchange_parcel where neighbour = $1 and file <> '' order by id",
		[]any{neighbour}, func(rows *sql.Rows) (w waiting, err error) {
			return w, rows.Scan(&w.Parcel, &w.Stream, &w.Generation, &w.To)
		})
}

// answer adds receipts and exceptions for the parcels that the neighbour waits for.
func (n *Node) answer(ctx context.Context, tx *store.Tx, s *statement, to Neighbour) error {
	seen := make(map[tree]bool)
	for _, w := range to.waiting {
		noted, err := notedWhere(ctx, tx, "parcel = $1 and reporter = $2 order by code", w.Parcel, n.name())
		if err != nil {
			return err
		}
		for _, e := range noted {
			s.Exceptions = append(s.Exceptions, e.Exception)
		}
		if w.Stream == "" {
			taken, err := tx.Find(ctx, "select 1 from exchange_taken where neighbour = $1 and parcel = $2", []any{to.Node, w.Parcel}, new(int64))
			if err != nil {
				return err
			}
			if taken {
				s.Taken = append(s.Taken, w.Parcel)
			}
			continue
		}
		t := tree{w.Stream, w.Generation}
		if seen[t] || !w.Stream.Valid() || !w.Stream.DueTo(to.Unit) {
			continue
		}
		seen[t] = true
		r, err := n.receipt(ctx, tx, t)
		if errors.Is(err, journal.ErrNoTree) {
			continue
		}
		if err != nil {
			return err
		}
		s.Receipts = append(s.Receipts, *r)
	}
	return nil
}

// receipt says what this node holds of a tree: its newest checkpoint, cosigned, and the closure where there is one.
func (n *Node) receipt(ctx context.Context, tx *store.Tx, t tree) (*Receipt, error) {
	head, err := journal.HeadOf(ctx, tx, t.Stream, t.Generation)
	if err != nil {
		return nil, err
	}
	r := &Receipt{Stream: t.Stream, Generation: t.Generation}
	_, closure, closed, err := journal.ClosureOf(ctx, tx, t.Stream.Unit(), t.Generation)
	if err != nil {
		return nil, err
	}
	if closed {
		r.Closure = string(closure)
	}
	size, signed, ok, err := journal.NewestCheckpoint(ctx, tx, t.Stream, t.Generation)
	if err != nil || !ok {
		r.Size = head.Size
		return r, err
	}
	r.Size = size
	if _, err := journal.Cosigned(signed, n.Identity.Key.Verifier()); err != nil {
		signer, err := certificate(ctx, tx, head.Signer)
		if err != nil {
			return nil, err
		}
		if signed, err = n.Identity.Key.Cosign(signed, signer.Verifier, n.Clock().Unix()); err != nil {
			return nil, err
		}
	}
	r.Checkpoint = string(signed)
	return r, nil
}

// HearState takes in a neighbour's state: what it holds and misses, its receipts, its complaints. from is the node that it came from; empty: the
// one that it names. An older state than the last is left unheard, for an old disk may bring it.
func (n *Node) HearState(ctx context.Context, from string, signed []byte) error {
	_, err := n.hear(ctx, from, signed, false)
	return err
}

// hear takes in a state; fresh: it comes over a connection, so it is new whatever its time says.
func (n *Node) hear(ctx context.Context, from string, signed []byte, fresh bool) (nb Neighbour, err error) {
	var claimed statement
	if err := journal.Peek(signed, stateTitle, &claimed); err != nil {
		return nb, fmt.Errorf("exchange: state: %w", err)
	}
	if from != "" && claimed.Node != from {
		return nb, fmt.Errorf("%w: a state of %s came from %s", ErrStranger, claimed.Node, from)
	}
	var gone []string
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		gone = nil
		if nb, err = neighbour(ctx, tx, claimed.Node); errors.Is(err, ErrStranger) {
			nb, err = n.introduce(ctx, tx, bytesOf(claimed.Certificates))
		}
		if err != nil {
			return err
		}
		c, err := certificate(ctx, tx, nb.Node)
		if err != nil {
			return err
		}
		var s statement
		if err := journal.OpenStatement(signed, c.Verifier, stateTitle, &s); err != nil {
			return fmt.Errorf("exchange: state of %s: %w", nb.Node, err)
		}
		if nb.Suspended != "" {
			return fmt.Errorf("%w: %s", ErrSuspended, nb.Suspended)
		}
		if s.To != n.Unit {
			return fmt.Errorf("exchange: a state of %s for %s, not for %s", nb.Node, s.To, n.Unit)
		}
		if s.At < nb.StatedAt && !fresh {
			return nil
		}
		gone, err = n.believe(ctx, tx, nb, &s)
		if err == nil {
			nb, err = neighbour(ctx, tx, nb.Node)
		}
		return err
	})
	n.removeSpooled(gone)
	return nb, err
}

func bytesOf(texts []string) [][]byte {
	out := make([][]byte, len(texts))
	for i, t := range texts {
		out[i] = []byte(t)
	}
	return out
}

// believe stores a verified state and draws the consequences. It returns the spool files that are no longer needed.
func (n *Node) believe(ctx context.Context, tx *store.Tx, nb Neighbour, s *statement) (gone []string, err error) {
	if err := n.storeStated(ctx, tx, nb, s); err != nil {
		return nil, err
	}
	for i := range s.Receipts {
		files, err := n.hearReceipt(ctx, tx, nb, &s.Receipts[i])
		if err != nil {
			return nil, err
		}
		gone = append(gone, files...)
	}
	for _, parcel := range s.Taken {
		files, err := n.dropParcels(ctx, tx, "neighbour = $1 and id = $2 and stream = ''", nb.Node, parcel)
		if err != nil {
			return nil, err
		}
		gone = append(gone, files...)
	}
	for i := range s.Exceptions {
		if err := n.hearException(ctx, tx, nb, &s.Exceptions[i]); err != nil {
			return nil, err
		}
	}
	if nb.Relation == Parent {
		if err := office.SeenFromAbove(ctx, tx, s.At); err != nil {
			return nil, err
		}
	}
	if err := forgetTaken(ctx, tx, nb.Node, s.Waiting); err != nil {
		return nil, err
	}
	return gone, n.lookForStale(ctx, tx, nb, s)
}

func (n *Node) storeStated(ctx context.Context, tx *store.Tx, nb Neighbour, s *statement) error {
	held, err := heldBy(ctx, tx, nb.Node)
	if err != nil {
		return err
	}
	for _, t := range s.Trees {
		key := tree{t.Stream, t.Generation}
		if old, ok := held[key]; !ok || old != t.Size {
			if err := setHeld(ctx, tx, nb.Node, key, t.Size); err != nil {
				return err
			}
		}
		delete(held, key)
	}
	for lost := range held {
		if err := setHeld(ctx, tx, nb.Node, lost, 0); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, "delete from exchange_wanted where neighbour = $1", nb.Node); err != nil {
		return err
	}
	for _, digest := range s.Missing {
		if _, err := tx.Exec(ctx, "insert into exchange_wanted(neighbour, digest) values($1, $2) on conflict do nothing", nb.Node, digest); err != nil {
			return err
		}
	}
	if s.Understands == nil {
		s.Understands = map[string]int{}
	}
	if s.Waiting == nil {
		s.Waiting = []waiting{}
	}
	understands, err1 := json.Marshal(s.Understands)
	waiting, err2 := json.Marshal(s.Waiting)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "update exchange_neighbour set stated_at = $1, heard_at = $2, understands = $3, waiting = $4 where node = $5",
		s.At, n.now(), string(understands), string(waiting), nb.Node)
	return err
}

// heldBy reads what a neighbour holds, by its last state and its receipts since.
func heldBy(ctx context.Context, tx *store.Tx, node string) (map[tree]int64, error) {
	held := make(map[tree]int64)
	err := tx.Each(ctx, "select stream, generation, size from exchange_held where neighbour = $1", []any{node}, func(rows *sql.Rows) error {
		var t tree
		var size int64
		if err := rows.Scan(&t.Stream, &t.Generation, &size); err != nil {
			return err
		}
		held[t] = size
		return nil
	})
	return held, err
}

func setHeld(ctx context.Context, tx *store.Tx, node string, t tree, size int64) error {
	_, err := tx.Exec(ctx, `insert into exchange_held(neighbour, stream, generation, size) values($1, $2, $3, $4)
		on conflict (neighbour, stream, generation) do update set size = excluded.size`, node, t.Stream, t.Generation, size)
	return err
}

// hearReceipt verifies a receipt and drops the parcels that it covers. One that does not verify is left aside.
func (n *Node) hearReceipt(ctx context.Context, tx *store.Tx, nb Neighbour, r *Receipt) (gone []string, err error) {
	if r.Checkpoint != "" {
		gone, err = n.hearCheckpoint(ctx, tx, nb, r)
		if err != nil {
			return nil, err
		}
	}
	if r.Closure == "" {
		return gone, nil
	}
	if err := n.Office.Close(ctx, tx, []byte(r.Closure), n.now()); err != nil {
		n.Log.Warn("closure in a receipt", "from", nb.Node, "stream", r.Stream, "error", err)
		return gone, nil
	}
	closure, _, ok, err := journal.ClosureOf(ctx, tx, r.Stream.Unit(), r.Generation)
	if err != nil || !ok {
		return gone, err
	}
	late, err := n.dropParcels(ctx, tx, "neighbour = $1 and stream = $2 and generation = $3 and to_seq > $4", nb.Node, r.Stream, r.Generation, closure.Trees[r.Stream].Size)
	if err != nil {
		return nil, err
	}
	return append(gone, late...), n.settle(ctx, tx)
}

func (n *Node) hearCheckpoint(ctx context.Context, tx *store.Tx, nb Neighbour, r *Receipt) ([]string, error) {
	t := tree{r.Stream, r.Generation}
	head, err := journal.HeadOf(ctx, tx, r.Stream, r.Generation)
	if errors.Is(err, journal.ErrNoTree) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := n.openReceipt(ctx, tx, nb, r, head)
	if err != nil {
		n.Log.Warn("receipt", "from", nb.Node, "stream", r.Stream, "error", err)
		return nil, nil
	}
	at, ours, ok, err := journal.CheckpointAt(ctx, tx, r.Stream, r.Generation, c.Size)
	if err != nil {
		return nil, err
	}
	if ok && at == c.Size {
		neighbour, err := certificate(ctx, tx, nb.Node)
		if err != nil {
			return nil, err
		}
		merged, err := journal.AddCosignature(ours, []byte(r.Checkpoint), neighbour.Verifier)
		if err != nil {
			return nil, n.stale(ctx, tx, t, "its receipt has another root than ours")
		}
		if err := journal.SaveCheckpoint(ctx, tx, r.Stream, r.Generation, c.Size, merged); err != nil {
			return nil, err
		}
	} else if head.Signer == n.name() {
		return nil, n.stale(ctx, tx, t, "it holds a checkpoint of ours that we do not remember")
	}
	if _, err := tx.Exec(ctx, `insert into exchange_held(neighbour, stream, generation, size) values($1, $2, $3, $4)
		on conflict (neighbour, stream, generation) do update set size = excluded.size where exchange_held.size < excluded.size`,
		nb.Node, r.Stream, r.Generation, c.Size); err != nil {
		return nil, err
	}
	return n.dropParcels(ctx, tx, "neighbour = $1 and stream = $2 and generation = $3 and to_seq <= $4", nb.Node, r.Stream, r.Generation, c.Size)
}

// openReceipt verifies both signatures of a receipt: the signer's over the tree, and the neighbour's under it.
func (n *Node) openReceipt(ctx context.Context, tx *store.Tx, nb Neighbour, r *Receipt, head *journal.Head) (journal.Checkpoint, error) {
	signer, err := certificate(ctx, tx, head.Signer)
	if err != nil {
		return journal.Checkpoint{}, err
	}
	c, err := journal.OpenCheckpoint([]byte(r.Checkpoint), signer.Verifier)
	if err != nil {
		return c, err
	}
	if c.Origin != journal.Origin(n.Office.City, r.Stream, r.Generation) {
		return c, fmt.Errorf("exchange: a receipt of %s", c.Origin)
	}
	neighbour, err := certificate(ctx, tx, nb.Node)
	if err != nil {
		return c, err
	}
	_, err = journal.Cosigned([]byte(r.Checkpoint), neighbour.Verifier)
	return c, err
}

// hearException records what the neighbour said of our parcel. A fork of a tree of our own means that we were restored.
func (n *Node) hearException(ctx context.Context, tx *store.Tx, nb Neighbour, e *Exception) error {
	ours, err := tx.Find(ctx, "select 1 from exchange_parcel where id = $1 and neighbour = $2", []any{e.Parcel, nb.Node}, new(int64))
	if err != nil || !ours || e.Code == Replayed {
		return err
	}
	if err := n.note(ctx, tx, e, nb.Node); err != nil {
		return err
	}
	n.Log.Warn("a neighbour refused our parcel", "neighbour", nb.Node, "parcel", e.Parcel, "code", e.Code, "text", e.Text.EN)
	if e.Code != Fork {
		return nil
	}
	return n.stale(ctx, tx, tree{e.Stream, e.Generation}, "our entries contradict what it holds")
}

// lookForStale compares a state with the trees that this node writes: nobody can hold more of them than we do. The parent is believed; a child
// has to show our own signature, or it could stop its superior by a claim. Where it cannot, its parcels will tell.
func (n *Node) lookForStale(ctx context.Context, tx *store.Tx, nb Neighbour, s *statement) error {
	hosted, err := journal.HostedUnits(ctx, tx)
	if err != nil {
		return err
	}
	generation := make(map[event.Unit]int)
	for _, h := range hosted {
		generation[h.Unit] = h.Generation
	}
	for _, t := range s.Trees {
		g, ok := generation[t.Stream.Unit()]
		if !ok || t.Generation < g || t.Size == 0 {
			continue
		}
		head, err := journal.HeadOf(ctx, tx, t.Stream, t.Generation)
		if err != nil && !errors.Is(err, journal.ErrNoTree) {
			return err
		}
		held := int64(0)
		if head != nil {
			held = head.Size
		}
		if nb.Relation == Child {
			t.Size = n.proven(t)
		}
		if t.Size > held {
			return n.stale(ctx, tx, tree{t.Stream, t.Generation}, fmt.Sprintf("%s holds %d entries of it, this node %d", s.Node, t.Size, held))
		}
	}
	return nil
}

// proven is the size of a stated tree of ours that our own signature proves.
func (n *Node) proven(t statedTree) int64 {
	c, err := journal.OpenCheckpoint([]byte(t.Checkpoint), n.Identity.Key.Verifier())
	if err != nil || c.Origin != journal.Origin(n.Office.City, t.Stream, t.Generation) {
		return 0
	}
	return c.Size
}

// stale stops writing when a tree that this node writes proves that it was restored without saying so.
func (n *Node) stale(ctx context.Context, tx *store.Tx, t tree, why string) error {
	hosts, err := tx.Find(ctx, "select 1 from journal_host where unit = $1 and hosted = 1", []any{t.Stream.Unit()}, new(int64))
	if err != nil || !hosts {
		return err
	}
	reason, err := office.HoldReason(ctx, tx)
	if err != nil || reason == office.HoldStale || reason == office.HoldRestored || reason == office.HoldRenewing {
		return err
	}
	n.Log.Error("this node is behind its neighbours in its own streams: writing stops", "stream", t.Stream, "generation", t.Generation, "why", why)
	return office.Hold(ctx, tx, office.HoldStale)
}

// forgetTaken forgets the parcels of blobs whose sender has heard that they were taken in.
func forgetTaken(ctx context.Context, tx *store.Tx, node string, waits []waiting) error {
	still := make(map[string]bool)
	for _, w := range waits {
		still[w.Parcel] = true
	}
	taken, err := store.Select(ctx, tx, "select parcel from exchange_taken where neighbour = $1", []any{node},
		func(rows *sql.Rows) (p string, err error) { return p, rows.Scan(&p) })
	if err != nil {
		return err
	}
	for _, parcel := range taken {
		if still[parcel] {
			continue
		}
		if _, err := tx.Exec(ctx, "delete from exchange_taken where neighbour = $1 and parcel = $2", node, parcel); err != nil {
			return err
		}
	}
	return nil
}
