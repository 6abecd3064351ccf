package programme

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// Column is a column of a report. No source fixes the columns (UNCONFIRMED); these follow the numbers that comparable reports give.
type Column struct {
	Column string
	Text   citizen.Text
}

// Columns are the report's columns, in order. Target and what is done so far are as of the last day; the others are of the period.
var Columns = []Column{
	{"target", citizen.Text{ZH: "应换证人数", EN: "target 16+"}},
	{"quota", citizen.Text{ZH: "任务数", EN: "quota"}},
	{"notified", citizen.Text{ZH: "通知", EN: "notified"}},
	{"accepted", citizen.Text{ZH: "受理", EN: "accepted"}},
	{"photographed", citizen.Text{ZH: "照相", EN: "photographed"}},
	{"confirmed", citizen.Text{ZH: "签字确认", EN: "confirmed"}},
	{"reviewed", citizen.Text{ZH: "审核", EN: "reviewed"}},
	{"signed", citizen.Text{ZH: "签发", EN: "signed"}},
	{"checked", citizen.Text{ZH: "市级核查", EN: "checked"}},
	{"ordered", citizen.Text{ZH: "送制证", EN: "ordered"}},
	{"made", citizen.Text{ZH: "制证", EN: "made"}},
	{"arrived", citizen.Text{ZH: "到所", EN: "arrived"}},
	{"handed_over", citizen.Text{ZH: "发放", EN: "handed over"}},
	{"done", citizen.Text{ZH: "累计发放", EN: "done so far"}},
	{"returned", citizen.Text{ZH: "退回", EN: "returned"}},
	{"rejected", citizen.Text{ZH: "制证不合格", EN: "rejected"}},
}

// ColumnNames lists the columns' names.
func ColumnNames() []string {
	names := make([]string, len(Columns))
	for i, c := range Columns {
		names[i] = c.Column
	}
	return names
}

// Period is the length of a report.
type Period string

// The periods. A ten-day period (旬) is the 1st to 10th, 11th to 20th, or the rest of a month.
const (
	Daily   Period = "day"
	Weekly  Period = "week" // Monday to Sunday
	TenDay  Period = "ten_day"
	Monthly Period = "month"
)

// Periods lists the periods.
var Periods = []Period{Daily, Weekly, TenDay, Monthly}

// Span is the period that a day lies in, both days inclusive; ok is false for an unknown period or no day.
func (p Period) Span(day citizen.Date) (from, to citizen.Date, ok bool) {
	if day.IsZero() {
		return from, to, false
	}
	monthFrom := day.AddDays(1 - day.Day())
	monthTo := monthFrom.AddMonths(1).AddDays(-1)
	switch p {
	case Daily:
		return day, day, true
	case Weekly:
		from = day.AddDays(-(Weekday(day) + 6) % 7)
		return from, from.AddDays(6), true
	case TenDay:
		switch {
		case day.Day() <= 10:
			return monthFrom, monthFrom.AddDays(9), true
		case day.Day() <= 20:
			return monthFrom.AddDays(10), monthFrom.AddDays(19), true
		}
		return monthFrom.AddDays(20), monthTo, true
	case Monthly:
		return monthFrom, monthTo, true
	}
	return from, to, false
}

var thursday = citizen.MustDate("1970-01-01")

// Weekday is 0 for Sunday to 6 for Saturday.
func Weekday(day citizen.Date) int {
	n := (thursday.DaysUntil(day) + 4) % 7
	if n < 0 {
		n += 7
	}
	return n
}

// WorkingDay tells whether offices work on a day: Monday to Friday. Public holidays and the days worked for them are set anew each year and are not known
// here (UNCONFIRMED).
func WorkingDay(day citizen.Date) bool { return Weekday(day)%6 != 0 }

// Report is a report of a period as it was counted, for good. Rows are those of the units one tier below, and the reporting unit's own, which is their sum.
type Report struct {
	Unit     event.Unit   `json:"unit"`
	Report   string       `json:"report"`
	Period   Period       `json:"period"`
	From     citizen.Date `json:"from"`
	To       citizen.Date `json:"to"`
	CutAt    int64        `json:"cut_at"` // ms UTC
	Columns  []string     `json:"columns"`
	Rows     []Row        `json:"rows"`
	Total    Row          `json:"total"`
	Digest   string       `json:"digest"`             // SHA-256 of the CSV, hex
	Corrects string       `json:"corrects,omitempty"` // the report whose place it takes
	Words    string       `json:"words,omitempty"`    // why
}

// Row is one unit's figures, in the order of the columns.
type Row struct {
	Unit   event.Unit `json:"unit"`
	Name   string     `json:"name"`
	Values []int64    `json:"values"`
}

// Sum adds rows up into a unit's own.
func Sum(unit event.Unit, name string, columns int, rows []Row) Row {
	total := Row{Unit: unit, Name: name, Values: make([]int64, columns)}
	for _, r := range rows {
		for i, v := range r.Values {
			total.Values[i] += v
		}
	}
	return total
}

// Agrees tells whether the total is the sum of the rows.
func (r *Report) Agrees() bool {
	return len(r.Rows) == 0 || slices.Equal(Sum(r.Unit, "", len(r.Columns), r.Rows).Values, r.Total.Values)
}

// CSV is the report as comma-separated values, UTF-8, LF, one header line, the total last: what the digest is taken over.
func (r *Report) CSV() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	put := func(cells ...string) { _ = w.Write(cells) } // a strings.Builder does not fail
	put(append([]string{"unit", "name", "from", "to"}, r.Columns...)...)
	for _, row := range append(slices.Clone(r.Rows), r.Total) {
		cells := []string{string(row.Unit), row.Name, r.From.String(), r.To.String()}
		for _, v := range row.Values {
			cells = append(cells, strconv.FormatInt(v, 10))
		}
		put(cells...)
	}
	w.Flush()
	return b.String()
}

// Seal puts the digest in.
func (r *Report) Seal() {
	sum := sha256.Sum256([]byte(r.CSV()))
	r.Digest = hex.EncodeToString(sum[:])
}

// Sealed tells whether the digest is that of the figures.
func (r *Report) Sealed() bool {
	sum := sha256.Sum256([]byte(r.CSV()))
	return r.Digest == hex.EncodeToString(sum[:])
}

// Text is the report as a table for reading, in both languages.
func (r *Report) Text() citizen.Text {
	table := func(title, totalName string, head func(citizen.Text) string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n%s - %s\n", title, r.From, r.To)
		var names []string
		for _, c := range Columns {
			if slices.Contains(r.Columns, c.Column) {
				names = append(names, head(c.Text))
			}
		}
		fmt.Fprintf(&b, "%s\n", strings.Join(append([]string{"-"}, names...), "\t"))
		for _, row := range r.Rows {
			fmt.Fprintf(&b, "%s\n", line(row.Name, row.Values))
		}
		fmt.Fprintf(&b, "%s\nSHA-256 %s\n", line(totalName, r.Total.Values), r.Digest)
		return b.String()
	}
	return citizen.Text{ZH: table(r.Total.Name+"换发二代证"+periodWords[r.Period].ZH, "合计", func(t citizen.Text) string { return t.ZH }),
		EN: table(r.Total.Name+", card replacement, "+periodWords[r.Period].EN, "Total", func(t citizen.Text) string { return t.EN })}
}

func line(name string, values []int64) string {
	cells := []string{name}
	for _, v := range values {
		cells = append(cells, strconv.FormatInt(v, 10))
	}
	return strings.Join(cells, "\t")
}

var periodWords = map[Period]citizen.Text{Daily: {ZH: "日报", EN: "report of the day"}, Weekly: {ZH: "周报", EN: "report of the week"},
	TenDay: {ZH: "旬报", EN: "report of ten days"}, Monthly: {ZH: "月报", EN: "report of the month"}}

// FreezeFacts is what the desk found.
type FreezeFacts struct {
	Frozen *Report // the last one of the same unit and period; nil: none
}

// Freeze makes a report of a period that has ended. A second one of the same period is a correction and says why (plan W3).
func Freeze(by By, r Report, f FreezeFacts) (event.Event, error) {
	from, to, ok := r.Period.Span(r.From)
	switch {
	case !ok || from != r.From || to != r.To:
		return event.Event{}, refuse("programme.period", "", "period", "报表期间不对", "the period is wrong", "用 day、week、ten_day 或 month，并填期间内任一日", "use day, week, ten_day or month, and a day in it")
	case !r.To.Before(by.Today):
		return event.Event{}, refuse("programme.not_ended", "", "day", "该期间尚未结束", "the period has not ended", "期间结束后再固定报表", "freeze it after its last day")
	case f.Frozen != nil && !said(r.Words):
		return event.Event{}, refuse("programme.frozen_already", "", "words", "该期间报表已固定", "the period has been frozen already", "确需更正的，写明更正原因", "for a correction, say why")
	}
	if f.Frozen != nil {
		r.Corrects = f.Frozen.Report
	}
	r.Unit = by.Unit
	r.Seal()
	return event.Event{Stream: event.Up(by.Unit), Kind: KindReportFrozen, V: 1, Subject: r.Report, Body: r}, nil
}

// Difference is a figure that is not the same at two levels.
type Difference struct {
	Unit   event.Unit `json:"unit"`
	Column string     `json:"column"`
	Above  int64      `json:"above"` // in the superior's report
	Below  int64      `json:"below"` // in the unit's own
}

// Differences compares a superior's row of a unit with the unit's own report of the same period, column by column.
func (r *Report) Differences(own *Report) []Difference {
	var found []Difference
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Unit == own.Unit })
	if i < 0 {
		return nil
	}
	for c, column := range r.Columns {
		k := slices.Index(own.Columns, column)
		if k >= 0 && r.Rows[i].Values[c] != own.Total.Values[k] {
			found = append(found, Difference{own.Unit, column, r.Rows[i].Values[c], own.Total.Values[k]})
		}
	}
	return found
}
