package site

import (
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// lawStart is the city's plan: pilots where the network is ready (plan S5); "when one is ripe, start one" (S7).
const lawStart = "长府办发〔2005〕49号 二（一）5、二（二）"

// Stage is a step in a unit's life in the replacement of cards (plan S5, S7).
type Stage string

// The stages, in their order.
const (
	Preparing Stage = "preparing" // 准备
	Ready     Stage = "ready"     // 就绪
	Pilot     Stage = "pilot"     // 试点
	Started   Stage = "started"   // 启动
	Full      Stage = "full"      // 全面换发
	Finishing Stage = "finishing" // 收尾
	Done      Stage = "done"      // 完成
)

// Stages lists the stages in their order.
var Stages = []Stage{Preparing, Ready, Pilot, Started, Full, Finishing, Done}

func (s Stage) place() int { return slices.Index(Stages, s) }

// Accepts tells whether second-generation cards are accepted at a stage. One that has done its share goes on as everyday work (居民身份证法 art. 7).
func (s Stage) Accepts() bool { return s.place() >= Pilot.place() }

// FirstGeneration tells whether first-generation cards are still accepted: the start of replacement in an area is the stop of first-generation
// acceptance there, and a pilot has started for its own residents.
func (s Stage) FirstGeneration() bool { return !s.Accepts() }

// follows tells whether one stage may come after another: each step in order, save that a unit may start without having been a pilot.
func (s Stage) follows(before Stage) bool {
	return s.place() == before.place()+1 || s == Started && before == Ready
}

// ReadyDeclared is the unit's word that it is ready. Entry: site.ready_declared, in its up stream.
type ReadyDeclared struct {
	Unit event.Unit   `json:"unit"`
	On   citizen.Date `json:"on"`
	Note string       `json:"note,omitempty"`
}

// StageDecided is the next step of a unit's life. N numbers the decisions about a unit; where two superiors decide at once the higher tier's holds.
// Facts are the readiness as it was measured; Override is the ground of a named person who goes on although they are not all met (R17).
type StageDecided struct {
	Unit     event.Unit   `json:"unit"`
	N        int          `json:"n"`
	Stage    Stage        `json:"stage"`
	On       citizen.Date `json:"on"`
	Override string       `json:"override,omitempty"`
	Facts    []Fact       `json:"facts,omitempty"`
}

// Stopped is an interruption of a unit's second-generation work; Resumed ends it.
type Stopped struct {
	Unit   event.Unit   `json:"unit"`
	Stop   string       `json:"stop"`
	On     citizen.Date `json:"on"`
	Ground string       `json:"ground"`
}

// StageClaim is a stored StageDecided or, without a stage, ReadyDeclared.
type StageClaim struct {
	StageDecided
	Claim
}

// Halt is a stored Stopped, or a Resumed of the same stop.
type Halt struct {
	Stopped
	Claim
	Resumed bool `json:"-"`
}

// Life is what is known of a unit's life.
type Life struct {
	Stage      Stage        `json:"stage"`
	Since      citizen.Date `json:"since,omitzero"`
	Signer     string       `json:"signer,omitempty"`
	N          int          `json:"-"`
	Override   string       `json:"override,omitempty"`
	DeclaredOn citizen.Date `json:"declared_on,omitzero"`
	Stops      []Halt       `json:"stops,omitempty"` // that are open
}

// Open tells whether cards are accepted today.
func (l Life) Open() bool { return l.Stage.Accepts() && len(l.Stops) == 0 }

// LifeOf derives a unit's life from everything that was stated of it, in whatever order that came. The decision with the highest number holds, and of
// two with one number that of the higher tier. A stop is ended by who stopped or by a unit above that one.
func LifeOf(claims []StageClaim, halts []Halt) Life {
	life := Life{Stage: Preparing}
	var last *StageClaim
	for i := range claims {
		c := &claims[i]
		switch {
		case c.Stage == "": // the unit's declaration
			if c.On.After(life.DeclaredOn) {
				life.DeclaredOn = c.On
			}
		case last == nil || c.N > last.N || c.N == last.N && c.Claim.before(last.Claim):
			last = c
		}
	}
	if last != nil {
		life.Stage, life.Since, life.Signer, life.N, life.Override = last.Stage, last.On, last.Signer, last.N, last.Override
	}
	for _, h := range halts {
		ended := func(r Halt) bool {
			return r.Resumed && r.Stop == h.Stop && r.Claim.Stream.Unit().Contains(h.Claim.Stream.Unit())
		}
		if !h.Resumed && !slices.ContainsFunc(halts, ended) {
			life.Stops = append(life.Stops, h)
		}
	}
	return life
}

// order compares claims for sorting.
func order(a, b Claim) int {
	switch {
	case a.before(b):
		return -1
	case b.before(a):
		return 1
	}
	return 0
}

// DeclareReady is the unit's own word.
func DeclareReady(by By, life Life, note string) (event.Event, error) {
	if life.Stage != Preparing {
		return event.Event{}, refuse("site.stage_order", "", "本单位已过准备阶段", "the unit is past its preparation", "无需再报", "there is nothing to declare")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: KindReadyDeclared, V: 1, Subject: string(by.Unit),
		Body: ReadyDeclared{Unit: by.Unit, On: by.Today, Note: note}}, nil
}

// StageCommand decides a step.
type StageCommand struct {
	Unit     event.Unit
	Stage    Stage
	On       citizen.Date // zero: today
	Override string       // the ground for going on although the readiness is not complete
}

// StageFacts are what the desk found. Facts are the unit's readiness for the stage.
type StageFacts struct {
	Known bool
	Life  Life
	Facts []Fact
}

// Decide takes a unit to its next stage. Ready needs the unit's own declaration, pilot and start need every fact of the readiness; a named person may
// override both with a ground, and may then open a pilot or a start from any earlier stage.
func Decide(by By, cmd StageCommand, f StageFacts) (event.Event, error) {
	if cmd.On.IsZero() {
		cmd.On = by.Today
	}
	if err := by.decides(cmd.Unit, f.Known); err != nil {
		return event.Event{}, err
	}
	if err := checkOrder(cmd, f.Life); err != nil {
		return event.Event{}, err
	}
	if cmd.On.After(by.Today) || cmd.On.Before(f.Life.Since) {
		return event.Event{}, refuse("site.stage_date", "on", "日期晚于今日或早于上一阶段", "the date is later than today or before the last step", "核对日期", "check the date")
	}
	body := StageDecided{Unit: cmd.Unit, N: f.Life.N + 1, Stage: cmd.Stage, On: cmd.On}
	if cmd.Stage == Ready && f.Life.DeclaredOn.IsZero() {
		if cmd.Override == "" {
			return event.Event{}, refuse("site.not_declared", "unit", "该单位尚未报告就绪", "the unit has not declared that it is ready",
				"由该单位先报告就绪(site.declare_ready)", "let the unit declare it first (site.declare_ready)")
		}
		body.Override = cmd.Override
	}
	if cmd.Stage == Pilot || cmd.Stage == Started {
		body.Facts = f.Facts
		if open := Unmet(f.Facts); len(open) > 0 {
			if cmd.Override == "" {
				return event.Event{}, notReady(open)
			}
			body.Override = cmd.Override
		} else if cmd.Stage.place() > f.Life.Stage.place()+1 {
			body.Override = cmd.Override
		}
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindStageDecided, V: 1, Subject: string(cmd.Unit), Body: body}, nil
}

func checkOrder(cmd StageCommand, life Life) error {
	opening := cmd.Stage == Pilot || cmd.Stage == Started
	switch {
	case cmd.Stage.place() < 0:
		return refuse("site.stage_unknown", "stage", "没有该阶段", "there is no such stage", "用 ready、pilot、started、full、finishing 或 done", "use ready, pilot, started, full, finishing or done")
	case len(life.Stops) > 0:
		return refuse("site.unit_stopped", "unit", "该单位处于停办状态", "the unit's work is stopped", "先恢复办理(site.resume_unit)", "resume it first (site.resume_unit)")
	case cmd.Stage.follows(life.Stage), opening && cmd.Override != "" && cmd.Stage.place() > life.Stage.place():
		return nil
	}
	r := refuse("site.stage_order", "stage", "该单位现为 "+string(life.Stage)+" 阶段，不能转为 "+string(cmd.Stage),
		"the unit is at "+string(life.Stage)+" and cannot go to "+string(cmd.Stage), "按顺序逐步办理", "take the steps in their order")
	r.Source = lawStart
	return r
}

func notReady(open []Fact) error {
	var zh, en []string
	for _, f := range open {
		zh, en = append(zh, f.Text.ZH), append(en, f.Text.EN)
	}
	r := refuse("site.not_ready", "unit", "该单位尚不具备条件："+strings.Join(zh, "、"), "the unit is not ready: "+strings.Join(en, ", "),
		"补齐条件(site.readiness 逐项列出)，或由负责人写明理由后批准", "complete what is missing (site.readiness lists it), or let a named person override with a ground")
	r.Source = lawStart
	return r
}

// Stop interrupts a unit's work, as for a breakdown.
func Stop(by By, unit event.Unit, known bool, life Life, stop, ground string) (event.Event, error) {
	if err := by.speaks(unit, known); err != nil {
		return event.Event{}, err
	}
	switch {
	case !life.Open():
		return event.Event{}, refuse("site.not_open", "unit", "该单位未在办理", "the unit is not at work", "核对单位状态(site.stages)", "check its state (site.stages)")
	case ground == "":
		return event.Event{}, refuse("site.no_ground", "ground", "未写明理由", "no ground is given", "写明理由", "write the ground")
	}
	return event.Event{Stream: by.stream(unit), Kind: KindUnitStopped, V: 1, Subject: string(unit), Body: Stopped{Unit: unit, Stop: stop, On: by.Today, Ground: ground}}, nil
}

// Resume ends every stop of a unit that the operator's unit may end.
func Resume(by By, unit event.Unit, known bool, life Life, ground string) ([]event.Event, error) {
	if err := by.speaks(unit, known); err != nil {
		return nil, err
	}
	if len(life.Stops) == 0 {
		return nil, refuse("site.not_stopped", "unit", "该单位未停办", "the unit is not stopped", "无需恢复", "there is nothing to resume")
	}
	var events []event.Event
	for _, h := range life.Stops {
		if by.Unit.Contains(h.Claim.Stream.Unit()) {
			events = append(events, event.Event{Stream: by.stream(unit), Kind: KindUnitResumed, V: 1, Subject: string(unit),
				Body: Stopped{Unit: unit, Stop: h.Stop, On: by.Today, Ground: ground}})
		}
	}
	if len(events) == 0 {
		return nil, refuse("site.stopped_above", "unit", "停办由上级决定", "the stop was ordered by a unit above", "由作出决定的单位恢复", "the unit that ordered it ends it")
	}
	return events, nil
}
