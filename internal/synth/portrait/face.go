package portrait

import (
	"image"
	"math"
	"math/rand/v2"
)

// face is one invented person's looks.
type face struct {
	female           bool
	age              int
	skin, hair, iris colour
	clothes          [2]colour // jacket, shirt
	width            float64   // half the face's width between the ear roots
	chin, jaw        float64   // v of the chin; how square the jaw is, from 1.6 to 3
	crown            float64   // v of the hair's top, negative
	hairline         float64   // v of the forehead's end, negative
	recede           float64   // how far the corners have gone back
	parting          float64
	long             float64 // v down to which the hair hangs; 0: short
	bald             bool
	fringe           float64 // v down to which it falls on the forehead; 0: none
	eyeHeight        float64
	eyeSlant         float64
	fold             bool
	brow             float64 // thickness
	browArch         float64
	nose             float64 // width
	noseTip          float64 // v
	mouth            float64 // half width
	mouthAt          float64 // v
	lips             float64
	smile            float64
	glasses          int // 0 none, 1 round, 2 square, 3 half rim
	frame            colour
	mole             bool
	phase            float64
	halves           [halfSteps]float64 // half(v) in steps of 1/256 from -2 on
}

const halfSteps = 1025

func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

func pickColour(r *rand.Rand, from ...colour) colour { return from[r.IntN(len(from))] }

// newFace draws somebody.
func newFace(r *rand.Rand) *face {
	f := &face{female: r.IntN(2) == 0, age: 16 + r.IntN(64)}
	old := clamp(float64(f.age-45) / 35)
	tone := r.Float64()
	f.skin = colour{238, 204, 176}.mix(colour{186, 140, 106}, float32(tone))
	f.hair = pickColour(r, colour{22, 18, 18}, colour{30, 24, 22}, colour{44, 32, 26}, colour{26, 24, 26}).mix(colour{176, 174, 172}, float32(old*between(r, 0.2, 1)))
	f.iris = pickColour(r, colour{48, 30, 20}, colour{60, 38, 24}, colour{36, 24, 18})
	f.clothes[0] = pickColour(r, colour{36, 40, 56}, colour{52, 50, 52}, colour{74, 42, 44}, colour{40, 62, 58}, colour{84, 72, 58}, colour{28, 28, 30}, colour{60, 66, 96})
	f.clothes[1] = pickColour(r, colour{186, 196, 214}, colour{150, 60, 62}, colour{120, 134, 150}, colour{196, 186, 160}, colour{70, 84, 110})
	f.width, f.chin, f.jaw = between(r, 1.08, 1.16), between(r, 1.72, 1.88), between(r, 2.3, 3.3)
	f.crown, f.hairline = -between(r, 1.72, 1.9), -between(r, 0.98, 1.16)
	f.parting = between(r, -0.5, 0.5)
	if f.female {
		f.width, f.jaw, f.hair = f.width-0.02, f.jaw-0.4, f.hair.mix(colour{58, 36, 28}, float32(between(r, 0, 0.4)))
		if r.IntN(10) < 6 {
			f.long = between(r, 1.5, 3.2)
		}
		if r.IntN(10) < 3 {
			f.fringe = -between(r, 0.5, 0.7)
		}
	} else {
		f.recede = max(0, old*between(r, -0.2, 0.5))
		f.bald = f.age > 50 && r.IntN(7) == 0
		if f.age < 40 && r.IntN(4) == 0 {
			f.fringe = -between(r, 0.62, 0.82)
		}
	}
	f.eyeHeight, f.eyeSlant, f.fold = between(r, 0.105, 0.15)-0.03*old, between(r, -0.02, 0.06), r.IntN(2) == 0
	f.brow, f.browArch = between(r, 0.035, 0.06), between(r, 0.02, 0.09)
	if f.female {
		f.brow -= 0.012
	}
	f.nose, f.noseTip = between(r, 0.25, 0.33), between(r, 0.72, 0.84)
	f.mouth, f.mouthAt, f.lips, f.smile = between(r, 0.38, 0.48), f.noseTip+between(r, 0.34, 0.42), between(r, 0.055, 0.085), between(r, -0.02, 0.05)
	if r.IntN(100) < 28+int(20*old) {
		f.glasses = 1 + r.IntN(3)
	}
	f.frame = pickColour(r, colour{30, 28, 30}, colour{88, 64, 44}, colour{110, 112, 118}, colour{60, 34, 34})
	f.mole, f.phase = r.IntN(12) == 0, between(r, 0, 6)
	for i := range f.halves {
		f.halves[i] = f.shape(float64(i)/256 - 2)
	}
	return f
}

// draw makes the picture with one defect, or none.
func draw(r *rand.Rand, f *face, defect Defect) (Truth, image.Image) {
	width, height, scale, tilt := Width, Height, 207/(2*f.width)*between(r, 0.955, 1.045), between(r, -0.6, 0.6)
	hair := between(r, 8.5, 19)
	x, y := Width/2+between(r, -5, 5), hair-f.top()*scale
	if lowest := float64(Height - 210); y > lowest { // the eye line is 207 above the bottom at least; it goes before the hair
		scale *= (lowest - hair) / (y - hair)
		y = hair - f.crown*scale
	}
	switch defect {
	case Tilted:
		tilt = between(r, 9, 17) * float64(1-2*r.IntN(2))
	case OffCentre:
		x += between(r, 34, 60) * float64(1-2*r.IntN(2))
	case TooSmall:
		scale *= between(r, 0.5, 0.68)
		y += between(r, 10, 60)
	case Raw:
		width, height = 600, 800
		scale *= between(r, 1.05, 1.35)
		tilt = between(r, -7, 7)
		x, y = 300+between(r, -40, 40), 330+between(r, -30, 40)
	}
	c := newCanvas(width, height, x, y, scale, tilt)
	c.background(r, defect)
	f.paint(c, defect == EyesClosed)
	c.finish(r, defect)
	return f.truth(c, defect, tilt), c.image()
}

func (f *face) truth(c *canvas, defect Defect, tilt float64) Truth {
	return Truth{Defect: defect, Size: Point{float64(c.width), float64(c.height)}, LeftPupil: c.at(-0.5, 0), RightPupil: c.at(0.5, 0), Chin: c.at(0, f.chin),
		HairTop: c.at(0, f.top()), LeftEar: c.at(-f.width, 0.2), RightEar: c.at(f.width, 0.2), TiltDegree: tilt, Female: f.female, Age: f.age, Glasses: f.glasses > 0}
}

// top is where the head ends: the hair, or the skull of a bald one.
func (f *face) top() float64 {
	if f.bald {
		return f.skull()
	}
	return f.crown
}

func (f *face) skull() float64 {
	if f.bald {
		return f.crown + 0.3
	}
	return f.crown + 0.14
}

func (c *canvas) background(r *rand.Rand, defect Defect) {
	white := colour{250, 250, 249}
	base := white
	if defect == Background {
		base = pickColour(r, colour{96, 140, 200}, colour{190, 60, 56}, colour{150, 152, 150}, colour{206, 196, 170})
	}
	stripes := defect == Background && r.IntN(3) == 0
	c.each(func(x, y int, _ colour) colour {
		p := base
		if stripes && (x/23)%2 == 0 {
			p = p.times(0.86)
		}
		return p.times(float32(1 - 0.008*float64(y)/float64(c.height)))
	})
}

// finish gives the picture the grain of a camera, a light from the left, and its defect.
func (c *canvas) finish(r *rand.Rand, defect Defect) {
	switch defect {
	case Blurred:
		c.blur(max(2, int(c.scale/26)))
	default:
		c.soften()
	}
	gain, gamma := colour{1, 1, 1}, 1.0
	switch defect {
	case Dark:
		gamma = between(r, 1.9, 2.4)
		gain = colour{0.5, 0.48, 0.46}
	case Cast:
		gain = pickColour(r, colour{1.06, 0.92, 0.66}, colour{0.72, 0.9, 1.08}, colour{0.82, 1.05, 0.8})
	}
	noise := rand.New(rand.NewPCG(r.Uint64(), 1))
	c.each(func(_, _ int, p colour) colour {
		grain := float32(noise.Float64()+noise.Float64()-1) * 3.2
		for k := range p {
			v := p[k]
			if gamma != 1 {
				v = float32(255 * math.Pow(float64(max(v, 0))/255, gamma))
			}
			if v > 248 && gain[k] == 1 { // a white wall stays white
				p[k] = v + grain/3
				continue
			}
			p[k] = v*gain[k] + grain
		}
		return p
	})
}

// soften is the little blur of a lens.
func (c *canvas) soften() {
	other := append([]colour(nil), c.pixels...)
	c.each(func(x, y int, p colour) colour {
		if x == 0 || y == 0 || x == c.width-1 || y == c.height-1 {
			return p
		}
		i := y*c.width + x
		for k := range p {
			p[k] = 0.6*p[k] + 0.1*(other[i-1][k]+other[i+1][k]+other[i-c.width][k]+other[i+c.width][k])
		}
		return p
	})
}

// shape is half the width of the head at a height: round above the ears, narrowing to the jaw and the chin below.
func (f *face) shape(v float64) float64 {
	top := f.skull()
	switch {
	case v <= top || v >= f.chin:
		return 0
	case v < 0.1:
		t := (0.1 - v) / (0.1 - top)
		return f.width * math.Pow(max(0, 1-math.Pow(t, 2.6)), 1/2.2)
	}
	t := (v - 0.1) / (f.chin - 0.1)
	return f.width * math.Pow(max(0, 1-math.Pow(t, f.jaw)), 1/1.9) * (1 - 0.10*smooth(0, 1, t))
}

// half is the shape from the table.
func (f *face) half(v float64) float64 {
	at := (v + 2) * 256
	i := int(at)
	if at < 0 || i >= halfSteps-1 {
		return 0
	}
	return f.halves[i] + (at-float64(i))*(f.halves[i+1]-f.halves[i])
}

// outline is about the distance from the head's edge.
func (f *face) outline(u, v float64) float64 {
	w := f.half(v)
	if w == 0 {
		return max(f.skull()-v, v-f.chin, 0.001) + max(0, math.Abs(u)-0.2)
	}
	slope := (f.half(v+0.01) - f.half(v-0.01)) / 0.02
	return (math.Abs(u) - w) / math.Sqrt(1+slope*slope)
}

// hairEdge is about the distance from the outer edge of the hair.
func (f *face) hairEdge(u, v float64) float64 {
	a := f.width + 0.06
	if v < -0.2 {
		b := -0.2 - f.crown
		t := sharp(u/a) + sharp((-0.2-v)/b)
		return (math.Pow(t, 1/2.25) - 1) * min(a, b)
	}
	return math.Abs(u) - a
}

func (f *face) paint(c *canvas, closed bool) {
	if f.long > 0 {
		f.backHair(c)
	}
	f.neck(c)
	f.dress(c)
	f.ears(c)
	f.head(c)
	f.lines(c)
	f.noseAt(c)
	f.mouthOf(c)
	for _, side := range []float64{-1, 1} {
		f.eye(c, side, closed)
		f.eyebrow(c, side)
	}
	if f.bald {
		f.sideHair(c)
	} else {
		f.frontHair(c)
	}
	if f.glasses > 0 {
		f.spectacles(c)
	}
}

// strands gives hair its streaks.
func (f *face) strands(u, v float64) colour {
	angle := math.Atan2(v+1.2, u-f.parting*0.6)
	s := math.Sin(angle*46+f.phase)*0.5 + math.Sin(angle*91+2*f.phase+v*3)*0.3
	shine := blob(u-f.parting*0.3+0.35, v+1.35, 0.5, 0.16)
	p := f.hair.times(float32(1 + 0.16*s))
	return p.mix(colour{150, 140, 135}, float32(0.28*shine*(0.6+0.4*s)))
}

func (f *face) backHair(c *canvas) {
	c.paint(box{-f.width - 0.5, -1, f.width + 0.5, f.long + 0.1}, func(u, v float64) (float64, colour) {
		w := f.width + 0.05 + 0.2*math.Sin(clamp((v+0.6)/max(f.long, 1))*2.5)
		d := max(math.Abs(u)-w, v-f.long+0.25*u*u, -0.6-v)
		return c.edge(d), f.strands(u*1.5, v*0.3).times(0.8)
	})
}

func (f *face) neck(c *canvas) {
	w := 0.66
	if f.female {
		w = 0.56
	}
	c.paint(box{-1.2, 1, 1.2, 3.4}, func(u, v float64) (float64, colour) {
		low := max(v-1.4, 0)
		d := math.Abs(u) - (w + 0.05*low*low + 0.28*smooth(2.2, 2.9, v))
		shadow := 0.42 * (1 - smooth(f.chin-0.1, f.chin+0.55, v+0.25*u*u))
		shade := 1 - shadow - 0.22*cube(clamp(math.Abs(u)/w))
		return c.edge(d), f.skin.times(float32(shade))
	})
}

func (f *face) dress(c *canvas) {
	shoulder := func(u float64) float64 {
		return 2.34 + 0.16*math.Abs(u) + 0.55*smooth(1.2, 2.6, math.Abs(u)) - 0.1*blob(u, 0, 0.5, 1)
	}
	c.paint(box{-6, 1.9, 6, 9}, func(u, v float64) (float64, colour) {
		side := math.Abs(u)
		opening := 0.62 - 0.30*(v-2.2)
		d := max(shoulder(u)-v, opening-side)
		if d > 0.05 {
			return 0, colour{}
		}
		fold := 0.05 * math.Sin(u*5+v*2+f.phase)
		lapel := 0.14 * smooth(0.05, 0, math.Abs(side-opening-0.32-0.1*(v-2.4)))
		return c.edge(d), f.clothes[0].times(float32(1.06 + fold - lapel - 0.12*smooth(0.8, 2.6, side)))
	})
	c.paint(box{-0.9, 2, 0.9, 9}, func(u, v float64) (float64, colour) { // the shirt and its collar
		side := math.Abs(u)
		d := max(2.28+0.75*(0.62-side)-v, side-(0.63-0.30*(v-2.2)))
		crease := 0.16*smooth(0.03, 0, math.Abs(u)) + 0.14*smooth(0.04, 0, math.Abs(v-2.62-0.75*(0.5-side)))
		return c.edge(d), f.clothes[1].times(float32(1 - crease))
	})
}

func (f *face) ears(c *canvas) {
	for _, side := range []float64{-1, 1} {
		at := side * (f.width + 0.03)
		c.paint(box{at - 0.3, -0.35, at + 0.3, 0.85}, func(u, v float64) (float64, colour) {
			x, y := (u-at)*side, v-0.22
			d := ellipse(x-0.1*y, y, 0.15, 0.42)
			inner := 0.3*blob(x-0.02, y+0.08, 0.07, 0.2) + 0.15*smooth(-0.05, 0.02, d)
			return c.edge(d), f.skin.times(float32(0.94-inner)).mix(colour{190, 100, 84}, 0.1)
		})
	}
}

// head paints the skin with its light and shade.
func (f *face) head(c *canvas) {
	red := colour{206, 112, 92}
	c.paint(box{-f.width - 0.1, f.skull() - 0.1, f.width + 0.1, f.chin + 0.1}, func(u, v float64) (float64, colour) {
		d := f.outline(u, v)
		if d > 0.05 {
			return 0, colour{}
		}
		w := max(f.half(v), 0.2)
		t := clamp(math.Abs(u) / w)
		shade := 1.02 - 0.24*t*t*t*math.Sqrt(t) - 0.05*u - 0.12*smooth(f.chin-0.32, f.chin, v)
		shade += 0.07*blob(u+0.1, v+0.7, 0.6, 0.35) + 0.05*blob(math.Abs(u)-0.55, v-0.5, 0.22, 0.2) + 0.04*blob(u, v-f.chin+0.3, 0.2, 0.12)
		shade -= 0.13*blob(math.Abs(u)-0.32, v-0.02, 0.2, 0.22) + 0.05*blob(math.Abs(u)-0.5, v-0.24, 0.28, 0.06)
		shade -= 0.10*blob(u, v-f.mouthAt-0.2, 0.24, 0.05) + 0.07*blob(math.Abs(u)-0.82, v-0.95, 0.16, 0.4)
		cheek := 0.16*blob(math.Abs(u)-0.62, v-0.62, 0.3, 0.26) + 0.1*blob(u, v-f.noseTip, 0.2, 0.16)
		return c.edge(d), f.skin.times(float32(shade)).mix(red, float32(cheek))
	})
	if f.mole {
		c.disc(0.52, 0.98, 0.028, 0.028, colour{84, 54, 44})
	}
	if !f.female && f.age < 60 { // a shaven beard
		c.paint(box{-1, 0.9, 1, 1.9}, func(u, v float64) (float64, colour) {
			if f.outline(u, v) > 0 {
				return 0, colour{}
			}
			return 0.10 * smooth(0.95, 1.3, v+0.3*u*u), colour{84, 84, 92}
		})
	}
}

// lines come with age.
func (f *face) lines(c *canvas) {
	old := clamp(float64(f.age-32) / 40)
	dark := f.skin.times(0.66)
	for _, side := range []float64{-1, 1} {
		fold := func(u float64) float64 { t := u*side - 0.3; return f.noseTip + 0.02 + t*1.7 + t*t }
		if side > 0 {
			c.stroke(0.3, 0.52, fold, flat(0.012), dark, 0.25+0.45*old)
		} else {
			c.stroke(-0.52, -0.3, fold, flat(0.012), dark, 0.25+0.45*old)
		}
		bag := func(u float64) float64 { t := (u - side*0.5) / 0.24; return 0.27 - 0.09*t*t }
		c.stroke(side*0.5-0.22, side*0.5+0.22, bag, flat(0.010), dark, 0.12+0.4*old)
	}
	for i := range 3 {
		v := -0.62 - 0.13*float64(i)
		wave := func(u float64) float64 { return v - 0.04*math.Cos(u*2.2+f.phase) }
		c.stroke(-0.55, 0.55, wave, flat(0.008), dark, 0.45*clamp(old*1.4-0.2))
	}
}

func cube(t float64) float64 { return t * t * t }

// sharp is nearly a square: |t| to the power of two and a quarter.
func sharp(t float64) float64 {
	t = math.Abs(t)
	return t * t * math.Sqrt(math.Sqrt(t))
}

func flat(t float64) func(float64) float64 { return func(float64) float64 { return t } }

func (f *face) noseAt(c *canvas) {
	dark, tip := f.skin.times(0.62), f.noseTip
	c.spot(0.03, tip-0.35, 0.055, 0.4, 0.28, f.skin.times(1.16))
	c.spot(0.15, tip-0.36, 0.06, 0.34, 0.20, dark)
	c.spot(-0.14, tip-0.42, 0.05, 0.28, 0.10, dark)
	c.spot(0, tip-0.01, 0.11, 0.09, 0.35, f.skin.times(1.13))
	c.spot(0, tip+0.14, f.nose*0.9, 0.05, 0.42, dark)
	for _, side := range []float64{-1, 1} {
		wing := func(v float64) float64 { return side * (f.nose + 0.02 - 1.6*(v-tip-0.02)*(v-tip-0.02)) }
		c.paint(box{-0.5, tip - 0.16, 0.5, tip + 0.16}, func(u, v float64) (float64, colour) {
			return 0.55 * c.edge(math.Abs(u-wing(v))-0.014) * smooth(tip-0.15, tip-0.02, v) * smooth(tip+0.15, tip+0.08, v), dark
		})
		c.disc(side*f.nose*0.47, tip+0.085, 0.062, 0.028, f.skin.times(0.33).mix(colour{60, 20, 16}, 0.4))
	}
}

func (f *face) mouthOf(c *canvas) {
	lip := f.skin.mix(colour{176, 84, 80}, 0.6)
	if f.female {
		lip = f.skin.mix(colour{184, 66, 72}, 0.78)
	}
	line := func(u float64) float64 {
		t := u / f.mouth
		return f.mouthAt - f.smile*t*t + 0.014*math.Cos(t*6)*math.Exp(-t*t*3)
	}
	taper := func(u float64) float64 { t := u / f.mouth; return max(0, 1-t*t) }
	c.paint(box{-f.mouth, f.mouthAt - 0.25, f.mouth, f.mouthAt + 0.25}, func(u, v float64) (float64, colour) {
		t, m := taper(u), line(u)
		up := f.lips * math.Pow(t, 0.75) * (1 + 0.22*math.Cos(u/f.mouth*7)*math.Exp(-u*u*16) - 0.25*math.Exp(-u*u*260))
		down := f.lips * 1.3 * math.Pow(t, 0.6)
		if v < m {
			return c.edge(m-v-up) * 0.95, lip.times(0.86)
		}
		shine := 0.14 * blob(u+0.05, v-m-0.07, 0.16, 0.03)
		return c.edge(v-m-down) * 0.95, lip.times(float32(1.02 + shine))
	})
	c.stroke(-f.mouth, f.mouth, line, func(u float64) float64 { return 0.006 + 0.012*taper(u) }, lip.times(0.36), 0.9)
	for _, side := range []float64{-1, 1} {
		c.spot(side*f.mouth, f.mouthAt-f.smile, 0.035, 0.03, 0.4, f.skin.times(0.5))
	}
}

// eye paints one eye: side -1 is left in the picture.
func (f *face) eye(c *canvas, side float64, closed bool) {
	const half = 0.27
	at := side * 0.5
	tilt := func(u float64) float64 { return -f.eyeSlant * (u - at) * side * 2 }
	upper := func(u float64) float64 {
		t := (u - at) / half
		return tilt(u) - f.eyeHeight*(1-sharp(t+0.12*side))
	}
	lower := func(u float64) float64 {
		t := (u - at) / half
		return tilt(u) + 0.62*f.eyeHeight*(1-sharp(t-0.08*side))
	}
	lash := colour{26, 18, 18}
	if closed {
		shut := func(u float64) float64 { return lower(u) + 0.02 }
		c.spot(at, -0.03, 0.26, 0.12, 0.16, f.skin.times(0.7))
		c.stroke(at-half, at+half, shut, func(u float64) float64 { t := (u - at) / half; return 0.006 + 0.018*max(0, 1-t*t) }, lash, 0.9)
		return
	}
	c.spot(at, -0.15, 0.28, 0.07, 0.18, f.skin.times(0.6))
	c.paint(box{at - half, -0.3, at + half, 0.3}, func(u, v float64) (float64, colour) {
		d := max(upper(u)-v, v-lower(u), math.Abs(u-at)-half)
		white := colour{236, 230, 224}.times(float32(0.98 - 0.30*blob(0, v-upper(u), 1, 0.06) - 0.18*math.Pow(math.Abs(u-at)/half, 2)))
		r := math.Hypot(u-at, v)
		over := white
		switch {
		case r < 0.055:
			over = colour{10, 8, 8}
		case r < 0.15:
			ray := 0.12 * math.Sin(math.Atan2(v, u-at)*14)
			over = f.iris.times(float32(1.15 + ray - 0.5*smooth(0.1, 0.15, r)))
		}
		over = over.mix(white, float32(smooth(0.138, 0.152, r)))
		if math.Hypot(u-at+0.045, v+0.05) < 0.026 {
			over = colour{246, 246, 246}
		}
		return c.edge(d), over
	})
	c.stroke(at-half, at+half, upper, func(u float64) float64 {
		t := (u - at) / half * side
		return 0.010 + 0.016*max(0, 1-t*t) + 0.008*smooth(0.2, 1, t)
	}, lash, 0.95)
	c.stroke(at-half, at+half, lower, flat(0.006), f.skin.times(0.5), 0.6)
	if f.fold {
		c.stroke(at-half, at+half, func(u float64) float64 { return upper(u) - 0.055 - 0.02*(1-math.Pow((u-at)/half, 2)) }, flat(0.008), f.skin.times(0.55), 0.6)
	}
	c.spot(at-side*half, tilt(at-side*half), 0.025, 0.02, 0.5, colour{186, 110, 100})
}

func (f *face) eyebrow(c *canvas, side float64) {
	from, to := side*0.20, side*0.82
	curve := func(u float64) float64 {
		t := (math.Abs(u) - 0.2) / 0.62
		return -0.36 + 0.05*(1-t) - f.browArch*math.Sin(math.Pi*min(t*0.9, 1)) + 0.05*t*t
	}
	thick := func(u float64) float64 {
		t := clamp((math.Abs(u) - 0.2) / 0.62)
		return f.brow * (0.75 + 0.5*t - 1.05*t*t)
	}
	dark := f.hair.mix(f.skin, 0.12)
	c.stroke(min(from, to), max(from, to), curve, thick, dark, 0.82)
}

// frontHair covers the skull down to the hairline, and the temples.
func (f *face) frontHair(c *canvas) {
	line := func(u float64) float64 {
		side := clamp(math.Abs(u) / f.width)
		v := f.hairline - f.recede*blob(math.Abs(u)-0.55, 0, 0.3, 1) + 0.12*blob(u, 0, 0.33, 1)*f.recede
		v += 0.06 * math.Sin(u*9+f.phase) * (1 - side)
		if f.fringe < 0 {
			v = f.fringe + 0.05*math.Sin(u*14+f.phase) - 0.10*math.Cos(u*2)
		} else {
			v -= 0.10 * blob(u-f.parting, 0, 0.18, 1)
		}
		low := 0.0
		if f.long > 0 {
			low = 0.25
		}
		return v + (low-v-0.02)*smooth(0.80, 0.99, side)
	}
	c.paint(box{-f.width - 0.2, f.crown - 0.1, f.width + 0.2, 0.5}, func(u, v float64) (float64, colour) {
		inside := c.edge(f.hairEdge(u, v))
		if inside == 0 || v > -0.3 && math.Abs(u) < 0.6 {
			return 0, colour{}
		}
		soft := 0.02 + 0.02*math.Abs(math.Sin(u*60+f.phase))
		below := smooth(soft, -soft, v-line(u))
		if v < 0 && math.Abs(u) > 0.6 { // beside the head there is hair down to the ears
			below = max(below, smooth(-0.05, -0.01, f.outline(u, v))*smooth(0.02, -0.1, v))
		}
		cover := inside * below
		if cover == 0 {
			return 0, colour{}
		}
		p := f.strands(u, v)
		return cover, p.times(float32(1 - 0.25*smooth(-0.3, 0.1, v)))
	})
}

// sideHair is what a bald head has above the ears.
func (f *face) sideHair(c *canvas) {
	c.paint(box{-f.width - 0.2, -0.9, f.width + 0.2, 0.2}, func(u, v float64) (float64, colour) {
		side := math.Abs(u) / f.width
		cover := c.edge(math.Abs(u)-f.width-0.03) * smooth(0.84, 0.98, side+0.1*blob(0, v+0.2, 1, 0.3)) * smooth(-0.8, -0.55, v) * smooth(0.1, -0.1, v)
		return 0.85 * cover, f.strands(u, v)
	})
}

func (f *face) spectacles(c *canvas) {
	square := 2.2
	if f.glasses > 1 {
		square = 4
	}
	for _, side := range []float64{-1, 1} {
		at := side * 0.52
		c.paint(box{at - 0.5, -0.4, at + 0.5, 0.5}, func(u, v float64) (float64, colour) {
			x, y := math.Abs(u-at)/0.42, math.Abs(v-0.05)/0.29
			d := (math.Pow(math.Pow(x, square)+math.Pow(y, square), 1/square) - 1) * 0.3
			rim := c.edge(math.Abs(d) - 0.017)
			if f.glasses == 3 && v > 0.08 {
				rim *= 0.25
			}
			glass := 0.06 * c.edge(d)
			if rim > glass {
				return rim * 0.95, f.frame
			}
			return glass, colour{225, 232, 240}
		})
		temple := func(u float64) float64 { return -0.08 + 0.04*(math.Abs(u)-0.9) }
		c.stroke(min(side*0.93, side*f.width), max(side*0.93, side*f.width), temple, flat(0.02), f.frame, 0.95)
	}
	c.stroke(-0.12, 0.12, func(u float64) float64 { return -0.02 - 0.05*(1-u*u/0.0144) }, flat(0.016), f.frame, 0.95)
}
