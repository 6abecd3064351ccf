package photo

import (
	"bytes"
	"image/jpeg"
	"math"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/photo/pico"
)

const (
	maxTilt    = 15  // degrees that are levelled
	maxEnlarge = 1.3 // of the source's pixels
	whiteEdge  = 225 // min(R, G, B) of wall that may be continued over the source's edge, or made pure white
)

// Record is what was done to a picture, kept with it. Nothing in it is about the face's looks: pictures are levelled, cropped and scaled, and never
// retouched.
type Record struct {
	Version         int     `json:"version"`
	Profile         string  `json:"profile"`
	Source          string  `json:"source_sha256"`
	Result          string  `json:"result_sha256"`
	Orientation     int     `json:"orientation"`      // EXIF mark that was applied, 1 to 8
	Tilt            float64 `json:"tilt_degree"`      // that was levelled
	Scale           float64 `json:"scale"`            // pixels of the source for one of the result
	Face            *Face   `json:"face"`             // in pixels of the source, upright
	Width           string  `json:"width_by"`         // what set the scale: silhouette or pupils; kept as it was
	Height          string  `json:"height_by"`        // what set the height: hair, eye_line or default; kept as it was
	Filled          int     `json:"filled"`           // pixels outside the source, continued from its white edge
	CleanBackground int     `json:"clean_background"` // pixels made pure white; 0 unless it was asked for
	Quality         int     `json:"quality"`
	Bytes           int     `json:"bytes"`
}

// Normalised is a picture in the card's form.
type Normalised struct {
	JPEG   []byte
	Record Record
	Check  Checked // of those very bytes
}

// Normalise levels, crops and scales a camera's picture and checks the result. Same bytes in, same bytes out. The error is a *Problem when the picture cannot
// be used: a new one is needed, or a person looks.
func Normalise(data []byte, o Options) (*Normalised, error) {
	pic, problem := decode(data)
	if problem != nil {
		return nil, problem
	}
	profile := o.profile()
	plan, problem := pic.plan(profile, pic.search(o.detector()))
	if problem != nil {
		return nil, problem
	}
	shown, problem := pic.crop(profile, plan)
	if problem != nil {
		if shown = pic.kept(profile, plan); shown == nil {
			return nil, problem
		}
	}
	record := Record{Version: Version, Profile: profile.Name, Source: digest(data), Orientation: pic.orientation, Tilt: plan.tilt, Scale: plan.frame.scale,
		Face: plan.source, Width: plan.widthBy, Height: plan.heightBy, Filled: plan.filled}
	if o.CleanBackground {
		record.CleanBackground = whiten(shown)
	}
	out, quality := encode(shown, profile)
	record.Quality, record.Bytes, record.Result = quality, len(out), digest(out)
	o.Name = ""
	return &Normalised{out, record, Check(out, o)}, nil
}

// plan is where the frame goes.
type plan struct {
	frame             frame
	source            *Face   // in the source
	face              *Face   // in the result
	tilt              float64 // that is levelled, degrees
	widthBy, heightBy string
	filled            int
}

// plan finds the frame of a picture's only face.
func (p *picture) plan(profile *Profile, seen found) (*plan, *Problem) {
	switch {
	case seen.face == nil:
		return nil, p.faceless(profile, seen)
	case seen.count > 1:
		return nil, severalFaces(seen.count)
	case math.Abs(seen.face.Tilt()) > maxTilt:
		return nil, tilted(math.Abs(seen.face.Tilt()))
	case seen.face.Distance() < profile.Pupils/maxEnlarge:
		return nil, tooSmall(seen.face.Distance(), math.Ceil(profile.Pupils/maxEnlarge))
	}
	out := &plan{source: seen.face, tilt: seen.face.Tilt()}
	p.fit(profile, out)
	return out, nil
}

// faceless is why no face was found: in the dark there is none to be found, and it is more light that is needed.
func (p *picture) faceless(profile *Profile, seen found) *Problem {
	if seen.onSide {
		return onItsSide()
	}
	g, _ := p.shrunk(workingSide)
	if level := middleOf(g); level < profile.Limits["C16.brightness"].Warn.Lo {
		return dark(level)
	}
	return noFace()
}

// middleOf is the mean luma of the middle of a picture, where its face should be, from 0 to 1.
func middleOf(g *pico.Grey) float64 {
	sum, n := 0, 0
	for y := g.Height / 4; y < g.Height*3/4; y++ {
		row := g.Pix[y*g.Width+g.Width/4 : y*g.Width+g.Width*3/4]
		sum, n = sum+total(row), n+len(row)
	}
	return float64(sum) / (255 * float64(n))
}

// fit measures a preview, scaled by the pupils, with room above the head and down to the chin: the silhouette's width then sets the scale, the hair's top the height.
func (p *picture) fit(profile *Profile, out *plan) {
	const room = 120 // rows above the frame
	m, tilt := out.source.Middle(), out.source.Tilt()*math.Pi/180
	cx := float64(profile.Width) / 2
	first := newFrame(m.X, m.Y, cx, profile.EyeRow+room, out.source.Distance()/profile.Pupils, tilt)
	preview, outside := p.cut(first, profile.Width, int(profile.EyeRow+room+profile.Pupils), true)
	s := newScene(preview, out.source.mapped(first.result))
	s.lookBesideHead(outside)
	scale := first.scale
	out.widthBy, out.heightBy = "pupils", "default"
	if width, _ := s.width(); !math.IsNaN(width) {
		if k := width / profile.FaceWidth; k > 0.9 && k < 1.12 {
			scale, out.widthBy = scale*k, "silhouette"
		}
	}
	row := profile.EyeRow
	if top := s.hairTop(); !math.IsNaN(top) && top > 0 && profile.EyeRow+room-top > profile.Pupils {
		row, out.heightBy = profile.HairRow+(profile.EyeRow+room-top)*first.scale/scale, "hair"
		if row > profile.EyeLowest {
			row, out.heightBy = profile.EyeLowest, "eye_line"
		}
	}
	out.frame = newFrame(m.X, m.Y, cx, row, scale, tilt)
	out.face = out.source.mapped(out.frame.result)
}

// lookBesideHead takes the wall of a preview from beside the head, leaving out what lies outside the source.
func (s *scene) lookBesideHead(outside []bool) {
	m, d := s.face.Middle(), s.face.Distance()
	var sides area
	for _, x := range []int{0, s.w - s.w*25/358} {
		for _, i := range s.rect(x, int(m.Y-1.8*d), x+s.w*25/358, int(m.Y)) {
			if !outside[i] {
				sides = append(sides, i)
			}
		}
	}
	if len(sides) < 500 {
		s.wall = wall{}
		return
	}
	s.wall.mean = s.colour(sides)
	_, s.wall.deviation = s.spread(sides)
	s.wall.even = s.wall.deviation <= 14
}

// result maps a place of the source into the result.
func (f *frame) result(x, y float64) (float64, float64) {
	x, y = (x-f.px)/f.scale, (y-f.py)/f.scale
	return f.cx + x*f.cos + y*f.sin, f.cy - x*f.sin + y*f.cos
}

// crop draws the planned frame. It may reach over the source's edge only where there is white wall, which is continued.
func (p *picture) crop(profile *Profile, plan *plan) (*raster, *Problem) {
	shown, outside := p.cut(plan.frame, profile.Width, profile.Height, false)
	plan.filled = 0
	for i, out := range outside {
		if !out {
			continue
		}
		plan.filled++
		if px := shown.pix[3*i : 3*i+3]; min(px[0], px[1], px[2]) < whiteEdge {
			return nil, frameOutside(sideOf(i%shown.w, i/shown.w, shown))
		}
	}
	return shown, nil
}

// kept is the whole of a picture that has the card's form and whose face lies as it should already, or nil: cropped again it would reach over its edges by a pixel or two.
func (p *picture) kept(profile *Profile, plan *plan) *raster {
	if w, h := p.size(); w != profile.Width || h != profile.Height {
		return nil
	}
	shown := p.region(0, 0, profile.Width, profile.Height, 1)
	for _, f := range profile.judge(newScene(shown, plan.source).measure(), isCard) {
		if f.Verdict == Fail && slices.ContainsFunc(rules, func(r rule) bool { return r.position && r.id == f.Check+"."+f.Measure }) {
			return nil
		}
	}
	plan.frame, plan.tilt, plan.filled, plan.widthBy, plan.heightBy = newFrame(0, 0, 0, 0, 1, 0), 0, 0, "kept", "kept"
	return shown
}

func sideOf(x, y int, r *raster) citizen.Text {
	switch {
	case y > r.h*2/3:
		return say("下边", "bottom")
	case x < r.w/4:
		return say("左边", "left")
	case x >= r.w*3/4:
		return say("右边", "right")
	}
	return say("上边", "top")
}

// whiten makes pure white what is nearly white and joined to the left, right or top edge by such pixels.
func whiten(r *raster) (changed int) {
	seen := make([]bool, r.w*r.h)
	var waiting []int
	push := func(i int) {
		if px := r.pix[3*i : 3*i+3]; !seen[i] && min(px[0], px[1], px[2]) >= whiteEdge {
			seen[i] = true
			waiting = append(waiting, i)
		}
	}
	for x := range r.w {
		push(x)
	}
	for y := range r.h {
		push(y * r.w)
		push(y*r.w + r.w - 1)
	}
	for len(waiting) > 0 {
		i := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if px := r.pix[3*i : 3*i+3]; px[0] != 255 || px[1] != 255 || px[2] != 255 {
			px[0], px[1], px[2] = 255, 255, 255
			changed++
		}
		if x := i % r.w; x > 0 {
			push(i - 1)
		}
		if x := i % r.w; x < r.w-1 {
			push(i + 1)
		}
		if i >= r.w {
			push(i - r.w)
		}
		if i < r.w*(r.h-1) {
			push(i + r.w)
		}
	}
	return changed
}

// app0 is the bytes of the segment that withDPI puts in.
const app0 = 18

// encode writes the JPEG: at the profile's quality, or where its size lies outside what is usual at the nearest quality that brings it there.
func encode(r *raster, profile *Profile) ([]byte, int) {
	img := r.planes()
	write := func(quality int) []byte {
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil { // to memory, within the limits of the format
			panic(err)
		}
		return out.Bytes()
	}
	quality, out := profile.Quality, write(profile.Quality)
	if float64(len(out)+app0) < profile.Bytes.Lo {
		out, quality = raised(len(out), profile, write)
	}
	for float64(len(out)+app0) > profile.Bytes.Hi && quality > profile.Quality0 {
		quality--
		out = write(quality)
	}
	return withDPI(out, profile.DPI), quality
}

// raised finds the lowest quality at which a picture reaches the usual size, or the highest allowed. Its size grows much like a power of 1/(100-quality), so that few are tried.
func raised(size int, profile *Profile, write func(quality int) []byte) (out []byte, quality int) {
	lo, hi, goal := profile.Quality, profile.Quality1, profile.Bytes.Lo-app0
	power := 0.52                    // of card pictures; then of this one
	at, reached := lo, float64(size) // what was tried last
	for hi-lo > 1 {
		guess := 100 - float64(100-at)*math.Pow(reached/goal, 1/power)
		at = min(max(int(math.Ceil(guess)), lo+1), hi-1)
		tried := write(at)
		if reached = float64(len(tried)); reached < goal {
			lo = at
		} else {
			hi, out = at, tried
		}
		power = max(math.Log(reached/float64(size))/math.Log(float64(100-profile.Quality)/float64(100-at)), 0.1)
	}
	if out == nil {
		out = write(hi)
	}
	return out, hi
}

// withDPI puts the JFIF segment behind the first marker; the standard library writes none.
func withDPI(data []byte, dpi int) []byte {
	hi, lo := byte(dpi>>8), byte(dpi)
	app0 := []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1, hi, lo, hi, lo, 0, 0}
	out := make([]byte, 0, len(data)+len(app0))
	return append(append(append(out, data[:2]...), app0...), data[2:]...)
}
