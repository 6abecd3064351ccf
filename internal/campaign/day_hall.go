package campaign

import (
	"context"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
)

// hall is what a county's or the city's people have before them.
type hall struct {
	parcels     []parcel
	toSend      bool // something was counted and not sent on
	remittances []remittance
	asked       []asked
	ordered     map[event.Unit]bool // units with an order that is open
	budget      budget
	temporaries []string            // cards that stations have asked for
	ripe        map[event.Unit]bool // stations that are ready but for the start
	opened      map[event.Unit]bool
	sheets      int                     // base sheets used
	moved       map[event.Unit][]string // applications whose holders have moved
}

// parcel is cards on their way by courier.
type parcel struct {
	consignment string
	cards       []string // that are really in it
	on          citizen.Date
}

func cmpText(a, b string) int { return strings.Compare(a, b) }

// review looks at every form that has come up, and returns some.
func (u *unit) review(ctx context.Context) error {
	if !u.here(office.Reviewer) {
		return nil
	}
	waiting, err := u.list(ctx, office.Reviewer, "confirmed", "审核")
	if err != nil {
		return err
	}
	for _, l := range waiting {
		if l.Round == 1 && u.chance.IntN(1000) < returnPerMille {
			reason := []string{"photo", "form", "data"}[u.chance.IntN(3)]
			if err := u.giveBack(ctx, l.Application, reason, "重新采集"); err != nil {
				return err
			}
			continue
		}
		if err := u.judge(ctx, office.Reviewer, "card.review", l.Application); err != nil {
			return err
		}
	}
	return nil
}

// returnPerMille is how many forms of a thousand the reviewers return.
const returnPerMille = 25

// waits are why an application stays on a desk: its person has died, or is registered twice and the case is not decided, or a
// correction is, or the text does not fit the card.
var waits = [...]string{"card.dead", "card.photograph_missing", "card.correction_pending", "card.on_hold", "card.admitted_elsewhere", "card.lint."}

// judge decides on an application, lets it lie where somebody else has to act first, and returns it where the register was corrected meanwhile.
func (u *unit) judge(ctx context.Context, role office.Role, action, application string) error {
	const changed = "card.register_changed"
	code, err := u.try(ctx, role, action, object{"application": application}, nil, append(waits[:len(waits):len(waits)], changed)...)
	if err != nil || code != changed {
		return err
	}
	return u.giveBack(ctx, application, "data", "登记项目已更正，按更正后的登记重新签字确认")
}

// giveBack returns an application to its station.
func (u *unit) giveBack(ctx context.Context, application, reason, words string) error {
	err := u.do(ctx, office.Reviewer, "card.return", object{"application": application, "reason": reason, "words": words}, nil)
	if err == nil {
		u.c.counts.add(returned, 1)
	}
	return err
}

// sign signs what has been reviewed.
func (u *unit) sign(ctx context.Context) error {
	if !u.here(office.Issuer) {
		return nil
	}
	waiting, err := u.list(ctx, office.Issuer, "reviewed", "签发")
	if err != nil {
		return err
	}
	for _, l := range waiting {
		if err := u.judge(ctx, office.Issuer, "card.sign", l.Application); err != nil {
			return err
		}
	}
	return nil
}

// check compares across the city.
func (u *unit) check(ctx context.Context) error {
	if !u.here(office.Reviewer) {
		return nil
	}
	waiting, err := u.list(ctx, office.Reviewer, "signed", "市级核查")
	if err != nil {
		return err
	}
	for _, l := range waiting {
		if err := u.judge(ctx, office.Reviewer, "card.check", l.Application); err != nil {
			return err
		}
	}
	return nil
}

// box is where a unit's parcels lie.
func (u *unit) box() *[]parcel {
	if u.window != nil {
		return &u.window.parcels
	}
	return &u.hall.parcels
}

// countParcels counts what the courier has brought. Where the list has not come yet, the box stays shut.
func (u *unit) countParcels(ctx context.Context) error {
	role := office.Reviewer
	if u.window != nil {
		role = office.Clerk
	}
	if !u.here(role) {
		return nil
	}
	box := u.box()
	var left []parcel
	for _, p := range *box {
		if p.on.After(u.c.date) {
			left = append(left, p)
			continue
		}
		var counted struct {
			Held    []string `json:"held"`
			Missing []string `json:"missing"`
		}
		code, err := u.try(ctx, role, "card.count", object{"consignment": p.consignment, "cards": p.cards}, &counted, "card.no_consignment")
		if err != nil {
			return err
		}
		if code != "" {
			left = append(left, p)
			continue
		}
		if u.hall != nil {
			u.hall.toSend = true
		}
		if err := u.destroy(ctx, counted.Held); err != nil {
			return err
		}
	}
	*box = left
	return nil
}

// destroy destroys the cards of the dead, two persons present.
func (u *unit) destroy(ctx context.Context, cards []string) error {
	if len(cards) == 0 {
		return nil
	}
	held, err := u.list(ctx, office.Clerk, "withdrawn", "销毁证件")
	if err != nil {
		return err
	}
	for _, l := range held {
		for _, no := range cards {
			if l.CardNo != no {
				continue
			}
			if err := u.do(ctx, office.Clerk, "card.withdraw", object{"application": l.Application, "reason": "died", "destroy": true, "second": login(office.Leader, u.code)}, nil); err != nil {
				return err
			}
			u.c.counts.add(destroyed, 1)
		}
	}
	return nil
}

// sendOn sends the cards in keeping to the units below, the courier taking them.
func (u *unit) sendOn(ctx context.Context) error {
	if !u.here(office.Issuer) || !u.hall.toSend {
		return nil
	}
	u.hall.toSend = false
	for _, below := range u.c.units {
		if below.parent != u {
			continue
		}
		var sent struct {
			Consignment string `json:"consignment"`
			Cards       []struct {
				CardNo string `json:"card_no"`
			} `json:"cards"`
		}
		code, err := u.try(ctx, office.Issuer, "card.consign", object{"to": below.code}, &sent, "card.consign_none")
		if err != nil {
			return err
		}
		if code != "" {
			continue
		}
		p := parcel{consignment: sent.Consignment, on: u.c.inDays(1)}
		for _, card := range sent.Cards {
			p.cards = append(p.cards, card.CardNo)
		}
		u.c.courier.send(below, p)
	}
	return nil
}

// order writes an order of everything checked and gives it to the maker.
func (u *unit) order(ctx context.Context) error {
	if !u.here(office.Issuer) || u.c.day%orderEvery != 0 {
		return nil
	}
	var written struct {
		Order  string `json:"order"`
		Digest string `json:"digest"`
		Count  int    `json:"count"`
	}
	code, err := u.try(ctx, office.Issuer, "card.order", object{}, &written, "card.nothing_to_order")
	if err != nil || code != "" {
		return err
	}
	return u.c.maker.deliver(u.at.node, written.Digest, u.c.day)
}

// orderEvery is how many working days lie between two orders.
const orderEvery = 2

// takeFeedback takes in what the maker says, and expects its packages.
func (u *unit) takeFeedback(ctx context.Context) error {
	if !u.here(office.Communications) {
		return nil
	}
	for _, f := range u.c.maker.collect(u.c.day) {
		digest, err := u.at.node.Office.Blobs.Put(f.feedback)
		if err != nil {
			return err
		}
		var taken struct {
			Made     int `json:"made"`
			Rejected int `json:"rejected"`
			Packages []struct {
				Package string `json:"package"`
			} `json:"packages"`
		}
		if err := u.do(ctx, office.Communications, "card.feedback", object{"digest": digest}, &taken); err != nil {
			return err
		}
		u.c.counts.add(made, taken.Made)
		u.c.counts.add(rejected, taken.Rejected)
		for _, p := range taken.Packages {
			u.hall.parcels = append(u.hall.parcels, parcel{consignment: p.Package, cards: f.packages[p.Package], on: u.c.date})
		}
	}
	return nil
}

var (
	playing    = citizen.Text{ZH: "办理", EN: "at work"}
	exchanging = citizen.Text{ZH: "交换数据", EN: "exchanging"}
)
