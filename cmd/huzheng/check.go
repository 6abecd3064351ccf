package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/huzheng/huzheng/internal/citizen"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/verify"
)

type checkCommand struct {
	Files    []string `arg:"" type:"existingfile" help:"Person files: CSV (UTF-8 or GB 18030), XLSX, DBF."`
	Mapping  string   `help:"A file with other column names: theirs,ours." placeholder:"FILE"`
	Encoding string   `help:"utf-8 or gb18030; found out when left out." default:""`
	On       string   `help:"Checking date, 2005-09-01; default: today." placeholder:"DATE"`
	JSON     bool     `help:"One JSON object a line: findings, then one object for each file."`
}

// checkedLine is one finding of --json.
type checkedLine struct {
	File     string       `json:"file"`
	Line     string       `json:"line"` // empty: the household as a whole
	Rule     string       `json:"rule"`
	Severity string       `json:"severity"`
	Item     string       `json:"item"`
	Text     citizen.Text `json:"text"`
	Mend     citizen.Text `json:"mend"`
	Source   string       `json:"source"`
}

// Run asks the item rules of each file and ends with findings when one is broken.
func (c *checkCommand) Run(env *environment) error {
	on := citizen.DateOf(time.Now())
	if c.On != "" {
		var err error
		if on, err = citizen.ParseDate(c.On); err != nil {
			return useError{fmt.Errorf("--on: %w", err)}
		}
	}
	options, err := (&importCommand{Mapping: c.Mapping, Encoding: c.Encoding}).options()
	if err != nil {
		return err
	}
	found := false
	for _, path := range c.Files {
		result, err := c.file(env, path, options, on)
		if err != nil {
			return err
		}
		found = found || result.Found+result.Bad > 0
		if err := env.print(c.JSON, result, func(w io.Writer) {
			fmt.Fprintf(w, "%s: 行 rows %d, 读不出 unreadable %d, 疑错 findings %d\n", result.File, result.Rows, result.Bad, result.Found)
		}); err != nil {
			return err
		}
	}
	if found {
		return errFindings
	}
	return nil
}

func (c *checkCommand) file(env *environment, path string, options personfile.Options, on citizen.Date) (*node.CheckedFile, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	name := filepath.Base(path)
	reader, err := personfile.Open(name, in, info.Size(), options)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return node.CheckFile(name, reader, on, func(f verify.Finding, row *personfile.RowError) error {
		line := checkedLine{File: name, Line: f.Member, Rule: f.Rule, Severity: string(f.Severity), Item: f.Item, Text: f.Text, Mend: f.Mend, Source: f.Source}
		if row != nil {
			line = checkedLine{File: name, Line: fmt.Sprint(row.Line), Rule: row.Reason, Severity: string(verify.SeverityError), Item: row.Column, Text: row.Text, Mend: row.Mend}
		}
		return env.print(c.JSON, line, func(w io.Writer) {
			fmt.Fprintf(w, "%s:%s\t%s\t%s / %s\n", name, line.Line, line.Rule, line.Text.ZH, line.Text.EN)
		})
	})
}
