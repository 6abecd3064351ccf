package citizen

import (
	"slices"
	"strconv"
	"strings"
)

// Citation points at a place in a law, an order or a standard. The version is
// part of it: in the Resident Identity Card Law the later articles are numbered
// one lower in the text of 2003 than in that of 2011.
type Citation struct {
	Law     string `json:"law"`     // "居民身份证法", or the number of a standard
	Version string `json:"version"` // year of the text, "2003"; empty for standards
	Article string `json:"article"` // "8"
	Para    string `json:"para,omitempty"`
}

// lawNames are the English names of the laws, orders, notices and documents cited. What is known by its number is named with it, in the letters in
// which its marks are read.
var lawNames = map[string]string{
	lawCard:      "Resident Identity Card Law",
	lawHukou:     "Household Registration Regulations",
	lawTemporary: "Measures on Temporary Resident Identity Cards",
	lawTempOld:   "Interim Provisions on Temporary Identity Cards",
	lawFees:      "Notice on Fees for Resident Identity Cards, Fa Gai Jia Ge [2003] No. 2322",
	lawFees95:    "Notice on Fees for First-Generation Identity Cards, Ji Jia Ge [1995] No. 873",
	lawWaiver:    "Notice on Fee Waivers for Resident Identity Cards, Cai Zong [2004] No. 8",
	lawNumbers:   "State Council Notice on the Citizen Number System, Guo Fa [1999] No. 15",
	lawNorm:      "local working norm",

	"居民身份证试行条例":     "Trial Regulations on Resident Identity Cards",
	"居民身份证条例":       "Resident Identity Card Regulations",
	"民法通则":          "General Principles of the Civil Law",
	"婚姻法":           "Marriage Law",
	"禁止使用童工规定":      "Provisions on the Prohibition of Child Labour",
	"户籍系统完整性检查":     "integrity checks of a household registration system",
	"公安部令第78号":      "Measures on Temporary Resident Identity Cards, Order No. 78 of the Ministry of Public Security",
	"公通字〔1995〕91号":  "Notice on the Registration Form and the Household Booklet, Gong Tong Zi [1995] No. 91",
	"公通字〔1998〕65号":  "Notice on Problems of Household Registration, Gong Tong Zi [1998] No. 65",
	"国函〔2001〕62号":   "State Council Reply on the New Generation of Identity Cards, Guo Han [2001] No. 62",
	"国发〔1978〕104号":  "State Council Measures on Retirement, Guo Fa [1978] No. 104",
	"民委发〔2016〕33号":  "Notice on the Names of Ethnic Minorities in Information Systems, Min Wei Fa [2016] No. 33",
	"财税〔2018〕37号":   "Notice on Charges Ended or Reduced, Cai Shui [2018] No. 37",
	"长府办发〔2005〕49号": "City Plan for Replacing Identity Cards, Chang Fu Ban Fa [2005] No. 49",
	"国家民委、国务院第四次人口普查领导小组、公安部规定": "Provisions of the Ethnic Affairs Commission, the Census Office and the Ministry of Public Security on Ethnic Groups",
}

// The laws, orders and notices of the rules.
const (
	lawCard      = "居民身份证法"
	lawHukou     = "户口登记条例"
	lawTemporary = "临时居民身份证管理办法"
	lawTempOld   = "临时身份证管理暂行规定"
	lawFees      = "发改价格〔2003〕2322号"
	lawFees95    = "计价格〔1995〕873号"
	lawWaiver    = "财综〔2004〕8号"
	lawNumbers   = "国发〔1999〕15号"
	lawNorm      = "办证工作时限（外地规范）"
)

// Text returns the citation as clerks write it: 《居民身份证法》（2003年）第八条.
func (c Citation) Text() Text {
	english, isLaw := lawNames[c.Law]
	if !isLaw {
		return Text{c.Law, c.Law}
	}
	t := Text{"《" + c.Law + "》", english}
	if c.Law == lawNorm || strings.HasSuffix(c.Law, "号") {
		return Text{c.Law, english}
	}
	if c.Version != "" {
		t.ZH, t.EN = t.ZH+"（"+c.Version+"年）", t.EN+" ("+c.Version+")"
	}
	if c.Article != "" {
		t.ZH, t.EN = t.ZH+"第"+chineseNumeral(c.Article)+"条", t.EN+", article "+c.Article
	}
	if c.Para != "" {
		t.ZH, t.EN = t.ZH+"第"+chineseNumeral(c.Para)+"款", t.EN+", paragraph "+c.Para
	}
	return t
}

// chineseNumeral writes 1 to 99 in Chinese; other texts stay as they are.
func chineseNumeral(s string) string {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 99 {
		return s
	}
	const step = len("一")
	digit := func(d int) string { return "一二三四五六七八九"[(d-1)*step : d*step] }
	out := ""
	if n >= 20 {
		out = digit(n / 10)
	}
	if n >= 10 {
		out += "十"
	}
	if n%10 > 0 {
		out += digit(n % 10)
	}
	return out
}

// The units of rule values.
const (
	UnitNone        = ""             // the rule holds or not; the value is 1
	UnitYears       = "years"        // full years; of age where the ID says age
	UnitMonths      = "months"       // calendar months
	UnitDays        = "days"         // calendar days
	UnitWorkingDays = "working-days" // days without weekends and public holidays
	UnitFen         = "fen"          // hundredths of a yuan
	UnitPercent     = "percent"      // of the full amount
)

// Rule is one limit or condition of law as data, with the days on which it
// holds, both inclusive; no To means still in force as far as the sources go.
type Rule struct {
	ID       string   `json:"id"` // stable: "card.apply.age"
	Citation Citation `json:"citation"`
	From     Date     `json:"from"`
	To       Date     `json:"to"`
	Value    int      `json:"value"`
	Unit     string   `json:"unit"`
	Text     Text     `json:"text"`
	// Unconfirmed marks a default taken from another place or a weak source; the
	// office sets its own in the configuration.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
}

// InForce reports whether the rule holds on a day.
func (r Rule) InForce(on Date) bool {
	return !on.Before(r.From) && (r.To.IsZero() || !on.After(r.To))
}

// RuleOn returns the version of a rule in force on a day.
func RuleOn(id string, on Date) (Rule, bool) {
	for _, r := range rulesByID[id] {
		if r.InForce(on) {
			return r, true
		}
	}
	return Rule{}, false
}

// Rules returns every version of every rule, ordered by ID and then by From.
func Rules() []Rule { return slices.Clone(allRules) }

// CardValidity returns the first and last day of a card's validity by the age on
// the day of issue: under 16 five years, 16 to 25 ten, 26 to 45 twenty, from 46
// on long-term (居民身份证法 article 5; GA 214.8-2004). The period runs from the day
// of issue to the same day of the last year; from 29 February to 1 March where
// the last year is a common one. A long-term card has no last day. Without one of
// the dates, or with an issue before the birth, no dates are returned.
func CardValidity(birth, issued Date) (from, to Date, longTerm bool) {
	age := birth.AgeOn(issued)
	switch {
	case age < 0:
		return Date{}, Date{}, false
	case age >= 46:
		return issued, Date{}, true
	case age >= 26:
		return issued, issued.AddYears(20), false
	case age >= 16:
		return issued, issued.AddYears(10), false
	default:
		return issued, issued.AddYears(5), false
	}
}
