package chip

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Context is what a record is held against besides itself.
type Context struct {
	Authority string // the bureau that issues the card; empty: not compared
}

// firstCards is the day from which second-generation cards can have been issued (居民身份证法 (2003) art. 23).
var firstCards = citizen.MustDate("2004-01-01")

// The members of fields by name.
var (
	fieldName, fieldSex, fieldEthnic, fieldBirth = fields[0], fields[1], fields[2], fields[3]
	fieldAddress, fieldNumber, fieldAuthority    = fields[4], fields[5], fields[6]
	fieldFrom, fieldUntil, noDetail, noField     = fields[7], fields[8], citizen.Text{}, field{}
)

// Lint asks every rule of a record's content, and gives the findings in the order of the record.
func Lint(r Record, c Context) []Finding {
	birth, birthErr := citizen.ParseDate(r.Birth)
	from, fromErr := citizen.ParseDate(r.ValidFrom)
	var found []Finding
	found = lintText(found, fieldName, r.Name)
	found = lintName(found, r.Name)
	found = lintSex(found, r.Sex)
	found = lintEthnic(found, r.EthnicGroup)
	if birthErr != nil {
		found = append(found, finding("date", fieldBirth, plain(r.Birth)))
	}
	found = lintText(found, fieldAddress, r.Address)
	found = lintNumber(found, r, birth, from)
	found = lintAuthority(found, r.Authority, c)
	if fromErr != nil {
		found = append(found, finding("date", fieldFrom, plain(r.ValidFrom)))
	}
	return lintValidity(found, r.ValidUntil, birth, from)
}

// lintText asks whether a text fits its field and the chip can hold it. Each rule speaks once, of the first character that breaks it.
func lintText(found []Finding, f field, s string) []Finding {
	if s == "" {
		return append(found, finding("empty", f, noDetail))
	}
	start := len(found)
	said := func(what string) bool {
		for _, g := range found[start:] {
			if g.Code == code(what, f.name) {
				return true
			}
		}
		return false
	}
	units := 0
	for i, r := range s {
		units++
		if r > 0xFFFF {
			units++
		}
		if what := characterFault(s, i, r); what != "" && !said(what) {
			found = append(found, finding(what, f, codePoint(r)))
		}
	}
	if units > f.units {
		found = append(found, finding("length", f, count(units)))
	}
	return found
}

// characterFault names the rule that a character of a text breaks, or nothing.
func characterFault(s string, i int, r rune) string {
	switch {
	case common(r) || r > ' ' && r < 0x7F:
		return ""
	case r == utf8.RuneError:
		return "lost"
	case citizen.PrivateUse(r):
		return "private_use"
	case unicode.Is(unicode.Noncharacter_Code_Point, r):
		return "control"
	case r > 0xFFFF:
		return "rare"
	case unicode.IsSpace(r) && (strings.TrimSpace(s[:i]) == "" || strings.TrimSpace(s[i:]) == ""):
		return "outer_space"
	case unicode.Is(unicode.Zs, r):
		return "inner_space"
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector):
		return "control"
	case unicode.Is(unicode.Han, r):
		return "uncommon"
	}
	return ""
}

// common reports the 20,902 characters of GB 13000.1-1993, which GBK holds whole, and 〇.
func common(r rune) bool { return r >= 0x4E00 && r <= 0x9FA5 || r == 0x3007 }

// lintName asks what holds of names only: characters of the standard, and one separator.
func lintName(found []Finding, name string) []Finding {
	if !strings.ContainsFunc(name, func(r rune) bool { return !common(r) }) {
		return found
	}
	classes := map[string]string{citizen.NameMiddleDot: "separator", citizen.NameNotHan: "characters"}
	runes := []rune(name)
	for _, issue := range citizen.CheckName(name) {
		if what := classes[issue.Class]; what != "" {
			delete(classes, issue.Class)
			found = append(found, finding(what, fieldName, codePoint(runes[issue.At])))
		}
	}
	return found
}

func lintSex(found []Finding, sex string) []Finding {
	row, ok := citizen.Sexes.ByCode(sex)
	switch {
	case citizen.Sex(sex).Known():
		return found
	case !ok:
		return append(found, finding("sex_code", fieldSex, plain(sex)))
	}
	return append(found, finding("sex_not_stated", fieldSex, row.Text()))
}

func lintEthnic(found []Finding, group string) []Finding {
	row, ok := citizen.EthnicGroups.ByCode(group)
	switch {
	case !ok || row.Code != group:
		return append(found, finding("ethnic_group_code", fieldEthnic, plain(group)))
	case group > "56":
		return append(found, finding("ethnic_group_other", fieldEthnic, row.Text()))
	}
	return found
}

// numberRules name the rule for each class of a number's check; a class that is not here is no matter for the card.
var numberRules = map[citizen.Class]string{
	citizen.ClassBadLength: "number_length", citizen.ClassBadCharacter: "number_character", citizen.ClassBadCheck: "number_check", citizen.ClassBadDate: "number_birth_date",
	citizen.ClassFutureDate: "number_future", citizen.ClassUnknownDivision: "number_division", citizen.ClassDivisionLevel: "number_division_old",
	citizen.ClassDivisionPeriod: "number_division_old", citizen.ClassSequence: "number_sequence", citizen.ClassCrossSex: "number_sex", citizen.ClassCrossBirth: "number_birth",
	citizen.ClassNormalise: "number_written", citizen.ClassOld: "number_remarkable", citizen.ClassPseudoDivision: "number_remarkable",
}

// lintNumber holds the number against GB 11643 and against the rest of the record.
func lintNumber(found []Finding, r Record, birth, from citizen.Date) []Finding {
	check := citizen.CheckNumber(r.Number, citizen.NumberContext{On: from, Sex: citizen.Sex(r.Sex), Birth: birth})
	for _, f := range check.Findings {
		what := numberRules[f.Class]
		if f.Class == citizen.ClassUnknownDivision && f.Action != citizen.Refuse {
			what = "number_division_old"
		}
		if what != "" {
			found = append(found, finding(what, fieldNumber, f.Text))
		}
	}
	return found
}

func lintAuthority(found []Finding, authority string, c Context) []Finding {
	found = lintText(found, fieldAuthority, authority)
	if authority != "" && !strings.Contains(authority, "公安") {
		found = append(found, finding("form", fieldAuthority, noDetail))
	}
	if c.Authority != "" && authority != c.Authority {
		found = append(found, finding("other", fieldAuthority, plain(c.Authority)))
	}
	return found
}

// lintValidity compares the last day with the one that birth and issue give (GA 214.8-2004).
func lintValidity(found []Finding, until string, birth, from citizen.Date) []Finding {
	var date citizen.Date
	if until != LongTerm {
		var err error
		if date, err = citizen.ParseDate(until); err != nil {
			return append(found, finding("date", fieldUntil, plain(until)))
		}
	}
	if birth.IsZero() || from.IsZero() {
		return found
	}
	if from.Before(birth) {
		return append(found, finding("before_birth", fieldFrom, noDetail))
	}
	if from.Before(firstCards) {
		found = append(found, finding("too_early", fieldFrom, noDetail))
	}
	if want, end := Until(birth, from); date != end || (until == LongTerm) != (want == LongTerm) {
		found = append(found, finding("validity", noField, plain(want)))
	}
	return found
}

// Until is the last day of a card by birth and day of issue, as a Record holds it, and as a date; a long-term card has none.
func Until(birth, issued citizen.Date) (string, citizen.Date) {
	_, to, long := citizen.CardValidity(birth, issued)
	if long {
		return LongTerm, citizen.Date{}
	}
	return to.String(), to
}

// Normalise writes codes and dates in the form of a Record: words of the tables become codes, dates YYYY-MM-DD, "long-term" becomes LongTerm,
// and a missing last day is computed. It changes no name, address, number or authority, and nothing that it does not understand.
func Normalise(r Record) Record {
	if row, ok := citizen.Sexes.Find(r.Sex); ok {
		r.Sex = row.Code
	}
	if len(r.EthnicGroup) == 1 && r.EthnicGroup[0] >= '1' && r.EthnicGroup[0] <= '9' {
		r.EthnicGroup = "0" + r.EthnicGroup
	}
	if row, ok := citizen.EthnicGroups.Find(r.EthnicGroup); ok {
		r.EthnicGroup = row.Code
	}
	for _, text := range []*string{&r.Birth, &r.ValidFrom, &r.ValidUntil} {
		if d, err := citizen.ParseDate(*text); err == nil {
			*text = d.String()
		}
	}
	birth, birthErr := citizen.ParseDate(r.Birth)
	from, fromErr := citizen.ParseDate(r.ValidFrom)
	switch {
	case r.ValidUntil == "long-term":
		r.ValidUntil = LongTerm
	case r.ValidUntil == "" && birthErr == nil && fromErr == nil:
		r.ValidUntil, _ = Until(birth, from)
	}
	return r
}

// loose is a text that a file may give as a number: sex 1, ethnic group 1.
type loose string

// UnmarshalJSON reads a text or a whole number.
func (l *loose) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if b[0] != '"' {
		var n uint32
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		*l = loose(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(l))
}

// FromJSON reads a record from one JSON object and normalises it. Members that it does not know are left alone.
func FromJSON(b []byte) (Record, []Finding) {
	var in struct {
		Name        string `json:"name"`
		Sex         loose  `json:"sex"`
		EthnicGroup loose  `json:"ethnic_group"`
		Birth       loose  `json:"birth"`
		Address     string `json:"address"`
		Number      string `json:"number"`
		Authority   string `json:"authority"`
		ValidFrom   loose  `json:"valid_from"`
		ValidUntil  loose  `json:"valid_until"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return Record{}, []Finding{finding("json", field{}, plain(err.Error()))}
	}
	return Normalise(Record{in.Name, string(in.Sex), string(in.EthnicGroup), string(in.Birth), in.Address, in.Number, in.Authority,
		string(in.ValidFrom), string(in.ValidUntil)}), nil
}
