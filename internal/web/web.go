// Package web is the pages for people: server-rendered, in Chinese and English, every one of them a desk's action seen
// (docs/adr/0008-pages.md). It has no SQL of the rooms and decides nothing.
package web

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what pages need of a node.
type Config struct {
	Office   *office.Office
	Exchange *exchange.Node
	Log      *slog.Logger
	Care     *Care // of the node itself; nil: its pages are not there
	Secure   bool  // served over TLS: cookies are sent over TLS only
	Tour     *Tour // of a demonstration; nil: this is none
}

// Server serves the pages of one node.
type Server struct {
	Config
	pages  map[string]*template.Template // by language and name, as "zh/home"
	units  unitNames
	counts countCache
	boards boardCache
	mux    *http.ServeMux
	menu   []entry // what stands at the left, by role
	jobs   jobs
	secret string // hides the forms' counts of entries
}

// Migration is the pages' local tables.
func Migration() store.Migration { return store.Embedded("web", migrations) }

// New makes the pages of a node and brings their tables up to date.
func New(ctx context.Context, config Config) (*Server, error) {
	if err := config.Office.DB.Migrate(ctx, Migration()); err != nil {
		return nil, err
	}
	s := &Server{Config: config, mux: http.NewServeMux()}
	s.jobs.ctx = ctx
	s.secret = digestOf("forms" + string(config.Office.Key.Seed())) // the same for every process that serves the node
	if err := s.parsePages(); err != nil {
		return nil, err
	}
	for _, road := range roads {
		s.menu = append(s.menu, road.menu...)
		road.routes(s)
	}
	if config.Tour != nil {
		s.tourRoutes()
	}
	return s, nil
}

// warmEvery is how often figures that entries have altered are worked out anew, so that a page seldom waits for it.
const warmEvery = time.Minute

// Warm works out, until ctx ends, what pages say of every station: at once after the start and at the beginning of a day, when all of it is new, a page of a large city would wait for seconds.
func (s *Server) Warm(ctx context.Context) {
	every := time.NewTicker(warmEvery)
	defer every.Stop()
	for {
		if err := s.warmOnce(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("figures", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

func (s *Server) warmOnce(ctx context.Context) error {
	var stations []event.Unit
	if err := s.Office.DB.Read(ctx, func(tx *store.Tx) (err error) {
		stations, err = registerdb.Stations(ctx, tx, s.Office.City)
		return err
	}); err != nil {
		return err
	}
	today := citizen.DateOf(s.Office.Clock())
	for _, station := range stations { // each on a snapshot of its own
		if err := s.Office.DB.Read(ctx, func(tx *store.Tx) error {
			_, standing := verifydesk.StandingOf(ctx, tx, station)
			_, headless := registerdb.WithoutHead(ctx, tx, station, "", "")
			return errors.Join(standing, headless, programmedesk.Warm(ctx, tx, station, today))
		}); err != nil {
			return err
		}
	}
	return nil
}

// road is one part of the pages made by hand: its routes, and its entries of the menu at the left.
type road struct {
	routes func(*Server)
	menu   []entry
}

// roads lists the parts in the order in which the menu shows them.
var roads = []road{frameRoad, windowRoad, registerRoad, rareRoad, fieldRoad, officeRoad, leaderRoad, careRoad, searchRoad, viewRoad, bulkRoad, actionRoad}

// Handler serves the pages. It refuses what another site sends, what is too big, and gives every answer its headers.
func (s *Server) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, func(c *call) error { return c.fail(http.StatusForbidden, "error.other_site") })
	}))
	return Headers(guard.Handler(http.HandlerFunc(s.route)))
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.serve(w, r, func(c *call) error { return c.fail(http.StatusNotFound, "error.no_page") })
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Headers sets what every answer carries: nothing is framed, nothing of another origin is loaded, nothing is kept by the browser.
func Headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// get registers a page for people who are signed in.
func (s *Server) get(path string, fn handler) { s.mux.HandleFunc("GET "+path, s.signedIn(fn)) }

// post registers what a form of such a page does.
func (s *Server) post(path string, fn handler) { s.mux.HandleFunc("POST "+path, s.signedIn(fn)) }

// open registers a page that needs no sign-in.
func (s *Server) open(pattern string, fn handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, fn) })
}

func (s *Server) signedIn(fn handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.serve(w, r, func(c *call) error {
			if c.by == nil {
				return c.askSignIn()
			}
			if c.by.Given && r.URL.Path != "/password" {
				return c.redirect("/password")
			}
			return c.withView(fn)
		})
	}
}
