package programmedesk

import (
	"context"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/programme"
	"github.com/huzheng/huzheng/internal/programme/programmedb"
)

// NoticeInput is a public notice: whose turn it is, when and where.
type NoticeInput struct {
	Title string       `json:"title"`
	Text  string       `json:"text"`
	Areas []string     `json:"areas"` // streets, committees, villages
	From  citizen.Date `json:"from"`
	To    citizen.Date `json:"to"`
	Place string       `json:"place"`
	Bring string       `json:"bring,omitempty"`
}

func notice(_ context.Context, w *office.Work, in NoticeInput) (programme.Notice, error) {
	id, err := newID()
	if err != nil {
		return programme.Notice{}, err
	}
	e, err := programme.IssueNotice(by(w), programme.Notice{Notice: id, Title: in.Title, Text: in.Text, Areas: in.Areas, From: in.From, To: in.To,
		Place: in.Place, Bring: in.Bring})
	if err != nil {
		return programme.Notice{}, err
	}
	w.Emit(e)
	return e.Body.(programme.Notice), nil
}

// NoticesInput asks for the schedule from a day on.
type NoticesInput struct {
	Unit event.Unit   `json:"unit,omitempty"`
	On   citizen.Date `json:"on,omitzero"`    // left out: today
	Area string       `json:"area,omitempty"` // a street, committee or village; left out: any
}

func notices(ctx context.Context, w *office.Work, in NoticesInput) ([]programme.Notice, error) {
	unit, err := within(w, in.Unit)
	if err != nil {
		return nil, err
	}
	if in.On.IsZero() {
		in.On = w.Today
	}
	all, err := programmedb.NoticesOn(ctx, w.Tx, unit, in.On)
	return slices.DeleteFunc(all, func(n programme.Notice) bool {
		return in.Area != "" && !slices.ContainsFunc(n.Areas, func(a string) bool { return strings.Contains(a, in.Area) || strings.Contains(in.Area, a) })
	}), err
}

// ProblemInput raises a problem.
type ProblemInput struct {
	Kind string `json:"kind"` // people, money, goods, technology, rule
	Text string `json:"text"`
}

// Named names what was written.
type Named struct {
	ID string `json:"id"`
}

func raiseProblem(_ context.Context, w *office.Work, in ProblemInput) (out Named, err error) {
	if out.ID, err = newID(); err != nil {
		return out, err
	}
	e, err := programme.RaiseProblem(by(w), programme.Problem{Problem: out.ID, Kind: in.Kind, Text: in.Text})
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return out, nil
}

// GuidanceInput answers a problem or spreads a practice, to every unit below.
type GuidanceInput struct {
	Kind    string            `json:"kind"` // answer, practice
	Problem string            `json:"problem,omitempty"`
	Title   string            `json:"title"`
	Text    string            `json:"text"`
	Binding bool              `json:"binding,omitempty"`
	From    event.Unit        `json:"from,omitempty"`
	Before  *programme.Figure `json:"before,omitempty"`
	After   *programme.Figure `json:"after,omitempty"`
}

func issueGuidance(ctx context.Context, w *office.Work, in GuidanceInput) (out Named, err error) {
	if err := w.Lock(ctx, "programme:problem:"+in.Problem); err != nil {
		return out, err
	}
	problem, ok, err := programmedb.ProblemOf(ctx, w.Tx, in.Problem)
	if err != nil {
		return out, err
	}
	known, err := programmedb.GuidanceFor(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	answered := in.Problem != "" && slices.ContainsFunc(known, func(g programme.Guidance) bool { return g.Problem == in.Problem })
	if out.ID, err = newID(); err != nil {
		return out, err
	}
	e, err := programme.IssueGuidance(by(w), programme.Guidance{Guidance: out.ID, Kind: in.Kind, Problem: in.Problem, Title: in.Title, Text: in.Text,
		Binding: in.Binding, From: in.From, Before: in.Before, After: in.After}, problem, ok, answered)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return out, nil
}

// ReadInput marks guidance as read, and a practice as taken up.
type ReadInput struct {
	Guidance string `json:"guidance"`
	TakenUp  bool   `json:"taken_up,omitempty"`
}

func readGuidance(ctx context.Context, w *office.Work, in ReadInput) (out Named, err error) {
	if err := w.Lock(ctx, "programme:read:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	known, err := programmedb.GuidanceFor(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	ok := slices.ContainsFunc(known, func(g programme.Guidance) bool { return g.Guidance == in.Guidance })
	read, err := programmedb.ReadersOf(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	already := slices.ContainsFunc(read[in.Guidance], func(r programme.GuidanceRead) bool { return r.Unit == w.By.Unit })
	e, err := programme.ReadGuidance(by(w), programme.GuidanceRead{Guidance: in.Guidance, TakenUp: in.TakenUp}, ok, already)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return Named{in.Guidance}, nil
}

// GuidanceRow is guidance and who has read it.
type GuidanceRow struct {
	programme.Guidance
	ReadBy  []event.Unit `json:"read_by"`
	TakenUp []event.Unit `json:"taken_up"`
	Unread  []event.Unit `json:"unread"` // of the operator's area
}

// GuidanceOutput is the problems of the area and the guidance that is meant for it.
type GuidanceOutput struct {
	Unanswered []programme.Problem `json:"unanswered"`
	Guidance   []GuidanceRow       `json:"guidance"`
}

type noInput struct{}

func guidance(ctx context.Context, w *office.Work, _ noInput) (out GuidanceOutput, err error) {
	out = GuidanceOutput{Unanswered: []programme.Problem{}, Guidance: []GuidanceRow{}}
	a, err := areaOf(ctx, w, w.By.Unit)
	if err != nil {
		return out, err
	}
	problems, err := programmedb.ProblemsIn(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	known, err := programmedb.GuidanceFor(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	for _, p := range problems {
		if !slices.ContainsFunc(known, func(g programme.Guidance) bool { return g.Problem == p.Problem }) {
			out.Unanswered = append(out.Unanswered, p)
		}
	}
	read, err := programmedb.ReadersOf(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return out, err
	}
	for _, g := range known {
		out.Guidance = append(out.Guidance, guidanceRow(&a, g, read[g.Guidance]))
	}
	return out, nil
}

func guidanceRow(a *area, g programme.Guidance, read []programme.GuidanceRead) GuidanceRow {
	row := GuidanceRow{Guidance: g, ReadBy: []event.Unit{}, TakenUp: []event.Unit{}, Unread: []event.Unit{}}
	for _, r := range read {
		if !slices.Contains(row.ReadBy, r.Unit) {
			row.ReadBy = append(row.ReadBy, r.Unit)
		}
		if r.TakenUp && !slices.Contains(row.TakenUp, r.Unit) {
			row.TakenUp = append(row.TakenUp, r.Unit)
		}
	}
	for unit := range a.names {
		if unit != g.Unit && !slices.Contains(row.ReadBy, unit) {
			row.Unread = append(row.Unread, unit)
		}
	}
	slices.Sort(row.Unread)
	return row
}
