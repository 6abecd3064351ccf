package web

import (
	"net/http"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/fund/funddesk"
)

// signPage is the fourth step: the form is printed, read, signed and kept as a picture.
type signPage struct {
	*roadPage
	Child bool
	File  field
}

func (s *Server) showSign(c *call) error {
	a, f, err := c.applicationForm()
	if err != nil {
		return err
	}
	return c.showSigning(a, f)
}

func (c *call) showSigning(a *application, f *form) error {
	p := &signPage{roadPage: c.roadPage(a, 3, f), Child: a.Child()}
	var err error
	if p.Child {
		if p.Fields, err = c.controlsOf(f, "card.confirm", "guardian_name", "guardian_number", "guardian_relation"); err != nil {
			return err
		}
		for i := range p.Fields {
			p.Fields[i].Required = true
		}
		p.Fields[0].Focus = f.starts(p.Fields[0].Name)
	}
	if p.More, err = c.controlsOf(f, "card.confirm", "card_name", "card_address", "abbreviation_reason"); err != nil {
		return err
	}
	if p.File, err = c.control(f, "card.confirm", "form"); err != nil {
		return err
	}
	return c.page(f.status(), "window-sign", p)
}

// sign records the signed form; the sixty days run from now.
func (s *Server) sign(c *call) error {
	a, f, err := c.applicationSent()
	if err != nil {
		return err
	}
	f.Values.Set("application", a.ID)
	f.Values.Set("signer", string(card.Self))
	if a.Child() {
		f.Values.Set("signer", string(card.Guardian))
	}
	if _, ok, err := act[carddesk.ConfirmResult](c, f, "card.confirm", c.bindTo(f, "card.confirm")); err != nil || !ok {
		if err == nil {
			err = c.showSigning(a, f)
		}
		return err
	}
	return c.redirect(applicationPath(a.ID, "next"))
}

// feePage is the fifth step: the fee is taken, or waived on a certificate.
type feePage struct {
	*roadPage
	Due    *funddesk.WaiverDue // what the list says; nil: the operator may not know who is on it
	Settle field
	Ground field
	Papers []field
	No     field // of the receipt in hand
	Waived bool
}

func (s *Server) showFee(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	if a.Fee != nil && a.Fee.Settled {
		return c.redirect(applicationPath(a.ID, "done"))
	}
	f, err := c.newForm(a.ID)
	if err != nil {
		return err
	}
	return c.showFeeOf(a, f)
}

func (c *call) showFeeOf(a *application, f *form) error {
	p := &feePage{roadPage: c.roadPage(a, 4, f)}
	if c.may("fund.waiver_due") {
		due, err := ask[funddesk.WaiverDue](c, "fund.waiver_due", fields{"application": a.ID})
		if err != nil {
			return err
		}
		p.Due = &due
	}
	if err := c.feeFields(p, f); err != nil {
		return err
	}
	return c.page(f.status(), "window-fee", p)
}

// feeFields are the two ways of settling; who stands on civil affairs' list is proposed for a waiver.
func (c *call) feeFields(p *feePage, f *form) error {
	listed := p.Due != nil && p.Due.Listed && p.Due.Why == ""
	if f.Value("settle") == "" {
		f.Values.Set("settle", map[bool]string{true: "waive", false: "collect"}[listed])
	}
	p.Waived = f.Value("settle") == "waive"
	p.Settle = field{Part: "check", Type: "radio", ID: fieldID("settle"), Name: "settle", Label: c.t("window.settle"), Required: true, Focus: f.starts("settle"),
		Options: []option{{"collect", c.t("window.settle.collect", yuan(c.due(p.App))), !p.Waived}, {"waive", c.t("window.settle.waive"), p.Waived}}}
	p.Settle.Value = f.Value("settle")
	var err error
	if p.Ground, err = c.control(f, "fund.waive", "ground"); err != nil {
		return err
	}
	if p.Papers, err = c.controlsOf(f, "fund.waive", "certificate", "office"); err != nil {
		return err
	}
	p.No, err = c.control(f, "fund.collect", "receipt_no")
	p.No.Hint = c.t("window.receipt_no.hint")
	return err
}

// settleFee collects or waives.
func (s *Server) settleFee(c *call) error {
	a, f, err := c.applicationSent()
	if err != nil {
		return err
	}
	f.Values.Set("application", a.ID)
	action := "fund.collect"
	if f.Value("settle") == "waive" {
		action = "fund.waive"
	}
	_, ok, err := act[funddesk.FeeResult](c, f, action, c.bindTo(f, action))
	if err != nil {
		return err
	}
	if !ok {
		return c.showFeeOf(a, f)
	}
	return c.redirect(applicationPath(a.ID, "done"))
}

// receiptPage is the end of a road: what was done, what happens next, what to print, and the next person.
type receiptPage struct {
	Steps   []step
	Receipt receipt
	Facts   []fact
	Photo   string
	Also    []link
}

// receipt is the part "receipt".
type receipt struct {
	Title, Text, Number string
	Next                []string
	Print               []link
	Again, AgainHref    string
}

// showDone is the receipt of an acceptance; it can be opened and printed again.
func (s *Server) showDone(c *call) error {
	a, err := c.application()
	if err != nil {
		return err
	}
	if step := a.nextStep(); step != "done" && step != "" && c.may(stepAction[step]) {
		return c.redirect(applicationPath(a.ID, step))
	}
	p := &receiptPage{Steps: c.roadSteps(5, nil), Facts: c.faceFacts(a), Receipt: receipt{Title: c.t("window.accepted"), Text: c.t("window.accepted.text", a.Face.Name), Number: c.t("window.slip_no", a.Slip),
		Print: c.prints(a), Again: c.t("window.next_person"), AgainHref: "/accept"}}
	if !c.may("card.open") {
		p.Receipt.AgainHref = "/waiting/fee"
	}
	if a.Photo != "" {
		p.Photo = "/photo/" + a.ID
	}
	p.Receipt.Next = c.whatNext(a)
	if a.Fee != nil {
		p.Receipt.Text = c.t("window.accepted.fee", a.Face.Name, c.feeWords(a.Fee))
	}
	if c.may("card.apply_temporary") && !a.Terminal() {
		p.Also = append(p.Also, link{Href: applicationPath(a.ID, "temporary"), Label: c.s.actionText("card.apply_temporary", c.lang)})
	}
	p.Also = append(p.Also, link{Href: applicationPath(a.ID, ""), Label: c.t("window.open_application")})
	return c.page(http.StatusOK, "window-receipt", p)
}

// whatNext tells the applicant what happens next.
func (c *call) whatNext(a *application) (all []string) {
	if !a.PromisedOn.IsZero() {
		all = append(all, c.t("window.next.promised", shownDate(a.PromisedOn)))
	}
	if a.Kind == card.Exchange || a.Kind == card.ReplaceDamaged {
		all = append(all, c.t("window.next.bring_old"))
	} else {
		all = append(all, c.t("window.next.bring_slip"))
	}
	if a.Code != "" {
		all = append(all, c.t("window.next.code", a.Code))
	}
	if len(c.warnings(a)) > 0 {
		all = append(all, c.t("window.next.warning"))
	}
	return all
}

// temporaryPage asks for a temporary card.
type temporaryPage struct {
	App    *application
	Facts  []fact
	Form   *form
	Fields []field
	Photo  string
	Rule   string // when it is handed out and how long it counts
}

func (s *Server) showTemporary(c *call) error {
	a, f, err := c.applicationForm()
	if err != nil {
		return err
	}
	return c.showTemporaryOf(a, f)
}

func (c *call) showTemporaryOf(a *application, f *form) error {
	p := &temporaryPage{App: a, Facts: c.faceFacts(a), Form: f, Rule: c.t("window.temporary.rule")}
	if !temporaryByOrder78(c.businessDay()) {
		p.Rule = c.t("window.temporary.before")
	}
	if a.Photo != "" {
		p.Photo = "/photo/" + a.ID
	}
	one, err := c.control(f, "card.apply_temporary", "reason")
	one.Focus, one.Part, one.Width = true, "line", "l"
	p.Fields = []field{one}
	if err != nil {
		return err
	}
	return c.page(f.status(), "window-temporary", p)
}

// applyTemporary takes the request; its fee is taken next.
func (s *Server) applyTemporary(c *call) error {
	a, f, err := c.applicationSent()
	if err != nil {
		return err
	}
	f.Values.Set("application", a.ID)
	_, ok, err := act[carddesk.TempAsked](c, f, "card.apply_temporary", c.bindTo(f, "card.apply_temporary"))
	if err != nil {
		return err
	}
	if !ok {
		return c.showTemporaryOf(a, f)
	}
	return c.redirect("/temporary?asked=" + strings.TrimSpace(a.ID))
}

// due is what is charged for the application, before any waiver.
func (c *call) due(a *application) int64 {
	if a.Fee == nil {
		return 0
	}
	return a.Fee.DueFen
}
