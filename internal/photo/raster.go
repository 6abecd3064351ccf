package photo

import (
	"image"
	"image/color"
	"math"

	"github.com/huzheng/huzheng/internal/photo/pico"
)

// raster is a small colour picture: three bytes a pixel.
type raster struct {
	w, h int
	pix  []uint8
}

func newRaster(w, h int) *raster { return &raster{w, h, make([]uint8, 3*w*h)} }

// luma is that of Rec. 601 in thousandths, rounded; the same as a JPEG's.
func luma(r, g, b uint8) uint8 {
	return uint8((299*int(r) + 587*int(g) + 114*int(b) + 500) / 1000)
}

func (r *raster) grey() *pico.Grey {
	g := &pico.Grey{Width: r.w, Height: r.h, Pix: make([]uint8, r.w*r.h)}
	for i := range g.Pix {
		g.Pix[i] = luma(r.pix[3*i], r.pix[3*i+1], r.pix[3*i+2])
	}
	return g
}

func (r *raster) image() *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, r.w, r.h))
	for i := range r.w * r.h {
		copy(out.Pix[4*i:], r.pix[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}

// planes is the picture as the JPEG encoder wants it, so that it is not converted again for each quality that is tried.
func (r *raster) planes() *image.YCbCr {
	out := image.NewYCbCr(image.Rect(0, 0, r.w, r.h), image.YCbCrSubsampleRatio444)
	for i := range r.w * r.h {
		out.Y[i], out.Cb[i], out.Cr[i] = color.RGBToYCbCr(r.pix[3*i], r.pix[3*i+1], r.pix[3*i+2])
	}
	return out
}

// size of the picture as it is to be looked at.
func (p *picture) size() (int, int) {
	if p.orientation >= 5 {
		return p.height, p.width
	}
	return p.width, p.height
}

// stored is where a pixel of the upright picture is stored.
func (p *picture) stored(x, y int) (int, int) {
	w, h := p.width-1, p.height-1
	switch p.orientation {
	case 2:
		return w - x, y
	case 3:
		return w - x, h - y
	case 4:
		return x, h - y
	case 5:
		return y, x
	case 6:
		return y, h - x
	case 7:
		return w - y, h - x
	case 8:
		return w - y, x
	}
	return x, y
}

// region is a rectangle of the upright picture made k times smaller, each pixel the mean of k by k. It lies inside the picture.
func (p *picture) region(x0, y0, w, h, k int) *raster {
	out := newRaster(w/k, h/k)
	sum := p.summer(k)
	for y := range out.h {
		for x := range out.w {
			ax, ay := p.stored(x0+x*k, y0+y*k)
			bx, by := p.stored(x0+x*k+k-1, y0+y*k+k-1)
			i := 3 * (y*out.w + x)
			out.pix[i], out.pix[i+1], out.pix[i+2] = sum(min(ax, bx), min(ay, by))
		}
	}
	return out
}

// summer gives the mean colour of the k by k stored pixels from (x, y) on.
func (p *picture) summer(k int) func(x, y int) (uint8, uint8, uint8) {
	n := k * k
	switch img := p.img.(type) {
	case *image.YCbCr:
		if k == 1 {
			return func(x, y int) (uint8, uint8, uint8) {
				c := img.COffset(x, y)
				return color.YCbCrToRGB(img.Y[y*img.YStride+x], img.Cb[c], img.Cr[c])
			}
		}
		return func(x, y int) (uint8, uint8, uint8) {
			s := 0
			for j := y; j < y+k; j++ {
				s += total(img.Y[j*img.YStride+x : j*img.YStride+x+k])
			}
			cb, cr := chroma(img, x, y, k)
			return color.YCbCrToRGB(uint8((s+n/2)/n), cb, cr)
		}
	case *image.Gray:
		return func(x, y int) (uint8, uint8, uint8) {
			s := 0
			for j := y; j < y+k; j++ {
				s += total(img.Pix[j*img.Stride+x : j*img.Stride+x+k])
			}
			v := uint8((s + n/2) / n)
			return v, v, v
		}
	case *image.RGBA:
		return fourBytes(img.Pix, img.Stride, k)
	case *image.NRGBA:
		return fourBytes(img.Pix, img.Stride, k)
	}
	panic("photo: a picture of an unknown form") // decode lets none through
}

func total(row []uint8) int {
	s := 0
	for _, v := range row {
		s += int(v)
	}
	return s
}

func fourBytes(pix []uint8, stride, k int) func(x, y int) (uint8, uint8, uint8) {
	n := k * k
	return func(x, y int) (uint8, uint8, uint8) {
		var r, g, b int
		for j := y; j < y+k; j++ {
			for row := pix[j*stride+4*x : j*stride+4*(x+k)]; len(row) >= 4; row = row[4:] {
				r, g, b = r+int(row[0]), g+int(row[1]), b+int(row[2])
			}
		}
		return uint8((r + n/2) / n), uint8((g + n/2) / n), uint8((b + n/2) / n)
	}
}

func chroma(img *image.YCbCr, x, y, k int) (uint8, uint8) {
	a, b := img.COffset(x, y), img.COffset(x+k-1, y+k-1)
	if a == b {
		return img.Cb[a], img.Cr[a]
	}
	width, rows := b-a, 1
	for width >= img.CStride {
		width -= img.CStride
		rows++
	}
	width++
	var cb, cr int
	for j := range rows {
		cb += total(img.Cb[a+j*img.CStride : a+j*img.CStride+width])
		cr += total(img.Cr[a+j*img.CStride : a+j*img.CStride+width])
	}
	n := width * rows
	return uint8((cb + n/2) / n), uint8((cr + n/2) / n)
}

// shrunk is the whole upright picture with its long side at most n, made smaller by a whole number, and that number.
func (p *picture) shrunk(n int) (*pico.Grey, int) {
	w, h := p.size()
	k := max(1, (max(w, h)+n-1)/n)
	if k > min(w, h) {
		return &pico.Grey{}, k
	}
	return p.greyRegion(0, 0, w, h, k), k
}

// greyRegion is region in grey, straight from the luma that a JPEG has.
func (p *picture) greyRegion(x0, y0, w, h, k int) *pico.Grey {
	img, ok := p.img.(*image.YCbCr)
	if !ok {
		return p.region(x0, y0, w, h, k).grey()
	}
	out := &pico.Grey{Width: w / k, Height: h / k, Pix: make([]uint8, (w/k)*(h/k))}
	n := k * k
	for y := range out.Height {
		for x := range out.Width {
			ax, ay := p.stored(x0+x*k, y0+y*k)
			bx, by := p.stored(x0+x*k+k-1, y0+y*k+k-1)
			ax, ay = min(ax, bx), min(ay, by)
			s := 0
			for j := ay; j < ay+k; j++ {
				s += total(img.Y[j*img.YStride+ax : j*img.YStride+ax+k])
			}
			out.Pix[y*out.Width+x] = uint8((s + n/2) / n)
		}
	}
	return out
}

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
	x0, y0 = max(x0, 0), max(y0, 0)
	small := p.region(x0, y0, max(min(box[2], pw)-x0, k), max(min(box[3], ph)-y0, k), k)
	s := newSampler(small, f.scale/float64(k))
	if quick {
		s = tent(small)
	}
	out, outside = newRaster(w, h), make([]bool, w*h)
	for y := range h {
		for x := range w {
			sx, sy := f.source(float64(x)+0.5, float64(y)+0.5)
			outside[y*w+x] = sx < 0 || sy < 0 || sx > float64(pw) || sy > float64(ph)
			s.at((sx-float64(x0))/float64(k)-0.5, (sy-float64(y0))/float64(k)-0.5, out.pix[3*(y*w+x):])
		}
	}
	return out, outside
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
	phases = 64
	unit   = 1 << 12
)

type sampler struct {
	from    *raster
	taps    int
	weights [phases][]int32
}

func newSampler(from *raster, scale float64) *sampler {
	scale = max(scale, 1)
	s := &sampler{from: from, taps: 2 * int(math.Ceil(2*scale))}
	for p := range phases {
		s.weights[p] = kernel(s.taps, (float64(p)+0.5)/phases, scale)
	}
	return s
}

// tent is the linear kernel.
func tent(from *raster) *sampler {
	s := &sampler{from: from, taps: 2}
	for p := range phases {
		right := int32((2*p + 1) * unit / (2 * phases))
		s.weights[p] = []int32{unit - right, right}
	}
	return s
}

// kernel gives the weights of the pixels around a place that lies by frac behind the left one of the middle two.
func kernel(taps int, frac, scale float64) []int32 {
	w := make([]float64, taps)
	sum := 0.0
	for i := range w {
		w[i] = catmullRom(math.Abs(float64(i-taps/2+1)-frac) / scale)
		sum += w[i]
	}
	out, left := make([]int32, taps), int32(unit)
	for i := range w {
		out[i] = int32(math.Round(w[i] / sum * unit))
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

func (s *sampler) at(x, y float64, out []uint8) {
	ix, iy := math.Floor(x), math.Floor(y)
	wx, wy := s.weights[int((x-ix)*phases)&(phases-1)], s.weights[int((y-iy)*phases)&(phases-1)]
	left, top := int(ix)-s.taps/2+1, int(iy)-s.taps/2+1
	var r, g, b int64
	inside := left >= 0 && left+s.taps <= s.from.w
	for j, v := range wy {
		if v == 0 {
			continue
		}
		row := s.from.pix[3*s.from.w*min(max(top+j, 0), s.from.h-1):]
		var lr, lg, lb int32
		if inside {
			px := row[3*left:]
			for _, u := range wx {
				lr, lg, lb = lr+u*int32(px[0]), lg+u*int32(px[1]), lb+u*int32(px[2])
				px = px[3:]
			}
		} else {
			for i, u := range wx {
				px := row[3*min(max(left+i, 0), s.from.w-1):]
				lr, lg, lb = lr+u*int32(px[0]), lg+u*int32(px[1]), lb+u*int32(px[2])
			}
		}
		r, g, b = r+int64(v)*int64(lr), g+int64(v)*int64(lg), b+int64(v)*int64(lb)
	}
	out[0], out[1], out[2] = level(r), level(g), level(b)
}

func level(v int64) uint8 { return uint8(min(max((v+unit*unit/2)>>24, 0), 255)) }
