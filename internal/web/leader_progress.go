package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/web/chart"
)

// filterOf makes the fields of a look-up from the page's query; what is left out keeps the page's unit.
func (c *call) filterOf(f *form, action string, keep map[string]string, names ...string) (*leaderFilter, error) {
	filter := &leaderFilter{Keep: keep}
	for _, name := range names {
		one, err := c.control(f, action, name)
		if err != nil {
			return nil, err
		}
		filter.Fields = append(filter.Fields, one)
	}
	filter.Errors = f.Errors
	return filter, nil
}

// queryForm is the page's query as a form, with what stands for what was left out.
func (c *call) queryForm(preset map[string]string) *form {
	values := url.Values{}
	for name, all := range c.r.URL.Query() {
		values[name] = all
	}
	for name, value := range preset {
		if values.Get(name) == "" {
			values.Set(name, value)
		}
	}
	return &form{Values: values}
}

// look asks with what the query holds; a refusal marks the filter's fields.
func look[O any](c *call, f *form, action string) (out O, ok bool, err error) {
	input := c.bindTo(f, action)
	if len(f.Errors) > 0 {
		return out, false, nil
	}
	out, err = ask[O](c, action, input)
	if refusal, refused := event.AsRefusal(err); refused && refusedStatus(refusal) != http.StatusForbidden {
		f.refuse(refusal, c.lang)
		return out, false, nil
	}
	return out, err == nil, err
}

// leadProgress shows the figures of some days by unit, or by period.
func (s *Server) leadProgress(c *call) error {
	p, err := c.newLeaderPage("/progress", "leader.progress")
	if err != nil {
		return err
	}
	today := citizen.DateOf(s.Office.Clock())
	unit := p.Area.Unit
	p.Tabs = c.boardTabs("/progress", unit)
	f := c.queryForm(map[string]string{"from": today.AddDays(1 - today.Day()).String(), "to": today.String(), "unit": string(unit)})
	f.Values.Set("unit", string(unit))
	out, ok, err := look[programmedesk.ProgressOutput](c, f, "programme.progress")
	if err != nil {
		return err
	}
	if p.Filter, err = c.filterOf(f, "programme.progress", map[string]string{"unit": string(unit)}, "from", "to", "by"); err != nil {
		return err
	}
	p.Filter.Fields[2].Options[0].Label = c.t("leader.by_units")
	if ok {
		p.AsOf = c.t("leader.as_of", instant(s.Office.Clock().UnixMilli()))
		main := leaderSection{Title: c.t("leader.progress.span", out.From.String(), out.To.String())}
		if out.Periods != nil {
			main.Tables = []table{c.periodTable(&out)}
		} else {
			main.Tables = []table{c.progressTable(&out)}
		}
		p.Sections = append(p.Sections, main, leaderSection{Title: c.t("leader.defects"), Tables: []table{c.reasonTable(&out)}})
	}
	return c.leader(p)
}

// progressTable is the report of the units one tier below, with its sum.
func (c *call) progressTable(out *programmedesk.ProgressOutput) table {
	names := []string{"unit"}
	for _, column := range out.Columns {
		names = append(names, "#"+column)
	}
	t := c.listOf(c.t("leader.progress.span", out.From.String(), out.To.String()), "programme.progress", names...)
	for i, column := range programme.Columns {
		t.Columns[i+1].Label = Titled(column.Text.In(c.lang))
	}
	for _, r := range out.Rows {
		c.putFigures(&t, r, c.unitCell(r.Unit, "/progress"), out)
	}
	total := c.putFigures(&t, out.Total, textCell(c.t("leader.total")), out)
	total.Tone = "selected"
	t.Total = len(out.Rows)
	return t
}

func (c *call) putFigures(t *table, r programme.Row, first cell, out *programmedesk.ProgressOutput) *row {
	cells := []cell{first}
	for i, n := range r.Values {
		href := ""
		switch column := out.Columns[i]; {
		case column == "target" && c.may("programme.target"):
			href = "/do/programme.target?" + url.Values{"unit": {string(r.Unit)}, "on": {out.To.String()}}.Encode()
		case column == "quota" && r.Unit.Level() != event.Station && c.may("programme.quotas"):
			href = unitHref("/quotas", r.Unit)
		case opens(column):
			href = c.listHref(out.Columns[i], r.Unit, out.From, out.To)
		}
		cells = append(cells, countCell(n, href))
	}
	return t.put(cells...)
}

// opens tells whether a figure counts applications: targets, quotas and notices have no list of them.
func opens(column string) bool {
	return column != "target" && column != "quota" && column != "notified"
}

func (c *call) periodTable(out *programmedesk.ProgressOutput) table {
	names := []string{"since", "until"}
	var columns []string
	for _, column := range programme.ColumnNames() {
		if opens(column) && column != "done" && column != "returned" && column != "rejected" {
			columns = append(columns, column)
			names = append(names, "#"+column)
		}
	}
	t := c.listOf(c.t("leader.progress.span", out.From.String(), out.To.String()), "programme.progress", names...)
	for i, column := range columns {
		at := slices.Index(programme.ColumnNames(), column)
		t.Columns[i+2].Label = Titled(programme.Columns[at].Text.In(c.lang))
	}
	for i := range out.Periods {
		r := &out.Periods[i]
		cells := []cell{dateCell(r.From), dateCell(r.To)}
		for _, column := range columns {
			cells = append(cells, countCell(r.Counts[column], c.listHref(column, out.Unit, r.From, r.To)))
		}
		t.put(cells...)
	}
	return t
}

// leadFigureList opens a figure to its names, under a purpose.
func (s *Server) leadFigureList(c *call) error {
	p, err := c.newLeaderPage("/progress/list", "leader.list")
	if err != nil {
		return err
	}
	query := c.r.URL.Query()
	f := c.queryForm(map[string]string{"purpose": c.by.Purpose})
	f.Values.Del("sort")
	f.Values.Del("export")
	before := query["after"] // where each page up to this one ended
	if len(before) > 0 {
		f.Values.Set("after", before[len(before)-1])
	}
	var keep map[string]string
	if reason := f.Value("reason"); reason != "" {
		keep = map[string]string{"reason": reason}
	}
	if p.Filter, err = c.filterOf(f, "programme.list", keep, "purpose", "figure", "unit", "from", "to", "past_promise"); err != nil {
		return err
	}
	if query.Get("figure") == "" || f.Value("purpose") == "" {
		begin(f, p.Filter.Fields)
		p.Notices = []notice{{Tone: "info", Text: c.t("leader.list.purpose")}}
		return c.leader(p)
	}
	if err := c.rememberPurpose(f.Value("purpose")); err != nil {
		return err
	}
	all, ok, err := look[[]carddb.Place](c, f, "programme.list")
	if err != nil {
		return err
	}
	p.Filter.Errors = f.Errors
	if !ok {
		return c.leader(p)
	}
	t := c.placeTable(f, all)
	if size := linesOf(f); len(all) == size || len(before) > 0 {
		if err := c.turn(&t, f, before, all, size); err != nil {
			return err
		}
	}
	p.Sections = []leaderSection{{Tables: []table{t}}}
	return c.leader(p)
}

// leaderListPage is how many lines programme.list gives when it is not told, and leaderListMost how many at most.
const (
	leaderListPage = 100
	leaderListMost = 1000
)

// linesOf is how many lines of a figure's list one page has: the address may ask for others.
func linesOf(f *form) int {
	if n, err := strconv.Atoi(f.Value("limit")); err == nil && n > 0 {
		return min(n, leaderListMost)
	}
	return leaderListPage
}

// turn makes the pager of a list that has more lines than one page, with as many in all as the figure says. The address names where each page before this one ended.
func (c *call) turn(t *table, f *form, before []string, all []carddb.Place, size int) error {
	whole, err := c.figureCount(f)
	if err != nil {
		return err
	}
	from := len(before) * size
	t.Total = max(int(whole), from+len(all)) // the figure may have changed since, or there is none of these days
	t.Pager = &pager{From: min(from+1, from+len(all)), To: from + len(all), Total: t.Total}
	to := func(after []string) string {
		query := c.r.URL.Query()
		delete(query, "export")
		query["after"] = after
		return "/progress/list?" + query.Encode()
	}
	if len(before) > 0 {
		t.Pager.Prev = to(before[:len(before)-1])
	}
	if len(all) == size && int(whole) != t.Pager.To {
		t.Pager.Next = to(append(slices.Clone(before), all[len(all)-1].Application))
	}
	return nil
}

// figureCount counts the figure whose names are listed, as the board does; 0 where it has none of these days, counts something else than names, or the operator may not ask.
func (c *call) figureCount(f *form) (int64, error) {
	if !c.may("programme.progress") || !c.may("programme.late") {
		return 0, nil
	}
	var in programmedesk.ListInput
	if err := json.Unmarshal(c.bindTo(f, "programme.list"), &in); err != nil {
		return 0, err
	}
	in.To = cmp.Or(in.To, c.businessDay())
	in.From = cmp.Or(in.From, in.To)
	stage, ok := strings.CutPrefix(in.Figure, "at:")
	if !ok {
		if in.Figure == "returned" || in.Figure == "rejected" { // one name may stand for several times
			return 0, nil
		}
		out, err := ask[programmedesk.ProgressOutput](c, "programme.progress", fields{"unit": in.Unit, "from": in.From, "to": in.To})
		return figureOf(out.Total, in.Figure), err
	}
	rows, err := ask[[]programmedesk.LateRow](c, "programme.late", fields{"unit": in.Unit})
	return standingThere(rows, stage, &in, c.businessDay()), err
}

// standingThere counts those at a stage whom the address of a figure asks for: past their promise, too long there, or all of today. The figure of an area leads to the latest day of its units.
func standingThere(rows []programmedesk.LateRow, stage string, in *programmedesk.ListInput, today citizen.Date) (n int64) {
	var last citizen.Date
	for i := range rows {
		if string(rows[i].Stage) == stage && rows[i].LateTo.After(last) {
			last = rows[i].LateTo
		}
	}
	for i := range rows {
		switch r := &rows[i]; {
		case string(r.Stage) != stage:
		case in.Past:
			n += r.LateWhole
		case in.To == last:
			n += r.LateStage
		case in.To == today:
			n += r.Standing
		}
	}
	return n
}

func (c *call) placeTable(f *form, all []carddb.Place) table {
	name := c.figureName(f.Value("figure"))
	reason := c.codeWord(map[string]string{"returned": "card.ReturnReason", "rejected": "card.RejectClass"}[f.Value("figure")], f.Value("reason"))
	caption := joinList(c, slices.DeleteFunc([]string{name, reason, c.s.units.name(event.Unit(f.Value("unit"))), f.Value("from"), f.Value("to")}, func(s string) bool { return s == "" }))
	columns := []string{"name", "acceptance_no", "unit", "stage", "since_at"}
	often := slices.ContainsFunc(all, func(p carddb.Place) bool { return p.Times > 0 })
	if often {
		columns = append(columns, "#times")
	}
	t := c.listOf(caption, "programme.list", columns...)
	for i := range all {
		one := &all[i]
		row := t.put(textCell(one.Name), cell{Text: one.AcceptanceNo}, c.unitCell(one.Unit, "/board"), textCell(Titled(one.Stage.Text().In(c.lang))), textCell(instant(one.Since)))
		if often {
			row.Cells = append(row.Cells, numberCell(one.Times))
		}
		if c.may("card.show") {
			row.Href = "/application/" + url.PathEscape(one.Application)
		}
	}
	return t
}

// figureName says which figure is opened: a column, or a stage of the backlog.
func (c *call) figureName(figure string) string {
	if stage, ok := strings.CutPrefix(figure, "at:"); ok {
		return Titled(card.Stage(stage).Text().In(c.lang))
	}
	if i := slices.Index(programme.ColumnNames(), figure); i >= 0 {
		return Titled(programme.Columns[i].Text.In(c.lang))
	}
	return c.codeWord("programme.list.figure", figure)
}

// leadLate is what stands where too long: by desk, by unit, and who has not been heard of.
func (s *Server) leadLate(c *call) error {
	p, err := c.newLeaderPage("/backlog", "leader.late")
	if err != nil {
		return err
	}
	unit := p.Area.Unit
	p.Tabs = c.boardTabs("/backlog", unit)
	var rows []programmedesk.LateRow
	var heard []programmedesk.Heard
	if err := cmp.Or(askInto(c, &rows, "programme.late", fields{"unit": unit}), askInto(c, &heard, "programme.heard", fields{"unit": unit})); err != nil {
		return err
	}
	p.AsOf = c.t("leader.as_of", instant(s.Office.Clock().UnixMilli()))
	p.Sections = []leaderSection{
		{Title: c.t("leader.backlog"), Hint: c.t("leader.backlog.hint"), Tables: []table{c.backlogTable(unit, rows)}},
		{Title: c.t("leader.by_desk"), Half: true, Charts: []chart.Drawn{c.deskBars(rows)}},
		{ID: "heard", Title: c.t("leader.heard"), Half: true, Tables: []table{c.heardTable(heard)}},
		{Title: c.t("leader.by_unit"), Tables: []table{c.lateTable(rows)}},
	}
	return c.leader(p)
}

// deskBars draws on whose desks the applications lie; the target is none late.
func (c *call) deskBars(rows []programmedesk.LateRow) chart.Drawn {
	var bars []chart.Bar
	late := make(map[string]int64)
	for i := range rows {
		name := rows[i].Desk.In(c.lang)
		k := slices.IndexFunc(bars, func(b chart.Bar) bool { return b.Name == name })
		if k < 0 {
			k = len(bars)
			bars = append(bars, chart.Bar{Name: name, Tone: chart.Info})
		}
		bars[k].Value += float64(rows[i].Standing)
		late[name] += rows[i].LateStage
	}
	for i := range bars {
		if n := late[bars[i].Name]; n > 0 {
			bars[i].Tone, bars[i].Word = chart.Late, c.t("leader.late.of", n)
		}
	}
	slices.SortStableFunc(bars, func(a, b chart.Bar) int { return cmp.Compare(b.Value, a.Value) })
	about := chart.About{Title: c.t("leader.by_desk"), Unit: c.t("leader.cards"), Source: c.t("leader.source")}
	if len(bars) > 0 {
		about.Says = c.t("leader.by_desk.says", bars[0].Name, int64(bars[0].Value))
	}
	return chart.Bars(about, c.t("leader.col.desk"), c.t("leader.col.standing"), "", bars)
}

func (c *call) lateTable(rows []programmedesk.LateRow) table {
	t := c.listOf(c.t("leader.by_unit"), "programme.late", "unit", "desk", "#standing", "oldest", "#late_stage", "#late_whole", "stage")
	slices.SortStableFunc(rows, func(a, b programmedesk.LateRow) int {
		return cmp.Or(cmp.Compare(b.LateStage, a.LateStage), cmp.Compare(a.Unit, b.Unit))
	})
	for i := range rows {
		r := &rows[i]
		desk := r.Desk.In(c.lang)
		if r.LiesAt != "" {
			desk += " " + c.s.units.name(r.LiesAt)
		}
		c.putLate(&t, c.unitCell(r.Unit, "/board"), textCell(desk), r.Unit, r.Stage, r)
		last := &t.Rows[len(t.Rows)-1]
		last.Cells = append(last.Cells, textCell(Titled(r.Stage.Text().In(c.lang))))
	}
	return t
}

// leadForecast is when each unit will be done, what if there were more windows, and how well earlier forecasts would have done.
func (s *Server) leadForecast(c *call) error {
	p, err := c.newLeaderPage("/forecast", "leader.forecast")
	if err != nil {
		return err
	}
	unit, today := p.Area.Unit, citizen.DateOf(s.Office.Clock())
	p.Tabs = c.boardTabs("/forecast", unit)
	f := c.queryForm(nil)
	f.Values.Set("unit", string(unit))
	out, ok, err := look[programmedesk.ForecastOutput](c, f, "programme.forecast")
	if err != nil {
		return err
	}
	if p.Filter, err = c.filterOf(f, "programme.forecast", map[string]string{"unit": string(unit)}, "windows", "windows_new", "capacity"); err != nil {
		return err
	}
	if !ok {
		return c.leader(p)
	}
	p.AsOf = c.t("leader.as_of", instant(s.Office.Clock().UnixMilli()))
	p.Sections = []leaderSection{{Title: c.t("leader.forecast.of", c.s.units.name(unit)), Hint: Titled(out.Method.In(c.lang)), Figures: c.forecastFigures(&out)},
		{Title: c.t("leader.forecast.units"), Tables: []table{c.forecastTable(&out)}}}
	back, err := c.backTest(unit, today, out.Done)
	if err != nil {
		return err
	}
	p.Sections = append(p.Sections, leaderSection{Title: c.t("leader.back_test"), Hint: c.t("leader.back_test.hint"), Tables: []table{back}})
	return c.leader(p)
}

func (c *call) forecastFigures(out *programmedesk.ForecastOutput) []figurePart {
	figures := []figurePart{{Label: c.t("leader.figure.remaining"), Value: strconv.FormatInt(out.Remaining, 10), Unit: c.t("leader.cards"), Target: c.t("leader.of_target", out.Target, shareOf(out.Done, out.Target))}}
	add := func(key string, e programme.Estimate) {
		pace := c.t("leader.pace", chart.Number(e.Pace), e.Days)
		if e.Pace == 0 {
			pace = c.t("leader.pace.none")
		}
		figures = append(figures, figurePart{Label: c.t("leader.figure." + key), Value: c.finish(e), Words: e.Finish.IsZero(), Target: pace})
	}
	add("best", out.Best)
	add("likely", out.Likely)
	add("worst", out.Worst)
	if out.WhatIf != nil {
		add("what_if", out.WhatIf.Likely)
		figures[len(figures)-1].Tone, figures[len(figures)-1].Word = "done", c.t("leader.what_if")
	}
	return figures
}

func (c *call) forecastTable(out *programmedesk.ForecastOutput) table {
	t := c.listOf(c.t("leader.forecast.units"), "programme.forecast", "unit", "#target", "#done", "#remaining", "#pace", "best", "likely", "worst")
	rows := append(slices.Clone(out.Below), *out)
	for i := range rows {
		r := &rows[i]
		href := "/forecast"
		if i == len(rows)-1 {
			href = ""
		}
		t.put(c.unitCell(r.Unit, href), numberCell(r.Target), countCell(r.Done, c.listHref("done", r.Unit, citizen.Date{}, citizen.Date{})), numberCell(r.Remaining),
			cell{Text: strconv.FormatFloat(r.Likely.Pace, 'f', 1, 64), Num: true}, textCell(c.finish(r.Best)), textCell(c.finish(r.Likely)), textCell(c.finish(r.Worst)))
	}
	t.Rows[len(t.Rows)-1].Tone = "selected"
	return t
}

// backTestDays is how far a page looks back on forecasts.
const backTestDays = 120

func (c *call) backTest(unit event.Unit, today citizen.Date, done int64) (table, error) {
	tested, err := ask[[]programme.Tested](c, "programme.back_test", fields{"unit": unit, "from": today.AddDays(-backTestDays), "target": done})
	t := c.listOf(c.t("leader.back_test"), "programme.back_test", "on", "likely", "actual", "#off_days", "within")
	for i := range tested {
		one := &tested[i]
		within := tagCell("done", c.t("form.yes"))
		if !one.Within {
			within = tagCell("late", c.t("form.no"))
		}
		t.put(dateCell(one.On), dateCell(one.Likely), dateCell(one.Actual), numberCell(int64(one.Off)), within)
	}
	return t, err
}
