package programmedb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/store"
)

// fact is one row with its body read as T.
type fact[T any] struct {
	unit     event.Unit
	kind     string
	subject  string
	ref      event.Ref
	acting   event.Unit
	at       int64
	operator string
	body     T
	raw      string
}

// area is the range of unit codes at and below a unit: a city's begin with its first four digits.
func area(unit event.Unit) (low, high string) {
	low = string(unit)
	if unit.Level() == event.City {
		low = low[:4]
	}
	return low, low + "~"
}

const factColumns = "select unit, kind, subject, stream, generation, seq, leaf, acting, at, operator, body from programme_fact "

func scanFact[T any](rows *sql.Rows) (f fact[T], err error) {
	if err := rows.Scan(&f.unit, &f.kind, &f.subject, &f.ref.Stream, &f.ref.Generation, &f.ref.Seq, &f.ref.Leaf, &f.acting, &f.at, &f.operator, &f.raw); err != nil {
		return f, err
	}
	if err := json.Unmarshal([]byte(f.raw), &f.body); err != nil {
		return f, fmt.Errorf("programmedb: body of %s: %w", f.ref, err)
	}
	return f, nil
}

func facts[T any](ctx context.Context, tx *store.Tx, where string, args ...any) ([]fact[T], error) {
	return store.Select(ctx, tx, factColumns+where+" order by unit, kind, subject, at, stream, generation, seq", args, scanFact[T])
}

func bodies[T any](all []fact[T], err error) ([]T, error) {
	out := make([]T, len(all))
	for i := range all {
		out[i] = all[i].body
	}
	return out, err
}

// newest gives the body with the highest version; of equal ones the later in the journal.
func newest[T any](all []fact[T], version func(*T) int) *T {
	if len(all) == 0 {
		return nil
	}
	best := slices.MaxFunc(all, func(a, b fact[T]) int {
		return cmp.Or(cmp.Compare(version(&a.body), version(&b.body)), cmp.Compare(a.ref.Generation, b.ref.Generation), cmp.Compare(a.ref.Seq, b.ref.Seq))
	})
	return &best.body
}

// PlanOf reads a unit's own plan in force; nil: none.
func PlanOf(ctx context.Context, tx *store.Tx, unit event.Unit) (*programme.Plan, error) {
	all, err := facts[programme.Plan](ctx, tx, "where unit = $1 and kind = $2", unit, programme.KindPlanAdopted)
	return newest(all, func(p *programme.Plan) int { return p.Version }), err
}

// PlanFor reads the plan that binds a unit: its own, or the nearest above, with the milestones of every plan above it; nil: none.
func PlanFor(ctx context.Context, tx *store.Tx, unit event.Unit) (*programme.Plan, error) {
	var nearest *programme.Plan
	for ; unit != ""; unit = unit.Parent() {
		plan, err := PlanOf(ctx, tx, unit)
		switch {
		case err != nil:
			return nil, err
		case nearest == nil:
			nearest = plan
		case plan != nil:
			nearest.Bind(plan)
		}
	}
	return nearest, nil
}

// LocalPlans reads the plans in force of the counties in an area.
func LocalPlans(ctx context.Context, tx *store.Tx, of event.Unit) ([]programme.Plan, error) {
	low, high := area(of)
	all, err := facts[programme.Plan](ctx, tx, "where kind = $1 and unit >= $2 and unit < $3 and unit <> $4", programme.KindPlanAdopted, low, high, of)
	if err != nil {
		return nil, err
	}
	var plans []programme.Plan
	for chunk := range chunks(all) {
		plans = append(plans, *newest(chunk, func(p *programme.Plan) int { return p.Version }))
	}
	return plans, nil
}

// chunks yields runs of facts of one unit.
func chunks[T any](all []fact[T]) func(func([]fact[T]) bool) {
	return func(yield func([]fact[T]) bool) {
		for len(all) > 0 {
			n := 1
			for n < len(all) && all[n].unit == all[0].unit {
				n++
			}
			if !yield(all[:n]) {
				return
			}
			all = all[n:]
		}
	}
}

// MilestonesMet reads the milestones met in an area, by unit and code: the first statement of each.
func MilestonesMet(ctx context.Context, tx *store.Tx, of event.Unit) (map[event.Unit]map[string]programme.MilestoneMet, error) {
	low, high := area(of)
	all, err := facts[programme.MilestoneMet](ctx, tx, "where kind = $1 and unit >= $2 and unit < $3", programme.KindMilestoneMet, low, high)
	met := make(map[event.Unit]map[string]programme.MilestoneMet)
	for _, f := range all {
		if met[f.unit] == nil {
			met[f.unit] = make(map[string]programme.MilestoneMet)
		}
		if _, ok := met[f.unit][f.body.Milestone]; !ok {
			met[f.unit][f.body.Milestone] = f.body
		}
	}
	return met, err
}

// QuotasOf reads the quotas of a year that a unit set; nil: none.
func QuotasOf(ctx context.Context, tx *store.Tx, unit event.Unit, year int) (*programme.Quotas, error) {
	all, err := facts[programme.Quotas](ctx, tx, "where unit = $1 and kind = $2 and subject = $3", unit, programme.KindQuotasSet, programme.QuotaSubject(unit, year))
	return newest(all, func(q *programme.Quotas) int { return q.Version }), err
}

// ShareOf reads a unit's share of a year as the unit above set it; nil: none.
func ShareOf(ctx context.Context, tx *store.Tx, unit event.Unit, year int) (*programme.Share, error) {
	if unit.Parent() == "" {
		return nil, nil
	}
	q, err := QuotasOf(ctx, tx, unit.Parent(), year)
	if err != nil || q == nil {
		return nil, err
	}
	share, _ := q.Of(unit)
	return share, nil
}

// OrderOf reads an order; ok is false when it is not known here.
func OrderOf(ctx context.Context, tx *store.Tx, order string) (s programme.OrderState, ok bool, err error) {
	all, err := facts[json.RawMessage](ctx, tx, "where subject = $1", order)
	if err != nil {
		return s, false, err
	}
	states, err := derive(all)
	if err != nil || len(states) == 0 {
		return s, false, err
	}
	return states[0], true, nil
}

// OrdersIn reads the orders to units of an area, the earliest day first.
func OrdersIn(ctx context.Context, tx *store.Tx, of event.Unit) ([]programme.OrderState, error) {
	low, high := area(of)
	all, err := facts[json.RawMessage](ctx, tx, "where kind in ($1, $2, $3, $4) and unit >= $5 and unit < $6", programme.KindOrderIssued,
		programme.KindOrderAcknowledged, programme.KindOrderReplied, programme.KindOrderClosed, low, high)
	if err != nil {
		return nil, err
	}
	states, err := derive(all)
	slices.SortFunc(states, func(a, b programme.OrderState) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Order.Order, b.Order.Order))
	})
	return states, err
}

// derive gives the orders that facts are about; those of one unit alone belong together.
func derive(all []fact[json.RawMessage]) ([]programme.OrderState, error) {
	type key struct {
		unit  event.Unit
		order string
	}
	by := make(map[key][]programme.OrderFact)
	var keys []key
	for _, f := range all {
		of, err := orderFact(f)
		if err != nil {
			return nil, err
		}
		k := key{f.unit, f.subject}
		if by[k] == nil {
			keys = append(keys, k)
		}
		by[k] = append(by[k], of)
	}
	var states []programme.OrderState
	for _, k := range keys {
		if s, ok := programme.DeriveOrder(by[k]); ok && s.To == k.unit {
			states = append(states, s)
		}
	}
	return states, nil
}

func orderFact(f fact[json.RawMessage]) (o programme.OrderFact, err error) {
	o = programme.OrderFact{Kind: f.kind, Acting: f.acting, At: f.at, Operator: f.operator, Ref: f.ref}
	var into any
	switch f.kind {
	case programme.KindOrderIssued:
		o.Order = new(programme.Order)
		into = o.Order
	case programme.KindOrderAcknowledged:
		o.Acked = new(programme.Acknowledged)
		into = o.Acked
	case programme.KindOrderReplied:
		o.Reply = new(programme.Reply)
		into = o.Reply
	case programme.KindOrderClosed:
		o.Closing = new(programme.Closing)
		into = o.Closing
	default:
		return o, nil
	}
	return o, json.Unmarshal(f.body, into)
}

// ReportsIn reads the frozen reports of an area of one period that begin between two days, the last of each unit and span; corrected ones are left out.
func ReportsIn(ctx context.Context, tx *store.Tx, of event.Unit, period programme.Period, from, to citizen.Date) ([]programme.Report, error) {
	low, high := area(of)
	all, err := facts[programme.Report](ctx, tx, "where kind = $1 and unit >= $2 and unit < $3 and from_on >= $4 and from_on <= $5",
		programme.KindReportFrozen, low, high, from.String(), to.String())
	if err != nil {
		return nil, err
	}
	type report struct {
		unit event.Unit
		id   string
	}
	corrected := make(map[report]bool) // by the unit itself
	for _, f := range all {
		corrected[report{f.unit, f.body.Corrects}] = true
	}
	reports, err := bodies(slices.DeleteFunc(all, func(f fact[programme.Report]) bool {
		return f.body.Period != period || corrected[report{f.unit, f.body.Report}]
	}), nil)
	slices.SortFunc(reports, func(a, b programme.Report) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Unit, b.Unit)) })
	return reports, err
}

// ReportOf reads a frozen report; ok is false when it is not known here.
func ReportOf(ctx context.Context, tx *store.Tx, report string) (r programme.Report, ok bool, err error) {
	all, err := facts[programme.Report](ctx, tx, "where subject = $1 and kind = $2", report, programme.KindReportFrozen)
	if err != nil || len(all) == 0 {
		return r, false, err
	}
	return all[0].body, true, nil
}

// NoticesOn reads the notices of an area that are open on a day or begin later, the earliest first.
func NoticesOn(ctx context.Context, tx *store.Tx, of event.Unit, day citizen.Date) ([]programme.Notice, error) {
	low, high := area(of)
	all, err := bodies(facts[programme.Notice](ctx, tx, "where kind = $1 and unit >= $2 and unit < $3 and to_on >= $4", programme.KindNoticeIssued, low, high, day.String()))
	slices.SortFunc(all, func(a, b programme.Notice) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Notice, b.Notice))
	})
	return all, err
}

// ProblemOf reads a problem; ok is false when it is not known here.
func ProblemOf(ctx context.Context, tx *store.Tx, problem string) (p programme.Problem, ok bool, err error) {
	all, err := facts[programme.Problem](ctx, tx, "where subject = $1 and kind = $2", problem, programme.KindProblemRaised)
	if err != nil || len(all) == 0 {
		return p, false, err
	}
	return all[0].body, true, nil
}

// ProblemsIn reads the problems of an area.
func ProblemsIn(ctx context.Context, tx *store.Tx, of event.Unit) ([]programme.Problem, error) {
	low, high := area(of)
	return bodies(facts[programme.Problem](ctx, tx, "where kind = $1 and unit >= $2 and unit < $3", programme.KindProblemRaised, low, high))
}

// GuidanceFor reads the guidance that is meant for a unit: its own and that of the units above.
func GuidanceFor(ctx context.Context, tx *store.Tx, unit event.Unit) ([]programme.Guidance, error) {
	var all []programme.Guidance
	for u := unit; u != ""; u = u.Parent() {
		some, err := bodies(facts[programme.Guidance](ctx, tx, "where unit = $1 and kind = $2", u, programme.KindGuidanceIssued))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// ReadersOf reads who in an area has read guidance, by guidance.
func ReadersOf(ctx context.Context, tx *store.Tx, of event.Unit) (map[string][]programme.GuidanceRead, error) {
	low, high := area(of)
	all, err := bodies(facts[programme.GuidanceRead](ctx, tx, "where kind = $1 and unit >= $2 and unit < $3", programme.KindGuidanceRead, low, high))
	by := make(map[string][]programme.GuidanceRead)
	for _, r := range all {
		by[r.Guidance] = append(by[r.Guidance], r)
	}
	return by, err
}
