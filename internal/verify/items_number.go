package verify

import (
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
)

// numberRules are about the citizen number, and about the numbers of relatives.
var numberRules = []Rule{
	{Code: "number.missing", Severity: SeverityError, Item: "number", Source: number, Text: t("没有公民身份号码", "there is no citizen number"),
		Mend: t("由县（市、区）局编号", "the county gives one"), person: func(p *person) bool { return p.Number == "" }},
	{Code: "number.fifteen", Severity: SeverityError, Item: "number", Source: decree, Text: t("仍是 15 位号码", "the number still has 15 digits"),
		Mend: t("按登记的出生日期升为 18 位", "raise it to 18 by the registered birth date"), person: func(p *person) bool {
			return len(p.Number) == 15 && !(p.card && !p.CardIssued.IsZero() && p.CardIssued.Before(eighteen)) // such a card carries 15, rightly
		}},
	{Code: "number.fifteen_form", Severity: SeverityError, Item: "number", Source: "GB 11643-1989", Text: t("15 位号码中有字母，或日期不真实", "the 15-digit number has a letter, or no real date"),
		Mend: mendNumber, person: func(p *person) bool {
			if len(p.Number) != 15 {
				return false
			}
			_, _, err := citizen.FromFifteen(p.Number, p.BirthDate)
			return err != nil && !lateFifteen(p)
		}},
	{Code: "number.fifteen_late", Severity: SeverityError, Item: "number", Reads: []string{"birth_date"}, Source: decree, Text: t("1999年10月1日以后出生，不会有 15 位号码", "born on or after 1999-10-01: nobody of that age has a 15-digit number"),
		Mend: mendNumber, person: lateFifteen},
	{Code: "number.fifteen_birth", Severity: SeverityError, Item: "number", Reads: []string{"birth_date"}, Source: "GB 11643-1989", Text: t("15 位号码与登记的出生日期不符", "the 15-digit number does not fit the registered birth date"),
		Mend: mendNumber, person: func(p *person) bool {
			return len(p.Number) == 15 && !p.BirthDate.IsZero() && p.Number[6:12] != p.BirthDate.Compact()[2:]
		}},
	{Code: "number.fifteen_sex", Severity: SeverityError, Item: "number", Reads: []string{"sex"}, Source: "GB 11643-1989", Text: t("15 位号码末位的奇偶与登记的性别不符", "the parity of the 15-digit number's last place does not fit the registered sex"),
		Mend: mendNumber, person: func(p *person) bool {
			return len(p.Number) == 15 && p.sexKnown() && (p.Number[14]%2 == 1) != (citizen.Sex(p.Sex) == citizen.Male)
		}},
	numberRule("number.form", "号码的位数或字符不对", "the number has a wrong length or character", nil, citizen.ClassBadLength, citizen.ClassBadCharacter),
	{Code: "number.written", Severity: SeverityWarn, Item: "number", Source: number, Text: t("号码写法不规范：小写 x、全角字符，或以 *、十 代 X", "the number is not written as the standard asks: small x, full-width characters, or * for X"),
		Mend: t("改为 18 位半角字符，末位 X 大写", "write 18 ASCII characters, a final X as a capital"), person: func(p *person) bool {
			check := p.check()
			return check != nil && (check.Normalised != "" && check.Normalised != p.Number || otherX(p.Number))
		}},
	numberRule("number.check", "校验码不对", "the check character is wrong", nil, citizen.ClassBadCheck),
	{Code: "number.slip", Severity: SeverityError, Item: "number", Reads: []string{"birth_date"}, Source: number, Text: t("校验码不对；换回两位或按登记的出生日期改后即对，可能是抄写错", "the check character is wrong; with two neighbours exchanged, or with the registered birth date, it is right: perhaps a slip in copying"),
		Mend: mendNumber, person: slip},
	numberRule("number.date", "号码中的出生日期不是真实日期或晚于今日", "the birth date in the number is no real date or in the future", nil, citizen.ClassBadDate, citizen.ClassFutureDate),
	numberRule("number.division", "号码的行政区划代码从未使用或不是县级", "the division in the number never existed or is no county", nil, citizen.ClassUnknownDivision, citizen.ClassDivisionLevel, citizen.ClassDivisionPeriod),
	{Code: "number.sequence", Severity: SeverityWarn, Item: "number", Source: number, Text: t("顺序码为 000，可能是临时填写的号码", "the sequence is 000: perhaps a number that was filled in for the time being"),
		Mend: mendNumber, person: func(p *person) bool { return p.found(citizen.ClassSequence) }},
	numberRule("number.birth", "号码与登记的出生日期不符", "the number does not fit the registered birth date", []string{"birth_date"}, citizen.ClassCrossBirth),
	{Code: "number.century", Severity: SeverityError, Item: "number", Reads: []string{"birth_date"}, Source: decree, Text: t("号码的出生年份与登记的恰差一百年，升位时世纪补错", "the number's year of birth is a hundred years from the registered one: a wrong century when it was raised to 18"),
		Mend: mendNumber, person: func(p *person) bool {
			born, ok := p.dateOfNumber()
			return ok && (born.AddYears(100) == p.BirthDate || p.BirthDate.AddYears(100) == born)
		}},
	numberRule("number.sex", "号码与登记的性别不符", "the number does not fit the registered sex", []string{"sex"}, citizen.ClassCrossSex),
	{Code: "number.shared", Severity: SeverityError, Item: "number", Source: number, Text: t("与他人号码相同（重号）", "somebody else has the same number"),
		Mend: t("立案核实，由决定确定谁改号", "open a case; its decision says whose number changes"), house: shared},
	{Code: "number.swapped", Severity: SeverityError, Item: "number", Reads: []string{"birth_date"}, Source: number, Text: t("与同户另一人的号码互换", "the numbers of two of the household are exchanged"),
		Mend: t("核对登记表，把两人的号码换回", "compare with the forms and change them back"), house: swapped},
	{Code: "number.own_relative", Severity: SeverityError, Item: "father_number", Reads: []string{"number"}, Source: number, Text: t("父亲、母亲或配偶的证号就是本人的号码", "the number of father, mother or spouse is the person's own"),
		Mend: mendPapers, items: relativesItems(func(p *person, n string) bool { return p.Number != "" && sameNumber(n, p.Number) })},
	{Code: "number.parents_same", Severity: SeverityError, Item: "mother_number", Reads: []string{"father_number"}, Source: number, Text: t("父亲与母亲的证号相同", "father and mother have one number"),
		Mend: mendPapers, person: func(p *person) bool { return p.FatherNumber != "" && sameNumber(p.FatherNumber, p.MotherNumber) }},
	{Code: "number.relative_form", Severity: SeverityWarn, Item: "father_number", Source: number, Text: t("父亲、母亲或配偶的证号位数、字符、日期或校验码不对", "the number of father, mother or spouse has a wrong length, character, date or check"),
		Mend: mendPapers, items: relativesItems(func(p *person, n string) bool {
			var err error
			if len(n) == 15 {
				_, _, err = citizen.FromFifteen(n, citizen.Date{})
			} else {
				_, err = citizen.ParseNumber(n)
			}
			return err != nil
		})},
}

// eighteen is the day from which numbers have 18 characters (GB 11643-1999, 国发〔1999〕15号).
var eighteen = citizen.MustDate("1999-10-01")

// numberRule is a rule that citizen.CheckNumber judges: broken when one of the classes is found.
func numberRule(code, zh, en string, reads []string, classes ...citizen.Class) Rule {
	return Rule{Code: code, Severity: SeverityError, Item: "number", Reads: reads, Source: number, Text: t(zh, en), Mend: mendNumber,
		person: func(p *person) bool { return p.found(classes...) }}
}

func lateFifteen(p *person) bool {
	return len(p.Number) == 15 && !p.BirthDate.Before(eighteen) && !p.BirthDate.IsZero()
}

// otherX tells 17 digits and another sign for X.
func otherX(n string) bool {
	for _, x := range []string{"*", "＊", "十", "×", "Ⅹ", "Х"} {
		if head, ok := strings.CutSuffix(n, x); ok && len(head) == 17 {
			return true
		}
	}
	return false
}

// slip tells whether a number with a wrong check character becomes right, and fits the registered birth date, by exchanging two neighbours or by taking
// that date.
func slip(p *person) bool {
	if p.BirthDate.IsZero() || !p.found(citizen.ClassBadCheck) || p.number.Normalised == "" {
		return false
	}
	n := []byte(p.number.Normalised)
	fits := func() bool {
		parsed, err := citizen.ParseNumber(string(n))
		return err == nil && parsed.Birth() == p.BirthDate && (!p.sexKnown() || parsed.Sex() == citizen.Sex(p.Sex))
	}
	for i := range len(n) - 1 {
		n[i], n[i+1] = n[i+1], n[i]
		right := fits()
		n[i], n[i+1] = n[i+1], n[i]
		if right {
			return true
		}
	}
	copy(n[6:14], p.BirthDate.Compact())
	return fits()
}

func shared(h *house, broken func(*person)) {
	if len(h.members) < 2 {
		return
	}
	for i := range h.members {
		p := &h.members[i]
		for j := range i {
			if p.Number != "" && h.members[j].Number == p.Number {
				broken(p)
				break
			}
		}
	}
}

// swapped finds two whose numbers contradict themselves and fit each other.
func swapped(h *house, broken func(*person)) {
	fits := func(number, other *person) bool {
		check := number.check()
		return check != nil && check.Valid && check.Birth == other.BirthDate && (!other.sexKnown() || check.Sex == citizen.Sex(other.Sex))
	}
	for i := range h.members {
		for j := range i {
			a, b := &h.members[i], &h.members[j]
			if a.Number != "" && b.Number != "" && a.Number != b.Number && !fits(a, a) && !fits(b, b) && fits(a, b) && fits(b, a) {
				broken(b)
				broken(a)
			}
		}
	}
}

// relativesItems is a rule about each of the numbers of father, mother and spouse.
func relativesItems(wrong func(p *person, number string) bool) func(*person) []string {
	return func(p *person) (broken []string) {
		for _, r := range [3]struct{ item, number string }{{"father_number", p.FatherNumber}, {"mother_number", p.MotherNumber}, {"spouse_number", p.SpouseNumber}} {
			if r.number != "" && wrong(p, r.number) {
				broken = append(broken, r.item)
			}
		}
		return broken
	}
}
