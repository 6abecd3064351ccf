package carddesk

import (
	"context"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund/funddb"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// judgeActions are what a superior looks at before deciding.
func judgeActions() []office.Action {
	judges := []office.Role{office.Reviewer, office.Issuer}
	upper := []event.Level{event.County, event.City}
	return []office.Action{
		office.Look("card.tray", citizen.Text{ZH: "本岗位待办", EN: "count what waits at the operator's unit"}, readers, nil, tray),
		office.Look("card.next", citizen.Text{ZH: "取下一件", EN: "give the next application of a desk"}, judges, upper, next),
		office.Look("card.dossier", citizen.Text{ZH: "审签资料", EN: "show all that a decision on an application needs"}, judges, upper, dossier),
	}
}

// Tray is what waits at the operator's unit: numbers only. A number of another tier's work is zero.
type Tray struct {
	Review int64 `json:"review"`
	Sign   int64 `json:"sign"`
	Check  int64 `json:"check"`
	Order  int64 `json:"order"`
	Count  int64 `json:"count"`       // consignments
	Late   int64 `json:"past_limits"` // in the area, past the day that was promised
}

func tray(ctx context.Context, w *office.Work, _ struct{}) (t Tray, err error) {
	unit := w.By.Unit
	stages := map[card.Stage]*int64{card.StageConfirmed: &t.Review, card.StageReviewed: &t.Sign}
	switch unit.Level() {
	case event.City:
		stages = map[card.Stage]*int64{card.StageSigned: &t.Check}
		if t.Order, err = carddb.CountOrderable(ctx, w.Tx); err != nil {
			return t, err
		}
	case event.Station:
		stages = nil
	}
	for stage, n := range stages {
		if *n, _, err = carddb.CountAt(ctx, w.Tx, unit, stage); err != nil {
			return t, err
		}
	}
	if t.Count, err = carddb.CountUncounted(ctx, w.Tx, unit); err != nil {
		return t, err
	}
	t.Late, err = carddb.CountBroken(ctx, w.Tx, unit, w.Today)
	return t, err
}

// Judging is one of the three desks that decide on applications.
type Judging string

// The desks, by the action that each does.
const (
	Reviewing Judging = "review"
	Signing   Judging = "sign"
	Checking  Judging = "check"
)

// stageOf is where an application waits for a desk.
var stageOf = map[Judging]card.Stage{Reviewing: card.StageConfirmed, Signing: card.StageReviewed, Checking: card.StageSigned}

// NextInput asks for the application that a desk takes next: the oldest promise first.
type NextInput struct {
	Desk  Judging    `json:"desk"`            // review, sign, check
	After string     `json:"after,omitempty"` // behind this one; left out: from the first
	Unit  event.Unit `json:"unit,omitempty"`  // that accepted it; left out: any in the area
}

// Next names it, without a name: card.dossier shows it. Application is empty when none is left.
type Next struct {
	Application  string       `json:"application,omitempty"`
	AcceptanceNo string       `json:"acceptance_no,omitempty"`
	PromisedOn   citizen.Date `json:"promised_on,omitzero"`
	Waiting      int64        `json:"waiting"`
	Held         int64        `json:"held"`     // of them: the station settles first what holds them
	Unpaid       int64        `json:"unpaid"`   // passed over on the way to this one: the fee is neither collected nor waived
	Done         int64        `json:"done"`     // by the operator today
	Returned     int64        `json:"returned"` // by the operator today
}

// lookAhead is how many applications are looked at, at a time, for one that can be decided.
const lookAhead = 50

// next passes over what is held, at the signing, and what is not paid for, at the review: nobody can decide it yet.
func next(ctx context.Context, w *office.Work, in NextInput) (out Next, err error) {
	stage, ok := stageOf[in.Desk]
	if !ok {
		return out, event.Refuse("card.no_desk", "", citizen.Text{ZH: "没有这个岗位", EN: "there is no such desk"}, citizen.Text{ZH: "用 review、sign 或 check", EN: "use review, sign or check"})
	}
	area := w.By.Unit
	if in.Unit != "" {
		if area = in.Unit; w.Below(area) != nil {
			return out, w.Below(area)
		}
	}
	if out.Waiting, out.Held, err = carddb.CountAt(ctx, w.Tx, area, stage); err != nil {
		return out, err
	}
	done, err := carddb.JudgedBy(ctx, w.Tx, w.By.ID, midnight(w.Today))
	if err != nil {
		return out, err
	}
	out.Returned = done[card.KindReturned]
	out.Done = done[card.KindReviewed] + done[card.KindSigned] + done[card.KindChecked]
	return out, out.find(ctx, w, in, area)
}

func midnight(day citizen.Date) int64 {
	return time.Date(day.Year(), time.Month(day.Month()), day.Day(), -8, 0, 0, 0, time.UTC).UnixMilli()
}

func (out *Next) find(ctx context.Context, w *office.Work, in NextInput, area event.Unit) error {
	for after := in.After; ; {
		waiting, err := carddb.NextAt(ctx, w.Tx, area, stageOf[in.Desk], after, lookAhead)
		if err != nil || len(waiting) == 0 {
			return err
		}
		for _, x := range waiting {
			after = x.Application
			if in.Desk == Reviewing {
				settled, err := funddb.Settled(ctx, w.Tx, x.Unit, x.Application)
				if err != nil {
					return err
				}
				if !settled {
					out.Unpaid++
					continue
				}
			}
			if x.Held && in.Desk == Signing {
				continue
			}
			out.Application, out.AcceptanceNo, out.PromisedOn = x.Application, x.AcceptanceNo, x.PromisedOn
			return nil
		}
	}
}

// DossierInput names an application that waits for a decision.
type DossierInput struct {
	Application string `json:"application"` // identifier or acceptance number
	Purpose     string `json:"purpose"`     // it is recorded
}

// Dossier is all that a decision needs, on one page.
type Dossier struct {
	card.Application
	StageText    citizen.Text       `json:"stage_text"`
	Confirmation *card.Confirmation `json:"confirmation,omitempty"` // the newest signed form
	Registered   *card.Face         `json:"registered,omitempty"`   // what the register says today; left out: it is not known here
	HouseholdNo  string             `json:"household_no,omitempty"`
	Differences  []Difference       `json:"differences"`
	PhotoAt      int64              `json:"photo_at,omitempty"` // when the photograph was taken
	Pictures     []Picture          `json:"pictures"`           // earlier ones of the person, the newest first
	Warnings     []Warning          `json:"warnings"`
	Draft        card.Issue         `json:"draft,omitzero"` // what signing today would fix
	FeeSettled   bool               `json:"fee_settled"`
	Stands       string             `json:"stands"` // the desk where it waits: review, sign, check; empty: none
}

// Difference is an item that the card and the register say otherwise.
type Difference struct {
	Item       string `json:"item"` // name of the item, as in the form
	OnCard     string `json:"on_card"`
	Registered string `json:"registered"`
	Stops      bool   `json:"stops"` // with it the card is not made; an address may differ
}

// Picture is an earlier photograph of the person.
type Picture struct {
	Photo        string `json:"photo"` // digest
	AcceptanceNo string `json:"acceptance_no"`
	At           int64  `json:"at"`
	Card         bool   `json:"card"` // it stands on a card that was handed over; else an earlier round's
	// Return is why an earlier round was returned; nil where it ended otherwise.
	Return *card.Return `json:"return,omitempty"`
}

// Warning is something that the desk should know. Stops tells that the rules refuse to go on with it.
type Warning struct {
	Code   string       `json:"code"`
	Source string       `json:"source,omitempty"`
	Text   citizen.Text `json:"text"`
	Mend   citizen.Text `json:"mend,omitzero"`
	Stops  bool         `json:"stops"`
}

func dossier(ctx context.Context, w *office.Work, in DossierInput) (out Dossier, err error) {
	a, steps, ok, err := carddb.LoadSteps(ctx, w.Tx, in.Application)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, card.NotFound()
	}
	if err := w.Below(a.Home); err != nil {
		return out, err
	}
	facts, err := judgeFacts(ctx, w, a)
	if err != nil {
		return out, err
	}
	if err := record(w, card.LookedUp{Purpose: in.Purpose, How: card.LookUpApplication, Application: a.ID}); err != nil {
		return out, err
	}
	out = Dossier{Application: a, StageText: a.Stage.Text(), Registered: facts.Now, FeeSettled: facts.FeeSettled, Warnings: []Warning{},
		Confirmation: confirmationOf(a, steps), Differences: differences(a.Face, facts.Now), Pictures: pictures(a, steps, facts.Others)}
	if t, ok, err := registerdb.OpenTenure(ctx, w.Tx, a.Resident); err != nil {
		return out, err
	} else if ok && t.State == register.StateOpen {
		out.HouseholdNo = t.Record.HouseholdNo
	}
	for i := range steps {
		if p := steps[i].Body.Photograph; p != nil && p.Photo == a.Photo {
			out.PhotoAt = steps[i].At
		}
	}
	out.weigh(w, facts)
	return out, nil
}

// confirmationOf finds the signed form that counts.
func confirmationOf(a card.Application, steps []card.Step) (c *card.Confirmation) {
	for i := range steps {
		if s := &steps[i]; s.Body.Confirmation != nil && s.Body.Round == a.Round {
			c = s.Body.Confirmation
		}
	}
	return c
}

func differences(on card.Face, now *card.Face) []Difference {
	all := []Difference{}
	if now == nil {
		return all
	}
	for _, item := range []Difference{
		{"name", on.Name, now.Name, true}, {"sex", on.Sex, now.Sex, true}, {"ethnic_group", on.EthnicGroup, now.EthnicGroup, true},
		{"birth_date", on.BirthDate.String(), now.BirthDate.String(), true}, {"address", on.Address, now.Address, false}, {"number", on.Number, now.Number, true},
	} {
		if item.OnCard != item.Registered {
			all = append(all, item)
		}
	}
	return all
}

// pictures lists the person's other photographs: of cards that were handed over, and of earlier rounds of this application.
func pictures(a card.Application, steps []card.Step, others []card.Application) []Picture {
	all := []Picture{}
	for _, o := range others {
		if o.Resident == a.Resident && o.Photo != "" && o.Stage == card.StageHandedOver {
			all = append(all, Picture{Photo: o.Photo, AcceptanceNo: o.AcceptanceNo, At: o.HandedAt, Card: true})
		}
	}
	newest := -1 // the same picture sent again is an earlier one too
	for i := range steps {
		if p := steps[i].Body.Photograph; p != nil && p.Photo == a.Photo {
			newest = i
		}
	}
	for i := range steps {
		if p := steps[i].Body.Photograph; p != nil && i != newest {
			all = append(all, Picture{Photo: p.Photo, AcceptanceNo: a.AcceptanceNo, At: steps[i].At, Return: returnOf(steps, steps[i].Body.Round)})
		}
	}
	slices.SortStableFunc(all, func(x, y Picture) int {
		if x.Card != y.Card {
			return map[bool]int{true: -1, false: 1}[x.Card]
		}
		return int(y.At - x.At)
	})
	return all
}

// returnOf is why a round was returned; nil where it was not.
func returnOf(steps []card.Step, round int) (r *card.Return) {
	for i := range steps {
		if s := &steps[i]; s.Body.Return != nil && s.Body.Round == round {
			r = s.Body.Return
		}
	}
	return r
}

// weigh asks the rules of the desk where the application waits whether it would go on, and lists what else is to be known.
func (out *Dossier) weigh(w *office.Work, facts card.JudgeFacts) {
	var err error
	switch out.Stage {
	case card.StageConfirmed:
		out.Stands = string(Reviewing)
		_, err = card.ReviewIt(out.Application, actor(w), facts)
	case card.StageReviewed:
		out.Stands = string(Signing)
		authority := card.Authority(citizen.Division(out.Home.Parent()), w.Today)
		var draft *card.Issue
		if _, draft, err = card.SignIt(out.Application, actor(w), authority, facts); draft == nil {
			draft = card.DraftOf(out.Face, authority, w.Today)
		}
		out.Draft = *draft
		for _, f := range card.Lint(card.Draft{Face: out.Face, Issue: out.Draft}) {
			out.warn(Warning{Code: f.Code, Source: f.Source, Text: f.Text, Stops: true})
		}
	case card.StageSigned:
		out.Stands = string(Checking)
		_, err = card.CheckIt(out.Application, actor(w), facts)
	}
	if r, ok := event.AsRefusal(err); ok {
		out.warn(Warning{r.Code, r.Source, r.Text, r.Mend, true})
	}
	if out.Hold != nil {
		out.warn(Warning{Code: "card.on_hold", Text: citizen.Text{ZH: "派出所已挂起：" + out.Hold.Words, EN: "the station holds it: " + out.Hold.Words}, Stops: out.Stands == string(Signing)})
	}
	if facts.Pending {
		out.warn(Warning{Code: "card.correction_pending", Text: citizen.Text{ZH: "本人登记项目有待处理的更正，办结前不签发", EN: "a correction of the person's items is pending; nothing is signed before it is settled"},
			Stops: out.Stands == string(Signing)})
	}
	for _, o := range facts.Others {
		out.warnOther(o, w.Today)
	}
	if !w.Office.Blobs.Has(out.Photo) {
		out.warn(Warning{Code: "card.photograph_missing", Text: citizen.Text{ZH: "相片尚未到达本级", EN: "the photograph has not arrived here yet"}, Stops: out.Stands == string(Signing)})
	}
}

// warnOther tells of another application of the person, or under the same number.
func (out *Dossier) warnOther(o card.Application, today citizen.Date) {
	where := o.AcceptanceNo + " " + o.Stage.Text().ZH
	whereEN := o.AcceptanceNo + " " + o.Stage.Text().EN
	switch {
	case o.Resident != out.Resident:
		out.warn(Warning{Code: card.CodeShared, Text: citizen.Text{ZH: "另有一人以同一号码申领：" + where, EN: "another person has applied under the same number: " + whereEN}})
	case !o.Terminal():
		out.warn(Warning{Code: "card.other_application", Text: citizen.Text{ZH: "本人另有申领：" + where, EN: "the person has another application: " + whereEN}})
	case len(card.Valid([]card.Application{o}, today)) > 0:
		out.warn(Warning{Code: "card.holds_card", Text: citizen.Text{ZH: "本人持有有效证件，有效期至 " + o.Issue.ValidTo + ":" + o.AcceptanceNo,
			EN: "the person holds a valid card until " + o.Issue.ValidTo + ": " + o.AcceptanceNo}})
	}
}

// warn adds a warning unless its code is there already.
func (out *Dossier) warn(x Warning) {
	if !slices.ContainsFunc(out.Warnings, func(y Warning) bool { return y.Code == x.Code && y.Text == x.Text || y.Code == x.Code && y.Stops }) {
		out.Warnings = append(out.Warnings, x)
	}
}
