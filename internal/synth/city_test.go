package synth

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/personfile"
)

func newCity(t testing.TB, c CityConfig) *City {
	t.Helper()
	city, err := NewCity(c)
	if err != nil {
		t.Fatal(err)
	}
	return city
}

// large is one city with many errors, made once.
var large = sync.OnceValue(func() []*Resident {
	city, err := NewCity(CityConfig{Seed: 11, Residents: 60_000, Stations: 30, Errors: 1})
	if err != nil {
		panic(err)
	}
	return slices.Collect(everybody(city))
})

func everybody(c *City) iter.Seq[*Resident] {
	return func(yield func(*Resident) bool) {
		for _, u := range c.Stations() {
			for r := range c.Residents(u.Code) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func TestConfigRefused(t *testing.T) {
	for name, c := range map[string]CityConfig{
		"nobody":           {},
		"too many":         {Residents: 7_300_000, Stations: 6},
		"stations":         {Residents: 100_000, Stations: 251},
		"negative":         {Residents: 1000, Stations: -1},
		"errors":           {Residents: 1000, Errors: -0.1},
		"no number":        {Residents: 1000, Errors: math.NaN()},
		"a station of ten": {Residents: 60, Stations: 6},
	} {
		if _, err := NewCity(c); err == nil || !strings.HasPrefix(err.Error(), "synth: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDemoCity(t *testing.T) {
	c := newCity(t, CityConfig{Residents: 20_000})
	var levels [4]int
	own := 0
	for _, u := range c.Units() {
		if !u.Code.Valid() || u.Code.Parent() != u.Parent || u.Name == "" {
			t.Errorf("%+v", u)
		}
		levels[u.Code.Level()]++
		if u.OwnNode && u.Code.Level() == event.County {
			own++
		}
	}
	if levels != [4]int{0, 1, 2, 6} || own != 1 {
		t.Errorf("city, counties, stations %v; %d counties with a node", levels, own)
	}
	disks := 0
	for _, l := range c.Lines() {
		if l.Kind == "disk" {
			disks++
		}
	}
	if disks != 2 {
		t.Errorf("%d stations by disk", disks)
	}
}

func TestTheWholeCityHasTenCounties(t *testing.T) {
	c := newCity(t, CityConfig{Residents: 7_300_000})
	counties, residents, largest := 0, 0, 0
	for _, u := range c.Units() {
		if u.Code.Level() == event.County {
			counties++
		}
		residents, largest = residents+u.Residents, max(largest, u.Residents)
	}
	if counties != 10 || len(c.Stations()) != 250 || residents != 7_300_000 || largest > 40_000 {
		t.Errorf("%d counties, %d stations, %d residents, the largest station %d", counties, len(c.Stations()), residents, largest)
	}
}

func TestStaffHasEveryRoleOfItsTier(t *testing.T) {
	c := newCity(t, CityConfig{Residents: 20_000})
	roles, logins := make(map[event.Unit]map[string]bool), make(map[string]bool)
	for _, o := range c.Staff() {
		if logins[o.Login] || o.Name == "" {
			t.Errorf("%+v", o)
		}
		logins[o.Login] = true
		if roles[o.Unit] == nil {
			roles[o.Unit] = make(map[string]bool)
		}
		roles[o.Unit][o.Roles[0]] = true
	}
	want := map[event.Level]string{event.City: "leader reviewer issuer finance communications auditor administrator",
		event.County: "leader reviewer issuer finance communications auditor administrator", event.Station: "area_officer clerk photographer cashier leader administrator"}
	for _, u := range c.Units() {
		for _, role := range strings.Fields(want[u.Code.Level()]) {
			if !roles[u.Code][role] {
				t.Errorf("%s has no %s", u.Code, role)
			}
		}
	}
	if !logins["chief220102001"] || !logins["clerk2220102001"] {
		t.Error("logins are not as documented")
	}
}

func TestMoneyAndEquipmentAddUp(t *testing.T) {
	c := newCity(t, CityConfig{Residents: 20_000})
	for _, m := range c.Money() {
		if m.AmountFen != int64(m.Quantity)*m.UnitPriceFen || m.AmountFen <= 0 {
			t.Errorf("%+v", m)
		}
	}
	cameras := make(map[event.Unit]int)
	for _, e := range c.Equipment() {
		if e.Kind == "camera_set" {
			cameras[e.Unit]++
		}
	}
	for _, u := range c.Units() {
		if want := map[event.Level]int{event.City: 2, event.County: 1, event.Station: 1}[u.Code.Level()]; cameras[u.Code] != want {
			t.Errorf("%s: %d camera sets, not %d", u.Code, cameras[u.Code], want)
		}
	}
}

func TestSameSeedSameResidents(t *testing.T) {
	one, two, other := newCity(t, CityConfig{Seed: 5, Residents: 2400, Errors: 1}), newCity(t, CityConfig{Seed: 5, Residents: 2400, Errors: 1}),
		newCity(t, CityConfig{Seed: 6, Residents: 2400, Errors: 1})
	text := func(c *City, unit event.Unit) string {
		var b strings.Builder
		for r := range c.Residents(unit) {
			fmt.Fprintln(&b, r.Person, r.has, r.Planted, r.Died, r.Away)
		}
		return b.String()
	}
	for _, u := range one.Stations() {
		a := text(one, u.Code)
		if a != text(two, u.Code) {
			t.Fatalf("%s is another the second time", u.Code)
		}
		if a == text(other, u.Code) {
			t.Fatalf("%s is the same with another seed", u.Code)
		}
	}
}

// TestAgesAndSexes holds the city against the pyramid of the data, group by group.
func TestAgesAndSexes(t *testing.T) {
	var counts [2][maxAge + 1]int
	n := 0
	for _, r := range large() {
		if r.Registered && r.Same == "" {
			sex := 0
			if r.Sex == citizen.Male {
				sex = 1
			}
			counts[sex][min(r.Birth.AgeOn(defaultDay), maxAge)]++
			n++
		}
	}
	if n != 60_000 {
		t.Fatalf("%d residents", n)
	}
	shares := pyramid()
	for from := 0; from < 95; from += 5 {
		for sex := range 2 {
			want, have := 0.0, 0.0
			for age := from; age < from+5; age++ {
				want, have = want+shares[sex][age], have+float64(counts[sex][age])/float64(n)
			}
			if math.Abs(want-have) > 0.002+0.03*want {
				t.Errorf("sex %d, %d to %d: %.4f, the table says %.4f", sex, from, from+4, have, want)
			}
		}
	}
}

func households() map[string][]*Resident {
	homes := make(map[string][]*Resident)
	for _, r := range large() {
		if r.Registered && r.Same == "" {
			key := string(r.Unit) + r.HouseholdNo
			homes[key] = append(homes[key], r)
		}
	}
	return homes
}

func TestHouseholdSizes(t *testing.T) {
	sizes, families, people, collective := make(map[int]float64), 0.0, 0.0, 0.0
	for _, home := range households() {
		if len(home) > 1 && home[1].Relation == relNoRelative {
			collective += float64(len(home))
			continue
		}
		sizes[min(len(home), 10)]++
		families++
		people += float64(len(home))
	}
	if mean := people / families; math.Abs(mean-3.13) > 0.15 {
		t.Errorf("%.2f persons in a household", mean)
	}
	if share := collective / 60_000; share < 0.03 || share > 0.05 {
		t.Errorf("%.3f live in collective households", share)
	}
	for _, row := range table("households.csv") {
		want, have := fraction(row[1]), 100*sizes[number(row[0])]/families
		if math.Abs(want-have) > 2.5 {
			t.Errorf("size %s: %.2f %%, the table says %.2f", row[0], have, want)
		}
	}
}

func TestEthnicShares(t *testing.T) {
	minority := 0.0
	for _, r := range large() {
		if r.EthnicGroup != han {
			minority++
		}
		if _, ok := citizen.EthnicGroups.ByCode(r.EthnicGroup); !ok {
			t.Fatalf("%+v", r.Person)
		}
	}
	if share := 100 * minority / float64(len(large())); math.Abs(share-3.56) > 0.8 {
		t.Errorf("%.2f %% are of minorities; the table says 3.56", share)
	}
}

func TestFamiliesMakeSense(t *testing.T) {
	for key, home := range households() {
		heads := 0
		for _, r := range home {
			if r.Relation == relHead {
				heads++
			}
			if _, ok := citizen.Relations.ByCode(r.Relation); !ok {
				t.Fatalf("%s: relation %q", key, r.Relation)
			}
			for _, parent := range []*Resident{r.father, r.mother} {
				if parent != nil && r.Birth.Year()-parent.Birth.Year() < 15 {
					t.Errorf("%s: a parent of %s to a child of %s", key, parent.Birth, r.Birth)
				}
			}
			if r.Father != "" && citizen.Number(r.Father).Sex() != citizen.Male || r.Mother != "" && citizen.Number(r.Mother).Sex() != citizen.Female {
				t.Errorf("%s: father %s, mother %s", key, r.Father, r.Mother)
			}
			if r.spouse != nil && (r.spouse.spouse != r || r.spouse.Sex == r.Sex || r.Spouse != r.spouse.Number) {
				t.Errorf("%s: a marriage of one", key)
			}
		}
		if heads != 1 || home[0].Relation != relHead {
			t.Errorf("%s has %d heads", key, heads)
		}
	}
}

// TestNumbers: every true number is valid and one person's alone.
func TestNumbers(t *testing.T) {
	owner := make(map[string]string)
	for _, r := range large() {
		if r.Number == "" {
			continue
		}
		check := citizen.CheckNumber(r.Number, citizen.NumberContext{On: defaultDay, Sex: r.Sex, Birth: r.Birth})
		if !check.Valid || check.Action() != citizen.Accept && check.Class != citizen.ClassNewerDivision && check.Class != citizen.ClassOld {
			t.Fatalf("%s of %s: %s %+v", r.Number, r.RecordID, check.Class, check.Findings)
		}
		id := r.RecordID
		if r.Same != "" {
			id = r.Same
		}
		if other, ok := owner[r.Number]; ok && other != id {
			t.Errorf("%s is the true number of %s and %s", r.Number, other, id)
		}
		owner[r.Number] = id
		if sequence := citizen.Number(r.Number).Sequence(); sequence >= wrongSequence {
			t.Errorf("%s has a sequence that is kept free", r.Number)
		}
	}
}

func TestTwinsShareTheBirthDateAlone(t *testing.T) {
	twins := 0
	byID := make(map[string]*Resident)
	for _, r := range large() {
		byID[r.RecordID] = r
	}
	for _, r := range large() {
		for _, p := range r.Planted {
			if p.Kind != "multiple_birth" {
				continue
			}
			twins++
			o := byID[p.Other]
			if o == nil || o.Birth != r.Birth || o.Number == r.Number || o.Mother != r.Mother || o.HouseholdNo != r.HouseholdNo || p.Right != DifferentPersons {
				t.Errorf("%+v and %+v", r.Person, o)
			}
		}
	}
	if twins < 60 || twins > 400 {
		t.Errorf("%d twins among 60,000", twins)
	}
}

func TestNamesakesAreDifferentPersons(t *testing.T) {
	byID, seen := make(map[string]*Resident), 0
	for _, r := range large() {
		byID[r.RecordID] = r
	}
	for _, r := range large() {
		for _, p := range r.Planted {
			if p.Kind == "same_name_same_dob" {
				seen++
				if o := byID[p.Other]; o == nil || o.Name != r.Name || o.Birth != r.Birth || o.Number == r.Number {
					t.Errorf("%+v and %+v", r.Person, o)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no namesakes")
	}
}

// TestNobodyUnderSixteenHasACard: 居民身份证条例 article 2, in force until 2003, gave cards from sixteen.
func TestNobodyUnderSixteenHasACard(t *testing.T) {
	cards := 0
	for _, r := range large() {
		if r.Has(Card) != !r.CardIssued.IsZero() {
			t.Fatalf("%s: a card without a date", r.RecordID)
		}
		if r.Has(Card) {
			cards++
			if age := r.Birth.AgeOn(r.CardIssued); age < 16 || r.CardIssued.After(defaultDay) {
				t.Errorf("%s: a card at %d", r.RecordID, age)
			}
			if _, expires, _ := citizen.CardValidity(r.Birth, r.CardIssued); expires != r.CardExpires {
				t.Errorf("%s: expires %s, not %s", r.RecordID, r.CardExpires, expires)
			}
		}
	}
	if share := float64(cards) / 60_000; share < 0.77 || share > 0.82 {
		t.Errorf("%.2f have a card", share)
	}
}

func TestNamesOfAllKinds(t *testing.T) {
	var rare, dotted, compound, single, four, longer, korean, former int
	for _, r := range large() {
		runes := []rune(r.Name)
		switch {
		case strings.Contains(r.Name, "·"):
			dotted++
		case compounds()[string(runes[:min(2, len(runes))])]:
			compound++
		case len(runes) == 2:
			single++
		}
		if rareIn(r.Name) != "" {
			rare++
		}
		if len(runes) == 4 {
			four++
		} else if len(runes) > 4 {
			longer++
		}
		if r.EthnicGroup == "10" && (runes[0] == '金' || runes[0] == '朴') {
			korean++
		}
		if r.FormerName != "" {
			former++
		}
		if len(runes) < 2 {
			t.Errorf("%+v", r.Person)
		}
	}
	if rare < 300 || rare > 700 || dotted == 0 || compound == 0 || single < 5000 || four < 130 || longer < 12 || korean == 0 || former < 1000 {
		t.Errorf("rare %d, dotted %d, compound %d, of two characters %d, of four %d, of more %d, Korean %d, former names %d", rare, dotted, compound, single, four,
			longer, korean, former)
	}
}

// TestNoFieldTellsTheParentsStanding is rule P6: a child is registered whatever its parents' marital or family-planning standing, and no field of any
// record tells it. The items are those of the format and no others; relations that tell an only, adopted or step child do not occur; every child
// has both parents' numbers; and no value of an item is found with unregistered children alone.
func TestNoFieldTellsTheParentsStanding(t *testing.T) {
	telling := map[string]bool{"21": true, "27": true, "31": true, "37": true, "57": true, "58": true}
	relations := make(map[bool]map[string]int)
	relations[true], relations[false] = make(map[string]int), make(map[string]int)
	unregistered := 0
	for _, r := range large() {
		if r.Birth.AgeOn(defaultDay) >= 16 {
			continue
		}
		if telling[r.Relation] {
			t.Errorf("%s: relation %s", r.RecordID, r.Relation)
		}
		if r.Father == "" || r.Mother == "" {
			t.Errorf("%s: a parent's number is missing", r.RecordID)
		}
		if r.Marital != never {
			t.Errorf("%s: marital status %s of a child", r.RecordID, r.Marital)
		}
		relations[r.Registered][r.Relation]++
		for s := range SourceCount {
			record, ok := r.Record(s)
			if ok && len(record.Extra)+len(record.Notes) > 0 {
				t.Errorf("%s: more than the items of the format", r.RecordID)
			}
		}
		if !r.Registered {
			unregistered++
			if len(r.Planted) != 1 || r.Planted[0].Right != "" || r.Planted[0].Value != "" || r.Number != "" || !r.Has(Citizen) || r.Has(Computer) {
				t.Errorf("%s: %+v", r.RecordID, r.Planted)
			}
		}
	}
	for relation := range relations[false] {
		if relations[true][relation] == 0 {
			t.Errorf("relation %s is found with unregistered children alone", relation)
		}
	}
	if unregistered < 400 || unregistered > 680 {
		t.Errorf("%d unregistered children, expected about 540", unregistered)
	}
}

// TestErrorRates holds what was planted against errors.csv. Kinds that need a rare trait are held against how many have it.
func TestErrorRates(t *testing.T) {
	persons := make(map[string]map[string]bool)
	for _, r := range large() {
		for _, p := range r.Planted {
			kind := p.Kind
			if kind == fiveRecords {
				kind += "_" + p.Source.String()
			}
			if persons[kind] == nil {
				persons[kind] = make(map[string]bool)
			}
			if p.Class != ClassItem || r.Same == "" { // what is wrong in a second registration is not counted with the rest
				persons[kind][r.RecordID] = true
			}
		}
	}
	away := 0
	for _, r := range large() {
		if r.Away {
			away++
		}
	}
	for _, kind := range strings.Fields(unshown) {
		if len(persons[kind]) > 0 {
			t.Errorf("%s was planted, and text cannot show it", kind)
		}
	}
	for kind := range rates() {
		rate := float64(Rate(kind)) * 0.6
		have := float64(len(persons[kind]))
		switch {
		case kind == "person_away_from_registration":
			have = float64(away)
		case kind == "same_name_same_dob":
			rate *= 2 // both of the pair
		case kind == "id_upgrade_century", kind == "dob_century":
			continue // needs the very old
		}
		if low, high := rate*0.70-3*math.Sqrt(rate)-2, rate*1.25+3*math.Sqrt(rate)+3; have < low || have > high {
			t.Errorf("%s: %.0f persons, the table says %.0f", kind, have, rate)
		}
	}
}

// TestEverythingThatDiffersIsPlanted compares every item of every record with what is true: the truth is complete, and nothing in it is idle.
func TestEverythingThatDiffersIsPlanted(t *testing.T) {
	for _, r := range large() {
		planted := make(map[string]Planted)
		for _, p := range r.Planted {
			if p.Class == ClassItem {
				key := p.Record + p.Column.English()
				if _, twice := planted[key]; twice {
					t.Fatalf("%s is planted twice", key)
				}
				planted[key] = p
			}
		}
		for _, s := range Sources() {
			record, ok := r.Record(s)
			if !ok {
				continue
			}
			for _, column := range personfile.Columns() {
				key := record.Value[personfile.RecordID] + column.English()
				p, isPlanted := planted[key]
				right := r.Right(s, column)
				if have := record.Value[column]; isPlanted != (have != right) || isPlanted && (p.Value != have || p.Right != right) {
					t.Errorf("%s %s: has %q, right %q, planted %+v", s, key, have, right, p)
				}
				delete(planted, key)
			}
		}
		if len(planted) > 0 {
			t.Errorf("%s: planted where no record is: %+v", r.RecordID, planted)
		}
	}
}

// TestRecordsThatAreMissingAreTruth: who has no record in a source is told by the truth, but for cards and for what double registrations lack.
func TestRecordsThatAreMissingAreTruth(t *testing.T) {
	for _, r := range large() {
		whole := slices.ContainsFunc(r.Planted, func(p Planted) bool { return p.Class == ClassRecord || p.Class == ClassPair && p.Right == SamePerson })
		for _, s := range Sources() {
			if s != Card && !r.Has(s) && !whole {
				t.Errorf("%s has no %s, and nobody knows why", r.RecordID, s)
			}
		}
		if whole && r.Has(Form) && r.Has(Booklet) && r.Has(Computer) && r.Has(Citizen) {
			t.Errorf("%s: %+v, and every record is there", r.RecordID, r.Planted)
		}
	}
}

// TestPairsAreFindable: both records of a pair are there, and are what the pair says.
func TestPairsAreFindable(t *testing.T) {
	byID, kinds := make(map[string]*Resident), make(map[string]int)
	for _, r := range large() {
		byID[r.RecordID] = r
	}
	for _, r := range large() {
		for _, p := range r.Planted {
			if p.Class != ClassPair {
				continue
			}
			kinds[p.Kind]++
			o := byID[p.Other]
			if o == nil {
				t.Fatalf("%+v: the other is nowhere", p)
			}
			number, _ := r.Says(Computer, personfile.CitizenNumber)
			switch p.Right {
			case SamePerson:
				if o.Name != r.Name || o.Birth != r.Birth || o.Number != r.Number || o.RecordID == r.RecordID {
					t.Errorf("%s: %+v and %+v", p.Kind, r.Person, o.Person)
				}
				differs := slices.ContainsFunc(r.Planted, func(p Planted) bool { return p.Column == number18 && p.Class == ClassItem && p.Source == Computer })
				if same := number == o.Number; same == differs || p.Kind == "one_person_two_ids" && same {
					t.Errorf("%s: numbers %s and %s", p.Kind, number, o.Number)
				}
			default:
				if number != o.Number || r.Number == o.Number {
					t.Errorf("%s: %s and %s do not share a number", p.Kind, r.RecordID, o.RecordID)
				}
			}
		}
	}
	for _, kind := range []string{"double_hukou", "one_person_two_ids", "moved_out_not_cancelled", "duplicate_id_two_persons", "id_upgrade_dup_created"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
}

// TestNoNumberIsSharedByAccident: two records of one source have the same number only where a pair or a double registration says so.
func TestNoNumberIsSharedByAccident(t *testing.T) {
	for _, r := range large() {
		for _, p := range r.Planted {
			if p.Kind == "id_sex_mismatch" || p.Kind == "id_dob_mismatch" || p.Kind == "id_upgrade_century" {
				if n, err := citizen.ParseNumber(p.Value); err != nil || n.Sequence() < wrongSequence {
					t.Errorf("%s: %s may be another's right number (%v)", p.Kind, p.Value, err)
				}
			}
		}
	}
	for _, s := range []Source{Form, Booklet, Computer} {
		owners := make(map[string][]*Resident)
		for _, r := range large() {
			if n, ok := r.Says(s, personfile.CitizenNumber); ok && n != "" {
				owners[n] = append(owners[n], r)
			}
		}
		for n, rs := range owners {
			if len(rs) < 2 {
				continue
			}
			told := 0
			for _, r := range rs {
				for _, p := range r.Planted {
					if p.Class == ClassPair || p.Kind == "id_swapped_family" || p.Kind == "id_placeholder" {
						told++
						break
					}
				}
			}
			if told < len(rs)-1 {
				t.Errorf("%s: %s has %d owners, %d told", s, n, len(rs), told)
			}
		}
	}
}

func TestNoErrorsWithFactorZero(t *testing.T) {
	for r := range everybody(newCity(t, CityConfig{Residents: 3000})) {
		for _, p := range r.Planted {
			if p.Class != ClassNote {
				t.Fatalf("%+v", p)
			}
		}
		if !r.Lives() || !r.Registered {
			t.Fatalf("%+v", r)
		}
	}
}

func TestSmallestCities(t *testing.T) {
	for stations := 1; stations < 13; stations++ {
		n := 0
		for r := range everybody(newCity(t, CityConfig{Residents: MinStation * stations, Stations: stations, Errors: 10})) {
			if r.Registered && r.Same == "" {
				n++
			}
		}
		if n != MinStation*stations {
			t.Errorf("%d stations: %d residents", stations, n)
		}
	}
}

func TestUnregisteredAndTruth(t *testing.T) {
	c := newCity(t, CityConfig{Seed: 3, Residents: 12_000, Errors: 1})
	children, rows := 0, 0
	for _, u := range c.Stations() {
		for _, r := range c.Unregistered(u.Code) {
			children++
			if r.Birth.AgeOn(defaultDay) > 15 || r.Unit != u.Code {
				t.Errorf("%+v", r.Person)
			}
		}
		for p := range c.Truth(u.Code) {
			if rows++; p.Unit != u.Code {
				t.Errorf("%+v", p)
			}
		}
	}
	if children < 60 || rows < 1000 {
		t.Errorf("%d children, %d rows of truth", children, rows)
	}
	for range c.Residents("220199001") {
		t.Error("a station that is not there has people")
	}
}

// TestLunar: New Year's Day and the leap month of 2004, and the two last days of a year.
func TestLunar(t *testing.T) {
	for day, want := range map[string]string{"2004-01-22": "2004-01-01", "2004-03-21": "2004-02-01", "2004-04-18": "2004-02-29", "2005-02-08": "2004-12-30",
		"1976-08-25": "1976-08-01", "1890-01-01": ""} {
		if have := lunar(citizen.MustDate(day)); have != want {
			t.Errorf("%s: %q, not %q", day, have, want)
		}
	}
}
