package portrait

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"testing"
)

// pool is drawn once: drawing is the slow part.
var pool = Pool(7, 25)

func decoded(t *testing.T, p Picture) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
	if err != nil {
		t.Fatalf("%s: %v", p.Name, err)
	}
	return img
}

func grey(img image.Image, x, y int) float64 {
	r, g, b, _ := img.At(x, y).RGBA()
	return (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)) / 257
}

func TestSameSeedSameBytes(t *testing.T) {
	for _, i := range []int{0, 2, 22} {
		if again := Draw(7, i); !bytes.Equal(again.JPEG, pool[i].JPEG) || again.Truth != pool[i].Truth {
			t.Errorf("%s is drawn otherwise the second time", again.Name)
		}
	}
	if other := Draw(8, 0); bytes.Equal(other.JPEG, pool[0].JPEG) {
		t.Error("two seeds draw one face")
	}
}

func TestEveryDefectIsThere(t *testing.T) {
	var seen []Defect
	good := 0
	for _, p := range pool {
		if p.Truth.Good() {
			good++
		} else if !slices.Contains(seen, p.Truth.Defect) {
			seen = append(seen, p.Truth.Defect)
		}
	}
	if len(seen) != len(Defects()) || good != 15 {
		t.Errorf("%d good ones, defects %v", good, seen)
	}
}

// rules are those of GA 461-2004 that geometry can break, by the truth.
var rules = map[string]func(*Truth) bool{
	"face width 207 ± 14 px":          func(t *Truth) bool { return math.Abs(distance(t.LeftEar, t.RightEar)-207) <= 14 },
	"hair top 7-21 px below the edge": func(t *Truth) bool { return t.HairTop.Y >= 7 && t.HairTop.Y <= 21 },
	"eye line 207 px above the bottom": func(t *Truth) bool {
		return Height-(t.LeftPupil.Y+t.RightPupil.Y)/2 >= 207
	},
	"centred":    func(t *Truth) bool { return math.Abs((t.LeftPupil.X+t.RightPupil.X)/2-Width/2) <= 10 },
	"level":      func(t *Truth) bool { return math.Abs(t.TiltDegree) <= 1 },
	"chin there": func(t *Truth) bool { return t.Chin.Y < Height-20 },
}

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

func TestGoodOnesKeepTheRules(t *testing.T) {
	for _, p := range pool {
		for name, rule := range rules {
			if p.Truth.Good() && !rule(&p.Truth) {
				t.Errorf("%s is no good one: %s: %+v", p.Name, name, p.Truth)
			}
		}
	}
}

func TestBadOnesBreakTheirRule(t *testing.T) {
	broken := map[Defect]string{Tilted: "level", OffCentre: "centred", TooSmall: "face width 207 ± 14 px"}
	for _, p := range pool {
		if name := broken[p.Truth.Defect]; name != "" && rules[name](&p.Truth) {
			t.Errorf("%s is %s and keeps the rule: %+v", p.Name, p.Truth.Defect, p.Truth)
		}
	}
}

func TestPicturesAreOfTheRightForm(t *testing.T) {
	for _, p := range pool {
		img := decoded(t, p)
		want := image.Pt(int(p.Truth.Size.X), int(p.Truth.Size.Y))
		if img.Bounds().Size() != want || p.Truth.Defect != Raw && want != image.Pt(Width, Height) {
			t.Errorf("%s: %v", p.Name, img.Bounds())
		}
		if !bytes.Equal(p.JPEG[2:20], []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1, 1, 94, 1, 94, 0, 0}) {
			t.Errorf("%s: no 350 dpi in % x", p.Name, p.JPEG[:20])
		}
		if p.Truth.Good() && (len(p.JPEG) < 10_000 || len(p.JPEG) > 30_000) {
			t.Errorf("%s: %d bytes", p.Name, len(p.JPEG))
		}
	}
}

// TestPixelsShowTheTruth looks at the decoded pictures: dark pupils where they are said to be, the first hair where it is said to begin.
func TestPixelsShowTheTruth(t *testing.T) {
	for _, p := range pool {
		img, truth := decoded(t, p), p.Truth
		if truth.Good() || truth.Defect == OffCentre || truth.Defect == Tilted || truth.Defect == TooSmall {
			for _, pupil := range []Point{truth.LeftPupil, truth.RightPupil} {
				eye, cheek := grey(img, int(pupil.X), int(pupil.Y)), grey(img, int(pupil.X), int(pupil.Y+0.45*distance(truth.LeftPupil, truth.RightPupil)))
				if eye > 90 || eye > cheek-30 {
					t.Errorf("%s: %.0f at the pupil %+v, %.0f on the cheek", p.Name, eye, pupil, cheek)
				}
			}
		}
		if truth.Good() {
			if top := hairTop(img); math.Abs(float64(top)-truth.HairTop.Y) > 3 {
				t.Errorf("%s: hair begins at row %d, said to at %.1f", p.Name, top, truth.HairTop.Y)
			}
			if corner := grey(img, 6, 6); corner < 240 {
				t.Errorf("%s: background %.0f", p.Name, corner)
			}
		}
	}
}

// hairTop is the first row with 15 pixels that are no background.
func hairTop(img image.Image) int {
	for y := range img.Bounds().Dy() {
		n := 0
		for x := Width / 4; x < 3*Width/4; x++ {
			if grey(img, x, y) < 225 {
				n++
			}
		}
		if n >= 15 {
			return y
		}
	}
	return -1
}

// mean is the mean grey of the face's middle, sharpness the mean difference to the next pixel there.
func measured(img image.Image, t *Truth) (mean, sharpness float64) {
	d := distance(t.LeftPupil, t.RightPupil)
	n := 0.0
	for y := t.LeftPupil.Y - 0.3*d; y < t.LeftPupil.Y+d; y++ {
		for x := t.LeftPupil.X; x < t.RightPupil.X; x++ {
			g := grey(img, int(x), int(y))
			mean, n = mean+g, n+1
			sharpness += math.Abs(g - grey(img, int(x)+1, int(y)))
		}
	}
	return mean / n, sharpness / n
}

func TestDefectsShowInThePixels(t *testing.T) {
	darkest, bluntest := 255.0, 255.0
	for _, p := range pool {
		if p.Truth.Good() {
			mean, sharp := measured(decoded(t, p), &p.Truth)
			darkest, bluntest = min(darkest, mean), min(bluntest, sharp)
		}
	}
	for _, p := range pool {
		img := decoded(t, p)
		mean, sharp := measured(img, &p.Truth)
		r, g, b, _ := img.At(4, 60).RGBA()
		spread := float64(max(r, g, b)-min(r, g, b)) / 257
		switch p.Truth.Defect {
		case Dark:
			if mean > darkest-20 {
				t.Errorf("%s: not dark: %.0f, the darkest good one %.0f", p.Name, mean, darkest)
			}
		case Blurred:
			if sharp > bluntest {
				t.Errorf("%s: not blurred: %.2f, the least sharp good one %.2f", p.Name, sharp, bluntest)
			}
		case Cast:
			if spread < 20 {
				t.Errorf("%s: no cast: spread %.0f of a white wall", p.Name, spread)
			}
		case Background:
			if grey(img, 4, 60) > 225 {
				t.Errorf("%s: the wall is white", p.Name)
			}
		}
	}
}
