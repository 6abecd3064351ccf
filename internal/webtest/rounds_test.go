package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/event"
)

// Steps of an acceptance as they are reached from the kind, each by one more Enter.
const (
	toCamera = 1 + iota
	toVerdict
	toSignature
	toFee
	toReceipt
)

// apply takes somebody's application at a station's window as far as a step, and leaves the clerk's tab there.
func apply(t *testing.T, unit event.Unit, name string, step int) (tab *browsertest.Tab, id string) {
	t.Helper()
	tenure, _ := enter(t, "clerk", unit, "zh").comer(name)
	tab = open(t, "clerk", unit, "zh")
	tab.Go("/accept/" + tenure + "/kind")
	for range step {
		tab.Enter(enterKey)
	}
	return tab, applicationAt(t, tab)
}

var applicationPath = regexp.MustCompile(`/application/([0-9a-f-]{36})`)

// applicationAt is the application whose page a tab shows.
func applicationAt(t *testing.T, tab *browsertest.Tab) string {
	t.Helper()
	found := applicationPath.FindStringSubmatch(tab.Where())
	if found == nil {
		t.Fatalf("no application at %s:\n%s", tab.Where(), tab.Text("main"))
	}
	return found[1]
}

// TestReturnedApplicationGoesItsSecondRound: the county returns an application with a coded reason; the window sees it, takes another picture, nothing is paid again,
// and the county sees the second round and passes it (law-and-process C: return, next round).
func TestReturnedApplicationGoesItsSecondRound(t *testing.T) {
	window, id := apply(t, nearStation, "张", toReceipt)
	county := open(t, "reviewer", farCounty, "zh")
	county.Go("/review?application=" + id)
	first := county.Text(acceptanceNo)
	county.Press("1")
	county.Enter("r")

	window.Go("/waiting/returned")
	says(t, window, "main", "相片不合格")
	window.Click(`main tbody a[href*="` + id + `"]`)
	says(t, window, "main", "相片不合格")
	window.Go("/application/" + id + "/next")
	if !strings.HasSuffix(window.Where(), "/photograph") {
		t.Fatalf("the road goes on at %s:\n%s", window.Where(), window.Text("main"))
	}
	window.Enter(enterKey) // taken
	window.Enter(enterKey) // used
	window.Enter(enterKey) // signed
	if !strings.HasSuffix(window.Where(), "/done") {
		t.Errorf("after the signature the road is at %s:\n%s", window.Where(), window.Text("main"))
	}
	says(t, window, "main", "已收 20.00 元")

	county.Go("/review?application=" + id)
	if again := county.Text(acceptanceNo); again != first {
		t.Fatalf("%q is not before the reviewer: %q", first, again)
	}
	if rounds := browsertest.Eval[string](county, `[...document.querySelectorAll("main dt")].find((d) => d.innerText === "轮次").nextElementSibling.innerText`); rounds != "2" {
		t.Errorf("round %q", rounds)
	}
	says(t, county, ".judge-top .photos figure:nth-child(2)", "退回原因：相片不合格")
	if n := browsertest.Eval[int](county, `document.querySelectorAll(".judge-top .photos figure:nth-child(-n+2) img").length`); n != 2 {
		t.Errorf("%d pictures of the two rounds stand side by side", n)
	}
	keep(t, county, "zh", "judge-second-round")
	county.Go("/language?to=en&back=" + url.QueryEscape("/review?application="+id))
	keep(t, county, "en", "judge-second-round")
	county.Go("/language?to=zh&back=" + url.QueryEscape("/review?application="+id))
	county.Enter("a")
	says(t, county, ".judge-last", "审核")
	if status, _, body := enter(t, "clerk", nearStation, "zh").get("/application/" + id); status != http.StatusOK || !strings.Contains(body, "第 2 轮") {
		t.Errorf("the history does not say that there were two rounds: %d", status)
	}
}

// TestChildComesWithTheGuardian: under sixteen the guardian applies and signs; without who signed nothing goes on, and what was typed stays (居民身份证法 (2003) art. 2).
func TestChildComesWithTheGuardian(t *testing.T) {
	c := enter(t, "clerk", nearStation, "zh")
	tenure := c.child()
	tab := open(t, "clerk", nearStation, "zh")
	tab.Go("/accept/" + tenure + "/kind")
	for range toSignature {
		tab.Enter(enterKey)
	}
	id := applicationAt(t, tab)
	says(t, tab, "main", "监护人")
	tab.Type("#f-guardian_name", "王监护")
	set(tab, `document.querySelector("#f-guardian_number").value = ""`)
	tab.Click("main form button.primary")
	if !strings.HasSuffix(tab.Where(), "/sign") || browsertest.Eval[string](tab, `document.querySelector("#f-guardian_name").value`) != "王监护" {
		t.Fatalf("at %s:\n%s", tab.Where(), tab.Text("main"))
	}
	says(t, tab, ".errors", "监护人")
	tab.Type("#f-guardian_number", "220102197005019415")
	tab.Type("#f-guardian_relation", "父子")
	tab.Click("main form button.primary")
	if !strings.HasSuffix(tab.Where(), "/fee") {
		t.Fatalf("at %s:\n%s", tab.Where(), tab.Text("main"))
	}
	tab.Enter(enterKey)
	says(t, tab, "main", "受理完成")
	if _, _, body := c.get("/application/" + id); !strings.Contains(body, "王监护") || !strings.Contains(body, "父子") {
		t.Errorf("the application does not name the guardian: %s", carePlain(body))
	}
}

// child is somebody of six to thirteen years without an application.
func (c *client) child() (tenure string) {
	c.t.Helper()
	for _, name := range comers {
		for _, tenure := range c.callers(name) {
			_, _, body := c.get("/accept/" + tenure)
			m := numberShown.FindStringSubmatch(body)
			if m != nil && m[2] > "19920000" && m[2] < "19991231" && free(c.t, tenure) {
				return tenure
			}
		}
	}
	c.t.Fatal("no child comes to the window")
	return ""
}

// TestComparisonBecomesCorrection: five records of a household are compared, a main item differs in two of them; it is proposed, decided by another person with old and new
// side by side, and carried out at the station; the records that are still to be put right are marked one by one.
func TestComparisonBecomesCorrection(t *testing.T) {
	officer := open(t, "area_officer", besideAtCounty, "zh")
	officer.Go("/visits")
	household := freeOf(t, browsertest.Eval[[]string](officer, `[...document.querySelectorAll("main tbody a")].map((a) => a.getAttribute("href")).reverse()`))
	alone := browsertest.Eval[bool](officer, fmt.Sprintf(`document.querySelector('main tbody a[href=%q]').closest("tr").querySelector("td.num").textContent === "1"`, household))
	officer.Go(strings.Replace(household, "/visit/", "/compare/", 1))
	officer.Type(`[name="v.0.form.name"]`, "王对照")
	officer.Type(`[name="v.0.booklet.name"]`, "王对照")
	officer.Click("form .sign-line button.primary")
	says(t, officer, ".errors", "未填核对了哪些记录")
	if got := browsertest.Eval[string](officer, `document.querySelector('[name="v.0.form.name"]').value`); got != "王对照" {
		t.Errorf("what was typed became %q", got)
	}
	set(officer, `document.querySelectorAll('[name=looked]').forEach((b) => b.checked = ["form", "booklet", "citizen"].includes(b.value))`)
	officer.Click("form .sign-line button.primary")
	says(t, officer, ".notice.done", "更正未到位")
	if !alone {
		says(t, officer, ".notice.done", "五项一致")
	}
	officer.Click(".notice.done a")
	says(t, officer, "main", "王对照")
	comparison := officer.Where()
	officer.Click(`main a[href^="/correct/"]`)
	officer.Type("#f-items-name", "王对照")
	officer.Type("#f-evidence", "原始登记表和户口簿一致")
	set(officer, `document.querySelector("#f-category").selectedIndex = 1`)
	officer.Click("form button.primary")
	says(t, officer, "main", "已提出", "王对照")
	path := strings.SplitAfter(officer.Where(), "/correction/")[1][:36]

	reviewer := open(t, "reviewer", theCounty, "zh")
	reviewer.Go("/correction/" + path)
	says(t, reviewer, ".compare", "王对照")
	reviewer.Enter(kb.F8)
	await(t, officer, "/correction/"+path, ".page-head", "已执行")
	officer.Go(comparison)
	says(t, officer, "main", "王对照")
}

// TestRulesRunAndItsFindings: the item rules are asked of the whole station without opening cases; each finding has its rule, its source and what to do, and leads to the person.
func TestRulesRunAndItsFindings(t *testing.T) {
	tab := open(t, "area_officer", besideAtCounty, "zh")
	tab.Go("/rules")
	says(t, tab, "main", "将检查本所", "登记不作任何更改")
	tab.Do(chromedp.Click("#f-no_cases"))
	tab.Click("main form button.primary")
	says(t, tab, "main", "立案 0 件", "按规则")
	findings := browsertest.Eval[int](tab, `[...document.querySelectorAll('main a[href^="/rules/"]')].length`)
	if findings == 0 {
		t.Fatalf("the rules found nothing:\n%s", tab.Text("main"))
	}
	if n := browsertest.Eval[int](tab, `[...document.querySelectorAll('main a[href^="/rules/"]')].map((a) => [...a.closest("tr").cells].some((c) => c.innerText.trim() === "")).filter(Boolean).length`); n > 0 {
		t.Errorf("%d findings lack a rule, a source or what to do", n)
	}
	tab.Click(`main a[href^="/rules/"]`)
	says(t, tab, "main", "疑错项目")
	if browsertest.Eval[int](tab, `document.querySelectorAll("main tbody tr:not(.none)").length`) == 0 {
		t.Errorf("the person's own page has no finding:\n%s", tab.Text("main"))
	}
}

// TestProofOfLifeRestoresARegistration: a registration was ended by a case; the person stands at the window, the station records it, the county reverses the decision
// the same day, and the registration is open again with its number and its history (law-and-process: proof of life restores within a day).
func TestProofOfLifeRestoresARegistration(t *testing.T) {
	station, path, tenure := endedByCase(t)
	officer := open(t, "area_officer", station, "zh")
	officer.Go("/resident/" + tenure)
	says(t, officer, "main", "已注销")
	number := officer.Text(".page-head .number")
	officer.Go(path)
	says(t, officer, "main", "注销有误")
	officer.Click(`main a[href*="/prove_life"]`)
	officer.Click("form button.primary")
	says(t, officer, ".errors", "未写明")
	officer.Type("#f-words", "本人持身份证到所")
	officer.Click("form button.primary")
	says(t, officer, ".page-head", "本人已证明")

	decider := open(t, "chief", deciderOf(t, officer), "zh")
	await(t, decider, path, ".page-head", "本人已证明")
	decider.Click(`main a[href*="/reverse"]`)
	decider.Type("#f-ground", "本人到场，登记有误")
	decider.Click("form button.primary")
	says(t, decider, ".page-head", "已撤销")
	await(t, officer, "/resident/"+tenure, "main", "正常")
	if again := officer.Text(".page-head .number"); again != number {
		t.Errorf("the number was %s and is %s", number, again)
	}
	officer.Go("/resident/" + tenure + "/history")
	says(t, officer, "main", "注销", "恢复")
}

var provesLife = regexp.MustCompile(`/case/[0-9a-f-]{36}/prove_life\?tenure=([0-9a-f-]{36})`)

// endedByCase finds a registration that a case has ended, at the station that had it.
func endedByCase(t *testing.T) (station event.Unit, path, tenure string) {
	t.Helper()
	station, path, body := caseWith(t, provesLife)
	return station, path, provesLife.FindStringSubmatch(body)[1]
}

// caseWith finds a double registration whose page at a station has something.
func caseWith(t *testing.T, something *regexp.Regexp) (station event.Unit, path, body string) {
	t.Helper()
	for _, unit := range []event.Unit{theStation, theDisked, besideAtCounty, farStation, farDisked, nearStation} {
		c := enter(t, "area_officer", unit, "zh")
		_, _, list := c.get("/cases?show=all&kind=double_registration")
		for _, path := range regexp.MustCompile(`/case/[0-9a-f-]{36}`).FindAllString(list, -1) {
			if _, _, body := c.get(path); something.MatchString(body) {
				return unit, path, body
			}
		}
	}
	t.Fatalf("no case of the played city has %s", something)
	return "", "", ""
}

// deciderOf is the unit that decides the case that a tab shows.
func deciderOf(t *testing.T, tab *browsertest.Tab) event.Unit {
	t.Helper()
	text := tab.Text("main")
	for unit, name := range map[event.Unit]string{theCity: "长春市公安局", theCounty: "南关区公安分局", farCounty: "农安县公安局"} {
		if slices.ContainsFunc(strings.Split(text, "\n"), func(line string) bool { return strings.Contains(line, "决定") && strings.Contains(line, name) }) {
			return unit
		}
	}
	t.Fatalf("the page does not say who decides:\n%s", text)
	return ""
}
