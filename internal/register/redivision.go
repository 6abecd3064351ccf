package register

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// reasonOther is the reason of a move that nobody asked for: a re-division.
const reasonOther = "0499"

// OrderRedivision is a county's order for one of its stations (400); the station that takes the residents over gets it too.
func OrderRedivision(by By, o RedivisionOrdered) ([]event.Event, error) {
	switch {
	case by.Unit.Level() != event.County:
		return nil, event.Refuse("register.redivision_level", source("3"),
			citizen.Text{ZH: "区划调整由县（市、区）局下达", EN: "a re-division is ordered by the county bureau"},
			citizen.Text{ZH: "由县（市、区）局办理", EN: "the county bureau does it"})
	case !stationOf(by.Unit, o.Station) || o.ToUnit != "" && (!stationOf(by.Unit, o.ToUnit) || o.ToUnit == o.Station):
		return nil, field("station", event.Refuse("register.redivision_station", "",
			citizen.Text{ZH: "调整的派出所应为本县（市、区）不同的派出所", EN: "a re-division is between two stations of this county, or within one"},
			citizen.Text{ZH: "核对单位代码", EN: "check the units' codes"}))
	case o.AddressFrom == "" || o.AddressTo == "" || o.AddressFrom == o.AddressTo && o.ToUnit == "":
		return nil, field("address_from", event.Refuse("register.redivision_address", "",
			citizen.Text{ZH: "应填调整前后的地址起始文字", EN: "give the beginning of the addresses before and after"},
			citizen.Text{ZH: "按区划调整文件填写", EN: "copy them from the decision"}))
	case o.Document == "":
		return nil, field("document", event.Refuse("register.redivision_document", "",
			citizen.Text{ZH: "未填区划调整文件文号", EN: "the number of the decision on the division is missing"},
			citizen.Text{ZH: "填写文号", EN: "give it"}))
	case o.On.IsZero() || o.On.After(by.Today):
		return nil, field("on", futureDate("调整日期", "date"))
	}
	events := []event.Event{{Stream: event.To(by.Unit, o.Station), Kind: KindRedivisionOrdered, V: 1, Subject: o.Order, Body: o}}
	if o.ToUnit != "" {
		events = append(events, event.Event{Stream: event.To(by.Unit, o.ToUnit), Kind: KindRedivisionOrdered, V: 1, Subject: o.Order, Body: o})
	}
	return events, nil
}

func stationOf(county, station event.Unit) bool {
	return station.Level() == event.Station && county.Contains(station)
}

// address is a text after the order.
func (o RedivisionOrdered) address(now string) string {
	return o.AddressTo + strings.TrimPrefix(now, o.AddressFrom)
}

// date is when the order takes effect for a person: not before the registration here.
func (o RedivisionOrdered) date(t Tenure) citizen.Date {
	if o.On.Before(t.EnteredOn) {
		return t.EnteredOn
	}
	return o.On
}

// Redivide carries an order out for the people and households of the station whose addresses begin as it says: another text, or another station.
// history gives the digest of a tenure's history, and mint the identifier of the tenure that begins.
func Redivide(by By, o RedivisionOrdered, people []Tenure, households []Household, history, mint func(Tenure) (string, error)) ([]event.Event, error) {
	var events []event.Event
	for _, t := range people {
		e, err := o.move(by, t, history, mint)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	for _, h := range households {
		body := h.next(Occasion{On: o.On})
		if o.ToUnit == "" {
			body.Address = o.address(h.Address)
			events = append(events, h.event(KindHouseholdChanged, body))
			continue
		}
		if o.emptied(h) {
			events = append(events, h.dissolved(Occasion{On: o.On}, "", ""))
		}
	}
	return events, nil
}

// emptied tells whether everybody of a household goes: somebody may be registered at another address than it.
func (o RedivisionOrdered) emptied(h Household) bool {
	return !slices.ContainsFunc(h.Members, func(t Tenure) bool { return !strings.HasPrefix(t.Record.Address, o.AddressFrom) })
}

func (o RedivisionOrdered) move(by By, t Tenure, history, mint func(Tenure) (string, error)) (e event.Event, err error) {
	if o.ToUnit == "" {
		e = rehoused(Member{t, t.Record.Relation}, Household{Unit: by.Unit, No: t.Record.HouseholdNo, Address: o.address(t.Record.Address)},
			Occasion{On: o.date(t)}, ScopeStation, KindRedivided)
		body := e.Body.(Rehoused)
		body.Order = o.Order
		e.Body = body
		return e, nil
	}
	var f MoveOutFacts
	if f.History, err = history(t); err != nil {
		return e, err
	}
	if f.ToTenure, err = mint(t); err != nil {
		return e, err
	}
	if e, err = RegisterMoveOut(by, t, MoveOut{ToUnit: o.ToUnit, On: o.date(t), Reason: reasonOther}, f); err != nil {
		return e, err
	}
	body := e.Body.(MovedOut)
	body.Redivision = &MovedByOrder{Order: o.Order, Address: o.address(t.Record.Address)}
	e.Body = body
	return e, nil
}

// Redivided is the household number at the station that takes over: that of the old station's household with the station's own digits before it, so
// that no two meet.
func Redivided(from event.Unit, no string) string { return string(from[len(from)-3:]) + "-" + no }
