package programme

import (
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Plan is a unit's plan: the city's, or a county's own that carries it out (plan W3). A later version takes the place of the earlier.
type Plan struct {
	Unit         event.Unit    `json:"unit"`
	Plan         string        `json:"plan"`
	Version      int           `json:"version"`
	Title        string        `json:"title"`
	Document     string        `json:"document"`      // number of the paper
	TargetPeople int64         `json:"target_people"` // as the paper says; it stands beside the figure that the register gives
	Phases       []Phase       `json:"phases"`
	Milestones   []Milestone   `json:"milestones,omitempty"`
	Years        map[int]int64 `json:"years,omitempty"` // cards to be handed over in each year
}

// Phase is a stretch of the programme, both days inclusive.
type Phase struct {
	Phase string       `json:"phase"`
	Name  citizen.Text `json:"name"`
	From  citizen.Date `json:"from"`
	To    citizen.Date `json:"to"`
}

// The phases of the plan (plan S1-S9).
const (
	Preparation = "preparation"
	Replacement = "replacement"
	SummingUp   = "summing_up"
)

// Measure is a figure that shows by itself that a milestone has been met.
type Measure string

// The measures.
const (
	// MeasureNone asks for a named paper.
	MeasureNone Measure = ""
	// MeasureSystem counts the stations at and below the unit whose residents are in the register, of those that there are: their population system is in use.
	MeasureSystem Measure = "system_in_use"
	// MeasureStarted counts the stations at and below the unit where second-generation work has been opened, of those that there are.
	MeasureStarted Measure = "started"
)

// Measures lists the measures.
var Measures = []Measure{MeasureNone, MeasureSystem, MeasureStarted}

// Milestone is something that units of a tier have to have done by a day.
type Milestone struct {
	Milestone string       `json:"milestone"`
	Name      citizen.Text `json:"name"`
	Due       citizen.Date `json:"due"`
	Level     event.Level  `json:"level"`           // whose it is
	Units     []event.Unit `json:"units,omitempty"` // left out: every unit of the tier
	Measure   Measure      `json:"measure,omitempty"`
	Source    string       `json:"source"`
}

// Concerns tells whether a unit has to meet the milestone.
func (m *Milestone) Concerns(unit event.Unit) bool {
	return unit.Level() == m.Level && (len(m.Units) == 0 || slices.Contains(m.Units, unit))
}

// DefaultPlan is the calendar of 长府办发〔2005〕49号: preparation April to September 2005, replacement from September 2005 (the text says August once) to December
// 2008, summing up early in 2009 (until 31 March: UNCONFIRMED), systems by 31 August 2005 (plan P9a). The six city districts are named in no part of
// the text that was seen; the counties of the city not among districts have the same day, so one list by tier serves both.
func DefaultPlan(unit event.Unit, id string, districts []event.Unit) Plan {
	phase := func(code, zh, en, from, to string) Phase {
		return Phase{Phase: code, Name: citizen.Text{ZH: zh, EN: en}, From: citizen.MustDate(from), To: citizen.MustDate(to)}
	}
	due := citizen.MustDate("2005-08-31")
	milestones := []Milestone{
		{Milestone: "districts", Name: citizen.Text{ZH: "市区公安机关人口信息系统建成投入使用", EN: "the city districts' population systems are in use"},
			Due: due, Level: event.County, Units: districts, Measure: MeasureSystem, Source: Source},
		{Milestone: "counties", Name: citizen.Text{ZH: "县（市）人口信息系统安装调试完毕", EN: "the counties' population systems are installed and commissioned"},
			Due: due, Level: event.County, Measure: MeasureSystem, Source: Source},
		{Milestone: "stations", Name: citizen.Text{ZH: "派出所人口信息系统完成升级改造", EN: "the stations' population systems are upgraded"},
			Due: due, Level: event.Station, Measure: MeasureSystem, Source: Source},
		{Milestone: "funds", Name: citizen.Text{ZH: "工作经费落实到位", EN: "the money for the work is in place"},
			Due: citizen.MustDate("2005-09-30"), Level: event.County, Source: Source},
		{Milestone: "trained", Name: citizen.Text{ZH: "参加人员全部培训合格", EN: "everybody who takes part is trained"},
			Due: citizen.MustDate("2005-09-30"), Level: event.County, Source: Source},
		{Milestone: "started", Name: citizen.Text{ZH: "全面启动集中换发", EN: "replacement has been opened everywhere"},
			Due: citizen.MustDate("2005-12-31"), Level: event.Station, Measure: MeasureStarted, Source: Source},
	}
	if len(districts) == 0 {
		milestones = milestones[1:]
	}
	return Plan{Unit: unit, Plan: id, Title: "长春市换发第二代居民身份证工作方案", Document: Source, TargetPeople: 5_000_000, Milestones: milestones,
		Phases: []Phase{phase(Preparation, "准备阶段", "preparation", "2005-04-01", "2005-08-31"),
			phase(Replacement, "集中换发阶段", "mass replacement", "2005-09-01", "2008-12-31"),
			phase(SummingUp, "总结表彰阶段", "summing up", "2009-01-01", "2009-03-31")}}
}

// AdoptPlan makes a unit's plan the one in force; last is the version before (0: none).
func AdoptPlan(by By, p Plan, last int) (event.Event, error) {
	p.Unit, p.Version = by.Unit, last+1
	if err := first(planHead(p), planPhases(p), planMilestones(p), planYears(p)); err != nil {
		return event.Event{}, err
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindPlanAdopted, V: 1, Subject: p.Plan, Body: p}, nil
}

func planHead(p Plan) *event.Refusal {
	switch {
	case !said(p.Title) || !said(p.Document):
		return noText("title")
	case p.TargetPeople < 0:
		return refuse("programme.target", Source, "target_people", "任务人数不能为负", "the number of people cannot be negative", "核对人数", "check the number")
	}
	return nil
}

func planPhases(p Plan) *event.Refusal {
	if len(p.Phases) == 0 {
		return refuse("programme.no_phases", Source, "phases", "方案没有划分阶段", "the plan has no phases", "至少列出一个阶段及起止日期", "give at least one phase with its days")
	}
	for i, phase := range p.Phases {
		if phase.Phase == "" || phase.From.IsZero() || phase.To.IsZero() || phase.To.Before(phase.From) {
			return refuse("programme.phase_days", Source, "phases", "阶段 "+phase.Phase+" 的起止日期不对", "the days of phase "+phase.Phase+" are wrong",
				"核对起止日期", "check its first and last day")
		}
		if i > 0 && !p.Phases[i-1].To.Before(phase.From) {
			return refuse("programme.phases_overlap", Source, "phases", "阶段 "+phase.Phase+" 与前一阶段重叠", "phase "+phase.Phase+" overlaps the one before",
				"阶段依次排列，不得重叠", "put the phases in order, without overlap")
		}
	}
	return nil
}

func planMilestones(p Plan) *event.Refusal {
	seen := make(map[string]bool)
	for i := range p.Milestones {
		m := &p.Milestones[i]
		if m.Milestone == "" || m.Due.IsZero() || m.Level < event.City || m.Level > event.Station || !slices.Contains(Measures, m.Measure) || seen[m.Milestone] {
			return refuse("programme.milestone", Source, "milestones", "时间节点 "+m.Milestone+" 缺少日期、级别，或重复", "milestone "+m.Milestone+" lacks its day or tier, or stands twice",
				"逐项填写日期、级别和依据", "give day, tier and measure of each, once")
		}
		seen[m.Milestone] = true
	}
	return nil
}

func planYears(p Plan) *event.Refusal {
	var sum int64
	for _, n := range p.Years {
		sum += n
	}
	if len(p.Years) == 0 || sum == p.TargetPeople {
		return nil
	}
	return refuse("programme.years_sum", Source, "years", fmt.Sprintf("各年任务合计 %d，与总任务 %d 相差 %d", sum, p.TargetPeople, sum-p.TargetPeople),
		fmt.Sprintf("the years add up to %d, %d away from the whole of %d", sum, sum-p.TargetPeople, p.TargetPeople), "调整各年任务使之相符", "make the years add up")
}

// PhaseOn is the phase of a day; ok is false outside of all.
func (p *Plan) PhaseOn(day citizen.Date) (Phase, bool) {
	for _, phase := range p.Phases {
		if !day.Before(phase.From) && !day.After(phase.To) {
			return phase, true
		}
	}
	return Phase{}, false
}

// Milestone finds a milestone by its code.
func (p *Plan) Milestone(code string) (*Milestone, bool) {
	for i := range p.Milestones {
		if p.Milestones[i].Milestone == code {
			return &p.Milestones[i], true
		}
	}
	return nil, false
}

// Bind adds the milestones of the plan above: a local plan adds to them and takes none away, nor does it move one.
func (p *Plan) Bind(above *Plan) {
	own := slices.DeleteFunc(slices.Clone(p.Milestones), func(m Milestone) bool {
		_, ok := above.Milestone(m.Milestone)
		return ok
	})
	p.Milestones = append(slices.Clone(above.Milestones), own...)
}

// Counted is a measure as it was counted.
type Counted struct {
	Measure Measure `json:"measure"`
	Value   int64   `json:"value"`
	Needed  int64   `json:"needed"`
}

// MilestoneMet is a milestone met, with the evidence behind it: a count, or a named paper (plan W3: work is done when the data say so).
type MilestoneMet struct {
	Unit      event.Unit   `json:"unit"`
	Milestone string       `json:"milestone"`
	On        citizen.Date `json:"on"`
	Paper     string       `json:"paper,omitempty"`
	Counted   *Counted     `json:"counted,omitempty"`
}

// MeetFacts is what the desk found.
type MeetFacts struct {
	Plan    *Plan // in force; nil: none
	Already bool
	Counted Counted
}

// MeetMilestone states that a unit has met a milestone. A counted one is met only when the count says so.
func MeetMilestone(by By, c MilestoneMet, f MeetFacts) (event.Event, error) {
	c.Unit = by.Unit
	if f.Plan == nil {
		return event.Event{}, NoPlan()
	}
	m, ok := f.Plan.Milestone(c.Milestone)
	if err := first(milestoneConcerns(by, m, ok, c.Milestone), milestoneOnce(f), milestoneDay(by, c), milestoneEvidence(m, c, f)); err != nil {
		return event.Event{}, err
	}
	if m.Measure != MeasureNone {
		c.Counted = &f.Counted
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindMilestoneMet, V: 1, Subject: MilestoneSubject(by.Unit, c.Milestone), Body: c}, nil
}

// MilestoneSubject names what a unit's milestone is as a subject.
func MilestoneSubject(unit event.Unit, milestone string) string {
	return "milestone:" + string(unit) + ":" + milestone
}

// NoPlan refuses what needs a plan while there is none.
func NoPlan() *event.Refusal {
	return refuse("programme.no_plan", Source, "", "尚未制定工作方案", "no plan has been adopted", "由市局先制定方案（programme.adopt_plan）", "the city adopts one first (programme.adopt_plan)")
}

func milestoneConcerns(by By, m *Milestone, ok bool, code string) *event.Refusal {
	if ok && m.Concerns(by.Unit) {
		return nil
	}
	return refuse("programme.no_milestone", Source, "milestone", "本单位没有时间节点 "+code, "there is no milestone "+code+" for this unit",
		"用 programme.phases 查看本单位的时间节点", "programme.phases shows those of this unit")
}

func milestoneOnce(f MeetFacts) *event.Refusal {
	if !f.Already {
		return nil
	}
	return refuse("programme.met_already", "", "milestone", "该时间节点已完成", "the milestone has been met already", "无需再报", "there is nothing left to report")
}

func milestoneDay(by By, c MilestoneMet) *event.Refusal {
	if !c.On.IsZero() && !c.On.After(by.Today) {
		return nil
	}
	return refuse("programme.day", "", "on", "日期缺少或晚于今日", "the day is missing or later than today", "核对日期", "check the day")
}

func milestoneEvidence(m *Milestone, c MilestoneMet, f MeetFacts) *event.Refusal {
	if m == nil {
		return nil
	}
	if m.Measure == MeasureNone {
		if said(c.Paper) {
			return nil
		}
		return refuse("programme.no_evidence", Source, "paper", "未写明依据的文书", "no paper is named as evidence", "写明文书名称和文号", "name the paper and its number")
	}
	if f.Counted.Needed > 0 && f.Counted.Value >= f.Counted.Needed {
		return nil
	}
	return refuse("programme.not_measured", Source, "milestone", fmt.Sprintf("实际为 %d，应达到 %d", f.Counted.Value, f.Counted.Needed),
		fmt.Sprintf("counted are %d of %d", f.Counted.Value, f.Counted.Needed), "数据达到后再报", "report it when the count has been reached")
}

// Light is how a milestone stands.
type Light string

// The lights. Amber begins ten days before the day (UNCONFIRMED: a setting of the office).
const (
	Green Light = "green" // met in time
	Blue  Light = "blue"  // met after its day
	Amber Light = "amber" // due soon
	Red   Light = "red"   // overdue
	White Light = "white" // not due yet
	amber       = 10      // days
)

// LightOn is the light of a milestone on a day; met is zero while it has not been.
func LightOn(due, met, today citizen.Date) Light {
	switch {
	case !met.IsZero() && !met.After(due):
		return Green
	case !met.IsZero():
		return Blue
	case today.After(due):
		return Red
	case today.DaysUntil(due) <= amber:
		return Amber
	}
	return White
}
