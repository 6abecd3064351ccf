package verifydb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify"
)

const stepQuery = "select stream, generation, seq, leaf, kind, at, acting, operator, body from verify_step "

func scanStep(rows *sql.Rows) (s verify.Step, err error) {
	var body string
	err = rows.Scan(&s.Ref.Stream, &s.Ref.Generation, &s.Ref.Seq, &s.Ref.Leaf, &s.Kind, &s.At, &s.Unit, &s.Operator, &body)
	s.Body = []byte(body)
	return s, err
}

// Steps reads the steps of one side of a matter.
func Steps(ctx context.Context, tx *store.Tx, unit event.Unit, matter string) ([]verify.Step, error) {
	return store.Select(ctx, tx, stepQuery+"where unit = $1 and matter = $2 order by at, stream, generation, seq", []any{unit, matter}, scanStep)
}

const matterQuery = `select unit, matter, class, kind, stage, round, resident, tenure, household_no, decider, source, holds, opened_at, since, operator, looked, errors
	from verify_matter `

func scanMatter(rows *sql.Rows) (m verify.Matter, err error) {
	var holds int64
	err = rows.Scan(&m.Unit, &m.ID, &m.Class, &m.Kind, &m.Stage, &m.Round, &m.Resident, &m.Tenure, &m.HouseholdNo, &m.Decider, &m.Source, &holds,
		&m.OpenedAt, &m.Since, &m.Operator, &m.Looked, &m.Errors)
	m.Holds = holds == 1
	return m, err
}

// Matters reads every side of a matter that this node knows.
func Matters(ctx context.Context, tx *store.Tx, matter string) ([]verify.Matter, error) {
	return store.Select(ctx, tx, matterQuery+"where matter = $1 order by unit", []any{matter}, scanMatter)
}

// MatterOf reads one side of a matter; ok is false when it is not known here.
func MatterOf(ctx context.Context, tx *store.Tx, unit event.Unit, matter string) (m verify.Matter, ok bool, err error) {
	all, err := store.Select(ctx, tx, matterQuery+"where unit = $1 and matter = $2", []any{unit, matter}, scanMatter)
	if err != nil || len(all) == 0 {
		return m, false, err
	}
	return all[0], true, nil
}

// Case reads the sides of a case and the deciding unit's proposals.
func Case(ctx context.Context, tx *store.Tx, id string) (sides []verify.Side, p verify.Proposals, err error) {
	matters, err := Matters(ctx, tx, id)
	if err != nil {
		return nil, p, err
	}
	for _, m := range matters {
		steps, err := Steps(ctx, tx, m.Unit, id)
		if err != nil {
			return nil, p, err
		}
		switch m.Class {
		case verify.ClassCase:
			sides = append(sides, verify.DeriveCase(m.Unit, id, steps))
		case verify.ClassProposal:
			p = verify.DeriveProposals(m.Unit, id, steps)
		}
	}
	return verify.SidesOf(sides), p, nil
}

// SideOf reads one station's side of a case; its OpenedAt is 0 when it is not known here.
func SideOf(ctx context.Context, tx *store.Tx, unit event.Unit, id string) (verify.Side, error) {
	steps, err := Steps(ctx, tx, unit, id)
	return verify.DeriveCase(unit, id, steps), err
}

// CorrectionOf reads a correction; its Proposal is nil when it is not known here.
func CorrectionOf(ctx context.Context, tx *store.Tx, id string) (c verify.Correction, err error) {
	matters, err := Matters(ctx, tx, id)
	if err != nil || len(matters) == 0 || matters[0].Class != verify.ClassCorrection {
		return c, err
	}
	steps, err := Steps(ctx, tx, matters[0].Unit, id)
	verify.Sort(steps)
	return verify.DeriveCorrection(&matters[0], steps), err
}

// CorrectionsFrom reads the corrections of a person that settle a visit.
func CorrectionsFrom(ctx context.Context, tx *store.Tx, source, tenure string) ([]verify.Correction, error) {
	if source == "" {
		return nil, nil
	}
	ids, err := store.Select(ctx, tx, "select matter from verify_matter where source = $1 and tenure = $2 and class = 'correction' order by matter",
		[]any{source, tenure}, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	if err != nil {
		return nil, err
	}
	var all []verify.Correction
	for _, id := range ids {
		c, err := CorrectionOf(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// Visits reads a household's visits by its station, the newest first.
func Visits(ctx context.Context, tx *store.Tx, unit event.Unit, householdNo string) ([]verify.Matter, error) {
	return store.Select(ctx, tx, matterQuery+"where unit = $1 and class = 'visit' and household_no = $2 order by opened_at desc, matter desc", []any{unit, householdNo}, scanMatter)
}

// VisitedHouseholds names the households of a station that have been visited.
func VisitedHouseholds(ctx context.Context, tx *store.Tx, unit event.Unit) (map[string]bool, error) {
	visited := make(map[string]bool)
	err := tx.Each(ctx, "select household_no from verify_matter where unit = $1 and class = 'visit'", []any{unit}, func(rows *sql.Rows) error {
		var no string
		err := rows.Scan(&no)
		visited[no] = true
		return err
	})
	return visited, err
}

// CaseWith tells whether a case that is not over, or any that was closed without being reversed, has both registrations as parties.
func CaseWith(ctx context.Context, tx *store.Tx, a, b string) (bool, error) {
	return tx.Find(ctx, "select 1 from verify_party x join verify_party y on y.matter = x.matter where x.tenure = $1 and y.tenure = $2 limit 1", []any{a, b}, new(int64))
}

// OpenCaseOf tells whether a registration is party of a case of a kind that is not over.
func OpenCaseOf(ctx context.Context, tx *store.Tx, unit event.Unit, tenure, kind string) (bool, error) {
	return tx.Find(ctx, `select 1 from verify_party p join verify_matter m on m.unit = p.unit and m.matter = p.matter
		where p.unit = $1 and p.tenure = $2 and m.kind = $3 and m.stage not in ('closed', 'reversed') limit 1`, []any{unit, tenure, kind}, new(int64))
}

// CaseOfHousehold tells whether a household has a case of a kind that is not over and that a clue led to; an empty clue asks for any.
func CaseOfHousehold(ctx context.Context, tx *store.Tx, unit event.Unit, householdNo, kind, clue string) (bool, error) {
	ids, err := store.Select(ctx, tx, `select matter from verify_matter where unit = $1 and household_no = $2 and kind = $3 and class = 'case'
		and stage not in ('closed', 'reversed') order by matter`, []any{unit, householdNo, kind}, func(rows *sql.Rows) (id string, err error) { return id, rows.Scan(&id) })
	if err != nil || clue == "" {
		return len(ids) > 0, err
	}
	for _, id := range ids {
		s, err := SideOf(ctx, tx, unit, id)
		if err != nil || s.Opened.Clue == clue {
			return true, err
		}
	}
	return false, nil
}

// Mark is the mark of a tenure's record (register.MainMark).
type Mark struct{ Tenure, Main string }

// VerifiedMarks reads the marks of those records of a station that somebody found right.
func VerifiedMarks(ctx context.Context, tx *store.Tx, unit event.Unit) (map[Mark]bool, error) {
	marks := make(map[Mark]bool)
	return marks, tx.Each(ctx, "select tenure, main from verify_verified where unit = $1", []any{unit}, func(rows *sql.Rows) error {
		var m Mark
		err := rows.Scan(&m.Tenure, &m.Main)
		marks[m] = true
		return err
	})
}

// Proof is who found a record right.
type Proof struct {
	By  string `json:"by"`
	Way string `json:"way"`
	At  int64  `json:"at"` // ms UTC
}

// VerifiedBy tells who found a tenure's record, as its mark names it, right; ok is false when nobody did. The newest counts.
func VerifiedBy(ctx context.Context, tx *store.Tx, unit event.Unit, tenure, main string) (p Proof, ok bool, err error) {
	ok, err = tx.Find(ctx, "select person, way, at from verify_verified where unit = $1 and tenure = $2 and main = $3 order by at desc, stream, generation, seq limit 1",
		[]any{unit, tenure, main}, &p.By, &p.Way, &p.At)
	return p, ok, err
}

// Count is a number of matters.
type Count struct {
	Unit   event.Unit
	Class  string
	Kind   string
	Stage  string
	N      int
	Looked int
	Errors int
}

// slice is the range of unit codes at and below a unit: a city's begin with its first four digits.
func slice(area event.Unit) (low, high string) {
	low = string(area)
	if area.Level() == event.City {
		low = low[:4]
	}
	return low, low + "~"
}

// Counts counts the matters of an area by unit, class, kind and stage.
func Counts(ctx context.Context, tx *store.Tx, area event.Unit) ([]Count, error) {
	low, high := slice(area)
	return office.Figure(ctx, tx, area, []string{"verify"}, "counts", func() ([]Count, error) {
		return store.Select(ctx, tx, `select unit, class, kind, stage, count(*), coalesce(sum(looked), 0), coalesce(sum(errors), 0) from verify_matter
			where unit >= $1 and unit < $2 group by unit, class, kind, stage order by unit, class, kind, stage`, []any{low, high}, func(rows *sql.Rows) (c Count, err error) {
			return c, rows.Scan(&c.Unit, &c.Class, &c.Kind, &c.Stage, &c.N, &c.Looked, &c.Errors)
		})
	})
}

// undecided leaves out proposals that a decision has answered.
const undecided = ` and (class <> 'proposal' or not exists (select 1 from verify_matter d where d.matter = verify_matter.matter and d.class = 'case' and d.round >= verify_matter.round))`

// List reads the matters of an area of a class, and of a stage where one is named, the longest waiting first.
func List(ctx context.Context, tx *store.Tx, area event.Unit, class, stage string, limit int) ([]verify.Matter, error) {
	low, high := slice(area)
	where, args := "where class = $1 and unit >= $2 and unit < $3", []any{class, low, high, limit}
	if stage != "" {
		where, args = where+" and stage = $5", append(args, stage)
	}
	return store.Select(ctx, tx, matterQuery+where+undecided+" order by since, unit, matter limit $4", args, scanMatter)
}

// Waiting reads the matters of an area that wait for somebody since before an instant.
func Waiting(ctx context.Context, tx *store.Tx, area event.Unit, before int64) ([]verify.Matter, error) {
	low, high := slice(area)
	return store.Select(ctx, tx, matterQuery+`where unit >= $1 and unit < $2 and since < $3 and class in ('correction', 'case', 'proposal')
		and stage not in ('closed', 'reversed', 'refused', 'clean') and (class <> 'correction' or stage not in ('returned', 'carried_out'))`+undecided+` order by since, unit, matter`, []any{low, high, before}, scanMatter)
}

// OpenOfTenure reads the corrections and cases about a registration that wait for somebody, the longest waiting first.
func OpenOfTenure(ctx context.Context, tx *store.Tx, unit event.Unit, tenure string) ([]verify.Matter, error) {
	return store.Select(ctx, tx, matterQuery+`where unit = $1 and class in ('correction', 'case')
		and (tenure = $2 or matter in (select p.matter from verify_party p where p.unit = $1 and p.tenure = $2))
		and stage not in ('closed', 'reversed', 'refused', 'clean') and (class <> 'correction' or stage not in ('returned', 'carried_out')) order by since, matter`,
		[]any{unit, tenure}, scanMatter)
}

// Revisited tells whether a visit has been sampled by a second one.
func Revisited(ctx context.Context, tx *store.Tx, unit event.Unit, visit string) (bool, error) {
	return tx.Find(ctx, "select 1 from verify_matter where unit = $1 and class = 'revisit' and source = $2 limit 1", []any{unit, visit}, new(int64))
}

// Deciding reads what a unit above the stations has to decide or has been asked: the sides of its cases that are not over, and its proposals.
func Deciding(ctx context.Context, tx *store.Tx, unit event.Unit) ([]verify.Matter, error) {
	return store.Select(ctx, tx, matterQuery+`where decider = $1 and class in ('case', 'proposal') and stage not in ('closed', 'reversed')`+undecided+` order by since, unit, matter`,
		[]any{unit}, scanMatter)
}

// Verifier is an operator with the number of registrations that the operator found right.
type Verifier struct {
	Operator string `json:"operator"`
	N        int    `json:"n"`
}

// Verifiers lists who found records of a station right, most first.
func Verifiers(ctx context.Context, tx *store.Tx, unit event.Unit) ([]Verifier, error) {
	return office.Figure(ctx, tx, unit, []string{"verify"}, "verifiers", func() ([]Verifier, error) {
		return store.Select(ctx, tx, "select person, count(distinct tenure) from verify_verified where unit = $1 group by person order by 2 desc, person", []any{unit},
			func(rows *sql.Rows) (v Verifier, err error) { return v, rows.Scan(&v.Operator, &v.N) })
	})
}
