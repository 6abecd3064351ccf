package verify

// householdRules are about who is in a household together.
var householdRules = []Rule{
	{Code: "household.no_head", Severity: SeverityError, Item: "relation", Reads: householdNo, Source: book58, Text: t("户内没有户主", "the household has no householder"),
		Mend: mendHouse, house: func(h *house, broken func(*person)) {
			if len(h.heads) == 0 && !h.alone {
				broken(nil)
			}
		}},
	{Code: "household.two_heads", Severity: SeverityError, Item: "relation", Reads: householdNo, Source: book58, Text: t("一户有两个以上户主", "the household has more than one householder"),
		Mend: mendHouse, house: func(h *house, broken func(*person)) {
			if len(h.heads) > 1 {
				broken(nil)
			}
		}},
	{Code: "household.two_spouses", Severity: SeverityError, Item: "relation", Reads: householdNo, Source: hz2004, Text: t("户主有两个以上配偶", "the householder has more than one spouse"),
		Mend: mendHouse, house: func(h *house, broken func(*person)) {
			if len(h.spouses) > 1 {
				broken(nil)
			}
		}},
	{Code: "household.head_minor", Severity: SeverityWarn, Item: "relation", Reads: []string{"birth_date"}, Source: form95, Text: t("户主未满 16 周岁，没有完全民事行为能力", "the householder is under 16 and has no full legal capacity"),
		Mend: mendHouse, person: func(p *person) bool { return isHead(p.Relation) && p.younger(householdHead) }},
	{Code: "household.minors", Severity: SeverityWarn, Item: "household_no", Reads: []string{"birth_date"}, Source: form95, Text: t("全户都未满 16 周岁", "everybody of the household is under 16"),
		Mend: t("核实监护人，或并入监护人户内", "find the guardian, or join the children to the guardian's household"), house: func(h *house, broken func(*person)) {
			for i := range h.members {
				if !h.members[i].younger(householdHead) {
					return
				}
			}
			if !h.alone {
				broken(nil)
			}
		}},
	{Code: "household.head_old", Severity: SeverityWarn, Item: "birth_date", Reads: []string{"relation"}, Source: "户口登记条例（1958）第8条", Text: t("户主超过 100 岁，可能已死亡而未变更户主", "the householder is older than 100: perhaps dead, and nobody followed"),
		Mend: t("入户核实是否健在，已死亡的注销并变更户主", "visit; where the person is dead, cancel and name another householder"), person: func(p *person) bool { return isHead(p.Relation) && p.reached(101) }},
	{Code: "household.duplicate", Severity: SeverityError, Item: "name", Reads: []string{"birth_date", "household_no"}, Source: "户口登记条例（1958）第6条", Text: t("同户两人姓名、出生日期相同，可能重复登记", "two of the household have one name and birth date: perhaps one person twice"),
		Mend: t("核实是否一人，重复的注销一条", "find out whether they are one; cancel the second entry"), house: func(h *house, broken func(*person)) {
			for i := range h.members {
				for j := range i {
					a, b := &h.members[i], &h.members[j]
					if a.Name != "" && a.Name == b.Name && a.BirthDate == b.BirthDate && !a.BirthDate.IsZero() && !h.alone {
						broken(a)
						break
					}
				}
			}
		}},
	{Code: "household.parents_twice", Severity: SeverityError, Item: "relation", Reads: householdNo, Source: "GB/T 4761", Text: t("户主有两个父亲、母亲、岳父母、公婆或祖父母", "the householder has two fathers, mothers, parents-in-law or grandparents of one kind"),
		Mend: mendHouse, house: twice(func(code string) bool { return code >= "51" && code <= "56" || code >= "61" && code <= "64" })},
	{Code: "household.child_twice", Severity: SeverityError, Item: "relation", Reads: householdNo, Source: "GB/T 4761", Text: t("户内有两个长子、次女等同一排行的子女", "the household has two children of one rank, as two eldest sons"),
		Mend: mendHouse, house: twice(func(code string) bool { return code >= "22" && code <= "26" || code >= "32" && code <= "36" })},
	{Code: "household.child_order", Severity: SeverityError, Item: "relation", Reads: []string{"birth_date", "household_no"}, Source: "GB/T 4761", Text: t("子女的排行与出生先后不符", "the children's rank does not follow their ages"),
		Mend: mendHouse, house: func(h *house, broken func(*person)) {
			rank := func(p *person) bool {
				return (p.Relation[0] == '2' || p.Relation[0] == '3') && p.Relation[1] >= '2' && p.Relation[1] <= '6'
			}
			h.pairs(func(a, b *person) {
				if rank(a) && rank(b) && a.Relation[0] == b.Relation[0] && a.Relation < b.Relation && a.BirthDate.After(b.BirthDate) && !b.BirthDate.IsZero() {
					broken(b)
				}
			})
		}},
	{Code: "household.births", Severity: SeverityError, Item: "birth_date", Reads: []string{"mother_number", "household_no"}, Source: hz2004, Text: t("同一母亲的两个子女出生相隔不到七个月，又不是双胞胎", "two children of one mother were born less than seven months apart, and are no twins"),
		Mend: mendPapers, house: func(h *house, broken func(*person)) {
			h.pairs(func(a, b *person) {
				days := a.BirthDate.DaysUntil(b.BirthDate)
				if a.MotherNumber != "" && a.MotherNumber == b.MotherNumber && !a.BirthDate.IsZero() && !b.BirthDate.IsZero() && days > 3 && days < 210 {
					broken(b)
				}
			})
		}},
	{Code: "household.spouse_single", Severity: SeverityWarn, Item: "marital_status", Reads: []string{"relation", "household_no"}, Source: "婚姻法（2001）第8条", Text: t("户主夫妻同户，而一方登记的不是有配偶", "householder and spouse live in the household, and one is not registered as married"),
		Mend: mendPapers, house: func(h *house, broken func(*person)) {
			head, spouse := h.couple()
			for _, p := range []*person{head, spouse} {
				if p != nil && p.MaritalStatus != "" && p.MaritalStatus[0] != '2' && p.MaritalStatus != "90" {
					broken(p)
				}
			}
		}},
	{Code: "household.spouse_sex", Severity: SeverityError, Item: "sex", Reads: []string{"relation", "household_no"}, Source: "婚姻法（2001）第2条", Text: t("户主与配偶登记为同一性别", "householder and spouse are registered with one sex"),
		Mend: mendPapers, house: func(h *house, broken func(*person)) {
			if head, spouse := h.couple(); head != nil && head.sexKnown() && head.Sex == spouse.Sex {
				broken(spouse)
			}
		}},
}

var householdNo = []string{"household_no"}

// twice is a rule that no two of a family have one of some relations.
func twice(kind func(code string) bool) func(*house, func(*person)) {
	return func(h *house, broken func(*person)) {
		for i := range h.members {
			for j := range i {
				if p := &h.members[i]; kind(p.Relation) && h.members[j].Relation == p.Relation {
					broken(p)
					break
				}
			}
		}
	}
}

// pairs calls each ordered pair of members of a family who have a relation.
func (h *house) pairs(ask func(a, b *person)) {
	if h.alone {
		return
	}
	for i := range h.members {
		for j := range h.members {
			if a, b := &h.members[i], &h.members[j]; i != j && len(a.Relation) == 2 && len(b.Relation) == 2 {
				ask(a, b)
			}
		}
	}
}
