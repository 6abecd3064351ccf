package programmedesk

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
)

// ForecastInput asks when a unit will be done, and what if it had other windows.
type ForecastInput struct {
	Unit       event.Unit `json:"unit,omitempty"`
	Windows    int        `json:"windows,omitempty"`     // photo points that work now
	WindowsNew int        `json:"windows_new,omitempty"` // what if there were so many: the pace grows in proportion
	Capacity   int64      `json:"capacity,omitempty"`    // what if at most so many cards could be made a working day
}

// ForecastOutput is the forecast and, of a unit with units below, each of theirs.
type ForecastOutput struct {
	Unit event.Unit `json:"unit"`
	Name string     `json:"name"`
	programme.Forecast
	Month  string              `json:"month,omitempty"` // of the likely finish
	WhatIf *programme.Forecast `json:"what_if,omitempty"`
	Below  []ForecastOutput    `json:"below,omitempty"`
	Method citizen.Text        `json:"method"`
}

var method = text("近20个工作日日均发放数为一般进度，按五日一周分组，较好一半的周均值为最快、较差一半为最慢；目标随满16周岁人数逐月增加；不计季节、节假日、死亡和迁移",
	"likely: the mean of the last 20 working days; best and worst: of the better and the worse half of their weeks; the target grows by those who turn 16; no season, holidays, deaths or moves")

func forecast(ctx context.Context, w *office.Work, in ForecastInput) (out ForecastOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	if in.Windows < 0 || in.WindowsNew < 0 || in.Capacity < 0 || (in.WindowsNew > 0) != (in.Windows > 0) {
		return out, event.Refuse("programme.what_if", "", text("假设条件不全或为负", "the what-if is incomplete or negative"),
			text("同时填写现有窗口数和拟设窗口数", "give both the present and the new number of windows"))
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return out, err
	}
	people, err := peopleOf(ctx, w, unit)
	if err != nil {
		return out, err
	}
	if out, err = people.forecast(ctx, w, unit, a.names[unit], in); err != nil || unit.Level() == event.Station {
		return out, err
	}
	for _, child := range a.children {
		below, err := people.forecast(ctx, w, child, a.names[child], ForecastInput{})
		if err != nil {
			return out, err
		}
		out.Below = append(out.Below, below)
	}
	slices.SortFunc(out.Below, func(a, b ForecastOutput) int { return cmp.Compare(a.Unit, b.Unit) })
	return out, nil
}

// people are the residents of an area by station, as a forecast needs them.
type people struct {
	population []registerdb.Population
	holding    map[event.Unit]int64
	growing    map[event.Unit]map[string]int64 // who turns 16 in the months to come, by the month of the birthday
}

func peopleOf(ctx context.Context, w *office.Work, unit event.Unit) (p people, err error) {
	population, err := registerdb.PopulationOn(ctx, w.Tx, unit, w.Today, bornBy(w.Today))
	if err != nil {
		return p, err
	}
	return peopleAmong(ctx, w, unit, population)
}

// Warm works out what forecasts, boards and targets of a day count in a station's register, so that it is kept.
func Warm(ctx context.Context, tx *store.Tx, station event.Unit, today citizen.Date) error {
	_, population := registerdb.PopulationOn(ctx, tx, station, today, bornBy(today))
	_, births := registerdb.BirthsByMonth(ctx, tx, station, bornBy(today), today)
	return errors.Join(population, births)
}

// peopleAmong is peopleOf where the population of today has been counted.
func peopleAmong(ctx context.Context, w *office.Work, unit event.Unit, population []registerdb.Population) (p people, err error) {
	p.population = population
	if p.holding, err = holders(ctx, w, unit, w.Today, p.population); err != nil {
		return p, err
	}
	births, err := registerdb.BirthsByMonth(ctx, w.Tx, unit, bornBy(w.Today), w.Today)
	p.growing = make(map[event.Unit]map[string]int64, len(births))
	for station, months := range births {
		p.growing[station] = make(map[string]int64, len(months))
		for month, n := range months {
			first, err := citizen.ParseDate(month + "-01")
			if err != nil {
				return p, err
			}
			p.growing[station][first.AddYears(card.AgeOfDuty(w.Today)).String()[:7]] += n
		}
	}
	return p, err
}

// input puts the people of a unit together.
func (p *people) input(unit event.Unit, today citizen.Date) programme.ForecastInput {
	in := programme.ForecastInput{Today: today, Growing: make(map[string]int64)}
	for _, station := range p.population {
		if !unit.Contains(station.Unit) {
			continue
		}
		in.Target += station.Adults
		in.Done += p.holding[station.Unit]
	}
	for station, months := range p.growing {
		if unit.Contains(station) {
			for month, n := range months {
				in.Growing[month] += n
			}
		}
	}
	return in
}

func (p *people) forecast(ctx context.Context, w *office.Work, unit event.Unit, name string, in ForecastInput) (out ForecastOutput, err error) {
	input := p.input(unit, w.Today)
	if input.Pace, err = paceOf(ctx, w, unit); err != nil {
		return out, err
	}
	out = ForecastOutput{Unit: unit, Name: name, Forecast: programme.Make(input), Method: method}
	if !out.Likely.Finish.IsZero() {
		out.Month = out.Likely.Finish.String()[:7]
	}
	if in.WindowsNew == 0 && in.Capacity == 0 {
		return out, nil
	}
	if in.WindowsNew > 0 {
		input.Factor = float64(in.WindowsNew) / float64(in.Windows)
	}
	input.Ceiling = float64(in.Capacity)
	what := programme.Make(input)
	out.WhatIf = &what
	return out, nil
}

// BackTestInput looks back on forecasts of a unit's share that was reached.
type BackTestInput struct {
	Unit   event.Unit   `json:"unit,omitempty"`
	From   citizen.Date `json:"from"`
	Target int64        `json:"target"`          // how many had been handed over when it was done
	Every  int          `json:"every,omitempty"` // working days between two forecasts; left out: 5
}

func backTest(ctx context.Context, w *office.Work, in BackTestInput) ([]programme.Tested, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	if err := checkSpan(in.From, w.Today); err != nil {
		return nil, err
	}
	if in.Every == 0 {
		in.Every = 5
	}
	counts, err := carddb.ReachedByDay(ctx, w.Tx, unit, card.KindHandedOver, card.DayOn(in.From), card.DayOn(w.Today))
	if err != nil {
		return nil, err
	}
	var history []programme.Day
	for day := in.From; !day.After(w.Today); day = day.AddDays(1) {
		history = append(history, programme.Day{Day: day, N: counts[card.DayOn(day)]})
	}
	tested := programme.BackTest(history, in.Target, in.Every)
	if tested == nil {
		tested = []programme.Tested{}
	}
	return tested, nil
}

// Score is a unit's measured quality (plan S9). It is not a rank: how it arose stands beside it, and numbers alone decide nothing.
type Score struct {
	Unit      event.Unit `json:"unit"`
	Name      string     `json:"name"`
	Handed    int64      `json:"handed_over"`
	OnTime    int64      `json:"on_time"`
	FirstPass int64      `json:"first_pass"`
	Returns   int64      `json:"returns"`
	OnTimePM  int64      `json:"on_time_per_mille"`
	FirstPM   int64      `json:"first_pass_per_mille"`
}

func scores(ctx context.Context, w *office.Work, in SpanInput) ([]Score, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	if err := checkSpan(in.From, in.To); err != nil {
		return nil, err
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return nil, err
	}
	quality, err := carddb.QualityOf(ctx, w.Tx, unit, card.DayOn(in.From), card.DayOn(in.To))
	if err != nil {
		return nil, err
	}
	all := []Score{}
	for unit, q := range quality {
		all = append(all, Score{Unit: unit, Name: a.names[unit], Handed: q.Handed, OnTime: q.OnTime, FirstPass: q.FirstPass, Returns: q.Returns,
			OnTimePM: q.OnTime * 1000 / q.Handed, FirstPM: q.FirstPass * 1000 / q.Handed})
	}
	slices.SortFunc(all, func(a, b Score) int { return cmp.Compare(a.Unit, b.Unit) })
	return all, nil
}
