package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedesk"
)

// leadReports lists the reports of the area, what is not the same at two levels, and who has not reported.
func (s *Server) leadReports(c *call) error {
	p, err := c.newLeaderPage("/reports", "leader.reports")
	if err != nil {
		return err
	}
	p.Area = areaBar{}
	from, to := c.reportedDays()
	f := c.queryForm(map[string]string{"period": string(programme.Daily), "from": from.String(), "to": to.String()})
	out, ok, err := look[programmedesk.ReportsOutput](c, f, "programme.reports")
	if err != nil {
		return err
	}
	if p.Filter, err = c.filterOf(f, "programme.reports", nil, "period", "from", "to"); err != nil {
		return err
	}
	p.Acts = c.actLink(nil, "programme.freeze_report", "/reports/freeze?period="+url.QueryEscape(f.Value("period")), "leader.freeze")
	if ok {
		p.Sections = []leaderSection{{Title: c.t("leader.reports"), Tables: []table{c.reportList(out.Reports)}},
			{ID: "due", Title: c.t("leader.reports.due"), Half: true, Tables: []table{c.dueTable(out.Late)}}, {Title: c.t("leader.reports.differ"), Half: true, Tables: []table{c.differenceTable(out.Differences)}}}
	}
	return c.leader(p)
}

// reportedDays are the days of whose reports the page tells at first: the week up to yesterday.
func (c *call) reportedDays() (from, to citizen.Date) {
	to = citizen.DateOf(c.s.Office.Clock()).AddDays(-1)
	return to.AddDays(-6), to
}

func (c *call) reportList(reports []programmedesk.ReportHead) table {
	t := c.listOf(c.t("leader.reports"), "programme.reports", "unit", "since", "until", "state", "corrects", "words", "digest")
	slices.SortStableFunc(reports, func(a, b programmedesk.ReportHead) int { return b.From.Compare(a.From) })
	for i := range reports {
		r := &reports[i]
		row := t.put(textCell(c.s.units.name(r.Unit)), dateCell(r.From), dateCell(r.To), tagCell("done", c.t("leader.sealed")), textCell(""), textCell(r.Words), textCell(r.Digest[:min(12, len(r.Digest))]))
		row.Href = "/reports/" + url.PathEscape(r.Report)
		if r.Corrects != "" {
			row.Cells[4] = cell{Text: c.t("leader.correction"), Href: "/reports/" + url.PathEscape(r.Corrects)}
		}
		if !r.Sealed || !r.Agrees {
			row.Tone, row.Cells[3] = "stop", tagCell("stop", c.t("leader.not_sealed"))
		}
	}
	return t
}

func (c *call) dueTable(late []programmedesk.LateReport) table {
	t := c.listOf(c.t("leader.reports.due"), "programme.reports", "unit", "since", "until", "#days")
	for i := range late {
		r := &late[i]
		t.put(textCell(c.s.units.name(r.Unit)), dateCell(r.From), dateCell(r.To), numberCell(int64(r.Days))).Tone = "late"
	}
	return t
}

func (c *call) differenceTable(all []programme.Difference) table {
	t := c.listOf(c.t("leader.reports.differ"), "programme.reports", "unit", "column", "#above_figure", "#below_figure")
	for i := range all {
		d := &all[i]
		t.put(textCell(c.s.units.name(d.Unit)), textCell(c.figureName(d.Column)), numberCell(d.Above), numberCell(d.Below)).Tone = "late"
	}
	return t
}

// leadReport shows a frozen report, and by what its figures would differ today.
func (s *Server) leadReport(c *call) error {
	p, err := c.newLeaderPage("/reports", "leader.report")
	if err != nil {
		return err
	}
	p.Area = areaBar{}
	r, err := ask[programmedesk.ReportOutput](c, "programme.report", fields{"report": c.r.PathValue("report")})
	if refusal, ok := event.AsRefusal(err); ok && refusal.Code == "programme.no_report" {
		return c.page(http.StatusNotFound, "refused", refusal)
	}
	if err != nil {
		return err
	}
	main, err := c.reportSection(&r)
	if err != nil {
		return err
	}
	now, err := c.differenceToNow(&r)
	if err != nil {
		return err
	}
	p.Acts = []leaderLink{{Href: c.r.URL.Path + "?export=0", Label: c.t("list.export"), Icon: "download"}, {Href: c.r.URL.Path + "/paper", Label: c.t("leader.paper"), Icon: "print"}}
	if !r.Sealed {
		p.Notices = append(p.Notices, notice{Tone: "stop", Title: c.t("leader.not_sealed"), Text: c.t("leader.not_sealed.text")})
	}
	p.Sections = []leaderSection{main, now}
	return c.leader(p)
}

func (c *call) reportTitle(r *programmedesk.ReportOutput) string {
	days := r.From.String()
	if r.To != r.From {
		days += " – " + r.To.String()
	}
	return c.t("leader.report.title", r.Total.Name, c.codeWord("programme.Period", string(r.Period)), days)
}

func (c *call) reportSection(r *programmedesk.ReportOutput) (leaderSection, error) {
	out := programmedesk.ProgressOutput{Unit: r.Unit, From: r.From, To: r.To, Columns: r.Columns, Rows: r.Rows, Total: r.Total}
	t := c.progressTable(&out)
	t.Caption = c.reportTitle(r)
	facts := []fact{{Label: c.columnLabel("programme.report", "cut_at"), Text: instant(r.CutAt)}, {Label: c.columnLabel("programme.report", "digest"), Text: r.Digest, Tone: "wide"}}
	if r.Corrects != "" {
		facts = append(facts, fact{Label: c.columnLabel("programme.report", "corrects"), Text: c.t("leader.correction"), Href: "/reports/" + url.PathEscape(r.Corrects)},
			fact{Label: c.columnLabel("programme.report", "words"), Text: r.Words, Tone: "wide"})
	}
	return leaderSection{Title: t.Caption, Facts: facts, Tables: []table{t}}, nil
}

// differenceToNow counts the same days again: entries that came later change them.
func (c *call) differenceToNow(r *programmedesk.ReportOutput) (leaderSection, error) {
	now, err := ask[programmedesk.ProgressOutput](c, "programme.progress", fields{"unit": r.Unit, "from": r.From, "to": r.To})
	t := c.listOf(c.t("leader.since_then"), "programme.reports", "column", "#frozen", "#counted_now", "#difference")
	for i, column := range r.Columns {
		if i >= len(r.Total.Values) {
			break
		}
		if then, today := r.Total.Values[i], figureOf(now.Total, column); then != today {
			t.put(textCell(c.figureName(column)), numberCell(then), numberCell(today), cell{Text: strconv.FormatInt(today-then, 10), Num: true}).Tone = "late"
		}
	}
	return leaderSection{Title: c.t("leader.since_then"), Hint: c.t("leader.since_then.hint"), Tables: []table{t}}, err
}

// reportSheet is a report on paper.
type reportSheet struct {
	Title  string
	Table  table
	CutAt  string
	Digest string
	Unit   string
}

// leadReportPaper prints a frozen report.
func (s *Server) leadReportPaper(c *call) error {
	r, err := ask[programmedesk.ReportOutput](c, "programme.report", fields{"report": c.r.PathValue("report")})
	if err != nil {
		return err
	}
	section, err := c.reportSection(&r)
	if err != nil {
		return err
	}
	return c.paper("report", reportSheet{Title: c.reportTitle(&r), Table: section.Tables[0], CutAt: instant(r.CutAt), Digest: r.Digest, Unit: r.Total.Name})
}
