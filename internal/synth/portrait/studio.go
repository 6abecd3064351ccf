package portrait

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// Setting is a studio: how a picture is taken, each thing apart, so that every check of a card photograph can be tried on both sides of its limit. Zero values
// are a good card photograph.
type Setting struct {
	Width, Height int     // pixels; 0: the card's
	FaceWidth     float64 // pixels between the ear roots; 0: 207 times the picture's height over the card's
	HairTop       float64 // row of the hair's top; 0: 14 as above; it gives way to the eye line unless EyeRow is given
	EyeRow        float64 // row of the eye line; 0: by HairTop
	CentreX       float64 // pixels to the right of the middle
	Tilt          float64 // degrees, clockwise
	Turn          float64 // how far eyes, nose and mouth lie beside the head's middle, in distances between the pupils

	Blur    float64    // sigma, pixels
	Gain    [3]float64 // of the light, by colour, less 1: 0 is neutral
	Gamma   float64    // 0 is 1; above 1: darker
	OneSide float64    // how much darker the right side is than the left, 0 to 1
	Grain   float64    // of the camera; 0: 3.2

	Wall      [3]float64 // colour; 0: 250
	Rough     float64    // amplitude of soft waves on the wall
	Objects   int        // things on the wall beside the head
	Border    bool       // a dark line around the picture
	Closed    bool       // eyes
	RedEyes   bool
	Bare      bool    // no glasses
	Glasses   bool    // with glasses
	Glare     bool    // lamps in the lenses
	Tone      float64 // skin: 0 as the person is, else 1 very light to 5 very dark
	ShortHair bool
	Faces     int // 2: a second person beside the first
}

// Studio draws the i-th person of a seed in a setting. The truth holds for the picture as drawn.
func Studio(seed uint64, i int, s Setting) (image.Image, Truth) {
	r := rand.New(rand.NewPCG(seed, uint64(i)+0x73747564))
	f := newFace(r)
	s.dress(f)
	if s.Width == 0 {
		s.Width, s.Height = Width, Height
	}
	c := s.place(f)
	s.wall(c, r)
	if s.Faces > 1 {
		other := *c
		other.x, other.y = c.x+3.6*c.scale, c.y+0.3*c.scale
		second := newFace(r)
		second.paint(&other, false)
	}
	f.paintTurned(c, &s)
	s.light(c, r)
	return c.image(), f.truth(c, "", s.Tilt)
}

// JPEG encodes a picture at a quality, with the card's resolution.
func JPEG(img image.Image, quality int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil { // to memory, within the limits of the format
		panic(err)
	}
	return withDPI(out.Bytes())
}

// tones of skin from 1 to 5.
var tones = []colour{{244, 214, 190}, {224, 186, 154}, {190, 146, 112}, {146, 104, 76}, {96, 66, 50}}

func (s *Setting) dress(f *face) {
	if s.Tone > 0 {
		at := min(max(s.Tone-1, 0), float64(len(tones)-1))
		low := min(int(at), len(tones)-2)
		f.skin = tones[low].mix(tones[low+1], float32(at-float64(low)))
	}
	if s.Bare {
		f.glasses = 0
	}
	if s.Glasses && f.glasses == 0 {
		f.glasses = 1 + f.age%3
	}
	if s.ShortHair {
		f.long = 0
	}
}

// place sets the canvas so that the face lies where the setting says.
func (s *Setting) place(f *face) *canvas {
	k := float64(s.Height) / Height
	width, hair := s.FaceWidth, s.HairTop
	if width == 0 {
		width = 207 * k
	}
	if hair == 0 {
		hair = 14 * k
	}
	scale := width / (2 * f.width)
	y := hair - f.top()*scale
	switch lowest := (Height - 210) * k; {
	case s.EyeRow != 0:
		y = s.EyeRow
	case s.HairTop == 0 && y > lowest:
		y = lowest
	}
	return newCanvas(s.Width, s.Height, float64(s.Width)/2+s.CentreX, y, scale, s.Tilt)
}

func (s *Setting) wall(c *canvas, r *rand.Rand) {
	base := colour{250, 250, 250}
	if s.Wall != [3]float64{} {
		base = colour{float32(s.Wall[0]), float32(s.Wall[1]), float32(s.Wall[2])}
	}
	px, py := between(r, 0, 6), between(r, 0, 6)
	c.each(func(x, y int, _ colour) colour {
		wave := s.Rough * (math.Sin(float64(x)*18/float64(c.width)+px) + math.Sin(float64(y)*15/float64(c.height)+py)) / 2
		p := base
		for k := range p {
			p[k] += float32(wave)
		}
		return p
	})
	for i := range s.Objects { // a shelf's edge, a picture on the wall
		side := float64(1 - 2*(i%2))
		u, v := side*between(r, 1.55, 1.7), between(r, -1.4, -0.4)
		c.paint(box{u - 0.12, v - 0.3, u + 0.12, v + 0.3}, func(_, _ float64) (float64, colour) { return 1, colour{120, 96, 70} })
	}
}

// paintTurned paints a face whose eyes, nose and mouth may lie aside.
func (f *face) paintTurned(c *canvas, s *Setting) {
	if s.Turn == 0 {
		f.paint(c, s.Closed)
	} else {
		head := *c
		head.x, head.y = c.x-s.Turn*c.scale*c.cos, c.y-s.Turn*c.scale*c.sin
		if f.long > 0 {
			f.backHair(&head)
		}
		f.neck(&head)
		f.dress(&head)
		f.ears(&head)
		f.head(&head)
		f.noseAt(c)
		f.mouthOf(c)
		for _, side := range []float64{-1, 1} {
			f.eye(c, side, s.Closed)
			f.eyebrow(c, side)
		}
		if f.bald {
			f.sideHair(&head)
		} else {
			f.frontHair(&head)
		}
		if f.glasses > 0 {
			f.spectacles(c)
		}
	}
	for _, side := range []float64{-0.5, 0.5} {
		if s.RedEyes {
			c.disc(side, 0, 0.07, 0.07, colour{190, 40, 36})
		}
		if s.Glare {
			c.disc(side+0.12, -0.1, 0.16, 0.09, colour{254, 254, 254})
		}
	}
}

// light is what lamps, lens and camera make of the scene: one side darker, colour and brightness of the light, blur, grain, and at last the frame drawn around it.
func (s *Setting) light(c *canvas, r *rand.Rand) {
	c.soften()
	if s.Blur > 0 {
		c.gaussian(s.Blur)
	}
	grain := s.Grain
	if grain == 0 {
		grain = 3.2
	}
	noise := rand.New(rand.NewPCG(r.Uint64(), 1))
	c.each(func(x, y int, p colour) colour {
		g := float32((noise.Float64() + noise.Float64() - 1) * grain)
		u := ((float64(x)+0.5-c.x)*c.cos + (float64(y)+0.5-c.y)*c.sin) / c.scale
		dim := float32(1)
		if s.OneSide > 0 && math.Abs(u) < 1.5 {
			dim = 1 - float32(s.OneSide*smooth(-0.5, 0.5, u))
		}
		for k := range p {
			v := float64(p[k]*dim) * (1 + s.Gain[k])
			if s.Gamma != 0 {
				v = 255 * math.Pow(max(v, 0)/255, s.Gamma)
			}
			p[k] = float32(v) + g
		}
		if s.Border && (x < 2 || y < 2 || x >= c.width-2 || y >= c.height-2) {
			return colour{60, 60, 60}
		}
		return p
	})
}

// gaussian is a true bell of any width.
func (c *canvas) gaussian(sigma float64) {
	radius := int(math.Ceil(3 * sigma))
	weights := make([]float32, 2*radius+1)
	var sum float32
	for i := range weights {
		d := float64(i - radius)
		weights[i] = float32(math.Exp(-d * d / (2 * sigma * sigma)))
		sum += weights[i]
	}
	other := make([]colour, len(c.pixels))
	pass := func(from, to []colour, n, lines, step, line int) {
		for l := range lines {
			for i := range n {
				var p colour
				for j, w := range weights {
					q := from[l*line+min(max(i+j-radius, 0), n-1)*step]
					for k := range p {
						p[k] += q[k] * w / sum
					}
				}
				to[l*line+i*step] = p
			}
		}
	}
	pass(c.pixels, other, c.width, c.height, 1, c.width)
	pass(other, c.pixels, c.height, c.width, c.width, 1)
}
