package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/words"
)

// Tour leads a visitor through a demonstration. While it is set, everybody may enter as any operator without a password: its people are synthetic.
type Tour struct {
	Steps    []TourStep        // shown at the node that has them; the others only let visitors in
	Password string            // of all operators
	Home     string            // address of the page that shows the steps
	Pictures map[string][]byte // drawn photographs by name, for whoever has no camera
}

// TourStep is one thing to see: the catalogue's texts under tour.<Key>, .text and .<link>.
type TourStep struct {
	Key   string
	Links []TourLink
	Told  TourFact // what a visitor could not know; no key: nothing
}

// TourFact is a sentence of the catalogue about one value, as what stands in a paper that nobody can hand to a visitor.
type TourFact struct{ Key, Value string }

// TourLink leads into a page of a node as an operator, or does something that only a demonstration can do, as pulling a disk.
type TourLink struct {
	Key  string // of the catalogue
	Node string // address of the node's pages, "http://127.0.0.1:8080"
	As   string // login
	To   string // path
	Act  func(context.Context) error
	Name string // of Act
	File string // a picture to save, instead of a page
}

// URL is where the link leads.
func (l TourLink) URL() string {
	if l.File != "" {
		return l.Node + "/tour/picture/" + l.File
	}
	return l.Node + "/tour/enter?" + url.Values{"as": {l.As}, "to": {l.To}}.Encode()
}

func (s *Server) tourRoutes() {
	s.open("GET /tour", s.tour)
	s.open("GET /tour/enter", s.tourEnter)
	s.open("POST /tour/act", s.tourAct)
	s.open("GET /tour/picture/{name}", s.tourPicture)
}

type tourPage struct {
	*Tour
	Did string // key of what has just been done
}

func (s *Server) tour(c *call) error {
	if len(s.Tour.Steps) == 0 {
		return c.redirect(s.Tour.Home)
	}
	return c.page(http.StatusOK, "tour", tourPage{s.Tour, c.r.URL.Query().Get("did")})
}

// tourEnter signs the visitor in as an operator of the demonstration.
func (s *Server) tourEnter(c *call) error {
	login, to := c.r.URL.Query().Get("as"), c.r.URL.Query().Get("to")
	var op office.Operator
	var ok bool
	err := s.Office.DB.Read(c.ctx(), func(tx *store.Tx) (err error) {
		op, ok, err = s.Office.Directory.Operator(c.ctx(), tx, login)
		return err
	})
	if err != nil {
		return err
	}
	if !ok {
		return event.Refuse("web.no_operator", "", words.Get("tour.no_operator", login), words.Get("tour.no_operator.mend"))
	}
	if err := c.begin(op); err != nil {
		return err
	}
	if !local(to) {
		to = "/"
	}
	return c.redirect(to)
}

// tourAct does what only a demonstration can do, and shows the steps again.
func (s *Server) tourAct(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		return err
	}
	name := c.r.PostForm.Get("act")
	for _, step := range s.Tour.Steps {
		for _, link := range step.Links {
			if link.Act != nil && link.Name == name {
				if err := link.Act(c.ctx()); err != nil {
					return err
				}
				return c.redirect("/tour?did=" + url.QueryEscape(link.Key) + "#" + step.Key)
			}
		}
	}
	return c.fail(http.StatusNotFound, "error.no_page")
}

// tourPicture gives a drawn photograph to be saved.
func (s *Server) tourPicture(c *call) error {
	picture, ok := s.Tour.Pictures[c.r.PathValue("name")]
	if !ok {
		return c.fail(http.StatusNotFound, "error.no_page")
	}
	c.w.Header().Set("Content-Type", "image/jpeg")
	c.w.Header().Set("Content-Disposition", "attachment")
	_, err := c.w.Write(picture)
	return err
}
