package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/web/lines"
	"github.com/huzheng/huzheng/internal/words"
)

//go:embed templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// languages are those of the pages; the first is the default.
var languages = []string{"zh", "en"}

// view is what the frame is given: itself, and the page's own data.
type view struct {
	Frame *frame
	Page  any
}

// parsePages reads every page's template once for each language.
func (s *Server) parsePages() error {
	var err error
	s.pages, err = ParsePages(templateFiles, s.funcs, "templates/frame.html", "templates/parts/*.html")
	return err
}

// ParsePages reads every page of templates/ over what all of them share, once for each language; a page is found as "zh/home".
func ParsePages(files fs.FS, funcs func(lang string) template.FuncMap, shared ...string) (map[string]*template.Template, error) {
	pages := make(map[string]*template.Template)
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, lang := range languages {
		base, err := template.New("frame").Funcs(funcs(lang)).ParseFS(files, shared...)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			page, err := base.Clone()
			if err != nil {
				return nil, err
			}
			if _, err := page.ParseFS(files, name); err != nil {
				return nil, err
			}
			pages[lang+"/"+strings.TrimSuffix(path.Base(name), ".html")] = page
		}
	}
	return pages, nil
}

// page answers with a page in its frame.
func (c *call) page(status int, name string, data any) error {
	data, lists, err := c.arrange(data)
	if err != nil {
		return err
	}
	if wanted := c.r.URL.Query().Get("export"); wanted != "" && status == http.StatusOK && c.r.Method == http.MethodGet && c.by != nil {
		return c.exportLists(name, data, lists, wanted)
	}
	frame, err := c.frame()
	if err != nil {
		return err
	}
	return c.write(status, name, "frame", view{frame, data})
}

// paper answers with a page that is printed: no frame around it.
func (c *call) paper(name string, data any) error {
	return c.write(http.StatusOK, name, "paper", view{Frame: &frame{Lang: c.lang, Here: c.here()}, Page: data})
}

func (c *call) write(status int, name, layout string, data any) error {
	page, ok := c.s.pages[c.lang+"/"+name]
	if !ok {
		return fmt.Errorf("web: no page %s", name)
	}
	var text bytes.Buffer
	if err := page.ExecuteTemplate(&text, layout, data); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	_, err := text.WriteTo(c.w)
	return err
}

// funcs are what templates may call.
func (s *Server) funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t":        func(key string, args ...any) string { return words.Get(key, args...).In(lang) },
		"text":     func(t citizen.Text) string { return t.In(lang) },
		"cite":     func(source string) string { return citizen.Cited(source).In(lang) },
		"titled":   func(t citizen.Text) string { return Titled(t.In(lang)) },
		"capital":  Titled,
		"plain":    func(text string) string { return s.plain(text, lang) },
		"lang":     func() string { return lang },
		"other":    func() string { return map[string]string{"zh": "en", "en": "zh"}[lang] },
		"code":     func(kind string, value any) string { return codeWords(kind, fmt.Sprint(value)).In(lang) },
		"tone":     stageTone,
		"percent":  percent,
		"kind":     func(kind string) string { return s.Office.Words(kind).In(lang) },
		"unit":     func(u event.Unit) string { return s.units.name(u) },
		"yuan":     yuan,
		"instant":  instant,
		"day":      func(d citizen.Date) string { return shownDate(d) },
		"longhand": func(d citizen.Date) string { return Longhand(d, lang) },
		"field":    label(lang),
		"dict":     dict,
		"initials": initials,
		"unbroken": lines.Unbroken,
		"numbered": lines.Number,
		"bars":     bars,
		"square":   square,
		"measure":  shownMeasure,
		"rare":     rare,
		"inc":      func(n int) int { return n + 1 },
		"join":     strings.Join,
		"boxes":    strings.Fields, // words with a box to tick
	}
}

// label gives the catalogue's label of a field.
func label(lang string) func(string) string {
	return func(name string) string { return words.Get("field." + name).In(lang) }
}

// initialsOf keeps what has been worked out: the same few hundred choices stand on every page.
var initialsOf sync.Map

// initials is the first letters of a choice's pinyin, as a clerk types them; empty where it is not Chinese. A code before the words is left out.
func initials(label string) string {
	if known, ok := initialsOf.Load(label); ok {
		return known.(string)
	}
	words := strings.TrimLeft(label, "0123456789 ")
	letters := ""
	if strings.ContainsFunc(words, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		letters = strings.Map(typedLetter, strings.ToLower(citizen.PinyinInitials(words)))
	}
	if len(letters) > maxInitials {
		letters = letters[:maxInitials]
	}
	initialsOf.Store(label, letters)
	return letters
}

// typedLetter keeps what a clerk types on the keys: no marks between the words.
func typedLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// maxInitials is how many first letters anybody types.
const maxInitials = 8

// dict makes a map of pairs, for a part that needs more than one value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d values are no pairs", len(pairs))
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// yuan writes fen as yuan with two decimals.
func yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign, fen = "-", -fen
	}
	return fmt.Sprintf("%s%d.%02d", sign, fen/100, fen%100)
}

// office time is Shanghai's, without summer time (since 1992).
var shanghai = time.FixedZone("CST", 8*60*60)

// instant writes ms UTC as the office's wall clock shows it; nothing for zero.
func instant(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(shanghai).Format("2006-01-02 15:04")
}

func shownDate(d citizen.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// Static serves style, icons and scripts under /static/.
func Static() http.Handler {
	tree, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	files := http.StripPrefix("/static/", http.FileServerFS(tree))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		files.ServeHTTP(w, r)
	})
}
