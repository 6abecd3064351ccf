package programmedesk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// kindOf is the step that a column of a report counts.
var kindOf = map[string]string{"accepted": card.KindOpened, "photographed": card.KindPhotographed, "confirmed": card.KindConfirmed,
	"reviewed": card.KindReviewed, "signed": card.KindSigned, "checked": card.KindChecked, "ordered": card.KindOrdered, "made": card.KindMade,
	"dispatched": card.KindDispatched, "arrived": card.KindArrived, "told": card.KindCollectNotified, "handed_over": card.KindHandedOver}

// startOf is the first instant of a day in China, ms UTC.
func startOf(day citizen.Date) int64 {
	return time.Date(day.Year(), time.Month(day.Month()), day.Day(), -8, 0, 0, 0, time.UTC).UnixMilli()
}

// figures counts every column of a report by station, over the days from one to another, both inclusive.
func figures(ctx context.Context, w *office.Work, a *area, from, to citizen.Date) (map[event.Unit]map[string]int64, error) {
	population, err := registerdb.PopulationOn(ctx, w.Tx, a.of, to, bornBy(to))
	if err != nil {
		return nil, err
	}
	return figuresAmong(ctx, w, a, from, to, population)
}

// figuresAmong is figures where the population of the last day has been counted.
func figuresAmong(ctx context.Context, w *office.Work, a *area, from, to citizen.Date, population []registerdb.Population) (map[event.Unit]map[string]int64, error) {
	all := make(map[event.Unit]map[string]int64)
	add := func(unit event.Unit, column string, n int64) {
		if all[unit] == nil {
			all[unit] = make(map[string]int64)
		}
		all[unit][column] += n
	}
	for _, p := range population {
		add(p.Unit, "target", p.Adults)
	}
	if err := stepFigures(ctx, w, a, from, to, add); err != nil {
		return nil, err
	}
	notified, err := carddb.FirstNotices(ctx, w.Tx, a.of, card.DayOn(from), card.DayOn(to))
	if err != nil {
		return nil, err
	}
	for unit, n := range notified {
		add(unit, "notified", n)
	}
	for column, kind := range map[string]string{"returned": card.KindReturned, "rejected": card.KindRejected} {
		unwanted, err := carddb.Unwanted(ctx, w.Tx, a.of, kind, startOf(from), startOf(to.AddDays(1)))
		if err != nil {
			return nil, err
		}
		for unit, reasons := range unwanted {
			for _, n := range reasons {
				add(unit, column, n)
			}
		}
	}
	return all, planned(ctx, w, a, from, to, func(unit event.Unit, n int64) { add(unit, "quota", n) })
}

func stepFigures(ctx context.Context, w *office.Work, a *area, from, to citizen.Date, add func(event.Unit, string, int64)) error {
	reached, err := carddb.Reached(ctx, w.Tx, a.of, card.DayOn(from), card.DayOn(to))
	if err != nil {
		return err
	}
	for unit, kinds := range reached {
		for column, kind := range kindOf {
			add(unit, column, kinds[kind])
		}
	}
	done, err := carddb.HandedOverBy(ctx, w.Tx, a.of, card.DayOn(to))
	for unit, n := range done {
		add(unit, "done", n)
	}
	return err
}

// planned adds what the quotas plan for the days from one to another: each station's where its county has set them, else the county's own.
func planned(ctx context.Context, w *office.Work, a *area, from, to citizen.Date, add func(event.Unit, int64)) error {
	for year := from.Year(); year <= to.Year(); year++ {
		shares, err := sharesOf(ctx, w, a.of, year)
		if err != nil {
			return err
		}
		for i := range shares {
			add(shares[i].Unit, shares[i].PlannedBy(year, to)-shares[i].PlannedBy(year, from.AddDays(-1)))
		}
	}
	return nil
}

// sharesOf reads the finest shares of an area that have been set.
func sharesOf(ctx context.Context, w *office.Work, of event.Unit, year int) ([]programme.Share, error) {
	return office.Figure(ctx, w.Tx, of, []string{"programme"}, fmt.Sprint("shares ", year), func() ([]programme.Share, error) { return readShares(ctx, w, of, year) })
}

func readShares(ctx context.Context, w *office.Work, of event.Unit, year int) ([]programme.Share, error) {
	if of.Level() == event.Station {
		share, err := programmedb.ShareOf(ctx, w.Tx, of, year)
		if err != nil || share == nil {
			return nil, err
		}
		return []programme.Share{*share}, nil
	}
	q, err := programmedb.QuotasOf(ctx, w.Tx, of, year)
	if err != nil {
		return nil, err
	}
	if q == nil {
		share, err := programmedb.ShareOf(ctx, w.Tx, of, year)
		if err != nil || share == nil {
			return nil, err
		}
		return []programme.Share{*share}, nil
	}
	if of.Level() == event.County {
		return q.Shares, nil
	}
	var all []programme.Share
	for i := range q.Shares {
		below, err := sharesOf(ctx, w, q.Shares[i].Unit, year)
		if err != nil {
			return nil, err
		}
		all = append(all, below...)
	}
	return all, nil
}

// rowsOf puts figures by station together by the units one tier below the area's, and sums them.
func rowsOf(a *area, all map[event.Unit]map[string]int64) (rows []programme.Row, total programme.Row) {
	columns := programme.ColumnNames()
	by := make(map[event.Unit][]int64)
	for unit, values := range all {
		child := a.childOf(unit)
		if by[child] == nil {
			by[child] = make([]int64, len(columns))
		}
		for i, column := range columns {
			by[child][i] += values[column]
		}
	}
	rows = []programme.Row{}
	for _, child := range a.children {
		if by[child] == nil {
			by[child] = make([]int64, len(columns))
		}
	}
	for child, values := range by {
		rows = append(rows, programme.Row{Unit: child, Name: a.names[child], Values: values})
	}
	slices.SortFunc(rows, func(a, b programme.Row) int { return cmp.Compare(a.Unit, b.Unit) })
	return rows, programme.Sum(a.of, a.names[a.of], len(columns), rows)
}

// ProgressInput asks for the figures of some days, by unit or by period. Days left out: today.
type ProgressInput struct {
	Unit event.Unit       `json:"unit,omitempty"`
	From citizen.Date     `json:"from,omitzero"`
	To   citizen.Date     `json:"to,omitzero"`
	By   programme.Period `json:"by,omitempty"` // day, week, ten_day, month; left out: by unit
}

// ProgressOutput is progress: rows by unit, or by period.
type ProgressOutput struct {
	Unit    event.Unit           `json:"unit"`
	From    citizen.Date         `json:"from"`
	To      citizen.Date         `json:"to"`
	Columns []string             `json:"columns"`
	Rows    []programme.Row      `json:"rows,omitempty"`
	Periods []PeriodRow          `json:"periods,omitempty"`
	Total   programme.Row        `json:"total"`
	Reasons map[string]int64     `json:"returned_by_reason"`
	Defects map[string]int64     `json:"rejected_by_class"` // by the maker, or found at the check of the finished cards
	Backlog map[card.Stage]int64 `json:"backlog"`           // now: how many stand between which steps
}

// PeriodRow is the steps of one period.
type PeriodRow struct {
	From   citizen.Date     `json:"from"`
	To     citizen.Date     `json:"to"`
	Counts map[string]int64 `json:"counts"`
}

func progress(ctx context.Context, w *office.Work, in ProgressInput) (out ProgressOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	if in.From.IsZero() && in.To.IsZero() {
		in.From, in.To = w.Today, w.Today
	}
	if err := checkSpan(in.From, in.To); err != nil {
		return out, err
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return out, err
	}
	all, err := figures(ctx, w, &a, in.From, in.To)
	if err != nil {
		return out, err
	}
	out = ProgressOutput{Unit: unit, From: in.From, To: in.To, Columns: programme.ColumnNames(), Reasons: make(map[string]int64), Defects: make(map[string]int64), Backlog: make(map[card.Stage]int64)}
	out.Rows, out.Total = rowsOf(&a, all)
	for kind, sum := range map[string]map[string]int64{card.KindReturned: out.Reasons, card.KindRejected: out.Defects} {
		unwanted, err := carddb.Unwanted(ctx, w.Tx, unit, kind, startOf(in.From), startOf(in.To.AddDays(1)))
		if err != nil {
			return out, err
		}
		for _, reasons := range unwanted {
			for reason, n := range reasons {
				sum[reason] += n
			}
		}
	}
	stands, err := carddb.StandingNow(ctx, w.Tx, unit, w.Today)
	if err != nil {
		return out, err
	}
	for _, s := range stands {
		out.Backlog[s.Stage] += s.N
	}
	if in.By != "" {
		out.Rows = nil
		out.Periods, err = periods(ctx, w, unit, in)
	}
	return out, err
}

// spans are the periods between two days, the first and last of them cut off there.
func spans(by programme.Period, from, to citizen.Date) ([]PeriodRow, error) {
	if _, _, ok := by.Span(from); !ok {
		return nil, noPeriod()
	}
	rows := []PeriodRow{}
	for day := from; !day.After(to); {
		_, last, _ := by.Span(day)
		if last.After(to) {
			last = to
		}
		rows = append(rows, PeriodRow{From: day, To: last, Counts: make(map[string]int64)})
		day = last.AddDays(1)
	}
	return rows, nil
}

// spanOf finds the period of a day that lies in one.
func spanOf(rows []PeriodRow, day citizen.Date) int {
	i, _ := slices.BinarySearchFunc(rows, day, func(r PeriodRow, d citizen.Date) int {
		if r.To.Before(d) {
			return -1
		}
		return 1
	})
	return i
}

// periods counts the steps by day, and puts the days together.
func periods(ctx context.Context, w *office.Work, unit event.Unit, in ProgressInput) ([]PeriodRow, error) {
	rows, err := spans(in.By, in.From, in.To)
	if err != nil {
		return nil, err
	}
	all, err := carddb.ReachedByDays(ctx, w.Tx, unit, card.DayOn(in.From), card.DayOn(in.To))
	if err != nil {
		return nil, err
	}
	for column, kind := range kindOf {
		for day, n := range all[kind] {
			rows[spanOf(rows, day.Date())].Counts[column] += n
		}
	}
	return rows, nil
}

func noPeriod() *event.Refusal {
	return event.Refuse("programme.period", "", text("报表期间不对", "the period is wrong"), text("用 day、week、ten_day 或 month", "use day, week, ten_day or month"))
}

// CurveInput asks for the cumulative curve of hand-overs, by period.
type CurveInput struct {
	Unit event.Unit       `json:"unit,omitempty"`
	From citizen.Date     `json:"from"`
	To   citizen.Date     `json:"to"`
	By   programme.Period `json:"by,omitempty"` // left out: month
}

// CurvePoint is one point of the curve.
type CurvePoint struct {
	Day     citizen.Date `json:"day"`     // at its end
	Planned int64        `json:"planned"` // by the quotas, since the first day
	Actual  int64        `json:"actual"`  // since the first day
}

func curve(ctx context.Context, w *office.Work, in CurveInput) ([]CurvePoint, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	if err := checkSpan(in.From, in.To); err != nil {
		return nil, err
	}
	return curveOf(ctx, w, unit, in)
}

func curveOf(ctx context.Context, w *office.Work, unit event.Unit, in CurveInput) ([]CurvePoint, error) {
	if in.By == "" {
		in.By = programme.Monthly
	}
	rows, err := spans(in.By, in.From, in.To)
	if err != nil {
		return nil, err
	}
	days, err := carddb.ReachedByDay(ctx, w.Tx, unit, card.KindHandedOver, card.DayOn(in.From), card.DayOn(in.To))
	if err != nil {
		return nil, err
	}
	for day, n := range days {
		rows[spanOf(rows, day.Date())].Counts["handed_over"] += n
	}
	a := area{of: unit}
	points, actual := make([]CurvePoint, 0, len(rows)), int64(0)
	for _, r := range rows {
		actual += r.Counts["handed_over"]
		point := CurvePoint{Day: r.To, Actual: actual}
		if err := planned(ctx, w, &a, in.From, r.To, func(_ event.Unit, n int64) { point.Planned += n }); err != nil {
			return nil, err
		}
		points = append(points, point)
	}
	return points, nil
}

// ListInput asks for the applications that a figure counts, page by page.
type ListInput struct {
	Purpose string       `json:"purpose"` // what it is needed for; it is recorded
	Figure  string       `json:"figure"`  // a column of progress, or a stage for the backlog
	Unit    event.Unit   `json:"unit,omitempty"`
	From    citizen.Date `json:"from,omitzero"`          // left out: today. Of a stage: not used
	To      citizen.Date `json:"to,omitzero"`            // of a stage: the latest day since which it stands there
	Past    bool         `json:"past_promise,omitempty"` // of a stage: only those past their promised day
	Reason  string       `json:"reason,omitempty"`       // of what was returned or rejected: only for this reason, by its code
	After   string       `json:"after,omitempty"`
	Limit   int          `json:"limit,omitempty"`
}

// list answers after it has recorded who asked and why.
func list(ctx context.Context, w *office.Work, in ListInput) ([]carddb.Place, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	if in.To.IsZero() {
		in.To = w.Today
	}
	if in.From.IsZero() {
		in.From = in.To
	}
	if err := checkSpan(in.From, in.To); err != nil {
		return nil, err
	}
	if err := recordCards(w, in.Purpose); err != nil {
		return nil, err
	}
	all, err := listed(ctx, w, unit, in)
	if all == nil {
		all = []carddb.Place{}
	}
	return all, err
}

func listed(ctx context.Context, w *office.Work, unit event.Unit, in ListInput) ([]carddb.Place, error) {
	limit := pageLimit(in.Limit)
	switch {
	case kindOf[in.Figure] != "":
		return carddb.ListReached(ctx, w.Tx, unit, kindOf[in.Figure], card.DayOn(in.From), card.DayOn(in.To), in.After, limit)
	case in.Figure == "done":
		return carddb.ListReached(ctx, w.Tx, unit, card.KindHandedOver, 1, card.DayOn(in.To), in.After, limit)
	case in.Figure == "returned" || in.Figure == "rejected":
		return carddb.ListUnwanted(ctx, w.Tx, unit, "card."+in.Figure, in.Reason, startOf(in.From), startOf(in.To.AddDays(1)), in.After, limit)
	}
	if stage, ok := stageNamed(in.Figure); ok {
		var promised citizen.Date
		if in.Past {
			promised = w.Today
		}
		return carddb.ListStanding(ctx, w.Tx, unit, stage, card.DayOn(in.To), promised, in.After, limit)
	}
	return nil, event.Refuse("programme.figure", "", text("没有指标 "+in.Figure, "there is no figure "+in.Figure),
		text("用 programme.progress 的列名，或 at: 加办理阶段（如 at:confirmed）", "use a column of programme.progress, or at: and a stage, as at:confirmed"))
}

// stageNamed reads "at:confirmed".
func stageNamed(figure string) (card.Stage, bool) {
	stage := card.Stage("")
	if len(figure) > 3 && figure[:3] == "at:" {
		stage = card.Stage(figure[3:])
	}
	return stage, slices.Contains(card.Stages, stage)
}

func recordCards(w *office.Work, purpose string) error {
	id, err := newID()
	if err != nil {
		return err
	}
	e, err := card.LookUp(card.Actor{Unit: w.By.Unit, Operator: w.By.ID}, id, card.LookedUp{Purpose: purpose, How: card.LookUpList, Wide: true})
	if err != nil {
		return err
	}
	w.Emit(e)
	return nil
}

// LateRow is how many applications of a unit stand at a stage, on whose desk, and how many of them too long.
type LateRow struct {
	Unit      event.Unit   `json:"unit"` // that accepted them
	Stage     card.Stage   `json:"stage"`
	Text      citizen.Text `json:"text"`
	LiesAt    event.Unit   `json:"lies_at,omitempty"` // empty: outside
	Desk      citizen.Text `json:"desk"`
	Standing  int64        `json:"standing"`
	LateStage int64        `json:"late_stage"` // past the stage's limit
	LateWhole int64        `json:"late_whole"` // past the promised day (居民身份证法 (2003) art. 12)
	Oldest    citizen.Date `json:"oldest"`
	LateTo    citizen.Date `json:"late_to,omitzero"` // who has stood here since this day or longer is past the stage's limit: programme.list takes it as "to"
}

func late(ctx context.Context, w *office.Work, in UnitInput) ([]LateRow, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	return lateRows(ctx, w, unit)
}

func lateRows(ctx context.Context, w *office.Work, unit event.Unit) ([]LateRow, error) {
	stands, err := carddb.StandingNow(ctx, w.Tx, unit, w.Today)
	if err != nil {
		return nil, err
	}
	type place struct {
		unit  event.Unit
		stage card.Stage
		desk  event.Level
	}
	by := make(map[place]*LateRow)
	rows := []*LateRow{}
	for _, s := range stands {
		desk := programme.DeskOf(s.Stage, s.Class)
		k := place{s.Unit, s.Stage, desk.Level}
		if by[k] == nil {
			by[k] = &LateRow{Unit: s.Unit, Stage: s.Stage, Text: s.Stage.Text(), LiesAt: desk.Unit(s.Unit), Desk: desk.Who, Oldest: s.Since.Date()}
			rows = append(rows, by[k])
		}
		r := by[k]
		r.Standing += s.N
		if s.Since.Date().Before(r.Oldest) {
			r.Oldest = s.Since.Date()
		}
		if w.Today.After(programme.LimitDay(s.Stage, s.Since.Date())) {
			r.LateStage += s.N
			if s.Since.Date().After(r.LateTo) {
				r.LateTo = s.Since.Date()
			}
		}
		if s.Late {
			r.LateWhole += s.N
		}
	}
	out := make([]LateRow, len(rows))
	for i, r := range rows {
		out[i] = *r
	}
	return out, nil
}
