package sitedesk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// AccessInput asks who looked at whom, and why, over a span of days, both inclusive.
type AccessInput struct {
	From     citizen.Date `json:"from"`
	To       citizen.Date `json:"to"`
	Unit     event.Unit   `json:"unit,omitempty"`     // left out: every unit whose log the reader may read
	Operator string       `json:"operator,omitempty"` // identifier; left out: everybody
	Odd      bool         `json:"odd,omitempty"`      // only what shows an unusual pattern
	Purpose  string       `json:"purpose"`            // of the reading, which is recorded like every other look-up
	Limit    int          `json:"limit,omitempty"`    // of the entries; the sums count everything that was read
}

// AccessLog is the log: sums by operator, day and purpose, and the entries, the unusual ones first.
type AccessLog struct {
	Read      int               `json:"read"`
	Cut       bool              `json:"cut"` // there are more than were read: ask for fewer days
	Operators []site.LookingSum `json:"operators"`
	Days      []NamedCount      `json:"days"`
	Purposes  []NamedCount      `json:"purposes"`
	Entries   []site.Looking    `json:"entries"`
}

// NamedCount is how many under a name.
type NamedCount struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

const (
	accessPage = 200   // entries shown where the reader says no number
	accessRead = 20000 // look-ups of a room and unit that are read at a time
)

// accessLog reads the access streams, which are read at the unit above; the city's own by its auditor (design 3).
func accessLog(ctx context.Context, w *office.Work, in AccessInput) (out AccessLog, err error) {
	if in.From.IsZero() || in.To.Before(in.From) {
		return out, event.Refuse("site.span", "", citizen.Text{ZH: "起止日期有误", EN: "the span of days is wrong"}, citizen.Text{ZH: "填写起止日期", EN: "give from and to"})
	}
	units, err := readable(ctx, w, in.Unit)
	if err != nil {
		return out, err
	}
	id, err := newID()
	if err != nil {
		return out, err
	}
	e, err := register.LookUp(register.By{Unit: w.By.Unit, Today: w.Today}, id, register.LookedUp{Purpose: in.Purpose, How: "access", Wide: true, About: in.Unit})
	if err != nil {
		return out, err
	}
	w.Emit(e)
	var all []site.Looking
	for _, unit := range units {
		some, cut, err := lookUps(ctx, w, unit, in)
		if err != nil {
			return out, err
		}
		all, out.Cut = append(all, some...), out.Cut || cut
	}
	site.MarkOdd(all)
	if err := nameThem(ctx, w, all); err != nil {
		return out, err
	}
	out.sum(all, in)
	for i := range out.Entries {
		if err := nameWhom(ctx, w, &out.Entries[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// whomAtMost is how many names an entry tells.
const whomAtMost = 3

// nameWhom names the persons of an entry.
func nameWhom(ctx context.Context, w *office.Work, l *site.Looking) error {
	for _, id := range l.About[:min(whomAtMost, len(l.About))] {
		if l.Room == "register" {
			t, ok, err := registerdb.TenureOf(ctx, w.Tx, id)
			if err != nil {
				return err
			}
			if ok {
				l.Whom = append(l.Whom, t.Record.Name)
			}
			continue
		}
		a, ok, err := carddb.Load(ctx, w.Tx, id)
		if err != nil {
			return err
		}
		if ok {
			l.Whom = append(l.Whom, a.Face.Name)
		}
	}
	return nil
}

// readable lists the units whose log the operator may read: those below, and an auditor at the city the city's too.
func readable(ctx context.Context, w *office.Work, only event.Unit) ([]event.Unit, error) {
	may := func(unit event.Unit) bool {
		own := unit == w.By.Unit
		return !own && w.By.Unit.Contains(unit) || own && unit.Level() == event.City && w.By.Has(office.Auditor)
	}
	if only != "" {
		if err := w.Below(only); err != nil {
			return nil, err
		}
		if !may(only) {
			return nil, event.Refuse("site.own_log", "居民身份证法（2003）第6条", citizen.Text{ZH: "本单位的查询日志由上级查看", EN: "a unit's access log is read at the unit above"},
				citizen.Text{ZH: "选择下级单位；市局的日志由审计员查看", EN: "choose a unit below; the city's is read by its auditor"})
		}
		return []event.Unit{only}, nil
	}
	all, err := sitedb.Units(ctx, w.Tx)
	var units []event.Unit
	for _, u := range all {
		if may(u.Code) {
			units = append(units, u.Code)
		}
	}
	return units, err
}

// lookUps reads a unit's look-ups of every room. cut tells that there are more.
func lookUps(ctx context.Context, w *office.Work, unit event.Unit, in AccessInput) (all []site.Looking, cut bool, err error) {
	from, to := startOf(in.From), startOf(in.To.AddDays(1))
	people, err := registerdb.LookUps(ctx, w.Tx, unit, from, to, accessRead)
	if err != nil {
		return nil, false, err
	}
	for _, l := range people {
		all = append(all, site.Looking{At: l.At, Unit: l.Unit, Operator: l.Operator, Room: "register", How: l.How, Purpose: l.Purpose, Wide: l.Wide, Shown: len(l.Tenures), About: l.Tenures})
	}
	cards, err := carddb.LookUps(ctx, w.Tx, unit, from, to, accessRead)
	if err != nil {
		return nil, false, err
	}
	for _, l := range cards {
		all = append(all, about(site.Looking{At: l.At, Unit: l.Unit, Operator: l.Operator, Room: "card", How: l.How, Purpose: l.Purpose, Wide: l.Wide}, l.About))
	}
	money, err := funddb.LookUps(ctx, w.Tx, unit, from, to, accessRead)
	for _, l := range money {
		all = append(all, about(site.Looking{At: l.At, Unit: l.Unit, Operator: l.Operator, Room: "fund", How: "waiver", Purpose: l.Purpose, Wide: l.Wide}, l.About))
	}
	return all, len(people) == accessRead || len(cards) == accessRead || len(money) == accessRead, err
}

func about(l site.Looking, one string) site.Looking {
	if one != "" {
		l.About, l.Shown = []string{one}, 1
	}
	return l
}

func startOf(day citizen.Date) int64 {
	return time.Date(day.Year(), time.Month(day.Month()), day.Day(), -8, 0, 0, 0, time.UTC).UnixMilli()
}

func nameThem(ctx context.Context, w *office.Work, all []site.Looking) error {
	names := make(map[string]string)
	for i := range all {
		id := all[i].Operator
		if _, ok := names[id]; !ok {
			a, found, err := sitedb.OperatorByID(ctx, w.Tx, id)
			if err != nil {
				return err
			}
			if names[id] = id; found {
				names[id] = a.Name
			}
		}
		all[i].Name = names[id]
	}
	return nil
}

// sum fills the log, the unusual entries first, then the newest.
func (out *AccessLog) sum(all []site.Looking, in AccessInput) {
	out.Operators = site.SumLooking(all)
	all = slices.DeleteFunc(all, func(l site.Looking) bool {
		return in.Operator != "" && l.Operator != in.Operator || in.Odd && len(l.Odd) == 0
	})
	days, purposes := make(map[string]int), make(map[string]int)
	for i := range all {
		days[citizen.DateOf(time.UnixMilli(all[i].At)).String()]++
		purposes[all[i].Purpose]++
	}
	out.Read, out.Days, out.Purposes = len(all), counts(days, true), counts(purposes, false)
	slices.SortStableFunc(all, func(a, b site.Looking) int {
		return cmp.Or(cmp.Compare(min(len(b.Odd), 1), min(len(a.Odd), 1)), cmp.Compare(b.At, a.At))
	})
	limit := in.Limit
	if limit <= 0 {
		limit = accessPage
	}
	out.Entries = append([]site.Looking{}, all[:min(limit, len(all))]...)
}

// counts lists a map by name, or the greatest first.
func counts(m map[string]int, byName bool) []NamedCount {
	out := make([]NamedCount, 0, len(m))
	for name, n := range m {
		out = append(out, NamedCount{name, n})
	}
	slices.SortFunc(out, func(a, b NamedCount) int {
		if byName {
			return cmp.Compare(a.Name, b.Name)
		}
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name))
	})
	return out
}
