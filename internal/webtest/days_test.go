package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// The days of the eleven roles, each from its first page in the morning to its last in the evening, as docs/guide/roles tells them. What a day needs from others it
// lets them do first. The single acts of a day, with all that can go wrong in them, have tests of their own.

// Stations of the far county, where the days at a window are played.
const (
	farDisked event.Unit = "220122002"
)

// morning signs somebody in and looks at what waits: every number of the home page is that of the menu.
func morning(t *testing.T, post string, unit event.Unit) *browsertest.Tab {
	t.Helper()
	tab := open(t, post, unit, "zh")
	says(t, tab, "main h1", "待办")
	if odd := browsertest.Eval[[]string](tab, `[...document.querySelectorAll("main .figure")].filter((f) => document.querySelector("[data-count='" + f.getAttribute("href") + "']")?.innerText !== f.querySelector(".value").firstChild.textContent).map((f) => f.innerText)`); len(odd) > 0 {
		t.Errorf("the menu counts otherwise than the home page: %q", odd)
	}
	return tab
}

// opened opens pages that belong to a day and finds what each must say.
func opened(t *testing.T, tab *browsertest.Tab, pages ...[2]string) {
	t.Helper()
	for _, page := range pages {
		tab.Go(page[0])
		says(t, tab, "main", page[1])
	}
}

// TestDayOfClerk: late and missing first; a citizen is served with keys, papers are printed; somebody's occupation is put right; at closing the till agrees under one name.
func TestDayOfClerk(t *testing.T) {
	tab := morning(t, "clerk", farStation)
	opened(t, tab, [2]string{"/late", "超期和临期"}, [2]string{"/register/missing", "待补材料"})
	c := enter(t, "clerk", farStation, "zh")
	tenure, number := c.comer("李")
	tab.Go("/accept")
	tab.Press(number)
	for range 1 + len(acceptance) {
		tab.Enter(enterKey)
	}
	says(t, tab, "main", "受理完成", "已收")
	id := applicationAt(t, tab)
	for sheet, says := range map[string]string{"slip": "领取凭证", "form": "申领登记表", "receipt": "收据"} {
		if _, _, body := c.get("/application/" + id + "/" + sheet); !strings.Contains(body, says) {
			t.Errorf("the sheet %s does not say %s", sheet, says)
		}
	}
	opened(t, tab, [2]string{"/consignments", "证件下发和清点"}, [2]string{"/hand-over", "已通知，等待领取"}, [2]string{"/resident/" + tenure, "已签字确认"})

	tab.Go("/register/correct?tenure=" + tenure)
	tab.Type("#f-items-workplace", "农安县机械厂")
	set(tab, `document.querySelector("#f-category").value = "91"`)
	tab.Click("form.register-act .button.primary")
	says(t, tab, "main", "农安县机械厂")
	tab.Click(`button[value="do"]`)
	says(t, tab, "main", "已办理")
	opened(t, tab, [2]string{"/resident/" + tenure + "/history", "农安县机械厂"}, [2]string{"/kept", "待销毁证件"})

	closeTill(t, tab, 0, "")
	tab.Go("/")
	says(t, tab, "main h1", "待办")
}

// closeTill counts what must be in the drawer, less what is short, and closes the day.
func closeTill(t *testing.T, tab *browsertest.Tab, short int, second string) {
	t.Helper()
	tab.Go("/till")
	expected := browsertest.Eval[int](tab, "Math.round(parseFloat(document.querySelector('.figure .value').textContent))")
	tab.Type("#f-counted_fen", fmt.Sprint(expected-short))
	if second != "" {
		tab.Type("#f-second", second)
	}
	tab.Click("form[action^='/till/close'] button.primary")
	says(t, tab, "main", "已结账")
}

// TestDayOfPhotographer: who was accepted waits in the list; a picture that is blurred says what to do, the next one is used, and the list is empty again.
func TestDayOfPhotographer(t *testing.T) {
	_, id := apply(t, farDisked, "李", toCamera)
	tab := morning(t, "photographer", farDisked)
	tab.Go("/waiting/opened")
	tab.Click(`main tbody a[href*="` + id + `"]`)
	tab.Go("/application/" + id + "/photograph")
	upload(t, tab, portrait.Setting{Blur: 8})
	says(t, tab, "main", "第 1 张不合格")
	tab.Click("a[data-key=F8]")
	tab.Enter(enterKey) // the camera
	says(t, tab, "main", "采用")
	tab.Enter(enterKey)
	if _, _, list := enter(t, "photographer", farDisked, "zh").get("/waiting/opened"); strings.Contains(list, id) {
		t.Error("who was photographed still waits for it")
	}
	if _, _, photographed := enter(t, "clerk", farDisked, "zh").get("/waiting/photographed"); !strings.Contains(photographed, id) {
		t.Error("the clerk does not find the application among those to be signed")
	}
}

// TestDayOfCashier: a fee that is open is taken with the next receipt; one that was spoilt is voided under two names; the day is closed and remitted whole.
func TestDayOfCashier(t *testing.T) {
	_, id := apply(t, nearStation, "王", toFee)
	tab := morning(t, "cashier", nearStation)
	tab.Go("/waiting/fee")
	tab.Click(`main tbody a[href*="` + id + `"]`)
	tab.Go("/application/" + id + "/fee")
	tab.Enter(enterKey)
	says(t, tab, "main", "已收")
	c := enter(t, "cashier", nearStation, "zh")
	const void = "/do/fund.void_receipt"
	form := url.Values{"_once": {c.fresh(void)}, "words": {"卡纸"}, "second": {"cashier" + string(nearStation)}}
	if status, body := c.send(void, form); status != http.StatusUnprocessableEntity {
		t.Errorf("voided under one name: %d %s", status, headline(body))
	}
	form.Set("second", "chief"+string(nearStation))
	if status, body := c.send(void, form); status != http.StatusOK {
		t.Errorf("%d %s", status, headline(body))
	}
	closeTill(t, tab, 0, "")
	tab.Enter(enterKey) // remitted
	says(t, tab, "main", "上缴")
	if status, _, body := c.get("/till/sheet"); status != http.StatusOK || !strings.Contains(body, "已作废") && !strings.Contains(body, "作废") {
		t.Errorf("the sheet: %d %s", status, carePlain(body))
	}
}

// TestDayOfAreaOfficer: a session is opened and somebody booked; a household is visited and agrees; the cases and what is still to be put right are looked through; the week's check is run.
func TestDayOfAreaOfficer(t *testing.T) {
	tab := morning(t, "area_officer", farDisked)
	tomorrow := day(t, tab, 1)
	tab.Go("/do/card.open_session")
	tab.Type("#f-day", tomorrow)
	set(tab, `document.querySelector("#f-place").value = "window"`)
	tab.Type("#f-slots-0-slot", "0900")
	tab.Type("#f-slots-0-capacity", "2")
	tab.Click("main form button.primary")
	tenure, _ := enter(t, "clerk", farDisked, "zh").comer("张")
	tab.Go("/do/card.book?tenure=" + tenure)
	tab.Type("#f-day", tomorrow)
	tab.Type("#f-slot", "0900")
	tab.Click("main form button.primary")
	opened(t, tab, [2]string{"/appointments?day=" + tomorrow, "张"})

	tab.Go("/visits")
	waiting := browsertest.Eval[int](tab, `document.querySelectorAll("main tbody tr:not(.none)").length`)
	if waiting == 0 {
		t.Fatalf("no household waits:\n%s", tab.Text("main"))
	}
	tab.Enter(enterKey)
	tab.Press("1")
	tab.Enter(enterKey)
	says(t, tab, ".notice", "核准")
	opened(t, tab, [2]string{"/visits", ""}, [2]string{"/cases?show=all", "清理案件"}, [2]string{"/comparisons", "更正通知"}, [2]string{"/verification", "已入户"})
	tab.Go("/rules")
	tab.Do(chromedp.Click("#f-no_cases"))
	tab.Click("main form button.primary")
	says(t, tab, "main", "立案 0 件")
}

// TestDayOfReviewer: the tray, a matter that a station has put up, a correction, the late ones and the quality: each is decided on one page, by one key.
func TestDayOfReviewer(t *testing.T) {
	_, id := apply(t, nearStation, "李", toReceipt)
	tab := morning(t, "reviewer", farCounty)
	tab.Go("/review?application=" + id)
	says(t, tab, "main", "证件与户口登记比对")
	tab.Enter("a")
	says(t, tab, ".judge-last", "审核")
	tab.Go("/corrections")
	if first := browsertest.Eval[string](tab, `document.querySelector('main tbody a[href^="/correction/"]')?.getAttribute("href") ?? ""`); first != "" {
		tab.Go(first)
		tab.Enter(kb.F8)
		tab.Go(first)
		says(t, tab, ".page-head", "已")
	}
	opened(t, tab, [2]string{"/register/pending", "呈报审批"}, [2]string{"/cases?show=all", "清理案件"}, [2]string{"/visits", "复查"}, [2]string{"/late", "超期"}, [2]string{"/quality", "退回"})
}

// TestDayOfIssuer: what was reviewed is signed on the card as it will be printed; a temporary card that a window asked for is made; the consignments are looked through.
func TestDayOfIssuer(t *testing.T) {
	window, id := apply(t, nearStation, "刘", toReceipt)
	window.Go("/application/" + id + "/temporary")
	window.Press("明日出行")
	window.Enter(enterKey)
	says(t, window, "main", "待县局制作")
	reviewer := open(t, "reviewer", farCounty, "zh")
	reviewer.Go("/review?application=" + id)
	reviewer.Enter("a")

	tab := morning(t, "issuer", farCounty)
	tab.Go("/sign?application=" + id)
	says(t, tab, ".specimen.front", "公民身份号码")
	tab.Enter("a")
	says(t, tab, ".judge-last", "签发")
	tab.Go("/temporary")
	tab.Click(`main tbody a[href*="make-temporary"]`)
	tab.Type("#f-sheet", "LS000977")
	tab.Click("main form button.primary")
	tab.Click("main form button.primary") // what was typed is checked first
	tab.Enter(enterKey)                   // from the receipt to the list
	says(t, tab, "main", "LS000977")
	opened(t, tab, [2]string{"/consignments", "证件下发和清点"}, [2]string{"/consignments/send", "下发"}, [2]string{"/consignments/kept", "废证"}, [2]string{"/late", "超期"})
	if status, _, body := enter(t, "clerk", nearStation, "zh").get("/application/" + id); status != http.StatusOK || !strings.Contains(body, "已签发") {
		t.Errorf("the window does not see that it was signed: %d", status)
	}
}

// TestDayOfCommunications: who was not heard of, what waits on the roads, an exchange, a line that breaks and is back, and the disk's page.
func TestDayOfCommunications(t *testing.T) {
	tab := morning(t, "communications", theCounty)
	opened(t, tab, [2]string{"/exchange", "上级"}, [2]string{"/exchange/disk", "移动盘"}, [2]string{"/equipment", "线路"})
	c := enter(t, "communications", theCounty, "zh")
	careWants(t, c.careWork("/exchange/now", url.Values{}), "上级")
	const unit = string(theDisked)
	for _, act := range []struct {
		path  string
		typed url.Values
		says  string
	}{
		{"/equipment/line?unit=" + unit, url.Values{"unit": {unit}, "state": {"tested"}, "carrier": {"网通"}, "kbps": {"512"}}, "已办理"},
		{"/equipment/outage?unit=" + unit, url.Values{"unit": {unit}, "cause": {"雷击"}}, "已办理"},
		{"/equipment/restored?unit=" + unit, url.Values{"unit": {unit}}, "已办理"},
	} {
		act.typed.Set("_once", c.fresh(act.path))
		if status, body := c.send(act.path, act.typed); status != http.StatusOK || !strings.Contains(body, act.says) {
			t.Errorf("%s: %d %s", act.path, status, carePlain(body))
		}
	}
	tab.Go("/equipment?unit=" + unit)
	says(t, tab, "main", "网通")
}

// TestDayOfFinance: what was collected ties out, a remittance is confirmed to the fen, a station gets its book of receipts, a budget is drafted and submitted.
func TestDayOfFinance(t *testing.T) {
	tab := morning(t, "finance", farCounty)
	tab.Go("/money")
	says(t, tab, "main", "勾稽差额", "相符")
	c := enter(t, "finance", farCounty, "zh")
	confirm := follow(t, c, "/money", "/money/confirm?")
	u, _ := url.Parse(confirm)
	form := url.Values{"_once": {c.fresh(confirm)}, "remittance": {u.Query().Get("remittance")}, "amount_fen": {"1.00"}, "treasury_slip": {"GK-1"}}
	if status, body := c.send(confirm, form); status != http.StatusUnprocessableEntity || !strings.Contains(body, `class="errors"`) {
		t.Errorf("another amount: %d %s", status, headline(body))
	}
	form.Set("amount_fen", u.Query().Get("amount_fen"))
	if status, body := c.send(confirm, form); status != http.StatusOK || !strings.Contains(body, "已办理") {
		t.Fatalf("%d %s", status, carePlain(body))
	}
	const books = "/money/receipts"
	form = url.Values{"_once": {c.fresh(books)}, "station": {string(nearStation)}, "prefix": {"吉"}, "from": {"900001"}, "to": {"900100"}}
	if status, body := c.send(books, form); status != http.StatusOK || !strings.Contains(body, "已办理") {
		t.Errorf("%d %s", status, carePlain(body))
	}
	opened(t, tab, [2]string{"/money", "相符"}, [2]string{"/money/spending", "经费使用"}, [2]string{"/money/budget", "预算"}, [2]string{"/reports", "报表"})
}

// TestDayOfAuditor: the money, who looked at whom, the reports, the quality, the journal from nothing and one proof; no name of a resident without a purpose.
func TestDayOfAuditor(t *testing.T) {
	tab := morning(t, "auditor", theCity)
	opened(t, tab, [2]string{"/money", "勾稽差额"}, [2]string{"/reports", "报表"}, [2]string{"/quality", "退回"}, [2]string{"/operators", "操作员"}, [2]string{"/board", "领导看板"})
	tab.Go("/access")
	tab.Type("[name=purpose]", "月度检查")
	tab.Click("form.filter-line button.primary")
	says(t, tab, "main", "查询日志")
	c := enter(t, "auditor", theCity, "zh")
	careWants(t, c.careWork("/journal/verify", url.Values{}), "日志完好")
	careWants(t, c.careMust("/journal/proof?generation=1&seq=0&stream="+url.QueryEscape("220100/down")), "c2sp.org/tlog-proof@v1")
	if status, _, body := c.get("/progress/list?figure=accepted"); status == http.StatusOK && regexp.MustCompile(`/application/[0-9a-f-]{36}`).MatchString(body) {
		t.Error("names are shown without a purpose")
	}
	if _, _, body := c.get("/accept?q=l"); strings.Contains(body, `href="/accept/`) || strings.Contains(body, "/resident/") {
		t.Error("an auditor finds people at the window")
	}
}

// TestDayOfAdministrator: the doctor's findings, a backup while work goes on, the exchange, the journal, who is locked, and the nodes below.
func TestDayOfAdministrator(t *testing.T) {
	tab := morning(t, "administrator", theCity)
	opened(t, tab, [2]string{"/doctor", "如何处理"}, [2]string{"/settings", "配置"}, [2]string{"/exchange", "下级节点"}, [2]string{"/nodes", "指纹"}, [2]string{"/operators", "操作员"}, [2]string{"/training", "培训"})
	c := enter(t, "administrator", theCity, "zh")
	careWants(t, c.careWork("/backup", url.Values{"folder": {cityFolder(t, c)}}), "备份完成")
	careWants(t, c.careWork("/journal/verify", url.Values{}), "日志完好")
	if status, _, _ := c.get("/search?q=l&purpose=xx"); status == http.StatusOK {
		if _, _, body := c.get("/search?q=l&purpose=xx"); strings.Contains(body, "/resident/") {
			t.Error("an administrator sees residents")
		}
	}
}

// cityFolder is the folder for backups that the city's page offers.
func cityFolder(t *testing.T, c *client) string {
	t.Helper()
	offered := regexp.MustCompile(`<option value="([^"]+backups)"`).FindStringSubmatch(c.careMust("/backup"))
	if offered == nil {
		t.Fatal("no folder is offered for backups")
	}
	return filepath.Clean(offered[1])
}

// TestDayOfLeader: the board in the morning, from an amber figure to the unit behind it; a matter put up is decided; in the evening who has not been heard, and the reports.
func TestDayOfLeader(t *testing.T) {
	clerk := enter(t, "clerk", besideAtCounty, "zh")
	one := clerk.adult("男性", 7)
	clerk.putUp(one)
	tab := morning(t, "chief", besideAtCounty)
	tab.Go("/board")
	says(t, tab, "main", "本月受理", "计划、实际和预测")
	tab.Click(`main a.figure.late, main .figure.late a`)
	says(t, tab, "main", "仁苑派出所")
	tab.Go("/register/pending")
	tab.Click(`main a[href^="/register/pending/"]`)
	says(t, tab, "main", one.Name)
	tab.Click(`button[value="refuse"]`)
	says(t, tab, ".errors", "理由")
	opened(t, tab, [2]string{"/duties", "督办"}, [2]string{"/readiness", "准备情况"}, [2]string{"/quotas", "任务数"}, [2]string{"/backlog", "各单位数据更新"}, [2]string{"/reports", "报表"})
}
