package registerdesk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// standing are the words by which a child could be told by its parents' standing (P6). An adult's own marital status is an item of the form and is
// not among them.
var standing = regexp.MustCompile(`(?i)wedlock|legitim|illegit|out_?of_?plan|family_?plan|birth_?plan|birth_?quota|unplanned|second_child|paternity|超生|非婚|婚生|计划外|计划生育|准生|社会抚养|政策外|亲子鉴定|抚养费`)

// bodies are the bodies of every kind.
var bodies = map[string]any{
	register.KindChunkImported: register.ChunkImported{}, register.KindNumbersAllotted: register.NumbersAllotted{}, register.KindNumberReserved: register.NumberReserved{},
	register.KindBirthRegistered: register.BirthRegistered{}, register.KindMoveInRequested: register.MoveInRequested{}, register.KindMoveRefused: register.MoveRefused{},
	register.KindMovedOut: register.MovedOut{}, register.KindMovedIn: register.MovedIn{}, register.KindArrivalConfirmed: register.ArrivalConfirmed{},
	register.KindMoveReturned: register.MoveReturned{}, register.KindTenureResumed: register.TenureResumed{}, register.KindEventReported: register.EventReported{},
	register.KindReportAnswered: register.ReportAnswered{}, register.KindDeathRegistered: register.DeathRegistered{}, register.KindItemsCorrected: register.ItemsCorrected{},
	register.KindPapersBrought: register.PapersBrought{}, register.KindCancelled: register.Cancelled{}, register.KindRestored: register.Restored{},
	register.KindLookedUp: register.LookedUp{}, register.KindIdentityLinked: register.IdentityLinked{}, register.KindHouseholdSetUp: register.HouseholdChange{}, register.KindHouseholdChanged: register.HouseholdChange{},
	register.KindHouseholdDissolved: register.HouseholdChange{}, register.KindMembershipChanged: register.Rehoused{}, register.KindAddressChanged: register.Rehoused{},
	register.KindRedivided: register.Rehoused{}, register.KindPlaceRegistered: register.Place{}, register.KindPlaceChanged: register.Place{},
	register.KindPlaceRemoved: register.Place{}, register.KindSubmitted: register.Submitted{}, register.KindDecided: register.Decided{},
	register.KindNoticeServed: register.NoticeServed{}, register.KindDecisionReturned: register.DecisionReturned{}, register.KindLateEntered: register.LateEntered{},
	register.KindRemoved: register.Removed{}, register.KindClassChanged: register.ClassChanged{}, register.KindPapersAsked: register.PapersAsked{},
	register.KindRedivisionOrdered: register.RedivisionOrdered{},
}

// P6: no body, input, table, code, paper, text, export column or count of the register has a word for the parents' standing.
func TestStanding_NoWordAnywhere(t *testing.T) {
	look := func(where string, words ...string) {
		for _, w := range words {
			if standing.MatchString(w) {
				t.Errorf("%s: %q", where, w)
			}
		}
	}
	if got, want := slices.Sorted(maps.Keys(bodies)), slices.Sorted(maps.Keys(register.Words)); !slices.Equal(got, want) {
		t.Fatalf("bodies of %v, kinds %v", got, want)
	}
	for kind, body := range bodies {
		look(kind, fields(reflect.TypeOf(body), 5)...)
	}
	for _, a := range registerdesk.Actions() {
		look(a.Name, fields(a.Input, 5)...)
	}
	for _, out := range []any{registerdesk.BirthOutput{}, registerdesk.SubmitOutput{}, registerdesk.Found{}, registerdesk.Pending{}, registerdesk.HouseholdShown{},
		registerdesk.HistoryOutput{}, registerdesk.AsOfOutput{}, registerdesk.CountOutput{}, registerdesk.StillMissing{}} {
		look(fmt.Sprintf("%T", out), fields(reflect.TypeOf(out), 5)...)
	}
	for _, table := range registerdb.New().Tables() {
		look(table.Name, append(table.Key, table.Columns...)...)
	}
	for _, c := range personfile.Columns() {
		look("person file", c.English(), c.Chinese())
	}
	for _, table := range []*citizen.Table{citizen.ChangeKinds, citizen.ChangeScopes, citizen.ChangeReasons, citizen.AlterationCategories, citizen.CancellationMarks,
		citizen.PersonStates, citizen.HouseholdKinds, citizen.HukouClasses, citizen.Relations} {
		for _, code := range table.All() {
			look(table.Name, code.ZH, code.EN)
		}
	}
	for _, by := range []string{"marital_status", "father_number", "mother_number", "record", "relation"} {
		if registerdb.CountBy(by) {
			t.Errorf("residents can be counted by %s", by)
		}
	}
	for _, pattern := range []string{"../*.go", "*.go", "../registerdb/*.go"} {
		for where, words := range literals(t, pattern) {
			look(where, words...)
		}
	}
	migrations, err := filepath.Glob("../registerdb/migrations/*.sql")
	if err != nil || len(migrations) < 2 {
		t.Fatal(migrations, err)
	}
	for _, name := range migrations {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		look(name, string(text))
	}
}

// fields are the names of a type's members, and of theirs.
func fields(t reflect.Type, depth int) (names []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || depth == 0 {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		names = append(names, f.Name, f.Tag.Get("json"))
		names = append(names, fields(f.Type, depth-1)...)
	}
	return names
}

// literals are the texts in the sources, tests left out.
func literals(t *testing.T, pattern string) map[string][]string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatal(pattern, err)
	}
	all := make(map[string][]string)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				all[name] = append(all[name], lit.Value)
			}
			return true
		})
	}
	return all
}

var minted = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}`)

// childOf registers one child at birth and one late, of parents of a standing, and gives everything that the node wrote, answered and can count.
func childOf(t *testing.T, config store.Config, marital, spouse string) string {
	t.Helper()
	n := newNode(t, config, county, s1)
	mother, father := person(t, "李梅", citizen.Female, 942, "H1", "02"), person(t, "王强", citizen.Male, 943, "H2", "02")
	mother.MaritalStatus, mother.SpouseNumber = marital, spouse
	ids := imported(t, n, s1, mother, father)
	allotted(t, n, s1, "2005-09-01", "2005-12-31", 8)
	in := newborn(ids[0])
	in.FatherTenure, in.Certificate = ids[1], nil
	answers := []any{must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)}
	late := registerdesk.LateEntryInput{LateEntry: register.LateEntry{Name: "王大宝", Sex: "1", BirthDate: date("1999-06-01"), EthnicGroup: "01", HouseholdNo: "H1", Relation: "20",
		FatherNumber: father.Number, MotherNumber: mother.Number}, Applicant: "guardian", On: date("2005-09-12")}
	asked := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.late_entry", late)
	answers = append(answers, asked, must[[]registerdesk.Pending](t, n, reviewer(county), "register.pending", registerdesk.PendingInput{Purpose: "催办"}),
		approve(t, n, county, asked.Submission), must[[]registerdesk.StillMissing](t, n, operator(s1), "register.missing", registerdesk.MissingInput{Purpose: "催补"}))
	for _, by := range []string{"unit", "sex", "ethnic_group", "birth_year", "entered"} {
		answers = append(answers, must[registerdesk.CountOutput](t, n, operator(county, office.Leader), "register.count", registerdesk.CountInput{By: by}))
	}
	var out strings.Builder
	for _, a := range answers {
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n", text)
	}
	written(t, n, &out)
	return minted.ReplaceAllString(out.String(), "*")
}

// written adds every entry and every row of the register, save those of the mother herself.
func written(t *testing.T, n *node, out *strings.Builder) {
	t.Helper()
	n.Read(func(tx *store.Tx) error {
		var lines []string
		if err := journal.Each(context.Background(), tx, func(e *journal.Entry) error {
			lines = append(lines, fmt.Sprintln(e.Stream, e.Seq, e.Kind, e.V, string(e.Body)))
			return nil
		}); err != nil {
			return err
		}
		for _, table := range registerdb.New().Tables() {
			if err := tx.Rows(context.Background(), table, "", func(r store.Row) error {
				if row := r.String(); !strings.Contains(row, "李梅") {
					lines = append(lines, table.Name+" "+row+"\n")
				}
				return nil
			}); err != nil {
				return err
			}
		}
		for i := range lines {
			lines[i] = minted.ReplaceAllString(lines[i], "*")
		}
		slices.Sort(lines)
		for _, l := range lines {
			out.WriteString(l)
		}
		return nil
	})
}

// P6: of two children alike but for the standing of their parents everything that is written, answered and counted is the same byte for byte, apart
// from what is minted anew each time.
func TestStanding_NoTraceAnywhere(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		want := childOf(t, config, "20", resident(t, "", citizen.Male, 943).Number)
		if !strings.Contains(want, "王小宝") || !strings.Contains(want, "王大宝") || !strings.Contains(want, register.KindLateEntered) {
			t.Fatal("the children are not there")
		}
		for _, marital := range []string{"10", "40", ""} {
			var other store.Config
			if config.Postgres != "" {
				other = storetest.PostgresConfig(t)
			} else {
				other = storetest.SQLiteConfig(t)
			}
			if got := childOf(t, other, marital, ""); got != want {
				t.Errorf("marital status %q leaves a trace: %s", marital, firstDifference(want, got))
			}
		}
	})
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return fmt.Sprint(len(x), " lines, ", len(y))
}

// What is forgotten of a subject is derived again from its own entries: for every subject of the story.
func TestForget_EverySubject(t *testing.T) {
	ctx := context.Background()
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2, s3)
	story(t, n)
	want := digests(t, n, "")
	room := registerdb.New()
	entries := make(map[string][]journal.Entry)
	n.Read(func(tx *store.Tx) error {
		return journal.Each(ctx, tx, func(e *journal.Entry) error {
			entries[e.Subject] = append(entries[e.Subject], *e)
			return nil
		})
	})
	for _, subject := range slices.Sorted(maps.Keys(entries)) {
		n.Write(func(tx *store.Tx) error {
			refs, err := room.Forget(ctx, tx, subject)
			if err != nil {
				return err
			}
			again := entries[subject]
			for _, ref := range refs {
				e, err := journal.At(ctx, tx, ref)
				if err != nil {
					return err
				}
				again = append(again, e)
			}
			for i := range again {
				if err := room.Apply(ctx, tx, &office.Applied{Entry: &again[i], Blobs: n.Blobs}); err != nil {
					return err
				}
			}
			return nil
		})
		got := digests(t, n, "")
		if !maps.Equal(got, want) {
			t.Fatalf("%s is not as it was: %s", subject, entries[subject][0].Kind)
		}
	}
	n.Write(func(tx *store.Tx) error {
		for subject := range entries {
			if _, err := room.Forget(ctx, tx, subject); err != nil {
				return err
			}
		}
		return nil
	})
	for _, table := range room.Tables() {
		n.empty(t, table.Name)
	}
}
