// Package register holds the rules of household registration (户口登记条例, 1958): who may be entered, moved, changed
// and cancelled, on what paper, by whom, and what follows. It is pure: state and command in, events or a refusal out.
package register

import (
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Record is what is registered of one person: the items of the registration form of 1996 (公通字〔1995〕91号;
// reference: register-data-items). Codes are those of the national tables in citizen; an unknown item is empty.
type Record struct {
	Number        string       `json:"number"` // citizen number as registered: it can be wrong, shared or of 15 digits
	Name          string       `json:"name"`
	Pinyin        string       `json:"pinyin"`   // sort key, computed by the desk
	PinyinV       int          `json:"pinyin_v"` // version of the function that made it
	FormerName    string       `json:"former_name,omitempty"`
	Sex           string       `json:"sex"`          // GB/T 2261.1
	EthnicGroup   string       `json:"ethnic_group"` // GB/T 3304
	BirthDate     citizen.Date `json:"birth_date"`
	Birthplace    string       `json:"birthplace,omitempty"`
	NativePlace   string       `json:"native_place,omitempty"`
	Address       string       `json:"address"`
	HouseholdNo   string       `json:"household_no"`
	Relation      string       `json:"relation"`              // GB/T 4761, to the householder
	HukouClass    string       `json:"hukou_class,omitempty"` // GA 324.1
	MaritalStatus string       `json:"marital_status,omitempty"`
	Education     string       `json:"education,omitempty"`
	Occupation    string       `json:"occupation,omitempty"`
	Workplace     string       `json:"workplace,omitempty"`
	FatherNumber  string       `json:"father_number,omitempty"`
	MotherNumber  string       `json:"mother_number,omitempty"`
	SpouseNumber  string       `json:"spouse_number,omitempty"`
	CardIssued    citizen.Date `json:"card_issued,omitzero"`
	CardExpires   string       `json:"card_expires,omitempty"` // date or "long-term"
	RecordID      string       `json:"record_id,omitempty"`    // identifier in the old database
	Extra         []Extra      `json:"extra,omitempty"`        // columns that the old file had besides
}

// Initials are the first letters of the syllables of a pinyin sort key: zhang san gives zs. They follow from the key alone, so that apply can
// derive them.
func Initials(pinyin string) string {
	var b strings.Builder
	for syllable := range strings.FieldsSeq(pinyin) {
		r, _ := utf8.DecodeRuneInString(syllable)
		b.WriteRune(r)
	}
	return b.String()
}

// Extra is a column of an old file that this register has no item for; it is kept.
type Extra struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}
