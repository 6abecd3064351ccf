package campaign

import (
	"encoding/csv"
	"errors"
	"os"
	"slices"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// resident is somebody who lives in the city, as the truth has it, and what the register knows of him or her.
type resident struct {
	*synth.Resident
	home    *unit        // where registered
	number  string       // as registered now
	tenure  string       // once a list or a visit has told it
	gone    bool         // dead, cancelled, or on the way to another station
	turn    citizen.Date // when called to apply
	app     *application // the newest
	family  *family
	hasCard bool // an old card to hand in
}

// family is a household as registered.
type family struct {
	no       string
	members  []*resident
	children []*resident // whom no register has
	visited  bool
}

// application is one request for a card, as the applicant's slip tells of it.
type application struct {
	who        *resident
	home       *unit
	id, number string // identifier and acceptance number
	cardNo     string
	kind       string
	settled    bool // paid or waived
	handed     bool // the card is in the holder's hands

	temporary    string // card asked for
	temporaryOut bool
	ended        bool
}

// populate makes the residents of every station: those whom the computer has, and the children whom nobody has.
func (c *Campaign) populate() error {
	c.truth = make(map[string]*resident)
	city, err := synth.NewCity(c.synthetic())
	if err != nil {
		return err
	}
	for _, u := range c.stations() {
		w := u.window
		for one := range city.Residents(u.code) {
			r := &resident{Resident: one, home: u, number: says(one, personfile.CitizenNumber), hasCard: !one.CardIssued.IsZero()}
			switch {
			case one.Has(synth.Computer):
				r.family = w.family(says(one, personfile.HouseholdNo))
				r.family.members = append(r.family.members, r)
				w.people = append(w.people, r)
				c.truth[one.RecordID] = r
			case one.Number == "":
				f := w.family(one.HouseholdNo)
				f.children = append(f.children, r)
			}
		}
	}
	return nil
}

// says is what the computer has of an item.
func says(r *synth.Resident, column personfile.Column) string {
	value, _ := r.Says(synth.Computer, column)
	return value
}

// family finds or begins a household.
func (w *window) family(no string) *family {
	f := w.families[no]
	if f == nil {
		f = &family{no: no}
		w.families[no] = f
		w.order = append(w.order, f)
	}
	return f
}

// writeOld writes a station's old database as it is, errors and all; with mend only the rows named, their dates put right by the forms.
func writeOld(path string, people []*resident, mend map[int]bool) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	columns := synth.Computer.Columns()
	row := make([]string, len(columns))
	for i, column := range columns {
		row[i] = column.English()
	}
	w := csv.NewWriter(file)
	if err := w.Write(row); err != nil {
		return err
	}
	for n, r := range people {
		if mend != nil && !mend[n] {
			continue
		}
		record, _ := r.Record(synth.Computer)
		for i, column := range columns {
			row[i] = record.Value[column]
			if mend != nil && slices.Contains(dates, column) {
				row[i] = r.Right(synth.Computer, column)
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return errors.Join(w.Error(), file.Close())
}

// dates are the columns in which an old file has what no calendar has.
var dates = []personfile.Column{personfile.BirthDate, personfile.CardIssued, personfile.CardExpires}

// putAside reads which rows of a file an import has put aside: their numbers among the rows.
func putAside(path string) (map[int]bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	aside := make(map[int]bool)
	for _, row := range rows[1:] {
		line, err := strconv.Atoi(row[1])
		if err != nil {
			return nil, err
		}
		aside[line-2] = true // the first row stands on line 2
	}
	return aside, nil
}
