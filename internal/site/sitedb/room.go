// Package sitedb is the site's tables: units and operators, what was stated of their life, equipment, lines, training and bodies, and the directory in which sign-in finds operators.
package sitedb

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is the site's SQL side. It implements office.Room and office.Directory.
type Room struct{}

// New makes the room.
func New() *Room { return &Room{} }

// Name is "site".
func (*Room) Name() string { return "site" }

// Migration is the room's tables.
func (*Room) Migration() store.Migration { return store.Embedded("site", migrations) }

// Kinds names what the room can apply.
func (*Room) Kinds() map[string]int { return office.FirstVersions(site.Words) }

// Words says what each kind states.
func (*Room) Words() map[string]citizen.Text { return site.Words }

// Apply derives the rows of one entry. A confirmed clock, a reset password and an ended lock-out have none: the journal is their record.
func (*Room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	switch a.Kind {
	case site.KindUnitFounded:
		return applyFounded(ctx, tx, a)
	case site.KindOperatorAppointed:
		return applyAppointed(ctx, tx, a)
	case site.KindOperatorEnded:
		return applyEnded(ctx, tx, a)
	}
	return applyFact(ctx, tx, a)
}

func applyFounded(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body site.UnitFounded
	if err := a.Decode(&body); err != nil {
		return err
	}
	if !site.Counts(a.Stream, body.Unit) {
		return nil
	}
	_, err := tx.Exec(ctx, "insert into site_unit(unit, founder, generation, seq, name, kind, founded_at) values($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
		body.Unit, a.Unit, a.Generation, a.Seq, body.Name, body.Kind, a.At)
	return err
}

func applyAppointed(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body struct {
		site.OperatorAppointed
		Roles json.RawMessage `json:"roles"`
	}
	if err := a.Decode(&body); err != nil {
		return err
	}
	if !site.Counts(a.Stream, body.Unit) || site.Reserved(a.Subject, body.Login) {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into site_operator(unit, operator, by_unit, generation, seq, login, name, roles, from_on, appointed_by)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing`, body.Unit, a.Subject, a.Unit, a.Generation, a.Seq, body.Login,
		body.Name, string(body.Roles), body.From, a.Operator)
	return err
}

func applyEnded(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body site.OperatorEnded
	if err := a.Decode(&body); err != nil {
		return err
	}
	if !site.Counts(a.Stream, body.Unit) {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into site_operator_end(unit, operator, by_unit, generation, seq, ended_on, ground, ended_by)
		values($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`, body.Unit, a.Subject, a.Unit, a.Generation, a.Seq, body.On, body.Ground, a.Operator)
	return err
}

// Tables lists the derived tables.
func (*Room) Tables() []store.Table {
	return append([]store.Table{
		{Name: "site_unit", Unit: "unit", Key: []string{"unit", "founder", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"name", "kind", "founded_at"}},
		{Name: "site_operator", Unit: "unit", Key: []string{"unit", "operator", "by_unit", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"login", "name", "roles", "from_on", "appointed_by"}},
		{Name: "site_operator_end", Unit: "unit", Key: []string{"unit", "operator", "by_unit", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"ended_on", "ground", "ended_by"}},
	}, factTables...)
}

// Forget removes a subject's rows.
func (*Room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	for _, query := range []string{
		"delete from site_unit where unit = $1",
		"delete from site_operator where operator = $1",
		"delete from site_operator_end where operator = $1",
	} {
		if _, err := tx.Exec(ctx, query, subject); err != nil {
			return nil, err
		}
	}
	for _, table := range factTables {
		if _, err := tx.Exec(ctx, "delete from "+table.Name+" where subject = $1", subject); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// Erasable names no kind: who worked where stays known.
func (*Room) Erasable() []string { return nil }

// Unit is an office.
type Unit struct {
	Code      event.Unit `json:"unit"`
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Founder   event.Unit `json:"founder"`
	FoundedAt int64      `json:"founded_at"`
}

// Units lists the units known here, by code. Where one was founded twice, the higher superior's word is taken, and of one superior
// the earlier.
func Units(ctx context.Context, tx *store.Tx) ([]Unit, error) {
	return units(ctx, tx, "")
}

// UnitOf reads one unit; ok is false when it is not known here.
func UnitOf(ctx context.Context, tx *store.Tx, unit event.Unit) (u Unit, ok bool, err error) {
	all, err := units(ctx, tx, unit)
	if err != nil || len(all) == 0 {
		return u, false, err
	}
	return all[0], true, nil
}

func units(ctx context.Context, tx *store.Tx, only event.Unit) ([]Unit, error) {
	return store.Select(ctx, tx, `select u.unit, u.name, u.kind, u.founder, u.founded_at from site_unit u
		where ($1 = '' or u.unit = $1) and not exists (select 1 from site_unit h where h.unit = u.unit and (h.founder < u.founder or h.founder = u.founder
			and (h.generation < u.generation or h.generation = u.generation and h.seq < u.seq))) order by u.unit`,
		[]any{string(only)}, func(rows *sql.Rows) (u Unit, err error) {
			return u, rows.Scan(&u.Code, &u.Name, &u.Kind, &u.Founder, &u.FoundedAt)
		})
}

// Appointment is an operator's appointment at a unit.
type Appointment struct {
	office.Operator
	Name  string       `json:"name"`
	From  citizen.Date `json:"from"`
	Ended citizen.Date `json:"ended,omitzero"`

	byUnit     event.Unit // that appointed
	generation int
	seq        int64
}

// outranks is the order in which appointments that claim one identifier or one login keep it: those at the higher tier first, then those by the
// higher tier, the earlier first day, the identifier that was minted first, and the place in the journal. It asks only what the entries say, so
// every node decides alike in whatever order they came; and as an appointment at a tier is made at that tier or above, nothing that a unit writes
// takes a name from an operator of a unit above it.
func outranks(a, b Appointment) int {
	return cmp.Or(cmp.Compare(a.Unit.Level(), b.Unit.Level()), cmp.Compare(a.byUnit.Level(), b.byUnit.Level()), a.From.Compare(b.From),
		cmp.Compare(a.ID, b.ID), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.byUnit, b.byUnit), cmp.Compare(a.generation, b.generation),
		cmp.Compare(a.seq, b.seq))
}

const appointmentQuery = `select p.unit, p.operator, p.by_unit, p.generation, p.seq, p.login, p.name, p.roles, p.from_on,
	coalesce((select min(e.ended_on) from site_operator_end e where e.unit = p.unit and e.operator = p.operator), '') from site_operator p `

func scanAppointment(rows *sql.Rows) (a Appointment, err error) {
	var roles string
	if err := rows.Scan(&a.Unit, &a.ID, &a.byUnit, &a.generation, &a.seq, &a.Login, &a.Name, &roles, &a.From, &a.Ended); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(roles), &a.Roles); err != nil {
		return a, fmt.Errorf("sitedb: roles of %s: %w", a.ID, err)
	}
	return a, nil
}

// OperatorByID reads an appointment, ended or not; ok is false when it is not known here.
func OperatorByID(ctx context.Context, tx *store.Tx, operator string) (a Appointment, ok bool, err error) {
	return one(store.Select(ctx, tx, appointmentQuery+"where p.operator = $1", []any{operator}, scanAppointment))
}

// Operators lists the appointments at a unit, ended ones too.
func Operators(ctx context.Context, tx *store.Tx, unit event.Unit) ([]Appointment, error) {
	return store.Select(ctx, tx, appointmentQuery+"where p.unit = $1 order by p.login, p.operator, p.by_unit, p.generation, p.seq", []any{unit}, scanAppointment)
}

// Operator finds an operator in service by login name. Where two nodes gave one login away unknown to each other, the one that outranks
// the other keeps it.
func (*Room) Operator(ctx context.Context, tx *store.Tx, login string) (office.Operator, bool, error) {
	a, ok, err := one(store.Select(ctx, tx, appointmentQuery+`where p.login = $1
		and not exists (select 1 from site_operator_end e where e.unit = p.unit and e.operator = p.operator)`, []any{login}, scanAppointment))
	return a.Operator, ok, err
}

func one(all []Appointment, err error) (Appointment, bool, error) {
	if err != nil || len(all) == 0 {
		return Appointment{}, false, err
	}
	return slices.MinFunc(all, outranks), true, nil
}
