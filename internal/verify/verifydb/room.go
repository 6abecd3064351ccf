// Package verifydb keeps the tables of verification and clean-up: the steps of every matter as facts, what they say together, and who found whose
// record right.
package verifydb

import (
	"context"
	"embed"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is the room of verification (office.Room).
type Room struct{}

// New gives the room.
func New() Room { return Room{} }

// Name is "verify".
func (Room) Name() string { return "verify" }

// Migration is the room's tables.
func (Room) Migration() store.Migration { return store.Embedded("verify", migrations) }

// Kinds names the room's kinds, each in its first version.
func (Room) Kinds() map[string]int { return office.FirstVersions(verify.Words) }

// Words says what each kind states.
func (Room) Words() map[string]citizen.Text { return verify.Words }

// matterColumns are those of verify_matter, the key first.
var matterColumns = []string{"unit", "matter", "class", "kind", "stage", "round", "resident", "tenure", "household_no", "decider", "source", "holds",
	"opened_at", "since", "operator", "looked", "errors"}

// Tables lists the derived tables.
func (Room) Tables() []store.Table {
	return []store.Table{
		{Name: "verify_step", Unit: "unit", Key: []string{"unit", "matter", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"leaf", "kind", "at", "acting", "operator", "body"}},
		{Name: "verify_matter", Unit: "unit", Key: []string{"unit", "matter"}, Columns: matterColumns[2:]},
		{Name: "verify_party", Unit: "unit", Key: []string{"unit", "matter", "tenure"}, Columns: []string{"resident"}},
		{Name: "verify_verified", Unit: "unit", Key: []string{"unit", "tenure", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"resident", "main", "person", "way", "at", "subject"}},
	}
}

// Erasable names the kinds whose bodies may be erased: none, for what was decided about a person must stay provable to the person.
func (Room) Erasable() []string { return nil }

// Forget removes what stands for a subject: a matter, or the tenure that an entry verified.
func (Room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	for _, query := range []string{
		"delete from verify_step where matter = $1",
		"delete from verify_matter where matter = $1",
		"delete from verify_party where matter = $1",
		"delete from verify_verified where subject = $1",
	} {
		if _, err := tx.Exec(ctx, query, subject); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// body is what every body has, and what some have.
type body struct {
	verify.About
	Own      []verify.Party    `json:"own"`
	Verified []verify.Verified `json:"verified"`
}

// Apply derives the rows of one entry; one of a unit that may not write it gives none.
func (Room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b body
	if err := a.Decode(&b); err != nil {
		return err
	}
	if b.Matter != a.Subject {
		return fmt.Errorf("verifydb: %s is about %s, not about its subject", a.Ref(), b.Matter)
	}
	if !verify.MayWrite(a.Kind, b.Home, b.Decider, a.Stream) {
		return nil
	}
	if err := saveVerified(ctx, tx, a, &b); err != nil || verify.ClassOf(a.Kind) == "" {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into verify_step(unit, matter, stream, generation, seq, leaf, kind, at, acting, operator, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`, b.Home, b.Matter, a.Stream, a.Generation, a.Seq, a.Ref().Leaf, a.Kind,
		a.At, a.Unit, a.Operator, string(a.Body)); err != nil {
		return err
	}
	for _, p := range b.Own {
		if a.Kind != verify.KindCaseOpened || p.Unit != b.Home {
			continue
		}
		if _, err := tx.Exec(ctx, "insert into verify_party(unit, matter, tenure, resident) values($1, $2, $3, $4) on conflict do nothing",
			b.Home, b.Matter, p.Tenure, p.Resident); err != nil {
			return err
		}
	}
	return derive(ctx, tx, b.Home, b.Matter)
}

// saveVerified keeps who found whose record right: the station's own word of its own people.
func saveVerified(ctx context.Context, tx *store.Tx, a *office.Applied, b *body) error {
	if a.Unit != b.Home {
		return nil
	}
	for _, v := range b.Verified {
		if _, err := tx.Exec(ctx, `insert into verify_verified(unit, tenure, stream, generation, seq, resident, main, person, way, at, subject)
			values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`, b.Home, v.Tenure, a.Stream, a.Generation, a.Seq, v.Resident, v.Main,
			v.By, v.Way, a.At, a.Subject); err != nil {
			return err
		}
	}
	return nil
}

func derive(ctx context.Context, tx *store.Tx, unit event.Unit, matter string) error {
	steps, err := Steps(ctx, tx, unit, matter)
	if err != nil {
		return err
	}
	m := verify.Derive(unit, matter, steps)
	holds := 0
	if m.Holds {
		holds = 1
	}
	_, err = tx.Exec(ctx, upsertMatter, m.Unit, m.ID, m.Class, m.Kind, m.Stage, m.Round, m.Resident, m.Tenure, m.HouseholdNo, m.Decider, m.Source, holds,
		m.OpenedAt, m.Since, m.Operator, m.Looked, m.Errors)
	return err
}

var upsertMatter = func() string {
	var marks, sets []string
	for i, c := range matterColumns {
		marks = append(marks, fmt.Sprintf("$%d", i+1))
		if i >= 2 {
			sets = append(sets, c+" = excluded."+c)
		}
	}
	return "insert into verify_matter(" + strings.Join(matterColumns, ", ") + ") values(" + strings.Join(marks, ", ") + ") on conflict (unit, matter) do update set " + strings.Join(sets, ", ")
}()
