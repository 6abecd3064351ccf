package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/journal"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/store"
)

type journalCommand struct {
	Verify journalVerifyCommand `cmd:"" help:"Check every entry, root, checkpoint and closure that the node holds."`
	Prove  journalProveCommand  `cmd:"" help:"Write a C2SP tlog-proof that an entry is in its stream."`
	List   journalListCommand   `cmd:"" help:"List entries in words: when, which, what, about whom, by whom; no bodies."`
	Export journalExportCommand `cmd:"" help:"Write entries as JSON lines, with the exact signed bytes."`
}

type journalVerifyCommand struct {
	nodeFlags
	JSON bool `help:"Print JSON."`
}

// Run verifies the journal; findings end with 1.
func (c *journalVerifyCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	report, err := n.Verify(env.ctx)
	if err != nil {
		return err
	}
	err = env.print(c.JSON, report, func(w io.Writer) {
		fmt.Fprintf(w, "日志流 streams %d, 条目 entries %d, 检查点 checkpoints %d, 已清除 erased %d\n", report.Trees, report.Entries, report.Checkpoints, report.Erased)
		for _, f := range report.Findings {
			fmt.Fprintln(w, "  ", f)
		}
		if len(report.Findings) == 0 {
			fmt.Fprintln(w, "日志完好 the journal is whole")
		}
	})
	if err == nil && len(report.Findings) > 0 {
		return errFindings
	}
	return err
}

// treeFlags name a tree.
type treeFlags struct {
	Stream     string `arg:"" help:"The stream, as 220102001/up."`
	Generation int    `help:"Its generation." default:"1"`
}

type journalProveCommand struct {
	nodeFlags
	treeFlags
	Seq int64 `arg:"" help:"The entry's number in the stream, from 0."`
}

// Run prints the proof.
func (c *journalProveCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	return n.DB.Read(env.ctx, func(tx *store.Tx) error {
		proof, err := journal.Prove(env.ctx, tx, event.Ref{Stream: event.Stream(c.Stream), Generation: c.Generation, Seq: c.Seq})
		if err != nil {
			return err
		}
		_, err = env.stdout.Write(proof)
		return err
	})
}

type journalExportCommand struct {
	nodeFlags
	Stream     string `arg:"" optional:"" help:"The stream; all when left out."`
	Generation int    `help:"Its generation." default:"1"`
}

// Run prints entries in the form of a parcel's entries.jsonl.
func (c *journalExportCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	write := func(e *journal.Entry) error {
		line, err := e.MarshalLine()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "%s\n", line)
		return err
	}
	return n.DB.Read(env.ctx, func(tx *store.Tx) error {
		if c.Stream == "" {
			return journal.Each(env.ctx, tx, write)
		}
		head, err := journal.HeadOf(env.ctx, tx, event.Stream(c.Stream), c.Generation)
		if err != nil {
			return err
		}
		return journal.EachOf(env.ctx, tx, head.Stream, head.Generation, 0, head.Size, write)
	})
}

type rebuildCommand struct {
	nodeFlags
	Check bool `help:"Compare only; the live tables are not touched." default:"true" negatable:""`
	JSON  bool `help:"Print JSON."`
}

// Run replays and compares; differences end with 1.
func (c *rebuildCommand) Run(env *environment) error {
	if !c.Check {
		return useError{errors.New("only rebuild --check exists: differing tables are mended by restoring a backup and exchanging")}
	}
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	result, err := n.Office.CheckRebuild(env.ctx, env.progress("重放 replayed"))
	if err != nil {
		return err
	}
	err = env.print(c.JSON, result, func(w io.Writer) {
		fmt.Fprintf(w, "条目 entries %d, 表 tables %d, 行 rows %d, 差异 differences %d\n", result.Entries, result.Tables, result.Rows, len(result.Differences))
		for _, d := range result.Differences {
			fmt.Fprintln(w, "  ", d)
		}
	})
	if err == nil && len(result.Differences) > 0 {
		return errFindings
	}
	return err
}

type blobCommand struct {
	Put blobPutCommand `cmd:"" help:"Store a file and print its name."`
	Get blobGetCommand `cmd:"" help:"Write an attachment to a file."`
}

type blobPutCommand struct {
	nodeFlags
	File   string `arg:"" type:"existingfile"`
	SealTo string `help:"Seal it to this deciding unit: only its node and this one can read it." placeholder:"CODE"`
}

// Run stores the file.
func (c *blobPutCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	content, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	put := n.Office.Blobs.Put
	if c.SealTo != "" {
		put = func(content []byte) (string, error) { return n.Office.Seal(env.ctx, event.Unit(c.SealTo), content) }
	}
	digest, err := put(content)
	if err == nil {
		fmt.Fprintln(env.stdout, digest)
	}
	return err
}

type blobGetCommand struct {
	nodeFlags
	Digest string `arg:""`
	Out    string `arg:"" help:"The file to write."`
	Sealed bool   `help:"It was sealed: open it with this node's key."`
}

// Run writes the attachment.
func (c *blobGetCommand) Run(env *environment) error {
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	get := n.Office.Blobs.Get
	if c.Sealed {
		get = n.Office.Unseal
	}
	content, err := get(c.Digest)
	if err != nil {
		return err
	}
	return os.WriteFile(c.Out, content, 0o600)
}

type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Read a configuration strictly and show it with its defaults, secrets hidden."`
}

type configCheckCommand struct {
	Config string `arg:"" optional:"" default:"huzheng.toml"`
}

// Run checks and shows the configuration.
func (c *configCheckCommand) Run(env *environment) error {
	config, err := node.LoadConfig(c.Config)
	if err != nil {
		return useError{err}
	}
	fmt.Fprint(env.stdout, config.Show())
	return nil
}

type doctorCommand struct {
	nodeFlags
	JSON bool `help:"Print JSON."`
}

// Run looks at a node; anything bad ends with 1.
func (c *doctorCommand) Run(env *environment) error {
	started := time.Now()
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	opened := time.Since(started)
	all, err := n.Examine(env.ctx)
	if err != nil {
		return err
	}
	all = append([]node.Complaint{node.Opened(opened)}, all...)
	bad := false
	for _, one := range all {
		bad = bad || one.Level == node.Bad
		if err := env.print(c.JSON, one, func(w io.Writer) { showComplaint(w, one) }); err != nil {
			return err
		}
	}
	if bad {
		return errFindings
	}
	return nil
}

func showComplaint(w io.Writer, one node.Complaint) {
	fmt.Fprintf(w, "%-5s %s / %s\n", one.Level, one.ZH, one.EN)
	if one.Mend.EN != "" {
		fmt.Fprintf(w, "      → %s / %s\n", one.Mend.ZH, one.Mend.EN)
	}
}
