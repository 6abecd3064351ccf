package programmedesk_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/storetest"
)

// codes are the refusals that the room's code can give.
func codes(t *testing.T) map[string]bool {
	t.Helper()
	all := make(map[string]bool)
	pattern := regexp.MustCompile(`(?:refuse|Refuse)\("(programme\.[a-z_]+)"`)
	for _, glob := range []string{"../*.go", "*.go"} {
		names, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range pattern.FindAllSubmatch(text, -1) {
				all[string(match[1])] = true
			}
		}
	}
	return all
}

// Every refusal of the desk: the wrong person, tier, area, order, day, state and content.
func TestRefusals(t *testing.T) {
	n := newNode(t, storetest.SQLiteConfig(t))
	clerk, officer := at(s1, office.Clerk), at(s1, office.AreaOfficer)
	seen := make(map[string]bool)
	refused := func(by office.Operator, action string, input m, code string) {
		t.Helper()
		seen[code] = true
		n.Refused(by, action, input, code)
	}
	figures := []m{{"figure": "handed_over"}}
	order := func(change m) m {
		input := m{"to": s1, "task": "加开窗口", "due": "2005-08-10", "figures": figures}
		for k, v := range change {
			input[k] = v
		}
		return input
	}

	// Before there is anything.
	refused(at(city), "programme.phases", m{}, "programme.no_plan")
	refused(clerk, "programme.meet_milestone", m{"milestone": "stations"}, "programme.no_plan")
	refused(at(city), "programme.quotas", m{"year": 2006}, "programme.no_quotas")
	refused(clerk, "programme.acknowledge", m{"order": "none", "person": "所长"}, "programme.no_order")
	refused(clerk, "programme.read_guidance", m{"guidance": "none"}, "programme.no_guidance")
	refused(at(city), "programme.report", m{"report": "none"}, "programme.no_report")
	refused(at(city), "programme.issue_guidance", m{"kind": "answer", "problem": "none", "title": "答复", "text": "可以"}, "programme.no_problem")

	// The wrong person, tier and area.
	refused(clerk, "programme.adopt_plan", m{}, "office.role")
	refused(at(city, office.Administrator), "programme.board", m{}, "office.role")
	refused(at(city, office.Auditor), "programme.list", m{"purpose": "核对", "figure": "accepted"}, "office.role")
	refused(at(s1), "programme.adopt_plan", m{}, "office.level")
	refused(at(s1), "programme.order", order(m{"to": s2}), "office.level")
	refused(at(c1), "programme.without_card", m{"purpose": "核对"}, "office.level")
	refused(at(c1), "programme.order", order(m{"to": s3}), "office.other_area")
	refused(at(c1), "programme.progress", m{"unit": c2}, "office.other_area")
	refused(at(c1), "programme.target", m{"unit": city}, "office.other_area")
	refused(at(c1), "programme.order", order(m{"to": c1}), "programme.not_below")
	refused(at(c1), "programme.board", m{"station": c1}, "office.input")

	// The plan.
	phase := func(code, from, to string) m { return m{"phase": code, "from": from, "to": to} }
	refused(at(city), "programme.adopt_plan", m{"title": "方案"}, "programme.no_text")
	refused(at(city), "programme.adopt_plan", m{"target_people": -1}, "programme.target")
	refused(at(city), "programme.adopt_plan", m{"phases": []m{}}, "programme.no_phases")
	refused(at(city), "programme.adopt_plan", m{"phases": []m{phase("a", "2005-09-02", "2005-09-01")}}, "programme.phase_days")
	refused(at(city), "programme.adopt_plan", m{"phases": []m{phase("a", "2005-09-01", "2005-09-02"), phase("b", "2005-09-02", "2005-09-03")}}, "programme.phases_overlap")
	refused(at(city), "programme.adopt_plan", m{"milestones": []m{{"milestone": "x"}}}, "programme.milestone")
	refused(at(city), "programme.adopt_plan", m{"years": map[int]int{2006: 1}}, "programme.years_sum")
	n.must(city, "programme.adopt_plan", m{}, nil)
	refused(clerk, "programme.meet_milestone", m{"milestone": "funds", "paper": "文件"}, "programme.no_milestone")
	refused(clerk, "programme.meet_milestone", m{"milestone": "stations"}, "programme.not_measured")
	refused(at(c1), "programme.meet_milestone", m{"milestone": "funds"}, "programme.no_evidence")
	refused(at(c1), "programme.meet_milestone", m{"milestone": "funds", "paper": "文件", "on": "2005-08-02"}, "programme.day")
	n.must(c1, "programme.meet_milestone", m{"milestone": "funds", "paper": "文件"}, nil)
	refused(at(c1), "programme.meet_milestone", m{"milestone": "funds", "paper": "文件"}, "programme.met_already")

	// Quotas.
	share := func(unit event.Unit, months ...int) m { return m{"unit": unit, "months": months} }
	refused(at(city), "programme.set_quotas", m{"year": 1984, "total": 0, "shares": []m{share(c1), share(c2)}}, "programme.year")
	refused(at(city), "programme.set_quotas", m{"year": 2006, "total": 3, "shares": []m{share(c1, 1), share(c2, 1)}}, "programme.quota_sum")
	refused(at(city), "programme.set_quotas", m{"year": 2006, "total": 1, "shares": []m{share(s1, 1)}}, "programme.quota_unit")
	refused(at(city), "programme.set_quotas", m{"year": 2006, "total": 1, "shares": []m{share(c1, 1)}}, "programme.quota_missing")
	n.must(city, "programme.set_quotas", m{"year": 2006, "total": 3, "shares": []m{share(c1, 2), share(c2, 1)}}, nil)
	refused(at(city), "programme.set_quotas", m{"year": 2006, "total": 3, "shares": []m{share(c1, 1), share(c2, 2)}}, "programme.no_ground")
	refused(at(c1), "programme.set_quotas", m{"year": 2006, "total": 2, "shares": []m{share(s1, 1, 1), share(s2)}}, "programme.quota_sum")
	move := func(month, count int) m {
		return m{"year": 2006, "month": month, "from": c1, "to": c2, "count": count, "ground": "落后"}
	}
	refused(at(city), "programme.redistribute", move(13, 1), "programme.month")
	refused(at(city), "programme.redistribute", move(1, 3), "programme.quota_short")

	// Figures, days and purposes.
	refused(at(city), "programme.progress", m{"from": "2005-08-02", "to": "2005-08-01"}, "programme.span")
	refused(at(city), "programme.progress", m{"from": "2005-08-01", "to": "2005-08-02", "by": "year"}, "programme.period")
	refused(at(city), "programme.list", m{"purpose": "核对", "figure": "beauty"}, "programme.figure")
	refused(at(city), "programme.list", m{"figure": "accepted"}, "card.no_purpose")
	refused(officer, "programme.without_card", m{}, "register.no_purpose")
	refused(at(city), "programme.forecast", m{"windows": 3}, "programme.what_if")

	// Orders.
	refused(at(c1), "programme.order", order(m{"task": ""}), "programme.no_text")
	refused(at(c1), "programme.order", order(m{"due": "2005-08-01"}), "programme.due")
	refused(at(c1), "programme.order", order(m{"figures": []m{}}), "programme.no_figures")
	refused(at(c1), "programme.order", order(m{"figures": []m{{"figure": "beauty"}}}), "programme.figure")
	var issued, fromCity programmedesk.OrderOutput
	n.must(c1, "programme.order", order(nil), &issued)
	n.must(city, "programme.order", order(m{"to": c1}), &fromCity)
	refused(at(s2), "programme.acknowledge", m{"order": issued.Order, "person": "所长"}, "office.other_area")
	refused(at(c1), "programme.acknowledge", m{"order": issued.Order, "person": "局长"}, "programme.not_ordered")
	words := m{"order": issued.Order, "explanation": "相机故障", "measures": "借用相机", "done_by": "2005-08-09"}
	refused(clerk, "programme.reply", words, "programme.not_acknowledged")
	n.Must(clerk, "programme.acknowledge", m{"order": issued.Order, "person": "所长"}, nil)
	refused(clerk, "programme.acknowledge", m{"order": issued.Order, "person": "所长"}, "programme.acknowledged_already")
	refused(clerk, "programme.reply", m{"order": issued.Order, "explanation": "相机故障", "measures": "借用相机"}, "programme.done_by")
	refused(at(c1), "programme.close_order", m{"order": issued.Order, "outcome": "done", "words": "解决"}, "programme.no_reply")
	n.Must(clerk, "programme.reply", words, nil)
	refused(at(c1), "programme.close_order", m{"order": issued.Order, "outcome": "maybe", "words": "解决"}, "programme.outcome")
	refused(at(c1), "programme.close_order", m{"order": fromCity.Order, "outcome": "done", "words": "解决"}, "programme.not_ours")
	n.must(c1, "programme.close_order", m{"order": issued.Order, "outcome": "done", "words": "解决"}, nil)
	refused(clerk, "programme.reply", words, "programme.order_closed")

	// Reports.
	refused(at(city), "programme.freeze_report", m{"period": "year"}, "programme.period")
	n.must(city, "programme.freeze_report", m{"period": "month"}, nil) // July has ended
	refused(at(city), "programme.freeze_report", m{"period": "month", "day": "2005-08-01"}, "programme.not_ended")
	refused(at(city), "programme.freeze_report", m{"period": "month"}, "programme.frozen_already")

	// Notices and guidance.
	notice := func(change m) m {
		input := m{"title": "换发公告", "text": "请按时办理", "areas": []string{"民康街道"}, "from": "2005-09-05", "to": "2005-09-09", "place": "南岭所"}
		for k, v := range change {
			input[k] = v
		}
		return input
	}
	refused(clerk, "programme.notice", notice(m{"areas": []string{}}), "programme.no_area")
	refused(clerk, "programme.notice", notice(m{"place": ""}), "programme.no_place")
	refused(clerk, "programme.notice", notice(m{"to": "2005-09-01"}), "programme.notice_days")
	refused(clerk, "programme.raise_problem", m{"kind": "weather", "text": "下雨"}, "programme.problem_kind")
	refused(at(city), "programme.issue_guidance", m{"kind": "x", "title": "答复", "text": "可以"}, "programme.guidance_kind")
	refused(at(city), "programme.issue_guidance", m{"kind": "practice", "title": "经验", "text": "上门"}, "programme.no_before")
	var problem, answer programmedesk.Named
	n.Must(clerk, "programme.raise_problem", m{"kind": "goods", "text": "缺少相机"}, &problem)
	n.must(c1, "programme.issue_guidance", m{"kind": "answer", "problem": problem.ID, "title": "相机", "text": "已调拨"}, &answer)
	refused(at(c1), "programme.issue_guidance", m{"kind": "answer", "problem": problem.ID, "title": "相机", "text": "已调拨"}, "programme.answered_already")
	n.Must(clerk, "programme.read_guidance", m{"guidance": answer.ID}, nil)
	refused(clerk, "programme.read_guidance", m{"guidance": answer.ID}, "programme.read_already")

	for code := range codes(t) {
		if !seen[code] {
			t.Errorf("no case is refused with %s", code)
		}
	}
	n.Check()
}
