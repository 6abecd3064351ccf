package programme_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme"
	"pgregory.net/rapid"
)

const (
	city event.Unit = "220100"
	c1   event.Unit = "220102"
	c2   event.Unit = "220104"
	s1   event.Unit = "220102001"
	s2   event.Unit = "220102002"
)

func date(s string) citizen.Date { return citizen.MustDate(s) }

func by(unit event.Unit) programme.By {
	return programme.By{Unit: unit, Operator: "op", Today: date("2005-09-05")}
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	var r *event.Refusal
	if code == "" && err == nil {
		return
	}
	if !errors.As(err, &r) || r.Code != code {
		t.Errorf("got %v, want refusal %q", err, code)
		return
	}
	if r.Text.ZH == "" || r.Text.EN == "" || r.Mend.ZH == "" || r.Mend.EN == "" {
		t.Errorf("%s: text or mend is missing in a language", code)
	}
}

// A unit plans for its own area, speaks of itself, and orders only below: what else it writes counts nowhere.
func TestOwner(t *testing.T) {
	for _, c := range []struct {
		kind   string
		stream event.Stream
		owner  event.Unit
		ok     bool
	}{
		{programme.KindPlanAdopted, event.Down(city), city, true},
		{programme.KindPlanAdopted, event.Up(city), city, false},
		{programme.KindPlanAdopted, event.Down(s1), s1, false},
		{programme.KindQuotasSet, event.Down(c1), c1, true},
		{programme.KindQuotasSet, event.To(city, c1), city, false},
		{programme.KindGuidanceIssued, event.Down(s1), s1, false},
		{programme.KindOrderIssued, event.To(c1, s1), s1, true},
		{programme.KindOrderIssued, event.To(s1, c1), c1, false},
		{programme.KindOrderIssued, event.To(c2, s1), s1, false},
		{programme.KindOrderIssued, event.Up(c1), "", false},
		{programme.KindOrderClosed, event.To(city, s1), s1, true},
		{programme.KindOrderReplied, event.Up(s1), s1, true},
		{programme.KindOrderReplied, event.To(s1, s2), s1, false},
		{programme.KindReportFrozen, event.Up(c1), c1, true},
		{programme.KindReportFrozen, event.Down(c1), c1, false},
	} {
		if owner, ok := programme.Owner(c.kind, c.stream); ok != c.ok || ok && owner != c.owner {
			t.Errorf("%s in %s: %s %v", c.kind, c.stream, owner, ok)
		}
	}
}

// 长府办发〔2005〕49号: the plan's own calendar passes its own rules, and each wrong one is refused.
func TestAdoptPlan(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*programme.Plan)
		code   string
	}{
		"the plan's own calendar": {func(*programme.Plan) {}, ""},
		"no title":                {func(p *programme.Plan) { p.Title = "" }, "programme.no_text"},
		"negative target":         {func(p *programme.Plan) { p.TargetPeople = -1 }, "programme.target"},
		"no phases":               {func(p *programme.Plan) { p.Phases = nil }, "programme.no_phases"},
		"reversed phase":          {func(p *programme.Plan) { p.Phases[0].To = date("2005-01-01") }, "programme.phase_days"},
		"overlapping phases":      {func(p *programme.Plan) { p.Phases[0].To = date("2005-09-01") }, "programme.phases_overlap"},
		"milestone without day":   {func(p *programme.Plan) { p.Milestones[0].Due = citizen.Date{} }, "programme.milestone"},
		"milestone twice":         {func(p *programme.Plan) { p.Milestones[1] = p.Milestones[0] }, "programme.milestone"},
		"unknown measure":         {func(p *programme.Plan) { p.Milestones[0].Measure = "x" }, "programme.milestone"},
		"years do not add up":     {func(p *programme.Plan) { p.Years = map[int]int64{2006: 1} }, "programme.years_sum"},
		"years add up":            {func(p *programme.Plan) { p.Years = map[int]int64{2006: 2_000_000, 2007: 3_000_000} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := programme.DefaultPlan(city, "p", []event.Unit{c1})
			c.change(&p)
			e, err := programme.AdoptPlan(by(city), p, 3)
			refused(t, err, c.code)
			if err == nil && (e.Stream != event.Down(city) || e.Body.(programme.Plan).Version != 4) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A county's own plan takes no deadline of the city's away and moves none (plan W3).
func TestBind(t *testing.T) {
	above, local := programme.DefaultPlan(city, "p", nil), programme.DefaultPlan(c1, "q", nil)
	local.Milestones = []programme.Milestone{{Milestone: "stations", Due: date("2006-08-31"), Level: event.Station}, {Milestone: "own", Due: date("2005-10-01"), Level: event.Station}}
	local.Bind(&above)
	stations, _ := local.Milestone("stations")
	if _, ok := local.Milestone("own"); !ok || stations.Due != date("2005-08-31") || len(local.Milestones) != len(above.Milestones)+1 {
		t.Errorf("%+v", local.Milestones)
	}
}

func TestLightOn(t *testing.T) {
	due := date("2005-08-31")
	for _, c := range []struct {
		met, today string
		want       programme.Light
	}{{"", "2005-08-01", programme.White}, {"", "2005-08-21", programme.Amber}, {"", "2005-08-31", programme.Amber}, {"", "2005-09-01", programme.Red},
		{"2005-08-31", "2005-10-01", programme.Green}, {"2005-09-01", "2005-10-01", programme.Blue}} {
		var met citizen.Date
		if c.met != "" {
			met = date(c.met)
		}
		if got := programme.LightOn(due, met, date(c.today)); got != c.want {
			t.Errorf("met %s, on %s: %s, want %s", c.met, c.today, got, c.want)
		}
	}
}

// Plan P9a, W3: work is done when there is evidence for it.
func TestMeetMilestone(t *testing.T) {
	plan := programme.DefaultPlan(city, "p", []event.Unit{c1})
	full := programme.Counted{Measure: programme.MeasureSystem, Value: 2, Needed: 2}
	for name, c := range map[string]struct {
		unit event.Unit
		met  programme.MilestoneMet
		f    programme.MeetFacts
		code string
	}{
		"counted":             {c1, programme.MilestoneMet{Milestone: "districts", On: date("2005-08-30")}, programme.MeetFacts{Plan: &plan, Counted: full}, ""},
		"a paper":             {c1, programme.MilestoneMet{Milestone: "funds", On: date("2005-08-30"), Paper: "财政局7号"}, programme.MeetFacts{Plan: &plan}, ""},
		"no plan":             {c1, programme.MilestoneMet{}, programme.MeetFacts{}, "programme.no_plan"},
		"another tier's":      {c1, programme.MilestoneMet{Milestone: "stations", On: date("2005-08-30")}, programme.MeetFacts{Plan: &plan, Counted: full}, "programme.no_milestone"},
		"another county's":    {c2, programme.MilestoneMet{Milestone: "districts", On: date("2005-08-30")}, programme.MeetFacts{Plan: &plan, Counted: full}, "programme.no_milestone"},
		"already":             {c1, programme.MilestoneMet{Milestone: "funds", On: date("2005-08-30"), Paper: "财政局7号"}, programme.MeetFacts{Plan: &plan, Already: true}, "programme.met_already"},
		"tomorrow":            {c1, programme.MilestoneMet{Milestone: "funds", On: date("2005-09-06"), Paper: "财政局7号"}, programme.MeetFacts{Plan: &plan}, "programme.day"},
		"no paper":            {c1, programme.MilestoneMet{Milestone: "funds", On: date("2005-08-30")}, programme.MeetFacts{Plan: &plan}, "programme.no_evidence"},
		"a count that is not": {c1, programme.MilestoneMet{Milestone: "districts", On: date("2005-08-30"), Paper: "财政局7号"}, programme.MeetFacts{Plan: &plan, Counted: programme.Counted{Value: 1, Needed: 2}}, "programme.not_measured"},
		"nothing to count":    {c1, programme.MilestoneMet{Milestone: "districts", On: date("2005-08-30")}, programme.MeetFacts{Plan: &plan}, "programme.not_measured"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := programme.MeetMilestone(by(c.unit), c.met, c.f)
			refused(t, err, c.code)
		})
	}
}

func months(n ...int64) (m [12]int64) {
	copy(m[:], n)
	return m
}

// Plan A1: quotas add up, or are refused with the difference.
func TestSetQuotas(t *testing.T) {
	units := []event.Unit{s1, s2}
	above := &programme.Share{Unit: c1, Months: months(3, 4)}
	good := programme.Quotas{Year: 2006, Total: 7, Shares: []programme.Share{{s1, months(1, 2)}, {s2, months(2, 2)}}}
	for name, c := range map[string]struct {
		change func(*programme.Quotas, *programme.QuotaFacts)
		code   string
	}{
		"add up":           {func(*programme.Quotas, *programme.QuotaFacts) {}, ""},
		"year":             {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Year = 1984 }, "programme.year"},
		"sum":              {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Total = 8 }, "programme.quota_sum"},
		"month":            {func(q *programme.Quotas, f *programme.QuotaFacts) { q.Shares[0].Months = months(2, 1) }, "programme.quota_sum"},
		"elsewhere":        {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Shares[0].Unit = "220104001" }, "programme.quota_unit"},
		"unknown unit":     {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Shares[0].Unit = "220102009" }, "programme.quota_unit"},
		"twice":            {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Shares[0].Unit = s2 }, "programme.quota_unit"},
		"negative":         {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Shares[0].Months = months(-1, 4) }, "programme.quota_unit"},
		"left out":         {func(q *programme.Quotas, _ *programme.QuotaFacts) { q.Shares = q.Shares[:1] }, "programme.quota_missing"},
		"changed silently": {func(_ *programme.Quotas, f *programme.QuotaFacts) { f.Last = 1 }, "programme.no_ground"},
	} {
		t.Run(name, func(t *testing.T) {
			q, f := good, programme.QuotaFacts{Units: units, Above: above}
			q.Shares = slices.Clone(q.Shares)
			c.change(&q, &f)
			_, err := programme.SetQuotas(by(c1), q, f)
			refused(t, err, c.code)
		})
	}
	q := good
	q.Shares = slices.Clone(q.Shares)
	refused(t, q.Move(13, s1, s2, 1), "programme.month")
	refused(t, q.Move(1, s1, s1, 1), "programme.quota_unit")
	refused(t, q.Move(1, s1, s2, 2), "programme.quota_short")
	refused(t, q.Move(1, s1, s2, 1), "")
	if q.Sum() != 7 || q.Shares[1].Months[0] != 3 {
		t.Errorf("%+v", q)
	}
}

// Whatever the population, what is spread adds up exactly and nobody gets less than the whole part.
func TestSpread_AddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := []event.Unit{s1, s2, "220102003", "220102004"}[:rapid.IntRange(1, 4).Draw(t, "units")]
		weight := make(map[event.Unit]int64)
		var sum int64
		for _, u := range units {
			weight[u] = rapid.Int64Range(0, 1_000_000).Draw(t, "people")
			sum += weight[u]
		}
		total := rapid.Int64Range(0, 8_000_000).Draw(t, "total")
		parts, got := programme.Spread(total, units, weight), int64(0)
		for _, u := range units {
			got += parts[u]
			if sum > 0 && (parts[u] < total*weight[u]/sum || parts[u] > total*weight[u]/sum+1) {
				t.Errorf("%s: %d of %d", u, parts[u], total)
			}
		}
		if got != total {
			t.Errorf("%d, not %d", got, total)
		}
		months, year := programme.EvenMonths(total, rapid.IntRange(1, 12).Draw(t, "from")), int64(0)
		for _, n := range months {
			year += n
		}
		if year != total {
			t.Errorf("the months give %d, not %d", year, total)
		}
	})
}

func TestPlannedBy(t *testing.T) {
	s := programme.Share{Unit: s1, Months: months(31, 28, 0, 30)}
	for day, want := range map[string]int64{"2005-12-31": 0, "2006-01-01": 1, "2006-01-31": 31, "2006-02-14": 45, "2006-04-30": 89, "2007-01-01": 89} {
		if got := s.PlannedBy(2006, date(day)); got != want {
			t.Errorf("%s: %d, want %d", day, got, want)
		}
	}
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		p             programme.Period
		day, from, to string
	}{{programme.Daily, "2006-02-28", "2006-02-28", "2006-02-28"}, {programme.Weekly, "2005-09-05", "2005-09-05", "2005-09-11"},
		{programme.Weekly, "2005-09-11", "2005-09-05", "2005-09-11"}, {programme.TenDay, "2006-02-10", "2006-02-01", "2006-02-10"},
		{programme.TenDay, "2006-02-20", "2006-02-11", "2006-02-20"}, {programme.TenDay, "2006-02-21", "2006-02-21", "2006-02-28"},
		{programme.Monthly, "2008-02-15", "2008-02-01", "2008-02-29"}} {
		from, to, ok := c.p.Span(date(c.day))
		if !ok || from != date(c.from) || to != date(c.to) {
			t.Errorf("%s %s: %s %s %v", c.p, c.day, from, to, ok)
		}
	}
	if _, _, ok := programme.Period("year").Span(date("2006-01-01")); ok {
		t.Error("there is no yearly report")
	}
	if programme.WorkingDay(date("2005-09-04")) || programme.WorkingDay(date("2005-09-03")) || !programme.WorkingDay(date("2005-09-05")) || programme.Weekday(date("1969-12-31")) != 3 {
		t.Error("weekdays")
	}
}

// Plan W1: who is ordered, acknowledges, replies; who ordered, or a unit above, closes.
func TestOrderRules(t *testing.T) {
	figure := []programme.Figure{{Figure: "handed_over", Unit: s1, Value: 3, Meant: 9}}
	good := programme.Order{Order: "o", To: s1, Task: "加开窗口", Due: date("2005-09-10"), Figures: figure}
	for name, c := range map[string]struct {
		by     event.Unit
		change func(*programme.Order)
		code   string
	}{
		"good":       {c1, func(*programme.Order) {}, ""},
		"itself":     {s1, func(*programme.Order) {}, "programme.not_below"},
		"elsewhere":  {c2, func(*programme.Order) {}, "programme.not_below"},
		"no task":    {c1, func(o *programme.Order) { o.Task = " " }, "programme.no_text"},
		"due today":  {c1, func(o *programme.Order) { o.Due = date("2005-09-05") }, "programme.due"},
		"no figures": {c1, func(o *programme.Order) { o.Figures = nil }, "programme.no_figures"},
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			c.change(&o)
			_, err := programme.IssueOrder(by(c.by), o)
			refused(t, err, c.code)
		})
	}
	issued := good
	issued.From = c1
	open := programme.OrderState{Order: issued}
	acked, replied, closed := open, open, open
	acked.Acked = &programme.Acknowledged{Person: "所长"}
	replied.Acked, replied.Replies = acked.Acked, []programme.Reply{{}}
	closed.Closed = &programme.Closing{}
	person := programme.Acknowledged{Person: "所长"}
	words := programme.Reply{Explanation: "相机坏了", Measures: "借用", DoneBy: date("2005-09-05")}
	done := programme.Closing{Outcome: programme.OutcomeDone, Words: "解决"}
	ack := func(unit event.Unit, s programme.OrderState, ok bool, c programme.Acknowledged) error {
		_, err := programme.Acknowledge(by(unit), s, ok, c)
		return err
	}
	rep := func(unit event.Unit, s programme.OrderState, c programme.Reply) error {
		_, err := programme.ReplyTo(by(unit), s, true, c)
		return err
	}
	end := func(unit event.Unit, s programme.OrderState, c programme.Closing) error {
		_, err := programme.CloseOrder(by(unit), s, true, c)
		return err
	}
	refused(t, ack(s1, open, true, person), "")
	refused(t, ack(s1, open, false, person), "programme.no_order")
	refused(t, ack(s1, closed, true, person), "programme.order_closed")
	refused(t, ack(s2, open, true, person), "programme.not_ordered")
	refused(t, ack(s1, acked, true, person), "programme.acknowledged_already")
	refused(t, ack(s1, open, true, programme.Acknowledged{}), "programme.no_text")
	refused(t, rep(s1, acked, words), "")
	refused(t, rep(s1, open, words), "programme.not_acknowledged")
	refused(t, rep(c1, acked, words), "programme.not_ordered")
	refused(t, rep(s1, acked, programme.Reply{DoneBy: words.DoneBy}), "programme.no_text")
	refused(t, rep(s1, acked, programme.Reply{Explanation: "相机坏了", Measures: "借用"}), "programme.done_by")
	refused(t, end(c1, replied, done), "")
	refused(t, end(city, replied, done), "")
	refused(t, end(s1, replied, done), "programme.not_ours")
	refused(t, end(c1, acked, done), "programme.no_reply")
	refused(t, end(c1, acked, programme.Closing{Outcome: programme.OutcomeNotDone, Words: "未办"}), "")
	refused(t, end(c1, replied, programme.Closing{Outcome: "maybe", Words: "解决"}), "programme.outcome")
	refused(t, end(c1, replied, programme.Closing{Outcome: programme.OutcomeDone}), "programme.no_text")
	refused(t, end(c1, closed, done), "programme.order_closed")
}

// An order's state is the same in whatever order its entries came, and what a unit says that may not say it counts for nothing.
func TestDeriveOrder(t *testing.T) {
	o := programme.Order{Order: "o", From: c1, To: s1, Due: date("2005-09-10")}
	facts := []programme.OrderFact{{Acting: c1, At: 1, Order: &o}, {Acting: s1, At: 2, Acked: &programme.Acknowledged{Person: "所长"}},
		{Acting: s2, At: 2, Acked: &programme.Acknowledged{Person: "他人"}}, {Acting: s1, At: 3, Reply: &programme.Reply{Measures: "一"}},
		{Acting: s1, At: 4, Reply: &programme.Reply{Measures: "二"}}, {Acting: c2, At: 5, Closing: &programme.Closing{Words: "假"}},
		{Acting: city, At: 6, Closing: &programme.Closing{Words: "真"}}}
	rapid.Check(t, func(t *rapid.T) {
		s, ok := programme.DeriveOrder(rapid.Permutation(facts).Draw(t, "facts"))
		if !ok || s.Acked.Person != "所长" || len(s.Replies) != 2 || s.Replies[1].Measures != "二" || s.Closed.Words != "真" {
			t.Errorf("%+v", s)
		}
	})
	if _, ok := programme.DeriveOrder(facts[1:]); ok {
		t.Error("there is no order without its own entry")
	}
	s, _ := programme.DeriveOrder(facts[:1])
	for day, want := range map[string]event.Unit{"2005-09-10": c1, "2005-09-14": c1, "2005-09-15": city, "2005-12-01": city} {
		if got := s.AnswersTo(date(day)); got != want {
			t.Errorf("%s: %s, want %s", day, got, want)
		}
	}
}

func TestFreezeAndAgree(t *testing.T) {
	rows := []programme.Row{{Unit: s1, Name: "一所", Values: []int64{1, 2}}, {Unit: s2, Name: "二所", Values: []int64{3, 4}}}
	r := programme.Report{Unit: c1, Report: "r", Period: programme.Daily, From: date("2005-09-04"), To: date("2005-09-04"), Columns: []string{"accepted", "made"},
		Rows: rows, Total: programme.Sum(c1, "分局", 2, rows)}
	_, err := programme.Freeze(by(c1), r, programme.FreezeFacts{})
	refused(t, err, "")
	early, wrong := r, r
	early.From, early.To = date("2005-09-05"), date("2005-09-05")
	wrong.To = date("2005-09-03")
	_, err = programme.Freeze(by(c1), early, programme.FreezeFacts{})
	refused(t, err, "programme.not_ended")
	_, err = programme.Freeze(by(c1), wrong, programme.FreezeFacts{})
	refused(t, err, "programme.period")
	_, err = programme.Freeze(by(c1), r, programme.FreezeFacts{Frozen: &r})
	refused(t, err, "programme.frozen_already")
	r.Seal()
	if !r.Agrees() || !r.Sealed() || r.CSV() != "unit,name,from,to,accepted,made\n220102001,一所,2005-09-04,2005-09-04,1,2\n220102002,二所,2005-09-04,2005-09-04,3,4\n220102,分局,2005-09-04,2005-09-04,4,6\n" {
		t.Errorf("%s", r.CSV())
	}
	own := programme.Report{Unit: s2, Columns: r.Columns, Total: programme.Row{Unit: s2, Values: []int64{3, 5}}}
	if d := r.Differences(&own); len(d) != 1 || d[0] != (programme.Difference{Unit: s2, Column: "made", Above: 4, Below: 5}) {
		t.Errorf("%+v", d)
	}
	r.Total.Values[0]++
	if r.Agrees() || r.Sealed() {
		t.Error("a changed total is not noticed")
	}
}

// The forecast at a steady pace finishes when arithmetic says so; a spread gives a best and a worst; a pace below the growth never finishes.
func TestForecast(t *testing.T) {
	steady := programme.Make(programme.ForecastInput{Today: date("2005-09-02"), Target: 100, Done: 50, Pace: []float64{10, 10, 10, 10, 10, 10}})
	if steady.Remaining != 50 || steady.Likely.Finish != date("2005-09-09") || steady.Likely.Days != 5 || steady.Best.Finish != steady.Worst.Finish {
		t.Errorf("%+v", steady)
	}
	spread := programme.Make(programme.ForecastInput{Today: date("2005-09-02"), Target: 100, Pace: []float64{1, 1, 1, 1, 1, 9, 9, 9, 9, 9}})
	if spread.Best.Pace != 9 || spread.Likely.Pace != 5 || spread.Worst.Pace != 1 || !spread.Best.Finish.Before(spread.Likely.Finish) || !spread.Likely.Finish.Before(spread.Worst.Finish) {
		t.Errorf("%+v", spread)
	}
	growing := programme.ForecastInput{Today: date("2005-09-02"), Target: 100, Done: 50, Pace: []float64{10}, Growing: map[string]int64{"2005-09": 28}}
	if f := programme.Make(growing); f.Likely.Finish != date("2005-09-12") { // one more a day until the 12th: 60 in 6 working days
		t.Errorf("%+v", f.Likely)
	}
	growing.Factor = 2
	if f := programme.Make(growing); f.Likely.Pace != 20 || f.Likely.Finish != date("2005-09-07") {
		t.Errorf("%+v", f.Likely)
	}
	growing.Ceiling = 10
	if f := programme.Make(growing); f.Likely.Pace != 10 {
		t.Errorf("%+v", f.Likely)
	}
	if f := programme.Make(programme.ForecastInput{Today: date("2005-09-02"), Target: 1}); !f.Likely.Never {
		t.Errorf("%+v", f.Likely)
	}
	if f := programme.Make(programme.ForecastInput{Today: date("2005-09-02")}); f.Likely.Finish != date("2005-09-02") {
		t.Errorf("%+v", f.Likely)
	}
}

func TestBackTest(t *testing.T) {
	var history []programme.Day
	for day := date("2005-09-05"); len(history) < 140; day = day.AddDays(1) {
		n := int64(0)
		if programme.WorkingDay(day) {
			n = 10
		}
		history = append(history, programme.Day{Day: day, N: n})
	}
	tested := programme.BackTest(history, 500, 5)
	if len(tested) != 6 {
		t.Fatalf("%+v", tested)
	}
	for _, x := range tested {
		if x.Off != 0 || !x.Within {
			t.Errorf("a steady pace was forecast wrongly: %+v", x)
		}
	}
	if programme.BackTest(history, 5000, 5) != nil {
		t.Error("the target was not reached")
	}
}

// Norms of the stages: a review is due in three working days, a weekend between does not count.
func TestLimitDay(t *testing.T) {
	for _, c := range []struct {
		stage       card.Stage
		since, want string
	}{{card.StageConfirmed, "2005-09-05", "2005-09-08"}, {card.StageConfirmed, "2005-09-08", "2005-09-13"}, {card.StageOrdered, "2005-09-05", "2005-09-26"},
		{card.StageArrived, "2005-09-05", "2005-09-07"}} {
		if got := programme.LimitDay(c.stage, date(c.since)); got != date(c.want) {
			t.Errorf("%s since %s: %s, want %s", c.stage, c.since, got, c.want)
		}
	}
	for _, stage := range card.Stages {
		if stage == card.StageHandedOver || stage == card.StageWithdrawn {
			continue
		}
		if programme.DeskOf(stage, card.RejectPhoto).Who.ZH == "" || !programme.LimitDay(stage, date("2005-09-05")).After(date("2005-09-05")) {
			t.Errorf("%s has no desk or no limit", stage)
		}
	}
	if d := programme.DeskOf(card.StageRejected, card.RejectProduction); d.Unit(s1) != city {
		t.Errorf("%+v", d)
	}
}

func TestNoticesAndGuidance(t *testing.T) {
	good := programme.Notice{Notice: "n", Title: "公告", Text: "请按时办理", Areas: []string{"民康街道"}, From: date("2005-09-05"), To: date("2005-09-09"), Place: "一所"}
	for name, c := range map[string]struct {
		change func(*programme.Notice)
		code   string
	}{
		"good":     {func(*programme.Notice) {}, ""},
		"no text":  {func(n *programme.Notice) { n.Text = "" }, "programme.no_text"},
		"no area":  {func(n *programme.Notice) { n.Areas = nil }, "programme.no_area"},
		"no place": {func(n *programme.Notice) { n.Place = "" }, "programme.no_place"},
		"reversed": {func(n *programme.Notice) { n.To = date("2005-09-04") }, "programme.notice_days"},
	} {
		n := good
		c.change(&n)
		_, err := programme.IssueNotice(by(s1), n)
		if t.Run(name, func(t *testing.T) { refused(t, err, c.code) }); t.Failed() {
			return
		}
	}
	raise := func(p programme.Problem) error {
		_, err := programme.RaiseProblem(by(s1), p)
		return err
	}
	refused(t, raise(programme.Problem{Kind: "money", Text: "缺少经费"}), "")
	refused(t, raise(programme.Problem{Kind: "weather", Text: "缺少经费"}), "programme.problem_kind")
	refused(t, raise(programme.Problem{Kind: "money"}), "programme.no_text")
	answer := programme.Guidance{Kind: programme.GuidanceAnswer, Title: "答复", Text: "可以办理"}
	practice := programme.Guidance{Kind: programme.GuidancePractice, Title: "经验", Text: "上门照相", From: s1, Before: &programme.Figure{}, After: &programme.Figure{}}
	issue := func(g programme.Guidance, p programme.Problem, ok, answered bool) error {
		_, err := programme.IssueGuidance(by(c1), g, p, ok, answered)
		return err
	}
	refused(t, issue(answer, programme.Problem{Unit: s1}, true, false), "")
	refused(t, issue(answer, programme.Problem{Unit: s1}, true, true), "programme.answered_already")
	refused(t, issue(answer, programme.Problem{}, false, false), "programme.no_problem")
	refused(t, issue(answer, programme.Problem{Unit: c2}, true, false), "programme.no_problem")
	refused(t, issue(programme.Guidance{Kind: "x", Title: "答复", Text: "可以"}, programme.Problem{}, true, false), "programme.guidance_kind")
	refused(t, issue(programme.Guidance{Kind: programme.GuidanceAnswer}, programme.Problem{}, true, false), "programme.no_text")
	refused(t, issue(practice, programme.Problem{}, false, false), "")
	practice.After = nil
	refused(t, issue(practice, programme.Problem{}, false, false), "programme.no_before")
	read := func(ok, already bool) error {
		_, err := programme.ReadGuidance(by(s1), programme.GuidanceRead{}, ok, already)
		return err
	}
	refused(t, read(true, false), "")
	refused(t, read(false, false), "programme.no_guidance")
	refused(t, read(true, true), "programme.read_already")
}
