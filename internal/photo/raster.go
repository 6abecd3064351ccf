package photo

import (
	"image"
	"image/color"

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
	to := out.Pix
	for px := r.pix; len(px) >= 3; px, to = px[3:], to[4:] {
		to[0], to[1], to[2], to[3] = px[0], px[1], px[2], 255
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
	left, top, across, down := p.storedBox(x0, y0, w/k, h/k, k)
	out, fill := newRaster(across, down), p.filler(k, across)
	for y := range down {
		fill(out.pix[3*y*across:3*(y+1)*across], left, top+y*k)
	}
	out.pix, out.w, out.h = p.upright(out.pix, across, down, 3)
	return out
}

// storedBox is where w by h blocks of k by k pixels of the upright picture are stored, and how many lie across and down there.
func (p *picture) storedBox(x0, y0, w, h, k int) (left, top, across, down int) {
	ax, ay := p.stored(x0, y0)
	bx, by := p.stored(x0+w*k-1, y0+h*k-1)
	if p.orientation >= 5 {
		w, h = h, w
	}
	return min(ax, bx), min(ay, by), w, h
}

// upright turns a part of the picture, w by h pixels of n bytes, from how it is stored to how it is looked at.
func (p *picture) upright(pix []uint8, w, h, n int) ([]uint8, int, int) {
	if p.orientation <= 1 {
		return pix, w, h
	}
	part := picture{header: header{orientation: p.orientation, width: w, height: h}}
	out := make([]uint8, 0, len(pix))
	wide, high := part.size()
	for y := range high {
		for x := range wide {
			sx, sy := part.stored(x, y)
			i := n * (sy*w + sx)
			out = append(out, pix[i:i+n]...)
		}
	}
	return out, wide, high
}

// filler gives a function that fills a row with the mean colours of n blocks of k by k stored pixels, from (x, y) on.
func (p *picture) filler(k, n int) func(row []uint8, x, y int) {
	switch img := p.img.(type) {
	case *image.YCbCr:
		return colourRows(img, k, n)
	case *image.Gray:
		b := newBlocks(k, n)
		return func(row []uint8, x, y int) {
			for i, v := range b.means(img.Pix, img.Stride, x, y) {
				row[3*i], row[3*i+1], row[3*i+2] = v, v, v
			}
		}
	case *image.RGBA:
		return fourBytes(img.Pix, img.Stride, k)
	case *image.NRGBA:
		return fourBytes(img.Pix, img.Stride, k)
	}
	panic("photo: a picture of an unknown form") // decode lets none through
}

func fourBytes(pix []uint8, stride, k int) func(row []uint8, x, y int) {
	mean := meanOf(k * k)
	return func(row []uint8, x, y int) {
		for i := 0; i < len(row); i += 3 {
			var r, g, b int
			for j := y; j < y+k; j++ {
				for from := pix[j*stride+4*x : j*stride+4*(x+k)]; len(from) >= 4; from = from[4:] {
					r, g, b = r+int(from[0]), g+int(from[1]), b+int(from[2])
				}
			}
			row[i], row[i+1], row[i+2] = mean.of(r), mean.of(g), mean.of(b)
			x += k
		}
	}
}

// colourRows takes luma and chroma each from its plane; a block's chroma is the mean of all samples that it touches.
func colourRows(img *image.YCbCr, k, n int) func(row []uint8, x, y int) {
	luma := newBlocks(k, n)
	wide, high := sampling(img.SubsampleRatio)
	return func(row []uint8, x, y int) {
		first, last := y>>high, (y+k-1)>>high
		for i, v := range luma.means(img.Y, img.YStride, x, y) {
			a, b := x>>wide, (x+k-1)>>wide
			x += k
			cb, cr := img.Cb[first*img.CStride+a], img.Cr[first*img.CStride+a]
			if a != b || first != last {
				cb, cr = chroma(img, a, b, first, last)
			}
			row[3*i], row[3*i+1], row[3*i+2] = color.YCbCrToRGB(v, cb, cr)
		}
	}
}

// chroma is the mean of the samples in columns a to b and rows first to last.
func chroma(img *image.YCbCr, a, b, first, last int) (uint8, uint8) {
	var cb, cr int
	for j := first; j <= last; j++ {
		for c := j*img.CStride + a; c <= j*img.CStride+b; c++ {
			cb, cr = cb+int(img.Cb[c]), cr+int(img.Cr[c])
		}
	}
	n := (b - a + 1) * (last - first + 1)
	return uint8((cb + n/2) / n), uint8((cr + n/2) / n)
}

// sampling is how many pixels across and down share one sample of chroma: how often it is halved.
func sampling(r image.YCbCrSubsampleRatio) (wide, high int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return 1, 0
	case image.YCbCrSubsampleRatio420:
		return 1, 1
	case image.YCbCrSubsampleRatio440:
		return 0, 1
	case image.YCbCrSubsampleRatio411:
		return 2, 0
	case image.YCbCrSubsampleRatio410:
		return 2, 1
	}
	return 0, 0
}

// quotient divides by a number below 65,536 without dividing: sums of that many bytes.
type quotient struct{ half, inverse uint64 }

func meanOf(n int) quotient { return quotient{uint64(n) / 2, 1<<40/uint64(n) + 1} }

func (q quotient) of(sum int) uint8 { return uint8((uint64(sum) + q.half) * q.inverse >> 40) }

// blocks gives rows of means of n blocks of k by k pixels of a plane.
type blocks struct {
	k    int // below 256: as far as MaxPixels and maxAspect let it go
	mean quotient
	cols []uint16 // sums of columns
	out  []uint8
}

func newBlocks(k, n int) *blocks {
	return &blocks{k, meanOf(k * k), make([]uint16, k*n), make([]uint8, n)}
}

// means are those of the blocks from (x, y) on; they hold until the next call.
func (b *blocks) means(plane []uint8, stride, x, y int) []uint8 {
	if b.k == 1 {
		return plane[y*stride+x : y*stride+x+len(b.out)]
	}
	clear(b.cols)
	for j := y; j < y+b.k; j++ {
		row := plane[j*stride+x : j*stride+x+len(b.cols)]
		for i, v := range row {
			b.cols[i] += uint16(v)
		}
	}
	cols := b.cols
	for i := range b.out {
		sum := 0
		for _, v := range cols[:b.k] {
			sum += int(v)
		}
		cols = cols[b.k:]
		b.out[i] = b.mean.of(sum)
	}
	return b.out
}

func total(row []uint8) int {
	s := 0
	for _, v := range row {
		s += int(v)
	}
	return s
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
	left, top, across, down := p.storedBox(x0, y0, w/k, h/k, k)
	out, rows := &pico.Grey{Width: across, Height: down, Pix: make([]uint8, across*down)}, newBlocks(k, across)
	for y := range down {
		copy(out.Pix[y*across:], rows.means(img.Y, img.YStride, left, top+y*k))
	}
	out.Pix, out.Width, out.Height = p.upright(out.Pix, across, down, 1)
	return out
}
