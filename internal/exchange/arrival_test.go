package exchange

import (
	"archive/tar"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"
)

// TestArrivalInAnyOrderGivesTheSame takes the parcels of several streams in, shuffled, repeated and cut off, until all have arrived:
// heads and tables must be those of the arrival in order.
func TestArrivalInAnyOrderGivesTheSame(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		must(t, checks.Value.Set("15")) // each opens a database
	}
	w, city, station := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	city.close()
	empty, err := os.ReadFile(city.config.SQLite)
	must(t, err)

	photo := station.blob("photo")
	for i := range int64(4) {
		station.mustSay(event.Up(stationUnit), "a", i, photo)
		station.mustSay(event.To(stationUnit, otherUnit), "a", 100+i)
		station.mustSay(event.Up(stationUnit), fmt.Sprint("b", i), 1)
		other.mustSay(event.Up(otherUnit), "a", i, other.blob(fmt.Sprint("photo", i)))
		if i == 2 {
			erase(t, station, event.Up(stationUnit), 4)
		}
		station.parcels(city)
		other.parcels(city)
	}
	var files [][]byte
	for _, n := range []*testNode{station, other} {
		_, sealed := n.parcels(city)
		files = append(files, sealed...)
	}
	if len(files) < 10 {
		t.Fatalf("only %d parcels", len(files))
	}
	fresh := func(t testing.TB) *testNode {
		config := city.config
		dir := t.TempDir()
		config.SQLite = filepath.Join(dir, "node.db")
		must(t, os.WriteFile(config.SQLite, empty, 0o600))
		n := &testNode{w: &world{t: t, now: w.clock()}, config: config, dir: dir, identity: city.identity}
		n.open(cityUnit)
		return n
	}
	reference := fresh(t)
	for _, file := range files {
		_, err := reference.takeIn(file)
		must(t, err)
	}
	want := reference.heads()
	digests := map[event.Unit]string{stationUnit: reference.digest(stationUnit), otherUnit: reference.digest(otherUnit)}
	reference.sound()

	rapid.Check(t, func(r *rapid.T) {
		n := fresh(t)
		defer n.close()
		waiting := rapid.Permutation(files).Draw(r, "order")
		for round := 0; len(waiting) > 0; round++ {
			if round > len(files)+1 {
				r.Fatal("the parcels never all arrive")
			}
			var again [][]byte
			for _, file := range waiting {
				if rapid.IntRange(0, 4).Draw(r, "cut off first") == 0 {
					at := rapid.IntRange(0, len(file)-1).Draw(r, "cut")
					if _, err := n.takeIn(file[:at]); !isCode(err, Damaged) {
						r.Fatalf("cut at %d: %v", at, err)
					}
				}
				for range rapid.IntRange(1, 2).Draw(r, "times") {
					_, err := n.takeIn(file)
					if isCode(err, Gap) {
						again = append(again, file)
						break
					}
					if err != nil && !isCode(err, Replayed) {
						r.Fatal(err)
					}
				}
			}
			waiting = again
		}
		if got := n.heads(); !reflect.DeepEqual(got, want) {
			r.Fatalf("heads %v, want %v", got, want)
		}
		for unit, digest := range digests {
			if n.digest(unit) != digest {
				r.Fatalf("another slice of %s", unit)
			}
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"format":1,"parcel":"p","city":"220100","sender":"a","receiver":"b","sealed_at":1,"stream":"220102001/up","generation":1,"from":0,"to":2,"blobs":[]}`))
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`{"format":1,"parcel":"p","sender":"a","receiver":"b","blobs":[{"digest":"` + fmt.Sprintf("%064d", 1) + `","size":5}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := parseManifest(text)
		if err != nil {
			if _, ok := AsException(err); !ok {
				t.Fatalf("%v is no exception", err)
			}
			return
		}
		if m.Stream != "" && (!m.Stream.Valid() || m.To-m.From > maxEntries || m.To <= m.From || m.From < 0) || len(m.Blobs) > maxBlobs {
			t.Fatalf("accepted %+v", m)
		}
	})
}

// FuzzTakeIn feeds altered contents, sealed well, to a node: whatever comes, it is an exception and the journal stays as it was.
func FuzzTakeIn(f *testing.F) {
	_, city, station := pair(f)
	station.mustSay(event.Up(stationUnit), "s", 1, station.blob("photo"))
	good := unpack(f, station.only(city, event.Up(stationUnit)), city.Identity.Age)
	lines, err := good.lines()
	must(f, err)
	manifest := []byte(fmt.Sprintf(`{"format":1,"parcel":"p","city":"220100","sender":%q,"receiver":%q,"stream":"220102001/up","generation":2,"from":0,"to":2,"blobs":[]}`, station.name(), city.name()))
	f.Add(manifest, lines, good.checkpoint, joinChain(good.chain), 0)
	f.Add(manifest, lines[:len(lines)/2], good.checkpoint, joinChain(good.chain[:1]), 3)
	before := city.fingerprint()
	f.Fuzz(func(t *testing.T, manifest, lines, checkpoint, chain []byte, cut int) {
		city.w.t = t
		file := sealRaw(t, city, manifest, lines, checkpoint, chain)
		if cut > 0 && cut < len(file) {
			file = file[:cut]
		}
		taking := &taking{node: city.Node}
		err := taking.run(context.Background(), bytes.NewReader(file))
		if err == nil {
			if !bytes.Equal(lines, mustLines(t, good)) {
				t.Fatal("altered lines were taken in")
			}
			return
		}
		if _, ok := AsException(err); !ok {
			t.Fatalf("%v is no exception", err)
		}
		if city.size(event.Up(stationUnit), 2) == 0 && city.fingerprint() != before {
			t.Fatal("a refused parcel changed the tables")
		}
	})
}

// sealRaw seals members of any content to a node.
func sealRaw(t testing.TB, to *testNode, members ...[]byte) []byte {
	var file bytes.Buffer
	sealed, err := age.Encrypt(&file, to.Identity.Age.Recipient())
	must(t, err)
	packed, err := zstd.NewWriter(sealed, zstd.WithEncoderConcurrency(1))
	must(t, err)
	archive := tar.NewWriter(packed)
	for i, name := range []string{nameManifest, nameEntries, nameCheckpoint, nameCertificates} {
		must(t, member(archive, name, members[i]))
	}
	must(t, archive.Close())
	must(t, packed.Close())
	must(t, sealed.Close())
	return file.Bytes()
}

func mustLines(t testing.TB, c *content) []byte {
	lines, err := c.lines()
	must(t, err)
	return lines
}
