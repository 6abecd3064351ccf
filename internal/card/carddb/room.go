// Package carddb keeps the card room's tables: notices, applications derived from their steps, orders, feedback and consignments.
package carddb

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is the card room (office.Room).
type Room struct{}

// New gives the room.
func New() Room { return Room{} }

// Name is "card".
func (Room) Name() string { return "card" }

// Migration is the room's tables.
func (Room) Migration() store.Migration { return store.Embedded("card", migrations) }

// Kinds names the room's kinds, each in its first version.
func (Room) Kinds() map[string]int { return office.FirstVersions(card.Words) }

// Words says what each kind states.
func (Room) Words() map[string]citizen.Text { return card.Words }

// Tables lists the derived tables.
func (Room) Tables() []store.Table {
	return append(caseTables(), []store.Table{
		{Name: "card_notice", Key: []string{"unit", "notice"}, Columns: []string{"resident", "tenure", "turn_on", "way", "at", "operator"}, Unit: "unit"},
		{Name: "card_step", Key: []string{"unit", "application", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"leaf", "kind", "round", "attempt", "at", "acting", "operator", "cause", "body"}, Unit: "unit"},
		{Name: "card_application", Key: []string{"unit", "application"}, Columns: applicationColumns[2:], Unit: "unit"},
		{Name: "card_progress", Key: []string{"unit", "application"}, Columns: progressColumns[2:], Unit: "unit"},
		{Name: "card_reached", Key: []string{"unit", "step", "day"}, Numbers: []string{"day"}, Columns: []string{"n"}, Unit: "unit"},
		{Name: "card_number", Key: []string{"unit", "day", "running", "application"}, Numbers: []string{"running"},
			Columns: []string{"generation"}, Unit: "unit"},
		{Name: "card_order", Key: []string{"unit", "card_order"}, Columns: []string{"digest", "cards", "at", "operator"}, Unit: "unit"},
		{Name: "card_feedback", Key: []string{"unit", "digest"},
			Columns: []string{"card_order", "made", "rejected", "dispatched", "exceptions", "at", "operator"}, Unit: "unit"},
		{Name: "card_consignment", Key: []string{"unit", "consignment"}, Columns: []string{"receiver", "subject", "at", "operator"}, Unit: "unit"},
		{Name: "card_consignment_card", Key: []string{"unit", "consignment", "card_no"}, Columns: []string{"application", "home", "subject"}, Unit: "unit"},
		{Name: "card_consignment_count", Key: []string{"unit", "consignment"},
			Columns: []string{"listed", "found", "missing", "surplus", "wrong", "at", "operator"}, Unit: "unit"},
		{Name: "card_count_card", Key: []string{"unit", "consignment", "card_no"}, Columns: []string{"application", "home", "verdict"}, Unit: "unit"},
		{Name: "card_look_up", Key: []string{"unit", "look_up"}, Columns: []string{"at", "operator", "purpose", "how", "wide", "application"}, Unit: "unit"},
	}...)
}

// Forget removes what stands for a subject: a notice, a look-up, an application, an order or a consignment.
func (Room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	if err := forgetReached(ctx, tx, subject); err != nil {
		return nil, err
	}
	for _, query := range append(slices.Clone(caseForgets), []string{
		"delete from card_notice where notice = $1",
		"delete from card_look_up where look_up = $1",
		"delete from card_step where application = $1",
		"delete from card_application where application = $1",
		"delete from card_progress where application = $1",
		"delete from card_number where application = $1",
		"delete from card_order where card_order = $1",
		"delete from card_feedback where card_order = $1",
		"delete from card_consignment where subject = $1",
		"delete from card_consignment_card where subject = $1",
		"delete from card_consignment_count where consignment = $1",
		"delete from card_count_card where consignment = $1",
	}...) {
		if _, err := tx.Exec(ctx, query, subject); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Erasable names the kinds whose bodies may be erased: none, for without one of its steps an application would no longer say what
// became of its card.
func (Room) Erasable() []string { return nil }

// Apply derives the rows of one entry; one of a unit that may not write it gives none.
func (Room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	switch a.Kind {
	case card.KindNotified:
		return applyNotified(ctx, tx, a)
	case card.KindLookedUp:
		return applyLookedUp(ctx, tx, a)
	case card.KindOrderWritten:
		return applyOrder(ctx, tx, a)
	case card.KindFeedbackTaken:
		return applyFeedback(ctx, tx, a)
	case card.KindConsigned:
		return applyConsigned(ctx, tx, a)
	case card.KindConsignmentCounted:
		return applyCount(ctx, tx, a)
	case card.KindDestroyed:
		return applyDestroyed(ctx, tx, a)
	case card.KindTempApplied, card.KindTempMade, card.KindTempHandedOut, card.KindTempEnded:
		return applyTemporary(ctx, tx, a)
	case card.KindSessionOpened:
		return applySession(ctx, tx, a)
	case card.KindBooked, card.KindAppointmentMoved, card.KindAppointmentEnded:
		return applyAppointment(ctx, tx, a)
	case card.KindLateExplained:
		return applyExplained(ctx, tx, a)
	case card.KindAddressAppended:
		return applyAppended(ctx, tx, a)
	}
	return applyStep(ctx, tx, a)
}

func applyStep(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.Body
	if err := a.Decode(&body); err != nil {
		return err
	}
	if body.Application != a.Subject {
		return fmt.Errorf("carddb: %s is about %s, not about its subject", a.Ref(), body.Application)
	}
	if !card.MayWrite(a.Kind, body.Home, a.Unit) {
		return nil
	}
	cause := ""
	if a.Cause != nil {
		cause = a.Cause.Leaf
	}
	_, err := tx.Exec(ctx, `insert into card_step(unit, application, stream, generation, seq, leaf, kind, round, attempt, at, acting, operator, cause, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`,
		body.Home, body.Application, a.Stream, a.Generation, a.Seq, a.Ref().Leaf, a.Kind, body.Round, body.Attempt, a.At, a.Unit, a.Operator,
		cause, string(a.Body))
	if err != nil {
		return err
	}
	if r := body.Reserved; r != nil {
		if _, err := tx.Exec(ctx, `insert into card_number(unit, day, running, application, generation) values($1, $2, $3, $4, $5)
			on conflict do nothing`, body.Home, r.Day, r.Running, body.Application, a.Generation); err != nil {
			return err
		}
	}
	if err := applyCases(ctx, tx, a, &body); err != nil {
		return err
	}
	return a.Derive("card_application "+string(body.Home)+" "+body.Application, func() error {
		return deriveApplication(ctx, tx, body.Home, body.Application)
	})
}

// applicationColumns are those of card_application, the key first.
var applicationColumns = []string{"unit", "application", "resident", "tenure", "acceptance_no", "kind", "reason", "slip", "opened_at",
	"number", "name", "pinyin", "round", "attempt", "stage", "since", "promised_on", "class", "card_order", "card_no", "package", "valid_from",
	"valid_to", "handed_on", "lost", "withdrawal", "replaces", "defect", "hold", "hold_until", "reminders", "reminded_at", "old_lost", "code"}

func deriveApplication(ctx context.Context, tx *store.Tx, unit event.Unit, application string) error {
	steps, err := Steps(ctx, tx, unit, application)
	if err != nil {
		return err
	}
	a := card.Derive(steps)
	var lost int64
	if a.Lost {
		lost = 1
	}
	var hold card.Hold
	if a.Hold != nil {
		hold = *a.Hold
	}
	_, err = tx.Exec(ctx, upsertApplication, a.Home, a.ID, a.Resident, a.Tenure, a.AcceptanceNo, a.Kind, a.Reason, a.Slip, a.OpenedAt,
		a.Face.Number, a.Face.Name, a.Face.Pinyin, a.Round, a.Attempt, a.Stage, a.Since, a.PromisedOn, a.Class, a.Order, a.CardNo, a.Package,
		a.Issue.ValidFrom, a.Issue.ValidTo, a.HandedOn, lost, a.Withdrawal, a.Old.Application,
		a.Defect, hold.Reason, hold.PromisedOn, a.Reminders, a.RemindedAt, a.OldLost, a.Code)
	if err != nil {
		return err
	}
	return saveProgress(ctx, tx, &a, steps)
}

var upsertApplication = upsert("card_application", applicationColumns, 2)

// upsert is an insert that replaces every column behind the key.
func upsert(table string, columns []string, key int) string {
	var names, marks, keys, sets []byte
	add := func(to []byte, text string) []byte {
		if len(to) > 0 {
			to = append(to, ", "...)
		}
		return append(to, text...)
	}
	for i, c := range columns {
		names, marks = add(names, c), add(marks, fmt.Sprintf("$%d", i+1))
		if i < key {
			keys = add(keys, c)
		} else {
			sets = add(sets, c+" = excluded."+c)
		}
	}
	return fmt.Sprintf("insert into %s(%s) values(%s) on conflict (%s) do update set %s", table, names, marks, keys, sets)
}

func applyOrder(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.OrderWritten
	if err := a.Decode(&body); err != nil {
		return err
	}
	if a.Unit.Level() != event.City {
		return nil
	}
	_, err := tx.Exec(ctx, "insert into card_order(unit, card_order, digest, cards, at, operator) values($1, $2, $3, $4, $5, $6) on conflict do nothing",
		a.Unit, body.Order, body.Digest, body.Count, a.At, a.Operator)
	return err
}

func applyFeedback(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.FeedbackTaken
	if err := a.Decode(&body); err != nil {
		return err
	}
	if a.Unit.Level() != event.City {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into card_feedback(unit, digest, card_order, made, rejected, dispatched, exceptions, at, operator)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`, a.Unit, body.Digest, body.Order, body.Made, body.Rejected,
		body.Dispatched, len(body.Exceptions), a.At, a.Operator)
	if err != nil {
		return err
	}
	for _, p := range body.Packages {
		if err := insertConsignment(ctx, tx, a, p.Package, a.Unit, p.Cards); err != nil {
			return err
		}
	}
	return nil
}

func applyConsigned(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.Consigned
	if err := a.Decode(&body); err != nil {
		return err
	}
	if !body.Counts(a.Unit) {
		return nil
	}
	return insertConsignment(ctx, tx, a, body.Consignment, body.To, body.Cards)
}

func insertConsignment(ctx context.Context, tx *store.Tx, a *office.Applied, id string, to event.Unit, cards []card.Packed) error {
	_, err := tx.Exec(ctx, `insert into card_consignment(unit, consignment, receiver, subject, at, operator) values($1, $2, $3, $4, $5, $6)
		on conflict do nothing`, a.Unit, id, to, a.Subject, a.At, a.Operator)
	if err != nil {
		return err
	}
	for _, c := range cards {
		_, err := tx.Exec(ctx, `insert into card_consignment_card(unit, consignment, card_no, application, home, subject) values($1, $2, $3, $4, $5, $6)
			on conflict do nothing`, a.Unit, id, c.CardNo, c.Application, c.Home, a.Subject)
		if err != nil {
			return err
		}
	}
	return nil
}

func applyCount(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.ConsignmentCounted
	if err := a.Decode(&body); err != nil {
		return err
	}
	n := make(map[card.Verdict]int)
	for _, c := range body.Cards {
		n[c.Verdict]++
		_, err := tx.Exec(ctx, `insert into card_count_card(unit, consignment, card_no, application, home, verdict) values($1, $2, $3, $4, $5, $6)
			on conflict do nothing`, a.Unit, body.Consignment, c.CardNo, c.Application, c.Home, c.Verdict)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `insert into card_consignment_count(unit, consignment, listed, found, missing, surplus, wrong, at, operator)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`, a.Unit, body.Consignment, body.Listed, n[card.CountFound],
		n[card.CountMissing], n[card.CountSurplus], n[card.CountWrong], a.At, a.Operator)
	return err
}

// Concerns names the units whose cards were counted by another: where a card on its way is, is known from the last count of it, and a card may come to a unit that it was not meant for.
func (Room) Concerns(e *journal.Entry) (homes []event.Unit, err error) {
	if e.Kind != card.KindConsignmentCounted {
		return nil, nil
	}
	var body card.ConsignmentCounted
	if err := e.Decode(&body); err != nil {
		return nil, err
	}
	for _, c := range body.Cards {
		if c.Home != "" {
			homes = append(homes, c.Home)
		}
	}
	return homes, nil
}

func decodeBody(raw string, b *card.Body) error { return json.Unmarshal([]byte(raw), b) }
