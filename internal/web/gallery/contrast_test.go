package gallery

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pairs are the colours that stand on each other, with the least contrast that WCAG 2.2 AA asks: 4.5 for text (1.4.3), 3 for edges of
// controls, shapes and the ring of focus (1.4.11, 2.4.13).
var pairs = []struct {
	on, over string
	least    float64
}{
	{"ink", "ground", 4.5}, {"ink", "shade", 4.5}, {"ink", "action-pale", 4.5}, {"ink", "late-pale", 4.5}, {"ink", "stop-pale", 4.5}, {"ink", "done-pale", 4.5},
	{"ink-soft", "ground", 4.5}, {"ink-soft", "shade", 4.5}, {"ink-soft", "action-pale", 4.5}, {"ink-soft", "late-pale", 4.5}, {"ink-soft", "stop-pale", 4.5},
	{"action", "ground", 4.5}, {"action", "shade", 4.5}, {"action", "action-pale", 4.5}, {"action", "late-pale", 4.5}, {"action-deep", "ground", 4.5},
	{"on-action", "action", 4.5}, {"on-action", "action-deep", 4.5}, {"on-action-soft", "action-deep", 4.5},
	{"stop", "ground", 4.5}, {"stop", "shade", 4.5}, {"stop", "stop-pale", 4.5}, {"ground", "stop", 4.5},
	{"late", "ground", 4.5}, {"late", "shade", 4.5}, {"late", "late-pale", 4.5},
	{"done", "ground", 4.5}, {"done", "shade", 4.5}, {"done", "done-pale", 4.5},
	{"on-action", "late-mark", 4.5}, {"on-action", "done", 4.5}, // the words in a map's tiles
	{"late-mark", "ground", 3}, {"late-mark", "late-pale", 3}, {"line-strong", "ground", 3}, {"line-strong", "shade", 3},
	{"part-2", "ground", 3},
	{"ink", "late-mark", 3}, {"ink", "action", 1.5}, // the target's mark crosses a bar; it is also longer than the bar is thick
}

func stylesheet(t *testing.T) (root, rest string) {
	t.Helper()
	content, err := os.ReadFile("../static/huzheng.css")
	if err != nil {
		t.Fatal(err)
	}
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(content), "")
	start := strings.Index(css, ":root {")
	end := start + strings.Index(css[start:], "}")
	return css[start:end], css[:start] + css[end:]
}

func TestContrast(t *testing.T) {
	root, _ := stylesheet(t)
	colours := make(map[string]float64)
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(root, -1) {
		colours[m[1]] = luminance(t, m[2])
	}
	seen := make(map[string]bool)
	for _, p := range pairs {
		a, okA := colours[p.on]
		b, okB := colours[p.over]
		if !okA || !okB {
			t.Fatalf("no colour %s or %s", p.on, p.over)
		}
		seen[p.on], seen[p.over] = true, true
		if ratio := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); ratio < p.least {
			t.Errorf("%s on %s has a contrast of %.2f; %.1f is asked", p.on, p.over, ratio, p.least)
		}
	}
	// Lines between rows and the palest part of a bar carry no meaning by themselves.
	for name := range colours {
		if !seen[name] && name != "line" && name != "part-3" {
			t.Errorf("colour %s stands in no pair", name)
		}
	}
}

// luminance is the relative luminance of WCAG.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// Colours stand in the tokens and nowhere else, but for the black and white of paper; every token that is used is there; nothing comes from elsewhere.
func TestTokens(t *testing.T) {
	root, rest := stylesheet(t)
	for _, colour := range regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(`).FindAllString(rest, -1) {
		if colour != "#000000" && colour != "#ffffff" {
			t.Errorf("%s is no token", colour)
		}
	}
	for _, m := range regexp.MustCompile(`var\((--[a-z0-9-]+)\)`).FindAllStringSubmatch(rest, -1) {
		if !strings.Contains(root, m[1]+":") {
			t.Errorf("no token %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(--[a-z0-9-]+):`).FindAllStringSubmatch(root, -1) {
		if !strings.Contains(rest, "var("+m[1]+")") {
			t.Errorf("nobody uses the token %s", m[1])
		}
	}
	if strings.Contains(root+rest, "url(") || strings.Contains(rest, "@import") {
		t.Error("the stylesheet loads something")
	}
}

// Each class that the parts and the living page use has its line in the guide, in both languages.
func TestGuideNamesClasses(t *testing.T) {
	_, rest := stylesheet(t)
	for _, name := range []string{"../../../docs/guide/pages.md", "../../../docs/guide/pages.zh-CN.md"} {
		guide, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\.([a-z-]+) \{`).FindAllStringSubmatch(rest, -1) {
			if !regexp.MustCompile(`\.` + m[1] + `\b`).Match(guide) {
				t.Errorf("%s does not name .%s", name, m[1])
			}
		}
	}
}
