package reconcile

import (
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
)

func t(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }

// Explanations say how two values of an item differ, by code.
var Explanations = map[string]citizen.Text{
	// any item
	"missing":        t("一方未填", "one says nothing"),
	"width_blank":    t("全角半角或空白不同", "width or blanks differ"),
	"private_use":    t("有自造字，各机所示不同", "a character made locally, which each machine shows otherwise"),
	"lost_character": t("有字未能录入，以符号或拼音代替", "a character could not be entered; a sign or its sound stands for it"),
	"placeholder":    t("一方为代填内容（无名、某某之子、顺序码 000）", "one is filled in for an unknown value (nameless, so-and-so’s son, sequence 000)"),
	"legal_change":   t("登记有变更记录，一方为变更前的内容", "a legal change is recorded; one has what stood before it"),
	"part":           t("一方写得更全", "one is part of the other"),
	"other":          t("其他不同", "another difference"),
	// numbers
	"wrong_digit_proved": t("一位数字有误，校验码可证", "one digit is wrong, and the check character proves which"),
	"wrong_digit":        t("一位数字不同，校验码不能证明", "one digit differs, and the check character does not prove which"),
	"transposed":         t("相邻两位颠倒", "two neighbouring characters changed places"),
	"fifteen":            t("15 位与 18 位写法", "the 15-digit form of the same number"),
	"other_sign":         t("校验码 X 写成了别的字符", "the check character X is written as another sign"),
	"century":            t("出生年份的世纪不同", "another century of birth"),
	"old_division":       t("行政区划代码不同，其余相同", "another division code, the rest is equal"),
	"other_birth":        t("号码中的出生日期不同", "the numbers say other birth dates"),
	"other_sequence":     t("顺序码不同，地区和出生日期相同", "another sequence, division and birth date are equal"),
	"relative_number":    t("是亲属的号码", "it is the number of a relative"),
	"other_number":       t("另一个号码", "another number"),
	// dates
	"day_month":   t("月、日颠倒", "day and month changed places"),
	"lunar":       t("一方为农历日期", "one is the date by the lunar calendar"),
	"default_day": t("一方为代填的日期（1 日、15 日或 1 月 1 日）", "one is a day filled in for an unknown one (the 1st, the 15th or 1 January)"),
	"near_date":   t("日期相差一个月、一日或十日", "a month, a day or ten days apart"),
	"near_year":   t("月日相同，年份差一至三年（虚岁或改小改大）", "the same day of a year one to three years away"),
	// names
	"homophone":       t("同音字", "another character of the same sound"),
	"near_sound":      t("近音字", "another character that sounds nearly the same"),
	"look_alike":      t("形近字", "a look-alike character"),
	"sound_and_shape": t("同音或近音，字形也相近", "another character that sounds and looks alike"),
	"variant":         t("繁体字、异体字或俗写", "a traditional, variant or informally reduced character"),
	"middle_dot":      t("间隔号写法不同", "the separator is written otherwise"),
	"former_name":     t("用的是曾用名", "it is the former name"),
	"name_order":      t("名中两字颠倒", "the characters of the given name changed places"),
	"name_dropped":    t("多一字或少一字", "one character more or less"),
	// addresses
	"address_form":  t("同一地址的不同写法", "the same place, written otherwise"),
	"old_place":     t("旧的区划、街道名或旧编号", "an earlier division, street name or way of numbering"),
	"stale_address": t("迁移前的地址", "the address before a move"),
}

// Grounds say why a value is proposed, by code, in the order in which they are asked.
var Grounds = map[string]citizen.Text{
	"legal_change": t("登记有变更记录", "a legal change is recorded"),
	"check_valid":  t("校验码及出生日期、性别相符", "its check character, birth date and sex are right"),
	"birth_entry":  t("原始登记表（常住人口登记表）", "the original form"),
	"majority":     t("多数记录一致", "most records agree"),
	"ask":          t("无法判断，询问本人并取证", "nothing tells; ask the person for proof"),
}

// Passes say which rows were taken for one person's, by the name of By.
var Passes = map[string]citizen.Text{
	"number":         t("按公民身份号码对上", "joined by number"),
	"household_name": t("号码不同，按派出所、户号、姓名对上", "joined by station, household and name; the numbers differ"),
	"name_birth":     t("号码不同，按姓名、出生日期对上", "joined by name and birth date; the numbers differ"),
	"linkage":        t("由比对引擎推荐，须人工确认", "joined by likeness; a person must confirm it"),
}

// RepeatKinds say what it means that one source has a number more than once.
var RepeatKinds = map[string]citizen.Text{
	RepeatedTwice:  t("同一记录出现两次，只取一次", "the same row stands twice; it is counted once"),
	RepeatedDouble: t("姓名、出生日期也相同：疑为重复户口", "name and birth date are equal too: perhaps registered twice"),
	RepeatedShared: t("不同的人用了同一号码（重号）", "different people have one number"),
}

// SourceTexts are the names of the sources.
var SourceTexts = [SourceCount]citizen.Text{t("登记表", "form"), t("户口簿", "booklet"), t("身份证", "card"), t("微机", "computer"), t("本人", "citizen")}

// ItemTexts are the names of the items.
var ItemTexts = [ItemCount]citizen.Text{t("公民身份号码", "number"), t("姓名", "name"), t("曾用名", "former name"), t("出生日期", "birth date"), t("住址", "address"), t("出生地", "birthplace"),
	t("籍贯", "native place"), t("职业", "occupation"), t("服务处所", "workplace"), t("父亲证号", "father’s number"), t("母亲证号", "mother’s number"), t("配偶证号", "spouse’s number"),
	t("户号", "household number"), t("性别", "sex"), t("民族", "ethnic group"), t("与户主关系", "relation"), t("婚姻状况", "marital status"), t("文化程度", "education")}

// Text is the explanation in words, with the place of a digit or the day of a change where there is one.
func (e Explanation) Text() citizen.Text {
	text := Explanations[e.Code]
	if e.Place > 0 {
		text.ZH += fmt.Sprintf("（第 %d 位）", e.Place)
		text.EN += fmt.Sprintf(" (place %d)", e.Place)
	}
	if e.Proved && e.Code != "wrong_digit_proved" {
		text.ZH += "，校验码可证"
		text.EN += "; the check character proves it"
	}
	if !e.On.IsZero() {
		text.ZH += fmt.Sprintf("（%s）", e.On)
		text.EN += fmt.Sprintf(" (%s)", e.On)
	}
	return text
}
