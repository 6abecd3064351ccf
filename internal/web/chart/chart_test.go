package chart

import (
	"encoding/xml"
	"errors"
	"html/template"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/goldentest"
)

var about = About{Title: "各县区领证进度", Unit: "张", Source: "全市进度表", Says: "农安最多，榆树落后于计划。"}

// samples draws one of each kind.
func samples(text string, v float64) map[string]Drawn {
	a := About{Title: text, Unit: text, Source: text, Says: text}
	return map[string]Drawn{
		"bars":    Bars(a, text, text, text, []Bar{{text, v, v, text, text, text}, {Name: text, Value: 1}}),
		"stacked": Stacked(a, text, []string{text, text}, []Stack{{text, []float64{v, 1}, text}, {Name: text}}),
		"funnel":  Funnel(a, text, text, text, []Stage{{text, v, text}, {text, 1, text}}),
		"curve":   Curve(a, CurveWords{text, text, text, text, text, text}, []Point{{text, v, v, v, v, v}, {text, 1, 2, 3, 4, 5}}, 0),
		"spark":   Spark(a, text, text, []string{text}, []float64{v, 1}),
		"map":     Map(a, text, text, text, []Area{{text, text, text, text, []Tile{{text, text, text, text, text, text}}}}),
	}
}

func golden() map[string]Drawn {
	nan := math.NaN()
	return map[string]Drawn{
		"bars": Bars(about, "单位", "已领", "目标", []Bar{
			{"农安县", 48210, 46000, Done, "完成", "/board/220122"}, {"榆树市", 30100, 45000, Late, "落后", "/board/220182"}, {"南关区", 21877, 22000, "", "", ""}}),
		"stacked": Stacked(about, "单位", []string{"已领", "在途", "未拍照"}, []Stack{{"农安县", []float64{48210, 9000, 2200}, ""}, {"榆树市", []float64{30100, 4000, 20000}, "/board/220182"}}),
		"funnel":  Funnel(about, "环节", "人数", "通过率", []Stage{{"通知", 10000, "/list"}, {"拍照", 8700, ""}, {"审核通过", 8500, ""}, {"领证", 6100, ""}}),
		"curve": Curve(about, CurveWords{"日期", "计划", "实际", "预测", "预测范围", "今天"}, []Point{
			{"1月", 0, 0, nan, nan, nan}, {"2月", 100, 60, nan, nan, nan}, {"3月", 400, 300, 300, 300, 300}, {"4月", 800, nan, 640, 560, 720}, {"5月", 1000, nan, 960, 800, 1000}}, 2),
		"spark": Spark(about, "日期", "张", []string{"周一", "周二", "周三"}, []float64{12, 30, 21}),
		"map": Map(about, "派出所", "进度", "状态", []Area{
			{"220102", "南关区", "87%", "/board/220102", []Tile{{"220102001", "桃源派出所", "91", Done, "完成", "/board/220102001"}, {"220102002", "新春派出所", "62", Late, "落后", ""}, {"220102003", "长通派出所", "85", "", "按期", ""}}},
			{"220122", "农安县", "", "", []Tile{{"220122001", "农安派出所", "–", Wait, "未启动", ""}, {"220122002", "合隆派出所", "0", Stop, "停办", ""}}},
			{"220199", "开发区", "", "", nil}}),
	}
}

func TestGolden(t *testing.T) {
	for name, drawn := range golden() {
		got := strings.ReplaceAll(string(drawn.SVG), "><", ">\n<") + "\n"
		goldentest.Check(t, filepath.Join("testdata", name+".svg"), got)
	}
}

// Who cannot see a drawing gets its words, and all its numbers as a table.
func TestWordsAndNumbers(t *testing.T) {
	for name, drawn := range golden() {
		svg := string(drawn.SVG)
		for _, want := range []string{"<title>各县区领证进度 (张)</title>", "<desc>农安最多，榆树落后于计划。</desc>"} {
			if !strings.Contains(svg, want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		if len(drawn.Rows) == 0 || drawn.Source == "" {
			t.Errorf("%s has no rows or no source", name)
		}
		for _, row := range drawn.Rows {
			if len(row) != len(drawn.Head) {
				t.Errorf("%s: row %q does not fit the head %q", name, row, drawn.Head)
			}
		}
	}
}

// elements reads a drawing as XML and gives each element and attribute that it has.
func elements(svg template.HTML) (names map[string]bool, attributes map[string][]string, err error) {
	names, attributes = make(map[string]bool), make(map[string][]string)
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names, attributes, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			names[start.Name.Local] = true
			for _, a := range start.Attr {
				attributes[a.Name.Local] = append(attributes[a.Name.Local], a.Value)
			}
		}
	}
}

var (
	mayDraw  = "svg title desc g a line rect path circle text"
	mayCarry = "viewBox role aria-label href x y x1 y1 x2 y2 cx cy r d width height class text-anchor font-size stroke-width stroke-dasharray"
)

func harmless(t *testing.T, name string, drawn Drawn) {
	t.Helper()
	names, attributes, err := elements(drawn.SVG)
	if err != nil {
		t.Fatalf("%s is not well formed: %v\n%s", name, err, drawn.SVG)
	}
	for element := range names {
		if !strings.Contains(" "+mayDraw+" ", " "+element+" ") {
			t.Errorf("%s: element %s", name, element)
		}
	}
	for attribute, values := range attributes {
		if !strings.Contains(" "+mayCarry+" ", " "+attribute+" ") {
			t.Errorf("%s: attribute %s", name, attribute)
		}
		for _, v := range values {
			switch {
			case attribute == "href" && !local(v):
				t.Errorf("%s leads to %q", name, v)
			case attribute != "href" && attribute != "aria-label" && (strings.Contains(v, "NaN") || strings.Contains(v, "Inf")):
				t.Errorf("%s: %s is %q", name, attribute, v)
			}
		}
	}
}

func TestInjection(t *testing.T) {
	for _, text := range []string{`<script>alert(1)</script>`, `"><image href=x onerror=alert(1)>`, `' onload='x`, "javascript:alert(1)", "//evil.example/", `/\evil.example`, "]]>", "&lt;", "\x00\xff", "𠮷䶮"} {
		for name, drawn := range samples(text, 5) {
			harmless(t, name, drawn)
		}
	}
}

func FuzzDrawings(f *testing.F) {
	f.Add("农安", 12.0)
	f.Add(`"><script>`, math.NaN())
	f.Add("javascript:x", math.Inf(1))
	f.Add("", -1.0)
	f.Add("x", math.MaxFloat64)
	f.Fuzz(func(t *testing.T, text string, v float64) {
		for name, drawn := range samples(text, v) {
			harmless(t, name, drawn)
		}
	})
}

func TestEmpty(t *testing.T) {
	for name, drawn := range map[string]Drawn{
		"bars": Bars(about, "", "", "", nil), "stacked": Stacked(about, "", nil, nil), "funnel": Funnel(about, "", "", "", nil),
		"curve": Curve(about, CurveWords{}, nil, 0), "spark": Spark(about, "", "", nil, nil), "map": Map(about, "", "", "", nil),
	} {
		harmless(t, name, drawn)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567.5: "1,234,567.5", -1234: "-1,234", 99.96: "100"} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
}
