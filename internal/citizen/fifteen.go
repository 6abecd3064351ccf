package citizen

import "unicode/utf8"

const fifteenLength = 15

// fifteenEnd is the first day for whose births no 15-digit number exists: the
// 18-character number began on it (国发〔1999〕15号).
var fifteenEnd = MustDate("1999-10-01")

// FromFifteen converts a 15-digit number of GB 11643-1989 into one of 18.
//
// The century is that of the registered birth date where it agrees with the six
// digits of the number. Without it the rule decides: 19, and 18 for the sequence
// codes 996 to 999, which were kept for centenarians (unconfirmed: the text of
// the 1989 standard was not found). The findings name what must be looked at:
//
//   - century, warn: the register's century differs from the rule's
//   - century, note: no registered birth date, and the holder may be born in
//     1887-1899 with an ordinary sequence code
//   - cross-birth, warn: the registered birth date is another one
//   - division findings are left to CheckNumber on the result
//
// It refuses with *NumberError: bad-length, bad-character (no letters in these
// numbers), bad-date (no such day, or a birth on or after 1999-10-01, for which no
// such number was given).
func FromFifteen(s string, registeredBirth Date) (Number, []Finding, error) {
	n := normaliseNumber(s)
	if err := fifteenForm(n); err != nil {
		return "", nil, err
	}
	ruled := centuryByRule(n)
	century, findings := ruled, []Finding(nil)
	switch {
	case registeredBirth.IsZero():
		findings = openCentury(n, ruled)
	case registeredBirth.Compact()[2:] == n[6:12]:
		century = registeredBirth.Compact()[:2]
		findings = centuryFindings(century, ruled)
	}
	birth, err := ParseDate(century + n[6:12])
	if err != nil {
		f := badDate()
		return "", nil, &NumberError{ClassBadDate, f.Text}
	}
	if !birth.Before(fifteenEnd) {
		return "", nil, &NumberError{ClassBadDate, tooLateText}
	}
	if !registeredBirth.IsZero() && registeredBirth != birth {
		findings = append(findings, fifteenCrossBirth(birth, registeredBirth))
	}
	return assemble(Division(n[:6]), birth, digits(n[12:])), findings, nil
}

func fifteenForm(n string) error {
	if utf8.RuneCountInString(n) != fifteenLength {
		return &NumberError{ClassBadLength, Text{
			"旧号码应为15位数字，请核对后重新录入",
			"an old number has 15 digits; compare with the papers and enter it again"}}
	}
	if len(n) != fifteenLength || digits(n) < 0 {
		return &NumberError{ClassBadCharacter, Text{
			"15位旧号码只能是数字，没有X，请更正",
			"a 15-digit number holds digits only and no X; correct it"}}
	}
	return nil
}

var tooLateText = Text{
	"1999年10月1日起出生的人没有15位号码，请核对登记的出生日期；若为19世纪出生，请先登记出生日期再升位",
	"nobody born on or after 1999-10-01 has a 15-digit number; check the registered birth date, and for a birth in the 1800s register that date before converting",
}

// centuryByRule is rule 2 of the conversion: 18 for the sequences 996-999.
func centuryByRule(n string) string {
	if n[12:] >= "996" {
		return "18"
	}
	return "19"
}

func centuryFindings(century, ruled string) []Finding {
	if century == ruled {
		return nil
	}
	return []Finding{{ClassCentury, Warn, Text{
		"按登记的出生日期在年份前补" + century + "，与升位规则的" + ruled + "不同，已列入清理，请核对登记表",
		"converted with " + century + " by the registered birth date while the rule says " + ruled + "; on the clean-up list, check the registration form",
	}, "GB 11643-1989"}}
}

// openCentury notes that without a registered date someone born in 1887-1899, not
// yet 100 at the first issue, cannot be told from a child born in 1987-1999.
func openCentury(n, ruled string) []Finding {
	if ruled != "19" || n[6:8] < "87" {
		return nil
	}
	return []Finding{{ClassCentury, Note, Text{
		"未提供登记的出生日期，持号人也可能生于18" + n[6:8] + "年，请核对后再用",
		"no registered birth date given; the holder may be born in 18" + n[6:8] + ", check before use",
	}, "GB 11643-1989"}}
}

func fifteenCrossBirth(birth, registered Date) Finding {
	return Finding{ClassCrossBirth, Warn, Text{
		"号码表示的出生日期为" + birth.String() + "，登记为" + registered.String() + "，已列入清理，请核对",
		"the number says born " + birth.String() + ", the register says " + registered.String() + "; on the clean-up list, check both",
	}, srcRegister}
}
