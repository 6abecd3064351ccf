package gallery

import (
	"bytes"
	"flag"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/web/lines"
	"github.com/huzheng/huzheng/internal/words"
)

var look = flag.String("look", "", "folder into which the living page is written in both languages, to be looked at")

// parts are the files of the components; the others in their folder belong to the frame.
var parts = []string{"marks", "fields", "lists", "records"}

// parse reads the living page with the catalogue as its only helper: a part needs no other.
func parse(t *testing.T, lang string) *template.Template {
	t.Helper()
	page := template.New("").Funcs(template.FuncMap{"t": func(key string, args ...any) (string, error) {
		if _, ok := words.Find(key); !ok {
			return "", fmt.Errorf("no text %s", key)
		}
		return words.Get(key, args...).In(lang), nil
	}, "cite": func(source string) string { return citizen.Cited(source).In(lang) }, "initials": func(string) string { return "" }, "plain": func(text string) string { return text }, "numbered": lines.Number, "unbroken": lines.Unbroken})
	for _, name := range parts {
		template.Must(page.ParseFiles("../templates/parts/" + name + ".html"))
	}
	return template.Must(page.ParseFiles("../templates/components.html"))
}

func render(t *testing.T, lang string) string {
	t.Helper()
	var page bytes.Buffer
	if err := parse(t, lang).ExecuteTemplate(&page, "main", Of(lang)); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

const frame = `<!doctype html><html lang="%s"><head><meta charset="utf-8"><title>%s</title><link rel="stylesheet" href="/static/huzheng.css"><script type="module" src="/static/huzheng.js"></script></head>
<body><a class="skip" href="#main">↓</a><header class="top"><a class="brand" href="#">户政</a><span class="unit">220102001</span><span class="exchange"><svg class="icon"><use href="/static/icons.svg#network"/></svg>09:00</span>
<form class="search"><input aria-label="?"><button>→</button></form><nav class="lang"><a href="#">EN</a></nav><span class="who">clerk</span></header>
<nav class="side"><ul><li><a href="#" aria-current="page"><span class="label">1</span><span class="count">12</span></a></li><li><a href="#"><span class="label">2</span><span class="count late">3</span></a></li></ul></nav>
<main id="main">%s</main><footer class="foot">户政</footer></body></html>`

func TestLivingPage(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		page := render(t, lang)
		for _, bad := range []string{"<no value>", "%!", " style=", "<style", "ZgotmplZ", "<h2></h2>", "<dt></dt>", "<th scope=\"col\"></th>", "<label></label>"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page has %q", lang, bad)
			}
		}
		if *look != "" {
			text := fmt.Sprintf(frame, map[string]string{"zh": "zh-CN", "en": "en"}[lang], lang, page)
			if err := os.WriteFile(filepath.Join(*look, lang+".html"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The samples are of two languages: an English page shows Chinese only where it stands for itself.
func TestBothLanguages(t *testing.T) {
	zh, en := own(func(zh, _ string) string { return zh }), own(func(_, en string) string { return en })
	for key := range zh {
		if zh[key] == "" || en[key] == "" || zh[key] == en[key] {
			t.Errorf("%s: %q, %q", key, zh[key], en[key])
		}
	}
	chinese := regexp.MustCompile(`\p{Han}+`)
	own := regexp.MustCompile(`(?s)<[^>]+lang="zh".*?</(?:div|span)>`)
	page := render(t, "en")
	page = page[:strings.Index(page, `<div class="paper slip"`)]
	for _, han := range chinese.FindAllString(own.ReplaceAllString(page, ""), -1) {
		if han != "𠮷䶮" {
			t.Errorf("the English page says %s", han)
		}
	}
}

var ids = regexp.MustCompile(`\sid="([^"]*)"`)
var refs = regexp.MustCompile(`\s(?:for|href|aria-describedby)="(#?[^"]*)"`)

// Each identifier stands once, and what a label, a description or the summary of errors names is there.
func TestReferences(t *testing.T) {
	page := render(t, "zh")
	there := make(map[string]bool)
	for _, m := range ids.FindAllStringSubmatch(page, -1) {
		if there[m[1]] || m[1] == "" {
			t.Errorf("id %q is empty or stands twice", m[1])
		}
		there[m[1]] = true
	}
	for _, m := range refs.FindAllStringSubmatch(page, -1) {
		if strings.HasPrefix(m[1], "/") || m[1] == "#" {
			continue
		}
		for _, id := range strings.Fields(m[1]) {
			if !there[strings.TrimPrefix(id, "#")] {
				t.Errorf("%s leads nowhere", m[0])
			}
		}
	}
}

func TestNumbersAreRight(t *testing.T) {
	page := Of("zh")
	numbers := []string{page.Number}
	for _, row := range page.Table.Rows {
		numbers = append(numbers, row.Cells[1].Text)
	}
	for _, number := range numbers {
		if n, err := citizen.ParseNumber(number); err != nil {
			t.Errorf("%s: %v %v", number, n, err)
		}
	}
}

// Every text that the components name is in the catalogue, and every text there under "part." is used by some page.
func TestPartTexts(t *testing.T) {
	used := make(map[string]bool)
	err := fs.WalkDir(os.DirFS("../templates"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join("../templates", name))
		for _, m := range regexp.MustCompile(`\bt "(part\.[^"]+)"`).FindAllStringSubmatch(string(content), -1) {
			used[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range used {
		if _, ok := words.Find(key); !ok {
			t.Errorf("no text %s", key)
		}
	}
	for _, key := range words.Keys() {
		if strings.HasPrefix(key, "part.") && !used[key] {
			t.Errorf("nobody uses %s", key)
		}
	}
}

// Every icon that is named is drawn.
func TestIcons(t *testing.T) {
	sprite, err := os.ReadFile("../static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Icons {
		if !strings.Contains(string(sprite), `<symbol id="`+name+`"`) {
			t.Errorf("no icon %s", name)
		}
	}
}
