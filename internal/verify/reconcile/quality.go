package reconcile

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Truth is what was planted in the files of a synthetic city (truth.csv of huzheng synth), beside what was found of it. Its memory grows with the city.
type Truth struct {
	planted map[truthKey]*planted
	pairs   map[[2]string]string // kind by the identifiers of the two computer rows
	seen    map[string]*seen     // by the identifier of the computer's row
	found   map[[2]string]bool
	marks   map[string]Share
	join    Share // pairs of rows that were joined, and rightly
	flagged Share // differences told, and planted
	mutex   sync.Mutex
}

type truthKey struct {
	source Source
	id     string
	item   Item
}

type planted struct {
	kind, value, right string
	flagged, aside     bool
	explained          bool // rightly
	proposed, rightly  bool
}

// seen is what the rows of one person look like.
type seen struct {
	rows          Sources
	han           bool
	letters, year int
}

// Share is how many of how many.
type Share struct {
	Part  int `json:"part"`
	Whole int `json:"whole"`
}

func (s *Share) count(part bool) {
	s.Whole++
	if part {
		s.Part++
	}
}

// Percent is the share in percent; 100 of nothing.
func (s Share) Percent() float64 {
	if s.Whole == 0 {
		return 100
	}
	return 100 * float64(s.Part) / float64(s.Whole)
}

// String is the share in percent, and a dash of nothing.
func (s Share) String() string {
	if s.Whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f", s.Percent())
}

// ErrNoTruth says that a file is no truth.csv.
var ErrNoTruth = errors.New("reconcile: not a truth.csv of huzheng synth: its first line must be " + truthHeader)

const truthHeader = "class,kind,unit,source,record_id,item,planted,right,other_record_id"

// ReadTruth reads a truth.csv.
func ReadTruth(r io.Reader) (*Truth, error) {
	t := &Truth{planted: make(map[truthKey]*planted), pairs: make(map[[2]string]string), seen: make(map[string]*seen), found: make(map[[2]string]bool), marks: make(map[string]Share)}
	in := csv.NewReader(r)
	header, err := in.Read()
	if err != nil || strings.Join(header, ",") != truthHeader {
		return nil, errors.Join(ErrNoTruth, err)
	}
	for {
		row, err := in.Read()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reconcile: truth: %w", err)
		}
		t.add(row)
	}
}

func (t *Truth) add(row []string) {
	switch class, kind, id := row[0], row[1], row[4]; class {
	case "pair":
		t.pairs[pairOf(id, row[8])] = kind
	case "item":
		source, okSource := SourceNamed(row[3])
		item, okItem := ItemNamed(strings.Replace(row[5], "citizen_number", "number", 1))
		if okSource && okItem {
			t.planted[truthKey{source, id, item}] = &planted{kind: kind, value: row[6], right: row[7]}
			t.person(id)
		}
	}
}

func (t *Truth) person(id string) *seen {
	id = computerID(id)
	if t.seen[id] == nil {
		t.seen[id] = new(seen)
	}
	return t.seen[id]
}

// computerID is the identifier without the letter of its source.
func computerID(id string) string { return strings.TrimLeft(id, "FBKZ") }

func pairOf(a, b string) [2]string {
	if a > b {
		a, b = b, a
	}
	return [2]string{a, b}
}

// Aside notes that a row was put aside because of an item: that is found too.
func (t *Truth) Aside(source Source, id string, item Item) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if p := t.planted[truthKey{source, id, item}]; p != nil {
		p.aside = true
	}
}

// Observe sees a person (Options.Observe).
func (t *Truth) Observe(records *[SourceCount]*Record, _ By, p *Person) {
	for s, a := range records {
		if a == nil {
			continue
		}
		who := t.person(a.ID)
		who.rows |= 1 << s
		who.describe(records)
		for _, b := range records[s+1:] {
			if b != nil {
				t.join.count(computerID(a.ID) == computerID(b.ID))
			}
		}
	}
	if p == nil {
		return
	}
	for i := range p.Differences {
		t.difference(p, &p.Differences[i])
	}
}

func (who *seen) describe(records *[SourceCount]*Record) {
	who.han = mostText(records, EthnicGroup) == "01"
	who.letters = len([]rune(mostText(records, Name)))
	if birth, err := citizen.ParseDate(mostText(records, BirthDate)); err == nil {
		who.year = birth.Year()
	}
}

func (t *Truth) difference(p *Person, d *Difference) {
	var here []*planted
	var places []Source
	for s := range SourceCount {
		if q := t.planted[truthKey{s, p.IDs[s], d.Item}]; q != nil && d.Present.Has(s) {
			here, places = append(here, q), append(places, s)
		}
	}
	t.flagged.count(len(here) > 0)
	for k, q := range here {
		q.flagged = true
		code := d.Explained[0].Code
		for _, e := range d.Explained {
			if e.Sources.Has(places[k]) {
				code = e.Code
			}
		}
		q.explained = fits(q.kind, code)
		q.proposed = d.Ground != "ask"
		q.rightly = q.proposed && (d.Proposal == q.right || len(q.right) == 15 && d.Proposal == widen(q.right))
		mark := t.marks[code]
		mark.count(q.explained)
		t.marks[code] = mark
	}
}

// ObserveRepeat sees a number that a source has more than once.
func (t *Truth) ObserveRepeat(n *RepeatedNumber) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for i, a := range n.Rows {
		for _, b := range n.Rows[i+1:] {
			t.found[pairOf(a.ID, b.ID)] = true
		}
	}
}

// expected are the explanations that fit each kind of planted error.
var expected = map[string]string{
	"id_15_left": "fifteen", "id_check_digit_wrong": "wrong_digit_proved", "id_upgrade_century": "century", "id_dob_mismatch": "other_birth", "id_sex_mismatch": "other_sequence",
	"id_digit_transposed": "transposed", "id_digit_substituted": "wrong_digit_proved", "id_lowercase_x": "other_sign width_blank", "id_missing": "missing",
	"id_upgrade_dup_created": "other_sequence other_number other_birth wrong_digit", "id_swapped_family": "relative_number other_number other_birth other_sequence",
	"name_homophone": "homophone near_sound sound_and_shape", "name_look_alike": "look_alike sound_and_shape", "name_variant_form": "variant", "name_former_name": "former_name",
	"name_char_dropped": "name_dropped", "name_order": "name_order", "name_space": "width_blank", "name_rare_char_placeholder": "lost_character", "name_rare_char_pua": "private_use",
	"name_separator": "middle_dot", "charset_lost": "lost_character", "name_placeholder": "placeholder", "id_placeholder": "placeholder",
	"dob_lunar_for_solar": "lunar", "dob_day_month_swap": "day_month", "dob_off_by_one": "near_date near_year wrong_digit", "dob_default_day": "default_day", "dob_invalid": "missing",
	"dob_age_nominal": "near_year", "dob_century": "century", "sex_wrong": "other", "ethnic_wrong": "other", "address_old": "old_place", "address_format": "address_form part",
	"relation_wrong": "other", "field_missing": "missing", "household_split_lag": "other", "five_record_disagreement": "other part old_place missing", "moved_in_pending": "other",
}

func fits(kind, code string) bool { return slices.Contains(strings.Fields(expected[kind]), code) }

// Quality is how much of the truth was found, by kind of error, by explanation, and by whom it concerns.
type Quality struct {
	Joined   Share         `json:"joined"`   // pairs of joined rows that are one person
	Joins    Share         `json:"joins"`    // pairs of one person’s rows that were joined
	Findings Share         `json:"findings"` // told differences that were planted
	Kinds    []QualityRow  `json:"kinds"`
	Groups   []QualityRow  `json:"groups"`
	Codes    []CodeQuality `json:"codes"`
	Pairs    []CodeQuality `json:"pairs"`
}

// QualityRow is a line of the table.
type QualityRow struct {
	Name      string `json:"name"`
	Planted   int    `json:"planted"`
	Found     Share  `json:"found"`     // of those that comparing can show: another record has another value
	Explained Share  `json:"explained"` // of the found, by the explanation that the kind asks for
	Proposed  Share  `json:"proposed"`  // right ones of the proposals that were made
	Solved    Share  `json:"solved"`    // right ones of all that comparing can show
}

// CodeQuality is how often something was right.
type CodeQuality struct {
	Name  string `json:"name"`
	Right Share  `json:"right"`
}

// Quality adds up; call it when everything was observed.
func (t *Truth) Quality() *Quality {
	q := &Quality{Joined: t.join, Findings: t.flagged}
	q.Joins.Part = t.join.Part
	for _, who := range t.seen {
		n := 0
		for s := range SourceCount {
			if who.rows.Has(s) {
				n++
			}
		}
		q.Joins.Whole += n * (n - 1) / 2
	}
	kinds, groups := make(map[string]*QualityRow), make(map[string]*QualityRow)
	for key, p := range t.planted {
		who := t.person(key.id)
		visible := t.visible(key, p, who)
		rowIn(kinds, p.kind).add(p, visible)
		for _, name := range who.groups() {
			rowIn(groups, name).add(p, visible)
		}
	}
	q.Kinds, q.Groups = rowsOf(kinds), rowsOf(groups)
	for code, share := range t.marks {
		q.Codes = append(q.Codes, CodeQuality{code, share})
	}
	pairs := make(map[string]*Share)
	for pair, kind := range t.pairs {
		if pairs[kind] == nil {
			pairs[kind] = new(Share)
		}
		pairs[kind].count(t.found[pair])
	}
	for kind, share := range pairs {
		q.Pairs = append(q.Pairs, CodeQuality{kind, *share})
	}
	byName := func(a, b CodeQuality) int { return cmp.Compare(a.Name, b.Name) }
	slices.SortFunc(q.Codes, byName)
	slices.SortFunc(q.Pairs, byName)
	return q
}

// visible tells whether another record of the person has another value of the item, so that comparing can show the error.
func (t *Truth) visible(key truthKey, p *planted, who *seen) bool {
	if p.aside || p.flagged {
		return true
	}
	for s := range SourceCount {
		if s == key.source || !who.rows.Has(s) || s == Card && !cardItems.Has(key.item) || s == Booklet && relatives.Has(key.item) {
			continue
		}
		if q := t.planted[truthKey{s, idIn(s, key.id), key.item}]; q == nil || wide(q.value) != wide(p.value) {
			return true
		}
	}
	return false
}

// wide is a value as it is compared between a card and other records.
func wide(v string) string {
	if _, ok := digits(v); ok && len(v) == 15 {
		return widen(v)
	}
	return v
}

// cardItems are those that a card has too.
const cardItems = Items(1<<Number | 1<<Name | 1<<Sex | 1<<EthnicGroup | 1<<BirthDate | 1<<Address)

// relatives are items that a booklet does not have.
const relatives = Items(1<<FatherNumber | 1<<MotherNumber | 1<<SpouseNumber)

func idIn(s Source, id string) string {
	return [SourceCount]string{"F", "B", "K", "", "Z"}[s] + computerID(id)
}

func (who *seen) groups() []string {
	if who.letters == 0 {
		return nil
	}
	group, age := "民族 group: 汉 Han", "出生 born: 1990-"
	if !who.han {
		group = "民族 group: 其他 other"
	}
	switch {
	case who.year < 1946:
		age = "出生 born: -1945"
	case who.year < 1990:
		age = "出生 born: 1946-1989"
	}
	return []string{group, age, fmt.Sprintf("姓名 name: %d 字 characters", min(who.letters, 4)) + strings.Repeat("+", max(0, min(who.letters, 4)-3))}
}

func rowIn(rows map[string]*QualityRow, name string) *QualityRow {
	if rows[name] == nil {
		rows[name] = &QualityRow{Name: name}
	}
	return rows[name]
}

func (r *QualityRow) add(p *planted, visible bool) {
	r.Planted++
	if !visible {
		return
	}
	r.Found.count(p.flagged || p.aside)
	r.Solved.count(p.rightly)
	if p.flagged {
		r.Explained.count(p.explained)
	}
	if p.proposed {
		r.Proposed.count(p.rightly)
	}
}

func rowsOf(rows map[string]*QualityRow) (all []QualityRow) {
	for _, r := range rows {
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b QualityRow) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
