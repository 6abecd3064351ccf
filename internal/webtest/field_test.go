package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/event"
)

// Units of the clean-up: a station with a node of its own and one that is served by the city's, both under a county that the city serves.
const (
	farStation  event.Unit = "220122001"
	nearStation event.Unit = "220122003"
	farCounty   event.Unit = "220122"
)

const script = `<img src=x onerror=alert(1)>`

// await opens a page again and again until it says something: another node's data has to arrive.
func await(t *testing.T, tab *browsertest.Tab, path, selector, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		tab.Go(path)
		if strings.Contains(tab.Text(selector), text) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s never says %q in %s:\n%s", path, text, selector, tab.Text("main"))
		}
	}
}

// says fails the test when a page does not say something.
func says(t *testing.T, tab *browsertest.Tab, selector string, texts ...string) {
	t.Helper()
	got := tab.Text(selector)
	for _, text := range texts {
		if !strings.Contains(got, text) {
			t.Errorf("at %s: %q is not in\n%s", tab.Where(), text, got)
		}
	}
}

// act follows the link of an act on a case's page.
func act(tab *browsertest.Tab, name string) { tab.Click(fmt.Sprintf(`aside a[href*="/%s"]`, name)) }

// TestMomentEveningOfVisits: an area officer enters the households of an evening by keyboard. One agrees at once, one has a difference, in one lives a child who is
// not registered; what is refused keeps what was typed; the sheets and the counts fit.
func TestMomentEveningOfVisits(t *testing.T) {
	tab := open(t, "area_officer", nearStation, "zh")
	tab.Go("/visits")
	left := browsertest.Eval[int](tab, `Number(document.querySelector("[data-count='/visits']").textContent)`)
	if rows := browsertest.Eval[int](tab, `document.querySelectorAll("tbody tr:not(.none)").length`); rows != left || left < 4 {
		t.Fatalf("%d households wait at the left, %d in the list", left, rows)
	}
	tab.Enter("\r") // begin
	saved := func() {
		t.Helper()
		tab.Do(chromedp.WaitVisible(`.notice.done`))
	}
	signer := tab.Text("tbody th")

	tab.Press("1") // the first member signs: everything agrees
	first := tab.Where()
	tab.Enter("\r")
	saved()
	says(t, tab, ".notice", "核准")
	if tab.Where() == first {
		t.Error("the next household did not come")
	}

	// A line without its person and item names both; the numbers before the words choose them. Nobody has signed: refused, and the difference that was typed stays.
	tab.Type("#f-differences-0-told", script)
	tab.Type("#f-differences-0-evidence", "户口簿")
	tab.Type("#f-signed", "")
	tab.Enter("\r")
	says(t, tab, ".errors", "未选成员")
	says(t, tab, ".errors", "未选登记项目")
	tab.Press("1\t1")
	if got := browsertest.Eval[string](tab, `document.querySelector("#f-differences-0-tenure").selectedIndex + document.querySelector("#f-differences-0-item").value`); got != "1name" {
		t.Errorf("the numbers 1 and 1 choose %s", got)
	}
	tab.Enter("\r")
	says(t, tab, ".errors", "未填在核对表上签字的家庭成员")
	if got := browsertest.Eval[string](tab, `document.querySelector("#f-differences-0-told").value`); got != script {
		t.Errorf("what was typed became %q", got)
	}
	tab.Type("#f-signed", "1")
	tab.Enter("\r")
	saved()
	says(t, tab, ".notice", "不同项目 1 项")

	tab.Type("#f-unregistered-0-name", "小苗")
	set(tab, `document.querySelector("#f-unregistered-0-sex").value = "2"; document.querySelector("#f-unregistered-0-child").checked = true`)
	tab.Type("#f-unregistered-0-birth_date", "20050801")
	tab.Type("#f-signed", "1")
	tab.Enter("\r")
	saved()
	says(t, tab, ".notice", "立案 1 件")
	tab.Click(".notice a")
	says(t, tab, "main", "未落户儿童", "小苗", "自行办结")

	tab.Go("/visits")
	if now := browsertest.Eval[int](tab, `Number(document.querySelector("[data-count='/visits']").textContent)`); now != left-3 {
		t.Errorf("%d households wait, want %d", now, left-3)
	}
	if strings.Contains(tab.Text("tbody"), signer) {
		t.Error("a household that was visited is still listed")
	}
	tab.Go("/visits/sheets")
	says(t, tab, "body", "入户核对表", fmt.Sprintf("第 1 张，共 %d 张", left-3))
}

// TestVisitDifferenceBecomesCorrection: what a visit found is proposed, decided with old and new side by side by another person, and carried out.
func TestVisitDifferenceBecomesCorrection(t *testing.T) {
	officer := open(t, "area_officer", nearStation, "zh")
	officer.Go("/visits")
	officer.Enter("\r")
	set(officer, `document.querySelector("#f-differences-0-tenure").selectedIndex = 1; document.querySelector("#f-differences-0-item").value = "name"`)
	officer.Type("#f-differences-0-told", "王核对")
	officer.Type("#f-differences-0-evidence", "出生医学证明")
	officer.Type("#f-signed", "1")
	officer.Enter("\r")
	officer.Click(".notice a")
	if got := browsertest.Eval[string](officer, `document.querySelector("#f-items-name").value`); got != "王核对" {
		t.Errorf("the visit's difference is not filled in: %q", got)
	}
	set(officer, `document.querySelector("#f-category").selectedIndex = 1`)
	officer.Click("form button.primary")
	says(t, officer, "main", "已提出", "王核对", "主项")
	path, _ := url.Parse(officer.Where())

	reviewer := open(t, "reviewer", farCounty, "zh")
	reviewer.Go(path.Path)
	says(t, reviewer, ".compare", "王核对")
	reviewer.Click(`button[value="refuse"]`)
	says(t, reviewer, ".errors", "理由")
	reviewer.Enter(kb.F8)
	await(t, officer, path.Path, ".page-head", "已执行")
}

// TestDoubleRegistration: a case between two stations at two nodes, from finding to decision, notice and objection.
func TestDoubleRegistration(t *testing.T) {
	tenures := []string{tenureAt(t, farStation), tenureAt(t, nearStation)}
	county := open(t, "reviewer", farCounty, "zh")
	county.Go("/do/verify.open_case?kind=double_registration&tenures=" + url.QueryEscape(strings.Join(tenures, "\n")) + "&clue=" + url.QueryEscape("群众反映"+script))
	county.Click("main form button.primary")
	path := browsertest.Eval[string](county, `document.querySelector("main a[href^='/case/']")?.getAttribute("href") ?? ""`)
	if path == "" {
		t.Fatalf("no case: %s", county.Text("main"))
	}
	county.Go(path)
	says(t, county, ".waits", "听取本人意见", "记录核查情况")
	says(t, county, "main", "群众反映"+script)

	for _, station := range []event.Unit{nearStation, farStation} {
		officer := open(t, "area_officer", station, "zh")
		await(t, officer, path, ".acts", "听取本人意见")
		if sides := browsertest.Eval[int](officer, `document.querySelectorAll("[id^=side-]").length`); sides != 1 {
			t.Errorf("a station sees %d sides", sides)
		}
		act(officer, "hear")
		officer.Click("form button.primary")
		says(t, officer, ".errors", "未写明情况")
		officer.Type("#f-words", "两处均为本人"+script)
		officer.Click("form button.primary")
		act(officer, "record_finding")
		officer.Type("#f-words", "走访邻居")
		set(officer, `document.querySelector("#f-lives_here").checked = true`)
		officer.Click("form button.primary")
		says(t, officer, "main", "在此居住")
	}

	// What the second station found arrives after what it heard; a form that was opened in between would be stale, and rightly refused.
	for end := time.Now().Add(time.Minute); strings.Count(county.Text("main"), "走访邻居") < 4 && time.Now().Before(end); time.Sleep(time.Second) {
		county.Go(path)
	}
	await(t, county, path, ".acts", "提出处理意见")
	act(county, "propose")
	set(county, `document.querySelector("#f-orders-0-do").value = "cancel"; document.querySelector("#f-orders-1-do").value = "keep"`)
	county.Type("#f-ground", "保留现居住地户口")
	county.Click("form button.primary")
	says(t, county, "main", "处理意见", "由另一人决定")
	says(t, county, ".page-head", "已提出")
	leader := open(t, "chief", farCounty, "zh")
	leader.Go(path)
	act(leader, "decide")
	says(t, leader, "main", "注销", "保留", "保留现居住地户口")
	leader.Click("form button.primary")
	says(t, leader, ".waits", "送达通知", "送达通知")

	officer := open(t, "area_officer", farStation, "zh")
	await(t, officer, path, ".acts", "送达通知")
	act(officer, "serve_notice")
	officer.Type("#f-to", "本人")
	set(officer, `document.querySelector("#f-how").value = "hand"`)
	officer.Click("form button.primary")
	says(t, officer, ".waits", "异议期至")
	officer.Go(browsertest.Eval[string](officer, `document.querySelector("a[href*='/notice/']").getAttribute("href")`))
	says(t, officer, "body", "户口清理决定通知书", "如有异议", "申诉", "签收人")
	officer.Go(path)
	act(officer, "object")
	officer.Type("#f-words", "不是同一人")
	officer.Click("form button.primary")
	says(t, officer, ".page-head", "已提异议")
	await(t, leader, path, ".page-head", "已提异议")
	says(t, leader, ".waits", "提出处理意见")
	if got := browsertest.Eval[int](leader, `document.querySelectorAll("main img[src=x]").length`); got != 0 {
		t.Error("typed text became an element")
	}
	stranger := enter(t, "area_officer", theStation, "zh")
	if status, _, body := stranger.get(path); status == http.StatusOK || strings.Contains(body, "群众反映") {
		t.Errorf("another area's case is shown: %d", status)
	}
}

// TestSecondVisitIsBlind: whoever samples a household does not see what the first visit found until the second is written down.
func TestSecondVisitIsBlind(t *testing.T) {
	tab := open(t, "reviewer", theCounty, "zh")
	tab.Go("/visits?unit=" + string(theStation))
	tab.Enter("\r")
	if tab.Text(".notice") != "" {
		t.Error(tab.Text(".notice"))
	}
	tab.Press("1")
	tab.Enter("\r")
	says(t, tab, ".notice", "已复查", "共同核对")
	if status, _, _ := enter(t, "reviewer", theCounty, "zh").get("/visit/" + string(farStation) + "/001"); status != http.StatusForbidden {
		t.Errorf("a household of another county: %d", status)
	}
}

// tenureAt is somebody's registration at a station.
func tenureAt(t *testing.T, unit event.Unit) string {
	t.Helper()
	c := enter(t, "area_officer", unit, "zh")
	_, _, body := c.get("/visits")
	household := regexp.MustCompile(`/visit/\d+/\d+`).FindAllString(body, -1)
	if len(household) == 0 {
		t.Fatalf("nobody is left to visit at %s", unit)
	}
	_, _, body = c.get(household[len(household)-1]) // the last of the list: other tests begin at its head
	found := regexp.MustCompile(`<option value="([0-9a-f-]{36})"`).FindStringSubmatch(body)
	if found == nil {
		t.Fatal(headline(body))
	}
	return found[1]
}

// set changes fields that a test does not type into, as a select.
func set(tab *browsertest.Tab, script string) { browsertest.Eval[bool](tab, script+"; true") }
