package verifydesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/reconcile"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// ProposeInput proposes a correction. Source names the visit or comparison that it settles.
type ProposeInput struct {
	Tenure   string          `json:"tenure"`
	Items    register.Items  `json:"items"`
	Category string          `json:"category"` // code of citizen.AlterationCategories
	On       citizen.Date    `json:"on"`
	Evidence string          `json:"evidence"`
	Paper    *register.Paper `json:"paper,omitempty"`
	Source   string          `json:"source,omitempty"`
}

// ProposeOutput says whether the correction waits for a decision.
type ProposeOutput struct {
	Correction string   `json:"correction"`
	Main       []string `json:"main"` // the main items that need a decision; none: done on the spot
	Version    int64    `json:"version,omitempty"`
}

func propose(ctx context.Context, w *office.Work, in ProposeInput) (out ProposeOutput, err error) {
	if err := w.Lock(ctx, in.Tenure); err != nil {
		return out, err
	}
	t, err := person(ctx, w, in.Tenure)
	if err != nil {
		return out, err
	}
	if err := knownSource(ctx, w, in.Source); err != nil {
		return out, err
	}
	waits, err := verifydb.HeldBesides(ctx, w.Tx, t.Resident, in.Source)
	if err != nil {
		return out, err
	}
	if out.Correction, err = mint(); err != nil {
		return out, err
	}
	c, err := verify.ProposeCorrection(by(w), t, verify.CorrectionProposed{About: verify.About{Matter: out.Correction}, Items: in.Items, Category: in.Category,
		On: in.On, Evidence: in.Evidence, Paper: in.Paper, Source: in.Source}, waits)
	if err != nil {
		return out, err
	}
	facts := register.CorrectFacts{}
	if facts.Holders, err = holders(ctx, w, t, in.Items.Number); err != nil {
		return out, err
	}
	// The rule of the register is asked now, so that nobody decides on what could not be carried out.
	rehearsal := register.Correct{Items: in.Items, Category: in.Category, On: in.On, Paper: in.Paper, Decision: out.Correction}
	if len(c.Altered) > 0 {
		rehearsal.Ref = &event.Ref{}
	}
	changed, err := register.CorrectItems(register.By{Unit: w.By.Unit, Today: w.Today}, t, rehearsal, facts)
	if err != nil {
		return out, err
	}
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: verify.KindCorrectionProposed, V: 1, Subject: out.Correction, Body: c})
	out.Main = append([]string{}, c.Altered...)
	if len(c.Altered) > 0 {
		return out, nil
	}
	out.Version = t.Version + 1
	w.Emit(changed, event.Event{Stream: event.Up(w.By.Unit), Kind: verify.KindCorrectionCarried, V: 1, Subject: out.Correction,
		Body: verify.CorrectionCarried{About: c.About}})
	through := verify.Correction{Matter: verify.Matter{ID: out.Correction, Unit: w.By.Unit, Stage: verify.StageCarriedOut, Source: in.Source, Tenure: t.ID}, Body: c}
	return out, settledVisit(ctx, w, through, changed.Body.(register.ItemsCorrected).Record)
}

// knownSource refuses a source that is no visit or comparison of this station.
func knownSource(ctx context.Context, w *office.Work, source string) error {
	if source == "" {
		return nil
	}
	m, ok, err := verifydb.MatterOf(ctx, w.Tx, w.By.Unit, source)
	if err == nil && (!ok || m.Class != verify.ClassVisit && m.Class != verify.ClassComparison) {
		return verify.NotFound()
	}
	return err
}

// holders lists other residents who have or had a number.
func holders(ctx context.Context, w *office.Work, t register.Tenure, number *string) ([]string, error) {
	if number == nil {
		return nil, nil
	}
	found, err := registerdb.ByNumber(ctx, w.Tx, *number)
	var others []string
	for _, other := range found {
		if other.Resident != t.Resident {
			others = append(others, other.ID)
		}
	}
	return others, err
}

// settledVisit verifies a person whose visit has no open difference left, in the name of the officer who looked.
func settledVisit(ctx context.Context, w *office.Work, through verify.Correction, now register.Record) error {
	if through.Source == "" {
		return nil
	}
	steps, err := verifydb.Steps(ctx, w.Tx, through.Unit, through.Source)
	if err != nil {
		return err
	}
	v, officer, ok := verify.VisitOf(steps)
	if !ok {
		return nil
	}
	corrections, err := verifydb.CorrectionsFrom(ctx, w.Tx, through.Source, through.Tenure)
	if err != nil {
		return err
	}
	others := []verify.Correction{through}
	for _, c := range corrections {
		if c.ID == through.ID {
			continue
		}
		if c.Holds {
			return nil
		}
		others = append(others, c)
	}
	if !verify.Settled(&v, through.Tenure, others) {
		return nil
	}
	tenure := through.Tenure
	w.Emit(event.Event{Stream: event.Up(through.Unit), Kind: verify.KindVerified, V: 1, Subject: tenure, Body: verify.VerifiedBody{
		About:    verify.About{Matter: tenure, Home: through.Unit},
		Verified: []verify.Verified{{Tenure: tenure, Resident: through.Body.Resident, Main: register.MainMark(now), By: officer, Way: verify.WayVisit}}}})
	return nil
}

// JudgeInput decides on a correction.
type JudgeInput struct {
	Correction string `json:"correction"`
	Ground     string `json:"ground,omitempty"`
}

func (d desk) approve(ctx context.Context, w *office.Work, in JudgeInput) (None, error) {
	return None{}, d.judge(ctx, w, in, true)
}

func (d desk) refuse(ctx context.Context, w *office.Work, in JudgeInput) (None, error) {
	return None{}, d.judge(ctx, w, in, false)
}

func (d desk) judge(ctx context.Context, w *office.Work, in JudgeInput, approve bool) error {
	if err := w.Lock(ctx, in.Correction); err != nil {
		return err
	}
	c, err := verifydb.CorrectionOf(ctx, w.Tx, in.Correction)
	if err != nil {
		return err
	}
	e, err := verify.JudgeCorrection(by(w), c, d.settings, approve, in.Ground)
	if err != nil {
		return err
	}
	w.Emit(e)
	return nil
}

// CompareInput is a comparison by exception: each record looked at has what the register has, save where something was typed.
type CompareInput struct {
	Members []ComparedMember `json:"members"`
	Looked  []string         `json:"looked"` // of form, booklet, card, citizen: those that were there
}

// ComparedMember is a member with what differs in the papers.
type ComparedMember struct {
	Tenure  string         `json:"tenure"`
	Differs []verify.Typed `json:"differs,omitempty"`
}

// ComparedOutput is the result of each member.
type ComparedOutput struct {
	Comparison string         `json:"comparison"`
	Tenure     string         `json:"tenure"`
	Consistent bool           `json:"consistent"`
	Items      []verify.Item  `json:"items"`
	Orders     []verify.Order `json:"orders"`
}

func compare(ctx context.Context, w *office.Work, in CompareInput) ([]ComparedOutput, error) {
	var names []string
	for _, m := range in.Members {
		names = append(names, m.Tenure)
	}
	if err := w.Lock(ctx, names...); err != nil {
		return nil, err
	}
	out := []ComparedOutput{}
	for _, m := range in.Members {
		one, err := comparePerson(ctx, w, m, in.Looked)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func comparePerson(ctx context.Context, w *office.Work, m ComparedMember, looked []string) (out ComparedOutput, err error) {
	t, err := person(ctx, w, m.Tenure)
	if err != nil {
		return out, err
	}
	history, err := registerdb.History(ctx, w.Tx, t.Unit, t.ID)
	if err != nil {
		return out, err
	}
	var changes []reconcile.Change
	for _, h := range history {
		if h.Before != nil {
			changes = append(changes, verify.ChangesOf(h.Before, &h.Record, h.EffectiveOn)...)
		}
	}
	waits, err := pending(ctx, w, t.Resident)
	if err != nil {
		return out, err
	}
	id, err := mint()
	if err != nil {
		return out, err
	}
	c, err := verify.ComparePerson(by(w), verify.Compared{About: verify.About{Matter: id}, Looked: looked}, t, m.Differs, changes, waits)
	if err != nil {
		return out, err
	}
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: verify.KindCompared, V: 1, Subject: id, Body: c})
	return ComparedOutput{Comparison: id, Tenure: t.ID, Consistent: len(c.Orders) == 0, Items: append([]verify.Item{}, c.Items...), Orders: append([]verify.Order{}, c.Orders...)}, nil
}

// OrderInput marks an order as done.
type OrderInput struct {
	Comparison string       `json:"comparison"`
	Source     string       `json:"source"`
	Item       string       `json:"item"`
	On         citizen.Date `json:"on"`
	Words      string       `json:"words,omitempty"`
}

// OrderOutput says what is left to do.
type OrderOutput struct {
	Left int `json:"left"`
}

func orderDone(ctx context.Context, w *office.Work, in OrderInput) (out OrderOutput, err error) {
	if err := w.Lock(ctx, in.Comparison); err != nil {
		return out, err
	}
	m, ok, err := verifydb.MatterOf(ctx, w.Tx, w.By.Unit, in.Comparison)
	if err != nil {
		return out, err
	}
	if !ok || m.Class != verify.ClassComparison {
		return out, verify.NotFound()
	}
	steps, err := verifydb.Steps(ctx, w.Tx, m.Unit, m.ID)
	if err != nil {
		return out, err
	}
	c, looked, done := verify.OrdersOf(steps)
	t, err := person(ctx, w, c.Tenure)
	if err != nil {
		return out, err
	}
	waits, err := verifydb.HeldBesides(ctx, w.Tx, c.Resident, m.ID)
	if err != nil {
		return out, err
	}
	corrections, err := verifydb.CorrectionsFrom(ctx, w.Tx, m.ID, c.Tenure)
	if err != nil {
		return out, err
	}
	e, err := verify.FinishOrder(by(w), m, c, done, looked, verify.OrderDone{About: verify.About{Matter: m.ID}, Source: in.Source, Item: in.Item, On: in.On, Words: in.Words}, t, corrections, waits)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return OrderOutput{Left: len(c.Orders) - len(done)}, nil
}
