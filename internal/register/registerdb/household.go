package registerdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/store"
)

// applyHousehold applies the three kinds about a household: a versioned row and its history. The subject has to be the household of the unit that
// writes.
func applyHousehold(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var h register.HouseholdChange
	if err := a.Decode(&h); err != nil || a.Subject != register.HouseholdSubject(a.Unit, h.HouseholdNo) {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into register_household(unit, household_no, version, state, kind, name, place, address, householder)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (unit, household_no) do update
		set version = excluded.version, state = excluded.state, kind = excluded.kind, name = excluded.name, place = excluded.place,
			address = excluded.address, householder = excluded.householder where excluded.version > register_household.version`,
		a.Unit, h.HouseholdNo, h.Version, h.State, h.Kind, h.Name, h.Place, h.Address, h.Householder); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_household_change(unit, household_no, version, kind, effective_on, at, operator, body)
		values($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`, a.Unit, h.HouseholdNo, h.Version, a.Kind, h.EffectiveOn, a.At, a.Operator, string(a.Body))
	return err
}

// forgetHousehold removes a household's rows when the subject is one.
func forgetHousehold(ctx context.Context, tx *store.Tx, subject string) error {
	rest, ok := strings.CutPrefix(subject, "household:")
	unit, no, _ := strings.Cut(rest, ":")
	if !ok {
		return nil
	}
	for _, table := range []string{"register_household", "register_household_change"} {
		if _, err := tx.Exec(ctx, "delete from "+table+" where unit = $1 and household_no = $2", unit, no); err != nil {
			return err
		}
	}
	return nil
}

// HouseholdOf reads a household with its members in the order of the booklet's pages. One without a row of its own exists by its members; without
// either its state is empty.
func HouseholdOf(ctx context.Context, tx *store.Tx, unit event.Unit, no string) (register.Household, error) {
	h := register.Household{Unit: unit, No: no, Kind: register.FamilyHousehold}
	found, err := tx.Find(ctx, "select version, state, kind, name, place, address, householder from register_household where unit = $1 and household_no = $2",
		[]any{unit, no}, &h.Version, &h.State, &h.Kind, &h.Name, &h.Place, &h.Address, &h.Householder)
	if err != nil {
		return h, err
	}
	if h.Members, err = Household(ctx, tx, unit, no); err != nil {
		return h, err
	}
	register.SortMembers(h.Members)
	if found || len(h.Members) == 0 {
		return h, nil
	}
	h.State, h.Address = register.HouseholdOpen, h.Members[0].Record.Address
	if h.Members[0].Record.Relation == "02" {
		h.Householder = h.Members[0].ID
	}
	return h, nil
}

// HouseholdChanged is one row of a household's history.
type HouseholdChanged struct {
	Version     int64                    `json:"version"`
	Kind        string                   `json:"kind"`
	EffectiveOn citizen.Date             `json:"effective_on"`
	At          int64                    `json:"at"` // ms UTC
	Operator    string                   `json:"operator"`
	Household   register.HouseholdChange `json:"household"`
}

// HouseholdHistory reads a household's own changes.
func HouseholdHistory(ctx context.Context, tx *store.Tx, unit event.Unit, no string) ([]HouseholdChanged, error) {
	return store.Select(ctx, tx, `select version, kind, effective_on, at, operator, body from register_household_change
		where unit = $1 and household_no = $2 order by version`, []any{unit, no}, func(rows *sql.Rows) (c HouseholdChanged, err error) {
		var body string
		if err := rows.Scan(&c.Version, &c.Kind, &c.EffectiveOn, &c.At, &c.Operator, &body); err != nil {
			return c, err
		}
		return c, json.Unmarshal([]byte(body), &c.Household)
	})
}

// Headless is a household that has no householder, or several, or nobody at all.
type Headless struct {
	Unit         event.Unit `json:"unit"`
	HouseholdNo  string     `json:"household_no"`
	Members      int64      `json:"members"`
	Householders int64      `json:"householders"`
}

// WithoutHead lists the family households at and below a unit whose open members do not have exactly one householder, and those that were set up and
// have nobody left, at most 500, after a place in the list.
func WithoutHead(ctx context.Context, tx *store.Tx, area, afterUnit event.Unit, afterNo string) ([]Headless, error) {
	stations, err := Stations(ctx, tx, area)
	if err != nil {
		return nil, err
	}
	setUp, err := unitsIn(ctx, tx, "register_household", area)
	if err != nil {
		return nil, err
	}
	stations = append(stations, setUp...)
	slices.Sort(stations)
	lists, err := ofThese(ctx, tx, slices.Compact(stations), "without head", func(station event.Unit) ([]Headless, error) { return withoutHead(ctx, tx, station) })
	if err != nil {
		return nil, err
	}
	var found []Headless
	for _, all := range lists {
		for _, h := range all {
			if after := h.Unit > afterUnit || h.Unit == afterUnit && h.HouseholdNo > afterNo; after && len(found) < maxFound {
				found = append(found, h)
			}
		}
	}
	return found, nil
}

func withoutHead(ctx context.Context, tx *store.Tx, station event.Unit) ([]Headless, error) {
	return store.Select(ctx, tx, `select household_no, members, heads from (
			select t.household_no, count(*) as members, sum(case when t.relation = '02' then 1 else 0 end) as heads
			from register_tenure t where t.unit = $1 and t.state = 'open'
			group by t.household_no having sum(case when t.relation = '02' then 1 else 0 end) <> 1
			union all
			select h.household_no, 0, 0 from register_household h where h.unit = $1 and h.state = 'open'
			and not exists (select 1 from register_tenure t where t.unit = h.unit and t.household_no = h.household_no and t.state = 'open')) l
		where not exists (select 1 from register_household h where h.unit = $1 and h.household_no = l.household_no and h.kind = '2') order by household_no`,
		[]any{station}, func(rows *sql.Rows) (h Headless, err error) {
			h.Unit = station
			return h, rows.Scan(&h.HouseholdNo, &h.Members, &h.Householders)
		})
}

func applyPlace(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var p register.Place
	if err := a.Decode(&p); err != nil || p.ID != a.Subject {
		return err
	}
	_, err := tx.Exec(ctx, `insert into register_place(unit, place, version, state, committee, street, door, building, entrance, room, on_date)
		values($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (unit, place) do update
		set version = excluded.version, state = excluded.state, committee = excluded.committee, street = excluded.street, door = excluded.door,
			building = excluded.building, entrance = excluded.entrance, room = excluded.room, on_date = excluded.on_date
		where excluded.version > register_place.version`,
		a.Unit, p.ID, p.Version, p.State, p.Committee, p.Street, p.Door, p.Building, p.Entrance, p.Room, p.On)
	return err
}

const placeQuery = "select place, version, state, committee, street, door, building, entrance, room, on_date from register_place "

func scanPlace(rows *sql.Rows) (p register.Place, err error) {
	return p, rows.Scan(&p.ID, &p.Version, &p.State, &p.Committee, &p.Street, &p.Door, &p.Building, &p.Entrance, &p.Room, &p.On)
}

// PlaceOf reads a place of a unit's address book; the zero place when there is none.
func PlaceOf(ctx context.Context, tx *store.Tx, unit event.Unit, id string) (p register.Place, err error) {
	all, err := store.Select(ctx, tx, placeQuery+"where unit = $1 and place = $2", []any{unit, id}, scanPlace)
	if err != nil || len(all) == 0 {
		return p, err
	}
	return all[0], nil
}

// Places lists the address book of a unit by street, from a beginning of it, at most 500 after a place.
func Places(ctx context.Context, tx *store.Tx, unit event.Unit, street, after string) ([]register.Place, error) {
	return store.Select(ctx, tx, placeQuery+`where unit = $1 and street >= $2 and street < $3 and state = 'open' and place > $4
		order by place limit $5`, []any{unit, street, street + "\U0010FFFF", after, maxFound}, scanPlace)
}

// SamePlace tells whether the address book has an open place with the same parts.
func SamePlace(ctx context.Context, tx *store.Tx, unit event.Unit, p register.Place) (bool, error) {
	return tx.Find(ctx, `select 1 from register_place where unit = $1 and street = $2 and door = $3 and building = $4 and entrance = $5 and room = $6
		and committee = $7 and state = 'open' limit 1`, []any{unit, p.Street, p.Door, p.Building, p.Entrance, p.Room, p.Committee}, new(int64))
}

// HouseholdsAt reads the households that hang on a place, with their members.
func HouseholdsAt(ctx context.Context, tx *store.Tx, unit event.Unit, place string) ([]register.Household, error) {
	return households(ctx, tx, unit, "select household_no from register_household where unit = $1 and place = $2 and state = 'open' order by household_no", unit, place)
}

// HouseholdsUnder reads the households with a row of their own whose address begins with a text.
func HouseholdsUnder(ctx context.Context, tx *store.Tx, unit event.Unit, prefix string) ([]register.Household, error) {
	return households(ctx, tx, unit, `select household_no from register_household where unit = $1 and address >= $2 and address < $3 and state = 'open'
		order by household_no`, unit, prefix, prefix+"\U0010FFFF")
}

func households(ctx context.Context, tx *store.Tx, unit event.Unit, query string, args ...any) ([]register.Household, error) {
	numbers, err := store.Select(ctx, tx, query, args, func(rows *sql.Rows) (no string, err error) { return no, rows.Scan(&no) })
	if err != nil {
		return nil, err
	}
	var all []register.Household
	for _, no := range numbers {
		h, err := HouseholdOf(ctx, tx, unit, no)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// OpenUnder reads the open tenures of a unit whose address begins with a text.
func OpenUnder(ctx context.Context, tx *store.Tx, unit event.Unit, prefix string) ([]Tenure, error) {
	return tenures(ctx, tx, "where t.unit = $1 and t.state = 'open' and t.address >= $2 and t.address < $3 order by t.tenure", unit, prefix, prefix+"\U0010FFFF")
}

func applyRedivision(ctx context.Context, tx *store.Tx, a *office.Applied) error {
	var o register.RedivisionOrdered
	if err := a.Decode(&o); err != nil || !o.Counts(a.Stream) || o.Order != a.Subject {
		return err
	}
	_, err := tx.Exec(ctx, "insert into register_redivision(unit, order_id, by_unit, at, body) values($1, $2, $3, $4, $5) on conflict do nothing",
		a.Stream.Receiver(), o.Order, a.Unit, a.At, string(a.Body))
	return err
}

// RedivisionTold tells whether a unit was told of an order that moves people from one station to it.
func RedivisionTold(ctx context.Context, tx *store.Tx, unit, from event.Unit, order string) (bool, error) {
	var body string
	found, err := tx.Find(ctx, "select body from register_redivision where unit = $1 and order_id = $2 order by by_unit limit 1", []any{unit, order}, &body)
	if err != nil || !found {
		return false, err
	}
	var o register.RedivisionOrdered
	err = json.Unmarshal([]byte(body), &o)
	return o.Station == from && o.ToUnit == unit, err
}
