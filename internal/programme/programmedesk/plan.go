package programmedesk

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// PlanInput is a plan. Everything left out: the calendar of 长府办发〔2005〕49号.
type PlanInput struct {
	Title        string                `json:"title,omitempty"`
	Document     string                `json:"document,omitempty"`
	TargetPeople int64                 `json:"target_people,omitempty"`
	Phases       []programme.Phase     `json:"phases,omitempty"`
	Milestones   []programme.Milestone `json:"milestones,omitempty"`
	Years        map[int]int64         `json:"years,omitempty"`
	Districts    []event.Unit          `json:"districts,omitempty"` // of the default calendar: which counties are districts of the city
}

// PlanOutput names the plan.
type PlanOutput struct {
	Plan    string `json:"plan"`
	Version int    `json:"version"`
}

func adoptPlan(ctx context.Context, w *office.Work, in PlanInput) (out PlanOutput, err error) {
	if err := w.Lock(ctx, "programme:plan:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	last, err := programmedb.PlanOf(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	id, err := newID()
	if err != nil {
		return out, err
	}
	plan := programme.DefaultPlan(w.By.Unit, id, in.Districts)
	if in.Title != "" {
		plan.Title, plan.Document = in.Title, in.Document
	}
	if in.TargetPeople != 0 {
		plan.TargetPeople = in.TargetPeople
	}
	if in.Phases != nil {
		plan.Phases = in.Phases
	}
	if in.Milestones != nil {
		plan.Milestones = in.Milestones
	}
	plan.Years = in.Years
	version := 0
	if last != nil {
		version = last.Version
	}
	e, err := programme.AdoptPlan(by(w), plan, version)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return PlanOutput{Plan: id, Version: version + 1}, nil
}

// UnitInput names a unit of the operator's area; left out: the operator's own.
type UnitInput struct {
	Unit event.Unit `json:"unit,omitempty"`
}

// MilestoneState is how a unit stands with a milestone.
type MilestoneState struct {
	Unit      event.Unit         `json:"unit"`
	Name      string             `json:"name"`
	Milestone string             `json:"milestone"`
	Text      citizen.Text       `json:"text"`
	Due       citizen.Date       `json:"due"`
	Light     programme.Light    `json:"light"`
	On        citizen.Date       `json:"on,omitzero"`
	Paper     string             `json:"paper,omitempty"`
	Counted   *programme.Counted `json:"counted,omitempty"` // at the statement, or now while there is none
	Overdue   int                `json:"overdue_days,omitempty"`
}

// PhasesOutput is the calendar as it stands.
type PhasesOutput struct {
	Title      string            `json:"title"`
	Document   string            `json:"document"`
	Today      citizen.Date      `json:"today"`
	Phase      *programme.Phase  `json:"phase,omitempty"` // of today
	Phases     []programme.Phase `json:"phases"`
	Milestones []MilestoneState  `json:"milestones"` // the overdue ones first
}

func phases(ctx context.Context, w *office.Work, in UnitInput) (out PhasesOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	plan, err := programmedb.PlanFor(ctx, w.Tx, unit)
	if err != nil {
		return out, err
	}
	if plan == nil {
		return out, programme.NoPlan()
	}
	out = PhasesOutput{Title: plan.Title, Document: plan.Document, Today: w.Today, Phases: plan.Phases}
	if phase, ok := plan.PhaseOn(w.Today); ok {
		out.Phase = &phase
	}
	out.Milestones, err = milestones(ctx, w, unit)
	return out, err
}

// milestones lists the milestones of every unit of an area by the plan that binds it, the overdue ones first, then by day.
func milestones(ctx context.Context, w *office.Work, of event.Unit) ([]MilestoneState, error) {
	a, err := areaOf(ctx, w, of)
	if err != nil {
		return nil, err
	}
	met, err := programmedb.MilestonesMet(ctx, w.Tx, of)
	if err != nil {
		return nil, err
	}
	count, err := counter(ctx, w, &a)
	if err != nil {
		return nil, err
	}
	plans := make(map[event.Unit]*programme.Plan)
	all := []MilestoneState{}
	for unit, name := range a.names {
		county := unit
		if unit.Level() == event.Station {
			county = unit.Parent()
		}
		plan, known := plans[county]
		if !known {
			if plan, err = programmedb.PlanFor(ctx, w.Tx, county); err != nil {
				return nil, err
			}
			plans[county] = plan
		}
		if plan == nil {
			continue
		}
		for i := range plan.Milestones {
			if m := &plan.Milestones[i]; m.Concerns(unit) {
				all = append(all, milestoneState(w.Today, unit, name, m, met[unit], count))
			}
		}
	}
	slices.SortFunc(all, func(a, b MilestoneState) int {
		return cmp.Or(b.Overdue-a.Overdue, a.Due.Compare(b.Due), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Milestone, b.Milestone))
	})
	return all, nil
}

func milestoneState(today citizen.Date, unit event.Unit, name string, m *programme.Milestone, met map[string]programme.MilestoneMet,
	count func(programme.Measure, event.Unit) programme.Counted) MilestoneState {
	s := MilestoneState{Unit: unit, Name: name, Milestone: m.Milestone, Text: m.Name, Due: m.Due}
	if done, ok := met[m.Milestone]; ok {
		s.On, s.Paper, s.Counted = done.On, done.Paper, done.Counted
	} else if m.Measure != programme.MeasureNone {
		counted := count(m.Measure, unit)
		s.Counted = &counted
	}
	s.Light = programme.LightOn(m.Due, s.On, today)
	if s.Light == programme.Red {
		s.Overdue = m.Due.DaysUntil(today)
	}
	return s
}

// counter counts the measures of milestones for units of an area.
func counter(ctx context.Context, w *office.Work, a *area) (func(programme.Measure, event.Unit) programme.Counted, error) {
	inUse, err := registerdb.Stations(ctx, w.Tx, a.of)
	if err != nil {
		return nil, err
	}
	lives, err := sitedb.Lives(ctx, w.Tx, sitedb.Scope{Unit: a.of, Below: true})
	if err != nil {
		return nil, err
	}
	return func(measure programme.Measure, unit event.Unit) programme.Counted {
		c := programme.Counted{Measure: measure}
		for _, s := range a.stations {
			if !unit.Contains(s) {
				continue
			}
			c.Needed++
			if measure == programme.MeasureSystem && slices.Contains(inUse, s) || measure == programme.MeasureStarted && lives[s].Stage.Accepts() {
				c.Value++
			}
		}
		return c
	}, nil
}

// MeetInput reports a milestone. On left out is today.
type MeetInput struct {
	Milestone string       `json:"milestone"`
	On        citizen.Date `json:"on,omitzero"`
	Paper     string       `json:"paper,omitempty"`
}

func meetMilestone(ctx context.Context, w *office.Work, in MeetInput) (out MilestoneState, err error) {
	subject := programme.MilestoneSubject(w.By.Unit, in.Milestone)
	if err := w.Lock(ctx, subject); err != nil {
		return out, err
	}
	var facts programme.MeetFacts
	if facts.Plan, err = programmedb.PlanFor(ctx, w.Tx, w.By.Unit); err != nil {
		return out, err
	}
	met, err := programmedb.MilestonesMet(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	_, facts.Already = met[w.By.Unit][in.Milestone]
	a, err := areaOf(ctx, w, w.By.Unit)
	if err != nil {
		return out, err
	}
	count, err := counter(ctx, w, &a)
	if err != nil {
		return out, err
	}
	if facts.Plan != nil {
		if m, ok := facts.Plan.Milestone(in.Milestone); ok {
			facts.Counted = count(m.Measure, w.By.Unit)
		}
	}
	if in.On.IsZero() {
		in.On = w.Today
	}
	e, err := programme.MeetMilestone(by(w), programme.MilestoneMet{Milestone: in.Milestone, On: in.On, Paper: in.Paper}, facts)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	m, _ := facts.Plan.Milestone(in.Milestone)
	done := e.Body.(programme.MilestoneMet)
	return milestoneState(w.Today, w.By.Unit, a.names[w.By.Unit], m, map[string]programme.MilestoneMet{in.Milestone: done}, count), nil
}

// PlansOutput compares the counties' plans with the one of the unit.
type PlansOutput struct {
	Unit       event.Unit       `json:"unit"`
	Years      map[int]int64    `json:"years,omitempty"` // by the unit's own plan
	Sum        map[int]int64    `json:"sum,omitempty"`   // of the plans below
	Difference map[int]int64    `json:"difference,omitempty"`
	Local      []programme.Plan `json:"local"`
	Missing    []event.Unit     `json:"missing"` // units without a plan of their own
}

func plans(ctx context.Context, w *office.Work, in UnitInput) (out PlansOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return out, err
	}
	own, err := programmedb.PlanOf(ctx, w.Tx, unit)
	if err != nil {
		return out, err
	}
	out = PlansOutput{Unit: unit, Sum: make(map[int]int64), Difference: make(map[int]int64), Missing: []event.Unit{}}
	if out.Local, err = programmedb.LocalPlans(ctx, w.Tx, unit); err != nil {
		return out, err
	}
	for i := range out.Local {
		for year, n := range out.Local[i].Years {
			out.Sum[year] += n
			out.Difference[year] += n
		}
	}
	if own != nil {
		out.Years = own.Years
		for year, n := range own.Years {
			out.Difference[year] -= n
		}
	}
	for _, child := range a.children {
		if child.Level() == event.County && !slices.ContainsFunc(out.Local, func(p programme.Plan) bool { return p.Unit == child }) {
			out.Missing = append(out.Missing, child)
		}
	}
	return out, nil
}

// QuotasInput sets quotas unit by unit.
type QuotasInput struct {
	Year   int               `json:"year"`
	Total  int64             `json:"total"`
	Shares []programme.Share `json:"shares"`
	Ground string            `json:"ground,omitempty"` // when they are changed
	DryRun bool              `json:"dry_run,omitempty"`
}

// QuotasOutput is the quotas as they stand.
type QuotasOutput struct {
	*programme.Quotas
	Months     [12]int64         `json:"months"`               // of the shares together
	Above      *programme.Share  `json:"above,omitempty"`      // what the unit above set for this one
	AddsUp     bool              `json:"adds_up"`              // with what the unit above set
	Difference int64             `json:"difference,omitempty"` // of the year's sum from that
	Before     []programme.Share `json:"before,omitempty"`     // of a change: the shares that it takes the place of
	DryRun     bool              `json:"dry_run,omitempty"`    // nothing was written
}

func setQuotas(ctx context.Context, w *office.Work, in QuotasInput) (QuotasOutput, error) {
	return saveQuotas(ctx, w, in.Year, in.DryRun, func(programme.QuotaFacts, *programme.Quotas) (programme.Quotas, error) {
		return programme.Quotas{Year: in.Year, Total: in.Total, Shares: in.Shares, Ground: in.Ground}, nil
	})
}

// SpreadInput spreads a year's quota by population.
type SpreadInput struct {
	Year   int       `json:"year"`
	Total  int64     `json:"total,omitempty"`  // left out at a county: what the city set
	Months [12]int64 `json:"months,omitempty"` // left out: even parts
	From   int       `json:"from,omitempty"`   // the first month of even parts; left out: January
	Ground string    `json:"ground,omitempty"`
	DryRun bool      `json:"dry_run,omitempty"`
}

func spreadQuotas(ctx context.Context, w *office.Work, in SpreadInput) (QuotasOutput, error) {
	return saveQuotas(ctx, w, in.Year, in.DryRun, func(f programme.QuotaFacts, _ *programme.Quotas) (programme.Quotas, error) {
		months := in.Months
		switch {
		case months != [12]int64{}:
		case f.Above != nil && in.Total == 0:
			months = f.Above.Months
		default:
			months = programme.EvenMonths(in.Total, in.From)
		}
		people, err := adultsByChild(ctx, w)
		if err != nil {
			return programme.Quotas{}, err
		}
		q := programme.SpreadQuotas(in.Year, months, f.Units, people)
		q.Ground = in.Ground
		if in.Total != 0 {
			q.Total = in.Total
		}
		return q, nil
	})
}

func adultsByChild(ctx context.Context, w *office.Work) (map[event.Unit]int64, error) {
	a, err := areaOf(ctx, w, w.By.Unit)
	if err != nil {
		return nil, err
	}
	population, err := registerdb.PopulationOn(ctx, w.Tx, w.By.Unit, w.Today, bornBy(w.Today))
	people := make(map[event.Unit]int64)
	for _, p := range population {
		people[a.childOf(p.Unit)] += p.Adults
	}
	return people, err
}

// MoveInput moves quota between two units, when one falls behind.
type MoveInput struct {
	Year   int        `json:"year"`
	Month  int        `json:"month"`
	From   event.Unit `json:"from"`
	To     event.Unit `json:"to"`
	Count  int64      `json:"count"`
	Ground string     `json:"ground"`
	DryRun bool       `json:"dry_run,omitempty"`
}

func redistribute(ctx context.Context, w *office.Work, in MoveInput) (QuotasOutput, error) {
	return saveQuotas(ctx, w, in.Year, in.DryRun, func(_ programme.QuotaFacts, last *programme.Quotas) (programme.Quotas, error) {
		if last == nil {
			return programme.Quotas{}, noQuotas(in.Year)
		}
		q := *last
		q.Ground = in.Ground
		return q, q.Move(in.Month, in.From, in.To, in.Count)
	})
}

func noQuotas(year int) *event.Refusal {
	return event.Refuse("programme.no_quotas", programme.Source, text(fmt.Sprintf("%d 年任务数尚未下达", year), fmt.Sprintf("no quotas have been set for %d", year)),
		text("先用 programme.spread_quotas 下达", "set them first, as by programme.spread_quotas"))
}

func saveQuotas(ctx context.Context, w *office.Work, year int, dryRun bool, make func(programme.QuotaFacts, *programme.Quotas) (programme.Quotas, error)) (out QuotasOutput, err error) {
	if err := w.Lock(ctx, programme.QuotaSubject(w.By.Unit, year)); err != nil {
		return out, err
	}
	last, err := programmedb.QuotasOf(ctx, w.Tx, w.By.Unit, year)
	if err != nil {
		return out, err
	}
	facts, err := quotaFacts(ctx, w, year, last)
	if err != nil {
		return out, err
	}
	var before []programme.Share
	if last != nil {
		before = slices.Clone(last.Shares) // a move writes into the last ones
	}
	q, err := make(facts, last)
	if err != nil {
		return out, err
	}
	e, err := programme.SetQuotas(by(w), q, facts)
	if err != nil {
		return out, err
	}
	set := e.Body.(programme.Quotas)
	out = quotasOutput(&set, facts.Above)
	if out.DryRun = dryRun; !dryRun {
		w.Emit(e)
	}
	out.Before = before
	return out, nil
}

func quotaFacts(ctx context.Context, w *office.Work, year int, last *programme.Quotas) (f programme.QuotaFacts, err error) {
	a, err := areaOf(ctx, w, w.By.Unit)
	if err != nil {
		return f, err
	}
	f.Units = a.children
	if last != nil {
		f.Last = last.Version
	}
	f.Above, err = programmedb.ShareOf(ctx, w.Tx, w.By.Unit, year)
	return f, err
}

func quotasOutput(q *programme.Quotas, above *programme.Share) QuotasOutput {
	out := QuotasOutput{Quotas: q, Months: q.Months(), Above: above, AddsUp: true}
	if above != nil {
		out.AddsUp, out.Difference = out.Months == above.Months, q.Sum()-above.Year()
	}
	return out
}

// YearInput names a year and a unit of the operator's area.
type YearInput struct {
	Year int        `json:"year"`
	Unit event.Unit `json:"unit,omitempty"`
}

func quotas(ctx context.Context, w *office.Work, in YearInput) (out QuotasOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	q, err := programmedb.QuotasOf(ctx, w.Tx, unit, in.Year)
	if err != nil {
		return out, err
	}
	if q == nil {
		return out, noQuotas(in.Year)
	}
	above, err := programmedb.ShareOf(ctx, w.Tx, unit, in.Year)
	if err != nil {
		return out, err
	}
	return quotasOutput(q, above), nil
}
