package verifydesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// OpenInput opens a case about registrations, or about a household where nobody is registered yet.
type OpenInput struct {
	Kind        string   `json:"kind"`
	Tenures     []string `json:"tenures,omitempty"`
	HouseholdNo string   `json:"household_no,omitempty"`
	Clue        string   `json:"clue"` // what led to it: a death list, a neighbour, the person
}

// OpenOutput names the case and who decides it.
type OpenOutput struct {
	Case    string     `json:"case"`
	Decider event.Unit `json:"decider"`
}

func openCase(ctx context.Context, w *office.Work, in OpenInput) (out OpenOutput, err error) {
	if err := w.Lock(ctx, append([]string{"cases:" + string(w.By.Unit)}, in.Tenures...)...); err != nil {
		return out, err
	}
	o := verify.Opening{Kind: in.Kind, HouseholdNo: in.HouseholdNo, Clue: in.Clue}
	for _, tenure := range in.Tenures {
		t, ok, err := registerdb.TenureOf(ctx, w.Tx, tenure)
		if err != nil {
			return out, err
		}
		if !ok || t.State != register.StateOpen {
			return out, verify.NotFound()
		}
		if !w.By.Unit.Contains(t.Unit) { // the rule refuses it, without a word about the registration
			o.Parties = append(o.Parties, party(t))
			continue
		}
		open, err := verifydb.OpenCaseOf(ctx, w.Tx, t.Unit, t.ID, in.Kind)
		if err != nil {
			return out, err
		}
		if open {
			return out, event.Refuse("verify.case_open", "", citizen.Text{ZH: "该登记已有同类案件未结", EN: "a case of this kind is open about the registration"},
				citizen.Text{ZH: "在原案中办理", EN: "go on with that one"})
		}
		o.Parties = append(o.Parties, party(t))
	}
	id, events, err := opens(w, o)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	return OpenOutput{Case: id, Decider: events[0].Body.(verify.CaseOpened).Decider}, nil
}

// side locks a case and reads this station's side of it.
func side(ctx context.Context, w *office.Work, id string) (verify.Side, error) {
	if err := w.Lock(ctx, id); err != nil {
		return verify.Side{}, err
	}
	return verifydb.SideOf(ctx, w.Tx, w.By.Unit, id)
}

// emitOne emits what a rule gave.
func emitOne(w *office.Work) func(event.Event, error) (None, error) {
	return func(e event.Event, err error) (None, error) {
		if err == nil {
			w.Emit(e)
		}
		return None{}, err
	}
}

// HearInput records what a person says.
type HearInput struct {
	Case   string       `json:"case"`
	Tenure string       `json:"tenure,omitempty"`
	On     citizen.Date `json:"on"`
	Words  string       `json:"words"`
	Absent bool         `json:"absent,omitempty"`
}

// StatementInput records what somebody said against a decision, or how a person showed to be alive.
type StatementInput struct {
	Case   string       `json:"case"`
	Tenure string       `json:"tenure,omitempty"`
	On     citizen.Date `json:"on"`
	Words  string       `json:"words"`
}

func hear(ctx context.Context, w *office.Work, in HearInput) (None, error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.Hear(by(w), s, verify.PersonHeard{Tenure: in.Tenure, On: in.On, Words: in.Words, Absent: in.Absent}))
}

// FindInput records what was found out.
type FindInput struct {
	Case      string       `json:"case"`
	Tenure    string       `json:"tenure,omitempty"`
	On        citizen.Date `json:"on"`
	Words     string       `json:"words"`
	LivesHere bool         `json:"lives_here,omitempty"`
	HasCard   bool         `json:"has_card,omitempty"`
}

func find(ctx context.Context, w *office.Work, in FindInput) (None, error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.Find(by(w), s, verify.FindingRecorded{Tenure: in.Tenure, On: in.On, Words: in.Words, LivesHere: in.LivesHere, HasCard: in.HasCard}))
}

// ProposalInput proposes how to decide.
type ProposalInput struct {
	Case   string             `json:"case"`
	Orders []verify.CaseOrder `json:"orders"` // one for each registration; unit and links are filled in
	Ground string             `json:"ground"`
}

// whole locks a case and reads all of it that this unit decides.
func whole(ctx context.Context, w *office.Work, id string) (sides []verify.Side, p verify.Proposals, err error) {
	if err := w.Lock(ctx, id); err != nil {
		return nil, p, err
	}
	return verifydb.Case(ctx, w.Tx, id)
}

func proposeCase(ctx context.Context, w *office.Work, in ProposalInput) (None, error) {
	sides, p, err := whole(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.ProposeCase(by(w), sides, p, in.Orders, in.Ground))
}

// CaseInput names a case, with a ground where one is needed.
type CaseInput struct {
	Case   string `json:"case"`
	Ground string `json:"ground,omitempty"`
}

func refuseProposal(ctx context.Context, w *office.Work, in CaseInput) (None, error) {
	sides, p, err := whole(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.RefuseProposal(by(w), sides, p, in.Ground))
}

func (d desk) decide(ctx context.Context, w *office.Work, in CaseInput) (None, error) {
	sides, p, err := whole(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	links, err := linksOf(ctx, w, p.Body.Orders)
	if err != nil {
		return None{}, err
	}
	events, err := verify.DecideCase(by(w), sides, p, d.settings, links)
	if err != nil {
		return None{}, err
	}
	w.Emit(events...)
	return None{}, nil
}

// linksOf tells the kept side the numbers of the registrations that end.
func linksOf(ctx context.Context, w *office.Work, orders []verify.CaseOrder) (map[string][]verify.CaseLink, error) {
	var ended []verify.CaseLink
	for _, o := range orders {
		if o.Do != verify.DoCancel {
			continue
		}
		t, err := person(ctx, w, o.Tenure)
		if err != nil {
			return nil, err
		}
		ended = append(ended, verify.CaseLink{Number: t.Record.Number, Unit: t.Unit})
	}
	links := make(map[string][]verify.CaseLink)
	for _, o := range orders {
		if o.Do == verify.DoKeep {
			links[o.Tenure] = ended
		}
	}
	return links, nil
}

// ServeInput records the service of the decision.
type ServeInput struct {
	Case   string       `json:"case"`
	Tenure string       `json:"tenure"`
	On     citizen.Date `json:"on"`
	To     string       `json:"to"`
	How    string       `json:"how"` // hand, relatives, public
}

// ServeOutput is the last day for objections.
type ServeOutput struct {
	ObjectionUntil citizen.Date `json:"objection_until"`
}

func serve(ctx context.Context, w *office.Work, in ServeInput) (out ServeOutput, err error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return out, err
	}
	_, err = emitOne(w)(verify.Serve(by(w), s, verify.NoticeServed{Tenure: in.Tenure, On: in.On, To: in.To, How: in.How}))
	return ServeOutput{ObjectionUntil: in.On.AddDays(s.Decision.Objection)}, err
}

func object(ctx context.Context, w *office.Work, in StatementInput) (None, error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.Object(by(w), s, verify.Objected{Tenure: in.Tenure, On: in.On, Words: in.Words}))
}

// SettleInput ends a case that needs no decision; of a child it names the registration.
type SettleInput struct {
	Case   string `json:"case"`
	Words  string `json:"words"`
	Tenure string `json:"tenure,omitempty"`
}

func settle(ctx context.Context, w *office.Work, in SettleInput) (None, error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	var registered *register.Tenure
	if in.Tenure != "" {
		t, ok, err := registerdb.TenureOf(ctx, w.Tx, in.Tenure)
		if err != nil {
			return None{}, err
		}
		if ok {
			registered = &t
		}
	}
	var own []register.Tenure
	for _, p := range s.Opened.Own {
		t, err := person(ctx, w, p.Tenure)
		if err != nil {
			return None{}, err
		}
		own = append(own, t)
	}
	return emitOne(w)(verify.Settle(by(w), s, in.Words, in.Tenure, registered, own))
}

func returnDecision(ctx context.Context, w *office.Work, in CaseInput) (None, error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.ReturnDecision(by(w), s, in.Ground))
}

func proveLife(ctx context.Context, w *office.Work, in StatementInput) (None, error) {
	s, err := side(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	return emitOne(w)(verify.ProveLife(by(w), s, verify.LifeProved{Tenure: in.Tenure, On: in.On, Words: in.Words}))
}

// ReverseInput gives a registration back that a decision had ended.
type ReverseInput struct {
	Case   string `json:"case"`
	Tenure string `json:"tenure"`
	Ground string `json:"ground"`
}

func reverse(ctx context.Context, w *office.Work, in ReverseInput) (None, error) {
	sides, _, err := whole(ctx, w, in.Case)
	if err != nil {
		return None{}, err
	}
	for _, s := range sides {
		for _, p := range s.Opened.Own {
			if p.Tenure == in.Tenure {
				return emitOne(w)(verify.Reverse(by(w), s, in.Tenure, in.Ground))
			}
		}
	}
	return None{}, verify.NotFound()
}

// CarryOutput says what was done; or that the decision no longer fits and went back.
type CarryOutput struct {
	Returned     bool     `json:"returned"`
	Ground       string   `json:"ground,omitempty"`
	Certificates []string `json:"certificates"` // of numbers that changed or were linked, for banks and pension offices
}

func carryOut(ctx context.Context, w *office.Work, in CaseInput) (out CarryOutput, err error) {
	s, err := verifydb.SideOf(ctx, w.Tx, w.By.Unit, in.Case)
	if err != nil {
		return out, err
	}
	names := []string{in.Case, "numbers:" + string(w.By.Unit)}
	for _, o := range s.Decision.Orders {
		names = append(names, o.Tenure)
	}
	if err := w.Lock(ctx, names...); err != nil {
		return out, err
	}
	if s, err = verifydb.SideOf(ctx, w.Tx, w.By.Unit, in.Case); err != nil {
		return out, err
	}
	if err := verify.MayCarryOut(by(w), s); err != nil {
		return out, err
	}
	c := &carrier{w: w, by: register.By{Unit: w.By.Unit, Today: w.Today}, side: s, book: make(map[string]register.Tenure)}
	err = c.all(ctx)
	if refusal, ok := event.AsRefusal(err); ok {
		_, err := emitOne(w)(verify.ReturnDecision(by(w), s, refusal.Text.ZH))
		return CarryOutput{Returned: true, Ground: refusal.Text.ZH, Certificates: []string{}}, err
	}
	if err != nil {
		return out, err
	}
	w.Emit(c.events...)
	w.Emit(verify.CarryDone(s))
	return CarryOutput{Certificates: append([]string{}, c.certificates...)}, nil
}

// carrier makes the register's entries of one side's orders, each on the record that the one before leaves.
type carrier struct {
	w            *office.Work
	by           register.By
	side         verify.Side
	book         map[string]register.Tenure
	events       []event.Event
	certificates []string
}

func (c *carrier) all(ctx context.Context) error {
	for _, o := range c.side.Decision.Orders {
		if err := c.one(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

func (c *carrier) tenure(ctx context.Context, id string) (register.Tenure, error) {
	if t, ok := c.book[id]; ok {
		return t, nil
	}
	return person(ctx, c.w, id)
}

func (c *carrier) one(ctx context.Context, o verify.CaseOrder) error {
	t, err := c.tenure(ctx, o.Tenure)
	if err != nil {
		return err
	}
	ref := c.side.Ref
	switch ended := c.side.Ended(o.Tenure) && t.State == register.StateCancelled; {
	case ended && o.Do == verify.DoCancel: // an earlier round of the case did
		return nil
	case ended && o.Do == verify.DoKeep:
		return c.take(register.Restore(c.by, t, c.by.Today, c.side.Decision.Ground, &ref))
	}
	switch o.Do {
	case verify.DoCancel:
		notice := c.side.Notices[o.Tenure].Ref
		return c.take(register.Cancel(c.by, t, c.by.Today, o.Mark, &ref, &notice))
	case verify.DoCorrect:
		return c.correct(ctx, t, *o.Items, o.Category)
	case verify.DoNewNumber:
		given, old := c.side.Assigned[o.Tenure], t.Record.Number
		if o.Category == "" {
			o.Category = map[string]string{verify.CaseSharedNumber: "11"}[c.side.Kind]
		}
		if o.Category == "" {
			o.Category = "12"
		}
		if err := c.correct(ctx, t, register.Items{Number: &given}, o.Category); err != nil || old == "" {
			return err
		}
		return c.link(ctx, o.Tenure, verify.CaseLink{Number: old, Unit: t.Unit})
	}
	for _, link := range o.Links {
		if link.Number != t.Record.Number && link.Number != "" {
			if err := c.link(ctx, o.Tenure, link); err != nil {
				return err
			}
		}
	}
	return t.StillOpen(c.by)
}

func (c *carrier) correct(ctx context.Context, t register.Tenure, items register.Items, category string) error {
	others, err := holders(ctx, c.w, t, items.Number)
	if err != nil {
		return err
	}
	ref := c.side.Ref
	return c.take(register.CorrectItems(c.by, t, register.Correct{Items: items, Category: category, On: c.by.Today, Decision: c.side.ID, Ref: &ref}, register.CorrectFacts{Holders: others}))
}

func (c *carrier) link(ctx context.Context, tenure string, l verify.CaseLink) error {
	t, err := c.tenure(ctx, tenure)
	if err != nil {
		return err
	}
	household, err := registerdb.Household(ctx, c.w.Tx, t.Unit, t.Record.HouseholdNo)
	if err != nil {
		return err
	}
	for i := range household {
		if now, ok := c.book[household[i].ID]; ok {
			household[i] = now
		}
	}
	ref := c.side.Ref
	certificate := "同" + c.side.ID[max(0, len(c.side.ID)-12):] + "-" + l.Number[max(0, len(l.Number)-4):]
	events, err := register.LinkIdentity(c.by, t, register.Link{OldNumber: l.Number, OldUnit: l.Unit, Certificate: certificate, Decision: &ref}, household)
	if err != nil {
		return err
	}
	c.certificates = append(c.certificates, certificate)
	for _, e := range events {
		if err := c.take(e, nil); err != nil {
			return err
		}
	}
	return nil
}

// take keeps an event and the record that it leaves.
func (c *carrier) take(e event.Event, err error) error {
	if err != nil {
		return err
	}
	var change register.Change
	switch body := e.Body.(type) {
	case register.ItemsCorrected:
		change = body.Change
	case register.IdentityLinked:
		change = body.Change
	case register.Cancelled:
		change = body.Change
	case register.Restored:
		change = body.Change
	}
	c.events = append(c.events, e)
	c.book[e.Subject] = register.Tenure{Unit: c.by.Unit, ID: e.Subject, Resident: change.Resident, Version: change.Version, State: register.StateOpen, Record: change.Record}
	return nil
}
