package registerdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// stored is a change with its JSON parts byte for byte, so that two versions of this program write equal rows.
type stored struct {
	register.Change
	Paper  json.RawMessage `json:"paper"`
	Before json.RawMessage `json:"before"`
	Record json.RawMessage `json:"record"`
}

func decodeChange(a *office.Applied) (s stored, err error) {
	if err := a.Decode(&s); err != nil {
		return s, err
	}
	if err := json.Unmarshal(s.Record, &s.Change.Record); err != nil {
		return s, fmt.Errorf("registerdb: record in %s: %w", a.Ref(), err)
	}
	if s.Before != nil {
		s.Change.Before = new(register.Record)
		err = json.Unmarshal(s.Before, s.Change.Before)
	}
	return s, err
}

// opening and closing say how an entry fills the row besides its version.
type opening struct {
	kind  string // empty: the entry does not open the tenure
	on    citizen.Date
	chunk string
}

type closing struct {
	state string
	kind  string // empty: the tenure is open after the entry
	on    citizen.Date
}

var open = closing{state: register.StateOpen}

var tenureColumns = []string{"unit", "tenure", "resident", "version", "state", "entered_kind", "entered_on", "exited_kind", "exited_on",
	"number", "name", "pinyin", "pinyin_v", "sex", "ethnic_group", "birth_date", "address", "household_no", "relation", "record", "chunk", "initials", "main", "card_expires"}

// upsertTenure makes the row, or replaces it when the entry's version is higher; the opening's columns it leaves alone.
var upsertTenure = func() string {
	marks := make([]string, len(tenureColumns))
	var sets []string
	for i, column := range tenureColumns {
		marks[i] = fmt.Sprintf("$%d", i+1)
		switch column {
		case "unit", "tenure", "entered_kind", "entered_on", "chunk":
		default:
			sets = append(sets, column+" = excluded."+column)
		}
	}
	return "insert into register_tenure(" + strings.Join(tenureColumns, ", ") + ") values(" + strings.Join(marks, ", ") +
		") on conflict (unit, tenure) do update set " + strings.Join(sets, ", ") + " where excluded.version > register_tenure.version"
}()

func tenureRow(unit event.Unit, tenure, resident string, version int64, from opening, to closing, r *register.Record, raw []byte) []any {
	return []any{string(unit), tenure, resident, version, to.state, from.kind, from.on.String(), to.kind, to.on.String(),
		r.Number, r.Name, r.Pinyin, int64(r.PinyinV), r.Sex, r.EthnicGroup, r.BirthDate.String(), r.Address, r.HouseholdNo, r.Relation, string(raw), from.chunk,
		register.Initials(r.Pinyin), register.MainMark(*r), r.CardExpires}
}

// saveTenure applies a versioned row: the highest version wins; the opening entry fills its own columns whenever it comes.
func saveTenure(ctx context.Context, tx *store.Tx, row []any, from opening) error {
	if _, err := tx.Exec(ctx, upsertTenure, row...); err != nil {
		return err
	}
	if from.kind == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `update register_tenure set entered_kind = $1, entered_on = $2, chunk = $3
		where unit = $4 and tenure = $5 and entered_kind = ''`, from.kind, from.on.String(), from.chunk, row[0], row[1])
	return err
}

// saveChange applies what all changes have in common: the tenure's row, its history, the number that it gave up.
func saveChange(ctx context.Context, tx *store.Tx, a *office.Applied, s *stored, from opening, to closing) error {
	row := tenureRow(a.Unit, a.Subject, s.Resident, s.Version, from, to, &s.Change.Record, s.Record)
	if err := saveTenure(ctx, tx, row, from); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into register_change(unit, tenure, version, kind, effective_on, at, operator, paper, before, record, stream, generation, seq)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
		a.Unit, a.Subject, s.Version, a.Kind, s.EffectiveOn, a.At, a.Operator, string(s.Paper), string(s.Before), string(s.Record), a.Stream, a.Generation, a.Seq); err != nil {
		return err
	}
	if s.Change.Before == nil || s.Change.Before.Number == "" || s.Change.Before.Number == s.Change.Record.Number {
		return nil
	}
	_, err := tx.Exec(ctx, "insert into register_former_number(unit, number, tenure) values($1, $2, $3) on conflict do nothing",
		a.Unit, s.Change.Before.Number, a.Subject)
	return err
}

// applyOpening applies a change after which the tenure is open, without being its first.
func applyOpening(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	return saveChange(ctx, tx, a, &s, opening{}, open)
}

func applyBirth(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	if err := saveChange(ctx, tx, a, &s, opening{kind: a.Kind, on: s.EffectiveOn}, open); err != nil {
		return err
	}
	var body struct {
		Missing    []register.Missing `json:"missing"`
		DeclaredOn citizen.Date       `json:"declared_on"`
	}
	if err := a.Decode(&body); err != nil {
		return err
	}
	return saveMissing(ctx, tx, a, body.Missing, body.DeclaredOn)
}

func applyDeath(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	if err := saveChange(ctx, tx, a, &s, opening{}, closing{register.StateDead, a.Kind, s.EffectiveOn}); err != nil {
		return err
	}
	var body struct {
		Missing []register.Missing `json:"missing"`
	}
	if err := a.Decode(&body); err != nil {
		return err
	}
	return saveMissing(ctx, tx, a, body.Missing, s.EffectiveOn)
}

func applyCancelled(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	return saveChange(ctx, tx, a, &s, opening{}, closing{register.StateCancelled, a.Kind, s.EffectiveOn})
}

func applyMovedOut(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	if err := saveChange(ctx, tx, a, &s, opening{}, closing{register.StateMovedOut, a.Kind, s.EffectiveOn}); err != nil {
		return err
	}
	var body struct {
		ToUnit   event.Unit `json:"to_unit"`
		ToTenure string     `json:"to_tenure"`
		Reason   string     `json:"reason"`
		Request  string     `json:"request"`
		History  string     `json:"history"`
	}
	if err := a.Decode(&body); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into register_move_out(unit, tenure, version, resident, to_unit, to_tenure, moved_on, reason, request, history, stream, generation, seq, leaf)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`,
		a.Unit, a.Subject, s.Version, s.Resident, body.ToUnit, body.ToTenure, s.EffectiveOn, body.Reason, body.Request, body.History,
		a.Stream, a.Generation, a.Seq, a.Ref().Leaf)
	return err
}

func applyMovedIn(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	if err := saveChange(ctx, tx, a, &s, opening{kind: a.Kind, on: s.EffectiveOn}, open); err != nil {
		return err
	}
	var body struct {
		FromUnit   event.Unit `json:"from_unit"`
		FromTenure string     `json:"from_tenure"`
		Source     string     `json:"source"`
	}
	if err := a.Decode(&body); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into register_move_in(unit, tenure, from_unit, from_tenure, moved_on, source)
		values($1, $2, $3, $4, $5, $6) on conflict do nothing`, a.Unit, a.Subject, body.FromUnit, body.FromTenure, s.EffectiveOn, body.Source)
	return err
}

// applyAnswer keeps what a station says of a move; the row is the former station's. It counts where the station is the one moved to.
func applyAnswer(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.MoveReturned // the confirmation has no ground
	if err := a.Decode(&body); err != nil || a.Stream.Receiver() == "" {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_move_answer(unit, tenure, to_tenure, kind, by_unit, ground, at)
		values($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`, a.Stream.Receiver(), a.Subject, body.ToTenure, a.Kind, a.Unit, body.Ground, a.At)
	return err
}

func applyRequested(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	if a.Stream.Receiver() == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into register_move_request(unit, request, by_unit, asked_at, body, refused_at, ground)
		values($1, $2, $3, $4, $5, 0, '') on conflict (unit, request, by_unit) do update
		set asked_at = excluded.asked_at, body = excluded.body`,
		a.Stream.Receiver(), a.Subject, a.Unit, a.At, string(a.Body))
	return err
}

// applyRefused keeps the answer to a request of the unit that is told of it.
func applyRefused(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.MoveRefused
	if err := a.Decode(&body); err != nil || a.Stream.Receiver() == "" {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_move_request(unit, request, by_unit, asked_at, body, refused_at, ground)
		values($1, $2, $3, 0, '', $4, $5) on conflict (unit, request, by_unit) do update
		set refused_at = excluded.refused_at, ground = excluded.ground`, a.Unit, a.Subject, a.Stream.Receiver(), a.At, body.Ground)
	return err
}

func applyReported(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.EventReported
	if err := a.Decode(&body); err != nil || !body.Counts(a.Stream, a.Cause) {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_report(unit, report, subject, by_unit, at, body, outcome, answered_at, stream, generation, seq, leaf)
		values($1, $2, $3, $4, $5, $6, '', 0, $7, $8, $9, $10) on conflict (unit, report, stream, generation, seq) do update
		set by_unit = excluded.by_unit, at = excluded.at, body = excluded.body`,
		a.Stream.Receiver(), body.Report, a.Subject, a.Unit, a.At, string(a.Body), a.Stream, a.Generation, a.Seq, a.Ref().Leaf)
	return err
}

// applyReportAnswered keeps the answer to a report beside the entry that told it, which the answer names as its cause.
func applyReportAnswered(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.ReportAnswered
	if err := a.Decode(&body); err != nil || a.Cause == nil || a.Cause.Stream.Receiver() != a.Unit {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_report(unit, report, subject, by_unit, at, body, outcome, answered_at, stream, generation, seq, leaf)
		values($1, $2, $3, '', 0, '', $4, $5, $6, $7, $8, $9) on conflict (unit, report, stream, generation, seq) do update
		set outcome = excluded.outcome, answered_at = excluded.answered_at`, a.Unit, body.Report, a.Subject, body.Outcome, a.At,
		a.Cause.Stream, a.Cause.Generation, a.Cause.Seq, a.Cause.Leaf)
	return err
}

func saveMissing(ctx context.Context, tx *store.Tx, a *office.Applied, missing []register.Missing, on citizen.Date) error {
	for _, m := range missing {
		if _, err := tx.Exec(ctx, `insert into register_missing(unit, tenure, paper, kind, asked_on, brought_on) values($1, $2, $3, $4, $5, '')
			on conflict (unit, tenure, paper) do update set kind = excluded.kind, asked_on = excluded.asked_on`,
			a.Unit, a.Subject, m.Paper, a.Kind, on); err != nil {
			return err
		}
	}
	return nil
}

func applyBrought(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.PapersBrought
	if err := a.Decode(&body); err != nil {
		return err
	}
	if body.List != "" {
		return broughtToList(ctx, tx, a, body)
	}
	for _, p := range body.Papers {
		if _, err := tx.Exec(ctx, `insert into register_missing(unit, tenure, paper, kind, asked_on, brought_on) values($1, $2, $3, '', '', $4)
			on conflict (unit, tenure, paper) do update set brought_on = excluded.brought_on`, a.Unit, a.Subject, p.Kind, body.BroughtOn); err != nil {
			return err
		}
	}
	return nil
}

func applyAllotted(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var r register.NumbersAllotted
	if err := a.Decode(&r); err != nil || !r.Counts(a.Unit) {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_range(unit, range_id, station, station_generation, division, birth_from, birth_to, seq_from, seq_to)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
		a.Unit, a.Subject, r.Station, r.Generation, string(r.Division), r.BirthFrom, r.BirthTo, r.SeqFrom, r.SeqTo)
	return err
}

func applyReserved(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.NumberReserved
	if err := a.Decode(&body); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "insert into register_reserved(unit, number, tenure, range_id) values($1, $2, $3, $4) on conflict do nothing",
		a.Unit, body.Number, a.Subject, body.Range)
	return err
}
