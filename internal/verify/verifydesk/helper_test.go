package verifydesk_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const (
	city    event.Unit = "220100"
	county  event.Unit = "220102"
	county2 event.Unit = "220104"
	s1      event.Unit = "220102001"
	s2      event.Unit = "220102002"
	s3      event.Unit = "220104001"
)

// node is an office of the whole city: its stations' hands are in one database, as in a county without nodes.
type node struct {
	*officetest.Office
	t testing.TB
}

func newNode(t testing.TB, config store.Config) *node {
	t.Helper()
	o := officetest.Open(t, config, officetest.Setup{Unit: city, Hosts: []event.Unit{city, county, county2, s1, s2, s3},
		Rooms:     []office.Room{registerdb.New(), verifydb.New(), carddb.New()},
		Actions:   append(registerdesk.Actions(), verifydesk.Actions()...),
		Reactions: append(registerdesk.Reactions(), verifydesk.Reactions()...)})
	o.Now = time.Date(2005, 9, 12, 1, 0, 0, 0, time.UTC)
	return &node{o, t}
}

func op(unit event.Unit, who string, roles ...office.Role) office.Operator {
	return office.Operator{ID: who + "-" + string(unit), Login: who, Unit: unit, Roles: roles}
}

func clerk(unit event.Unit) office.Operator    { return op(unit, "clerk", office.Clerk) }
func officer(unit event.Unit) office.Operator  { return op(unit, "officer", office.AreaOfficer) }
func reviewer(unit event.Unit) office.Operator { return op(unit, "reviewer", office.Reviewer) }
func leader(unit event.Unit) office.Operator   { return op(unit, "leader", office.Leader) }

func must[O any](n *node, by office.Operator, action string, input any) (out O) {
	n.t.Helper()
	n.Must(by, action, input, &out)
	return out
}

// do is must of what gives nothing back, with the reactions that it calls for.
func (n *node) do(by office.Operator, action string, input any) {
	n.t.Helper()
	n.Must(by, action, input, nil)
	n.react()
}

func (n *node) react() {
	n.t.Helper()
	for {
		done, err := n.React(context.Background())
		if err != nil {
			n.t.Fatal(err)
		}
		if done == 0 {
			return
		}
	}
}

// later lets days pass.
func (n *node) later(days int) {
	n.Now = n.Now.AddDate(0, 0, days)
	n.Write(func(tx *store.Tx) error { return office.SeenFromAbove(context.Background(), tx, n.Now.UnixMilli()) })
}

func (n *node) today() citizen.Date { return citizen.DateOf(n.Now) }

func (n *node) tenure(id string) (t register.Tenure) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		found, ok, err := registerdb.TenureOf(context.Background(), tx, id)
		if err == nil && !ok {
			err = fmt.Errorf("tenure %s is not here", id)
		}
		t = found
		return err
	})
	return t
}

func (n *node) verified(id string) bool {
	n.t.Helper()
	t := n.tenure(id)
	var ok bool
	n.Read(func(tx *store.Tx) (err error) {
		_, ok, err = verifydb.VerifiedBy(context.Background(), tx, t.Unit, t.ID, register.MainMark(t.Record))
		return err
	})
	return ok
}

func (n *node) holds(id string) (held bool) {
	n.t.Helper()
	t := n.tenure(id)
	n.Read(func(tx *store.Tx) (err error) {
		held, err = verifydb.HoldsSigning(context.Background(), tx, t.Resident)
		return err
	})
	return held
}

// stage is that of one side of a matter.
func (n *node) stage(unit event.Unit, matter string) (stage string) {
	n.t.Helper()
	n.Read(func(tx *store.Tx) error {
		m, _, err := verifydb.MatterOf(context.Background(), tx, unit, matter)
		stage = m.Stage
		return err
	})
	return stage
}

// cases lists the cases at a unit by kind.
func (n *node) cases(unit event.Unit) map[string][]verify.Matter {
	n.t.Helper()
	all := make(map[string][]verify.Matter)
	n.Read(func(tx *store.Tx) error {
		found, err := verifydb.List(context.Background(), tx, unit, verify.ClassCase, "", 100)
		for _, m := range found {
			all[m.Kind] = append(all[m.Kind], m)
		}
		return err
	})
	return all
}

func resident(name string, sex citizen.Sex, birth string, sequence int, household, relation string) register.Record {
	number, err := citizen.NewNumber("220102", citizen.MustDate(birth), sequence)
	if err != nil {
		panic(err)
	}
	return register.Record{Number: number.String(), Name: name, Sex: string(sex), EthnicGroup: "01", BirthDate: citizen.MustDate(birth),
		NativePlace: "吉林省长春市", Address: "南关区南岭街道" + household + "号", HouseholdNo: household, Relation: relation}
}

// family is a household of two.
func family(household string, sequence int) []register.Record {
	return []register.Record{resident("王强"+household, citizen.Male, "1965-03-08", sequence, household, "02"),
		resident("李梅"+household, citizen.Female, "1966-05-01", sequence+1, household, "12")}
}

// load imports records at a station and gives their tenures in the same order.
func (n *node) load(unit event.Unit, records ...register.Record) []string {
	n.t.Helper()
	lines := make([]register.ChunkLine, len(records))
	for i, r := range records {
		lines[i].Record = r
	}
	blob, err := register.NewChunk(lines)
	if err != nil {
		n.t.Fatal(err)
	}
	n.do(op(city, "admin", office.Administrator), "register.import_chunk", registerdesk.ChunkInput{Unit: unit, SourceFile: "old.dbf", SourceKind: "computer",
		Chunks: []registerdesk.NamedChunk{{Name: "old.dbf 1", Blob: n.Blob(blob)}}})
	var ids []string
	if _, err := register.ReadChunk(blob, func(l register.StoredLine) error {
		ids = append(ids, l.Tenure)
		return nil
	}); err != nil {
		n.t.Fatal(err)
	}
	return ids
}

func text(s string) *string { return &s }

func sideOf(tx *store.Tx, unit event.Unit, id string) (verify.Side, error) {
	return verifydb.SideOf(context.Background(), tx, unit, id)
}
