package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
)

var (
	wang = Text{ID: "A", Number: "220104197602029702", Name: "王小红", Sex: "2", Birth: "1976-02-02", Birthplace: "吉林省长春市朝阳区", Household: "H1",
		Address: "吉林省长春市朝阳区湖西路5号2栋", Mother: "220104195003039508", Father: "220104194903039515", Spouse: "220104197502029511"}
	other = Text{ID: "B", Number: "", Name: "刘洋", Sex: "1", Birth: "1950-11-12", Birthplace: "山东省烟台市芝罘区", Household: "H2", Address: "吉林省长春市农安县三岗镇大房村8组"}
)

// with changes a registration.
func with(t Text, change func(*Text)) Text {
	change(&t)
	return t
}

// second is the same person registered elsewhere.
func second(t Text) Text {
	t.ID, t.Household, t.Address = t.ID+"2", "H9", "吉林省长春市农安县三岗镇大房村3组"
	return t
}

func TestClasses(t *testing.T) {
	m := StartModel(100_000)
	twin := with(wang, func(t *Text) {
		t.Number, t.Name, t.Spouse = testNumber("220104", citizen.MustDate("1976-02-02"), 972), "王小丽", ""
	})
	for _, c := range []struct {
		name string
		a, b Text
		want Class
	}{
		{"the same twice", wang, second(wang), Proposal},
		{"the same record twice", wang, wang, Proposal},
		{"a homophone", wang, with(second(wang), func(t *Text) { t.Name = "王晓红" }), Proposal},
		{"the number of 15 digits", wang, with(second(wang), func(t *Text) { t.Number = "220104760202970" }), Proposal},
		{"the lunar date", wang, with(second(wang), func(t *Text) { t.Birth = "1976-01-03" }), Proposal},
		{"一人多号: two right numbers", wang, with(second(wang), func(t *Text) { t.Number = testNumber("220102", citizen.MustDate("1976-02-02"), 942) }), SeveralNumbers},
		{"two right numbers of one county, and no relative says that it is one person", with(wang, lonely),
			with(lonelySecond(), func(t *Text) { t.Number = testNumber("220104", citizen.MustDate("1976-02-02"), 956) }), Review},
		{"重号: one number, two persons", wang, with(other, func(t *Text) { t.Number = wang.Number }), SharedNumber},
		{"twins", wang, twin, MultipleBirth},
		{"twins apart", wang, second(twin), MultipleBirth},
		{"twins without a name yet", with(wang, unnamed), with(twin, unnamed), MultipleBirth},
		{"twins, one of them with a wrong date", wang, with(twin, func(t *Text) { t.Birth = "1976-02-12" }), MultipleBirth},
		{"twins of one name in one household", wang, with(twin, func(t *Text) { t.Name = wang.Name }), MultipleBirth},
		{"twins, one of them with a parent's number that has the same sequence by chance", wang, with(twin, func(t *Text) { t.Number = testNumber("220104", citizen.MustDate("1949-11-17"), 970) }), MultipleBirth},
		{"a sister", wang, with(twin, func(t *Text) { t.Number, t.Birth = "220104197804039704", "1978-04-03" }), 0},
		{"husband and wife", wang, with(other, func(t *Text) { t.Household, t.Address = wang.Household, wang.Address }), 0},
		{"nothing at all", Text{}, Text{}, 0},
		{"strangers", wang, other, 0},
	} {
		for _, w := range []Waterfall{ExplainTexts(m, &c.a, &c.b), ExplainTexts(m, &c.b, &c.a)} {
			if w.Class != c.want {
				t.Errorf("%s: %v, want %v; %+v", c.name, w.Class, c.want, w)
			}
		}
	}
}

func lonely(t *Text)     { t.Mother, t.Father, t.Spouse = "", "", "" }
func unnamed(t *Text)    { t.Name = "王某某之女" }
func lonelySecond() Text { t := second(wang); lonely(&t); return t }

func TestNameLevels(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"王小红", "王小红", NameExact},
		{"王小红", "王　小红", NameExact},
		{"張國強", "张国强", NameExact},
		{"阿不都·买买提", "阿不都•买买提", NameExact},
		{"王小红", "王晓洪", NameSound},
		{"王小清", "王小青", NameSound}, // and look alike: sound goes first
		{"王小清", "王小晴", NameSound},
		{"王未红", "王末红", NameShape},
		{"王□红", "王小红", NameShape},
		{"王xiao红", "王小红", NameShape},
		{"王小\uE001", "王小红", NameShape},
		{"王胜", "王森", NameNearSound},
		{"王国强", "王国华", NameOne},
		{"王国强", "刘国强", NameSurname},
		{"王国强", "王强国", NameOrder},
		{"王国强", "王强", NameDropped},
		{"欧阳国强", "欧阳强", NameDropped},
		{"王国强", "王建军", NameSurnameOnly},
		{"王伟", "王芳", NameSurnameOnly},
		{"王伟", "刘伟", NameDifferent},
		{"王国强", "刘建军", NameDifferent},
		{"无名", "王国强", NameMissing},
		{"王某某之子", "王某某之子", NameMissing},
		{"", "", NameMissing},
		{"□□□", "王国强", NameMissing},
		{"MARY ANN", "Mary Ann", NameExact},
	} {
		for _, pair := range [2][2]string{{c.a, c.b}, {c.b, c.a}} {
			w := ExplainTexts(StartModel(1000), &Text{Name: pair[0]}, &Text{Name: pair[1]})
			if got := w.Items[Name].Level; got != c.want {
				t.Errorf("%s, %s: %s, want %s", pair[0], pair[1], Name.Levels()[got], Name.Levels()[c.want])
			}
		}
	}
	w := ExplainTexts(StartModel(1000), &Text{Name: "王国强", FormerName: "王建军"}, &Text{Name: "王建军"})
	if w.Items[Name].Level != NameFormer {
		t.Error("the former name is not seen")
	}
}

func TestDateLevels(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"1976-02-02", "19760202", DateEqual},
		{"1976-02-03", "1976-03-02", DateSwapped},
		{"1976-02-02", "1976-01-03", DateLunar},
		{"1985-02-15", "1984-12-26", DateLunar}, // over the turn of the year
		{"1976-02-02", "1976-02-12", DateDigit},
		{"1976-02-22", "1976-02-13", DatePart},
		{"1976-02-02", "1976-01-01", DateFive},
		{"1976-02-02", "1978-02-02", DateYear},
		{"1976-02-02", "1946-02-02", DateYear},
		{"1905-02-02", "2005-02-02", DateYear},
		{"1976-02-30", "1976-02-28", DatePart},
		{"1976-13-01", "1976-12-01", DateDigit},
		{"1976-02-02", "1981-09-30", DateFive},
		{"1976-02-02", "1990-09-30", DateDifferent},
		{"1976-02", "1976-02-02", DateMissing},
		{"", "", DateMissing},
		{"9999-99-99", "9999-99-99", DateMissing},
	} {
		if got := dateLevel(packDate(c.a), packDate(c.b)); got != c.want || dateLevel(packDate(c.b), packDate(c.a)) != got {
			t.Errorf("%s, %s: %s, want %s", c.a, c.b, Date.Levels()[got], Date.Levels()[c.want])
		}
	}
}

func TestNumberLevels(t *testing.T) {
	const right = "220104197602029702"
	for _, c := range []struct {
		name, b string
		want    Level
	}{
		{"equal", right, NumberEqual},
		{"15 digits", "220104760202970", NumberEqual},
		{"full width", "２２０１０４１９７６０２０２９７０２", NumberEqual},
		{"the check character alone is wrong", "22010419760202970x", NumberEqual},
		{"one digit", "220104197602029782", NumberDigit},
		{"one digit, 15", "220105760202970", NumberDigit},
		{"a neighbour in the sequence, 15", "220104760202971", NumberSequence},
		{"two neighbours exchanged", "220104196702029702", NumberTransposed},
		{"a number of its own beside it", "220104197602029710", NumberSequence},
		{"the same sequence in another county", testNumber("220102", citizen.MustDate("1976-02-02"), 970), NumberRegion},
		{"three digits", "220114197602129802", NumberFew},
		{"another", "210103195005059517", NumberDifferent},
		{"none", "", NumberMissing},
		{"zeros", "220104197602020005", NumberMissing},
		{"too short", "2201041976", NumberMissing},
		{"letters", "2201041976020297AB", NumberMissing},
	} {
		if got := numberLevel(packNumber(right), packNumber(c.b)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, Number.Levels()[got], Number.Levels()[c.want])
		}
	}
	if packNumber("220122850412999")>>60&3 != 1 {
		t.Error("999 is of the century before (GB 11643-1989)")
	}
	slips := slipTable()
	digest := func(s string) uint32 { return relativeDigest(s) }
	if !slips.near(digest(right), digest("220104197602029782")) || !slips.near(digest(right), digest("220104196702029702")) || slips.near(digest(right), digest("220104196702029712")) ||
		slips.near(digest(right), digest(testNumber("220104", citizen.MustDate("1976-02-02"), 971))) {
		t.Error("slips are not told from digests")
	}
}

// Each key finds pairs that no other key finds.
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		key  Key
		a, b Text
	}{
		{KeyNumber, Text{Number: wang.Number}, Text{Number: wang.Number}}, // and by birth and sequence
		{KeyNameYear, Text{Name: "王小红", Birth: "1976-02-02"}, Text{Name: "王小红", Birth: "1976-05-12"}},
		{KeySoundDay, Text{Name: "王小红", Birth: "1976-02-03"}, Text{Name: "汪晓洪", Birth: "1966-03-02"}},
		{KeySurnameBirth, Text{Name: "王小红", Birth: "1976-02-02", Sex: "2"}, Text{Name: "王大妹", Birth: "1976-02-02", Sex: "女"}},
		{KeyBirthSequence, Text{Number: wang.Number}, Text{Number: testNumber("220102", citizen.MustDate("1976-02-02"), 970)}},
		{KeySoundBirthplace, Text{Name: "王小红", Birthplace: "220104", Sex: "2"}, Text{Name: "汪晓洪", Birthplace: "吉林省长春市朝阳区", Sex: "2"}},
		{KeyMother, Text{Mother: wang.Number}, Text{Mother: wang.Number}},
		{KeyGivenBirth, Text{Name: "王小红", Birth: "1976-02-02"}, Text{Name: "刘小红", Birth: "1976-02-02"}},
		{KeyParents, Text{Mother: wang.Mother, Father: wang.Father}, Text{Mother: wang.Mother, Father: wang.Father}}, // and by the mother's number
		{KeySpouse, Text{Spouse: wang.Number, Sex: "1"}, Text{Spouse: wang.Number, Sex: "男"}},
		{KeyNameLunar, Text{Name: "王小红", Birth: "1985-02-15"}, Text{Name: "王小红", Birth: "1984-12-26"}},
		{KeyNameDeleted, Text{Name: "王小红", Birth: "1976-02-02"}, Text{Name: "王红", Birth: "1976-02-02"}},
		{KeyHousehold, Text{Name: "王小红", Household: "1"}, Text{Name: "刘小红", Household: "1"}},
	} {
		want := KeySet(1) << c.key
		switch c.key {
		case KeyNumber:
			want |= 1 << KeyBirthSequence
		case KeyParents:
			want |= 1 << KeyMother
		}
		if got := ExplainTexts(StartModel(1000), &c.a, &c.b).Keys; got != want {
			t.Errorf("%s: found by %v", c.key, got.Keys())
		}
		if r := mustLink(t, populate([]Text{c.a, {}, c.b}), StartModel(1000), 2); r.Compared != 1 {
			t.Errorf("%s: %d compared", c.key, r.Compared)
		}
	}
}

// Places and addresses are compared as they are meant, not as they are written.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"吉林省长春市九台县", "吉林省长春市九台市", BirthplaceCounty},
		{"220104", "吉林省长春市朝阳区", BirthplaceCounty},
		{"长春市朝阳区", "吉林省长春市朝阳区", BirthplaceCounty},
		{"吉林省长春市朝阳区", "吉林省四平市铁西区", BirthplaceProvince},
		{"吉林省长春市朝阳区", "辽宁省沈阳市沈河区", BirthplaceDifferent},
		{"", "", BirthplaceMissing},
	} {
		if got := placeLevel(uint64(packPlace(c.a)), uint64(packPlace(c.b))); got != c.want {
			t.Errorf("%s, %s: %s", c.a, c.b, Birthplace.Levels()[got])
		}
	}
	one, street := packAddress("吉林省长春市南关区人民大街5号楼2单元301室")
	for _, same := range []string{"长春市南关区人民大街5栋2-301", "南关区人民大街５栋２单元３０１"} {
		if a, s := packAddress(same); a != one || s != street {
			t.Errorf("%s is another address", same)
		}
	}
	if a, s := packAddress("吉林省长春市南关区人民大街7号楼"); a == one || s != street || s == 0 {
		t.Error("the same street is not seen")
	}
}

func TestSmallAndStrange(t *testing.T) {
	m := StartModel(10)
	for name, texts := range map[string][]Text{"none": nil, "one": {wang}, "empty ones": make([]Text, 50)} {
		r := mustLink(t, populate(texts), m, 4)
		if len(r.Pairs)+len(r.Cases)+len(r.Capped) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := mustLink(t, populate([]Text{wang, wang}), m, 4); len(r.Pairs) != 1 || len(r.Cases) != 1 || r.Pairs[0].Class != Proposal || r.Pairs[0].Keys == 0 {
		t.Errorf("the same record twice: %+v", r)
	}
	ended := with(second(wang), func(t *Text) { t.Cancelled = true })
	if r := mustLink(t, populate([]Text{wang, ended, second(wang), ended}), m, 2); len(r.Pairs) != 1 || r.Pairs[0].A != 0 || r.Pairs[0].B != 2 {
		t.Errorf("a cancelled registration joins: %+v", r.Pairs)
	}
	if _, _, err := Train(context.Background(), populate([]Text{wang}), TrainOptions{}); err == nil {
		t.Error("trained on one registration")
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Link(ctx, populate([]Text{wang, wang}), m, LinkOptions{}); err == nil {
		t.Error("a run that was stopped has a result")
	}
}

// Placeholders bind nobody: 20,000 registrations with the same placeholder number, name, date and mother make no case.
func TestPlaceholdersMakeNoCluster(t *testing.T) {
	texts := make([]Text, 20_000)
	for i := range texts {
		texts[i] = Text{ID: fmt.Sprint(i), Number: "220104197601010006", Name: "无名", Birth: "1976-01-01", Sex: "1", Mother: "000000000000000000", Father: "不详"}
	}
	if r := mustLink(t, populate(texts), StartModel(len(texts)), 2); r.Compared > 0 || len(r.Cases) > 0 {
		t.Fatalf("%d compared, %d cases", r.Compared, len(r.Cases))
	}
}

// One huge block is divided as far as it goes; what is left is reported, and takes no time of the square of its size. What ties thousands makes no giant case.
func TestHugeBlock(t *testing.T) {
	texts := make([]Text, 8000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range texts {
		texts[i] = someone(r, i)
		texts[i].Mother, texts[i].Father, texts[i].Household = wang.Mother, wang.Father, ""
		if i >= 4000 { // half of them are one name and date besides
			texts[i].Name, texts[i].Birth, texts[i].Sex, texts[i].Birthplace = "王小红", "1976-02-02", "2", ""
		}
		if i >= 7600 { // and some of one place
			texts[i].Birthplace = "220104"
		}
	}
	p := populate(texts)
	result := mustLink(t, p, StartModel(len(texts)), 2)
	reported := make(map[Key]int)
	for _, c := range result.Capped {
		reported[c.Key] += c.Size
	}
	for _, k := range []Key{KeyMother, KeyNameYear, KeySurnameBirth} {
		if reported[k] < 4000 {
			t.Errorf("%s: %d reported", k, reported[k])
		}
	}
	if result.Compared > 200_000 || result.Compared < 400*399/2 {
		t.Errorf("%d pairs compared", result.Compared)
	}
	largest := slices.MaxFunc(result.Cases, func(a, b Case) int { return len(a.Members) - len(b.Members) })
	if len(largest.Members) != caseLimit || !largest.Oversize {
		t.Errorf("a case of %d", len(largest.Members))
	}
}

func TestCaseMarks(t *testing.T) {
	p := NewPopulation(8)
	for i := range 8 {
		p.Add(&Text{Number: testNumber("220104", citizen.MustDate("1976-02-02"), 941+i)})
	}
	pair := func(a, b int32, c Class) Pair { return Pair{A: a, B: b, Class: c} }
	for name, c := range map[string]struct {
		pairs []Pair
		want  []Case
	}{
		"two":       {[]Pair{pair(1, 2, Proposal)}, []Case{{Members: []int32{1, 2}, Pairs: []int32{0}}}},
		"weak link": {[]Pair{pair(0, 1, Proposal), pair(1, 2, Review)}, []Case{{Members: []int32{0, 1, 2}, Pairs: []int32{0, 1}, Weak: true, Numbers: true}}},
		"review within": {[]Pair{pair(0, 1, Proposal), pair(0, 2, Review), pair(1, 2, SeveralNumbers)},
			[]Case{{Members: []int32{0, 1, 2}, Pairs: []int32{0, 1, 2}, Numbers: true}}},
		"twins and a shared number tie nobody": {[]Pair{pair(0, 1, Proposal), pair(1, 2, MultipleBirth), pair(1, 3, SharedNumber)}, []Case{{Members: []int32{0, 1}, Pairs: []int32{0}}}},
		"oversize": {[]Pair{pair(0, 5, Proposal), pair(1, 5, Proposal), pair(2, 5, Proposal), pair(3, 5, Proposal), pair(4, 5, Proposal), pair(6, 7, Review)},
			[]Case{{Members: []int32{0, 1, 2, 3, 4, 5}, Pairs: []int32{0, 1, 2, 3, 4}, Oversize: true, Numbers: true}, {Members: []int32{6, 7}, Pairs: []int32{5}}}},
	} {
		got := cases(p, c.pairs)
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if senior := slices.ContainsFunc(got, Case.Senior); senior != (name != "two" && name[0] != 't') {
			t.Errorf("%s: senior %v", name, senior)
		}
	}
}

// The promise of bytes: what a registration takes, and what a run takes besides, whatever the size.
func TestMemory(t *testing.T) {
	const n = 40_000
	texts := people(8, n)
	p := populate(texts)
	if per := float64(p.Bytes()) / n; per > 85 {
		t.Errorf("%.0f bytes a registration", per)
	}
	m := StartModel(n)
	mustLink(t, p, m, 2) // the tables of characters are loaded
	allocated := testing.AllocsPerRun(1, func() { mustLink(t, p, m, 2) })
	if allocated > n/2 { // every tenth is a double: its case is allocated
		t.Errorf("%.0f allocations for %d registrations: something is allocated for each", allocated, n)
	}
	bytes := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			mustLink(b, p, m, 2)
		}
	}).AllocedBytesPerOp()
	if per := (bytes - 10<<20) / n; per > 150 {
		t.Errorf("a run allocates %d bytes a registration beyond 10 MiB", per)
	}
}

func TestWorth(t *testing.T) {
	if worth(4, 4) != 0 || worth(4, 8) != -1000 || worth(4, 1) != 2000 || math.Abs(float64(worth(1e9, 0))) > 8000 {
		t.Error("what a name's frequency is worth")
	}
}
