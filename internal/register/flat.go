package register

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// readRecord reads a record's JSON. Go-live reads one for each resident, twice, and was held up by encoding/json; so a flat object, which nearly
// every record is, is read by hand, and whatever is not wholly as expected by encoding/json.
func readRecord(text []byte, r *Record) error {
	if flatMembers(string(text), r.member) {
		return nil
	}
	*r = Record{}
	return json.Unmarshal(text, r)
}

// readHead reads a line's members before its record likewise.
func readHead(text []byte, l *ChunkLine) error {
	if flatMembers(string(text), l.member) {
		return nil
	}
	*l = ChunkLine{}
	return json.Unmarshal(text, l)
}

// flatMembers calls member with each member of a JSON object whose values are texts without escapes, or whole numbers, and that has no blanks between
// them. It tells false, in the middle perhaps, for any other object and for what is not JSON, and when member does.
func flatMembers(text string, member func(key, value string, quoted bool) bool) bool {
	if !utf8.ValidString(text) || !strings.HasPrefix(text, "{") {
		return false
	}
	for rest := text[1:]; ; rest = rest[1:] {
		key, after, ok := flatText(rest)
		if !ok || !strings.HasPrefix(after, ":") {
			return false
		}
		value, after, quoted := flatText(after[1:])
		if !quoted {
			if value, after, ok = flatNumber(after); !ok {
				return false
			}
		}
		if !member(key, value, quoted) || after == "" {
			return false
		}
		if after[0] != ',' {
			return after == "}"
		}
		rest = after
	}
}

// flatText takes a quoted text without escapes off the front; without one it gives everything back.
func flatText(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[1:i], s[i+1:], true
		case c == '\\' || c < ' ':
			return "", s, false
		}
	}
	return "", s, false
}

// flatNumber takes digits off the front, as JSON writes a number from 0 up.
func flatNumber(s string) (digits, rest string, ok bool) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return s[:n], s[n:], n == 1 || (n > 1 && s[0] != '0')
}

func (l *ChunkLine) member(key, value string, quoted bool) bool {
	switch key {
	case "resident":
		l.Resident = value
	case "tenure":
		l.Tenure = value
	case "salt":
		l.Salt = value
	default:
		return false
	}
	return quoted
}

func (r *Record) member(key, value string, quoted bool) bool {
	if key == "pinyin_v" {
		var err error
		r.PinyinV, err = strconv.Atoi(value)
		return !quoted && err == nil
	}
	switch key {
	case "birth_date":
		return quoted && r.BirthDate.UnmarshalText([]byte(value)) == nil
	case "card_issued":
		return quoted && r.CardIssued.UnmarshalText([]byte(value)) == nil
	}
	field := r.text(key)
	if field == nil {
		return false
	}
	*field = value
	return quoted
}

// text is the item of a name that is plain text; nil when there is none.
func (r *Record) text(key string) *string {
	switch key {
	case "number":
		return &r.Number
	case "name":
		return &r.Name
	case "pinyin":
		return &r.Pinyin
	case "former_name":
		return &r.FormerName
	case "sex":
		return &r.Sex
	case "ethnic_group":
		return &r.EthnicGroup
	case "birthplace":
		return &r.Birthplace
	case "native_place":
		return &r.NativePlace
	case "address":
		return &r.Address
	case "household_no":
		return &r.HouseholdNo
	case "relation":
		return &r.Relation
	case "hukou_class":
		return &r.HukouClass
	case "marital_status":
		return &r.MaritalStatus
	case "education":
		return &r.Education
	case "occupation":
		return &r.Occupation
	case "workplace":
		return &r.Workplace
	case "father_number":
		return &r.FatherNumber
	case "mother_number":
		return &r.MotherNumber
	case "spouse_number":
		return &r.SpouseNumber
	case "card_expires":
		return &r.CardExpires
	case "record_id":
		return &r.RecordID
	}
	return nil
}
