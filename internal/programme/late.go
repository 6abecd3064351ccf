package programme

import (
	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Desk is on whose desk an application lies at a stage.
type Desk struct {
	Level event.Level  `json:"level"` // 0: outside, the maker or the holder
	Who   citizen.Text `json:"who"`
}

// Unit is the unit whose desk it is; empty outside.
func (d Desk) Unit(home event.Unit) event.Unit {
	switch d.Level {
	case event.Station:
		return home
	case event.County:
		return home.Parent()
	case event.City:
		return home.Parent().Parent()
	}
	return ""
}

var (
	deskClerk = Desk{event.Station, citizen.Text{ZH: "派出所户籍员", EN: "the station's clerk"}}
	deskPhoto = Desk{event.Station, citizen.Text{ZH: "派出所人像采集员", EN: "the station's photographer"}}
	deskCity  = Desk{event.City, citizen.Text{ZH: "市局制证管理", EN: "the city's card office"}}
	deskMaker = Desk{0, citizen.Text{ZH: "制证中心", EN: "the maker"}}
)

var desks = map[card.Stage]Desk{
	card.StageOpened:       deskPhoto,
	card.StagePhotographed: deskClerk,
	card.StageConfirmed:    {event.County, citizen.Text{ZH: "县（区）审核员", EN: "the county's reviewer"}},
	card.StageReviewed:     {event.County, citizen.Text{ZH: "县（区）签发员", EN: "the county's issuer"}},
	card.StageSigned:       {event.City, citizen.Text{ZH: "市局核查员", EN: "the city's checker"}},
	card.StageChecked:      deskCity,
	card.StageOrdered:      deskMaker,
	card.StageMade:         deskMaker,
	card.StageDispatched:   {event.County, citizen.Text{ZH: "市、县（区）证件分发", EN: "those who send cards"}},
	card.StageArrived:      deskClerk,
	card.StageNotified:     {0, citizen.Text{ZH: "待群众领取", EN: "the holder, told"}},
	card.StageUnclaimed:    {event.County, citizen.Text{ZH: "县（区）证件保管", EN: "the county, which keeps the card for the holder"}},
	card.StageReturned:     deskClerk,
	card.StageIncomplete:   deskClerk,
}

// DeskOf is on whose desk an application lies.
func DeskOf(stage card.Stage, class card.RejectClass) Desk {
	if stage == card.StageRejected || stage == card.StageDefective {
		if class.ToStation() {
			return deskClerk
		}
		return deskCity
	}
	return desks[stage]
}

// limitRules names the rule of law or working norm that limits a stage; several norms meet in the way down.
var limitRules = map[card.Stage][]string{
	card.StageConfirmed:  {"stage.county.review"},
	card.StageReviewed:   {"stage.county.review"},
	card.StageSigned:     {"stage.city.check"},
	card.StageChecked:    {"stage.city.check", "stage.province.check"},
	card.StageOrdered:    {"stage.make"},
	card.StageMade:       {"stage.city.collect"},
	card.StageDispatched: {"stage.county.deliver", "stage.station.deliver"},
	card.StageArrived:    {"stage.notify"},
	card.StageRejected:   {"stage.remake"},
	card.StageDefective:  {"stage.remake"},
	card.StageReturned:   {"stage.county.return"},
}

// ownLimits are stages for which no norm was found: working days, UNCONFIRMED.
var ownLimits = map[card.Stage]int{card.StageOpened: 1, card.StagePhotographed: 3, card.StageNotified: UnclaimedAfter, card.StageUnclaimed: UnclaimedAfter, card.StageIncomplete: 5}

// UnclaimedAfter is after how many working days a card that the holder was told of counts as unclaimed (UNCONFIRMED: a setting of the office).
const UnclaimedAfter = 20

// LimitDay is the last day in time of an application that has stood at a stage since a day. Days of the norms are taken as working days.
func LimitDay(stage card.Stage, since citizen.Date) citizen.Date {
	days := ownLimits[stage]
	for _, id := range limitRules[stage] {
		if rule, ok := citizen.RuleOn(id, since); ok {
			days += rule.Value
		}
	}
	day := since
	for days > 0 {
		if day = day.AddDays(1); day.IsZero() {
			return day
		}
		if WorkingDay(day) {
			days--
		}
	}
	return day
}
