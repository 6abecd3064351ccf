package synth

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// place is one station: what is needed to make its people, and nothing of other stations.
type place struct {
	seed      uint64
	county    *county
	unit      event.Unit
	on        citizen.Date
	residents int
	errors    float64
	rates     Rates
	towns     []town
	rural     int // percent of households with a village address
	first     int // of the county's sequences
	width     int
	slot      int // among the county's stations
	index     int // among all stations
	stations  int // of the city
	partner   int // the station that this one has double registrations with
	neighbour int // the station of the same county that this one shares numbers with
}

// ruralPercent is the county's agricultural share, bent to what the station's towns have: a town with villages alone is all villages.
func (p *place) ruralPercent() int {
	villages, communities := 0, 0
	for _, t := range p.towns {
		villages, communities = villages+len(t.villages), communities+len(t.communities)
	}
	switch {
	case villages == 0:
		return 0
	case communities == 0:
		return 100
	}
	return p.county.agricultural
}

// random is a generator of the station's own for one purpose.
func (p *place) random(purpose string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%s", p.unit, purpose)
	return rand.New(rand.NewPCG(p.seed, h.Sum64()))
}

// Codes of GB/T 4761 and GB/T 2261.2 that families here have.
const (
	relHead, relSpouse                    = "02", "10"
	relWife, relHusband                   = "12", "11"
	relSon, relDaughter                   = "20", "30"
	relSonInLaw, relDaughterInLaw         = "28", "38"
	relGrandson, relGranddaughter         = "41", "42"
	relDaughtersSon, relDaughtersDaughter = "43", "44"
	relFather, relMother                  = "51", "52"
	relWifesFather, relWifesMother        = "55", "56"
	relGrandfather, relGrandmother        = "61", "62"
	relOtherRelative, relNoRelative       = "97", "99"
	never, married, widowed, divorced     = "10", "20", "30", "40"
)

// builder makes the people of a station from a pool that has as many of each age and sex as the city's pyramid: so ages come out right whatever
// the families look like, and families are put together from whom there is.
type builder struct {
	place
	rand   *rand.Rand
	pool   [2][maxAge + 1]int
	left   int
	people []*Resident
	homes  [][]*Resident // household by household
	taken  map[allotment]int
}

// newBuilder fills the pool. Fractions of a person are carried on from age to age and, by the random start, even out between stations.
func newBuilder(p place) *builder {
	b := &builder{place: p, rand: p.random("families"), taken: make(map[allotment]int), left: p.residents}
	b.people = make([]*Resident, 0, p.residents+p.residents/50)
	carry, shares, filled := b.rand.Float64(), pyramid(), 0
	for age := range maxAge + 1 {
		for sex := range 2 {
			carry += shares[sex][age] * float64(p.residents)
			n := min(int(carry), p.residents-filled)
			carry -= float64(int(carry))
			b.pool[sex][age] += n
			filled += n
		}
	}
	b.pool[1][35] += p.residents - filled // at most one
	return b
}

// take removes somebody of the age nearest to want between lo and hi; -1: there is nobody.
func (b *builder) take(sex, lo, hi, want int) int {
	lo, hi = max(lo, 0), min(hi, maxAge)
	want = min(max(want, lo), hi)
	for d := 0; want-d >= lo || want+d <= hi; d++ {
		for _, age := range []int{want - d, want + d} {
			if age >= lo && age <= hi && b.pool[sex][age] > 0 {
				b.pool[sex][age]--
				b.left--
				return age
			}
		}
	}
	return -1
}

// draw removes somebody between lo and hi, each age as likely as there are people left of it, weighted; -1: nobody.
func (b *builder) draw(sex, lo, hi int, weight func(age int) int) int {
	total := 0
	for age := max(lo, 0); age <= min(hi, maxAge); age++ {
		total += b.pool[sex][age] * weight(age)
	}
	if total == 0 {
		return -1
	}
	at := b.rand.IntN(total)
	for age := max(lo, 0); ; age++ {
		if at -= b.pool[sex][age] * weight(age); at < 0 {
			b.pool[sex][age]--
			b.left--
			return age
		}
	}
}

func alike(int) int { return 1 }

// tradedHouseholds are the first ones of a station, which other stations can make without making all of it: double registrations and shared
// numbers come from there. Two of their people stand for each double registration.
func (p *place) tradedHouseholds() int {
	return 8 + int(float64(p.residents)*max(1.0/150, float64(p.rates.doubled())*p.errors/100_000))
}

// build puts together households until the pool is empty, or limit of them. Collective ones come behind the traded, so that they find the young.
func (b *builder) build(limit int) {
	gathered := false
	for b.left > 0 && len(b.homes) < limit {
		if !gathered && len(b.homes) >= b.tradedHouseholds() {
			b.collective(b.residents / 25) // 4 % (ASSUMPTION)
			gathered = true
			continue
		}
		shape := householdShapes().draw(b.rand)
		for before := b.left; b.left == before; shape = simpler(shape) {
			b.family(shape)
		}
	}
}

// simpler is what is tried where nobody is left who fits a shape; a single person always is, of whatever age.
func simpler(s householdShape) householdShape {
	switch {
	case s.generations > 1:
		return householdShape{s.size, s.generations - 1}
	case s.size > 2:
		return householdShape{2, 1}
	}
	return householdShape{1, 1}
}

// family makes one household of about the shape.
func (b *builder) family(shape householdShape) {
	h := &home{b: b, address: b.address()}
	h.father, h.mother = b.groups()
	switch {
	case shape.size == 1:
		b.alone()
		return
	case shape.generations == 1:
		h.couple(shape.size)
	default:
		h.parents(shape)
	}
	h.close()
}

// alone is a household of one: 45 in 100 are sixty and over (ASSUMPTION).
func (b *builder) alone() {
	lo, hi := 20, 59
	if b.rand.IntN(100) < 45 {
		lo, hi = 60, maxAge
	}
	sex := b.rand.IntN(2)
	age := b.draw(sex, lo, hi, alike)
	for _, try := range [][3]int{{1 - sex, lo, hi}, {sex, 18, maxAge}, {1 - sex, 18, maxAge}, {sex, 0, maxAge}, {1 - sex, 0, maxAge}} {
		if age >= 0 {
			break
		}
		sex = try[0]
		age = b.draw(sex, try[1], try[2], alike)
	}
	if age < 0 {
		return
	}
	h := &home{b: b, address: b.address()}
	h.father, _ = b.groups()
	if age < 18 { // a child at the end, when no family is left to be born into: one that is there takes it in
		h.adopt(age, sex)
		return
	}
	p := h.person(age, sex, "", h.father)
	p.Marital = b.single(age)
	h.head = p
	h.close()
}

// single is the marital status of somebody without a spouse in the household.
func (b *builder) single(age int) string {
	n := b.rand.IntN(100)
	switch {
	case age < 28 || age < 40 && n < 60:
		return never
	case age < 60 && n < 70:
		return divorced
	case age < 60 && n < 80:
		return never
	case n < 8:
		return never
	}
	return widowed
}

// collective makes households of students and workers for n people, up to 30 in each.
func (b *builder) collective(n int) {
	young := func(age int) int {
		if age <= 24 {
			return 4
		}
		return 1
	}
	for n = min(n, b.left); n > 0; {
		h := &home{b: b, address: b.address(), collective: true}
		for range min(30, n) {
			n--
			sex := b.rand.IntN(2)
			age := b.draw(sex, 17, 45, young)
			if age < 0 {
				continue
			}
			group, _ := b.groups()
			p := h.person(age, sex, "", group)
			p.Relation, p.Marital = relNoRelative, b.single(age)
			if age > 30 && b.rand.IntN(2) == 0 {
				p.Marital = married // the spouse is registered elsewhere
			}
		}
		h.close()
	}
}

// home is a household while it is put together.
type home struct {
	b              *builder
	address        string
	father, mother string // ethnic groups of the couple
	head           *Resident
	members        []*Resident
	collective     bool
}

// couple is a household of one generation: a couple, and for more than two their brothers and sisters.
func (h *home) couple(size int) {
	b := h.b
	age := b.draw(1, 22, 92, func(age int) int {
		switch {
		case age < 31:
			return 4
		case age < 48:
			return 2
		}
		return 7
	})
	if age < 0 {
		return
	}
	husband := h.person(age, 1, "", h.father)
	h.head = husband
	wifeAge := b.take(0, max(20, age-9), age+5, age-b.rand.IntN(5)+1)
	if wifeAge < 0 {
		husband.Marital = b.single(age)
	} else {
		h.marry(husband, h.person(wifeAge, 0, "", h.mother))
	}
	for len(h.members) < size && h.sibling() {
	}
}

// sibling adds a brother or sister of the head, unmarried or alone.
func (h *home) sibling() bool {
	b, sex := h.b, h.b.rand.IntN(2)
	headAge := h.head.Birth.AgeOn(b.on)
	age := b.take(sex, max(18, headAge-14), headAge+14, headAge-2+b.rand.IntN(5))
	if age < 0 {
		return false
	}
	p := h.person(age, sex, familyName(h.head.Name), h.head.EthnicGroup)
	p.Marital = b.single(age)
	older := p.Birth.Before(h.head.Birth)
	p.Relation = map[[2]bool]string{{true, true}: "71", {true, false}: "73", {false, true}: "75", {false, false}: "77"}[[2]bool{sex == 1, older}]
	return true
}

// marry joins two, and says so in both.
func (h *home) marry(husband, wife *Resident) {
	husband.Marital, wife.Marital = married, married
	husband.spouse, wife.spouse = wife, husband
}

// parents is a household of two to four generations. The children come first, then parents of an age to have them, then the parents' parents.
func (h *home) parents(shape householdShape) {
	b := h.b
	child, sex := h.firstChild(shape)
	if child < 0 {
		return
	}
	grand := 0
	if shape.generations > 2 {
		grand = 1
		if shape.size >= shape.generations+2 || shape.size == shape.generations+1 && b.rand.IntN(3) == 0 {
			grand = 2
		}
	}
	lone := shape.size-grand < 3 || b.rand.IntN(100) < 4
	father, mother := h.middle(child, lone)
	if father == nil && mother == nil { // nobody of an age to be a parent: the child goes back
		b.pool[sex][child]++
		b.left++
		return
	}
	if h.head = father; father == nil || mother != nil && b.rand.IntN(100) < 14 {
		h.head = mother
	}
	room := shape.size - len(h.members) - grand
	if shape.generations == 4 {
		room--
	}
	h.children(child, sex, min(max(room, 1), 4), father, mother)
	if grand > 0 {
		h.grandparents(grand, shape.generations == 4)
	}
	for len(h.members) < shape.size && h.sibling() {
	}
}

// firstChild draws the age and sex of the child that makes a household one of two generations.
func (h *home) firstChild(shape householdShape) (age, sex int) {
	b := h.b
	sex, top := b.rand.IntN(2), 34
	if shape.generations > 2 {
		top = 21
	}
	weight := func(age int) int {
		switch {
		case age < 20:
			return 8
		case age < 26:
			return 5
		}
		return 1
	}
	if age = b.draw(sex, 0, top, weight); age < 0 {
		sex = 1 - sex
		age = b.draw(sex, 0, top, weight)
	}
	return age, sex
}

// middle makes the parents of a child, or one of them.
func (h *home) middle(child int, lone bool) (father, mother *Resident) {
	b := h.b
	want := child + 22 + b.rand.IntN(7)
	onlyFather := lone && b.rand.IntN(100) < 30
	if !onlyFather {
		if age := b.take(0, child+19, child+42, want); age >= 0 {
			mother = h.person(age, 0, "", h.mother)
			want = age + b.rand.IntN(5) - 1
		}
	}
	if !lone || onlyFather || mother == nil {
		if age := b.take(1, max(child+20, want-6), child+50, want); age >= 0 {
			father = h.person(age, 1, "", h.father)
		}
	}
	switch {
	case father != nil && mother != nil:
		h.marry(father, mother)
	case father != nil:
		father.Marital = h.parted(father)
	case mother != nil:
		mother.Marital = h.parted(mother)
	}
	return father, mother
}

// parted is the status of a parent alone.
func (h *home) parted(p *Resident) string {
	if h.b.rand.IntN(100) < min(90, p.Birth.AgeOn(h.b.on)) {
		return widowed
	}
	return divorced
}

// children adds the first child and up to n-1 more, a twin now and then.
func (h *home) children(age, sex, n int, father, mother *Resident) {
	b := h.b
	family := ""
	if father != nil && b.rand.IntN(100) < 97 {
		family = familyName(father.Name)
	}
	if family == "" && mother != nil && b.rand.IntN(100) < 50 {
		family = familyName(mother.Name)
	}
	if father != nil && mother != nil && b.on.Year()-age >= 1990 && b.rand.IntN(100) < 4 { // both surnames (ASSUMPTION)
		family += familyName(mother.Name)
	}
	group := h.childGroup()
	first := h.child(age, sex, family, group, father, mother, citizen.Date{})
	family = familyName(first.Name)
	if n > 1 && b.rand.IntN(100) < 5 { // about one birth in a hundred is multiple
		for range 1 + b.rand.IntN(20)/19 {
			if twin := b.rand.IntN(2); b.take(twin, age, age, age) >= 0 {
				h.child(age, twin, family, group, first.father, first.mother, first.Birth)
				n--
			}
		}
	}
	parent := 99
	for _, p := range []*Resident{father, mother} {
		if p != nil {
			parent = min(parent, p.Birth.AgeOn(b.on))
		}
	}
	for gap := 2; n > 1; n-- {
		gap += b.rand.IntN(4)
		sex := b.rand.IntN(2)
		next := b.take(sex, max(0, parent-40), min(age-2, parent-19), age-gap) // two, so that more than a year lies between the births
		if next < 0 {
			return
		}
		h.child(next, sex, family, group, first.father, first.mother, citizen.Date{})
		age = min(age, next)
	}
}

// childGroup is the children's ethnic group: one of the parents' (民族成份, until 18 the parents' choice); of mixed parents mostly the minority.
func (h *home) childGroup() string {
	if h.father != han && h.mother == han || h.father == h.mother || h.b.rand.IntN(100) < 30 {
		return h.father
	}
	return h.mother
}

// child adds a child of the couple. A parent who is not in the household is known by number all the same, so that no empty field tells who is missing.
func (h *home) child(age, sex int, family, group string, father, mother *Resident, born citizen.Date) *Resident {
	b := h.b
	p := h.personBorn(age, sex, family, group, born)
	p.Marital = never
	if age > 27 && b.rand.IntN(100) < 20 {
		p.Marital = divorced
	}
	p.father, p.mother = father, mother
	if father == nil {
		p.father = b.absent(mother, 1)
	}
	if mother == nil {
		p.mother = b.absent(father, 0)
	}
	p.Relation = pair(sex, relSon, relDaughter)
	return p
}

// absent is a parent who is registered elsewhere or dead: a number that nobody here has.
func (b *builder) absent(other *Resident, sex int) *Resident {
	p := &Resident{}
	p.Birth = b.day(min(other.Birth.AgeOn(b.on)+b.rand.IntN(4), maxAge))
	p.Sex = sexOf(sex)
	b.visitorNumber(p, sex, citizen.Division(pick(b.rand, origins())))
	return p
}

// grandparents adds one or two parents of the head or of the head's spouse; in three households of ten the eldest is the head.
func (h *home) grandparents(n int, four bool) {
	b := h.b
	mid := h.head
	age := mid.Birth.AgeOn(b.on)
	wifes := mid.spouse != nil && mid.Sex == citizen.Male && b.rand.IntN(100) < 12
	if wifes {
		mid = mid.spouse
		age = mid.Birth.AgeOn(b.on)
	}
	want := age + 22 + b.rand.IntN(8)
	var old [2]*Resident
	for _, sex := range [][]int{{0, 1}, {b.rand.IntN(2) * b.rand.IntN(2)}}[2-n] {
		family := ""
		if sex == 1 {
			family = familyName(mid.Name)
		}
		if a := b.take(sex, age+18, age+45, want+2*sex); a >= 0 {
			old[sex] = h.person(a, sex, family, mid.EthnicGroup)
			old[sex].Marital = widowed
			want = a
		}
	}
	if old[0] != nil && old[1] != nil {
		h.marry(old[1], old[0])
	}
	mid.father, mid.mother = old[1], old[0]
	h.relate(old, mid, wifes)
	if four {
		h.greatGrandparent(old)
	}
}

// relate gives the codes to the head of a household of three generations.
func (h *home) relate(old [2]*Resident, mid *Resident, wifes bool) {
	b := h.b
	eldest := old[1]
	if eldest == nil {
		eldest = old[0]
	}
	if eldest == nil {
		return
	}
	codes := [2]string{relMother, relFather}
	if wifes {
		codes = [2]string{relWifesMother, relWifesFather}
	}
	if eldest.Birth.AgeOn(b.on) > 72 || wifes || b.rand.IntN(100) < 60 {
		for sex, p := range old {
			if p != nil {
				p.Relation = codes[sex]
			}
		}
		return
	}
	son := mid.Sex == citizen.Male
	for _, p := range h.members {
		switch {
		case p.Relation == relSon:
			p.Relation = pairBool(son, relGrandson, relDaughtersSon)
		case p.Relation == relDaughter:
			p.Relation = pairBool(son, relGranddaughter, relDaughtersDaughter)
		case p == mid:
			p.Relation = pairBool(son, relSon, relDaughter)
		case p == mid.spouse:
			p.Relation = pairBool(son, relDaughterInLaw, relSonInLaw)
		}
	}
	h.head = eldest
	if old[0] != nil && old[0] != eldest {
		old[0].Relation = relWife
	}
}

// greatGrandparent adds the oldest of four generations.
func (h *home) greatGrandparent(old [2]*Resident) {
	b := h.b
	below := old[1]
	if below == nil {
		below = old[0]
	}
	if below == nil {
		return
	}
	age, sex := below.Birth.AgeOn(b.on), b.rand.IntN(4)/3
	a := b.take(sex, age+17, age+40, age+21)
	if a < 0 {
		return
	}
	p := h.person(a, sex, familyName(below.Name), below.EthnicGroup)
	p.Marital = widowed
	if below == h.head {
		p.Relation = pair(sex, relFather, relMother)
		return
	}
	p.Relation = pair(sex, relGrandfather, relGrandmother)
}

// adopt takes a child without a family into one that is there, not one of the traded: as another relative, which is all that the code tells.
func (h *home) adopt(age, sex int) {
	b := h.b
	from := min(b.tradedHouseholds(), len(b.homes)-1)
	for range 50 {
		i := from + b.rand.IntN(len(b.homes)-from)
		head := b.homes[i][0]
		if headAge := head.Birth.AgeOn(b.on); headAge < age+20 || len(b.homes[i]) > 6 {
			continue
		}
		h.address, h.members = head.Address, nil
		p := h.person(age, sex, familyName(head.Name), head.EthnicGroup)
		p.Relation, p.Marital = relOtherRelative, never
		p.father, p.mother = b.absent(head, 1), b.absent(head, 0)
		b.homes[i] = append(b.homes[i], p)
		p.house = i
		return
	}
	p := h.person(age, sex, "", h.father)
	p.Marital = never
	p.father, p.mother = b.absent(b.homes[0][0], 1), b.absent(b.homes[0][0], 0)
	h.head = p
	h.close()
}

// close orders the household, the head first, and fills in what depends on the head.
func (h *home) close() {
	if len(h.members) == 0 {
		return
	}
	b := h.b
	if h.head == nil {
		h.head = h.members[0]
	}
	for _, p := range h.members {
		switch {
		case h.collective && p != h.head:
		case p == h.head:
			p.Relation = relHead
		case p.Relation == "" && p.spouse == h.head:
			p.Relation = pairBool(p.Sex == citizen.Male, relHusband, relWife)
		case p.Relation == "":
			p.Relation = relOtherRelative
		}
	}
	ordered := []*Resident{h.head}
	for _, p := range h.members {
		if p != h.head {
			ordered = append(ordered, p)
		}
	}
	for _, p := range ordered {
		p.house = len(b.homes)
	}
	b.homes = append(b.homes, ordered)
}

func pair(sex int, male, female string) string { return pairBool(sex == 1, male, female) }

func pairBool(male bool, yes, no string) string {
	if male {
		return yes
	}
	return no
}
