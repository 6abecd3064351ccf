// Package sitedesk is what people can do with units and operators.
package sitedesk

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

var inCharge = []office.Role{office.Administrator, office.Leader}

// Actions lists the site's actions.
func Actions() []office.Action {
	text := func(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }
	return []office.Action{
		office.Define("site.bootstrap", text("设立首个单位和管理员", "found the first unit and appoint its administrator"), []office.Role{office.System}, nil, bootstrap),
		office.Define("site.found_unit", text("设立单位", "found a unit"), inCharge, nil, found),
		office.Define("site.appoint", text("任命操作员", "appoint an operator"), inCharge, nil, appoint),
		office.Define("site.end_operator", text("终止操作员任命", "end an operator's appointment"), inCharge, nil, end),
		office.Define(office.ClockFree, text("确认时钟", "confirm the clock"), []office.Role{office.Leader, office.Administrator, office.Clerk}, nil, confirmClock),
	}
}

// Reactions lists the site's reactions: none.
func Reactions() []office.Reaction { return nil }

func by(w *office.Work) site.By {
	return site.By{Unit: w.By.Unit, Operator: w.By.ID, Login: w.By.Login, Today: w.Today}
}

type bootstrapInput struct {
	Name     string `json:"name"`
	Login    string `json:"login"`
	Operator string `json:"operator"`
}

// None is the result of an action that only writes.
type None struct{}

// Bootstrap founds a unit under its name and appoints its first administrator, in the node's own name. The node must host the unit. It is
// refused once anybody has been appointed there.
func Bootstrap(ctx context.Context, o *office.Office, unit event.Unit, name, login, operatorID string) error {
	input, err := json.Marshal(bootstrapInput{Name: name, Login: login, Operator: operatorID})
	if err != nil {
		return err
	}
	system := office.Operator{ID: "system", Login: "system", Unit: unit, Roles: []office.Role{office.System}}
	_, err = o.Do(ctx, system, "site.bootstrap", input)
	return err
}

func bootstrap(ctx context.Context, w *office.Work, in bootstrapInput) (none None, err error) {
	if err := w.Lock(ctx, "site:"+string(w.By.Unit)); err != nil {
		return none, err
	}
	present, err := sitedb.Operators(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return none, err
	}
	events, err := site.Bootstrap(by(w), in.Name, in.Login, in.Operator, len(present) > 0)
	if err != nil {
		return none, err
	}
	w.Emit(events...)
	return none, nil
}

func found(ctx context.Context, w *office.Work, in site.UnitFounded) (none None, err error) {
	if err := w.Lock(ctx, "site:"+string(in.Unit)); err != nil {
		return none, err
	}
	units, err := sitedb.Units(ctx, w.Tx)
	if err != nil {
		return none, err
	}
	known := make(map[event.Unit]bool, len(units))
	for _, u := range units {
		known[u.Code] = true
	}
	e, err := site.Found(by(w), in, func(u event.Unit) bool { return known[u] })
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// AppointInput appoints an operator. From left out is today; an identifier left out is minted.
type AppointInput struct {
	Operator string       `json:"operator,omitempty"`
	Login    string       `json:"login"`
	Name     string       `json:"name"`
	Unit     event.Unit   `json:"unit"`
	Roles    []string     `json:"roles"`
	From     citizen.Date `json:"from,omitzero"`
}

// AppointOutput names the operator.
type AppointOutput struct {
	Operator string `json:"operator"`
}

func appoint(ctx context.Context, w *office.Work, in AppointInput) (out AppointOutput, err error) {
	if err := w.Lock(ctx, "login:"+in.Login); err != nil {
		return out, err
	}
	facts, err := appointFacts(ctx, w, in)
	if err != nil {
		return out, err
	}
	body := site.OperatorAppointed(in)
	if body.From.IsZero() {
		body.From = w.Today
	}
	if body.Operator == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return out, err
		}
		body.Operator = id.String()
	}
	e, err := site.Appoint(by(w), body, facts)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return AppointOutput{Operator: body.Operator}, nil
}

func appointFacts(ctx context.Context, w *office.Work, in AppointInput) (f site.AppointFacts, err error) {
	if _, f.UnitKnown, err = sitedb.UnitOf(ctx, w.Tx, in.Unit); err != nil {
		return f, err
	}
	if _, f.LoginTaken, err = sitedb.New().Operator(ctx, w.Tx, in.Login); err != nil || f.LoginTaken {
		return f, err
	}
	_, f.LoginTaken, err = sitedb.OperatorByID(ctx, w.Tx, in.Operator)
	return f, err
}

// EndInput ends an appointment. On left out is today.
type EndInput struct {
	Operator string       `json:"operator"`
	On       citizen.Date `json:"on,omitzero"`
	Ground   string       `json:"ground"`
}

func end(ctx context.Context, w *office.Work, in EndInput) (none None, err error) {
	if err := w.Lock(ctx, in.Operator); err != nil {
		return none, err
	}
	a, _, err := sitedb.OperatorByID(ctx, w.Tx, in.Operator)
	if err != nil {
		return none, err
	}
	on := in.On
	if on.IsZero() {
		on = w.Today
	}
	e, err := site.End(by(w), site.Serving{Operator: a.ID, Login: a.Login, Unit: a.Unit, Ended: !a.Ended.IsZero()}, on, in.Ground)
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

type confirmInput struct{}

func confirmClock(ctx context.Context, w *office.Work, _ confirmInput) (none None, err error) {
	if err := w.ConfirmClock(ctx); err != nil {
		return none, err
	}
	w.Emit(site.ConfirmClock(by(w), w.Now))
	return none, nil
}
