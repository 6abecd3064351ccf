package bench

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/huzheng/huzheng/internal/photo"
	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// trial is one measure of the photograph, tried on drawn faces on both sides of its limits.
type trial struct {
	id   string
	draw func(r *rand.Rand) portrait.Setting
	// truth is the value that the drawing has; nil: what the measure gives on the drawing before it is compressed, with the pupils where they were drawn.
	truth   func(s *portrait.Setting, t *portrait.Truth) float64
	quality int // of the JPEG; 0: 85
}

func uniform(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

func middle(t *portrait.Truth) (x, y float64) {
	return (t.LeftPupil.X + t.RightPupil.X) / 2, (t.LeftPupil.Y + t.RightPupil.Y) / 2
}

func oneOf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// trials cover every measure of class P and D, and the proxies of class L.
var trials = []trial{
	{id: "C6.white", draw: func(r *rand.Rand) portrait.Setting {
		v := uniform(r, 195, 252)
		return portrait.Setting{Wall: [3]float64{v, v, v}}
	}, truth: func(s *portrait.Setting, _ *portrait.Truth) float64 { return s.Wall[0] }},
	{id: "C6.cast", draw: func(r *rand.Rand) portrait.Setting {
		return portrait.Setting{Wall: [3]float64{248, 246, 248 - uniform(r, 0, 22)}}
	}, truth: func(s *portrait.Setting, _ *portrait.Truth) float64 { return s.Wall[0] - min(s.Wall[1], s.Wall[2]) }},
	{id: "C7.deviation", draw: func(r *rand.Rand) portrait.Setting {
		return portrait.Setting{Wall: [3]float64{236, 236, 236}, Rough: uniform(r, 0, 38)}
	}},
	{id: "C7.edges", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Objects: r.IntN(2) * (1 + r.IntN(4))} }},
	{id: "C7.border", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Border: r.IntN(2) == 0} }},
	{id: "C8.faces", draw: func(r *rand.Rand) portrait.Setting {
		return portrait.Setting{Width: 640, Height: 640, FaceWidth: uniform(r, 130, 180), HairTop: uniform(r, 60, 160), CentreX: -130, Bare: true, Faces: 1 + r.IntN(2)}
	}, truth: func(s *portrait.Setting, _ *portrait.Truth) float64 { return float64(s.Faces) }},
	{id: "C9.tilt", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Tilt: uniform(r, -5, 5)} },
		truth: func(_ *portrait.Setting, t *portrait.Truth) float64 { return t.TiltDegree }},
	{id: "C10.centre", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{CentreX: uniform(r, -28, 28)} },
		truth: func(_ *portrait.Setting, t *portrait.Truth) float64 { x, _ := middle(t); return x - portrait.Width/2 }},
	{id: "C11.eye_height", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{EyeRow: uniform(r, 160, 290)} },
		truth: func(_ *portrait.Setting, t *portrait.Truth) float64 { _, y := middle(t); return portrait.Height - y }},
	{id: "C12.face_width", draw: func(r *rand.Rand) portrait.Setting {
		return portrait.Setting{FaceWidth: uniform(r, 165, 250), ShortHair: true}
	},
		truth: func(_ *portrait.Setting, t *portrait.Truth) float64 { return t.RightEar.X - t.LeftEar.X }},
	{id: "C13.hair_top", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{HairTop: uniform(r, 1, 40)} },
		truth: func(_ *portrait.Setting, t *portrait.Truth) float64 { return t.HairTop.Y }},
	{id: "C14.sharpness", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Blur: uniform(r, 0.05, 2.6)} },
		truth: func(s *portrait.Setting, _ *portrait.Truth) float64 { return s.Blur }},
	{id: "C15.over", draw: func(r *rand.Rand) portrait.Setting {
		g := uniform(r, 0, 0.5)
		return portrait.Setting{Gain: [3]float64{g, g, g}}
	}},
	{id: "C15.under", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Gamma: uniform(r, 1, 7)} }},
	{id: "C16.brightness", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Gamma: uniform(r, 0.2, 6)} }},
	{id: "C16.range", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Gamma: uniform(r, 1, 7)} }},
	{id: "C17.balance", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{OneSide: uniform(r, 0, 0.4)} }},
	{id: "C18.colour", draw: func(r *rand.Rand) portrait.Setting {
		g := uniform(r, -0.3, 0.3)
		return portrait.Setting{Gain: [3]float64{g / 3, 0, -g}}
	}},
	{id: "C19.red", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{RedEyes: r.IntN(2) == 0} }},
	{id: "C20.opening", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Closed: r.IntN(2) == 0} },
		truth: func(s *portrait.Setting, _ *portrait.Truth) float64 { return oneOf(!s.Closed) }},
	{id: "C22.turn", draw: func(r *rand.Rand) portrait.Setting {
		return portrait.Setting{Turn: uniform(r, 0, 0.24), ShortHair: true}
	},
		truth: func(s *portrait.Setting, _ *portrait.Truth) float64 { return s.Turn }},
	{id: "C23.glare", draw: func(r *rand.Rand) portrait.Setting { return portrait.Setting{Glasses: true, Glare: r.IntN(2) == 0} }},
}

// blurLimit states the limits of C14 as the blur that they stand for, in pixels of the card picture: up to the first it must pass, from the second on it must fail. Between
// them faces differ too much (thin lines lose more than steps), so any verdict counts as near the limit.
var blurLimit = photo.Range{Lo: 0.9, Hi: 1.6}

// limitOf is the limit that a truth is judged by.
func limitOf(id string) photo.Limit {
	switch p, _ := photo.ProfileNamed(""); id {
	case "C14.sharpness":
		return photo.Limit{Pass: photo.Range{Lo: 0, Hi: blurLimit.Lo}, Warn: photo.Range{Lo: 0, Hi: blurLimit.Lo}}
	case "C20.opening":
		return photo.Limit{Pass: photo.Range{Lo: 0.5, Hi: 1}, Warn: photo.Range{Lo: 0, Hi: 1}}
	default:
		return p.Limits[id]
	}
}

// near tells whether a value lies near a limit: within a tenth of its size where the limit has one side, of its width where it has two, but never more than half the
// way to the other limit.
func near(l photo.Limit, v float64) bool {
	var ends []float64
	for _, end := range []float64{l.Pass.Lo, l.Pass.Hi, l.Warn.Lo, l.Warn.Hi} {
		if !math.IsInf(end, 0) {
			ends = append(ends, end)
		}
	}
	for _, end := range ends {
		margin := 0.1 * math.Abs(end)
		if end == 0 {
			margin = 0.1 * max(math.Abs(l.Warn.Hi), 0)
			if math.IsInf(margin, 0) {
				margin = 0
			}
		}
		if width := l.Pass.Hi - l.Pass.Lo; !math.IsInf(width, 0) && l.Pass.Lo != 0 {
			margin = 0.1 * width
		}
		for _, other := range ends {
			if other != end {
				margin = min(margin, math.Abs(other-end)/2)
			}
		}
		if v != end && math.Abs(v-end) < margin {
			return true
		}
	}
	return false
}

// group is whom a count is about.
type group struct{ Kind, Name string }

// Tally counts verdicts of one measure. Unmeasured are those that deserved no pass, where the measure gave nothing and the picture failed by another check.
type Tally struct {
	Right, Wrong, Near, Unmeasured int
	Table                          map[[2]photo.Verdict]int // truth, verdict
}

// PhotoAccuracy is what trials with drawn faces give.
type PhotoAccuracy struct {
	Measures map[string]*Tally
	Pupils   map[group][]float64 // error in pixels of the card picture, the larger of the two
	Good     map[group][2]int    // pictures that are good as drawn: how many, and how many were failed
	Doubted  map[group]int       // and how many of them got a warning
}

const trialSeed = 20050901

// TryPhotographs draws n pictures for each measure, and n good ones of each tone of skin, and compares verdicts with what was drawn.
func TryPhotographs(ctx context.Context, n int) (*PhotoAccuracy, error) {
	a := &PhotoAccuracy{Measures: map[string]*Tally{}, Pupils: map[group][]float64{}, Good: map[group][2]int{}, Doubted: map[group]int{}}
	var lock sync.Mutex
	var jobs []func()
	for ti, t := range trials {
		a.Measures[t.id] = &Tally{Table: map[[2]photo.Verdict]int{}}
		for i := range n {
			jobs = append(jobs, func() { a.one(&lock, ti, i) })
		}
	}
	for tone := 1; tone <= 5; tone++ {
		for i := range n {
			jobs = append(jobs, func() { a.good(&lock, tone, i) })
		}
	}
	return a, inParallel(ctx, jobs)
}

func inParallel(ctx context.Context, jobs []func()) error {
	next := make(chan func())
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for job := range next {
				job()
			}
		})
	}
	for _, job := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- job
	}
	close(next)
	workers.Wait()
	return ctx.Err()
}

// one draws and judges the i-th picture of a trial.
func (a *PhotoAccuracy) one(lock *sync.Mutex, ti, i int) {
	t := &trials[ti]
	r := rand.New(rand.NewPCG(trialSeed, uint64(ti*100_000+i)))
	s := t.draw(r)
	s.Tone = uniform(r, 1, 4.5)
	img, truth := portrait.Studio(trialSeed, ti*100_000+i, s)
	quality := t.quality
	if quality == 0 {
		quality = 85
	}
	report := photo.Check(portrait.JPEG(img, quality), photo.Options{}).Report
	want, isNear := t.want(&s, &truth, img)
	got := verdictOf(report.Findings, t.id)
	lock.Lock()
	defer lock.Unlock()
	tally := a.Measures[t.id]
	switch {
	case isNear:
		tally.Near++
		return
	case (got == photo.Unmeasured || got == "") && want != photo.Pass && report.Verdict == photo.Fail:
		tally.Unmeasured++ // failed all the same: so dark or so bright that no face was found
	case got == want:
		tally.Right++
	default:
		tally.Wrong++
	}
	tally.Table[[2]photo.Verdict{want, got}]++
}

// want is the verdict that the drawing deserves.
func (t *trial) want(s *portrait.Setting, truth *portrait.Truth, img image.Image) (photo.Verdict, bool) {
	limit := limitOf(t.id)
	if t.truth != nil {
		v := t.truth(s, truth)
		verdict := limit.Judge(v)
		if t.id == "C13.hair_top" && verdict == photo.Fail && v < limit.Pass.Lo { // the eye line goes before the hair
			if _, y := middle(truth); portrait.Height-y <= 207+8 {
				verdict = photo.Warn
			}
		}
		if t.id == "C14.sharpness" {
			return verdict, v > blurLimit.Lo && v < blurLimit.Hi
		}
		return verdict, near(limit, v)
	}
	for _, f := range photo.Judge(img, drawnFace(truth), photo.Options{}) {
		if f.Check+"."+f.Measure == t.id && f.Value != nil {
			return f.Verdict, near(limit, *f.Value)
		}
	}
	return photo.Unmeasured, true
}

func drawnFace(t *portrait.Truth) *photo.Face {
	return &photo.Face{Left: photo.Point(t.LeftPupil), Right: photo.Point(t.RightPupil), Score: 100}
}

func verdictOf(findings []photo.Finding, id string) photo.Verdict {
	for _, f := range findings {
		if f.Check+"."+f.Measure == id {
			return f.Verdict
		}
	}
	return ""
}

// good draws a picture with nothing wrong, and counts pupils and verdicts by tone, age and glasses.
func (a *PhotoAccuracy) good(lock *sync.Mutex, tone, i int) {
	img, truth := portrait.Studio(trialSeed+uint64(tone), i, portrait.Setting{Tone: float64(tone)})
	report := photo.Check(portrait.JPEG(img, 85), photo.Options{}).Report
	groups := []group{{"all", "all"}, {"tone", fmt.Sprint(tone)}, {"age", ageGroup(truth.Age)}, {"glasses", map[bool]string{true: "with", false: "without"}[truth.Glasses]}}
	lock.Lock()
	defer lock.Unlock()
	for _, g := range groups {
		count := a.Good[g]
		count[0]++
		if report.Verdict == photo.Fail {
			count[1]++
		}
		if report.Verdict == photo.Warn {
			a.Doubted[g]++
		}
		a.Good[g] = count
		if f := report.Face; f != nil {
			off := max(math.Hypot(f.Left.X-truth.LeftPupil.X, f.Left.Y-truth.LeftPupil.Y), math.Hypot(f.Right.X-truth.RightPupil.X, f.Right.Y-truth.RightPupil.Y))
			a.Pupils[g] = append(a.Pupils[g], off)
		}
	}
}

func ageGroup(age int) string {
	switch {
	case age < 30:
		return "16-29"
	case age < 60:
		return "30-59"
	}
	return "60-79"
}
