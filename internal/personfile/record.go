package personfile

import "github.com/huzheng/huzheng/internal/citizen"

// Pair is the value of one row in one column that the format does not know.
type Pair struct{ Name, Value string }

// Record is one row of a person file.
type Record struct {
	// Line is where the row begins: the line of a CSV file and the row of an XLSX
	// sheet, counted from 1 with the header; the number of a DBF record, from 1.
	Line int
	// Value holds the known columns, trimmed; "" where the file has none. Sex and
	// the like are codes, dates are YYYY-MM-DD, CardExpires may be LongTerm.
	Value [ColumnCount]string
	// Extra holds what stands in unknown columns, in the order of the file; empty
	// cells are left out.
	Extra []Pair
	// Notes name what a clerk should look at although the row was read.
	Notes []RowNote
}

// Get returns the value of an unknown column, or "".
func (r *Record) Get(name string) string {
	for _, p := range r.Extra {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// Codes of notes.
const (
	NotePrivateUse = "private-use" // a character made locally (造字) stands in the value
	NoteLineBreak  = "line-break"  // the value runs over more than one line
)

// RowNote is a remark on a row that was read.
type RowNote struct {
	Column string       // the column's name in the file
	Reason string       // one of the codes of notes
	Text   citizen.Text // what was seen
	Mend   citizen.Text // what to do
}
