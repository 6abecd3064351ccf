package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/sync/errgroup"
)

// TakeIn takes in one parcel: decrypt, check against this node, verify, compare, store blobs, and one transaction for
// the rest. What is refused is an *Exception and changes nothing; with Replayed and Late the receipt is given beside it. Other errors
// are the machine's: the parcel may be tried again.
func (n *Node) TakeIn(ctx context.Context, r io.Reader) (*Receipt, error) {
	t := &taking{node: n}
	err := t.run(ctx, r)
	exception, ok := AsException(err)
	if !ok {
		return t.receipt, err
	}
	if t.manifest != nil {
		exception.Parcel, exception.Stream, exception.Generation = t.manifest.Parcel, t.manifest.Stream, t.manifest.Generation
	}
	n.Log.Warn("parcel refused", "parcel", exception.Parcel, "code", exception.Code, "text", exception.Text.EN)
	noted := n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		if exception.Code == Fork && t.manifest != nil {
			if err := n.forked(ctx, tx, tree{t.manifest.Stream, t.manifest.Generation}); err != nil {
				return err
			}
		}
		return n.note(ctx, tx, exception, n.name())
	})
	if noted != nil {
		return t.receipt, errors.Join(exception, noted)
	}
	return t.receipt, exception
}

// forked stops writing when what a neighbour holds of our own open tree contradicts ours.
func (n *Node) forked(ctx context.Context, tx *store.Tx, t tree) error {
	open, err := journal.OpenGeneration(ctx, tx, t.Stream.Unit())
	if err != nil || open != t.Generation {
		return err
	}
	return n.stale(ctx, tx, t, "a neighbour holds other entries of it, signed by us")
}

// taking is one parcel on its way in.
type taking struct {
	node     *Node
	manifest *Manifest
	receipt  *Receipt
	journal  journal.Arrival
	erasures []journal.Erasure // that entries behind the range make, as the parcel proves
	chain    [][]byte
	signer   journal.Certificate
	named    map[string]bool // blobs that the parcel's entries name; value: they are wanted here
	stored   []string        // blobs that the parcel brought and that are here when storeBlobs returns
	writing  errgroup.Group  // small blobs on their way to the disk
}

func (t *taking) run(ctx context.Context, r io.Reader) error {
	p, err := openParcel(r, t.node.Identity.Age)
	if err != nil {
		return err
	}
	defer p.close()
	if t.manifest, err = p.manifest(); err != nil {
		return err
	}
	if err := t.addressee(ctx); err != nil {
		return err
	}
	if t.manifest.Stream == "" {
		return t.blobsAlone(ctx, p)
	}
	brought, err := p.arrival(t.manifest)
	if err != nil {
		return err
	}
	if err := t.verify(brought); err != nil {
		return err
	}
	fresh, err := t.inspect(ctx)
	if err != nil {
		return ofJournal(err)
	}
	if err := t.storeBlobs(p); err != nil {
		return err
	}
	if err := ofJournal(t.commit(ctx)); err != nil || fresh > 0 {
		return err
	}
	return except(Replayed, "此数据包此前已接收", "this parcel was taken in before")
}

// Check opens a parcel for this node and checks what needs neither a table nor the entries: that it is whole, the chain and the checkpoint of its
// signer, each blob against its name. It keeps nothing. TakeIn does the same and goes on; the benchmark measures the two parts apart.
func (n *Node) Check(r io.Reader) (*Manifest, error) {
	p, err := openParcel(r, n.Identity.Age)
	if err != nil {
		return nil, err
	}
	defer p.close()
	m, err := p.manifest()
	if err != nil {
		return nil, err
	}
	if m.Stream != "" {
		if err := n.checkSigned(p, m); err != nil {
			return m, err
		}
	}
	buffer := make([]byte, 64<<10)
	return m, p.blobs(m, func(b ManifestBlob, r io.Reader) error {
		sum := sha256.New()
		if _, err := io.CopyBuffer(sum, r, buffer); err != nil {
			return asDamage(err)
		}
		if hex.EncodeToString(sum.Sum(nil)) != b.Digest {
			return otherContent(b.Digest)
		}
		return nil
	})
}

func (n *Node) checkSigned(p *reader, m *Manifest) error {
	if _, err := p.pass(nameEntries, maxEntriesFile); err != nil {
		return err
	}
	a := &arrival{}
	if err := p.signed(m, a); err != nil {
		return err
	}
	certificates, err := openChain(a.chain, n.RootVerifier)
	if err != nil {
		return unknownSigner(err.Error())
	}
	if _, err := journal.OpenCheckpoint(a.checkpoint, certificates[0].Verifier); err != nil {
		return forged("checkpoint: " + err.Error())
	}
	return nil
}

// addressee checks the manifest against this node and its neighbours.
func (t *taking) addressee(ctx context.Context) error {
	n, m := t.node, t.manifest
	switch {
	case m.City != n.Office.City:
		return foreign("数据包属于另一城市 "+string(m.City), "the parcel belongs to another city, "+string(m.City))
	case m.Receiver != n.name():
		return foreign("数据包的接收节点是 "+m.Receiver, "the parcel is for "+m.Receiver)
	case m.Stream != "" && !m.Stream.DueTo(n.Unit):
		return foreign("日志流 "+string(m.Stream)+" 不应送到本单位", "the stream "+string(m.Stream)+" is not due to this unit")
	}
	var sender Neighbour
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) (err error) {
		sender, err = neighbour(ctx, tx, m.Sender)
		return err
	})
	switch {
	case errors.Is(err, ErrStranger):
		return foreign("发送节点 "+m.Sender+" 不是本节点的上级或下级", "the sender "+m.Sender+" is not a neighbour of this node")
	case err != nil:
		return err
	case sender.Suspended != "":
		return unknownSigner("与发送节点的交换已暂停：" + sender.Suspended)
	}
	return nil
}

// verify checks chain, checkpoint and range: everything that needs no table.
func (t *taking) verify(a *arrival) error {
	n, m := t.node, t.manifest
	certificates, err := openChain(a.chain, n.RootVerifier)
	if err != nil {
		return unknownSigner(err.Error())
	}
	t.signer, t.chain = certificates[0], a.chain
	if !t.signer.Unit.Contains(m.Stream.Unit()) {
		return unknownSigner(fmt.Sprintf("%s of %s signs for %s", t.signer.Node, t.signer.Unit, m.Stream.Unit()))
	}
	checkpoint, err := journal.OpenCheckpoint(a.checkpoint, t.signer.Verifier)
	if err != nil {
		return forged("checkpoint: " + err.Error())
	}
	if origin := journal.Origin(n.Office.City, m.Stream, m.Generation); checkpoint.Origin != origin {
		return forged("the checkpoint is of " + checkpoint.Origin + ", not " + origin)
	}
	if checkpoint.Size != m.To || int64(len(a.entries)) != m.To-m.From {
		return forged("checkpoint, entries and manifest name different ranges")
	}
	note, err := n.cosign(a.checkpoint, certificates)
	if err != nil {
		return forged(err.Error())
	}
	t.journal = journal.Arrival{Stream: m.Stream, Generation: m.Generation, Entries: a.entries, Checkpoint: checkpoint,
		Signer: t.signer.Node, Note: note, Now: n.now()}
	return t.provenErasures(a.erasures)
}

// cosign adds this node's cosignature and keeps those of the signer's superiors.
func (n *Node) cosign(signed []byte, certificates []journal.Certificate) ([]byte, error) {
	var superiors []string
	for _, c := range certificates[1:] {
		superiors = append(superiors, c.Verifier)
	}
	tidy, err := journal.Tidy(signed, certificates[0].Verifier, superiors)
	if err != nil {
		return nil, err
	}
	return n.Identity.Key.Cosign(tidy, certificates[0].Verifier, n.Clock().Unix())
}

// inspect compares the range with the tables, without writing: who may sign, what is new, which blobs are wanted.
func (t *taking) inspect(ctx context.Context) (fresh int, err error) {
	err = t.node.Office.DB.Read(ctx, func(tx *store.Tx) error {
		if err := t.maySign(ctx, tx); err != nil {
			return err
		}
		if err := t.beyond(ctx, tx); err != nil {
			return err
		}
		if fresh, err = journal.Inspect(ctx, tx, t.journal); err != nil {
			return err
		}
		if err := t.presentable(ctx, tx, fresh); err != nil {
			return err
		}
		return t.wantedBlobs(ctx, tx, fresh)
	})
	return fresh, err
}

// maySign checks the signer against what the journal says of the generation: the closure of the one before names its key,
// and a suspended node may sign nothing in an open generation.
func (t *taking) maySign(ctx context.Context, tx *store.Tx) error {
	unit, generation := t.manifest.Stream.Unit(), t.manifest.Generation
	if generation > 1 {
		closure, _, known, err := journal.ClosureOf(ctx, tx, unit, generation-1)
		if err != nil {
			return err
		}
		if !known {
			if closure, known, err = t.broughtClosure(ctx, tx); err != nil {
				return err
			}
		}
		if known && closure.Next != t.signer.Verifier {
			return unknownSigner(fmt.Sprintf("generation %d of %s was given to another key than that of %s", generation, unit, t.signer.Node))
		}
	}
	sender, err := neighbour(ctx, tx, t.signer.Node)
	if errors.Is(err, ErrStranger) || (err == nil && sender.Suspended == "") {
		return nil
	}
	if err != nil {
		return err
	}
	if _, _, closed, err := journal.ClosureOf(ctx, tx, unit, generation); err != nil || closed {
		return err
	}
	return unknownSigner("the exchange with " + t.signer.Node + " is suspended: " + sender.Suspended)
}

// broughtClosure finds the closure in the first entry of a generation. A range that starts later follows a head that has a signer already.
func (t *taking) broughtClosure(ctx context.Context, tx *store.Tx) (c journal.Closure, ok bool, err error) {
	if t.manifest.From > 0 {
		return c, false, nil
	}
	first := &t.journal.Entries[0]
	var body struct {
		Closure string `json:"closure"`
	}
	if first.Kind != journal.KindGenerationOpened || first.Decode(&body) != nil {
		return c, false, unknownSigner("the generation does not start with its closure")
	}
	claimed, err := journal.PeekClosure([]byte(body.Closure))
	if err != nil {
		return c, false, unknownSigner(err.Error())
	}
	if claimed.Unit != t.manifest.Stream.Unit() || claimed.Generation != t.manifest.Generation-1 {
		return c, false, unknownSigner("the first entry carries the closure of another generation")
	}
	return claimed, true, nil // its signature is verified when the entry is applied, in the same transaction that keeps the range
}

// beyond finds a range that starts after a known closure: it cannot be compared with anything and is kept out.
func (t *taking) beyond(ctx context.Context, tx *store.Tx) error {
	closure, _, closed, err := journal.ClosureOf(ctx, tx, t.manifest.Stream.Unit(), t.manifest.Generation)
	if err != nil || !closed {
		return err
	}
	size := closure.Trees[t.manifest.Stream].Size
	if t.manifest.From <= size {
		return nil
	}
	if t.receipt, err = t.node.receipt(ctx, tx, tree{t.manifest.Stream, t.manifest.Generation}); errors.Is(err, journal.ErrNoTree) {
		t.receipt, err = nil, nil
	}
	if err != nil {
		return err
	}
	return late(t.manifest.Stream, t.manifest.Generation, size)
}

// wantedBlobs notes the blobs that the parcel's entries name, and which of them are wanted: those of entries that are new and not erased, and
// those that an unerased entry held here names.
func (t *taking) wantedBlobs(ctx context.Context, tx *store.Tx, fresh int) error {
	t.named = make(map[string]bool)
	first := len(t.journal.Entries) - fresh
	for i := range t.journal.Entries {
		e := &t.journal.Entries[i]
		for _, digest := range e.Blobs {
			if t.named[digest] {
				continue
			}
			if i >= first && !e.Erased() {
				erased, err := tx.Find(ctx, "select 1 from journal_erasure where stream = $1 and generation = $2 and seq = $3",
					[]any{e.Stream, e.Generation, e.Seq}, new(int64))
				if err != nil {
					return err
				}
				t.named[digest] = !erased
				continue
			}
			wanted, err := journal.BlobWanted(ctx, tx, digest)
			if err != nil {
				return err
			}
			t.named[digest] = wanted
		}
	}
	return nil
}

// blobWriters is how many small blobs are written at once: each waits for the disk three times or more, and the disk serves those who wait together.
const blobWriters = 8

// storeBlobs keeps the parcel's blobs that are wanted. Every one of them is durable when it returns.
func (t *taking) storeBlobs(p *reader) error {
	t.writing.SetLimit(blobWriters)
	err := p.blobs(t.manifest, t.storeBlob)
	if written := t.writing.Wait(); err == nil {
		err = written
	}
	return err
}

// storeBlob keeps a blob that is wanted; another one is read past.
func (t *taking) storeBlob(b ManifestBlob, r io.Reader) error {
	wanted, named := t.named[b.Digest]
	if !named {
		return damaged(fmt.Errorf("no entry of the parcel names blob %s", b.Digest))
	}
	if !wanted {
		_, err := io.Copy(io.Discard, r)
		return asDamage(err)
	}
	t.stored = append(t.stored, b.Digest)
	if b.Size > aheadBytes {
		return t.storeLarge(b.Digest, r)
	}
	content := make([]byte, b.Size)
	if _, err := io.ReadFull(r, content); err != nil {
		return asDamage(noEOF(err))
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != b.Digest {
		return otherContent(b.Digest)
	}
	t.writing.Go(func() error { return t.node.Office.Blobs.PutNamed(b.Digest, bytes.NewReader(content)) })
	return nil
}

// storeLarge keeps a blob while it is read.
func (t *taking) storeLarge(digest string, r io.Reader) error {
	watched := &watching{r: r, sum: sha256.New()}
	err := t.node.Office.Blobs.PutNamed(digest, watched)
	switch {
	case err == nil:
		return nil
	case watched.err != nil:
		return asDamage(watched.err)
	case watched.ended && hex.EncodeToString(watched.sum.Sum(nil)) != digest:
		return otherContent(digest)
	}
	return err
}

func otherContent(digest string) error {
	return damaged(fmt.Errorf("blob %s has another content", digest))
}

func asDamage(err error) error {
	if err == nil {
		return nil
	}
	return damaged(err)
}

// watching tells a failure of the source from a failure of the blob store.
type watching struct {
	r     io.Reader
	sum   hash.Hash
	err   error
	ended bool
}

func (w *watching) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.sum.Write(p[:n])
	if err == io.EOF {
		w.ended = true
	} else if err != nil {
		w.err = err
	}
	return n, err
}

// commit is the one transaction: entries, head, tables, reactions, cosignature, and what follows for this node.
func (t *taking) commit(ctx context.Context) error {
	var exception error
	err := t.node.Office.DB.Write(ctx, func(tx *store.Tx) error {
		exception = nil
		n, m := t.node, t.manifest
		if err := tx.Lock(ctx, unitLock(m.Stream.Unit())); err != nil {
			return err
		}
		if err := saveChain(ctx, tx, t.chain); err != nil {
			return err
		}
		fresh, err := journal.Take(ctx, tx, t.journal)
		if errors.Is(err, journal.ErrLate) {
			closure, _, _, err := journal.ClosureOf(ctx, tx, m.Stream.Unit(), m.Generation)
			if err != nil {
				return err
			}
			exception = late(m.Stream, m.Generation, closure.Trees[m.Stream].Size)
		} else if err != nil {
			return err
		}
		if err := n.Office.ApplyPending(ctx, tx, m.Stream, m.Generation); err != nil {
			return err
		}
		if err := t.follow(ctx, tx, fresh); err != nil {
			return err
		}
		t.receipt, err = n.receipt(ctx, tx, tree{m.Stream, m.Generation})
		if err == nil {
			t.receipt.Parcel, t.receipt.Fresh = m.Parcel, len(fresh)
		}
		return err
	})
	if err != nil {
		t.receipt = nil
		return err
	}
	return exception
}

// unitLock keeps the closing of a unit's generation and the taking in of its ranges apart.
func unitLock(unit event.Unit) string { return "exchange:unit:" + string(unit) }

// follow draws the consequences of new entries for this node: blobs that came and are missing, time from above, its own trees, its own admissions.
func (t *taking) follow(ctx context.Context, tx *store.Tx, fresh []journal.Entry) error {
	n := t.node
	if err := n.blobsCame(ctx, tx, t.stored); err != nil {
		return err
	}
	if err := n.noteMissing(ctx, tx, fresh); err != nil {
		return err
	}
	if len(fresh) == 0 {
		return nil
	}
	unit := t.manifest.Stream.Unit()
	if unit != n.Unit && unit.Contains(n.Unit) {
		if err := office.SeenFromAbove(ctx, tx, fresh[len(fresh)-1].At); err != nil {
			return err
		}
	}
	if t.manifest.Stream == event.Down(n.Unit) {
		if err := n.rememberAdmissions(ctx, tx, fresh); err != nil {
			return err
		}
	}
	if open, err := journal.OpenGeneration(ctx, tx, unit); err != nil {
		return err
	} else if open == t.manifest.Generation {
		if err := n.stale(ctx, tx, tree{t.manifest.Stream, open}, "a neighbour brought entries of it"); err != nil {
			return err
		}
	}
	return n.settle(ctx, tx)
}

func (n *Node) blobsCame(ctx context.Context, tx *store.Tx, digests []string) error {
	for _, digest := range digests {
		if _, err := tx.Exec(ctx, "delete from exchange_missing where digest = $1", digest); err != nil {
			return err
		}
		if err := n.Office.BlobArrived(ctx, tx, digest); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) noteMissing(ctx context.Context, tx *store.Tx, fresh []journal.Entry) error {
	for i := range fresh {
		if fresh[i].Erased() {
			continue
		}
		for _, digest := range fresh[i].Blobs {
			if n.Office.Blobs.Has(digest) {
				continue
			}
			if _, err := tx.Exec(ctx, "insert into exchange_missing(digest, since) values($1, $2) on conflict do nothing", digest, n.now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// blobsAlone takes in a parcel of blobs alone: each proves itself by its name, and only those that an entry here names are kept.
func (t *taking) blobsAlone(ctx context.Context, p *reader) error {
	n, m := t.node, t.manifest
	t.named = make(map[string]bool)
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		for _, b := range m.Blobs {
			wanted, err := journal.BlobWanted(ctx, tx, b.Digest)
			if err != nil {
				return err
			}
			t.named[b.Digest] = wanted
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := t.storeBlobs(p); err != nil {
		return err
	}
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		if err := n.blobsCame(ctx, tx, t.stored); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into exchange_taken(neighbour, parcel, at) values($1, $2, $3) on conflict do nothing", m.Sender, m.Parcel, n.now())
		return err
	})
	if err == nil {
		t.receipt = &Receipt{Parcel: m.Parcel}
	}
	return err
}

// ScanMissing looks for blobs that entries name and that are not here, after a restore; each is asked for in the next state. It returns how many.
func (n *Node) ScanMissing(ctx context.Context) (int, error) {
	var digests []string
	err := n.Office.DB.Read(ctx, func(tx *store.Tx) (err error) {
		digests, err = selectText(ctx, tx, "select distinct digest from journal_blob order by digest")
		return err
	})
	if err != nil {
		return 0, err
	}
	missing := 0
	err = n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		missing = 0
		for _, digest := range digests {
			if n.Office.Blobs.Has(digest) {
				continue
			}
			missing++
			if _, err := tx.Exec(ctx, "insert into exchange_missing(digest, since) values($1, $2) on conflict do nothing", digest, n.now()); err != nil {
				return err
			}
		}
		return nil
	})
	return missing, err
}
