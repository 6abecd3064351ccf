package synth

import (
	"fmt"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
)

// itemKind is one way in which one item of one or several records goes wrong.
type itemKind struct {
	kind   string
	column personfile.Column
	where  *weighted // sets of sources, by how often
	wrong  func(*planter, *Resident) string
}

const (
	number18 = personfile.CitizenNumber
	official = "form+booklet+card+computer"
)

// itemKinds are planted in this order; what an earlier one has planted, a later one leaves. The sources are ASSUMPTION: typing errors in the computer,
// errors at birth in all official records, and so on.
var itemKinds = sync.OnceValue(func() []itemKind {
	typed := list("computer:6 booklet:2 form:1 form+booklet:1")
	copied := list("computer:5 booklet:2 card:2 computer+card:2 " + official + ":1")
	birth := list(official + ":5 computer:3 booklet:2 card:2 form:1")
	return []itemKind{
		{"id_15_left", number18, list("computer:4 booklet:3 form:3 form+booklet:3 form+booklet+computer:3"), func(_ *planter, r *Resident) string {
			if r.Birth.Before(fifteenEnd) {
				return fifteen(r.Number)
			}
			return r.Number
		}},
		{"id_check_digit_wrong", number18, typed, (*planter).checkDigit},
		{"id_upgrade_century", number18, list("computer:2 form+booklet+computer:1"), (*planter).century},
		{"id_dob_mismatch", number18, typed, (*planter).otherDay},
		{"id_sex_mismatch", number18, typed, (*planter).otherParity},
		{"id_digit_transposed", number18, typed, (*planter).transposed},
		{"id_digit_substituted", number18, typed, (*planter).substituted},
		{"id_lowercase_x", number18, typed, (*planter).otherSigns},
		{"id_missing", number18, typed, func(*planter, *Resident) string { return "" }},
		{"id_placeholder", number18, list("computer:3 form+booklet+computer:1"), (*planter).zeroSequence},
		{"name_placeholder", personfile.Name, list("computer:1 form+booklet+computer:3"), (*planter).unnamed},
		{"name_homophone", personfile.Name, copied, func(p *planter, r *Resident) string { return p.confused(r, "sound") }},
		{"name_look_alike", personfile.Name, copied, func(p *planter, r *Resident) string { return p.confused(r, "shape") }},
		{"name_variant_form", personfile.Name, copied, func(p *planter, r *Resident) string { return p.confused(r, "variant") }},
		{"name_former_name", personfile.Name, list("card:3 booklet:2 computer:2 form:1"), (*planter).former},
		{"name_char_dropped", personfile.Name, copied, (*planter).dropped},
		{"name_order", personfile.Name, copied, (*planter).reversed},
		{"name_space", personfile.Name, list("computer:1"), func(p *planter, r *Resident) string {
			runes := []rune(r.Name)
			if len(runes) < 2 {
				return r.Name
			}
			return string(runes[:1]) + pick(p.rand, []string{" ", "\u3000", "\u3000", " "}) + string(runes[1:])
		}},
		{"dob_lunar_for_solar", personfile.BirthDate, birth, func(_ *planter, r *Resident) string { return lunar(r.Birth) }},
		{"dob_day_month_swap", personfile.BirthDate, birth, func(_ *planter, r *Resident) string {
			return dateText(r.Birth.Year(), r.Birth.Day(), r.Birth.Month())
		}},
		{"dob_off_by_one", personfile.BirthDate, birth, (*planter).offByOne},
		{"dob_default_day", personfile.BirthDate, birth, func(p *planter, r *Resident) string {
			if p.rand.IntN(2) == 0 {
				return dateText(r.Birth.Year(), 1, 1)
			}
			return dateText(r.Birth.Year(), r.Birth.Month(), pick(p.rand, []int{1, 15}))
		}},
		{"dob_invalid", personfile.BirthDate, list("computer:3 form:1"), func(p *planter, r *Resident) string {
			return fmt.Sprintf(pick(p.rand, []string{"%d-02-30", "%d-00-12", "%d-13-01", "%d-06-31"}), r.Birth.Year())
		}},
		{"dob_age_nominal", personfile.BirthDate, birth, func(p *planter, r *Resident) string {
			return dateText(r.Birth.Year()-1-p.rand.IntN(2), r.Birth.Month(), r.Birth.Day())
		}},
		{"dob_century", personfile.BirthDate, list("computer:1"), func(p *planter, r *Resident) string {
			if r.Birth.Year()+100 > p.on.Year() {
				return r.Birth.String()
			}
			return dateText(r.Birth.Year()+100, r.Birth.Month(), r.Birth.Day())
		}},
		{"sex_wrong", personfile.Sex, list("computer:3 booklet:2 form:1 card:1"), func(_ *planter, r *Resident) string {
			return pairBool(r.Sex == citizen.Male, string(citizen.Female), string(citizen.Male))
		}},
		{"ethnic_wrong", personfile.EthnicGroup, copied, func(p *planter, r *Resident) string {
			if r.EthnicGroup != han {
				return han
			}
			return pick(p.rand, []string{"11", "11", "10", "03", "02"})
		}},
		{"address_old", personfile.Address, list("card:6 booklet:3 form:2 form+booklet:1"), func(p *planter, _ *Resident) string { return p.oldAddress() }},
		{"address_format", personfile.Address, list("form:2 booklet:2 card:3 computer:2 citizen:3"), (*planter).otherFormat},
		{"relation_wrong", personfile.Relation, list("computer:4 booklet:3 form:2"), (*planter).otherRelation},
		{"field_missing", 0, list("form:2 booklet:2 computer:3 citizen:2"), nil},
	}
})

// items plants errors in single items.
func (p *planter) items() {
	if p.errors == 0 {
		return
	}
	p.free()
	p.swaps()
	p.rare()
	for _, k := range itemKinds() {
		p.some(k.kind, func(r *Resident) bool { return p.one(k, r) })
	}
	for _, s := range Sources() {
		kind := fiveRecords + "_" + s.String()
		p.some(kind, func(r *Resident) bool { return p.disagreement(fiveRecords, r, s) })
	}
}

// one plants an error of a kind in a set of sources.
func (p *planter) one(k itemKind, r *Resident) bool {
	column := k.column
	value := ""
	if k.wrong == nil { // a field left empty
		column = pick(p.rand, []personfile.Column{personfile.Birthplace, personfile.NativePlace, personfile.Education, personfile.Occupation,
			personfile.MaritalStatus, personfile.Address, personfile.Relation})
	} else if value = k.wrong(p, r); value == r.item(column) || value == "" && k.kind != "id_missing" {
		return false
	}
	return p.everywhere(r, column, k.kind, value, sources(k.where.draw(p.rand))...)
}

func sources(set string) (all []Source) {
	for _, name := range strings.Split(set, "+") {
		for _, s := range Sources() {
			if s.String() == name {
				all = append(all, s)
			}
		}
	}
	return all
}

// swaps exchanges the numbers of two of a family in one record.
func (p *planter) swaps() {
	p.some("id_swapped_family", func(r *Resident) bool {
		for _, o := range p.homes[r.house] {
			if o == r || !o.has[Booklet] || o.Number == "" || r.Number == "" || o.traded || len(o.Planted)+len(r.Planted) > 0 {
				continue
			}
			s := pick(p.rand, []Source{Booklet, Computer})
			return p.item(r, s, number18, "id_swapped_family", o.Number) && p.item(o, s, number18, "id_swapped_family", r.Number)
		}
		return false
	})
}

// rare plants what happens to names with rare characters and with a middle dot: by how many there are of them.
func (p *planter) rare() {
	share := func(kind string, per100 float64) int { return int(min(float64(p.rates[kind])*p.errors/per100, 90)) } // percent of those who can have it
	const rare, dotted = 8, 0.33                                                                                   // of 100,000: 800 have a rare character, 33 a dot
	lost, self := share("name_rare_char_placeholder", rare), share("name_rare_char_pua", rare)
	for _, r := range p.residents {
		char := rareIn(r.Name)
		switch {
		case char != "":
			if n := p.rand.IntN(100); n < lost {
				p.item(r, Computer, personfile.Name, "name_rare_char_placeholder", strings.Replace(r.Name, char, p.placeholder(char), 1))
			} else if n < lost+self {
				made := string(rune(0xE000 + int([]rune(char)[0])%0x200))
				p.item(r, Computer, personfile.Name, "name_rare_char_pua", strings.Replace(r.Name, char, made, 1))
			}
		case strings.Contains(r.Name, "·") && p.rand.IntN(100) < share("name_separator", dotted):
			other := pick(p.rand, []string{"•", ".", " ", "．"})
			p.item(r, pick(p.rand, []Source{Computer, Booklet, Card}), personfile.Name, "name_separator", strings.Replace(r.Name, "·", other, 1))
		}
	}
}

// rareIn is the first character of a name outside GB 2312.
func rareIn(name string) string {
	for _, c := range name {
		if citizen.RareCharacter(c) || c > 0xFFFF {
			return string(c)
		}
	}
	return ""
}

func (p *planter) placeholder(char string) string {
	for _, r := range rareChars() {
		if r.char == char && p.rand.IntN(4) == 0 {
			return strings.Map(func(c rune) rune {
				for from, to := range tones {
					if strings.ContainsRune(from, c) {
						return to
					}
				}
				return c
			}, r.pinyin)
		}
	}
	return pick(p.rand, []string{"?", "？", "□", "＊", "■"})
}

// tones are the vowels of pinyin without their marks.
var tones = map[string]rune{"āáǎà": 'a', "ēéěè": 'e', "īíǐì": 'i', "ōóǒò": 'o', "ūúǔù": 'u', "ǖǘǚǜü": 'v'}

// Wrong numbers. None hits the number of another: a number whose check character is right has a sequence that no right number has.

func (p *planter) checkDigit(r *Resident) string {
	if len(r.Number) != 18 {
		return r.Number
	}
	return r.Number[:17] + string(pick(p.rand, []byte("0123456789X")))
}

// wrongNumber is a number of another day or sex whose check character is right: each station has one sequence for each sex among those that no right
// number has, and gives each number once. It is the right number where that fails, and for codes that other stations use too.
func (p *planter) wrongNumber(r *Resident, day citizen.Date, male bool) string {
	key := allotment{p.county.code, day, wrongMale}
	sequence := wrongSequence + 2*p.slot
	if !male {
		key.sex = wrongFemale
	} else {
		sequence++
	}
	if len(r.Number) != 18 || r.Number[:6] != string(p.county.code) || p.taken[key] > 0 {
		return r.Number
	}
	p.taken[key] = 1
	return mustNumber(p.county.code, day, sequence)
}

// Keys of wrong numbers among the allotments, beside the sexes 0 and 1.
const (
	wrongFemale = 2
	wrongMale   = 3
)

func (p *planter) century(r *Resident) string {
	if r.Birth.Year() >= 1900 {
		return r.Number
	}
	day, err := citizen.NewDate(r.Birth.Year()+100, r.Birth.Month(), r.Birth.Day())
	if err != nil {
		return r.Number
	}
	return p.wrongNumber(r, day, r.Sex == citizen.Male)
}

func (p *planter) otherDay(r *Resident) string {
	days := 1 + p.rand.IntN(400)
	return p.wrongNumber(r, r.Birth.AddDays(-days), r.Sex == citizen.Male)
}

func (p *planter) otherParity(r *Resident) string {
	return p.wrongNumber(r, r.Birth, r.Sex != citizen.Male)
}

func (p *planter) transposed(r *Resident) string {
	n := []byte(r.Number)
	i := 6 + p.rand.IntN(11)
	n[i], n[i+1] = n[i+1], n[i]
	return broken(r, string(n))
}

func (p *planter) substituted(r *Resident) string {
	n := []byte(r.Number)
	i := p.rand.IntN(17)
	const like = "0617385649"
	if at := strings.IndexByte(like, n[i]); at >= 0 && p.rand.IntN(2) == 0 {
		n[i] = like[at^1]
	} else {
		n[i] = '0' + byte(p.rand.IntN(10))
	}
	return broken(r, string(n))
}

// broken is a copying error that the check character shows; one that it does not show is no error here.
func broken(r *Resident, number string) string {
	if check, err := citizen.CheckCharacter(number[:17]); err != nil || check == number[17] {
		return r.Number
	}
	return number
}

// zeroSequence is a number that was typed before there was one. It is nobody's: two of one county and day have the same.
func (p *planter) zeroSequence(r *Resident) string {
	if len(r.Number) != 18 {
		return r.Number
	}
	return mustZero(citizen.Division(r.Number[:6]), r.Birth)
}

func mustZero(code citizen.Division, birth citizen.Date) string {
	head := string(code) + birth.Compact() + "000"
	check, err := citizen.CheckCharacter(head)
	if err != nil {
		panic(err)
	}
	return head + string(check)
}

// unnamed is what stands in the place of a name that a small child did not have yet.
func (p *planter) unnamed(r *Resident) string {
	if r.Birth.AgeOn(p.on) > 6 {
		return r.Name
	}
	for _, parent := range []*Resident{r.father, r.mother} {
		if parent != nil && parent.Name != "" && !strings.Contains(parent.Name, "·") && p.rand.IntN(2) == 0 {
			return parent.Name + pairBool(r.Sex == citizen.Male, "之子", "之女")
		}
	}
	return pick(p.rand, []string{"无名", "未命名", "未起名", "无名氏"})
}

// otherSigns writes X in another way, or all digits in full width.
func (p *planter) otherSigns(r *Resident) string {
	if strings.HasSuffix(r.Number, "X") {
		return r.Number[:17] + pick(p.rand, []string{"x", "x", "*", "十", "Ｘ"})
	}
	if p.rand.IntN(6) > 0 {
		return r.Number
	}
	return strings.Map(func(c rune) rune { return c - '0' + '０' }, r.Number)
}

// confusions are the characters that a character is taken for, by kind.
var confusions = sync.OnceValue(func() map[string]map[rune][]rune {
	all := map[string]map[rune][]rune{"sound": {}, "shape": {}, "variant": {}}
	for _, row := range table("confusables.csv") {
		a, b := []rune(row[0])[0], []rune(row[1])[0]
		for _, kind := range strings.Split(row[3], "+") {
			for range map[string]int{"high": 3, "medium": 2, "low": 1}[row[4]] {
				all[kind][a] = append(all[kind][a], b)
				all[kind][b] = append(all[kind][b], a)
			}
		}
	}
	return all
})

// confused replaces one character of a name; the name as it is where none has such a double.
func (p *planter) confused(r *Resident, kind string) string { return p.confusedFrom(r.Name, kind, 0) }

// confusedFrom leaves the first characters of the name as they are.
func (p *planter) confusedFrom(name, kind string, first int) string {
	runes := []rune(name)
	n := len(runes) - first
	if n < 1 {
		return name
	}
	from := p.rand.IntN(n)
	for i := range n {
		at := first + (from+i)%n
		if others := confusions()[kind][runes[at]]; len(others) > 0 {
			runes[at] = pick(p.rand, others)
			return string(runes)
		}
	}
	return name
}

// former has a record keep the former name; who has none turns out to have one.
func (p *planter) former(r *Resident) string {
	if strings.Contains(r.Name, "·") || r.Birth.AgeOn(p.on) < 3 {
		return r.Name
	}
	if r.FormerName == "" {
		for i := range r.Planted {
			if r.Planted[i].Column == personfile.FormerName {
				return r.Name
			}
		}
		r.FormerName = familyName(r.Name) + given(p.rand, r.Birth.Year(), r.Sex == citizen.Male)
	}
	return r.FormerName
}

func (p *planter) dropped(r *Resident) string {
	runes := []rune(r.Name)
	if len(runes) != 3 {
		return r.Name
	}
	if p.rand.IntN(4) == 0 {
		return r.Name + string(runes[2:])
	}
	i := 1 + p.rand.IntN(2)
	return string(runes[:i]) + string(runes[i+1:])
}

func (p *planter) reversed(r *Resident) string {
	runes := []rune(r.Name)
	if len(runes) != 3 {
		return r.Name
	}
	return string([]rune{runes[0], runes[2], runes[1]})
}

// dateText is a date, or "" where there is none.
func dateText(year, month, day int) string {
	d, err := citizen.NewDate(year, month, day)
	if err != nil {
		return ""
	}
	return d.String()
}

func (p *planter) offByOne(r *Resident) string {
	y, m, d := r.Birth.Year(), r.Birth.Month(), r.Birth.Day()
	step := 1 - 2*p.rand.IntN(2)
	switch p.rand.IntN(4) {
	case 0:
		y--
	case 1:
		m += step
	case 2:
		d += step
	default:
		d += 10 * step
	}
	return dateText(y, m, d)
}

// otherFormat writes the same place in another way.
func (p *planter) otherFormat(r *Resident) string {
	a := r.Address
	switch p.rand.IntN(5) {
	case 0:
		return strings.Replace(a, "栋", "号楼", 1)
	case 1:
		return strings.TrimPrefix(a, "吉林省")
	case 2:
		return strings.Replace(strings.Replace(a, "大街", "街", 1), "大路", "路", 1)
	case 3:
		return strings.Replace(strings.Replace(a, "单元", "门", 1), "组", "社", 1)
	}
	if i := strings.Index(a, "室"); i > 0 {
		return a[:i]
	}
	return strings.Replace(a, "号", "号院", 1)
}

var oppositeRelation = map[string]string{relSon: relDaughter, relDaughter: relSon, relFather: relMother, relMother: relFather, relWife: relHusband,
	relHusband: relWife, relGrandson: relGranddaughter, relGranddaughter: relGrandson, relDaughtersSon: relDaughtersDaughter,
	relDaughtersDaughter: relDaughtersSon, relSonInLaw: relDaughterInLaw, relDaughterInLaw: relSonInLaw}

// otherRelation is that of the other sex, or makes a second head.
func (p *planter) otherRelation(r *Resident) string {
	if other := oppositeRelation[r.Relation]; other != "" && p.rand.IntN(5) > 0 {
		return other
	}
	return relHead
}

// disagreement plants another value of an item that is seldom kept up.
func (p *planter) disagreement(kind string, r *Resident, s Source) bool {
	if r.Birth.AgeOn(p.on) < 7 {
		return false
	}
	switch p.rand.IntN(6) {
	case 0:
		return p.item(r, s, personfile.Education, kind, pick(p.rand, []string{"30", "60", "70", "80"}))
	case 1:
		return p.item(r, s, personfile.Occupation, kind, urbanWork.draw(p.rand))
	case 2:
		return p.item(r, s, personfile.NativePlace, kind, pick(p.rand, originNames()))
	case 3:
		return p.item(r, s, personfile.Birthplace, kind, pick(p.rand, originNames()))
	case 4:
		if r.Birth.AgeOn(p.on) < 22 {
			return false
		}
		return p.item(r, s, personfile.MaritalStatus, kind, pick(p.rand, []string{never, married, widowed, divorced}))
	}
	road := fmt.Sprintf("%s%s%d号", p.prefix(), pick(p.rand, roads()), 1+p.rand.IntN(900))
	return p.item(r, s, personfile.Address, kind, road)
}

// lunarYear is a year of the old calendar: its first day, the lengths of its months, and after which month a leap month stands (0: none).
type lunarYear struct {
	first  citizen.Date
	leap   int
	months string // 1: thirty days, 0: twenty-nine
}

var lunarYears = sync.OnceValue(func() map[int]lunarYear {
	all := make(map[int]lunarYear)
	for _, row := range table("lunar.csv") {
		all[number(row[0])] = lunarYear{citizen.MustDate(row[1]), number(row[2]), row[3]}
	}
	return all
})

// lunar is a day of the old calendar written as if it were one of ours; "" where no such date exists, or the calendar does not reach.
func lunar(day citizen.Date) string {
	year := day.Year()
	y, ok := lunarYears()[year]
	if ok && day.Before(y.first) {
		year--
		y, ok = lunarYears()[year]
	}
	if !ok {
		return ""
	}
	left := y.first.DaysUntil(day)
	for i := range len(y.months) {
		length := 29 + int(y.months[i]-'0')
		if left < length {
			month := i + 1
			if y.leap > 0 && i >= y.leap {
				month-- // the leap month has the number of the one before it
			}
			return dateText(year, month, left+1)
		}
		left -= length
	}
	return ""
}

// oldAddress is one by committee and group, as before the streets were numbered.
func (p *planter) oldAddress() string {
	return fmt.Sprintf("%s%s%d委%d组", p.prefix(), pick(p.rand, p.towns).name, 1+p.rand.IntN(30), 1+p.rand.IntN(20))
}
