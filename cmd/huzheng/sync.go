package main

import (
	"fmt"
	"io"
	"time"
)

type nodeSyncCommand struct {
	nodeFlags
	JSON bool `help:"Print JSON."`
}

// Run exchanges with the parent over the network until nothing more moves.
func (c *nodeSyncCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	total, err := n.Exchange.SyncAll(env.ctx)
	if err != nil {
		return err
	}
	if err := env.print(c.JSON, total, func(w io.Writer) {
		fmt.Fprintf(w, "送出 sent %d, 收到 received %d, 新条目 new entries %d\n", total.Sent, total.Received, total.Fresh)
		for _, e := range total.Exceptions {
			fmt.Fprintf(w, "  %s: %s / %s\n", e.Code, e.Text.ZH, e.Text.EN)
		}
	}); err != nil {
		return err
	}
	if len(total.Exceptions) > 0 {
		return errFindings
	}
	return nil
}

type nodeTrafficCommand struct {
	nodeFlags
	JSON bool `help:"One JSON object a line."`
}

// Run tells how many parcels each road has brought to the node.
func (c *nodeTrafficCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	roads, err := n.Exchange.Traffic(env.ctx)
	if err != nil {
		return err
	}
	for _, t := range roads {
		if err := env.print(c.JSON, t, func(w io.Writer) {
			fmt.Fprintf(w, "%-8s 数据包 parcels %d, 条目 entries %d, 最近 last %s\n", t.Road, t.Parcels, t.Entries, time.UnixMilli(t.LastAt).Format("2006-01-02 15:04"))
		}); err != nil {
			return err
		}
	}
	return nil
}
