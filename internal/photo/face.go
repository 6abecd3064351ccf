package photo

import (
	"math"

	"github.com/huzheng/huzheng/internal/photo/pico"
)

// Point is a place in a picture, in pixels from the upper left corner.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Face is where a face lies. Left and right are as seen in the picture.
type Face struct {
	Left  Point   `json:"left_pupil"`
	Right Point   `json:"right_pupil"`
	Score float64 `json:"score"` // of the detector; true faces reach hundreds
}

// Distance between the pupils, pixels.
func (f *Face) Distance() float64 { return math.Hypot(f.Right.X-f.Left.X, f.Right.Y-f.Left.Y) }

// Middle between the pupils.
func (f *Face) Middle() Point { return Point{(f.Left.X + f.Right.X) / 2, (f.Left.Y + f.Right.Y) / 2} }

// Tilt of the line between the pupils, clockwise, degrees.
func (f *Face) Tilt() float64 {
	return math.Atan2(f.Right.Y-f.Left.Y, f.Right.X-f.Left.X) * 180 / math.Pi
}

// at is the point u to the right of the middle and v below it, in distances between the pupils.
func (f *Face) at(u, v float64) Point {
	m, dx, dy := f.Middle(), f.Right.X-f.Left.X, f.Right.Y-f.Left.Y
	return Point{m.X + u*dx - v*dy, m.Y + u*dy + v*dx}
}

// mapped is the face seen through a change of coordinates.
func (f *Face) mapped(to func(x, y float64) (float64, float64)) *Face {
	out := &Face{Score: f.Score}
	out.Left.X, out.Left.Y = to(f.Left.X, f.Left.Y)
	out.Right.X, out.Right.Y = to(f.Right.X, f.Right.Y)
	return out
}

// Detector finds faces and pupils. The one that is built in is Pico.
type Detector interface {
	// Faces finds faces whose window has a side of least to most pixels, the best first; it may leave out those whose side is below a share of the best one's.
	Faces(g *pico.Grey, least, most int, share float64) []pico.Face
	// Pupil refines a guess; size is the window to look in.
	Pupil(g *pico.Grey, x, y, size float64) (px, py, spread float64)
}

// Pico is the built-in detector.
type Pico struct{}

// Faces implements Detector.
func (Pico) Faces(g *pico.Grey, least, most int, share float64) []pico.Face {
	return pico.Faces(g, least, most, share)
}

// Pupil implements Detector.
func (Pico) Pupil(g *pico.Grey, x, y, size float64) (px, py, spread float64) {
	return pico.Pupil(g, x, y, size)
}

const (
	workingSide = 640  // the long side of the copy on which faces are looked for
	scoreFloor  = 25   // below: no face, unless
	scoreLeast  = 8    // from here on both irises stand out; a person then looks
	secondFace  = 0.1  // a second face counts from this share of the first one's area
	pupilWindow = 0.25 // of the face's window
	pupilPixels = 200  // between the pupils on the copy on which they are looked for
	pupilSide   = 480  // its width; beyond the pupils there is room for where they may be found
	pupilRows   = 280  // its height
	perWindow   = 0.36 // distance between the pupils, of the face's window
)

// found is what the search gives, in pixels of the upright picture.
type found struct {
	face   *Face // nil: none
	count  int
	second float64 // area of the second face over that of the first
	onSide bool    // found only after turning the picture by quarters
}

// search finds the face of a picture: upright, then turned by 20 degrees either way, then by quarters; at last, where all that found nothing, with the light evened out.
func (p *picture) search(d Detector) found {
	g, k := p.shrunk(workingSide)
	if out, ok := p.searchNearlyUpright(d, g, k, false); ok {
		return out
	}
	for _, degree := range []float64{90, -90, 180} {
		if hits := faces(d, turnedGrey(g, degree)); len(hits) > 0 && hits[0].Score >= 2*scoreFloor {
			return found{onSide: true}
		}
	}
	out, _ := p.searchNearlyUpright(d, evened(g), k, true)
	return out
}

func (p *picture) searchNearlyUpright(d Detector, g *pico.Grey, k int, even bool) (found, bool) {
	for _, degree := range []float64{0, -20, 20} {
		if out, ok := p.searchTurned(d, g, k, degree, even); ok {
			return out, true
		}
	}
	return found{}, false
}

// evened divides each pixel by the mean around it. The detector compares pixels, and knows few faces whose hair is brighter than their skin; what is left then are eyes, nose
// and mouth, dark in a skin of any tone.
func evened(g *pico.Grey) *pico.Grey {
	const grain = 16 // that dark places are not made of
	around := means(g, min(g.Width, g.Height)/6)
	out := &pico.Grey{Width: g.Width, Height: g.Height, Pix: make([]uint8, len(g.Pix))}
	for i, v := range g.Pix {
		out.Pix[i] = uint8(min(128*(int(v)+grain)/(around[i]+grain), 255))
	}
	return out
}

// means are those of squares of 2*radius+1 pixels around each one, as far as they lie inside.
func means(g *pico.Grey, radius int) []int {
	w := g.Width + 1
	sums := make([]int, w*(g.Height+1)) // of all pixels above and to the left
	for y := range g.Height {
		row := 0
		for x := range g.Width {
			row += int(g.Pix[y*g.Width+x])
			sums[(y+1)*w+x+1] = sums[y*w+x+1] + row
		}
	}
	out := make([]int, len(g.Pix))
	for y := range g.Height {
		top, bottom := max(y-radius, 0), min(y+radius+1, g.Height)
		for x := range g.Width {
			left, right := max(x-radius, 0), min(x+radius+1, g.Width)
			out[y*g.Width+x] = (sums[bottom*w+right] - sums[bottom*w+left] - sums[top*w+right] + sums[top*w+left]) / ((right - left) * (bottom - top))
		}
	}
	return out
}

// faces are those above the floor, or the best one alone where it is a little below.
func faces(d Detector, g *pico.Grey) []pico.Face {
	short := min(g.Width, g.Height)
	hits := d.Faces(g, max(short/8, 40), short, 0.95*math.Sqrt(secondFace))
	for i, f := range hits {
		if f.Score < scoreFloor && (i > 0 || f.Score < scoreLeast) {
			return hits[:i]
		}
	}
	return hits
}

// searchTurned looks on a copy turned by an angle. Both irises must stand out where the score is low, and in a copy whose light was evened out, where it may not be low
// besides: more there looks like a face.
func (p *picture) searchTurned(d Detector, g *pico.Grey, k int, degree float64, even bool) (found, bool) {
	back := turn(g, degree)
	if degree != 0 {
		g = turnedGrey(g, degree)
	}
	hits := faces(d, g)
	if len(hits) == 0 || even && hits[0].Score < scoreFloor {
		return found{}, false
	}
	best, out := hits[0], found{}
	for _, f := range hits {
		share := f.Size * f.Size / (best.Size * best.Size)
		if f == best || share > secondFace {
			out.count++
		}
		if f != best {
			out.second = max(out.second, share)
		}
	}
	x, y := back.source(best.X, best.Y)
	var n int
	if out.face, n = p.pupils(d, x*float64(k), y*float64(k), best.Size*float64(k), degree); n < 2 && (even || best.Score < scoreFloor) {
		return found{}, false
	}
	out.face.Score = best.Score
	return out, true
}

// turn maps a turned copy back to where it came from.
func turn(g *pico.Grey, degree float64) frame {
	x, y := float64(g.Width)/2, float64(g.Height)/2
	return newFrame(x, y, x, y, 1, degree*math.Pi/180)
}

func turnedGrey(g *pico.Grey, degree float64) *pico.Grey {
	return drawn(g, turn(g, degree), 0, 0, 1, g.Width, g.Height)
}

// pupils refines the face's window (middle and side in the upright picture) to the two pupils. They are looked for twice: the second time on a copy that is
// level, because the search is at its best there.
func (p *picture) pupils(d Detector, x, y, size, degree float64) (face *Face, irises int) {
	angle := degree * math.Pi / 180
	sin, cos := math.Sincos(angle)
	guess := func(du, dv float64) Point {
		return Point{x + size*(du*cos-dv*sin), y + size*(du*sin+dv*cos)}
	}
	face = &Face{Left: guess(-0.175, -0.075), Right: guess(0.175, -0.075)}
	face, _ = p.refine(d, face, size, angle, false)
	again, n := p.refine(d, face, face.Distance()/perWindow, face.Tilt()*math.Pi/180, true)
	if again.Distance() > 0.7*face.Distance() && again.Distance() < 1.4*face.Distance() {
		return again, n
	}
	return face, 0
}

// refine looks for both pupils on a copy that is turned by angle and has some 200 pixels between them. To be exact it centres them on the iris, and tells in how many it stood out.
func (p *picture) refine(d Detector, face *Face, size, angle float64, exact bool) (out *Face, irises int) {
	w, h := p.size()
	scale := max(size*perWindow, 10) / pupilPixels
	m := face.Middle()
	f := newFrame(m.X, m.Y, pupilSide/2, pupilRows/2, scale, angle)
	k := max(1, int(scale))
	box := f.bounds(pupilSide, pupilRows, 2*k)
	x0, y0 := max(box[0], 0), max(box[1], 0)
	small := p.greyRegion(x0, y0, max(min(box[2], w)-x0, k), max(min(box[3], h)-y0, k), k)
	g := drawn(small, f, x0, y0, k, pupilSide, pupilRows)
	half, window := face.Distance()/scale/2, size/scale*pupilWindow
	var eyes [2]Point
	for i, sign := range []float64{-1, 1} {
		eyes[i].X, eyes[i].Y, _ = d.Pupil(g, pupilSide/2+sign*half, pupilRows/2, window)
	}
	if math.Abs(eyes[0].Y-eyes[1].Y) > slanting {
		eyes = slanted(g, eyes, pupilSide/2, half)
	}
	out = &Face{}
	for i, to := range []*Point{&out.Left, &out.Right} {
		if exact {
			var step float64
			if eyes[i], step = iris(g, eyes[i]); step > 0 {
				irises++
			}
		}
		to.X, to.Y = f.source(eyes[i].X+0.5, eyes[i].Y+0.5)
	}
	return out, irises
}

// slanting is from how many rows between the two pupils on, of the copy with 200 pixels between them, one of them may be no pupil but the rim of a pair of glasses.
const slanting = 12

// slanted keeps the two pupils, or puts one of them beside the other: where the weaker of the two irises stands out most.
func slanted(g *pico.Grey, eyes [2]Point, middle, half float64) (best [2]Point) {
	most := -1.0
	for _, pair := range [][2]Point{eyes, {eyes[0], {middle + half, eyes[0].Y}}, {{middle - half, eyes[1].Y}, eyes[1]}} {
		left, one := iris(g, pair[0])
		right, other := iris(g, pair[1])
		if weaker := min(one, other); weaker > most {
			most, best = weaker, [2]Point{left, right}
		}
	}
	return best
}

// How far the iris is looked for around what the detector says, and its radius, on the copy with 200 pixels between the pupils. Irises of grown people measure 11 to
// 13 mm across, with 54 to 74 mm between them.
const (
	irisReach = 28
	irisLeast = 14
	irisMost  = 34

	irisBeyond = 13 // how far beyond it stays bright
	irisWithin = 5  // from here on outwards it is dark; further in a lamp may be mirrored
	irisHigh   = 11 // rows that a narrow eye shows of it
	irisDarker = 12 // levels, than what lies beyond: the rim of a pair of glasses has skin within
)

// iris moves a pupil to the middle of the circle around it whose edge is the strongest step from dark to bright, looking to the left and right only, because lids cover
// the rest. The detector alone is drawn down by heavy lids, and aside where skin and iris are of like darkness. Where no such circle stands out, the pupil stays, and the step is 0.
func iris(g *pico.Grey, at Point) (middle Point, step float64) {
	x, y := at.X, at.Y
	const least = 8.0 // levels that the step has
	best, bx, by := least, 0, 0
	try := func(dx, dy int) {
		far := math.Hypot(float64(dx), float64(dy)) / irisReach
		if far > 1 {
			return
		}
		if step := limbus(g, int(x)+dx, int(y)+dy) * (1 - 0.6*far*far); step > best {
			best, bx, by = step, dx, dy
		}
	}
	for dy := -irisReach; dy <= irisReach; dy += 2 {
		for dx := -irisReach; dx <= irisReach; dx += 2 {
			try(dx, dy)
		}
	}
	if best == least {
		return at, 0
	}
	cx, cy := bx, by
	for dy := cy - 1; dy <= cy+1; dy++ {
		for dx := cx - 1; dx <= cx+1; dx++ {
			try(dx, dy)
		}
	}
	dx, dy := between(g, int(x)+bx, int(y)+by)
	return Point{math.Floor(x) + float64(bx) + dx, math.Floor(y) + float64(by) + dy}, best
}

// between moves the best circle by less than a few pixels: to the middle of those around it that are nearly as good, because a level eye line needs parts of a pixel.
func between(g *pico.Grey, x, y int) (dx, dy float64) {
	const reach, share = 6, 0.75
	floor := share * limbus(g, x, y)
	sum := 0.0
	for v := -reach; v <= reach; v++ {
		for u := -reach; u <= reach; u++ {
			if w := limbus(g, x+u, y+v) - floor; w > 0 {
				sum, dx, dy = sum+w, dx+w*float64(u), dy+w*float64(v)
			}
		}
	}
	if sum == 0 {
		return 0, 0
	}
	return dx / sum, dy / sum
}

// arcs are where the pixels along directions within 24 degrees of the horizontal lie: for each of nine to the right and their mirror images to the left, by radius.
var arcs = func() (out [2][9][irisMost + irisBeyond]struct{ x, y, at int }) {
	for i := range out[0] {
		sin, cos := math.Sincos((float64(i) - 4) * 6 * math.Pi / 180)
		for r := range out[0][i] {
			x, y := int(math.Floor(cos*float64(r)+0.5)), int(math.Floor(sin*float64(r)+0.5))
			for side, x := range []int{-x, x} {
				p := &out[side][i][r]
				p.x, p.y, p.at = x, y, y*pupilSide+x
			}
		}
	}
	return out
}()

// lumas reads the pixels of an arc around a place, each with the two behind it. The picture is as wide as arcs has it.
func lumas(g *pico.Grey, x, y, side, i int, out *[irisMost + irisBeyond]int) {
	arc := &arcs[side][i]
	const reach = irisMost + irisBeyond
	if x >= reach && y >= reach && x < g.Width-reach && y < g.Height-reach {
		pix := g.Pix[y*pupilSide+x-reach*pupilSide:]
		for r := irisWithin; r < reach; r++ {
			out[r] = int(pix[reach*pupilSide+arc[r].at])
		}
		return
	}
	for r := irisWithin; r < reach; r++ {
		out[r] = int(g.At(x+arc[r].x, y+arc[r].y))
	}
}

// limbus is the strongest step outwards from dark to bright over all radii: of each arc the step counts up to a ceiling, so that no single reflection decides, and of the two sides
// the weaker one mostly, so that a step must be on both. Outside it must stay bright for a while, as no reflection of a lamp does.
func limbus(g *pico.Grey, x, y int) float64 {
	const ceiling = 3 * 70
	var sum [2][irisMost]int
	var luma [irisMost + irisBeyond]int
	inner := 0
	var outer [irisMost]int
	for side := range arcs {
		for i := range arcs[side] {
			lumas(g, x, y, side, i, &luma)
			for _, v := range luma[irisWithin : irisLeast-3] {
				inner += v
			}
			for r := irisWithin; r < len(luma)-2; r++ { // from here on each with the two behind it
				luma[r] += luma[r+1] + luma[r+2]
			}
			for r := irisLeast; r < irisMost; r++ {
				beyond := luma[r+10]
				sum[side][r] += min(max(min(luma[r+1], beyond)-luma[r-3], 0), ceiling)
				outer[r] += beyond
			}
		}
	}
	best, n := 0, 2*len(arcs[0])
	inner /= n * (irisLeast - 3 - irisWithin)
	for r := irisLeast; r < irisMost; r++ {
		step := 4*min(sum[0][r], sum[1][r]) + max(sum[0][r], sum[1][r])
		if beyond := outer[r] / (3 * n); step > best && beyond >= inner+irisDarker && tall(g, x, y, (inner+beyond)/2) {
			best = step
		}
	}
	return float64(best) / float64(5*3*len(arcs[0]))
}

// tall tells whether the dark spot is as high as a narrow eye shows of its iris, on either side of the lamp's reflection; a rim is not.
func tall(g *pico.Grey, x, y, limit int) bool {
	for _, dx := range []int{-7, 7} {
		rows := 0
		for dy := -irisHigh; dy <= irisHigh; dy++ {
			if int(g.At(x+dx, y+dy)) < limit {
				rows++
			}
		}
		if rows >= irisHigh {
			return true
		}
	}
	return false
}
