package register

import (
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The states of a place.
const (
	PlaceOpen    = "open"
	PlaceRemoved = "removed"
)

// Place is one address of a station's address book (301 to 303), down to the room where there are rooms. As the body of the three kinds it is the
// place after the change, whose version the station counts.
type Place struct {
	ID        string       `json:"place"`
	Version   int64        `json:"version"`
	State     string       `json:"state"`
	Committee string       `json:"committee,omitempty"` // residents' or villagers' committee
	Street    string       `json:"street"`              // with what stands before it on paper, as 南关区人民大街
	Door      string       `json:"door,omitempty"`
	Building  string       `json:"building,omitempty"`
	Entrance  string       `json:"entrance,omitempty"` // 单元
	Room      string       `json:"room,omitempty"`
	On        citizen.Date `json:"effective_on"`
}

// Text is the address as papers carry it.
func (p Place) Text() string {
	var b strings.Builder
	b.WriteString(p.Street)
	for _, part := range []struct{ value, word string }{{p.Door, "号"}, {p.Building, "栋"}, {p.Entrance, "单元"}, {p.Room, "室"}} {
		if part.value == "" {
			continue
		}
		b.WriteString(part.value)
		if !strings.HasSuffix(part.value, part.word) {
			b.WriteString(part.word)
		}
	}
	return b.String()
}

func (p Place) event(unit event.Unit, kind string) event.Event {
	return event.Event{Stream: event.Up(unit), Kind: kind, V: 1, Subject: p.ID, Body: p}
}

func (p Place) check(by By, same bool) error {
	if p.Street == "" {
		return field("street", event.Refuse("register.no_street", "GA 214.1-2004",
			citizen.Text{ZH: "未填街路巷", EN: "the street is missing"},
			citizen.Text{ZH: "填写街路巷和门牌", EN: "give street and door plate"}))
	}
	if same {
		return field("street", event.Refuse("register.place_known", "",
			citizen.Text{ZH: "地址簿已有该地址：" + p.Text(), EN: "the address book has this address already: " + p.Text()},
			citizen.Text{ZH: "使用已有的地址", EN: "use the one that is there"}))
	}
	if p.On.IsZero() || p.On.After(by.Today) {
		return field("on", futureDate("日期", "date"))
	}
	return nil
}

// RegisterPlace enters an address in the book (301). same tells that the book has it.
func RegisterPlace(by By, p Place, same bool) (event.Event, error) {
	if err := p.check(by, same); err != nil {
		return event.Event{}, err
	}
	p.Version, p.State = 1, PlaceOpen
	return p.event(by.Unit, KindPlaceRegistered), nil
}

func placeGone() error {
	return field("place", event.Refuse("register.place_unknown", "",
		citizen.Text{ZH: "本所地址簿没有该地址，或已撤消", EN: "this station's address book has no such address, or it was removed"},
		citizen.Text{ZH: "查看地址簿（register.places）", EN: "see the address book (register.places)"}))
}

// Standing refuses a place that cannot be used.
func (p Place) Standing() error {
	if p.State != PlaceOpen {
		return placeGone()
	}
	return nil
}

// ChangePlace alters an address, as when doors are numbered anew (302); the households that hang on it and their members follow in the same act.
func ChangePlace(by By, now, p Place, same bool, households []Household) ([]event.Event, error) {
	if err := now.Standing(); err != nil {
		return nil, err
	}
	if err := p.check(by, same); err != nil {
		return nil, err
	}
	p.ID, p.Version, p.State = now.ID, now.Version+1, PlaceOpen
	events := []event.Event{p.event(by.Unit, KindPlaceChanged)}
	for _, h := range households {
		moved, err := h.resettle(by, Occasion{On: p.On}, p.ID, p.Text())
		if err != nil {
			return nil, err
		}
		events = append(events, moved...)
	}
	return events, nil
}

// RemovePlace takes an address out of use (303), as when a house is pulled down.
func RemovePlace(by By, now Place, on citizen.Date, households []Household) (event.Event, error) {
	if err := now.Standing(); err != nil {
		return event.Event{}, err
	}
	if on.IsZero() || on.After(by.Today) {
		return event.Event{}, field("on", futureDate("日期", "date"))
	}
	if len(households) > 0 {
		return event.Event{}, field("place", event.Refuse("register.place_used", source("5"),
			citizen.Text{ZH: "该地址还有户口", EN: "households are still registered at the address"},
			citizen.Text{ZH: "先办理各户的住址变动", EN: "move the households first"}))
	}
	now.Version, now.State, now.On = now.Version+1, PlaceRemoved, on
	return now.event(by.Unit, KindPlaceRemoved), nil
}
