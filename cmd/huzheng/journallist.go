package main

import (
	"fmt"
	"io"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/store"
)

type journalListCommand struct {
	nodeFlags
	Stream     string `arg:"" optional:"" help:"The stream; all when left out."`
	Generation int    `help:"Its generation." default:"1"`
	Subject    string `help:"Only entries about this subject."`
	JSON       bool   `help:"Print JSON, one object a line."`
}

// listedEntry is an entry as people read it: the header alone, for a body may say more than who lists may see.
type listedEntry struct {
	At       int64        `json:"at"` // ms UTC
	Operator string       `json:"operator"`
	Ref      event.Ref    `json:"ref"`
	Kind     string       `json:"kind"`
	Words    citizen.Text `json:"words"`
	Subject  string       `json:"subject"`
	Erased   bool         `json:"erased,omitempty"`
}

// Run lists entries without their bodies.
func (c *journalListCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	show := func(e *journal.Entry) error {
		if c.Subject != "" && e.Subject != c.Subject {
			return nil
		}
		return c.show(env, n, e)
	}
	return n.DB.Read(env.ctx, func(tx *store.Tx) error {
		if c.Stream == "" {
			return journal.Each(env.ctx, tx, show)
		}
		head, err := journal.HeadOf(env.ctx, tx, event.Stream(c.Stream), c.Generation)
		if err != nil {
			return err
		}
		return journal.EachOf(env.ctx, tx, head.Stream, head.Generation, 0, head.Size, show)
	})
}

func (c *journalListCommand) show(env *environment, n *node.Node, e *journal.Entry) error {
	listed := listedEntry{At: e.At, Operator: e.Operator, Ref: e.Ref(), Kind: e.Kind, Words: n.Office.Words(e.Kind), Subject: e.Subject, Erased: e.Erased()}
	return env.print(c.JSON, listed, func(w io.Writer) {
		at := time.UnixMilli(e.At).In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04:05")
		fmt.Fprintf(w, "%s  %s  %s %s  %s  %s\n", at, listed.Ref, listed.Words.ZH, listed.Words.EN, e.Subject, e.Operator)
	})
}
