package chart

// Bar is one line of a bar chart. Target draws a mark (0: none); Word says what Tone says ("late"), beside the number.
type Bar struct {
	Name          string
	Value, Target float64
	Tone, Word    string
	Href          string
}

// Bars draws lying bars, one under the other. The heads name the table's columns.
func Bars(about About, headName, headValue, headTarget string, bars []Bar) Drawn {
	const row, thick, right = 28.0, 16.0, 130.0
	d := Drawn{About: about, Head: []string{headName, headValue, headTarget}}
	var names []string
	top := 0.0
	for _, bar := range bars {
		names = append(names, bar.Name)
		top = max(top, sane(bar.Value), sane(bar.Target))
		d.Rows = append(d.Rows, []string{bar.Name, Number(bar.Value), target(bar.Target)})
	}
	left := gutter(names)
	scale := (width - left - right) / ceiling(top)
	var p pen
	height := row * float64(len(bars))
	p.shape("line", "x1", left, "y1", 0.0, "x2", left, "y2", height, "class", "axis")
	for i, bar := range bars {
		y := row * float64(i)
		length := sane(bar.Value) * scale
		end := p.group(bar.Href, spaced(bar.Name, Number(bar.Value), about.Unit, bar.Word))
		p.words(left-gap/1.5, y+row/2+4.5, "end", "ink", short(bar.Name, (left-gap)/fontSize+0.5))
		p.shape("rect", "x", left, "y", y+(row-thick)/2, "width", length, "height", thick, "class", toneClass(bar.Tone))
		if t := sane(bar.Target); t > 0 {
			p.shape("line", "x1", left+t*scale, "y1", y+2, "x2", left+t*scale, "y2", y+row-2, "class", "today", "stroke-width", 2.0)
		}
		p.words(left+max(length, sane(bar.Target)*scale)+gap/1.5, y+row/2+4.5, "start", "ink", spaced(Number(bar.Value), toneMark(bar.Tone)+bar.Word))
		p.end(end)
	}
	d.SVG = p.finish(about, width, height)
	return d
}

func target(v float64) string {
	if sane(v) == 0 {
		return ""
	}
	return Number(v)
}

func spaced(parts ...string) string {
	line := ""
	for _, part := range parts {
		if part != "" && line != "" {
			line += " "
		}
		line += part
	}
	return line
}

// Stack is one line of a stacked bar chart: a value for each series.
type Stack struct {
	Name   string
	Values []float64
	Href   string
}

// Stacked draws lying bars in parts. The parts stand in the order of series, from dark to light; a thin gap keeps them apart without colour.
func Stacked(about About, headName string, series []string, stacks []Stack) Drawn {
	const row, thick, head, right = 28.0, 16.0, 28.0, 80.0
	d := Drawn{About: about, Head: append([]string{headName}, series...)}
	var names []string
	top := 0.0
	for _, stack := range stacks {
		names = append(names, stack.Name)
		top = max(top, sum(stack.Values, len(series)))
		line := []string{stack.Name}
		for i := range series {
			line = append(line, Number(at(stack.Values, i)))
		}
		d.Rows = append(d.Rows, line)
	}
	left := gutter(names)
	scale := (width - left - right) / ceiling(top)
	var p pen
	legend(&p, left, series)
	height := head + row*float64(len(stacks))
	p.shape("line", "x1", left, "y1", head, "x2", left, "y2", height, "class", "axis")
	for i, stack := range stacks {
		y, x := head+row*float64(i), left
		total := Number(sum(stack.Values, len(series)))
		end := p.group(stack.Href, spaced(stack.Name, total, about.Unit))
		p.words(left-gap/1.5, y+row/2+4.5, "end", "ink", short(stack.Name, (left-gap)/fontSize+0.5))
		for j := range series {
			length := sane(at(stack.Values, j)) * scale
			p.shape("rect", "x", x, "y", y+(row-thick)/2, "width", max(0, length-1), "height", thick, "class", seriesClass(j))
			x += length
		}
		p.words(x+gap/1.5, y+row/2+4.5, "start", "ink", total)
		p.end(end)
	}
	d.SVG = p.finish(about, width, height)
	return d
}

func legend(p *pen, x float64, series []string) {
	for i, name := range series {
		p.shape("rect", "x", x, "y", 4.0, "width", 12.0, "height", 12.0, "class", seriesClass(i))
		p.words(x+18, 15, "start", "ink", name)
		x += 18 + ems(name)*fontSize + 2*gap
	}
}

func sum(values []float64, n int) float64 {
	total := 0.0
	for i := range n {
		total += sane(at(values, i))
	}
	return total
}

func at(values []float64, i int) float64 {
	if i < len(values) {
		return values[i]
	}
	return 0
}

// Stage is one step of a funnel.
type Stage struct {
	Name  string
	Value float64
	Href  string
}

// Funnel draws how many get through each step: the number, and the share of the step before. The heads name the table's columns.
func Funnel(about About, headName, headValue, headShare string, stages []Stage) Drawn {
	const row, thick, right = 36.0, 24.0, 120.0
	d := Drawn{About: about, Head: []string{headName, headValue, headShare}}
	var names []string
	top := 0.0
	for _, stage := range stages {
		names = append(names, stage.Name)
		top = max(top, sane(stage.Value))
	}
	if top == 0 {
		top = 1
	}
	left := gutter(names)
	middle, scale := left+(width-left-right)/2, (width-left-right)/top
	var p pen
	for i, stage := range stages {
		y, half := row*float64(i), sane(stage.Value)*scale/2
		share := ""
		if i > 0 && sane(stages[i-1].Value) > 0 {
			before := sane(stages[i-1].Value)
			share = Number(100*sane(stage.Value)/before) + "%"
			wide := before * scale / 2
			p.shape("path", "d", outline(middle-wide, y-row+thick, middle+wide, y-row+thick, middle+half, y, middle-half, y), "class", "c3")
		}
		d.Rows = append(d.Rows, []string{stage.Name, Number(stage.Value), share})
		end := p.group(stage.Href, spaced(stage.Name, Number(stage.Value), about.Unit, share))
		p.words(left-gap/1.5, y+thick/2+4.5, "end", "ink", short(stage.Name, (left-gap)/fontSize+0.5))
		p.shape("rect", "x", middle-half, "y", y, "width", 2*half, "height", thick, "class", "c1")
		p.words(width-right+gap, y+thick/2+4.5, "start", "ink", spaced(Number(stage.Value), bracketed(share)))
		p.end(end)
	}
	d.SVG = p.finish(about, width, max(0, row*float64(len(stages))-row+thick))
	return d
}

func bracketed(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// outline is the path of a closed shape through points, given as x, y in turn.
func outline(points ...float64) string {
	path := ""
	for i := 0; i+1 < len(points); i += 2 {
		step := "L"
		if i == 0 {
			step = "M"
		}
		path += step + coordinate(points[i]) + " " + coordinate(points[i+1])
	}
	return path + "Z"
}
