package registerdb

import (
	"context"
	"database/sql"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// applyLinked applies a link: the tenure goes on unchanged, and the old number finds it.
func applyLinked(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	if err := applyOpening(ctx, tx, a); err != nil {
		return err
	}
	var body register.IdentityLinked
	if err := a.Decode(&body); err != nil || body.OldNumber == body.Record.Number {
		return err
	}
	_, err := tx.Exec(ctx, "insert into register_former_number(unit, number, tenure) values($1, $2, $3) on conflict do nothing",
		a.Unit, body.OldNumber, a.Subject)
	return err
}

// Pair is two open registrations of different residents that agree so far that somebody has to look at them.
type Pair struct {
	A, B       Side
	SameNumber bool // else the same name, sex, birth date and ethnic group
}

// Side is one registration of a pair.
type Side struct {
	Unit     event.Unit
	Tenure   string
	Resident string
	Name     string
}

const pairQuery = `select a.unit, a.tenure, a.resident, a.name, b.unit, b.tenure, b.resident, b.name, case when a.number = b.number then 1 else 0 end
	from register_tenure a join register_tenure b on `

const (
	byNumber = "b.number = a.number and a.number <> ''"
	byPerson = "b.pinyin = a.pinyin and b.birth_date = a.birth_date and b.name = a.name and b.sex = a.sex and b.ethnic_group = a.ethnic_group and b.number <> a.number"
	others   = " and b.state = 'open' and a.state = 'open' and b.resident <> a.resident where "
)

// pairs compares open registrations that a condition on a names with every other that this node knows. The condition is fixed text.
func pairs(ctx context.Context, tx *store.Tx, condition string, args ...any) ([]Pair, error) {
	var all []Pair
	for _, join := range []string{byNumber, byPerson} {
		found, err := store.Select(ctx, tx, pairQuery+join+others+condition+" order by a.unit, a.tenure, b.unit, b.tenure", args,
			func(rows *sql.Rows) (p Pair, err error) {
				var same int64
				err = rows.Scan(&p.A.Unit, &p.A.Tenure, &p.A.Resident, &p.A.Name, &p.B.Unit, &p.B.Tenure, &p.B.Resident, &p.B.Name, &same)
				p.SameNumber = same == 1
				return p, err
			})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// PairsOfTenure compares one registration with all others known here.
func PairsOfTenure(ctx context.Context, tx *store.Tx, tenure string) ([]Pair, error) {
	return pairs(ctx, tx, "a.tenure = $1", tenure)
}

// PairsOfChunk compares the residents of an import with all others known here.
func PairsOfChunk(ctx context.Context, tx *store.Tx, unit event.Unit, chunk string) ([]Pair, error) {
	return pairs(ctx, tx, "a.unit = $1 and a.chunk = $2", unit, chunk)
}
