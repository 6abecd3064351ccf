package campaign

import (
	"encoding/csv"
	"os"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// resident is somebody who lives in the city, as the truth has it.
type resident struct {
	synth.Person
	home *unit        // where registered
	gone bool         // dead, or on the way to another station
	turn citizen.Date // when called to apply
	app  *application // the newest
}

// application is one request for a card, as the applicant's slip tells of it.
type application struct {
	who        *resident
	home       *unit
	id, number string // identifier and acceptance number
	cardNo     string
	first      bool
	settled    bool // paid or waived
	ended      bool
}

// populate makes the residents of every station.
func (c *Campaign) populate() error {
	for i, u := range c.stations() {
		for _, p := range synth.Station(synth.Config{Seed: c.Seed + uint64(i), Residents: c.Residents / c.Stations, Division: citizen.Division(u.parent.code),
			Station: string(u.code[6:]), Sequence: 940 + 2*i, On: c.date}) {
			u.window.people = append(u.window.people, &resident{Person: p, home: u})
		}
	}
	return nil
}

var oldColumns = []personfile.Column{personfile.RecordID, personfile.CitizenNumber, personfile.Name, personfile.Sex, personfile.EthnicGroup,
	personfile.BirthDate, personfile.Address, personfile.HouseholdNo, personfile.Relation, personfile.MaritalStatus,
	personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber}

// writeOld writes a station's old database, with one row that nobody can read, as every old database has.
func (c *Campaign) writeOld(path string, u *unit) (bad int, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	w := csv.NewWriter(file)
	header := make([]string, len(oldColumns))
	for i, column := range oldColumns {
		header[i] = column.English()
	}
	if err := w.Write(header); err != nil {
		return 0, err
	}
	for _, p := range u.window.people {
		if err := w.Write(oldRow(p, p.Birth.String())); err != nil {
			return 0, err
		}
	}
	spoilt := *u.window.people[0]
	spoilt.RecordID += "X"
	if err := w.Write(oldRow(&spoilt, "1970-13-01")); err != nil {
		return 0, err
	}
	w.Flush()
	return 1, w.Error()
}

func oldRow(p *resident, birth string) []string {
	return []string{p.RecordID, p.Number, p.Name, string(p.Sex), p.EthnicGroup, birth, p.Address, p.HouseholdNo, p.Relation, p.Marital, p.Father, p.Mother, p.Spouse}
}
