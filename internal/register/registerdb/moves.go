package registerdb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// Changed is one row of a tenure's history.
type Changed struct {
	Version     int64            `json:"version"`
	Kind        string           `json:"kind"`
	EffectiveOn citizen.Date     `json:"effective_on"`
	At          int64            `json:"at"` // ms UTC
	Operator    string           `json:"operator"`
	Paper       *register.Paper  `json:"paper,omitempty"`
	Before      *register.Record `json:"before,omitempty"`
	Record      register.Record  `json:"record"`
	Ref         event.Ref        `json:"ref"`
}

func scanChanged(rows *sql.Rows) (c Changed, err error) {
	var paper, before, record string
	if err := rows.Scan(&c.Version, &c.Kind, &c.EffectiveOn, &c.At, &c.Operator, &paper, &before, &record, &c.Ref.Stream, &c.Ref.Generation, &c.Ref.Seq); err != nil {
		return c, err
	}
	for _, part := range []struct {
		text string
		to   any
	}{{paper, &c.Paper}, {before, &c.Before}, {record, &c.Record}} {
		if part.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(part.text), part.to); err != nil {
			return c, fmt.Errorf("registerdb: history: %w", err)
		}
	}
	return c, nil
}

// History reads a tenure's changes by version. The first version of an import stands in its chunk and not here.
func History(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) ([]Changed, error) {
	return store.Select(ctx, tx, `select version, kind, effective_on, at, operator, paper, before, record, stream, generation, seq
		from register_change where unit = $1 and tenure = $2 order by version`, []any{unit, tenure}, scanChanged)
}

// Since lists what was done to a tenure after a version, for whoever saw only that.
func Since(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string, version int64) ([]register.Noted, error) {
	return store.Select(ctx, tx, "select version, kind, operator from register_change where unit = $1 and tenure = $2 and version > $3 order by version",
		[]any{unit, tenure, version}, func(rows *sql.Rows) (n register.Noted, err error) {
			return n, rows.Scan(&n.Version, &n.Kind, &n.Operator)
		})
}

// HistoryDigest is the hex SHA-256 over the places in the journal of a tenure's changes, one a line by version, which a moved-out
// record carries. An import's first version counts by its chunk's place.
func HistoryDigest(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) (string, error) {
	refs, err := chunkRefs(ctx, tx, tenure)
	if err != nil {
		return "", err
	}
	changes, err := History(ctx, tx, unit, tenure)
	if err != nil {
		return "", err
	}
	for _, c := range changes {
		refs = append(refs, c.Ref)
	}
	sum := sha256.New()
	for _, ref := range refs {
		fmt.Fprintln(sum, ref)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

const movingQuery = `select o.unit, o.tenure, o.version, o.resident, o.to_unit, o.to_tenure, o.moved_on, o.history, o.stream, o.generation, o.seq, o.leaf,
	coalesce(c.record, '{}'),
	case when exists (select 1 from register_move_in i where i.unit = o.to_unit and i.tenure = o.to_tenure)
		or exists (select 1 from register_move_answer a where a.unit = o.unit and a.tenure = o.tenure and a.to_tenure = o.to_tenure and a.by_unit = o.to_unit and a.kind = 'register.arrival_confirmed') then 1 else 0 end,
	case when exists (select 1 from register_move_answer a where a.unit = o.unit and a.tenure = o.tenure and a.to_tenure = o.to_tenure and a.by_unit = o.to_unit and a.kind = 'register.move_returned') then 1 else 0 end
	from register_move_out o left join register_change c on c.unit = o.unit and c.tenure = o.tenure and c.version = o.version `

func scanMoving(rows *sql.Rows) (m register.Moving, err error) {
	var record string
	var arrived, returned int64
	m.Cause, m.Source = &event.Ref{}, register.SourceStream
	if err := rows.Scan(&m.FromUnit, &m.FromTenure, &m.Version, &m.Resident, &m.ToUnit, &m.ToTenure, &m.On, &m.History,
		&m.Cause.Stream, &m.Cause.Generation, &m.Cause.Seq, &m.Cause.Leaf, &record, &arrived, &returned); err != nil {
		return m, err
	}
	m.Arrived, m.Returned = arrived == 1, returned == 1
	return m, json.Unmarshal([]byte(record), &m.Record)
}

// MoveTo finds the move-out that opens a tenure; ok is false when its entry is not here.
func MoveTo(ctx context.Context, tx *store.Tx, toTenure string) (m register.Moving, ok bool, err error) {
	all, err := store.Select(ctx, tx, movingQuery+"where o.to_tenure = $1 order by o.unit limit 1", []any{toTenure}, scanMoving)
	if err != nil || len(all) == 0 {
		return m, false, err
	}
	return all[0], true, nil
}

// Answered tells what this node knows of a move of which it has only the paper.
func Answered(ctx context.Context, tx *store.Tx, m *register.Moving) error {
	arrived, err := tx.Find(ctx, "select 1 from register_move_in where unit = $1 and tenure = $2", []any{m.ToUnit, m.ToTenure}, new(int64))
	if err != nil {
		return err
	}
	m.Arrived = arrived
	m.Returned, err = tx.Find(ctx, "select 1 from register_move_answer where unit = $1 and tenure = $2 and to_tenure = $3 and kind = $4 and by_unit = $5",
		[]any{m.FromUnit, m.FromTenure, m.ToTenure, register.KindMoveReturned, m.ToUnit}, new(int64))
	return err
}

// InTransit lists the moves from or to the units at and below a unit that were made on or before a day and have neither arrived nor
// returned, the oldest first.
func InTransit(ctx context.Context, tx *store.Tx, area event.Unit, before citizen.Date) ([]register.Moving, error) {
	low, high := slice(area)
	return store.Select(ctx, tx, movingQuery+`where o.to_unit <> '' and o.moved_on <= $1
		and (o.unit >= $2 and o.unit < $3 or o.to_unit >= $2 and o.to_unit < $3)
		and not exists (select 1 from register_move_in i where i.unit = o.to_unit and i.tenure = o.to_tenure)
		and not exists (select 1 from register_move_answer a where a.unit = o.unit and a.tenure = o.tenure and a.to_tenure = o.to_tenure and a.by_unit = o.to_unit)
		order by o.moved_on, o.unit, o.tenure`, []any{before, low, high}, scanMoving)
}

// requestQuery reads requests with whether they have been answered: refused, or a move-out names them.
const requestQuery = `select q.unit, q.by_unit, q.body,
	case when q.refused_at > 0 or exists (select 1 from register_move_out o where o.unit = q.unit and o.request = q.request) then 1 else 0 end
	from register_move_request q `

func scanRequest(rows *sql.Rows) (q register.Requested, err error) {
	var body string
	var answered int64
	if err := rows.Scan(&q.Unit, &q.By, &body, &answered); err != nil {
		return q, err
	}
	q.Answered = answered == 1
	return q, json.Unmarshal([]byte(body), &q.Body)
}

// Request reads a request to move in; ok is false when it is not here.
func Request(ctx context.Context, tx *store.Tx, request string) (q register.Requested, ok bool, err error) {
	all, err := store.Select(ctx, tx, requestQuery+"where q.request = $1 and q.body <> '' order by q.unit, q.by_unit limit 1", []any{request}, scanRequest)
	if err != nil || len(all) == 0 {
		return q, false, err
	}
	return all[0], true, nil
}

// OpenRequests lists the requests that wait for a unit's answer, the oldest first.
func OpenRequests(ctx context.Context, tx *store.Tx, unit event.Unit) ([]register.Requested, error) {
	return store.Select(ctx, tx, requestQuery+`where q.unit = $1 and q.body <> '' and q.refused_at = 0
		and not exists (select 1 from register_move_out o where o.unit = q.unit and o.request = q.request) order by q.asked_at, q.request`, []any{unit}, scanRequest)
}

const reportQuery = "select unit, subject, body, outcome, stream, generation, seq, leaf from register_report "

func scanReport(rows *sql.Rows) (q register.Reported, err error) {
	var body, outcome string
	q.Ref = &event.Ref{}
	if err := rows.Scan(&q.Unit, &q.Subject, &body, &outcome, &q.Ref.Stream, &q.Ref.Generation, &q.Ref.Seq, &q.Ref.Leaf); err != nil {
		return q, err
	}
	q.Answered = outcome != ""
	return q, json.Unmarshal([]byte(body), &q.Body)
}

// Report reads a report that a unit was told, of several of one identifier the first without an answer; ok is false when it is not here.
func Report(ctx context.Context, tx *store.Tx, unit event.Unit, report string) (q register.Reported, ok bool, err error) {
	all, err := store.Select(ctx, tx, reportQuery+"where unit = $1 and report = $2 and body <> '' order by case when outcome = '' then 0 else 1 end, at, stream, generation, seq limit 1", []any{unit, report}, scanReport)
	if err != nil || len(all) == 0 {
		return q, false, err
	}
	return all[0], true, nil
}

// OpenReports lists the reports that wait for a unit, the oldest first.
func OpenReports(ctx context.Context, tx *store.Tx, unit event.Unit) ([]register.Reported, error) {
	return store.Select(ctx, tx, reportQuery+"where unit = $1 and body <> '' and outcome = '' order by at, report, stream, generation, seq", []any{unit}, scanReport)
}
