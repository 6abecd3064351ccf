package web

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/words"
)

// actionRoad is a page for every action: a form made from its input, and its result in words.
var actionRoad = road{
	routes: func(s *Server) {
		s.get("/do", s.actionList)
		s.get("/do/{action}", s.showAction)
		s.post("/do/{action}", s.doAction)
		s.get("/with/{field}/{value}", s.actionsWith)
	},
	menu: []entry{{Label: "menu.all", Href: "/do"}},
}

// actionPage is one action's page.
type actionPage struct {
	Action     office.Action
	Title      string
	Help       string
	Form       *form
	Fields     []field
	Upload     bool // it sends files
	Result     *shown
	Refusal    *event.Refusal
	Entries    []event.Ref
	DoneBefore bool   // the form had been sent before
	Onward     string // the page on which the work goes on
	Export     string
	More       string // the page of the list behind this one
}

// WithExport tells whether the page offers its workbook: not where the one list of the result does so itself.
func (p *actionPage) WithExport() bool {
	if p.Result == nil || p.Export == "" {
		return false
	}
	return len(p.Result.Facts) > 0 || len(p.Result.Tables) != 1 || p.Result.Tables[0].Export == ""
}

func (c *call) action() (office.Action, error) {
	a, ok := c.s.Office.Action(c.r.PathValue("action"))
	if !ok {
		return a, event.Refuse("office.no_action", "", words.Get("error.no_page"), words.Get("error.no_page.mend"))
	}
	return a, nil
}

func (c *call) actionPage(a office.Action, f *form) *actionPage {
	help, _ := words.Find("action." + a.Name + ".help")
	p := &actionPage{Action: a, Title: Titled(a.Text.In(c.lang)), Help: help.In(c.lang), Form: f, Fields: c.controls(f, a)}
	if a.Name == appointing { // a new operator has no identifier yet; whoever has one is appointed anew from their own page
		p.Fields = slices.DeleteFunc(p.Fields, func(one field) bool { return one.Name == "operator" && one.Value == "" && one.Error == "" })
	}
	begin(f, p.Fields)
	p.Upload = slices.ContainsFunc(p.Fields, func(one field) bool { return one.Part == "file" })
	return p
}

// showAction shows an action's form. A look-up whose query holds its input is made at once, so that its list can be opened by a link, sorted and exported.
func (s *Server) showAction(c *call) error {
	a, err := c.action()
	if err != nil {
		return err
	}
	if a.Looks {
		return c.lookUp(a)
	}
	f, err := c.newForm(c.r.URL.Query().Get(subjectField))
	if err != nil {
		return err
	}
	c.preset(f)
	return c.page(http.StatusOK, "action", c.actionPage(a, f))
}

// preset fills fields from the page's query where the draft has nothing: what another page knows already need not be typed.
func (c *call) preset(f *form) {
	for name, values := range c.r.URL.Query() {
		if name != subjectField && !f.Values.Has(name) {
			f.Values[name] = values
		}
	}
}

func (c *call) lookUp(a office.Action) error {
	query := c.asked()
	f := &form{Values: query}
	if purpose := query.Get("purpose"); purpose != "" {
		if err := c.rememberPurpose(purpose); err != nil {
			return err
		}
	} else if c.by.Purpose != "" {
		query.Set("purpose", c.by.Purpose)
	}
	p := c.actionPage(a, f)
	if !c.ready(a, f) {
		return c.page(http.StatusOK, "action", p)
	}
	input := c.bind(f, a.Input)
	if len(f.Errors) == 0 {
		done, err := c.do(a.Name, input, office.Guard{})
		if refusal, ok := event.AsRefusal(err); ok {
			if refusedStatus(refusal) == http.StatusForbidden {
				return refusal
			}
			if len(c.asked()) > 0 { // at its first opening the page only asks
				f.refuse(refusal, c.lang)
			}
		} else if err != nil {
			return err
		} else {
			result := c.showPages(a.Name, done.Result)
			p.Result, p.More = &result, c.further(a.Name, query, done.Result)
			if query.Get("export") == "xlsx" { // with its single values
				return c.exportLook(p)
			}
		}
	}
	p.Fields = c.controls(f, a)
	if p.Result != nil && !p.Result.private() {
		p.Export = c.addressWith("export", "xlsx")
	}
	return c.page(f.status(), "action", p)
}

// exportLook sends what a look-up found as a workbook, but no list of people, as from no other page either: that export has an action of its own, which asks its purpose and is logged.
func (c *call) exportLook(p *actionPage) error {
	if p.Result.private() {
		return c.fail(http.StatusNotFound, "error.no_page")
	}
	if _, _, err := c.arrange(p); err != nil {
		return err
	}
	return c.export(p.Title, *p.Result)
}

// private tells whether one of the lists is not exported.
func (s *shown) private() bool {
	return slices.ContainsFunc(s.Tables, func(t table) bool { return t.Private })
}

// ready tells whether a look-up has all that it requires.
func (c *call) ready(a office.Action, f *form) bool {
	for _, m := range members(a.Input) {
		if !m.optional && m.typ.Kind() != boolKind && f.Values.Get(m.name) == "" {
			return false
		}
	}
	return true
}

// doAction carries a form out and shows its receipt.
func (s *Server) doAction(c *call) error {
	a, err := c.action()
	if err != nil {
		return err
	}
	if !c.may(a.Name) {
		return notYours(a.Name, c) // before anything that was sent is kept
	}
	f, err := c.readForm()
	if err != nil {
		return err
	}
	input := c.bind(f, a.Input)
	if len(f.Errors) == 0 {
		done, err := c.do(a.Name, input, f.guard(c.by.Unit, input))
		if refusal, ok := event.AsRefusal(err); ok {
			f.refuse(refusal, c.lang)
			if err := c.afterRefusal(f, refusal); err != nil {
				return err
			}
		} else if err != nil {
			return err
		} else {
			return c.receipt(a, done)
		}
	}
	return c.page(f.status(), "action", c.actionPage(a, f))
}

// receipt shows what an act did. Sent again, the form gives the same receipt.
func (c *call) receipt(a office.Action, done *office.Done) error {
	c.react()
	if err := c.dropDraft(); err != nil {
		c.s.Log.Error("draft", "error", err) // the act is committed, and its draft is known by its token
	}
	value, err := typed(a, done)
	if err != nil {
		return err
	}
	result := c.show(a.Name, value)
	p := &actionPage{Action: a, Title: Titled(a.Text.In(c.lang)), Result: &result, Entries: done.Entries, DoneBefore: done.Repeated}
	if a.Name == appointing && len(result.Facts) > 0 {
		p.Onward = result.Facts[0].Href
	}
	return c.page(http.StatusOK, "action", p)
}

// appointing is the action after which a password is set on the operator's page.
const appointing = "site.appoint"

// actionsPage lists actions: all that the operator may do, or what may be done with one thing. None is said where there is none.
type actionsPage struct {
	Title, Help, None string
	About             []fact // the thing
	Groups            []actionGroup
}

// actionGroup is the actions of one room that the operator may do.
type actionGroup struct {
	Title   string
	Actions []actionLink
}

type actionLink struct {
	Href, Label string
	Looks       bool
}

// actionList lists everything that the operator may do, by room.
func (s *Server) actionList(c *call) error {
	p := actionsPage{Title: c.t("actions.title"), Help: c.t("actions.help"), None: c.t("actions.nothing")}
	p.Groups = c.actionGroups(func(a *office.Action) (string, bool) { return actionPath(a.Name, nil), true })
	return c.page(http.StatusOK, "actions", p)
}

// actionsWith lists what the operator may do with the thing that an identifier names.
func (s *Server) actionsWith(c *call) error {
	name, value := c.r.PathValue("field"), c.r.PathValue("value")
	p := actionsPage{Title: c.t("actions.with"), Help: c.t("actions.with.help"), None: c.t("actions.none")}
	p.Groups = c.actionGroups(func(a *office.Action) (string, bool) {
		query := url.Values{name: {value}}
		if !a.Looks {
			query.Set(subjectField, value)
		}
		return actionPath(a.Name, query), takes(a, name)
	})
	p.About = []fact{{Label: anyLabel(name, c.lang), Text: value}}
	if isIdentifier(value) {
		p.About[0].Text = c.knownAs(name, []string{value})[value]
	}
	return c.page(http.StatusOK, "actions", p)
}

// takes tells whether an action's input has a text under a name.
func takes(a *office.Action, name string) bool {
	return slices.ContainsFunc(members(a.Input), func(m member) bool { return m.name == name && m.typ.Kind() == reflect.String })
}

// anyLabel is a field's name in words, whichever action's it is.
func anyLabel(name, lang string) string {
	if text, ok := words.Find("field." + name); ok {
		return text.In(lang)
	}
	for _, key := range words.Keys() {
		if strings.HasPrefix(key, "field.") && strings.HasSuffix(key, "."+name) {
			return words.Get(key).In(lang)
		}
	}
	return words.Get("form.identifier").In(lang)
}

// actionGroups lists actions that the operator may do, by room, with their addresses.
func (c *call) actionGroups(href func(*office.Action) (string, bool)) []actionGroup {
	var groups []actionGroup
	for _, a := range c.s.Office.Actions() {
		address, wanted := href(&a)
		if !wanted || !a.May(c.by.Operator) {
			continue
		}
		room, _, _ := strings.Cut(a.Name, ".")
		title := c.t("room." + room)
		if len(groups) == 0 || groups[len(groups)-1].Title != title {
			groups = append(groups, actionGroup{Title: title})
		}
		last := &groups[len(groups)-1]
		last.Actions = append(last.Actions, actionLink{address, Titled(a.Text.In(c.lang)), a.Looks})
	}
	return groups
}

func (s *Server) actionText(name, lang string) string {
	a, _ := s.Office.Action(name)
	return Titled(a.Text.In(lang))
}

// Titled begins an English text with a capital, as a title has it.
func Titled(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
