package web

import (
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/words"
)

// viewField is the name in an address of what was typed on its page.
const viewField = "view"

// viewKept is how long an unnamed view is kept: as long as a working day with its evening.
const viewKept = 24 * time.Hour

// maxViews is how many saved views an operator may have of one page, and maxViewName how many letters the name of one may have.
const (
	maxViews    = 20
	maxViewName = 30
)

// maxAsked is how long, in bytes, what is typed to look something up may be.
const maxAsked = 8 << 10

// savedView is what an operator typed into the forms of a page that look something up.
type savedView struct {
	ID, Name string
	Href     string
	Here     bool
	query    url.Values // what the address says beside it
	typed    url.Values
}

var viewRoad = road{routes: func(s *Server) { s.post("/-/ask", s.keepAsked) }}

// asked is the page's query with what was typed into its forms, which its address does not tell.
func (c *call) asked() url.Values {
	query := c.r.URL.Query()
	if c.view != nil {
		for name, values := range c.view.typed {
			if !query.Has(name) {
				query[name] = values
			}
		}
	}
	return query
}

// loadView reads the view that the address names; ok is false where it is not kept any more, is somebody else's or of another page.
func (c *call) loadView() (ok bool, err error) {
	id := c.r.URL.Query().Get(viewField)
	if id == "" {
		return true, nil
	}
	c.view, err = c.findView(id, c.r.URL.Path)
	return c.view != nil, err
}

func (c *call) findView(id, page string) (found *savedView, err error) {
	v := savedView{ID: id}
	var query, typed string
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		ok, err := tx.Find(c.ctx(), "select name, query, typed from web_view where id = $1 and operator = $2 and page = $3", []any{id, c.by.ID, page}, &v.Name, &query, &typed)
		if ok {
			found = &v
		}
		return err
	})
	v.query, _ = url.ParseQuery(query) // it was encoded here
	v.typed, _ = url.ParseQuery(typed)
	return found, err
}

// savedViews lists the saved views of the page.
func (c *call) savedViews() (all []savedView, err error) {
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		all, err = store.Select(c.ctx(), tx, "select id, name, query from web_view where operator = $1 and page = $2 and name <> '' order by at, id", []any{c.by.ID, c.r.URL.Path},
			func(rows *sql.Rows) (v savedView, err error) {
				var query string
				if err = rows.Scan(&v.ID, &v.Name, &query); err != nil {
					return v, err
				}
				v.query, err = url.ParseQuery(query)
				v.Href, v.Here = viewHref(c.r.URL.Path, v.query, v.ID), c.view != nil && c.view.ID == v.ID
				return v, err
			})
		return err
	})
	return all, err
}

func viewHref(path string, query url.Values, id string) string {
	q := url.Values{}
	for name, values := range query {
		q[name] = values
	}
	q.Del(viewField)
	if id != "" {
		q.Set(viewField, id)
	}
	return withQuery(path, q)
}

// keepAsked takes what was typed into a form that looks something up, and opens its page with it: a search's fields, a list's filters, the name under which they are saved,
// or the saved view that is dropped. The form says in _page where it stands, and a list's form in _list how its fields begin.
func (s *Server) keepAsked(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		return err
	}
	form := c.r.PostForm
	page, err := url.Parse(form.Get("_page"))
	if err != nil || !local(form.Get("_page")) {
		return c.redirect("/")
	}
	query := page.Query()
	before, err := c.findView(query.Get(viewField), page.Path)
	if err != nil {
		return err
	}
	for _, name := range []string{viewField, "export", "page", "after", "after_unit", "after_no"} {
		query.Del(name)
	}
	if drop := form.Get("_drop"); drop != "" {
		return c.dropView(drop, page.Path, query)
	}
	typed := url.Values{}
	if form.Has("_list") && before != nil {
		for name, values := range before.typed {
			if !strings.HasPrefix(name, form.Get("_list")) {
				typed[name] = values
			}
		}
	}
	for name, values := range form {
		if !strings.HasPrefix(name, "_") && strings.Join(values, "") != "" && form.Get("_do") != "clear" {
			typed[name] = values
		}
	}
	if !form.Has("_list") {
		for name := range form { // what the address said of the same fields is typed anew
			query.Del(name)
		}
	}
	name := []rune(strings.TrimSpace(form.Get("_name")))
	if form.Get("_do") != "save" {
		name = nil
	}
	if len(typed.Encode())+len(query.Encode()) > maxAsked {
		return c.fail(http.StatusRequestEntityTooLarge, "error.too_big")
	}
	if len(typed) == 0 && len(name) == 0 {
		return c.redirect(viewHref(page.Path, query, ""))
	}
	id, err := c.storeView(page.Path, string(name[:min(len(name), maxViewName)]), query, typed)
	if err != nil {
		return err
	}
	return c.redirect(viewHref(page.Path, query, id))
}

// openWith opens a page with what is asked of it, which its address does not tell.
func (c *call) openWith(page string, asked url.Values) error {
	if len(asked.Encode()) > maxAsked {
		return c.fail(http.StatusRequestEntityTooLarge, "error.too_big")
	}
	id, err := c.storeView(page, "", url.Values{}, asked)
	if err != nil {
		return err
	}
	return c.redirect(viewHref(page, url.Values{}, id))
}

// storeView keeps what was typed and gives its id for the address of the page.
func (c *call) storeView(page, name string, query, typed url.Values) (id string, err error) {
	id = random()[:22]
	now := c.s.Office.Clock()
	return id, c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		if _, err := tx.Exec(c.ctx(), "delete from web_view where name = '' and at < $1", now.Add(-viewKept).UnixMilli()); err != nil {
			return err
		}
		if name != "" { // of one name there is one
			if _, err := tx.Exec(c.ctx(), "delete from web_view where operator = $1 and page = $2 and name = $3", c.by.ID, page, name); err != nil {
				return err
			}
			var n int
			if _, err := tx.Find(c.ctx(), "select count(*) from web_view where operator = $1 and page = $2 and name <> ''", []any{c.by.ID, page}, &n); err != nil {
				return err
			}
			if n >= maxViews {
				return event.Refuse("web.views", "", words.Get("view.many", maxViews), words.Get("view.many.mend"))
			}
		}
		_, err := tx.Exec(c.ctx(), "insert into web_view(id, operator, page, name, query, typed, at) values($1, $2, $3, $4, $5, $6, $7)",
			id, c.by.ID, page, name, query.Encode(), typed.Encode(), now.UnixMilli())
		return err
	})
}

func (c *call) dropView(id, page string, query url.Values) error {
	err := c.s.Office.DB.Write(c.ctx(), func(tx *store.Tx) error {
		_, err := tx.Exec(c.ctx(), "delete from web_view where id = $1 and operator = $2", id, c.by.ID)
		return err
	})
	if err != nil {
		return err
	}
	return c.redirect(viewHref(page, query, ""))
}

// forgetAsked drops what an operator typed, at sign-out; saved views stay.
func (c *call) forgetAsked(tx *store.Tx) error {
	_, err := tx.Exec(c.ctx(), "delete from web_view where operator = $1 and name = ''", c.by.ID)
	return err
}

// withView opens a page with the view that its address names, or without one that is not kept any more.
func (c *call) withView(fn handler) error {
	ok, err := c.loadView()
	if err != nil {
		return err
	}
	if !ok && c.r.Method == http.MethodGet {
		return c.redirect(c.address(viewField).RequestURI())
	}
	return fn(c)
}
