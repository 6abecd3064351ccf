package verify

import (
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
)

const childWork = "禁止使用童工规定（2002）第2条"

// codeRules are about coded items, and what goes with an age.
var codeRules = []Rule{
	{Code: "code.unknown", Severity: SeverityError, Item: "ethnic_group", Source: "GB/T 2261.1；GB/T 3304；GB/T 4761", Text: t("性别、民族、关系、婚姻或文化程度的代码不在代码表中", "a code of sex, ethnic group, relation, marriage or education is in no table"),
		Mend: mendCode, items: unknownCodes},
	{Code: "code.sex", Severity: SeverityError, Item: "sex", Source: "GB/T 2261.1", Text: t("性别登记为未知或未说明", "the sex is registered as unknown or not stated"),
		Mend: mendPapers, person: func(p *person) bool { return p.Sex == "0" || p.Sex == "9" }},
	{Code: "code.ethnic_other", Severity: SeverityWarn, Item: "ethnic_group", Source: "GB/T 3304", Text: t("民族登记为其他或外国血统，须有原始依据", "the ethnic group is “other” or “of foreign descent”; it needs a paper"),
		Mend: mendPapers, person: func(p *person) bool { return p.EthnicGroup == "97" || p.EthnicGroup == "98" }},
	{Code: "code.ethnic_parents", Severity: SeverityWarn, Item: "ethnic_group", Reads: []string{"relation", "household_no"}, Source: "国家民委、国务院第四次人口普查领导小组、公安部规定（1990）", Text: t("子女的民族既不是户主的，也不是户主配偶的", "a child's ethnic group is neither the householder's nor the spouse's"),
		Mend: mendPapers, house: func(h *house, broken func(*person)) {
			head, spouse := h.couple()
			if head == nil || head.EthnicGroup == "" || spouse.EthnicGroup == "" {
				return
			}
			for i := range h.members {
				if p := &h.members[i]; p.child() && p.EthnicGroup != "" && p.EthnicGroup != head.EthnicGroup && p.EthnicGroup != spouse.EthnicGroup {
					broken(p)
				}
			}
		}},
	{Code: "code.marriage", Severity: SeverityWarn, Item: "marital_status", Reads: []string{"birth_date"}, Source: hz2004, Text: t("未满 18 周岁而婚姻状况不是未婚", "under 18 and not registered as never married"),
		Mend: mendPapers, person: func(p *person) bool {
			return p.MaritalStatus != "" && p.MaritalStatus != "10" && p.MaritalStatus != "90" && p.younger(marriageAge)
		}},
	{Code: "code.marriage_age", Severity: SeverityWarn, Item: "marital_status", Reads: []string{"birth_date", "sex"}, Source: "婚姻法（2001）第6条", Text: t("登记为有配偶，而男不满 22 周岁或女不满 20 周岁", "registered as married, and a man under 22 or a woman under 20"),
		Mend: mendPapers, person: func(p *person) bool {
			least := 20
			if citizen.Sex(p.Sex) == citizen.Male {
				least = 22
			}
			return p.MaritalStatus != "" && p.MaritalStatus[0] == '2' && p.reached(marriageAge) && p.sexKnown() && p.younger(least)
		}},
	{Code: "code.spouse_unmarried", Severity: SeverityWarn, Item: "marital_status", Reads: []string{"spouse_number"}, Source: form95, Text: t("有配偶证号，而婚姻状况是未婚、丧偶或离婚", "there is a spouse's number, and the person is registered as never married, widowed or divorced"),
		Mend: mendPapers, person: func(p *person) bool {
			return p.SpouseNumber != "" && (p.MaritalStatus == "10" || p.MaritalStatus == "30" || p.MaritalStatus == "40")
		}},
	{Code: "code.education", Severity: SeverityWarn, Item: "education", Reads: []string{"birth_date"}, Source: hz2004, Text: t("未满 6 周岁而有文化程度", "under 6 and registered with an education"),
		Mend: mendPapers, person: func(p *person) bool { return p.Education != "" && p.Education != "90" && p.younger(educationAge) }},
	{Code: "code.education_age", Severity: SeverityWarn, Item: "education", Reads: []string{"birth_date"}, Source: "GB/T 4658", Text: t("文化程度与年龄不称：研究生不满 20 岁、大学不满 16 岁、高中不满 14 岁、初中不满 11 岁", "too young for the education: under 20 postgraduate, under 16 university or college, under 14 senior school, under 11 junior school"),
		Mend: mendPapers, person: func(p *person) bool {
			if p.Education == "" || !p.reached(educationAge) {
				return false
			}
			return p.younger(map[byte]int{'1': 20, '2': 16, '3': 16, '4': 14, '5': 14, '6': 14, '7': 11}[p.Education[0]])
		}},
	{Code: "code.child_work", Severity: SeverityWarn, Item: "occupation", Reads: []string{"birth_date"}, Source: childWork, Text: t("未满 16 周岁而登记有职业", "under 16 and registered with an occupation"),
		Mend: mendPapers, person: func(p *person) bool {
			return p.Occupation != "" && !slices.Contains(noWork, p.Occupation) && p.younger(16)
		}},
	{Code: "code.student_age", Severity: SeverityWarn, Item: "occupation", Reads: []string{"birth_date"}, Source: hz2004, Text: t("登记为学生，而不满 5 岁或超过 45 岁", "registered as a pupil or student, and under 5 or over 45"),
		Mend: mendPapers, person: func(p *person) bool { return p.Occupation == "学生" && (p.younger(5) || p.reached(46)) }},
	{Code: "code.retired_age", Severity: SeverityWarn, Item: "occupation", Reads: []string{"birth_date"}, Source: "国发〔1978〕104号", Text: t("登记为离退休人员，而不满 45 岁", "registered as retired, and under 45"),
		Mend: mendPapers, person: func(p *person) bool {
			return slices.Contains([]string{"离退休人员", "退休", "离休", "退休人员"}, p.Occupation) && p.younger(45)
		}},
	{Code: "code.workless", Severity: SeverityWarn, Item: "workplace", Reads: []string{"occupation"}, Source: form95, Text: t("登记为无业，而有服务处所", "registered as without work, and with a workplace"),
		Mend: mendPapers, person: func(p *person) bool {
			return p.Workplace != "" && (p.Occupation == "无业" || p.Occupation == "待业")
		}},
}

// noWork are words for those who have no occupation yet.
var noWork = []string{"学生", "学龄前儿童", "儿童", "幼儿", "无业", "无", "其他"}

func unknownCodes(p *person) (unknown []string) {
	for _, c := range [5]struct {
		item, value string
		table       *citizen.Table
	}{{"sex", p.Sex, citizen.Sexes}, {"ethnic_group", p.EthnicGroup, citizen.EthnicGroups}, {"relation", p.Relation, citizen.Relations},
		{"marital_status", p.MaritalStatus, citizen.MaritalStatuses}, {"education", p.Education, citizen.Educations}} {
		if c.value == "" {
			continue
		}
		if _, ok := c.table.ByCode(c.value); !ok {
			unknown = append(unknown, c.item)
		}
	}
	return unknown
}
