package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// Standing is one card of a person's and whether it counts on a day.
type Standing struct {
	Generation  string       `json:"generation"`
	Application string       `json:"application,omitempty"`
	ValidFrom   citizen.Date `json:"valid_from,omitzero"`
	ValidTo     string       `json:"valid_to,omitempty"`
	Valid       bool         `json:"valid"`
	Code        string       `json:"code"` // valid, expired, lost, taken_in, replaced, ended
	Source      string       `json:"source,omitempty"`
	Why         citizen.Text `json:"why"`
}

var standings = map[string]citizen.Text{
	"valid":    {ZH: "有效", EN: "valid"},
	"expired":  {ZH: "已过有效期", EN: "its term is over"},
	"lost":     {ZH: "已声明丢失", EN: "it was declared lost"},
	"taken_in": {ZH: "已收回", EN: "it was taken in"},
	"replaced": {ZH: "已换领新证，应交回", EN: "a new card has replaced it; it must be handed in"},
	"ended":    {ZH: "第一代居民身份证自2013年1月1日起停止使用", EN: "first-generation cards ended on 2013-01-01"},
}

// Cards answers "is my card still good?" (plan W5): every card of a person that is known, of both generations, and whether it counts on a day. A
// first-generation card counts within its own term until it is exchanged (居民身份证法 (2003) art. 22), and no longer from 2013-01-01 on (art. 23 of 2011).
func Cards(r register.Record, all []Application, on citizen.Date) []Standing {
	var out []Standing
	if s, ok := firstCard(r, all, on); ok {
		out = append(out, s)
	}
	valid := Valid(all, on)
	for _, a := range all {
		if a.Stage != StageHandedOver {
			continue
		}
		s := Standing{Generation: "2", Application: a.ID, ValidFrom: a.Issue.ValidFrom, ValidTo: a.Issue.ValidTo, Source: lawExchange}
		switch {
		case slices.ContainsFunc(valid, func(v Application) bool { return v.ID == a.ID }):
			s.Code, s.Valid, s.Source = "valid", true, "居民身份证法（2003）第5条"
		case a.Lost:
			s.Code = "lost"
		case expired(a.Issue.ValidTo, on):
			s.Code = "expired"
		default:
			s.Code = "replaced"
		}
		s.Why = standings[s.Code]
		out = append(out, s)
	}
	return out
}

// firstCard judges the first-generation card that the register remembers; ok is false when it remembers none.
func firstCard(r register.Record, all []Application, on citizen.Date) (s Standing, ok bool) {
	if r.CardIssued.IsZero() && r.CardExpires == "" || slices.ContainsFunc(all, func(a Application) bool { return !a.Issue.ValidFrom.IsZero() && a.Issue.ValidFrom == r.CardIssued }) {
		return s, false
	}
	s = Standing{Generation: "1", ValidFrom: r.CardIssued, ValidTo: r.CardExpires, Source: "居民身份证法（2003）第22条"}
	ended, over := citizen.RuleOn("card.first.invalid", on)
	switch {
	case over:
		s.Code, s.Source = "ended", ended.Citation.Law
	case slices.ContainsFunc(all, func(a Application) bool {
		return a.OldLost == "1" && a.WithdrawnFor != WithdrawFound || a.Old.Generation == "1" && a.Old.Lost
	}):
		s.Code = "lost"
	case slices.ContainsFunc(all, func(a Application) bool { return a.Old.Generation == "1" && a.Stage == StageHandedOver }):
		s.Code = "taken_in"
	case slices.ContainsFunc(all, func(a Application) bool { return a.Stage == StageHandedOver }):
		s.Code = "replaced"
	case expired(r.CardExpires, on):
		s.Code = "expired"
	default:
		s.Code, s.Valid = "valid", true
	}
	s.Why = standings[s.Code]
	return s, true
}

// Sixteen says where a person stands with the duty to hold a card.
type Sixteen struct {
	MustApply bool         `json:"must_apply"`
	Turns16   citizen.Date `json:"turns_16"`
	ApplyBy   citizen.Date `json:"apply_by"`
}

// TurnsSixteen tells when a person turns sixteen, and until when a card is to be applied for (arts. 2, 7).
func TurnsSixteen(birth, on citizen.Date) Sixteen {
	must, by := Duty(birth, on)
	return Sixteen{MustApply: must, Turns16: birth.AddYears(AgeOfDuty(on)), ApplyBy: by}
}

// KindAddressAppended is the kind of a new address written into a card's chip (居民身份证法 (2003) art. 11 para 3): its subject is the appending.
const KindAddressAppended = "card.address_appended"

// AddressAppended is what the county wrote into the chip; an ordinary move needs no new card.
type AddressAppended struct {
	Append      string       `json:"append"`
	Application string       `json:"application"` // by which the card was handed over
	Resident    string       `json:"resident"`
	Tenure      string       `json:"tenure"` // the registration that the address is of
	CardNo      string       `json:"card_no"`
	Address     string       `json:"address"`
	Day         citizen.Date `json:"day"`
}

// AppendAddress writes the registered address into the chip of a valid card, at the county where the holder is registered, and the chip is read back.
func AppendAddress(a Application, by Actor, id string, p Person, last, readBack string, others []Application, today citizen.Date) (event.Event, error) {
	refused := func(code, zh, en, mendZH, mendEN string) (event.Event, error) {
		return event.Event{}, refuse(code, "居民身份证法（2003）第11条", zh, en, mendZH, mendEN)
	}
	switch {
	case a.ID == "":
		return event.Event{}, errNone
	case !slices.ContainsFunc(Valid(append(slices.Clone(others), a), today), func(v Application) bool { return v.ID == a.ID }):
		return refused("card.not_valid", "该证不是本人的有效证件", "the card is not the person's valid one", "先看 card.which_card", "look at card.which_card")
	case !p.Open || p.Unit.Parent() != by.Unit:
		return refused("card.not_registered_here", "本人常住户口不在本县（区）", "the person is not registered in this county", "到常住户口所在地办理", "go to the county of the registration")
	case p.Record.Address == AddressOn(a, last):
		return refused("card.address_same", "证件内住址与登记一致", "the chip has the registered address already", "无需追加", "nothing is to be appended")
	case readBack != p.Record.Address:
		return refused("card.address_read_back", "回读的住址与登记不一致", "what was read back is not the registered address", "重新写入并回读", "write it again and read it back")
	}
	body := AddressAppended{Append: id, Application: a.ID, Resident: a.Resident, Tenure: p.Tenure, CardNo: a.CardNo, Address: p.Record.Address, Day: today}
	return event.Event{Stream: event.To(by.Unit, p.Unit), Kind: KindAddressAppended, V: 1, Subject: id, Body: body}, nil
}

// AddressOn is the address that a card gives: the one appended last, or the printed one.
func AddressOn(a Application, last string) string {
	if last != "" {
		return last
	}
	return a.Face.Address
}
