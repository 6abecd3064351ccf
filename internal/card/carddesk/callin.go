package carddesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// CallInput notifies a resident to apply. One of Tenure, Resident and Number names the person.
type CallInput struct {
	Tenure   string         `json:"tenure,omitempty"`
	Resident string         `json:"resident,omitempty"`
	Number   string         `json:"number,omitempty"`
	TurnOn   citizen.Date   `json:"turn_on"`            // the day on which to come
	Way      card.NoticeWay `json:"way"`                // slip, telephone, public
	Guardian string         `json:"guardian,omitempty"` // who was told for a child under 16
}

// CallResult is what the notice says.
type CallResult struct {
	Notice string       `json:"notice"`
	Name   string       `json:"name"`
	TurnOn citizen.Date `json:"turn_on"`
}

func (d desk) callIn(ctx context.Context, w *office.Work, in CallInput) (CallResult, error) {
	tenure, err := findTenure(ctx, w, whom{in.Tenure, in.Resident, in.Number})
	if err != nil {
		return CallResult{}, err
	}
	if err := w.Lock(ctx, append(personLocks(tenure.Resident, tenure.Record.Number), tenure.ID)...); err != nil {
		return CallResult{}, err
	}
	facts, err := d.callFacts(ctx, w, tenure.ID)
	if err != nil {
		return CallResult{}, err
	}
	id, err := newID()
	if err != nil {
		return CallResult{}, err
	}
	notified, err := card.CallIn(card.CallCommand{By: actor(w), ID: id, TurnOn: in.TurnOn, Way: in.Way, Guardian: in.Guardian, Today: w.Today}, facts)
	if err != nil {
		return CallResult{}, err
	}
	w.Emit(notified)
	return CallResult{Notice: id, Name: facts.Person.Record.Name, TurnOn: in.TurnOn}, nil
}

func (d desk) callFacts(ctx context.Context, w *office.Work, tenure string) (facts card.CallFacts, err error) {
	t, _, err := registerdb.TenureOf(ctx, w.Tx, tenure)
	if err != nil {
		return facts, err
	}
	facts.Person, facts.Limits = person(t), d.limits
	if facts.Others, err = carddb.OthersOf(ctx, w.Tx, "", t.Resident, t.Record.Number); err != nil {
		return facts, err
	}
	facts.Last, err = carddb.LastNotice(ctx, w.Tx, w.By.Unit, t.Resident)
	return facts, err
}
