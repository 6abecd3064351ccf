package card

import (
	"slices"

	"github.com/huzheng/huzheng/internal/event"
)

// MayWrite tells whether a unit may write a kind about an application of home: the county reviews and signs, the city checks and deals with
// the maker, either returns, and everything else is the accepting station's. A step of any other unit counts nowhere, whatever its body says, so
// that no node admits an application of its own.
func MayWrite(kind string, home, unit event.Unit) bool {
	county := home.Parent()
	switch kind {
	case KindReviewed, KindSigned:
		return unit == county && unit != ""
	case KindDefectFound:
		return unit != "" && (unit == home || unit == county || unit == county.Parent())
	case KindReturned:
		return unit != "" && (unit == county || unit == county.Parent())
	case KindChecked, KindOrdered, KindMade, KindRejected, KindDispatched:
		return unit == county.Parent() && unit != ""
	}
	return unit == home
}

// Counts tells whether a unit may send the consignment: to the next tier only, and downward only cards that are meant for there.
func (c Consigned) Counts(from event.Unit) bool {
	if c.To.Parent() != from {
		return c.To != "" && from.Parent() == c.To
	}
	return !slices.ContainsFunc(c.Cards, func(p Packed) bool { return !c.To.Contains(p.Home) })
}
