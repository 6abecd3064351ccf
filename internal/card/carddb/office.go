package carddb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// Waits is an application that waits at a stage.
type Waits struct {
	Unit         event.Unit
	Application  string
	AcceptanceNo string
	PromisedOn   citizen.Date
	Held         bool
}

// NextAt reads the applications of an area that wait at a stage, the oldest promise first, behind another one (empty: from the first), at most limit.
func NextAt(ctx context.Context, tx *store.Tx, area event.Unit, stage card.Stage, after string, limit int) ([]Waits, error) {
	var promised string
	if _, err := tx.Find(ctx, "select promised_on from card_application where application = $1 order by unit limit 1", []any{after}, &promised); err != nil {
		return nil, err
	}
	low, high := Slice(area)
	return store.Select(ctx, tx, `select unit, application, acceptance_no, promised_on, case when hold <> '' then 1 else 0 end from card_application
		where stage = $1 and unit >= $2 and unit < $3 and (promised_on > $4 or promised_on = $4 and application > $5) order by promised_on, application limit $6`,
		[]any{stage, low, high, promised, after, limit}, func(rows *sql.Rows) (x Waits, err error) {
			var held int64
			err = rows.Scan(&x.Unit, &x.Application, &x.AcceptanceNo, &x.PromisedOn, &held)
			x.Held = held == 1
			return x, err
		})
}

// CountAt counts the applications of an area that wait at a stage, and those of them that are held.
func CountAt(ctx context.Context, tx *store.Tx, area event.Unit, stage card.Stage) (waiting, held int64, err error) {
	low, high := Slice(area)
	err = tx.Get(ctx, `select count(*), coalesce(cast(sum(case when hold <> '' then 1 else 0 end) as bigint), 0) from card_application
		where stage = $1 and unit >= $2 and unit < $3`, []any{stage, low, high}, &waiting, &held)
	return waiting, held, err
}

// CountOrderable counts what waits for an order.
func CountOrderable(ctx context.Context, tx *store.Tx) (n int64, err error) {
	err = tx.Get(ctx, `select count(*) from card_application where stage = 'checked' or (stage in ('rejected', 'defective') and class = 'production')`, nil, &n)
	return n, err
}

// CountBroken counts the applications of an area that are past the day that was promised.
func CountBroken(ctx context.Context, tx *store.Tx, area event.Unit, today citizen.Date) (n int64, err error) {
	low, high := Slice(area)
	err = tx.Get(ctx, `select count(*) from card_application where unit >= $1 and unit < $2 and promised_on <> '' and promised_on < $3
		and stage not in ('handed_over', 'withdrawn') and stage not in ('notified', 'unclaimed')`, []any{low, high, today}, &n)
	return n, err
}

// CountUncounted counts the consignments that were sent to a unit and not counted there.
func CountUncounted(ctx context.Context, tx *store.Tx, unit event.Unit) (n int64, err error) {
	err = tx.Get(ctx, `select count(*) from card_consignment k where k.receiver = $1 and not exists
		(select 1 from card_consignment_count c where c.unit = $1 and c.consignment = k.consignment)`, []any{unit}, &n)
	return n, err
}

// JudgedBy counts what an operator has decided since an instant (ms UTC), by kind.
func JudgedBy(ctx context.Context, tx *store.Tx, operator string, since int64) (map[string]int64, error) {
	all := make(map[string]int64)
	return all, tx.Each(ctx, `select kind, count(*) from card_step where operator = $1 and at >= $2
		and kind in ('card.reviewed', 'card.returned', 'card.signed', 'card.checked') group by kind`, []any{operator, since}, func(rows *sql.Rows) error {
		var kind string
		var n int64
		err := rows.Scan(&kind, &n)
		all[kind] = n
		return err
	})
}

// OrderMade is an order with what the maker has said of it.
type OrderMade struct {
	Order      string `json:"order"`
	Digest     string `json:"digest"`
	Count      int64  `json:"count"`
	At         int64  `json:"at"`
	Operator   string `json:"operator"`
	Made       int64  `json:"made"`
	Rejected   int64  `json:"rejected"`
	Dispatched int64  `json:"dispatched"`
	Exceptions int64  `json:"exceptions"`
	Answered   int64  `json:"answered_at,omitempty"` // the newest feedback file
}

// Orders reads a city's orders, the newest first, at most limit; order names one (empty: all).
func Orders(ctx context.Context, tx *store.Tx, city event.Unit, order string, limit int) ([]OrderMade, error) {
	return store.Select(ctx, tx, `select o.card_order, o.digest, o.cards, o.at, o.operator, coalesce(cast(sum(f.made) as bigint), 0), coalesce(cast(sum(f.rejected) as bigint), 0),
		coalesce(cast(sum(f.dispatched) as bigint), 0), coalesce(cast(sum(f.exceptions) as bigint), 0), coalesce(max(f.at), 0)
		from card_order o left join card_feedback f on f.unit = o.unit and f.card_order = o.card_order where o.unit = $1 and (o.card_order = $2 or $2 = '')
		group by o.card_order, o.digest, o.cards, o.at, o.operator order by o.at desc, o.card_order limit $3`, []any{city, order, limit},
		func(rows *sql.Rows) (o OrderMade, err error) {
			return o, rows.Scan(&o.Order, &o.Digest, &o.Count, &o.At, &o.Operator, &o.Made, &o.Rejected, &o.Dispatched, &o.Exceptions, &o.Answered)
		})
}

// Sent is a consignment: who sent it to whom, and what the receiver counted.
type Sent struct {
	Consignment string     `json:"consignment"`
	From        event.Unit `json:"from"`
	To          event.Unit `json:"to"`
	SentAt      int64      `json:"sent_at"`
	Sender      string     `json:"sender"`
	Listed      int64      `json:"listed"`
	CountedAt   int64      `json:"counted_at,omitempty"` // 0: on its way
	Counter     string     `json:"counter,omitempty"`
	Found       int64      `json:"found"`
	Missing     int64      `json:"missing"`
	Surplus     int64      `json:"surplus"`
	Wrong       int64      `json:"wrong"`
}

// Consignments reads what a unit was sent or has sent, the newest first, at most limit; one names a consignment (empty: all).
func Consignments(ctx context.Context, tx *store.Tx, unit event.Unit, one string, limit int) ([]Sent, error) {
	return store.Select(ctx, tx, `select k.consignment, k.unit, k.receiver, k.at, k.operator,
		(select count(*) from card_consignment_card s where s.unit = k.unit and s.consignment = k.consignment),
		coalesce(c.at, 0), coalesce(c.operator, ''), coalesce(c.found, 0), coalesce(c.missing, 0), coalesce(c.surplus, 0), coalesce(c.wrong, 0)
		from card_consignment k left join card_consignment_count c on c.unit = k.receiver and c.consignment = k.consignment
		where (k.receiver = $1 or k.unit = $1) and (k.consignment = $2 or $2 = '') order by k.at desc, k.unit, k.consignment limit $3`, []any{unit, one, limit},
		func(rows *sql.Rows) (s Sent, err error) {
			return s, rows.Scan(&s.Consignment, &s.From, &s.To, &s.SentAt, &s.Sender, &s.Listed, &s.CountedAt, &s.Counter, &s.Found, &s.Missing, &s.Surplus, &s.Wrong)
		})
}

// SentCard is a card in a consignment. Verdict is empty while nobody has counted it.
type SentCard struct {
	CardNo       string       `json:"card_no"`
	AcceptanceNo string       `json:"acceptance_no"`
	Application  string       `json:"application"`
	Home         event.Unit   `json:"home"`
	Verdict      card.Verdict `json:"verdict,omitempty"`
}

// SentCards reads the cards of a consignment as listed by the sender or found by the receiver.
func SentCards(ctx context.Context, tx *store.Tx, s Sent) ([]SentCard, error) {
	return store.Select(ctx, tx, `select x.card_no, coalesce((select min(a.acceptance_no) from card_application a where a.application = x.application), ''),
		x.application, x.home, coalesce(max(x.verdict), '') from (
			select card_no, application, home, '' as verdict from card_consignment_card where unit = $1 and consignment = $2
			union all select card_no, application, home, verdict from card_count_card where unit = $3 and consignment = $2) x
		group by x.card_no, x.application, x.home order by x.home, x.card_no`, []any{s.From, s.Consignment, s.To}, func(rows *sql.Rows) (c SentCard, err error) {
		return c, rows.Scan(&c.CardNo, &c.AcceptanceNo, &c.Application, &c.Home, &c.Verdict)
	})
}

// DefectCount is how often a defect was found in a unit's cards.
type DefectCount struct {
	Unit    event.Unit      `json:"unit"` // that accepted the applications
	Code    card.DefectCode `json:"code"`
	FoundBy event.Unit      `json:"found_by"`
	N       int64           `json:"n"`
}

// Defects counts the cards of an area found unfit between two instants (ms UTC), from inclusive.
func Defects(ctx context.Context, tx *store.Tx, area event.Unit, from, to int64) ([]DefectCount, error) {
	low, high := Slice(area)
	return store.Select(ctx, tx, `select unit, code, found_by, count(*) from card_defect where at >= $1 and at < $2 and unit >= $3 and unit < $4
		group by unit, code, found_by order by unit, code, found_by`, []any{from, to, low, high}, func(rows *sql.Rows) (d DefectCount, err error) {
		return d, rows.Scan(&d.Unit, &d.Code, &d.FoundBy, &d.N)
	})
}

// Remade counts, by unit of an area, the applications opened between two days, both inclusive, whose card was ordered more than once.
func Remade(ctx context.Context, tx *store.Tx, area event.Unit, from, to card.Day) (map[event.Unit]int64, error) {
	low, high := Slice(area)
	all := make(map[event.Unit]int64)
	return all, tx.Each(ctx, `select p.unit, count(*) from card_progress p join card_application a on a.unit = p.unit and a.application = p.application
		where p.opened between $1 and $2 and p.unit >= $3 and p.unit < $4 and a.attempt > 1 group by p.unit`, []any{int64(from), int64(to), low, high}, func(rows *sql.Rows) error {
		var unit event.Unit
		var n int64
		err := rows.Scan(&unit, &n)
		all[unit] = n
		return err
	})
}

// Looked is one look-up of an operator.
type Looked struct {
	Unit     event.Unit
	Operator string
	Purpose  string
	How      string
	Wide     bool
	At       int64  // ms UTC
	About    string // the application shown
}

// LookUps reads the look-ups of a unit between two instants (ms UTC), from inclusive, the newest first, at most limit.
func LookUps(ctx context.Context, tx *store.Tx, unit event.Unit, from, to int64, limit int) ([]Looked, error) {
	return store.Select(ctx, tx, `select unit, operator, purpose, how, wide, at, application from card_look_up where unit = $1 and at >= $2 and at < $3
		order by at desc, look_up limit $4`, []any{unit, from, to, limit}, func(rows *sql.Rows) (l Looked, err error) {
		var wide int64
		err = rows.Scan(&l.Unit, &l.Operator, &l.Purpose, &l.How, &wide, &l.At, &l.About)
		l.Wide = wide == 1
		return l, err
	})
}
