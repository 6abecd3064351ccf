package campaign

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/office"
)

// TestTourCarriesTheDisk goes the tour's way of a case between two stations of which one has no line, by the links and the button of the tour's page: what is heard there is not
// above until the visitor presses the button that carries the disk.
func TestTourCarriesTheDisk(t *testing.T) {
	c := small()
	c.Dir = t.TempDir()
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	near, far := c.station(byNetwork), c.station(byDisk)
	tenures := []string{far.someone(t, ctx), near.someone(t, ctx)}
	if err := c.units[0].do(ctx, office.Reviewer, "verify.open_case", object{"kind": "double_registration", "tenures": tenures, "clue": "群众反映一人两处落户"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.everybody(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.OpenPages(ctx, ""); err != nil {
		t.Fatal(err)
	}
	if err := c.OpenTour(ctx); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- c.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()

	home := c.places[0].pageURL() + "/tour"
	_, step, _ := strings.Cut(visited(t, home), `id="case"`)
	step, _, _ = strings.Cut(step, "</section>")
	carry := regexp.MustCompile(`name="act" value="(carry-` + string(far.code) + `)"`).FindStringSubmatch(step)
	matter := regexp.MustCompile(`%2Fcase%2F([0-9a-f-]{36})`).FindStringSubmatch(step)
	above := regexp.MustCompile(`href="([^"]+as=reviewer[^"]+)"`).FindStringSubmatch(step)
	if carry == nil || matter == nil || above == nil {
		t.Fatalf("the tour does not carry a disk: %s", step)
	}
	const heard = "听取意见后待送的话"
	if err := far.do(ctx, office.AreaOfficer, "verify.hear", object{"case": matter[1], "tenure": tenures[0], "on": c.date, "words": heard}, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(visited(t, html.UnescapeString(above[1])), heard) {
		t.Fatal("a station without a line is heard above before its disk came")
	}
	r, err := http.PostForm(c.places[0].pageURL()+"/tour/act", url.Values{"act": {carry[1]}})
	if err != nil {
		t.Fatal(err)
	}
	body := bodyOf(t, r)
	if r.StatusCode != http.StatusOK || r.Request.URL.Query().Get("did") != "tour.case.carry" || !strings.Contains(body, `class="tag done"`) {
		t.Fatalf("%d at %s", r.StatusCode, r.Request.URL)
	}
	if body := visited(t, html.UnescapeString(above[1])); !strings.Contains(body, heard) {
		t.Error("what was heard is not above after the disk was carried")
	}
}

// someone is the registration of somebody who lives at a station.
func (u *unit) someone(t *testing.T, ctx context.Context) string {
	t.Helper()
	for _, r := range u.window.people {
		if r.gone || r.number == "" || !r.Lives() || r.Unit != u.code {
			continue
		}
		if tenure, err := u.c.units[0].openTenure(ctx, r); err == nil && tenure != "" {
			return tenure
		}
	}
	t.Fatalf("nobody is registered at %s", u.code)
	return ""
}

// visited is the page to which a link leads, in a browser that is signed in nowhere.
func visited(t *testing.T, link string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := (&http.Client{Jar: jar}).Get(link)
	if err != nil {
		t.Fatal(err)
	}
	if r.StatusCode != http.StatusOK {
		t.Errorf("%s: %d", link, r.StatusCode)
	}
	return bodyOf(t, r)
}

func bodyOf(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
