package web

import (
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
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
	r := httptest.NewRequest("GET", "/do/x", nil)
	r.SetPathValue("action", "x")
	m := maker{&call{lang: "zh", s: wordless, r: r}, &form{Values: url.Values{"given": {id}, "on": {"2005-09-26"}}}, "x"}
	fields := m.group(reflect.TypeFor[input](), "")
	var parts []string
	for _, one := range fields {
		parts = append(parts, one.Part)
	}
	if want := []string{"line", "known", "date", "group"}; !slices.Equal(parts, want) {
		t.Errorf("%v, want %v", parts, want)
	}
	if fields[2].Value != "20050926" {
		t.Errorf("the day stands as %s", fields[2].Value)
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

// shownIn puts a result into words without a node.
func shownIn(lang, action string, v any) shown {
	c := &call{s: wordless, lang: lang}
	return c.show(action, v)
}

// TestResultSaysEachThingOnce: a code's words do not stand beside the code that was put into the same words, nor an identifier in each struct of a row.
func TestResultSaysEachThingOnce(t *testing.T) {
	phase := programme.Phase{Phase: programme.Replacement, Name: citizen.Text{ZH: "集中换发阶段", EN: "mass replacement"}, From: citizen.MustDate("2005-09-01"), To: citizen.MustDate("2008-12-31")}
	for _, lang := range []string{"zh", "en"} {
		out := shownIn(lang, "programme.phases", struct {
			Phase  programme.Phase   `json:"now"`
			Phases []programme.Phase `json:"phases"`
		}{phase, []programme.Phase{phase}})
		if len(out.Facts) != 3 || out.Facts[0].Text == programme.Replacement {
			t.Errorf("%s: %+v", lang, out.Facts)
		}
		if keys := columnKeys(out.Tables[0]); !slices.Equal(keys, []string{"phase", "from", "to"}) {
			t.Errorf("%s: %v", lang, keys)
		}
	}
	id := "01a21eac-0f63-7d26-b2f6-9dcaa902ede2"
	type reply struct {
		Order string `json:"report"`
		Words string `json:"words"`
		Value int64  `json:"value"`
	}
	type order struct {
		Order   string  `json:"report"`
		Value   int64   `json:"value"`
		Reply   reply   `json:"reply"`
		Replies []reply `json:"replies"`
	}
	one := order{id, 1, reply{id, "设备故障", 1}, []reply{{id, "设备故障", 1}}}
	out := shownIn("zh", "programme.orders", []order{one})
	if keys := columnKeys(out.Tables[0]); !slices.Equal(keys, []string{"report", "value", "words", "value", "replies"}) {
		t.Errorf("%v", keys)
	}
	if cells := out.Tables[0].Rows[0].Cells; strings.Contains(cells[len(cells)-1].Text, id) {
		t.Errorf("an identifier in full: %s", cells[len(cells)-1].Text)
	}
}

// TestResultTellsAlikeValuesApart: a forecast's three estimates stand under their own names.
func TestResultTellsAlikeValuesApart(t *testing.T) {
	out := shownIn("en", "programme.forecast", programme.Forecast{Target: 168, Best: programme.Estimate{Never: true}, Worst: programme.Estimate{Never: true}})
	labels := make(map[string]bool)
	for _, f := range out.Facts {
		if labels[f.Label] {
			t.Errorf("two facts are called %q", f.Label)
		}
		labels[f.Label] = true
	}
	if !labels["Target"] || !labels["At best: Never at this pace"] {
		t.Errorf("%+v", out.Facts)
	}
}

// TestMomentsStandUnderTheirHead: the head of a column of moments stands at the left, as they do.
func TestMomentsStandUnderTheirHead(t *testing.T) {
	out := shownIn("zh", "programme.heard", []programmedesk.Heard{{Last: 1}})
	for i, column := range out.Tables[0].Columns {
		if column.Num != out.Tables[0].Rows[0].Cells[i].Num {
			t.Errorf("%s: the head's side is not its cells'", column.Key)
		}
	}
}

func columnKeys(t table) []string {
	var keys []string
	for _, column := range t.Columns {
		keys = append(keys, column.Key)
	}
	return keys
}

func TestTitleOfNothingIsNothing(t *testing.T) {
	for text, want := range map[string]string{"": "", "show a list": "Show a list", "查看": "查看"} {
		if got := Titled(text); got != want {
			t.Errorf("Titled(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestLastReceiptIsANumber: what is called last is a time when a unit was heard, and a number in a book of receipts.
func TestLastReceiptIsANumber(t *testing.T) {
	for of, want := range map[reflect.Type]bool{reflect.TypeFor[fund.Book](): false, reflect.TypeFor[programmedesk.Heard](): true} {
		all := members(of)
		last := all[slices.IndexFunc(all, func(m member) bool { return m.name == "last" })]
		if got := isInstant(last); got != want {
			t.Errorf("last of %s is an instant: %t", of, got)
		}
	}
}

// TestColumnThatRepeatsIsMerged: a column that says what another one says gives it its links and is left out; one that differs in a row stays.
func TestColumnThatRepeatsIsMerged(t *testing.T) {
	list := table{Columns: []column{{Key: "acceptance_no"}}}
	list.add([]cell{{Text: "1"}, {Text: "2"}}, 1)
	of := member{name: "application"}
	if list.repeats(of, []cell{{Text: "1", Href: "/a"}, {Text: "…", Href: "/b"}}) {
		t.Error("a column that differs was merged")
	}
	if !list.repeats(of, []cell{{Text: "1", Href: "/a"}, {Text: "2", Href: "/b"}}) || list.Rows[0].Cells[0].Href != "/a" || list.Rows[1].Cells[0].Href != "/b" {
		t.Errorf("merged: %+v", list.Rows)
	}
}

// TestUnitToBeFoundedIsTyped: everywhere else a unit is chosen from those that are known.
func TestUnitToBeFoundedIsTyped(t *testing.T) {
	s := &Server{units: unitNames{names: map[event.Unit]string{"220102001": "一所"}}}
	c := &call{s: s, lang: "zh", by: &session{}}
	c.by.Unit = "220100"
	for action, want := range map[string]int{"site.found_unit": 0, "site.stop_unit": 1} {
		m := maker{c, &form{}, action}
		if got := m.options(member{name: "unit"}, reflect.TypeFor[event.Unit]()); len(got) != want {
			t.Errorf("%s offers %d units, want %d", action, len(got), want)
		}
	}
}

// TestFieldsOfAnAction: an identifier that came with the link is shown by its words alone; a single box is never optional; many boxes have a line of their own.
func TestFieldsOfAnAction(t *testing.T) {
	many := make([]option, 5)
	p := &actionPage{Form: &form{}, Fields: []field{{Part: "known", ID: "f-order", Name: "order", Label: "督办", Value: "id-1", Known: "加快办理", Other: "/do/x"},
		{Part: "check", ID: "f-one", Label: "批准", Options: []option{{Value: "1", Label: "是"}}}, {Part: "check", ID: "f-many", Label: "岗位", Options: many}}}
	html := render(t, "action", p)
	if !strings.Contains(html, `加快办理 <a href="/do/x">`) || !strings.Contains(html, `<input type="hidden" id="f-order" name="order" value="id-1">`) {
		t.Errorf("the identifier is not shown by its words:\n%s", html)
	}
	if !strings.Contains(html, "<legend>批准</legend>") || !strings.Contains(html, "岗位 <span class=\"optional\">") || strings.Count(html, "choices  many") != 1 {
		t.Errorf("the boxes are not as they should be:\n%s", html)
	}
}

// TestInitialsAreWhatIsTyped: marks between the words are not typed, and no character is cut in two.
func TestInitialsAreWhatIsTyped(t *testing.T) {
	for label, want := range map[string]string{"220102 南关区": "ngq", "残疾人联合会、民政": "cjrlhhmz", "市、县（区）证件": "sxqzj", "Yes": ""} {
		if got := initials(label); got != want {
			t.Errorf("initials(%q) = %q, want %q", label, got, want)
		}
	}
}

// TestFiguresStandUnderTheirNames: the figures of a report stand each beside what it counts, as of today and of the month side by side, and a unit's in columns.
func TestFiguresStandUnderTheirNames(t *testing.T) {
	result := shownIn("zh", "programme.progress", programmedesk.ProgressOutput{Columns: []string{"target", "quota"},
		Rows: []programme.Row{{Name: "钰岭派出所", Values: []int64{168, 19}}, {Name: "裕岭派出所", Values: []int64{7}}}, Total: programme.Row{Values: []int64{175, 19}}})
	single, rows := result.Tables[0], result.Tables[1]
	if len(single.Rows) != 2 || len(single.Columns) != 2 || single.Rows[0].Cells[0].Text != "应换证人数" || single.Rows[0].Cells[1].Text != "175" {
		t.Errorf("single figures %+v", single)
	}
	last := len(rows.Columns) - 1
	if rows.Columns[last].Label != "任务数" || !rows.Columns[last].Num || rows.Rows[0].Cells[last].Text != "19" || rows.Rows[1].Cells[last].Text != "" {
		t.Errorf("figures of units %+v", rows)
	}
	for _, f := range result.Facts {
		if strings.Contains(f.Text, "应换证人数") {
			t.Errorf("the names stand alone: %+v", f)
		}
	}
}

// TestCodesOfWaiversAreNotShown: what is waived is said in words.
func TestCodesOfWaiversAreNotShown(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, line := range shownIn(lang, "fund.fee_table", fund.WaiverTable(citizen.MustDate("2005-09-26"))).Tables[0].Rows {
			for _, one := range line.Cells {
				if strings.ContainsAny(one.Text, "_") || strings.HasPrefix(one.Text, "fee.") {
					t.Errorf("%s: %q", lang, one.Text)
				}
			}
		}
	}
}

// TestNobodyTypesAnIdentifier: a field that wants an identifier tells where it comes from; one that may be left out, or that people type, does not.
func TestNobodyTypesAnIdentifier(t *testing.T) {
	type input struct {
		Case    string `json:"case"`
		Matter  string `json:"matter,omitempty"`
		Payee   string `json:"payee"`
		Purpose string `json:"purpose"`
	}
	m := maker{&call{lang: "zh", s: wordless, r: httptest.NewRequest("GET", "/do/x", nil)}, &form{Values: url.Values{}}, "x"}
	fields := m.group(reflect.TypeFor[input](), "")
	if fields[0].Hint != "从所在清单点开，编号自动带入" || fields[1].Hint != "" || fields[2].Hint != "" || fields[3].Hint == fields[0].Hint {
		t.Errorf("hints %q, %q, %q, %q", fields[0].Hint, fields[1].Hint, fields[2].Hint, fields[3].Hint)
	}
}

// TestNoLinkToNothing: an identifier with which the reader can do nothing is no link.
func TestNoLinkToNothing(t *testing.T) {
	const id = "01a21eac-0522-7661-bc74-af657260cf9c"
	type line struct {
		Remittance string `json:"remittance"`
	}
	if one := shownIn("zh", "x", []line{{id}}).Tables[0].Rows[0].Cells[0]; one.Href != "" || one.Text != "…60cf9c" {
		t.Errorf("%+v", one)
	}
}
