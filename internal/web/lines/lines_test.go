package lines_test

import (
	"html/template"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/web/lines"
)

func TestLine_EachKindOfCell(t *testing.T) {
	for name, c := range map[string]struct {
		line lines.Line
		want string
	}{
		"a text":                  {lines.Line{Cells: []lines.Cell{{Text: "南关"}}}, "<td>南关</td>"},
		"the line's link":         {lines.Line{Href: "/case/1", Cells: []lines.Cell{{Text: "王"}, {Text: "李"}}}, `<td><a href="/case/1">王</a></td><td>李</td>`},
		"a link of its own":       {lines.Line{Href: "/a", Cells: []lines.Cell{{Text: "王", Href: "/b?x=1&y=2"}}}, `<td><a href="/b?x=1&amp;y=2">王</a></td>`},
		"a quantity":              {lines.Line{Cells: []lines.Cell{{Text: "12345", Num: true}}}, `<td class="num">12345</td>`},
		"a number of 18":          {lines.Line{Cells: []lines.Cell{{Text: "220102198001019419", Number: true}}}, `<td><span class="number"><span>220102</span><span>19800101</span><span>9419</span></span></td>`},
		"a number of 15":          {lines.Line{Cells: []lines.Cell{{Text: "220102800101941", Number: true}}}, `<td><span class="number"><span>220102</span><span>800101</span><span>941</span></span></td>`},
		"a number, which is none": {lines.Line{Cells: []lines.Cell{{Text: "无", Number: true}}}, `<td><span class="number">无</span></td>`},
		"a state":                 {lines.Line{Href: "/a", Cells: []lines.Cell{{Text: "超期", Tag: "late"}}}, `<td><span class="tag late">超期</span></td>`},
		"a share":                 {lines.Line{Cells: []lines.Cell{{Text: "50%", Part: 1, Whole: 2}}}, `<td><div class="progress"><progress max="2" value="1">50%</progress><span class="num">1 / 2 · 50%</span></div></td>`},
		"several lines":           {lines.Line{Cells: []lines.Cell{{Text: "甲\n乙", Lines: true}}}, "<td class=\"lines\">甲\n乙</td>"},
		"a long text":             {lines.Line{Cells: []lines.Cell{{Text: strings.Repeat("长", 34)}}}, `<td class="long">` + strings.Repeat("长", 34) + "</td>"},
		"a date":                  {lines.Line{Cells: []lines.Cell{{Text: "2005-10-10"}}}, "<td><time>2005-10-10</time></td>"},
	} {
		if got := string(c.line.Shown("旁边打开")); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	beside := lines.Line{Beside: "/list?record=1", Cells: []lines.Cell{{Text: "王"}, {Text: "李"}}}
	if got := string(beside.Shown("旁边打开")); strings.Count(got, `href="/list?record=1"`) != 1 || !strings.Contains(got, `aria-label="旁边打开 王"`) {
		t.Error(got)
	}
}

// Whatever a name, an address or a file holds, it is text on the page: the line has no element, attribute or address that is not ours.
func TestLine_NothingTypedIsExecuted(t *testing.T) {
	for _, bad := range []string{`<script>alert(1)</script>`, `" onmouseover="alert(1)`, `'><img src=x onerror=alert(1)>`, "&lt;b&gt;", "javascript:alert(1)", "//elsewhere.example/", `/\elsewhere.example`, "data:text/html,x", "<!--"} {
		for i, line := range []lines.Line{
			{Cells: []lines.Cell{{Text: bad}}}, {Cells: []lines.Cell{{Text: bad, Num: true}}}, {Cells: []lines.Cell{{Text: bad, Number: true}}},
			{Cells: []lines.Cell{{Text: bad, Tag: bad}}}, {Cells: []lines.Cell{{Text: bad, Whole: 2, Part: 1}}}, {Cells: []lines.Cell{{Text: bad, Lines: true}}},
			{Href: bad, Beside: bad, Cells: []lines.Cell{{Text: bad}, {Text: bad, Href: bad}}},
		} {
			got := string(line.Shown(bad))
			for _, sign := range []string{"<script", "<img", "<b>", "<!--", `" onmouseover="`, `href="javascript:`, `href="//`, `href="/\`, `href="data:`} {
				if strings.Contains(got, sign) {
					t.Errorf("%q in form %d: %s", bad, i, got)
				}
			}
		}
	}
}

func TestUnbroken(t *testing.T) {
	for text, want := range map[string]string{
		"2005-10-10":               "<time>2005-10-10</time>",
		"2005-10-10 09:00":         `<time>2005-10-10</time> <span class="unbroken">09:00</span>`,
		"至 2005-10-10 止":           "至 <time>2005-10-10</time> 止",
		"…60cf9c":                  `<span class="unbroken">…60cf9c</span>`,
		"2005-13-10":               `<span class="unbroken">2005-13-10</span>`,
		"SB-0012 & <b>":            `<span class="unbroken">SB-0012</span> &amp; &lt;b&gt;`,
		"7":                        "7",
		"桃源路&#39;":                 "桃源路&amp;#<span class=\"unbroken\">39</span>;",
		"2201020012005101000001":   "2201020012005101000001", // longer than the narrowest cell
		"a word of letters - only": "a word of letters - only",
	} {
		if got := string(lines.Unbroken(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// The reference is the template that the pages would use for a cell.
func BenchmarkLine(b *testing.B) {
	one := lines.Line{Href: "/application/1", Cells: []lines.Cell{{Text: "王明"}, {Text: "220102198001019419", Number: true}, {Text: "2005-10-10"}, {Text: "南关分局桃源派出所"}, {Text: "12", Num: true}, {Text: "超期", Tag: "late"}}}
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			one.Shown("旁边打开")
		}
	})
	text := template.Must(template.New("").Funcs(template.FuncMap{"unbroken": lines.Unbroken, "numbered": lines.Number}).Parse(
		`{{$row := .}}{{range $i, $c := .Cells}}<td{{if .Num}} class="num"{{else if .Lines}} class="lines"{{else if gt (len .Text) 100}} class="long"{{end}}>` +
			`{{if .Tag}}<span class="tag {{.Tag}}">{{.Text}}</span>{{else if .Href}}<a href="{{.Href}}">{{unbroken .Text}}</a>{{else if and (eq $i 0) $row.Href}}<a href="{{$row.Href}}">{{unbroken .Text}}</a>` +
			`{{else if .Number}}{{numbered .Text}}{{else if .Num}}{{.Text}}{{else}}{{unbroken .Text}}{{end}}</td>{{end}}`))
	b.Run("template", func(b *testing.B) {
		for b.Loop() {
			if err := text.Execute(new(strings.Builder), &one); err != nil {
				b.Fatal(err)
			}
		}
	})
}
