// Package chart draws the boards' charts as SVG (docs/adr/0009-charts.md). A drawing is scaled by the page and coloured by the
// classes of huzheng.css; it holds no style, no script and no text that is not escaped. Each comes with the words for those who cannot see it and
// with the table of its numbers.
package chart

import (
	"encoding/xml"
	"html/template"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// About is what stands around a drawing. Says tells in one or two sentences what it shows, for those who cannot see it.
type About struct {
	Title, Unit, Source, Says string
}

// Drawn is a chart: its drawing, and its numbers as a table.
type Drawn struct {
	About
	SVG  template.HTML
	Head []string
	Rows [][]string
}

// The tones of a bar or a tile, as the tags of the pages have them; each has its class in the stylesheet.
const (
	Info = "info"
	Done = "done"
	Late = "late"
	Stop = "stop"
	Wait = "wait"
)

const (
	width    = 560.0 // of a whole drawing, in the units of its viewBox: about the pixels of half a page, so that letters keep their size
	fontSize = 13.0
	gap      = 10.0
)

// toneClass is the class of a tone; a tone that is unknown is Info.
func toneClass(tone string) string {
	switch tone {
	case Done, Late, Stop, Wait:
		return "c-" + tone
	}
	return "c-" + Info
}

// toneMark is the shape that tells a tone without its colour.
func toneMark(tone string) string {
	switch tone {
	case Done:
		return "✓"
	case Late:
		return "▲"
	case Stop:
		return "✕"
	}
	return ""
}

// seriesClass is the class of the i-th part of a stacked bar.
func seriesClass(i int) string { return "c" + strconv.Itoa(i%4+1) }

// ems estimates how wide a text is, in ems: Chinese characters are square, others about six tenths. It only sets margins; where a text
// begins or ends is left to text-anchor.
func ems(text string) float64 {
	n := 0.0
	for _, r := range text {
		if r < 0x2e80 {
			n += 0.6
		} else {
			n++
		}
	}
	return n
}

// gutter is the margin that the widest of the names needs, at most two fifths of the drawing.
func gutter(names []string) float64 {
	widest := 0.0
	for _, name := range names {
		widest = math.Max(widest, ems(name))
	}
	return math.Min(widest*fontSize+gap, width*2/5)
}

// sane makes a value drawable: what is not a number, or endless, or below nothing is nothing.
func sane(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0
	}
	return math.Min(v, 1e15)
}

// Number writes a value for reading: thousands apart, one decimal where there is one.
func Number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	whole, tenth, _ := strings.Cut(strconv.FormatFloat(v, 'f', 1, 64), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if tenth != "0" {
		whole += "." + tenth
	}
	return sign + whole
}

// ceiling is the end of an axis: the next of 1, 2, 2.5, 5 times a power of ten.
func ceiling(top float64) float64 {
	if top <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(top)))
	for _, step := range []float64{1, 2, 2.5, 5} {
		if top <= step*power {
			return step * power
		}
	}
	return 10 * power
}

// pen writes SVG. Every attribute and every text goes through escape.
type pen struct {
	b     strings.Builder
	links bool
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

func (p *pen) attributes(pairs []any) {
	for i := 0; i+1 < len(pairs); i += 2 {
		p.b.WriteString(" " + pairs[i].(string) + `="`)
		switch v := pairs[i+1].(type) {
		case float64:
			p.b.WriteString(coordinate(v))
		case string:
			p.b.WriteString(escape(v))
		}
		p.b.WriteString(`"`)
	}
}

// shape writes an empty element.
func (p *pen) shape(name string, pairs ...any) {
	p.b.WriteString("<" + name)
	p.attributes(pairs)
	p.b.WriteString("/>")
}

// words writes a text; anchor is start, middle or end.
func (p *pen) words(x, y float64, anchor, class, text string) {
	p.b.WriteString("<text")
	p.attributes([]any{"x", x, "y", y, "text-anchor", anchor, "class", class, "font-size", fontSize})
	p.b.WriteString(">" + escape(text) + "</text>")
}

// group opens a group that leads to href, and names it. A reference that does not stay on this site leads nowhere.
func (p *pen) group(href, title string) (end string) {
	end = "</g>"
	if local(href) {
		p.links = true
		p.b.WriteString("<a")
		p.attributes([]any{"href", href})
		end = "</a>"
	} else {
		p.b.WriteString("<g")
	}
	p.b.WriteString("><title>" + escape(title) + "</title>")
	return end
}

func (p *pen) end(tag string) { p.b.WriteString(tag) }

func local(href string) bool {
	return strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") && !strings.HasPrefix(href, `/\`) || strings.HasPrefix(href, "?")
}

// finish puts the drawing into its frame. An image with links in it is a group to those who listen, or they could not reach them.
func (p *pen) finish(about About, w, h float64) template.HTML {
	var frame pen
	role := "img"
	if p.links {
		role = "group"
	}
	frame.b.WriteString("<svg")
	frame.attributes([]any{"viewBox", "0 0 " + coordinate(w) + " " + coordinate(h), "role", role, "aria-label", about.label()})
	frame.b.WriteString("><title>" + escape(about.label()) + "</title><desc>" + escape(about.Says) + "</desc>" + p.b.String() + "</svg>")
	return template.HTML(frame.b.String()) // built from escaped text only: TestInjection, FuzzDrawings
}

func (a About) label() string {
	if a.Unit == "" {
		return a.Title
	}
	return a.Title + " (" + a.Unit + ")"
}

func coordinate(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0")
}

// short cuts a text that a place of so many ems cannot hold; the whole stands in its group's title.
func short(text string, most float64) string {
	if ems(text) <= most {
		return text
	}
	for len(text) > 0 && ems(text) > most-1 {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text + "…"
}
