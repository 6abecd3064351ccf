package bench

import (
	"bufio"
	"context"
	"encoding/csv"
	"os"
	"strings"

	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// doubled is how many percent of the registered are registered twice: the prevalence of the floors.
const doubled = 0.3

// linkTable is a computer's records of a synthetic city as a person file, and what is true of them.
type linkTable struct {
	path   string
	rows   int
	truths []linkPair
}

// linkPair is a pair of the truth, by identifiers.
type linkPair struct {
	a, b  string
	same  bool
	kind  string
	kinds []string // of error in a's record, and in what way a differs from b
}

// linkColumns are the columns that linking uses, and the ethnic group, by which quality is counted.
var linkColumns = []personfile.Column{personfile.RecordID, personfile.CitizenNumber, personfile.Name, personfile.FormerName, personfile.Sex, personfile.EthnicGroup, personfile.BirthDate,
	personfile.Birthplace, personfile.Address, personfile.Unit, personfile.HouseholdNo, personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber}

func linkCity(seed uint64, residents int) (*synth.City, error) {
	return synth.NewCity(synth.CityConfig{Seed: seed, Residents: residents, Errors: 1, Rates: synth.DefaultRates().Duplicated(doubled)})
}

// writeLinkTable makes a city and writes its records.
func writeLinkTable(ctx context.Context, path string, seed uint64, residents int) (*linkTable, error) {
	city, err := linkCity(seed, residents)
	if err != nil {
		return nil, err
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	w := csv.NewWriter(buffered)
	t := &linkTable{path: path}
	cells := make([]string, len(linkColumns))
	for i, column := range linkColumns {
		cells[i] = column.English()
	}
	if err := w.Write(cells); err != nil {
		return nil, err
	}
	for _, unit := range city.Stations() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for r := range city.Residents(unit.Code) {
			record, ok := r.Record(synth.Computer)
			if !ok {
				continue
			}
			for i, column := range linkColumns {
				cells[i] = record.Value[column]
			}
			if err := w.Write(cells); err != nil {
				return nil, err
			}
			t.rows++
			t.truth(r)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, err
	}
	if err := buffered.Flush(); err != nil {
		return nil, err
	}
	return t, file.Close()
}

// truth keeps the pairs in which a resident is the second.
func (t *linkTable) truth(r *synth.Resident) {
	for i := range r.Planted {
		p := &r.Planted[i]
		if p.Other == "" {
			continue
		}
		pair := linkPair{a: p.Record, b: p.Other, same: p.Right == synth.SamePerson, kind: p.Kind}
		if pair.same {
			for class := range strings.SplitSeq(p.Value, "+") {
				pair.kinds = append(pair.kinds, "double_"+class)
			}
			for j := range r.Planted {
				if q := &r.Planted[j]; q.Class == synth.ClassItem && q.Source == synth.Computer {
					pair.kinds = append(pair.kinds, q.Kind)
				}
			}
		}
		t.truths = append(t.truths, pair)
	}
}

// numbered is the truth by record numbers; pairs of which a row could not be read are left out.
func (t *linkTable) numbered(p *linkage.Population) *linkage.Truth {
	numbers := make(map[string]int32)
	for _, pair := range t.truths {
		numbers[pair.a], numbers[pair.b] = -1, -1
	}
	for i := range int32(p.Len()) {
		if id := p.ID(i); numbers[id] < 0 {
			numbers[id] = i
		}
	}
	truth := &linkage.Truth{Kinds: make(map[int32][]string)}
	for _, pair := range t.truths {
		a, b := numbers[pair.a], numbers[pair.b]
		if a < 0 || b < 0 {
			continue
		}
		truth.Pairs = append(truth.Pairs, linkage.TruthPair{A: a, B: b, Same: pair.same, Kind: pair.kind})
		truth.Kinds[a] = append(truth.Kinds[a], pair.kinds...)
	}
	return truth
}
