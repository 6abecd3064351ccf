package programmedesk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// Board is what a leader looks at first.
type Board struct {
	Unit       event.Unit           `json:"unit"`
	Name       string               `json:"name"`
	Today      citizen.Date         `json:"today"`
	Phase      *programme.Phase     `json:"phase,omitempty"`
	ByPlan     int64                `json:"by_plan,omitempty"`
	Columns    []string             `json:"columns"`
	Now        programme.Row        `json:"now"`       // of today
	Month      programme.Row        `json:"month"`     // of this month so far
	Curve      []CurvePoint         `json:"curve"`     // by month, of the phase under way up to this month
	Funnel     []Step               `json:"funnel"`    // how many have ever reached each step
	Backlog    map[card.Stage]int64 `json:"backlog"`   // how many stand where
	Late       []LateRow            `json:"late"`      // only what is late
	Unclaimed  int64                `json:"unclaimed"` // told to collect, and not come for too long
	Forecast   programme.Forecast   `json:"forecast"`
	Finish     string               `json:"forecast_month,omitempty"`
	Overdue    int                  `json:"orders_overdue"`
	Milestones []MilestoneState     `json:"milestones_overdue"`
	Stations   programme.Counted    `json:"stations_started"`
	Stages     map[site.Stage]int   `json:"stations_by_stage"` // how many stations are preparing, ready, started
	Stopped    int                  `json:"stations_stopped"`
	Money      Money                `json:"money"`
}

// Step is one step of the funnel.
type Step struct {
	Step string       `json:"step"`
	Text citizen.Text `json:"text"`
	N    int64        `json:"n"`
}

// Money is the fees of an area, in fen.
type Money struct {
	Receipted int64 `json:"receipted_fen"`
	Remitted  int64 `json:"remitted_fen"`
	Confirmed int64 `json:"confirmed_fen"`
	Waived    int64 `json:"waived_fen"`
}

func board(ctx context.Context, w *office.Work, in UnitInput) (b Board, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return b, err
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return b, err
	}
	b = Board{Unit: unit, Name: a.names[unit], Today: w.Today, Columns: programme.ColumnNames(), Backlog: make(map[card.Stage]int64), Late: []LateRow{},
		Milestones: []MilestoneState{}, Curve: []CurvePoint{}}
	for _, part := range []func(context.Context, *office.Work, *area, *Board) error{boardPlan, boardFigures, boardLate, boardForecast, boardMilestones, boardMoney} {
		if err := part(ctx, w, &a, &b); err != nil {
			return b, err
		}
	}
	return b, nil
}

func boardPlan(ctx context.Context, w *office.Work, a *area, b *Board) error {
	plan, err := programmedb.PlanFor(ctx, w.Tx, a.of)
	if err != nil || plan == nil {
		return err
	}
	if plan.Unit == a.of {
		b.ByPlan = plan.TargetPeople
	}
	phase, ok := plan.PhaseOn(w.Today)
	if !ok {
		return nil
	}
	b.Phase = &phase
	_, monthEnd, _ := programme.Monthly.Span(w.Today)
	b.Curve, err = curveOf(ctx, w, a.of, CurveInput{From: phase.From, To: monthEnd, By: programme.Monthly})
	return err
}

func boardFigures(ctx context.Context, w *office.Work, a *area, b *Board) error {
	today, err := figures(ctx, w, a, w.Today, w.Today)
	if err != nil {
		return err
	}
	_, b.Now = rowsOf(a, today)
	month, err := figures(ctx, w, a, w.Today.AddDays(1-w.Today.Day()), w.Today)
	if err != nil {
		return err
	}
	_, b.Month = rowsOf(a, month)
	reached, err := carddb.Reached(ctx, w.Tx, a.of, 1, card.DayOn(w.Today))
	if err != nil {
		return err
	}
	for _, kind := range card.ProgressKinds {
		step := Step{Step: kind, Text: card.Words[kind]}
		for _, kinds := range reached {
			step.N += kinds[kind]
		}
		b.Funnel = append(b.Funnel, step)
	}
	return nil
}

func boardLate(ctx context.Context, w *office.Work, a *area, b *Board) error {
	rows, err := lateRows(ctx, w, a.of)
	if err != nil {
		return err
	}
	for _, r := range rows {
		b.Backlog[r.Stage] += r.Standing
		switch r.Stage {
		case card.StageNotified:
			b.Unclaimed += r.LateStage
		case card.StageUnclaimed: // sent up for it
			b.Unclaimed += r.Standing
		}
		if r.LateStage > 0 || r.LateWhole > 0 {
			b.Late = append(b.Late, r)
		}
	}
	all, err := programmedb.OrdersIn(ctx, w.Tx, a.of)
	for _, s := range all {
		if s.Overdue(w.Today) {
			b.Overdue++
		}
	}
	return err
}

func boardForecast(ctx context.Context, w *office.Work, a *area, b *Board) error {
	people, err := peopleOf(ctx, w, a.of)
	if err != nil {
		return err
	}
	f, err := people.forecast(ctx, w, a.of, b.Name, ForecastInput{})
	b.Forecast, b.Finish = f.Forecast, f.Month
	return err
}

func boardMilestones(ctx context.Context, w *office.Work, a *area, b *Board) error {
	all, err := milestones(ctx, w, a.of)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Light == programme.Red {
			b.Milestones = append(b.Milestones, m)
		}
	}
	count, err := counter(ctx, w, a)
	if err != nil {
		return err
	}
	b.Stations = count(programme.MeasureStarted, a.of)
	lives, err := sitedb.Lives(ctx, w.Tx, sitedb.Scope{Unit: a.of, Below: true})
	if err != nil {
		return err
	}
	b.Stages = make(map[site.Stage]int)
	for _, station := range a.stations {
		life, known := lives[station]
		if !known {
			life = site.LifeOf(nil, nil)
		}
		b.Stages[life.Stage]++
		if len(life.Stops) > 0 {
			b.Stopped++
		}
	}
	return nil
}

func boardMoney(ctx context.Context, w *office.Work, a *area, b *Board) error {
	low, high := carddb.Slice(a.of)
	units, err := funddb.Units(ctx, w.Tx, low, high)
	if err != nil {
		return err
	}
	for _, unit := range units {
		s, err := funddb.StandingOf(ctx, w.Tx, unit)
		if err != nil {
			return err
		}
		b.Money.Receipted += s.Collected
		b.Money.Remitted += s.Remitted
		b.Money.Confirmed += s.Confirmed
		b.Money.Waived += s.Waived
	}
	return nil
}

// Heard is when a unit was last heard of.
type Heard struct {
	Unit  event.Unit   `json:"unit"`
	Name  string       `json:"name"`
	Last  int64        `json:"last,omitempty"` // ms UTC, of its newest entry here; 0: never
	On    citizen.Date `json:"on,omitzero"`
	Hours int64        `json:"hours"` // since then
	Late  bool         `json:"late"`  // nothing since before the last working day
}

// heard tells of each unit of the area how old the newest entry is that is known here: who has not uploaded, the latest first (plan P9).
func heard(ctx context.Context, w *office.Work, in UnitInput) ([]Heard, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return nil, err
	}
	heads, err := journal.Heads(ctx, w.Tx)
	if err != nil {
		return nil, err
	}
	last := make(map[event.Unit]int64)
	for _, h := range heads {
		if h.Size > 0 && h.Stream.Audience() != "access" {
			last[h.Stream.Unit()] = max(last[h.Stream.Unit()], h.LastAt)
		}
	}
	working := w.Today.AddDays(-1)
	for !programme.WorkingDay(working) {
		working = working.AddDays(-1)
	}
	all := []Heard{}
	for code, name := range a.names {
		h := Heard{Unit: code, Name: name, Last: last[code], Late: true}
		if h.Last > 0 {
			h.On, h.Hours = card.DayOf(h.Last).Date(), (w.Now-h.Last)/int64(time.Hour/time.Millisecond)
			h.Late = h.On.Before(working)
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Heard) int { return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.Unit, b.Unit)) })
	return all, nil
}
