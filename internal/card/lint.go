package card

import (
	"strings"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
)

// Finding is one reason why a card may not be signed as it stands.
type Finding struct {
	Code   string       `json:"code"`
	Source string       `json:"source"`
	Text   citizen.Text `json:"text"`
}

// Draft is the throw-away copy of a card that is checked before signing.
type Draft struct {
	Face  Face
	Issue Issue
}

// Lengths of the card's text in UTF-16 units (GA 490-2004).
const authorityUnits = 15

// LintFace checks what the card says of its holder: number, texts, codes.
func LintFace(f Face, on citizen.Date) []Finding {
	var found []Finding
	found = append(found, lintNumber(f, on)...)
	found = append(found, lintText("name", f.Name, citizen.CardNameUnits, citizen.Text{ZH: "姓名", EN: "the name"})...)
	found = append(found, lintText("address", f.Address, citizen.CardAddressUnits, citizen.Text{ZH: "住址", EN: "the address"})...)
	if !citizen.Sex(f.Sex).Known() {
		found = append(found, Finding{"card.lint.sex", "GB/T 2261.1-2003", citizen.Text{ZH: "性别代码不是1或2", EN: "the sex is neither 1 nor 2"}})
	}
	if _, ok := citizen.EthnicGroups.ByCode(f.EthnicGroup); !ok {
		found = append(found, Finding{"card.lint.ethnic_group", "GB/T 3304-1991", citizen.Text{ZH: "民族代码不在代码表中", EN: "the ethnic group is not in the table"}})
	}
	return found
}

// Lint checks a whole card before signing.
func Lint(d Draft) []Finding {
	found := LintFace(d.Face, d.Issue.ValidFrom)
	found = append(found, lintText("authority", d.Issue.Authority, authorityUnits, citizen.Text{ZH: "签发机关", EN: "the issuing authority"})...)
	from, to, long := citizen.CardValidity(d.Face.BirthDate, d.Issue.ValidFrom)
	if from.IsZero() || d.Issue.ValidTo != validTo(to, long) {
		found = append(found, Finding{"card.lint.validity", "GA 214.8-2004", citizen.Text{ZH: "有效期限与年龄不符", EN: "the validity does not fit the age"}})
	}
	if len(found) == 0 {
		found = lintRecord(d)
	}
	return found
}

func validTo(to citizen.Date, longTerm bool) string {
	if longTerm {
		return LongTerm
	}
	return to.String()
}

func lintNumber(f Face, on citizen.Date) []Finding {
	check := citizen.CheckNumber(f.Number, citizen.NumberContext{On: on, Sex: citizen.Sex(f.Sex), Birth: f.BirthDate})
	number := citizen.Number(f.Number)
	if check.Valid && check.Normalised == f.Number && number.Birth() == f.BirthDate && string(number.Sex()) == f.Sex {
		return nil
	}
	return []Finding{{CodeNumber, stdNumber, citizen.Text{ZH: "公民身份号码有误，或与出生日期、性别不符", EN: "the citizen number is wrong or does not fit birth date or sex"}}}
}

// CodeNumber is the finding that holds the signing until the register has been corrected.
const CodeNumber = "card.lint.number"

// CodeShared tells that another person has applied under the same number.
const CodeShared = "card.number_shared"

// lintText checks that a text fits its field, and that the chip can hold it: UCS-2 without private-use characters, control
// characters or blanks around it.
func lintText(field, s string, units int, label citizen.Text) []Finding {
	var found []Finding
	add := func(what, zh, en string) {
		found = append(found, Finding{"card.lint." + field + "_" + what, stdText, citizen.Text{ZH: label.ZH + zh, EN: label.EN + " " + en}})
	}
	if s == "" || strings.TrimSpace(s) != s {
		add("blank", "为空或前后有空格", "is empty or has blanks around it")
	}
	if citizen.CardUnits(s) > units {
		add("length", "超过机读字段长度，须确定证件用缩写", "does not fit its field; an abbreviation for the card must be settled")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r > 0xFFFF || citizen.PrivateUse(r) }) {
		add("rare", "含生僻字或自造字，按生僻字程序办理", "has a rare or locally made character; follow the rare-character procedure")
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar || r == 0xFEFF }) {
		add("control", "含控制字符或乱码", "has a control or lost character")
	}
	return found
}

// Authority is the issuing county bureau as cards print it (签发机关), from the division's name on a day: a district's bureau is a
// branch of the city's. An office may set its own.
func Authority(county citizen.Division, on citizen.Date) string {
	name, ok := county.NameOn(on)
	if !ok {
		return ""
	}
	if strings.HasSuffix(name, "区") {
		city, _ := county.Prefecture().NameOn(on)
		return city + "公安局" + name + "分局"
	}
	return name + "公安局"
}
