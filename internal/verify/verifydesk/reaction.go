package verifydesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydb"
)

// ReactionsWith lists what a node does by itself: a station carries out what was approved, a county numbers, the deciding unit reopens and closes, the
// city compares whoever comes into the register with everybody in it.
func ReactionsWith(verify.Settings) []office.Reaction {
	to := func(e *journal.Entry) event.Unit { return e.Stream.Receiver() }
	writer := func(e *journal.Entry) event.Unit { return e.Unit }
	city := func(e *journal.Entry) event.Unit { return e.Unit.Parent().Parent() }
	county := func(e *journal.Entry) event.Unit { return e.Stream.Receiver().Parent() }
	return []office.Reaction{
		{Name: "verify.carry_out_correction", Kind: verify.KindCorrectionApproved, Unit: to,
			Answers: []string{register.KindItemsCorrected, verify.KindDecisionReturned}, Run: carryOutCorrection},
		{Name: "verify.settle_refused", Kind: verify.KindCorrectionRefused, Unit: to, Answers: []string{verify.KindVerified}, Run: settleRefused},
		{Name: "verify.assign_numbers", Kind: verify.KindDecided, Unit: county, Answers: []string{verify.KindNumberAssigned}, Run: assignNumbers},
		{Name: "verify.reopen", Kind: verify.KindObjected, Unit: decider, Answers: []string{verify.KindReopened}, Run: reopen},
		{Name: "verify.reopen_returned", Kind: verify.KindDecisionReturned, Unit: decider, Answers: []string{verify.KindReopened}, Run: reopen},
		{Name: "verify.close_case", Kind: verify.KindCarriedOut, Unit: decider, Answers: []string{verify.KindCaseClosed}, Run: closeCase},
		{Name: "verify.restore", Kind: verify.KindReversed, Unit: to, Answers: []string{register.KindRestored}, Run: restore},
		{Name: "verify.complete_by_application", Kind: card.KindConfirmed, Unit: writer, Answers: []string{verify.KindVerified}, Run: application},
		{Name: "verify.check_newborn", Kind: register.KindBirthRegistered, Unit: writer, Answers: []string{verify.KindFindingsNoted}, Run: checkArrival},
		{Name: "verify.check_arrived", Kind: register.KindMovedIn, Unit: writer, Answers: []string{verify.KindFindingsNoted}, Run: checkArrival},
		{Name: "verify.check_late_entry", Kind: register.KindLateEntered, Unit: writer, Answers: []string{verify.KindFindingsNoted}, Run: checkArrival},
		{Name: "verify.compare_newborn", Kind: register.KindBirthRegistered, Unit: city, Answers: []string{verify.KindCaseOpened}, Run: doubles},
		{Name: "verify.compare_arrived", Kind: register.KindMovedIn, Unit: city, Answers: []string{verify.KindCaseOpened}, Run: doubles},
		{Name: "verify.compare_late_entry", Kind: register.KindLateEntered, Unit: city, Answers: []string{verify.KindCaseOpened}, Run: doubles},
		{Name: "verify.compare_chunk", Kind: register.KindChunkImported, Unit: city, Answers: []string{verify.KindCaseOpened}, Run: doubles},
	}
}

// decider is the deciding unit that a body names, where it is above the writer.
func decider(e *journal.Entry) event.Unit {
	var about verify.About
	if e.Erased() || e.Decode(&about) != nil || about.Decider == e.Unit || !about.Decider.Contains(e.Unit) {
		return ""
	}
	return about.Decider
}

// allowed tells whether the causing entry's unit may say what it says.
func allowed(cause *journal.Entry) (about verify.About, ok bool, err error) {
	err = cause.Decode(&about)
	return about, err == nil && verify.MayWrite(cause.Kind, about.Home, about.Decider, cause.Stream), err
}

func carryOutCorrection(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	if _, ok, err := allowed(cause); err != nil || !ok {
		return err
	}
	c, err := verifydb.CorrectionOf(ctx, w.Tx, cause.Subject)
	if err != nil || c.Proposal == nil || c.Unit != w.By.Unit || c.Stage != verify.StageApproved || c.Approval.Ref != cause.Ref() || c.Proposal.Operator == cause.Operator {
		return err
	}
	if err := w.Lock(ctx, c.Tenure, "numbers:"+string(w.By.Unit)); err != nil {
		return err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, c.Tenure)
	if err != nil {
		return err
	}
	others, err := holders(ctx, w, t, c.Body.Items.Number)
	if err != nil {
		return err
	}
	events := verify.CarryOutCorrection(by(w), c, t, ok, others)
	w.Emit(events...)
	if changed, ok := events[0].Body.(register.ItemsCorrected); ok {
		c.Stage, c.Holds = verify.StageCarriedOut, false
		return settledVisit(ctx, w, c, changed.Record)
	}
	return nil
}

// settleRefused verifies a person whose record was found right after all.
func settleRefused(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	if _, ok, err := allowed(cause); err != nil || !ok {
		return err
	}
	c, err := verifydb.CorrectionOf(ctx, w.Tx, cause.Subject)
	if err != nil || c.Proposal == nil || c.Unit != w.By.Unit || c.Stage != verify.StageRefused {
		return err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, c.Tenure)
	if err != nil || !ok || t.State != register.StateOpen {
		return err
	}
	return settledVisit(ctx, w, c, t.Record)
}

// assignNumbers gives the numbers that a decision orders, out of the county's series.
func assignNumbers(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	about, ok, err := allowed(cause)
	if err != nil || !ok {
		return err
	}
	if err := w.Lock(ctx, "ranges:"+string(w.By.Unit)); err != nil {
		return err
	}
	s, err := verifydb.SideOf(ctx, w.Tx, about.Home, about.Matter)
	if err != nil || s.Ref != cause.Ref() {
		return err
	}
	ranges, err := registerdb.RangesOfCounty(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return err
	}
	given := make(map[citizen.Number]bool)
	for _, o := range s.Decision.Orders {
		t, known, err := registerdb.TenureOf(ctx, w.Tx, o.Tenure)
		if err != nil {
			return err
		}
		if o.Do != verify.DoNewNumber || s.Assigned[o.Tenure] != "" || !known {
			continue
		}
		division, birth := citizen.Division(w.By.Unit), t.Record.BirthDate
		taken, err := registerdb.TakenOn(ctx, w.Tx, division, birth)
		if err != nil {
			return err
		}
		for n := range given {
			taken[n] = true
		}
		n, err := register.DrawAtCounty(w.By.Unit, birth, citizen.Sex(t.Record.Sex), ranges, func(n citizen.Number) bool { return taken[n] })
		if err != nil {
			return err
		}
		given[n] = true
		w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: register.KindNumberReserved, V: 1, Subject: o.Tenure, Body: register.NumberReserved{Number: n.String()}},
			event.Event{Stream: event.To(w.By.Unit, about.Home), Kind: verify.KindNumberAssigned, V: 1, Subject: about.Matter,
				Body: verify.NumberAssigned{About: about, Round: s.Round, Tenure: o.Tenure, Number: n.String()}})
	}
	return nil
}

func reopen(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var body verify.Objected
	if err := cause.Decode(&body); err != nil {
		return err
	}
	sides, _, err := verifydb.Case(ctx, w.Tx, body.Matter)
	if err != nil {
		return err
	}
	w.Emit(verify.Reopen(by(w), sides, cause.Unit, body.Round)...)
	return nil
}

func closeCase(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	sides, _, err := verifydb.Case(ctx, w.Tx, cause.Subject)
	if err != nil {
		return err
	}
	w.Emit(verify.CloseCase(by(w), sides)...)
	return nil
}

// restore gives back what a decision had ended. A registration that stands is left alone.
func restore(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	about, ok, err := allowed(cause)
	if err != nil || !ok {
		return err
	}
	var body verify.Reversed
	if err := cause.Decode(&body); err != nil {
		return err
	}
	s, err := verifydb.SideOf(ctx, w.Tx, about.Home, about.Matter)
	if err != nil || !s.Reversed(body.Tenure, body.Round) {
		return err
	}
	if err := w.Lock(ctx, body.Tenure); err != nil {
		return err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, body.Tenure)
	if err != nil || !ok {
		return err
	}
	ref := cause.Ref()
	e, err := register.Restore(register.By{Unit: w.By.Unit, Today: w.Today}, t, w.Today, body.Ground, &ref)
	if _, refused := event.AsRefusal(err); refused {
		return nil
	}
	if err != nil {
		return err
	}
	w.Emit(e)
	return nil
}

// application completes a resident's verification: the clerk who took the signed form has the person, the papers and the record together
// (decision 0006).
func application(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var body card.Body
	if err := cause.Decode(&body); err != nil {
		return err
	}
	if !card.MayWrite(cause.Kind, body.Home, cause.Unit) {
		return nil
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, body.Tenure)
	if err != nil || !ok || t.Unit != w.By.Unit || t.State != register.StateOpen {
		return err
	}
	main := register.MainMark(t.Record)
	if _, done, err := verifydb.VerifiedBy(ctx, w.Tx, t.Unit, t.ID, main); err != nil || done {
		return err
	}
	if waits, err := pending(ctx, w, t.Resident); err != nil || waits {
		return err
	}
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: verify.KindVerified, V: 1, Subject: t.ID, Body: verify.VerifiedBody{About: verify.About{Matter: t.ID, Home: w.By.Unit},
		Verified: []verify.Verified{{Tenure: t.ID, Resident: t.Resident, Main: main, By: cause.Operator, Way: verify.WayApplication}}}})
	return nil
}

// checkArrival asks the item rules of whoever comes into the register; it never stops anybody.
func checkArrival(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, cause.Subject)
	if err != nil || !ok || t.State != register.StateOpen || t.Unit != w.By.Unit {
		return err
	}
	found, err := findings(ctx, w, t)
	if err != nil || len(found) == 0 {
		return err
	}
	id, err := mint()
	if err != nil {
		return err
	}
	body := verify.FindingsNoted{About: verify.About{Matter: id, Home: w.By.Unit}, Tenure: t.ID}
	for _, f := range found {
		body.Rules = append(body.Rules, f.Rule)
	}
	w.Emit(event.Event{Stream: event.Up(w.By.Unit), Kind: verify.KindFindingsNoted, V: 1, Subject: id, Body: body})
	return nil
}

// doubles compares whoever comes into the register with everybody in it, and opens a case for each group that agrees too far.
func doubles(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var pairs []registerdb.Pair
	var err error
	if cause.Kind == register.KindChunkImported {
		pairs, err = registerdb.PairsOfChunk(ctx, w.Tx, cause.Unit, cause.Subject)
	} else {
		pairs, err = registerdb.PairsOfTenure(ctx, w.Tx, cause.Subject)
	}
	if err != nil || len(pairs) == 0 {
		return err
	}
	if err := w.Lock(ctx, "cases:"+string(w.By.Unit)); err != nil {
		return err
	}
	for _, g := range groups(pairs) {
		known := true
		for _, p := range g.pairs {
			one, err := verifydb.CaseWith(ctx, w.Tx, p.A.Tenure, p.B.Tenure)
			if err != nil {
				return err
			}
			known = known && one
		}
		if known {
			continue
		}
		_, events, err := opens(w, verify.Opening{Kind: g.kind, Parties: g.parties, Clue: g.clue})
		if err != nil {
			return err
		}
		w.Emit(events...)
	}
	return nil
}

// group is registrations that one case is about.
type group struct {
	kind    string
	clue    string
	parties []verify.Party
	pairs   []registerdb.Pair
}

// groups joins pairs that share a registration. The same name under one number is one person twice; different names are two persons with one number.
func groups(pairs []registerdb.Pair) []*group {
	type key struct{ kind, tenure string }
	at := make(map[key]*group)
	var all []*group
	for _, p := range pairs {
		kind, clue := verify.CaseDouble, "同名、同性别、同出生日期、同民族"
		if p.SameNumber && p.A.Name != p.B.Name {
			kind, clue = verify.CaseSharedNumber, "公民身份号码相同"
		} else if p.SameNumber {
			clue = "公民身份号码和姓名相同"
		}
		g := at[key{kind, p.A.Tenure}]
		if g == nil {
			g = at[key{kind, p.B.Tenure}]
		}
		if g == nil {
			g = &group{kind: kind, clue: clue}
			all = append(all, g)
		}
		g.pairs = append(g.pairs, p)
		for _, side := range []registerdb.Side{p.A, p.B} {
			if at[key{kind, side.Tenure}] == nil {
				at[key{kind, side.Tenure}] = g
				g.parties = append(g.parties, verify.Party{Unit: side.Unit, Tenure: side.Tenure, Resident: side.Resident})
			}
		}
	}
	return all
}
