package node

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/verify"
)

// Truth is what was planted in a synthetic file, against which the findings of the item rules are judged: who was found, and whether a finding is of
// something planted. A finding counts as true when the row has something planted in an item that the rule reads; for a rule that sees a household,
// when a row of the household has.
type Truth struct {
	planted map[string][]planted // by record
	kinds   map[string]*kindTally
	rules   map[string]*ruleTally
	outside int
}

type planted struct {
	kind, item string
	found      bool
}

type kindTally struct {
	planted, found int
	rules          map[string]int // what found it
}

type ruleTally struct{ findings, true int }

// TruthReport is how well the item rules found what was planted.
type TruthReport struct {
	Planted   int         `json:"planted"`
	Found     int         `json:"found"`
	Recall    float64     `json:"recall"`
	Findings  int         `json:"findings"`
	True      int         `json:"true"`
	Precision float64     `json:"precision"`
	Outside   int         `json:"outside"` // rows of the truth that no single record shows: double registrations under other numbers, empty households
	Kinds     []TruthKind `json:"kinds"`
	Rules     []TruthRule `json:"rules"`
}

// TruthKind is one kind of error. Its precision is that of the rules that found it, taken together.
type TruthKind struct {
	Kind      string   `json:"kind"`
	Planted   int      `json:"planted"`
	Found     int      `json:"found"`
	Recall    float64  `json:"recall"`
	Precision float64  `json:"precision"`
	Rules     []string `json:"rules"` // those that found it, the most frequent first
}

// TruthRule is one rule and how many of its findings are of something planted.
type TruthRule struct {
	Rule      string  `json:"rule"`
	Findings  int     `json:"findings"`
	True      int     `json:"true"`
	Precision float64 `json:"precision"`
}

var truthColumns = []string{"class", "kind", "unit", "source", "record_id", "item", "planted", "right", "other_record_id"}

// ReadTruth reads a truth.csv of huzheng synth and keeps what concerns one of the five records: mark is the first letter of its record identifiers,
// F, B, K or Z, or 0 for the computer's.
func ReadTruth(r io.Reader, mark byte) (*Truth, error) {
	t := &Truth{planted: make(map[string][]planted), kinds: make(map[string]*kindTally), rules: make(map[string]*ruleTally)}
	in := csv.NewReader(r)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("truth: %w", err)
	}
	if !slices.Equal(header, truthColumns) {
		return nil, fmt.Errorf("truth: the first line must be %s / 首行不符", strings.Join(truthColumns, ","))
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("truth: %w", err)
		}
		t.add(row, mark)
	}
}

// Mark is the letter of a record identifier that tells which of the five records it is of.
func Mark(recordID string) byte {
	if recordID != "" && strings.IndexByte("FBKZ", recordID[0]) >= 0 {
		return recordID[0]
	}
	return '0'
}

// add keeps a row of the truth.
func (t *Truth) add(row []string, mark byte) {
	class, kind, record, item := row[0], row[1], row[4], row[5]
	switch {
	case class == "item":
		if Mark(record) == mark {
			t.plant(record, kind, strings.Replace(item, "citizen_number", "number", 1))
		}
	case class == "pair" && (row[6] == "" || !strings.Contains(row[6], "number_")): // they share a number
		for _, r := range []string{record, row[8]} {
			t.plant(marked(r, mark), kind, "number")
		}
	case class == "record" && kind == "unregistered_child" && mark == 'Z':
		t.plant(marked(record, mark), kind, "number")
	case class == "record" && kind == "should_be_cancelled":
		t.plant(marked(record, mark), kind, "birth_date") // the age is all that tells
	case class != "note":
		t.outside++
	}
}

func marked(record string, mark byte) string {
	if mark == '0' {
		return record
	}
	return string(mark) + record
}

func (t *Truth) plant(record, kind, item string) {
	record, kind, item = strings.Clone(record), strings.Clone(kind), strings.Clone(item)
	t.planted[record] = append(t.planted[record], planted{kind: kind, item: item})
}

// judge compares a household's findings with what was planted in its rows, and then forgets the rows.
func (t *Truth) judge(members []verify.Member, found []verify.Finding) {
	if t == nil {
		return
	}
	for _, f := range found {
		t.count(f.Rule, t.explains(members, &f))
	}
	for i := range members {
		t.close(members[i].Record.RecordID)
	}
}

// count adds a finding of a rule, or of the reader.
func (t *Truth) count(rule string, explained bool) {
	tally := t.rules[rule]
	if tally == nil {
		tally = &ruleTally{}
		t.rules[rule] = tally
	}
	tally.findings++
	if explained {
		tally.true++
	}
}

// explains tells whether something planted explains a finding, and marks what does.
func (t *Truth) explains(members []verify.Member, f *verify.Finding) (explained bool) {
	rule := verify.RuleOf(f.Rule)
	for i := range members {
		if f.Member != members[i].ID && (!rule.House() || f.Rule == "number.shared") {
			continue
		}
		rows := t.planted[members[i].Record.RecordID]
		for j := range rows {
			p := &rows[j]
			if p.item != f.Item && !slices.Contains(rule.Reads, p.item) {
				continue
			}
			explained, p.found = true, true
			t.kind(p.kind).rules[f.Rule]++
		}
	}
	return explained
}

func (t *Truth) kind(kind string) *kindTally {
	k := t.kinds[kind]
	if k == nil {
		k = &kindTally{rules: make(map[string]int)}
		t.kinds[kind] = k
	}
	return k
}

// close counts what was planted in a row.
func (t *Truth) close(record string) {
	for _, p := range t.planted[record] {
		k := t.kind(p.kind)
		if k.planted++; p.found {
			k.found++
		}
	}
	delete(t.planted, record)
}

// bad judges a row that was put aside: a planted date that does not exist is found by the reader.
func (t *Truth) bad(row *personfile.RowError) {
	if t == nil {
		return
	}
	explained := false
	defer func() { t.count(row.Reason, explained) }()
	column, _ := personfile.ColumnByName(row.Column)
	for i, name := range row.Header {
		if c, ok := personfile.ColumnByName(name); !ok || c != personfile.RecordID || i >= len(row.Raw) {
			continue
		}
		record := row.Raw[i]
		for j := range t.planted[record] {
			if p := &t.planted[record][j]; p.item == itemOf(column) {
				explained, p.found = true, true
				t.kind(p.kind).rules[row.Reason]++
			}
		}
		t.close(record)
	}
}

// report adds everything up.
func (t *Truth) report() *TruthReport {
	if t == nil {
		return nil
	}
	out := &TruthReport{Outside: t.outside, Kinds: []TruthKind{}, Rules: []TruthRule{}}
	for _, code := range slices.Sorted(maps.Keys(t.rules)) {
		r := t.rules[code]
		out.Findings, out.True = out.Findings+r.findings, out.True+r.true
		out.Rules = append(out.Rules, TruthRule{code, r.findings, r.true, share(r.true, r.findings)})
	}
	for _, kind := range slices.Sorted(maps.Keys(t.kinds)) {
		k := t.kinds[kind]
		if k.planted == 0 {
			continue
		}
		out.Planted, out.Found = out.Planted+k.planted, out.Found+k.found
		names := slices.Collect(maps.Keys(k.rules))
		slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(k.rules[b], k.rules[a]), cmp.Compare(a, b)) })
		right, all := 0, 0
		for _, rule := range names {
			if r := t.rules[rule]; r != nil {
				right, all = right+r.true, all+r.findings
			}
		}
		out.Kinds = append(out.Kinds, TruthKind{kind, k.planted, k.found, share(k.found, k.planted), share(right, all), append([]string{}, names...)})
	}
	out.Recall, out.Precision = share(out.Found, out.Planted), share(out.True, out.Findings)
	return out
}

// share is a part of a whole, to four places; 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part*10_000/whole) / 10_000
}
