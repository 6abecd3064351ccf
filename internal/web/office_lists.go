package web

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedesk"
)

// lateRecord stands beside the list: one application, its clock, and the form for the reason.
type lateRecord struct {
	Title  string
	Href   string
	Facts  []fact
	Form   *form // nil: it lies on another unit's desk
	Reason field
	Words  field
}

func (s *Server) late(c *call) error { return c.latePage(nil) }

// latePage lists what is late and what soon will be, the worst first, with one of them beside the list.
func (c *call) latePage(failed *form) error {
	query := c.r.URL.Query()
	in := fields{"purpose": officePurpose("late"), "limit": queueLimit}
	if unit := query.Get("unit"); unit != "" {
		in["unit"] = unit
	}
	list, err := ask[carddesk.Late](c, "card.late", in)
	if err != nil {
		return err
	}
	grade, show := card.Lateness(query.Get("grade")), query.Get("show")
	p := &officeList{Title: c.t("late.title"), Tabs: c.officeTabs("tab.", "/late", "/held"), Hint: c.lateSums(&list), Form: failed}
	p.Filter = c.lateFilter(query, &list)
	t := table{Caption: c.t("late.caption", shownDate(c.businessDay())), Columns: []column{{Key: "acceptance_no", Label: c.cardLabel("acceptance_no")}, {Key: "name", Label: c.cardLabel("name")}, {Key: "unit", Label: c.cardLabel("unit")},
		{Key: "stage", Label: c.cardLabel("stage")}, {Key: "promised_on", Label: c.cardLabel("promised_on")}, {Key: "grade", Label: c.t("late.grade")}, {Key: "days_late", Label: c.t("late.days"), Num: true}, {Key: "desk", Label: c.t("late.desk")}}}
	for i := range list.Rows {
		l := &list.Rows[i]
		if grade != "" && l.Grade != grade {
			continue
		}
		r := row{Href: queryWith(c.r.URL, "show", l.Application), Cells: []cell{{Text: l.AcceptanceNo}, {Text: l.Name}, {Text: c.s.units.name(l.Unit)}, {Text: codeWords("card.Stage", string(l.Stage)).In(c.lang)},
			{Text: shownDate(l.PromisedOn)}, {Text: codeWords("card.Lateness", string(l.Grade)).In(c.lang), Tag: gradeTone(l.Grade)}, daysCell(l.DaysLate), {Text: c.deskName(l.Desk)}}}
		if l.Application == show {
			r.Tone = "selected"
			if p.Record, err = c.lateRecord(l, failed); err != nil {
				return err
			}
		}
		t.Rows = append(t.Rows, r)
	}
	t.Total = len(t.Rows)
	if p.Record != nil {
		t.Narrow = []int{0, 1, 3, 4, 5} // beside the record there is room for what tells one from the other
	}
	p.Tables = []table{t}
	return c.officeList(p, "office-list")
}

// queryWith is the page's address with one more value in its query.
func queryWith(u *url.URL, name, value string) string {
	query := u.Query()
	query.Set(name, value)
	query.Del("export")
	return u.Path + "?" + query.Encode()
}

// daysCell is how many days; nothing for none.
func daysCell(n int) cell {
	if n == 0 {
		return cell{Num: true}
	}
	return numberCell(int64(n))
}

func gradeTone(g card.Lateness) string {
	switch g {
	case card.PromiseBroken:
		return "stop"
	case card.StageSoon:
		return "wait"
	}
	return "late"
}

func (c *call) deskName(d card.Desk) string {
	if d.Role == "" {
		return ""
	}
	return c.s.units.name(d.Unit) + " " + c.t("desk."+d.Role)
}

func (c *call) lateSums(list *carddesk.Late) string {
	text := ""
	for _, g := range card.Grades {
		if n := list.Grades[g]; n > 0 {
			text += codeWords("card.Lateness", string(g)).In(c.lang) + " " + strconv.Itoa(n) + "  "
		}
	}
	return text
}

// lateFilter is the row of choices above the list: the grade, and the unit on whose desk it lies.
func (c *call) lateFilter(query url.Values, list *carddesk.Late) []field {
	all := option{Label: c.t("late.all")}
	grades, units := []option{all}, []option{all}
	for _, g := range card.Grades {
		grades = append(grades, option{string(g), codeWords("card.Lateness", string(g)).In(c.lang), query.Get("grade") == string(g)})
	}
	chosen := event.Unit(query.Get("unit"))
	for _, d := range list.Desks {
		if !slices.ContainsFunc(units, func(o option) bool { return o.Value == string(d.Unit) }) {
			units = append(units, option{string(d.Unit), c.s.units.name(d.Unit), d.Unit == chosen})
		}
	}
	return []field{{Part: "select", ID: "f-grade", Name: "grade", Label: c.t("late.grade"), Options: grades, Width: "s", Required: true},
		{Part: "select", ID: "f-unit", Name: "unit", Label: c.t("late.desk"), Options: units, Width: "m", Required: true}}
}

func (c *call) lateRecord(l *carddesk.LateListed, failed *form) (*lateRecord, error) {
	r := &lateRecord{Title: l.Name + " " + l.AcceptanceNo, Facts: []fact{{Label: c.cardLabel("stage"), Text: codeWords("card.Stage", string(l.Stage)).In(c.lang)}, {Label: c.t("queue.since"), Text: instant(l.Since)},
		{Label: c.t("late.due"), Text: shownDate(l.Due), Tone: "late"}, {Label: c.cardLabel("promised_on"), Text: shownDate(l.PromisedOn)}, {Label: c.t("late.expected"), Text: shownDate(l.Expected)},
		{Label: c.t("late.cause"), Text: codeWords("cause", l.Cause).In(c.lang)}, {Label: c.t("late.desk"), Text: c.deskName(l.Desk)}}}
	if l.Reason != nil {
		r.Facts = append(r.Facts, fact{Label: c.t("late.reason"), Text: codeWords("card.LateReason", string(l.Reason.Reason)).In(c.lang) + " " + l.Reason.Words, Tone: "wide"})
	}
	if c.may("card.show") {
		r.Href = "/application/" + url.PathEscape(l.Application)
	}
	if l.Desk.Unit != c.by.Unit || !c.may("card.explain_late") {
		return r, nil
	}
	var err error
	if r.Form = failed; failed == nil {
		if r.Form, err = c.newForm(l.Application); err != nil {
			return nil, err
		}
	}
	if r.Reason, err = c.control(r.Form, "card.explain_late", "reason"); err != nil {
		return nil, err
	}
	r.Words, err = c.control(r.Form, "card.explain_late", "words")
	return r, err
}

// explainLate records why an application is late, and shows the list again with it.
func (s *Server) explainLate(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	_, ok, err := act[any](c, f, "card.explain_late", fields{"application": c.r.URL.Query().Get("show"), "reason": f.Value("reason"), "words": f.Value("words")})
	if err != nil {
		return err
	}
	if !ok {
		return c.latePage(f)
	}
	return c.redirect(c.here())
}

// held lists what is held, the oldest promise first.
func (s *Server) held(c *call) error {
	list, err := ask[[]carddesk.HeldListed](c, "card.held", fields{"purpose": officePurpose("held"), "limit": queueLimit})
	if err != nil {
		return err
	}
	t := table{Caption: c.t("held.caption", shownDate(c.businessDay())), Total: len(list), Sorted: "hold_until", Columns: []column{{Key: "name", Label: c.cardLabel("name")}, {Key: "unit", Label: c.cardLabel("unit")},
		{Key: "stage", Label: c.cardLabel("stage")}, {Key: "hold_until", Label: c.t("held.until")}, {Key: "state", Label: c.cardLabel("state")}}}
	for _, l := range list {
		r := row{Cells: []cell{{Text: l.Name}, {Text: c.s.units.name(l.Unit)}, {Text: codeWords("card.Stage", string(l.Stage)).In(c.lang)}, {Text: l.HoldUntil}}}
		switch {
		case c.may("card.show"):
			r.Href = "/application/" + url.PathEscape(l.Application)
		case c.may("card.sign"):
			r.Href = "/sign?" + url.Values{"application": {l.Application}}.Encode()
		}
		state := cell{Text: c.t("held.kept"), Tag: "wait"}
		if l.Broken {
			state, r.Tone = cell{Text: c.t("held.broken"), Tag: "late"}, "late"
		}
		r.Cells = append(r.Cells, state)
		t.Rows = append(t.Rows, r)
	}
	return c.officeList(&officeList{Title: c.t("late.title"), Hint: c.t("held.hint"), Tabs: c.officeTabs("tab.", "/late", "/held"), Tables: []table{t}}, "office-list")
}

// accessPage is who looked at whom, and why.
type accessPage struct {
	Form    *form
	Fields  []field
	Log     *accessSums
	Tables  []table
	Oddness []fact
	Export  string
}

// accessSums are the sums above the tables.
type accessSums struct {
	Read, Odd int
	Cut       bool
}

// accessDays is how many days the page shows at first.
const accessDays = 7

func (s *Server) access(c *call) error {
	query := c.r.URL.Query()
	if query.Get("from") == "" || query.Get("to") == "" {
		query.Set("from", c.businessDay().AddDays(1-accessDays).String())
		query.Set("to", c.businessDay().String())
	}
	asked := query.Get("purpose") != ""
	if !asked {
		query.Set("purpose", c.by.Purpose)
	}
	p := &accessPage{Form: &form{Values: query}}
	if asked {
		if err := c.rememberPurpose(query.Get("purpose")); err != nil {
			return err
		}
		if err := p.read(c, query); err != nil {
			return err
		}
	}
	for _, path := range []string{"from", "to", "unit", "odd", "purpose"} {
		one, err := c.control(p.Form, "site.access_log", path)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, c.filter(one))
	}
	p.Export = c.addressWith("export", "all")
	for _, code := range site.Oddities {
		p.Oddness = append(p.Oddness, fact{Label: codeWords("site.access_log.odd", code).In(c.lang), Text: c.t("access.odd." + code)})
	}
	return c.page(p.Form.status(), "office-access", p)
}

// filter makes a field one of a list's filters: it says of no field that it may be left out, and nothing chosen is everything.
func (c *call) filter(one field) field {
	one.Required = true
	if len(one.Options) > 0 && one.Options[0].Value == "" {
		one.Options[0].Label = c.t("late.all")
	}
	return one
}

// accessMost is how many look-ups the page lists; the sums beside them count all.
const accessMost = 1000

func (p *accessPage) read(c *call, query url.Values) error {
	var in sitedesk.AccessInput
	typed := c.bindTo(p.Form, "site.access_log")
	if len(p.Form.Errors) > 0 {
		return nil
	}
	if err := json.Unmarshal(typed, &in); err != nil {
		return err
	}
	in.Limit = accessMost
	log, err := ask[sitedesk.AccessLog](c, "site.access_log", in)
	if refusal, ok := event.AsRefusal(err); ok {
		if refusedStatus(refusal) == http.StatusForbidden {
			return err
		}
		p.Form.refuse(refusal, c.lang)
		return nil
	}
	if err != nil {
		return err
	}
	p.Log = &accessSums{Read: log.Read, Cut: log.Cut}
	operators := table{Caption: c.t("access.operators"), Total: len(log.Operators), Columns: []column{{Key: "name", Label: c.cardLabel("operator")}, {Key: "unit", Label: c.cardLabel("unit")}, {Key: "count", Label: c.t("access.looks"), Num: true},
		{Key: "persons", Label: c.t("access.persons"), Num: true}, {Key: "lists", Label: c.t("access.lists"), Num: true}, {Key: "odd", Label: c.t("access.odd"), Num: true}, {Key: "codes", Label: c.t("access.why_odd")}}}
	for _, o := range log.Operators {
		p.Log.Odd += o.Odd
		only := url.Values{}
		for name := range query {
			only[name] = query[name]
		}
		only.Set("operator", o.Operator)
		r := row{Href: "/access?" + only.Encode(), Cells: []cell{{Text: o.Name}, {Text: c.s.units.name(o.Unit)}, numberCell(int64(o.Count)), numberCell(int64(o.Persons)), numberCell(int64(o.Lists)), numberCell(int64(o.Odd)), {Text: c.oddWords(o.Codes)}}}
		if o.Odd > 0 {
			r.Tone = "late"
		}
		operators.Rows = append(operators.Rows, r)
	}
	entries := table{Caption: c.t("access.entries"), Total: log.Read, Columns: []column{{Key: "at", Label: c.cardLabel("at")}, {Key: "name", Label: c.cardLabel("operator")}, {Key: "unit", Label: c.cardLabel("unit")},
		{Key: "how", Label: c.t("access.how")}, {Key: "purpose", Label: c.cardLabel("purpose")}, {Key: "about", Label: c.t("access.about")}, {Key: "odd", Label: c.t("access.odd")}}}
	for i := range log.Entries {
		l := &log.Entries[i]
		r := row{Cells: []cell{{Text: instant(l.At)}, {Text: l.Name}, {Text: c.s.units.name(l.Unit)}, {Text: codeWords("site.access_log.room", l.Room).In(c.lang) + " " + codeWords("site.access_log.how", l.How).In(c.lang)}, {Text: l.Purpose}, c.about(l), {Text: c.oddWords(l.Odd)}}}
		if len(l.Odd) > 0 {
			r.Tone, r.Cells[6].Tag = "late", "late"
		}
		entries.Rows = append(entries.Rows, r)
	}
	p.Tables = []table{operators, entries, c.countTable("access.by_purpose", "access.by_purpose.head", log.Purposes), c.countTable("access.by_day", "access.by_day.head", log.Days)}
	return nil
}

// about names whom an entry is about, by the page where the reader may look himself.
func (c *call) about(l *site.Looking) cell {
	if l.Wide || len(l.About) == 0 {
		return cell{Text: c.t("access.wide")}
	}
	one := cell{Text: strings.Join(l.Whom, c.t("list.comma"))}
	if one.Text == "" || len(l.About) > len(l.Whom) {
		one.Text = strings.TrimSpace(one.Text + " " + c.t("access.n", l.Shown))
	}
	to := places["application"]
	if l.Room == "register" {
		to = places["tenure"]
	}
	if len(l.About) == 1 && c.may(to.action) {
		one.Href = to.base + url.PathEscape(l.About[0])
	}
	return one
}

func (c *call) oddWords(codes []string) string {
	text := ""
	for _, code := range codes {
		if text != "" {
			text += c.t("list.comma")
		}
		text += codeWords("site.access_log.odd", code).In(c.lang)
	}
	return text
}

// sortCounts lists names, the greatest count first.
func sortCounts(m map[string]int64) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	return names
}
