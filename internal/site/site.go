// Package site holds the rules of offices and the people who work in them: who may found a unit, appoint an operator and
// confirm a node's clock. It is pure: state and command in, events or a refusal out.
package site

import (
	"fmt"
	"slices"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
)

// The kinds of the site's entries.
const (
	KindUnitFounded       = "site.unit_founded"       // subject: the unit; in the founder's down stream
	KindOperatorAppointed = "site.operator_appointed" // subject: the operator; in the appointing unit's down stream
	KindOperatorEnded     = "site.operator_ended"     // subject: the operator; in the ending unit's down stream
	KindClockConfirmed    = "site.clock_confirmed"    // subject: the unit; in its up stream
	KindPasswordReset     = "site.password_reset"     // subject of this and the next: the operator; in the resetting unit's up stream
	KindOperatorUnlocked  = "site.operator_unlocked"
	KindReadyDeclared     = "site.ready_declared" // subject: the unit; streams of these and those below: MayState
	KindStageDecided      = "site.stage_decided"
	KindUnitStopped       = "site.unit_stopped"
	KindUnitResumed       = "site.unit_resumed"
	KindEquipmentStepped  = "site.equipment_stepped" // subject: the asset
	KindLineStated        = "site.line_stated"       // subject: the unit
	KindOutageOpened      = "site.outage_opened"
	KindOutageClosed      = "site.outage_closed"
	KindCourseOpened      = "site.course_opened" // subject: the course
	KindAttended          = "site.attended"      // subject of this and the next: the operator
	KindExamined          = "site.examined"
	KindCertified         = "site.certified"
	KindActivated         = "site.activated"
	KindSuspended         = "site.suspended"
	KindSeatFilled        = "site.seat_filled" // subject: the seat
	KindSeatLeft          = "site.seat_left"
	KindAbsenceNoted      = "site.absence_noted" // subject: the operator
)

// UnitFounded brings a unit into the tree.
type UnitFounded struct {
	Unit event.Unit `json:"unit"`
	Name string     `json:"name"`
	Kind string     `json:"kind"` // bureau, station, hall, mobile
}

// OperatorAppointed gives a person a login and roles at a unit.
type OperatorAppointed struct {
	Operator string       `json:"operator"`
	Login    string       `json:"login"`
	Name     string       `json:"name"`
	Unit     event.Unit   `json:"unit"`
	Roles    []string     `json:"roles"`
	From     citizen.Date `json:"from"`
}

// OperatorEnded takes a person out of service.
type OperatorEnded struct {
	Operator string       `json:"operator"`
	Unit     event.Unit   `json:"unit"` // where the operator worked
	On       citizen.Date `json:"on"`
	Ground   string       `json:"ground"`
}

// ClockConfirmed says that a named person believes a node's clock.
type ClockConfirmed struct {
	Clock int64 `json:"clock"` // ms UTC
}

// PasswordReset says that a named person gave an operator a new password, or ended a lock-out. The password is in no entry.
type PasswordReset struct {
	Operator string     `json:"operator"`
	Unit     event.Unit `json:"unit"` // where the operator works
	Ground   string     `json:"ground"`
}

// Counts tells whether an entry of a stream may speak of a unit: it stands in the down stream of that unit or of one above it. Whatever
// else a node writes gives no row anywhere, so that no node appoints or dismisses anybody outside its own area.
func Counts(s event.Stream, about event.Unit) bool {
	return s == event.Down(s.Unit()) && s.Unit().Contains(about)
}

// system is the name in which a node itself acts; nobody has it.
const system = "system"

// Reserved tells whether an operator's identifier or login is the node's own.
func Reserved(operator, login string) bool { return operator == system || login == system }

// Kinds of units.
var UnitKinds = []string{"bureau", "station", "hall", "mobile"}

// Roles are the names of the roles that people can have; the core's policy knows what each may do.
var Roles = []string{"area_officer", "clerk", "photographer", "cashier", "reviewer", "issuer", "finance", "communications", "leader", "auditor", "administrator"}

// apart are roles that nobody has beside another: administrators see no residents (design 7), auditors audit the others.
var apart = []string{"administrator", "auditor"}

// By is who acts and on what day.
type By struct {
	Unit     event.Unit
	Operator string
	Login    string
	Today    citizen.Date
}

func refuse(code, field, zh, en, mendZH, mendEN string) *event.Refusal {
	r := event.Refuse(code, "", citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN})
	r.Field = field
	return r
}

// Found founds a unit below the founder; a city founds itself. known tells whether a unit stands already.
func Found(by By, c UnitFounded, known func(event.Unit) bool) (event.Event, error) {
	itself := c.Unit == by.Unit && c.Unit.Level() == event.City
	switch {
	case !c.Unit.Valid():
		return event.Event{}, refuse("site.unit_code", "unit", "单位代码不合规则", "the unit's code is malformed",
			"市、县（区）用六位区划代码，派出所再加三位", "six digits of division for a city or county, three more for a station")
	case !itself && (!by.Unit.Contains(c.Unit) || c.Unit == by.Unit):
		return event.Event{}, refuse("site.not_below", "unit", "只能设立下级单位", "only a unit below can be founded", "由其上级设立", "its own superior founds it")
	case known(c.Unit):
		return event.Event{}, refuse("site.unit_known", "unit", "该单位已设立", "the unit stands already", "核对单位代码", "check the code")
	case !itself && !known(c.Unit.Parent()):
		return event.Event{}, refuse("site.no_parent", "unit", "其上级单位尚未设立", "the unit above it has not been founded", "先设立上级单位", "found that one first")
	case c.Name == "":
		return event.Event{}, refuse("site.no_name", "name", "未填名称", "the name is missing", "填写名称", "give the name")
	case !slices.Contains(UnitKinds, c.Kind):
		return event.Event{}, refuse("site.unit_kind", "kind", "单位类型应为局、派出所、大厅或流动点之一", "the kind is one of bureau, station, hall, mobile", "改正类型", "correct the kind")
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindUnitFounded, V: 1, Subject: string(c.Unit), Body: c}, nil
}

// AppointFacts are what the desk found.
type AppointFacts struct {
	UnitKnown  bool
	LoginTaken bool // by an operator in service, anywhere in the city as far as this node knows
}

// Appoint appoints an operator at the appointing unit or below it. Nobody appoints himself.
func Appoint(by By, c OperatorAppointed, f AppointFacts) (event.Event, error) {
	switch {
	case !by.Unit.Contains(c.Unit) || !f.UnitKnown:
		return event.Event{}, refuse("site.no_unit", "unit", "辖区内没有该单位", "there is no such unit in this area", "先设立单位", "found the unit first")
	case c.Login == by.Login || c.Operator == by.Operator:
		return event.Event{}, refuse("site.self", "login", "不得任命自己", "nobody appoints himself", "由另一名负责人或上级任命", "another person in charge or the unit above does it")
	case c.Login == "" || c.Name == "":
		return event.Event{}, refuse("site.no_login", "login", "未填登录名或姓名", "login or name is missing", "填写登录名和姓名", "give both")
	case Reserved(c.Operator, c.Login):
		return event.Event{}, reserved()
	case f.LoginTaken:
		return event.Event{}, refuse("site.login_taken", "login", "登录名 "+c.Login+" 已有人使用", "the login "+c.Login+" is in use", "另取登录名，或先终止原任命", "take another, or end the other appointment first")
	case c.From.IsZero() || c.From.After(by.Today):
		return event.Event{}, refuse("site.from", "from", "起始日期缺少或晚于今日", "the first day is missing or later than today", "核对日期", "check the date")
	}
	if err := checkRoles(c.Roles); err != nil {
		return event.Event{}, err
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindOperatorAppointed, V: 1, Subject: c.Operator, Body: c}, nil
}

func reserved() *event.Refusal {
	return refuse("site.reserved", "login", "system 是节点自身的名称，不得用作登录名或编号", "system is the node's own name and nobody's login or identifier",
		"另取登录名和编号", "take another login and identifier")
}

func checkRoles(roles []string) error {
	seen := make(map[string]bool)
	for _, role := range roles {
		if !slices.Contains(Roles, role) || seen[role] {
			return refuse("site.role", "roles", "岗位 "+role+" 不存在或重复", "role "+role+" does not exist or stands twice", "改正岗位", "correct the roles")
		}
		seen[role] = true
	}
	if len(roles) == 0 {
		return refuse("site.role", "roles", "未填岗位", "no role is given", "填写岗位", "give the roles")
	}
	for _, role := range apart {
		if seen[role] && len(roles) > 1 {
			return refuse("site.roles_apart", "roles", fmt.Sprintf("岗位 %s 不得兼任其他岗位", role), fmt.Sprintf("the role %s is held alone", role),
				"分由两人担任", "give the roles to two persons")
		}
	}
	return nil
}

// Serving is an operator as the desk found him.
type Serving struct {
	Operator string
	Login    string
	Unit     event.Unit
	Ended    bool
}

// End takes an operator out of service.
func End(by By, op Serving, on citizen.Date, ground string) (event.Event, error) {
	switch {
	case !by.Unit.Contains(op.Unit):
		return event.Event{}, refuse("site.no_unit", "operator", "该操作员不在本单位辖区", "the operator does not work in this area", "由其单位或上级办理", "the operator's unit or its superior does it")
	case op.Ended:
		return event.Event{}, refuse("site.ended", "operator", "该任命已终止", "the appointment has ended already", "无需再办", "there is nothing left to do")
	case op.Operator == by.Operator:
		return event.Event{}, refuse("site.self", "operator", "不得终止自己的任命", "nobody ends his own appointment", "由另一名负责人或上级办理", "another person in charge or the unit above does it")
	case on.IsZero() || on.After(by.Today):
		return event.Event{}, refuse("site.from", "on", "终止日期缺少或晚于今日", "the last day is missing or later than today", "核对日期", "check the date")
	case ground == "":
		return event.Event{}, refuse("site.no_ground", "ground", "未写明理由", "no ground is given", "写明理由", "write the ground")
	}
	return event.Event{Stream: event.Down(by.Unit), Kind: KindOperatorEnded, V: 1, Subject: op.Operator,
		Body: OperatorEnded{Operator: op.Operator, Unit: op.Unit, On: on, Ground: ground}}, nil
}

// ResetPassword lets a person in charge of an operator's unit, or of one above it, give the operator a new password or end a lock-out. Nobody does it for
// himself: who knows his password changes it, and who does not must be seen by somebody else. here tells whether the operator signs in at this node.
func ResetPassword(by By, kind string, op Serving, here bool, ground string) (event.Event, error) {
	switch {
	case op.Operator == "" || !by.Unit.Contains(op.Unit):
		return event.Event{}, refuse("site.no_unit", "operator", "该操作员不在本单位辖区", "the operator does not work in this area", "由其单位或上级办理", "the operator's unit or its superior does it")
	case op.Ended:
		return event.Event{}, refuse("site.ended", "operator", "该任命已终止", "the appointment has ended already", "需要继续工作的，先重新任命", "appoint the operator again first")
	case op.Operator == by.Operator:
		return event.Event{}, refuse("site.self", "operator", "不得为自己重设密码或解锁", "nobody resets his own password or unlocks himself",
			"知道原密码的，在“修改密码”页办理；忘记的，由另一名负责人或上级办理", "who knows it changes it on the page for that; otherwise another person in charge or the unit above does it")
	case !here:
		return event.Event{}, refuse("site.signs_in_elsewhere", "operator", "该操作员在另一节点登录，密码只存于该节点", "the operator signs in at another node, and the password is kept there alone",
			"在 "+string(op.Unit)+" 的节点办理", "do it at the node of "+string(op.Unit))
	case ground == "":
		return event.Event{}, refuse("site.no_ground", "ground", "未写明理由", "no ground is given", "写明理由，如“忘记密码，本人当面申请”", "write the ground, as “forgotten, asked in person”")
	}
	return event.Event{Stream: event.Up(by.Unit), Kind: kind, V: 1, Subject: op.Operator, Body: PasswordReset{Operator: op.Operator, Unit: op.Unit, Ground: ground}}, nil
}

// Bootstrap founds a node's first unit and appoints its first administrator, before anybody is there to do it. It is refused once
// anybody has been appointed at the unit.
func Bootstrap(by By, unitName, login, operator string, anybody bool) ([]event.Event, error) {
	switch {
	case anybody:
		return nil, refuse("site.not_first", "", "本单位已有操作员", "there is an operator at this unit already", "由管理员任命其他人", "let the administrator appoint the others")
	case unitName == "" || login == "" || operator == "":
		return nil, refuse("site.no_login", "login", "未填单位名称、登录名或编号", "the unit's name, the login or the identifier is missing", "填写各项", "give all three")
	case Reserved(operator, login):
		return nil, reserved()
	}
	kind := "bureau"
	if by.Unit.Level() == event.Station {
		kind = "station"
	}
	return []event.Event{
		{Stream: event.Down(by.Unit), Kind: KindUnitFounded, V: 1, Subject: string(by.Unit), Body: UnitFounded{Unit: by.Unit, Name: unitName, Kind: kind}},
		{Stream: event.Down(by.Unit), Kind: KindOperatorAppointed, V: 1, Subject: operator,
			Body: OperatorAppointed{Operator: operator, Login: login, Name: login, Unit: by.Unit, Roles: []string{"administrator"}, From: by.Today}},
	}, nil
}

// ConfirmClock records that a named person believes the clock.
func ConfirmClock(by By, clock int64) event.Event {
	return event.Event{Stream: event.Up(by.Unit), Kind: KindClockConfirmed, V: 1, Subject: string(by.Unit), Body: ClockConfirmed{Clock: clock}}
}
