package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
	"github.com/huzheng/huzheng/internal/words"
)

// visitPlan is the area officer's list and what chooses it.
type visitPlan struct {
	Officer, Address, Unit string
	Sample                 bool // the list of a second visit
	Choose                 []option
	List                   table
	Plan                   verifydesk.Plan
	Query                  string // of the pages that go along the list
	First, Sheets          string
	Done                   *notice
}

// planQuery is what a list of visits is chosen by; it goes along from household to household.
func planQuery(r *http.Request) url.Values {
	keep := url.Values{}
	for _, name := range []string{"unit", "officer", "address"} {
		if v := strings.TrimSpace(r.URL.Query().Get(name)); v != "" {
			keep.Set(name, v)
		}
	}
	return keep
}

// planInput asks for the list; above the stations it is the sample of a second visit, without what the first one found.
func (c *call) planInput(limit int) fields {
	q := planQuery(c.r)
	in := fields{"purpose": c.purposeOf("visit"), "address": q.Get("address"), "officer": q.Get("officer"), "limit": limit}
	if c.by.Unit.Level() != event.Station {
		in["unit"], in["sample"] = q.Get("unit"), true
	}
	return in
}

// planLength is how many households a list of visits has: more than an officer goes to in a day.
const planLength = 100

// listLength is how many lines the lists of comparisons and corrections have at most.
const listLength = 200

func (s *Server) visits(c *call) error {
	q := planQuery(c.r)
	p := visitPlan{Officer: q.Get("officer"), Address: q.Get("address"), Unit: q.Get("unit"), Sample: c.by.Unit.Level() != event.Station, Query: q.Encode()}
	if p.Officer == "" {
		p.Officer = c.by.Name
	}
	if p.Sample {
		m := maker{c: c}
		for _, o := range m.unitOptions([]string{p.Unit}) {
			if event.Unit(o.Value).Level() == event.Station {
				p.Choose = append(p.Choose, o)
			}
		}
	}
	if id := c.r.URL.Query().Get("done"); id != "" {
		done, err := c.visitDone(id)
		if err != nil {
			return err
		}
		p.Done = done
	}
	if p.Sample && p.Unit == "" {
		return c.page(http.StatusOK, "field-visits", p)
	}
	var err error
	if p.Plan, err = ask[verifydesk.Plan](c, "verify.visit_plan", c.planInput(planLength)); err != nil {
		return err
	}
	p.list(c)
	return c.page(http.StatusOK, "field-visits", p)
}

func (p *visitPlan) list(c *call) {
	key := "clean.visits.list"
	if p.Sample {
		key = "clean.visits.sample"
	}
	p.List = table{Caption: c.t(key, shownDate(c.businessDay())), Total: p.Plan.Total, Columns: []column{
		{Key: "address", Label: label(c.lang)("address")}, {Key: "household_no", Label: label(c.lang)("household_no")},
		{Key: "members", Label: c.t("clean.visits.members")}, {Key: "count", Label: c.t("clean.visits.count"), Num: true}}}
	p.List.Columns[0].Label = label(c.lang)("address")
	for _, h := range p.Plan.Households {
		names := make([]string, len(h.Members))
		for i, m := range h.Members {
			names[i] = m.Name
		}
		p.List.Rows = append(p.List.Rows, row{Href: p.visit(c, h.HouseholdNo), Cells: []cell{{Text: h.Address}, {Text: h.HouseholdNo},
			{Text: strings.Join(names, c.t("list.comma"))}, {Text: strconv.Itoa(len(h.Members)), Num: true}}})
	}
	if len(p.Plan.Households) > 0 {
		p.First = p.visit(c, p.Plan.Households[0].HouseholdNo)
	}
	p.Sheets = withQuery("/visits/sheets", planQuery(c.r))
}

// visit is the page of one household of the list.
func (p *visitPlan) visit(c *call, household string) string {
	unit := string(c.by.Unit)
	if p.Sample {
		unit = p.Unit
	}
	return withQuery("/visit/"+url.PathEscape(unit)+"/"+url.PathEscape(household), planQuery(c.r))
}

// nextVisit opens the household that follows another in the list.
func (s *Server) nextVisit(c *call) error {
	in := c.planInput(1)
	in["after"] = c.r.URL.Query().Get("after")
	plan, err := ask[verifydesk.Plan](c, "verify.visit_plan", in)
	if err != nil {
		return err
	}
	q := planQuery(c.r)
	done := c.r.URL.Query().Get("done")
	if done != "" {
		q.Set("done", done)
	}
	if len(plan.Households) == 0 {
		return c.redirect(withQuery("/visits", q))
	}
	unit := q.Get("unit")
	if unit == "" {
		unit = string(c.by.Unit)
	}
	return c.redirect(withQuery("/visit/"+url.PathEscape(unit)+"/"+url.PathEscape(plan.Households[0].HouseholdNo), q))
}

// visitDone says what a visit that was just saved did.
func (c *call) visitDone(id string) (*notice, error) {
	shown, err := ask[verifydesk.Shown](c, "verify.show", fields{"matter": id, "purpose": c.purposeOf("visit")})
	if err != nil || len(shown.Sides) == 0 {
		return nil, err
	}
	side := shown.Sides[0]
	if second, _, ok := lastStep[verify.Revisited](side, verify.KindRevisited); ok {
		n := &notice{Tone: "done", Title: c.t("clean.revisit.done", second.HouseholdNo, second.Items, len(second.Missed)+len(second.NotFound))}
		if len(second.Missed)+len(second.NotFound) > 0 {
			n.Tone, n.Text = "warn", c.t("clean.revisit.wrong", c.differences(second.Missed), c.differences(second.NotFound))
		}
		return n, nil
	}
	v, _, ok := lastStep[verify.Visited](side, verify.KindVisited)
	if !ok {
		return nil, nil
	}
	n := &notice{Tone: "done", Title: c.t("clean.visit.done", v.HouseholdNo, len(v.Verified))}
	if len(v.Differences) > 0 {
		n.Text = c.t("clean.visit.differ", len(v.Differences))
		n.Href, n.Link = "/correct/"+url.PathEscape(v.Differences[0].Tenure)+"?source="+url.QueryEscape(id), c.t("clean.visit.correct")
	}
	if len(v.Cases) > 0 {
		n.Text = strings.TrimSpace(n.Text + " " + c.t("clean.visit.opened", len(v.Cases)))
		if n.Href == "" {
			n.Href, n.Link = "/case/"+url.PathEscape(v.Cases[0]), c.t("clean.visit.case")
		}
	}
	return n, nil
}

func (c *call) differences(all []verify.Difference) string {
	parts := make([]string, len(all))
	for i, d := range all {
		parts[i] = label(c.lang)(d.Item) + " " + c.itemWords(d.Item, d.Registered) + " → " + c.itemWords(d.Item, d.Told)
	}
	if len(parts) == 0 {
		return c.t("clean.none")
	}
	return strings.Join(parts, c.t("list.comma"))
}

// sheetsAtOnce is how many households one print has: more than an officer visits in an evening.
const sheetsAtOnce = 50

// visitSheets prints the base sheets of the list, numbered, one household a block.
func (s *Server) visitSheets(c *call) error {
	plan, err := ask[verifydesk.Plan](c, "verify.visit_plan", c.planInput(sheetsAtOnce))
	if err != nil {
		return err
	}
	unit := c.by.Unit
	if u := c.r.URL.Query().Get("unit"); u != "" {
		unit = event.Unit(u)
	}
	return c.paper("field-sheets", fields{"Plan": plan, "Unit": unit, "Officer": c.r.URL.Query().Get("officer"), "Today": c.businessDay()})
}

// visitPage is one household at its door.
type visitPage struct {
	Form                  *form
	Action                string
	Unit                  event.Unit
	HouseholdNo, Address  string
	Members               []visitMember
	Differences           [][]field
	Unregistered          [][]field
	Signed, On, EmptyHung field
	Names                 []string // of the members, by their number in the list
	Second                bool
	Done                  *notice
	Next, Back, Compare   string
}

type visitMember struct {
	verifydesk.PlannedMember
	No    int
	State field
	Words field
}

const (
	differenceLines   = 3
	unregisteredLines = 2
)

// visitAction is the first visit at the station of the household, and the blind second one above it.
func (c *call) visitAction(unit event.Unit) string {
	if unit == c.by.Unit {
		return "verify.visited"
	}
	return "verify.revisit"
}

func (s *Server) showVisit(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	if !f.Values.Has("on") {
		f.Values.Set("on", c.businessDay().String())
	}
	p, err := c.visitPage(f)
	if err != nil {
		return err
	}
	if id := c.r.URL.Query().Get("done"); id != "" {
		if p.Done, err = c.visitDone(id); err != nil {
			return err
		}
	}
	return c.page(http.StatusOK, "field-visit", p)
}

func (c *call) visitPage(f *form) (*visitPage, error) {
	unit, no := event.Unit(c.r.PathValue("unit")), c.r.PathValue("household")
	plan, err := ask[verifydesk.Plan](c, "verify.visit_plan", fields{"unit": unit, "household_no": no, "purpose": c.purposeOf("visit")})
	if err != nil {
		return nil, err
	}
	if len(plan.Households) == 0 {
		return nil, verifyNoHousehold()
	}
	q := planQuery(c.r)
	p := &visitPage{Form: f, Action: c.visitAction(unit), Unit: unit, HouseholdNo: no, Second: unit != c.by.Unit, Back: withQuery("/visits", q),
		Compare: "/compare/" + url.PathEscape(string(unit)) + "/" + url.PathEscape(no)}
	if !c.may("verify.compare") || p.Second {
		p.Compare = ""
	}
	q.Set("after", no)
	p.Next = withQuery("/visits/next", q)
	members := []option{{Label: c.t("form.choose")}}
	p.Address = plan.Households[0].Address
	for i, m := range plan.Households[0].Members {
		p.Names = append(p.Names, m.Name)
		members = append(members, option{Value: m.Tenure, Label: fmt.Sprintf("%d %s", i+1, m.Name)})
		p.Members = append(p.Members, c.visitMember(f, i, m))
	}
	return p, c.visitFields(p, members)
}

func (c *call) visitMember(f *form, i int, m verifydesk.PlannedMember) visitMember {
	state, said := fmt.Sprintf("state.%d", i), fmt.Sprintf("said.%d", i)
	options := []option{{"present", c.t("clean.state.present"), false}, {"absent", c.t("clean.state.absent"), false}}
	for _, mark := range visitMarks {
		options = append(options, option{Value: mark, Label: codeWords("verify.Mark.mark", mark).In(c.lang)})
	}
	return visitMember{No: i + 1, PlannedMember: m,
		State: field{Part: "select", ID: fieldID(state), Name: state, Label: c.t("clean.visit.state_of", m.Name), Required: true, Options: chosen(options, f.Value(state)), Error: f.Error(state), Focus: f.Focus == state},
		Words: field{Part: "line", ID: fieldID(said), Name: said, Label: c.t("clean.visit.said_of", m.Name), Value: f.Value(said), Error: f.Error(said), Required: true, Focus: f.Focus == said}}
}

func (c *call) visitFields(p *visitPage, members []option) error {
	var err error
	one := func(path string) field {
		made, e := c.control(p.Form, p.Action, path)
		if e != nil && err == nil {
			err = e
		}
		return made
	}
	p.Signed, p.On, p.EmptyHung = one("signed"), one("on"), one("empty_hung")
	p.Signed.Focus = p.Form.Focus == "" || p.Form.Focus == "signed"
	p.Signed.Required, p.EmptyHung.Required = true, true
	items := append([]option{{Label: c.t("form.choose")}}, c.itemOptions(verify.VisitItems)...)
	for i := range items[1:] {
		items[i+1].Label = fmt.Sprintf("%d %s", i+1, items[i+1].Label)
	}
	for i := range differenceLines {
		prefix := fmt.Sprintf("differences.%d.", i)
		who, what := one(prefix+"tenure"), one(prefix+"item")
		who.Part, who.Label, who.Options = "select", c.t("clean.visit.member"), chosen(members, who.Value)
		what.Part, what.Options = "select", chosen(items, what.Value)
		told, evidence := one(prefix+"told"), one(prefix+"evidence")
		evidence.Part = "line"
		line := []field{who, what, told, evidence}
		for j := range line {
			line[j].Required, line[j].Hint, line[j].Width = true, "", ""
		}
		p.Differences = append(p.Differences, line)
	}
	for i := range unregisteredLines {
		prefix := fmt.Sprintf("unregistered.%d.", i)
		line := []field{one(prefix + "name"), one(prefix + "sex"), one(prefix + "birth_date"), one(prefix + "child"), one(prefix + "words")}
		line[4].Part = "line"
		for j := range line {
			line[j].Required, line[j].Hint, line[j].Width = true, "", ""
		}
		p.Unregistered = append(p.Unregistered, line)
	}
	return err
}

// saveVisit records a visit and opens the next household of the list.
func (s *Server) saveVisit(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	p, err := c.visitPage(f)
	if err != nil {
		return err
	}
	in, err := c.visitInput(f, p)
	if err != nil {
		return err
	}
	id, ok, err := c.saveVisitAs(f, p.Action, in)
	if err != nil {
		return err
	}
	if !ok {
		p.blame(f)
		if p, err = c.visitPage(f); err != nil {
			return err
		}
		return c.page(f.status(), "field-visit", p)
	}
	q := planQuery(c.r)
	q.Set("after", p.HouseholdNo)
	q.Set("done", id)
	return c.redirect(withQuery("/visits/next", q))
}

func (c *call) saveVisitAs(f *form, action string, in fields) (id string, ok bool, err error) {
	if action == "verify.revisit" {
		out, ok, err := act[verifydesk.RevisitOutput](c, f, action, in)
		return out.Visit, ok, err
	}
	out, ok, err := act[verifydesk.VisitOutput](c, f, action, in)
	return out.Visit, ok, err
}

// visitInput is the visit as its action takes it: each member once, and what was typed besides.
func (c *call) visitInput(f *form, p *visitPage) (fields, error) {
	in := fields{}
	if err := json.Unmarshal(c.bindTo(f, p.Action), &in); err != nil {
		return nil, err
	}
	in["household_no"], in["present"] = p.HouseholdNo, []string{}
	if p.Second {
		in["unit"] = p.Unit
	}
	if in["empty_hung"] != true {
		p.account(f, in)
	}
	for i := range differenceLines {
		c.wholeLine(f, fmt.Sprintf("differences.%d.", i))
	}
	// The signer is typed as the number in the list or as a name.
	if n, err := strconv.Atoi(f.Value("signed")); err == nil && n >= 1 && n <= len(p.Names) {
		in["signed"] = p.Names[n-1]
	}
	return in, nil
}

// wholeLine marks what is not chosen of a line in which something was typed: without it the rule can only say that the person is not among those met.
func (c *call) wholeLine(f *form, prefix string) {
	if f.Value(prefix+"told") == "" && f.Value(prefix+"evidence") == "" && f.Value(prefix+"item") == "" && f.Value(prefix+"tenure") == "" {
		return
	}
	for _, name := range []string{"tenure", "item"} {
		if f.Value(prefix+name) == "" {
			f.wrong(prefix+name, c.t("clean.visit.left."+name), c.t("clean.visit.left."+name+".mend"))
		}
	}
}

func (p *visitPage) account(f *form, in fields) {
	var present []string
	var absent, marks []fields
	for i, m := range p.Members {
		said := strings.TrimSpace(f.Value(fmt.Sprintf("said.%d", i)))
		switch state := f.Value(fmt.Sprintf("state.%d", i)); state {
		case "", "present":
			present = append(present, m.Tenure)
		case "absent":
			absent = append(absent, fields{"tenure": m.Tenure, "where": said})
		default:
			marks = append(marks, fields{"tenure": m.Tenure, "mark": state, "words": said})
		}
	}
	in["present"], in["absent"], in["marks"] = present, absent, marks
}

// blame moves an error of the members' list to the member whose words are missing.
func (p *visitPage) blame(f *form) {
	for i := range f.Errors {
		e := &f.Errors[i]
		switch e.Name {
		case "absent", "marks":
			for j := range p.Members {
				said, state := fmt.Sprintf("said.%d", j), f.Value(fmt.Sprintf("state.%d", j))
				if strings.TrimSpace(f.Value(said)) == "" && state != "" && state != "present" {
					e.Name, e.ID = said, fieldID(said)
					break
				}
			}
		case "differences":
			e.Name, e.ID = "differences.0.told", fieldID("differences.0.told")
		case "present", "household_no":
			e.ID = ""
		}
	}
}

func verifyNoHousehold() error {
	return event.Refuse("verify.no_household", "", words.Get("clean.no_household"), words.Get("clean.no_household.mend"))
}
