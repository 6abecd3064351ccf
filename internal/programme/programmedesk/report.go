package programmedesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
)

// FreezeInput freezes the report of the period that a day lies in.
type FreezeInput struct {
	Period programme.Period `json:"period"`
	Day    citizen.Date     `json:"day,omitzero"`    // left out: yesterday
	Words  string           `json:"words,omitempty"` // of a correction: why
}

func freeze(ctx context.Context, w *office.Work, in FreezeInput) (out programme.Report, err error) {
	if err := w.Lock(ctx, "programme:reports:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	if in.Day.IsZero() {
		in.Day = w.Today.AddDays(-1)
	}
	from, to, ok := in.Period.Span(in.Day)
	if !ok {
		return out, noPeriod()
	}
	r := programme.Report{Period: in.Period, From: from, To: to, CutAt: w.Now, Columns: programme.ColumnNames(), Words: in.Words}
	if r.Report, err = newID(); err != nil {
		return out, err
	}
	a, err := areaOf(ctx, w, w.By.Unit)
	if err != nil {
		return out, err
	}
	all, err := figures(ctx, w, &a, from, to)
	if err != nil {
		return out, err
	}
	r.Rows, r.Total = rowsOf(&a, all)
	frozen, err := programmedb.ReportsIn(ctx, w.Tx, w.By.Unit, in.Period, from, from)
	if err != nil {
		return out, err
	}
	var facts programme.FreezeFacts
	if i := slices.IndexFunc(frozen, func(f programme.Report) bool { return f.Unit == w.By.Unit }); i >= 0 {
		facts.Frozen = &frozen[i]
	}
	e, err := programme.Freeze(by(w), r, facts)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return e.Body.(programme.Report), nil
}

// ReportsInput asks for the reports of a period between two days.
type ReportsInput struct {
	Period programme.Period `json:"period"`
	From   citizen.Date     `json:"from,omitzero"` // left out: To
	To     citizen.Date     `json:"to,omitzero"`   // left out: yesterday
}

// ReportsOutput lists the reports of the area, what is not the same at two levels, and who has not reported.
type ReportsOutput struct {
	Reports     []ReportHead           `json:"reports"`
	Differences []programme.Difference `json:"differences"`
	Late        []LateReport           `json:"late"`
}

// ReportHead is a report without its rows.
type ReportHead struct {
	Unit     event.Unit   `json:"unit"`
	Report   string       `json:"report"`
	From     citizen.Date `json:"from"`
	To       citizen.Date `json:"to"`
	Digest   string       `json:"digest"`
	Sealed   bool         `json:"sealed"` // the digest is that of the figures
	Agrees   bool         `json:"agrees"` // the total is the sum of the rows
	Corrects string       `json:"corrects,omitempty"`
	Words    string       `json:"words,omitempty"`
}

// LateReport is a unit without a report of a period that has ended.
type LateReport struct {
	Unit event.Unit   `json:"unit"`
	Name string       `json:"name"`
	From citizen.Date `json:"from"`
	To   citizen.Date `json:"to"`
	Days int          `json:"days"` // since the day after the period
}

func reports(ctx context.Context, w *office.Work, in ReportsInput) (out ReportsOutput, err error) {
	if in.To.IsZero() {
		in.To = w.Today.AddDays(-1)
	}
	if in.From.IsZero() {
		in.From = in.To
	}
	from, _, ok := in.Period.Span(in.From)
	if !ok {
		return out, noPeriod()
	}
	if err := checkSpan(from, in.To); err != nil {
		return out, err
	}
	all, err := programmedb.ReportsIn(ctx, w.Tx, w.By.Unit, in.Period, from, in.To)
	if err != nil {
		return out, err
	}
	out = ReportsOutput{Reports: []ReportHead{}, Differences: []programme.Difference{}, Late: []LateReport{}}
	for i := range all {
		r := &all[i]
		out.Reports = append(out.Reports, ReportHead{Unit: r.Unit, Report: r.Report, From: r.From, To: r.To, Digest: r.Digest, Sealed: r.Sealed(),
			Agrees: r.Agrees(), Corrects: r.Corrects, Words: r.Words})
		for k := range all {
			if own := &all[k]; own.From == r.From && own.Unit.Parent() == r.Unit {
				out.Differences = append(out.Differences, r.Differences(own)...)
			}
		}
	}
	out.Late, err = lateReports(ctx, w, in.Period, from, in.To, all)
	return out, err
}

func lateReports(ctx context.Context, w *office.Work, period programme.Period, from, to citizen.Date, all []programme.Report) ([]LateReport, error) {
	a, err := areaOf(ctx, w, w.By.Unit)
	if err != nil {
		return nil, err
	}
	late := []LateReport{}
	for day := from; !day.After(to); {
		first, last, _ := period.Span(day)
		for _, unit := range a.children {
			if !last.Before(w.Today) || slices.ContainsFunc(all, func(r programme.Report) bool { return r.Unit == unit && r.From == first }) {
				continue
			}
			late = append(late, LateReport{Unit: unit, Name: a.names[unit], From: first, To: last, Days: last.DaysUntil(w.Today)})
		}
		day = last.AddDays(1)
	}
	return late, nil
}

// ReportInput names a frozen report.
type ReportInput struct {
	Report string `json:"report"`
}

// ReportOutput is a report for reading and for other programs.
type ReportOutput struct {
	programme.Report
	Sealed bool         `json:"sealed"`
	Text   citizen.Text `json:"text"`
	CSV    string       `json:"csv"`
}

func report(ctx context.Context, w *office.Work, in ReportInput) (out ReportOutput, err error) {
	r, ok, err := programmedb.ReportOf(ctx, w.Tx, in.Report)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, event.Refuse("programme.no_report", "", text("没有此份报表", "there is no such report"), text("核对标识，或等待数据到达", "check the identifier, or wait for it to arrive"))
	}
	if err := w.Below(r.Unit); err != nil {
		return out, err
	}
	return ReportOutput{Report: r, Sealed: r.Sealed(), Text: r.Text(), CSV: r.CSV()}, nil
}
