package node

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// Level says how grave a complaint is.
type Level string

// The levels.
const (
	OK   Level = "ok"
	Warn Level = "warn"
	Bad  Level = "bad"
)

// Complaint is one line of the doctor: what was found, and what to do about it.
type Complaint struct {
	Level Level `json:"level"`
	citizen.Text
	Mend citizen.Text `json:"mend,omitzero"`
}

func complaint(level Level, zh, en, mendZH, mendEN string) Complaint {
	return Complaint{level, citizen.Text{ZH: zh, EN: en}, citizen.Text{ZH: mendZH, EN: mendEN}}
}

// Opened says how long the node took to open.
func Opened(took time.Duration) Complaint {
	return complaint(OK, fmt.Sprintf("节点打开用时 %d 毫秒", took.Milliseconds()), fmt.Sprintf("the node opened in %d ms", took.Milliseconds()), "", "")
}

// Limits beyond which the doctor complains.
const (
	silentFor = 3 * 24 * time.Hour // the unit above has not been heard
	spoolFull = 64                 // parcels that wait for a receipt of one neighbour
)

// Examine looks at the node's health: what is unencrypted, on hold, silent, waiting or missing.
func (n *Node) Examine(ctx context.Context) ([]Complaint, error) {
	all := n.examineSettings()
	hosting, err := n.examineHosting(ctx)
	if err != nil {
		return nil, err
	}
	neighbours, err := n.examineNeighbours(ctx)
	return append(append(all, hosting...), neighbours...), err
}

func (n *Node) examineSettings() (all []Complaint) {
	if n.Config.Testing.ClockFile != "" {
		all = append(all, complaint(Warn, "时钟来自文件，仅供演示", "the clock comes from a file: for demonstrations only", "正式使用前删去 testing.clock_file", "remove testing.clock_file before real work"))
	}
	if n.Config.Unlock.File != "" {
		all = append(all, complaint(Warn, "开锁口令存放在文件中", "the passphrase lies in a file", "本机须有专人保管；或删去 unlock.file，启动时输入", "guard the machine itself, or remove unlock.file and type it at each start"))
	}
	if n.Config.Database.Postgres != "" {
		all = append(all, complaint(Warn, "PostgreSQL 的数据文件由服务器负责加密，本程序不加密", "PostgreSQL's files are not encrypted by Huzheng", "把数据文件放在加密的磁盘上", "use an encrypted volume"))
	}
	if n.NextKeys() {
		all = append(all, complaint(Warn, "新密钥等待上级接入", "new keys wait to be admitted", "把 request.note 交上级接入，再执行 huzheng node join", "give request.note to the unit above, then huzheng node join"))
	}
	return all
}

// NextKeys tells whether new keys wait beside the old ones until the unit above has admitted them.
func (n *Node) NextKeys() bool {
	_, err := os.Stat(n.Config.NextKeyPath())
	return err == nil
}

func (n *Node) examineHosting(ctx context.Context) (all []Complaint, err error) {
	var hold string
	var doubt bool
	var hosted []journal.Hosted
	err = n.DB.Read(ctx, func(tx *store.Tx) (err error) {
		if hold, err = office.HoldReason(ctx, tx); err != nil {
			return err
		}
		if _, _, doubt, err = n.Office.ClockDoubt(ctx, tx); err != nil {
			return err
		}
		hosted, err = journal.HostedUnits(ctx, tx)
		return err
	})
	if hold != "" {
		refusal := office.HoldRefusal(hold)
		all = append(all, Complaint{Bad, citizen.Text{ZH: "暂停办理：" + refusal.Text.ZH, EN: "writing is on hold: " + refusal.Text.EN}, refusal.Mend})
	}
	if doubt {
		all = append(all, complaint(Bad, "本机时钟与已知时间相差一天以上，不能办理", "the clock lies more than a day from the newest time known: nothing is written", "核对时钟，由负责人确认", "check the clock, then let a named person confirm it"))
	}
	if len(hosted) == 0 {
		all = append(all, complaint(Bad, "本节点尚未接入", "the node has not joined yet", "把 request.note 交上级接入，再执行 huzheng node join", "give request.note to the unit above, then huzheng node join"))
	}
	for _, h := range hosted {
		all = append(all, complaint(OK, fmt.Sprintf("记单位 %s 的日志，第 %d 代", h.Unit, h.Generation), fmt.Sprintf("writes for unit %s, generation %d", h.Unit, h.Generation), "", ""))
	}
	return all, err
}

func (n *Node) examineNeighbours(ctx context.Context) (all []Complaint, err error) {
	standings, err := n.Exchange.Standings(ctx)
	now := n.Now()
	for i := range standings {
		s := &standings[i]
		heard := time.UnixMilli(s.HeardAt)
		switch {
		case s.Suspended != "":
			all = append(all, complaint(Warn, "与 "+string(s.Unit)+" 的交换已停用："+s.Suspended, "the exchange with "+string(s.Unit)+" is suspended: "+s.Suspended, "原因消除后在“节点”页恢复", "end the suspension when its reason has gone"))
		case s.HeardAt == 0:
			all = append(all, complaint(Warn, "尚未收到 "+string(s.Unit)+" 的消息", string(s.Unit)+" has not been heard yet", "交换一次：联网，或带盘往返", "exchange once, by network or disk"))
		case now.Sub(heard) > silentFor:
			all = append(all, complaint(Warn, "已超过三天未收到 "+string(s.Unit)+" 的消息", string(s.Unit)+" has not been heard for more than three days", "查线路；不通的带盘", "look at the line; where it is down, carry a disk"))
		}
		if s.Sealed >= spoolFull {
			all = append(all, complaint(Warn, fmt.Sprintf("%s 有 %d 个数据包未回执", s.Unit, s.Sealed), fmt.Sprintf("%d parcels wait for a receipt of %s", s.Sealed, s.Unit), "尽快交换", "exchange soon"))
		}
		if s.MissBlob > 0 {
			all = append(all, complaint(Warn, fmt.Sprintf("缺少 %d 个应由 %s 送来的附件", s.MissBlob, s.Unit), fmt.Sprintf("%d attachments are missing that are due from %s", s.MissBlob, s.Unit), "下次交换时自动补送", "the next exchange brings them"))
		}
	}
	return all, err
}
