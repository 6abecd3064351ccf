package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
	"github.com/huzheng/huzheng/internal/words"
)

// findPage finds who stands at the window.
type findPage struct {
	Title  string
	Action string // the page that is asked
	Query  string
	Form   *form
	People *table
	More   string
	Today  *table // who has booked for today
}

// slipLength is from how many digits on a number is a slip's or an acceptance number: a citizen number has 18.
const slipLength = 20

func isSlip(typed string) bool { return len(typed) >= slipLength && digits(typed) }

// slipOf finds the application of a slip that was typed or scanned; nil, and the form says why: the slip is another station's, or none.
func (c *call) slipOf(f *form, typed string) (*application, error) {
	a, err := c.applicationOf(typed)
	refusal, refused := event.AsRefusal(err)
	if !refused {
		return a, err
	}
	name := ""
	if at := event.Unit(typed[:unitDigits]); at != c.by.Unit {
		name = c.s.units.name(at)
	}
	if name != "" && name != typed[:unitDigits] {
		f.wrong("q", c.t("window.slip.elsewhere", name), c.t("window.slip.elsewhere.mend"))
		return nil, nil
	}
	f.refuse(refusal, c.lang)
	return nil, nil
}

// unitDigits is how many digits of an acceptance number name the station that accepted.
const unitDigits = 9

// bySlip leads from a slip to a page of its application.
func (c *call) bySlip(p *findPage, to func(a *application) string) error {
	a, err := c.slipOf(p.Form, p.Query)
	if err != nil {
		return err
	}
	if a == nil {
		return c.showFind(p)
	}
	return c.redirect(to(a))
}

// acceptFind finds a person by number, name, initials or address; one by number is taken at once, and a slip leads to where its application stands.
func (s *Server) acceptFind(c *call) error {
	p := findPage{Title: c.t("window.accept"), Action: "/accept", Query: strings.TrimSpace(c.asked().Get("q")), Form: &form{Values: c.asked()}}
	if p.Query == "" {
		return c.showFind(&p)
	}
	if isSlip(p.Query) {
		return c.bySlip(&p, func(a *application) string { return applicationPath(a.ID, "next") })
	}
	return c.findPeople(&p, "/accept")
}

// findPeople looks people of the station up; each leads to a page below base, and one alone is taken there at once.
func (c *call) findPeople(p *findPage, base string) error {
	in := fields{"purpose": windowPurpose(), "open": true, "unit": c.by.Unit}
	if after := c.r.URL.Query().Get("after"); after != "" {
		in["after"] = after
	}
	found, err := c.searchPeople(p.Query, in)
	if refusal, ok := event.AsRefusal(err); ok {
		p.Form.refuse(refusal, c.lang)
		return c.showFind(p)
	}
	if err != nil {
		return err
	}
	if len(found.Found) == 1 && found.Next == "" {
		return c.redirect(base + "/" + url.PathEscape(found.Found[0].Tenure))
	}
	people := c.people(found.Found)
	for i := range people.Rows {
		people.Rows[i].Href = base + "/" + url.PathEscape(found.Found[i].Tenure)
	}
	p.People = &people
	if found.Next != "" {
		p.More = c.addressWith("after", found.Next)
	}
	return c.showFind(p)
}

func acceptPath(tenure, page string) string { return "/accept/" + url.PathEscape(tenure) + page }

func (c *call) showFind(p *findPage) error {
	if p.Query == "" && p.Action == "/accept" && c.may("card.appointments") {
		today, err := c.bookedOn(c.businessDay())
		if err != nil {
			return err
		}
		p.Today = today
	}
	return c.page(p.Form.status(), "window-accept", p)
}

// person is who stands at the window, with the cards and applications that are known.
type person struct {
	registerdesk.Found
	Cards   []card.Standing
	Running *carddb.Listed // an application that is not closed
	Before  int            // applications that are
}

// personAt loads the person of the page; he is registered at the operator's station, or the page says where else to go.
func (c *call) personAt() (*person, error) {
	found, err := ask[[]registerdesk.Found](c, "register.find", fields{"tenure": c.r.PathValue("tenure"), "purpose": windowPurpose()})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, event.Refuse("office.other_area", "", words.Get("window.not_here"), words.Get("window.not_here.mend"))
	}
	p := &person{Found: found[0]}
	which, err := ask[carddesk.Which](c, "card.which_card", fields{"tenure": p.Tenure, "purpose": windowPurpose()})
	if err != nil {
		return nil, err
	}
	p.Cards = which.Cards
	all, err := ask[[]carddb.Listed](c, "card.of_person", fields{"tenure": p.Tenure, "purpose": windowPurpose()})
	for i := range all {
		if a := card.Stage(all[i].Stage); a != card.StageHandedOver && a != card.StageWithdrawn {
			p.Running = &all[i]
			continue
		}
		p.Before++
	}
	return p, err
}

// recordsPage compares the five records side by side: what is typed is what differs.
type recordsPage struct {
	Person  *person
	Facts   []fact
	Steps   []step
	Form    *form
	Sources []option
	Rows    []recordRow
}

// step is one of the part "steps".
type step struct{ Label, Href, State string }

// recordRow is one item in the five records.
type recordRow struct {
	Label, Registered string
	Number            bool
	Cells             []field
}

// acceptRecords is the first step. Where an application is under way it goes on with that one: after a power cut the clerk goes on where he was.
func (s *Server) acceptRecords(c *call) error {
	p, err := c.personAt()
	if err != nil {
		return err
	}
	if p.Running != nil && p.Running.Unit == c.by.Unit {
		return c.redirect(applicationPath(p.Running.Application, "next"))
	}
	f, err := c.newForm(p.Tenure)
	if err != nil {
		return err
	}
	if !f.Drafted {
		f.Values["looked"] = lookedSources
	}
	return c.showRecords(p, f)
}

// lookedSources are the records that are compared with the computer's.
var lookedSources = []string{verify.SourceForm, verify.SourceBooklet, verify.SourceCard, verify.SourceCitizen}

func (c *call) showRecords(p *person, f *form) error {
	page := &recordsPage{Person: p, Facts: c.personFacts(p), Steps: c.roadSteps(0, nil), Form: f}
	for _, source := range lookedSources {
		page.Sources = append(page.Sources, option{source, c.t("window.source." + source), slices.Contains(f.Values["looked"], source)})
	}
	for _, item := range verify.VisitItems {
		page.Rows = append(page.Rows, c.recordRow(p, f, item))
	}
	return c.page(f.status(), "window-records", page)
}

func (c *call) recordRow(p *person, f *form, item string) recordRow {
	value, _ := verify.ItemOf(&p.Record, item)
	row := recordRow{Label: c.t("window.item." + item), Registered: codeWords(item, value).In(c.lang), Number: item == "number"}
	for _, source := range lookedSources {
		name := "d." + source + "." + item
		cell := field{ID: fieldID(name), Name: name, Label: row.Label + " " + c.t("window.source."+source), Value: f.Value(name), Error: f.Error(name), Mono: item == "number"}
		if table := tables[item]; table != nil {
			cell.Options = append([]option{{Label: c.t("window.same")}}, (&maker{c: c, f: f}).codes(table, []string{cell.Value})...)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}

// personFacts are the items of the person as the form of the register orders them.
func (c *call) personFacts(p *person) []fact {
	r := &p.Record
	facts := []fact{{Label: c.t("window.item.name"), Text: r.Name, Tone: rare(r.Name)},
		{Label: c.t("window.item.sex"), Text: codeWords("sex", r.Sex).In(c.lang)}, {Label: c.t("window.item.ethnic_group"), Text: codeWords("ethnic_group", r.EthnicGroup).In(c.lang)},
		{Label: c.t("window.item.birth_date"), Text: shownDate(r.BirthDate)}, {Label: c.t("window.item.address"), Text: r.Address, Tone: "wide"}, {Label: c.t("window.fact.number"), Text: r.Number, Tone: "number"}}
	for _, card := range p.Cards {
		facts = append(facts, fact{Label: c.t("window.card." + card.Generation), Text: c.t("window.card.until", card.Why.In(c.lang), untilWords(c, card.ValidTo)), Href: cardHref(card.Application)})
	}
	return facts
}

// cardHref is the page of the application by which a card was made; empty: it is of the first generation.
func cardHref(application string) string {
	if application == "" {
		return ""
	}
	return applicationPath(application, "")
}

// untilWords says the end of a card's validity.
func untilWords(c *call, validTo string) string {
	switch validTo {
	case "":
		return c.t("window.unknown")
	case card.LongTerm:
		return c.t("window.long_term")
	}
	return validTo
}

// compareRecords records what was looked at and what differs, and goes on: a difference holds the signing, and never the acceptance.
func (s *Server) compareRecords(c *call) error {
	p, err := c.personAt()
	if err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	differs := c.typedDifferences(f)
	out, ok, err := act[[]verifydesk.ComparedOutput](c, f, "verify.compare", fields{"looked": f.Values["looked"], "members": []fields{{"tenure": p.Tenure, "differs": differs}}})
	if err != nil {
		return err
	}
	if !ok {
		return c.showRecords(p, f)
	}
	next := url.Values{}
	for _, one := range out {
		if len(one.Orders) > 0 {
			next.Set("differs", one.Comparison)
		}
	}
	return c.redirect(acceptPath(p.Tenure, "/kind?"+next.Encode()))
}

// typedDifferences reads what was typed into the cells; an empty one agrees.
func (c *call) typedDifferences(f *form) []verify.Typed {
	differs := []verify.Typed{}
	for _, item := range verify.VisitItems {
		for _, source := range lookedSources {
			name := "d." + source + "." + item
			value := strings.TrimSpace(f.Value(name))
			if value == "" {
				continue
			}
			if item == "birth_date" {
				day, ok := parseDate(value)
				if !ok {
					f.wrong(name, c.t("form.date"), c.t("form.date.mend"))
				}
				value = day
			}
			differs = append(differs, verify.Typed{Source: source, Item: item, Value: value})
		}
	}
	return differs
}

// kindPage is the second step: what is applied for.
type kindPage struct {
	Person  *person
	Facts   []fact
	Steps   []step
	Done    []doneStep
	Form    *form
	Kind    field
	More    []field
	Differs string // the comparison that found differences
	Propose string // where their correction is proposed
}

// doneStep is a step that is behind, in one line.
type doneStep struct {
	What, Text, Change string
	Number             string // a citizen number after Text
	Links              []link
	Facts              []fact
	Photo              string
}

func (s *Server) acceptKind(c *call) error {
	p, err := c.personAt()
	if err != nil {
		return err
	}
	if p.Running != nil && p.Running.Unit == c.by.Unit {
		return c.redirect(applicationPath(p.Running.Application, "next"))
	}
	f, err := c.newForm(p.Tenure)
	if err != nil {
		return err
	}
	if f.Value("kind") == "" {
		f.Values.Set("kind", cmp.Or(c.r.URL.Query().Get("kind"), string(usualKind(p))))
	}
	return c.showKind(p, f)
}

// usualKind is what most people in the person's place want: who has had a card exchanges it. The clerk sees it and may choose another.
func usualKind(p *person) card.Kind {
	if len(p.Cards) > 0 || p.Before > 0 {
		return card.Exchange
	}
	return card.First
}

func (c *call) showKind(p *person, f *form) error {
	page := &kindPage{Person: p, Facts: c.personFacts(p), Steps: c.roadSteps(1, nil), Form: f, Differs: c.r.URL.Query().Get("differs")}
	if page.Differs != "" {
		page.Propose = "/correct/" + url.PathEscape(p.Tenure) + "?source=" + url.QueryEscape(page.Differs)
	}
	page.Steps[0].Href = acceptPath(p.Tenure, "")
	page.Done = []doneStep{{What: c.t("window.step.person"), Text: p.Record.Name, Number: p.Record.Number, Change: acceptPath(p.Tenure, ""), Facts: page.Facts}}
	var err error
	if page.Kind, err = c.radio(f, "card.open", "kind"); err != nil {
		return err
	}
	if page.More, err = c.controlsOf(f, "card.open", "reason", "old_lost", "old_proof"); err != nil {
		return err
	}
	page.Kind.Focus = f.starts("kind")
	page.More[0] = c.reasons(page.More[0])
	page.More[1].Part, page.More[1].Options = "check", []option{{"1", c.t("window.old_lost"), f.Value("old_lost") == "1"}}
	return c.page(f.status(), "window-kind", page)
}

// reasons lets a reason be chosen from the national table.
func (c *call) reasons(one field) field {
	one.Part, one.Options = "select", []option{{Label: c.t("window.usual")}}
	for _, row := range citizen.CardApplicationReasons.All() {
		one.Options = append(one.Options, option{row.Code, row.Code + " " + row.Text().In(c.lang), one.Value == row.Code})
	}
	return one
}

// radio makes a coded field one of boxes, all of which are seen.
func (c *call) radio(f *form, action, path string) (field, error) {
	one, err := c.control(f, action, path)
	one.Part, one.Type, one.Required = "check", "radio", true
	for i := range one.Options {
		one.Options[i].Selected = one.Options[i].Value == f.Value(path)
	}
	if len(one.Options) > 0 && one.Options[0].Value == "" {
		one.Options = one.Options[1:]
	}
	return one, err
}

// controlsOf makes several fields of an action's form.
func (c *call) controlsOf(f *form, action string, paths ...string) ([]field, error) {
	all := make([]field, len(paths))
	for i, path := range paths {
		var err error
		if all[i], err = c.control(f, action, path); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// openApplication accepts the application and goes on to the photograph.
func (s *Server) openApplication(c *call) error {
	p, err := c.personAt()
	if err != nil {
		return err
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	f.Values.Set("tenure", p.Tenure)
	out, ok, err := act[carddesk.OpenResult](c, f, "card.open", c.bindTo(f, "card.open"))
	if err != nil {
		return err
	}
	if !ok {
		return c.showKind(p, f)
	}
	return c.redirect(applicationPath(out.Application, "next"))
}

// roadSteps are the steps of the road at a window with one of them at work; done says which are behind besides those before it.
func (c *call) roadSteps(now int, done map[int]bool) []step {
	names := []string{"person", "kind", "photograph", "sign", "fee", "done"}
	steps := make([]step, len(names))
	for i, name := range names {
		steps[i].Label = c.t("window.step." + name)
		switch {
		case i == now:
			steps[i].State = "now"
		case i < now || done[i]:
			steps[i].State = "done"
		}
	}
	return steps
}
