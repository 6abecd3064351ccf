package linkage

import (
	"context"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// city packs the computer records of a synthetic city, with the truth of their pairs.
func city(t *testing.T, residents int, seed uint64) (*Population, *Truth) {
	return cityAs(t, residents, seed, func(*Text) {})
}

// cityAs packs the records as they are after a change.
func cityAs(t *testing.T, residents int, seed uint64, change func(*Text)) (*Population, *Truth) {
	c, err := synth.NewCity(synth.CityConfig{Residents: residents, Seed: seed, Errors: 1})
	if err != nil {
		t.Fatal(err)
	}
	p, truth := NewPopulation(residents), &Truth{Kinds: make(map[int32][]string)}
	numbers, groups := make(map[string]int32), []string{}
	var planted []synth.Planted
	for _, station := range c.Stations() {
		for r := range c.Residents(station.Code) {
			record, ok := r.Record(synth.Computer)
			if !ok {
				continue
			}
			v := &record.Value
			text := Text{ID: v[personfile.RecordID], Number: v[personfile.CitizenNumber], Name: v[personfile.Name], FormerName: v[personfile.FormerName], Sex: v[personfile.Sex],
				Birth: v[personfile.BirthDate], Birthplace: v[personfile.Birthplace], Household: v[personfile.Unit] + v[personfile.HouseholdNo], Address: v[personfile.Address],
				Mother: v[personfile.MotherNumber], Father: v[personfile.FatherNumber], Spouse: v[personfile.SpouseNumber]}
			change(&text)
			n := p.Add(&text)
			numbers[v[personfile.RecordID]] = n
			groups = append(groups, "ethnic_group="+r.EthnicGroup)
			for _, q := range r.Planted {
				if q.Class == synth.ClassItem && q.Source == synth.Computer {
					truth.Kinds[n] = append(truth.Kinds[n], q.Kind)
				}
				if q.Other != "" {
					planted = append(planted, q)
				}
			}
		}
	}
	for _, q := range planted {
		a, first := numbers[q.Record]
		b, second := numbers[q.Other]
		if first && second {
			truth.Pairs = append(truth.Pairs, TruthPair{a, b, q.Right == synth.SamePerson, q.Kind})
		}
	}
	truth.Group = func(n int32) []string { return groups[n : n+1] }
	return p, truth
}

// The floors hold on a small city of a seed that nothing was tuned on; docs/benchmarks.md has whole cities.
func TestQualityFloors(t *testing.T) {
	p, truth := city(t, 50_000, 4001)
	m, told, err := Train(context.Background(), p, TrainOptions{Workers: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	q := Measure(p, m, mustLink(t, p, m, 2), truth)
	if q.All.Listed.All < 150 || q.Prevalence < .003 || told.Expected < 150 {
		t.Fatalf("too few true pairs to measure: %+v", q)
	}
	for _, floor := range []struct {
		name        string
		value, want float64
	}{
		{"blocking recall", q.All.Blocked.Value(), .97},
		{"recall of proposals", q.All.Proposed.Value(), .70},
		{"precision of proposals", q.All.Precision.Value(), .99},
		{"recall of the list", q.All.Listed.Value(), .85},
		{"true pairs of those read", q.Read.Value(), 1. / 3},
		{"over same name and birth date, at its precision", q.AtBaseline.Value() - q.Baseline.Proposed.Value(), .25},
		{"shared numbers", q.Shared.Value(), .95},
	} {
		if floor.value < floor.want {
			t.Errorf("%s: %.3f, floor %.3f", floor.name, floor.value, floor.want)
		}
	}
	if q.TwinsProposed > 0 {
		t.Errorf("%d multiple births are proposed", q.TwinsProposed)
	}
}

// Counting by hand: what Measure counts of six pairs.
func TestMeasure(t *testing.T) {
	p := NewPopulation(8)
	for i := range 8 {
		p.Add(&Text{Number: wang.Number, Name: wang.Name, Birth: wang.Birth, ID: string(rune('A' + i))})
	}
	r := &Result{Pairs: []Pair{
		{A: 0, B: 1, Score: 9000, Class: Proposal}, {A: 0, B: 2, Score: 8000, Class: Proposal}, {A: 2, B: 3, Score: 5000, Class: Review},
		{A: 4, B: 5, Score: 1000, Class: SharedNumber}, {A: 6, B: 7, Score: 7000, Class: MultipleBirth},
	}}
	truth := &Truth{Kinds: map[int32][]string{0: {"dob", "dob"}, 1: {"name"}}, Group: func(n int32) []string { return []string{"all"} }, Pairs: []TruthPair{
		{1, 0, true, "double"}, {0, 1, false, "note"}, {2, 3, true, "double"}, {4, 5, false, "shared"}, {6, 7, true, "moved"}, {1, 7, true, "moved"},
	}}
	q := Measure(p, StartModel(8), r, truth)
	if q.All.Proposed != (Ratio{1, 4}) || q.All.Listed != (Ratio{2, 4}) || q.All.Precision != (Ratio{1, 2}) || q.All.Blocked != (Ratio{4, 4}) || q.Read != (Ratio{2, 3}) {
		t.Errorf("all: %+v, read %+v", q.All, q.Read)
	}
	if q.TwinQueue != (Ratio{1, 1}) || q.Shared != (Ratio{1, 1}) || q.ReviewPerFound != 1.5 || len(q.Wrong) != 1 || len(q.Missed) != 2 || q.BestRecall != (Ratio{1, 4}) {
		t.Errorf("%+v", q)
	}
	names := func(rows []Row) (out []string) {
		for _, r := range rows {
			out = append(out, r.Name)
		}
		return out
	}
	if got := slices.Concat(names(q.Pairs), names(q.Errors), names(q.Groups)); !slices.Equal(got, []string{"", "double", "moved", "", "dob", "name", "all"}) {
		t.Errorf("rows %q", got)
	}
	if q.Baseline.Precision != (Ratio{4, 28}) || q.Baseline.Proposed != (Ratio{4, 4}) {
		t.Errorf("baseline %+v", q.Baseline)
	}
}
