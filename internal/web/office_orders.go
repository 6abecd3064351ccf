package web

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/words"
)

// ordersPage is what can be ordered now, and the orders so far.
type ordersPage struct {
	Draft    *carddesk.OrderDraft // nil: the reader only looks
	Units    table
	Skipped  *table
	Form     *form
	Feedback *form
	File     field
	Orders   table
	Done     string // the order just made
}

func (s *Server) orders(c *call) error { return c.ordersPage(nil, nil) }

// ordersPage shows the orders; make and answer are forms that were refused.
func (c *call) ordersPage(refused, answer *form) (err error) {
	p := &ordersPage{Form: refused, Feedback: answer}
	list, err := ask[[]carddesk.OrderListed](c, "card.orders", fields{})
	if err != nil {
		return err
	}
	p.Orders = c.ordersTable(list)
	if c.may("card.order") {
		if err := p.draft(c); err != nil {
			return err
		}
	}
	p.Orders.Export = "1"
	status := http.StatusOK
	for _, f := range []*form{refused, answer} {
		if f != nil {
			status = f.status()
		}
	}
	return c.page(status, "office-orders", p)
}

func (p *ordersPage) draft(c *call) error {
	draft, err := ask[carddesk.OrderDraft](c, "card.order_draft", fields{})
	if err != nil {
		return err
	}
	p.Draft = &draft
	p.Units = c.unitTable(c.t("orders.from"), draft.Units)
	if len(draft.Skipped) > 0 {
		t := table{Caption: c.t("orders.skipped"), Total: len(draft.Skipped), Columns: c.officeColumns("acceptance_no", "unit", "why", "mend")}
		for _, x := range draft.Skipped {
			t.Rows = append(t.Rows, row{Href: "/check?" + url.Values{"application": {x.Application}}.Encode(), Tone: "late",
				Cells: []cell{{Text: x.AcceptanceNo}, {Text: c.s.units.name(x.Unit)}, {Text: x.Text.In(c.lang)}, {Text: x.Mend.In(c.lang)}}})
		}
		p.Skipped = &t
	}
	if p.Form == nil {
		p.Form = &form{Once: random(), Values: url.Values{}}
	}
	if p.Feedback == nil {
		p.Feedback = &form{Once: random(), Values: url.Values{}}
	}
	p.File, err = c.control(p.Feedback, "card.feedback", "digest")
	p.File.Label, p.File.Hint, p.File.Type = c.t("orders.file"), c.t("orders.file.hint"), ".jsonl,application/json"
	return err
}

// unitTable is how many of each unit.
func (c *call) unitTable(caption string, counts []carddesk.UnitCount) table {
	t := table{Caption: caption, Total: len(counts), Columns: []column{{Key: "unit", Label: c.cardLabel("unit")}, {Key: "n", Label: c.t("list.count"), Num: true}}}
	for _, x := range counts {
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: c.s.units.name(x.Unit)}, numberCell(x.N)}})
	}
	return t
}

// numberCell is a cell with a whole number.
func numberCell(n int64) cell { return cell{Text: strconv.FormatInt(n, 10), Num: true} }

func (c *call) ordersTable(list []carddesk.OrderListed) table {
	t := table{Caption: c.t("orders.list"), Total: len(list), Sorted: "-at", Columns: []column{{Key: "at", Label: c.t("orders.at")}, {Key: "operator", Label: c.cardLabel("operator")},
		{Key: "count", Label: c.t("orders.cards"), Num: true}, {Key: "made", Label: c.cardLabel("made"), Num: true}, {Key: "rejected", Label: c.cardLabel("rejected"), Num: true},
		{Key: "open", Label: c.t("orders.open"), Num: true}, {Key: "exceptions", Label: c.cardLabel("exceptions"), Num: true}, {Key: "state", Label: c.cardLabel("state")}, {Key: "answered_at", Label: c.t("orders.answered")}}}
	for i := range list {
		o := &list[i]
		tone, word := orderState(o)
		t.Rows = append(t.Rows, row{Href: "/orders/" + url.PathEscape(o.Order), Cells: []cell{{Text: instant(o.At)}, {Text: o.Operator}, numberCell(o.Count), numberCell(o.Made), numberCell(o.Rejected),
			numberCell(o.Open), numberCell(o.Exceptions), {Text: c.t("orders.state." + word), Tag: tone}, {Text: instant(o.Answered)}}})
	}
	return t
}

// orderState is the tone and the word of an order's state.
func orderState(o *carddesk.OrderListed) (tone, word string) {
	switch {
	case o.Answered == 0:
		return "wait", "sent"
	case o.Open > 0:
		return "info", "partly"
	case o.Exceptions > 0:
		return "late", "exceptions"
	}
	return "done", "answered"
}

// makeOrder makes an order of everything that the draft showed.
func (s *Server) makeOrder(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	made, ok, err := act[*carddesk.OrderResult](c, f, "card.order", fields{})
	if err != nil {
		return err
	}
	if !ok {
		return c.ordersPage(f, nil)
	}
	return c.sentTo("/orders/"+url.PathEscape(made.Order), url.Values{"made": {"1"}})
}

// orderPage is one order.
type orderPage struct {
	carddesk.OrderListed
	Made  bool   // it has just been made
	Unit  string // the unit whose order it is
	Facts []fact
	Tag   [2]string
	May   bool
	Form  *form
}

func (c *call) findOrder() (*orderPage, error) {
	id := c.r.PathValue("order")
	list, err := ask[[]carddesk.OrderListed](c, "card.orders", fields{"order": id})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, event.Refuse("card.no_order", "", words.Get("orders.none"), words.Get("orders.none.mend"))
	}
	o := &orderPage{OrderListed: list[0], Made: c.r.URL.Query().Has("made"), Unit: c.s.units.name(c.by.Unit), May: c.may("card.order_file"), Form: &form{Once: random(), Values: url.Values{}}}
	tone, word := orderState(&o.OrderListed)
	o.Tag = [2]string{tone, c.t("orders.state." + word)}
	o.Facts = []fact{{Label: c.t("orders.no"), Text: o.Order, Tone: "wide"}, {Label: c.t("orders.at"), Text: instant(o.At)}, {Label: c.cardLabel("operator"), Text: o.Operator},
		{Label: c.t("orders.cards"), Text: strconv.FormatInt(o.Count, 10)}, {Label: c.cardLabel("made"), Text: strconv.FormatInt(o.OrderMade.Made, 10)},
		{Label: c.cardLabel("rejected"), Text: strconv.FormatInt(o.Rejected, 10)}, {Label: c.t("orders.open"), Text: strconv.FormatInt(o.Open, 10)},
		{Label: c.cardLabel("exceptions"), Text: strconv.FormatInt(o.Exceptions, 10)}, {Label: c.t("orders.digest"), Text: o.Digest, Tone: "wide"}}
	if o.Answered != 0 {
		o.Facts = append(o.Facts, fact{Label: c.t("orders.answered"), Text: instant(o.Answered)})
	}
	return o, nil
}

func (s *Server) order(c *call) error {
	o, err := c.findOrder()
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "office-order", o)
}

func (s *Server) orderSheet(c *call) error {
	o, err := c.findOrder()
	if err != nil {
		return err
	}
	return c.paper("office-order-sheet", o)
}

// orderFile sends the order's file for the maker. Who took it out is recorded, for it holds everybody's items and pictures.
func (s *Server) orderFile(c *call) error {
	file, err := ask[carddesk.OrderFile](c, "card.order_file", fields{"order": c.r.PathValue("order"), "purpose": officePurpose("order_file")})
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/x-tar")
	c.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "order-" + file.Order + ".tar"}))
	return carddesk.WriteOrder(c.w, c.s.Office.Blobs, c.s.Office.Key, file.Digest)
}

// feedbackPage is what a feedback file said.
type feedbackPage struct {
	card.FeedbackTaken
	Packages   *table
	Exceptions *table
}

// takeFeedback takes in a file of the maker's and shows what it said. Sent again, the form gives the same answer.
func (s *Server) takeFeedback(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	if f.Value("digest") == "" {
		f.wrong("digest", c.t("orders.no_file"), c.t("orders.no_file.mend"))
	}
	taken, ok, err := act[card.FeedbackTaken](c, f, "card.feedback", fields{"digest": f.Value("digest")})
	if err != nil {
		return err
	}
	if !ok {
		return c.ordersPage(nil, f)
	}
	p := feedbackPage{FeedbackTaken: taken}
	if len(taken.Packages) > 0 {
		t := table{Caption: c.t("feedback.packages"), Total: len(taken.Packages), Columns: []column{{Key: "package", Label: c.cardLabel("package")}, {Key: "n", Label: c.t("list.count"), Num: true}}}
		for _, x := range taken.Packages {
			t.Rows = append(t.Rows, row{Href: consignmentHref(x.Package), Cells: []cell{{Text: x.Package}, numberCell(int64(len(x.Cards)))}})
		}
		p.Packages = &t
	}
	if len(taken.Exceptions) > 0 {
		t := table{Caption: c.t("feedback.exceptions"), Total: len(taken.Exceptions), Columns: []column{{Key: "line", Label: c.t("feedback.line"), Num: true}, {Key: "code", Label: c.cardLabel("why")}, {Key: "code_name", Label: c.t("feedback.code")}}}
		for _, x := range taken.Exceptions {
			t.Rows = append(t.Rows, row{Tone: "late", Cells: []cell{numberCell(int64(x.Line)), {Text: c.exception(x.Code)}, {Text: x.Code}}})
		}
		p.Exceptions = &t
	}
	return c.page(http.StatusOK, "office-feedback", p)
}
