package webtest

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/campaign"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/node"
)

// theDisked is a station that goes by disk.
const theDisked event.Unit = "220102002"

// careMust opens a page that has to be there.
func (c *client) careMust(path string) string {
	c.t.Helper()
	status, _, body := c.get(path)
	if status != http.StatusOK {
		c.t.Fatalf("%s: status %d: %s", path, status, headline(body))
	}
	return body
}

// careWants fails the test unless the page says all of it.
func careWants(t *testing.T, body string, all ...string) {
	t.Helper()
	text := html.UnescapeString(body)
	for _, one := range all {
		if !strings.Contains(text, one) {
			t.Errorf("the page does not say %q:\n%s", one, carePlain(text))
		}
	}
}

var careTags = regexp.MustCompile(`(?s)<head>.*?</head>|<[^>]*>|\s+`)

func carePlain(body string) string { return careTags.ReplaceAllString(body, " ") }

// careWork starts a long work and gives its page when it is done.
func (c *client) careWork(path string, form url.Values) string {
	c.t.Helper()
	r, err := c.http.PostForm(c.base+path, form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	if !strings.HasPrefix(r.Request.URL.Path, "/job/") {
		c.t.Fatalf("%s: status %d at %s", path, r.StatusCode, r.Request.URL)
	}
	return c.careFinished(r.Request.URL.Path)
}

// careFinished waits until a long work's page is no longer loaded anew.
func (c *client) careFinished(path string) string {
	c.t.Helper()
	for range 600 {
		_, header, body := c.get(path)
		if header.Get("Refresh") == "" {
			return body
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.t.Fatalf("%s goes on and on", path)
	return ""
}

// oneAct lets the disked station write something: an address for its book.
func oneAct(t *testing.T, room string) {
	t.Helper()
	clerk := enter(t, "clerk", theDisked, "zh")
	if status, body := clerk.send(place, address(clerk.fresh(place), room)); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, headline(body))
	}
}

func parcelsOn(t *testing.T, disk string, from event.Unit) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(disk, "huzheng", "parcels", "huzheng-"+string(from)+"-*", "*", "*.hzp"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestMomentCourierCarriesADisk goes from a station's page to the county's and back with a disk: one that was pulled in mid-copy is refused with its code, one with a part
// missing says which entries to bring, and after the next writing everything is there (ui moment 7).
func TestMomentCourierCarriesADisk(t *testing.T) {
	station, county := enter(t, "chief", theDisked, "zh"), enter(t, "communications", theCounty, "zh")
	disk := filepath.Join(folder, "disks", "hand-carried")
	if err := os.MkdirAll(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	visit := func(c *client, act string) string {
		return c.careWork("/exchange/disk", url.Values{"folder": {disk}, "act": {act}})
	}
	visit(county, "read") // an empty disk brings nothing
	oneAct(t, "201")

	tab := open(t, "chief", theDisked, "zh")
	tab.Go("/exchange")
	if text := tab.Text("header .exchange"); !strings.Contains(text, "待送") {
		t.Errorf("the head of the page says %q", text)
	}
	tab.Go("/exchange/disk")
	tab.Do(chromedp.Click(`input[name="folder"][value="` + disk + `"]`))
	tab.Do(chromedp.Click(`button[value="write"]`), chromedp.WaitVisible(".receipt"))
	careWants(t, tab.Text("main"), "写盘完成", "打印交接单")
	careWants(t, station.careMust("/exchange/disk/sheet?folder="+url.QueryEscape(disk)), "移动盘交接单", "交出人", string(theDisked)+"/up")

	files := parcelsOn(t, disk, theDisked)
	if len(files) == 0 {
		t.Fatal("no parcel lies on the disk")
	}
	whole, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[len(files)-1], whole[:len(whole)/2], 0o600); err != nil { // pulled out in mid-copy by a system that does not keep its word
		t.Fatal(err)
	}
	careWants(t, visit(county, "read"), "数据包损坏", "请对方重新写出此数据包")
	careWants(t, county.careMust("/exchange"), "数据包损坏", "裕岭派出所")

	oneAct(t, "202")
	visit(station, "write")
	again, err := os.ReadFile(files[len(files)-1])
	if err != nil || !bytes.Equal(again, whole) {
		t.Errorf("the parcel is not written again as it was: %v", err)
	}
	if err := os.Remove(files[len(files)-1]); err != nil { // lost between two offices: what follows it has a gap before it
		t.Fatal(err)
	}
	body := visit(county, "read")
	careWants(t, body, "交接单所列的文件不在盘上", "请发送单位重新写盘", "中间缺包", "请带来含第")

	visit(station, "write")
	body = visit(county, "read")
	if strings.Contains(body, `class="notice stop"`) {
		t.Errorf("after writing again: %s", carePlain(body))
	}
	careWants(t, body, "读盘完成", "回执和应送数据已写回盘上")
	body = visit(station, "read")
	careWants(t, body, "读盘完成")
	if text := tabText(t, station); strings.Contains(text, "待送 ") { // the receipts came on this disk, or on the station's own, which goes round meanwhile
		t.Errorf("something waits still: %s\n%s", text, carePlain(body))
	}
}

func tabText(t *testing.T, c *client) string {
	t.Helper()
	head := regexp.MustCompile(`(?s)<header.*?</header>`).FindString(c.careMust("/"))
	return carePlain(head)
}

// TestCareIsForThoseInCharge: who does not look after the node is refused, and a station that a county's node serves does not look after that node.
func TestCareIsForThoseInCharge(t *testing.T) {
	for _, test := range []struct {
		post  string
		unit  event.Unit
		paths []string
	}{
		{"clerk", theStation, []string{"/exchange", "/exchange/disk", "/journal", "/nodes", "/operators", "/doctor", "/settings", "/backup"}},
		{"communications", theCounty, []string{"/journal", "/nodes", "/operators", "/backup"}},
		{"chief", theCounty, []string{"/exchange/disk", "/backup", "/settings"}},
		{"chief", "220102003", []string{"/exchange", "/journal", "/backup", "/doctor"}},
	} {
		c := enter(t, test.post, test.unit, "zh")
		for _, path := range test.paths {
			if status, _, body := c.get(path); status != http.StatusForbidden {
				t.Errorf("%s%s at %s: status %d: %s", test.post, test.unit, path, status, headline(body))
			}
		}
		for path, form := range map[string]url.Values{"/exchange/disk": {"act": {"write"}, "folder": {"/etc"}}, "/backup": {"folder": {"/etc"}}, "/nodes/suspend": {"node": {"x"}, "reason": {"x"}}} {
			status, body := c.send(path, form)
			if test.post == "communications" && path == "/exchange/disk" {
				if status != http.StatusUnprocessableEntity {
					t.Errorf("a folder outside the list: status %d", status)
				}
			} else if status != http.StatusForbidden && !(test.post == "chief" && test.unit == theCounty && path == "/nodes/suspend") {
				t.Errorf("%s%s posts to %s: status %d: %s", test.post, test.unit, path, status, headline(body))
			}
		}
	}
	c := enter(t, "administrator", theCity, "zh")
	careWants(t, c.careMust("/journal?subject="+url.QueryEscape(`"><img src=x onerror=alert(1)>`)), `有关 "><img src=x onerror=alert(1)>`)
	if body := c.careMust("/journal?subject=" + url.QueryEscape(`<script>alert(1)</script>`)); strings.Contains(body, "<script>alert") {
		t.Error("what was typed runs")
	}
}

// TestJournalIsProvenByPage verifies and replays from the page, and takes a proof home.
func TestJournalIsProvenByPage(t *testing.T) {
	c := enter(t, "administrator", theCounty, "zh")
	careWants(t, c.careMust("/journal"), "220102/down", "会签单位")
	careWants(t, c.careWork("/journal/verify", url.Values{}), "日志完好")
	careWants(t, c.careWork("/journal/rebuild", url.Values{}), "零差异")
	stream := "/journal?generation=2&stream=" + url.QueryEscape("220102/down")
	careWants(t, c.careMust(stream), "此处不显示正文")
	careWants(t, c.careMust("/journal/proof?generation=2&seq=0&stream="+url.QueryEscape("220102/down")), "c2sp.org/tlog-proof@v1")
	if status, _, body := c.get("/journal/proof?generation=2&seq=999999&stream=" + url.QueryEscape("220102/down")); status != http.StatusUnprocessableEntity || !strings.Contains(body, "care.no_checkpoint") {
		t.Errorf("a proof of what is under no checkpoint: status %d", status)
	}
	if status, _, _ := c.get("/journal?generation=2&stream=" + url.QueryEscape("220102/access")); status != http.StatusForbidden {
		t.Errorf("an administrator reads who looked at whom: status %d", status)
	}
	careWants(t, c.careWork("/exchange/now", url.Values{}), "已与上级一致")
	careWants(t, c.careMust("/doctor"), "时钟来自文件")
	careWants(t, c.careMust("/settings"), "disk.folders", "密码最短字符数")
	made := c.careWork("/backup", url.Values{"folder": {filepath.Join(folder, "county-220102", "backups")}})
	careWants(t, made, "备份完成", "county-220102/backups/220102-")
	careWants(t, c.careMust("/backup"), "county-220102/backups/220102-")
}

// TestSupervisorResetsAPassword: the chief of a station gives an operator a new password; the session that was open ends; the operator takes another one.
func TestSupervisorResetsAPassword(t *testing.T) {
	const post = "photographer"
	before := enter(t, post, theDisked, "zh")
	chief := open(t, "chief", theDisked, "zh")
	chief.Go("/operators")
	link := regexp.MustCompile(`href="(/operators/[^"]+)">[^<]*</a></td><td>\s*(?:<[^>]*>)?` + post + string(theDisked)).FindStringSubmatch(enter(t, "chief", theDisked, "zh").careMust("/operators"))
	if link == nil {
		t.Fatal("the operator is not listed")
	}
	chief.Do(chromedp.Click(`a[href="`+link[1]+`"]`), chromedp.WaitVisible("#f-password"))
	chief.Do(chromedp.SendKeys("#f-ground", "忘记密码，本人当面申请"))
	chief.Do(chromedp.SendKeys("#f-password", "short"))
	chief.Do(chromedp.SendKeys("#f-password_again", "short"))
	chief.Do(chromedp.Click(`form[action$="/reset"] button.primary`), chromedp.WaitVisible(".errors"))
	if text := chief.Text("main"); !strings.Contains(text, "密码太短") || !strings.Contains(browsertest.Eval[string](chief, "document.querySelector('#f-ground').value"), "当面申请") {
		t.Errorf("a short password: %s", text)
	}
	before.careMust("/password")
	chief.Do(chromedp.SendKeys("#f-password", "new horse battery"))
	chief.Do(chromedp.SendKeys("#f-password_again", "new horse battery"))
	chief.Do(chromedp.Click(`form[action$="/reset"] button.primary`), chromedp.WaitVisible(".notice.done"))
	if text := chief.Text("main"); !strings.Contains(text, "密码已重设") {
		t.Fatalf("%s", text)
	}
	if _, _, body := before.get("/password"); !strings.Contains(body, `action="/sign-in"`) {
		t.Error("the session under the old password goes on")
	}

	all, err := played()
	if err != nil {
		t.Fatal(err)
	}
	operator := browsertest.Open(t, all.pages[theDisked])
	operator.SignIn(post+string(theDisked), "new horse battery", "zh")
	operator.Go("/do") // whoever was given a password takes another one before anything else
	if text := operator.Text("main"); !strings.Contains(text, "您的密码由主管重设") {
		t.Errorf("%s", text)
	}
	operator.Press("wrong horse battery\t" + campaign.Password + "\t" + campaign.Password)
	operator.Do(chromedp.Click("main button.primary"), chromedp.WaitVisible(".errors"))
	if text := operator.Text("main"); !strings.Contains(text, "原密码不正确") {
		t.Errorf("a wrong password: %s", text)
	}
	operator.Do(chromedp.SendKeys("#f-present_password", "new horse battery"))
	operator.Do(chromedp.SendKeys("#f-password", campaign.Password))
	operator.Do(chromedp.SendKeys("#f-password_again", campaign.Password))
	operator.Do(chromedp.Click("main button.primary"), chromedp.WaitVisible(".notice.done"))
	if text := operator.Text("main"); !strings.Contains(text, "密码已修改") {
		t.Errorf("%s", text)
	}
	enter(t, post, theDisked, "zh")
}

// TestRequestIsComparedBeforeAdmission: a request file is opened on the page, and nobody is admitted before the fingerprint has been compared.
func TestRequestIsComparedBeforeAdmission(t *testing.T) {
	c := enter(t, "administrator", theCounty, "zh")
	upload := func(content []byte) (int, string) {
		t.Helper()
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile("request", "request.note")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := c.http.Post(c.base+"/nodes/admit", form.FormDataContentType(), &body)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(text)
	}
	if status, body := upload([]byte("no request")); status != http.StatusUnprocessableEntity || !strings.Contains(body, "不是有效的申请文件") {
		t.Errorf("status %d: %s", status, carePlain(body))
	}
	keys, err := node.NewKeys("220102003")
	if err != nil {
		t.Fatal(err)
	}
	request, err := exchange.NewRequest("220102003", keys.Identity, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := exchange.RequestFingerprint(request)
	if err != nil {
		t.Fatal(err)
	}
	status, body := upload(request)
	held := regexp.MustCompile(`name="request" value="([^"]+)"`).FindStringSubmatch(body)
	if status != http.StatusOK || held == nil || !strings.Contains(body, fingerprint) {
		t.Fatalf("status %d: %s", status, carePlain(body))
	}
	if status, body = c.send("/nodes/admit", url.Values{"request": {held[1]}, "second": {"1"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, "尚未核对指纹") {
		t.Errorf("unticked: status %d", status)
	}
	if strings.Contains(c.careMust("/nodes"), keys.Identity.Key.Node) {
		t.Error("the node is admitted already")
	}
}
