package registerdesk_test

import (
	"context"
	"errors"
	"testing"

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
	"pgregory.net/rapid"
)

// story plays every kind of the register on one node, so that facts about one tenure stand in several streams.
func story(t testing.TB, n *node) {
	t.Helper()
	ids := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942), resident(t, "王强", citizen.Male, 941), resident(t, "张三", citizen.Male, 943),
		resident(t, "赵四", citizen.Male, 945))
	allotted(t, n, s1, "2005-09-01", "2005-12-31", 8)
	child := newborn(ids[0])
	child.Booklet = false
	born := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", child)
	must[[]registerdb.Missing](t, n, operator(s1), "register.bring_papers", registerdesk.PapersInput{Tenure: born.Tenure, Papers: []register.Paper{{Kind: register.PaperBooklet}}})
	correctName(t, n, ids[0], 1)
	number := resident(t, "", citizen.Male, 947).Number
	corrected(t, n, ids[1], register.Correct{Items: register.Items{Number: &number}, Category: "11", On: date("2005-09-12")})
	decided(t, n, func(b register.By, ref *event.Ref) (event.Event, error) {
		events, err := register.LinkIdentity(b, n.tenure(t, ids[1]), register.Link{OldNumber: "220102750308941", OldUnit: s2, Certificate: "Z1", Decision: ref}, nil)
		return events[0], err
	})
	must[[]registerdesk.Found](t, n, operator(s1), "register.find", registerdesk.FindInput{Name: "李", Purpose: "办理迁出"})
	// Moved out, returned, resumed, moved out again, arrived, moved back.
	gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(ids[0], s2))
	must[registerdesk.None](t, n, operator(s2), "register.return_move", registerdesk.ReturnInput{ToTenure: gone.ToTenure, Ground: "地址不符"})
	n.react(t)
	gone = must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(ids[0], s2))
	must[registerdesk.MoveInOutput](t, n, operator(s2), "register.move_in", in(gone.ToTenure, ""))
	back := out(gone.ToTenure, s1)
	back.On = date("2005-09-12")
	gone = must[registerdesk.MoveOutOutput](t, n, operator(s2), "register.move_out", back)
	must[registerdesk.MoveInOutput](t, n, operator(s1), "register.move_in", in(gone.ToTenure, ""))
	// Asked for, refused, asked again, taken in; one left in transit.
	ask := registerdesk.RequestInput{FromUnit: s1, Number: number, Name: "王强", HouseholdNo: "H7", Address: "人民大街7号", Relation: "02", On: date("2005-09-12")}
	refused := must[registerdesk.RequestOutput](t, n, operator(s3), "register.request_move_in", ask)
	must[registerdesk.None](t, n, operator(s1), "register.refuse_move", registerdesk.RefuseInput{Request: refused.Request, Ground: "本人未同意"})
	answer := out(ids[1], s3)
	answer.Request = must[registerdesk.RequestOutput](t, n, operator(s3), "register.request_move_in", ask).Request
	must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", answer)
	n.react(t)
	must[registerdesk.ReportOutput](t, n, operator(s3), "register.report_event", registerdesk.ReportInput{Tenure: ids[2], Event: "other", On: date("2005-09-10")})
	must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(ids[2], s2))
	n.react(t)
	// A death that another station reported; closed, restored by a decision, cancelled.
	told := must[registerdesk.ReportOutput](t, n, operator(s2), "register.report_event", registerdesk.ReportInput{Tenure: ids[3], Event: "death", On: date("2005-09-10")})
	must[registerdesk.DeathOutput](t, n, operator(s1), "register.death", registerdesk.DeathInput{Tenure: ids[3], Date: date("2005-09-10"), Report: told.Report})
	decided(t, n, func(b register.By, ref *event.Ref) (event.Event, error) {
		return register.Restore(b, n.tenure(t, ids[3]), date("2005-09-12"), "本人到所", ref)
	})
	decided(t, n, func(b register.By, ref *event.Ref) (event.Event, error) {
		return register.Cancel(b, n.tenure(t, ids[3]), date("2005-09-12"), "2", ref, ref)
	})
	households(t, n)
}

// decided carries out a rule that another room's desk calls.
func decided(t testing.TB, n *node, rule func(register.By, *event.Ref) (event.Event, error)) {
	t.Helper()
	e, err := rule(register.By{Unit: s1, Today: citizen.DateOf(n.Now)}, &event.Ref{Stream: event.Up(county), Generation: 1, Seq: 0, Leaf: "0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Act(context.Background(), operator(s1), func(_ context.Context, w *office.Work) error {
		w.Emit(e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

var errUndo = errors.New("undo")

// The tables do not depend on the order in which streams arrive, nor on an entry arriving twice (ADR 0004); the engines agree.
func TestApply_AnyOrderBetweenStreams(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3)
	story(t, n)
	n.Check()
	want := digests(t, n, "")
	trees := make(map[event.Stream][]journal.Entry)
	n.Read(func(tx *store.Tx) error {
		return journal.Each(ctx, tx, func(e *journal.Entry) error {
			trees[e.Stream] = append(trees[e.Stream], *e)
			return nil
		})
	})
	kinds := make(map[string]bool)
	for _, entries := range trees {
		for _, e := range entries {
			kinds[e.Kind] = true
		}
	}
	for kind := range registerdb.New().Kinds() {
		if !kinds[kind] {
			t.Errorf("the story has no %s", kind)
		}
	}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config, registerdb.New().Migration())
		rapid.Check(t, func(t *rapid.T) { officetest.Arrive(t, db, registerdb.New(), n.Blobs, trees, "", want) })
	})
}

// Nor do they depend on the order within a stream: every row is a fact, or the highest version of what its owner counts.
func TestApply_AnyOrderAtAll(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3)
	story(t, n)
	want := digests(t, n, "")
	var all []journal.Entry
	n.Read(func(tx *store.Tx) error {
		return journal.Each(ctx, tx, func(e *journal.Entry) error {
			all = append(all, *e, *e)
			return nil
		})
	})
	db := storetest.Open(t, storetest.SQLiteConfig(t), registerdb.New().Migration())
	rapid.Check(t, func(t *rapid.T) {
		shuffled := rapid.Permutation(all).Draw(t, "order")
		err := db.Write(ctx, func(tx *store.Tx) error {
			for i := range shuffled {
				if err := registerdb.New().Apply(ctx, tx, &office.Applied{Entry: &shuffled[i], Blobs: n.Blobs}); err != nil {
					return err
				}
			}
			got, err := officetest.Digests(tx, []office.Room{registerdb.New()}, "")
			if err != nil {
				return err
			}
			for table := range want {
				if got[table] != want[table] {
					t.Errorf("%s: %s, want %s", table, got[table], want[table])
				}
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatal(err)
		}
	})
}

// One story gives the same rows on both engines, save for what is minted anew each time.
func TestStory_OnBothEngines(t *testing.T) {
	rows := make(map[string]string)
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2, s3)
		story(t, n)
		n.Check()
		n.Read(func(tx *store.Tx) error {
			found, err := registerdb.ByName(context.Background(), tx, city, "")
			if err != nil {
				return err
			}
			var list string
			for _, f := range found {
				list += f.Record.Pinyin + " " + string(f.Unit) + " " + f.State + "\n"
			}
			rows[list] += t.Name()
			return nil
		})
	})
	if len(rows) != 1 {
		t.Errorf("the engines differ: %v", rows)
	}
}
