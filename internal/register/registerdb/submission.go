package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

func applySubmitted(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var s register.Submitted
	if err := a.Decode(&s); err != nil || s.Submission != a.Subject {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into register_submission(unit, submission, kind, tenure, at, operator, body, stream, generation, seq, leaf)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
		a.Unit, a.Subject, s.Kind, s.Tenure, a.At, a.Operator, string(a.Body), a.Stream, a.Generation, a.Seq, a.Ref().Leaf); err != nil {
		return err
	}
	return saveList(ctx, tx, a.Unit, s.Submission, s.Tenure, s.Kind, s.Missing, s.AskedOn)
}

func applyAsked(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var body register.PapersAsked
	if err := a.Decode(&body); err != nil || body.List != a.Subject {
		return err
	}
	return saveList(ctx, tx, a.Unit, body.List, body.Tenure, body.Kind, body.Missing, body.AskedOn)
}

func saveList(ctx context.Context, tx *store.Tx, unit event.Unit, list, tenure, kind string, missing []register.Missing, on citizen.Date) error {
	for _, m := range missing {
		if _, err := tx.Exec(ctx, `insert into register_list(unit, list, paper, tenure, kind, asked_on, brought_on) values($1, $2, $3, $4, $5, $6, '')
			on conflict (unit, list, paper) do update set tenure = excluded.tenure, kind = excluded.kind, asked_on = excluded.asked_on`,
			unit, list, m.Paper, tenure, kind, on); err != nil {
			return err
		}
	}
	return nil
}

func broughtToList(ctx context.Context, tx *store.Tx, a *office.Applied, body register.PapersBrought) error {
	for _, p := range body.Papers {
		if _, err := tx.Exec(ctx, `insert into register_list(unit, list, paper, tenure, kind, asked_on, brought_on) values($1, $2, $3, '', '', '', $4)
			on conflict (unit, list, paper) do update set brought_on = excluded.brought_on`, a.Unit, a.Subject, p.Kind, body.BroughtOn); err != nil {
			return err
		}
	}
	return nil
}

// applyDecided keeps a decision beside the matter of the station that is told of it.
func applyDecided(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var d register.Decided
	if err := a.Decode(&d); err != nil || !d.Counts(a.Stream) || d.Submission != a.Subject {
		return err
	}
	unit := a.Stream.Receiver()
	if unit == "" {
		unit = a.Unit
	}
	_, err := tx.Exec(ctx, `insert into register_decision(unit, submission, stream, generation, seq, leaf, at, operator, body)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
		unit, a.Subject, a.Stream, a.Generation, a.Seq, a.Ref().Leaf, a.At, a.Operator, string(a.Body))
	return err
}

func applyNotice(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	_, err := tx.Exec(ctx, `insert into register_notice(unit, submission, stream, generation, seq, leaf, body)
		values($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`, a.Unit, a.Subject, a.Stream, a.Generation, a.Seq, a.Ref().Leaf, string(a.Body))
	return err
}

// applyReturned notes that a decision was given back.
func applyReturned(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	return carriedOut(ctx, tx, a, a.Subject)
}

// carriedOut notes which entry ended a submission; an empty one is none.
func carriedOut(ctx context.Context, tx *store.Tx, a *office.Applied, submission string) error {
	if submission == "" {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into register_carried_out(unit, submission, subject, kind, at) values($1, $2, $3, $4, $5) on conflict do nothing`,
		a.Unit, submission, a.Subject, a.Kind, a.At)
	return err
}

// submissionOf is the submission that a change carries out.
func submissionOf(a *office.Applied) (string, error) {
	var body struct {
		Submission string `json:"submission"`
	}
	err := a.Decode(&body)
	return body.Submission, err
}

// carrying makes an apply that notes the submission which its entry carries out as well.
func carrying(next apply) apply {
	return func(ctx context.Context, tx *store.Tx, a *office.Applied) error {
		submission, err := submissionOf(a)
		if err != nil {
			return err
		}
		if err := carriedOut(ctx, tx, a, submission); err != nil {
			return err
		}
		return next(ctx, tx, a)
	}
}

func applyLateEntered(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	s, err := decodeChange(a)
	if err != nil {
		return err
	}
	return saveChange(ctx, tx, a, &s, opening{kind: a.Kind, on: s.EffectiveOn}, open)
}

const submissionQuery = `select s.unit, s.body, s.operator, s.at, s.stream, s.generation, s.seq, s.leaf,
	coalesce((select min(c.kind) from register_carried_out c where c.unit = s.unit and c.submission = s.submission), '')
	from register_submission s `

func scanSubmission(rows *sql.Rows) (q register.Submission, err error) {
	var body string
	q.Ref = &event.Ref{}
	if err := rows.Scan(&q.Unit, &body, &q.AskedBy, &q.At, &q.Ref.Stream, &q.Ref.Generation, &q.Ref.Seq, &q.Ref.Leaf, &q.Done); err != nil {
		return q, err
	}
	return q, json.Unmarshal([]byte(body), &q.Body)
}

func submissions(ctx context.Context, tx *store.Tx, where string, args ...any) ([]register.Submission, error) {
	all, err := store.Select(ctx, tx, submissionQuery+where, args, scanSubmission)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if err := complete(ctx, tx, &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// complete reads what became of a submission: the first decision on its kind and case, and the first notice.
func complete(ctx context.Context, tx *store.Tx, q *register.Submission) error {
	decisions, err := store.Select(ctx, tx, `select body, stream, generation, seq, leaf, at from register_decision where unit = $1 and submission = $2
		order by generation, seq, stream`, []any{q.Unit, q.Body.Submission}, scanDecision)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if d.Decision.Kind == q.Body.Kind && d.Decision.Case == q.Body.Case {
			q.Decision, q.Decided, q.Day = d.Decision, d.Decided, d.Day
			break
		}
	}
	if err := readNotice(ctx, tx, q); err != nil {
		return err
	}
	q.Lacking, err = store.Select(ctx, tx, "select paper from register_list where unit = $1 and list = $2 and kind <> '' and brought_on = '' order by paper",
		[]any{q.Unit, q.Body.Submission}, func(rows *sql.Rows) (p string, err error) { return p, rows.Scan(&p) })
	return err
}

// scanDecision reads a decision into an otherwise empty submission.
func scanDecision(rows *sql.Rows) (d register.Submission, err error) {
	var body string
	var at int64
	d.Decided, d.Decision = &event.Ref{}, &register.Decided{}
	if err := rows.Scan(&body, &d.Decided.Stream, &d.Decided.Generation, &d.Decided.Seq, &d.Decided.Leaf, &at); err != nil {
		return d, err
	}
	d.Day = citizen.DateOf(time.UnixMilli(at))
	return d, json.Unmarshal([]byte(body), d.Decision)
}

func readNotice(ctx context.Context, tx *store.Tx, q *register.Submission) error {
	var body string
	var ref event.Ref
	found, err := tx.Find(ctx, "select body, stream, generation, seq, leaf from register_notice where unit = $1 and submission = $2 order by generation, seq, stream limit 1",
		[]any{q.Unit, q.Body.Submission}, &body, &ref.Stream, &ref.Generation, &ref.Seq, &ref.Leaf)
	if err != nil || !found {
		return err
	}
	q.Served, q.Notice = &ref, &register.NoticeServed{}
	return json.Unmarshal([]byte(body), q.Notice)
}

// SubmissionOf reads a matter; ok is false when it is not here.
func SubmissionOf(ctx context.Context, tx *store.Tx, id string) (q register.Submission, ok bool, err error) {
	all, err := submissions(ctx, tx, "where s.submission = $1 order by s.unit limit 1", id)
	if err != nil || len(all) == 0 {
		return q, false, err
	}
	return all[0], true, nil
}

// OpenSubmissions lists the matters at and below a unit, or of one tenure when one is named, that may still be waiting, the oldest first: neither
// refused nor carried out. At most 500.
func OpenSubmissions(ctx context.Context, tx *store.Tx, area event.Unit, tenure string) ([]register.Submission, error) {
	low, high := slice(area)
	var waiting []register.Submission
	for at, after := int64(0), ""; len(waiting) < maxFound; {
		page, err := submissions(ctx, tx, `where s.unit >= $1 and s.unit < $2 and ($3 = '' or s.tenure = $3) and (s.at > $4 or s.at = $4 and s.submission > $5)
			and not exists (select 1 from register_carried_out c where c.unit = s.unit and c.submission = s.submission)
			order by s.at, s.submission limit $6`, low, high, tenure, at, after, maxFound)
		if err != nil {
			return nil, err
		}
		for _, q := range page { // one that was refused is not carried out by anything
			if q.Decision == nil || q.Decision.Approved {
				waiting = append(waiting, q)
			}
			at, after = q.At, q.Body.Submission
		}
		if len(page) < maxFound {
			break
		}
	}
	return waiting[:min(len(waiting), maxFound)], nil
}

// Lacking is a paper that somebody still has to bring, on whatever list.
type Lacking struct {
	Unit    event.Unit   `json:"unit"`
	List    string       `json:"list,omitempty"` // empty: that of a birth or death, known by its tenure
	Tenure  string       `json:"tenure"`
	Kind    string       `json:"kind"` // code of citizen.ChangeKinds
	Paper   string       `json:"paper"`
	AskedOn citizen.Date `json:"asked_on"`
	Matter  bool         `json:"matter,omitempty"` // the list is that of a matter put up for a decision, whose registration may not be there before it
}

// AllLacking lists what is still missing at and below a unit, or on one list or of one tenure, the longest first, at most 500.
func AllLacking(ctx context.Context, tx *store.Tx, area event.Unit, list, tenure string) ([]Lacking, error) {
	low, high := slice(area)
	return store.Select(ctx, tx, `select unit, list, tenure, kind, paper, asked_on, exists (select 1 from register_submission s where s.unit = m.unit and s.submission = m.list) from (
			select unit, list, tenure, kind, paper, asked_on from register_list where kind <> '' and brought_on = ''
			union all
			select unit, '', tenure, case when kind = 'register.death_registered' then '102' else '101' end, paper, asked_on
			from register_missing where kind <> '' and brought_on = '') m
		where unit >= $1 and unit < $2 and ($3 = '' or list = $3) and ($4 = '' or tenure = $4)
		order by asked_on, unit, tenure, list, paper limit $5`, []any{low, high, list, tenure, maxFound},
		func(rows *sql.Rows) (l Lacking, err error) {
			return l, rows.Scan(&l.Unit, &l.List, &l.Tenure, &l.Kind, &l.Paper, &l.AskedOn, &l.Matter)
		})
}
