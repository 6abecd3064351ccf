package synth

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
)

func TestRateFile(t *testing.T) {
	rates, err := ParseRates(strings.NewReader("kind,per_100000\nname_homophone,0\ndouble_date,50000\nfive_record_disagreement_card,7\n"))
	if err != nil || rates["name_homophone"] != 0 || rates["double_date"] != 50_000 || rates["five_record_disagreement_card"] != 7 || rates["name_look_alike"] != 200 {
		t.Errorf("%v, %v", rates, err)
	}
	if rates, err := ParseRates(strings.NewReader("kind,per_100000\n")); err != nil || !maps.Equal(rates, DefaultRates()) {
		t.Errorf("an empty file changes %v, %v", rates, err)
	}
	for text, want := range map[string]string{
		"":                                       "first line",
		"art,anteil\nname_homophone,1\n":         "first line",
		"kind,per_100000\nname_homofone,1\n":     "line 2: kind \"name_homofone\"",
		"kind,per_100000\nphoto_missing,1\n":     "photo_missing",
		"kind,per_100000\n\nname_homophone,-1\n": "line 3",
		"kind,per_100000\nname_homophone,1,2\n":  "line 2",
		"kind,per_100000\nname_homophone,0.5\n":  "0.5",
	} {
		if _, err := ParseRates(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestEveryKindCanBeTurnedOff(t *testing.T) {
	none := make(Rates)
	for kind := range DefaultRates() {
		none[kind] = 0
	}
	for r := range everybody(newCity(t, CityConfig{Residents: 6000, Errors: 1, Rates: none})) {
		for _, p := range r.Planted {
			if p.Class != ClassNote {
				t.Fatalf("%+v", p)
			}
		}
	}
}

// TestDoublesDifferAsTheirTruthSays: the classes that the pair names are those in which the second registration differs, and they come as often as
// doubles.csv says.
func TestDoublesDifferAsTheirTruthSays(t *testing.T) {
	city := newCity(t, CityConfig{Seed: 4, Residents: 60_000, Stations: 12, Errors: 1, Rates: DefaultRates().Duplicated(2)})
	classes, doubles, children := make(map[string]int), 0, 0
	columns := map[string][]personfile.Column{"date": {personfile.BirthDate}, "number": {number18}, "name": {personfile.Name}, "surname": {personfile.Name},
		"household": {personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber}}
	for r := range everybody(city) {
		if r.Same == "" {
			continue
		}
		doubles++
		if r.Birth.AgeOn(defaultDay) < 18 {
			children++
		}
		truth := r.Planted[slices.IndexFunc(r.Planted, func(p Planted) bool { return p.Class == ClassPair })]
		for _, class := range strings.Split(truth.Value, "+") {
			classes[class]++
			kind, _, _ := strings.Cut(class, "_")
			if class != "none" && !slices.ContainsFunc(columns[kind], func(c personfile.Column) bool { says, _ := r.Says(Computer, c); return says != r.Right(Computer, c) }) {
				t.Errorf("%s: %s, and no such item differs", r.RecordID, class)
			}
		}
	}
	if share := float64(doubles) / 600; math.Abs(share-2) > 0.25 {
		t.Errorf("%.2f %% are registered twice, 2 were asked", share)
	}
	if children*20 < doubles {
		t.Errorf("%d of %d are children", children, doubles)
	}
	for _, row := range table("doubles.csv") {
		if have, want := float64(classes[row[0]])/float64(doubles), fraction(row[1])/100_000; have < want*0.4-0.01 || have > want*1.4+0.02 {
			t.Errorf("%s: %.3f of the doubles, the table says %.3f", row[0], have, want)
		}
	}
}

func TestDoubledShareIsBounded(t *testing.T) {
	if _, err := NewCity(CityConfig{Residents: 2000, Errors: 1, Rates: DefaultRates().Duplicated(11)}); err == nil {
		t.Error("eleven percent")
	}
	n := 0
	for r := range everybody(newCity(t, CityConfig{Residents: 2000, Errors: 1, Rates: DefaultRates().Duplicated(10)})) {
		if r.Same != "" {
			n++
		}
	}
	if n < 120 || n > 290 {
		t.Errorf("%d of 2000, 200 were asked", n)
	}
}

// TestPlaceholders: names that say that there is none, and sequences of zeros, pass for what a clerk typed: they are of small children, and check.
func TestPlaceholders(t *testing.T) {
	rates := DefaultRates()
	rates["name_placeholder"], rates["id_placeholder"] = 500, 500
	names, zeros := make(map[string]int), 0
	for r := range everybody(newCity(t, CityConfig{Residents: 20_000, Errors: 1, Rates: rates})) {
		for _, p := range r.Planted {
			switch p.Kind {
			case "name_placeholder":
				names[strings.TrimPrefix(p.Value, strings.TrimSuffix(strings.TrimSuffix(p.Value, "之子"), "之女"))]++
				if r.Birth.AgeOn(defaultDay) > 6 {
					t.Errorf("%+v", r.Person)
				}
			case "id_placeholder":
				zeros++
				if n, err := citizen.ParseNumber(p.Value); err != nil || n.Sequence() != 0 || n.Birth() != r.Birth {
					t.Errorf("%+v: %v", p, err)
				}
			}
		}
	}
	if names["之子"] == 0 || names["之女"] == 0 || names[""] == 0 || zeros < 50 {
		t.Errorf("%v, %d zeros", names, zeros)
	}
}
