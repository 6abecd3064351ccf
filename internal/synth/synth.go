// Package synth makes synthetic people for demonstrations and tests: households with names, numbers and addresses as an old
// database of one station would hold them. It is pure and deterministic by seed; no row is about a real person.
package synth

import (
	"embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

//go:embed data/*.csv
var data embed.FS

// Person is one resident as the old database has him or her. Codes are the national ones.
type Person struct {
	RecordID    string
	Number      string
	Name        string
	Sex         citizen.Sex
	EthnicGroup string
	Birth       citizen.Date
	Address     string
	HouseholdNo string
	Relation    string // GB/T 4761
	Marital     string // GB/T 2261.2
	Father      string
	Mother      string
	Spouse      string
}

// Config says what to make.
type Config struct {
	Seed      uint64
	Residents int // at least so many; the last household is completed
	Division  citizen.Division
	Station   string       // three digits, for record and household numbers
	Sequence  int          // first sequence of each birth date's numbers; 0: 941, a part of the series that is unlikely to have been given out
	On        citizen.Date // the day of the old database
}

// Station makes the residents of one station, household by household.
func Station(c Config) []Person {
	if c.Sequence == 0 {
		c.Sequence = firstSequence
	}
	g := &generator{Config: c, rand: rand.New(rand.NewPCG(c.Seed, 0x68757a68656e67)), taken: make(map[citizen.Date]int)}
	for len(g.people) < c.Residents {
		g.household()
	}
	return g.people
}

type generator struct {
	Config
	rand       *rand.Rand
	people     []Person
	households int
	taken      map[citizen.Date]int
}

// household makes a couple with up to two children, or a single person, and sometimes a parent.
func (g *generator) household() {
	g.households++
	address := g.address()
	headAge := 22 + g.rand.IntN(58)
	male := g.rand.IntN(100) < 80
	head := g.person(headAge, male, surname(g.rand), "02", address)
	head.Marital = "10"
	if headAge < 24 || g.rand.IntN(100) < 12 {
		g.add(head)
		return
	}
	head.Marital = "20"
	spouse := g.person(max(20, headAge-3+g.rand.IntN(6)), !male, surname(g.rand), "10", address)
	spouse.Marital = "20"
	head.Spouse, spouse.Spouse = spouse.Number, head.Number
	g.add(head)
	g.add(spouse)
	for range g.rand.IntN(3) {
		if age := headAge - 23 - g.rand.IntN(10); age >= 0 && age < 30 {
			g.child(age, head, spouse, male, address)
		}
	}
	if g.rand.IntN(100) < 15 && headAge < 62 {
		parent := g.person(headAge+22+g.rand.IntN(8), true, familyName(head.Name), "51", address)
		parent.Marital = "30"
		g.add(parent)
	}
}

func (g *generator) child(age int, head, spouse Person, headIsMale bool, address string) {
	father, mother := head, spouse
	if !headIsMale {
		father, mother = spouse, head
	}
	boy := g.rand.IntN(2) == 0
	relation := "30"
	if boy {
		relation = "20"
	}
	child := g.person(age, boy, familyName(father.Name), relation, address)
	child.Father, child.Mother, child.Marital = father.Number, mother.Number, "10"
	g.add(child)
}

func (g *generator) add(p Person) {
	p.RecordID = fmt.Sprintf("%s%s%06d", g.Division, g.Config.Station, len(g.people)+1)
	g.people = append(g.people, p)
}

func (g *generator) person(age int, male bool, family, relation, address string) Person {
	birth := g.On.AddDays(-(age*365 + age/4) - g.rand.IntN(364) - 1)
	sex := citizen.Female
	if male {
		sex = citizen.Male
	}
	ethnic := "01"
	if g.rand.IntN(100) < 4 {
		ethnic = []string{"11", "10", "03", "02"}[g.rand.IntN(4)] // Manchu, Korean, Hui, Mongol
	}
	return Person{Name: family + given(g.rand, birth.Year(), male), Sex: sex, EthnicGroup: ethnic, Birth: birth,
		Number: g.number(birth, male), Address: address, Relation: relation,
		HouseholdNo: fmt.Sprintf("%s%06d", g.Config.Station, g.households)}
}

const firstSequence = 941

func (g *generator) number(birth citizen.Date, male bool) string {
	n := g.taken[birth]
	for {
		sequence := g.Sequence + n
		n++
		if (sequence%2 == 1) != male {
			continue
		}
		g.taken[birth] = n
		number, err := citizen.NewNumber(g.Division, birth, sequence)
		if err != nil { // only for impossible dates or more than 58 births on one day at one station
			panic(err)
		}
		return string(number)
	}
}

func (g *generator) address() string {
	roads := []string{"人民大街", "解放大路", "自由大路", "和平路", "建设街", "光明路", "青年路", "东风大街"}
	division := g.Division.FullNameOn(g.On)
	return fmt.Sprintf("%s%s%d号%d栋%d单元%d室", division, roads[g.rand.IntN(len(roads))], 1+g.rand.IntN(999), 1+g.rand.IntN(20), 1+g.rand.IntN(6), 100*(1+g.rand.IntN(6))+1+g.rand.IntN(4))
}

// weighted is a list to draw from.
type weighted struct {
	texts []string
	sums  []int
}

func (w *weighted) add(text string, weight int) {
	last := 0
	if len(w.sums) > 0 {
		last = w.sums[len(w.sums)-1]
	}
	w.texts, w.sums = append(w.texts, text), append(w.sums, last+weight)
}

func (w *weighted) draw(r *rand.Rand) string {
	at := r.IntN(w.sums[len(w.sums)-1])
	low, high := 0, len(w.sums)
	for low < high {
		if mid := (low + high) / 2; w.sums[mid] <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return w.texts[low]
}

var surnames = sync.OnceValue(func() *weighted {
	w := &weighted{}
	for _, row := range table("surnames.csv") {
		w.add(row[0], number(row[3]))
	}
	return w
})

func surname(r *rand.Rand) string { return surnames().draw(r) }

func familyName(name string) string {
	for i := range name {
		if i > 0 {
			return name[:i]
		}
	}
	return name
}

// cohorts are the columns of given_chars.csv by the last year of birth.
var cohorts = []int{1959, 1969, 1979, 1989, 1999, 9999}

// givenChars is one list for each cohort and sex; each step of frequency is about 2.2 times the one below.
var givenChars = sync.OnceValue(func() [6][2]*weighted {
	var lists [6][2]*weighted
	for c := range lists {
		lists[c] = [2]*weighted{{}, {}}
	}
	powers := []int{0, 1, 2, 5, 11, 23, 52, 113, 250, 550}
	for _, row := range table("given_chars.csv") {
		lean := number(row[2])
		for c := range lists {
			weight := powers[number(row[3+c])]
			lists[c][0].add(row[0], weight*(6-lean)+1)
			lists[c][1].add(row[0], weight*lean+1)
		}
	}
	return lists
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

func table(name string) [][]string {
	text, err := data.ReadFile("data/" + name)
	if err != nil { // embedded above
		panic(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		panic(err)
	}
	return rows[1:]
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}
