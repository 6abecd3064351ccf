package carddesk

import (
	"context"
	"encoding/hex"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/photo"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

// OpenInput is a request at the window. One of Tenure, Resident and Number names the person.
type OpenInput struct {
	Tenure   string    `json:"tenure,omitempty"`
	Resident string    `json:"resident,omitempty"`
	Number   string    `json:"number,omitempty"`
	Kind     card.Kind `json:"kind"`
	Reason   string    `json:"reason,omitempty"`    // GA 214.5; left out: the usual one of the kind
	Slip     string    `json:"slip,omitempty"`      // left out: the acceptance number
	OldLost  string    `json:"old_lost,omitempty"`  // "1": the first-generation card is declared lost
	OldProof string    `json:"old_proof,omitempty"` // who vouches for it
}

// OpenResult is what the slip says, and what the clerk tells the applicant.
type OpenResult struct {
	Application  string         `json:"application"`
	AcceptanceNo string         `json:"acceptance_no"`
	Slip         string         `json:"slip"`
	Code         string         `json:"code"` // printed on the slip: with it the citizen asks the public page
	Name         string         `json:"name"`
	Number       string         `json:"number"`
	MustApply    bool           `json:"must_apply"`           // 居民身份证法 (2003) art. 2
	ApplyBy      citizen.Date   `json:"apply_by,omitzero"`    // of a first application, art. 7
	FeeFen       int64          `json:"fee_fen"`              // due, before any waiver
	NotifiedOn   citizen.Date   `json:"notified_on,omitzero"` // when this station last called the person in
	Warnings     []card.Finding `json:"warnings,omitempty"`   // they hold the signing until they are mended
}

func open(ctx context.Context, w *office.Work, in OpenInput) (OpenResult, error) {
	tenure, err := findTenure(ctx, w, whom{in.Tenure, in.Resident, in.Number})
	if err != nil {
		return OpenResult{}, err
	}
	locks := append(personLocks(tenure.Resident, tenure.Record.Number), tenure.ID, "card:numbers:"+string(w.By.Unit))
	if err := w.Lock(ctx, locks...); err != nil {
		return OpenResult{}, err
	}
	facts, err := openFacts(ctx, w, tenure.ID)
	if err != nil {
		return OpenResult{}, err
	}
	id, err := newID()
	if err != nil {
		return OpenResult{}, err
	}
	events, opening, err := card.Open(card.OpenCommand{By: actor(w), ID: id, Kind: in.Kind, Reason: in.Reason, Slip: in.Slip, Code: newCode(), Today: w.Today,
		OldLost: in.OldLost, OldProof: in.OldProof}, facts)
	if err != nil {
		return OpenResult{}, err
	}
	w.Emit(events...)
	if err := keepToday(ctx, w, facts.Person.Resident); err != nil {
		return OpenResult{}, err
	}
	out, err := openResult(id, opening, facts, w.Today)
	if err != nil {
		return OpenResult{}, err
	}
	out.NotifiedOn, err = carddb.LastNotice(ctx, w.Tx, w.By.Unit, facts.Person.Resident)
	return out, err
}

func openResult(id string, o *card.Opening, facts card.OpenFacts, today citizen.Date) (OpenResult, error) {
	fen, _, err := fund.Due(o.Kind, today)
	if err != nil {
		return OpenResult{}, err
	}
	must, by := card.Duty(o.Face.BirthDate, today)
	out := OpenResult{Application: id, AcceptanceNo: o.AcceptanceNo, Slip: o.Slip, Code: o.Code, Name: o.Face.Name, Number: o.Face.Number, MustApply: must,
		FeeFen: fen, Warnings: card.Warnings(o.Face, facts, today)}
	if o.Kind == card.First {
		out.ApplyBy = by
	}
	return out, nil
}

// whom names a person in one of three ways.
type whom struct{ tenure, resident, number string }

// findTenure finds the registration that the request is about.
func findTenure(ctx context.Context, w *office.Work, who whom) (register.Tenure, error) {
	var t register.Tenure
	var ok bool
	var err error
	switch {
	case who.tenure != "":
		t, ok, err = registerdb.TenureOf(ctx, w.Tx, who.tenure)
	case who.resident != "":
		t, ok, err = registerdb.OpenTenure(ctx, w.Tx, who.resident)
	case who.number != "":
		t, ok, err = byNumber(ctx, w, who.number)
	}
	if err == nil && !ok {
		err = event.Refuse("card.no_person", "居民身份证法（2003）第7条", citizen.Text{ZH: "本所没有此人的户口登记", EN: "no such person is registered here"},
			citizen.Text{ZH: "核对号码；未登记户口的先办理户口登记", EN: "check the number; a person without registration is registered first"})
	}
	return t, err
}

// byNumber finds the one open tenure of this station with a number; where several share it the clerk must choose.
func byNumber(ctx context.Context, w *office.Work, number string) (t register.Tenure, ok bool, err error) {
	all, err := registerdb.ByNumber(ctx, w.Tx, number)
	if err != nil {
		return t, false, err
	}
	here := 0
	for _, one := range all {
		if one.Record.Number != number && here > 0 {
			continue
		}
		if one.Unit == w.By.Unit && one.State == register.StateOpen {
			here++
			t, ok = one, true
		} else if !ok {
			t = one
		}
	}
	if here > 1 {
		return t, false, event.Refuse("card.shared_number", "GB 11643-1999", citizen.Text{ZH: "本所有多人登记为此号码", EN: "several persons of this station share the number"},
			citizen.Text{ZH: "按户口登记选取其人（用登记期标识），并上报重号", EN: "choose the person by the tenure, and report the shared number"})
	}
	return t, ok || len(all) > 0, nil
}

func openFacts(ctx context.Context, w *office.Work, tenure string) (facts card.OpenFacts, err error) {
	t, _, err := registerdb.TenureOf(ctx, w.Tx, tenure)
	if err != nil {
		return facts, err
	}
	facts.Person = person(t)
	if facts.Others, err = carddb.OthersOf(ctx, w.Tx, "", t.Resident, t.Record.Number); err != nil {
		return facts, err
	}
	if facts.Last, err = carddb.LastNumber(ctx, w.Tx, w.By.Unit, w.Today); err != nil {
		return facts, err
	}
	if facts.Generation, err = journal.OpenGeneration(ctx, w.Tx, w.By.Unit); err != nil {
		return facts, err
	}
	open, err := sitedb.Started(ctx, w.Tx, w.By.Unit)
	facts.NotStarted = !open
	return facts, err
}

func person(t register.Tenure) card.Person {
	return card.Person{Resident: t.Resident, Tenure: t.ID, Unit: t.Unit, Open: t.State == register.StateOpen, Dead: t.State == register.StateDead, Record: t.Record}
}

// PhotographInput is a picture, put as a blob before, with everything that was measured of it.
type PhotographInput struct {
	Application string             `json:"application"`
	Photo       string             `json:"photo"` // digest
	Measures    map[string]float64 `json:"measures,omitempty"`
	Device      string             `json:"device"`
	Override    *card.Override     `json:"override,omitempty"` // a named person uses a picture that the measures do not pass
}

func photograph(ctx context.Context, w *office.Work, in PhotographInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	if err := here(w, in.Photo); err != nil {
		return Reached{}, err
	}
	if err := decider(ctx, w, in.Override); err != nil {
		return Reached{}, err
	}
	var failing []citizen.Text
	for _, f := range photo.Profiles()[0].Failing(in.Measures) {
		failing = append(failing, f.Title)
	}
	return emit(w, a)(card.PhotographIt(a, card.PhotographCommand{By: actor(w), Failing: failing,
		Photograph: card.Photograph{Photo: in.Photo, Measures: in.Measures, Device: in.Device, Override: in.Override}}))
}

// decider refuses a name that is nobody's at the unit; none, and oneself, are the rule's to refuse.
func decider(ctx context.Context, w *office.Work, o *card.Override) error {
	if o == nil || o.By == "" {
		return nil
	}
	if o.By = second(w, o.By); o.By == w.By.ID {
		return nil
	}
	ok, err := w.Colleague(ctx, o.By)
	if err != nil || ok {
		return err
	}
	r := event.Refuse("card.override_unknown", "", citizen.Text{ZH: "决定采用的人不是本单位在岗人员", EN: "who decides is nobody in service at this unit"},
		citizen.Text{ZH: "填写在场同事的登录名", EN: "give the login of the colleague who is present"})
	r.Field = "override.by"
	return r
}

// emit writes what a rule decided and tells the round that it belongs to.
func emit(w *office.Work, a card.Application) func([]event.Event, error) (Reached, error) {
	return func(events []event.Event, err error) (Reached, error) {
		if err != nil {
			return Reached{}, err
		}
		w.Emit(events...)
		round := a.Round
		if body, ok := events[0].Body.(card.Body); ok {
			round = body.Round
		}
		return Reached{Application: a.ID, Round: round}, nil
	}
}

// here refuses a named blob that is not stored here; an empty name is the rule's to judge.
func here(w *office.Work, digest string) error {
	if digest == "" || w.Office.Blobs.Has(digest) {
		return nil
	}
	return event.Refuse("card.no_blob", "", citizen.Text{ZH: "附件未保存：" + digest, EN: "the attachment is not stored: " + digest},
		citizen.Text{ZH: "先保存附件，再办理", EN: "store it first"})
}

// ConfirmInput is a signed form.
type ConfirmInput struct {
	Application      string      `json:"application"`
	Form             string      `json:"form"` // digest of the scanned form
	Signer           card.Signer `json:"signer"`
	GuardianName     string      `json:"guardian_name,omitempty"`
	GuardianNumber   string      `json:"guardian_number,omitempty"`
	GuardianRelation string      `json:"guardian_relation,omitempty"`
	CardName         string      `json:"card_name,omitempty"`    // where the registered name does not fit the card
	CardAddress      string      `json:"card_address,omitempty"` // where the registered address does not fit
	Abbreviation     string      `json:"abbreviation_reason,omitempty"`
}

// ConfirmResult tells the day by which the card is due.
type ConfirmResult struct {
	Reached
	PromisedOn citizen.Date `json:"promised_on"`        // 居民身份证法 (2003) art. 12
	Guardian   *card.Kin    `json:"guardian,omitempty"` // with what the register knows: it is told, and refuses nothing
}

func (d desk) confirm(ctx context.Context, w *office.Work, in ConfirmInput) (ConfirmResult, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return ConfirmResult{}, err
	}
	if err := here(w, in.Form); err != nil {
		return ConfirmResult{}, err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, a.Tenure)
	if err != nil {
		return ConfirmResult{}, err
	}
	if !ok || t.State == register.StateDead {
		return ConfirmResult{}, event.Refuse("card.dead", "户口登记条例（1958）第8条", citizen.Text{ZH: "本人已死亡或无登记", EN: "the person has died or is not registered"},
			citizen.Text{ZH: "终止该申领", EN: "withdraw the application"})
	}
	kin, err := guardian(ctx, w, card.Kin{Number: in.GuardianNumber, Relation: in.GuardianRelation}, person(t))
	if err != nil {
		return ConfirmResult{}, err
	}
	events, c, err := card.Confirm(a, card.ConfirmCommand{By: actor(w), Form: in.Form, Signer: in.Signer, GuardianName: in.GuardianName,
		Guardian: kin, Extended: d.limits.Extended[a.Home],
		CardName: in.CardName, CardAddress: in.CardAddress, Abbreviation: in.Abbreviation, Face: card.FaceOf(person(t)), Today: w.Today})
	reached, err := emit(w, a)(events, err)
	if err != nil {
		return ConfirmResult{}, err
	}
	return ConfirmResult{Reached: reached, PromisedOn: c.PromisedOn, Guardian: c.Guardian}, nil
}

// NotifyInput is how the applicant was told.
type NotifyInput struct {
	Application string `json:"application"`
	Way         string `json:"way"` // as notice, telephone
}

func notify(ctx context.Context, w *office.Work, in NotifyInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.Notify(a, actor(w), in.Way))
}

// OldInput is the card taken in.
type OldInput struct {
	Generation string `json:"generation"` // "1" or "2"
	Number     string `json:"number"`     // printed on it
}

// HandOverInput is a card given to its holder.
type HandOverInput struct {
	Application   string        `json:"application"`
	ChipNumber    string        `json:"chip_number"`           // as the reader read it
	ChipRecord    string        `json:"chip_record,omitempty"` // the chip's 256 bytes in hex, as reader read gives them; then the number may be left out
	Receiver      card.Receiver `json:"receiver"`
	ProxyName     string        `json:"proxy_name,omitempty"`
	ProxyNumber   string        `json:"proxy_number,omitempty"`
	ProxyRelation string        `json:"proxy_relation,omitempty"` // of proxy or guardian to the holder
	Authority     string        `json:"authority,omitempty"`      // digest of the holder's written authority; a guardian needs none
	Signature     string        `json:"signature"`                // digest
	Old           *OldInput     `json:"old,omitempty"`
	OldLost       string        `json:"old_lost,omitempty"`  // generation of an old card declared lost instead
	Temporary     card.TempEnd  `json:"temporary,omitempty"` // returned or lost, where a temporary card is out
}

func (d desk) handOver(ctx context.Context, w *office.Work, in HandOverInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	if err := firstOf(here(w, in.Signature), here(w, in.Authority)); err != nil {
		return Reached{}, err
	}
	temps, err := out(ctx, w, a)
	if err != nil {
		return Reached{}, err
	}
	gone, err := dead(ctx, w, a)
	if err != nil {
		return Reached{}, err
	}
	all, err := others(ctx, w, a)
	if err != nil {
		return Reached{}, err
	}
	now, err := registered(ctx, w, a)
	if err != nil {
		return Reached{}, err
	}
	cmd := card.HandOverCommand{By: actor(w), ChipNumber: in.ChipNumber, ChipRecord: chipRecord(in.ChipRecord), Receiver: in.Receiver, ProxyName: in.ProxyName, ProxyNumber: in.ProxyNumber,
		Proxy: card.Kin{Number: in.ProxyNumber, Relation: in.ProxyRelation, Authority: in.Authority}, ProxyAge: d.limits.ProxyAge,
		Signature: in.Signature, Today: w.Today, Out: temps, TempBack: in.Temporary}
	if now != nil {
		cmd.Number = now.Number
	}
	switch {
	case in.Old != nil:
		cmd.Old = &card.OldCard{Generation: in.Old.Generation, Number: in.Old.Number}
	case in.OldLost != "":
		cmd.Old = &card.OldCard{Generation: in.OldLost, Lost: true}
	}
	return emit(w, a)(card.HandOverIt(a, cmd, gone, all))
}

// chipRecord reads hex. What is none becomes a record of no bytes, which differs from every card's.
func chipRecord(text string) []byte {
	if text == "" {
		return nil
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return []byte{}
	}
	return raw
}

// LostInput is a card reported lost.
type LostInput struct {
	Application string `json:"application"` // by which the card was handed over
	Words       string `json:"words,omitempty"`
}

func reportLost(ctx context.Context, w *office.Work, in LostInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.ReportLost(a, actor(w), in.Words, w.Today))
}

// WithdrawInput ends an application, or with Destroy the card that is held of it.
type WithdrawInput struct {
	Application string              `json:"application"`
	Reason      card.WithdrawReason `json:"reason"`
	Words       string              `json:"words,omitempty"`
	Destroy     bool                `json:"destroy,omitempty"`
	Second      string              `json:"second,omitempty"` // the other person at the destruction
}

func withdraw(ctx context.Context, w *office.Work, in WithdrawInput) (Reached, error) {
	a, err := hold(ctx, w, in.Application)
	if err != nil {
		return Reached{}, err
	}
	return emit(w, a)(card.Withdraw(a, card.WithdrawCommand{By: actor(w), Reason: in.Reason, Words: in.Words, Destroy: in.Destroy, Second: second(w, in.Second)}))
}

// Reactions lists what a node does by itself: a death registered at the accepting unit, or the end of the registration there, withdraws the person's
// applications there. One of another station's hears of it when its county or city refuses to go on.
func Reactions() []office.Reaction {
	on := func(name, kind string, reason card.WithdrawReason) office.Reaction {
		return office.Reaction{Name: name, Kind: kind, Answers: []string{card.KindWithdrawn},
			Unit: func(e *journal.Entry) event.Unit { return e.Unit },
			Run: func(ctx context.Context, w *office.Work, e *journal.Entry) error {
				return withdrawAll(ctx, w, e, reason)
			}}
	}
	return []office.Reaction{
		on("card.withdraw_on_death", register.KindDeathRegistered, card.WithdrawDied),
		on("card.withdraw_on_cancellation", register.KindCancelled, card.WithdrawEnded),
		on("card.withdraw_on_removal", register.KindRemoved, card.WithdrawEnded),
	}
}

func withdrawAll(ctx context.Context, w *office.Work, e *journal.Entry, reason card.WithdrawReason) error {
	open, err := carddb.OpenOfTenure(ctx, w.Tx, e.Unit, e.Subject)
	if err != nil || len(open) == 0 {
		return err
	}
	names := make([]string, len(open))
	for i, a := range open {
		names[i] = a.ID
	}
	if err := w.Lock(ctx, names...); err != nil {
		return err
	}
	for _, id := range names {
		a, _, err := carddb.Load(ctx, w.Tx, id)
		if err != nil {
			return err
		}
		if a.Terminal() || a.Stage == card.StageIncomplete {
			continue
		}
		events, err := card.Withdraw(a, card.WithdrawCommand{By: card.Actor{Unit: e.Unit, Operator: w.By.ID}, Reason: reason})
		if err != nil {
			return err
		}
		w.Emit(events...)
	}
	return nil
}
