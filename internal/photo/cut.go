package photo

import (
	"math"

	"github.com/huzheng/huzheng/internal/photo/pico"
)

// frame maps the pixels of a result to the picture: result (x, y), from its middle point (cx, cy), turned by angle and scaled, lies around (px, py).
type frame struct {
	px, py   float64 // in the upright picture: the middle between the pupils
	cx, cy   float64 // in the result: where that goes
	scale    float64 // pixels of the picture for one of the result
	sin, cos float64
}

func newFrame(px, py, cx, cy, scale, angle float64) frame {
	sin, cos := math.Sincos(angle)
	return frame{px, py, cx, cy, scale, sin, cos}
}

func (f *frame) source(x, y float64) (float64, float64) {
	x, y = (x-f.cx)*f.scale, (y-f.cy)*f.scale
	return f.px + x*f.cos - y*f.sin, f.py + x*f.sin + y*f.cos
}

// cut draws a result of w by h pixels through a frame, by a Catmull-Rom kernel as wide as the scale asks for; first the picture is made smaller by the
// whole part of the scale, so that the kernel stays small. Places outside take the nearest pixel inside; outside tells for each pixel whether it was so.
// Quick is for measuring only: two pixels each way.
func (p *picture) cut(f frame, w, h int, quick bool) (out *raster, outside []bool) {
	pw, ph := p.size()
	k := min(max(1, int(f.scale)), pw, ph)
	if quick {
		k = min(max(1, int(f.scale+0.5)), pw, ph)
	}
	box := f.bounds(w, h, 4*k)
	x0, y0 := min(max(box[0], 0), pw-k), min(max(box[1], 0), ph-k)
	x0, y0 = max(x0, 0)&^1, max(y0, 0)&^1 // where a sample of chroma begins
	small := p.region(x0, y0, max(min(box[2], pw)-x0, k), max(min(box[3], ph)-y0, k), k)
	var s *sampler
	if quick {
		s = tent(small)
	} else {
		s = smooth(small, f.scale/float64(k))
	}
	out, outside = newRaster(w, h), make([]bool, w*h)
	left, top := fixed(-float64(x0)/float64(k)-0.5), fixed(-float64(y0)/float64(k)-0.5)
	right, bottom := fixed(float64(pw-x0)/float64(k)-0.5), fixed(float64(ph-y0)/float64(k)-0.5)
	for y := range h {
		l := f.scan(y, x0, y0, k)
		for i := y * w; i < (y+1)*w; i++ {
			outside[i] = l.u < left || l.v < top || l.u > right || l.v > bottom
			s.at(l.u, l.v, out.pix[3*i:3*i+3])
			l.u, l.v = l.u+l.du, l.v+l.dv
		}
	}
	return out, outside
}

// scan is where a row of a result lies: its first pixel, from the middle of the source's first one, and the step to the next; in 1/2^32 of the source's pixels.
type scan struct{ u, v, du, dv int64 }

func fixed(v float64) int64 { return int64(math.Floor(v*(1<<32) + 0.5)) }

// scan is row y as it lies in a part of the picture that begins at (x0, y0) and was made k times smaller.
func (f *frame) scan(y, x0, y0, k int) scan {
	sx, sy := f.source(0.5, float64(y)+0.5)
	n := float64(k)
	return scan{fixed((sx-float64(x0))/n - 0.5), fixed((sy-float64(y0))/n - 0.5), fixed(f.scale * f.cos / n), fixed(f.scale * f.sin / n)}
}

// drawn is w by h pixels through a frame, of a part of the picture that begins at (x0, y0) and was made k times smaller: between its pixels, or the nearest one inside
// where it lies outside.
func drawn(g *pico.Grey, f frame, x0, y0, k, w, h int) *pico.Grey {
	out := &pico.Grey{Width: w, Height: h, Pix: make([]uint8, w*h)}
	for y := range h {
		l := f.scan(y, x0, y0, k)
		row := out.Pix[y*w : (y+1)*w]
		for x := range row {
			row[x] = bilinear(g, l.u, l.v)
			l.u, l.v = l.u+l.du, l.v+l.dv
		}
	}
	return out
}

func bilinear(g *pico.Grey, u, v int64) uint8 {
	const half = 1 << 23 // of the 256th part of a pixel
	x, y := int(min(max(u+half, 0), int64(g.Width-1)<<32)>>24), int(min(max(v+half, 0), int64(g.Height-1)<<32)>>24)
	i, fx, fy := y>>8*g.Width+x>>8, x&255, y&255
	right, below := 1, g.Width
	if x>>8 == g.Width-1 {
		right = 0
	}
	if y>>8 == g.Height-1 {
		below = 0
	}
	a, b, c, d := int(g.Pix[i]), int(g.Pix[i+right]), int(g.Pix[i+below]), int(g.Pix[i+below+right])
	top, low := a<<8+(b-a)*fx, c<<8+(d-c)*fx
	return uint8((top<<8 + (low-top)*fy + 1<<15) >> 16)
}

func (f *frame) bounds(w, h, margin int) [4]int {
	box := [4]int{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}
	for _, c := range [][2]int{{0, 0}, {w, 0}, {0, h}, {w, h}} {
		x, y := f.source(float64(c[0]), float64(c[1]))
		box[0], box[1] = min(box[0], int(math.Floor(x))-margin), min(box[1], int(math.Floor(y))-margin)
		box[2], box[3] = max(box[2], int(math.Ceil(x))+margin), max(box[3], int(math.Ceil(y))+margin)
	}
	return box
}

// phases is how finely the kernel is tabled; its weights are whole numbers that add up to unit.
const (
	phaseBits = 6
	phases    = 1 << phaseBits
	unit      = 1 << 12
)

// sampler reads between the pixels of a picture. Its three colours lie in lanes of 21 bits of one number, so that one multiplication weighs all of them: what a row adds up to
// lies between -1/4 and 5/4 of 255 units, and a bias keeps it above zero.
type sampler struct {
	w, h    int
	packed  []uint64
	taps    int
	weights [phases]weights
}

// weights of the pixels from the first-th tap on; all others have none.
type weights struct {
	first int
	of    []int64
}

const (
	lane     = 21
	laneBias = 255 * unit / 4
	biases   = laneBias | laneBias<<lane | laneBias<<(2*lane)
)

func newSampler(from *raster, taps int, kernel func(frac float64) []int64) *sampler {
	s := &sampler{w: from.w, h: from.h, packed: make([]uint64, from.w*from.h), taps: taps}
	pix := from.pix
	for i := range s.packed {
		s.packed[i] = uint64(pix[0]) | uint64(pix[1])<<lane | uint64(pix[2])<<(2*lane)
		pix = pix[3:]
	}
	for p := range phases {
		s.weights[p] = trimmed(kernel((float64(p) + 0.5) / phases))
	}
	return s
}

func trimmed(w []int64) weights {
	first, end := 0, len(w)
	for w[first] == 0 {
		first++
	}
	for w[end-1] == 0 {
		end--
	}
	return weights{first, w[first:end]}
}

// smooth is a sampler by a Catmull-Rom kernel for a scale of at least 1.
func smooth(from *raster, scale float64) *sampler {
	scale = max(scale, 1)
	taps := 2 * int(math.Ceil(2*scale))
	return newSampler(from, taps, func(frac float64) []int64 { return kernel(taps, frac, scale) })
}

// tent is one by the linear kernel.
func tent(from *raster) *sampler {
	return newSampler(from, 2, func(frac float64) []int64 {
		right := int64(frac * unit)
		return []int64{unit - right, right}
	})
}

// kernel gives the weights of the pixels around a place that lies by frac behind the left one of the middle two.
func kernel(taps int, frac, scale float64) []int64 {
	w := make([]float64, taps)
	sum := 0.0
	for i := range w {
		w[i] = catmullRom(math.Abs(float64(i-taps/2+1)-frac) / scale)
		sum += w[i]
	}
	out, left := make([]int64, taps), int64(unit)
	for i := range w {
		out[i] = int64(math.Round(w[i] / sum * unit))
		left -= out[i]
	}
	out[taps/2] += left
	return out
}

func catmullRom(x float64) float64 {
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// at is the colour around a place, as a scan has it; beyond an edge the pixels on it count.
func (s *sampler) at(x, y int64, out []uint8) {
	across, down := &s.weights[x>>(32-phaseBits)&(phases-1)], &s.weights[y>>(32-phaseBits)&(phases-1)]
	left, top := int(x>>32)-s.taps/2+1+across.first, int(y>>32)-s.taps/2+1+down.first
	inside := left >= 0 && left+len(across.of) <= s.w
	var r, g, b int64
	for j, v := range down.of {
		row := s.w * min(max(top+j, 0), s.h-1)
		sum := uint64(biases)
		if inside {
			px := s.packed[row+left:][:len(across.of)]
			for i, u := range across.of {
				sum += uint64(u) * px[i]
			}
		} else {
			for i, u := range across.of {
				sum += uint64(u) * s.packed[row+min(max(left+i, 0), s.w-1)]
			}
		}
		const mask = 1<<lane - 1
		r += v * int64(sum&mask)
		g += v * int64(sum>>lane&mask)
		b += v * int64(sum>>(2*lane))
	}
	out[0], out[1], out[2] = level(r), level(g), level(b)
}

func level(v int64) uint8 { return uint8(min(max((v-laneBias*unit+unit*unit/2)>>24, 0), 255)) }
