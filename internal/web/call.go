package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// handler answers one request. A refusal that it returns is shown as a page of its own; any other error as a number to quote.
type handler func(*call) error

// call is one request in its reader's language.
type call struct {
	s    *Server
	w    http.ResponseWriter
	r    *http.Request
	lang string // zh or en
	by   *session
	view *savedView // what was typed into the forms of the page, where its address names it

	waits   *carddesk.Waiting          // what waits at the window, once it was asked for
	counted map[string]*office.Done    // while the menu is counted: what has been asked, by action and input
	atLeft  []menuItem                 // the menu, where the page itself shows it too
	sizes   map[journal.TreeName]int64 // of the trees, before anything that the page shows was read
}

// Sizes of what a browser may send: a form with a scan in it, and one without.
const (
	maxUpload = 16 << 20
	maxForm   = 1 << 20
)

// serve runs a handler within its limits and shows what went wrong.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, fn handler) {
	c := &call{s: s, w: w, r: r, lang: Language(r)}
	limit := int64(maxForm)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		limit = maxUpload
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	err := c.loadSession()
	if err == nil {
		err = c.guarded(fn)
	}
	if err != nil {
		c.showError(err)
	}
}

// guarded runs a handler; where it panics, its reader gets a number to quote as for any other failure, and the log the stack.
func (c *call) guarded(fn handler) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("web: panic: %v\n%s", what, debug.Stack())
		}
	}()
	return fn(c)
}

// businessDay is the office's day.
func (c *call) businessDay() citizen.Date { return citizen.DateOf(c.s.Office.Clock()) }

func (c *call) ctx() context.Context { return c.r.Context() }

// showError answers with a page for an error that no form has taken.
func (c *call) showError(err error) {
	var tooBig *http.MaxBytesError
	refusal, refused := event.AsRefusal(err)
	var shown error
	switch {
	case refused:
		shown = c.page(refusedStatus(refusal), "refused", refusal)
	case errors.As(err, &tooBig):
		shown = c.fail(http.StatusRequestEntityTooLarge, "error.too_big")
	case c.ctx().Err() != nil:
		return // the reader has gone
	default:
		number := quote()
		c.s.Log.Error("page", "number", number, "path", c.r.URL.Path, "error", err)
		shown = c.fail(http.StatusInternalServerError, "error.machine", number)
	}
	if shown != nil {
		c.s.Log.Error("page", "path", c.r.URL.Path, "error", shown)
	}
}

// refusedStatus tells programs what kind of "no" it is.
func refusedStatus(r *event.Refusal) int {
	switch r.Code {
	case "office.role", "office.level", "office.other_unit", "office.other_area":
		return http.StatusForbidden
	case "office.no_action":
		return http.StatusNotFound
	case "office.stale":
		return http.StatusConflict
	case "office.busy":
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

// quote makes a number by which a machine's failure is found in the log.
func quote() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b)
	return strings.ToUpper(hex.EncodeToString(b))
}

// failure is what the page "failed" shows.
type failure struct{ Title, Text, Mend string }

// fail answers with a page of one sentence and what to do: the catalogue's texts under key and key.mend.
func (c *call) fail(status int, key string, args ...any) error {
	return c.page(status, "failed", failure{c.t(key + ".title"), c.t(key, args...), c.t(key + ".mend")})
}

// t is a text of the catalogue in the reader's language.
func (c *call) t(key string, args ...any) string { return words.Get(key, args...).In(c.lang) }

// redirect sends the reader to a page with GET.
func (c *call) redirect(path string) error {
	http.Redirect(c.w, c.r, path, http.StatusSeeOther)
	return nil
}

// here is the page's own path and query.
func (c *call) here() string { return c.r.URL.RequestURI() }

// comeBack is where a reader who changes the language goes: this page, or the one whose form was refused here.
func (c *call) comeBack() string {
	from, err := url.Parse(c.r.Referer())
	if c.r.Method != http.MethodPost || err != nil || from.Host != c.r.Host || !local(from.RequestURI()) {
		return c.here()
	}
	return from.RequestURI()
}

// local tells whether a text names a page of this site, and nothing else.
func local(path string) bool {
	u, err := url.Parse(path)
	return err == nil && u.Scheme == "" && u.Host == "" && u.User == nil && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") && !strings.Contains(path, "\\")
}

// withQuery adds parameters to a path, so that the page that follows an act can say what was done.
func withQuery(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	return path + sep + query.Encode()
}

// fields is an action's input as pages write it.
type fields = map[string]any

// ask does an action that only looks, and gives its result.
func ask[O any](c *call, action string, in any) (out O, err error) {
	done, err := c.do(action, in, office.Guard{})
	if err != nil {
		return out, err
	}
	return result[O](done)
}

// do does an action in the operator's name.
func (c *call) do(action string, in any, guard office.Guard) (*office.Done, error) {
	if c.by == nil {
		return nil, errors.New("web: nobody is signed in")
	}
	input, ok := in.(json.RawMessage)
	if !ok {
		var err error
		if input, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	if err := c.mark(); err != nil {
		return nil, err
	}
	key := action + string(input)
	if done := c.counted[key]; done != nil {
		return done, nil
	}
	done, err := c.s.Office.DoGuarded(c.ctx(), c.by.Operator, action, input, guard)
	if err == nil && c.counted != nil {
		c.counted[key] = done
	}
	return done, c.s.units.named(err)
}

// result takes an action's result as its type: as the desk gave it, or as it was kept when the form was sent before.
func result[O any](done *office.Done) (out O, err error) {
	switch kept := done.Result.(type) {
	case O:
		return kept, nil
	case json.RawMessage:
		return out, json.Unmarshal(kept, &out)
	}
	return out, fmt.Errorf("web: the action gives %T, not %T", done.Result, out)
}

// may tells whether the policy lets the operator do an action: what a page offers.
func (c *call) may(action string) bool {
	a, ok := c.s.Office.Action(action)
	return ok && c.by != nil && a.May(c.by.Operator)
}
