package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/personfile"
)

// station makes everybody of one station, and plants the errors.
func (c *City) station(i int) []*Resident {
	b := newBuilder(c.places[i])
	b.build(math.MaxInt)
	b.identify()
	p := &planter{builder: b, city: c, rand: c.places[i].random("errors")}
	p.structures()
	b.resolve()
	p.items()
	p.notes()
	return b.inOrder()
}

// traded makes the part of a station to which others refer, as it is before errors.
func (c *City) traded(i int) []*Resident {
	b := newBuilder(c.places[i])
	b.build(b.tradedHouseholds())
	b.identify()
	b.resolve()
	var all []*Resident
	for _, home := range b.homes {
		for _, r := range home {
			if r.Birth.AgeOn(b.on) >= 1 {
				all = append(all, r)
			}
		}
	}
	return all
}

// identify numbers households and records. The order of the numbers is not the order of making: a household's number is its place times a constant,
// modulo a prime, so that each has one of its own.
func (b *builder) identify() {
	for i, home := range b.homes {
		for j, r := range home {
			b.label(r, i, j)
			r.traded = i < b.tradedHouseholds()
		}
	}
}

const householdPrime = 999_983

func (b *builder) householdNo(i int) string {
	factor := 1 + (b.seed^uint64(b.index)*0x9e3779b97f4a7c15)%(householdPrime-1)
	return fmt.Sprintf("%s%06d", b.unit[6:], (uint64(i)+1)*factor%householdPrime)
}

// label gives the j-th member of the i-th household its identifiers.
func (b *builder) label(r *Resident, i, j int) {
	r.house, r.HouseholdNo = i, b.householdNo(i)
	r.RecordID = fmt.Sprintf("%s%s%02d", b.unit, r.HouseholdNo[3:], j+1)
}

// resolve writes the relatives' numbers into the persons.
func (b *builder) resolve() {
	numberOf := func(r *Resident) string {
		if r == nil {
			return ""
		}
		return r.Number
	}
	for _, home := range b.homes {
		for _, r := range home {
			r.Father, r.Mother, r.Spouse = numberOf(r.father), numberOf(r.mother), numberOf(r.spouse)
		}
	}
}

// inOrder lists everybody by household number.
func (b *builder) inOrder() []*Resident {
	slices.SortFunc(b.homes, func(x, y []*Resident) int { return strings.Compare(x[0].RecordID, y[0].RecordID) })
	all := b.people[:0]
	for _, home := range b.homes {
		all = append(all, home...)
	}
	return all
}

// planter plants the errors of one station.
type planter struct {
	*builder
	city      *City
	rand      *rand.Rand
	residents []*Resident // those who may carry an error: registered here, and nobody else refers to them
}

// some calls plant for about as many residents as the rate of the kind says, spread evenly; where it returns false, for the next who will do.
func (p *planter) some(kind string, plant func(*Resident) bool) {
	rate := float64(p.rates[kind]) * p.errors / 100000
	n := len(p.residents)
	if rate <= 0 || n == 0 {
		return
	}
	rate = min(rate, 0.9)
	for at := p.gap(rate); at < n; at += 1 + p.gap(rate) {
		for try := at; try < min(n, at+400); try++ {
			if plant(p.residents[try]) {
				break
			}
		}
	}
}

// gap is the number of residents up to the next one hit, each being hit with the same chance.
func (p *planter) gap(rate float64) int {
	return int(math.Log(1-p.rand.Float64()) / math.Log(1-rate))
}

// structures plants what concerns whole registrations: it changes who there is, what is true, and which records there are.
func (p *planter) structures() {
	if p.errors == 0 {
		return
	}
	p.free()
	p.namesakes()
	p.shared()
	p.doubles()
	p.children()
	p.pending()
	p.dead()
	p.empty()
	p.split()
	for _, r := range p.residents {
		if r.Died.IsZero() && !r.Empty && chance(p.rand, int(math.Min(float64(p.rates["person_away_from_registration"])*p.errors, 60000))) {
			r.Away = true
		}
	}
}

// free lists the residents who may carry errors, in an order of its own.
func (p *planter) free() {
	p.residents = p.residents[:0]
	for _, home := range p.homes {
		for _, r := range home {
			if r.Registered && !r.traded {
				p.residents = append(p.residents, r)
			}
		}
	}
	p.rand.Shuffle(len(p.residents), func(i, j int) { p.residents[i], p.residents[j] = p.residents[j], p.residents[i] })
}

// rows of the truth

func (p *planter) record(r *Resident, kind, right string) {
	r.Planted = append(r.Planted, Planted{Class: ClassRecord, Kind: kind, Unit: p.unit, Record: r.RecordID, Right: right})
}

func (p *planter) couple(r *Resident, class Class, kind, other, right string) {
	r.Planted = append(r.Planted, Planted{Class: class, Kind: kind, Unit: p.unit, Record: r.RecordID, Other: other, Right: right})
}

// item plants a wrong value, unless the record has none of the item, or has a planted one already, or would be right with it.
func (p *planter) item(r *Resident, s Source, column personfile.Column, kind, value string) bool {
	if !r.has[s] || !s.carries(column) || strings.TrimSpace(value) != value {
		return false
	}
	for i := range r.Planted {
		if q := &r.Planted[i]; q.Class == ClassItem && q.Source == s && q.Column == column {
			return false
		}
	}
	right := r.Right(s, column)
	if s == Card && column == personfile.CitizenNumber && len(right) == 15 {
		value = fifteen(value)
	}
	if value == right {
		return false
	}
	r.Planted = append(r.Planted, Planted{Class: ClassItem, Kind: kind, Unit: p.unit, Record: r.RecordIn(s), Source: s, Column: column, Value: value, Right: right})
	return true
}

// everywhere plants a value in each of the sources that has the item.
func (p *planter) everywhere(r *Resident, column personfile.Column, kind, value string, sources ...Source) (planted bool) {
	for _, s := range sources {
		planted = p.item(r, s, column, kind, value) || planted
	}
	return planted
}

// born moves a resident's true birth to a given day, with a number of that day.
func (p *planter) born(r *Resident, day citizen.Date) {
	sex := 0
	if r.Sex == citizen.Male {
		sex = 1
	}
	r.Birth = day
	p.assignNumber(r, sex, true)
	p.cardAgain(r)
}

// cardAgain fits the card to a birth that has moved.
func (p *planter) cardAgain(r *Resident) {
	if !r.has[Card] {
		return
	}
	if first := r.Birth.AddYears(16).AddDays(10); r.CardIssued.Before(first) {
		r.CardIssued = first
	}
	if r.CardIssued.After(p.on) {
		r.has[Card], r.CardIssued, r.CardExpires = false, citizen.Date{}, citizen.Date{}
		return
	}
	_, r.CardExpires, _ = citizen.CardValidity(r.Birth, r.CardIssued)
}

// near finds somebody whose birth may be moved to a day: of the sex, born within ten months of it, in no way tied to a birth date by a twin.
func (p *planter) near(day citizen.Date, sex citizen.Sex, ok func(*Resident) bool) *Resident {
	from := p.rand.IntN(len(p.residents))
	for i := range min(len(p.residents), 4000) {
		r := p.residents[(from+i)%len(p.residents)]
		if d := r.Birth.DaysUntil(day); r.Sex == sex && d > -300 && d < 300 && d != 0 && len(r.Planted) == 0 && !p.twin(r) && ok(r) {
			return r
		}
	}
	return nil
}

func (p *planter) twin(r *Resident) bool {
	for _, o := range p.homes[r.house] {
		if o != r && o.Birth == r.Birth {
			return true
		}
	}
	return false
}

// namesakes makes two women who are different persons share name and birth date: no error, and nobody may take them for one.
func (p *planter) namesakes() {
	rootless := func(r *Resident) bool { return r.father == nil && r.mother == nil && !strings.Contains(r.Name, "·") }
	p.some("same_name_same_dob", func(r *Resident) bool {
		if r.Sex != citizen.Female || len(r.Planted) > 0 || p.twin(r) {
			return false
		}
		o := p.near(r.Birth, r.Sex, func(o *Resident) bool { return rootless(o) && o.house != r.house })
		if o == nil {
			return false
		}
		o.Name, o.EthnicGroup = r.Name, r.EthnicGroup
		p.born(o, r.Birth)
		p.couple(r, ClassNote, "same_name_same_dob", o.RecordID, DifferentPersons)
		p.couple(o, ClassNote, "same_name_same_dob", r.RecordID, DifferentPersons)
		return true
	})
}

// shared gives residents the number of somebody else: of a resident of the neighbouring station in all records, as when sequences were given out by
// hand; or of one of this station in the computer alone, as when 15 digits were made 18.
func (p *planter) shared() {
	others := p.city.traded(p.neighbour)
	n := 1
	p.some("duplicate_id_two_persons", func(*Resident) bool {
		for ; n < len(others); n += 2 {
			o := others[n]
			if r := p.near(o.Birth, o.Sex, func(r *Resident) bool { return r.RecordID != o.RecordID }); r != nil {
				n += 2
				p.born(r, o.Birth)
				p.everywhere(r, personfile.CitizenNumber, "duplicate_id_two_persons", o.Number, Sources()...)
				p.couple(r, ClassPair, "duplicate_id_two_persons", o.RecordID, DifferentPersons)
				return true
			}
		}
		return true
	})
	p.some("id_upgrade_dup_created", func(o *Resident) bool {
		if len(o.Planted) > 0 || p.twin(o) {
			return false
		}
		r := p.near(o.Birth, o.Sex, func(r *Resident) bool { return r.house != o.house })
		if r == nil {
			return false
		}
		p.born(r, o.Birth)
		p.item(r, Computer, personfile.CitizenNumber, "id_upgrade_dup_created", o.Number)
		p.couple(r, ClassPair, "id_upgrade_dup_created", o.RecordID, DifferentPersons)
		o.traded = true
		return true
	})
	p.free()
}

// children adds those whom no register has, by drawing a family and a day; nothing else is drawn that could tell one family from another.
func (p *planter) children() {
	p.some("unregistered_child", func(r *Resident) bool {
		home := p.homes[r.house]
		if r.mother != nil && r.Birth.AgeOn(p.on) < 18 && r.Marital == never && len(home) < 9 && r.Relation != relOtherRelative {
			return p.child(home, r.father, r.mother, familyName(r.Name), r.EthnicGroup, strings.ContainsAny(r.Relation[:1], "4"), r.Relation > "42")
		}
		if wife := r.spouse; wife != nil && wife.Sex == citizen.Female && len(home) == 2 && wife.Birth.AgeOn(p.on) < 40 {
			return p.child(home, r, wife, familyName(r.Name), r.EthnicGroup, false, false)
		}
		return false
	})
}

// child adds one child to a household, born between the mother's twentieth and forty-second birthday and not within a year of another child.
func (p *planter) child(home []*Resident, father, mother *Resident, family, group string, grand, daughters bool) bool {
	day := p.on.AddDays(-5 - p.rand.IntN(14*365))
	if age := mother.Birth.AgeOn(day); age < 20 || age > 42 {
		return false
	}
	for _, o := range home {
		if d := o.Birth.DaysUntil(day); d > -330 && d < 330 {
			return false
		}
	}
	b, sex := p.builder, p.rand.IntN(2)
	saved := b.rand
	b.rand = p.rand
	defer func() { b.rand = saved }()
	age := day.AgeOn(p.on)
	r := &Resident{Unit: p.unit, father: father, mother: mother}
	r.Birth, r.Sex, r.EthnicGroup, r.Address, r.Marital = day, sexOf(sex), group, home[0].Address, never
	r.Name = b.name(r, family, sex)
	r.Birthplace, r.NativePlace = b.prefix(), b.prefix()
	r.Relation = pair(sex, relSon, relDaughter)
	if grand {
		r.Relation = pair(sex, relGrandson, relGranddaughter)
		if daughters {
			r.Relation = pair(sex, relDaughtersSon, relDaughtersDaughter)
		}
	}
	b.livelihood(r, age, false)
	r.has[Citizen] = true
	p.join(home[0].house, r)
	p.record(r, "unregistered_child", "")
	return true
}

// join puts somebody into a household.
func (p *planter) join(house int, r *Resident) {
	p.homes[house] = append(p.homes[house], r)
	p.label(r, house, len(p.homes[house])-1)
}

// pending adds people who came with a certificate and were never registered (袋口户口): they live here, their card says where they were before.
func (p *planter) pending() {
	p.some("moved_in_pending", func(host *Resident) bool {
		if host.Relation != relHead || len(p.homes[host.house]) > 6 {
			return false
		}
		b := p.builder
		saved := b.rand
		b.rand = p.rand
		defer func() { b.rand = saved }()
		h := &home{b: b, address: host.Address}
		sex, age := p.rand.IntN(2), 20+p.rand.IntN(25)
		r := h.person(age, sex, "", host.EthnicGroup)
		b.visitorNumber(r, sex, citizen.Division(pick(p.rand, origins())))
		p.cardAgain(r)
		b.people = b.people[:len(b.people)-1]
		r.Relation, r.Marital, r.Registered = relOtherRelative, never, false
		r.has = [SourceCount]bool{Card: r.has[Card], Citizen: true}
		p.join(host.house, r)
		p.record(r, "moved_in_pending", "")
		p.item(r, Card, personfile.Address, "moved_in_pending", pick(p.rand, originNames())+fmt.Sprintf("光明路%d号", 1+p.rand.IntN(300)))
		return true
	})
}

// dead lets people have died without being cancelled: their records are all there, and nobody declares for them.
func (p *planter) dead() {
	p.some("should_be_cancelled", func(r *Resident) bool {
		age := r.Birth.AgeOn(p.on)
		if r.spouse != nil || r.Marital == married || len(r.Planted) > 0 || age < 50 && p.rand.IntN(40) > 0 {
			return false
		}
		for _, o := range p.homes[r.house] {
			if o.father == r || o.mother == r { // nobody is left out of whom a child's life depends
				return false
			}
		}
		r.Died = p.on.AddDays(-30 - p.rand.IntN(min(2500, 360+age*25)))
		r.has[Citizen] = false
		p.record(r, "should_be_cancelled", r.Died.String())
		return true
	})
}

// empty hangs up whole households: registered, and nobody lives there or declares.
func (p *planter) empty() {
	hung := 0.0
	p.some("empty_hung_hukou", func(r *Resident) bool {
		home := p.homes[r.house]
		if hung--; hung >= 0 { // the rate counts persons: a household of four is four of them
			return true
		}
		if len(home) > 8 || r.Same != "" {
			return false
		}
		for _, o := range home {
			if len(o.Planted) > 0 || o.traded || !o.Registered {
				return false
			}
		}
		hung = float64(len(home) - 1)
		for _, o := range home {
			o.Empty, o.has[Citizen] = true, false
			p.record(o, "empty_hung_hukou", "")
		}
		return true
	})
}

// split lets a booklet have another household number for some of a household (分户、并户 not carried over).
func (p *planter) split() {
	spare, done := 500_000, 0.0
	p.some("household_split_lag", func(r *Resident) bool {
		home := p.homes[r.house]
		if done--; done >= 0 {
			return true
		}
		if len(home) < 4 || len(home) > 9 || slices.ContainsFunc(home, func(o *Resident) bool { return o.traded || !o.has[Booklet] }) {
			return false
		}
		done = -1
		for _, o := range home[2:] {
			if p.item(o, Booklet, personfile.HouseholdNo, "household_split_lag", p.householdNo(spare)) {
				done++
			}
		}
		spare++
		return true
	})
}

// notes adds what looks wrong and is not.
func (p *planter) notes() {
	for _, home := range p.homes {
		for i, r := range home {
			if len(r.Number) == 18 && citizen.Division(r.Number[:6]) != p.county.code {
				r.Planted = append(r.Planted, Planted{Class: ClassNote, Kind: "id_region_code_old", Unit: p.unit, Record: r.RecordID, Right: r.Number})
			}
			for _, o := range home[:i] {
				if o.Birth == r.Birth && o.mother == r.mother && r.mother != nil {
					p.couple(r, ClassNote, "multiple_birth", o.RecordID, DifferentPersons)
				}
			}
		}
	}
}
