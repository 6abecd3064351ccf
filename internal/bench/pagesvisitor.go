package bench

import (
	"context"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/office"
)

// visitor is one operator at one browser, who goes round through the pages.
type visitor struct {
	city   *pageCity
	post   post
	base   string
	http   *http.Client
	chance *rand.Rand
	links  map[string][]string // to pages of one shape, as /resident/…
	shapes []string            // in the order in which they were found
	asked  map[string]int      // how often a page of a shape has been opened
}

// At most so many links of a shape are remembered.
const linksKept = 100

// newVisitor signs an operator in.
func (c *pageCity) newVisitor(ctx context.Context, i int, one post, base string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	v := &visitor{city: c, post: one, base: base, http: &http.Client{Jar: jar}, chance: rand.New(rand.NewPCG(1, uint64(i))),
		links: make(map[string][]string), asked: make(map[string]int)}
	v.find("/")
	_, where, err := v.send(ctx, "/sign-in", url.Values{"login": {one.login()}, "password": {pagePassword}})
	if err == nil && where != "/" {
		err = fmt.Errorf("%s cannot sign in", one.login())
	}
	if err != nil {
		return nil, err
	}
	return v, v.get(ctx, v.search()) // from then on the session has a purpose, and lists are shown
}

// work opens page after page until the time is up.
func (v *visitor) work(ctx context.Context) error {
	for {
		if err := v.step(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(thinkAtLeast + rand.N(thinkAtMost-thinkAtLeast)):
		}
	}
}

// step is one page: a search, a person or an application that was found, the kind of page that has been opened least, or a form.
func (v *visitor) step(ctx context.Context) error {
	switch n := v.chance.IntN(100); {
	case n < 20 && v.searches():
		return v.get(ctx, v.search())
	case n < 50:
		if link := v.of("/resident/", "/household/", "/application/", "/accept/", "/case/"); link != "" {
			return v.get(ctx, link)
		}
	case n < 53 && v.post.role == office.Clerk:
		return v.accept(ctx)
	}
	return v.get(ctx, v.next())
}

// searches tells whether the operator looks people up.
func (v *visitor) searches() bool {
	return slices.Contains([]office.Role{office.Clerk, office.AreaOfficer, office.Reviewer}, v.post.role)
}

// search looks for somebody by number, name, initials, household or the beginning of the address.
func (v *visitor) search() string {
	one := v.city.people[v.chance.IntN(len(v.city.people))]
	address := []rune(one.address)
	typed := []string{one.number, one.name, strings.ToLower(citizen.PinyinInitials(one.name)), one.household, string(address[:min(len(address), 10)])}
	return "/search?" + url.Values{"q": {typed[v.chance.IntN(len(typed))]}, "purpose": {"窗口办理"}}.Encode()
}

// of gives a link that begins with one of the prefixes; empty when none has been found.
func (v *visitor) of(prefixes ...string) string {
	var shapes []string
	for _, shape := range v.shapes {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(shape, prefix) }) {
			shapes = append(shapes, shape)
		}
	}
	if len(shapes) == 0 {
		return ""
	}
	return v.pick(shapes[v.chance.IntN(len(shapes))])
}

// next gives a link of the shape that has been opened least.
func (v *visitor) next() string {
	return v.pick(slices.MinFunc(v.shapes, func(a, b string) int { return v.asked[a] - v.asked[b] }))
}

func (v *visitor) pick(shape string) string {
	v.asked[shape]++
	return v.links[shape][v.chance.IntN(len(v.links[shape]))]
}

// get opens a page and remembers where it leads.
func (v *visitor) get(ctx context.Context, path string) error {
	body, _, err := v.send(ctx, path, nil)
	if err != nil {
		return err
	}
	for _, found := range anchor.FindAllStringSubmatch(body, -1) {
		v.find(html.UnescapeString(found[1]))
	}
	return nil
}

// send opens a page, or posts a form to it, and tells where that has led.
func (v *visitor) send(ctx context.Context, path string, form url.Values) (body, where string, err error) {
	method, content := http.MethodGet, ""
	if form != nil {
		method, content = http.MethodPost, form.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, v.base+path, strings.NewReader(content))
	if err != nil {
		return "", "", err
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := v.http.Do(request)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), answer.Request.URL.Path, err
}

var (
	anchor     = regexp.MustCompile(`<a\s[^>]*?href="(/[^"]*)"`)
	identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Za-z]*\d{4,}[0-9A-Za-z]*`)
	own        = regexp.MustCompile(`name="(_once|_subject|_seen)" value="([^"]*)"`)
)

// leftAlone are links that end the session or give a file.
var leftAlone = []string{"/language", "/sign-out", "/sign-in", "/tour", "/static/", "/-/"}

// find remembers a link by its shape: without what names one person, case or day.
func (v *visitor) find(link string) {
	u, err := url.Parse(link)
	if err != nil || u.Host != "" || u.Query().Has("export") || u.Query().Has("download") || slices.ContainsFunc(leftAlone, func(prefix string) bool { return strings.HasPrefix(u.Path, prefix) }) {
		return
	}
	u.Fragment = ""
	names := make([]string, 0, len(u.Query()))
	for name := range u.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	shape := identifier.ReplaceAllString(u.Path, "*") + "?" + strings.Join(names, "&")
	known := v.links[shape]
	switch {
	case slices.Contains(known, u.String()):
		return
	case known == nil:
		v.shapes = append(v.shapes, shape)
		fallthrough
	case len(known) < linksKept:
		v.links[shape] = append(known, u.String())
	default:
		known[v.chance.IntN(linksKept)] = u.String()
	}
}

// accept opens an application by the page that every action has.
func (v *visitor) accept(ctx context.Context) error {
	for _, tenure := range v.city.comers(1) {
		path := "/do/card.open"
		body, _, err := v.send(ctx, path+"?"+url.Values{"tenure": {tenure}, "kind": {"first"}}.Encode(), nil)
		if err != nil {
			return err
		}
		form := url.Values{"tenure": {tenure}, "kind": {"first"}}
		for _, field := range own.FindAllStringSubmatch(body, -1) {
			form.Set(field[1], html.UnescapeString(field[2]))
		}
		if _, _, err := v.send(ctx, path, form); err != nil {
			return err
		}
	}
	return nil
}

// live keeps the page's counts open, as its module does in a browser.
func (v *visitor) live(ctx context.Context) error {
	_, _, err := v.send(ctx, "/-/live", nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
