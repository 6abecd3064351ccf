package web

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/store"
)

// TestLongListsAreTurnedPageByPage: a page shows a hundred rows, in the order asked for, and leads to the others.
func TestLongListsAreTurnedPageByPage(t *testing.T) {
	for _, test := range []struct {
		query, first string
		rows         int
		prev, next   bool
	}{
		{"", "000", 100, false, true}, {"?page=2", "200", 50, true, false}, {"?page=99", "200", 50, true, false}, {"?page=-1", "000", 100, false, true},
		{"?sort=-n", "249", 100, false, true}, {"?sort=-n&page=1", "149", 100, true, true},
	} {
		list := table{Columns: []column{{Key: "n"}}}
		for i := range 250 {
			list.Rows = append(list.Rows, row{Cells: []cell{{Text: fmt.Sprintf("%03d", i)}}})
		}
		c := &call{r: httptest.NewRequest(http.MethodGet, "/list"+test.query, nil)}
		c.arrangeTable(&list, 0)
		if got := list.Rows[0].Cells[0].Text; got != test.first || len(list.Rows) != test.rows || list.Total != 250 || (list.Pager.Prev != "") != test.prev || (list.Pager.Next != "") != test.next {
			t.Errorf("%q: first %s, %d rows of %d, %+v", test.query, got, len(list.Rows), list.Total, list.Pager)
		}
	}
}

// TestColumnOfStatesIsChosenFrom: a column of states offers its words; another is searched for what was typed, without regard to case and to the blanks in numbers.
func TestColumnOfStatesIsChosenFrom(t *testing.T) {
	rows := []row{{Cells: []cell{{Text: "Wang Li"}, {Text: "late", Tag: "late"}}}, {Cells: []cell{{Text: "2201 02"}, {Text: "done", Tag: "done"}}}, {Cells: []cell{{Text: "li"}, {}}}}
	for _, test := range []struct {
		typed url.Values
		want  int
	}{
		{url.Values{"f.name": {"LI"}}, 2}, {url.Values{"f.name": {"220102"}}, 1}, {url.Values{"f.state": {"late"}}, 1}, {url.Values{"f.state": {"lat"}}, 0}, {url.Values{"f.name": {"wang"}, "f.state": {"done"}}, 0},
		{url.Values{"1.f.name": {"nobody"}}, 3},
	} {
		c := &call{r: httptest.NewRequest(http.MethodGet, "/list?"+test.typed.Encode(), nil)}
		list := table{Columns: []column{{Key: "name"}, {Key: "state"}}, Rows: rows}
		c.arrangeTable(&list, 0)
		if len(list.Rows) != test.want || list.Total != test.want {
			t.Errorf("%v: %d rows of %d", test.typed, len(list.Rows), list.Total)
		}
		if list.Filtered && len(list.Filters[1].Options) != 3 {
			t.Errorf("%+v", list.Filters)
		}
	}
}

// TestListWithItsSumStays, and one that is not exported has no workbook.
func TestListWithItsSumStays(t *testing.T) {
	var many []row
	for range 2 * pageRows {
		many = append(many, row{Cells: []cell{{Text: "x"}}})
	}
	c := &call{r: httptest.NewRequest(http.MethodGet, "/list?sort=a&f.a=nothing", nil)}
	sum := table{Columns: []column{{Key: "a"}}, Rows: many, Total: len(many) - 1, Fixed: true}
	if c.arrangeTable(&sum, 0); len(sum.Rows) != len(many) || sum.Total != len(many)-1 || sum.Columns[0].Sort != "" || sum.Filters != nil {
		t.Errorf("%d rows, %d told, %+v", len(sum.Rows), sum.Total, sum.Columns)
	}
	people := table{Columns: []column{{Key: "a"}}, Rows: many, Private: true, Export: "1"}
	if c.arrangeTable(&people, 0); people.Export != "" {
		t.Errorf("residents are exported at %s", people.Export)
	}
}

// TestListsOfAPageAreFound: through pointers, slices and the map of a page without a type; the second list of a page has names of its own in the address.
func TestListsOfAPageAreFound(t *testing.T) {
	list := func() table { return table{Columns: []column{{Key: "a"}}, Rows: []row{{Cells: []cell{{Text: "x"}}}}} }
	type inner struct{ Lists []table }
	type page struct {
		One    table
		Inside *inner
		hidden table
	}
	c := &call{r: httptest.NewRequest(http.MethodGet, "/list", nil)}
	p := page{One: list(), Inside: &inner{[]table{list()}}, hidden: list()}
	shown, all, err := c.arrange(p)
	if err != nil || len(all) != 2 || all[1].Columns[0].Sort != "/list?1.sort=a" || shown.(*page).One.ID != "list-0" || p.hidden.ID != "" {
		t.Errorf("%d lists, %+v %v", len(all), all, err)
	}
	if _, all, _ := c.arrange(fields{"Title": "x", "List": list()}); len(all) != 1 {
		t.Errorf("%d lists of a page without a type", len(all))
	}
}

// TestTooManyViewsAreRefused: the twenty-first view of a page is refused with what to do; one of the same name takes the place of the old one.
func TestTooManyViewsAreRefused(t *testing.T) {
	c := openCared(t)
	c.signIn()
	save := func(name string) (int, string) {
		return c.post("/-/ask", url.Values{"_page": {"/operators?sort=c0"}, "_list": {"f."}, "f.c0": {"a"}, "_name": {name}, "_do": {"save"}})
	}
	for i := range maxViews {
		if status, body := save(fmt.Sprint("view ", i)); status != http.StatusOK {
			t.Fatalf("%d: status %d %s", i, status, body)
		}
	}
	if status, body := save("view 3"); status != http.StatusOK {
		t.Errorf("a view of the same name: status %d %s", status, body)
	}
	if status, body := save("one more"); status != http.StatusUnprocessableEntity || !strings.Contains(body, "web.views") {
		t.Errorf("status %d %s", status, body)
	}
}

// TestWhatIsAskedHasALimit: nobody fills the node's store with what is typed into a search.
func TestWhatIsAskedHasALimit(t *testing.T) {
	c := openCared(t)
	c.signIn()
	if status, _ := c.post("/-/ask", url.Values{"_page": {"/search"}, "q": {strings.Repeat("x", maxAsked+1)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", status)
	}
	if status, _ := c.get("/search?q=" + strings.Repeat("x", maxAsked+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("by its address: status %d", status)
	}
	if status, body := c.post("/-/ask", url.Values{"_page": {"https://elsewhere.example/"}, "q": {"x"}}); status != http.StatusOK || !strings.Contains(body, "<h1") {
		t.Errorf("a page elsewhere: status %d", status)
	}
}

// TestSignOutForgetsWhatWasAsked: what was typed into a search is gone with the session, a saved view stays.
func TestSignOutForgetsWhatWasAsked(t *testing.T) {
	c := openCared(t)
	c.signIn()
	c.post("/-/ask", url.Values{"_page": {"/operators"}, "_list": {"f."}, "f.c0": {"a"}})
	c.post("/-/ask", url.Values{"_page": {"/operators"}, "_list": {"f."}, "f.c0": {"b"}, "_name": {"mine"}, "_do": {"save"}})
	c.post("/sign-out", nil)
	var names []string
	c.o.Write(func(tx *store.Tx) (err error) {
		names, err = store.Select(t.Context(), tx, "select name from web_view", nil, func(rows *sql.Rows) (name string, err error) { return name, rows.Scan(&name) })
		return err
	})
	if len(names) != 1 || names[0] != "mine" {
		t.Errorf("kept: %q", names)
	}
}

// TestLateDraftOfABulkActIsNoDraft: its token would open the old receipt instead of doing what is picked next.
func TestLateDraftOfABulkActIsNoDraft(t *testing.T) {
	c := openCared(t)
	c.signIn()
	const page = "/bulk/activate"
	once, _ := c.fresh(page)
	if status, body := c.post(page, url.Values{"_once": {once}, "_step": {"do"}, "pick": {"admin"}, "ground": {"九月第一期"}}); status != http.StatusOK || !strings.Contains(body, `class="receipt"`) {
		t.Fatalf("status %d: %s", status, body[strings.Index(body, "<main"):])
	}
	c.post("/-/draft", url.Values{"_page": {page}, "_once": {once}, "pick": {"admin"}, "ground": {"九月第一期"}})
	if again, body := c.fresh(page); again == once || strings.Contains(body, "九月第一期") {
		t.Error("the draft has outlived its act")
	}
}

// TestTypesThatHoldEachOtherHoldTheirLists, whichever of them is asked about first.
func TestTypesThatHoldEachOtherHoldTheirLists(t *testing.T) {
	for _, one := range []reflect.Type{reflect.TypeFor[ring](), reflect.TypeFor[ringBack]()} {
		if !holdsTables(one) {
			t.Errorf("%s holds no list", one)
		}
	}
	if holdsTables(reflect.TypeFor[column]()) {
		t.Error("a column holds lists")
	}
}

// ring holds a list, and what holds it again.
type ring struct {
	Back *ringBack
	List table
}

type ringBack struct{ Ring *ring }

// TestNumbersAreSortedBySize, with what is written behind them; what has no number comes first.
func TestNumbersAreSortedBySize(t *testing.T) {
	for _, test := range [][]string{{"", "9", "10", "100"}, {"–", "9.5 %", "12.3 %", "100.0 %"}, {"8%", "70%", "100%"}, {"-2", "1", "3"}, {bytesText(900 << 10), bytesText(5 << 20), bytesText(40 << 20), bytesText(3 << 30)}} {
		list := table{Columns: []column{{Key: "n", Num: true}}}
		for _, text := range slices.Backward(test) {
			list.Rows = append(list.Rows, row{Cells: []cell{{Text: text, Num: true}}})
		}
		sortTable(&list, "n")
		for i, want := range test {
			if got := list.Rows[i].Cells[0].Text; got != want {
				t.Errorf("%v: %q stands at %d", test, got, i)
			}
		}
	}
}

// TestHeadsStandAboveTheirNumbers: a column of quantities has its head at the right, also where a page did not say that it is one; a column with a word in it has not.
func TestHeadsStandAboveTheirNumbers(t *testing.T) {
	list := table{Rows: []row{{Cells: []cell{{Text: "1", Num: true}, {Text: "1", Num: true}, {Text: ""}}}, {Cells: []cell{{}, {Text: "无"}}}}}
	if !list.numbers(0) || list.numbers(1) || list.numbers(2) {
		t.Errorf("%v, %v, %v", list.numbers(0), list.numbers(1), list.numbers(2))
	}
}

// TestOfLongListsTheShownRowsArePutIntoWords: a page with a long list says the same, whether all rows are put into words for it or only those that it shows; and a list is one of people
// though those with numbers are on another page.
func TestOfLongListsTheShownRowsArePutIntoWords(t *testing.T) {
	type line struct {
		N      int64  `json:"n"`
		Words  string `json:"words"`  // of one row, on the second page
		Number string `json:"number"` // of one row, on the third
		None   string `json:"none"`
	}
	lines := make([]line, 250)
	for i := range lines {
		lines[i].N = int64(i)
	}
	lines[150].Words, lines[249].Number = "here", "220102199001010012"
	result := struct {
		Few  []line `json:"few"`
		Many []line `json:"many"`
	}{lines[:3], lines}
	for query, worded := range map[string]int{"": 100, "?1.page=1": 100, "?1.page=2": 50, "?1.page=77": 50, "?page=2": 100, "?1.sort=-n": 250, "?1.sort=n&1.page=1": 250, "?1.f.n=7": 250, "?1.f.n=": 100, "?export=xlsx": 250} {
		c := &call{lang: "en", s: wordless, r: httptest.NewRequest(http.MethodGet, "/do/x"+query, nil), by: &session{}}
		whole, part := c.show("x", result), c.showPages("x", result)
		if got := len(part.Tables[1].Rows); got != worded {
			t.Errorf("%q: %d rows were put into words, want %d", query, got, worded)
		}
		if !part.Tables[1].Private {
			t.Errorf("%q: the list is offered for export", query)
		}
		for i := range part.Tables {
			c.arrangeTable(&whole.Tables[i], i)
			c.arrangeTable(&part.Tables[i], i)
			part.Tables[i].Whole = 0
			if want, got := fmt.Sprintf("%+v %+v", whole.Tables[i], whole.Tables[i].Pager), fmt.Sprintf("%+v %+v", part.Tables[i], part.Tables[i].Pager); !strings.EqualFold(pointers.ReplaceAllString(want, ""), pointers.ReplaceAllString(got, "")) {
				t.Errorf("%q: list %d\n%.600s\n%.600s", query, i, want, got)
			}
		}
	}
}

var pointers = regexp.MustCompile("0x[0-9a-f]+")
