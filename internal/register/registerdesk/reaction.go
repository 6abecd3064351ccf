package registerdesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// ReactionsWith lists what a node does by itself when moves and reports reach it.
func ReactionsWith(limits register.Limits) []office.Reaction {
	d := desk{limits}
	toReceiver := func(e *journal.Entry) event.Unit { return e.Stream.Receiver() }
	return []office.Reaction{
		{Name: "register.resume_tenure", Kind: register.KindMoveReturned, Unit: toReceiver, Answers: []string{register.KindTenureResumed}, Run: resume},
		{Name: "register.complete_requested_move", Kind: register.KindMovedOut, Unit: requestedBy, Answers: []string{register.KindMovedIn}, Run: d.completeMove},
		{Name: "register.forward_report", Kind: register.KindEventReported, Unit: toReceiver, Answers: []string{register.KindEventReported}, Run: forward},
		{Name: "register.carry_out_decision", Kind: register.KindDecided, Unit: decidedFor,
			Answers: []string{register.KindLateEntered, register.KindClassChanged, register.KindCancelled, register.KindRestored, register.KindDecisionReturned}, Run: decided},
		{Name: "register.redivide", Kind: register.KindRedivisionOrdered, Unit: orderedAt,
			Answers: []string{register.KindRedivided, register.KindMovedOut, register.KindHouseholdChanged, register.KindHouseholdDissolved}, Run: redivide},
		{Name: "register.take_over", Kind: register.KindMovedOut, Unit: takenOverBy, Answers: []string{register.KindMovedIn}, Run: d.takeOver},
	}
}

// resume opens the tenure again that a returned move had closed.
func resume(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var body register.MoveReturned
	if err := cause.Decode(&body); err != nil {
		return err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, cause.Subject)
	if err != nil || !ok || t.MovedTo != cause.Unit { // the station moved to alone gives back
		return err
	}
	events := register.Resume(by(w), t, body)
	if len(events) > 0 {
		err = comesBack(ctx, w, t)
	}
	w.Emit(events...)
	return err
}

// decidedFor is the station that a decision was made for: the one told, or the one whose own leader decided.
func decidedFor(e *journal.Entry) event.Unit {
	if to := e.Stream.Receiver(); to != "" {
		return to
	}
	return e.Stream.Unit()
}

// requestedBy is the receiving station where the move-out answers its request.
func requestedBy(e *journal.Entry) event.Unit {
	var body register.MovedOut
	if e.Erased() || e.Decode(&body) != nil || body.Request == "" {
		return ""
	}
	return e.Stream.Receiver()
}

// completeMove takes the person in whom this station had asked for: the citizen has been at the window already.
func (d desk) completeMove(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var out register.MovedOut
	if err := cause.Decode(&out); err != nil {
		return err
	}
	if err := w.Lock(ctx, out.ToTenure); err != nil {
		return err
	}
	q, ok, err := registerdb.Request(ctx, w.Tx, out.Request)
	if err != nil || !ok || q.Unit != cause.Unit || q.By != w.By.Unit { // the answer to another's request, or another's answer
		return err
	}
	m, ok, err := registerdb.MoveTo(ctx, w.Tx, out.ToTenure)
	if err != nil || !ok || m.Arrived || m.Returned {
		return err
	}
	on := q.Body.On
	if on.Before(m.On) {
		on = m.On
	}
	events, err := register.RegisterMoveIn(by(w), m, register.MoveIn{HouseholdNo: q.Body.HouseholdNo, Address: q.Body.Address, Relation: q.Body.Relation, On: on}, d.limits)
	if err != nil {
		return err
	}
	return arrives(ctx, w, events)
}

// arrives writes a move-in that the node carries out by itself; a household that was dissolved meanwhile stands up again.
func arrives(ctx context.Context, w *office.Work, events []event.Event) error {
	in := events[0].Body.(register.MovedIn)
	err := comesBack(ctx, w, register.Tenure{Unit: w.By.Unit, ID: in.Tenure, Record: in.Record})
	w.Emit(events...)
	return err
}

// forward sends a report on to the station that owns the person since.
func forward(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	var body register.EventReported
	if err := cause.Decode(&body); err != nil {
		return err
	}
	if body.Tenure == "" || !body.Counts(cause.Stream, cause.Cause) {
		return nil // a clerk finds the person first
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, body.Tenure)
	if err != nil || !ok {
		return err
	}
	w.Emit(register.Forward(by(w), t, body)...)
	return nil
}
