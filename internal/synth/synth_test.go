package synth

import (
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

func config(seed uint64, residents int) Config {
	return Config{Seed: seed, Residents: residents, Division: "220102", Station: "001", On: citizen.MustDate("2005-08-31")}
}

func TestStationIsDeterministicBySeed(t *testing.T) {
	a, b := Station(config(1, 300)), Station(config(1, 300))
	if !slices.Equal(a, b) {
		t.Fatal("one seed gave two cities")
	}
	if slices.Equal(a[:10], Station(config(2, 300))[:10]) {
		t.Fatal("two seeds gave one city")
	}
}

func TestEveryNumberIsValidAndFitsTheRecord(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range Station(config(3, 2000)) {
		check := citizen.CheckNumber(p.Number, citizen.NumberContext{On: citizen.MustDate("2005-09-01"), Sex: p.Sex, Birth: p.Birth})
		if !check.Valid || len(check.Findings) > 0 && check.Class != "valid" && check.Class[0] != 'N' {
			t.Fatalf("%+v: %+v", p, check)
		}
		if seen[p.Number] {
			t.Fatalf("%s twice", p.Number)
		}
		seen[p.Number] = true
	}
}

func TestEveryHouseholdHasOneHead(t *testing.T) {
	heads := make(map[string]int)
	for _, p := range Station(config(4, 1000)) {
		if p.Relation == "02" {
			heads[p.HouseholdNo]++
		} else if heads[p.HouseholdNo] != 1 {
			t.Fatalf("%+v stands before its head", p)
		}
	}
}
