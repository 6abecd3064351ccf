// Package sitedesk is what people can do with units and operators: their life, equipment, lines, training, bodies and absences.
package sitedesk

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/site"
	"github.com/huzheng/huzheng/internal/site/sitedb"
)

var (
	inCharge = []office.Role{office.Administrator, office.Leader}
	signers  = []office.Role{office.Leader} // of a unit's life: a named person answers for it
	upkeep   = []office.Role{office.Leader, office.Administrator, office.Communications, office.Finance, office.Clerk}
	readers  = []office.Role{office.Leader, office.Administrator, office.Auditor, office.Communications, office.Finance, office.Clerk, office.Reviewer, office.Issuer,
		office.Photographer, office.Cashier, office.AreaOfficer}
	superiors = []event.Level{event.County, event.City}
)

// Actions lists the site's actions with the default settings: nobody measures how many residents are verified.
func Actions() []office.Action { return ActionsWith(Settings{Limits: site.DefaultLimits()}) }

// ActionsWith lists the site's actions.
func ActionsWith(settings Settings) []office.Action {
	text := func(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }
	d := desk{settings}
	return []office.Action{
		office.Define("site.bootstrap", text("设立首个单位和管理员", "found the first unit and appoint its administrator"), []office.Role{office.System}, nil, bootstrap),
		office.Define("site.found_unit", text("设立单位", "found a unit"), inCharge, nil, found),
		office.Define("site.appoint", text("任命操作员", "appoint an operator"), inCharge, nil, appoint),
		office.Define("site.end_operator", text("终止操作员任命", "end an operator's appointment"), inCharge, nil, end),
		office.Define("site.reset_password", text("重设操作员密码", "reset an operator's password"), inCharge, nil, resetPassword),
		office.Define("site.unlock_operator", text("解除操作员锁定", "unlock an operator"), inCharge, nil, unlock),
		office.Look("site.operators", text("查看操作员", "list operators with their roles and sign-in"), []office.Role{office.Leader, office.Administrator, office.Auditor}, nil, operators),
		office.Define(office.ClockFree, text("确认时钟", "confirm the clock"), []office.Role{office.Leader, office.Administrator, office.Clerk}, nil, confirmClock),

		office.Define("site.declare_ready", text("报告准备就绪", "declare that the unit is ready"), signers, nil, declareReady),
		office.Define("site.decide_stage", text("决定单位阶段", "decide a unit's next stage"), signers, superiors, d.decideStage),
		office.Define("site.stop_unit", text("停办", "stop a unit's work"), signers, nil, stopUnit),
		office.Define("site.resume_unit", text("恢复办理", "resume a unit's work"), signers, nil, resumeUnit),
		office.Look("site.stages", text("查看各单位阶段", "list units with their stages"), readers, nil, stages),
		office.Look("site.readiness", text("查看准备情况", "show what is ready, fact by fact"), readers, nil, d.readiness),

		office.Define("site.equip", text("登记设备环节", "take equipment a step on"), upkeep, nil, moveEquipment),
		office.Look("site.equipment_norm", text("查看设备配置标准", "show the norm of equipment"), readers, nil, equipmentNorm),
		office.Look("site.equipment_list", text("查看设备明细表", "list what equipment is needed and present"), readers, nil, equipmentList),
		office.Define("site.state_line", text("登记线路状态", "state a unit's line"), upkeep, nil, stateLine),
		office.Define("site.open_outage", text("登记线路中断", "open an outage of a line"), upkeep, nil, openOutage),
		office.Define("site.close_outage", text("登记线路恢复", "close an outage of a line"), upkeep, nil, closeOutage),
		office.Look("site.road", text("查看线路和报送方式", "list lines and the road to use"), readers, nil, d.road),

		office.Define("site.open_course", text("举办培训班", "announce a course"), inCharge, superiors, openCourse),
		office.Define("site.attend", text("登记参加培训", "record who attended a course"), inCharge, superiors, attend),
		office.Define("site.certify", text("登记考试并发合格证", "record an examination and certify who passed"), inCharge, superiors, d.certify),
		office.Define("site.activate", text("批准上岗", "activate an operator for posts"), inCharge, superiors, activate),
		office.Define("site.suspend", text("暂停上岗资格", "suspend an operator from posts"), inCharge, nil, suspend),
		office.Look("site.training", text("查看培训和持证情况", "list courses, certificates and what is missing"), readers, nil, d.training),

		office.Define("site.fill_seat", text("任命机构成员", "put a person into a body"), inCharge, nil, fillSeat),
		office.Define("site.leave_seat", text("登记机构成员离任", "record that a seat was left"), inCharge, nil, leaveSeat),
		office.Look("site.bodies", text("查看领导机构和责任人", "list bodies, answerable persons and what is missing"), readers, nil, bodies),
		office.Define("site.absent", text("登记人员缺勤", "note an operator's absence"), inCharge, nil, absent),
		office.Look("site.access_log", text("查看查询日志", "read who looked at whom, and why, at the units below"), []office.Role{office.Auditor, office.Leader}, superiors, accessLog),
		office.Look("site.uncovered", text("查看无人在岗的岗位", "list posts at which nobody can work"), readers, nil, uncovered),
	}
}

// Reactions lists the site's reactions: none.
func Reactions() []office.Reaction { return nil }

func by(w *office.Work) site.By {
	return site.By{Unit: w.By.Unit, Operator: w.By.ID, Login: w.By.Login, Today: w.Today}
}

type bootstrapInput struct {
	Name     string `json:"name"`
	Login    string `json:"login"`
	Operator string `json:"operator"`
}

// None is the result of an action that only writes.
type None struct{}

// Bootstrap founds a unit under its name and appoints its first administrator, in the node's own name. The node must host the unit. It is
// refused once anybody has been appointed there.
func Bootstrap(ctx context.Context, o *office.Office, unit event.Unit, name, login, operatorID string) error {
	input, err := json.Marshal(bootstrapInput{Name: name, Login: login, Operator: operatorID})
	if err != nil {
		return err
	}
	system := office.Operator{ID: "system", Login: "system", Unit: unit, Roles: []office.Role{office.System}}
	_, err = o.Do(ctx, system, "site.bootstrap", input)
	return err
}

func bootstrap(ctx context.Context, w *office.Work, in bootstrapInput) (none None, err error) {
	if err := w.Lock(ctx, "site:"+string(w.By.Unit)); err != nil {
		return none, err
	}
	present, err := sitedb.Operators(ctx, w.Tx, w.By.Unit)
	if err != nil {
		return none, err
	}
	events, err := site.Bootstrap(by(w), in.Name, in.Login, in.Operator, len(present) > 0)
	if err != nil {
		return none, err
	}
	w.Emit(events...)
	return none, nil
}

func found(ctx context.Context, w *office.Work, in site.UnitFounded) (none None, err error) {
	if err := w.Lock(ctx, "site:"+string(in.Unit)); err != nil {
		return none, err
	}
	units, err := sitedb.Units(ctx, w.Tx)
	if err != nil {
		return none, err
	}
	known := make(map[event.Unit]bool, len(units))
	for _, u := range units {
		known[u.Code] = true
	}
	e, err := site.Found(by(w), in, func(u event.Unit) bool { return known[u] })
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

// AppointInput appoints an operator. From left out is today; an identifier left out is minted.
type AppointInput struct {
	Operator string       `json:"operator,omitempty"`
	Login    string       `json:"login"`
	Name     string       `json:"name"`
	Unit     event.Unit   `json:"unit"`
	Roles    []string     `json:"roles"`
	From     citizen.Date `json:"from,omitzero"`
}

// AppointOutput names the operator.
type AppointOutput struct {
	Operator string `json:"operator"`
}

func appoint(ctx context.Context, w *office.Work, in AppointInput) (out AppointOutput, err error) {
	if err := w.Lock(ctx, "login:"+in.Login); err != nil {
		return out, err
	}
	facts, err := appointFacts(ctx, w, in)
	if err != nil {
		return out, err
	}
	body := site.OperatorAppointed(in)
	if body.From.IsZero() {
		body.From = w.Today
	}
	if body.Operator == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return out, err
		}
		body.Operator = id.String()
	}
	e, err := site.Appoint(by(w), body, facts)
	if err != nil {
		return out, err
	}
	w.Emit(e)
	return AppointOutput{Operator: body.Operator}, nil
}

func appointFacts(ctx context.Context, w *office.Work, in AppointInput) (f site.AppointFacts, err error) {
	if _, f.UnitKnown, err = sitedb.UnitOf(ctx, w.Tx, in.Unit); err != nil {
		return f, err
	}
	if _, f.LoginTaken, err = sitedb.New().Operator(ctx, w.Tx, in.Login); err != nil || f.LoginTaken {
		return f, err
	}
	_, f.LoginTaken, err = sitedb.OperatorByID(ctx, w.Tx, in.Operator)
	return f, err
}

// EndInput ends an appointment. On left out is today.
type EndInput struct {
	Operator string       `json:"operator"`
	On       citizen.Date `json:"on,omitzero"`
	Ground   string       `json:"ground"`
}

func end(ctx context.Context, w *office.Work, in EndInput) (none None, err error) {
	if err := w.Lock(ctx, in.Operator); err != nil {
		return none, err
	}
	a, _, err := sitedb.OperatorByID(ctx, w.Tx, in.Operator)
	if err != nil {
		return none, err
	}
	on := in.On
	if on.IsZero() {
		on = w.Today
	}
	e, err := site.End(by(w), site.Serving{Operator: a.ID, Login: a.Login, Unit: a.Unit, Ended: !a.Ended.IsZero()}, on, in.Ground)
	if err != nil {
		return none, err
	}
	w.Emit(e)
	return none, nil
}

type confirmInput struct{}

func confirmClock(ctx context.Context, w *office.Work, _ confirmInput) (none None, err error) {
	if err := w.ConfirmClock(ctx); err != nil {
		return none, err
	}
	w.Emit(site.ConfirmClock(by(w), w.Now))
	return none, nil
}
