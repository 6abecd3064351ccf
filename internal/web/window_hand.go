package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
)

// handOverPage finds a card that waits here.
type handOverPage struct {
	Query  string
	Form   *form
	Told   table // applicants who were told
	Untold table // cards that have come, and nobody was told
	Names  int
	Way    field
	Done   string // how many were told just now
	Bulk   []link

	Unclaimed string // leads to the list of cards that nobody has collected
}

// handOverList finds a card by slip, acceptance number, citizen number, card number or name; one that fits is opened at once.
func (s *Server) handOverList(c *call) error {
	p := &handOverPage{Query: strings.TrimSpace(c.asked().Get("q")), Form: &form{Once: random(), Values: url.Values{}}, Done: c.said("window.told.now", "told")}
	if isSlip(p.Query) {
		a, err := c.slipOf(p.Form, p.Query)
		if err != nil {
			return err
		}
		if a != nil {
			return c.redirect("/hand-over/" + url.PathEscape(a.ID))
		}
	}
	told, err := c.listed(card.StageNotified)
	if err != nil {
		return err
	}
	untold, err := c.listed(card.StageArrived)
	if err != nil {
		return err
	}
	if p.Query != "" && len(p.Form.Errors) == 0 {
		if p.Form.Values.Set("q", p.Query); searchBy(p.Query) == "number" {
			return c.handByNumber(p)
		}
		fits := func(l carddb.Listed) bool {
			return l.Name != p.Query && l.CardNo != p.Query && !strings.HasPrefix(l.Name, p.Query)
		}
		told, untold = slices.DeleteFunc(told, fits), slices.DeleteFunc(untold, fits)
		if len(told)+len(untold) == 1 {
			return c.redirect("/hand-over/" + url.PathEscape(append(told, untold...)[0].Application))
		}
	}
	return c.showHandList(p, told, untold)
}

// listed lists the applications of the operator's unit at a stage.
func (c *call) listed(stage card.Stage) ([]carddb.Listed, error) {
	return ask[[]carddb.Listed](c, "card.list", fields{"stage": stage, "purpose": windowPurpose(), "limit": longList})
}

// longList is how many lines a list of the window has at most.
const longList = 500

func (c *call) handByNumber(p *handOverPage) error {
	all, err := ask[[]carddb.Listed](c, "card.of_person", fields{"number": p.Query, "purpose": windowPurpose()})
	if refusal, ok := event.AsRefusal(err); ok {
		p.Form.refuse(refusal, c.lang)
		return c.showHandList(p, nil, nil)
	}
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Stage == card.StageArrived || a.Stage == card.StageNotified {
			return c.redirect("/hand-over/" + url.PathEscape(a.Application))
		}
	}
	if len(all) > 0 { // not here yet, or handed over: the application says where it is
		return c.redirect(applicationPath(all[0].Application, ""))
	}
	return c.showHandList(p, nil, nil)
}

func (c *call) showHandList(p *handOverPage, told, untold []carddb.Listed) error {
	p.Told, p.Untold, p.Names = c.handTable("window.told", told), c.handTable("window.untold", untold), len(untold)
	p.Way = field{Part: "select", ID: fieldID("way"), Name: "way", Label: c.t("window.way"), Required: true, Width: "s"}
	for _, way := range []string{"telephone", "slip", "public"} {
		p.Way.Options = append(p.Way.Options, option{Value: way, Label: c.t("window.way." + way)})
	}
	p.Bulk = c.bulkFrom("/hand-over")
	p.Unclaimed = actionPath("card.unclaimed", url.Values{"purpose": {windowPurpose()}})
	return c.page(p.Form.status(), "window-hand-over", p)
}

func (c *call) handTable(caption string, all []carddb.Listed) table {
	t := table{Caption: c.t(caption), Total: len(all)}
	for _, name := range []string{"name", "number", "acceptance_no", "card_no", "since"} {
		t.Columns = append(t.Columns, column{Key: name, Label: c.t("window.col." + name)})
	}
	for i := range all {
		a := &all[i]
		t.Rows = append(t.Rows, row{Href: "/hand-over/" + url.PathEscape(a.Application), Cells: []cell{{Text: a.Name}, {Text: a.Number}, {Text: a.AcceptanceNo}, {Text: a.CardNo}, {Text: instant(a.Since)}}})
	}
	return t
}

// notifyAll tells every applicant whose card has come and who was not told yet. One that somebody else has told meanwhile is passed over.
func (s *Server) notifyAll(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	untold, err := c.listed(card.StageArrived)
	if err != nil {
		return err
	}
	told := 0
	for _, a := range untold {
		_, err := c.do("card.notify", fields{"application": a.Application, "way": f.Value("way")}, office.Guard{})
		if _, refused := event.AsRefusal(err); refused {
			continue
		}
		if err != nil {
			return err
		}
		told++
	}
	c.react()
	return c.redirect("/hand-over?told=" + strconv.Itoa(told))
}

// said makes the sentence of an act that has just been done from the numbers in the page's query; empty: none was. Only numbers come from there.
func (c *call) said(key string, names ...string) string {
	args := make([]any, len(names))
	for i, name := range names {
		n, err := strconv.Atoi(c.r.URL.Query().Get(name))
		if err != nil {
			return ""
		}
		args[i] = n
	}
	return c.t(key, args...)
}

// handPage hands one card over.
type handPage struct {
	App       *application
	Where     string
	Facts     []fact
	Form      *form
	Chip      field
	Receiver  field
	Proxy     []field
	Old       []field
	OldLost   field
	Temporary *field
	Wrong     bool // the chip is not this card's
	Silent    bool // nothing was read from the chip
	Photo     string
	File      field // the signature
}

func (s *Server) showHandOver(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	if a.Stage != card.StageArrived && a.Stage != card.StageNotified {
		return c.redirect(applicationPath(a.ID, ""))
	}
	f, err := c.newForm(a.ID)
	if err != nil {
		return err
	}
	if f.Value("receiver") == "" {
		receiver := card.ReceivedBySelf
		if a.Child() {
			receiver = card.ReceivedByGuardian
		}
		f.Values.Set("receiver", string(receiver))
	}
	return c.showHand(a, f)
}

func (c *call) showHand(a *application, f *form) error {
	p := &handPage{App: a, Facts: c.faceFacts(a), Form: f, Where: c.t("window.lies.unknown"), Photo: "/photo/" + url.PathEscape(a.ID)}
	if a.Lies != nil {
		p.Where = c.liesWords(a.Lies)
	}
	p.Facts = append(p.Facts, fact{Label: c.t("window.fact.card_no"), Text: a.CardNo}, fact{Label: c.t("window.fact.valid"), Text: shownDate(a.Issue.ValidFrom) + " – " + untilWords(c, a.Issue.ValidTo)})
	p.Wrong = slices.ContainsFunc(f.Errors, func(e formError) bool {
		return strings.HasPrefix(e.Code, "card.chip") || e.Code == "card.number_changed"
	})
	p.Silent = f.Error("chip_number") != "" && strings.TrimSpace(f.Value("chip_number")) == ""
	if err := c.handFields(p, f); err != nil {
		return err
	}
	return c.page(f.status(), "window-hand", p)
}

func (c *call) handFields(p *handPage, f *form) (err error) {
	if p.Chip, err = c.control(f, "card.hand_over", "chip_number"); err != nil {
		return err
	}
	p.Chip.Label, p.Chip.Hint, p.Chip.Required, p.Chip.Width = c.t("window.chip"), c.t("window.chip.hint"), true, "l"
	p.Chip.Focus = f.starts("chip_number")
	if p.Receiver, err = c.radio(f, "card.hand_over", "receiver"); err != nil {
		return err
	}
	if p.Proxy, err = c.controlsOf(f, "card.hand_over", "proxy_name", "proxy_number", "proxy_relation", "authority"); err != nil {
		return err
	}
	for i := range p.Proxy { // they stand there only for somebody else than the holder
		p.Proxy[i].Required = true
	}
	if p.Old, err = c.controlsOf(f, "card.hand_over", "old.number", "old.generation"); err != nil {
		return err
	}
	p.Old[1].Part, p.Old[1].Options = "select", c.generations(f.Value("old.generation"))
	if p.File, err = c.control(f, "card.hand_over", "signature"); err != nil {
		return err
	}
	if p.OldLost, err = c.control(f, "card.hand_over", "old_lost"); err != nil {
		return err
	}
	p.OldLost.Label, p.OldLost.Hint, p.OldLost.Required = c.t("window.hand.old_lost"), "", true // not lost is an answer
	p.OldLost.Part, p.OldLost.Options = "select", append([]option{{Label: c.t("window.not_lost")}}, c.generations(f.Value("old_lost"))...)
	out, err := c.temporaryOut(p.App.ID)
	if err != nil || !out {
		return err
	}
	temporary, err := c.radio(f, "card.hand_over", "temporary")
	p.Temporary = &temporary
	return err
}

func (c *call) generations(chosen string) []option {
	return []option{{"1", c.t("window.card.1"), chosen == "1"}, {"2", c.t("window.card.2"), chosen == "2"}}
}

// temporaryOut tells whether a temporary card of the application is in the holder's hands: it is to come back.
func (c *call) temporaryOut(application string) (bool, error) {
	all, err := ask[[]carddesk.TempListed](c, "card.temporaries", fields{"state": card.TempOut, "purpose": windowPurpose(), "limit": longList})
	return slices.ContainsFunc(all, func(t carddesk.TempListed) bool { return t.Application == application }), err
}

// chipHex is the length of a chip's record in hex; what is shorter is the number alone.
const chipHex = 512

// handOver gives the card out.
func (s *Server) handOver(c *call) error {
	a, f, err := c.applicationSent()
	if err != nil {
		return err
	}
	typed := url.Values{}
	for name, values := range f.Values {
		typed[name] = values
	}
	typed.Set("application", a.ID)
	if len(strings.TrimSpace(typed.Get("chip_number"))) == chipHex {
		typed.Set("chip_record", strings.TrimSpace(typed.Get("chip_number")))
		typed.Del("chip_number")
	}
	if typed.Get("old.number") == "" {
		typed.Del("old.generation")
	}
	sent := &form{Values: typed}
	input := c.bindTo(sent, "card.hand_over")
	f.Errors = sent.Errors
	c.handMissing(f)
	_, ok, err := act[carddesk.Reached](c, f, "card.hand_over", input)
	if err != nil {
		return err
	}
	if !ok {
		return c.showHand(a, f)
	}
	return c.redirect("/hand-over/" + url.PathEscape(a.ID) + "/done")
}

// handMissing marks all that was left empty at once: the rule names one after the other, and takes a chip that nobody has read for another's.
func (c *call) handMissing(f *form) {
	need := []string{"chip_number"}
	switch card.Receiver(f.Value("receiver")) {
	case card.ReceivedByProxy:
		need = append(need, "proxy_name", "proxy_number", "proxy_relation", "authority")
	case card.ReceivedByGuardian:
		need = append(need, "proxy_name", "proxy_number", "proxy_relation")
	}
	for _, name := range need {
		if strings.TrimSpace(f.Value(name)) == "" && f.Error(name) == "" {
			f.wrong(name, c.t("window.missing."+name), c.t("window.missing."+name+".mend"))
		}
	}
}

// wrongChip records a card whose chip is not its holder's, or gives nothing to the reader: it is made again, first in line, and a temporary card is offered.
func (s *Server) wrongChip(c *call) error {
	a, f, err := c.applicationSent()
	if err != nil {
		return err
	}
	words := "window.chip.wrong"
	if f.Value("silent") != "" {
		words = "window.chip.silent"
	}
	_, ok, err := act[carddesk.Reached](c, f, "card.find_defect", fields{"application": a.ID, "code": "chip", "words": purposeOf(words)})
	if err != nil {
		return err
	}
	if !ok {
		return c.showHand(a, f)
	}
	p := &receiptPage{Facts: c.faceFacts(a), Receipt: receipt{Title: c.t("window.defect"), Text: c.t("window.defect.text", a.Face.Name), Number: a.CardNo,
		Next: []string{c.t("window.defect.first"), c.t("window.defect.keep"), c.t("window.defect.temporary")}, Again: c.s.actionText("card.apply_temporary", c.lang), AgainHref: applicationPath(a.ID, "temporary")}}
	p.Also = []link{{Href: "/hand-over", Label: c.t("window.next_person")}, {Href: applicationPath(a.ID, ""), Label: c.t("window.open_application")}}
	return c.page(http.StatusOK, "window-receipt", p)
}

// showHanded is the receipt of a hand-over.
func (s *Server) showHanded(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	if a.Stage != card.StageHandedOver {
		return c.redirect(applicationPath(a.ID, ""))
	}
	p := &receiptPage{Facts: c.faceFacts(a), Photo: "/photo/" + url.PathEscape(a.ID), Receipt: receipt{Title: c.t("window.handed"), Text: c.t("window.handed.text", a.Face.Name, shownDate(a.HandedOn)), Number: a.CardNo,
		Print: []link{{Href: applicationPath(a.ID, "signature?print=1"), Label: c.t("window.print.signature")}}, Again: c.t("window.next_person"), AgainHref: "/hand-over"}}
	if a.Old.Number != "" {
		p.Receipt.Next = append(p.Receipt.Next, c.t("window.handed.old", a.Old.Number))
	}
	p.Receipt.Next = append(p.Receipt.Next, c.t("window.handed.loss"))
	p.Also = []link{{Href: applicationPath(a.ID, ""), Label: c.t("window.open_application")}}
	return c.page(http.StatusOK, "window-receipt", p)
}
