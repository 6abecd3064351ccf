package citizen

import (
	"cmp"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

// The years a Date can hold. The floor is that of the public validators of
// citizen numbers; nobody alive in the register was born before it.
const (
	minYear = 1800
	maxYear = 9999
)

// ErrDate is the cause of every refusal of a date.
var ErrDate = errors.New("not a date")

// Date is a civil date of the Gregorian calendar without time or zone, from
// 1800-01-01 to 9999-12-31. Dates compare with == and can be map keys. The zero
// value means "no date"; it is before every other date and its text is "".
//
// In JSON and SQL a date is the text "2005-09-01" (GB/T 7408), so that the order
// of texts is the order of dates.
type Date struct {
	v int32 // year<<9 | month<<5 | day, 0 for no date
}

func packDate(y, m, d int) Date { return Date{int32(y<<9 | m<<5 | d)} }

// NewDate returns the date of a year 1800..9999, month 1..12 and day of that
// month. Anything else is an error that wraps ErrDate.
func NewDate(y, m, d int) (Date, error) {
	if y < minYear || y > maxYear || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) {
		return Date{}, fmt.Errorf("%w: %04d-%02d-%02d", ErrDate, y, m, d)
	}
	return packDate(y, m, d), nil
}

// MustDate is ParseDate for tables and tests; it panics on a wrong date.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// ParseDate reads YYYYMMDD or YYYY-MM-DD (GB/T 7408 basic and extended form) in
// ASCII digits. The date must exist and lie in 1800..9999; an empty text is an
// error here, not "no date".
func ParseDate(s string) (Date, error) {
	var y, m, d int
	ok := false
	switch {
	case len(s) == 8:
		y, m, d, ok = digits(s[:4]), digits(s[4:6]), digits(s[6:]), true
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		y, m, d, ok = digits(s[:4]), digits(s[5:7]), digits(s[8:]), true
	}
	if !ok || y < 0 || m < 0 || d < 0 {
		return Date{}, fmt.Errorf("%w: %.12q, want YYYYMMDD or YYYY-MM-DD", ErrDate, s)
	}
	return NewDate(y, m, d)
}

// digits returns the value of a short text of ASCII digits, or -1.
func digits(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

var beijing = time.FixedZone("UTC+8", 8*60*60)

// DateOf returns the civil date of an instant in China, UTC+8 all year. Between
// 1986 and 1991 China kept summer time; instants of those years are not needed,
// since births and events of that time arrive as dates. An instant outside
// 1800..9999 gives no date.
func DateOf(t time.Time) Date {
	y, m, d := t.In(beijing).Date()
	if y < minYear || y > maxYear {
		return Date{}
	}
	return packDate(y, int(m), d)
}

// Year returns the year, 0 for no date.
func (d Date) Year() int { return int(d.v >> 9) }

// Month returns the month 1..12, 0 for no date.
func (d Date) Month() int { return int(d.v >> 5 & 15) }

// Day returns the day of the month 1..31, 0 for no date.
func (d Date) Day() int { return int(d.v & 31) }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d.v == 0 }

// Compare returns -1, 0 or +1 as d is before, the same as or after e.
func (d Date) Compare(e Date) int { return cmp.Compare(d.v, e.v) }

// Before reports whether d is before e; no date is before every date.
func (d Date) Before(e Date) bool { return d.v < e.v }

// After reports whether d is after e.
func (d Date) After(e Date) bool { return d.v > e.v }

// String returns YYYY-MM-DD, or "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	var b [10]byte
	d.put(b[:0:10], true)
	return string(b[:])
}

// Compact returns YYYYMMDD as in places 7-14 of a citizen number, or "".
func (d Date) Compact() string {
	if d.IsZero() {
		return ""
	}
	var b [8]byte
	d.put(b[:0:8], false)
	return string(b[:])
}

func (d Date) put(b []byte, dashes bool) []byte {
	y, m, day := d.Year(), d.Month(), d.Day()
	b = append(b, byte('0'+y/1000), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10))
	if dashes {
		b = append(b, '-')
	}
	b = append(b, byte('0'+m/10), byte('0'+m%10))
	if dashes {
		b = append(b, '-')
	}
	return append(b, byte('0'+day/10), byte('0'+day%10))
}

// AddDays returns the date n days later (earlier for a negative n). No date
// stays no date; a result outside 1800..9999 is no date.
func (d Date) AddDays(n int) Date {
	const span = 4_000_000 // more days than the whole range holds
	if d.IsZero() || n < -span || n > span {
		return Date{}
	}
	return fromDayNumber(d.dayNumber() + n)
}

// AddYears returns the same day n years later (earlier for a negative n).
// 29 February becomes 1 March in a common year (GA 214.8-2004). No date stays no
// date; a result outside 1800..9999 is no date.
func (d Date) AddYears(n int) Date {
	if d.IsZero() || n < -maxYear || n > maxYear {
		return Date{}
	}
	y, m, day := d.Year()+n, d.Month(), d.Day()
	if y < minYear || y > maxYear {
		return Date{}
	}
	if day > daysIn(y, m) {
		m, day = 3, 1
	}
	return packDate(y, m, day)
}

// AddMonths returns the same day n months later (earlier for a negative n), or
// the last day of that month where it has no such day. Limits of law given in
// months (three months, one month) end on that day. No date stays no date; a
// result outside 1800..9999 is no date.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() || n < -12*maxYear || n > 12*maxYear {
		return Date{}
	}
	months := d.Year()*12 + d.Month() - 1 + n
	y, m := months/12, months%12+1
	if months < 0 || y < minYear || y > maxYear {
		return Date{}
	}
	return packDate(y, m, min(d.Day(), daysIn(y, m)))
}

// DaysUntil returns the days from d to e, negative when e is earlier. Without
// one of the two dates it is 0.
func (d Date) DaysUntil(e Date) int {
	if d.IsZero() || e.IsZero() {
		return 0
	}
	return e.dayNumber() - d.dayNumber()
}

// AgeOn returns the full years lived on a day by someone born on the receiver.
// Someone born on 29 February reaches the age on 1 March in common years
// (GA 214.8-2004). It is -1 when a date is missing or on is before the birth.
func (d Date) AgeOn(on Date) int {
	if d.IsZero() || on.IsZero() || on.Before(d) {
		return -1
	}
	years := on.Year() - d.Year()
	if d.AddYears(years).After(on) {
		years--
	}
	return years
}

// MarshalText writes YYYY-MM-DD, or nothing for no date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads; an empty text is no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Value writes the date as text for a text column, "" for no date.
func (d Date) Value() (driver.Value, error) { return d.String(), nil }

// Scan reads a text column; "" and NULL are no date. Instants are refused: which
// day they mean depends on a zone the column does not name.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
		return nil
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	default:
		return fmt.Errorf("%w: column of type %T, want text", ErrDate, src)
	}
}

func isLeap(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

var monthDays = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

func daysIn(y, m int) int {
	if m == 2 && isLeap(y) {
		return 29
	}
	return monthDays[m]
}

// dayNumber counts days from 1 March of the year 0 of the proleptic Gregorian
// calendar; counting years from March puts the leap day at their end.
func (d Date) dayNumber() int {
	y, m := d.Year(), d.Month()
	if m < 3 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + d.Day() - 1
}

// fromDayNumber is the inverse of dayNumber; outside 1800..9999 it is no date.
func fromDayNumber(n int) Date {
	if n < packDate(minYear, 1, 1).dayNumber() || n > packDate(maxYear, 12, 31).dayNumber() {
		return Date{}
	}
	const era = 146097 // days in 400 years
	e, doe := n/era, n%era
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	y, m, day := e*400+yoe, mp+3, doy-(153*mp+2)/5+1
	if m > 12 {
		y, m = y+1, m-12
	}
	return packDate(y, m, day)
}
