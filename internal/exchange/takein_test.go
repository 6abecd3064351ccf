package exchange

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/klauspost/compress/zstd"
)

// unpack opens a parcel as its receiver could, so that a test can alter it.
func unpack(t testing.TB, file []byte, identity age.Identity) *content {
	t.Helper()
	p, err := openParcel(bytes.NewReader(file), identity)
	must(t, err)
	defer p.close()
	m, err := p.manifest()
	must(t, err)
	c := &content{Manifest: *m}
	if m.Stream != "" {
		a, err := p.arrival(m)
		must(t, err)
		c.entries, c.checkpoint, c.chain, c.erasures = a.entries, a.checkpoint, a.chain, a.erasures
	}
	blobs := make(map[string][]byte)
	must(t, p.blobs(m, func(b ManifestBlob, r io.Reader) error {
		blobs[b.Digest], err = io.ReadAll(r)
		return err
	}))
	c.open = func(digest string) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(blobs[digest])), nil }
	return c
}

// pack seals a content to a node, as anybody could who has its public key.
func pack(t testing.TB, c *content, to *testNode) []byte {
	t.Helper()
	var file bytes.Buffer
	must(t, c.write(&file, to.Identity.Age.Recipient()))
	return file.Bytes()
}

// pair is a city and a station under it that go by disk.
func pair(t testing.TB) (w *world, city, station *testNode) {
	w = newWorld(t)
	city, station = w.sqlite(cityUnit), w.sqlite(stationUnit)
	must(t, city.Found(context.Background(), ""))
	city.admit(station, "")
	return w, city, station
}

func TestReplayIsReceiptedAgain(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob("photo"))
	file := station.only(city, event.Up(stationUnit))
	first, err := city.takeIn(file)
	must(t, err)
	before := city.fingerprint()
	for range 3 {
		again, err := city.takeIn(file)
		if !isCode(err, Replayed) || again == nil {
			t.Fatalf("replay: %v %v", again, err)
		}
		if again.Size != first.Size || again.Checkpoint != first.Checkpoint || again.Fresh != 0 {
			t.Errorf("another receipt: %+v", again)
		}
	}
	if city.fingerprint() != before {
		t.Error("a replay changed the tables")
	}
}

func TestGapIsNamedAndHealed(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "a", 1)
	first := station.only(city, event.Up(stationUnit))
	station.mustSay(event.Up(stationUnit), "b", 1)
	station.mustSay(event.Up(stationUnit), "c", 1)
	_, files := station.parcels(city)
	second := files[len(files)-1]
	e := city.refused(second, Gap)
	if !strings.Contains(e.Text.EN, "entries 1 to 2 of 220102001/up generation 2") || !strings.Contains(e.Mend.ZH, "第 1 至 2 条") {
		t.Errorf("the gap is not named: %+v", e)
	}
	for _, file := range [][]byte{first, second} {
		_, err := city.takeIn(file)
		must(t, err)
	}
	if city.digest(stationUnit) != station.digest(stationUnit) {
		t.Error("not healed")
	}
}

// A disk that was pulled in mid-copy says which entries have not come with it, counted as on the sheet; what came by another road is not missing.
func TestPulledDiskNamesWhatHasNotCome(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "a", 1)
	station.byDisk(t.TempDir(), city)
	station.mustSay(event.Up(stationUnit), "b", 1)
	station.mustSay(event.Up(stationUnit), "c", 1)
	dir := t.TempDir()
	_, err := station.WriteDisk(context.Background(), dir)
	must(t, err)
	var up string
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, parcelEnd) {
			up = path
		}
		return err
	}))
	whole, err := os.ReadFile(up)
	must(t, err)
	must(t, os.WriteFile(up, whole[:len(whole)/2], 0o600))
	report, err := city.ReadDisk(context.Background(), dir)
	must(t, err)
	if len(report.Lacking) != 1 || report.Lacking[0].Stream != event.Up(stationUnit) || report.Lacking[0].To-report.Lacking[0].From != 2 || report.Lacking[0].From != 2 {
		t.Fatalf("%+v %+v", report.Lacking, report.Exceptions)
	}
	if text := report.Text(); !strings.Contains(text, "记录未到 entries that have not come: 220102001/up@2 3–4") {
		t.Errorf("%s", text)
	}
	_, err = city.takeIn(whole)
	must(t, err)
	if report, err = city.ReadDisk(context.Background(), dir); err != nil || len(report.Lacking) != 0 {
		t.Errorf("%v %+v", err, report.Lacking)
	}
}

func TestDiskHealsAGapByItself(t *testing.T) {
	_, city, station := pair(t)
	lost, dir := t.TempDir(), t.TempDir()
	station.mustSay(event.Up(stationUnit), "a", 1)
	_, err := station.WriteDisk(context.Background(), lost)
	must(t, err)
	station.mustSay(event.Up(stationUnit), "b", 1)
	if report := station.byDisk(dir, city); report.Fresh != 3 {
		t.Errorf("after a lost disk: %+v", report)
	}
}

func TestEverySingleBitFlipIsAnException(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob("p"))
	file := station.only(city, event.Up(stationUnit))
	before := city.fingerprint()
	for i := range len(file) * 8 {
		file[i/8] ^= 1 << (i % 8)
		taking := &taking{node: city.Node} // what TakeIn does before it records the exception
		err := taking.run(context.Background(), bytes.NewReader(file))
		if _, ok := AsException(err); !ok || taking.receipt != nil {
			t.Fatalf("bit %d: %v", i, err)
		}
		file[i/8] ^= 1 << (i % 8)
	}
	if city.fingerprint() != before {
		t.Error("the tables have changed")
	}
	_, err := city.takeIn(file)
	must(t, err)
}

func TestEveryTruncationIsAnException(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob("p"))
	file := station.only(city, event.Up(stationUnit))
	before := city.fingerprint()
	for i := range file {
		taking := &taking{node: city.Node}
		if _, ok := AsException(taking.run(context.Background(), bytes.NewReader(file[:i]))); !ok {
			t.Fatalf("cut after %d bytes was taken in", i)
		}
	}
	if city.fingerprint() != before {
		t.Error("the tables have changed")
	}
	city.refused(append(bytes.Clone(file), 0), Damaged)
}

func TestForeignParcels(t *testing.T) {
	w, city, station := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	station.mustSay(event.Up(stationUnit), "s", 1)
	file := station.only(city, event.Up(stationUnit))
	other.refused(file, Foreign)
	for name, alter := range map[string]func(*content){
		"city":     func(c *content) { c.City = "320100" },
		"receiver": func(c *content) { c.Receiver = "huzheng-220102002-00000000" },
		"sender":   func(c *content) { c.Sender = "huzheng-220102002-00000000" },
	} {
		t.Run(name, func(t *testing.T) {
			c := unpack(t, file, city.Identity.Age)
			alter(c)
			city.refused(pack(t, c, city), Foreign)
		})
	}
	t.Run("a stream that is not due", func(t *testing.T) {
		c := unpack(t, file, city.Identity.Age)
		c.Sender, c.Receiver = city.name(), other.name()
		other.refused(pack(t, c, other), Foreign)
	})
}

func TestForgedParcels(t *testing.T) {
	w, city, station := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	station.mustSay(event.Up(stationUnit), "s", 1)
	station.mustSay(event.Up(stationUnit), "s", 2)
	other.mustSay(event.Up(otherUnit), "s", 1)
	file, others := station.only(city, event.Up(stationUnit)), other.only(city, event.Up(otherUnit))
	reread := func(t *testing.T, e *journal.Entry) {
		var err error
		*e, err = journal.ParseEntry(e.Raw, e.Salt, e.Body)
		must(t, err)
	}
	for name, test := range map[string]struct {
		code  Code
		alter func(*testing.T, *content)
	}{
		"body": {Forged, func(t *testing.T, c *content) { c.entries[1].Body = []byte(`{"version":9,"note":"x"}`) }},
		"header": {Forged, func(t *testing.T, c *content) {
			c.entries[1].Raw = bytes.Replace(c.entries[1].Raw, []byte(`"subject":"s"`), []byte(`"subject":"x"`), 1)
			reread(t, &c.entries[1])
		}},
		"order":           {Forged, func(t *testing.T, c *content) { c.entries[1], c.entries[2] = c.entries[2], c.entries[1] }},
		"one missing":     {Forged, func(t *testing.T, c *content) { c.entries = c.entries[:2] }},
		"range":           {Forged, func(t *testing.T, c *content) { c.entries, c.To = c.entries[:2], 2 }},
		"stream":          {Forged, func(t *testing.T, c *content) { c.Stream = event.To(stationUnit, otherUnit) }},
		"generation":      {Forged, func(t *testing.T, c *content) { c.Generation = 3 }},
		"signature":       {Forged, func(t *testing.T, c *content) { c.checkpoint[len(c.checkpoint)-10] ^= 1 }},
		"no checkpoint":   {Forged, func(t *testing.T, c *content) { c.checkpoint = nil }},
		"another's chain": {UnknownSigner, func(t *testing.T, c *content) { c.chain = unpack(t, others, city.Identity.Age).chain }},
		"another's name": {UnknownSigner, func(t *testing.T, c *content) {
			o := unpack(t, others, city.Identity.Age)
			c.chain, c.checkpoint = o.chain, o.checkpoint
		}},
		"no chain":     {UnknownSigner, func(t *testing.T, c *content) { c.chain = nil }},
		"half a chain": {UnknownSigner, func(t *testing.T, c *content) { c.chain = c.chain[:1] }},
		"own certificate": {UnknownSigner, func(t *testing.T, c *content) {
			key, err := journal.NewKey(cityUnit)
			must(t, err)
			root, err := key.SignCertificate(journal.Certificate{Node: key.Node, Unit: cityUnit, Verifier: key.Verifier()})
			must(t, err)
			c.chain = [][]byte{root}
		}},
		"two heads": {Forged, func(t *testing.T, c *content) {
			key, err := journal.NewKey(stationUnit)
			must(t, err)
			point, err := journal.OpenCheckpoint(c.checkpoint, station.Identity.Key.Verifier())
			must(t, err)
			c.checkpoint, err = key.SignCheckpoint(point)
			must(t, err)
		}},
		"a blob that nobody names": {Damaged, func(t *testing.T, c *content) {
			c.Blobs = []ManifestBlob{{Digest: strings.Repeat("ab", 32), Size: 0}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := unpack(t, file, city.Identity.Age)
			test.alter(t, c)
			city.refused(pack(t, c, city), test.code)
		})
	}
	_, err := city.takeIn(file)
	must(t, err)
}

func TestSignerMustSpeakForTheStream(t *testing.T) {
	w, city, station := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	// The other station's node writes for the first one and signs with its own good key.
	must(t, other.Office.DB.Write(context.Background(), func(tx *store.Tx) error {
		return journal.Host(context.Background(), tx, stationUnit, 1, nil)
	}))
	other.mustSay(event.Up(stationUnit), "s", 1)
	city.refused(other.only(city, event.Up(stationUnit)), UnknownSigner)
	// A superior that was not given the generation may not sign in it either.
	station.mustSay(event.Up(stationUnit), "s", 1)
	_, err := city.takeIn(station.only(city, event.Up(stationUnit)))
	must(t, err)
}

func TestTooNew(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1)
	c := unpack(t, station.only(city, event.Up(stationUnit)), city.Identity.Age)
	c.Format = Format + 1
	city.refused(pack(t, c, city), TooNew)
}

func TestUnknownKindIsKeptForwardedAndPausesApply(t *testing.T) {
	c := threeTiers(t)
	by := office.Operator{ID: "op-1", Unit: stationUnit}
	later := *c.station.Office
	emit := func(v int) {
		_, err := later.Act(context.Background(), by, func(ctx context.Context, w *office.Work) error {
			w.Emit(event.Event{Stream: event.Up(stationUnit), Kind: "toy.told", V: v, Subject: fmt.Sprint("v", v), Body: toyBody{Version: 1, Note: "later"}})
			return nil
		})
		must(t, err)
	}
	emit(1)
	emit(2) // the toy room applies any version; only arrival asks what is understood
	c.station.sync()
	c.county.sync()
	if c.city.size(event.Up(stationUnit), 2) != 3 {
		t.Error("the entries did not reach the city")
	}
	if c.city.note(stationUnit, "v1") == "" || c.city.note(stationUnit, "v2") != "" {
		t.Error("apply did not pause at what is not understood")
	}
	all, err := c.city.Neighbours(context.Background())
	must(t, err)
	if all[0].Understands["toy.told"] != 1 {
		t.Errorf("the state does not say what is understood: %v", all[0].Understands)
	}
}

func TestForkStopsTheNodeThatForked(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "a", 1)
	config, dir := func() (store.Config, string) { station.close(); return station.copyOf() }()
	station.open(stationUnit)
	station.mustSay(event.Up(stationUnit), "b", 1)
	station.byDisk(t.TempDir(), city)
	restored := &testNode{w: station.w, config: config, dir: dir, identity: station.identity}
	restored.open(stationUnit)
	restored.mustSay(event.Up(stationUnit), "c", 1)
	restored.mustSay(event.Up(stationUnit), "d", 1)
	_, files := restored.parcels(city)
	city.refused(files[0], Fork)
	// The state tells it, by a receipt for a checkpoint that it does not remember, or by the exception.
	disk := t.TempDir()
	_, err := restored.WriteDisk(context.Background(), disk)
	must(t, err)
	report, err := city.ReadDisk(context.Background(), disk)
	must(t, err)
	if len(report.Exceptions) != 1 || report.Exceptions[0].Code != Fork {
		t.Fatalf("%+v", report)
	}
	_, err = restored.ReadDisk(context.Background(), disk)
	must(t, err)
	if reason := restored.hold(); reason != office.HoldStale {
		t.Errorf("the forked node goes on writing: %q", reason)
	}
}

func TestBlobThatComesLater(t *testing.T) {
	c := threeTiers(t)
	photo := c.station.blob("a photograph")
	c.station.mustSay(event.Up(stationUnit), "s", 1, photo)
	must(t, c.station.Office.Blobs.Remove(photo)) // a failing disk
	c.station.sync()
	c.county.sync()
	if got := c.city.note(stationUnit, "s"); got != "" {
		t.Fatalf("applied without its blob: %q", got)
	}
	c.station.blob("a photograph") // brought again from the camera
	c.settle()
	for _, n := range []*testNode{c.county, c.city} {
		if !n.Office.Blobs.Has(photo) || n.note(stationUnit, "s") == "" {
			t.Errorf("%s: the blob did not come or was not applied", n.Unit)
		}
	}
	must(t, c.city.Office.Blobs.Remove(photo))
	missing, err := c.city.ScanMissing(context.Background())
	must(t, err)
	if missing != 1 {
		t.Errorf("%d missing", missing)
	}
	c.settle()
	if !c.city.Office.Blobs.Has(photo) {
		t.Error("the city's lost blob did not come back")
	}
}

// noRoom is a disk on which nothing more fits.
type noRoom struct{ store.OS }

func (noRoom) Create(string) (store.File, error) { return nil, errors.New("no space left") }

// Small blobs are written while those behind them are read, larger ones while they are read themselves: neither road lets a wrong byte in, nor
// entries whose blobs did not reach the disk.
func TestEntriesComeInOnlyWithTheirBlobs(t *testing.T) {
	_, city, station := pair(t)
	large := make([]byte, aheadBytes+1000)
	_, err := rand.Read(large)
	must(t, err)
	digests := []string{station.blob(string(large))}
	for i := range 3 * blobWriters {
		digests = append(digests, station.blob(fmt.Sprint("photograph ", i)))
	}
	station.mustSay(event.Up(stationUnit), "s", 1, digests...)
	file := station.only(city, event.Up(stationUnit))
	for _, other := range []string{digests[0], digests[7]} {
		c := unpack(t, file, city.Identity.Age)
		right := c.open
		c.open = func(digest string) (io.ReadCloser, error) {
			r, err := right(digest)
			if digest != other || err != nil {
				return r, err
			}
			content, err := io.ReadAll(r)
			content[len(content)-1] ^= 1
			return io.NopCloser(bytes.NewReader(content)), err
		}
		city.refused(pack(t, c, city), Damaged)
	}
	good := city.Office.Blobs
	city.Office.Blobs = store.NewBlobs(noRoom{}, t.TempDir(), good.Identity())
	_, err = city.takeIn(file)
	if _, ok := AsException(err); err == nil || ok || city.note(stationUnit, "s") != "" {
		t.Fatalf("on a full disk: %v", err)
	}
	city.Office.Blobs = good
	_, err = city.takeIn(file)
	must(t, err)
	for _, digest := range digests {
		if !good.Has(digest) {
			t.Errorf("%s did not come", digest)
		}
	}
}

func TestLargeBlobTravelsAlone(t *testing.T) {
	c := threeTiers(t)
	large := make([]byte, maxBlobBytes+1000)
	_, err := rand.Read(large[:1<<20])
	must(t, err)
	big, small := c.station.blob(string(large)), c.station.blob("small")
	c.station.mustSay(event.Up(stationUnit), "s", 1, big, small)
	sealed, _ := c.station.parcels(c.county)
	if len(sealed) != 2 || sealed[1].Stream != "" || sealed[0].Blobs != 1 {
		t.Fatalf("%+v", sealed)
	}
	c.settle()
	if !c.city.Office.Blobs.Has(big) || c.city.note(stationUnit, "s") == "" {
		t.Error("the large blob did not reach the city")
	}
}

func TestBlobsCutParcels(t *testing.T) {
	_, city, station := pair(t)
	body := make([]byte, 30<<20)
	for i := range 5 {
		body[0] = byte(i)
		station.mustSay(event.Up(stationUnit), fmt.Sprint("s", i), 1, station.blob(string(body)))
	}
	sealed, files := station.parcels(city)
	if len(sealed) != 3 {
		t.Errorf("%d parcels", len(sealed))
	}
	for _, file := range files {
		_, err := city.takeIn(file)
		must(t, err)
	}
}

func TestManyEntriesAreCutAndRelayedAlongTheSameCheckpoints(t *testing.T) {
	c := threeTiers(t)
	by := office.Operator{ID: "op-1", Unit: stationUnit}
	for range 5 {
		_, err := c.station.Office.Act(context.Background(), by, func(ctx context.Context, w *office.Work) error {
			for i := range 1000 {
				w.Emit(event.Event{Stream: event.Up(stationUnit), Kind: "toy.counted", V: 1, Subject: fmt.Sprint("s", i%50), Body: toyBody{Version: int64(i)}})
			}
			return nil
		})
		must(t, err)
	}
	c.settle()
	if c.city.digest(stationUnit) != c.station.digest(stationUnit) || c.city.size(event.Up(stationUnit), 2) != 5001 {
		t.Error("the city does not hold the stream")
	}
	c.city.sound()
}

func TestErasedEntryIsNotResurrectedByAnOldParcel(t *testing.T) {
	for name, order := range map[string][]int{"old first": {0, 1, 0, 1}, "new first": {1, 0, 1}} {
		t.Run(name, func(t *testing.T) {
			_, city, station := pair(t)
			photo := station.blob("a wrong person's photograph")
			station.mustSay(event.Up(stationUnit), "s", 1, photo)
			files := [][]byte{station.only(city, event.Up(stationUnit)), nil}
			erase(t, station, event.Up(stationUnit), 1)
			files[1] = station.only(city, event.Up(stationUnit))
			for _, i := range order {
				if _, err := city.takeIn(files[i]); err != nil && !isCode(err, Replayed) {
					t.Fatal(err)
				}
			}
			must(t, city.Office.Sweep(context.Background()))
			if _, err := city.takeIn(files[0]); !isCode(err, Replayed) {
				t.Fatal(err)
			}
			if city.note(stationUnit, "s") != "" || city.Office.Blobs.Has(photo) {
				t.Error("the erased entry came back")
			}
			must(t, city.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
				e, err := journal.At(context.Background(), tx, event.Ref{Stream: event.Up(stationUnit), Generation: 2, Seq: 1})
				if err == nil && !e.Erased() {
					t.Error("the body came back")
				}
				return err
			}))
			city.sound()
		})
	}
}

func TestErasedBodyLeavesTheSpool(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1)
	before, _ := station.parcels(city)
	erase(t, station, event.Up(stationUnit), 1)
	after, files := station.parcels(city)
	if after[0].ID == before[0].ID {
		t.Fatal("the parcel that holds the body waits on")
	}
	if again, _ := station.parcels(city); again[0].ID != after[0].ID {
		t.Error("sealed a third time")
	}
	c := unpack(t, files[0], city.Identity.Age)
	if !c.entries[1].Erased() {
		t.Error("the body is in the parcel")
	}
	left, err := os.ReadDir(filepath.Join(station.dir, "spool", "out", city.name()))
	must(t, err)
	if len(left) != len(after) {
		t.Errorf("%d files in the spool for %d parcels", len(left), len(after))
	}
	for _, file := range files {
		_, err := city.takeIn(file)
		must(t, err)
	}
	city.sound()
}

func erase(t testing.TB, n *testNode, stream event.Stream, seq int64) {
	t.Helper()
	ctx := context.Background()
	_, err := n.Office.Act(ctx, office.Operator{ID: "op-1", Unit: stream.Unit()}, func(ctx context.Context, w *office.Work) error {
		e, err := journal.At(ctx, w.Tx, event.Ref{Stream: stream, Generation: 2, Seq: seq})
		if err != nil {
			return err
		}
		w.Emit(event.Event{Stream: stream, Kind: journal.KindErased, V: 1, Subject: e.Subject,
			Body: office.Erased{Erasure: journal.Erasure{Generation: e.Generation, Seq: seq, Leaf: e.Ref().Leaf, Kind: e.Kind}, Ground: "wrong person", Second: "op-2"}})
		return nil
	})
	must(t, err)
}

func TestDecompressionBombsAreBounded(t *testing.T) {
	_, city, _ := pair(t)
	seal := func(write func(*tar.Writer)) []byte {
		var file bytes.Buffer
		sealed, err := age.Encrypt(&file, city.Identity.Age.Recipient())
		must(t, err)
		packed, err := zstd.NewWriter(sealed)
		must(t, err)
		archive := tar.NewWriter(packed)
		write(archive)
		_ = archive.Flush()
		must(t, packed.Close())
		must(t, sealed.Close())
		return file.Bytes()
	}
	huge := func(a *tar.Writer, name string) {
		must(t, a.WriteHeader(&tar.Header{Name: name, Size: 1 << 40}))
		zeros := make([]byte, 1<<20)
		for range 300 {
			_, err := a.Write(zeros)
			must(t, err)
		}
	}
	manifest := []byte(fmt.Sprintf(`{"format":1,"parcel":"p","city":"220100","sender":"s","receiver":%q,"blobs":[]}`, city.name()))
	for name, write := range map[string]func(*tar.Writer){
		"manifest":    func(a *tar.Writer) { huge(a, nameManifest) },
		"first":       func(a *tar.Writer) { huge(a, "other") },
		"empty":       func(a *tar.Writer) {},
		"a directory": func(a *tar.Writer) { must(t, a.WriteHeader(&tar.Header{Name: nameManifest, Typeflag: tar.TypeDir})) },
		"a link": func(a *tar.Writer) {
			must(t, a.WriteHeader(&tar.Header{Name: nameManifest, Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}))
		},
		"not JSON": func(a *tar.Writer) { must(t, member(a, nameManifest, []byte("{"))) },
		"blobs": func(a *tar.Writer) {
			must(t, member(a, nameManifest, []byte(strings.Replace(string(manifest), `"blobs":[]`, `"blobs":[{"digest":"`+strings.Repeat("ab", 32)+`","size":9000000000000}]`, 1))))
		},
	} {
		t.Run(name, func(t *testing.T) { city.refused(seal(write), Damaged) })
	}
	city.refused([]byte("not age at all"), Damaged)
}

func TestExceptionsAreRecordedAndReportedToTheSender(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1)
	dir := t.TempDir()
	report, err := station.WriteDisk(context.Background(), dir)
	must(t, err)
	path := filepath.Join(dir, "huzheng", report.Written[0].File)
	file, err := os.ReadFile(path)
	must(t, err)
	c := unpack(t, file, city.Identity.Age)
	c.entries[1].Body = []byte("{}")
	must(t, os.WriteFile(path, pack(t, c, city), 0o600))
	_, err = city.ReadDisk(context.Background(), dir)
	must(t, err)
	noted, err := city.Exceptions(context.Background(), 10)
	must(t, err)
	if len(noted) != 1 || noted[0].Code != Forged || noted[0].Times != 1 || noted[0].Text.ZH == "" {
		t.Fatalf("%+v", noted)
	}
	_, err = station.ReadDisk(context.Background(), dir)
	must(t, err)
	if noted, err = station.Exceptions(context.Background(), 10); err != nil || len(noted) != 1 || noted[0].Reporter != city.name() {
		t.Fatalf("the sender was not told: %+v %v", noted, err)
	}
	// The original is still in the spool; the next disk heals it.
	station.byDisk(t.TempDir(), city)
	if city.note(stationUnit, "s") == "" {
		t.Error("not healed")
	}
}

func TestTwoArrivalsAtOnceAtTwoProcesses(t *testing.T) {
	w := newWorld(t)
	city := w.node(cityUnit, storetest.PostgresConfig(t))
	c := w.tiers(city)
	second := &testNode{w: w, config: city.config, dir: city.dir, identity: city.identity}
	second.open(cityUnit)
	for round := range 5 {
		c.county.mustSay(event.Up(countyUnit), fmt.Sprint("s", round), 1)
		file := c.county.only(city, event.Up(countyUnit))
		var wg sync.WaitGroup
		var mu sync.Mutex
		var fresh, replayed int
		for i := range 8 {
			n := []*testNode{city, second}[i%2]
			wg.Go(func() {
				receipt, err := n.takeIn(file)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					fresh++
				case isCode(err, Replayed) && receipt != nil:
					replayed++
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wg.Wait()
		if fresh+replayed != 8 || fresh < 1 {
			t.Errorf("%d fresh, %d replayed", fresh, replayed)
		}
		c.county.sync()
	}
	city.sound()
}

func TestTwoProcessesSealOneContentForOneParcel(t *testing.T) {
	w := newWorld(t)
	city := w.node(cityUnit, storetest.PostgresConfig(t))
	c := w.tiers(city)
	second := &testNode{w: w, config: city.config, dir: city.dir, identity: city.identity}
	second.open(cityUnit)
	for i := range 20 {
		city.mustSay(event.Down(cityUnit), fmt.Sprint("s", i), 1)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	digests := make(map[string]string)
	for i := range 8 {
		n := []*testNode{city, second}[i%2]
		wg.Go(func() {
			sealed, err := n.Seal(context.Background(), n.neighbour(c.county))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, p := range sealed {
				if old := digests[p.ID]; old != "" && old != p.Digest {
					t.Errorf("%s has two contents", p.ID)
				}
				digests[p.ID] = p.Digest
			}
		})
	}
	wg.Wait()
	if len(digests) != 1 {
		t.Errorf("%d parcels for one range", len(digests))
	}
	files, err := os.ReadDir(filepath.Join(city.dir, "spool", "out", c.county.name()))
	must(t, err)
	if len(files) != 1 {
		t.Errorf("%d files in the spool", len(files))
	}
	// A transfer that began at one process ends at the other.
	cut := newCutter(t, strings.TrimPrefix(city.server.URL, "https://"))
	alter(t, c.county, "update exchange_neighbour set address = '"+cut.listener.Addr().String()+"' where relation = 'parent'")
	noise := make([]byte, 500_000)
	_, err = rand.Read(noise)
	must(t, err)
	c.county.mustSay(event.Up(countyUnit), "big", 1, c.county.blob(string(noise)))
	cut.left.Store(300_000)
	if _, err := c.county.SyncOnce(context.Background()); err == nil {
		t.Fatal("not cut")
	}
	city.holds(150_000)
	alter(t, c.county, "update exchange_neighbour set address = '"+second.serve()+"' where relation = 'parent'")
	if report := c.county.sync(); report.Bytes > 400_000 {
		t.Errorf("%d bytes were sent again", report.Bytes)
	}
}
