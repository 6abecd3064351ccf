package webtest

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/xuri/excelize/v2"
	"golang.org/x/net/html"
)

// TestMomentLeadersMeeting goes a leader's way through a meeting: a figure of the board, its list, a name; then the unit that is behind, an order to it, its reply at the
// county's own node, and the closing.
func TestMomentLeadersMeeting(t *testing.T) {
	chief := open(t, "chief", theCity, "zh")
	least := acceptedFigure(t, chief)
	chief.Click("#accepted")
	if !strings.Contains(chief.Text("main"), "填写查询用途后列出") {
		t.Errorf("a list of names is shown without a purpose:\n%s", chief.Text("main"))
	}
	chief.Type("#f-purpose", "例会核对进度")
	chief.Click("form.leader-filter button.primary")
	list := chief.Where()
	names := browsertest.Eval[int](chief, `document.querySelectorAll("tbody tr:not(.none) td:first-child a").length`)
	if most := acceptedFigure(t, chief); names < min(least, 100) || names > most { // a station's applications may arrive in between; a page of the list has a hundred names
		t.Errorf("the figure says %d, then %d, its list has %d names", least, most, names)
	}
	chief.Go(list)
	name := chief.Text("tbody tr td:first-child a")
	chief.Click("tbody tr td:first-child a")
	if !strings.Contains(chief.Text("main"), name) {
		t.Errorf("%s leads to a page without that name", name)
	}

	chief.Go("/board?unit=" + string(theCounty))
	chief.Click(`.page-head a[href^="/duties/order/new"]`)
	if got := browsertest.Eval[string](chief, `document.querySelector("#f-to").value`); got != string(theCounty) {
		t.Errorf("the order is for %q", got)
	}
	chief.Click("form.leader-form button.primary") // nothing is typed: it is refused, and what came along stays
	if got := browsertest.Eval[string](chief, `document.querySelector(".errors").innerText + document.querySelector("#f-to").value`); !strings.Contains(got, string(theCounty)) {
		t.Errorf("%q", got)
	}
	const task = "加快领证通知 <script>alert(1)</script>"
	chief.Type("#f-task", task)
	chief.Type("#f-due", day(t, chief, 10))
	chief.Click("form.leader-form button.primary")
	if got := chief.Text("main"); !strings.Contains(got, task) || !strings.Contains(got, "待签收") {
		t.Fatalf("the order is not shown as it was typed:\n%s", got)
	}
	order, _, _ := strings.Cut(chief.Where(), "?")
	order = order[strings.LastIndex(order, "/"):]

	county := open(t, "chief", theCounty, "zh")
	arrived(t, county, "/duties/order"+order, "签收")
	county.Click(`.page-head a[href^="/duties/order/acknowledge"]`)
	county.Type("#f-person", "杨科长")
	county.Click("form.leader-form button.primary")
	county.Click(`.page-head a[href^="/duties/order/reply"]`)
	county.Type("#f-explanation", "两台照相设备停机三日")
	county.Click("form.leader-form button.primary")
	if bad := browsertest.Eval[string](county, `[...document.querySelectorAll(".field.bad textarea")].map((one) => one.name).join()`); bad != "measures" {
		t.Errorf("of explanation and measures, the second left empty, %q is marked", bad)
	}
	county.Type("#f-measures", "周六加班")
	county.Type("#f-done_by", day(t, county, 5))
	county.Click("form.leader-form button.primary")
	if got := county.Text("main"); !strings.Contains(got, "已回复") || !strings.Contains(got, "周六加班") {
		t.Errorf("%s", got)
	}

	arrived(t, chief, "/duties/order"+order, "周六加班")
	chief.Click(`.page-head a[href^="/duties/order/close"]`)
	browsertest.Eval[bool](chief, `document.querySelector("#f-outcome").value = "done"; true`)
	chief.Type("#f-words", "已补办")
	chief.Click("form.leader-form button.primary")
	if got := chief.Text("main"); !strings.Contains(got, "已办结") || !strings.Contains(got, "已补办") {
		t.Errorf("%s", got)
	}
}

// acceptedFigure counts the board anew and tells how many were accepted this month; the figure is called #accepted from then on.
func acceptedFigure(t *testing.T, tab *browsertest.Tab) int {
	t.Helper()
	tab.Go("/board?anew=1")
	const figure = `[...document.querySelectorAll(".figure")].find((f) => f.querySelector(".label").innerText.startsWith("本月受理"))`
	set(tab, figure+`.id = "accepted"`)
	n, err := strconv.Atoi(browsertest.Eval[string](tab, `document.querySelector("#accepted .value").firstChild.textContent`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// day is a day from the node's today on, as it is typed.
func day(t *testing.T, tab *browsertest.Tab, ahead int) string {
	t.Helper()
	today := tab.Text(".foot span:last-child")
	at, err := time.Parse("2006-01-02", today)
	if err != nil {
		t.Fatalf("the foot says %q", today)
	}
	return at.AddDate(0, 0, ahead).Format("20060102")
}

// arrived opens a page until what was written elsewhere has come.
func arrived(t *testing.T, tab *browsertest.Tab, path, words string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); ; {
		tab.Go(path)
		got := tab.Text("main")
		if strings.Contains(got, words) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s has no %q:\n%s", path, words, got)
		}
	}
}

// TestLeaderQuotas: quotas that do not add up are refused and stay as typed; those that do are shown with their difference before they are saved.
func TestLeaderQuotas(t *testing.T) {
	c := enter(t, "chief", theCity, "zh")
	const path = "/quotas/set?mode=set&year=2006"
	typed := url.Values{"year": {"2006"}, "total": {"300"}, "ground": {"按人口"}, "shares.0.unit": {"220102"}, "shares.0.months.0": {"100"}, "shares.1.unit": {"220122"}, "shares.1.months.0": {"150"}}
	typed.Set("_once", c.fresh(path))
	for _, step := range []string{"try", "save"} {
		typed.Set("_step", step)
		status, body := c.send(path, typed)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "相差 -50") || !strings.Contains(body, `value="150"`) {
			t.Errorf("%s: status %d: %s", step, status, headline(body))
		}
	}
	typed.Set("shares.1.months.0", "200")
	typed.Set("_step", "try")
	if status, body := c.send(path, typed); status != http.StatusOK || !strings.Contains(body, "尚未保存") || !strings.Contains(body, `value="save"`) {
		t.Errorf("status %d: %s", status, headline(body))
	}
	if _, _, body := c.get("/quotas?year=2006"); !strings.Contains(body, "尚未下达") {
		t.Errorf("a trial was saved: %s", headline(body))
	}
	typed.Set("_step", "save")
	if status, body := c.send(path, typed); status != http.StatusOK || !strings.Contains(body, "已办理") {
		t.Errorf("status %d: %s", status, headline(body))
	}
	if _, _, body := c.get("/quotas?year=2006"); !strings.Contains(body, "2006 年任务数（张），第 1 版") {
		t.Errorf("%s", headline(body))
	}
}

// TestFinancePaysNoMoreThanIsLeft: a payment above its appropriation is refused by the article, and what was typed stays.
func TestFinancePaysNoMoreThanIsLeft(t *testing.T) {
	c := enter(t, "finance", theCounty, "zh")
	_, _, body := c.get("/money/spending")
	for _, link := range linksIn(t, body) {
		if !strings.HasPrefix(link, "/money/pay?") {
			continue
		}
		u, _ := url.Parse(link)
		typed := url.Values{"_once": {c.fresh(link)}, "appropriation": {u.Query().Get("appropriation")}, "item": {u.Query().Get("item")}, "amount_fen": {"99999999"}, "payee": {"网通公司"}, "paper": {"FP-9"}}
		status, body := c.send(link, typed)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, "国函〔2001〕62号") || !strings.Contains(body, `value="99999999"`) || !strings.Contains(body, "网通公司") {
			t.Errorf("status %d: %s", status, headline(body))
		}
		return
	}
	t.Fatal("no money is offered to the county's finance")
}

// TestReportIsFrozenAndExported: a report that was frozen shows the numbers that its workbook has.
func TestReportIsFrozenAndExported(t *testing.T) {
	c := enter(t, "chief", theCounty, "zh")
	const form = "/reports/freeze?period=month"
	typed := url.Values{"_once": {c.fresh(form)}, "period": {"month"}, "day": {"20050815"}}
	if status, body := c.send(form, typed); status != http.StatusUnprocessableEntity || !strings.Contains(body, "该期间报表已固定") || !strings.Contains(body, `value="20050815"`) {
		t.Errorf("a second report of a month: status %d: %s", status, headline(body))
	}
	typed.Set("words", "补报八月受理数")
	status, body := c.send(form, typed)
	if status != http.StatusOK || !strings.Contains(body, "SHA-256") && !strings.Contains(body, "文件摘要") {
		t.Fatalf("status %d: %s", status, headline(body))
	}
	export := regexp.MustCompile(`href="(/reports/[^"]+)\?export=0"`).FindStringSubmatch(body)
	if export == nil {
		t.Fatalf("the report cannot be exported: %s", headline(body))
	}
	_, header, book := c.get(export[1] + "?export=0")
	if !strings.Contains(header.Get("Content-Type"), "spreadsheetml") {
		t.Fatalf("%s", header)
	}
	f, err := excelize.OpenReader(bytes.NewReader([]byte(book)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(rows[0][0], "月报 2005-08-01 – 2005-08-31") {
		t.Errorf("the workbook is headed %q", rows[0][0])
	}
	if wide, err := f.GetColWidth("Sheet1", "A"); err != nil || wide < 12 { // five characters
		t.Errorf("the column of the units is %v wide, %v", wide, err)
	}
	var sheet []string
	for _, row := range rows[2:] {
		sheet = append(sheet, row...)
	}
	if page := cellsOf(t, body); strings.Join(page, " ") != strings.Join(sheet, " ") {
		t.Errorf("the page has\n%s\nits workbook\n%s", page, sheet)
	}
	if status, _, paper := c.get(export[1] + "/paper"); status != http.StatusOK || !strings.Contains(paper, "SHA-256") {
		t.Errorf("on paper: %d", status)
	}
}

// cellsOf lists the cells of a page's first table.
func cellsOf(t *testing.T, body string) (cells []string) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "tbody" {
			continue
		}
		for cell := range n.Descendants() {
			if cell.Type == html.ElementNode && cell.Data == "td" {
				text := ""
				for part := range cell.Descendants() {
					if part.Type == html.TextNode {
						text += part.Data
					}
				}
				cells = append(cells, strings.TrimSpace(text))
			}
		}
		return cells
	}
	return nil
}

// TestLeadersAreaIsTheirOwn: another county's figures, lists and acts are refused, whatever the address says, also where another has just counted them.
func TestLeadersAreaIsTheirOwn(t *testing.T) {
	enter(t, "chief", theCity, "zh").get("/board?unit=220122")
	c := enter(t, "chief", theCounty, "zh")
	for _, path := range []string{"/board?unit=220122", "/board?unit=220100", "/board?unit=nowhere", "/progress?unit=220122", "/backlog?unit=220122", "/forecast?unit=220122", "/readiness?unit=220122", "/equipment?unit=220122",
		"/training?unit=220122", "/people?unit=220122", "/money?unit=220122", "/money/spending?unit=220122", "/quotas?unit=220122", "/duties/plan?unit=220122", "/duties/overdue?unit=220122", "/duties/notices?unit=220122",
		"/progress/list?figure=accepted&unit=220122&purpose=" + url.QueryEscape("核对进度")} {
		if status, _, body := c.get(path); status != http.StatusForbidden {
			t.Errorf("%s: status %d: %s", path, status, headline(body))
		}
	}
	if status, _, _ := c.get("/duties/order/00000000-0000-7000-8000-000000000000"); status != http.StatusNotFound {
		t.Errorf("an order that is not there: status %d", status)
	}
	clerk := enter(t, "photographer", theStation, "zh")
	for _, path := range []string{"/duties/order/new", "/quotas/set", "/money/pay"} {
		if status, _, _ := clerk.get(path); status != http.StatusForbidden {
			t.Errorf("a photographer opens %s: status %d", path, status)
		}
	}
}

var footDay = regexp.MustCompile(`<footer class="foot">.*?(\d{4}-\d{2}-\d{2})`)

// officeDay is the node's day as its pages say it.
func (c *client) officeDay() time.Time {
	c.t.Helper()
	_, _, body := c.get("/")
	found := footDay.FindStringSubmatch(body)
	if found == nil {
		c.t.Fatal("the page does not say what day it is")
	}
	day, err := time.Parse("2006-01-02", found[1])
	if err != nil {
		c.t.Fatal(err)
	}
	return day
}

// TestLeadersActs does what a leading office does each week, each on its own page: it is refused with what was typed while something is missing, and then the list says it.
func TestLeadersActs(t *testing.T) {
	const office, station = "220102", "220102003"
	c, head := enter(t, "chief", office, "zh"), enter(t, "chief", station, "zh")
	day := func(ahead int) []string { return []string{c.officeDay().AddDate(0, 0, ahead).Format("20060102")} }
	for _, act := range []struct {
		by      *client
		path    string
		lacking string // the field that is left out at first; empty: nothing is needed
		typed   url.Values
		list    string // where it is seen afterwards
		want    string
	}{
		{c, "/readiness/stop?unit=" + station, "ground", url.Values{"unit": {station}, "ground": {"停电 <b>一天</b>"}}, "/readiness", "停办"},
		{c, "/readiness/resume?unit=" + station, "", url.Values{"unit": {station}, "ground": {"来电"}}, "/readiness?unit=" + station, "办理中"},
		{c, "/equipment/outage?unit=" + station, "cause", url.Values{"unit": {station}, "cause": {"光缆被挖断"}}, "/equipment", "中断 1"},
		{c, "/equipment/restored?unit=" + station, "", url.Values{"unit": {station}}, "/equipment", "已测试"},
		{c, "/equipment/new", "steps", url.Values{"unit": {station}, "type": {"scanner"}, "asset": {"SB-77"}, "steps": {"needed"}}, "/equipment", "SB-77"},
		{c, "/training/course", "title", url.Values{"title": {"照相岗位班"}, "place": {"分局"}, "from": day(1), "to": day(2), "posts": {"photograph"}}, "/training", "照相岗位班"},
		{c, "/people/seat", "name", url.Values{"unit": {office}, "body": {"leading_group"}, "name": {"周主任"}, "department": {"police"}, "post": {"chair"}}, "/people", "周主任"},
		{c, "/people/absent", "ground", url.Values{"login": {"clerk" + station}, "from": day(1), "to": day(2), "ground": {"病假"}}, "/people", "clerk" + station},
		{c, "/duties/notices/new", "place", url.Values{"title": {"换证公告"}, "text": {"请按时办理"}, "areas": {"民康街道"}, "from": day(1), "to": day(9), "place": {"三所窗口"}}, "/duties/notices", "三所窗口"},
		{head, "/duties/problem/new", "text", url.Values{"kind": {"technology"}, "text": {"生僻字无法打印"}}, "/duties/guidance", "生僻字无法打印"},
	} {
		token := act.by.fresh(act.path)
		if act.lacking != "" {
			short := url.Values{"_once": {token}}
			for name, values := range act.typed {
				if name != act.lacking {
					short[name] = values
				}
			}
			if status, body := act.by.send(act.path, short); status != http.StatusUnprocessableEntity || !strings.Contains(body, `class="errors"`) {
				t.Errorf("%s without %s: status %d: %s", act.path, act.lacking, status, headline(body))
			}
		}
		act.typed.Set("_once", token)
		if status, body := act.by.send(act.path, act.typed); status != http.StatusOK || !strings.Contains(body, "已办理") {
			t.Errorf("%s: status %d: %s", act.path, status, headline(body))
		}
		if _, _, body := act.by.get(act.list); !strings.Contains(body, act.want) || strings.Contains(body, "<b>一天") {
			t.Errorf("%s does not say %s: %s", act.list, act.want, headline(body))
		}
	}

	answer := follow(t, c, "/duties/guidance", "/duties/problem/answer")
	if status, body := c.send(answer, url.Values{"_once": {c.fresh(answer)}, "kind": {"answer"}, "title": {"生僻字处理"}, "text": {"先挂起，报市局造字"}, "binding": {"1"}, "problem": {queryOf(answer, "problem")}}); status != http.StatusOK {
		t.Fatalf("the answer: status %d: %s", status, headline(body))
	}
	read := follow(t, head, "/duties/guidance", "/duties/guidance/read")
	if _, _, body := head.get(read); !strings.Contains(body, "先挂起，报市局造字") {
		t.Errorf("guidance is marked as read unseen: %s", headline(body))
	}
	if status, body := head.send(read, url.Values{"_once": {head.fresh(read)}, "guidance": {queryOf(read, "guidance")}}); status != http.StatusOK || !strings.Contains(body, "已阅") {
		t.Errorf("status %d: %s", status, headline(body))
	}
}

// follow finds the link of a page that begins so.
func follow(t *testing.T, c *client, page, prefix string) string {
	t.Helper()
	_, _, body := c.get(page)
	for _, link := range linksIn(t, body) {
		if strings.HasPrefix(link, prefix) {
			return link
		}
	}
	t.Fatalf("%s leads to no %s: %s", page, prefix, headline(body))
	return ""
}

func queryOf(link, name string) string {
	u, _ := url.Parse(link)
	return u.Query().Get(name)
}
