package web

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
)

// registerReceipt is what an act of the register gives, in the shape of the part "receipt".
type registerReceipt struct {
	Title, Text, Number string
	Next                []string
	Print               []registerLink
	Again, AgainHref    string
	Missing             []register.Missing
	Complaint           string
	Notes               []notice
	Alike               *table
}

// registerReceipt shows what a form has done, as often as it is opened.
func (s *Server) registerReceipt(c *call) error {
	action, done, ok, err := s.Office.Kept(c.ctx(), c.by.Operator, c.r.PathValue("token"))
	if err != nil {
		return err
	}
	if !ok {
		return c.fail(http.StatusNotFound, "error.no_page")
	}
	p := registerReceipt{Title: c.t("form.done"), Text: s.actionText(action, c.lang), Again: c.t("register.again"), AgainHref: "/register"}
	if tenure := c.r.URL.Query().Get("tenure"); tenure != "" {
		p.Again, p.AgainHref = c.t("register.to_person"), residentPath(tenure)
	}
	if err := c.receiptOf(&p, action, done); err != nil {
		return err
	}
	return c.page(http.StatusOK, "register-receipt", p)
}

// receiptOf says what happened, what happens next and what to print, by the act.
func (c *call) receiptOf(p *registerReceipt, action string, done *office.Done) error {
	tenure := c.r.URL.Query().Get("tenure")
	switch action {
	case "register.birth":
		return c.birthReceipt(p, done)
	case "register.death":
		out, err := result[registerdesk.DeathOutput](done)
		p.missing(c, out.Missing, tenure)
		p.about(c, tenure)
		p.next(c, "death.card")
		if out.NeedsHouseholder {
			p.next(c, "head")
		}
		if out.Late {
			p.next(c, "late")
		}
		p.Print = append(p.Print, registerLink{Href: "/register/print/death/" + url.PathEscape(tenure), Label: c.t("register.print.death")})
		return err
	case "register.correct":
		p.next(c, "correct.booklet")
		return nil
	case "verify.propose_correction":
		p.Title, p.Text = c.t("register.proposed"), c.t("register.proposed.text")
		p.next(c, "propose.decided", "propose.card")
		return nil
	case "register.move_out":
		out, err := result[registerdesk.MoveOutOutput](done)
		p.about(c, tenure)
		if out.Paper != "" {
			p.next(c, "move.paper")
		}
		p.Print = append(p.Print, registerLink{Href: "/register/print/move/" + url.PathEscape(tenure), Label: c.t("register.print.move")})
		if out.NeedsHouseholder {
			p.next(c, "head")
		}
		return err
	case "register.move_in":
		out, err := result[registerdesk.MoveInOutput](done)
		p.next(c, "move.taken", "booklet")
		if out.Provisional {
			p.next(c, "move.provisional")
		}
		if out.Late {
			p.next(c, "late")
		}
		p.Again, p.AgainHref = c.t("register.to_person"), residentPath(out.Tenure)
		return err
	}
	if a := roadOf(action); a != nil {
		return c.roadReceipt(p, a, done)
	}
	return c.householdReceipt(p, done)
}

// birthReceipt tells the child's number, what is missing and where to complain, and who looks alike.
func (c *call) birthReceipt(p *registerReceipt, done *office.Done) error {
	out, err := result[registerdesk.BirthOutput](done)
	if err != nil {
		return err
	}
	p.Title, p.Text, p.Number = c.t("register.born"), c.t("register.born.number"), out.Number
	p.missing(c, out.Missing, out.Tenure)
	p.next(c, "birth.booklet")
	if len(out.Missing) > 0 {
		p.next(c, "birth.list")
	}
	if out.Late {
		p.next(c, "birth.late")
	}
	for _, w := range out.Warnings {
		p.Notes = append(p.Notes, notice{Tone: "warn", Title: Titled(w.In(c.lang))})
	}
	if len(out.Hits) > 0 {
		alike := c.alike(out.Hits)
		p.Alike = &alike
	}
	one, err := c.resident(out.Tenure)
	if err != nil {
		return err
	}
	p.Text = one.Record.Name + " " + p.Text
	p.Print = append(p.Print, registerLink{Href: "/register/print/booklet/" + url.PathEscape(string(one.Unit)) + "/" + url.PathEscape(one.Record.HouseholdNo) + "?tenure=" + url.QueryEscape(out.Tenure), Label: c.t("register.print.page")})
	p.Again, p.AgainHref = c.t("register.to_person"), residentPath(out.Tenure)
	return nil
}

// missing puts the numbered list on the receipt, with its print.
func (p *registerReceipt) missing(c *call, all []register.Missing, tenure string) {
	if len(all) == 0 {
		return
	}
	p.Missing, p.Complaint = all, Titled(register.DefaultLimits().Complaint.In(c.lang))
	p.Print = append(p.Print, registerLink{Href: "/register/print/missing/" + url.PathEscape(tenure), Label: c.t("register.print.missing"), Main: true})
}

// about says whom the act was about, where that can be read.
func (p *registerReceipt) about(c *call, tenure string) {
	if one, err := c.resident(tenure); err == nil {
		p.Text = c.t("register.receipt.about", p.Text, one.Record.Name)
	}
}

// next adds what happens next: the catalogue's texts under register.next.
func (p *registerReceipt) next(c *call, keys ...string) {
	for _, key := range keys {
		p.Next = append(p.Next, c.t("register.next."+key))
	}
}

func (c *call) householdReceipt(p *registerReceipt, done *office.Done) error {
	out, err := result[registerdesk.HouseholdOutput](done)
	if err != nil || out.HouseholdNo == "" {
		return nil // another act's receipt: what was done is said already
	}
	p.Text += " " + out.HouseholdNo
	p.next(c, "booklet")
	for _, no := range out.Dissolved {
		p.Next = append(p.Next, c.t("register.next.dissolved", no))
	}
	for _, no := range out.NeedsHouseholder {
		p.Next = append(p.Next, c.t("register.next.head_of", no))
	}
	p.Print = append(p.Print, registerLink{Href: "/register/print/booklet/" + url.PathEscape(string(c.by.Unit)) + "/" + url.PathEscape(out.HouseholdNo), Label: c.t("register.print.booklet")})
	p.Again, p.AgainHref = c.t("register.to_household"), householdPath(c.by.Unit, out.HouseholdNo)
	return nil
}

// registerSheet is what every printed paper of the register says.
type registerSheet struct {
	Station, County string
	Today           string
	Operator        string
	Person          registerdesk.ResidentShown
	Missing         []registerdesk.StillMissing
	Complaint       string
	Move            registerdesk.MovePaperOutput
	Reason          string
	To              string
	Squares         []template.HTML
	Paper           *register.Paper
	PaperText       string
}

func (c *call) registerSheet(unit event.Unit) registerSheet {
	return registerSheet{Station: c.s.units.name(unit), County: c.s.units.name(unit.Parent()), Today: c.today(), Operator: c.by.Name}
}

// printMissing prints the numbered list of what a citizen has still to bring (一次性告知), with how to complain.
func (s *Server) printMissing(c *call) error {
	one, err := c.resident(c.r.PathValue("tenure"))
	if err != nil {
		return err
	}
	p := c.registerSheet(one.Unit)
	p.Person, p.Missing = one, one.Missing
	if one.Complaint != nil {
		p.Complaint = Titled(one.Complaint.In(c.lang))
	}
	return c.paper("register-missing", p)
}

// printMove prints the migration paper (户口迁移证) with the squares that the receiving station scans.
func (s *Server) printMove(c *call) error {
	out, err := ask[registerdesk.MovePaperOutput](c, "register.move_paper", fields{"tenure": c.r.PathValue("tenure"), "purpose": purposeOf("register.purpose.print")})
	if err != nil {
		return err
	}
	p := c.registerSheet(out.Unit)
	p.Move, p.To = out, cmp.Or(out.Destination, c.s.units.name(out.ToUnit))
	reason, _ := citizen.ChangeReasons.ByCodeIn("move-out", out.Reason)
	p.Reason = reason.Text().In(c.lang)
	for _, line := range out.Lines {
		drawn, err := square(line)
		if err != nil {
			return err
		}
		p.Squares = append(p.Squares, drawn)
	}
	return c.paper("register-move", p)
}

// printDeath prints the proof that a registration was cancelled on death (注销证明).
func (s *Server) printDeath(c *call) error {
	one, err := c.resident(c.r.PathValue("tenure"))
	if err != nil {
		return err
	}
	if one.State != register.StateDead {
		return c.redirect(residentPath(one.Tenure)) // there is nothing to prove
	}
	p := c.registerSheet(one.Unit)
	p.Person = one
	history, err := ask[registerdesk.HistoryOutput](c, "register.history", fields{"tenure": one.Tenure, "purpose": purposeOf("register.purpose.print")})
	if err != nil {
		return err
	}
	for _, line := range history.Lines {
		if line.Kind == register.KindDeathRegistered {
			p.Paper = line.Paper
		}
	}
	if p.Paper != nil {
		p.PaperText = strings.TrimSuffix(register.PaperText(p.Paper.Kind).In(c.lang)+c.t("list.comma")+p.Paper.Number, c.t("list.comma"))
	}
	return c.paper("register-death", p)
}
