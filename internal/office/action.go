package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/store"
	"github.com/huzheng/huzheng/internal/words"
)

// Action is one thing that an operator can do: by command, page or programme alike.
type Action struct {
	Name   string       // <room>.<verb>, as "card.open"
	Text   citizen.Text // what it does, one line
	Roles  []Role       // who may; the first is the usual one
	Levels []event.Level
	Input  reflect.Type
	Output reflect.Type
	Looks  bool // it only looks: it writes nothing but who looked
	run    func(context.Context, *Office, Operator, []byte, Guard) (*Done, error)
}

// ClockFree marks the one action that works while the clock is not believed: confirming it.
const ClockFree = "site.confirm_clock"

// Define makes an action from a desk's function. Levels restricts the tier of the operator's unit; empty: any. fn locks
// what it is about, loads, lets the rules decide, and emits their events.
func Define[I, O any](name string, text citizen.Text, roles []Role, levels []event.Level, fn func(context.Context, *Work, I) (O, error)) Action {
	return Action{Name: name, Text: text, Roles: roles, Levels: levels, Input: reflect.TypeFor[I](), Output: reflect.TypeFor[O](),
		run: func(ctx context.Context, o *Office, by Operator, input []byte, guard Guard) (*Done, error) {
			var in I
			if err := decodeInput(input, &in); err != nil {
				return nil, err
			}
			return o.guarded(ctx, by, name, input, guard, func(ctx context.Context, w *Work) (any, error) {
				if err := w.permit(ctx, name); err != nil {
					return nil, err
				}
				return fn(ctx, w, in)
			})
		}}
}

// guarded runs an action in its one transaction, unless its form has been carried out before.
func (o *Office) guarded(ctx context.Context, by Operator, name string, input []byte, guard Guard, fn func(context.Context, *Work) (any, error)) (done *Done, err error) {
	err = o.DB.Write(ctx, func(tx *store.Tx) error {
		if done, err = guard.earlier(ctx, tx, by, name, input); done != nil || err != nil {
			return err
		}
		var result any
		entries, err := o.actIn(ctx, tx, by, nil, name == ClockFree, func(ctx context.Context, w *Work) (err error) {
			if result, err = fn(ctx, w); err != nil {
				return err
			}
			return guard.unchanged(ctx, tx)
		})
		if err != nil {
			return err
		}
		done = newDone(result, entries)
		if guard.Dry {
			return errDry
		}
		return guard.record(ctx, tx, by, name, input, o.Clock(), done)
	})
	if err != nil && !errors.Is(err, errDry) {
		return nil, err
	}
	return done, nil
}

// permit asks the site whether the operator may do an action today. The node itself is not asked about.
func (w *Work) permit(ctx context.Context, action string) error {
	if w.Office.Permit == nil || w.By.Has(System) {
		return nil
	}
	return w.Office.Permit(ctx, w.Tx, w.By, action, w.Today)
}

// Look makes an action that only looks. Whatever else its function emits than the log of who looked is an error. The function reads one snapshot and
// must not write or lock rows.
func Look[I, O any](name string, text citizen.Text, roles []Role, levels []event.Level, fn func(context.Context, *Work, I) (O, error)) Action {
	a := Define(name, text, roles, levels, fn)
	a.Looks = true
	a.run = func(ctx context.Context, o *Office, by Operator, input []byte, _ Guard) (*Done, error) {
		var in I
		if err := decodeInput(input, &in); err != nil {
			return nil, err
		}
		return o.look(ctx, by, func(ctx context.Context, w *Work) (any, error) {
			if err := w.permit(ctx, name); err != nil {
				return nil, err
			}
			out, err := fn(ctx, w, in)
			for i := range w.events {
				if e := &w.events[i]; err == nil && e.Stream != event.Access(w.By.Unit) {
					err = fmt.Errorf("office: %s only looks and may not write %s", name, e.Kind)
				}
			}
			return out, err
		})
	}
	return a
}

// look runs an action that only looks on a snapshot: a look-up that takes long keeps nobody from writing. Who looked is written in a short transaction
// apart, and the answer is given only when that is committed. Looking twice does no harm, so a form's guard has nothing to do here.
func (o *Office) look(ctx context.Context, by Operator, fn func(context.Context, *Work) (any, error)) (*Done, error) {
	var result any
	var looked []event.Event
	var due bool
	err := o.DB.Read(ctx, func(tx *store.Tx) error {
		now, late, err := o.believed(ctx, tx, false)
		if err != nil {
			return err
		}
		w := &Work{Tx: tx, Office: o, By: by, Now: now, Today: citizen.DateOf(time.UnixMilli(now)), looks: true}
		result, err = fn(ctx, w)
		looked, due = w.events, late
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(looked) == 0 && !due {
		return newDone(result, nil), nil
	}
	entries, err := o.recordLook(ctx, by, looked)
	if err != nil {
		return nil, err
	}
	return newDone(result, entries), nil
}

func decodeInput(input []byte, in any) error {
	if len(bytes.TrimSpace(input)) == 0 {
		input = []byte("{}")
	}
	if bytes.Contains(input, []byte(`\u0000`)) {
		return event.Refuse("office.input", "",
			citizen.Text{ZH: "输入含有空字符", EN: "the input contains a NUL character"},
			citizen.Text{ZH: "删去后重新输入", EN: "remove it and try again"})
	}
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(in)
	if err == nil && decoder.More() {
		err = errors.New("more than one JSON document")
	}
	if err == nil {
		return nil
	}
	var refusal *event.Refusal
	if errors.As(err, &refusal) {
		return refusal
	}
	return event.Refuse("office.input", "",
		citizen.Text{ZH: "输入不合要求：" + err.Error(), EN: "the input is not understood: " + err.Error()},
		citizen.Text{ZH: "用 huzheng do --list 查看此项业务的各字段", EN: "see the action's fields with huzheng do --list"})
}

// Done is what an action gives back: its result and the entries that it wrote.
type Done struct {
	Result   any         `json:"result"`
	Entries  []event.Ref `json:"entries"`
	Repeated bool        `json:"repeated,omitempty"` // the form had been carried out before; Result is then JSON
}

func newDone(result any, entries []journal.Entry) *Done {
	done := &Done{Result: result, Entries: make([]event.Ref, len(entries))}
	for i := range entries {
		done.Entries[i] = entries[i].Ref()
	}
	return done
}

// Do runs an action in an operator's name: the policy first, then the one transaction.
func (o *Office) Do(ctx context.Context, by Operator, name string, input []byte) (*Done, error) {
	return o.DoGuarded(ctx, by, name, input, Guard{})
}

// DoGuarded is Do for a form that may be sent twice, or that may have been looked at too long ago.
func (o *Office) DoGuarded(ctx context.Context, by Operator, name string, input []byte, guard Guard) (*Done, error) {
	action, ok := o.actions[name]
	if !ok {
		return nil, event.Refuse("office.no_action", "",
			citizen.Text{ZH: "没有业务 " + name, EN: "there is no action " + name},
			citizen.Text{ZH: "用 huzheng do --list 查看全部业务", EN: "huzheng do --list shows them all"})
	}
	if err := action.allows(by); err != nil {
		return nil, err
	}
	return action.run(ctx, o, by, input, guard)
}

// Action finds an action by its name.
func (o *Office) Action(name string) (Action, bool) {
	a, ok := o.actions[name]
	return a, ok
}

// May tells whether the policy lets an operator do an action, certificates and facts apart.
func (a *Action) May(by Operator) bool { return a.allows(by) == nil }

// Actions lists the actions by name.
func (o *Office) Actions() []Action {
	all := make([]Action, 0, len(o.actions))
	for _, a := range o.actions {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Action) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Fields describes an action's input: JSON name, type, and whether it may be left out.
func (a *Action) Fields() []string { return fieldsOf(a.Input) }

func fieldsOf(input reflect.Type) []string {
	var out []string
	for i := range input.NumField() {
		field := input.Field(i)
		if field.Anonymous {
			out = append(out, fieldsOf(field.Type)...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		text := fmt.Sprintf("%s %s", name, field.Type)
		if strings.Contains(options, "omit") {
			text += " (may be left out)"
		}
		out = append(out, text)
	}
	return out
}

// Role is what an operator may be appointed as (design 1).
type Role string

// The roles.
const (
	AreaOfficer    Role = "area_officer"   // 责任区民警
	Clerk          Role = "clerk"          // 窗口户籍员
	Photographer   Role = "photographer"   // 人像采集员
	Cashier        Role = "cashier"        // 收费员
	Reviewer       Role = "reviewer"       // 审核员
	Issuer         Role = "issuer"         // 签发员
	Finance        Role = "finance"        // 财务
	Communications Role = "communications" // 通讯
	Leader         Role = "leader"         // 领导
	Auditor        Role = "auditor"        // 审计员
	Administrator  Role = "administrator"  // 系统管理员
	System         Role = "system"         // the node itself, in reactions
)

// AllRoles lists the roles that people can have.
var AllRoles = []Role{AreaOfficer, Clerk, Photographer, Cashier, Reviewer, Issuer, Finance, Communications, Leader, Auditor, Administrator}

// Operator is a person who works at a unit, or the node itself.
type Operator struct {
	ID    string     `json:"id"`
	Login string     `json:"login"`
	Unit  event.Unit `json:"unit"`
	Roles []Role     `json:"roles"`
}

// Has tells whether the operator has a role.
func (op Operator) Has(role Role) bool { return slices.Contains(op.Roles, role) }

func (a *Action) allows(by Operator) error {
	if !slices.ContainsFunc(a.Roles, by.Has) {
		return event.Refuse("office.role", "",
			citizen.Text{ZH: fmt.Sprintf("%s 的岗位不能办理“%s”", by.Login, a.Name), EN: fmt.Sprintf("the roles of %s do not allow “%s”", by.Login, a.Name)}, rolesNeeded(a.Roles))
	}
	if len(a.Levels) > 0 && !slices.Contains(a.Levels, by.Unit.Level()) {
		return event.Refuse("office.level", "",
			citizen.Text{ZH: fmt.Sprintf("%s级单位不能办理“%s”", levelName(by.Unit.Level()).ZH, a.Name), EN: fmt.Sprintf("“%s” is not done at a %s", a.Name, levelName(by.Unit.Level()).EN)},
			levelsNeeded(a.Levels))
	}
	return nil
}

// levelsNeeded names the tiers at which an action is done.
func levelsNeeded(levels []event.Level) citizen.Text {
	zh, en := make([]string, len(levels)), make([]string, len(levels))
	for i, l := range levels {
		name := levelName(l)
		zh[i], en[i] = name.ZH+"级", "a "+name.EN
	}
	return citizen.Text{ZH: "由" + strings.Join(zh, "、") + "单位办理", EN: "it is done at " + strings.Join(en, " or ")}
}

// rolesNeeded names the roles that may do an action.
func rolesNeeded(roles []Role) citizen.Text {
	zh, en := make([]string, len(roles)), make([]string, len(roles))
	for i, r := range roles {
		text := words.Get("code.office.Role." + string(r))
		zh[i], en[i] = text.ZH, text.EN
	}
	return citizen.Text{ZH: "需要岗位：" + strings.Join(zh, "、"), EN: "it needs the role " + strings.Join(en, ", ")}
}

func levelName(l event.Level) citizen.Text {
	switch l {
	case event.City:
		return citizen.Text{ZH: "市", EN: "city bureau"}
	case event.County:
		return citizen.Text{ZH: "县（区）", EN: "county bureau"}
	}
	return citizen.Text{ZH: "派出所", EN: "police station"}
}

// Own refuses a subject that does not belong to the operator's unit.
func (w *Work) Own(unit event.Unit) error {
	if unit == w.By.Unit {
		return nil
	}
	return event.Refuse("office.other_unit", "",
		citizen.Text{ZH: "属于单位 " + string(unit) + "，不属于本单位 " + string(w.By.Unit), EN: "it belongs to unit " + string(unit) + ", not to " + string(w.By.Unit)},
		citizen.Text{ZH: "由该单位办理，或向其送出事项通报", EN: "that unit does it; report the event to it"}).About(unit, w.By.Unit)
}

// Colleague tells whether a login is that of another person in service at the operator's unit: who stands as the second of two.
func (w *Work) Colleague(ctx context.Context, login string) (bool, error) {
	op, ok, err := w.Office.Directory.Operator(ctx, w.Tx, login)
	return ok && op.Unit == w.By.Unit && op.ID != w.By.ID, err
}

// Below refuses a subject whose unit is not under the operator's unit, nor the unit itself.
func (w *Work) Below(unit event.Unit) error {
	if w.By.Unit.Contains(unit) {
		return nil
	}
	return event.Refuse("office.other_area", "",
		citizen.Text{ZH: "单位 " + string(unit) + " 不在本单位 " + string(w.By.Unit) + " 辖区", EN: "unit " + string(unit) + " is not in the area of " + string(w.By.Unit)},
		citizen.Text{ZH: "由其上级单位办理", EN: "its own superior does it"}).About(unit, w.By.Unit)
}
