package photo

import (
	"crypto/sha256"
	"encoding/hex"
	"image"
	"math"
	"strings"
)

// Options of a check or a normalisation; the zero value is the identity card's profile and the built-in detector.
type Options struct {
	Profile  *Profile
	Detector Detector
	Name     string // of the file, for its extension; may be empty

	CleanBackground bool // of a normalisation: make wall that is nearly white pure white; recorded
}

func (o *Options) profile() *Profile {
	if o.Profile == nil {
		return &ga461
	}
	return o.Profile
}

func (o *Options) detector() Detector {
	if o.Detector == nil {
		return Pico{}
	}
	return o.Detector
}

// Checked is a report and the picture as it was measured, for showing.
type Checked struct {
	Report  Report
	Picture image.Image // in the card's form; nil: it could not be read
}

// Check measures a file by every check of the profile. It never fails: what cannot be read is a report with a problem.
func Check(data []byte, o Options) Checked {
	p := o.profile()
	r := Report{Version: Version, Profile: p.Name, SHA256: digest(data)}
	pic, problem := decode(data)
	if problem != nil {
		r.Problems = []*Problem{problem}
		r.conclude()
		return Checked{Report: r}
	}
	r.Width, r.Height = pic.size()
	r.Format = pic.format
	r.Problems = pic.notes(o.Name)
	image := pic.report(&r, &o, len(data))
	r.conclude()
	return Checked{r, image.image()}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// notes are what is worth knowing of a file and no reason to refuse it.
func (p *picture) notes(name string) []*Problem {
	var out []*Problem
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		ext := strings.ToLower(name[i+1:])
		if (ext == "png") != (p.format == "png") && (ext == "png" || ext == "jpg" || ext == "jpeg") {
			out = append(out, misnamed(ext, strings.ToUpper(p.format)))
		}
	}
	if p.orientation > 1 {
		out = append(out, turned(p.orientation))
	}
	if p.place {
		out = append(out, placeFound())
	}
	return out
}

// report measures a decoded picture and fills the report; it returns the picture in the card's form.
func (p *picture) report(r *Report, o *Options, bytes int) *raster {
	profile := o.profile()
	w, h := p.size()
	card := w == profile.Width && h == profile.Height
	seen := p.search(o.detector())
	shown, face, is := p.asCard(profile, seen, card, r)
	s := newScene(shown, face)
	v := s.measure()
	v["C1.width"], v["C1.height"], v["C2.dpi"], v["C3.components"] = float64(w), float64(h), p.dpi, float64(p.components)
	v["C4.jpeg"], v["C4.quality"], v["C5.bytes"] = 1, p.quality, float64(bytes)
	if p.format != "jpeg" {
		v["C4.jpeg"] = 0
	}
	if math.IsNaN(p.dpi) {
		v["C2.dpi"] = 0
	}
	v["C8.faces"] = float64(seen.count)
	if face != nil {
		v["C8.score"] = face.Score
		if is != isWhole {
			r.Hash = hashOf(s.grey, face)
		}
	}
	r.Face = face
	r.Findings = profile.judge(v, is)
	if face == nil {
		p.faceless(profile, seen).advise(r.Findings)
	}
	r.Questions = questions(r.Findings, v)
	return shown
}

// advise makes the finding that no face is there say why.
func (p *Problem) advise(findings []Finding) {
	for i := range findings {
		if f := &findings[i]; f.Check == "C8" && f.Measure == "faces" {
			f.Advice = say(p.Text.ZH+"："+p.Mend.ZH, p.Text.EN+": "+p.Mend.EN)
		}
	}
}

// asCard is the picture in the card's form: as it is, or as the normaliser would crop it, or where that is refused the whole of it.
func (p *picture) asCard(profile *Profile, seen found, card bool, r *Report) (*raster, *Face, state) {
	if card {
		if seen.onSide {
			r.Problems = append(r.Problems, onItsSide())
		}
		return p.region(0, 0, profile.Width, profile.Height, 1), seen.face, isCard
	}
	plan, problem := p.plan(profile, seen)
	if problem == nil {
		var shown *raster
		if shown, problem = p.crop(profile, plan); problem == nil {
			return shown, plan.face, isCropped
		}
	}
	r.Problems = append(r.Problems, problem)
	w, h := p.size()
	f := newFrame(float64(w)/2, float64(h)/2, float64(profile.Width)/2, float64(profile.Height)/2, max(float64(h)/float64(profile.Height), float64(w)/float64(profile.Width)), 0)
	shown, _ := p.cut(f, profile.Width, profile.Height, false)
	if seen.face == nil {
		return shown, nil, isWhole
	}
	return shown, seen.face.mapped(f.result), isWhole
}

// Judge measures a picture in the card's form whose face is known, as Check does once it has found the face; of the file it knows nothing. For trials with drawn
// pictures, whose truth is known.
func Judge(img image.Image, face *Face, o Options) []Finding {
	b := img.Bounds()
	r := newRaster(b.Dx(), b.Dy())
	for y := range r.h {
		for x := range r.w {
			red, green, blue, _ := img.At(b.Min.X+x, b.Min.Y+y).RGBA()
			copy(r.pix[3*(y*r.w+x):], []uint8{uint8(red >> 8), uint8(green >> 8), uint8(blue >> 8)})
		}
	}
	return o.profile().judge(newScene(r, face).measure(), isCard)
}
