package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/words"
)

var (
	templateKey = regexp.MustCompile(`\bt "([^"]+)"`)
	keyLiteral  = regexp.MustCompile(`"([a-z_]+(?:[.:-][A-Za-z0-9_-]+)*\.?)"`)
	goKey       = regexp.MustCompile(`(?:\.t|words\.Get|wrong)\((?:path, )?"([a-z_]+\.[a-z0-9_.]*[a-z0-9_])"|fail\([^")]*"([a-z_.]+)"`)
	handPlaced  = regexp.MustCompile(`^(field|code|hint)\.|^action\..*\.help$`) // checked where the actions are (internal/node)
)

// sources reads the templates and the Go files of the pages.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tour, err := os.ReadFile("../campaign/tour.go")
	if err == nil {
		all["../campaign/tour.go"] = string(tour)
	}
	return all
}

// TestNoTextIsMissing: every key that a template or a page names has a text in both languages.
func TestNoTextIsMissing(t *testing.T) {
	for path, content := range sources(t) {
		find := goKey
		if strings.HasSuffix(path, ".html") {
			find = templateKey
		}
		for _, match := range find.FindAllStringSubmatch(content, -1) {
			key := match[len(match)-1]
			if key == "" {
				key = match[1]
			}
			if _, ok := words.Find(key); !ok {
				t.Errorf("%s: no text under %q", path, key)
			}
		}
	}
}

// TestNoTextIsUnused: every text stands on some page. A literal that ends in a point stands for all keys that begin with it; a page of failure has its
// title and its mend under the key of its text.
func TestNoTextIsUnused(t *testing.T) {
	named := make(map[string]bool)
	var prefixes []string
	for _, content := range sources(t) {
		for _, match := range keyLiteral.FindAllStringSubmatch(content, -1) {
			if strings.HasSuffix(match[1], ".") {
				prefixes = append(prefixes, match[1])
			}
			named[match[1]] = true
		}
	}
	for _, key := range words.Keys() {
		base := strings.TrimSuffix(strings.TrimSuffix(key, ".title"), ".mend")
		if handPlaced.MatchString(key) || named[key] || named[base] || hasPrefix(key, prefixes) {
			continue
		}
		t.Errorf("%s: %s is on no page", words.At(key).File, key)
	}
}

func hasPrefix(key string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// TestChinesePunctuationIsWide: beside a Chinese character a comma, semicolon, colon, bracket, question or exclamation mark is the wide one.
func TestChinesePunctuationIsWide(t *testing.T) {
	narrow := regexp.MustCompile(`\p{Han}[,;:()?!]|[,;:()?!]\p{Han}`)
	for _, key := range words.Keys() {
		if text := words.At(key).ZH; narrow.MatchString(text) {
			t.Errorf("%s: %s: narrow punctuation in %q", words.At(key).File, key, text)
		}
	}
}

// TestCodeWithoutWordsIsNotOffered: GB/T 4761 has a code that no source explains; who holds it keeps it.
func TestCodeWithoutWordsIsNotOffered(t *testing.T) {
	const unexplained = "98"
	m := &maker{c: &call{lang: "en"}}
	for _, held := range []bool{false, true} {
		chosen := []string{map[bool]string{true: unexplained, false: "01"}[held]}
		offered := slices.ContainsFunc(m.codes(citizen.Relations, chosen), func(o option) bool { return o.Value == unexplained })
		if offered != held {
			t.Errorf("held %v, offered %v", held, offered)
		}
	}
}
