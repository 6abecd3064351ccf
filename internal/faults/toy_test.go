package faults

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed testdata/*.sql
var toyFiles embed.FS

// toy is a room of counters. Each action writes two entries in two streams, so that half an action would be seen.
type toy struct{}

type toyBody struct {
	Version int64  `json:"version"`
	Padding string `json:"padding"`
}

func (toy) Name() string { return "toy" }
func (toy) Migration() store.Migration {
	files, err := fs.Sub(toyFiles, "testdata")
	if err != nil {
		panic(err)
	}
	return store.Migration{Room: "toy", Files: files}
}
func (toy) Kinds() map[string]int { return map[string]int{"toy.counted": 1} }

func (toy) Words() map[string]citizen.Text { return nil }

func (toy) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body toyBody
	if err := a.Decode(&body); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into toy_twin(unit, subject, version, stream) values($1, $2, $3, $4) on conflict do nothing",
		a.Unit, a.Subject, body.Version, a.Stream); err != nil {
		return err
	}
	var blob string
	if len(a.Entry.Blobs) > 0 {
		blob = a.Entry.Blobs[0]
	}
	_, err := tx.Exec(ctx, `insert into toy_counter(unit, subject, version, blob) values($1, $2, $3, $4)
		on conflict (unit, subject) do update set version = excluded.version, blob = excluded.blob
		where excluded.version > toy_counter.version`, a.Unit, a.Subject, body.Version, blob)
	return err
}

func (toy) Tables() []store.Table {
	return []store.Table{
		{Name: "toy_counter", Key: []string{"unit", "subject"}, Columns: []string{"version", "blob"}, Unit: "unit"},
		{Name: "toy_twin", Key: []string{"unit", "subject", "version", "stream"}, Numbers: []string{"version"}, Unit: "unit"},
	}
}

func (toy) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	for _, table := range []string{"toy_counter", "toy_twin"} {
		if _, err := tx.Exec(ctx, "delete from "+table+" where subject = $1", subject); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
func (toy) Erasable() []string { return nil }

type toyInput struct {
	Subject string `json:"subject"`
	Blob    string `json:"blob"`
	Padding int    `json:"padding"`
}

var count = office.Define("toy.count", citizen.Text{ZH: "计数", EN: "count"}, []office.Role{office.Clerk}, nil,
	func(ctx context.Context, w *office.Work, in toyInput) (int64, error) {
		if err := w.Lock(ctx, in.Subject); err != nil {
			return 0, err
		}
		var version int64
		if _, err := w.Tx.Find(ctx, "select version from toy_counter where unit = $1 and subject = $2", []any{w.By.Unit, in.Subject}, &version); err != nil {
			return 0, err
		}
		body := toyBody{Version: version + 1, Padding: string(bytes.Repeat([]byte("户"), in.Padding))}
		e := event.Event{Kind: "toy.counted", V: 1, Subject: in.Subject, Body: body}
		if in.Blob != "" {
			e.Blobs = []string{in.Blob}
		}
		for _, stream := range []event.Stream{event.Up(w.By.Unit), event.To(w.By.Unit, partners[w.By.Unit])} {
			e.Stream = stream
			w.Emit(e)
		}
		return version + 1, nil
	})

const (
	city    event.Unit = "220100"
	station event.Unit = "220102001"
)

// partners says to whom each unit writes besides its superiors.
var partners = map[event.Unit]event.Unit{station: "220102002", city: station}

func clerk(unit event.Unit) office.Operator {
	return office.Operator{ID: "op-1", Login: "clerk", Unit: unit, Roles: []office.Role{office.Clerk}}
}

// databaseKey encrypts every database of these tests.
var databaseKey = bytes.Repeat([]byte{7}, store.KeySize)

// signingKey is a unit's key, the same in every process.
func signingKey(unit event.Unit) (*journal.Key, error) {
	seed := sha256.Sum256([]byte(unit))
	public := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	sum := sha256.Sum256(public)
	return journal.RestoreKey(fmt.Sprintf("huzheng-%s-%x", unit, sum[:4]), seed[:])
}

// openOffice opens a unit's office over the room of this package.
func openOffice(ctx context.Context, unit event.Unit, config store.Config, files store.FileSystem, blobs string) (*office.Office, error) {
	identity, err := blobIdentity()
	if err != nil {
		return nil, err
	}
	key, err := signingKey(unit)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	o, err := office.New(office.Office{DB: db, Blobs: store.NewBlobs(files, blobs, identity), Key: key, City: city,
		Clock: time.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}, []office.Room{toy{}}, []office.Action{count}, nil)
	if err == nil {
		err = o.Migrate(ctx)
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return o, nil
}

// openToy opens the office of a station that exchanges with nobody.
func openToy(ctx context.Context, config store.Config, files store.FileSystem, blobs string) (*office.Office, error) {
	o, err := openOffice(ctx, station, config, files, blobs)
	if err != nil {
		return nil, err
	}
	if err := o.DB.Write(ctx, func(tx *store.Tx) error { return journal.Host(ctx, tx, station, 1, nil) }); err != nil {
		o.DB.Close()
		return nil, err
	}
	return o, nil
}

// act counts once, with an attachment where blob is set, and returns the entries that were acknowledged.
func act(ctx context.Context, o *office.Office, unit event.Unit, subject string, padding int, blob []byte) ([]event.Ref, error) {
	in := toyInput{Subject: subject, Padding: padding}
	if blob != nil {
		digest, err := o.Blobs.Put(blob)
		if err != nil {
			return nil, err
		}
		in.Blob = digest
	}
	input, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	done, err := o.Do(ctx, clerk(unit), "toy.count", input)
	if err != nil {
		return nil, err
	}
	return counted(done.Entries), nil
}

// counted leaves out the entries that open a generation: the last two are the action's own.
func counted(refs []event.Ref) []event.Ref { return refs[max(0, len(refs)-2):] }

// judge is this package's own checker. It reads what lies in the tables of the journal, computes the trees by the definition of RFC 6962, and
// compares with what was acknowledged. unknown bounds how many actions may stand there besides: those that were cut off.
func judge(ctx context.Context, o *office.Office, unit event.Unit, acknowledged []event.Ref, unknown int) error {
	trees := make(map[tree][]leaf)
	if err := o.DB.Read(ctx, func(tx *store.Tx) error {
		for _, examine := range []func() error{
			func() error { return readLeaves(ctx, tx, trees) },
			func() error { return compareHeads(ctx, tx, trees) },
			func() error { return everyTwin(ctx, tx, unit) },
			func() error { return verifyClean(ctx, tx) },
		} {
			if err := examine(); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := present(trees, acknowledged); err != nil {
		return err
	}
	written := 0
	for t, leaves := range trees {
		for i := range leaves {
			own, err := leaves[i].check(o.Blobs, unit)
			if err != nil {
				return fmt.Errorf("%v entry %d: %w", t, i, err)
			}
			if own {
				written++
			}
		}
	}
	if extra := written - len(acknowledged); extra < 0 || extra > 2*unknown {
		return fmt.Errorf("%d entries are there, %d were acknowledged, at most %d more may be", written, len(acknowledged), 2*unknown)
	}
	return nil
}

// present looks for every acknowledged entry, by its leaf.
func present(trees map[tree][]leaf, acknowledged []event.Ref) error {
	for _, ref := range acknowledged {
		leaves := trees[tree{ref.Stream, ref.Generation}]
		if ref.Seq >= int64(len(leaves)) || hex.EncodeToString(leaves[ref.Seq].hash[:]) != ref.Leaf {
			return fmt.Errorf("%s was acknowledged and is not there", ref)
		}
	}
	return nil
}

// replays is rebuild --check.
func replays(ctx context.Context, o *office.Office) error {
	rebuilt, err := o.CheckRebuild(ctx, nil)
	if err == nil && len(rebuilt.Differences) > 0 {
		err = fmt.Errorf("the tables are not what the journal says: %v", rebuilt.Differences[0])
	}
	return err
}

// tree names one tree.
type tree struct {
	stream     event.Stream
	generation int
}

// leaf is an entry as it lies in the table.
type leaf struct {
	hash               [32]byte
	header, salt, body []byte
}

func readLeaves(ctx context.Context, tx *store.Tx, trees map[tree][]leaf) error {
	return tx.Each(ctx, "select stream, generation, seq, header, salt, body from journal_entry order by stream, generation, seq", nil, func(rows *sql.Rows) error {
		var t tree
		var seq int64
		var l leaf
		if err := rows.Scan(&t.stream, &t.generation, &seq, &l.header, &l.salt, &l.body); err != nil {
			return err
		}
		if seq != int64(len(trees[t])) {
			return fmt.Errorf("%v has entry %d where %d belongs", t, seq, len(trees[t]))
		}
		l.hash = sha256.Sum256(append([]byte{0}, l.header...))
		trees[t] = append(trees[t], l)
		return nil
	})
}

// check looks for half an entry: a header that does not parse, a body that is not the one it names, and in what the unit has counted itself
// an attachment that is missing.
func (l *leaf) check(blobs *store.Blobs, unit event.Unit) (own bool, err error) {
	var header struct {
		Unit       event.Unit `json:"unit"`
		Kind       string     `json:"kind"`
		Blobs      []string   `json:"blobs"`
		BodyDigest string     `json:"body_digest"`
	}
	if err := json.Unmarshal(l.header, &header); err != nil {
		return false, err
	}
	sum := sha256.Sum256(append(append([]byte{}, l.salt...), l.body...))
	if hex.EncodeToString(sum[:]) != header.BodyDigest {
		return false, fmt.Errorf("the body does not match its digest")
	}
	if header.Unit != unit || header.Kind != "toy.counted" {
		return false, nil
	}
	for _, digest := range header.Blobs {
		if _, err := blobs.Get(digest); err != nil {
			return true, err
		}
	}
	return true, nil
}

// compareHeads computes each root by the definition of RFC 6962, 2.1.
func compareHeads(ctx context.Context, tx *store.Tx, trees map[tree][]leaf) error {
	heads, err := journal.Heads(ctx, tx)
	if err != nil {
		return err
	}
	held := 0
	for _, h := range heads {
		leaves := trees[tree{h.Stream, h.Generation}]
		if len(leaves) > 0 {
			held++
		}
		if h.Size != int64(len(leaves)) || h.Root() != merkle(leaves) || h.Applied != h.Size {
			return fmt.Errorf("the head of %s has size %d, applied %d; %d entries are there", h.Stream, h.Size, h.Applied, len(leaves))
		}
	}
	if held != len(trees) {
		return fmt.Errorf("%d trees of %d have a head", held, len(trees))
	}
	return nil
}

func merkle(leaves []leaf) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0].hash
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	left, right := merkle(leaves[:k]), merkle(leaves[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// everyTwin looks for half an action: each writes one entry in each of two streams, and each version once.
func everyTwin(ctx context.Context, tx *store.Tx, unit event.Unit) error {
	return tx.Each(ctx, `select t.subject, count(*), count(distinct t.version), max(t.version), max(c.version)
		from toy_twin t join toy_counter c on c.unit = t.unit and c.subject = t.subject where t.unit = $1 group by t.subject`, []any{unit}, func(rows *sql.Rows) error {
		var subject string
		var entries, versions, last, counter int64
		if err := rows.Scan(&subject, &entries, &versions, &last, &counter); err != nil {
			return err
		}
		if entries != 2*versions || versions != last || counter != last {
			return fmt.Errorf("subject %s has %d entries of %d versions up to %d and its counter says %d", subject, entries, versions, last, counter)
		}
		return nil
	})
}

func verifyClean(ctx context.Context, tx *store.Tx) error {
	report, err := journal.Verify(ctx, tx, city)
	if err != nil {
		return err
	}
	if len(report.Findings) > 0 {
		return fmt.Errorf("journal verify: %s", report.Findings[0])
	}
	return nil
}

// extends acts once more: the streams go on where they ended.
func extends(ctx context.Context, o *office.Office, unit event.Unit) ([]event.Ref, error) {
	before := make(map[tree]int64)
	if err := o.DB.Read(ctx, func(tx *store.Tx) error {
		heads, err := journal.Heads(ctx, tx)
		for _, h := range heads {
			before[tree{h.Stream, h.Generation}] = h.Size
		}
		return err
	}); err != nil {
		return nil, err
	}
	refs, err := act(ctx, o, unit, "s0", 10, nil)
	if err != nil {
		return nil, fmt.Errorf("the stream does not extend: %w", err)
	}
	for _, ref := range refs {
		if want := before[tree{ref.Stream, ref.Generation}]; ref.Seq < want || ref.Seq > want+1 { // one more where a generation opens
			return nil, fmt.Errorf("%s was written where %d belongs", ref, want)
		}
	}
	return refs, nil
}

func sqliteConfig(dir string) store.Config {
	return store.Config{SQLite: filepath.Join(dir, "node.db"), Key: databaseKey, Readers: 1}
}

// identityVariable hands the blobs' identity to child processes.
const identityVariable = "HUZHENG_FAULTS_IDENTITY"

// blobIdentity encrypts the blobs of all nodes of one test run.
var blobIdentity = sync.OnceValues(func() (*age.X25519Identity, error) {
	if secret := os.Getenv(identityVariable); secret != "" {
		return age.ParseX25519Identity(secret)
	}
	return age.GenerateX25519Identity()
})
