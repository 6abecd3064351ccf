package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/web/chart"
	"github.com/huzheng/huzheng/internal/words"
)

// leaderRoad is where the work is led from: the board and what stands behind its figures, quotas, orders, readiness, equipment, training, people, money, reports.
var leaderRoad = road{
	routes: func(s *Server) {
		for path, page := range map[string]handler{
			"/board": s.leadBoard, "/progress": s.leadProgress, "/progress/list": s.leadFigureList, "/backlog": s.leadLate, "/forecast": s.leadForecast,
			"/quotas": s.leadQuotas, "/readiness": s.leadReadiness,
			"/duties": s.leadDuties, "/duties/overdue": s.leadOverdue, "/duties/order/{order}": s.leadOrder, "/duties/guidance": s.leadGuidance, "/duties/plan": s.leadPlan, "/duties/notices": s.leadNotices,
			"/equipment": s.leadEquipment, "/training": s.leadTraining, "/people": s.leadPeople,
			"/money": s.leadMoney, "/money/spending": s.leadSpending,
			"/reports": s.leadReports, "/reports/{report}": s.leadReport, "/reports/{report}/paper": s.leadReportPaper,
		} {
			s.get(path, page)
		}
		s.get("/quotas/set", s.leadShowQuotas)
		s.post("/quotas/set", s.leadSetQuotas)
		for i := range actForms {
			actForms[i].route(s)
		}
	},
	menu: []entry{
		{Label: "leader.menu.board", Href: "/board", Action: "programme.board", Only: []office.Role{office.Leader, office.Communications, office.Auditor}},
		{Label: "leader.menu.progress", Href: "/progress", Action: "programme.progress", Only: []office.Role{office.Leader, office.Reviewer, office.Communications, office.Auditor}},
		{Label: "leader.menu.heard", Href: "/backlog#heard", Action: "programme.heard", Only: []office.Role{office.Leader, office.Communications}, Levels: superior, Count: unitsLate},
		{Label: "leader.menu.duties", Href: "/duties", Action: "programme.orders", Only: speaking, Count: ordersOpen},
		{Label: "leader.menu.guidance", Href: "/duties/guidance", Action: "programme.guidance", Only: speaking, Count: guidanceUnread},
		{Label: "leader.menu.quotas", Href: "/quotas", Action: "programme.quotas", Only: []office.Role{office.Leader}, Levels: superior},
		{Label: "leader.menu.readiness", Href: "/readiness", Action: "site.readiness", Only: charged},
		{Label: "leader.menu.equipment", Href: "/equipment", Action: "site.equipment_list", Only: []office.Role{office.Leader, office.Administrator, office.Communications, office.Finance}},
		{Label: "leader.menu.training", Href: "/training", Action: "site.training", Only: charged},
		{Label: "leader.menu.people", Href: "/people", Action: "site.bodies", Only: charged},
		{Label: "leader.menu.money", Href: "/money", Action: "fund.spending", Only: []office.Role{office.Leader, office.Finance, office.Auditor}},
		{Label: "leader.menu.reports", Href: "/reports", Action: "programme.reports", Only: []office.Role{office.Leader, office.Finance, office.Communications, office.Auditor}, Count: reportsDue},
	},
}

var (
	superior = []event.Level{event.City, event.County}
	charged  = []office.Role{office.Leader, office.Administrator}
	speaking = []office.Role{office.Leader, office.Reviewer, office.Communications}
)

// unitsLate counts the units that have sent nothing since before the last working day.
func unitsLate(c *call) (n int64, err error) {
	heard, err := ask[[]programmedesk.Heard](c, "programme.heard", fields{})
	for i := range heard {
		if heard[i].Late {
			n++
		}
	}
	return n, err
}

// ordersOpen counts the orders that the operator's unit has to answer or to deal with.
func ordersOpen(c *call) (int64, error) {
	orders, err := ask[[]programmedesk.OrderRow](c, "programme.orders", fields{"ours": true})
	return int64(len(orders)), err
}

// guidanceUnread counts the guidance that the operator's unit has not read.
func guidanceUnread(c *call) (n int64, err error) {
	all, err := ask[programmedesk.GuidanceOutput](c, "programme.guidance", fields{})
	for i := range all.Guidance {
		if slices.Contains(all.Guidance[i].Unread, c.by.Unit) {
			n++
		}
	}
	return n, err
}

// reportsDue counts the daily reports that are missing, of the days of which /reports tells.
func reportsDue(c *call) (int64, error) {
	from, to := c.reportedDays()
	all, err := ask[programmedesk.ReportsOutput](c, "programme.reports", fields{"period": programme.Daily, "from": from, "to": to})
	return int64(len(all.Late)), err
}

// leaderLink leads to a page; Primary is what Enter does.
type leaderLink struct {
	Href, Label string
	Icon        string
	Primary     bool
}

// leaderPage is a page of this part: its unit, what can be looked for, and sections with figures, charts and lists.
type leaderPage struct {
	Title    string
	Path     string
	Area     areaBar
	AsOf     string // when it was counted
	Tabs     []tab
	Done     string // what has just been done
	Notices  []notice
	Filter   *leaderFilter
	Acts     []leaderLink
	Form     *leaderForm
	Sections []leaderSection
}

// figurePart is in the shape of the part "figure", with a small line beside its trend.
type figurePart struct {
	Label, Value, Unit, Target, Trend, Tone, Word, Act, Href string
	Words                                                    bool // the value is no number, and may need more than one line
	Spark                                                    *chart.Drawn
}

// leaderSection is a part of such a page.
type leaderSection struct {
	ID, Title, Hint string
	Half            bool // it shares its line with the next one
	Screen          bool // it is left out in print
	Figures         []figurePart
	Facts           []fact
	Charts          []chart.Drawn
	Map             *chart.Drawn
	Modes           []tab
	Tables          []table
	Texts           []string
	Acts            []leaderLink
}

// leaderFilter are the fields of a look-up above the sections.
type leaderFilter struct {
	Fields []field
	Keep   map[string]string
	Errors []formError
}

// areaBar is the way from the operator's unit down to the one that is shown, and the units below it.
type areaBar struct {
	Unit   event.Unit
	Name   string
	Crumbs []leaderLink
	Below  []leaderLink
}

// areaBar reads the unit that a page is about: the operator's own or one below it. The desk refuses any other.
func (c *call) areaBar(path string) (areaBar, error) {
	var bar areaBar
	err := c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error { return c.s.units.load(c.ctx(), tx, c.s.Office.Clock()) })
	if err != nil {
		return bar, err
	}
	bar.Unit = event.Unit(c.r.URL.Query().Get("unit"))
	if bar.Unit == "" {
		bar.Unit = c.by.Unit
	}
	bar.Name = c.s.units.name(bar.Unit)
	if !c.by.Unit.Contains(bar.Unit) {
		return bar, nil // the desk refuses it
	}
	for u := bar.Unit; u != c.by.Unit; u = u.Parent() {
		bar.Crumbs = append(bar.Crumbs, leaderLink{Href: unitHref(path, u), Label: c.s.units.name(u)})
	}
	bar.Crumbs = append(bar.Crumbs, leaderLink{Href: unitHref(path, c.by.Unit), Label: c.s.units.name(c.by.Unit)})
	slices.Reverse(bar.Crumbs)
	for _, u := range c.s.units.under(bar.Unit) {
		if u.Parent() == bar.Unit {
			bar.Below = append(bar.Below, leaderLink{Href: unitHref(path, u), Label: c.s.units.name(u)})
		}
	}
	return bar, nil
}

func unitHref(path string, unit event.Unit) string {
	return path + "?unit=" + url.QueryEscape(string(unit))
}

// newLeaderPage begins a page about the unit that is asked for.
func (c *call) newLeaderPage(path, title string) (*leaderPage, error) {
	bar, err := c.areaBar(path)
	p := &leaderPage{Title: c.t(title), Path: path, Area: bar}
	if a, ok := c.s.Office.Action(c.r.URL.Query().Get("done")); ok {
		p.Done = c.t("leader.done", a.Text.In(c.lang))
	}
	return p, err
}

// leader answers with the page, or with one of its lists or all of them as a workbook.
func (c *call) leader(p *leaderPage) error {
	var all []*table
	for i := range p.Sections {
		for k := range p.Sections[i].Tables {
			all = append(all, &p.Sections[i].Tables[k])
		}
	}
	for _, t := range all {
		t.Export, t.Fixed = "1", t.Total != len(t.Rows) // a list with its sum stays as it is
	}
	status := http.StatusOK
	if p.Form != nil {
		status = p.Form.Form.status()
	}
	return c.page(status, "leader", p)
}

// boardTabs are the pages about how far the work has come.
func (c *call) boardTabs(path string, unit event.Unit) []tab {
	var tabs []tab
	for _, one := range []struct{ path, action string }{
		{"/board", "programme.board"}, {"/progress", "programme.progress"}, {"/backlog", "programme.late"}, {"/forecast", "programme.forecast"},
	} {
		if c.may(one.action) {
			tabs = append(tabs, tab{Href: unitHref(one.path, unit), Label: c.t("leader.tab." + strings.ReplaceAll(one.path[1:], "/", ".")), Here: one.path == path})
		}
	}
	return tabs
}

// columnsOf makes the columns of a list by the names of its fields; "#" before a name makes it a number.
func (c *call) columnsOf(action string, names ...string) []column {
	all := make([]column, len(names))
	for i, name := range names {
		name, num := strings.CutPrefix(name, "#")
		all[i] = column{Key: name, Label: c.columnLabel(action, name), Num: num}
	}
	return all
}

func (c *call) columnLabel(action, name string) string {
	if text, ok := words.First("leader.col."+name, "field."+action+"."+name, "field."+name); ok {
		return text.In(c.lang)
	}
	return name
}

// listOf begins a table of this part.
func (c *call) listOf(caption, action string, names ...string) table {
	return table{Caption: caption, Columns: c.columnsOf(action, names...)}
}

func (t *table) put(cells ...cell) *row {
	t.Rows = append(t.Rows, row{Cells: cells})
	t.Total++
	return &t.Rows[len(t.Rows)-1]
}

func textCell(s string) cell { return cell{Text: s} }

func moneyCell(fen int64) cell { return cell{Text: yuan(fen), Num: true} }

func tagCell(tone, word string) cell { return cell{Text: word, Tag: tone} }

func dateCell(d citizen.Date) cell { return cell{Text: shownDate(d)} }

// countCell is a number that opens to its list; nothing opens to nothing.
func countCell(n int64, href string) cell {
	one := numberCell(n)
	if n != 0 {
		one.Href = href
	}
	return one
}

func (c *call) unitCell(unit event.Unit, path string) cell {
	one := cell{Text: c.s.units.name(unit)}
	if path != "" && c.by.Unit.Contains(unit) {
		one.Href = unitHref(path, unit)
	}
	return one
}

// codeWord says a coded value in the reader's language.
func (c *call) codeWord(kind, value string) string {
	if value == "" {
		return ""
	}
	return codeWords(kind, value).In(c.lang)
}

// listHref leads to the names behind a figure.
func (c *call) listHref(figure string, unit event.Unit, from, to citizen.Date) string {
	if !c.may("programme.list") {
		return ""
	}
	q := url.Values{"figure": {figure}, "unit": {string(unit)}}
	if !from.IsZero() {
		q.Set("from", from.String())
	}
	if !to.IsZero() {
		q.Set("to", to.String())
	}
	return "/progress/list?" + q.Encode()
}

// shareOf writes a share with one decimal.
func shareOf(part, whole int64) string {
	if whole == 0 {
		return "–"
	}
	return strconv.FormatFloat(float64(part)*100/float64(whole), 'f', 1, 64) + "%"
}

// actLink is a button for an act, where the operator may do it.
func (c *call) actLink(links []leaderLink, action, href, label string) []leaderLink {
	if c.may(action) {
		links = append(links, leaderLink{Href: href, Label: c.t(label)})
	}
	return links
}
