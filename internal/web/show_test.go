package web

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/fund"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

func TestTitleOfNothingIsNothing(t *testing.T) {
	for text, want := range map[string]string{"": "", "show a list": "Show a list", "查看": "查看"} {
		if got := titled(text); got != want {
			t.Errorf("titled(%q) = %q, want %q", text, got, want)
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
	list.add([]cell{{Text: "1"}, {Text: "2"}})
	if list.merge([]cell{{Text: "1", Href: "/a"}, {Text: "…", Href: "/b"}}) {
		t.Error("a column that differs was merged")
	}
	if !list.merge([]cell{{Text: "1", Href: "/a"}, {Text: "2", Href: "/b"}}) || list.Rows[0].Cells[0].Href != "/a" || list.Rows[1].Cells[0].Href != "/b" {
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
