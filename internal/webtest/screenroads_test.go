package webtest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chromedp/chromedp/kb"
	"github.com/huzheng/huzheng/internal/browsertest"
	"github.com/huzheng/huzheng/internal/campaign"
	"github.com/huzheng/huzheng/internal/synth/portrait"
	"github.com/huzheng/huzheng/internal/web/public"
)

// window shows an acceptance from the search to the receipt, with what is printed, a temporary card and a loss.
func (g *gallery) window() {
	tenure, number := enter(g.t, "clerk", farDisked, "zh").comer("刘")
	tab := open(g.t, "clerk", farDisked, "zh")
	g.at(tab, "/search?q=l&purpose="+url.QueryEscape("窗口办理"), "/accept?q="+url.QueryEscape("王"), "/accept/"+tenure)
	g.typed(tab, "/accept/"+tenure, "road-accept-differs", func() {
		tab.Press(kb.F2)
		tab.Type(`[name="d.booklet.name"]`, "刘另名")
	})
	g.at(tab, "/accept/"+tenure+"/kind")
	tab.Enter(enterKey)
	id := applicationAt(g.t, tab)
	g.both(tab, "road-photograph")
	g.typed(tab, "/application/"+id+"/photograph", "road-photograph-fails", func() { upload(g.t, tab, portrait.Setting{Blur: 8}) })
	tab.Go("/application/" + id + "/photograph")
	for _, step := range []string{"sign", "fee", "done"} {
		tab.Enter(enterKey)
		if step == "sign" { // the picture was taken; another key uses it
			g.look(tab, "zh", "road-photograph-passes")
			tab.Enter(enterKey)
		}
		g.both(tab, "road-"+step)
	}
	g.at(tab, "/application/"+id, "/application/"+id+"/slip", "/application/"+id+"/form", "/application/"+id+"/receipt", "/application/"+id+"/temporary", "/resident/"+tenure, "/loss?q="+number, "/loss/"+tenure)
	tab.Go("/application/" + id + "/temporary")
	tab.Press("明日出行")
	tab.Enter(enterKey)
	g.both(tab, "road-temporary-asked")
	g.at(tab, "/application/"+id+"/temporary/note")
	tab.Go("/till")
	g.at(tab, "/till", "/till/sheet")
}

// register shows a birth without papers, a move and a death, each with its paper, and a matter that was put up.
func (g *gallery) register() {
	c := enter(g.t, "clerk", farDisked, "zh")
	tab := open(g.t, "clerk", farDisked, "zh")
	mother, moving, dead, soldier := c.adult("女性", 0), c.adult("男性", 0), c.adult("男性", 1), c.adult("男性", 2)
	for _, one := range []struct {
		path  string
		typed map[string]string
	}{
		{"/register/birth", map[string]string{"who.mother": mother.Number, "name": "王小宝", "sex": "1", "birth_date": c.businessDay(), "relation": "20"}},
		{"/register/move-out?tenure=" + moving.Tenure, map[string]string{"to_unit": neighbour, "reason": "0408", "on": c.businessDay()}},
		{"/register/death?tenure=" + dead.Tenure, map[string]string{"date": c.businessDay(), "paper.number": "死证字17号", "paper.issuer": "农安县医院"}},
	} {
		g.at(tab, one.path)
		status, receipt := c.walk(one.path, one.typed)
		printed := regexp.MustCompile(`/register/print/[a-z-]+/[0-9a-f/-]+`).FindString(receipt)
		if status != http.StatusOK || printed == "" {
			g.t.Errorf("%s: %d %s", one.path, status, carePlain(receipt))
			continue
		}
		tab.Go(c.where)
		g.both(tab, "road-receipt-"+fileName(strings.Split(one.path, "?")[0]))
		g.at(tab, printed)
	}
	c.putUp(soldier)
	_, _, person := c.get("/resident/" + soldier.Tenure)
	g.at(tab, regexp.MustCompile(`/register/pending/[0-9a-f-]+`).FindString(person))
}

// field shows what is printed of a case, a visit, its sheets, a comparison with its orders, and a proposed correction.
func (g *gallery) field() {
	station, path, _ := caseWith(g.t, regexp.MustCompile("/case/[0-9a-f-]+/notice/"))
	tab := open(g.t, "area_officer", station, "zh")
	g.at(tab, path)
	for _, paper := range browsertest.Eval[[]string](tab, `[...document.querySelectorAll('main a[href*="/notice/"], main a[href*="/decision/"]')].map((a) => a.getAttribute("href"))`) {
		g.at(tab, paper)
	}
	tab = open(g.t, "area_officer", besideAtCounty, "zh")
	tab.Go("/visits")
	visit := freeOf(g.t, browsertest.Eval[[]string](tab, `[...document.querySelectorAll('main tbody a')].map((a) => a.getAttribute("href"))`))
	compare := strings.Replace(visit, "/visit/", "/compare/", 1)
	g.at(tab, "/visits", "/visits/sheets", visit, compare)
	g.typed(tab, visit, "road-visit-differs", func() {
		set(tab, `document.querySelector("#f-differences-0-tenure").selectedIndex = 1; document.querySelector("#f-differences-0-item").value = "name"`)
		tab.Type("#f-differences-0-told", "王另名")
		tab.Type("#f-differences-0-evidence", "户口簿")
	})
	tab.Go(compare)
	tab.Type(`[name="v.0.form.name"]`, "王对照")
	set(tab, `document.querySelectorAll('[name=looked]').forEach((b) => b.checked = true)`)
	tab.Click("form .sign-line button.primary")
	tab.Click(".notice.done a")
	g.both(tab, "road-comparison")
	tab.Click(`main a[href^="/correct/"]`)
	g.both(tab, "road-correct")
}

// offices shows a card handed over, a disk's sheet and a long work's page.
func (g *gallery) offices() {
	tab := open(g.t, "chief", theDisked, "zh")
	g.at(tab, "/exchange/disk/sheet?folder="+url.QueryEscape(filepath.Join(folder, "disks", "station-"+string(theDisked))))
	tab = open(g.t, "administrator", theCounty, "zh")
	tab.Go("/journal")
	tab.Click(`form[action="/journal/verify"] button`)
	enter(g.t, "administrator", theCounty, "zh").careFinished(strings.TrimPrefix(tab.Where(), tabBase(tab)))
	g.both(tab, "road-job")
	g.handOver()
}

// handOver shows a card handed over, and its signed sheet.
func (g *gallery) handOver() {
	tab := open(g.t, "clerk", theStation, "zh")
	tab.Go("/hand-over")
	cards := browsertest.Eval[[]string](tab, "[...document.querySelectorAll('main tbody a')].map((a) => a.getAttribute('href'))")
	card := freeOf(g.t, cards)
	g.at(tab, card, strings.Replace(card, "/hand-over/", "/application/", 1)+"/signature")
	tab.Go(card)
	handOver(g.t, tab)
	g.both(tab, "road-handed-over")
}

// tabBase is the site that a tab shows.
func tabBase(tab *browsertest.Tab) string {
	where, _ := url.Parse(tab.Where())
	return where.Scheme + "://" + where.Host
}

// nobody shows what is seen without signing in: the sign-in, the tour, the living page of the parts, and what stands where no page is.
func (g *gallery) nobody() {
	all, err := played()
	if err != nil {
		g.t.Fatal(err)
	}
	tab := browsertest.Open(g.t, all.pages[theCity])
	g.at(tab, "/sign-in", "/tour")
	tab.SignIn("chief"+string(theCity), campaign.Password, "zh")
	g.at(tab, "/-/components", "/no-such-page", "/search?q=l")
}

// citizen shows the page for citizens, as its own process serves it from the city's file, with the state of a card, and the posters and slips for the wall.
func (g *gallery) citizen() {
	c := enter(g.t, "clerk", theStation, "zh")
	_, _, cards := c.get("/hand-over")
	card := regexp.MustCompile(`/hand-over/([0-9a-f-]{36})`).FindStringSubmatch(cards)
	if card == nil {
		g.t.Fatal("no card waits to be handed over")
	}
	_, _, paper := c.get("/application/" + card[1] + "/slip")
	slip, code := slipNumber.FindStringSubmatch(paper), slipCode.FindStringSubmatch(paper)
	if slip == nil || code == nil {
		g.t.Fatalf("the slip shows neither number nor code: %s", carePlain(paper))
	}
	pages, err := public.New(publicFile(), slog.New(slog.DiscardHandler))
	if err != nil {
		g.t.Fatal(err)
	}
	site := httptest.NewServer(pages.Handler())
	g.t.Cleanup(site.Close)
	tab := browsertest.Open(g.t, site.URL)
	for _, lang := range []string{"zh", "en"} {
		tab.Go("/language?to=" + lang + "&back=/")
		for _, path := range []string{"/", "/turn", "/turn?area=", "/turn?area=" + url.QueryEscape("无此街"), "/bring", "/bring?for=first", "/fee", "/old-card", "/old-card?card=first", "/status", "/poster", "/slips"} {
			tab.Go(path)
			g.look(tab, lang, "public-"+fileName(path))
		}
		for _, typed := range []string{code[1], "AAAAAAAAAA"} {
			tab.Go("/status")
			tab.Type("#slip", slip[1])
			tab.Type("#code", typed)
			tab.Click("form button.primary")
			g.look(tab, lang, "public-status-of-"+map[bool]string{true: "card", false: "nothing"}[typed == code[1]])
		}
	}
}

var (
	slipNumber = regexp.MustCompile(`<p class="bar-text">([^<]+)</p>`)
	slipCode   = regexp.MustCompile(`<td class="mono">([^<]+)</td>`)
)
