package webtest

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"testing"
)

// further is the button that leads to the next page of a look-up's list.
var (
	further  = regexp.MustCompile(`<a class="button" href="([^"]+)" rel="next">`)
	accepted = regexp.MustCompile(`href="/application/([0-9a-f-]{36})"`)
)

// TestLookUpIsTurnedPageByPage: the pages of a look-up's list, each opened by the button below the one before, list together what one long page lists, each once.
func TestLookUpIsTurnedPageByPage(t *testing.T) {
	c := enter(t, "clerk", theStation, "zh")
	asked := url.Values{"purpose": {"核对"}, "limit": {"1000"}}
	_, _, body := c.get("/do/card.list?" + asked.Encode())
	whole := listedIn(body)
	if len(whole) < 3 || further.MatchString(body) {
		t.Fatalf("%d applications on one page", len(whole))
	}
	asked.Set("limit", "2")
	var turned []string
	for path := "/do/card.list?" + asked.Encode(); path != ""; {
		_, _, body := c.get(path)
		turned = append(turned, listedIn(body)...)
		path = ""
		if next := further.FindStringSubmatch(body); next != nil {
			path = html.UnescapeString(next[1])
		}
		if len(turned) > len(whole) {
			t.Fatalf("%d applications on pages of two, %d on one page", len(turned), len(whole))
		}
	}
	if !slices.Equal(turned, whole) {
		t.Errorf("%d applications on pages of two, %d on one page", len(turned), len(whole))
	}
}

// listedIn lists the applications to which a page leads.
func listedIn(body string) (all []string) {
	for _, m := range accepted.FindAllStringSubmatch(body, -1) {
		if !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	return all
}
