package verify

import "github.com/huzheng/huzheng/internal/citizen"

// dateRules are about the birth date. Those that compare it with the number say what may have happened, beside number.birth.
var dateRules = []Rule{
	{Code: "date.future", Severity: SeverityError, Item: "birth_date", Source: "GB/T 7408", Text: t("出生日期晚于今日", "the birth date is in the future"),
		Mend: mendPapers, person: func(p *person) bool { return p.BirthDate.After(p.today) }},
	{Code: "date.old", Severity: SeverityWarn, Item: "birth_date", Source: hz2004, Text: t("年龄超过 120 岁，可能应销未销", "older than 120 years: perhaps dead and not cancelled"),
		Mend: t("入户核实是否健在", "visit and see whether the person lives"), person: func(p *person) bool { return p.reached(oldestAge + 1) }},
	dateRule("date.default", "出生日期是 1 月 1 日、1 日或 15 日，号码是同年（月）的另一日，可能是估填的", "the birth date is 1 January, or the 1st or 15th, and the number has another day of that year or month: perhaps filled in", func(born, at citizen.Date) bool {
		return at.Year() == born.Year() && (at.Month() == 1 && at.Day() == 1 || at.Month() == born.Month() && (at.Day() == 1 || at.Day() == 15))
	}),
	dateRule("date.swapped", "出生日期与号码的月、日互换", "day and month of the birth date are exchanged against the number", func(born, at citizen.Date) bool {
		return at.Year() == born.Year() && at.Month() == born.Day() && at.Day() == born.Month()
	}),
	dateRule("date.lunar", "出生日期与号码相差 17 至 52 天，可能一为农历、一为公历", "birth date and number are 17 to 52 days apart: perhaps one is of the lunar calendar", func(born, at citizen.Date) bool {
		days := at.DaysUntil(born)
		return days >= 17 && days <= 52 || days <= -17 && days >= -52
	}),
	dateRule("date.nominal", "出生日期与号码月、日相同，年份差一至三年，可能是虚岁或改过年龄", "birth date and number agree in month and day and are one to three years apart: nominal age, or an age that was changed", func(born, at citizen.Date) bool {
		years := at.Year() - born.Year()
		return at.Month() == born.Month() && at.Day() == born.Day() && years >= -3 && years <= 3
	}),
	dateRule("date.slip", "出生日期与号码只有一位数字不同", "birth date and number differ in one digit", func(born, at citizen.Date) bool {
		a, b, differ := born.Compact(), at.Compact(), 0
		for i := range len(a) {
			if a[i] != b[i] {
				differ++
			}
		}
		return differ == 1
	}),
}

// dateRule compares the birth date of a number, whose form is right, with a registered one that differs.
func dateRule(code, zh, en string, broken func(born, registered citizen.Date) bool) Rule {
	return Rule{Code: code, Severity: SeverityWarn, Item: "birth_date", Reads: []string{"number"}, Source: number, Text: t(zh, en), Mend: mendPapers,
		person: func(p *person) bool {
			born, ok := p.dateOfNumber()
			return ok && broken(born, p.BirthDate)
		}}
}
