package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/office"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register"
)

type importCommand struct {
	nodeFlags
	fileFlags
	Files  []string `arg:"" type:"existingfile" help:"Person files: CSV (UTF-8 or GB 18030), XLSX, DBF."`
	Source string   `help:"Which record the files are." enum:"form,booklet,card,computer,citizen" default:"computer"`
	Unit   string   `help:"Station of rows that name none." placeholder:"CODE"`
	Errors string   `help:"Where rows that cannot be read go; default: beside the file, ending in .errors.csv." placeholder:"FILE"`
	As     string   `required:"" help:"Login of an administrator; the password comes from HUZHENG_PASSWORD."`
	DryRun bool     `help:"Read and report only."`
	JSON   bool     `help:"One JSON object a file."`
}

// Run imports each file; rows put aside end with 1.
func (c *importCommand) Run(env *environment) error {
	if !slices.Contains(register.SourceKinds, c.Source) {
		return useError{fmt.Errorf("--source %s", c.Source)}
	}
	if c.Errors != "" && len(c.Files) > 1 {
		return useError{errors.New("--errors takes the rows of one file; leave it out to have one beside each")}
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	by, err := n.Office.SignIn(env.ctx, c.As, env.getenv(passwordVariable))
	if err != nil {
		return err
	}
	bad := false
	for _, path := range c.Files {
		result, err := c.file(env, n, by, path, options)
		if err != nil {
			return err
		}
		bad = bad || result.Bad > 0
		env.tellCut(result.File, result.Cut)
		if err := env.print(c.JSON, result, func(w io.Writer) { c.show(w, path, result) }); err != nil {
			return err
		}
	}
	if bad {
		return errFindings
	}
	return nil
}

func (c *importCommand) file(env *environment, n *node.Node, by office.Operator, path string, options personfile.Options) (result *node.Imported, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return nil, err
	}
	reader, err := personfile.Open(filepath.Base(path), in, info.Size(), options)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	aside := &lateFile{path: errorsPath(c.Errors, path)}
	defer func() { err = errors.Join(err, aside.close()) }()
	o := node.Import{Unit: event.Unit(c.Unit), File: filepath.Base(path), Digest: hex.EncodeToString(sum.Sum(nil)), Source: c.Source, Progress: env.progress("导入 imported"), DryRun: c.DryRun}
	return n.Import(env.ctx, by, reader, personfile.NewErrorWriter(aside), o)
}

func (c *importCommand) show(w io.Writer, path string, r *node.Imported) {
	fmt.Fprintf(w, "%s (%s): 行 rows %d, 已载入 loaded %d, 早已载入 known %d, 待改 put aside %d, 提示 notes %d, 批 chunks %d\n", r.File, r.Encoding, r.Rows, r.Loaded, r.Known, r.Bad, r.Notes, r.Chunks)
	if len(r.Unknown) > 0 {
		fmt.Fprintf(w, "  未知列已保留 unknown columns, kept: %s\n", strings.Join(r.Unknown, ", "))
	}
	if r.Bad > 0 {
		fmt.Fprintf(w, "  改正后可直接再导入 mend and import again: %s\n", errorsPath(c.Errors, path))
	}
}
