package sitedb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/store"
)

// fact describes a table of facts: the columns that all have, and those of its own.
func fact(name string, own ...string) store.Table {
	return store.Table{Name: name, Unit: "unit", Key: []string{"unit", "subject", "stream", "generation", "seq"},
		Numbers: []string{"generation", "seq"}, Columns: append([]string{"operator", "at"}, own...)}
}

var (
	stageTable      = fact("site_stage", "n", "stage", "on_day", "override", "facts")
	stopTable       = fact("site_stop", "stop", "resumed", "on_day", "ground")
	equipmentTable  = fact("site_equipment", "n", "type", "step", "on_day", "serial", "warranty", "supplier", "price_fen", "sheet", "failed", "note")
	lineTable       = fact("site_line", "n", "state", "carrier", "kbps", "on_day")
	outageTable     = fact("site_outage", "outage", "closed", "on_day", "cause")
	courseTable     = fact("site_course", "title", "place", "from_on", "until_on", "posts")
	attendanceTable = fact("site_attendance", "course", "on_day")
	examTable       = fact("site_exam", "post", "exam", "course", "on_day", "place", "paper", "score", "pass_mark", "task", "practical")
	rightTable      = fact("site_right", "what", "post", "n", "certificate", "exam", "until_on", "on_day", "ground")
	seatTable       = fact("site_seat", "body", "name", "department", "post", "phone", "on_day")
	absenceTable    = fact("site_absence", "from_on", "until_on", "stand_in", "ground")
)

var factTables = []store.Table{stageTable, stopTable, equipmentTable, lineTable, outageTable, courseTable, attendanceTable, examTable, rightTable, seatTable, absenceTable}

// columns lists a fact table's columns in the order in which file writes and load reads them.
func columns(t store.Table) []string { return append(append([]string{}, t.Key...), t.Columns...) }

// file writes one fact row, keyed by its owner and the place of its entry: twice is once.
func file(ctx context.Context, tx *store.Tx, a *office.Applied, t store.Table, unit event.Unit, own ...any) error {
	args := append([]any{unit, a.Subject, a.Stream, a.Generation, a.Seq, a.Operator, a.At}, own...)
	marks := make([]string, len(args))
	for i := range args {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	_, err := tx.Exec(ctx, "insert into "+t.Name+"("+strings.Join(columns(t), ", ")+") values("+strings.Join(marks, ", ")+") on conflict do nothing", args...)
	return err
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// state decodes an entry's body and files it, if the stream may speak of the unit that the body names.
func state[B any](ctx context.Context, tx *store.Tx, a *office.Applied, t store.Table, of func(*B) (event.Unit, []any)) error {
	var body B
	if err := a.Decode(&body); err != nil {
		return err
	}
	unit, own := of(&body)
	if !site.MayState(a.Kind, a.Stream, unit) {
		return nil
	}
	return file(ctx, tx, a, t, unit, own...)
}

// list writes a JSON list; the body's own text is not kept, so that every node writes it alike.
func list[T any](all []T) string {
	text, err := json.Marshal(all)
	if err != nil || all == nil {
		return "[]"
	}
	return string(text)
}

// applyFact derives the row of one entry of the kinds that stand in fact tables. A unit without authority over what it speaks of gives none.
func applyFact(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	switch a.Kind {
	case site.KindReadyDeclared:
		return state(ctx, tx, a, stageTable, func(b *site.ReadyDeclared) (event.Unit, []any) {
			return b.Unit, []any{0, "", b.On, b.Note, "[]"}
		})
	case site.KindStageDecided:
		return state(ctx, tx, a, stageTable, func(b *site.StageDecided) (event.Unit, []any) {
			return b.Unit, []any{b.N, b.Stage, b.On, b.Override, list(b.Facts)}
		})
	case site.KindUnitStopped, site.KindUnitResumed:
		return state(ctx, tx, a, stopTable, func(b *site.Stopped) (event.Unit, []any) {
			return b.Unit, []any{b.Stop, number(a.Kind == site.KindUnitResumed), b.On, b.Ground}
		})
	case site.KindEquipmentStepped:
		return applyEquipment(ctx, tx, a)
	case site.KindLineStated:
		return state(ctx, tx, a, lineTable, func(b *site.LineStated) (event.Unit, []any) {
			return b.Unit, []any{b.N, b.State, b.Carrier, b.Kbps, b.On}
		})
	case site.KindOutageOpened, site.KindOutageClosed:
		return state(ctx, tx, a, outageTable, func(b *site.Outage) (event.Unit, []any) {
			return b.Unit, []any{b.Outage, number(a.Kind == site.KindOutageClosed), b.On, b.Cause}
		})
	case site.KindSeatFilled:
		return state(ctx, tx, a, seatTable, func(b *site.SeatFilled) (event.Unit, []any) {
			return b.Unit, []any{b.Body, b.Name, b.Department, b.Post, b.Phone, b.From}
		})
	case site.KindSeatLeft:
		return state(ctx, tx, a, seatTable, func(b *site.SeatLeft) (event.Unit, []any) { return b.Unit, []any{"", "", "", "", "", b.To} })
	case site.KindAbsenceNoted:
		return state(ctx, tx, a, absenceTable, func(b *site.AbsenceNoted) (event.Unit, []any) {
			return b.Unit, []any{b.From, b.To, b.StandIn, b.Ground}
		})
	}
	return applyTraining(ctx, tx, a)
}

func applyEquipment(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b site.EquipmentStepped
	if err := a.Decode(&b); err != nil || !site.StepCounts(a.Stream, b.Unit, b.Step) {
		return err
	}
	return file(ctx, tx, a, equipmentTable, b.Unit, b.N, b.Type, b.Step, b.On, b.Serial, b.Warranty, b.Supplier, b.PriceFen, b.Sheet, number(b.Failed), b.Note)
}

func applyTraining(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	switch a.Kind {
	case site.KindCourseOpened:
		return state(ctx, tx, a, courseTable, func(b *site.CourseOpened) (event.Unit, []any) {
			return b.Unit, []any{b.Title, b.Place, b.From, b.To, list(b.Posts)}
		})
	case site.KindAttended:
		return state(ctx, tx, a, attendanceTable, func(b *site.Attended) (event.Unit, []any) { return b.Unit, []any{b.Course, b.On} })
	case site.KindExamined:
		return state(ctx, tx, a, examTable, func(b *site.Examined) (event.Unit, []any) {
			return b.Unit, []any{b.Post, b.Exam, b.Course, b.On, b.Place, b.Paper, b.Score, b.PassMark, b.Task, number(b.Practical)}
		})
	case site.KindCertified:
		return state(ctx, tx, a, rightTable, func(b *site.Certified) (event.Unit, []any) {
			return b.Unit, []any{"certified", b.Post, 0, b.Certificate, b.Exam, b.Until, b.From, ""}
		})
	case site.KindActivated, site.KindSuspended:
		return state(ctx, tx, a, rightTable, func(b *site.Permission) (event.Unit, []any) {
			return b.Unit, []any{strings.TrimPrefix(a.Kind, "site."), b.Post, b.N, "", "", "", b.On, b.Ground}
		})
	}
	return nil
}
