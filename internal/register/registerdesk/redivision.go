package registerdesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// RedivisionInput orders that the addresses of a station that begin with a text get another, or that their residents go to another station.
type RedivisionInput struct {
	Station     event.Unit   `json:"station"`
	ToUnit      event.Unit   `json:"to_unit,omitempty"` // empty: the residents stay with the station
	AddressFrom string       `json:"address_from"`
	AddressTo   string       `json:"address_to"`
	On          citizen.Date `json:"on"`
	Document    string       `json:"document"`
}

// RedivisionOutput names the order.
type RedivisionOutput struct {
	Order string `json:"order"`
}

func orderRedivision(_ context.Context, w *office.Work, in RedivisionInput) (out RedivisionOutput, err error) {
	if out.Order, err = mint(); err != nil {
		return out, err
	}
	events, err := register.OrderRedivision(by(w), register.RedivisionOrdered{Order: out.Order, Station: in.Station, ToUnit: in.ToUnit,
		AddressFrom: in.AddressFrom, AddressTo: in.AddressTo, On: in.On, Document: in.Document})
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	return out, nil
}

// orderedAt is the station that carries a re-division out.
func orderedAt(e *journal.Entry) event.Unit {
	var o register.RedivisionOrdered
	if e.Erased() || e.Decode(&o) != nil || !o.Counts(e.Stream) || o.Station != e.Stream.Receiver() {
		return ""
	}
	return o.Station
}

// redivide carries an order out at the station: its people, and its households.
func redivide(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var o register.RedivisionOrdered
	if err := cause.Decode(&o); err != nil {
		return err
	}
	people, err := registerdb.OpenUnder(ctx, w.Tx, w.By.Unit, o.AddressFrom)
	if err != nil {
		return err
	}
	households, err := registerdb.HouseholdsUnder(ctx, w.Tx, w.By.Unit, o.AddressFrom)
	if err != nil {
		return err
	}
	var names []string
	for _, t := range people {
		names = append(names, t.ID)
	}
	for _, h := range households {
		names = append(names, register.HouseholdSubject(h.Unit, h.No))
	}
	if err := w.Lock(ctx, names...); err != nil {
		return err
	}
	if people, err = registerdb.OpenUnder(ctx, w.Tx, w.By.Unit, o.AddressFrom); err != nil {
		return err
	}
	if households, err = registerdb.HouseholdsUnder(ctx, w.Tx, w.By.Unit, o.AddressFrom); err != nil {
		return err
	}
	events, err := register.Redivide(by(w), o, people, households, func(t register.Tenure) (string, error) {
		return registerdb.HistoryDigest(ctx, w.Tx, t.Unit, t.ID)
	}, func(register.Tenure) (string, error) { return mint() })
	if err != nil {
		return err
	}
	w.Emit(events...)
	return nil
}

// takenOverBy is the station that takes over whom a re-division moves.
func takenOverBy(e *journal.Entry) event.Unit {
	var out register.MovedOut
	if e.Erased() || e.Decode(&out) != nil || out.Redivision == nil {
		return ""
	}
	return e.Stream.Receiver()
}

// takeOver takes a person in whom a re-division moves: the county told this station of it too. Until that is here the reaction waits.
func (d desk) takeOver(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var out register.MovedOut
	if err := cause.Decode(&out); err != nil {
		return err
	}
	if err := w.Lock(ctx, out.ToTenure); err != nil {
		return err
	}
	ordered, err := registerdb.RedivisionTold(ctx, w.Tx, w.By.Unit, cause.Unit, out.Redivision.Order)
	if err != nil {
		return err
	}
	if !ordered {
		return refuse("register.redivision_unknown", "", "本所尚未收到该区划调整", "this station has not been told of the re-division", "等待县（市、区）局的数据包", "wait for the county's parcel")
	}
	m, ok, err := registerdb.MoveTo(ctx, w.Tx, out.ToTenure)
	if err != nil || !ok || m.Arrived || m.Returned {
		return err
	}
	events, err := register.RegisterMoveIn(by(w), m, register.MoveIn{HouseholdNo: register.Redivided(cause.Unit, m.Record.HouseholdNo),
		Address: out.Redivision.Address, Relation: m.Record.Relation, On: m.On}, d.limits)
	if err != nil {
		return err
	}
	return arrives(ctx, w, events)
}
