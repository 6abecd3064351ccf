package webtest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/campaign"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/words"
	"golang.org/x/net/html"
)

// Limits of a page.
const (
	maxPage  = 200 << 10 // bytes without pictures
	maxPages = 220       // of one operator
)

// maxOfKind is how many pages of one shape the crawl opens, as /resident/…, by language: a second one says the same words about somebody else.
var maxOfKind = map[string]int{"zh": 2, "en": 1}

// visitors are the operators who go through every page that they find.
var visitors = []struct {
	post string
	unit event.Unit
}{
	{"clerk", theStation}, {"photographer", theStation}, {"cashier", theStation}, {"area_officer", theStation}, {"chief", theStation},
	{"reviewer", theCounty}, {"issuer", theCounty}, {"finance", theCounty}, {"chief", theCounty},
	{"reviewer", theCity}, {"issuer", theCity}, {"communications", theCity}, {"auditor", theCity}, {"administrator", theCity}, {"chief", theCity},
}

// client is a browser without a screen.
type client struct {
	t     *testing.T
	http  *http.Client
	base  string
	where string // the page to which the last form led
}

// visitor is a browser that is signed in nowhere.
func visitor(t *testing.T, base string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, http: &http.Client{Jar: jar}, base: base}
	c.get("/language?to=zh&back=/sign-in")
	return c
}

func readAll(t *testing.T, in io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func enter(t *testing.T, post string, unit event.Unit, lang string) *client {
	t.Helper()
	all, err := played()
	if err != nil {
		t.Fatal(err)
	}
	c := visitor(t, all.pages[unit])
	c.get("/language?to=" + lang + "&back=/sign-in")
	r, err := c.http.PostForm(c.base+"/sign-in", url.Values{"login": {post + string(unit)}, "password": {campaign.Password}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK || r.Request.URL.Path != "/" {
		t.Fatalf("%s%s cannot sign in: %d at %s", post, unit, r.StatusCode, r.Request.URL)
	}
	return c
}

func (c *client) get(path string) (status int, header http.Header, body string) {
	c.t.Helper()
	r, err := c.http.Get(c.base + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, r.Header, string(text)
}

// TestEveryPageHoldsUp goes through every page that an operator of each role can reach by links, in both languages: none fails, each has labels, one title, its
// language, no text that the catalogue lacks, nothing that the content security policy forbids, and a size that a slow line carries (the pages' reference: WCAG 2.2 AA).
func TestEveryPageHoldsUp(t *testing.T) {
	for _, v := range visitors {
		for _, lang := range []string{"zh", "en"} {
			t.Run(fmt.Sprintf("%s%s %s", v.post, v.unit, lang), func(t *testing.T) {
				t.Parallel()
				crawl(t, enter(t, v.post, v.unit, lang), lang)
			})
		}
	}
}

func crawl(t *testing.T, c *client, lang string) {
	queue, ledFrom, shapes := []string{"/"}, map[string]string{"/": ""}, map[string]int{}
	for n := 0; len(queue) > 0 && n < maxPages; n++ {
		path := queue[0]
		queue = queue[1:]
		status, header, body := c.get(path)
		if movedAway(status, body) {
			continue
		}
		if status >= http.StatusBadRequest {
			t.Errorf("%s, to which %s leads: status %d: %s", path, ledFrom[path], status, headline(body))
			continue
		}
		if !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
			continue
		}
		page, err := html.Parse(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		asText(t, path, body)
		for _, problem := range look(page, body, lang) {
			t.Errorf("%s: %s", path, problem)
		}
		if lang == "zh" && !strings.HasPrefix(path, "/do/") && !strings.HasPrefix(path, "/with/") { // the pages made from an action alone list codes beside their words
			for _, code := range rawCodes(page) {
				t.Errorf("%s: %q is a code, not a word", path, code)
			}
		}
		if strings.HasPrefix(path, "/with/") && strings.Contains(body, words.Get("actions.none").In(lang)) {
			t.Errorf("%s, to which %s leads, lists nothing", path, ledFrom[path])
		}
		if m := typedIdentifier.FindString(body); m != "" && strings.HasPrefix(path, "/do/") {
			t.Errorf("%s: an identifier stands where a person types: %s", path, m)
		}
		if m := typedPlace.FindString(body); m != "" && strings.HasPrefix(path, "/do/") {
			t.Errorf("%s: where the list goes on is asked of a person: %s", path, m)
		}
		if strings.ContainsRune(body, utf8.RuneError) {
			t.Errorf("%s: a character that is none", path)
		}
		for _, link := range links(page) {
			shape := shapeOf(link)
			if _, seen := ledFrom[link]; !seen && shapes[shape] < maxOfKind[lang] {
				ledFrom[link] = path
				shapes[shape]++
				queue = append(queue, link)
			}
		}
	}
	t.Logf("%d pages", len(ledFrom)-len(queue))
}

// typedIdentifier is an identifier that nobody reads in a field that everybody sees.
var typedIdentifier = regexp.MustCompile(`<input [^>]*type="text"[^>]* value="[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"`)

// typedPlace is a field for the row behind which a list goes on: the page's next button knows it.
var typedPlace = regexp.MustCompile(`<input [^>]*name="after(_unit|_no)?"[^>]*>`)

// movedAway tells whether a page is refused because whom it is about has left the operator's area, as other tests let people do.
func movedAway(status int, body string) bool {
	return status == http.StatusForbidden && (strings.Contains(body, "office.other_unit") || strings.Contains(body, "office.other_area"))
}

// title is what a page says of itself; a refusal says more below, with its code last.
var title, refusal = regexp.MustCompile(`(?s)<h1>(.*?)</h1>`), regexp.MustCompile(`(?s)role="alert"><h2>(.*?)</h2>.*?<p class="hint">(.*?)</p>`)

func headline(body string) string {
	m := title.FindStringSubmatch(body)
	if m == nil {
		return body[:min(len(body), 200)]
	}
	if why := refusal.FindStringSubmatch(body); why != nil {
		return m[1] + ": " + why[1] + " (" + why[2] + ")"
	}
	return m[1]
}

// skip are links that a crawl does not follow: they change the session or give a file.
var skip = []string{"/language", "/sign-out", "/tour", "/static/", "/-/"}

// links lists the pages of this site to which a page leads.
func links(page *html.Node) (all []string) {
	for n := range page.Descendants() {
		if n.Type != html.ElementNode || n.Data != "a" {
			continue
		}
		u, err := url.Parse(attribute(n, "href"))
		if err != nil || u.IsAbs() || !strings.HasPrefix(u.Path, "/") || u.Query().Has("export") || u.Query().Has("download") || hasAttribute(n, "download") {
			continue
		}
		if slices.ContainsFunc(skip, func(prefix string) bool { return strings.HasPrefix(u.Path, prefix) }) {
			continue
		}
		query := u.Query()
		query.Del("print") // the same sheet, with the printer's dialogue
		u.RawQuery, u.Fragment = query.Encode(), ""
		all = append(all, u.String())
	}
	return all
}

var identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Za-z]*\d{4,}[0-9A-Za-z]*`)

// arranging are the parameters by which a list is only put in another order or shown from another row.
var arranging = regexp.MustCompile(`^(\d+\.)?(sort|page)$`)

// shapeOf is a link without what names one person, case or day, and without the order of its lists.
func shapeOf(link string) string {
	u, _ := url.Parse(link)
	names := make([]string, 0, len(u.Query()))
	for name := range u.Query() {
		if !arranging.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return identifier.ReplaceAllString(u.Path, "*") + "?" + strings.Join(names, "&")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

var (
	formatted = regexp.MustCompile(`%!|<no value>|\b(?:frame|menu|form|list|part|error|field|code|register|window|clean|office|leader|care|purpose)\.[a-z_]+(?:\.[a-z_]+)*\b`)
	han       = regexp.MustCompile(`\p{Han}`)
	codeName  = regexp.MustCompile(`^(?:/do/|code-)`)
)

// look lists what is wrong with a page.
func look(page *html.Node, body, lang string) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if len(body) > maxPage {
		say("%d kB", len(body)>>10)
	}
	want := map[string]string{"zh": "zh-CN", "en": "en"}[lang]
	labelled, ids, heads := make(map[string]bool), make(map[string]int), 0
	var fields []*html.Node
	for n := range page.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style" {
			if m := formatted.FindString(n.Data); m != "" && !codeName.MatchString(m) && !strings.HasPrefix(strings.TrimSpace(n.Data), "office.") {
				say("the text %q is none for a reader", strings.TrimSpace(n.Data))
			}
		}
		if n.Type != html.ElementNode {
			continue
		}
		if lang == "en" && attribute(n, "class") == "source" && n.FirstChild != nil && han.MatchString(n.FirstChild.Data) {
			say("a source in Chinese: %q", n.FirstChild.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				say("<%s> has an inline %s, which the browser ignores", n.Data, a.Key)
			}
			if a.Key == "data-uncounted" {
				say("what waits at %s could not be counted", attribute(n, "href"))
			}
		}
		if id := attribute(n, "id"); id != "" {
			ids[id]++
		}
		switch n.Data {
		case "html":
			if attribute(n, "lang") != want {
				say("language %q", attribute(n, "lang"))
			}
		case "h1":
			heads++
		case "label":
			labelled[attribute(n, "for")] = true
		case "img":
			if !hasAttribute(n, "alt") {
				say("an image has no words")
			}
		case "input", "select", "textarea":
			fields = append(fields, n)
		case "script":
			if attribute(n, "src") == "" {
				say("an inline script")
			}
		}
	}
	for id, n := range ids {
		if n > 1 {
			say("%d elements are called %s", n, id)
		}
	}
	for _, n := range fields {
		if t := attribute(n, "type"); t != "hidden" && t != "submit" && !labelled[attribute(n, "id")] && attribute(n, "aria-label") == "" && !inLabel(n) {
			say("the field %s has no label", attribute(n, "name"))
		}
	}
	if heads != 1 && !strings.Contains(body, `class="paper"`) {
		say("%d main headings", heads)
	}
	return problems
}

var rawCode = regexp.MustCompile(`(?:^|[\s、，；：（–])([a-z]+(?:[_-][a-z]+)+)(?:$|[\s、，；）])`)

// rawCodes lists what stands on a page as the program keeps it, as "carried_out".
func rawCodes(page *html.Node) (all []string) {
	for n := range page.Descendants() {
		if n.Type != html.TextNode || slices.Contains([]string{"script", "style", "code", "kbd", "pre"}, n.Parent.Data) || strings.Contains(n.Data, "huzheng ") {
			continue // commands are typed as they stand
		}
		for _, m := range rawCode.FindAllStringSubmatch(n.Data, -1) {
			all = append(all, m[1])
		}
	}
	return all
}

func inLabel(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	return false
}

// linksIn lists the links of a page's text.
func linksIn(t *testing.T, body string) []string {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return links(page)
}
