package verify

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register"
)

// Sources are the five records that must agree (plan P4), in the order of the agreement code.
var Sources = register.SourceKinds

// The sources.
const (
	SourceForm     = "form"
	SourceBooklet  = "booklet"
	SourceCard     = "card"
	SourceComputer = "computer"
	SourceCitizen  = "citizen"
)

// VisitItems are the items that a household is asked for and that all five records can have.
var VisitItems = []string{"name", "sex", "ethnic_group", "birth_date", "number", "address"}

// itemsOf are the items of a record that can differ, by their JSON names.
func itemsOf(r *register.Record) map[string]string {
	return map[string]string{"name": r.Name, "former_name": r.FormerName, "sex": r.Sex, "ethnic_group": r.EthnicGroup, "birth_date": r.BirthDate.String(),
		"number": r.Number, "address": r.Address, "birthplace": r.Birthplace, "native_place": r.NativePlace, "relation": r.Relation,
		"marital_status": r.MaritalStatus, "education": r.Education, "occupation": r.Occupation, "workplace": r.Workplace,
		"father_number": r.FatherNumber, "mother_number": r.MotherNumber, "spouse_number": r.SpouseNumber, "household_no": r.HouseholdNo}
}

// ItemOf is one item of a record; ok is false where there is no such item.
func ItemOf(r *register.Record, item string) (value string, ok bool) {
	value, ok = itemsOf(r)[item]
	return value, ok
}

// Item is one item of a person in the five records.
type Item struct {
	Item        string            `json:"item"`
	Values      map[string]string `json:"values"`      // by source; a source that was not there is missing
	Code        string            `json:"code"`        // which of the five agree, one digit a source: equal digits, equal values; 0: not there
	Explanation string            `json:"explanation"` // why they may differ, one of Explanations
	Proposal    string            `json:"proposal"`    // the value that is probably right; empty: ask
	Ground      string            `json:"ground"`      // why, one of Grounds
}

// Explanations say how two values differ.
var Explanations = map[string]citizen.Text{
	"wrong_digit_proved": t("一位数字有误，校验码可证", "one digit is wrong, and the check character proves which"),
	"wrong_digit":        t("一位数字不同，校验码不能证明", "one digit differs, and the check character does not prove which"),
	"fifteen":            t("15 位与 18 位写法", "the 15-digit form of the same number"),
	"old_division":       t("行政区划代码不同，其余相同", "another division code, the rest is equal"),
	"transposed":         t("相邻两位颠倒", "two neighbouring characters changed places"),
	"day_month":          t("月、日颠倒", "day and month changed places"),
	"homophone":          t("同音字", "another character of the same sound"),
	"look_alike":         t("形近字、异体字或繁体字", "a look-alike, variant or traditional character"),
	"width_blank":        t("全角半角或空白不同", "width or blanks differ"),
	"middle_dot":         t("间隔号写法不同", "the separator is written otherwise"),
	"part":               t("一方写得更全", "one is part of the other"),
	"other":              t("不同", "they differ"),
}

// Grounds say why a value is proposed.
var Grounds = map[string]citizen.Text{
	"legal_change": t("登记有变更记录", "a legal change is recorded"),
	"check_valid":  t("校验码及出生日期、性别相符", "its check character, birth date and sex are right"),
	"birth_entry":  t("原始登记表（常住人口登记表）", "the original form"),
	"majority":     t("多数记录一致", "most records agree"),
	"ask":          t("无法判断，询问本人并取证", "nothing tells; ask the person for proof"),
}

// Agreement is the agreement code of five values, absent ones missing: the first value present is 1, each value not seen before the next digit.
func Agreement(values map[string]string) string {
	var code []byte
	seen := make(map[string]byte)
	for _, source := range Sources {
		value, ok := values[source]
		if !ok {
			code = append(code, '0')
			continue
		}
		if seen[value] == 0 {
			seen[value] = byte('1' + len(seen))
		}
		code = append(code, seen[value])
	}
	return string(code)
}

// ItemFacts are what helps to tell which value is right.
type ItemFacts struct {
	Changed bool   // the register has a legal change of this item
	Sex     string // as registered
	Birth   citizen.Date
}

// CompareItem compares one item of five records.
func CompareItem(item string, values map[string]string, f ItemFacts) Item {
	out := Item{Item: item, Values: values, Code: Agreement(values)}
	if !strings.Contains(out.Code, "2") {
		for _, v := range values {
			out.Proposal = v
		}
		return out
	}
	out.Proposal, out.Ground = propose(item, values, f)
	reference := out.Proposal
	for _, source := range Sources {
		v, ok := values[source]
		if ok && reference == "" {
			reference = v
		}
		if ok && v != reference {
			out.Explanation = explain(item, reference, v)
			break
		}
	}
	return out
}

// propose follows the order: a recorded legal change, a number that proves itself, the original form, then the majority.
func propose(item string, values map[string]string, f ItemFacts) (value, ground string) {
	if f.Changed {
		if v, ok := values[SourceComputer]; ok {
			return v, "legal_change"
		}
	}
	if item == "number" {
		var right []string
		for _, v := range values {
			check := citizen.CheckNumber(v, citizen.NumberContext{Sex: citizen.Sex(f.Sex), Birth: f.Birth})
			if check.Valid && check.Normalised == v && check.Birth == f.Birth && string(check.Sex) == f.Sex && !slices.Contains(right, v) {
				right = append(right, v)
			}
		}
		if len(right) == 1 {
			return right[0], "check_valid"
		}
	}
	if form, ok := values[SourceForm]; ok && form == values[SourceBooklet] {
		return form, "birth_entry"
	}
	count := make(map[string]int)
	for _, v := range values {
		if count[v]++; count[v]*2 > len(values) {
			return v, "majority"
		}
	}
	return "", "ask"
}

// lookAlikes are pairs that clerks confuse, and traditional forms. A narrow table: what is not in it is told as another character.
var lookAlikes = func() map[[2]rune]bool {
	pairs := make(map[[2]rune]bool)
	for _, p := range strings.Fields("梁粱 未末 己已 已巳 曰日 戊戌 士土 千干 王玉 田由 由甲 申甲 人入 天夫 午牛 大太 白自 目且 晴睛 洁沽 彬杉 凤风 张張 刘劉 陈陳 杨楊 赵趙 吴吳 孙孫 马馬 国國 华華 丽麗 凤鳳 龙龍 云雲 兰蘭 宝寶 荣榮 庆慶 峰峯 群羣 升昇 淑俶 艳豔 凌淩 玥钥 晓晚 晖辉") {
		r := []rune(p)
		pairs[[2]rune{r[0], r[1]}], pairs[[2]rune{r[1], r[0]}] = true, true
	}
	return pairs
}()

func explain(item, a, b string) string {
	switch {
	case fold(a) == fold(b):
		return "width_blank"
	case dotted(a) == dotted(b):
		return "middle_dot"
	}
	switch item {
	case "number", "father_number", "mother_number", "spouse_number":
		return explainNumber(a, b)
	case "birth_date":
		return explainDate(a, b)
	case "name", "former_name":
		return explainName(a, b)
	}
	if a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a)) {
		return "part"
	}
	return "other"
}

// fold takes blanks out and full-width signs to half width.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\u3000' || r == '\t':
			return -1
		case r >= '\uff01' && r <= '\uff5e':
			return r - 0xfee0
		}
		return r
	}, s)
}

// dotted unifies the separator's forms.
func dotted(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("•・‧∙⋅.．。", r) {
			return citizen.MiddleDot
		}
		return r
	}, fold(s))
}

func explainNumber(a, b string) string {
	if len(a) == 15 && len(b) == 18 {
		a, b = b, a
	}
	if len(a) == 18 && len(b) == 15 {
		if a[:6]+a[8:17] == b {
			return "fifteen"
		}
		return "other"
	}
	if len(a) != 18 || len(b) != 18 {
		return "other"
	}
	var places []int
	for i := range a {
		if a[i] != b[i] {
			places = append(places, i)
		}
	}
	valid := func(s string) bool { _, err := citizen.ParseNumber(s); return err == nil }
	switch {
	case len(places) == 1 && valid(a) != valid(b):
		return "wrong_digit_proved"
	case len(places) == 1:
		return "wrong_digit"
	case len(places) == 2 && places[1] == places[0]+1 && a[places[0]] == b[places[1]] && a[places[1]] == b[places[0]]:
		return "transposed"
	case a[6:17] == b[6:17]:
		return "old_division"
	}
	return "other"
}

func explainDate(a, b string) string {
	x, errX := citizen.ParseDate(a)
	y, errY := citizen.ParseDate(b)
	if errX != nil || errY != nil {
		return "other"
	}
	if x.Year() == y.Year() && x.Month() == y.Day() && x.Day() == y.Month() {
		return "day_month"
	}
	different := 0
	for i, c := range x.Compact() {
		if byte(c) != y.Compact()[i] {
			different++
		}
	}
	if different == 1 {
		return "wrong_digit"
	}
	return "other"
}

func explainName(a, b string) string {
	x, y := []rune(a), []rune(b)
	if len(x) == len(y) {
		alike := true
		for i := range x {
			alike = alike && (x[i] == y[i] || lookAlikes[[2]rune{x[i], y[i]}])
		}
		if alike {
			return "look_alike"
		}
	}
	if citizen.Pinyin(a) == citizen.Pinyin(b) {
		return "homophone"
	}
	return "other"
}

// Order asks for one record to be put right.
type Order struct {
	Source string `json:"source"`
	Item   string `json:"item"`
	From   string `json:"from"`
	To     string `json:"to"`
	Do     string `json:"do"` // rewrite_form, new_booklet_page, renew_card, change_record, ask_person
}

var orderOf = map[string]string{SourceForm: "rewrite_form", SourceBooklet: "new_booklet_page", SourceCard: "renew_card",
	SourceComputer: "change_record", SourceCitizen: "ask_person"}

// Orders are the correction orders that an item calls for: one to each record that is not as proposed; without a proposal the person is asked.
func (it Item) Orders() []Order {
	if !strings.Contains(it.Code, "2") {
		return nil
	}
	if it.Proposal == "" && it.Ground == "ask" {
		return []Order{{Source: SourceCitizen, Item: it.Item, From: it.Values[SourceComputer], Do: orderOf[SourceCitizen]}}
	}
	var all []Order
	for _, source := range Sources {
		if v, ok := it.Values[source]; ok && v != it.Proposal {
			all = append(all, Order{Source: source, Item: it.Item, From: v, To: it.Proposal, Do: orderOf[source]})
		}
	}
	return all
}

// Typed is what a clerk types of a comparison: a record that has another value than the computer.
type Typed struct {
	Source string `json:"source"`
	Item   string `json:"item"`
	Value  string `json:"value"`
}

// ComparePerson compares a person's five records by exception: a record looked at has what the computer has, save where something was typed.
func ComparePerson(by By, c Compared, person register.Tenure, typed []Typed, changed map[string]bool, pending bool) (Compared, error) {
	c.Home, c.Tenure, c.Resident, c.HouseholdNo, c.On = by.Unit, person.ID, person.Resident, person.Record.HouseholdNo, by.Today
	if person.Unit != by.Unit || person.State != register.StateOpen {
		return c, notOurs()
	}
	for _, source := range c.Looked {
		if !slices.Contains(Sources, source) {
			return c, unknownSource()
		}
	}
	if len(c.Looked) == 0 {
		return c, field("looked", refuse("verify.nothing_looked_at", "", "未填核对了哪些记录", "it does not say which records were looked at", "列出登记表、户口簿、身份证、本人中核对过的", "list those of form, booklet, card and citizen that were there"))
	}
	values := make(map[string]map[string]string)
	for _, d := range typed {
		registered, ok := ItemOf(&person.Record, d.Item)
		if !ok {
			return c, field("differs", refuse("verify.item", form95, "没有项目 "+d.Item, "there is no item "+d.Item, "按登记表的项目填写", "use an item of the form"))
		}
		if !slices.Contains(c.Looked, d.Source) || d.Source == SourceComputer {
			return c, unknownSource()
		}
		if values[d.Item] == nil {
			values[d.Item] = map[string]string{SourceComputer: registered}
			for _, source := range c.Looked {
				values[d.Item][source] = registered
			}
		}
		values[d.Item][d.Source] = d.Value
	}
	for _, name := range sortedNames(values) {
		item := CompareItem(name, values[name], ItemFacts{Changed: changed[name], Sex: person.Record.Sex, Birth: person.Record.BirthDate})
		if item.Orders() == nil {
			continue
		}
		c.Items = append(c.Items, item)
		c.Orders = append(c.Orders, item.Orders()...)
	}
	if len(c.Orders) == 0 && !pending {
		c.Verified = []Verified{{Tenure: person.ID, Resident: person.Resident, Main: register.MainMark(person.Record), By: by.Operator, Way: WayComparison}}
	}
	return c, nil
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func unknownSource() *event.Refusal {
	return field("differs", refuse("verify.source", "", "记录来源应为 form、booklet、card、citizen 之一，且已列为核对过", "the source is one of form, booklet, card and citizen, and was listed as looked at", "改正记录来源", "correct the source"))
}

func notOurs() *event.Refusal {
	return refuse("verify.not_ours", "户口登记条例（1958）第6条", "该人不在本所登记或登记已终止", "the person is not registered at this station, or no longer", "由登记地派出所办理", "the station of the registration does it")
}
