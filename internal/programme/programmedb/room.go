// Package programmedb keeps the programme's table: the facts that people decided.
package programmedb

import (
	"context"
	"embed"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is the programme's SQL side (office.Room).
type Room struct{}

// New gives the room.
func New() Room { return Room{} }

// Name is "programme".
func (Room) Name() string { return "programme" }

// Migration is the room's table.
func (Room) Migration() store.Migration { return store.Embedded("programme", migrations) }

// Kinds names the room's kinds, each in its first version.
func (Room) Kinds() map[string]int { return office.FirstVersions(programme.Words) }

// Words says what each kind states.
func (Room) Words() map[string]citizen.Text { return programme.Words }

// Tables lists the derived table.
func (Room) Tables() []store.Table {
	return []store.Table{{Name: "programme_fact", Key: []string{"unit", "kind", "subject", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
		Columns: []string{"leaf", "acting", "at", "operator", "from_on", "to_on", "body"}, Unit: "unit"}}
}

// Forget removes what stands for a subject.
func (Room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	_, err := tx.Exec(ctx, "delete from programme_fact where subject = $1", subject)
	return nil, err
}

// Erasable names the kinds whose bodies may be erased: none, for there is no resident in them.
func (Room) Erasable() []string { return nil }

// orders are the kinds whose bodies name no unit of their own: the order's stream says whose it is.
var orders = []string{programme.KindOrderIssued, programme.KindOrderAcknowledged, programme.KindOrderReplied, programme.KindOrderClosed}

// Apply files one entry as a fact; one of a unit that may not write it, or in the name of another, gives none.
func (Room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	owner, ok := programme.Owner(a.Kind, a.Stream)
	if !ok {
		return nil
	}
	if !slices.Contains(orders, a.Kind) {
		var of struct {
			Unit event.Unit `json:"unit"`
		}
		if err := a.Decode(&of); err != nil || of.Unit != a.Unit {
			return err
		}
	}
	var span struct {
		From citizen.Date `json:"from"`
		To   citizen.Date `json:"to"`
	}
	if a.Kind == programme.KindReportFrozen || a.Kind == programme.KindNoticeIssued {
		if err := a.Decode(&span); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `insert into programme_fact(unit, kind, subject, stream, generation, seq, leaf, acting, at, operator, from_on, to_on, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
		owner, a.Kind, a.Subject, a.Stream, a.Generation, a.Seq, a.Ref().Leaf, a.Unit, a.At, a.Operator, span.From, span.To, string(a.Body))
	return err
}
