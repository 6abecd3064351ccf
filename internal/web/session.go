package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
)

// session is one operator at one browser.
type session struct {
	office.Operator
	Name    string
	Purpose string // of the last free search
	Given   bool   // the password was given by a supervisor: another has to be taken first
	digest  string
	began   int64
	seen    int64
}

// languageCookie holds the reader's language.
const languageCookie = "huzheng-lang"

// sessionCookie is named after the node: on one machine a browser sends the cookies of every port.
func (s *Server) sessionCookie() string { return s.Office.Key.Node }

// A session ends after an hour of rest, and with the business day on which it began.
const (
	RestLimit   = time.Hour
	seenSeldom  = time.Minute // how stale the time of the last request may be before it is written again
	languageFor = 365 * 24 * time.Hour
)

// Language is the reader's: the cookie's, else Chinese unless the browser asks for English first.
func Language(r *http.Request) string {
	if cookie, err := r.Cookie(languageCookie); err == nil && (cookie.Value == "en" || cookie.Value == "zh") {
		return cookie.Value
	}
	if accept := r.Header.Get("Accept-Language"); len(accept) >= 2 && accept[:2] == "en" {
		return "en"
	}
	return "zh"
}

func digestOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// random is a text that nobody guesses.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// livePath is asked by a page that lies open, not by a person: it keeps no session from coming to rest.
const livePath = "/-/live"

// loadSession finds who asks; nobody is no error.
func (c *call) loadSession() error {
	c.by = nil
	cookie, err := c.r.Cookie(c.s.sessionCookie())
	if err != nil {
		return nil
	}
	now := c.s.Office.Clock()
	digest := digestOf(cookie.Value)
	var found *session
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		if found, err = c.readSession(tx, digest, now); err != nil || found == nil {
			return err
		}
		return c.s.units.load(c.ctx(), tx, now) // before anything on the page says a unit's name
	})
	if err != nil || found == nil {
		return err
	}
	c.by = found
	if now.UnixMilli()-found.seen < seenSeldom.Milliseconds() || c.r.URL.Path == livePath {
		return nil
	}
	return c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		_, err := tx.Exec(c.ctx(), "update web_session set seen = $1 where digest = $2", now.UnixMilli(), digest)
		return err
	})
}

// readSession reads a session that still holds: of the same day, not at rest for long, of an operator in service with the same password.
func (c *call) readSession(tx *store.Tx, digest string, now time.Time) (*session, error) {
	s := session{digest: digest}
	var operator, login, mark string
	ok, err := tx.Find(c.ctx(), "select operator, login, mark, began, seen, purpose from web_session where digest = $1", []any{digest},
		&operator, &login, &mark, &s.began, &s.seen, &s.Purpose)
	if err != nil || !ok {
		return nil, err
	}
	if now.UnixMilli()-s.seen > RestLimit.Milliseconds() || citizen.DateOf(time.UnixMilli(s.began)) != citizen.DateOf(now) {
		return nil, nil
	}
	op, ok, err := c.s.Office.Directory.Operator(c.ctx(), tx, login)
	if err != nil || !ok || op.ID != operator {
		return nil, err
	}
	if is, err := office.PasswordMark(c.ctx(), tx, op.ID); err != nil || is != mark {
		return nil, err
	}
	if s.Given, err = office.PasswordGiven(c.ctx(), tx, op.ID); err != nil {
		return nil, err
	}
	s.Operator = op
	appointment, _, err := sitedb.OperatorByID(c.ctx(), tx, op.ID)
	s.Name = appointment.Name
	return &s, err
}

// signInPage is what the sign-in page shows.
type signInPage struct {
	Login, Next string
	Refusal     *event.Refusal
	Unit        string
	Ended       bool // the session ended under a form
}

func (s *Server) showSignIn(c *call) error {
	next := c.r.URL.Query().Get("next")
	if !local(next) {
		next = "/"
	}
	if c.by != nil {
		return c.redirect(next)
	}
	return c.page(http.StatusOK, "sign-in", signInPage{Next: next})
}

// askSignIn asks for a name and password, and then leads to the page that was wanted, or to that of the form that was sent.
func (c *call) askSignIn() error {
	if c.r.Method != http.MethodGet {
		return c.page(http.StatusUnauthorized, "sign-in", signInPage{Next: c.comeBack(), Ended: true})
	}
	return c.redirect("/sign-in?next=" + url.QueryEscape(c.here()))
}

func (s *Server) signIn(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		return err
	}
	login, next := c.r.PostForm.Get("login"), c.r.PostForm.Get("next")
	op, err := s.Office.SignIn(c.ctx(), login, c.r.PostForm.Get("password"))
	if refusal, ok := event.AsRefusal(err); ok {
		return c.page(http.StatusUnprocessableEntity, "sign-in", signInPage{Login: login, Next: next, Refusal: refusal})
	}
	if err != nil {
		return err
	}
	if err := c.begin(op); err != nil {
		return err
	}
	if !local(next) {
		next = "/"
	}
	return c.redirect(next)
}

// begin opens a session for an operator at this browser.
func (c *call) begin(op office.Operator) error {
	token, now := random(), c.s.Office.Clock().UnixMilli()
	err := c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		mark, err := office.PasswordMark(c.ctx(), tx, op.ID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(c.ctx(), "delete from web_session where seen < $1", now-24*RestLimit.Milliseconds()); err != nil {
			return err
		}
		_, err = tx.Exec(c.ctx(), "insert into web_session(digest, operator, login, mark, began, seen, purpose) values($1, $2, $3, $4, $5, $5, '')",
			digestOf(token), op.ID, op.Login, mark, now)
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(c.w, &http.Cookie{Name: c.s.sessionCookie(), Value: token, Path: "/", HttpOnly: true, Secure: c.s.Secure, SameSite: http.SameSiteStrictMode})
	return nil
}

func (s *Server) signOut(c *call) error {
	if c.by != nil {
		err := s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
			if _, err := tx.Exec(c.ctx(), "delete from web_session where digest = $1", c.by.digest); err != nil {
				return err
			}
			return c.forgetAsked(tx)
		})
		if err != nil {
			return err
		}
	}
	http.SetCookie(c.w, &http.Cookie{Name: s.sessionCookie(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteStrictMode})
	return c.redirect("/sign-in")
}

// setLanguage keeps the reader's language and goes back to the page.
func (s *Server) setLanguage(c *call) error {
	SetLanguage(c.w, c.r, s.Secure)
	return nil
}

// SetLanguage answers ?to=en&back=/page: the language goes into a cookie, and the reader back to the page.
func SetLanguage(w http.ResponseWriter, r *http.Request, secure bool) {
	lang, back := r.URL.Query().Get("to"), r.URL.Query().Get("back")
	if lang != "en" {
		lang = "zh"
	}
	if !local(back) {
		back = "/"
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: lang, Path: "/", MaxAge: int(languageFor.Seconds()), HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, back, http.StatusSeeOther)
}
