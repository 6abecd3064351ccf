package bench

import (
	"bufio"
	"fmt"
	"os"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// perStation is how many residents a station has.
const perStation = 50_000

// stations lists as many stations of one county as so many residents need when each has a share.
func stations(residents, share int) []event.Unit {
	all := make([]event.Unit, (residents+share-1)/share)
	for i := range all {
		all[i] = event.Unit(fmt.Sprintf("220102%03d", i+1))
	}
	return all
}

// stationPeople makes the residents of the i-th of those stations.
func stationPeople(i, residents int, unit event.Unit) []synth.Person {
	people := synth.Station(synth.Config{Seed: uint64(i), Residents: residents, Division: "220102", Station: string(unit[6:]), On: citizen.MustDate("2005-08-31")})
	return people[:residents]
}

// writePeople writes an old database of synthetic residents, station after station, as a person file in UTF-8.
func writePeople(path string, residents, share int) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	w, err := personfile.NewWriter(buffered, personfile.CSV, personfile.UTF8, nil, nil)
	if err != nil {
		return err
	}
	given := make(numbersGiven)
	for i, unit := range stations(residents, share) {
		people := stationPeople(i, min(share, residents-i*share), unit)
		if err := given.renumber(people); err != nil {
			return err
		}
		for j := range people {
			if err := w.Write(row(unit, &people[j])); err != nil {
				return err
			}
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// numbersGiven are the citizen numbers of the stations that have been written. Each station is drawn by itself, and all of one county would give the same numbers to nearly everybody.
type numbersGiven map[string]bool

// renumber gives another number to those of a station whose number somebody elsewhere has: the next free one of the same county, day and sex, wherever it is written down.
func (g numbersGiven) renumber(people []synth.Person) error {
	renamed := make(map[string]string)
	own := make(map[string]bool, len(people))
	for i := range people {
		own[people[i].Number] = true
	}
	for i := range people {
		old := people[i].Number
		number, err := citizen.ParseNumber(old)
		if err != nil || renamed[old] != "" { // a number as wrong as that is a finding of its own
			continue
		}
		for sequence := number.Sequence(); g[string(number)] || string(number) != old && own[string(number)]; {
			if sequence += 2; sequence > 999 {
				sequence = 2 - sequence%2
			}
			if number, err = citizen.NewNumber(number.Division(), number.Birth(), sequence); err != nil {
				return err
			}
		}
		renamed[old], g[string(number)], own[string(number)] = string(number), true, true
	}
	for i := range people {
		p := &people[i]
		for _, number := range []*string{&p.Number, &p.Father, &p.Mother, &p.Spouse} {
			if now := renamed[*number]; now != "" {
				*number = now
			}
		}
	}
	return nil
}

func row(unit event.Unit, p *synth.Person) (r personfile.Record) {
	for _, cell := range []struct {
		column personfile.Column
		value  string
	}{
		{personfile.RecordID, p.RecordID}, {personfile.CitizenNumber, p.Number}, {personfile.Name, p.Name}, {personfile.Sex, string(p.Sex)},
		{personfile.EthnicGroup, p.EthnicGroup}, {personfile.BirthDate, p.Birth.String()}, {personfile.Birthplace, "吉林省长春市"},
		{personfile.NativePlace, "吉林省榆树市"}, {personfile.Address, p.Address}, {personfile.Unit, string(unit)},
		{personfile.HouseholdNo, p.HouseholdNo}, {personfile.Relation, p.Relation}, {personfile.MaritalStatus, p.Marital},
		{personfile.Education, "70"}, {personfile.Occupation, "工人"}, {personfile.Workplace, "长春市第一机床厂"},
		{personfile.FatherNumber, p.Father}, {personfile.MotherNumber, p.Mother}, {personfile.SpouseNumber, p.Spouse},
	} {
		r.Value[cell.column] = cell.value
	}
	return r
}
