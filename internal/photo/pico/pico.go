// Package pico finds faces and pupils by comparing pairs of pixels along trained trees (PICO: Markuš and others, 2013; pupils: 2014). The two
// cascades are those of pigo (cascade/LICENSE); the runners here are our own, so that a search gives the same answer every time and pupils come in
// fractions of a pixel.
package pico

import (
	"cmp"
	_ "embed"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

//go:embed cascade/facefinder.bin
var faceBytes []byte

//go:embed cascade/puploc.bin
var pupilBytes []byte

// Grey is a grey picture without gaps between its rows.
type Grey struct {
	Width, Height int
	Pix           []uint8
}

// Face is a square with a face in it.
type Face struct {
	X, Y, Size float64 // middle and side, pixels
	Score      float64
}

// The two steps of the search belong to the limits of the score: change them and the limits mean nothing any more.
const (
	shift   = 0.08 // of the window's size
	growth  = 1.08
	overlap = 0.2 // of two windows on one face: shared area over joint area
)

// tree is one binary tree of pixel comparisons: four offsets for each inner node, one or two numbers for each leaf.
type faceTrees struct {
	depth     int
	codes     [][]int8 // from node 1 on, so four unused ones in front
	leaves    [][]float32
	threshold []float32
}

type pupilTrees struct {
	depth, trees int
	shrink       float32 // of the window after each stage
	codes        [][]int8
	leaves       [][]float32
}

var errCascade = errors.New("pico: not a cascade")

// reader takes a cascade apart; once it is at its end it gives zeros and remembers.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.short = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) number() int {
	if b := r.bytes(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

func (r *reader) floats(n int) []float32 {
	b := r.bytes(4 * n)
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

func (r *reader) signed(n int) []int8 {
	b := r.bytes(n)
	out := make([]int8, len(b))
	for i, v := range b {
		out[i] = int8(v)
	}
	return out
}

func parseFaces(data []byte) (*faceTrees, error) {
	r := &reader{rest: data}
	r.bytes(8) // its version and the form of its window
	t := &faceTrees{depth: r.number()}
	n := r.number()
	if t.depth < 1 || t.depth > 12 || n > len(data) {
		return nil, errCascade
	}
	for range n {
		t.codes = append(t.codes, append(make([]int8, 4), r.signed(4<<t.depth-4)...))
		t.leaves = append(t.leaves, r.floats(1<<t.depth))
		t.threshold = append(t.threshold, append(r.floats(1), 0)[0])
	}
	if r.short || n == 0 {
		return nil, errCascade
	}
	return t, nil
}

func parsePupils(data []byte) (*pupilTrees, error) {
	r := &reader{rest: data}
	stages := r.number()
	t := &pupilTrees{shrink: append(r.floats(1), 0)[0], trees: r.number(), depth: r.number()}
	if t.depth < 1 || t.depth > 12 || stages > 100 || t.trees > 1000 {
		return nil, errCascade
	}
	for range stages * t.trees {
		t.codes = append(t.codes, r.signed(4<<t.depth-4))
		t.leaves = append(t.leaves, r.floats(2<<t.depth))
	}
	if r.short || len(t.codes) == 0 {
		return nil, errCascade
	}
	return t, nil
}

// cascades are unpacked at the first use.
var cascades = sync.OnceValues(func() (*faceTrees, *pupilTrees) {
	faces, err := parseFaces(faceBytes)
	pupils, err2 := parsePupils(pupilBytes)
	if errors.Join(err, err2) != nil { // they are compiled in, and a test compares their digests
		panic(errCascade)
	}
	return faces, pupils
})

// tabled is of how many trees the places of the pixels are worked out beforehand: nearly all windows are given up within them.
const tabled = 8

// window is the cascade for windows of one size on pictures of one width: where the two pixels of each node lie, counted from the window's middle.
type window struct {
	*faceTrees
	size, width int
	places      [][]pair // of the first trees, from node 1 on
}

type pair struct{ a, b int32 }

func (t *faceTrees) window(size, width int) *window {
	w := &window{faceTrees: t, size: size, width: width}
	for _, codes := range t.codes[:min(tabled, len(t.codes))] {
		places := make([]pair, len(codes)/4)
		for node := range places {
			c := codes[4*node : 4*node+4]
			places[node] = pair{w.place(c[0], c[1]), w.place(c[2], c[3])}
		}
		w.places = append(w.places, places)
	}
	return w
}

// place of a pixel from the window's middle: a code is in 256ths of its size.
func (w *window) place(y, x int8) int32 {
	return int32(int(y)*w.size>>8*w.width + int(x)*w.size>>8)
}

// score of the window around a pixel; not above zero is no face.
func (w *window) score(pix []uint8, at int) float32 {
	var sum float32
	for i, places := range w.places {
		node := 1
		for range w.depth {
			p := &places[node]
			node = child(node, pix[at+int(p.a)], pix[at+int(p.b)])
		}
		if sum += w.leaves[i][node-len(places)]; sum <= w.threshold[i] {
			return -1
		}
	}
	for i := len(w.places); i < len(w.codes); i++ {
		node := 1
		for range w.depth {
			c := w.codes[i][4*node : 4*node+4 : 4*node+4]
			node = child(node, pix[at+int(w.place(c[0], c[1]))], pix[at+int(w.place(c[2], c[3]))])
		}
		if sum += w.leaves[i][node-1<<w.depth]; sum <= w.threshold[i] {
			return -1
		}
	}
	return sum - w.threshold[len(w.threshold)-1]
}

// child is the node below, the right one where a <= b; without a branch, which would be guessed wrong half the time.
func child(node int, a, b uint8) int {
	return 2*node + int(uint32(int32(a)-int32(b)-1)>>31)
}

// sure is the score from which on a face is one beyond doubt.
const sure = 100

// Faces finds faces whose window is from least to most pixels wide, the best first. The large ones are looked for first, and once one is found beyond doubt none whose side is
// below a share of its side: most windows are small ones.
func Faces(g *Grey, least, most int, share float64) []Face {
	trees, _ := cascades()
	var hits []Face
	for _, size := range slices.Backward(sizes(max(least, 20), min(most, g.Width, g.Height))) {
		if best := merged(hits); len(best) > 0 && best[0].Score >= sure && float64(size) < share*best[0].Size {
			break
		}
		hits = trees.windows(g, size, hits)
	}
	return merged(hits)
}

// sizes of windows, from the smallest.
func sizes(least, most int) (out []int) {
	for size := least; size <= most; size = max(size+2, int(float64(size)*growth)) {
		out = append(out, size)
	}
	return out
}

// windows adds the hits of one size.
func (t *faceTrees) windows(g *Grey, size int, hits []Face) []Face {
	w := t.window(size, g.Width)
	step, margin := max(1, int(shift*float64(size))), size/2+1
	for y := margin; y <= g.Height-margin; y += step {
		for x := margin; x <= g.Width-margin; x += step {
			if q := w.score(g.Pix, y*g.Width+x); q > 0 {
				hits = append(hits, Face{float64(x), float64(y), float64(size), float64(q)})
			}
		}
	}
	return hits
}

// merged makes one face of windows that lie over each other: their mean, weighted by score, and the sum of their scores.
func merged(hits []Face) []Face {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, byScore)
	var faces []Face
	taken := make([]bool, len(hits))
	for i, best := range hits {
		if taken[i] {
			continue
		}
		var sum Face
		for j, other := range hits {
			if taken[j] || shared(best, other) <= overlap {
				continue
			}
			taken[j] = true
			sum.X, sum.Y, sum.Size, sum.Score = sum.X+other.X*other.Score, sum.Y+other.Y*other.Score, sum.Size+other.Size*other.Score, sum.Score+other.Score
		}
		sum.X, sum.Y, sum.Size = sum.X/sum.Score, sum.Y/sum.Score, sum.Size/sum.Score
		faces = append(faces, sum)
	}
	slices.SortStableFunc(faces, byScore)
	return apart(faces)
}

func byScore(a, b Face) int { return cmp.Compare(b.Score, a.Score) }

// apart drops faces whose middle lies in a better one, or which hold the middle of a better one.
func apart(faces []Face) []Face {
	var out []Face
	for _, f := range faces {
		if !slices.ContainsFunc(out, func(better Face) bool { return better.holds(f) || f.holds(better) }) {
			out = append(out, f)
		}
	}
	return out
}

func (f Face) holds(o Face) bool { return math.Abs(f.X-o.X) < f.Size/2 && math.Abs(f.Y-o.Y) < f.Size/2 }

func shared(a, b Face) float64 {
	side := func(p, s, q, t float64) float64 { return max(0, min(p+s/2, q+t/2)-max(p-s/2, q-t/2)) }
	both := side(a.X, a.Size, b.X, b.Size) * side(a.Y, a.Size, b.Y, b.Size)
	return both / (a.Size*a.Size + b.Size*b.Size - both)
}

// searches is how often a pupil is looked for from a start moved a little; the median counts.
const searches = 31

// Pupil looks for the pupil near (x, y) in a window of the given size. The starts are moved by a fixed generator: the same picture gives the same
// pupil. Spread is the median distance of the searches from their median: how sure it is, in pixels.
func Pupil(g *Grey, x, y, size float64) (px, py, spread float64) {
	_, trees := cascades()
	r := rand.New(rand.NewPCG(461, 2004))
	var xs, ys, off [searches]float64
	for i := range searches {
		fx := float32(x + size*0.15*(0.5-r.Float64()))
		fy := float32(y + size*0.15*(0.5-r.Float64()))
		xs[i], ys[i] = trees.search(g, fx, fy, float32(size*(0.925+0.15*r.Float64())))
	}
	px, py = median(xs), median(ys)
	for i := range searches {
		off[i] = math.Hypot(xs[i]-px, ys[i]-py)
	}
	return px, py, median(off)
}

func median(v [searches]float64) float64 {
	slices.Sort(v[:])
	return v[searches/2]
}

func (t *pupilTrees) search(g *Grey, x, y, size float32) (float64, float64) {
	for first := 0; first < len(t.codes); first += t.trees {
		cx, cy, s := int(x)<<8, int(y)<<8, int(size+0.5)
		var dx, dy float32
		for i := first; i < first+t.trees; i++ {
			node := 0
			for range t.depth {
				c := t.codes[i][4*node : 4*node+4 : 4*node+4]
				node = 2*node + 1
				if g.At((cx+int(c[1])*s)>>8, (cy+int(c[0])*s)>>8) > g.At((cx+int(c[3])*s)>>8, (cy+int(c[2])*s)>>8) {
					node++
				}
			}
			leaf := 2 * (node + 1 - 1<<t.depth)
			dy += t.leaves[i][leaf]
			dx += t.leaves[i][leaf+1]
		}
		x, y, size = x+dx*size, y+dy*size, size*t.shrink
	}
	return float64(x), float64(y)
}

// At is the pixel at a place, or the nearest one inside.
func (g *Grey) At(x, y int) uint8 {
	return g.Pix[min(max(y, 0), g.Height-1)*g.Width+min(max(x, 0), g.Width-1)]
}
