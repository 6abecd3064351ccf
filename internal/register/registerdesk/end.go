package registerdesk

import (
	"context"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// DeathInput registers a death. Report names the report that told of it.
type DeathInput struct {
	Tenure   string          `json:"tenure"`
	Expected int64           `json:"expected_version,omitempty"`
	Date     citizen.Date    `json:"date"`
	Paper    *register.Paper `json:"paper,omitempty"`
	Report   string          `json:"report,omitempty"`
}

// DeathOutput says what is still missing and whether it was declared late.
type DeathOutput struct {
	Version int64              `json:"version"`
	Late    bool               `json:"late"`
	Missing []register.Missing `json:"missing"`

	Notice           *citizen.Text `json:"notice,omitempty"`            // the list of what is missing, to be printed
	NeedsHouseholder bool          `json:"needs_householder,omitempty"` // the dead person's household has none now
}

func (d desk) death(ctx context.Context, w *office.Work, in DeathInput) (out DeathOutput, err error) {
	t, since, err := load(ctx, w, in.Tenure, in.Expected)
	if err != nil {
		return out, err
	}
	c := register.Death{On: in.Date, Paper: in.Paper, Expected: in.Expected}
	if in.Report != "" {
		q, err := report(ctx, w, in.Report)
		if err != nil {
			return out, err
		}
		c.Report = &q
	}
	events, err := register.RegisterDeath(by(w), t, c, since)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	body := events[0].Body.(register.DeathRegistered)
	out = DeathOutput{Version: body.Version, Late: body.Late, Missing: append([]register.Missing{}, body.Missing...), Notice: printable(body.Missing, d.limits)}
	out.NeedsHouseholder, err = leaves(ctx, w, t)
	return out, err
}

// leaves tells whether a household is left without a householder when somebody goes.
func leaves(ctx context.Context, w *office.Work, t register.Tenure) (bool, error) {
	h, err := registerdb.HouseholdOf(ctx, w.Tx, t.Unit, t.Record.HouseholdNo)
	return headless(h, map[string]bool{t.ID: true}), err
}

// CorrectInput alters items.
type CorrectInput struct {
	Tenure   string          `json:"tenure"`
	Expected int64           `json:"expected_version,omitempty"`
	Items    register.Items  `json:"items"`
	Category string          `json:"category"`
	On       citizen.Date    `json:"on"`
	Paper    *register.Paper `json:"paper,omitempty"`
}

// CorrectOutput is the tenure's new version.
type CorrectOutput struct {
	Version int64 `json:"version"`
}

func correct(ctx context.Context, w *office.Work, in CorrectInput) (out CorrectOutput, err error) {
	names := []string{in.Tenure}
	if in.Items.Number != nil { // keeps a birth from drawing the same number meanwhile
		names = append(names, "numbers:"+string(w.By.Unit))
	}
	if err := w.Lock(ctx, names...); err != nil {
		return out, err
	}
	t, since, err := read(ctx, w.Tx, in.Tenure, in.Expected)
	if err != nil {
		return out, err
	}
	facts := register.CorrectFacts{Since: since}
	if in.Items.Number != nil {
		if facts.Holders, err = holders(ctx, w, t, *in.Items.Number); err != nil {
			return out, err
		}
	}
	e, err := register.CorrectItems(by(w), t, register.Correct{Items: in.Items, Category: in.Category, On: in.On, Paper: in.Paper,
		Expected: in.Expected}, facts)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return CorrectOutput{Version: t.Version + 1}, nil
}

// holders lists other residents who have or had a number.
func holders(ctx context.Context, w *office.Work, t register.Tenure, number string) ([]string, error) {
	found, err := registerdb.ByNumber(ctx, w.Tx, number)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, other := range found {
		if other.Resident != t.Resident {
			others = append(others, other.ID)
		}
	}
	return others, nil
}

// ReportInput tells a person's owner of an event. ToUnit is needed where this node does not know the person.
type ReportInput struct {
	ToUnit event.Unit      `json:"to_unit,omitempty"`
	Tenure string          `json:"tenure,omitempty"`
	Number string          `json:"number,omitempty"`
	Name   string          `json:"name,omitempty"`
	Event  string          `json:"event"`
	On     citizen.Date    `json:"on"`
	Paper  *register.Paper `json:"paper,omitempty"`
	Note   string          `json:"note,omitempty"`
}

// ReportOutput names the report and the unit that is told.
type ReportOutput struct {
	Report string     `json:"report"`
	ToUnit event.Unit `json:"to_unit"`
}

func reportEvent(ctx context.Context, w *office.Work, in ReportInput) (out ReportOutput, err error) {
	body := register.EventReported{Tenure: in.Tenure, Number: in.Number, Name: in.Name, Event: in.Event, On: in.On, Paper: in.Paper, Note: in.Note, From: w.By.Unit}
	out.ToUnit = in.ToUnit
	if in.Tenure != "" {
		t, _, err := load(ctx, w, in.Tenure, 0)
		if err != nil {
			return out, err
		}
		out.ToUnit, body.Tenure = t.Owner()
	}
	if out.Report, err = mint(); err != nil {
		return out, err
	}
	body.Report = out.Report
	e, err := register.ReportEvent(by(w), out.ToUnit, body)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return out, nil
}

// AnswerInput answers a report that asks for nothing that another action does.
type AnswerInput struct {
	Report  string `json:"report"`
	Outcome string `json:"outcome"` // carried_out, unfounded
	Ground  string `json:"ground,omitempty"`
}

func answerReport(ctx context.Context, w *office.Work, in AnswerInput) (none None, err error) {
	if err := w.Lock(ctx, "report:"+in.Report); err != nil {
		return none, err
	}
	q, err := report(ctx, w, in.Report)
	if err != nil {
		return none, err
	}
	events, err := register.AnswerReport(by(w), q, in.Outcome, in.Ground)
	if err != nil {
		return none, err
	}
	w.Emit(events...)
	return none, nil
}

// report reads a report that this unit was told; the rule refuses one that is not here.
func report(ctx context.Context, w *office.Work, id string) (register.Reported, error) {
	q, ok, err := registerdb.Report(ctx, w.Tx, w.By.Unit, id)
	q.Answered = q.Answered || !ok
	return q, err
}
