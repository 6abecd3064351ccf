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

// FigureInput names a figure; it is counted when the order is given and frozen in it.
type FigureInput struct {
	Figure string       `json:"figure"`        // a column of programme.progress
	From   citizen.Date `json:"from,omitzero"` // left out: the first day of this month
	To     citizen.Date `json:"to,omitzero"`   // left out: yesterday
}

// OrderInput orders a unit below.
type OrderInput struct {
	To      event.Unit    `json:"to"`
	Task    string        `json:"task"`
	Due     citizen.Date  `json:"due"`
	Figures []FigureInput `json:"figures"`
}

// OrderOutput names the order with its figures as they were counted.
type OrderOutput struct {
	Order   string             `json:"order"`
	Figures []programme.Figure `json:"figures"`
}

func issueOrder(ctx context.Context, w *office.Work, in OrderInput) (out OrderOutput, err error) {
	if err := w.Below(in.To); err != nil {
		return out, err
	}
	for _, f := range in.Figures {
		counted, err := countFigure(ctx, w, in.To, f)
		if err != nil {
			return out, err
		}
		out.Figures = append(out.Figures, counted)
	}
	if out.Order, err = newID(); err != nil {
		return out, err
	}
	e, err := programme.IssueOrder(by(w), programme.Order{Order: out.Order, To: in.To, Task: in.Task, Due: in.Due, Figures: out.Figures})
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return out, nil
}

func countFigure(ctx context.Context, w *office.Work, unit event.Unit, in FigureInput) (f programme.Figure, err error) {
	if !slices.Contains(programme.ColumnNames(), in.Figure) {
		return f, event.Refuse("programme.figure", "", text("没有指标 "+in.Figure, "there is no figure "+in.Figure),
			text("用 programme.progress 的列名", "use a column of programme.progress"))
	}
	if in.To.IsZero() {
		in.To = w.Today.AddDays(-1)
	}
	if in.From.IsZero() {
		in.From = in.To.AddDays(1 - in.To.Day())
	}
	if err := checkSpan(in.From, in.To); err != nil {
		return f, err
	}
	a, err := areaOf(ctx, w, unit)
	if err != nil {
		return f, err
	}
	all, err := figures(ctx, w, &a, in.From, in.To)
	f = programme.Figure{Figure: in.Figure, Unit: unit, From: in.From, To: in.To}
	for _, values := range all {
		f.Value += values[in.Figure]
		if in.Figure == "handed_over" {
			f.Meant += values["quota"]
		}
	}
	return f, err
}

// holdOrder locks an order and loads it.
func holdOrder(ctx context.Context, w *office.Work, order string) (programme.OrderState, bool, error) {
	if err := w.Lock(ctx, order); err != nil {
		return programme.OrderState{}, false, err
	}
	s, ok, err := programmedb.OrderOf(ctx, w.Tx, order)
	if err == nil && ok {
		err = w.Below(s.To)
	}
	return s, ok, err
}

// AcknowledgeInput takes an order in.
type AcknowledgeInput struct {
	Order  string `json:"order"`
	Person string `json:"person"` // who answers for it
}

func acknowledge(ctx context.Context, w *office.Work, in AcknowledgeInput) (OrderRow, error) {
	return step(ctx, w, in.Order, func(s programme.OrderState, ok bool) (event.Event, error) {
		return programme.Acknowledge(by(w), s, ok, programme.Acknowledged{Order: in.Order, Person: in.Person})
	})
}

// ReplyInput replies to an order.
type ReplyInput struct {
	Order       string       `json:"order"`
	Explanation string       `json:"explanation"`
	Measures    string       `json:"measures"`
	DoneBy      citizen.Date `json:"done_by"`
}

func reply(ctx context.Context, w *office.Work, in ReplyInput) (OrderRow, error) {
	return step(ctx, w, in.Order, func(s programme.OrderState, ok bool) (event.Event, error) {
		return programme.ReplyTo(by(w), s, ok, programme.Reply(in))
	})
}

// CloseInput closes an order.
type CloseInput struct {
	Order   string `json:"order"`
	Outcome string `json:"outcome"` // done, not_done
	Words   string `json:"words"`
}

// closeOrder closes an order with the same figures, counted anew from the day on which they ended.
func closeOrder(ctx context.Context, w *office.Work, in CloseInput) (OrderRow, error) {
	c := programme.Closing{Order: in.Order, Outcome: in.Outcome, Words: in.Words}
	return step(ctx, w, in.Order, func(s programme.OrderState, ok bool) (event.Event, error) {
		if ok && s.Closed == nil {
			for _, f := range s.Figures {
				now, err := countFigure(ctx, w, s.To, FigureInput{Figure: f.Figure, From: f.From, To: w.Today})
				if err != nil {
					return event.Event{}, err
				}
				c.Figures = append(c.Figures, now)
			}
		}
		return programme.CloseOrder(by(w), s, ok, c)
	})
}

// OrderRow is an order as it stands.
type OrderRow struct {
	programme.OrderState
	Overdue   bool       `json:"overdue"`
	AnswersTo event.Unit `json:"answers_to"` // which unit above has to deal with it: one more for each five days overdue
}

func orderRow(s programme.OrderState, today citizen.Date) OrderRow {
	return OrderRow{OrderState: s, Overdue: s.Overdue(today), AnswersTo: s.AnswersTo(today)}
}

func step(ctx context.Context, w *office.Work, order string, rule func(programme.OrderState, bool) (event.Event, error)) (out OrderRow, err error) {
	s, ok, err := holdOrder(ctx, w, order)
	if err != nil {
		return out, err
	}
	e, err := rule(s, ok)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	switch body := e.Body.(type) {
	case programme.Acknowledged:
		s.Acked, s.AckedAt = &body, w.Now
	case programme.Reply:
		s.Replies = append(s.Replies, body)
	case programme.Closing:
		s.Closed = &body
	}
	return orderRow(s, w.Today), nil
}

// OrdersInput asks for the orders to units of the operator's area.
type OrdersInput struct {
	Open    bool `json:"open,omitempty"`    // only those that are not closed
	Overdue bool `json:"overdue,omitempty"` // only those overdue
	Ours    bool `json:"ours,omitempty"`    // only the open ones that this unit is to answer, or has to deal with by now
}

func orders(ctx context.Context, w *office.Work, in OrdersInput) ([]OrderRow, error) {
	all, err := programmedb.OrdersIn(ctx, w.Tx, w.By.Unit)
	rows := []OrderRow{}
	for _, s := range all {
		r := orderRow(s, w.Today)
		if in.Open && s.Closed != nil || in.Overdue && !r.Overdue || in.Ours && (s.Closed != nil || r.AnswersTo != w.By.Unit && s.To != w.By.Unit) {
			continue
		}
		rows = append(rows, r)
	}
	return rows, err
}
