package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huzheng/huzheng/internal/browsertest"
)

// neighbour is a station of the same city with other residents.
const neighbour = "220102002"

// residentOf is one line of a search's list.
type residentOf struct{ Tenure, Name, Number, Sex, Born string }

var found = regexp.MustCompile(`(?s)<td><a href="/resident/([^"]+)">([^<]+)</a></td><td><span class="number">(.*?)</span></td><td>([^<]+)</td><td><time>([^<]+)</time></td>`)

// residents finds people of a station whose name begins with a sound.
func (c *client) residents(initial string) (all []residentOf) {
	c.t.Helper()
	_, _, body := c.get("/search?" + url.Values{"q": {initial}, "purpose": {"窗口办理"}}.Encode())
	tags := regexp.MustCompile(`<[^>]*>`)
	for _, m := range found.FindAllStringSubmatch(body, -1) {
		all = append(all, residentOf{m[1], m[2], tags.ReplaceAllString(m[3], ""), m[4], m[5]})
	}
	return all
}

// adult is the n-th resident of a sex born from 1955 to 1979, whom the test makes its own. Who comes to the windows of other tests (comer), and families (family), are left out.
// The people are listed once, before a test moves any: which of them a test takes does not depend on the order of the tests, unless the family of another has taken one; then it is the next.
func (c *client) adult(sex string, n int) residentOf {
	c.t.Helper()
	list, listed := adults[c.base]
	if !listed {
		list = c.listAdults()
		adults[c.base] = list
	}
	for _, one := range list {
		if one.Sex != sex {
			continue
		}
		if n--; n < 0 && free(c.t, one.Tenure) {
			return one
		}
	}
	c.t.Fatal("nobody")
	return residentOf{}
}

// adults are those of each node as they were when the first test asked.
var adults = make(map[string][]residentOf)

func (c *client) listAdults() (all []residentOf) {
	c.t.Helper()
	for _, initial := range []string{"c", "h", "l", "s", "w", "z", "b", "d", "f", "g", "j", "k", "m", "n", "p", "q", "r", "t", "x"} {
		for _, one := range c.residents(initial) {
			if one.Born < "1980" && one.Born > "1955" && !slices.ContainsFunc(comers, func(name string) bool { return strings.HasPrefix(one.Name, name) }) {
				all = append(all, one)
			}
		}
	}
	return all
}

var dayOfFoot = regexp.MustCompile(`<span>(\d{4})-(\d\d)-(\d\d)</span></footer>`)

// businessDay is the city's day as eight digits.
func (c *client) businessDay() string {
	c.t.Helper()
	_, _, body := c.get("/")
	m := dayOfFoot.FindStringSubmatch(body)
	if m == nil {
		c.t.Fatal("the page has no day")
	}
	return m[1] + m[2] + m[3]
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// form opens an act and gives its hidden fields.
func (c *client) form(path string) url.Values {
	c.t.Helper()
	status, _, body := c.get(path)
	if status != http.StatusOK {
		c.t.Fatalf("%s: %d %s", path, status, headline(body))
	}
	return hiddenOf(body)
}

func hiddenOf(body string) url.Values {
	values := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		values.Set(m[1], strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&amp;", "&", "&#43;", "+").Replace(m[2]))
	}
	return values
}

// walk types an act's form, checks the answers and carries it out; it gives the receipt.
func (c *client) walk(path string, typed map[string]string) (status int, receipt string) {
	c.t.Helper()
	values := c.form(path)
	for name, value := range typed {
		values.Set(name, value)
	}
	status, body := c.send(path, values)
	if status != http.StatusOK || !strings.Contains(body, `value="do"`) {
		return status, body
	}
	checked := hiddenOf(body)
	checked.Set("_step", "do")
	return c.send(path, checked)
}

// TestMomentMotherWithIncompletePapers: a mother comes without papers; the clerk works with the keyboard alone; the child is registered all the same, its
// number is told, and the mother leaves with the printed list and the way to complain (law-and-process R4, R9; the pages' reference: moment 10).
func TestMomentMotherWithIncompletePapers(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	mother, today := c.adult("女性", 0), c.businessDay()
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/register/birth")
	if at := browsertest.Eval[string](tab, "document.activeElement.name"); at != "who.mother" {
		t.Fatalf("the cursor is in %q", at)
	}
	for _, keys := range []string{mother.Number, "", "", "", "王小宝", "1", today, "20"} {
		if keys != "" {
			tab.Press(keys)
		}
		goOn(tab)
	}
	if at := browsertest.Eval[string](tab, "document.activeElement.name"); at != "ethnic_group" {
		t.Fatalf("the cursor is in %q, with %s", at, tab.Text("main"))
	}
	tab.Click("form.register-act .button.primary")
	if text := tab.Text("main"); !strings.Contains(text, mother.Name) || !strings.Contains(text, "王小宝") || !strings.Contains(text, "20 子") {
		t.Fatalf("the answers: %s", text)
	}
	if at := browsertest.Eval[string](tab, "document.activeElement.value"); at != "do" {
		t.Errorf("Enter does not go on: %q has the focus", at)
	}
	tab.Click(`button[value="do"]`)
	text := tab.Text("main")
	for _, want := range []string{"出生已登记", "出生医学证明", "居民户口簿", "上级公安机关", today} {
		if !strings.Contains(text, want) {
			t.Errorf("the receipt lacks %s: %s", want, text)
		}
	}
	printed := browsertest.Eval[string](tab, `document.querySelector('a[href^="/register/print/missing/"]').getAttribute("href")`)
	tab.Go(printed)
	if text := tab.Text("body"); !strings.Contains(text, "一次性告知书") || !strings.Contains(text, "出生医学证明") || !strings.Contains(text, "任何人不得另加条件") {
		t.Errorf("the list: %s", text)
	}
	if len(tab.PDF()) == 0 {
		t.Error("the list cannot be printed")
	}
	tab.Go("/resident/" + printed[strings.LastIndex(printed, "/")+1:])
	browsertest.Eval[bool](tab, `document.querySelector('input[value="/birth_certificate"]').checked = true`)
	tab.Click(".notice .button")
	if text := tab.Text(".notice"); strings.Contains(text, "出生医学证明") || !strings.Contains(text, "居民户口簿") {
		t.Errorf("after one paper was brought: %s", text)
	}
}

// goOn presses Enter in a field. The browser's remote control would give the character to the field that has the cursor afterwards, which a keyboard does not.
func goOn(tab *browsertest.Tab) {
	browsertest.Eval[bool](tab, `document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}))`)
}

// TestRegisterMoveOutAndItsPaper: the person is let go, the migration paper is printed with its squares, as often as it is needed.
func TestRegisterMoveOutAndItsPaper(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("男性", 1)
	status, receipt := c.walk("/register/move-out?tenure="+one.Tenure, map[string]string{"to_unit": neighbour, "reason": "0408", "on": c.businessDay()})
	if status != http.StatusOK || !strings.Contains(receipt, "/register/print/move/"+one.Tenure) {
		t.Fatalf("%d %s", status, headline(receipt))
	}
	for range 2 {
		_, _, paper := c.get("/register/print/move/" + one.Tenure)
		if !strings.Contains(paper, "户口迁移证") || !strings.Contains(paper, one.Name) || !strings.Contains(paper, `class="qr"`) {
			t.Fatalf("the paper: %s", headline(paper))
		}
	}
	// The paper is enough at the new station, whether or not the move's entry has come there; a scanner reads its squares in any order.
	_, _, lines := c.get("/do/register.move_paper?" + url.Values{"tenure": {one.Tenure}, "purpose": {"打印迁移证"}}.Encode())
	squares := regexp.MustCompile(`HZM\d/\d:[A-Za-z0-9_-]+`).FindAllString(lines, -1)
	slices.Reverse(squares)
	there := enter(t, "clerk", neighbour, "zh")
	if status, arrival := there.walk("/register/move-in", map[string]string{"paper": strings.Join(squares, "\r\n"), "household_no": "009900055", "address": "南关区试验路5号", "relation": "02", "on": there.businessDay()}); status != http.StatusOK || !strings.Contains(arrival, "收回迁移证") {
		t.Fatalf("the arrival: %d %s", status, headline(arrival))
	}
	if _, _, moves := c.get("/register/moves"); !strings.Contains(moves, one.Name) {
		t.Error("the move is not in the list")
	}
	if _, _, person := c.get("/resident/" + one.Tenure); !strings.Contains(person, "迁移在途") {
		t.Error("the person is not shown as on the way")
	}
}

// TestRegisterCorrectionRefusedKeepsWhatWasTyped: a main item without what was checked comes back with every field; with it, it goes to the unit that decides.
func TestRegisterCorrectionRefusedKeepsWhatWasTyped(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("男性", 2)
	tab := open(t, "clerk", theStation, "zh")
	tab.Go("/register/correct?tenure=" + one.Tenure)
	name := `"><img src=x onerror="document.title='owned'">`
	tab.Type("#f-items-workplace", name)
	tab.Type("#f-items-name", one.Name+"明")
	tab.Type("#f-on", c.businessDay())
	browsertest.Eval[bool](tab, `document.querySelector("#f-category").value = "21"; true`)
	tab.Click("form.register-act .button.primary")
	if got := browsertest.Eval[string](tab, `document.querySelector("#f-items-workplace").value`); got != name {
		t.Errorf("the workplace is %q", got)
	}
	if got := tab.Text(".errors"); !strings.Contains(got, "核查情况") {
		t.Errorf("the errors: %s", got)
	}
	if at := browsertest.Eval[string](tab, "document.activeElement.name"); at != "evidence" {
		t.Errorf("the cursor is in %q", at)
	}
	tab.Type("#f-evidence", "查阅原始登记表，询问户主")
	tab.Click("form.register-act .button.primary")
	if text := tab.Text("main"); !strings.Contains(text, one.Name+"明") || !strings.Contains(text, "审批") {
		t.Errorf("the answers: %s", text)
	}
	if browsertest.Eval[string](tab, "document.title") == "owned" {
		t.Error("what was typed was executed")
	}
	tab.Click(`button[value="do"]`)
	if text := tab.Text("main"); !strings.Contains(text, "更正已呈报") {
		t.Errorf("the receipt: %s", text)
	}
	if _, _, person := c.get("/resident/" + one.Tenure); !strings.Contains(person, "未结的更正和案件") {
		t.Error("the person's page does not show what waits")
	}
}

// TestRegisterStaleFormSaysWhoWroteWhat: a second clerk's change comes between; the first is told and may go on.
func TestRegisterStaleFormSaysWhoWroteWhat(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("女性", 3)
	path := "/register/correct?tenure=" + one.Tenure
	_, _, body := c.get(path)
	first := hiddenOf(body)
	for _, item := range regexp.MustCompile(`name="(items\.[a-z_]+)"[^>]* value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		first.Set(item[1], item[2])
	}
	for _, choice := range regexp.MustCompile(`(?s)<select id="f-items-[^"]*" name="([^"]+)".*?</select>`).FindAllStringSubmatch(body, -1) {
		if chosen := regexp.MustCompile(`value="([^"]*)" selected`).FindStringSubmatch(choice[0]); chosen != nil {
			first.Set(choice[1], chosen[1])
		}
	}
	first.Set("tenure", one.Tenure)
	first.Set("category", "91")
	first.Set("on", c.businessDay())
	second := url.Values{}
	for name, values := range first {
		second[name] = values
	}
	_, _, again := c.get(path)
	second.Set("_once", hiddenOf(again).Get("_once"))
	second.Set("_seen", hiddenOf(again).Get("_seen"))
	second.Set("items.occupation", "教师")
	second.Set("_step", "do")
	if status, body := c.send(path, second); status != http.StatusOK {
		t.Fatalf("%d %s", status, headline(body))
	}
	first.Set("items.occupation", "医生")
	first.Set("_step", "do")
	status, body := c.send(path, first)
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "变更更正项目") || !strings.Contains(body, `value="医生"`) {
		t.Fatalf("%d %s", status, body)
	}
	first.Set("_seen", hiddenOf(body).Get("_seen"))
	if status, body = c.send(path, first); status != http.StatusOK {
		t.Fatalf("%d %s", status, headline(body))
	}
	if _, _, history := c.get("/resident/" + one.Tenure + "/history?date=" + c.businessDay()); !strings.Contains(history, "教师") || !strings.Contains(history, "医生") {
		t.Error("the history does not show both changes")
	}
}

// TestRegisterDoublePressDoesOneAct: the answers confirmed twice register one child.
func TestRegisterDoublePressDoesOneAct(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	mother := c.adult("女性", 4)
	path := "/register/birth"
	values := c.form(path)
	for name, value := range map[string]string{"who.mother": mother.Number, "name": "李连连", "sex": "2", "birth_date": c.businessDay(), "relation": "30"} {
		values.Set(name, value)
	}
	_, body := c.send(path, values)
	checked := hiddenOf(body)
	checked.Set("_step", "do")
	number := regexp.MustCompile(`class="no large">(.*?)</p>`)
	_, one := c.send(path, checked)
	_, two := c.send(path, checked)
	if a, b := number.FindString(one), number.FindString(two); a == "" || a != b {
		t.Errorf("%q and %q: %s", a, b, headline(one))
	}
	_, _, body = c.get("/search?" + url.Values{"q": {"李连连"}, "purpose": {"窗口办理"}}.Encode())
	if n := len(found.FindAllString(body, -1)); n != 1 {
		t.Errorf("%d children", n)
	}
}

// TestMomentPowerFailsInMidForm: what was typed is there when the page is opened again, with the cursor in the same field (moment 1).
func TestMomentPowerFailsInMidForm(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("男性", 5)
	path := "/register/death?tenure=" + one.Tenure
	tab := open(t, "clerk", theStation, "zh")
	tab.Go(path)
	tab.Type("#f-paper-number", "死证字17号")
	tab.Type("#f-paper-issuer", "南关区医院")
	for range 200 { // the page sends what was typed when the hands rest
		if _, _, body := c.get(path); strings.Contains(body, "南关区医院") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	tab.Close()
	again := open(t, "clerk", theStation, "zh")
	again.Go(path)
	if at := browsertest.Eval[string](again, "document.activeElement.name + ' ' + document.querySelector('#f-paper-number').value"); at != "paper.issuer 死证字17号" {
		t.Errorf("the cursor and the typed number: %q", at)
	}
}

// TestRegisterHouseholdActs: members are split off, merged back, and the householder changes; the booklet prints every page.
func TestRegisterHouseholdActs(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	var no string
	var members []string
	for done := false; !done; { // families in which nothing stands against it: family fails where none is left
		no, members = c.family()
		typed := map[string]string{"from": no, "household_no": "009900077", "on": c.businessDay()}
		last := len(members) - 1
		typed[fmt.Sprintf("members.%d.tenure", last)], typed[fmt.Sprintf("members.%d.relation", last)] = members[last], "02"
		status, receipt := c.walk("/register/split?from="+no, typed)
		done = status == http.StatusOK && strings.Contains(receipt, "009900077") && strings.Contains(receipt, "户口簿")
	}
	if status, receipt := c.walk("/register/merge?from=009900077", map[string]string{"from": "009900077", "into": no, "members.0.relation": "99", "on": c.businessDay()}); status != http.StatusOK || !strings.Contains(receipt, "已撤消") {
		t.Fatalf("%d %s", status, headline(receipt))
	}
	_, _, booklet := c.get("/register/print/booklet/" + string(theStation) + "/" + no)
	if n := strings.Count(booklet, "常住人口登记卡"); n != len(members) {
		t.Errorf("%d pages for %d members", n, len(members))
	}
	if _, body := c.walk("/register/split?from="+no, map[string]string{"from": no, "household_no": "009900078", "on": c.businessDay()}); strings.Contains(body, "已办理") {
		t.Error("a split without members was done")
	}
}

var memberField = regexp.MustCompile(`name="members\.\d+\.tenure" value="([^"]+)"`)

// family is a household of three or more, of whom nobody is another test's.
func (c *client) family() (no string, members []string) {
	c.t.Helper()
	number := regexp.MustCompile(`/household/` + string(theStation) + `/(\d+)`)
	for _, initial := range []string{"y", "z", "w", "l", "s", "h", "c"} {
		for _, one := range c.residents(initial) {
			_, _, body := c.get("/resident/" + one.Tenure)
			m := number.FindStringSubmatch(body)
			if m == nil {
				continue
			}
			members = nil
			_, _, split := c.get("/register/split?from=" + m[1])
			for _, f := range memberField.FindAllStringSubmatch(split, -1) {
				members = append(members, f[1])
			}
			if len(members) >= 3 && free(c.t, members...) {
				return m[1], members
			}
		}
	}
	c.t.Fatal("no household of three")
	return "", nil
}

// putUp asks for somebody's registration to be cancelled who joins the army: the leader decides.
func (c *client) putUp(one residentOf) {
	c.t.Helper()
	put := "/do/register.cancel?tenure=" + one.Tenure + "&_subject=" + one.Tenure
	values := c.form(put)
	for name, value := range map[string]string{"tenure": one.Tenure, "reason": "0481", "applicant": "person", "on": c.businessDay()} {
		values.Set(name, value)
	}
	if status, body := c.send(put, values); status != http.StatusOK {
		c.t.Fatalf("%d %s", status, headline(body))
	}
}

// TestRegisterMatterIsDecided: the clerk puts a matter up and takes the papers in; the leader sees all of it on one page, refuses only with a ground, and approves.
func TestRegisterMatterIsDecided(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("男性", 6)
	c.putUp(one)
	_, _, person := c.get("/resident/" + one.Tenure)
	m := regexp.MustCompile(`/register/pending/[0-9a-f-]+`).FindString(person)
	for _, paper := range []string{"enlistment_notice", "booklet"} {
		brought := c.form(m)
		brought.Set("bring", paper)
		brought.Set("_step", "bring")
		if status, body := c.send(m, brought); status != http.StatusOK {
			t.Fatalf("%d %s", status, headline(body))
		}
	}
	leader := enter(t, "chief", theStation, "zh")
	decision := leader.form(m)
	decision.Set("_step", "refuse")
	if status, body := leader.send(m, decision); status != http.StatusUnprocessableEntity || !strings.Contains(body, "理由") {
		t.Errorf("a refusal without a ground: %d %s", status, headline(body))
	}
	decision.Set("_step", "approve")
	if status, body := leader.send(m, decision); status != http.StatusOK {
		t.Fatalf("%d %s", status, headline(body))
	}
	if _, _, body := c.get(m); !strings.Contains(body, "已批准") {
		t.Error("the matter does not say that it was approved")
	}
	if _, _, body := c.get("/resident/" + one.Tenure); !strings.Contains(body, "已注销") || !strings.Contains(body, "恢复户口") {
		t.Error("the registration has not ended, or does not offer to be restored")
	}
}

// TestRegisterOtherStationsPeopleAreRefused: a forged address shows nothing of another station's residents, and does nothing with them.
func TestRegisterOtherStationsPeopleAreRefused(t *testing.T) {
	there := enter(t, "clerk", neighbour, "zh")
	theirs := there.adult("女性", 0)
	_, _, body := there.get("/resident/" + theirs.Tenure)
	household := regexp.MustCompile(`/household/` + neighbour + `/\d+`).FindString(body)
	county := enter(t, "reviewer", theCounty, "zh") // a node that knows both stations
	if status, _, _ := county.get("/resident/" + theirs.Tenure); status != http.StatusOK {
		t.Errorf("the county: %d", status)
	}
	c := enter(t, "clerk", theStation, "zh")
	for _, path := range []string{"/resident/" + theirs.Tenure, "/resident/" + theirs.Tenure + "/history", household, "/register/print/missing/" + theirs.Tenure,
		"/register/print/booklet" + strings.TrimPrefix(household, "/household"), "/register/correct?tenure=" + theirs.Tenure} {
		if status, _, body := c.get(path); status < http.StatusBadRequest || strings.Contains(body, theirs.Name) {
			t.Errorf("%s: %d", path, status)
		}
	}
	photographer := enter(t, "photographer", theStation, "zh")
	own := c.adult("女性", 5)
	for _, path := range []string{"/resident/" + own.Tenure, "/register/birth", "/register/pending", "/register/move-out?tenure=" + own.Tenure} {
		if status, _, body := photographer.get(path); status != http.StatusForbidden || strings.Contains(body, own.Name) {
			t.Errorf("a photographer at %s: %d", path, status)
		}
	}
	if status, body := photographer.send("/register/death?tenure="+own.Tenure, url.Values{"_step": {"do"}, "tenure": {own.Tenure}, "date": {"20050901"}}); status != http.StatusForbidden {
		t.Errorf("a photographer's forged death: %d %s", status, headline(body))
	}
}

// TestRegisterShowsMarkupAsText: a name that is markup is text everywhere that it stands: in the form that refuses it, on the page of somebody who came with an old file, in a
// search's list, and so is a birthplace that is registered.
func TestRegisterShowsMarkupAsText(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	mother := c.adult("女性", 6)
	child := map[string]string{"who.mother": mother.Number, "name": `<script>alert(1)</script>`, "sex": "1", "birth_date": c.businessDay(), "relation": "20", "birthplace": `"><img src=x onerror=alert(1)>`}
	status, body := c.walk("/register/birth", child)
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "不是汉字") || !strings.Contains(body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Errorf("a child was given a name that is none: %d %s", status, headline(body))
	}
	asText(t, "the refused form", body)
	child["name"] = "王" + strings.TrimLeft(mother.Name, "王")
	status, body = c.walk("/register/birth", child)
	if status != http.StatusOK {
		t.Errorf("%d %s", status, headline(body))
	}
	asText(t, "the receipt", body)
	born := regexp.MustCompile(`href="(/resident/[^"]+)"`).FindStringSubmatch(body)
	if born == nil {
		t.Fatal("the receipt does not lead to the child")
	}
	_, _, body = c.get(born[1])
	if !strings.Contains(body, "&lt;img src=x") {
		t.Error("the birthplace does not stand on the child's page")
	}
	asText(t, "the child's page", body)
	_, _, body = c.get("/search?" + url.Values{"q": {markupNumber}, "purpose": {"窗口办理"}}.Encode())
	asText(t, "the search's list", body)
	old := regexp.MustCompile(`href="(/resident/[^"]+)"`).FindStringSubmatch(body)
	if old == nil || !strings.Contains(body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Fatalf("who came with an old file is not found by number: %s", headline(body))
	}
	if _, _, place := c.get("/search?" + url.Values{"q": {`<script>alert(1)</script>`}, "purpose": {"x<script>"}}.Encode()); strings.Contains(place, "<script>alert") {
		t.Error("the search wrote markup")
	}
}

// asText fails the test where a page wrote a text as markup.
func asText(t *testing.T, where, body string) {
	t.Helper()
	for _, sign := range []string{"<script>alert", "<img src=x", "<b>alert"} {
		if strings.Contains(body, sign) {
			t.Errorf("%s wrote markup: %s", where, sign)
		}
	}
}
