// Package portrait draws faces for trying the photo step: pictures of nobody, each with its geometry (pupils, chin, top of the hair, ears) and its
// defects known exactly, because they were drawn so. It uses no picture of any person. Bytes are the same for the same seed (on one kind of
// processor: elsewhere fused multiplication may change a last digit).
//
// Good pictures keep the rules for card photographs (GA 461-2004 as quoted): 358 by 441 pixels, 350 dpi, 24-bit colour, white background, face width 207 ± 14
// pixels, hair top 7 to 21 pixels below the edge, eye line at least 207 above the bottom. Each bad one breaks one of them, and says which.
package portrait

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Width, Height and DPI of a card photograph.
const (
	Width  = 358
	Height = 441
	DPI    = 350
)

// Point is a place in a picture, in pixels from the upper left corner.
type Point struct{ X, Y float64 }

// Defect names what is wrong with a picture.
type Defect string

// The defects. Raw is none: a camera's picture that a normaliser has yet to level, crop and scale.
const (
	Dark       Defect = "dark"
	Blurred    Defect = "blurred"
	Tilted     Defect = "tilted"
	OffCentre  Defect = "off_centre"
	EyesClosed Defect = "eyes_closed"
	Background Defect = "background"
	TooSmall   Defect = "too_small"
	Cast       Defect = "cast"
	Raw        Defect = "raw"
)

// Defects returns all of them.
func Defects() []Defect {
	return []Defect{Dark, Blurred, Tilted, OffCentre, EyesClosed, Background, TooSmall, Cast, Raw}
}

// Truth is what is known of a picture because it was drawn so.
type Truth struct {
	Defect     Defect // "" for a good one
	Size       Point
	LeftPupil  Point // left in the picture
	RightPupil Point
	Chin       Point
	HairTop    Point
	LeftEar    Point // root of the ear, left in the picture
	RightEar   Point
	TiltDegree float64 // of the eye line, clockwise
	Female     bool
	Age        int
	Glasses    bool
}

// Good tells whether the picture keeps the rules as it is.
func (t *Truth) Good() bool { return t.Defect == "" }

// Picture is a drawn face.
type Picture struct {
	Name  string // face-001
	JPEG  []byte
	Truth Truth
}

// Pool draws n faces. Four in ten have a defect or are raw, each of them equally often; the rest are good. The first n of a larger pool are the same.
func Pool(seed uint64, n int) []Picture {
	pictures := make([]Picture, n)
	var group sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), 4) {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range next {
				pictures[i] = Draw(seed, i)
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
	return pictures
}

// Draw draws the i-th face of a seed's pool.
func Draw(seed uint64, i int) Picture {
	var defect Defect
	if bad := i*2/5 + 1; i%5 == 2 || i%5 == 4 {
		defect = Defects()[(bad-1)%len(Defects())]
	}
	r := rand.New(rand.NewPCG(seed, uint64(i)+0x66616365))
	truth, img := draw(r, newFace(r), defect)
	var out bytes.Buffer
	quality := 90
	if defect == Raw {
		quality = 92
	}
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil { // to memory, within the limits of the format
		panic(err)
	}
	return Picture{Name: fmt.Sprintf("face-%03d", i+1), JPEG: withDPI(out.Bytes()), Truth: truth}
}

// withDPI puts the JFIF segment behind the first marker: version 1.02, 350 dots an inch. The standard library writes none.
func withDPI(image []byte) []byte {
	app0 := []byte{0xFF, 0xE0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 2, 1, DPI >> 8, DPI & 0xFF, DPI >> 8, DPI & 0xFF, 0, 0}
	out := make([]byte, 0, len(image)+len(app0))
	return append(append(append(out, image[:2]...), app0...), image[2:]...)
}
