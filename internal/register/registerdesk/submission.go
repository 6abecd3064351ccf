package registerdesk

import (
	"context"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

// SubmitOutput names the matter, says who decides, and gives the list of what is missing as a printable text.
type SubmitOutput struct {
	Submission string             `json:"submission"`
	Tenure     string             `json:"tenure"`
	DecidedBy  event.Unit         `json:"decided_by"`
	Missing    []register.Missing `json:"missing"`
	Notice     *citizen.Text      `json:"notice,omitempty"`
	Hits       []Hit              `json:"hits"` // registrations that may be the same person (late entries)
}

// LateEntryInput applies for the registration of somebody who was never registered.
type LateEntryInput struct {
	register.LateEntry
	Applicant string           `json:"applicant"`
	On        citizen.Date     `json:"on"` // of the application
	Papers    []register.Paper `json:"papers,omitempty"`
}

func (d desk) lateEntry(ctx context.Context, w *office.Work, in LateEntryInput) (out SubmitOutput, err error) {
	f := register.SubmitFacts{Limits: d.limits}
	if f.Opens, err = mint(); err != nil {
		return out, err
	}
	if f.Resident, err = mint(); err != nil {
		return out, err
	}
	if f.Household, err = registerdb.HouseholdOf(ctx, w.Tx, w.By.Unit, in.HouseholdNo); err != nil {
		return out, err
	}
	c := register.Submit{Kind: register.ChangeLateEntry, Entry: &in.LateEntry, Applicant: in.Applicant, On: in.On, Papers: in.Papers}
	if out, err = d.put(w, c, f); err != nil {
		return out, err
	}
	out.Hits, err = hits(ctx, w, in.Record(""))
	return out, err
}

// put decides and writes a submission.
func (d desk) put(w *office.Work, c register.Submit, f register.SubmitFacts) (out SubmitOutput, err error) {
	if f.Submission, err = mint(); err != nil {
		return out, err
	}
	e, err := register.SubmitMatter(by(w), c, f)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	body := e.Body.(register.Submitted)
	r, _ := register.RequirementOf(body.Kind, body.Case)
	out = SubmitOutput{Submission: body.Submission, Tenure: body.Tenure, DecidedBy: w.By.Unit, Missing: append([]register.Missing{}, body.Missing...), Hits: []Hit{}}
	if r.Level == event.County {
		out.DecidedBy = w.By.Unit.Parent()
	}
	out.Notice = printable(body.Missing, d.limits)
	return out, nil
}

// printable is the list that the citizen takes along; nil when nothing is missing.
func printable(missing []register.Missing, l register.Limits) *citizen.Text {
	text := register.Notice(missing, l.Complaint)
	if text.IsZero() {
		return nil
	}
	return &text
}

// MatterInput puts a matter about a registered person up: a removal, a change of class, a cancellation or a restoration. Reason and class are asked for
// by those that need them, the ground by the others.
type MatterInput struct {
	Tenure    string           `json:"tenure"`
	Expected  int64            `json:"expected_version,omitempty"`
	Reason    string           `json:"reason,omitempty"`
	Class     string           `json:"class,omitempty"`
	Ground    string           `json:"ground,omitempty"`
	Applicant string           `json:"applicant"`
	On        citizen.Date     `json:"on"`
	Papers    []register.Paper `json:"papers,omitempty"`
}

// matter makes the action of one kind.
func (d desk) matter(kind string) func(context.Context, *office.Work, MatterInput) (SubmitOutput, error) {
	return func(ctx context.Context, w *office.Work, in MatterInput) (out SubmitOutput, err error) {
		f := register.SubmitFacts{Limits: d.limits}
		if f.Tenure, f.Since, err = load(ctx, w, in.Tenure, in.Expected); err != nil {
			return out, err
		}
		waiting, err := registerdb.OpenSubmissions(ctx, w.Tx, f.Tenure.Unit, in.Tenure)
		if err != nil {
			return out, err
		}
		f.Open = len(waiting) > 0
		return d.put(w, register.Submit{Kind: kind, Reason: in.Reason, Class: in.Class, Ground: in.Ground, Applicant: in.Applicant, On: in.On,
			Papers: in.Papers, Expected: in.Expected}, f)
	}
}

// DecideInput approves or refuses a matter.
type DecideInput struct {
	Submission string `json:"submission"`
	Approve    bool   `json:"approve"`
	Ground     string `json:"ground,omitempty"`   // needed for a refusal
	Compared   bool   `json:"compared,omitempty"` // those who look alike have been compared with the person
}

// DecideOutput gives the number of a late entry.
type DecideOutput struct {
	Approved  bool          `json:"approved"`
	Number    string        `json:"number,omitempty"`
	Complaint *citizen.Text `json:"complaint,omitempty"`
}

func (d desk) decide(ctx context.Context, w *office.Work, in DecideInput) (out DecideOutput, err error) {
	if err := w.Lock(ctx, in.Submission, "ranges:"+string(w.By.Unit)); err != nil {
		return out, err
	}
	q, err := submission(ctx, w, in.Submission)
	if err != nil {
		return out, err
	}
	c := register.Decide{Approve: in.Approve, Ground: in.Ground, Compared: in.Compared}
	f := register.DecideFacts{Limits: d.limits}
	if f.Alike, err = alike(ctx, w, q); err != nil {
		return out, err
	}
	if err := register.CheckDecide(by(w), w.By.ID, q, c, f.Alike); err != nil {
		return out, err
	}
	if c.Approve && q.Body.Entry != nil {
		if f.Number, err = countyNumber(ctx, w, q.Body.Entry); err != nil {
			return out, err
		}
	}
	events, err := register.DecideMatter(by(w), w.By.ID, q, c, f)
	if err != nil {
		return out, err
	}
	w.Emit(events...)
	body := events[len(events)-1].Body.(register.Decided)
	return DecideOutput{Approved: body.Approved, Number: body.Number, Complaint: body.Complaint}, nil
}

func submission(ctx context.Context, w *office.Work, id string) (register.Submission, error) {
	q, ok, err := registerdb.SubmissionOf(ctx, w.Tx, id)
	if err != nil {
		return q, err
	}
	if !ok || !w.By.Unit.Contains(q.Unit) {
		return q, refuse("register.submission_unknown", "", "本单位没有该呈报事项", "there is no such matter here", "查看待办事项（register.pending）", "see what waits (register.pending)")
	}
	return q, nil
}

// alike lists the tenures that look like the person of a late entry.
func alike(ctx context.Context, w *office.Work, q register.Submission) ([]string, error) {
	if q.Body.Entry == nil {
		return nil, nil
	}
	found, err := registerdb.SameNameSexAndBirth(ctx, w.Tx, q.Body.Entry.Name, q.Body.Entry.Sex, q.Body.Entry.BirthDate)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range found {
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	return ids, nil
}

func countyNumber(ctx context.Context, w *office.Work, e *register.LateEntry) (citizen.Number, error) {
	ranges, err := registerdb.RangesOfCounty(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return "", err
	}
	taken, err := registerdb.TakenOn(ctx, w.Tx, citizen.Division(w.By.Unit), e.BirthDate)
	if err != nil {
		return "", err
	}
	return register.DrawAtCounty(w.By.Unit, e.BirthDate, citizen.Sex(e.Sex), ranges, func(n citizen.Number) bool { return taken[n] })
}

// ServeInput serves the notice of a decision that ends a registration.
type ServeInput struct {
	Submission string       `json:"submission"`
	Way        string       `json:"way"` // person, relatives, public
	To         string       `json:"to,omitempty"`
	On         citizen.Date `json:"on"`
}

// ServeOutput is the last day of objecting.
type ServeOutput struct {
	Until citizen.Date `json:"until"`
}

func (d desk) serveNotice(ctx context.Context, w *office.Work, in ServeInput) (out ServeOutput, err error) {
	if err := w.Lock(ctx, in.Submission); err != nil {
		return out, err
	}
	q, err := submission(ctx, w, in.Submission)
	if err != nil {
		return out, err
	}
	e, err := register.ServeNotice(by(w), q, register.NoticeServed{Way: in.Way, To: in.To, On: in.On}, d.limits)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return ServeOutput{Until: e.Body.(register.NoticeServed).Until}, nil
}

// ObjectInput records an objection to a decision that ends a registration.
type ObjectInput struct {
	Submission string `json:"submission"`
	Who        string `json:"who"` // who objects: the person, a relative, another
	Words      string `json:"words"`
}

func object(ctx context.Context, w *office.Work, in ObjectInput) (none None, err error) {
	if err := w.Lock(ctx, in.Submission); err != nil {
		return none, err
	}
	q, err := submission(ctx, w, in.Submission)
	if err != nil {
		return none, err
	}
	e, err := register.Object(by(w), q, in.Who, in.Words)
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// CarryInput carries a decision out whose objection period is over.
type CarryInput struct {
	Submission string `json:"submission"`
}

func carryOut(ctx context.Context, w *office.Work, in CarryInput) (none None, err error) {
	q, err := submission(ctx, w, in.Submission)
	if err != nil {
		return none, err
	}
	return none, carry(ctx, w, q)
}

// carry locks the person, reads the matter again under the lock, and does what was decided.
func carry(ctx context.Context, w *office.Work, q register.Submission) error {
	if err := w.Lock(ctx, q.Body.Submission, q.Body.Tenure); err != nil {
		return err
	}
	q, err := submission(ctx, w, q.Body.Submission)
	if err != nil {
		return err
	}
	t, _, err := registerdb.TenureOf(ctx, w.Tx, q.Body.Tenure) // a late entry has none yet
	if err != nil {
		return err
	}
	events, err := register.CarryOut(by(w), q, t)
	if err != nil {
		return err
	}
	switch { // the household may have been dissolved meanwhile
	case q.Body.Entry != nil:
		err = comesBack(ctx, w, register.Tenure{Unit: w.By.Unit, ID: q.Body.Tenure, Record: q.Body.Entry.Record("")})
	case q.Body.Kind == register.ChangeRestoration:
		err = comesBack(ctx, w, t)
	}
	w.Emit(events...)
	return err
}

// decided carries a decision out when it reaches the station. One that waits for a notice, and one that refuses, is left; one that no longer fits is
// returned.
func decided(ctx context.Context, w *office.Work, cause *journal.Entry) error {
	q, ok, err := registerdb.SubmissionOf(ctx, w.Tx, cause.Subject)
	if err != nil || !ok || q.Unit != w.By.Unit || q.Waiting(w.Today) != "carrying_out" {
		return err
	}
	err = carry(ctx, w, q)
	if why, refused := event.AsRefusal(err); refused {
		w.Emit(register.ReturnDecision(by(w), q, why))
		return nil
	}
	return err
}

// PendingInput asks for the matters that wait at and below a unit.
type PendingInput struct {
	Unit    event.Unit `json:"unit,omitempty"` // empty: the operator's
	Purpose string     `json:"purpose"`
}

// Pending is one matter that waits.
type Pending struct {
	Unit       event.Unit         `json:"unit"`
	Submission string             `json:"submission"`
	Name       string             `json:"name"` // of the person that it is about
	Kind       string             `json:"kind"`
	Text       citizen.Text       `json:"text"`
	WaitsFor   string             `json:"waits_for"` // decision, notice, objections, carrying_out
	DecidedBy  event.Unit         `json:"decided_by"`
	Days       int                `json:"days"`
	Late       bool               `json:"late,omitempty"`
	Until      citizen.Date       `json:"until,omitzero"` // the last day of objecting
	Missing    []string           `json:"missing"`
	Matter     register.Submitted `json:"matter"`
}

func (d desk) pending(ctx context.Context, w *office.Work, in PendingInput) ([]Pending, error) {
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return nil, err
	}
	all, err := d.waiting(ctx, w, area, "")
	if err != nil {
		return nil, err
	}
	return all, record(w, register.LookedUp{Purpose: in.Purpose, How: "pending", Wide: true, About: area})
}

func areaOf(w *office.Work, unit event.Unit) (event.Unit, error) {
	if unit == "" {
		return w.By.Unit, nil
	}
	return unit, w.Below(unit)
}

func kindText(kind string) citizen.Text {
	c, _ := citizen.ChangeKinds.ByCode(kind)
	return c.Text()
}

// AskInput lists the papers that a citizen has still to bring for a change.
type AskInput struct {
	Tenure string   `json:"tenure"`
	Kind   string   `json:"kind"`   // change-kind: 105 move in, 107 correction …
	Papers []string `json:"papers"` // codes of register.requirements
}

// AskOutput is the list to hand over.
type AskOutput struct {
	List    string             `json:"list"`
	Missing []register.Missing `json:"missing"`
	Notice  *citizen.Text      `json:"notice"`
}

func (d desk) askPapers(ctx context.Context, w *office.Work, in AskInput) (out AskOutput, err error) {
	t, _, err := load(ctx, w, in.Tenure, 0)
	if err != nil {
		return out, err
	}
	lacking, err := registerdb.AllLacking(ctx, w.Tx, t.Unit, "", t.ID)
	if err != nil {
		return out, err
	}
	var open []string
	for _, l := range lacking {
		open = append(open, l.Kind)
	}
	if out.List, err = mint(); err != nil {
		return out, err
	}
	e, err := register.AskPapers(by(w), t, out.List, in.Kind, in.Papers, open, d.limits)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	out.Missing = e.Body.(register.PapersAsked).Missing
	out.Notice = printable(out.Missing, d.limits)
	return out, nil
}

// MissingInput asks for the papers still to be brought at and below a unit.
type MissingInput struct {
	Unit    event.Unit `json:"unit,omitempty"` // empty: the operator's
	Tenure  string     `json:"tenure,omitempty"`
	Purpose string     `json:"purpose"`
}

// StillMissing is one paper with the days that have gone by.
type StillMissing struct {
	registerdb.Lacking
	Text citizen.Text `json:"text"`
	Days int          `json:"days"`
}

func stillMissing(ctx context.Context, w *office.Work, in MissingInput) ([]StillMissing, error) {
	area, err := areaOf(w, in.Unit)
	if err != nil {
		return nil, err
	}
	all, err := lacking(ctx, w, area, in.Tenure)
	if err != nil {
		return nil, err
	}
	return all, record(w, register.LookedUp{Purpose: in.Purpose, How: "missing", Wide: true, About: area})
}

// bringToList takes papers off a list that stands by itself.
func bringToList(ctx context.Context, w *office.Work, in PapersInput) (left []registerdb.Missing, err error) {
	if err := w.Lock(ctx, in.List); err != nil {
		return nil, err
	}
	lacking, err := registerdb.AllLacking(ctx, w.Tx, w.By.Unit, in.List, "")
	if err != nil {
		return nil, err
	}
	var waiting []string
	for _, l := range lacking {
		waiting = append(waiting, l.Paper)
	}
	e, err := register.BringToList(by(w), w.By.Unit, in.List, in.Papers, waiting)
	if err != nil {
		return nil, err
	}
	w.Emit(e)
	left = []registerdb.Missing{}
	for _, l := range lacking {
		if !slices.ContainsFunc(in.Papers, func(p register.Paper) bool { return p.Kind == l.Paper }) {
			left = append(left, registerdb.Missing{Unit: l.Unit, Tenure: l.Tenure, Paper: l.Paper, AskedOn: l.AskedOn})
		}
	}
	return left, nil
}

// RequirementsInput asks for one kind of change, or for all.
type RequirementsInput struct {
	Kind string `json:"kind,omitempty"`
}

// Required is a requirement with its texts.
type Required struct {
	register.Requirement
	Name  citizen.Text            `json:"name"`
	Who   map[string]citizen.Text `json:"who"`
	Asked []register.Missing      `json:"asked"`
}

func requirements(_ context.Context, _ *office.Work, in RequirementsInput) ([]Required, error) {
	all := []Required{}
	for _, r := range register.Requirements {
		if in.Kind != "" && in.Kind != r.Kind {
			continue
		}
		one := Required{Requirement: r, Name: kindText(r.Kind), Who: make(map[string]citizen.Text)}
		for _, a := range r.Applicants {
			one.Who[a] = register.Applicants[a]
		}
		for _, p := range r.Papers {
			one.Asked = append(one.Asked, register.Missing{Paper: p, Text: register.PaperText(p)})
		}
		all = append(all, one)
	}
	return all, nil
}
