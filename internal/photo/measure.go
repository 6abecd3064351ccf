package photo

import (
	"math"
	"slices"

	"github.com/huzheng/huzheng/internal/photo/pico"
)

// values of the measures by name; NaN or missing: not measured.
type values map[string]float64

// area is a set of pixels of a card picture, by their index.
type area []int

// scene is a card picture that is being measured.
type scene struct {
	*raster
	grey  *pico.Grey
	face  *Face // nil: none
	wall  wall
	dpMid float64 // x where the middle should be
}

// wall is the background as the strips beside and above the head show it.
type wall struct {
	mean      [3]float64
	darkest   float64 // mean of min(R, G, B)
	deviation float64 // of the luma
	even      bool    // even enough to tell the head from it
}

func newScene(r *raster, face *Face) *scene {
	s := &scene{raster: r, grey: r.grey(), face: face, dpMid: float64(r.w) / 2}
	s.wall = s.lookAtWall()
	return s
}

// The strips of C6 and C7 for a picture of 358 by 441, in shares of its size.
func (s *scene) strips() area {
	side, low, top := s.w*25/358, s.h*150/441, s.h*6/441
	var out area
	for y := range low {
		for x := range s.w {
			if x < side || x >= s.w-side || y < top && (x < s.w/4 || x >= s.w*3/4) {
				out = append(out, y*s.w+x)
			}
		}
	}
	return out
}

func (s *scene) lookAtWall() wall {
	var w wall
	strips := s.strips()
	n := float64(len(strips))
	for _, i := range strips {
		px := s.pix[3*i : 3*i+3]
		for k, v := range px {
			w.mean[k] += float64(v) / n
		}
		w.darkest += float64(min(px[0], px[1], px[2])) / n
	}
	_, w.deviation = s.spread(strips)
	w.even = w.deviation <= 14
	return w
}

// spread gives mean and standard deviation of an area's luma.
func (s *scene) spread(a area) (mean, deviation float64) {
	if len(a) == 0 {
		return math.NaN(), math.NaN()
	}
	var sum, squares float64
	for _, i := range a {
		v := float64(s.grey.Pix[i])
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(a))
	mean = sum / n
	return mean, math.Sqrt(max(0, squares/n-mean*mean))
}

// isWall tells whether a pixel looks like the wall.
func (s *scene) isWall(i int) bool {
	tolerance := max(22, 4*s.wall.deviation)
	for k, v := range s.pix[3*i : 3*i+3] {
		if math.Abs(float64(v)-s.wall.mean[k]) > tolerance {
			return false
		}
	}
	return true
}

func (s *scene) measure() values {
	v := values{}
	s.background(v)
	v["C3.coloured"] = s.coloured()
	v["C13.hair_top"] = s.hairTop()
	v["C25.clothes"] = s.clothes()
	if s.face == nil || s.face.Distance() < 20 {
		return v
	}
	s.place(v)
	s.light(v)
	s.eyes(v)
	v["C14.sharpness"] = s.sharpness()
	return v
}

// background measures C6 and C7.
func (s *scene) background(v values) {
	v["C6.white"] = s.wall.darkest
	v["C6.cast"] = max(s.wall.mean[0], s.wall.mean[1], s.wall.mean[2]) - min(s.wall.mean[0], s.wall.mean[1], s.wall.mean[2])
	v["C7.deviation"] = s.wall.deviation
	outside := s.outside()
	steep := 0
	for _, i := range outside {
		if x := i % s.w; x > 0 && x < s.w-1 && i >= s.w && i < len(s.grey.Pix)-s.w && s.steepness(i) > 4*12*12 {
			steep++
		}
	}
	v["C7.edges"] = 100 * float64(steep) / float64(max(len(outside), 1))
	v["C7.border"] = s.border()
}

// steepness is four times the square of the gradient.
func (s *scene) steepness(i int) int {
	p := s.grey.Pix
	dx, dy := int(p[i+1])-int(p[i-1]), int(p[i+s.w])-int(p[i-s.w])
	return dx*dx + dy*dy
}

// outside is the wall beside the head, some pixels away from it; only the strips where the wall is too uneven to tell the head from it.
func (s *scene) outside() area {
	if !s.wall.even {
		return s.strips()
	}
	const margin, run = 12, 4
	var out area
	for y := range s.h * 150 / 441 {
		for _, d := range []int{1, -1} {
			start, other := 0, 0
			if d < 0 {
				start = s.w - 1
			}
			n := 0
			for x := start; x >= 0 && x < s.w && other < run; x += d {
				if s.isWall(y*s.w + x) {
					other = 0
				} else {
					other++
				}
				n++
			}
			if n == s.w { // a row without head
				n = s.w / 2
			}
			for j := range max(n-margin-run, s.w*25/358) {
				out = append(out, y*s.w+start+d*j)
			}
		}
	}
	return out
}

// border is how much the outermost two pixels of a side differ from those a little inside: a frame drawn around the picture.
func (s *scene) border() float64 {
	most := 0.0
	low := s.h * 150 / 441
	column := func(x int) float64 { return s.mean(x, 0, x+1, low) }
	row := func(y int) float64 { return s.mean(0, y, s.w/5, y+1) }
	for _, d := range []float64{column(0) - column(7), column(1) - column(7), column(s.w-1) - column(s.w-8), column(s.w-2) - column(s.w-8), row(0) - row(7), row(1) - row(7)} {
		most = max(most, math.Abs(d))
	}
	return most
}

func (s *scene) mean(x0, y0, x1, y1 int) float64 {
	sum, n := 0, 0
	for y := y0; y < y1; y++ {
		sum += total(s.grey.Pix[y*s.w+x0 : y*s.w+x1])
		n += x1 - x0
	}
	return float64(sum) / float64(n)
}

// coloured is the share of pixels with a colour (C3): of the face, or of the picture's middle.
func (s *scene) coloured() float64 {
	pixels := s.rect(s.w/4, s.h/4, s.w*3/4, s.h*3/4)
	if s.face != nil {
		pixels = s.ellipse(0, 0.35, 0.8, 0.95)
	}
	n := 0
	for _, i := range pixels {
		px := s.pix[3*i : 3*i+3]
		if max(px[0], px[1], px[2])-min(px[0], px[1], px[2]) > 6 {
			n++
		}
	}
	return 100 * float64(n) / float64(max(len(pixels), 1))
}

func (s *scene) rect(x0, y0, x1, y1 int) area {
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, s.w), min(y1, s.h)
	out := make(area, 0, max(x1-x0, 0)*max(y1-y0, 0))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			out = append(out, y*s.w+x)
		}
	}
	return out
}

// within lists the pixels of a box of the face for which a test of (u, v) holds.
func (s *scene) within(u0, v0, u1, v1 float64, holds func(u, v float64) bool) area {
	d, m := s.face.Distance(), s.face.Middle()
	cos, sin := (s.face.Right.X-s.face.Left.X)/d, (s.face.Right.Y-s.face.Left.Y)/d
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, p := range []Point{s.face.at(u0, v0), s.face.at(u1, v0), s.face.at(u0, v1), s.face.at(u1, v1)} {
		x0, y0, x1, y1 = min(x0, p.X), min(y0, p.Y), max(x1, p.X), max(y1, p.Y)
	}
	var out area
	for y := max(int(y0), 0); y < min(int(y1)+1, s.h); y++ {
		for x := max(int(x0), 0); x < min(int(x1)+1, s.w); x++ {
			dx, dy := (float64(x)+0.5-m.X)/d, (float64(y)+0.5-m.Y)/d
			u, v := dx*cos+dy*sin, dy*cos-dx*sin
			if u >= u0 && u < u1 && v >= v0 && v < v1 && (holds == nil || holds(u, v)) {
				out = append(out, y*s.w+x)
			}
		}
	}
	return out
}

func (s *scene) box(u0, v0, u1, v1 float64) area { return s.within(u0, v0, u1, v1, nil) }

func (s *scene) ellipse(u, v, a, b float64) area {
	return s.within(u-a, v-b, u+a, v+b, func(x, y float64) bool {
		p, q := (x-u)/a, (y-v)/b
		return p*p+q*q <= 1
	})
}

// hairTop is the first row with fifteen pixels in the middle half that are not wall (C13).
func (s *scene) hairTop() float64 {
	if !s.wall.even {
		return math.NaN()
	}
	for y := range s.h {
		n := 0
		for x := s.w / 4; x < s.w*3/4; x++ {
			if !s.isWall(y*s.w + x) {
				n++
			}
		}
		if n >= 15 {
			return float64(y)
		}
	}
	return math.NaN()
}

// place measures C9 to C12 and C22.
func (s *scene) place(v values) {
	m := s.face.Middle()
	v["C9.tilt"] = s.face.Tilt()
	v["C10.centre"] = m.X - s.dpMid
	v["C11.eye_height"] = float64(s.h) - m.Y
	v["C12.by_pupils"] = widthPerPupils * s.face.Distance()
	width, middle := s.width()
	v["C12.face_width"] = width
	v["C22.turn"] = middle
}

// widthPerPupils is the face's width over the distance between the pupils, where the width itself cannot be measured.
const widthPerPupils = 2.25

// earRoots is the face's width at the ear roots over the width of the silhouette just below the ears.
const earRoots = 1.046

// width measures the silhouette below the ears and brings it to the ear roots; middle is how far the head's middle lies beside that of the pupils, in
// distances between them. NaN where hair hides the cheeks or the wall is uneven.
func (s *scene) width() (width, middle float64) {
	if !s.wall.even {
		return math.NaN(), math.NaN()
	}
	d := s.face.Distance()
	var lefts, rights []float64
	for v := 0.50; v < 0.80; v += 0.02 {
		left, ok1 := s.edge(-1, v)
		right, ok2 := s.edge(1, v)
		if !ok1 || !ok2 {
			return math.NaN(), math.NaN()
		}
		lefts, rights = append(lefts, left), append(rights, right)
	}
	left, right := belowEar(lefts), belowEar(rights)
	width = (left + right) * d * earRoots
	if share := width / (widthPerPupils * d); share < 0.88 || share > 1.14 { // no face is so narrow or so wide: hair of the skin's darkness, or a collar
		return math.NaN(), math.NaN()
	}
	return width, math.Abs(right-left) / 2
}

// belowEar is the edge just below the steepest step inwards, or in the middle of the rows where there is none: the ear ends there.
func belowEar(edges []float64) float64 {
	const step = 2 // rows
	at, steepest := len(edges)/2, 0.03
	for i := 0; i+step < len(edges)-1; i++ {
		if fall := edges[i] - edges[i+step]; fall > steepest {
			at, steepest = i+step+1, fall
		}
	}
	return edges[at]
}

// edge walks from the cheek outwards to the wall: its distance from the middle in distances between the pupils; not ok where it is hair or there is none.
func (s *scene) edge(side, v float64) (float64, bool) {
	step := 0.5 / s.face.Distance()
	skin := s.lumaAt(side*0.6, v)
	dark, n, run := 0.0, 0.0, 0
	for u := 0.6; u < 1.9; u += step {
		p := s.face.at(side*u, v)
		x, y := int(p.X), int(p.Y)
		if x < 0 || y < 0 || x >= s.w || y >= s.h {
			return 0, false
		}
		if s.isWall(y*s.w + x) {
			if run++; run == 6 {
				return u - 6*step, n == 0 || dark/n > 0.5*skin
			}
			continue
		}
		run = 0
		if u > 0.95 {
			dark, n = dark+float64(s.grey.Pix[y*s.w+x]), n+1
		}
	}
	return 0, false
}

func (s *scene) lumaAt(u, v float64) float64 {
	m, _ := s.spread(s.box(u-0.06, v-0.06, u+0.06, v+0.06))
	return m
}

func (s *scene) cheeks() (left, right area) {
	return s.box(-0.8, 0.42, -0.4, 0.8), s.box(0.4, 0.42, 0.8, 0.8)
}

// light measures C15 to C18.
func (s *scene) light(v values) {
	var histogram [256]float64
	skin := s.ellipse(0, 0.4, 0.85, 1.0)
	n := float64(len(skin))
	for _, i := range skin {
		histogram[s.grey.Pix[i]]++
	}
	over, under, mean, entropy := 0.0, 0.0, 0.0, 0.0
	for level, count := range histogram {
		share := count / n
		mean += share * float64(level) / 255
		switch {
		case level >= 247:
			over += 100 * share
		case level <= 25:
			under += 100 * share
		}
		if share > 0 {
			entropy -= share * math.Log2(share)
		}
	}
	v["C15.over"], v["C15.under"], v["C16.brightness"], v["C16.range"] = over, under, mean, entropy
	left, right := s.cheeks()
	v["C17.balance"] = s.balance(left, right)
	lab := labOf(s.colour(append(left, right...)))
	v["C18.a"], v["C18.b"], v["C18.lightness"] = lab[1], lab[2], lab[0]
}

// balance is what the histograms of two areas share, in levels of sixteen with soft borders (C17).
func (s *scene) balance(a, b area) float64 {
	histogram := func(pixels area) (h [18]float64) {
		for _, i := range pixels {
			at := float64(s.grey.Pix[i]) / 16
			low := int(at)
			h[low] += 1 - (at - float64(low))
			h[low+1] += at - float64(low)
		}
		for i := range h {
			h[i] /= float64(max(len(pixels), 1))
		}
		return h
	}
	ha, hb := histogram(a), histogram(b)
	shared := 0.0
	for i := range ha {
		shared += min(ha[i], hb[i])
	}
	return shared
}

func (s *scene) colour(a area) (mean [3]float64) {
	for _, i := range a {
		for k := range mean {
			mean[k] += float64(s.pix[3*i+k]) / float64(len(a))
		}
	}
	return mean
}

// labOf is CIELAB of an sRGB colour under D65.
func labOf(rgb [3]float64) [3]float64 {
	var linear [3]float64
	for k, v := range rgb {
		v /= 255
		if v <= 0.04045 {
			linear[k] = v / 12.92
		} else {
			linear[k] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	f := func(r, g, b, white float64) float64 {
		t := (r*linear[0] + g*linear[1] + b*linear[2]) / white
		if t > 216./24389 {
			return math.Cbrt(t)
		}
		return (24389./27*t + 16) / 116
	}
	x, y, z := f(0.4124564, 0.3575761, 0.1804375, 0.95047), f(0.2126729, 0.7151522, 0.0721750, 1), f(0.0193339, 0.1191920, 0.9503041, 1.08883)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// eyes measures C19, C20, C21 and C23.
func (s *scene) eyes(v values) {
	red, n, glare, boxed := 0, 0, 0, 0
	opening := math.Inf(1)
	left, right := s.cheeks()
	skin, _ := s.spread(append(left, right...))
	for _, side := range []float64{-0.5, 0.5} {
		for _, i := range s.ellipse(side, 0, 0.07, 0.07) {
			px := s.pix[3*i : 3*i+3]
			n++
			if px[0] > 90 && float64(px[0]) > 1.6*float64(max(px[1], px[2])) {
				red++
			}
		}
		for _, i := range s.box(side-0.42, -0.3, side+0.42, 0.36) {
			boxed++
			if s.grey.Pix[i] > 245 {
				glare++
			}
		}
		opening = min(opening, s.darkHeight(side, 0.06, -0.16, 0.16, 0.62*skin))
	}
	v["C19.red"] = 100 * float64(red) / float64(max(n, 1))
	v["C20.opening"] = opening
	v["C21.mouth"] = s.darkHeight(0, 0.12, 0.85, 1.45, 0.4*skin)
	v["C23.glare"] = 100 * float64(glare) / float64(max(boxed, 1))
}

// darkHeight is how high a dark spot stands on the mean column of a box, in distances between the pupils.
func (s *scene) darkHeight(u, half, v0, v1, limit float64) float64 {
	pixels := s.box(u-half, v0, u+half, v1)
	n := 0
	for _, i := range pixels {
		if float64(s.grey.Pix[i]) < limit {
			n++
		}
	}
	return (v1 - v0) * float64(n) / float64(max(len(pixels), 1))
}

// sharpness is the share of their energy that the strongest edges around eyes and mouth lose to a small blur (C14), in percent: a sharp picture has much to
// lose. The strongest tenth only, so that neither grain nor smooth skin counts.
func (s *scene) sharpness() float64 {
	pixels := append(s.box(-0.85, -0.45, 0.85, 0.3), s.box(-0.5, 0.6, 0.5, 1.4)...)
	pixels = slices.DeleteFunc(pixels, func(i int) bool {
		x, y := i%s.w, i/s.w
		return x < 2 || y < 2 || x >= s.w-2 || y >= s.h-2
	})
	least, alike := s.strongest(pixels, len(pixels)/10)
	var energy, left int
	for _, i := range pixels {
		e := s.steepness(i)
		if e < least || e == least && alike == 0 {
			continue
		}
		if e == least {
			alike--
		}
		energy, left = energy+e, left+s.blurredSteepness(i)
	}
	if energy == 0 {
		return 0
	}
	return 100 * (1 - float64(left)/(81*float64(energy)))
}

// strongest is how steep the n steepest pixels are at least, and how many of them are just so.
func (s *scene) strongest(pixels area, n int) (least, alike int) {
	counts := make([]int32, 2*255*255+1)
	for _, i := range pixels {
		counts[s.steepness(i)]++
	}
	for least = len(counts) - 1; least > 0 && n > int(counts[least]); least-- {
		n -= int(counts[least])
	}
	return least, n
}

// blurredSteepness is what a mean over three by three leaves of a pixel's steepness, 81 times as much.
func (s *scene) blurredSteepness(i int) int {
	p := s.grey.Pix
	sum := func(i int) (sum int) {
		for _, j := range [3]int{i - s.w, i, i + s.w} {
			sum += int(p[j-1]) + int(p[j]) + int(p[j+1])
		}
		return sum
	}
	dx, dy := sum(i+1)-sum(i-1), sum(i+s.w)-sum(i-s.w)
	return dx*dx + dy*dy
}

// clothes is the mean luma of the lowest rows beside the neck (C25).
func (s *scene) clothes() float64 {
	low := s.h - s.h*40/441
	m, _ := s.spread(append(s.rect(s.w/12, low, s.w/3, s.h), s.rect(s.w*2/3, low, s.w*11/12, s.h)...))
	return m
}
