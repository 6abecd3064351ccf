package reconcile

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Record is one row of a source, as text. Value holds codes for coded items and YYYY-MM-DD for dates; "" where the row says nothing.
type Record struct {
	Source Source
	Line   int    // where it stands in its file, from 1
	ID     string // its identifier there; may be empty
	Unit   string // the station
	Old    bool   // a card from before 1 October 1999, which carries the 15-digit form rightly
	Value  [ItemCount]string
}

// Row is a record packed into 64 bytes: what decides whether it joins another, and whether they agree. Text stands as a hash of 32 bits: two different texts
// pass for equal once in four billion comparisons.
type Row struct {
	Number uint64            // the first 17 digits, and in the low bits how it is written (packNumber); 0: none
	Text   [textItems]uint32 // hashes of Name to HouseholdNo; 0: empty
	Small  [5]uint8          // Sex to Education: the code and 1; 0: empty
	Unit   uint16            // the station, by number
}

// Forms of a written number, in the low bits of Row.Number; 0 to 10 are those of 18 characters, by their check character.
const (
	numberShift    = 7
	formFifteen    = 11
	formOther      = 12 // written in another way: 12 and a hash of the text
	formMask       = 1<<numberShift - 1
	otherForms     = formMask - formOther
	sequencePlaces = 1000
)

// key is what joins rows by number: the first 17 digits. 0: none, or a placeholder (sequence 000).
func (r *Row) key() uint64 {
	if body := r.Number >> numberShift; body%sequencePlaces != 0 {
		return body
	}
	return 0
}

func (r *Row) text(i Item) uint32 { return r.Text[i-Name] }

// Pack makes the row of a record. unit is the number of its station.
func Pack(r *Record, unit uint16) Row {
	row := Row{Number: packNumber(r.Value[Number], r.Old), Unit: unit}
	for i := range row.Text {
		row.Text[i] = hash32(r.Value[int(Name)+i])
	}
	for i := range row.Small {
		row.Small[i] = packCode(r.Value[int(Sex)+i])
	}
	return row
}

// packCode keeps a code of at most two digits as it is; anything else shares a place with few others.
func packCode(code string) uint8 {
	n := 0
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' || len(code) > 2 {
			return uint8(200 + hash32(code)%56)
		}
		n = 10*n + int(code[i]-'0')
	}
	if code == "" {
		return 0
	}
	return uint8(n + 1)
}

// packNumber keeps 17 digits and how the number is written. On an old card the 15-digit form stands for the 18 of it.
func packNumber(text string, old bool) uint64 {
	if text == "" {
		return 0
	}
	if body, form, ok := parseNumber(text, old); ok {
		return body<<numberShift | form
	}
	other := formOther + uint64(hash32(text)%otherForms)
	if body, _, ok := parseNumber(plainNumber(text), old); ok {
		return body<<numberShift | other
	}
	return other
}

func parseNumber(text string, old bool) (body, form uint64, ok bool) {
	switch len(text) {
	case 18:
		body, ok = digits(text[:17])
		switch last := text[17]; {
		case last >= '0' && last <= '9':
			return body, uint64(last - '0'), ok
		case last == 'X':
			return body, 10, ok
		}
	case 15:
		if _, ok := digits(text); !ok {
			return 0, 0, false
		}
		long := widen(text)
		body, _ = digits(long[:17])
		if !old {
			return body, formFifteen, true
		}
		_, form, ok = parseNumber(long, false)
		return body, form, ok
	}
	return 0, 0, false
}

func digits(text string) (n uint64, ok bool) {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		n = 10*n + uint64(text[i]-'0')
	}
	return n, true
}

// widen makes 18 characters of 15 digits by the rule for the century: 19, and 18 for the sequences of centenarians.
func widen(fifteen string) string {
	century := "19"
	if fifteen[12:] >= "996" {
		century = "18"
	}
	body := fifteen[:6] + century + fifteen[6:]
	check, err := citizen.CheckCharacter(body)
	if err != nil {
		return fifteen
	}
	return body + string(check)
}

// plainNumber writes a number as the standard does: half width, no blanks, X where x, * or 十 stands for it.
func plainNumber(text string) string {
	text = fold(text)
	if n := len(text); n > 0 && (text[n-1] == 'x' || text[n-1] == '*') {
		return text[:n-1] + "X"
	}
	if rest, ok := strings.CutSuffix(text, "十"); ok {
		return rest + "X"
	}
	return text
}

const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xe7037ed1a0b428db
)

// mix spreads a value over all 64 bits.
func mix(v uint64) uint64 {
	high, low := bits.Mul64(v^mixA, mixB)
	return high ^ low
}

// hash64 is the same on every machine; 0 stands for the empty text only.
func hash64(text string) uint64 {
	if text == "" {
		return 0
	}
	h := uint64(len(text))
	for ; len(text) >= 8; text = text[8:] {
		h = mix(h ^ binary.LittleEndian.Uint64([]byte(text[:8])))
	}
	var rest [8]byte
	copy(rest[:], text)
	if h = mix(mix(h^binary.LittleEndian.Uint64(rest[:])) + 1); h == 0 {
		h = 1
	}
	return h
}

func hash32(text string) uint32 {
	h := hash64(text)
	if h == 0 {
		return 0
	}
	return max(uint32(h>>32), 1)
}
