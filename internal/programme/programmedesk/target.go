package programmedesk

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// bornBy is the last birthday of those who must have a card on a day.
func bornBy(on citizen.Date) citizen.Date { return on.AddYears(-card.AgeOfDuty(on)) }

// OnInput names a day and a unit of the operator's area; left out: today, the operator's own.
type OnInput struct {
	On   citizen.Date `json:"on,omitzero"`
	Unit event.Unit   `json:"unit,omitempty"`
}

// TargetRow is who has to have a card at a unit on a day.
type TargetRow struct {
	Unit       event.Unit `json:"unit"`
	Name       string     `json:"name"`
	Registered int64      `json:"registered"` // of any age
	Target     int64      `json:"target"`     // 16 and over
	Holding    int64      `json:"holding"`    // of them, with a valid card of the second generation
	NoBirth    int64      `json:"no_birth,omitempty"`
}

// TargetOutput is the target by station, with the sum, and beside it what the plan says.
type TargetOutput struct {
	On     citizen.Date `json:"on"`
	Rows   []TargetRow  `json:"rows"`
	Total  TargetRow    `json:"total"`
	ByPlan int64        `json:"by_plan,omitempty"` // "about 5 million": a setting, not a count
}

func target(ctx context.Context, w *office.Work, in OnInput) (out TargetOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	if in.On.IsZero() {
		in.On = w.Today
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return out, err
	}
	population, err := registerdb.PopulationOn(ctx, w.Tx, unit, in.On, bornBy(in.On))
	if err != nil {
		return out, err
	}
	holding, err := holders(ctx, w, unit, in.On, population)
	if err != nil {
		return out, err
	}
	out = TargetOutput{On: in.On, Rows: []TargetRow{}, Total: TargetRow{Unit: unit, Name: a.names[unit]}}
	for _, p := range population {
		row := TargetRow{Unit: p.Unit, Name: a.names[p.Unit], Registered: p.Registered, Target: p.Adults, Holding: holding[p.Unit], NoBirth: p.NoBirth}
		out.Rows = append(out.Rows, row)
		out.Total.Registered += row.Registered
		out.Total.Target += row.Target
		out.Total.Holding += row.Holding
		out.Total.NoBirth += row.NoBirth
	}
	plan, err := programmedb.PlanFor(ctx, w.Tx, unit)
	if plan != nil && plan.Unit == unit {
		out.ByPlan = plan.TargetPeople
	}
	return out, err
}

// key is a resident's identifier in a set that holds a city's: 16 bytes each.
type key [16]byte

func keyOf(resident string) (k key) {
	sum := sha256.Sum256([]byte(resident))
	copy(k[:], sum[:])
	return k
}

// fewHolders is what part of the adults is looked up one by one: beyond it reading them all is less work.
const fewHolders = 8

// holders counts by station those who have to have a card and hold one, wherever it was handed over. population is the same area's on the same day.
func holders(ctx context.Context, w *office.Work, unit event.Unit, on citizen.Date, population []registerdb.Population) (map[event.Unit]int64, error) {
	return office.Figure(ctx, w.Tx, w.Office.City, []string{"card", "register"}, "holders "+string(unit)+" "+on.String(), func() (map[event.Unit]int64, error) {
		return countHolders(ctx, w, unit, on, population)
	})
}

func countHolders(ctx context.Context, w *office.Work, unit event.Unit, on citizen.Date, population []registerdb.Population) (map[event.Unit]int64, error) {
	var adults int64
	for _, p := range population {
		adults += p.Adults
	}
	few, all, err := fewOf(ctx, w, on, adults/fewHolders)
	if err != nil {
		return nil, err
	}
	if all {
		return registerdb.AdultsAmong(ctx, w.Tx, unit, on, bornBy(on), maps.Keys(few))
	}
	set, err := holderSet(ctx, w, on)
	if err != nil {
		return nil, err
	}
	counts := make(map[event.Unit]int64)
	err = registerdb.EachAdultResident(ctx, w.Tx, unit, on, bornBy(on), func(unit event.Unit, resident string) {
		if _, ok := set[keyOf(resident)]; ok {
			counts[unit]++
		}
	})
	return counts, err
}

// fewOf reads the holders on a day when there are no more than limit; all is false when there are.
func fewOf(ctx context.Context, w *office.Work, on citizen.Date, limit int64) (few map[string]struct{}, all bool, err error) {
	few = make(map[string]struct{})
	err = carddb.EachHolder(ctx, w.Tx, on, func(resident string) bool {
		few[resident] = struct{}{}
		return int64(len(few)) <= limit
	})
	return few, int64(len(few)) <= limit, err
}

// holderSet is every holder on a day. It is not to be altered. That of one day is kept: a city's is as large as the city.
func holderSet(ctx context.Context, w *office.Work, on citizen.Date) (map[key]struct{}, error) {
	return office.Newest(ctx, w.Tx, w.Office.City, []string{"card"}, "holders", on.String(), func() (map[key]struct{}, error) {
		set := make(map[key]struct{})
		return set, carddb.EachHolder(ctx, w.Tx, on, func(resident string) bool {
			set[keyOf(resident)] = struct{}{}
			return true
		})
	})
}

// SpanInput names two days and a unit of the operator's area.
type SpanInput struct {
	From citizen.Date `json:"from"`
	To   citizen.Date `json:"to"`
	Unit event.Unit   `json:"unit,omitempty"`
}

// ReconcileOutput is how the target of one day became that of another, by station and in sum.
type ReconcileOutput struct {
	From     citizen.Date      `json:"from"`
	To       citizen.Date      `json:"to"`
	Rows     []registerdb.Flow `json:"rows"`
	Total    registerdb.Flow   `json:"total"`
	Balances bool              `json:"balances"`
}

func reconcile(ctx context.Context, w *office.Work, in SpanInput) (out ReconcileOutput, err error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return out, err
	}
	if err := checkSpan(in.From, in.To); err != nil {
		return out, err
	}
	out = ReconcileOutput{From: in.From, To: in.To, Total: registerdb.Flow{Unit: unit}, Balances: true}
	if out.Rows, err = registerdb.FlowBetween(ctx, w.Tx, unit, in.From, bornBy(in.From), in.To, bornBy(in.To)); err != nil {
		return out, err
	}
	t := &out.Total
	for _, f := range out.Rows {
		t.Opening, t.InBirthday, t.InMove, t.InRegistered = t.Opening+f.Opening, t.InBirthday+f.InBirthday, t.InMove+f.InMove, t.InRegistered+f.InRegistered
		t.OutDeath, t.OutMove, t.OutCancelled, t.Closing = t.OutDeath+f.OutDeath, t.OutMove+f.OutMove, t.OutCancelled+f.OutCancelled, t.Closing+f.Closing
		out.Balances = out.Balances && f.Balances()
	}
	return out, nil
}

func checkSpan(from, to citizen.Date) error {
	if !from.IsZero() && !to.Before(from) {
		return nil
	}
	return event.Refuse("programme.span", "", text("起止日期缺少或颠倒", "the first or last day is missing, or they are reversed"),
		text("填写起止日期", "give the first and the last day"))
}

// WithoutInput asks for the residents of 16 and over of a station who have no card, page by page.
type WithoutInput struct {
	Purpose string `json:"purpose"` // what it is needed for; it is recorded
	After   string `json:"after,omitempty"`
	Limit   int    `json:"limit,omitempty"` // left out: 100; at most 1000
}

// Without is one resident without a card: no name, which register.find gives.
type Without struct {
	Tenure   string     `json:"tenure"`
	Resident string     `json:"resident"`
	Why      string     `json:"why"` // not_told, told, under_way
	Stage    card.Stage `json:"stage,omitempty"`
}

func withoutCard(ctx context.Context, w *office.Work, in WithoutInput) ([]Without, error) {
	if err := recordResidents(w, in.Purpose); err != nil {
		return nil, err
	}
	set, err := holderSet(ctx, w, w.Today)
	if err != nil {
		return nil, err
	}
	limit := pageLimit(in.Limit)
	all, residents := []Without{}, []string{}
	err = registerdb.EachAdult(ctx, w.Tx, w.By.Unit, w.Today, bornBy(w.Today), in.After, func(a registerdb.Adult) (more bool) {
		if _, ok := set[keyOf(a.Resident)]; !ok {
			all = append(all, Without{Tenure: a.Tenure, Resident: a.Resident, Why: "not_told"})
			residents = append(residents, a.Resident)
		}
		return len(all) < limit
	})
	if err != nil {
		return nil, err
	}
	cases, err := carddb.CasesOf(ctx, w.Tx, w.By.Unit, residents)
	for i := range all {
		switch c := cases[all[i].Resident]; {
		case c.Stage != "":
			all[i].Why, all[i].Stage = "under_way", c.Stage
		case c.Notified:
			all[i].Why = "told"
		}
	}
	return all, err
}

const (
	defaultPage = 100
	maxPage     = 1000
)

func pageLimit(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, maxPage)
}

func recordResidents(w *office.Work, purpose string) error {
	id, err := newID()
	if err != nil {
		return err
	}
	e, err := register.LookUp(register.By{Unit: w.By.Unit, Today: w.Today}, id, register.LookedUp{Purpose: purpose, How: "unit", Wide: true, About: w.By.Unit})
	if err != nil {
		return err
	}
	w.Emit(e)
	return nil
}

// paceOf reads the hand-overs of an area on the last working days before today, oldest first.
func paceOf(ctx context.Context, w *office.Work, unit event.Unit) ([]float64, error) {
	days := make([]citizen.Date, 0, programme.PaceDays)
	for day := w.Today.AddDays(-1); len(days) < programme.PaceDays; day = day.AddDays(-1) {
		if programme.WorkingDay(day) {
			days = append(days, day)
		}
	}
	slices.Reverse(days)
	counts, err := carddb.ReachedByDay(ctx, w.Tx, unit, card.KindHandedOver, card.DayOn(days[0]), card.DayOn(w.Today)-1)
	if err != nil {
		return nil, err
	}
	pace := make([]float64, len(days))
	for day, n := range counts { // what was handed over on a day off counts for the working day before it
		i := len(days) - 1
		for i > 0 && days[i].After(day.Date()) {
			i--
		}
		pace[i] += float64(n)
	}
	first, err := firstHandOver(ctx, w, unit)
	for len(pace) > 1 && days[0].Before(first) { // days before the work began say nothing of its pace
		pace, days = pace[1:], days[1:]
	}
	return pace, err
}

func firstHandOver(ctx context.Context, w *office.Work, unit event.Unit) (citizen.Date, error) {
	day, err := carddb.FirstDay(ctx, w.Tx, unit, card.KindHandedOver)
	return day.Date(), err
}
