package programme

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Quotas are what a unit sets for the units one tier below it: cards to be handed over in each month of a year. A later version takes the place of the
// earlier.
type Quotas struct {
	Unit    event.Unit `json:"unit"`
	Year    int        `json:"year"`
	Version int        `json:"version"`
	Total   int64      `json:"total"`
	Shares  []Share    `json:"shares"`
	Ground  string     `json:"ground,omitempty"` // why it was changed
}

// Share is one unit's quota.
type Share struct {
	Unit   event.Unit `json:"unit"`
	Months [12]int64  `json:"months"`
}

// Year sums the months.
func (s *Share) Year() (sum int64) {
	for _, n := range s.Months {
		sum += n
	}
	return sum
}

// Months sums the shares month by month.
func (q *Quotas) Months() (months [12]int64) {
	for i := range q.Shares {
		for m, n := range q.Shares[i].Months {
			months[m] += n
		}
	}
	return months
}

// Sum sums the shares.
func (q *Quotas) Sum() (sum int64) {
	for i := range q.Shares {
		sum += q.Shares[i].Year()
	}
	return sum
}

// Of finds a unit's share.
func (q *Quotas) Of(unit event.Unit) (*Share, bool) {
	i := slices.IndexFunc(q.Shares, func(s Share) bool { return s.Unit == unit })
	if i < 0 {
		return nil, false
	}
	return &q.Shares[i], true
}

// QuotaFacts is what the desk found.
type QuotaFacts struct {
	Units []event.Unit // one tier below, that there are
	Above *Share       // the unit's own share from above; nil: none
	Last  int          // version before; 0: none
}

// QuotaSubject names a unit's quotas of a year as a subject.
func QuotaSubject(unit event.Unit, year int) string { return fmt.Sprintf("quotas:%s:%d", unit, year) }

// SetQuotas sets quotas that add up: the shares to the total, and for a county the months to what the city set for it (plan A1).
func SetQuotas(by By, q Quotas, f QuotaFacts) (event.Event, error) {
	q.Unit, q.Version = by.Unit, f.Last+1
	slices.SortFunc(q.Shares, func(a, b Share) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	if err := first(quotaYear(q), quotaUnits(q, f), quotaTotal(q), quotaAbove(q, f), quotaGround(q)); err != nil {
		return event.Event{}, err
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindQuotasSet, V: 1, Subject: QuotaSubject(by.Unit, q.Year), Body: q}, nil
}

func quotaYear(q Quotas) *event.Refusal {
	if q.Year >= 2004 && q.Year <= 2030 {
		return nil
	}
	return refuse("programme.year", "", "year", "年份不对", "the year is wrong", "核对年份", "check the year")
}

func quotaUnits(q Quotas, f QuotaFacts) *event.Refusal {
	seen := make(map[event.Unit]bool)
	for i := range q.Shares {
		s := &q.Shares[i]
		if s.Unit.Parent() != q.Unit || !slices.Contains(f.Units, s.Unit) || seen[s.Unit] || slices.Min(s.Months[:]) < 0 {
			return refuse("programme.quota_unit", "", "shares", "单位 "+string(s.Unit)+" 不是本级直属单位、重复，或任务数为负", "unit "+string(s.Unit)+" is not one tier below, stands twice, or has a negative quota",
				"逐个列出直属单位", "list each unit one tier below once").About(s.Unit)
		}
		seen[s.Unit] = true
	}
	for _, unit := range f.Units {
		if !seen[unit] {
			return refuse("programme.quota_missing", "", "shares", "单位 "+string(unit)+" 没有任务数", "unit "+string(unit)+" has no quota",
				"每个直属单位都要下达，可以为零", "give every unit one tier below a quota; it may be zero").About(unit)
		}
	}
	return nil
}

func quotaTotal(q Quotas) *event.Refusal { return mustAgree(q.Sum(), q.Total, "total") }

func mustAgree(sum, total int64, field string) *event.Refusal {
	if sum == total {
		return nil
	}
	return refuse("programme.quota_sum", Source, field, fmt.Sprintf("下级合计 %d，应为 %d，相差 %d", sum, total, sum-total),
		fmt.Sprintf("the units add up to %d, not %d: the difference is %d", sum, total, sum-total), "调整各单位任务数使之相符", "change the shares until they add up")
}

func quotaAbove(q Quotas, f QuotaFacts) *event.Refusal {
	if f.Above == nil {
		return nil
	}
	months := q.Months()
	for m := range months {
		if r := mustAgree(months[m], f.Above.Months[m], fmt.Sprintf("month %d", m+1)); r != nil {
			return r
		}
	}
	return nil
}

func quotaGround(q Quotas) *event.Refusal {
	if q.Version == 1 || said(q.Ground) {
		return nil
	}
	return refuse("programme.no_ground", "", "ground", "调整任务数未写明理由", "no ground is given for changing the quotas", "写明理由", "write the ground")
}

// Spread divides a total over units in proportion to their weights, and adds up exactly: what is left over goes to the largest remainders, of equal ones to
// the unit with the lower code. Without any weight the units get equal parts.
func Spread(total int64, units []event.Unit, weight map[event.Unit]int64) map[event.Unit]int64 {
	var sum int64
	for _, u := range units {
		sum += weight[u]
	}
	type part struct {
		unit event.Unit
		rest int64
	}
	out, parts, given := make(map[event.Unit]int64), make([]part, 0, len(units)), int64(0)
	for _, u := range units {
		w, all := weight[u], sum
		if sum == 0 {
			w, all = 1, int64(len(units))
		}
		n := total/all*w + total%all*w/all
		out[u] = n
		given += n
		parts = append(parts, part{u, total % all * w % all})
	}
	slices.SortFunc(parts, func(a, b part) int {
		if a.rest != b.rest {
			return int(min(max(b.rest-a.rest, -1), 1))
		}
		return strings.Compare(string(a.unit), string(b.unit))
	})
	for i := 0; given < total && len(parts) > 0; i++ {
		out[parts[i%len(parts)].unit]++
		given++
	}
	return out
}

// SpreadQuotas spreads the months of a year over units by population.
func SpreadQuotas(year int, months [12]int64, units []event.Unit, people map[event.Unit]int64) Quotas {
	q := Quotas{Year: year, Shares: make([]Share, len(units))}
	for i, u := range units {
		q.Shares[i].Unit = u
	}
	for m, total := range months {
		q.Total += total
		parts := Spread(total, units, people)
		for i, u := range units {
			q.Shares[i].Months[m] = parts[u]
		}
	}
	return q
}

// EvenMonths spreads a year's total over the months from one on.
func EvenMonths(total int64, from int) (months [12]int64) {
	from = min(max(from, 1), 12)
	left := int64(13 - from)
	for m := from - 1; m < 12; m++ {
		months[m] = total / left
		total -= months[m]
		left--
	}
	return months
}

// Move takes some of a month's quota from one unit to another, when a unit falls behind.
func (q *Quotas) Move(month int, from, to event.Unit, n int64) error {
	a, okA := q.Of(from)
	b, okB := q.Of(to)
	switch {
	case month < 1 || month > 12:
		return refuse("programme.month", "", "month", "月份不对", "the month is wrong", "填 1 到 12", "give 1 to 12")
	case !okA || !okB || from == to:
		return refuse("programme.quota_unit", "", "from", "调出、调入单位不对", "the two units are wrong", "填写两个不同的直属单位", "give two different units that have quotas")
	case n <= 0 || a.Months[month-1] < n:
		return refuse("programme.quota_short", "", "count", fmt.Sprintf("调出单位该月只有 %d", a.Months[month-1]), fmt.Sprintf("the unit has only %d in that month", a.Months[month-1]),
			"减少调整数", "move fewer")
	}
	a.Months[month-1] -= n
	b.Months[month-1] += n
	return nil
}

// PlannedBy is how much of a share is planned to have been done by the end of a day: whole months, and of the month under way its days in proportion.
func (s *Share) PlannedBy(year int, day citizen.Date) int64 {
	if day.IsZero() || day.Year() < year {
		return 0
	}
	if day.Year() > year {
		return s.Year()
	}
	var sum int64
	for m := range day.Month() - 1 {
		sum += s.Months[m]
	}
	first, err := citizen.NewDate(day.Year(), day.Month(), 1)
	if err != nil {
		return sum
	}
	return sum + s.Months[day.Month()-1]*int64(day.Day())/int64(first.DaysUntil(first.AddMonths(1)))
}
