package citizen

import (
	_ "embed" // the division tables are compiled in
	"strconv"
	"strings"
	"sync"
)

// Division is a six-digit administrative division code of GB/T 2260: two digits
// province, two prefecture, two county. Any text can be held; Known tells
// whether the tables have it.
type Division string

// DivisionLevel is the tier a code stands for, told by its trailing zeros.
type DivisionLevel string

// The three tiers of GB/T 2260. A citizen number asks for the county tier
// (GB 11643-1999).
const (
	ProvinceLevel   DivisionLevel = "province"
	PrefectureLevel DivisionLevel = "prefecture"
	CountyLevel     DivisionLevel = "county"
)

// FirstNumbersYear is the year from which citizen numbers were given; no number
// carries a code that had ended before it.
const FirstNumbersYear = 1984

// firstListYear is the first year of the tables: a row from this year may be
// older.
const firstListYear = 1980

//go:embed data/divisions.csv
var divisionsCSV string

//go:embed data/divisions-disputed.csv
var disputedCSV string

// divisionRow is one name of a code with its first and last year, both
// inclusive; to is foreverYear while in force.
type divisionRow struct {
	name     string
	from, to int
}

const foreverYear = maxYear

// divisionIndex holds the rows by code number, oldest first.
type divisionIndex struct{ rows, disputed map[int][]divisionRow }

var divisions = sync.OnceValue(func() divisionIndex {
	return divisionIndex{readDivisions(divisionsCSV), readDivisions(disputedCSV)}
})

func readDivisions(table string) map[int][]divisionRow {
	index := make(map[int][]divisionRow, 8192)
	_, table, _ = strings.Cut(table, "\n")
	for line := range strings.Lines(table) {
		f := strings.Split(strings.TrimSpace(line), ",")
		code, from, to := digits(f[0]), digits(f[2]), foreverYear
		if f[3] != "" {
			to = digits(f[3])
		}
		index[code] = append(index[code], divisionRow{f[1], from, to})
	}
	return index
}

// wellFormed reports whether the code is six ASCII digits.
func (d Division) wellFormed() bool { return len(d) == 6 && digits(string(d)) >= 0 }

func (d Division) rows() []divisionRow {
	if !d.wellFormed() {
		return nil
	}
	return divisions().rows[digits(string(d))]
}

func (d Division) disputedRows() []divisionRow {
	if !d.wellFormed() {
		return nil
	}
	return divisions().disputed[digits(string(d))]
}

// Known reports whether the code ever stood in GB/T 2260 between 1980 and 2020
// by the main table.
func (d Division) Known() bool { return len(d.rows()) > 0 }

// KnownOn reports whether the code had begun by the year of a day; it may have
// ended since. No date asks for any year.
func (d Division) KnownOn(on Date) bool { return begunBy(d.rows(), yearOrForever(on)) }

// InForceOn reports whether the code is in force in the year of a day.
func (d Division) InForceOn(on Date) bool {
	_, ok := d.NameOn(on)
	return ok
}

// Disputed reports whether sources disagree about a code: it stands in the table
// derived from the encyclopedia, with other years or alone. A number is never
// refused for such a code, only put on the clean-up list.
func (d Division) Disputed() bool { return len(d.disputedRows()) > 0 }

// Level returns the tier by the trailing zeros, "" for a malformed code.
func (d Division) Level() DivisionLevel {
	switch {
	case !d.wellFormed():
		return ""
	case d[2:] == "0000":
		return ProvinceLevel
	case d[4:] == "00":
		return PrefectureLevel
	default:
		return CountyLevel
	}
}

// Province returns the code of the province the division belongs to.
func (d Division) Province() Division { return d.ancestor(2) }

// Prefecture returns the code of the prefecture the division belongs to.
func (d Division) Prefecture() Division { return d.ancestor(4) }

func (d Division) ancestor(places int) Division {
	if !d.wellFormed() {
		return ""
	}
	return d[:places] + Division("000000"[places:])
}

// Pseudo reports whether the code stands for no place of its own: the rows
// 市辖区, 县 and 市区 of GB/T 2260, for instance 220101.
func (d Division) Pseudo() bool {
	rows := d.rows()
	return len(rows) > 0 && pseudoName(rows[len(rows)-1].name)
}

func pseudoName(name string) bool {
	switch name {
	case "市辖区", "县", "市区":
		return true
	}
	return strings.HasPrefix(name, "省直辖")
}

// NameOn returns the name of the code in force in the year of a day. In the year
// of a change both names hold and the later one is given. No date asks for the
// last name known. It is false when the code was not in force that year.
func (d Division) NameOn(on Date) (string, bool) {
	rows := d.rows()
	if len(rows) == 0 {
		return "", false
	}
	if on.IsZero() {
		return rows[len(rows)-1].name, true
	}
	return nameIn(rows, on.Year())
}

func nameIn(rows []divisionRow, year int) (string, bool) {
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].from <= year && year <= rows[i].to {
			return rows[i].name, true
		}
	}
	return "", false
}

// FullNameOn returns the names of province, prefecture and county joined, as of
// the year of a day, leaving out the pseudo-rows (市辖区 and the like). Where a
// code was not in force that year the nearest name is used: the last one before,
// else the first one after. An unknown county gives the names above it; a wholly
// unknown code gives "".
func (d Division) FullNameOn(on Date) string {
	if !d.wellFormed() {
		return ""
	}
	return d.fullNameIn(yearOrForever(on))
}

func (d Division) fullNameIn(year int) string {
	province := d.Province().nearestName(year)
	switch d.Level() {
	case ProvinceLevel:
		return province
	case PrefectureLevel:
		return province + d.nearestName(year)
	}
	return province + d.Prefecture().nearestName(year) + d.nearestName(year)
}

// nearestName returns the name in a year by the main table, else by the disputed
// one, else the name nearest to that year; "" for pseudo-rows.
func (d Division) nearestName(year int) string {
	rows, disputed := d.rows(), d.disputedRows()
	name, ok := nameIn(rows, year)
	if !ok {
		name, ok = nameIn(disputed, year)
	}
	if !ok && len(rows) == 0 {
		rows = disputed
	}
	if !ok {
		name = closestName(rows, year)
	}
	if pseudoName(name) {
		return ""
	}
	return name
}

// closestName returns the last name begun by a year, else the first one.
func closestName(rows []divisionRow, year int) string {
	name := ""
	for i, r := range rows {
		if i == 0 || r.from <= year {
			name = r.name
		}
	}
	return name
}

func begunBy(rows []divisionRow, year int) bool {
	for _, r := range rows {
		if r.from <= year {
			return true
		}
	}
	return false
}

// existedBetween reports whether some row was in force in a year from..to.
func existedBetween(rows []divisionRow, from, to int) bool {
	for _, r := range rows {
		if r.from <= to && r.to >= from {
			return true
		}
	}
	return false
}

// firstYear returns the first year of the code, 0 when the tables begin with it.
func firstYear(rows []divisionRow) int {
	if len(rows) == 0 || rows[0].from <= firstListYear {
		return 0
	}
	return rows[0].from
}

// lastYear returns the last year of the rows begun by a year.
func lastYear(rows []divisionRow, begunBy int) int {
	last := 0
	for _, r := range rows {
		if r.from <= begunBy {
			last = max(last, r.to)
		}
	}
	return last
}

func yearOrForever(on Date) int {
	if on.IsZero() {
		return foreverYear
	}
	return on.Year()
}

func yearText(y int) string { return strconv.Itoa(y) }
