package citizen

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The text block of the card chip, in UTF-16 code units.
const (
	CardNameUnits    = 15 // name
	CardAddressUnits = 35 // address
)

// MiddleDot divides given and father's name (姓名间隔符): U+00B7, the unified form
// of 民委发〔2016〕33号.
const MiddleDot = '·'

// The classes of name issues.
const (
	NamePrivateUse  = "private-use"       // a character made locally (造字), readable nowhere else
	NameRare        = "rare"              // outside the common repertoire
	NameMiddleDot   = "middle-dot"        // a wrong form or place of the separator
	NameNotHan      = "not-han"           // neither Han nor separator
	NameBlank       = "blank"             // a blank around or inside, or nothing at all
	NameControl     = "control"           // a mark without shape
	NameReplacement = "replacement"       // a character lost in an earlier conversion
	NameTooLong     = "too-long-for-card" // more than 15 units
	NameOutsideBMP  = "outside-bmp"       // rare, four bytes in GB 18030, two units in the chip
)

// NameIssue is one thing about a name or address text.
type NameIssue struct {
	Class  string `json:"class"`
	Action Action `json:"action"`
	Text   Text   `json:"text"`
	At     int    `json:"at"` // character (not byte) counted from 0 in the text given
}

// dotLookAlikes are the characters found in files in place of the middle dot.
var dotLookAlikes = map[rune]bool{
	'\u2022': true, // BULLET
	'\u22C5': true, // DOT OPERATOR
	'\u30FB': true, // KATAKANA MIDDLE DOT, what GB2312 codecs make of A1A4
	'\u2027': true, // HYPHENATION POINT
	'\u002E': true, // FULL STOP
	'\uFF0E': true, // FULLWIDTH FULL STOP
	'\u3002': true, // IDEOGRAPHIC FULL STOP
	'\uFF65': true, // HALFWIDTH KATAKANA MIDDLE DOT
	'\u2219': true, // BULLET OPERATOR
	'\u25CF': true, // BLACK CIRCLE
	'\u2024': true, // ONE DOT LEADER
}

// NormaliseName makes the only two changes allowed on entry and reports each:
// blanks around the name go, and a look-alike of the middle dot that stands
// between two Han characters becomes U+00B7. Everything else stays as it is, for
// CheckName to speak about; Unicode normalisation forms are not applied, since
// they change characters of names. Applying it twice changes nothing more.
func NormaliseName(s string) (string, []NameIssue) {
	trimmed := strings.TrimFunc(s, outerBlank)
	var issues []NameIssue
	if trimmed != s {
		issues = append(issues, NameIssue{NameBlank, Accept,
			Text{"已去掉姓名前后的空格", "blanks around the name were removed"}, 0})
	}
	if !strings.ContainsFunc(trimmed, isDotLookAlike) {
		return trimmed, issues
	}
	at := utf8.RuneCountInString(s[:strings.Index(s, trimmed)])
	var b strings.Builder
	before := utf8.RuneError
	for rest := trimmed; rest != ""; at++ {
		r, size := utf8.DecodeRuneInString(rest)
		after, _ := utf8.DecodeRuneInString(rest[size:])
		if dotLookAlikes[r] && isHan(before) && isHan(after) {
			issues = append(issues, dotChanged(r, at))
			b.WriteRune(MiddleDot)
		} else {
			b.WriteString(rest[:size]) // as given, even where it is not valid UTF-8
		}
		before, rest = r, rest[size:]
	}
	return b.String(), issues
}

func isDotLookAlike(r rune) bool { return dotLookAlikes[r] }

func dotChanged(r rune, at int) NameIssue {
	return NameIssue{NameMiddleDot, Accept, Text{
		fmt.Sprintf("间隔符U+%04X已改为规范的“·”（U+00B7）", r),
		fmt.Sprintf("separator U+%04X was changed to the standard · (U+00B7)", r)}, at}
}

// CheckName says what a name as given would meet on its way to the card. Refused
// are private-use characters, control marks, lost characters and an empty name;
// warned of are blanks, wrong separators, characters that are not Han or outside
// GBK, and more than 15 units; characters outside GB 2312 but inside GBK are
// noted. One issue is given per character.
func CheckName(s string) []NameIssue {
	if strings.TrimFunc(s, outerBlank) == "" {
		return []NameIssue{{NameBlank, Refuse, Text{"未填姓名，请录入", "no name given; enter it"}, 0}}
	}
	var issues []NameIssue
	runes := []rune(s)
	for i, r := range runes {
		if common().gb2312(r) {
			continue
		}
		if issue, found := checkNameRune(runes, i); found {
			issues = append(issues, issue)
		}
	}
	if !FitsCard(s, CardNameUnits) {
		issues = append(issues, NameIssue{NameTooLong, Warn, Text{
			fmt.Sprintf("姓名超过%d个字符位，证件印不下，请另定证件用姓名并由经办人确认", CardNameUnits),
			fmt.Sprintf("the name is longer than %d units and does not fit the card; settle a text for the card with the holder", CardNameUnits),
		}, 0})
	}
	return issues
}

func checkNameRune(runes []rune, i int) (NameIssue, bool) {
	r := runes[i]
	switch {
	case PrivateUse(r):
		return privateUse(r, i), true
	case r == utf8.RuneError:
		return NameIssue{NameReplacement, Refuse, Text{
			"此处有一个字在以前的转换中丢失，请按户口簿重新录入",
			"a character was lost here in an earlier conversion; enter it again from the booklet"}, i}, true
	case unicode.IsSpace(r):
		return NameIssue{NameBlank, Warn, Text{
			"姓名中有空格，请核对后去掉", "there is a blank in the name; check and remove it"}, i}, true
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector) || unicode.Is(unicode.Noncharacter_Code_Point, r):
		return NameIssue{NameControl, Refuse, Text{
			fmt.Sprintf("有不可见的控制字符U+%04X，请重新录入姓名", r),
			fmt.Sprintf("there is an invisible control mark U+%04X; enter the name again", r)}, i}, true
	case r == MiddleDot || dotLookAlikes[r]:
		return checkDot(runes, i)
	case !isHan(r):
		return NameIssue{NameNotHan, Warn, Text{
			fmt.Sprintf("“%c”（U+%04X）不是汉字，证件姓名应使用规范汉字，请核对", r, r),
			fmt.Sprintf("%q (U+%04X) is no Han character; names on cards are written in standard Chinese characters, check it", r, r)}, i}, true
	default:
		return rareIssue(r, i)
	}
}

// PrivateUse reports characters of the three private-use zones of Unicode, where
// characters made by hand in old systems end up. They are refused in names and
// addresses.
func PrivateUse(r rune) bool { return unicode.Is(unicode.Co, r) }

func privateUse(r rune, i int) NameIssue {
	return NameIssue{NamePrivateUse, Refuse, Text{
		fmt.Sprintf("U+%04X是本地自造字，别处无法显示，请查标准字库，查不到的按冷僻字上报", r),
		fmt.Sprintf("U+%04X is a locally made character no other system can show; look it up in the standard character set, else report it as a rare character", r)}, i}
}

func checkDot(runes []rune, i int) (NameIssue, bool) {
	between := i > 0 && i+1 < len(runes) && isHan(runes[i-1]) && isHan(runes[i+1])
	switch {
	case between && runes[i] == MiddleDot:
		return NameIssue{}, false
	case between:
		return NameIssue{NameMiddleDot, Warn, Text{
			fmt.Sprintf("间隔符U+%04X不规范，请改为“·”（U+00B7）", runes[i]),
			fmt.Sprintf("separator U+%04X is not the standard one; use · (U+00B7)", runes[i])}, i}, true
	default:
		return NameIssue{NameMiddleDot, Warn, Text{
			"间隔符应在两个汉字之间，请核对姓名",
			"a separator stands between two Han characters; check the name"}, i}, true
	}
}

// rareIssue is about Han characters outside GB 2312.
func rareIssue(r rune, i int) (NameIssue, bool) {
	switch {
	case r > 0xFFFF:
		return NameIssue{NameOutsideBMP, Warn, Text{
			fmt.Sprintf("“%c”（U+%04X）是冷僻字，占两个字符位，请确认制证中心字库已收；未收的先列待制，可办临时身份证", r, r),
			fmt.Sprintf("%c (U+%04X) is a rare character of two units; make sure the card maker has it, else the card waits and a temporary card can be issued", r, r)}, i}, true
	case common().gbk(r):
		return NameIssue{NameRare, Note, Text{
			fmt.Sprintf("“%c”（U+%04X）不在GB 2312内，请与户口簿核对字形", r, r),
			fmt.Sprintf("%c (U+%04X) is outside GB 2312; compare its shape with the booklet", r, r)}, i}, true
	default:
		return NameIssue{NameRare, Warn, Text{
			fmt.Sprintf("“%c”（U+%04X）是冷僻字，请确认制证中心字库已收；未收的先列待制，可办临时身份证", r, r),
			fmt.Sprintf("%c (U+%04X) is a rare character; make sure the card maker has it, else the card waits and a temporary card can be issued", r, r)}, i}, true
	}
}

// RareCharacter reports a Han character outside GB 2312, the repertoire every
// system of the time could set.
func RareCharacter(r rune) bool { return isHan(r) && !common().gb2312(r) }

// FitsCard reports whether a text fits a field of the card chip of so many UTF-16
// code units; characters outside the basic plane take two.
func FitsCard(name string, units int) bool { return CardUnits(name) <= units }

// CardUnits counts the UTF-16 code units of a text.
func CardUnits(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// isHan reports ideographs a name can hold: the Han script with 〇, without
// radicals, numerals of merchants and iteration marks, which only look alike.
func isHan(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r == 0x3007:
		return true
	case r < 0x3400:
		return false
	}
	return unicode.Is(unicode.Han, r)
}

// repertoire tells for U+4E00..U+9FFF which characters GB 2312 and GBK hold.
type repertoire struct{ inGB2312, inGBK [0x5200 / 64]uint64 }

var common = sync.OnceValue(func() *repertoire {
	var rep repertoire
	enc := simplifiedchinese.GBK.NewEncoder()
	for r := rune(0x4E00); r <= 0x9FFF; r++ {
		b, err := enc.Bytes([]byte(string(r)))
		if err != nil || len(b) != 2 {
			continue
		}
		i := r - 0x4E00
		rep.inGBK[i/64] |= 1 << (i % 64)
		if b[0] >= 0xB0 && b[0] <= 0xF7 && b[1] >= 0xA1 {
			rep.inGB2312[i/64] |= 1 << (i % 64)
		}
	}
	return &rep
})

func (rep *repertoire) gb2312(r rune) bool { return rep.has(&rep.inGB2312, r) }

func (rep *repertoire) gbk(r rune) bool { return rep.has(&rep.inGBK, r) || r == 0x3007 }

func (rep *repertoire) has(set *[0x5200 / 64]uint64, r rune) bool {
	i := r - 0x4E00
	return i >= 0 && i < 0x5200 && set[i/64]>>(i%64)&1 == 1
}
