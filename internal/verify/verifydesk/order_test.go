package verifydesk_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/officetest"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
	"pgregory.net/rapid"
)

// story plays every kind of the room, so that the steps of one matter stand in several streams.
func story(n *node) {
	n.t.Helper()
	wrong := resident("孙六", citizen.Male, "1960-02-03", 941, "5", "02")
	wrong.Number = "220102196002030000"
	ids := n.load(s1, append(family("1", 941), wrong)...)
	run := must[verifydesk.RunOutput](n, clerk(s1), "verify.run", verifydesk.RunInput{Purpose: "逻辑检查"})
	visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids[:2],
		Differences: []verify.Difference{{Tenure: ids[1], Item: "name", Told: "李玫"}}})
	must[verifydesk.RevisitOutput](n, officer(county), "verify.revisit", verifydesk.VisitInput{Unit: s1, HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids[:2]})
	c := must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[1], Items: register.Items{Name: text("李玫")},
		Category: "22", On: n.today(), Evidence: "结婚证", Source: visit.Visit})
	n.do(reviewer(county), "verify.approve_correction", verifydesk.JudgeInput{Correction: c.Correction})
	c = must[verifydesk.ProposeOutput](n, clerk(s1), "verify.propose_correction", verifydesk.ProposeInput{Tenure: ids[0], Items: register.Items{Sex: text("2")}, Category: "32", On: n.today(), Evidence: "口述"})
	n.do(reviewer(county), "verify.refuse_correction", verifydesk.JudgeInput{Correction: c.Correction, Ground: "证据不足"})
	compared := must[[]verifydesk.ComparedOutput](n, clerk(s1), "verify.compare", verifydesk.CompareInput{Looked: []string{"form", "booklet", "card"},
		Members: []verifydesk.ComparedMember{{Tenure: ids[0], Differs: []verify.Typed{{Source: "card", Item: "address", Value: "南关区"}}}}})
	must[verifydesk.OrderOutput](n, clerk(s1), "verify.order_done", verifydesk.OrderInput{Comparison: compared[0].Comparison, Source: "card", Item: "address", On: n.today()})
	// A wrong number: new number, noticed, carried out, closed.
	number := run.Cases[0]
	n.heard(s1, number, ids[2])
	n.do(reviewer(county), "verify.propose", verifydesk.ProposalInput{Case: number, Ground: "错号", Orders: []verify.CaseOrder{{Tenure: ids[2], Do: verify.DoNewNumber}}})
	n.do(leader(county), "verify.decide", verifydesk.CaseInput{Case: number})
	n.served(s1, number, ids[2])
	// A double registration: given back, decided, objected, decided, carried out, reversed; and one that is returned.
	first, second, double := n.double(s1, s2)
	n.heard(s1, double, first)
	n.heard(s2, double, second)
	proposal := verifydesk.ProposalInput{Case: double, Ground: "g", Orders: []verify.CaseOrder{{Tenure: first, Do: verify.DoCancel}, {Tenure: second, Do: verify.DoKeep}}}
	n.do(reviewer(county), "verify.propose", proposal)
	n.do(leader(county), "verify.refuse_proposal", verifydesk.CaseInput{Case: double, Ground: "再核"})
	n.decided(county, double, first, second)
	n.served(s2, double, second)
	n.do(officer(s2), "verify.object", verifydesk.HearInput{Case: double, Tenure: second, On: n.today(), Words: "不同意"})
	n.decided(county, double, first, second)
	n.do(clerk(s1), "verify.return_decision", verifydesk.CaseInput{Case: double, Ground: "地址有误"})
	n.decided(county, double, first, second)
	n.served(s1, double, first)
	n.served(s2, double, second)
	n.later(16)
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: number})
	n.do(clerk(s1), "verify.carry_out", verifydesk.CaseInput{Case: double})
	n.do(clerk(s2), "verify.carry_out", verifydesk.CaseInput{Case: double})
	n.do(officer(s1), "verify.prove_life", verifydesk.HearInput{Case: double, Tenure: first, On: n.today(), Words: "本人到所"})
	n.do(leader(county), "verify.reverse", verifydesk.ReverseInput{Case: double, Tenure: first, Ground: "两人"})
	// A newborn whose record breaks a rule, and an application.
	must[register.Range](n, leader(county), "register.allot_numbers", register.Allot{Station: s1, BirthFrom: citizen.MustDate("2005-09-01"), BirthTo: citizen.MustDate("2005-12-31"), PerDay: 10})
	born := must[registerdesk.BirthOutput](n, clerk(s1), "register.birth", registerdesk.BirthInput{Name: "王小宝", Sex: "1", BirthDate: citizen.MustDate("2005-09-10"), FatherTenure: ids[0], Relation: "30"})
	n.react()
	n.confirmed(clerk(s1), s1, born.Tenure)
}

var errUndo = errors.New("undo")

// The tables do not depend on the order in which streams arrive, nor on an entry arriving twice (ADR 0004); a station that holds what is due to it has
// the same slice as the city; the engines agree.
func TestApply_AnyOrderBetweenStreams(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t))
	story(n)
	n.Check()
	rooms := []office.Room{verifydb.New()}
	want := make(map[event.Unit]map[string]string)
	n.Read(func(tx *store.Tx) (err error) {
		for _, unit := range []event.Unit{"", s1} {
			if want[unit], err = officetest.Digests(tx, rooms, unit); err != nil {
				return err
			}
		}
		return nil
	})
	trees := make(map[event.Stream][]journal.Entry)
	kinds := make(map[string]bool)
	n.Read(func(tx *store.Tx) error {
		return journal.Each(ctx, tx, func(e *journal.Entry) error {
			if _, ok := verify.Words[e.Kind]; ok {
				trees[e.Stream] = append(trees[e.Stream], *e)
				kinds[e.Kind] = true
			}
			return nil
		})
	})
	for kind := range verify.Words {
		if !kinds[kind] {
			t.Errorf("the story has no %s", kind)
		}
	}
	names := slices.Sorted(maps.Keys(trees))
	shuffled := func(t *rapid.T, db *store.DB) {
		unit := rapid.SampledFrom([]event.Unit{"", s1}).Draw(t, "unit")
		at := make(map[event.Stream]int)
		left := slices.DeleteFunc(slices.Clone(names), func(s event.Stream) bool { return unit != "" && !s.DueTo(unit) })
		err := db.Write(ctx, func(tx *store.Tx) error {
			for len(left) > 0 {
				k := rapid.IntRange(0, len(left)-1).Draw(t, "stream")
				stream := left[k]
				e := trees[stream][at[stream]]
				for range rapid.IntRange(1, 2).Draw(t, "times") {
					if err := verifydb.New().Apply(ctx, tx, &office.Applied{Entry: &e}); err != nil {
						return err
					}
				}
				if at[stream]++; at[stream] == len(trees[stream]) {
					left = slices.Delete(left, k, k+1)
				}
			}
			got, err := officetest.Digests(tx, rooms, unit)
			if err != nil {
				return err
			}
			for table := range want[unit] {
				if got[table] != want[unit][table] {
					t.Errorf("%q %s: %s, want %s", unit, table, got[table], want[unit][table])
				}
			}
			return errUndo
		})
		if !errors.Is(err, errUndo) {
			t.Fatal(err)
		}
	}
	storetest.Both(t, func(t *testing.T, config store.Config) {
		db := storetest.Open(t, config, verifydb.New().Migration())
		rapid.Check(t, func(t *rapid.T) { shuffled(t, db) })
	})
}

// What is forgotten of a subject is derived again from its entries.
func TestForget_DerivesAgain(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	ids := n.load(s1, family("1", 941)...)
	visit := must[verifydesk.VisitOutput](n, officer(s1), "verify.visited", verifydesk.VisitInput{HouseholdNo: "1", On: n.today(), Signed: "王强1", Present: ids})
	n.Write(func(tx *store.Tx) error {
		refs, err := verifydb.New().Forget(context.Background(), tx, visit.Visit)
		if len(refs) != 0 {
			t.Errorf("%v", refs)
		}
		return err
	})
	if n.verified(ids[0]) || n.stage(s1, visit.Visit) != "" {
		t.Error("something of the visit was left")
	}
}
