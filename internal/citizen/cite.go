package citizen

import (
	"regexp"
	"strings"
)

// cited is one source as rules write it: the name, the year of the text, and the place in it, as "居民身份证法（2003）第17、18条",
// "居民身份证法 (2003) art. 8" or "长府办发〔2005〕49号 二（一）6".
var cited = regexp.MustCompile(`^(.+?)(?: ?[（(](\d{4})[）)])?(?: ?第([\d、]+)条| art\. (\d+)|（(公安部令第\d+号)）| ([一二三四五六七八九十（）\d、]+|附件))?$`)

// Cited gives the sources of a rule in both languages; several are divided by "；". Standards, and what names no document, stay as they are.
func Cited(source string) Text {
	all := strings.Split(source, "；")
	var t Text
	for i, one := range all {
		text := citeOne(one)
		if i > 0 {
			t.ZH, t.EN = t.ZH+"；", t.EN+"; "
		}
		t.ZH, t.EN = t.ZH+text.ZH, t.EN+text.EN
	}
	return t
}

func citeOne(source string) Text {
	if source == unconfirmedPractice {
		return Text{"惯例，尚无依据可查", source}
	}
	m := cited.FindStringSubmatch(source)
	if m == nil || lawNames[m[1]] == "" {
		return Text{source, source}
	}
	t := Text{source, lawNames[m[1]]}
	if m[2] != "" {
		t.EN += " (" + m[2] + ")"
	}
	switch {
	case m[3] != "":
		t.EN += articles(strings.Split(m[3], "、"))
	case m[4] != "":
		t.ZH, t.EN = m[1]+"（"+m[2]+"）第"+m[4]+"条", t.EN+articles([]string{m[4]})
	case m[5] != "":
		t.EN = lawNames[m[5]]
	case m[6] != "":
		t.EN += section.Replace(" " + m[6])
	}
	return t
}

// unconfirmedPractice is the source of what only the practice of offices tells.
const unconfirmedPractice = "practice, unconfirmed"

// articles names one article or several.
func articles(numbers []string) string {
	last := len(numbers) - 1
	if last == 0 {
		return ", article " + numbers[0]
	}
	return ", articles " + strings.Join(numbers[:last], ", ") + " and " + numbers[last]
}

// section writes a place in a document without articles in figures, as its readers count: "五（一）" is V (1).
var section = strings.NewReplacer(" 附件", ", annex", " ", ", part ", "、", " and ",
	"（一）", "(1)", "（二）", "(2)", "（三）", "(3)", "（四）", "(4)", "（五）", "(5)", "一", "I", "二", "II", "三", "III", "四", "IV", "五", "V", "六", "VI")
