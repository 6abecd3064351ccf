package office

import (
	"context"
	"fmt"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/store"
)

// maxJump is how far the clock may be from the newest time known before a named person has to confirm it (design 2).
const maxJump = 24 * time.Hour

// heartbeat is how stale the newest time known may grow before it is written again.
const heartbeat = time.Minute

// tick reads the clock, refuses to write while the node is on hold or the clock is not believed, and returns the time to
// stamp: never below the newest time known.
func (o *Office) tick(ctx context.Context, tx *store.Tx, clockFree bool) (int64, error) {
	now, due, err := o.believed(ctx, tx, clockFree)
	if err == nil && due {
		err = SeenFromAbove(ctx, tx, now)
	}
	return now, err
}

// believed is tick without writing; due tells that the newest time known has grown stale.
func (o *Office) believed(ctx context.Context, tx *store.Tx, clockFree bool) (now int64, due bool, err error) {
	var newest int64
	var hold string
	if err := tx.Get(ctx, "select newest_at, hold from office_node where id = 1", nil, &newest, &hold); err != nil {
		return 0, false, fmt.Errorf("office: node row: %w", err)
	}
	if hold != "" {
		return 0, false, onHold(hold)
	}
	now = o.Clock().UnixMilli()
	if !clockFree && unbelievable(newest, now) {
		return 0, false, clockUnconfirmed(newest, now)
	}
	return max(now, newest), now-newest > heartbeat.Milliseconds(), nil
}

// ClockDoubt tells whether the clock lies more than a day from the newest time known here, so that nothing is written before a named person has confirmed
// it; newest and now are ms UTC.
func (o *Office) ClockDoubt(ctx context.Context, tx *store.Tx) (newest, now int64, doubt bool, err error) {
	now = o.Clock().UnixMilli()
	err = tx.Get(ctx, "select newest_at from office_node where id = 1", nil, &newest)
	return newest, now, unbelievable(newest, now), err
}

func unbelievable(newest, now int64) bool {
	jump := time.Duration(now-newest) * time.Millisecond
	return newest > 0 && (jump > maxJump || jump < -maxJump)
}

// Heartbeat records that time has passed on a running node, so that a quiet weekend is no jump.
func (o *Office) Heartbeat(ctx context.Context) error {
	return o.DB.Write(ctx, func(tx *store.Tx) error {
		now := o.Clock().UnixMilli()
		_, err := tx.Exec(ctx, "update office_node set newest_at = $1 where id = 1 and newest_at < $1 and newest_at > $2",
			now, now-maxJump.Milliseconds())
		return err
	})
}

// SeenFromAbove raises the newest time known, to the clock's or to one that a superior signed; it never lowers it.
func SeenFromAbove(ctx context.Context, tx *store.Tx, at int64) error {
	_, err := tx.Exec(ctx, "update office_node set newest_at = $1 where id = 1 and newest_at < $1", at)
	return err
}

// ConfirmClock sets the newest time known to the clock's, in an action of the site desk by a named person.
func (w *Work) ConfirmClock(ctx context.Context) error {
	w.Now = w.Office.Clock().UnixMilli()
	w.Today = citizen.DateOf(time.UnixMilli(w.Now))
	_, err := w.Tx.Exec(ctx, "update office_node set newest_at = $1 where id = 1", w.Now)
	return err
}

// Hold makes the node refuse to write, for a reason; an empty reason ends it. It survives a restart.
func Hold(ctx context.Context, tx *store.Tx, reason string) error {
	_, err := tx.Exec(ctx, "update office_node set hold = $1 where id = 1", reason)
	return err
}

// HoldReason tells why writing is refused; empty when it is not.
func HoldReason(ctx context.Context, tx *store.Tx) (reason string, err error) {
	return reason, tx.Get(ctx, "select hold from office_node where id = 1", nil, &reason)
}

// Reasons for a hold.
const (
	HoldCatchingUp = "catching-up" // the node hosts streams of which it does not hold the earlier generation yet
	HoldStale      = "stale"       // a neighbour holds more of this node's own streams than the node itself
	HoldRestored   = "restored"    // a backup was restored; the node must be admitted again
	HoldRenewing   = "renewing"    // new keys wait for the unit above to admit them
)

// HoldRefusal says in words what a hold means and how it ends.
func HoldRefusal(reason string) *event.Refusal { return onHold(reason) }

func onHold(reason string) *event.Refusal {
	texts := map[string]citizen.Text{
		HoldCatchingUp: {ZH: "本节点正在接收本单位以前的日志，暂不能办理", EN: "this node is still receiving its unit's earlier journal"},
		HoldStale:      {ZH: "上级持有本节点更多的日志：本节点数据可能是从旧备份恢复的，暂不能办理", EN: "a neighbour holds more of this node's journal than the node itself: it was probably restored from an old backup"},
		HoldRenewing:   {ZH: "本节点正在更换密钥，等待上级重新接入", EN: "this node is renewing its keys and waits to be admitted again"},
		HoldRestored:   {ZH: "本节点由备份恢复，须经上级重新接入后方可办理", EN: "this node was restored from a backup and has to be admitted again"},
	}
	text, ok := texts[reason]
	if !ok {
		text = citizen.Text{ZH: "本节点暂停办理：" + reason, EN: "this node is on hold: " + reason}
	}
	return event.Refuse("office.on_hold", "", text, citizen.Text{
		ZH: "与上级交换一次数据（联网或移动硬盘）；如仍暂停，请上级重新办理节点接入(huzheng node admit)",
		EN: "exchange once with the unit above (network or disk); if the hold stays, ask it to admit the node again (huzheng node admit)",
	})
}

func clockUnconfirmed(newest, now int64) *event.Refusal {
	show := func(at int64) string {
		return time.UnixMilli(at).In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04")
	}
	return event.Refuse("office.clock_unconfirmed", "",
		citizen.Text{ZH: "本机时钟为 " + show(now) + "，已知的最近时间为 " + show(newest) + "，相差一天以上", EN: "the clock says " + show(now) + ", the newest time known is " + show(newest) + ", more than a day apart"},
		citizen.Text{ZH: "核对时钟，然后由负责人确认时间(site.confirm_clock)", EN: "check the clock, then let a named person confirm it (site.confirm_clock)"})
}

func notHosted(unit event.Unit) *event.Refusal {
	return event.Refuse("office.not_hosted", "",
		citizen.Text{ZH: "本节点不为单位 " + string(unit) + " 记日志", EN: "this node does not write for unit " + string(unit)},
		citizen.Text{ZH: "请在该单位自己的节点或其上级节点办理", EN: "work at the unit's own node, or at the node above that serves it"}).About(unit)
}
