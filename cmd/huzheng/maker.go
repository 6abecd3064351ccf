package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/huzheng/huzheng/internal/card"
	"github.com/huzheng/huzheng/internal/card/carddesk"
	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/maker"
	"github.com/huzheng/huzheng/internal/store"
)

type makerCommand struct {
	Order makerOrderCommand `cmd:"" help:"At the city: write an order's file for the maker (docs/formats/orders.md)."`
	Make  makerMakeCommand  `cmd:"" help:"As the maker: read an order file and write the feedback file."`
}

type makerOrderCommand struct {
	nodeFlags
	Digest string `arg:"" help:"The order's digest, as card.order gave it."`
	Out    string `arg:"" help:"The file to write."`
}

// Run writes the order with its photographs.
func (c *makerOrderCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	return store.WriteDurably(store.OS{}, c.Out, func(w io.Writer) error { return carddesk.WriteOrder(w, n.Office.Blobs, n.Office.Key, c.Digest) })
}

type makerMakeCommand struct {
	Order    string `arg:"" type:"existingfile" help:"The order file."`
	Feedback string `arg:"" help:"The feedback file to write."`
	Seed     uint64 `help:"What goes wrong is chosen by it."`
	Reject   int    `help:"Cards in a thousand that are not made."`
	Silent   int    `help:"Cards in a thousand that the feedback forgets."`
	Missing  int    `help:"Cards in a thousand that the feedback lists and the package lacks."`
	Package  int    `help:"Cards in a package; 0: all in one."`
	Verifier string `help:"A file with the city's verifier (city.verifier): an order that it has not signed is refused." placeholder:"FILE"`
	JSON     bool   `help:"Print what is really in each package, as JSON."`
}

// Run plays the factory.
func (c *makerMakeCommand) Run(env *environment) error {
	order, err := os.Open(c.Order)
	if err != nil {
		return err
	}
	defer order.Close()
	file, err := card.UnpackOrder(order)
	if err != nil {
		return err
	}
	if err := c.verify(file); err != nil {
		return err
	}
	made, err := maker.MakeOrder(file, maker.Options{Seed: c.Seed, At: time.Now().UnixMilli(), RejectPerMille: c.Reject,
		SilentPerMille: c.Silent, MissingPerMille: c.Missing, PackageSize: c.Package})
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Feedback, made.Feedback, 0o600); err != nil {
		return err
	}
	return env.print(c.JSON, made.Packages, func(w io.Writer) {
		fmt.Fprintf(w, "制成 made %d, 不合格 rejected %d, 未答复 silent %d, 包 packages %d\n", made.Made, made.Rejected, made.Silent, len(made.Packages))
	})
}

// verify checks the city's signature where the maker knows its key.
func (c *makerMakeCommand) verify(file *card.OrderFile) error {
	if c.Verifier == "" {
		return nil
	}
	verifier, err := os.ReadFile(c.Verifier)
	if err != nil {
		return useError{err}
	}
	want, err := card.Statement(file.List)
	if err != nil {
		return err
	}
	var signed card.OrderStatement
	err = journal.OpenStatement(file.Note, strings.TrimSpace(string(verifier)), card.OrderTitle, &signed)
	if err != nil || signed != want {
		return event.Refuse("card.order_unsigned", "docs/formats/orders.md", citizen.Text{ZH: "制证订单没有该市的有效签名", EN: "the order has no valid signature of this city's"},
			citizen.Text{ZH: "不要制证，向市公安局核实", EN: "do not make it; ask the city's bureau"})
	}
	return nil
}
