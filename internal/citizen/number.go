package citizen

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Number is a citizen identification number in the form it is stored: 18
// characters, ASCII digits with a capital X possible in the last place, a real
// birth date from 1800 on and the right check character (GB 11643-1999). Values
// come from ParseNumber, NewNumber or FromFifteen; the zero value is no number.
//
// A Number is right in form only. Whether its division existed, whether it fits
// the register and whether somebody else has it are separate questions:
// CheckNumber answers the first two.
type Number string

const numberLength = 18

// NumberError is the refusal of a text as citizen number. Its Error never
// repeats the text: numbers are personal data and errors reach logs.
type NumberError struct {
	Class Class // why, in the class words of the checks
	Text  Text  // for the clerk: what is wrong and what to do
}

// Error names the class in English.
func (e *NumberError) Error() string { return "citizen number refused: " + string(e.Class) }

// Is makes two refusals of the same class equal to errors.Is.
func (e *NumberError) Is(target error) bool {
	var t *NumberError
	return errors.As(target, &t) && t.Class == e.Class
}

// ParseNumber normalises a text (outer blanks, full-width digits, small or
// full-width x) and returns it as a Number. It refuses with a *NumberError of
// class bad-length, bad-character, bad-check or bad-date (GB 11643-1999).
func ParseNumber(s string) (Number, error) {
	n := normaliseNumber(s)
	f, _, ok := checkForm(n)
	if !ok {
		return "", &NumberError{f.Class, f.Text}
	}
	return Number(n), nil
}

// NewNumber puts a number together: six digits of division, birth date, sequence
// 1..999 (odd for men, even for women) and the computed check character
// (GB 11643-1999 section 4). Whether the division exists is not asked.
func NewNumber(div Division, birth Date, sequence int) (Number, error) {
	if !div.wellFormed() {
		return "", fmt.Errorf("citizen number: division must be six digits")
	}
	if birth.IsZero() {
		return "", fmt.Errorf("citizen number: %w: no birth date", ErrDate)
	}
	if sequence < 1 || sequence > 999 {
		return "", fmt.Errorf("citizen number: sequence must be 1 to 999")
	}
	return assemble(div, birth, sequence), nil
}

// assemble joins parts that are known to be right.
func assemble(div Division, birth Date, sequence int) Number {
	b := make([]byte, 0, numberLength)
	b = append(b, div...)
	b = birth.put(b, false)
	b = append(b, byte('0'+sequence/100), byte('0'+sequence/10%10), byte('0'+sequence%10))
	return Number(append(b, checkOf(string(b))))
}

// CheckCharacter returns the check character of the first 17 digits by ISO 7064
// MOD 11-2: '0' to '9', or 'X' for ten (GB 11643-1999). It refuses anything but
// exactly 17 ASCII digits.
func CheckCharacter(first17 string) (byte, error) {
	if len(first17) != numberLength-1 || digits(first17) < 0 {
		return 0, errors.New("citizen number: check character needs 17 digits")
	}
	return checkOf(first17), nil
}

var checkWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// checkOf computes the check character of 17 digits by the table of weights of
// GB 11643-1999: the weighted sum modulo 11 indexes the row of characters.
func checkOf(s string) byte {
	sum := 0
	for i, w := range checkWeights {
		sum += int(s[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

func (n Number) wellFormed() bool { return len(n) == numberLength }

// Division returns places 1-6, the county-level unit of registration when the
// number was given. Moving or renaming does not change it.
func (n Number) Division() Division {
	if !n.wellFormed() {
		return ""
	}
	return Division(n[:6])
}

// Birth returns places 7-14 as a date, no date for a number that is none.
func (n Number) Birth() Date {
	if !n.wellFormed() {
		return Date{}
	}
	d, err := ParseDate(string(n[6:14]))
	if err != nil {
		return Date{}
	}
	return d
}

// Sequence returns places 15-17, 0..999, and -1 for no number. It tells apart
// persons of one division and birth date.
func (n Number) Sequence() int {
	if !n.wellFormed() {
		return -1
	}
	return digits(string(n[14:17]))
}

// Sex returns what the parity of place 17 says: odd male, even female
// (GB 11643-1999); SexUnknown for no number.
func (n Number) Sex() Sex {
	switch s := n.Sequence(); {
	case s < 0:
		return SexUnknown
	case s%2 == 1:
		return Male
	default:
		return Female
	}
}

// Grouped returns the number as division, birth date and sequence with check,
// for reading aloud and comparing: "220102 19550607 9417".
func (n Number) Grouped() string {
	if !n.wellFormed() {
		return string(n)
	}
	return string(n[:6] + " " + n[6:14] + " " + n[14:])
}

// Masked returns the number with the day and month of birth and the sequence
// hidden, for lists that must not show it whole: "2201021955********".
func (n Number) Masked() string {
	if !n.wellFormed() {
		return strings.Repeat("*", len(n))
	}
	return string(n[:10]) + "********"
}

// String returns the number as stored.
func (n Number) String() string { return string(n) }

// normaliseNumber makes the changes allowed on entry: blanks and marks without
// width around the number go, full-width digits and letters become ASCII and a
// small x becomes X. Nothing inside is removed.
func normaliseNumber(s string) string {
	if plainNumber(s) {
		return s
	}
	return strings.Map(asciiNumberRune, strings.TrimFunc(s, outerBlank))
}

// plainNumber reports whether nothing in s would change.
func plainNumber(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && c != 'X' {
			return false
		}
	}
	return true
}

// outerBlank reports blanks (among them U+3000), the byte order mark and marks
// without width, which pasting from other programs leaves around a text.
func outerBlank(r rune) bool {
	return unicode.IsSpace(r) || r == 0xFEFF || r >= 0x200B && r <= 0x200F || r == 0x2060
}

func asciiNumberRune(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFEE0
	}
	if r == 'x' {
		return 'X'
	}
	return r
}
