package main

import (
	"fmt"
	"io"
	"os"

	"github.com/huzheng/huzheng/internal/exchange"
)

type diskCommand struct {
	Write diskWriteCommand `cmd:"" help:"Write what neighbours lack to a disk, with a hand-over sheet."`
	Read  diskReadCommand  `cmd:"" help:"Read what a disk brings."`
	List  diskListCommand  `cmd:"" help:"List what lies on a disk."`
}

type diskFlags struct {
	nodeFlags
	Dir  string `arg:"" help:"The disk's folder."`
	JSON bool   `help:"Print JSON."`
}

func (f *diskFlags) visit(env *environment, road func(*exchange.Node) (*exchange.DiskReport, error), react bool) error {
	n, err := f.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	report, err := road(n.Exchange)
	if err != nil {
		return err
	}
	if react {
		if _, err := n.Office.React(env.ctx); err != nil {
			return err
		}
	}
	if err := env.print(f.JSON, report, func(w io.Writer) { showDisk(w, report) }); err != nil {
		return err
	}
	if len(report.Exceptions) > 0 {
		return errFindings
	}
	return nil
}

type diskWriteCommand struct{ diskFlags }

// Run writes the disk.
func (c *diskWriteCommand) Run(env *environment) error {
	return c.visit(env, func(x *exchange.Node) (*exchange.DiskReport, error) { return x.WriteDisk(env.ctx, c.Dir) }, false)
}

type diskReadCommand struct{ diskFlags }

// Run reads the disk; exceptions end with 1.
func (c *diskReadCommand) Run(env *environment) error {
	return c.visit(env, func(x *exchange.Node) (*exchange.DiskReport, error) { return x.ReadDisk(env.ctx, c.Dir) }, true)
}

type diskListCommand struct {
	Dir  string `arg:"" help:"The disk's folder."`
	JSON bool   `help:"Print JSON."`
}

// Run lists the disk without any key.
func (c *diskListCommand) Run(env *environment) error {
	report, err := exchange.ListDisk(c.Dir)
	if err != nil {
		return err
	}
	return env.print(c.JSON, report, func(w io.Writer) { showIndex(w, report) })
}

// markReady writes the ready file.
func markReady(path string) error {
	if path == "" {
		return nil
	}
	return os.WriteFile(path, []byte("ready\n"), 0o600)
}

func showDisk(w io.Writer, r *exchange.DiskReport) {
	fmt.Fprintf(w, "写出 written %d, 收下 taken in %d, 新条目 new entries %d, 已回执 receipted %d\n", len(r.Written), len(r.Taken), r.Fresh, r.Dropped)
	if r.Left > 0 {
		fmt.Fprintf(w, "  磁盘已满，下次再带 %d 个 / the disk is full; %d parcels wait for the next visit\n", r.Left, r.Left)
	}
	for _, p := range r.Missing {
		fmt.Fprintf(w, "  缺 missing: %s\n", p.File)
	}
	for _, e := range r.Exceptions {
		fmt.Fprintf(w, "  %s %s: %s / %s\n    %s / %s\n", e.Code, e.Parcel, e.Text.ZH, e.Text.EN, e.Mend.ZH, e.Mend.EN)
	}
}

func showIndex(w io.Writer, index *exchange.DiskIndex) {
	for _, p := range index.Parcels {
		fmt.Fprintf(w, "%s  %s -> %s  %d bytes\n", p.File, p.Sender, p.Receiver, p.Bytes)
	}
	for _, p := range index.Missing {
		fmt.Fprintf(w, "缺 missing: %s\n", p.File)
	}
}
