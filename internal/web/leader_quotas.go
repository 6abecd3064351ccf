package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

// leadQuotas is a year's quotas by unit and month, what has been done of them, and whether they add up with what the unit above set.
func (s *Server) leadQuotas(c *call) error {
	p, err := c.newLeaderPage("/quotas", "leader.quotas")
	if err != nil {
		return err
	}
	unit, today := p.Area.Unit, citizen.DateOf(s.Office.Clock())
	f := c.queryForm(map[string]string{"year": strconv.Itoa(today.Year())})
	f.Values.Set("unit", string(unit))
	if p.Filter, err = c.filterOf(f, "programme.quotas", map[string]string{"unit": string(unit)}, "year"); err != nil {
		return err
	}
	if unit == c.by.Unit {
		for _, mode := range quotaModes {
			p.Acts = c.actLink(p.Acts, mode.action, "/quotas/set?mode="+mode.name+"&year="+f.Value("year"), "leader.quotas."+mode.name)
		}
	}
	out, ok, err := look[programmedesk.QuotasOutput](c, f, "programme.quotas")
	if err != nil {
		return err
	}
	p.Filter.Errors = f.Errors
	if !ok {
		return c.leader(p)
	}
	if !out.AddsUp {
		p.Notices = append(p.Notices, notice{Tone: "warn", Title: c.t("leader.quotas.differ"), Text: c.t("leader.quotas.differ.text", out.Difference)})
	}
	t, err := c.quotaTable(&out, today)
	if err != nil {
		return err
	}
	p.Sections = []leaderSection{{Title: c.t("leader.quotas.year", out.Year, out.Version), Hint: out.Ground, Tables: []table{t}}}
	return c.leader(p)
}

// quotaTable is a line for each unit, then the sum, what was done in each month, and what the unit above set.
func (c *call) quotaTable(out *programmedesk.QuotasOutput, today citizen.Date) (table, error) {
	t := c.quotaList(c.t("leader.quotas.year", out.Year, out.Version), "#done", "#share")
	done, byMonth, err := c.doneInYear(out.Unit, out.Year, today)
	if err != nil {
		return t, err
	}
	var sum int64
	for i := range out.Shares {
		share := &out.Shares[i]
		n := done[share.Unit]
		sum += n
		first, last := yearOf(out.Year, today)
		row := c.putMonths(&t, c.unitCell(share.Unit, "/quotas"), share.Months)
		row.Cells = append(row.Cells, countCell(n, c.listHref("handed_over", share.Unit, first, last)), cell{Text: shareOf(n, share.Year()), Num: true})
		if share.Unit.Level() == event.Station {
			row.Cells[0].Href = ""
		}
	}
	total := c.putMonths(&t, textCell(c.t("leader.total")), out.Months)
	total.Cells = append(total.Cells, numberCell(sum), cell{Text: shareOf(sum, out.Sum()), Num: true})
	total.Tone = "selected"
	c.putMonths(&t, textCell(c.t("leader.quotas.done")), byMonth).Cells = append(t.Rows[len(t.Rows)-1].Cells, textCell(""), textCell(""))
	if out.Above != nil {
		c.putMonths(&t, textCell(c.t("leader.quotas.above")), out.Above.Months).Cells = append(t.Rows[len(t.Rows)-1].Cells, textCell(""), textCell(""))
	}
	t.Total = len(out.Shares)
	return t, nil
}

// monthName is the head of a month's column; a number alone would not say that it is a month.
func (c *call) monthName(month int) string {
	if c.lang == "en" {
		return time.Month(month).String()[:3]
	}
	return c.t("leader.month", month)
}

// quotaList begins a list with a column for each month and one for the year.
func (c *call) quotaList(caption string, more ...string) table {
	t := table{Caption: caption, Columns: c.columnsOf("programme.quotas", "unit")}
	for month := 1; month <= 12; month++ {
		t.Columns = append(t.Columns, column{Key: fmt.Sprintf("m%d", month), Label: c.monthName(month), Num: true})
	}
	t.Columns = append(t.Columns, column{Key: "year", Label: c.t("leader.col.whole_year"), Num: true})
	t.Columns = append(t.Columns, c.columnsOf("programme.quotas", more...)...)
	return t
}

func (c *call) putMonths(t *table, first cell, months [12]int64) *row {
	cells, sum := []cell{first}, int64(0)
	for _, n := range months {
		cells, sum = append(cells, numberCell(n)), sum+n
	}
	return t.put(append(cells, numberCell(sum))...)
}

func yearOf(year int, today citizen.Date) (first, last citizen.Date) {
	first, _ = citizen.NewDate(year, 1, 1) // a year that the desk has taken
	last = first.AddMonths(12).AddDays(-1)
	if last.After(today) {
		last = today
	}
	return first, last
}

// doneInYear is what was handed over in a year, by unit and by month.
func (c *call) doneInYear(unit event.Unit, year int, today citizen.Date) (by map[event.Unit]int64, months [12]int64, err error) {
	first, last := yearOf(year, today)
	by = make(map[event.Unit]int64)
	if last.Before(first) {
		return by, months, nil
	}
	var units, periods programmedesk.ProgressOutput
	if err = askInto(c, &units, "programme.progress", fields{"unit": unit, "from": first, "to": last}); err != nil {
		return by, months, err
	}
	if err = askInto(c, &periods, "programme.progress", fields{"unit": unit, "from": first, "to": last, "by": programme.Monthly}); err != nil {
		return by, months, err
	}
	for _, r := range units.Rows {
		by[r.Unit] = figureOf(r, "handed_over")
	}
	for i := range periods.Periods {
		months[periods.Periods[i].From.Month()-1] = periods.Periods[i].Counts["handed_over"]
	}
	return by, months, nil
}

// quotaMode is one way of setting quotas.
type quotaMode struct {
	name, action string
	fields       []string
}

var quotaModes = []quotaMode{
	{"set", "programme.set_quotas", []string{"year", "total", "ground"}},
	{"spread", "programme.spread_quotas", []string{"year", "total", "from", "ground"}},
	{"move", "programme.redistribute", []string{"year", "month", "from", "to", "count", "ground"}},
}

func modeNamed(name string) quotaMode {
	for _, m := range quotaModes {
		if m.name == name {
			return m
		}
	}
	return quotaModes[0]
}

// quotasPage sets a year's quotas: first the difference is shown, then it is saved.
type quotasPage struct {
	Form   *form
	Mode   string
	Help   string
	Tabs   []tab
	Fields []field
	Months []string
	Grid   []quotaLine
	Tried  *table // what would change; nil: not tried yet
	Back   string
}

// quotaLine is one unit's line of the grid.
type quotaLine struct {
	Unit, UnitField, Name string
	Months                []field
}

// leadShowQuotas shows the form of one way, filled with the quotas as they stand.
func (s *Server) leadShowQuotas(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	c.preset(f)
	mode := modeNamed(f.Value("mode"))
	if f.Value("year") == "" {
		f.Values.Set("year", strconv.Itoa(citizen.DateOf(s.Office.Clock()).Year()))
	}
	year, _ := strconv.Atoi(f.Value("year"))
	f.Subject = programme.QuotaSubject(c.by.Unit, year)
	if err := c.look(f); err != nil {
		return err
	}
	if mode.name == "set" && !f.Drafted {
		if err := c.fillGrid(f, year); err != nil {
			return err
		}
	}
	return c.quotasPage(f, mode, nil)
}

// fillGrid puts the quotas as they stand into the form.
func (c *call) fillGrid(f *form, year int) error {
	out, err := ask[programmedesk.QuotasOutput](c, "programme.quotas", fields{"year": year})
	if _, refused := event.AsRefusal(err); refused {
		return nil // none yet: an empty grid
	}
	if err != nil {
		return err
	}
	units, err := c.unitsBelow()
	if err != nil {
		return err
	}
	f.Values.Set("total", strconv.FormatInt(out.Total, 10))
	for i, u := range units {
		if share, ok := out.Of(u); ok {
			for m, n := range share.Months {
				f.Values.Set(fmt.Sprintf("shares.%d.months.%d", i, m), strconv.FormatInt(n, 10))
			}
		}
	}
	return nil
}

// unitsBelow lists the units one tier below the operator's.
func (c *call) unitsBelow() ([]event.Unit, error) {
	bar, err := c.areaBar("/quotas")
	var units []event.Unit
	for _, u := range c.s.units.under(bar.Unit) {
		if u.Parent() == c.by.Unit {
			units = append(units, u)
		}
	}
	return units, err
}

func (c *call) quotasPage(f *form, mode quotaMode, tried *table) error {
	if !c.may(mode.action) {
		return c.fail(http.StatusForbidden, "leader.may_not")
	}
	units, err := c.unitsBelow()
	if err != nil {
		return err
	}
	p := quotasPage{Form: f, Mode: mode.name, Help: c.t("leader.quotas." + mode.name + ".help"), Tried: tried, Back: "/quotas?year=" + f.Value("year")}
	for _, m := range quotaModes {
		p.Tabs = append(p.Tabs, tab{Href: "/quotas/set?mode=" + m.name + "&year=" + f.Value("year"), Label: c.t("leader.quotas." + m.name), Here: m.name == mode.name})
	}
	for _, name := range mode.fields {
		one, err := c.control(f, mode.action, name)
		if err != nil {
			return err
		}
		if mode.name == "move" && (name == "from" || name == "to") {
			one.Part, one.Options = "select", append([]option{{Label: c.t("form.choose")}}, c.unitChoices(units, f.Value(name))...)
		}
		p.Fields = append(p.Fields, one)
	}
	if mode.name == "set" {
		p.fillLines(c, units)
	}
	return c.page(f.status(), "quotas", p)
}

func (c *call) unitChoices(units []event.Unit, chosen string) []option {
	options := make([]option, len(units))
	for i, u := range units {
		options[i] = option{string(u), c.s.units.name(u), string(u) == chosen}
	}
	return options
}

func (p *quotasPage) fillLines(c *call, units []event.Unit) {
	for month := 1; month <= 12; month++ {
		p.Months = append(p.Months, c.monthName(month))
	}
	for i, u := range units {
		line := quotaLine{Unit: string(u), UnitField: fmt.Sprintf("shares.%d.unit", i), Name: c.s.units.name(u)}
		for m := range 12 {
			name := fmt.Sprintf("shares.%d.months.%d", i, m)
			line.Months = append(line.Months, field{ID: fieldID(name), Name: name, Label: line.Name + " " + p.Months[m], Value: p.Form.Value(name), Error: p.Form.Error(name)})
		}
		p.Grid = append(p.Grid, line)
	}
}

// quotaStepField says which button was pressed.
const quotaStepField = "_step"

// leadSetQuotas tries what was typed, or saves it.
func (s *Server) leadSetQuotas(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	mode := modeNamed(c.r.URL.Query().Get("mode"))
	if f.Value(quotaStepField) == "save" {
		_, ok, err := act[programmedesk.QuotasOutput](c, f, mode.action, c.bindTo(f, mode.action))
		if err != nil {
			return err
		}
		if ok {
			return c.redirect(withQuery("/quotas", url.Values{"year": {f.Value("year")}, "done": {mode.action}}))
		}
		return c.quotasPage(f, mode, nil)
	}
	f.Values.Set("dry_run", "1")
	input := c.bindTo(f, mode.action)
	f.Values.Del("dry_run")
	if len(f.Errors) > 0 {
		return c.quotasPage(f, mode, nil)
	}
	done, err := c.do(mode.action, input, office.Guard{})
	if refusal, refused := event.AsRefusal(err); refused {
		f.refuse(refusal, c.lang)
		return c.quotasPage(f, mode, nil)
	}
	if err != nil {
		return err
	}
	out, err := result[programmedesk.QuotasOutput](done)
	if err != nil {
		return err
	}
	tried := c.triedTable(&out)
	return c.quotasPage(f, mode, &tried)
}

// triedTable is what would be set, and below each unit by how much it differs from now.
func (c *call) triedTable(out *programmedesk.QuotasOutput) table {
	before := programme.Quotas{Shares: out.Before}
	t := c.quotaList(c.t("leader.quotas.tried"))
	for i := range out.Shares {
		share := &out.Shares[i]
		c.putMonths(&t, c.unitCell(share.Unit, ""), share.Months)
		var change [12]int64
		old, _ := before.Of(share.Unit)
		differs := false
		for m, n := range share.Months {
			change[m] = n
			if old != nil {
				change[m] -= old.Months[m]
			}
			differs = differs || change[m] != 0
		}
		if row := c.putMonths(&t, textCell(c.t("leader.quotas.change")), change); differs {
			row.Tone = "late"
		} else {
			t.Rows, t.Total = t.Rows[:len(t.Rows)-1], t.Total-1
		}
	}
	c.putMonths(&t, textCell(c.t("leader.total")), out.Months).Tone = "selected"
	return t
}
