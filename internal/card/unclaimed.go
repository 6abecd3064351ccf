package card

import (
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Unclaimed is a card that nobody came for and that goes up, to be kept there; it can still be collected.
type Unclaimed struct {
	CardNo    string `json:"card_no"`
	Reminders int    `json:"reminders"`
}

// Remind records a reminder to collect, some time after the notice or the last reminder.
func Remind(a Application, by Actor, way string, l Limits, today citizen.Date) ([]event.Event, error) {
	if err := firstError(a.in(StageNotified), a.of(a.Home, by)); err != nil {
		return nil, err
	}
	if next := NextReminder(a, l); today.Before(next) {
		return nil, refuse("card.reminded_already", "", "尚未到再次催领的日期", "the next reminder is not due yet", next.String()+" 起可催领", "remind from "+next.String()+" on")
	}
	body := a.made()
	body.Notice = &Notice{Way: way}
	return []event.Event{a.station(KindReminded, a.here, body)}, nil
}

// NextReminder is the day on which the next reminder is due.
func NextReminder(a Application, l Limits) citizen.Date {
	return citizen.DateOf(time.UnixMilli(max(a.Since, a.RemindedAt))).AddDays(l.RemindDays)
}

// GoesUp tells whether an uncollected card is due to go up: it has lain here long enough and enough reminders were given.
func GoesUp(a Application, l Limits, today citizen.Date) error {
	if err := a.in(StageNotified); err != nil {
		return err
	}
	since := citizen.DateOf(time.UnixMilli(a.Since))
	if today.Before(since.AddDays(l.UnclaimedDays)) || a.Reminders < l.Reminders {
		return refuse("card.not_unclaimed", "", "催领次数或期限未到，不能上交", "too few reminders or days have passed for the card to go up", "继续催领", "go on reminding")
	}
	return nil
}

// SendUp records that an uncollected card goes up to the county; the consignment is the caller's.
func SendUp(a Application, by Actor, l Limits, today citizen.Date) ([]event.Event, error) {
	if err := firstError(a.of(a.Home, by), GoesUp(a, l, today)); err != nil {
		return nil, err
	}
	body := a.made()
	body.Unclaimed = &Unclaimed{CardNo: a.CardNo, Reminders: a.Reminders}
	return []event.Event{a.station(KindUnclaimed, a.here, body)}, nil
}

// FoundAgain records that a lost card was found before its replacement was ordered: the loss ends, and the replacement is withdrawn (居民身份证法 (2003) art. 11).
// What is found later is handed in when the new card is collected. others are the person's other applications, as far as they are known here.
func FoundAgain(a Application, by Actor, others []Application) ([]event.Event, error) {
	if err := firstError(a.in(StageHandedOver), a.of(a.Home, by)); err != nil {
		return nil, err
	}
	var events []event.Event
	for _, b := range ofResident(others, a.Resident) {
		if b.Stage == StageHandedOver && b.HandedAt >= a.HandedAt {
			return nil, tooLate()
		}
		if b.Terminal() || b.Stage == StageIncomplete || b.Kind != ReplaceLost {
			continue
		}
		withdrawn, err := Withdraw(b, WithdrawCommand{By: by, Reason: WithdrawFound})
		if err != nil {
			return nil, err
		}
		events = append(events, withdrawn...)
	}
	if a.Lost {
		events = append(events, a.station(KindFound, a.lostRef, a.made()))
	}
	if len(events) == 0 {
		return nil, refuse("card.not_lost", lawExchange, "该证没有挂失", "the card is not reported lost", "无需办理", "nothing is to be done")
	}
	return events, nil
}

func tooLate() error {
	return refuse("card.found_too_late", lawExchange, "新证已发放，找回的旧证作废", "the new card has been handed over; the one found does not count any more", "收回找回的证件", "take the found card in")
}
