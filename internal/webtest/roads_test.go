package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/citizen"
)

// later is a day so many days after the city's, as eight digits.
func (c *client) later(days int) string {
	c.t.Helper()
	return citizen.MustDate(c.businessDay()).AddDays(days).Compact()
}

// picks are the boxes of a page's list.
var picks = regexp.MustCompile(`name="pick" value="([^"]+)"`)

func picksIn(body string) (all []string) {
	for _, m := range picks.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestBulkActIsTriedBeforeItIsDone: rows are picked, a dry run writes nothing, one row is refused with its reason, a double press does each once, and the refused row is taken along.
func TestBulkActIsTriedBeforeItIsDone(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, body := c.get("/bulk/call-in")
	people := picksIn(body)
	if len(people) < 10 {
		t.Fatalf("%d people", len(people))
	}
	form := hiddenOf(body)
	form.Set("turn_on", c.later(20))
	form.Set("way", "telephone")
	if status, body := c.send("/bulk/call-in", form); status != http.StatusUnprocessableEntity || !strings.Contains(body, "没有选中任何一件") {
		t.Errorf("nothing picked: %d %s", status, headline(body))
	}
	form["pick"] = append([]string{"00000000-0000-7000-8000-000000000000"}, people[2:5]...)
	status, tried := c.send("/bulk/call-in", form)
	if status != http.StatusOK || !strings.Contains(tried, "能办 3 件") {
		t.Fatalf("%d %s", status, tried[strings.Index(tried, "<main"):])
	}
	notices := regexp.MustCompile(`通知`)
	before := len(notices.FindAllString(historyOf(c, people[2]), -1))
	form.Set("_step", "do")
	_, first := c.send("/bulk/call-in", form)
	if !strings.Contains(first, "已办 3 件，不能办 1 件") {
		t.Fatalf("%s", first[strings.Index(first, "<main"):])
	}
	if _, second := c.send("/bulk/call-in", form); !strings.Contains(second, "已办 3 件，不能办 1 件") {
		t.Errorf("pressed twice: %s", headline(second))
	}
	if after := len(notices.FindAllString(historyOf(c, people[2]), -1)); after > before+1 {
		t.Errorf("called %d times", after-before)
	}
	if !exportLink.MatchString(first) {
		t.Error("the refused rows cannot be taken along")
	}
}

func historyOf(c *client, tenure string) string {
	_, _, body := c.get("/resident/" + tenure)
	return body
}

// TestBulkByKeys: pick all, F8 tries, F8 does, Enter goes on.
func TestBulkByKeys(t *testing.T) {
	for i, lang := range []string{"zh", "en"} {
		tab := open(t, "clerk", theStation, lang)
		tab.Go("/bulk")
		keep(t, tab, lang, "bulk")
		tab.Go("/bulk/call-in")
		c := enter(t, "clerk", theStation, lang)
		browsertest.Eval[bool](tab, fmt.Sprintf("[...document.querySelectorAll('.pick input')].slice(%d, %d).forEach((box) => { box.checked = true }) ?? true", 20+3*i, 23+3*i))
		tab.Type("[name=turn_on]", c.later(21))
		browsertest.Eval[string](tab, "document.querySelector('[name=way]').value = 'telephone'")
		keep(t, tab, lang, "bulk-pick")
		tab.Click("button[data-key=F8]")
		if browsertest.Eval[bool](tab, "document.querySelector('button[value=do]')?.disabled ?? true") {
			t.Fatalf("nothing would be done: %s", tab.Text("main"))
		}
		keep(t, tab, lang, "bulk-tried")
		tab.Click("button[value=do]")
		if !strings.Contains(tab.Where(), "/bulk/receipt/") || tab.Text(".receipt") == "" {
			t.Fatalf("%s: %s", tab.Where(), tab.Text("main"))
		}
		keep(t, tab, lang, "bulk-receipt")
		tab.Enter(enterKey)
		if !strings.HasSuffix(tab.Where(), "/bulk/call-in") {
			t.Error(tab.Where())
		}
	}
}

// TestMattersArePutUpStepByStep: late entry, change of class, cancellation and restoration are roads with answers to check and a receipt that lists what is missing.
func TestMattersArePutUpStepByStep(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("女性", 9)
	for name, typed := range map[string]map[string]string{
		"/register/change-class?tenure=" + one.Tenure: {"class": "1", "ground": "征地农转非", "applicant": "person", "on": c.businessDay()},
		"/register/late-entry": {"name": "林补录", "sex": "2", "birth_date": "19980312", "ethnic_group": "01", "household_no": "000001", "address": "桃源路12号", "relation": "20",
			"applicant": "householder", "on": c.businessDay()},
	} {
		status, receipt := c.walk(name, typed)
		if status != http.StatusOK || !strings.Contains(receipt, `class="receipt"`) || !strings.Contains(receipt, "呈报") {
			t.Errorf("%s: %d %s", name, status, receipt[max(0, strings.Index(receipt, "<main")):])
		}
	}
	_, _, missing := c.get("/register/missing") // the late entry's papers: its registration is not there before the decision, so the list leads to the matter
	if !strings.Contains(missing, `href="/register/pending/`) {
		t.Errorf("no paper that a matter lacks leads to the matter: %s", headline(missing))
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(regexp.MustCompile(`/(?:register/pending|resident)/[0-9a-f-]{36}`).FindAllString(missing, -1)))) {
		if status, _, body := c.get(path); status != http.StatusOK && !movedAway(status, body) {
			t.Errorf("the missing papers lead to %s: %d %s", path, status, headline(body))
		}
	}
	if _, body := c.send("/-/ask", url.Values{"_page": {"/register/cancel"}, "who": {one.Number}}); !strings.Contains(body, "注销户口") || !strings.Contains(body, one.Name) {
		t.Errorf("whom a cancellation is about: %s", headline(body))
	}
}

// TestSeveralMoveOutTogether: members of one household are picked, and each has a migration paper to print.
func TestSeveralMoveOutTogether(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	no := c.largeHousehold()
	path := "/register/move-out-together?household_no=" + no
	values := c.form(path)
	_, _, body := c.get(path)
	boxes := regexp.MustCompile(`name="(members\.\d+\.tenure)" value="([^"]+)"`).FindAllStringSubmatch(body, -1)
	if len(boxes) < 2 {
		t.Fatalf("household %s has %d members to pick", no, len(boxes))
	}
	typed := map[string]string{"destination": "吉林省吉林市", "reason": reasonIn(t, body), "on": c.businessDay()}
	if status, body := c.send(path, with(values, typed)); status != http.StatusUnprocessableEntity || !strings.Contains(body, "没有选中任何人") {
		t.Errorf("nobody picked: %d %s", status, headline(body))
	}
	for _, box := range boxes[len(boxes)-2:] {
		typed[box[1]] = box[2]
	}
	status, receipt := c.walk(path, typed)
	if n := strings.Count(receipt, "/register/print/move/"); status != http.StatusOK || n != 2 {
		t.Errorf("%d, %d papers: %s", status, n, receipt[max(0, strings.Index(receipt, "<main")):])
	}
}

func with(values url.Values, typed map[string]string) url.Values {
	all := url.Values{}
	for name, one := range values {
		all[name] = one
	}
	for name, value := range typed {
		all.Set(name, value)
	}
	return all
}

// reasonIn is the first reason that a form offers.
func reasonIn(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<select id="f-reason".*?<option value="([^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no reasons are offered")
	}
	return m[1]
}

// largeHousehold finds a household with at least three members.
func (c *client) largeHousehold() string {
	c.t.Helper()
	for _, initial := range []string{"l", "w", "z"} {
		for _, one := range c.residents(initial) {
			_, _, body := c.get("/resident/" + one.Tenure)
			if m := regexp.MustCompile(`/household/` + string(theStation) + `/(\d+)`).FindStringSubmatch(body); m != nil {
				_, _, house := c.get("/household/" + string(theStation) + "/" + m[1])
				if strings.Count(house, `href="/resident/`) >= 4 {
					return m[1]
				}
			}
		}
	}
	c.t.Fatal("no household is large enough")
	return ""
}

// TestAppointmentFromSessionToEnd: a session is opened, a person booked into a time that has room, and the appointment ended.
func TestAppointmentFromSessionToEnd(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	one := c.adult("男性", 8)
	day := c.later(2)
	if status, receipt := c.walk("/road/open-session?day="+day, map[string]string{"place": "school", "name": "桃源小学", "slots.0.slot": "0900", "slots.0.capacity": "2", "slots.1.slot": "1000", "slots.1.capacity": "2"}); status != http.StatusOK ||
		!strings.Contains(receipt, "可以预约了") {
		t.Fatalf("%d %s", status, receipt[max(0, strings.Index(receipt, "<main")):])
	}
	_, _, body := c.get("/road/book?day=" + day)
	slot := regexp.MustCompile(`<option value="([^"]+ 0900)"`).FindStringSubmatch(body)
	if slot == nil {
		t.Fatalf("no time has room: %s", body[strings.Index(body, "<main"):])
	}
	if status, receipt := c.walk("/road/book?day="+day, map[string]string{"who.applicant": one.Number, "session_slot": slot[1]}); status != http.StatusOK || !strings.Contains(receipt, "把日期和时间告诉本人") {
		t.Fatalf("%d %s", status, receipt[max(0, strings.Index(receipt, "<main")):])
	}
	_, _, list := c.get("/appointments?day=" + day[:4] + "-" + day[4:6] + "-" + day[6:])
	end := regexp.MustCompile(`href="(/road/end-appointment\?[^"]+)"`).FindStringSubmatch(list)
	if end == nil || !strings.Contains(list, one.Name) {
		t.Fatalf("%s", list[strings.Index(list, "<main"):])
	}
	if status, receipt := c.walk(strings.ReplaceAll(end[1], "&amp;", "&"), map[string]string{"state": "cancelled"}); status != http.StatusOK || !strings.Contains(receipt, `class="receipt"`) {
		t.Errorf("%d %s", status, receipt[max(0, strings.Index(receipt, "<main")):])
	}
}

// TestApplicationIsHeldAndReleased: with a promised day, from the application's own page; the road tells whom it is about.
func TestApplicationIsHeldAndReleased(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	tenure, _ := c.comer("李")
	_, body := c.accepted(tenure)
	id := regexp.MustCompile(`/application/([0-9a-f-]{36})`).FindStringSubmatch(body)
	if id == nil {
		t.Fatalf("no application: %s", headline(body))
	}
	path := "/road/hold?application=" + id[1]
	status, receipt := c.walk(path, map[string]string{"reason": "rare_character", "characters": "㛃", "promised_on": c.later(10), "words": "字库没有此字"})
	if status != http.StatusOK || !strings.Contains(receipt, "把承诺日期告诉申领人") {
		t.Fatalf("%d %s", status, receipt[max(0, strings.Index(receipt, "<main")):])
	}
	_, _, list := c.get("/waiting/held")
	if !strings.Contains(list, "/road/release?application="+id[1]) {
		t.Errorf("the list of held ones leads to no release")
	}
	if status, receipt := c.walk("/road/release?application="+id[1], map[string]string{"words": "字库已到"}); status != http.StatusOK || !strings.Contains(receipt, "申领继续办理") {
		t.Errorf("%d %s", status, receipt[max(0, strings.Index(receipt, "<main")):])
	}
}

// accepted opens an application for a person, as far as its number.
func (c *client) accepted(tenure string) (status int, body string) {
	c.t.Helper()
	path := "/accept/" + tenure
	c.send(path, c.form(path))
	path += "/kind"
	values := c.form(path)
	_, _, page := c.get(path)
	for _, choice := range regexp.MustCompile(`(?s)<select id="f-[^"]*" name="([^"]+)".*?</select>`).FindAllStringSubmatch(page, -1) {
		if chosen := regexp.MustCompile(`value="([^"]+)" selected`).FindStringSubmatch(choice[0]); chosen != nil {
			values.Set(choice[1], chosen[1])
		}
	}
	for _, radio := range regexp.MustCompile(`name="([^"]+)" type="radio" value="([^"]*)" checked`).FindAllStringSubmatch(page, -1) {
		values.Set(radio[1], radio[2])
	}
	return c.send(path, values)
}

// TestReceiptIsVoidedUnderTwoNames: the till's rarer acts tell which receipt they are about, and refuse one name alone.
func TestReceiptIsVoidedUnderTwoNames(t *testing.T) {
	c := enter(t, "cashier", theStation, "zh")
	_, _, till := c.get("/till")
	for _, name := range []string{"void-receipt", "refund", "lose-receipts", "return-receipts"} {
		if !strings.Contains(till, "/road/"+name) {
			t.Errorf("the till leads to no %s", name)
		}
	}
	next := regexp.MustCompile(`下一张收据.*?(\d{4,})`).FindStringSubmatch(strings.ReplaceAll(till, "\n", " "))
	_, _, road := c.get("/road/void-receipt")
	if next == nil || !strings.Contains(road, next[1]) {
		t.Fatalf("which receipt: %v %s", next, road[strings.Index(road, "<main"):])
	}
	if status, body := c.walk("/road/void-receipt", map[string]string{"words": "写坏", "second": "cashier" + string(theStation)}); status != http.StatusUnprocessableEntity {
		t.Errorf("under one name: %d %s", status, headline(body))
	}
	status, receipt := c.walk("/road/void-receipt", map[string]string{"words": "写坏", "second": "clerk" + string(theStation)})
	if status != http.StatusOK || !strings.Contains(receipt, "三联作废票据") {
		t.Errorf("%d %s", status, receipt[max(0, strings.Index(receipt, "<main")):])
	}
}

// TestRoadsAreLookedAt shows each road in both languages.
func TestRoadsAreLookedAt(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for post, paths := range map[string][]string{
			"clerk": {"/register", "/register/move-out-together", "/register/move-in-together", "/register/request-move-in", "/register/late-entry", "/register/cancel", "/register/restore", "/road/hold", "/road/open-session",
				"/road/book", "/temporary", "/appointments", "/waiting/held", "/hand-over", "/bulk/notify", "/bulk/remind"},
			"cashier": {"/road/void-receipt", "/road/refund", "/road/lose-receipts", "/road/return-receipts", "/till"},
		} {
			tab := open(t, post, theStation, lang)
			for _, path := range paths {
				tab.Go(path)
				if wide := tab.Overflow(); wide > 0 {
					t.Errorf("%s %s: %d pixels wider than the screen", lang, path, wide)
				}
				if tab.Text("h1") == "" {
					t.Errorf("%s %s has no heading", lang, path)
				}
				keep(t, tab, lang, post+"-"+fileName(path))
			}
			tab.Close()
		}
	}
}

// TestResidentBesideTheLists shows a person with cards and applications: no list of the page is squeezed.
func TestResidentBesideTheLists(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, list := c.get("/hand-over")
	application := regexp.MustCompile(`/hand-over/([0-9a-f-]{36})`).FindStringSubmatch(list)
	if application == nil {
		t.Fatal("no card waits")
	}
	_, _, page := c.get("/application/" + application[1])
	tenure := regexp.MustCompile(`/resident/([0-9a-f-]{36})`).FindString(page)
	if tenure == "" {
		t.Fatalf("the application leads to no resident: %s", headline(page))
	}
	for _, lang := range []string{"zh", "en"} {
		tab := open(t, "clerk", theStation, lang)
		tab.Go(tenure)
		keep(t, tab, lang, "clerk-resident")
		if squeezed := browsertest.Eval[int](tab, "[...document.querySelectorAll('.table-wrap')].filter((wrap) => wrap.scrollWidth > wrap.clientWidth + 1).length"); squeezed > 0 {
			t.Errorf("%s: %d lists are wider than their place", lang, squeezed)
		}
	}
}

// TestReminderThatIsNotDueIsRefusedByTheDryRun: who was told yesterday is not reminded today; the page says from when on.
func TestReminderThatIsNotDueIsRefusedByTheDryRun(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	_, _, body := c.get("/bulk/remind?all=1")
	form := hiddenOf(body)
	form["pick"] = picksIn(body)
	form.Set("way", "telephone")
	if len(form["pick"]) == 0 || strings.Count(body, " checked>") != len(form["pick"]) {
		t.Fatalf("%d cards wait, %d are picked", len(form["pick"]), strings.Count(body, " checked>"))
	}
	status, tried := c.send("/bulk/remind", form)
	if status != http.StatusOK || !strings.Contains(tried, "能办 0 件") || !strings.Contains(tried, "尚未到再次催领的日期。") || len(picksIn(tried)) != 0 {
		t.Errorf("%d %s", status, tried[strings.Index(tried, "<main"):])
	}
}

// TestTemporaryCardFromRequestToNote: asked for at the window, made at the county, handed out with a signature; the note that goes with it is printed from the receipt and from the list.
func TestTemporaryCardFromRequestToNote(t *testing.T) {
	c := enter(t, "clerk", countyBelow, "zh")
	var id []string
	for _, stage := range []string{"confirmed", "reviewed", "signed", "checked", "ordered", "photographed"} { // its photograph is there
		_, _, body := c.get("/do/card.list?" + url.Values{"stage": {stage}, "purpose": {"临时证"}}.Encode())
		if id = regexp.MustCompile(`/application/([0-9a-f-]{36})`).FindStringSubmatch(body); id != nil {
			break
		}
	}
	if id == nil {
		t.Fatal("no application is on its way")
	}
	path := "/application/" + id[1] + "/temporary"
	if status, body := c.send(path, with(c.form(path), map[string]string{"reason": "急需外出"})); status != http.StatusOK {
		t.Fatalf("asking: %d %s", status, body[strings.Index(body, "<main"):])
	}
	_, _, asked := c.get("/temporary")
	reference := regexp.MustCompile(`application=` + id[1] + `&amp;reference=([0-9a-f-]{36})`).FindStringSubmatch(asked)
	if reference == nil {
		t.Fatalf("the list leads to no fee: %s", asked[strings.Index(asked, "<main"):])
	}
	cashier, fee := enter(t, "cashier", countyBelow, "zh"), "/do/fund.collect"
	if status, body := cashier.send(fee, with(cashier.form(fee), map[string]string{"what": "temporary", "reference": reference[1], "application": id[1]})); status != http.StatusOK {
		t.Fatalf("the fee: %d %s", status, body[strings.Index(body, "<main"):])
	}
	issuer := enter(t, "issuer", theCounty, "zh")
	_, _, list := issuer.get("/temporary")
	make := regexp.MustCompile(`/road/make-temporary\?temporary=` + reference[1]).FindString(list)
	status, receipt := issuer.walk(make, map[string]string{"sheet": "L0000001"})
	if status != http.StatusOK || !strings.Contains(receipt, "三个工作日内发到本人") {
		t.Fatalf("making %s: %d %s", make, status, receipt[strings.Index(receipt, "<main"):])
	}
	_, _, list = c.get("/temporary")
	out := regexp.MustCompile(`/road/hand-out-temporary\?temporary=` + reference[1]).FindString(list)
	if out == "" || !strings.Contains(list, id[1]+"/temporary/note") {
		t.Fatalf("the list leads to %q: %s", out, list[strings.Index(list, "<main"):])
	}
	_, body := c.upload(out, "signature", []byte("\xff\xd8\xff a signature"))
	checked := hiddenOf(body)
	checked.Set("_step", "do")
	if status, receipt := c.send(out, checked); status != http.StatusOK || !strings.Contains(receipt, id[1]+"/temporary/note") || !strings.Contains(receipt, "领取新证时收回") {
		t.Errorf("handing out: %d %s", status, receipt[strings.Index(receipt, "<main"):])
	}
	if status, _, note := c.get("/application/" + id[1] + "/temporary/note"); status != http.StatusOK || !strings.Contains(note, "L0000001") {
		t.Errorf("the note: %d %s", status, headline(note))
	}
}
