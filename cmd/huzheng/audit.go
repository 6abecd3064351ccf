package main

import (
	"fmt"
	"io"

	"github.com/huzheng/huzheng/internal/audit"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

type auditCommand struct {
	nodeFlags
	JSON bool `help:"Print JSON."`
}

// Run adds up what the journal says; breaches end with 1.
func (c *auditCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	var report *audit.Report
	err = n.DB.Read(env.ctx, func(tx *store.Tx) error {
		report, err = audit.Run(env.ctx, tx, n.Office.Blobs)
		return err
	})
	if err != nil {
		return err
	}
	err = env.print(c.JSON, report, func(w io.Writer) { showAudit(w, report) })
	if err == nil && len(report.Errors) > 0 {
		return errFindings
	}
	return err
}

func showAudit(w io.Writer, r *audit.Report) {
	p, c, m := r.Residents, r.Cards, r.Money
	fmt.Fprintf(w, "条目 entries %d\n", r.Entries)
	fmt.Fprintf(w, "人口 residents: 导入 imported %d + 出生 born %d = 在册 present %d + 在途 in transit %d + 死亡 dead %d + 迁出市外 left %d + 注销 cancelled %d\n",
		p.Imported, p.Born, p.Present, p.InTransit, p.Dead, p.Left, p.Cancelled)
	fmt.Fprintf(w, "证件 cards: 受理 accepted %d; 送制 ordered %d = 制成 made %d + 不合格 rejected %d + 待反馈 at the maker %d\n", c.Accepted, c.Ordered, c.Made, c.Rejected, c.AtMaker)
	fmt.Fprintf(w, "  制成 made %d = 已领 handed over %d + 在库 in stock %d + 途中 on the way %d + 缺失 missing %d + 销毁 destroyed %d\n", c.Made, c.HandedOver, c.InStock, c.OnTheWay, c.Missing, c.Destroyed)
	s := r.Cases
	fmt.Fprintf(w, "  重制 remade %d; 逾期未领存上级 unclaimed above %d; 旧证 old cards: 收回 taken in %d = 待销毁 kept %d + 已销毁 destroyed %d\n", s.Remade, s.Unclaimed, s.OldTakenIn, s.OldKept, s.OldDestroyed)
	fmt.Fprintf(w, "  临时证 temporary cards: 申领 applied %d = 待制 waiting %d + 待领 ready %d + 在外 out %d + 收回 returned %d + 丢失 lost %d\n", s.TempApplied, s.TempWaiting, s.TempReady, s.TempOut, s.TempReturned, s.TempLost)
	fmt.Fprintf(w, "款项 money (分 fen): 收取 collected %d = 上缴 remitted %d + 在手 on hand %d; 减免 waived %d (%d 人 people); 长短款 over and short %d\n",
		m.CollectedFen, m.RemittedFen, m.OnHandFen, m.WaivedFen, m.Waived, m.OverShortFen)
	for _, e := range r.Errors {
		fmt.Fprintln(w, "  不符 breach:", e)
	}
	if len(r.Errors) == 0 {
		fmt.Fprintln(w, "守恒 nothing lost, nothing doubled")
	}
}

type digestCommand struct {
	nodeFlags
	Unit string `help:"The slice of this owner; everything when left out." placeholder:"CODE"`
	JSON bool   `help:"One JSON object a line."`
}

// tableDigest is one line of digest.
type tableDigest struct {
	Table  string `json:"table"`
	Rows   int64  `json:"rows"`
	Digest string `json:"sha256"`
}

// Run prints the digest of each derived table, or of one owner's slice: two nodes that hold the same entries of a unit print the same.
func (c *digestCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	return n.DB.Read(env.ctx, func(tx *store.Tx) error {
		for _, room := range n.Office.Rooms() {
			if err := c.room(env, tx, room); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *digestCommand) room(env *environment, tx *store.Tx, room office.Room) error {
	for _, table := range room.Tables() {
		if c.Unit != "" && table.Unit == "" {
			continue
		}
		digest, rows, err := tx.Digest(env.ctx, table, c.Unit)
		if err != nil {
			return err
		}
		one := tableDigest{Table: table.Name, Rows: rows, Digest: digest}
		if err := env.print(c.JSON, one, func(w io.Writer) { fmt.Fprintf(w, "%-28s %8d %s\n", one.Table, one.Rows, one.Digest) }); err != nil {
			return err
		}
	}
	return nil
}
