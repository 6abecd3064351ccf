package card

import (
	"fmt"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"pgregory.net/rapid"
)

// 居民身份证法（2003）第8条: the county signs. Each kind has the tier that may write it.
func TestMayWrite_TheTierOfEachKind(t *testing.T) {
	want := map[string][]event.Unit{KindReviewed: {county}, KindSigned: {county}, KindReturned: {county, city}, KindChecked: {city}, KindOrdered: {city},
		KindMade: {city}, KindRejected: {city}, KindDispatched: {city}, KindDefectFound: {station, county, city}}
	for _, kind := range StepKinds {
		may := want[kind]
		if may == nil {
			may = []event.Unit{station}
		}
		for _, unit := range []event.Unit{station, "220102002", second, county, second.Parent(), city, "220200", ""} {
			if got := MayWrite(kind, station, unit); got != slices.Contains(may, unit) {
				t.Errorf("%s by %q: %v", kind, unit, got)
			}
		}
		if MayWrite(kind, city, "") || MayWrite(kind, "", "") && kind != KindOpened && want[kind] != nil {
			t.Errorf("%s: a unit that is none", kind)
		}
	}
}

// Steps that units write beyond their powers, in any number and order, change nothing.
func TestDerive_StepsOfOthersCountForNothing(t *testing.T) {
	steps := history(t, "handed over")
	units := []event.Unit{station, "220102002", second, county, second.Parent(), city}
	rapid.Check(t, func(t *rapid.T) {
		own := rapid.SliceOfDistinct(rapid.SampledFrom(steps), func(s Step) string { return s.Ref.String() }).Draw(t, "own")
		forged := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Step {
			s := rapid.SampledFrom(steps).Draw(t, "step")
			s.Unit = rapid.SampledFrom(slices.DeleteFunc(slices.Clone(units), func(u event.Unit) bool { return MayWrite(s.Kind, s.Body.Home, u) })).Draw(t, "unit")
			s.Ref = event.Ref{Stream: event.To(s.Unit, "220102009"), Generation: 1, Seq: rapid.Int64Range(0, 99).Draw(t, "seq")}
			s.Ref.Leaf = "forged " + s.Ref.String()
			return s
		})).Draw(t, "forged")
		all := rapid.Permutation(append(slices.Clone(own), forged...)).Draw(t, "order")
		if got, want := fmt.Sprint(plain(Derive(all))), fmt.Sprint(plain(Derive(own))); got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	})
}

func TestConsignedCounts_NextTierOnly(t *testing.T) {
	mine, other := []Packed{{CardNo: "1", Home: station}}, []Packed{{CardNo: "2", Home: second}}
	for _, c := range []struct {
		from, to event.Unit
		cards    []Packed
		want     bool
	}{{city, county, mine, true}, {county, station, mine, true}, {station, county, mine, true}, {county, city, other, true}, {station, county, other, true},
		{city, county, other, false}, {county, station, other, false}, {city, station, mine, false}, {station, city, mine, false},
		{station, "220102002", mine, false}, {second.Parent(), station, mine, false}, {city, "", mine, false}} {
		if got := (Consigned{To: c.to, Cards: c.cards}).Counts(c.from); got != c.want {
			t.Errorf("%s to %q: %v", c.from, c.to, got)
		}
	}
}
