package webtest

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// send posts a form, with headers of the browser's if given.
func (c *client) send(path string, form url.Values, headers ...string) (status int, body string) {
	c.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	c.where = answer.Request.URL.RequestURI()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

var onceValue = regexp.MustCompile(`name="_once" value="([^"]+)"`)

// fresh opens a form and gives the token that it carries.
func (c *client) fresh(path string) string {
	c.t.Helper()
	_, _, body := c.get(path)
	found := onceValue.FindStringSubmatch(body)
	if found == nil {
		c.t.Fatalf("%s has no form:\n%s", path, headline(body))
	}
	return found[1]
}

// place is a harmless act: an address for the station's book.
const place = "/do/register.add_place"

func address(once, room string) url.Values {
	return url.Values{"_once": {once}, "street": {"测试路"}, "door": {"12"}, "room": {room}, "on": {"20050901"}}
}

// TestCrossSiteFormIsRefused: what another site lets a clerk's browser send is not done.
func TestCrossSiteFormIsRefused(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://elsewhere.example"}} {
		if status, body := c.send(place, address(c.fresh(place), "101"), headers...); status != http.StatusForbidden || !strings.Contains(body, "另一网站") {
			t.Errorf("%v: status %d: %s", headers, status, headline(body))
		}
	}
}

// TestSignedOutFormIsRefused: a form without a session does nothing, and a page leads to the sign-in and back.
func TestSignedOutFormIsRefused(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	once := c.fresh(place)
	c.send("/sign-out", nil)
	if status, body := c.send(place, address(once, "102")); status != http.StatusUnauthorized {
		t.Errorf("status %d: %s", status, headline(body))
	}
	if _, _, body := c.get(place); !strings.Contains(body, `name="next" value="/do/register.add_place"`) {
		t.Errorf("the sign-in does not lead back: %s", body)
	}
}

// TestForgedSessionIsNobody.
func TestForgedSessionIsNobody(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	base, _ := url.Parse(c.base)
	cookies := c.http.Jar.Cookies(base)
	for _, cookie := range cookies {
		if cookie.Name != "huzheng-lang" {
			c.http.Jar.SetCookies(base, []*http.Cookie{{Name: cookie.Name, Value: "A" + cookie.Value[1:] + "x", Path: "/"}})
		}
	}
	if _, _, body := c.get("/"); !strings.Contains(body, `id="password"`) {
		t.Error("a forged session was taken")
	}
}

// TestReplayedFormDoesOneAct: the same form sent again gives the same receipt, for its operator only.
func TestReplayedFormDoesOneAct(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	form := address(c.fresh(place), "103")
	receipt := regexp.MustCompile(`日志 ([^<]+)`)
	_, first := c.send(place, form)
	_, second := c.send(place, form)
	if a, b := receipt.FindString(first), receipt.FindString(second); a == "" || a != b || !strings.Contains(second, "本次未重复") {
		t.Errorf("first %q, then %q: %s", a, b, headline(second))
	}
	other := enter(t, "area_officer", theStation, "zh")
	if status, body := other.send(place, form); status != http.StatusUnprocessableEntity || !strings.Contains(body, "已用于另一项业务") {
		t.Errorf("another operator's replay: %d %s", status, headline(body))
	}
}

// TestOversizedFormIsRefused.
func TestOversizedFormIsRefused(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	form := address(c.fresh(place), strings.Repeat("字", 1<<20))
	if status, body := c.send(place, form); status != http.StatusRequestEntityTooLarge || !strings.Contains(body, "文件太大") {
		t.Errorf("status %d: %s", status, headline(body))
	}
}

// TestRefusedFormKeepsWhatWasTyped: each field is marked, and nothing typed is lost; text from people is never executed.
func TestRefusedFormKeepsWhatWasTyped(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	form := address(c.fresh(place), `"><script>alert(1)</script>`)
	form.Set("on", "2005年13月1日")
	status, body := c.send(place, form)
	for _, want := range []string{"日期无法识别", `value="测试路"`, `value="2005年13月1日"`, "&lt;script&gt;", `aria-invalid="true"`} {
		if !strings.Contains(body, want) {
			t.Errorf("status %d: %q is missing", status, want)
		}
	}
	if status != http.StatusUnprocessableEntity || strings.Contains(body, "<script>alert") {
		t.Errorf("status %d", status)
	}
}

// TestAnotherRolesActIsRefused: a page of an action that the policy does not give to the operator answers 403.
func TestAnotherRolesActIsRefused(t *testing.T) {
	c := enter(t, "clerk", theStation, "en")
	form := url.Values{"_once": {c.fresh(place)}, "unit": {"220102"}, "name": {"x"}, "kind": {"x"}}
	if status, body := c.send("/do/site.found_unit", form); status != http.StatusUnprocessableEntity && status != http.StatusForbidden {
		t.Errorf("status %d: %s", status, headline(body))
	}
}

// TestUnknownPageAndAction answer with a page of ours.
func TestUnknownPageAndAction(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	for _, path := range []string{"/no-such-page", "/do/no.such"} {
		if status, _, body := c.get(path); status != http.StatusNotFound || !strings.Contains(body, "没有") && !strings.Contains(body, "不存在") {
			t.Errorf("%s: %d %s", path, status, headline(body))
		}
	}
}

// TestDraftSurvives: what was typed and not sent stands in the form when the page is opened again; a password never does.
func TestDraftSurvives(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	once := c.fresh(place)
	c.send("/-/draft", url.Values{"_page": {place}, "_focus": {"door"}, "_once": {once}, "street": {"草稿路"}, "second_password": {"geheim-77"}})
	_, _, body := c.get(place)
	for _, want := range []string{`value="草稿路"`, once, "上次未提交"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(body, "geheim-77") {
		t.Error("a password was kept")
	}
	form := address(once, "104")
	if status, got := c.send(place, form); status != http.StatusOK {
		t.Fatalf("%d %s", status, headline(got))
	}
	if _, _, body := c.get(place); strings.Contains(body, "草稿路") {
		t.Error("the draft outlived its act")
	}
}
