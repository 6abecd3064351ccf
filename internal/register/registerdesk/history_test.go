package registerdesk_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// What was true on a day as it is registered today, and as it was registered then: a correction speaks of the past too, a change does not.
func TestAsOf_BothTimes(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		man, _, _, _ := family(t, n)
		clerk := operator(s1)
		n.later(28)
		group, name := "10", "张山"
		corrected(t, n, man, register.Correct{Items: register.Items{EthnicGroup: &group}, Category: "52", On: date("2005-10-10")})
		n.later(10)
		corrected(t, n, man, register.Correct{Items: register.Items{Name: &name}, Category: "21", On: date("2005-10-15")})
		must[registerdesk.DeathOutput](t, n, clerk, "register.death", registerdesk.DeathInput{Tenure: man, Date: date("2005-10-18")})
		for _, c := range []struct {
			date, known       string
			name, group, then string
		}{
			{"2005-09-20", "", "张三", "10", "张三 01 open"},
			{"2005-10-12", "", "张三", "10", "张三 10 open"},
			{"2005-10-16", "", "张山", "10", "张三 10 open"},
			{"2005-10-16", "2005-10-20", "张山", "10", "张山 10 open"},
			{"2005-10-19", "", "张山", "10", "张三 10 open"},
		} {
			in := registerdesk.AsOfInput{Tenure: man, Date: date(c.date), Purpose: "核对亲属关系"}
			if c.known != "" {
				in.Known = date(c.known)
			}
			out := must[registerdesk.AsOfOutput](t, n, clerk, "register.as_of", in)
			then := fmt.Sprint(out.Then.Record.Name, " ", out.Then.Record.EthnicGroup, " ", out.Then.State)
			if out.Today.Record.Name != c.name || out.Today.Record.EthnicGroup != c.group || then != c.then {
				t.Errorf("%s known %s: today %s %s, then %s", c.date, c.known, out.Today.Record.Name, out.Today.Record.EthnicGroup, then)
			}
		}
		out := must[registerdesk.AsOfOutput](t, n, clerk, "register.as_of", registerdesk.AsOfInput{Tenure: man, Date: date("2005-10-19"), Purpose: "核对"})
		if out.Today.State != register.StateDead || out.Then.State != register.StateOpen {
			t.Errorf("%+v", out)
		}
		out = must[registerdesk.AsOfOutput](t, n, clerk, "register.as_of", registerdesk.AsOfInput{Tenure: man, Date: date("2000-01-01"), Purpose: "核对"})
		if out.Today.Record.EthnicGroup != "10" || out.Then != nil {
			t.Errorf("nothing was registered here in 2000: %+v", out)
		}
		lines := must[registerdesk.HistoryOutput](t, n, clerk, "register.history", registerdesk.HistoryInput{Tenure: man, Purpose: "核对"}).Lines
		if len(lines) != 4 || lines[0].Kind != register.KindChunkImported || !lines[1].Correction || lines[1].Altered[0] != (register.Altered{Item: "ethnic_group", Before: "01", After: "10"}) ||
			lines[2].Correction || len(lines[2].Altered) != 1 || lines[3].EffectiveOn != date("2005-10-18") || lines[3].Text.ZH != "死亡注销" {
			t.Errorf("%+v", lines)
		}
		n.Check()
	})
}

// 居民身份证法（2003）第6条: every query about a person needs a purpose and is in the log before it is answered; counts have no names.
func TestSearch_PagesAreasAndLog_Art6(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1, s2)
		family(t, n)
		imported(t, n, s2, person(t, "张顺", citizen.Male, 949, "Z1", "02"), person(t, "郑爽", citizen.Female, 950, "Z2", "02"))
		clerk := operator(county)
		search := func(in registerdesk.SearchInput) (names string, next string) {
			in.Purpose = "走失人员查找"
			out := must[registerdesk.SearchOutput](t, n, clerk, "register.search", in)
			for _, f := range out.Found {
				names += f.Record.Name + " "
			}
			return names, out.Next
		}
		for _, c := range []struct {
			in   registerdesk.SearchInput
			want string
		}{
			{registerdesk.SearchInput{Initials: "zs"}, "张三 张顺 郑爽 "},
			{registerdesk.SearchInput{Initials: "ZX"}, "张小军 "},
			{registerdesk.SearchInput{Initials: "zs", Unit: s2}, "张顺 郑爽 "},
			{registerdesk.SearchInput{Name: "张"}, "张三 张顺 张小军 "},
			{registerdesk.SearchInput{HouseholdNo: "H1"}, "李梅 张三 张小军 "},
			{registerdesk.SearchInput{Address: "南关区南岭", Unit: s2}, "张顺 郑爽 "},
			{registerdesk.SearchInput{Number: resident(t, "", citizen.Male, 949).Number}, "张顺 "},
			{registerdesk.SearchInput{Address: "南岭街道1号", Unit: s2}, "张顺 郑爽 "},
			{registerdesk.SearchInput{Address: "街道1号", Unit: s2}, "张顺 郑爽 "},
			{registerdesk.SearchInput{Address: "1号", Unit: s2}, "张顺 郑爽 "},
			{registerdesk.SearchInput{Address: "%", Unit: s2}, ""},
			{registerdesk.SearchInput{Address: "岭_道", Unit: s2}, ""},
			{registerdesk.SearchInput{Address: "北", Unit: s1}, ""},
		} {
			if got, _ := search(c.in); got != c.want {
				t.Errorf("%+v: %q, want %q", c.in, got, c.want)
			}
		}
		all, after := "", ""
		for range 3 {
			page, next := search(registerdesk.SearchInput{Initials: "zs", Limit: 1, After: after})
			all, after = all+page, next
		}
		if all != "张三 张顺 郑爽 " || after != "" {
			t.Errorf("pages: %q, next %q", all, after)
		}
		_, err := do[registerdesk.SearchOutput](n, clerk, "register.search", registerdesk.SearchInput{Initials: "zs"})
		wantRefusal(t, err, "register.no_purpose")
		counted := must[registerdesk.CountOutput](t, n, operator(county, office.Leader), "register.count", registerdesk.CountInput{By: "unit"})
		if counted.Residents != 6 || counted.Households != 4 || len(counted.Counts) != 2 || counted.Counts[0].Count != 4 {
			t.Errorf("%+v", counted)
		}
		n.Read(func(tx *store.Tx) error {
			var looked int64
			err := tx.Get(context.Background(), "select count(*) from register_look_up where how = 'initials'", nil, &looked)
			if looked != 6 {
				t.Errorf("%d searches by initials are in the log", looked)
			}
			return err
		})
		n.Check()
	})
}

// 户口登记条例第7条: late is registered all the same, and listed for the inspection of the station.
func TestLateDeclarations_Art7(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config, county, s1)
		_, wife, _, _ := family(t, n)
		allotted(t, n, s1, "2005-03-01", "2005-12-31", 10)
		in := newborn(wife)
		must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)
		in.Name, in.BirthDate = "王大宝", date("2005-03-01")
		late := must[registerdesk.BirthOutput](t, n, operator(s1), "register.birth", in)
		ask := registerdesk.LateInput{From: date("2005-09-12"), To: date("2005-09-12"), Purpose: "检查"}
		found := must[[]registerdesk.LateDeclared](t, n, reviewer(county), "register.late_declarations", ask)
		if len(found) != 1 || found[0].Tenure != late.Tenure || found[0].Days != 195 || found[0].Text.ZH != "出生登记" {
			t.Errorf("%+v", found)
		}
		ask.From, ask.To = date("2005-09-10"), date("2005-09-11")
		if found := must[[]registerdesk.LateDeclared](t, n, reviewer(county), "register.late_declarations", ask); len(found) != 0 {
			t.Errorf("%+v", found)
		}
	})
}

// A late one is listed however many declared in time stand before it.
func TestLateDeclarations_BehindThoseInTime(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t), county, s1)
	var events []event.Event
	for i := range 501 {
		body := register.BirthRegistered{Change: register.Change{Resident: "r", Tenure: fmt.Sprintf("t%03d", i), Version: 1, EffectiveOn: date("2005-09-12"), Record: register.Record{Name: "张三"}}, Late: i == 500}
		events = append(events, event.Event{Stream: event.Up(s1), Kind: register.KindBirthRegistered, V: 1, Subject: body.Tenure, Body: body})
	}
	forge(t, n, events...)
	found := must[[]registerdesk.LateDeclared](t, n, reviewer(county), "register.late_declarations", registerdesk.LateInput{From: date("2005-09-12"), To: date("2005-09-12"), Purpose: "检查"})
	if len(found) != 1 || found[0].Tenure != "t500" {
		t.Errorf("%+v", found)
	}
}
