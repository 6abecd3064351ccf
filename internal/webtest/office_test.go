package webtest

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/maker"
)

const (
	otherCounty  event.Unit = "220122"
	countyBelow  event.Unit = "220102003" // its pages are the county's node's
	acceptanceNo            = ".page-head .mono"
)

// decide presses keys before a desk and tells which application was decided; the next one must come by itself.
func decide(t *testing.T, tab *browsertest.Tab, keys ...string) (was string) {
	t.Helper()
	if was = tab.Text(acceptanceNo); was == "" {
		t.Fatalf("no application waits:\n%s", tab.Text("main"))
	}
	for _, key := range keys[:len(keys)-1] {
		tab.Press(key)
	}
	tab.Enter(keys[len(keys)-1])
	if now := tab.Text(acceptanceNo); now == was {
		t.Errorf("%s stays after %v:\n%s", was, keys, tab.Text("main"))
	}
	return was
}

// TestMomentReviewByOneKeyEach: two approvals, one return, each by one key; the next one comes by itself; the issuer signs what was approved; the city checks, orders and
// takes the maker's feedback in; and a consignment is counted short.
func TestMomentReviewByOneKeyEach(t *testing.T) {
	tab := open(t, "reviewer", theCounty, "zh")
	tab.Go("/review")
	first := decide(t, tab, "a")
	if !strings.Contains(tab.Text(".judge-last"), "审核") {
		t.Errorf("the page does not tell what was done: %q", tab.Text(".judge-last"))
	}
	decide(t, tab, "a")
	back := tab.Text(acceptanceNo)
	tab.Press("w")
	tab.Press("too dark: again")
	browsertest.Eval[bool](tab, "document.activeElement.blur() ?? true")
	tab.Enter("r") // no reason yet: the form comes back with what was typed
	if tab.Text(acceptanceNo) != back || !strings.Contains(tab.Text(".errors"), "未选退回原因") ||
		!strings.HasSuffix(browsertest.Eval[string](tab, "document.querySelector('[name=words]').value"), "too dark: again") {
		t.Errorf("%q %s", browsertest.Eval[string](tab, "document.querySelector('[name=words]').value"), tab.Text("main"))
	}
	browsertest.Eval[bool](tab, "document.activeElement.blur() ?? true")
	decide(t, tab, "1", "r")
	if !strings.Contains(tab.Text(".judge-last"), "退回") {
		t.Errorf("%q", tab.Text(".judge-last"))
	}
	signer := open(t, "issuer", theCounty, "en")
	signer.Go("/sign")
	if !strings.Contains(signer.Text(".specimen.front"), "公民身份号码") || browsertest.Eval[string](signer, "document.querySelector('.specimen').dataset.mark") != "样张" {
		t.Errorf("no specimen of %s:\n%s", first, signer.Text("main"))
	}
	if signed := decide(t, signer, "a"); signed != first {
		t.Errorf("%s was signed first, not %s", signed, first)
	}
}

// TestCityOrdersAndTakesFeedback: the city checks by keys, sees what an order would take, makes it, gives its file to the maker, takes the answer in and counts the package short.
func TestCityOrdersAndTakesFeedback(t *testing.T) {
	checker := open(t, "reviewer", theCity, "zh")
	checker.Go("/check")
	decide(t, checker, "a")
	decide(t, checker, "a")
	tab := open(t, "issuer", theCity, "zh")
	tab.Go("/orders")
	tab.Click("button[data-key=F8]")
	if !strings.Contains(tab.Where(), "/orders/") || !strings.Contains(tab.Text(".receipt"), "已生成订单") {
		t.Fatalf("%s", tab.Text("main"))
	}
	order := regexp.MustCompile(`/orders/([0-9a-f-]{36})`).FindStringSubmatch(tab.Where())[1]
	c := enter(t, "issuer", theCity, "zh")
	status, file := c.send("/orders/"+order+"/file", url.Values{})
	if status != http.StatusOK {
		t.Fatalf("the order's file: %d %s", status, headline(file))
	}
	made, err := maker.Make(strings.NewReader(file), maker.Options{Seed: 7, PackageSize: 50})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := c.upload("/orders/feedback", "digest", []byte("no feedback")); status != http.StatusUnprocessableEntity || !strings.Contains(body, "反馈文件损坏") {
		t.Errorf("a damaged file: %d %s", status, headline(body))
	}
	feedback := renamed(t, made.Feedback)
	status, body := c.upload("/orders/feedback", "digest", feedback)
	if status != http.StatusOK || !strings.Contains(body, "已接收反馈") {
		t.Fatalf("%d %s", status, body[max(0, strings.Index(body, "errors")):])
	}
	if again, repeated := c.upload("/orders/feedback", "digest", feedback); again != status || !strings.Contains(repeated, "已接收反馈") {
		t.Errorf("the same form again: %d %s", again, headline(repeated))
	}
	for pack, cards := range made.Packages {
		countShort(t, tab, c, pack+odd, cards)
	}
	sheet, _, printed := c.get("/orders/" + order + "/sheet")
	if sheet != http.StatusOK || !strings.Contains(printed, "制证订单交接单") || !strings.Contains(printed, `<svg class="bars"`) {
		t.Errorf("the sheet: %d", sheet)
	}
}

// odd is part of a package's number that must be shown as it is.
const odd = "<b>x</b>"

// renamed is a feedback file whose packages have such numbers: the maker names them as it likes.
func renamed(t *testing.T, feedback []byte) []byte {
	t.Helper()
	header, lines, err := card.DecodeFeedback(feedback)
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		if lines[i].Package != "" {
			lines[i].Package += odd
		}
	}
	text, err := card.EncodeFeedback(header, lines)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// countShort counts a package with its first card missing, and sends the others on.
func countShort(t *testing.T, tab *browsertest.Tab, c *client, pack string, cards []string) {
	tab.Go("/consignment?id=" + url.QueryEscape(pack))
	tab.Type("[name=cards]", strings.Join(cards[1:], " "))
	tab.Click("button[value=scanned]")
	if len(cards) == 1 { // nothing came: a form without a card comes back
		if !strings.Contains(tab.Text(".errors"), "未输入任何证件") {
			t.Errorf("%s", tab.Text("main"))
		}
		return
	}
	if said := tab.Text(".errors"); !strings.Contains(said, "缺 1 张") || !strings.Contains(said, "尚未登记") || strings.Contains(said, "清单外") {
		t.Errorf("a difference is recorded before it is looked at: %s", said)
	}
	tab.Press(" x1") // goes on with what was scanned
	tab.Click("button[value=scanned]")
	if said := tab.Text(".errors"); !strings.Contains(said, "缺 1 张") || !strings.Contains(said, "清单外 1 张：x1") {
		t.Errorf("another difference than the one shown is recorded, or what was scanned is lost: %s", tab.Text("main"))
	}
	tab.Type("[name=cards]", strings.Join(cards[1:], " "))
	tab.Click("button[value=scanned]")
	tab.Click("button[value=scanned]")
	if !strings.Contains(tab.Text(".notice.stop"), "1 张不符") || !strings.Contains(tab.Text("tr.stop"), "缺少") || !strings.Contains(tab.Text("tr.stop"), cards[0]) {
		t.Errorf("%s", tab.Text("main"))
	}
	if _, _, list := c.get("/consignments"); strings.Contains(list, odd) {
		t.Error("a package's number is markup")
	}
	spoil(t, c, cards[1])
	if len(cards) == 2 {
		return
	}
	tab.Go("/consignments/send")
	tab.Click(".split .links a")
	tab.Click("button[data-key=F8]")
	if !strings.Contains(tab.Text(".notice.done"), "已发出") {
		t.Errorf("%s", tab.Text("main"))
	}
	_, _, list := c.get(strings.TrimPrefix(strings.Replace(tab.Where(), "/consignment?", "/consignment/list?", 1), c.base))
	if !strings.Contains(list, "证件下发清单") {
		t.Errorf("no packing list: %s", headline(list))
	}
}

// spoil records a card as spoilt and destroys it under two names.
func spoil(t *testing.T, c *client, cardNo string) {
	const page = "/consignments/kept"
	if status, body := c.send(page, url.Values{"do": {"find"}, "card_no": {cardNo}, "code": {"film"}, "_once": {c.fresh(page)}}); status != http.StatusOK || !strings.Contains(body, "废证已登记") || !strings.Contains(body, cardNo) {
		t.Fatalf("%d %s", status, headline(body))
	}
	form := url.Values{"do": {"destroy"}, "numbers": {cardNo}, "second": {"issuer" + string(theCity)}, "_once": {c.fresh(page)}}
	if status, body := c.send(page, form); status != http.StatusUnprocessableEntity || !strings.Contains(body, cardNo) {
		t.Errorf("destroyed under one name: %d %s", status, headline(body))
	}
	form.Set("second", "reviewer"+string(theCity))
	if status, body := c.send(page, form); status != http.StatusOK || !strings.Contains(body, "已销毁并登记") {
		t.Errorf("%d %s", status, headline(body))
	}
}

// upload posts one file with the form's own fields.
func (c *client) upload(path, name string, content []byte) (status int, body string) {
	c.t.Helper()
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	if err := form.WriteField("_once", fmt.Sprintf("upload-%x", content[:min(8, len(content))])); err != nil {
		c.t.Fatal(err)
	}
	part, err := form.CreateFormFile(name, "feedback.jsonl")
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		c.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	answer, err := c.http.Post(c.base+path, form.FormDataContentType(), &out)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// TestAccessLogShowsALookUpMadeBelow: what a station's clerk looks up stands in the log that the county's leader reads, and only there.
func TestAccessLogShowsALookUpMadeBelow(t *testing.T) {
	clerk := enter(t, "clerk", countyBelow, "zh")
	purpose := "窗口<b>核对</b>本人"
	if status, _, body := clerk.get("/search?" + url.Values{"q": {"王"}, "purpose": {purpose}}.Encode()); status != http.StatusOK {
		t.Fatalf("%d %s", status, headline(body))
	}
	tab := open(t, "chief", theCounty, "zh")
	tab.Go("/access")
	tab.Type("[name=purpose]", "日志检查")
	tab.Click("form.filter-line button.primary")
	if text := tab.Text("main"); !strings.Contains(text, purpose) {
		t.Errorf("the look-up is not in the log:\n%s", text)
	}
	if wide := tab.Overflow(); wide > 0 {
		t.Errorf("%d pixels wider than the screen", wide)
	}
	for path, want := range map[string]string{"/access?purpose=检查&from=20050901&to=20050930&unit=" + string(theCounty): "由上级查看", "/access?purpose=检查&from=20050902&to=20050901": "起止日期有误"} {
		c := enter(t, "chief", theCounty, "zh")
		if status, _, body := c.get(strings.ReplaceAll(path, "检查", url.QueryEscape("检查"))); status != http.StatusUnprocessableEntity || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", path, status, headline(body))
		}
	}
	if status, _, _ := clerk.get("/access?purpose=x&from=20050901&to=20050930"); status == http.StatusOK {
		_, _, body := clerk.get("/access?purpose=xx&from=20050901&to=20050930")
		if strings.Contains(body, purpose) {
			t.Error("a clerk reads the log")
		}
	}
}

// TestAccessLogListsAllItCounts: the list has as many lines as look-ups were read, and as the sums by day say.
func TestAccessLogListsAllItCounts(t *testing.T) {
	c := enter(t, "auditor", theCity, "zh")
	day := c.officeDay()
	_, _, body := c.get("/access?" + url.Values{"purpose": {"日志检查"}, "from": {day.AddDate(0, 0, -20).Format("2006-01-02")}, "to": {day.Format("2006-01-02")}}.Encode())
	said := regexp.MustCompile(`<span>查询记录</span><span>共 <b>(\d+)</b></span>`).FindStringSubmatch(body)
	if said == nil {
		t.Fatalf("no list of look-ups: %s", carePlain(body))
	}
	if n, _ := strconv.Atoi(said[1]); n <= 200 { // a page of the desk
		t.Fatalf("only %d look-ups", n)
	}
	if strings.Contains(body, "节点只取出前") {
		t.Errorf("some of the %s look-ups are not listed", said[1])
	}
}

// TestOfficesStayInTheirArea: an application of another county is refused by its address and by a forged form, and no page of another tier's work opens.
func TestOfficesStayInTheirArea(t *testing.T) {
	city := enter(t, "reviewer", theCity, "zh")
	_, _, list := city.get("/late")
	var foreign string
	for _, m := range regexp.MustCompile(`show=([0-9a-f-]{36})">(\d{22})`).FindAllStringSubmatch(list, -1) {
		if strings.HasPrefix(m[2], string(theCounty)) {
			foreign = m[1]
		}
	}
	if foreign == "" {
		_, _, body := city.get("/check")
		t.Fatalf("the city has nothing of %s under way: %s", theCounty, headline(body))
	}
	reviewer := enter(t, "reviewer", otherCounty, "zh")
	if status, _, body := reviewer.get("/review?application=" + foreign); status != http.StatusForbidden || !strings.Contains(body, "不在本单位") {
		t.Errorf("by its address: %d %s", status, headline(body))
	}
	once := "forged-" + foreign
	for _, form := range []url.Values{{"application": {foreign}, "do": {"approve"}, "_once": {once}}, {"application": {foreign}, "do": {"return"}, "reason": {"photo"}, "words": {"x"}, "_once": {once + "2"}}} {
		if status, body := reviewer.send("/review", form); status != http.StatusForbidden {
			t.Errorf("by a forged form: %d %s", status, headline(body))
		}
	}
	for _, path := range []string{"/check", "/orders"} {
		if status, _, body := reviewer.get(path); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, status, headline(body))
		}
	}
	clerk := enter(t, "clerk", theStation, "zh")
	for _, path := range []string{"/review", "/sign", "/orders", "/review/queue"} {
		if status, _, body := clerk.get(path); status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, status, headline(body))
		}
	}
}

// TestLateOnesAreExplainedBesideTheList: the list shows whose desk each lies on, the record stands beside it, and a reason typed is kept when the code is missing.
func TestLateOnesAreExplainedBesideTheList(t *testing.T) {
	tab := open(t, "reviewer", theCounty, "zh")
	tab.Go("/late?unit=" + string(theCounty))
	// The office explains what lies on its own desks; what others send up meanwhile stands in the same list.
	own := browsertest.Eval[string](tab, `[...document.querySelectorAll("main tbody tr:not(.none)")].find((r) => r.innerText.includes("南关区公安分局 审核"))?.querySelector("a").getAttribute("href") ?? ""`)
	if own == "" {
		t.Fatalf("nothing is late at %s, nor soon will be:\n%s", theCounty, tab.Text("main"))
	}
	tab.Go("/late?unit=" + string(theCounty) + "&show=" + queryOf(own, "show"))
	if wide := tab.Overflow(); wide > 0 || tab.Text(".stay h2") == "" {
		t.Errorf("%d pixels too wide, record %q", wide, tab.Text(".stay h2"))
	}
	tab.Type(".stay [name=words]", "本周培训")
	tab.Click(".stay button.primary")
	if tab.Text(".errors") == "" || browsertest.Eval[string](tab, "document.querySelector('.stay [name=words]').value") != "本周培训" {
		t.Errorf("%s", tab.Text("main"))
	}
	browsertest.Eval[string](tab, "document.querySelector('.stay [name=reason]').value = 'staff'")
	tab.Click(".stay button.primary")
	if !strings.Contains(tab.Text(".stay .facts"), "本周培训") {
		t.Errorf("%s", tab.Text(".stay"))
	}
}
