package web

import "fmt"

// actForms are the acts of this part that have a page of their own; the rest are done on their action's page.
var actForms = []actForm{
	{Path: "/duties/order/new", Action: "programme.order", Back: "/duties", Fields: []string{"to", "due", "task", "figures"}, Then: leadsTo("/duties/order/", "order")},
	{Path: "/duties/order/acknowledge", Action: "programme.acknowledge", Back: "/duties", Fields: []string{"person", "order"}, Subject: "order", Evidence: orderEvidence, Then: leadsTo("/duties/order/", "order")},
	{Path: "/duties/order/reply", Action: "programme.reply", Back: "/duties", Fields: []string{"explanation", "measures", "done_by", "order"}, Subject: "order", Evidence: orderEvidence, Then: leadsTo("/duties/order/", "order")},
	{Path: "/duties/order/close", Action: "programme.close_order", Back: "/duties", Fields: []string{"outcome", "words", "order"}, Subject: "order", Evidence: orderEvidence, Then: leadsTo("/duties/order/", "order")},
	{Path: "/duties/problem/new", Action: "programme.raise_problem", Back: "/duties/guidance", Fields: []string{"kind", "text"}},
	{Path: "/duties/problem/answer", Action: "programme.issue_guidance", Title: "leader.answer", Back: "/duties/guidance", Fields: []string{"title", "text", "binding", "problem"}, Fixed: map[string]string{"kind": "answer"}, Evidence: problemEvidence},
	{Path: "/duties/practice/new", Action: "programme.issue_guidance", Title: "leader.practice", Back: "/duties/guidance", Fields: []string{"title", "from", "text", "before", "after"}, Fixed: map[string]string{"kind": "practice"}, Without: []string{"meant"}},
	{Path: "/duties/guidance/read", Action: "programme.read_guidance", Back: "/duties/guidance", Fields: []string{"taken_up", "guidance"}, Evidence: guidanceEvidence},
	{Path: "/duties/plan/meet", Action: "programme.meet_milestone", Back: "/duties/plan", Fields: []string{"milestone", "on", "paper"}, Evidence: milestoneEvidence},
	{Path: "/duties/notices/new", Action: "programme.notice", Back: "/duties/notices", Fields: []string{"title", "areas", "from", "to", "place", "bring", "text"}},

	{Path: "/readiness/declare", Action: "site.declare_ready", Back: "/readiness", Fields: []string{"note"}, Evidence: readinessEvidence},
	{Path: "/readiness/decide", Action: "site.decide_stage", Back: "/readiness", Fields: []string{"unit", "stage", "on", "override"}, Subject: "unit", Evidence: readinessEvidence},
	{Path: "/readiness/stop", Action: "site.stop_unit", Back: "/readiness", Fields: []string{"unit", "ground"}, Subject: "unit"},
	{Path: "/readiness/resume", Action: "site.resume_unit", Back: "/readiness", Fields: []string{"unit", "ground"}, Subject: "unit"},

	{Path: "/equipment/new", Action: "site.equip", Title: "leader.equip", Back: "/equipment", Fields: []string{"unit", "type", "asset", "steps", "on", "serial", "supplier", "price_fen", "warranty", "sheet"}},
	{Path: "/equipment/step", Action: "site.equip", Back: "/equipment", Fields: []string{"asset", "steps", "on", "failed", "note", "sheet"}, Subject: "asset", Evidence: assetEvidence},
	{Path: "/equipment/line", Action: "site.state_line", Back: "/equipment", Fields: []string{"unit", "state", "carrier", "kbps", "on"}},
	{Path: "/equipment/outage", Action: "site.open_outage", Back: "/equipment", Fields: []string{"unit", "cause"}},
	{Path: "/equipment/restored", Action: "site.close_outage", Back: "/equipment", Fields: []string{"unit"}},

	{Path: "/training/course", Action: "site.open_course", Back: "/training", Fields: []string{"title", "place", "from", "to", "posts"}},
	{Path: "/training/attend", Action: "site.attend", Back: "/training", Fields: []string{"course", "on", "logins"}, Options: offers{"logins": loginOptions, "course": courseOptions}},
	{Path: "/training/certify", Action: "site.certify", Back: "/training", Fields: []string{"course", "on", "place", "paper", "pass_mark", "hold", "task", "results"}, Without: []string{"posts"}, Options: offers{"course": courseOptions, "results.login": loginOptions}},
	{Path: "/training/activate", Action: "site.activate", Back: "/training", Fields: []string{"login", "posts", "ground"}, Options: offers{"login": loginOptions}},
	{Path: "/training/suspend", Action: "site.suspend", Back: "/training", Fields: []string{"login", "posts", "ground"}, Options: offers{"login": loginOptions}},

	{Path: "/people/appoint", Action: "site.appoint", Back: "/people", Fields: []string{"name", "login", "unit", "roles", "from"}},
	{Path: "/people/seat", Action: "site.fill_seat", Back: "/people", Fields: []string{"unit", "body", "name", "department", "post", "phone", "from"}},
	{Path: "/people/leave", Action: "site.leave_seat", Back: "/people", Fields: []string{"to", "seat"}, Evidence: seatEvidence},
	{Path: "/people/absent", Action: "site.absent", Back: "/people", Fields: []string{"login", "from", "to", "stand_in", "ground"}, Options: offers{"login": loginOptions, "stand_in": loginOptions}},

	{Path: "/money/budget", Action: "fund.draft_budget", Back: "/money/spending", Fields: []string{"year", "lines"}, Without: []string{"city_percent"}},
	{Path: "/money/submit", Action: "fund.submit_budget", Back: "/money/spending", Fields: []string{"year"}},
	{Path: "/money/review", Action: "fund.review_budget", Back: "/money/spending", Fields: []string{"budget", "answerable_city", "answerable_county", "cuts"}, Subject: "budget", Evidence: budgetEvidence},
	{Path: "/money/appropriate", Action: "fund.appropriate", Back: "/money/spending", Fields: []string{"item", "level", "amount_fen", "budget"}, Subject: "budget", Evidence: budgetEvidence},
	{Path: "/money/receive", Action: "fund.receive", Back: "/money", Fields: []string{"amount_fen", "appropriation"}, Evidence: openEvidence},
	{Path: "/money/pay", Action: "fund.pay", Back: "/money/spending", Fields: []string{"appropriation", "item", "amount_fen", "payee", "paper", "for", "procured"}, Options: offers{"appropriation": purseOptions}},
	{Path: "/money/transfer", Action: "fund.ask_transfer", Back: "/money/spending", Fields: []string{"appropriation", "to", "amount_fen", "words"}, Options: offers{"appropriation": purseOptions}},
	{Path: "/money/transfer/answer", Action: "fund.answer_transfer", Back: "/money", Fields: []string{"approved", "words", "transfer"}},
	{Path: "/money/confirm", Action: "fund.confirm_remittance", Back: "/money", Fields: []string{"amount_fen", "treasury_slip", "remittance"}, Evidence: openEvidence},
	{Path: "/money/receipts", Action: "fund.issue_receipts", Back: "/money", Fields: []string{"station", "prefix", "from", "to"}},

	{Path: "/reports/freeze", Action: "programme.freeze_report", Back: "/reports", Fields: []string{"period", "day", "words"}, Then: leadsTo("/reports/", "report")},
}

// offers are the values that another list has for a field.
type offers = map[string]func(*call, *form) ([]option, error)

// leadsTo leads to the page of what an act has made or changed, by the field of its result that names it.
func leadsTo(base, name string) func(map[string]any) string {
	return func(result map[string]any) string { return base + fmt.Sprint(result[name]) }
}
