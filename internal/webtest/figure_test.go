package webtest

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/browsertest"
)

var (
	figureTile = regexp.MustCompile(`(?s)<span class="label">([^<]*).*?<span class="value">(\d+)`)
	listLine   = regexp.MustCompile(`<td[^>]*><a href="(/application/[^"]+)"`)
	listTotal  = regexp.MustCompile(`共 <b>(\d+)</b>`)
	nextPage   = regexp.MustCompile(`rel="next" href="([^"]+)"`)
	lastPage   = regexp.MustCompile(`rel="prev" href="([^"]+)"`)
)

// figures are the numbers on top of the board, counted anew, by their labels.
func (c *client) figures(t *testing.T) map[string]int {
	t.Helper()
	_, _, body := c.get("/board?anew=1")
	all := make(map[string]int)
	for _, part := range strings.Split(body, `class="figure`)[1:] {
		if m := figureTile.FindStringSubmatch(part); m != nil {
			all[strings.TrimSpace(m[1])], _ = strconv.Atoi(m[2])
		}
	}
	return all
}

// TestFigureOpensToAsManyNames: the list behind a figure says as many as the figure on each of its pages, and its pages together name each application once.
func TestFigureOpensToAsManyNames(t *testing.T) {
	c := enter(t, "chief", theCity, "zh")
	least := c.figures(t)["本月受理"]
	if least < 20 {
		t.Fatalf("accepted this month: %d", least)
	}
	day := c.officeDay().Format("2006-01-02")
	path := "/progress/list?" + url.Values{"figure": {"accepted"}, "from": {day[:8] + "01"}, "to": {day}, "purpose": {"核对进度"}, "limit": {"7"}}.Encode()
	first, seen, pages := path, make(map[string]bool), 0
	var total int
	for path != "" {
		_, _, body := c.get(path)
		found := listTotal.FindStringSubmatch(body)
		if found == nil {
			t.Fatalf("the list does not say how many there are: %s", carePlain(body))
		}
		if total, _ = strconv.Atoi(found[1]); total < least {
			t.Errorf("page %d says %d in all, the figure was %d", pages, total, least)
		}
		for _, m := range listLine.FindAllStringSubmatch(body, -1) {
			if seen[m[1]] {
				t.Errorf("%s stands on two pages", m[1])
			}
			seen[m[1]] = true
		}
		if back := lastPage.FindStringSubmatch(body); (back != nil) != (pages > 0) || pages == 1 && html.UnescapeString(back[1]) != first {
			t.Errorf("page %d leads back to %v", pages, back)
		}
		next := nextPage.FindStringSubmatch(body)
		path, pages = "", pages+1
		if next != nil {
			path = html.UnescapeString(next[1])
		}
	}
	if most := c.figures(t)["本月受理"]; len(seen) < least || len(seen) > most { // a station's applications may arrive in between
		t.Errorf("the figure says %d, then %d, its list has %d names on %d pages", least, most, len(seen), pages)
	}
}

// TestOverdueDutiesOpenToTheirList: the figure of overdue orders and milestones leads to those, and to no other.
func TestOverdueDutiesOpenToTheirList(t *testing.T) {
	c := enter(t, "chief", theCity, "zh")
	figure := c.figures(t)["逾期督办和节点"]
	_, _, body := c.get("/board")
	_, rest, _ := strings.Cut(body, "逾期督办和节点")
	if !strings.Contains(body, "/duties/overdue?unit="+string(theCity)) || figure == 0 {
		t.Fatalf("the figure is %d, and leads elsewhere: %.300s", figure, rest)
	}
	_, _, body = c.get("/duties/overdue?unit=" + string(theCity))
	listed := 0
	for _, m := range listTotal.FindAllStringSubmatch(body, -1) {
		n, _ := strconv.Atoi(m[1])
		listed += n
	}
	if listed != figure {
		t.Errorf("the figure is %d, its lists have %d lines: %s", figure, listed, carePlain(body))
	}
}

// TestCursorStandsWhereTheNextKeyIsWanted: a form opens with the cursor in the first field that is empty; what came with the link is passed over.
func TestCursorStandsWhereTheNextKeyIsWanted(t *testing.T) {
	chief := open(t, "chief", theCity, "zh")
	for path, want := range map[string]string{"/duties/order/new": "to", "/duties/order/new?to=" + string(theCounty): "due", "/duties/notices/new": "title",
		"/progress/list?figure=accepted": "purpose", "/do/programme.back_test?unit=" + string(theCity): "from"} {
		chief.Go(path)
		if at := browsertest.Eval[string](chief, "document.activeElement.name ?? ''"); at != want {
			t.Errorf("%s: the cursor is in %q, want %q", path, at, want)
		}
	}
}
