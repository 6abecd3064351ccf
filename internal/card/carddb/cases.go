package carddb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// caseTables are the tables of what is not a card's ordinary road: defects, old cards, destructions, temporary cards, appointments and addresses.
func caseTables() []store.Table {
	return []store.Table{
		{Name: "card_defect", Key: []string{"unit", "application", "card_no", "found_by", "at"}, Numbers: []string{"at"}, Columns: []string{"code", "operator"}, Unit: "unit"},
		{Name: "card_old", Key: []string{"unit", "application", "generation", "number", "at"}, Numbers: []string{"at"}, Columns: []string{"operator"}, Unit: "unit"},
		{Name: "card_destruction", Key: []string{"unit", "destruction"}, Columns: []string{"waste", "day", "second", "cards", "at", "operator"}, Unit: "unit"},
		{Name: "card_destroyed", Key: []string{"unit", "destruction", "application", "generation", "number"}, Columns: []string{"waste"}, Unit: "unit"},
		{Name: "card_temporary_step", Key: []string{"unit", "temporary", "stream", "generation", "seq"}, Numbers: []string{"generation", "seq"},
			Columns: []string{"leaf", "kind", "at", "acting", "operator", "cause", "body"}, Unit: "unit"},
		{Name: "card_temporary", Key: []string{"unit", "temporary"}, Columns: temporaryColumns[2:], Unit: "unit"},
		{Name: "card_session", Key: []string{"unit", "session"}, Columns: []string{"day", "place", "name", "at", "operator"}, Unit: "unit"},
		{Name: "card_slot", Key: []string{"unit", "session", "slot"}, Columns: []string{"capacity"}, Unit: "unit"},
		{Name: "card_appointment", Key: []string{"unit", "appointment"},
			Columns: []string{"version", "generation", "seq", "session", "day", "slot", "resident", "tenure", "state", "at", "operator"}, Unit: "unit"},
		{Name: "card_late_reason", Key: []string{"unit", "explanation"}, Columns: []string{"application", "stage", "reason", "words", "day", "at", "operator"}, Unit: "unit"},
		{Name: "card_append", Key: []string{"unit", "append"}, Columns: []string{"application", "resident", "tenure", "address", "day", "at", "operator"}, Unit: "unit"},
	}
}

// caseForgets removes the cases of a subject.
var caseForgets = []string{
	"delete from card_defect where application = $1",
	"delete from card_old where application = $1",
	"delete from card_destruction where destruction = $1",
	"delete from card_destroyed where destruction = $1",
	"delete from card_temporary_step where temporary = $1",
	"delete from card_temporary where temporary = $1",
	"delete from card_session where session = $1",
	"delete from card_slot where session = $1",
	"delete from card_appointment where appointment = $1",
	"delete from card_append where append = $1",
	"delete from card_late_reason where explanation = $1",
}

// wrongSubject is the error of an entry that is about something else than it says.
func wrongSubject(a *office.Applied, what string) error {
	if what == a.Subject {
		return nil
	}
	return fmt.Errorf("carddb: %s is about %s, not about its subject", a.Ref(), what)
}

// applyCases files what a step of an application says besides: a defect, an old card taken in.
func applyCases(ctx context.Context, tx *store.Tx, a *office.Applied, body *card.Body) error {
	if d := body.Defect; d != nil && a.Kind == card.KindDefectFound {
		_, err := tx.Exec(ctx, `insert into card_defect(unit, application, card_no, code, found_by, at, operator) values($1, $2, $3, $4, $5, $6, $7)
			on conflict do nothing`, body.Home, body.Application, d.CardNo, d.Code, a.Unit, a.At, a.Operator)
		return err
	}
	if o := body.Old; o != nil && a.Kind == card.KindOldTakenIn {
		_, err := tx.Exec(ctx, `insert into card_old(unit, application, generation, number, at, operator) values($1, $2, $3, $4, $5, $6)
			on conflict do nothing`, body.Home, body.Application, o.Generation, o.Number, a.At, a.Operator)
		return err
	}
	return nil
}

func applyDestroyed(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.Destruction
	if err := a.Decode(&body); err != nil {
		return err
	}
	if err := wrongSubject(a, body.Destruction); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into card_destruction(unit, destruction, waste, day, second, cards, at, operator) values($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict do nothing`, a.Unit, body.Destruction, body.Waste, body.Day, body.Second, len(body.Cards), a.At, a.Operator)
	if err != nil {
		return err
	}
	for _, c := range body.Cards {
		_, err := tx.Exec(ctx, `insert into card_destroyed(unit, destruction, application, generation, number, waste) values($1, $2, $3, $4, $5, $6)
			on conflict do nothing`, a.Unit, body.Destruction, c.Application, c.Generation, c.Number, body.Waste)
		if err != nil {
			return err
		}
	}
	return nil
}

func applyTemporary(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body card.TempBody
	if err := a.Decode(&body); err != nil {
		return err
	}
	if err := wrongSubject(a, body.Temporary); err != nil {
		return err
	}
	if !card.TempMayWrite(a.Kind, body.Home, a.Unit) {
		return nil
	}
	cause := ""
	if a.Cause != nil {
		cause = a.Cause.Leaf
	}
	_, err := tx.Exec(ctx, `insert into card_temporary_step(unit, temporary, stream, generation, seq, leaf, kind, at, acting, operator, cause, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
		body.Home, body.Temporary, a.Stream, a.Generation, a.Seq, a.Ref().Leaf, a.Kind, a.At, a.Unit, a.Operator, cause, string(a.Body))
	if err != nil {
		return err
	}
	t, _, err := temporary(ctx, tx, body.Home, body.Temporary)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, upsertTemporary, t.Home, t.ID, t.Application, t.Resident, t.State, t.AppliedOn, t.DueOn, t.Sheet, t.ValidFrom, t.ValidTo, t.HandedOn, t.EndedOn)
	return err
}

var temporaryColumns = []string{"unit", "temporary", "application", "resident", "state", "applied_on", "due_on", "sheet", "valid_from", "valid_to", "handed_on", "ended_on"}

var upsertTemporary = upsert("card_temporary", temporaryColumns, 2)

func temporary(ctx context.Context, tx *store.Tx, unit event.Unit, id string) (card.TempCard, bool, error) {
	steps, err := store.Select(ctx, tx, `select kind, stream, generation, seq, leaf, at, cause, body, acting, operator from card_temporary_step
		where unit = $1 and temporary = $2`, []any{unit, id}, func(rows *sql.Rows) (s card.TempStep, err error) {
		var body string
		if err := rows.Scan(&s.Kind, &s.Ref.Stream, &s.Ref.Generation, &s.Ref.Seq, &s.Ref.Leaf, &s.At, &s.Cause, &body, &s.Unit, &s.By); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(body), &s.Body)
	})
	return card.DeriveTemp(steps), len(steps) > 0, err
}

// Temporary reads a temporary card by its identifier, or the newest one of an application by that one's identifier or acceptance number; ok is false when it is
// not known here.
func Temporary(ctx context.Context, tx *store.Tx, name string) (t card.TempCard, ok bool, err error) {
	id := name
	var unit event.Unit
	ok, err = tx.Find(ctx, "select unit from card_temporary where temporary = $1 order by unit limit 1", []any{id}, &unit)
	if err == nil && !ok {
		ok, err = tx.Find(ctx, `select t.unit, t.temporary from card_temporary t join card_application a on a.unit = t.unit and a.application = t.application
			where a.application = $1 or a.acceptance_no = $1 order by t.temporary desc limit 1`, []any{name}, &unit, &id)
	}
	if err != nil || !ok {
		return t, false, err
	}
	return temporary(ctx, tx, unit, id)
}

// TemporariesOf reads the temporary cards of an application.
func TemporariesOf(ctx context.Context, tx *store.Tx, application string) ([]card.TempCard, error) {
	return temporaries(ctx, tx, "select unit, temporary from card_temporary where application = $1 order by unit, temporary", application)
}

// TemporariesHeld reads the temporary cards of an application, and those of earlier ones that the resident has not handed back.
func TemporariesHeld(ctx context.Context, tx *store.Tx, application, resident string) ([]card.TempCard, error) {
	return temporaries(ctx, tx, "select unit, temporary from card_temporary where application = $1 or (resident = $2 and state = 'handed_out') order by unit, temporary",
		application, resident)
}

// Temporaries reads an area's temporary cards in a state (empty: any), the earliest due first, at most limit.
func Temporaries(ctx context.Context, tx *store.Tx, area event.Unit, state card.TempState, limit int) ([]card.TempCard, error) {
	low, high := Slice(area)
	every := 0
	if state == "" {
		every = 1
	}
	return temporaries(ctx, tx, `select unit, temporary from card_temporary where unit >= $1 and unit < $2 and (state = $3 or $4 = 1)
		order by due_on, unit, temporary limit $5`, low, high, state, every, limit)
}

// SheetUsed tells whether a base sheet of a county has been used.
func SheetUsed(ctx context.Context, tx *store.Tx, county event.Unit, sheet string) (bool, error) {
	low, high := Slice(county)
	return tx.Find(ctx, "select 1 from card_temporary where unit >= $1 and unit < $2 and sheet = $3 limit 1", []any{low, high, sheet}, new(int64))
}

func temporaries(ctx context.Context, tx *store.Tx, query string, args ...any) ([]card.TempCard, error) {
	type key struct {
		unit event.Unit
		id   string
	}
	keys, err := store.Select(ctx, tx, query, args, func(rows *sql.Rows) (k key, err error) { return k, rows.Scan(&k.unit, &k.id) })
	if err != nil {
		return nil, err
	}
	all := make([]card.TempCard, 0, len(keys))
	for _, k := range keys {
		t, _, err := temporary(ctx, tx, k.unit, k.id)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func applySession(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var s card.Session
	if err := a.Decode(&s); err != nil {
		return err
	}
	if err := wrongSubject(a, s.Session); err != nil || s.Home != a.Unit {
		return err
	}
	_, err := tx.Exec(ctx, "insert into card_session(unit, session, day, place, name, at, operator) values($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
		s.Home, s.Session, s.Day, s.Place, s.Name, a.At, a.Operator)
	if err != nil {
		return err
	}
	for _, slot := range s.Slots {
		if _, err := tx.Exec(ctx, "insert into card_slot(unit, session, slot, capacity) values($1, $2, $3, $4) on conflict do nothing",
			s.Home, s.Session, slot.Slot, slot.Capacity); err != nil {
			return err
		}
	}
	return nil
}

// applyAppointment keeps the newest version; of two with one number, that of the later generation or entry.
func applyAppointment(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b card.Appointment
	if err := a.Decode(&b); err != nil {
		return err
	}
	if err := wrongSubject(a, b.Appointment); err != nil || b.Home != a.Unit {
		return err
	}
	_, err := tx.Exec(ctx, `insert into card_appointment(unit, appointment, version, generation, seq, session, day, slot, resident, tenure, state, at, operator)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		on conflict (unit, appointment) do update set version = excluded.version, generation = excluded.generation, seq = excluded.seq, session = excluded.session,
			day = excluded.day, slot = excluded.slot, resident = excluded.resident, tenure = excluded.tenure, state = excluded.state, at = excluded.at,
			operator = excluded.operator
		where excluded.version > card_appointment.version or excluded.version = card_appointment.version and (excluded.generation > card_appointment.generation
			or excluded.generation = card_appointment.generation and excluded.seq > card_appointment.seq)`,
		b.Home, b.Appointment, b.Version, a.Generation, a.Seq, b.Session, b.Day, b.Slot, b.Resident, b.Tenure, b.State, a.At, a.Operator)
	return err
}

func applyAppended(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b card.AddressAppended
	if err := a.Decode(&b); err != nil {
		return err
	}
	if err := wrongSubject(a, b.Append); err != nil || a.Unit.Level() != event.County {
		return err
	}
	_, err := tx.Exec(ctx, `insert into card_append(unit, append, application, resident, tenure, address, day, at, operator) values($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict do nothing`, a.Unit, b.Append, b.Application, b.Resident, b.Tenure, b.Address, b.Day, a.At, a.Operator)
	return err
}

// LastAppended reads the address that was written into a card's chip last; empty: none.
func LastAppended(ctx context.Context, tx *store.Tx, application string) (address string, err error) {
	_, err = tx.Find(ctx, "select address from card_append where application = $1 order by at desc, append desc limit 1", []any{application}, &address)
	return address, err
}

// Session reads a session of a unit with its slots, and the places given in each: booked, kept and missed ones.
func Session(ctx context.Context, tx *store.Tx, unit event.Unit, id string) (s card.Session, taken map[string]int, err error) {
	ok, err := tx.Find(ctx, "select unit, session, day, place, name from card_session where unit = $1 and session = $2", []any{unit, id}, &s.Home, &s.Session, &s.Day, &s.Place, &s.Name)
	if err != nil || !ok {
		return card.Session{}, nil, err
	}
	s.Slots, err = store.Select(ctx, tx, "select slot, capacity from card_slot where unit = $1 and session = $2 order by slot", []any{unit, id},
		func(rows *sql.Rows) (x card.Slot, err error) { return x, rows.Scan(&x.Slot, &x.Capacity) })
	if err != nil {
		return s, nil, err
	}
	taken = make(map[string]int)
	err = tx.Each(ctx, "select slot, count(*) from card_appointment where session = $1 and unit = $2 and state <> 'cancelled' group by slot", []any{id, unit}, func(rows *sql.Rows) error {
		var slot string
		var n int
		err := rows.Scan(&slot, &n)
		taken[slot] = n
		return err
	})
	return s, taken, err
}

// SessionsOn lists the sessions of a unit on a day.
func SessionsOn(ctx context.Context, tx *store.Tx, unit event.Unit, day any) ([]string, error) {
	return store.Select(ctx, tx, "select session from card_session where unit = $1 and day = $2 order by session", []any{unit, day},
		func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
}

const appointmentColumns = "unit, appointment, version, session, day, slot, resident, tenure, state"

func scanAppointment(rows *sql.Rows) (a card.Appointment, err error) {
	return a, rows.Scan(&a.Home, &a.Appointment, &a.Version, &a.Session, &a.Day, &a.Slot, &a.Resident, &a.Tenure, &a.State)
}

// Appointments reads a unit's appointments by one of: their identifier, the resident (still booked ones), the day.
func Appointments(ctx context.Context, tx *store.Tx, unit event.Unit, by AppointmentsBy, value any) ([]card.Appointment, error) {
	return store.Select(ctx, tx, "select "+appointmentColumns+" from card_appointment where unit = $1 and "+string(by)+" order by day, slot, appointment", []any{unit, value}, scanAppointment)
}

// AppointmentsBy says by what appointments are found.
type AppointmentsBy string

// The ways.
const (
	ByAppointment AppointmentsBy = "appointment = $2"
	ByResident    AppointmentsBy = "resident = $2 and state = 'booked'"
	ByDay         AppointmentsBy = "day = $2"
)

// KeptOld reads the old cards that a unit has taken in and not destroyed.
func KeptOld(ctx context.Context, tx *store.Tx, unit event.Unit) ([]card.Scrap, error) {
	return scraps(ctx, tx, `select o.application, o.generation, o.number from card_old o where o.unit = $1
		and not exists (select 1 from card_destroyed d where d.unit = o.unit and d.waste = 'old' and d.application = o.application and d.number = o.number)
		order by o.application, o.number`, unit)
}

// KeptTemporary reads the temporary cards that a station has taken back, or holds of an application that has ended, and not destroyed.
func KeptTemporary(ctx context.Context, tx *store.Tx, unit event.Unit) ([]card.Scrap, error) {
	return scraps(ctx, tx, `select t.application, '', t.sheet from card_temporary t where t.unit = $1
		and (t.state = 'returned' or t.state = 'made' and exists (select 1 from card_application a where a.unit = t.unit and a.application = t.application and a.stage in ('handed_over', 'withdrawn')))
		and not exists (select 1 from card_destroyed d where d.unit = t.unit and d.waste = 'temporary' and d.application = t.application and d.number = t.sheet)
		order by t.application, t.sheet`, unit)
}

// KeptSpoilt reads the cards that a unit keeps and nobody can collect: found unfit, or of an attempt that another has replaced. A card whose application is not
// known here is none of them.
func KeptSpoilt(ctx context.Context, tx *store.Tx, unit event.Unit) ([]card.Scrap, error) {
	spoilt := make(map[string]bool)
	err := tx.Each(ctx, `select d.card_no from card_defect d where d.card_no in (select c.card_no from card_count_card c where c.unit = $1)
		union select c.card_no from card_count_card c join card_application a on a.application = c.application
			where c.unit = $1 and a.card_no <> '' and a.card_no <> c.card_no`, []any{unit}, func(rows *sql.Rows) error {
		var no string
		err := rows.Scan(&no)
		spoilt[no] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	return heldAmong(ctx, tx, unit, spoilt)
}

// KeptHeld reads the cards that have come to a station for applications that were withdrawn meanwhile: card.withdraw destroys each under two names.
func KeptHeld(ctx context.Context, tx *store.Tx, unit event.Unit) ([]card.Scrap, error) {
	withdrawn := make(map[string]bool)
	err := tx.Each(ctx, "select card_no from card_application where unit = $1 and stage = 'withdrawn' and withdrawal = 'held'", []any{unit}, func(rows *sql.Rows) error {
		var no string
		err := rows.Scan(&no)
		withdrawn[no] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	return heldAmong(ctx, tx, unit, withdrawn)
}

// heldAmong reads those of some cards that a unit keeps.
func heldAmong(ctx context.Context, tx *store.Tx, unit event.Unit, cards map[string]bool) ([]card.Scrap, error) {
	if len(cards) == 0 { // as on most days: what is kept need not be looked through
		return nil, nil
	}
	held, err := HeldAt(ctx, tx, unit)
	var out []card.Scrap
	for _, p := range held {
		if cards[p.CardNo] {
			out = append(out, card.Scrap{Application: p.Application, Number: p.CardNo})
		}
	}
	return out, err
}

// Stored names the cards that a unit keeps until somebody asks for them: unclaimed ones, and spoilt ones until they are destroyed.
func Stored(ctx context.Context, tx *store.Tx, unit event.Unit) (map[string]bool, error) {
	all := make(map[string]bool)
	err := tx.Each(ctx, `select a.card_no from card_application a where a.stage = 'unclaimed' and a.card_no in (select c.card_no from card_count_card c where c.unit = $1)
		union select d.card_no from card_defect d where d.card_no in (select c.card_no from card_count_card c where c.unit = $1)`, []any{unit}, func(rows *sql.Rows) error {
		var no string
		err := rows.Scan(&no)
		all[no] = true
		return err
	})
	return all, err
}

func scraps(ctx context.Context, tx *store.Tx, query string, unit event.Unit) ([]card.Scrap, error) {
	return store.Select(ctx, tx, query, []any{unit}, func(rows *sql.Rows) (s card.Scrap, err error) {
		return s, rows.Scan(&s.Application, &s.Generation, &s.Number)
	})
}

// Running is an application under way, with what its clock needs.
type Running struct {
	Unit         event.Unit
	Application  string
	AcceptanceNo string
	Resident     string
	Name         string
	CardNo       string
	RemindedAt   int64
	Reminders    int
	HoldUntil    string
	card.Position
}

// KeeperOf tells who counted a card last on its way down; empty: nobody yet.
func KeeperOf(ctx context.Context, tx *store.Tx, cardNo string) (keeper event.Unit, err error) {
	err = tx.Get(ctx, "select coalesce(max(unit), '') from card_count_card where card_no = $1 and verdict <> 'missing'", []any{cardNo}, &keeper)
	return keeper, err
}

// RunningIn reads every application of an area that is neither handed over nor withdrawn. The list is not to be altered.
func RunningIn(ctx context.Context, tx *store.Tx, area event.Unit) ([]Running, error) {
	return office.Figure(ctx, tx, area, rooms, "running", func() ([]Running, error) { return running(ctx, tx, area) })
}

// rooms are whose entries alter a figure of cards.
var rooms = []string{"card"}

func running(ctx context.Context, tx *store.Tx, area event.Unit) ([]Running, error) {
	low, high := Slice(area)
	all, err := store.Select(ctx, tx, `select a.unit, a.application, a.acceptance_no, a.resident, a.name, a.card_no, a.reminded_at, a.reminders, a.hold_until, a.stage, a.since,
		a.promised_on, a.class, case when a.hold <> '' then 1 else 0 end,
		coalesce((select max(c.unit) from card_count_card c where a.stage = 'dispatched' and c.card_no = a.card_no and c.verdict <> 'missing'), '')
		from card_application a where a.unit >= $1 and a.unit < $2 and a.stage not in ('handed_over', 'withdrawn')`,
		[]any{low, high}, func(rows *sql.Rows) (r Running, err error) {
			var held int64
			err = rows.Scan(&r.Unit, &r.Application, &r.AcceptanceNo, &r.Resident, &r.Name, &r.CardNo, &r.RemindedAt, &r.Reminders, &r.HoldUntil, &r.Stage, &r.Since,
				&r.PromisedOn, &r.Class, &held, &r.Keeper)
			r.Home, r.Held = r.Unit, held == 1
			return r, err
		})
	slices.SortFunc(all, func(a, b Running) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Application, b.Application))
	})
	return all, err
}

// Concerned names the residents of an area's applications that are not withdrawn: who holds a card, with the end of its term, and whose application is open.
func Concerned(ctx context.Context, tx *store.Tx, area event.Unit) (map[string]Concern, error) {
	low, high := Slice(area)
	all := make(map[string]Concern)
	err := tx.Each(ctx, `select resident, stage, valid_to, lost from card_application where resident in (select resident from card_application where unit >= $1 and unit < $2)
		and stage <> 'withdrawn' and stage <> 'incomplete'`, []any{low, high}, func(rows *sql.Rows) error {
		var resident, stage, validTo string
		var lost int64
		if err := rows.Scan(&resident, &stage, &validTo, &lost); err != nil {
			return err
		}
		c := all[resident]
		switch {
		case stage != string(card.StageHandedOver):
			c.Open = true
		case lost == 0 && (validTo == card.LongTerm || validTo > c.ValidTo && c.ValidTo != card.LongTerm):
			c.ValidTo = validTo
		}
		all[resident] = c
		return nil
	})
	return all, err
}

// Concern is what the cards say of one resident.
type Concern struct {
	Open    bool   // an application is under way
	ValidTo string // of the newest second-generation card in the holder's hands; empty: none
}

// HandedTo reads all of a resident's applications that are known here.
func HandedTo(ctx context.Context, tx *store.Tx, resident string) ([]card.Application, error) {
	return loadAll(ctx, tx, "select unit, application from card_application where resident = $1 order by unit, application", resident)
}

// CountTemporaries counts an area's temporary cards by state.
func CountTemporaries(ctx context.Context, tx *store.Tx, area event.Unit) (map[card.TempState]int, error) {
	low, high := Slice(area)
	counts := make(map[card.TempState]int)
	err := tx.Each(ctx, "select state, count(*) from card_temporary where unit >= $1 and unit < $2 group by state", []any{low, high}, func(rows *sql.Rows) error {
		var state card.TempState
		var n int
		err := rows.Scan(&state, &n)
		counts[state] = n
		return err
	})
	return counts, err
}

func applyExplained(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var b card.LateExplained
	if err := a.Decode(&b); err != nil {
		return err
	}
	if err := wrongSubject(a, b.Explanation); err != nil || !a.Unit.Contains(b.Home) {
		return err
	}
	_, err := tx.Exec(ctx, `insert into card_late_reason(unit, explanation, application, stage, reason, words, day, at, operator) values($1, $2, $3, $4, $5, $6, $7, $8, $9)
		on conflict do nothing`, a.Unit, b.Explanation, b.Application, b.Stage, b.Reason, b.Words, b.Day, a.At, a.Operator)
	return err
}

// Reason is the newest reason given for an application at its stage.
type Reason struct {
	Reason   card.LateReason `json:"reason"`
	Words    string          `json:"words"`
	Operator string          `json:"operator"`
	Unit     event.Unit      `json:"unit"`
}

// LateReasons reads those of some applications, each at the stage given; an application for which none was given is left out.
func LateReasons(ctx context.Context, tx *store.Tx, stages map[string]card.Stage) (map[string]*Reason, error) {
	all := make(map[string]*Reason)
	return all, store.EachOf(ctx, tx, "select application, stage, reason, words, operator, unit from card_late_reason where application in (?) order by at, explanation", slices.Sorted(maps.Keys(stages)), nil,
		func(rows *sql.Rows) error {
			var application string
			var stage card.Stage
			var r Reason
			err := rows.Scan(&application, &stage, &r.Reason, &r.Words, &r.Operator, &r.Unit)
			if stage == stages[application] { // the newest comes last
				all[application] = &r
			}
			return err
		})
}
