// Package carddesk is what people can do with applications and cards: one action a step, each in one transaction.
package carddesk

import (
	"context"
	"crypto/rand"
	"slices"

	"github.com/google/uuid"
	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddb"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
)

var (
	atStation = []event.Level{event.Station}
	atCounty  = []event.Level{event.County}
	atCity    = []event.Level{event.City}
	clerks    = []office.Role{office.Clerk}
	carriers  = []office.Role{office.Clerk, office.Issuer, office.Reviewer}
	senders   = []office.Role{office.Issuer, office.Reviewer, office.Communications}
	callers   = []office.Role{office.Clerk, office.AreaOfficer}
	readers   = []office.Role{office.Clerk, office.AreaOfficer, office.Photographer, office.Cashier, office.Reviewer, office.Issuer, office.Leader}
)

// desk holds the office's settings.
type desk struct{ limits card.Limits }

// Actions lists what can be done, with the default limits.
func Actions() []office.Action { return ActionsWith(card.DefaultLimits()) }

// ActionsWith lists what can be done.
func ActionsWith(limits card.Limits) []office.Action {
	return slices.Concat(desk{limits}.windowActions(), superiorActions(), cardActions(), desk{limits}.caseActions(), desk{limits}.listActions(), judgeActions(), parcelActions())
}

func (d desk) windowActions() []office.Action {
	return []office.Action{
		office.Define("card.call_in", citizen.Text{ZH: "通知办理", EN: "tell a resident that the turn has come"}, callers, atStation, d.callIn),
		office.Define("card.open", citizen.Text{ZH: "受理申领", EN: "accept an application"}, clerks, atStation, open),
		office.Define("card.photograph", citizen.Text{ZH: "采集人像", EN: "record a photograph"},
			[]office.Role{office.Photographer, office.Clerk}, atStation, photograph),
		office.Define("card.confirm", citizen.Text{ZH: "签字确认", EN: "record the signed form"}, clerks, atStation, d.confirm),
		office.Define("card.notify", citizen.Text{ZH: "通知领证", EN: "tell the applicant to collect"}, clerks, atStation, notify),
		office.Define("card.hand_over", citizen.Text{ZH: "发放证件", EN: "hand a card over"}, clerks, atStation, d.handOver),
		office.Define("card.report_lost", citizen.Text{ZH: "证件挂失", EN: "report a card lost"}, clerks, atStation, reportLost),
		office.Define("card.withdraw", citizen.Text{ZH: "终止申领", EN: "withdraw an application, or destroy its card"}, clerks, atStation, withdraw),
	}
}

// caseActions are what is not a card's ordinary road.
func (d desk) caseActions() []office.Action {
	issuers, upper := []office.Role{office.Issuer}, []office.Role{office.Issuer, office.Reviewer, office.Clerk}
	return []office.Action{
		office.Define("card.open_session", citizen.Text{ZH: "开放预约场次", EN: "open a day for appointments, at the window or on a visit"}, callers, atStation, d.openSession),
		office.Define("card.book", citizen.Text{ZH: "预约", EN: "book an appointment"}, callers, atStation, book),
		office.Define("card.move_appointment", citizen.Text{ZH: "预约改期", EN: "move an appointment"}, callers, atStation, moveAppointment),
		office.Define("card.end_appointment", citizen.Text{ZH: "预约办结", EN: "record an appointment as kept, missed or cancelled"}, callers, atStation, endAppointment),
		office.Define("card.close_sessions", citizen.Text{ZH: "登记未到", EN: "record a day's appointments that nobody kept"}, callers, atStation, closeSessions),
		office.Define("card.hold", citizen.Text{ZH: "挂起申领", EN: "hold an application, with a promise"}, clerks, atStation, holdIt),
		office.Define("card.release", citizen.Text{ZH: "解除挂起", EN: "release a held application"}, clerks, atStation, release),
		office.Define("card.find_defect", citizen.Text{ZH: "登记废证", EN: "record a card found unfit, to be made again"}, carriers, nil, findDefect),
		office.Define("card.remind", citizen.Text{ZH: "催领证件", EN: "remind an applicant to collect"}, clerks, atStation, d.remind),
		office.Define("card.send_up", citizen.Text{ZH: "上交逾期未领证件", EN: "send unclaimed cards up to the county"}, clerks, atStation, d.sendUp),
		office.Define("card.found", citizen.Text{ZH: "找回证件", EN: "record that a lost card was found in time"}, clerks, atStation, found),
		office.Define("card.apply_temporary", citizen.Text{ZH: "申领临时证", EN: "ask for a temporary card"}, clerks, atStation, applyTemp),
		office.Define("card.make_temporary", citizen.Text{ZH: "制作临时证", EN: "make and sign a temporary card"}, issuers, atCounty, makeTemp),
		office.Define("card.hand_out_temporary", citizen.Text{ZH: "发放临时证", EN: "hand a temporary card out"}, clerks, atStation, handOutTemp),
		office.Define("card.end_temporary", citizen.Text{ZH: "临时证收回", EN: "record a temporary card as handed back or lost"}, clerks, atStation, endTemp),
		office.Define("card.destroy_old", citizen.Text{ZH: "销毁旧证", EN: "destroy old or temporary cards under two names"}, clerks, atStation, destroyOld),
		office.Define("card.destroy_spoilt", citizen.Text{ZH: "销毁废证", EN: "destroy spoilt cards under two names"}, upper, nil, destroySpoilt),
		office.Define("card.explain_late", citizen.Text{ZH: "说明超期原因", EN: "give the reason why an application is late"}, readers, nil, d.explainLate),
		office.Define("card.append_address", citizen.Text{ZH: "机读住址追加", EN: "write the registered address into a chip"}, upper, atCounty, appendAddress),
	}
}

// listActions are what people look at.
func (d desk) listActions() []office.Action {
	officers := []office.Role{office.AreaOfficer, office.Clerk, office.Leader}
	return []office.Action{
		office.Look("card.appointments", citizen.Text{ZH: "当日预约", EN: "list a day's appointments"}, officers, atStation, appointments),
		office.Look("card.which_card", citizen.Text{ZH: "查询有效证件", EN: "tell which of a person's cards counts"}, readers, nil, whichCard),
		office.Look("card.duty_list", citizen.Text{ZH: "应申领人员名单", EN: "list who turns sixteen, and who must apply"}, officers, atStation, dutyList),
		office.Look("card.expiring", citizen.Text{ZH: "证件到期名单", EN: "list whose card ends"}, officers, atStation, expiring),
		office.Look("card.late", citizen.Text{ZH: "超期和临期清单", EN: "list what is late, and what soon will be"}, readers, nil, d.late),
		office.Look("card.waiting", citizen.Text{ZH: "待办数量", EN: "count what waits on each desk"}, readers, nil, d.waiting),
		office.Look("card.held", citizen.Text{ZH: "挂起清单", EN: "list held applications"}, readers, nil, heldList),
		office.Look("card.unclaimed", citizen.Text{ZH: "未领证件清单", EN: "list cards that nobody has collected"}, readers, nil, d.unclaimed),
		office.Look("card.temporaries", citizen.Text{ZH: "临时证清单", EN: "list temporary cards"}, readers, nil, temporaries),
		office.Look("card.kept", citizen.Text{ZH: "待销毁证件", EN: "list cards kept to be destroyed"}, readers, nil, kept),
		office.Look("card.address_due", citizen.Text{ZH: "待追加住址清单", EN: "list chips with another address than the register"}, readers, []event.Level{event.County, event.Station}, addressDue),
	}
}

func superiorActions() []office.Action {
	judges := []office.Role{office.Reviewer, office.Issuer}
	return []office.Action{
		office.Define("card.review", citizen.Text{ZH: "审核", EN: "review an application"}, []office.Role{office.Reviewer}, atCounty, review),
		office.Define("card.return", citizen.Text{ZH: "退回", EN: "return an application"}, judges, []event.Level{event.County, event.City}, giveBack),
		office.Define("card.sign", citizen.Text{ZH: "签发", EN: "sign a card"}, []office.Role{office.Issuer}, atCounty, sign),
		office.Define("card.check", citizen.Text{ZH: "市级核查", EN: "check an application across the city"}, judges, atCity, check),
	}
}

func cardActions() []office.Action {
	return []office.Action{
		office.Define("card.order", citizen.Text{ZH: "送制证", EN: "order cards from the maker"}, senders, atCity, order),
		office.Define("card.feedback", citizen.Text{ZH: "接收制证反馈", EN: "take in the maker's feedback"}, senders, atCity, feedback),
		office.Define("card.consign", citizen.Text{ZH: "下发证件", EN: "send cards to the next tier"}, carriers, nil, consign),
		office.Define("card.count", citizen.Text{ZH: "清点证件", EN: "count the cards that came"}, carriers, nil, count),
		office.Define("card.take_in", citizen.Text{ZH: "补记到所证件", EN: "record the arrival of cards counted before their data came"},
			clerks, atStation, takeIn),
		office.Look("card.show", citizen.Text{ZH: "查看申领", EN: "show an application"}, readers, nil, show),
		office.Look("card.of_person", citizen.Text{ZH: "某人的申领", EN: "list a person's applications"}, readers, nil, ofPerson),
		office.Look("card.list", citizen.Text{ZH: "申领列表", EN: "list applications"}, readers, nil, list),
	}
}

func actor(w *office.Work) card.Actor { return card.Actor{Unit: w.By.Unit, Operator: w.By.ID} }

// second names the other person at a destruction; one who names himself by his login is the actor.
func second(w *office.Work, name string) string {
	if name == w.By.Login {
		return w.By.ID
	}
	return name
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// codeLetters are the letters of a slip's code: none is taken for another one when it is read aloud or copied by hand.
const codeLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// codeLength gives a code fifty bits.
const codeLength = 10

// newCode mints the random code of a slip.
func newCode() string {
	b := make([]byte, codeLength)
	_, _ = rand.Read(b) // it never fails (crypto/rand)
	for i := range b {
		b[i] = codeLetters[b[i]%byte(len(codeLetters))]
	}
	return string(b)
}

// personLocks are the locks of a person across applications: two desks never admit two cards of one person, nor of one number.
func personLocks(resident, number string) []string {
	locks := []string{"card:resident:" + resident}
	if number != "" {
		locks = append(locks, "card:citizen:"+number)
	}
	return locks
}

// hold locks an application and its person, and loads it.
func hold(ctx context.Context, w *office.Work, application string) (card.Application, error) {
	a, ok, err := carddb.Load(ctx, w.Tx, application)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, card.NotFound()
	}
	if err := w.Below(a.Home); err != nil {
		return a, err
	}
	if err := w.Lock(ctx, append(personLocks(a.Resident, a.Face.Number), a.ID)...); err != nil {
		return a, err
	}
	a, _, err = carddb.Load(ctx, w.Tx, a.ID)
	return a, err
}

// ApplicationInput names an application, by its identifier or acceptance number.
type ApplicationInput struct {
	Application string `json:"application"`
}

// Reached is where an application stands after an action.
type Reached struct {
	Application string `json:"application"`
	Round       int    `json:"round"`
}

// dead tells whether the applicant is known here to have died: as the register has it now, by the newest tenure.
func dead(ctx context.Context, w *office.Work, a card.Application) (bool, error) {
	return inState(ctx, w, a, register.StateDead)
}

// inState tells whether the applicant's registration is in a state: the open one, or the newest.
func inState(ctx context.Context, w *office.Work, a card.Application, state string) (bool, error) {
	tenure, ok, err := registerdb.OpenTenure(ctx, w.Tx, a.Resident)
	return ok && tenure.State == state, err
}

// registered is what the register says today of who applied; nil when nothing is known here.
func registered(ctx context.Context, w *office.Work, a card.Application) (*card.Face, error) {
	tenure, ok, err := registerdb.OpenTenure(ctx, w.Tx, a.Resident)
	if err != nil || !ok {
		return nil, err
	}
	face := card.FaceOf(person(tenure))
	return &face, nil
}

// others reads the person's other applications, and those of others under the same number while the register leaves it to them: once it is settled whose it
// is, its owner waits for nobody.
func others(ctx context.Context, w *office.Work, a card.Application) ([]card.Application, error) {
	all, err := carddb.OthersOf(ctx, w.Tx, a.ID, a.Resident, a.Face.Number)
	if err != nil {
		return nil, err
	}
	var kept []card.Application
	for _, o := range all {
		if o.Resident != a.Resident {
			now, err := registered(ctx, w, o)
			if err != nil {
				return nil, err
			}
			if now != nil && now.Number != a.Face.Number {
				continue
			}
		}
		kept = append(kept, o)
	}
	return kept, nil
}
