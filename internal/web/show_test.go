package web

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
)

// wordless is a server without actions of its own.
var wordless = &Server{Config: Config{Office: &office.Office{}}}

// TestRecordsInACellAreRead: records in a cell stand one a line, by what the row does not say already, and without what nobody reads; a name that is shown already makes no column.
func TestRecordsInACellAreRead(t *testing.T) {
	const id = "01a21eac-0522-7661-bc74-af657260cf9c"
	type seat struct {
		Seat  string       `json:"seat"`
		Name  string       `json:"name"`
		Place string       `json:"place"`
		From  citizen.Date `json:"from"`
	}
	type body struct {
		Place string   `json:"place"`
		Name  string   `json:"name"`
		Seats []seat   `json:"seats"`
		Held  []string `json:"held"`
	}
	day, err := citizen.ParseDate("2005-08-02")
	if err != nil {
		t.Fatal(err)
	}
	c := &call{lang: "en", s: wordless}
	got := c.show("x", []body{{"Yuling", "Yuling", []seat{{id, "褚强德", "Yuling", day}, {id, "王顺强", "Nanguan", day}}, []string{id, "a"}}}).Tables[0]
	if n := len(got.Columns); n != 3 {
		t.Fatalf("%d columns: %+v", n, got.Columns)
	}
	cells := got.Rows[0].Cells
	if seats := strings.Split(cells[1].Text, "\n"); !cells[1].Lines || len(seats) != 2 || strings.Contains(cells[1].Text, id) || strings.Contains(seats[0], "Yuling") || !strings.Contains(seats[1], "Nanguan") {
		t.Errorf("seats %q", cells[1].Text)
	}
	if cells[2].Text != "…60cf9c; a" {
		t.Errorf("held %q", cells[2].Text)
	}
}

// TestWordsAreNoFigures: a column whose whole numbers are words stands as words do.
func TestWordsAreNoFigures(t *testing.T) {
	c := &call{lang: "zh", s: wordless}
	lists := c.show("x", struct {
		Count map[string]int            `json:"count"`
		Kinds map[string]map[string]int `json:"kinds"`
	}{map[string]int{"a": 1}, map[string]map[string]int{"a": {"b": 1}}}).Tables
	if !lists[0].Columns[1].Num || lists[1].Columns[1].Num {
		t.Errorf("%+v", lists)
	}
}

// TestFieldsStandUnderTheirOwnHeading: what belongs to no group comes before the groups.
func TestFieldsStandUnderTheirOwnHeading(t *testing.T) {
	type paper struct {
		Number string `json:"number"`
	}
	type input struct {
		Paper paper        `json:"paper"`
		No    string       `json:"no"`
		Given string       `json:"given"`
		On    citizen.Date `json:"on"`
	}
	const id = "01a21eac-0522-7661-bc74-af657260cf9c"
	m := maker{&call{lang: "zh", s: wordless}, &form{Values: url.Values{"given": {id}, "on": {"2005-09-26"}}, given: map[string]bool{"given": true}}, "x"}
	fields := m.group(reflect.TypeFor[input](), "")
	var parts []string
	for _, one := range fields {
		parts = append(parts, one.Part)
	}
	if want := []string{"line", "given", "date", "group"}; !slices.Equal(parts, want) {
		t.Errorf("%v, want %v", parts, want)
	}
	if fields[2].Value != "20050926" {
		t.Errorf("the day stands as %s", fields[2].Value)
	}
	m.f.given = nil
	if one := m.group(reflect.TypeFor[input](), "")[1]; one.Part != "line" {
		t.Errorf("an identifier that was typed cannot be mended: %s", one.Part)
	}
}

// TestKindOfChangeIsChosen: a field that holds a code of a national table for one action only is chosen from it there.
func TestKindOfChangeIsChosen(t *testing.T) {
	type input struct {
		Kind string `json:"kind"`
	}
	for action, want := range map[string]string{"register.ask_papers": "select", "x": "line"} {
		m := maker{&call{lang: "zh", s: wordless}, &form{Values: url.Values{}}, action}
		if got := m.group(reflect.TypeFor[input](), "")[0].Part; got != want {
			t.Errorf("%s: %s, want %s", action, got, want)
		}
	}
}

// TestOneExport: a result that is one list offers its workbook once.
func TestOneExport(t *testing.T) {
	list := table{Export: "/x"}
	for _, test := range []struct {
		result *shown
		want   bool
	}{{nil, false}, {&shown{Tables: []table{list}}, false}, {&shown{Tables: []table{{}}}, true}, {&shown{Tables: []table{list, list}}, true}, {&shown{Facts: []fact{{}}, Tables: []table{list}}, true}} {
		if got := (&actionPage{Result: test.result, Export: "/y"}).WithExport(); got != test.want {
			t.Errorf("%+v: %v", test.result, got)
		}
	}
}

// TestMeasuredFactsAreWords: what is measured of a unit stands in words where it is a code.
func TestMeasuredFactsAreWords(t *testing.T) {
	c := &call{lang: "zh", s: wordless}
	cells := c.show("x", []site.Fact{{Value: "tested", Need: "joined"}}).Tables[0].Rows[0].Cells
	if cells[0].Text != "已测试" || cells[1].Text != "已接入" {
		t.Errorf("%+v", cells)
	}
}
