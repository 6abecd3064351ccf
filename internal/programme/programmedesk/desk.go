// Package programmedesk is what people can do to lead the programme: plans, quotas, progress, the forecast, orders, reports, notices and guidance. What it
// counts it counts from the rows of the other rooms when it is asked; no name stands in a count, and a list behind a figure needs a purpose and is recorded.
package programmedesk

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

var (
	superiors = []event.Level{event.City, event.County}
	leaders   = []office.Role{office.Leader}
	// standing is the standing office (常设机构): household, finance and communications staff beside the leader (plan W2); at a station its clerk.
	standing = []office.Role{office.Leader, office.Reviewer, office.Finance, office.Communications, office.Clerk}
	// speakers speak for their unit to the unit above.
	speakers = []office.Role{office.Leader, office.Reviewer, office.Clerk, office.Communications}
	readers  = []office.Role{office.Leader, office.Reviewer, office.Issuer, office.Finance, office.Communications, office.Clerk, office.AreaOfficer, office.Auditor}
	listers  = []office.Role{office.Leader, office.Reviewer, office.Issuer, office.Clerk, office.AreaOfficer}
)

func text(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }

// Actions lists what can be done.
func Actions() []office.Action {
	return slices.Concat(planActions(), countActions(), orderActions(), reportActions(), noticeActions())
}

func planActions() []office.Action {
	return []office.Action{
		office.Define("programme.adopt_plan", text("制定工作方案", "adopt a plan"), leaders, superiors, adoptPlan),
		office.Look("programme.phases", text("查看阶段和时间节点", "show phases and milestones"), readers, nil, phases),
		office.Define("programme.meet_milestone", text("报告完成时间节点", "report a milestone met"), speakers, nil, meetMilestone),
		office.Look("programme.plans", text("比较各地方案", "compare the plans of the counties"), readers, superiors, plans),
		office.Define("programme.set_quotas", text("下达任务数", "set quotas"), leaders, superiors, setQuotas),
		office.Define("programme.spread_quotas", text("按人口分配任务数", "spread quotas by population"), leaders, superiors, spreadQuotas),
		office.Define("programme.redistribute", text("调整任务数", "move quotas between units"), leaders, superiors, redistribute),
		office.Look("programme.quotas", text("查看任务数", "show quotas and whether they add up"), readers, superiors, quotas),
	}
}

func countActions() []office.Action {
	return []office.Action{
		office.Look("programme.target", text("应换证人数", "count who has to have a card"), readers, nil, target),
		office.Look("programme.reconcile", text("应换证人数变动核对", "reconcile the target between two days"), readers, nil, reconcile),
		office.Look("programme.without_card", text("未换证人员名单", "list who has no card yet"), listers, []event.Level{event.Station}, withoutCard),
		office.Look("programme.progress", text("工作进度", "show progress"), readers, nil, progress),
		office.Look("programme.curve", text("计划与实际曲线", "show the planned and the actual curve"), readers, nil, curve),
		office.Look("programme.list", text("数字对应的名单", "list what a figure counts"), listers, nil, list),
		office.Look("programme.late", text("积压和超期", "show backlog and what is late, by desk"), readers, nil, late),
		office.Look("programme.forecast", text("预测完成时间", "forecast the finishing month"), readers, nil, forecast),
		office.Look("programme.back_test", text("回测预测", "look back on forecasts"), readers, nil, backTest),
		office.Look("programme.scores", text("评比数据", "show measured quality by unit"), readers, nil, scores),
		office.Look("programme.heard", text("各单位数据更新情况", "show when each unit was last heard of"), readers, nil, heard),
		office.Look("programme.board", text("领导看板", "show the leader's board"), readers, nil, board),
	}
}

func orderActions() []office.Action {
	return []office.Action{
		office.Define("programme.order", text("下达督办", "order a unit"), leaders, superiors, issueOrder),
		office.Define("programme.acknowledge", text("签收督办", "acknowledge an order"), speakers, nil, acknowledge),
		office.Define("programme.reply", text("回复督办", "reply to an order"), speakers, nil, reply),
		office.Define("programme.close_order", text("督办销号", "close an order"), leaders, superiors, closeOrder),
		office.Look("programme.orders", text("督办列表", "list orders"), readers, nil, orders),
	}
}

func reportActions() []office.Action {
	return []office.Action{
		office.Define("programme.freeze_report", text("固定报表", "freeze a report"), standing, nil, freeze),
		office.Look("programme.reports", text("报表列表和逾期未报", "list reports, differences and late reporters"), readers, nil, reports),
		office.Look("programme.report", text("查看报表", "show a frozen report"), readers, nil, report),
	}
}

func noticeActions() []office.Action {
	return []office.Action{
		office.Define("programme.notice", text("发布公告", "issue a public notice"), speakers, nil, notice),
		office.Look("programme.notices", text("公告和办理安排", "show the public schedule"), readers, nil, notices),
		office.Define("programme.raise_problem", text("提出问题", "raise a problem"), speakers, nil, raiseProblem),
		office.Define("programme.issue_guidance", text("下发答复或经验", "issue a binding answer or a good practice"), leaders, superiors, issueGuidance),
		office.Define("programme.read_guidance", text("阅知指导意见", "mark guidance as read"), speakers, nil, readGuidance),
		office.Look("programme.guidance", text("问题、答复和经验", "list problems, answers and practices, and who has read them"), readers, nil, guidance),
	}
}

// Reactions lists what nodes do by themselves: nothing.
func Reactions() []office.Reaction { return nil }

func by(w *office.Work) programme.By {
	return programme.By{Unit: w.By.Unit, Operator: w.By.ID, Today: w.Today}
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// within gives the unit asked for, or the operator's own, when it lies in the operator's area.
func within(w *office.Work, unit event.Unit) (event.Unit, error) {
	if unit == "" {
		return w.By.Unit, nil
	}
	return unit, w.Below(unit)
}

// area is the units of an area with their names.
type area struct {
	of       event.Unit
	names    map[event.Unit]string
	stations []event.Unit
	children []event.Unit // one tier below; of a station itself
}

func areaOf(ctx context.Context, w *office.Work, of event.Unit) (a area, err error) {
	units, err := sitedb.Units(ctx, w.Tx)
	if err != nil {
		return a, err
	}
	a = area{of: of, names: make(map[event.Unit]string)}
	for _, u := range units {
		if !of.Contains(u.Code) {
			continue
		}
		a.names[u.Code] = u.Name
		if u.Code.Level() == event.Station {
			a.stations = append(a.stations, u.Code)
		}
		if u.Code.Parent() == of {
			a.children = append(a.children, u.Code)
		}
	}
	if of.Level() == event.Station {
		a.children = []event.Unit{of}
	}
	return a, nil
}

// childOf is the unit one tier below the area's that a unit belongs to.
func (a *area) childOf(unit event.Unit) event.Unit {
	for unit.Parent() != a.of && unit != a.of && unit != "" {
		unit = unit.Parent()
	}
	return unit
}
