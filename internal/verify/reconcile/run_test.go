package reconcile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/spill"
	"github.com/huzheng/huzheng/internal/synth"
	"pgregory.net/rapid"
)

// columns are those of the items, as in a person file.
var columns = [ItemCount]personfile.Column{personfile.CitizenNumber, personfile.Name, personfile.FormerName, personfile.BirthDate, personfile.Address, personfile.Birthplace,
	personfile.NativePlace, personfile.Occupation, personfile.Workplace, personfile.FatherNumber, personfile.MotherNumber, personfile.SpouseNumber, personfile.HouseholdNo, personfile.Sex,
	personfile.EthnicGroup, personfile.Relation, personfile.MaritalStatus, personfile.Education}

// city is the five sources of a synthetic city and what is true of them.
type city struct {
	records [SourceCount][]Record
	carries [SourceCount]Items
	truth   *bytes.Buffer
}

type closing struct{ io.Writer }

func (closing) Close() error { return nil }

func cityOf(t testing.TB, residents int, seed uint64, errors float64) *city {
	t.Helper()
	made, err := synth.NewCity(synth.CityConfig{Seed: seed, Residents: residents, Errors: errors})
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]*bytes.Buffer)
	if _, err := made.Write(t.Context(), func(name string) (io.WriteCloser, error) {
		files[name] = new(bytes.Buffer)
		return closing{files[name]}, nil
	}, synth.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	c := &city{truth: files["truth.csv"]}
	for s := range SourceCount {
		name := s.String() + ".csv"
		r, err := personfile.Open(name, bytes.NewReader(files[name].Bytes()), int64(files[name].Len()), personfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, column := range columns {
			if slices.Contains(r.Known(), column) {
				c.carries[s] |= 1 << i
			}
		}
		c.records[s] = readRecords(t, r, s)
	}
	return c
}

func readRecords(t testing.TB, r *personfile.Reader, s Source) (all []Record) {
	for {
		row, err := r.Next()
		if err == io.EOF {
			return all
		}
		if errors.As(err, new(*personfile.RowError)) {
			continue // a date that does not exist
		}
		if err != nil {
			t.Fatal(err)
		}
		record := Record{Source: s, Line: row.Line, ID: row.Value[personfile.RecordID], Unit: row.Value[personfile.Unit]}
		record.Old = s == Card && row.Value[personfile.CardIssued] < "1999-10-01"
		for i, column := range columns {
			record.Value[i] = row.Value[column]
		}
		all = append(all, record)
	}
}

// options reads the city’s records and writes one line for each result.
func (c *city) options(out io.Writer, workers int) Options {
	o := Options{Workers: workers, Memory: 1 << 30, Out: out, Spill: func() (spill.File, error) { return nil, errors.New("no scratch file") }}
	for s := range SourceCount {
		o.Inputs[s] = &Input{Carries: c.carries[s], Read: func(yield func(*Record) error) error {
			for i := range c.records[s] {
				record := c.records[s][i]
				if err := yield(&record); err != nil {
					return err
				}
			}
			return nil
		}}
	}
	o.Render = func(b []byte, r *Result) []byte {
		if r.Repeat != nil {
			return fmt.Appendf(b, "%+v\n", *r.Repeat)
		}
		return fmt.Appendf(b, "%+v\n", *r.Person)
	}
	return o
}

// memorySpill is a scratch file in memory; it fails once so many bytes were written.
type memorySpill struct {
	data   []byte
	limit  int
	closed *int
}

func (m *memorySpill) WriteAt(p []byte, at int64) (int, error) {
	if m.limit > 0 && len(m.data) > m.limit {
		return 0, errors.New("disk full")
	}
	m.data = append(m.data[:at], p...)
	return len(p), nil
}
func (m *memorySpill) ReadAt(p []byte, at int64) (int, error) { return copy(p, m.data[at:]), nil }
func (m *memorySpill) Close() error                           { *m.closed++; return nil }

// The same bytes and sums for 1, 2 and 4 workers, in memory and over scratch files; every scratch file is closed.
func TestRun_SameBytes(t *testing.T) {
	c := cityOf(t, 6000, 3, 3)
	var want bytes.Buffer
	sum, err := Run(t.Context(), c.options(&want, 1))
	if err != nil || sum.Differing == 0 || want.Len() == 0 {
		t.Fatal(sum, err)
	}
	for _, workers := range []int{1, 2, 4} {
		for _, memory := range []int64{1 << 30, 0} {
			var got bytes.Buffer
			opened, closed := 0, 0
			var mutex sync.Mutex
			o := c.options(&got, workers)
			o.Memory = memory
			o.Spill = func() (spill.File, error) {
				mutex.Lock()
				defer mutex.Unlock()
				opened++
				return &memorySpill{closed: &closed}, nil
			}
			again, err := Run(t.Context(), o)
			if err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Fatalf("%d workers, %d bytes of memory: other bytes (%v)", workers, memory, err)
			}
			if again.People != sum.People || again.Passes != sum.Passes || again.Presence != sum.Presence || again.Differences != sum.Differences || !maps.Equal(again.Explanations, sum.Explanations) ||
				!slices.Equal(again.Tally.Counts(), sum.Tally.Counts()) {
				t.Fatalf("%d workers: %+v, want %+v", workers, again, sum)
			}
			if opened != closed || (memory == 0) != (opened > 0) {
				t.Errorf("%d scratch files opened, %d closed", opened, closed)
			}
		}
	}
}

// Scratch files that cannot be made or written, an input that fails, a context that ends, and an output that is full: an error, and nothing goes on.
func TestRun_Fails(t *testing.T) {
	c := cityOf(t, 6000, 3, 3)
	closed := 0
	for name, change := range map[string]func(o *Options){
		"no scratch file": func(o *Options) { o.Memory = 0 },
		"disk full": func(o *Options) {
			o.Memory, o.Spill = 0, func() (spill.File, error) { return &memorySpill{limit: 1 << 18, closed: &closed}, nil }
		},
		"unreadable": func(o *Options) {
			o.Inputs[Card].Read = func(func(*Record) error) error { return errors.New("unreadable") }
		},
		"context canceled": func(o *Options) {},
		"out is full":      func(o *Options) { o.Out = full{} },
		"more than 13000 stations": func(o *Options) {
			o.Inputs[Card].Read = func(yield func(*Record) error) error {
				for i := range MostUnits + 1 {
					if err := yield(&Record{Line: i, Unit: fmt.Sprint(i)}); err != nil {
						return err
					}
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if name == "context canceled" {
				cancel()
			}
			o := c.options(io.Discard, 2)
			change(&o)
			if _, err := Run(ctx, o); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%v", err)
			}
		})
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("out is full") }

// naive joins by maps of texts and by looking at every pair, and compares texts: what the engine must do, done slowly.
type naive struct {
	records []*Record
	group   []int // of each record: the person
}

func (n *naive) key(r *Record) string {
	v := comparable18(r, Number)
	if plain := plainNumber(v); v != plain {
		v = plain
	}
	if len(v) == 15 {
		v = widen(v)
	}
	if len(v) != 18 || v[14:17] == "000" {
		return ""
	}
	return v[:17]
}

// byNumber gives each number’s rows to people; the city of the test has no number twice in one source.
func (n *naive) byNumber() {
	people := make(map[string][]int)
	for i, r := range n.records {
		n.group[i] = i
		key := n.key(r)
		for _, first := range people[key] {
			if key != "" && n.may(first, i) {
				n.group[i] = first
				break
			}
		}
		if n.group[i] == i {
			people[key] = append(people[key], i)
		}
	}
}

func (n *naive) may(first, i int) bool {
	fits := false
	for k, r := range n.records[first:i] {
		if n.group[first+k] == first {
			a := n.records[i]
			if r.Source == a.Source {
				return false
			}
			fits = fits || r.Value[Name] == a.Value[Name] || r.Value[BirthDate] == a.Value[BirthDate] && r.Value[BirthDate] != ""
		}
	}
	return fits
}

func (n *naive) people() map[int][]*Record {
	all := make(map[int][]*Record)
	for i, r := range n.records {
		all[n.group[i]] = append(all[n.group[i]], r)
	}
	return all
}

func sourcesOf(all []*Record) (sources Sources) {
	for _, r := range all {
		sources |= 1 << r.Source
	}
	return sources
}

func mostOf(all []*Record, item Item) string {
	var five [SourceCount]*Record
	for _, r := range all {
		five[r.Source] = r
	}
	return mostText(&five, item)
}

// pass joins every pair of people that fit.
func (n *naive) pass(fit func(a, b []*Record) bool) {
	members := n.people()
	var open []int
	for _, g := range slices.Sorted(maps.Keys(members)) {
		if sourcesOf(members[g]) != AllSources {
			open = append(open, g)
		}
	}
	for i, a := range open {
		for _, b := range open[i+1:] {
			x, y := members[a], members[b]
			if len(x) == 0 || len(y) == 0 || sourcesOf(x)&sourcesOf(y) != 0 || !fit(x, y) {
				continue
			}
			members[a], members[b] = append(x, y...), nil
			for k := range n.group {
				if n.group[k] == b {
					n.group[k] = a
				}
			}
		}
	}
}

func (n *naive) near(a, b []*Record) bool {
	for _, x := range a {
		for _, y := range b {
			k, l := n.key(x), n.key(y)
			if k == "" || l == "" || len(differing(k, l)) <= 2 {
				return true
			}
		}
	}
	return false
}

// The engine finds the people and the codes that an oracle of maps and pairs finds, on 2,000 residents with errors of many kinds.
func TestRun_Oracle(t *testing.T) {
	c := cityOf(t, 2000, 11, 2)
	n := &naive{}
	numbers := make(map[string]bool)
	for s := range SourceCount {
		var once []Record
		for i, r := range c.records[s] {
			if s == Card && i%61 == 0 && len(r.Value[Number]) == 18 { // a wrong digit where there is no household
				r.Value[Number] = r.Value[Number][:15] + "8" + r.Value[Number][16:]
			}
			if key := fmt.Sprint(s, n.key(&r)); n.key(&r) == "" || !numbers[key] {
				numbers[key] = true
				once = append(once, r)
			}
		}
		c.records[s] = once
		for i := range once {
			n.records = append(n.records, &once[i])
		}
	}
	n.group = make([]int, len(n.records))
	n.byNumber()
	n.pass(func(a, b []*Record) bool {
		same := func(i Item) bool { return mostOf(a, i) != "" && mostOf(a, i) == mostOf(b, i) }
		return a[0].Unit == b[0].Unit && same(HouseholdNo) && same(Name) && (same(BirthDate) || n.near(a, b))
	})
	n.pass(func(a, b []*Record) bool {
		same := func(i Item) bool { return mostOf(a, i) != "" && mostOf(a, i) == mostOf(b, i) }
		return same(Name) && same(BirthDate) && (n.near(a, b) || same(Address) || a[0].Unit == b[0].Unit)
	})
	want := make(map[string]int)
	wantCodes := make(map[string]int64)
	for _, all := range n.people() {
		want[names(all)]++
		for i := range ItemCount {
			wantCodes[i.String()+" "+slowCode(all, i, &c.carries)]++
		}
	}
	got := make(map[string]int)
	o := c.options(io.Discard, 2)
	o.Observe = func(records *[SourceCount]*Record, _ By, _ *Person) {
		var all []*Record
		for _, r := range records {
			if r != nil {
				all = append(all, r)
			}
		}
		got[names(all)]++
	}
	sum, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for name, count := range want {
		if got[name] != count {
			t.Errorf("the oracle has %s, the engine not", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d people, the oracle has %d", len(got), len(want))
	}
	gotCodes := make(map[string]int64)
	for _, one := range sum.Tally.City() {
		gotCodes[one.Item+" "+one.Code] = one.Count
	}
	if !maps.Equal(gotCodes, wantCodes) {
		t.Errorf("codes %v\nwant %v", gotCodes, wantCodes)
	}
	if sum.Passes[ByHouseholdName] == 0 || sum.Passes[ByNameBirth] == 0 {
		t.Errorf("passes %v: nothing to find", sum.Passes)
	}
}

func names(all []*Record) string {
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// slowCode writes a code by looking at texts.
func slowCode(all []*Record, item Item, carries *[SourceCount]Items) string {
	code := []byte("00000")
	var seen []string
	for s := range SourceCount {
		for _, r := range all {
			if r.Source != s || !carries[s].Has(item) {
				continue
			}
			v := comparable18(r, item)
			if !slices.Contains(seen, v) {
				seen = append(seen, v)
			}
			code[s] = byte('1' + slices.Index(seen, v))
		}
	}
	return string(code)
}

// Records that are equal never differ, whatever stands in them; a difference of one item is told of that item alone.
func TestRun_EqualRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := Record{Line: 2, ID: "1", Unit: "A"}
		for i := range record.Value {
			record.Value[i] = rapid.SampledFrom([]string{"", "1", "20", "王强", "1965-03-08", "220102196503089419", "22010219650308941x", rapid.String().Draw(t, "text")}).Draw(t, "value")
		}
		item := Item(rapid.IntRange(0, int(ItemCount)-1).Draw(t, "item"))
		c := &city{carries: [SourceCount]Items{AllItems, AllItems, AllItems, AllItems, AllItems}}
		for s := range SourceCount {
			c.records[s] = []Record{record}
		}
		o := c.options(io.Discard, 1)
		var told []Item
		o.Observe = func(_ *[SourceCount]*Record, _ By, p *Person) {
			if p != nil {
				for _, d := range p.Differences {
					told = append(told, d.Item)
				}
			}
		}
		sum, err := Run(context.Background(), o)
		if err != nil || sum.Differing != 0 {
			t.Fatalf("%d of equal records differ in %v (%v)", sum.Differing, told, err)
		}
		if record.Value[Number] == "220102196503089419" && record.Value[Name] != "" && item > Name {
			c.records[Computer][0].Value[item] += "9"
			if _, err := Run(context.Background(), o); err != nil || !slices.Equal(told, []Item{item}) {
				t.Fatalf("%v, not %s (%v)", told, item, err)
			}
		}
	})
}

// links is a Linker that proposes what it is told.
type links struct {
	all  []Link
	seen [][]string
	most int64
	err  error
}

func (l *links) Most() int64 { return cmp.Or(l.most, 1000) }

func (l *links) Link(_ context.Context, fragments iter.Seq[*Fragment]) ([]Link, error) {
	var ids []string
	for f := range fragments {
		ids = append(ids, f.Value(Name)+f.Sources().text())
	}
	l.seen = append(l.seen, ids)
	return l.all, l.err
}

func (m Sources) text() (text string) {
	for s := range SourceCount {
		if m.Has(s) {
			text += s.String()[:2]
		}
	}
	return text
}

// What is left is linked: the likeliest first, one partner for each, never two rows of one source; the rest stays apart.
func TestRun_Linker(t *testing.T) {
	c := &city{carries: [SourceCount]Items{AllItems, AllItems, AllItems, AllItems, AllItems}}
	people := map[Source][]string{Form: {"甲", "乙"}, Computer: {"丙", "丁"}, Card: {"戊"}}
	for s, names := range people {
		for i, name := range names {
			c.records[s] = append(c.records[s], Record{Source: s, Line: i + 2, Unit: "A", Value: [ItemCount]string{Name: name}})
		}
	}
	place := &links{}
	o := c.options(io.Discard, 2)
	o.Linker = place
	if _, err := Run(t.Context(), o); err != nil || len(place.seen) != 1 || len(place.seen[0]) != 5 {
		t.Fatal(place.seen, err)
	}
	at := func(name string) int {
		return slices.IndexFunc(place.seen[0], func(seen string) bool { return strings.HasPrefix(seen, name) })
	}
	link := func(a, b string, p float64) Link { return Link{min(at(a), at(b)), max(at(a), at(b)), p} }
	for _, workers := range []int{1, 2, 4} {
		o = c.options(io.Discard, workers)
		o.Linker = &links{all: []Link{link("甲", "丙", 0.8), link("甲", "丁", 0.9), link("甲", "乙", 0.99), link("丙", "戊", 0.7)}}
		got := make(map[string]By)
		o.Observe = func(records *[SourceCount]*Record, by By, _ *Person) {
			text := ""
			for _, r := range records {
				if r != nil {
					text += r.Value[Name]
				}
			}
			got[text] = by
		}
		sum, err := Run(t.Context(), o)
		want := map[string]By{"甲丁": ByLinkage, "乙": ByNumber, "戊丙": ByLinkage}
		if err != nil || !maps.Equal(got, want) || sum.Passes[ByLinkage] != 2 {
			t.Fatalf("%d workers: %v %v", workers, got, err)
		}
	}
}

// closedFirst is a Linker that counts which scratch files are still open when it is asked.
type closedFirst struct {
	links
	opened, closed, open int
}

func (l *closedFirst) Link(ctx context.Context, fragments iter.Seq[*Fragment]) ([]Link, error) {
	l.open = l.opened - l.closed
	return l.links.Link(ctx, fragments)
}

// What a pass has read to its end takes no room on the disk any more: else a comparison takes several times the room of its files.
func TestRun_ScratchFilesGo(t *testing.T) {
	c := cityOf(t, 6000, 3, 3)
	o := c.options(io.Discard, 1)
	l := &closedFirst{links: links{most: 1 << 40}}
	o.Memory, o.Linker = 0, l
	o.Spill = func() (spill.File, error) { l.opened++; return &memorySpill{closed: &l.closed}, nil }
	for s := range o.Inputs { // all in one partition, so that much of little goes to the files
		read := o.Inputs[s].Read
		o.Inputs[s].Read = func(yield func(*Record) error) error {
			return read(func(record *Record) error {
				record.Line = partitions * record.Line
				record.Value[Number] = ""
				return yield(record)
			})
		}
	}
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if l.opened < 5 || l.closed != l.opened || l.open > l.opened-5 {
		t.Errorf("%d scratch files, %d open when all but what is left was read, %d closed at the end", l.opened, l.open, l.closed)
	}
}

// Fragments that no other could be joined with are not asked about; where there are more than the linker takes, or too many alike, all stay apart and are counted.
func TestRun_LinkerCannotTakeAll(t *testing.T) {
	c := &city{carries: [SourceCount]Items{AllItems, AllItems, AllItems, AllItems, AllItems}}
	for i, name := range []string{"甲", "乙", "丙"} {
		for _, s := range []Source{Form, Computer} { // by number
			c.records[s] = append(c.records[s], Record{Source: s, Line: i + 2, Unit: "A", Value: [ItemCount]string{Name: name, Number: fmt.Sprintf("220102196001%d9417", 10+i)}})
		}
	}
	c.records[Form] = append(c.records[Form], Record{Source: Form, Line: 9, Unit: "A", Value: [ItemCount]string{Name: "丁"}})
	run := func(l *links, more ...Record) *Summary {
		all := c.records
		for _, r := range more {
			all[r.Source] = append(slices.Clone(all[r.Source]), r)
		}
		o := (&city{carries: c.carries, records: all}).options(io.Discard, 2)
		o.Linker = l
		sum, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	one := &links{}
	if sum := run(one); len(one.seen) != 1 || len(one.seen[0]) != 0 || sum.People != 4 || sum.Unlinked != 0 {
		t.Errorf("asked about %v: %d people", one.seen, sum.People)
	}
	card := Record{Source: Card, Line: 2, Unit: "A", Value: [ItemCount]string{Name: "戊"}}
	if one = (&links{most: 5}); run(one, card).Unlinked != 0 || len(one.seen[0]) != 5 {
		t.Errorf("asked about %v", one.seen)
	}
	if one = (&links{most: 4}); run(one, card).Unlinked != 5 || len(one.seen) != 0 {
		t.Errorf("asked about %v", one.seen)
	}
	if one = (&links{err: ErrTooAlike}); run(one, card).Unlinked != 5 || run(one, card).People != 5 {
		t.Errorf("too many alike")
	}
}

// More rows of one number than can be looked at together are refused, not held.
func TestRun_Crowded(t *testing.T) {
	c := &city{carries: [SourceCount]Items{AllItems, AllItems, AllItems, AllItems, AllItems}}
	o := c.options(io.Discard, 2)
	record := Record{Unit: "A", Value: [ItemCount]string{Name: "王强", Number: "220102196001019417", Address: strings.Repeat("长", 1<<18)}}
	o.Inputs[Form].Read = func(yield func(*Record) error) error {
		for i := range leastPart/(3<<18) + 1 {
			record.Line = i + 2
			if err := yield(&record); err != nil {
				return err
			}
		}
		return nil
	}
	o.Memory = 4 * leastPart
	_, err := Run(t.Context(), o)
	if crowded, ok := errors.AsType[*CrowdedError](err); !ok || crowded.Most != leastPart {
		t.Fatal(err)
	}
}

// A row that is alone, an empty source, and two sources only.
func TestRun_FewRows(t *testing.T) {
	c := &city{carries: [SourceCount]Items{AllItems, AllItems, AllItems, AllItems, AllItems}}
	c.records[Form] = []Record{{Line: 2, ID: "1", Unit: "A", Value: [ItemCount]string{Name: "王强"}}}
	o := c.options(io.Discard, 2)
	o.Inputs[Card], o.Inputs[Computer], o.Inputs[Citizen] = nil, nil, nil
	sum, err := Run(t.Context(), o)
	if err != nil || sum.People != 1 || sum.Differing != 0 || sum.Presence[1] != 1 || sum.Rows != [SourceCount]int64{1} {
		t.Fatalf("%+v %v", sum, err)
	}
	if counts := sum.Tally.City(); len(counts) != int(ItemCount) || counts[1] != (Count{"", "name", "10000", 1}) {
		t.Error(counts)
	}
}
