package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
)

// registerList is a page of one or more lists.
type registerList struct {
	Title, Hint string
	Tables      []table
	Acts        []registerLink
}

// pendingMatters lists the matters that wait, those for this unit first.
func (s *Server) pendingMatters(c *call) error {
	all, err := ask[[]registerdesk.Pending](c, "register.pending", fields{"purpose": purposeOf("register.purpose.pending")})
	if err != nil {
		return err
	}
	var mine, others []registerdesk.Pending
	for _, p := range all {
		if p.WaitsFor == "decision" && p.DecidedBy == c.by.Unit || p.WaitsFor != "decision" && p.Unit == c.by.Unit {
			mine = append(mine, p)
		} else {
			others = append(others, p)
		}
	}
	page := registerList{Title: c.t("register.menu.pending"), Hint: c.t("register.pending.hint")}
	for _, part := range []struct {
		caption string
		all     []registerdesk.Pending
	}{{"register.pending.mine", mine}, {"register.pending.others", others}} {
		if len(part.all) > 0 {
			t := c.matters(part.all)
			t.Caption = c.t(part.caption)
			page.Tables = append(page.Tables, t)
		}
	}
	return c.page(http.StatusOK, "register-list", page)
}

// missingPapers lists the papers still to be brought, the longest first.
func (s *Server) missingPapers(c *call) error {
	all, err := ask[[]registerdesk.StillMissing](c, "register.missing", fields{"purpose": purposeOf("register.purpose.missing")})
	if err != nil {
		return err
	}
	t := table{Caption: c.t("register.missing.caption"), Total: len(all)}
	for _, name := range []string{"text", "kind", "asked_on", "days"} {
		t.Columns = append(t.Columns, column{Key: name, Label: c.label("register.missing", name), Num: name == "days"})
	}
	for _, m := range all {
		kind, _ := citizen.ChangeKinds.ByCode(m.Kind)
		href := c.residentHref(m.Tenure)
		if m.Matter {
			href = "/register/pending/" + url.PathEscape(m.List)
		}
		t.Rows = append(t.Rows, row{Href: href, Cells: []cell{{Text: m.Text.In(c.lang)}, {Text: kind.Text().In(c.lang)}, {Text: shownDate(m.AskedOn)}, {Text: strconv.Itoa(m.Days), Num: true}}})
	}
	return c.page(http.StatusOK, "register-list", registerList{Title: c.t("register.menu.missing"), Hint: c.t("register.missing.hint"), Tables: filled(t),
		Acts: c.offer([]offered{generic("bring-papers", "register.bring_papers")})})
}

// waitingMoves lists who is on the way, who is asked for, and what others have told.
func (s *Server) waitingMoves(c *call) error {
	out, err := ask[registerdesk.MovesOutput](c, "register.moves", fields{"purpose": purposeOf("register.purpose.moves")})
	if err != nil {
		return err
	}
	columns := func(action string, names ...string) (all []column) {
		for _, name := range names {
			all = append(all, column{Key: name, Label: c.label(action, name), Num: name == "days"})
		}
		return all
	}
	moves := table{Caption: c.t("register.moves.transit"), Total: len(out.Moves), Columns: columns("register.moves", "name", "number", "from_unit", "to_unit", "on", "days")}
	for _, m := range out.Moves {
		one := row{Href: c.residentHref(m.FromTenure), Cells: []cell{{Text: m.Name}, {Text: m.Number, Number: true}, {Text: c.s.units.name(m.FromUnit)}, {Text: c.s.units.name(m.ToUnit)}, {Text: shownDate(m.On)}, {Text: strconv.Itoa(m.Days), Num: true}}}
		if m.ToUnit == c.by.Unit {
			one.Href = "/register/move-in?to_tenure=" + url.QueryEscape(m.ToTenure)
		}
		if m.Late {
			one.Tone = "late"
		}
		moves.Rows = append(moves.Rows, one)
	}
	requests := table{Caption: c.t("register.moves.requests"), Total: len(out.Requests), Columns: columns("register.moves", "name", "number", "by_unit", "on")}
	for _, q := range out.Requests {
		href := "/register/move-out?" + url.Values{"tenure": {q.Tenure}, "request": {q.Request}, "to_unit": {string(q.By)}}.Encode()
		if q.Tenure == "" {
			href = "/register/moves/person/" + url.PathEscape(q.Request)
		}
		requests.Rows = append(requests.Rows, row{Href: href, Cells: []cell{{Text: q.Name}, {Text: q.Number, Number: true}, {Text: c.s.units.name(q.By)}, {Text: shownDate(q.On)}}})
	}
	reports := table{Caption: c.t("register.moves.reports"), Total: len(out.Reports), Columns: columns("register.moves", "name", "number", "event", "on", "note")}
	for _, q := range out.Reports {
		href := "/do/register.answer_report?report=" + url.QueryEscape(q.Report)
		if q.Event == "death" && q.Tenure != "" {
			href = "/register/death?" + url.Values{"tenure": {q.Tenure}, "report": {q.Report}}.Encode()
		}
		reports.Rows = append(reports.Rows, row{Href: href, Cells: []cell{{Text: q.Name}, {Text: q.Number, Number: true}, {Text: codeWords("register.report_event.event", q.Event).In(c.lang)}, {Text: shownDate(q.On)}, {Text: q.Note}}})
	}
	return c.page(http.StatusOK, "register-list", registerList{Title: c.t("register.menu.moves"), Hint: c.t("register.moves.hint"), Tables: filled(moves, requests, reports),
		Acts: c.offer([]offered{byHand("move-in", "register.move_in"), byHand("request-move-in", "register.request_move_in"), generic("refuse-move", "register.refuse_move"), generic("return-move", "register.return_move")})})
}

// requestedPerson searches for the person whom another station asks for, where this one does not know the registration.
func (s *Server) requestedPerson(c *call) error {
	out, err := ask[registerdesk.MovesOutput](c, "register.moves", fields{"purpose": windowPurpose()})
	if err != nil {
		return err
	}
	for _, q := range out.Requests {
		if q.Request == c.r.PathValue("request") {
			return c.openWith("/search", url.Values{"q": {q.Number}})
		}
	}
	return c.notFound()
}

// filled leaves out the lists that have nothing.
func filled(all ...table) []table {
	return slices.DeleteFunc(all, func(t table) bool { return t.Total == 0 })
}

// matterPage is one matter with all that is needed to decide on it.
type matterPage struct {
	registerdesk.MatterShown
	Title   string
	Who     string
	Facts   []fact
	Person  []fact
	Papers  []paperLine
	Alike   *table
	Form    *form
	Steps   []step
	Decide  bool // the operator may decide it now
	Serve   []field
	Bring   bool
	Carry   bool
	Object  []field
	Compare bool
}

type paperLine struct {
	Text, Number string
	Here         bool
	Code         string
}

// showMatter shows a matter for its decision, its notice or its carrying out.
func (s *Server) showMatter(c *call) error {
	f, err := c.newForm(c.r.PathValue("submission"))
	if err != nil {
		return err
	}
	return c.matter(f)
}

func (c *call) matter(f *form) error {
	m, err := ask[registerdesk.MatterShown](c, "register.matter", fields{"submission": c.r.PathValue("submission"), "purpose": purposeOf("register.purpose.pending")})
	if err != nil {
		return err
	}
	p := matterPage{MatterShown: m, Title: Titled(m.Text.In(c.lang)) + " " + m.Name, Form: f}
	if p.Who, err = c.operatorName(m.AskedBy); err != nil {
		return err
	}
	p.Facts, p.Person = c.matterFacts(&p)
	for _, one := range m.Required {
		line := paperLine{Text: Titled(one.Text.In(c.lang)), Code: one.Paper, Here: !slices.Contains(m.Missing, one.Paper)}
		for _, given := range m.Matter.Papers {
			if given.Kind == one.Paper {
				line.Number = strings.TrimSpace(given.Number + " " + given.Issuer + " " + shownDate(given.IssuedOn))
			}
		}
		p.Papers = append(p.Papers, line)
	}
	if len(m.Alike) > 0 {
		alike := c.alike(m.Alike)
		p.Alike = &alike
	}
	p.Steps = c.matterSteps(&m)
	own := m.Unit == c.by.Unit
	p.Decide = m.WaitsFor == "decision" && c.may("register.decide") && m.DecidedBy == c.by.Unit
	p.Compare = p.Decide && m.Matter.Entry != nil && len(m.Alike) > 0
	p.Bring = m.WaitsFor == "decision" && own && len(m.Missing) > 0 && c.may("register.bring_papers")
	p.Carry = m.WaitsFor == "carrying_out" && own && c.may("register.carry_out")
	if m.WaitsFor == "notice" && own && c.may("register.serve_notice") {
		p.Serve = c.several(f, "register.serve_notice", "way", "to", "on")
	}
	if (m.WaitsFor == "notice" || m.WaitsFor == "objections" || m.WaitsFor == "carrying_out") && own && c.may("register.object") && m.NoticeServed != nil {
		p.Object = c.several(f, "register.object", "who", "words")
	}
	return c.page(f.status(), "register-matter", p)
}

// several makes fields of an action by their paths; one that the action does not have is left out.
func (c *call) several(f *form, action string, paths ...string) []field {
	var all []field
	for _, path := range paths {
		if one, err := c.control(f, action, path); err == nil {
			all = append(all, one)
		}
	}
	return all
}

// matterFacts are what was asked, and the person that it is about as registered now or to be registered.
func (c *call) matterFacts(p *matterPage) (facts, person []fact) {
	m := &p.Matter
	item := func(name, text string) fact {
		return fact{Label: c.label("register.pending", name), Text: text}
	}
	facts = []fact{{Label: c.t("register.matter.station"), Text: c.s.units.name(p.Unit)}, {Label: c.t("register.matter.asked"), Text: shownDate(m.AskedOn) + " " + p.Who},
		item("applicant", register.Applicants[m.Applicant].In(c.lang)), item("on", shownDate(m.On))}
	if m.Reason != "" {
		row, _ := citizen.ChangeReasons.ByCode(m.Reason)
		facts = append(facts, item("reason", row.Text().In(c.lang)))
	}
	if m.Class != "" {
		facts = append(facts, item("class", c.hukouClass(m.Class)))
	}
	if m.Ground != "" {
		ground := item("ground", m.Ground)
		ground.Tone = "wide"
		facts = append(facts, ground)
	}
	follows := fact{Label: c.t("register.matter.follows"), Text: p.Follows.In(c.lang), Tone: "wide"}
	facts = append(facts, follows)
	one := registerdesk.ResidentShown{}
	switch {
	case m.Entry != nil:
		one.Record = m.Entry.Record("")
	case p.Record != nil:
		one.Record, one.Tenure, one.Unit = *p.Record, m.Tenure, p.Unit
	default:
		return facts, nil
	}
	person, _ = c.formFacts(&one)
	var filled []fact
	for _, f := range person[:len(person)-1] {
		if f.Text != "" {
			filled = append(filled, f)
		}
	}
	if c.may("register.resident") && m.Entry == nil && len(filled) > 0 {
		filled[0].Href = c.residentHref(m.Tenure)
	}
	return facts, filled
}

// alike lists registrations that may be the same person. Outside the operator's area it says where there is one, and no more.
func (c *call) alike(hits []registerdesk.Hit) table {
	t := table{Caption: c.t("register.alike"), Total: len(hits), Columns: []column{{Label: c.label("register.birth", "unit")}, {Label: c.label("register.birth", "state")}}}
	for _, h := range hits {
		one := row{Cells: []cell{{Text: c.s.units.name(h.Unit)}, {Text: c.state(h.State)}}}
		if h.Tenure != "" && c.may("register.resident") {
			one.Href = c.residentHref(h.Tenure)
		}
		t.Rows = append(t.Rows, one)
	}
	return t
}

// matterSteps are the stages that the matter goes through, with where it is.
func (c *call) matterSteps(m *registerdesk.MatterShown) []step {
	stages := []string{"submitted", "decision", "carrying_out"}
	if m.NoticeServed != nil || m.WaitsFor == "notice" || m.WaitsFor == "objections" {
		stages = []string{"submitted", "decision", "notice", "objections", "carrying_out"}
	}
	at := slices.Index(stages, m.WaitsFor)
	var steps []step
	for i, stage := range stages {
		one := step{Label: c.t("register.stage." + stage)}
		switch {
		case at < 0 || i < at:
			one.State = "done"
		case i == at:
			one.State = "now"
		}
		steps = append(steps, one)
	}
	return steps
}

// matterActs are what may be done about a matter, by the button that was pressed.
var matterActs = map[string]string{"approve": "register.decide", "refuse": "register.decide", "serve": "register.serve_notice", "object": "register.object",
	"carry": "register.carry_out", "bring": "register.bring_papers"}

// doMatter decides, serves, takes in papers or an objection, or carries out; after a decision the next matter comes by itself.
func (s *Server) doMatter(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	step := f.Value(stepField)
	action, ok := matterActs[step]
	if !ok {
		return c.matter(f)
	}
	submission := c.r.PathValue("submission")
	f.Values.Set("submission", submission)
	var in any
	switch step {
	case "approve", "refuse":
		in = fields{"submission": submission, "approve": step == "approve", "ground": strings.TrimSpace(f.Value("ground")), "compared": f.Value("compared") != ""}
	case "bring":
		in = fields{"list": submission, "papers": papersOf(f.Values["bring"])}
	default:
		in = c.bindTo(f, action)
	}
	_, ok, err = act[any](c, f, action, in)
	if err != nil {
		return err
	}
	if !ok {
		return c.matter(f)
	}
	if step == "approve" || step == "refuse" {
		next, err := c.nextMatter(submission)
		if err != nil {
			return err
		}
		return c.redirect(next)
	}
	return c.redirect("/register/pending/" + url.PathEscape(submission))
}

func papersOf(codes []string) []register.Paper {
	papers := []register.Paper{}
	for _, code := range codes {
		papers = append(papers, register.Paper{Kind: code})
	}
	return papers
}

// nextMatter is the page of the next matter that waits for this unit's decision, or the list.
func (c *call) nextMatter(after string) (string, error) {
	all, err := ask[[]registerdesk.Pending](c, "register.pending", fields{"purpose": purposeOf("register.purpose.pending")})
	if _, refused := event.AsRefusal(err); refused {
		return "/register/pending", nil
	}
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if p.WaitsFor == "decision" && p.DecidedBy == c.by.Unit && p.Submission != after {
			return "/register/pending/" + url.PathEscape(p.Submission), nil
		}
	}
	return "/register/pending", nil
}
