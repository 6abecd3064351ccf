package verify

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/register"
)

var today = citizen.MustDate("2005-09-12")

// numbered is a right number for a birth date and a sequence.
func numbered(birth string, sequence int) string { return at("220102", birth, sequence) }

func at(division citizen.Division, birth string, sequence int) string {
	n, err := citizen.NewNumber(division, citizen.MustDate(birth), sequence)
	if err != nil {
		panic(err)
	}
	return n.String()
}

// The members of the sound household.
const (
	head = iota
	wife
	son
	daughter
	father
)

const place = "吉林省长春市南关区"

// sound is a household in which every rule holds: a couple, two children, and the householder's father.
func sound() Household {
	person := func(id, name, sex, birth, relation string, sequence int) Member {
		return Member{ID: id, Record: register.Record{Number: numbered(birth, sequence), Name: name, Sex: sex, EthnicGroup: "01", BirthDate: citizen.MustDate(birth),
			Address: place + "人民大街1号2栋3单元401室", HouseholdNo: "H1", Relation: relation, MaritalStatus: "20", Education: "60", Birthplace: place, NativePlace: place,
			Occupation: "工人"}}
	}
	h := Household{No: "H1", Members: []Member{person("head", "王强", "1", "1965-03-08", "02", 941), person("wife", "李梅", "2", "1966-05-01", "12", 942),
		person("son", "王小宝", "1", "1990-07-15", "22", 943), person("daughter", "王小丽", "2", "1993-11-20", "33", 944), person("father", "王福", "1", "1938-02-03", "51", 945)}}
	m := func(i int) *register.Record { return &h.Members[i].Record }
	for _, child := range []int{son, daughter} {
		m(child).MaritalStatus, m(child).Occupation, m(child).Education = "10", "学生", "70"
		m(child).FatherNumber, m(child).MotherNumber = m(head).Number, m(wife).Number
	}
	m(head).SpouseNumber, m(wife).SpouseNumber, m(head).FatherNumber = m(wife).Number, m(head).Number, m(father).Number
	m(father).MaritalStatus = "30"
	m(head).CardIssued, m(head).CardExpires = citizen.MustDate("1995-01-10"), "2015-01-10"
	return h
}

// ruleCase breaks a rule, and comes as near as may be without breaking it. Both begin with the sound household.
type ruleCase struct {
	breaks, holds func(h *Household, m []Member)
}

// on changes one member's record.
func on(i int, change func(r *register.Record)) func(*Household, []Member) {
	return func(_ *Household, m []Member) { change(&m[i].Record) }
}

func birth(i int, day string) func(*Household, []Member) {
	return on(i, func(r *register.Record) { r.BirthDate = citizen.MustDate(day) })
}

// born moves a birth with its number.
func born(i int, day string) func(*Household, []Member) {
	return on(i, func(r *register.Record) {
		r.BirthDate, r.Number = citizen.MustDate(day), numbered(day, citizen.Number(r.Number).Sequence())
	})
}

func name(i int, text string) func(*Household, []Member) {
	return on(i, func(r *register.Record) { r.Name = text })
}

func numberIs(i int, text string) func(*Household, []Member) {
	return on(i, func(r *register.Record) { r.Number = text })
}

func relation(i int, code string) func(*Household, []Member) {
	return on(i, func(r *register.Record) { r.Relation = code })
}

func address(text string) func(*Household, []Member) {
	return func(_ *Household, m []Member) {
		for i := range m {
			m[i].Record.Address = text
		}
	}
}

func aCard(issued, expires string) func(*Household, []Member) {
	return on(head, func(r *register.Record) {
		r.CardIssued, r.CardExpires = citizen.Date{}, expires
		if issued != "" {
			r.CardIssued = citizen.MustDate(issued)
		}
	})
}

func all(changes ...func(*Household, []Member)) func(*Household, []Member) {
	return func(h *Household, m []Member) {
		for _, change := range changes {
			change(h, m)
		}
	}
}

// onCards makes the household a single card's record.
func onCards(change func(*Household, []Member)) func(*Household, []Member) {
	return func(h *Household, m []Member) {
		change(h, m)
		h.Members, h.Alone = m[:1], true
		h.Lacks = make(map[string]bool)
		for _, item := range strings.Fields("household_no relation former_name birthplace native_place marital_status education occupation workplace father_number mother_number spouse_number") {
			h.Lacks[item] = true
		}
	}
}

// again adds a copy of a member under another identifier.
func again(i int, change func(r *register.Record)) func(*Household, []Member) {
	return func(h *Household, m []Member) {
		copied := m[i]
		copied.ID += " again"
		change(&copied.Record)
		h.Members = append(h.Members, copied)
	}
}

// checked adds the check character.
func checked(n string) string {
	check, err := citizen.CheckCharacter(n)
	if err != nil {
		panic(err)
	}
	return n + string(check)
}

func badCheck(n string) string {
	return n[:17] + string('0'+(n[17]-'0'+1)%10)
}

func exchanged(n string, i int) string { return n[:i] + n[i+1:i+2] + n[i:i+1] + n[i+2:] }

var ruleCases = map[string]ruleCase{
	"form.missing":           {on(wife, func(r *register.Record) { r.EthnicGroup = "" }), on(wife, func(r *register.Record) { r.FormerName = "" })},
	"form.origin_missing":    {on(wife, func(r *register.Record) { r.NativePlace = "" }), on(wife, func(r *register.Record) { r.Workplace = "" })},
	"form.condition_missing": {on(son, func(r *register.Record) { r.Education = "" }), on(son, func(r *register.Record) { r.Occupation = "" })},
	"form.name":              {name(head, "王\ue000"), name(head, "王欣")},
	"form.name_doubtful":     {name(head, "王Q"), name(head, "阿依古丽·买买提")},
	"form.name_placeholder":  {name(son, "王强之子"), name(son, "王之子")},
	"form.name_lost":         {name(head, "王？"), name(head, "王万")},
	"form.name_latin":        {name(head, "王ying"), name(head, "王英")},
	"form.name_described":    {name(head, "王（王莹）"), name(head, "王莹")},
	"form.name_short":        {name(head, "强"), name(head, "王强")},
	"form.name_blank":        {name(head, "王　强"), name(head, " 王强 ")},
	"form.name_dot":          {name(head, "阿依古丽•买买提"), name(head, "阿依古丽·买买提")},
	"form.name_title":        {name(head, "王先生"), name(head, "王先")},
	"form.surname":           {name(wife, "材梅"), all(name(wife, "材梅"), name(son, "材小宝"))},
	"form.former_same":       {on(head, func(r *register.Record) { r.FormerName = "王强" }), on(head, func(r *register.Record) { r.FormerName = "王刚" })},
	"form.former_name":       {on(head, func(r *register.Record) { r.FormerName = "王\ue001" }), on(head, func(r *register.Record) { r.FormerName = "王囡" })},
	"form.blank":             {on(head, func(r *register.Record) { r.Workplace = " 一汽" }), on(head, func(r *register.Record) { r.Workplace = "一汽 铸造" })},
	"form.private_use":       {on(head, func(r *register.Record) { r.Birthplace = "吉林\ue123" }), on(head, func(r *register.Record) { r.Birthplace = "吉林㐂" })},
	"form.ditto":             {on(wife, func(r *register.Record) { r.NativePlace = "同上" }), on(wife, func(r *register.Record) { r.NativePlace = "大同上党" })},
	"form.unknown_word":      {on(wife, func(r *register.Record) { r.Birthplace = "不详" }), on(wife, func(r *register.Record) { r.Birthplace = "江苏无锡" })},

	"number.missing":       {numberIs(head, ""), numberIs(head, numbered("1965-03-08", 941))},
	"number.fifteen":       {numberIs(head, "220102650308941"), onCards(numberIs(head, "220102650308941"))},
	"number.fifteen_form":  {numberIs(head, "2201026503O8941"), numberIs(head, "220102650308941")},
	"number.fifteen_late":  {all(birth(daughter, "1999-10-01"), numberIs(daughter, "220102991001944")), all(birth(daughter, "1999-09-30"), numberIs(daughter, "220102990930944"))},
	"number.fifteen_birth": {numberIs(head, "220102650309941"), numberIs(head, "220102650308941")},
	"number.fifteen_sex":   {numberIs(head, "220102650308942"), numberIs(head, "220102650308943")},
	"number.form":          {numberIs(head, "22010265030894"), numberIs(head, "220102650308941")},
	"number.written":       {numberIs(head, "2２"+numbered("1965-03-08", 941)[2:]), numberIs(head, badCheck(numbered("1965-03-08", 941)))},
	"number.check":         {numberIs(head, badCheck(numbered("1965-03-08", 941))), numberIs(head, numbered("1965-03-09", 941))},
	"number.slip":          {numberIs(head, exchanged(numbered("1965-03-08", 941), 12)), numberIs(head, badCheck(numbered("1965-03-08", 941)))},
	"number.date":          {numberIs(head, "220102196513089417"), numberIs(head, numbered("1965-03-09", 941))},
	"number.division":      {numberIs(head, at("999999", "1965-03-08", 941)), numberIs(head, at("220111", "1965-03-08", 941))},
	"number.sequence":      {numberIs(head, checked("22010219650308000")), numberIs(head, numbered("1965-03-08", 1))},
	"number.birth":         {numberIs(head, numbered("1965-03-09", 941)), numberIs(head, numbered("1965-03-08", 951))},
	"number.century":       {all(birth(father, "1888-02-03"), numberIs(father, numbered("1988-02-03", 945))), all(birth(father, "1888-02-03"), numberIs(father, numbered("1987-02-03", 945)))},
	"number.sex":           {numberIs(head, numbered("1965-03-08", 944)), numberIs(head, numbered("1965-03-08", 945))},
	"number.shared":        {again(son, func(r *register.Record) { r.Name = "王二宝" }), again(son, func(r *register.Record) { r.Number = numbered("1990-07-15", 951) })},
	"number.swapped": {func(_ *Household, m []Member) {
		m[head].Record.Number, m[wife].Record.Number = m[wife].Record.Number, m[head].Record.Number
	}, func(_ *Household, m []Member) { m[head].Record.Number = numbered("1966-05-01", 952) }},
	"number.own_relative":  {on(head, func(r *register.Record) { r.SpouseNumber = r.Number }), on(head, func(r *register.Record) { r.SpouseNumber = numbered("1965-03-08", 952) })},
	"number.parents_same":  {on(son, func(r *register.Record) { r.MotherNumber = r.FatherNumber }), on(son, func(r *register.Record) { r.MotherNumber = "" })},
	"number.relative_form": {on(son, func(r *register.Record) { r.FatherNumber = "2201021965" }), on(son, func(r *register.Record) { r.FatherNumber = "220102650308941" })},

	"date.future":  {birth(son, "2005-09-13"), birth(son, "2005-09-12")},
	"date.old":     {birth(father, "1884-01-01"), birth(father, "1886-01-01")},
	"date.default": {birth(head, "1965-01-01"), birth(head, "1964-01-01")},
	"date.swapped": {birth(head, "1965-08-03"), birth(head, "1964-08-03")},
	"date.lunar":   {birth(head, "1965-02-06"), birth(head, "1965-01-14")},
	"date.nominal": {birth(head, "1964-03-08"), birth(head, "1961-03-08")},
	"date.slip":    {birth(head, "1965-03-18"), birth(head, "1965-03-19")},

	"household.no_head":     {relation(head, "97"), func(h *Household, m []Member) { h.Members, h.Alone = m[1:2], true }},
	"household.two_heads":   {relation(wife, "02"), relation(wife, "97")},
	"household.two_spouses": {relation(daughter, "12"), relation(daughter, "38")},
	"household.head_minor":  {born(head, "1989-09-13"), born(head, "1989-09-12")},
	"household.minors":      {func(h *Household, m []Member) { h.Members = m[2:4] }, func(h *Household, m []Member) { h.Members = m[1:4] }},
	"household.head_old":    {born(head, "1904-01-01"), born(head, "1906-01-01")},
	"household.duplicate": {again(son, func(r *register.Record) { r.Number, r.Relation = numbered("1990-07-15", 951), "20" }), again(son, func(r *register.Record) {
		r.Number, r.Name, r.Relation = numbered("1990-07-15", 951), "王小贝", "23" // a twin
	})},
	"household.parents_twice": {again(father, func(r *register.Record) { r.Name = "王禄" }), again(father, func(r *register.Record) { r.Name, r.Relation = "李禄", "55" })},
	"household.child_twice":   {relation(daughter, "22"), relation(daughter, "32")},
	"household.child_order":   {all(relation(daughter, "22"), relation(son, "23")), all(relation(daughter, "23"))},
	"household.births":        {born(daughter, "1990-12-20"), born(daughter, "1991-02-20")},
	"household.spouse_single": {on(wife, func(r *register.Record) { r.MaritalStatus = "40" }), on(wife, func(r *register.Record) { r.MaritalStatus = "23" })},
	"household.spouse_sex":    {on(wife, func(r *register.Record) { r.Sex = "1" }), on(wife, func(r *register.Record) { r.Sex = "" })},

	"relation.sex":             {relation(daughter, "23"), relation(daughter, "39")},
	"relation.age":             {born(son, "1979-03-07"), born(son, "1979-03-08")},
	"relation.grandparent_age": {all(relation(father, "61"), born(father, "1938-02-03")), all(relation(father, "61"), born(father, "1937-03-08"))},
	"relation.sibling_order":   {all(relation(wife, "75")), all(relation(wife, "77"))},
	"relation.spouse_age":      {born(wife, "1925-01-01"), born(wife, "1926-01-01")},
	"relation.parents":         {on(son, func(r *register.Record) { r.FatherNumber = r.MotherNumber }), on(son, func(r *register.Record) { r.FatherNumber = numbered("1976-07-15", 951) })},
	"relation.parent_old":      {on(son, func(r *register.Record) { r.MotherNumber = numbered("1934-07-14", 952) }), on(son, func(r *register.Record) { r.MotherNumber = numbered("1935-07-14", 952) })},
	"relation.parent_number":   {on(head, func(r *register.Record) { r.FatherNumber = numbered("1938-02-03", 951) }), on(head, func(r *register.Record) { r.FatherNumber = "220102380203945" })},
	"relation.child_number": {on(son, func(r *register.Record) { r.FatherNumber = numbered("1965-03-08", 951) }), on(daughter, func(r *register.Record) {
		r.MotherNumber = numbered("1966-05-01", 952) // of another mother
	})},
	"relation.spouse_number":   {on(wife, func(r *register.Record) { r.SpouseNumber = numbered("1965-03-08", 951) }), on(wife, func(r *register.Record) { r.SpouseNumber = "" })},
	"relation.spouse_sex":      {on(wife, func(r *register.Record) { r.SpouseNumber = numbered("1965-03-08", 942) }), on(wife, func(r *register.Record) { r.SpouseNumber = numbered("1965-03-08", 951) })},
	"relation.in_law":          {all(relation(daughter, "38")), all(relation(daughter, "38"), on(daughter, func(r *register.Record) { r.MaritalStatus = "20" }))},
	"relation.sibling_parents": {all(relation(son, "73"), on(head, func(r *register.Record) { r.MotherNumber = numbered("1940-01-01", 952) })), all(relation(son, "73"))},

	"code.unknown":          {on(head, func(r *register.Record) { r.Education = "07" }), on(head, func(r *register.Record) { r.Education = "90" })},
	"code.sex":              {on(head, func(r *register.Record) { r.Sex = "9" }), on(head, func(r *register.Record) { r.Sex = "1" })},
	"code.ethnic_other":     {on(head, func(r *register.Record) { r.EthnicGroup = "97" }), on(head, func(r *register.Record) { r.EthnicGroup = "56" })},
	"code.ethnic_parents":   {on(son, func(r *register.Record) { r.EthnicGroup = "11" }), func(_ *Household, m []Member) { m[son].Record.EthnicGroup, m[wife].Record.EthnicGroup = "11", "11" }},
	"code.marriage":         {on(son, func(r *register.Record) { r.MaritalStatus = "20" }), all(born(son, "1987-09-12"), on(son, func(r *register.Record) { r.MaritalStatus = "20" }))},
	"code.marriage_age":     {all(born(son, "1983-09-13"), on(son, func(r *register.Record) { r.MaritalStatus = "20" })), all(born(son, "1983-09-12"), on(son, func(r *register.Record) { r.MaritalStatus = "20" }))},
	"code.spouse_unmarried": {on(head, func(r *register.Record) { r.MaritalStatus = "40" }), on(head, func(r *register.Record) { r.MaritalStatus = "22" })},
	"code.education":        {born(daughter, "1999-09-13"), all(born(daughter, "1999-09-12"))},
	"code.education_age":    {born(daughter, "1994-09-13"), born(daughter, "1994-09-12")},
	"code.child_work":       {on(son, func(r *register.Record) { r.Occupation = "农民" }), all(born(son, "1989-09-12"), on(son, func(r *register.Record) { r.Occupation = "农民" }))},
	"code.student_age":      {on(father, func(r *register.Record) { r.Occupation = "学生" }), on(head, func(r *register.Record) { r.Occupation = "学生" })},
	"code.retired_age":      {on(wife, func(r *register.Record) { r.Occupation = "离退休人员" }), on(father, func(r *register.Record) { r.Occupation = "离退休人员" })},
	"code.workless":         {on(wife, func(r *register.Record) { r.Occupation, r.Workplace = "无业", "一汽" }), on(wife, func(r *register.Record) { r.Occupation = "无业" })},

	"address.differs":      {on(daughter, func(r *register.Record) { r.Address = place + "南岭街道2号" }), func(h *Household, m []Member) { m[daughter].Record.Address, h.Alone = "南关区2号", true }},
	"address.no_number":    {address(place + "人民大街"), address(place + "永兴村三组")},
	"address.no_door":      {address(place + "人民大街12"), address(place + "人民大街12号")},
	"address.no_room":      {address(place + "人民大街12号3单元401"), address(place + "人民大街12号3单元401室")},
	"address.division":     {address("南岭街道1号"), address("南关南岭区1号")},
	"address.old_division": {address("吉林省九台县城子街1号"), address("吉林省九台市城子街1号")},
	"address.width":        {address(place + "人民大街１号"), address(place + "人民大街（北）1号")},
	"address.repeated":     {address("吉林省长春市长春市南关区1号"), address("吉林省长春市南关区南关街1号")},
	"address.too_long":     {address(strings.Repeat("长", 33) + "区1号"), address(strings.Repeat("长", 32) + "区1号")},

	"card.dates":       {aCard("2005-09-13", "2025-09-13"), aCard("2005-09-12", "2025-09-12")},
	"card.before_1984": {aCard("1984-04-05", "1994-04-05"), aCard("1984-04-06", "1994-04-06")},
	"card.under_age":   {aCard("1981-03-07", "1986-03-07"), aCard("1981-03-08", "1991-03-08")},
	"card.half":        {aCard("", "2015-01-10"), aCard("", "")},
	"card.validity":    {aCard("1995-01-10", "long-term"), aCard("1995-01-10", "2015-01-09")},
	"card.number":      {onCards(aCard("1999-09-30", "2019-09-30")), onCards(aCard("1999-10-01", "2019-10-01"))},
	"card.no_number":   {numberIs(head, ""), numberIs(wife, "")},
}

// Every item rule has a case that breaks it, one that comes near and holds, and holds in the sound household.
func TestItemRules(t *testing.T) {
	if found := Check(sound(), today); len(found) > 0 {
		t.Fatalf("the sound household: %v", found)
	}
	for _, r := range Rules {
		t.Run(r.Code+" "+r.Source, func(t *testing.T) {
			c, ok := ruleCases[r.Code]
			if !ok {
				t.Fatal("no case breaks it")
			}
			h := sound()
			c.breaks(&h, h.Members)
			if found := Check(h, today); CountRules(found)[r.Code] == 0 {
				t.Errorf("not found: %v", found)
			}
			h = sound()
			c.holds(&h, h.Members)
			if found := Check(h, today); CountRules(found)[r.Code] > 0 {
				t.Errorf("found where it holds: %v", found)
			}
		})
	}
	if len(ruleCases) != len(Rules) || len(Rules) < 60 {
		t.Errorf("%d rules, %d cases", len(Rules), len(ruleCases))
	}
}

func TestItemRules_AreWhole(t *testing.T) {
	codes := make(map[string]bool)
	for _, r := range Rules {
		room, _, _ := strings.Cut(r.Code, ".")
		ways := 0
		for _, is := range []bool{r.person != nil, r.items != nil, r.house != nil} {
			if is {
				ways++
			}
		}
		if codes[r.Code] || r.Text.ZH == "" || r.Text.EN == "" || r.Mend.ZH == "" || r.Mend.EN == "" || r.Source == "" || r.Item == "" || ways != 1 ||
			r.Severity != SeverityError && r.Severity != SeverityWarn || !slices.Contains(strings.Fields("form number date household relation code address card"), room) {
			t.Errorf("incomplete: %+v", r)
		}
		codes[r.Code] = true
	}
	for _, old := range strings.Fields("form.missing form.name form.name_doubtful form.blank number.missing number.fifteen number.form number.check number.date number.division number.birth number.sex " +
		"number.shared date.future date.old household.no_head household.two_heads household.two_spouses household.head_minor relation.sex relation.age relation.parents code.unknown code.marriage " +
		"code.education address.differs card.dates card.validity") {
		if !codes[old] {
			t.Errorf("the code %s is gone", old)
		}
	}
}

// A record that has no room for an item is not asked about it: a card has no household.
func TestItemRules_OfACard(t *testing.T) {
	h := sound()
	onCards(func(*Household, []Member) {})(&h, h.Members)
	h.Members[0].Record = register.Record{Number: "220102650308941", Name: "王强", Sex: "1", EthnicGroup: "01", BirthDate: citizen.MustDate("1965-03-08"),
		Address: place + "人民大街1号", CardIssued: citizen.MustDate("1995-01-10"), CardExpires: "2015-01-10"}
	if found := Check(h, today); len(found) > 0 {
		t.Errorf("%v", found)
	}
	left := NotAsked(h.Lacks)
	if !slices.Contains(left, "household.no_head") || !slices.Contains(left, "code.marriage") || slices.Contains(left, "number.check") || slices.Contains(left, "card.number") {
		t.Errorf("not asked: %v", left)
	}
}

// Whatever stands in a record, the rules answer, twice the same, name members that are there, and items that the record has.
func TestItemRules_AnyRecords(t *testing.T) {
	texts := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"王强", "同上", "王？", "220102196503089417", "220102650308941", "南关区1号", "同前", "2", "02", "12", "20", "22", "51", "97", "1", "9"}), rapid.String())
	dates := rapid.Map(rapid.IntRange(-1, 60000), func(n int) citizen.Date {
		if n < 0 {
			return citizen.Date{}
		}
		return citizen.MustDate("1870-01-01").AddDays(n)
	})
	rapid.Check(t, func(t *rapid.T) {
		h := Household{Alone: rapid.Bool().Draw(t, "alone"), Lacks: map[string]bool{}}
		for _, item := range rapid.SliceOfN(rapid.SampledFrom([]string{"relation", "household_no", "sex", "education"}), 0, 3).Draw(t, "lacks") {
			h.Lacks[item] = true
		}
		ids := map[string]bool{"": true}
		for i := range rapid.IntRange(0, 6).Draw(t, "members") {
			id := string(rune('a' + i))
			ids[id] = true
			draw := func(what string) string { return texts.Draw(t, what) }
			h.Members = append(h.Members, Member{ID: id, Record: register.Record{Number: draw("number"), Name: draw("name"), FormerName: draw("former"), Sex: draw("sex"), EthnicGroup: draw("group"),
				BirthDate: dates.Draw(t, "birth"), Birthplace: draw("birthplace"), NativePlace: draw("native"), Address: draw("address"), HouseholdNo: draw("household"), Relation: draw("relation"),
				MaritalStatus: draw("marital"), Education: draw("education"), Occupation: draw("occupation"), Workplace: draw("workplace"), FatherNumber: draw("father"), MotherNumber: draw("mother"),
				SpouseNumber: draw("spouse"), CardIssued: dates.Draw(t, "issued"), CardExpires: draw("expires")}})
		}
		found := Check(h, today)
		if again := Check(h, today); !slices.Equal(found, again) {
			t.Fatalf("%v, then %v", found, again)
		}
		for _, f := range found {
			if !ids[f.Member] || f.Item == "" || h.Lacks[f.Item] || RuleOf(f.Rule) == nil {
				t.Fatalf("%+v", f)
			}
		}
	})
}
