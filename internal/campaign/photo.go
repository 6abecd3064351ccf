package campaign

import (
	"math"

	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// Sizes of the pool of drawn faces: one for so many residents.
const (
	residentsPerFace = 50
	fewestFaces      = 20
	mostFaces        = 200
)

// picture is a drawn face with what was measured of it, once.
type picture struct {
	portrait.Picture
	measures object
	good     bool
}

// paint draws the faces of those who come: pictures of nobody.
func (c *Campaign) paint() {
	for _, p := range portrait.Pool(c.Seed, min(mostFaces, max(fewestFaces, c.Residents/residentsPerFace))) {
		m, good := measure(&p.Truth)
		c.photos = append(c.photos, picture{Picture: p, measures: m, good: good && p.Truth.Good()})
	}
}

// Rules for card photographs that can be measured (GA 461-2004 as quoted): in pixels, but the tilt.
const (
	leastFace, mostFace = 193, 221
	leastTop, mostTop   = 7, 21
	leastEyeLine        = 207
	mostTilt            = 3 // degrees; UNCONFIRMED
)

// measure gives a picture's geometry and whether it keeps the rules; light, sharpness and background are the photographer's to see.
func measure(t *portrait.Truth) (object, bool) {
	round := func(v float64) float64 { return math.Round(v*10) / 10 }
	face, top := t.RightEar.X-t.LeftEar.X, t.HairTop.Y
	eyes := t.Size.Y - (t.LeftPupil.Y+t.RightPupil.Y)/2
	good := t.Size.X == portrait.Width && t.Size.Y == portrait.Height && face >= leastFace && face <= mostFace && top >= leastTop && top <= mostTop &&
		eyes >= leastEyeLine && math.Abs(t.TiltDegree) <= mostTilt
	return object{"width": t.Size.X, "height": t.Size.Y, "face_width": round(face), "hair_top": round(top), "eye_line": round(eyes), "tilt_degree": round(t.TiltDegree)}, good
}

// photograph takes a picture, and another one until it keeps the rules.
func (u *unit) photograph() picture {
	for {
		p := u.c.photos[u.chance.IntN(len(u.c.photos))]
		if p.good {
			return p
		}
		u.c.counts.add(retaken, 1)
	}
}
