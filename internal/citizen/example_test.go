package citizen_test

import (
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
)

func ExampleCheckNumber() {
	check := citizen.CheckNumber("22010619710816977Ｘ", citizen.NumberContext{On: citizen.MustDate("2005-09-01")})
	fmt.Println(check.Valid, check.Class, check.Normalised, check.DivisionName, check.Birth, check.Sex.Text().EN)
	// Output: true normalise 22010619710816977X 吉林省长春市绿园区 1971-08-16 male
}

func ExampleFromFifteen() {
	number, findings, err := citizen.FromFifteen("220122950506941", citizen.MustDate("1895-05-06"))
	fmt.Println(number.Grouped(), findings[0].Class, findings[0].Action, err)
	// Output: 220122 18950506 9414 century warn <nil>
}

func ExampleNormaliseName() {
	name, issues := citizen.NormaliseName("买买提•吐尔逊")
	fmt.Println(name, issues[0].Class, issues[0].At)
	// Output: 买买提·吐尔逊 middle-dot 3
}

func ExamplePinyin() {
	fmt.Println(citizen.Pinyin("单雄信"), "/", citizen.Pinyin("尉迟恭"), "/", citizen.PlacePinyin("长春"))
	// Output: shan xiong xin / yu chi gong / chang chun
}

func ExampleRuleOn() {
	for _, day := range []string{"2005-09-01", "2012-06-01"} {
		rule, _ := citizen.RuleOn("card.fee.waiver", citizen.MustDate(day))
		fmt.Println(day, rule.Citation.Text().EN)
	}
	// Output:
	// 2005-09-01 Resident Identity Card Law (2003), article 20, paragraph 2
	// 2012-06-01 Resident Identity Card Law (2011), article 21, paragraph 2
}

func ExampleCardValidity() {
	from, to, longTerm := citizen.CardValidity(citizen.MustDate("1981-05-01"), citizen.MustDate("2004-03-27"))
	fmt.Println(from, to, longTerm)
	// Output: 2004-03-27 2014-03-27 false
}

func ExampleTable_ByWord() {
	code, _ := citizen.EthnicGroups.ByWord("满")
	fmt.Println(code.Code, code.ZH, code.EN)
	// Output: 11 满族 Manchu (Man)
}
