package reconcile

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// renamed are divisions of Changchun by an earlier name and the present one (GB/T 2260: codes of 1980 to 1995), and ways in which streets are named.
var renamed = strings.NewReplacer("二道河子区", "二道区", "榆树县", "榆树市", "九台县", "九台市", "德惠县", "德惠市", "双阳县", "双阳区", "公社", "乡", "生产大队", "村", "大队", "村",
	"生产队", "组", "斯大林大街", "人民大街")

// written are words of an address that mean one thing.
var written = strings.NewReplacer("号楼", "栋", "幢", "栋", "座", "栋", "单元", "门", "大街", "街", "大路", "路", "社", "组", "屯", "组", "号院", "号", "室", "", "-", "", "—", "", "－", "")

// committee is the old way of numbering: a residents' committee and a group.
var committee = regexp.MustCompile(`\d+委\d+组|[一二三四五六七八九十]+委[一二三四五六七八九十]+组`)

func explainPlace(right, value string) string {
	a, b := fold(right), fold(value)
	x, y := place(a), place(b)
	switch {
	case x == y:
		return "address_form"
	case place(renamed.Replace(a)) == place(renamed.Replace(b)), committee.MatchString(a) != committee.MatchString(b):
		return "old_place"
	case strings.HasPrefix(x, y), strings.HasPrefix(y, x), strings.HasSuffix(x, y), strings.HasSuffix(y, x):
		return "part"
	}
	return contained(a, b)
}

// place writes an address in one way: no province and city before it, arabic numerals, one word for what has several.
func place(s string) string {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "吉林省"), "长春市")
	return written.Replace(arabic(s))
}

var numerals = map[rune]int{'〇': 0, '零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}

// arabic writes Chinese numerals before a word of numbering (三委二组, 十二栋) in digits; others are part of a name (四平路).
func arabic(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); {
		n := i
		for n < len(runes) && (runes[n] == '十' || runes[n] == '百' || isNumeral(runes[n])) {
			n++
		}
		if n == i || n == len(runes) || !strings.ContainsRune("号栋幢座单门室委组社屯楼", runes[n]) {
			n = max(n, i+1)
			b.WriteString(string(runes[i:n]))
		} else {
			b.WriteString(inDigits(runes[i:n]))
		}
		i = n
	}
	return b.String()
}

func isNumeral(r rune) bool {
	_, ok := numerals[r]
	return ok
}

// inDigits reads 二百零三, 十二 and 一二三.
func inDigits(runes []rune) string {
	if !slices.ContainsFunc(runes, func(r rune) bool { return r == '十' || r == '百' }) {
		var b strings.Builder
		for _, r := range runes {
			b.WriteByte(byte('0' + numerals[r]))
		}
		return b.String()
	}
	total, last := 0, 0
	for _, r := range runes {
		switch r {
		case '百':
			total, last = total+max(last, 1)*100, 0
		case '十':
			total, last = total+max(last, 1)*10, 0
		default:
			last = numerals[r]
		}
	}
	return strconv.Itoa(total + last)
}
