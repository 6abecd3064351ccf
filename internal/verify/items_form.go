package verify

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
)

// formRules are about how items are written, and whether they are there.
var formRules = []Rule{
	{Code: "form.missing", Severity: SeverityError, Item: "name", Source: form95, Text: t("姓名、性别、民族、出生日期、住址、户号或与户主关系缺项", "one of name, sex, ethnic group, birth date, address, household number or relation is missing"),
		Mend: mendPapers, items: func(p *person) (missing []string) {
			for _, i := range []struct {
				name string
				gone bool
			}{{"name", p.Name == ""}, {"sex", p.Sex == ""}, {"ethnic_group", p.EthnicGroup == ""}, {"birth_date", p.BirthDate.IsZero()}, {"address", p.Address == ""},
				{"household_no", p.HouseholdNo == ""}, {"relation", p.Relation == ""}} {
				if i.gone {
					missing = append(missing, i.name)
				}
			}
			return missing
		}},
	{Code: "form.origin_missing", Severity: SeverityWarn, Item: "birthplace", Source: form95, Text: t("出生地或籍贯缺项", "the birthplace or the native place is missing"),
		Mend: mendPapers, items: func(p *person) (missing []string) {
			if p.Birthplace == "" {
				missing = append(missing, "birthplace")
			}
			if p.NativePlace == "" {
				missing = append(missing, "native_place")
			}
			return missing
		}},
	{Code: "form.condition_missing", Severity: SeverityWarn, Item: "education", Source: form95, Text: t("7 周岁以上没有文化程度，或 18 周岁以上没有婚姻状况、职业", "aged 7 and over without an education, or 18 and over without marital status or occupation"),
		Mend: mendPapers, items: func(p *person) (missing []string) {
			if p.reached(7) && p.Education == "" {
				missing = append(missing, "education")
			}
			if p.reached(18) && p.MaritalStatus == "" {
				missing = append(missing, "marital_status")
			}
			if p.reached(18) && p.Occupation == "" {
				missing = append(missing, "occupation")
			}
			return missing
		}},
	{Code: "form.name", Severity: SeverityError, Item: "name", Source: "GB 18030", Text: t("姓名中有造字、空白或控制字符", "the name has a private-use character, a blank or a control mark"),
		Mend: mendPapers, person: func(p *person) bool { return p.Name != "" && p.nameAction(citizen.Refuse) }},
	{Code: "form.name_doubtful", Severity: SeverityWarn, Item: "name", Source: "GB 18030", Text: t("姓名的写法上不了证：间隔号、生僻字或过长", "the name will not go onto a card as it is: separator, rare character or length"),
		Mend: mendPapers, person: func(p *person) bool { return p.nameAction(citizen.Warn) }},
	{Code: "form.name_placeholder", Severity: SeverityError, Item: "name", Source: form95, Text: t("姓名是代用的写法：无名、未起名、某某之子", "the name stands for one that was not there: unnamed, not yet named, somebody's child"),
		Mend: t("请监护人申报正式姓名后更正", "have the guardian declare the full name, then correct it"), person: func(p *person) bool { return placeholderName(p.Name) }},
	{Code: "form.name_lost", Severity: SeverityError, Item: "name", Source: "GB 18030", Text: t("姓名中有问号、方框或星号，缺一个字", "a character of the name is lost: a question mark, a box or a star stands for it"),
		Mend: mendPapers, person: func(p *person) bool { return strings.ContainsAny(p.Name, "?？□■▇＊*〓×") }},
	{Code: "form.name_latin", Severity: SeverityError, Item: "name", Source: form95, Text: t("汉字姓名中夹有字母或数字，可能用拼音代生僻字", "letters or digits among the Han characters of the name: perhaps pinyin for a rare character"),
		Mend: mendPapers, person: func(p *person) bool { return strings.ContainsFunc(p.Name, latin) && strings.ContainsFunc(p.Name, han) }},
	{Code: "form.name_described", Severity: SeverityError, Item: "name", Source: form95, Text: t("姓名中用加号或括号描述一个字", "the name describes a character with a plus sign or brackets"),
		Mend: mendPapers, person: func(p *person) bool { return strings.ContainsAny(p.Name, "+＋()（）/[]【】") }},
	{Code: "form.name_short", Severity: SeverityWarn, Item: "name", Source: form95, Text: t("姓名只有一个字", "the name has one character only"),
		Mend: mendPapers, person: func(p *person) bool { return utf8.RuneCountInString(p.Name) == 1 }},
	{Code: "form.former_same", Severity: SeverityWarn, Item: "former_name", Reads: []string{"name"}, Source: form95, Text: t("曾用名与姓名相同", "the former name is the name"),
		Mend: t("没有曾用名的，清空此项", "empty the item where there is no former name"), person: func(p *person) bool { return p.FormerName != "" && p.FormerName == p.Name }},
	{Code: "form.former_name", Severity: SeverityError, Item: "former_name", Source: "GB 18030", Text: t("曾用名中有造字、丢失的字或控制字符", "the former name has a private-use character, a lost one or a control mark"),
		Mend: mendPapers, person: func(p *person) bool {
			return p.FormerName != "" && slices.ContainsFunc(citizen.CheckName(p.FormerName), func(i citizen.NameIssue) bool { return i.Action == citizen.Refuse })
		}},
	{Code: "form.blank", Severity: SeverityWarn, Item: "address", Source: form95, Text: t("项目前后有多余的空白", "an item begins or ends with a blank"),
		Mend: t("去掉空白", "take the blank away"), items: textItems(func(s string) bool { return strings.TrimSpace(s) != s }, "household_no", "former_name")},
	{Code: "form.private_use", Severity: SeverityError, Item: "address", Source: "GB 18030", Text: t("住址、出生地、籍贯或服务处所中有造字或丢失的字", "the address, birthplace, native place or workplace has a private-use or lost character"),
		Mend: mendPapers, items: textItems(func(s string) bool {
			return strings.ContainsFunc(s, func(r rune) bool { return citizen.PrivateUse(r) || r == utf8.RuneError })
		})},
	{Code: "form.ditto", Severity: SeverityError, Item: "address", Source: form95, Text: t("项目写成“同上”，应写全", "an item says “ditto”; it has to be written out"),
		Mend: t("照上一行写全", "write it out as in the line above"), items: textItems(func(s string) bool {
			return slices.Contains([]string{"同上", "同前", "同左", "同户主", "〃", "″"}, s)
		}, "name")},
	{Code: "form.unknown_word", Severity: SeverityWarn, Item: "birthplace", Source: form95, Text: t("项目写成“不详”“无”一类的字，没有内容", "an item says “unknown”, “none” or the like"),
		Mend: mendPapers, items: textItems(func(s string) bool {
			return slices.Contains([]string{"不详", "无", "未知", "待查", "空", "-", "—", "0", "无地址"}, s)
		})},
}

// textItems is a rule about each of the four long texts, and some items more.
func textItems(wrong func(string) bool, more ...string) func(*person) []string {
	names := append([]string{"address", "birthplace", "native_place", "workplace"}, more...)
	return func(p *person) (broken []string) {
		for _, name := range names {
			if s := textOf(p.Record, name); s != "" && wrong(s) {
				broken = append(broken, name)
			}
		}
		return broken
	}
}

func textOf(r *register.Record, item string) string {
	switch item {
	case "name":
		return r.Name
	case "former_name":
		return r.FormerName
	case "household_no":
		return r.HouseholdNo
	case "address":
		return r.Address
	case "birthplace":
		return r.Birthplace
	case "native_place":
		return r.NativePlace
	}
	return r.Workplace
}

func placeholderName(name string) bool {
	if slices.Contains([]string{"无名", "无名氏", "未命名", "未起名", "未取名", "没起名", "没名", "未定", "待定", "暂无", "不详", "未知", "新生儿", "婴儿", "男婴", "女婴", "弃婴", "小孩", "测试"}, name) {
		return true
	}
	for _, end := range []string{"之子", "之女", "之妻"} {
		if rest, ok := strings.CutSuffix(name, end); ok && utf8.RuneCountInString(rest) > 1 {
			return true
		}
	}
	return strings.Contains(name, "某")
}

func latin(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= '０' && r <= 'ｚ'
}

func han(r rune) bool { return r >= 0x3400 && r <= 0x9FFF || r > 0x1FFFF }
