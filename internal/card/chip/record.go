// Package chip writes, reads and checks the text record of the card's chip: 256 bytes of GA 490-2004 (later GA 490-2013, GA/T 490-2019).
// docs/formats/chip.md describes them. It is pure, and keeps no state.
package chip

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Size is the length of a record in bytes.
const Size = 256

// LongTerm is what a record holds in place of a last day (GA 214.8-2004).
const LongTerm = "长期"

// Record is what the chip says of its holder, as texts, so that a record that is wrong can be shown as it is. Codes are those of
// GB/T 2261.1 and GB/T 3304; dates are YYYY-MM-DD where they exist, else the characters of the record; ValidUntil is a date or LongTerm.
type Record struct {
	Name        string `json:"name"`
	Sex         string `json:"sex"`
	EthnicGroup string `json:"ethnic_group"`
	Birth       string `json:"birth"`
	Address     string `json:"address"`
	Number      string `json:"number"`
	Authority   string `json:"authority"`
	ValidFrom   string `json:"valid_from"`
	ValidUntil  string `json:"valid_until"`
}

// field is one column of the record: its place and length in UTF-16 units.
type field struct {
	name  string
	at    int
	units int
	label citizen.Text
	date  bool // digits on the chip, YYYY-MM-DD in a Record
}

// fields is the record in its order (GA 490-2004). After them stand the reserved units, which are blank on a resident's card.
var fields = [...]field{
	{"name", 0, citizen.CardNameUnits, citizen.Text{ZH: "姓名", EN: "the name"}, false},
	{"sex", 15, 1, citizen.Text{ZH: "性别", EN: "the sex"}, false},
	{"ethnic_group", 16, 2, citizen.Text{ZH: "民族", EN: "the ethnic group"}, false},
	{"birth", 18, 8, citizen.Text{ZH: "出生日期", EN: "the birth date"}, true},
	{"address", 26, citizen.CardAddressUnits, citizen.Text{ZH: "住址", EN: "the address"}, false},
	{"number", 61, 18, citizen.Text{ZH: "公民身份号码", EN: "the citizen number"}, false},
	{"authority", 79, 15, citizen.Text{ZH: "签发机关", EN: "the issuing authority"}, false},
	{"valid_from", 94, 8, citizen.Text{ZH: "有效期起始日期", EN: "the first day of validity"}, true},
	{"valid_until", 102, 8, citizen.Text{ZH: "有效期截止日期", EN: "the last day of validity"}, true},
}

const (
	units      = Size / 2
	reservedAt = 110
	typeAt     = 124 // unit of the type letter of the permits that reuse the record
	blank      = 0x0020
)

// value is the member of a record for each of fields, in their order.
func (r *Record) value(i int) *string {
	return [...]*string{&r.Name, &r.Sex, &r.EthnicGroup, &r.Birth, &r.Address, &r.Number, &r.Authority, &r.ValidFrom, &r.ValidUntil}[i]
}

// Encode checks a record and writes its 256 bytes: UTF-16, low byte first, padded with blanks. With a finding that is an error there are no
// bytes: nothing is ever cut to fit.
func Encode(r Record, c Context) ([]byte, []Finding) {
	found := Lint(r, c)
	if Failed(found) {
		return nil, found
	}
	return appendRecord(make([]byte, 0, Size), r), found
}

// appendRecord writes a record that has no error in it.
func appendRecord(out []byte, r Record) []byte {
	for i, f := range fields {
		text := *r.value(i)
		if f.date && len(text) == len("2005-09-01") {
			text = text[:4] + text[5:7] + text[8:]
		}
		out = appendText(out, text, f.units)
	}
	return appendText(out, "", units-reservedAt)
}

func appendText(out []byte, text string, units int) []byte {
	end := len(out) + 2*units
	for _, r := range text {
		out = binary.LittleEndian.AppendUint16(out, uint16(r)) // the basic plane only, by Lint
	}
	for len(out) < end {
		out = append(out, blank, 0)
	}
	return out
}

// Decode reads 256 bytes as they are. It asks how they are written, not what they say: that is Lint's. With a finding of another layout (size,
// byte order, another kind of card) there is no record; with any other there is, and it shows what could be read.
func Decode(raw []byte) (Record, []Finding) {
	var r Record
	if found := unreadable(raw); found != nil {
		return r, found
	}
	var found []Finding
	var buffer [citizen.CardAddressUnits]uint16
	for i, f := range fields {
		text := buffer[:f.units]
		for j := range text {
			text[j] = unit(raw, f.at+j)
		}
		found = append(found, writing(f, text)...)
		*r.value(i) = shown(f, trimmed(text))
	}
	return r, append(found, reserved(raw)...)
}

func unit(raw []byte, i int) uint16 { return binary.LittleEndian.Uint16(raw[2*i:]) }

// unreadable finds why bytes are no resident's record at all.
func unreadable(raw []byte) []Finding {
	if len(raw) != Size {
		return []Finding{finding("size", field{}, count(len(raw)))}
	}
	straight, swapped := 0, 0
	for i := range units {
		switch unit(raw, i) {
		case blank:
			straight++
		case blank << 8:
			swapped++
		}
	}
	if straight == 0 && swapped > 0 {
		return []Finding{finding("byte_order", field{}, citizen.Text{})}
	}
	switch unit(raw, typeAt) {
	case 'J':
		return []Finding{finding("type_j", field{}, citizen.Text{})}
	case 'I':
		return []Finding{finding("type_i", field{}, citizen.Text{})}
	}
	return nil
}

// writing finds what is wrong with the units of a field, whatever they mean.
func writing(f field, text []uint16) []Finding {
	var found []Finding
	if slices.Contains(text, 0) {
		found = append(found, finding("nul", f, citizen.Text{}))
	}
	for i := 0; i < len(text); i++ {
		if !utf16.IsSurrogate(rune(text[i])) {
			continue
		}
		if i+1 < len(text) && utf16.DecodeRune(rune(text[i]), rune(text[i+1])) != utf8.RuneError {
			i++
			continue
		}
		return append(found, finding("surrogate", f, codePoint(rune(text[i]))))
	}
	return found
}

// trimmed takes the padding from a field: blanks, and the NULs that have been named.
func trimmed(text []uint16) []uint16 {
	for len(text) > 0 && (text[len(text)-1] == blank || text[len(text)-1] == 0) {
		text = text[:len(text)-1]
	}
	return text
}

// shown is a field's text as a Record holds it. A unit that is no character becomes U+FFFD.
func shown(f field, text []uint16) string {
	var b [citizen.CardAddressUnits * utf8.UTFMax]byte
	out := b[:0]
	for i := 0; i < len(text); i++ {
		r := rune(text[i])
		if utf16.IsSurrogate(r) {
			next := rune(utf8.RuneError)
			if i+1 < len(text) {
				next = rune(text[i+1])
			}
			if r = utf16.DecodeRune(r, next); r != utf8.RuneError {
				i++
			}
		}
		out = utf8.AppendRune(out, r)
	}
	if f.date && len(out) == f.units {
		if d, err := citizen.ParseDate(string(out)); err == nil {
			return d.String()
		}
	}
	return string(out)
}

// reserved looks at the last units. Blanks are right; whether cards hold NULs there is UNCONFIRMED, so those are only warned of.
func reserved(raw []byte) []Finding {
	nul := false
	for i := reservedAt; i < units; i++ {
		switch unit(raw, i) {
		case blank:
		case 0:
			nul = true
		default:
			return []Finding{finding("reserved", field{}, citizen.Text{})}
		}
	}
	if nul {
		return []Finding{finding("reserved_nul", field{}, citizen.Text{})}
	}
	return nil
}

// Check reads 256 bytes and asks both: how they are written and what they say.
func Check(raw []byte, c Context) (Record, []Finding) {
	r, found := Decode(raw)
	if r == (Record{}) && Failed(found) {
		return r, found
	}
	named := make(map[string]bool)
	for _, f := range found {
		named[f.Code] = true
	}
	for _, f := range Lint(r, c) {
		// what cannot be read as a character, or is a NUL, has been named already
		if named[code("surrogate", f.Field)] && f.Code == code("lost", f.Field) || named[code("nul", f.Field)] && f.Code == code("control", f.Field) {
			continue
		}
		found = append(found, f)
	}
	return r, found
}

// Compare holds what a chip says against what it should say, field by field: before a card is released, and when it is read at the hand-over.
func Compare(chip, expected Record) []Finding {
	if chip == expected {
		return nil
	}
	chip, expected = Normalise(chip), Normalise(expected)
	var found []Finding
	for i, f := range fields {
		if *chip.value(i) != *expected.value(i) {
			found = append(found, finding("differs", f, citizen.Text{}))
		}
	}
	return found
}
