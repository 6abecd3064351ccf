package bench

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/klauspost/compress/zstd"
)

const (
	city   event.Unit = "220100"
	county event.Unit = "220102"
)

// A parcel as card work makes it: of the entries one in twelve has a photograph and one a scanned form, which no compression makes smaller.
const (
	perCard    = 12
	photoBytes = 25 << 10
	formBytes  = 60 << 10
)

// parcels measures the sealing and the opening of parcels between a city's node and a county's.
func (o *Options) parcels(ctx context.Context) ([]Result, error) {
	from, err := o.exchangeNode(ctx, city)
	if err != nil {
		return nil, err
	}
	defer from.Office.DB.Close()
	to, err := o.exchangeNode(ctx, county)
	if err != nil {
		return nil, err
	}
	defer to.Office.DB.Close()
	neighbour, err := join(ctx, from, to)
	if err != nil {
		return nil, err
	}
	o.say("parcels of %d entries", arrivalSize)
	p := &parcelBench{from: from, to: to, neighbour: neighbour, dir: o.Dir, by: office.Operator{ID: "op", Login: "op", Unit: city, Roles: []office.Role{office.Administrator}}}
	if err := p.putBlobs(); err != nil {
		return nil, err
	}
	limit := time.Duration(o.Seconds) * time.Second
	for p.spent() < limit {
		if err := p.round(ctx); err != nil {
			return nil, err
		}
	}
	return []Result{
		p.result("exchange: parcels sealed", p.sealing, "zstd and age by their libraries, from the same attachments at rest to a file as durable"),
		p.result("exchange: parcels opened", p.opening, "zstd and age by their libraries, same bytes"),
	}, nil
}

// pair is how long ours and the reference took, and the most memory that ours did.
type pair struct {
	ours, reference time.Duration
	memory          int64
}

type parcelBench struct {
	from, to         *exchange.Node
	neighbour        exchange.Neighbour
	dir              string
	by               office.Operator
	blobs            []string
	blobBytes        int64
	bytes            int64 // of the parcels' plain content
	sealing, opening pair
}

func (p *parcelBench) spent() time.Duration {
	return p.sealing.ours + p.sealing.reference + p.opening.ours + p.opening.reference
}

func (p *parcelBench) result(name string, took pair, against string) Result {
	const mib = 1 << 20
	return Result{Name: name, Engine: "files", Ours: float64(p.bytes) / mib / took.ours.Seconds(), Reference: float64(p.bytes) / mib / took.reference.Seconds(),
		Unit: "MiB/s", Ratio: took.reference.Seconds() / took.ours.Seconds(), Target: 0.6, Memory: took.memory, Against: against}
}

func (o *Options) exchangeNode(ctx context.Context, unit event.Unit) (*exchange.Node, error) {
	dir := filepath.Join(o.Dir, string(unit))
	b, err := openBed(ctx, store.Config{SQLite: filepath.Join(dir, "node.db"), Key: make([]byte, store.KeySize)}, dir, unit)
	if err != nil {
		return nil, err
	}
	if err := b.db.Migrate(ctx, exchange.Migration()); err != nil {
		return nil, err
	}
	_, tls, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return exchange.NewNode(exchange.Node{Office: b.office, Unit: unit, Dir: filepath.Join(dir, "spool"), Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Identity: &exchange.Identity{Key: b.office.Key, TLS: tls, Age: b.office.Blobs.Identity()}})
}

// join admits a node at the city's.
func join(ctx context.Context, parent, child *exchange.Node) (exchange.Neighbour, error) {
	if err := parent.Found(ctx, ""); err != nil {
		return exchange.Neighbour{}, err
	}
	request, err := exchange.NewRequest(child.Unit, child.Identity, time.Now())
	if err != nil {
		return exchange.Neighbour{}, err
	}
	admission, err := parent.Admit(ctx, office.Operator{ID: "op", Login: "op", Unit: parent.Unit, Roles: []office.Role{office.Administrator}}, request, nil, "")
	if err != nil {
		return exchange.Neighbour{}, err
	}
	if err := child.Join(ctx, admission); err != nil {
		return exchange.Neighbour{}, err
	}
	all, err := parent.Neighbours(ctx)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("%d neighbours", len(all))
	}
	if err != nil {
		return exchange.Neighbour{}, err
	}
	_, err = parent.Seal(ctx, all[0]) // the admission itself
	return all[0], err
}

func (p *parcelBench) putBlobs() error {
	for i := range 2 * (arrivalSize / perCard) {
		content := make([]byte, []int{photoBytes, formBytes}[i%2])
		if _, err := rand.Read(content); err != nil {
			return err
		}
		digest, err := p.from.Office.Blobs.Put(content)
		if err != nil {
			return err
		}
		p.blobs, p.blobBytes = append(p.blobs, digest), p.blobBytes+int64(len(content))
	}
	return nil
}

// write puts a parcel's worth of entries into the journal.
func (p *parcelBench) write(ctx context.Context) error {
	text := strings.Repeat(note, 15)
	_, err := p.from.Office.Act(ctx, p.by, func(_ context.Context, w *office.Work) error {
		for i := range arrivalSize {
			e := event.Event{Stream: event.To(city, county), Kind: kindChanged, V: 1, Subject: subject(i), Body: changed{Version: 1, Note: text}}
			if blob := i / perCard * 2; i%perCard < 2 && blob+i%perCard < len(p.blobs) {
				e.Blobs = p.blobs[blob+i%perCard : blob+i%perCard+1]
			}
			w.Emit(e)
		}
		return nil
	})
	return err
}

// round writes a parcel's worth and seals and opens it, both sides in turn.
func (p *parcelBench) round(ctx context.Context) error {
	if err := p.write(ctx); err != nil {
		return err
	}
	var file string
	if err := p.sealing.ran(func() (err error) {
		file, err = p.seal(ctx)
		return err
	}); err != nil {
		return err
	}
	if err := p.sealReference(file); err != nil {
		return err
	}
	if err := p.opening.ran(func() error { return p.open(file) }); err != nil {
		return err
	}
	return clocked(&p.opening.reference, func() error { return p.bareOpen(file, io.Discard) })
}

// sealReference seals the same content with the bare libraries.
func (p *parcelBench) sealReference(file string) error {
	plain, err := p.plain(file)
	if err != nil {
		return err
	}
	p.bytes += int64(len(plain))
	text := plain[:int64(len(plain))-p.blobBytes]
	return clocked(&p.sealing.reference, func() error { return p.bareSeal(text) })
}

// ran measures ours, with its memory.
func (p *pair) ran(fn func() error) error {
	debug.FreeOSMemory() // what the other side has left
	resetPeak()
	err := clocked(&p.ours, fn)
	p.memory = max(p.memory, peak())
	return err
}

func clocked(sum *time.Duration, fn func() error) error {
	start := time.Now()
	err := fn()
	*sum += time.Since(start)
	return err
}

// seal seals what is due, which is the one parcel that waits unsealed, and gives its file.
func (p *parcelBench) seal(ctx context.Context) (string, error) {
	sealed, err := p.from.Seal(ctx, p.neighbour)
	if err != nil {
		return "", err
	}
	newest := sealed[len(sealed)-1]
	if newest.To-newest.From != arrivalSize || newest.Blobs != len(p.blobs) {
		return "", fmt.Errorf("the parcel holds %d entries and %d blobs", newest.To-newest.From, newest.Blobs)
	}
	files, err := filepath.Glob(filepath.Join(p.from.Dir, "out", "*", newest.ID+".*"))
	if err != nil || len(files) != 1 {
		return "", errors.Join(err, fmt.Errorf("%d files of parcel %s", len(files), newest.ID))
	}
	return files[0], nil
}

func (p *parcelBench) open(file string) error {
	sealed, err := os.Open(file)
	if err != nil {
		return err
	}
	defer sealed.Close()
	_, err = p.to.Check(sealed)
	return err
}

func (p *parcelBench) plain(file string) ([]byte, error) {
	var out strings.Builder
	err := p.bareOpen(file, &out)
	return []byte(out.String()), err
}

// bareSeal packs and encrypts the same bytes and writes them as durably as the spool does. Like ours it takes the blobs from the store's files, which
// age encrypts; the rest is given to it.
func (p *parcelBench) bareSeal(text []byte) error {
	return store.WriteDurably(store.OS{}, filepath.Join(p.dir, "bare.hzp"), func(w io.Writer) error {
		sealed, err := age.Encrypt(w, p.to.Identity.Age.Recipient())
		if err != nil {
			return err
		}
		packed, err := zstd.NewWriter(sealed)
		if err != nil {
			return err
		}
		if _, err := packed.Write(text); err != nil {
			return err
		}
		for _, digest := range p.blobs {
			if err := p.bareBlob(packed, digest); err != nil {
				return err
			}
		}
		return errors.Join(packed.Close(), sealed.Close())
	})
}

func (p *parcelBench) bareBlob(w io.Writer, digest string) error {
	file, err := os.Open(filepath.Join(p.dir, string(city), "blobs", digest[:2], digest[2:4], digest))
	if err != nil {
		return err
	}
	defer file.Close()
	plain, err := age.Decrypt(file, p.from.Identity.Age)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, plain)
	return err
}

func (p *parcelBench) bareOpen(file string, w io.Writer) error {
	sealed, err := os.Open(file)
	if err != nil {
		return err
	}
	defer sealed.Close()
	opened, err := age.Decrypt(sealed, p.to.Identity.Age)
	if err != nil {
		return err
	}
	unpacked, err := zstd.NewReader(opened)
	if err != nil {
		return err
	}
	defer unpacked.Close()
	_, err = io.Copy(w, unpacked)
	return err
}
