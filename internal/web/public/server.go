package public

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/web"
	"github.com/huzheng/huzheng/internal/words"
	"golang.org/x/time/rate"
)

//go:embed templates
var templates embed.FS

// Guesses at a slip's code are slowed down: for everybody together, as addresses are shared and cheap.
const (
	asksPerSecond = 20
	asksAtOnce    = 60
)

// reloadEvery is how often the file is looked at.
const reloadEvery = 10 * time.Second

// Server serves the citizens' pages from the newest file.
type Server struct {
	path  string
	log   *slog.Logger
	feed  atomic.Pointer[Feed]
	read  time.Time // of the file that is served
	asks  *rate.Limiter
	pages map[string]*template.Template
}

// New reads the file and makes the pages.
func New(path string, log *slog.Logger) (*Server, error) {
	s := &Server{path: path, log: log, asks: rate.NewLimiter(asksPerSecond, asksAtOnce)}
	if err := s.load(); err != nil {
		return nil, err
	}
	var err error
	s.pages, err = web.ParsePages(templates, funcs, "templates/frame.html")
	return s, err
}

// load reads the file where it is newer than what is served.
func (s *Server) load() error {
	info, err := os.Stat(s.path)
	if err != nil || info.ModTime().Equal(s.read) {
		return err
	}
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer file.Close()
	feed, err := Read(file)
	if err != nil {
		return err
	}
	s.feed.Store(feed)
	s.read = info.ModTime()
	return nil
}

// Watch takes in a newer file whenever there is one, until ctx ends. A file that cannot be read changes nothing.
func (s *Server) Watch(ctx context.Context) {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.load(); err != nil {
			s.log.Warn("public page: the file was not taken in", "error", err)
		}
	}
}

func funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, args ...any) string { return words.Get(key, args...).In(lang) },
		"text":   func(t citizen.Text) string { return t.In(lang) },
		"titled": func(t citizen.Text) string { return web.Titled(t.In(lang)) },
		"lang":   func() string { return lang },
		"other":  func() string { return map[string]string{"zh": "en", "en": "zh"}[lang] },
		"yuan":   func(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) },
		"join":   strings.Join,
		"day":    func(d citizen.Date) string { return web.Longhand(d, lang) },
		"period": func(from, to citizen.Date) string { return period(from, to, lang) },
		"four":   func() []int { return make([]int, 4) }, // slips on a sheet
	}
}

// period writes from when to when somebody may come; a year that both share stands once.
func period(from, to citizen.Date, lang string) string {
	first, last := web.Longhand(from, lang), web.Longhand(to, lang)
	if from.Year() == to.Year() {
		if lang == "zh" {
			last = last[strings.Index(last, "年")+len("年"):]
		} else {
			first = first[:strings.LastIndex(first, " ")]
		}
	}
	return first + words.Get("public.until").In(lang) + last
}

// view is what every page shows besides its own data.
type view struct {
	Lang, Here string
	Feed       *Feed
	Page       any
}

// Handler serves the pages.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", web.Static())
	for path, fn := range map[string]func(*Feed, *http.Request) (string, any){
		"GET /{$}": s.start, "GET /turn": s.turn, "GET /bring": s.bring, "GET /fee": s.fee, "GET /old-card": s.oldCard,
		"GET /status": s.askStatus, "GET /poster": s.poster, "GET /slips": s.slips,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, fn, http.StatusOK) })
	}
	mux.HandleFunc("POST /status", s.status)
	mux.HandleFunc("GET /language", setLanguage)
	return web.Headers(http.NewCrossOriginProtection().Handler(mux))
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, fn func(*Feed, *http.Request) (string, any), status int) {
	feed := s.feed.Load()
	name, data := fn(feed, r)
	lang := web.Language(r)
	var text bytes.Buffer
	if err := s.pages[lang+"/"+name].ExecuteTemplate(&text, "frame", view{lang, r.URL.RequestURI(), feed, data}); err != nil {
		s.log.Error("public page", "path", r.URL.Path, "error", err)
		http.Error(w, words.Get("public.failed").In(lang), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w)
}

func setLanguage(w http.ResponseWriter, r *http.Request) {
	web.SetLanguage(w, r, false)
}

func (s *Server) start(*Feed, *http.Request) (string, any) { return "start", nil }

// turnPage answers when a street has its turn.
type turnPage struct {
	Area  string
	Asked bool
	Turns []turn
}

type turn struct {
	Notice
	Office Office
}

func (s *Server) turn(f *Feed, r *http.Request) (string, any) {
	p := turnPage{Area: r.URL.Query().Get("area"), Asked: r.URL.Query().Has("area")}
	if p.Asked {
		p.Turns = f.turns(p.Area)
	}
	return "turn", p
}

func (f *Feed) turns(area string) (all []turn) {
	for _, n := range f.Turns(area) {
		all = append(all, turn{n, f.Office(n.Unit)})
	}
	return all
}

// occasions are the reasons for which people come; each has a list in the catalogue: public.bring.<occasion>.1 …
var occasions = []string{"first", "child", "exchange", "moved", "lost", "proxy", "collect"}

// bringPage lists what to bring for an occasion.
type bringPage struct {
	Occasions []string
	Occasion  string
	Items     []string // keys
}

func (s *Server) bring(_ *Feed, r *http.Request) (string, any) {
	p := bringPage{Occasions: occasions}
	for _, one := range occasions {
		if one == r.URL.Query().Get("for") {
			p.Occasion = one
			p.Items = numbered("public.bring." + one + ".")
		}
	}
	return "bring", p
}

// numbered lists the keys of a numbered list in the catalogue.
func numbered(prefix string) (keys []string) {
	for i := 1; ; i++ {
		key := fmt.Sprint(prefix, i)
		if _, ok := words.Find(key); !ok {
			return keys
		}
		keys = append(keys, key)
	}
}

func (s *Server) fee(*Feed, *http.Request) (string, any) { return "fee", nil }

// oldCardPage says whether an old card is still good.
type oldCardPage struct {
	Cards        []string
	Card, Answer string // Answer is a key of the catalogue
	Rule         citizen.Text
	Source       citizen.Text
}

// oldCards are the answers to "which card do you hold".
var oldCards = []string{"first", "second", "temporary"}

func (s *Server) oldCard(f *Feed, r *http.Request) (string, any) {
	p := oldCardPage{Cards: oldCards, Card: r.URL.Query().Get("card")}
	if !slices.Contains(oldCards, p.Card) {
		p.Card = ""
		return "old-card", p
	}
	p.Answer = "public.old." + p.Card
	if p.Card == "first" {
		rule, ok := citizen.RuleOn("card.first.valid", f.On)
		if !ok {
			rule, _ = citizen.RuleOn("card.first.invalid", f.On)
			p.Answer = "public.old.ended"
		}
		p.Rule, p.Source = rule.Text, rule.Citation.Text()
	}
	return "old-card", p
}

// statusPage answers where a card is.
type statusPage struct {
	Slip, Code string
	Wrong      string // key of what is wrong
	Found      *Status
	Office     Office
	Next       string // key of what the citizen does
}

func (s *Server) askStatus(*Feed, *http.Request) (string, any) { return "status", statusPage{} }

// status answers with slip and code. They come by POST, so that no log of addresses holds them.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	p := statusPage{Slip: r.PostFormValue("slip"), Code: r.PostFormValue("code")}
	status := http.StatusOK
	switch found, ok := s.feed.Load().Find(p.Slip, p.Code); {
	case !s.asks.Allow():
		p.Wrong, status = "public.status.busy", http.StatusTooManyRequests
	case strings.TrimSpace(p.Slip) == "" || strings.TrimSpace(p.Code) == "":
		p.Wrong, status = "public.status.empty", http.StatusUnprocessableEntity
	case !ok:
		p.Wrong, status = "public.status.none", http.StatusUnprocessableEntity
	default:
		p.Found, p.Office, p.Next = &found, s.feed.Load().Office(found.Unit), nextStep(found.Stage)
	}
	s.answer(w, r, func(*Feed, *http.Request) (string, any) { return "status", p }, status)
}

// nextStep is the key of what the citizen does at a stage; the general one where nothing is to be done.
func nextStep(stage string) string {
	if key := "public.next." + stage; words.At(key).Where != "" {
		return key
	}
	return "public.next.wait"
}

// poster is one notice as a sheet for the wall; slips are the same notice as slips to hand out.
func (s *Server) poster(f *Feed, r *http.Request) (string, any) {
	return "poster", f.turns(r.URL.Query().Get("area"))
}
func (s *Server) slips(f *Feed, r *http.Request) (string, any) {
	return "slips", f.turns(r.URL.Query().Get("area"))
}
