package reconcile

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Person is one person whose records differ.
type Person struct {
	Unit        string
	HouseholdNo string
	Name        string
	Number      string // in 18 characters where one record has it so
	By          By
	Present     Sources
	Lines       [SourceCount]int    // where each row stands; 0: no row
	IDs         [SourceCount]string // as the files have them
	Facts       Facts
	Differences []Difference
}

// Difference is one item in which a person's records differ.
type Difference struct {
	Item      Item
	Code      Code
	Present   Sources // those that have the item
	Values    [SourceCount]string
	Proposal  string // the value that is probably right; "" with ground "ask": nothing tells, or nothing should stand there
	Ground    string // one of Grounds
	Explained []Explained
}

// Explained says how the sources with one value differ from what is taken for right: the proposal, or without one the first value.
type Explained struct {
	Sources Sources
	Explanation
}

// describe makes a person of records that differ in some items.
func describe(records *[SourceCount]*Record, c *Cluster, items Items, carries *[SourceCount]Items, changes func(number string) []Change) *Person {
	p := &Person{By: c.By, Present: c.Present()}
	for s, r := range records {
		if r != nil {
			p.Lines[s], p.IDs[s] = r.Line, r.ID
		}
	}
	p.Facts = factsOf(records, changes)
	p.Unit, p.HouseholdNo = unitOf(records), mostText(records, HouseholdNo)
	p.Name, p.Number = mostText(records, Name), mostText(records, Number)
	for _, n := range p.Facts.Numbers {
		if len(n) == 18 && len(p.Number) != 18 {
			p.Number = n
		}
	}
	for i := range ItemCount {
		if !items.Has(i) {
			continue
		}
		d := Difference{Item: i, Present: p.Present}
		for s := range SourceCount {
			if !carries[s].Has(i) {
				d.Present &^= 1 << s
			}
			if d.Present.Has(s) {
				d.Values[s] = comparable18(records[s], i)
			}
		}
		d.resolve(&p.Facts)
		for s := range SourceCount {
			if d.Present.Has(s) {
				d.Values[s] = records[s].Value[i]
			}
		}
		if d.Code.Differs() {
			p.Differences = append(p.Differences, d)
		}
	}
	return p
}

// comparable18 is a value as it is compared: an old card's number in 18 characters.
func comparable18(r *Record, i Item) string {
	if v := r.Value[i]; i == Number && r.Old && len(v) == 15 {
		if _, ok := digits(v); ok {
			return widen(v)
		}
	}
	return r.Value[i]
}

// resolve compares, proposes and explains one item.
func (d *Difference) resolve(f *Facts) {
	d.Code = CodeOf(&d.Values, d.Present)
	if !d.Code.Differs() {
		return
	}
	d.Proposal, d.Ground = Propose(d.Item, &d.Values, d.Present, f)
	reference := d.Proposal
	for s := range SourceCount {
		if d.Ground == "ask" && d.Code.Group(s) == 1 {
			reference = d.Values[s]
		}
	}
	for group := 1; group <= int(SourceCount); group++ {
		e := Explained{}
		for s := range SourceCount {
			if d.Code.Group(s) == group && d.Values[s] != reference {
				e.Sources |= 1 << s
				e.Explanation = Explain(d.Item, reference, d.Values[s], f)
			}
		}
		if e.Sources != 0 {
			d.Explained = append(d.Explained, e)
		}
	}
}

// Compare compares one item of one person: for a desk, where five values are typed and not read from files.
func Compare(item Item, values *[SourceCount]string, present Sources, f *Facts) Difference {
	d := Difference{Item: item, Present: present, Values: *values}
	d.resolve(f)
	return d
}

func unitOf(records *[SourceCount]*Record) string {
	for _, s := range []Source{Computer, Form, Booklet, Card, Citizen} {
		if records[s] != nil && records[s].Unit != "" {
			return records[s].Unit
		}
	}
	return ""
}

// mostText is the value that most records have of an item; of equally many the first, never an empty one.
func mostText(records *[SourceCount]*Record, i Item) (value string) {
	most := 0
	for _, r := range records {
		if r == nil || r.Value[i] == "" {
			continue
		}
		n := 0
		for _, o := range records {
			if o != nil && o.Value[i] == r.Value[i] {
				n++
			}
		}
		if n > most {
			value, most = r.Value[i], n
		}
	}
	return value
}

func factsOf(records *[SourceCount]*Record, changes func(string) []Change) Facts {
	f := Facts{Sex: mostText(records, Sex)}
	f.Birth, _ = citizen.ParseDate(mostText(records, BirthDate))
	for _, r := range records {
		if r == nil {
			continue
		}
		f.Numbers = with(f.Numbers, comparable18(r, Number))
		f.FormerNames = with(f.FormerNames, r.Value[FormerName])
		for _, i := range []Item{FatherNumber, MotherNumber, SpouseNumber} {
			f.Relatives = with(f.Relatives, r.Value[i])
		}
	}
	if changes != nil {
		for _, n := range f.Numbers {
			f.Changes = append(f.Changes, changes(n)...)
		}
		slices.SortStableFunc(f.Changes, func(a, b Change) int { return a.On.Compare(b.On) })
	}
	return f
}

func with(all []string, v string) []string {
	if v == "" || slices.Contains(all, v) {
		return all
	}
	return append(all, v)
}
