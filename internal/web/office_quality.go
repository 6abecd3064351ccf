package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/web/chart"
)

// countTable is how many under each name.
func (c *call) countTable(caption, head string, counts []sitedesk.NamedCount) table {
	t := table{Caption: c.t(caption), Total: len(counts), Columns: []column{{Key: "name", Label: c.t(head)}, {Key: "n", Label: c.t("list.count"), Num: true}}}
	for _, x := range counts {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: x.Name}, numberCell(int64(x.N))}})
	}
	return t
}

// qualityPage is what returns, defects, remakes and lateness say of the work, unit by unit.
type qualityPage struct {
	Form    *form
	Fields  []field
	Figures []boardFigure
	Charts  []chart.Drawn
	Tables  []table
	Export  string
}

// boardFigure is a number of a board, in the shape of the part "figure".
type boardFigure struct{ Label, Value, Unit, Target, Trend, Tone, Word, Act, Href string }

// qualityDays is how many days the page shows at first: a month.
const qualityDays = 30

func (s *Server) quality(c *call) error {
	query := c.r.URL.Query()
	if query.Get("from") == "" || query.Get("to") == "" {
		query.Set("from", c.businessDay().AddDays(1-qualityDays).String())
		query.Set("to", c.businessDay().String())
	}
	p := &qualityPage{Form: &form{Values: query}}
	if err := p.read(c, query); err != nil {
		return err
	}
	for _, path := range []string{"from", "to", "unit"} {
		one, err := c.control(p.Form, "card.quality", path)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, c.filter(one))
	}
	p.Export = c.addressWith("export", "all")
	return c.page(p.Form.status(), "office-quality", p)
}

func (p *qualityPage) read(c *call, query url.Values) error {
	in := c.bindTo(p.Form, "card.quality")
	if len(p.Form.Errors) > 0 {
		return nil
	}
	q, err := ask[carddesk.Quality](c, "card.quality", in)
	if refusal, ok := event.AsRefusal(err); ok && refusedStatus(refusal) != http.StatusForbidden {
		p.Form.refuse(refusal, c.lang)
		return nil
	}
	if err != nil {
		return err
	}
	var scores []programmedesk.Score
	if c.may("programme.scores") {
		if scores, err = ask[[]programmedesk.Score](c, "programme.scores", in); err != nil {
			return err
		}
	}
	p.count(c, &q, scores, query.Get("from"), query.Get("to"))
	return p.lateSteps(c, query.Get("unit"))
}

// unitQuality is one unit's line.
type unitQuality struct{ accepted, returned, rejected, defects, remade int64 }

// count puts the numbers into figures, charts and a line for each unit.
func (p *qualityPage) count(c *call, q *carddesk.Quality, scores []programmedesk.Score, from, to string) {
	span := c.t("quality.span", from, to)
	units, reasons, defects := make(map[event.Unit]*unitQuality), make(map[string]int64), make(map[string]int64)
	of := func(unit event.Unit) *unitQuality {
		if units[unit] == nil {
			units[unit] = &unitQuality{}
		}
		return units[unit]
	}
	var all unitQuality
	for _, x := range q.Accepted {
		of(x.Unit).accepted, all.accepted = x.N, all.accepted+x.N
	}
	for _, x := range q.Returns {
		of(x.Unit).returned += x.N
		all.returned, reasons[x.Reason] = all.returned+x.N, reasons[x.Reason]+x.N
	}
	for _, x := range q.Rejects {
		of(x.Unit).rejected += x.N
		all.rejected += x.N
	}
	for _, x := range q.Defects {
		of(x.Unit).defects += x.N
		all.defects, defects[string(x.Code)] = all.defects+x.N, defects[string(x.Code)]+x.N
	}
	for _, x := range q.Remade {
		of(x.Unit).remade, all.remade = x.N, all.remade+x.N
	}
	for _, f := range []struct {
		name string
		n    int64
	}{{"accepted", all.accepted}, {"returned", all.returned}, {"rejected", all.rejected}, {"defects", all.defects}, {"remade", all.remade}} {
		one := boardFigure{Label: c.t("quality." + f.name), Value: strconv.FormatInt(f.n, 10), Unit: c.t("quality.unit")}
		if f.name != "accepted" && all.accepted > 0 {
			one.Target = c.t("quality.share", perMille(f.n, all.accepted))
		}
		if f.name != "defects" && f.name != "remade" && c.may("programme.list") {
			one.Href = "/do/programme.list?" + url.Values{"figure": {f.name}, "from": {from}, "to": {to}}.Encode()
		}
		p.Figures = append(p.Figures, one)
	}
	p.Charts = append(p.Charts, c.codeBars("quality.by_reason", "card.ReturnReason", reasons, span), c.codeBars("quality.by_defect", "card.DefectCode", defects, span))
	p.Tables = append(p.Tables, c.qualityTable(units, scores, span))
}

func perMille(n, of int64) string {
	if of == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(n*1000)/float64(of)/10, 'f', 1, 64) + "%"
}

// codeBars draws counts by a code, the greatest first.
func (c *call) codeBars(key, kind string, counts map[string]int64, span string) chart.Drawn {
	var bars []chart.Bar
	says := c.t(key+".says", span)
	for _, code := range sortCounts(counts) {
		if counts[code] == 0 {
			continue
		}
		name := codeWords(kind, code).In(c.lang)
		bars = append(bars, chart.Bar{Name: name, Value: float64(counts[code])})
		says += " " + name + " " + strconv.FormatInt(counts[code], 10)
	}
	return chart.Bars(chart.About{Title: c.t(key), Unit: c.t("quality.unit"), Source: c.t("quality.source"), Says: says}, c.t(key+".head"), c.t("list.count"), "", bars)
}

func (c *call) qualityTable(units map[event.Unit]*unitQuality, scores []programmedesk.Score, span string) table {
	handed := make(map[event.Unit]programmedesk.Score)
	for _, s := range scores {
		handed[s.Unit] = s
		if units[s.Unit] == nil {
			units[s.Unit] = &unitQuality{}
		}
	}
	t := table{Caption: c.t("quality.by_unit", span), Total: len(units), Columns: []column{{Key: "unit", Label: c.cardLabel("unit")}}}
	for _, name := range []string{"accepted", "returned", "return_share", "rejected", "defects", "remade", "handed", "on_time", "first_pass"} {
		t.Columns = append(t.Columns, column{Key: name, Label: c.t("quality." + name), Num: true})
	}
	for _, unit := range c.s.units.under(c.by.Unit) {
		u := units[unit]
		if u == nil {
			continue
		}
		r := row{Cells: []cell{{Text: c.s.units.name(unit)}, numberCell(u.accepted), numberCell(u.returned), {Text: perMille(u.returned, u.accepted), Num: true}, numberCell(u.rejected), numberCell(u.defects), numberCell(u.remade)}}
		h := handed[unit]
		r.Cells = append(r.Cells, numberCell(h.Handed), cell{Text: perMille(h.OnTime, h.Handed), Num: true}, cell{Text: perMille(h.FirstPass, h.Handed), Num: true})
		t.Rows = append(t.Rows, r)
	}
	return t
}

// lateSteps shows at which step how many stand too long, as of now.
func (p *qualityPage) lateSteps(c *call, unit string) error {
	if !c.may("programme.late") {
		return nil
	}
	in := fields{}
	if unit != "" {
		in["unit"] = unit
	}
	rows, err := ask[[]programmedesk.LateRow](c, "programme.late", in)
	if err != nil {
		return err
	}
	standing, late := make(map[string]int64), make(map[string]int64)
	oldest := make(map[string]citizen.Date)
	for i := range rows {
		r := &rows[i]
		stage := string(r.Stage)
		standing[stage] += r.Standing
		late[stage] += r.LateStage
		if o, ok := oldest[stage]; !ok || r.Oldest.Before(o) {
			oldest[stage] = r.Oldest
		}
	}
	t := table{Caption: c.t("quality.by_step", shownDate(c.businessDay())), Total: len(standing), Columns: []column{{Key: "stage", Label: c.cardLabel("stage")}, {Key: "standing", Label: c.t("quality.standing"), Num: true},
		{Key: "late", Label: c.t("quality.late"), Num: true}, {Key: "oldest", Label: c.t("quality.oldest")}}}
	for _, stage := range sortCounts(standing) {
		r := row{Cells: []cell{{Text: codeWords("card.Stage", stage).In(c.lang)}, numberCell(standing[stage]), numberCell(late[stage]), {Text: shownDate(oldest[stage])}}}
		if late[stage] > 0 {
			r.Tone = "late"
		}
		t.Rows = append(t.Rows, r)
	}
	p.Charts = append(p.Charts, c.codeBars("quality.late_steps", "card.Stage", late, shownDate(c.businessDay())))
	p.Tables = append(p.Tables, t)
	return nil
}
