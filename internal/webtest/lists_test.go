package webtest

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
)

// longest is a list of the station that is long in the played city: who must apply for a card.
const longest = "/bulk/call-in"

// cells reads the column n of the page's first list, without the boxes that pick rows.
func cells(t *testing.T, body string, n int) (all []string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range page.Descendants() {
		if node.Type != html.ElementNode || node.Data != "tr" || node.Parent.Data != "tbody" {
			continue
		}
		at := 0
		for cell := range node.ChildNodes() {
			if cell.Data != "td" || attribute(cell, "class") == "pick" {
				continue
			}
			if at == n {
				all = append(all, strings.TrimSpace(textOf(cell)))
			}
			at++
		}
	}
	return all
}

func textOf(n *html.Node) string {
	var text strings.Builder
	for one := range n.Descendants() {
		if one.Type == html.TextNode {
			text.WriteString(one.Data)
		}
	}
	return text.String()
}

var exportLink = regexp.MustCompile(`href="([^"]*export=0[^"]*)"`)

// TestListIsSortedNarrowedAndTakenAlongWithoutScripts: the heads are links, the filters are sent to the node, the workbook holds what is seen, in its order, and a view is saved
// under a name, opened and deleted; no name stands in an address.
func TestListIsSortedNarrowedAndTakenAlongWithoutScripts(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, body := c.get(longest + "?sort=birth")
	if days := cells(t, body, 2); len(days) < 20 || !slices.IsSorted(days) || !strings.Contains(body, `aria-sort="ascending"><a href="/bulk/call-in?sort=-birth"`) {
		t.Fatalf("not sorted by birth: %v", days)
	}
	_, _, body = c.get(longest + "?sort=-birth")
	days := cells(t, body, 2)
	if slices.Reverse(days); !slices.IsSorted(days) {
		t.Errorf("not sorted downwards: %v", days)
	}
	form := url.Values{"_page": {longest + "?sort=-birth"}, "_list": {"f."}, "f.name": {cells(t, body, 0)[0][:3]}}
	r, err := c.http.PostForm(c.base+"/-/ask", form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK || !r.Request.URL.Query().Has("view") || strings.Contains(r.Request.URL.String(), "name") {
		t.Fatalf("%d %s", r.StatusCode, r.Request.URL)
	}
	body = readAll(t, r.Body)
	names := cells(t, body, 0)
	if len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return !strings.Contains(name, form.Get("f.name")) }) {
		t.Fatalf("not narrowed: %v", names)
	}
	if inBook := c.book(t, body); !slices.Equal(inBook, names) {
		t.Errorf("the workbook has %v, the page %v", inBook, names)
	}
	other := enter(t, "area_officer", theStation, "zh")
	if status, _, text := other.get(r.Request.URL.RequestURI()); status == http.StatusOK && strings.Contains(text, `value="`+form.Get("f.name")+`"`) {
		t.Error("another operator sees what was typed")
	}
	c.savedView(t, form)
}

// book takes the first list along and gives its first column.
func (c *client) book(t *testing.T, body string) (all []string) {
	t.Helper()
	link := exportLink.FindStringSubmatch(body)
	if link == nil {
		t.Fatal("the list cannot be taken along")
	}
	_, header, content := c.get(strings.ReplaceAll(link[1], "&amp;", "&"))
	if !strings.Contains(header.Get("Content-Type"), "spreadsheetml") {
		t.Fatal(header.Get("Content-Type"))
	}
	book, err := excelize.OpenReader(bytes.NewReader([]byte(content)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[2:] {
		all = append(all, row[0])
	}
	return all
}

func (c *client) savedView(t *testing.T, form url.Values) {
	t.Helper()
	form.Set("_name", "一个姓")
	form.Set("_do", "save")
	if status, body := c.send("/-/ask", form); status != http.StatusOK || !strings.Contains(body, ">一个姓</a>") {
		t.Fatalf("%d: the view is not saved: %s", status, headline(body))
	}
	_, _, body := c.get(longest)
	saved := regexp.MustCompile(`<a href="(/bulk/call-in\?[^"]*view=([^"&]+))">一个姓</a>`).FindStringSubmatch(body)
	if saved == nil || len(cells(t, body, 0)) < 20 {
		t.Fatalf("the page without a view: %v", saved)
	}
	_, _, opened := c.get(strings.ReplaceAll(saved[1], "&amp;", "&"))
	days := cells(t, opened, 2)
	if slices.Reverse(days); !slices.IsSorted(days) || !strings.Contains(opened, `value="`+form.Get("f.name")+`"`) {
		t.Errorf("the saved view: %v", days)
	}
	if status, body := c.send("/-/ask", url.Values{"_page": {longest}, "_list": {"f."}, "_drop": {saved[2]}}); status != http.StatusOK || strings.Contains(body, "一个姓") {
		t.Errorf("%d: the view is still there", status)
	}
}

// TestListIsWalkedByKeys: a filter typed, Enter, down into the rows, Enter opens one; a press on a head sorts.
func TestListIsWalkedByKeys(t *testing.T) {
	tab := open(t, "clerk", theStation, "zh")
	tab.Go(longest)
	keep(t, tab, "zh", "clerk-list")
	tab.Click("thead a[href*='sort=name']")
	if browsertest.Eval[string](tab, "document.querySelector('th[aria-sort]').textContent.trim()") != "姓名" {
		t.Errorf("%s", tab.Text(".list-head"))
	}
	browsertest.Eval[bool](tab, "document.querySelector('.views').open = true")
	keep(t, tab, "zh", "clerk-list-views")
	if tab.Overflow() > 0 {
		t.Error("the saved views make the page wider than the screen")
	}
	first := browsertest.Eval[string](tab, "document.querySelector('tbody tr td:nth-child(2)').textContent.trim()")
	tab.Type("[name='f.name']", first)
	tab.Enter(enterKey)
	if n := browsertest.Eval[int](tab, "document.querySelectorAll('tbody tr').length"); n == 0 || n > 5 || !strings.Contains(tab.Where(), "view=") {
		t.Errorf("%d rows at %s", n, tab.Where())
	}
	browsertest.Eval[bool](tab, "document.querySelector(\"[name='f.name']\").focus() ?? true")
	tab.Press(kb.ArrowDown)
	if browsertest.Eval[string](tab, "document.activeElement.tagName") != "TR" {
		t.Errorf("the cursor is in %s", browsertest.Eval[string](tab, "document.activeElement.outerHTML"))
	}
	tab.Press(" ")
	if !browsertest.Eval[bool](tab, "document.querySelector('tbody .pick input').checked") {
		t.Error("the space bar picks no row")
	}
	tab.Enter(enterKey)
	if !strings.Contains(tab.Where(), "/resident/") {
		t.Errorf("Enter leads to %s", tab.Where())
	}
}

// TestSearchLeavesNoNumberInTheAddress: the box on every page, by keys; the address has neither the number nor the name, and a link with a number is led on without it.
func TestSearchLeavesNoNumberInTheAddress(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("女性", 7)
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/")
	tab.Type("#q", one.Number)
	tab.Enter(enterKey)
	if tab.Text("h1") == "" || strings.Contains(tab.Where(), one.Number) {
		t.Fatal(tab.Where())
	}
	if browsertest.Eval[bool](tab, "!!document.querySelector('#f-purpose') && document.activeElement.id === 'f-purpose'") {
		tab.Press("窗口办理")
		tab.Enter(enterKey)
	}
	if !strings.Contains(tab.Text("main"), one.Name) || strings.Contains(tab.Where(), one.Number) {
		t.Errorf("%q at %s: %s", browsertest.Eval[string](tab, "document.querySelector('#f-q')?.value ?? ''"), tab.Where(), tab.Text("main"))
	}
	keep(t, tab, "zh", "clerk-search-found")
	r, err := c.http.Get(c.base + "/search?" + url.Values{"q": {one.Number}, "purpose": {"窗口办理"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body := readAll(t, r.Body); strings.Contains(r.Request.URL.String(), one.Number) || !strings.Contains(body, one.Name) {
		t.Errorf("%s: %s", r.Request.URL, headline(body))
	}
	for _, page := range []string{"/accept", "/loss", "/hand-over"} {
		if status, body := c.send("/-/ask", url.Values{"_page": {page}, "q": {one.Number}}); status != http.StatusOK || strings.Contains(body, "q="+one.Number) {
			t.Errorf("%s: %d %s", page, status, headline(body))
		}
	}
}

// TestSearchOfPeopleIsNotExportedFromAnyPage: the page that is made from the action alone refuses a workbook of people as the page of the search does, whatever the address asks.
func TestSearchOfPeopleIsNotExportedFromAnyPage(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	for _, page := range []string{"/search?q=l&purpose=窗口办理", "/do/register.search?initials=l&purpose=窗口办理"} {
		status, _, body := c.get(page)
		if status != http.StatusOK || !strings.Contains(body, "/resident/") || strings.Contains(body, "导出") {
			t.Errorf("%s: status %d, people %t, an export is offered %t", page, status, strings.Contains(body, "/resident/"), strings.Contains(body, "导出"))
		}
		for _, export := range []string{"xlsx", "0", "all"} {
			if status, header, _ := c.get(page + "&export=" + export); strings.Contains(header.Get("Content-Type"), "spreadsheet") || strings.HasPrefix(page, "/do/") && status != http.StatusNotFound {
				t.Errorf("%s as %s: status %d, %s", page, export, status, header.Get("Content-Type"))
			}
		}
	}
	if status, header, _ := enter(t, "chief", theStation, "zh").get("/do/register.count?by=sex&export=xlsx"); status != http.StatusOK || !strings.Contains(header.Get("Content-Type"), "spreadsheet") {
		t.Errorf("a count without names: status %d, %s", status, header.Get("Content-Type"))
	}
}

// TestRecordStandsBesideTheList: on work lists the right arrow opens the row's record beside it, the keys stay in the row, G goes on with the work, Esc leaves the list alone.
func TestRecordStandsBesideTheList(t *testing.T) {
	shown := 0
	for _, list := range []struct{ post, path, record string }{
		{"clerk", "/waiting/opened", "/application/"}, {"clerk", "/waiting/photographed", "/application/"}, {"clerk", "/waiting/returned", "/application/"}, {"clerk", "/waiting/fee", "/application/"},
		{"clerk", "/waiting/held", "/application/"}, {"area_officer", "/cases?show=all", "/case/"},
	} {
		stations := []event.Unit{theStation, farStation, nearStation, farDisked, theDisked}
		i := slices.IndexFunc(stations, func(unit event.Unit) bool {
			_, _, body := enter(t, list.post, unit, "zh").get(list.path)
			return strings.Contains(body, `class="beside"`)
		})
		if i < 0 { // nothing waits there in the played city, and no other test has left anything
			continue
		}
		shown++
		tab := open(t, list.post, stations[i], "zh")
		tab.Go(list.path)
		name := browsertest.Eval[string](tab, `(() => { const row = document.querySelector("main tbody tr"); row.focus(); return row.cells[0].innerText.trim(); })()`)
		tab.Enter(kb.ArrowRight)
		if !strings.Contains(tab.Where(), "beside=") || browsertest.Eval[int](tab, `document.querySelectorAll(".beside-list dt").length`) < 3 {
			t.Fatalf("%s: → on %s leads to %s: %s", list.path, name, tab.Where(), tab.Text("main"))
		}
		if got := browsertest.Eval[string](tab, `document.activeElement.tagName + document.activeElement.className`); got != "TRselected" {
			t.Errorf("%s: the keys are in %s", list.path, got)
		}
		if wide := tab.Overflow(); wide > 0 {
			t.Errorf("%s: %d pixels wider than the screen", list.path, wide)
		}
		for _, problem := range browsertest.Eval[[]string](tab, inspect) {
			t.Errorf("%s: %s", list.path, problem)
		}
		keep(t, tab, "zh", "beside-"+fileName(list.path))
		tab.Enter("g")
		if !strings.Contains(tab.Where(), list.record) {
			t.Errorf("%s: G leads to %s", list.path, tab.Where())
		}
	}
	if shown < 2 {
		t.Errorf("%d lists have anything to be shown", shown)
	}
}

// TestRefusalSaysTheUnitsName: who explains an application that lies on another unit's desk reads where it lies by name, not by code.
func TestRefusalSaysTheUnitsName(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, list := c.get("/late")
	const page = "/do/card.explain_late"
	for _, found := range regexp.MustCompile(`show=([0-9a-f-]{36})`).FindAllStringSubmatch(list, -1) {
		status, body := c.send(page, url.Values{"_once": {c.fresh(page)}, "application": {found[1]}, "reason": {"line"}, "words": {"线路中断"}})
		_, said, refused := strings.Cut(body, "该件在单位 ")
		if status != http.StatusUnprocessableEntity || !refused {
			continue // it lies here
		}
		if !strings.HasPrefix(said, "长春市公安局") && !strings.HasPrefix(said, "南关区公安分局") {
			t.Errorf("it lies at %q", said[:min(len(said), 60)])
		}
		return
	}
	t.Fatalf("nothing on the list lies elsewhere: %s", carePlain(list))
}

// TestNameWithACharacterOfStreetsIsFound: 栋 is in many names and in many addresses; whoever is called so is found by name in every box that takes one.
func TestNameWithACharacterOfStreetsIsFound(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	born := citizen.MustDate(c.businessDay()).AddDays(-11).String() // the numbers of the day itself are for other tests
	if status, body := c.walk("/register/birth", map[string]string{"who.mother": c.adult("女性", 8).Number, "name": "王国栋", "sex": "1", "birth_date": born, "relation": "20"}); !strings.Contains(body, "出生已登记") {
		t.Fatalf("%d %s", status, carePlain(body))
	}
	for _, path := range []string{"/search?purpose=" + url.QueryEscape("窗口办理") + "&q=", "/accept?q=", "/register/move-out?who="} {
		if _, _, body := c.get(path + url.QueryEscape("王国栋")); !strings.Contains(body, `王国栋</`) && !strings.Contains(body, ">王国栋") {
			t.Errorf("%s does not find him: %s", path, carePlain(body))
		}
	}
}

// TestSlipInTheSearchBox: whoever brings a slip is found by its number in the box on every page, as in the window's own.
func TestSlipInTheSearchBox(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, list := c.get("/hand-over")
	number := regexp.MustCompile(`\b220102001\d{13}\b`).FindString(list)
	if number == "" {
		t.Fatalf("no card waits: %s", carePlain(list))
	}
	r, err := c.http.Get(c.base + "/search?q=" + number)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body := readAll(t, r.Body); !strings.HasPrefix(r.Request.URL.Path, "/application/") || !strings.Contains(body, number) {
		t.Errorf("%s: %s", r.Request.URL, headline(body))
	}
}
