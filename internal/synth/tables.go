package synth

import (
	"embed"
	"encoding/csv"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"

	"github.com/huzheng/huzheng/internal/citizen"
)

// data holds the published and assumed figures; its README says which is which.
//
//go:embed data/*.csv
var data embed.FS

// table reads an embedded table without its header.
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

func fraction(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return f
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

// list is a weighted list in words: "工人:30 教师:5".
func list(text string) *weighted {
	w := &weighted{}
	for _, field := range strings.Fields(text) {
		word, weight, _ := strings.Cut(field, ":")
		w.add(word, number(weight))
	}
	return w
}

// pick draws one of several with equal weight.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// chance is true in so many of 100,000 draws.
func chance(r *rand.Rand, per100000 int) bool { return r.IntN(100000) < per100000 }

// maxAge is the highest age of the population table.
const maxAge = 104

// pyramid is the share of each single year of age: [0] women, [1] men. The table has groups of five years; inside a group years are alike.
var pyramid = sync.OnceValue(func() [2][maxAge + 1]float64 {
	var shares [2][maxAge + 1]float64
	total := 0.0
	for _, row := range table("ages.csv") {
		from, to := number(row[0]), number(row[1])
		for age := from; age <= to; age++ {
			shares[1][age] = fraction(row[2]) / float64(to-from+1)
			shares[0][age] = fraction(row[3]) / float64(to-from+1)
			total += shares[0][age] + shares[1][age]
		}
	}
	for sex := range shares {
		for age := range shares[sex] {
			shares[sex][age] /= total
		}
	}
	return shares
})

// householdShape is one row of households.csv: the share of a size, and of 1, 2, 3 and 4 generations within it.
type householdShape struct {
	size, generations int
}

var householdShapes = sync.OnceValue(func() *weightedShapes {
	w := &weightedShapes{}
	for _, row := range table("households.csv") {
		for g := range 4 {
			weight := int(fraction(row[1])*fraction(row[2+g])*100 + 0.5)
			if weight > 0 {
				w.shapes = append(w.shapes, householdShape{number(row[0]), g + 1})
				w.list.add(strconv.Itoa(len(w.shapes)-1), weight)
			}
		}
	}
	return w
})

type weightedShapes struct {
	shapes []householdShape
	list   weighted
}

func (w *weightedShapes) draw(r *rand.Rand) householdShape { return w.shapes[number(w.list.draw(r))] }

// county is a row of counties.csv with its towns.
type county struct {
	code         citizen.Division
	registered   int // estimate of 2005
	agricultural int // percent, ASSUMPTION
	old          []citizen.Division
	towns        []town
	ethnic       *weighted
}

// town is a sub-district, town or township.
type town struct {
	name                  string
	communities, villages []string
}

// counties are the ten county-level units of Changchun in 2005, in the order in which a small city takes them: a district, a county, …
var counties = sync.OnceValue(func() []*county {
	byCode := make(map[string]*county)
	for _, row := range table("counties.csv") {
		c := &county{code: citizen.Division(row[0]), registered: number(row[1]), agricultural: number(row[2]), ethnic: &weighted{}}
		for _, old := range strings.Fields(row[3]) {
			c.old = append(c.old, citizen.Division(old))
		}
		byCode[row[0]] = c
	}
	for _, row := range table("towns.csv") {
		c := byCode[row[0]]
		c.towns = append(c.towns, town{row[1], strings.Fields(row[2]), strings.Fields(row[3])})
	}
	for _, row := range table("ethnic.csv") {
		byCode[row[0]].ethnic.add(row[1], number(row[2]))
	}
	var all []*county
	for _, code := range strings.Fields("220102 220122 220104 220181 220103 220105 220106 220112 220182 220183") {
		all = append(all, byCode[code])
	}
	return all
})

var roads = sync.OnceValue(func() []string {
	var all []string
	for _, row := range table("roads.csv") {
		all = append(all, row[0])
	}
	return all
})

var surnames = sync.OnceValue(func() *weighted {
	w := &weighted{}
	for _, row := range table("surnames.csv") {
		w.add(row[0], number(row[3]))
	}
	return w
})

// ethnicSurnames are the usual surnames of some groups, the first the most frequent (UNCONFIRMED).
var ethnicSurnames = sync.OnceValue(func() map[string]*weighted {
	all := make(map[string]*weighted)
	for _, row := range table("ethnic_surnames.csv") {
		w := &weighted{}
		for i, surname := range strings.Fields(row[1]) {
			w.add(surname, 200/(i+2))
		}
		all[row[0]] = w
	}
	return all
})

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

// rareChar is a name character outside GB 2312; only characters that had a Unicode code in 2005.
type rareChar struct {
	char, pinyin string
	gbk          bool
}

var rareChars = sync.OnceValue(func() []rareChar {
	var all []rareChar
	for _, row := range table("rare_chars.csv") {
		all = append(all, rareChar{row[0], row[1], row[2] == "1"})
	}
	return all
})
