package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

// dutyTabs are the pages of what a unit is told to do and asks for.
func (c *call) dutyTabs(path string) []tab {
	var tabs []tab
	for _, one := range []struct{ path, action string }{
		{"/duties", "programme.orders"}, {"/duties/guidance", "programme.guidance"}, {"/duties/plan", "programme.phases"}, {"/duties/notices", "programme.notices"},
	} {
		if c.may(one.action) {
			tabs = append(tabs, tab{Href: one.path, Label: c.t("leader.tab." + strings.ReplaceAll(one.path[1:], "/", ".")), Here: one.path == path})
		}
	}
	return tabs
}

// leadDuties lists the orders to units of the operator's area.
func (s *Server) leadDuties(c *call) error {
	p, err := c.newLeaderPage("/duties", "leader.duties")
	if err != nil {
		return err
	}
	p.Area = areaBar{}
	p.Tabs = c.dutyTabs("/duties")
	p.Acts = c.actLink(nil, "programme.order", "/duties/order/new", "leader.order.new")
	all := c.r.URL.Query().Get("which") == "all"
	orders, err := ask[[]programmedesk.OrderRow](c, "programme.orders", fields{"open": !all})
	if err != nil {
		return err
	}
	key := map[bool]string{true: "leader.orders.all", false: "leader.orders.open"}[all]
	p.Sections = []leaderSection{{Title: c.t(key), Modes: []tab{{Href: "/duties", Label: c.t("leader.orders.open"), Here: !all}, {Href: "/duties?which=all", Label: c.t("leader.orders.all"), Here: all}},
		Tables: []table{c.orderTable(c.t(key), orders)}}}
	return c.leader(p)
}

// leadOverdue lists what the board counts as overdue: orders to units of an area, and its milestones.
func (s *Server) leadOverdue(c *call) error {
	p, err := c.newLeaderPage("/duties/overdue", "leader.figure.duties")
	if err != nil {
		return err
	}
	p.Tabs = c.dutyTabs("")
	orders, err := ask[[]programmedesk.OrderRow](c, "programme.orders", fields{"overdue": true})
	if err != nil {
		return err
	}
	orders = slices.DeleteFunc(orders, func(o programmedesk.OrderRow) bool { return !p.Area.Unit.Contains(o.To) })
	out, err := ask[programmedesk.PhasesOutput](c, "programme.phases", fields{"unit": p.Area.Unit})
	if refusal, ok := event.AsRefusal(err); err != nil && (!ok || refusedStatus(refusal) == http.StatusForbidden) { // without a plan there is no milestone
		return err
	}
	overdue := slices.DeleteFunc(out.Milestones, func(m programmedesk.MilestoneState) bool { return m.Light != programme.Red })
	p.Sections = []leaderSection{{Title: c.t("leader.milestones"), Tables: []table{c.milestoneTable(overdue)}},
		{Title: c.t("leader.tab.duties"), Tables: []table{c.orderTable(c.t("leader.tab.duties"), orders)}}}
	return c.leader(p)
}

func (c *call) orderTable(caption string, orders []programmedesk.OrderRow) table {
	t := c.listOf(caption, "programme.orders", "task", "to_unit", "from_unit", "due", "state", "figures", "answers_to")
	slices.SortStableFunc(orders, func(a, b programmedesk.OrderRow) int { return a.Due.Compare(b.Due) })
	for i := range orders {
		o := &orders[i]
		tone, word := c.orderState(o)
		row := t.put(textCell(o.Task), c.unitCell(o.To, ""), c.unitCell(o.From, ""), dateCell(o.Due), tagCell(tone, word), textCell(c.figureWords(o.Figures)), textCell(""))
		if o.Closed == nil {
			row.Cells[6] = c.unitCell(o.AnswersTo, "")
		}
		row.Href = "/duties/order/" + url.PathEscape(o.Order.Order)
		if o.Overdue {
			row.Tone = "late"
		}
	}
	return t
}

// orderState says how an order stands.
func (c *call) orderState(o *programmedesk.OrderRow) (tone, word string) {
	switch {
	case o.Closed != nil && o.Closed.Outcome == programme.OutcomeDone:
		return "done", c.t("leader.order.done")
	case o.Closed != nil:
		return "stop", c.t("leader.order.not_done")
	case o.Overdue:
		return "late", c.t("leader.order.overdue")
	case len(o.Replies) > 0:
		return "info", c.t("leader.order.replied")
	case o.Acked != nil:
		return "info", c.t("leader.order.acknowledged")
	}
	return "wait", c.t("leader.order.waiting")
}

// figureWords says figures in a line.
func (c *call) figureWords(figures []programme.Figure) string {
	var parts []string
	for i := range figures {
		f := &figures[i]
		parts = append(parts, fmt.Sprintf("%s %d", c.figureName(f.Figure), f.Value))
	}
	return joinList(c, parts)
}

// leadOrder shows one order: what it rests on, who has it, what was replied, how it ended.
func (s *Server) leadOrder(c *call) error {
	p, err := c.newLeaderPage("/duties", "leader.order.title")
	if err != nil {
		return err
	}
	p.Area = areaBar{}
	o, err := c.orderByID(c.r.PathValue("order"))
	if err != nil {
		return err
	}
	if o == nil {
		return c.fail(http.StatusNotFound, "leader.no_order")
	}
	p.Title = o.Task
	p.Tabs = c.dutyTabs("")
	p.Acts = c.orderActs(o)
	p.Sections = c.orderSections(o)
	return c.leader(p)
}

// orderByID finds an order to a unit of the operator's area; nil when there is none.
func (c *call) orderByID(id string) (*programmedesk.OrderRow, error) {
	orders, err := ask[[]programmedesk.OrderRow](c, "programme.orders", fields{})
	i := slices.IndexFunc(orders, func(o programmedesk.OrderRow) bool { return o.Order.Order == id })
	if err != nil || i < 0 {
		return nil, err
	}
	return &orders[i], nil
}

// orderActs are what the operator's unit may do next about an order.
func (c *call) orderActs(o *programmedesk.OrderRow) []leaderLink {
	var acts []leaderLink
	if o.Closed != nil {
		return nil
	}
	query := "?order=" + url.QueryEscape(o.Order.Order)
	if o.To == c.by.Unit {
		if o.Acked == nil {
			acts = c.actLink(acts, "programme.acknowledge", "/duties/order/acknowledge"+query, "leader.acknowledge")
		}
		acts = c.actLink(acts, "programme.reply", "/duties/order/reply"+query, "leader.reply")
	}
	if o.From == c.by.Unit {
		acts = c.actLink(acts, "programme.close_order", "/duties/order/close"+query, "leader.close")
	}
	if len(acts) > 0 {
		acts[0].Primary = true
	}
	return acts
}

func (c *call) orderSections(o *programmedesk.OrderRow) []leaderSection {
	tone, word := c.orderState(o)
	label := func(name string) string { return c.columnLabel("programme.orders", name) }
	facts := []fact{{Label: label("task"), Text: o.Task, Tone: "wide"}, {Label: label("to_unit"), Text: c.s.units.name(o.To)}, {Label: label("from_unit"), Text: c.s.units.name(o.From)},
		{Label: label("due"), Text: o.Due.String()}, {Label: label("state"), Text: word, Tone: map[string]string{"late": "late", "done": "done", "stop": "stop"}[tone]},
		{Label: label("issued_at"), Text: instant(o.IssuedAt)}}
	if o.Closed == nil {
		facts = append(facts, fact{Label: label("answers_to"), Text: c.s.units.name(o.AnswersTo)})
	}
	if o.Acked != nil {
		facts = append(facts, fact{Label: label("acknowledged_at"), Text: instant(o.AckedAt)}, fact{Label: label("person"), Text: o.Acked.Person})
	}
	sections := []leaderSection{{Title: c.t("leader.order.title"), Facts: facts}, {Title: c.t("leader.order.figures"), Tables: []table{c.orderFigures(o)}}}
	if len(o.Replies) > 0 {
		t := c.listOf(c.t("leader.order.replies"), "programme.orders", "explanation", "measures", "done_by")
		for _, r := range o.Replies {
			t.put(textCell(r.Explanation), textCell(r.Measures), dateCell(r.DoneBy))
		}
		sections = append(sections, leaderSection{Title: c.t("leader.order.replies"), Tables: []table{t}})
	}
	if o.Closed != nil {
		sections = append(sections, leaderSection{Title: c.t("leader.order.closed"), Facts: []fact{{Label: label("outcome"), Text: word}, {Label: label("words"), Text: o.Closed.Words, Tone: "wide"}}})
	}
	return sections
}

// orderFigures are the figures as they were counted for the order, and again at its closing.
func (c *call) orderFigures(o *programmedesk.OrderRow) table {
	t := c.listOf(c.t("leader.order.figures"), "programme.orders", "figure", "since", "until", "#value", "#meant", "#at_closing")
	for i := range o.Figures {
		f := &o.Figures[i]
		href := ""
		if opens(f.Figure) {
			href = c.listHref(f.Figure, f.Unit, f.From, f.To)
		}
		row := t.put(textCell(c.figureName(f.Figure)), dateCell(f.From), dateCell(f.To), countCell(f.Value, href), textCell(""), textCell(""))
		if f.Meant != 0 {
			row.Cells[4] = numberCell(f.Meant)
		}
		if o.Closed != nil && i < len(o.Closed.Figures) {
			row.Cells[5] = numberCell(o.Closed.Figures[i].Value)
		}
	}
	return t
}

// orderEvidence shows the order above the form of an act about it.
func orderEvidence(c *call, f *form) ([]leaderSection, error) {
	o, err := c.orderByID(f.Value("order"))
	if err != nil || o == nil {
		return nil, err
	}
	return c.orderSections(o), nil
}

// leadGuidance lists problems without an answer, and the answers and practices with who has read them.
func (s *Server) leadGuidance(c *call) error {
	p, err := c.newLeaderPage("/duties/guidance", "leader.guidance")
	if err != nil {
		return err
	}
	p.Area = areaBar{}
	p.Tabs = c.dutyTabs("/duties/guidance")
	p.Acts = c.actLink(nil, "programme.raise_problem", "/duties/problem/new", "leader.raise")
	p.Acts = c.actLink(p.Acts, "programme.issue_guidance", "/duties/practice/new", "leader.practice")
	all, err := ask[programmedesk.GuidanceOutput](c, "programme.guidance", fields{})
	if err != nil {
		return err
	}
	p.Sections = []leaderSection{{Title: c.t("leader.guidance.issued"), Tables: []table{c.guidanceTable(all.Guidance)}},
		{Title: c.t("leader.problems"), Tables: []table{c.problemTable(all.Unanswered)}}}
	return c.leader(p)
}

func (c *call) guidanceTable(all []programmedesk.GuidanceRow) table {
	t := c.listOf(c.t("leader.guidance.issued"), "programme.guidance", "title", "kind", "text", "unit", "binding", "read_by", "state")
	for i := range all {
		g := &all[i]
		binding := ""
		if g.Binding {
			binding = c.t("form.yes")
		}
		row := t.put(textCell(g.Title), textCell(c.codeWord("programme.issue_guidance.kind", g.Kind)), textCell(g.Text), c.unitCell(g.Unit, ""), textCell(binding),
			textCell(c.t("leader.read_by", len(g.ReadBy), len(g.ReadBy)+len(g.Unread))), tagCell("done", c.t("leader.read")))
		if slices.Contains(g.Unread, c.by.Unit) {
			row.Cells[6] = tagCell("late", c.t("leader.unread"))
			row.Tone = "late"
			if c.may("programme.read_guidance") {
				row.Href = "/duties/guidance/read?guidance=" + url.QueryEscape(g.Guidance.Guidance)
			}
		}
	}
	return t
}

func (c *call) problemTable(all []programme.Problem) table {
	t := c.listOf(c.t("leader.problems"), "programme.guidance", "text", "kind", "unit")
	for i := range all {
		q := &all[i]
		row := t.put(textCell(q.Text), textCell(c.codeWord("programme.raise_problem.kind", q.Kind)), c.unitCell(q.Unit, ""))
		if c.may("programme.issue_guidance") {
			row.Href = "/duties/problem/answer?binding=1&problem=" + url.QueryEscape(q.Problem)
		}
	}
	return t
}

// guidanceEvidence shows the guidance that is about to be marked as read.
func guidanceEvidence(c *call, f *form) ([]leaderSection, error) {
	all, err := ask[programmedesk.GuidanceOutput](c, "programme.guidance", fields{})
	if err != nil {
		return nil, err
	}
	for i := range all.Guidance {
		if g := &all.Guidance[i]; g.Guidance.Guidance == f.Value("guidance") {
			return []leaderSection{{Title: g.Title, Hint: c.s.units.name(g.Unit), Texts: []string{g.Text}}}, nil
		}
	}
	return nil, nil
}

// problemEvidence shows the problem that is about to be answered.
func problemEvidence(c *call, f *form) ([]leaderSection, error) {
	all, err := ask[programmedesk.GuidanceOutput](c, "programme.guidance", fields{})
	if err != nil {
		return nil, err
	}
	for i := range all.Unanswered {
		if q := &all.Unanswered[i]; q.Problem == f.Value("problem") {
			return []leaderSection{{Title: c.t("leader.problem"), Hint: c.s.units.name(q.Unit), Texts: []string{q.Text}}}, nil
		}
	}
	return nil, nil
}

// leadPlan is the calendar: phases and milestones with their lights.
func (s *Server) leadPlan(c *call) error {
	p, err := c.newLeaderPage("/duties/plan", "leader.plan.title")
	if err != nil {
		return err
	}
	p.Tabs = c.dutyTabs("/duties/plan")
	p.Acts = c.actLink(nil, "programme.adopt_plan", "/do/programme.adopt_plan", "leader.adopt")
	out, err := ask[programmedesk.PhasesOutput](c, "programme.phases", fields{"unit": p.Area.Unit})
	if refusal, ok := event.AsRefusal(err); ok && refusedStatus(refusal) != http.StatusForbidden {
		p.Notices = []notice{{Tone: "warn", Title: Titled(refusal.Text.In(c.lang)), Text: Titled(refusal.Mend.In(c.lang))}}
		return c.leader(p)
	}
	if err != nil {
		return err
	}
	phases := c.listOf(c.t("leader.phases"), "programme.phases", "phase", "since", "until", "state")
	for i := range out.Phases {
		one := &out.Phases[i]
		row := phases.put(textCell(Titled(one.Name.In(c.lang))), dateCell(one.From), dateCell(one.To), textCell(""))
		if out.Phase != nil && out.Phase.Phase == one.Phase {
			row.Tone, row.Cells[3] = "selected", tagCell("info", c.t("leader.now"))
		}
	}
	p.Sections = []leaderSection{{Title: out.Title, Hint: citizen.Cited(out.Document).In(c.lang), Tables: []table{phases}}, {Title: c.t("leader.milestones"), Tables: []table{c.milestoneTable(out.Milestones)}}}
	return c.leader(p)
}

var lightTones = map[programme.Light]string{programme.Red: "late", programme.Green: "done"}

func (c *call) milestoneTable(all []programmedesk.MilestoneState) table {
	t := c.listOf(c.t("leader.milestones"), "programme.phases", "text", "unit", "due", "light", "counted", "on", "paper")
	for i := range all {
		m := &all[i]
		row := t.put(textCell(Titled(m.Text.In(c.lang))), c.unitCell(m.Unit, ""), dateCell(m.Due), tagCell(lightTones[m.Light], c.codeWord("programme.Light", string(m.Light))), textCell(""), dateCell(m.On), textCell(m.Paper))
		if row.Cells[3].Tag == "" {
			row.Cells[3].Tag = "wait"
		}
		if m.Counted != nil {
			row.Cells[4] = textCell(fmt.Sprintf("%d / %d", m.Counted.Value, m.Counted.Needed))
		}
		if m.Light == programme.Red {
			row.Tone = "late"
		}
		if m.Unit == c.by.Unit && m.On.IsZero() && c.may("programme.meet_milestone") {
			row.Href = "/duties/plan/meet?milestone=" + url.QueryEscape(m.Milestone)
		}
	}
	return t
}

// milestoneEvidence shows the milestone that is reported as met.
func milestoneEvidence(c *call, f *form) ([]leaderSection, error) {
	out, err := ask[programmedesk.PhasesOutput](c, "programme.phases", fields{"unit": c.by.Unit})
	if err != nil {
		return nil, err
	}
	one := slices.DeleteFunc(out.Milestones, func(m programmedesk.MilestoneState) bool {
		return m.Milestone != f.Value("milestone") || m.Unit != c.by.Unit
	})
	return oneOf(c.t("leader.milestone"), c.milestoneTable(one)), nil
}

// leadNotices is the public schedule.
func (s *Server) leadNotices(c *call) error {
	p, err := c.newLeaderPage("/duties/notices", "leader.notices")
	if err != nil {
		return err
	}
	p.Tabs = c.dutyTabs("/duties/notices")
	p.Acts = c.actLink(nil, "programme.notice", "/duties/notices/new", "leader.notice")
	f := c.queryForm(map[string]string{"on": citizen.DateOf(s.Office.Clock()).String()})
	f.Values.Set("unit", string(p.Area.Unit))
	if p.Filter, err = c.filterOf(f, "programme.notices", map[string]string{"unit": string(p.Area.Unit)}, "on", "area"); err != nil {
		return err
	}
	all, ok, err := look[[]programme.Notice](c, f, "programme.notices")
	if err != nil {
		return err
	}
	p.Filter.Errors = f.Errors
	if ok {
		t := c.listOf(c.t("leader.notices"), "programme.notices", "title", "unit", "areas", "since", "until", "place", "bring", "text")
		for i := range all {
			n := &all[i]
			t.put(textCell(n.Title), c.unitCell(n.Unit, ""), textCell(joinList(c, n.Areas)), dateCell(n.From), dateCell(n.To), textCell(n.Place), textCell(n.Bring), textCell(n.Text))
		}
		p.Sections = []leaderSection{{Tables: []table{t}}}
	}
	return c.leader(p)
}
