package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// Sealed is a parcel in the spool.
type Sealed struct {
	ID         string       `json:"id"`
	Stream     event.Stream `json:"stream,omitempty"` // empty: a parcel of blobs alone
	Generation int          `json:"generation,omitempty"`
	From       int64        `json:"from"`
	To         int64        `json:"to"`
	Blobs      int          `json:"blobs"`
	Bytes      int64        `json:"bytes"`
	Digest     string       `json:"sha256"`
	SealedAt   int64        `json:"sealed_at"` // ms UTC

	file      string // name in the spool; empty: planned
	recipient string
	alone     []string // digests of a parcel of blobs alone
}

// onNetwork bounds how many parcels wait sealed for one neighbour on the network, so that the spool stays small.
const onNetwork = 64

// Seal seals everything that is due to a neighbour into the spool, once, and lists it in the order of sending.
func (n *Node) Seal(ctx context.Context, to Neighbour) ([]Sealed, error) { return n.seal(ctx, to, 0) }

// seal is Seal with a bound on the parcels that wait; 0: none.
func (n *Node) seal(ctx context.Context, to Neighbour, limit int) ([]Sealed, error) {
	lost, err := n.lostFiles(ctx, to)
	if err != nil {
		return nil, err
	}
	var gone []string
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		for _, id := range lost {
			if _, err := n.dropParcels(ctx, tx, "id = $1", id); err != nil {
				return err
			}
		}
		var err error
		gone, err = n.plan(ctx, tx, to.Node, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	n.removeSpooled(gone)
	parcels, due, err := n.duePlanned(ctx, to)
	if err != nil {
		return nil, err
	}
	ready := make([]Sealed, 0, len(parcels))
	for _, p := range parcels {
		if p.file == "" {
			if p, err = n.build(ctx, to, p); err != nil {
				return nil, err
			}
		}
		if p.file != "" && due(p) {
			ready = append(ready, p)
		}
	}
	return ready, nil
}

// lostFiles finds parcels whose file is not in the spool any more, as after a restore: they are sealed anew from the journal.
func (n *Node) lostFiles(ctx context.Context, to Neighbour) (lost []string, err error) {
	parcels, _, err := n.duePlanned(ctx, to)
	for _, p := range parcels {
		if p.file == "" {
			continue
		}
		info, err := n.Files.Stat(n.spooled(to.Node, p.file))
		if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() != p.Bytes) {
			lost = append(lost, p.ID)
		} else if err != nil {
			return nil, err
		}
	}
	return lost, err
}

const parcelColumns = "id, recipient, stream, generation, from_seq, to_seq, blobs, file, bytes, digest, blob_count, sealed_at"

func scanParcel(rows *sql.Rows) (p Sealed, err error) {
	var alone string
	if err := rows.Scan(&p.ID, &p.recipient, &p.Stream, &p.Generation, &p.From, &p.To, &alone, &p.file, &p.Bytes, &p.Digest, &p.Blobs, &p.SealedAt); err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(alone), &p.alone)
}

func parcelsWhere(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Sealed, error) {
	return store.Select(ctx, tx, "select "+parcelColumns+" from exchange_parcel where "+where, args, scanParcel)
}

// duePlanned lists a neighbour's parcels in the order of sending, and tells which of them it does not hold yet.
func (n *Node) duePlanned(ctx context.Context, to Neighbour) (parcels []Sealed, due func(Sealed) bool, err error) {
	var held map[tree]int64
	err = n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		if held, err = heldBy(ctx, tx, to.Node); err != nil {
			return err
		}
		parcels, err = parcelsWhere(ctx, tx, "neighbour = $1", to.Node)
		return err
	})
	slices.SortFunc(parcels, inOrder)
	return parcels, func(p Sealed) bool { return p.Stream == "" || p.To > held[tree{p.Stream, p.Generation}] }, err
}

// inOrder puts settings and admissions first, then tree by tree in the order of entries, then blobs alone.
func inOrder(a, b Sealed) int {
	rank := func(p Sealed) int {
		switch {
		case p.Stream == "":
			return 2
		case p.Stream.Audience() == "down":
			return 0
		}
		return 1
	}
	return cmp.Or(rank(a)-rank(b), strings.Compare(string(a.Stream), string(b.Stream)), a.Generation-b.Generation,
		cmp.Compare(a.From, b.From), strings.Compare(a.ID, b.ID))
}

// erasedNow counts the erased entries of a parcel's range.
const erasedNow = `(select count(*) from journal_erasure e where e.stream = exchange_parcel.stream
	and e.generation = exchange_parcel.generation and e.seq >= from_seq and e.seq < to_seq)`

// plan decides on the parcels that are missing in the spool, signs checkpoints where they end, and drops those that the neighbour's
// keys no longer open and those that still hold what has been erased since. It returns the files of the latter two.
func (n *Node) plan(ctx context.Context, tx *store.Tx, node string, limit int) (gone []string, err error) {
	if err := tx.Lock(ctx, "exchange:seal:"+node); err != nil {
		return nil, err
	}
	to, err := neighbour(ctx, tx, node)
	if err != nil {
		return nil, err
	}
	if to.Suspended != "" {
		return nil, fmt.Errorf("%w: %s", ErrSuspended, to.Suspended)
	}
	c, err := certificate(ctx, tx, node)
	if err != nil {
		return nil, err
	}
	if gone, err = n.dropParcels(ctx, tx, "neighbour = $1 and (recipient <> $2 or (file <> '' and erased < "+erasedNow+"))", node, c.Recipient); err != nil {
		return nil, err
	}
	p, err := n.newPlanner(ctx, tx, to, c.Recipient, limit)
	if err != nil {
		return nil, err
	}
	heads, err := journal.Heads(ctx, tx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(heads, func(a, b *journal.Head) int {
		return inOrder(Sealed{Stream: a.Stream, Generation: a.Generation}, Sealed{Stream: b.Stream, Generation: b.Generation})
	})
	for _, h := range heads {
		if !h.Stream.DueTo(to.Unit) {
			continue
		}
		if err := p.tree(ctx, tx, h); err != nil {
			return nil, err
		}
	}
	return gone, p.blobsAlone(ctx, tx)
}

// planner plans the parcels for one neighbour.
type planner struct {
	node      *Node
	to        Neighbour
	recipient string
	left      int // parcels that may still be planned
	held      map[tree]int64
	release   map[event.Unit]int // own units' generations whose entries go down only as far as the parent holds them
	above     map[tree]int64     // what the parent holds
	spooled   map[tree][]Sealed
	alone     map[string]bool // blobs that wait in parcels of their own
}

func (n *Node) newPlanner(ctx context.Context, tx *store.Tx, to Neighbour, recipient string, limit int) (*planner, error) {
	p := &planner{node: n, to: to, recipient: recipient, left: 1 << 30, release: make(map[event.Unit]int), above: map[tree]int64{},
		spooled: make(map[tree][]Sealed), alone: make(map[string]bool)}
	var err error
	if p.held, err = heldBy(ctx, tx, to.Node); err != nil {
		return nil, err
	}
	parcels, err := parcelsWhere(ctx, tx, "neighbour = $1 order by from_seq", to.Node)
	if err != nil {
		return nil, err
	}
	for _, s := range parcels {
		p.spooled[tree{s.Stream, s.Generation}] = append(p.spooled[tree{s.Stream, s.Generation}], s)
		for _, digest := range s.alone {
			p.alone[digest] = true
		}
	}
	if limit > 0 {
		p.left = max(0, limit-len(parcels))
	}
	up, hasParent, err := parent(ctx, tx)
	if err != nil || !hasParent || to.Relation == Parent {
		return p, err
	}
	if p.above, err = heldBy(ctx, tx, up.Node); err != nil {
		return nil, err
	}
	hosted, err := journal.HostedUnits(ctx, tx)
	for _, h := range hosted {
		p.release[h.Unit] = h.Generation
	}
	return p, err
}

// tree plans what the neighbour lacks of one tree, beside what waits in the spool already.
func (p *planner) tree(ctx context.Context, tx *store.Tx, h *journal.Head) error {
	t := tree{h.Stream, h.Generation}
	end := h.Size
	if p.release[h.Stream.Unit()] == h.Generation {
		end = min(end, p.above[t])
	}
	at := p.held[t]
	for _, s := range p.spooled[t] {
		if s.From > at {
			if err := p.stretch(ctx, tx, h, at, min(s.From, end)); err != nil {
				return err
			}
		}
		at = max(at, s.To)
	}
	return p.stretch(ctx, tx, h, at, end)
}

// stretch plans parcels for the entries [from, to) of a tree.
func (p *planner) stretch(ctx context.Context, tx *store.Tx, h *journal.Head, from, to int64) error {
	if from >= to || p.left == 0 {
		return nil
	}
	t := tree{h.Stream, h.Generation}
	if first, err := bodiless(ctx, tx, t, from, to); err != nil || first == from {
		return err
	} else {
		to = first
	}
	ends, err := p.ends(ctx, tx, h, from, to)
	if err != nil {
		return fmt.Errorf("exchange: plan %s generation %d: %w", h.Stream, h.Generation, err)
	}
	for _, end := range ends {
		if err := p.insert(ctx, tx, Sealed{Stream: h.Stream, Generation: h.Generation, From: from, To: end}); err != nil {
			return err
		}
		if err := p.large(ctx, tx, h, from, end); err != nil {
			return err
		}
		if h.Signer == "" || h.Signer == p.node.name() {
			if err := p.coverErasing(ctx, tx, t, from, end); err != nil {
				return err
			}
		}
		from = end
	}
	return nil
}

// ends decides where parcels of a stretch end: a tree that this node signs anywhere, another one where a checkpoint is held.
func (p *planner) ends(ctx context.Context, tx *store.Tx, h *journal.Head, from, to int64) ([]int64, error) {
	var ends []int64
	own := h.Signer == "" || h.Signer == p.node.name()
	var points []int64
	var err error
	if !own {
		if points, err = journal.CheckpointSizes(ctx, tx, h.Stream, h.Generation, from, to); err != nil {
			return nil, err
		}
	}
	for from < to && len(ends) < p.left {
		end, err := p.fill(ctx, tx, h, from, to)
		if err != nil {
			return nil, err
		}
		if !own {
			i, found := slices.BinarySearch(points, end)
			if !found {
				i--
			}
			if i = max(i, 0); i >= len(points) || points[i] <= from {
				i, _ = slices.BinarySearch(points, from+1)
			}
			if i >= len(points) {
				break
			}
			end = points[i]
		}
		ends = append(ends, end)
		from = end
	}
	if own && len(ends) > 0 {
		return ends, journal.SignAt(ctx, tx, p.node.Identity.Key, p.node.Office.City, h.Stream, h.Generation, ends)
	}
	return ends, nil
}

// fill tells how far a parcel that starts at from may reach.
func (p *planner) fill(ctx context.Context, tx *store.Tx, h *journal.Head, from, to int64) (int64, error) {
	weights, err := journal.Weights(ctx, tx, h.Stream, h.Generation, from, min(to, from+maxEntries))
	if err != nil {
		return 0, err
	}
	if len(weights) == 0 {
		return 0, fmt.Errorf("entry %d is not here", from)
	}
	var bytes, blobs int64
	for i, w := range weights {
		bytes += w.Bytes
		for _, digest := range w.Blobs {
			if size, err := p.node.Office.Blobs.Size(digest); err == nil && size <= maxBlobBytes {
				blobs += size
			}
		}
		if i > 0 && (bytes > maxSealBytes || blobs > maxBlobBytes) {
			return from + int64(i), nil
		}
	}
	return from + int64(len(weights)), nil
}

// large plans parcels of their own for the blobs of a range that are too large to travel with it.
func (p *planner) large(ctx context.Context, tx *store.Tx, h *journal.Head, from, to int64) error {
	digests, err := journal.BlobsOf(ctx, tx, h.Stream, h.Generation, from, to)
	if err != nil {
		return err
	}
	for _, digest := range digests {
		if size, err := p.node.Office.Blobs.Size(digest); err != nil || size <= maxBlobBytes || p.alone[digest] {
			continue
		}
		if err := p.insert(ctx, tx, Sealed{alone: []string{digest}}); err != nil {
			return err
		}
		p.alone[digest] = true
	}
	return nil
}

// blobsAlone plans parcels for the blobs that the neighbour states as missing and that an entry due to it names.
func (p *planner) blobsAlone(ctx context.Context, tx *store.Tx) error {
	wanted, err := store.Select(ctx, tx, "select digest from exchange_wanted where neighbour = $1 order by digest", []any{p.to.Node},
		func(rows *sql.Rows) (d string, err error) { return d, rows.Scan(&d) })
	if err != nil {
		return err
	}
	var batch []string
	var total int64
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := p.insert(ctx, tx, Sealed{alone: batch})
		batch, total = nil, 0
		return err
	}
	for _, digest := range wanted {
		size, err := p.node.Office.Blobs.Size(digest)
		if err != nil || p.alone[digest] {
			continue
		}
		due, err := dueBlob(ctx, tx, digest, p.to.Unit)
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		if total+size > maxBlobBytes || len(batch) == maxEntries {
			if err := flush(); err != nil {
				return err
			}
		}
		if p.left == 0 {
			return nil
		}
		batch, total = append(batch, digest), total+size
	}
	return flush()
}

func dueBlob(ctx context.Context, tx *store.Tx, digest string, unit event.Unit) (bool, error) {
	streams, err := journal.BlobTrees(ctx, tx, digest)
	return slices.ContainsFunc(streams, func(s event.Stream) bool { return s.DueTo(unit) }), err
}

func (p *planner) insert(ctx context.Context, tx *store.Tx, s Sealed) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	if s.alone == nil {
		s.alone = []string{}
	}
	alone, err := json.Marshal(s.alone)
	if err != nil {
		return err
	}
	p.left--
	_, err = tx.Exec(ctx, `insert into exchange_parcel(id, neighbour, recipient, stream, generation, from_seq, to_seq, blobs, file, bytes, digest, blob_count, erased, sealed_at)
		values($1, $2, $3, $4, $5, $6, $7, $8, '', 0, '', 0, 0, 0)`, id.String(), p.to.Node, p.recipient, s.Stream, s.Generation, s.From, s.To, string(alone))
	return err
}

// build writes a planned parcel's file. Two processes may build one parcel at once: the first to say so wins, the other's file goes,
// so that one parcel never has two contents. A parcel whose entries have gone since (a closure cut them) comes back without a file.
func (n *Node) build(ctx context.Context, to Neighbour, p Sealed) (Sealed, error) {
	c, err := n.gather(ctx, to, p)
	if errors.Is(err, journal.ErrNoEntry) {
		return Sealed{}, n.forget(ctx, p.ID)
	}
	if err != nil {
		return p, err
	}
	recipient, err := age.ParseX25519Recipient(p.recipient)
	if err != nil {
		return p, err
	}
	mark, err := uuid.NewV7()
	if err != nil {
		return p, err
	}
	name := p.ID + "." + mark.String()[24:] + ".hzp"
	sum, counter := sha256.New(), &counting{}
	err = store.WriteDurably(n.Files, n.spooled(to.Node, name), func(w io.Writer) error {
		return c.write(io.MultiWriter(w, sum, counter), recipient)
	})
	if err != nil {
		return p, fmt.Errorf("exchange: seal: %w", err)
	}
	return n.claim(ctx, to, p, name, counter.n, hex.EncodeToString(sum.Sum(nil)), c)
}

type counting struct{ n int64 }

func (c *counting) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func (n *Node) claim(ctx context.Context, to Neighbour, p Sealed, name string, size int64, digest string, c *content) (Sealed, error) {
	var now []Sealed
	err := n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, "update exchange_parcel set file = $1, bytes = $2, digest = $3, blob_count = $4, sealed_at = $5, erased = $6 where id = $7 and file = ''",
			name, size, digest, len(c.Blobs), c.SealedAt, c.erased, p.ID); err != nil {
			return err
		}
		var err error
		now, err = parcelsWhere(ctx, tx, "id = $1", p.ID)
		return err
	})
	if err != nil {
		return p, err
	}
	if len(now) == 0 || now[0].file != name {
		n.removeSpooled([]string{filepath.Join(to.Node, name)})
	}
	if len(now) == 0 { // receipted by another way meanwhile
		return Sealed{}, nil
	}
	return now[0], nil
}

func (n *Node) forget(ctx context.Context, id string) error {
	return n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, "delete from exchange_parcel where id = $1 and file = ''", id)
		return err
	})
}

// gather reads what a planned parcel holds.
func (n *Node) gather(ctx context.Context, to Neighbour, p Sealed) (*content, error) {
	c := &content{open: n.Office.Blobs.Open, Manifest: Manifest{Format: Format, Parcel: p.ID, City: n.Office.City, Sender: n.name(), Receiver: to.Node,
		SealedAt: n.now(), Stream: p.Stream, Generation: p.Generation, From: p.From, To: p.To, Blobs: []ManifestBlob{}}}
	if p.Stream == "" {
		return c, n.addBlobs(c, p.alone, maxOneBlob)
	}
	var digests []string
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if c.entries, err = journal.Range(ctx, tx, p.Stream, p.Generation, p.From, p.To); err != nil {
			return err
		}
		size, signed, ok, err := journal.CheckpointAt(ctx, tx, p.Stream, p.Generation, p.To)
		if err != nil {
			return err
		}
		if !ok || size != p.To || int64(len(c.entries)) != p.To-p.From {
			return fmt.Errorf("%w: %s generation %d has no range %d to %d", journal.ErrNoEntry, p.Stream, p.Generation, p.From, p.To)
		}
		c.checkpoint = signed
		if err := c.addErasures(ctx, tx); err != nil {
			return err
		}
		if err := tx.Get(ctx, "select count(*) from journal_erasure where stream = $1 and generation = $2 and seq >= $3 and seq < $4",
			[]any{p.Stream, p.Generation, p.From, p.To}, &c.erased); err != nil {
			return err
		}
		head, err := journal.HeadOf(ctx, tx, p.Stream, p.Generation)
		if err != nil {
			return err
		}
		if c.chain, err = journal.ChainOf(ctx, tx, head.Signer); err != nil {
			return err
		}
		digests, err = journal.BlobsOf(ctx, tx, p.Stream, p.Generation, p.From, p.To)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, n.addBlobs(c, digests, maxBlobBytes)
}

// addBlobs names the blobs that are here and not larger than the limit. The others follow when the receiver states them as missing.
func (n *Node) addBlobs(c *content, digests []string, limit int64) error {
	for _, digest := range digests {
		size, err := n.Office.Blobs.Size(digest)
		if errors.Is(err, store.ErrNoBlob) || (err == nil && size > limit) {
			continue
		}
		if err != nil {
			return err
		}
		c.Blobs = append(c.Blobs, ManifestBlob{Digest: digest, Size: size})
	}
	return nil
}

// dropParcels removes parcels from the spool's list and returns their files, to be removed after the commit.
func (n *Node) dropParcels(ctx context.Context, tx *store.Tx, where string, args ...any) ([]string, error) {
	type dropped struct{ id, neighbour, file, alone string }
	rows, err := store.Select(ctx, tx, "select id, neighbour, file, blobs from exchange_parcel where "+where, args, func(rows *sql.Rows) (d dropped, err error) {
		return d, rows.Scan(&d.id, &d.neighbour, &d.file, &d.alone)
	})
	if err != nil {
		return nil, err
	}
	var files []string
	for _, d := range rows {
		if _, err := tx.Exec(ctx, "delete from exchange_parcel where id = $1", d.id); err != nil {
			return nil, err
		}
		var alone []string
		if err := json.Unmarshal([]byte(d.alone), &alone); err != nil {
			return nil, err
		}
		for _, digest := range alone {
			if _, err := tx.Exec(ctx, "delete from exchange_wanted where neighbour = $1 and digest = $2", d.neighbour, digest); err != nil {
				return nil, err
			}
		}
		if d.file != "" {
			files = append(files, filepath.Join(d.neighbour, d.file))
		}
	}
	return files, nil
}

func (n *Node) spooled(node, file string) string { return filepath.Join(n.Dir, "out", node, file) }

// removeSpooled removes files of the spool, named <node>/<file>. One that stays is swept later.
func (n *Node) removeSpooled(files []string) {
	for _, file := range files {
		if err := n.Files.Remove(filepath.Join(n.Dir, "out", file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			n.Log.Warn("spool file stays", "file", file, "error", err)
		}
	}
}

// sweepAge is how old a spool file must be before it is taken for a leftover: a parcel is built, and a cut transfer resumed, in less.
const sweepAge = 7 * 24 * time.Hour

// Sweep removes what crashes left in the spool: files without a parcel, pieces of transfers that nobody resumed.
func (n *Node) Sweep(ctx context.Context) error {
	known := make(map[string]bool)
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(ctx, "select neighbour, file from exchange_parcel where file <> ''", nil, func(rows *sql.Rows) error {
			var node, file string
			err := rows.Scan(&node, &file)
			known[filepath.Join(node, file)] = true
			return err
		})
	})
	if err != nil {
		return err
	}
	return errors.Join(n.sweepFolder("out", known), n.sweepFolder("in", nil))
}

func (n *Node) sweepFolder(folder string, known map[string]bool) error {
	nodes, err := n.Files.ReadDir(filepath.Join(n.Dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	old := time.Now().Add(-sweepAge) // of the machine: it is compared with the file system's times
	for _, node := range nodes {
		files, err := n.Files.ReadDir(filepath.Join(n.Dir, folder, node.Name()))
		if err != nil {
			return err
		}
		for _, f := range files {
			info, err := f.Info()
			if err != nil || known[filepath.Join(node.Name(), f.Name())] || info.ModTime().After(old) {
				continue
			}
			if err := n.Files.Remove(filepath.Join(n.Dir, folder, node.Name(), f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
