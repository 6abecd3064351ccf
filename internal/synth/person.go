package synth

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

const (
	han    = "01"
	mongol = "02"
	uyghur = "05"
	korean = "10"
	kazakh = "17"
	russia = "44"
)

func sexOf(sex int) citizen.Sex {
	if sex == 1 {
		return citizen.Male
	}
	return citizen.Female
}

// groups draws the ethnic groups of a couple: a member of a minority mostly marries within it, so that about two households in a hundred are mixed.
func (b *builder) groups() (father, mother string) {
	father = b.county.ethnic.draw(b.rand)
	mother = b.county.ethnic.draw(b.rand)
	if father != mother && b.rand.IntN(100) < 65 {
		if b.rand.IntN(2) == 0 {
			return mother, mother
		}
		return father, father
	}
	return father, mother
}

// day draws a birth date of somebody of an age today.
func (b *builder) day(age int) citizen.Date {
	last := b.on.AddYears(-age)
	return last.AddDays(-b.rand.IntN(365))
}

func (h *home) person(age, sex int, family, group string) *Resident {
	return h.personBorn(age, sex, family, group, citizen.Date{})
}

// personBorn makes a member of the household; a twin is born on a day that is given.
func (h *home) personBorn(age, sex int, family, group string, born citizen.Date) *Resident {
	b := h.b
	p := &Resident{Unit: b.unit, Registered: true}
	p.has = [SourceCount]bool{Form: true, Booklet: true, Computer: true, Citizen: true}
	p.Sex, p.EthnicGroup, p.Address, p.Birth = sexOf(sex), group, h.address, born
	if born.IsZero() {
		p.Birth = b.day(age)
	}
	b.assignNumber(p, sex, !born.IsZero())
	p.Name = b.name(p, family, sex)
	if age >= 16 && b.rand.IntN(100) < 3 {
		p.FormerName = familyName(p.Name) + given(b.rand, p.Birth.Year(), sex == 1)
	}
	b.origin(p)
	b.livelihood(p, age, h.collective)
	b.card(p, age)
	h.members = append(h.members, p)
	b.people = append(b.people, p)
	return p
}

// allotment is where sequences are counted: the numbers of one birth date and sex under one code.
type allotment struct {
	code citizen.Division
	day  citizen.Date
	sex  int
}

// assignNumber gives a number: mostly one of the station's own part of the county's sequences; eight in a hundred have an older code of the county or
// that of another place (errors.csv 10: no error, but often taken for one).
func (b *builder) assignNumber(p *Resident, sex int, fixedDay bool) {
	if !fixedDay && b.rand.IntN(100) < 8 {
		b.visitorNumber(p, sex, b.otherCode(p.Birth))
		return
	}
	for {
		n := b.taken[allotment{b.county.code, p.Birth, sex}]
		sequence := b.first + 2*n
		if sequence%2 != sex {
			sequence++
		}
		if sequence < b.first+b.width {
			b.taken[allotment{b.county.code, p.Birth, sex}] = n + 1
			p.Number = mustNumber(b.county.code, p.Birth, sequence)
			return
		}
		if fixedDay {
			b.visitorNumber(p, sex, b.county.code)
			return
		}
		p.Birth = p.Birth.AddDays(-1)
	}
}

// visitorNumber gives a number from the low sequences, which stations share out by sequence and, beyond fifty stations, by day, so that no two give the
// same one. The birth moves by up to a few days to a day of this station's; a number for a given day is looked for under other codes.
func (b *builder) visitorNumber(p *Resident, sex int, code citizen.Division) {
	const slots = visitorSequences / 2
	groups := (b.stations + slots - 1) / slots
	day := p.Birth
	for b.dayGroup(day, groups) != b.index/slots%groups {
		day = day.AddDays(-1)
	}
	sequence := 1 + 2*(b.index%slots)
	if sequence%2 != sex {
		sequence++
	}
	for tries := 0; ; tries++ {
		key := allotment{code, day, sex}
		if b.taken[key] == 0 {
			b.taken[key] = 1
			p.Birth, p.Number = day, mustNumber(code, day, sequence)
			return
		}
		if code = citizen.Division(pick(b.rand, origins())); tries > 200 {
			day = day.AddDays(-groups)
		}
	}
}

func (b *builder) dayGroup(day citizen.Date, groups int) int {
	return (defaultDay.DaysUntil(day)%groups + groups) % groups
}

// otherCode is an older code of the county, if it was in force when the number was given (1984 or at birth), or that of another place.
func (b *builder) otherCode(birth citizen.Date) citizen.Division {
	given := max(birth.Year(), 1985)
	day, err := citizen.NewDate(given, 7, 1)
	if err != nil {
		panic(err)
	}
	if b.rand.IntN(100) < 60 {
		for _, old := range b.county.old {
			if old.InForceOn(day) {
				return old
			}
		}
	}
	return citizen.Division(pick(b.rand, origins()))
}

func mustNumber(code citizen.Division, birth citizen.Date, sequence int) string {
	number, err := citizen.NewNumber(code, birth, sequence)
	if err != nil {
		panic(err)
	}
	return string(number)
}

// originCodes are counties in force through the whole time, from which people have come: by the Willow Palisade most from Shandong, Hebei and Liaoning
// (ASSUMPTION).
const originCodes = "220202 220203 220204 220221 220302 220303 220322 220402 220502 220602 220702 220722 220802 222401 222403 222404 230103 230104 " +
	"230202 230302 230402 230602 230702 230802 231002 231102 210102 210103 210104 210202 210302 210402 210502 210602 210702 210802 211002 211202 " +
	"130102 130202 130302 130402 130502 140202 150202 150302 150402 370102 370103 370202 370203 370302 370402 370602 370702 370802 410102 410302 410402"

var origins = sync.OnceValue(func() []string { return strings.Fields(originCodes) })

// originNames are their full names.
var originNames = sync.OnceValue(func() []string {
	var all []string
	for _, code := range origins() {
		all = append(all, citizen.Division(code).FullNameOn(defaultDay))
	}
	return all
})

// origin fills in birthplace and native place.
func (b *builder) origin(p *Resident) {
	here := b.prefix()
	p.Birthplace = here
	if citizen.Division(p.Number[:6]) != b.county.code || b.rand.IntN(100) < 12 {
		p.Birthplace = pick(b.rand, originNames())
	}
	p.NativePlace = here
	if b.rand.IntN(100) < 45 {
		p.NativePlace = pick(b.rand, originNames())
	}
}

// name makes a name; family is the surname, or "" for one of the group's.
func (b *builder) name(p *Resident, family string, sex int) string {
	r := b.rand
	switch p.EthnicGroup {
	case uyghur, kazakh, russia:
		return pick(r, dotted[p.EthnicGroup][sex]) + "·" + pick(r, dotted[p.EthnicGroup][1])
	case mongol:
		if n := r.IntN(100); n < 20 && family == "" || n < 20 && len([]rune(family)) > 1 {
			return pick(r, mongolNames[sex])
		} else if n < 23 {
			return pick(r, mongolNames[sex]) + "·" + pick(r, mongolNames[1])
		}
	}
	if family == "" {
		family = b.surname(p.EthnicGroup)
	}
	name := given(r, p.Birth.Year(), sex == 1)
	if chance(r, 800) { // name characters outside GB 2312 (ASSUMPTION; a press figure of 4.6 % looks high)
		rare := pick(r, rareChars())
		if !rare.gbk && r.IntN(100) < 80 {
			rare = rareChars()[r.IntN(40)]
		}
		if chars := []rune(name); len(chars) == 2 {
			name = string(chars[:1]) + rare.char
		} else {
			name = rare.char
		}
	}
	return family + name
}

// Parts of invented names in transliteration; a few of each suffice for the few who have one.
var (
	mongolNames = [2][]string{
		{"其其格", "娜仁", "萨仁", "乌云", "托娅", "高娃", "斯琴", "萨日娜", "乌兰图雅", "娜仁花", "通拉嘎"},
		{"巴特尔", "巴图", "朝鲁", "宝音", "布和", "格日勒", "哈斯", "那顺", "斯日古楞", "特木尔", "乌力吉", "额尔敦", "阿古拉"},
	}
	dotted = map[string][2][]string{
		uyghur: {{"阿依古丽", "古丽娜尔", "热孜万", "帕提古丽", "阿孜古丽"}, {"阿不都热合曼", "买买提", "艾力", "吐尔逊", "亚森", "库尔班", "依明"}},
		kazakh: {{"阿依努尔", "古丽", "加娜尔", "哈丽旦"}, {"叶尔兰", "巴合提", "努尔兰", "胡安别克", "赛力克"}},
		russia: {{"娜塔莎", "柳芭", "塔尼娅"}, {"伊万", "尼古拉", "瓦西里"}},
	}
)

func (b *builder) surname(group string) string {
	if w := ethnicSurnames()[group]; w != nil && b.rand.IntN(100) < 80 {
		return w.draw(b.rand)
	}
	return surnames().draw(b.rand)
}

// familyName is the surname of a name: two characters for the compound ones, nothing for a name in transliteration.
func familyName(name string) string {
	runes := []rune(name)
	switch {
	case len(runes) > 4 || strings.Contains(name, "·"):
		return ""
	case len(runes) > 2 && compounds()[string(runes[:2])]:
		return string(runes[:2])
	case len(runes) > 1:
		return string(runes[:1])
	}
	return name
}

var compounds = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for _, row := range table("surnames.csv") {
		if row[2] == "1" {
			all[row[0]] = true
		}
	}
	return all
})

func given(r *rand.Rand, year int, male bool) string {
	cohort := 0
	for year > cohorts[cohort] {
		cohort++
	}
	sex := 0
	if male {
		sex = 1
	}
	list := givenChars()[cohort][sex]
	one := list.draw(r)
	if r.IntN(100) < []int{5, 10, 17, 35, 42, 38}[cohort] {
		return one
	}
	return one + list.draw(r)
}

// prefix is the county's name as addresses begin.
func (b *builder) prefix() string { return countyNames()[b.county.code] }

var countyNames = sync.OnceValue(func() map[citizen.Division]string {
	all := make(map[citizen.Division]string)
	for _, c := range counties() {
		all[c.code] = c.code.FullNameOn(defaultDay)
	}
	return all
})

// address makes one of the station's: a house in a village, or one in a street; one in ten of the latter in the older way by committee and group
// (委、组: UNCONFIRMED for Changchun).
func (b *builder) address() string {
	t := pick(b.rand, b.towns)
	if len(t.villages) > 0 && (b.rand.IntN(100) < b.rural || len(t.communities) == 0) {
		return fmt.Sprintf("%s%s%s%d组%d号", b.prefix(), t.name, pick(b.rand, t.villages), 1+b.rand.IntN(12), 1+b.rand.IntN(180))
	}
	if b.rand.IntN(10) == 0 {
		return b.committee(t)
	}
	street := pick(b.rand, roads())
	if b.county.code > "220120" { // a county town has streets of its own
		street = t.name + pick(b.rand, []string{"人民路", "兴农路", "文化街", "站前街", "团结路", "民主街"})
	}
	return fmt.Sprintf("%s%s%d号%d栋%d单元%d室", b.prefix(), street, 1+b.rand.IntN(999), 1+b.rand.IntN(20), 1+b.rand.IntN(6),
		100*(1+b.rand.IntN(7))+1+b.rand.IntN(4))
}

func (b *builder) committee(t town) string {
	return fmt.Sprintf("%s%s%d委%d组", b.prefix(), t.name, 1+b.rand.IntN(30), 1+b.rand.IntN(20))
}

// Occupations and the kinds of workplace that go with them; all invented (ASSUMPTION).
var (
	urbanWork = list("工人:34 职员:16 教师:5 干部:6 个体:12 司机:4 营业员:7 医生:2 护士:2 会计:3 工程师:3 服务员:6")
	ruralWork = list("农民:78 工人:6 个体:6 教师:2 司机:3 木工:2 瓦工:3")
	factory   = []string{"机械厂", "纺织厂", "食品厂", "木器厂", "建筑公司", "运输公司", "印刷厂", "供热公司", "塑料厂", "轴承厂"}
	offices   = map[string][]string{"教师": {"小学", "中学", "职业学校"}, "医生": {"医院", "卫生院"}, "护士": {"医院", "卫生院"},
		"干部": {"街道办事处", "粮库", "税务所"}, "营业员": {"商店", "百货商场"}, "服务员": {"饭店", "招待所"}, "会计": {"财务公司", "商店"}}
)

// livelihood fills in education, occupation and workplace by age and place.
func (b *builder) livelihood(p *Resident, age int, collective bool) {
	r, rural := b.rand, strings.Contains(p.Address, "组") && strings.HasSuffix(p.Address, "号")
	p.Education = b.education(age, rural, collective)
	switch {
	case age < 7:
	case age < 16, age < 22 && (collective || r.IntN(100) < 60):
		p.Occupation = "学生"
		p.Workplace = b.works([]string{"小学", "初中", "高级中学", "大学"}[min(max((age-7)/5, 0), 3)])
	case age >= 60 || age >= 55 && p.Sex == citizen.Female:
		if p.Occupation = "离退休人员"; rural {
			p.Occupation = "农民"
		}
	case r.IntN(100) < 9:
		p.Occupation = "无业"
	default:
		work := urbanWork
		if rural {
			work = ruralWork
		}
		if p.Occupation = work.draw(r); p.Occupation != "农民" && p.Occupation != "个体" {
			kinds := offices[p.Occupation]
			if kinds == nil {
				kinds = factory
			}
			p.Workplace = b.works(pick(r, kinds))
		}
	}
}

// works names a workplace that does not exist.
func (b *builder) works(kind string) string {
	return pick(b.rand, []string{"瑞民", "嘉里", "惠泽", "宏苑", "景园", "恒川", "锦岭", "仁舟", "祥野", "裕岸"}) + kind
}

// education draws a level by age; codes that both editions have.
func (b *builder) education(age int, rural, collective bool) string {
	n := b.rand.IntN(100)
	if rural {
		n += 25
	}
	switch {
	case age < 7:
		return ""
	case age < 13:
		return "80"
	case age < 16:
		return "70"
	case collective && age < 25:
		return "60"
	case age > 65:
		n += 35
	}
	switch {
	case n < 8:
		return "20"
	case n < 20:
		return "30"
	case n < 32:
		return "40"
	case n < 55:
		return "60"
	case n < 105:
		return "70"
	case n < 135:
		return "80"
	}
	return "90"
}

// firstCards is when the first generation was given to everybody (UNCONFIRMED for Changchun: 1986 to 1989).
var firstCards = citizen.MustDate("1986-07-01")

// card gives the first-generation card that the resident holds: the last one issued, renewed when it ran out, by some a little later. Four in a
// hundred adults, and half of those of sixteen, have none.
func (b *builder) card(p *Resident, age int) {
	if age < 16 || b.rand.IntN(100) < 4 || age == 16 && b.rand.IntN(2) == 0 {
		return
	}
	issued := p.Birth.AddYears(16).AddDays(b.rand.IntN(150))
	if issued.Before(firstCards) {
		issued = firstCards.AddDays(b.rand.IntN(1000))
	}
	for !issued.After(b.on) {
		_, expires, _ := citizen.CardValidity(p.Birth, issued)
		p.CardIssued, p.CardExpires = issued, expires
		p.has[Card] = true
		if expires.IsZero() {
			return
		}
		issued = expires.AddDays(b.rand.IntN(120) - 30)
	}
}
