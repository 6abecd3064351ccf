package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// JudgeFacts is what a superior knows besides the application.
type JudgeFacts struct {
	Dead       bool
	Ended      bool          // the registration was cancelled, and no other of the person is open
	FeeSettled bool          // collected or waived, or none is due
	Others     []Application // of the same resident or number, in the superior's area
	Today      citizen.Date
	Now        *Face // what the register says today; nil: it is not known here
	Pending    bool  // a correction of the person's items has been proposed and not decided, or decided and not carried out
}

// admitted is how far an application must have come to be the one that a county or a city has admitted.
var admittedByCounty = []Stage{StageReviewed, StageSigned, StageChecked, StageOrdered, StageMade, StageDispatched, StageArrived, StageNotified, StageUnclaimed}
var admittedByCity = admittedByCounty[2:]

// ReviewIt is the county's review (审核): the fee is settled, no other station's application of the person has been admitted, and the reviewer
// entered nothing of it.
func ReviewIt(a Application, by Actor, facts JudgeFacts) ([]event.Event, error) {
	err := firstError(a.in(StageConfirmed), a.of(a.Home.Parent(), by), alive(facts.Dead), stands(facts.Ended), separate(by, a.entered...),
		feeSettled(facts), Unchanged(a, facts.Now), admits(facts, admittedByCounty), noSecondCard(a, facts))
	if err != nil {
		return nil, err
	}
	return []event.Event{a.answer(by.Unit, KindReviewed, a.judged, a.body())}, nil
}

func feeSettled(facts JudgeFacts) error {
	if facts.FeeSettled {
		return nil
	}
	return refuse("card.fee_unsettled", lawFee, "工本费未收取，也未减免", "the fee is neither collected nor waived",
		"由派出所先收费或办理减免", "the station collects or waives it first")
}

func admits(facts JudgeFacts, admitted []Stage) error {
	for _, other := range facts.Others {
		again := (other.Stage == StageRejected || other.Stage == StageDefective) && !other.Class.ToStation() // the city orders it again
		if slices.Contains(admitted, other.Stage) || again {
			return refuse("card.admitted_elsewhere", lawForm, "本人另有已审核的申领，受理号 "+other.AcceptanceNo,
				"another application of the person has been admitted, acceptance number "+other.AcceptanceNo,
				"退回此件（重复申领）", "return this one as a duplicate")
		}
	}
	return nil
}

func noSecondCard(a Application, facts JudgeFacts) error {
	if a.Kind != First || len(Valid(facts.Others, facts.Today)) == 0 {
		return nil
	}
	return refuse("card.has_card", lawExchange, "本人持有有效的居民身份证", "the person holds a valid card",
		"退回此件，按换领或补领受理", "return this one; it is an exchange or a replacement")
}

// ReturnIt sends an application back to its station with a reason; it names the entry that it judges. The county returns before it has
// signed, the city before it has ordered.
func ReturnIt(a Application, by Actor, why Return) ([]event.Event, error) {
	stages := []Stage{StageConfirmed, StageReviewed}
	unit := a.Home.Parent()
	if by.Unit.Level() == event.City {
		stages, unit = []Stage{StageSigned, StageChecked}, a.city()
	}
	if err := firstError(a.in(stages...), a.of(unit, by)); err != nil {
		return nil, err
	}
	if _, ok := ReturnReasons[why.Reason]; !ok || why.Words == "" {
		return nil, refuse("card.return_reason", "", "退回须有原因代码和说明", "a return needs a reason's code and words",
			"填写原因代码和须改正之处", "give the code and what is to be mended")
	}
	body := a.body()
	body.Return = &why
	return []event.Event{a.answer(by.Unit, KindReturned, a.judged, body)}, nil
}

// SignIt is the county's signing (签发, 居民身份证法 (2003) art. 8): validity and authority are fixed, a throw-away copy is
// checked, and the signer is neither the acceptor nor the reviewer. A wrong number or a text that does not fit holds it here.
func SignIt(a Application, by Actor, authority string, facts JudgeFacts) ([]event.Event, *Issue, error) {
	err := firstError(a.in(StageReviewed), a.of(a.Home.Parent(), by), alive(facts.Dead), stands(facts.Ended), separate(by, append(a.entered, a.reviewer)...), settledItems(facts),
		Unchanged(a, facts.Now), notHeld(a))
	if err != nil {
		return nil, nil, err
	}
	issue := DraftOf(a.Face, authority, facts.Today)
	if err := held(Lint(Draft{Face: a.Face, Issue: *issue})); err != nil {
		return nil, nil, err
	}
	body := a.body()
	body.Issue = issue
	return []event.Event{a.answer(by.Unit, KindSigned, a.judged, body)}, issue, nil
}

// DraftOf is what signing on a day would fix.
func DraftOf(f Face, authority string, today citizen.Date) *Issue {
	from, to, long := citizen.CardValidity(f.BirthDate, today)
	return &Issue{ValidFrom: from, ValidTo: validTo(to, long), Authority: authority}
}

// Unchanged refuses to go on with a form that the register has left behind: what was corrected since it was signed never comes onto a card (居民身份证法 (2003)
// arts. 11, 19). An address is no such item, for a move needs no new card, nor is a name for which the clerk gave the card another text.
func Unchanged(a Application, now *Face) error {
	if now == nil {
		return nil
	}
	for _, item := range []struct{ on, now, zh, en string }{
		{a.Face.Number, now.Number, "公民身份号码", "the citizen number"}, {a.Face.Sex, now.Sex, "性别", "the sex"},
		{a.Face.EthnicGroup, now.EthnicGroup, "民族", "the ethnic group"}, {a.Face.BirthDate.String(), now.BirthDate.String(), "出生日期", "the birth date"},
		{a.Face.Name, now.Name, "姓名", "the name"},
	} {
		if item.on != item.now && !(item.zh == "姓名" && a.ownText) {
			return refuse("card.register_changed", lawExchange, item.zh+"在签字确认后已更正", item.en+" has been corrected in the register since the form was signed",
				"退回派出所，按更正后的登记重新签字确认", "return it; the station has the form signed again as registered now")
		}
	}
	return nil
}

// settledItems holds the signing, and only it, while a correction of the person's items is pending (plan P8: one person verified, right, entered).
func settledItems(facts JudgeFacts) error {
	if !facts.Pending {
		return nil
	}
	return refuse("card.correction_pending", "长府办发〔2005〕49号 三（二）", "本人登记项目有待处理的更正", "a correction of the person's items is pending",
		"更正办结后再签发；受理、照相、临时身份证不受影响", "sign when it is settled; acceptance, photograph and temporary card go on")
}

func held(found []Finding) error {
	if len(found) == 0 {
		return nil
	}
	for _, f := range found {
		if f.Code == CodeNumber {
			return refuse("card.number_held", f.Source, f.Text.ZH, f.Text.EN, "先更正户口登记，再退回重新确认",
				"correct the register first, then return the application to be confirmed again")
		}
	}
	f := found[0]
	return refuse(f.Code, f.Source, f.Text.ZH, f.Text.EN, "退回派出所：改正，或由经办人与本人确定证件用文字并登记理由",
		"return it: the station corrects it, or settles a text for the card with the holder and records why")
}

// CheckIt is the city's check (核查): one card a person across the city, and nobody who has died. It tells the station
// which valid card, perhaps of another station, the new one replaces.
func CheckIt(a Application, by Actor, facts JudgeFacts) ([]event.Event, error) {
	err := firstError(a.in(StageSigned), a.of(a.city(), by), alive(facts.Dead), stands(facts.Ended), separate(by, append(a.entered, a.reviewer)...),
		Unchanged(a, facts.Now), admits(facts, admittedByCity), noSecondCard(a, facts))
	if err != nil {
		return nil, err
	}
	body := a.body()
	if valid := Valid(append(slices.Clone(facts.Others), a), facts.Today); len(valid) > 0 {
		body.Replaces = valid[0].ID
	} else if lost, ok := lastLost(facts.Others, facts.Today); ok {
		body.Replaces, body.ReplacesLost = lost.ID, true
	}
	return []event.Event{a.answer(by.Unit, KindChecked, a.judged, body)}, nil
}

// lastLost gives the person's newest card that would count, had it not been declared lost: the new one ends it for good, wherever it turns up.
func lastLost(others []Application, today citizen.Date) (last Application, ok bool) {
	for _, o := range others {
		if o.Stage == StageHandedOver && !expired(o.Issue.ValidTo, today) && (!ok || o.HandedAt > last.HandedAt) {
			last, ok = o, true
		}
	}
	return last, ok
}

// OrderCommand puts an application into an order file.
type OrderCommand struct {
	By     Actor
	Order  string
	Digest string
	Again  string // why a card that was ordered before is ordered again; empty: it is not
}

// OrderIt orders the card: the first time when it is checked, again when the maker spoilt it, and again with a stated reason when it was
// lost at the maker, on the way, or where it was kept as unclaimed.
func OrderIt(a Application, cmd OrderCommand, dead bool) (event.Event, error) {
	if err := firstError(Orderable(a, cmd.Again, dead), a.of(a.city(), cmd.By)); err != nil {
		return event.Event{}, err
	}
	cause := a.judged
	switch a.Stage { // a further order answers what the maker did last: the first order, or the dispatch
	case StageMade:
		cause = a.ordered
	case StageUnclaimed:
		cause = a.sent
	}
	body := a.body()
	body.Attempt = a.Attempt + 1
	body.Order = &Ordered{Order: cmd.Order, Digest: cmd.Digest, Again: cmd.Again}
	return a.answer(cmd.By.Unit, KindOrdered, cause, body), nil
}

// Orderable tells whether an application may go into an order file now.
func Orderable(a Application, again string, dead bool) error {
	stages := []Stage{StageChecked}
	if (a.Stage == StageRejected || a.Stage == StageDefective) && !a.Class.ToStation() {
		stages = append(stages, a.Stage)
	}
	if again != "" {
		stages = append(stages, StageOrdered, StageMade, StageDispatched, StageUnclaimed)
	}
	return firstError(a.in(stages...), alive(dead))
}

// Outcome is what a line of a feedback file says of a card.
type Outcome struct {
	Attempt int         `json:"attempt"`
	CardNo  string      `json:"card_no,omitempty"`
	Package string      `json:"package,omitempty"`
	Class   RejectClass `json:"class,omitempty"`
	Fault   string      `json:"fault,omitempty"`
	Words   string      `json:"words,omitempty"`
}

// Feedback records what the maker says of a card: made and dispatched, made alone, or rejected. Digest names the feedback file.
func Feedback(a Application, by Actor, digest string, o Outcome) ([]event.Event, error) {
	if err := a.of(a.city(), by); err != nil {
		return nil, err
	}
	if a.base != StageOrdered && a.base != StageMade {
		return nil, a.in(StageOrdered, StageMade)
	}
	if o.Attempt != a.Attempt {
		return nil, refuse("card.other_attempt", "", "反馈针对的不是最近一次制证", "the feedback is about another attempt at making",
			"按多余证件核对", "treat the card as a surplus one")
	}
	cause := a.ordered
	body := a.made()
	body.Making = &Making{Order: a.Order, Digest: digest, CardNo: o.CardNo, Package: o.Package, Class: o.Class, Fault: o.Fault, Words: o.Words}
	answer := func(kind string) event.Event { return a.answer(by.Unit, kind, cause, body) }
	switch {
	case !o.faultFits():
	case o.Class == RejectPhoto || o.Class == RejectData || o.Class == RejectProduction:
		if a.base == StageOrdered {
			return []event.Event{answer(KindRejected)}, nil
		}
	case o.Class == "" && o.CardNo != "" && o.Package != "" && a.base == StageOrdered:
		return []event.Event{answer(KindMade), answer(KindDispatched)}, nil
	case o.Class == "" && o.CardNo != "" && o.Package != "" && a.base == StageMade && o.CardNo == a.CardNo:
		return []event.Event{answer(KindDispatched)}, nil
	case o.Class == "" && o.CardNo != "" && o.Package == "" && a.base == StageOrdered:
		return []event.Event{answer(KindMade)}, nil
	}
	return nil, refuse("card.feedback_line", "", "反馈内容不全或与此前反馈矛盾", "the line is incomplete or contradicts earlier feedback",
		"与制证中心核对", "ask the maker")
}
