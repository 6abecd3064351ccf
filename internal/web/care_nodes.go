package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/exchange"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
)

// nodesView is the page of the neighbouring nodes, their certificates, and the admission of new ones.
type nodesView struct {
	Node, Fingerprint string
	NextKeys          bool
	Neighbours        table
	Chosen            *neighbourView // that is looked at
	Reason            field          // for suspending it
	Certificates      table
	Form              *form
	File, Units       field
	Request           *requestView
}

type neighbourView struct {
	exchange.Neighbour
	Units string
	Road  string
	Since int64
}

// requestView is what a request file says, before it is admitted.
type requestView struct {
	exchange.Request
	Fingerprint string
	Held        string // the request's attachment
	Units       string
}

func (s *Server) nodesPage(c *call) error {
	if err := c.keeper(chiefs); err != nil {
		return err
	}
	return c.showNodes(&form{}, nil)
}

func (c *call) showNodes(f *form, request *requestView) error {
	view := nodesView{Node: c.s.Exchange.Identity.Key.Node, Fingerprint: c.s.Exchange.Fingerprint(), NextKeys: c.s.Care.NextKeys(), Form: f, Request: request}
	view.File = field{Part: "file", ID: fieldID("request"), Name: "request", Label: c.t("care.nodes.request"), Hint: c.t("care.nodes.request.hint"), Required: true, Error: f.Error("request"), Held: f.Value("request")}
	view.Units = field{Part: "line", ID: fieldID("units"), Name: "units", Label: c.t("care.nodes.units"), Hint: c.t("care.nodes.units.hint"), Value: f.Value("units"), Error: f.Error("units"), Width: "l", Mono: true}
	neighbours, err := c.s.Exchange.Neighbours(c.ctx())
	if err != nil {
		return err
	}
	var certificates []journal.Certificate
	err = c.s.Office.DB.Read(c.ctx(), func(tx *store.Tx) error {
		certificates, err = journal.Certificates(c.ctx(), tx)
		return err
	})
	if err != nil {
		return err
	}
	view.Neighbours = table{Caption: c.t("care.nodes.neighbours"), Total: len(neighbours), Columns: []column{{Label: c.t("care.unit")}, {Label: c.t("care.nodes.node")}, {Label: c.t("care.exchange.road")},
		{Label: c.t("care.exchange.heard")}, {Label: c.t("care.nodes.since")}, {Label: c.t("care.nodes.serves")}, {Label: c.t("care.state")}}}
	chosen := cmp.Or(f.Value("node"), c.r.URL.Query().Get("node"))
	for _, nb := range neighbours {
		one := c.neighbourView(nb, certificates)
		line := row{Href: "/nodes?node=" + nb.Node, Cells: []cell{{Text: c.s.units.name(nb.Unit)}, {Text: nb.Node}, {Text: c.t(one.Road)}, {Text: instant(nb.HeardAt)}, {Text: instant(one.Since)},
			{Text: one.Units}, {Text: c.t("care.state.works"), Tag: "done"}}}
		if nb.Suspended != "" {
			line.Cells[6] = cell{Text: c.t("care.state.suspended"), Tag: "stop"}
		}
		if nb.Node == chosen {
			view.Chosen, line.Tone = &one, "selected"
		}
		view.Neighbours.Rows = append(view.Neighbours.Rows, line)
	}
	view.Reason = field{Part: "line", ID: fieldID("reason"), Name: "reason", Label: c.t("care.nodes.reason"), Required: true, Value: f.Value("reason"), Error: f.Error("reason"), Width: "l"}
	view.Certificates = table{Caption: c.t("care.nodes.certificates"), Total: len(certificates), Columns: []column{{Label: c.t("care.unit")}, {Label: c.t("care.nodes.node")},
		{Label: c.t("care.nodes.since")}, {Label: c.t("care.nodes.issuer")}}}
	for _, one := range certificates {
		issuer := c.nodeName(one.Issuer)
		if one.Issuer == one.Node {
			issuer = c.t("care.nodes.itself")
		}
		view.Certificates.Rows = append(view.Certificates.Rows, row{Cells: []cell{{Text: c.s.units.name(one.Unit)}, {Text: one.Node}, {Text: instant(one.From)}, {Text: issuer}}})
	}
	return c.page(f.status(), "care-nodes", view)
}

func (c *call) neighbourView(nb exchange.Neighbour, certificates []journal.Certificate) neighbourView {
	one := neighbourView{Neighbour: nb, Road: c.roadOf(nb)}
	for i, unit := range nb.Units {
		if i > 0 {
			one.Units += c.t("list.comma")
		}
		one.Units += c.s.units.name(unit)
	}
	if i := slices.IndexFunc(certificates, func(one journal.Certificate) bool { return one.Node == nb.Node }); i >= 0 {
		one.Since = certificates[i].From
	}
	return one
}

// admissionDone is the admission of a node: the file that goes back to it.
type admissionDone struct {
	Unit              event.Unit
	Node, Fingerprint string
	File              []byte
}

// admitNode reads a request, shows its fingerprint for two people to compare by telephone, and admits the node when that has been done.
func (s *Server) admitNode(c *call) error {
	if err := c.keeper(chiefs); err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	request, content, err := c.openRequest(f)
	if err != nil {
		return err
	}
	if request == nil || f.Value("compared") == "" {
		if request != nil && f.Values.Has("second") {
			f.wrong("compared", c.t("care.nodes.uncompared"), c.t("care.nodes.uncompared.mend"))
		}
		return c.showNodes(f, request)
	}
	var units []event.Unit
	for _, code := range strings.Fields(request.Units) {
		units = append(units, event.Unit(code))
	}
	admission, err := s.Exchange.Admit(c.ctx(), c.by.Operator, content, units, s.Care.Address)
	if refusal, ok := event.AsRefusal(err); ok {
		f.refuse(refusal, c.lang)
		return c.showNodes(f, request)
	}
	if err != nil {
		return err
	}
	return c.redirect(c.keep("admit", admissionDone{request.Unit, request.Node, request.Fingerprint, admission}).href())
}

// openRequest opens the request that a form holds; nil when there is none that can be read: the form then says so.
func (c *call) openRequest(f *form) (*requestView, []byte, error) {
	held := f.Value("request")
	if held == "" {
		f.wrong("request", c.t("care.nodes.no_request"), c.t("care.nodes.no_request.mend"))
		return nil, nil, nil
	}
	content, err := c.s.Office.Blobs.Get(held)
	if err != nil {
		f.wrong("request", c.t("care.nodes.no_request"), c.t("care.nodes.no_request.mend"))
		return nil, nil, nil
	}
	r, err := exchange.OpenRequest(content)
	if err != nil {
		f.Values.Del("request")
		f.wrong("request", c.t("care.nodes.bad_request"), c.t("care.nodes.bad_request.mend"))
		return nil, nil, nil
	}
	fingerprint, err := exchange.RequestFingerprint(content)
	if err != nil {
		return nil, nil, err
	}
	units := strings.Join(strings.FieldsFunc(f.Value("units"), func(r rune) bool { return strings.ContainsRune(" ,;、，；\r\n\t", r) }), " ")
	return &requestView{r, fingerprint, held, units}, content, nil
}

// suspendNode stops the exchange with a neighbour for a reason, or ends that.
func (s *Server) suspendNode(c *call) error {
	if err := c.keeper(chiefs); err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(f.Value("reason"))
	if f.Value("resume") != "" {
		reason = ""
	} else if reason == "" {
		f.wrong("reason", c.t("care.nodes.no_reason"), c.t("care.nodes.no_reason.mend"))
		return c.showNodes(f, nil)
	}
	err = s.Exchange.Suspend(c.ctx(), c.by.Operator, f.Value("node"), reason)
	if refusal, ok := event.AsRefusal(err); ok {
		f.refuse(refusal, c.lang)
		return c.showNodes(f, nil)
	}
	if err != nil {
		return err
	}
	return c.redirect("/nodes?node=" + url.QueryEscape(f.Value("node")))
}
