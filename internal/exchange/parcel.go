package exchange

import (
	"archive/tar"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/errgroup"
)

// Format is the parcel format that this program writes and the newest that it reads.
const Format = 1

// Bounds of a parcel. A sealer keeps the first three; a reader refuses what exceeds the others, whatever the sealer says.
const (
	maxEntries     = 2000
	maxBlobBytes   = 64 << 20 // of one parcel, unless a larger blob travels alone
	maxSealBytes   = 32 << 20 // of headers and bodies, unless one entry is larger
	maxManifest    = 8 << 20
	maxEntriesFile = 96 << 20
	maxNote        = 256 << 10
	maxBlobs       = 20_000
	maxOneBlob     = 8 << 30
	maxWindow      = 8 << 20 // of zstd: what a reader keeps in memory
	maxPadding     = 1 << 20 // zeros after the last member
	growAtOnce     = 8 << 20 // of a member, before its bytes are here
)

// Manifest is manifest.json: what the parcel says of itself. Nothing in it is believed that is not checked by the rest.
type Manifest struct {
	Format     int            `json:"format"`
	Parcel     string         `json:"parcel"`
	City       event.Unit     `json:"city"`
	Sender     string         `json:"sender"`   // node
	Receiver   string         `json:"receiver"` // node
	SealedAt   int64          `json:"sealed_at"`
	Stream     event.Stream   `json:"stream"` // empty: a parcel of blobs alone
	Generation int            `json:"generation"`
	From       int64          `json:"from"`
	To         int64          `json:"to"`
	Blobs      []ManifestBlob `json:"blobs"`
	Erasures   int            `json:"erasures,omitempty"` // lines of erasures.jsonl; 0: there is none
}

// ManifestBlob is one blob of a parcel.
type ManifestBlob struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// parseManifest reads and checks manifest.json.
func parseManifest(text []byte) (*Manifest, error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return nil, damaged(fmt.Errorf("manifest: %w", err))
	}
	if version.Format > Format {
		return nil, except(TooNew, fmt.Sprintf("数据包格式 %d 比本程序认识的 %d 新", version.Format, Format),
			fmt.Sprintf("the parcel has format %d, this program knows %d", version.Format, Format))
	}
	m := &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, damaged(fmt.Errorf("manifest: %w", err))
	}
	if err := m.check(); err != nil {
		return nil, damaged(fmt.Errorf("manifest: %w", err))
	}
	return m, nil
}

func (m *Manifest) check() error {
	switch {
	case m.Format < 1:
		return errors.New("format")
	case m.Parcel == "" || len(m.Parcel) > 100 || m.Sender == "" || m.Receiver == "":
		return errors.New("parcel, sender or receiver")
	case m.Erasures < 0 || m.Erasures > maxEntries || (m.Erasures > 0 && m.Stream == ""):
		return errors.New("erasures")
	case len(m.Blobs) > maxBlobs:
		return errors.New("too many blobs")
	}
	var total int64
	for _, b := range m.Blobs {
		if raw, err := hex.DecodeString(b.Digest); err != nil || len(raw) != 32 || b.Size < 0 || b.Size > maxOneBlob {
			return errors.New("blob")
		}
		total += b.Size
	}
	if total > maxBlobBytes && len(m.Blobs) > 1 {
		return errors.New("blobs too large")
	}
	if m.Stream == "" {
		if m.Generation != 0 || m.From != 0 || m.To != 0 {
			return errors.New("a range without a stream")
		}
		return nil
	}
	if !m.Stream.Valid() || m.Generation < 1 || m.From < 0 || m.To <= m.From || m.To-m.From > maxEntries {
		return errors.New("stream or range")
	}
	return nil
}

// Names of the members, in their order in the tar; blobs follow under blobs/.
const (
	nameManifest     = "manifest.json"
	nameEntries      = "entries.jsonl"
	nameCheckpoint   = "checkpoint"
	nameCertificates = "certificates"
	nameErasures     = "erasures.jsonl" // only where the manifest counts some
	blobPrefix       = "blobs/"
)

// content is what a sealer puts into a parcel.
type content struct {
	Manifest
	entries    []journal.Entry
	checkpoint []byte
	chain      [][]byte
	erased     int64  // entries of the range that are known to be erased
	erasures   []byte // erasures.jsonl
	open       func(digest string) (io.ReadCloser, error)
}

// write seals the content to a recipient: tar, zstd, age.
func (c *content) write(w io.Writer, recipient age.Recipient) error {
	sealed, err := age.Encrypt(w, recipient)
	if err != nil {
		return err
	}
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(1<<20))
	if err != nil {
		return err
	}
	archive := tar.NewWriter(packed)
	if err := c.members(archive); err != nil {
		packed.Close()
		return err
	}
	return errors.Join(archive.Close(), packed.Close(), sealed.Close())
}

func (c *content) members(archive *tar.Writer) error {
	done := make(chan struct{})
	defer close(done)
	ahead := c.readAhead(done)
	manifest, err := json.Marshal(&c.Manifest)
	if err != nil {
		return err
	}
	if err := member(archive, nameManifest, append(manifest, '\n')); err != nil {
		return err
	}
	if c.Stream != "" {
		lines, err := c.lines()
		if err != nil {
			return err
		}
		for _, m := range []struct {
			name string
			text []byte
		}{{nameEntries, lines}, {nameCheckpoint, c.checkpoint}, {nameCertificates, joinChain(c.chain)}} {
			if err := member(archive, m.name, m.text); err != nil {
				return err
			}
		}
		if c.Erasures > 0 {
			if err := member(archive, nameErasures, c.erasures); err != nil {
				return err
			}
		}
	}
	for _, b := range c.Blobs {
		if err := writeBlob(archive, b, <-ahead); err != nil {
			return fmt.Errorf("exchange: blob %s: %w", b.Digest, err)
		}
	}
	return nil
}

// Bounds of reading ahead: so many blobs, each no larger than this; a larger one is read while it is written.
const (
	aheadBlobs = 16
	aheadBytes = 1 << 20
)

// opened is a blob that has been opened, and read if it is small.
type opened struct {
	r   io.ReadCloser
	err error
}

// readAhead opens the blobs in their order while those before them are packed. The receiver closes what it receives.
func (c *content) readAhead(done <-chan struct{}) <-chan opened {
	ahead := make(chan opened, aheadBlobs)
	go func() {
		for _, b := range c.Blobs {
			o := c.openAhead(b)
			select {
			case ahead <- o:
			case <-done:
				if o.err == nil {
					o.r.Close()
				}
				return
			}
		}
	}()
	return ahead
}

func (c *content) openAhead(b ManifestBlob) opened {
	r, err := c.open(b.Digest)
	if err != nil || b.Size > aheadBytes {
		return opened{r, err}
	}
	defer r.Close()
	content := make([]byte, b.Size)
	_, err = io.ReadFull(r, content)
	return opened{io.NopCloser(bytes.NewReader(content)), err}
}

func (c *content) lines() ([]byte, error) {
	var lines bytes.Buffer
	for i := range c.entries {
		line, err := c.entries[i].MarshalLine()
		if err != nil {
			return nil, err
		}
		lines.Write(line)
		lines.WriteByte('\n')
	}
	return lines.Bytes(), nil
}

func writeBlob(archive *tar.Writer, b ManifestBlob, from opened) error {
	if from.err != nil {
		return from.err
	}
	defer from.r.Close()
	if err := archive.WriteHeader(&tar.Header{Name: blobPrefix + b.Digest, Mode: 0o644, Size: b.Size}); err != nil {
		return err
	}
	_, err := io.Copy(archive, from.r)
	return err
}

func member(archive *tar.Writer, name string, text []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := archive.Write(text)
	return err
}

const certificateLine = "huzheng-certificate v1\n"

// joinChain writes the certificates one after the other, with an empty line between.
func joinChain(chain [][]byte) []byte { return bytes.Join(chain, []byte("\n")) }

// splitChain reads what joinChain wrote: each certificate starts with its title line.
func splitChain(text []byte) ([][]byte, error) {
	var chain [][]byte
	for _, part := range strings.Split("\n"+string(text), "\n"+certificateLine)[1:] {
		chain = append(chain, []byte(certificateLine+strings.TrimRight(part, "\n")+"\n"))
	}
	if len(chain) == 0 || len(chain) > 8 {
		return nil, errors.New("certificates")
	}
	return chain, nil
}

// source remembers a reader's own failure, so that a torn cable or a bad sector is not taken for a damaged parcel.
type source struct {
	r      io.Reader
	failed atomic.Pointer[error] // the decoder reads ahead in a goroutine of its own
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.failed.Store(&err)
	}
	return n, err
}

// reader opens a parcel member by member. Its errors are exceptions, or the source's own failure.
type reader struct {
	source  *source
	packed  *zstd.Decoder
	archive *tar.Reader
}

func openParcel(r io.Reader, identity age.Identity) (*reader, error) {
	p := &reader{source: &source{r: r}}
	plain, err := age.Decrypt(p.source, identity)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, foreign("数据包不是加密给本节点的", "the parcel is not encrypted to this node")
	}
	if err != nil {
		return nil, p.fault(err)
	}
	p.packed, err = zstd.NewReader(plain, zstd.WithDecoderConcurrency(2), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(1<<40))
	if err != nil {
		return nil, p.fault(err)
	}
	p.archive = tar.NewReader(p.packed)
	return p, nil
}

func (p *reader) close() { p.packed.Close() }

func (p *reader) fault(err error) error {
	if failed := p.source.failed.Load(); failed != nil {
		return *failed
	}
	if _, ok := AsException(err); ok {
		return err
	}
	return damaged(err)
}

// pass goes to the next member, which must have the given name.
func (p *reader) pass(name string, limit int64) (*tar.Header, error) {
	header, err := p.archive.Next()
	if err != nil {
		return nil, p.fault(fmt.Errorf("%s: %w", name, noEOF(err)))
	}
	if header.Name != name || header.Typeflag != tar.TypeReg || header.Size > limit {
		return nil, damaged(fmt.Errorf("member %q of %d bytes where %s belongs", header.Name, header.Size, name))
	}
	return header, nil
}

// member reads the next member, which must have the given name, whole.
func (p *reader) member(name string, limit int64) ([]byte, error) {
	header, err := p.pass(name, limit)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	text.Grow(int(min(header.Size, growAtOnce)) + bytes.MinRead) // what the header claims is not believed beyond this
	if _, err := text.ReadFrom(p.archive); err != nil {
		return nil, p.fault(fmt.Errorf("%s: %w", name, noEOF(err)))
	}
	return text.Bytes(), nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (p *reader) manifest() (*Manifest, error) {
	text, err := p.member(nameManifest, maxManifest)
	if err != nil {
		return nil, err
	}
	return parseManifest(text)
}

// arrival is a range as a parcel brings it.
type arrival struct {
	entries    []journal.Entry
	checkpoint []byte
	chain      [][]byte
	erasures   []byte // erasures.jsonl, nil when the parcel has none
}

func (p *reader) arrival(m *Manifest) (*arrival, error) {
	text, err := p.member(nameEntries, maxEntriesFile)
	if err != nil {
		return nil, err
	}
	a := &arrival{}
	if a.entries, err = parseEntries(text); err != nil {
		return nil, ofJournal(err)
	}
	return a, p.signed(m, a)
}

// signed reads the checkpoint, the certificates and the erasures, which follow the entries.
func (p *reader) signed(m *Manifest, a *arrival) (err error) {
	if a.checkpoint, err = p.member(nameCheckpoint, maxNote); err != nil {
		return err
	}
	certificates, err := p.member(nameCertificates, maxNote)
	if err != nil {
		return err
	}
	if a.chain, err = splitChain(certificates); err != nil {
		return unknownSigner(err.Error())
	}
	if m.Erasures > 0 {
		a.erasures, err = p.member(nameErasures, maxEntriesFile)
	}
	return err
}

// parseEntries reads entries.jsonl, a part of it on each processor.
func parseEntries(text []byte) ([]journal.Entry, error) {
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	if len(lines) > maxEntries {
		return nil, fmt.Errorf("%w: more than %d entries", journal.ErrMalformed, maxEntries)
	}
	entries := make([]journal.Entry, len(lines))
	workers := min(runtime.GOMAXPROCS(0), len(lines))
	var group errgroup.Group
	for w := range workers {
		group.Go(func() (err error) {
			for i := w * len(lines) / workers; i < (w+1)*len(lines)/workers && err == nil; i++ {
				entries[i], err = journal.ParseLine(lines[i])
			}
			return err
		})
	}
	return entries, group.Wait()
}

// blobs calls take with each blob of the manifest, in its order, and then reads to the end of the file, so that every byte
// has been authenticated.
func (p *reader) blobs(m *Manifest, take func(b ManifestBlob, r io.Reader) error) error {
	for _, b := range m.Blobs {
		header, err := p.archive.Next()
		if err != nil {
			return p.fault(noEOF(err))
		}
		if header.Name != blobPrefix+b.Digest || header.Typeflag != tar.TypeReg || header.Size != b.Size {
			return damaged(fmt.Errorf("member %q where blob %s belongs", header.Name, b.Digest))
		}
		if err := take(b, p.archive); err != nil {
			return err
		}
	}
	return p.finish()
}

func (p *reader) finish() error {
	if header, err := p.archive.Next(); err == nil {
		return damaged(fmt.Errorf("member %q that the manifest does not name", header.Name))
	} else if err != io.EOF {
		return p.fault(err)
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(p.packed, maxPadding+1)); err != nil {
		return p.fault(err)
	} else if n > maxPadding {
		return damaged(errors.New("bytes after the end"))
	}
	return nil
}
