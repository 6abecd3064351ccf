package exchange

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"golang.org/x/mod/sumdb/tlog"
)

func TestBodyRemovedOnTheWayIsAnException(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1)
	station.mustSay(event.Up(stationUnit), "t", 1)
	erase(t, station, event.Up(stationUnit), 2)
	file := station.only(city, event.Up(stationUnit))
	c := unpack(t, file, city.Identity.Age)
	c.entries[1].Salt, c.entries[1].Body = nil, nil
	e := city.refused(pack(t, c, city), Bodiless)
	if !strings.Contains(e.Text.EN, "removed the body") || !strings.Contains(e.Text.EN, "220102001/up") {
		t.Errorf("%+v", e)
	}
	_, err := city.takeIn(file) // the one that was erased may come without its body
	must(t, err)
	_, err = city.takeIn(pack(t, c, city)) // what is held is not taken away
	if !isCode(err, Replayed) || city.note(stationUnit, "s") != "s 1 李" {
		t.Errorf("%v, note %q", err, city.note(stationUnit, "s"))
	}
	city.sound()
}

// sayMany writes so many entries that a parcel cannot hold them all.
func (n *testNode) sayMany(stream event.Stream, count int) {
	n.w.t.Helper()
	_, err := n.Office.Act(context.Background(), office.Operator{ID: "op-1", Unit: stream.Unit()}, func(ctx context.Context, w *office.Work) error {
		for i := range count {
			w.Emit(event.Event{Stream: stream, Kind: "toy.counted", V: 1, Subject: fmt.Sprint("m", i), Body: toyBody{Version: 1}})
		}
		return nil
	})
	must(n.w.t, err)
}

func TestErasureBehindTheParcelIsProven(t *testing.T) {
	c := threeTiers(t)
	up := event.Up(stationUnit)
	c.station.mustSay(up, "wrong", 1)
	c.station.sayMany(up, maxEntries)
	erase(t, c.station, up, 1)
	_, files := c.station.parcels(c.county)
	if len(files) != 2 {
		t.Fatalf("%d parcels", len(files))
	}
	first := unpack(t, files[0], c.county.Identity.Age)
	if first.Erasures != 1 || !first.entries[1].Erased() {
		t.Fatalf("%d erasures in the first parcel", first.Erasures)
	}
	stripped := *first
	stripped.Erasures = 0
	c.county.refused(pack(t, &stripped, c.county), Bodiless)
	altered := *first
	altered.erasures = bytes.Replace(first.erasures, []byte("index 2"), []byte("index 1"), 1)
	c.county.refused(pack(t, &altered, c.county), Forged)
	altered.erasures = bytes.Replace(first.erasures, []byte("wrong person"), []byte("wrong pirson"), 1)
	c.county.refused(pack(t, &altered, c.county), Forged)
	// An entry of the same tree that erases nothing proves nothing.
	other, err := first.entries[0].MarshalLine()
	must(t, err)
	var proof []byte
	must(t, c.station.Office.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
		proof, err = journal.Prove(context.Background(), tx, first.entries[0].Ref())
		return err
	}))
	text, err := json.Marshal(erasing{Entry: other, Proof: string(proof)})
	must(t, err)
	altered.erasures = append(text, '\n')
	c.county.refused(pack(t, &altered, c.county), Bodiless)

	_, err = c.county.Check(bytes.NewReader(files[0]))
	must(t, err)
	_, err = c.county.takeIn(files[0])
	must(t, err)
	relayed, _ := c.county.parcels(c.city)
	for _, p := range relayed {
		if p.Stream == up && p.To > 1 {
			t.Errorf("sent on without the ground of the erasure: %+v", p)
		}
	}
	_, err = c.county.takeIn(files[1])
	must(t, err)
	c.settle()
	if c.city.size(up, 2) != maxEntries+3 || c.city.note(stationUnit, "wrong") != "" {
		t.Error("the stream did not reach the city")
	}
	for _, n := range []*testNode{c.city, c.county, c.station} {
		n.sound()
	}
}

func TestErasureOfALaterGenerationComesFirst(t *testing.T) {
	_, city, station := pair(t)
	ctx := context.Background()
	up := event.Up(stationUnit)
	config, dir := city.backup()
	station.mustSay(up, "wrong", 1)
	station.byDisk(t.TempDir(), city)
	city.admit(station, "")
	erase(t, station, up, 1) // in generation 3, of an entry in generation 2
	station.byDisk(t.TempDir(), city)
	city = city.restore(config, dir)
	disk := t.TempDir()
	_, err := city.WriteDisk(ctx, disk)
	must(t, err)
	_, err = station.ReadDisk(ctx, disk)
	must(t, err)
	sealed, files := station.parcels(city)
	for i, p := range sealed {
		if p.Stream == up && p.Generation == 2 {
			city.refused(files[i], Bodiless)
		}
	}
	report, err := city.ReadDisk(ctx, disk)
	must(t, err)
	if len(report.Exceptions) > 0 || city.size(up, 2) != 2 || city.size(up, 3) != 2 || city.note(stationUnit, "wrong") != "" {
		t.Errorf("%+v: %d and %d entries", report, city.size(up, 2), city.size(up, 3))
	}
	city.sound()
}

// resign puts another text into a parcel's second entry and signs the tree anew, as its own node could.
func resign(t testing.TB, c *content, key *journal.Key, change func(h *journal.Header, body []byte) []byte) {
	t.Helper()
	e := c.entries[1]
	h := e.Header
	body := change(&h, e.Body)
	sum := sha256.Sum256(append(bytes.Clone(e.Salt), body...))
	h.BodyDigest = hex.EncodeToString(sum[:])
	raw, err := json.Marshal(h)
	must(t, err)
	c.entries[1], err = journal.ParseEntry(raw, e.Salt, body)
	must(t, err)
	c.checkpoint, err = key.SignCheckpoint(journal.Checkpoint{Origin: journal.Origin(cityUnit, c.Stream, c.Generation), Size: 2,
		Root: tlog.NodeHash(c.entries[0].Leaf(), c.entries[1].Leaf())})
	must(t, err)
}

func TestTextThatADatabaseCannotKeep(t *testing.T) {
	_, city, station := pair(t)
	station.mustSay(event.Up(stationUnit), "s", 1)
	file := station.only(city, event.Up(stationUnit))
	for name, change := range map[string]func(*journal.Header, []byte) []byte{
		"subject":  func(h *journal.Header, body []byte) []byte { h.Subject = "a\x00b"; return body },
		"operator": func(h *journal.Header, body []byte) []byte { h.Operator = "\x00"; return body },
		"body":     func(*journal.Header, []byte) []byte { return []byte(`{"version":1,"note":"\\\u0000"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			c := unpack(t, file, city.Identity.Age)
			resign(t, c, station.Identity.Key, change)
			city.refused(pack(t, c, city), MalformedText)
		})
	}
	c := unpack(t, file, city.Identity.Age)
	resign(t, c, station.Identity.Key, func(*journal.Header, []byte) []byte { return []byte(`{"version":1,"note":"\\u0000"}`) })
	if _, err := city.takeIn(pack(t, c, city)); err != nil || city.note(stationUnit, "s") != `\u0000` {
		t.Errorf("a backslash before u0000: %v, %q", err, city.note(stationUnit, "s"))
	}
	for text, want := range map[string]bool{`"\u0000"`: true, `"\\u0000"`: false, `"\\\u0000"`: true, `"\u00001"`: true, `"\u0001"`: false, `\`: false, "\x00": true} {
		if hasNUL([]byte(text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

// miss makes a node miss many blobs that a unit's stream names.
func (n *testNode) miss(unit event.Unit, count int, since int64) {
	n.w.t.Helper()
	many := fmt.Sprintf("with recursive n(i) as (select 1 union all select i + 1 from n where i < %d)", count)
	name := fmt.Sprintf("printf('%%032d%%032d', %s, i)", unit)
	alter(n.w.t, n, "insert into exchange_missing(digest, since) "+many+fmt.Sprintf(" select %s, %d from n", name, since))
	alter(n.w.t, n, "insert into journal_blob(digest, stream, generation, seq) "+many+fmt.Sprintf(" select %s, '%s', 1, i from n", name, event.Up(unit)))
}

func TestSilentStationDoesNotHideTheMissingBlobsOfOthers(t *testing.T) {
	w, city, _ := pair(t)
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	city.miss(otherUnit, maxMissing+1, 1)
	city.miss(stationUnit, 3, 2)
	must(t, city.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
		for unit, want := range map[event.Unit]int{stationUnit: 3, otherUnit: maxMissing} {
			missing, err := missingFrom(context.Background(), tx, unit)
			if err != nil {
				return err
			}
			if len(missing) != want {
				t.Errorf("%s is asked for %d blobs, not %d", unit, len(missing), want)
			}
		}
		return nil
	}))
}

// badSector is a disk of which some files cannot be read.
type badSector struct {
	store.OS
	opens, reads string // parts of the paths of files that do not open, or fail when read
}

func (b badSector) Open(path string) (io.ReadCloser, error) {
	if b.opens != "" && strings.Contains(path, b.opens) {
		return nil, errPulled
	}
	r, err := b.OS.Open(path)
	if err == nil && b.reads != "" && strings.Contains(path, b.reads) {
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(r, 200), brokenReader{}), r}, nil
	}
	return r, err
}

func TestOneBadSectorDoesNotEndTheVisit(t *testing.T) {
	w, city, one := pair(t)
	two := w.sqlite(otherUnit)
	city.admit(two, "")
	one.mustSay(event.Up(stationUnit), "s", 1)
	two.mustSay(event.Up(otherUnit), "s", 1)
	ctx := context.Background()
	for name, files := range map[string]badSector{
		"a parcel that fails when read": {reads: diskParcels + "/" + one.name()},
		"a parcel that does not open":   {opens: diskParcels + "/" + one.name()},
		"a state":                       {opens: diskStates + "/" + one.name()},
	} {
		t.Run(name, func(t *testing.T) {
			two.mustSay(event.Up(otherUnit), "s", two.size(event.Up(otherUnit), 2))
			dir := t.TempDir()
			for _, n := range []*testNode{one, two} {
				_, err := n.WriteDisk(ctx, dir)
				must(t, err)
			}
			n := *city.Node
			n.Files = files
			report, err := n.ReadDisk(ctx, dir)
			must(t, err)
			if len(report.Exceptions) != 1 || report.Exceptions[0].Code != Damaged || !strings.Contains(report.Exceptions[0].Text.EN, one.name()) {
				t.Errorf("%+v", report.Exceptions)
			}
			if city.digest(otherUnit) != two.digest(otherUnit) {
				t.Error("the other station's parcel was not taken in")
			}
		})
	}
	if noted, err := city.Exceptions(ctx, 10); err != nil || len(noted) == 0 {
		t.Errorf("nothing was noted: %v", err)
	}
	one.byDisk(t.TempDir(), city) // a good disk heals it
	if city.digest(stationUnit) != one.digest(stationUnit) {
		t.Error("not healed")
	}
}

func TestRestoredCityRemembersWhomItAdmittedAfterItReopened(t *testing.T) {
	w, city, station := pair(t)
	ctx := context.Background()
	station.mustSay(event.Up(stationUnit), "s", 1)
	station.byDisk(t.TempDir(), city)
	config, dir := city.backup()
	must(t, city.Reopen(ctx, city.operator(), "op-2"))
	other := w.sqlite(otherUnit)
	city.admit(other, "")
	disk := t.TempDir()
	city.byDisk(disk, station)
	city = city.restore(config, dir)
	must(t, city.Restored(ctx))
	back := t.TempDir()
	_, err := city.WriteDisk(ctx, back, station.name())
	must(t, err)
	_, err = station.ReadDisk(ctx, back)
	must(t, err)
	_, err = city.ReadDisk(ctx, back)
	must(t, err)
	if city.size(event.Down(cityUnit), 2) != 3 {
		t.Fatalf("%d entries came back", city.size(event.Down(cityUnit), 2))
	}
	city.neighbour(other)
}

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

func TestStrangerIsReadNoFurtherThanAnIntroduction(t *testing.T) {
	_, city, _ := pair(t)
	body := &endless{}
	answer := httptest.NewRecorder()
	city.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/v1/state", io.LimitReader(body, maxState)))
	if answer.Code != http.StatusRequestEntityTooLarge || body.read > 2*maxUnknown {
		t.Errorf("status %d after %d bytes", answer.Code, body.read)
	}
}

func TestForgottenChildWithALongStateIntroducesItself(t *testing.T) {
	c := threeTiers(t)
	c.settle()
	c.station.miss(stationUnit, 2000, 1) // 130 kB of digests
	alter(t, c.county, "delete from exchange_neighbour where unit = '"+string(stationUnit)+"'")
	c.station.mustSay(event.Up(stationUnit), "s", 1)
	c.station.sync()
	c.county.neighbour(c.station)
	if c.county.note(stationUnit, "s") == "" {
		t.Error("the station's entries did not come")
	}
}
