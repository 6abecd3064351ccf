package carddb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// Steps reads the steps of an application.
func Steps(ctx context.Context, tx *store.Tx, unit event.Unit, application string) ([]card.Step, error) {
	return store.Select(ctx, tx, `select kind, stream, generation, seq, leaf, at, operator, cause, body, acting from card_step
		where unit = $1 and application = $2 order by at, stream, generation, seq`, []any{unit, application}, scanStep)
}

func scanStep(rows *sql.Rows) (s card.Step, err error) {
	var body string
	if err := rows.Scan(&s.Kind, &s.Ref.Stream, &s.Ref.Generation, &s.Ref.Seq, &s.Ref.Leaf, &s.At, &s.Operator, &s.Cause, &body, &s.Unit); err != nil {
		return s, err
	}
	if err := decodeBody(body, &s.Body); err != nil {
		return s, fmt.Errorf("carddb: body of %s: %w", s.Ref, err)
	}
	return s, nil
}

// Load reads an application by its identifier or acceptance number and derives its state. ok is false when it is not known here.
func Load(ctx context.Context, tx *store.Tx, application string) (card.Application, bool, error) {
	a, _, ok, err := LoadSteps(ctx, tx, application)
	return a, ok, err
}

// LoadSteps is Load with the steps.
func LoadSteps(ctx context.Context, tx *store.Tx, application string) (card.Application, []card.Step, bool, error) {
	unit, id, ok, err := find(ctx, tx, application)
	if err != nil || !ok {
		return card.Application{}, nil, false, err
	}
	steps, err := Steps(ctx, tx, unit, id)
	if err != nil {
		return card.Application{}, nil, false, err
	}
	return card.Derive(steps), steps, true, nil
}

func find(ctx context.Context, tx *store.Tx, application string) (unit event.Unit, id string, ok bool, err error) {
	column := "application"
	if len(application) == card.AcceptanceDigits {
		column = "acceptance_no"
	}
	ok, err = tx.Find(ctx, "select unit, application from card_application where "+column+" = $1 order by unit, application limit 1",
		[]any{application}, &unit, &id)
	return unit, id, ok, err
}

// loadAll derives the applications that a query names by unit and identifier.
func loadAll(ctx context.Context, tx *store.Tx, query string, args ...any) ([]card.Application, error) {
	type key struct {
		unit event.Unit
		id   string
	}
	keys, err := store.Select(ctx, tx, query, args, func(rows *sql.Rows) (k key, err error) { return k, rows.Scan(&k.unit, &k.id) })
	if err != nil {
		return nil, err
	}
	all := make([]card.Application, 0, len(keys))
	for _, k := range keys {
		steps, err := Steps(ctx, tx, k.unit, k.id)
		if err != nil {
			return nil, err
		}
		all = append(all, card.Derive(steps))
	}
	return all, nil
}

// OthersOf reads the other applications of the same resident or the same citizen number, as far as they are known here.
func OthersOf(ctx context.Context, tx *store.Tx, application, resident, number string) ([]card.Application, error) {
	return loadAll(ctx, tx, `select unit, application from card_application where application <> $1 and (resident = $2 or (number = $3 and number <> ''))
		order by unit, application`, application, resident, number)
}

// OpenOfTenure reads the applications of a tenure at a unit that are not closed.
func OpenOfTenure(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) ([]card.Application, error) {
	return loadAll(ctx, tx, `select unit, application from card_application where unit = $1 and tenure = $2
		and stage not in ('handed_over', 'withdrawn') order by application`, unit, tenure)
}

// Orderable reads the applications that wait for an order, remakes first (law-and-process G9: defects are made again first), then the oldest promise, at most limit.
func Orderable(ctx context.Context, tx *store.Tx, limit int) ([]card.Application, error) {
	return loadAll(ctx, tx, `select unit, application from card_application where stage = 'checked' or (stage in ('rejected', 'defective') and class = 'production')
		order by case when stage = 'checked' then 1 else 0 end, promised_on, unit, application limit $1`, limit)
}

// LastNumber reads the highest running number of a station's day.
func LastNumber(ctx context.Context, tx *store.Tx, unit event.Unit, day citizen.Date) (last card.LastNumber, err error) {
	_, err = tx.Find(ctx, "select running, generation from card_number where unit = $1 and day = $2 order by running desc, generation desc limit 1",
		[]any{unit, day}, &last.Running, &last.Generation)
	return last, err
}

// Listed is an application in a list.
type Listed struct {
	Unit         event.Unit   `json:"unit"`
	Application  string       `json:"application"`
	AcceptanceNo string       `json:"acceptance_no"`
	Name         string       `json:"name"`
	Number       string       `json:"number"` // card.list masks it
	Kind         card.Kind    `json:"kind"`
	Stage        card.Stage   `json:"stage"`
	Round        int          `json:"round"`
	Since        int64        `json:"since"`
	PromisedOn   citizen.Date `json:"promised_on,omitzero"`
	CardNo       string       `json:"card_no,omitempty"`
}

// List reads the applications of an area at a stage (empty: any), by their identifiers from after on, at most limit.
func List(ctx context.Context, tx *store.Tx, area event.Unit, stage card.Stage, after string, limit int) ([]Listed, error) {
	low, high := Slice(area)
	query := `select unit, application, acceptance_no, name, number, kind, stage, round, since, promised_on, card_no from card_application
		where unit >= $1 and unit < $2 and application > $3 and (stage = $4 or $5 = 1) order by application limit $6`
	every := 0
	if stage == "" {
		every = 1
	}
	return store.Select(ctx, tx, query, []any{low, high, after, stage, every, limit}, scanListed)
}

func scanListed(rows *sql.Rows) (l Listed, err error) {
	return l, rows.Scan(&l.Unit, &l.Application, &l.AcceptanceNo, &l.Name, &l.Number, &l.Kind, &l.Stage, &l.Round, &l.Since, &l.PromisedOn, &l.CardNo)
}

// OfResident reads a resident's applications in an area, the newest first.
func OfResident(ctx context.Context, tx *store.Tx, area event.Unit, resident string) ([]Listed, error) {
	low, high := Slice(area)
	return store.Select(ctx, tx, `select unit, application, acceptance_no, name, number, kind, stage, round, since, promised_on, card_no from card_application
		where resident = $1 and unit >= $2 and unit < $3 order by application desc`, []any{resident, low, high}, scanListed)
}

// CountByStage counts the applications of an area by stage.
func CountByStage(ctx context.Context, tx *store.Tx, area event.Unit) (map[card.Stage]int64, error) {
	low, high := Slice(area)
	counts := make(map[card.Stage]int64)
	err := tx.Each(ctx, "select stage, count(*) from card_application where unit >= $1 and unit < $2 group by stage", []any{low, high}, func(rows *sql.Rows) error {
		var stage card.Stage
		var n int64
		if err := rows.Scan(&stage, &n); err != nil {
			return err
		}
		counts[stage] = n
		return nil
	})
	return counts, err
}

// Slice is the range of unit codes at and below a unit: a city's begin with its first four digits.
func Slice(area event.Unit) (low, high string) {
	low = string(area)
	if area.Level() == event.City {
		low = strings.TrimSuffix(low, "00")
	}
	return low, low + "~"
}

// FeedbackKnown tells whether a feedback file has been taken in.
func FeedbackKnown(ctx context.Context, tx *store.Tx, digest string) (bool, error) {
	return tx.Find(ctx, "select 1 from card_feedback where digest = $1", []any{digest}, new(int64))
}

// OrderDigest reads the digest of an order's file.
func OrderDigest(ctx context.Context, tx *store.Tx, order string) (digest string, ok bool, err error) {
	ok, err = tx.Find(ctx, "select digest from card_order where card_order = $1", []any{order}, &digest)
	return digest, ok, err
}

func scanPacked(rows *sql.Rows) (p card.Packed, err error) {
	return p, rows.Scan(&p.CardNo, &p.Application, &p.Home)
}

// Listing reads a consignment that was sent to a unit; ok is false when it is not known here.
func Listing(ctx context.Context, tx *store.Tx, to event.Unit, consignment string) (cards []card.Packed, ok bool, err error) {
	var sender event.Unit
	ok, err = tx.Find(ctx, "select unit from card_consignment where consignment = $1 and receiver = $2 order by unit limit 1", []any{consignment, to}, &sender)
	if err != nil || !ok {
		return nil, false, err
	}
	cards, err = store.Select(ctx, tx, `select card_no, application, home from card_consignment_card where unit = $1 and consignment = $2 order by card_no`,
		[]any{sender, consignment}, scanPacked)
	return cards, true, err
}

// CountedBy tells whether a unit has counted a consignment.
func CountedBy(ctx context.Context, tx *store.Tx, unit event.Unit, consignment string) (bool, error) {
	return tx.Find(ctx, "select 1 from card_consignment_count where unit = $1 and consignment = $2", []any{unit, consignment}, new(int64))
}

// CardByNumber finds the application of a card by the card's number, as far as it is known here.
func CardByNumber(ctx context.Context, tx *store.Tx, cardNo string) (p card.Packed, ok bool, err error) {
	ok, err = tx.Find(ctx, "select card_no, application, unit from card_application where card_no = $1 order by unit, application limit 1",
		[]any{cardNo}, &p.CardNo, &p.Application, &p.Home)
	return p, ok, err
}

// HeldAt reads the cards that a unit keeps: counted in more often than sent on, and not handed over or destroyed. Only cards on their
// way and those whose count was not as it should be are looked at, so that the whole history is not.
func HeldAt(ctx context.Context, tx *store.Tx, unit event.Unit) ([]card.Packed, error) {
	return office.Figure(ctx, tx, unit, rooms, "held", func() ([]card.Packed, error) { return heldAt(ctx, tx, unit) })
}

func heldAt(ctx context.Context, tx *store.Tx, unit event.Unit) ([]card.Packed, error) {
	return store.Select(ctx, tx, `select c.card_no, max(c.application), max(c.home) from (
			select a.card_no from card_application a where a.stage in ('dispatched', 'arrived', 'notified', 'unclaimed')
			union select d.card_no from card_defect d
			union select a.card_no from card_application a where a.stage = 'withdrawn' and a.withdrawal = 'held'
			union select o.card_no from card_count_card o where o.unit = $1 and o.verdict in ('surplus', 'wrong')) k
		cross join card_count_card c
		where c.card_no = k.card_no and c.unit = $1 and c.verdict <> 'missing'
		and not exists (select 1 from card_application a
			where a.unit = c.unit and a.application = c.application and a.card_no = c.card_no and (a.stage = 'handed_over' or a.withdrawal = 'destroyed'))
		and not exists (select 1 from card_destroyed w where w.unit = $1 and w.waste = 'spoilt' and w.application = c.application and w.number = c.card_no)
		group by c.card_no
		having count(*) > (select count(*) from card_consignment_card s join card_consignment k on k.unit = s.unit and k.consignment = s.consignment
			where s.unit = $1 and k.receiver <> $1 and s.card_no = c.card_no)
		order by c.card_no`, []any{unit}, scanPacked)
}

// Waiting is a card that was counted at its station before its dispatch was known there.
type Waiting struct {
	Application string
	Consignment string
	CardNo      string
}

// CountedNotArrived reads a station's cards that were counted there and have no arrival.
func CountedNotArrived(ctx context.Context, tx *store.Tx, unit event.Unit) ([]Waiting, error) {
	return store.Select(ctx, tx, `select a.application, min(c.consignment), a.card_no from card_application a
		join card_count_card c on c.unit = a.unit and c.card_no = a.card_no
		where a.unit = $1 and (a.stage = 'dispatched' or a.withdrawal = 'held') and c.verdict <> 'missing'
		and not exists (select 1 from card_step s where s.unit = a.unit and s.application = a.application and s.kind = 'card.arrived'
			and s.round = a.round and s.attempt = a.attempt)
		group by a.application, a.card_no order by a.application`, []any{unit}, func(rows *sql.Rows) (x Waiting, err error) {
		return x, rows.Scan(&x.Application, &x.Consignment, &x.CardNo)
	})
}

// PublicStatus is what the public page may say of an application: no name, no number.
type PublicStatus struct {
	Unit       event.Unit
	Slip, Code string
	Stage      card.Stage
	Since      int64 // ms UTC
	PromisedOn citizen.Date
}

// EachPublic goes through the applications of an area of which a slip with a code is in a citizen's hand, those that ended before a time apart.
func EachPublic(ctx context.Context, tx *store.Tx, area event.Unit, endedSince int64, fn func(PublicStatus) error) error {
	low, high := Slice(area)
	return tx.Each(ctx, `select unit, slip, code, stage, since, promised_on from card_application
		where unit >= $1 and unit < $2 and code <> '' and (since >= $3 or stage not in ($4, $5)) order by unit, application`,
		[]any{low, high, endedSince, card.StageHandedOver, card.StageWithdrawn}, func(rows *sql.Rows) error {
			var s PublicStatus
			if err := rows.Scan(&s.Unit, &s.Slip, &s.Code, &s.Stage, &s.Since, &s.PromisedOn); err != nil {
				return err
			}
			return fn(s)
		})
}

// AcceptanceNos are the acceptance numbers of applications that were accepted in an area, by their identifiers; those of others are left out.
func AcceptanceNos(ctx context.Context, tx *store.Tx, area event.Unit, applications []string) (map[string]string, error) {
	numbers := make(map[string]string, len(applications))
	return numbers, store.EachOf(ctx, tx, "select unit, application, acceptance_no from card_application where application in (?)", applications, nil, func(rows *sql.Rows) error {
		var unit event.Unit
		var application, number string
		err := rows.Scan(&unit, &application, &number)
		if area.Contains(unit) {
			numbers[application] = number
		}
		return err
	})
}
