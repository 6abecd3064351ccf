package registerdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// rooms are whose entries alter a figure of the register.
var rooms = []string{"register"}

// ofEach gives a figure of each station of an area, which is worked out anew only where the station's register has changed since.
func ofEach[T any](ctx context.Context, tx *store.Tx, area event.Unit, what string, work func(station event.Unit) (T, error)) ([]T, error) {
	stations, err := stationsOf(ctx, tx, area)
	if err != nil {
		return nil, err
	}
	return ofThese(ctx, tx, stations, what, work)
}

func ofThese[T any](ctx context.Context, tx *store.Tx, stations []event.Unit, what string, work func(station event.Unit) (T, error)) (all []T, err error) {
	all = make([]T, len(stations))
	for i, station := range stations {
		if all[i], err = office.Figure(ctx, tx, station, rooms, what, func() (T, error) { return work(station) }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Stations names the units at and below a unit that have registrations, as far as this node knows.
func Stations(ctx context.Context, tx *store.Tx, area event.Unit) ([]event.Unit, error) {
	return unitsIn(ctx, tx, "register_tenure", area)
}

// stationsOf is Stations, save that a station is itself.
func stationsOf(ctx context.Context, tx *store.Tx, area event.Unit) ([]event.Unit, error) {
	if area.Level() == event.Station {
		return []event.Unit{area}, nil
	}
	return Stations(ctx, tx, area)
}

// unitsIn names the units of an area that have rows in a table.
func unitsIn(ctx context.Context, tx *store.Tx, table string, area event.Unit) ([]event.Unit, error) {
	low, high := slice(area)
	return office.UnitsIn(ctx, tx, table, low, high)
}

// within is the condition that a tenure "t" is of one of an area's stations, each by its name, so that an index that leads with the unit is used to its end. It gives the arguments with those
// of the condition.
func within(ctx context.Context, tx *store.Tx, area event.Unit, args []any) (condition string, all []any, err error) {
	stations, err := stationsOf(ctx, tx, area)
	if err != nil {
		return "", nil, err
	}
	marks := make([]string, len(stations))
	for i, station := range stations {
		args = append(args, station)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	if len(marks) == 0 {
		return "1 = 0", args, nil
	}
	return "t.unit in (" + strings.Join(marks, ", ") + ")", args, nil
}
