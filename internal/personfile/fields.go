package personfile

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
)

// cellType is what a spreadsheet says about a cell.
type cellType uint8

const (
	cellText   cellType = iota // text, and everything in CSV and DBF
	cellNumber                 // a number
	cellDay                    // a number shown as a date
	cellFailed                 // an error value such as #N/A
)

// fields turns cells into values. It remembers the code words it has met.
type fields struct {
	words    [ColumnCount]map[string]string
	date1904 bool // XLSX: days are counted from 1904
}

// maxWords bounds the memory for code words; beyond it words are looked up anew.
const maxWords = 4096

// known reads a cell of a known column.
func (f *fields) known(c Column, v string, t cellType) (string, *fault) {
	if t == cellFailed {
		return "", faultCellError(v)
	}
	v = unwrap(v, true)
	if v == "" {
		return "", nil
	}
	switch columnInfos[c].shape {
	case shapeCode:
		return f.code(c, v)
	case shapeDate:
		return f.date(v, t)
	case shapeExpiry:
		if isLongTerm(v) {
			return LongTerm, nil
		}
		return f.date(v, t)
	case shapeNumber:
		return number(v, t)
	}
	return v, nil
}

// extra reads a cell of an unknown column.
func (f *fields) extra(v string, t cellType) string {
	v = unwrap(v, false)
	if t == cellDay {
		if d, ok := f.serialDate(v); ok {
			return d
		}
	}
	return v
}

// code returns the code for a code or a word. A spreadsheet drops the leading
// zero of a two-digit code; it is put back.
func (f *fields) code(c Column, v string) (string, *fault) {
	if code, ok := f.words[c][v]; ok {
		return code, nil
	}
	table := columnInfos[c].table
	row, ok := table.ByCode(v)
	if !ok && len(v) == 1 {
		row, ok = table.ByCode("0" + v)
	}
	if !ok {
		row, ok = table.ByWord(v)
	}
	if !ok || row.Code == "" {
		return "", faultUnknownCode(c, v)
	}
	if f.words[c] == nil {
		f.words[c] = make(map[string]string)
	}
	if len(f.words[c]) < maxWords {
		f.words[c][strings.Clone(v)] = row.Code
	}
	return row.Code, nil
}

// date reads YYYYMMDD and YYYY-MM-DD, the forms 2005/9/1, 2005.9.1 and
// 2005年9月1日 that spreadsheets make of them, and the day numbers of XLSX cells.
func (f *fields) date(v string, t cellType) (string, *fault) {
	if t != cellText && len(v) != 8 {
		if d, ok := f.serialDate(v); ok {
			return d, nil
		}
		return "", faultBadDate(v)
	}
	d, err := citizen.ParseDate(v)
	if err != nil {
		if d, err = citizen.ParseDate(compactDate(v)); err != nil {
			return "", faultBadDate(v)
		}
	}
	if len(v) == 10 && v[4] == '-' && v[7] == '-' {
		return v, nil
	}
	return d.String(), nil
}

// compactDate turns year, month and day with separators into YYYYMMDD; "" if
// they do not stand so.
func compactDate(v string) string {
	v = strings.TrimSuffix(v, "日")
	parts := strings.FieldsFunc(v, func(r rune) bool {
		return r == '-' || r == '/' || r == '.' || r == '年' || r == '月'
	})
	if len(parts) != 3 || len(parts[0]) != 4 || len(parts[1]) > 2 || len(parts[2]) > 2 {
		return ""
	}
	for i := 1; i < 3; i++ {
		if len(parts[i]) == 1 {
			parts[i] = "0" + parts[i]
		}
	}
	return parts[0] + parts[1] + parts[2]
}

// serialDate converts a day number of a spreadsheet: day 1 is 1900-01-01 and day
// 60 the 29 February 1900 that never was; or day 0 is 1904-01-01.
func (f *fields) serialDate(v string) (string, bool) {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n < 0 || n > 2958465 || n != math.Trunc(n) {
		return "", false
	}
	days, epoch := int(n), citizen.MustDate("1899-12-31")
	switch {
	case f.date1904:
		epoch = citizen.MustDate("1904-01-01")
	case days == 0 || days == 60:
		return "", false
	case days > 60:
		days--
	}
	d := epoch.AddDays(days)
	return d.String(), !d.IsZero()
}

func isLongTerm(v string) bool {
	switch v {
	case "长期", "长期有效", LongTerm:
		return true
	}
	return len(v) <= len(LongTerm)+2 && foldName(v) == "longterm"
}

// number guards columns of long numbers against what spreadsheets do to them.
func number(v string, t cellType) (string, *fault) {
	if t == cellText {
		if isScientific(v) {
			return "", faultScientific(v)
		}
		return v, nil
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.Abs(n) >= 1e15 {
		return "", faultLostDigits()
	}
	return strconv.FormatFloat(n, 'f', -1, 64), nil
}

// isScientific recognises 2.20102E+17: digits, perhaps a point and digits, E+ and
// digits.
func isScientific(v string) bool {
	i := strings.IndexAny(v, "eE")
	if i < 1 || i+2 >= len(v) || v[i+1] != '+' {
		return false
	}
	return onlyDigits(strings.Replace(v[:i], ".", "", 1)) && onlyDigits(v[i+2:])
}

func onlyDigits(v string) bool {
	for i := range len(v) {
		if v[i] < '0' || v[i] > '9' {
			return false
		}
	}
	return v != ""
}

// unwrap trims a value and takes off what spreadsheets put around numbers kept as
// text: ="…" and a leading apostrophe. In unknown columns an apostrophe goes only
// where guard has put it.
func unwrap(v string, known bool) string {
	v = trim(v)
	if len(v) < 2 || v[0] != '=' && v[0] != '\'' {
		if known && v == "'" {
			return ""
		}
		return v
	}
	if isExcelText(v) {
		return trim(v[2 : len(v)-1])
	}
	if v[0] == '\'' && (known || strings.IndexByte(guarded, v[1]) >= 0) {
		return trim(v[1:])
	}
	return v
}

// guarded are the first characters that make a spreadsheet run a cell as a formula.
const guarded = "=+-@'"

// guard puts an apostrophe before a value that a spreadsheet would run as a
// formula, or whose own apostrophe unwrap would take away.
func guard(v string, known bool) string {
	if v == "" || strings.IndexByte(guarded, v[0]) < 0 {
		return v
	}
	if v[0] == '\'' && !known && (len(v) == 1 || strings.IndexByte(guarded, v[1]) < 0) {
		return v
	}
	if (v[0] == '-' || v[0] == '+') && onlyDigits(strings.Replace(v[1:], ".", "", 1)) {
		return v
	}
	return "'" + v
}

// keepMarks puts an apostrophe before a value from which unwrap would take
// something off. XLSX and DBF need no more than that.
func keepMarks(v string, known bool) string {
	if unwrap(v, known) == v {
		return v
	}
	return "'" + v
}

// trim removes white space, full-width and zero-width blanks on both sides.
func trim(v string) string {
	if n := len(v); n == 0 || (plain(v[0]) || han(v[0])) && (plain(v[n-1]) || n > 2 && han(v[n-3])) {
		return v
	}
	return strings.TrimFunc(v, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B'
	})
}

func plain(c byte) bool { return c > ' ' && c < utf8.RuneSelf }

// han tells the first byte of the three of a character from U+4000 to U+9FFF, among which are nearly all Chinese ones, and no blank.
func han(c byte) bool { return c >= 0xE4 && c <= 0xE9 }

// checkText looks for what no value may hold. It returns the fault, or whether
// the value has private use characters or line breaks. decoded is set where the source has made sure that it is UTF-8.
func checkText(v string, decoded bool) (private, broken bool, f *fault) {
	if len(v) > maxCellBytes {
		return false, false, faultTooLong(maxCellBytes)
	}
	if !decoded && !utf8.ValidString(v) {
		return false, false, faultLostCharacter()
	}
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case c >= ' ' && c < 0x7F, c > 0x7F && c < 0xEE: // below U+E000
		case c == '\t':
		case c == '\n' || c == '\r':
			broken = true
		case c <= 0x7F:
			return false, false, faultControl(rune(c))
		default:
			r, n := utf8.DecodeRuneInString(v[i:])
			if r == utf8.RuneError {
				return false, false, faultLostCharacter()
			}
			if r == 0xFFFE || r == 0xFFFF {
				return false, false, faultControl(r)
			}
			private = private || isPrivate(r)
			i += n - 1
		}
	}
	return private, broken, nil
}

// privateCodes lists the private use characters of a value, with the bytes of
// GB 18030 by which the program that made them knows them.
func privateCodes(v string) string {
	var b strings.Builder
	for _, r := range v {
		if !isPrivate(r) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		code, _ := EncodeGB18030(nil, string(r))
		e := CodingError{Bytes: code}
		b.WriteString("U+" + strings.ToUpper(strconv.FormatInt(int64(r), 16)) + " (" + e.Hex() + ")")
	}
	return b.String()
}

// unixBreaks writes line breaks as \n, as encoding/csv and XML readers do.
func unixBreaks(v string) string {
	return strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\r", "\n")
}

func hasBreak(v string) bool { return strings.IndexByte(v, '\n') >= 0 }
