package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/words"
)

// actForm is a page for one act that is done often: the fields that are wanted, in the order in which they are filled in, with the evidence above them.
// After the act it leads back to the list, which says what was done.
type actForm struct {
	Path, Action, Back string
	Title              string // key of the catalogue; empty: the action's words
	Fields             []string
	Fixed              map[string]string // what the page itself says
	Without            []string          // fields of a line or a group that are seldom filled in: they have their place on the action's own page
	Subject            string            // the field that names what the form is about
	Evidence           func(*call, *form) ([]leaderSection, error)
	Options            map[string]func(*call, *form) ([]option, error) // of fields whose values another list has
	Then               func(result map[string]any) string              // the page after it; nil: Back
}

// carried are the fields that hold an identifier: nobody types what a link has brought along.
var carried = []string{"order", "guidance", "problem", "seat", "budget", "transfer", "remittance", "appropriation", "asset", "milestone"}

// leaderForm is such a form as its page shows it.
type leaderForm struct {
	Form   *form
	Fields []field
	Hidden []field // identifiers that came with the link
	Help   string
	Back   string
	Title  string
	Submit string
}

func (a *actForm) route(s *Server) {
	s.get(a.Path, a.show)
	s.post(a.Path, a.do)
}

func (a *actForm) show(c *call) error {
	f, err := c.newForm(c.r.URL.Query().Get(a.Subject))
	if err != nil {
		return err
	}
	c.preset(f)
	for name, value := range a.Fixed {
		f.Values.Set(name, value)
	}
	return a.page(c, f)
}

func (a *actForm) page(c *call, f *form) error {
	action, ok := c.s.Office.Action(a.Action)
	if !ok || !c.may(a.Action) {
		return c.fail(http.StatusForbidden, "leader.may_not")
	}
	p, err := c.newLeaderPage(a.Path, "leader.title")
	if err != nil {
		return err
	}
	p.Title, p.Area = Titled(action.Text.In(c.lang)), areaBar{}
	if a.Title != "" {
		p.Title = c.t(a.Title)
	}
	p.Form = &leaderForm{Form: f, Back: a.Back, Help: helpOf(c, a.Action)}
	for name := range a.Fixed {
		p.Form.Hidden = append(p.Form.Hidden, field{Name: name, Value: f.Value(name)})
	}
	for _, name := range a.Fields {
		one, err := a.field(c, f, name)
		if err != nil {
			return err
		}
		if slices.Contains(carried, name) && one.Value != "" && one.Part == "line" {
			p.Form.Hidden = append(p.Form.Hidden, one)
			continue
		}
		p.Form.Fields = append(p.Form.Fields, one)
	}
	begin(f, p.Form.Fields)
	if a.Evidence != nil {
		if p.Sections, err = a.Evidence(c, f); err != nil {
			return err
		}
	}
	return c.leader(p)
}

func helpOf(c *call, action string) string {
	if text, ok := words.First("leader.help."+action, "action."+action+".help"); ok {
		return text.In(c.lang)
	}
	return ""
}

// field makes one field; where another list knows its values, they are offered.
func (a *actForm) field(c *call, f *form, name string) (field, error) {
	one, err := c.control(f, a.Action, name)
	if err != nil {
		return one, err
	}
	for i, line := range one.Lines {
		if one.Lines[i], err = a.inner(c, f, line, name); err != nil {
			return one, err
		}
	}
	if one.Fields, err = a.inner(c, f, one.Fields, name); err != nil {
		return one, err
	}
	return one, a.offer(c, f, &one, name)
}

// inner makes the fields of a line or a group: those that are wanted, with what is offered for them.
func (a *actForm) inner(c *call, f *form, all []field, name string) (wanted []field, err error) {
	for _, one := range all {
		last := one.Name[strings.LastIndexByte(one.Name, '.')+1:]
		if slices.Contains(a.Without, last) {
			continue
		}
		if err := a.offer(c, f, &one, name+"."+last); err != nil {
			return nil, err
		}
		wanted = append(wanted, one)
	}
	return wanted, nil
}

// offer gives a field the values that another list has for it.
func (a *actForm) offer(c *call, f *form, one *field, name string) error {
	offer := a.Options[name]
	if offer == nil {
		return nil
	}
	options, err := offer(c, f)
	if err != nil || len(options) == 0 {
		return err
	}
	for i := range options {
		options[i].Selected = slices.Contains(f.Values[one.Name], options[i].Value)
	}
	if text, ok := words.Find("leader.offer." + name[strings.LastIndex(name, ".")+1:]); ok { // a name is chosen, no login or number typed
		one.Label = text.In(c.lang)
	}
	if one.Hint == c.t("form.from_list") {
		one.Hint = ""
	}
	if one.Part == "area" || one.Part == "check" {
		one.Part, one.Options, one.Hint = "check", options, ""
	} else {
		one.Part, one.Width = "select", "l"
		one.Options = append([]option{{Label: c.t("form.choose")}}, options...)
	}
	return nil
}

// empty marks each text that was left empty: the rule names one of them for all.
func (a *actForm) empty(c *call, f *form) error {
	for _, name := range a.Fields {
		one, err := a.field(c, f, name)
		if err != nil {
			return err
		}
		if one.Part == "area" && one.Required && strings.TrimSpace(f.Value(name)) == "" {
			f.wrong(name, c.t("register.empty", one.Label), c.t("leader.empty.mend"))
		}
	}
	return nil
}

func (a *actForm) do(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	input := c.bindTo(f, a.Action)
	if err := a.empty(c, f); err != nil {
		return err
	}
	out, ok, err := act[any](c, f, a.Action, input)
	if err != nil {
		return err
	}
	if !ok {
		return a.page(c, f)
	}
	to := a.Back
	if a.Then != nil {
		result, err := asFields(out)
		if err != nil {
			return err
		}
		to = a.Then(result)
	}
	return c.redirect(withQuery(to, url.Values{"done": {a.Action}}))
}

// oneOf shows the only row of a list as the evidence above a form; nothing where the list is empty.
func oneOf(title string, t table) []leaderSection {
	if len(t.Rows) == 0 {
		return nil
	}
	section := leaderSection{Title: title}
	for i, one := range t.Rows[0].Cells {
		if one.Text != "" {
			section.Facts = append(section.Facts, fact{Label: t.Columns[i].Label, Text: one.Text})
		}
	}
	section.Facts[0].Tone = "wide"
	return []leaderSection{section}
}

// asFields gives a result by its fields' names, as it is kept and exported.
func asFields(result any) (map[string]any, error) {
	text, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	all := make(map[string]any)
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("web: a result without fields: %w", err)
	}
	return all, nil
}
