package registerdesk

import (
	"context"
	"errors"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// ResidentInput asks for one registration with what hangs on it.
type ResidentInput struct {
	Tenure  string `json:"tenure"`
	Purpose string `json:"purpose"`
}

// ResidentShown is what the window sees of a person at one look: the registration, the household, the papers still to be brought and the matters that
// wait.
type ResidentShown struct {
	Found
	EnteredKind   string             `json:"entered_kind,omitempty"`
	EnteredOn     citizen.Date       `json:"entered_on,omitzero"`
	ExitedKind    string             `json:"exited_kind,omitempty"`
	ExitedOn      citizen.Date       `json:"exited_on,omitzero"`
	MovedTo       event.Unit         `json:"moved_to,omitempty"`
	MovedToTenure string             `json:"moved_to_tenure,omitempty"`
	FromUnit      event.Unit         `json:"from_unit,omitempty"`
	FromTenure    string             `json:"from_tenure,omitempty"`
	Provisional   bool               `json:"provisional,omitempty"`
	Household     register.Household `json:"household"`
	Members       []Found            `json:"members"` // who is registered in the household now, the person too
	Missing       []StillMissing     `json:"missing"`
	Complaint     *citizen.Text      `json:"complaint,omitempty"` // where to complain of the list of what is missing
	Pending       []Pending          `json:"pending"`
}

func (d desk) resident(ctx context.Context, w *office.Work, in ResidentInput) (out ResidentShown, err error) {
	t, err := inArea(ctx, w, in.Tenure)
	if err != nil {
		return out, err
	}
	out = ResidentShown{Found: found1(t), EnteredKind: t.EnteredKind, EnteredOn: t.EnteredOn, ExitedKind: t.ExitedKind, ExitedOn: t.ExitedOn,
		MovedTo: t.MovedTo, MovedToTenure: t.MovedToTenure, Provisional: t.Provisional, Members: []Found{}}
	if out.FromUnit, out.FromTenure, err = registerdb.MovedFrom(ctx, w.Tx, t.Unit, t.ID); err != nil {
		return out, err
	}
	if out.Household, err = registerdb.HouseholdOf(ctx, w.Tx, t.Unit, t.Record.HouseholdNo); err != nil {
		return out, err
	}
	log := register.LookedUp{Purpose: in.Purpose, How: "tenure", Tenures: []string{t.ID}}
	for _, m := range out.Household.Members {
		out.Members = append(out.Members, found1(m))
		if m.ID != t.ID {
			log.Tenures = append(log.Tenures, m.ID)
		}
	}
	if out.Missing, err = lacking(ctx, w, t.Unit, t.ID); err != nil {
		return out, err
	}
	if len(out.Missing) > 0 {
		out.Complaint = &d.limits.Complaint
	}
	if out.Pending, err = d.waiting(ctx, w, t.Unit, t.ID); err != nil {
		return out, err
	}
	return out, record(w, log)
}

// lacking lists the papers still to be brought of an area or of one tenure.
func lacking(ctx context.Context, w *office.Work, area event.Unit, tenure string) ([]StillMissing, error) {
	found, err := registerdb.AllLacking(ctx, w.Tx, area, "", tenure)
	if err != nil {
		return nil, err
	}
	all := []StillMissing{}
	for _, l := range found {
		all = append(all, StillMissing{Lacking: l, Text: register.PaperText(l.Paper), Days: l.AskedOn.DaysUntil(w.Today)})
	}
	return all, nil
}

// waiting lists the matters that wait of an area or of one tenure.
func (d desk) waiting(ctx context.Context, w *office.Work, area event.Unit, tenure string) ([]Pending, error) {
	found, err := registerdb.OpenSubmissions(ctx, w.Tx, area, tenure)
	if err != nil {
		return nil, err
	}
	all := []Pending{}
	for i := range found {
		one := d.pendingOf(w, &found[i])
		if one.Name, err = nameIn(ctx, w, &found[i]); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// nameIn is the name of the person that a matter is about.
func nameIn(ctx context.Context, w *office.Work, q *register.Submission) (string, error) {
	if q.Body.Entry != nil {
		return q.Body.Entry.Name, nil
	}
	t, _, err := registerdb.TenureOf(ctx, w.Tx, q.Body.Tenure)
	return t.Record.Name, err
}

// pendingOf says of a matter what it waits for, and for how long it has.
func (d desk) pendingOf(w *office.Work, q *register.Submission) Pending {
	p := Pending{Unit: q.Unit, Submission: q.Body.Submission, Kind: q.Body.Kind, Text: kindText(q.Body.Kind), WaitsFor: q.Waiting(w.Today), DecidedBy: q.Unit,
		Days: q.Body.AskedOn.DaysUntil(w.Today), Missing: append([]string{}, q.Lacking...), Matter: q.Body}
	if r, _ := register.RequirementOf(q.Body.Kind, q.Body.Case); r.Level == event.County {
		p.DecidedBy = q.Unit.Parent()
	}
	p.Late = p.WaitsFor == "decision" && p.Days > d.limits.DecisionDays
	if q.Notice != nil {
		p.Until = q.Notice.Until
	}
	return p
}

// MatterShownInput asks for one matter that was put up.
type MatterShownInput struct {
	Submission string `json:"submission"`
	Purpose    string `json:"purpose"`
}

// MatterShown is a matter with who put it up, what became of it, and those who look like the person of a late entry.
type MatterShown struct {
	Pending
	AskedBy      string                 `json:"operator"`
	Follows      citizen.Text           `json:"follows"`
	Article      string                 `json:"article"`
	Required     []register.Missing     `json:"required"` // the papers that it rests on
	Record       *register.Record       `json:"record,omitempty"`
	Decision     *register.Decided      `json:"decision,omitempty"`
	DecidedOn    citizen.Date           `json:"decided_on,omitzero"`
	NoticeServed *register.NoticeServed `json:"notice_served,omitempty"`
	Done         string                 `json:"done,omitempty"` // kind of the entry that carried it out or returned it
	Alike        []Hit                  `json:"alike"`
}

func (d desk) showMatter(ctx context.Context, w *office.Work, in MatterShownInput) (out MatterShown, err error) {
	q, err := submission(ctx, w, in.Submission)
	if err != nil {
		return out, err
	}
	r, _ := register.RequirementOf(q.Body.Kind, q.Body.Case)
	out = MatterShown{Pending: d.pendingOf(w, &q), AskedBy: q.AskedBy, Follows: r.Follows, Article: r.Article, Decision: q.Decision, DecidedOn: q.Day,
		NoticeServed: q.Notice, Done: q.Done, Alike: []Hit{}}
	for _, code := range r.Papers {
		out.Required = append(out.Required, register.Missing{Paper: code, Text: register.PaperText(code)})
	}
	if err := aboutWhom(ctx, w, q, &out); err != nil {
		return out, err
	}
	return out, record(w, register.LookedUp{Purpose: in.Purpose, How: "tenure", Tenures: []string{q.Body.Tenure}})
}

// aboutWhom adds the person that a matter is about: the registration as it stands, or of a late entry those who look alike.
func aboutWhom(ctx context.Context, w *office.Work, q register.Submission, out *MatterShown) error {
	if q.Body.Entry != nil {
		out.Name = q.Body.Entry.Name
		found, err := registerdb.SameNameSexAndBirth(ctx, w.Tx, q.Body.Entry.Name, q.Body.Entry.Sex, q.Body.Entry.BirthDate)
		for _, t := range found {
			if w.By.Unit.Contains(t.Unit) {
				out.Alike = append(out.Alike, Hit{Unit: t.Unit, Tenure: t.ID, State: t.State})
			} else {
				out.Alike = append(out.Alike, Hit{Unit: t.Unit})
			}
		}
		return err
	}
	t, ok, err := registerdb.TenureOf(ctx, w.Tx, q.Body.Tenure)
	if ok {
		out.Name, out.Record = t.Record.Name, &t.Record
	}
	return err
}

// MovesInput asks for what a unit and those below it wait for in moves.
type MovesInput struct {
	Unit    event.Unit `json:"unit,omitempty"` // empty: the operator's
	Purpose string     `json:"purpose"`
}

// InTransit is somebody who has moved out and has neither arrived nor been returned.
type InTransit struct {
	Name       string       `json:"name"`
	Number     string       `json:"number"`
	FromUnit   event.Unit   `json:"from_unit"`
	FromTenure string       `json:"from_tenure"`
	ToUnit     event.Unit   `json:"to_unit"`
	ToTenure   string       `json:"to_tenure"`
	On         citizen.Date `json:"on"`
	Days       int          `json:"days"`
	Late       bool         `json:"late,omitempty"`
}

// AskedFor is another station's request for a person.
type AskedFor struct {
	register.MoveInRequested
	By event.Unit `json:"by_unit"`
}

// MovesOutput are the moves in transit, the requests to answer, and the events told by others.
type MovesOutput struct {
	Moves    []InTransit              `json:"moves"`
	Requests []AskedFor               `json:"requests"`
	Reports  []register.EventReported `json:"reports"`
}

func (d desk) moves(ctx context.Context, w *office.Work, in MovesInput) (out MovesOutput, err error) {
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return out, err
	}
	out = MovesOutput{Moves: []InTransit{}, Requests: []AskedFor{}, Reports: []register.EventReported{}}
	found, err := registerdb.InTransit(ctx, w.Tx, area, w.Today)
	if err != nil {
		return out, err
	}
	for i := range found {
		m := &found[i]
		out.Moves = append(out.Moves, InTransit{Name: m.Record.Name, Number: m.Record.Number, FromUnit: m.FromUnit, FromTenure: m.FromTenure, ToUnit: m.ToUnit,
			ToTenure: m.ToTenure, On: m.On, Days: m.On.DaysUntil(w.Today), Late: !m.On.After(d.limits.OverdueBefore(w.Today))})
	}
	requests, err := registerdb.OpenRequests(ctx, w.Tx, area)
	if err != nil {
		return out, err
	}
	for i := range requests {
		out.Requests = append(out.Requests, AskedFor{requests[i].Body, requests[i].By})
	}
	reports, err := registerdb.OpenReports(ctx, w.Tx, area)
	if err != nil {
		return out, err
	}
	for i := range reports {
		out.Reports = append(out.Reports, reports[i].Body)
	}
	return out, record(w, register.LookedUp{Purpose: in.Purpose, How: "moves", Wide: true, About: area})
}

// MovePaperInput asks for the migration paper of somebody who has moved out, to print it.
type MovePaperInput struct {
	Tenure  string `json:"tenure"`
	Purpose string `json:"purpose"`
}

// MovePaperOutput is the paper: what it says, and its signed text in the lines that its squares carry; none for a move out of the city.
type MovePaperOutput struct {
	Unit        event.Unit      `json:"unit"`
	Tenure      string          `json:"tenure"`
	ToUnit      event.Unit      `json:"to_unit,omitempty"`
	ToTenure    string          `json:"to_tenure,omitempty"`
	Destination string          `json:"destination,omitempty"`
	Reason      string          `json:"reason"`
	On          citizen.Date    `json:"on"`
	DeclareBy   citizen.Date    `json:"declare_by,omitzero"` // the last day of declaring the arrival
	Record      register.Record `json:"record"`
	Lines       []string        `json:"lines,omitempty"`
}

func (d desk) movePaper(ctx context.Context, w *office.Work, in MovePaperInput) (out MovePaperOutput, err error) {
	t, err := inArea(ctx, w, in.Tenure)
	if err != nil {
		return out, err
	}
	body, err := movedOut(ctx, w, t)
	if err != nil {
		return out, err
	}
	out = MovePaperOutput{Unit: t.Unit, Tenure: t.ID, ToUnit: body.ToUnit, ToTenure: body.ToTenure, Destination: body.Destination, Reason: body.Reason,
		On: body.EffectiveOn, DeclareBy: register.DeclareArrivalBy(body.EffectiveOn, w.Today, d.limits), Record: body.Record}
	if body.ToUnit != "" {
		text, err := signPaper(ctx, w, body.Moving(t.Unit))
		if err != nil {
			return out, err
		}
		if out.Lines, err = packPaper(text); err != nil {
			return out, err
		}
	}
	return out, record(w, register.LookedUp{Purpose: in.Purpose, How: "tenure", Tenures: []string{t.ID}})
}

// movedOut reads the move-out that ended a tenure.
func movedOut(ctx context.Context, w *office.Work, t register.Tenure) (body register.MovedOut, err error) {
	none := refuse("register.not_moved", "户口登记条例（1958）第10条", "该人没有迁出", "the person has not moved out", "先办理迁出", "register the move out first")
	if t.State != register.StateMovedOut {
		return body, none
	}
	changes, err := registerdb.History(ctx, w.Tx, t.Unit, t.ID)
	if err != nil {
		return body, err
	}
	for i := len(changes) - 1; i >= 0; i-- {
		if changes[i].Kind != register.KindMovedOut {
			continue
		}
		e, err := journal.At(ctx, w.Tx, changes[i].Ref)
		if errors.Is(err, journal.ErrNoEntry) || err == nil && e.Erased() {
			break
		}
		if err != nil {
			return body, err
		}
		return body, e.Decode(&body)
	}
	return body, none
}
