package portrait

import (
	"image"
	"math"
)

// colour is linear enough for drawing: three channels from 0 to 255.
type colour [3]float32

func (c colour) times(f float32) colour { return colour{c[0] * f, c[1] * f, c[2] * f} }

// mix goes from c to d as t goes from 0 to 1.
func (c colour) mix(d colour, t float32) colour {
	return colour{c[0] + (d[0]-c[0])*t, c[1] + (d[1]-c[1])*t, c[2] + (d[2]-c[2])*t}
}

// canvas is a picture in the making, with the place of the face in it. Face coordinates are in distances between the pupils: the middle between the
// pupils is (0, 0), u goes to the right of the picture, v down.
type canvas struct {
	width, height int
	pixels        []colour
	x, y          float64 // pixels, of the point (0, 0)
	scale         float64 // pixels between the pupils
	cos, sin      float64
}

func newCanvas(width, height int, x, y, scale, tilt float64) *canvas {
	sin, cos := math.Sincos(tilt * math.Pi / 180)
	return &canvas{width: width, height: height, pixels: make([]colour, width*height), x: x, y: y, scale: scale, cos: cos, sin: sin}
}

// at is where a point of the face lies in the picture.
func (c *canvas) at(u, v float64) Point {
	return Point{c.x + c.scale*(u*c.cos-v*c.sin), c.y + c.scale*(u*c.sin+v*c.cos)}
}

// box bounds what a shape can touch, in face coordinates.
type box struct{ u0, v0, u1, v1 float64 }

func (b box) grow(by float64) box { return box{b.u0 - by, b.v0 - by, b.u1 + by, b.v1 + by} }

// paint lays a colour over the pixels of a box: cover tells how much of it, from 0 to 1, and with which colour.
func (c *canvas) paint(b box, shade func(u, v float64) (cover float64, colour colour)) {
	x0, y0, x1, y1 := c.width, c.height, 0, 0
	for _, corner := range []Point{c.at(b.u0, b.v0), c.at(b.u1, b.v0), c.at(b.u0, b.v1), c.at(b.u1, b.v1)} {
		x0, y0 = min(x0, int(math.Floor(corner.X))), min(y0, int(math.Floor(corner.Y)))
		x1, y1 = max(x1, int(math.Ceil(corner.X))), max(y1, int(math.Ceil(corner.Y)))
	}
	x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, c.width-1), min(y1, c.height-1)
	for y := y0; y <= y1; y++ {
		dy := (float64(y) + 0.5 - c.y) / c.scale
		for x := x0; x <= x1; x++ {
			dx := (float64(x) + 0.5 - c.x) / c.scale
			u, v := dx*c.cos+dy*c.sin, dy*c.cos-dx*c.sin
			cover, over := shade(u, v)
			if cover <= 0 {
				continue
			}
			p := &c.pixels[y*c.width+x]
			*p = p.mix(over, float32(min(cover, 1)))
		}
	}
}

// edge turns a signed distance (negative inside, in face units) into a cover with a soft border of one pixel.
func (c *canvas) edge(distance float64) float64 { return clamp(0.5 - distance*c.scale) }

func clamp(x float64) float64 { return max(0, min(1, x)) }

// smooth goes from 0 to 1 between a and b.
func smooth(a, b, x float64) float64 {
	t := clamp((x - a) / (b - a))
	return t * t * (3 - 2*t)
}

// ellipse is about the distance from an ellipse around (u, v).
func ellipse(u, v, a, b float64) float64 {
	return (math.Hypot(u/a, v/b) - 1) * min(a, b)
}

// blob is a soft spot: 1 in the middle, fading like a bell.
func blob(u, v, a, b float64) float64 {
	q := u*u/(a*a) + v*v/(b*b)
	if q >= 6 {
		return 0
	}
	q *= 256. / 6
	i := int(q)
	return bell[i] + (q-float64(i))*(bell[i+1]-bell[i])
}

// bell is exp(-q) for q from 0 to 6, brought down to 0 at its end.
var bell = func() (t [258]float64) {
	for i := range 257 {
		q := 6 * float64(i) / 256
		t[i] = math.Exp(-q) - math.Exp(-6)*q/6
	}
	return t
}()

// spot paints a soft blob of one colour.
func (c *canvas) spot(u, v, a, b, strength float64, with colour) {
	c.paint(box{u - 2.4*a, v - 2.4*b, u + 2.4*a, v + 2.4*b}, func(x, y float64) (float64, colour) { return strength * blob(x-u, y-v, a, b), with })
}

// disc paints an ellipse of one colour.
func (c *canvas) disc(u, v, a, b float64, with colour) {
	c.paint(box{u - a, v - b, u + a, v + b}.grow(0.03), func(x, y float64) (float64, colour) { return c.edge(ellipse(x-u, y-v, a, b)), with })
}

// stroke paints a line along v = curve(t) for t from u0 to u1, as thick as thick(t); t runs over u.
func (c *canvas) stroke(u0, u1 float64, curve, thick func(u float64) float64, with colour, strength float64) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range 17 {
		v := curve(u0 + (u1-u0)*float64(i)/16)
		lo, hi = min(lo, v), max(hi, v)
	}
	c.paint(box{u0, lo, u1, hi}.grow(0.12), func(u, v float64) (float64, colour) {
		t := max(u0, min(u1, u))
		slope := (curve(t+0.01) - curve(t-0.01)) / 0.02
		d := math.Abs(v-curve(t))/math.Sqrt(1+slope*slope) - thick(t)
		return strength * c.edge(math.Max(d, math.Abs(u-t))), with
	})
}

// blur is three passes of a box, close to a bell of that radius in pixels.
func (c *canvas) blur(radius int) {
	other := make([]colour, len(c.pixels))
	for range 3 {
		blurLines(c.pixels, other, c.width, c.height, 1, c.width, radius)
		blurLines(other, c.pixels, c.height, c.width, c.width, 1, radius)
	}
}

// blurLines averages along lines of length n whose neighbours are step apart.
func blurLines(from, to []colour, n, lines, step, line, radius int) {
	f := 1 / float32(2*radius+1)
	for l := range lines {
		var sum colour
		at := func(i int) colour { return from[l*line+min(max(i, 0), n-1)*step] }
		add := func(c colour, sign float32) {
			for k := range sum {
				sum[k] += sign * c[k]
			}
		}
		for i := -radius; i <= radius; i++ {
			add(at(i), 1)
		}
		for i := range n {
			to[l*line+i*step] = sum.times(f)
			add(at(i+radius+1), 1)
			add(at(i-radius), -1)
		}
	}
}

// each changes every pixel.
func (c *canvas) each(change func(x, y int, p colour) colour) {
	for i := range c.pixels {
		c.pixels[i] = change(i%c.width, i/c.width, c.pixels[i])
	}
}

func (c *canvas) image() *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, c.width, c.height))
	for i, p := range c.pixels {
		for k := range p {
			out.Pix[4*i+k] = uint8(max(0, min(255, p[k]+0.5)))
		}
		out.Pix[4*i+3] = 255
	}
	return out
}
