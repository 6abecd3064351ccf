// Package registerdb is the register's tables: their migration, how entries become rows, and the queries over them.
//
// A tenure's row belongs to the station whose tenure it is. What a receiving station knows of the former one is rows of the
// former station; see docs/adr/0004-rooms-and-write-path.md.
package registerdb

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Room is the register's SQL side. It implements office.Room.
type Room struct{}

// New makes the room.
func New() *Room { return &Room{} }

// Name is "register".
func (*Room) Name() string { return "register" }

// Migration is the room's tables.
func (*Room) Migration() store.Migration {
	m := store.Embedded("register", migrations)
	m.Then = map[string]func(context.Context, *sql.Tx) error{"00052_of_record.sql": fillOfRecord}
	return m
}

type apply func(context.Context, *store.Tx, *office.Applied) error

var applies = map[string]apply{
	register.KindChunkImported:    applyChunk,
	register.KindIdentityLinked:   applyLinked,
	register.KindNumbersAllotted:  applyAllotted,
	register.KindNumberReserved:   applyReserved,
	register.KindBirthRegistered:  applyBirth,
	register.KindMoveInRequested:  applyRequested,
	register.KindMoveRefused:      applyRefused,
	register.KindMovedOut:         applyMovedOut,
	register.KindMovedIn:          applyMovedIn,
	register.KindArrivalConfirmed: applyAnswer,
	register.KindMoveReturned:     applyAnswer,
	register.KindTenureResumed:    applyOpening,
	register.KindEventReported:    applyReported,
	register.KindReportAnswered:   applyReportAnswered,
	register.KindDeathRegistered:  applyDeath,
	register.KindItemsCorrected:   applyOpening,
	register.KindPapersBrought:    applyBrought,
	register.KindCancelled:        carrying(applyCancelled),
	register.KindRestored:         carrying(applyOpening),
	register.KindLookedUp:         applyLookedUp,

	register.KindHouseholdSetUp:     applyHousehold,
	register.KindHouseholdChanged:   applyHousehold,
	register.KindHouseholdDissolved: applyHousehold,
	register.KindMembershipChanged:  applyOpening,
	register.KindAddressChanged:     applyOpening,
	register.KindRedivided:          applyOpening,
	register.KindPlaceRegistered:    applyPlace,
	register.KindPlaceChanged:       applyPlace,
	register.KindPlaceRemoved:       applyPlace,
	register.KindSubmitted:          applySubmitted,
	register.KindDecided:            applyDecided,
	register.KindNoticeServed:       applyNotice,
	register.KindDecisionReturned:   applyReturned,
	register.KindLateEntered:        carrying(applyLateEntered),
	register.KindRemoved:            carrying(applyCancelled),
	register.KindClassChanged:       carrying(applyOpening),
	register.KindPapersAsked:        applyAsked,
	register.KindRedivisionOrdered:  applyRedivision,
}

// Kinds names what the room can apply.
func (*Room) Kinds() map[string]int { return office.FirstVersions(register.Words) }

// Words says what each kind states.
func (*Room) Words() map[string]citizen.Text { return register.Words }

// Apply derives the rows of one entry. A tenure's rows are those of the unit that writes; what one unit says to another gives a row
// only where that unit may say it.
func (*Room) Apply(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	return applies[a.Kind](ctx, tx, a)
}

// Tables lists the derived tables.
func (*Room) Tables() []store.Table {
	return []store.Table{
		{Name: "register_tenure", Unit: "unit", Key: []string{"unit", "tenure"}, Columns: tenureColumns[2:]},
		{Name: "register_change", Unit: "unit", Key: []string{"unit", "tenure", "version"}, Numbers: []string{"version"},
			Columns: []string{"kind", "effective_on", "at", "operator", "paper", "before", "record", "stream", "generation", "seq"}},
		{Name: "register_former_number", Unit: "unit", Key: []string{"unit", "number", "tenure"}},
		{Name: "register_move_out", Unit: "unit", Key: []string{"unit", "tenure", "version"}, Numbers: []string{"version"},
			Columns: []string{"resident", "to_unit", "to_tenure", "moved_on", "reason", "request", "history", "stream", "generation", "seq", "leaf"}},
		{Name: "register_move_in", Unit: "unit", Key: []string{"unit", "tenure"},
			Columns: []string{"from_unit", "from_tenure", "moved_on", "source"}},
		{Name: "register_move_answer", Unit: "unit", Key: []string{"unit", "tenure", "to_tenure", "kind", "by_unit"},
			Columns: []string{"ground", "at"}},
		{Name: "register_move_request", Unit: "unit", Key: []string{"unit", "request", "by_unit"},
			Columns: []string{"asked_at", "body", "refused_at", "ground"}},
		{Name: "register_report", Unit: "unit", Key: []string{"unit", "report", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"subject", "by_unit", "at", "body", "outcome", "answered_at", "leaf"}},
		{Name: "register_missing", Unit: "unit", Key: []string{"unit", "tenure", "paper"},
			Columns: []string{"kind", "asked_on", "brought_on"}},
		{Name: "register_range", Unit: "unit", Key: []string{"unit", "range_id"},
			Columns: []string{"station", "station_generation", "division", "birth_from", "birth_to", "seq_from", "seq_to"}},
		{Name: "register_reserved", Unit: "unit", Key: []string{"unit", "number", "tenure"}, Columns: []string{"range_id"}},
		{Name: "register_chunk", Unit: "unit", Key: []string{"unit", "chunk"},
			Columns: []string{"blob", "name", "source_file", "source_kind", "lines", "at", "stream", "generation", "seq"}},
		{Name: "register_look_up", Unit: "unit", Key: []string{"unit", "look_up"},
			Columns: []string{"at", "operator", "purpose", "how", "wide", "tenures", "about"}},
		{Name: "register_household", Unit: "unit", Key: []string{"unit", "household_no"},
			Columns: []string{"version", "state", "kind", "name", "place", "address", "householder"}},
		{Name: "register_household_change", Unit: "unit", Key: []string{"unit", "household_no", "version"}, Numbers: []string{"version"},
			Columns: []string{"kind", "effective_on", "at", "operator", "body"}},
		{Name: "register_place", Unit: "unit", Key: []string{"unit", "place"},
			Columns: []string{"version", "state", "committee", "street", "door", "building", "entrance", "room", "on_date"}},
		{Name: "register_submission", Unit: "unit", Key: []string{"unit", "submission"},
			Columns: []string{"kind", "tenure", "at", "operator", "body", "stream", "generation", "seq", "leaf"}},
		{Name: "register_decision", Unit: "unit", Key: []string{"unit", "submission", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"leaf", "at", "operator", "body"}},
		{Name: "register_notice", Unit: "unit", Key: []string{"unit", "submission", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"leaf", "body"}},
		{Name: "register_carried_out", Unit: "unit", Key: []string{"unit", "submission", "subject", "kind"}, Columns: []string{"at"}},
		{Name: "register_list", Unit: "unit", Key: []string{"unit", "list", "paper"},
			Columns: []string{"tenure", "kind", "asked_on", "brought_on"}},
		{Name: "register_redivision", Unit: "unit", Key: []string{"unit", "order_id", "by_unit"}, Columns: []string{"at", "body"}},
	}
}

// Erasable names the one kind whose bodies may be erased: what one unit told another of a person.
func (*Room) Erasable() []string { return []string{register.KindEventReported} }

// Forget removes a subject's rows. A tenure that an import opened is told by its chunk; a chunk takes with it the rows that it
// alone opened, and leaves the others without their opening.
func (*Room) Forget(ctx context.Context, tx *store.Tx, subject string) ([]event.Ref, error) {
	refs, err := keptRefs(ctx, tx, subject)
	if err != nil {
		return nil, err
	}
	for _, query := range []string{
		"delete from register_tenure where tenure = $1",
		"delete from register_change where tenure = $1",
		"delete from register_former_number where tenure = $1",
		"delete from register_move_out where tenure = $1",
		"delete from register_move_in where tenure = $1",
		"delete from register_move_answer where tenure = $1",
		"delete from register_move_request where request = $1",
		"delete from register_report where subject = $1",
		"delete from register_missing where tenure = $1",
		"delete from register_range where range_id = $1",
		"delete from register_reserved where tenure = $1",
		"delete from register_look_up where look_up = $1",
		"delete from register_place where place = $1",
		"delete from register_submission where submission = $1",
		"delete from register_decision where submission = $1",
		"delete from register_notice where submission = $1",
		"delete from register_carried_out where subject = $1",
		"delete from register_list where list = $1",
		"delete from register_redivision where order_id = $1",
	} {
		if _, err := tx.Exec(ctx, query, subject); err != nil {
			return nil, err
		}
	}
	if err := forgetHousehold(ctx, tx, subject); err != nil {
		return nil, err
	}
	return refs, forgetChunk(ctx, tx, subject)
}

func forgetChunk(ctx context.Context, tx *store.Tx, chunk string) error {
	n, err := tx.Exec(ctx, "delete from register_chunk where chunk = $1", chunk)
	if err != nil || n == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from register_tenure where chunk = $1 and version = 1", chunk); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "update register_tenure set chunk = '', entered_kind = '', entered_on = '' where chunk = $1", chunk)
	return err
}

// keptRefs leaves out a chunk that a closure has put aside since.
func keptRefs(ctx context.Context, tx *store.Tx, tenure string) ([]event.Ref, error) {
	refs, err := chunkRefs(ctx, tx, tenure)
	if err != nil || len(refs) == 0 {
		return nil, err
	}
	if _, err := journal.At(ctx, tx, refs[0]); errors.Is(err, journal.ErrNoEntry) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	return refs, nil
}

// chunkRefs names the import that opened a tenure, if one did.
func chunkRefs(ctx context.Context, tx *store.Tx, tenure string) ([]event.Ref, error) {
	var ref event.Ref
	found, err := tx.Find(ctx, `select c.stream, c.generation, c.seq from register_tenure t
		join register_chunk c on c.unit = t.unit and c.chunk = t.chunk where t.tenure = $1`,
		[]any{tenure}, &ref.Stream, &ref.Generation, &ref.Seq)
	if err != nil || !found {
		return nil, err
	}
	return []event.Ref{ref}, nil
}
