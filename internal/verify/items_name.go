package verify

import (
	_ "embed" // the list of surnames is compiled in
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage/hanzi"
)

// nameRules are about what stands in a name besides the name, and about surnames.
var nameRules = []Rule{
	{Code: "form.name_blank", Severity: SeverityWarn, Item: "name", Source: form95, Text: t("姓名的汉字之间有空格", "there is a blank between the Han characters of the name"),
		Mend: t("去掉空格，姓名连写", "take the blank away and write the name as one"), person: func(p *person) bool { return blankInside(p.Name) }},
	{Code: "form.name_dot", Severity: SeverityWarn, Item: "name", Source: "民委发〔2016〕33号", Text: t("姓名的间隔号用了别的符号，或不在两个汉字之间", "the separator of the name is another sign, or stands elsewhere than between two Han characters"),
		Mend: t("改为“·”（U+00B7），只写在两个汉字之间", "write · (U+00B7), between two Han characters only"), person: func(p *person) bool {
			return slices.ContainsFunc(p.issues(), func(i citizen.NameIssue) bool { return i.Class == citizen.NameMiddleDot })
		}},
	{Code: "form.name_title", Severity: SeverityWarn, Item: "name", Source: form95, Text: t("姓名后带有称呼：先生、女士、同志一类", "a form of address stands behind the name: Mr, Ms, comrade or the like"),
		Mend: t("按户口簿写全姓名，去掉称呼", "write the full name as in the booklet, without the address"), person: func(p *person) bool { return titled(p.Name) }},
	{Code: "form.surname", Severity: SeverityWarn, Item: "name", Reads: []string{"ethnic_group"}, Source: "百家姓", Text: t("汉族姓名的首字少作姓氏，与常见姓氏形近，同户也无人同姓：如“伟”与“韦”、“材”与“林”",
		"the first character of a Han name is hardly a surname, looks like a usual one, and nobody else of the household bears it: as 伟 and 韦, 材 and 林"), Mend: mendPapers, house: oddSurnames},
}

// blankInside tells whether a blank stands beside a Han character, within the name.
func blankInside(name string) bool {
	name = strings.TrimSpace(name)
	if !strings.ContainsFunc(name, unicode.IsSpace) {
		return false
	}
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsSpace(r) && (han(runes[i-1]) || han(runes[i+1])) {
			return true
		}
	}
	return false
}

// titled tells whether a form of address ends the name.
func titled(name string) bool {
	for _, title := range []string{"先生", "女士", "小姐", "太太", "夫人", "同志", "老师", "师傅"} {
		if rest, ok := strings.CutSuffix(name, title); ok && rest != "" {
			return true
		}
	}
	return false
}

//go:embed surnames.txt
var surnamesTXT string

// surnames are the known ones, of one character and of two.
var surnames = sync.OnceValue(func() map[string]bool {
	known := make(map[string]bool)
	for line := range strings.Lines(surnamesTXT) {
		for _, word := range strings.Fields(line) {
			switch {
			case strings.HasPrefix(line, "#"):
			case utf8.RuneCountInString(word) == 2:
				known[word] = true
			default:
				for _, r := range word {
					known[string(r)] = true
				}
			}
		}
	}
	return known
})

// usualSurnames are the commonest: four of five people bear one.
const usualSurnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤"

// oddSurnames finds those whose first character is no known surname and looks like a usual one, and is nobody else's of the household.
func oddSurnames(h *house, broken func(*person)) {
	for i := range h.members {
		p := &h.members[i]
		first, odd := oddSurname(p.Name)
		if !odd || p.EthnicGroup != hanGroup || placeholderName(p.Name) {
			continue
		}
		if !slices.ContainsFunc(h.members, func(other person) bool { return other.id != p.id && strings.HasPrefix(other.Name, first) }) {
			broken(p)
		}
	}
}

// hanGroup is the code of the Han in GB/T 3304.
const hanGroup = "01"

// oddSurname tells whether the first character of a name of two to four Han characters is no known surname, nor the first two, and looks like a usual one.
func oddSurname(name string) (first string, odd bool) {
	_, size := utf8.DecodeRuneInString(name)
	first = name[:size]
	known := surnames()
	if known[first] {
		return first, false
	}
	runes := []rune(name)
	if len(runes) < 2 || len(runes) > 4 || known[string(runes[:2])] || slices.ContainsFunc(runes, func(r rune) bool { return !han(r) }) {
		return first, false
	}
	tables := hanzi.Load()
	for _, usual := range usualSurnames {
		if tables.Similar(tables.ID(runes[0]), tables.ID(usual)) {
			return first, true
		}
	}
	return first, false
}
