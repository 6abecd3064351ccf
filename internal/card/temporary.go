package card

import (
	"cmp"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of entries whose subject is a temporary card (临时居民身份证; 公安部令第78号, in force from 2005-10-01).
const (
	KindTempApplied   = "card.temporary_applied"
	KindTempMade      = "card.temporary_made"
	KindTempHandedOut = "card.temporary_handed_out"
	KindTempEnded     = "card.temporary_ended"
)

// TempKinds lists them in the order of a card without trouble.
var TempKinds = []string{KindTempApplied, KindTempMade, KindTempHandedOut, KindTempEnded}

const lawTemp = "公安部令第78号（2005）"

// TempEnd is what became of a temporary card that had been handed out.
type TempEnd string

// The ends.
const (
	TempReturned TempEnd = "returned" // handed back (art. 13)
	TempLost     TempEnd = "lost"
)

// TempBody is the body of every step of a temporary card.
type TempBody struct {
	Home        event.Unit `json:"home"`
	Temporary   string     `json:"temporary"`
	Application string     `json:"application"`
	Resident    string     `json:"resident"`
	Tenure      string     `json:"tenure"`

	Applied *TempApplied   `json:"applied,omitempty"`
	Made    *TempMade      `json:"made,omitempty"`
	Handed  *TempHandedOut `json:"handed,omitempty"`
	Ended   *TempEnded     `json:"ended,omitempty"`
}

// TempApplied is the request, a note in the running application (art. 11).
type TempApplied struct {
	Day    citizen.Date `json:"day"`
	DueOn  citizen.Date `json:"due_on,omitzero"` // art. 12: within three days
	Reason string       `json:"reason"`
	Photo  string       `json:"photo"` // blob
	Face   Face         `json:"face"`
}

// TempMade is the card as the county made and signed it (arts. 8, 10).
type TempMade struct {
	Sheet     string       `json:"sheet"` // number of the base sheet
	ValidFrom citizen.Date `json:"valid_from"`
	ValidTo   citizen.Date `json:"valid_to"`
	Authority string       `json:"authority"`
}

// TempHandedOut is the card in the applicant's hands.
type TempHandedOut struct {
	Day       citizen.Date `json:"day"`
	Signature string       `json:"signature"` // blob
}

// TempEnded is the card handed back or lost.
type TempEnded struct {
	Day citizen.Date `json:"day"`
	End TempEnd      `json:"end"`
}

// TempState is how far a temporary card has come.
type TempState string

// The states.
const (
	TempAsked   TempState = "applied"
	TempReady   TempState = "made"
	TempOut     TempState = "handed_out"
	TempBackIn  TempState = "returned"
	TempGone    TempState = "lost"
	TempUnknown TempState = "incomplete"
)

// TempStep is one entry about a temporary card.
type TempStep struct {
	Kind  string
	Ref   event.Ref
	At    int64
	Cause string
	Unit  event.Unit
	By    string // operator
	Body  TempBody
}

// TempCard is a temporary card as its steps give it.
type TempCard struct {
	ID          string       `json:"temporary"`
	Home        event.Unit   `json:"home"`
	Application string       `json:"application"`
	Resident    string       `json:"resident"`
	Tenure      string       `json:"tenure"`
	State       TempState    `json:"state"`
	Name        string       `json:"name"`
	AppliedOn   citizen.Date `json:"applied_on"`
	DueOn       citizen.Date `json:"due_on,omitzero"`
	Sheet       string       `json:"sheet,omitempty"`
	ValidFrom   citizen.Date `json:"valid_from,omitzero"`
	ValidTo     citizen.Date `json:"valid_to,omitzero"`
	HandedOn    citizen.Date `json:"handed_on,omitzero"`
	EndedOn     citizen.Date `json:"ended_on,omitzero"`

	last  *event.Ref
	base  TempBody
	asked string // operator who took the request
}

// TempMayWrite tells whether a unit may write a kind about a temporary card of home: the county makes it, everything else is the station's.
func TempMayWrite(kind string, home, unit event.Unit) bool {
	if kind == KindTempMade {
		return unit != "" && unit == home.Parent()
	}
	return unit == home
}

// DeriveTemp gives the state of a temporary card from its steps, in whatever order and however often they come. A step counts only when the one that it
// answers counts.
func DeriveTemp(steps []TempStep) TempCard {
	steps = slices.DeleteFunc(slices.Clone(steps), func(s TempStep) bool { return !TempMayWrite(s.Kind, s.Body.Home, s.Unit) })
	if len(steps) == 0 {
		return TempCard{}
	}
	slices.SortFunc(steps, func(a, b TempStep) int {
		return cmp.Or(cmp.Compare(a.Ref.Stream, b.Ref.Stream), cmp.Compare(a.Ref.Generation, b.Ref.Generation), cmp.Compare(a.Ref.Seq, b.Ref.Seq))
	})
	find := func(kind, cause string) *TempStep {
		for i := range steps {
			if steps[i].Kind == kind && (cause == "" || steps[i].Cause == cause) {
				return &steps[i]
			}
		}
		return nil
	}
	b := steps[0].Body
	t := TempCard{ID: b.Temporary, Home: b.Home, Application: b.Application, Resident: b.Resident, Tenure: b.Tenure, State: TempUnknown,
		base: TempBody{Home: b.Home, Temporary: b.Temporary, Application: b.Application, Resident: b.Resident, Tenure: b.Tenure}}
	take := func(s *TempStep, state TempState) string {
		ref := s.Ref
		t.State, t.last = state, &ref
		return ref.Leaf
	}
	s := find(KindTempApplied, "")
	if s == nil || s.Body.Applied == nil {
		return t
	}
	t.asked = s.By
	t.Name, t.AppliedOn, t.DueOn = s.Body.Applied.Face.Name, s.Body.Applied.Day, s.Body.Applied.DueOn
	if s = find(KindTempMade, take(s, TempAsked)); s == nil || s.Body.Made == nil {
		return t
	}
	t.Sheet, t.ValidFrom, t.ValidTo = s.Body.Made.Sheet, s.Body.Made.ValidFrom, s.Body.Made.ValidTo
	if s = find(KindTempHandedOut, take(s, TempReady)); s == nil || s.Body.Handed == nil {
		return t
	}
	t.HandedOn = s.Body.Handed.Day
	if s = find(KindTempEnded, take(s, TempOut)); s != nil && s.Body.Ended != nil {
		t.EndedOn = s.Body.Ended.Day
		if take(s, TempBackIn); s.Body.Ended.End == TempLost {
			t.State = TempGone
		}
	}
	return t
}

func (t *TempCard) event(stream event.Stream, kind string, body TempBody, blobs ...string) event.Event {
	return event.Event{Stream: stream, Kind: kind, V: 1, Subject: t.ID, Cause: t.last, Blobs: blobs, Body: body}
}

func (t *TempCard) in(state TempState) error {
	switch t.State {
	case state:
		return nil
	case "":
		return refuse("card.no_temporary", lawTemp, "没有此临时居民身份证", "there is no such temporary card", "核对标识", "check the identifier")
	}
	return refuse("card.temporary_state", lawTemp, "该临时居民身份证处于“"+string(t.State)+"”，不能办理此步", "the temporary card is "+string(t.State)+"; this step is not due",
		"先看临时证清单", "look at the list of temporary cards")
}

// TempCommand asks for a temporary card.
type TempCommand struct {
	By     Actor
	ID     string
	Reason string
	Photo  string // blob; empty: the application's
	Today  citizen.Date
}

// ApplyTemp takes the request for a temporary card: only with an application under way, and while no other one of it is running
// (居民身份证法 (2003) art. 12 para 2; 公安部令第78号 arts. 9, 11). others are the application's temporary cards, and those that the person still holds of earlier
// applications.
func ApplyTemp(a Application, cmd TempCommand, others []TempCard) (event.Event, *TempApplied, error) {
	running := []Stage{StageOpened, StagePhotographed, StageConfirmed, StageReviewed, StageSigned, StageChecked, StageOrdered, StageMade, StageDispatched,
		StageReturned, StageRejected, StageDefective}
	if err := firstError(a.in(running...), a.of(a.Home, cmd.By)); err != nil {
		return event.Event{}, nil, err
	}
	photo := cmp.Or(cmd.Photo, a.Photo)
	switch {
	case cmd.Reason == "":
		return event.Event{}, nil, refuse("card.temporary_reason", lawTemp, "未写明急需的事由", "it is not said why it is needed at once", "填写事由", "give the reason")
	case photo == "":
		return event.Event{}, nil, refuse("card.temporary_photograph", lawTemp+" 第11条", "没有相片", "there is no photograph", "先照相，或提交近期黑白相片", "take one, or hand in a recent one")
	}
	for _, t := range others {
		if t.State == TempAsked || t.State == TempReady || t.State == TempOut && !cmd.Today.After(t.ValidTo) {
			return event.Event{}, nil, refuse("card.temporary_running", lawTemp, "本人已有临时居民身份证", "the person has a temporary card already", "使用该证", "use that one")
		}
	}
	applied := &TempApplied{Day: cmd.Today, Reason: cmd.Reason, Photo: photo, Face: a.Face}
	if rule, ok := citizen.RuleOn("temporary.handout.within", cmd.Today); ok {
		applied.DueOn = cmd.Today.AddDays(rule.Value)
	}
	t := TempCard{ID: cmd.ID}
	body := TempBody{Home: a.Home, Temporary: cmd.ID, Application: a.ID, Resident: a.Resident, Tenure: a.Tenure, Applied: applied}
	return t.event(event.Up(a.Home), KindTempApplied, body, photo), applied, nil
}

// TempValidity is how long a temporary card made on a day counts: three months (公安部令第78号 art. 7), before 2005-10-01 one year, or two for a person whose
// registration is undecided (rule of 1989).
func TempValidity(made citizen.Date, undecided bool) (to citizen.Date) {
	id := "temporary.validity"
	if _, ok := citizen.RuleOn(id+".undecided", made); ok && undecided {
		id += ".undecided"
	}
	rule, ok := citizen.RuleOn(id, made)
	switch {
	case !ok:
		return made
	case rule.Unit == citizen.UnitMonths:
		return made.AddMonths(rule.Value)
	}
	return made.AddYears(rule.Value)
}

// MakeTemp makes and signs a temporary card at the county.
func MakeTemp(t TempCard, by Actor, sheet, authority string, undecided bool, today citizen.Date) ([]event.Event, *TempMade, error) {
	if err := t.in(TempAsked); err != nil {
		return nil, nil, err
	}
	switch {
	case by.Unit != t.Home.Parent():
		return nil, nil, refuse("card.other_unit", lawTemp+" 第8条", "由县级公安机关制作签发", "the county makes and signs it", "由该县办理", "that county does it")
	case separate(by, t.asked) != nil:
		return nil, nil, separate(by, t.asked)
	case sheet == "":
		return nil, nil, refuse("card.no_sheet", lawTemp, "未登记底卡号", "the number of the base sheet is missing", "登记底卡号", "enter it")
	}
	made := &TempMade{Sheet: sheet, ValidFrom: today, ValidTo: TempValidity(today, undecided), Authority: authority}
	body := t.base
	body.Made = made
	return []event.Event{t.event(event.To(by.Unit, t.Home), KindTempMade, body)}, made, nil
}

// TempFacts is what is known when a temporary card is handed out.
type TempFacts struct {
	Running    bool // its application is under way
	FeeSettled bool
}

// HandOutTemp gives a temporary card to the applicant, who has paid and signs.
func HandOutTemp(t TempCard, by Actor, signature string, facts TempFacts, today citizen.Date) ([]event.Event, error) {
	if err := firstError(t.in(TempReady), t.of(by)); err != nil {
		return nil, err
	}
	switch {
	case signature == "":
		return nil, refuse("card.no_signature", lawTemp, "领证人未签字", "the receiver has not signed", "由领证人签字", "let the receiver sign")
	case !facts.FeeSettled:
		return nil, refuse("card.fee_unsettled", lawFee, "临时居民身份证工本费未收取", "the fee for the temporary card is not collected", "先收临时证工本费", "collect its fee first")
	case !facts.Running:
		return nil, refuse("card.temporary_late", lawTemp, "申领已办结，不再发放临时居民身份证", "the application is closed; no temporary card is handed out", "销毁该证", "destroy it")
	}
	body := t.base
	body.Handed = &TempHandedOut{Day: today, Signature: signature}
	return []event.Event{t.event(event.Up(t.Home), KindTempHandedOut, body, signature)}, nil
}

// EndTemp records a temporary card handed back, or lost.
func EndTemp(t TempCard, by Actor, end TempEnd, today citizen.Date) ([]event.Event, error) {
	if err := firstError(t.in(TempOut), t.of(by)); err != nil {
		return nil, err
	}
	if end != TempReturned && end != TempLost {
		return nil, refuse("card.temporary_end", lawTemp, "去向不明", "it is not clear what became of it", "选已收回或已丢失", "say whether it came back or is lost")
	}
	return []event.Event{t.back(end, today)}, nil
}

func (t *TempCard) back(end TempEnd, today citizen.Date) event.Event {
	body := t.base
	body.Ended = &TempEnded{Day: today, End: end}
	return t.event(event.Up(t.Home), KindTempEnded, body)
}

func (t *TempCard) of(by Actor) error {
	if by.Unit == t.Home {
		return nil
	}
	return refuse("card.other_unit", lawTemp, "此步由单位 "+string(t.Home)+" 办理", "this step belongs to unit "+string(t.Home), "由该单位办理", "that unit does it").About(t.Home)
}

// tempsBack makes sure that a temporary card is handed back when the real one is collected (公安部令第78号 art. 13).
func tempsBack(cmd HandOverCommand) error {
	if len(cmd.Out) == 0 || cmd.TempBack == TempReturned || cmd.TempBack == TempLost {
		return nil
	}
	return refuse("card.temporary_out", lawTemp+" 第13条", "领取居民身份证时须交回临时居民身份证", "the temporary card is handed back when the card is collected",
		"收回临时证；确已丢失的登记丢失", "take it back, or record that it is lost")
}
