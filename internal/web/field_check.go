package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/verify"
	"github.com/huzheng/huzheng/internal/verify/verifydesk"
)

// runPage asks the item rules of the whole station, after it has said what that will do.
type runPage struct {
	Form     *form
	NoCases  field
	Progress verifydesk.Progress
	Result   *verifydesk.RunOutput
	Rules    table
	List     table
}

func (s *Server) showRun(c *call) error {
	f, err := c.newForm("")
	if err != nil {
		return err
	}
	p, err := c.runPage(f)
	if err != nil {
		return err
	}
	return c.page(http.StatusOK, "field-run", p)
}

func (c *call) runPage(f *form) (*runPage, error) {
	if a, _ := c.s.Office.Action("verify.run"); !a.May(c.by.Operator) {
		_, err := c.do("verify.run", fields{}, office.Guard{}) // the policy's own refusal
		return nil, err
	}
	p := &runPage{Form: f}
	var err error
	if p.Progress, err = ask[verifydesk.Progress](c, "verify.progress", fields{}); err != nil {
		return nil, err
	}
	p.NoCases, err = c.control(f, "verify.run", "no_cases")
	return p, err
}

func (s *Server) doRun(c *call) error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	f.Values.Set("purpose", c.purposeOf("check"))
	out, ok, err := act[verifydesk.RunOutput](c, f, "verify.run", c.bindTo(f, "verify.run"))
	if err != nil {
		return err
	}
	p, err := c.runPage(f)
	if err != nil {
		return err
	}
	if ok {
		p.Result = &out
		p.Rules, p.List = c.ruleTable(out.Rules), c.findingTable(c.t("clean.run.list"), out.Findings, out.Found)
	}
	return c.page(f.status(), "field-run", p)
}

func (c *call) ruleTable(rules map[string]int) table {
	t := table{Caption: c.t("clean.run.rules"), Total: len(rules), Columns: []column{{Key: "rule", Label: c.t("clean.run.rule")}, {Key: "severity", Label: c.t("clean.run.severity")}, {Key: "n", Label: c.t("clean.run.found"), Num: true}}}
	texts := make(map[string]verify.Rule)
	for _, r := range verify.Rules {
		texts[r.Code] = r
	}
	for _, code := range slices.Sorted(maps.Keys(rules)) {
		r := texts[code]
		t.Rows = append(t.Rows, row{Cells: []cell{{Text: Titled(r.Text.In(c.lang))}, severityCell(c, r.Severity), {Text: strconv.Itoa(rules[code]), Num: true}}})
	}
	return t
}

func severityCell(c *call, s verify.Severity) cell {
	return cell{Text: codeWords("verify.Severity", string(s)).In(c.lang), Tag: map[verify.Severity]string{verify.SeverityError: "stop", verify.SeverityWarn: "late"}[s]}
}

func (c *call) findingTable(caption string, found []verify.Finding, total int) table {
	t := table{Caption: caption, Total: total, Columns: []column{{Key: "item", Label: c.t("clean.item")}, {Key: "severity", Label: c.t("clean.run.severity")}, {Key: "text", Label: c.t("clean.run.rule")},
		{Key: "mend", Label: label(c.lang)("mend")}, {Key: "source", Label: c.t("clean.run.source")}}}
	for _, f := range found {
		one := row{Cells: []cell{{Text: label(c.lang)(f.Item)}, severityCell(c, f.Severity), {Text: Titled(f.Text.In(c.lang))}, {Text: Titled(f.Mend.In(c.lang))}, {Text: citizen.Cited(f.Source).In(c.lang)}}}
		if f.Member != "" {
			one.Href = "/rules/" + url.PathEscape(f.Member)
		}
		t.Rows = append(t.Rows, one)
	}
	return t
}

// checkPerson shows what the item rules find of one person.
func (s *Server) checkPerson(c *call) error {
	tenure := c.r.PathValue("tenure")
	found, err := ask[[]verify.Finding](c, "verify.check_person", fields{"tenure": tenure, "purpose": c.purposeOf("check")})
	if err != nil {
		return err
	}
	var person verifydesk.ShownPerson
	var facts []fact
	if c.may("register.as_of") {
		if person, err = c.person(tenure, c.purposeOf("check")); err != nil {
			return err
		}
		facts = c.sideFacts(person)
	}
	t := c.findingTable(c.t("clean.check.list"), found, len(found))
	for i := range t.Rows {
		t.Rows[i].Href = ""
	}
	correct := ""
	if c.may("verify.propose_correction") && person.Unit == c.by.Unit {
		correct = "/correct/" + url.PathEscape(tenure)
	}
	return c.page(http.StatusOK, "field-check", fields{"Person": person, "Facts": facts, "List": t, "Correct": correct})
}

// verificationPage is how far verification is, unit by unit.
type verificationPage struct {
	All   verifydesk.Progress
	Units table
	Cases []tab
	Run   bool
	Back  event.Unit
	Who   table
}

// percent is a share in whole percent, rounded down, so that nothing is full before it is.
func percent(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

// verificationTable lists how far the stations are.
func (c *call) verificationTable(stations []verifydesk.Progress) table {
	t := table{Caption: c.t("clean.progress.units"), Total: len(stations), Columns: []column{{Key: "unit", Label: label(c.lang)("unit")}, {Key: "visited", Label: c.t("clean.progress.households"), Num: true},
		{Key: "verified", Label: c.t("clean.progress.residents"), Num: true}, {Key: "corrections", Label: c.t("clean.progress.corrections"), Num: true}, {Key: "open", Label: c.t("clean.progress.open"), Num: true},
		{Key: "late", Label: c.t("clean.progress.late"), Num: true}}}
	for i := range stations {
		u := &stations[i]
		t.Rows = append(t.Rows, row{Href: "/verification?unit=" + url.QueryEscape(string(u.Unit)), Cells: []cell{{Text: c.s.units.name(u.Unit)}, shareCell(u.Visited, u.Households), shareCell(u.Verified, u.Residents),
			numberCell(int64(u.CorrectionsOpen)), numberCell(int64(u.CasesOpened - u.CasesClosed)), numberCell(int64(u.Late))}})
	}
	return t
}

// shareCell is a part of a whole, with its bar.
func shareCell(part, whole int) cell {
	return cell{Text: strconv.Itoa(percent(part, whole)) + "%", Num: true, Part: part, Whole: whole}
}

func (s *Server) verification(c *call) error {
	all, err := ask[verifydesk.Progress](c, "verify.progress", fields{"unit": c.r.URL.Query().Get("unit")})
	if err != nil {
		return err
	}
	p := verificationPage{All: all, Units: c.verificationTable(all.Stations), Run: c.may("verify.run") && all.Unit == c.by.Unit}
	if all.Unit != c.by.Unit {
		p.Back = c.by.Unit
	}
	p.Who = table{Caption: c.t("clean.progress.who"), Total: len(all.By), Columns: []column{{Key: "name", Label: c.t("list.name")}, {Key: "n", Label: c.t("list.count"), Num: true}}}
	for _, v := range all.By {
		name, err := c.operatorName(v.Operator)
		if err != nil {
			return err
		}
		p.Who.Rows = append(p.Who.Rows, row{Cells: []cell{{Text: name}, numberCell(int64(v.N))}})
	}
	for _, kind := range slices.Sorted(maps.Keys(all.Cases)) {
		n := 0
		for stage, count := range all.Cases[kind] {
			if stage != verify.StageClosed && stage != verify.StageReversed {
				n += count
			}
		}
		if n == 0 {
			continue
		}
		p.Cases = append(p.Cases, tab{Href: "/cases?show=open&kind=" + url.QueryEscape(kind), Label: c.caseKind(kind), Count: n})
	}
	return c.page(http.StatusOK, "field-progress", p)
}
