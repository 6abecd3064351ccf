package chip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Severity says what a finding means for the card.
type Severity string

// The severities, from the hardest.
const (
	Error   Severity = "error"   // the card may not be made, or the record not be used, as it stands
	Warning Severity = "warning" // it may; somebody looks at it first
	Note    Severity = "note"    // nothing is to be done; it explains what may look odd
)

// Finding is one thing found about a record.
type Finding struct {
	Code     string       `json:"code"` // card.chip.<what>, or card.chip.<field>_<what>
	Severity Severity     `json:"severity"`
	Field    string       `json:"field,omitempty"`
	Source   string       `json:"source"`
	Text     citizen.Text `json:"text"`
	Mend     citizen.Text `json:"mend"`
}

// Failed tells whether an error is among the findings.
func Failed(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Severity == Error })
}

const (
	srcRecord   = "GA 490-2004"
	srcUCS      = "GB 13000"
	srcNumber   = "GB 11643-1999"
	srcDivision = "GB/T 2260"
	srcValidity = "GA 214.8-2004"
	srcLaw      = "居民身份证法 (2003)"
	srcOurs     = "practice, unconfirmed"
)

// rule is what stands behind a code. {field} is the field's name and {detail} what was met.
type rule struct {
	fields   []string // that have it; empty: it is about the whole record
	severity Severity
	source   string
	text     citizen.Text
	mend     citizen.Text
}

var (
	texts  = []string{"name", "address", "authority"}
	all    = []string{"name", "sex", "ethnic_group", "birth", "address", "number", "authority", "valid_from", "valid_until"}
	mendIt = citizen.Text{ZH: "更正户口登记后重新生成", EN: "correct the register, then make the record again"}
)

// rules are the findings by the last part of their code. docs/formats/chip.md lists them.
var rules = map[string]rule{
	// how the bytes are written
	"size": {nil, Error, srcRecord, citizen.Text{ZH: "记录应为256字节，现为{detail}字节", EN: "a record has 256 bytes, this has {detail}"},
		citizen.Text{ZH: "重新读取或重新生成；不要截断或补齐", EN: "read or make it again; neither cut nor fill it"}},
	"json": {nil, Error, "docs/formats/chip.md", citizen.Text{ZH: "不是一个JSON对象：{detail}", EN: "this is no JSON object: {detail}"},
		citizen.Text{ZH: "每行一个对象，字段见docs/formats/chip.md", EN: "write one object a line, with the members of docs/formats/chip.md"}},
	"byte_order": {nil, Error, srcRecord, citizen.Text{ZH: "字节次序颠倒（高位在前）", EN: "the bytes of each character are exchanged (high byte first)"},
		citizen.Text{ZH: "写出方应改为低位在前(UTF-16LE)", EN: "whoever wrote it writes the low byte first (UTF-16LE)"}},
	"type_j": {nil, Error, srcOurs, citizen.Text{ZH: "这是港澳台居民居住证(类型J)，不是居民身份证", EN: "this is a residence permit of Hong Kong, Macao or Taiwan residents (type J), not a resident's card"},
		citizen.Text{ZH: "按居住证业务办理，本程序不受理", EN: "it belongs to other work; this program does not take it"}},
	"type_i": {nil, Error, srcOurs, citizen.Text{ZH: "这是外国人永久居留身份证(类型I)，不是居民身份证", EN: "this is a foreigner's permanent residence card (type I), not a resident's card"},
		citizen.Text{ZH: "按出入境业务办理，本程序不受理", EN: "it belongs to other work; this program does not take it"}},
	"nul": {all, Error, srcRecord, citizen.Text{ZH: "{field}含空字符(NUL)，应以空格补齐", EN: "{field} holds NUL characters; it is padded with blanks"},
		citizen.Text{ZH: "由写出方重新生成", EN: "whoever wrote it makes it again"}},
	"surrogate": {all, Error, srcUCS, citizen.Text{ZH: "{field}含不成对的代理码{detail}，不是字符", EN: "{field} holds half a character, {detail}"},
		citizen.Text{ZH: "由写出方重新生成；不要手工修补", EN: "whoever wrote it makes it again; do not patch it"}},
	"reserved": {nil, Error, srcRecord, citizen.Text{ZH: "预留区不是空格", EN: "the reserved part is not blank"},
		citizen.Text{ZH: "核对是否为另一种证件，或由写出方重新生成", EN: "see whether it is another kind of card, or have it made again"}},
	"reserved_nul": {nil, Warning, srcOurs, citizen.Text{ZH: "预留区为空字符，本系统写空格", EN: "the reserved part holds NULs; this system writes blanks"},
		citizen.Text{ZH: "其余内容可用；写出新记录时用空格", EN: "the rest can be used; write blanks when making a new record"}},
	"differs": {all, Error, srcRecord, citizen.Text{ZH: "芯片中的{field}与登记不一致", EN: "{field} in the chip is not the one that was ordered"},
		citizen.Text{ZH: "不得发放；退回重做并查明是否串号", EN: "do not hand the card over; send it back and see whether two records were exchanged"}},

	// texts
	"empty": {texts, Error, srcRecord, citizen.Text{ZH: "{field}为空", EN: "{field} is empty"},
		citizen.Text{ZH: "按户口登记填写", EN: "take it from the register"}},
	"length": {texts, Error, srcRecord, citizen.Text{ZH: "{field}过长：{detail}个字符位", EN: "{field} is too long: {detail} units"},
		citizen.Text{ZH: "由经办人与本人确定证件用缩写并登记理由，不得自动截断", EN: "a clerk settles a shorter text with the holder and records why; it is never cut"}},
	"outer_space": {texts, Error, srcRecord, citizen.Text{ZH: "{field}前后有空格", EN: "{field} has blanks around it"},
		citizen.Text{ZH: "去掉前后空格", EN: "remove them"}},
	"inner_space": {texts, Warning, srcOurs, citizen.Text{ZH: "{field}中间有空格，有的读卡软件会在此截断", EN: "{field} has a blank inside; some reading programs cut it there"},
		citizen.Text{ZH: "登记如无空格则去掉，有则保留", EN: "remove it unless the register has it"}},
	"rare": {texts, Error, srcUCS, citizen.Text{ZH: "{field}含基本平面以外的生僻字{detail}，芯片字段不能存放", EN: "{field} has a rare character outside the basic plane, {detail}, that the chip's fields cannot hold"},
		citizen.Text{ZH: "按生僻字程序办理：登记字形，列待制，可先办临时身份证", EN: "follow the rare-character procedure: record its shape, let the card wait, offer a temporary card"}},
	"private_use": {texts, Error, srcUCS, citizen.Text{ZH: "{field}含本地自造字{detail}，别处无法显示", EN: "{field} has a locally made character, {detail}, that no other system can show"},
		citizen.Text{ZH: "查标准字库中的正字；查不到的按生僻字程序办理", EN: "look for the character in the standard; failing that follow the rare-character procedure"}},
	"uncommon": {texts, Warning, srcUCS, citizen.Text{ZH: "{field}含扩充汉字{detail}，芯片可存，制证字库不一定有", EN: "{field} has a character of an extension, {detail}: the chip can hold it, the maker's fonts may lack it"},
		citizen.Text{ZH: "先与制证中心确认字库", EN: "ask the maker whether it can be set"}},
	"control": {texts, Error, srcUCS, citizen.Text{ZH: "{field}含不可见的控制字符{detail}", EN: "{field} has an invisible control mark, {detail}"},
		citizen.Text{ZH: "重新录入", EN: "enter it again"}},
	"lost": {texts, Error, srcUCS, citizen.Text{ZH: "{field}有字在以前的转换中丢失", EN: "{field} has lost a character in an earlier conversion"},
		citizen.Text{ZH: "按户口簿重新录入", EN: "enter it again from the booklet"}},
	"separator": {texts[:1], Warning, "民委发〔2016〕33号", citizen.Text{ZH: "姓名间隔符不规范：{detail}", EN: "the separator in the name is not the standard one: {detail}"},
		citizen.Text{ZH: "改为“·”(U+00B7)，或与登记核对", EN: "use · (U+00B7), or compare with the register"}},
	"characters": {texts[:1], Warning, srcLaw + " art. 4", citizen.Text{ZH: "姓名含非汉字{detail}", EN: "the name has something that is no Han character, {detail}"},
		citizen.Text{ZH: "姓名应使用规范汉字，与登记核对", EN: "names are written in standard characters; compare with the register"}},
	"form": {texts[2:], Warning, srcLaw + " art. 8", citizen.Text{ZH: "签发机关不像县级公安机关的名称", EN: "the authority does not read like a county's public security bureau"},
		citizen.Text{ZH: "与签发单位的规范名称核对", EN: "compare with the bureau's registered name"}},
	"other": {texts[2:], Error, srcLaw + " art. 8", citizen.Text{ZH: "签发机关不是签发该证的单位{detail}", EN: "the authority is not the bureau that issues the card, {detail}"},
		citizen.Text{ZH: "查明是否串了他人的记录", EN: "see whether two people's records were exchanged"}},

	// codes
	"sex_code":          {nil, Error, "GB/T 2261.1-2003", citizen.Text{ZH: "性别代码{detail}不在代码表中", EN: "the sex {detail} is not in the table"}, mendIt},
	"sex_not_stated":    {nil, Error, "GB/T 2261.1-2003", citizen.Text{ZH: "性别为“{detail}”，证件须为男或女", EN: "the sex is {detail}; a card says male or female"}, mendIt},
	"ethnic_group_code": {nil, Error, "GB/T 3304-1991", citizen.Text{ZH: "民族代码{detail}不在代码表中", EN: "the ethnic group {detail} is not in the table"}, mendIt},
	"ethnic_group_other": {nil, Note, "GB/T 3304-1991", citizen.Text{ZH: "民族为{detail}，有的读卡软件不识此代码", EN: "the ethnic group is {detail}; some reading programs do not know the code"},
		citizen.Text{ZH: "无需处理", EN: "nothing is to be done"}},

	// dates
	"date": {[]string{"birth", "valid_from", "valid_until"}, Error, "GB/T 7408", citizen.Text{ZH: "{field}{detail}不是真实存在的日期", EN: "{field} is no real date: {detail}"},
		citizen.Text{ZH: "按户口登记或签发日期重新生成", EN: "make it again from the register or the day of issue"}},
	"before_birth": {[]string{"valid_from"}, Error, srcValidity, citizen.Text{ZH: "签发日期早于出生日期", EN: "the card was issued before the birth"}, mendIt},
	"too_early": {[]string{"valid_from"}, Warning, srcLaw + " art. 23", citizen.Text{ZH: "签发日期早于2004年1月1日，当时尚无二代证", EN: "issued before 1 January 2004, when there was no such card"},
		citizen.Text{ZH: "核对签发日期", EN: "check the day of issue"}},
	"validity": {nil, Error, srcValidity, citizen.Text{ZH: "有效期限与签发时年龄不符，应至{detail}", EN: "the validity does not fit the age at issue; it should end {detail}"},
		citizen.Text{ZH: "由程序按出生日期和签发日期计算，不要手工填写", EN: "let the program compute it from birth and day of issue; it is never typed"}},

	// number
	"number_length":       {nil, Error, srcNumber, citizen.Text{ZH: "{detail}", EN: "{detail}"}, mendIt},
	"number_character":    {nil, Error, srcNumber, citizen.Text{ZH: "{detail}", EN: "{detail}"}, mendIt},
	"number_check":        {nil, Error, srcNumber, citizen.Text{ZH: "{detail}", EN: "{detail}"}, mendIt},
	"number_birth_date":   {nil, Error, srcNumber, citizen.Text{ZH: "{detail}", EN: "{detail}"}, mendIt},
	"number_future":       {nil, Error, srcNumber, citizen.Text{ZH: "号码中的出生日期晚于签发日期", EN: "the birth date in the number is after the day of issue"}, mendIt},
	"number_division":     {nil, Error, srcDivision, citizen.Text{ZH: "{detail}", EN: "{detail}"}, mendIt},
	"number_division_old": {nil, Warning, srcDivision, citizen.Text{ZH: "{detail}", EN: "{detail}"}, citizen.Text{ZH: "与登记核对后可以制证", EN: "compare with the register; the card may be made"}},
	"number_sequence":     {nil, Warning, srcOurs, citizen.Text{ZH: "{detail}", EN: "{detail}"}, citizen.Text{ZH: "与登记核对后可以制证", EN: "compare with the register; the card may be made"}},
	"number_remarkable":   {nil, Note, srcNumber, citizen.Text{ZH: "{detail}", EN: "{detail}"}, citizen.Text{ZH: "无需处理", EN: "nothing is to be done"}},
	"number_sex":          {nil, Error, srcNumber, citizen.Text{ZH: "号码第17位与性别不符", EN: "place 17 of the number does not fit the sex"}, mendIt},
	"number_birth": {nil, Error, srcNumber, citizen.Text{ZH: "号码第7至14位与出生日期不符", EN: "places 7 to 14 of the number are not the birth date"},
		citizen.Text{ZH: "查明是否串了他人的记录，再更正户口登记", EN: "see whether two people's records were exchanged, then correct the register"}},
	"number_written": {nil, Error, srcNumber, citizen.Text{ZH: "号码不是规范写法(末位应为大写X，无全角字符和空格)", EN: "the number is not in its standard form (capital X, no full-width characters, no blanks)"},
		citizen.Text{ZH: "改为规范写法", EN: "write it in the standard form"}},
}

// code is the whole code of a rule about a field.
func code(what, field string) string {
	if r := rules[what]; len(r.fields) == 0 {
		return "card.chip." + what
	}
	return "card.chip." + field + "_" + what
}

func finding(what string, f field, detail citizen.Text) Finding {
	r := rules[what]
	fill := func(text, label, detail string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, "{field}", label), "{detail}", detail)
	}
	return Finding{Code: code(what, f.name), Severity: r.severity, Field: f.name, Source: r.source, Mend: r.mend,
		Text: citizen.Text{ZH: fill(r.text.ZH, f.label.ZH, detail.ZH), EN: fill(r.text.EN, f.label.EN, detail.EN)}}
}

// Codes lists every code that a finding can have, in their order.
func Codes() []string {
	var out []string
	for what, r := range rules {
		for _, name := range r.fields {
			out = append(out, code(what, name))
		}
		if len(r.fields) == 0 {
			out = append(out, code(what, ""))
		}
	}
	slices.Sort(out)
	return out
}

func count(n int) citizen.Text { return plain(strconv.Itoa(n)) }

func codePoint(r rune) citizen.Text { return plain(fmt.Sprintf("U+%04X", r)) }

// plain is a detail that reads the same in both languages.
func plain(s string) citizen.Text { return citizen.Text{ZH: s, EN: s} }
