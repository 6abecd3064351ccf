package webtest

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/browsertest"
)

// pictures is where the pages' pictures are written: go test ./internal/webtest -run Screen -screenshots DIR.
var pictures = flag.String("screenshots", "", "write a picture of every page, in both languages, and a PDF of every print, into this folder")

// someMade is how many of the pages that are made from an action alone are looked at when no pictures are written: they are made alike.
const someMade = 12

// TestScreen shows every page of every role in a real browser at the size of an office screen, in both languages: none is wider than the screen.
func TestScreen(t *testing.T) {
	seen, made := make(map[string]bool), 0
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
			if seen[shape] && path != "/" {
				continue
			}
			seen[shape] = true
			paths = append(paths, path)
		}
		for _, lang := range []string{"zh", "en"} {
			tab := open(t, v.post, v.unit, lang)
			for _, path := range paths {
				tab.Go(path)
				if wide := tab.Overflow(); wide > 0 {
					t.Errorf("%s %s %s: %d pixels wider than the screen", v.post, lang, path, wide)
				}
				keep(t, tab, filepath.Join(lang, v.post+"-"+fileName(path)))
			}
			tab.Close()
		}
	}
}

var notInName = regexp.MustCompile(`[^a-z0-9]+`)

// fileName is a page's address as a file is called.
func fileName(path string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(identifier.ReplaceAllString(path, "x")), "-"), "-")
	if name == "" {
		return "home"
	}
	return name[:min(len(name), 60)]
}

// keep writes a picture of the screen, and of a sheet the PDF that is printed.
func keep(t *testing.T, tab *browsertest.Tab, name string) {
	t.Helper()
	if *pictures == "" {
		return
	}
	path := filepath.Join(*pictures, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".png", tab.Screenshot(), 0o644); err != nil {
		t.Fatal(err)
	}
	if browsertest.Eval[bool](tab, "document.body.classList.contains('paper')") {
		if err := os.WriteFile(path+".pdf", tab.PDF(), 0o644); err != nil {
			t.Fatal(err)
		}
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
