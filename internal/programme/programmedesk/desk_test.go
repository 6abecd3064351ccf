package programmedesk_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/storetest"
)

// Plan S1-S9, P9a: the plan's own calendar, milestones met by evidence, and the overdue list.
func TestPlan_CalendarAndMilestones(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.Refused(at(city), "programme.phases", m{}, "programme.no_plan")
		n.must(city, "programme.adopt_plan", m{"districts": []event.Unit{c1}}, nil)
		var out programmedesk.PhasesOutput
		n.must(city, "programme.phases", m{}, &out)
		if out.Phase == nil || out.Phase.Phase != programme.Preparation || out.Document != programme.Source {
			t.Fatalf("%+v", out)
		}
		n.Refused(at(s1), "programme.meet_milestone", m{"milestone": "stations"}, "programme.not_measured")
		n.resident(s1, "1970-01-01", "1970-01-01")
		n.Must(at(s1, office.Clerk), "programme.meet_milestone", m{"milestone": "stations"}, nil)
		n.Refused(at(s1), "programme.meet_milestone", m{"milestone": "stations"}, "programme.met_already")
		n.Refused(at(c1), "programme.meet_milestone", m{"milestone": "districts"}, "programme.not_measured")
		n.resident(s2, "1970-01-01", "1970-01-01")
		n.until("2005-09-02")
		n.must(c1, "programme.meet_milestone", m{"milestone": "districts"}, nil)
		n.must(c1, "programme.meet_milestone", m{"milestone": "funds", "paper": "财政局〔2005〕7号"}, nil)
		n.must(city, "programme.phases", m{}, &out)
		lights := make(map[string]programme.Light)
		for _, s := range out.Milestones {
			lights[string(s.Unit)+" "+s.Milestone] = s.Light
		}
		for key, want := range map[string]programme.Light{"220102001 stations": programme.Green, "220102002 stations": programme.Red, "220102 districts": programme.Blue,
			"220102 funds": programme.Green, "220104 counties": programme.Red, "220104 trained": programme.White, "220104 funds": programme.White} {
			if lights[key] != want {
				t.Errorf("%s is %s, want %s", key, lights[key], want)
			}
		}
		if _, ok := lights["220104 districts"]; ok {
			t.Error("a county that is no district has the districts' milestone")
		}
		if first := out.Milestones[0]; first.Light != programme.Red || first.Overdue != 2 || out.Phase.Phase != programme.Replacement {
			t.Errorf("%+v %+v", first, out.Phase)
		}
		n.Check()
	})
}

// Plan W3: counties file plans of their own, which are compared with the city's.
func TestPlans_Compared(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.must(city, "programme.adopt_plan", m{"target_people": 100, "years": map[int]int64{2006: 60, 2007: 40}}, nil)
	n.must(c1, "programme.adopt_plan", m{"title": "南关区实施方案", "document": "南政发〔2005〕3号", "target_people": 70, "years": map[int]int64{2006: 40, 2007: 30}}, nil)
	var out programmedesk.PlansOutput
	n.must(city, "programme.plans", m{}, &out)
	if out.Difference[2006] != -20 || out.Difference[2007] != -10 || !slices.Equal(out.Missing, []event.Unit{c2}) || len(out.Local) != 1 {
		t.Errorf("%+v", out)
	}
	var again programmedesk.PlanOutput
	n.must(c1, "programme.adopt_plan", m{"title": "南关区实施方案", "document": "南政发〔2005〕9号", "target_people": 100, "years": map[int]int64{2006: 60, 2007: 40}}, &again)
	n.must(city, "programme.plans", m{}, &out)
	if again.Version != 2 || out.Difference[2006] != 0 || len(out.Local) != 1 {
		t.Errorf("%+v %+v", again, out)
	}
	n.must(c1, "programme.adopt_plan", m{"title": "南关区实施方案", "document": "南政发〔2005〕9号", "milestones": []m{}}, nil)
	var calendar programmedesk.PhasesOutput
	n.must(s1, "programme.phases", m{}, &calendar)
	if len(calendar.Milestones) != 2 {
		t.Errorf("the city's milestones bind a station whose county has none: %+v", calendar.Milestones)
	}
	n.Check()
}

// Plan A1: quotas spread by population add up at every tier, are moved when a unit falls behind, and are refused with the difference when not.
func TestQuotas_AddUp(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		for i := range 7 {
			n.resident([]event.Unit{s1, s1, s1, s2, s3, s3, s3}[i], "1970-01-01", "1970-01-01")
		}
		n.resident(s2, "2000-01-01", "2000-01-01") // a child counts for no quota
		n.Refused(at(c1), "programme.redistribute", m{"year": 2006, "month": 1, "from": s1, "to": s2, "count": 1, "ground": "进度落后"}, "programme.no_quotas")
		var out, above programmedesk.QuotasOutput
		n.must(city, "programme.spread_quotas", m{"year": 2006, "total": 1000}, &above)
		share, _ := above.Of(c1)
		if above.Sum() != 1000 || share.Year() < 560 || share.Year() > 584 { // 4 of 7 adults
			t.Fatalf("%+v", above)
		}
		n.must(c1, "programme.spread_quotas", m{"year": 2006}, &out)
		if out.Sum() != share.Year() || !out.AddsUp || out.Months != share.Months {
			t.Fatalf("%+v", out)
		}
		move := m{"year": 2006, "month": 3, "from": s1, "to": s2, "count": 10, "ground": "二所窗口多", "dry_run": true}
		for range 2 { // a dry run can be made again: nothing was written
			var try programmedesk.QuotasOutput
			n.must(c1, "programme.redistribute", move, &try)
			if !try.DryRun || try.Version != 2 || try.Before[0].Months[2]-try.Shares[0].Months[2] != 10 {
				t.Errorf("%+v", try)
			}
		}
		delete(move, "dry_run")
		n.must(c1, "programme.redistribute", move, &out)
		if out.Version != 2 || out.Sum() != share.Year() || out.DryRun {
			t.Errorf("%+v", out)
		}
		n.must(city, "programme.redistribute", m{"year": 2006, "month": 3, "from": c2, "to": c1, "count": 5, "ground": "宽城分局落后"}, nil)
		n.must(c1, "programme.quotas", m{"year": 2006}, &out)
		if out.AddsUp || out.Difference != -5 {
			t.Errorf("the county's quotas no longer add up: %+v", out)
		}
		wrong := []m{{"unit": c1, "months": []int64{10}}, {"unit": c2, "months": []int64{5}}}
		err := n.Do(at(city), "programme.set_quotas", m{"year": 2007, "total": 16, "shares": wrong}, nil)
		if r, ok := event.AsRefusal(err); !ok || r.Code != "programme.quota_sum" || !strings.Contains(r.Text.EN, "difference is -1") {
			t.Errorf("%v", err)
		}
		n.Check()
	})
}

// A figure counts every return; its list names each application once and says how often it came back.
func TestProgress_ListOfReturnsSaysHowOften(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.until("2005-09-05")
	a := n.apply(s1, "t1")
	n.step(a, card.KindPhotographed, card.KindConfirmed, card.KindReturned, card.KindReturned)
	var out programmedesk.ProgressOutput
	n.must(city, "programme.progress", m{}, &out)
	var list []carddb.Place
	n.Must(at(city, office.Reviewer), "programme.list", m{"purpose": "核对退回", "figure": "returned"}, &list)
	var times int64
	for _, one := range list {
		times += one.Times
	}
	if counted := out.Total.Values[slices.Index(out.Columns, "returned")]; len(list) != 1 || times != 2 || counted != times {
		t.Errorf("%d counted, %d times in %+v", counted, times, list)
	}
}

// Plan W3: every figure is counted from the steps, by unit and period, and opens to its list under a purpose.
func TestProgress_EveryFigureOpensToItsList(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.until("2005-09-05")
		a, b, c := n.apply(s1, "t1"), n.apply(s1, "t2"), n.apply(s3, "t3")
		n.step(a, whole...)
		n.step(b, card.KindPhotographed, card.KindConfirmed, card.KindReturned)
		n.until("2005-09-06")
		n.step(c, card.KindPhotographed, card.KindConfirmed)
		d := n.apply(s1, "t4")
		n.step(d, whole[:6]...)
		n.step(d, card.KindRejected)
		var out programmedesk.ProgressOutput
		n.must(city, "programme.progress", m{"from": "2005-09-05", "to": "2005-09-06"}, &out)
		got := func(row programme.Row, column string) int64 { return row.Values[slices.Index(out.Columns, column)] }
		for column, want := range map[string]int64{"accepted": 4, "photographed": 4, "confirmed": 4, "reviewed": 2, "ordered": 2, "made": 1, "handed_over": 1, "done": 1,
			"returned": 1, "rejected": 1} {
			if got(out.Total, column) != want {
				t.Errorf("%s: %d, want %d", column, got(out.Total, column), want)
			}
			var list []carddb.Place
			n.Must(at(city, office.Reviewer), "programme.list", m{"purpose": "核对进度", "figure": column, "from": "2005-09-05", "to": "2005-09-06"}, &list)
			if int64(len(list)) != want {
				t.Errorf("%s opens to %d, counted are %d", column, len(list), want)
			}
		}
		for reason, want := range map[string]int{"photo": 1, "data": 0} {
			var list []carddb.Place
			n.Must(at(city, office.Reviewer), "programme.list", m{"purpose": "核对退回", "figure": "returned", "reason": reason, "from": "2005-09-05", "to": "2005-09-06"}, &list)
			if len(list) != want || want == 1 && (list[0].Application != b.id || list[0].Times != 1) {
				t.Errorf("returned for %s: %+v", reason, list)
			}
		}
		if out.Reasons["photo"] != 1 || out.Backlog[card.StageConfirmed] != 1 || out.Backlog[card.StageReturned] != 1 || out.Backlog[card.StageRejected] != 1 {
			t.Errorf("%+v", out)
		}
		if len(out.Rows) != 2 || got(out.Rows[0], "accepted") != 3 || got(out.Rows[1], "accepted") != 1 {
			t.Errorf("%+v", out.Rows)
		}
		var list []carddb.Place
		n.Must(at(c1, office.Reviewer), "programme.list", m{"purpose": "核对积压", "figure": "at:returned"}, &list)
		if len(list) != 1 || list[0].Application != b.id {
			t.Errorf("%+v", list)
		}
		for _, past := range []struct {
			today string
			want  int
		}{{"2005-09-06", 0}, {"2005-12-30", 1}} { // before and after the promised day
			n.until(past.today)
			list = nil
			n.Must(at(c1, office.Reviewer), "programme.list", m{"purpose": "核对积压", "figure": "at:returned", "past_promise": true}, &list)
			if len(list) != past.want {
				t.Errorf("%s: %d past the promised day, want %d", past.today, len(list), past.want)
			}
		}
		out = programmedesk.ProgressOutput{}
		n.must(city, "programme.progress", m{"from": "2005-09-01", "to": "2005-09-30", "by": "ten_day"}, &out)
		if len(out.Periods) != 3 || out.Periods[0].Counts["accepted"] != 4 || out.Periods[1].Counts["accepted"] != 0 {
			t.Errorf("%+v", out.Periods)
		}
		n.must(city, "programme.progress", m{"from": "2005-09-01", "to": "2005-09-30", "by": "day"}, &out)
		if len(out.Periods) != 30 || out.Periods[4].Counts["accepted"] != 3 || out.Periods[5].Counts["accepted"] != 1 {
			t.Errorf("%+v", out.Periods)
		}
		n.Check()
	})
}

// 居民身份证法 (2003) art. 12 and the norms of the stages: what is late, and on whose desk it lies.
func TestLate_ByStageAndDesk(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.until("2005-09-05") // a Monday
		a, b := n.apply(s1, "t1"), n.apply(s1, "t2")
		n.step(a, card.KindPhotographed, card.KindConfirmed)
		n.until("2005-09-08")
		n.step(b, card.KindPhotographed, card.KindConfirmed)
		var rows []programmedesk.LateRow
		n.until("2005-09-09")
		n.must(city, "programme.late", m{}, &rows)
		if len(rows) != 1 || rows[0].Standing != 2 || rows[0].LateStage != 1 || rows[0].LateWhole != 0 || rows[0].LiesAt != c1 || rows[0].Oldest != date("2005-09-05") {
			t.Fatalf("%+v", rows)
		}
		n.until("2005-11-05")
		n.must(city, "programme.late", m{}, &rows)
		if rows[0].LateStage != 2 || rows[0].LateWhole != 1 {
			t.Errorf("%+v", rows)
		}
		n.Check()
	})
}

// Plan W1, W3: an order to a late unit with the figures that it rests on, up a level when it is overdue, replied to and closed.
func TestOrder_FromTheCountyToTheStation(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.until("2005-09-05")
		n.apply(s1, "t1")
		n.until("2005-09-06")
		var order programmedesk.OrderOutput
		n.must(c1, "programme.order", m{"to": s1, "task": "加开窗口", "due": "2005-09-10", "figures": []m{{"figure": "accepted"}}}, &order)
		if len(order.Figures) != 1 || order.Figures[0].Value != 1 || order.Figures[0].From != date("2005-09-01") || order.Figures[0].To != date("2005-09-05") {
			t.Fatalf("%+v", order)
		}
		n.apply(s1, "t2") // what is counted later does not change the order
		for day, answers := range map[string]event.Unit{"2005-09-10": c1} {
			n.until(day)
			var rows []programmedesk.OrderRow
			n.must(city, "programme.orders", m{}, &rows)
			if len(rows) != 1 || rows[0].AnswersTo != answers || rows[0].Overdue || rows[0].Figures[0].Value != 1 {
				t.Errorf("%s: %+v", day, rows)
			}
		}
		n.until("2005-09-15")
		var rows []programmedesk.OrderRow
		n.must(city, "programme.orders", m{"ours": true}, &rows)
		if len(rows) != 1 || !rows[0].Overdue || rows[0].AnswersTo != city {
			t.Fatalf("%+v", rows)
		}
		var own []programmedesk.OrderRow
		n.must(s1, "programme.orders", m{"ours": true}, &own)
		if len(own) != 1 || own[0].Order.Order != order.Order {
			t.Fatalf("the ordered station does not see its order: %+v", own)
		}
		n.Refused(at(s1), "programme.reply", m{"order": order.Order, "explanation": "相机故障", "measures": "借用相机", "done_by": "2005-09-20"}, "programme.not_acknowledged")
		n.must(s1, "programme.acknowledge", m{"order": order.Order, "person": "所长"}, nil)
		n.Refused(at(c1), "programme.close_order", m{"order": order.Order, "outcome": "done", "words": "已解决"}, "programme.no_reply")
		n.must(s1, "programme.reply", m{"order": order.Order, "explanation": "相机故障", "measures": "借用相机", "done_by": "2005-09-20"}, nil)
		var closed programmedesk.OrderRow
		n.must(city, "programme.close_order", m{"order": order.Order, "outcome": "done", "words": "已解决"}, &closed)
		if closed.Closed == nil || closed.Closed.Figures[0].Value != 2 || len(closed.Replies) != 1 || closed.Overdue {
			t.Errorf("%+v", closed)
		}
		n.must(city, "programme.orders", m{"open": true}, &rows)
		if len(rows) != 0 {
			t.Errorf("%+v", rows)
		}
		n.Check()
	})
}

// Plan W3: a frozen report keeps its figures and its digest; a correction says why; who has not reported is named.
func TestReport_FrozenAndCorrected(t *testing.T) {
	storetest.Both(t, func(t *testing.T, config store.Config) {
		n := newNode(t, config)
		n.until("2005-09-05")
		n.step(n.apply(s1, "t1"), whole...)
		n.until("2005-09-06")
		var first, second programme.Report
		n.Must(at(s1, office.Clerk), "programme.freeze_report", m{"period": "day"}, &first)
		n.must(c1, "programme.freeze_report", m{"period": "day", "day": "2005-09-05"}, &second)
		if second.Total.Values[slices.Index(second.Columns, "handed_over")] != 1 || !second.Agrees() || !second.Sealed() {
			t.Fatalf("%+v", second)
		}
		n.Refused(at(c1), "programme.freeze_report", m{"period": "day"}, "programme.frozen_already")
		n.until("2005-09-07")
		var out programmedesk.ReportsOutput
		n.must(c1, "programme.reports", m{"period": "day", "from": "2005-09-05", "to": "2005-09-06"}, &out)
		if len(out.Reports) != 2 || len(out.Differences) != 0 || len(out.Late) != 3 || out.Late[0].Unit != s2 || out.Late[0].Days != 2 {
			t.Errorf("%+v", out)
		}
		var shown programmedesk.ReportOutput
		n.must(city, "programme.report", m{"report": second.Report}, &shown)
		sum := sha256.Sum256([]byte(shown.CSV))
		if hex.EncodeToString(sum[:]) != second.Digest || !strings.Contains(shown.Text.ZH, "南岭所") || !strings.Contains(shown.Text.EN, "handed over") {
			t.Errorf("%+v", shown)
		}
		var corrected programme.Report
		n.must(c1, "programme.freeze_report", m{"period": "day", "day": "2005-09-05", "words": "数据晚到"}, &corrected)
		if corrected.Corrects != second.Report {
			t.Errorf("%+v", corrected)
		}
		n.must(c1, "programme.reports", m{"period": "day", "from": "2005-09-05", "to": "2005-09-06"}, &out)
		if len(out.Reports) != 2 || out.Reports[0].Report != corrected.Report {
			t.Errorf("%+v", out)
		}
		n.Check()
	})
}

// The forecast takes the pace, the target and those who turn 16 from the rows; a share that was reached looks back on it.
func TestForecast_AndBackTest(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	var tenures []string
	for range 40 {
		tenures = append(tenures, n.resident(s1, "1970-01-01", "1970-01-01"))
	}
	n.resident(s1, "1989-10-20", "1989-10-20") // turns 16 on 20 October 2005
	n.until("2005-09-05")
	for i := range 20 { // one a working day
		n.step(n.apply(s1, tenures[i]), whole...)
		next := date("2005-09-05").AddDays(7 * (i / 5)).AddDays(i%5 + 1)
		if i%5 == 4 {
			next = date("2005-09-05").AddDays(7 * (i/5 + 1))
		}
		n.until(next.String())
	}
	var out programmedesk.ForecastOutput
	n.must(city, "programme.forecast", m{"windows": 1, "windows_new": 2}, &out) // on Monday, 3 October
	if out.Target != 40 || out.Done != 20 || out.Likely.Pace != 1 || out.Likely.Finish != date("2005-11-01") || out.Month != "2005-11" {
		t.Fatalf("%+v", out.Forecast)
	}
	if out.WhatIf == nil || !out.WhatIf.Likely.Finish.Before(out.Likely.Finish) || len(out.Below) != 2 || out.Below[0].Remaining != 20 || !out.Below[1].Likely.Finish.IsZero() && out.Below[1].Remaining > 0 {
		t.Errorf("%+v", out)
	}
	var tested []programme.Tested
	n.must(city, "programme.back_test", m{"from": "2005-09-05", "target": 20}, &tested)
	if len(tested) != 0 { // reached before twenty working days had gone by
		t.Errorf("%+v", tested)
	}
	var b programmedesk.Board
	n.must(city, "programme.adopt_plan", m{}, nil)
	n.must(city, "programme.board", m{}, &b)
	if b.Forecast.Done != 20 || b.Finish != "2005-11" || b.Funnel[0].N != 20 || b.Stations.Needed != 3 || len(b.Curve) != 2 || b.Curve[0].Actual != 20 || b.ByPlan != 5_000_000 {
		t.Errorf("%+v", b)
	}
	var scores []programmedesk.Score
	n.must(city, "programme.scores", m{"from": "2005-09-01", "to": "2005-10-01"}, &scores)
	if len(scores) != 1 || scores[0].Handed != 20 || scores[0].OnTimePM != 1000 || scores[0].FirstPM != 1000 {
		t.Errorf("%+v", scores)
	}
	var heard []programmedesk.Heard
	n.must(city, "programme.heard", m{}, &heard)
	if len(heard) != 6 || heard[0].Unit != s2 && heard[0].Unit != s3 && heard[0].Unit != c2 || !heard[0].Late {
		t.Errorf("%+v", heard)
	}
	n.Check()
}

// Plan W10: whose turn it is, when and where.
func TestNotices_TheScheduleOfAStreet(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	n.must(s1, "programme.notice", m{"title": "换发公告", "text": "请按时办理", "areas": []string{"民康街道"}, "from": "2005-09-05", "to": "2005-09-09", "place": "南岭所", "bring": "户口簿"}, nil)
	n.must(s1, "programme.notice", m{"title": "换发公告", "text": "请按时办理", "areas": []string{"永吉街道"}, "from": "2005-08-05", "to": "2005-08-09", "place": "南岭所"}, nil)
	var all []programme.Notice
	n.must(city, "programme.notices", m{"area": "民康街道"}, &all)
	if len(all) != 1 || all[0].Place != "南岭所" {
		t.Errorf("%+v", all)
	}
	n.until("2005-08-20")
	n.must(s1, "programme.notices", m{}, &all)
	if len(all) != 1 {
		t.Errorf("the past one is still listed: %+v", all)
	}
	n.Check()
}

// Plan W6: a problem is answered with binding force, a practice spread with its figures, and who has read them is known.
func TestGuidance_ProblemsAndPractices(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	var problem, answer, practice programmedesk.Named
	n.Must(at(s1, office.Clerk), "programme.raise_problem", m{"kind": "rule", "text": "外出人员能否由亲属代领"}, &problem)
	var out programmedesk.GuidanceOutput
	n.must(city, "programme.guidance", m{}, &out)
	if len(out.Unanswered) != 1 {
		t.Fatalf("%+v", out)
	}
	n.must(city, "programme.issue_guidance", m{"kind": "answer", "problem": problem.ID, "title": "代领", "text": "可凭委托书代领", "binding": true}, &answer)
	n.Refused(at(city), "programme.issue_guidance", m{"kind": "answer", "problem": problem.ID, "title": "代领", "text": "再答"}, "programme.answered_already")
	n.must(city, "programme.issue_guidance", m{"kind": "practice", "title": "上门照相", "text": "到学校集中照相", "from": s3,
		"before": m{"figure": "photographed", "unit": s3, "value": 40}, "after": m{"figure": "photographed", "unit": s3, "value": 120}}, &practice)
	n.Must(at(s1, office.Clerk), "programme.read_guidance", m{"guidance": answer.ID}, nil)
	n.must(c2, "programme.read_guidance", m{"guidance": practice.ID, "taken_up": true}, nil)
	n.must(city, "programme.guidance", m{}, &out)
	if len(out.Unanswered) != 0 || len(out.Guidance) != 2 {
		t.Fatalf("%+v", out)
	}
	for _, g := range out.Guidance {
		if g.Kind == programme.GuidanceAnswer && (!slices.Equal(g.ReadBy, []event.Unit{s1}) || len(g.Unread) != 4) ||
			g.Kind == programme.GuidancePractice && (!slices.Equal(g.TakenUp, []event.Unit{c2}) || g.After.Value != 120) {
			t.Errorf("%+v", g)
		}
	}
	n.Check()
}
