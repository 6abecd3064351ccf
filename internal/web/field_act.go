package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
	"github.com/huzheng/huzheng/internal/words"
)

// caseActs are the acts that a case's page offers, with the fields that are typed for each; case and tenure come from the page.
var caseActs = map[string][]string{
	"hear":            {"on", "words", "absent"},
	"record_finding":  {"on", "words", "lives_here", "has_card"},
	"propose":         {"ground"},
	"decide":          {},
	"refuse_proposal": {"ground"},
	"serve_notice":    {"on", "to", "how"},
	"object":          {"on", "words"},
	"carry_out":       {},
	"return_decision": {"ground"},
	"prove_life":      {"on", "words"},
	"reverse":         {"ground"},
	"settle":          {"words"},
}

// caseActPage is one act of a case: what is known on the one hand, what is typed on the other.
type caseActPage struct {
	Act, Action, Title, Help string
	Case                     *casePage
	Form                     *form
	Fields                   []field
	Orders                   []orderLine // of a proposal: one for each registration
	Person                   *casePerson
	Danger                   bool
	Back                     string
	Items                    []sideItem // of a decision between registrations: the items side by side
	Names                    []string
}

type orderLine struct {
	Unit, Name, Number, Household string
	Tenure                        field
	Do                            field
}

// sideItem is one item of every registration of a case.
type sideItem struct {
	Label   string
	Values  []string
	Differs bool
}

func (c *call) caseAct() (string, []string, bool) {
	act := c.r.PathValue("act")
	names, ok := caseActs[act]
	return act, names, ok
}

func (s *Server) showCaseAct(c *call) error {
	act, _, ok := c.caseAct()
	if !ok {
		return c.notFound()
	}
	f, err := c.newForm(c.r.PathValue("matter"))
	if err != nil {
		return err
	}
	if !f.Values.Has("on") {
		f.Values.Set("on", c.businessDay().String())
	}
	p, err := c.caseActPage(act, f)
	if err != nil {
		return err
	}
	if len(p.Orders) > 0 {
		p.Orders[0].Do.Focus = f.Focus == ""
	} else {
		begin(f, p.Fields)
	}
	return c.page(http.StatusOK, "case-act", p)
}

func (c *call) caseActPage(act string, f *form) (*caseActPage, error) {
	kase, _, err := c.casePage()
	if err != nil {
		return nil, err
	}
	action := "verify." + act
	p := &caseActPage{Act: act, Action: action, Title: c.s.actionText(action, c.lang), Help: c.helpOf(action), Case: kase, Form: f, Back: "/case/" + url.PathEscape(kase.ID),
		Danger: act == "refuse_proposal" || act == "return_decision"}
	if tenure := c.r.URL.Query().Get("tenure"); tenure != "" {
		person, _, ok := kase.person(tenure)
		if !ok {
			return nil, verify.NotFound()
		}
		p.Person = &person
	}
	for _, name := range caseActs[act] {
		one, err := c.control(f, action, name)
		if err != nil {
			return nil, err
		}
		p.Fields = append(p.Fields, one)
	}
	if act == "settle" && len(kase.Sides) > 0 && kase.Sides[0].Persons[0].Tenure == "" {
		one, err := c.childOf(f, kase)
		if err != nil {
			return nil, err
		}
		p.Fields = append(p.Fields, one)
	}
	if act == "propose" {
		err = c.orderLines(p)
	}
	if act == "propose" || act == "decide" {
		p.sideBySide(c)
	}
	return p, err
}

// childOf chooses, among the household's members, the child whose registration settles the case: the youngest stand first.
func (c *call) childOf(f *form, kase *casePage) (field, error) {
	one, err := c.control(f, "verify.settle", "tenure")
	if err != nil {
		return one, err
	}
	plan, err := ask[verifydesk.Plan](c, "verify.visit_plan", fields{"unit": kase.Sides[0].Unit, "household_no": kase.HouseholdNo, "purpose": c.purposeOf("case")})
	if err != nil {
		return one, err
	}
	one.Part, one.Required, one.Label, one.Hint = "select", true, c.t("clean.case.child"), c.t("clean.case.child_tenure")
	one.Options = []option{{Label: c.t("form.choose")}}
	for _, h := range plan.Households {
		slices.SortFunc(h.Members, func(a, b verifydesk.PlannedMember) int {
			return strings.Compare(b.BirthDate.String(), a.BirthDate.String())
		})
		for _, m := range h.Members {
			one.Options = append(one.Options, option{m.Tenure, m.Name + " " + shownDate(m.BirthDate), m.Tenure == one.Value})
		}
	}
	return one, nil
}

func (c *call) helpOf(action string) string {
	text, _ := words.Find("action." + action + ".help")
	return text.In(c.lang)
}

// orderLines offers, of each registration, what the decision may order of it.
func (c *call) orderLines(p *caseActPage) error {
	i := 0
	for _, side := range p.Case.Sides {
		for _, person := range side.Persons {
			if person.Tenure == "" {
				continue
			}
			do, err := c.control(p.Form, p.Action, fmt.Sprintf("orders.%d.do", i))
			if err != nil {
				return err
			}
			kept := do.Options[:0]
			for _, o := range do.Options {
				if o.Value != verify.DoCorrect { // a correction of items has a page of its own
					kept = append(kept, o)
				}
			}
			do.Options, do.Required = kept, true
			r := &person.At.Record
			do.Label = c.t("clean.case.order_of", r.Name, c.s.units.name(side.Unit))
			p.Orders = append(p.Orders, orderLine{Unit: c.s.units.name(side.Unit), Name: r.Name, Number: r.Number, Household: r.HouseholdNo, Do: do,
				Tenure: field{Name: fmt.Sprintf("orders.%d.tenure", i), Value: person.Tenure}})
			i++
		}
	}
	return nil
}

// sideBySide lays the registrations beside each other, item by item.
func (p *caseActPage) sideBySide(c *call) {
	var people []casePerson
	for _, side := range p.Case.Sides {
		for _, person := range side.Persons {
			if person.Tenure != "" {
				people = append(people, person)
				p.Names = append(p.Names, c.s.units.name(side.Unit))
			}
		}
	}
	if len(people) < 2 {
		p.Names = nil
		return
	}
	for _, item := range []string{"name", "sex", "ethnic_group", "birth_date", "number", "native_place", "address", "household_no", "father_number", "mother_number"} {
		line := sideItem{Label: label(c.lang)(item)}
		for i := range people {
			value, _ := verify.ItemOf(&people[i].At.Record, item)
			line.Values = append(line.Values, c.itemWords(item, value))
			line.Differs = line.Differs || line.Values[i] != line.Values[0]
		}
		p.Items = append(p.Items, line)
	}
}

func (s *Server) doCaseAct(c *call) error {
	act, _, ok := c.caseAct()
	if !ok {
		return c.notFound()
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	done, err := c.actOnCase(act, f)
	if err != nil {
		return err
	}
	if !done {
		p, err := c.caseActPage(act, f)
		if err != nil {
			return err
		}
		return c.page(f.status(), "case-act", p)
	}
	return c.redirect("/case/" + url.PathEscape(c.r.PathValue("matter")) + "?done=" + url.QueryEscape(act))
}

// actOnCase binds what was typed by the action's input and carries it out.
func (c *call) actOnCase(name string, f *form) (bool, error) {
	f.Values.Set("case", c.r.PathValue("matter"))
	if tenure := c.r.URL.Query().Get("tenure"); tenure != "" {
		f.Values.Set("tenure", tenure)
	}
	action := "verify." + name
	in := c.bindTo(f, action)
	switch name {
	case "serve_notice":
		_, ok, err := act[verifydesk.ServeOutput](c, f, action, in)
		return ok, err
	case "carry_out":
		_, ok, err := act[verifydesk.CarryOutput](c, f, action, in)
		return ok, err
	}
	_, ok, err := act[verifydesk.None](c, f, action, in)
	return ok, err
}

// caseNotice prints the notice of a decision to one person: what was decided, why, until when one can object, and where to complain.
func (s *Server) caseNotice(c *call) error {
	p, shown, err := c.casePage()
	if err != nil {
		return err
	}
	tenure := c.r.PathValue("tenure")
	person, unit, ok := p.person(tenure)
	if !ok {
		return verify.NotFound()
	}
	for _, side := range shown.Sides {
		body, st, decided := lastStep[verify.Decided](side, verify.KindDecided)
		if side.Unit != unit || !decided {
			continue
		}
		sheet := c.casePaper(p, unit, body, st)
		sheet.Person = &person
		for _, o := range body.Orders {
			if o.Tenure == tenure {
				sheet.Orders = []string{c.orderWords(p, o)}
			}
		}
		if served, ok := servedOn(side, tenure, body.Round); ok {
			sheet.Until = served.On.AddDays(body.Objection)
		}
		return c.paper("case-notice", sheet)
	}
	return noDecision()
}

// servedOn finds the service of a round's decision on a person.
func servedOn(side verifydesk.ShownSide, tenure string, round int) (verify.NoticeServed, bool) {
	for _, st := range side.Steps {
		if st.Kind == verify.KindNoticeServed {
			if body := stepBody[verify.NoticeServed](st); body.Tenure == tenure && body.Round == round {
				return body, true
			}
		}
	}
	return verify.NoticeServed{}, false
}

// casePaper is what is printed of a decision.
type casePaper struct {
	Case          *casePage
	Number        string
	Unit, Decider event.Unit
	Person        *casePerson
	Orders        []string
	Ground        string
	On            citizen.Date
	Days          int
	Until         citizen.Date
}

func (c *call) casePaper(p *casePage, unit event.Unit, body verify.Decided, st verifydesk.ShownStep) *casePaper {
	return &casePaper{Case: p, Number: p.ID[max(0, len(p.ID)-12):], Unit: unit, Decider: body.Decider, Ground: body.Ground, On: verify.DayOf(st.At), Days: body.Objection}
}

// caseDecision prints the decision as it was told to one side, with that side's orders alone.
func (s *Server) caseDecision(c *call) error {
	p, shown, err := c.casePage()
	if err != nil {
		return err
	}
	unit := event.Unit(c.r.PathValue("unit"))
	for _, side := range shown.Sides {
		body, st, ok := lastStep[verify.Decided](side, verify.KindDecided)
		if side.Unit != unit || !ok {
			continue
		}
		sheet := c.casePaper(p, unit, body, st)
		for _, o := range body.Orders {
			sheet.Orders = append(sheet.Orders, c.orderWords(p, o))
		}
		return c.paper("case-decision", sheet)
	}
	return noDecision()
}

func noDecision() error {
	return event.Refuse("verify.no_decision", "", words.Get("clean.no_decision"), words.Get("clean.no_decision.mend"))
}
