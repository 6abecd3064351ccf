package exchange

import (
	"context"
	"fmt"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/store"
)

// MayRenew prepares a living node for new keys: the unit above closes the open generation at what it holds, so everything that this node has written
// must have been receipted there. Otherwise it refuses and changes nothing. When it agrees, the node writes nothing more until it joins again; a hold
// that is there already stays as it is.
func (n *Node) MayRenew(ctx context.Context) error {
	if n.Unit == n.Office.City && n.RootVerifier != "" {
		return event.Refuse("exchange.renew_city", "",
			citizen.Text{ZH: "市级节点没有上级，不能以接入的方式更换密钥", EN: "the city's node has no superior that could admit new keys"},
			citizen.Text{ZH: "市级密钥为全市信任之根，请恢复其备份", EN: "the city's key is what all others trust: restore it from its backup"})
	}
	return n.Office.DB.Write(ctx, func(tx *store.Tx) error {
		reason, err := office.HoldReason(ctx, tx)
		if err != nil {
			return err
		}
		if reason == "" || reason == office.HoldCatchingUp {
			if err := office.Hold(ctx, tx, office.HoldRenewing); err != nil {
				return err
			}
		}
		return allReceipted(ctx, tx)
	})
}

// allReceipted refuses when the parent lacks entries of a tree that this node writes. It locks the trees, so it sees what is being written.
func allReceipted(ctx context.Context, tx *store.Tx) error {
	hosted, err := journal.HostedUnits(ctx, tx)
	if err != nil {
		return err
	}
	up, ok, err := parent(ctx, tx)
	if err != nil {
		return err
	}
	above := map[tree]int64{}
	if ok {
		if above, err = heldBy(ctx, tx, up.Node); err != nil {
			return err
		}
	}
	for _, h := range hosted {
		trees, err := journal.TreesOf(ctx, tx, h.Unit, h.Generation)
		if err != nil {
			return err
		}
		for stream, t := range trees {
			if held := above[tree{stream, h.Generation}]; held < t.Size {
				return unreceipted(stream, h.Generation, t.Size-held)
			}
		}
	}
	return nil
}

func unreceipted(stream event.Stream, generation int, entries int64) error {
	return event.Refuse("exchange.unreceipted", "",
		citizen.Text{ZH: fmt.Sprintf("日志流 %s 第 %d 代尚有 %d 条未获上级回执，更换密钥会使其作废", stream, generation, entries),
			EN: fmt.Sprintf("%d entries of %s generation %d have no receipt from above yet; new keys would leave them behind", entries, stream, generation)},
		citizen.Text{ZH: "先与上级交换数据（联网或移动硬盘），取得回执后再更换密钥", EN: "exchange with the unit above first (network or disk), until it has receipted everything"})
}
