package synth

import (
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/personfile"
)

// Person is what is true of one resident. Codes are the national ones. A relation tells sex and generation only: never an only, an adopted or a
// step child, whose codes would tell the standing of the parents (P6).
type Person struct {
	RecordID    string // in the computer
	Number      string // "" for a child whom no register has
	Name        string
	FormerName  string
	Sex         citizen.Sex
	EthnicGroup string
	Birth       citizen.Date
	Birthplace  string
	NativePlace string
	Address     string
	HouseholdNo string
	Relation    string // GB/T 4761
	Marital     string // GB/T 2261.2: 10, 20, 30, 40
	Education   string // GB 4658
	Occupation  string
	Workplace   string
	Father      string // numbers
	Mother      string
	Spouse      string
	CardIssued  citizen.Date // of the first-generation card; none: no card
	CardExpires citizen.Date // none though issued: long-term
}

// Source is one of the five records of a resident (plan P4).
type Source int

// The five records, and all of them.
const (
	Form     Source = iota // 常住人口登记表
	Booklet                // 户口簿
	Card                   // 居民身份证
	Computer               // 微机
	Citizen                // 本人
	SourceCount
)

var sourceNames = [SourceCount]string{"form", "booklet", "card", "computer", "citizen"}

// String is the name as in register.SourceKinds.
func (s Source) String() string {
	if s < 0 || s >= SourceCount {
		return ""
	}
	return sourceNames[s]
}

// Sources returns the five in order.
func Sources() []Source { return []Source{Form, Booklet, Card, Computer, Citizen} }

// sourceMarks distinguish the identifiers of the four records that are no computer records.
var sourceMarks = [SourceCount]string{"F", "B", "K", "", "Z"}

// RecordIn is the identifier of the resident's record in a source.
func (r *Resident) RecordIn(s Source) string { return sourceMarks[s] + r.RecordID }

// Resident is one person as registered at one station (or not registered), with what is true and what the five records say.
type Resident struct {
	Person                  // what is true
	Unit       event.Unit   // the station
	Registered bool         // form, booklet and computer have him or her
	Died       citizen.Date // dead before the city's day, and never cancelled; none: alive
	Empty      bool         // the household is registered here and nobody lives here (空挂户)
	Away       bool         // lives elsewhere in the city or out of it, registered here (人户分离)
	Same       string       // identifier of the same person's other registration, at another station
	Planted    []Planted    // every error in the five records, and what else the truth knows

	father, mother, spouse *Resident
	has                    [SourceCount]bool
	traded                 bool // another station may refer to this one: nothing is planted here that would spoil that
	house                  int
}

// columnsOf are the items that a record carries.
var columnsOf = func() [SourceCount][]personfile.Column {
	all := personfile.Columns()
	in := func(out ...personfile.Column) (columns []personfile.Column) {
		drop := make(map[personfile.Column]bool)
		for _, c := range out {
			drop[c] = true
		}
		for _, c := range all {
			if !drop[c] {
				columns = append(columns, c)
			}
		}
		return columns
	}
	const issued, expires = personfile.CardIssued, personfile.CardExpires
	const father, mother, spouse = personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber
	return [SourceCount][]personfile.Column{
		Form:    in(issued, expires),
		Booklet: in(issued, expires, father, mother, spouse),
		Card: {personfile.RecordID, personfile.CitizenNumber, personfile.Name, personfile.Sex, personfile.EthnicGroup, personfile.BirthDate,
			personfile.Address, personfile.Unit, issued, expires},
		Computer: all,
		Citizen:  in(issued, expires),
	}
}()

// Columns returns the items that a record carries, in the order of person files.
func (s Source) Columns() []personfile.Column { return columnsOf[s] }

// carries tells whether a record has an item.
func (s Source) carries(column personfile.Column) bool { return sourceCarries[s][column] }

var sourceCarries = func() (t [SourceCount][personfile.ColumnCount]bool) {
	for s, columns := range columnsOf {
		for _, c := range columns {
			t[s][c] = true
		}
	}
	return t
}()

// fifteenEnd is the day from which cards carry 18 digits (GB 11643-1999).
var fifteenEnd = citizen.MustDate("1999-10-01")

// Right is what a record should say of an item. It differs between records in one point: a card from before 1 October 1999 carries the 15-digit
// form of the number, and rightly so.
func (r *Resident) Right(s Source, column personfile.Column) string {
	if !s.carries(column) {
		return ""
	}
	switch column {
	case personfile.RecordID:
		return r.RecordIn(s)
	case personfile.CitizenNumber:
		if s == Card && r.CardIssued.Before(fifteenEnd) {
			return fifteen(r.Number)
		}
	case personfile.Unit:
		return string(r.Unit)
	}
	return r.item(column)
}

// item is what is true of a column.
func (p *Person) item(column personfile.Column) string {
	switch column {
	case personfile.RecordID:
		return p.RecordID
	case personfile.CitizenNumber:
		return p.Number
	case personfile.Name:
		return p.Name
	case personfile.FormerName:
		return p.FormerName
	case personfile.Sex:
		return string(p.Sex)
	case personfile.EthnicGroup:
		return p.EthnicGroup
	case personfile.BirthDate:
		return p.Birth.String()
	case personfile.Birthplace:
		return p.Birthplace
	case personfile.NativePlace:
		return p.NativePlace
	case personfile.Address:
		return p.Address
	case personfile.HouseholdNo:
		return p.HouseholdNo
	case personfile.Relation:
		return p.Relation
	case personfile.MaritalStatus:
		return p.Marital
	case personfile.Education:
		return p.Education
	case personfile.Occupation:
		return p.Occupation
	case personfile.Workplace:
		return p.Workplace
	case personfile.FatherNumber:
		return p.Father
	case personfile.MotherNumber:
		return p.Mother
	case personfile.SpouseNumber:
		return p.Spouse
	case personfile.CardIssued:
		if !p.CardIssued.IsZero() {
			return p.CardIssued.String()
		}
	case personfile.CardExpires:
		switch {
		case !p.CardExpires.IsZero():
			return p.CardExpires.String()
		case !p.CardIssued.IsZero():
			return personfile.LongTerm
		}
	}
	return ""
}

// fifteen is the form of a number before 1 October 1999: two digits of the year, no check character. Only births of 1900 to 1999 have one.
func fifteen(number string) string {
	if len(number) != 18 || number[6:8] != "19" {
		return number
	}
	return number[:6] + number[8:17]
}

// Has tells whether a source has a record of the resident.
func (r *Resident) Has(s Source) bool { return r.has[s] }

// Record gives what a source says of the resident, errors and all; false when it says nothing. A planted date that does not exist stands in it as
// the old file has it.
func (r *Resident) Record(s Source) (personfile.Record, bool) {
	var record personfile.Record
	if !r.has[s] {
		return record, false
	}
	for _, column := range columnsOf[s] {
		record.Value[column] = r.Right(s, column)
	}
	for i := range r.Planted {
		if p := &r.Planted[i]; p.Class == ClassItem && p.Source == s {
			record.Value[p.Column] = p.Value
		}
	}
	return record, true
}

// Says is what one record says of one item.
func (r *Resident) Says(s Source, column personfile.Column) (string, bool) {
	if !r.has[s] || !s.carries(column) {
		return "", false
	}
	for i := range r.Planted {
		if p := &r.Planted[i]; p.Class == ClassItem && p.Source == s && p.Column == column {
			return p.Value, true
		}
	}
	return r.Right(s, column), true
}

// Lives tells whether a visit at the address finds the resident: alive, in a household that is there, and not away.
func (r *Resident) Lives() bool { return r.Died.IsZero() && !r.Empty && !r.Away }

// Differences are the items in which a record differs from what is true: what an officer who visits with that record in hand writes down.
func (r *Resident) Differences(s Source) []Planted {
	var all []Planted
	for _, p := range r.Planted {
		if p.Class == ClassItem && p.Source == s {
			all = append(all, p)
		}
	}
	return all
}
