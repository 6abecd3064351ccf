package registerdesk_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

func seen(t testing.TB, n *node, tenure string) registerdesk.ResidentShown {
	t.Helper()
	return must[registerdesk.ResidentShown](t, n, operator(s1), "register.resident", registerdesk.ResidentInput{Tenure: tenure, Purpose: "窗口办理"})
}

// The window sees a person with the household, what is missing and what waits at one look; another station sees nothing.
func TestResident_AtOneLook(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		_, wife, _, alone := family(t, n)
		allotted(t, n, s1, "2005-09-01", "2005-12-31", 4)
		in := newborn(wife)
		in.Certificate, in.Booklet = nil, false
		born := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)
		child := seen(t, n, born.Tenure)
		if child.Record.Number != born.Number || len(child.Members) != 4 || child.Household.No != "H1" || len(child.Missing) != 2 || child.Complaint == nil || child.EnteredKind != register.KindBirthRegistered {
			t.Fatalf("%+v", child)
		}
		asked := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.remove", registerdesk.MatterInput{Tenure: alone, Ground: "重复录入", Applicant: "station", On: date("2005-09-12")})
		man := seen(t, n, alone)
		if len(man.Pending) != 1 || man.Pending[0].Submission != asked.Submission || len(man.Missing) != 1 {
			t.Fatalf("%+v", man)
		}
		_, err := do[registerdesk.ResidentShown](n, operator(s2), "register.resident", registerdesk.ResidentInput{Tenure: alone, Purpose: "窗口办理"})
		wantRefusal(t, err, "office.other_area")
		_, err = do[registerdesk.ResidentShown](n, operator(s1), "register.resident", registerdesk.ResidentInput{Tenure: alone})
		wantRefusal(t, err, "register.no_purpose")
		n.Read(func(tx *store.Tx) error {
			matters, err := registerdb.CountMatters(context.Background(), tx, county)
			if err != nil {
				return err
			}
			papers, err := registerdb.CountPapers(context.Background(), tx, county)
			if matters != 1 || papers != 3 {
				t.Errorf("%d matters, %d papers", matters, papers)
			}
			return err
		})
	})
}

// Who decides sees the papers, the person and those who look alike on one page.
func TestMatter_WithItsFacts(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	_, _, _, alone := family(t, n)
	asked := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.remove", registerdesk.MatterInput{Tenure: alone, Ground: "重复录入", Applicant: "station", On: date("2005-09-12")})
	one := must[registerdesk.MatterShown](t, n, reviewer(county), "register.matter", registerdesk.MatterShownInput{Submission: asked.Submission, Purpose: "审批"})
	if one.Name != "王强" || one.Record == nil || len(one.Required) != 1 || len(one.Missing) != 1 || one.DecidedBy != county || one.WaitsFor != "decision" || one.AskedBy != operator(s1).ID {
		t.Fatalf("%+v", one)
	}
	must[registerdesk.DecideOutput](t, n, reviewer(county), "register.decide", registerdesk.DecideInput{Submission: asked.Submission, Ground: "证据不足"})
	n.Read(func(tx *store.Tx) error {
		count, err := registerdb.CountMatters(context.Background(), tx, county)
		if count != 0 {
			t.Errorf("%d matters wait, and the only one was refused", count)
		}
		return err
	})
	entry := unregistered()
	entry.Name, entry.BirthDate, entry.Sex = "王强", birthday, "1"
	late := must[registerdesk.SubmitOutput](t, n, operator(s1), "register.late_entry", entry)
	one = must[registerdesk.MatterShown](t, n, reviewer(county), "register.matter", registerdesk.MatterShownInput{Submission: late.Submission, Purpose: "审批"})
	if len(one.Alike) != 1 || one.Alike[0].Tenure != alone || one.Record != nil {
		t.Fatalf("%+v", one)
	}
}

// The migration paper can be printed again; its squares, scanned in any order, take the person in.
func TestMovePaper_PrintedAgainAndScanned(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1, s2)
	first := imported(t, n, s1, resident(t, "李梅", citizen.Female, 942))[0]
	ask := registerdesk.MovePaperInput{Tenure: first, Purpose: "打印迁移证"}
	_, err := do[registerdesk.MovePaperOutput](n, operator(s1), "register.move_paper", ask)
	wantRefusal(t, err, "register.not_moved")
	gone := must[registerdesk.MoveOutOutput](t, n, operator(s1), "register.move_out", out(first, s2))
	paper := must[registerdesk.MovePaperOutput](t, n, operator(s1), "register.move_paper", ask)
	if paper.ToTenure != gone.ToTenure || paper.ToUnit != s2 || paper.Record.Name != "李梅" || paper.DeclareBy != date("2005-09-14") || len(paper.Lines) == 0 {
		t.Fatalf("%+v", paper)
	}
	n.Read(func(tx *store.Tx) error {
		count, err := registerdb.CountMoves(context.Background(), tx, s2)
		if count != 1 {
			t.Errorf("%d moves", count)
		}
		return err
	})
	moves := must[registerdesk.MovesOutput](t, n, operator(s2), "register.moves", registerdesk.MovesInput{Purpose: "催办"})
	if len(moves.Moves) != 1 || moves.Moves[0].ToTenure != gone.ToTenure || moves.Moves[0].Late {
		t.Fatalf("%+v", moves)
	}
	slices.Reverse(paper.Lines)
	arrived := must[registerdesk.MoveInOutput](t, n, operator(s2), "register.move_in", in("", strings.Join(paper.Lines, "\r\n")))
	if arrived.Tenure != gone.ToTenure {
		t.Fatalf("%+v", arrived)
	}
}
