package bench

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/linkage"
	"github.com/huzheng/huzheng/internal/linkage/explain"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/synth"
)

// The floors (linkage-notes 10): of speed for a city of so many on two cores, of quality for any.
const (
	linkCityRows      = 7_300_000
	linkSeconds       = 15
	linkTextSeconds   = 60
	linkMemory        = 2000 // MiB
	linkWindow        = 0.001
	linkBlocked       = 0.97
	linkPrecision     = 0.99
	linkProposed      = 0.70
	linkListed        = 0.85
	linkRead          = 3.0
	linkTwins         = 1.0 // per 10,000 proposals
	linkGain          = 0.25
	linkWorkers       = 2
	linkSameRows      = 100_000 // for the comparison of workers, and of batch and increments
	linkAdded         = 2_000   // one by one
	linkAsked         = 20_000
	linkSeedsStep     = 1000
	linkFirstSeed     = 41
	linkWindowPercent = 99
)

// linkDay is the day on which ages are counted.
var linkDay = citizen.MustDate("2005-08-31")

// Linkage measures the search for double registrations over synthetic cities: speed and memory from packed records and from text, the same from DuckDB, one registration
// against all, quality with three seeds, and that results do not depend on workers or order. Rates of linkage are seconds, so the ratio is the floor's time to ours.
func Linkage(ctx context.Context, o Options) (all []Result, err error) {
	for i := range o.Seeds {
		results, err := linkOne(ctx, &o, uint64(linkFirstSeed+i*linkSeedsStep), i == 0)
		if err != nil {
			return nil, err
		}
		all = append(all, results...)
	}
	same, err := linkSame(ctx, &o)
	if err != nil {
		return nil, err
	}
	all = append(all, same...)
	anchor, err := linkAnchor(ctx, &o)
	return append(all, anchor...), err
}

// linkRun is one city on its way through the engine.
type linkRun struct {
	o     *Options
	seed  uint64
	table *linkTable
	p     *linkage.Population
	model *linkage.Model
	found *linkage.Result
	pack  measured
	link  measured
}

// measured is what a step took.
type measured struct {
	wall, cpu time.Duration
	peak      int64 // MiB
}

// measure runs a step on a heap without garbage.
func measure(step func() error) (m measured, err error) {
	runtime.GC()
	debug.FreeOSMemory()
	resetPeak()
	cpu, start := processorTime(), time.Now()
	err = step()
	return measured{time.Since(start), processorTime() - cpu, peak()}, err
}

func (m measured) String() string {
	return fmt.Sprintf("%.1f s, processor time %.1f s, peak %d MiB", m.wall.Seconds(), m.cpu.Seconds(), m.peak)
}

// linkOne measures one city: its speed where wanted, its quality always.
func linkOne(ctx context.Context, o *Options, seed uint64, speed bool) ([]Result, error) {
	r := &linkRun{o: o, seed: seed}
	path := filepath.Join(o.Dir, fmt.Sprintf("city-%d.csv", seed))
	defer os.Remove(path)
	var err error
	if r.table, err = writeLinkTable(ctx, path, seed, o.Rows); err != nil {
		return nil, err
	}
	o.say("linkage: seed %d, a file of %d records", seed, r.table.rows)
	if r.pack, err = measure(func() error { return r.read(ctx) }); err != nil {
		return nil, err
	}
	o.say("linkage: read and packed: %v", r.pack)
	trained, err := measure(func() error {
		r.model, _, err = linkage.Train(ctx, r.p, linkage.TrainOptions{Name: "bench", Workers: linkWorkers, Seed: seed})
		return err
	})
	if err != nil {
		return nil, err
	}
	o.say("linkage: trained: %v", trained)
	if r.link, err = measure(func() error {
		r.found, err = linkage.Link(ctx, r.p, r.model, linkage.LinkOptions{Workers: linkWorkers})
		return err
	}); err != nil {
		return nil, err
	}
	o.say("linkage: %d pairs compared, %d kept, %d cases: %v", r.found.Compared, len(r.found.Pairs), len(r.found.Cases), r.link)
	var all []Result
	if speed {
		all = r.speed()
	}
	quality, err := r.quality(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, quality...)
	if speed {
		window, err := r.window(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, window)
	}
	return all, nil
}

// open opens the city's file as any person file.
func (r *linkRun) open() (*os.File, *personfile.Reader, error) {
	file, err := os.Open(r.table.path)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil {
		var reader *personfile.Reader
		if reader, err = personfile.Open("city.csv", file, info.Size(), personfile.Options{}); err == nil {
			return file, reader, nil
		}
	}
	file.Close()
	return nil, nil, err
}

func (r *linkRun) read(ctx context.Context) error {
	file, reader, err := r.open()
	if err != nil {
		return err
	}
	defer file.Close()
	defer reader.Close()
	r.p, _, err = node.PackFile(ctx, "city.csv", reader, node.Packing{Workers: linkWorkers, Bad: func(*personfile.RowError) error { return nil }})
	return err
}

// faster is a line in seconds: the reference is the floor, for so many rows as there are.
func (r *linkRun) faster(name string, ours time.Duration, floor float64, against string) Result {
	floor *= float64(r.p.Len()) / linkCityRows
	return Result{Name: name, Engine: "memory", Ours: ours.Seconds(), Reference: floor, Unit: "s", Ratio: floor / ours.Seconds(), Target: 1, Against: against}
}

func (r *linkRun) speed() []Result {
	n := r.p.Len()
	name := fmt.Sprintf("linkage: %d packed records to cases, %d keys", n, len(r.model.Keys.Keys()))
	text := fmt.Sprintf("linkage: %d records from text to cases", n)
	floor, two := "the floor: 15 s for 7.3 million", ", by processor time of two cores"
	wall := r.faster(name, r.link.wall, linkSeconds, floor)
	wall.Memory, wall.Limit = r.link.peak, linkMemory
	whole := r.faster(text, r.pack.wall+r.link.wall, linkTextSeconds, "the floor: 60 s for 7.3 million")
	whole.Memory, whole.Limit = max(r.pack.peak, r.link.peak), linkMemory
	return []Result{
		wall, r.faster(name+two, r.link.cpu, 2*linkSeconds, floor),
		whole, r.faster(text+two, r.pack.cpu+r.link.cpu, 2*linkTextSeconds, "the floor: 60 s for 7.3 million"),
	}
}

// share is a line of quality: more is better.
func (r *linkRun) share(what string, ours, floor float64) Result {
	return Result{Name: fmt.Sprintf("linkage: %s, seed %d", what, r.seed), Engine: "memory", Ours: ours, Reference: floor, Ratio: ours / floor, Target: 1, Against: "the floor"}
}

// fewer is a line of quality: less is better.
func (r *linkRun) fewer(what string, ours, floor float64) Result {
	return Result{Name: fmt.Sprintf("linkage: %s, seed %d", what, r.seed), Engine: "memory", Ours: ours, Reference: floor, Ratio: floor / max(ours, floor/100), Target: 1, Against: "the floor"}
}

// quality compares with the truth; the tables by kind of error and by group go to those who watch.
func (r *linkRun) quality(ctx context.Context) ([]Result, error) {
	truth := r.table.numbered(r.p)
	var wanted []int32
	for _, pair := range truth.Pairs {
		wanted = append(wanted, pair.A, pair.B)
	}
	for _, pair := range r.found.Pairs {
		wanted = append(wanted, pair.A, pair.B)
	}
	texts, err := r.pick(ctx, wanted)
	if err != nil {
		return nil, err
	}
	truth.Group = func(i int32) []string { return node.LinkGroups(texts[i], linkDay) }
	q := linkage.Measure(r.p, r.model, r.found, truth)
	var tables strings.Builder
	explain.Quality(&tables, q, len(r.table.truths)-len(truth.Pairs))
	r.o.say("linkage: seed %d%s", r.seed, tables.String())
	twins := 0.0
	if q.All.Precision.All > 0 {
		twins = 10_000 * float64(q.TwinsProposed) / float64(q.All.Precision.All)
	}
	return []Result{
		r.share("true pairs that share a key", q.All.Blocked.Value(), linkBlocked),
		r.share("precision of the proposals", q.All.Precision.Value(), linkPrecision),
		r.share("recall of the proposals", q.All.Proposed.Value(), linkProposed),
		r.share("recall of proposals and review", q.All.Listed.Value(), linkListed),
		r.fewer("pairs read for each found", q.ReviewPerFound, linkRead),
		r.fewer("multiple births in 10,000 proposals", twins, linkTwins),
		r.share("recall at the precision of same name and birth date, above its recall", q.AtBaseline.Value()-q.Baseline.Proposed.Value(), linkGain),
	}, nil
}

func (r *linkRun) pick(ctx context.Context, wanted []int32) (map[int32]*linkage.Text, error) {
	file, reader, err := r.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	defer reader.Close()
	return node.PickTexts(ctx, reader, wanted)
}

// window asks for registrations one by one, as a window does before it saves.
func (r *linkRun) window(ctx context.Context) (Result, error) {
	var wanted []int32
	for i := range linkAsked {
		wanted = append(wanted, int32(i*(r.p.Len()/linkAsked)))
	}
	texts, err := r.pick(ctx, wanted)
	if err != nil {
		return Result{}, err
	}
	n := r.p.Len()
	index, err := linkage.NewIndex(ctx, r.p, r.model, linkage.LinkOptions{Workers: linkWorkers})
	if err != nil {
		return Result{}, err
	}
	spent := make([]time.Duration, 0, linkAsked)
	pairs := 0
	for _, i := range wanted {
		if texts[i] == nil {
			continue
		}
		start := time.Now()
		_, compared := index.Query(texts[i])
		spent = append(spent, time.Since(start))
		pairs += compared
	}
	slices.Sort(spent)
	p99 := spent[len(spent)*linkWindowPercent/100]
	r.o.say("linkage: one registration against %d: median %v, 99th percentile %v, %.1f compared; the index takes %d MiB", n, spent[len(spent)/2], p99, float64(pairs)/float64(len(spent)), index.Bytes()>>20)
	return Result{Name: fmt.Sprintf("linkage: one registration against %d, 99th percentile", n), Engine: "memory", Ours: p99.Seconds() * 1e6, Reference: linkWindow * 1e6, Unit: "µs",
		Ratio: linkWindow / p99.Seconds(), Target: 1, Against: "the floor: 1 ms"}, nil
}

// linkSame links one city by one, two and four workers, and once more with its last registrations coming one by one.
func linkSame(ctx context.Context, o *Options) ([]Result, error) {
	city, err := linkCity(linkFirstSeed, min(o.Rows, linkSameRows))
	if err != nil {
		return nil, err
	}
	var texts []linkage.Text
	for _, unit := range city.Stations() {
		for resident := range city.Residents(unit.Code) {
			if record, ok := resident.Record(synth.Computer); ok {
				texts = append(texts, node.LinkText(&record))
			}
		}
	}
	whole := linkage.NewPopulation(len(texts))
	whole.AddAll(texts, linkWorkers)
	model := linkage.StartModel(len(texts))
	var digests []string
	for _, workers := range []int{1, 2, 4} {
		found, err := linkage.Link(ctx, whole, model, linkage.LinkOptions{Workers: workers})
		if err != nil {
			return nil, err
		}
		digests = append(digests, digestOf(found))
	}
	first := linkage.NewPopulation(len(texts))
	first.AddAll(texts[:len(texts)-linkAdded], linkWorkers)
	index, err := linkage.NewIndex(ctx, first, model, linkage.LinkOptions{Workers: linkWorkers})
	if err != nil {
		return nil, err
	}
	for i := len(texts) - linkAdded; i < len(texts); i++ {
		index.Add(&texts[i])
	}
	line := func(what string, equal bool) Result {
		r := Result{Name: "linkage: " + what, Engine: "memory", Reference: 1, Target: 1, Against: "equal bytes"}
		if equal {
			r.Ours, r.Ratio = 1, 1
		}
		return r
	}
	return []Result{line("1, 2 and 4 workers alike", digests[0] == digests[1] && digests[1] == digests[2]),
		line(fmt.Sprintf("at once and %d one by one alike", linkAdded), digestOf(index.Result()) == digests[0])}, nil
}

// digestOf is the digest of all that a result says of pairs and cases.
func digestOf(r *linkage.Result) string {
	h := sha256.New()
	put := func(v any) {
		if err := binary.Write(h, binary.LittleEndian, v); err != nil {
			panic(err) // fixed sizes only
		}
	}
	put(r.Pairs)
	for _, c := range r.Cases {
		put(c.Members)
		put(c.Pairs)
		put([]bool{c.Oversize, c.Weak, c.Numbers})
	}
	return string(h.Sum(nil))
}
