package registerdesk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	city   event.Unit = "220100"
	county event.Unit = "220102"
	s1     event.Unit = "220102001"
	s2     event.Unit = "220102002"
	s3     event.Unit = "220104001"
)

// node is an office of the register.
type node struct{ *officetest.Office }

// newNode opens a node of the first unit that it hosts.
func newNode(t testing.TB, config store.Config, hosts ...event.Unit) *node {
	t.Helper()
	o := officetest.Open(t, config, officetest.Setup{Unit: hosts[0], Hosts: hosts, Rooms: []office.Room{registerdb.New()},
		Actions: registerdesk.Actions(), Reactions: registerdesk.Reactions()})
	o.Now = time.Date(2005, 9, 12, 1, 0, 0, 0, time.UTC)
	return &node{o}
}

// later moves the clock on, as a node sees it that has worked through the days.
func (n *node) later(days int) {
	n.Now = n.Now.Add(time.Duration(days) * 24 * time.Hour)
	n.Write(func(tx *store.Tx) error {
		_, err := tx.Exec(context.Background(), "update office_node set newest_at = $1", n.Now.UnixMilli())
		return err
	})
}

func operator(unit event.Unit, roles ...office.Role) office.Operator {
	if len(roles) == 0 {
		roles = []office.Role{office.Clerk}
	}
	return office.Operator{ID: "op-" + string(unit), Login: "op" + string(unit), Unit: unit, Roles: roles}
}

// do runs an action and gives its result.
func do[O any](n *node, by office.Operator, action string, input any) (out O, err error) {
	err = n.Do(by, action, input, &out)
	return out, err
}

func must[O any](t testing.TB, n *node, by office.Operator, action string, input any) (out O) {
	t.Helper()
	n.Must(by, action, input, &out)
	return out
}

func wantRefusal(t testing.TB, err error, code string) {
	t.Helper()
	if !officetest.IsRefusal(t, err, code) {
		t.Fatalf("got %v, want refusal %s", err, code)
	}
}

func (n *node) react(t testing.TB) {
	t.Helper()
	for {
		done, err := n.React(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if done == 0 {
			return
		}
	}
}

func (n *node) tenure(t testing.TB, id string) register.Tenure {
	t.Helper()
	var out register.Tenure
	n.Read(func(tx *store.Tx) error {
		found, ok, err := registerdb.TenureOf(context.Background(), tx, id)
		if err == nil && !ok {
			err = fmt.Errorf("tenure %s is not here", id)
		}
		out = found
		return err
	})
	return out
}

var birthday = citizen.MustDate("1975-03-08")

// resident is a synthetic record with a correct number.
func resident(t testing.TB, name string, sex citizen.Sex, sequence int) register.Record {
	t.Helper()
	number, err := citizen.NewNumber("220102", birthday, sequence)
	if err != nil {
		t.Fatal(err)
	}
	return register.Record{Number: number.String(), Name: name, Sex: string(sex), EthnicGroup: "01", BirthDate: birthday,
		NativePlace: "吉林省长春市", Address: "南关区南岭街道1号", HouseholdNo: "H1", Relation: "02"}
}

// imported loads records at a station and gives their tenures in the same order.
func imported(t testing.TB, n *node, unit event.Unit, records ...register.Record) []string {
	t.Helper()
	lines := make([]register.ChunkLine, len(records))
	for i, r := range records {
		lines[i].Record = r
	}
	blob, err := register.NewChunk(lines)
	if err != nil {
		t.Fatal(err)
	}
	importBlob(t, n, unit, blob)
	var ids []string
	if _, err := register.ReadChunk(blob, func(l register.StoredLine) error {
		ids = append(ids, l.Tenure)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

func importBlob(t testing.TB, n *node, unit event.Unit, blobs ...[]byte) registerdesk.ChunkOutput {
	t.Helper()
	return must[registerdesk.ChunkOutput](t, n, operator(county, office.Administrator), "register.import_chunk", chunkInput(t, n, unit, blobs...))
}

// chunkInput stores the blobs and names them.
func chunkInput(t testing.TB, n *node, unit event.Unit, blobs ...[]byte) registerdesk.ChunkInput {
	t.Helper()
	in := registerdesk.ChunkInput{Unit: unit, SourceFile: "old.dbf", SourceKind: "computer"}
	for i, blob := range blobs {
		in.Chunks = append(in.Chunks, registerdesk.NamedChunk{Name: fmt.Sprintf("old.dbf %d", i+1), Blob: n.Blob(blob)})
	}
	return in
}

// carry takes every tree that is due to a unit from one node to another, as the exchange does: certificates, entries in order under a signed
// checkpoint, then what they say.
func carry(t testing.TB, from, to *node, unit event.Unit) {
	t.Helper()
	ctx := context.Background()
	var arrivals []journal.Arrival
	var chain [][]byte
	from.Read(func(tx *store.Tx) error {
		heads, err := journal.Heads(ctx, tx)
		if err != nil {
			return err
		}
		for _, h := range heads {
			if !h.Stream.DueTo(unit) || h.Signer != "" { // only what the node wrote itself
				continue
			}
			entries, err := journal.Range(ctx, tx, h.Stream, h.Generation, 0, h.Size)
			if err != nil {
				return err
			}
			point := journal.Checkpoint{Origin: journal.Origin(city, h.Stream, h.Generation), Size: h.Size, Root: h.Root()}
			note, err := from.Key.SignCheckpoint(point)
			if err != nil {
				return err
			}
			arrivals = append(arrivals, journal.Arrival{Stream: h.Stream, Generation: h.Generation, Entries: entries, Checkpoint: point,
				Signer: from.Key.Node, Note: note})
		}
		chain, err = journal.ChainOf(ctx, tx, from.Key.Node)
		return err
	})
	to.Write(func(tx *store.Tx) error {
		for _, certificate := range chain {
			if err := journal.SaveCertificate(ctx, tx, certificate); err != nil {
				return err
			}
		}
		return nil
	})
	for _, a := range arrivals {
		to.Write(func(tx *store.Tx) error {
			if _, err := journal.Take(ctx, tx, a); err != nil {
				return err
			}
			return to.ApplyPending(ctx, tx, a.Stream, a.Generation)
		})
	}
}

// trust makes each node know the city's certificate and its own, as joining does: the city is the node given first.
func trust(t testing.TB, cityNode *node, units map[*node]event.Unit) {
	t.Helper()
	ctx := context.Background()
	root, err := cityNode.Key.SignCertificate(journal.Certificate{Node: cityNode.Key.Node, Unit: city, Verifier: cityNode.Key.Verifier()})
	if err != nil {
		t.Fatal(err)
	}
	for n, unit := range units {
		own, err := cityNode.Key.SignCertificate(journal.Certificate{Node: n.Key.Node, Unit: unit, Verifier: n.Key.Verifier()})
		if err != nil {
			t.Fatal(err)
		}
		n.Write(func(tx *store.Tx) error {
			if err := journal.SaveCertificate(ctx, tx, root); err != nil || n == cityNode {
				return err
			}
			return journal.SaveCertificate(ctx, tx, own)
		})
	}
}

// digests are those of every table of the room, for one unit's slice or, with an empty unit, for the whole.
func digests(t testing.TB, n *node, unit event.Unit) (out map[string]string) {
	t.Helper()
	n.Read(func(tx *store.Tx) (err error) {
		out, err = officetest.Digests(tx, n.Rooms(), unit)
		return err
	})
	return out
}

func sameDigests(t testing.TB, what string, a, b map[string]string) {
	t.Helper()
	for table := range a {
		if a[table] != b[table] {
			t.Errorf("%s: %s has %s here and %s there", what, table, a[table], b[table])
		}
	}
}

func date(s string) citizen.Date { return citizen.MustDate(s) }

// problemOf is what the one waiting reaction says is in its way.
func problemOf(t testing.TB, n *node) (problem string) {
	t.Helper()
	n.Read(func(tx *store.Tx) error {
		return tx.Get(context.Background(), "select problem from office_reaction where done = 0 order by leaf limit 1", nil, &problem)
	})
	return problem
}

// empty tells that a table has no row.
func (n *node) empty(t testing.TB, table string) {
	t.Helper()
	n.Read(func(tx *store.Tx) error {
		var rows int64
		err := tx.Get(context.Background(), "select count(*) from "+table, nil, &rows)
		if rows > 0 {
			t.Errorf("%s has %d rows", table, rows)
		}
		return err
	})
}
