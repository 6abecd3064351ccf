package webtest

import (
	"fmt"
	"image"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/synth/portrait"
)

// face draws a person before the window's camera, as the setting has it.
func face(setting portrait.Setting) image.Image {
	setting.Width, setting.Height, setting.FaceWidth, setting.EyeRow, setting.Bare = 1280, 960, 280, 430, true
	img, _ := portrait.Studio(7, 1, setting)
	return img
}

// drawCamera writes the file that the browser's camera plays: a face that keeps the rules.
func drawCamera(folder string) (string, error) {
	path := filepath.Join(folder, "camera.mjpeg")
	return path, os.WriteFile(path, portrait.JPEG(face(portrait.Setting{}), 90), 0o600)
}

const (
	enterKey = "\r"
)

// callers finds people of the station who may apply: their registrations, by a name.
func (c *client) callers(name string) (tenures []string) {
	c.t.Helper()
	_, _, body := c.get("/accept?q=" + url.QueryEscape(name))
	for _, link := range linksIn(c.t, body) {
		if tenure, ok := strings.CutPrefix(link, "/accept/"); ok {
			tenures = append(tenures, tenure)
		}
	}
	return tenures
}

var numberShown = regexp.MustCompile(`<span class="number"><span>(\d{6})</span><span>(\d{8})</span><span>(\d{3}[\dX])</span></span>`)

// comers are the names of those who come to the windows.
var comers = []string{"李", "张", "王", "刘", "杨"}

// comer is a grown-up person of a name without an open application, whom the test makes its own.
func (c *client) comer(name string) (tenure, number string) {
	c.t.Helper()
	if !slices.Contains(comers, name) {
		c.t.Fatalf("%s is not among the names of those who come", name)
	}
	for _, tenure := range c.callers(name) {
		r, err := c.http.Get(c.base + "/accept/" + tenure)
		if err != nil {
			c.t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.Request.URL.Path != "/accept/"+tenure {
			continue
		}
		_, _, body := c.get("/accept/" + tenure)
		m := numberShown.FindStringSubmatch(body)
		if m == nil || m[2] > "19880000" {
			continue
		}
		if !free(c.t, tenure) {
			continue
		}
		return tenure, m[1] + m[2] + m[3]
	}
	c.t.Fatalf("nobody called %s comes to the window", name)
	return "", ""
}

// steps of an acceptance after the person is found, each one key.
var acceptance = []struct{ leads, shows string }{
	{"/kind", "申领种类"},
	{"/photograph", "第 1 张"},
	{"/photograph", "采用"},
	{"/sign", "请本人核对"},
	{"/fee", "收取 20.00 元"},
	{"/done", "受理完成"},
}

// served is how long the server worked on the page that is shown, in ms.
func served(tab *browsertest.Tab) int {
	return browsertest.Eval[int](tab, "Math.round((([e]) => e.responseStart - e.requestStart)(performance.getEntriesByType('navigation')))")
}

// mostServed is how much of the minute the server may take, in ms, on a machine that is busy with other tests.
const mostServed = 10_000

// TestAcceptByKeyboard takes a whole application from the number to the receipt, with keys alone: two dozen of them, and the server's part is short.
func TestAcceptByKeyboard(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, number := c.comer("李")
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/accept")
	tab.Press(number) // the cursor is there already
	keys, ms := len(number), 0
	tab.Enter(enterKey)
	keys++
	if !strings.Contains(tab.Where(), "/accept/") {
		t.Fatalf("the number leads to %s", tab.Where())
	}
	for _, step := range acceptance {
		tab.Enter(enterKey)
		keys++
		ms += served(tab)
		if where := tab.Where(); !strings.Contains(where, step.leads) || !strings.Contains(tab.Text("main"), step.shows) {
			t.Fatalf("after %d keys at %s:\n%s", keys, where, tab.Text("main"))
		}
		if wide := tab.Overflow(); wide > 0 {
			t.Errorf("%s: %d pixels wider than the screen", step.leads, wide)
		}
	}
	if keys > 26 || ms > mostServed {
		t.Errorf("%d keys, %d ms at the server", keys, ms)
	}
	t.Logf("%d keys, %d ms at the server", keys, ms)
	for _, want := range []string{"已收 20.00 元", "前通知领证", "查询码", "领取凭证"} {
		if !strings.Contains(tab.Text("main"), want) {
			t.Errorf("the receipt does not say %q", want)
		}
	}
	id := strings.Split(tab.Where(), "/")[4]
	for _, sheet := range []string{"slip", "form", "receipt"} {
		if status, _, body := c.get("/application/" + id + "/" + sheet); status != http.StatusOK || !strings.Contains(body, "<svg class=\"bars\"") && sheet != "receipt" {
			t.Errorf("%s: status %d", sheet, status)
		}
	}
	if status, header, _ := c.get("/photo/" + id); status != http.StatusOK || header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the picture: %d %s", status, header.Get("Content-Type"))
	}
	tab.Enter(enterKey) // the next person
	if !strings.HasSuffix(tab.Where(), "/accept") {
		t.Errorf("the next person is at %s", tab.Where())
	}
}

// upload sends a picture of a setting from a file.
func upload(t *testing.T, tab *browsertest.Tab, setting portrait.Setting) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture.jpg")
	if err := os.WriteFile(path, portrait.JPEG(face(setting), 90), 0o600); err != nil {
		t.Fatal(err)
	}
	tab.Do(chromedp.SetUploadFiles("#f-picture", []string{path}))
	tab.Click("form[data-camera] button.primary")
}

// TestMomentThirdShotFails: each says what to do; from the third on another person decides with a reason, or a good one is taken. After a power cut the road goes on
// where it stood, and a fee that is refused keeps what was typed.
func TestMomentThirdShotFails(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	tenure, _ := c.comer("张")
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/accept/" + tenure + "/kind")
	tab.Enter(enterKey)
	for shot := 1; shot <= 3; shot++ {
		upload(t, tab, portrait.Setting{Blur: 8})
		if text := tab.Text("main"); !strings.Contains(text, fmt.Sprintf("第 %d 张不合格", shot)) || strings.Contains(text, "决定人") != (shot == 3) {
			t.Fatalf("picture %d:\n%s", shot, text)
		}
		if shot < 3 {
			tab.Click("a[data-key=F8]")
		}
	}
	tab.Click("form[action$=use] button:not(.primary)") // nobody has decided
	if text := tab.Text(".errors"); !strings.Contains(text, "另一人决定") {
		t.Errorf("%s\n%s", text, tab.Text("main"))
	}
	tab.Type("#f-override-by", "chief"+string(theStation))
	tab.Type("#f-override-words", `眼疾<script>alert(1)</script>`)
	tab.Click("form[action$=use] button:not(.primary)")
	if !strings.HasSuffix(tab.Where(), "/sign") {
		t.Fatalf("%s\n%s", tab.Where(), tab.Text("main"))
	}
	id := strings.Split(tab.Where(), "/")[4]
	if _, _, body := c.get("/application/" + id); !strings.Contains(body, "眼疾&lt;script&gt;") || strings.Contains(body, "<script>alert") {
		t.Error("the reason is not shown as text")
	}

	tab.Go("/accept/" + tenure) // the power has failed: the same person again
	if !strings.HasSuffix(tab.Where(), "/sign") {
		t.Errorf("the road goes on at %s", tab.Where())
	}
	tab.Enter(enterKey)
	tab.Do(chromedp.Click("input[name=settle][value=waive]"), chromedp.Click("form .fold summary"))
	tab.Type("#f-office", "民康街道")
	tab.Click("form button.primary")
	if !strings.HasSuffix(tab.Where(), "/fee") || browsertest.Eval[string](tab, "document.querySelector('#f-office').value") != "民康街道" || tab.Text(".errors") == "" {
		t.Errorf("%s\n%s", tab.Where(), tab.Text("main"))
	}
}

// TestMomentWrongChip: a card whose chip is another's is not handed out; it is recorded, made again first, and a temporary card is offered at once. The next one goes to its holder, who loses it.
func TestMomentWrongChip(t *testing.T) {
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/hand-over")
	cards := browsertest.Eval[[]string](tab, "[...document.querySelectorAll('main tbody a')].map((a) => a.getAttribute('href'))")
	found := slices.ContainsFunc(cards, func(card string) bool { // of somebody who has no temporary card yet
		tab.Go(card)
		return browsertest.Eval[bool](tab, "document.querySelector('input[name=temporary]') === null") && free(t, card)
	})
	if !found {
		t.Fatalf("of %d cards none is left whose holder has no temporary one", len(cards))
	}
	if text := tab.Text(".page-head"); !strings.Contains(text, "包") {
		t.Errorf("where the card lies is not said: %s", text)
	}
	tab.Type("#f-chip_number", "220102197001010011")
	tab.Click("form[data-camera] button.primary")
	if text := tab.Text("main"); !strings.Contains(text, "不得发放") || browsertest.Eval[string](tab, "document.querySelector('#f-chip_number').value") != "220102197001010011" {
		t.Fatal(text)
	}
	tab.Click("button.danger")
	if text := tab.Text("main"); !strings.Contains(text, "重制排在最前") {
		t.Fatal(text)
	}
	tab.Enter(enterKey)
	tab.Press("明日出行")
	tab.Enter(enterKey)
	if text := tab.Text("main"); !strings.Contains(tab.Where(), "/temporary") || !strings.Contains(text, "待县局制作") {
		t.Fatalf("%s\n%s", tab.Where(), text)
	}

	tab.Go(freeOf(t, cards))
	number := handOver(t, tab)

	tab.Go("/loss?q=" + number)
	tab.Press("公交车上丢失")
	tab.Click("main form button.primary")
	if text := tab.Text("main"); !strings.Contains(text, "已登记") || !strings.Contains(text, "登记找回") {
		t.Errorf("%s\n%s", tab.Where(), text)
	}
	if tab.Enter(enterKey); !strings.Contains(tab.Where(), "/accept/") { // the replacement is next
		t.Errorf("Enter leads to %s", tab.Where())
	}
}

// handOver gives the card whose page a tab shows to its holder, who brings the old one, and tells the holder's number.
func handOver(t *testing.T, tab *browsertest.Tab) (number string) {
	t.Helper()
	number = strings.ReplaceAll(browsertest.Eval[string](tab, "document.querySelector('.page-head .number').textContent"), " ", "")
	tab.Type("#f-chip_number", number)
	if browsertest.Eval[bool](tab, "document.querySelector('#f-old-number') !== null") {
		tab.Type("#f-old-number", number)
	}
	if browsertest.Eval[bool](tab, "document.querySelector('input[name=temporary]') !== null") {
		tab.Do(chromedp.Click("input[name=temporary][value=returned]"))
	}
	tab.Click("form[data-camera] button.primary")
	if text := tab.Text("main"); !strings.HasSuffix(tab.Where(), "/done") || !strings.Contains(text, "已发证") {
		t.Fatalf("%s\n%s", tab.Where(), text)
	}
	return number
}

// TestMomentTenYuanShort closes a till that is ten yuan short: not under one name, and then honestly under two. At a station of its own: whoever has closed the day takes no more fees.
func TestMomentTenYuanShort(t *testing.T) {
	c := enter(t, "clerk", besideAtCounty, "zh")
	tenure, _ := c.comer("王")
	tab := open(t, "clerk", besideAtCounty, "zh")
	tab.Go("/accept/" + tenure + "/kind")
	for range len(acceptance) - 1 {
		tab.Enter(enterKey)
	}
	tab.Go("/till")
	expected := browsertest.Eval[int](tab, "Math.round(parseFloat(document.querySelector('.figure .value').textContent))")
	if expected < 20 {
		t.Fatalf("%d yuan must be in the drawer:\n%s", expected, tab.Text("main"))
	}
	if stopAt(tab) != "counted_fen" {
		t.Errorf("the cursor stands at %q", stopAt(tab))
	}
	tab.Type("#f-counted_fen", fmt.Sprint(expected-10))
	tab.Click("form[action^='/till/close'] button.primary")
	if text := tab.Text("main"); !strings.Contains(text, "短款 10.00 元") || browsertest.Eval[string](tab, "document.activeElement.id") != "f-second" {
		t.Fatal(text)
	}
	tab.Type("#f-second", "chief"+string(besideAtCounty))
	tab.Click("form[action^='/till/close'] button.primary")
	if text := tab.Text("main"); !strings.Contains(text, "已结账：短款 10.00 元") || strings.Contains(text, "在场人 c") || !strings.Contains(text, "，在场人 ") {
		t.Fatal(text)
	}
	if status, _, body := c.get("/till/sheet"); status != http.StatusOK || !strings.Contains(body, "短款 10.00 元") {
		t.Errorf("the sheet: %d", status)
	}
}

// TestAnotherStationsApplication is refused by every page that names it, and so is its picture and its person: asked at the county's node, which holds both stations' entries.
func TestAnotherStationsApplication(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, body := c.get("/hand-over")
	var cards []string
	for _, link := range linksIn(t, body) {
		if strings.HasPrefix(link, "/hand-over/") {
			cards = append(cards, link)
		}
	}
	id := strings.TrimPrefix(freeOf(t, cards), "/hand-over/")
	tenure, _ := c.comer("刘")
	other := enter(t, "clerk", besideAtCounty, "zh")
	for _, path := range []string{"/application/" + id, "/application/" + id + "/form", "/hand-over/" + id, "/photo/" + id, "/application/" + id + "/next", "/accept/" + tenure} {
		if status, _, body := other.get(path); status != http.StatusForbidden || strings.Contains(body, "吉林省") {
			t.Errorf("%s: status %d: %s", path, status, headline(body))
		}
	}
	_, _, shown := c.get("/application/" + id)
	slip := regexp.MustCompile(`\d{22}`).FindString(shown)
	for _, page := range []string{"/hand-over", "/accept", "/loss"} {
		if status, _, body := other.get(page + "?q=" + slip); status != http.StatusUnprocessableEntity || !strings.Contains(body, "派出所的领取凭证") || !strings.Contains(body, `name="q"`) {
			t.Errorf("%s with a slip of another station: status %d: %s", page, status, headline(body))
		}
		if status, _, body := c.get(page + "?q=" + slip[:len(slip)-3] + "999"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `name="q"`) {
			t.Errorf("%s with a slip that there is not: status %d: %s", page, status, headline(body))
		}
	}
	if _, _, body := c.get("/loss?q=" + slip); !strings.Contains(body, "申请补领") {
		t.Errorf("a slip leads to no loss: %s", headline(body))
	}
	if status, body := other.send("/hand-over/"+id, url.Values{"chip_number": {"1"}, "receiver": {"self"}}); status != http.StatusForbidden {
		t.Errorf("a forged hand-over: %d %s", status, headline(body))
	}
	if status, _, body := c.get(`/accept?q=%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E`); status >= http.StatusInternalServerError || strings.Contains(body, "<img src=x") {
		t.Errorf("status %d", status)
	}
}

// besideAtCounty is a station without a node of its own: the county's serves it.
const besideAtCounty = "220102003"

// TestHandOverByKeyboard: Enter leads from the reader's number through each field, past what the camera takes, to the receipt; a card that goes to a proxy names all that is missing at once, and an Enter
// before the reader has spoken does not call the card another's.
func TestHandOverByKeyboard(t *testing.T) {
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/hand-over")
	tab.Go(freeOf(t, browsertest.Eval[[]string](tab, "[...document.querySelectorAll('main tbody a')].map((a) => a.getAttribute('href'))")))
	tab.Do(chromedp.Click("input[name=receiver][value=proxy]"), chromedp.WaitVisible("#f-proxy_name"))
	tab.Click("form[data-camera] button.primary")
	text := tab.Text(".errors")
	for _, want := range []string{"芯片尚未读取", "未填领取人姓名", "未填领取人公民身份号码", "未填领取人与本人的关系", "缺本人的书面委托"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	if panel := tab.Text("form[action$=defect]"); !strings.Contains(panel, "芯片读不出") || strings.Contains(panel, "不符") {
		t.Errorf("a chip that nobody has read: %s", panel)
	}
	tab.Do(chromedp.Click("input[name=receiver][value=self]"), chromedp.Focus("#f-chip_number"))
	if browsertest.Eval[bool](tab, "document.querySelector('#f-proxy_name').offsetParent !== null") {
		t.Error("the holder is asked for a proxy")
	}
	number := strings.ReplaceAll(browsertest.Eval[string](tab, "document.querySelector('.page-head .number').textContent"), " ", "")
	tab.Press(number + enterKey)
	var stops []string
	for !strings.HasSuffix(stopAt(tab), "old_lost") && len(stops) < 9 {
		stops = append(stops, stopAt(tab))
		if stopAt(tab) == "old.number" {
			tab.Press(number)
		}
		tab.Press(enterKey)
	}
	if browsertest.Eval[bool](tab, "document.querySelector('input[name=temporary]') !== null") {
		tab.Press(enterKey + " ")
	}
	tab.Enter(enterKey)
	if text := tab.Text("main"); !strings.HasSuffix(tab.Where(), "/done") || !slices.Equal(stops, []string{"receiver", "old.number", "old.generation"}) {
		t.Errorf("%s, the cursor stood at %v\n%s", tab.Where(), stops, text)
	}
}

// stopAt is the name of the field that has the cursor.
func stopAt(tab *browsertest.Tab) string {
	return browsertest.Eval[string](tab, "document.activeElement.name ?? ''")
}
