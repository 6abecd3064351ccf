package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/web"
)

// Of the browser's window, and how many pages it opens.
const (
	windowSize  = "1366,768"
	paintedMost = 5
)

// painted are the kinds of pages that a window has open most of the day; those that are found among the links are measured, the first first.
var painted = []string{"/resident/", "/application/", "/household/", "/accept/", "/hand-over", "/do/card.waiting", "/do/card.list", "/do/card.open", "/do"}

// paint measures with Chromium, where it is installed, how long it takes from the request for a page until something of it is seen: a browser that has just been started for
// each page, with nothing kept, signed in on the way. Nobody else works meanwhile.
func (m *pageRun) paint(ctx context.Context) ([]Result, error) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		m.tell("no Chromium on this machine: first paint is not measured")
		return nil, nil
	}
	pages, err := m.city.serve(ctx, &web.Tour{Password: pagePassword})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(pages.Handler())
	defer server.Close()
	login := post{pipelineStation, office.Clerk, 0}.login()
	slowest, where := time.Duration(0), ""
	m.tell("| page | first paint (ms) |\n| --- | --- |")
	typical := m.clerk.typical()
	for _, path := range typical {
		took, err := m.paintOne(ctx, browser, server.URL+"/tour/enter?"+url.Values{"as": {login}, "to": {path}}.Encode(), server.URL)
		if err != nil {
			return nil, fmt.Errorf("first paint of %s: %w", path, err)
		}
		shape := identifier.ReplaceAllString(strings.SplitN(path, "?", 2)[0], "*")
		m.tell("| `%s` | %.0f |", shape, milliseconds(took))
		if took > slowest {
			slowest, where = took, shape
		}
	}
	return []Result{{Name: fmt.Sprintf("pages: first paint, the slowest of %d, %s", len(typical), where), Engine: "chromium", Ours: slowest.Seconds(), Reference: paintTarget.Seconds(), Unit: "s",
		Ratio: paintTarget.Seconds() / slowest.Seconds(), Target: 1, Against: "1 s"}}, nil
}

// typical is the home page, a search, and what is open most of the day.
func (v *visitor) typical() []string {
	all := []string{"/", v.search()}
	for _, prefix := range painted {
		if link := v.of(prefix); link != "" && len(all) < paintedMost {
			all = append(all, link)
		}
	}
	return all
}

// paintOne lets a browser of its own open a page and reads from its trace what it has noted.
func (m *pageRun) paintOne(ctx context.Context, browser, address, site string) (time.Duration, error) {
	dir, err := os.MkdirTemp(m.city.options.Dir, "browser-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	trace := filepath.Join(dir, "trace.json")
	out, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--window-size="+windowSize, "--trace-startup=loading,rail,blink.user_timing", "--trace-startup-format=json", "--trace-startup-file="+trace,
		"--screenshot="+filepath.Join(dir, "page.png"), address).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		return 0, err
	}
	return firstPaint(text, site)
}

// firstPaint reads from a trace how long a page of a site has taken from the start of its navigation to its first paint.
func firstPaint(trace []byte, site string) (time.Duration, error) {
	type data struct {
		URL        string `json:"documentLoaderURL"`
		Navigation string `json:"navigationId"`
	}
	var noted struct {
		Events []struct {
			Name string `json:"name"`
			At   int64  `json:"ts"` // µs
			Args struct {
				Data data `json:"data"`
			} `json:"args"`
		} `json:"traceEvents"`
	}
	if err := json.Unmarshal(trace, &noted); err != nil {
		return 0, err
	}
	began := make(map[string]int64)
	for _, e := range noted.Events {
		if e.Name == "navigationStart" && strings.HasPrefix(e.Args.Data.URL, site) {
			began[e.Args.Data.Navigation] = e.At
		}
	}
	for _, e := range noted.Events {
		if at, ok := began[e.Args.Data.Navigation]; ok && e.Name == "firstPaint" {
			return time.Duration(e.At-at) * time.Microsecond, nil
		}
	}
	return 0, errors.New("the browser has noted no paint")
}
