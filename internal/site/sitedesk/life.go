package sitedesk

import (
	"context"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
	"github.com/huzheng/huzheng/internal/store"
)

// Settings are the office's settings, and what the site asks of rooms to its left.
type Settings struct {
	Limits site.Limits
	// Verified measures the share of a unit's residents that are verified, those of the units below it included; nil: nobody measures it.
	Verified func(ctx context.Context, tx *store.Tx, unit event.Unit) (site.Share, error)
}

// desk holds the settings.
type desk struct{ Settings }

func (d desk) verified(ctx context.Context, tx *store.Tx, unit event.Unit) (site.Share, error) {
	if d.Verified == nil {
		return site.Share{}, nil
	}
	return d.Verified(ctx, tx, unit)
}

// siteLock is the lock of what is stated of a unit.
func siteLock(unit event.Unit) string { return "site:" + string(unit) }

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// begin locks a unit's matters and tells whether the unit is known here. A unit left out is the operator's own.
func begin(ctx context.Context, w *office.Work, unit *event.Unit) (known bool, err error) {
	if *unit == "" {
		*unit = w.By.Unit
	}
	if err := w.Lock(ctx, siteLock(*unit)); err != nil {
		return false, err
	}
	_, known, err = sitedb.UnitOf(ctx, w.Tx, *unit)
	return known, err
}

// emit writes what a rule decided.
func emit(w *office.Work, err error, events ...event.Event) (None, error) {
	if err != nil {
		return None{}, err
	}
	w.Emit(events...)
	return None{}, nil
}

// DeclareInput is the unit's word that it is ready.
type DeclareInput struct {
	Note string `json:"note,omitempty"`
}

func declareReady(ctx context.Context, w *office.Work, in DeclareInput) (None, error) {
	unit := w.By.Unit
	if _, err := begin(ctx, w, &unit); err != nil {
		return None{}, err
	}
	life, err := sitedb.LifeOf(ctx, w.Tx, unit)
	if err != nil {
		return None{}, err
	}
	e, err := site.DeclareReady(by(w), life, in.Note)
	return emit(w, err, e)
}

// StageInput decides a unit's next stage. On left out is today. Override is the ground of the one who decides, where not everything is met.
type StageInput struct {
	Unit     event.Unit   `json:"unit"`
	Stage    site.Stage   `json:"stage"`
	On       citizen.Date `json:"on,omitzero"`
	Override string       `json:"override,omitempty"`
}

// StageOutput is the readiness as it was measured.
type StageOutput struct {
	Facts []site.Fact `json:"facts,omitempty"`
}

func (d desk) decideStage(ctx context.Context, w *office.Work, in StageInput) (out StageOutput, err error) {
	var f site.StageFacts
	if f.Known, err = begin(ctx, w, &in.Unit); err != nil {
		return out, err
	}
	if f.Life, err = sitedb.LifeOf(ctx, w.Tx, in.Unit); err != nil {
		return out, err
	}
	if in.Stage == site.Pilot || in.Stage == site.Started {
		if f.Facts, err = d.measure(ctx, w, in.Unit, in.Stage); err != nil {
			return out, err
		}
	}
	e, err := site.Decide(by(w), site.StageCommand(in), f)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return StageOutput{Facts: f.Facts}, nil
}

// measure gathers a unit's readiness from what the rooms know.
func (d desk) measure(ctx context.Context, w *office.Work, unit event.Unit, stage site.Stage) ([]site.Fact, error) {
	m := site.Measured{Unit: unit}
	var err error
	if m.Node, m.Joined, err = sitedb.NodeOf(ctx, w.Tx, unit); err != nil {
		return nil, err
	}
	scope := sitedb.Scope{Unit: unit}
	if m.Assets, err = sitedb.Assets(ctx, w.Tx, scope, w.Today); err != nil {
		return nil, err
	}
	if m.Line, err = sitedb.LineOf(ctx, w.Tx, unit); err != nil {
		return nil, err
	}
	people, err := peopleIn(ctx, w, scope)
	if err != nil {
		return nil, err
	}
	m.Cover = site.CoverOf(unit, people, w.Today)
	seats, err := sitedb.Seats(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	for _, b := range site.BodiesOf(unit, seats, w.Today) {
		m.Answerable = m.Answerable || b.Body == site.AnswerableOne && len(b.Missing) == 0
	}
	if m.Verified, err = d.verified(ctx, w.Tx, unit); err != nil {
		return nil, err
	}
	return site.Readiness(m, stage, d.Limits), nil
}

// StopInput stops or resumes a unit's work. Unit left out is the operator's own.
type StopInput struct {
	Unit   event.Unit `json:"unit,omitempty"`
	Ground string     `json:"ground,omitempty"`
}

func stopUnit(ctx context.Context, w *office.Work, in StopInput) (None, error) {
	known, err := begin(ctx, w, &in.Unit)
	if err != nil {
		return None{}, err
	}
	life, err := sitedb.LifeOf(ctx, w.Tx, in.Unit)
	if err != nil {
		return None{}, err
	}
	id, err := newID()
	if err != nil {
		return None{}, err
	}
	e, err := site.Stop(by(w), in.Unit, known, life, id, in.Ground)
	return emit(w, err, e)
}

func resumeUnit(ctx context.Context, w *office.Work, in StopInput) (None, error) {
	known, err := begin(ctx, w, &in.Unit)
	if err != nil {
		return None{}, err
	}
	life, err := sitedb.LifeOf(ctx, w.Tx, in.Unit)
	if err != nil {
		return None{}, err
	}
	events, err := site.Resume(by(w), in.Unit, known, life, in.Ground)
	return emit(w, err, events...)
}

// AreaInput asks about a unit and all below it. Left out: the operator's own.
type AreaInput struct {
	Unit event.Unit `json:"unit,omitempty"`
}

// area lists the units that a question is about, refusing those that are not in the operator's area.
func area(ctx context.Context, w *office.Work, unit *event.Unit) (units []sitedb.Unit, scope sitedb.Scope, err error) {
	if *unit == "" {
		*unit = w.By.Unit
	}
	if err := w.Below(*unit); err != nil {
		return nil, scope, err
	}
	all, err := sitedb.Units(ctx, w.Tx)
	for _, u := range all {
		if unit.Contains(u.Code) {
			units = append(units, u)
		}
	}
	return units, sitedb.Scope{Unit: *unit, Below: true}, err
}

// StageRow is a unit with its life.
type StageRow struct {
	Unit            event.Unit `json:"unit"`
	Name            string     `json:"name"`
	Open            bool       `json:"open"`             // cards are accepted
	FirstGeneration bool       `json:"first_generation"` // first-generation cards are still accepted
	site.Life
}

func stages(ctx context.Context, w *office.Work, in AreaInput) ([]StageRow, error) {
	units, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return nil, err
	}
	lives, err := sitedb.Lives(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	out := []StageRow{}
	for _, u := range units {
		life, ok := lives[u.Code]
		if !ok {
			life = site.LifeOf(nil, nil)
		}
		out = append(out, StageRow{Unit: u.Code, Name: u.Name, Open: life.Open(), FirstGeneration: life.Stage.FirstGeneration(), Life: life})
	}
	return out, nil
}

// ReadinessInput asks for the readiness of a unit and all below it for a stage. Stage left out is started.
type ReadinessInput struct {
	Unit  event.Unit `json:"unit,omitempty"`
	Stage site.Stage `json:"stage,omitempty"`
}

// ReadinessRow is a unit's readiness: each fact with its value, what is needed, and whether it is met.
type ReadinessRow struct {
	Unit  event.Unit  `json:"unit"`
	Stage site.Stage  `json:"stage"` // that the unit has
	Met   int         `json:"met"`
	Of    int         `json:"of"`
	Facts []site.Fact `json:"facts"`
}

func (d desk) readiness(ctx context.Context, w *office.Work, in ReadinessInput) ([]ReadinessRow, error) {
	units, scope, err := area(ctx, w, &in.Unit)
	if err != nil {
		return nil, err
	}
	if in.Stage == "" {
		in.Stage = site.Started
	}
	lives, err := sitedb.Lives(ctx, w.Tx, scope)
	if err != nil {
		return nil, err
	}
	out := []ReadinessRow{}
	for _, u := range units {
		facts, err := d.measure(ctx, w, u.Code, in.Stage)
		if err != nil {
			return nil, err
		}
		row := ReadinessRow{Unit: u.Code, Stage: site.Preparing, Of: len(facts), Met: len(facts) - len(site.Unmet(facts)), Facts: facts}
		if life, ok := lives[u.Code]; ok {
			row.Stage = life.Stage
		}
		out = append(out, row)
	}
	return out, nil
}
