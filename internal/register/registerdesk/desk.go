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
	deciding   = []office.Role{office.Reviewer, office.Leader}
	listing    = []office.Role{office.Clerk, office.AreaOfficer, office.Reviewer, office.Leader}
	counting   = []office.Role{office.Leader, office.Reviewer}
	everybody  = []office.Role{office.Clerk, office.AreaOfficer, office.Photographer, office.Cashier, office.Reviewer, office.Issuer, office.Leader}
	atDeciding = []event.Level{event.Station, event.County}
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
		office.Define("register.death", text("死亡注销", "register a death"), window, atStation, d.death),
		office.Define("register.correct", text("变更更正登记项目", "change or correct items"), window, atStation, correct),
		office.Define("register.move_out", text("迁出", "register a move out"), window, atStation, moveOut),
		office.Define("register.move_in", text("迁入", "register a move in"), window, atStation, d.moveIn),
		office.Define("register.return_move", text("退回迁移", "return a move to the former station"), window, atStation, returnMove),
		office.Define("register.request_move_in", text("申请迁入", "ask the present station for a person"), window, atStation, requestMoveIn),
		office.Define("register.refuse_move", text("不予迁出", "refuse a request for a person"), window, atStation, refuseMove),
		office.Define("register.report_event", text("事项通报", "tell a person's station of an event"), telling, atAnyLevel, reportEvent),
		office.Look("register.find", text("查询", "look people up, for a purpose that is logged"), looking, atAnyLevel, find),
		office.Define("register.open_export", text("登记一次导出", "log an export of a station's residents before it is made"), exporting, atAnyLevel, openExport),
		office.Define("register.answer_report", text("答复事项通报", "answer a report"), window, atStation, answerReport),
		office.Define("register.set_up_household", text("立户", "set up a household"), window, atStation, setUp),
		office.Define("register.split_household", text("分户", "split members off a household"), window, atStation, split),
		office.Define("register.merge_households", text("并户", "merge a household into another"), window, atStation, merge),
		office.Define("register.join_household", text("投靠入户（本所内）", "take people of the station into a household"), window, atStation, joinHousehold),
		office.Define("register.change_householder", text("户主变更", "change the householder"), window, atStation, changeHouseholder),
		office.Define("register.change_household", text("户属性变更", "change a household's own items"), window, atStation, changeHousehold),
		office.Define("register.change_address", text("住址变动（本所内整户）", "move a household within the station"), window, atStation, changeAddress),
		office.Define("register.dissolve_household", text("撤消户", "dissolve a household that nobody is left in"), window, atStation, dissolve),
		office.Define("register.move_out_together", text("整户或数人迁出", "register a move out of several members of a household"), window, atStation, moveOutTogether),
		office.Define("register.move_in_together", text("数人一并迁入", "register a move in of several people into one household"), window, atStation, d.moveInTogether),
		office.Define("register.add_place", text("登记地址", "enter an address in the station's book"), telling, atStation, addPlace),
		office.Define("register.change_place", text("变更地址项目", "change an address of the book; its households follow"), window, atStation, changePlace),
		office.Define("register.remove_place", text("撤消地址", "take an address out of the book"), window, atStation, removePlace),
		office.Look("register.places", text("查看地址簿", "see the address book"), listing, atAnyLevel, places),
		office.Define("register.late_entry", text("申请户籍补录", "apply for a late entry of a registration"), window, atStation, d.lateEntry),
		office.Define("register.remove", text("申请删除误登户籍", "apply for cancelling a registration made in error"), window, atStation, d.matter(register.ChangeRemoval)),
		office.Define("register.change_class", text("申请户口类别变更", "apply for another class of registration"), window, atStation, d.matter(register.ChangeClass)),
		office.Define("register.cancel", text("申请注销户口（参军、出国定居、失踪）", "apply for a cancellation: army, settled abroad, missing"), window, atStation, d.matter(register.ChangeCancellation)),
		office.Define("register.restore", text("申请恢复户口", "apply for restoring a registration"), window, atStation, d.matter(register.ChangeRestoration)),
		office.Define("register.decide", text("审批呈报事项", "decide on a matter put up"), deciding, atDeciding, d.decide),
		office.Define("register.object", text("登记异议", "record an objection to a decision that ends a registration"), telling, atStation, object),
		office.Define("register.serve_notice", text("送达注销通知", "serve the notice of a decision that ends a registration"), telling, atStation, d.serveNotice),
		office.Define("register.carry_out", text("执行审批决定", "carry out a decision whose objection period is over"), window, atStation, carryOut),
		office.Look("register.pending", text("待办呈报事项", "list the matters that wait"), listing, atAnyLevel, d.pending),
		office.Define("register.ask_papers", text("一次性告知所缺材料", "list the papers still missing, once"), window, atStation, d.askPapers),
		office.Look("register.missing", text("待补材料清单", "list the papers still to be brought"), listing, atAnyLevel, stillMissing),
		office.Look("register.requirements", text("查看各项业务的条件", "see who may apply, with what, and who decides"), everybody, atAnyLevel, requirements),
		office.Define("register.order_redivision", text("下达区划调整", "order a re-division among stations"), allotting, atCounty, orderRedivision),
		office.Look("register.history", text("查看登记历史", "see the history of a registration, for a purpose that is logged"), looking, atAnyLevel, history),
		office.Look("register.as_of", text("查看某日的登记", "see what was registered on a day, for a purpose that is logged"), looking, atAnyLevel, asOf),
		office.Look("register.search", text("按项目查询", "search by several items, for a purpose that is logged"), looking, atAnyLevel, searchPeople),
		office.Look("register.household", text("查看一户", "see a household, for a purpose that is logged"), looking, atAnyLevel, showHousehold),
		office.Look("register.resident", text("查看一人", "see a person with household, missing papers and matters, for a purpose that is logged"), looking, atAnyLevel, d.resident),
		office.Look("register.matter", text("查看呈报事项", "see a matter that was put up, for a purpose that is logged"), listing, atAnyLevel, d.showMatter),
		office.Look("register.moves", text("待办迁移和通报", "list the moves in transit, the requests to answer and the events told by others"), listing, atAnyLevel, d.moves),
		office.Look("register.move_paper", text("打印迁移证", "make the migration paper of a move out again, to print it"), window, atStation, d.movePaper),
		office.Look("register.households_without_head", text("缺户主清单", "list the households without one householder"), listing, atAnyLevel, withoutHead),
		office.Look("register.late_declarations", text("逾期申报清单", "list births, deaths and arrivals that were declared late"), listing, atAnyLevel, lateDeclarations),
		office.Look("register.count", text("统计（不含姓名）", "count residents, without names"), counting, atAnyLevel, count),
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
