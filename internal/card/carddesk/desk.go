// Package carddesk is what people can do with applications and cards: one action a step, each in one transaction.
package carddesk

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

var (
	atStation = []event.Level{event.Station}
	atCounty  = []event.Level{event.County}
	atCity    = []event.Level{event.City}
	clerks    = []office.Role{office.Clerk}
	carriers  = []office.Role{office.Clerk, office.Issuer, office.Reviewer}
	senders   = []office.Role{office.Issuer, office.Reviewer, office.Communications}
	callers   = []office.Role{office.Clerk, office.AreaOfficer}
	readers   = []office.Role{office.Clerk, office.AreaOfficer, office.Photographer, office.Cashier, office.Reviewer, office.Issuer, office.Leader}
)

// desk holds the office's settings.
type desk struct{ limits card.Limits }

// Actions lists what can be done, with the default limits.
func Actions() []office.Action { return ActionsWith(card.DefaultLimits()) }

// ActionsWith lists what can be done.
func ActionsWith(limits card.Limits) []office.Action {
	return slices.Concat(desk{limits}.windowActions(), superiorActions(), cardActions())
}

func (d desk) windowActions() []office.Action {
	return []office.Action{
		office.Define("card.call_in", citizen.Text{ZH: "通知办理", EN: "tell a resident that the turn has come"}, callers, atStation, d.callIn),
		office.Define("card.open", citizen.Text{ZH: "受理申领", EN: "accept an application"}, clerks, atStation, open),
		office.Define("card.photograph", citizen.Text{ZH: "采集人像", EN: "record a photograph"},
			[]office.Role{office.Photographer, office.Clerk}, atStation, photograph),
		office.Define("card.confirm", citizen.Text{ZH: "签字确认", EN: "record the signed form"}, clerks, atStation, confirm),
		office.Define("card.notify", citizen.Text{ZH: "通知领证", EN: "tell the applicant to collect"}, clerks, atStation, notify),
		office.Define("card.hand_over", citizen.Text{ZH: "发放证件", EN: "hand a card over"}, clerks, atStation, handOver),
		office.Define("card.report_lost", citizen.Text{ZH: "证件挂失", EN: "report a card lost"}, clerks, atStation, reportLost),
		office.Define("card.withdraw", citizen.Text{ZH: "终止申领", EN: "withdraw an application, or destroy its card"}, clerks, atStation, withdraw),
	}
}

func superiorActions() []office.Action {
	judges := []office.Role{office.Reviewer, office.Issuer}
	return []office.Action{
		office.Define("card.review", citizen.Text{ZH: "审核", EN: "review an application"}, []office.Role{office.Reviewer}, atCounty, review),
		office.Define("card.return", citizen.Text{ZH: "退回", EN: "return an application"}, judges, []event.Level{event.County, event.City}, giveBack),
		office.Define("card.sign", citizen.Text{ZH: "签发", EN: "sign a card"}, []office.Role{office.Issuer}, atCounty, sign),
		office.Define("card.check", citizen.Text{ZH: "市级核查", EN: "check an application across the city"}, judges, atCity, check),
	}
}

func cardActions() []office.Action {
	return []office.Action{
		office.Define("card.order", citizen.Text{ZH: "送制证", EN: "order cards from the maker"}, senders, atCity, order),
		office.Define("card.feedback", citizen.Text{ZH: "接收制证反馈", EN: "take in the maker's feedback"}, senders, atCity, feedback),
		office.Define("card.consign", citizen.Text{ZH: "下发证件", EN: "send cards to the next tier"}, carriers, nil, consign),
		office.Define("card.count", citizen.Text{ZH: "清点证件", EN: "count the cards that came"}, carriers, nil, count),
		office.Define("card.take_in", citizen.Text{ZH: "补记到所证件", EN: "record the arrival of cards counted before their data came"},
			clerks, atStation, takeIn),
		office.Define("card.show", citizen.Text{ZH: "查看申领", EN: "show an application"}, readers, nil, show),
		office.Define("card.list", citizen.Text{ZH: "申领列表", EN: "list applications"}, readers, nil, list),
	}
}

func actor(w *office.Work) card.Actor { return card.Actor{Unit: w.By.Unit, Operator: w.By.ID} }

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// personLocks are the locks of a person across applications: two desks never admit two cards of one person, nor of one number.
func personLocks(resident, number string) []string {
	locks := []string{"card:resident:" + resident}
	if number != "" {
		locks = append(locks, "card:citizen:"+number)
	}
	return locks
}

// hold locks an application and its person, and loads it.
func hold(ctx context.Context, w *office.Work, application string) (card.Application, error) {
	a, ok, err := carddb.Load(ctx, w.Tx, application)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, card.NotFound()
	}
	if err := w.Below(a.Home); err != nil {
		return a, err
	}
	if err := w.Lock(ctx, append(personLocks(a.Resident, a.Face.Number), a.ID)...); err != nil {
		return a, err
	}
	a, _, err = carddb.Load(ctx, w.Tx, a.ID)
	return a, err
}

// ApplicationInput names an application, by its identifier or acceptance number.
type ApplicationInput struct {
	Application string `json:"application"`
}

// Reached is where an application stands after an action.
type Reached struct {
	Application string `json:"application"`
	Round       int    `json:"round"`
}

// dead tells whether the applicant is known here to have died: as the register has it now, by the newest tenure.
func dead(ctx context.Context, w *office.Work, a card.Application) (bool, error) {
	tenure, ok, err := registerdb.OpenTenure(ctx, w.Tx, a.Resident)
	return ok && tenure.State == register.StateDead, err
}

func others(ctx context.Context, w *office.Work, a card.Application) ([]card.Application, error) {
	return carddb.OthersOf(ctx, w.Tx, a.ID, a.Resident, a.Face.Number)
}
