package reconcile

import (
	"fmt"
	"slices"
	"testing"
)

// row packs a record of a test: number, name, birth date, station, household.
func row(s Source, number, name, birth, unit, household string) Row {
	r := Record{Source: s}
	r.Value[Number], r.Value[Name], r.Value[BirthDate], r.Value[HouseholdNo] = number, name, birth, household
	units := map[string]uint16{"A": 1, "B": 2}
	return Pack(&r, units[unit])
}

// joined runs all passes and lists the people: for each the places of its rows, "." for none, and the pass.
func joined(rows [SourceCount][]Row, want Sources, workers int) (people []string, j *Joiner) {
	j = &Joiner{Rows: rows, Want: want, Workers: workers}
	var all [16][]Cluster
	j.Done = func(worker int, c *Cluster) { all[worker] = append(all[worker], *c) }
	open := j.ByNameBirth(j.ByHouseholdName(j.ByNumber()))
	for _, more := range all {
		open = append(open, more...)
	}
	sortClusters(open)
	for _, c := range open {
		text := ""
		for _, i := range c.Rows {
			if i < 0 {
				text += "."
			} else {
				text += fmt.Sprint(i)
			}
		}
		people = append(people, text+" "+c.By.String())
	}
	return people, j
}

// Linkage notes 9: by number; by household and name; by name and birth date; what does not fit stays apart.
func TestJoin(t *testing.T) {
	const day, otherDay = "1965-03-08", "1972-11-30"
	a, b := mustCheck(t, "22010219650308941"), mustCheck(t, "22010219721130942")
	typo := a[:15] + "9" + a[16:]
	short := a[:6] + a[8:17]
	for _, c := range []struct {
		name    string
		rows    [SourceCount][]Row
		want    []string
		repeats []string
	}{
		{"one number", [5][]Row{{row(0, a, "王强", day, "A", "1")}, {row(1, a, "王强", day, "A", "1")}, {row(2, short, "王强", day, "A", "")}, {row(3, a, "王墙", day, "A", "1")}, {row(4, a, "王强", otherDay, "A", "1")}},
			[]string{"00000 number"}, nil},
		{"numbers of two of a household exchanged", [5][]Row{{row(0, a, "王强", day, "A", "1"), row(0, b, "李平", otherDay, "A", "1")}, {row(1, b, "王强", day, "A", "1"), row(1, a, "李平", otherDay, "A", "1")}, nil, nil, nil},
			[]string{"00... household_name", "11... household_name"}, nil},
		{"a wrong digit", [5][]Row{{row(0, a, "王强", day, "A", "1")}, {row(1, a, "王强", day, "A", "1")}, nil, {row(3, typo, "王强", otherDay, "A", "1")}, nil}, []string{"00.0. household_name"}, nil},
		{"no number", [5][]Row{{row(0, a, "王强", day, "A", "1")}, nil, nil, {row(3, "", "王强", day, "A", "1")}, nil}, []string{"0..0. household_name"}, nil},
		{"a placeholder number", [5][]Row{{row(0, "000000000000000000", "王强", day, "A", "1")}, nil, nil, {row(3, "000000000000000000", "李平", otherDay, "A", "2")}, nil}, []string{"0.... number", "...0. number"}, nil},
		{"a card has no household", [5][]Row{{row(0, a, "王强", day, "A", "1")}, nil, {row(2, typo, "王强", day, "A", "")}, nil, nil}, []string{"0.0.. name_birth"}, nil},
		{"one name and birth date at two stations, other numbers", [5][]Row{{row(0, a, "王强", day, "A", "1")}, nil, {row(2, b, "王强", day, "B", "")}, nil, nil}, []string{"0.... number", "..0.. number"}, nil},
		{"father and son of one name", [5][]Row{{row(0, a, "王强", day, "A", "1")}, {row(1, b, "王强", otherDay, "A", "1")}, nil, nil, nil}, []string{"0.... number", ".0... number"}, nil},
		{"two cards fit equally", [5][]Row{{row(0, "", "王强", day, "A", "1")}, nil, {row(2, a, "王强", day, "A", ""), row(2, b, "王强", day, "A", "")}, nil, nil}, []string{"0.... number", "..0.. number", "..1.. number"}, nil},
		{"registered twice", [5][]Row{{row(0, a, "王强", day, "A", "1"), row(0, a, "王强", day, "B", "7")}, {row(1, a, "王强", day, "A", "1")}, nil, {row(3, a, "王强", day, "B", "7"), row(3, a, "王强", day, "A", "1")}, {row(4, a, "王强", day, "A", "1")}},
			[]string{"00.10 number", "1..0. number"}, []string{"double 6"}},
		{"one number, two people", [5][]Row{{row(0, a, "王强", day, "A", "1"), row(0, a, "李平", day, "B", "7")}, nil, nil, {row(3, a, "李平", day, "B", "7"), row(3, a, "王强", day, "A", "1")}, nil}, []string{"0..1. number", "1..0. number"}, []string{"shared 4"}},
		{"one birth date is too little where the number stands twice", [5][]Row{{row(0, a, "王强", day, "A", "1")}, nil, nil, {row(3, a, "李平", day, "B", "7"), row(3, a, "孙梅", day, "B", "8")}, nil},
			[]string{"0.... number", "...0. number", "...1. number"}, []string{"shared 3"}},
		{"a sequence that nobody has joins nobody", [5][]Row{{row(0, a[:14]+"0000", "王强", day, "A", "1")}, nil, nil, {row(3, a[:14]+"0000", "王强", day, "A", "1")}, nil}, []string{"0..0. household_name"}, nil},
		{"the same row twice", [5][]Row{{row(0, a, "王强", day, "A", "1"), row(0, a, "王强", day, "A", "1")}, {row(1, a, "王强", day, "A", "1")}, nil, nil, nil}, []string{"00... number"}, []string{"twice 3"}},
		{"nobody joins 无名", [5][]Row{{row(0, "", "无名", day, "A", "1")}, {row(1, "", "无名", day, "A", "1")}, nil, nil, nil}, []string{"0.... number", ".0... number"}, nil},
		{"nothing", [5][]Row{}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, j := joined(c.rows, AllSources, 1)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			var repeats []string
			for _, r := range j.Repeats {
				repeats = append(repeats, fmt.Sprint(r.Kind, " ", len(r.Refs)))
			}
			if !slices.Equal(repeats, c.repeats) {
				t.Errorf("repeats %q, want %q", repeats, c.repeats)
			}
		})
	}
}

// A number that 5,000 rows hold makes no giant, is told as one, and only rows that agree in household, name and birth date join.
func TestJoin_OneNumberInThousandsOfRows(t *testing.T) {
	a := mustCheck(t, "22010219650308941")
	var rows [SourceCount][]Row
	for i := range 2500 {
		name := fmt.Sprintf("王%d", i)
		rows[Form] = append(rows[Form], row(Form, a, name, "1965-03-08", "A", fmt.Sprint(i)))
		rows[Computer] = append(rows[Computer], row(Computer, a, name, "1965-03-08", "A", fmt.Sprint(i)))
	}
	rows[Computer] = append(rows[Computer], rows[Computer][7])
	people, j := joined(rows, 1<<Form|1<<Computer, 2)
	if len(people) != 2500 || j.Capped() != 5001 || len(j.Repeats) != 1 || len(j.Repeats[0].Refs) != 5001 || j.Repeats[0].Kind != RepeatedShared {
		t.Fatalf("%d people, %d capped, %d repeats", len(people), j.Capped(), len(j.Repeats))
	}
	if people[7] != "7..7. number" {
		t.Error(people[7])
	}
}

// Too many of one name and household are left apart and counted.
func TestJoin_ManyOfOneName(t *testing.T) {
	var rows [SourceCount][]Row
	for range mostAlike + 1 {
		rows[Form] = append(rows[Form], row(Form, "", "王强", "1965-03-08", "A", "1"))
	}
	people, j := joined(rows, 1<<Form|1<<Computer, 1)
	if len(people) != mostAlike+1 || j.Capped() == 0 {
		t.Fatalf("%d people, %d capped", len(people), j.Capped())
	}
}

// The same people for 1, 2 and 4 workers, in blocks that are put into parts.
func TestJoin_Workers(t *testing.T) {
	var rows [SourceCount][]Row
	for i := range 5000 {
		n := mustCheck(t, fmt.Sprintf("2201021965%02d%02d%03d", 1+i%12, 1+i/12%28, 1+i/336))
		for s := range SourceCount {
			name := fmt.Sprintf("王%d", i/2)
			if i%37 == int(s) {
				n = mustCheck(t, fmt.Sprintf("2201031965%02d%02d%03d", 1+i%12, 1+i/12%28, 1+i/336))
			}
			rows[s] = append(rows[s], row(s, n, name, fmt.Sprintf("1965-%02d-%02d", 1+i%12, 1+i/12%28), "A", fmt.Sprint(i/3)))
		}
	}
	one, first := joined(rows, AllSources, 1)
	for _, workers := range []int{2, 4} {
		more, j := joined(rows, AllSources, workers)
		if !slices.Equal(one, more) || len(first.Repeats) != len(j.Repeats) || first.Capped() != j.Capped() {
			t.Fatalf("%d workers: %d people, one worker: %d", workers, len(more), len(one))
		}
	}
	if len(one) != 5000 {
		t.Errorf("%d people", len(one))
	}
}
