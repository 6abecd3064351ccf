package campaign

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
)

// What a card meets besides the straight road, once in so many. They are counted and not drawn, so that a short play has all of them.
const (
	temporaryOf = 12 // acceptances: needs a card at once
	lossOf      = 18 // cards handed over: is lost some days later
	moveOf      = 15 // cards handed over: the household moves within the station
	stayOf      = 25 // cards come: nobody collects before a reminder
	childOf     = 30 // turns of children: the guardian applies
)

// Things that the stories count.
const (
	kept         what = "appointments kept"
	missed       what = "appointments missed"
	temporaries  what = "temporary cards"
	replaced     what = "lost and replaced"
	held         what = "held for a rare character"
	defects      what = "defects"
	reminded     what = "reminders"
	sentUp       what = "uncollected cards sent up"
	oldDestroyed what = "old cards destroyed"
	appended     what = "addresses appended"
	explained    what = "explained"
	retaken      what = "photographs taken again"
	childCards   what = "children's cards"
)

// stories is what a station's people remember of single cards.
type stories struct {
	session    session
	opened     int // applications, for the counted chances
	handed     int
	told       int
	childTurns int
	lost       map[citizen.Date][]*application
	moving     []*application
	temps      []*application // asked for and not handed out
	held       []heldOne
	stay       []*application // nobody has come for the card
	oldKept    int            // old and temporary cards to be destroyed
	spoilt     int
}

type heldOne struct {
	app   *application
	until citizen.Date
}

// session is a day at a school or works, with places to book.
type session struct {
	id     string
	day    citizen.Date
	places int
	comers []*resident
}

// nth tells whether this is the one of n, the first soon.
func nth(count, n int) bool { return count%n == 2 }

// Sessions: every so many working days one, some days ahead, with two slots.
const (
	sessionEvery  = 10
	sessionAhead  = 4
	sessionPlaces = 3
)

// openSession offers a day at the school of the place.
func (u *unit) openSession(ctx context.Context) error {
	s := &u.window.session
	if !u.started() || !u.here(office.AreaOfficer) || s.id != "" || (u.c.day-u.c.plan.start[u.code])%sessionEvery != 0 {
		return nil
	}
	var opened struct {
		Session string `json:"session"`
	}
	day := u.c.inDays(sessionAhead)
	err := u.do(ctx, office.AreaOfficer, "card.open_session", object{"day": day, "place": "school", "name": "辖区中学",
		"slots": []object{{"slot": "0900", "capacity": sessionPlaces}, {"slot": "1400", "capacity": sessionPlaces}}}, &opened)
	*s = session{id: opened.Session, day: day}
	return err
}

// book gives somebody who is called in a place of the session, where one is free; it tells the day.
func (u *unit) book(ctx context.Context, r *resident) (citizen.Date, error) {
	s := &u.window.session
	if s.id == "" || !s.day.After(u.c.date) || s.places >= 2*sessionPlaces || r.Birth.AgeOn(u.c.date) > 60 {
		return citizen.Date{}, nil
	}
	slot := []string{"0900", "1400"}[s.places/sessionPlaces]
	if err := u.do(ctx, office.AreaOfficer, "card.book", object{"tenure": r.tenure, "session": s.id, "slot": slot}, nil); err != nil {
		return citizen.Date{}, err
	}
	s.places++
	s.comers = append(s.comers, r)
	return s.day, nil
}

// closeSession records who has not come.
func (u *unit) closeSession(ctx context.Context) error {
	s := &u.window.session
	if s.id == "" || s.day.After(u.c.date) {
		return nil
	}
	var closed struct {
		Missed []string `json:"missed"`
	}
	if err := u.do(ctx, office.AreaOfficer, "card.close_sessions", object{"day": s.day}, &closed); err != nil {
		return err
	}
	u.c.counts.add(missed, len(closed.Missed))
	u.c.counts.add(kept, s.places-len(closed.Missed))
	*s = session{}
	return nil
}

// lose lets holders report their cards lost and apply for others at once, with a temporary card for the time between (居民身份证法 (2003) arts. 11, 12).
func (u *unit) lose(ctx context.Context) error {
	w := u.window
	losers := w.lost[u.c.date]
	delete(w.lost, u.c.date)
	if !u.here(office.Clerk) || !u.here(office.Photographer) {
		tomorrow := u.c.inDays(1)
		w.lost[tomorrow] = append(losers, w.lost[tomorrow]...)
		return nil
	}
	for _, a := range losers {
		if a.who.gone {
			continue
		}
		if err := u.do(ctx, office.Clerk, "card.report_lost", object{"application": a.id, "words": "乘车时遗失"}, nil); err != nil {
			return err
		}
		if err := u.acceptOne(ctx, a.who, "replace_lost"); err != nil {
			return err
		}
		u.c.counts.add(replaced, 1)
	}
	return nil
}

// temporary asks for a temporary card, and collects its fee.
func (u *unit) temporary(ctx context.Context, a *application, reason string) error {
	var asked struct {
		Temporary string `json:"temporary"`
	}
	if err := u.do(ctx, office.Clerk, "card.apply_temporary", object{"application": a.id, "reason": reason}, &asked); err != nil {
		return err
	}
	a.temporary = asked.Temporary
	var fee struct {
		AmountFen int `json:"amount_fen"`
	}
	if err := u.do(ctx, office.Cashier, "fund.collect", object{"application": a.id, "what": "temporary", "reference": a.temporary}, &fee); err != nil {
		return err
	}
	u.c.counts.add(feesFen, fee.AmountFen)
	u.window.takenFen += fee.AmountFen
	u.window.temps = append(u.window.temps, a)
	u.c.courier.request(u, a.temporary)
	return nil
}

// makeTemporaries makes the temporary cards that stations have asked for, as soon as the request has come by the exchange.
func (u *unit) makeTemporaries(ctx context.Context) error {
	if !u.here(office.Issuer) {
		return nil
	}
	var left []string
	for _, id := range u.hall.temporaries {
		code, err := u.try(ctx, office.Issuer, "card.make_temporary", object{"temporary": id, "sheet": fmt.Sprintf("%05d", u.hall.sheets+1)}, nil, "card.no_temporary")
		if err != nil {
			return err
		}
		if code != "" {
			left = append(left, id)
			continue
		}
		u.hall.sheets++
	}
	u.hall.temporaries = left
	return nil
}

// handOutTemporaries hands out what the county has made.
func (u *unit) handOutTemporaries(ctx context.Context) error {
	if !u.here(office.Clerk) {
		return nil
	}
	w := u.window
	var left []*application
	for _, a := range w.temps {
		if a.ended || a.who.gone {
			continue
		}
		signature, err := u.scan("签名（演示）\n")
		if err != nil {
			return err
		}
		code, err := u.try(ctx, office.Clerk, "card.hand_out_temporary", object{"temporary": a.temporary, "signature": signature}, nil, "card.temporary_state", "card.temporary_late")
		if err != nil {
			return err
		}
		switch code {
		case "":
			a.temporaryOut = true
			u.c.counts.add(temporaries, 1)
		case "card.temporary_state":
			left = append(left, a)
		}
	}
	w.temps = left
	return nil
}

// rare is the characters of a name that the maker cannot set yet.
func rare(name string) string {
	var all []rune
	for _, r := range name {
		if citizen.RareCharacter(r) || r > 0xFFFF {
			all = append(all, r)
		}
	}
	return string(all)
}

// heldDays is how long the maker takes to add a character.
const heldDays = 5

// hold puts an application aside for a rare character.
func (u *unit) hold(ctx context.Context, a *application) error {
	characters := rare(a.who.Name)
	if characters == "" {
		return nil
	}
	until := u.c.inDays(heldDays)
	if err := u.do(ctx, office.Clerk, "card.hold", object{"application": a.id, "reason": "rare_character", "characters": characters, "promised_on": until}, nil); err != nil {
		return err
	}
	u.window.held = append(u.window.held, heldOne{a, until})
	u.c.counts.add(held, 1)
	return nil
}

// release releases what was held when the character is there.
func (u *unit) release(ctx context.Context) error {
	if !u.here(office.Clerk) {
		return nil
	}
	var left []heldOne
	for _, h := range u.window.held {
		if h.until.After(u.c.date) {
			left = append(left, h)
			continue
		}
		if h.app.ended || h.app.who.gone {
			continue
		}
		if err := u.do(ctx, office.Clerk, "card.release", object{"application": h.app.id, "words": "字库已补字"}, nil); err != nil {
			return err
		}
	}
	u.window.held = left
	return nil
}

// uncollected is a line of the list of cards that nobody has come for.
type uncollected struct {
	Application string       `json:"application"`
	Stage       string       `json:"stage"`
	RemindFrom  citizen.Date `json:"remind_from"`
	GoesUp      bool         `json:"goes_up"`
}

// remind reminds on Mondays those who have not come for their cards; every other one comes then, and what nobody collects goes up.
func (u *unit) remind(ctx context.Context) error {
	w := u.window
	if !u.here(office.Clerk) || len(w.stay) == 0 || u.weekday() != time.Monday {
		return nil
	}
	var rows []uncollected
	if err := u.do(ctx, office.Clerk, "card.unclaimed", object{"purpose": "催领", "limit": pageSize}, &rows); err != nil {
		return err
	}
	var left []*application
	var up []string
	for _, a := range w.stay {
		i := slices.IndexFunc(rows, func(r uncollected) bool { return r.Application == a.id })
		switch {
		case i < 0 || rows[i].Stage != "notified" || a.ended || a.who.gone:
			continue
		case rows[i].GoesUp:
			up = append(up, a.id)
			continue
		case rows[i].RemindFrom.After(u.c.date):
			left = append(left, a)
			continue
		}
		if err := u.do(ctx, office.Clerk, "card.remind", object{"application": a.id, "way": "telephone"}, nil); err != nil {
			return err
		}
		u.c.counts.add(reminded, 1)
		if u.chance.IntN(2) == 0 {
			on := u.c.inDays(2)
			w.collect[on] = append(w.collect[on], a)
			continue
		}
		left = append(left, a)
	}
	w.stay = left
	return u.sendUp(ctx, up)
}

// sendUp sends cards that nobody collects to the county.
func (u *unit) sendUp(ctx context.Context, applications []string) error {
	if len(applications) == 0 {
		return nil
	}
	var sent struct {
		Consignment string `json:"consignment"`
		Cards       []struct {
			CardNo string `json:"card_no"`
		} `json:"cards"`
	}
	if err := u.do(ctx, office.Clerk, "card.send_up", object{"applications": applications}, &sent); err != nil {
		return err
	}
	p := parcel{consignment: sent.Consignment, on: u.c.inDays(1)}
	for _, card := range sent.Cards {
		p.cards = append(p.cards, card.CardNo)
	}
	u.c.courier.send(u.parent, p)
	u.c.counts.add(sentUp, len(p.cards))
	return nil
}

// destroyEvery is how many working days lie between two destructions.
const destroyEvery = 20

// destroyKept destroys under two names what was taken in or is spoilt.
func (u *unit) destroyKept(ctx context.Context) error {
	w := u.window
	if !u.here(office.Clerk) || u.c.day%destroyEvery != 0 && u.c.day != u.c.Days {
		return nil
	}
	second := login(office.Leader, u.code)
	for _, waste := range []struct {
		action string
		input  object
		due    bool
	}{
		{"card.destroy_old", object{"second": second}, w.oldKept > 0},
		{"card.destroy_old", object{"waste": "temporary", "second": second}, w.oldKept > 0},
		{"card.destroy_spoilt", object{"second": second}, w.spoilt > 0},
	} {
		if !waste.due {
			continue
		}
		var done struct {
			Cards []any `json:"cards"`
		}
		if _, err := u.try(ctx, office.Clerk, waste.action, waste.input, &done, "card.nothing_kept"); err != nil {
			return err
		}
		u.c.counts.add(oldDestroyed, len(done.Cards))
	}
	w.oldKept, w.spoilt = 0, 0
	return nil
}

// moveWithin lets households of holders move within the station, so that the chip's address is due to be appended.
func (u *unit) moveWithin(ctx context.Context) error {
	if !u.here(office.Clerk) {
		return nil
	}
	for _, a := range u.window.moving {
		if a.who.gone {
			continue
		}
		to := a.who.Address
		if i := strings.LastIndexFunc(to, func(r rune) bool { return r >= '0' && r <= '9' }); i > 0 {
			to = to[:i+1]
		}
		no := a.who.family.no
		code, err := u.try(ctx, office.Clerk, "register.change_address", object{"household_no": no, "on": u.c.date, "address": to + "-1"}, nil, "register.nothing_changed", "register.no_household", "register.date_before")
		if err != nil {
			return err
		}
		if code == "" {
			u.c.courier.moved(u, a.id)
		}
	}
	u.window.moving = nil
	return nil
}

// appendAddresses writes the new addresses into the chips of those whose station says that they are due (居民身份证法 (2003) art. 11).
func (u *unit) appendAddresses(ctx context.Context) error {
	if !u.here(office.Issuer) || u.parent == nil {
		return nil
	}
	for _, below := range u.c.units {
		if below.parent != u || len(u.hall.moved[below.code]) == 0 || u.c.day%destroyEvery != 0 && u.c.day != u.c.Days-1 {
			continue
		}
		var due []struct {
			Application string `json:"application"`
			Registered  string `json:"registered"`
		}
		if err := u.do(ctx, office.Issuer, "card.address_due", object{"unit": below.code, "purpose": "追加住址"}, &due); err != nil {
			return err
		}
		for _, d := range due {
			if !slices.Contains(u.hall.moved[below.code], d.Application) {
				continue
			}
			if err := u.do(ctx, office.Issuer, "card.append_address", object{"application": d.Application, "read_back": d.Registered}, nil); err != nil {
				return err
			}
			u.c.counts.add(appended, 1)
		}
		delete(u.hall.moved, below.code)
	}
	return nil
}

// lateRow is a line of the list of what is late.
type lateRow struct {
	Application  string `json:"application"`
	AcceptanceNo string `json:"acceptance_no"`
	Reason       any    `json:"reason"`
}

// explainMost is how many late applications a unit explains in a week.
const explainMost = 3

// explain gives reasons on Tuesdays for what is late on the unit's own desks.
func (u *unit) explain(ctx context.Context) error {
	role, reason, words := office.Clerk, "staff", "人员请假，已安排补办"
	if u.hall != nil {
		role, reason, words = office.Reviewer, "line", "线路中断，数据迟到"
	}
	if u.parent == nil {
		reason, words = "maker", "制证设备检修"
	}
	if u.weekday() != time.Tuesday || u.c.day < u.c.pilotEnd() || !u.here(role) {
		return nil
	}
	var late struct {
		Rows []lateRow `json:"rows"`
	}
	if err := u.do(ctx, role, "card.late", object{"purpose": "督办", "within": 1, "unit": u.code, "limit": pageSize}, &late); err != nil {
		return err
	}
	rows := late.Rows
	slices.SortFunc(rows, func(a, b lateRow) int { return cmpText(a.AcceptanceNo, b.AcceptanceNo) })
	n := 0
	for _, r := range rows {
		if r.Reason != nil || n == explainMost {
			continue
		}
		if _, err := u.try(ctx, role, "card.explain_late", object{"application": r.Application, "reason": reason, "words": words}, nil, "card.in_time", "card.other_unit"); err != nil {
			return err
		}
		n++
	}
	u.c.counts.add(explained, n)
	return nil
}
