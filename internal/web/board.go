package web

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
	"github.com/huzheng/huzheng/internal/web/chart"
)

// boardData is what a board is drawn from, counted once a minute for each unit.
type boardData struct {
	board  programmedesk.Board
	month  programmedesk.ProgressOutput // of this month so far, by unit
	days   []programmedesk.PeriodRow    // the last thirty
	target programmedesk.TargetOutput   // by station
	late   []programmedesk.LateRow
	heard  []programmedesk.Heard
	stages []sitedesk.StageRow
	curve  []programmedesk.CurvePoint
	at     time.Time // by the office's clock
	kept   time.Time // by the machine's: how long it has been kept
}

// boardCache keeps boards for a minute: in a city, counting takes seconds, and several people look at the same figures.
type boardCache struct {
	mu sync.Mutex
	of map[event.Unit]*boardData
}

const boardKept = time.Minute

func (b *boardCache) get(unit event.Unit, today citizen.Date) *boardData {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.of[unit]
	if one == nil || time.Since(one.kept) > boardKept || one.board.Today != today {
		delete(b.of, unit)
		return nil
	}
	return one
}

func (b *boardCache) put(unit event.Unit, one *boardData) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = make(map[event.Unit]*boardData)
	}
	b.of[unit] = one
}

// boardOf counts a unit's board, or gives what was counted less than a minute ago. Who may not ask the desk is not given what somebody else asked.
func (c *call) boardOf(unit event.Unit, anew bool) (*boardData, error) {
	today := c.businessDay()
	if c.may("programme.board") && c.by.Unit.Contains(unit) && !anew {
		if kept := c.s.boards.get(unit, today); kept != nil {
			return kept, nil
		}
	}
	d := &boardData{at: c.s.Office.Clock(), kept: time.Now()}
	monthFrom := today.AddDays(1 - today.Day())
	var days programmedesk.ProgressOutput
	for _, err := range []error{
		askInto(c, &d.board, "programme.board", fields{"unit": unit}),
		askInto(c, &d.month, "programme.progress", fields{"unit": unit, "from": monthFrom, "to": today}),
		askInto(c, &days, "programme.progress", fields{"unit": unit, "from": today.AddDays(-29), "to": today, "by": programme.Daily}),
		askInto(c, &d.target, "programme.target", fields{"unit": unit}),
		askInto(c, &d.late, "programme.late", fields{"unit": unit}),
		askInto(c, &d.heard, "programme.heard", fields{"unit": unit}),
		askInto(c, &d.stages, "site.stages", fields{"unit": unit}),
	} {
		if err != nil {
			return nil, err
		}
	}
	d.days = days.Periods
	from, to := d.span()
	if err := askInto(c, &d.curve, "programme.curve", fields{"unit": unit, "from": from, "to": to, "by": programme.Monthly}); err != nil {
		return nil, err
	}
	c.s.boards.put(unit, d)
	return d, nil
}

// askInto is ask for a result that has its place.
func askInto[O any](c *call, to *O, action string, in any) (err error) {
	*to, err = ask[O](c, action, in)
	return err
}

// span is from the beginning of the phase to its deadline; without a plan, the year.
func (d *boardData) span() (from, to citizen.Date) {
	if d.board.Phase != nil {
		return d.board.Phase.From, d.board.Phase.To
	}
	today := d.board.Today
	from = today.AddDays(1 - today.Day()).AddMonths(1 - today.Month())
	return from, from.AddMonths(12).AddDays(-1)
}

// figure finds a column of a report's row.
func figureOf(row programme.Row, name string) int64 {
	if i := slices.Index(programme.ColumnNames(), name); i >= 0 && i < len(row.Values) {
		return row.Values[i]
	}
	return 0
}

// leadBoard is the leader's board of the operator's unit or one below it.
func (s *Server) leadBoard(c *call) error {
	p, err := c.newLeaderPage("/board", "leader.board")
	if err != nil {
		return err
	}
	unit, query := p.Area.Unit, c.r.URL.Query()
	d, err := c.boardOf(unit, query.Has("anew"))
	if err != nil {
		return err
	}
	p.Tabs = c.boardTabs("/board", unit)
	p.AsOf = c.t("leader.as_of", instant(d.at.UnixMilli()))
	p.Acts = []leaderLink{{Href: unitHref("/board", unit) + "&anew=1", Label: c.t("leader.anew")}}
	if c.may("programme.order") && unit != c.by.Unit {
		p.Acts = append(p.Acts, leaderLink{Href: orderHref(unit, "handed_over"), Label: c.t("leader.order")})
	}
	p.Sections = append(p.Sections, leaderSection{Figures: c.boardFigures(d)},
		leaderSection{ID: "curve", Title: c.t("leader.curve"), Half: true, Charts: []chart.Drawn{c.boardCurve(d)}})
	funnel := leaderSection{ID: "funnel", Title: c.t("leader.funnel"), Half: true, Charts: []chart.Drawn{c.boardFunnel(d)}}
	if unit.Level() == event.Station {
		p.Sections = append(p.Sections, funnel)
	} else {
		p.Sections = append(p.Sections, c.boardMap(d, query.Get("map") == "late"), funnel)
	}
	p.Sections = append(p.Sections,
		leaderSection{ID: "defects", Title: c.t("leader.defects"), Half: true, Tables: []table{c.reasonTable(&d.month)}},
		leaderSection{ID: "units", Title: c.t("leader.units"), Tables: []table{c.boardUnits(d)}},
		leaderSection{ID: "backlog", Title: c.t("leader.backlog"), Hint: c.t("leader.backlog.hint"), Tables: []table{c.backlogTable(unit, d.late)}},
		leaderSection{ID: "heard", Title: c.t("leader.heard"), Screen: true, Tables: []table{c.heardTable(d.heard)}})
	return c.leader(p)
}

// boardFigures are the numbers on top, each with its target, its trend, what to do, and its list.
func (c *call) boardFigures(d *boardData) []figurePart {
	b := &d.board
	unit, today := b.Unit, b.Today
	monthFrom := today.AddDays(1 - today.Day())
	inWork, late, whole := sumLate(d.late)
	done, target := figureOf(b.Now, "done"), b.Forecast.Target
	figures := []figurePart{
		c.figure("today", "cards", figureOf(b.Now, "handed_over"), c.t("leader.of_quota", figureOf(b.Now, "quota")), c.listHref("handed_over", unit, today, today)),
		c.figure("done", "cards", done, c.t("leader.of_target", target, shareOf(done, target)), c.listHref("done", unit, citizen.Date{}, today)),
		c.figure("month", "cards", figureOf(b.Month, "handed_over"), c.t("leader.of_quota_so_far", figureOf(b.Month, "quota")), c.listHref("handed_over", unit, monthFrom, today)),
		c.figure("accepted", "applications", figureOf(b.Month, "accepted"), c.t("leader.accepted_today", figureOf(b.Now, "accepted")), c.listHref("accepted", unit, monthFrom, today)),
		c.figure("in_work", "applications", inWork, c.t("leader.between_steps"), unitHref("/backlog", unit)),
		c.figure("late", "applications", late, c.t("leader.past_promise", whole), unitHref("/backlog", unit)),
		c.figure("returned", "times", figureOf(b.Month, "returned"), c.t("leader.this_month"), c.listHref("returned", unit, monthFrom, today)),
		c.figure("rejected", "cards", figureOf(b.Month, "rejected"), c.t("leader.this_month"), c.listHref("rejected", unit, monthFrom, today)),
		c.finishFigure(d),
		c.figure("duties", "items", int64(b.Overdue+len(b.Milestones)), c.t("leader.milestones_overdue", b.Overdue, len(b.Milestones)), unitHref("/duties/overdue", unit)),
	}
	for i, column := range map[int]string{0: "handed_over", 3: "accepted"} {
		spark, trend := c.boardTrend(d, column)
		figures[i].Spark, figures[i].Trend = &spark, trend
	}
	press := c.t("leader.behind.act")
	if unit.Level() == event.Station {
		press = c.t("leader.behind.station")
	}
	behind(&figures[2], figureOf(b.Month, "handed_over") < figureOf(b.Month, "quota"), c.t("leader.behind"), press, c.t("leader.on_time"))
	behind(&figures[5], late > 0, c.t("leader.is_late"), c.t("leader.late.act"), c.t("leader.on_time"))
	behind(&figures[7], figureOf(b.Month, "rejected") > 0, c.t("leader.look_at"), c.t("leader.rejected.act"), "")
	behind(&figures[9], b.Overdue+len(b.Milestones) > 0, c.t("leader.is_late"), c.t("leader.duties.act"), c.t("leader.on_time"))
	if b.Unclaimed > 0 {
		figures[4].Act = c.t("leader.unclaimed", b.Unclaimed)
	}
	return figures
}

func (c *call) figure(key, unit string, value int64, target, href string) figurePart {
	return figurePart{Label: c.t("leader.figure." + key), Value: strconv.FormatInt(value, 10), Unit: c.t("leader." + unit), Target: target, Href: href}
}

// behind marks a figure that somebody has to do something about, with what.
func behind(f *figurePart, is bool, word, act, else_ string) {
	switch {
	case is:
		f.Tone, f.Word, f.Act = "late", word, act
	case else_ != "":
		f.Tone, f.Word = "done", else_
	}
}

// finishFigure is the month of finishing beside the deadline.
func (c *call) finishFigure(d *boardData) figurePart {
	_, deadline := d.span()
	f := figurePart{Label: c.t("leader.figure.finish"), Value: d.board.Finish, Href: unitHref("/forecast", d.board.Unit), Target: c.t("leader.deadline", deadline.String()[:7])}
	likely := d.board.Forecast.Likely
	if d.board.Finish == "" {
		f.Value, f.Words = c.t("leader.never"), true
	}
	behind(&f, d.board.Forecast.Remaining > 0 && (likely.Finish.IsZero() || likely.Finish.After(deadline)), c.t("leader.too_late"), c.t("leader.finish.act"), c.t("leader.on_time"))
	return f
}

func sumLate(rows []programmedesk.LateRow) (standing, late, whole int64) {
	for i := range rows {
		standing, late, whole = standing+rows[i].Standing, late+rows[i].LateStage, whole+rows[i].LateWhole
	}
	return standing, late, whole
}

// boardTrend is a column of the last thirty days, and the last seven of them beside the seven before in words.
func (c *call) boardTrend(d *boardData, column string) (chart.Drawn, string) {
	var days []string
	var values []float64
	var week, before int64
	for i := range d.days {
		n := d.days[i].Counts[column]
		days, values = append(days, d.days[i].To.String()), append(values, float64(n))
		switch left := len(d.days) - i; {
		case left <= 7:
			week += n
		case left <= 14:
			before += n
		}
	}
	about := chart.About{Title: c.t("leader.trend", c.columnLabel("programme.progress", column)), Source: c.t("leader.source"), Says: c.t("leader.week", week, before)}
	return chart.Spark(about, c.t("leader.col.day"), about.Title, days, values), c.t("leader.week", week, before)
}

// boardCurve is the cumulative curve: by the quotas, done, and forecast up to the deadline.
func (c *call) boardCurve(d *boardData) chart.Drawn {
	points, today := curvePoints(d)
	_, deadline := d.span()
	f := d.board.Forecast
	about := chart.About{Title: c.t("leader.curve"), Unit: c.t("leader.cards"), Source: c.t("leader.source"),
		Says: c.t("leader.curve.says", f.Done, f.Target, c.finish(f.Likely), c.finish(f.Best), c.finish(f.Worst), deadline.String())}
	if f.Best.Finish == f.Worst.Finish { // the same three times says less than once
		about.Says = c.t("leader.curve.says_one", f.Done, f.Target, c.finish(f.Likely), deadline.String())
	}
	drawn := chart.Curve(about, chart.CurveWords{Day: c.t("leader.col.month"), Plan: c.t("leader.plan"), Actual: c.t("leader.actual"), Forecast: c.t("leader.forecast"),
		Range: c.t("leader.range"), Today: c.t("leader.today")}, points, today)
	drawn.Source += c.t("leader.stop") + about.Says
	return drawn
}

// finish is the day of an estimate in words.
func (c *call) finish(e programme.Estimate) string {
	if e.Finish.IsZero() {
		return c.t("leader.never")
	}
	return e.Finish.String()
}

// curvePoints puts the forecast to the curve: from today on, with its pace each working day, until it reaches the target. Where no quotas are set yet there is no plan.
func curvePoints(d *boardData) (points []chart.Point, today int) {
	nan := math.NaN()
	today = slices.IndexFunc(d.curve, func(p programmedesk.CurvePoint) bool { return !p.Day.Before(d.board.Today) })
	lastPlan := 0
	for i := 1; i < len(d.curve); i++ {
		if d.curve[i].Planned > d.curve[i-1].Planned {
			lastPlan = i
		}
	}
	works, day := 0.0, d.board.Today
	for i, p := range d.curve {
		point := chart.Point{Day: p.Day.String()[:7], Plan: float64(p.Planned), Actual: float64(p.Actual), Forecast: nan, Low: nan, High: nan}
		if i > lastPlan || p.Planned == 0 {
			point.Plan = nan
		}
		if today >= 0 && i >= today {
			for ; i > today && day.Before(p.Day); day = day.AddDays(1) {
				if programme.WorkingDay(day.AddDays(1)) {
					works++
				}
			}
			base := float64(d.curve[today].Actual)
			reach := base + float64(d.board.Forecast.Remaining)
			point.Forecast = min(reach, base+works*d.board.Forecast.Likely.Pace)
			point.Low, point.High = min(reach, base+works*d.board.Forecast.Worst.Pace), min(reach, base+works*d.board.Forecast.Best.Pace)
			if i > today {
				point.Actual = nan
			}
		}
		points = append(points, point)
	}
	return points, today
}

// boardFunnel is how many have ever reached each step; what stands between two of them is the backlog.
func (c *call) boardFunnel(d *boardData) chart.Drawn {
	var stages []chart.Stage
	for _, step := range d.board.Funnel {
		column := columnOf(step.Step)
		stages = append(stages, chart.Stage{Name: Titled(step.Text.In(c.lang)), Value: float64(step.N), Href: c.listHref(column, d.board.Unit, citizen.MustDate("2004-01-01"), d.board.Today)})
	}
	about := chart.About{Title: c.t("leader.funnel"), Unit: c.t("leader.cards"), Source: c.t("leader.source")}
	if len(stages) > 0 {
		last := stages[len(stages)-1]
		about.Says = c.t("leader.funnel.says", int64(stages[0].Value), int64(last.Value))
	}
	return chart.Funnel(about, c.t("leader.col.step"), c.t("leader.cards"), c.t("leader.col.share"), stages)
}

// columnOf is the figure that counts a step.
func columnOf(kind string) string {
	switch kind {
	case card.KindOpened:
		return "accepted"
	case card.KindCollectNotified:
		return "told"
	}
	return kind[len("card."):]
}

// boardMap draws the districts by what is done, or by what is late.
func (c *call) boardMap(d *boardData, byLate bool) leaderSection {
	base := unitHref("/board", d.board.Unit)
	key := "share"
	if byLate {
		key = "late"
	}
	about := chart.About{Title: c.t("leader.map." + key), Unit: map[bool]string{true: c.t("leader.applications"), false: "%"}[byLate], Source: c.t("leader.source"), Says: c.t("leader.map.says")}
	drawn := chart.Map(about, c.t("leader.col.unit"), about.Title, c.t("leader.col.state"), c.mapAreas(d, byLate))
	return leaderSection{ID: "map", Title: c.t("leader.map"), Map: &drawn, Half: len(d.target.Rows) <= mapHalf,
		Modes: []tab{{Href: base + "#map", Label: c.t("leader.map.share"), Here: !byLate}, {Href: base + "&map=late#map", Label: c.t("leader.map.late"), Here: byLate}}}
}

// mapHalf is how many stations a map of half the page's width shows with numbers that can be read.
const mapHalf = 40

func (c *call) mapAreas(d *boardData, byLate bool) []chart.Area {
	stations := c.stationsOf(d)
	counties := make(map[event.Unit]*chart.Area)
	totals := make(map[event.Unit]*stationState)
	var order []event.Unit
	for i := range stations {
		one := &stations[i]
		county := one.unit.Parent()
		if counties[county] == nil {
			counties[county] = &chart.Area{Unit: string(county), Name: c.s.units.name(county), Href: unitHref("/board", county)}
			totals[county] = &stationState{}
			order = append(order, county)
		}
		counties[county].Tiles = append(counties[county].Tiles, c.tile(one, byLate))
		t := totals[county]
		t.target, t.holding, t.late = t.target+one.target, t.holding+one.holding, t.late+one.late
	}
	var areas []chart.Area
	for _, county := range order {
		t := totals[county]
		counties[county].Word = shareOf(t.holding, t.target)
		if byLate {
			counties[county].Word = strconv.FormatInt(t.late, 10)
		}
		areas = append(areas, *counties[county])
	}
	return areas
}

// stationState is a station on the map.
type stationState struct {
	unit                          event.Unit
	target, holding, late, inWork int64
	life                          site.Life
}

func (c *call) stationsOf(d *boardData) []stationState {
	at := make(map[event.Unit]*stationState)
	var units []event.Unit
	for i := range d.stages {
		if d.stages[i].Unit.Level() == event.Station {
			at[d.stages[i].Unit] = &stationState{unit: d.stages[i].Unit, life: d.stages[i].Life}
			units = append(units, d.stages[i].Unit)
		}
	}
	for i := range d.target.Rows {
		if one := at[d.target.Rows[i].Unit]; one != nil {
			one.target, one.holding = d.target.Rows[i].Target, d.target.Rows[i].Holding
		}
	}
	for i := range d.late {
		if one := at[d.late[i].Unit]; one != nil {
			one.inWork, one.late = one.inWork+d.late[i].Standing, one.late+d.late[i].LateStage
		}
	}
	slices.Sort(units)
	all := make([]stationState, len(units))
	for i, u := range units {
		all[i] = *at[u]
	}
	return all
}

func (c *call) tile(one *stationState, byLate bool) chart.Tile {
	t := chart.Tile{Unit: string(one.unit), Name: c.s.units.name(one.unit), Href: unitHref("/board", one.unit), Value: strconv.FormatInt(one.late, 10)}
	if !byLate {
		t.Value = "–"
		if one.target > 0 {
			t.Value = strconv.FormatInt(one.holding*100/one.target, 10)
		}
	}
	switch {
	case len(one.life.Stops) > 0:
		t.Tone, t.Word = chart.Stop, c.t("leader.stopped")
	case !one.life.Stage.Accepts():
		t.Tone, t.Word = chart.Wait, c.t("leader.not_started")
	case byLate && one.late > 0:
		t.Tone, t.Word = chart.Late, c.t("leader.is_late")
	case byLate:
		t.Tone, t.Word = chart.Done, c.t("leader.on_time")
	case one.target > 0 && one.holding >= one.target:
		t.Tone, t.Word = chart.Done, c.t("leader.all_done")
	default:
		t.Tone, t.Word = chart.Info, c.t("leader.under_way")
	}
	return t
}

// boardUnits lists the units one tier below, with what each figure opens to.
func (c *call) boardUnits(d *boardData) table {
	unit, today := d.board.Unit, d.board.Today
	monthFrom := today.AddDays(1 - today.Day())
	t := c.listOf(c.t("leader.units.caption", today.String()), "programme.progress", "unit", "#target", "#done", "#share", "#month_done", "#month_quota", "#accepted", "#in_work", "#late", "last_heard", "state")
	for _, r := range d.month.Rows {
		var inWork, late int64
		for i := range d.late {
			if r.Unit.Contains(d.late[i].Unit) {
				inWork, late = inWork+d.late[i].Standing, late+d.late[i].LateStage
			}
		}
		href := "/board"
		if r.Unit == unit {
			href = ""
		}
		done, target := figureOf(r, "done"), figureOf(r, "target")
		row := t.put(c.unitCell(r.Unit, href), numberCell(target), countCell(done, c.listHref("done", r.Unit, citizen.Date{}, today)), cell{Text: shareOf(done, target), Num: true},
			countCell(figureOf(r, "handed_over"), c.listHref("handed_over", r.Unit, monthFrom, today)), numberCell(figureOf(r, "quota")),
			countCell(figureOf(r, "accepted"), c.listHref("accepted", r.Unit, monthFrom, today)), countCell(inWork, unitHref("/backlog", r.Unit)), countCell(late, unitHref("/backlog", r.Unit)),
			textCell(""), tagCell("done", c.t("leader.on_time")))
		if i := slices.IndexFunc(d.heard, func(h programmedesk.Heard) bool { return h.Unit == r.Unit }); i >= 0 {
			row.Cells[9].Text = instant(d.heard[i].Last)
		}
		if late > 0 {
			row.Tone, row.Cells[10] = "late", tagCell("late", c.t("leader.is_late"))
		} else if figureOf(r, "handed_over") < figureOf(r, "quota") {
			row.Tone, row.Cells[10] = "late", tagCell("late", c.t("leader.behind"))
		}
	}
	return t
}

// backlogTable is what stands between the steps: how many, since when, on whose desk, and how many too long.
func (c *call) backlogTable(unit event.Unit, rows []programmedesk.LateRow) table {
	t := c.listOf(c.t("leader.backlog"), "programme.late", "stage", "desk", "#standing", "oldest", "#late_stage", "#late_whole")
	for _, stage := range card.Stages {
		var sum programmedesk.LateRow
		desks := []string{}
		for i := range rows {
			r := &rows[i]
			if r.Stage != stage {
				continue
			}
			sum.Standing, sum.LateStage, sum.LateWhole = sum.Standing+r.Standing, sum.LateStage+r.LateStage, sum.LateWhole+r.LateWhole
			if sum.Oldest.IsZero() || r.Oldest.Before(sum.Oldest) {
				sum.Oldest = r.Oldest
			}
			if r.LateTo.After(sum.LateTo) {
				sum.LateTo = r.LateTo
			}
			if desk := r.Desk.In(c.lang); !slices.Contains(desks, desk) {
				desks = append(desks, desk)
			}
		}
		if sum.Standing == 0 {
			continue
		}
		c.putLate(&t, textCell(Titled(stage.Text().In(c.lang))), textCell(joinList(c, desks)), unit, stage, &sum)
	}
	return t
}

// putLate is one line of a list of what stands where.
func (c *call) putLate(t *table, first, desk cell, unit event.Unit, stage card.Stage, r *programmedesk.LateRow) {
	all := c.listHref("at:"+string(stage), unit, citizen.Date{}, citizen.Date{})
	tooLong := c.listHref("at:"+string(stage), unit, r.LateTo, r.LateTo)
	past := ""
	if all != "" {
		past = all + "&past_promise=1"
	}
	row := t.put(first, desk, countCell(r.Standing, all), dateCell(r.Oldest), countCell(r.LateStage, tooLong), countCell(r.LateWhole, past))
	if r.LateStage+r.LateWhole > 0 {
		row.Tone = "late"
	}
}

// joinList writes parts as a list in the reader's language.
func joinList(c *call, parts []string) string { return strings.Join(parts, c.t("list.comma")) }

// reasonTable lists what came back, by its coded reason.
func (c *call) reasonTable(p *programmedesk.ProgressOutput) table {
	t := c.listOf(c.t("leader.defects.caption", p.From.String(), p.To.String()), "programme.progress", "kind", "reason", "#count")
	for _, part := range []struct {
		figure, kind string
		counts       map[string]int64
	}{{"returned", "card.ReturnReason", p.Reasons}, {"rejected", "card.RejectClass", p.Defects}} {
		var codes []string
		for code := range part.counts {
			codes = append(codes, code)
		}
		slices.SortFunc(codes, func(a, b string) int { return cmp.Or(cmp.Compare(part.counts[b], part.counts[a]), cmp.Compare(a, b)) })
		for _, code := range codes {
			href := c.listHref(part.figure, p.Unit, p.From, p.To)
			switch {
			case code == "": // a list for no reason would be one for any
				href = ""
			case href != "":
				href += "&" + url.Values{"reason": {code}}.Encode()
			}
			t.put(textCell(c.t("leader.figure."+part.figure)), textCell(c.codeWord(part.kind, code)), countCell(part.counts[code], href))
		}
	}
	return t
}

// heardTable tells when each unit was last heard of, the latest first.
func (c *call) heardTable(heard []programmedesk.Heard) table {
	t := c.listOf(c.t("leader.heard"), "programme.heard", "unit", "last_heard", "#hours", "state")
	for i := range heard {
		h := &heard[i]
		row := t.put(c.unitCell(h.Unit, "/board"), textCell(instant(h.Last)), numberCell(h.Hours), tagCell("done", c.t("leader.on_time")))
		if h.Last == 0 {
			row.Cells[2] = textCell("")
		}
		if h.Late {
			row.Tone, row.Cells[3] = "late", tagCell("late", c.t("leader.heard.late"))
		}
	}
	return t
}

// orderHref leads to the form of an order to a unit that rests on a figure.
func orderHref(unit event.Unit, figure string) string {
	return "/duties/order/new?" + url.Values{"to": {string(unit)}, "figures.0.figure": {figure}}.Encode()
}
