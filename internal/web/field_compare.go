package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// paperSources are the records that are compared with the computer's.
var paperSources = []string{verify.SourceForm, verify.SourceBooklet, verify.SourceCard, verify.SourceCitizen}

// comparePage is a household's five records side by side: the computer's as registered, the others empty where they agree.
type comparePage struct {
	Form        *form
	Unit        event.Unit
	HouseholdNo string
	Sources     []option // that are there, as boxes to tick
	Members     []compareMember
	Back        string
	Done        *notice
	Persons     []comparedPerson // what was just compared
}

type compareMember struct {
	Tenure, Name string
	Items        []compareItem
}

type compareItem struct {
	Item, Label, Registered string
	Cells                   []field // in the order of the sources
}

type comparedPerson struct{ Name, Href, Word, Tone string }

func (s *Server) showCompare(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	p, err := c.comparePage(f)
	if err != nil {
		return err
	}
	for _, id := range c.r.URL.Query()["done"] {
		one, err := c.compared(id)
		if err != nil {
			return err
		}
		p.Persons = append(p.Persons, one)
	}
	return c.page(http.StatusOK, "field-compare", p)
}

func (c *call) comparePage(f *form) (*comparePage, error) {
	unit, no := event.Unit(c.r.PathValue("unit")), c.r.PathValue("household")
	shown, err := ask[registerdesk.HouseholdShown](c, "register.household", fields{"unit": unit, "household_no": no, "purpose": c.purposeOf("compare")})
	if err != nil {
		return nil, err
	}
	p := &comparePage{Form: f, Unit: unit, HouseholdNo: no, Back: "/visit/" + url.PathEscape(string(unit)) + "/" + url.PathEscape(no)}
	for _, source := range paperSources {
		p.Sources = append(p.Sources, option{source, codeWords("verify.Order.source", source).In(c.lang), slices.Contains(f.Values["looked"], source)})
	}
	for i := range shown.Members {
		p.Members = append(p.Members, c.compareMember(f, i, &shown.Members[i]))
	}
	if len(p.Members) == 0 {
		return nil, verifyNoHousehold()
	}
	return p, nil
}

func (c *call) compareMember(f *form, i int, m *registerdesk.Found) compareMember {
	one := compareMember{Tenure: m.Tenure, Name: m.Record.Name}
	for _, item := range verify.VisitItems {
		value, _ := verify.ItemOf(&m.Record, item)
		line := compareItem{Item: item, Label: label(c.lang)(item), Registered: c.itemWords(item, value)}
		for _, source := range paperSources {
			name := fmt.Sprintf("v.%d.%s.%s", i, source, item)
			line.Cells = append(line.Cells, field{ID: fieldID(name), Name: name, Value: f.Value(name), Label: fmt.Sprintf("%s %s %s", m.Record.Name, line.Label, codeWords("verify.Order.source", source).In(c.lang)),
				Error: f.Error(name), Focus: f.Focus == name})
		}
		one.Items = append(one.Items, line)
	}
	return one
}

// saveCompare compares a household's records: a record looked at has what the computer has, save where something was typed.
func (s *Server) saveCompare(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	p, err := c.comparePage(f)
	if err != nil {
		return err
	}
	var members []fields
	for i, m := range p.Members {
		var differs []fields
		for _, item := range verify.VisitItems {
			for _, source := range paperSources {
				if v := strings.TrimSpace(f.Value(fmt.Sprintf("v.%d.%s.%s", i, source, item))); v != "" {
					differs = append(differs, fields{"source": source, "item": item, "value": coded(item, v)})
				}
			}
		}
		members = append(members, fields{"tenure": m.Tenure, "differs": differs})
	}
	out, ok, err := act[[]verifydesk.ComparedOutput](c, f, "verify.compare", fields{"looked": f.Values["looked"], "members": members})
	if err != nil {
		return err
	}
	if !ok {
		if p, err = c.comparePage(f); err != nil { // with its errors beside the cells
			return err
		}
		return c.page(f.status(), "field-compare", p)
	}
	q := url.Values{}
	for _, one := range out {
		q.Add("done", one.Comparison)
	}
	return c.redirect(withQuery(c.r.URL.Path, q))
}

// coded takes the words of a table as its code, and a date as eight digits.
func coded(item, typed string) string {
	if table := tables[item]; table != nil {
		if row, ok := table.Find(typed); ok {
			return row.Code
		}
	}
	if day, ok := parseDate(typed); ok && strings.HasSuffix(item, "_date") {
		return day
	}
	return typed
}

func (c *call) compared(id string) (comparedPerson, error) {
	shown, err := ask[verifydesk.Shown](c, "verify.show", fields{"matter": id, "purpose": c.purposeOf("compare")})
	if err != nil || len(shown.Sides) == 0 {
		return comparedPerson{}, err
	}
	side := shown.Sides[0]
	one := comparedPerson{Name: personIn(shown, side.Tenure).Record.Name, Href: "/comparison/" + url.PathEscape(id), Word: codeWords("verify.list.stage", side.Stage).In(c.lang), Tone: "done"}
	if side.Stage == verify.StageOpen {
		one.Tone = "late"
	}
	return one, nil
}

// comparisons lists the comparisons with orders that are not done.
func (s *Server) comparisons(c *call) error {
	all, err := ask[[]verifydesk.Listed](c, "verify.list", fields{"purpose": c.purposeOf("compare"), "what": "comparisons", "stage": verify.StageOpen, "limit": listLength})
	if err != nil {
		return err
	}
	t := c.mattersListed("clean.comparisons.list", "/comparison/", all)
	return c.page(http.StatusOK, "field-list", fields{"Title": c.t("clean.menu.comparisons"), "List": t, "None": c.t("clean.comparisons.none"), "Help": c.t("clean.comparisons.none.text")})
}

// comparisonPage is one person's five records as they were compared, with what follows.
type comparisonPage struct {
	Person  verifydesk.ShownPerson
	By, At  string
	Sources []string
	Items   []comparedItem
	Orders  []comparedOrder
	Stage   string
	Form    *form
	Ours    bool
	Matter  string
	Back    string
	Correct string
}

type comparedItem struct {
	Label, Explanation, Proposal, Ground string
	Cells                                []comparedCell
}

type comparedCell struct {
	Text      string
	Different bool
	Missing   bool
}

type comparedOrder struct {
	Source, Item         string
	SourceText, ItemText string
	From, To, Do         string
	Done                 bool
}

func (s *Server) comparison(c *call) error {
	f, err := c.newForm(c.r.PathValue("matter"))
	if err != nil {
		return err
	}
	return c.showComparison(f)
}

func (c *call) showComparison(f *form) error {
	shown, err := c.clearMatter(c.purposeOf("compare"))
	if err != nil {
		return err
	}
	side := shown.Sides[0]
	var steps []verify.Step
	for _, st := range side.Steps {
		steps = append(steps, st.Step)
	}
	body, by, done := verify.OrdersOf(steps)
	if body.Tenure == "" {
		return c.notFound()
	}
	p := comparisonPage{Form: f, Sources: verify.Sources, Stage: side.Stage, Matter: side.ID, Ours: side.Unit == c.by.Unit && c.may("verify.order_done"), At: instant(side.OpenedAt), Back: "/comparisons"}
	p.Person = personIn(shown, body.Tenure)
	if p.By, err = c.operatorName(by); err != nil {
		return err
	}
	for _, it := range body.Items {
		p.Items = append(p.Items, c.comparedItem(it))
	}
	for _, o := range body.Orders {
		p.Orders = append(p.Orders, comparedOrder{Source: o.Source, Item: o.Item, SourceText: codeWords("verify.Order.source", o.Source).In(c.lang), ItemText: label(c.lang)(o.Item),
			From: c.itemWords(o.Item, o.From), To: c.itemWords(o.Item, o.To), Do: codeWords("verify.Order.do", o.Do).In(c.lang), Done: done[[2]string{o.Source, o.Item}]})
	}
	p.Correct = "/correct/" + url.PathEscape(body.Tenure) + "?source=" + url.QueryEscape(side.ID)
	return c.page(f.status(), "field-comparison", p)
}

func (c *call) comparedItem(it verify.Item) comparedItem {
	one := comparedItem{Label: label(c.lang)(it.Item), Explanation: verify.Explanations[it.Explanation].In(c.lang), Proposal: c.itemWords(it.Item, it.Proposal), Ground: verify.Grounds[it.Ground].In(c.lang)}
	computer := it.Values[verify.SourceComputer]
	for _, source := range verify.Sources {
		v, ok := it.Values[source]
		one.Cells = append(one.Cells, comparedCell{Text: c.itemWords(it.Item, v), Different: ok && v != computer, Missing: !ok})
	}
	return one
}

// orderDone marks one correction order as done.
func (s *Server) orderDone(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	source, item, _ := strings.Cut(f.Value("order"), " ")
	in := fields{"comparison": c.r.PathValue("matter"), "source": source, "item": item, "on": c.businessDay(), "words": f.Value("words")}
	_, ok, err := act[verifydesk.OrderOutput](c, f, "verify.order_done", in)
	if err != nil {
		return err
	}
	if !ok {
		return c.showComparison(f)
	}
	return c.redirect(c.r.URL.Path)
}

// mattersListed shows matters as every list of this part does.
func (c *call) mattersListed(caption, base string, all []verifydesk.Listed) table {
	today := c.businessDay()
	t := table{Caption: c.t(caption, shownDate(today)), Total: len(all)}
	for _, key := range []string{"name", "household_no", "address"} {
		t.Columns = append(t.Columns, column{Key: key, Label: label(c.lang)(key)})
	}
	t.Columns = append(t.Columns, column{Key: "unit", Label: label(c.lang)("unit")}, column{Key: "stage", Label: c.t("clean.col.stage")}, column{Key: "days", Label: c.t("clean.col.days"), Num: true},
		column{Key: "due", Label: c.t("clean.col.due")})
	for i := range all {
		one := &all[i]
		due := cell{Text: shownDate(one.Due)}
		if !one.Due.IsZero() && today.After(one.Due) {
			due.Text, due.Tag = due.Text+" "+c.t("clean.late"), "late"
		}
		t.Rows = append(t.Rows, row{Href: base + url.PathEscape(one.ID), Cells: []cell{{Text: nameOr(one.Name, c.t("clean.no_name"))}, {Text: one.HouseholdNo}, {Text: one.Address}, {Text: c.s.units.name(one.Unit)},
			{Text: codeWords("verify.list.stage", one.Stage).In(c.lang)}, {Text: fmt.Sprint(verify.DayOf(one.OpenedAt).DaysUntil(today)), Num: true}, due}})
	}
	return t
}

func nameOr(name, none string) string {
	if name == "" {
		return none
	}
	return name
}
