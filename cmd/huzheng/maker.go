package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/huzheng/huzheng/internal/card/carddesk"
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
	return store.WriteDurably(store.OS{}, c.Out, func(w io.Writer) error { return carddesk.WriteOrder(w, n.Office.Blobs, c.Digest) })
}

type makerMakeCommand struct {
	Order    string `arg:"" type:"existingfile" help:"The order file."`
	Feedback string `arg:"" help:"The feedback file to write."`
	Seed     uint64 `help:"What goes wrong is chosen by it."`
	Reject   int    `help:"Cards in a thousand that are not made."`
	Silent   int    `help:"Cards in a thousand that the feedback forgets."`
	Missing  int    `help:"Cards in a thousand that the feedback lists and the package lacks."`
	Package  int    `help:"Cards in a package; 0: all in one."`
	JSON     bool   `help:"Print what is really in each package, as JSON."`
}

// Run plays the factory.
func (c *makerMakeCommand) Run(env *environment) error {
	order, err := os.Open(c.Order)
	if err != nil {
		return err
	}
	defer order.Close()
	made, err := maker.Make(order, maker.Options{Seed: c.Seed, At: time.Now().UnixMilli(), RejectPerMille: c.Reject,
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
