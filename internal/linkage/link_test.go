package linkage

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"pgregory.net/rapid"
)

var (
	testSurnames = []rune("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗单仇解查曾任欧")
	testGiven    = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志文清青晴洪宏立莉")
	testPlaces   = []string{"吉林省长春市南关区", "吉林省长春市农安县", "辽宁省沈阳市沈河区", "山东省烟台市芝罘区", ""}
	testRegions  = []string{"220102", "220122", "210103", "370602"}
)

// someone makes up a registration. Sequences are from 941 to 971, as in all hand-made numbers.
func someone(r *rand.Rand, id int) Text {
	birth := citizen.MustDate("1940-01-01").AddDays(r.IntN(22000))
	name := string(testSurnames[r.IntN(len(testSurnames))]) + string(testGiven[r.IntN(len(testGiven))])
	if r.IntN(4) > 0 {
		name += string(testGiven[r.IntN(len(testGiven))])
	}
	sequence := 941 + r.IntN(31)
	return Text{ID: fmt.Sprintf("R%06d", id), Number: testNumber(testRegions[r.IntN(4)], birth, sequence), Name: name, Sex: fmt.Sprint(2 - sequence%2),
		Birth: birth.String(), Birthplace: testPlaces[r.IntN(len(testPlaces))], Household: fmt.Sprintf("H%d", id/3), Address: fmt.Sprintf("吉林省长春市南关区人民大街%d号", id/3),
		Mother: testNumber("220102", birth.AddYears(-25), 941+id/3%31), EthnicGroup: "01"}
}

func testNumber(region string, birth citizen.Date, sequence int) string {
	n, err := citizen.NewNumber(citizen.Division(region), birth, sequence)
	if err != nil {
		panic(err)
	}
	return string(n)
}

// spoil changes one item of a registration.
func spoil(r *rand.Rand, t Text) Text {
	digits := []byte(t.Number)
	switch name := []rune(t.Name); r.IntN(7) {
	case 0:
		if len(digits) == 18 {
			digits[r.IntN(17)] = byte('0' + r.IntN(10))
			t.Number = string(digits)
		}
	case 1:
		name[len(name)-1] = testGiven[r.IntN(len(testGiven))]
		t.Name = string(name)
	case 2:
		t.Birth = citizen.MustDate(t.Birth).AddDays(r.IntN(60)).String()
	case 3:
		t.Number = ""
	case 4:
		t.Name = string(name[:2])
	case 5:
		t.Mother, t.Birthplace = "", ""
	case 6:
		t.Name, t.Household, t.Address = string(testSurnames[r.IntN(len(testSurnames))])+string(name[1:]), "X"+t.ID, "吉林省长春市农安县三岗镇大房村8组"
	}
	return t
}

// people makes a small city in which every tenth registration is somebody else's, spoilt.
func people(seed uint64, n int) []Text {
	r := rand.New(rand.NewPCG(seed, 1))
	texts := make([]Text, 0, n)
	for i := range n {
		if i%10 == 9 {
			t := spoil(r, spoil(r, texts[r.IntN(len(texts))]))
			t.ID = fmt.Sprintf("D%06d", i)
			texts = append(texts, t)
			continue
		}
		texts = append(texts, someone(r, i))
	}
	return texts
}

func populate(texts []Text) *Population {
	p := NewPopulation(len(texts))
	p.AddAll(texts, 2)
	return p
}

func mustLink(t interface{ Fatal(...any) }, p *Population, m *Model, workers int) *Result {
	r, err := Link(context.Background(), p, m, LinkOptions{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sameResult(t *testing.T, what string, a, b *Result) {
	t.Helper()
	if !reflect.DeepEqual(a.Pairs, b.Pairs) || !reflect.DeepEqual(a.Cases, b.Cases) || !reflect.DeepEqual(a.Capped, b.Capped) || a.Model != b.Model {
		t.Fatalf("%s: %d and %d pairs, %d and %d cases, capped %v and %v", what, len(a.Pairs), len(b.Pairs), len(a.Cases), len(b.Cases), a.Capped, b.Capped)
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	p := populate(people(1, 6000))
	var models []*Model
	for _, workers := range []int{1, 2, 4} {
		m, told, err := Train(context.Background(), p, TrainOptions{Workers: workers, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if models = append(models, m); m.Digest != models[0].Digest || told.Expected == 0 {
			t.Fatalf("%d workers make another model", workers)
		}
	}
	one := mustLink(t, p, models[0], 1)
	if len(one.Pairs) < 300 || len(one.Cases) < 100 {
		t.Fatalf("only %d pairs, %d cases", len(one.Pairs), len(one.Cases))
	}
	for _, workers := range []int{2, 4, 5} {
		r := mustLink(t, p, models[0], workers)
		sameResult(t, "workers", one, r)
		if one.Compared != r.Compared || !reflect.DeepEqual(one.Keys, r.Keys) {
			t.Fatal("workers count otherwise")
		}
	}
}

// A run gives up when it would keep more pairs than it may, and keeps no more meanwhile.
func TestMaxPairs(t *testing.T) {
	p, m := populate(people(9, 4000)), StartModel(4000)
	for _, workers := range []int{1, 3} {
		all, err := Link(context.Background(), p, m, LinkOptions{Workers: workers})
		if err != nil || len(all.Pairs) < 100 {
			t.Fatalf("%d pairs, %v", len(all.Pairs), err)
		}
		n := int64(len(all.Pairs))
		if r, err := Link(context.Background(), p, m, LinkOptions{Workers: workers, MaxPairs: n}); err != nil || !reflect.DeepEqual(r.Pairs, all.Pairs) {
			t.Errorf("as many as there are: %v", err)
		}
		l := newLinking(p, m, LinkOptions{Workers: workers, MaxPairs: n - 1})
		_, err = l.run(context.Background())
		if many, ok := errors.AsType[*TooManyPairsError](err); !ok || many.Max != n-1 {
			t.Errorf("one less: %v", err)
		}
		kept := 0
		for _, one := range l.linkers {
			kept += len(one.pairs)
		}
		if int64(kept) > n-1 {
			t.Errorf("%d pairs were kept", kept)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Link(ctx, p, m, LinkOptions{Workers: workers, MaxPairs: 1}); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped from outside: %v", err)
		}
	}
}

// Added one by one, in any split, registrations give what they give at once; with blocks so small that they are divided, too.
func TestIndexIsBatch(t *testing.T) {
	m := StartModel(1000)
	rapid.Check(t, func(rt *rapid.T) {
		texts := people(rapid.Uint64().Draw(rt, "seed"), rapid.IntRange(2, 300).Draw(rt, "people"))
		for i := range texts {
			if rapid.IntRange(0, 3).Draw(rt, "alike") == 0 {
				texts[i].Name, texts[i].Birth = texts[0].Name, texts[0].Birth // a large block
			}
			texts[i].Cancelled = i%29 == 0
		}
		first := rapid.IntRange(0, len(texts)).Draw(rt, "first")
		limit := rapid.SampledFrom([]int{2, 5, 20, BlockCap}).Draw(rt, "cap")
		l := newLinking(populate(texts), m, LinkOptions{Workers: 2})
		l.cap = limit
		want, err := l.run(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		x, err := newIndex(context.Background(), populate(texts[:first]), m, LinkOptions{}, limit)
		if err != nil {
			rt.Fatal(err)
		}
		for i := first; i < len(texts); i++ {
			x.Add(&texts[i])
		}
		got := x.Result()
		if !reflect.DeepEqual(want.Pairs, got.Pairs) || !reflect.DeepEqual(want.Cases, got.Cases) || !reflect.DeepEqual(want.Capped, got.Capped) {
			rt.Fatalf("batch %d pairs, index %d; capped %v, %v", len(want.Pairs), len(got.Pairs), want.Capped, got.Capped)
		}
	})
}

// A run keeps what scoring every pair in full keeps, and nothing else, though it passes over the names of pairs that no name could make worth keeping: by the model before training and
// after it, with a rare name worth much, with cuts so low that hardly a pair is passed over, and so high that only twins and shared numbers are kept.
func TestPassedOverIsNotKept(t *testing.T) {
	texts := people(6, 1200)
	for i := 20; i < len(texts); i += 100 { // twins whom only the address ties
		birth := citizen.MustDate("1961-05-20")
		texts[i].Birth, texts[i].Household, texts[i].Mother = birth.String(), "", ""
		texts[i+1] = texts[i]
		texts[i+1].Name, texts[i+1].Number = "司徒安", testNumber("220102", birth, 955)
	}
	p := populate(texts)
	trained, _, err := Train(context.Background(), p, TrainOptions{Workers: 2, Seed: 6})
	if err != nil {
		t.Fatal(err)
	}
	rare, low, high := *trained, *trained, *trained
	rare.names = frequencies{digests: []uint32{nameDigest(p.records[0].name())}, extra: []int16{-500}, rest: 20_000}
	low.Cuts, high.Cuts = Cuts{Proposal: -20_000, Review: -40_000}, Cuts{Proposal: 90_000, Review: 80_000}
	for name, m := range map[string]*Model{"start": StartModel(p.Len()), "trained": trained, "rare": &rare, "low": &low, "high": &high} {
		c := newComparer()
		l := linker{comparer: c, model: m, best: m.bestNames(), room: &room{}}
		var want []Pair
		passed := 0
		for i := range int32(p.Len()) {
			for j := range i {
				a, b := p.view(j), p.view(i)
				full := c.compare(&a, &b)
				if pair, ok := m.score(&full, &a, &b); ok {
					want = append(want, pair)
				}
				if l.hopeless(&full) {
					passed++
				}
				l.pair(KeyNumber, &a, &b)
			}
		}
		if !slices.Equal(l.pairs, want) || len(want) == 0 {
			t.Errorf("%s: %d pairs kept, %d wanted", name, len(l.pairs), len(want))
		}
		if all := p.Len() * (p.Len() - 1) / 2; (name == "start" || name == "trained") && passed < all*9/10 {
			t.Errorf("%s: %d of %d pairs passed over", name, passed, all)
		}
	}
}

func TestQueryIsAdd(t *testing.T) {
	texts := people(3, 4000)
	p := populate(texts[:3000])
	x, err := NewIndex(context.Background(), p, StartModel(4000), LinkOptions{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i := 3000; i < 4000; i++ {
		matches, compared := x.Query(&texts[i])
		var records []int32
		for j, match := range matches {
			records = append(records, match.Record)
			if j > 0 && match.Waterfall.Score > matches[j-1].Waterfall.Score {
				t.Fatal("not the best first")
			}
		}
		slices.Sort(records)
		var want []int32
		for _, pair := range x.Add(&texts[i]) {
			want = append(want, pair.A)
		}
		if !slices.Equal(records, want) || len(records) > compared {
			t.Fatalf("%d: query %v, add %v, compared %d", i, records, want, compared)
		}
		found += len(records)
	}
	if found < 50 || x.Bytes() < p.Bytes() {
		t.Fatalf("%d found", found)
	}
}
