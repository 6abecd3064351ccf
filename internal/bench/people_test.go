package bench

import (
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Numbers are personal: no two stations give one to two people, and who is named by a number as father, mother or spouse is named by the new one.
func TestStationsShareNoNumbers(t *testing.T) {
	given, of := make(numbersGiven), make(map[string]int)
	for i, unit := range []event.Unit{"220102001", "220102002", "220102003"} {
		before, after := stationPeople(i, 2000, unit), stationPeople(i, 2000, unit)
		if err := given.renumber(after); err != nil {
			t.Fatal(err)
		}
		now := make(map[string]string)
		for j := range after {
			now[before[j].Number] = after[j].Number
		}
		for j := range after {
			p, was := &after[j], &before[j]
			if station, known := of[p.Number]; known && station != i {
				t.Fatalf("stations %d and %d both give %s", station, i, p.Number)
			}
			of[p.Number] = i
			if father := now[was.Father]; father != "" && p.Father != father {
				t.Fatalf("the father of %s is not who he was", p.Number)
			}
			a, b := citizen.Number(was.Number), citizen.Number(p.Number)
			if a != b && (a.Division() != b.Division() || a.Birth() != b.Birth() || a.Sex() != b.Sex()) {
				t.Fatalf("%s became %s", a, b)
			}
		}
	}
}
