package campaign

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// window is what a station's people have before them.
type window struct {
	stories
	people    []*resident
	families  map[string]*family
	order     []*family   // in the order of the old database
	turns     []*resident // verified, and not called in yet
	plan      []planned   // households to visit
	nextPlan  int         // the day from which another list is asked for
	due       map[citizen.Date][]*resident
	collect   map[citizen.Date][]*application
	byNumber  map[string]*application // acceptance number
	parcels   []parcel                // have come by the courier and are not counted
	takenFen  int                     // by the cashier today
	closed    int                     // fen of days closed and not remitted
	pending   []arrival               // people who have come with a paper or are announced by the stream
	children  []*childFound           // found unregistered at visits
	serial    int
	numbersTo citizen.Date // children born until then can be numbered
}

func newWindow() *window {
	return &window{families: make(map[string]*family), due: make(map[citizen.Date][]*resident), collect: make(map[citizen.Date][]*application),
		byNumber: make(map[string]*application), stories: stories{lost: make(map[citizen.Date][]*application)}}
}

// inDays is the working day n days from now.
func (c *Campaign) inDays(n int) citizen.Date {
	d := c.date
	for n > 0 {
		if d = d.AddDays(1); workingDay(d) {
			n--
		}
	}
	return d
}

// started tells whether second-generation work is open here.
func (u *unit) started() bool { return u.c.day >= u.c.plan.start[u.code] }

// callIn tells the next households that their turn has come: they are asked to come two working days later.
func (u *unit) callIn(ctx context.Context) error {
	w := u.window
	if !u.started() || !u.here(office.AreaOfficer) {
		return nil
	}
	turn := u.c.inDays(2)
	called := 0
	for called < u.c.plan.perDay && len(w.turns) > 0 {
		r := w.turns[0]
		w.turns = w.turns[1:]
		if r.gone || r.app != nil || !r.turn.IsZero() || r.home != u {
			continue
		}
		notice := object{"tenure": r.tenure, "turn_on": turn, "way": "slip"}
		if r.Birth.AgeOn(turn) < cardAge {
			guardian := w.guardian(r)
			if w.childTurns++; guardian == nil || !nth(w.childTurns, childOf) {
				continue
			}
			notice["guardian"] = guardian.Name
		}
		code, err := u.try(ctx, office.AreaOfficer, "card.call_in", notice, nil, ceased...)
		if err != nil {
			return err
		}
		if r.turn = turn; code != "" {
			continue
		}
		on, err := u.book(ctx, r)
		if err != nil {
			return err
		}
		if on.IsZero() {
			on = turn
		}
		if u.chance.IntN(100) < 8 { // did not come on the day
			on = u.c.inDays(sessionAhead + 1 + u.chance.IntN(6))
		}
		w.due[on] = append(w.due[on], r)
		called++
	}
	return nil
}

// ceased are what the desks say of somebody whose registration here has ended since the visit, as by a decision.
var ceased = []string{"card.not_registered_here", "card.dead", "card.no_person", "card.already_open", "card.has_card"}

// cardAge is from when everybody has a card (居民身份证法 (2003) art. 2).
const cardAge = 16

// accept takes the applications of those who come today: slip, photograph, form, fee.
func (u *unit) accept(ctx context.Context) error {
	w := u.window
	comers := w.due[u.c.date]
	delete(w.due, u.c.date)
	if !u.here(office.Clerk) || !u.here(office.Photographer) { // the window is shut: they come again tomorrow
		tomorrow := u.c.inDays(1)
		w.due[tomorrow] = append(comers, w.due[tomorrow]...)
		return nil
	}
	for _, r := range comers {
		if r.gone || r.home != u {
			continue
		}
		kind := "exchange"
		if !r.hasCard {
			kind = "first"
		}
		if err := u.acceptOne(ctx, r, kind); err != nil {
			return err
		}
	}
	return nil
}

func (u *unit) acceptOne(ctx context.Context, r *resident, kind string) error {
	var opened struct {
		Application  string `json:"application"`
		AcceptanceNo string `json:"acceptance_no"`
		FeeFen       int    `json:"fee_fen"`
	}
	code, err := u.try(ctx, office.Clerk, "card.open", object{"tenure": r.tenure, "kind": kind}, &opened, append(ceased, "card.not_started")...)
	if err != nil || slices.Contains(ceased, code) {
		return err
	}
	if code != "" { // the word that the station may start has not come yet
		tomorrow := u.c.inDays(1)
		u.window.due[tomorrow] = append(u.window.due[tomorrow], r)
		return nil
	}
	a := &application{who: r, home: u, id: opened.Application, number: opened.AcceptanceNo, kind: kind}
	r.app = a
	u.window.byNumber[a.number] = a
	u.c.counts.add(accepted, 1)
	if err := u.capture(ctx, a); err != nil {
		return err
	}
	if err := u.settleFee(ctx, a); err != nil {
		return err
	}
	if r.Birth.AgeOn(u.c.date) < cardAge {
		u.c.counts.add(childCards, 1)
	}
	if err := u.hold(ctx, a); err != nil {
		return err
	}
	if u.window.opened++; kind != "replace_lost" && !nth(u.window.opened, temporaryOf) {
		return nil
	}
	return u.temporary(ctx, a, "急需出行")
}

// capture takes the photograph and the signed form.
func (u *unit) capture(ctx context.Context, a *application) error {
	picture := u.photograph()
	photo, err := u.at.node.Office.Blobs.Put(picture.JPEG)
	if err != nil {
		return err
	}
	if err := u.do(ctx, office.Photographer, "card.photograph", object{"application": a.id, "photo": photo, "measures": picture.measures, "device": "DEMO-1"}, nil); err != nil {
		return err
	}
	form, err := u.scan("居民身份证申领登记表\n受理号 %s\n姓名 %s\n签字（演示） %s\n", a.number, a.who.Name, u.c.date)
	if err != nil {
		return err
	}
	signed := object{"application": a.id, "form": form, "signer": "self"}
	if a.who.Birth.AgeOn(u.c.date) < cardAge {
		guardian := u.window.guardian(a.who)
		if guardian == nil {
			return fmt.Errorf("%s has no guardian any more", a.who.RecordID)
		}
		signed["signer"], signed["guardian_name"], signed["guardian_number"], signed["guardian_relation"] = "guardian", guardian.Name, guardian.number, "监护人"
	}
	return u.do(ctx, office.Clerk, "card.confirm", signed, nil)
}

// settleFee collects the fee, or waives it for a household on the minimum allowance.
func (u *unit) settleFee(ctx context.Context, a *application) error {
	if a.settled {
		return nil
	}
	var fee struct {
		AmountFen int `json:"amount_fen"`
	}
	if a.kind != "replace_lost" && mix(a.who.family.no)%100 < poorPercent {
		err := u.do(ctx, office.Cashier, "fund.waive", object{"application": a.id, "ground": "urban_allowance", "certificate": "DB-" + a.who.family.no, "office": "街道民政科"}, &fee)
		if err != nil {
			return err
		}
		u.c.counts.add(waived, 1)
	} else if err := u.do(ctx, office.Cashier, "fund.collect", object{"application": a.id}, &fee); err != nil {
		return err
	}
	a.settled = true
	u.c.counts.add(feesFen, fee.AmountFen)
	u.window.takenFen += fee.AmountFen
	return nil
}

// poorPercent is how many households of a hundred live on the minimum allowance.
const poorPercent = 4

// listed is an application in a work list.
type listed struct {
	Application  string `json:"application"`
	AcceptanceNo string `json:"acceptance_no"`
	Round        int    `json:"round"`
	CardNo       string `json:"card_no"`
}

// pageSize is the length of a page of card.list.
const pageSize = 1000

// list asks for the applications at a stage, as a work list, in the order of their acceptance numbers.
func (u *unit) list(ctx context.Context, role office.Role, stage, purpose string) ([]listed, error) {
	var all []listed
	after := ""
	for {
		var page []listed
		if err := u.do(ctx, role, "card.list", object{"purpose": purpose, "stage": stage, "after": after, "limit": pageSize}, &page); err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < pageSize {
			break
		}
		after = page[len(page)-1].Application
	}
	slices.SortFunc(all, func(a, b listed) int { return cmpText(a.AcceptanceNo, b.AcceptanceNo) })
	return all, nil
}

// again asks those whose application came back to come once more, and takes them through the window again.
func (u *unit) again(ctx context.Context) error {
	w := u.window
	if !u.here(office.Clerk) || !u.here(office.Photographer) || u.c.day%2 == 0 {
		return nil
	}
	for _, stage := range []string{"returned", "rejected", "defective"} {
		back, err := u.list(ctx, office.Clerk, stage, "退件补办")
		if err != nil {
			return err
		}
		for _, l := range back {
			a := w.byNumber[l.AcceptanceNo]
			if a == nil || a.ended {
				continue
			}
			if stage != "returned" {
				mine, err := u.stationMends(ctx, a)
				if err != nil {
					return err
				}
				if !mine {
					continue
				}
			}
			if u.chance.IntN(100) < 40 { // comes another day
				continue
			}
			if err := u.capture(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// stationMends tells whether a card that the maker rejected is for the station to mend.
func (u *unit) stationMends(ctx context.Context, a *application) (bool, error) {
	var shown struct {
		Class string `json:"class"`
	}
	err := u.do(ctx, office.Clerk, "card.show", object{"application": a.id}, &shown)
	return shown.Class != "production", err
}

// notify tells the applicants whose cards have come; they come within a week or so.
func (u *unit) notify(ctx context.Context) error {
	w := u.window
	if !u.here(office.Clerk) || len(w.byNumber) == 0 {
		return nil
	}
	came, err := u.list(ctx, office.Clerk, "arrived", "通知领证")
	if err != nil {
		return err
	}
	for _, l := range came {
		a := w.byNumber[l.AcceptanceNo]
		if a == nil || a.ended {
			continue
		}
		a.cardNo = l.CardNo
		if code, found := u.c.maker.defective[l.CardNo]; found { // seen when the parcel is unpacked
			if err := u.spoil(ctx, l.Application, string(code), "拆包检验"); err != nil {
				return err
			}
			continue
		}
		if err := u.do(ctx, office.Clerk, "card.notify", object{"application": l.Application, "way": "telephone"}, nil); err != nil {
			return err
		}
		if w.told++; nth(w.told, stayOf) && u.c.Days-u.c.day > reminderDays {
			w.stay = append(w.stay, a)
			continue
		}
		on := u.c.inDays(1 + u.chance.IntN(6))
		w.collect[on] = append(w.collect[on], a)
	}
	return nil
}

// spoil sends a card back to be made again.
func (u *unit) spoil(ctx context.Context, application, code, words string) error {
	err := u.do(ctx, office.Clerk, "card.find_defect", object{"application": application, "code": code, "words": words}, nil)
	if err == nil {
		u.c.counts.add(defects, 1)
		u.window.spoilt++
	}
	return err
}

// handOver gives cards to those who come for them, the old cards in.
func (u *unit) handOver(ctx context.Context) error {
	w := u.window
	comers := w.collect[u.c.date]
	delete(w.collect, u.c.date)
	if !u.here(office.Clerk) {
		tomorrow := u.c.inDays(1)
		w.collect[tomorrow] = append(comers, w.collect[tomorrow]...)
		return nil
	}
	for _, a := range comers {
		if a.ended || a.who.gone {
			continue
		}
		if err := u.handOne(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (u *unit) handOne(ctx context.Context, a *application) error {
	signature, err := u.scan("签名（演示）\n")
	if err != nil {
		return err
	}
	read := u.c.maker.chips[a.id]
	input := object{"application": a.id, "chip_number": read.number, "chip_record": read.record, "receiver": "self", "signature": signature}
	child, kept := a.who.Birth.AgeOn(u.c.date) < cardAge, u.window.oldKept
	switch luck := u.chance.IntN(100); {
	case a.kind != "exchange":
	case luck < 2:
		input["old_lost"] = "1"
	default:
		printed, _ := a.who.Says(synth.Card, personfile.CitizenNumber) // it may differ from the register, and be of 15 digits
		input["old"] = object{"generation": "1", "number": cmp.Or(printed, read.number)}
		u.window.oldKept++
	}
	if a.temporaryOut {
		input["temporary"] = "returned"
		u.window.oldKept++
	}
	if child {
		guardian := u.window.guardian(a.who)
		if guardian == nil {
			return nil
		}
		input["receiver"], input["proxy_name"], input["proxy_number"], input["proxy_relation"] = "guardian", guardian.Name, guardian.number, "监护人"
	} else if proxy := u.window.relative(a.who); proxy != nil && u.chance.IntN(100) < 6 {
		authority, err := u.scan("委托书（演示）\n%s 委托 %s 代领居民身份证\n", a.who.Name, proxy.Name)
		if err != nil {
			return err
		}
		input["receiver"], input["proxy_name"], input["proxy_number"] = "proxy", proxy.Name, proxy.number
		input["proxy_relation"], input["authority"] = "家属", authority
	}
	code, err := u.try(ctx, office.Clerk, "card.hand_over", input, nil, "card.number_changed")
	if err != nil {
		return err
	}
	if code != "" {
		u.window.oldKept = kept
		return u.spoil(ctx, a.id, "data", "号码已更正")
	}
	a.ended, a.handed = true, true
	u.c.counts.add(handedOver, 1)
	w := u.window
	w.handed++
	switch on := u.c.inDays(4); {
	case nth(w.handed, lossOf):
		w.lost[on] = append(w.lost[on], a)
	case nth(w.handed+lossOf/3, moveOf):
		w.moving = append(w.moving, a)
	}
	return nil
}

// reminderDays is from when on, before the end, nobody stays away: no reminder would come any more.
const reminderDays = 30

// guardian is a parent of a child, or else a grown-up relative of the household.
func (w *window) guardian(child *resident) *resident { return w.relative(child) }

// relative is another grown-up of the household.
func (w *window) relative(r *resident) *resident {
	for _, p := range r.family.members {
		if p != r && !p.gone && p.Birth.AgeOn(r.home.c.date) >= 18 && p.number != r.number && properNumber(p.number, r.home.c.date) &&
			citizen.Number(p.number).Birth().AgeOn(r.home.c.date) >= 18 {
			return p
		}
	}
	return nil
}

// properNumber tells whether a number is one that the reader of an identity card takes.
func properNumber(number string, on citizen.Date) bool {
	return citizen.CheckNumber(number, citizen.NumberContext{On: on}).Valid
}

// scan stands for a scanned paper: its text, as a blob.
func (u *unit) scan(text string, values ...any) (digest string, err error) {
	return u.at.node.Office.Blobs.Put(fmt.Appendf(nil, text, values...))
}
