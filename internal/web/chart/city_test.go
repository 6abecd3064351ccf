package chart

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
)

// districts are those of Changchun in 2005 with the stations that a city of 250 has in each: a few in the smallest, some fifty in the largest.
var districts = []struct {
	unit, name string
	stations   int
}{
	{"220102", "南关区", 22}, {"220103", "宽城区", 21}, {"220104", "朝阳区", 20}, {"220105", "二道区", 18}, {"220106", "绿园区", 19}, {"220112", "双阳区", 14},
	{"220122", "农安县", 35}, {"220181", "九台市", 31}, {"220182", "榆树市", 38}, {"220183", "德惠市", 28}, {"220198", "净月经济开发区", 4},
}

// wholeCity draws the map of a city of 250 stations, each with its share.
func wholeCity() Drawn {
	var areas []Area
	n := 0
	for _, d := range districts {
		area := Area{Unit: d.unit, Name: d.name, Word: fmt.Sprintf("%d%%", 30+n%60), Href: "/board?unit=" + d.unit}
		for i := range d.stations {
			share := (n*37 + i*11) % 101
			tone, word := "", "按期"
			switch {
			case share == 100:
				tone, word = Done, "完成"
			case share < 30:
				tone, word = Late, "落后"
			case i == d.stations-1:
				tone, word = Wait, "未启动"
			}
			unit := fmt.Sprintf("%s%03d", d.unit, i+1)
			area.Tiles = append(area.Tiles, Tile{unit, fmt.Sprintf("第%d派出所", i+1), strconv.Itoa(share), tone, word, "/board?unit=" + unit})
			n++
		}
		areas = append(areas, area)
	}
	return Map(about, "派出所", "已领证比例", "状态", areas)
}

// TestMapOfAWholeCity: 250 stations in eleven districts each have a tile of their own inside the drawing, with its number, its words for those who cannot see it and its
// row in the table; no tile lies on another, and no district's name runs into its neighbour's block.
func TestMapOfAWholeCity(t *testing.T) {
	drawn := wholeCity()
	if len(drawn.Rows) != 250 {
		t.Fatalf("%d rows for 250 stations", len(drawn.Rows))
	}
	var frame struct {
		ViewBox string `xml:"viewBox,attr"`
		Links   []struct {
			Title string `xml:"title"`
			Text  []struct {
				X string `xml:"x,attr"`
				Y string `xml:"y,attr"`
				T string `xml:",chardata"`
			} `xml:"text"`
			Path []struct {
				D string `xml:"d,attr"`
			} `xml:"path"`
		} `xml:"a"`
	}
	if err := xml.Unmarshal([]byte(drawn.SVG), &frame); err != nil {
		t.Fatal(err)
	}
	box := strings.Fields(frame.ViewBox)
	wide, high := number(t, box[2]), number(t, box[3])
	if wide/high > 2.2 || high/wide > 1.6 {
		t.Errorf("the map is %.0f by %.0f: it does not fit its half of a page", wide, high)
	}
	type point struct{ x, y float64 }
	var tiles []point
	for _, link := range frame.Links {
		if link.Title == "" {
			t.Error("something that leads on has no words")
		}
		if len(link.Path) == 0 {
			continue // a district's name
		}
		var p point
		corners := strings.FieldsFunc(link.Path[0].D, func(r rune) bool { return strings.ContainsRune("MLZ ", r) })
		for i := 0; i+1 < len(corners); i += 2 {
			x, y := number(t, corners[i]), number(t, corners[i+1])
			if x < 0 || y < 0 || x > wide || y > high {
				t.Fatalf("%s is drawn outside the map, at %.0f %.0f of %.0f %.0f", link.Title, x, y, wide, high)
			}
			p.x, p.y = p.x+x/6, p.y+y/6
		}
		for _, other := range tiles {
			if math.Hypot(other.x-p.x, other.y-p.y) < 1.6*hexagon {
				t.Fatalf("%s lies on another tile", link.Title)
			}
		}
		tiles = append(tiles, p)
	}
	if len(tiles) != 250 {
		t.Errorf("%d tiles for 250 stations", len(tiles))
	}
}

// TestSparkOfALongRun: a line of ninety days stays inside its little frame, flat where nothing happens, and each day has its row.
func TestSparkOfALongRun(t *testing.T) {
	var days []string
	var values []float64
	for i := range 90 {
		days, values = append(days, fmt.Sprintf("2005-09-%02d", i+1)), append(values, float64(i*i%97))
	}
	for name, run := range map[string][]float64{"busy": values, "nothing": make([]float64, 90)} {
		drawn := Spark(about, "日期", "张", days, run)
		if len(drawn.Rows) != 90 {
			t.Errorf("%s: %d rows", name, len(drawn.Rows))
		}
		_, path, _ := strings.Cut(string(drawn.SVG), ` d="`)
		path, _, _ = strings.Cut(path, `"`)
		corners := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("MLZ ", r) })
		for i := 0; i+1 < len(corners); i += 2 {
			if x, y := number(t, corners[i]), number(t, corners[i+1]); x < 0 || x > 120 || y < 0 || y > 28 {
				t.Fatalf("%s: the line leaves its frame at %.1f %.1f", name, x, y)
			}
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
