package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
)

// lead adopts the plan and spreads the first year's quotas from the city down.
func (c *Campaign) lead(ctx context.Context) error {
	city, year := c.city(), c.From.Year()
	if err := city.do(ctx, office.Leader, "programme.adopt_plan", object{}, nil); err != nil {
		return err
	}
	total := c.plan.perDay * len(c.stations()) * WorkingDays(c.From, citizen.MustDate(fmt.Sprintf("%d-12-31", year)))
	return city.do(ctx, office.Leader, "programme.spread_quotas", object{"year": year, "total": total, "from": c.From.Month()}, nil)
}

// spread gives the county's quotas on to its stations, and reports that the money is there.
func (u *unit) spread(ctx context.Context) error {
	if u.parent == nil {
		return nil
	}
	if err := u.do(ctx, office.Leader, "programme.spread_quotas", object{"year": u.c.From.Year()}, nil); err != nil {
		return err
	}
	return u.do(ctx, office.Leader, "programme.meet_milestone", object{"milestone": "funds", "paper": "财政局〔2005〕7号"}, nil)
}

// announce tells the public of a station's streets when and where to come, on the day before it starts.
func (u *unit) announce(ctx context.Context) error {
	if u.c.day != max(1, u.c.plan.start[u.code]-1) {
		return nil
	}
	return u.do(ctx, office.Leader, "programme.notice", object{"title": "换发第二代居民身份证公告", "text": "请本辖区居民按通知日期前来办理", "areas": []string{u.name + "辖区"},
		"from": u.c.date, "to": u.c.date.AddDays(60), "place": u.name, "bring": "户口簿、第一代居民身份证"}, nil)
}

// orderRow is an order of a unit above, as far as the players need it.
type orderRow struct {
	Order    string     `json:"order"`
	To       event.Unit `json:"to"`
	Acked    any        `json:"acknowledged"`
	Answered any        `json:"reply"`
}

// lateUnits lets a county's leader look at what stands too long, on Mondays, and order the unit where most of it lies to get on with it. In a play without
// anything late the unit that has handed over least is asked why.
func (u *unit) lateUnits(ctx context.Context) error {
	if u.weekday() != time.Monday || u.c.day <= u.c.pilotEnd() || !u.here(office.Leader) {
		return nil
	}
	var rows []struct {
		LiesAt    event.Unit `json:"lies_at"`
		LateStage int        `json:"late_stage"`
	}
	if err := u.do(ctx, office.Leader, "programme.late", object{}, &rows); err != nil {
		return err
	}
	late := make(map[event.Unit]int)
	for _, r := range rows {
		late[r.LiesAt] += r.LateStage
	}
	var worst *unit
	for _, below := range u.c.units {
		if below.parent == u && !u.hall.ordered[below.code] && (worst == nil || late[below.code] > late[worst.code]) {
			worst = below
		}
	}
	if worst == nil || late[worst.code] == 0 && len(u.hall.ordered) > 0 {
		return nil
	}
	u.hall.ordered[worst.code] = true
	u.c.counts.add(orders, 1)
	return u.do(ctx, office.Leader, "programme.order", object{"to": worst.code, "task": "加快办理积压件", "due": u.c.date.AddDays(14),
		"figures": []object{{"figure": "accepted", "from": u.c.date.AddDays(-7), "to": u.c.date.AddDays(-1)}}}, nil)
}

// orders counts the orders that late units have got.
const orders what = "orders"

// answerOrders lets a station's leader take an order, say why, and what is done about it.
func (u *unit) answerOrders(ctx context.Context) error {
	if u.weekday() != time.Wednesday && u.weekday() != time.Monday {
		return nil
	}
	var rows []orderRow
	if err := u.do(ctx, office.Leader, "programme.orders", object{"open": true, "ours": true}, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		code, err := u.try(ctx, office.Leader, "programme.acknowledge", object{"order": r.Order, "person": operatorName(u.code, 0)}, nil, "programme.acknowledged_already", "programme.order_acknowledged")
		if err != nil {
			return err
		}
		if code != "" {
			continue
		}
		if err := u.do(ctx, office.Leader, "programme.reply", object{"order": r.Order, "explanation": "设备故障、人员请假", "measures": "加班补办，增设窗口",
			"done_by": u.c.date.AddDays(7)}, nil); err != nil {
			return err
		}
	}
	return nil
}

// closeOrders lets a county's leader close what has been answered.
func (u *unit) closeOrders(ctx context.Context) error {
	if u.weekday() != time.Friday {
		return nil
	}
	var rows []struct {
		Order   string           `json:"order"`
		To      event.Unit       `json:"to"`
		Replies []map[string]any `json:"replies"`
	}
	if err := u.do(ctx, office.Leader, "programme.orders", object{"open": true}, &rows); err != nil {
		return err
	}
	for _, r := range rows {
		if len(r.Replies) == 0 || r.To.Parent() != u.code {
			continue
		}
		if err := u.do(ctx, office.Leader, "programme.close_order", object{"order": r.Order, "outcome": "done", "words": "已办结"}, nil); err != nil {
			return err
		}
		delete(u.hall.ordered, r.To)
	}
	return nil
}

// report freezes last month's figures, when everybody's entries of that month have come.
func (u *unit) report(ctx context.Context) error {
	first := u.c.date.AddDays(1 - u.c.date.Day())
	if u.c.day < reportAfter || WorkingDays(first, u.c.date) != reportAfter {
		return nil
	}
	_, err := u.try(ctx, office.Leader, "programme.freeze_report", object{"period": "month", "day": first.AddDays(-1)}, nil, "programme.frozen_already")
	return err
}

// reportAfter is the working day of a month on which last month is reported.
const reportAfter = 5

// measure asks what a leader asks at the end: how far verification is, what is late, and when everybody will have a card.
func (c *Campaign) measure(ctx context.Context, s *Summary) error {
	city := c.city()
	var verification struct {
		Verified    int                       `json:"verified"`
		CasesOpened int                       `json:"cases_opened"`
		CasesClosed int                       `json:"cases_closed"`
		Cases       map[string]map[string]int `json:"cases"`
	}
	if err := city.do(ctx, office.Leader, "verify.progress", object{}, &verification); err != nil {
		return err
	}
	s.Verified, s.CasesOpened, s.CasesClosed = verification.Verified, verification.CasesOpened, verification.CasesClosed
	doubles := verification.Cases["double_registration"]
	s.DoubleRegistrationsResolved = (doubles["closed"] + doubles["carried_out"]) / 2 // both sides are counted
	var late []struct {
		LateWhole int `json:"late_whole"`
		LateStage int `json:"late_stage"`
	}
	if err := city.do(ctx, office.Leader, "programme.late", object{}, &late); err != nil {
		return err
	}
	for _, l := range late {
		s.Late += l.LateWhole
	}
	var forecast struct {
		Month string `json:"month"`
	}
	if err := city.do(ctx, office.Leader, "programme.forecast", object{}, &forecast); err != nil {
		return err
	}
	s.ForecastMonth = forecast.Month
	return nil
}
