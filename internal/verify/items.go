package verify

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
)

// Severity says how certain it is that a finding is an error.
type Severity string

// The severities.
const (
	SeverityError Severity = "error" // it cannot be right
	SeverityWarn  Severity = "warn"  // it can be right; somebody has to look
)

// Member is one person of a household that is checked.
type Member struct {
	ID     string // tenure, or the line of a file
	Record register.Record
}

// Household is what the item rules look at: everybody registered under one number, or a single person.
type Household struct {
	No      string
	Members []Member
	Alone   bool // its members are not a family: a person apart, or a collective household; rules about its composition are not asked
}

// Finding is one item rule that does not hold.
type Finding struct {
	Rule     string       `json:"rule"`
	Severity Severity     `json:"severity"`
	Member   string       `json:"member"` // empty: the household as a whole
	Item     string       `json:"item"`
	Text     citizen.Text `json:"text"`
	Mend     citizen.Text `json:"mend"`
	Source   string       `json:"source"`
}

// Rule is one item rule. The same rules are asked at entry, import, arrival and over the whole register (plan P5).
type Rule struct {
	Code     string
	Severity Severity
	Item     string
	Source   string
	Text     citizen.Text
	Mend     citizen.Text
	person   func(r *register.Record, today citizen.Date) bool           // tells true where the rule is broken
	house    func(h *Household, today citizen.Date, broken func(string)) // calls broken with each member that breaks it, or with ""
}

const (
	form95  = "公通字[1995]91号"
	hz2004  = "户籍系统完整性检查（2004）"
	number  = "GB 11643-1999"
	cardLaw = "居民身份证法（2003）第5条"
)

func t(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }

var (
	mendPapers = t("按原始证件核对，有误的提出更正", "compare with the original papers and propose a correction where they differ")
	mendNumber = t("核对登记表和顺序码登记表，提出号码更正", "compare with the form and the sequence register, and propose a correction of the number")
	mendHouse  = t("核对户口簿，更正与户主关系", "compare with the booklet and correct the relation")
	mendCode   = t("按代码表改正", "correct it from the code table")
)

// Limits of plausibility. UNCONFIRMED: no standard of the time names them; the software of 2004 used the ages of 6 and 18.
const (
	oldestAge     = 120
	parentGap     = 14 // years between parent and child
	educationAge  = 6
	marriageAge   = 18
	householdHead = 16 // full legal capacity by own earnings (民法通则第11条)
)

// Rules are the item rules, in the order in which findings are shown.
var Rules = []Rule{
	{Code: "form.missing", Severity: SeverityError, Item: "name", Source: form95, Text: t("姓名、性别、民族、出生日期、住址、户号或与户主关系缺项", "one of name, sex, ethnic group, birth date, address, household number or relation is missing"),
		Mend: mendPapers, person: func(r *register.Record, _ citizen.Date) bool {
			return r.Name == "" || r.Sex == "" || r.EthnicGroup == "" || r.BirthDate.IsZero() || r.Address == "" || r.HouseholdNo == "" || r.Relation == ""
		}},
	{Code: "form.name", Severity: SeverityError, Item: "name", Source: "GB 18030", Text: t("姓名中有造字、空白或控制字符", "the name has a private-use character, a blank or a control mark"),
		Mend: mendPapers, person: func(r *register.Record, _ citizen.Date) bool {
			return r.Name != "" && nameAction(r.Name, citizen.Refuse)
		}},
	{Code: "form.name_doubtful", Severity: SeverityWarn, Item: "name", Source: "GB 18030", Text: t("姓名的写法上不了证：间隔号、生僻字或过长", "the name will not go onto a card as it is: separator, rare character or length"),
		Mend: mendPapers, person: func(r *register.Record, _ citizen.Date) bool { return nameAction(r.Name, citizen.Warn) }},
	{Code: "form.blank", Severity: SeverityWarn, Item: "address", Source: form95, Text: t("项目前后有多余的空白", "an item begins or ends with a blank"),
		Mend: t("去掉空白", "take the blank away"), person: func(r *register.Record, _ citizen.Date) bool {
			for _, s := range []string{r.Address, r.HouseholdNo, r.Birthplace, r.NativePlace, r.Workplace, r.FormerName} {
				if strings.TrimSpace(s) != s {
					return true
				}
			}
			return false
		}},

	{Code: "number.missing", Severity: SeverityError, Item: "number", Source: number, Text: t("没有公民身份号码", "there is no citizen number"),
		Mend: t("由县（市、区）局编号", "the county gives one"), person: func(r *register.Record, _ citizen.Date) bool { return r.Number == "" }},
	{Code: "number.fifteen", Severity: SeverityError, Item: "number", Source: "国发〔1999〕15号", Text: t("仍是 15 位号码", "the number still has 15 digits"),
		Mend: t("按登记的出生日期升为 18 位", "raise it to 18 by the registered birth date"), person: func(r *register.Record, _ citizen.Date) bool { return len(r.Number) == 15 }},
	numberRule("number.form", "号码的位数或字符不对", "the number has a wrong length or character", citizen.ClassBadLength, citizen.ClassBadCharacter),
	numberRule("number.check", "校验码不对", "the check character is wrong", citizen.ClassBadCheck),
	numberRule("number.date", "号码中的出生日期不是真实日期或晚于今日", "the birth date in the number is no real date or in the future", citizen.ClassBadDate, citizen.ClassFutureDate),
	numberRule("number.division", "号码的行政区划代码从未使用或不是县级", "the division in the number never existed or is no county", citizen.ClassUnknownDivision, citizen.ClassDivisionLevel, citizen.ClassDivisionPeriod),
	numberRule("number.birth", "号码与登记的出生日期不符", "the number does not fit the registered birth date", citizen.ClassCrossBirth),
	numberRule("number.sex", "号码与登记的性别不符", "the number does not fit the registered sex", citizen.ClassCrossSex),
	{Code: "number.shared", Severity: SeverityError, Item: "number", Source: number, Text: t("与他人号码相同（重号）", "somebody else has the same number"),
		Mend: t("立案核实，由决定确定谁改号", "open a case; its decision says whose number changes"), house: shared},

	{Code: "date.future", Severity: SeverityError, Item: "birth_date", Source: "GB/T 7408", Text: t("出生日期晚于今日", "the birth date is in the future"),
		Mend: mendPapers, person: func(r *register.Record, today citizen.Date) bool { return r.BirthDate.After(today) }},
	{Code: "date.old", Severity: SeverityWarn, Item: "birth_date", Source: hz2004, Text: t("年龄超过 120 岁，可能应销未销", "older than 120 years: perhaps dead and not cancelled"),
		Mend: t("入户核实是否健在", "visit and see whether the person lives"), person: func(r *register.Record, today citizen.Date) bool {
			return !r.BirthDate.IsZero() && r.BirthDate.AgeOn(today) > oldestAge
		}},

	{Code: "household.no_head", Severity: SeverityError, Item: "relation", Source: "户口登记条例（1958）第5条", Text: t("户内没有户主", "the household has no householder"),
		Mend: mendHouse, house: func(h *Household, _ citizen.Date, broken func(string)) {
			if len(h.heads()) == 0 && !h.Alone {
				broken("")
			}
		}},
	{Code: "household.two_heads", Severity: SeverityError, Item: "relation", Source: "户口登记条例（1958）第5条", Text: t("一户有两个以上户主", "the household has more than one householder"),
		Mend: mendHouse, house: func(h *Household, _ citizen.Date, broken func(string)) {
			if len(h.heads()) > 1 {
				broken("")
			}
		}},
	{Code: "household.two_spouses", Severity: SeverityError, Item: "relation", Source: hz2004, Text: t("户主有两个以上配偶", "the householder has more than one spouse"),
		Mend: mendHouse, house: func(h *Household, _ citizen.Date, broken func(string)) {
			if len(h.with("10", "12")) > 1 {
				broken("")
			}
		}},
	{Code: "household.head_minor", Severity: SeverityWarn, Item: "relation", Source: form95, Text: t("户主未满 16 周岁，没有完全民事行为能力", "the householder is under 16 and has no full legal capacity"),
		Mend: mendHouse, person: func(r *register.Record, today citizen.Date) bool {
			return isHead(r.Relation) && !r.BirthDate.IsZero() && r.BirthDate.AgeOn(today) < householdHead
		}},

	{Code: "relation.sex", Severity: SeverityError, Item: "relation", Source: "GB/T 4761", Text: t("与户主关系的称谓与性别不符", "the relation's term does not fit the sex"),
		Mend: mendHouse, person: func(r *register.Record, _ citizen.Date) bool {
			sex := sexOf(r.Relation)
			return sex != "" && citizen.Sex(r.Sex).Known() && r.Sex != "0" && sex != r.Sex
		}},
	{Code: "relation.age", Severity: SeverityError, Item: "birth_date", Source: hz2004, Text: t("子女与户主、户主与父母的年龄相差不到 14 岁", "child and householder, or householder and parent, are less than 14 years apart"),
		Mend: mendPapers, house: ages},
	{Code: "relation.parents", Severity: SeverityWarn, Item: "father_number", Source: number, Text: t("父亲、母亲证号的性别或出生年份与本人不合", "the father's or mother's number has the wrong sex or a birth year too late"),
		Mend: mendPapers, person: func(r *register.Record, _ citizen.Date) bool {
			return wrongParent(r, r.FatherNumber, citizen.Male) || wrongParent(r, r.MotherNumber, citizen.Female)
		}},

	{Code: "code.unknown", Severity: SeverityError, Item: "ethnic_group", Source: "GB/T 2261.1；GB/T 3304；GB/T 4761", Text: t("性别、民族、关系、婚姻或文化程度的代码不在代码表中", "a code of sex, ethnic group, relation, marriage or education is in no table"),
		Mend: mendCode, person: unknownCode},
	{Code: "code.marriage", Severity: SeverityWarn, Item: "marital_status", Source: hz2004, Text: t("未满 18 周岁而婚姻状况不是未婚", "under 18 and not registered as never married"),
		Mend: mendPapers, person: func(r *register.Record, today citizen.Date) bool {
			return r.MaritalStatus != "" && r.MaritalStatus != "10" && r.MaritalStatus != "90" && !r.BirthDate.IsZero() && r.BirthDate.AgeOn(today) < marriageAge
		}},
	{Code: "code.education", Severity: SeverityWarn, Item: "education", Source: hz2004, Text: t("未满 6 周岁而有文化程度", "under 6 and registered with an education"),
		Mend: mendPapers, person: func(r *register.Record, today citizen.Date) bool {
			return r.Education != "" && r.Education != "90" && !r.BirthDate.IsZero() && r.BirthDate.AgeOn(today) < educationAge
		}},

	{Code: "address.differs", Severity: SeverityError, Item: "address", Source: "户口登记条例（1958）第5条", Text: t("同户人员住址不同", "members of one household have different addresses"),
		Mend: t("核实后统一住址或分户", "find out, then correct the address or split the household"), house: func(h *Household, _ citizen.Date, broken func(string)) {
			for _, m := range h.Members[1:] {
				if !h.Alone && m.Record.Address != h.Members[0].Record.Address {
					broken(m.ID)
				}
			}
		}},

	{Code: "card.dates", Severity: SeverityError, Item: "card_issued", Source: cardLaw, Text: t("身份证签发日期早于出生、晚于今日或晚于有效期", "the card was issued before the birth, in the future or after its end"),
		Mend: mendPapers, person: func(r *register.Record, today citizen.Date) bool {
			if r.CardIssued.IsZero() {
				return false
			}
			end, err := citizen.ParseDate(r.CardExpires)
			return r.CardIssued.Before(r.BirthDate) || r.CardIssued.After(today) || err == nil && end.Before(r.CardIssued)
		}},
	{Code: "card.validity", Severity: SeverityWarn, Item: "card_expires", Source: cardLaw, Text: t("身份证有效期限与签发时的年龄不符", "the card's validity does not fit the age at issue"),
		Mend: mendPapers, person: wrongValidity},
}

// numberRule is a rule that citizen.CheckNumber judges: broken when one of the classes is found.
func numberRule(code, zh, en string, classes ...citizen.Class) Rule {
	return Rule{Code: code, Severity: SeverityError, Item: "number", Source: number, Text: t(zh, en), Mend: mendNumber,
		person: func(r *register.Record, today citizen.Date) bool {
			if r.Number == "" || len(r.Number) == 15 {
				return false
			}
			check := citizen.CheckNumber(r.Number, citizen.NumberContext{On: today, Sex: citizen.Sex(r.Sex), Birth: r.BirthDate})
			for _, f := range check.Findings {
				for _, c := range classes {
					if f.Class == c && (f.Action == citizen.Refuse || f.Action == citizen.Warn) {
						return true
					}
				}
			}
			return false
		}}
}

// Check asks every item rule of a household on a day.
func Check(h Household, today citizen.Date) []Finding {
	var found []Finding
	for i := range Rules {
		r := &Rules[i]
		add := func(member string) {
			found = append(found, Finding{Rule: r.Code, Severity: r.Severity, Member: member, Item: r.Item, Text: r.Text, Mend: r.Mend, Source: r.Source})
		}
		if r.house != nil {
			if len(h.Members) > 0 {
				r.house(&h, today, add)
			}
			continue
		}
		for j := range h.Members {
			if r.person(&h.Members[j].Record, today) {
				add(h.Members[j].ID)
			}
		}
	}
	return found
}

// SharedNumber is the finding of a number that two persons of a register or a file have, beyond one household.
func SharedNumber(member string) Finding {
	for _, r := range Rules {
		if r.Code == "number.shared" {
			return Finding{Rule: r.Code, Severity: r.Severity, Member: member, Item: r.Item, Text: r.Text, Mend: r.Mend, Source: r.Source}
		}
	}
	panic("verify: no rule number.shared")
}

func nameAction(name string, action citizen.Action) bool {
	for _, issue := range citizen.CheckName(name) {
		if issue.Action == action {
			return true
		}
	}
	return false
}

func shared(h *Household, _ citizen.Date, broken func(string)) {
	seen := make(map[string]bool)
	for _, m := range h.Members {
		if n := m.Record.Number; n != "" && seen[n] {
			broken(m.ID)
		} else {
			seen[n] = true
		}
	}
}

// isHead tells the householder's code: 户主 in a family, 本人 where the list is kept from the person's own side.
func isHead(relation string) bool { return relation == "01" || relation == "02" }

func (h *Household) heads() []Member { return h.with("01", "02") }

// with lists the members whose relation lies between two codes.
func (h *Household) with(from, to string) []Member {
	var all []Member
	for _, m := range h.Members {
		if m.Record.Relation >= from && m.Record.Relation <= to {
			all = append(all, m)
		}
	}
	return all
}

var relationSexes = map[string]string{"11": "1", "12": "2", "28": "1", "38": "2", "41": "1", "42": "2", "43": "1", "44": "2", "45": "2", "46": "1",
	"47": "1", "48": "2", "51": "1", "52": "2", "53": "1", "54": "2", "55": "1", "56": "2", "57": "1", "58": "2", "61": "1", "62": "2", "63": "1",
	"64": "2", "66": "1", "67": "2", "71": "1", "72": "2", "73": "1", "74": "2", "75": "2", "76": "1", "77": "2", "78": "1"}

// sexOf is the sex that a relation's term implies, empty where it implies none.
func sexOf(relation string) string {
	switch {
	case relation >= "20" && relation <= "29":
		return string(citizen.Male)
	case relation >= "30" && relation <= "39":
		return string(citizen.Female)
	}
	return relationSexes[relation]
}

// ages compares children and parents with the householder.
func ages(h *Household, _ citizen.Date, broken func(string)) {
	heads := h.heads()
	if len(heads) != 1 || heads[0].Record.BirthDate.IsZero() {
		return
	}
	head := heads[0].Record.BirthDate
	apart := func(older, younger citizen.Date) bool { return younger.Before(older.AddYears(parentGap)) }
	for _, m := range h.Members {
		birth, relation := m.Record.BirthDate, m.Record.Relation
		if birth.IsZero() {
			continue
		}
		child := relation >= "20" && relation <= "36" && relation != "27" && relation != "28" && relation != "29"
		parent := relation >= "50" && relation <= "52"
		if child && apart(head, birth) || parent && apart(birth, head) {
			broken(m.ID)
		}
	}
}

func wrongParent(r *register.Record, parent string, sex citizen.Sex) bool {
	n, err := citizen.ParseNumber(parent)
	if err != nil {
		return false
	}
	return n.Sex() != sex || !r.BirthDate.IsZero() && r.BirthDate.Before(n.Birth().AddYears(parentGap))
}

func unknownCode(r *register.Record, _ citizen.Date) bool {
	for _, c := range []struct {
		value string
		table *citizen.Table
	}{{r.Sex, citizen.Sexes}, {r.EthnicGroup, citizen.EthnicGroups}, {r.Relation, citizen.Relations}, {r.MaritalStatus, citizen.MaritalStatuses}, {r.Education, citizen.Educations}} {
		if c.value == "" {
			continue
		}
		if _, ok := c.table.ByCode(c.value); !ok {
			return true
		}
	}
	return false
}

// wrongValidity compares a registered card with the validity of its holder's age; a second-generation card's last day is taken, a day off is none.
func wrongValidity(r *register.Record, _ citizen.Date) bool {
	if r.CardIssued.IsZero() || r.CardExpires == "" || r.BirthDate.IsZero() || r.CardIssued.Before(r.BirthDate) {
		return false
	}
	_, to, long := citizen.CardValidity(r.BirthDate, r.CardIssued)
	end, err := citizen.ParseDate(r.CardExpires)
	if err != nil {
		return !long
	}
	days := end.DaysUntil(to)
	return long || days < -1 || days > 1
}

// CountRules counts findings by rule.
func CountRules(found []Finding) map[string]int {
	n := make(map[string]int)
	for _, f := range found {
		n[f.Rule]++
	}
	return n
}

// String is one line for a list.
func (f Finding) String() string {
	return fmt.Sprintf("%s %s %s", f.Rule, strconv.Quote(f.Member), f.Item)
}

// Collective tells whether nobody of a list is related to anybody: a collective household (集体户), which has no householder among its members and whose
// members are checked one by one.
func Collective(members []Member) bool {
	for _, m := range members {
		if m.Record.Relation != "99" && m.Record.Relation != "" {
			return false
		}
	}
	return len(members) > 1
}
