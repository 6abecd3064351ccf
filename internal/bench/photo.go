package bench

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/huzheng/huzheng/internal/photo"
	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// Photo measures the photograph: normalising a camera's picture (which checks the result) on one core, against the time that a window can wait and against decoding alone; all
// cores against one; the search for the same picture in five million; and wrong verdicts and pupils on drawn faces, in tables that it prints as it goes.
func Photo(ctx context.Context, o Options) ([]Result, error) {
	var results []Result
	for _, size := range []struct {
		name          string
		width, height int
		limit         float64 // seconds
	}{{"2 MP", 1224, 1632, 0.120}, {"12 MP", 3000, 4000, 0.500}} {
		o.say("drawing and normalising a picture of %s", size.name)
		img, _ := portrait.Studio(trialSeed, 4, portrait.Setting{Width: size.width, Height: size.height, FaceWidth: 0.42 * float64(size.width), HairTop: 0.12 * float64(size.height), Tilt: 3})
		r, err := o.normalising(ctx, size.name, portrait.JPEG(img, 92), size.limit)
		if err != nil {
			return nil, err
		}
		results = append(results, r...)
	}
	folder, err := o.folder(ctx)
	if err != nil {
		return nil, err
	}
	search, err := o.search(ctx)
	if err != nil {
		return nil, err
	}
	results = append(append(results, folder...), search)
	accuracy, err := o.accuracy(ctx)
	return append(results, accuracy), err
}

// normalising is measured on one processor, in processor time where the system tells it, beside decoding the same bytes.
func (o *Options) normalising(ctx context.Context, name string, data []byte, limit float64) ([]Result, error) {
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	debug.FreeOSMemory()
	resetPeak()
	ours, err := o.busy(ctx, func() error {
		_, err := photo.Normalise(data, photo.Options{})
		return err
	})
	if err != nil {
		return nil, err
	}
	memory := peak()
	reference, err := o.busy(ctx, func() error {
		_, err := jpeg.Decode(bytes.NewReader(data))
		return err
	})
	return []Result{
		{Name: "photo: normalise and check, " + name, Engine: "one core", Ours: ours, Reference: limit, Unit: "s", Ratio: limit / ours, Target: 1,
			Against: fmt.Sprintf("%.3f s of processor time", limit), Memory: memory, Limit: 300},
		{Name: "photo: normalise and check, " + name, Engine: "one core", Ours: 1 / ours, Reference: 1 / reference, Unit: "pictures/s", Ratio: reference / ours, Target: 0.15,
			Against: "image/jpeg decoding the same bytes, nothing else"},
	}, err
}

// busy is the processor time of one run, or the clock's where the system does not tell.
func (o *Options) busy(ctx context.Context, run func() error) (float64, error) {
	if err := run(); err != nil { // the first one builds tables
		return 0, err
	}
	start, busy, n := time.Now(), processorTime(), 0
	for limit := time.Duration(o.Seconds) * time.Second / 2; n < 3 || time.Since(start) < limit; n++ {
		if err := errors.Join(run(), ctx.Err()); err != nil {
			return 0, err
		}
	}
	spent := processorTime() - busy
	if spent <= 0 {
		spent = time.Since(start)
	}
	return spent.Seconds() / float64(n), nil
}

// folderSize is how many pictures the folder that is measured has, where the rows asked for are not fewer.
const folderSize = 1000

// folder normalises a folder of pictures as they come from a camera, from file to file: on all processors, compared with one, and how far they are in use.
func (o *Options) folder(ctx context.Context) ([]Result, error) {
	dir, err := os.MkdirTemp("", "huzheng-photo-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	size := min(folderSize, o.Rows)
	part := max(1, size/5)
	files, err := drawFolder(dir, size)
	if err != nil {
		return nil, err
	}
	o.say("normalising a folder of %d pictures on all processors, and %d of it on one", size, part)
	cores := runtime.GOMAXPROCS(0)
	all, use, err := normaliseFolder(ctx, files)
	if err != nil {
		return nil, err
	}
	runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(cores)
	one, _, err := normaliseFolder(ctx, files[:part])
	name := fmt.Sprintf("photo: a folder of %d pictures", size)
	return []Result{
		{Name: name, Engine: fmt.Sprintf("%d cores", cores), Ours: all, Reference: one, Unit: "pictures/s", Ratio: all / one, Target: 0.8 * float64(cores), Against: "the same on one core"},
		{Name: name + ", processors in use", Engine: fmt.Sprintf("%d cores", cores), Ours: 100 * use, Reference: 100, Unit: "%", Ratio: use, Target: 0.9, Against: "all of them all the time"},
	}, err
}

// drawFolder writes n camera pictures, of eight that are drawn.
func drawFolder(dir string, n int) (files []string, err error) {
	var pictures [][]byte
	for i := range 8 {
		img, _ := portrait.Studio(trialSeed, i, portrait.Setting{Width: 900, Height: 1200, FaceWidth: 380, HairTop: 150})
		pictures = append(pictures, portrait.JPEG(img, 90))
	}
	for i := range n {
		name := filepath.Join(dir, fmt.Sprintf("%04d.jpg", i))
		if err := os.WriteFile(name, pictures[i%len(pictures)], 0o600); err != nil {
			return nil, err
		}
		files = append(files, name)
	}
	return files, nil
}

// normaliseFolder gives pictures a second, and the share of the processors that was in use.
func normaliseFolder(ctx context.Context, files []string) (perSecond, use float64, err error) {
	errs := make([]error, len(files))
	var jobs []func()
	for i, name := range files {
		jobs = append(jobs, func() {
			data, err := os.ReadFile(name)
			if err != nil {
				errs[i] = err
				return
			}
			n, err := photo.Normalise(data, photo.Options{})
			if err == nil {
				err = os.WriteFile(name+".out", n.JPEG, 0o600)
			}
			errs[i] = err
		})
	}
	start, busy := time.Now(), processorTime()
	err = inParallel(ctx, jobs)
	spent := time.Since(start)
	use = (processorTime() - busy).Seconds() / spent.Seconds() / float64(runtime.GOMAXPROCS(0))
	return float64(len(files)) / spent.Seconds(), use, errors.Join(append(errs, err)...)
}

// registerSize is a city's adults.
const registerSize = 5_000_000

func (o *Options) search(ctx context.Context) (Result, error) {
	size := min(registerSize, 5*o.Rows)
	o.say("searching %d pictures", size)
	r := rand.New(rand.NewPCG(trialSeed, 27))
	random := func() photo.Hash { return photo.Hash{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()} }
	var register photo.Register
	for range size {
		register.Add("x", random())
	}
	ours, err := o.busy(ctx, func() error {
		register.Search("", random(), photo.LikeBits(photo.Profiles()[0]))
		return nil
	})
	return Result{Name: fmt.Sprintf("photo: one picture in %d", size), Engine: "one core", Ours: ours, Reference: 0.05, Unit: "s", Ratio: 0.05 / ours, Target: 1, Against: "0.050 s of processor time"}, err
}

// accuracy tries the checks of class P and D: the share of wrong verdicts over all of them.
func (o *Options) accuracy(ctx context.Context) (Result, error) {
	n := max(2, 5*(o.Seconds-1))
	o.say("trying %d drawn pictures for each measure", n)
	a, err := TryPhotographs(ctx, n)
	if err != nil {
		return Result{}, err
	}
	a.show(o)
	right, wrong := 0, 0
	for id, t := range a.Measures {
		if !proxies[id] {
			right, wrong = right+t.Right, wrong+t.Wrong
		}
	}
	share := 100 * float64(wrong) / float64(max(right+wrong, 1))
	return Result{Name: "photo: wrong verdicts on drawn pictures", Engine: fmt.Sprintf("%d pictures", right+wrong), Ours: share, Reference: 2, Unit: "%", Ratio: 2 / max(share, 0.01),
		Target: 1, Against: "2 %"}, nil
}

// proxies are measures of class L and H: hints for a person.
var proxies = map[string]bool{"C20.opening": true, "C22.turn": true, "C23.glare": true}

// show prints the tables of docs/benchmarks.md.
func (a *PhotoAccuracy) show(o *Options) {
	o.say("| measure | right | wrong | unmeasured | near the limit | as drawn -> verdict |\n| --- | --- | --- | --- | --- | --- |")
	for i := range trials {
		t := a.Measures[trials[i].id]
		o.say("| %s | %d | %d | %d | %d | %s |", trials[i].id, t.Right, t.Wrong, t.Unmeasured, t.Near, t.cells())
	}
	o.say("\n| good pictures | drawn | failed | doubted | pupils: median | p95 | max (px) |\n| --- | --- | --- | --- | --- | --- | --- |")
	var groups []group
	for g := range a.Good {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(x, y group) int { return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name)) })
	for _, g := range groups {
		off := a.Pupils[g]
		slices.Sort(off)
		at := func(share float64) float64 {
			if len(off) == 0 {
				return math.NaN()
			}
			return off[int(share*float64(len(off)-1))]
		}
		o.say("| %s %s | %d | %d | %d | %.2f | %.2f | %.2f |", g.Kind, g.Name, a.Good[g][0], a.Good[g][1], a.Doubted[g], at(0.5), at(0.95), at(1))
	}
}

// cells writes a confusion table in one line.
func (t *Tally) cells() string {
	var out string
	for _, want := range []photo.Verdict{photo.Pass, photo.Warn, photo.Fail} {
		for _, got := range []photo.Verdict{photo.Pass, photo.Warn, photo.Fail, photo.Unmeasured} {
			if n := t.Table[[2]photo.Verdict{want, got}]; n > 0 {
				out += fmt.Sprintf("%s->%s %d, ", want, got, n)
			}
		}
	}
	return out[:max(len(out)-2, 0)]
}
