package verify

import "github.com/huzheng/huzheng/internal/citizen"

// Plausible ages of parents and grandparents. UNCONFIRMED: no standard names them.
const (
	grandparentGap = 2 * parentGap
	oldestMother   = 55
	oldestFather   = 80
	spouseGap      = 40
)

// relationRules are about the relation to the householder, and about who is named as parent or spouse.
var relationRules = []Rule{
	{Code: "relation.sex", Severity: SeverityError, Item: "relation", Reads: []string{"sex"}, Source: "GB/T 4761", Text: t("与户主关系的称谓与性别不符", "the relation's term does not fit the sex"),
		Mend: mendHouse, person: func(p *person) bool {
			sex := sexOf(p.Relation)
			return sex != "" && p.sexKnown() && sex != p.Sex
		}},
	{Code: "relation.age", Severity: SeverityError, Item: "birth_date", Reads: []string{"relation", "household_no"}, Source: hz2004, Text: t("子女与户主、户主与父母的年龄相差不到 14 岁", "child and householder, or householder and parent, are less than 14 years apart"),
		Mend: mendPapers, house: withHead(func(head, p *person) bool {
			parent := p.Relation >= "50" && p.Relation <= "52"
			return p.child() && !apart(head.BirthDate, p.BirthDate, parentGap) || parent && !apart(p.BirthDate, head.BirthDate, parentGap)
		})},
	{Code: "relation.grandparent_age", Severity: SeverityError, Item: "birth_date", Reads: []string{"relation", "household_no"}, Source: hz2004, Text: t("祖辈与孙辈的年龄相差不到 28 岁", "grandparent and grandchild are less than 28 years apart"),
		Mend: mendPapers, house: withHead(func(head, p *person) bool {
			below := p.Relation >= "40" && p.Relation <= "44"
			above := p.Relation >= "60" && p.Relation <= "64"
			return below && !apart(head.BirthDate, p.BirthDate, grandparentGap) || above && !apart(p.BirthDate, head.BirthDate, grandparentGap)
		})},
	{Code: "relation.sibling_order", Severity: SeverityError, Item: "relation", Reads: []string{"birth_date", "household_no"}, Source: "GB/T 4761", Text: t("兄、姐比户主年小，或弟、妹比户主年长", "an elder brother or sister is younger than the householder, or a younger one older"),
		Mend: mendHouse, house: withHead(func(head, p *person) bool {
			elder, younger := p.Relation == "71" || p.Relation == "75", p.Relation == "73" || p.Relation == "77"
			return elder && p.BirthDate.After(head.BirthDate) || younger && p.BirthDate.Before(head.BirthDate)
		})},
	{Code: "relation.spouse_age", Severity: SeverityWarn, Item: "birth_date", Reads: []string{"relation", "household_no"}, Source: hz2004, Text: t("户主与配偶的年龄相差 40 岁以上", "householder and spouse are more than 40 years apart"),
		Mend: mendPapers, house: withHead(func(head, p *person) bool {
			spouse := p.Relation >= "10" && p.Relation <= "12"
			return spouse && (apart(head.BirthDate, p.BirthDate, spouseGap) || apart(p.BirthDate, head.BirthDate, spouseGap))
		})},
	{Code: "relation.parents", Severity: SeverityWarn, Item: "father_number", Reads: []string{"birth_date"}, Source: number, Text: t("父亲、母亲证号的性别或出生年份与本人不合", "the father's or mother's number has the wrong sex or a birth year too late"),
		Mend: mendPapers, items: parentsItems(func(p *person, parent citizen.Number, sex citizen.Sex) bool {
			return parent.Sex() != sex || !p.BirthDate.IsZero() && !apart(parent.Birth(), p.BirthDate, parentGap)
		})},
	{Code: "relation.parent_old", Severity: SeverityWarn, Item: "mother_number", Reads: []string{"birth_date"}, Source: hz2004, Text: t("出生时母亲超过 55 岁或父亲超过 80 岁", "at the birth the mother was older than 55, or the father older than 80"),
		Mend: mendPapers, items: parentsItems(func(p *person, parent citizen.Number, sex citizen.Sex) bool {
			oldest := oldestMother
			if sex == citizen.Male {
				oldest = oldestFather
			}
			return !p.BirthDate.IsZero() && apart(parent.Birth(), p.BirthDate, oldest+1)
		})},
	{Code: "relation.parent_number", Severity: SeverityError, Item: "father_number", Reads: []string{"mother_number", "relation", "number"}, Source: form95, Text: t("户主的父亲或母亲同户，而户主登记的父母证号是另一个", "the householder's father or mother lives in the household, and the householder's record names another number"),
		Mend: mendPapers, house: func(h *house, broken func(*person)) {
			head := h.head()
			if head == nil {
				return
			}
			for i := range h.members {
				p := &h.members[i]
				if p.Relation == "51" && differ(head.FatherNumber, p.Number) || p.Relation == "52" && differ(head.MotherNumber, p.Number) {
					broken(head)
				}
			}
		}},
	{Code: "relation.child_number", Severity: SeverityWarn, Item: "father_number", Reads: []string{"mother_number", "relation", "number"}, Source: form95, Text: t("登记为户主的子女，而父母证号都不是户主的号码", "registered as the householder's child, and neither parent's number is the householder's"),
		Mend: mendHouse, house: func(h *house, broken func(*person)) {
			head := h.head()
			for i := range h.members {
				if p := &h.members[i]; head != nil && p.child() && differ(p.FatherNumber, head.Number) && differ(p.MotherNumber, head.Number) {
					broken(p)
				}
			}
		}},
	{Code: "relation.spouse_number", Severity: SeverityError, Item: "spouse_number", Reads: []string{"relation", "number"}, Source: form95, Text: t("户主与配偶登记的配偶证号没有互相对上", "householder and spouse do not name each other's numbers"),
		Mend: mendPapers, house: func(h *house, broken func(*person)) {
			if head, spouse := h.couple(); head != nil {
				if differ(head.SpouseNumber, spouse.Number) {
					broken(head)
				}
				if differ(spouse.SpouseNumber, head.Number) {
					broken(spouse)
				}
			}
		}},
	{Code: "relation.spouse_sex", Severity: SeverityError, Item: "spouse_number", Reads: []string{"sex"}, Source: "婚姻法（2001）第2条", Text: t("配偶证号的性别与本人相同", "the spouse's number has the person's own sex"),
		Mend: mendPapers, person: func(p *person) bool {
			n, err := citizen.ParseNumber(p.SpouseNumber)
			return err == nil && p.sexKnown() && n.Sex() == citizen.Sex(p.Sex)
		}},
	{Code: "relation.in_law", Severity: SeverityWarn, Item: "marital_status", Reads: []string{"relation"}, Source: "GB/T 4761", Text: t("女婿或儿媳登记为未婚", "a son-in-law or daughter-in-law is registered as never married"),
		Mend: mendPapers, person: func(p *person) bool { return (p.Relation == "28" || p.Relation == "38") && p.MaritalStatus == "10" }},
	{Code: "relation.sibling_parents", Severity: SeverityWarn, Item: "relation", Reads: []string{"father_number", "mother_number", "household_no"}, Source: form95, Text: t("登记为户主的兄弟姐妹，而父母证号都与户主的不同", "registered as the householder's brother or sister, and both parents' numbers differ from the householder's"),
		Mend: mendHouse, house: func(h *house, broken func(*person)) {
			head := h.head()
			for i := range h.members {
				p := &h.members[i]
				sibling := p.Relation == "71" || p.Relation == "73" || p.Relation == "75" || p.Relation == "77"
				if head != nil && sibling && differ(p.FatherNumber, head.FatherNumber) && differ(p.MotherNumber, head.MotherNumber) {
					broken(p)
				}
			}
		}},
}

// withHead is a rule that compares each member with the householder; both birth dates are known.
func withHead(wrong func(head, p *person) bool) func(*house, func(*person)) {
	return func(h *house, broken func(*person)) {
		head := h.head()
		if head == nil || head.BirthDate.IsZero() {
			return
		}
		for i := range h.members {
			if p := &h.members[i]; p != head && !p.BirthDate.IsZero() && wrong(head, p) {
				broken(p)
			}
		}
	}
}

// parentsItems is a rule about the number of each parent, where it can be read.
func parentsItems(wrong func(p *person, parent citizen.Number, sex citizen.Sex) bool) func(*person) []string {
	return func(p *person) (broken []string) {
		for _, r := range [2]struct {
			item, number string
			sex          citizen.Sex
		}{{"father_number", p.FatherNumber, citizen.Male}, {"mother_number", p.MotherNumber, citizen.Female}} {
			if r.number == "" {
				continue
			}
			if n, err := citizen.ParseNumber(r.number); err == nil && wrong(p, n, r.sex) {
				broken = append(broken, r.item)
			}
		}
		return broken
	}
}

// differ tells two numbers that are there and not the same.
func differ(a, b string) bool { return a != "" && b != "" && !sameNumber(a, b) }

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
