package chart

import (
	"math"
	"slices"
	"strings"
)

// Tile is one station on the map. Value is the short number in the tile ("87"), Word what Tone says.
type Tile struct {
	Unit, Name, Value string
	Tone, Word        string
	Href              string
}

// Area is one county with its stations. Word sums it up beside its name.
type Area struct {
	Unit, Name, Word string
	Href             string
	Tiles            []Tile
}

// place is where a county's block stands: column and row, west to east and north to south.
type place struct{ column, row int }

// places is our schema of the city: who lies beside whom, not how large or in what shape. A county that is not here follows below.
var places = map[string]place{
	"220122": {0, 0}, "220183": {1, 0}, "220182": {2, 0},
	"220106": {0, 1}, "220103": {1, 1}, "220181": {2, 1},
	"220104": {0, 2}, "220102": {1, 2}, "220105": {2, 2},
	"220112": {2, 3},
}

const (
	hexagon   = 21.0 // from the middle of a tile to a corner
	blockHead = 26.0
	blockGap  = 22.0
	columns   = 3
)

// Map draws the counties as blocks of tiles, a tile for each station: a schema, not a survey. The heads name the table's columns: unit, value, state.
func Map(about About, headUnit, headValue, headState string, areas []Area) Drawn {
	d := Drawn{About: about, Head: []string{headUnit, headValue, headState}}
	blocks := arrange(areas)
	xs, ys := tracks(blocks)
	var p pen
	for _, b := range blocks {
		b.draw(&p, about.Unit, xs[b.column], ys[b.row])
		for _, tile := range b.area.Tiles {
			d.Rows = append(d.Rows, []string{b.area.Name + " " + tile.Name, tile.Value, tile.Word})
		}
	}
	foot := ys[len(ys)-1]
	explain(&p, areas, foot)
	d.SVG = p.finish(about, max(width, xs[len(xs)-1]), foot+blockHead)
	return d
}

// explain says below the map what each tone in it means.
func explain(p *pen, areas []Area, y float64) {
	x := 0.0
	for _, tone := range []string{Info, Done, Late, Stop, Wait} {
		word := wordOf(areas, tone)
		if word == "" {
			continue
		}
		p.shape("rect", "x", x, "y", y, "width", 14.0, "height", 14.0, "class", "tile "+toneClass(tone))
		word = spaced(toneMark(tone), word)
		p.words(x+20, y+12, "start", "ink", word)
		x += 20 + ems(word)*fontSize + 2*gap
	}
}

// wordOf finds what the tiles of a tone say.
func wordOf(areas []Area, tone string) string {
	for _, area := range areas {
		for _, tile := range area.Tiles {
			if toneClass(tile.Tone) == toneClass(tone) && tile.Word != "" {
				return tile.Word
			}
		}
	}
	return ""
}

type block struct {
	place
	area   Area
	across int // tiles in a row
}

// arrange gives each county its place: that of the schema where it is free, else the next one below it.
func arrange(areas []Area) []block {
	areas = slices.Clone(areas)
	slices.SortStableFunc(areas, func(a, b Area) int { return strings.Compare(a.Unit, b.Unit) })
	taken := make(map[place]bool)
	var blocks, rest []block
	last := -1
	for _, area := range areas {
		b := block{area: area, across: max(1, int(math.Ceil(math.Sqrt(1.4*float64(len(area.Tiles))))))}
		at, ok := places[area.Unit]
		if !ok || taken[at] {
			rest = append(rest, b)
			continue
		}
		b.place, taken[at] = at, true
		last = max(last, at.row)
		blocks = append(blocks, b)
	}
	for i := range rest {
		rest[i].place = place{i % columns, last + 1 + i/columns}
	}
	return append(blocks, rest...)
}

func (b block) size() (w, h float64) {
	rows := (len(b.area.Tiles) + b.across - 1) / b.across
	w = (float64(b.across) + 0.5) * hexagon * math.Sqrt(3)
	w = max(w, (ems(b.area.Name)+ems(b.area.Word)+1)*fontSize)
	return w, blockHead + float64(rows)*1.5*hexagon + hexagon/2
}

// tracks are where the columns and rows begin; the last of each is where they end.
func tracks(blocks []block) (xs, ys []float64) {
	wide, high := make([]float64, columns), []float64{}
	for _, b := range blocks {
		w, h := b.size()
		wide[b.column] = max(wide[b.column], w)
		for len(high) <= b.row {
			high = append(high, 0)
		}
		high[b.row] = max(high[b.row], h)
	}
	return ends(wide), ends(high)
}

func ends(lengths []float64) []float64 {
	out := []float64{0}
	for _, length := range lengths {
		next := out[len(out)-1]
		if length > 0 {
			next += length + blockGap
		}
		out = append(out, next)
	}
	return out
}

func (b block) draw(p *pen, unit string, x, y float64) {
	end := p.group(b.area.Href, spaced(b.area.Name, b.area.Word))
	p.words(x, y+fontSize+2, "start", "ink name", spaced(b.area.Name, b.area.Word))
	p.end(end)
	step := hexagon * math.Sqrt(3)
	for i, tile := range b.area.Tiles {
		row := i / b.across
		cx := x + step/2 + step*float64(i%b.across) + step/2*float64(row%2)
		cy := y + blockHead + hexagon + 1.5*hexagon*float64(row)
		tile.draw(p, unit, cx, cy)
	}
}

func (t Tile) draw(p *pen, unit string, cx, cy float64) {
	var corners []float64
	for i := range 6 {
		angle := math.Pi/6 + math.Pi/3*float64(i)
		corners = append(corners, cx+(hexagon-1)*math.Cos(angle), cy+(hexagon-1)*math.Sin(angle))
	}
	end := p.group(t.Href, spaced(t.Name, t.Value, unit, t.Word))
	p.shape("path", "d", outline(corners...), "class", "tile "+toneClass(t.Tone))
	ink := "on"
	if t.Tone == Wait {
		ink = "ink"
	}
	mark := toneMark(t.Tone)
	if mark == "" {
		p.words(cx, cy+4.5, "middle", ink, short(t.Value, 2.5))
	} else {
		p.words(cx, cy, "middle", ink, short(t.Value, 2.5))
		p.words(cx, cy+13, "middle", ink, mark)
	}
	p.end(end)
}
