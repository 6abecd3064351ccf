package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/words"
)

// registerAct is one change of the register as the window walks through it: what is typed, the answers checked, the act, the receipt.
type registerAct struct {
	name   string // of its page and its texts: /register/birth, register.birth.title
	action string
	law    string // what it rests on
	groups []actGroup
	papers *actPaper
	// begin reads whom or what it is about, and may add fields; it runs before the form is shown and before it is carried out.
	begin func(c *call, p *actPage) error
	// person tells that the act is about one person, who is found first; ended, that it is about a registration that has ended.
	person, ended bool
	home          string   // of another part than the register: the page it belongs to
	next          []string // what its receipt says happens next: keys under road.next
	// input makes the action and its input where binding by the action's type is not enough.
	input func(c *call, p *actPage) (action string, in any)
}

// actGroup is a heading with its fields.
type actGroup struct {
	name   string // register.group.<name>
	fields []actField
}

// actField is one field: of the action's input by its path, or somebody who is looked up by number or name.
type actField struct {
	path  string
	codes func() []citizen.Code // where the catalogue has no choices for it
	spare bool                  // it may be left empty, whatever the action's type says
	must  bool                  // it must be filled in, though the action's type does not say so
	who   string                // the name of somebody looked up; path is then where the tenure goes
}

// actPaper is the document that an act rests on: its fields lie under prefix. What is left empty is a paper still to be brought.
type actPaper struct{ prefix, kind string }

// actPage is the page of an act.
type actPage struct {
	act      *registerAct
	Name     string
	Title    string
	Help     string
	Law      string
	Form     *form
	Person   *registerdesk.ResidentShown // whom it is about
	About    []fact                      // what else it is about
	Times    []option                    // of an appointment
	Books    []option                    // of receipts
	Carried  []hidden                    // what names that, as a link has brought it along
	Upload   bool                        // it sends files
	House    *registerdesk.HouseholdShown
	Groups   []shownGroup
	Members  []memberLine
	Pick     bool // members are picked, not all of them taken
	Choices  []found
	Changed  []change                 // items as they are and as they will be
	Arriving []registerdesk.InTransit // who is on the way here
	Answers  []fact                   // to be checked; nil: still being typed
	Hidden   []hidden
	Notes    []notice
	Back     string
}

type shownGroup struct {
	Title  string
	Pairs  bool // each two fields belong together: a person and the relation
	Fields []field
}

// memberLine is one member of a household, with the relation that the act gives.
type memberLine struct {
	Tenure, Name, Number, Now string
	Field                     string // name of the field that holds the tenure
	Pick                      field
	Relation                  field
}

// found is what a look-up of somebody gave: one person, several to choose from, or nobody.
type found struct {
	Who, Label string
	Field      field // several: to choose from
	Name       string
	Number     string
	Address    string
}

// change is one item before and after.
type change struct{ Label, From, To string }

type hidden struct{ Name, Value string }

// Beginnings of the names of fields: somebody who is looked up, an item of a record.
const (
	whoPrefix  = "who."
	itemPrefix = "items."
)

// stepField is the button that was pressed: to check, back to typing, to carry out.
const stepField = "_step"

// path is the act's page, and back the page that lists it.
func (a *registerAct) path() string {
	if a.home != "" {
		return "/road/" + a.name
	}
	return "/register/" + a.name
}

func (a *registerAct) back() string { return cmp.Or(a.home, "/register") }

// title is the act's own, or what its action is called.
func (a *registerAct) title(c *call) string {
	if text, ok := words.Find("register." + a.name + ".title"); ok {
		return text.In(c.lang)
	}
	return c.s.actionText(a.action, c.lang)
}

func (a *registerAct) help(c *call) string {
	text, _ := words.First("road.help."+a.name, "action."+a.action+".help")
	return text.In(c.lang)
}

// lawOn is what an act rests on on a day.
func (a *registerAct) lawOn(day citizen.Date) string {
	if a.law == lawTemporary && !temporaryByOrder78(day) {
		return "临时身份证管理暂行规定（1989）"
	}
	return a.law
}

// temporaryByOrder78 tells whether temporary cards follow 公安部令第78号 on a day: three days and three months. It is in force from 2005-10-01.
func temporaryByOrder78(day citizen.Date) bool {
	_, ok := citizen.RuleOn("temporary.handout.within", day)
	return ok
}

// page makes the act's page from a form.
func (a *registerAct) page(c *call, f *form) (*actPage, error) {
	p := &actPage{act: a, Name: a.name, Title: a.title(c), Help: a.help(c), Law: a.lawOn(c.businessDay()), Form: f, Back: a.back()}
	if a.begin != nil {
		if err := a.begin(c, p); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// showAct shows an act's form, with what another page knows already.
func (s *Server) showAct(a *registerAct) handler {
	return func(c *call) error {
		if !c.may(a.action) {
			return notYours(a.action, c)
		}
		if a.person && c.r.URL.Query().Get("tenure") == "" {
			return c.findFor(a)
		}
		f, err := c.newForm(c.r.URL.Query().Get(subjectField))
		if err != nil {
			return err
		}
		c.preset(f)
		if a.dated() && !f.Values.Has("on") {
			f.Values.Set("on", strings.ReplaceAll(c.businessDay().String(), "-", ""))
		}
		p, err := a.page(c, f)
		if err != nil {
			return err
		}
		if err := p.known(c); err != nil {
			return err
		}
		return p.show(c)
	}
}

// dated tells whether an act has a day on which it becomes true: today, unless the clerk types another.
func (a *registerAct) dated() bool {
	return slices.ContainsFunc(a.groups, func(g actGroup) bool {
		return slices.ContainsFunc(g.fields, func(one actField) bool { return one.path == "on" })
	})
}

// registerFind asks whom an act is about.
type registerFind struct {
	Path, Title, Law string
	Back             string
	Form             *form
	Who              field
	People           *table
}

// findFor finds the person whom an act is about: the only one with the number or name at once, one of several by the clerk's choice.
func (c *call) findFor(a *registerAct) error {
	f := &form{Values: c.asked()}
	p := registerFind{Path: a.path(), Title: a.title(c), Law: a.lawOn(c.businessDay()), Form: f, Back: a.back()}
	if typed := strings.TrimSpace(f.Value("who")); typed != "" {
		out, err := c.searchPeople(typed, fields{"open": !a.ended, "unit": c.by.Unit, "purpose": windowPurpose()})
		if refusal, ok := event.AsRefusal(err); ok {
			f.refuse(refusal, c.lang)
		} else if err != nil {
			return err
		}
		here := func(tenure string) string { return a.path() + "?tenure=" + url.QueryEscape(tenure) }
		if len(out.Found) == 1 {
			return c.redirect(here(out.Found[0].Tenure))
		}
		people := c.people(out.Found)
		for i := range people.Rows {
			people.Rows[i].Href = here(out.Found[i].Tenure)
		}
		p.People = &people
	}
	p.Who = field{ID: fieldID("who"), Name: "who", Label: c.t("register.find_first"), Hint: c.t("register.who.hint"), Value: f.Value("who"), Required: true, Focus: p.People == nil, Width: "m"}
	return c.page(f.status(), "register-find", p)
}

// notYours lets the desk itself say why the operator may not do an action.
func notYours(action string, c *call) error {
	_, err := c.do(action, fields{}, office.Guard{})
	return err
}

// doAct takes what was typed one step on.
func (s *Server) doAct(a *registerAct) handler {
	return func(c *call) error {
		f, err := c.readForm()
		if err != nil {
			return err
		}
		if f.Value(stepField) == "" {
			c.preset(f) // later steps carry all of it themselves
		}
		p, err := a.page(c, f)
		if err != nil {
			return err
		}
		p.paper()
		switch step := f.Value(stepField); step {
		case "back":
			return p.show(c)
		case "do":
			return p.carryOut(c)
		}
		return p.check(c)
	}
}

// check looks the people up, reads what was typed, and shows the answers before the act.
func (p *actPage) check(c *call) error {
	sure, err := p.lookUp(c)
	if err != nil {
		return err
	}
	p.inputOf(c)
	p.required(c)
	if len(p.Form.Errors) > 0 || !sure {
		return p.show(c)
	}
	if err := c.storeDraft(c.here(), p.Form.Values, p.Form.Focus); err != nil {
		return err
	}
	p.Groups = p.shownGroups(c)
	p.Answers = p.answers(c)
	for name, values := range p.Form.Values {
		if strings.HasPrefix(name, "_") {
			continue
		}
		for _, value := range values {
			p.Hidden = append(p.Hidden, hidden{name, value})
		}
	}
	slices.SortFunc(p.Hidden, func(a, b hidden) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return c.page(http.StatusOK, "register-act", p)
}

// inputOf is the action and its input.
func (p *actPage) inputOf(c *call) (action string, in any) {
	if p.act.input != nil {
		return p.act.input(c, p)
	}
	return p.act.action, c.bindTo(p.Form, p.act.action)
}

// required marks the fields that the action needs and nobody has filled in.
func (p *actPage) required(c *call) {
	for _, g := range p.shownGroups(c) {
		for _, one := range g.Fields {
			if one.Required && one.Value == "" && one.Error == "" && one.Part != "check" || p.halfMember(one.Name) {
				p.Form.wrong(one.Name, c.t("register.empty", one.Label), c.t("register.empty.mend"))
			}
		}
	}
}

// halfMember tells whether a line of people has somebody without a relation.
func (p *actPage) halfMember(name string) bool {
	prefix, ok := strings.CutSuffix(name, ".relation")
	return ok && strings.HasPrefix(name, "members.") && p.Form.Value(prefix+".tenure") != "" && p.Form.Value(name) == ""
}

// carryOut does the act and goes to its receipt.
func (p *actPage) carryOut(c *call) error {
	action, in := p.inputOf(c)
	if len(p.Form.Errors) > 0 {
		_, _, done, err := c.s.Office.Kept(c.ctx(), c.by.Operator, p.Form.Once)
		if err != nil {
			return err
		}
		if !done {
			return p.show(c)
		}
		return p.receipt(c) // pressed twice: what was to be altered is altered
	}
	_, ok, err := act[any](c, p.Form, action, in)
	if err != nil {
		return err
	}
	if !ok {
		p.place()
		return p.show(c)
	}
	return p.receipt(c)
}

// receipt goes to the receipt of what the form has done.
func (p *actPage) receipt(c *call) error {
	query := url.Values{}
	if p.Person != nil {
		query.Set("tenure", p.Person.Tenure)
	}
	return c.redirect("/register/receipt/" + url.PathEscape(p.Form.Once) + "?" + query.Encode())
}

// place hangs a rule's "no" on the form's own field where the rule knows only the last part of its path.
func (p *actPage) place() {
	for i := range p.Form.Errors {
		e := &p.Form.Errors[i]
		for _, g := range p.act.groups {
			for _, one := range g.fields {
				if e.Name != "" && strings.HasSuffix(one.path, "."+e.Name) {
					e.Name, e.ID = one.path, fieldID(one.path)
				}
			}
		}
	}
}

// show shows the form to be typed in.
func (p *actPage) show(c *call) error {
	p.Groups = p.shownGroups(c)
	p.cursor()
	return c.page(p.Form.status(), "register-act", p)
}

// cursor puts the cursor into the first field that is still empty, unless the draft or an error says where it belongs.
func (p *actPage) cursor() {
	if len(p.Form.Errors) > 0 {
		return
	}
	for _, want := range []func(*field) bool{func(one *field) bool { return one.Focus }, func(one *field) bool { return one.Value == "" && one.Part != "check" }} {
		for i := range p.Groups {
			for k := range p.Groups[i].Fields {
				if one := &p.Groups[i].Fields[k]; want(one) {
					one.Focus = true
					return
				}
			}
		}
	}
}

func (p *actPage) shownGroups(c *call) []shownGroup {
	var all []shownGroup
	for _, g := range p.act.groups {
		shown := shownGroup{Title: c.t("register.group." + g.name), Pairs: g.name == "members" || g.name == "slots"}
		for _, one := range g.fields {
			if one.path == "to_tenure" && len(p.Arriving) == 0 {
				continue // nobody is on the way: the paper is scanned
			}
			if p.carries(one.path) {
				continue
			}
			control := p.control(c, one)
			p.Upload = p.Upload || control.Part == "file"
			shown.Fields = append(shown.Fields, control)
		}
		if len(shown.Fields) > 0 {
			all = append(all, shown)
		}
	}
	return all
}

// carries tells whether a field names what the act is about, and is not typed.
func (p *actPage) carries(path string) bool {
	return slices.ContainsFunc(p.Carried, func(one hidden) bool { return one.Name == path })
}

func (p *actPage) control(c *call, of actField) field {
	if of.who != "" {
		name := whoPrefix + of.who
		return field{Part: "line", ID: fieldID(name), Name: name, Label: c.t("register.who." + of.who), Hint: c.t("register.who.hint"), Value: p.Form.Value(name),
			Error: p.Form.Error(name), Width: "m", Focus: p.Form.Focus == name, Required: of.must}
	}
	one, err := c.control(p.Form, p.act.action, of.path)
	if err != nil {
		one = p.plain(c, of)
	}
	if label, ok := words.First("register.label."+p.Name+"."+of.path, "register.label."+of.path); ok {
		one.Label = label.In(c.lang)
	}
	switch {
	case of.path == "to_unit":
		p.stations(c, &one)
	case of.path == "to_tenure" && len(p.Arriving) > 0:
		p.arrivals(c, &one)
	case of.path == slotField && len(p.Times) > 0:
		one.Part, one.Options, one.Width = "select", p.Times, "l"
	case of.path == "book" && len(p.Books) > 0:
		one.Part, one.Options = "select", append([]option{{Label: c.t("form.choose")}}, p.Books...)
	case of.path == "evidence":
		one.Part, one.Rows, one.Width = "area", 2, ""
	case of.path == "paper":
		one.Part, one.Rows, one.Width = "area", 3, "l"
	case strings.HasPrefix(of.path, "members."):
		one.Required = false
	}
	one.Required = (one.Required || of.must) && !of.spare
	if of.codes != nil {
		one.Part, one.Options = "select", []option{{Label: c.t("form.choose")}}
		for _, code := range of.codes() {
			one.Options = append(one.Options, option{code.Code, code.Code + " " + code.Text().In(c.lang), code.Code == one.Value})
		}
	}
	return one
}

// stations lets the clerk choose among the city's other stations.
func (p *actPage) stations(c *call, one *field) {
	one.Part, one.Options = "select", []option{{Label: c.t("register.outside")}}
	for _, unit := range c.s.units.under(c.s.Office.City) {
		if unit.Level() == event.Station && unit != c.by.Unit {
			one.Options = append(one.Options, option{string(unit), string(unit) + " " + c.s.units.name(unit), string(unit) == one.Value})
		}
	}
}

// arrivals lets the clerk choose among those who are on the way here.
func (p *actPage) arrivals(c *call, one *field) {
	one.Part, one.Type, one.Options = "check", "radio", nil
	for _, m := range p.Arriving {
		label := strings.Join([]string{m.Name, m.Number, c.s.units.name(m.FromUnit), shownDate(m.On)}, " ")
		one.Options = append(one.Options, option{m.ToTenure, label, m.ToTenure == one.Value})
	}
}

// plain is a field that the act's own input does not have: its label stands in this part's catalogue.
func (p *actPage) plain(c *call, of actField) field {
	hint, _ := words.Find("register.field." + of.path + ".hint")
	return field{Part: "line", ID: fieldID(of.path), Name: of.path, Label: c.t("register.field." + of.path), Hint: hint.In(c.lang), Value: p.Form.Value(of.path),
		Error: p.Form.Error(of.path), Width: "m", Focus: p.Form.Focus == of.path}
}

// paper names the kind of the document where something of it was typed; else it is a paper still to be brought.
func (p *actPage) paper() {
	if p.act.papers == nil {
		return
	}
	prefix := p.act.papers.prefix + "."
	p.Form.Values.Del(prefix + "kind")
	for _, part := range []string{"number", "issued_on", "issuer"} {
		if strings.TrimSpace(p.Form.Value(prefix+part)) != "" {
			p.Form.Values.Set(prefix+"kind", p.act.papers.kind)
		}
	}
}

// answers lists what was typed in words.
func (p *actPage) answers(c *call) []fact {
	var all []fact
	for _, one := range p.Choices {
		all = append(all, fact{Label: one.Label, Text: strings.Join([]string{one.Name, one.Number}, " ")})
	}
	for _, g := range p.Groups {
		for _, one := range g.Fields {
			if text := answer(c, one); text != "" && !strings.HasPrefix(one.Name, whoPrefix) && !strings.HasPrefix(one.Name, itemPrefix) {
				all = append(all, fact{Label: one.Label, Text: text})
			}
		}
	}
	for _, m := range p.Members {
		if m.Pick.Name == "" || len(m.Pick.Options) > 0 && m.Pick.Options[0].Selected {
			all = append(all, fact{Label: m.Name, Text: answer(c, m.Relation)})
		}
	}
	return all
}

// answer is one field's value as a reader sees it.
func answer(c *call, one field) string {
	if len(one.Options) > 0 {
		var chosen []string
		for _, o := range one.Options {
			if o.Selected && o.Value != "" {
				chosen = append(chosen, o.Label)
			}
		}
		return strings.Join(chosen, c.t("list.comma"))
	}
	if one.Part == "file" && one.Value != "" {
		return c.t("road.file")
	}
	if one.Part == "date" {
		if day, ok := parseDate(one.Value); ok {
			return day
		}
	}
	return one.Value
}

// slots are the act's fields for somebody who is looked up.
func (p *actPage) slots() []actField {
	var all []actField
	for _, g := range p.act.groups {
		for _, one := range g.fields {
			if one.who != "" {
				all = append(all, one)
			}
		}
	}
	return all
}

// known fills in the words of people whom another page has named by their tenure.
func (p *actPage) known(c *call) error {
	for _, slot := range p.slots() {
		tenure := p.Form.Value(slot.path)
		if tenure == "" || p.Form.Value(whoPrefix+slot.who) != "" {
			continue
		}
		people, err := ask[[]registerdesk.Found](c, "register.find", fields{"tenure": tenure, "purpose": windowPurpose()})
		if err != nil {
			return err
		}
		if len(people) == 1 {
			p.Form.Values.Set(whoPrefix+slot.who, cmp.Or(people[0].Record.Number, people[0].Record.Name))
		}
	}
	return nil
}

// lookUp finds the people named; sure is false while one of them still has to be chosen.
func (p *actPage) lookUp(c *call) (sure bool, err error) {
	sure = true
	for _, slot := range p.slots() {
		name := whoPrefix + slot.who
		typed := strings.TrimSpace(p.Form.Value(name))
		if typed == "" {
			p.Form.Values.Del(slot.path)
			continue
		}
		out, err := c.searchPeople(typed, fields{"open": true, "limit": maxChoices, "unit": c.by.Unit, "purpose": windowPurpose()})
		if refusal, ok := event.AsRefusal(err); ok {
			p.Form.wrong(name, refusal.Text.In(c.lang), refusal.Mend.In(c.lang))
			continue
		}
		if err != nil {
			return false, err
		}
		if !p.choose(c, slot, out.Found) {
			sure = false
		}
	}
	return sure, nil
}

// maxChoices is among how many people of one name a clerk chooses in the page.
const maxChoices = 12

// choose takes the one person found, or lets the clerk choose among several.
func (p *actPage) choose(c *call, slot actField, people []registerdesk.Found) bool {
	name, label := whoPrefix+slot.who, c.t("register.who."+slot.who)
	if len(people) == 0 {
		p.Form.Values.Del(slot.path)
		p.Form.wrong(name, c.t("register.nobody", label), c.t("register.nobody.mend"))
		return false
	}
	at := slices.IndexFunc(people, func(one registerdesk.Found) bool { return one.Tenure == p.Form.Value(slot.path) })
	if len(people) == 1 {
		at = 0
	}
	if at >= 0 {
		p.Form.Values.Set(slot.path, people[at].Tenure)
		r := people[at].Record
		p.Choices = append(p.Choices, found{Who: slot.who, Label: label, Name: r.Name, Number: r.Number, Address: r.Address})
		return true
	}
	choice := field{Part: "check", Type: "radio", ID: fieldID(slot.path), Name: slot.path, Label: c.t("register.choose", label), Required: true, Focus: true}
	for _, one := range people {
		choice.Options = append(choice.Options, option{Value: one.Tenure, Label: strings.Join([]string{one.Record.Name, one.Record.Number, one.Record.Address}, " ")})
	}
	p.Choices = append(p.Choices, found{Who: slot.who, Label: label, Field: choice})
	return false
}

// aboutTenure reads the person that an act is about.
func aboutTenure(c *call, p *actPage) error {
	one, err := c.resident(p.Form.Value("tenure"))
	if err != nil {
		return err
	}
	p.Person, p.Back = &one, "/resident/"+url.PathEscape(one.Tenure)
	if p.Form.Subject == "" {
		p.Form.Subject = one.Tenure
		if err := c.look(p.Form); err != nil {
			return err
		}
	}
	if one.State != register.StateOpen && !p.act.ended {
		p.Notes = append(p.Notes, notice{Tone: "stop", Title: Titled(c.state(one.State)), Text: c.t("register.ended")})
	}
	return nil
}

// members lists a household's members with a field for each relation; picked tells that only some of them go.
func (p *actPage) members(c *call, no string, picked bool) error {
	house, err := c.household(c.by.Unit, no)
	if err != nil {
		return err
	}
	p.House, p.Pick = &house, picked
	p.Back = householdPath(house.Unit, house.No)
	if p.Form.Subject == "" {
		p.Form.Subject = register.HouseholdSubject(house.Unit, house.No)
		if err := c.look(p.Form); err != nil {
			return err
		}
	}
	for i, m := range house.Members {
		p.Members = append(p.Members, p.member(c, i, m, picked))
	}
	return nil
}

func (p *actPage) member(c *call, i int, m registerdesk.Found, picked bool) memberLine {
	prefix := "members." + strconv.Itoa(i) + "."
	line := memberLine{Field: prefix + "tenure", Tenure: m.Tenure, Name: m.Record.Name, Number: m.Record.Number, Now: codeWords("relation", m.Record.Relation).In(c.lang)}
	if picked {
		chosen := p.Form.Value(prefix+"tenure") == m.Tenure
		line.Pick = field{ID: fieldID(prefix + "tenure"), Name: prefix + "tenure", Value: m.Tenure, Options: []option{{m.Tenure, m.Record.Name, chosen}}}
		if !chosen {
			p.Form.Values.Del(prefix + "tenure")
		}
	} else {
		p.Form.Values.Set(prefix+"tenure", m.Tenure)
	}
	relation, err := c.control(p.Form, p.act.action, "members.0.relation")
	if err != nil {
		return line // the act leaves the relations as they are
	}
	relation.ID, relation.Name, relation.Value, relation.Error = fieldID(prefix+"relation"), prefix+"relation", p.Form.Value(prefix+"relation"), p.Form.Error(prefix+"relation")
	relation.Label, relation.Hint = c.t("register.relation_of", m.Record.Name), ""
	for k := range relation.Options {
		relation.Options[k].Selected = relation.Options[k].Value == relation.Value
	}
	line.Relation = relation
	return line
}

// takeMembers is the input of an act upon members: those who are not picked are left out, and each of the others has a relation.
func takeMembers(c *call, p *actPage) (string, any) {
	for i := range p.Members {
		prefix := "members." + strconv.Itoa(i) + "."
		switch {
		case p.Form.Value(prefix+"tenure") == "":
			p.Form.Values.Del(prefix + "relation")
		case p.Form.Value(prefix+"relation") == "":
			p.Form.wrong(prefix+"relation", c.t("register.empty", p.Members[i].Relation.Label), c.t("register.empty.mend"))
		}
	}
	return p.act.action, c.bindTo(p.Form, p.act.action)
}
