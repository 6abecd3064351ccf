package chart

import (
	"math"
	"strings"
)

// Point is one day of a curve. What is not known is math.NaN().
type Point struct {
	Day                               string
	Plan, Actual, Forecast, Low, High float64
}

// CurveWords are the words of a curve, in the reader's language. Forecast and Range may be empty when nothing is forecast.
type CurveWords struct {
	Day, Plan, Actual, Forecast, Range, Today string
}

// Curve draws the plan, what was done, and what is forecast with its band, day by day; today is the index of the point of today, -1 for none.
func Curve(about About, words CurveWords, points []Point, today int) Drawn {
	c := curve{words: words, points: points, right: width - 24}
	for _, q := range points {
		for _, v := range []float64{q.Plan, q.Actual, q.Forecast, q.High} {
			c.top = max(c.top, sane(v))
		}
	}
	c.top = ceiling(c.top)
	c.left = ems(Number(c.top))*fontSize + 2*gap
	c.legend()
	c.axes()
	c.band()
	c.line(func(q Point) float64 { return q.Plan }, "l-plan", "7 4", 2)
	c.line(func(q Point) float64 { return q.Forecast }, "l-forecast", "2 4", 2.5)
	c.line(func(q Point) float64 { return q.Actual }, "l-actual", "", 3)
	c.today(today)
	head, rows := c.table()
	return Drawn{About: about, SVG: c.finish(about, width, curveHeight), Head: head, Rows: rows}
}

const (
	curveHeight = 300.0
	curveHead   = 54.0
	curveFoot   = 28.0
)

type curve struct {
	pen
	words       CurveWords
	points      []Point
	left, right float64
	top         float64
}

func (c *curve) x(i int) float64 {
	if len(c.points) < 2 {
		return c.left
	}
	return c.left + (c.right-c.left)*float64(i)/float64(len(c.points)-1)
}

func (c *curve) y(v float64) float64 {
	base := curveHeight - curveFoot
	return base - (base-curveHead)*sane(v)/c.top
}

func (c *curve) legend() {
	x := c.left
	for _, one := range []struct{ name, class, dash string }{
		{c.words.Plan, "l-plan", "7 4"}, {c.words.Actual, "l-actual", ""}, {c.words.Forecast, "l-forecast", "2 4"}, {c.words.Range, "", ""},
	} {
		if one.name == "" {
			continue
		}
		if one.class == "" {
			c.shape("rect", "x", x, "y", 4.0, "width", 24.0, "height", 12.0, "class", "band")
		} else {
			c.stroke("M"+coordinate(x)+" 10h24", one.class, one.dash, 2.5)
		}
		c.pen.words(x+30, 15, "start", "ink", one.name)
		x += 30 + ems(one.name)*fontSize + 2*gap
	}
}

func (c *curve) stroke(path, class, dash string, thick float64) {
	pairs := []any{"d", path, "class", class, "stroke-width", thick}
	if dash != "" {
		pairs = append(pairs, "stroke-dasharray", dash)
	}
	c.shape("path", pairs...)
}

func (c *curve) axes() {
	for i := range 5 {
		v := c.top * float64(i) / 4
		class := "grid"
		if i == 0 {
			class = "axis"
		}
		c.shape("line", "x1", c.left, "y1", c.y(v), "x2", c.right, "y2", c.y(v), "class", class)
		c.pen.words(c.left-gap/1.5, c.y(v)+4.5, "end", "soft", Number(v))
	}
	every := 1
	for len(c.points)/every > 8 {
		every++
	}
	for i := 0; i < len(c.points); i += every {
		anchor := "middle"
		if i == len(c.points)-1 {
			anchor = "end"
		}
		c.pen.words(c.x(i), curveHeight-8, anchor, "soft", c.points[i].Day)
	}
}

// band fills between Low and High, over the one run of days that has both.
func (c *curve) band() {
	var there, back []float64
	for i, q := range c.points {
		if known(q.Low) && known(q.High) {
			there = append(there, c.x(i), c.y(q.High))
			back = append([]float64{c.x(i), c.y(q.Low)}, back...)
		}
	}
	if len(there) >= 4 {
		c.shape("path", "d", outline(append(there, back...)...), "class", "band")
	}
}

// line draws a series; a day that is not known breaks it.
func (c *curve) line(of func(Point) float64, class, dash string, thick float64) {
	var path strings.Builder
	down := false
	for i, q := range c.points {
		v := of(q)
		if !known(v) {
			down = false
			continue
		}
		step := "M"
		if down {
			step = "L"
		}
		path.WriteString(step + coordinate(c.x(i)) + " " + coordinate(c.y(v)))
		down = true
	}
	if path.Len() > 0 {
		c.stroke(path.String(), class, dash, thick)
	}
}

func (c *curve) today(i int) {
	if i < 0 || i >= len(c.points) {
		return
	}
	x, q := c.x(i), c.points[i]
	c.shape("line", "x1", x, "y1", curveHead-6, "x2", x, "y2", curveHeight-curveFoot, "class", "today", "stroke-width", 1.5)
	word := spaced(c.words.Today, q.Day)
	if known(q.Actual) {
		c.shape("circle", "cx", x, "cy", c.y(q.Actual), "r", 4.5, "class", "c1")
		word = spaced(word, "·", Number(q.Actual))
	}
	anchor := "start"
	if x > width/2 {
		anchor = "end"
	}
	c.pen.words(x, curveHead-12, anchor, "ink", word)
}

func (c *curve) table() (head []string, rows [][]string) {
	head = []string{c.words.Day, c.words.Plan, c.words.Actual}
	forecast := c.words.Forecast != ""
	if forecast {
		head = append(head, c.words.Forecast, c.words.Range)
	}
	for _, q := range c.points {
		row := []string{q.Day, Number(q.Plan), Number(q.Actual)}
		if forecast {
			reach := ""
			if known(q.Low) && known(q.High) {
				reach = Number(q.Low) + "–" + Number(q.High)
			}
			row = append(row, Number(q.Forecast), reach)
		}
		rows = append(rows, row)
	}
	return head, rows
}

func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Spark draws a run of values as a small line beside a number, the newest with a dot. The heads name the table's columns.
func Spark(about About, headDay, headValue string, days []string, values []float64) Drawn {
	const w, h, edge = 120.0, 28.0, 4.0
	d := Drawn{About: about, Head: []string{headDay, headValue}}
	top := 0.0
	for _, v := range values {
		top = max(top, sane(v))
	}
	if top == 0 {
		top = 1
	}
	var p pen
	path, x, y := "", 0.0, 0.0
	for i, v := range values {
		x, y = edge+(w-2*edge)*float64(i)/float64(max(1, len(values)-1)), h-edge-(h-2*edge)*sane(v)/top
		step := "L"
		if i == 0 {
			step = "M"
		}
		path += step + coordinate(x) + " " + coordinate(y)
		day := ""
		if i < len(days) {
			day = days[i]
		}
		d.Rows = append(d.Rows, []string{day, Number(v)})
	}
	if path != "" {
		p.shape("path", "d", path, "class", "l-actual", "stroke-width", 1.5)
		p.shape("circle", "cx", x, "cy", y, "r", 3.0, "class", "c1")
	}
	d.SVG = p.finish(about, w, h)
	return d
}
