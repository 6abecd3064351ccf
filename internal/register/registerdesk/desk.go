// Package registerdesk is what people can do with the register: each action locks, loads, lets the rules of package
// register decide, and writes their events; and what a node does by itself when moves and reports reach it.
package registerdesk

import (
	"context"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/store"
)

// desk holds the office's settings.
type desk struct{ limits register.Limits }

// Actions lists the register's actions with the default limits.
func Actions() []office.Action { return ActionsWith(register.DefaultLimits()) }

// Reactions lists the register's reactions with the default limits.
func Reactions() []office.Reaction { return ReactionsWith(register.DefaultLimits()) }

// Who may do what.
var (
	window     = []office.Role{office.Clerk}
	telling    = []office.Role{office.Clerk, office.AreaOfficer}
	allotting  = []office.Role{office.Reviewer, office.Leader}
	importing  = []office.Role{office.Administrator}
	looking    = []office.Role{office.Clerk, office.AreaOfficer, office.Reviewer, office.Issuer}
	exporting  = []office.Role{office.Leader}
	atStation  = []event.Level{event.Station}
	atCounty   = []event.Level{event.County}
	atAnyLevel []event.Level
)

// ActionsWith lists the register's actions.
func ActionsWith(limits register.Limits) []office.Action {
	d := desk{limits}
	text := func(zh, en string) citizen.Text { return citizen.Text{ZH: zh, EN: en} }
	return []office.Action{
		office.Define("register.import_chunk", text("导入旧库的一块数据", "import a chunk of an old database"), importing, atAnyLevel, ImportChunk),
		office.Define("register.allot_numbers", text("分配公民身份号码顺序码", "allot citizen number sequences to a station"), allotting, atCounty, allot),
		office.Define("register.birth", text("出生登记", "register a birth"), window, atStation, d.birth),
		office.Define("register.bring_papers", text("补交材料", "take in papers that were missing"), window, atStation, bringPapers),
		office.Define("register.death", text("死亡注销", "register a death"), window, atStation, death),
		office.Define("register.correct", text("变更更正登记项目", "change or correct items"), window, atStation, correct),
		office.Define("register.move_out", text("迁出", "register a move out"), window, atStation, moveOut),
		office.Define("register.move_in", text("迁入", "register a move in"), window, atStation, d.moveIn),
		office.Define("register.return_move", text("退回迁移", "return a move to the former station"), window, atStation, returnMove),
		office.Define("register.request_move_in", text("申请迁入", "ask the present station for a person"), window, atStation, requestMoveIn),
		office.Define("register.refuse_move", text("不予迁出", "refuse a request for a person"), window, atStation, refuseMove),
		office.Define("register.report_event", text("事项通报", "tell a person's station of an event"), telling, atAnyLevel, reportEvent),
		office.Define("register.find", text("查询", "look people up, for a purpose that is logged"), looking, atAnyLevel, find),
		office.Define("register.open_export", text("登记一次导出", "log an export of a station's residents before it is made"), exporting, atAnyLevel, openExport),
		office.Define("register.answer_report", text("答复事项通报", "answer a report"), window, atStation, answerReport),
	}
}

func by(w *office.Work) register.By { return register.By{Unit: w.By.Unit, Today: w.Today} }

func mint() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

func refuse(code, source, zh, en, mendZH, mendEN string) *event.Refusal {
	return event.Refuse(code, source, citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN})
}

// load locks a tenure, reads it, and lists what was done to it after the version that the clerk saw.
func load(ctx context.Context, w *office.Work, tenure string, expected int64) (t register.Tenure, since []register.Noted, err error) {
	if err := w.Lock(ctx, tenure); err != nil {
		return t, nil, err
	}
	return read(ctx, w.Tx, tenure, expected)
}

func read(ctx context.Context, tx *store.Tx, tenure string, expected int64) (t register.Tenure, since []register.Noted, err error) {
	t, ok, err := registerdb.TenureOf(ctx, tx, tenure)
	if err != nil {
		return t, nil, err
	}
	if !ok {
		return t, nil, refuse("register.unknown", "", "没有该登记", "there is no such registration here",
			"按公民身份号码或姓名重新查找", "search again by number or name")
	}
	if expected != 0 && expected < t.Version {
		since, err = registerdb.Since(ctx, tx, t.Unit, t.ID, expected)
	}
	return t, since, err
}
