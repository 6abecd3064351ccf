package exchange

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"github.com/huzheng/huzheng/internal/citizen"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

//go:embed testdata/*.sql
var toyFiles embed.FS

// toy is a room with one versioned table, whose rows show the last note of a subject.
type toy struct{}

type toyBody struct {
	Version int64  `json:"version"`
	Note    string `json:"note"`
}

func (toy) Name() string { return "toy" }
func (toy) Migration() store.Migration {
	files, err := fs.Sub(toyFiles, "testdata")
	if err != nil {
		panic(err)
	}
	return store.Migration{Room: "toy", Files: files}
}
func (toy) Kinds() map[string]int { return map[string]int{"toy.counted": 1, "toy.told": 1} }

func (toy) Words() map[string]citizen.Text { return nil }
func (toy) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body toyBody
	if err := a.Decode(&body); err != nil {
		return err
	}
	for _, digest := range a.Entry.Blobs {
		if !a.Blobs.Has(digest) {
			if err := a.Await(digest); err != nil {
				return err
			}
			body.Note = "" // filled when the blob comes
		}
	}
	_, err := tx.Exec(ctx, `insert into toy_counter(unit, subject, version, note) values($1, $2, $3, $4)
		on conflict (unit, subject) do update set version = excluded.version, note = excluded.note
		where excluded.version >= toy_counter.version`, a.Unit, a.Subject, body.Version, body.Note)
	return err
}
func (toy) Tables() []store.Table {
	return []store.Table{{Name: "toy_counter", Key: []string{"unit", "subject"}, Columns: []string{"version", "note"}, Unit: "unit"}}
}
func (toy) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	_, err := tx.Exec(ctx, "delete from toy_counter where subject = $1", subject)
	return nil, err
}
func (toy) Erasable() []string { return []string{"toy.counted"} }

const (
	cityUnit    event.Unit = "220100"
	countyUnit  event.Unit = "220102"
	stationUnit event.Unit = "220102001"
	otherUnit   event.Unit = "220102002"
)

// world is a clock and a certain way of making nodes.
type world struct {
	t   testing.TB
	mu  sync.Mutex
	now time.Time
}

func newWorld(t testing.TB) *world {
	return &world{t: t, now: time.Date(2005, 9, 1, 1, 0, 0, 0, time.UTC)}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(7 * time.Millisecond)
	return w.now
}

// testNode is a node with its secrets and folders, so that it can be opened again, or copied.
type testNode struct {
	*Node
	w        *world
	config   store.Config
	dir      string
	identity *Identity
	server   *httptest.Server
}

func newIdentity(t testing.TB, unit event.Unit) *Identity {
	t.Helper()
	key, err := journal.NewKey(unit)
	must(t, err)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	identity, err := age.GenerateX25519Identity()
	must(t, err)
	return &Identity{Key: key, TLS: private, Age: identity}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) node(unit event.Unit, config store.Config) *testNode {
	w.t.Helper()
	n := &testNode{w: w, config: config, dir: w.t.TempDir(), identity: newIdentity(w.t, unit)}
	n.open(unit)
	return n
}

func (w *world) sqlite(unit event.Unit) *testNode {
	w.t.Helper()
	return w.node(unit, storetest.SQLiteConfig(w.t))
}

// open opens the node's database and wires the node; again after close.
func (n *testNode) open(unit event.Unit) {
	t := n.w.t
	t.Helper()
	ctx := context.Background()
	prepared, keep := storetest.Prepare(t, n.config, "exchange")
	db, err := store.Open(ctx, n.config)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	o, err := office.New(office.Office{DB: db, Blobs: store.NewBlobs(store.OS{}, filepath.Join(n.dir, "blobs"), n.identity.Age), Key: n.identity.Key,
		City: cityUnit, Clock: n.w.clock, Log: slog.New(slog.DiscardHandler)}, []office.Room{toy{}}, nil, nil)
	must(t, err)
	if !prepared {
		must(t, o.Migrate(ctx))
		must(t, db.Migrate(ctx, Migration()))
		keep(db)
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(testWriter{t}, nil)).With("at", unit)
	}
	n.Node, err = NewNode(Node{Office: o, Identity: n.identity, Unit: unit, Dir: filepath.Join(n.dir, "spool"), Clock: n.w.clock, Log: log})
	must(t, err)
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Helper()
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func (n *testNode) close() { n.Office.DB.Close() }

// holds waits until the node keeps so many bytes of what is on its way in: on a busy machine a server still reads when the sender knows of the cut.
func (n *testNode) holds(least int64) {
	n.w.t.Helper()
	for start := time.Now(); time.Since(start) < time.Minute; time.Sleep(10 * time.Millisecond) {
		paths, err := filepath.Glob(filepath.Join(n.dir, "spool", "in", "*", "*"))
		must(n.w.t, err)
		var size int64
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil {
				size += info.Size()
			}
		}
		if size >= least {
			return
		}
	}
	n.w.t.Fatalf("less than %d bytes have arrived", least)
}

// serve starts the node's server and tells its address.
func (n *testNode) serve() string {
	n.w.t.Helper()
	settings, err := n.ServerTLS()
	must(n.w.t, err)
	n.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { n.Handler().ServeHTTP(w, r) }))
	n.server.TLS = settings
	n.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	n.server.StartTLS()
	n.w.t.Cleanup(n.server.Close)
	return strings.TrimPrefix(n.server.URL, "https://")
}

func (n *testNode) operator() office.Operator {
	return office.Operator{ID: "op-" + string(n.Unit), Login: "admin", Unit: n.Unit, Roles: []office.Role{office.Administrator}}
}

// join admits child at parent.
func (n *testNode) admit(child *testNode, address string, units ...event.Unit) {
	n.w.t.Helper()
	ctx := context.Background()
	request, err := NewRequest(child.Unit, child.Identity, n.w.clock())
	must(n.w.t, err)
	admission, err := n.Admit(ctx, n.operator(), request, units, address)
	must(n.w.t, err)
	must(n.w.t, child.Join(ctx, admission))
}

// say writes one toy entry.
func (n *testNode) say(stream event.Stream, subject string, version int64, blobs ...string) error {
	by := office.Operator{ID: "op-1", Login: "clerk", Unit: stream.Unit()}
	_, err := n.Office.Act(context.Background(), by, func(ctx context.Context, w *office.Work) error {
		w.Emit(event.Event{Stream: stream, Kind: "toy.counted", V: 1, Subject: subject, Blobs: blobs,
			Body: toyBody{Version: version, Note: fmt.Sprintf("%s %d 李", subject, version)}})
		return nil
	})
	return err
}

func (n *testNode) mustSay(stream event.Stream, subject string, version int64, blobs ...string) {
	n.w.t.Helper()
	must(n.w.t, n.say(stream, subject, version, blobs...))
}

func (n *testNode) blob(text string) string {
	n.w.t.Helper()
	digest, err := n.Office.Blobs.Put([]byte(text))
	must(n.w.t, err)
	return digest
}

// sync exchanges once and fails on any exception.
func (n *testNode) sync() SyncReport {
	n.w.t.Helper()
	report, err := n.SyncOnce(context.Background())
	must(n.w.t, err)
	for _, e := range report.Exceptions {
		n.w.t.Fatalf("%s: %v", n.Unit, e)
	}
	return report
}

// heads shows what a node holds, without the trees that others may not have.
func (n *testNode) heads() map[tree]string {
	n.w.t.Helper()
	out := make(map[tree]string)
	must(n.w.t, n.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
		all, err := journal.Heads(context.Background(), tx)
		for _, h := range all {
			out[tree{h.Stream, h.Generation}] = fmt.Sprintf("%d %x applied %d", h.Size, h.Root(), h.Applied)
		}
		return err
	}))
	return out
}

func (n *testNode) size(stream event.Stream, generation int) (size int64) {
	n.w.t.Helper()
	must(n.w.t, n.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
		h, err := journal.HeadOf(context.Background(), tx, stream, generation)
		if errors.Is(err, journal.ErrNoTree) {
			return nil
		}
		if err == nil {
			size = h.Size
		}
		return err
	}))
	return size
}

// digest is the digest of a unit's slice of the toy table.
func (n *testNode) digest(unit event.Unit) (digest string) {
	n.w.t.Helper()
	must(n.w.t, n.Office.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
		digest, _, err = tx.Digest(context.Background(), toy{}.Tables()[0], string(unit))
		return err
	}))
	return digest
}

func (n *testNode) note(unit event.Unit, subject string) (text string) {
	n.w.t.Helper()
	must(n.w.t, n.Office.DB.Read(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Find(context.Background(), "select note from toy_counter where unit = $1 and subject = $2", []any{unit, subject}, &text)
		return err
	}))
	return text
}

func (n *testNode) hold() (reason string) {
	n.w.t.Helper()
	must(n.w.t, n.Office.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
		reason, err = office.HoldReason(context.Background(), tx)
		return err
	}))
	return reason
}

// sound checks the whole journal and the tables against it.
func (n *testNode) sound() {
	n.w.t.Helper()
	ctx := context.Background()
	must(n.w.t, n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		report, err := journal.Verify(ctx, tx, cityUnit)
		if err == nil && len(report.Findings) > 0 {
			n.w.t.Errorf("%s: journal verify: %v", n.Unit, report.Findings)
		}
		return err
	}))
	empty := storetest.Empty(n.w.t, n.Office.DB.Engine(), "exchange", func(db *store.DB) error {
		other, err := office.New(office.Office{DB: db}, n.Office.Rooms(), nil, nil)
		if err != nil {
			return err
		}
		return other.Migrate(ctx)
	})
	undo := errors.New("undo")
	err := empty.Write(ctx, func(tx *store.Tx) error {
		rebuild, err := n.Office.CheckRebuildIn(ctx, tx, nil)
		if err != nil {
			return err
		}
		if len(rebuild.Differences) > 0 {
			n.w.t.Errorf("%s: rebuild: %v", n.Unit, rebuild.Differences)
		}
		return undo
	})
	if !errors.Is(err, undo) {
		n.w.t.Fatal(err)
	}
}

// copyOf copies a closed node's folder and database file: a backup.
func (n *testNode) copyOf() (config store.Config, dir string) {
	t := n.w.t
	t.Helper()
	dir = t.TempDir()
	must(t, os.CopyFS(filepath.Join(dir, "data"), os.DirFS(n.dir)))
	text, err := os.ReadFile(n.config.SQLite)
	must(t, err)
	config = n.config
	config.SQLite = filepath.Join(dir, "node.db")
	must(t, os.WriteFile(config.SQLite, text, 0o600))
	return config, filepath.Join(dir, "data")
}

// tiers is a city with a county and a station on the network.
type tiers struct {
	*world
	city, county, station *testNode
}

func threeTiers(t testing.TB) *tiers {
	t.Helper()
	w := newWorld(t)
	return w.tiers(w.sqlite(cityUnit))
}

func (w *world) tiers(city *testNode) *tiers {
	w.t.Helper()
	c := &tiers{world: w, city: city, county: w.sqlite(countyUnit), station: w.sqlite(stationUnit)}
	address := city.serve()
	must(w.t, city.Found(context.Background(), address))
	city.admit(c.county, address)
	c.county.admit(c.station, c.county.serve())
	return c
}

// settle syncs until nothing moves any more.
func (c *tiers) settle() {
	c.t.Helper()
	for range 10 {
		a, b := c.station.sync(), c.county.sync()
		if !a.progress() && !b.progress() {
			return
		}
	}
	c.t.Fatal("the nodes do not come to rest")
}

func isCode(err error, code Code) bool { return errors.Is(err, &Exception{Code: code}) }

// neighbour finds another node in this one's list.
func (n *testNode) neighbour(other *testNode) Neighbour {
	n.w.t.Helper()
	all, err := n.Neighbours(context.Background())
	must(n.w.t, err)
	for _, nb := range all {
		if nb.Node == other.name() {
			return nb
		}
	}
	n.w.t.Fatalf("%s does not know %s", n.Unit, other.Unit)
	return Neighbour{}
}

// parcels seals what is due to another node and reads the files.
func (n *testNode) parcels(to *testNode) (sealed []Sealed, files [][]byte) {
	n.w.t.Helper()
	sealed, err := n.Seal(context.Background(), n.neighbour(to))
	must(n.w.t, err)
	for _, p := range sealed {
		file, err := os.ReadFile(n.spooled(to.name(), p.file))
		must(n.w.t, err)
		files = append(files, file)
	}
	return sealed, files
}

// only seals what is due to another node of one stream: exactly one parcel.
func (n *testNode) only(to *testNode, stream event.Stream) []byte {
	n.w.t.Helper()
	sealed, files := n.parcels(to)
	var found [][]byte
	for i, p := range sealed {
		if p.Stream == stream {
			found = append(found, files[i])
		}
	}
	if len(found) != 1 {
		n.w.t.Fatalf("%d parcels of %s", len(found), stream)
	}
	return found[0]
}

func (n *testNode) takeIn(file []byte) (*Receipt, error) {
	return n.TakeIn(context.Background(), bytes.NewReader(file))
}

// refused takes in a file that must be refused with a code, and checks that nothing has changed.
func (n *testNode) refused(file []byte, code Code) *Exception {
	n.w.t.Helper()
	before := n.fingerprint()
	receipt, err := n.takeIn(file)
	e, ok := AsException(err)
	if !ok || e.Code != code || receipt != nil {
		n.w.t.Fatalf("got %v (receipt %v), want %s", err, receipt, code)
	}
	if e.Text.ZH == "" || e.Text.EN == "" || e.Mend.ZH == "" || e.Mend.EN == "" {
		n.w.t.Errorf("%s says nothing: %+v", code, e)
	}
	if after := n.fingerprint(); after != before {
		n.w.t.Errorf("%s: the tables have changed", code)
	}
	return e
}

// fingerprint is over everything that a refused parcel must not change.
func (n *testNode) fingerprint() string {
	n.w.t.Helper()
	ctx := context.Background()
	sum := sha256.New()
	must(n.w.t, n.Office.DB.Read(ctx, func(tx *store.Tx) error {
		for _, query := range []string{
			"select stream || generation || ':' || size || ':' || applied || signer from journal_head order by 1",
			"select stream || generation || ':' || seq || subject from journal_entry order by 1",
			"select stream || generation || ':' || size from journal_checkpoint order by 1",
			"select unit || generation from journal_closure order by 1",
			"select stream || generation || ':' || seq || leaf from journal_evidence order by 1",
			"select node from journal_certificate order by 1",
			"select digest from journal_blob order by 1",
			"select unit || subject || version || note from toy_counter order by 1",
			"select unit || generation || ':' || hosted from journal_host order by 1",
			"select digest from exchange_missing order by 1",
			"select neighbour || stream || generation || ':' || size from exchange_held order by 1",
			"select hold from office_node",
		} {
			rows, err := selectText(ctx, tx, query)
			if err != nil {
				return err
			}
			fmt.Fprintln(sum, rows)
		}
		return nil
	}))
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// byDisk writes a disk at one node and reads it at the other, and fails on any exception.
func (n *testNode) byDisk(dir string, to *testNode) *DiskReport {
	n.w.t.Helper()
	_, err := n.WriteDisk(context.Background(), dir, to.name())
	must(n.w.t, err)
	report, err := to.ReadDisk(context.Background(), dir)
	must(n.w.t, err)
	for _, e := range report.Exceptions {
		n.w.t.Fatalf("%s: %v", to.Unit, e)
	}
	return report
}
