// Package verifydesk is what people can do about verification and clean-up: visits, comparisons, corrections and cases; and what a node does by
// itself when decisions, applications and new registrations reach it.
package verifydesk

import (
	"context"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// desk holds the office's settings.
type desk struct{ settings verify.Settings }

// Actions lists the actions with the default settings.
func Actions() []office.Action { return ActionsWith(verify.DefaultSettings()) }

// Reactions lists the reactions with the default settings.
func Reactions() []office.Reaction { return ReactionsWith(verify.DefaultSettings()) }

// Who may do what.
var (
	outside   = []office.Role{office.AreaOfficer, office.Clerk}
	window    = []office.Role{office.Clerk}
	above     = []office.Role{office.Reviewer, office.AreaOfficer, office.Leader}
	proposing = []office.Role{office.Reviewer}
	deciding  = []office.Role{office.Reviewer, office.Leader}
	looking   = []office.Role{office.Clerk, office.AreaOfficer, office.Reviewer, office.Leader, office.Auditor}
	opening   = []office.Role{office.Reviewer, office.Clerk, office.AreaOfficer}

	atStation  = []event.Level{event.Station}
	aboveIt    = []event.Level{event.County, event.City}
	atAnyLevel []event.Level
)

// ActionsWith lists the actions.
func ActionsWith(settings verify.Settings) []office.Action {
	d := desk{settings}
	text := func(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }
	return []office.Action{
		office.Define("verify.run", text("全所登记项目逻辑检查", "check the station's register against the item rules"), outside, atStation, run),
		office.Look("verify.check_person", text("检查一人的登记项目", "check a person and the household against the item rules"), looking, atAnyLevel, checkPerson),
		office.Look("verify.of_person", text("一人的核对清理情况", "what verification and clean-up know of a person"), looking, atAnyLevel, ofPerson),
		office.Look("verify.visit_plan", text("入户核对计划（可打印）", "the households to visit, as a list to print"), looking, atAnyLevel, visitPlan),
		office.Define("verify.visited", text("登记入户核对", "record a household visit"), outside, atStation, visited),
		office.Define("verify.revisit", text("登记复查入户", "record a blind second visit"), above, aboveIt, revisit),
		office.Define("verify.compare", text("五项核对", "compare a household's five records"), outside, atStation, compare),
		office.Define("verify.order_done", text("更正到位", "mark a correction order as done"), outside, atStation, orderDone),
		office.Define("verify.propose_correction", text("提出更正", "propose a correction"), outside, atStation, propose),
		office.Define("verify.approve_correction", text("批准更正", "approve a correction"), deciding, aboveIt, d.approve),
		office.Define("verify.refuse_correction", text("不予更正", "refuse a correction"), deciding, aboveIt, d.refuse),
		office.Define("verify.open_case", text("立案", "open a case"), opening, atAnyLevel, openCase),
		office.Define("verify.hear", text("听取本人意见", "record what a person of a case says"), outside, atStation, hear),
		office.Define("verify.record_finding", text("记录核查情况", "record what was found out"), outside, atStation, find),
		office.Define("verify.propose", text("提出处理意见", "propose how to decide a case"), proposing, aboveIt, proposeCase),
		office.Define("verify.refuse_proposal", text("退回处理意见", "give a proposal back"), deciding, aboveIt, refuseProposal),
		office.Define("verify.decide", text("决定", "decide a case"), deciding, aboveIt, d.decide),
		office.Define("verify.serve_notice", text("送达通知", "record the service of a decision"), outside, atStation, serve),
		office.Define("verify.object", text("登记异议", "record an objection"), outside, atStation, object),
		office.Define("verify.carry_out", text("执行决定", "carry a decision out"), window, atStation, carryOut),
		office.Define("verify.settle", text("自行办结", "end a case that needs no decision"), outside, atStation, settle),
		office.Define("verify.return_decision", text("退回决定", "give a decision back that no longer fits"), window, atStation, returnDecision),
		office.Define("verify.prove_life", text("登记本人证明", "record a proof of life"), outside, atStation, proveLife),
		office.Define("verify.reverse", text("撤销决定", "reverse a decision that ended a registration"), deciding, aboveIt, reverse),
		office.Look("verify.progress", text("核对清理进度", "how far verification and clean-up are"), looking, atAnyLevel, d.progress),
		office.Look("verify.list", text("工作清单", "work lists"), looking, atAnyLevel, d.list),
		office.Look("verify.show", text("查看核对事项", "show a visit, comparison, correction or case"), looking, atAnyLevel, d.show),
		office.Look("verify.waiting", text("本单位待办数", "how much waits for this unit"), looking, atAnyLevel, d.waiting),
	}
}

// None is an action without a result.
type None struct{}

func by(w *office.Work) verify.By {
	return verify.By{Unit: w.By.Unit, Operator: w.By.ID, Today: w.Today}
}

func mint() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// record logs who looked at residents and why, before they are shown.
func record(w *office.Work, l register.LookedUp) error {
	id, err := mint()
	if err != nil {
		return err
	}
	e, err := register.LookUp(register.By{Unit: w.By.Unit, Today: w.Today}, id, l)
	if err == nil {
		w.Emit(e)
	}
	return err
}

// person reads a registration; the rules refuse one that is not known.
func person(ctx context.Context, w *office.Work, tenure string) (register.Tenure, error) {
	t, _, err := registerdb.TenureOf(ctx, w.Tx, tenure)
	return t, err
}

func pending(ctx context.Context, w *office.Work, resident string) (bool, error) {
	return verifydb.HoldsSigning(ctx, w.Tx, resident)
}

// members gives a household to the item rules.
func members(no string, all []register.Tenure) verify.Household {
	h := verify.Household{No: no}
	for _, t := range all {
		h.Members = append(h.Members, verify.Member{ID: t.ID, Record: t.Record})
	}
	h.Alone = verify.Collective(h.Members)
	return h
}
