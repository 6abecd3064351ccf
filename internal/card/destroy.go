package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// KindDestroyed is the kind of a destruction: its subject is the destruction.
const KindDestroyed = "card.destroyed"

// Waste is what a destruction destroys.
type Waste string

// The sorts.
const (
	WasteOld       Waste = "old"       // taken in from holders
	WasteSpoilt    Waste = "spoilt"    // defective, or of an attempt that another replaced
	WasteTemporary Waste = "temporary" // handed back
	WasteHeld      Waste = "held"      // came for an application that was withdrawn; destroyed with it, one by one
)

// Scrap is one card that is kept to be destroyed.
type Scrap struct {
	Application string `json:"application"`
	Generation  string `json:"generation,omitempty"` // of an old card
	Number      string `json:"number"`               // printed on an old card; else the card's or the sheet's number
}

// Destruction is a batch of cards destroyed under two names. The procedure that the law leaves open is UNCONFIRMED: two persons, a list, a day.
type Destruction struct {
	Destruction string       `json:"destruction"`
	Waste       Waste        `json:"waste"`
	Day         citizen.Date `json:"day"`
	Second      string       `json:"second"` // the other person; the operator stands in the entry
	Cards       []Scrap      `json:"cards"`
}

// Destroy destroys cards that are kept here.
func Destroy(by Actor, d Destruction, kept []Scrap) (event.Event, error) {
	switch {
	case d.Second == "" || d.Second == by.Operator:
		return event.Event{}, refuse("card.two_persons", "", "销毁证件须两人在场", "two persons destroy a card", "填写另一人", "name the other person")
	case len(d.Cards) == 0:
		return event.Event{}, refuse("card.nothing_kept", "", "没有待销毁的证件", "no card is kept for destruction", "无需销毁", "nothing is to be destroyed")
	}
	for _, c := range d.Cards {
		if !slices.Contains(kept, c) {
			return event.Event{}, refuse("card.not_kept", "", "证件 "+c.Number+" 不在待销毁之列", "card "+c.Number+" is not kept for destruction", "核对清单", "check the list")
		}
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindDestroyed, V: 1, Subject: d.Destruction, Body: d}, nil
}
