package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// Tenure is one resident's registration at one station, as this node knows it.
type Tenure = register.Tenure

// tenureQuery reads tenures with what is known of their moves. A move has ended when the receiver's move-in is held here or
// it has answered; a move-in from a paper is provisional until the move-out is held here.
const tenureQuery = `select t.unit, t.tenure, t.resident, t.version, t.state, t.entered_kind, t.entered_on, t.exited_kind, t.exited_on, t.record,
	coalesce(o.to_unit, ''), coalesce(o.to_tenure, ''),
	case when t.state = 'moved_out' and coalesce(o.to_tenure, '') <> ''
		and not exists (select 1 from register_move_in i where i.unit = o.to_unit and i.tenure = o.to_tenure)
		and not exists (select 1 from register_move_answer a where a.unit = t.unit and a.tenure = t.tenure and a.to_tenure = o.to_tenure and a.by_unit = o.to_unit) then 1 else 0 end,
	case when t.entered_kind = 'register.moved_in'
		and not exists (select 1 from register_move_out f where f.to_tenure = t.tenure and f.to_unit = t.unit) then 1 else 0 end
	from register_tenure t left join register_move_out o on o.unit = t.unit and o.tenure = t.tenure and o.version = t.version `

func scanTenure(rows *sql.Rows) (t Tenure, err error) {
	var record string
	var inTransit, provisional int64
	if err := rows.Scan(&t.Unit, &t.ID, &t.Resident, &t.Version, &t.State, &t.EnteredKind, &t.EnteredOn, &t.ExitedKind, &t.ExitedOn, &record,
		&t.MovedTo, &t.MovedToTenure, &inTransit, &provisional); err != nil {
		return t, err
	}
	t.InTransit, t.Provisional = inTransit == 1, provisional == 1
	if err := json.Unmarshal([]byte(record), &t.Record); err != nil {
		return t, fmt.Errorf("registerdb: record of tenure %s: %w", t.ID, err)
	}
	return t, nil
}

func tenures(ctx context.Context, tx *store.Tx, where string, args ...any) ([]Tenure, error) {
	return store.Select(ctx, tx, tenureQuery+where, args, scanTenure)
}

func first(all []Tenure, err error) (Tenure, bool, error) {
	if err != nil || len(all) == 0 {
		return Tenure{}, false, err
	}
	return all[0], true, nil
}

// TenureOf reads a tenure by its identifier; ok is false when it is not known here.
func TenureOf(ctx context.Context, tx *store.Tx, tenure string) (Tenure, bool, error) {
	return first(tenures(ctx, tx, "where t.tenure = $1 order by t.unit limit 1", tenure))
}

// OpenTenure reads a resident's open tenure, or the newest one known when none is open. Identifiers of tenures are UUIDv7, so
// their order is that in which they were minted.
func OpenTenure(ctx context.Context, tx *store.Tx, resident string) (Tenure, bool, error) {
	return first(tenures(ctx, tx, `where t.resident = $1
		order by case when t.state = 'open' then 0 else 1 end, t.tenure desc limit 1`, resident))
}

// ByNumber reads every tenure known here that has the citizen number, then those that had it before a correction: several persons may
// share one.
func ByNumber(ctx context.Context, tx *store.Tx, number string) ([]Tenure, error) {
	if number == "" {
		return nil, nil
	}
	now, err := tenures(ctx, tx, "where t.number = $1 order by t.unit, t.tenure", number)
	if err != nil {
		return nil, err
	}
	before, err := tenures(ctx, tx, "where t.tenure in (select f.tenure from register_former_number f where f.number = $1) and t.number <> $1 order by t.unit, t.tenure", number)
	return append(now, before...), err
}

// maxFound bounds a search by name.
const maxFound = 500

// ByName reads the tenures of the units at and below a unit whose name's pinyin begins with a prefix, in the order of pinyin, at
// most 500.
func ByName(ctx context.Context, tx *store.Tx, area event.Unit, prefix string) ([]Tenure, error) {
	low, high := slice(area)
	return tenures(ctx, tx, `where t.pinyin >= $1 and t.pinyin < $2 and t.unit >= $3 and t.unit < $4
		order by t.pinyin, t.unit, t.tenure limit $5`, prefix, prefix+"\U0010FFFF", low, high, maxFound)
}

// slice is the range of unit codes at and below a unit: a city's begin with its first four digits.
func slice(area event.Unit) (low, high string) {
	low = string(area)
	if area.Level() == event.City {
		low = low[:4]
	}
	return low, low + "~"
}

// Household reads the open tenures of a household, in the order of the relation codes, the householder first (公通字〔1995〕91号).
func Household(ctx context.Context, tx *store.Tx, unit event.Unit, householdNo string) ([]Tenure, error) {
	return tenures(ctx, tx, "where t.unit = $1 and t.household_no = $2 and t.state = 'open' order by t.relation, t.birth_date, t.tenure", unit, householdNo)
}

// OfUnit calls fn with every tenure of a unit, in the order of their identifiers. fn must not run a statement in the same transaction.
func OfUnit(ctx context.Context, tx *store.Tx, unit event.Unit, fn func(Tenure) error) error {
	return tx.Each(ctx, tenureQuery+"where t.unit = $1 order by t.tenure", []any{unit}, func(rows *sql.Rows) error {
		t, err := scanTenure(rows)
		if err != nil {
			return err
		}
		return fn(t)
	})
}

// Brief is what tells of an open tenure whether somebody has to apply for a card.
type Brief struct {
	ID          string
	Resident    string
	Birth       citizen.Date // zero: unknown
	CardExpires string       // end of the first-generation card, a date or "long-term"; empty: none
}

const (
	briefs     = "select tenure, resident, birth_date, card_expires from register_tenure where state = 'open' and "
	briefQuery = briefs + "unit = $1 "

	// notByUnit asks for a unit ($1) in words that no index answers: of some tenures or residents in one station SQLite would rather go through the station's index.
	notByUnit = "unit || '' = $1"
)

func scanBrief(rows *sql.Rows) (b Brief, err error) {
	var birth string
	if err := rows.Scan(&b.ID, &b.Resident, &birth, &b.CardExpires); err != nil || birth == "" {
		return b, err
	}
	if b.Birth, err = citizen.ParseDate(birth); err != nil {
		err = fmt.Errorf("registerdb: birth date of tenure %s: %w", b.ID, err)
	}
	return b, err
}

// OpenOf reads a unit's open tenures for what goes through a whole station: from an index, in no order.
func OpenOf(ctx context.Context, tx *store.Tx, unit event.Unit) ([]Brief, error) {
	return store.Select(ctx, tx, briefQuery, []any{unit}, scanBrief)
}

// EachBorn calls fn with a unit's open tenures of those born between two days, both inclusive, those born first before the others, until fn says that it has enough. fn must not run a
// statement in the same transaction.
func EachBorn(ctx context.Context, tx *store.Tx, unit event.Unit, from, to citizen.Date, fn func(Brief) (more bool)) error {
	err := tx.Each(ctx, briefQuery+"and birth_date > '' and birth_date >= $2 and birth_date <= $3 order by birth_date, tenure", []any{unit, from, to},
		func(rows *sql.Rows) error {
			b, err := scanBrief(rows)
			if err == nil && !fn(b) {
				err = errEnough
			}
			return err
		})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// ExpiringOf reads a unit's open tenures of those whose first-generation card ends between two days, both inclusive.
func ExpiringOf(ctx context.Context, tx *store.Tx, unit event.Unit, from, to citizen.Date) ([]Brief, error) {
	return store.Select(ctx, tx, briefQuery+"and card_expires >= $2 and card_expires <= $3", []any{unit, max(from.String(), "0"), to}, scanBrief)
}

// BriefOf reads a unit's open tenures of some residents.
func BriefOf(ctx context.Context, tx *store.Tx, unit event.Unit, residents []string) (all []Brief, err error) {
	return all, store.EachOf(ctx, tx, briefs+"resident in (?) and "+notByUnit, residents, []any{unit}, func(rows *sql.Rows) error {
		b, err := scanBrief(rows)
		all = append(all, b)
		return err
	})
}

// SameNameAndBirth reads the tenures known here with a name and a birth date, for the comparison that a birth registration makes.
func SameNameAndBirth(ctx context.Context, tx *store.Tx, pinyin, name string, birth citizen.Date) ([]Tenure, error) {
	return tenures(ctx, tx, "where t.pinyin = $1 and t.birth_date = $2 and t.name = $3 order by t.unit, t.tenure", pinyin, birth, name)
}
