package webtest

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var tourLink = regexp.MustCompile(`<a href="(http[^"]+)"[^>]*>([^<]+)</a>`)

// stepLinks are the links of each step of the tour, as a visitor finds them.
func stepLinks(t *testing.T, body, step string) (all []string) {
	t.Helper()
	_, rest, found := strings.Cut(body, `id="`+step+`"`)
	if !found {
		t.Fatalf("the tour has no step %s", step)
	}
	rest, _, _ = strings.Cut(rest, "</section>")
	for _, m := range tourLink.FindAllStringSubmatch(rest, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// followTour goes where a link of the tour leads, as a browser that is signed in nowhere.
func followTour(t *testing.T, link string) (c *client, where *url.URL, body string) {
	t.Helper()
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	c = visitor(t, at.Scheme+"://"+at.Host)
	r, err := c.http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text := readAll(t, r.Body)
	if r.StatusCode != http.StatusOK {
		t.Errorf("%s: status %d: %s", link, r.StatusCode, headline(text))
	}
	return c, r.Request.URL, text
}

// TestTour follows the demonstration's walk: each link leads into a page, signed in as who works there.
func TestTour(t *testing.T) {
	all, err := played()
	if err != nil {
		t.Fatal(err)
	}
	_, _, tour := visitor(t, all.pages[theCity]).get("/tour")
	for step, want := range map[string][]string{"accept": {"五项核对", "", ""}, "birth": {"出生登记"}, "case": nil, "board": {"领导看板"}, "money": {"收费结账", "收费"}} {
		for i, link := range stepLinks(t, tour, step) {
			if _, _, body := followTour(t, link); want != nil && !strings.Contains(body, want[i]) {
				t.Errorf("%s leads to a page without %q", link, want[i])
			}
		}
	}
	if !regexp.MustCompile(`<b>他手里的户口簿上[^<]+：填在“户口簿”一栏</b>`).MatchString(tour) {
		t.Error("the tour does not say what stands in the booklet")
	}
	t.Run("the disk", func(t *testing.T) { pullDisk(t, stepLinks(t, tour, "disk")) })
}

// pullDisk writes the disk at the station, lets the tour pull it, reads it above, and carries it again.
func pullDisk(t *testing.T, links []string) {
	all, err := played()
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(links[0])
	if err != nil {
		t.Fatal(err)
	}
	page, err := url.Parse(at.Query().Get("to"))
	if err != nil {
		t.Fatal(err)
	}
	station, _, _ := followTour(t, links[0])
	above, _, _ := followTour(t, links[1])
	visit := func(c *client, act string) string {
		return c.careWork("/exchange/disk", url.Values{"folder": {page.Query().Get("folder")}, "act": {act}})
	}
	visit(station, "write")
	if status, body := visitor(t, all.pages[theCity]).send("/tour/act", url.Values{"act": {"pull"}}); status != http.StatusOK {
		t.Fatalf("pulling: %d %s", status, headline(body))
	}
	if body := visit(above, "read"); !strings.Contains(body, "数据包损坏") {
		t.Errorf("the pulled disk is not named: %s", carePlain(body))
	}
	visit(station, "write")
	if body := visit(above, "read"); strings.Contains(body, `class="notice stop"`) {
		t.Errorf("written again it is not accepted: %s", carePlain(body))
	}
}
