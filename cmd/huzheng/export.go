package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/huzheng/huzheng/internal/event"
	"github.com/huzheng/huzheng/internal/node"
	"github.com/huzheng/huzheng/internal/personfile"
	"github.com/huzheng/huzheng/internal/register"
	"github.com/huzheng/huzheng/internal/register/registerdb"
	"github.com/huzheng/huzheng/internal/register/registerdesk"
	"github.com/huzheng/huzheng/internal/store"
)

type exportCommand struct {
	nodeFlags
	Out      string `arg:"" help:"The file to write; its ending chooses .csv, .xlsx or .dbf."`
	Unit     string `required:"" help:"The station whose residents are written." placeholder:"CODE"`
	Encoding string `help:"Of a CSV: utf-8 or gb18030." enum:"utf-8,gb18030" default:"utf-8"`
	Errors   string `help:"Where residents go that the format cannot hold; default: beside the file, ending in .errors.csv." placeholder:"FILE"`
	As       string `required:"" help:"Login of a leader; the password comes from HUZHENG_PASSWORD."`
	Purpose  string `required:"" help:"What the file is needed for; it is recorded before anything is written."`
}

// Run records the export, then writes every open tenure of the station. Residents that the format cannot hold go to the error file
// and end with 1.
func (c *exportCommand) Run(env *environment) error {
	kind := personfile.Kind(strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Out)), "."))
	if kind != personfile.CSV && kind != personfile.XLSX && kind != personfile.DBF {
		return useError{fmt.Errorf("%s: name a .csv, .xlsx or .dbf file", c.Out)}
	}
	encoding := personfile.Encoding(c.Encoding)
	if kind == personfile.DBF {
		encoding = personfile.GB18030
	}
	n, err := c.open(env)
	if err != nil {
		return err
	}
	defer n.Close()
	if err := c.announce(env, n); err != nil {
		return err
	}
	out, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return useError{err}
	}
	defer out.Close()
	written, bad, err := c.write(env, n, out, kind, encoding)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s: 写出 written %d, 未能写出 not written %d\n", c.Out, written, bad)
	if bad > 0 {
		return errFindings
	}
	return out.Close()
}

func (c *exportCommand) announce(env *environment, n *node.Node) error {
	by, err := n.Office.SignIn(env.ctx, c.As, env.getenv(passwordVariable))
	if err != nil {
		return err
	}
	input, err := json.Marshal(registerdesk.ExportInput{Unit: event.Unit(c.Unit), Purpose: c.Purpose})
	if err != nil {
		return err
	}
	_, err = n.Office.Do(env.ctx, by, "register.open_export", input)
	return err
}

func (c *exportCommand) write(env *environment, n *node.Node, out *os.File, kind personfile.Kind, encoding personfile.Encoding) (written, bad int, err error) {
	columns := make([]personfile.Column, personfile.ColumnCount)
	for i := range columns {
		columns[i] = personfile.Column(i)
	}
	w, err := personfile.NewWriter(out, kind, encoding, columns, nil)
	if err != nil {
		return 0, 0, err
	}
	path := c.Errors
	if path == "" {
		path = c.Out + ".errors.csv"
	}
	aside := &lateFile{path: path}
	defer func() { err = errors.Join(err, aside.close()) }()
	errorFile := personfile.NewErrorWriter(aside)
	err = n.DB.Read(env.ctx, func(tx *store.Tx) error {
		return registerdb.OfUnit(env.ctx, tx, event.Unit(c.Unit), func(t registerdb.Tenure) error {
			if t.State != register.StateOpen {
				return nil
			}
			record := node.FileRecord(t.Unit, &t.Record)
			var row *personfile.RowError
			if err := w.Write(record); errors.As(err, &row) {
				bad++
				return errorFile.Write(row)
			} else if err != nil {
				return err
			}
			written++
			return nil
		})
	})
	return written, bad, errors.Join(err, w.Close())
}
