package webtest

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/browsertest"
)

// pictures is where the pages' pictures are written: go test ./internal/webtest -run Screen -screenshots DIR.
var pictures = flag.String("screenshots", "", "write a picture of every page, in both languages, and a PDF of every print, into this folder")

// guide is where those pictures are written that stand in the guide: go test ./internal/webtest -run Screen -guide ../../docs/guide/pictures.
var guide = flag.String("guide", "", "write the guide's pictures into this folder")

// ofGuide are the guide's pictures, by the names under which the pages are looked at.
var ofGuide = map[string]string{"road-accept-differs": "acceptance", "road-done": "accepted", "road-register-birth": "birth", "chief-board": "board", "reviewer-case-x": "case", "chief-exchange": "exchange",
	"road-hand-over-x": "hand-over", "clerk-home": "home", "chief-journal": "journal", "chief-money": "money", "road-photograph-fails": "photograph", "public-status-of-card": "public-status",
	"road-resident-x": "resident", "reviewer-review-application-x": "review", "road-till": "till", "road-tour": "tour", "road-visit-differs": "visit"}

// someMade is how many of the pages that are made from an action alone are looked at when no pictures are written: they are made alike.
const someMade = 12

// gallery looks at pages in a real browser, keeps their pictures and knows which were seen.
type gallery struct {
	t    *testing.T
	seen map[string]bool // paths
}

// TestScreen shows every page of every role in a real browser at the size of an office screen, in both languages, and asks of each what a reader needs: none is wider than the
// screen, nor at 200 % zoom; texts have their contrast, what is pressed has a name, the order of the keys is that of the page (WCAG 2.2 AA: 1.4.3, 1.4.10, 2.4.3, 4.1.2);
// the main act stands on the first screen. What no link leads to is shown on the roads that lead to it; a page that is shown nowhere fails the test.
func TestScreen(t *testing.T) {
	g := &gallery{t, make(map[string]bool)}
	shapes, made := make(map[string]bool), 0
	for _, v := range visitors {
		c := enter(t, v.post, v.unit, "zh")
		var paths []string
		for _, path := range c.shapes() {
			shape := shapeOf(path)
			if generic := strings.HasPrefix(path, "/do/") || strings.HasPrefix(path, "/with/"); generic {
				if made++; made > someMade && *pictures == "" {
					continue
				}
			}
			if shapes[shape] && path != "/" {
				continue
			}
			shapes[shape] = true
			paths = append(paths, path)
		}
		for _, lang := range []string{"zh", "en"} {
			tab := open(t, v.post, v.unit, lang)
			for _, path := range paths {
				tab.Go(path)
				g.look(tab, lang, v.post+"-"+fileName(path))
			}
			tab.Close()
		}
	}
	g.window()
	g.register()
	g.field()
	g.offices()
	g.nobody()
	g.citizen()
	g.complete()
}

// unshown are addresses that give no page of their own: a picture, a file, the next one of a list, what follows only after a machine has stopped, what tests of their own go
// through: the receipts of bulk acts and rarer roads (roads_test.go), the acts of a case (field_test.go); and who moves in by a request, which the played city does not always have.
var unshown = []string{"/photo/{application}", "/job/{job}/file", "/journal/proof", "/corrections/next", "/visits/next", "/application/{id}/next", "/hold", "/do/{action}", "/with/{field}/{value}", "/bulk/receipt/{token}", "/road/receipt/{token}", "/register/moves/person/{request}", "/case/{matter}/{act}", "/-/components"}

var (
	route       = regexp.MustCompile(`s\.get\("([^"]+)"`)
	placeholder = regexp.MustCompile(`\\\{[a-z_]+\\\}`)
)

// complete fails the test for each page of the server's that was not shown.
func (g *gallery) complete() {
	files, err := filepath.Glob("../web/*.go")
	if err != nil || len(files) == 0 {
		g.t.Fatal("the pages' sources are not beside this package")
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			g.t.Fatal(err)
		}
		for _, m := range route.FindAllStringSubmatch(string(source), -1) {
			page := strings.TrimSuffix(m[1], "{$}")
			if strings.HasSuffix(page, "/") && page != "/" || slices.Contains(unshown, page) {
				continue
			}
			shape := regexp.MustCompile("^" + placeholder.ReplaceAllString(regexp.QuoteMeta(page), "[^/]+") + "$")
			if !slices.ContainsFunc(slices.Collect(maps.Keys(g.seen)), shape.MatchString) {
				g.t.Errorf("%s is shown nowhere", page)
			}
		}
	}
}

// both looks at a page in both languages and leaves it in Chinese.
func (g *gallery) both(tab *browsertest.Tab, name string) {
	g.t.Helper()
	where, err := url.Parse(tab.Where())
	if err != nil {
		g.t.Fatal(err)
	}
	back := url.QueryEscape(where.RequestURI())
	for _, lang := range []string{"en", "zh"} {
		tab.Go("/language?to=" + lang + "&back=" + back)
		g.look(tab, lang, name)
	}
}

// typed looks at a page in which something has been typed or sent, once in each language, and leaves it in Chinese.
func (g *gallery) typed(tab *browsertest.Tab, path, name string, act func()) {
	g.t.Helper()
	for _, lang := range []string{"en", "zh"} {
		tab.Go("/language?to=" + lang + "&back=" + url.QueryEscape(path))
		act()
		g.look(tab, lang, name)
	}
}

// at opens pages and looks at each in both languages.
func (g *gallery) at(tab *browsertest.Tab, paths ...string) {
	g.t.Helper()
	for _, path := range paths {
		tab.Go(path)
		g.both(tab, "road-"+fileName(path))
	}
}

// look asks the open page what a reader needs of it, and keeps its picture.
func (g *gallery) look(tab *browsertest.Tab, lang, name string) {
	g.t.Helper()
	where, err := url.Parse(tab.Where())
	if err != nil {
		g.t.Fatal(err)
	}
	g.seen[where.Path] = true
	if wide := tab.Overflow(); wide > 0 {
		g.t.Errorf("%s %s %s: %d pixels wider than the screen", name, lang, where.Path, wide)
	}
	if browsertest.Eval[bool](tab, "document.querySelectorAll('article.slip').length === 1") {
		if printed := pdfPage.FindAll(tab.PDF(), -1); len(printed) != 1 {
			g.t.Errorf("%s %s %s: a slip is printed on %d pages", name, lang, where.Path, len(printed))
		}
	}
	for _, problem := range browsertest.Eval[[]string](tab, inspect) {
		g.t.Errorf("%s %s %s: %s", name, lang, where.Path, problem)
	}
	keep(g.t, tab, lang, name)
	if lang == "en" && !browsertest.Eval[bool](tab, "document.body.classList.contains('paper')") { // the longer words; a sheet has the width of its paper
		tab.Resize(browsertest.Width/2, browsertest.Height/2)
		if wide := tab.Overflow(); wide > 0 {
			g.t.Errorf("%s %s: at 200 %% zoom %d pixels wider than the screen", name, where.Path, wide)
		}
		tab.Resize(browsertest.Width, browsertest.Height)
	}
}

// inspect lists what is wrong with the page that is shown: as a reader with weak eyes, without a mouse or behind a screen reader meets it.
const inspect = `(() => {
  const bad = new Set(), paper = document.body.classList.contains("paper");
  const shown = (e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && e.getClientRects().length > 0 && getComputedStyle(e).clipPath === "none";
  const rgb = (s) => (s.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const known = new Map([[null, [255, 255, 255]]]); // the ground of each element that was asked for
  const ground = (e) => { if (!known.has(e)) { const c = rgb(getComputedStyle(e).backgroundColor); known.set(e, (c[3] ?? 1) === 1 && c.length > 2 ? c : ground(e.parentElement)); } return known.get(e); };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement, text = words.currentNode.textContent.trim();
    if (!text || !e || e.closest("svg, option, :disabled, [aria-disabled=true], script, style") || !shown(e)) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize), least = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
    const a = light(rgb(style.color)), b = light(ground(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least) bad.add("contrast " + ratio.toFixed(1) + " of " + JSON.stringify(text.slice(0, 20)));
    if (!paper && size < 12) bad.add("letters of " + size + " pixels: " + JSON.stringify(text.slice(0, 20)));
  }
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]")) {
    if (e.tabIndex > 0) bad.add("an order of keys that is not the page's: " + e.outerHTML.slice(0, 60));
    const name = (e.ariaLabel || e.innerText || e.title || e.value || e.placeholder || "").trim() || e.getAttribute("aria-labelledby") || [...(e.labels ?? [])].map((l) => l.innerText).join("") || e.querySelector("title, img[alt]")?.textContent;
    if (!name && shown(e)) bad.add("no name: " + e.outerHTML.slice(0, 80));
    if (shown(e) && !e.closest("svg, p, li, td, th, dd, small, .hint") && ["BUTTON", "SELECT"].includes(e.tagName)) { const r = e.getBoundingClientRect(); if (r.height < 24 || r.width < 24) bad.add("too small to be pressed: " + e.outerHTML.slice(0, 60)); }
  }
  for (const e of document.querySelectorAll("main *")) if (getComputedStyle(e).order !== "0") bad.add("an order for the eye that is not the page's: " + e.outerHTML.slice(0, 60));
  for (const e of document.querySelectorAll(".figure .value, .tag, .button, th, .page-head h1, .facts dt, .facts dd")) if (shown(e) && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline") bad.add("text runs over: " + JSON.stringify(e.innerText.slice(0, 30)));
  if (document.documentElement.lang === "en") for (const e of document.querySelectorAll("h1, h2, h3, legend, caption, th, label, button")) { const text = e.innerText.trim(); if (/^[a-z]{2,} /.test(text) && !e.closest(".mono, tbody") && !e.querySelector("input")) bad.add("a title in lower case: " + JSON.stringify(text.slice(0, 40))); }
  const mm = 96 / 25.4; // a slip's page holds 122 mm (huzheng.css: @page slip); its own edge on the screen is 5 mm
  for (const e of document.querySelectorAll("article.slip")) if (e.clientHeight - 10 * mm > 122 * mm) bad.add("a slip of " + Math.round(e.clientHeight / mm - 10) + " mm needs a second page");
  for (const e of document.querySelectorAll(".paper table")) if (e.scrollWidth > e.parentElement.clientWidth + 1) bad.add("a table runs over the paper by " + (e.scrollWidth - e.parentElement.clientWidth) + " pixels");
  const act = document.querySelector("main .page-head .primary, main .button.primary");
  if (act && !paper && act.getBoundingClientRect().bottom + scrollY > innerHeight && document.querySelectorAll("main input:not([type=hidden]), main select, main textarea").length < 14) bad.add("the main act is below the first screen: " + act.innerText);
  return [...bad];
})()`

// pdfPage is a page in a PDF of the browser's.
var pdfPage = regexp.MustCompile(`/Type /Page\b`)

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// fileName is a page's address as a file is called.
func fileName(path string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(identifier.ReplaceAllString(path, "x")), "-"), "-")
	if name == "" {
		return "home"
	}
	return name[:min(len(name), 60)]
}

// keep writes a picture of the screen, of a longer page one of the whole, and of a sheet the PDF that is printed.
func keep(t *testing.T, tab *browsertest.Tab, lang, name string) {
	t.Helper()
	if of, ok := ofGuide[name]; ok && *guide != "" {
		write(t, filepath.Join(*guide, lang, of+".png"), tab.Screenshot())
	}
	if *pictures == "" {
		return
	}
	path := filepath.Join(*pictures, lang, name)
	write(t, path+".png", tab.Screenshot())
	if browsertest.Eval[bool](tab, "document.documentElement.scrollHeight > innerHeight") {
		write(t, path+"-whole.png", tab.Whole())
	}
	if browsertest.Eval[bool](tab, "document.body.classList.contains('paper')") {
		write(t, path+".pdf", tab.PDF())
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// shapes lists one page of each shape that an operator reaches by links, the home page first.
func (c *client) shapes() (paths []string) {
	queue, seen := []string{"/"}, map[string]bool{shapeOf("/"): true}
	for len(queue) > 0 && len(paths) < maxPages {
		path := queue[0]
		queue = queue[1:]
		status, header, body := c.get(path)
		if movedAway(status, body) {
			continue
		}
		if status >= http.StatusBadRequest {
			c.t.Error(fmt.Errorf("%s: status %d: %s", path, status, headline(body)))
			continue
		}
		if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			continue
		}
		paths = append(paths, path)
		for _, link := range linksIn(c.t, body) {
			if shape := shapeOf(link); !seen[shape] {
				seen[shape] = true
				queue = append(queue, link)
			}
		}
	}
	return paths
}
