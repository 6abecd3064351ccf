package main

import (
	"fmt"
	"io"

	"github.com/huzheng/huzheng/internal/exchange"
)

type nodeSyncCommand struct {
	nodeFlags
	JSON bool `help:"Print JSON."`
}

// maxRounds bounds a sync: each round may bring what the last one's answers made due.
const maxRounds = 20

// Run exchanges with the parent over the network until nothing more moves.
func (c *nodeSyncCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	total := exchange.SyncReport{Exceptions: []*exchange.Exception{}}
	for range maxRounds {
		report, err := n.Exchange.SyncOnce(env.ctx)
		if err != nil {
			return err
		}
		done, err := n.Office.React(env.ctx)
		if err != nil {
			return err
		}
		total.Sent += report.Sent
		total.Received += report.Received
		total.Fresh += report.Fresh
		total.Bytes += report.Bytes
		total.Exceptions = append(total.Exceptions, report.Exceptions...)
		if report.Sent+report.Received+report.Fresh+done == 0 || len(report.Exceptions) > 0 {
			break
		}
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
